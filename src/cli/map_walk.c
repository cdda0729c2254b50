/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Walking through maps, and showing elements.
 *
 * Keys are copied out one by one, so that an element deleted under our hands costs only itself: the
 * kernel then begins anew, which is why no more steps are taken than the map could have elements,
 * twice.
 */
#include <stdio.h>

#include "abi/abi.h"
#include "btf/btf.h"
#include "cli/map_walk.h"

enum { ELEMENT_TEXT_MAX = 16 << 20 };

static bool is_per_cpu(uint32_t type)
{
	return type == ABI_MAP_PERCPU_HASH || type == ABI_MAP_PERCPU_ARRAY || type == ABI_MAP_LRU_PERCPU_HASH ||
	       type == ABI_MAP_PERCPU_CGROUP_STORAGE;
}

int cli_map_open(struct engine *e, int fd, const struct btf *btf, uint32_t key_type, uint32_t value_type,
		 struct cli_map *ret_map)
{
	struct cli_map m = {.e = e, .fd = fd, .btf = btf, .key_type = key_type, .value_type = value_type};
	int err = engine_info(e, fd, &m.info, sizeof(m.info));

	if (err)
		return err;
	m.cpus = is_per_cpu(m.info.type) ? engine_cpus() : 1;
	m.value_bytes = engine_map_value_bytes(&m.info, engine_cpus());
	m.stride = m.value_bytes / m.cpus;
	m.key = mem_alloc(m.info.key_size + 1);
	m.value = mem_alloc(m.value_bytes + 1);
	if (m.key && m.value) {
		*ret_map = m;
		return 0;
	}
	cli_map_done(&m);
	return -ENOMEM;
}

void cli_map_done(struct cli_map *m)
{
	mem_free(m->key);
	mem_free(m->value);
	m->key = m->value = NULL;
}

int cli_map_next(struct cli_map *m)
{
	int err;

	if (m->ended)
		return 0;
	err = engine_map_next_key(m->e, m->fd, m->started ? m->key : NULL, m->key);
	m->started = true;
	if (err) {
		m->ended = true;
		return err == -ENOENT ? 0 : err;
	}
	m->value_err = engine_map_lookup(m->e, m->fd, m->key, m->value, 0);
	return 1;
}

static void show_value(const struct cli_map *m, uint32_t type, const uint8_t *at, size_t n, const char *name,
		       struct out *o)
{
	if (type && m->btf && !btf_value_out(m->btf, type, at, n, o, name))
		return;
	if (!type || !m->btf)
		out_bytes(o, name, at, n);
}

static void show_values(const struct cli_map *m, struct out *o)
{
	uint32_t cpu;

	if (m->value_err) {
		out_str(o, "error", strerror(-m->value_err));
		return;
	}
	if (m->cpus == 1) {
		show_value(m, m->value_type, m->value, m->info.value_size, "value", o);
		return;
	}
	out_array(o, "values", OUT_LIST);
	for (cpu = 0; cpu < m->cpus; cpu++) {
		out_object(o, NULL);
		out_uint(o, "cpu", cpu);
		show_value(m, m->value_type, m->value + cpu * m->stride, m->info.value_size, "value", o);
		out_end(o);
	}
	out_end(o);
}

static void show_element(const struct cli_map *m, struct out *o)
{
	out_object(o, NULL);
	if (m->info.key_size)
		show_value(m, m->key_type, m->key, m->info.key_size, "key", o);
	show_values(m, o);
	out_end(o);
}

void cli_map_show(const struct cli_map *m, struct out *o)
{
	struct out line;
	struct str s;

	if (out_is_json(o)) {
		show_element(m, o);
		return;
	}
	str_init(&s, ELEMENT_TEXT_MAX);
	out_init(&line, OUT_JSON_LINES, false, out_sink_str, &s);
	show_element(m, &line);
	if (!out_done(&line))
		out_text(o, "  %s", s.s);
	str_done(&s);
}
