/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the code generators want to know of a program: where jumps lead, which functions there are
 * and what each needs of a frame, and which registers still matter where.
 *
 * Liveness is the usual backward analysis, one number per operation. Only a jump backwards or a
 * call of an earlier function can make another sweep necessary, so two or three do; a program that
 * wants more than SWEEPS gets the answer that is always right: all registers matter everywhere.
 */
#include "vm/jit.h"

enum { ALL_REGS = (1 << ISA_REG_MAX) - 1, FP = 1 << ISA_REG_FP, SAVED = 0x3c0 };
enum { SWEEPS = 8 };

/* ---- what an operation does ---- */

enum {
	DST_READ = 1,
	SRC_READ = 2,
	DST_WRITTEN = 4,
	SRC_WRITTEN = 8,
	CALLS = 0x10, /* reads r1..r5, and then they and r0 hold other things */
	R0_READ = 0x20,
	R0_WRITTEN = 0x40,
	JUMPS = 0x80,
	ENDS = 0x100, /* the next operation does not follow */
	LOCAL = 0x200,
	PACKET = 0x400, /* reads r6 */
};

/* One for each form: SHAPE_ALU_R... */
enum {
#define DST_ZERO 0
#define DST_WRITE DST_WRITTEN
#define DST_BOTH (DST_READ | DST_WRITTEN)
#define SRC_ZERO 0
#define SRC_SEL 0
#define SRC_BOTH (SRC_READ | SRC_WRITTEN)
#define IF(name, other, flags) (ISA_FORM_##name == ISA_FORM_##other ? (flags) : 0)
#define FORM(name, dst, src, off, imm, why)                                                        \
	SHAPE_##name = DST_##dst | SRC_##src | IF(name, CALL, CALLS) | IF(name, CALLX, CALLS) |    \
		       IF(name, CMPXCHG, R0_READ | R0_WRITTEN) | IF(name, EXIT, R0_READ | ENDS) |  \
		       IF(name, JCC_R, JUMPS) | IF(name, MAY_GOTO, JUMPS) | IF(name, JCC_K, JUMPS) |                           \
		       IF(name, JA, JUMPS | ENDS) | IF(name, JA32, JUMPS | ENDS) |                 \
		       IF(name, CALL_LOCAL, LOCAL) | IF(name, LD_ABS, CALLS | PACKET) |            \
		       IF(name, LD_IND, CALLS | PACKET),
#include "isa/form.def"
#undef DST_ZERO
#undef DST_WRITE
#undef DST_BOTH
#undef SRC_ZERO
#undef SRC_SEL
#undef SRC_BOTH
#undef IF
};

static const uint16_t traits_of[_ISA_MAX] = {
/* in an arena a load that acquires leaves the register as it is when there is nothing */
#define INSN(name, code, sel, value, form, text, word, kind, ...)                                  \
	[ISA_##name] = SHAPE_##form | (ISA_##kind == ISA_INTERNAL &&                               \
				       ISA_FORM_##form == ISA_FORM_LOAD_ACQ ? DST_READ : 0),
#include "isa/insn.def"
};

static inline unsigned traits(const struct vm_op *op)
{
	return traits_of[jit_id(op)];
}

/* Without branches, which nobody could predict. */
static inline uint16_t reads(const struct vm_op *op)
{
	unsigned t = traits(op);

	return (uint16_t)((t & DST_READ) << op->dst | (t / SRC_READ & 1) << op->src |
			  (t / CALLS & 1) * jit_call_args(op) | (t / R0_READ & 1) | (t / PACKET & 1) << 6);
}

static inline uint16_t writes(const struct vm_op *op)
{
	unsigned t = traits(op);

	return (uint16_t)((t / DST_WRITTEN & 1) << op->dst | (t / SRC_WRITTEN & 1) << op->src |
			  (t / CALLS & 1) * (JIT_ARGS | 1) | (t / R0_WRITTEN & 1));
}

uint16_t jit_writes(const struct vm_op *op)
{
	return writes(op);
}

bool jit_falls_through(const struct jit *j, uint32_t pc)
{
	return !(traits(&j->p->op[pc]) & ENDS);
}

/* The second half of a 64-bit load, ISA_NONE, does nothing and needs no exception. */
#define each_op(j, pc) (uint32_t pc = 0; pc < (j)->p->n; pc++)

/* ---- jump targets ---- */

static void find_targets(struct jit *j)
{
	j->insn[0].flags |= JIT_ENTRY | JIT_OUTSIDE;
	j->insn[j->p->env.exception].flags |= JIT_ENTRY | JIT_OUTSIDE;
	for each_op(j, pc) {
		const struct vm_op *op = &j->p->op[pc];
		unsigned t = traits(op);

		if (t & JUMPS)
			j->insn[jit_to(j, op)].flags |=
				op->to <= op ? JIT_TARGET | JIT_LOOP : JIT_TARGET;
		else if (t & LOCAL)
			j->insn[jit_to(j, op)].flags |=
				op->to <= op ? JIT_ENTRY | JIT_RECALLED : JIT_ENTRY;
		else if (jit_id(op) == ISA_LD_FUNC)
			j->insn[jit_to(j, op)].flags |= JIT_ENTRY | JIT_OUTSIDE;
	}
}

/* ---- functions ---- */

uint32_t jit_func_at(const struct jit *j, uint32_t pc)
{
	size_t lo = 0, hi = j->func.n;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (j->func.at[mid].begin <= pc)
			lo = mid;
		else
			hi = mid;
	}
	return (uint32_t)lo;
}

static int find_functions(struct jit *j)
{
	uint32_t pc, group = 0;
	int err = 0;

	for (pc = 0; pc < j->p->n && !err; pc++) {
		if (!(j->insn[pc].flags & JIT_ENTRY))
			continue;
		if (j->func.n)
			vec_last(&j->func).end = pc;
		err = vec_push(&j->func, ((struct jit_func){.begin = pc, .end = j->p->n,
							    .group = group++}));
	}
	return err;
}

static uint32_t group_of(struct jit *j, uint32_t func)
{
	while (j->func.at[func].group != func) /* halving the way for those who come next */
		func = j->func.at[func].group = j->func.at[j->func.at[func].group].group;
	return func;
}

static void join(struct jit *j, uint32_t a, uint32_t b)
{
	a = group_of(j, a);
	b = group_of(j, b);
	j->func.at[MAX(a, b)].group = MIN(a, b);
}

/* Control that passes from one function into another other than by calls makes them a group. */
static void join_functions(struct jit *j)
{
	uint32_t func = 0;

	if (j->func.n == 1)
		return;
	for each_op(j, pc) {
		const struct vm_op *op = &j->p->op[pc];
		uint32_t to = traits(op) & JUMPS ? jit_to(j, op) : pc;

		if (pc >= j->func.at[func].end)
			func++;
		if (to < j->func.at[func].begin || to >= j->func.at[func].end)
			join(j, func, jit_func_at(j, to));
		if (pc + 1 == j->func.at[func].end && jit_falls_through(j, pc))
			join(j, func, func + 1);
	}
	for (func = 0; func < j->func.n; func++)
		j->func.at[func].group = group_of(j, func);
}

static inline int look_at_op(struct jit *j, uint32_t func, const struct vm_op *op)
{
	struct jit_func *g = &j->func.at[j->func.at[func].group];
	unsigned t = traits(op);
	uint32_t to;

	g->writes |= writes(op);
	g->framed |= (reads(op) & FP) != 0;
	if (jit_id(op) == ISA_MAY_GOTO)
		g->loops = g->framed = true;
	if (t & CALLS && !(jit_id(op) == ISA_CALL && jit_is_inline(op)))
		g->helps = g->aligned = true;
	j->counts_frames |= jit_is_tail_call(op);
	j->counts_frames |= jit_id(op) == ISA_LD_FUNC;
	if (!(t & LOCAL))
		return 0;
	g->calls = true;
	to = jit_func_at(j, jit_to(j, op));
	j->func.at[j->func.at[to].group].called = true;
	return vec_push(&j->edge,
			((struct jit_edge){j->func.at[func].group, j->func.at[to].group}));
}

/* What a function's callees need reaches it along the calls; so does how deep it may be called. */
static void follow_calls(struct jit *j)
{
	bool changed = true;
	int round;

	for (round = 0; changed && round <= VM_FRAMES_MAX; round++) {
		changed = false;
		for vec_each(&j->edge, e) {
			struct jit_func *from = &j->func.at[e->from], *to = &j->func.at[e->to];

			if (to->aligned && !from->aligned)
				from->aligned = changed = true;
			if (to->depth <= from->depth && to->depth < VM_FRAMES_MAX) {
				to->depth = from->depth + 1;
				changed = true;
			}
			j->counts_frames |= to->depth >= VM_FRAMES_MAX;
		}
	}
	if (!changed)
		return;
	/* A chain of calls longer than the rounds also has more frames than there may be. */
	j->counts_frames = true;
	for vec_each(&j->func, f)
		f->aligned = true;
}

static int look_at_functions(struct jit *j)
{
	uint32_t func = 0;
	int err = 0;

	for each_op(j, pc) {
		if (pc >= j->func.at[func].end)
			func++;
		if (jit_id(&j->p->op[pc]) == ISA_CALL)
			jit_find_call(j, pc);
		err = look_at_op(j, func, &j->p->op[pc]);
		if (err)
			return err;
	}
	follow_calls(j);
	for vec_each(&j->func, f) {
		f->framed |= j->counts_frames;
		j->writes |= f->writes;
		j->framed |= f->framed;
	}
	return 0;
}

/* ---- liveness ---- */

static inline uint16_t live_after(const struct jit *j, uint32_t pc, unsigned t)
{
	const struct vm_op *op = &j->p->op[pc];
	uint16_t live = 0;

	if (!(t & ENDS))
		live = j->insn[pc + 1].live;
	if (t & JUMPS)
		live |= j->insn[jit_to(j, op)].live;
	return live;
}

uint16_t jit_live_after(const struct jit *j, uint32_t pc)
{
	return live_after(j, pc, traits(&j->p->op[pc]));
}

static inline uint16_t live_before(const struct jit *j, uint32_t pc)
{
	const struct vm_op *op = &j->p->op[pc];
	unsigned t = traits(op);
	uint16_t live = live_after(j, pc, t);

	if (t & LOCAL)
		return live | j->insn[jit_to(j, op)].live;
	return (uint16_t)(live & ~writes(op)) | reads(op);
}

static bool sweep(struct jit *j)
{
	bool again = false;
	uint16_t live;
	uint32_t pc;

	for (pc = j->p->n; pc-- > 0;) {
		live = live_before(j, pc);
		again |= j->insn[pc].flags & (JIT_LOOP | JIT_RECALLED) && live != j->insn[pc].live;
		j->insn[pc].live = live;
	}
	return again;
}

static void find_live(struct jit *j)
{
	int round;
	uint32_t pc;

	for (round = 0; round < SWEEPS; round++) {
		if (!sweep(j))
			return;
	}
	for (pc = 0; pc < j->p->n; pc++)
		j->insn[pc].live = ALL_REGS;
}

int jit_flow(struct jit *j)
{
	int err;

	find_targets(j);
	err = find_functions(j);
	if (err)
		return err;
	join_functions(j);
	err = look_at_functions(j);
	if (err)
		return err;
	find_live(j);
	for vec_each(&j->func, f) {
		if (j->insn[f->begin].flags & JIT_OUTSIDE)
			j->reads_at_entry |= j->insn[f->begin].live;
	}
	return 0;
}

/* ---- patterns ---- */

static bool is_shift(const struct vm_op *op, bool wide, bool right)
{
	if (wide)
		return jit_id(op) == (right ? ISA_RSH64_K : ISA_LSH64_K);
	return jit_id(op) == (right ? ISA_RSH32_K : ISA_LSH32_K);
}

/* a = b; a >>= n; b <<= width - n; b |= a, or a |= b, or the shifts the other way round */
bool jit_is_rotation(const struct jit *j, uint32_t pc, const struct vm_op *m,
		     struct jit_rotation *ret_rotation)
{
	const struct vm_op *x = jit_ahead(j, pc, 1), *y = jit_ahead(j, pc, 2),
			   *o = jit_ahead(j, pc, 3);
	enum isa_id id = o ? jit_id(o) : ISA_NONE;
	bool wide = id == ISA_OR64_R || id == ISA_XOR64_R, right;
	unsigned a = m->dst, b = m->src;

	if (!wide && id != ISA_OR32_R && id != ISA_XOR32_R)
		return false;
	right = is_shift(x, wide, true);
	if (!(right || is_shift(x, wide, false)) || !is_shift(y, wide, !right) ||
	    (wide && jit_id(m) != ISA_MOV64_R))
		return false;
	if (!x->imm || !y->imm || x->imm + y->imm != (wide ? 64 : 32))
		return false;
	if (a == b || x->dst != a || y->dst != b || o->dst == o->src ||
	    (o->dst != a && o->dst != b) || (o->src != a && o->src != b) ||
	    !jit_is_dead(j, pc + 3, o->src))
		return false;
	*ret_rotation = (struct jit_rotation){.wide = wide, .from = m->src, .to = o->dst,
					      .left = (uint8_t)(right ? y->imm : x->imm)};
	return true;
}
