/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The assembler's files among themselves: asm.c has the job, lines, labels and emission, asm_lex.c
 * the tokens, asm_expr.c the C-like statements, asm_word.c the mnemonics.
 *
 * Errors jump to the statement loop (fail), which goes on with the next line; so a parsing function
 * that returns has succeeded. Memory is in the arena, whose failure jumps to the same place.
 */
#ifndef SKEP_ISA_ASM_H
#define SKEP_ISA_ASM_H

#include "isa/impl.h"

enum { ASM_ERRORS_MAX = 20 };
enum { ASM_JUMP_ERROR = 1 }; /* longjmp values; the arena's are negative */

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_REG, TOKEN_NUMBER, TOKEN_OP };

/* Operators are named by their characters: OP('s', '>', '>', '='). */
#define OP1(a)    ((uint32_t)(a))
#define OP2(a, b) (OP1(a) | (uint32_t)(b) << 8)

struct token {
	enum token_kind kind;
	uint32_t at, len;
	uint32_t op;    /* TOKEN_OP: its up to four characters */
	uint64_t value; /* TOKEN_NUMBER */
	bool bad;       /* TOKEN_NUMBER: it is none */
	bool half;      /* TOKEN_REG: w1, not r1 */
	uint8_t reg;
};

enum fix_kind {
	FIX_OFF,  /* 16 bits in off */
	FIX_IMM,  /* 32 bits in imm */
	FIX_CALL, /* a label, or a name that the resolver knows */
	FIX_LOAD, /* the same for a 64-bit load */
};

struct fixup {
	enum fix_kind kind;
	uint32_t pc;
	struct span name;
	int64_t addend; /* FIX_LOAD: NAME+8 */
};

struct label {
	struct span name;
	uint32_t pc;
};

struct asm_job {
	const struct src *src;
	const struct isa_asm *o;
	struct diag *d;
	struct arena a;
	jmp_buf out;

	uint32_t at;          /* the next character */
	uint32_t end;         /* of the part to assemble */
	struct token tok;     /* the current token */
	uint32_t last_end;    /* where the one before it ended */
	uint32_t begin;       /* of this statement */
	int dump_code;        /* the opcode a dump's line begins with, or -1 */
	const char *modifier; /* "probe", "arena" or NULL */
	uint32_t errors;

	VEC(struct insn) code;
	VEC(struct span) span;
	VEC(struct fixup) fixups;
	VEC(struct label) labels;
	struct hash names;  /* label -> index in labels */
	int64_t first_exit; /* pc, or -1 */
};

/* asm_lex.c */
void asm_next(struct asm_job *j); /* to the next token */
_Noreturn void asm_fail(struct asm_job *j, const char *id, struct span where, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
_Noreturn void asm_expected(struct asm_job *j, const char *what);
void asm_skip_line(struct asm_job *j);
bool asm_at_line_end(const struct asm_job *j);
static inline struct span asm_span(const struct token *t)
{
	return (struct span){t->at, t->len};
}
static inline bool asm_is_op(const struct asm_job *j, uint32_t op)
{
	return j->tok.kind == TOKEN_OP && j->tok.op == op;
}
bool asm_is_word(const struct asm_job *j, const char *word);
bool asm_take_op(struct asm_job *j, uint32_t op);
bool asm_take_word(struct asm_job *j, const char *word);
void asm_expect_op(struct asm_job *j, uint32_t op, const char *what);
struct token asm_expect_reg(struct asm_job *j, const char *what);
void asm_not_register(struct asm_job *j); /* fails when the word is r16 and the like */
const char *asm_text(const struct asm_job *j, struct span s);

/* Numbers with an optional sign, checked against the field they go to. */
int32_t asm_imm32(struct asm_job *j);
int64_t asm_imm64(struct asm_job *j);
int16_t asm_off16(struct asm_job *j); /* of an address, 0 when there is none: [+-] N */

/* asm.c */
void asm_emit(struct asm_job *j, struct insn i);
void asm_emit_imm64(struct asm_job *j, unsigned dst, unsigned src, uint64_t v);
void asm_emit_raw(struct asm_job *j, struct insn i); /* unchecked */
void asm_fix(struct asm_job *j, enum fix_kind kind, struct span name, int64_t addend);
/* +3, pc+3, a label: the last instruction leads there */
void asm_target(struct asm_job *j, enum fix_kind kind);
bool asm_dump_says(const struct asm_job *j, uint8_t code);

/* asm_expr.c */
void asm_statement(struct asm_job *j);
void asm_bracket_address(struct asm_job *j, struct token *ret_reg, int16_t *ret_off); /* [r1+8] */

/* asm_word.c */
bool asm_word_statement(struct asm_job *j); /* false: the word is no mnemonic */
void asm_word_atomic(struct asm_job *j);    /* after `lock` */
_Noreturn void asm_unknown(struct asm_job *j);

#endif
