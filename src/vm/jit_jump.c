/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Jumps and calls: what does not depend on the machine.
 *
 * This decides in which order things happen around a jump or a call: which sums are computed
 * before, what is forgotten, when the budget is looked at, and where it goes on then. The target
 * has the instructions, each of which is one of its functions here.
 */
#include "vm/jit.h"

/* ---- jumps ---- */

static void jump_back(struct jit *j, uint32_t pc, uint32_t to)
{
	jit_loop_end(j, pc, to);
	if (!j->metered) {
		jit_jump(j, JIT_ALWAYS, to);
		return;
	}
	j->t->use_up(j, pc - to + 1);
	jit_jump(j, j->t->if_left, to);
	jit_jump(j, JIT_ALWAYS, jit_label(j, j->t->emit_ask, pc, to));
}

static void jump(struct jit *j, uint32_t pc, uint32_t to)
{
	jit_leave_block(j, to);
	j->lazy = 0;
	if (to <= pc)
		jump_back(j, pc, to);
	else if (to != pc + 1)
		jit_jump(j, JIT_ALWAYS, to);
}

/* The operation's jump, if the machine's condition says so: behind jit_leave_block(). */
void jit_jump_if(struct jit *j, uint32_t cond, uint32_t pc, uint32_t to)
{
	uint32_t over;

	if (to > pc || !j->metered) {
		if (to <= pc)
			jit_loop_end(j, pc, to);
		jit_jump(j, cond, to);
		return;
	}
	over = jit_label(j, NULL, pc, 0);
	jit_jump(j, j->t->inverse(cond), over);
	jump_back(j, pc, to);
	jit_put_label(j, over);
}

/* ---- calls of C ---- */

static uint32_t failed(struct jit *j, uint32_t pc, enum jit_why why)
{
	return jit_label(j, j->t->emit_failed, pc, why);
}

static void call(struct jit *j, const void *fn, uint32_t to_if_failed)
{
	j->t->call(j, fn);
	j->t->check_err(j, to_if_failed);
}

/* The helper has failed, or another program runs in this frame's place. */
static void emit_tail(struct jit *j, const struct jit_label *l)
{
	uint32_t now = j->now;

	call(j, (const void *)(uintptr_t)jit_tail, failed(j, l->pc, JIT_HELPER));
	j->now = l->back;
	j->t->leave(j);
	j->now = now;
}

static void begin_call(struct jit *j, unsigned reads)
{
	jit_settle_all(j, reads);
	jit_forget_args(j);
	if (j->counts_frames)
		j->t->tell_state(j);
}

static void call_c(struct jit *j, uint32_t pc, const void *fn)
{
	begin_call(j, JIT_ARGS);
	call(j, fn, failed(j, pc, JIT_HELPER));
}

static void call_tail(struct jit *j, uint32_t pc, const void *fn)
{
	unsigned i;

	begin_call(j, JIT_ARGS);
	for (i = 0; i < 3; i++)
		j->t->store_run(j, true, j->t->machine[1 + i],
				offsetof(struct vm_run, native.arg[i]));
	call(j, fn, jit_label(j, emit_tail, pc, j->now));
}

static void call_number(struct jit *j, uint32_t pc, const struct vm_op *op)
{
	j->t->store_run(j, true, j->t->use(j, op->dst), offsetof(struct vm_run, native.id));
	call_c(j, pc, (const void *)(uintptr_t)jit_callx);
}

/* A call that may end the function, as one of a tail call does. */
static void load_packet(struct jit *j, uint32_t pc, const struct vm_op *op, unsigned size)
{
	bool indexed = isa_row(jit_id(op))->form == ISA_FORM_LD_IND;

	begin_call(j, 1u << 6 | (indexed ? 1u << op->src : 0));
	j->t->packet_args(j, op, indexed, size);
	call(j, (const void *)(uintptr_t)vm_packet_load, jit_label(j, emit_tail, pc, j->now));
}

static void call_helper(struct jit *j, uint32_t pc, const struct vm_op *op)
{
	const void *fn = (const void *)(uintptr_t)op->helper;
	struct jit_callee c;

	if (jit_is_tail_call(op)) {
		call_tail(j, pc, fn);
		return;
	}
	switch ((enum jit_call_kind)op->dst) {
	case JIT_CALL_HELPER:
		call_c(j, pc, fn);
		return;
	case JIT_CALL_LEAF:
		jit_settle_all(j, jit_call_args(op));
		jit_forget_args(j);
		j->t->call(j, fn);
		return;
	case JIT_CALL_MAP:
		c = jit_callee(j, pc);
		jit_settle_all(j, JIT_ARGS & ~7u & ((2u << c.args) - 1));
		j->t->call_map(j, &c);
		return;
	case JIT_CALL_ELEM:
		c = jit_callee(j, pc);
		j->t->element(j, pc, c.map, c.inner);
		return;
	case JIT_CALL_FIELD:
		c = jit_callee(j, pc);
		jit_forget_args(j);
		j->t->field(j, &c);
		return;
	}
	bug("call %d", op->dst);
}

/* ---- calls within the program ---- */

static void call_local(struct jit *j, uint32_t pc, const struct vm_op *op)
{
	uint32_t to = jit_to(j, op), here;
	bool framed = jit_group(j, jit_func_at(j, to))->framed;

	jit_leave_block(j, to);
	jit_forget_args(j);
	if (j->counts_frames)
		j->t->check_frames(j, failed(j, pc, JIT_FRAMES));
	if (j->metered) {
		here = jit_label(j, NULL, pc, 0);
		j->t->use_up(j, 1);
		jit_jump(j, j->t->inverse(j->t->if_left), jit_label(j, j->t->emit_ask, pc, here));
		jit_put_label(j, here);
	}
	if (framed)
		j->t->add_to_fp(j, -VM_FRAME_STACK);
	jit_call(j, to);
	if (framed)
		j->t->add_to_fp(j, VM_FRAME_STACK);
}

static void leave(struct jit *j)
{
	j->t->settle(j, 0);
	j->lazy = 0;
	j->t->leave(j);
}

/* ---- one ---- */

/* clang-format off */
void jit_write_flow(struct jit *j, uint32_t pc, const struct vm_op *op)
{
	switch ((int)jit_id(op)) {
	case ISA_JA: case ISA_JA32: jump(j, pc, jit_to(j, op)); break;
	case ISA_CALL: call_helper(j, pc, op); break;
	case ISA_CALL_LOCAL: call_local(j, pc, op); break;
	case ISA_CALLX: call_number(j, pc, op); break;
	case ISA_LD_ABS_U8: case ISA_LD_IND_U8: load_packet(j, pc, op, 1); break;
	case ISA_LD_ABS_U16: case ISA_LD_IND_U16: load_packet(j, pc, op, 2); break;
	case ISA_LD_ABS_U32: case ISA_LD_IND_U32: load_packet(j, pc, op, 4); break;
	case ISA_EXIT: leave(j); break;
	default: /* what vm_load refuses: a test loads one of each row */
		bug("no native code for operation %d", jit_id(op));
	}
}

/* clang-format on */
