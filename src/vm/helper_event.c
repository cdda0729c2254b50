/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Perf events: records to them, their counters and branches; and the stacks they take. */
#include "vm/helper.h"

/* ---- records ---- */

enum { EVENT_INDEX = UINT32_MAX, EVENT_PACKET_SHIFT = 32, EVENT_PACKET_MAX = 0xfffff };

/* A record of two parts, as one. */
static int output_both(struct map *m, uint64_t flags, const void *data, size_t n,
		       const void *packet, size_t packet_n)
{
	uint8_t *both = mem_alloc(n + packet_n);
	int err;

	if (!both)
		return -ENOMEM;
	if (n)
		memcpy(both, data, n);
	memcpy(both + n, packet, packet_n);
	err = map_perf_output(m, both, n + packet_n, flags);
	mem_free(both);
	return err;
}

/* For packet programs the upper half of the flags is how much of the packet is to be appended. */
static uint64_t output(struct vm_run *run, uint64_t ctx, uint64_t map, uint64_t flags,
		       uint64_t from, uint64_t n)
{
	const struct vm_packet *p = run->world->packet;
	struct map *m = helper_map_of(run, map, MAP_TYPE_PERF_EVENT_ARRAY);
	bool packet = p && ctx == address(&p->skb);
	uint64_t more = packet ? flags >> EVENT_PACKET_SHIFT & EVENT_PACKET_MAX : 0;
	void *data;

	if (!m || !helper_mem(run, from, n, false, &data))
		return 0;
	if (flags & ~(uint64_t)EVENT_INDEX & ~(more << EVENT_PACKET_SHIFT))
		return neg(-EINVAL);
	if (more > (packet ? p->len : 0))
		return neg(-EFAULT);
	if (more)
		return neg(output_both(m, flags & EVENT_INDEX, data, n, vm_packet_data(p), more));
	return neg(map_perf_output(m, data ? data : "", n, flags));
}

HELPER(perf_event_output)
{
	return output(run, r1, r2, r3, r4, r5);
}

HELPER(skb_output) /* of programs that trace, and have the packet as one of their arguments */
{
	return output(run, r1, r2, r3, r4, r5);
}

HELPER(xdp_output)
{
	return output(run, r1, r2, r3, r4, r5);
}

/* ---- counters ---- */

static int read_counter(struct vm_run *run, const struct map *m, uint64_t flags,
			struct vm_counter *ret)
{
	const struct vm_world *w = run->world;
	uint64_t i = flags == EVENT_INDEX ? w->cpu : flags;

	if (flags & ~(uint64_t)EVENT_INDEX)
		return -EINVAL;
	if (m && i >= m->max_entries)
		return -E2BIG;
	if (!w->outside || !w->outside->counter)
		return m ? -ENOENT : -EOPNOTSUPP;
	return w->outside->counter(w->arg, m, (uint32_t)i, ret);
}

HELPER(perf_event_read)
{
	struct map *m = helper_map_of(run, r1, MAP_TYPE_PERF_EVENT_ARRAY);
	struct vm_counter c;
	int err = m ? read_counter(run, m, r2, &c) : 0;

	return err ? neg(err) : m ? c.count : 0;
}

static uint64_t give_counter(struct vm_run *run, const struct map *m, uint64_t flags, uint64_t at,
			     uint32_t size)
{
	void *to = vm_mem(run, at, size, true);
	struct vm_counter c;
	int err = -EINVAL;

	if (!to)
		return 0;
	if (size == sizeof(c))
		err = read_counter(run, m, flags, &c);
	if (err)
		memset(to, 0, size);
	else
		memcpy(to, &c, sizeof(c));
	return neg(err);
}

HELPER(perf_event_read_value)
{
	struct map *m = helper_map_of(run, r1, MAP_TYPE_PERF_EVENT_ARRAY);

	return m ? give_counter(run, m, r2, r3, (uint32_t)r4) : 0;
}

HELPER(perf_prog_read_value)
{
	return give_counter(run, NULL, 0, r2, (uint32_t)r3);
}

/* ---- branches that the CPU has recorded ---- */

enum { BRANCH_SIZE = 24, BRANCHES_MAX = 256 };

HELPER(read_branch_records)
{
	enum { ASK_SIZE = 1 };
	const struct vm_world *w = run->world;
	uint8_t all[BRANCH_SIZE * BRANCHES_MAX];
	uint32_t size = (uint32_t)r3;
	int64_t n = -ENOENT;
	void *to;

	if (!helper_mem(run, r2, size, true, &to))
		return 0;
	if (r4 & ~(uint64_t)ASK_SIZE)
		return neg(-EINVAL);
	if (w->outside && w->outside->branches)
		n = MIN(w->outside->branches(w->arg, false, all, sizeof(all)),
			(int64_t)sizeof(all));
	if (n < 0 || r4 & ASK_SIZE)
		return neg(n);
	if (!to || size % BRANCH_SIZE)
		return neg(-EINVAL);
	n = MIN(n, (int64_t)size);
	memcpy(to, all, (size_t)n);
	return (uint64_t)n;
}

HELPER(get_branch_snapshot)
{
	const struct vm_world *w = run->world;
	uint32_t size = (uint32_t)r2 / BRANCH_SIZE * BRANCH_SIZE;
	int64_t n = 0;
	void *to;

	if (!helper_mem(run, r1, (uint32_t)r2, true, &to))
		return 0;
	if (to && w->outside && w->outside->branches)
		n = w->outside->branches(w->arg, true, to, size);
	if (r3)
		return neg(-EINVAL);
	return n > 0 ? (uint64_t)MIN(n, (int64_t)size) : neg(-ENOENT);
}

/* ---- the stack ---- */

enum { STACK_SKIP = 0xff, STACK_USER = 1 << 8, STACK_DEPTH_MAX = 127 };

static int64_t addresses(const struct vm_world *w, const struct vm_task *t, enum vm_space s,
			 uint64_t *ret_ip, size_t max)
{
	const struct vm_outside *o = w->outside;

	if (t == &w->task)
		return o && o->stack ? o->stack(w->arg, s, ret_ip, max) : -EFAULT;
	return o && o->task_stack ? o->task_stack(w->arg, t, s, ret_ip, max) : -EFAULT;
}

/*
 * kernel: __bpf_get_stack(). Build ids are for who can open the files: refused like unknown flags.
 */
static int64_t stack_into(struct vm_run *run, const struct vm_task *t, uint64_t *to, uint32_t size,
			  uint64_t flags)
{
	const struct vm_world *w = run->world;
	uint64_t ip[STACK_DEPTH_MAX + STACK_SKIP];
	enum vm_space s = flags & STACK_USER ? VM_USER : VM_KERNEL;
	uint32_t skip = flags & STACK_SKIP;
	int64_t n;

	if (flags & ~(uint64_t)(STACK_SKIP | STACK_USER) || size % sizeof(*ip))
		return -EINVAL;
	if (t != &w->task && s == VM_USER)
		return -EOPNOTSUPP;
	n = addresses(w, t, s, ip, MIN(size / sizeof(*ip) + skip, (size_t)STACK_DEPTH_MAX));
	if (n < skip)
		return -EFAULT;
	n = MIN(n - skip, (int64_t)(size / sizeof(*ip)));
	memcpy(to, ip + skip, (size_t)n * sizeof(*ip));
	return n * (int64_t)sizeof(*ip);
}

static uint64_t get_stack(struct vm_run *run, const struct vm_task *t, uint64_t at, uint32_t size,
			  uint64_t flags)
{
	int64_t n;
	void *to;

	if (!helper_mem(run, at, size, true, &to))
		return 0;
	n = t ? stack_into(run, t, to, size, flags) : -EINVAL;
	if (size)
		memset((char *)to + MAX(n, 0), 0, size - (size_t)MAX(n, 0));
	return neg(n);
}

HELPER(get_stack)
{
	return get_stack(run, &run->world->task, r2, (uint32_t)r3, r4);
}

HELPER(get_task_stack)
{
	return get_stack(run, world_task(run->world, r1), r2, (uint32_t)r3, r4);
}

HELPER(get_stackid)
{
	enum { SKIP = 0xff, USER = 1 << 8, DEPTH_MAX = 127 };
	const struct vm_world *w = run->world;
	struct map *m = helper_map_of(run, r2, MAP_TYPE_STACK_TRACE);
	uint64_t ip[DEPTH_MAX];
	int64_t n = 0;

	if (!m)
		return 0;
	if (w->outside && w->outside->stack)
		n = w->outside->stack(w->arg, r3 & USER ? VM_USER : VM_KERNEL, ip, DEPTH_MAX);
	return neg(map_stack_id(m, ip, (uint32_t)MAX(n, 0), r3));
}
