/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the nouns share. See noun.h. */
#include <stdio.h>
#include <stdlib.h>

#include "btf/btf.h"
#include "cli/noun.h"

enum { NAMES_MAX = 1 << 16 };

const struct opt noun_show_opts[] = {
	{'P', "pins", OPT_FLAG, offsetof(struct noun_options, pins), NULL, "show where objects are pinned", NULL},
	{0},
};

/* ---- who holds what -------------------------------------------------------------------------- */

int noun_who_init(struct noun_who *w, struct engine *e, bool pins)
{
	int err = 0;

	*w = (struct noun_who){0};
	if (!strcmp(engine_name(e), "kernel"))
		err = kern_holders(&w->holders);
	if (!err && pins)
		err = kern_pins(e, &w->pins);
	if (err)
		noun_who_done(w);
	return err;
}

void noun_who_done(struct noun_who *w)
{
	kern_holders_done(&w->holders);
	if (w->pins.arena.max)
		kern_pins_done(&w->pins);
}

static void show_pins(const struct noun_who *w, enum engine_kind kind, uint32_t id, struct out *o)
{
	const struct kern_pin *p = kern_pins_find(&w->pins, kind, id), *end = w->pins.at.at + w->pins.at.n;
	struct str s;

	if (!p)
		return;
	if (out_is_json(o)) {
		out_array(o, "pinned", OUT_LIST);
		for (; p < end && p->kind == kind && p->id == id; p++)
			out_str(o, NULL, p->path);
		out_end(o);
		return;
	}
	str_init(&s, NAMES_MAX);
	for (; p < end && p->kind == kind && p->id == id; p++)
		str_addf(&s, "%s%s", s.n ? "\n\tpinned " : "", p->path);
	out_str(o, "pinned", s.s);
	str_done(&s);
}

static void show_holders(const struct noun_who *w, enum engine_kind kind, uint32_t id, struct out *o)
{
	const struct kern_holder *h = kern_holders_find(&w->holders, kind, id);
	const struct kern_holder *end = w->holders.at.at + w->holders.at.n;
	struct str s;

	if (!h)
		return;
	if (out_is_json(o)) {
		out_array(o, "pids", OUT_LIST);
		for (; h < end && h->kind == kind && h->id == id; h++) {
			out_object(o, NULL);
			out_uint(o, "pid", h->pid);
			out_str(o, "comm", h->comm);
			out_end(o);
		}
		out_end(o);
		return;
	}
	str_init(&s, NAMES_MAX);
	for (; h < end && h->kind == kind && h->id == id; h++)
		str_addf(&s, "%s%s(%u)", s.n ? ", " : "", h->comm, h->pid);
	out_str(o, "pids", s.s);
	str_done(&s);
}

void noun_who_show(const struct noun_who *w, enum engine_kind kind, uint32_t id, struct out *o)
{
	show_pins(w, kind, id, o);
	show_holders(w, kind, id, o);
}

/* ---- maps with types ------------------------------------------------------------------------- */

int noun_map_open(struct cli *c, struct engine *e, int fd, struct noun_map *ret_map)
{
	struct noun_map n = {0};
	struct engine_map_info info = {0};
	uint32_t key = 0, value = 0;
	int err = engine_info(e, fd, &info, sizeof(info));

	if (!err && info.btf_vmlinux_value_type_id) {
		err = cli_btf_file(c, CLI_VMLINUX, NULL, &n.btf);
		value = info.btf_vmlinux_value_type_id;
	} else if (!err && info.btf_id) {
		err = cli_btf_by_id(c, info.btf_id, NULL, &n.btf);
		key = info.btf_key_type_id;
		value = info.btf_value_type_id;
	}
	if (!err)
		err = cli_map_open(e, fd, n.btf, key, value, &n.m);
	if (err)
		btf_unref(n.btf);
	else
		*ret_map = n;
	return err;
}

void noun_map_done(struct noun_map *m)
{
	cli_map_done(&m->m);
	btf_unref(m->btf);
}

/* ---- bytes ----------------------------------------------------------------------------------- */

/* 12, 0x1f, and as bpftool reads it 017. */
static int read_byte(const char *s, bool hex, uint8_t *ret_v)
{
	size_t len = strlen(s);
	char *end;
	uint64_t v;

	if (hex) {
		v = strtoul(s, &end, 16);
		if (!len || len > 4 || *end || v > UINT8_MAX || *s == '-' || *s == '+')
			return -EINVAL;
		*ret_v = (uint8_t)v;
		return 0;
	}
	if (s[0] == '0' && s[1] >= '0' && s[1] <= '9') {
		v = strtoul(s, &end, 8);
		if (*end)
			return -EINVAL;
	} else if (num_parse_u64(s, len, &v)) {
		return -EINVAL;
	}
	if (v > UINT8_MAX)
		return -EINVAL;
	*ret_v = (uint8_t)v;
	return 0;
}

int noun_bytes(struct cli_words *w, const char *what, uint8_t *p, size_t n)
{
	bool hex = cli_word_is(w, "hex");
	const char *s;
	size_t i;

	for (i = 0; i < n; i++) {
		s = cli_word(w);
		if (!s)
			return diag_error(&w->c->diag, "usage.bytes", DIAG_NONE, "a %s has %zu bytes here, not %zu",
					  what, n, i);
		if (read_byte(s, hex, p + i))
			return diag_error(&w->c->diag, "usage.bytes", DIAG_NONE, "'%s' is no byte of a %s", s, what);
		w->i++;
	}
	return 0;
}

/* ---- showing --------------------------------------------------------------------------------- */

int noun_failed(struct cli *c, const char *what, int err)
{
	if (!cli_failed(c))
		diag_error(&c->diag, "engine", DIAG_NONE, "%s: %s", what, engine_strerror(err));
	return CLI_FAILED;
}

int noun_nothing(struct cli *c)
{
	struct out o;

	if (!cli_is_json(c))
		return CLI_OK;
	cli_out_init(c, &o);
	out_null(&o, NULL);
	return cli_out_done(c, &o, CLI_OK);
}

static int show_all(struct engine *e, enum engine_kind kind, noun_each_fn *fn, void *ctx, struct out *o)
{
	uint32_t id = 0;
	int fd, err;

	out_array(o, NULL, OUT_LIST);
	while (!(err = engine_next_id(e, kind, id, &id))) {
		fd = engine_open_id(e, kind, id);
		if (fd < 0) /* it went away meanwhile */
			continue;
		fn(ctx, e, fd, o);
		engine_close(e, fd);
	}
	out_end(o);
	return err == -ENOENT ? 0 : err;
}

static int show_some(struct cli_handle *h, noun_each_fn *fn, void *ctx, struct out *o)
{
	bool many = h->fd.n > 1;

	if (many)
		out_array(o, NULL, OUT_LIST);
	for vec_each(&h->fd, fd)
		fn(ctx, h->engine, *fd, o);
	if (many)
		out_end(o);
	return 0;
}

/* Each handle of the words, or every object of the kind if there are no words. */
static int show_chosen(const struct opt_args *a, enum engine_kind kind, noun_each_fn *fn, void *ctx)
{
	struct cli_words w = cli_words(a);
	struct cli_handle h = {0};
	struct engine *e = NULL;
	struct out o;
	int err;

	err = cli_word(&w) ? cli_handle(&w, kind, &h) : cli_engine(w.c, NULL, &e);
	if (!err)
		err = cli_words_end(&w);
	if (err) {
		cli_handle_done(&h);
		return diag_failed(&w.c->diag) ? CLI_FAILED : noun_failed(w.c, "cannot open the engine", err);
	}
	cli_out_init(w.c, &o);
	err = e ? show_all(e, kind, fn, ctx, &o) : show_some(&h, fn, ctx, &o);
	cli_handle_done(&h);
	if (err)
		noun_failed(w.c, "cannot list", err);
	return cli_out_done(w.c, &o, err ? CLI_FAILED : CLI_OK);
}

/* ---- what all nouns do ----------------------------------------------------------------------- */

int noun_run_show(const struct opt_args *a, enum engine_kind kind, noun_each_fn *fn)
{
	const struct noun_options *o = a->options;
	struct noun_who who;
	struct engine *e;
	int status, err = cli_engine(cli_of(a), NULL, &e);

	if (!err)
		err = noun_who_init(&who, e, o->pins);
	if (err)
		return noun_failed(cli_of(a), "cannot look", err);
	status = show_chosen(a, kind, fn, &who);
	noun_who_done(&who);
	return status;
}

int noun_run_pin(const struct opt_args *a, enum engine_kind kind)
{
	struct cli_words w = cli_words(a);
	struct cli_handle h;
	const char *path = NULL;
	int err = cli_handle_one(&w, kind, &h);

	if (!err)
		path = cli_word_take(&w, "a path");
	if (!err)
		err = path ? cli_words_end(&w) : -EINVAL;
	if (!err) {
		err = engine_pin(h.engine, h.fd.at[0], path);
		if (err)
			noun_failed(w.c, path, err);
	}
	cli_handle_done(&h);
	return err ? CLI_FAILED : noun_nothing(w.c);
}

int noun_run_one(const struct opt_args *a, enum engine_kind kind, int (*fn)(struct engine *e, int fd),
		 const char *failed)
{
	struct cli_words w = cli_words(a);
	struct cli_handle h;
	int err = cli_handle_one(&w, kind, &h);

	if (!err)
		err = cli_words_end(&w);
	if (!err) {
		err = fn(h.engine, h.fd.at[0]);
		if (err)
			noun_failed(w.c, failed, err);
	}
	cli_handle_done(&h);
	return err ? CLI_FAILED : noun_nothing(w.c);
}
