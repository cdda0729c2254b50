/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Making and unmaking hash tables: the checks of attributes, buckets, elements all at once or one by one,
 * and the end of all of them.
 */
#include "map/hash.h"

/* Before 5.11 the limit left room for the largest key. */
static uint32_t key_room(const struct map_attr *a, const struct map_env *env)
{
	return env->kernel < ABI_KERNEL(5, 11) ? 512 : a->key_size;
}

int htab_check(const struct map_attr *a, const struct map_env *env)
{
	bool lru = a->type == MAP_TYPE_LRU_HASH || a->type == MAP_TYPE_LRU_PERCPU_HASH;
	struct map_attr flags = {.type = a->type, .key_size = 4, .value_size = 4, .max_entries = 1};
	int err;

	flags.flags = a->flags & ~(uint32_t)(MAP_F_NO_PREALLOC | MAP_F_NUMA_NODE);
	if (lru && a->flags & MAP_F_NO_PREALLOC && !attr_check(&flags, env))
		return -MAP_ENOTSUPP; /* said before all but unknown flags */
	if (attr_node(a) != NODE_NONE && a->flags & MAP_F_NO_COMMON_LRU)
		return -EINVAL;
	err = attr_check(a, env);
	if (!err && (uint64_t)key_room(a, env) + a->value_size >= ALLOC_MAX - HASH_ELEM_HEADER)
		err = -E2BIG;
	return err;
}

static void link_cpu_values(struct htab *h, uint32_t count)
{
	uint32_t room = value_room(&h->map), i;

	for (i = 0; i < count; i++)
		*(uint8_t **)(h->elems + (uint64_t)i * h->elem_size + h->value_at) =
			h->cpu_values + (uint64_t)i * room;
}

/* All elements at once, and for each CPU one stretch of values. */
static int preallocate(struct htab *h)
{
	struct map_env *env = h->map.env;
	uint32_t count = h->map.max_entries, i;
	bool spares = !h->percpu && !h->evicts;

	count += spares ? env->cpus : 0;
	h->elems_size = (uint64_t)count * h->elem_size;
	h->elems = env_alloc(env, h->elems_size);
	if (!h->elems)
		return -ENOMEM;
	if (h->percpu) {
		h->map.cpu_stride = ALIGN_UP((uint64_t)count * value_room(&h->map), UINT64_C(64));
		h->cpu_values_size = h->map.cpu_stride * env->cpus;
		h->cpu_values = env_alloc(env, h->cpu_values_size);
		if (!h->cpu_values)
			return -ENOMEM;
		link_cpu_values(h, count);
	}
	if (h->evicts) {
		lru_fill(&h->lru, h->elems, h->elem_size, count);
		h->lru.evict = htab_evict;
		h->lru.arg = h;
		return 0;
	}
	h->spare = spares ? env_alloc(env, env->cpus * sizeof(*h->spare)) : NULL;
	if (spares && !h->spare)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		struct hash_elem *e = (struct hash_elem *)(h->elems + (uint64_t)i * h->elem_size);

		if (spares && i < env->cpus)
			h->spare[i] = e;
		else
			pool_push(&h->pool, (uint32_t)((uint64_t)i * env->cpus / count), e);
	}
	return 0;
}

static int setup_elements(struct htab *h)
{
	struct map_env *env = h->map.env;
	int err = h->evicts ? lru_init(&h->lru, env, h->map.flags & MAP_F_NO_COMMON_LRU)
			    : pool_init(&h->pool, env, h->elem_size);

	if (err || h->prealloc)
		return err ? err : preallocate(h);
	h->pool.grows = true;
	if (h->percpu) {
		h->map.cpu_stride = ALIGN_UP(value_room(&h->map), 64u);
		h->pool.extra_size = h->map.cpu_stride * env->cpus;
		h->pool.extra_at = h->value_at;
	}
	return 0;
}

static int setup_buckets(struct htab *h)
{
	uint32_t n = round_up_pow2(h->map.max_entries), i;

	h->bucket = env_alloc(h->map.env, (uint64_t)n * sizeof(*h->bucket));
	if (!h->bucket)
		return -ENOMEM;
	h->mask = n - 1;
	for (i = 0; i < n; i++)
		h->bucket[i] = (uintptr_t)i << 3 | HASH_END;
	return 0;
}

static void setup_hash(struct htab *h, hash_lookup_fn *const by_kind[])
{
	static uint64_t salt;
	uint32_t size = h->map.key_size;

	if (h->map.flags & MAP_F_ZERO_SEED) {
		h->kind = HASH_KERNEL;
	} else {
		h->kind = size == 4 ? HASH_4 : size == 8 ? HASH_8 : HASH_ANY;
		h->seed = h->map.env->seed ^
			  hash_fold(__atomic_add_fetch(&salt, 1, __ATOMIC_RELAXED));
	}
	h->map.lookup = by_kind[h->kind];
}

/* With a list per CPU, each gets the same number of elements; the kernel shows the new maximum. */
static void even_out(struct htab *h)
{
	uint32_t want = h->map.max_entries, cpus = h->map.cpus;
	uint64_t up = (want + (cpus - UINT64_C(1))) / cpus * cpus;

	h->map.max_entries = up > UINT32_MAX ? want / cpus * cpus : (uint32_t)up;
}

int htab_create(const struct map_attr *a, struct map_env *env, hash_lookup_fn *const by_kind[],
		struct map **ret_map)
{
	struct htab *h = map_new(a, env, sizeof(*h));
	int err;

	if (!h)
		return -ENOMEM;
	h->evicts = a->type == MAP_TYPE_LRU_HASH || a->type == MAP_TYPE_LRU_PERCPU_HASH;
	h->percpu = a->type == MAP_TYPE_PERCPU_HASH || a->type == MAP_TYPE_LRU_PERCPU_HASH;
	h->prealloc = !(a->flags & MAP_F_NO_PREALLOC);
	if (a->flags & MAP_F_NO_COMMON_LRU)
		even_out(h);
	h->value_at = (uint32_t)offsetof(struct hash_elem, key) + ALIGN_UP(a->key_size, 8u);
	h->elem_size = h->value_at + (h->percpu ? 8 : value_room(&h->map));
	setup_hash(h, by_kind);
	err = h->map.max_entries > BUCKETS_MAX ? -E2BIG : setup_buckets(h);
	if (!err)
		err = setup_elements(h);
	if (err)
		htab_free(&h->map);
	else
		*ret_map = &h->map;
	return err;
}

/* Calls fn for each element that is linked. */
static void each_linked(struct htab *h,
			void (*fn)(struct htab *h, struct hash_elem *e, uint32_t kinds),
			uint32_t kinds)
{
	uintptr_t at, next;
	uint32_t i;

	for (i = 0; h->bucket && i <= h->mask; i++) {
		for (at = h->bucket[i]; !(at & HASH_END); at = next) {
			next = ((struct hash_elem *)at)->next;
			fn(h, (struct hash_elem *)at, kinds);
		}
	}
}

static void free_linked(struct htab *h, struct hash_elem *e, uint32_t kinds)
{
	htab_free_fields(h, e, kinds);
	htab_drop_inner(h, e);
	if (h->prealloc)
		return;
	if (h->percpu)
		mem_free(elem_cpu_values(h, e));
	env_uncharge(h->map.env, h->elem_size + h->pool.extra_size);
	mem_free(e);
}

void htab_free(struct map *m)
{
	struct htab *h = (struct htab *)m;

	each_linked(h, free_linked, FIELDS_ALL);
	if (h->evicts)
		lru_done(&h->lru);
	else if (h->pool.memory)
		pool_done(&h->pool);
	env_free(m->env, h->elems, h->elems_size);
	env_free(m->env, h->cpu_values, h->cpu_values_size);
	env_free(m->env, h->spare, m->cpus * sizeof(*h->spare));
	env_free(m->env, h->bucket, (h->mask + 1ull) * sizeof(*h->bucket));
	map_done(m, sizeof(*h));
}

void htab_user_gone(struct map *m)
{
	map_enter();
	each_linked((struct htab *)m, htab_free_fields, FIELDS_TIMED);
	map_exit();
}

uint64_t htab_memory(const struct map *m)
{
	const struct htab *h = (const struct htab *)m;
	uint64_t bytes = sizeof(*h) + (h->mask + 1ull) * sizeof(*h->bucket);

	if (!h->prealloc)
		return bytes + (h->elem_size + h->pool.extra_size) * load(&h->in_use);
	return bytes + h->elems_size + h->cpu_values_size;
}
