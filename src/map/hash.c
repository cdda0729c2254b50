/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The hash table of five types: hash, percpu_hash, lru_hash, lru_percpu_hash, hash_of_maps.
 *
 * An array of buckets, each one word: the address of the first element, or the end mark (the bucket's
 * number, shifted, with HASH_END); HASH_LOCKED in it is the bucket's lock. Chains are single-linked
 * and end in the mark of their bucket.
 *
 *   H1  Readers take no lock. An element they stand on may be freed and reused in another bucket; they
 *       notice by the end mark of that one and start again.
 *   H2  An element is complete before it is linked, and a new value is a new element: what a program
 *       found stays as it was until the element is reused. (Per-CPU values change in place.)
 *   H3  New elements are linked at the head, before the old one is unlinked: a reader finds one of both.
 *   H4  With MAP_F_ZERO_SEED the hash is the kernel's, and so is the order of the keys.
 */
#include "map/hash.h"

/* ---- finding ---- */

uint32_t hash_of(const struct htab *h, const void *key)
{
	switch (h->kind) {
	case HASH_4:
		return hash_4(key, h->seed);
	case HASH_8:
		return hash_8(key, h->seed);
	case HASH_ANY:
		return hash_fast(key, h->map.key_size, h->seed);
	case HASH_KERNEL:
		return hash_kernel(key, h->map.key_size, (uint32_t)h->seed);
	}
	return 0;
}

/* `size` is a constant for the usual keys, so that this becomes a loop without calls. */
static inline __attribute__((always_inline)) struct hash_elem *
find(const struct htab *h, const void *key, uint32_t size, uint32_t hash)
{
	uint32_t number = hash & h->mask;
	struct hash_elem *e;
	uintptr_t at;

	do {
		at = load_acquire(&h->bucket[number]) & ~HASH_LOCKED;
		for (; !(at & HASH_END); at = load_acquire(&e->next)) {
			e = (struct hash_elem *)at;
			if (elem_same_key(e, key, size, hash))
				return e;
		}
	} while (__builtin_expect(at >> 3 != number, 0)); /* H1 */
	return NULL;
}

static struct hash_elem *find_any(const struct htab *h, const void *key, uint32_t hash)
{
	return find(h, key, h->map.key_size, hash);
}

static uint32_t find_hash(const struct htab *h, const void *key, enum hash_kind kind)
{
	return kind == HASH_4   ? hash_4(key, h->seed)
	       : kind == HASH_8 ? hash_8(key, h->seed)
				: hash_of(h, key);
}

static struct htab *table(struct map *m)
{
	return (struct htab *)m;
}

/* What a program's lookup gives, by type; `touch`: the LRU remembers. */
#define LOOKUP(name, kind, size, touch, result)                                                    \
	static void *name(struct map *m, const void *key)                                          \
	{                                                                                          \
		struct htab *h = table(m);                                                         \
		struct hash_elem *e = find(h, key, (size), find_hash(h, key, (kind)));             \
                                                                                                   \
		if (!e)                                                                            \
			return NULL;                                                               \
		if (touch)                                                                         \
			lru_touch(e);                                                              \
		return result;                                                                     \
	}
#define LOOKUPS(name, touch, result)                                                               \
	LOOKUP(name##_4, HASH_4, 4, touch, result)                                                 \
	LOOKUP(name##_8, HASH_8, 8, touch, result)                                                 \
	LOOKUP(name##_any, HASH_ANY, m->key_size, touch, result)                                   \
	static hash_lookup_fn *const name##_by_kind[] = {[HASH_4] = name##_4,                      \
							 [HASH_8] = name##_8,                      \
							 [HASH_ANY] = name##_any,                  \
							 [HASH_KERNEL] = name##_any};

LOOKUPS(hash_lookup, false, elem_value(h, e))
LOOKUPS(lru_lookup, true, elem_value(h, e))
LOOKUPS(percpu_lookup, false, elem_cpu_values(h, e) + this_cpu(m) * m->cpu_stride)
LOOKUPS(lru_percpu_lookup, true, elem_cpu_values(h, e) + this_cpu(m) * m->cpu_stride)
LOOKUPS(maps_lookup, false, load((void **)elem_value(h, e)))

static void *percpu_lookup_cpu(struct map *m, const void *key, uint32_t cpu)
{
	struct htab *h = table(m);
	struct hash_elem *e = find_any(h, key, hash_of(h, key));

	if (!e)
		return NULL;
	if (h->evicts)
		lru_touch(e);
	return elem_cpu_values(h, e) + cpu * m->cpu_stride;
}

/* ---- buckets ---- */

void hash_lock(uintptr_t *b)
{
	unsigned turns = 0;

	while (__atomic_fetch_or(b, HASH_LOCKED, __ATOMIC_ACQUIRE) & HASH_LOCKED)
		while (load(b) & HASH_LOCKED)
			spin_wait(&turns);
}

void hash_unlock(uintptr_t *b)
{
	store_release(b, load(b) & ~HASH_LOCKED);
}

uintptr_t *hash_find_locked(struct htab *h, uintptr_t *b, const void *key, uint32_t hash)
{
	uintptr_t *link = b, at;
	struct hash_elem *e;

	for (; !((at = load(link) & ~HASH_LOCKED) & HASH_END); link = &e->next) {
		e = (struct hash_elem *)at;
		if (load(&e->lru.hash) == hash && key_equal(e->key, key, h->map.key_size))
			return link;
	}
	return NULL;
}

static struct hash_elem *linked(const uintptr_t *link)
{
	return (struct hash_elem *)(load(link) & ~HASH_LOCKED);
}

static void unlink_elem(uintptr_t *link)
{
	/* of the bucket itself, the lock bit stays */
	store_release(link, load(&linked(link)->next) | (load(link) & HASH_LOCKED));
}

static void link_elem(uintptr_t *b, struct hash_elem *e)
{
	store(&e->next, load(b) & ~HASH_LOCKED);
	store_release(b, (uintptr_t)e | HASH_LOCKED);
}

/* H3: `link` may be the bucket itself, which now is the new element's next. */
static void replace_elem(uintptr_t *b, uintptr_t *link, struct hash_elem *e)
{
	link_elem(b, e);
	unlink_elem(link == b ? &e->next : link);
}

/* ---- elements ---- */

void htab_free_fields(struct htab *h, struct hash_elem *e, uint32_t kinds)
{
	uint32_t cpu;

	if (!(h->map.field_kinds & kinds))
		return;
	if (!h->percpu)
		value_free_fields(&h->map, elem_value(h, e), kinds);
	for (cpu = 0; h->percpu && cpu < h->map.cpus; cpu++)
		value_free_fields(&h->map, elem_cpu_values(h, e) + cpu * h->map.cpu_stride, kinds);
}

void htab_drop_inner(struct htab *h, struct hash_elem *e)
{
	if (h->map.ops->refs)
		ref_put(&h->map, *(void **)elem_value(h, e));
}

void htab_put(struct htab *h, struct hash_elem *e)
{
	htab_free_fields(h, e, FIELDS_ALL);
	if (h->evicts) {
		lru_push(&h->lru, e);
		return;
	}
	htab_drop_inner(h, e);
	if (!h->prealloc)
		__atomic_fetch_sub(&h->in_use, 1, __ATOMIC_RELAXED);
	pool_push(&h->pool, this_cpu(&h->map), e);
}

/* An element for a new key; the map's size is the limit. */
static int take_new(struct htab *h, struct hash_elem **ret_elem)
{
	struct hash_elem *e;

	if (!h->prealloc &&
	    __atomic_fetch_add(&h->in_use, 1, __ATOMIC_RELAXED) >= h->map.max_entries) {
		__atomic_fetch_sub(&h->in_use, 1, __ATOMIC_RELAXED);
		return -E2BIG;
	}
	e = pool_pop(&h->pool, this_cpu(&h->map));
	if (!e && h->prealloc)
		return -E2BIG;
	if (!e) {
		__atomic_fetch_sub(&h->in_use, 1, __ATOMIC_RELAXED);
		return -ENOMEM;
	}
	*ret_elem = e;
	return 0;
}

/*
 * An element to take the place of another: even a full map has one per CPU for that. Two threads on the
 * same CPU may both want it; then the second takes a free one, or waits for the first to be done.
 */
static int take_spare(struct htab *h, struct hash_elem **ret_elem)
{
	struct hash_elem **spare = h->prealloc ? &h->spare[this_cpu(&h->map)] : NULL, *e = NULL;
	unsigned turns = 0;

	if (!h->prealloc) {
		e = pool_pop(&h->pool, this_cpu(&h->map));
		if (!e)
			return -ENOMEM;
		__atomic_fetch_add(&h->in_use, 1, __ATOMIC_RELAXED);
	}
	while (!e) {
		e = __atomic_exchange_n(spare, NULL, __ATOMIC_ACQUIRE);
		if (!e)
			e = pool_pop(&h->pool, this_cpu(&h->map));
		if (!e)
			spin_wait(&turns);
	}
	*ret_elem = e;
	return 0;
}

/* The replaced one becomes the spare, at once, as in the kernel. */
static void put_spare(struct htab *h, struct hash_elem *e)
{
	struct hash_elem *none = NULL;

	if (!h->prealloc) {
		htab_put(h, e);
		return;
	}
	htab_free_fields(h, e, FIELDS_ALL);
	htab_drop_inner(h, e);
	if (!__atomic_compare_exchange_n(&h->spare[this_cpu(&h->map)], &none, e, false,
					 __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		pool_push(&h->pool, this_cpu(&h->map), e);
}

static void set_key(struct htab *h, struct hash_elem *e, const void *key, uint32_t hash)
{
	copy(e->key, key, h->map.key_size);
	store(&e->lru.hash, hash);
}

static void set_value(struct htab *h, struct hash_elem *e, const void *value)
{
	void *ref;

	if (__builtin_expect(h->map.ops->refs, 0)) { /* a reference is an address here */
		memcpy(&ref, value, sizeof(ref));
		store((void **)elem_value(h, e), ref);
	} else {
		value_store(&h->map, elem_value(h, e), value);
	}
}

/* A new per-CPU element: a program sets its own CPU's value, the others are zero. */
static void set_cpu_values(struct htab *h, struct hash_elem *e, const void *value, bool all,
			   uint64_t flags)
{
	uint8_t *at = elem_cpu_values(h, e);
	uint32_t cpu, only;

	if (all && !(flags & MAP_CPU)) {
		values_store(&h->map, at, value, flags);
		return;
	}
	only = all ? (uint32_t)(flags >> 32) : this_cpu(&h->map);
	for (cpu = 0; cpu < h->map.cpus; cpu++, at += h->map.cpu_stride) {
		if (cpu == only)
			value_store(&h->map, at, value);
		else
			value_zero(&h->map, at);
	}
}

static void update_cpu_values(struct htab *h, struct hash_elem *e, const void *value, bool all,
			      uint64_t flags)
{
	uint8_t *at = elem_cpu_values(h, e);

	if (all) {
		values_store(&h->map, at, value, flags);
		return;
	}
	at += this_cpu(&h->map) * h->map.cpu_stride;
	value_store(&h->map, at, value);
	if (h->map.fields)
		value_free_fields(&h->map, at, FIELDS_ALL);
}

/* ---- updating ---- */

static int presence_check(bool present, uint64_t flags)
{
	flags &= ~(uint64_t)MAP_LOCK;
	if (present && flags == MAP_NOEXIST)
		return -EEXIST;
	return !present && flags == MAP_EXIST ? -ENOENT : 0;
}

/* The value in place, under its lock; -EAGAIN: the key is not there. */
static int update_locked(struct htab *h, const void *key, const void *value, uint64_t flags,
			 uint32_t hash)
{
	struct hash_elem *e;
	int err;

	if (!has_field(&h->map, MAP_SPIN_LOCK))
		return -EINVAL;
	e = find_any(h, key, hash);
	err = presence_check(e, flags);
	if (err)
		return err;
	if (!e)
		return -EAGAIN;
	value_copy_locked(&h->map, elem_value(h, e), value, false);
	return 0;
}

static int hash_update(struct map *m, const void *key, const void *value, uint64_t flags)
{
	struct htab *h = table(m);
	uint32_t hash = hash_of(h, key);
	uintptr_t *b = &h->bucket[hash & h->mask], *link;
	struct hash_elem *e, *old = NULL;
	int err;

	if ((flags & ~(uint64_t)MAP_LOCK) > MAP_EXIST)
		return -EINVAL;
	if (__builtin_expect(flags & MAP_LOCK, 0)) {
		err = update_locked(h, key, value, flags, hash);
		if (err != -EAGAIN)
			return err;
	}
	hash_lock(b);
	link = hash_find_locked(h, b, key, hash);
	err = presence_check(link, flags);
	if (err)
		goto out;
	if (__builtin_expect(link && flags & MAP_LOCK, 0)) { /* it came meanwhile */
		value_copy_locked(m, elem_value(h, linked(link)), value, false);
		goto out;
	}
	err = link ? take_spare(h, &e) : take_new(h, &e);
	if (err)
		goto out;
	set_key(h, e, key, hash);
	set_value(h, e, value);
	if (link) {
		old = linked(link);
		replace_elem(b, link, e);
	} else {
		link_elem(b, e);
	}
out:
	hash_unlock(b);
	if (old)
		put_spare(h, old);
	return err;
}

static int percpu_update(struct map *m, const void *key, const void *value, uint64_t flags,
			 bool all)
{
	struct htab *h = table(m);
	uint32_t hash = hash_of(h, key);
	uintptr_t *b = &h->bucket[hash & h->mask], *link;
	struct hash_elem *e;
	int err;

	if (all ? percpu_flags_check(m, flags) : flags > MAP_EXIST)
		return -EINVAL;
	hash_lock(b);
	link = hash_find_locked(h, b, key, hash);
	err = presence_check(link, flags & ~CPU_FLAGS);
	if (!err && link) {
		update_cpu_values(h, linked(link), value, all, flags);
	} else if (!err) {
		err = take_new(h, &e);
		if (!err) {
			set_key(h, e, key, hash);
			set_cpu_values(h, e, value, all, flags);
			link_elem(b, e);
		}
	}
	hash_unlock(b);
	return err;
}

/*
 * The element comes first, before the bucket is locked: getting it may evict another, which locks that
 * one's bucket. So even an update that only replaces may evict; the kernel's does.
 */
static int lru_update(struct map *m, const void *key, const void *value, uint64_t flags)
{
	struct htab *h = table(m);
	uint32_t hash = hash_of(h, key);
	uintptr_t *b = &h->bucket[hash & h->mask], *link;
	struct hash_elem *e, *unused;
	int err;

	if (flags > MAP_EXIST)
		return -EINVAL;
	e = lru_pop(&h->lru, this_cpu(m), hash);
	if (!e)
		return -ENOMEM;
	copy(e->key, key, m->key_size);
	value_store(m, elem_value(h, e), value);
	unused = e;
	hash_lock(b);
	link = hash_find_locked(h, b, key, hash);
	err = presence_check(link, flags);
	if (!err && link) {
		unused = linked(link);
		replace_elem(b, link, e);
		store(&e->lru.ref, 1);
	} else if (!err) {
		unused = NULL;
		link_elem(b, e);
	}
	hash_unlock(b);
	if (unused)
		htab_put(h, unused);
	return err;
}

static int lru_percpu_update(struct map *m, const void *key, const void *value, uint64_t flags,
			     bool all)
{
	struct htab *h = table(m);
	uint32_t hash = hash_of(h, key);
	uintptr_t *b = &h->bucket[hash & h->mask], *link;
	struct hash_elem *e = NULL;
	int err;

	if (all ? percpu_flags_check(m, flags) : flags > MAP_EXIST)
		return -EINVAL;
	if ((flags & ~CPU_FLAGS) != MAP_EXIST) {
		e = lru_pop(&h->lru, this_cpu(m), hash);
		if (!e)
			return -ENOMEM;
		copy(e->key, key, m->key_size);
	}
	hash_lock(b);
	link = hash_find_locked(h, b, key, hash);
	err = presence_check(link, flags & ~CPU_FLAGS);
	if (!err && link) {
		store(&linked(link)->lru.ref, 1);
		update_cpu_values(h, linked(link), value, all, flags);
	} else if (!err) {
		set_cpu_values(h, e, value, all, flags);
		link_elem(b, e);
		e = NULL;
	}
	hash_unlock(b);
	if (e)
		lru_push(&h->lru, e);
	return err;
}

/* ---- removing ---- */

static struct hash_elem *detach(struct htab *h, const void *key)
{
	uint32_t hash = hash_of(h, key);
	uintptr_t *b = &h->bucket[hash & h->mask], *link;
	struct hash_elem *e = NULL;

	hash_lock(b);
	link = hash_find_locked(h, b, key, hash);
	if (link) {
		e = linked(link);
		unlink_elem(link);
	}
	hash_unlock(b);
	return e;
}

/* The LRU wants this one. It may have been taken and not be linked yet, its key half written. */
bool htab_evict(void *arg, struct hash_elem *wanted)
{
	struct htab *h = arg;
	uintptr_t *b = &h->bucket[load(&wanted->lru.hash) & h->mask], *link = b, at;
	bool found = false;

	hash_lock(b);
	for (; !((at = load(link) & ~HASH_LOCKED) & HASH_END); link = &linked(link)->next) {
		found = at == (uintptr_t)wanted;
		if (found) {
			unlink_elem(link);
			break;
		}
	}
	hash_unlock(b);
	if (found)
		htab_free_fields(h, wanted, FIELDS_ALL);
	return found;
}

static int hash_remove(struct map *m, const void *key)
{
	struct htab *h = table(m);
	struct hash_elem *e = detach(h, key);

	if (!e)
		return -ENOENT;
	htab_put(h, e);
	return 0;
}

/* ---- the user side ---- */

static void *find_value(struct map *m, const void *key)
{
	struct htab *h = table(m);
	struct hash_elem *e = find_any(h, key, hash_of(h, key));

	return e ? elem_value(h, e) : NULL;
}

static int percpu_get(struct map *m, const void *key, void *value, uint64_t flags)
{
	struct htab *h = table(m);
	struct hash_elem *e = find_any(h, key, hash_of(h, key));

	if (!e)
		return -ENOENT;
	values_load(m, value, elem_cpu_values(h, e), flags);
	return 0;
}

static int percpu_update_own(struct map *m, const void *key, const void *value, uint64_t flags)
{
	return percpu_update(m, key, value, flags, false);
}

static int percpu_set(struct map *m, const void *key, const void *value, uint64_t flags)
{
	return percpu_update(m, key, value, flags, true);
}

static int lru_percpu_update_own(struct map *m, const void *key, const void *value, uint64_t flags)
{
	return lru_percpu_update(m, key, value, flags, false);
}

static int lru_percpu_set(struct map *m, const void *key, const void *value, uint64_t flags)
{
	return lru_percpu_update(m, key, value, flags, true);
}

static int hash_take(struct map *m, const void *key, void *value, uint64_t flags)
{
	struct htab *h = table(m);
	struct hash_elem *e = detach(h, key);

	if (!e)
		return -ENOENT;
	if (h->percpu)
		values_load(m, value, elem_cpu_values(h, e), 0);
	else if (flags & MAP_LOCK)
		value_copy_locked(m, value, elem_value(h, e), true);
	else
		value_load(m, value, elem_value(h, e));
	htab_put(h, e);
	return 0;
}

static struct hash_elem *first_from(const struct htab *h, uint32_t number)
{
	uintptr_t at;

	for (; number <= h->mask; number++) {
		at = load_acquire(&h->bucket[number]) & ~HASH_LOCKED;
		if (!(at & HASH_END))
			return (struct hash_elem *)at;
	}
	return NULL;
}

static int hash_next(struct map *m, const void *key, void *ret_next)
{
	struct htab *h = table(m);
	uint32_t hash = key ? hash_of(h, key) : 0;
	struct hash_elem *e = key ? find_any(h, key, hash) : NULL;
	uintptr_t at = e ? load_acquire(&e->next) : HASH_END;

	if (!(at & HASH_END))
		e = (struct hash_elem *)at;
	else
		e = first_from(h, e ? (hash & h->mask) + 1 : 0);
	if (!e)
		return -ENOENT;
	copy(ret_next, e->key, m->key_size);
	return 0;
}

static int64_t hash_each(struct map *m, map_each_fn *fn, void *arg)
{
	struct htab *h = table(m);
	struct hash_elem *e;
	uint32_t number;
	uintptr_t at;
	int64_t n = 0;
	void *value;

	for (number = 0; number <= h->mask; number++) {
		at = load_acquire(&h->bucket[number]) & ~HASH_LOCKED;
		while (!(at & HASH_END)) {
			e = (struct hash_elem *)at;
			at = load_acquire(&e->next);
			value = h->percpu ? elem_cpu_values(h, e) + this_cpu(m) * m->cpu_stride
					  : elem_value(h, e);
			n++;
			if (fn(m, e->key, value, arg))
				return n;
		}
	}
	return n;
}

/* ---- hash_of_maps ---- */

static int check_refs(const struct map_attr *a, const struct map_env *env)
{
	return a->value_size != 4 ? -EINVAL : htab_check(a, env);
}

static int maps_alloc(const struct map_attr *a, struct map_env *env, struct map **ret_map)
{
	struct map *inner;
	int err = inner_template(a->inner, env, &inner);

	if (err)
		return err;
	err = htab_create(a, env, maps_lookup_by_kind, ret_map);
	if (err)
		inner_free(inner);
	else
		(*ret_map)->inner = inner;
	return err;
}

static void maps_free(struct map *m)
{
	inner_free(m->inner);
	htab_free(m);
}

static int maps_get(struct map *m, const void *key, void *value, uint64_t flags)
{
	void **inner = find_value(m, key);
	uint32_t id;

	(void)flags;
	if (!inner)
		return -ENOENT;
	id = ref_id(m, load(inner));
	memcpy(value, &id, sizeof(id));
	return 0;
}

static int maps_update(struct map *m, const void *key, const void *value, uint64_t flags)
{
	(void)m;
	(void)key;
	(void)value;
	(void)flags;
	return -EOPNOTSUPP; /* programs may not */
}

static int maps_set(struct map *m, const void *key, const void *value, uint64_t flags)
{
	void *inner;
	int fd, err;

	memcpy(&fd, value, sizeof(fd));
	err = ref_get(m, fd, &inner);
	if (err)
		return err;
	err = hash_update(m, key, &inner, flags);
	if (err)
		ref_put(m, inner);
	return err;
}

/* ---- the types ---- */

#define CREATE(name, lookups)                                                                      \
	static int name(const struct map_attr *a, struct map_env *env, struct map **ret_map)       \
	{                                                                                          \
		return htab_create(a, env, lookups##_by_kind, ret_map);                            \
	}
CREATE(hash_alloc, hash_lookup)
CREATE(lru_alloc, lru_lookup)
CREATE(percpu_alloc, percpu_lookup)
CREATE(lru_percpu_alloc, lru_percpu_lookup)

#define HASH_COMMON                                                                                \
	.check = htab_check, .free = htab_free, .user_gone = htab_user_gone,                       \
	.memory = htab_memory, .same_shape = shape_equal, .remove = hash_remove,                   \
	.each = hash_each, .next = hash_next, .take = hash_take, .batch = {hash_batch, hash_batch}

const struct map_ops map_ops_hash = {
	HASH_COMMON,
	.alloc = hash_alloc,
	.lookup = hash_lookup_any,
	.update = hash_update,
};

const struct map_ops map_ops_lru_hash = {
	HASH_COMMON,
	.alloc = lru_alloc,
	.lookup = lru_lookup_any,
	.update = lru_update,
	/* user space looking at an element does not keep it from being evicted */
	.user_find = find_value,
};

const struct map_ops map_ops_percpu_hash = {
	HASH_COMMON,
	.alloc = percpu_alloc,
	.lookup = percpu_lookup_any,
	.lookup_cpu = percpu_lookup_cpu,
	.update = percpu_update_own,
	.user_get = percpu_get,
	.user_set = percpu_set,
};

const struct map_ops map_ops_lru_percpu_hash = {
	HASH_COMMON,
	.alloc = lru_percpu_alloc,
	.lookup = lru_percpu_lookup_any,
	.lookup_cpu = percpu_lookup_cpu,
	.update = lru_percpu_update_own,
	.user_get = percpu_get,
	.user_set = lru_percpu_set,
};

const struct map_ops map_ops_hash_of_maps = {
	.check = check_refs,
	.alloc = maps_alloc,
	.free = maps_free,
	.memory = htab_memory,
	.lookup = maps_lookup_any,
	.update = maps_update,
	.remove = hash_remove,
	.user_get = maps_get,
	.user_set = maps_set,
	.next = hash_next,
	.batch = {hash_batch, hash_batch},
	.ref_kind = MAP_REF_MAP,
	.refs = true,
	.ref_ids = true,
};
