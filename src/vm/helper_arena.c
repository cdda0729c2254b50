/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Pages of the program's arena. Addresses are user space's, which programs cast before they use them.
 */
#include "vm/helper.h"

enum { NODE_NONE = -1 };

static struct map *arena(struct vm_run *run, uint64_t at)
{
	struct map *m = helper_map(run, at);

	if (m && m->type != MAP_TYPE_ARENA) {
		helper_fault(run, at, sizeof(*m));
		return NULL;
	}
	return m;
}

KFUNC(bpf_arena_alloc_pages)
{
	struct map *m = arena(run, r1);

	if (!m || ((int32_t)r4 != NODE_NONE && (uint32_t)r4 != run->world->numa_node))
		return 0;
	return address(map_arena_alloc(m, pointer(r2), (uint32_t)r3, r5));
}

KFUNC(bpf_arena_free_pages)
{
	struct map *m = arena(run, r1);

	if (m)
		map_arena_free(m, pointer(r2), (uint32_t)r3);
	return 0;
}
