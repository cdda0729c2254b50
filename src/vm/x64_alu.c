/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * x86-64: arithmetic, in the shortest forms.
 */
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "vm/x64.h"

static bool have_bmi2(void)
{
#if defined(__x86_64__)
	static int known; /* 1 no, 2 yes */
	unsigned a, b = 0, c, d;

	if (!known)
		known = __get_cpuid_count(7, 0, &a, &b, &c, &d) && b & bit_BMI2 ? 2 : 1;
	return known == 2;
#else
	return false;
#endif
}

/* ---- arithmetic with a constant ---- */

void x64_and_imm(struct jit *j, bool wide, unsigned d, int32_t v)
{
	unsigned from, to;

	if (v == 0) {
		x64_load_imm(j, d, 0);
		return;
	}
	if (v == 0xff || v == 0xffff) {
		from = x64_use(j, d);
		to = jit_change(j, d, true);
		if (v == 0xff)
			rr8(j, false, 0x1b6, to, from);
		else
			rr(j, false, 0x1b7, to, from);
		return;
	}
	x64_settle(j, d);
	wide &= v < 0;
	alu_imm(j, wide, AND, jit_change(j, d, !wide), v);
	x64_set_flags(j, d, wide);
}

void x64_sub_imm(struct jit *j, bool wide, unsigned d, int32_t v)
{
	if (v == INT32_MIN && wide) {
		x64_settle(j, d);
		alu_imm(j, true, SUB, jit_change(j, d, false), v);
	} else if (wide) {
		x64_add64_imm(j, d, -v);
	} else {
		x64_add32_imm(j, d, (int32_t)-(uint32_t)v);
	}
}

void x64_or_imm(struct jit *j, bool wide, unsigned op, unsigned d, int32_t v)
{
	unsigned to;

	x64_settle(j, d);
	to = jit_change(j, d, !wide);
	if (op == XOR && v == -1) {
		rr(j, wide, 0xf7, 2, to);
		return;
	}
	alu_imm(j, wide, op, to, v);
	x64_set_flags(j, d, wide);
}

void x64_shift_k(struct jit *j, bool wide, unsigned op, unsigned d, unsigned n)
{
	struct jit_sum a = jit_sum_of(j, d);
	unsigned to;

	if (!n && wide)
		return;
	if (op == SHL && wide && n <= 3 && jit_is_copy(&a)) {
		jit_become(j, d, (struct jit_sum){JIT_NONE, a.base, (uint8_t)n, 0});
		return;
	}
	x64_settle(j, d);
	to = jit_change(j, d, !wide || (op == SHR && n >= 32));
	if (!n) {
		mov(j, false, to, to);
		return;
	}
	shift_imm(j, wide, op, to, n);
	x64_set_flags(j, d, wide);
}

void x64_mul(struct jit *j, bool wide, unsigned d, unsigned s)
{
	x64_settle(j, d);
	rr(j, wide, 0x1af, jit_change(j, d, !wide), s);
}

static uint8_t log2_of(int32_t power)
{
	return (uint8_t)__builtin_ctz((unsigned)power);
}

void x64_mul_imm(struct jit *j, bool wide, unsigned d, int32_t v)
{
	unsigned from, to;

	if (v == 0) {
		x64_load_imm(j, d, 0);
		return;
	}
	if (v > 0 && !(v & (v - 1))) {
		x64_shift_k(j, wide, SHL, d, log2_of(v));
		return;
	}
	from = x64_use(j, d);
	to = jit_change(j, d, !wide);
	if (v == 3 || v == 5 || v == 9) {
		lea(j, wide, to, &(struct mem){(uint8_t)from, (uint8_t)from, log2_of(v - 1), 0});
		return;
	}
	rr(j, wide, fits8(v) ? 0x6b : 0x69, to, from);
	if (fits8(v))
		put(j, (uint8_t)v);
	else
		put32(j, (uint32_t)v);
}

/* ---- shifts by a register ---- */

/* shlx, sarx, shrx: the count in any register, and no flags */
static void shift_bmi2(struct jit *j, bool wide, unsigned op, unsigned to, unsigned from,
		       unsigned count)
{
	static const uint8_t prefix[] = {[SHL] = 1, [SHR] = 3, [SAR] = 2};

	put(j, 0xc4);
	put(j, (~to >> 3 & 1) << 7 | 0x40 | (~from >> 3 & 1) << 5 | 2);
	put(j, (unsigned)wide << 7 | (~count & 15) << 3 | prefix[op]);
	put(j, 0xf7);
	modrm(j, 3, to, from);
}

static void shift_cl(struct jit *j, bool wide, unsigned op, unsigned to, unsigned count)
{
	if (count == RCX && to != RCX) {
		rr(j, wide, 0xd3, op, to);
		return;
	}
	mov(j, true, R11, RCX);
	if (to == RCX) { /* which is in r11 now */
		mov(j, true, RCX, count);
		rr(j, wide, 0xd3, op, R11);
		mov(j, true, RCX, R11);
		return;
	}
	mov(j, true, RCX, count);
	rr(j, wide, 0xd3, op, to);
	mov(j, true, RCX, R11);
}

void x64_shift_r(struct jit *j, bool wide, unsigned op, unsigned d, unsigned s)
{
	unsigned from;

	if (have_bmi2() && !j->p->env.baseline) {
		from = x64_use(j, d);
		shift_bmi2(j, wide, op, jit_change(j, d, !wide), from, s);
		return;
	}
	x64_settle(j, d);
	shift_cl(j, wide, op, jit_change(j, d, !wide), s);
}

/* ---- division ---- */

/* Whether anybody still wants what the machine's register of r holds. */
static bool matters(const struct jit *j, unsigned r)
{
	unsigned t, left = j->lazy & j->live;

	if (j->live >> r & 1)
		return true;
	for (t = 0; left >> t; t++) {
		if (left >> t & 1 && jit_names(&j->sum[t], r))
			return true;
	}
	return false;
}

/*
 * to = n / by. rax and rdx are needed, which are r0 and r2: they are kept in r11 and r10 if they
 * matter, or if the divisor is in one of them. `by` is NOREG for a constant; else not 0, and not
 * -1 if signed.
 */
static void divide(struct jit *j, struct x64_division v, unsigned to, unsigned n, unsigned by)
{
	bool keep_rax = to != RAX && matters(j, 0);
	bool keep_rdx = to != RDX && matters(j, 2);

	if (by == RAX || keep_rax) {
		mov(j, true, R11, RAX);
		by = by == RAX ? R11 : by;
	}
	if (by == RDX || keep_rdx) {
		mov(j, true, R10, RDX);
		by = by == RDX ? R10 : by;
	}
	if (n != RAX)
		mov(j, v.wide, RAX, n);
	if (by == NOREG) {
		by = to == RAX ? R11 : to == RDX ? R10 : to;
		x64_constant(j, v.wide, by, v.by);
	}
	if (v.is_signed) {
		rex(j, v.wide, 0, 0, 0, false);
		put(j, 0x99);
	} else {
		rr(j, false, XOR << 3 | 1, RDX, RDX);
	}
	rr(j, v.wide, 0xf7, v.is_signed ? 7 : 6, by);
	if (to != (v.mod ? RDX : RAX))
		mov(j, v.wide, to, v.mod ? RDX : RAX);
	if (keep_rax)
		mov(j, true, RAX, R11);
	if (keep_rdx)
		mov(j, true, RDX, R10);
}

/*
 * d = n / s, where x / 0 = 0 and x % 0 = x, and where the processor would trap, x / -1 = -x and
 * x % -1 = 0. n and s are machine registers.
 */
void x64_divide_r(struct jit *j, struct x64_division v, unsigned d, unsigned n, unsigned s)
{
	unsigned to = jit_change(j, d, !v.wide);
	uint8_t *special, *done;

	if (v.is_signed) {
		lea(j, v.wide, R11, &(struct mem){(uint8_t)s, NOREG, 0, 1});
		alu_imm(j, v.wide, CMP, R11, 1);
	} else {
		rr(j, v.wide, 0x85, s, s);
	}
	special = skip(j, v.is_signed ? O_BELOW_EQ : O_EQ);
	divide(j, v, to, n, s);
	if (v.mod && v.wide && !v.is_signed && to == n) {
		land(j, special);
		return;
	}
	done = skip(j, JIT_ALWAYS);
	land(j, special);
	if (v.is_signed) /* s is 0 or -1: n & ~s, n * s */
		mov(j, true, R11, s);
	if (v.mod || v.is_signed)
		mov(j, v.wide, to, n);
	if (v.is_signed && v.mod) {
		rr(j, v.wide, 0xf7, 2, R11);
		alu(j, v.wide, AND, to, R11);
	} else if (v.is_signed) {
		rr(j, v.wide, 0x1af, to, R11);
	} else if (!v.mod) {
		mov_imm(j, to, 0);
	}
	land(j, done);
}

void x64_divide_imm(struct jit *j, struct x64_division v, unsigned d)
{
	int32_t by = v.by;
	bool power = by > 0 && !(by & (by - 1));
	unsigned n;

	if (by == -1 && v.is_signed && v.mod) {
		x64_load_imm(j, d, 0);
	} else if (by == -1 && v.is_signed) {
		x64_settle(j, d);
		rr(j, v.wide, 0xf7, 3, jit_change(j, d, !v.wide));
	} else if (by == 1 && v.mod) {
		x64_load_imm(j, d, 0);
	} else if (power && !v.is_signed && v.mod) {
		x64_and_imm(j, v.wide, d, by - 1);
	} else if (power && !v.is_signed) {
		x64_shift_k(j, v.wide, SHR, d, log2_of(by));
	} else {
		n = x64_use(j, d);
		divide(j, v, jit_change(j, d, !v.wide), n, NOREG);
	}
}

/* ---- byte order, sign extension ---- */

void x64_negate(struct jit *j, bool wide, unsigned d)
{
	x64_settle(j, d);
	rr(j, wide, 0xf7, 3, jit_change(j, d, !wide));
	x64_set_flags(j, d, wide);
}

void x64_swap(struct jit *j, unsigned d, unsigned bits)
{
	unsigned to;

	x64_settle(j, d);
	to = jit_change(j, d, bits < 64);
	rex(j, bits == 64, 0, 0, to, false);
	put(j, 0x0f);
	put(j, 0xc8 | (to & 7));
	if (bits == 16)
		shift_imm(j, false, SHR, to, 16);
}

void x64_sign_extend(struct jit *j, bool wide, unsigned op, unsigned d, unsigned s)
{
	unsigned from = x64_use(j, s);

	rr8(j, wide, op, jit_change(j, d, !wide), from);
}
