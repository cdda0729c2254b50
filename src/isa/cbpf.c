/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Classic BPF: its table, and the check that every filter must pass. kernel: bpf_check_classic(),
 * check_load_and_stores(), which refuse without a word; the words are ours.
 */
#include "isa/cbpf.h"

static const struct cbpf_row rows[] = {
#define CBPF(name, code, form) {name, code, CBPF_##form},
#include "isa/cbpf.def"
};

static const struct cbpf_ancillary ancillaries[] = {
#define ANCILLARY(name, k, ctx, swap) {name, k, ctx, swap},
#include "isa/cbpf.def"
};

const struct cbpf_row *cbpf_row(uint16_t code)
{
	size_t k;

	for (k = 0; k < ARRAY_LEN(rows); k++)
		if (rows[k].code == code)
			return &rows[k];
	return NULL;
}

static bool same(const char *name, const char *s, size_t len)
{
	return len && !strncmp(name, s, len) && !name[len];
}

const struct cbpf_row *cbpf_row_named(const char *name, size_t len, enum cbpf_form form)
{
	size_t k;

	for (k = 0; k < ARRAY_LEN(rows); k++)
		if (rows[k].form == form && same(rows[k].name, name, len))
			return &rows[k];
	return NULL;
}

const struct cbpf_ancillary *cbpf_ancillary(uint32_t k)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(ancillaries); i++)
		if (ancillaries[i].k == k - CBPF_AD_OFF)
			return &ancillaries[i];
	return NULL;
}

const struct cbpf_ancillary *cbpf_ancillary_named(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(ancillaries); i++)
		if (same(ancillaries[i].name, name, len))
			return &ancillaries[i];
	return NULL;
}

void cbpf_code_done(struct cbpf_code *c)
{
	mem_free(c->at);
	*c = (struct cbpf_code){0};
}

/* ---- checking -------------------------------------------------------------------------------- */

struct checker {
	const char *name;
	const struct cbpf_insn *at;
	size_t n;
	struct diag *d;
};

static int check_operand(const struct checker *c, size_t pc, const struct cbpf_row *r)
{
	const struct cbpf_insn *i = &c->at[pc];
	struct diag_where where = diag_pc(c->name, pc);
	unsigned op = i->code & 0xf0;

	if ((i->code & 7) == C_ALU && r->form == CBPF_DEC) {
		if ((op == 0x30 || op == 0x90) && !i->k)
			return diag_error(c->d, "cbpf.divisor", where, "%s by zero", r->name);
		if ((op == 0x60 || op == 0x70) && i->k >= 32)
			return diag_error(c->d, "cbpf.shift", where, "shift by %u: A has 32 bits",
					  i->k);
	}
	if (r->form == CBPF_MEM && i->k >= CBPF_MEM_WORDS)
		return diag_error(c->d, "cbpf.memory", where,
				  "M[%u] is out of range: there are M[0] to "
				  "M[%d]",
				  i->k, CBPF_MEM_WORDS - 1);
	if (r->form == CBPF_ABS && i->k >= CBPF_AD_OFF && !cbpf_ancillary(i->k))
		return diag_error(c->d, "cbpf.ancillary", where,
				  "there is no ancillary data at 0x%x", i->k);
	return 0;
}

static int check_jump(const struct checker *c, size_t pc, const struct cbpf_row *r)
{
	const struct cbpf_insn *i = &c->at[pc];
	size_t left = c->n - pc - 1, far;

	if (r->form != CBPF_JA && r->form != CBPF_JCC_K && r->form != CBPF_JCC_X)
		return 0;
	far = r->form == CBPF_JA ? i->k : MAX(i->jt, i->jf);
	if (far < left)
		return 0;
	return diag_error(c->d, "cbpf.jump", diag_pc(c->name, pc),
			  "the jump leads %zu instructions past the next, and %zu follow it", far,
			  left);
}

/* M[] words must be written before they are read, on every way there. */
static int check_memory(const struct checker *c)
{
	uint16_t written[CBPF_INSNS_MAX], valid = 0;
	size_t pc;

	memset(written, 0xff, sizeof(written));
	for (pc = 0; pc < c->n; pc++) {
		const struct cbpf_insn *i = &c->at[pc];
		const struct cbpf_row *r = cbpf_row(i->code);

		valid &= written[pc];
		if ((i->code & 7) == C_ST || (i->code & 7) == C_STX) {
			valid |= (uint16_t)(1u << i->k);
		} else if (r->form == CBPF_MEM && !(valid >> i->k & 1)) {
			return diag_error(c->d, "cbpf.unwritten", diag_pc(c->name, pc),
					  "M[%u] may be read here before it was written", i->k);
		} else if (r->form == CBPF_JA) {
			written[pc + 1 + i->k] &= valid;
			valid = UINT16_MAX;
		} else if (r->form == CBPF_JCC_K || r->form == CBPF_JCC_X) {
			written[pc + 1 + i->jt] &= valid;
			written[pc + 1 + i->jf] &= valid;
			valid = UINT16_MAX;
		}
	}
	return 0;
}

int cbpf_check(const char *name, const struct cbpf_insn *at, size_t n, struct diag *d)
{
	struct checker c = {name, at, n, d};
	size_t pc;
	int err = 0;

	if (!n || n > CBPF_INSNS_MAX)
		return diag_error(d, "cbpf.length", diag_file(name),
				  "%zu instructions: a filter has 1 to %d", n, CBPF_INSNS_MAX);
	for (pc = 0; pc < n && !err; pc++) {
		const struct cbpf_row *r = cbpf_row(at[pc].code);

		if (!r)
			return diag_error(d, "cbpf.code", diag_pc(name, pc),
					  "unknown opcode 0x%02x", at[pc].code);
		err = check_operand(&c, pc, r);
		if (!err)
			err = check_jump(&c, pc, r);
	}
	if (!err && (at[n - 1].code & 7) != C_RET)
		err = diag_error(d, "cbpf.end", diag_pc(name, n - 1),
				 "the last instruction must be a ret");
	return err ? err : check_memory(&c);
}
