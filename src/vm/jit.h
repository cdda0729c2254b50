/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the files of the JIT share.
 *
 *	jit.c		from a loaded program to native code: the passes, and the way in
 *	jit_flow.c	jump targets, functions, which registers still matter, patterns
 *	jit_sum.c	sums that are not computed yet
 *	jit_jump.c	jumps and calls, as far as all machines do them alike
 *	jit_call.c	calls of helpers that come down to less
 *	jit_code.c	the code while it grows: fixups, their sizes, executable memory
 *	x64.c, a64.c	one struct target each: instructions of a machine
 *
 * Code that is being written holds no jumps, calls or alignment. These are fixups, which stand
 * between two bytes of it, and get their bytes when all positions are known; so every jump has its
 * shortest form, and only one copy of the code is ever made.
 *
 * Letters: j the compilation, op an operation at pc, f a fixup.
 */
#ifndef SKEP_VM_JIT_H
#define SKEP_VM_JIT_H

#include "vm/impl.h"

enum { JIT_NONE = 255, JIT_TAIL_CALL = 12 }; /* no register; the helper's id */
enum { JIT_ARGS = 0x3e }; /* r1..r5 */

enum jit_flag {
	JIT_TARGET = 1, /* a jump leads here */
	JIT_LOOP = 2,	/* a backward one */
	JIT_ENTRY = 4,	/* a function begins here */
	JIT_RECALLED = 8, /* ... and is called from further down */
	JIT_OUTSIDE = 16, /* ... and entered from outside: the program, callbacks */
};

/* Where in the code: behind `at` bytes and `fix` fixups. */
struct jit_mark {
	uint32_t at, fix;
};

struct jit_insn {
	struct jit_mark mark; /* where jumps to it lead */
	uint16_t live;	      /* the registers that matter before it */
	uint8_t flags;
};

/*
 * Functions that jump or run into each other (the verifier would not have it) form a group: all
 * share what is decided about frames. A group's facts stand in its first function.
 */
struct jit_func {
	uint32_t begin, end; /* pc */
	uint32_t group;	     /* index of the group's first function */
	uint32_t label;	     /* where calls lead to */
	uint16_t writes;     /* registers */
	uint8_t depth;	     /* frames below the entry's, at most */
	bool called;	     /* by a local call */
	bool framed;	     /* has use for a stack frame of its own */
	bool helps;	     /* calls helpers */
	bool calls;	     /* calls functions of the program */
	bool loops;	     /* has may_goto: a struct vm_loops to begin with, at VM_LOOPS_AT from r10 */
	bool aligned; /* must keep the native stack aligned: it or its callees call helpers */
};

struct jit_edge { /* a local call, from group to function */
	uint32_t from, to;
};

enum jit_fix_kind { JIT_FIX_JUMP, JIT_FIX_CALL, JIT_FIX_CALL_ABS, JIT_FIX_ALIGN };

enum { JIT_ALWAYS = 0xff };

struct jit_fix {
	uint32_t at;	 /* bytes of code before it */
	uint32_t before; /* bytes that fixups before it have; known when sizes are */
	uint8_t kind, size;
	bool wide; /* a jump that needs its long form */
	union {
		struct {
			/* pc, or the program's length + label; of an alignment: the loop's end, or 0 */
			uint32_t to;
			uint32_t cond; /* of a jump: the machine's condition, or JIT_ALWAYS */
		};
		const void *abs; /* of a call out of the code */
	};
};

/* An instruction that may fault, where to go on then, and which register to clear (struct vm_site). */
struct jit_site {
	struct jit_mark at, to;
	uint8_t reg;
};

struct jit;
struct jit_callee;

/* Code that is rarely reached, put behind all the rest. */
struct jit_label {
	struct jit_mark mark;
	/* NULL: the label only marks a place */
	void (*emit)(struct jit *j, const struct jit_label *l);
	uint32_t pc;
	uint32_t back; /* a place to come back to, as in jit_fix.to */
};

struct jit {
	struct vm_prog *p;
	const struct target *t;
	struct jit_insn *insn; /* owned: p->n */
	VEC(struct jit_func) func;
	VEC(struct jit_edge) edge;
	VEC(struct jit_fix) fix;
	VEC(struct jit_label) label;
	VEC(struct jit_site) site;
	uint8_t *code, *at, *end; /* owned: the code, where it goes on, its end */
	uint32_t now;		  /* the function that is being written */
	struct jit_mark rest;	  /* behind all functions */
	uint16_t writes;	  /* registers, all functions together */
	uint16_t reads_at_entry;  /* by functions that are entered from outside */
	bool framed;		  /* some function needs a stack frame */
	bool metered;		  /* counts for run->budget and run->stop */
	bool counts_frames; /* calls may go deeper than VM_FRAMES_MAX, or come through callbacks */
	uint32_t more, look, fail, leave; /* labels, once somebody wants them */
	bool far;		  /* the vm's own functions are out of reach of a near call */
	bool blind;		  /* no constant of the program as it is */
	uint64_t seed;
	int err; /* the first failure sticks */
	/* what the target knows at this point of the program */
	uint16_t live;		/* registers that matter behind the operation at hand */
	uint16_t zext;		/* registers whose upper half is zero */
	uint16_t lazy;		/* registers whose value is only known as a sum so far */
	uint32_t flags_at;	/* where code must stand for the machine's flags to be good ... */
	uint8_t flags_reg;	/* ... which are those of this register's value */
	bool flags_wide;
	struct jit_sum { uint8_t base, index, shift; int32_t disp; } sum[ISA_REG_MAX];
};

/* The seam: what differs between machines. */
struct target {
	const char *name;
	uint32_t slack; /* bytes that one call of the functions below may write */
	void (*begin)(struct jit *j); /* the way in, and what all functions share */
	void (*entry)(struct jit *j, const struct jit_func *group); /* a function begins */
	/* several operations that are less together: how many slots these took, or 0 */
	uint32_t (*combine)(struct jit *j, uint32_t pc, const struct vm_op *op);
	void (*op)(struct jit *j, uint32_t pc, const struct vm_op *op);
	uint8_t (*fix_size)(const struct jit_fix *f, bool far);
	bool (*fix_fits)(const struct jit_fix *f, int64_t distance); /* in the short form */
	void (*fix_put)(const struct jit_fix *f, uint8_t *at, int64_t distance);
	void (*pad)(uint8_t *at, size_t n); /* with what does nothing */
	size_t (*dis)(const uint8_t *at, size_t left, uint64_t addr, struct str *to);
	uint32_t reach; /* bytes that near calls and jumps reach, forward and backward */
	/* for jit_sum.c */
	const uint8_t *machine; /* the register of each of r0..r10 */
	int32_t below; /* how far below r10's value that of its register is */
	void (*settle)(struct jit *j, unsigned r); /* computes its sum, if it is lazy */
	unsigned (*use)(struct jit *j, unsigned r); /* the machine's register that has r's value */
	/* for jit_jump.c: jumps */
	uint32_t if_left; /* the condition behind use_up() that there is more */
	uint32_t (*inverse)(uint32_t cond);
	void (*use_up)(struct jit *j, uint32_t n); /* takes n instructions from the budget */
	void (*emit_ask)(struct jit *j, const struct jit_label *l); /* for more of it */
	/* calls: `call` is fn(run, r1...) */
	void (*tell_state)(struct jit *j); /* how far stack and budget are used: to the run */
	void (*store_run)(struct jit *j, bool wide, unsigned reg, size_t field);
	void (*call)(struct jit *j, const void *fn);
	void (*check_err)(struct jit *j, uint32_t failed); /* behind it: where to go if run->err */
	void (*emit_failed)(struct jit *j, const struct jit_label *l); /* l->back is jit_why */
	void (*packet_args)(struct jit *j, const struct vm_op *op, bool indexed, unsigned size);
	void (*call_map)(struct jit *j, const struct jit_callee *c);
	void (*element)(struct jit *j, uint32_t pc, const struct map *map, bool inner);
	void (*field)(struct jit *j, const struct jit_callee *c);
	void (*check_frames)(struct jit *j, uint32_t failed); /* where to go if there is none */
	void (*add_to_fp)(struct jit *j, int32_t n);
	void (*leave)(struct jit *j); /* returns from the function j->now */
};

extern const struct target vm_target_x64, vm_target_a64;

/* Why native code ends early: in the upper byte of vm_run.native.why, above the pc. */
enum jit_why { JIT_ENDED = 1, JIT_FRAMES, JIT_HELPER };

/* jit.c: what native code calls */
int64_t jit_more(struct vm_run *run, int64_t left);
uint64_t jit_tail(struct vm_run *run);
uint64_t jit_callx(struct vm_run *run, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
		   uint64_t r5);

/*
 * jit_call.c: what a call of a helper comes down to. For targets that do not know this, all are
 * JIT_CALL_HELPER.
 */
enum jit_call_kind {
	JIT_CALL_HELPER, /* fn(run, r1...), which may fail or call back */
	JIT_CALL_LEAF,	 /* the same, which does neither, and does not ask how far stack and budget are used */
	JIT_CALL_MAP,	 /* fn(map, r2...) */
	JIT_CALL_ELEM,	 /* no call: values + *(u32 *)r2 * elem_size + run->native.cpu * cpu_stride, or 0 */
	JIT_CALL_FIELD,	 /* no call: `size` bytes at `at` of run->world */
};

struct jit_callee {
	enum jit_call_kind kind;
	uint8_t args; /* how many, r1 counts; only the first `args` are read */
	bool is_int;  /* the result: sign-extended */
	bool inner;   /* of an element: r0 is the pointer that stands there */
	uint8_t size;
	uint16_t at;
	const struct map *map;
	const void *fn; /* JIT_CALL_MAP */
};
struct jit_callee jit_callee(const struct jit *j, uint32_t pc);
void jit_find_call(struct jit *j, uint32_t pc);
static inline bool jit_is_inline(const struct vm_op *call)
{
	return call->dst == JIT_CALL_ELEM || call->dst == JIT_CALL_FIELD;
}
/* The registers that a call, of any kind, reads; those it does not may hold anything. */
static inline uint16_t jit_call_args(const struct vm_op *call)
{
	return JIT_ARGS & (uint16_t)~call->off;
}

/* jit_flow.c */
int jit_flow(struct jit *j) MUST_USE;
uint16_t jit_writes(const struct vm_op *op);
bool jit_falls_through(const struct jit *j, uint32_t pc);
uint16_t jit_live_after(const struct jit *j, uint32_t pc);
/* The operation n slots further, if nothing but the one before it leads there and between. */
static inline const struct vm_op *jit_ahead(const struct jit *j, uint32_t pc, uint32_t n)
{
	uint32_t i;

	if (pc + n >= j->p->n)
		return NULL;
	for (i = 1; i <= n; i++) {
		if (j->insn[pc + i].flags)
			return NULL;
	}
	return &j->p->op[pc + n];
}
static inline bool jit_is_dead(const struct jit *j, uint32_t pc, unsigned r)
{
	return !(jit_live_after(j, pc) >> r & 1);
}
static inline enum isa_id jit_id(const struct vm_op *op)
{
	return (enum isa_id)(uintptr_t)op->code; /* as vm_load has left it */
}
static inline const struct jit_func *jit_group(const struct jit *j, uint32_t func)
{
	return &j->func.at[j->func.at[func].group];
}
uint32_t jit_func_at(const struct jit *j, uint32_t pc);
static inline uint32_t jit_to(const struct jit *j, const struct vm_op *op)
{
	return (uint32_t)(op->to - j->p->op);
}
static inline bool jit_is_tail_call(const struct vm_op *op)
{
	return jit_id(op) == ISA_CALL && !op->src && op->imm == JIT_TAIL_CALL;
}

/* Four operations that turn `from` left. */
struct jit_rotation {
	bool wide;
	uint8_t from, to, left;
};
bool jit_is_rotation(const struct jit *j, uint32_t pc, const struct vm_op *m,
		     struct jit_rotation *ret_rotation);

uint64_t jit_random(struct jit *j);

/* jit_sum.c */
static inline bool jit_is_lazy(const struct jit *j, unsigned r)
{
	return j->lazy >> r & 1;
}

static inline bool jit_names(const struct jit_sum *s, unsigned r)
{
	return s->base == r || s->index == r;
}

static inline struct jit_sum jit_sum_of(const struct jit *j, unsigned r)
{
	int32_t disp = r == ISA_REG_FP ? j->t->below : 0;

	return jit_is_lazy(j, r) ? j->sum[r] : (struct jit_sum){(uint8_t)r, JIT_NONE, 0, disp};
}

static inline bool jit_is_copy(const struct jit_sum *s)
{
	return s->index == JIT_NONE && s->base != JIT_NONE && !s->disp;
}

void jit_settle_all(struct jit *j, unsigned mask);
unsigned jit_change(struct jit *j, unsigned r, bool zero_extended);
void jit_become(struct jit *j, unsigned r, struct jit_sum s);
void jit_forget_args(struct jit *j);
void jit_leave_block(struct jit *j, uint32_t to);
void jit_enter_block(struct jit *j, uint32_t pc);

/* jit_jump.c */
void jit_jump_if(struct jit *j, uint32_t cond, uint32_t pc, uint32_t to);
/* Jumps without a condition, calls, exit: what is left when the target has had its own. */
void jit_write_flow(struct jit *j, uint32_t pc, const struct vm_op *op);

/* jit_code.c */
int jit_grow(struct jit *j) MUST_USE;
static inline int MUST_USE jit_reserve(struct jit *j) /* room for what one call of the target may write */
{
	return !j->err && (size_t)(j->end - j->at) >= j->t->slack ? 0 : jit_grow(j);
}
struct jit_mark jit_here(const struct jit *j);
void jit_jump(struct jit *j, uint32_t cond, uint32_t to);
void jit_call(struct jit *j, uint32_t to);
void jit_call_abs(struct jit *j, const void *fn);
void jit_align(struct jit *j);
/* The loop that jit_align() stands in front of jumps back to its head from pc. */
void jit_loop_end(struct jit *j, uint32_t pc, uint32_t to);
uint32_t jit_label(struct jit *j, void (*emit)(struct jit *j, const struct jit_label *l),
		   uint32_t pc, uint32_t back); /* as in jit_fix.to */
/* The same for what there is once, and whose label is 0 as long as nobody wants it. */
static inline uint32_t jit_label_once(struct jit *j, uint32_t *label,
				      void (*emit)(struct jit *j, const struct jit_label *l))
{
	if (!*label)
		*label = jit_label(j, emit, 0, 0);
	return *label;
}
void jit_put_label(struct jit *j, uint32_t to);
/* By ascending `at`. */
void jit_may_fault(struct jit *j, struct jit_mark at, struct jit_mark to, uint8_t reg);
int jit_link(struct jit *j) MUST_USE;

#endif
