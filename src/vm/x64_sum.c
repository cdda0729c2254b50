/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * x86-64: constants, and the sums of jit_sum.c as this machine computes them.
 *
 * `r3 = r10; r3 += -448; r3 += r2; r1 = *(u64 *)(r3 + 0)` is one instruction here. A load or store
 * takes the sum as its address, a comparison of a plain copy looks at the original.
 */
#include "vm/x64.h"

/* ---- sums ---- */

static struct mem mem_of(const struct jit_sum *s, int32_t disp)
{
	return (struct mem){s->base == JIT_NONE ? NOREG : machine[s->base],
			    s->index == JIT_NONE ? NOREG : machine[s->index], s->shift, disp};
}

/* The flags are those of r's value from here to the next instruction. */
void x64_set_flags(struct jit *j, unsigned r, bool wide)
{
	j->flags_at = jit_here(j).at;
	j->flags_reg = (uint8_t)r;
	j->flags_wide = wide;
}

void x64_settle(struct jit *j, unsigned r)
{
	struct jit_sum s = j->sum[r];
	struct mem m = mem_of(&s, s.disp);
	unsigned to = machine[r];

	if (!jit_is_lazy(j, r))
		return;
	j->lazy &= (uint16_t)~(1u << r);
	if (jit_is_copy(&s)) {
		mov(j, !(j->zext >> s.base & 1), to, m.base);
		return;
	}
	if (s.index == JIT_NONE && s.base == r)
		add_imm(j, true, to, s.disp);
	else if (s.base == JIT_NONE && s.index == r && !s.disp)
		shift_imm(j, true, SHL, to, s.shift);
	else if (s.base == r && !s.shift && !s.disp)
		alu(j, true, ADD, to, m.index);
	else if (s.index == r && !s.shift && !s.disp)
		alu(j, true, ADD, to, m.base);
	else {
		lea(j, true, to, &m);
		return;
	}
	x64_set_flags(j, r, true);
}

/* The machine's register that has r's value: its own, or that of which it is a copy. */
unsigned x64_use(struct jit *j, unsigned r)
{
	assert(r < ISA_REG_MAX);
	if (!jit_is_lazy(j, r))
		return machine[r];
	if (jit_is_copy(&j->sum[r]))
		return machine[j->sum[r].base];
	x64_settle(j, r);
	return machine[r];
}

/* r + off as an address. `changes` is what the operation is about to write, if anything. */
struct mem x64_address(struct jit *j, unsigned r, int16_t off, unsigned changes)
{
	struct jit_sum s;
	int32_t disp;

	if (jit_is_lazy(j, r) && r != changes && jit_names(&j->sum[r], changes) && j->live >> r & 1)
		x64_settle(j, r); /* X2, while the address does not depend on it yet */
	s = jit_sum_of(j, r);
	if (!__builtin_add_overflow(s.disp, (int32_t)off, &disp))
		return mem_of(&s, disp);
	x64_settle(j, r);
	return (struct mem){machine[r], NOREG, 0, off};
}

/* ---- moves and sums ---- */

void x64_mov64(struct jit *j, unsigned d, unsigned s)
{
	if (jit_is_lazy(j, s) && jit_names(&j->sum[s], s)) /* X1 */
		x64_settle(j, s);
	if (d != s)
		jit_become(j, d, jit_sum_of(j, s));
}

void x64_mov32(struct jit *j, unsigned d, unsigned s)
{
	unsigned from;

	if (j->zext >> s & 1) {
		x64_mov64(j, d, s);
		return;
	}
	from = x64_use(j, s);
	mov(j, false, jit_change(j, d, true), from);
}

void x64_load_imm(struct jit *j, unsigned d, uint64_t v)
{
	mov_imm(j, jit_change(j, d, v <= UINT32_MAX), v);
}

/* A constant of the program, for one that may be built to attack: it must not stand in the code. */
void x64_constant(struct jit *j, bool wide, unsigned to, int32_t v)
{
	uint32_t key;

	if (!j->blind) {
		mov_imm(j, to, wide ? (uint64_t)(int64_t)v : (uint32_t)v);
		return;
	}
	key = (uint32_t)jit_random(j);
	rex(j, false, 0, 0, to, false);
	put(j, 0xb8 | (to & 7));
	put32(j, (uint32_t)v ^ key);
	rr(j, false, 0x81, XOR, to);
	put32(j, key);
	if (wide && v < 0)
		rr(j, true, 0x63, to, to);
}

void x64_load_imm_blind(struct jit *j, unsigned d, uint64_t v)
{
	unsigned to = jit_change(j, d, v <= UINT32_MAX);
	uint64_t key = jit_random(j);

	mov_imm(j, to, v ^ key);
	mov_imm(j, R11, key);
	alu(j, true, XOR, to, R11);
}

/* From here on the functions for arithmetic take the machine's register for the source. */

void x64_arith(struct jit *j, bool wide, unsigned op, unsigned d, unsigned s)
{
	x64_settle(j, d);
	alu(j, wide, op, jit_change(j, d, !wide), s);
	x64_set_flags(j, d, wide);
}

void x64_add64(struct jit *j, unsigned d, unsigned s)
{
	struct jit_sum a = jit_sum_of(j, d), b;

	if (jit_is_lazy(j, s) && (j->sum[s].index != JIT_NONE || jit_names(&j->sum[s], s)))
		x64_settle(j, s);
	b = jit_sum_of(j, s);
	if (d == s || (a.index != JIT_NONE && a.base != JIT_NONE) ||
	    __builtin_add_overflow(a.disp, b.disp, &a.disp)) {
		x64_settle(j, d);
		s = x64_use(j, s);
		x64_arith(j, true, ADD, d, s);
		return;
	}
	if (a.index == JIT_NONE)
		a.index = b.base;
	else
		a.base = b.base;
	jit_become(j, d, a);
}

void x64_add64_imm(struct jit *j, unsigned d, int32_t v)
{
	struct jit_sum a = jit_sum_of(j, d);

	if (__builtin_add_overflow(a.disp, v, &a.disp)) {
		x64_settle(j, d);
		a = (struct jit_sum){(uint8_t)d, JIT_NONE, 0, v};
	}
	jit_become(j, d, a);
}

void x64_add32_imm(struct jit *j, unsigned d, int32_t v)
{
	struct jit_sum a = jit_sum_of(j, d);
	unsigned to;
	struct mem m;

	if (jit_is_lazy(j, d) && !jit_names(&a, d) && !__builtin_add_overflow(a.disp, v, &a.disp)) {
		m = mem_of(&a, a.disp);
		to = jit_change(j, d, true);
		lea(j, false, to, &m);
		return;
	}
	x64_settle(j, d);
	to = jit_change(j, d, true);
	if (!v)
		mov(j, false, to, to);
	else
		add_imm(j, false, to, v);
	if (v)
		x64_set_flags(j, d, false);
}

void x64_add32(struct jit *j, unsigned d, unsigned s)
{
	struct jit_sum a = jit_sum_of(j, d);
	struct mem m;

	if (!jit_is_lazy(j, d) || a.index != JIT_NONE) {
		x64_arith(j, false, ADD, d, s);
		return;
	}
	m = (struct mem){machine[a.base], (uint8_t)s, 0, a.disp};
	lea(j, false, jit_change(j, d, true), &m);
}
