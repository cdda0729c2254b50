/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The assembler: lines, labels, emission and fixups. Text of one pass becomes instructions; jumps
 * to names are patched at the end, when all labels are known. A name is a label first, and what the
 * caller's resolver knows second.
 *
 * Lines pasted from dumps are recognized by their head, `N:`, raw bytes and `(op)`; the opcode
 * decides where the kernel's text alone is ambiguous and must agree with the text everywhere else.
 */
#include <inttypes.h>

#include "isa/asm.h"

enum { ASM_BYTES_MAX = 1 << 30 }; /* arena: a million instructions with labels need a tenth of it */

/* ---- heads of lines -------------------------------------------------------------------------- */

static int char_at(const struct asm_job *j, uint32_t at)
{
	return at < j->end ? (unsigned char)j->src->text[at] : -1;
}

static int hex_value(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static uint32_t skip_blank(const struct asm_job *j, uint32_t at)
{
	while (char_at(j, at) == ' ' || char_at(j, at) == '\t')
		at++;
	return at;
}

/* How many of "b7 00 00 " stand at `at`; *ret_end is behind them. */
static unsigned hex_pairs(const struct asm_job *j, uint32_t at, uint32_t *ret_end)
{
	unsigned n = 0;

	while (n < 16 && hex_value(char_at(j, at)) >= 0 && hex_value(char_at(j, at + 1)) >= 0) {
		int c = char_at(j, at + 2);

		if (c != ' ' && c != '\t' && c != '\n' && c != '\r' && c >= 0)
			break;
		n++;
		at = skip_blank(j, at + 2);
	}
	*ret_end = at;
	return n;
}

/* `12:` in front of an instruction: dumps number their lines. */
static void skip_pc(struct asm_job *j)
{
	uint32_t at = skip_blank(j, j->at), digits = at, end;

	while (hex_value(char_at(j, at)) >= 0 && hex_value(char_at(j, at)) < 10)
		at++;
	if (at > digits && char_at(j, at) == ':')
		j->at = at + 1;
	at = skip_blank(j, j->at);
	switch (hex_pairs(j, at, &end)) {
	case 8:
	case 16:
		j->at = end; /* llvm-objdump's bytes; bpftool's are a line of their own */
		break;
	}
}

/* `(b7)` in front of an instruction: the kernel's dumps show the opcode. */
static void take_dump_code(struct asm_job *j)
{
	uint32_t at = skip_blank(j, j->at);
	int high = hex_value(char_at(j, at + 1)), low = hex_value(char_at(j, at + 2));

	j->dump_code = -1;
	if (char_at(j, at) != '(' || char_at(j, at + 3) != ')' || high < 0 || low < 0)
		return;
	j->dump_code = high << 4 | low;
	j->at = at + 4;
}

bool asm_dump_says(const struct asm_job *j, uint8_t code)
{
	return j->dump_code == code;
}

/* ---- labels ---------------------------------------------------------------------------------- */

static void define_label(struct asm_job *j, struct span name)
{
	uint64_t *old = hash_get(&j->names, asm_text(j, name), name.len);
	struct label l = {name, (uint32_t)j->code.n};
	int err;

	if (old) {
		diag_error(j->d, "asm.label-twice", diag_text(j->src, name.at, name.len),
			   "label '%.*s' is defined twice", (int)name.len, asm_text(j, name));
		diag_note(j->d, diag_text(j->src, j->labels.at[*old].name.at, name.len),
			  "it was defined here first");
		longjmp(j->out, ASM_JUMP_ERROR);
	}
	err = hash_put(&j->names, asm_text(j, name), name.len, j->labels.n);
	if (!err)
		err = vec_push(&j->labels, l);
	if (err)
		longjmp(j->out, err);
}

/* `name:` or objdump's `0000000000000000 <name>:`; the current token is the first of the line */
static bool take_label(struct asm_job *j)
{
	struct token t = j->tok;

	if (t.kind == TOKEN_WORD && char_at(j, skip_blank(j, j->at)) == ':') {
		define_label(j, asm_span(&t));
		asm_next(j);
		asm_next(j);
		return true;
	}
	if (t.kind == TOKEN_NUMBER && t.len == 16 && char_at(j, skip_blank(j, j->at)) == '<') {
		asm_next(j);
		asm_next(j);
		t = j->tok;
		if (t.kind != TOKEN_WORD)
			asm_expected(j, "the name of a function");
		asm_next(j);
		asm_expect_op(j, OP1('>'), "'>'");
		define_label(j, asm_span(&t));
		asm_expect_op(j, OP1(':'), "':'");
		return true;
	}
	return false;
}

/* ---- emission -------------------------------------------------------------------------------- */

static struct span statement_span(const struct asm_job *j)
{
	return (struct span){j->begin, j->last_end > j->begin ? j->last_end - j->begin : 0};
}

static void refuse(struct asm_job *j, const struct insn *i, const struct isa_why *why)
{
	enum isa_id id = isa_find(i);
	const struct isa_row *r = isa_row(id);
	uint32_t k = j->o->target.kernel;

	if (id != ISA_NONE && r->kind == ISA_PUBLIC && k && r->since > k)
		asm_fail(j, "asm.kernel", statement_span(j),
			 "this instruction needs Linux %u.%u and the target is %u.%u: '%s'",
			 r->since >> 8, r->since & 255, k >> 8, k & 255, why->text);
	if (id != ISA_NONE && r->kind == ISA_INTERNAL)
		asm_fail(j, "asm.internal", statement_span(j),
			 "only the kernel itself may put this into a program");
	if (id != ISA_NONE && r->kind == ISA_FOREIGN)
		asm_fail(j, "asm.foreign", statement_span(j),
			 "no kernel has this instruction: '%s'", why->text);
	asm_fail(j, "asm.refused", statement_span(j), "the kernel would refuse this: '%s'",
		 why->text);
}

static void push(struct asm_job *j, const struct insn *i, size_t slots)
{
	struct span s = statement_span(j);

	for (; slots; slots--, i++) {
		int err = vec_push(&j->code, *i);

		if (!err)
			err = vec_push(&j->span, s);
		if (err == -E2BIG)
			diag_error(j->d, "asm.too-big", diag_text(j->src, s.at, s.len),
				   "more than %d instructions", ISA_INSNS_MAX);
		if (err)
			longjmp(j->out, err);
	}
}

static void check_and_push(struct asm_job *j, const struct insn *i, size_t slots)
{
	struct isa_why why;
	struct isa_op op;

	if (j->dump_code >= 0 && j->dump_code != i->code)
		asm_fail(j, "asm.opcode", statement_span(j),
			 "the line says opcode %02x, but this text is opcode %02x",
			 (unsigned)j->dump_code, i->code);
	if (!j->o->lax && isa_decode(&j->o->target, i, slots, &op, &why) < 0)
		refuse(j, i, &why);
	push(j, i, slots);
}

/* What `probe` and `arena` make of the opcode. */
static uint8_t modified(struct asm_job *j, uint8_t code)
{
	enum isa_class class = isa_class(code);
	unsigned mode = isa_mode(code), to = 0;

	if (!j->modifier)
		return code;
	if (class == ISA_CLASS_LDX && *j->modifier == 'p')
		to = mode == MODE_MEM ? 0x20 : mode == MODE_MEMSX ? 0x40 : 0;
	else if (*j->modifier == 'a' && class == ISA_CLASS_LDX)
		to = mode == MODE_MEM ? 0xa0 : mode == MODE_MEMSX ? 0xc0 : 0;
	else if (*j->modifier == 'a' && (class == ISA_CLASS_ST || class == ISA_CLASS_STX))
		to = mode == MODE_MEM ? 0xa0 : mode == MODE_ATOMIC ? 0xe0 : 0;
	if (!to)
		asm_fail(j, "asm.modifier", statement_span(j), "'%s' does not go with this",
			 j->modifier);
	return (uint8_t)((code & 0x1f) | to);
}

void asm_emit(struct asm_job *j, struct insn i)
{
	i.code = modified(j, i.code);
	if (i.code == 0x95 && j->first_exit < 0)
		j->first_exit = (int64_t)j->code.n;
	check_and_push(j, &i, 1);
}

void asm_emit_imm64(struct asm_job *j, unsigned dst, unsigned src, uint64_t v)
{
	struct insn i[2];

	isa_ld_imm64(i, dst, src, v);
	check_and_push(j, i, 2);
}

void asm_emit_raw(struct asm_job *j, struct insn i)
{
	push(j, &i, 1);
}

/* ---- jumps ----------------------------------------------------------------------------------- */

void asm_fix(struct asm_job *j, enum fix_kind kind, struct span name, int64_t addend)
{
	uint32_t slots = kind == FIX_LOAD ? 2 : 1;
	struct fixup f = {kind, (uint32_t)j->code.n - slots, name, addend};
	int err = vec_push(&j->fixups, f);

	if (err)
		longjmp(j->out, err);
}

/* goto reaches 16 bits, gotol and calls 32. */
static void set_distance(struct asm_job *j, enum fix_kind kind, int64_t v, struct span where)
{
	struct insn *i = &vec_last(&j->code);

	if (kind == FIX_OFF) {
		if (v < INT16_MIN || v > INT16_MAX)
			asm_fail(j, "asm.too-far", where,
				 "a distance of %" PRId64
				 " is too far: this jump reaches -32768 to "
				 "32767, gotol reaches further",
				 v);
		i->off = (int16_t)v;
		return;
	}
	if (v < INT32_MIN || v > INT32_MAX)
		asm_fail(j, "asm.too-far", where, "a distance of %" PRId64 " is too far", v);
	i->imm = (int32_t)v;
}

/* llvm-objdump repeats the target: goto +2 <L1> */
static void skip_annotation(struct asm_job *j)
{
	if (!asm_is_op(j, OP1('<')))
		return;
	while (j->tok.kind != TOKEN_END && !asm_is_op(j, OP1('>')))
		asm_next(j);
	asm_expect_op(j, OP1('>'), "'>'");
}

void asm_target(struct asm_job *j, enum fix_kind kind)
{
	struct span where = asm_span(&j->tok);

	if (asm_is_word(j, "pc") && (char_at(j, j->at) == '+' || char_at(j, j->at) == '-'))
		asm_next(j);
	if (asm_is_op(j, OP1('+')) || asm_is_op(j, OP1('-'))) {
		int64_t v = asm_imm64(j);

		where.len = j->last_end - where.at;
		set_distance(j, kind, v, where);
		skip_annotation(j);
		return;
	}
	if (j->tok.kind != TOKEN_WORD)
		asm_expected(j, "a label or a distance (+3)");
	where = asm_span(&j->tok);
	asm_next(j);
	asm_fix(j, kind, where, 0);
}

/* ---- patching -------------------------------------------------------------------------------- */

static const char *nearest(struct asm_job *j, const struct fixup *f)
{
	const char **names, *const *known = NULL;
	size_t n = MIN(j->labels.n, (size_t)4096), k, more = 0;
	const struct isa_names *r = j->o->names;

	if (r && r->all && (f->kind == FIX_CALL || f->kind == FIX_LOAD))
		known = r->all(r->ctx, f->kind == FIX_CALL, &more);
	names = arena_alloc_array(&j->a, n + more + 1, sizeof(*names));
	for (k = 0; k < n; k++)
		names[k] = arena_strndup(&j->a, asm_text(j, j->labels.at[k].name),
					 j->labels.at[k].name.len);
	for (k = 0; k < more; k++)
		names[n + k] = known[k];
	return near_best(asm_text(j, f->name), f->name.len, names, n + more);
}

static void report_undefined(struct asm_job *j, const struct fixup *f)
{
	static const char *const what[] = {
		[FIX_OFF] = "no label is called",
		[FIX_IMM] = "no label is called",
		[FIX_CALL] = "no helper, function or label is called",
		[FIX_LOAD] = "no map, variable or label is called",
	};
	struct diag_where where = diag_text(j->src, f->name.at, f->name.len);
	const char *near = nearest(j, f);

	diag_error(j->d, "asm.undefined", where, "%s '%.*s'", what[f->kind], (int)f->name.len,
		   asm_text(j, f->name));
	if (near)
		diag_fix(j->d, where, near, "did you mean '%s'?", near);
	j->errors++;
}

static bool find_label(const struct asm_job *j, const struct fixup *f, int64_t *ret_pc)
{
	uint64_t *index = hash_get(&j->names, asm_text(j, f->name), f->name.len);

	if (index)
		*ret_pc = j->labels.at[*index].pc;
	else if (f->name.len == 4 && !memcmp(asm_text(j, f->name), "exit", 4) && j->first_exit >= 0)
		*ret_pc = j->first_exit; /* bpf_conformance: the first exit is a label */
	else
		return false;
	return true;
}

static void patch_distance(struct asm_job *j, const struct fixup *f, int64_t target)
{
	struct insn *i = &j->code.at[f->pc];
	int64_t v = target - f->pc - 1;

	switch (f->kind) {
	case FIX_OFF:
		if (v >= INT16_MIN && v <= INT16_MAX) {
			i->off = (int16_t)v;
			return;
		}
		diag_error(j->d, "asm.too-far", diag_text(j->src, f->name.at, f->name.len),
			   "'%.*s' is %" PRId64 " instructions away: this jump reaches -32768 to "
			   "32767, gotol reaches further",
			   (int)f->name.len, asm_text(j, f->name), v);
		j->errors++;
		return;
	case FIX_CALL:
		i->src = 1;
		i->imm = (int32_t)v;
		return;
	case FIX_LOAD:
		i->src = 4;
		i->imm = (int32_t)v;
		return;
	case FIX_IMM:
		i->imm = (int32_t)v;
		return;
	}
}

static void patch_named(struct asm_job *j, const struct fixup *f, const struct isa_named *n)
{
	struct insn *i = &j->code.at[f->pc];
	uint64_t v = (uint64_t)n->imm;

	i->src = n->src & 15;
	i->off = n->off;
	i->imm = (int32_t)(uint32_t)v;
	if (f->kind == FIX_LOAD)
		i[1].imm = (int32_t)((uint32_t)(v >> 32) + (uint32_t)f->addend);
}

static void patch(struct asm_job *j, const struct fixup *f)
{
	const struct isa_names *r = j->o->names;
	struct isa_named named = {0};
	int64_t pc;

	if (find_label(j, f, &pc))
		patch_distance(j, f, pc);
	else if (r && r->find && (f->kind == FIX_CALL || f->kind == FIX_LOAD) &&
		 r->find(r->ctx, f->kind == FIX_CALL, asm_text(j, f->name), f->name.len, &named) ==
			 0)
		patch_named(j, f, &named);
	else
		report_undefined(j, f);
}

/* ---- the job --------------------------------------------------------------------------------- */

/* bpftool has the functions' declarations above them: int f(struct xdp_md * ctx): */
static bool is_declaration(const struct asm_job *j, uint32_t at)
{
	const char *s = j->src->text + at, *nl = memchr(s, '\n', j->end - at);
	size_t n = nl ? (size_t)(nl - s) : j->end - at;

	while (n && (s[n - 1] == '\r' || s[n - 1] == ' '))
		n--;
	return n > 4 && s[n - 1] == ':' && s[n - 2] == ')' && memchr(s, '(', n);
}

static void line_head(struct asm_job *j)
{
	uint32_t at = skip_blank(j, j->at);

	j->modifier = NULL;
	j->dump_code = -1;
	if (char_at(j, at) == ';' || is_declaration(j, at)) { /* bpftool's source lines */
		asm_skip_line(j);
		return;
	}
	skip_pc(j);
	take_dump_code(j);
}

static void statements(struct asm_job *j)
{
	while (j->at < j->end) {
		if (j->src->text[j->at] == '\n') {
			j->at++;
			line_head(j);
		} else if (j->src->text[j->at] == ';') {
			j->at++;
		}
		j->modifier = NULL;
		asm_next(j);
		j->begin = j->last_end = j->tok.at;
		while (take_label(j))
			j->begin = j->tok.at;
		if (j->tok.kind != TOKEN_END)
			asm_statement(j);
		if (j->tok.kind != TOKEN_END)
			asm_fail(j, "asm.trailing", asm_span(&j->tok),
				 "'%.*s' is too much: the instruction ends before it",
				 (int)MIN(j->tok.len, 40u), asm_text(j, asm_span(&j->tok)));
	}
}

static void too_many(struct asm_job *j)
{
	diag_note(j->d, DIAG_NONE, "that was error %d: the rest of the text was not looked at",
		  ASM_ERRORS_MAX);
}

/* 0, or the failure of the machine; errors in the text are counted in j->errors */
static int run(struct asm_job *j)
{
	size_t k;
	int jump = setjmp(j->out);

	if (jump < 0)
		return jump;
	if (jump == ASM_JUMP_ERROR) {
		j->at = MAX(j->at, j->tok.at);
		asm_skip_line(j);
		if (++j->errors >= ASM_ERRORS_MAX) {
			too_many(j);
			return 0;
		}
	} else {
		line_head(j);
	}
	statements(j);
	for (k = 0; k < j->fixups.n; k++) {
		patch(j, &j->fixups.at[k]);
		if (j->errors >= ASM_ERRORS_MAX) {
			too_many(j);
			return 0;
		}
	}
	return 0;
}

static int copy_out(const struct asm_job *j, struct isa_code *ret)
{
	struct isa_code c = {.n = j->code.n};

	c.at = mem_alloc_array(c.n + 1, sizeof(*c.at));
	c.span = mem_alloc_array(c.n + 1, sizeof(*c.span));
	if (!c.at || !c.span) {
		isa_code_done(&c);
		return -ENOMEM;
	}
	if (c.n) {
		memcpy(c.at, j->code.at, c.n * sizeof(*c.at));
		memcpy(c.span, j->span.at, c.n * sizeof(*c.span));
	}
	*ret = c;
	return 0;
}

static void init(struct asm_job *j)
{
	arena_init(&j->a, ASM_BYTES_MAX);
	j->a.out = &j->out;
	j->code.max = j->span.max = j->fixups.max = ISA_INSNS_MAX;
	j->labels.max = ISA_INSNS_MAX;
	hash_init(&j->names, ISA_INSNS_MAX);
	j->first_exit = -1;
	j->dump_code = -1;
}

int isa_assemble(const struct src *src, const struct isa_asm *o, struct diag *d,
		 struct isa_code *ret_code)
{
	struct asm_job j = {.src = src, .o = o, .d = d, .at = o->part.at};
	int err;

	j.end = o->part.len ? o->part.at + o->part.len : src->len;
	init(&j);
	err = run(&j);
	if (!err && j.errors)
		err = -EINVAL;
	if (!err)
		err = copy_out(&j, ret_code);
	vec_done(&j.code);
	vec_done(&j.span);
	vec_done(&j.fixups);
	vec_done(&j.labels);
	hash_done(&j.names);
	arena_done(&j.a);
	return err;
}

void isa_code_done(struct isa_code *c)
{
	mem_free(c->at);
	mem_free(c->span);
	*c = (struct isa_code){0};
}
