/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * x86-64: several operations that are one instruction or shorter together, and nobody jumps between
 * them. Each function looks for one pattern and writes it: how many slots it took, or 0.
 */
#include "vm/x64.h"

/* t = *(s + off); d += t */
static uint32_t load_and_use(struct jit *j, uint32_t pc, const struct vm_op *l, bool wide)
{
	const struct vm_op *use_op = jit_ahead(j, pc, 1);
	uint8_t op = use_op ? x64_plain[jit_id(use_op)] : 0;
	struct mem m;
	bool mul;

	if (!use_op || use_op->src != l->dst || use_op->dst == l->dst ||
	    !jit_is_dead(j, pc + 1, l->dst))
		return 0;
	mul = jit_id(use_op) == (wide ? ISA_MUL64_R : ISA_MUL32_R);
	if (!mul && op != (X64_THERE | (wide ? X64_WIDE : 0) | (op & X64_MASK)))
		return 0;
	op &= X64_MASK;
	j->live = jit_live_after(j, pc + 1);
	x64_settle(j, use_op->dst);
	m = x64_address(j, l->src, l->off, use_op->dst);
	rm(j, wide, mul ? 0x1af : op << 3 | 3u, jit_change(j, use_op->dst, !wide), &m);
	if (!mul)
		x64_set_flags(j, use_op->dst, wide);
	return 2;
}

/* t = *(s + off); t += x; *(s + off) = t */
static uint32_t change_memory(struct jit *j, uint32_t pc, const struct vm_op *l, bool wide)
{
	const struct vm_op *a = jit_ahead(j, pc, 1), *s = jit_ahead(j, pc, 2);
	uint8_t op = s ? x64_plain[jit_id(a)] : 0;
	bool imm = op & X64_IMM;
	unsigned from = 0;
	struct mem m;

	if (!op || jit_id(s) != (wide ? ISA_STX_U64 : ISA_STX_U32) || s->src != l->dst ||
	    s->dst != l->src || s->off != l->off || l->src == l->dst || a->dst != l->dst ||
	    !jit_is_dead(j, pc + 2, l->dst))
		return 0;
	if ((wide && !(op & X64_WIDE)) || (!imm && a->src == a->dst) || (imm && j->blind))
		return 0;
	op &= X64_MASK;
	j->live = jit_live_after(j, pc + 2);
	if (!imm)
		from = x64_use(j, a->src);
	m = x64_address(j, l->src, l->off, JIT_NONE);
	rm(j, wide, !imm ? op << 3 | 1u : fits8(a->imm) ? 0x83 : 0x81, imm ? op : from, &m);
	if (imm && fits8(a->imm))
		put(j, (uint8_t)a->imm);
	else if (imm)
		put32(j, (uint32_t)a->imm);
	return 3;
}

static uint32_t rotate(struct jit *j, uint32_t pc, const struct vm_op *m)
{
	struct jit_rotation r;
	unsigned from, to;

	if (!jit_is_rotation(j, pc, m, &r))
		return 0;
	j->live = jit_live_after(j, pc + 3);
	from = x64_use(j, r.from);
	to = jit_change(j, r.to, !r.wide);
	mov(j, true, to, from);
	rr(j, r.wide, 0xc1, 0, to);
	put(j, r.left);
	return 4;
}

/* a = n; a /= s; a *= s; n -= a, or m = n; m -= a: a remainder, where compilers had none */
static uint32_t remainder_of(struct jit *j, uint32_t pc, const struct vm_op *m)
{
	const struct vm_op *d = jit_ahead(j, pc, 1), *t = jit_ahead(j, pc, 2),
			   *u = jit_ahead(j, pc, 3), *s;
	bool wide = jit_id(m) == ISA_MOV64_R;
	uint32_t n = 4;

	if (!u || jit_id(d) != (wide ? ISA_DIV64_R : ISA_DIV32_R) ||
	    jit_id(t) != (wide ? ISA_MUL64_R : ISA_MUL32_R) || d->dst != m->dst ||
	    t->dst != m->dst || d->src != t->src || d->src == m->dst || m->src == m->dst)
		return 0;
	s = u;
	if (jit_id(u) == jit_id(m) && u->src == m->src) {
		n = 5;
		s = jit_ahead(j, pc, 4);
	}
	if (!s || jit_id(s) != (wide ? ISA_SUB64_R : ISA_SUB32_R) || s->src != m->dst ||
	    s->dst != (n == 5 ? u->dst : m->src) || s->dst == d->src || s->dst == m->dst ||
	    !jit_is_dead(j, pc + n - 1, m->dst))
		return 0;
	j->live = jit_live_after(j, pc + n - 1);
	x64_divide_r(j, (struct x64_division){.wide = wide, .mod = true}, s->dst,
		     x64_use(j, m->src), x64_use(j, d->src));
	return n;
}

/* d &= imm; if d != 0 */
static uint32_t test_only(struct jit *j, uint32_t pc, const struct vm_op *a, bool wide)
{
	const struct vm_op *jcc = jit_ahead(j, pc, 1);
	enum isa_id id = jcc ? jit_id(jcc) : ISA_NONE;
	bool ne = id == ISA_JNE64_K || id == ISA_JNE32_K,
	     eq = id == ISA_JEQ64_K || id == ISA_JEQ32_K;

	if ((!ne && !eq) || jcc->imm || jcc->dst != a->dst || j->blind ||
	    !jit_is_dead(j, pc + 1, a->dst))
		return 0;
	j->live = jit_live_after(j, pc + 1);
	jit_leave_block(j, jit_to(j, jcc));
	test_imm(j, wide && (id == ISA_JNE64_K || id == ISA_JEQ64_K), x64_use(j, a->dst), a->imm);
	jit_jump_if(j, ne ? O_NE : O_EQ, pc + 1, jit_to(j, jcc));
	return 2;
}

/* d <<= 32; d >>= 32 and its kin */
static uint32_t extend(struct jit *j, uint32_t pc, const struct vm_op *l)
{
	const struct vm_op *r = jit_ahead(j, pc, 1);
	bool is_signed = r && jit_id(r) == ISA_ARSH64_K;
	unsigned signed_op = l->imm == 32 ? 0x63 : l->imm == 48 ? 0x1bf : 0x1be;

	if (!r || (!is_signed && jit_id(r) != ISA_RSH64_K) || r->dst != l->dst ||
	    r->imm != l->imm || (l->imm != 32 && l->imm != 48 && l->imm != 56))
		return 0;
	j->live = jit_live_after(j, pc + 1);
	if (is_signed)
		x64_sign_extend(j, true, signed_op, l->dst, l->dst);
	else if (l->imm == 32)
		x64_mov32(j, l->dst, l->dst);
	else
		x64_and_imm(j, true, l->dst, l->imm == 48 ? 0xffff : 0xff);
	return 2;
}

uint32_t x64_combine(struct jit *j, uint32_t pc, const struct vm_op *op)
{
	enum isa_id id = jit_id(op);
	uint32_t n;

	if (id == ISA_LDX_U64 || id == ISA_LDX_U32) {
		n = change_memory(j, pc, op, id == ISA_LDX_U64);
		return n ? n : load_and_use(j, pc, op, id == ISA_LDX_U64);
	}
	if (id == ISA_MOV64_R || id == ISA_MOV32_R) {
		n = rotate(j, pc, op);
		return n ? n : remainder_of(j, pc, op);
	}
	if (id == ISA_AND64_K || id == ISA_AND32_K)
		return test_only(j, pc, op, id == ISA_AND64_K);
	if (id == ISA_LSH64_K)
		return extend(j, pc, op);
	return 0;
}
