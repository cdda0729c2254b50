/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Classic BPF as text: written as `tcpdump -d` does, read in the four forms that are around:
 *
 *	12			tcpdump -ddd: a count, then "code jt jf k" in decimal
 *	{ 0x28, 0, 0, 0xc },	tcpdump -dd, and C sources
 *	(000) ldh [12]		tcpdump -d: targets are instruction numbers
 *	ldh [12]		bpf_asm: targets are labels; ; and C comments
 *
 * The last two are one grammar: a target is a number behind jt and jf, and a label otherwise.
 */
#include <inttypes.h>
#include <stdio.h>

#include "isa/cbpf.h"

/* ---- writing --------------------------------------------------------------------------------- */

static void put_operand(const struct cbpf_insn *i, enum cbpf_form form, uint32_t pc, struct str *to)
{
	const struct cbpf_ancillary *ad = cbpf_ancillary(i->k);

	switch (form) {
	case CBPF_NO:
		return;
	case CBPF_ABS:
		if (i->k >= CBPF_AD_OFF && ad)
			str_addf(to, "%s", ad->name);
		else
			str_addf(to, "[%" PRId32 "]", (int32_t)i->k);
		return;
	case CBPF_IND:
		str_addf(to, "[x + %" PRId32 "]", (int32_t)i->k);
		return;
	case CBPF_LEN:
		str_add(to, "#pktlen");
		return;
	case CBPF_MEM:
		str_addf(to, "M[%" PRIu32 "]", i->k);
		return;
	case CBPF_MSH:
		str_addf(to, "4*([%" PRId32 "]&0xf)", (int32_t)i->k);
		return;
	case CBPF_DEC:
		str_addf(to, "#%" PRId32, (int32_t)i->k);
		return;
	case CBPF_X:
	case CBPF_JCC_X:
		str_add(to, "x");
		return;
	case CBPF_IMM:
	case CBPF_JCC_K:
		str_addf(to, "#0x%" PRIx32, i->k);
		return;
	case CBPF_JA:
		str_addf(to, "%" PRIu32, pc + 1 + i->k);
		return;
	}
}

void cbpf_dis_one(const struct cbpf_insn *i, uint32_t pc, struct str *to)
{
	const struct cbpf_row *r = cbpf_row(i->code);
	size_t start;

	str_addf(to, "(%03" PRIu32 ") %-8s ", pc, r ? r->name : "unimp");
	start = to->n;
	if (!r) {
		str_addf(to, "0x%x", i->code);
		return;
	}
	put_operand(i, (enum cbpf_form)r->form, pc, to);
	if (r->form == CBPF_JCC_K || r->form == CBPF_JCC_X) {
		if (to->n - start < 16)
			str_pad(to, ' ', 16 - (to->n - start));
		str_addf(to, " jt %" PRIu32 "\tjf %" PRIu32, pc + 1 + i->jt, pc + 1 + i->jf);
	}
}

/* ---- reading --------------------------------------------------------------------------------- */

enum { JUMP_TRUE = 1, JUMP_FALSE = 2, JUMP_ALWAYS = 3 };

struct target {
	uint32_t pc;
	uint8_t which; /* JUMP_* */
	bool is_label;
	struct span name;
	uint32_t number;
};

struct reader {
	const struct src *s;
	struct diag *d;
	uint32_t at;
	struct cbpf_insn in[CBPF_INSNS_MAX];
	size_t n;
	struct target target[2 * CBPF_INSNS_MAX];
	size_t targets;
	struct hash labels; /* name -> pc */
};

static int peek(const struct reader *r)
{
	return r->at < r->s->len ? (unsigned char)r->s->text[r->at] : -1;
}

static bool is_word_char(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static void skip_to(struct reader *r, const char *end)
{
	size_t n = strlen(end);

	while (r->at < r->s->len && (r->s->len - r->at < n || memcmp(r->s->text + r->at, end, n)))
		r->at++;
}

static bool starts(const struct reader *r, const char *what)
{
	size_t n = strlen(what);

	return r->s->len - r->at >= n && !memcmp(r->s->text + r->at, what, n);
}

/* Blanks and comments; newlines too where they mean nothing. */
static void skip(struct reader *r, bool lines)
{
	for (;;) {
		int c = peek(r);

		if (c == ' ' || c == '\t' || c == '\r' || (lines && c == '\n')) {
			r->at++;
		} else if (starts(r, "/*")) {
			skip_to(r, "*/");
			r->at = MIN(r->at + 2, r->s->len);
		} else if (c == ';' || starts(r, "//")) {
			skip_to(r, "\n");
		} else {
			return;
		}
	}
}

static int expected(struct reader *r, const char *what)
{
	uint32_t n = 0;

	while (r->at + n < r->s->len && is_word_char((unsigned char)r->s->text[r->at + n]))
		n++;
	return diag_error(r->d, "cbpf.expected", diag_text(r->s, r->at, MAX(n, 1u)), "expected %s",
			  what);
}

static bool take(struct reader *r, char c)
{
	skip(r, false);
	if (peek(r) != c)
		return false;
	r->at++;
	return true;
}

static struct span word(struct reader *r)
{
	struct span s = {r->at, 0};

	while (is_word_char(peek(r))) {
		r->at++;
		s.len++;
	}
	return s;
}

/* A number with an optional minus, as 32 bits. */
static int number(struct reader *r, uint32_t *ret)
{
	bool minus = take(r, '-');
	struct span s;
	uint64_t v;

	skip(r, false);
	s = word(r);
	if (!s.len || num_parse_u64(r->s->text + s.at, s.len, &v) < 0) {
		r->at = s.at;
		return expected(r, "a number");
	}
	if (v > (minus ? UINT64_C(1) << 31 : UINT32_MAX))
		return diag_error(r->d, "cbpf.range", diag_text(r->s, s.at, s.len),
				  "the number does not fit into 32 bits");
	*ret = minus ? 0u - (uint32_t)v : (uint32_t)v;
	return 0;
}

static int add(struct reader *r, struct cbpf_insn i)
{
	if (r->n >= CBPF_INSNS_MAX)
		return diag_error(r->d, "cbpf.length", diag_text(r->s, r->at, 0),
				  "more than %d instructions", CBPF_INSNS_MAX);
	r->in[r->n++] = i;
	return 0;
}

/* ---- the numeric forms ----------------------------------------------------------------------- */

/* code, jt, jf, k; `comma` stands between them */
static int quadruple(struct reader *r, bool comma)
{
	static const uint32_t most[] = {UINT16_MAX, UINT8_MAX, UINT8_MAX, UINT32_MAX};
	uint32_t v[4] = {0};
	int k, err;

	for (k = 0; k < 4; k++) {
		uint32_t begin;

		if (comma && k && !take(r, ','))
			return expected(r, "','");
		skip(r, comma);
		begin = r->at;
		err = number(r, &v[k]);
		if (err)
			return err;
		if (v[k] > most[k])
			return diag_error(r->d, "cbpf.range", diag_text(r->s, begin, r->at - begin),
					  "the number is larger than %" PRIu32, most[k]);
	}
	return add(r, (struct cbpf_insn){(uint16_t)v[0], (uint8_t)v[1], (uint8_t)v[2], v[3]});
}

static int read_ddd(struct reader *r)
{
	uint32_t want = 0, begin = r->at, end;
	int err = number(r, &want);

	end = r->at;
	for (skip(r, true); !err && r->at < r->s->len; skip(r, true))
		err = quadruple(r, false);
	if (!err && r->n != want)
		err = diag_error(r->d, "cbpf.count", diag_text(r->s, begin, end - begin),
				 "the count says %" PRIu32 " instructions and there are %zu", want,
				 r->n);
	return err;
}

static int read_dd(struct reader *r)
{
	int err = 0;

	for (skip(r, true); !err && r->at < r->s->len; skip(r, true)) {
		if (!take(r, '{'))
			return expected(r, "'{'");
		err = quadruple(r, true);
		if (!err && !take(r, '}'))
			return expected(r, "'}'");
		take(r, ',');
	}
	return err;
}

/* ---- mnemonics ------------------------------------------------------------------------------- */

static bool take_word(struct reader *r, const char *w)
{
	uint32_t at = r->at;
	struct span s;

	skip(r, false);
	s = word(r);
	if (s.len == strlen(w) && !memcmp(r->s->text + s.at, w, s.len))
		return true;
	r->at = at;
	return false;
}

static int want(struct reader *r, char c)
{
	char what[] = "' '";

	what[1] = c;
	return take(r, c) ? 0 : expected(r, what);
}

/* [12] or [x + 12]; the bracket is taken */
static int bracket(struct reader *r, uint32_t *ret_k, enum cbpf_form *ret_form)
{
	int err = 0;

	*ret_form = CBPF_ABS;
	*ret_k = 0;
	if (take_word(r, "x") || take_word(r, "X")) {
		*ret_form = CBPF_IND;
		if (take(r, ']'))
			return 0;
		if (!take(r, '+') && peek(r) != '-')
			return expected(r, "'+'");
	}
	err = number(r, ret_k);
	return err ? err : want(r, ']');
}

/* 4*([14]&0xf); the 4 is taken */
static int header_length(struct reader *r, uint32_t *ret_k)
{
	enum cbpf_form form;
	uint32_t mask = 0;
	int err = want(r, '*');

	if (!err)
		err = want(r, '(');
	if (!err)
		err = want(r, '[');
	if (!err)
		err = bracket(r, ret_k, &form);
	if (!err)
		err = want(r, '&');
	if (!err)
		err = number(r, &mask);
	if (!err && (mask != 15 || form != CBPF_ABS))
		err = expected(r, "4*([K]&0xf)");
	return err ? err : want(r, ')');
}

/* #12, #len, #proto */
static int hash_operand(struct reader *r, uint32_t *ret_k, enum cbpf_form *ret_form)
{
	if (take_word(r, "len") || take_word(r, "pktlen")) {
		*ret_form = CBPF_LEN;
		return 0;
	}
	*ret_form = CBPF_IMM;
	return number(r, ret_k);
}

static int operand(struct reader *r, uint32_t *ret_k, enum cbpf_form *ret_form)
{
	const struct cbpf_ancillary *ad;
	struct span s;

	*ret_k = 0;
	skip(r, false);
	if (take(r, '['))
		return bracket(r, ret_k, ret_form);
	if (take(r, '#'))
		return hash_operand(r, ret_k, ret_form);
	s = word(r);
	ad = cbpf_ancillary_named(r->s->text + s.at, s.len);
	if (ad) {
		*ret_form = CBPF_ABS;
		*ret_k = CBPF_AD_OFF + ad->k;
		return 0;
	}
	if (s.len == 1 && (r->s->text[s.at] | 32) == 'x') {
		*ret_form = CBPF_X;
		return 0;
	}
	if (s.len == 1 && (r->s->text[s.at] | 32) == 'm' && take(r, '[')) {
		*ret_form = CBPF_MEM;
		return number(r, ret_k) < 0 ? -EINVAL : want(r, ']');
	}
	if (s.len == 1 && r->s->text[s.at] == '4') {
		*ret_form = CBPF_MSH;
		return header_length(r, ret_k);
	}
	r->at = s.at;
	return expected(r, "an operand");
}

static int add_target(struct reader *r, unsigned which)
{
	struct target t = {.pc = (uint32_t)r->n - 1, .which = (uint8_t)which};

	skip(r, false);
	t.is_label = !is_digit(peek(r));
	if (t.is_label) {
		t.name = word(r);
		if (!t.name.len)
			return expected(r, "a label");
	} else {
		t.name.at = r->at;
		if (number(r, &t.number) < 0)
			return -EINVAL;
		t.name.len = r->at - t.name.at;
	}
	r->target[r->targets++] = t;
	return 0;
}

/* "jt 2 jf 5", "L1, L2" or "L1" */
static int targets(struct reader *r, bool swapped)
{
	bool comma = take(r, ',');
	int err;

	if (!comma && !take_word(r, "jt"))
		return expected(r, "jt");
	if (swapped) /* jne #1, L goes to L when the comparison we have is false */
		return add_target(r, JUMP_FALSE);
	err = add_target(r, JUMP_TRUE);
	if (err || (comma ? !take(r, ',') : !take_word(r, "jf")))
		return err;
	return add_target(r, JUMP_FALSE);
}

static const struct {
	const char *name, *as;
	bool swapped;
} aliases[] = {
	{"jneq", "jeq", true}, {"jne", "jeq", true}, {"jlt", "jge", true},   {"jle", "jgt", true},
	{"jmp", "ja", false},  {"ldi", "ld", false}, {"ldxi", "ldx", false},
};

struct mnemonic {
	char name[8];
	struct span span;
	bool swapped;
};

static struct mnemonic mnemonic(struct reader *r)
{
	struct mnemonic m = {.span = word(r)};
	size_t k;

	snprintf(m.name, sizeof(m.name), "%.*s", (int)MIN(m.span.len, 7u), r->s->text + m.span.at);
	for (k = 0; k < ARRAY_LEN(aliases); k++) {
		if (!strcmp(m.name, aliases[k].name)) {
			snprintf(m.name, sizeof(m.name), "%s", aliases[k].as);
			m.swapped = aliases[k].swapped;
		}
	}
	return m;
}

static const struct cbpf_row *row_of(const char *name, enum cbpf_form form)
{
	size_t n = strlen(name);
	const struct cbpf_row *r = cbpf_row_named(name, n, form);

	if (!r && form == CBPF_MSH) /* bpf_asm says ldx */
		r = cbpf_row_named("ldxb", 4, !strcmp(name, "ldx") ? CBPF_MSH : CBPF_NO);
	if (!r && form == CBPF_IMM) /* #12: a comparison or arithmetic */
		r = cbpf_row_named(name, n, CBPF_DEC);
	if (!r && form == CBPF_IMM)
		r = cbpf_row_named(name, n, CBPF_JCC_K);
	if (!r && form == CBPF_X)
		r = cbpf_row_named(name, n, CBPF_JCC_X);
	return r;
}

static bool at_end(struct reader *r)
{
	skip(r, false);
	return peek(r) < 0 || peek(r) == '\n';
}

static int unknown(struct reader *r, const struct mnemonic *m)
{
	static const char *const names[] = {
#define CBPF(name, ...) name,
#include "isa/cbpf.def"
		"jne",
		"jlt",
		"jle",
		"jmp",
	};
	struct diag_where where = diag_text(r->s, m->span.at, MAX(m->span.len, 1u));
	const char *near = near_best(r->s->text + m->span.at, m->span.len, names, ARRAY_LEN(names));
	size_t k;

	for (k = 0; k < ARRAY_LEN(names); k++)
		if (!strcmp(names[k], m->name))
			return diag_error(r->d, "cbpf.operand", where,
					  "'%s' does not take this operand", m->name);
	diag_error(r->d, "cbpf.unknown", where, "unknown instruction '%.*s'",
		   (int)MIN(m->span.len, 40u), r->s->text + m->span.at);
	if (near)
		diag_fix(r->d, where, near, "did you mean '%s'?", near);
	return -EINVAL;
}

static int statement(struct reader *r)
{
	struct mnemonic m = mnemonic(r);
	enum cbpf_form form = CBPF_NO;
	const struct cbpf_row *row;
	uint32_t k = 0;
	int err = 0;

	if (!strcmp(m.name, "ja")) {
		err = add(r, (struct cbpf_insn){.code = C_JMP | C_JA});
		return err ? err : add_target(r, JUMP_ALWAYS);
	}
	if (!strcmp(m.name, "ret") && (take_word(r, "a") || take_word(r, "A")))
		form = CBPF_NO;
	else if (!at_end(r))
		err = operand(r, &k, &form);
	if (err)
		return err;
	row = row_of(m.name, form);
	if (!row)
		return unknown(r, &m);
	err = add(r, (struct cbpf_insn){.code = row->code, .k = k});
	if (!err && (row->form == CBPF_JCC_K || row->form == CBPF_JCC_X))
		err = targets(r, m.swapped);
	return err;
}

/* (012), and labels in front of an instruction */
static int line_head(struct reader *r)
{
	uint32_t at;

	if (take(r, '(')) {
		word(r);
		if (!take(r, ')'))
			return expected(r, "')'");
	}
	for (;;) {
		struct span s;

		skip(r, true);
		at = r->at;
		s = word(r);
		if (!s.len || !take(r, ':')) {
			r->at = at;
			return 0;
		}
		if (hash_get(&r->labels, r->s->text + s.at, s.len))
			return diag_error(r->d, "cbpf.label-twice", diag_text(r->s, s.at, s.len),
					  "label '%.*s' is defined twice", (int)s.len,
					  r->s->text + s.at);
		if (hash_put(&r->labels, r->s->text + s.at, s.len, r->n) < 0)
			return -ENOMEM;
	}
}

static int resolve(struct reader *r, const struct target *t)
{
	struct diag_where where = diag_text(r->s, t->name.at, t->name.len);
	struct cbpf_insn *i = &r->in[t->pc];
	int64_t to = t->number, skipped;

	if (t->is_label) {
		uint64_t *pc = hash_get(&r->labels, r->s->text + t->name.at, t->name.len);

		if (!pc)
			return diag_error(r->d, "cbpf.undefined", where,
					  "no label is called '%.*s'", (int)t->name.len,
					  r->s->text + t->name.at);
		to = (int64_t)*pc;
	}
	skipped = to - t->pc - 1;
	if (skipped < 0)
		return diag_error(r->d, "cbpf.backward", where, "jumps only lead forward");
	if (t->which == JUMP_ALWAYS)
		i->k = (uint32_t)skipped;
	else if (skipped > UINT8_MAX)
		return diag_error(r->d, "cbpf.too-far", where,
				  "a conditional jump skips at most 255 "
				  "instructions, and this would skip %" PRId64 ": use ja",
				  skipped);
	else if (t->which == JUMP_TRUE)
		i->jt = (uint8_t)skipped;
	else
		i->jf = (uint8_t)skipped;
	return 0;
}

static int read_words(struct reader *r)
{
	size_t k;
	int err = 0;

	for (skip(r, true); !err && r->at < r->s->len; skip(r, true)) {
		err = line_head(r);
		if (!err && r->at < r->s->len)
			err = statement(r);
		if (!err && !at_end(r))
			err = expected(r, "the end of the line");
	}
	for (k = 0; k < r->targets && !err; k++)
		err = resolve(r, &r->target[k]);
	return err;
}

/* ---- all forms ------------------------------------------------------------------------------- */

static int copy_out(const struct reader *r, struct cbpf_code *ret)
{
	struct cbpf_insn *at;

	if (!r->n)
		return diag_error(r->d, "cbpf.empty", diag_file(r->s->name),
				  "there are no instructions");
	at = mem_alloc_array(r->n, sizeof(*at));
	if (!at)
		return -ENOMEM;
	memcpy(at, r->in, r->n * sizeof(*at));
	*ret = (struct cbpf_code){at, r->n};
	return 0;
}

int cbpf_parse(const struct src *s, struct diag *d, struct cbpf_code *ret_code)
{
	struct reader *r = mem_alloc(sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->s = s;
	r->d = d;
	hash_init(&r->labels, CBPF_INSNS_MAX);
	skip(r, true);
	if (peek(r) == '{')
		err = read_dd(r);
	else if (is_digit(peek(r)))
		err = read_ddd(r);
	else
		err = read_words(r);
	if (!err)
		err = copy_out(r, ret_code);
	hash_done(&r->labels);
	mem_free(r);
	return err;
}
