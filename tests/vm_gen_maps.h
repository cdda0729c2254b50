/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is around a program of vm_gen.h that has maps, in an engine of ours: an array, a per-CPU array and
 * a hash table with what they hold at the begin, and the programs of its tail calls.
 *
 * No allocation fails here: who tests that leaves maps out.
 */
#ifndef SKEP_TEST_VM_GEN_MAPS_H
#define SKEP_TEST_VM_GEN_MAPS_H

#include <stdlib.h>

#include "map/map.h"
#include "vm/vm.h"
#include "vm_gen.h"

enum { GEN_TARGETS = 2, GEN_DUMP = GEN_PROGS * 8 * (GEN_VALUE + 1) };

struct gen_maps {
	struct map_env env;
	struct map *map[GEN_MAPS];
	struct vm_prog *target[GEN_TARGETS];
	struct vm_env vm; /* to load programs with */
};

static const int32_t gen_map_numbers[GEN_MAPS] = {1, 2, 3, 4};
static const uint32_t gen_map_types[GEN_MAPS] = {MAP_TYPE_ARRAY, MAP_TYPE_PERCPU_ARRAY, MAP_TYPE_HASH,
						 MAP_TYPE_PROG_ARRAY};

#define GEN_SURE(what) ((what) ? (void)0 : abort())

static inline int gen_maps_resolve(void *arg, const struct isa_op *op, struct diag *d, uint64_t *ret_value)
{
	struct gen_maps *g = arg;

	return vm_resolve_map(op, g->map, GEN_MAPS, d, ret_value);
}

static inline int gen_maps_ref(void *arg, struct map *m, enum map_ref_kind kind, int fd, void **ret_object)
{
	struct gen_maps *g = arg;

	(void)m, (void)kind;
	*ret_object = g->target[fd];
	return 0;
}

static inline void gen_maps_unref(void *arg, struct map *m, enum map_ref_kind kind, void *object)
{
	(void)arg, (void)m, (void)kind, (void)object; /* unloaded with the rest */
}

/* What element k of a map holds when a program begins; the hash table has every second key. */
static inline bool gen_maps_begin(enum gen_map m, uint32_t k, uint8_t value[GEN_VALUE])
{
	uint32_t i;

	for (i = 0; i < GEN_VALUE; i++)
		value[i] = (uint8_t)(i * 7 + k * 31 + m);
	return m != GEN_HASH || k % 2;
}

static inline void gen_maps_reset(struct gen_maps *g)
{
	uint8_t value[GEN_VALUE];
	uint32_t m, k;

	for (m = 0; m < GEN_PROGS; m++) {
		uint32_t key;

		while (m == GEN_HASH && !map_user_next_key(g->map[m], MAP_MAY_ALL, NULL, &key))
			GEN_SURE(!map_user_delete(g->map[m], MAP_MAY_ALL, &key));
		for (k = 0; k < GEN_ELEMS; k++)
			if (gen_maps_begin((enum gen_map)m, k, value))
				GEN_SURE(!map_user_update(g->map[m], MAP_MAY_ALL, &k, value, MAP_ANY));
	}
}

static inline void gen_maps_init(struct gen_maps *g, enum vm_engine engine, bool unmetered, bool blind)
{
	const struct gen_how how = {.map = gen_map_numbers};
	static struct gen program;
	int i;

	*g = (struct gen_maps){.env = {.cpus = 1, .kernel = ABI_KERNEL(6, 18), .arg = g,
				       .ref_get = gen_maps_ref, .ref_put = gen_maps_unref},
			       .vm = {.resolve = gen_maps_resolve, .ctx = g, .unmetered = unmetered,
				      .blind = blind}};
	g->vm.helper = vm_helpers_default(&g->vm.helpers);
	for (i = 0; i < GEN_MAPS; i++) {
		struct map_attr a = {.type = gen_map_types[i], .key_size = 4, .value_size = GEN_VALUE,
				     .max_entries = i == GEN_PROGS ? 3 : GEN_ELEMS, .name = "map"};

		if (i == GEN_PROGS)
			a.value_size = 4;
		GEN_SURE(!map_create(&a, &g->env, &g->map[i]));
	}
	for (i = 0; i < GEN_TARGETS; i++) {
		gen_target(&program, (uint32_t)i, &how);
		GEN_SURE(!vm_load("target", program.at, program.n, engine, &g->vm, NULL, &g->target[i]));
		GEN_SURE(!map_user_update(g->map[GEN_PROGS], MAP_MAY_ALL, &i, &i, MAP_ANY));
	}
	gen_maps_reset(g);
}

static inline void gen_maps_done(struct gen_maps *g)
{
	int i;

	for (i = 0; i < GEN_MAPS; i++)
		map_unref_user(g->map[i]);
	map_quiesce();
	for (i = 0; i < GEN_TARGETS; i++)
		vm_unload(g->target[i]);
}

/* The elements with keys below 8: a byte that says whether it is there, then the value. */
static inline void gen_maps_dump(struct gen_maps *g, uint8_t to[GEN_DUMP])
{
	uint32_t m, k;

	memset(to, 0, GEN_DUMP);
	for (m = 0; m < GEN_PROGS; m++)
		for (k = 0; k < 8; k++, to += GEN_VALUE + 1)
			*to = !map_user_lookup(g->map[m], MAP_MAY_ALL, &k, to + 1, 0);
}

#endif
