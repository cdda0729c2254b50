/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * x86-64: jumps, calls, the way in and out.
 *
 * A backward jump takes its instructions from r12 and goes on while something is left; behind all
 * code stands what asks for more. A function keeps of r6..r9 what it writes on the native stack,
 * and on top of it the run, if it calls helpers, which do not keep rdi. Whoever must end at once
 * loads the stack pointer with which the code was entered.
 */
#include "vm/x64.h"

#define LOOPS_FIELD(f)                                                                             \
	((struct mem){RBP, NOREG, 0, VM_LOOPS_AT + (int)offsetof(struct vm_loops, f)})

/* ---- jumps ---- */

void x64_leave_block(struct jit *j, uint32_t to)
{
	x64_settle_all(j, j->insn[to].live);
}

static uint32_t why(enum jit_why w, uint32_t pc)
{
	return (uint32_t)w << 24 | pc;
}

static void emit_leave_early(struct jit *j, const struct jit_label *l)
{
	unsigned r;

	(void)l;
	rm(j, true, 0x8b, RSP, &RUN_FIELD(native.sp));
	rm(j, true, 0x8b, R10, &(struct mem){RSP, NOREG, 0, 0});
	for (r = 0; r < (j->framed ? ISA_REG_MAX : ISA_REG_FP); r++)
		rm(j, true, 0x89, machine[r], &(struct mem){R10, NOREG, 0, (int32_t)(8 * r)});
	rm(j, false, 0x89, R11, &RUN_FIELD(native.why));
	jit_jump(j, JIT_ALWAYS, j->leave);
}

static uint32_t fail_label(struct jit *j)
{
	if (!j->fail)
		j->fail = jit_label(j, emit_leave_early, 0, 0);
	return j->fail;
}

static const uint8_t volatiles[] = {RAX, RSI, RDX, RCX, R8, R9, RDI, R11};

/* Around a call of a C function that programs do not know of. */
static void keep_all(struct jit *j)
{
	unsigned i;

	for (i = 0; i < ARRAY_LEN(volatiles); i++)
		push(j, volatiles[i]);
	mov(j, true, RAX, RSP);
	alu_imm(j, true, AND, RSP, -16);
	push(j, RAX);
	push(j, RAX);
}

static void restore_all(struct jit *j)
{
	unsigned i;

	for (i = ARRAY_LEN(volatiles); i-- > 0;)
		pop(j, volatiles[i]);
}

/* Calls jit_more() with all registers kept, and goes on if there is more. */
static void emit_more(struct jit *j, const struct jit_label *l)
{
	(void)l;
	keep_all(j);
	mov(j, true, RSI, LEFT);
	jit_call_abs(j, (const void *)(uintptr_t)jit_more);
	pop(j, RSP);
	mov(j, true, LEFT, RAX);
	restore_all(j);
	rr(j, true, 0x85, LEFT, LEFT);
	jit_jump(j, O_EQ, fail_label(j));
	put(j, 0xc3);
}

static void emit_ask(struct jit *j, const struct jit_label *l)
{
	if (!j->more)
		j->more = jit_label(j, emit_more, 0, 0);
	mov_imm(j, R11, why(JIT_ENDED, l->pc));
	jit_call(j, j->more);
	jit_jump(j, JIT_ALWAYS, l->back);
}

static void jump_back(struct jit *j, uint32_t pc, uint32_t to)
{
	jit_loop_end(j, pc, to);
	if (!j->metered) {
		jit_jump(j, JIT_ALWAYS, to);
		return;
	}
	alu_imm(j, true, SUB, LEFT, (int32_t)(pc - to + 1));
	jit_jump(j, O_GREATER, to);
	jit_jump(j, JIT_ALWAYS, jit_label(j, emit_ask, pc, to));
}

void x64_jump(struct jit *j, uint32_t pc, uint32_t to)
{
	x64_leave_block(j, to);
	j->lazy = 0;
	if (to <= pc)
		jump_back(j, pc, to);
	else if (to != pc + 1)
		jit_jump(j, JIT_ALWAYS, to);
}

void x64_jump_if(struct jit *j, unsigned cond, uint32_t pc, uint32_t to)
{
	uint32_t over;

	if (to > pc || !j->metered) {
		if (to <= pc)
			jit_loop_end(j, pc, to);
		jit_jump(j, (uint8_t)cond, to);
		return;
	}
	over = jit_label(j, NULL, pc, 0);
	jit_jump(j, (uint8_t)(cond ^ 1), over);
	jump_back(j, pc, to);
	jit_put_label(j, over);
}

/* Calls vm_loops_look() with all registers kept. */
static void emit_look(struct jit *j, const struct jit_label *l)
{
	(void)l;
	keep_all(j);
	lea(j, true, RDI, &LOOPS_FIELD(count));
	jit_call_abs(j, (const void *)(uintptr_t)vm_loops_look);
	pop(j, RSP);
	restore_all(j);
	put(j, 0xc3);
}

static void emit_ask_clock(struct jit *j, const struct jit_label *l)
{
	if (!j->look)
		j->look = jit_label(j, emit_look, 0, 0);
	jit_call(j, j->look);
	jit_jump(j, JIT_ALWAYS, l->back);
}

void x64_may_goto(struct jit *j, uint32_t pc, uint32_t to)
{
	uint32_t back = jit_label(j, NULL, pc, 0);

	x64_leave_block(j, to);
	rm(j, true, 0x83, CMP, &LOOPS_FIELD(count));
	put(j, 0);
	x64_jump_if(j, O_EQ, pc, to);
	rm(j, true, 0xff, 1, &LOOPS_FIELD(count));
	jit_jump(j, O_EQ, jit_label(j, emit_ask_clock, pc, back));
	jit_put_label(j, back);
	j->flags_at = 0;
}

/* The flags of the instruction before may already tell. */
static bool flags_tell(const struct jit *j, bool wide, unsigned cond, unsigned r)
{
	if (!j->flags_at || j->flags_at != jit_here(j).at || j->flags_reg != r || x64_is_lazy(j, r))
		return false;
	if (j->flags_wide == wide)
		return cond == O_EQ || cond == O_NE || cond == O_LESS || cond == O_GREATER_EQ;
	return wide && (cond == O_EQ || cond == O_NE);
}

/* Sets the flags for dst against the constant; which condition then tells. */
static unsigned compare_imm(struct jit *j, bool wide, unsigned cond, const struct vm_op *op)
{
	unsigned a;

	if (cond != O_TEST && !op->imm && flags_tell(j, wide, cond, op->dst))
		return cond == O_LESS ? O_NEG : cond == O_GREATER_EQ ? O_POS : cond;
	a = x64_use(j, op->dst);
	if (cond == O_TEST)
		test_imm(j, wide, a, op->imm);
	else if (!op->imm)
		rr(j, wide, 0x85, a, a);
	else
		alu_imm(j, wide, CMP, a, op->imm);
	return cond;
}

void x64_branch(struct jit *j, bool wide, unsigned cond, uint32_t pc, const struct vm_op *op,
		   bool imm)
{
	unsigned a, b = R11;

	x64_leave_block(j, jit_to(j, op));
	if (imm && !j->blind) {
		cond = compare_imm(j, wide, cond, op);
	} else {
		if (imm)
			x64_constant(j, wide, R11, op->imm);
		else
			b = x64_use(j, op->src);
		a = x64_use(j, op->dst);
		if (cond == O_TEST)
			rr(j, wide, 0x85, b, a);
		else
			alu(j, wide, CMP, a, b);
	}
	x64_jump_if(j, cond == O_TEST ? O_NE : cond, pc, jit_to(j, op));
}

/* ---- calls ---- */

/* What a function keeps on the native stack: registers it writes, and the run on top. */
struct frame {
	uint8_t reg[8];
	unsigned n;
};

static struct frame frame_of(const struct jit_func *g)
{
	struct frame f = {.n = 0};
	unsigned i;

	for (i = 0; g->called && i < ARRAY_LEN(saved); i++) {
		if (g->writes >> saved[i] & 1)
			f.reg[f.n++] = machine[saved[i]];
	}
	if (g->helps)
		f.reg[f.n++] = RUN;
	if (g->aligned && f.n % 2 == 0)
		f.reg[f.n++] = RUN;
	return f;
}

void x64_entry(struct jit *j, const struct jit_func *g)
{
	struct frame f = frame_of(g);
	unsigned i;

	for (i = 0; i < f.n; i++)
		push(j, f.reg[i]);
	if (!g->loops)
		return;
	rm(j, true, 0xc7, 0, &LOOPS_FIELD(count));
	put32(j, VM_LOOPS);
	rm(j, true, 0xc7, 0, &LOOPS_FIELD(since));
	put32(j, 0);
}

static void leave_function(struct jit *j)
{
	struct frame f = frame_of(jit_group(j, j->now));

	while (f.n-- > 0)
		pop(j, f.reg[f.n]);
	put(j, 0xc3);
}

static void emit_failed(struct jit *j, const struct jit_label *l)
{
	mov_imm(j, R11, why((enum jit_why)l->back, l->pc));
	jit_jump(j, JIT_ALWAYS, fail_label(j));
}

/* Callbacks and tail calls want to know how far the stack and the budget are used. */
static void tell_state(struct jit *j)
{
	if (!j->counts_frames)
		return;
	lea(j, true, R11, &(struct mem){RBP, NOREG, 0, -VM_FRAME_STACK});
	rm(j, true, 0x89, R11, &RUN_FIELD(stack_lo));
	if (j->metered)
		rm(j, true, 0x89, LEFT, &RUN_FIELD(native.left));
}

static void after_call(struct jit *j)
{
	rm(j, true, 0x8b, RUN, &(struct mem){RSP, NOREG, 0, 0});
	if (j->counts_frames && j->metered)
		rm(j, true, 0x8b, LEFT, &RUN_FIELD(native.left));
	rm(j, false, 0x83, CMP, &RUN_FIELD(err));
	put(j, 0);
}

void x64_forget_args(struct jit *j)
{
	unsigned r;

	j->flags_at = 0;

	for (r = 0; r <= 5; r++)
		x64_change(j, r, false);
}

/* The helper has failed, or another program runs in this frame's place. */
static void emit_tail(struct jit *j, const struct jit_label *l)
{
	uint32_t now = j->now;

	jit_call_abs(j, (const void *)(uintptr_t)jit_tail);
	after_call(j);
	jit_jump(j, O_NE, jit_label(j, emit_failed, l->pc, JIT_HELPER));
	j->now = l->back;
	leave_function(j);
	j->now = now;
}

void x64_call_c(struct jit *j, uint32_t pc, const void *fn)
{
	x64_settle_all(j, 0x3e);
	x64_forget_args(j);
	tell_state(j);
	jit_call_abs(j, fn);
	after_call(j);
	jit_jump(j, O_NE, jit_label(j, emit_failed, pc, JIT_HELPER));
}

void x64_call_tail(struct jit *j, uint32_t pc, const void *fn)
{
	x64_settle_all(j, 0x3e);
	x64_forget_args(j);
	tell_state(j);
	rm(j, true, 0x89, RSI, &RUN_FIELD(native.arg[0]));
	rm(j, true, 0x89, RDX, &RUN_FIELD(native.arg[1]));
	rm(j, true, 0x89, RCX, &RUN_FIELD(native.arg[2]));
	jit_call_abs(j, fn);
	after_call(j);
	jit_jump(j, O_NE, jit_label(j, emit_tail, pc, j->now));
}

void x64_call_number(struct jit *j, uint32_t pc, const struct vm_op *op)
{
	unsigned id = x64_use(j, op->dst);

	rm(j, true, 0x89, id, &RUN_FIELD(native.id));
	x64_call_c(j, pc, (const void *)(uintptr_t)jit_callx);
}

/* A call that may end the function, as one of a tail call does. */
void x64_load_packet(struct jit *j, uint32_t pc, const struct vm_op *op, unsigned size)
{
	bool indexed = isa_row(jit_id(op))->form == ISA_FORM_LD_IND;

	x64_settle_all(j, 1u << 6 | (indexed ? 1u << op->src : 0));
	x64_forget_args(j);
	tell_state(j);
	x64_constant(j, true, R11, op->imm);
	if (indexed)
		alu(j, true, ADD, R11, machine[op->src]);
	mov(j, true, machine[1], machine[6]);
	mov(j, true, machine[2], R11);
	mov_imm(j, machine[3], size);
	jit_call_abs(j, (const void *)(uintptr_t)vm_packet_load);
	after_call(j);
	jit_jump(j, O_NE, jit_label(j, emit_tail, pc, j->now));
}

void x64_call_local(struct jit *j, uint32_t pc, const struct vm_op *op)
{
	uint32_t to = jit_to(j, op), func = jit_func_at(j, to), here;
	bool framed = jit_group(j, func)->framed;

	x64_settle_all(j, j->insn[to].live);
	x64_forget_args(j);
	if (j->counts_frames) {
		rm(j, true, CMP << 3 | 3, RBP, &RUN_FIELD(native.floor));
		jit_jump(j, O_BELOW_EQ, jit_label(j, emit_failed, pc, JIT_FRAMES));
	}
	if (j->metered) {
		here = jit_label(j, NULL, pc, 0);
		rr(j, true, 0xff, 1, LEFT);
		jit_jump(j, O_LESS_EQ, jit_label(j, emit_ask, pc, here));
		jit_put_label(j, here);
	}
	if (framed)
		alu_imm(j, true, SUB, RBP, VM_FRAME_STACK);
	jit_call(j, to);
	if (framed)
		alu_imm(j, true, SUB, RBP, -VM_FRAME_STACK);
}

void x64_leave(struct jit *j)
{
	x64_settle(j, 0);
	j->lazy = 0;
	leave_function(j);
}

/*
 * The way in: enter(run, r, code) calls the code with r1..r5 and r10 from r and all else that it
 * may read 0, and returns r0. The registers are kept that the program's functions write without
 * keeping.
 */
void x64_begin(struct jit *j)
{
	uint8_t kept[8];
	unsigned n = 0, i;

	for (i = 0; i < ARRAY_LEN(saved); i++) {
		if (j->writes >> saved[i] & 1 || j->reads_at_entry >> saved[i] & 1)
			kept[n++] = machine[saved[i]];
	}
	if (j->framed)
		kept[n++] = RBP;
	if (j->metered)
		kept[n++] = LEFT;
	kept[n++] = RSI; /* emit_leave_early() finds r on top */
	if (n % 2 == 0)
		kept[n++] = RSI;
	for (i = 0; i < n; i++)
		push(j, kept[i]);
	rm(j, true, 0x89, RSP, &RUN_FIELD(native.sp));
	if (j->metered)
		rm(j, true, 0x8b, LEFT, &RUN_FIELD(native.left));
	mov(j, true, R11, RDX);
	for (i = ISA_REG_MAX; i-- > 0;) {
		bool wanted = j->reads_at_entry >> i & 1;

		if (i == ISA_REG_FP ? j->framed : wanted && i >= 1 && i <= 5)
			rm(j, true, 0x8b, machine[i],
			   &(struct mem){RSI, NOREG, 0, (int32_t)(8 * i)});
		else if (wanted && i != ISA_REG_FP)
			mov_imm(j, machine[i], 0);
	}
	rr(j, false, 0xff, 2, R11);
	j->leave = jit_label(j, NULL, 0, 0);
	jit_put_label(j, j->leave);
	if (j->metered)
		rm(j, true, 0x89, LEFT, &RUN_FIELD(native.left));
	for (i = n; i-- > 0;)
		pop(j, kept[i]);
	put(j, 0xc3);
}
