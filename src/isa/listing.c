/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A program as text: one line per instruction, with numbers, bytes and labels on request.
 *
 * Labels go where jumps, calls and function pointers lead, when that is the start of an instruction
 * inside the program; a program with any other target is shown with distances instead, because a
 * label for a place that is not there would not assemble.
 */
#include <inttypes.h>

#include "isa/impl.h"

struct targets {
	struct bits start;  /* slots where an instruction starts */
	struct bits wanted; /* slots that something leads to */
	bool outside;       /* something leads elsewhere */
};

static void find_targets(const struct isa_dis *o, const struct insn *at, size_t n,
			 struct targets *g)
{
	struct isa_target t = {.internal = o->xlated, .foreign = true};
	struct isa_op op;
	size_t pc;

	for (pc = 0; pc < n; pc += op.slots) {
		int64_t to;

		bits_add(&g->start, (uint32_t)pc);
		if (isa_decode(&t, at + pc, n - pc, &op, NULL) < 0) {
			op.slots = 1;
			continue;
		}
		to = (int64_t)pc + op.slots + op.jump;
		if (!isa_has_jump(&op))
			continue;
		if (to < 0 || to >= (int64_t)n)
			g->outside = true;
		else
			bits_add(&g->wanted, (uint32_t)to);
	}
	for (pc = 0; pc < n && !g->outside; pc++)
		g->outside =
			bits_has(&g->wanted, (uint32_t)pc) && !bits_has(&g->start, (uint32_t)pc);
}

static void put_bytes(const struct insn *at, size_t slots, struct str *to)
{
	static const char digit[] = "0123456789abcdef";
	char hex[2 * 3 * sizeof(*at)];
	size_t k, n = 0;

	for (; slots; slots--, at++) {
		uint64_t v = at->code | (uint64_t)at->dst << 8 | (uint64_t)at->src << 12 |
			     (uint64_t)(uint16_t)at->off << 16 | (uint64_t)(uint32_t)at->imm << 32;

		for (k = 0; k < 8; k++, v >>= 8) {
			hex[n++] = digit[v >> 4 & 15];
			hex[n++] = digit[v & 15];
			hex[n++] = ' ';
		}
	}
	str_addn(to, hex, n - 1);
}

static void put_line(const struct isa_dis *o, const struct insn *at, size_t left, uint32_t pc,
		     struct str *to, struct str *scratch, size_t *ret_slots)
{
	str_reset(scratch);
	*ret_slots = isa_dis_one(o, at, left, pc, scratch);
	if (o->pcs)
		str_addf(to, o->style == ISA_STYLE_LLVM ? "%8" PRIu32 ":" : "%4" PRIu32 ":", pc);
	if (o->bytes && o->style == ISA_STYLE_LLVM) {
		str_addc(to, '\t');
		put_bytes(at, *ret_slots, to);
	}
	if (o->pcs || o->bytes || o->labels)
		str_addc(to, o->style == ISA_STYLE_LLVM || !o->pcs ? '\t' : ' ');
	str_addn(to, scratch->s, scratch->n);
	str_addc(to, '\n');
	if (o->bytes && o->style == ISA_STYLE_KERNEL) { /* a line of their own, as bpftool has it */
		str_pad(to, ' ', 7);
		put_bytes(at, *ret_slots, to);
		str_addc(to, '\n');
	}
}

int isa_dis_program(const struct isa_dis *o, const struct insn *at, size_t n, struct str *to)
{
	struct targets g = {0};
	struct isa_dis mine = *o;
	struct str scratch;
	size_t pc, slots;
	int err = 0;

	str_init(&scratch, 4096);
	if (o->labels && n) {
		err = bits_init(&g.start, (uint32_t)n);
		if (!err)
			err = bits_init(&g.wanted, (uint32_t)n);
		if (err)
			goto out;
		find_targets(o, at, n, &g);
		mine.labels = !g.outside;
	}
	for (pc = 0; pc < n && !str_err(to); pc += slots) {
		if (mine.labels && bits_has(&g.wanted, (uint32_t)pc))
			str_addf(to, "L%zu:\n", pc);
		put_line(&mine, at + pc, n - pc, (uint32_t)pc, to, &scratch, &slots);
	}
	err = str_err(&scratch) ? str_err(&scratch) : str_err(to);
out:
	str_done(&scratch);
	bits_done(&g.start);
	bits_done(&g.wanted);
	return err;
}
