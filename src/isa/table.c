/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The instruction table, generated from insn.def and form.def, and the way from an encoding to its
 * row.
 *
 * Rows that share an opcode differ in one field, and which field that is follows from the opcode
 * (isa_selector). Folding that field's value into six bits keeps the values in use apart, so that
 * opcode and fold index `slots` directly; isa_find then compares the value itself.
 */
#include "isa/impl.h"

#define KERNEL ISA_KERNEL

static const struct isa_row rows[_ISA_MAX] = {
	[ISA_NONE] = {.name = "NONE", .text = "", .word = ""},
#define INSN(n, c, s, v, f, t, w, k, p, since_)                                                    \
	[ISA_##n] = {.name = #n,                                                                   \
		     .code = (c),                                                                  \
		     .sel = ISA_SEL_##s,                                                           \
		     .value = (v),                                                                 \
		     .form = ISA_FORM_##f,                                                         \
		     .text = t,                                                                    \
		     .word = w,                                                                    \
		     .kind = ISA_##k,                                                              \
		     .cpu = (p),                                                                   \
		     .since = since_},
#include "isa/insn.def"
};

const struct isa_shape isa_shapes[_ISA_FORM_MAX] = {
#define FORM(n, d, s, o, i, w)                                                                     \
	[ISA_FORM_##n] = {FIELD_##d, FIELD_##s, FIELD_##o, FIELD_##i, ISA_WHY_##w},
#include "isa/form.def"
};

enum { FOLD = 64 };
#define FOLD_NONE(v) 0
#define FOLD_OFF(v)  ((v)&63)
#define FOLD_SRC(v)  ((v)&63)
#define FOLD_IMM(v)  ((((v) >> 4) & 31) * 2 + ((v)&1))

static const uint16_t slots[256 * FOLD] = {
#define INSN(name, code, sel, value, ...) [(code)*FOLD + FOLD_##sel(value)] = ISA_##name,
#include "isa/insn.def"
};

const struct isa_row *isa_row(enum isa_id id)
{
	assert(id < _ISA_MAX);
	return &rows[id];
}

enum isa_sel isa_selector(uint8_t code)
{
	switch (isa_class(code)) {
	case ISA_CLASS_ALU:
	case ISA_CLASS_ALU64:
		switch (code & 0xf0) {
		case 0xd0:
			return ISA_SEL_IMM;
		case 0x80:
			return ISA_SEL_NONE;
		case 0xb0:
			return code & ISA_SRC_REG ? ISA_SEL_OFF : ISA_SEL_NONE;
		}
		return ISA_SEL_OFF;
	case ISA_CLASS_STX:
		return isa_mode(code) >= MODE_ATOMIC ? ISA_SEL_IMM : ISA_SEL_NONE;
	case ISA_CLASS_LD:
		return code == 0x18 ? ISA_SEL_SRC : ISA_SEL_NONE;
	case ISA_CLASS_JMP:
		return code == 0x85 || code == 0xe5 ? ISA_SEL_SRC : ISA_SEL_NONE;
	case ISA_CLASS_LDX:
	case ISA_CLASS_ST:
	case ISA_CLASS_JMP32:
		return ISA_SEL_NONE;
	}
	return ISA_SEL_NONE;
}

enum isa_id isa_find(const struct insn *i)
{
	const uint16_t *slot = &slots[i->code * FOLD];
	enum isa_id id = ISA_NONE;
	int32_t v = 0;

	switch (isa_selector(i->code)) {
	case ISA_SEL_NONE:
		return slot[0];
	case ISA_SEL_OFF:
		v = i->off;
		id = slot[FOLD_OFF(v)];
		break;
	case ISA_SEL_IMM:
		v = i->imm;
		id = slot[FOLD_IMM(v)];
		break;
	case ISA_SEL_SRC:
		v = i->src;
		id = slot[FOLD_SRC(v)];
		break;
	}
	return rows[id].value == v ? id : ISA_NONE;
}

bool isa_row_in(enum isa_id id, const struct isa_target *t)
{
	const struct isa_row *r = &rows[id];

	if (id == ISA_NONE)
		return false;
	if (r->kind == ISA_FOREIGN)
		return t->foreign;
	if (r->kind == ISA_INTERNAL && !t->internal)
		return false;
	return !t->kernel || r->since <= t->kernel;
}

bool isa_opcode_known(uint8_t code, const struct isa_target *t)
{
	int k;

	for (k = 0; k < FOLD; k++)
		if (isa_row_in(slots[code * FOLD + k], t))
			return true;
	return false;
}

const char *isa_modifier(uint8_t code)
{
	enum isa_class class = isa_class(code);

	if (class == ISA_CLASS_LDX) {
		if (isa_mode(code) == MODE_ABS || isa_mode(code) == MODE_IND)
			return "probe ";
		if (isa_mode(code) == 0xa0 || isa_mode(code) == 0xc0)
			return "arena ";
	}
	if (class == ISA_CLASS_ST && isa_mode(code) == 0xa0)
		return "arena ";
	if (class == ISA_CLASS_STX && (isa_mode(code) == 0xa0 || isa_mode(code) == 0xe0))
		return "arena ";
	return "";
}

void isa_swap(struct insn *at, size_t n)
{
	for (; n; at++, n--) {
		unsigned dst = at->dst;

		at->dst = at->src;
		at->src = dst & 15;
		at->off = (int16_t)__builtin_bswap16((uint16_t)at->off);
		at->imm = (int32_t)__builtin_bswap32((uint32_t)at->imm);
	}
}

static void table_since(struct str *to, const struct isa_row *r)
{
	if (r->kind == ISA_FOREIGN)
		str_add(to, "never");
	else
		str_addf(to, "%u.%u", r->since >> 8, r->since & 255);
	if (r->kind == ISA_INTERNAL)
		str_add(to, ", internal");
}

void isa_table(struct str *to)
{
	static const char *const sels[] = {"", "off", "imm", "src"};
	const struct isa_row *r;

	str_add(to, "| instruction | opcode | text | word | cpu | kernel "
		    "|\n|---|---|---|---|---|---|\n");
	for (r = rows + 1; r < rows + _ISA_MAX; r++) {
		str_addf(to, "| %s | %02x", r->name, r->code);
		if (r->sel)
			str_addf(to, " %s=%d", sels[r->sel], r->value);
		str_addf(to, " | %s%s%s | %s | ", *r->text ? "`" : "", r->text, *r->text ? "`" : "",
			 r->word);
		if (r->cpu)
			str_addf(to, "v%u", r->cpu);
		str_add(to, " | ");
		table_since(to, r);
		str_add(to, " |\n");
	}
}
