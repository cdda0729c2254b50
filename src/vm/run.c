/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A run: the stack, the regions, the way in, the way back from a fault.
 *
 * The frames of one run lie below each other, as the kernel lays them: the entry's frame ends at the
 * top of the stack, each call's 512 bytes further down. What lies below the frame at hand belongs to
 * nobody yet, so touching it is a fault, while pointers into the callers' frames are good.
 */
#include <time.h>

#include "map/map.h"
#include "vm/impl.h"

int vm_run_init(struct vm_run *run)
{
	*run = (struct vm_run){.frame = -1, .region = VEC_INIT(VM_REGIONS_MAX),
			       .grant = VEC_INIT(VM_GRANTS_MAX), .value = VEC_INIT(VM_REGIONS_MAX)};
	run->stack = mem_alloc(2 * VM_STACK);
	return run->stack ? 0 : -ENOMEM;
}

void vm_run_done(struct vm_run *run)
{
	mem_free(run->stack);
	vec_done(&run->region);
	vec_done(&run->grant);
	vec_done(&run->value);
	run->stack = NULL;
}

void vm_run_reset(struct vm_run *run)
{
	run->region.n = 0;
	run->value.n = run->values_kept = 0;
}

int vm_run_region(struct vm_run *run, const void *at, size_t len, bool writable)
{
	return vec_push(&run->region,
			((struct vm_region){(uint64_t)(uintptr_t)at, len, writable}));
}

static bool holds(const struct vm_region *g, uint64_t addr, uint64_t size, bool write)
{
	return addr >= g->at && size <= g->len && addr - g->at <= g->len - size &&
	       (!write || g->writable);
}

/* What was given last is the likeliest to be used. */
static const struct vm_region *find_in(const struct vm_region *at, size_t n, uint64_t addr,
				       uint64_t size, bool write)
{
	while (n-- > 0)
		if (holds(&at[n], addr, size, write))
			return &at[n];
	return NULL;
}

bool vm_find(struct vm_run *run, uint64_t addr, uint64_t size, bool write, struct vm_region *hot)
{
	uint64_t top = (uint64_t)(uintptr_t)run->stack + VM_STACK;
	struct vm_region stack = {run->stack_lo, top - run->stack_lo, true};
	const struct vm_region *g;

	if (holds(&stack, addr, size, write))
		return true;
	g = find_in(run->grant.at, run->grant.n, addr, size, write);
	if (!g)
		g = find_in(run->region.at, run->region.n, addr, size, write);
	if (g) {
		if (g->len >= 8)
			*hot = *g;
		return true;
	}
	run->fault.addr = addr;
	run->fault.size = size;
	run->fault.kind = write ? VM_FAULT_WRITE : VM_FAULT_READ;
	return false;
}

int vm_grant(struct vm_run *run, const void *at, size_t len, bool writable)
{
	struct vm_region g = {(uint64_t)(uintptr_t)at, len, writable};
	size_t i;

	if (run->prog->engine != VM_CHECKED && run->prog->engine != VM_TRACED)
		return 0;
	for (i = run->grant.n; i-- > 0;) {
		if (run->grant.at[i].at == g.at) {
			run->grant.at[i] = g;
			return 0;
		}
	}
	if (run->grant.n < VM_GRANTS_MAX)
		return vec_push(&run->grant, g);
	run->grant.at[run->next_grant++ % VM_GRANTS_MAX] = g;
	return 0;
}

void vm_ungrant(struct vm_run *run, const void *at)
{
	size_t i;

	for (i = run->grant.n; i-- > 0;)
		if (run->grant.at[i].at == (uint64_t)(uintptr_t)at)
			run->grant.at[i] = (struct vm_region){0};
}

/* ---- what has fields ---- */

static bool is_guarded(enum map_field_kind kind)
{
	const uint32_t kinds = 1u << MAP_LIST_HEAD | 1u << MAP_LIST_NODE | 1u << MAP_RB_ROOT |
			       1u << MAP_RB_NODE | 1u << MAP_REFCOUNT | 1u << MAP_KPTR_REF |
			       1u << MAP_KPTR_PERCPU;

	return kinds >> kind & 1;
}

/* In pieces, as a region is writable or not. */
int vm_show_fields(struct vm_run *run, vm_show_fn *show, const void *at, uint32_t len,
		   const struct map_field *f, uint32_t n)
{
	const uint8_t *p = at;
	uint32_t from = 0, i;
	int err = 0;

	for (i = 0; i < n && !err; i++) {
		if (!is_guarded(f[i].kind))
			continue;
		if (f[i].offset > from)
			err = show(run, p + from, f[i].offset - from, true);
		if (!err)
			err = show(run, p + f[i].offset, f[i].size, false);
		from = f[i].offset + f[i].size;
	}
	return !err && len > from ? show(run, p + from, len - from, true) : err;
}

int vm_show_value(struct vm_run *run, vm_show_fn *show, const struct map *m, const void *value)
{
	uint64_t at = (uint64_t)(uintptr_t)value;
	size_t i;
	int err = vm_show_fields(run, show, value, m->value_size, m->field, m->fields);

	if (!m->fields || err)
		return err;
	for (i = run->value.n; i-- > 0;)
		if (run->value.at[i].at == at)
			return 0;
	if (run->value.n >= VM_GRANTS_MAX) { /* the oldest are forgotten, as with grants */
		i = run->values_kept + run->next_grant % (VM_GRANTS_MAX - run->values_kept);
		run->value.at[i] = (struct vm_value){at, m};
		return 0;
	}
	err = vec_push(&run->value, ((struct vm_value){at, m}));
	if (show == vm_run_region)
		run->values_kept = (uint32_t)run->value.n;
	return err;
}

/* With somebody who may stop the run, it asks every STOP_STEP instructions. */
uint64_t vm_more(struct vm_run *run, uint64_t used)
{
	enum { STOP_STEP = 1 << 16 };
	uint64_t budget = run->budget ? run->budget : UINT64_MAX;

	if (run->stop && *run->stop) {
		run->fault.kind = VM_FAULT_STOPPED;
		return 0;
	}
	if (used >= budget) {
		run->fault.kind = VM_FAULT_BUDGET;
		return 0;
	}
	return run->stop ? MIN(budget, used + STOP_STEP) : budget;
}

/* For those who do not know the instruction: the loop that called them puts it in. */
static int fail(struct vm_run *run, enum vm_fault_kind kind)
{
	run->fault.kind = kind;
	run->err = -EFAULT;
	return -EFAULT;
}

void *vm_mem(struct vm_run *run, uint64_t addr, uint64_t size, bool write)
{
	struct vm_region hot;

	if (run->prog->engine == VM_FAST || run->prog->engine == VM_JIT ||
	    vm_find(run, addr, size, write, &hot))
		return (void *)(uintptr_t)addr; /* the program's addresses are ours */
	fail(run, VM_FAULT_HELPER);
	return NULL;
}

void vm_set_fault(struct vm_run *run, enum vm_fault_kind kind, const struct vm_op *op,
		  const uint64_t *r)
{
	run->fault.kind = kind;
	run->fault.pc = (uint32_t)(op - run->prog->op);
	run->fault.prog = run->prog;
	memcpy(run->fault.reg, r, sizeof(run->fault.reg));
	run->err = -EFAULT;
}

/* One activation, of the entry or of a callback: a frame of its own below those that are there. */
static int enter(struct vm_run *run, const struct vm_op *op, const uint64_t arg[5],
		 uint64_t *ret_r0)
{
	uint64_t r[ISA_REG_MAX], old_lo = run->stack_lo;
	int32_t old_frame = run->frame;
	const struct vm_prog *old_prog = run->prog;

	run->frame = vm_frames(run); /* which native code does not keep */
	if (run->frame >= VM_FRAMES_MAX) {
		run->frame = old_frame;
		return fail(run, VM_FAULT_FRAMES);
	}
	memcpy(r + 1, arg, 5 * sizeof(*arg));
	r[0] = r[6] = r[7] = r[8] = r[9] = 0; /* by hand: a loop over 11 words would be felt here */
	r[ISA_REG_FP] = old_lo;
	run->stack_lo = r[ISA_REG_FP] - VM_FRAME_STACK;
	if (run->prog->loops)
		vm_loops_begin(r[ISA_REG_FP]);
	run->used++; /* so that a helper that only calls back comes to an end */
	vm_loop[run->prog->engine](run, op, r);
	run->frame = old_frame;
	run->stack_lo = old_lo;
	run->prog = old_prog;
	if (run->err)
		return run->err;
	*ret_r0 = r[0];
	return 0;
}

static void begin(struct vm_run *run, const struct vm_prog *p)
{
	run->prog = p;
	run->fault.kind = VM_NO_FAULT; /* the rest means something when there is one */
	run->fault.pc = VM_PC_NONE;
	run->err = 0;
	run->used = 0;
	run->tails = 0;
	run->grant.n = 0;
	run->value.n = run->values_kept;
	run->frame = -1;
	run->stack_lo = (uint64_t)(uintptr_t)run->stack + VM_STACK;
}

/*
 * Where the way in ends: what was thrown is the result, or the argument of the exception callback of
 * the program that has thrown it.
 */
static int end(struct vm_run *run, int err, uint64_t *ret_r0)
{
	uint64_t cookie;

	if (err != VM_THROW)
		return err;
	cookie = run->world->thrown;
	run->err = 0;
	run->fault.pc = VM_PC_NONE;
	run->prog = run->world->thrower;
	if (run->prog->env.exception)
		return enter(run, run->prog->op + run->prog->env.exception,
			     (const uint64_t[5]){cookie}, ret_r0);
	*ret_r0 = cookie;
	return 0;
}

int vm_exec(struct vm_run *run, const struct vm_prog *p, const uint64_t arg[5], uint64_t *ret_r0)
{
	begin(run, p);
	return end(run, enter(run, p->op, arg, ret_r0), ret_r0);
}

int vm_exec_fn(struct vm_run *run, const struct vm_prog *p, uint64_t fn, const uint64_t arg[5],
	       uint64_t *ret_r0)
{
	begin(run, p);
	return end(run, vm_callback(run, fn, arg, ret_r0), ret_r0);
}

int vm_callback(struct vm_run *run, uint64_t fn, const uint64_t arg[5], uint64_t *ret_r0)
{
	const struct vm_op *op = (const struct vm_op *)(uintptr_t)fn;
	uint64_t offset = fn - (uint64_t)(uintptr_t)run->prog->op;

	if (offset % sizeof(*op) || offset / sizeof(*op) >= run->prog->n ||
	    !bits_has(&run->prog->entry, (uint32_t)(offset / sizeof(*op))))
		return fail(run, VM_FAULT_CALLX);
	return enter(run, op, arg, ret_r0);
}

/* By the host's clock, whatever the world says: it is what makes programs end. */
void vm_loops_look(struct vm_loops *l)
{
	enum { SLICE_NS = 1000000000 / 4 };
	struct timespec ts;
	uint64_t now;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	now = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
	l->count = l->since && now - l->since >= SLICE_NS ? 0 : VM_LOOPS;
	if (!l->since)
		l->since = now;
}

uint64_t vm_callx(struct vm_run *run, uint64_t id, const uint64_t *r)
{
	const struct vm_helper *h = id <= INT32_MAX ? vm_helper_by_id(&run->prog->env, (int32_t)id) : NULL;

	if (!h) {
		fail(run, VM_FAULT_CALLX);
		return 0;
	}
	return h->fn(run, r[1], r[2], r[3], r[4], r[5]);
}

void vm_fault_text(const struct vm_fault *f, struct str *s)
{
	unsigned long long addr = f->addr, size = f->size;
	const char *plural = size == 1 ? "" : "s";

	switch (f->kind) {
	case VM_NO_FAULT:
		str_add(s, "no fault");
		return;
	case VM_FAULT_READ:
		str_addf(s, "read of %llu byte%s at 0x%llx, which is not the program's memory", size,
			 plural, addr);
		return;
	case VM_FAULT_WRITE:
		str_addf(s, "write of %llu byte%s at 0x%llx, which the program may not write", size,
			 plural, addr);
		return;
	case VM_FAULT_ALIGN:
		str_addf(s, "atomic access to %llu byte%s at 0x%llx, which is not aligned", size, plural,
			 addr);
		return;
	case VM_FAULT_FRAMES:
		str_addf(s, "calls more than %d deep", VM_FRAMES_MAX);
		return;
	case VM_FAULT_CALLX:
		str_add(s, "call through a register that holds no helper's number");
		return;
	case VM_FAULT_BUDGET:
		str_add(s, "more instructions than it may use");
		return;
	case VM_FAULT_STOPPED:
		str_add(s, "stopped");
		return;
	case VM_FAULT_HELPER:
		str_addf(s, "a helper was given %llu byte%s at 0x%llx, which are not the program's memory",
			 size, plural, addr);
		return;
	}
	bug("fault %d", f->kind);
}
