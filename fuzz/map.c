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

static void step(struct map *m, uint32_t op, uint32_t k, uint32_t flags)
{
	const void *use = m->key_size ? key : NULL;

	set_key(k, m->key_size);
	map_set_cpu(flags >> 6);
	switch (op % 12) {
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
		batch(m, op / 12 % 4, k, flags);
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
	}
}

static void any_map(struct input *in)
{
	struct map_env env = {
		.cpus = 3, .kernel = ABI_KERNEL(6, 19), .seed = 5, .max_bytes = 1 << 22};
	struct map_attr a = {.type = byte(in) % 40, .typed = true};
	struct map *m;
	uint32_t n, op, k;

	a.key_size = word(in);
	a.value_size = word(in);
	a.max_entries = word(in);
	a.flags = word(in);
	a.extra = byte(in);
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
	if (env.used)
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
