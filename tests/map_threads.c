/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps under several threads at once: what must hold whatever the interleaving. Meant for the thread
 * sanitizer as much as for the checks.
 */
#include <pthread.h>
#include <sched.h>

#include "map/map.h"
#include "test.h"

enum { THREADS = 3, KEYS = 64 };

struct torture {
	struct map_env env;
	struct map *m;
	uint64_t steps;
	uint64_t wrong; /* atomic */
	uint64_t sum[2 * THREADS];
};

struct worker {
	struct torture *t;
	uint32_t number;
	pthread_t id;
};

static void in_threads(struct torture *t, void *(*fn)(void *))
{
	struct worker w[THREADS];
	uint32_t i;

	for (i = 0; i < THREADS; i++) {
		w[i] = (struct worker){.t = t, .number = i};
		if (pthread_create(&w[i].id, NULL, fn, &w[i]))
			FAIL("no thread");
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(w[i].id, NULL);
	CHECK_EQ(t->wrong, 0);
}

static void begin(struct torture *t, const struct map_attr *a)
{
	*t = (struct torture){.env = {.cpus = 2, .kernel = ABI_KERNEL_NEWEST, .seed = 3},
			      .steps = test_long() ? 3000000 : 30000};
	CHECK_EQ(map_create(a, &t->env, &t->m), 0);
}

static void finish(struct torture *t)
{
	map_unref_user(t->m);
	map_quiesce();
	CHECK_EQ(t->env.used, 0);
}

static void note_wrong(struct torture *t)
{
	__atomic_fetch_add(&t->wrong, 1, __ATOMIC_RELAXED);
}

/* ---- tables ---- */

static void *table_worker(void *arg)
{
	struct worker *w = arg;
	struct torture *t = w->t;
	uint64_t random = test_seed() + w->number, i, value, *at;
	uint32_t key[2] = {32, 0};
	int err;

	map_set_cpu(w->number); /* one more thread than CPUs: two share one */
	for (i = 0; i < t->steps; i++) {
		key[1] = (uint32_t)(test_random(&random) >> 30) % KEYS;
		value = key[1];
		map_enter();
		switch (test_random(&random) >> 40 & 7) {
		case 0:
		case 1:
		case 2:
			err = map_update(t->m, key, &value, 0);
			if (err && err != -E2BIG && err != -ENOSPC)
				note_wrong(t);
			break;
		case 3:
			err = map_delete(t->m, key);
			if (err && err != -ENOENT)
				note_wrong(t);
			break;
		default:
			at = map_lookup(t->m, key);
			/* the element may have become another key's meanwhile, but never anything else */
			if (at && __atomic_load_n(at, __ATOMIC_RELAXED) >= KEYS)
				note_wrong(t);
		}
		map_exit();
	}
	return NULL;
}

/* Each key once, with its value, and no element lost: a table of that size still takes as many. */
static void table_whole(struct torture *t, bool evicts)
{
	uint32_t key[2], next[2], n = 0;
	uint64_t seen = 0, value, cpu_values[2];
	int err;

	for (err = map_user_next_key(t->m, 3, NULL, key); !err;
	     err = map_user_next_key(t->m, 3, next, key), n++) {
		CHECK(key[1] < KEYS && !(seen >> key[1] & 1));
		seen |= UINT64_C(1) << key[1];
		CHECK_EQ(map_user_lookup(t->m, 3, key, cpu_values, 0), 0);
		if (!t->m->cpu_stride)
			CHECK_EQ(cpu_values[0], key[1]);
		memcpy(next, key, sizeof(key));
	}
	CHECK(n <= t->m->max_entries);
	key[0] = 32;
	for (key[1] = 0; key[1] < KEYS; key[1]++)
		if (seen >> key[1] & 1)
			CHECK_EQ(map_user_delete(t->m, 3, key), 0);
	for (n = 0; n < t->m->max_entries; n++) {
		key[1] = n + 1000;
		value = n;
		map_enter();
		err = map_update(t->m, key, &value, 0);
		map_exit();
		CHECK_EQ(err, 0);
	}
	key[1] = 999;
	if (!evicts)
		CHECK(map_user_update(t->m, 3, key, cpu_values, 0) != 0);
}

static void table(uint32_t type, uint32_t max, uint32_t flags)
{
	struct map_attr a = {
		.type = type, .key_size = 8, .value_size = 8, .max_entries = max, .flags = flags};
	struct torture t;

	begin(&t, &a);
	in_threads(&t, table_worker);
	table_whole(&t, type == MAP_TYPE_LRU_HASH || type == MAP_TYPE_LRU_PERCPU_HASH);
	finish(&t);
}

TEST_WITH(hash, TEST_NO_OOM)
{
	table(MAP_TYPE_HASH, 40, 0);
	table(MAP_TYPE_HASH, 100, 0);
}

TEST_WITH(hash_grown, TEST_NO_OOM)
{
	table(MAP_TYPE_HASH, 40, MAP_F_NO_PREALLOC);
}

TEST_WITH(percpu_hash, TEST_NO_OOM)
{
	table(MAP_TYPE_PERCPU_HASH, 40, 0);
	table(MAP_TYPE_PERCPU_HASH, 40, MAP_F_NO_PREALLOC);
}

TEST_WITH(lru_hash, TEST_NO_OOM)
{
	table(MAP_TYPE_LRU_HASH, 32, 0);
	table(MAP_TYPE_LRU_HASH, 40, MAP_F_NO_COMMON_LRU);
}

TEST_WITH(lru_percpu_hash, TEST_NO_OOM)
{
	table(MAP_TYPE_LRU_PERCPU_HASH, 32, 0);
}

TEST_WITH(rhash, TEST_NO_OOM)
{
	table(MAP_TYPE_RHASH, 40, MAP_F_NO_PREALLOC);
	table(MAP_TYPE_RHASH, 100, MAP_F_NO_PREALLOC);
}

TEST_WITH(lpm_trie, TEST_NO_OOM)
{
	table(MAP_TYPE_LPM_TRIE, 40, MAP_F_NO_PREALLOC);
}

/* ---- queues: nothing is lost, nothing comes twice ---- */

static void *queue_worker(void *arg)
{
	struct worker *w = arg;
	struct torture *t = w->t;
	uint64_t i, value, put = 0, got = 0;

	for (i = 0; i < t->steps; i++) {
		value = i * THREADS + w->number + 1;
		if (!map_push(t->m, &value, 0))
			put += value;
		if (i % 3 && !map_pop(t->m, &value))
			got += value;
	}
	t->sum[2 * w->number] = put;
	t->sum[2 * w->number + 1] = got;
	return NULL;
}

static void queue(uint32_t type)
{
	struct map_attr a = {.type = type, .value_size = 8, .max_entries = 50};
	uint64_t put = 0, got = 0, value;
	struct torture t;
	int i;

	begin(&t, &a);
	in_threads(&t, queue_worker);
	for (i = 0; i < THREADS; i++) {
		put += t.sum[2 * i];
		got += t.sum[2 * i + 1];
	}
	while (!map_pop(t.m, &value))
		got += value;
	CHECK_EQ(got, put);
	finish(&t);
}

TEST_WITH(queue, TEST_NO_OOM)
{
	queue(MAP_TYPE_QUEUE);
}

TEST_WITH(stack, TEST_NO_OOM)
{
	queue(MAP_TYPE_STACK);
}

/* ---- ring buffers: two produce, one consumes ---- */

static void ring_consume(struct torture *t)
{
	uint64_t next[THREADS] = {0}, *consumer, *producer, pos = 0, record[2];
	uint32_t len, ended = 0;
	void *at;
	uint8_t *data, *h;

	if (map_mmap(t->m, 3, NULL, 4096, 3, 1, 0, &at)) {
		note_wrong(t);
		return;
	}
	consumer = at;
	if (map_mmap(t->m, 3, NULL, 4096 + 2 * 4096, 1, 1, 4096, &at)) {
		note_wrong(t);
		return;
	}
	producer = at;
	data = (uint8_t *)at + 4096;
	while (ended < THREADS - 1) {
		if (pos == __atomic_load_n(producer, __ATOMIC_ACQUIRE)) {
			sched_yield();
			continue;
		}
		h = data + pos % 4096;
		len = __atomic_load_n((uint32_t *)h, __ATOMIC_ACQUIRE);
		if (len >> 31) {
			sched_yield();
			continue;
		}
		if (!(len >> 30)) {
			memcpy(record, h + 8, 16);
			if (record[0] >= THREADS || record[1] != next[record[0]])
				note_wrong(t);
			next[record[0] % THREADS] = record[1] + 1;
			ended += record[1] + 1 == t->steps;
		}
		pos += ((len & 0x3fffffff) + 15) / 8 * 8;
		__atomic_store_n(consumer, pos, __ATOMIC_RELEASE);
	}
	if (map_munmap(t->m, consumer, 4096, 3) || map_munmap(t->m, producer, 4096 + 2 * 4096, 1))
		note_wrong(t);
}

static void *ring_worker(void *arg)
{
	struct worker *w = arg;
	struct torture *t = w->t;
	uint64_t i, *r;

	if (!w->number) {
		ring_consume(t);
		return NULL;
	}
	for (i = 0; i < t->steps; i++) {
		while (!(r = map_ring_reserve(t->m, i % 5 ? 16 : 16 + i % 64, 0)))
			sched_yield();
		if (i % 7 == 6) { /* one thrown away before */
			map_ring_discard(r, 0);
			while (!(r = map_ring_reserve(t->m, 16, 0)))
				sched_yield();
		}
		r[0] = w->number;
		r[1] = i;
		map_ring_submit(r, i % 3 ? 0 : MAP_RB_NO_WAKEUP);
	}
	return NULL;
}

TEST_WITH(ringbuf, TEST_NO_OOM)
{
	struct map_attr a = {.type = MAP_TYPE_RINGBUF, .max_entries = 4096};
	struct torture t;

	begin(&t, &a);
	in_threads(&t, ring_worker);
	finish(&t);
}

/* ---- spin locks ---- */

struct counted {
	uint32_t lock, pad;
	uint64_t a, b;
};

static void *lock_worker(void *arg)
{
	struct worker *w = arg;
	struct counted *c, seen;
	uint32_t key = 0;
	uint64_t i;

	for (i = 0; i < w->t->steps; i++) {
		if (w->number) {
			map_enter();
			c = map_lookup(w->t->m, &key);
			map_spin_lock(&c->lock);
			c->a++;
			c->b++;
			map_spin_unlock(&c->lock);
			map_exit();
		} else if (map_user_lookup(w->t->m, 3, &key, &seen, MAP_LOCK) || seen.a != seen.b) {
			note_wrong(w->t);
		}
	}
	return NULL;
}

TEST_WITH(values_are_read_under_their_lock, TEST_NO_OOM)
{
	static const struct map_field lock = {.kind = MAP_SPIN_LOCK, .offset = 0, .size = 4};
	struct map_attr a = {.type = MAP_TYPE_ARRAY,
			     .key_size = 4,
			     .value_size = sizeof(struct counted),
			     .max_entries = 1,
			     .field = &lock,
			     .fields = 1};
	struct counted seen;
	struct torture t;
	uint32_t key = 0;

	begin(&t, &a);
	in_threads(&t, lock_worker);
	CHECK_EQ(map_user_lookup(t.m, 3, &key, &seen, MAP_LOCK), 0);
	CHECK_EQ(seen.a, (THREADS - 1) * t.steps);
	finish(&t);
}
