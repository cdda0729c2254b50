/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs made from the input (tests/vm_gen.h) leave the same registers, stack, maps and count of
 * instructions in every engine. The first eight bytes seed the packet, and say whether the program has
 * maps, callbacks and tail calls.
 */
#include <stdlib.h>

#include "../tests/vm_gen_maps.h"
#include "vm/vm.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { VARIANTS = 5 };

static const struct variant {
	enum vm_engine engine;
	bool unmetered, blind;
} variants[VARIANTS] = {
	{VM_CHECKED, false, false}, {VM_FAST, false, false}, {VM_JIT, false, false},
	{VM_JIT, true, false},	    {VM_JIT, false, true},
};

/* What a run leaves. */
struct left {
	uint8_t packet[GEN_DATA], maps[GEN_DUMP];
	uint64_t used; /* 0: it was not counted */
};

static void run(const struct gen *g, const struct variant *v, const uint8_t *packet, struct left *to)
{
	static struct gen_maps maps;
	uint64_t r0, arg[5] = {(uintptr_t)to->packet};
	struct vm_world w;
	struct vm_prog *p;
	struct vm_run r;

	memcpy(to->packet, packet, GEN_DATA);
	memset(to->maps, 0, GEN_DUMP);
	vm_world_init(&w, NULL, NULL, 1);
	maps.vm = (struct vm_env){.unmetered = v->unmetered, .blind = v->blind};
	if (g->how.map)
		gen_maps_init(&maps, v->engine, v->unmetered, v->blind);
	if (vm_load("fuzz", g->at, g->n, v->engine, &maps.vm, NULL, &p) || vm_run_init(&r) || vm_run_region(&r, to->packet, GEN_DATA, true))
		abort();
	r.world = &w;
	map_enter();
	if (vm_exec(&r, p, arg, &r0) || r0 != 2)
		abort(); /* the generator's programs are valid */
	map_exit();
	to->used = v->unmetered ? 0 : r.used;
	vm_run_done(&r);
	vm_unload(p);
	if (g->how.map) {
		gen_maps_dump(&maps, to->maps);
		gen_maps_done(&maps);
	}
	vm_world_done(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct gen g;
	struct left want, got;
	uint8_t in[GEN_DATA];
	struct gen_how how = {.kernel = false};
	uint64_t seed = 0;
	unsigned i;

	if (n < sizeof(seed))
		return 0;
	memcpy(&seed, bytes, sizeof(seed));
	if (seed & 1)
		how = (struct gen_how){.map = gen_map_numbers, .callbacks = seed & 2, .may_goto = true};
	for (i = 0; i < GEN_DATA; i++) {
		seed = seed * 0x5851f42d4c957f2d + 1;
		in[i] = (uint8_t)(seed >> 56);
	}
	gen_program_with(&g, bytes + sizeof(seed), n - sizeof(seed), &how);
	run(&g, &variants[0], in, &want);
	for (i = 1; i < VARIANTS; i++) {
		run(&g, &variants[i], in, &got);
		if (memcmp(got.packet, want.packet, GEN_DATA) || memcmp(got.maps, want.maps, GEN_DUMP) ||
		    (got.used && got.used != want.used))
			abort();
	}
	return 0;
}
