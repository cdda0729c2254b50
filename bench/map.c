/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * map: what an operation on a map costs a program, in plain C calls, beside what it costs in the kernel
 * (measured on this kind of machine with 256 operations per run of an XDP program, hot cache).
 * Each figure is the least of several rounds; wall time, so nothing is asserted.
 */
#include <pthread.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "map/map.h"

enum { ROUNDS = 15, OPS = 200000, KEYS = 65536 };

static struct map_env env = {.cpus = 2, .kernel = ABI_KERNEL(6, 18), .seed = 42};
static uint64_t keys[KEYS]; /* in random order */
static uint64_t sink;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static struct map *make(uint32_t type, uint32_t key, uint32_t value, uint32_t max, uint32_t flags)
{
	struct map_attr a = {.type = type,
			     .key_size = key,
			     .value_size = value,
			     .max_entries = max,
			     .flags = flags};
	struct map *m;
	int err = map_create(&a, &env, &m);

	if (err) {
		fprintf(stderr, "map: cannot create a %s: %d\n", map_type_name(type), err);
		exit(1);
	}
	return m;
}

static void fill(struct map *m, uint32_t n)
{
	uint64_t value[4] = {0};
	uint32_t i;

	for (i = 0; i < n; i++)
		map_update(m, &keys[i], value, 0);
}

typedef void op_fn(struct map *m, uint32_t mask, uint32_t n);

static void op_lookup(struct map *m, uint32_t mask, uint32_t n)
{
	uint64_t sum = 0, *v;
	uint32_t i;

	for (i = 0; i < n; i++) {
		v = map_lookup(m, &keys[i & mask]);
		sum += v ? *v : 1;
	}
	sink += sum;
}

static void op_lookup_index(struct map *m, uint32_t mask, uint32_t n)
{
	uint64_t sum = 0, *v;
	uint32_t i, k;

	for (i = 0; i < n; i++) {
		k = i & mask;
		v = map_lookup(m, &k);
		sum += v ? *v : 1;
	}
	sink += sum;
}

static void op_lookup_inlined(struct map *m, uint32_t mask, uint32_t n)
{
	uint8_t *values = m->values + map_self.cpu * m->cpu_stride;
	uint32_t i, k, max = m->max_entries, size = m->elem_size;
	uint64_t sum = 0;

	for (i = 0; i < n; i++) {
		k = i & mask;
		__asm__ volatile("" : "+r"(k));
		if (k < max)
			sum += *(uint64_t *)(values + (uint64_t)k * size);
	}
	sink += sum;
}

static void op_miss(struct map *m, uint32_t mask, uint32_t n)
{
	uint64_t sum = 0, k;
	uint32_t i;

	for (i = 0; i < n; i++) {
		k = ~keys[i & mask];
		sum += map_lookup(m, &k) != NULL;
	}
	sink += sum;
}

static void op_update(struct map *m, uint32_t mask, uint32_t n)
{
	uint64_t value[4] = {1};
	uint32_t i;

	for (i = 0; i < n; i++)
		sink += (uint64_t)map_update(m, &keys[i & mask], value, 0);
}

static void op_update_index(struct map *m, uint32_t mask, uint32_t n)
{
	uint64_t value[4] = {1};
	uint32_t i, k;

	for (i = 0; i < n; i++) {
		k = i & mask;
		sink += (uint64_t)map_update(m, &k, value, 0);
	}
}

static void op_insert_delete(struct map *m, uint32_t mask, uint32_t n)
{
	uint64_t value[4] = {1}, k;
	uint32_t i;

	for (i = 0; i < n; i++) {
		k = ~keys[i & mask];
		map_update(m, &k, value, 0);
		map_delete(m, &k);
	}
}

static void op_churn(struct map *m, uint32_t mask, uint32_t n)
{
	static uint64_t fresh;
	uint64_t value[4] = {1};
	uint32_t i;

	(void)mask;
	for (i = 0; i < n; i++) {
		fresh++;
		map_update(m, &fresh, value, 0);
	}
}

static void op_ring(struct map *m, uint32_t mask, uint32_t n)
{
	uint64_t *r;
	uint32_t i;

	(void)mask;
	for (i = 0; i < n; i++) {
		r = map_ring_reserve(m, 16, 0);
		if (!r)
			exit(1);
		r[0] = r[1] = i;
		map_ring_submit(r, MAP_RB_NO_WAKEUP);
		if (i % 64 == 63) { /* drain: the consumer position is page 1's first word */
			uint64_t *consumer = (uint64_t *)(((uintptr_t)r & ~(uintptr_t)4095) -
							  4096ul * ((uint32_t *)r)[-1] + 4096);

			__atomic_store_n(consumer, map_ring_query(m, MAP_RB_PROD_POS),
					 __ATOMIC_RELEASE);
		}
	}
}

static void op_push_pop(struct map *m, uint32_t mask, uint32_t n)
{
	uint64_t value = 1;
	uint32_t i;

	(void)mask;
	for (i = 0; i < n; i++) {
		map_push(m, &value, 0);
		map_pop(m, &value);
	}
	sink += value;
}

static double least(struct map *m, op_fn *op, uint32_t mask)
{
	double best = 1e30, t;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		t = now();
		op(m, mask, OPS);
		t = now() - t;
		best = t < best ? t : best;
	}
	return best / OPS;
}

static double log_sum;
static int log_count;

static void row(const char *what, struct map *m, op_fn *op, uint32_t mask, double kernel)
{
	double ns = least(m, op, mask);

	printf("%-44s %7.2f ns   kernel %6.1f   ratio %.2f\n", what, ns, kernel, ns / kernel);
	log_sum += log(ns / kernel);
	log_count++;
	map_unref_user(m);
}

/* ---- two threads at once ---- */

struct share {
	struct map *m;
	op_fn *op;
	uint32_t cpu;
	double ns;
};

static void *work(void *arg)
{
	struct share *s = arg;

	map_set_cpu(s->cpu);
	map_enter();
	s->ns = least(s->m, s->op, 1023);
	map_exit();
	return NULL;
}

/* What an operation costs each of two threads on the same map: as much as alone, if it scales. */
static void row_two(const char *what, struct map *m, op_fn *op)
{
	struct share s[2] = {{m, op, 0, 0}, {m, op, 1, 0}};
	double alone = least(m, op, 1023);
	pthread_t id[2];
	int i;

	for (i = 0; i < 2; i++)
		if (pthread_create(&id[i], NULL, work, &s[i]))
			exit(1);
	for (i = 0; i < 2; i++)
		pthread_join(id[i], NULL);
	printf("%-44s %7.2f ns   alone %6.2f\n", what, (s[0].ns + s[1].ns) / 2, alone);
	map_unref_user(m);
}

static struct map *filled(uint32_t type, uint32_t key, uint32_t value, uint32_t max, uint32_t flags,
			  uint32_t n)
{
	struct map *m = make(type, key, value, max, flags);

	fill(m, n);
	return m;
}

static struct map *prefixes(uint32_t n)
{
	struct map *m = make(MAP_TYPE_LPM_TRIE, 8, 8, n, MAP_F_NO_PREALLOC);
	uint32_t key[2], i;

	for (i = 0; i < n; i++) {
		key[0] = 8 + (uint32_t)(keys[i] % 25);
		key[1] = (uint32_t)(keys[i] >> 32);
		map_update(m, key, &keys[i], 0);
	}
	for (i = 0; i < KEYS;
	     i++) /* addresses to look up; this is the last to use the keys as they were */
		keys[i] = 32 | keys[i] << 32;
	return m;
}

int main(void)
{
	uint64_t x = 88172645463325252ull;
	uint32_t i;

	for (i = 0; i < KEYS; i++) {
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		keys[i] = x;
	}
	map_set_cpu(0);
	map_enter();
	row("array lookup (inlined)", make(MAP_TYPE_ARRAY, 4, 8, 1024, 0), op_lookup_inlined, 1023,
	    1.0);
	row("array lookup (called)", make(MAP_TYPE_ARRAY, 4, 8, 1024, 0), op_lookup_index, 1023,
	    1.0);
	row("per-CPU array lookup (inlined)", make(MAP_TYPE_PERCPU_ARRAY, 4, 8, 1024, 0),
	    op_lookup_inlined, 1023, 1.0);
	row("array update", make(MAP_TYPE_ARRAY, 4, 8, 1024, 0), op_update_index, 1023, 25.7);
	row("hash lookup hit (1k of 4k, u32)", filled(MAP_TYPE_HASH, 4, 8, 4096, 0, 1024),
	    op_lookup, 1023, 24.7);
	row("hash lookup miss", filled(MAP_TYPE_HASH, 4, 8, 4096, 0, 1024), op_miss, 1023, 17.5);
	row("hash lookup hit (60k of 64k, u64)", filled(MAP_TYPE_HASH, 8, 8, KEYS, 0, 60000),
	    op_lookup, 32767, 23.2);
	row("hash lookup hit (16-byte keys)", filled(MAP_TYPE_HASH, 16, 8, 4096, 0, 1024),
	    op_lookup, 1023, 24.7);
	row("hash update of an existing element", filled(MAP_TYPE_HASH, 4, 8, 4096, 0, 1024),
	    op_update, 1023, 85);
	row("hash insert + delete", filled(MAP_TYPE_HASH, 8, 8, 4096, 0, 1024), op_insert_delete,
	    1023, 164);
	row("hash insert + delete, not preallocated",
	    filled(MAP_TYPE_HASH, 8, 8, 4096, MAP_F_NO_PREALLOC, 1024), op_insert_delete, 1023,
	    164);
	row("per-CPU hash lookup", filled(MAP_TYPE_PERCPU_HASH, 4, 8, 4096, 0, 1024), op_lookup,
	    1023, 25);
	row("LRU hash lookup", filled(MAP_TYPE_LRU_HASH, 4, 8, 4096, 0, 1024), op_lookup, 1023,
	    25.9);
	row("LRU hash update of an existing element",
	    filled(MAP_TYPE_LRU_HASH, 4, 8, 4096, 0, 1024), op_update, 1023, 195);
	row("LRU hash churn", filled(MAP_TYPE_LRU_HASH, 8, 8, 4096, 0, 4096), op_churn, 0, 206);
	row("ring buffer reserve + submit, 16 bytes", make(MAP_TYPE_RINGBUF, 0, 0, 1 << 16, 0),
	    op_ring, 0, 24.3);
	row("queue push + pop", make(MAP_TYPE_QUEUE, 0, 8, 1024, 0), op_push_pop, 0, 50);
	row_two("hash lookup, two threads", filled(MAP_TYPE_HASH, 4, 8, 4096, 0, 1024), op_lookup);
	row_two("hash update, two threads", filled(MAP_TYPE_HASH, 4, 8, 4096, 0, 1024), op_update);
	row_two("LRU hash update, two threads", filled(MAP_TYPE_LRU_HASH, 4, 8, 4096, 0, 1024),
		op_update);
	row("LPM trie lookup (1k prefixes)", prefixes(1000), op_lookup, 1023, 59);
	map_exit();
	printf("geometric mean of the ratios to the figures of the issue, which are of another run: %.2f%s\n",
	       exp(log_sum / log_count), sink == 1 ? " " : "");
	return 0;
}
