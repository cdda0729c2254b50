/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The JIT: from a loaded program to native code, and the way into it.
 *
 * One pass writes the code, operation by operation or several at once where the machine has one
 * instruction for them; what it needs to know beforehand jit_flow.c finds out. Native code promises
 * what the fast engine does: it counts instructions where control goes backwards and at calls, asks
 * vm_more() when its share is used up, ends when a helper has failed, and calls no deeper than
 * VM_FRAMES_MAX. r1..r5 are lost in a call.
 *
 * For an embedder who worries about speculation: calls of helpers are direct, and no indirect jump
 * depends on a program's data; callx asks a C function.
 */
#include <sys/random.h>

#include "map/map.h"
#include "vm/jit.h"

#if defined(__x86_64__)
enum { HAVE_HOST = true };
static const struct target *const host = &vm_target_x64;
#elif defined(__aarch64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
enum { HAVE_HOST = true };
static const struct target *const host = &vm_target_a64;
#else
enum { HAVE_HOST = false };
static const struct target *const host;
#endif

enum { FIXES_MAX = 16 << 20, LABELS_MAX = 4 << 20 };

/* ---- compiling ---- */

uint64_t jit_random(struct jit *j)
{
	j->seed++;
	return hash_bytes(&j->seed, sizeof(j->seed), 0);
}

/* A function begins: calls lead in front of what sets it up, jumps behind it. */
static void begin_function(struct jit *j, uint32_t pc, bool falls_in)
{
	struct jit_func *f = &j->func.at[j->now];

	assert(f->begin == pc);
	if (falls_in)
		jit_jump(j, JIT_ALWAYS, pc);
	f->label = jit_label(j, NULL, pc, 0);
	jit_put_label(j, f->label);
	j->t->entry(j, jit_group(j, j->now));
}

static uint32_t write_op(struct jit *j, uint32_t pc)
{
	const struct vm_op *op = &j->p->op[pc];
	uint32_t n = j->t->combine(j, pc, op);

	if (n)
		return n;
	j->live = jit_live_after(j, pc);
	j->t->op(j, pc, op);
	return jit_id(op) >= ISA_LD_IMM64 && jit_id(op) <= ISA_LD_MAP_IDX_VALUE ? 2 : 1;
}

static void write_ops(struct jit *j)
{
	uint32_t pc, n, i;

	for (pc = 0; pc < j->p->n && !jit_reserve(j); pc += n) {
		const struct jit_insn *insn = &j->insn[pc];

		if (insn->flags)
			jit_enter_block(j, pc);
		if (insn->flags & JIT_ENTRY) {
			j->now = jit_func_at(j, pc);
			begin_function(j, pc, pc && jit_falls_through(j, pc - 1));
			if (jit_reserve(j))
				break;
		}
		if (insn->flags & JIT_LOOP)
			jit_align(j);
		j->insn[pc].mark = jit_here(j);
		n = write_op(j, pc);
		for (i = 1; i < n; i++)
			j->insn[pc + i].mark = jit_here(j);
	}
}

static void write_labels(struct jit *j)
{
	size_t i;

	for (i = 0; i < j->label.n && !jit_reserve(j); i++) {
		struct jit_label l = j->label.at[i]; /* emitting may add more, and move them */

		if (!l.emit)
			continue;
		jit_put_label(j, j->p->n + (uint32_t)i);
		l.emit(j, &l);
	}
}

static int compile(struct jit *j)
{
	int err;

	j->insn = mem_alloc_array(j->p->n, sizeof(*j->insn));
	if (!j->insn)
		return -ENOMEM;
	err = jit_flow(j);
	if (!err)
		err = jit_reserve(j);
	if (err)
		return err;
	j->t->begin(j);
	write_ops(j);
	j->rest = jit_here(j);
	write_labels(j);
	return j->err ? j->err : jit_link(j);
}

bool vm_jit_possible(void)
{
	return HAVE_HOST;
}

int vm_jit(struct vm_prog *p)
{
	struct jit j = {
		.p = p,
		.t = host,
		.func = VEC_INIT(ISA_INSNS_MAX),
		.edge = VEC_INIT(ISA_INSNS_MAX),
		.fix = VEC_INIT(FIXES_MAX),
		.label = VEC_INIT(LABELS_MAX),
		.site = VEC_INIT(2 * ISA_INSNS_MAX),
		.metered = !p->env.unmetered,
		.blind = p->env.blind,
	};
	int err;

	if (j.blind && getrandom(&j.seed, sizeof(j.seed), 0) != (ssize_t)sizeof(j.seed))
		return -EAGAIN;
	err = compile(&j);
	mem_free(j.insn);
	mem_free(j.code);
	vec_done(&j.func);
	vec_done(&j.edge);
	vec_done(&j.fix);
	vec_done(&j.label);
	vec_done(&j.site);
	return err;
}

/* ---- running ---- */

/* Native code at a backward jump or a call whose share is used up: the next share, or 0. */
int64_t jit_more(struct vm_run *run, int64_t left)
{
	uint64_t used = run->native.limit - (uint64_t)left;
	uint64_t limit = run->budget || run->stop ? vm_more(run, used) : UINT64_MAX;

	run->native.limit = limit ? MIN(limit, (uint64_t)INT64_MAX) : used;
	return (int64_t)(run->native.limit - used);
}

uint64_t jit_callx(struct vm_run *run, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
		   uint64_t r5)
{
	return vm_callx(run, run->native.id, (const uint64_t[]){0, r1, r2, r3, r4, r5});
}

/*
 * After a helper that has set run->err: if it did a tail call, the other program runs here. A packet
 * load that found nothing returns 0 from here.
 */
uint64_t jit_tail(struct vm_run *run)
{
	const uint64_t *arg = run->native.arg;
	uint64_t r[ISA_REG_MAX] = {0, arg[0], arg[1], arg[2]};
	const struct vm_prog *old = run->prog;
	int32_t old_frame = run->frame;

	if (run->err == VM_LEAVE)
		run->err = 0;
	if (run->err != VM_TAIL)
		return 0;
	run->err = 0;
	run->prog = run->tail;
	run->frame = vm_frames(run) - 1;
	r[ISA_REG_FP] = run->stack_lo + VM_FRAME_STACK;
	if (run->prog->loops)
		vm_loops_begin(r[ISA_REG_FP]);
	vm_loop[run->prog->engine](run, run->prog->op, r);
	run->prog = old;
	run->frame = old_frame;
	return r[0];
}

/* What the loop of loop.h does at its end. */
static void ended(struct vm_run *run, const uint64_t *r)
{
	const struct vm_op *op = run->prog->op + (run->native.why & 0xffffff);

	switch ((enum jit_why)(run->native.why >> 24)) {
	case JIT_ENDED: /* vm_more has told why */
		vm_set_fault(run, run->fault.kind, op, r);
		return;
	case JIT_FRAMES:
		vm_set_fault(run, VM_FAULT_FRAMES, op, r);
		return;
	case JIT_HELPER:
		if (run->fault.pc == VM_PC_NONE)
			vm_set_fault(run, run->fault.kind, op, r);
		return;
	}
	bug("native code ended with %x", run->native.why);
}

/* Constant while the run is in a section; what a map's own functions would make of it. */
static uint32_t cpu_below(uint32_t cpus)
{
	return map_self.cpu < cpus ? map_self.cpu : map_self.cpu % cpus;
}

static void enter(struct vm_run *run, const struct vm_op *op, uint64_t *r)
{
	uint64_t (*code)(struct vm_run *run, uint64_t *r, const void *op_code);

	run->native.limit = run->used;
	run->native.left = jit_more(run, 0);
	if (!run->native.left) {
		vm_set_fault(run, run->fault.kind, op, r);
		return;
	}
	run->native.why = 0;
	if (run->prog->cpus)
		run->native.cpu = cpu_below(run->prog->cpus);
	run->native.floor = (uint64_t)(uintptr_t)run->stack + VM_FRAME_STACK;
	memcpy(&code, &run->prog->native.code, sizeof(code));
	r[0] = code(run, r, op->code);
	run->used = run->native.limit - (uint64_t)run->native.left;
	if (run->native.why)
		ended(run, r);
}

/* Native code is further up, in a helper that called back: what is used here is used there. */
static void enter_again(struct vm_run *run, const struct vm_op *op, uint64_t *r)
{
	__typeof__(run->native) outer = run->native;

	run->used = outer.limit - (uint64_t)outer.left + 1;
	enter(run, op, r);
	run->native = outer;
	run->native.left = (int64_t)(outer.limit - run->used);
}

const void *const *vm_run_native(struct vm_run *run, const struct vm_op *op, uint64_t *r)
{
	if (!run)
		return NULL;
	if (run->native.sp) {
		enter_again(run, op, r);
		return NULL;
	}
	enter(run, op, r);
	run->native.sp = NULL;
	return NULL;
}

struct vm_code vm_prog_code(const struct vm_prog *p)
{
	return (struct vm_code){p->native.code, p->native.size};
}

size_t vm_prog_code_offset(const struct vm_prog *p, uint32_t pc)
{
	assert(p->native.code && pc < p->n);
	return (size_t)((const uint8_t *)p->op[pc].code - p->native.code);
}

size_t vm_native_dis(const uint8_t *at, size_t left, uint64_t addr, struct str *to)
{
	return host ? host->dis(at, left, addr, to) : 0;
}
