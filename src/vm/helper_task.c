/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tasks: the current one, others that the world knows, signals to them, their memory. */
#include "vm/helper.h"

/* ---- who there is ---- */

const struct vm_task *world_tasks(const struct vm_world *w, uint32_t *ret_n)
{
	*ret_n = w->tasks ? w->tasks_n : 1;
	return w->tasks ? w->tasks : &w->task;
}

const struct vm_task *world_task(const struct vm_world *w, uint64_t at)
{
	uint32_t n, i;
	const struct vm_task *t = world_tasks(w, &n);

	if (at && at == w->task.address)
		return &w->task;
	for (i = 0; i < n && at; i++)
		if (t[i].address == at)
			return &t[i];
	return NULL;
}

/* ---- the current one ---- */

HELPER(get_current_task)
{
	return run->world->task.address;
}

HELPER(get_current_task_btf)
{
	return run->world->task.address;
}

HELPER(get_current_pid_tgid)
{
	const struct vm_task *t = &run->world->task;

	return (uint64_t)t->tgid << 32 | t->pid;
}

HELPER(get_current_uid_gid)
{
	const struct vm_task *t = &run->world->task;

	return (uint64_t)t->gid << 32 | t->uid;
}

HELPER(get_current_comm)
{
	const struct vm_task *t = &run->world->task;
	size_t size = (uint32_t)r2, n = strnlen(t->comm, VM_COMM_LEN - 1);
	char *to = vm_mem(run, r1, size, true);

	if (!to)
		return 0;
	n = MIN(n, size - 1);
	memcpy(to, t->comm, n);
	memset(to + n, 0, size - n);
	return 0;
}

HELPER(get_ns_current_pid_tgid)
{
	const struct vm_task *t = &run->world->task;
	struct {
		uint32_t pid, tgid;
	} info = {t->pidns_pid, t->pidns_tgid};
	size_t size = (uint32_t)r4;
	void *to = vm_mem(run, r3, size, true);
	bool known = size == sizeof(info) && r1 == t->pidns_dev && r2 == t->pidns_ino;

	if (!to)
		return 0;
	if (known)
		memcpy(to, &info, sizeof(info));
	else
		memset(to, 0, size);
	return neg(known ? 0 : -EINVAL);
}

/* ---- signals ---- */

static uint64_t signal_task(struct vm_run *run, const struct vm_task *t, enum vm_effect_kind kind,
			    uint32_t sig)
{
	enum { SIGNAL_MAX = 64 };

	if (!t->pid || t->tgid == 1) /* a kernel thread; init */
		return neg(-EPERM);
	if (sig > SIGNAL_MAX)
		return neg(-EINVAL);
	world_effect(run->world, kind, sig, t->pid, NULL, 0);
	return 0;
}

HELPER(send_signal)
{
	return signal_task(run, &run->world->task, VM_SIGNAL, (uint32_t)r1);
}

HELPER(send_signal_thread)
{
	return signal_task(run, &run->world->task, VM_SIGNAL_THREAD, (uint32_t)r1);
}

KFUNC(bpf_send_signal_task)
{
	enum { THREAD, PROCESS };
	const struct vm_task *t = world_task(run->world, r1);

	if ((uint32_t)r3 > PROCESS || !t)
		return neg(-EINVAL);
	return signal_task(run, t, (uint32_t)r3 == THREAD ? VM_SIGNAL_THREAD : VM_SIGNAL,
			   (uint32_t)r2);
}

/* ---- others: they live as long as the world says, so references are not counted ---- */

KFUNC(bpf_task_acquire)
{
	return world_task(run->world, r1) ? r1 : 0;
}

KFUNC(bpf_task_release)
{
	return 0;
}

KFUNC(bpf_task_from_pid)
{
	uint32_t n, i;
	const struct vm_task *t = world_tasks(run->world, &n);

	for (i = 0; i < n; i++)
		if (t[i].pid == (uint32_t)r1 && t[i].pid)
			return t[i].address;
	return 0;
}

/* As the current task's pid namespace calls it. */
KFUNC(bpf_task_from_vpid)
{
	const struct vm_task *me = &run->world->task;
	uint32_t n, i;
	const struct vm_task *t = world_tasks(run->world, &n);

	for (i = 0; i < n; i++)
		if (t[i].pidns_pid == (uint32_t)r1 && t[i].pidns_pid &&
		    t[i].pidns_ino == me->pidns_ino && t[i].pidns_dev == me->pidns_dev)
			return t[i].address;
	return 0;
}

HELPER(task_pt_regs)
{
	const struct vm_task *t = world_task(run->world, r1);

	return t ? t->regs : 0;
}

/* ---- their memory ---- */

HELPER(find_vma)
{
	const struct vm_world *w = run->world;
	const struct vm_task *t = world_task(w, r1);
	struct vm_vma vma;
	uint64_t r0;

	if (r5)
		return neg(-EINVAL);
	if (!t || !w->outside || !w->outside->vma || w->outside->vma(w->arg, t, r2, &vma) ||
	    vma.start > r2 || vma.end <= r2)
		return neg(-ENOENT);
	if (vm_callback(run, r3, (const uint64_t[]){r1, vma.address, r4, 0, 0}, &r0))
		return 0;
	return 0;
}

int task_read(struct vm_run *run, uint64_t task, uint64_t at, void *to, size_t n)
{
	const struct vm_world *w = run->world;
	const struct vm_task *t = world_task(w, task);

	if (t == &w->task)
		return mem_read(run, VM_USER, at, to, n);
	if (!t || !w->outside || !w->outside->read_task)
		return -EFAULT;
	return w->outside->read_task(w->arg, t, at, to, n);
}

HELPER(copy_from_user_task)
{
	void *to;
	int err;

	if (!helper_mem(run, r1, (uint32_t)r2, true, &to))
		return 0;
	if (r5)
		return neg(-EINVAL);
	err = to ? task_read(run, r4, r3, to, (uint32_t)r2) : 0;
	if (err)
		memset(to, 0, (uint32_t)r2);
	return neg(err);
}

/* Byte by byte where it has to be another's: strings are short, and end anywhere. */
int64_t task_read_str(struct vm_run *run, uint64_t task, uint64_t at, char *to, size_t max)
{
	size_t i;

	if (world_task(run->world, task) == &run->world->task)
		return mem_read_str(run, VM_USER, at, to, max);
	for (i = 0; i < max; i++) {
		if (task_read(run, task, at + i, to + i, 1))
			return -EFAULT;
		if (!to[i])
			return (int64_t)i + 1;
	}
	if (max)
		to[max - 1] = '\0';
	return (int64_t)max;
}

KFUNC(bpf_copy_from_user_task_str)
{
	enum { PAD_ZEROS = 1 };
	uint32_t size = (uint32_t)r2;
	int64_t n;
	char *to;

	if (r5 & ~(uint64_t)PAD_ZEROS)
		return neg(-EINVAL);
	to = size ? vm_mem(run, r1, size, true) : NULL;
	if (!to)
		return 0;
	n = task_read_str(run, r4, r3, to, size);
	if (n < 0 && !(r5 & PAD_ZEROS))
		to[0] = '\0';
	if (r5 & PAD_ZEROS)
		memset(to + MAX(n, 0), 0, size - (size_t)MAX(n, 0));
	return neg(n);
}
