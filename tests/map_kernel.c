/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps against the running kernel: random operations on both, the same results wanted, bit for bit.
 */
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "map_pair.h"

enum { KEYS = 96, BATCH = 40 };

static uint64_t steps_wanted(void)
{
	return test_long() ? 1000000 : 12000;
}

/* What a sequence may compare. */
enum {
	ORDERED = 1, /* iteration and batch order */
	KEYLESS = 2,
	PREFIX = 4, /* keys of LPM tries */
	BY_KEY = 8, /* not ordered, and where a batch goes on is said by a key */
};

struct sequence {
	struct pair p;
	unsigned has;
	uint8_t *key, *next, *value, *keys, *values, *token, *out;
	bool token_valid;
};

/* Few distinct keys, so that they meet. */
static void random_key(struct sequence *s, uint8_t *key)
{
	uint32_t i = pair_below(&s->p, KEYS), n = (uint32_t)s->p.key_size;

	if (s->has & PREFIX) {
		uint32_t len = pair_below(&s->p, 16) ? pair_below(&s->p, (n - 4) * 8 + 1)
						     : pair_below(&s->p, 4096);

		memset(key + 4, 0, n - 4);
		memcpy(key, &len, 4);
		for (i = 0; i < n - 4; i++) /* branching in few bits only */
			key[4 + i] =
				pair_below(&s->p, 3) ? 0 : (uint8_t)(1u << pair_below(&s->p, 8));
		if (!pair_below(&s->p, 4))
			pair_bytes(&s->p, key + 4, n - 4);
		return;
	}
	memset(key, 0x5a, n);
	memcpy(key, &i, MIN(n, 4u));
	if (!pair_below(&s->p, 200))
		pair_bytes(&s->p, key, n);
}

static uint64_t random_flags(struct sequence *s)
{
	static const uint64_t odd[] = {MAP_LOCK,
				       3,
				       5,
				       6,
				       7,
				       8,
				       16,
				       24,
				       1ull << 31,
				       1ull << 32,
				       1ull << 32 | 8,
				       UINT64_MAX,
				       MAP_LOCK | MAP_EXIST};
	uint32_t r = pair_below(&s->p, 40);

	if (r == 0)
		return odd[pair_below(&s->p, ARRAY_LEN(odd))];
	return r < 28 ? MAP_ANY : r < 34 ? MAP_NOEXIST : MAP_EXIST;
}

static uint64_t lookup_flags(struct sequence *s)
{
	return pair_below(&s->p, 50) ? 0 : random_flags(s);
}

static const void *maybe_key(struct sequence *s)
{
	bool right = pair_below(&s->p, 100);

	if (s->has & KEYLESS)
		return right ? NULL : s->key;
	random_key(s, s->key);
	return right ? s->key : NULL;
}

static void batch(struct sequence *s)
{
	enum map_batch_op op = pair_below(&s->p, 4);
	struct map_batch b = {.keys = s->keys, .values = s->values, .out = s->out};
	uint32_t i;

	if (op <= MAP_BATCH_TAKE && !(s->has & ORDERED))
		return;
	b.count = pair_below(&s->p, 10) ? pair_below(&s->p, BATCH) : 0;
	b.in = s->token_valid && op <= MAP_BATCH_TAKE ? s->token : NULL;
	b.elem_flags = pair_below(&s->p, 30) ? 0 : random_flags(s);
	b.flags = pair_below(&s->p, 40) ? 0 : 1;
	for (i = 0; i < b.count; i++)
		random_key(s, s->keys + i * s->p.key_size);
	pair_bytes(&s->p, s->values, MIN(b.count * s->p.value_size, (size_t)256));
	if (!pair_batch(&s->p, op, &b) && op <= MAP_BATCH_TAKE && b.count) {
		memcpy(s->token, s->out, MAX(s->p.key_size, 4));
		s->token_valid = true;
	} else if (op <= MAP_BATCH_TAKE) {
		s->token_valid = false;
	}
}

static void step(struct sequence *s)
{
	struct pair *p = &s->p;
	uint32_t r = pair_below(p, 100);
	const void *key = maybe_key(s);

	pair_bytes(p, s->value, p->value_size);
	if (p->ours->type == MAP_TYPE_INSN_ARRAY && pair_below(p, 4))
		memset(s->value + 4, 0, 8); /* only a program's loader may set these */
	if (r < 25)
		pair_lookup(p, key, s->value, lookup_flags(s));
	else if (r < 65)
		pair_update(p, key, s->value, random_flags(s));
	else if (r < 80)
		pair_delete(p, key);
	else if (r < 87)
		pair_take(p, key, s->value, lookup_flags(s));
	else if (r < 94 && (s->has & (ORDERED | KEYLESS)))
		pair_next(p, pair_below(p, 8) ? key : NULL, s->next);
	else if (p->key_size)
		batch(s);
}

static void run(const struct map_attr *a, unsigned has, uint64_t steps)
{
	struct sequence s = {.has = has};
	struct pair *p = &s.p;
	uint64_t i;

	pair_open(p, a);
	s.key = malloc(p->key_size + 8);
	s.next = malloc(p->key_size + 8);
	s.token = malloc(p->key_size + 8);
	s.out = malloc(p->key_size + 8);
	s.value = malloc(p->value_size + 8);
	s.keys = malloc(BATCH * (p->key_size + 8));
	s.values = malloc(BATCH * (p->value_size + 8));
	memset(s.values, 7, BATCH * (p->value_size + 8));
	for (i = 0; i < steps; i++) {
		step(&s);
		if (p->key_size && i % 512 == 511)
			pair_same_set(p);
	}
	pair_freeze(p);
	for (i = 0; i < 100; i++)
		step(&s);
	pair_freeze(p);
	pair_close(p);
	free(s.key), free(s.next), free(s.token), free(s.out), free(s.value), free(s.keys),
		free(s.values);
}

struct shape {
	uint32_t key, value, max, flags;
};

static void run_shapes(uint32_t type, const struct shape *shape, size_t n, unsigned has)
{
	uint64_t steps = steps_wanted() / n;
	size_t i;

	if (!pair_has_type(type))
		return;
	pair_pin(pair_cpus() - 1);
	for (i = 0; i < n; i++) {
		struct map_attr a = {.type = type,
				     .key_size = shape[i].key,
				     .value_size = shape[i].value,
				     .max_entries = shape[i].max,
				     .flags = shape[i].flags};

		run(&a, has | (a.flags & MAP_F_ZERO_SEED ? ORDERED : 0), MAX(steps, 2000));
	}
}

#define SHAPES(test, type, has, ...)                                                               \
	TEST_WITH(test, TEST_NO_OOM | TEST_SLOW)                                                   \
	{                                                                                          \
		static const struct shape shapes[] = {__VA_ARGS__};                                \
                                                                                                   \
		run_shapes(type, shapes, ARRAY_LEN(shapes), has);                                  \
	}

#define Z MAP_F_ZERO_SEED
#define N MAP_F_NO_PREALLOC

SHAPES(array, MAP_TYPE_ARRAY, ORDERED, {4, 1, 1, 0}, {4, 8, 64, 0}, {4, 13, 100, 0},
       {4, 4, 1024, MAP_F_MMAPABLE}, {4, 300, 33, MAP_F_RDONLY_PROG})
SHAPES(percpu_array, MAP_TYPE_PERCPU_ARRAY, ORDERED, {4, 4, 1, 0}, {4, 8, 64, 0}, {4, 21, 50, 0})
SHAPES(hash, MAP_TYPE_HASH, 0, {4, 8, 64, Z}, {4, 8, 64, N | Z}, {8, 4, 1, Z}, {1, 1, 3, Z},
       {3, 5, 20, N | Z}, {13, 40, 200, Z}, {16, 8, 50, 0}, {4, 4, 64, 0}, {8, 16, 64, N},
       {100, 100, 64, Z})
SHAPES(percpu_hash, MAP_TYPE_PERCPU_HASH, 0, {4, 8, 64, Z}, {8, 5, 64, N | Z}, {20, 12, 33, 0})
SHAPES(lru_hash, MAP_TYPE_LRU_HASH, 0, {4, 8, 64, Z}, {4, 8, 8, Z}, {8, 4, 1, Z}, {12, 12, 500, Z},
       {4, 4, 40, MAP_F_NO_COMMON_LRU | Z}, {4, 4, 3, MAP_F_NO_COMMON_LRU | Z}, {8, 8, 64, 0})
SHAPES(lru_percpu_hash, MAP_TYPE_LRU_PERCPU_HASH, 0, {4, 8, 64, Z}, {8, 3, 16, Z},
       {4, 4, 40, MAP_F_NO_COMMON_LRU | Z})
SHAPES(rhash, MAP_TYPE_RHASH, BY_KEY, {4, 8, 64, N}, {8, 4, 1, N}, {1, 1, 3, N}, {13, 40, 200, N},
       {100, 100, 64, N})
SHAPES(insn_array, MAP_TYPE_INSN_ARRAY, ORDERED, {4, 16, 1, 0}, {4, 16, 64, 0})
SHAPES(lpm_trie, MAP_TYPE_LPM_TRIE, ORDERED | PREFIX, {8, 4, 64, N}, {5, 1, 20, N},
       {20, 8, 1000, N}, {12, 8, 300, N}, {7, 3, 40, N}, {260, 8, 100, N})
SHAPES(queue, MAP_TYPE_QUEUE, KEYLESS, {0, 4, 1, 0}, {0, 8, 10, 0}, {0, 17, 33, 0})
SHAPES(stack, MAP_TYPE_STACK, KEYLESS, {0, 4, 1, 0}, {0, 8, 10, 0}, {0, 17, 33, 0})
SHAPES(bloom_filter, MAP_TYPE_BLOOM_FILTER, KEYLESS, {0, 1, 100, Z}, {0, 4, 50, Z}, {0, 7, 300, Z})
SHAPES(ringbuf, MAP_TYPE_RINGBUF, KEYLESS, {0, 0, 4096, 0})
SHAPES(user_ringbuf, MAP_TYPE_USER_RINGBUF, KEYLESS, {0, 0, 8192, 0})

/* ---- batches where the order is each one's own ---- */

enum { MANY = 300, ROOM = MANY };

/* What a walk by batches of both has in common: how many come each time, and what in the end. */
static void batch_walk(struct pair *p, enum map_batch_op op, uint32_t room)
{
	uint32_t keys[2][ROOM], token[2], i, k, side;
	uint64_t values[2][ROOM];
	uint8_t seen[2][MANY] = {{0}};
	struct map_batch b[2];
	int err[2] = {0};

	for (i = 0; !err[0]; i++) {
		for (side = 0; side < 2; side++)
			b[side] = (struct map_batch){.in = i ? &token[side] : NULL,
						     .out = &token[side],
						     .keys = keys[side],
						     .values = values[side],
						     .count = room};
		err[0] = map_user_batch(p->ours, MAP_MAY_ALL, op, &b[0]);
		err[1] = pair_kernel_batch(p, op, &b[1]);
		CHECK_EQ(err[0], err[1]);
		CHECK_EQ(b[0].count, b[1].count);
		for (side = 0; side < 2; side++) {
			for (k = 0; k < b[side].count; k++) {
				CHECK(keys[side][k] < MANY && !seen[side][keys[side][k]]);
				seen[side][keys[side][k]] = 1;
				CHECK_EQ(values[side][k], keys[side][k] * 7ull);
			}
		}
	}
	CHECK_MEM(seen[0], seen[1], MANY);
	test_note("%s: %u batches, then %d", p->what, i, err[0]);
}

TEST_WITH(rhash_batches, TEST_NO_OOM | TEST_SLOW)
{
	struct map_attr a = {.type = MAP_TYPE_RHASH,
			     .key_size = 4,
			     .value_size = 8,
			     .max_entries = MANY,
			     .flags = N};
	static const uint32_t rooms[] = {1, 7, 60, ROOM - 1, ROOM};
	uint32_t i, k, key = 1;
	struct pair p;

	if (!pair_has_type(a.type))
		return;
	for (i = 0; i < ARRAY_LEN(rooms); i++) {
		pair_open(&p, &a);
		for (k = 0; k < MANY; k++)
			CHECK_EQ(pair_update(&p, &k, &(uint64_t){k * 7ull}, 0), 0);
		CHECK_EQ(pair_update(&p, &k, &(uint64_t){0}, 0), -E2BIG);
		batch_walk(&p, MAP_BATCH_LOOKUP, rooms[i]);
		pair_delete(&p, &key);
		/* in one go: while the kernel's table shrinks its walks may end early */
		batch_walk(&p, MAP_BATCH_TAKE, ROOM);
		pair_close(&p);
	}
}

/* A token whose key is gone: the walk cannot go on. */
TEST_WITH(rhash_token_lost, TEST_NO_OOM | TEST_SLOW)
{
	struct map_attr a = {.type = MAP_TYPE_RHASH,
			     .key_size = 4,
			     .value_size = 8,
			     .max_entries = 4,
			     .flags = N};
	uint32_t token = 77, keys[4];
	uint64_t values[4];
	struct map_batch b[2];
	struct pair p;
	int i;

	if (!pair_has_type(a.type))
		return;
	pair_open(&p, &a);
	for (i = 0; i < 2; i++)
		b[i] = (struct map_batch){
			.in = &token, .out = &token, .keys = keys, .values = values, .count = 4};
	CHECK_EQ(map_user_batch(p.ours, MAP_MAY_ALL, MAP_BATCH_LOOKUP, &b[0]), -EAGAIN);
	CHECK_EQ(pair_kernel_batch(&p, MAP_BATCH_LOOKUP, &b[1]), -EAGAIN);
	CHECK_EQ(b[0].count, b[1].count);
	pair_close(&p);
}

/* ---- which types do what ---- */

enum { OP_LOOKUP, OP_UPDATE, OP_DELETE, OP_NEXT, OP_TAKE, OP_BATCH, OPS = OP_BATCH + 4 };

static int one_op(struct pair *p, unsigned op, bool kernel)
{
	static const int cmd[] = {BPF_MAP_LOOKUP_ELEM, BPF_MAP_UPDATE_ELEM, BPF_MAP_DELETE_ELEM,
				  BPF_MAP_GET_NEXT_KEY, BPF_MAP_LOOKUP_AND_DELETE_ELEM};
	static uint8_t key[512], value[1 << 17], next[512];
	const void *k = p->key_size ? key : NULL;
	struct map_batch b = {.keys = key, .values = value, .out = next, .count = 1};

	memset(value, 0, sizeof(value));
	if (op >= OP_BATCH && kernel)
		return pair_kernel_batch(p, op - OP_BATCH, &b);
	if (kernel)
		return pair_kernel_elem(p, cmd[op], k,
					op == OP_DELETE ? NULL
					: op == OP_NEXT ? next
							: value);
	switch (op) {
	case OP_LOOKUP:
		return map_user_lookup(p->ours, MAP_MAY_ALL, k, value, 0);
	case OP_UPDATE:
		return map_user_update(p->ours, MAP_MAY_ALL, k, value, 0);
	case OP_DELETE:
		return map_user_delete(p->ours, MAP_MAY_ALL, k);
	case OP_NEXT:
		return map_user_next_key(p->ours, MAP_MAY_ALL, k, next);
	case OP_TAKE:
		return map_user_take(p->ours, MAP_MAY_ALL, k, value, 0);
	default:
		return map_user_batch(p->ours, MAP_MAY_ALL, op - OP_BATCH, &b);
	}
}

/* Of descriptors it is only asked whether there is such an operation: what 0 names is another matter. */
static bool refuses(int err)
{
	return err == -MAP_ENOTSUPP || err == -EOPNOTSUPP;
}

static void compare_ops(struct pair *p)
{
	const struct abi_map_type *row = abi_map_type(p->ours->type);
	static const uint32_t can[OPS] = {
		ABI_OP_LOOKUP,     ABI_OP_UPDATE,       ABI_OP_DELETE,
		ABI_OP_NEXT,       ABI_OP_TAKE,         ABI_OP_BATCH_LOOKUP,
		ABI_OP_BATCH_TAKE, ABI_OP_BATCH_UPDATE, ABI_OP_BATCH_DELETE};
	unsigned op;

	for (op = 0; op < OPS; op++) {
		int ours = one_op(p, op, false), kernel = one_op(p, op, true);
		bool vague = (op == OP_UPDATE || op == OP_BATCH + MAP_BATCH_UPDATE ||
			      row->btf == ABI_MAP_BTF_MUST) &&
			     !refuses(kernel) && !refuses(ours);

		if (ours != kernel && !vague)
			FAIL("%s, operation %u: ours %d, the kernel's %d", p->what, op, ours,
			     kernel);
		if (refuses(ours) && p->ours->can & can[op])
			FAIL("%s, operation %u is in the table, but refused", p->what, op);
	}
}

/* Every operation of every type, on an empty map: the same ones are there in this kernel. */
TEST_WITH(operations, TEST_NO_OOM | TEST_SLOW)
{
	struct bpf_create inner = {MAP_TYPE_ARRAY, 4, 4, 1, .inner_fd = -1};
	struct map_attr inner_attr = {
		.type = MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
	const struct abi_map_type *row;
	uint32_t type, compared = 0;
	struct map_env env;
	struct map *m;
	struct pair p;
	int fd;

	pair_need_bpf();
	pair_env(&env);
	fd = kernel_map_create(&inner);
	CHECK(fd >= 0);
	CHECK_EQ(map_create(&inner_attr, &env, &m), 0);
	for (type = 1; (row = abi_map_type(type)); type++) {
		struct map_attr a = {.type = type,
				     .key_size = row->key.min,
				     .value_size =
					     MAX(row->value.min, row->value.max >= 8 ? 8u : 0u),
				     .max_entries = row->entries == ABI_ENTRIES_ZERO    ? 0
						    : row->entries == ABI_ENTRIES_PAGES ? 4096
											: 1,
				     .flags = row->need,
				     .typed = row->btf == ABI_MAP_BTF_MUST};

		if (!pair_has_type(type) || type == MAP_TYPE_STRUCT_OPS)
			continue;
		if (type == MAP_TYPE_ARRAY_OF_MAPS || type == MAP_TYPE_HASH_OF_MAPS)
			a.inner = m;
		pair_open_inner(&p, &a, fd);
		compare_ops(&p);
		pair_close(&p);
		compared++;
	}
	CHECK(compared > 25);
	close(fd);
	map_unref_user(m);
}

/* ---- creation ---- */

static uint32_t pick(struct pair *p, const uint32_t *from, size_t n)
{
	return from[pair_below(p, (uint32_t)n)];
}

static uint32_t random_create_flags(struct pair *p)
{
	uint32_t flags = 0, n;

	for (n = pair_below(p, 4); n; n--)
		flags |= 1u << pair_below(p, 22);
	return flags & ~(1u << 16); /* a token's descriptor is the engine's matter */
}

/* Something each type accepts, from where the corners are near. */
static const struct shape accepted[] = {
	[MAP_TYPE_HASH] = {8, 8, 10, 0},
	[MAP_TYPE_ARRAY] = {4, 8, 10, 0},
	[MAP_TYPE_PROG_ARRAY] = {4, 4, 10, 0},
	[MAP_TYPE_PERF_EVENT_ARRAY] = {4, 4, 10, 0},
	[MAP_TYPE_PERCPU_HASH] = {8, 8, 10, 0},
	[MAP_TYPE_PERCPU_ARRAY] = {4, 8, 10, 0},
	[MAP_TYPE_STACK_TRACE] = {4, 64, 10, 0},
	[MAP_TYPE_CGROUP_ARRAY] = {4, 4, 10, 0},
	[MAP_TYPE_LRU_HASH] = {8, 8, 10, 0},
	[MAP_TYPE_LRU_PERCPU_HASH] = {8, 8, 10, 0},
	[MAP_TYPE_LPM_TRIE] = {8, 8, 10, MAP_F_NO_PREALLOC},
	[MAP_TYPE_ARRAY_OF_MAPS] = {4, 4, 10, 0},
	[MAP_TYPE_HASH_OF_MAPS] = {4, 4, 10, 0},
	[MAP_TYPE_DEVMAP] = {4, 4, 10, 0},
	[MAP_TYPE_SOCKMAP] = {4, 4, 10, 0},
	[MAP_TYPE_CPUMAP] = {4, 4, 10, 0},
	[MAP_TYPE_XSKMAP] = {4, 4, 10, 0},
	[MAP_TYPE_SOCKHASH] = {4, 4, 10, 0},
	[MAP_TYPE_CGROUP_STORAGE] = {16, 8, 0, 0},
	[MAP_TYPE_REUSEPORT_SOCKARRAY] = {4, 4, 10, 0},
	[MAP_TYPE_PERCPU_CGROUP_STORAGE] = {8, 8, 0, 0},
	[MAP_TYPE_QUEUE] = {0, 8, 10, 0},
	[MAP_TYPE_STACK] = {0, 8, 10, 0},
	[MAP_TYPE_SK_STORAGE] = {4, 8, 0, MAP_F_NO_PREALLOC},
	[MAP_TYPE_DEVMAP_HASH] = {4, 8, 10, 0},
	[MAP_TYPE_STRUCT_OPS] = {4, 64, 1, 0},
	[MAP_TYPE_RINGBUF] = {0, 0, 4096, 0},
	[MAP_TYPE_INODE_STORAGE] = {4, 8, 0, MAP_F_NO_PREALLOC},
	[MAP_TYPE_TASK_STORAGE] = {4, 8, 0, MAP_F_NO_PREALLOC},
	[MAP_TYPE_BLOOM_FILTER] = {0, 8, 10, 0},
	[MAP_TYPE_USER_RINGBUF] = {0, 0, 4096, 0},
	[MAP_TYPE_CGRP_STORAGE] = {4, 8, 0, MAP_F_NO_PREALLOC},
	[MAP_TYPE_ARENA] = {0, 0, 10, MAP_F_MMAPABLE},
	[MAP_TYPE_INSN_ARRAY] = {4, 16, 10, 0},
	[MAP_TYPE_RHASH] = {8, 8, 10, MAP_F_NO_PREALLOC},
};

static void random_create(struct pair *p, uint32_t type, struct bpf_create *c)
{
	static const uint32_t keys[] = {0,   1,       3,           4,           4,         4,   4,
					5,   8,       16,          511,         513,       260, 261,
					512, 1 << 20, 4194255 - 8, 4194256 - 8, UINT32_MAX};
	static const uint32_t values[] = {65535,
					  65536,
					  4096,
					  4097,
					  0,
					  1,
					  3,
					  4,
					  4,
					  4,
					  5,
					  8,
					  8,
					  16,
					  32,
					  1024,
					  1016,
					  1025,
					  32761,
					  32768,
					  32769,
					  1 << 20,
					  (4 << 20) - 257,
					  (4 << 20) - 296,
					  (4 << 20) - 295,
					  4 << 20,
					  (4 << 20) + 1,
					  1u << 31,
					  UINT32_MAX,
					  INT32_MAX};
	static const uint32_t most[] = {
		0,          1,         1,    2,      3,    7,        64,
		100,        4096,      8192, 12288,  5000, 1u << 31, (1u << 31) + 1,
		UINT32_MAX, INT32_MAX, 8193, 1 << 15};
	static const char *const names[] = {NULL,
					    NULL,
					    "a",
					    "with.dot_9",
					    "bad name",
					    "b@d",
					    "fifteen_letters",
					    "sixteen__letters"};

	*c = (struct bpf_create){.type = type,
				 .key_size = accepted[type].key,
				 .value_size = accepted[type].value,
				 .max_entries = accepted[type].max,
				 .flags = accepted[type].flags,
				 .inner_fd = -1};
	if (!pair_below(p, 4))
		c->key_size = pick(p, keys, ARRAY_LEN(keys));
	if (!pair_below(p, 3))
		c->value_size = pick(p, values, ARRAY_LEN(values));
	if (!pair_below(p, 3))
		c->max_entries = pick(p, most, ARRAY_LEN(most));
	if (pair_below(p, 2))
		c->flags ^= random_create_flags(p);
	/* these would have the kernel take gigabytes, if only for a moment */
	if (c->max_entries > 1u << 20 && c->max_entries <= 1u << 31 && type != MAP_TYPE_HASH)
		c->max_entries = 64;
	if (c->flags & MAP_F_NUMA_NODE)
		c->numa_node = pick(p, (const uint32_t[]){0, 0, 1, UINT32_MAX, 5, 1u << 31}, 6);
	if (!pair_below(p, 4))
		c->extra = pair_below(p, 3)   ? pair_below(p, 18)
			   : pair_below(p, 2) ? UINT64_C(1) << 40
					      : (UINT64_C(1) << 41) - 0x5000;
	c->name = names[pair_below(p, ARRAY_LEN(names))];
}

/* The kernel says it has no memory; before 5.11 it reckoned how much it would need, and refused first. */
static bool lacks_memory(const struct bpf_create *c, int kernel)
{
	uint64_t bytes = c->max_entries * (UINT64_C(64) + c->key_size + c->value_size);

	return kernel == -ENOMEM ||
	       (kernel == -E2BIG && bytes > UINT64_C(1) << 31 && pair_kernel() < ABI_KERNEL(5, 11));
}

/* Whether there was something to compare. */
static bool compare_create(struct pair *p, const struct bpf_create *c)
{
	struct map_attr a = {.type = c->type,
			     .key_size = c->key_size,
			     .value_size = c->value_size,
			     .max_entries = c->max_entries,
			     .flags = c->flags,
			     .extra = c->extra,
			     .numa_node = c->numa_node,
			     .name = c->name};
	struct map *m = NULL;
	int ours = map_create(&a, &p->env, &m), kernel;

	if (!ours)
		map_unref_user(m);
	map_quiesce();
	CHECK_EQ(p->env.used, 0);
	if (ours == -ENOMEM || (!ours && c->max_entries > 1u << 20))
		return false; /* past our ceiling, or of gigabytes there: the kernel need not try */
	kernel = kernel_map_create(c);
	if (kernel >= 0)
		close(kernel);
	if (lacks_memory(c, kernel))
		return false;
	if (ours != MIN(kernel, 0))
		FAIL("%s key=%u value=%u max=%u flags=0x%x extra=%llu node=%u name=%s: ours %d, "
		     "the "
		     "kernel's %d",
		     map_type_name(c->type), c->key_size, c->value_size, c->max_entries, c->flags,
		     (unsigned long long)c->extra, c->numa_node, c->name ? c->name : "", ours,
		     kernel);
	return true;
}

TEST_WITH(create, TEST_NO_OOM | TEST_SLOW)
{
	struct pair p = {.random = test_seed()};
	uint64_t i, per_type = test_long() ? 5000 : 400, made = 0, compared = 0;
	struct bpf_create c;
	uint32_t type;

	pair_need_bpf();
	pair_env(&p.env);
	for (type = 1; map_type_name(type); type++) {
		for (i = 0; i < per_type; i++, made++) {
			random_create(&p, type, &c);
			compared += compare_create(&p, &c);
		}
	}
	test_note("%llu maps asked for, %llu compared", (unsigned long long)made,
		  (unsigned long long)compared);
	CHECK(compared > made / 4 * 3);
}
