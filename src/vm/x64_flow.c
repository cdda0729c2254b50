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
	jit_jump(j, O_EQ, jit_label_once(j, &j->fail, emit_leave_early));
	put(j, 0xc3);
}

void x64_emit_ask(struct jit *j, const struct jit_label *l)
{
	uint32_t more = jit_label_once(j, &j->more, emit_more);

	mov_imm(j, R11, why(JIT_ENDED, l->pc));
	jit_call(j, more);
	jit_jump(j, JIT_ALWAYS, l->back);
}

void x64_use_up(struct jit *j, uint32_t n)
{
	if (n == 1)
		rr(j, true, 0xff, 1, LEFT);
	else
		alu_imm(j, true, SUB, LEFT, (int32_t)n);
}

uint32_t x64_inverse(uint32_t cond)
{
	return cond ^ 1;
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
	jit_call(j, jit_label_once(j, &j->look, emit_look));
	jit_jump(j, JIT_ALWAYS, l->back);
}

void x64_may_goto(struct jit *j, uint32_t pc, uint32_t to)
{
	uint32_t back = jit_label(j, NULL, pc, 0);

	jit_leave_block(j, to);
	rm(j, true, 0x83, CMP, &LOOPS_FIELD(count));
	put(j, 0);
	jit_jump_if(j, O_EQ, pc, to);
	rm(j, true, 0xff, 1, &LOOPS_FIELD(count));
	jit_jump(j, O_EQ, jit_label(j, emit_ask_clock, pc, back));
	jit_put_label(j, back);
	j->flags_at = 0;
}

/* The flags of the instruction before may already tell. */
static bool flags_tell(const struct jit *j, bool wide, unsigned cond, unsigned r)
{
	if (!j->flags_at || j->flags_at != jit_here(j).at || j->flags_reg != r || jit_is_lazy(j, r))
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

	jit_leave_block(j, jit_to(j, op));
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
	jit_jump_if(j, cond == O_TEST ? O_NE : cond, pc, jit_to(j, op));
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

void x64_leave(struct jit *j)
{
	struct frame f = frame_of(jit_group(j, j->now));

	while (f.n-- > 0)
		pop(j, f.reg[f.n]);
	put(j, 0xc3);
}

void x64_emit_failed(struct jit *j, const struct jit_label *l)
{
	mov_imm(j, R11, why((enum jit_why)l->back, l->pc));
	jit_jump(j, JIT_ALWAYS, jit_label_once(j, &j->fail, emit_leave_early));
}

/* Callbacks and tail calls want to know. */
void x64_tell_state(struct jit *j)
{
	lea(j, true, R11, &(struct mem){RBP, NOREG, 0, -VM_FRAME_STACK});
	rm(j, true, 0x89, R11, &RUN_FIELD(stack_lo));
	if (j->metered)
		rm(j, true, 0x89, LEFT, &RUN_FIELD(native.left));
}

void x64_store_run(struct jit *j, bool wide, unsigned reg, size_t field)
{
	rm(j, wide, 0x89, reg, &(struct mem){RUN, NOREG, 0, (int32_t)field});
}

/* The run's register is lost in it. */
void x64_call(struct jit *j, const void *fn)
{
	jit_call_abs(j, fn);
	rm(j, true, 0x8b, RUN, &(struct mem){RSP, NOREG, 0, 0});
}

void x64_check_err(struct jit *j, uint32_t failed)
{
	if (j->counts_frames && j->metered)
		rm(j, true, 0x8b, LEFT, &RUN_FIELD(native.left));
	rm(j, false, 0x83, CMP, &RUN_FIELD(err));
	put(j, 0);
	jit_jump(j, O_NE, failed);
}

void x64_packet_args(struct jit *j, const struct vm_op *op, bool indexed, unsigned size)
{
	x64_constant(j, true, R11, op->imm);
	if (indexed)
		alu(j, true, ADD, R11, machine[op->src]);
	mov(j, true, machine[1], machine[6]);
	mov(j, true, machine[2], R11);
	mov_imm(j, machine[3], size);
}

void x64_check_frames(struct jit *j, uint32_t failed)
{
	rm(j, true, CMP << 3 | 3, RBP, &RUN_FIELD(native.floor));
	jit_jump(j, O_BELOW_EQ, failed);
}

void x64_add_to_fp(struct jit *j, int32_t n)
{
	alu_imm(j, true, SUB, RBP, -n);
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
