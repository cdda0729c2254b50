/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tokens of assembly text. A statement ends at a newline, or at a `;` outside of dump lines (where
 * what follows `;` is the dumper's comment). Comments: # and // to the end of the line, C comments.
 * `#` glued between a name and a number is no comment but the kernel's "name#id".
 */
#include "isa/asm.h"

static int peek(const struct asm_job *j, uint32_t ahead)
{
	uint32_t at = j->at + ahead;

	return at < j->end ? (unsigned char)j->src->text[at] : -1;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}
static bool is_word_start(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '$';
}
static bool is_word(int c)
{
	return is_word_start(c) || is_digit(c) || c == '@';
}

void asm_skip_line(struct asm_job *j)
{
	const char *nl = memchr(j->src->text + j->at, '\n', j->end - j->at);

	j->at = nl ? (uint32_t)(nl - j->src->text) : j->end;
}

bool asm_at_line_end(const struct asm_job *j)
{
	return j->at >= j->end || j->src->text[j->at] == '\n';
}

static void skip_c_comment(struct asm_job *j)
{
	uint32_t begin = j->at;

	for (j->at += 2; !(peek(j, 0) == '*' && peek(j, 1) == '/'); j->at++) {
		if (peek(j, 0) < 0)
			asm_fail(j, "asm.comment", (struct span){begin, 2},
				 "this comment has no end");
	}
	j->at += 2;
}

/* Whether a `#` here belongs to a name: call foo#1 */
static bool is_glued_hash(const struct asm_job *j)
{
	return j->at && is_word((unsigned char)j->src->text[j->at - 1]) &&
	       (is_word(peek(j, 1)) || peek(j, 1) == '-');
}

static void skip_blanks(struct asm_job *j)
{
	for (;;) {
		int c = peek(j, 0);

		if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v') {
			j->at++;
		} else if (c == '/' && peek(j, 1) == '*') {
			skip_c_comment(j);
		} else if ((c == '/' && peek(j, 1) == '/') || (c == '#' && !is_glued_hash(j)) ||
			   (c == ';' && j->dump_code >= 0)) {
			asm_skip_line(j);
		} else {
			return;
		}
	}
}

/* r0..r15 and w0..w15, also %r0; false: an ordinary word */
static bool lex_reg(struct asm_job *j)
{
	uint32_t n = peek(j, 0) == '%', first = n;
	unsigned reg = 0;

	if (peek(j, n) != 'r' && peek(j, n) != 'w')
		return false;
	j->tok.half = peek(j, n++) == 'w';
	if (!is_digit(peek(j, n)))
		return false;
	if (peek(j, n) == '0' && is_digit(peek(j, n + 1)))
		return false;
	for (; is_digit(peek(j, n)) && n < first + 4; n++)
		reg = reg * 10 + (unsigned)(peek(j, n) - '0');
	if (is_word(peek(j, n)) || reg > 15)
		return false;
	j->tok.kind = TOKEN_REG;
	j->tok.reg = (uint8_t)reg;
	j->tok.len = n;
	return true;
}

static void lex_number(struct asm_job *j)
{
	const char *s = j->src->text + j->at;
	uint32_t n = 0;

	while (is_word(peek(j, n)) && peek(j, n) != '.' && peek(j, n) != '@')
		n++;
	if (n > 2 && s[n - 1] == 'l' && s[n - 2] == 'l')
		n -= 2; /* 5ll: the suffix is a word of its own */
	j->tok.kind = TOKEN_NUMBER;
	j->tok.len = n;
	j->tok.value = 0;
	j->tok.bad = num_parse_u64(s, n, &j->tok.value) < 0;
}

static void lex_char(struct asm_job *j)
{
	static const char names[] = "nrt0\\'\"", values[] = "\n\r\t\0\\'\"";
	uint32_t n = 1;
	int c = peek(j, n++);

	j->tok.kind = TOKEN_NUMBER;
	j->tok.bad = c < 0 || c == '\n' || c == '\'';
	if (c == '\\') {
		const char *at = peek(j, n) > 0 ? strchr(names, peek(j, n)) : NULL;

		j->tok.bad = !at || !*at;
		c = j->tok.bad ? 0 : (unsigned char)values[at - names];
		n++;
	}
	j->tok.value = (uint64_t)(unsigned)c;
	j->tok.bad |= peek(j, n) != '\'';
	while (peek(j, n) >= 0 && peek(j, n) != '\n' && peek(j, n) != '\'')
		n++;
	n += peek(j, n) == '\'';
	j->tok.len = MIN(n, j->end - j->at);
}

/* The longest operator here; the signed ones begin with the letter s. */
static uint32_t op_len(const struct asm_job *j)
{
	uint32_t n = peek(j, 0) == 's';
	int c = peek(j, n);

	if (c < 0)
		return n;
	if ((c == '<' || c == '>') && peek(j, n + 1) == c && peek(j, n + 2) == '=')
		return n + 3;
	if (strchr("+-*/%&|^=!<>", c) && peek(j, n + 1) == '=')
		return n + 2;
	return n + 1;
}

static bool is_signed_op(const struct asm_job *j)
{
	int c = peek(j, 1);

	return peek(j, 0) == 's' &&
	       (c == '<' || c == '>' || ((c == '/' || c == '%') && peek(j, 2) == '='));
}

static void lex_op(struct asm_job *j)
{
	uint32_t n = op_len(j), k;

	j->tok.kind = TOKEN_OP;
	j->tok.len = n;
	for (k = 0; k < n; k++)
		j->tok.op |= (uint32_t)peek(j, k) << 8 * k;
}

void asm_next(struct asm_job *j)
{
	int c;

	j->last_end = j->tok.at + j->tok.len;
	skip_blanks(j);
	c = peek(j, 0);
	j->tok = (struct token){.at = j->at};
	if (c < 0 || c == '\n' || c == ';')
		return;
	if (is_signed_op(j))
		lex_op(j);
	else if ((c == '%' || is_word_start(c)) && lex_reg(j))
		;
	else if (is_digit(c))
		lex_number(j);
	else if (c == '\'')
		lex_char(j);
	else if (is_word_start(c)) {
		j->tok.kind = TOKEN_WORD;
		while (is_word(peek(j, j->tok.len)))
			j->tok.len++;
	} else
		lex_op(j);
	j->at += j->tok.len;
}

const char *asm_text(const struct asm_job *j, struct span s)
{
	return j->src->text + s.at;
}

/* ---- errors ---------------------------------------------------------------------------------- */

void asm_fail(struct asm_job *j, const char *id, struct span where, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = arena_vprintf(&j->a, fmt, ap);
	va_end(ap);
	diag_error(j->d, id, diag_text(j->src, where.at, where.len), "%s", text);
	longjmp(j->out, ASM_JUMP_ERROR);
}

void asm_expected(struct asm_job *j, const char *what)
{
	struct span here = asm_span(&j->tok);

	if (j->tok.kind == TOKEN_END) /* point behind what is there, not at the next line */
		asm_fail(j, "asm.expected", (struct span){MAX(j->last_end, j->begin), 0},
			 "expected %s, but the statement ends here", what);
	if (j->tok.kind == TOKEN_NUMBER && j->tok.bad)
		asm_fail(j, "asm.number", here, "'%.*s' is not a number", (int)here.len,
			 asm_text(j, here));
	if (j->tok.kind == TOKEN_OP && (j->tok.op < ' ' || (j->tok.op & 255) > '~'))
		asm_fail(j, "asm.expected", here, "expected %s, found the byte 0x%02x", what,
			 (unsigned)j->tok.op & 255);
	asm_fail(j, "asm.expected", here, "expected %s, found '%.*s'", what,
		 (int)MIN(here.len, 40u), asm_text(j, here));
}

/* ---- taking what is expected ----------------------------------------------------------------- */

bool asm_is_word(const struct asm_job *j, const char *word)
{
	size_t n = strlen(word);

	return j->tok.kind == TOKEN_WORD && j->tok.len == n &&
	       !memcmp(asm_text(j, asm_span(&j->tok)), word, n);
}

bool asm_take_op(struct asm_job *j, uint32_t op)
{
	if (!asm_is_op(j, op))
		return false;
	asm_next(j);
	return true;
}

bool asm_take_word(struct asm_job *j, const char *word)
{
	if (!asm_is_word(j, word))
		return false;
	asm_next(j);
	return true;
}

void asm_expect_op(struct asm_job *j, uint32_t op, const char *what)
{
	if (!asm_take_op(j, op))
		asm_expected(j, what);
}

void asm_not_register(struct asm_job *j)
{
	struct span s = asm_span(&j->tok);
	const char *text = asm_text(j, s);

	if (j->tok.kind == TOKEN_WORD && (text[0] == 'r' || text[0] == 'w') && s.len > 1 &&
	    is_digit((unsigned char)text[1]))
		asm_fail(j, "asm.register", s,
			 "there is no register '%.*s': they are r0 to r10, and w0 "
			 "to w10",
			 (int)MIN(s.len, 40u), text);
}

struct token asm_expect_reg(struct asm_job *j, const char *what)
{
	struct token t = j->tok;

	asm_not_register(j);
	if (t.kind != TOKEN_REG)
		asm_expected(j, what);
	asm_next(j);
	return t;
}

/* ---- numbers --------------------------------------------------------------------------------- */

struct number {
	uint64_t value; /* magnitude */
	bool negative;
	struct span span;
};

static struct number take_number(struct asm_job *j)
{
	struct number v = {.span = asm_span(&j->tok)};

	if (asm_is_op(j, OP1('-')) || asm_is_op(j, OP1('+'))) {
		v.negative = asm_is_op(j, OP1('-'));
		asm_next(j);
	}
	if (j->tok.kind != TOKEN_NUMBER || j->tok.bad)
		asm_expected(j, "a number");
	v.value = j->tok.value;
	v.span.len = j->tok.at + j->tok.len - v.span.at;
	asm_next(j);
	return v;
}

static int64_t in_range(struct asm_job *j, struct number v, uint64_t below, uint64_t above,
			const char *what)
{
	if (v.value > (v.negative ? below : above))
		asm_fail(j, "asm.range", v.span, "'%.*s' does not fit into %s", (int)v.span.len,
			 asm_text(j, v.span), what);
	return (int64_t)(v.negative ? -v.value : v.value);
}

int32_t asm_imm32(struct asm_job *j)
{
	struct number v = take_number(j);

	if (j->o->wrap)
		return (int32_t)(uint32_t)(v.negative ? -v.value : v.value);
	return (int32_t)(uint32_t)in_range(j, v, UINT64_C(1) << 31, UINT32_MAX,
					   "32 bits: use a 64-bit load, rN = NUMBER ll");
}

int64_t asm_imm64(struct asm_job *j)
{
	return in_range(j, take_number(j), UINT64_C(1) << 63, UINT64_MAX, "64 bits");
}

int16_t asm_off16(struct asm_job *j)
{
	if (!asm_is_op(j, OP1('+')) && !asm_is_op(j, OP1('-')))
		return 0;
	return (int16_t)in_range(j, take_number(j), 32768, 32767, "an offset: -32768 to 32767");
}
