/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The world: its life, its clocks and random numbers, and the task, CPU and function a program is
 * in.
 */
#include <time.h>

#include "vm/helper.h"

void vm_world_init(struct vm_world *w, const struct vm_outside *outside, void *arg, uint64_t seed)
{
	*w = (struct vm_world){.outside = outside,
			       .arg = arg,
			       .cpus = 1,
			       .random = seed,
			       .owned = VEC_INIT(VM_OWNED_MAX),
			       .sockopt = VEC_INIT(VM_SOCKOPTS_MAX)};
}

static void let_go(const struct vm_owned *o)
{
	switch (o->kind) {
	case VM_OWNS_RECORD:
		map_ring_discard(o->at, 0);
		return;
	case VM_OWNS_BITS:
		mem_free(o->at);
		return;
	case VM_OWNS_CPUMASK:
		vm_type_cpumask.free(o->at);
		return;
	case VM_OWNS_OBJECT:
		object_let_go(o->at);
		return;
	case VM_OWNS_SOCK:
		((struct vm_sock *)o->at)->refs--;
		return;
	}
	bug("owned %d", o->kind);
}

void vm_world_reset(struct vm_world *w)
{
	size_t i;

	for (i = 0; i < w->owned.n; i++)
		let_go(&w->owned.at[i]);
	w->owned.n = 0;
	w->redirect = (struct vm_redirect){0};
	w->selected = NULL;
}

void vm_world_done(struct vm_world *w)
{
	vm_world_reset(w);
	vec_done(&w->owned);
	vec_done(&w->sockopt);
}

int world_own(struct vm_world *w, enum vm_owned_kind kind, void *at)
{
	return vec_push(&w->owned, ((struct vm_owned){kind, at}));
}

static int64_t find_owned(const struct vm_world *w, enum vm_owned_kind kind, const void *at)
{
	size_t i;

	for (i = w->owned.n; i-- > 0;)
		if (w->owned.at[i].at == at && w->owned.at[i].kind == kind)
			return (int64_t)i;
	return -1;
}

bool world_owns(const struct vm_world *w, enum vm_owned_kind kind, const void *at)
{
	return find_owned(w, kind, at) >= 0;
}

bool world_disown(struct vm_world *w, enum vm_owned_kind kind, const void *at)
{
	int64_t i = find_owned(w, kind, at);

	if (i < 0)
		return false;
	w->owned.at[i] = vec_last(&w->owned);
	w->owned.n--;
	return true;
}

void world_effect(const struct vm_world *w, enum vm_effect_kind kind, uint64_t a, uint64_t b,
		  const void *bytes, size_t n)
{
	struct vm_effect e = {kind, a, b, bytes, n};

	if (w->outside && w->outside->effect)
		w->outside->effect(w->arg, &e);
}

/* ---- clocks ---- */

static uint64_t host_clock(enum vm_clock c)
{
	enum { HZ = 250, TICK_NS = 1000000000 / HZ };
	static const clockid_t id[] = {
		[VM_CLOCK_MONOTONIC] = CLOCK_MONOTONIC,     [VM_CLOCK_BOOT] = CLOCK_BOOTTIME,
		[VM_CLOCK_COARSE] = CLOCK_MONOTONIC_COARSE, [VM_CLOCK_TAI] = CLOCK_TAI,
		[VM_CLOCK_JIFFIES] = CLOCK_MONOTONIC,
	};
	struct timespec ts;
	uint64_t ns;

	clock_gettime(id[c], &ts);
	ns = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
	if (c != VM_CLOCK_JIFFIES)
		return ns;
	return (uint32_t)(-300 * HZ) + ns / TICK_NS; /* they begin five minutes before the wrap */
}

uint64_t world_clock(const struct vm_world *w, enum vm_clock c)
{
	return w->outside && w->outside->clock ? w->outside->clock(w->arg, c) : host_clock(c);
}

HELPER(ktime_get_ns)
{
	return world_clock(run->world, VM_CLOCK_MONOTONIC);
}

HELPER(ktime_get_boot_ns)
{
	return world_clock(run->world, VM_CLOCK_BOOT);
}

HELPER(ktime_get_coarse_ns)
{
	return world_clock(run->world, VM_CLOCK_COARSE);
}

HELPER(ktime_get_tai_ns)
{
	return world_clock(run->world, VM_CLOCK_TAI);
}

HELPER(jiffies64)
{
	return world_clock(run->world, VM_CLOCK_JIFFIES);
}

HELPER(get_prandom_u32) /* splitmix64 */
{
	uint64_t z = run->world->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)(z ^ z >> 31);
}

/* ---- the task ---- */

HELPER(get_smp_processor_id)
{
	return run->world->cpu;
}

HELPER(get_numa_node_id)
{
	return run->world->numa_node;
}

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

static uint64_t ancestor_cgroup(const struct vm_task *t, int32_t level)
{
	return level >= 0 && (uint32_t)level < t->cgroups ? t->cgroup[level] : 0;
}

HELPER(get_current_cgroup_id)
{
	return ancestor_cgroup(&run->world->task, (int32_t)run->world->task.cgroups - 1);
}

HELPER(get_current_ancestor_cgroup_id)
{
	return ancestor_cgroup(&run->world->task, (int32_t)r1);
}

static uint64_t signal_task(struct vm_run *run, enum vm_effect_kind kind, uint32_t sig)
{
	enum { SIGNAL_MAX = 64 };
	const struct vm_task *t = &run->world->task;

	if (!t->pid || t->tgid == 1) /* a kernel thread; init */
		return neg(-EPERM);
	if (sig > SIGNAL_MAX)
		return neg(-EINVAL);
	world_effect(run->world, kind, sig, 0, NULL, 0);
	return 0;
}

HELPER(send_signal)
{
	return signal_task(run, VM_SIGNAL, (uint32_t)r1);
}

HELPER(send_signal_thread)
{
	return signal_task(run, VM_SIGNAL_THREAD, (uint32_t)r1);
}

/* ---- where it is attached ---- */

HELPER(get_retval)
{
	return neg((int32_t)run->world->retval);
}

HELPER(set_retval)
{
	run->world->retval = (int32_t)r1;
	return 0;
}

HELPER(get_attach_cookie)
{
	return run->world->attach_cookie;
}

HELPER(get_func_ip)
{
	return run->world->func_ip;
}

HELPER(get_func_arg_cnt)
{
	return run->world->func_args;
}

static uint64_t give_u64(struct vm_run *run, uint64_t at, uint64_t v)
{
	void *to = vm_mem(run, at, sizeof(v), true);

	if (to)
		memcpy(to, &v, sizeof(v));
	return 0;
}

HELPER(get_func_arg)
{
	const struct vm_world *w = run->world;

	if ((uint32_t)r2 >= w->func_args || (uint32_t)r2 >= ARRAY_LEN(w->func_arg))
		return neg(-EINVAL);
	return give_u64(run, r3, w->func_arg[(uint32_t)r2]);
}

HELPER(get_func_ret)
{
	return run->world->func_returned ? give_u64(run, r2, run->world->func_ret)
					 : neg(-EOPNOTSUPP);
}

/* ---- the stack ---- */

enum { STACK_SKIP = 0xff, STACK_USER = 1 << 8, STACK_DEPTH_MAX = 127 };

/*
 * kernel: __bpf_get_stack(). Build ids are for who can open the files: refused like unknown flags.
 */
static int64_t stack_into(struct vm_run *run, uint64_t *to, uint32_t size, uint64_t flags)
{
	const struct vm_world *w = run->world;
	uint64_t ip[STACK_DEPTH_MAX + STACK_SKIP];
	enum vm_space s = flags & STACK_USER ? VM_USER : VM_KERNEL;
	uint32_t skip = flags & STACK_SKIP;
	int64_t n;

	if (flags & ~(uint64_t)(STACK_SKIP | STACK_USER) || size % sizeof(*ip))
		return -EINVAL;
	if (!w->outside || !w->outside->stack)
		return -EFAULT;
	n = w->outside->stack(w->arg, s, ip,
			      MIN(size / sizeof(*ip) + skip, (size_t)STACK_DEPTH_MAX));
	if (n < skip)
		return -EFAULT;
	n = MIN(n - skip, (int64_t)(size / sizeof(*ip)));
	memcpy(to, ip + skip, (size_t)n * sizeof(*ip));
	return n * (int64_t)sizeof(*ip);
}

HELPER(get_stack)
{
	uint32_t size = (uint32_t)r3;
	int64_t n;
	void *to;

	if (!helper_mem(run, r2, size, true, &to))
		return 0;
	n = stack_into(run, to, size, r4);
	if (size)
		memset((char *)to + MAX(n, 0), 0, size - (size_t)MAX(n, 0));
	return neg(n);
}
