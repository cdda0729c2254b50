/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Types that only programs fill, or that have no elements: stack traces, event rings, local storages,
 * arenas, struct_ops; and lists and trees of objects.
 */
#include <sys/mman.h>

#include "map/map.h"
#include "test.h"

static struct map_env env_of(void)
{
	return (struct map_env){.cpus = 2, .kernel = ABI_KERNEL(6, 18), .seed = 1};
}

/* NULL only while allocations fail. */
static struct map *make(struct map_env *env, const struct map_attr *a)
{
	struct map *m = NULL;
	int err = map_create(a, env, &m);

	if (err)
		CHECK(test_oom() && err == -ENOMEM);
	return m;
}

static void done(struct map_env *env, struct map *m)
{
	map_unref_user(m);
	map_quiesce();
	CHECK_EQ(env->used, 0);
}

/* ---- stack traces ---- */

TEST(stacks_get_ids)
{
	struct map_attr a = {
		.type = MAP_TYPE_STACK_TRACE, .key_size = 4, .value_size = 32, .max_entries = 2};
	struct map_env env = env_of();
	uint64_t ip[6] = {1, 2, 3, 4, 5, 6}, out[4], other[3];
	struct map *m = make(&env, &a);
	int64_t id, same;
	uint32_t key, taken = 0;

	if (!m)
		return;
	CHECK_EQ(map_stack_id(m, ip, 3, 1 << 12), -EINVAL);
	CHECK_EQ(map_stack_id(m, ip, 2, 2), -EFAULT); /* nothing left behind the skipped */
	id = map_stack_id(m, ip, 3, 0);
	CHECK(id == 0 || id == 1);
	key = (uint32_t)id;
	CHECK_EQ(map_user_lookup(m, 3, &key, out, 0), 0);
	CHECK_EQ(out[2], 3);
	CHECK_EQ(out[3], 0);
	CHECK_EQ(map_stack_id(m, ip, 3, 0), id); /* the same stack has the same id */
	/* others get the other bucket, or none unless they push this one out */
	for (other[0] = 10; !taken; other[0]++) {
		other[1] = other[2] = 7;
		same = map_stack_id(m, other, 3, 0);
		CHECK(same == -EEXIST || same == !id);
		taken = same == -EEXIST;
	}
	CHECK_EQ(map_stack_id(m, other, 1, 1 << 10) >= 0 || test_oom(), 1);
	/* no more than the value has room for, the skipped not counted */
	CHECK(map_stack_id(m, ip, 6, 1 << 10 | 2) >= -ENOMEM);
	while (!map_user_next_key(m, 3, NULL, &key))
		CHECK_EQ(map_user_take(m, 3, &key, out, 0), 0);
	CHECK_EQ(map_user_delete(m, 3, &key), -ENOENT);
	key = 2;
	CHECK_EQ(map_user_delete(m, 3, &key), -E2BIG);
	CHECK_EQ(map_user_lookup(m, 3, &key, out, 0), -ENOENT);
	done(&env, m);
}

TEST(stacks_as_build_ids)
{
	struct map_attr a = {.type = MAP_TYPE_STACK_TRACE,
			     .key_size = 4,
			     .value_size = 64,
			     .max_entries = 4,
			     .flags = MAP_F_STACK_BUILD_ID};
	struct map_env env = env_of();
	uint64_t ip[3] = {0x1111, 0x2222, 0x3333}, out[8];
	struct map *m = make(&env, &a);
	uint32_t key;

	if (!m)
		return;
	key = (uint32_t)map_stack_id(m, ip, 3, 0);
	CHECK_EQ(map_user_lookup(m, 3, &key, out, 0), 0);
	CHECK_EQ((uint32_t)out[0], 2);
	CHECK_EQ(out[3], 0x1111);
	CHECK_EQ(out[7], 0x2222);
	done(&env, m);
}

/* ---- jump tables ---- */

TEST(a_jump_table_is_one_programs)
{
	struct map_attr a = {
		.type = MAP_TYPE_INSN_ARRAY, .key_size = 4, .value_size = 16, .max_entries = 3};
	struct map_env env = {.cpus = 2, .kernel = ABI_KERNEL(6, 19)};
	uint32_t key = 1, value[4] = {5, 0, 0, 0}, code;
	struct map *m = make(&env, &a);
	uint64_t addr;

	if (!m)
		return;
	CHECK_EQ(map_user_update(m, 3, &key, value, 0), 0);
	CHECK_EQ(map_user_update(m, 3, &key, value, MAP_NOEXIST), -EEXIST);
	value[1] = 1;
	CHECK_EQ(map_user_update(m, 3, &key, value, 0), -EINVAL);
	key = 3;
	CHECK_EQ(map_user_update(m, 3, &key, value, 0), -E2BIG);
	CHECK_EQ(map_user_delete(m, 3, &key), -EINVAL);
	CHECK_EQ(map_insns_begin(m), -EINVAL); /* is not frozen */
	CHECK_EQ(map_freeze(m, 3), 0);
	CHECK_EQ(map_insns_begin(m), 0);
	CHECK_EQ(map_insns_begin(m), -EBUSY);
	CHECK_EQ(map_insns_given(m, 1), 5);
	map_insns_place(m, 1, 9, 70, &code);
	CHECK_EQ(map_direct_value(m, 4, &addr), -EACCES);
	CHECK_EQ(map_direct_value(m, 24, &addr), -EACCES);
	CHECK_EQ(map_direct_value(m, 8, &addr), 0);
	CHECK_EQ(((const uint64_t *)(uintptr_t)addr)[1], (uintptr_t)&code);
	key = 1;
	CHECK_EQ(map_user_lookup(m, 3, &key, value, 0), 0);
	CHECK(value[0] == 5 && value[1] == 9 && value[2] == 70);
	map_insns_end(m);
	CHECK_EQ(map_insns_begin(m), 0);
	CHECK_EQ(map_user_lookup(m, 3, &key, value, 0), 0);
	CHECK_EQ(value[1], 5); /* as it was given, again */
	map_insns_end(m);
	done(&env, m);
}

/* ---- event rings ---- */

static struct map_perf *the_ring;
static uint32_t wakes;

static int give_ring(void *arg, struct map *m, enum map_ref_kind kind, int fd, void **ret_ref)
{
	(void)arg;
	(void)m;
	(void)kind;
	(void)fd;
	*ret_ref = the_ring;
	return 0;
}

static void count_wake(void *arg)
{
	++*(uint32_t *)arg;
}

TEST(events_go_to_their_cpus_ring)
{
	struct map_attr a = {.type = MAP_TYPE_PERF_EVENT_ARRAY,
			     .key_size = 4,
			     .value_size = 4,
			     .max_entries = 2};
	struct map_env env = env_of();
	uint64_t *page, head, i, written = 0;
	struct map *m = make(&env, &a);
	uint32_t key = 1, fd = 0, raw;
	uint8_t *data, bytes[100];

	if (!m)
		return;
	if (map_perf_create(&env, 1, 2, &the_ring)) {
		done(&env, m);
		return;
	}
	env.ref_get = give_ring;
	map_perf_on_wake(the_ring, count_wake, &wakes);
	wakes = 0;
	CHECK_EQ(map_user_update(m, 3, &key, &fd, 0), 0);
	CHECK_EQ(map_user_lookup(m, 3, &key, &fd, 0), -MAP_ENOTSUPP);
	page = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, map_perf_fd(the_ring), 0);
	CHECK(page != MAP_FAILED);
	data = (uint8_t *)page + 4096;
	CHECK_EQ(page[1040 / 8], 4096);
	CHECK_EQ(page[1048 / 8], 8192);
	memset(bytes, 0x77, sizeof(bytes));
	map_set_cpu(0);
	CHECK_EQ(map_perf_output(m, bytes, 100, 0xffffffff), -ENOENT);
	CHECK_EQ(map_perf_output(m, bytes, 100, 1), -EOPNOTSUPP);
	CHECK_EQ(map_perf_output(m, bytes, 100, 2), -E2BIG);
	CHECK_EQ(map_perf_output(m, bytes, 100, UINT64_C(1) << 32), -EINVAL);
	map_set_cpu(1);
	while (!map_perf_output(m, bytes, 100, 0xffffffff))
		written++;
	CHECK_EQ(written, (8192 - 1) / 112);
	CHECK_EQ(wakes, written);
	CHECK_EQ(map_perf_output(m, bytes, 100, 1), -ENOSPC);
	head = page[1024 / 8];
	CHECK_EQ(head, written * 112);
	for (i = 0; i < head; i += 112) {
		CHECK_EQ(*(uint32_t *)(data + i), 9);
		CHECK_EQ(*(uint16_t *)(data + i + 6), 112);
		memcpy(&raw, data + i + 8, 4);
		CHECK_EQ(raw, 100);
		CHECK_MEM(data + i + 12, bytes, 100);
	}
	__atomic_store_n(&page[1032 / 8], head, __ATOMIC_RELEASE); /* all read */
	CHECK_EQ(map_perf_output(m, bytes, 1, 1), 0);
	CHECK_EQ(*(uint32_t *)(data + head % 8192), 2); /* first, how many were lost */
	CHECK_EQ(*(uint64_t *)(data + (head + 16) % 8192), 2);
	CHECK_EQ(*(uint32_t *)(data + (head + 24) % 8192), 9);
	munmap(page, 3 * 4096);
	map_unref_user(m);
	map_quiesce();
	map_perf_free(the_ring);
	CHECK_EQ(env.used, 0);
}

/* ---- local storages ---- */

static int fd_is_id(void *arg, struct map *m, int fd, uint64_t *ret_id)
{
	(void)arg;
	(void)m;
	if (fd < 0)
		return -EBADF;
	*ret_id = (uint64_t)fd;
	return 0;
}

TEST(storage_hangs_from_objects)
{
	struct map_attr a = {.type = MAP_TYPE_TASK_STORAGE,
			     .key_size = 4,
			     .value_size = 8,
			     .flags = MAP_F_NO_PREALLOC,
			     .typed = true};
	struct map_env env = env_of();
	uint64_t value = 5, *at, i, n = test_oom() ? 20 : 3000;
	struct map *m = make(&env, &a);
	int fd = 4, created = 0;

	if (!m)
		return;
	env.object_id = fd_is_id;
	map_enter();
	at = map_storage_get(m, 4, NULL, 0);
	if (!at)
		at = map_storage_get(m, 4, &value, 1);
	created = at && *at == 5 && map_storage_get(m, 4, NULL, 1) == at &&
		  !map_storage_get(m, 4, NULL, 2);
	map_exit();
	CHECK(created || test_oom());
	if (created) {
		value = 0;
		CHECK_EQ(map_user_lookup(m, 3, &fd, &value, 0), 0);
		CHECK_EQ(value, 5);
		CHECK_EQ(map_user_update(m, 3, &fd, &value, MAP_NOEXIST), -EEXIST);
		CHECK_EQ(map_user_delete(m, 3, &fd), 0);
		CHECK_EQ(map_user_delete(m, 3, &fd), -ENOENT);
	}
	CHECK_EQ(map_user_update(m, 3, &fd, &value, MAP_EXIST), -ENOENT);
	CHECK_EQ(map_user_next_key(m, 3, NULL, &fd), -MAP_ENOTSUPP);
	fd = -3;
	CHECK_EQ(map_user_lookup(m, 3, &fd, &value, 0), -EBADF);
	map_enter();
	for (i = 0; i < n; i++)
		created += map_storage_get(m, i, NULL, 1) != NULL;
	map_exit();
	CHECK(created >= (int)n || test_oom());
	for (i = 0; i < n; i++)
		if (map_storage_delete(m, i))
			created--;
	done(&env, m);
}

TEST(cgroup_values_come_with_attachments)
{
	struct map_attr a = {.type = MAP_TYPE_CGROUP_STORAGE, .key_size = 16, .value_size = 8};
	struct map_env env = env_of();
	struct {
		uint64_t id;
		uint32_t attach, pad;
	} key = {70, 1, 0}, next;
	uint64_t value = 9, *at, seen = 0;
	struct map *m = make(&env, &a);

	if (!m)
		return;
	CHECK_EQ(map_user_update(m, 3, &key, &value, 0), -ENOENT);
	if (map_cgroup_attach(m, 70, 1) || map_cgroup_attach(m, 70, 2)) {
		CHECK(test_oom());
		done(&env, m);
		return;
	}
	CHECK_EQ(map_cgroup_attach(m, 70, 1), 0); /* is there */
	if (!map_user_update(m, 3, &key, &value, 0)) {
		map_enter();
		at = map_cgroup_value(m, 70, 1);
		map_cgroup_detach(m, 70, 1);
		seen = *at; /* still to be read */
		map_exit();
		CHECK_EQ(seen, 9);
		CHECK_EQ(map_user_lookup(m, 3, &key, &value, 0), -ENOENT);
		CHECK_EQ(map_user_next_key(m, 3, NULL, &next), 0);
		CHECK_EQ(next.attach, 2);
		CHECK_EQ(map_user_next_key(m, 3, &next, &next), -ENOENT);
	}
	done(&env, m);
}

/* ---- lists and trees ---- */

enum { OBJECTS = 200 };

struct object {
	uint64_t node[4]; /* as large as struct bpf_rb_node */
	uint32_t key, order;
};

TEST(lists_of_objects)
{
	static struct object object[OBJECTS];
	uint64_t head[2] = {0};
	uint32_t model[OBJECTS], n = 0, i, k;
	uint64_t random = test_seed(), other[2] = {0};
	bool front;
	void *got;

	memset(object, 0, sizeof(object));
	CHECK(!map_list_pop(head, true) && !map_list_peek(head, false));
	for (i = 0; i < 20000; i++) {
		k = (uint32_t)(test_random(&random) >> 33) % OBJECTS;
		front = test_random(&random) >> 50 & 1;
		if (test_random(&random) >> 40 & 1) {
			uint32_t j;

			for (j = 0; j < n && model[j] != k; j++)
				;
			CHECK_EQ(map_list_push(head, object[k].node, front), j < n ? -EINVAL : 0);
			if (j < n) {
				CHECK_EQ(map_list_push(other, object[k].node, front), -EINVAL);
				continue;
			}
			if (front)
				memmove(model + 1, model, n * sizeof(model[0]));
			model[front ? 0 : n] = k;
			n++;
		} else {
			got = map_list_pop(head, front);
			CHECK_EQ(got != NULL, n > 0);
			if (!got)
				continue;
			CHECK(got == object[front ? model[0] : model[n - 1]].node);
			n--;
			if (front)
				memmove(model, model + 1, n * sizeof(model[0]));
		}
	}
}

static bool by_key(void *a, void *b, void *arg)
{
	(void)arg;
	return ((struct object *)a)->key < ((struct object *)b)->key;
}

static uint32_t depth(void *root, void *n)
{
	uint32_t left, right;

	if (!n)
		return 0;
	left = depth(root, map_rb_child(root, n, false));
	right = depth(root, map_rb_child(root, n, true));
	return 1 + MAX(left, right);
}

TEST(trees_of_objects)
{
	static struct object object[OBJECTS];
	uint64_t root[2] = {0}, other[2] = {0}, random = test_seed();
	struct object *first;
	bool in[OBJECTS] = {false};
	uint32_t i, j, k, order = 0;

	memset(object, 0, sizeof(object));
	for (i = 0; i < 20000; i++) {
		k = (uint32_t)(test_random(&random) >> 33) % OBJECTS;
		if (!in[k]) {
			object[k].key = (uint32_t)(test_random(&random) >> 40) % 50;
			object[k].order = order++;
		}
		if (test_random(&random) >> 40 & 1) {
			CHECK_EQ(map_rb_add(root, &object[k], by_key, NULL), in[k] ? -EINVAL : 0);
			in[k] = true;
		} else {
			CHECK(map_rb_remove(other, &object[k]) == NULL);
			CHECK(map_rb_remove(root, &object[k]) == (in[k] ? &object[k] : NULL));
			in[k] = false;
		}
		/* the first is the least, and of equals the one that came first */
		first = NULL;
		for (j = 0; j < OBJECTS; j++)
			if (in[j] &&
			    (!first || object[j].key < first->key ||
			     (object[j].key == first->key && object[j].order < first->order)))
				first = &object[j];
		CHECK(map_rb_first(root) == (void *)first);
	}
	CHECK(depth(root, map_rb_root(root)) < 30);
	/* in ascending order is the worst that can happen to a tree without balance */
	for (i = 0; i < OBJECTS; i++)
		map_rb_remove(root, &object[i]);
	CHECK(!map_rb_root(root));
	for (i = 0; i < OBJECTS; i++) {
		object[i].key = i;
		CHECK_EQ(map_rb_add(root, &object[i], by_key, NULL), 0);
	}
	CHECK(depth(root, map_rb_root(root)) < 40);
}

/* ---- arenas ---- */

TEST(arena_pages)
{
	struct map_attr a = {.type = MAP_TYPE_ARENA, .max_entries = 10, .flags = MAP_F_MMAPABLE};
	struct map_env env = env_of();
	struct map *m = make(&env, &a);
	uint8_t *base, *p, *q;
	uint64_t before;

	if (!m)
		return;
	before = env.used;
	base = map_arena_base(m);
	CHECK_EQ((uintptr_t)base >> 32, ((uintptr_t)base + 10 * 4096 - 1) >> 32);
	CHECK(!map_arena_alloc(m, NULL, 11, 0) && !map_arena_alloc(m, NULL, 0, 0));
	CHECK(!map_arena_alloc(m, NULL, 1, 1) && !map_arena_alloc(m, base + 1, 1, 0));
	p = map_arena_alloc(m, NULL, 3, 0);
	CHECK(p == base);
	memset(p, 1, 3 * 4096);
	CHECK(!map_arena_alloc(m, base + 2 * 4096, 2, 0)); /* taken */
	q = map_arena_alloc(m, base + 9 * 4096, 1, 0);
	CHECK(q == base + 9 * 4096);
	CHECK(!map_arena_alloc(m, NULL, 7, 0));
	CHECK_EQ(env.used, before + 4 * 4096);
	map_arena_free(m, base + 4096, 1);
	CHECK(map_arena_alloc(m, NULL, 1, 0) == base + 4096);
	CHECK_EQ(base[4096], 0); /* zeros again */
	CHECK_EQ(base[0], 1);
	map_arena_free(m, base, 100);
	CHECK_EQ(env.used, before);
	CHECK(map_arena_fault(m, base + 5 * 4096 + 7));
	base[5 * 4096] = 1;
	CHECK(!map_arena_fault(m, base + 10 * 4096));
	done(&env, m);
}

/* ---- struct_ops ---- */

static uint32_t told[3];
static int answer;

static int tell(void *arg, struct map *m, enum map_struct_ops_event what, void *value)
{
	(void)arg;
	(void)m;
	(void)value;
	told[what]++;
	return answer;
}

TEST(struct_ops_states)
{
	struct map_attr a = {.type = MAP_TYPE_STRUCT_OPS,
			     .key_size = 4,
			     .value_size = 64,
			     .max_entries = 1,
			     .typed = true};
	struct map_env env = env_of();
	uint32_t value[16] = {0, 0, 7}, out[16], key = 0, one = 1;
	struct map *m = make(&env, &a);

	if (!m)
		return;
	memset(told, 0, sizeof(told));
	env.struct_ops = tell;
	answer = -EPERM;
	CHECK_EQ(map_user_update(m, 3, &key, value, 0), -EPERM);
	answer = 0;
	CHECK_EQ(map_user_update(m, 3, &key, value, 1), -EINVAL);
	CHECK_EQ(map_user_update(m, 3, &one, value, 0), -E2BIG);
	value[1] = 1;
	CHECK_EQ(map_user_update(m, 3, &key, value, 0), -EINVAL);
	value[1] = 0;
	CHECK_EQ(map_user_delete(m, 3, &key), -ENOENT);
	CHECK_EQ(map_user_update(m, 3, &key, value, 0), 0);
	CHECK_EQ(map_user_update(m, 3, &key, value, 0), -EBUSY);
	CHECK_EQ(map_user_lookup(m, 3, &key, out, 0), 0);
	CHECK_EQ(out[1], 1);
	CHECK_EQ(out[2], 7);
	CHECK_EQ(map_freeze(m, 3), -MAP_ENOTSUPP);
	CHECK_EQ(map_user_delete(m, 3, &key), 0);
	CHECK_EQ(map_user_delete(m, 3, &key), -EINPROGRESS);
	CHECK_EQ(told[MAP_OPS_REGISTER], 2);
	CHECK_EQ(told[MAP_OPS_UNREGISTER], 1);
	done(&env, m);
}
