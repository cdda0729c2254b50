/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Locks, and what keeps others away in the kernel: RCU sections, preemption, interrupts. Here a
 * thread that runs programs is never interrupted by another of its CPU, so those do nothing.
 *
 * A resilient lock holds its thread's number, by which a thread that takes it twice is told.
 */
#include "vm/helper.h"

enum { TRIES = 1 << 22 };

/*
 * Nobody has verified that the program gives it back: in checked engines it waits, but not for
 * ever.
 */
static void lock_checked(struct vm_run *run, uint32_t *lock)
{
	unsigned i;

	for (i = 0; i < TRIES; i++)
		if (!__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE))
			return;
	helper_fault(run, address(lock), sizeof(*lock));
}

static uint32_t *lock_at(struct vm_run *run, uint64_t at)
{
	if (at % sizeof(uint32_t)) {
		helper_fault(run, at, sizeof(uint32_t));
		return NULL;
	}
	return vm_mem(run, at, sizeof(uint32_t), true);
}

HELPER(spin_lock)
{
	uint32_t *lock = lock_at(run, r1);

	if (lock && is_checked(run))
		lock_checked(run, lock);
	else if (lock)
		map_spin_lock(lock);
	return 0;
}

HELPER(spin_unlock)
{
	uint32_t *lock = lock_at(run, r1);

	if (lock)
		map_spin_unlock(lock);
	return 0;
}

/* ---- resilient locks ---- */

static uint32_t this_thread(void)
{
	static _Thread_local uint32_t number;
	static uint32_t threads;

	if (!number) /* 1 is what module map puts into a lock */
		number = 1 + __atomic_add_fetch(&threads, 1, __ATOMIC_RELAXED);
	return number;
}

static int res_lock(uint32_t *lock)
{
	uint32_t me = this_thread(), holder;
	unsigned i;

	for (i = 0; i < TRIES; i++) {
		holder = 0;
		if (__atomic_compare_exchange_n(lock, &holder, me, false, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return 0;
		if (holder == me)
			return -EDEADLK;
	}
	return -ETIMEDOUT;
}

KFUNC(bpf_res_spin_lock)
{
	uint32_t *lock = lock_at(run, r1);

	return lock ? neg(res_lock(lock)) : 0;
}

KFUNC(bpf_res_spin_unlock)
{
	return helper_spin_unlock(run, r1, 0, 0, 0, 0);
}

static bool clear_flags(struct vm_run *run, uint64_t at)
{
	void *flags = vm_mem(run, at, sizeof(uint64_t), true);

	if (flags)
		memset(flags, 0, sizeof(uint64_t));
	return flags;
}

KFUNC(bpf_res_spin_lock_irqsave)
{
	uint32_t *lock = lock_at(run, r1);

	return lock && clear_flags(run, r2) ? neg(res_lock(lock)) : 0;
}

KFUNC(bpf_res_spin_unlock_irqrestore)
{
	return helper_spin_unlock(run, r1, 0, 0, 0, 0);
}

/* ---- what a thread that runs nothing else has no need of ---- */

KFUNC(bpf_rcu_read_lock)
{
	return 0;
}

KFUNC(bpf_rcu_read_unlock)
{
	return 0;
}

KFUNC(bpf_preempt_disable)
{
	return 0;
}

KFUNC(bpf_preempt_enable)
{
	return 0;
}

KFUNC(bpf_local_irq_save)
{
	clear_flags(run, r1);
	return 0;
}

KFUNC(bpf_local_irq_restore)
{
	return 0;
}

KFUNC(bpf_cast_to_kern_ctx)
{
	return r1;
}

KFUNC(bpf_rdonly_cast)
{
	return r1;
}
