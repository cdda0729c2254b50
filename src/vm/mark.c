/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which instructions work with pointers into an arena, for programs that nobody has verified: what
 * addr_space_cast gives is followed forward through moves, 64-bit arithmetic, spills by r10, and calls
 * of the program's functions. A register that may hold such a pointer is taken to hold one, which harms
 * nobody: the access then is within the arena. What a function loads, or a helper returns, is none
 * until it is cast, which is how compilers write it.
 *
 * Facts about an instruction only become more, and each change puts those who follow it on the list
 * again, so this ends: after at most 75 visits of each instruction, for each of RETURNS rounds.
 */
#include "vm/impl.h"

enum { RETURNS = VM_FRAMES_MAX + 1, SLOTS = VM_FRAME_STACK / 8, SAVED = 0x3c0, ARGS = 0x3e };

struct fact {
	uint64_t slots;	 /* of the stack, which hold pointers into the arena */
	uint16_t regs;	 /* the same of registers */
	bool reached, listed;
	bool returns;	 /* of a function's first instruction: it may return one */
	uint32_t func;	 /* where the function begins */
};

struct marks {
	const struct insn *at;
	uint32_t n;
	struct fact *fact; /* owned */
	uint32_t *list;	   /* owned: who is to be looked at (again) */
	uint32_t listed;
	bool returns; /* some function's answer has changed */
};

static void flow_into(struct marks *m, int64_t pc, uint16_t regs, uint64_t slots)
{
	struct fact *f;

	if (pc < 0 || pc >= m->n) /* refused later */
		return;
	f = &m->fact[pc];
	if (f->reached && !(regs & ~f->regs) && !(slots & ~f->slots))
		return;
	f->reached = true;
	f->regs |= regs;
	f->slots |= slots;
	if (!f->listed)
		m->list[m->listed++] = (uint32_t)pc;
	f->listed = true;
}

/* The slot that an access by r10 lies in, or -1. */
static int slot_of(unsigned base, const struct insn *i)
{
	int at = i->off + VM_FRAME_STACK;

	return base == ISA_REG_FP && at >= 0 && at < VM_FRAME_STACK ? at / 8 : -1;
}

/* What dst is after 64-bit arithmetic: a pointer into the arena stays one, whatever is added. */
static bool is_wide_arithmetic(enum isa_form f, const struct insn *i)
{
	return isa_class(i->code) == ISA_CLASS_ALU64 &&
	       (f == ISA_FORM_ALU_R || f == ISA_FORM_ALU_K || f == ISA_FORM_SHIFT_K || f == ISA_FORM_NEG);
}

static uint16_t after(enum isa_id id, const struct insn *i, const struct fact *f)
{
	enum isa_form form = (enum isa_form)isa_row(id)->form;
	uint16_t dst = (uint16_t)(1u << i->dst), src = f->regs >> i->src & 1;
	uint16_t regs = f->regs & (uint16_t)~dst;
	int slot = slot_of(i->src, i);

	if (id == ISA_MOV64_R)
		return src ? regs | dst : regs;
	if (form == ISA_FORM_CAST)
		return i->imm == 1 ? regs | dst : regs;
	if (is_wide_arithmetic(form, i))
		return form == ISA_FORM_ALU_R && src ? f->regs | dst : f->regs;
	if (id == ISA_LDX_U64 && slot >= 0)
		return f->slots >> slot & 1 ? regs | dst : regs;
	switch (form) {
#define DST_ZERO  false
#define DST_READ  false
#define DST_WRITE true
#define DST_BOTH  true
#define FORM(name, dst_is, ...)                                                                    \
	case ISA_FORM_##name:                                                                      \
		regs = DST_##dst_is ? regs : f->regs;                                              \
		break;
#include "isa/form.def"
#undef DST_ZERO
#undef DST_READ
#undef DST_WRITE
#undef DST_BOTH
	case _ISA_FORM_MAX:
		break;
	}
	if (form == ISA_FORM_FETCH)
		regs &= (uint16_t)~(1u << i->src);
	if (form == ISA_FORM_CMPXCHG)
		regs &= (uint16_t)~1u;
	if (form == ISA_FORM_CALL || form == ISA_FORM_CALL_KFUNC || form == ISA_FORM_CALLX)
		regs &= SAVED;
	return regs;
}

static uint64_t slots_after(enum isa_id id, const struct insn *i, const struct fact *f)
{
	enum isa_form form = (enum isa_form)isa_row(id)->form;
	int slot = form == ISA_FORM_ST || form == ISA_FORM_STX ? slot_of(i->dst, i) : -1;
	uint64_t bit = slot >= 0 ? UINT64_C(1) << slot : 0;

	return id == ISA_STX_U64 && f->regs >> i->src & 1 ? f->slots | bit : f->slots & ~bit;
}

static void flow_call(struct marks *m, uint32_t pc, int64_t to, const struct fact *f)
{
	bool returns = to >= 0 && to < m->n && m->fact[to].returns;

	flow_into(m, to, f->regs & ARGS, 0);
	flow_into(m, (int64_t)pc + 1, (uint16_t)((f->regs & SAVED) | returns), f->slots);
}

static void visit(struct marks *m, uint32_t pc)
{
	static const struct isa_target foreign = {.foreign = true};
	struct fact f = m->fact[pc];
	struct isa_why why;
	struct isa_op op;
	uint16_t regs;
	uint64_t slots;

	if (isa_decode(&foreign, &m->at[pc], m->n - pc, &op, &why))
		return; /* refused later */
	if (op.id == ISA_CALL_LOCAL) {
		flow_call(m, pc, (int64_t)pc + 1 + op.jump, &f);
		return;
	}
	if (op.id == ISA_EXIT && f.regs & 1 && !m->fact[f.func].returns)
		m->returns = m->fact[f.func].returns = true;
	regs = after(op.id, &m->at[pc], &f);
	slots = slots_after(op.id, &m->at[pc], &f);
	if (isa_falls_through(&op))
		flow_into(m, (int64_t)pc + op.slots, regs, slots);
	if (op.id == ISA_LD_FUNC) /* what calls it is not known, so neither is what it is given */
		flow_into(m, (int64_t)pc + op.slots + op.jump, 0, 0);
	else if (isa_has_jump(&op))
		flow_into(m, (int64_t)pc + op.slots + op.jump, regs, slots);
}

static void find_functions(struct marks *m)
{
	uint32_t pc, func = 0;

	for (pc = 0; pc < m->n; pc++) {
		int64_t to = (int64_t)pc + 1 + m->at[pc].imm;

		if (isa_find(&m->at[pc]) == ISA_CALL_LOCAL && to >= 0 && to < m->n)
			m->fact[to].func = 1;
	}
	for (pc = 0; pc < m->n; pc++)
		m->fact[pc].func = func = m->fact[pc].func ? pc : func;
}

static void follow(struct marks *m)
{
	int round;
	uint32_t pc;

	flow_into(m, 0, 0, 0);
	for (round = 0; round < RETURNS && m->listed; round++) {
		while (m->listed) {
			pc = m->list[--m->listed];
			m->fact[pc].listed = false;
			visit(m, pc);
		}
		for (pc = 0; m->returns && pc < m->n; pc++)
			if (m->fact[pc].reached && isa_find(&m->at[pc]) == ISA_CALL_LOCAL)
				visit(m, pc);
		m->returns = false;
	}
}

static bool uses_arena(const struct insn *i, const struct fact *f)
{
	enum isa_id id = isa_find(i);
	enum isa_form form = id ? (enum isa_form)isa_row(id)->form : _ISA_FORM_MAX;
	bool src = f->regs >> i->src & 1, dst = f->regs >> i->dst & 1;

	if (form == ISA_FORM_LDX || form == ISA_FORM_LOAD_ACQ)
		return src;
	if (form >= ISA_FORM_ST && form <= ISA_FORM_STORE_REL)
		return dst;
	return is_wide_arithmetic(form, i) && (dst || (form == ISA_FORM_ALU_R && src));
}

int vm_find_arena(const struct insn *at, uint32_t n, struct bits *arena)
{
	struct marks m = {.at = at, .n = n};
	int err = bits_init(arena, n);
	uint32_t pc;

	m.fact = mem_alloc_array(n, sizeof(*m.fact));
	m.list = mem_alloc_array(n, sizeof(*m.list));
	if (!err && (!m.fact || !m.list))
		err = -ENOMEM;
	if (!err) {
		find_functions(&m);
		follow(&m);
	}
	for (pc = 0; !err && pc < n; pc++)
		if (m.fact[pc].reached && uses_arena(&at[pc], &m.fact[pc]))
			bits_add(arena, pc);
	mem_free(m.fact);
	mem_free(m.list);
	return err;
}
