/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arm64: calls of helpers, as far as they come down to less than calling (jit_call.c).
 */
#include "map/map.h"
#include "vm/a64.h"

/* ---- an element of an array ---- */

static void emit_null(struct jit *j, const struct jit_label *l)
{
	a64_mov_imm(j, X0, 0);
	jit_jump(j, JIT_ALWAYS, l->back);
}

/* to = base + index * size, where the index has 32 bits */
static void scale(struct jit *j, unsigned to, unsigned base, unsigned index, uint32_t size)
{
	if (!(size & (size - 1))) {
		rrr_shifted(j, true, ADD, to, base, index, LSL, (unsigned)__builtin_ctz(size));
		return;
	}
	a64_mov_imm(j, NEW, size);
	multiply(j, true, MADD, to, index, NEW, base);
}

void a64_element(struct jit *j, uint32_t pc, const struct map *map, bool inner)
{
	uint32_t back = jit_label(j, NULL, pc, 0);
	struct a64_mem key = a64_address(j, 2, 0, U32, JIT_NONE);

	jit_forget_args(j);
	a64_access(j, A64_LOAD, U32, X0, key);
	a64_compare_imm(j, false, X0, (int32_t)map->max_entries);
	jit_jump(j, B_COND | HS, jit_label(j, emit_null, pc, back));
	a64_mov_imm(j, CONSTANT, (uintptr_t)map->values);
	if (map->cpu_stride) {
		a64_load_run(j, false, OLD, offsetof(struct vm_run, native.cpu));
		scale(j, CONSTANT, CONSTANT, OLD, (uint32_t)map->cpu_stride);
	}
	scale(j, X0, CONSTANT, X0, inner ? sizeof(void *) : (uint32_t)map->elem_size);
	if (inner)
		put(j, A64_LDAR | (uint32_t)U64 << 30 | X0 << 5 | X0);
	jit_put_label(j, back);
}

/* ---- calls ---- */

/* The map takes the run's place, and the other arguments move up to it. */
void a64_call_map(struct jit *j, const struct jit_callee *c)
{
	struct jit_sum key;
	unsigned i;

	key = jit_sum_of(j, 2);
	if (key.index != JIT_NONE) {
		a64_settle(j, 2);
		key = jit_sum_of(j, 2);
	}
	jit_forget_args(j);
	a64_add_imm(j, true, X1, machine[key.base], key.disp);
	for (i = 3; i <= c->args; i++)
		mov(j, true, machine[i - 1], machine[i]);
	a64_mov_imm(j, X0, (uintptr_t)c->map);
	jit_call_abs(j, c->fn);
	if (c->is_int)
		bitfield(j, true, SBFM, X0, X0, 0, 31);
}

void a64_field(struct jit *j, const struct jit_callee *c)
{
	a64_load_run(j, true, X0, offsetof(struct vm_run, world));
	a64_access(j, A64_LOAD, c->size == 8 ? U64 : U32, X0, a64_at(X0, c->at));
}
