/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which maps a program may use. kernel: check_map_prog_compatibility(), bpf_check_tail_call() */
#include "engine/impl.h"

#define TYPES(a, b) (UINT64_C(1) << MAP_TYPE_##a | UINT64_C(1) << MAP_TYPE_##b)

static bool is_tracing(const struct prog_object *p)
{
	switch (p->type) {
	case ABI_PROG_KPROBE:
	case ABI_PROG_TRACEPOINT:
	case ABI_PROG_PERF_EVENT:
	case ABI_PROG_RAW_TRACEPOINT:
	case ABI_PROG_RAW_TRACEPOINT_WRITABLE:
		return true;
	default:
		return false;
	}
}

/* What the value holds that programs of this kind may not touch; NULL: nothing. */
static const char *forbidden_field(const struct prog_object *p, const struct map *m)
{
	static const struct {
		uint32_t kinds;
		const char *text;
	} fields[] = {
		{1u << MAP_LIST_HEAD | 1u << MAP_RB_ROOT,
		 "tracing progs cannot use bpf_{list_head,rb_root} yet\n"},
		{1u << MAP_SPIN_LOCK, "tracing progs cannot use bpf_spin_lock yet\n"},
		{1u << MAP_TIMER, "tracing progs cannot use bpf_timer yet\n"},
		{1u << MAP_WORKQUEUE, "tracing progs cannot use bpf_wq yet\n"},
	};
	size_t i;

	if (p->type == ABI_PROG_SOCKET_FILTER && m->field_kinds >> MAP_SPIN_LOCK & 1)
		return "socket filter progs cannot use bpf_spin_lock yet\n";
	for (i = 0; is_tracing(p) && i < ARRAY_LEN(fields); i++)
		if (m->field_kinds & fields[i].kinds)
			return fields[i].text;
	return NULL;
}

static bool may_sleep_with(const struct map *m)
{
	static const uint64_t types = TYPES(HASH, LRU_HASH) | TYPES(ARRAY, PERCPU_HASH) |
				      TYPES(PERCPU_ARRAY, LRU_PERCPU_HASH) |
				      TYPES(ARRAY_OF_MAPS, HASH_OF_MAPS) | TYPES(RINGBUF, USER_RINGBUF) |
				      TYPES(INODE_STORAGE, SK_STORAGE) | TYPES(TASK_STORAGE, CGRP_STORAGE) |
				      TYPES(QUEUE, STACK) | TYPES(ARENA, ARENA);

	return types >> m->type & 1;
}

/* Whether anything but the engine knows where the arena is. */
static bool is_placed(const struct map_object *m)
{
	if (m->map->extra)
		return true;
	for vec_each(&m->o.e->region, r)
		if (r->m == m)
			return true;
	return false;
}

const char *prog_map_wrong(const struct prog_object *p, const struct map_object *m, int *ret_err)
{
	const char *why = forbidden_field(p, m->map);

	*ret_err = -EINVAL;
	if (why)
		return why;
	if (m->map->type == MAP_TYPE_STRUCT_OPS)
		return "bpf_struct_ops map cannot be used in prog\n";
	if (p->flags & ABI_F_PROG_SLEEPABLE && !may_sleep_with(m->map))
		return "Sleepable programs can only use array, hash, ringbuf and local storage maps\n";
	if (m->map->type == MAP_TYPE_CGROUP_STORAGE || m->map->type == MAP_TYPE_PERCPU_CGROUP_STORAGE) {
		*ret_err = -EBUSY;
		for vec_each(&p->map, other)
			if ((*other)->map->type == m->map->type)
				return "only one cgroup storage of each type is allowed\n";
	}
	if (m->map->type == MAP_TYPE_ARENA) {
		*ret_err = -EBUSY;
		for vec_each(&p->map, other)
			if ((*other)->map->type == MAP_TYPE_ARENA)
				return "Only one arena per program\n";
		*ret_err = -EINVAL;
		if (!is_placed(m))
			return "arena's user address must be set via map_extra or mmap()\n";
	}
	return NULL;
}

/* ---- maps that hold programs ---- */

static bool holds_programs(const struct map *m)
{
	return m->type == MAP_TYPE_PROG_ARRAY || m->type == MAP_TYPE_DEVMAP || m->type == MAP_TYPE_CPUMAP;
}

/* The first one says what the others must be. kernel: __bpf_prog_map_compatible() */
bool prog_array_accepts(struct map_object *m, const struct prog_object *p)
{
	const struct map_owner is = {
		.type = p->type,
		.attach = m->map->type == MAP_TYPE_PROG_ARRAY ? p->attach : 0,
		.btf_id = p->attach_btf_id,
		.jited = vm_prog_engine(p->vm) == VM_JIT,
		.frags = p->flags & ABI_F_PROG_XDP_HAS_FRAGS,
		.sleepable = p->flags & ABI_F_PROG_SLEEPABLE,
	};

	if (p->ifindex)
		return false;
	if (!m->owned) {
		m->owned = true;
		m->owner = is;
		return true;
	}
	return is.type == m->owner.type && is.attach == m->owner.attach &&
	       is.btf_id == m->owner.btf_id && is.jited == m->owner.jited &&
	       is.frags == m->owner.frags && is.sleepable == m->owner.sleepable;
}

int prog_owns_maps(struct prog_object *p)
{
	int err = 0;

	lock(p->o.e);
	for vec_each(&p->map, m)
		if (holds_programs((*m)->map) && !prog_array_accepts(*m, p))
			err = -EINVAL;
	unlock(p->o.e);
	return err;
}
