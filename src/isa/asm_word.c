/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The mnemonics of ubpf and bpf_conformance: mov %r0, 5; ldxdw r1, [r2+8]; jeq r1, 5, label; lock
 * fetch add [r1], r2. Words come from insn.def; a 32 behind an arithmetic word or a comparison
 * selects the 32-bit class, and a register or a number as second operand the source bit.
 */
#include "isa/asm.h"

struct word {
	const char *text;
	uint8_t code; /* without class and source where those come from the text */
	int16_t value;
};

static const struct word alu_words[] = {
#define ALU(name, word, op, variant, ...) {#word, op, variant},
#include "isa/insn.def"
	{"mov", 0xb0, 0},
};

static const struct word jcc_words[] = {
#define JCC(name, word, op, ...) {#word, op, 0},
#include "isa/insn.def"
};

static const struct word load_words[] = {
#define LOAD(name, word, code, ...) {#word, code, 0},
#include "isa/insn.def"
};

static const struct word store_words[] = {
#define STORE(name, word, size, ...)                                                               \
	{"stx" #word, 0x63 | (size), 0}, {"st" #word, 0x62 | (size), 0},
#include "isa/insn.def"
};

static const struct word atomic_words[] = {
#define ATOMIC(name, word, imm, ...) {#word, 0, imm},
#include "isa/insn.def"
};

static const struct word packet_words[] = {
	{"ldabsb", 0x30, 0}, {"ldabsh", 0x28, 0}, {"ldabsw", 0x20, 0},
	{"ldindb", 0x50, 0}, {"ldindh", 0x48, 0}, {"ldindw", 0x40, 0},
};

static const struct word end_words[] = {
	{"be16", 0xdc, 16},   {"be32", 0xdc, 32},    {"be64", 0xdc, 64},    {"le16", 0xd4, 16},
	{"le32", 0xd4, 32},   {"le64", 0xd4, 64},    {"swap16", 0xd7, 16},  {"swap32", 0xd7, 32},
	{"swap64", 0xd7, 64}, {"bswap16", 0xd7, 16}, {"bswap32", 0xd7, 32}, {"bswap64", 0xd7, 64},
};

static const struct word movsx_words[] = {
	{"movsx864", 0xbf, 8}, {"movsx1664", 0xbf, 16}, {"movsx3264", 0xbf, 32},
	{"movsx832", 0xbc, 8}, {"movsx1632", 0xbc, 16},
};

static const struct word *find(const struct word *words, size_t n, const char *s, size_t len)
{
	size_t k;

	for (k = 0; k < n; k++)
		if (len && !strncmp(words[k].text, s, len) && !words[k].text[len])
			return &words[k];
	return NULL;
}

/* add, add32, add64: the length without the width, and whether it is 32 */
static size_t base_len(const char *s, size_t n, bool *ret_half)
{
	*ret_half = n > 2 && !memcmp(s + n - 2, "32", 2);
	return *ret_half || (n > 2 && !memcmp(s + n - 2, "64", 2)) ? n - 2 : n;
}

static void comma(struct asm_job *j)
{
	asm_expect_op(j, OP1(','), "','");
}

static unsigned reg(struct asm_job *j)
{
	return asm_expect_reg(j, "a register").reg;
}

/* The second operand, which completes the opcode. */
static void operand(struct asm_job *j, struct insn *i)
{
	if (j->tok.kind == TOKEN_REG) {
		i->code |= ISA_SRC_REG;
		i->src = reg(j) & 15;
	} else {
		i->imm = asm_imm32(j);
	}
}

static void alu_word(struct asm_job *j, const struct word *w, bool half)
{
	struct insn i = isa_insn(w->code | (half ? ISA_CLASS_ALU : ISA_CLASS_ALU64), reg(j), 0,
				 w->value, 0);

	comma(j);
	operand(j, &i);
	asm_emit(j, i);
}

static void jcc_word(struct asm_job *j, const struct word *w, bool half)
{
	struct insn i =
		isa_insn(w->code | (half ? ISA_CLASS_JMP32 : ISA_CLASS_JMP), reg(j), 0, 0, 0);

	comma(j);
	operand(j, &i);
	comma(j);
	asm_emit(j, i);
	asm_target(j, FIX_OFF);
}

static void load_word(struct asm_job *j, const struct word *w)
{
	unsigned dst = reg(j);
	struct token base;
	int16_t off;

	comma(j);
	asm_bracket_address(j, &base, &off);
	asm_emit(j, isa_insn(w->code, dst, base.reg, off, 0));
}

static void store_word(struct asm_job *j, const struct word *w)
{
	struct token base;
	int16_t off;

	asm_bracket_address(j, &base, &off);
	comma(j);
	if (isa_class(w->code) == ISA_CLASS_STX)
		asm_emit(j, isa_insn(w->code, base.reg, reg(j), off, 0));
	else
		asm_emit(j, isa_insn(w->code, base.reg, 0, off, asm_imm32(j)));
}

static void packet_word(struct asm_job *j, const struct word *w)
{
	unsigned src = 0;

	if (isa_mode(w->code) == MODE_IND) {
		src = reg(j);
		comma(j);
	}
	asm_emit(j, isa_insn(w->code, 0, src, 0, asm_imm32(j)));
}

static void movsx_word(struct asm_job *j, const struct word *w)
{
	unsigned dst = reg(j);

	comma(j);
	asm_emit(j, isa_insn(w->code, dst, reg(j), w->value, 0));
}

static void lddw(struct asm_job *j)
{
	unsigned dst = reg(j);

	comma(j);
	if (j->tok.kind == TOKEN_WORD) {
		struct span name = asm_span(&j->tok);

		asm_next(j);
		asm_emit_imm64(j, dst, 0, 0);
		asm_fix(j, FIX_LOAD, name, 0);
		return;
	}
	asm_emit_imm64(j, dst, 0, (uint64_t)asm_imm64(j));
}

void asm_word_atomic(struct asm_job *j)
{
	bool fetch = asm_take_word(j, "fetch"), half;
	struct span s = asm_span(&j->tok);
	const struct word *w;
	struct token base;
	int32_t imm;
	int16_t off;

	w = j->tok.kind != TOKEN_WORD ? NULL
				      : find(atomic_words, ARRAY_LEN(atomic_words), asm_text(j, s),
					     base_len(asm_text(j, s), s.len, &half));
	if (!w)
		asm_expected(j, "an operation (add, or, and, xor, xchg, cmpxchg) or *(");
	asm_next(j);
	imm = fetch ? w->value | ISA_FETCH : w->value;
	asm_bracket_address(j, &base, &off);
	comma(j);
	asm_emit(j, isa_atomic(half ? ISA_SIZE_W : ISA_SIZE_DW, imm, base.reg, off, reg(j)));
}

/* Words that stand for one instruction each, whatever follows. */
static bool fixed_word(struct asm_job *j, const char *s, size_t n)
{
	const struct word *w;

	if ((w = find(load_words, ARRAY_LEN(load_words), s, n))) {
		asm_next(j);
		load_word(j, w);
	} else if ((w = find(store_words, ARRAY_LEN(store_words), s, n))) {
		asm_next(j);
		store_word(j, w);
	} else if ((w = find(end_words, ARRAY_LEN(end_words), s, n))) {
		asm_next(j);
		asm_emit(j, isa_insn(w->code, reg(j), 0, 0, w->value));
	} else if ((w = find(movsx_words, ARRAY_LEN(movsx_words), s, n))) {
		asm_next(j);
		movsx_word(j, w);
	} else if ((w = find(packet_words, ARRAY_LEN(packet_words), s, n))) {
		asm_next(j);
		packet_word(j, w);
	} else {
		return false;
	}
	return true;
}

bool asm_word_statement(struct asm_job *j)
{
	const char *s = asm_text(j, asm_span(&j->tok));
	const struct word *w;
	bool half;
	size_t n = base_len(s, j->tok.len, &half);

	if ((w = find(alu_words, ARRAY_LEN(alu_words), s, n))) {
		asm_next(j);
		alu_word(j, w, half);
	} else if ((w = find(jcc_words, ARRAY_LEN(jcc_words), s, n))) {
		asm_next(j);
		jcc_word(j, w, half);
	} else if (fixed_word(j, s, j->tok.len)) {
		;
	} else if (n == 3 && !memcmp(s, "neg", 3)) {
		asm_next(j);
		asm_emit(j, half ? isa_neg32(reg(j)) : isa_neg64(reg(j)));
	} else if (asm_take_word(j, "lddw")) {
		lddw(j);
	} else if (asm_take_word(j, "ja")) {
		asm_emit(j, isa_ja(0));
		asm_target(j, FIX_OFF);
	} else if (asm_take_word(j, "ja32")) {
		asm_emit(j, isa_ja32(0));
		asm_target(j, FIX_IMM);
	} else {
		return false;
	}
	return true;
}

/* All words a statement can begin with, for "did you mean". */
static const char *const all_words[] = {
#define ALU(name, word, ...)   #word, #word "32",
#define JCC(name, word, ...)   #word, #word "32",
#define LOAD(name, word, ...)  #word,
#define STORE(name, word, ...) "st" #word, "stx" #word,
#include "isa/insn.def"
	"mov",  "mov32",         "neg",       "neg32",    "be16",    "be32",  "be64",  "le16",
	"le32", "le64",          "bswap16",   "bswap32",  "bswap64", "lddw",  "ja",    "ja32",
	"if",   "goto",          "gotol",     "may_goto", "gotox",   "call",  "callx", "exit",
	"lock", "store_release", "ld_pseudo", "nospec",   ".8byte",  ".quad",
};

void asm_unknown(struct asm_job *j)
{
	struct span s = asm_span(&j->tok);
	const char *text = asm_text(j, s);
	struct diag_where where = diag_text(j->src, s.at, s.len);
	const char *near = near_best(text, s.len, all_words, ARRAY_LEN(all_words));

	asm_not_register(j);
	diag_error(j->d, "asm.unknown", where, "unknown instruction '%.*s'", (int)MIN(s.len, 40u),
		   text);
	if (near)
		diag_fix(j->d, where, near, "did you mean '%s'?", near);
	if (j->begin && j->src->text[j->begin - 1] == ' ' && s.at > 1 &&
	    j->src->text[s.at - 2] == ';')
		diag_note(j->d, DIAG_NONE, "';' separates statements: comments begin with # or //");
	longjmp(j->out, ASM_JUMP_ERROR);
}
