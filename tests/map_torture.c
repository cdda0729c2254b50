/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The rest of the map types under several threads at once: programs, user space and the owner of what
 * the maps hang from, all doing what they may in any order. What is checked is what holds in each of
 * them; the thread and the address sanitizer see the rest.
 */
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>

#include "map/map.h"
#include "test.h"

enum { THREADS = 3, KEYS = 16, INNER = 4 };

struct torture {
	struct map_env env;
	struct map *m;
	/* thread 0 is user space, the others are programs, by custom of some */
	bool (*op)(struct torture *t, uint32_t thread, uint64_t random);
	uint64_t steps;
	uint32_t wrong, held; /* atomic */
	struct map *inner[INNER];
	struct map_perf *ring[2];
	void *mapped;
};

struct worker {
	struct torture *t;
	uint32_t number;
	pthread_t id;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	uint64_t random = test_seed() + w->number, i;
	struct torture *t = w->t;

	map_set_cpu(w->number); /* one more thread than CPUs: two share one */
	for (i = 0; i < t->steps; i++)
		if (!t->op(t, w->number, test_random(&random) >> 20))
			__atomic_fetch_add(&t->wrong, 1, __ATOMIC_RELAXED);
	return NULL;
}

static struct map_attr attr(uint32_t type, uint32_t key, uint32_t value, uint32_t max,
			    uint32_t flags)
{
	return (struct map_attr){.type = type,
				 .key_size = key,
				 .value_size = value,
				 .max_entries = max,
				 .flags = flags,
				 .typed = true};
}

static void begin(struct torture *t, struct map_attr a)
{
	t->env.cpus = 2;
	t->env.kernel = ABI_KERNEL_NEWEST;
	t->env.seed = 3;
	t->env.arg = t;
	CHECK_EQ(map_create(&a, &t->env, &t->m), 0);
}

static void in_threads(struct torture *t)
{
	struct worker w[THREADS];
	uint32_t i;

	t->steps = test_long() ? 3000000 : 20000;
	for (i = 0; i < THREADS; i++) {
		w[i] = (struct worker){.t = t, .number = i};
		if (pthread_create(&w[i].id, NULL, work, &w[i]))
			FAIL("no thread");
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(w[i].id, NULL);
	CHECK_EQ(t->wrong, 0);
}

static void finish(struct torture *t)
{
	map_unref_user(t->m);
	map_quiesce();
	CHECK_EQ(t->held, 0);
	CHECK_EQ(t->env.used, 0);
}

static void torture(struct torture *t, struct map_attr a)
{
	begin(t, a);
	in_threads(t);
	finish(t);
}

static bool one_of(int err, int a, int b, int c)
{
	return !err || err == a || err == b || err == c;
}

/* ---- arrays: each value is one of those that were written ---- */

static bool array_op(struct torture *t, uint32_t thread, uint64_t random)
{
	uint32_t key = random % (KEYS + 1);
	uint64_t value[2] = {random >> 8 & 255, random >> 8 & 255}, *at, seen = 0;
	int err = 0;

	switch (random >> 40 & 3) {
	case 0:
		err = thread ? map_update(t->m, &key, value, 0)
			     : map_user_update(t->m, MAP_MAY_ALL, &key, value, 0);
		return one_of(err, -E2BIG, 0, 0) && (key < KEYS || err);
	case 1:
		err = map_user_lookup(t->m, MAP_MAY_ALL, &key, value, 0);
		return one_of(err, -ENOENT, 0, 0) && value[0] < 256 && value[1] < 256;
	case 2:
		return one_of(map_user_next_key(t->m, MAP_MAY_ALL, &key, &key), -ENOENT, 0, 0);
	default:
		map_enter();
		at = map_lookup(t->m, &key);
		if (at)
			seen = __atomic_load_n(at, __ATOMIC_RELAXED);
		map_exit();
		return !at == (key == KEYS) && seen < 256;
	}
}

TEST_WITH(arrays, TEST_NO_OOM)
{
	struct torture t = {.op = array_op}, u = {.op = array_op};

	torture(&t, attr(MAP_TYPE_ARRAY, 4, 8, KEYS, 0));
	torture(&u, attr(MAP_TYPE_PERCPU_ARRAY, 4, 8, KEYS, 0));
}

static bool insns_op(struct torture *t, uint32_t thread, uint64_t random)
{
	uint32_t key = random % (KEYS + 1), value[4] = {(uint32_t)(random >> 8 & 255)};
	uint64_t addr;
	int err;

	if (thread == 1 && random >> 50 & 1) {
		if (map_insns_begin(t->m))
			return true; /* frozen it is only in the end */
		map_insns_place(t->m, key % KEYS, 1, 2, value);
		err = map_direct_value(t->m, 8 * (key % KEYS), &addr);
		map_insns_end(t->m);
		return !err;
	}
	if (random >> 40 & 1)
		err = map_user_update(t->m, MAP_MAY_ALL, &key, value, 0);
	else
		err = map_user_lookup(t->m, MAP_MAY_ALL, &key, value, 0);
	if (!thread && random % 4096 == 0)
		map_freeze(t->m, MAP_MAY_ALL);
	return one_of(err, -E2BIG, -ENOENT, -EPERM) && value[0] < 256;
}

TEST_WITH(insn_array, TEST_NO_OOM)
{
	struct torture t = {.op = insns_op};

	torture(&t, attr(MAP_TYPE_INSN_ARRAY, 4, 16, KEYS, 0));
}

/* ---- Bloom filters: what one has put in is there ---- */

static bool bloom_op(struct torture *t, uint32_t thread, uint64_t random)
{
	uint64_t value = random % 5000;

	if (!thread)
		return !map_user_update(t->m, MAP_MAY_ALL, NULL, &value, 0) &&
		       !map_user_lookup(t->m, MAP_MAY_ALL, NULL, &value, 0);
	return !map_push(t->m, &value, 0) && !map_peek(t->m, &value);
}

TEST_WITH(bloom_filter, TEST_NO_OOM)
{
	struct torture t = {.op = bloom_op};

	torture(&t, attr(MAP_TYPE_BLOOM_FILTER, 0, 8, 1000, 0));
}

/* ---- maps in maps: whoever has found one may use it to the section's end ---- */

static int inner_get(void *arg, struct map *m, enum map_ref_kind kind, int fd, void **ret_ref)
{
	struct torture *t = arg;

	(void)m;
	(void)kind;
	if (fd < 0 || fd >= INNER)
		return -EBADF;
	map_ref(t->inner[fd]);
	*ret_ref = t->inner[fd];
	return 0;
}

static bool inner_op(struct torture *t, uint32_t thread, uint64_t random)
{
	uint32_t key = random % KEYS, zero = 0, id;
	int fd = (int)(random >> 8 & 3), err = 0;
	struct map *found;
	uint64_t *at, seen = 7;

	if (thread) {
		map_enter();
		found = map_lookup(t->m, &key);
		at = found ? map_lookup(found, &zero) : NULL;
		if (at)
			seen = __atomic_load_n(at, __ATOMIC_RELAXED);
		map_exit();
		return seen == 7 && !found == !at;
	}
	switch (random >> 40 & 3) {
	case 0:
		err = map_user_update(t->m, MAP_MAY_ALL, &key, &fd, 0);
		break;
	case 1:
		err = map_user_delete(t->m, MAP_MAY_ALL, &key);
		break;
	default:
		err = map_user_lookup(t->m, MAP_MAY_ALL, &key, &id, 0);
	}
	return one_of(err, -ENOENT, -E2BIG, 0);
}

static void maps_in(uint32_t type, uint32_t flags)
{
	struct map_attr inner = attr(MAP_TYPE_ARRAY, 4, 8, 1, 0),
			a = attr(type, 4, 4, KEYS - 4, flags);
	struct torture t = {.op = inner_op};
	uint32_t i, zero = 0;
	uint64_t seven = 7;

	t.env = (struct map_env){.cpus = 2, .kernel = ABI_KERNEL_NEWEST, .ref_get = inner_get};
	for (i = 0; i < INNER; i++) {
		CHECK_EQ(map_create(&inner, &t.env, &t.inner[i]), 0);
		CHECK_EQ(map_user_update(t.inner[i], MAP_MAY_ALL, &zero, &seven, 0), 0);
	}
	a.inner = t.inner[0];
	begin(&t, a);
	in_threads(&t);
	map_unref_user(t.m);
	for (i = 0; i < INNER; i++)
		map_unref_user(t.inner[i]);
	map_quiesce();
	CHECK_EQ(t.env.used, 0);
}

TEST_WITH(maps_in_maps, TEST_NO_OOM)
{
	maps_in(MAP_TYPE_ARRAY_OF_MAPS, 0);
	maps_in(MAP_TYPE_HASH_OF_MAPS, 0);
	maps_in(MAP_TYPE_HASH_OF_MAPS, MAP_F_NO_PREALLOC);
}

/* ---- references and targets: none is lost, none is put back twice ---- */

static int ref_get(void *arg, struct map *m, enum map_ref_kind kind, int fd, void **ret_ref)
{
	struct torture *t = arg;

	(void)m;
	(void)kind;
	(void)fd;
	__atomic_fetch_add(&t->held, 1, __ATOMIC_RELAXED);
	*ret_ref = t;
	return 0;
}

static void ref_put(void *arg, struct map *m, enum map_ref_kind kind, void *ref)
{
	(void)m;
	(void)kind;
	(void)ref;
	__atomic_fetch_sub(&((struct torture *)arg)->held, 1, __ATOMIC_RELAXED);
}

static int target_get(void *arg, struct map *m, const void *key, const void *value,
		      struct map_target *ret_target)
{
	(void)m;
	(void)key;
	(void)value;
	__atomic_fetch_add(&((struct torture *)arg)->held, 1, __ATOMIC_RELAXED);
	ret_target->cookie = 7;
	return 0;
}

static void target_put(void *arg, uint32_t type, struct map_target *target)
{
	(void)type;
	target->cookie = 0; /* nobody may look any more */
	__atomic_fetch_sub(&((struct torture *)arg)->held, 1, __ATOMIC_RELAXED);
}

static bool slot_op(struct torture *t, uint32_t thread, uint64_t random)
{
	uint32_t key = random % KEYS, value[2] = {1, 0};
	const struct map_target *target;
	int err = 0;

	if (thread == 1 && t->env.target_get) {
		map_enter();
		target = map_redirect_target(t->m, &key);
		err = target && target->cookie != 7;
		map_exit();
		return !err;
	}
	switch (random >> 40 & 3) {
	case 0:
	case 1:
		err = map_user_update(t->m, MAP_MAY_ALL, &key, value, 0);
		return one_of(err, -E2BIG, -ENODEV, -ENOSPC);
	case 2:
		err = map_user_delete(t->m, MAP_MAY_ALL, &key);
		return one_of(err, -ENOENT, -EINVAL, -E2BIG);
	default:
		err = map_user_next_key(t->m, MAP_MAY_ALL, random & 64 ? &key : NULL, &key);
		return one_of(err, -ENOENT, 0, 0);
	}
}

TEST_WITH(slots, TEST_NO_OOM)
{
	static const uint32_t types[] = {MAP_TYPE_PROG_ARRAY,   MAP_TYPE_PERF_EVENT_ARRAY,
					 MAP_TYPE_CGROUP_ARRAY, MAP_TYPE_DEVMAP,
					 MAP_TYPE_DEVMAP_HASH,  MAP_TYPE_CPUMAP,
					 MAP_TYPE_XSKMAP,       MAP_TYPE_SOCKMAP,
					 MAP_TYPE_SOCKHASH,     MAP_TYPE_REUSEPORT_SOCKARRAY};
	uint32_t i;

	for (i = 0; i < ARRAY_LEN(types); i++) {
		struct torture t = {.op = slot_op};

		if (i < 3)
			t.env = (struct map_env){.ref_get = ref_get, .ref_put = ref_put};
		else
			t.env = (struct map_env){.target_get = target_get,
						 .target_put = target_put};
		torture(&t, attr(types[i], 4, 4, KEYS - 3, 0));
	}
}

/* ---- storages: objects come, go and are named by user space ---- */

static int object_id(void *arg, struct map *m, int fd, uint64_t *ret_id)
{
	(void)arg;
	(void)m;
	*ret_id = (uint64_t)fd;
	return 0;
}

static bool storage_op(struct torture *t, uint32_t thread, uint64_t random)
{
	uint64_t id = random % KEYS, value = id, *at, seen = 0;
	int fd = (int)id, err = 0;

	if (!thread) {
		if (random >> 40 & 1)
			err = map_user_update(t->m, MAP_MAY_ALL, &fd, &value, 0);
		else
			err = map_user_lookup(t->m, MAP_MAY_ALL, &fd, &value, 0);
		return one_of(err, -ENOENT, 0, 0) && value < KEYS;
	}
	if (!(random >> 40 & 3))
		return one_of(map_storage_delete(t->m, id), -ENOENT, 0, 0);
	map_enter();
	at = map_storage_get(t->m, id, &value, random >> 42 & 1);
	if (at)
		seen = __atomic_load_n(at, __ATOMIC_RELAXED);
	map_exit();
	return seen < KEYS;
}

TEST_WITH(task_storage, TEST_NO_OOM)
{
	struct torture t = {.op = storage_op, .env.object_id = object_id};

	torture(&t, attr(MAP_TYPE_TASK_STORAGE, 4, 8, 0, MAP_F_NO_PREALLOC));
}

static bool cgroup_op(struct torture *t, uint32_t thread, uint64_t random)
{
	uint64_t id = random % KEYS, key[2] = {id, 1}, value[2] = {id, id}, *at, seen = 0;
	int err = 0;

	switch (random >> 40 & 7) {
	case 0:
		return !map_cgroup_attach(t->m, id, 1);
	case 1:
		map_cgroup_detach(t->m, id, 1);
		return true;
	case 2:
	case 3:
		err = map_user_update(t->m, MAP_MAY_ALL, key, value, 0);
		return one_of(err, -ENOENT, 0, 0);
	case 4:
		err = map_user_lookup(t->m, MAP_MAY_ALL, key, value, 0);
		return one_of(err, -ENOENT, 0, 0) && value[0] < KEYS;
	case 5:
		err = map_user_next_key(t->m, MAP_MAY_ALL, thread ? key : NULL, key);
		return one_of(err, -ENOENT, 0, 0) && key[0] < KEYS;
	default:
		map_enter();
		at = map_cgroup_value(t->m, id, 1);
		if (at)
			seen = __atomic_load_n(at, __ATOMIC_RELAXED);
		map_exit();
		return seen < KEYS;
	}
}

TEST_WITH(cgroup_storage, TEST_NO_OOM)
{
	struct torture t = {.op = cgroup_op}, u = {.op = cgroup_op};

	torture(&t, attr(MAP_TYPE_CGROUP_STORAGE, 16, 8, 0, 0));
	torture(&u, attr(MAP_TYPE_PERCPU_CGROUP_STORAGE, 16, 8, 0, 0));
}

/* ---- stacks: what a lookup gives is one stack, whole ---- */

static bool stack_op(struct torture *t, uint32_t thread, uint64_t random)
{
	uint64_t ip[4], value[4] = {0}, first = random % 40 + 1;
	uint32_t key = random >> 8 & 15, i;
	int64_t id;
	int err;

	for (i = 0; i < 4; i++)
		ip[i] = first;
	if (thread) {
		id = map_stack_id(t->m, ip, 4, random >> 40 & 1 ? 1 << 10 : 0);
		return id < 16 && (id >= 0 || id == -EEXIST || id == -ENOMEM);
	}
	switch (random >> 40 & 3) {
	case 0:
		err = map_user_delete(t->m, MAP_MAY_ALL, &key);
		break;
	case 1:
		err = map_user_take(t->m, MAP_MAY_ALL, &key, value, 0);
		break;
	case 2:
		err = map_user_next_key(t->m, MAP_MAY_ALL, &key, &key);
		break;
	default:
		err = map_user_lookup(t->m, MAP_MAY_ALL, &key, value, 0);
	}
	for (i = 1; i < 4; i++)
		if (value[i] != value[0] || value[0] > 40)
			return false;
	return one_of(err, -ENOENT, 0, 0);
}

TEST_WITH(stack_trace, TEST_NO_OOM)
{
	struct torture t = {.op = stack_op};

	torture(&t, attr(MAP_TYPE_STACK_TRACE, 4, 32, 10, 0));
}

/* ---- user ring buffers: one writes, the others drain, one at a time ---- */

enum { RING = 4096 };

static uint64_t sample_is_right(void *record, uint32_t size, void *arg)
{
	if (size != 8 || *(uint64_t *)record != 7)
		__atomic_fetch_add((uint32_t *)arg, 1, __ATOMIC_RELAXED);
	return 0;
}

static bool user_ring_op(struct torture *t, uint32_t thread, uint64_t random)
{
	uint64_t *producer = t->mapped, pos, consumed;
	uint8_t *data = (uint8_t *)producer + 4096;
	uint64_t seven = 7;
	uint32_t len = 8;
	int64_t n;

	(void)random;
	if (thread) {
		n = map_ring_drain(t->m, sample_is_right, &t->wrong, 0);
		return n >= 0 || n == -EBUSY;
	}
	pos = *producer;
	consumed = map_ring_query(t->m, MAP_RB_CONS_POS);
	if (pos - consumed > RING - 16) {
		sched_yield();
		return true;
	}
	memcpy(data + pos % RING, &len, 4);
	memcpy(data + pos % RING + 8, &seven, 8);
	__atomic_store_n(producer, pos + 16, __ATOMIC_RELEASE);
	return true;
}

TEST_WITH(user_ringbuf, TEST_NO_OOM)
{
	struct torture t = {.op = user_ring_op};

	begin(&t, attr(MAP_TYPE_USER_RINGBUF, 0, 0, RING, 0));
	CHECK_EQ(map_mmap(t.m, MAP_MAY_ALL, NULL, 4096 + 2 * RING, 3, MAP_SHARED, 4096, &t.mapped),
		 0);
	in_threads(&t);
	CHECK_EQ(map_munmap(t.m, t.mapped, 4096 + 2 * RING, 3), 0);
	finish(&t);
}

/* ---- event rings: written by two CPUs and read, and taken out of the map meanwhile ---- */

static int event_get(void *arg, struct map *m, enum map_ref_kind kind, int fd, void **ret_ref)
{
	struct torture *t = arg;

	ref_get(arg, m, kind, fd, ret_ref);
	*ret_ref = t->ring[fd & 1];
	return 0;
}

static bool event_op(struct torture *t, uint32_t thread, uint64_t random)
{
	uint32_t key = random & 1;
	int fd = (int)key, err;

	if (thread) {
		map_enter();
		err = map_perf_output(t->m, &random, 8, 0xffffffff);
		map_exit();
		return one_of(err, -ENOENT, -ENOSPC, 0);
	}
	if (random & 2)
		err = map_user_update(t->m, MAP_MAY_ALL, &key, &fd, 0);
	else
		err = map_user_delete(t->m, MAP_MAY_ALL, &key);
	return one_of(err, -ENOENT, 0, 0);
}

TEST_WITH(perf_event_array, TEST_NO_OOM)
{
	struct torture t = {.op = event_op,
			    .env = {.cpus = 2, .ref_get = event_get, .ref_put = ref_put}};
	uint32_t i;

	begin(&t, attr(MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 2, 0));
	for (i = 0; i < 2; i++)
		CHECK_EQ(map_perf_create(&t.env, i, 1, &t.ring[i]), 0);
	in_threads(&t);
	map_unref_user(t.m);
	map_quiesce();
	for (i = 0; i < 2; i++)
		map_perf_free(t.ring[i]);
	CHECK_EQ(t.held, 0);
	CHECK_EQ(t.env.used, 0);
}

/* ---- arenas: a page has one owner ---- */

static bool arena_op(struct torture *t, uint32_t thread, uint64_t random)
{
	uint32_t pages = 1 + random % 3, i;
	uint8_t *at = map_arena_alloc(t->m, NULL, pages, 0);
	bool right = true;

	if (!at)
		return true;
	for (i = 0; i < pages; i++) {
		right = right && !at[i * 4096];
		at[i * 4096] = (uint8_t)(thread + 1);
	}
	for (i = 0; i < pages; i++)
		right = right && at[i * 4096] == thread + 1;
	map_arena_free(t->m, at, pages);
	return right;
}

TEST_WITH(arena, TEST_NO_OOM)
{
	struct torture t = {.op = arena_op};

	torture(&t, attr(MAP_TYPE_ARENA, 0, 0, 5, MAP_F_MMAPABLE));
}

/* ---- struct_ops: registered once, and never read half ---- */

static bool ops_op(struct torture *t, uint32_t thread, uint64_t random)
{
	uint32_t key = 0, value[16] = {0}, i;
	int err;

	for (i = 2; i < 16; i++)
		value[i] = thread + 1;
	switch (random % 3) {
	case 0:
		err = map_user_update(t->m, MAP_MAY_ALL, &key, value, 0);
		return one_of(err, -EBUSY, 0, 0);
	case 1:
		err = map_user_delete(t->m, MAP_MAY_ALL, &key);
		return one_of(err, -ENOENT, -EINPROGRESS, 0);
	default:
		err = map_user_lookup(t->m, MAP_MAY_ALL, &key, value, 0);
	}
	for (i = 3; i < 16; i++)
		if (value[i] != value[2])
			return false;
	return !err;
}

TEST_WITH(struct_ops, TEST_NO_OOM)
{
	struct torture t = {.op = ops_op};

	torture(&t, attr(MAP_TYPE_STRUCT_OPS, 4, 64, 1, 0));
}
