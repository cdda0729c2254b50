/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps against the simplest thing that could be right: arrays searched from front to back. No kernel is
 * needed, so these also run where allocations fail and under the sanitizers; -ENOMEM then is a right
 * answer that changes nothing.
 */
#include <errno.h>
#include <stdio.h>

#include "map/map.h"
#include "test.h"

enum { KEYS = 40, CPUS = 3 };

struct model {
	struct map_env env;
	struct map *m;
	uint64_t random;
	uint32_t max;
	bool has[KEYS];
	uint64_t value[KEYS][CPUS];
	uint32_t count;
};

static uint32_t below(struct model *o, uint32_t n)
{
	return (uint32_t)((test_random(&o->random) >> 20) % n);
}

static bool open_map(struct model *o, const struct map_attr *a)
{
	int err;

	*o = (struct model){.env = {.cpus = CPUS, .kernel = ABI_KERNEL(6, 18), .seed = 7},
			    .random = test_seed(),
			    .max = a->max_entries};
	if (a->type == MAP_TYPE_RHASH)
		o->env.kernel = ABI_KERNEL(7, 2);
	err = map_create(a, &o->env, &o->m);
	if (err)
		CHECK(test_oom() && err == -ENOMEM);
	return !err;
}

static void close_map(struct model *o)
{
	map_unref_user(o->m);
	map_quiesce();
	CHECK_EQ(o->env.used, 0);
}

/* A key as bytes: spread, so that hashes and prefixes differ early and late. */
static void key_bytes(const struct model *o, uint32_t k, uint8_t *key)
{
	memset(key, (int)k * 37, o->m->key_size);
	memcpy(key, &k, 4);
}

static uint64_t steps_wanted(void)
{
	return test_oom() ? 300 : test_long() ? 1000000 : 20000;
}

static int expected(const struct model *o, uint32_t k, uint64_t flags)
{
	if (flags > MAP_EXIST)
		return -EINVAL;
	if (o->has[k])
		return flags == MAP_NOEXIST ? -EEXIST : 0;
	if (flags == MAP_EXIST)
		return -ENOENT;
	return o->count == o->max ? -E2BIG : 0;
}

static void update(struct model *o, uint32_t k, const uint8_t *key)
{
	bool program = below(o, 2), percpu = o->m->cpu_stride;
	uint64_t value[CPUS], flags = below(o, 4);
	uint32_t cpu = below(o, CPUS), c;
	int err, want = expected(o, k, flags);

	for (c = 0; c < CPUS; c++)
		value[c] = test_random(&o->random);
	map_set_cpu(cpu);
	map_enter();
	err = program ? map_update(o->m, key, value, flags)
		      : map_user_update(o->m, MAP_MAY_ALL, key, value, flags);
	map_exit();
	if (err == -ENOMEM && test_oom())
		return;
	CHECK_EQ(err, want);
	if (err)
		return;
	for (c = 0; c < CPUS; c++) {
		if (!percpu || !program || c == cpu)
			o->value[k][c] = percpu && !program ? value[c] : value[0];
		else if (!o->has[k])
			o->value[k][c] = 0;
	}
	o->count += !o->has[k];
	o->has[k] = true;
}

static void lookup(struct model *o, uint32_t k, const uint8_t *key)
{
	uint32_t cpu = below(o, CPUS);
	uint64_t value[CPUS] = {0}, *at, seen = 0;
	bool percpu = o->m->cpu_stride;

	map_set_cpu(cpu);
	map_enter();
	at = map_lookup(o->m, key);
	if (at)
		seen = *at;
	map_exit();
	CHECK_EQ(at != NULL, o->has[k]);
	if (at)
		CHECK_EQ(seen, o->value[k][percpu ? cpu : 0]);
	CHECK_EQ(map_user_lookup(o->m, MAP_MAY_ALL, key, value, 0), o->has[k] ? 0 : -ENOENT);
	if (at)
		CHECK_MEM(value, o->value[k], percpu ? sizeof(value) : 8);
}

static void remove_key(struct model *o, uint32_t k, const uint8_t *key)
{
	uint64_t value[CPUS] = {0};
	bool take = below(o, 2) && o->m->type != MAP_TYPE_LPM_TRIE;
	int err = take ? map_user_take(o->m, MAP_MAY_ALL, key, value, 0)
		       : map_user_delete(o->m, MAP_MAY_ALL, key);

	CHECK_EQ(err, o->has[k] ? 0 : -ENOENT);
	if (!err && take)
		CHECK_MEM(value, o->value[k], o->m->cpu_stride ? sizeof(value) : 8);
	o->count -= o->has[k];
	o->has[k] = false;
}

static uint64_t count_each(struct map *m, const void *key, void *value, void *arg)
{
	(void)m;
	(void)key;
	(void)value;
	++*(uint32_t *)arg;
	return 0;
}

static void walk(struct model *o)
{
	uint8_t key[64], next[64];
	uint32_t n = 0, k, visited = 0;
	int err;

	for (err = map_user_next_key(o->m, MAP_MAY_ALL, NULL, key); !err;
	     err = map_user_next_key(o->m, MAP_MAY_ALL, next, key), n++) {
		memcpy(&k, key, 4);
		CHECK(k < KEYS && o->has[k]);
		memcpy(next, key, o->m->key_size);
	}
	CHECK_EQ(err, -ENOENT);
	CHECK_EQ(n, o->count);
	map_enter();
	map_for_each(o->m, count_each, &visited, 0);
	map_exit();
	CHECK_EQ(visited, o->count);
}

static void keyed(uint32_t type, uint32_t key_size, uint32_t max, uint32_t flags)
{
	struct map_attr a = {.type = type,
			     .key_size = key_size,
			     .value_size = 8,
			     .max_entries = max,
			     .flags = flags};
	uint64_t i, steps = steps_wanted();
	uint8_t key[64];
	struct model o;
	uint32_t k, r;

	if (!open_map(&o, &a))
		return;
	for (i = 0; i < steps; i++) {
		k = below(&o, KEYS);
		key_bytes(&o, k, key);
		r = below(&o, 10);
		if (r < 4)
			update(&o, k, key);
		else if (r < 7)
			lookup(&o, k, key);
		else
			remove_key(&o, k, key);
		if (i % 64 == 0)
			walk(&o);
	}
	close_map(&o);
}

TEST(hash)
{
	keyed(MAP_TYPE_HASH, 4, 30, 0);
}

TEST(hash_one_element)
{
	keyed(MAP_TYPE_HASH, 8, 1, 0);
}

TEST(hash_grown)
{
	keyed(MAP_TYPE_HASH, 33, 30, MAP_F_NO_PREALLOC);
}

TEST(hash_kernel_order)
{
	keyed(MAP_TYPE_HASH, 12, 30, MAP_F_ZERO_SEED);
}

TEST(rhash)
{
	keyed(MAP_TYPE_RHASH, 4, 30, MAP_F_NO_PREALLOC);
	keyed(MAP_TYPE_RHASH, 8, 1, MAP_F_NO_PREALLOC);
}

TEST(rhash_long_keys)
{
	keyed(MAP_TYPE_RHASH, 33, 30, MAP_F_NO_PREALLOC);
}

TEST(percpu_hash)
{
	keyed(MAP_TYPE_PERCPU_HASH, 4, 30, 0);
}

TEST(percpu_hash_grown)
{
	keyed(MAP_TYPE_PERCPU_HASH, 8, 30, MAP_F_NO_PREALLOC);
}

TEST(lru_hash_never_full)
{
	keyed(MAP_TYPE_LRU_HASH, 4, 4 * KEYS, 0);
}

TEST(lru_percpu_hash_never_full)
{
	keyed(MAP_TYPE_LRU_PERCPU_HASH, 4, 4 * KEYS, 0);
}

/* Many more elements than the pool keeps come and go: the rest is given back. */
TEST(hash_grown_gives_memory_back)
{
	struct map_attr a = {.type = MAP_TYPE_HASH,
			     .key_size = 4,
			     .value_size = 100,
			     .max_entries = 5000,
			     .flags = MAP_F_NO_PREALLOC};
	uint64_t empty, value[13] = {0};
	uint32_t k, n = test_oom() ? 400 : 5000;
	struct model o;

	if (!open_map(&o, &a))
		return;
	empty = o.env.used;
	for (k = 0; k < n; k++)
		if (map_user_update(o.m, MAP_MAY_ALL, &k, value, 0))
			break;
	CHECK(k == n || test_oom());
	CHECK(o.env.used >= empty + k * 100ul);
	while (k-- > 0)
		CHECK_EQ(map_user_delete(o.m, MAP_MAY_ALL, &k), 0);
	if (n == 5000)
		CHECK(o.env.used < empty + 600 * 140ul);
	close_map(&o);
}

/* As many elements, and all are found, whatever the size of the table is at the moment. */
static void rhash_has(struct model *o, uint32_t from, uint32_t to)
{
	uint64_t *at;
	uint32_t k;

	map_enter();
	for (k = 0; k < to + 10; k++) {
		at = map_lookup(o->m, &k);
		CHECK_EQ(at != NULL, k >= from && k < to);
		if (at)
			CHECK_EQ(*at, k);
	}
	map_exit();
}

TEST(rhash_grows_and_shrinks)
{
	struct map_attr a = {.type = MAP_TYPE_RHASH,
			     .key_size = 4,
			     .value_size = 8,
			     .max_entries = 1 << 20,
			     .flags = MAP_F_NO_PREALLOC};
	uint32_t k, n = test_oom() ? 100 : 5000;
	uint64_t value, empty, full;
	struct model o;

	if (!open_map(&o, &a))
		return;
	empty = o.env.used;
	CHECK(empty < 4096); /* other than a hash's, its buckets are not there from the start */
	for (k = 0; k < n; k++) {
		value = k;
		if (map_user_update(o.m, MAP_MAY_ALL, &k, &value, 0))
			break;
		if (k % 512 == 0)
			rhash_has(&o, 0, k + 1);
	}
	CHECK(k == n || test_oom());
	n = k;
	full = o.env.used;
	for (k = 0; k < n; k++) {
		CHECK_EQ(map_user_delete(o.m, MAP_MAY_ALL, &k), 0);
		if (k % 512 == 0)
			rhash_has(&o, k + 1, n);
	}
	CHECK(test_oom() || o.env.used < full / 8);
	close_map(&o);
}

TEST(an_lru_keeps_what_is_looked_up)
{
	struct map_attr a = {
		.type = MAP_TYPE_LRU_HASH, .key_size = 4, .value_size = 8, .max_entries = 64};
	uint64_t value = 1;
	struct model o;
	uint32_t k, favourite = 7;
	int err;

	if (!open_map(&o, &a))
		return;
	map_set_cpu(0);
	for (k = 0; k < 2000; k++) {
		map_enter();
		err = map_update(o.m, &k, &value, 0);
		if (k >= favourite && !map_lookup(o.m, &favourite))
			err = -ESRCH;
		map_exit();
		CHECK_EQ(err, 0);
	}
	close_map(&o);
}

/* ---- longest prefix match ---- */

struct prefix {
	uint32_t len;
	uint8_t data[12];
	uint64_t value;
	bool there;
};

static bool bits_equal(const uint8_t *a, const uint8_t *b, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if ((a[i / 8] ^ b[i / 8]) >> (7 - i % 8) & 1)
			return false;
	return true;
}

static void random_prefix(struct model *o, struct prefix *p, uint32_t size)
{
	uint32_t i;

	p->len = below(o, size * 8 + 1);
	for (i = 0; i < size; i++)
		p->data[i] = below(o, 2) ? (uint8_t)(128 >> below(o, 8)) : 0;
}

static void lpm(uint32_t size)
{
	enum { MOST = 150 };
	struct map_attr a = {.type = MAP_TYPE_LPM_TRIE,
			     .key_size = size + 4,
			     .value_size = 8,
			     .max_entries = MOST,
			     .flags = MAP_F_NO_PREALLOC};
	static struct prefix known[MOST];
	struct prefix q, *best, *same, *room;
	uint64_t i, *at, seen;
	struct model o;
	uint32_t j, r;
	int err, want;

	memset(known, 0, sizeof(known));
	if (!open_map(&o, &a))
		return;
	for (i = 0; i < steps_wanted(); i++) {
		random_prefix(&o, &q, size);
		best = same = room = NULL;
		for (j = 0; j < MOST; j++) {
			if (!known[j].there) {
				room = &known[j];
				continue;
			}
			if (known[j].len > q.len ||
			    !bits_equal(known[j].data, q.data, known[j].len))
				continue;
			if (!best || known[j].len > best->len)
				best = &known[j];
			if (known[j].len == q.len)
				same = &known[j];
		}
		r = below(&o, 8);
		if (r < 3) {
			q.value = test_random(&o.random);
			err = map_user_update(o.m, MAP_MAY_ALL, &q, &q.value, 0);
			if (err == -ENOMEM && test_oom())
				continue;
			want = same || room ? 0 : -ENOSPC;
			CHECK_EQ(err, want);
			if (!err) {
				q.there = true;
				*(same ? same : room) = q;
			}
		} else if (r < 5) {
			CHECK_EQ(map_user_delete(o.m, MAP_MAY_ALL, &q), same ? 0 : -ENOENT);
			if (same)
				same->there = false;
		} else {
			map_enter();
			at = map_lookup(o.m, &q);
			seen = at ? *at : 0;
			map_exit();
			CHECK_EQ(at != NULL, best != NULL);
			if (best)
				CHECK_EQ(seen, best->value);
		}
	}
	close_map(&o);
}

TEST(lpm_ipv4)
{
	lpm(4);
}

TEST(lpm_odd)
{
	lpm(1);
	lpm(3);
}

TEST(lpm_long)
{
	lpm(8);
	lpm(12);
}

/* ---- queue and stack ---- */

static void sequence(uint32_t type)
{
	enum { MOST = 9 };
	struct map_attr a = {.type = type, .value_size = 8, .max_entries = MOST};
	uint64_t held[MOST], value, i;
	struct model o;
	uint32_t n = 0, r, at;
	int err;

	if (!open_map(&o, &a))
		return;
	for (i = 0; i < steps_wanted(); i++) {
		r = below(&o, 6);
		value = test_random(&o.random);
		if (r < 3) {
			err = map_push(o.m, &value, r == 2 ? MAP_EXIST : 0);
			CHECK_EQ(err, n < MOST || r == 2 ? 0 : -E2BIG);
			if (!err && n == MOST)
				memmove(held, held + 1, (--n) * sizeof(held[0]));
			if (!err)
				held[n++] = value;
			continue;
		}
		err = r == 3 ? map_peek(o.m, &value) : map_pop(o.m, &value);
		CHECK_EQ(err, n ? 0 : -ENOENT);
		at = type == MAP_TYPE_QUEUE ? 0 : n - 1;
		CHECK_EQ(value, n ? held[at] : 0);
		if (r != 3 && n) {
			memmove(held + at, held + at + 1, (n - at - 1) * sizeof(held[0]));
			n--;
		}
	}
	close_map(&o);
}

TEST(queue)
{
	sequence(MAP_TYPE_QUEUE);
}

TEST(stack)
{
	sequence(MAP_TYPE_STACK);
}

TEST(bloom_filter_never_denies)
{
	struct map_attr a = {.type = MAP_TYPE_BLOOM_FILTER, .value_size = 8, .max_entries = 1000};
	uint64_t i, value, wrong = 0;
	struct model o;

	if (!open_map(&o, &a))
		return;
	for (i = 0; i < 1000; i++) {
		value = i * 77;
		CHECK_EQ(map_push(o.m, &value, 0), 0);
	}
	for (i = 0; i < 1000; i++) {
		value = i * 77;
		CHECK_EQ(map_peek(o.m, &value), 0);
		value++;
		wrong += map_peek(o.m, &value) == 0;
	}
	CHECK(wrong < 150);
	close_map(&o);
}

/* ---- ring buffers: reservations that overlap ---- */

static void overlapping(uint32_t flags)
{
	enum { DATA = 4096, OPEN = 6 };
	struct map_attr a = {.type = MAP_TYPE_RINGBUF, .max_entries = DATA, .flags = flags};
	uint64_t *open[OPEN] = {NULL}, sizes[OPEN], producer, consumed = 0, i, got = 0, lost = 0;
	uint32_t slot, len;
	struct model o;
	uint8_t *pages;
	void *at;

	if (!open_map(&o, &a))
		return;
	CHECK_EQ(map_mmap(o.m, MAP_MAY_ALL, NULL, 4096 * 2 + DATA * 2, 1, 1, 0, &at), 0);
	pages = at;
	for (i = 0; i < steps_wanted(); i++) {
		slot = below(&o, OPEN);
		if (open[slot]) {
			memset(open[slot], (int)(sizes[slot] & 255), sizes[slot]);
			if (below(&o, 4))
				map_ring_submit(open[slot], 0);
			else
				map_ring_discard(open[slot], 0);
			open[slot] = NULL;
			continue;
		}
		sizes[slot] = below(&o, 700);
		open[slot] = map_ring_reserve(o.m, sizes[slot], 0);
		lost += !open[slot];
		if (flags)
			continue;
		producer = map_ring_query(o.m, MAP_RB_PROD_POS);
		while (consumed < producer) {
			uint8_t *h = pages + 8192 + consumed % DATA;

			memcpy(&len, h, 4);
			if (len >> 31)
				break;
			if (!(len >> 30)) {
				uint32_t size = len, b;

				for (b = 0; b < size; b++)
					CHECK_EQ(h[8 + b], size & 255);
				got++;
			}
			consumed += ((len & 0x3fffffff) + 8 + 7) / 8 * 8;
		}
		/* the consumer's page, which the ring's owner may also write through page 0 + 1 */
		CHECK_EQ(map_mmap(o.m, MAP_MAY_ALL, NULL, 4096, 3, 1, 0, &at), 0);
		__atomic_store_n((uint64_t *)at, consumed, __ATOMIC_RELEASE);
		CHECK_EQ(map_munmap(o.m, at, 4096, 3), 0);
		CHECK_EQ(map_ring_query(o.m, MAP_RB_AVAIL_DATA), producer - consumed);
	}
	if (flags) /* only what is still being written can be in the way of new records */
		CHECK(lost < i / 2);
	else if (!test_oom())
		CHECK(got > 50 && lost > 0);
	for (slot = 0; slot < OPEN; slot++)
		if (open[slot])
			map_ring_discard(open[slot], 0);
	CHECK_EQ(map_munmap(o.m, pages, 4096 * 2 + DATA * 2, 1), 0);
	close_map(&o);
}

TEST(ringbuf_reservations_overlap)
{
	overlapping(0);
}

/* In overwrite mode the oldest records make room; the position of the oldest left is told. */
TEST(ringbuf_overwrites)
{
	struct map_attr a = {
		.type = MAP_TYPE_RINGBUF, .max_entries = 4096, .flags = MAP_F_RB_OVERWRITE};
	struct map_env env = {.cpus = 1, .kernel = ABI_KERNEL(6, 19)};
	struct map *m;
	uint64_t i, oldest;
	void *held;

	if (map_create(&a, &env, &m))
		return;
	for (i = 0; i < 1000; i++)
		CHECK_EQ(map_ring_output(m, &i, 8, 0), 0);
	CHECK_EQ(map_ring_query(m, MAP_RB_PROD_POS), 16000);
	oldest = map_ring_query(m, MAP_RB_OVERWRITE_POS);
	CHECK_EQ(oldest, 16000 - 4080);
	CHECK_EQ(map_ring_query(m, MAP_RB_AVAIL_DATA), 4080);
	held = map_ring_reserve(m, 8, 0); /* is not overwritten while it is being written */
	for (i = 0; i < 254; i++)
		CHECK_EQ(map_ring_output(m, &i, 8, 0), 0);
	CHECK_EQ(map_ring_output(m, &i, 8, 0), -EAGAIN);
	map_ring_submit(held, 0);
	CHECK_EQ(map_ring_output(m, &i, 8, 0), 0);
	map_unref_user(m);
	env.kernel = ABI_KERNEL(6, 18);
	CHECK_EQ(map_create(&a, &env, &m), -EINVAL);
}

static uint64_t take_sample(void *record, uint32_t size, void *arg)
{
	uint64_t *sum = arg;

	*sum += size + *(uint8_t *)record;
	return size == 3; /* ends the walk */
}

/* A record as user space writes it; returns where the next goes. */
static uint64_t put_sample(uint8_t *data, uint64_t pos, uint32_t len, uint8_t first)
{
	memcpy(data + pos % 4096, &len, 4);
	data[pos % 4096 + 8] = first;
	return pos + ((len & 0x3fffffff) + 8 + 7) / 8 * 8;
}

TEST(user_ringbuf_drains)
{
	struct map_attr a = {.type = MAP_TYPE_USER_RINGBUF, .max_entries = 4096};
	uint64_t sum = 0, pos = 0, *producer;
	struct model o;
	uint8_t *data;
	void *at;

	if (!open_map(&o, &a))
		return;
	CHECK_EQ(map_mmap(o.m, MAP_MAY_ALL, NULL, 4096 + 8192, 3, 1, 4096, &at), 0);
	producer = at;
	data = (uint8_t *)at + 4096;
	CHECK_EQ(map_ring_drain(o.m, take_sample, &sum, 0), 0);
	pos = put_sample(data, pos, 8, 1);
	pos = put_sample(data, pos, 1u << 30 | 16, 2); /* discarded */
	pos = put_sample(data, pos, 3, 4);             /* ends the first drain */
	pos = put_sample(data, pos, 5, 8);
	__atomic_store_n(producer, pos, __ATOMIC_RELEASE);
	CHECK_EQ(map_ring_drain(o.m, take_sample, &sum, 0), 2);
	CHECK_EQ(sum, 8 + 1 + 3 + 4);
	CHECK_EQ(map_ring_drain(o.m, take_sample, &sum, 4), -EINVAL);
	CHECK_EQ(map_ring_drain(o.m, take_sample, &sum, 0), 1);
	CHECK_EQ(sum, 8 + 1 + 3 + 4 + 5 + 8);
	put_sample(data, pos, 1u << 31 | 8, 0); /* not written yet */
	__atomic_store_n(producer, pos + 16, __ATOMIC_RELEASE);
	CHECK_EQ(map_ring_drain(o.m, take_sample, &sum, 0), 0);
	put_sample(data, pos, 64, 0); /* longer than what the position says */
	CHECK_EQ(map_ring_drain(o.m, take_sample, &sum, 0), -EINVAL);
	__atomic_store_n(producer, pos + 3, __ATOMIC_RELEASE);
	CHECK_EQ(map_ring_drain(o.m, take_sample, &sum, 0), -EINVAL);
	put_sample(data, pos, 5000, 0);
	__atomic_store_n(producer, pos + 8000, __ATOMIC_RELEASE);
	CHECK_EQ(map_ring_drain(o.m, take_sample, &sum, 0), -E2BIG);
	CHECK_EQ(map_munmap(o.m, producer, 4096 + 8192, 3), 0);
	close_map(&o);
}

/* ---- special fields ---- */

struct freed {
	uint32_t count[MAP_REFCOUNT + 1];
};

static void field_free(void *arg, struct map *m, const struct map_field *f, void *object)
{
	(void)m;
	CHECK(object != NULL);
	((struct freed *)arg)->count[f->kind]++;
}

struct special {
	uint32_t lock, before;
	void *timer;
	uint64_t timer_rest;
	uint64_t between;
	void *kptr;
	uint32_t after, pad;
};

static const struct map_field fields[] = {
	{.kind = MAP_SPIN_LOCK, .offset = 0, .size = 4},
	{.kind = MAP_TIMER, .offset = 8, .size = 16},
	{.kind = MAP_KPTR_REF, .offset = 32, .size = 8},
};

static void special(uint32_t type, uint32_t flags)
{
	struct map_attr a = {.type = type,
			     .key_size = 4,
			     .value_size = sizeof(struct special),
			     .max_entries = 1,
			     .flags = flags,
			     .field = fields,
			     .fields = ARRAY_LEN(fields)};
	struct special in = {
		.lock = 9, .before = 1, .timer = &in, .between = 2, .kptr = &in, .after = 3};
	struct special out, *s;
	struct freed freed = {{0}};
	struct model o;
	uint32_t key = 0;
	int err;

	if (!open_map(&o, &a))
		return;
	o.env.field_free = field_free;
	o.env.arg = &freed;
	err = map_user_update(o.m, MAP_MAY_ALL, &key, &in, 0);
	if (err) {
		CHECK(test_oom());
		close_map(&o);
		return;
	}
	map_enter();
	s = map_lookup(o.m, &key);
	err = s->lock || s->timer || s->kptr || s->before != 1 || s->between != 2 || s->after != 3;
	s->timer = &o;
	s->kptr = &o;
	map_exit();
	CHECK_EQ(err, 0);
	memset(&out, 0x55, sizeof(out));
	CHECK_EQ(map_user_lookup(o.m, MAP_MAY_ALL, &key, &out, MAP_LOCK), 0);
	CHECK(!out.lock && !out.timer && !out.kptr && out.before == 1 && out.between == 2 &&
	      out.after == 3);
	in.after = 4;
	CHECK_EQ(map_user_update(o.m, MAP_MAY_ALL, &key, &in, MAP_LOCK | MAP_EXIST), 0);
	CHECK_EQ(map_user_lookup(o.m, MAP_MAY_ALL, &key, &out, 0), 0);
	CHECK_EQ(out.after, 4);
	CHECK_EQ(map_freeze(o.m, MAP_MAY_ALL), -MAP_ENOTSUPP);
	if (type == MAP_TYPE_HASH) { /* updated in place: nothing has gone */
		CHECK_EQ(freed.count[MAP_TIMER], 0);
		CHECK_EQ(map_user_delete(o.m, MAP_MAY_ALL, &key), 0);
	}
	CHECK_EQ(freed.count[MAP_TIMER], 1);
	CHECK_EQ(freed.count[MAP_KPTR_REF], 1);
	close_map(&o);
}

TEST(fields_in_an_array)
{
	special(MAP_TYPE_ARRAY, 0);
}

TEST(fields_in_a_hash)
{
	special(MAP_TYPE_HASH, 0);
	special(MAP_TYPE_HASH, MAP_F_NO_PREALLOC);
}

TEST(fields_are_refused)
{
	struct map_attr a = {.type = MAP_TYPE_ARRAY,
			     .key_size = 4,
			     .value_size = 40,
			     .max_entries = 1,
			     .field = fields,
			     .fields = 3};
	struct map_env env = {.cpus = 1, .kernel = ABI_KERNEL(6, 18)};
	struct map *m = NULL;
	int err;

	a.flags = MAP_F_RDONLY_PROG;
	err = map_create(&a, &env, &m);
	CHECK(err == -EACCES || (test_oom() && err == -ENOMEM));
	a.flags = 0;
	a.type = MAP_TYPE_PERCPU_ARRAY;
	err = map_create(&a, &env, &m);
	CHECK(err == -EOPNOTSUPP || (test_oom() && err == -ENOMEM));
	a.type = MAP_TYPE_ARRAY;
	a.value_size = 39; /* the last field does not fit */
	err = map_create(&a, &env, &m);
	CHECK(err == -EINVAL || (test_oom() && err == -ENOMEM));
	CHECK_EQ(env.used, 0);
}

/* ---- references ---- */

struct shelf {
	struct map *map[4];
	uint32_t gets, puts;
};

static int shelf_get(void *arg, struct map *m, enum map_ref_kind kind, int fd, void **ret_ref)
{
	struct shelf *s = arg;

	(void)m;
	if (fd < 0 || fd >= 4)
		return -EBADF;
	s->gets++;
	if (kind == MAP_REF_MAP) {
		map_ref(s->map[fd]);
		*ret_ref = s->map[fd];
	} else {
		*ret_ref = s;
	}
	return 0;
}

static void shelf_put(void *arg, struct map *m, enum map_ref_kind kind, void *ref)
{
	(void)m;
	(void)kind;
	(void)ref;
	((struct shelf *)arg)->puts++;
}

static uint32_t shelf_id(void *arg, enum map_ref_kind kind, const void *ref)
{
	(void)arg;
	(void)kind;
	(void)ref;
	return 77;
}

/* An inner map stays whole for the section that found it, though nothing refers to it any more. */
static void inner_outlives(uint32_t type)
{
	struct map_attr inner = {
		.type = MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 2};
	struct map_attr outer = {.type = type, .key_size = 4, .value_size = 4, .max_entries = 2};
	struct shelf shelf = {.gets = 0};
	uint32_t key = 1, zero = 0;
	struct model o, in;
	struct map *found;
	int fd = 0, bad = 3, err;
	uint64_t *value;

	if (!open_map(&in, &inner))
		return;
	outer.inner = in.m;
	if (!open_map(&o, &outer)) {
		close_map(&in);
		return;
	}
	o.env.arg = &shelf;
	o.env.ref_get = shelf_get;
	shelf.map[0] = in.m;
	shelf.map[3] = o.m; /* not of the template's shape */
	in.m->id = 5;
	CHECK_EQ(map_user_update(o.m, MAP_MAY_ALL, &key, &bad, 0), -EINVAL);
	bad = 9;
	CHECK_EQ(map_user_update(o.m, MAP_MAY_ALL, &key, &bad, 0), -EBADF);
	err = map_user_update(o.m, MAP_MAY_ALL, &key, &fd, 0);
	CHECK_EQ(err, 0);
	CHECK_EQ(map_user_lookup(o.m, MAP_MAY_ALL, &key, &bad, 0), 0);
	CHECK_EQ(bad, 5);
	map_unref_user(in.m);
	map_enter();
	found = map_lookup(o.m, &key);
	err = map_user_delete(o.m, MAP_MAY_ALL, &key);
	value = map_lookup(found, &zero);
	*value = 3; /* the sanitizer would see it freed */
	err = err || map_lookup(o.m, &key);
	map_exit();
	CHECK_EQ(err, 0);
	map_quiesce();
	CHECK_EQ(in.env.used, 0);
	close_map(&o);
}

TEST_WITH(inner_maps_outlive_their_removal, TEST_NO_OOM)
{
	inner_outlives(MAP_TYPE_ARRAY_OF_MAPS);
	inner_outlives(MAP_TYPE_HASH_OF_MAPS);
}

TEST_WITH(a_program_array_is_emptied_with_its_last_user, TEST_NO_OOM)
{
	struct map_attr a = {
		.type = MAP_TYPE_PROG_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 3};
	struct shelf shelf = {.gets = 0};
	uint32_t key = 1, id = 0;
	struct model o;
	int fd = 2;

	if (!open_map(&o, &a))
		return;
	o.env.arg = &shelf;
	o.env.ref_get = shelf_get;
	o.env.ref_put = shelf_put;
	o.env.ref_id = shelf_id;
	CHECK_EQ(map_user_update(o.m, MAP_MAY_ALL, &key, &fd, 0), 0);
	CHECK_EQ(map_user_update(o.m, MAP_MAY_ALL, &key, &fd, MAP_EXIST), -EINVAL);
	CHECK_EQ(map_user_lookup(o.m, MAP_MAY_ALL, &key, &id, 0), 0);
	CHECK_EQ(id, 77);
	key = 2;
	CHECK_EQ(map_user_lookup(o.m, MAP_MAY_ALL, &key, &id, 0), -ENOENT);
	map_ref(o.m); /* a program's */
	map_unref_user(o.m);
	CHECK_EQ(shelf.puts, 1);
	map_unref(o.m);
	CHECK_EQ(o.env.used, 0);
}

TEST(the_ceiling_holds)
{
	struct map_attr a = {.type = MAP_TYPE_HASH,
			     .key_size = 8,
			     .value_size = 1000,
			     .max_entries = 1000,
			     .flags = MAP_F_NO_PREALLOC};
	struct map_env env = {.cpus = 1, .kernel = ABI_KERNEL(6, 18), .max_bytes = 100000};
	uint64_t k, value[125] = {0};
	struct map *m;
	int err = 0;

	if (map_create(&a, &env, &m))
		return;
	for (k = 0; !err && k < 1000; k++)
		err = map_user_update(m, MAP_MAY_ALL, &k, value, 0);
	CHECK_EQ(err, -ENOMEM);
	CHECK(env.used <= 100000);
	map_unref_user(m);
	map_quiesce();
	CHECK_EQ(env.used, 0);
}
