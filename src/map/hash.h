/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The inside of the hash table: its elements, where they come from, and who is evicted.
 *
 * An element is a header, the key, padding to 8 bytes, and the value - or, in per-CPU types, the
 * address of CPU 0's value; that of CPU c stands c * cpu_stride behind it.
 */
#ifndef SKEP_MAP_HASH_H
#define SKEP_MAP_HASH_H

#include "map/impl.h"

struct lru_node {
	uint32_t prev, next; /* by number; numbers past the elements are list heads */
	uint16_t cpu;        /* whose list it is on */
	uint8_t list;        /* enum lru_list_kind */
	uint8_t ref;         /* looked up since it was last considered */
	uint32_t hash;       /* of the key */
};

struct hash_elem {
	uintptr_t next; /* the next of the bucket, or its end mark */
	union {
		struct lru_node lru;
		struct hash_elem *free; /* in the pool, the next one */
	};
	uint8_t key[];
};

_Static_assert(offsetof(struct hash_elem, key) == 24, "the header is three words");

/* `size` is a constant for the usual keys; the hash is asked of others. */
static inline bool elem_same_key(const struct hash_elem *e, const void *key, uint32_t size,
				 uint32_t hash)
{
	uint32_t k4;
	uint64_t k8;

	if (size == 4) {
		memcpy(&k4, key, 4);
		return load((const uint32_t *)e->key) == k4;
	}
	if (size == 8) {
		memcpy(&k8, key, 8);
		return load((const uint64_t *)e->key) == k8;
	}
	return load(&e->lru.hash) == hash && key_equal(e->key, key, size);
}

/* ---- where elements of types without eviction come from: hash_pool.c ---- */

struct pool_list {
	_Alignas(64) uint32_t lock;
	uint32_t count;
	struct hash_elem *first;
	struct pool_surplus *surplus; /* owned: elements on their way back to the allocator */
};

struct pool {
	struct map_env *env; /* borrowed */
	uint32_t elem_size;
	uint64_t extra_size; /* of what hangs from an element: per-CPU values; 0: nothing */
	uint32_t extra_at;   /* where its address stands in the element */
	uint32_t lists;
	struct pool_list *list; /* owned */
	void *memory;           /* list's, as it was allocated */
	bool grows;             /* elements come from the allocator one by one */
};

int pool_init(struct pool *p, struct map_env *env, uint32_t elem_size) MUST_USE;
void pool_done(struct pool *p);
struct hash_elem *pool_pop(struct pool *p, uint32_t cpu); /* NULL: empty, or out of memory */
void pool_push(struct pool *p, uint32_t cpu, struct hash_elem *e);

/* ---- eviction: lru.c ---- */

enum lru_list_kind {
	LRU_ACTIVE,
	LRU_INACTIVE,
	LRU_FREE,
	LRU_LISTS,
	LRU_LOCAL_FREE = LRU_LISTS,
	LRU_LOCAL_PENDING
};

struct lru_list {
	_Alignas(64) uint32_t lock;
	uint32_t head;            /* number of the first of its LRU_LISTS list heads */
	uint32_t count[LRU_FREE]; /* of the active and the inactive list */
	uint32_t rotation;        /* where the next rotation of the inactive list begins */
};

struct lru_local { /* common LRU only: each CPU's stock of free nodes, and what it took lately */
	_Alignas(64) uint32_t lock;
	uint32_t head; /* number of its two list heads: free, pending */
	uint32_t next_steal;
};

struct lru {
	struct map_env *env; /* borrowed */
	uint8_t *elems;      /* borrowed; number i is the node of the ith element */
	uint32_t elem_size, count, cpus;
	bool percpu;             /* each CPU has a list of its own */
	uint32_t scans;          /* nodes looked at in one go */
	uint32_t target_free;    /* how many free nodes a CPU fetches at once */
	struct lru_list *list;   /* one, or one per CPU */
	struct lru_local *local; /* one per CPU, or NULL */
	struct lru_node *heads;
	void *memory; /* owned: all of the three */
	uint64_t memory_size;
	/* Takes an element out of the table; false: it is not in there (yet) */
	bool (*evict)(void *arg, struct hash_elem *e);
	void *arg;
};

int lru_init(struct lru *l, struct map_env *env, bool percpu) MUST_USE;
void lru_done(struct lru *l);
void lru_fill(struct lru *l, uint8_t *elems, uint32_t elem_size, uint32_t count);
struct hash_elem *lru_pop(struct lru *l, uint32_t cpu, uint32_t hash); /* NULL: none can be had */
void lru_push(struct lru *l, struct hash_elem *e);

static inline void lru_touch(struct hash_elem *e)
{
	if (!load(&e->lru.ref))
		store(&e->lru.ref, 1);
}

/* ---- the table ---- */

enum hash_kind { HASH_4, HASH_8, HASH_ANY, HASH_KERNEL };
enum { HASH_ELEM_HEADER = 48 }; /* of struct htab_elem in the kernel: a part of its size limit */

struct htab {
	struct map map;
	uintptr_t *bucket; /* owned; see hash.c */
	uint32_t mask;     /* number of buckets - 1 */
	enum hash_kind kind;
	uint64_t seed;
	uint32_t elem_size, value_at; /* value_at: offset in an element */
	bool prealloc, percpu, evicts;
	uint8_t *elems; /* owned: all elements, when preallocated */
	uint64_t elems_size;
	uint8_t *cpu_values; /* owned: their per-CPU values */
	uint64_t cpu_values_size;
	struct hash_elem **spare; /* owned: one per CPU, what an update swaps in */
	uint32_t in_use;          /* elements, when not preallocated */
	union {
		struct pool pool;
		struct lru lru;
	};
};

/* With the bucket locked: where the element is linked from, or NULL. */
uintptr_t *hash_find_locked(struct htab *h, uintptr_t *b, const void *key, uint32_t hash);
uint32_t hash_of(const struct htab *h, const void *key);
void hash_lock(uintptr_t *b);
void hash_unlock(uintptr_t *b);
void htab_put(struct htab *h, struct hash_elem *e); /* an unlinked element, its bucket not locked */

#define HASH_LOCKED ((uintptr_t)2)
#define HASH_END    ((uintptr_t)1)

static inline void *elem_value(const struct htab *h, const struct hash_elem *e)
{
	return (uint8_t *)(uintptr_t)e + h->value_at;
}

static inline uint8_t *elem_cpu_values(const struct htab *h, const struct hash_elem *e)
{
	return load((uint8_t **)elem_value(h, e));
}

void htab_free_fields(struct htab *h, struct hash_elem *e, uint32_t kinds);
void htab_drop_inner(struct htab *h, struct hash_elem *e); /* the reference that a value may be */
bool htab_evict(void *arg, struct hash_elem *e);           /* lru.evict */

/* hash_make.c; by_kind: what a program's lookup is, for each way to hash */
typedef void *hash_lookup_fn(struct map *m, const void *key);
int htab_check(const struct map_attr *a, const struct map_env *env);
int htab_create(const struct map_attr *a, struct map_env *env, hash_lookup_fn *const by_kind[],
		struct map **ret_map);
void htab_free(struct map *m);
void htab_user_gone(struct map *m);
uint64_t htab_memory(const struct map *m);

int hash_batch(struct map *m, enum map_batch_op op, struct map_batch *b);

#endif
