/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The C-like statements of the kernel's and LLVM's text: r1 += r2, r0 = *(u8 *)(r1 +4), if ... goto
 * ... The two styles differ in little (goto pc+3 and goto +3, (r1 +8) and (r1 + 8), which registers
 * are called w), so one grammar reads both.
 */
#include "isa/asm.h"

struct alu_op {
	const char *text;
	uint8_t op;
	int16_t variant;
};

static const struct alu_op alu_ops[] = {
#define ALU(name, word, op, variant, text, ...) {text, op, variant},
#include "isa/insn.def"
};

static const struct alu_op jcc_ops[] = {
#define JCC(name, word, op, text, ...) {text, op, 0},
#include "isa/insn.def"
};

static const struct alu_op *find_op(const struct asm_job *j, const struct alu_op *ops, size_t n)
{
	size_t k;

	for (k = 0; k < n; k++)
		if (j->tok.len == strlen(ops[k].text) &&
		    !memcmp(asm_text(j, asm_span(&j->tok)), ops[k].text, j->tok.len))
			return &ops[k];
	return NULL;
}

static void same_half(struct asm_job *j, struct token a, struct token b)
{
	struct span whole = {a.at, b.at + b.len - a.at};

	if (a.half != b.half)
		asm_fail(j, "asm.width", whole,
			 "'%c%u' and '%c%u' have different widths: both must be "
			 "r or both w",
			 a.half ? 'w' : 'r', a.reg, b.half ? 'w' : 'r', b.reg);
}

static bool is_word_text(const struct asm_job *j, struct token t, const char *text)
{
	return t.kind == TOKEN_WORD && t.len == strlen(text) &&
	       !memcmp(asm_text(j, asm_span(&t)), text, t.len);
}

/* ---- addresses ------------------------------------------------------------------------------- */

struct place {
	unsigned size; /* ISA_SIZE_* */
	bool is_signed;
	struct token base;
	int16_t off;
};

static const struct {
	const char *name;
	uint8_t size;
	bool is_signed;
} types[] = {
	{"u8", ISA_SIZE_B, false},   {"u16", ISA_SIZE_H, false}, {"u32", ISA_SIZE_W, false},
	{"u64", ISA_SIZE_DW, false}, {"s8", ISA_SIZE_B, true},   {"s16", ISA_SIZE_H, true},
	{"s32", ISA_SIZE_W, true},
};

static void take_type(struct asm_job *j, struct place *p)
{
	size_t k;

	for (k = 0; k < ARRAY_LEN(types); k++) {
		if (asm_take_word(j, types[k].name)) {
			p->size = types[k].size;
			p->is_signed = types[k].is_signed;
			return;
		}
	}
	asm_expected(j, "a type (u8, u16, u32, u64, s8, s16, s32)");
}

/* r1 +8 */
static void take_address(struct asm_job *j, struct place *p)
{
	p->base = asm_expect_reg(j, "a register");
	p->off = asm_off16(j);
}

void asm_bracket_address(struct asm_job *j, struct token *ret_reg, int16_t *ret_off)
{
	struct place p = {0};

	asm_expect_op(j, OP1('['), "'[' of an address");
	take_address(j, &p);
	asm_expect_op(j, OP1(']'), "']'");
	*ret_reg = p.base;
	*ret_off = p.off;
}

/* (u32 *)(r1 +8) */
static struct place take_pointer(struct asm_job *j)
{
	struct place p = {0};

	asm_expect_op(j, OP1('('), "'(' and a type");
	take_type(j, &p);
	asm_expect_op(j, OP1('*'), "'*'");
	asm_expect_op(j, OP1(')'), "')'");
	if (asm_is_word(j, "skb"))
		return p;
	asm_expect_op(j, OP1('('), "'(' and a register");
	take_address(j, &p);
	asm_expect_op(j, OP1(')'), "')'");
	return p;
}

static void wide_enough(struct asm_job *j, struct token reg, const struct place *p)
{
	if (reg.half && (p->size == ISA_SIZE_DW || p->is_signed))
		asm_fail(j, "asm.width", asm_span(&reg), "w%u is a 32-bit half: this needs r%u",
			 reg.reg, reg.reg);
}

/* ---- the right-hand sides of rN = ------------------------------------------------------------ */

static void load_skb(struct asm_job *j, struct token dst, const struct place *p)
{
	unsigned mode = MODE_ABS, src = 0;
	int32_t imm = 0;

	if (dst.reg || dst.half)
		asm_fail(j, "asm.register", asm_span(&dst),
			 "packet loads put their result into r0");
	if (p->size == ISA_SIZE_DW || p->is_signed)
		asm_fail(j, "asm.type", asm_span(&dst), "packet loads are of u8, u16 or u32");
	asm_next(j);
	asm_expect_op(j, OP1('['), "'['");
	if (j->tok.kind == TOKEN_REG) {
		mode = MODE_IND;
		src = j->tok.reg;
		asm_next(j);
		if (asm_take_op(j, OP1('+')) || asm_is_op(j, OP1('-')))
			imm = asm_imm32(j);
	} else {
		imm = asm_imm32(j);
	}
	asm_expect_op(j, OP1(']'), "']'");
	asm_emit(j, isa_insn((uint8_t)(mode | p->size), 0, src, 0, imm));
}

static void load(struct asm_job *j, struct token dst)
{
	struct place p;

	asm_next(j);
	p = take_pointer(j);
	if (asm_is_word(j, "skb")) {
		load_skb(j, dst, &p);
		return;
	}
	wide_enough(j, dst, &p);
	asm_emit(j, p.is_signed ? isa_ldsx(p.size, dst.reg, p.base.reg, p.off)
				: isa_ldx(p.size, dst.reg, p.base.reg, p.off));
}

/* -r1, or a number that begins with a minus */
static bool negation(struct asm_job *j, struct token dst)
{
	struct token minus = j->tok, src;
	uint32_t at = j->at;

	if (!asm_is_op(j, OP1('-')))
		return false;
	asm_next(j);
	if (j->tok.kind != TOKEN_REG) {
		j->at = at;
		j->tok = minus;
		return false;
	}
	src = asm_expect_reg(j, "a register");
	same_half(j, dst, src);
	if (src.reg != dst.reg)
		asm_fail(j, "asm.two-operand", asm_span(&src), "negation works in place: rN = -rN");
	asm_emit(j, dst.half ? isa_neg32(dst.reg) : isa_neg64(dst.reg));
	return true;
}

/* (s8)r2 */
static void sign_extension(struct asm_job *j, struct token dst)
{
	struct place p = {0};
	struct span type;
	struct token src;
	int bits;

	asm_next(j);
	type = asm_span(&j->tok);
	take_type(j, &p);
	if (!p.is_signed)
		asm_fail(j, "asm.type", type, "only s8, s16 and s32 extend a sign");
	asm_expect_op(j, OP1(')'), "')'");
	src = asm_expect_reg(j, "a register");
	same_half(j, dst, src);
	bits = (int)isa_bytes((uint8_t)p.size) * 8;
	if (dst.half && bits == 32)
		asm_fail(j, "asm.type", type, "s32 does not extend within 32 bits");
	asm_emit(j, dst.half ? isa_movsx32(dst.reg, src.reg, bits)
			     : isa_movsx64(dst.reg, src.reg, bits));
}

/* &(void __percpu *)(r2) */
static void percpu_address(struct asm_job *j, struct token dst)
{
	struct token src;

	asm_next(j);
	asm_expect_op(j, OP1('('), "'('");
	if (!asm_take_word(j, "void") || !asm_take_word(j, "__percpu"))
		asm_expected(j, "'void __percpu *'");
	asm_expect_op(j, OP1('*'), "'*'");
	asm_expect_op(j, OP1(')'), "')'");
	asm_expect_op(j, OP1('('), "'('");
	src = asm_expect_reg(j, "a register");
	asm_expect_op(j, OP1(')'), "')'");
	asm_emit(j, isa_insn(0xbf, dst.reg, src.reg, -1, 0));
}

static const struct {
	const char *word;
	uint8_t code, bits;
} swaps[] = {
	{"be16", 0xdc, 16},    {"be32", 0xdc, 32},    {"be64", 0xdc, 64},
	{"le16", 0xd4, 16},    {"le32", 0xd4, 32},    {"le64", 0xd4, 64},
	{"bswap16", 0xd7, 16}, {"bswap32", 0xd7, 32}, {"bswap64", 0xd7, 64},
};

static bool byte_swap(struct asm_job *j, struct token dst)
{
	struct token src;
	size_t k;

	for (k = 0; k < ARRAY_LEN(swaps); k++)
		if (asm_take_word(j, swaps[k].word))
			break;
	if (k == ARRAY_LEN(swaps))
		return false;
	src = asm_expect_reg(j, "a register");
	if (src.reg != dst.reg || src.half || dst.half)
		asm_fail(j, "asm.two-operand", asm_span(&src),
			 "byte swaps work in place: rN = %s rN", swaps[k].word);
	asm_emit(j, isa_insn(swaps[k].code, dst.reg, 0, 0, swaps[k].bits));
	return true;
}

static void space_cast(struct asm_job *j, struct token dst)
{
	struct token src;
	int64_t to, from;

	asm_expect_op(j, OP1('('), "'('");
	src = asm_expect_reg(j, "a register");
	asm_expect_op(j, OP1(','), "','");
	to = asm_imm64(j);
	asm_expect_op(j, OP1(','), "','");
	from = asm_imm64(j);
	asm_expect_op(j, OP1(')'), "')'");
	if ((uint64_t)to > 0xffff || (uint64_t)from > 0xffff)
		asm_fail(j, "asm.range", asm_span(&src), "address spaces are 16-bit numbers");
	asm_emit(j, isa_insn(0xbf, dst.reg, src.reg, 1,
			     (int32_t)((uint32_t)to << 16 | (uint32_t)from)));
}

/* ---- atomics --------------------------------------------------------------------------------- */

static void load_acquire(struct asm_job *j, struct token dst)
{
	struct place p;

	asm_expect_op(j, OP1('('), "'('");
	p = take_pointer(j);
	asm_expect_op(j, OP1(')'), "')'");
	wide_enough(j, dst, &p);
	asm_emit(j, isa_atomic(p.size, 0x100, dst.reg, p.off, p.base.reg));
}

static void store_release(struct asm_job *j)
{
	struct token src;
	struct place p;

	asm_expect_op(j, OP1('('), "'('");
	p = take_pointer(j);
	asm_expect_op(j, OP1(','), "','");
	src = asm_expect_reg(j, "a register");
	asm_expect_op(j, OP1(')'), "')'");
	wide_enough(j, src, &p);
	asm_emit(j, isa_atomic(p.size, 0x110, p.base.reg, p.off, src.reg));
}

/* Fetching atomics: some names say the size, with others the pointer does. */
static const struct fetch {
	const char *word;
	int16_t imm;
	int8_t bits; /* 0: either */
	bool typed;  /* takes (u32 *)(r1 +8), not r1 + 8 */
} fetches[] = {
	/* kernel */
	{"atomic_fetch_add", 0x01, 0, true},
	{"atomic64_fetch_add", 0x01, 64, true},
	{"atomic_fetch_or", 0x41, 0, true},
	{"atomic64_fetch_or", 0x41, 64, true},
	{"atomic_fetch_and", 0x51, 0, true},
	{"atomic64_fetch_and", 0x51, 64, true},
	{"atomic_fetch_xor", 0xa1, 0, true},
	{"atomic64_fetch_xor", 0xa1, 64, true},
	{"atomic_xchg", 0xe1, 0, true},
	{"atomic64_xchg", 0xe1, 64, true},
	{"atomic_cmpxchg", 0xf1, 0, true},
	{"atomic64_cmpxchg", 0xf1, 64, true},
	/* LLVM, besides the untagged atomic_fetch_* */
	{"xchg_64", 0xe1, 64, false},
	{"xchg32_32", 0xe1, 32, false},
	{"cmpxchg_64", 0xf1, 64, false},
	{"cmpxchg32_32", 0xf1, 32, false},
};

static void fetch_operands(struct asm_job *j, const struct fetch *f, struct token dst)
{
	struct place p = {.size = f->bits == 32 ? ISA_SIZE_W : ISA_SIZE_DW};
	struct token src;

	asm_expect_op(j, OP1('('), "'('");
	if (f->typed)
		p = take_pointer(j);
	else
		take_address(j, &p);
	if (f->bits == 64 && p.size != ISA_SIZE_DW)
		asm_fail(j, "asm.type", asm_span(&dst), "%s works on u64", f->word);
	asm_expect_op(j, OP1(','), "','");
	if (f->imm == 0xf1) {
		src = asm_expect_reg(j, "r0");
		if (src.reg || dst.reg)
			asm_fail(j, "asm.register", asm_span(src.reg ? &src : &dst),
				 "cmpxchg compares with r0 and puts the old value into r0");
		asm_expect_op(j, OP1(','), "','");
	}
	src = asm_expect_reg(j, "a register");
	asm_expect_op(j, OP1(')'), "')'");
	if (f->imm != 0xf1 && src.reg != dst.reg)
		asm_fail(j, "asm.two-operand", asm_span(&src),
			 "the old value goes into the operand's register: use r%u on both sides",
			 src.reg);
	wide_enough(j, dst, &p);
	wide_enough(j, src, &p);
	asm_emit(j, isa_atomic(p.size, f->imm, p.base.reg, p.off, src.reg));
}

static bool fetch_atomic(struct asm_job *j, struct token dst)
{
	size_t k;

	for (k = 0; k < ARRAY_LEN(fetches); k++) {
		if (asm_take_word(j, fetches[k].word)) {
			fetch_operands(j, &fetches[k], dst);
			return true;
		}
	}
	return false;
}

static void lock(struct asm_job *j)
{
	const struct alu_op *op;
	struct token src;
	struct place p;

	if (!asm_take_op(j, OP1('*'))) {
		asm_word_atomic(j);
		return;
	}
	p = take_pointer(j);
	op = find_op(j, alu_ops, ARRAY_LEN(alu_ops));
	if (!op || (op->op != 0x00 && op->op != 0x40 && op->op != 0x50 && op->op != 0xa0))
		asm_expected(j, "+=, |=, &= or ^=");
	asm_next(j);
	src = asm_expect_reg(j, "a register");
	wide_enough(j, src, &p);
	asm_emit(j, isa_atomic(p.size, op->op, p.base.reg, p.off, src.reg));
}

/* ---- 64-bit loads ---------------------------------------------------------------------------- */

/* map[fd:3], map[id:3][0]+8, map[idx:3]+8; `map` is taken */
static void load_map(struct asm_job *j, unsigned dst)
{
	unsigned src = 1;
	uint32_t low, high = 0;

	asm_expect_op(j, OP1('['), "'['");
	if (asm_take_word(j, "idx"))
		src = 5;
	else if (!asm_take_word(j, "fd") && !asm_take_word(j, "id"))
		asm_expected(j, "fd, id or idx");
	asm_expect_op(j, OP1(':'), "':'");
	low = (uint32_t)asm_imm32(j);
	asm_expect_op(j, OP1(']'), "']'");
	if (asm_take_op(j, OP1('['))) {
		if (asm_imm32(j) != 0)
			asm_expected(j, "element 0: the kernel points to no other");
		asm_expect_op(j, OP1(']'), "']'");
		src++;
	}
	if (asm_is_op(j, OP1('+'))) {
		high = (uint32_t)asm_imm32(j);
		src += src == 1 || src == 5;
	}
	asm_emit_imm64(j, dst, src, (uint64_t)high << 32 | low);
}

/* btf[id:3,fd:4]; `btf` is taken */
static void load_btf(struct asm_job *j, unsigned dst)
{
	uint32_t low, high = 0;

	asm_expect_op(j, OP1('['), "'['");
	if (!asm_take_word(j, "id"))
		asm_expected(j, "id");
	asm_expect_op(j, OP1(':'), "':'");
	low = (uint32_t)asm_imm32(j);
	if (asm_take_op(j, OP1(','))) {
		if (!asm_take_word(j, "fd"))
			asm_expected(j, "fd");
		asm_expect_op(j, OP1(':'), "':'");
		high = (uint32_t)asm_imm32(j);
	}
	asm_expect_op(j, OP1(']'), "']'");
	asm_emit_imm64(j, dst, 3, (uint64_t)high << 32 | low);
}

/* NAME ll, NAME+8 ll, map NAME */
static void load_name(struct asm_job *j, unsigned dst)
{
	struct span name = asm_span(&j->tok);
	int64_t addend = 0;

	asm_not_register(j);
	asm_next(j);
	if (asm_is_op(j, OP1('+')))
		addend = asm_imm32(j);
	asm_take_word(j, "ll");
	asm_emit_imm64(j, dst, 0, 0);
	asm_fix(j, FIX_LOAD, name, addend);
}

static void load_subprog(struct asm_job *j, unsigned dst)
{
	int32_t v;

	asm_expect_op(j, OP1('['), "'['");
	v = asm_imm32(j);
	asm_expect_op(j, OP1(']'), "']'");
	asm_emit_imm64(j, dst, 4, (uint32_t)v);
}

/* ld_pseudo r1, 1, 3: LLVM's for a 64-bit load with any src */
static void ld_pseudo(struct asm_job *j)
{
	struct token dst = asm_expect_reg(j, "a register");
	struct span kind;
	int64_t src, v;

	asm_expect_op(j, OP1(','), "','");
	kind = asm_span(&j->tok);
	src = asm_imm64(j);
	if ((uint64_t)src > 15)
		asm_fail(j, "asm.range", kind, "the kind is a 4-bit number");
	asm_expect_op(j, OP1(','), "','");
	v = asm_imm64(j);
	asm_emit_imm64(j, dst.reg, (unsigned)src, (uint64_t)v);
}

static bool next_is(const struct asm_job *j, char c)
{
	uint32_t at = j->at;

	while (at < j->end && (j->src->text[at] == ' ' || j->src->text[at] == '\t'))
		at++;
	return at < j->end && j->src->text[at] == c;
}

static void load_pointer(struct asm_job *j, struct token dst)
{
	if (dst.half)
		asm_fail(j, "asm.width", asm_span(&dst), "a pointer needs the whole register, r%u",
			 dst.reg);
	if (asm_is_word(j, "map") && next_is(j, '[')) {
		asm_next(j);
		load_map(j, dst.reg);
	} else if (asm_is_word(j, "btf") && next_is(j, '[')) {
		asm_next(j);
		load_btf(j, dst.reg);
	} else if (asm_is_word(j, "subprog") && next_is(j, '[')) {
		asm_next(j);
		load_subprog(j, dst.reg);
	} else {
		if (asm_take_word(j, "map") && j->tok.kind != TOKEN_WORD)
			asm_expected(j, "the name of a map, or [fd:N]");
		load_name(j, dst.reg);
	}
}

/* ---- assignments ----------------------------------------------------------------------------- */

/* A number is a 64-bit load when it is followed by ll, or when a kernel dump says so. */
static void assign_number(struct asm_job *j, struct token dst)
{
	struct token first = j->tok;
	uint32_t at = j->at;
	int64_t v = asm_imm64(j);

	if (asm_take_word(j, "ll") || asm_dump_says(j, 0x18)) {
		if (dst.half)
			asm_fail(j, "asm.width", asm_span(&dst), "a 64-bit load needs r%u",
				 dst.reg);
		asm_emit_imm64(j, dst.reg, 0, (uint64_t)v);
		return;
	}
	j->at = at;
	j->tok = first;
	v = asm_imm32(j);
	asm_emit(j, dst.half ? isa_mov32_imm(dst.reg, (int32_t)v)
			     : isa_mov64_imm(dst.reg, (int32_t)v));
}

static void assign_word(struct asm_job *j, struct token dst)
{
	if (byte_swap(j, dst) || fetch_atomic(j, dst))
		return;
	if (asm_take_word(j, "addr_space_cast"))
		space_cast(j, dst);
	else if (asm_take_word(j, "load_acquire"))
		load_acquire(j, dst);
	else
		load_pointer(j, dst);
}

static void assign(struct asm_job *j, struct token dst)
{
	struct token src = j->tok;

	if (asm_take_word(j, "probe"))
		j->modifier = "probe";
	else if (asm_take_word(j, "arena"))
		j->modifier = "arena";
	if (asm_is_op(j, OP1('*'))) {
		load(j, dst);
	} else if (src.kind == TOKEN_REG) {
		asm_next(j);
		same_half(j, dst, src);
		asm_emit(j, dst.half ? isa_mov32_reg(dst.reg, src.reg)
				     : isa_mov64_reg(dst.reg, src.reg));
	} else if (asm_is_op(j, OP1('('))) {
		sign_extension(j, dst);
	} else if (asm_is_op(j, OP1('&'))) {
		percpu_address(j, dst);
	} else if (j->tok.kind == TOKEN_WORD) {
		assign_word(j, dst);
	} else if (!negation(j, dst)) {
		if (j->tok.kind != TOKEN_NUMBER && !asm_is_op(j, OP1('-')) &&
		    !asm_is_op(j, OP1('+')))
			asm_expected(j, "a register, a number, a load or a name");
		assign_number(j, dst);
	}
}

static void alu(struct asm_job *j, struct token dst)
{
	const struct alu_op *op;
	uint8_t class = dst.half ? ISA_CLASS_ALU : ISA_CLASS_ALU64;

	if (asm_take_op(j, OP1('='))) {
		assign(j, dst);
		return;
	}
	op = find_op(j, alu_ops, ARRAY_LEN(alu_ops));
	if (!op)
		asm_expected(j, "an operator (=, +=, -=, s>>= ...)");
	asm_next(j);
	if (j->tok.kind == TOKEN_REG) {
		struct token src = j->tok;

		asm_next(j);
		same_half(j, dst, src);
		asm_emit(j,
			 isa_insn(op->op | ISA_SRC_REG | class, dst.reg, src.reg, op->variant, 0));
		return;
	}
	asm_emit(j, isa_insn(op->op | class, dst.reg, 0, op->variant, asm_imm32(j)));
}

/* *(u32 *)(r1 +8) = r2 */
static void store(struct asm_job *j)
{
	struct token src;
	struct place p;

	asm_next(j);
	p = take_pointer(j);
	if (p.is_signed)
		asm_fail(j, "asm.type", (struct span){j->begin, j->last_end - j->begin},
			 "stores are of u8, u16, u32 or u64");
	if (asm_is_word(j, "skb"))
		asm_expected(j, "an address: packets cannot be stored to this way");
	asm_expect_op(j, OP1('='), "'='");
	src = j->tok;
	if (src.kind == TOKEN_REG) {
		asm_next(j);
		wide_enough(j, src, &p);
		asm_emit(j, isa_stx(p.size, p.base.reg, p.off, src.reg));
	} else {
		asm_emit(j, isa_st(p.size, p.base.reg, p.off, asm_imm32(j)));
	}
}

/* ---- jumps and calls ------------------------------------------------------------------------- */

static void if_goto(struct asm_job *j)
{
	struct token dst = asm_expect_reg(j, "a register"), src;
	const struct alu_op *op = find_op(j, jcc_ops, ARRAY_LEN(jcc_ops));
	uint8_t class = dst.half ? ISA_CLASS_JMP32 : ISA_CLASS_JMP;
	struct insn i;

	if (!op)
		asm_expected(j, "a comparison (==, !=, >, s>= ... or &)");
	asm_next(j);
	src = j->tok;
	if (src.kind == TOKEN_REG) {
		asm_next(j);
		same_half(j, dst, src);
		i = isa_insn(op->op | ISA_SRC_REG | class, dst.reg, src.reg, 0, 0);
	} else {
		i = isa_insn(op->op | class, dst.reg, 0, 0, asm_imm32(j));
	}
	if (!asm_take_word(j, "goto"))
		asm_expected(j, "goto");
	asm_emit(j, i);
	asm_target(j, FIX_OFF);
}

/* What follows the # of a dumped call. */
static void call_id(struct asm_job *j, struct span name)
{
	struct isa_named named = {0};
	const struct isa_names *r = j->o->names;
	bool kfunc = name.len == 15 && !memcmp(asm_text(j, name), "kernel-function", 15);
	int32_t id = asm_imm32(j);
	int16_t off = 0;

	if (!kfunc && r && r->find && !r->find(r->ctx, true, asm_text(j, name), name.len, &named))
		kfunc = named.src == 2;
	if (asm_take_op(j, OP1('@'))) {
		kfunc = true;
		off = (int16_t)asm_imm32(j);
	}
	asm_emit(j, kfunc ? isa_call_kfunc(id, off) : isa_call(id));
}

static void call_name(struct asm_job *j)
{
	struct span name = asm_span(&j->tok);

	asm_next(j);
	if (name.len == 6 && !memcmp(asm_text(j, name), "kernel", 6) && asm_take_op(j, OP1('-')) &&
	    asm_take_word(j, "function"))
		name.len = 15;
	if (asm_take_op(j, OP1('#'))) {
		call_id(j, name);
		return;
	}
	asm_emit(j, isa_call(0));
	asm_fix(j, FIX_CALL, name, 0);
}

static void call_local(struct asm_job *j)
{
	asm_emit(j, isa_call_local(0));
	asm_target(j, FIX_IMM);
	if (asm_take_op(j, OP1('#'))) /* pc+2#bpf_prog_0123456789abcdef_name */
		asm_next(j);
}

/* `local` in "call local f"; alone it is the name of what is called. */
static bool is_call_kind(struct asm_job *j, const char *word)
{
	struct token t = j->tok;
	uint32_t at = j->at;

	if (!asm_take_word(j, word))
		return false;
	if (j->tok.kind != TOKEN_END)
		return true;
	j->tok = t;
	j->at = at;
	return false;
}

static void call(struct asm_job *j)
{
	struct token t;

	if (is_call_kind(j, "local")) {
		call_local(j);
	} else if (is_call_kind(j, "runtime")) {
		asm_emit(j, isa_call_kfunc(asm_imm32(j), 0));
	} else {
		is_call_kind(j, "helper");
		t = j->tok;
		if (t.kind == TOKEN_REG) {
			asm_next(j);
			asm_emit(j, isa_insn(0x8d, t.reg, 0, 0, 0));
		} else if (asm_is_op(j, OP1('+')) ||
			   (is_word_text(j, t, "pc") && (next_is(j, '+') || next_is(j, '-')))) {
			call_local(j);
		} else if (t.kind == TOKEN_WORD) {
			call_name(j);
		} else {
			asm_emit(j, isa_call(asm_imm32(j)));
		}
	}
}

static void jump(struct asm_job *j, struct insn i, enum fix_kind kind)
{
	asm_emit(j, i);
	asm_target(j, kind);
}

/* .8byte 0x..., .quad: bytes that nobody checks */
static void raw(struct asm_job *j)
{
	do {
		struct insn i;
		uint64_t v = (uint64_t)asm_imm64(j);

		i = isa_insn((uint8_t)v, v >> 8 & 15, v >> 12 & 15, (int16_t)(uint16_t)(v >> 16),
			     (int32_t)(uint32_t)(v >> 32));
		asm_emit_raw(j, i);
	} while (asm_take_op(j, OP1(',')));
}

static void reg_jump(struct asm_job *j, uint8_t code)
{
	asm_emit(j, isa_insn(code, asm_expect_reg(j, "a register").reg, 0, 0, 0));
}

static bool word_statement(struct asm_job *j)
{
	if (asm_take_word(j, "if"))
		if_goto(j);
	else if (asm_take_word(j, "goto"))
		jump(j, isa_ja(0), FIX_OFF);
	else if (asm_take_word(j, "gotol"))
		jump(j, isa_ja32(0), FIX_IMM);
	else if (asm_take_word(j, "may_goto"))
		jump(j, isa_may_goto(0), FIX_OFF);
	else if (asm_take_word(j, "gotox"))
		reg_jump(j, 0x0d);
	else if (asm_take_word(j, "callx"))
		reg_jump(j, 0x8d);
	else if (asm_take_word(j, "call"))
		call(j);
	else if (asm_take_word(j, "exit"))
		asm_emit(j, isa_exit());
	else if (asm_take_word(j, "lock"))
		lock(j);
	else if (asm_take_word(j, "store_release"))
		store_release(j);
	else if (asm_take_word(j, "ld_pseudo"))
		ld_pseudo(j);
	else if (asm_take_word(j, "nospec"))
		asm_emit(j, isa_insn(0xc2, 0, 0, 0, 0));
	else if (asm_take_word(j, ".8byte") || asm_take_word(j, ".quad"))
		raw(j);
	else
		return false;
	return true;
}

void asm_statement(struct asm_job *j)
{
	struct token t = j->tok;

	if (t.kind == TOKEN_REG) {
		asm_next(j);
		alu(j, t);
		return;
	}
	if (asm_take_word(j, "arena"))
		j->modifier = "arena";
	if (asm_is_op(j, OP1('*')))
		store(j);
	else if (j->tok.kind != TOKEN_WORD)
		asm_expected(j, "an instruction");
	else if (!word_statement(j) && !asm_word_statement(j))
		asm_unknown(j);
}
