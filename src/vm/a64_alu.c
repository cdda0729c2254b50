/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arm64: arithmetic. Division is what BPF wants of it: x / 0 is 0, and nothing traps.
 */
#include "vm/a64.h"

static uint8_t log2_of(int32_t power)
{
	return (uint8_t)__builtin_ctz((unsigned)power);
}

static bool is_power(int32_t v)
{
	return v > 0 && !(v & (v - 1));
}

/* ---- with a constant ---- */

void a64_logical_k(struct jit *j, bool wide, uint32_t op, unsigned d, int32_t v)
{
	unsigned from, to;

	if (op == AND && !v) {
		a64_load_imm(j, d, 0);
		return;
	}
	if (op == ORR && v == -1) {
		a64_load_imm(j, d, wide ? UINT64_MAX : UINT32_MAX);
		return;
	}
	from = a64_use(j, d);
	to = jit_change(j, d, !wide || (op == AND && v >= 0));
	if (op == EOR && v == -1)
		rrr(j, wide, ORR | NOT, to, ZERO, from);
	else if (!v || (op == AND && v == -1))
		mov(j, wide, to, from);
	else
		a64_logical_imm(j, wide, op, to, from, v);
}

void a64_sub_k(struct jit *j, bool wide, unsigned d, int32_t v)
{
	if (v != INT32_MIN || !wide) {
		a64_add_k(j, wide, d, (int32_t) - (uint32_t)v);
		return;
	}
	a64_mov_imm(j, CONSTANT, (uint64_t)INT32_MIN);
	a64_arith(j, true, SUB, d, CONSTANT);
}

void a64_shift_k(struct jit *j, bool wide, unsigned how, unsigned d, unsigned n)
{
	enum { CHEAP = 4 }; /* what all processors add a register shifted by as fast as another */
	struct jit_sum sum = jit_sum_of(j, d);
	unsigned from;

	if (!n && wide)
		return;
	if (how == LSL && wide && n <= CHEAP && jit_is_copy(&sum)) {
		jit_become(j, d, (struct jit_sum){JIT_NONE, sum.base, (uint8_t)n, 0});
		return;
	}
	from = a64_use(j, d);
	if (!n)
		mov(j, false, jit_change(j, d, true), from);
	else
		shift_imm(j, wide, how, jit_change(j, d, !wide || (how == LSR && n >= 32)), from,
			  n);
}

void a64_mul_k(struct jit *j, bool wide, unsigned d, int32_t v)
{
	unsigned from;

	if (!v) {
		a64_load_imm(j, d, 0);
	} else if (is_power(v)) {
		a64_shift_k(j, wide, LSL, d, log2_of(v));
	} else if (v > 0 && is_power(v - 1)) {
		from = a64_use(j, d);
		rrr_shifted(j, wide, ADD, jit_change(j, d, !wide), from, from, LSL, log2_of(v - 1));
	} else {
		a64_constant(j, wide, CONSTANT, v);
		a64_mul(j, wide, d, CONSTANT);
	}
}

void a64_divide_k(struct jit *j, struct a64_division v, unsigned d, int32_t by)
{
	if ((by == 1 || (by == -1 && v.is_signed)) && v.mod) {
		a64_load_imm(j, d, 0);
	} else if (by == -1 && v.is_signed) {
		a64_negate(j, v.wide, d);
	} else if (is_power(by) && !v.is_signed && v.mod) {
		a64_logical_k(j, v.wide, AND, d, by - 1);
	} else if (is_power(by) && !v.is_signed) {
		a64_shift_k(j, v.wide, LSR, d, log2_of(by));
	} else {
		a64_constant(j, v.wide, CONSTANT, by);
		a64_divide(j, v, d, CONSTANT);
	}
}

/* ---- with a register ---- */

void a64_shift_r(struct jit *j, bool wide, uint32_t op, unsigned d, unsigned by)
{
	a64_arith(j, wide, op, d, by);
}

void a64_mul(struct jit *j, bool wide, unsigned d, unsigned by)
{
	unsigned from = a64_use(j, d);

	multiply(j, wide, MADD, jit_change(j, d, !wide), from, by, ZERO);
}

void a64_divide(struct jit *j, struct a64_division v, unsigned d, unsigned by)
{
	unsigned from = a64_use(j, d), to = jit_change(j, d, !v.wide);

	rrr(j, v.wide, v.is_signed ? SDIV : UDIV, v.mod ? NEW : to, from, by);
	if (v.mod)
		multiply(j, v.wide, MSUB, to, NEW, by, from);
}

/* ---- byte order, sign extension ---- */

void a64_negate(struct jit *j, bool wide, unsigned d)
{
	unsigned from = a64_use(j, d);

	rrr(j, wide, SUB, jit_change(j, d, !wide), ZERO, from);
}

void a64_swap(struct jit *j, unsigned d, unsigned bits)
{
	unsigned from = a64_use(j, d), to = jit_change(j, d, bits < 64);

	put(j, (bits == 64 ? REV64 : bits == 32 ? REV32 : REV16) | from << 5 | to);
	if (bits == 16)
		bitfield(j, false, UBFM, to, to, 0, 15);
}

/* The low bits of s, with what is above them 0 (UBFM) or their sign (SBFM). */
void a64_extend(struct jit *j, bool wide, uint32_t op, unsigned bits, unsigned d, unsigned s)
{
	unsigned from = a64_use(j, s);

	bitfield(j, wide, op, jit_change(j, d, !wide), from, 0, bits - 1);
}
