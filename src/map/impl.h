/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The inside of map: the operations of a type, and what the types share.
 *
 *   map.c     creation, references, the program side's entry points
 *   user.c    the user side: bpf(2)'s checks, then the type
 *   batch.c   batch operations of types without their own
 *   epoch.c   sections and what waits for them to end
 *   value.c   values with special fields: copying, spin locks, freeing
 *   array.c   array, percpu_array
 *   fdarray.c program, event and cgroup arrays, array_of_maps
 *   insn_array.c
 *   hash.c    the hash table of five types; hash_make.c making it; hash_pool.c its elements;
 *             lru.c who is evicted; hash_batch.c
 *   rhash.c   the hash table that grows and shrinks
 *   redirect.c cgroup.c struct_ops.c storage.c graph.c arena.c stack_trace.c perf.c lpm.c queue.c bloom.c ring.c
 */
#ifndef SKEP_MAP_IMPL_H
#define SKEP_MAP_IMPL_H

#include <sched.h>

#include "map/map.h"

/* The kernel's KMALLOC_MAX_SIZE on x86-64: it bounds value sizes. */
#define ALLOC_MAX         (4u << 20)
#define MAP_PAGE          4096u
#define STORAGE_VALUE_MAX (UINT16_MAX - 128u) /* the header of a local storage's element */
/* Buckets are a power of two, of 16 bytes each there, and counted in 32 bits. */
#define BUCKETS_MAX (1u << 27)

#define NODE_NONE   UINT32_MAX

/* A missing operation is answered with the errno in the comment. */
struct map_ops {
	int (*check)(const struct map_attr *a, const struct map_env *env); /* attr_check */
	int (*alloc)(const struct map_attr *a, struct map_env *env, struct map **ret_map);
	void (*free)(struct map *m);
	void (*user_gone)(struct map *m); /* the last user reference went */
	uint64_t (*memory)(const struct map *m);
	bool (*same_shape)(const struct map *tmpl,
			   const struct map *m); /* NULL: not as an inner map */

	/* program side */
	void *(*lookup)(struct map *m, const void *key);
	int (*update)(struct map *m, const void *key, const void *value, uint64_t flags);
	int (*remove)(struct map *m, const void *key);
	void *(*lookup_cpu)(struct map *m, const void *key, uint32_t cpu); /* NULL */
	int (*push)(struct map *m, const void *value, uint64_t flags);
	int (*pop)(struct map *m, void *value);
	int (*peek)(struct map *m, void *value);
	int64_t (*each)(struct map *m, map_each_fn *fn, void *arg); /* EINVAL */

	/* user side; the keys are there and copied by the caller's rules */
	void *(*user_find)(struct map *m, const void *key); /* `lookup`, without leaving a trace */
	int (*user_get)(struct map *m, const void *key, void *value,
			uint64_t flags); /* via user_find */
	int (*user_set)(struct map *m, const void *key, const void *value,
			uint64_t flags); /* update */
	int (*next)(struct map *m, const void *key, void *ret_next);
	int (*take)(struct map *m, const void *key, void *value, uint64_t flags); /* ENOTSUPP */
	int (*batch[MAP_BATCH_DELETE + 1])(struct map *m, enum map_batch_op op,
					   struct map_batch *b); /* batch_generic */
	int (*memory_map)(struct map *m, void *addr, size_t len, int prot, int flags, uint64_t off,
			  void **ret_addr); /* ENOTSUPP */

	/* types whose user-side values are descriptors */
	enum map_ref_kind ref_kind;
	bool refs;    /* they are */
	bool ref_ids; /* and are shown as ids; else a lookup is ENOTSUPP */
};

#define MAP_KIND(id, NAME, name, ...) extern const struct map_ops map_ops_##name;
#include "abi/map_type.def"

/* ---- memory ----------------------------------------------------------------------------------- */

/* Zeroed, counted, below the ceiling; or NULL. */
void *env_alloc(struct map_env *env, uint64_t size) MUST_USE;
void env_free(struct map_env *env, void *p, uint64_t size);
bool env_charge(struct map_env *env, uint64_t size) MUST_USE;
void env_uncharge(struct map_env *env, uint64_t size);

/* A struct that begins with a struct map, with what every type takes from the attributes filled in. */
void *map_new(const struct map_attr *a, struct map_env *env, size_t size) MUST_USE;
void map_done(struct map *m, size_t size); /* its counterpart */

/* What abi's table of map types says of sizes, entries and flags in that kernel: 0, -EINVAL or -E2BIG. */
int attr_check(const struct map_attr *a, const struct map_env *env);

/* The kernel's rule on NUMA nodes: there is one node here. */
static inline uint32_t attr_node(const struct map_attr *a)
{
	return a->flags & MAP_F_NUMA_NODE ? a->numa_node : NODE_NONE;
}

static inline uint32_t this_cpu(const struct map *m)
{
	uint32_t cpu = map_self.cpu;

	return __builtin_expect(cpu < m->cpus, 1) ? cpu : cpu % m->cpus;
}

static inline uint32_t round_up_pow2(uint32_t n)
{
	return n <= 1 ? 1 : 1u << (32 - __builtin_clz(n - 1));
}

/* ---- locks ------------------------------------------------------------------------------------ */

/* Spins; gives the CPU away when the holder seems to have lost its own. */
static inline void spin_wait(unsigned *turns)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#endif
	if (++*turns % 128 == 0)
		sched_yield();
}

static inline void lock(uint32_t *l)
{
	unsigned turns = 0;

	while (__atomic_exchange_n(l, 1, __ATOMIC_ACQUIRE))
		while (__atomic_load_n(l, __ATOMIC_RELAXED))
			spin_wait(&turns);
}

static inline void unlock(uint32_t *l)
{
	__atomic_store_n(l, 0, __ATOMIC_RELEASE);
}

#define load(p)             __atomic_load_n((p), __ATOMIC_RELAXED)
#define load_acquire(p)     __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define store(p, v)         __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)

/* ---- values ----------------------------------------------------------------------------------- */

#if defined(__SANITIZE_THREAD__)
#define RACES_SEEN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RACES_SEEN 1
#endif
#endif

/*
 * Copies where another thread may write or read at the same time, as values and keys in maps are.
 * What tears is the program's business, as in the kernel; the sanitizer is told so by atomics.
 */
static inline void copy(void *to, const void *from, size_t n)
{
#ifdef RACES_SEEN
	const uint8_t *f = from;
	uint8_t *t = to;

	for (; n; n--)
		store(t++, load(f++));
#else
	memcpy(to, from, n);
#endif
}

static inline void zero(void *at, size_t n)
{
#ifdef RACES_SEEN
	uint8_t *a = at;

	for (; n; n--)
		store(a++, 0);
#else
	memset(at, 0, n);
#endif
}

static inline bool key_equal(const void *stored, const void *key, size_t n)
{
#ifdef RACES_SEEN
	const uint8_t *s = stored, *k = key;

	for (; n; n--)
		if (load(s++) != *k++)
			return false;
	return true;
#else
	return !memcmp(stored, key, n);
#endif
}

static inline bool has_field(const struct map *m, enum map_field_kind kind)
{
	return m->field_kinds >> kind & 1;
}

void value_store_around(const struct map *m, void *to, const void *from);
void value_load_around(const struct map *m, void *to, const void *from);
void value_copy_locked(const struct map *m, void *to, const void *from, bool out);
/* kinds: of the fields to let go of */
void value_free_fields(struct map *m, void *value, uint32_t kinds);
#define FIELDS_ALL   UINT32_MAX
#define FIELDS_TIMED (1u << MAP_TIMER | 1u << MAP_WORKQUEUE | 1u << MAP_TASK_WORK)
void value_zero(const struct map *m, void *value); /* all but the special fields */

/* Into the map: special fields stay as they are. */
static inline void value_store(const struct map *m, void *to, const void *from)
{
	if (__builtin_expect(m->fields != 0, 0))
		value_store_around(m, to, from);
	else
		copy(to, from, m->value_size);
}

/* Out of the map: special fields read as zero. */
static inline void value_load(const struct map *m, void *to, const void *from)
{
	if (__builtin_expect(m->fields != 0, 0))
		value_load_around(m, to, from);
	else
		copy(to, from, m->value_size);
}

/*
 * Per-CPU values travel with their padding, to all or from all CPUs; with MAP_CPU in the flags only
 * one's, with MAP_ALL_CPUS the same to all, both without padding. `first` is CPU 0's.
 */
void values_load(const struct map *m, void *to, const uint8_t *first, uint64_t flags);
void values_store(struct map *m, uint8_t *first, const void *from, uint64_t flags);
#define CPU_FLAGS (UINT32_MAX * (UINT64_C(1) << 32) | MAP_CPU | MAP_ALL_CPUS)

static inline uint32_t value_room(const struct map *m)
{
	return ALIGN_UP(m->value_size, 8u);
}

/* ---- hashing ---------------------------------------------------------------------------------- */

/* The kernel's jhash: what MAP_F_ZERO_SEED maps use, so that even their order is the kernel's. */
uint32_t hash_kernel(const void *key, uint32_t len, uint32_t seed);
/* Ours, several times as fast. */
uint32_t hash_fast(const void *key, uint32_t len, uint64_t seed);

static inline uint32_t hash_fold(uint64_t x)
{
	unsigned __int128 wide = (unsigned __int128)x * UINT64_C(0x9e3779b97f4a7c15);

	return (uint32_t)((uint64_t)wide ^ (uint64_t)(wide >> 64));
}

static inline uint32_t hash_4(const void *key, uint64_t seed)
{
	uint32_t k;

	memcpy(&k, key, 4);
	return hash_fold(k ^ seed);
}

static inline uint32_t hash_8(const void *key, uint64_t seed)
{
	uint64_t k;

	memcpy(&k, key, 8);
	return hash_fold(k ^ seed);
}

/* ---- shared by types -------------------------------------------------------------------------- */

int batch_generic(struct map *m, enum map_batch_op op, struct map_batch *b);
/*
 * What all operations on elements ask of flags, which must be among `allowed`: a lock for MAP_LOCK and,
 * since 7.0, per-CPU values and a CPU that may exist for MAP_CPU and MAP_ALL_CPUS.
 */
int elem_flags_check(const struct map *m, uint64_t flags, uint32_t allowed);
/*
 * The user side's own of types with per-CPU values: since 7.0 they take NOEXIST and EXIST together, which
 * mean neither.
 */
static inline bool percpu_flags_check(const struct map *m, uint64_t flags)
{
	return m->env->kernel < ABI_KERNEL(7, 0) ? flags > MAP_EXIST
						 : (uint32_t)flags >= MAP_ALL_CPUS * 2;
}

/* The bytes of an element's value as user space sees it. */
size_t elem_room(const struct map *m, uint64_t flags);
int user_get_value(struct map *m, const void *key, void *value, uint64_t flags);
int user_set_value(struct map *m, const void *key, const void *value, uint64_t flags);

bool shape_equal(const struct map *tmpl, const struct map *m);
/* The inner map of a map-in-map: makes the template. */
int inner_template(const struct map *inner, struct map_env *env, struct map **ret_template);
void inner_free(struct map *tmpl);

/* Descriptors as values. */
int ref_get(struct map *m, int fd, void **ret_ref);
void ref_put(struct map *m, void *ref);
uint32_t ref_id(const struct map *m, const void *ref);

/* The array family. */
int array_alloc(const struct map_attr *a, struct map_env *env, struct map **ret_map);
void array_free(struct map *m);
int array_next(struct map *m, const void *key, void *ret_next);
uint64_t array_memory(const struct map *m);
int insns_direct_value(const struct map *m, uint32_t off, uint64_t *ret_addr);

static inline uint32_t array_index(const void *key)
{
	uint32_t i;

	memcpy(&i, key, 4);
	return i;
}

static inline void *array_slot(const struct map *m, uint32_t i, uint32_t cpu)
{
	return m->values + cpu * m->cpu_stride + (uint64_t)i * m->elem_size;
}

#endif
