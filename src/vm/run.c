/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A run: the stack, the regions, the way in, the way back from a fault.
 *
 * The frames of one run lie below each other, as the kernel lays them: the entry's frame ends at the
 * top of the stack, each call's 512 bytes further down. What lies below the frame at hand belongs to
 * nobody yet, so touching it is a fault, while pointers into the callers' frames are good.
 */
#include "vm/impl.h"

int vm_run_init(struct vm_run *run)
{
	*run = (struct vm_run){.frame = -1, .region = VEC_INIT(VM_REGIONS_MAX)};
	run->stack = mem_alloc(VM_STACK);
	return run->stack ? 0 : -ENOMEM;
}

void vm_run_done(struct vm_run *run)
{
	mem_free(run->stack);
	vec_done(&run->region);
	run->stack = NULL;
}

void vm_run_reset(struct vm_run *run)
{
	run->region.n = 0;
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

bool vm_find(struct vm_run *run, uint64_t addr, uint64_t size, bool write, struct vm_region *hot)
{
	uint64_t top = (uint64_t)(uintptr_t)run->stack + VM_STACK;
	struct vm_region stack = {run->stack_lo, top - run->stack_lo, true};
	uint32_t i;

	if (holds(&stack, addr, size, write))
		return true;
	for (i = 0; i < run->region.n; i++) {
		if (!holds(&run->region.at[i], addr, size, write))
			continue;
		if (run->region.at[i].len >= 8)
			*hot = run->region.at[i];
		return true;
	}
	run->fault.addr = addr;
	run->fault.size = size;
	run->fault.kind = write ? VM_FAULT_WRITE : VM_FAULT_READ;
	return false;
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

	if (run->prog->engine == VM_FAST || vm_find(run, addr, size, write, &hot))
		return (void *)(uintptr_t)addr; /* the program's addresses are ours */
	fail(run, VM_FAULT_HELPER);
	return NULL;
}

void vm_set_fault(struct vm_run *run, enum vm_fault_kind kind, const struct vm_op *op,
		  const uint64_t *r)
{
	run->fault.kind = kind;
	run->fault.pc = (uint32_t)(op - run->prog->op);
	memcpy(run->fault.reg, r, sizeof(run->fault.reg));
	run->err = -EFAULT;
}

/* One activation, of the entry or of a callback: a frame of its own below those that are there. */
static int enter(struct vm_run *run, const struct vm_op *op, const uint64_t arg[5],
		 uint64_t *ret_r0)
{
	uint64_t r[ISA_REG_MAX] = {0}, old_lo = run->stack_lo;
	int32_t old_frame = run->frame;

	if (run->frame + 1 >= VM_FRAMES_MAX)
		return fail(run, VM_FAULT_FRAMES);
	run->frame++;
	memcpy(r + 1, arg, 5 * sizeof(*arg));
	r[ISA_REG_FP] = (uint64_t)(uintptr_t)run->stack + VM_STACK -
			(uint64_t)run->frame * VM_FRAME_STACK;
	run->stack_lo = r[ISA_REG_FP] - VM_FRAME_STACK;
	vm_loop[run->prog->engine](run, op, r);
	run->frame = old_frame;
	run->stack_lo = old_lo;
	if (run->err)
		return run->err;
	*ret_r0 = r[0];
	return 0;
}

int vm_exec(struct vm_run *run, const struct vm_prog *p, const uint64_t arg[5], uint64_t *ret_r0)
{
	run->prog = p;
	run->fault = (struct vm_fault){.kind = VM_NO_FAULT, .pc = VM_PC_NONE};
	run->err = 0;
	run->used = 0;
	run->frame = -1;
	run->stack_lo = (uint64_t)(uintptr_t)run->stack + VM_STACK;
	return enter(run, p->op, arg, ret_r0);
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
