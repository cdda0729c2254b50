/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Helpers that steer the program: loops, tail calls, exceptions.
 */
#include "vm/helper.h"

HELPER(loop)
{
	enum { LOOPS_MAX = 8 << 20 };
	uint32_t n = (uint32_t)r1, i;
	uint64_t r0;

	if (r4)
		return neg(-EINVAL);
	if (n > LOOPS_MAX)
		return (uint32_t)-E2BIG; /* 32 bits: the kernel inlines this call */
	for (i = 0; i < n; i++) {
		if (vm_callback(run, r2, (const uint64_t[]){i, r3, 0, 0, 0}, &r0))
			return 0;
		if (r0)
			return i + 1;
	}
	return i;
}

/* Falls through, with r0 unspecified, when there is no such program or there were 33. */
HELPER(tail_call)
{
	struct map *m = helper_map(run, r2);
	uint32_t i = (uint32_t)r3;
	const struct vm_prog *to;
	uint8_t *slot;

	if (!m || m->type != MAP_TYPE_PROG_ARRAY || i >= m->max_entries ||
	    run->tails >= VM_TAILS_MAX)
		return 0;
	slot = m->values + (uint64_t)i * m->elem_size;
	to = __atomic_load_n((const struct vm_prog **)(void *)slot, __ATOMIC_ACQUIRE);
	if (!to || to->engine != run->prog->engine)
		return 0;
	run->tails++;
	run->tail = to;
	run->err = VM_TAIL;
	return 0;
}

/*
 * Ends the program, from whatever depth; vm_exec goes on with its exception callback. What looks
 * like the fault's place keeps the engines from taking it for a fault of their own.
 */
KFUNC(bpf_throw)
{
	struct vm_world *w = run->world;

	w->thrown = r1;
	w->thrower = run->prog;
	run->fault.pc = 0;
	run->err = VM_THROW;
	return 0;
}

KFUNC(__bpf_trap) /* the verifier's word for "never comes here" */
{
	helper_fault(run, 0, 0);
	return 0;
}
