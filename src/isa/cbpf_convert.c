/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Classic BPF to eBPF, for a socket filter. kernel: bpf_convert_filter(), which targets struct
 * sk_buff; here the context is __sk_buff and packet loads stay LD_ABS and LD_IND.
 *
 *	A = r0	X = r7	context = r6 (packet loads want it there)  M[k] = *(u32 *)(r10 - 4 - 4 * k)
 *	r2 is scratch; r1-r5 do not survive packet loads and helper calls
 *
 * Invariants: A and X are zero-extended 32-bit values, so 64-bit comparisons of them are unsigned
 * 32-bit ones. A packet load that fails ends the program with 0, in eBPF as in classic BPF.
 * At most 7 instructions come of one, so 4096 of them keep every distance within 16 bits.
 */
#include "isa/cbpf.h"

enum { A = 0, SCRATCH = 2, CTX = 6, X = 7, FP = 10 };
enum { HELPER_RANDOM = 7, HELPER_CPU = 8 };

struct converter {
	const struct cbpf_insn *in;
	size_t n;
	bool reached[CBPF_INSNS_MAX + 1];   /* the verifier refuses code that nothing leads to */
	uint32_t start[CBPF_INSNS_MAX + 1]; /* where the code of each instruction begins */
	struct insn *out;
	size_t at;
};

static void put(struct converter *c, struct insn i)
{
	c->out[c->at++] = i;
}

static int32_t helper_of(const struct cbpf_ancillary *ad)
{
	static const struct { const char *name; int32_t id; } helper[] = {
		{"cpu", HELPER_CPU}, {"rand", HELPER_RANDOM}, {"nla", CBPF_HELPER_NLA},
		{"nlan", CBPF_HELPER_NLAN}, {"poff", CBPF_HELPER_POFF}, {"hatype", CBPF_HELPER_HATYPE},
	};
	size_t k;

	for (k = 0; k < ARRAY_LEN(helper); k++)
		if (!strcmp(helper[k].name, ad->name))
			return helper[k].id;
	bug("no helper for '%s'", ad->name);
}

static void put_ancillary(struct converter *c, const struct cbpf_ancillary *ad)
{
	if (ad->ctx < AD_SPECIAL) {
		put(c, isa_ldx(ISA_SIZE_W, A, CTX, ad->ctx));
		if (ad->swap)
			put(c, isa_be(A, 16));
	} else if (!strcmp(ad->name, "ifidx")) { /* without a device the filter ends with A */
		put(c, isa_ldx(ISA_SIZE_W, SCRATCH, CTX, 40));
		put(c, isa_jne64_imm(SCRATCH, 0, 1));
		put(c, isa_exit());
		put(c, isa_mov64_reg(A, SCRATCH));
	} else if (!strcmp(ad->name, "xor_x")) {
		put(c, isa_xor32_reg(A, X));
	} else {
		if (ad->ctx == AD_NOWHERE) {
			put(c, isa_mov64_reg(1, CTX));
			put(c, isa_mov64_reg(2, A));
			put(c, isa_mov64_reg(3, X));
		}
		put(c, isa_call(helper_of(ad)));
		put(c, isa_mov32_reg(A, A)); /* a helper's result has 64 bits to the verifier */
	}
}

static void put_alu(struct converter *c, const struct cbpf_insn *i)
{
	uint8_t op = i->code & 0xf0;
	bool by_x = i->code & C_X;

	if (by_x && (op == 0x30 || op == 0x90)) { /* dividing by zero ends the program with 0 */
		put(c, isa_mov32_reg(X, X));
		put(c, isa_jne64_imm(X, 0, 2));
		put(c, isa_xor32_reg(A, A));
		put(c, isa_exit());
	}
	put(c, isa_insn(op | (by_x ? ISA_SRC_REG : 0) | ISA_CLASS_ALU, A, by_x ? X : 0, 0,
			op == 0x80 || by_x ? 0 : (int32_t)i->k));
}

/* X = 4 * (packet[k] & 15), A stays: an IP header's length */
static void put_header_length(struct converter *c, uint32_t k)
{
	put(c, isa_mov64_reg(X, A));
	put(c, isa_insn(0x30, 0, 0, 0, (int32_t)k));
	put(c, isa_and32_imm(A, 15));
	put(c, isa_lsh32_imm(A, 2));
	put(c, isa_mov64_reg(SCRATCH, X));
	put(c, isa_mov64_reg(X, A));
	put(c, isa_mov64_reg(A, SCRATCH));
}

static int16_t distance(const struct converter *c, size_t pc, uint32_t skip)
{
	int64_t d = (int64_t)c->start[pc + 1 + skip] - (int64_t)c->at - 1;

	assert(d >= INT16_MIN && d <= INT16_MAX);
	return (int16_t)d;
}

/* The comparison that holds when `op` does not; there is none for JSET. */
static uint8_t inverse(uint8_t op)
{
	return op == C_JEQ ? 0x50 : op == C_JGT ? 0xb0 : op == C_JGE ? 0xa0 : 0;
}

/* Compares A with k or X; with k >= 2^31 through a register, because immediates are signed. */
static void put_jump(struct converter *c, size_t pc)
{
	const struct cbpf_insn *i = &c->in[pc];
	uint8_t op = i->code & 0xf0, jt = i->jt, jf = i->jf;
	bool by_x = i->code & C_X, large = !by_x && (int32_t)i->k < 0;

	if (!jt && jf && inverse(op)) { /* one jump does for both */
		op = inverse(op);
		jt = jf;
		jf = 0;
	}
	if (large)
		put(c, isa_mov32_imm(SCRATCH, (int32_t)i->k));
	put(c, isa_insn(op | (by_x || large ? ISA_SRC_REG : 0) | ISA_CLASS_JMP, A,
			by_x    ? X
			: large ? SCRATCH
				: 0,
			distance(c, pc, jt), by_x || large ? 0 : (int32_t)i->k));
	if (jf)
		put(c, isa_ja(distance(c, pc, jf)));
}

static int16_t mem_off(uint32_t k)
{
	return (int16_t)(-4 - 4 * (int)k);
}

static void put_load(struct converter *c, const struct cbpf_insn *i, const struct cbpf_row *r)
{
	unsigned to = (i->code & 7) == C_LD ? A : X;

	switch ((enum cbpf_form)r->form) {
	case CBPF_ABS:
		if (i->k >= CBPF_AD_OFF)
			put_ancillary(c, cbpf_ancillary(i->k));
		else
			put(c, isa_insn((uint8_t)i->code, 0, 0, 0, (int32_t)i->k));
		return;
	case CBPF_IND:
		put(c, isa_insn((uint8_t)i->code, 0, X, 0, (int32_t)i->k));
		return;
	case CBPF_LEN:
		put(c, isa_ldx(ISA_SIZE_W, to, CTX, 0));
		return;
	case CBPF_IMM:
		put(c, isa_mov32_imm(to, (int32_t)i->k));
		return;
	case CBPF_MEM:
		put(c, isa_ldx(ISA_SIZE_W, to, FP, mem_off(i->k)));
		return;
	case CBPF_MSH:
		put_header_length(c, i->k);
		return;
	case CBPF_NO:
	case CBPF_DEC:
	case CBPF_X:
	case CBPF_JA:
	case CBPF_JCC_K:
	case CBPF_JCC_X:
		break;
	}
	bug("a load of form %u", r->form);
}

static void put_one(struct converter *c, size_t pc)
{
	const struct cbpf_insn *i = &c->in[pc];

	switch (i->code & 7) {
	case C_LD:
	case C_LDX:
		put_load(c, i, cbpf_row(i->code));
		break;
	case C_ST:
		put(c, isa_stx(ISA_SIZE_W, FP, mem_off(i->k), A));
		break;
	case C_STX:
		put(c, isa_stx(ISA_SIZE_W, FP, mem_off(i->k), X));
		break;
	case C_ALU:
		put_alu(c, i);
		break;
	case C_JMP:
		if ((i->code & 0xf0) == C_JA)
			put(c, isa_ja(distance(c, pc, i->k)));
		else
			put_jump(c, pc);
		break;
	case C_RET:
		if (i->code == (C_RET | C_K))
			put(c, isa_mov32_imm(A, (int32_t)i->k));
		put(c, isa_exit());
		break;
	case C_MISC:
		put(c, i->code == (C_MISC | C_TAX) ? isa_mov64_reg(X, A) : isa_mov64_reg(A, X));
		break;
	}
}

/* Jumps only lead forward, so one look in order is enough. */
static void find_reached(struct converter *c)
{
	size_t pc;

	c->reached[0] = true;
	for (pc = 0; pc < c->n; pc++) {
		const struct cbpf_insn *i = &c->in[pc];
		bool jumps = (i->code & 7) == C_JMP;

		if (!c->reached[pc] || (i->code & 7) == C_RET)
			continue;
		if (jumps && (i->code & 0xf0) == C_JA) {
			c->reached[pc + 1 + i->k] = true;
			continue;
		}
		c->reached[pc + 1 + (jumps ? i->jt : 0)] = true;
		c->reached[pc + 1 + (jumps ? i->jf : 0)] = true;
	}
}

static void pass(struct converter *c)
{
	size_t pc;

	c->at = 0;
	put(c, isa_mov32_imm(A, 0));
	put(c, isa_mov32_imm(X, 0));
	put(c, isa_mov64_reg(CTX, 1));
	for (pc = 0; pc < c->n; pc++) {
		c->start[pc] = (uint32_t)c->at;
		if (c->reached[pc])
			put_one(c, pc);
	}
}

static int check_supported(const char *name, const struct cbpf_insn *at, size_t n, struct diag *d)
{
	size_t pc;

	for (pc = 0; pc < n; pc++) {
		const struct cbpf_row *r = cbpf_row(at[pc].code);

		if (r->form == CBPF_ABS && at[pc].k >= CBPF_AD_OFF &&
		    cbpf_ancillary(at[pc].k)->ctx == AD_NOWHERE)
			return diag_error(d, "cbpf.no-ebpf", diag_pc(name, pc),
					  "an eBPF program cannot get at '%s'",
					  cbpf_ancillary(at[pc].k)->name);
	}
	return 0;
}

int cbpf_convert_here(const struct cbpf_insn *at, size_t n, struct isa_code *ret_code)
{
	struct converter *c;
	struct isa_code code = {0};

	assert(n && n <= CBPF_INSNS_MAX);
	c = mem_alloc(sizeof(*c));
	code.at = mem_alloc_array(7 * n + 3, sizeof(*code.at));
	code.span = mem_alloc_array(7 * n + 3, sizeof(*code.span));
	if (!c || !code.at || !code.span) {
		isa_code_done(&code);
		mem_free(c);
		return -ENOMEM;
	}
	c->in = at;
	c->n = n;
	c->out = code.at;
	find_reached(c);
	pass(c); /* the places */
	pass(c); /* the distances, now that all places are known */
	code.n = c->at;
	mem_free(c);
	*ret_code = code;
	return 0;
}

int cbpf_convert(const char *name, const struct cbpf_insn *at, size_t n, struct diag *d,
		 struct isa_code *ret_code)
{
	int err = check_supported(name, at, n, d);

	return err ? err : cbpf_convert_here(at, n, ret_code);
}
