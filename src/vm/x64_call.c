/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * x86-64: calls of helpers, as far as they come down to less than calling (jit_call.c).
 */
#include "map/map.h"
#include "vm/x64.h"

/* ---- an element of an array ---- */

static void emit_null(struct jit *j, const struct jit_label *l)
{
	mov_imm(j, RAX, 0);
	jit_jump(j, JIT_ALWAYS, l->back);
}

/* rax = base + rax * size */
static void scale(struct jit *j, unsigned base, uint32_t size)
{
	struct mem m = {(uint8_t)base, RAX, 0, 0};
	bool power = !(size & (size - 1));

	if (power && size <= 8) {
		m.shift = (uint8_t)__builtin_ctz(size);
	} else if (power) {
		shift_imm(j, true, SHL, RAX, (unsigned)__builtin_ctz(size));
	} else {
		rr(j, true, 0x69, RAX, RAX);
		put32(j, size);
	}
	if (m.shift)
		lea(j, true, RAX, &m);
	else
		alu(j, true, ADD, RAX, base);
}

void x64_element(struct jit *j, uint32_t pc, const struct map *map, bool inner)
{
	uint32_t back = jit_label(j, NULL, pc, 0);
	struct mem key = x64_address(j, 2, 0, 0);

	jit_forget_args(j);
	rm(j, false, 0x8b, RAX, &key);
	alu_imm(j, false, CMP, RAX, (int32_t)map->max_entries);
	jit_jump(j, O_ABOVE_EQ, jit_label(j, emit_null, pc, back));
	mov_imm(j, R11, (uintptr_t)map->values);
	if (map->cpu_stride) {
		if (map->cpus * (uint64_t)map->cpu_stride <= UINT32_MAX) {
			rm(j, false, 0x69, R10, &RUN_FIELD(native.cpu));
		} else {
			rm(j, false, 0x8b, R10, &RUN_FIELD(native.cpu));
			rr(j, true, 0x69, R10, R10);
		}
		put32(j, (uint32_t)map->cpu_stride);
		alu(j, true, ADD, R11, R10);
	}
	if (inner) /* which on this machine acquires */
		rm(j, true, 0x8b, RAX, &(struct mem){R11, RAX, 3, 0});
	else
		scale(j, R11, map->elem_size);
	jit_put_label(j, back);
}

/* ---- calls ---- */

/* The map takes the run's place, and the other arguments move up to it. */
void x64_call_map(struct jit *j, const struct jit_callee *c)
{
	struct mem key;
	unsigned i;

	key = x64_address(j, 2, 0, JIT_NONE);
	jit_forget_args(j);
	if (key.index == NOREG && !key.disp)
		mov(j, true, RSI, key.base);
	else
		lea(j, true, RSI, &key);
	for (i = 3; i <= c->args; i++)
		mov(j, true, machine[i - 1], machine[i]);
	mov_imm(j, RDI, (uintptr_t)c->map);
	x64_call(j, c->fn);
	if (c->is_int)
		rr(j, true, 0x63, RAX, RAX);
}

void x64_field(struct jit *j, const struct jit_callee *c)
{
	rm(j, true, 0x8b, RAX, &RUN_FIELD(world));
	rm(j, c->size == 8, 0x8b, RAX, &(struct mem){RAX, NOREG, 0, c->at});
}
