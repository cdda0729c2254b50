/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rhash: the hash table whose buckets grow and shrink with its elements, which are allocated one by one.
 * Other than in the other tables an update changes the value in place: who has found it sees that.
 *
 * Insertions, removals and resizing take one lock; finding an element takes none, nor does changing it.
 *
 *   R1  A chain ends in the mark of its bucket, a number that no bucket of any size of table shares: a
 *       reader who was led elsewhere, by an element that moved or was reused, sees another one and
 *       starts again.
 *   R2  Resizing leaves the heads of the old buckets alone. A reader in there who meets its mark has
 *       passed only elements that had not moved yet, which were all of them.
 */
#include "map/hash.h"

struct buckets {
	struct map_deferred end;
	uint32_t count;   /* a power of two */
	uintptr_t head[]; /* an element, or mark_of() */
};

struct rhash {
	struct map map;
	struct buckets *table; /* owned */
	uint64_t seed;
	uint32_t value_at, elem_size;
	uint32_t lock;
	uint32_t count; /* elements */
	struct pool pool;
};

enum { BUCKETS_MIN = 4, HINT_MAX = UINT16_MAX, KEY_MAX = UINT16_MAX };

static struct rhash *table(struct map *m)
{
	return (struct rhash *)m;
}

static uintptr_t mark_of(const struct buckets *t, uint32_t number)
{
	return ((uintptr_t)t->count + number) << 1 | HASH_END;
}

/* ---- creation ---- */

static int rhash_check(const struct map_attr *a, const struct map_env *env)
{
	int err;

	if (!(a->flags & MAP_F_NO_PREALLOC) || a->flags & MAP_F_ZERO_SEED)
		return -EINVAL;
	if (a->key_size > KEY_MAX)
		return -E2BIG;
	if (a->extra >> 32)
		return -EINVAL;
	if (a->extra > HINT_MAX)
		return -E2BIG;
	if (a->extra > a->max_entries)
		return -EINVAL;
	err = attr_check(a, env);
	if (!err && (uint64_t)a->key_size + a->value_size >= ALLOC_MAX - HASH_ELEM_HEADER)
		err = -E2BIG;
	return !err && a->max_entries > 1u << 31 ? -E2BIG : err;
}

static uint64_t table_bytes(uint32_t count)
{
	return sizeof(struct buckets) + count * sizeof(uintptr_t);
}

static struct buckets *make_table(struct map_env *env, uint32_t count)
{
	struct buckets *t = env_alloc(env, table_bytes(count));
	uint32_t i;

	if (!t)
		return NULL;
	t->count = count;
	for (i = 0; i < count; i++)
		t->head[i] = mark_of(t, i);
	return t;
}

static void rhash_free(struct map *m);

static hash_lookup_fn lookup_4, lookup_8, lookup_any;

static int rhash_alloc(const struct map_attr *a, struct map_env *env, struct map **ret_map)
{
	struct rhash *r = map_new(a, env, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->seed = hash_fold(env->seed ^ (uintptr_t)r);
	r->value_at = (uint32_t)offsetof(struct hash_elem, key) + ALIGN_UP(a->key_size, 8u);
	r->elem_size = r->value_at + value_room(&r->map);
	r->map.lookup = a->key_size == 4 ? lookup_4 : a->key_size == 8 ? lookup_8 : lookup_any;
	err = pool_init(&r->pool, env, r->elem_size);
	r->pool.grows = true;
	if (!err) {
		r->table = make_table(env, round_up_pow2(MAX((uint32_t)a->extra, BUCKETS_MIN)));
		err = r->table ? 0 : -ENOMEM;
	}
	if (err)
		rhash_free(&r->map);
	else
		*ret_map = &r->map;
	return err;
}

static void *value_of(const struct rhash *r, struct hash_elem *e)
{
	return (uint8_t *)e + r->value_at;
}

static void rhash_free(struct map *m)
{
	struct rhash *r = table(m);
	struct hash_elem *e;
	uintptr_t at;
	uint32_t i;

	for (i = 0; r->table && i < r->table->count; i++) {
		for (at = r->table->head[i]; !(at & HASH_END);) {
			e = (struct hash_elem *)at;
			at = e->next;
			value_free_fields(m, value_of(r, e), FIELDS_ALL);
			env_free(m->env, e, r->elem_size);
		}
	}
	if (r->table)
		env_free(m->env, r->table, table_bytes(r->table->count));
	if (r->pool.memory)
		pool_done(&r->pool);
	map_done(m, sizeof(*r));
}

static uint64_t rhash_memory(const struct map *m)
{
	const struct rhash *r = (const struct rhash *)m;

	return sizeof(*r) + (uint64_t)r->elem_size * load(&r->count);
}

/* ---- finding ---- */

static inline uint32_t hash_of_size(const struct rhash *r, const void *key, uint32_t size)
{
	return size == 4   ? hash_4(key, r->seed)
	       : size == 8 ? hash_8(key, r->seed)
			   : hash_fast(key, size, r->seed);
}

static inline __attribute__((always_inline)) struct hash_elem *
find(const struct rhash *r, const void *key, uint32_t size, uint32_t hash)
{
	const struct buckets *t;
	struct hash_elem *e;
	uint32_t number;
	uintptr_t at;

	do {
		t = load_acquire(&r->table);
		number = hash & (t->count - 1);
		for (at = load_acquire(&t->head[number]); !(at & HASH_END);
		     at = load_acquire(&e->next)) {
			e = (struct hash_elem *)at;
			if (elem_same_key(e, key, size, hash))
				return e;
		}
	} while (__builtin_expect(at != mark_of(t, number), 0)); /* R1 */
	return NULL;
}

static inline __attribute__((always_inline)) void *lookup(struct map *m, const void *key,
							  uint32_t size)
{
	struct rhash *r = table(m);
	struct hash_elem *e = find(r, key, size, hash_of_size(r, key, size));

	return e ? value_of(r, e) : NULL;
}

static void *lookup_4(struct map *m, const void *key)
{
	return lookup(m, key, 4);
}

static void *lookup_8(struct map *m, const void *key)
{
	return lookup(m, key, 8);
}

static void *lookup_any(struct map *m, const void *key)
{
	return lookup(m, key, m->key_size);
}

/* With the lock held: where the element is linked from, or NULL. */
static uintptr_t *find_link(struct rhash *r, const void *key, uint32_t hash)
{
	uintptr_t *link = &r->table->head[hash & (r->table->count - 1)];
	struct hash_elem *e;

	for (; !(*link & HASH_END); link = &e->next) {
		e = (struct hash_elem *)*link;
		if (elem_same_key(e, key, r->map.key_size, hash))
			return link;
	}
	return NULL;
}

/* ---- growing and shrinking: with the lock held ---- */

static void link_elem(struct buckets *t, struct hash_elem *e)
{
	uintptr_t *head = &t->head[e->lru.hash & (t->count - 1)];

	store_release(&e->next, *head);
	store_release(head, (uintptr_t)e);
}

static void table_end(struct map_deferred *d)
{
	mem_free(d);
}

/* Between a quarter and three quarters of an element per bucket; without memory it stays as it is. */
static void resize(struct rhash *r)
{
	struct buckets *old = r->table, *t;
	uint32_t count = old->count, i;
	struct hash_elem *e;
	uintptr_t at;

	if (r->count > count / 4 * 3 && count < BUCKETS_MAX)
		count *= 2;
	else if (r->count < count / 4 && count > BUCKETS_MIN)
		count /= 2;
	if (count == old->count)
		return;
	t = make_table(r->map.env, count);
	if (!t)
		return;
	for (i = 0; i < old->count; i++) {
		for (at = old->head[i]; !(at & HASH_END);) { /* R2 */
			e = (struct hash_elem *)at;
			at = e->next;
			link_elem(t, e);
		}
	}
	store_release(&r->table, t);
	env_uncharge(r->map.env, table_bytes(old->count));
	map_defer(&old->end, table_end);
}

/* ---- updating and removing ---- */

static int update_found(struct rhash *r, struct hash_elem *e, const void *value, uint64_t flags)
{
	if (flags & MAP_NOEXIST)
		return -EEXIST;
	if (flags & MAP_LOCK)
		value_copy_locked(&r->map, value_of(r, e), value, false);
	else
		value_store(&r->map, value_of(r, e), value);
	if (__builtin_expect(r->map.fields != 0, 0))
		value_free_fields(&r->map, value_of(r, e), FIELDS_ALL);
	return 0;
}

/* With the lock held. */
static int insert(struct rhash *r, const void *key, const void *value, uint32_t hash)
{
	struct hash_elem *e;

	if (r->count >= r->map.max_entries)
		return -E2BIG;
	e = pool_pop(&r->pool, this_cpu(&r->map));
	if (!e)
		return -ENOMEM;
	copy(e->key, key, r->map.key_size);
	store(&e->lru.hash, hash);
	value_store(&r->map, value_of(r, e), value);
	link_elem(r->table, e);
	store(&r->count, r->count + 1);
	resize(r);
	return 0;
}

static int rhash_update(struct map *m, const void *key, const void *value, uint64_t flags)
{
	struct rhash *r = table(m);
	uint32_t hash = hash_of_size(r, key, m->key_size);
	struct hash_elem *e;
	uintptr_t *link;
	int err = 0;

	if ((flags & ~(uint64_t)MAP_LOCK) > MAP_EXIST ||
	    (flags & MAP_LOCK && !has_field(m, MAP_SPIN_LOCK)))
		return -EINVAL;
	e = find(r, key, m->key_size, hash);
	if (e)
		return update_found(r, e, value, flags);
	if (flags & MAP_EXIST)
		return -ENOENT;
	lock(&r->lock);
	link = find_link(r, key, hash);
	if (link)
		e = (struct hash_elem *)*link; /* it came meanwhile */
	else
		err = insert(r, key, value, hash);
	unlock(&r->lock);
	return e ? update_found(r, e, value, flags) : err;
}

static void unlink_elem(struct rhash *r, uintptr_t *link)
{
	store_release(link, ((struct hash_elem *)*link)->next);
	store(&r->count, r->count - 1);
}

static void put(struct rhash *r, struct hash_elem *e)
{
	value_free_fields(&r->map, value_of(r, e), FIELDS_ALL);
	pool_push(&r->pool, this_cpu(&r->map), e);
}

static struct hash_elem *detach(struct rhash *r, const void *key)
{
	uint32_t hash = hash_of_size(r, key, r->map.key_size);
	struct hash_elem *e = NULL;
	uintptr_t *link;

	lock(&r->lock);
	link = find_link(r, key, hash);
	if (link) {
		e = (struct hash_elem *)*link;
		unlink_elem(r, link);
		resize(r);
	}
	unlock(&r->lock);
	return e;
}

static int rhash_remove(struct map *m, const void *key)
{
	struct hash_elem *e = detach(table(m), key);

	if (!e)
		return -ENOENT;
	put(table(m), e);
	return 0;
}

static void read_value(struct rhash *r, struct hash_elem *e, void *value, uint64_t flags)
{
	if (flags & MAP_LOCK)
		value_copy_locked(&r->map, value, value_of(r, e), true);
	else
		value_load(&r->map, value, value_of(r, e));
}

static int rhash_take(struct map *m, const void *key, void *value, uint64_t flags)
{
	struct hash_elem *e = detach(table(m), key);

	if (!e)
		return -ENOENT;
	read_value(table(m), e, value, flags);
	put(table(m), e);
	return 0;
}

/* ---- walking: with the lock held ---- */

static struct hash_elem *first_from(const struct rhash *r, uint32_t number)
{
	for (; number < r->table->count; number++)
		if (!(r->table->head[number] & HASH_END))
			return (struct hash_elem *)r->table->head[number];
	return NULL;
}

static struct hash_elem *behind(const struct rhash *r, const struct hash_elem *e)
{
	return e->next & HASH_END ? first_from(r, (e->lru.hash & (r->table->count - 1)) + 1)
				  : (struct hash_elem *)e->next;
}

static int rhash_next(struct map *m, const void *key, void *ret_next)
{
	struct rhash *r = table(m);
	struct hash_elem *e;
	uintptr_t *link;

	lock(&r->lock);
	link = key ? find_link(r, key, hash_of_size(r, key, m->key_size)) : NULL;
	e = link ? behind(r, (struct hash_elem *)*link) : first_from(r, 0);
	if (e)
		copy(ret_next, e->key, m->key_size);
	unlock(&r->lock);
	return e ? 0 : -ENOENT;
}

/* The walk goes on from the last key; if fn has removed that one, it ends. */
static int64_t rhash_each(struct map *m, map_each_fn *fn, void *arg)
{
	struct rhash *r = table(m);
	struct hash_elem *e;
	uintptr_t *link;
	int64_t n = 0;

	lock(&r->lock);
	for (e = first_from(r, 0); e;) {
		unlock(&r->lock);
		n++;
		if (fn(m, e->key, value_of(r, e), arg))
			return n;
		lock(&r->lock);
		link = find_link(r, e->key, e->lru.hash);
		e = link ? behind(r, (struct hash_elem *)*link) : NULL;
	}
	unlock(&r->lock);
	return n;
}

/* Out with as many as there is room for; the token is the key of the next one. */
static struct hash_elem *copy_out(struct rhash *r, struct hash_elem *e, struct map_batch *b,
				  uint32_t most)
{
	uint32_t size = r->map.key_size;

	for (; e && b->count < most; e = behind(r, e), b->count++) {
		copy((char *)b->keys + b->count * (size_t)size, e->key, size);
		read_value(r, e, (char *)b->values + b->count * (size_t)r->map.value_size,
			   b->elem_flags);
	}
	if (e && b->out)
		copy(b->out, e->key, size);
	return e;
}

static void remove_copied(struct rhash *r, const struct map_batch *b)
{
	uint32_t i;

	for (i = 0; i < b->count; i++) /* somebody may have been faster */
		rhash_remove(&r->map, (const char *)b->keys + i * (size_t)r->map.key_size);
}

static int rhash_batch(struct map *m, enum map_batch_op op, struct map_batch *b)
{
	struct rhash *r = table(m);
	struct hash_elem *e, *rest = NULL;
	uint32_t most = b->count;
	uintptr_t *link = NULL;
	int err = elem_flags_check(m, b->elem_flags, MAP_LOCK);
	bool lost;

	if (!err && b->flags)
		err = -EINVAL;
	if (err || !most)
		return err;
	b->count = 0;
	map_enter();
	lock(&r->lock);
	if (b->in)
		link = find_link(r, b->in, hash_of_size(r, b->in, m->key_size));
	lost = b->in && !link;
	e = link ? (struct hash_elem *)*link : first_from(r, 0);
	if (!lost)
		rest = copy_out(r, e, b, most);
	unlock(&r->lock);
	if (op == MAP_BATCH_TAKE)
		remove_copied(r, b);
	map_exit();
	return lost ? -EAGAIN : rest ? 0 : -ENOENT;
}

static void rhash_user_gone(struct map *m)
{
	struct rhash *r = table(m);
	struct hash_elem *e;

	map_enter();
	lock(&r->lock);
	for (e = m->field_kinds & FIELDS_TIMED ? first_from(r, 0) : NULL; e; e = behind(r, e))
		value_free_fields(m, value_of(r, e), FIELDS_TIMED);
	unlock(&r->lock);
	map_exit();
}

const struct map_ops map_ops_rhash = {
	.check = rhash_check,
	.alloc = rhash_alloc,
	.free = rhash_free,
	.user_gone = rhash_user_gone,
	.memory = rhash_memory,
	.same_shape = shape_equal,
	.lookup = lookup_any,
	.update = rhash_update,
	.remove = rhash_remove,
	.each = rhash_each,
	.next = rhash_next,
	.take = rhash_take,
	.batch = {rhash_batch, rhash_batch},
};
