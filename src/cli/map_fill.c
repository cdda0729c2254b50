/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps filled from JSON, in the form in which they are shown: an array of
 *
 *	{"key": K, "value": V}			by their types, or as arrays of bytes
 *	{"key": K, "values": [{"cpu": 0, "value": V}, ...]}
 *	{..., "formatted": {one of these}}	as bpftool has it: this is what counts then
 *
 * Where a map holds programs or maps, a value is the name of one of the object.
 */
#include <stdio.h>

#include "abi/abi.h"
#include "btf/btf.h"
#include "cli/run_obj.h"
#include "cli/map_walk.h"

enum { FILL_FILE_MAX = 256 << 20 };

struct fill {
	struct run_object *r;
	const struct engine_loaded_map *to;
	struct cli_map m;
	struct json j;
	struct src src;
	uint64_t element; /* its number, from 1 */
	bool any_key, any_value;
};

static int bad(struct fill *f, const char *what)
{
	return diag_error(&f->r->c->diag, "run.map", diag_text(&f->src, f->j.span.at, f->j.span.len),
			  "element %llu of '%s': %s", (unsigned long long)f->element, f->to->name, what);
}

static int object_fd(struct fill *f, const struct span *text)
{
	const char *s = f->src.text + text->at;
	struct engine_loaded_prog *p;
	struct engine_loaded_map *m;
	char name[256];
	int fd = -1;

	if (text->len < 2 || *s != '"')
		return bad(f, "its value is the name of one of the object's programs or maps");
	snprintf(name, sizeof(name), "%.*s", (int)(text->len - 2), s + 1);
	if (f->m.info.type == ABI_MAP_PROG_ARRAY) {
		p = engine_loaded_prog(&f->r->loaded, name);
		fd = p ? p->fd : -1;
	} else {
		m = engine_loaded_map(&f->r->loaded, name);
		fd = m ? m->fd : -1;
	}
	return fd >= 0 ? fd : bad(f, "there is no such program or map, or it was not loaded (see --with)");
}

static bool holds_objects(uint32_t type)
{
	return type == ABI_MAP_PROG_ARRAY || type == ABI_MAP_ARRAY_OF_MAPS || type == ABI_MAP_HASH_OF_MAPS;
}

/* ["0x01", 2, ...]: exactly n bytes. */
static int parse_bytes(struct fill *f, const struct src *src, uint8_t *to, size_t n)
{
	struct json j;
	uint64_t v;
	size_t i;
	int kind, err = 0;

	json_init(&j, src, &f->r->c->diag);
	kind = json_next(&j);
	if (kind != JSON_ARRAY)
		err = kind < 0 ? kind : bad(f, "the object does not say its type: an array of bytes is what it takes");
	for (i = 0; !err; i++) {
		kind = json_next(&j);
		if (kind < 0)
			err = kind;
		else if (kind == JSON_ARRAY_END)
			break;
		else if ((kind != JSON_NUMBER && kind != JSON_STRING) || i == n ||
			 num_parse_u64(j.text.s, j.text.n, &v) || v > UINT8_MAX)
			err = bad(f, i == n ? "too many bytes" : "no byte");
		else
			to[i] = (uint8_t)v;
	}
	if (!err && i < n)
		err = bad(f, "too few bytes");
	json_done(&j);
	return err;
}

/* The value whose first token is the last that was read: into `to`, by its type. */
static int take(struct fill *f, int kind, uint32_t type, uint8_t *to, size_t n, bool object)
{
	struct span text = f->j.span;
	struct src src;
	char name[512];
	int err = json_skip(&f->j, kind), fd;

	if (err)
		return err;
	text.len = f->j.at - text.at;
	if (object) {
		fd = object_fd(f, &text);
		if (fd >= 0)
			memcpy(to, &fd, sizeof(fd));
		return fd < 0 ? fd : 0;
	}
	snprintf(name, sizeof(name), "%s, element %llu", f->src.name, (unsigned long long)f->element);
	src = (struct src){name, f->src.text + text.at, text.len};
	err = type ? btf_value_parse(f->m.btf, type, &src, &f->r->c->diag, to, n) : parse_bytes(f, &src, to, n);
	if (err)
		cli_show_diag(f->r->c); /* it points to the name above */
	return err;
}

static int take_value(struct fill *f, int kind, uint32_t cpu)
{
	if (cpu >= f->m.cpus)
		return bad(f, "there is no such CPU");
	f->any_value = true;
	return take(f, kind, f->m.value_type, f->m.value + cpu * f->m.stride, f->m.info.value_size,
		    holds_objects(f->m.info.type));
}

/* {"cpu": 1, "value": V} */
static int take_cpu(struct fill *f)
{
	uint64_t cpu = 0;
	int kind, err = 0;

	while (!err && (kind = json_next(&f->j)) == JSON_KEY) {
		bool is_cpu = !strcmp(f->j.text.s, "cpu");

		kind = json_next(&f->j);
		if (kind < 0)
			return kind;
		if (is_cpu)
			err = kind == JSON_NUMBER ? num_parse_u64(f->j.text.s, f->j.text.n, &cpu) : bad(f, "no CPU's number");
		else
			err = take_value(f, kind, (uint32_t)MIN(cpu, (uint64_t)UINT32_MAX));
	}
	return err ? err : kind < 0 ? kind : 0;
}

static int take_values(struct fill *f, int kind)
{
	int err = kind == JSON_ARRAY ? 0 : bad(f, "values are an array");

	while (!err && (kind = json_next(&f->j)) == JSON_OBJECT)
		err = take_cpu(f);
	return err ? err : kind < 0 ? kind : kind == JSON_ARRAY_END ? 0 : bad(f, "values are an array of objects");
}

/* One for all CPUs, unless they are told apart. */
static int take_one_for_all(struct fill *f, int kind)
{
	uint32_t cpu;
	int err = take_value(f, kind, 0);

	for (cpu = 1; !err && cpu < f->m.cpus; cpu++)
		memcpy(f->m.value + cpu * f->m.stride, f->m.value, f->m.info.value_size);
	return err;
}

static int take_members(struct fill *f)
{
	int kind, err = 0;

	while (!err && (kind = json_next(&f->j)) == JSON_KEY) {
		const char *name = f->j.text.s;
		const bool key = !strcmp(name, "key"), value = !strcmp(name, "value"), values = !strcmp(name, "values");
		const bool formatted = !strcmp(name, "formatted");

		if (!key && !value && !values && !formatted)
			return bad(f, "its members are key, value, values and formatted");
		kind = json_next(&f->j);
		if (kind < 0)
			return kind;
		if (formatted)
			err = kind == JSON_OBJECT ? take_members(f) : bad(f, "formatted is an object");
		else if (values)
			err = take_values(f, kind);
		else if (value)
			err = take_one_for_all(f, kind);
		else
			err = take(f, kind, f->m.key_type, f->m.key, f->m.info.key_size, false);
		f->any_key |= key;
	}
	return err ? err : kind < 0 ? kind : 0;
}

static int fill_element(struct fill *f)
{
	int err;

	f->element++;
	f->any_key = f->any_value = false;
	memset(f->m.value, 0, f->m.value_bytes);
	err = take_members(f);
	if (!err && ((!f->any_key && f->m.info.key_size) || !f->any_value))
		err = bad(f, f->any_value ? "it has no key" : "it has no value");
	if (!err) {
		err = engine_map_update(f->r->engine, f->to->fd, f->m.info.key_size ? f->m.key : NULL, f->m.value, 0);
		if (err)
			bad(f, strerror(-err));
	}
	return err;
}

static int fill_all(struct fill *f)
{
	int kind = json_next(&f->j), err;

	if (kind < 0)
		return kind;
	err = kind == JSON_ARRAY ? 0 : bad(f, "a map's elements are an array");
	while (!err && (kind = json_next(&f->j)) == JSON_OBJECT)
		err = fill_element(f);
	if (!err && kind != JSON_ARRAY_END)
		err = kind < 0 ? kind : bad(f, "a map's elements are objects");
	if (!err) {
		kind = json_next(&f->j);
		err = kind < 0 ? kind : 0;
	}
	return err;
}

static int fill_from(struct run_object *r, const struct engine_loaded_map *to, const struct src *src)
{
	struct fill f = {.r = r, .to = to, .src = *src};
	int err = cli_map_open(r->engine, to->fd, r->obj->btf, to->btf_key, to->btf_value, &f.m);

	if (err)
		return err;
	json_init(&f.j, &f.src, &r->c->diag);
	err = fill_all(&f);
	json_done(&f.j);
	cli_map_done(&f.m);
	if (err)
		cli_show_diag(r->c); /* it points into the text */
	return err;
}

int run_fill_map(struct run_object *r, const struct engine_loaded_map *to, const char *path)
{
	struct file file;
	struct src src;
	int err = file_read(path, FILL_FILE_MAX, &r->c->diag, &file);

	if (err)
		return err;
	src = (struct src){path, (const char *)file.data, (uint32_t)file.size};
	err = fill_from(r, to, &src);
	file_done(&file);
	return err;
}

/* KEY=VALUE of --elem: each in JSON, by its type. */
int run_fill_elem(struct run_object *r, const struct engine_loaded_map *to, const char *key, size_t key_len,
		  const char *value)
{
	struct str s;
	struct src src;
	int err;

	str_init(&s, FILL_FILE_MAX);
	str_addf(&s, "[{\"key\": %.*s, \"value\": %s}]", (int)key_len, key, value);
	src = (struct src){"--elem", s.s, (uint32_t)s.n};
	err = str_err(&s) ? str_err(&s) : fill_from(r, to, &src);
	str_done(&s);
	return err;
}
