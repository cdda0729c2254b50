/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs made from the input (tests/vm_gen.h) leave the same registers, stack and count of
 * instructions in every engine. The first eight bytes seed the packet.
 */
#include <stdlib.h>

#include "../tests/vm_gen.h"
#include "vm/vm.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const struct {
	enum vm_engine engine;
	bool unmetered, blind;
} variants[] = {
	{VM_CHECKED, false, false}, {VM_FAST, false, false}, {VM_JIT, false, false},
	{VM_JIT, true, false},	    {VM_JIT, false, true},
};

static uint64_t run(const struct gen *g, unsigned variant, uint8_t *packet)
{
	struct vm_env env = {.unmetered = variants[variant].unmetered,
			     .blind = variants[variant].blind};
	uint64_t r0, used, arg[5] = {(uintptr_t)packet};
	struct vm_prog *p;
	struct vm_run r;

	if (vm_load("fuzz", g->at, g->n, variants[variant].engine, &env, NULL, &p) ||
	    vm_run_init(&r) || vm_run_region(&r, packet, GEN_DATA, true))
		abort();
	if (vm_exec(&r, p, arg, &r0) || r0 != 2)
		abort(); /* the generator's programs are valid */
	used = variants[variant].unmetered ? 0 : r.used;
	vm_run_done(&r);
	vm_unload(p);
	return used;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct gen g;
	uint8_t want[GEN_DATA], got[GEN_DATA], in[GEN_DATA];
	uint64_t seed = 0, used, others;
	unsigned i;

	if (n < sizeof(seed))
		return 0;
	memcpy(&seed, bytes, sizeof(seed));
	for (i = 0; i < GEN_DATA; i++) {
		seed = seed * 0x5851f42d4c957f2d + 1;
		in[i] = (uint8_t)(seed >> 56);
	}
	gen_program(&g, bytes + sizeof(seed), n - sizeof(seed), false);
	memcpy(want, in, GEN_DATA);
	used = run(&g, 0, want);
	for (i = 1; i < ARRAY_LEN(variants); i++) {
		memcpy(got, in, GEN_DATA);
		others = run(&g, i, got);
		if (memcmp(got, want, GEN_DATA) || (others && others != used))
			abort();
	}
	return 0;
}
