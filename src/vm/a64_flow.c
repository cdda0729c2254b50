/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arm64: jumps, calls, the way in and out.
 *
 * A jump is its instruction without the distance: what the fixup's `cond` holds. A backward jump
 * takes its instructions from x25 and goes on while something is left; behind all code stands what
 * asks for more. A function keeps on the native stack of r6..r9 what it writes, and where it
 * returns to, if it calls anybody. Whoever must end at once loads the stack pointer with which the
 * code was entered.
 */
#include "vm/a64.h"

/* ---- the native stack, always aligned to 16 ---- */

struct frame {
	uint8_t reg[10];
	unsigned n;
};

enum {
	PUSH_PAIR = 0xa9800000,
	POP_PAIR = 0xa8c00000,
	STORE_PAIR = 0xa9000000,
	LOAD_PAIR = 0xa9400000
};
enum { PUSH_ONE = 0xf8000c00, POP_ONE = 0xf8400400 };

static void pair(struct jit *j, uint32_t op, unsigned a, unsigned b, unsigned base, int words)
{
	put(j, op | ((uint32_t)words & 0x7f) << 15 | b << 10 | base << 5 | a);
}

/* f.reg[0] lies at the stack pointer, the others above. */
static void push(struct jit *j, const struct frame *f)
{
	unsigned i, words = ALIGN_UP(f->n, 2u);

	if (f->n == 1)
		put(j, PUSH_ONE | ((uint32_t)-16 & 0x1ff) << 12 | SP << 5 | f->reg[0]);
	else if (f->n)
		pair(j, PUSH_PAIR, f->reg[0], f->reg[1], SP, -(int)words);
	for (i = 2; i < f->n; i += 2)
		pair(j, STORE_PAIR, f->reg[i], i + 1 < f->n ? f->reg[i + 1] : ZERO, SP, (int)i);
}

static void pop(struct jit *j, const struct frame *f)
{
	unsigned i, words = ALIGN_UP(f->n, 2u);

	for (i = 2; i < f->n; i += 2)
		pair(j, LOAD_PAIR, f->reg[i], i + 1 < f->n ? f->reg[i + 1] : ZERO, SP, (int)i);
	if (f->n == 1)
		put(j, POP_ONE | 16 << 12 | SP << 5 | f->reg[0]);
	else if (f->n)
		pair(j, POP_PAIR, f->reg[0], f->reg[1], SP, (int)words);
}

/* ---- jumps ---- */

/* What CONSTANT says when code ends early: the pc alone, which is short, for what is frequent. */
static uint32_t why(enum jit_why w, uint32_t pc)
{
	return (uint32_t)(w ^ JIT_HELPER) << 24 | pc;
}

/* All registers to the array with which the code was entered, and why. */
static void emit_leave_early(struct jit *j, const struct jit_label *l)
{
	unsigned r;

	(void)l;
	a64_load_run(j, true, OLD, offsetof(struct vm_run, native.sp));
	put(j, (ADD + ARITH_IMM) | wide_bit(true) | OLD << 5 | SP);
	a64_access(j, A64_LOAD, U64, OLD, a64_at(SP, 0));
	for (r = 0; r < ISA_REG_FP; r += 2)
		pair(j, STORE_PAIR, machine[r], machine[r + 1], OLD, (int)r);
	if (j->framed)
		a64_access(j, 0, U64, a64_use(j, ISA_REG_FP), a64_at(OLD, 8 * ISA_REG_FP));
	a64_logical_imm(j, false, EOR, CONSTANT, CONSTANT, JIT_HELPER << 24);
	a64_store_run(j, false, CONSTANT, offsetof(struct vm_run, native.why));
	jit_jump(j, JIT_ALWAYS, j->leave);
}

/* What is kept around a call of a C function that programs do not know of. */
static const struct frame kept = {{X0, X1, X2, X3, X4, X5, CONSTANT, OLD, LINK}, 9};

/* Calls jit_more(), and goes on if there is more. */
static void emit_more(struct jit *j, const struct jit_label *l)
{
	(void)l;
	push(j, &kept);
	mov(j, true, X0, RUN);
	mov(j, true, X1, LEFT);
	jit_call_abs(j, (const void *)(uintptr_t)jit_more);
	mov(j, true, LEFT, X0);
	pop(j, &kept);
	a64_logical_imm(j, false, EOR, CONSTANT, CONSTANT, (int32_t)why(JIT_ENDED, 0));
	jit_jump(j, CBZ | wide_bit(true) | LEFT, jit_label_once(j, &j->fail, emit_leave_early));
	put(j, RET);
}

/* Calls what keeps all registers but LINK: a function that calls nobody has it only there. */
static void call_aside(struct jit *j, uint32_t to, uint32_t back)
{
	mov(j, true, OLD, LINK);
	jit_call(j, to);
	mov(j, true, LINK, OLD);
	jit_jump(j, JIT_ALWAYS, back);
}

void a64_emit_ask(struct jit *j, const struct jit_label *l)
{
	uint32_t more = jit_label_once(j, &j->more, emit_more);

	a64_mov_imm(j, CONSTANT, l->pc);
	call_aside(j, more, l->back);
}

/* LEFT -= n, and the flags that tell whether anything is left */
void a64_use_up(struct jit *j, uint32_t n)
{
	if (n > 0xfff)
		put(j, (SUB + ARITH_IMM) | wide_bit(true) | 1 << 22 | n >> 12 << 10 | LEFT << 5 |
			       LEFT);
	put(j, (SUBS + ARITH_IMM) | wide_bit(true) | (n & 0xfff) << 10 | LEFT << 5 | LEFT);
}

/* The jump that is taken when the other is not. */
uint32_t a64_inverse(uint32_t jump)
{
	return jump ^ (jump >> 24 == B_COND >> 24 ? 1 : 1 << 24);
}

/* ---- may_goto ---- */

#define LOOPS_FIELD(f)                                                                             \
	a64_at(FRAME, VM_FRAME_STACK + VM_LOOPS_AT + (int)offsetof(struct vm_loops, f))

static void emit_look(struct jit *j, const struct jit_label *l)
{
	(void)l;
	push(j, &kept);
	a64_add_imm(j, true, X0, FRAME, LOOPS_FIELD(count).disp);
	jit_call_abs(j, (const void *)(uintptr_t)vm_loops_look);
	pop(j, &kept);
	put(j, RET);
}

static void emit_ask_clock(struct jit *j, const struct jit_label *l)
{
	call_aside(j, jit_label_once(j, &j->look, emit_look), l->back);
}

void a64_may_goto(struct jit *j, uint32_t pc, uint32_t to)
{
	uint32_t back = jit_label(j, NULL, pc, 0), if_zero = CBZ | wide_bit(true) | CONSTANT;

	jit_leave_block(j, to);
	a64_access(j, A64_LOAD, U64, CONSTANT, LOOPS_FIELD(count));
	jit_jump_if(j, if_zero, pc, to);
	a64_add_imm(j, true, CONSTANT, CONSTANT, -1);
	a64_access(j, 0, U64, CONSTANT, LOOPS_FIELD(count));
	jit_jump(j, if_zero, jit_label(j, emit_ask_clock, pc, back));
	jit_put_label(j, back);
}

static void begin_loops(struct jit *j)
{
	a64_mov_imm(j, CONSTANT, VM_LOOPS);
	a64_access(j, 0, U64, CONSTANT, LOOPS_FIELD(count));
	a64_access(j, 0, U64, ZERO, LOOPS_FIELD(since));
}

/* ---- conditions ---- */

void a64_compare_imm(struct jit *j, bool wide, unsigned a, int32_t v)
{
	uint32_t field, op = v < 0 ? ADDS : SUBS;

	if (a64_add_field(v < 0 ? -(int64_t)v : v, &field)) {
		put(j, (op + ARITH_IMM) | wide_bit(wide) | field | a << 5 | ZERO);
		return;
	}
	a64_mov_imm(j, CONSTANT, wide ? (uint64_t)(int64_t)v : (uint32_t)v);
	rrr(j, wide, SUBS, ZERO, a, CONSTANT);
}

/* Sets the flags for dst against src or the constant: the condition that then tells. */
enum a64_cond a64_compare(struct jit *j, bool wide, enum a64_cond cond, const struct vm_op *op,
			  bool imm)
{
	unsigned by = CONSTANT, a;

	if (imm && !j->blind) {
		a = a64_use(j, op->dst);
		if (cond == ANY)
			a64_logical_imm(j, wide, ANDS, ZERO, a, op->imm);
		else
			a64_compare_imm(j, wide, a, op->imm);
		return cond == ANY ? NE : cond;
	}
	if (imm)
		a64_constant(j, wide, CONSTANT, op->imm);
	else
		by = a64_use(j, op->src);
	a = a64_use(j, op->dst);
	rrr(j, wide, cond == ANY ? ANDS : SUBS, ZERO, a, by);
	return cond == ANY ? NE : cond;
}

static uint32_t test_bit(uint32_t op, unsigned bit, unsigned reg)
{
	return op | (bit & 32) << 26 | (bit & 31) << 19 | reg;
}

/* A jump if reg has any bit of the mask, or if it has none. */
uint32_t a64_test_bits(struct jit *j, bool wide, unsigned reg, int32_t mask, bool any)
{
	uint64_t bits = wide ? (uint64_t)(int64_t)mask : (uint32_t)mask;

	if (bits && !(bits & (bits - 1)))
		return test_bit(any ? TBNZ : TBZ, (unsigned)__builtin_ctzll(bits), reg);
	a64_logical_imm(j, wide, ANDS, ZERO, reg, mask);
	return B_COND | (any ? NE : EQ);
}

/* What a comparison with 0, 1 or -1 comes down to: a jump that looks at the register, or 0. */
static uint32_t look_at(bool wide, enum a64_cond cond, int32_t v, unsigned reg)
{
	const uint32_t zero = CBZ | wide_bit(wide) | reg, not_zero = CBNZ | wide_bit(wide) | reg;
	const unsigned sign = wide ? 63 : 31;

	if (!v && (cond == EQ || cond == LS))
		return zero;
	if (!v && (cond == NE || cond == HI))
		return not_zero;
	if (v == 1 && (cond == LO || cond == HS))
		return cond == LO ? zero : not_zero;
	if ((!v && cond == LT) || (v == -1 && cond == LE))
		return test_bit(TBNZ, sign, reg);
	if ((!v && cond == GE) || (v == -1 && cond == GT))
		return test_bit(TBZ, sign, reg);
	return 0;
}

void a64_branch(struct jit *j, bool wide, enum a64_cond cond, uint32_t pc, const struct vm_op *op,
		bool imm)
{
	uint32_t jump = 0;

	jit_leave_block(j, jit_to(j, op));
	if (imm && !j->blind && cond == ANY)
		jump = a64_test_bits(j, wide, a64_use(j, op->dst), op->imm, true);
	else if (imm && !j->blind)
		jump = look_at(wide, cond, op->imm, a64_use(j, op->dst));
	if (!jump)
		jump = B_COND | a64_compare(j, wide, cond, op, imm);
	jit_jump_if(j, jump, pc, jit_to(j, op));
}

/* ---- calls ---- */

static struct frame frame_of(const struct jit_func *g)
{
	struct frame f = {.n = 0};
	unsigned r;

	if (g->helps || g->calls)
		f.reg[f.n++] = LINK;
	for (r = 6; g->called && r <= 9; r++) {
		if (g->writes >> r & 1)
			f.reg[f.n++] = machine[r];
	}
	return f;
}

void a64_entry(struct jit *j, const struct jit_func *g)
{
	struct frame f = frame_of(g);

	push(j, &f);
	if (g->loops)
		begin_loops(j);
}

void a64_leave(struct jit *j)
{
	struct frame f = frame_of(jit_group(j, j->now));

	pop(j, &f);
	put(j, RET);
}

void a64_emit_failed(struct jit *j, const struct jit_label *l)
{
	a64_mov_imm(j, CONSTANT, why((enum jit_why)l->back, l->pc));
	jit_jump(j, JIT_ALWAYS, jit_label_once(j, &j->fail, emit_leave_early));
}

/* Callbacks and tail calls want to know. */
void a64_tell_state(struct jit *j)
{
	a64_store_run(j, true, FRAME, offsetof(struct vm_run, stack_lo));
	if (j->metered)
		a64_store_run(j, true, LEFT, offsetof(struct vm_run, native.left));
}

void a64_call(struct jit *j, const void *fn)
{
	mov(j, true, X0, RUN);
	jit_call_abs(j, fn);
}

void a64_check_err(struct jit *j, uint32_t failed)
{
	a64_load_run(j, false, CONSTANT, offsetof(struct vm_run, err));
	if (j->counts_frames && j->metered)
		a64_load_run(j, true, LEFT, offsetof(struct vm_run, native.left));
	jit_jump(j, CBNZ | CONSTANT, failed);
}

void a64_packet_args(struct jit *j, const struct vm_op *op, bool indexed, unsigned size)
{
	a64_constant(j, true, indexed ? CONSTANT : X2, op->imm);
	if (indexed)
		rrr(j, true, ADD, X2, CONSTANT, a64_use(j, op->src));
	mov(j, true, X1, machine[6]);
	a64_mov_imm(j, X3, size);
}

void a64_check_frames(struct jit *j, uint32_t failed)
{
	unsigned top = a64_use(j, ISA_REG_FP);

	a64_load_run(j, true, CONSTANT, offsetof(struct vm_run, native.floor));
	rrr(j, true, SUBS, ZERO, top, CONSTANT);
	jit_jump(j, B_COND | LS, failed);
}

void a64_add_to_fp(struct jit *j, int32_t n)
{
	a64_add_imm(j, true, FRAME, FRAME, n);
}

/* The registers that the program's functions write without keeping, and on top those of r. */
static struct frame kept_by_entry(const struct jit *j)
{
	struct frame f = {{X1, LINK, RUN}, 3};
	unsigned r;

	if (j->metered)
		f.reg[f.n++] = LEFT;
	if (j->framed)
		f.reg[f.n++] = FRAME;
	for (r = 6; r <= 9; r++) {
		if ((j->writes | j->reads_at_entry) >> r & 1)
			f.reg[f.n++] = machine[r];
	}
	return f;
}

/*
 * The way in: enter(run, r, code) calls the code with r1..r5 and r10 from r and all else that it
 * may read 0, and returns r0.
 */
void a64_begin(struct jit *j)
{
	struct frame f = kept_by_entry(j);
	unsigned r;

	push(j, &f);
	mov(j, true, RUN, X0);
	put(j, (ADD + ARITH_IMM) | wide_bit(true) | SP << 5 | OLD);
	a64_store_run(j, true, OLD, offsetof(struct vm_run, native.sp));
	if (j->metered)
		a64_load_run(j, true, LEFT, offsetof(struct vm_run, native.left));
	mov(j, true, OLD, X2);
	mov(j, true, NEW, X1);
	for (r = 0; r < ISA_REG_MAX; r++) {
		bool wanted = r == ISA_REG_FP ? j->framed : j->reads_at_entry >> r & 1;

		if (wanted && (r == ISA_REG_FP || (r >= 1 && r <= 5)))
			a64_access(j, A64_LOAD, U64, machine[r], a64_at(NEW, (int32_t)(8 * r)));
		else if (wanted)
			mov(j, true, machine[r], ZERO);
	}
	if (j->framed)
		a64_add_imm(j, true, FRAME, FRAME, -VM_FRAME_STACK);
	put(j, BLR | OLD << 5);
	j->leave = jit_label(j, NULL, 0, 0);
	jit_put_label(j, j->leave);
	if (j->metered)
		a64_store_run(j, true, LEFT, offsetof(struct vm_run, native.left));
	pop(j, &f);
	put(j, RET);
}
