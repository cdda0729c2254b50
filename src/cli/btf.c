/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep btf: types, of files and of what an engine holds, as one line for each record or as C.
 *
 *	dump [file] FILE | id N | prog PROG | map MAP [key|value|kv|all]
 *		[format] raw | c [unsorted]   [root_id N]...  [type NAME]...
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "btf/btf.h"
#include "cli/cli.h"

enum { ROOTS_MAX = 4096, TEXT_MAX = 1 << 30, FLUSH_AT = 1 << 16 };

struct dump_options {
	const char *base;
};

/* What is dumped, and how. */
struct dump {
	struct cli *c;
	struct btf *btf; /* owned */
	VEC(uint32_t) root;
	bool as_c, unsorted;
};

/* ---- where types come from ------------------------------------------------------------------- */

static int read_info(struct engine *e, int fd, struct engine_btf_info *info, void **ret_bytes)
{
	void *bytes;
	int err;

	*info = (struct engine_btf_info){0};
	err = engine_info(e, fd, info, sizeof(*info));
	if (err)
		return err;
	bytes = mem_alloc(info->size);
	if (!bytes)
		return -ENOMEM;
	*info = (struct engine_btf_info){.btf = engine_ptr(bytes), .size = info->size};
	err = engine_info(e, fd, info, sizeof(*info));
	if (err)
		mem_free(bytes);
	else
		*ret_bytes = bytes;
	return err;
}

static int open_base(const char *path, struct diag *d, struct btf **ret_base)
{
	return path ? btf_open(path, NULL, d, ret_base) : 0;
}

int cli_btf_by_id(struct cli *c, uint32_t id, const char *base_path, struct btf **ret_btf)
{
	char name[64] = "";
	struct engine_btf_info info;
	struct btf *base = NULL;
	struct engine *e;
	void *bytes = NULL;
	int fd, err = cli_engine(c, NULL, &e);

	if (err)
		return err;
	fd = engine_open_id(e, ENGINE_BTF, id);
	err = fd < 0 ? fd : read_info(e, fd, &info, &bytes);
	if (err) {
		diag_error(&c->diag, "btf.id", DIAG_NONE, "there is no BTF with id %u: %s", id, strerror(-err));
		engine_close(e, fd);
		return err;
	}
	/* a module's types go on from those of vmlinux */
	info = (struct engine_btf_info){.name = engine_ptr(name), .name_len = sizeof(name)};
	if (!engine_info(e, fd, &info, sizeof(info)) && info.kernel && strcmp(name, "vmlinux") && !base_path)
		base_path = CLI_VMLINUX;
	err = open_base(base_path, &c->diag, &base);
	if (!err)
		err = btf_read(bytes, info.size, base, &c->diag, ret_btf);
	btf_unref(base);
	mem_free(bytes);
	engine_close(e, fd);
	return err;
}

/* Modules' files are split BTF on top of vmlinux. */
int cli_btf_file(struct cli *c, const char *path, const char *base_path, struct btf **ret_btf)
{
	struct btf *base = NULL;
	int err;

	if (!base_path && str_has_prefix(path, "/sys/kernel/btf/") && strcmp(path, CLI_VMLINUX))
		base_path = CLI_VMLINUX;
	err = open_base(base_path, &c->diag, &base);
	if (!err)
		err = btf_open(path, base, &c->diag, ret_btf);
	btf_unref(base);
	return err;
}

static int add_root(struct dump *u, uint64_t id)
{
	return vec_push(&u->root, (uint32_t)id);
}

/* "key", "value", "kv" or "all" behind a map; the types of its keys and values. */
static int map_roots(struct cli_words *w, struct dump *u, const struct engine_map_info *map)
{
	bool all = cli_word_is(w, "all"), key = !all && cli_word_is(w, "key");
	bool value = !all && !key && cli_word_is(w, "value");
	int err = 0;

	if (!all && !key && !value) {
		cli_word_is(w, "kv");
		key = value = true;
	}
	if (key && map->btf_key_type_id)
		err = add_root(u, map->btf_key_type_id);
	if (!err && value && map->btf_value_type_id)
		err = add_root(u, map->btf_value_type_id);
	return err;
}

/* The id of the BTF that a program or map has. */
static int id_of(struct cli_words *w, enum engine_kind kind, struct dump *u, uint32_t *ret_id)
{
	struct engine_prog_info prog = {0};
	struct engine_map_info map = {0};
	struct cli_handle h;
	int err = cli_handle_one(w, kind, &h);

	if (!err && kind == ENGINE_PROG)
		err = engine_info(h.engine, h.fd.at[0], &prog, sizeof(prog));
	else if (!err)
		err = engine_info(h.engine, h.fd.at[0], &map, sizeof(map));
	if (!err && !prog.btf_id && !map.btf_id && !map.btf_vmlinux_id)
		err = diag_error(&w->c->diag, "btf.none", DIAG_NONE, "this %s has no BTF",
				 kind == ENGINE_PROG ? "program" : "map");
	if (!err && kind == ENGINE_MAP)
		err = map_roots(w, u, &map);
	if (!err)
		*ret_id = kind == ENGINE_PROG ? prog.btf_id : map.btf_id ? map.btf_id : map.btf_vmlinux_id;
	cli_handle_done(&h);
	return err;
}

static int open_source(struct cli_words *w, const char *base, struct dump *u)
{
	const char *path;
	uint32_t id = 0;
	uint64_t number;
	int err;

	if (cli_word_is(w, "id")) {
		err = cli_word_number(w, "id", UINT32_MAX, &number);
		return err ? err : cli_btf_by_id(w->c, (uint32_t)number, base, &u->btf);
	}
	if (cli_word_is(w, "prog") || cli_word_is(w, "map")) {
		err = id_of(w, w->at[w->i - 1][0] == 'p' ? ENGINE_PROG : ENGINE_MAP, u, &id);
		return err ? err : cli_btf_by_id(w->c, id, base, &u->btf);
	}
	cli_word_is(w, "file");
	path = cli_word_take(w, "a file");
	return path ? cli_btf_file(w->c, path, base, &u->btf) : -EINVAL;
}

/* ---- what of them, and how ------------------------------------------------------------------- */

static int read_type(struct cli_words *w, struct dump *u)
{
	const char *name = cli_word_take(w, "a type's name"), *near;
	uint32_t id;

	if (!name)
		return -EINVAL;
	id = btf_find_c(u->btf, name);
	if (id)
		return add_root(u, id);
	diag_error(&w->c->diag, "btf.type", DIAG_NONE, "there is no type '%s' in %s", name, btf_label(u->btf));
	near = btf_near(u->btf, name, BTF_ANY);
	if (near)
		diag_note(&w->c->diag, DIAG_NONE, "did you mean '%s'?", near);
	return -ENOENT;
}

static int read_root(struct cli_words *w, struct dump *u)
{
	uint64_t id;
	int err = cli_word_number(w, "type id", UINT32_MAX, &id);

	if (err)
		return err;
	if (!btf_type(u->btf, (uint32_t)id) || !id)
		return diag_error(&w->c->diag, "btf.type", DIAG_NONE, "there is no type %llu in %s",
				  (unsigned long long)id, btf_label(u->btf));
	return add_root(u, id);
}

static int read_how(struct cli_words *w, struct dump *u)
{
	bool format;
	int err = 0;

	while (!err && cli_word(w)) {
		format = cli_word_is(w, "format");
		if (cli_word_is(w, "raw"))
			u->as_c = false;
		else if (cli_word_is(w, "c"))
			u->as_c = true;
		else if (format)
			err = diag_error(&w->c->diag, "usage.format", DIAG_NONE, "a format is raw or c");
		else if (cli_word_is(w, "unsorted"))
			u->unsorted = true;
		else if (cli_word_is(w, "root_id"))
			err = read_root(w, u);
		else if (cli_word_is(w, "type"))
			err = read_type(w, u);
		else
			err = cli_words_end(w);
	}
	if (!err && u->as_c && cli_is_json(u->c))
		err = diag_error(&u->c->diag, "usage.format", DIAG_NONE, "C is not to be had as JSON");
	return err;
}

/* ---- out ------------------------------------------------------------------------------------- */

static int flush(struct str *s, size_t at)
{
	int err = str_err(s);

	if (!err && s->n >= at)
		err = file_write_fd(1, s->s, s->n);
	if (s->n >= at)
		str_reset(s);
	return err;
}

static int dump_raw(const struct dump *u)
{
	struct str s;
	int err = 0;

	str_init(&s, TEXT_MAX);
	if (u->root.n) {
		for vec_each(&u->root, id)
			btf_raw_type(u->btf, *id, &s);
	} else {
		for btf_each(u->btf, id) {
			btf_raw_type(u->btf, id, &s);
			err = flush(&s, FLUSH_AT);
			if (err)
				break;
		}
	}
	if (!err)
		err = flush(&s, 0);
	str_done(&s);
	return err;
}

static int dump_json(const struct dump *u)
{
	struct out o;

	cli_out_init(u->c, &o);
	out_object(&o, NULL);
	out_array(&o, "types", OUT_LIST);
	if (u->root.n)
		for vec_each(&u->root, id)
			btf_raw_out(u->btf, *id, &o);
	else
		for btf_each(u->btf, id)
			btf_raw_out(u->btf, id, &o);
	out_end(&o);
	out_end(&o);
	return out_done(&o);
}

static int dump_c(const struct dump *u)
{
	const struct btf_c_options how = {
		.roots = u->root.n ? u->root.at : NULL, .n = (uint32_t)u->root.n, .unsorted = u->unsorted};
	struct str s;
	int err;

	str_init(&s, TEXT_MAX);
	err = btf_c_header(u->btf, &how, &u->c->diag, &s);
	if (!err)
		err = flush(&s, 0);
	str_done(&s);
	return err;
}

/* The records must be whole and of known kinds; whether the kernel would take them is not asked. */
static int dump(struct cli_words *w, const char *base, struct dump *u)
{
	int err = open_source(w, base, u);

	if (!err)
		err = read_how(w, u);
	if (!err)
		err = btf_shape(u->btf, &u->c->diag);
	if (err)
		return CLI_USAGE;
	err = u->as_c ? dump_c(u) : cli_is_json(u->c) ? dump_json(u) : dump_raw(u);
	if (err && !cli_failed(u->c))
		diag_error(&u->c->diag, "output", DIAG_NONE, "cannot write the output: %s", strerror(-err));
	return err ? CLI_FAILED : CLI_OK;
}

static int run_dump(const struct opt_args *a)
{
	const struct dump_options *o = a->options;
	struct cli_words w = cli_words(a);
	struct dump u = {.c = w.c, .root = VEC_INIT(ROOTS_MAX)};
	int status = dump(&w, o->base, &u);

	vec_done(&u.root);
	btf_unref(u.btf);
	return status;
}

/* ---- list ------------------------------------------------------------------------------------ */

enum { USERS_MAX = 65536 };

struct user {
	uint32_t btf, id;
	bool prog;
};

struct list {
	struct engine *e;
	VEC(struct user) user;
};

/* Which programs and maps have which BTF. */
static int find_users(struct list *l, enum engine_kind kind)
{
	struct engine_prog_info prog;
	struct engine_map_info map;
	uint32_t id = 0, btf;
	int fd, err = 0;

	while (!err && !engine_next_id(l->e, kind, id, &id)) {
		fd = engine_open_id(l->e, kind, id);
		if (fd < 0)
			continue;
		prog = (struct engine_prog_info){0};
		map = (struct engine_map_info){0};
		if (kind == ENGINE_PROG)
			btf = engine_info(l->e, fd, &prog, sizeof(prog)) ? 0 : prog.btf_id;
		else
			btf = engine_info(l->e, fd, &map, sizeof(map)) ? 0 : map.btf_id;
		engine_close(l->e, fd);
		if (btf)
			err = vec_push(&l->user, (struct user){btf, id, kind == ENGINE_PROG});
	}
	return err;
}

static void show_users(const struct list *l, uint32_t btf, bool prog, struct out *o)
{
	struct str s;

	if (out_is_json(o)) {
		out_array(o, prog ? "prog_ids" : "map_ids", OUT_LIST);
		for vec_each(&l->user, u)
			if (u->btf == btf && u->prog == prog)
				out_uint(o, NULL, u->id);
		out_end(o);
		return;
	}
	str_init(&s, TEXT_MAX);
	for vec_each(&l->user, u)
		if (u->btf == btf && u->prog == prog)
			str_addf(&s, "%s%u", s.n ? "," : "", u->id);
	if (s.n)
		out_str(o, prog ? "prog_ids" : "map_ids", s.s);
	str_done(&s);
}

static void show_one(const struct list *l, int fd, struct out *o)
{
	char name[64] = "", shown[80];
	struct engine_btf_info info = {.name = engine_ptr(name), .name_len = sizeof(name)};

	if (engine_info(l->e, fd, &info, sizeof(info)))
		return;
	snprintf(shown, sizeof(shown), info.kernel ? "[%s]" : *name ? "%s" : "<anon>", name);
	out_object_as(o, NULL, "{id}: name {shown}  size {size}B{prog_ids|  prog_ids %}{map_ids|  map_ids %}");
	out_uint(o, "id", info.id);
	if (!out_is_json(o))
		out_str(o, "shown", shown);
	out_uint(o, "size", info.size);
	show_users(l, info.id, true, o);
	show_users(l, info.id, false, o);
	if (out_is_json(o)) {
		out_bool(o, "kernel", info.kernel);
		if (*name)
			out_str(o, "name", name);
	}
	out_end(o);
}

static void show_list(struct list *l, struct out *o)
{
	uint32_t id = 0;
	int fd;

	out_array(o, NULL, OUT_LIST);
	while (!engine_next_id(l->e, ENGINE_BTF, id, &id)) {
		fd = engine_open_id(l->e, ENGINE_BTF, id);
		if (fd < 0)
			continue;
		show_one(l, fd, o);
		engine_close(l->e, fd);
	}
	out_end(o);
}

static int run_list(const struct opt_args *a)
{
	struct cli_words w = cli_words(a);
	struct list l = {.user = VEC_INIT(USERS_MAX)};
	struct cli_handle h = {0};
	struct out o;
	int err, status = CLI_FAILED;

	err = cli_word(&w) ? cli_handle(&w, ENGINE_BTF, &h) : cli_engine(w.c, NULL, &l.e);
	if (!err)
		err = cli_words_end(&w);
	if (!err && h.engine)
		l.e = h.engine;
	if (!err)
		err = find_users(&l, ENGINE_PROG);
	if (!err)
		err = find_users(&l, ENGINE_MAP);
	if (!err) {
		cli_out_init(w.c, &o);
		if (h.fd.n)
			show_one(&l, h.fd.at[0], &o);
		else
			show_list(&l, &o);
		status = cli_out_done(w.c, &o, CLI_OK);
	}
	cli_handle_done(&h);
	vec_done(&l.user);
	return status;
}

/* ---- the commands ---------------------------------------------------------------------------- */

static const struct opt dump_opts[] = {
	{'B', "base-btf", OPT_STR, offsetof(struct dump_options, base), "FILE",
	 "the types that those of a module go on from (default: the running kernel's)", NULL},
	{0},
};

static const struct opt_example dump_examples[] = {
	{"skep btf dump " CLI_VMLINUX " c > vmlinux.h", "the kernel's types as a header"},
	{"skep btf dump " CLI_VMLINUX " c type task_struct", "one of them, and those it needs"},
	{"skep btf dump prog.bpf.o", "an object's types, one line for each"},
	{"skep btf dump map name events value format c", "the type of a map's values"},
	{0},
};

static const struct opt_command dump_command = {
	.name = "dump",
	.args = "[file] FILE | id N | prog PROG | map MAP [key|value|kv|all] [[format] raw | c [unsorted]] "
		"[root_id N]... [type NAME]...",
	.summary = "show types",
	.about = "Shows BTF from a file (raw, or an ELF object), or of a program, a map or by its id. As raw, "
		 "which is the default, each record is one line, with its members below it; as C it is a "
		 "header in which each type stands behind those it needs. With type or root_id only these "
		 "types are shown: as C with all that they need.",
	.opts = dump_opts,
	.examples = dump_examples,
	.run = run_dump,
	.size = sizeof(struct dump_options),
	.min_args = 1,
	.max_args = -1,
	.complete = "file",
};

static const struct opt_command list_command = {
	.name = "list",
	.args = "[id N]",
	.summary = "list the BTF that the engine holds",
	.about = "Lists each BTF with its size, and which programs and maps have it.",
	.run = run_list,
	.min_args = 0,
	.max_args = -1,
};

static const struct opt_command show_command = {
	.name = "show",
	.args = "[id N]",
	.summary = "the same as list",
	.run = run_list,
	.min_args = 0,
	.max_args = -1,
	.hidden = true,
};

static const struct opt_command *const subs[] = {&dump_command, &list_command, &show_command, NULL};

const struct opt_command cmd_btf = {
	.name = "btf",
	.summary = "show types: BTF of files, programs and maps",
	.sub = subs,
};
