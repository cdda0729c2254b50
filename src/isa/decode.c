/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Bytes to operations, and what the kernel refuses about an encoding, in its words.
 *
 * The verifier looks at an instruction in two stages, and an encoding with several faults is
 * refused for the first one in this order:
 *   1  over the whole program: 64-bit loads and the opcode table (kernel: resolve_pseudo_ldimm64(),
 *	check_and_resolve_insns() from 7.1 on, where all registers come first)
 *   2  instruction by instruction: fields that must be zero, registers, the values of immediates
 *	(check_alu_op(), check_cond_jmp_op(), check_atomic() ...; check_insn_fields() from 7.1 on)
 * Both are driven by the shapes of form.def; the code here is what the shapes do not say. A row
 * newer than the target is treated as absent, and that yields what the older kernel says.
 */
#include <stdio.h>

#include "isa/impl.h"

static const struct {
	const char *text;
	int err;
} reasons[_ISA_WHY_MAX] = {
#define REASON(n, e, t) [ISA_WHY_##n] = {t, e},
#include "isa/reason.def"
};

static const struct isa_target newest;

static bool since(const struct isa_target *t, uint32_t kernel)
{
	return !t->kernel || t->kernel >= kernel;
}

/* The kernel's sentence, with the numbers in the place of its %d and %02x. */
static void reason_text(char *to, size_t size, const char *text, const int32_t *number)
{
	size_t n = 0, used = 0; /* no sentence has more than two numbers */

	for (; *text && n + 1 < size; text++) {
		if (*text != '%') {
			to[n++] = *text;
			continue;
		}
		n += (size_t)snprintf(to + n, size - n, text[1] == 'd' ? "%d" : "%02x", number[used++ & 1]);
		n = MIN(n, size - 1);
		text += text[1] == 'd' ? 1 : 3;
	}
	to[n] = 0;
}

static int refuse_two(struct isa_why *why, enum isa_reason reason, int32_t first, int32_t second)
{
	if (why) {
		why->reason = reason;
		why->err = reasons[reason].err;
		reason_text(why->text, sizeof(why->text), reasons[reason].text,
			    (const int32_t[]){first, second});
	}
	return -EINVAL;
}

static int refuse(struct isa_why *why, enum isa_reason reason, int32_t number)
{
	return refuse_two(why, reason, number, 0);
}

/* ---- registers ------------------------------------------------------------------------------- */

/*
 * From 7.2 on, arguments behind the fifth are stored below r11 by the caller and loaded from above
 * r11 by the function, eight bytes each; as nothing else can r11 be used.
 */
static bool is_stack_argument(const struct isa_target *t, const struct insn *i, bool is_dst)
{
	if (!since(t, ISA_KERNEL(7, 2)) || i->off % 8)
		return false;
	return is_dst ? (i->code == 0x7a || i->code == 0x7b) && i->off < 0
		      : i->code == 0x79 && i->off > 0;
}

/* In rewritten programs the kernel has a scratch register of its own: r11, r12 from 7.2. */
static bool reg_ok(const struct isa_target *t, const struct insn *i, unsigned reg, bool is_dst)
{
	if (reg < ISA_REG_MAX)
		return true;
	if (t->internal)
		return reg <= ISA_REG_MAX + (unsigned)since(t, ISA_KERNEL(7, 2));
	return reg == ISA_REG_MAX && is_stack_argument(t, i, is_dst);
}

static int check_reg(const struct isa_target *t, const struct insn *i, bool is_dst,
		     struct isa_why *why)
{
	unsigned reg = is_dst ? i->dst : i->src;

	return reg_ok(t, i, reg, is_dst) ? 0 : refuse(why, ISA_WHY_REGISTER, (int32_t)reg);
}

static bool is_reg(uint8_t field)
{
	return field == FIELD_READ || field == FIELD_WRITE || field == FIELD_BOTH;
}

static int check_regs(const struct isa_target *t, const struct insn *i, const struct isa_shape *s,
		      struct isa_why *why)
{
	int err = is_reg(s->src) ? check_reg(t, i, false, why) : 0;

	if (!err && is_reg(s->dst))
		err = check_reg(t, i, true, why);
	return err;
}

/* ---- the first stage ------------------------------------------------------------------------- */

static int check_mem_mode(const struct isa_target *t, const struct insn *i, struct isa_why *why)
{
	enum isa_class class = isa_class(i->code);
	unsigned mode = isa_mode(i->code);
	bool known = mode == MODE_MEM || t->internal;

	if (class == ISA_CLASS_LDX) {
		known |= mode == MODE_MEMSX && since(t, ISA_KERNEL(6, 6));
		if (!known || i->imm)
			return refuse(why, ISA_WHY_LDX_RESERVED, 0);
	}
	if (class == ISA_CLASS_STX && !since(t, ISA_KERNEL(5, 12))) {
		known |= mode == MODE_ATOMIC;
		if (!known || i->imm)
			return refuse(why, ISA_WHY_STX_RESERVED, 0);
	}
	return 0;
}

static int check_ld_imm64(const struct isa_target *t, const struct insn *i, size_t left,
			  struct isa_why *why)
{
	enum isa_id id = isa_find(i);

	if (left < 2 || i[1].code || i[1].dst || i[1].src || i[1].off)
		return refuse(why, ISA_WHY_LD_IMM64_SHAPE, 0);
	if (i->off && since(t, ISA_KERNEL(7, 1)))
		return refuse(why, ISA_WHY_LD_IMM64_RESERVED, 0);
	if (!isa_row_in(id, t))
		return refuse(why, ISA_WHY_LD_IMM64_SRC, 0);
	if ((id == ISA_LD_MAP_FD || id == ISA_LD_MAP_IDX) && i[1].imm && !t->internal)
		return refuse(why, ISA_WHY_LD_IMM64_SRC, 0);
	return 0;
}

static int check_program_stage(const struct isa_target *t, const struct insn *i, size_t left,
			       struct isa_why *why)
{
	int err;

	if (since(t, ISA_KERNEL(7, 1))) {
		err = check_reg(t, i, true, why);
		if (!err)
			err = check_reg(t, i, false, why);
	} else {
		err = check_mem_mode(t, i, why);
	}
	if (err)
		return err;
	if (isa_is_ld_imm64(i))
		return check_ld_imm64(t, i, left, why);
	/* gotol was in the table before it worked (6.1 lets one pass that leads nowhere) */
	if (i->code == 0x06 && !since(t, ISA_KERNEL(6, 6)) && since(t, ISA_KERNEL(6, 1)))
		return refuse(why, ISA_WHY_JA_RESERVED, 0);
	if (!isa_opcode_known(i->code, t))
		return refuse(why, ISA_WHY_UNKNOWN_OPCODE, i->code);
	return 0;
}

/* ---- the second stage ------------------------------------------------------------------------ */

/* Until 6.13 a may_goto had to lead somewhere else than to the next instruction. */
static int check_may_goto(const struct isa_target *t, const struct insn *i, struct isa_why *why)
{
	bool zero_ok = since(t, ISA_KERNEL(6, 14));

	if (!i->src && !i->dst && !i->imm && (i->off || zero_ok))
		return 0;
	if (zero_ok)
		return refuse(why, ISA_WHY_MAY_GOTO_RESERVED, i->imm);
	return refuse_two(why, ISA_WHY_MAY_GOTO_OFF, i->off, i->imm);
}

/* The opcode is there, but the field that selects the row has a value that no row has. */
static int refuse_selection(const struct isa_target *t, const struct insn *i, struct isa_why *why)
{
	struct insn probe = *i;

	switch (isa_class(i->code)) {
	case ISA_CLASS_ALU:
	case ISA_CLASS_ALU64:
		if ((i->code & 0xf0) == 0xd0)
			return refuse(why, ISA_WHY_END_RESERVED, 0);
		if ((i->code & 0xf0) == 0xb0)
			return refuse(why, ISA_WHY_MOV_RESERVED, 0);
		return refuse(why, ISA_WHY_ALU_RESERVED, 0);
	case ISA_CLASS_STX:
		probe.code = (uint8_t)(isa_mode(i->code) | ISA_SIZE_W | ISA_CLASS_STX);
		if (isa_row_in(isa_find(&probe), t))
			return refuse(why, ISA_WHY_ATOMIC_SIZE, 0);
		return refuse(why, ISA_WHY_ATOMIC_OPCODE, i->imm);
	case ISA_CLASS_JMP:
		if (i->code == 0xe5)
			return check_may_goto(t, i, why);
		return refuse(why, ISA_WHY_CALL_RESERVED, 0);
	case ISA_CLASS_LD:
	case ISA_CLASS_LDX:
	case ISA_CLASS_ST:
	case ISA_CLASS_JMP32:
		break;
	}
	bug("opcode %02x has no selecting field", i->code);
}

static int check_fields(const struct isa_target *t, const struct insn *i, enum isa_id id,
			struct isa_why *why)
{
	const struct isa_shape *s = &isa_shapes[isa_row(id)->form];

	if (id == ISA_MAY_GOTO)
		return check_may_goto(t, i, why);
	if ((s->dst == FIELD_ZERO && i->dst) || (s->src == FIELD_ZERO && i->src) ||
	    (s->off == FIELD_ZERO && i->off) || (s->imm == FIELD_ZERO && i->imm)) {
		if (t->internal && id == ISA_CALL_LOCAL)
			return 0; /* there the kernel keeps the distance in off */
		if (t->internal && id == ISA_MOV32_R && i->imm == 1 && !i->off)
			return 0; /* its own zero extension */
		return refuse(why, s->why, i->imm);
	}
	if (s->imm == FIELD_SPACES && i->imm != 1 && i->imm != 1 << 16)
		return refuse(why, ISA_WHY_CAST_SPACES, 0);
	return 0;
}

static int check_imm(const struct isa_target *t, const struct insn *i, const struct isa_shape *s,
		     struct isa_why *why)
{
	int32_t width = isa_is32(i->code) ? 32 : 64;

	if (t->any_count) /* RFC 9669: the count is masked, and x / 0 is 0 */
		return 0;
	if (s->imm == FIELD_DIVISOR && !i->imm)
		return refuse(why, ISA_WHY_DIV_BY_ZERO, 0);
	if (s->imm == FIELD_SHIFT && (i->imm < 0 || i->imm >= width))
		return refuse(why, ISA_WHY_SHIFT, i->imm);
	return 0;
}

static int check(const struct isa_target *t, const struct insn *i, size_t left, enum isa_id *ret_id,
		 struct isa_why *why)
{
	int err = check_program_stage(t, i, left, why);
	const struct isa_shape *s;
	enum isa_id id;

	if (err)
		return err;
	id = isa_find(i);
	if (!isa_row_in(id, t))
		return refuse_selection(t, i, why);
	s = &isa_shapes[isa_row(id)->form];
	/* kernel: check_cond_jmp_op() looks at dst first, but did not in 5.10 */
	if (s->why == ISA_WHY_JMP_RESERVED && since(t, ISA_KERNEL(6, 1)))
		err = check_reg(t, i, true, why);
	if (!err)
		err = check_fields(t, i, id, why);
	if (!err)
		err = check_regs(t, i, s, why);
	if (!err)
		err = check_imm(t, i, s, why);
	if (!err)
		*ret_id = id;
	return err;
}

/* ---- operations ------------------------------------------------------------------------------ */

static int32_t jump_of(const struct isa_op *op)
{
	switch (op->form) {
	case ISA_FORM_JCC_R:
	case ISA_FORM_JCC_K:
	case ISA_FORM_JA:
	case ISA_FORM_MAY_GOTO:
		return op->off;
	case ISA_FORM_JA32:
	case ISA_FORM_CALL_LOCAL:
		return op->imm;
	case ISA_FORM_LD_IMM64: /* counts from the first of its two slots */
		return op->id == ISA_LD_FUNC ? (int32_t)((uint32_t)op->imm - 1) : 0;
#define NO(f) case ISA_FORM_##f:
		NO(ALU_R)
		NO(ALU_K) NO(SHIFT_K) NO(DIV_K) NO(NEG) NO(END) NO(MOV_R) NO(MOV_K) NO(CAST)
			NO(PERCPU) NO(LDX) NO(ST) NO(STX) NO(LOCK) NO(FETCH) NO(CMPXCHG)
				NO(LOAD_ACQ) NO(STORE_REL) NO(LD_ABS) NO(LD_IND) NO(JX) NO(CALL)
					NO(CALL_KFUNC) NO(CALLX) NO(EXIT) NO(NOSPEC)
#undef NO
						case _ISA_FORM_MAX : break;
	}
	return 0;
}

int isa_decode(const struct isa_target *t, const struct insn *at, size_t left,
	       struct isa_op *ret_op, struct isa_why *ret_why)
{
	enum isa_id id = ISA_NONE;
	int err = check(t ? t : &newest, at, left, &id, ret_why);

	if (err)
		return err;
	*ret_op = (struct isa_op){
		.id = id,
		.form = isa_row(id)->form,
		.code = at->code,
		.dst = at->dst,
		.src = at->src,
		.off = at->off,
		.imm = at->imm,
		.imm64 = at->imm,
		.slots = 1,
	};
	if (isa_is_ld_imm64(at)) {
		ret_op->slots = 2;
		ret_op->imm64 = (int64_t)((uint64_t)(uint32_t)at[1].imm << 32 | (uint32_t)at->imm);
	}
	ret_op->jump = jump_of(ret_op);
	return 0;
}

bool isa_has_jump(const struct isa_op *op)
{
	return op->form == ISA_FORM_JCC_R || op->form == ISA_FORM_JCC_K || op->id == ISA_JA ||
	       op->id == ISA_JA32 || op->id == ISA_MAY_GOTO || op->id == ISA_CALL_LOCAL ||
	       op->id == ISA_LD_FUNC;
}

bool isa_falls_through(const struct isa_op *op)
{
	return op->id != ISA_JA && op->id != ISA_JA32 && op->id != ISA_JX && op->id != ISA_EXIT;
}
