/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arm64: several operations that are one instruction, and nobody jumps between them. Each function
 * looks for one pattern and writes it: how many slots it took, or 0.
 */
#include "vm/a64.h"

struct shift {
	uint8_t how;
	bool is, wide;
};

static const struct shift shifts[_ISA_MAX] = {
	[ISA_LSH64_K] = {LSL, true, true},  [ISA_LSH32_K] = {LSL, true, false},
	[ISA_RSH64_K] = {LSR, true, true},  [ISA_RSH32_K] = {LSR, true, false},
	[ISA_ARSH64_K] = {ASR, true, true}, [ISA_ARSH32_K] = {ASR, true, false},
};

/* ---- bits ---- */

/* d <<= n; d >>= m: bits from the middle, with or without sign, to where they belong */
static uint32_t shift_twice(struct jit *j, uint32_t pc, const struct vm_op *l)
{
	const struct shift *a = &shifts[jit_id(l)], *b;
	const struct vm_op *r = jit_ahead(j, pc, 1);
	unsigned bits = a->wide ? 64 : 32, from;
	bool is_signed;

	if (!r || a->how != LSL || r->dst != l->dst)
		return 0;
	b = &shifts[jit_id(r)];
	if (!b->is || b->wide != a->wide || b->how == LSL)
		return 0;
	is_signed = b->how == ASR;
	j->live = jit_live_after(j, pc + 1);
	from = a64_use(j, l->dst);
	bitfield(j, a->wide, is_signed ? SBFM : UBFM,
		 jit_change(j, l->dst, !a->wide || (!is_signed && r->imm >= 32)), from,
		 (unsigned)(r->imm - l->imm) & (bits - 1), bits - 1 - (unsigned)l->imm);
	return 2;
}

/* d >>= n; d &= 2^m - 1 */
static uint32_t shift_and_mask(struct jit *j, uint32_t pc, const struct vm_op *l)
{
	const struct shift *a = &shifts[jit_id(l)];
	const struct vm_op *m = jit_ahead(j, pc, 1);
	unsigned bits = a->wide ? 64 : 32, from, last;

	if (!m || a->how != LSR || m->dst != l->dst || j->blind || m->imm <= 0 ||
	    m->imm & (m->imm + 1) || (jit_id(m) != ISA_AND64_K && jit_id(m) != ISA_AND32_K))
		return 0;
	j->live = jit_live_after(j, pc + 1);
	from = a64_use(j, l->dst);
	last = (unsigned)l->imm + (unsigned)__builtin_popcount((unsigned)m->imm) - 1;
	bitfield(j, a->wide, UBFM, jit_change(j, l->dst, true), from, (unsigned)l->imm,
		 MIN(last, bits - 1));
	return 2;
}

/* t <<= n; d += t, and t is not wanted any more */
static uint32_t shift_and_use(struct jit *j, uint32_t pc, const struct vm_op *l)
{
	const struct shift *a = &shifts[jit_id(l)];
	const struct vm_op *u = jit_ahead(j, pc, 1);
	const struct a64_plain *plain;
	unsigned by, from;

	if (!u || u->src != l->dst || u->dst == l->dst || !l->imm ||
	    !jit_is_dead(j, pc + 1, l->dst))
		return 0;
	plain = &a64_plain[jit_id(u)];
	if (!plain->op || plain->imm || plain->wide != a->wide)
		return 0;
	if (plain->op == ADD && a->wide && a->how == LSL && l->imm <= 4) /* may become an address */
		return 0;
	j->live = jit_live_after(j, pc + 1);
	by = a64_use(j, l->dst);
	from = a64_use(j, u->dst);
	rrr_shifted(j, a->wide, plain->op, jit_change(j, u->dst, !a->wide), from, by, a->how,
		    (unsigned)l->imm);
	return 2;
}

static uint32_t rotate(struct jit *j, uint32_t pc, const struct vm_op *m)
{
	struct jit_rotation r;
	unsigned from;

	if (!jit_is_rotation(j, pc, m, &r))
		return 0;
	j->live = jit_live_after(j, pc + 3);
	from = a64_use(j, r.from);
	rrr_shifted(j, r.wide, EXTR | (uint32_t)r.wide << 22, jit_change(j, r.to, !r.wide), from,
		    from, 0, (r.wide ? 64u : 32u) - r.left);
	return 4;
}

/* ---- arithmetic ---- */

/* t *= s; d += t, and t is not wanted any more */
static uint32_t multiply_and_add(struct jit *j, uint32_t pc, const struct vm_op *m)
{
	const struct vm_op *u = jit_ahead(j, pc, 1);
	bool wide = jit_id(m) == ISA_MUL64_R;
	const struct a64_plain *plain;
	unsigned a, b, from;

	if (!u || u->src != m->dst || u->dst == m->dst || !jit_is_dead(j, pc + 1, m->dst))
		return 0;
	plain = &a64_plain[jit_id(u)];
	if (plain->imm || plain->wide != wide || (plain->op != ADD && plain->op != SUB))
		return 0;
	j->live = jit_live_after(j, pc + 1);
	b = a64_use(j, m->src);
	a = a64_use(j, m->dst);
	from = a64_use(j, u->dst);
	multiply(j, wide, plain->op == ADD ? MADD : MSUB, jit_change(j, u->dst, !wide), a, b, from);
	return 2;
}

/* ---- conditions ---- */

/* d &= imm; if d != 0, and d is not wanted any more */
static uint32_t test_only(struct jit *j, uint32_t pc, const struct vm_op *a)
{
	const struct vm_op *jcc = jit_ahead(j, pc, 1);
	const struct a64_test *test;
	uint32_t jump;
	bool wide;

	if (!jcc || j->blind)
		return 0;
	test = &a64_test[jit_id(jcc)];
	if (!test->is || !test->imm || (test->cond != EQ && test->cond != NE) || jcc->imm ||
	    jcc->dst != a->dst || !jit_is_dead(j, pc + 1, a->dst))
		return 0;
	wide = jit_id(a) == ISA_AND64_K && test->wide;
	j->live = jit_live_after(j, pc + 1);
	jit_leave_block(j, jit_to(j, jcc));
	jump = a64_test_bits(j, wide, a64_use(j, a->dst), a->imm, test->cond == NE);
	jit_jump_if(j, jump, pc + 1, jit_to(j, jcc));
	return 2;
}

/* if COND goto +1; d = s, or 0, 1, -1: the instruction that makes such a choice, or 0 */
static uint32_t choice(const struct vm_op *m)
{
	enum isa_id id = jit_id(m);

	if (id == ISA_MOV64_R || ((id == ISA_MOV64_K || id == ISA_MOV32_K) && m->imm == 0))
		return CSEL;
	if ((id == ISA_MOV64_K || id == ISA_MOV32_K) && m->imm == 1)
		return CSINC;
	return id == ISA_MOV64_K && m->imm == -1 ? CSINV : 0;
}

static uint32_t choose(struct jit *j, uint32_t pc, const struct vm_op *jcc)
{
	const struct a64_test *test = &a64_test[jit_id(jcc)];
	const struct vm_op *m = jit_ahead(j, pc, 1);
	unsigned old, other = ZERO;
	enum a64_cond cond;

	if (!m || jit_to(j, jcc) != pc + 2 || !choice(m) || j->blind)
		return 0;
	j->live = jit_live_after(j, pc + 1);
	cond = a64_compare(j, test->wide, (enum a64_cond)test->cond, jcc, test->imm);
	old = a64_use(j, m->dst);
	if (jit_id(m) == ISA_MOV64_R)
		other = a64_use(j, m->src);
	rrr(j, true, choice(m) | (uint32_t)cond << 12, jit_change(j, m->dst, false), old, other);
	return 2;
}

/* ---- memory ---- */

/* One of two neighbours: a load, or a store of a register or 0. */
struct access {
	bool is, load, zero;
	uint8_t size, base, reg; /* log2 */
	int16_t off;
};

static struct access access_of(const struct jit *j, const struct vm_op *op)
{
	enum isa_id id = op ? jit_id(op) : ISA_NONE;

	if (id == ISA_LDX_U64 || id == ISA_LDX_U32)
		return (struct access){true,    true,    false,  id == ISA_LDX_U64 ? 3 : 2,
				       op->src, op->dst, op->off};
	if (id == ISA_STX_U64 || id == ISA_STX_U32)
		return (struct access){true,    false,   false,  id == ISA_STX_U64 ? 3 : 2,
				       op->dst, op->src, op->off};
	if ((id == ISA_ST_U64 || id == ISA_ST_U32) && !op->imm && !j->blind)
		return (struct access){true,    false, true,   id == ISA_ST_U64 ? 3 : 2,
				       op->dst, 0,     op->off};
	return (struct access){.is = false};
}

static unsigned register_of(struct jit *j, const struct access *a)
{
	if (a->load)
		return jit_change(j, a->reg, a->size == 2);
	return a->zero ? ZERO : a64_use(j, a->reg);
}

/* two words that lie beside each other */
static uint32_t pair(struct jit *j, uint32_t pc, const struct vm_op *op)
{
	enum { STORE_PAIR = 0x29000000, LOAD_PAIR = 0x29400000 };
	struct access a = access_of(j, op), b = access_of(j, jit_ahead(j, pc, 1));
	bool up = a.off < b.off;
	struct jit_sum s;
	unsigned x, y;
	int32_t disp;

	if (!b.is || a.load != b.load || a.size != b.size || a.base != b.base ||
	    (up ? b.off - a.off : a.off - b.off) != 1 << a.size ||
	    (a.load && (a.reg == a.base || a.reg == b.reg)))
		return 0;
	s = jit_sum_of(j, a.base);
	if (s.index != JIT_NONE || __builtin_add_overflow(s.disp, up ? a.off : b.off, &disp) ||
	    disp & ((1 << a.size) - 1) || disp >> a.size < -64 || disp >> a.size > 63)
		return 0;
	j->live = jit_live_after(j, pc + 1);
	x = register_of(j, up ? &a : &b);
	y = register_of(j, up ? &b : &a);
	put(j, (a.load ? LOAD_PAIR : STORE_PAIR) | wide_bit(a.size == 3) |
		       ((uint32_t)(disp >> a.size) & 0x7f) << 15 | y << 10 |
		       (uint32_t)machine[s.base] << 5 | x);
	return 2;
}

/* ---- all ---- */

uint32_t a64_combine(struct jit *j, uint32_t pc, const struct vm_op *op)
{
	enum isa_id id = jit_id(op);
	uint32_t n;

	if (shifts[id].is) {
		n = shift_twice(j, pc, op);
		if (!n)
			n = shift_and_mask(j, pc, op);
		return n ? n : shift_and_use(j, pc, op);
	}
	if (a64_test[id].is)
		return choose(j, pc, op);
	if (id == ISA_MOV64_R || id == ISA_MOV32_R)
		return rotate(j, pc, op);
	if (id == ISA_MUL64_R || id == ISA_MUL32_R)
		return multiply_and_add(j, pc, op);
	if (id == ISA_AND64_K || id == ISA_AND32_K)
		return test_only(j, pc, op);
	return access_of(j, op).is ? pair(j, pc, op) : 0;
}
