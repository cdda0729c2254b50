/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps of any attributes under any sequence of operations, and two hash tables that differ only inside
 * (preallocated or not, our hash or the kernel's) under the same one: their answers must be the same.
 *
 * Input: one byte that says which, then attributes, then four bytes per step: operation, key, flags,
 * value. What runs out reads as zeros.
 */
#include <stdlib.h>

#include "map/map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS_MAX = 4000, ROOM = 1 << 16 };

struct input {
	const uint8_t *at;
	size_t left;
};

static uint8_t key[512], next[512], value[ROOM], other[ROOM], keys[ROOM], values[ROOM];

static uint32_t byte(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

static uint32_t word(struct input *in)
{
	uint32_t w = byte(in);

	w |= byte(in) << 8;
	w |= byte(in) << 16;
	return w | byte(in) << 24;
}

static void set_key(uint32_t k, uint32_t key_size)
{
	memset(key, 0, sizeof(key));
	memcpy(key, &k, 4);
	if (key_size > 4)
		key[4] = (uint8_t)(k << 3); /* prefixes of LPM tries */
}

static void batch(struct map *m, enum map_batch_op op, uint32_t k, uint32_t flags)
{
	size_t each = MAX(m->key_size, map_user_value_size(m));
	struct map_batch b = {.in = k & 1 ? key : NULL,
			      .out = next,
			      .keys = keys,
			      .values = values,
			      .count = each ? (uint32_t)MIN(k, ROOM / each) : k,
			      .elem_flags = flags & 7,
			      .flags = flags >> 7};

	if (map_user_batch(m, MAP_MAY_ALL, op, &b) == 0 && b.count * each > ROOM)
		abort();
}

static uint64_t each_stops(struct map *m, const void *k, void *v, void *arg)
{
	uint32_t *left = arg;

	memcpy(next, k, MIN(m->key_size, sizeof(next)));
	if (*left & 1) /* removing what one stands on must be safe */
		map_delete(m, k);
	memcpy(other, v, MIN(m->value_size, sizeof(other)));
	return (*left)-- < 2;
}

/* What only programs do, or the owner of the objects that a map hangs from. */
static void programs_own(struct map *m, uint32_t k, uint32_t flags)
{
	uint64_t addr;
	void *at;

	map_enter();
	switch (m->type) {
	case MAP_TYPE_SK_STORAGE:
	case MAP_TYPE_INODE_STORAGE:
	case MAP_TYPE_TASK_STORAGE:
	case MAP_TYPE_CGRP_STORAGE:
		at = map_storage_get(m, k, flags & 2 ? value : NULL, flags & 1);
		if (at)
			memset(at, 1, m->value_size);
		if (flags & 4)
			map_storage_delete(m, k);
		break;
	case MAP_TYPE_CGROUP_STORAGE:
	case MAP_TYPE_PERCPU_CGROUP_STORAGE:
		if (flags & 1)
			map_cgroup_detach(m, k, 0);
		else if (!map_cgroup_attach(m, k, 0) && (at = map_cgroup_value(m, k, 0)))
			memset(at, 1, m->value_size);
		break;
	case MAP_TYPE_QUEUE:
	case MAP_TYPE_STACK:
		if (flags & 1)
			map_push(m, value, flags >> 6);
		else
			map_pop(m, value);
		break;
	case MAP_TYPE_INSN_ARRAY:
		if (!map_insns_begin(m)) {
			map_insns_place(m, k % m->max_entries, flags, flags, value);
			if (map_insns_given(m, 0) && map_direct_value(m, k * 8, &addr) == 0)
				memcpy(other, (void *)(uintptr_t)addr, 8);
			map_insns_end(m);
		}
		break;
	default:
		break;
	}
	map_exit();
}

static void step(struct map *m, uint32_t op, uint32_t k, uint32_t flags)
{
	const void *use = m->key_size ? key : NULL;

	set_key(k, m->key_size);
	map_set_cpu(flags >> 6);
	switch (op % 16) {
	case 0:
		map_user_lookup(m, MAP_MAY_ALL, use, value, flags & 7);
		break;
	case 1:
	case 2:
		map_user_update(m, MAP_MAY_ALL, use, value, flags & 7);
		break;
	case 3:
		map_user_delete(m, MAP_MAY_ALL, use);
		break;
	case 4:
		map_user_take(m, MAP_MAY_ALL, use, value, flags & 7);
		break;
	case 5:
		map_user_next_key(m, MAP_MAY_ALL, k & 1 ? use : NULL, next);
		break;
	case 6:
	case 7:
		batch(m, op / 16 % 4, k, flags);
		break;
	case 8:
		if (use) {
			map_enter();
			map_lookup(m, use);
			map_lookup_percpu(m, use, flags & 3);
			map_exit();
		}
		break;
	case 9:
		if (m->type == MAP_TYPE_RINGBUF)
			map_ring_output(m, value, k * 16, flags & 3);
		else if (m->type == MAP_TYPE_STACK_TRACE)
			map_stack_id(m, (uint64_t *)value, k, flags << 4);
		break;
	case 10:
		if (m->type == MAP_TYPE_ARENA)
			map_arena_free(m, map_arena_alloc(m, NULL, k, 0), flags);
		break;
	case 11:
		if (flags == 255)
			map_freeze(m, MAP_MAY_ALL);
		break;
	case 12:
		programs_own(m, k, flags);
		break;
	case 13:
		map_enter();
		map_for_each(m, each_stops, &k, 0);
		map_exit();
		break;
	case 14:
	case 15:
		map_enter();
		if (use && op & 16)
			map_update(m, use, value, flags & 7);
		else if (use)
			map_delete(m, use);
		map_exit();
		break;
	}
}

/* Descriptors below 200 name objects and targets. */
static int object_id(void *arg, struct map *m, int fd, uint64_t *ret_id)
{
	(void)arg;
	(void)m;
	if (fd < 0 || fd >= 200)
		return -EBADF;
	*ret_id = (uint64_t)fd;
	return 0;
}

static int target_get(void *arg, struct map *m, const void *k, const void *v,
		      struct map_target *ret_target)
{
	(void)m;
	(void)k;
	if (*(const uint8_t *)v >= 200)
		return -EINVAL;
	ret_target->cookie = *(const uint8_t *)v;
	++*(uint32_t *)arg;
	return 0;
}

static void target_put(void *arg, uint32_t type, struct map_target *t)
{
	(void)type;
	(void)t;
	--*(uint32_t *)arg;
}

static uint32_t right_size(struct input *in, const struct abi_sizes *s)
{
	uint32_t size = s->min + byte(in) % 16 * s->step;

	return MIN(size, s->max);
}

/* What the table of map types calls right, which random bytes seldom are. */
static void right_attributes(struct input *in, struct map_attr *a)
{
	const struct abi_map_type *row = abi_map_type(a->type);

	if (!row)
		return;
	a->key_size = right_size(in, &row->key);
	a->value_size = MAX(right_size(in, &row->value), row->btf == ABI_MAP_BTF_MUST ? 8u : 0u);
	a->max_entries = row->entries == ABI_ENTRIES_ZERO    ? 0
			 : row->entries == ABI_ENTRIES_PAGES ? 4096u << byte(in) % 3
			 : row->entries == ABI_ENTRIES_ONE   ? 1
							     : 1 + byte(in) % 100;
	a->flags = row->need | (word(in) & row->flags);
	if (a->type == MAP_TYPE_RHASH || a->type == MAP_TYPE_BLOOM_FILTER)
		a->extra = byte(in) % 16;
}

static void any_map(struct input *in)
{
	uint32_t held = 0;
	struct map_env env = {.cpus = 3,
			      .kernel = ABI_KERNEL(7, 2),
			      .seed = 5,
			      .max_bytes = 1 << 22,
			      .arg = &held,
			      .object_id = object_id,
			      .target_get = target_get,
			      .target_put = target_put};
	uint32_t n, op, k, type = byte(in);
	struct map_attr a = {.type = type % 40, .typed = true};
	struct map *m;

	if (type < 80) {
		a.key_size = word(in);
		a.value_size = word(in);
		a.max_entries = word(in);
		a.flags = word(in);
		a.extra = byte(in);
	} else {
		right_attributes(in, &a);
	}
	if (map_create(&a, &env, &m))
		return;
	if (m->key_size <= sizeof(key) && map_user_value_size(m) <= ROOM) {
		for (n = 0; n < STEPS_MAX && in->left; n++) {
			op = byte(in);
			k = byte(in);
			step(m, op, k, byte(in));
			memset(value, (int)byte(in), 64);
		}
	}
	if (map_memory(m) > env.max_bytes + 4096)
		abort();
	map_unref_user(m);
	map_quiesce();
	if (env.used || held)
		abort();
}

static void same(int one, int two)
{
	if (one != two)
		abort();
}

static void two_tables(struct input *in)
{
	struct map_env env = {.cpus = 2, .kernel = ABI_KERNEL(6, 18), .seed = byte(in)};
	struct map_attr a = {.type = byte(in) & 1 ? MAP_TYPE_HASH : MAP_TYPE_PERCPU_HASH,
			     .key_size = 4 + byte(in) % 20,
			     .value_size = 8,
			     .max_entries = 1 + byte(in) % 40};
	struct map_attr b = a;
	struct map *one, *two;
	uint32_t n, op, flags;

	b.flags = MAP_F_NO_PREALLOC | MAP_F_ZERO_SEED;
	if (map_create(&a, &env, &one) || map_create(&b, &env, &two))
		abort();
	for (n = 0; n < STEPS_MAX && in->left; n++) {
		op = byte(in) % 4;
		set_key(byte(in) % 64, a.key_size);
		flags = byte(in) & 3;
		memset(value, (int)byte(in), 16);
		memcpy(other, value, 16);
		if (op == 0) {
			same(map_user_lookup(one, 3, key, value, 0),
			     map_user_lookup(two, 3, key, other, 0));
		} else if (op == 1) {
			same(map_user_update(one, 3, key, value, flags),
			     map_user_update(two, 3, key, other, flags));
		} else if (op == 2) {
			same(map_user_delete(one, 3, key), map_user_delete(two, 3, key));
		} else {
			same(map_user_take(one, 3, key, value, 0),
			     map_user_take(two, 3, key, other, 0));
		}
		same(memcmp(value, other, 16), 0);
	}
	map_unref_user(one);
	map_unref_user(two);
	map_quiesce();
	same(env.used != 0, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};

	if (byte(&in) & 1)
		two_tables(&in);
	else
		any_map(&in);
	return 0;
}
