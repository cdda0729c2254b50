/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep map: the elements of maps.
 *
 * JSON has the bytes, and by BTF the same as `formatted`. Text has the values by their types where they
 * are known, else bytes in bpftool's layout.
 */
#include <stdio.h>

#include "abi/abi.h"
#include "btf/btf.h"
#include "cli/map.h"

enum { BYTES_A_LINE = 16, ONE_LINE_MAX = 24, TEXT_MAX = 16 << 20 };

/* ---- in text --------------------------------------------------------------------------------- */

static void text_bytes(const uint8_t *p, size_t n, struct out *o)
{
	size_t i;

	for (i = 0; i < n; i++)
		out_text(o, "%s%02x", !i ? "" : i % BYTES_A_LINE == 0 ? "\n" : i % 8 == 0 ? "  " : " ", p[i]);
}

static void text_element(const struct cli_map *m, struct out *o)
{
	const uint32_t key = m->info.key_size, value = m->info.value_size;
	bool names_break = key > BYTES_A_LINE || value > BYTES_A_LINE;
	bool one_line = key + value <= ONE_LINE_MAX && !names_break && m->cpus == 1;
	uint32_t cpu;

	if (key) {
		out_text(o, "key:%s", one_line || (m->cpus == 1 && !names_break) ? " " : "\n");
		text_bytes(m->key, key, o);
		out_text(o, one_line ? "  " : "\n");
	}
	for (cpu = 0; cpu < m->cpus && value; cpu++) {
		if (m->cpus > 1)
			out_text(o, "value (CPU %02u):%s", cpu, value > BYTES_A_LINE ? "\n" : " ");
		else
			out_text(o, "value:%s", names_break ? "\n" : " ");
		text_bytes(m->value + cpu * m->stride, value, o);
		out_text(o, "\n");
	}
}

static void text_error(const struct cli_map *m, struct out *o)
{
	out_text(o, "key:\n");
	text_bytes(m->key, m->info.key_size, o);
	out_text(o, "\nvalue:\n%s\n", m->value_err == -ENOENT ? "<no entry>" : strerror(-m->value_err));
}

/* ---- in JSON --------------------------------------------------------------------------------- */

static bool is_of_maps(const struct cli_map *m)
{
	return m->info.type == ABI_MAP_ARRAY_OF_MAPS || m->info.type == ABI_MAP_HASH_OF_MAPS;
}

static bool holds_objects(const struct cli_map *m)
{
	return is_of_maps(m) || m->info.type == ABI_MAP_PROG_ARRAY;
}

static void json_value(const struct cli_map *m, uint32_t cpu, bool typed, struct out *o)
{
	const uint8_t *at = m->value + cpu * m->stride;

	if (!typed)
		out_bytes(o, "value", at, m->info.value_size);
	else if (btf_value_out(m->btf, m->value_type, at, m->info.value_size, o, "value"))
		out_null(o, "value");
}

static void json_values(const struct cli_map *m, bool typed, struct out *o)
{
	uint32_t cpu;

	if (m->cpus == 1) {
		json_value(m, 0, typed, o);
		return;
	}
	out_array(o, "values", OUT_LIST);
	for (cpu = 0; cpu < m->cpus; cpu++) {
		out_object(o, NULL);
		out_uint(o, "cpu", cpu);
		json_value(m, cpu, typed, o);
		out_end(o);
	}
	out_end(o);
}

static void json_formatted(const struct cli_map *m, struct out *o)
{
	if (m->key_type && btf_value_out(m->btf, m->key_type, m->key, m->info.key_size, o, "key"))
		out_null(o, "key");
	if (m->value_type)
		json_values(m, true, o);
}

static void json_element(const struct cli_map *m, struct out *o)
{
	uint32_t inner;

	out_object(o, NULL);
	out_bytes(o, "key", m->key, m->info.key_size);
	if (m->value_err) {
		out_object(o, "value");
		out_str(o, "error", strerror(-m->value_err));
		out_end(o);
	} else if (is_of_maps(m)) {
		memcpy(&inner, m->value, sizeof(inner));
		json_values(m, false, o);
		out_uint(o, "inner_map_id", inner);
	} else {
		json_values(m, false, o);
		if (m->btf && (m->key_type || m->value_type)) {
			out_object(o, "formatted");
			json_formatted(m, o);
			out_end(o);
		}
	}
	out_end(o);
}

/* ---- either ---------------------------------------------------------------------------------- */

static bool is_typed(const struct cli_map *m)
{
	return m->btf && (m->key_type || m->value_type) && !is_of_maps(m);
}

static void text_typed(const struct cli_map *m, unsigned depth, struct out *o)
{
	struct out line;
	struct str json, text;

	str_init(&json, TEXT_MAX);
	str_init(&text, 4 * TEXT_MAX);
	out_init(&line, OUT_JSON, false, out_sink_str, &json);
	out_object(&line, NULL);
	json_formatted(m, &line);
	out_end(&line);
	if (!out_done(&line)) {
		map_text_typed(m, json.s, depth, &text);
		out_text(o, "%s", text.s);
	}
	str_done(&json);
	str_done(&text);
}

static void show(const struct cli_map *m, struct out *o)
{
	uint32_t inner;

	if (out_is_json(o)) {
		json_element(m, o);
	} else if (m->value_err) {
		text_error(m, o);
	} else if (is_typed(m)) {
		text_typed(m, 0, o);
		out_text(o, "\n");
	} else {
		text_element(m, o);
		if (!is_of_maps(m))
			return;
		memcpy(&inner, m->value, sizeof(inner));
		out_text(o, "inner_map_id: %u\n", inner);
	}
}

/* ---- a command's map ------------------------------------------------------------------------- */

struct job {
	struct cli_words w;
	struct cli_handle h;
	struct noun_map map;
	struct cli_map *m;
	struct engine *e;
	int fd;
	bool any;
};

static int begin(struct job *j, const struct opt_args *a)
{
	int err;

	*j = (struct job){.w = cli_words(a), .fd = -1};
	err = cli_handle_one(&j->w, ENGINE_MAP, &j->h);
	if (err)
		return err;
	j->e = j->h.engine;
	j->fd = j->h.fd.at[0];
	err = noun_map_open(j->w.c, j->e, j->fd, &j->map);
	j->any = !err;
	j->m = &j->map.m;
	return err;
}

static int end(struct job *j, int status)
{
	if (j->any)
		noun_map_done(&j->map);
	cli_handle_done(&j->h);
	return status;
}

static int read_key(struct job *j)
{
	int err = cli_word_is(&j->w, "key") ? 0 : -EINVAL;

	if (err && j->m->info.key_size)
		return diag_error(&j->w.c->diag, "usage.key", DIAG_NONE, "which key? key BYTES, %u of them",
				  j->m->info.key_size);
	return err ? 0 : noun_bytes(&j->w, "key", j->m->key, j->m->info.key_size);
}

/* ---- dump ------------------------------------------------------------------------------------ */

/* In text too it is one list; elements without a value are none of it. */
static int dump_typed(struct job *j, struct out *o)
{
	uint64_t n = 0;
	int got;

	out_text(o, "[");
	while ((got = cli_map_next(j->m)) > 0) {
		if (j->m->value_err)
			continue;
		out_text(o, "%s", n++ ? "," : "");
		text_typed(j->m, 1, o);
	}
	out_text(o, n ? "\n]\n" : "]\n");
	return got;
}

static int dump(struct job *j, struct out *o)
{
	uint64_t n = 0;
	int got;

	out_array(o, NULL, OUT_LIST);
	while ((got = cli_map_next(j->m)) > 0) {
		if (j->m->value_err == -ENOENT && holds_objects(j->m))
			continue; /* nothing is in that place: no fault */
		show(j->m, o);
		n += !j->m->value_err;
	}
	out_end(o);
	out_text(o, "Found %llu element%s\n", (unsigned long long)n, n == 1 ? "" : "s");
	return got;
}

static int run_dump(const struct opt_args *a)
{
	struct job j;
	struct out o;
	int err = begin(&j, a), status;

	if (!err)
		err = cli_words_end(&j.w);
	if (err)
		return end(&j, noun_failed(j.w.c, "cannot read the map", err));
	cli_out_init(j.w.c, &o);
	err = is_typed(j.m) && !out_is_json(&o) ? dump_typed(&j, &o) : dump(&j, &o);
	if (err)
		noun_failed(j.w.c, "cannot read the map", err);
	status = cli_out_done(j.w.c, &o, err ? CLI_FAILED : CLI_OK);
	return end(&j, status);
}

/* ---- lookup, getnext, delete ----------------------------------------------------------------- */

static int not_found(struct job *j)
{
	struct out o;

	cli_out_init(j->w.c, &o);
	if (out_is_json(&o)) {
		out_null(&o, NULL);
	} else {
		out_text(&o, "key:\n");
		text_bytes(j->m->key, j->m->info.key_size, &o);
		out_text(&o, "\n\nNot found\n");
	}
	return cli_out_done(j->w.c, &o, CLI_FAILED);
}

static int show_one(struct job *j)
{
	struct out o;

	cli_out_init(j->w.c, &o);
	show(j->m, &o);
	return cli_out_done(j->w.c, &o, CLI_OK);
}

static int run_lookup(const struct opt_args *a)
{
	struct job j;
	int err = begin(&j, a);

	if (!err)
		err = read_key(&j);
	if (!err)
		err = cli_words_end(&j.w);
	if (!err)
		err = engine_map_lookup(j.e, j.fd, j.m->key, j.m->value, 0);
	if (err == -ENOENT && !diag_failed(&j.w.c->diag))
		return end(&j, not_found(&j));
	return end(&j, err ? noun_failed(j.w.c, "lookup failed", err) : show_one(&j));
}

static void text_key(const char *what, const uint8_t *key, size_t n, struct out *o)
{
	out_text(o, "%s\n", what);
	text_bytes(key, n, o);
	out_text(o, "\n");
}

static int show_next(struct job *j, bool from, const uint8_t *next)
{
	const size_t n = j->m->info.key_size;
	struct out o;

	cli_out_init(j->w.c, &o);
	if (!out_is_json(&o)) {
		if (from)
			text_key("key:", j->m->key, n, &o);
		else
			out_text(&o, "key: None\n");
		text_key("next key:", next, n, &o);
		return cli_out_done(j->w.c, &o, CLI_OK);
	}
	out_object(&o, NULL);
	if (from)
		out_bytes(&o, "key", j->m->key, n);
	else
		out_null(&o, "key");
	out_bytes(&o, "next_key", next, n);
	out_end(&o);
	return cli_out_done(j->w.c, &o, CLI_OK);
}

static int run_getnext(const struct opt_args *a)
{
	struct job j;
	uint8_t *next = NULL;
	bool from = false;
	int err = begin(&j, a), status;

	if (!err && cli_word(&j.w)) {
		err = read_key(&j);
		from = true;
	}
	if (!err)
		err = cli_words_end(&j.w);
	if (!err) {
		next = mem_alloc(j.m->info.key_size + 1);
		err = next ? engine_map_next_key(j.e, j.fd, from ? j.m->key : NULL, next) : -ENOMEM;
	}
	status = err ? noun_failed(j.w.c, "there is no next key", err) : show_next(&j, from, next);
	mem_free(next);
	return end(&j, status);
}

static int run_delete(const struct opt_args *a)
{
	struct job j;
	int err = begin(&j, a);

	if (!err)
		err = read_key(&j);
	if (!err)
		err = cli_words_end(&j.w);
	if (!err)
		err = engine_map_delete(j.e, j.fd, j.m->key);
	return end(&j, err ? noun_failed(j.w.c, "delete failed", err) : noun_nothing(j.w.c));
}

/* ---- update, push ---------------------------------------------------------------------------- */

/* A map or program as the value of a map of such: its descriptor. */
static int read_object(struct job *j, enum engine_kind kind, struct cli_handle *h)
{
	int err = cli_handle_one(&j->w, kind, h);
	uint32_t fd;

	if (err)
		return err;
	fd = (uint32_t)h->fd.at[0];
	memcpy(j->m->value, &fd, sizeof(fd));
	return 0;
}

static int read_value(struct job *j, struct cli_handle *object)
{
	const uint32_t n = j->m->info.value_size;
	uint32_t cpu;
	int err;

	if (!cli_word_is(&j->w, "value"))
		return n ? diag_error(&j->w.c->diag, "usage.value", DIAG_NONE, "which value? value BYTES, %u of them", n) :
			   0;
	if (is_of_maps(j->m))
		return read_object(j, ENGINE_MAP, object);
	if (j->m->info.type == ABI_MAP_PROG_ARRAY)
		return read_object(j, ENGINE_PROG, object);
	err = noun_bytes(&j->w, "value", j->m->value, n);
	for (cpu = 1; !err && cpu < j->m->cpus; cpu++)
		memcpy(j->m->value + cpu * j->m->stride, j->m->value, n);
	return err;
}

static int read_flags(struct job *j, uint64_t *ret_flags)
{
	if (cli_word_is(&j->w, "any"))
		*ret_flags = 0;
	else if (cli_word_is(&j->w, "noexist"))
		*ret_flags = 1;
	else if (cli_word_is(&j->w, "exist"))
		*ret_flags = 2;
	return cli_words_end(&j->w);
}

static int run_update(const struct opt_args *a)
{
	struct cli_handle object = {0};
	struct job j;
	uint64_t flags = 0;
	int err = begin(&j, a);

	if (!err)
		err = read_key(&j);
	if (!err)
		err = read_value(&j, &object);
	if (!err)
		err = read_flags(&j, &flags);
	if (!err)
		err = engine_map_update(j.e, j.fd, j.m->info.key_size ? j.m->key : NULL, j.m->value, flags);
	cli_handle_done(&object);
	return end(&j, err ? noun_failed(j.w.c, "update failed", err) : noun_nothing(j.w.c));
}

static int run_push(const struct opt_args *a)
{
	struct cli_handle object = {0};
	struct job j;
	int err = begin(&j, a);

	if (!err)
		err = read_value(&j, &object);
	if (!err)
		err = cli_words_end(&j.w);
	if (!err)
		err = engine_map_update(j.e, j.fd, NULL, j.m->value, 0);
	cli_handle_done(&object);
	return end(&j, err ? noun_failed(j.w.c, "push failed", err) : noun_nothing(j.w.c));
}

/* ---- peek, pop ------------------------------------------------------------------------------- */

static int take(const struct opt_args *a, bool pop)
{
	struct job j;
	struct out o;
	int err = begin(&j, a);

	if (!err)
		err = cli_words_end(&j.w);
	if (!err)
		err = pop ? engine_map_take(j.e, j.fd, NULL, j.m->value, 0) :
			    engine_map_lookup(j.e, j.fd, NULL, j.m->value, 0);
	if (err == -ENOENT && cli_is_json(j.w.c))
		return end(&j, noun_nothing(j.w.c));
	if (err)
		return end(&j, noun_failed(j.w.c, err == -ENOENT ? "empty map" : "cannot read", err));
	cli_out_init(j.w.c, &o);
	show(j.m, &o);
	return end(&j, cli_out_done(j.w.c, &o, CLI_OK));
}

static int run_peek(const struct opt_args *a)
{
	return take(a, false);
}

static int run_pop(const struct opt_args *a)
{
	return take(a, true);
}

/* ---- the commands ---------------------------------------------------------------------------- */

#define MAP_ARG "id N | pinned PATH | name NAME"
#define ELEM_COMMAND(id, args_, summary_)                                                          \
	const struct opt_command map_##id##_command = {                                            \
		.name = #id, .args = MAP_ARG args_, .summary = summary_, .run = run_##id,          \
		.min_args = 1, .max_args = -1,                                                     \
	}
#define run_enqueue run_push
#define run_dequeue run_pop

ELEM_COMMAND(dump, "", "show all elements, by their types if the map has any");
ELEM_COMMAND(lookup, " key [hex] BYTES", "show one element");
ELEM_COMMAND(getnext, " [key [hex] BYTES]", "show the key behind this one, or the first");
ELEM_COMMAND(delete, " key [hex] BYTES", "delete an element");
ELEM_COMMAND(update, " [key [hex] BYTES] [value [hex] BYTES|MAP|PROG] [any|exist|noexist]", "set an element");
ELEM_COMMAND(peek, "", "show the next value of a queue or stack");
ELEM_COMMAND(pop, "", "take a value from a stack");
ELEM_COMMAND(dequeue, "", "take a value from a queue");
ELEM_COMMAND(push, " value [hex] BYTES", "put a value onto a stack");
ELEM_COMMAND(enqueue, " value [hex] BYTES", "put a value into a queue");
