/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep run of an object: what goes in, and what is left in maps.
 *
 * Data is a capture if the file begins as one, else the file's bytes. A context is hex, JSON by the
 * type of the program's argument, or @FILE with JSON or bytes.
 */
#include <stdio.h>

#include "abi/abi.h"
#include "btf/btf.h"
#include "cli/map_walk.h"
#include "cli/run_obj.h"

enum { DATA_MAX = 64 << 20, CTX_MAX = 1 << 16, CAPTURE_MAGIC = 4 };

#define wrong(r, id, ...) diag_error(&(r)->c->diag, id, DIAG_NONE, __VA_ARGS__)

/* ---- bytes ----------------------------------------------------------------------------------- */

static int take_bytes(const void *from, size_t n, uint8_t **ret_bytes, size_t *ret_n)
{
	uint8_t *bytes = mem_alloc(n + 1);

	if (!bytes)
		return -ENOMEM;
	memcpy(bytes, from, n);
	*ret_bytes = bytes;
	*ret_n = n;
	return 0;
}

/* ---- data ------------------------------------------------------------------------------------ */

static bool is_capture(const struct file *f)
{
	static const uint32_t magic[] = {0xa1b2c3d4, 0xa1b23c4d, 0x0a0d0d0a};
	uint32_t v;
	size_t i;

	if (f->size < CAPTURE_MAGIC)
		return false;
	memcpy(&v, f->data, sizeof(v));
	for (i = 0; i < ARRAY_LEN(magic); i++)
		if (v == magic[i] || __builtin_bswap32(v) == magic[i])
			return true;
	return false;
}

static int read_file(struct run_object *r, const char *path)
{
	struct file f;
	int err = file_read(path, DATA_MAX, &r->c->diag, &f);

	if (err)
		return err;
	if (is_capture(&f) && strcmp(path, "-"))
		err = source_capture_open(path, &r->c->diag, &r->data.capture);
	else
		err = take_bytes(f.data, f.size, &r->data.bytes, &r->data.n);
	file_done(&f);
	return err;
}

int run_read_data(struct run_object *r)
{
	const struct run_options *o = r->o;
	int err = 0;

	if (!!o->mem + !!o->data + !!o->pcap > 1)
		return wrong(r, "usage.data", "one of --data, --mem and --pcap has to be enough");
	if (o->pcap)
		err = source_capture_open(o->pcap, &r->c->diag, &r->data.capture);
	else if (o->data)
		err = read_file(r, o->data);
	else if (o->mem)
		err = cli_hex(r->c, o->mem, &r->data.bytes, &r->data.n);
	r->data.any = !err && (o->pcap || o->data || o->mem);
	return err;
}

/* ---- the context ----------------------------------------------------------------------------- */

/* What the program's argument points to, by the object's types; 0: it does not say. */
static uint32_t ctx_type(const struct run_object *r)
{
	const struct btf *b = r->obj->btf;
	const struct btf_type *proto = b && r->prog->btf_func ? btf_proto(b, r->prog->btf_func) : NULL;
	uint32_t id;

	if (!proto || !btf_vlen(proto))
		return 0;
	id = btf_resolve(b, btf_params(proto)->type);
	if (!btf_is(btf_type(b, id), BTF_BIT(PTR)))
		return 0;
	return btf_resolve(b, btf_type(b, id)->type);
}

/* [1, "0x2", ...]: the arguments of a raw tracepoint, 8 bytes each. */
static int read_numbers(struct run_object *r, const char *s)
{
	uint64_t v[16];
	size_t n = 0, len;

	for (s += strspn(s, "[ \t\n"); *s && *s != ']'; s += strspn(s, ", \t\n\"")) {
		s += strspn(s, "\"");
		len = strcspn(s, ", \t\n]\"");
		if (n == ARRAY_LEN(v) || (num_parse_u64(s, len, &v[n]) && num_parse_s64(s, len, (int64_t *)&v[n])))
			return wrong(r, "run.ctx", "'%.*s' is no number, or one too many (there are %zu at most)",
				     (int)MIN(len, (size_t)64), s, ARRAY_LEN(v));
		n++;
		s += len;
	}
	return take_bytes(v, n * sizeof(*v), &r->ctx.bytes, &r->ctx.n);
}

static int read_json(struct run_object *r, const char *name, const char *text, size_t len)
{
	const struct src src = {name, text, (uint32_t)len};
	uint32_t type = ctx_type(r);
	int64_t size = type ? btf_size(r->obj->btf, type) : 0;
	int err;

	if (*text == '[')
		return read_numbers(r, text);
	if (!btf_is(btf_type(r->obj->btf, type), BTF_STRUCTS) || size <= 0 || size > CTX_MAX)
		return wrong(r, "run.ctx",
			     "the object's types do not say what the context of '%s' is: give it in hex", r->prog->name);
	r->ctx.bytes = mem_alloc((size_t)size);
	if (!r->ctx.bytes)
		return -ENOMEM;
	r->ctx.n = (size_t)size;
	err = btf_value_parse(r->obj->btf, type, &src, &r->c->diag, r->ctx.bytes, r->ctx.n);
	if (err)
		cli_show_diag(r->c); /* it points into the text */
	return err;
}

static bool is_json(const char *s)
{
	s += strspn(s, " \t\r\n");
	return *s == '{' || *s == '[';
}

static int read_ctx_file(struct run_object *r, const char *path)
{
	struct file f;
	int err = file_read(path, CTX_MAX, &r->c->diag, &f);

	if (err)
		return err;
	err = is_json((const char *)f.data) ? read_json(r, path, (const char *)f.data, f.size) :
					      take_bytes(f.data, f.size, &r->ctx.bytes, &r->ctx.n);
	file_done(&f);
	return err;
}

int run_read_ctx(struct run_object *r)
{
	const char *s = r->o->ctx;

	if (!s)
		return 0;
	if (*s == '@')
		return read_ctx_file(r, s + 1);
	return is_json(s) ? read_json(r, "--ctx", s + strspn(s, " \t\r\n"), strlen(s + strspn(s, " \t\r\n"))) :
			    cli_hex(r->c, s, &r->ctx.bytes, &r->ctx.n);
}

void run_data_done(struct run_object *r)
{
	source_capture_close(r->data.capture);
	mem_free(r->data.bytes);
	mem_free(r->ctx.bytes);
}

/* ---- maps ------------------------------------------------------------------------------------ */

static int find_map(struct run_object *r, const char *name, size_t len, struct engine_loaded_map **ret_map)
{
	const char *names[256];
	const char *near;
	size_t n = 0;

	for vec_each(&r->loaded.map, m) {
		if (strlen(m->name) == len && !memcmp(m->name, name, len) && m->fd >= 0) {
			*ret_map = m;
			return 0;
		}
		if (n < ARRAY_LEN(names))
			names[n++] = m->name;
	}
	wrong(r, "run.map", "there is no map '%.*s' in the object", (int)MIN(len, (size_t)64), name);
	near = near_best(name, len, names, n);
	if (near)
		diag_note(&r->c->diag, DIAG_NONE, "did you mean '%s'?", near);
	return -ENOENT;
}

static int open_map(const struct run_object *r, const struct engine_loaded_map *m, struct cli_map *ret_map)
{
	return cli_map_open(r->engine, m->fd, r->obj->btf, m->btf_key, m->btf_value, ret_map);
}

/* NAME=FILE of --map */
static int fill_map(struct run_object *r, const char *s)
{
	size_t n = strcspn(s, "=");
	struct engine_loaded_map *m;
	int err;

	if (!n || !s[n] || !s[n + 1])
		return wrong(r, "usage.map", "--map takes NAME=FILE for an object, not '%.64s'", s);
	err = find_map(r, s, n, &m);
	return err ? err : run_fill_map(r, m, s + n + 1);
}

/* NAME:KEY=VALUE of --elem, in JSON; the first = outside of quotes ends the key. */
static int fill_elem(struct run_object *r, const char *s)
{
	size_t n = strcspn(s, ":");
	const char *key = s[n] ? s + n + 1 : "", *at;
	struct engine_loaded_map *m;
	bool quoted = false;
	int err;

	for (at = key; *at && (quoted || *at != '='); at++)
		quoted ^= *at == '"' && (at == key || at[-1] != '\\');
	if (!n || !*at)
		return wrong(r, "usage.elem", "--elem takes NAME:KEY=VALUE in JSON for an object, not '%.64s'", s);
	err = find_map(r, s, n, &m);
	return err ? err : run_fill_elem(r, m, key, (size_t)(at - key), at + 1);
}

int run_fill_maps(struct run_object *r)
{
	size_t i;
	int err = 0;

	for (i = 0; i < r->o->map.n && !err; i++)
		err = fill_map(r, r->o->map.at[i]);
	for (i = 0; i < r->o->elem.n && !err; i++)
		err = fill_elem(r, r->o->elem.at[i]);
	return err;
}

static int dump_map(struct run_object *r, const struct engine_loaded_map *loaded, struct out *o)
{
	struct cli_map m;
	int got, err = open_map(r, loaded, &m);

	if (err)
		return wrong(r, "run.dump", "cannot read the map '%s': %s", loaded->name, strerror(-err));
	out_object(o, NULL);
	out_str(o, "map", loaded->name);
	out_array(o, "elements", OUT_LIST);
	while ((got = cli_map_next(&m)) > 0)
		cli_map_show(&m, o);
	out_end(o);
	out_end(o);
	cli_map_done(&m);
	return got < 0 ? wrong(r, "run.dump", "cannot read the map '%s': %s", loaded->name, strerror(-got)) : 0;
}

int run_dump_maps(struct run_object *r, struct out *o)
{
	struct engine_loaded_map *m;
	size_t i;
	int err = 0;

	for (i = 0; i < r->o->dump.n && !err; i++) {
		err = find_map(r, r->o->dump.at[i], strlen(r->o->dump.at[i]), &m);
		if (!err)
			err = dump_map(r, m, o);
	}
	return err;
}
