/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps and ring buffers: the skin over module map's program side.
 *
 * A map is the address of its struct, which loads have put into the program. The checked engines
 * only believe in maps that some load of the running program names, or that a lookup in a map of
 * maps gave in this run (an empty grant); and in records of a ring buffer that are reserved and not
 * yet submitted.
 */
#include "vm/helper.h"

static bool is_granted_map(const struct vm_run *run, uint64_t at)
{
	size_t i;

	for (i = 0; i < run->grant.n; i++)
		if (run->grant.at[i].at == at && !run->grant.at[i].len)
			return true;
	return false;
}

struct map *helper_map(struct vm_run *run, uint64_t at)
{
	if (is_checked(run) &&
	    (!at || (!vm_prog_has_map(run->prog, at) && !is_granted_map(run, at)))) {
		helper_fault(run, at, sizeof(struct map));
		return NULL;
	}
	return pointer(at);
}

struct map *helper_map_of(struct vm_run *run, uint64_t at, uint32_t type)
{
	struct map *m = helper_map(run, at);

	if (m && m->type != type) {
		helper_fault(run, at, sizeof(*m));
		return NULL;
	}
	return m;
}

/* A pointer for the program, which may use so much of it; 0 when it cannot be given. */
static uint64_t give(struct vm_run *run, const void *p, size_t size, bool writable)
{
	int err = p ? vm_grant(run, p, size, writable) : 0;

	if (!err)
		return address(p);
	run->err = err;
	return 0;
}

/* What a lookup gives may be a map, or a socket of whoever owns the map, which nobody may touch. */
uint64_t helper_give_value(struct vm_run *run, const struct map *m, const void *value)
{
	switch (m->type) {
	case MAP_TYPE_ARRAY_OF_MAPS:
	case MAP_TYPE_HASH_OF_MAPS:
		return give(run, value, 0, false);
	case MAP_TYPE_SOCKMAP:
	case MAP_TYPE_SOCKHASH:
		return helper_give_sock(run, (struct vm_sock *)(uintptr_t)value);
	case MAP_TYPE_XSKMAP:
	case MAP_TYPE_REUSEPORT_SOCKARRAY:
		return address(value);
	default:
		if (!m->fields || !is_checked(run))
			return give(run, value, m->value_size, !(m->flags & MAP_F_RDONLY_PROG));
		run->err = value ? vm_show_value(run, vm_grant, m, value) : 0;
		return run->err ? 0 : address(value);
	}
}

/* Key and value of a call, or false and the run ends. */
static bool take(struct vm_run *run, uint64_t key_at, uint64_t key_size, void **ret_key,
		 uint64_t value_at, uint64_t value_size, void **ret_value, bool write)
{
	return helper_mem(run, key_at, key_size, false, ret_key) &&
	       helper_mem(run, value_at, value_size, write, ret_value);
}

HELPER(map_lookup_elem)
{
	struct map *m = helper_map(run, r1);
	void *key = m ? vm_mem(run, r2, m->key_size, false) : NULL;

	return key ? helper_give_value(run, m, map_lookup(m, key)) : 0;
}

HELPER(map_lookup_percpu_elem)
{
	struct map *m = helper_map(run, r1);
	void *key = m ? vm_mem(run, r2, m->key_size, false) : NULL;

	return key ? helper_give_value(run, m, map_lookup_percpu(m, key, (uint32_t)r3)) : 0;
}

HELPER(map_update_elem)
{
	struct map *m = helper_map(run, r1);
	void *key, *value;

	if (!m || !take(run, r2, m->key_size, &key, r3, m->value_size, &value, false))
		return 0;
	return neg(map_update(m, key, value, r4));
}

HELPER(map_delete_elem)
{
	struct map *m = helper_map(run, r1);
	void *key = m ? vm_mem(run, r2, m->key_size, false) : NULL;

	return key ? neg(map_delete(m, key)) : 0;
}

/* The types without keys; *ret_value is what is pushed, or where it goes. */
static struct map *keyless(struct vm_run *run, uint64_t map, bool bloom, uint64_t value, bool write,
			   void **ret_value)
{
	struct map *m = helper_map(run, map);

	if (!m)
		return NULL;
	if (m->type != MAP_TYPE_QUEUE && m->type != MAP_TYPE_STACK &&
	    !(bloom && m->type == MAP_TYPE_BLOOM_FILTER)) {
		helper_fault(run, map, sizeof(*m));
		return NULL;
	}
	*ret_value = vm_mem(run, value, m->value_size, write && m->type != MAP_TYPE_BLOOM_FILTER);
	return *ret_value ? m : NULL;
}

HELPER(map_push_elem)
{
	void *value;
	struct map *m = keyless(run, r1, true, r2, false, &value);

	return m ? neg(map_push(m, value, r3)) : 0;
}

HELPER(map_pop_elem)
{
	void *value;
	struct map *m = keyless(run, r1, false, r2, true, &value);

	return m ? neg(map_pop(m, value)) : 0;
}

HELPER(map_peek_elem) /* of a Bloom filter the value is what is looked for */
{
	void *value;
	struct map *m = keyless(run, r1, true, r2, true, &value);

	return m ? neg(map_peek(m, value)) : 0;
}

/* ---- bpf_for_each_map_elem ---- */

struct each {
	struct vm_run *run;
	uint64_t fn, ctx;
};

static uint64_t each_elem(struct map *m, const void *key, void *value, void *arg)
{
	const struct each *e = arg;
	uint64_t r0, at = helper_give_value(e->run, m, value), key_at;

	if (e->run->err)
		return 1;
	key_at = give(e->run, key, m->key_size, false);
	if (e->run->err ||
	    vm_callback(e->run, e->fn, (const uint64_t[]){address(m), key_at, at, e->ctx, 0}, &r0))
		return 1;
	return r0;
}

HELPER(for_each_map_elem)
{
	struct map *m = helper_map(run, r1);
	struct each e = {run, r2, r3};

	return m ? neg(map_for_each(m, each_elem, &e, r4)) : 0;
}

static uint64_t count_one(struct map *m, const void *key, void *value, void *arg)
{
	(void)m, (void)key, (void)value, (void)arg;
	return 0;
}

KFUNC(bpf_map_sum_elem_count) /* of hash tables; others do not count */
{
	struct map *m = helper_map(run, r1);
	int64_t n;

	if (!m || (m->type != MAP_TYPE_HASH && m->type != MAP_TYPE_PERCPU_HASH &&
		   m->type != MAP_TYPE_LRU_HASH && m->type != MAP_TYPE_LRU_PERCPU_HASH))
		return 0;
	n = map_for_each(m, count_one, NULL, 0);
	return (uint64_t)MAX(n, 0);
}

/* ---- ring buffers ---- */

/* In checked engines a record is known from when it is reserved until it is submitted. */
static uint64_t reserve(struct vm_run *run, struct map *m, uint64_t size, uint64_t flags)
{
	void *record = map_ring_reserve(m, size, flags);

	if (!record || !is_checked(run))
		return address(record);
	if (world_own(run->world, VM_OWNS_RECORD, record)) {
		map_ring_discard(record, MAP_RB_NO_WAKEUP);
		return 0;
	}
	return give(run, record, size, true);
}

static bool release(struct vm_run *run, uint64_t at)
{
	if (!is_checked(run))
		return true;
	if (!world_disown(run->world, VM_OWNS_RECORD, pointer(at))) {
		helper_fault(run, at, 8);
		return false;
	}
	vm_ungrant(run, pointer(at));
	return true;
}

HELPER(ringbuf_reserve)
{
	struct map *m = helper_map_of(run, r1, MAP_TYPE_RINGBUF);

	return m ? reserve(run, m, r2, r3) : 0;
}

HELPER(ringbuf_submit)
{
	if (release(run, r1))
		map_ring_submit(pointer(r1), r2);
	return 0;
}

HELPER(ringbuf_discard)
{
	if (release(run, r1))
		map_ring_discard(pointer(r1), r2);
	return 0;
}

HELPER(ringbuf_output)
{
	struct map *m = helper_map_of(run, r1, MAP_TYPE_RINGBUF);
	void *data;

	if (!m || !helper_mem(run, r2, r3, false, &data))
		return 0;
	return neg(map_ring_output(m, data ? data : "", r3, r4));
}

HELPER(ringbuf_query)
{
	struct map *m = helper_map_of(run, r1, MAP_TYPE_RINGBUF);

	return m ? map_ring_query(m, r2) : 0;
}

/*
 * A dynptr of a record: the null one when it cannot be reserved, which must be discarded all the
 * same.
 */
HELPER(ringbuf_reserve_dynptr)
{
	struct map *m = helper_map_of(run, r1, MAP_TYPE_RINGBUF);
	struct dynptr *d = m ? helper_struct(run, r4, sizeof(*d), true) : NULL;
	uint64_t record;
	int err = 0;

	if (!d)
		return 0;
	memset(d, 0, sizeof(*d));
	if (r3)
		return neg(-EINVAL);
	err = (uint32_t)r2 > DYNPTR_SIZE_MAX ? -E2BIG : 0;
	if (err)
		return neg(err);
	record = reserve(run, m, (uint32_t)r2, 0);
	if (!record)
		return neg(-EINVAL);
	*d = (struct dynptr){.data = record,
			     .size = (uint32_t)r2 | DYNPTR_RINGBUF << DYNPTR_TYPE_SHIFT};
	return 0;
}

static uint64_t end_dynptr(struct vm_run *run, uint64_t at, uint64_t flags,
			   void (*end)(void *record, uint64_t flags))
{
	struct dynptr *d = helper_struct(run, at, sizeof(*d), true);

	if (!d || !d->data)
		return 0;
	if (release(run, d->data))
		end(pointer(d->data), flags);
	memset(d, 0, sizeof(*d));
	return 0;
}

HELPER(ringbuf_submit_dynptr)
{
	return end_dynptr(run, r1, r2, map_ring_submit);
}

HELPER(ringbuf_discard_dynptr)
{
	return end_dynptr(run, r1, r2, map_ring_discard);
}

struct drain {
	struct vm_run *run;
	uint64_t fn, ctx;
};

/*
 * The record is a read-only dynptr for the callback, which lives nowhere the program could write.
 */
static uint64_t drain_one(void *record, uint32_t size, void *arg)
{
	const struct drain *d = arg;
	struct dynptr dynptr = {
		.data = address(record),
		.size = size | DYNPTR_LOCAL << DYNPTR_TYPE_SHIFT | DYNPTR_RDONLY,
	};
	uint64_t r0 = 1;
	int err = vm_grant(d->run, record, size, false);

	if (!err)
		err = vm_grant(d->run, &dynptr, sizeof(dynptr), false);
	if (err)
		d->run->err = err;
	else if (vm_callback(d->run, d->fn, (const uint64_t[]){address(&dynptr), d->ctx, 0, 0, 0},
			     &r0))
		r0 = 1;
	vm_ungrant(d->run, &dynptr);
	vm_ungrant(d->run, record);
	return r0;
}

HELPER(user_ringbuf_drain)
{
	struct map *m = helper_map_of(run, r1, MAP_TYPE_USER_RINGBUF);
	struct drain d = {run, r2, r3};

	return m ? neg(map_ring_drain(m, drain_one, &d, r4)) : 0;
}

/* ---- redirection into a map of devices, CPUs or sockets ---- */

HELPER(redirect_map)
{
	enum { ACTION_MASK = 3, BROADCAST = 8, EXCLUDE_INGRESS = 16, ABORTED = 0, REDIRECT = 4 };
	struct vm_world *w = run->world;
	struct map *m = helper_map(run, r1);
	bool devices = m && (m->type == MAP_TYPE_DEVMAP || m->type == MAP_TYPE_DEVMAP_HASH);
	uint32_t key = (uint32_t)r2;
	const struct map_target *to;

	if (m && !devices && m->type != MAP_TYPE_CPUMAP && m->type != MAP_TYPE_XSKMAP) {
		helper_fault(run, r1, sizeof(*m));
		return 0;
	}
	if (!m)
		return 0;
	if (r3 & ~(uint64_t)(ACTION_MASK | (devices ? BROADCAST | EXCLUDE_INGRESS : 0)))
		return ABORTED;
	to = map_redirect_target(m, &key);
	if (!to && !(r3 & BROADCAST)) {
		w->redirect = (struct vm_redirect){0};
		return r3 & ACTION_MASK;
	}
	w->redirect = (struct vm_redirect){.kind = VM_REDIRECT_MAP,
					   .map = m,
					   .key = key,
					   .target = to,
					   .flags = r3 & ~(uint64_t)ACTION_MASK};
	return REDIRECT;
}
