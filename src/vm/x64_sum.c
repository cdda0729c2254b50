/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * x86-64: sums that are not computed yet.
 *
 * `r3 = r10; r3 += -448; r3 += r2; r1 = *(u64 *)(r3 + 0)` is one instruction here. A move or an
 * addition only notes what the register is a sum of ("lazy"); a load or store takes the sum as its
 * address, a comparison of a plain copy looks at the original, and whoever else wants the value
 * has it computed first (settle). What nobody wants is never computed.
 *
 *	X1  a sum names registers that are not lazy, or the register it is the value of
 *	X2  a register that a sum names does not change before the sum is settled or dropped
 *	X3  where a jump may lead, no register is lazy
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

	if (!x64_is_lazy(j, r))
		return;
	j->lazy &= (uint16_t)~(1u << r);
	if (x64_is_copy(&s)) {
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

void x64_settle_all(struct jit *j, unsigned mask)
{
	unsigned r;

	for (r = 0; j->lazy & mask; r++) {
		if (j->lazy & mask & 1u << r)
			x64_settle(j, r);
	}
}

/* r is about to change: whose sum names it is settled, or dropped if nobody wants it any more. */
static void protect(struct jit *j, unsigned r)
{
	unsigned t, left;

	assert(r < ISA_REG_MAX);
	left = j->lazy & ~(1u << r);
	for (t = 0; left >> t; t++) {
		if (!(left >> t & 1) || !x64_names(&j->sum[t], r))
			continue;
		if (j->live >> t & 1)
			x64_settle(j, t);
		j->lazy &= (uint16_t)~(1u << t);
	}
}

/* r gets another value, or what x64_settle() has put there changes. */
unsigned x64_change(struct jit *j, unsigned r, bool zero_extended)
{
	assert(r < ISA_REG_MAX);
	protect(j, r);
	j->lazy &= (uint16_t)~(1u << r);
	j->zext = (uint16_t)((j->zext & ~(1u << r)) | (unsigned)zero_extended << r);
	return machine[r];
}

/* The machine's register that has r's value: its own, or that of which it is a copy. */
unsigned x64_use(struct jit *j, unsigned r)
{
	assert(r < ISA_REG_MAX);
	if (!x64_is_lazy(j, r))
		return machine[r];
	if (x64_is_copy(&j->sum[r]))
		return machine[j->sum[r].base];
	x64_settle(j, r);
	return machine[r];
}

/* r + off as an address. `changes` is what the operation is about to write, if anything. */
struct mem x64_address(struct jit *j, unsigned r, int16_t off, unsigned changes)
{
	struct jit_sum s;
	int32_t disp;

	if (x64_is_lazy(j, r) && r != changes && x64_names(&j->sum[r], changes) && j->live >> r & 1)
		x64_settle(j, r); /* X2, while the address does not depend on it yet */
	s = x64_sum_of(j, r);
	if (!__builtin_add_overflow(s.disp, (int32_t)off, &disp))
		return mem_of(&s, disp);
	x64_settle(j, r);
	return (struct mem){machine[r], NOREG, 0, off};
}

/* r becomes this sum. */
void x64_become(struct jit *j, unsigned r, struct jit_sum s)
{
	protect(j, r);
	j->zext &= (uint16_t)~(1u << r);
	if (x64_is_copy(&s))
		j->zext |= (uint16_t)((j->zext >> s.base & 1) << r);
	if (x64_is_copy(&s) && s.base == r) {
		j->lazy &= (uint16_t)~(1u << r);
		return;
	}
	j->sum[r] = s;
	j->lazy |= (uint16_t)(1u << r);
}

/* ---- moves and sums ---- */

void x64_mov64(struct jit *j, unsigned d, unsigned s)
{
	if (x64_is_lazy(j, s) && x64_names(&j->sum[s], s)) /* X1 */
		x64_settle(j, s);
	if (d != s)
		x64_become(j, d, x64_sum_of(j, s));
}

void x64_mov32(struct jit *j, unsigned d, unsigned s)
{
	unsigned from;

	if (j->zext >> s & 1) {
		x64_mov64(j, d, s);
		return;
	}
	from = x64_use(j, s);
	mov(j, false, x64_change(j, d, true), from);
}

void x64_load_imm(struct jit *j, unsigned d, uint64_t v)
{
	mov_imm(j, x64_change(j, d, v <= UINT32_MAX), v);
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
	unsigned to = x64_change(j, d, v <= UINT32_MAX);
	uint64_t key = jit_random(j);

	mov_imm(j, to, v ^ key);
	mov_imm(j, R11, key);
	alu(j, true, XOR, to, R11);
}

/* From here on the functions for arithmetic take the machine's register for the source. */

void x64_arith(struct jit *j, bool wide, unsigned op, unsigned d, unsigned s)
{
	x64_settle(j, d);
	alu(j, wide, op, x64_change(j, d, !wide), s);
	x64_set_flags(j, d, wide);
}

void x64_add64(struct jit *j, unsigned d, unsigned s)
{
	struct jit_sum a = x64_sum_of(j, d), b;

	if (x64_is_lazy(j, s) && (j->sum[s].index != JIT_NONE || x64_names(&j->sum[s], s)))
		x64_settle(j, s);
	b = x64_sum_of(j, s);
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
	x64_become(j, d, a);
}

void x64_add64_imm(struct jit *j, unsigned d, int32_t v)
{
	struct jit_sum a = x64_sum_of(j, d);

	if (__builtin_add_overflow(a.disp, v, &a.disp)) {
		x64_settle(j, d);
		a = (struct jit_sum){(uint8_t)d, JIT_NONE, 0, v};
	}
	x64_become(j, d, a);
}

void x64_add32_imm(struct jit *j, unsigned d, int32_t v)
{
	struct jit_sum a = x64_sum_of(j, d);
	unsigned to;
	struct mem m;

	if (x64_is_lazy(j, d) && !x64_names(&a, d) && !__builtin_add_overflow(a.disp, v, &a.disp)) {
		m = mem_of(&a, a.disp);
		to = x64_change(j, d, true);
		lea(j, false, to, &m);
		return;
	}
	x64_settle(j, d);
	to = x64_change(j, d, true);
	if (!v)
		mov(j, false, to, to);
	else
		add_imm(j, false, to, v);
	if (v)
		x64_set_flags(j, d, false);
}

void x64_add32(struct jit *j, unsigned d, unsigned s)
{
	struct jit_sum a = x64_sum_of(j, d);
	struct mem m;

	if (!x64_is_lazy(j, d) || a.index != JIT_NONE) {
		x64_arith(j, false, ADD, d, s);
		return;
	}
	m = (struct mem){machine[a.base], (uint8_t)s, 0, a.disp};
	lea(j, false, x64_change(j, d, true), &m);
}
