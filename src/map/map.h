/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * map: every type of BPF map as a data structure of this process, with the kernel's rules.
 *
 * A map has two sides. The *program side* is what helpers do: a lookup gives a pointer into the value,
 * per-CPU maps show the current CPU's slot. The *user side* is what bpf(2) does: values are copied,
 * per-CPU maps show all CPUs at once, each in ALIGN_UP(value_size, 8) bytes, and the values of
 * map-in-map, program and event arrays are file descriptors going in and ids coming out. Both sides
 * return the errno the kernel would return; MAP_ENOTSUPP is the one of them that <errno.h> lacks.
 *
 * Concurrency. Everything here may be called from many threads at once. Lookups take no lock, updates
 * lock one bucket, list or ring. Whoever holds a pointer that a lookup gave must be inside of a
 * section: map_enter() .. map_exit(). The engine wraps each program run in one; the user side does so
 * by itself. An element deleted meanwhile stays readable to the section's end, though a new element of
 * the same map may take its place at once, exactly as in the kernel.
 *
 * Memory comes from mem_alloc, is counted in env->used, and stops at env->max_bytes with -ENOMEM.
 */
#ifndef SKEP_MAP_H
#define SKEP_MAP_H

#include "abi/abi.h"
#include "base/base.h"

#define MAP_ENOTSUPP 524

enum map_type { /* MAP_TYPE_HASH, ... */
#define MAP_KIND(id, NAME, ...) MAP_TYPE_##NAME = (id),
#include "abi/map_type.def"
};

/*
 * The kernel's flags, by family: MAP_F_NO_PREALLOC... of creation; of elements MAP_NOEXIST, MAP_EXIST,
 * MAP_LOCK (copy under the value's spin lock) and, of per-CPU values on the user side, MAP_CPU (the one
 * of the CPU in the upper 32 bits), MAP_ALL_CPUS (one value for all).
 */
enum map_flag {
	MAP_ANY,
#define FLAG_MAP(NAME, bit)    MAP_F_##NAME = 1 << (bit),
#define FLAG_UPDATE(NAME, bit) MAP_##NAME = 1 << (bit),
#define FLAG_PROG(...)
#define FLAG_ATTACH(...)
#define FLAG_QUERY(...)
#define FLAG_RUN(...)
#define FLAG_KPROBE_MULTI(...)
#define FLAG_UPROBE_MULTI(...)
#define FLAG_NETFILTER(...)
#define FLAG(family, NAME, bit, ...) FLAG_##family(NAME, bit)
#include "abi/flag.def"
#undef FLAG_MAP
#undef FLAG_UPDATE
#undef FLAG_PROG
#undef FLAG_ATTACH
#undef FLAG_QUERY
#undef FLAG_RUN
#undef FLAG_KPROBE_MULTI
#undef FLAG_UPROBE_MULTI
#undef FLAG_NETFILTER
};

/* What a value holds besides bytes. */
enum map_field_kind { /* MAP_SPIN_LOCK, MAP_TIMER, ... */
#define MAP_FIELD(name, ...) MAP_##name,
#include "map/field.def"
};

struct map_field {
	enum map_field_kind kind;
	uint32_t offset, size;
	uint64_t type;        /* the caller's: whatever says what a kptr or a list's nodes are */
	uint32_t node_offset; /* of the bpf_list_node or bpf_rb_node in an object */
};

/* ---- the surroundings ------------------------------------------------------------------------- */

struct map;

/* Where a redirect map's element leads. The owner fills in what its value means. */
struct map_target {
	uint32_t value[2]; /* as user space gave it; what a lookup of dev and cpu maps shows */
	uint64_t cookie;   /* what a lookup of socket maps shows */
	void *ref;  /* the owner's: device, socket; what a program's lookup of a socket map gives */
	void *prog; /* the owner's: of value[1] */
};
enum map_struct_ops_event { MAP_OPS_CHECK, MAP_OPS_REGISTER, MAP_OPS_UNREGISTER };
enum map_ref_kind { MAP_REF_MAP, MAP_REF_PROG, MAP_REF_PERF_EVENT, MAP_REF_CGROUP };

/*
 * What a map cannot know by itself. Shared by many maps, outlives them. Any function may be NULL;
 * descriptors then do not resolve (-EBADF).
 */
struct map_env {
	uint32_t cpus;      /* possible CPUs, at least 1 */
	uint32_t cpus_max;  /* the kernel's CONFIG_NR_CPUS; 0: 8192 */
	uint32_t kernel;    /* answer as this one: ABI_KERNEL(6, 18) */
	uint64_t seed;      /* of the hash functions */
	uint64_t max_bytes; /* ceiling on all maps together; 0: none */
	uint64_t used;      /* atomic: bytes they hold now */
	void *arg;          /* first argument of all that follow */
	/*
	 * A descriptor becomes a reference held by the map. The owner may refuse (-EINVAL), as a program
	 * array does a program of another type. For MAP_REF_MAP ref_get gives a struct map * of which
	 * map_ref() was taken; the other two are not called then.
	 */
	int (*ref_get)(void *arg, struct map *m, enum map_ref_kind kind, int fd, void **ret_ref);
	void (*ref_put)(void *arg, struct map *m, enum map_ref_kind kind, void *ref);
	uint32_t (*ref_id)(void *arg, enum map_ref_kind kind, const void *ref);
	/* The id of the object that a descriptor names: of local storages. */
	int (*object_id)(void *arg, struct map *m, int fd, uint64_t *ret_id);
	/*
	 * Redirect maps: is that a target? -errno (-EBUSY: a socket of a reuseport_sockarray that is in
	 * one already); and: nothing leads there any more.
	 */
	int (*target_get)(void *arg, struct map *m, const void *key, const void *value,
			  struct map_target *ret_target);
	void (*target_put)(void *arg, uint32_t type, struct map_target *t);
	int (*struct_ops)(void *arg, struct map *m, enum map_struct_ops_event what, void *value);
	/* The value of a timer, work queue, kptr, list or tree field goes away: cancel, drop, free. */
	void (*field_free)(void *arg, struct map *m, const struct map_field *f, void *object);
};

/* ---- maps ------------------------------------------------------------------------------------- */

struct map_attr {
	uint32_t type, key_size, value_size, max_entries, flags;
	uint64_t extra;
	uint32_t numa_node;            /* with MAP_F_NUMA_NODE */
	struct map *inner;             /* of the two map-in-map types: the template */
	const char *name;              /* borrowed for the call; at most 15 characters are kept */
	const struct map_field *field; /* borrowed for the call, by ascending offset */
	uint32_t fields;
	bool typed; /* its key and value have BTF types: local storages must */
};

struct map_ops;

/* What waits for the open sections to end. */
struct map_deferred {
	struct map_deferred *next;
	uint64_t epoch;
	void (*fn)(struct map_deferred *d);
};

struct map {
	/*
	 * For code that inlines a lookup; these do not change while the map lives. Element i of the
	 * array family for CPU c: values + c * cpu_stride + i * elem_size, i < max_entries. For other
	 * types `lookup` may be called directly, with this map and a key.
	 */
	uint8_t *values;
	size_t cpu_stride; /* 0: one value for all CPUs */
	uint32_t elem_size, max_entries, cpus;
	void *(*lookup)(struct map *m, const void *key);

	const struct map_ops *ops;
	uint32_t type, key_size, value_size, flags;
	uint32_t can; /* ABI_OP_*: what bpf(2) does with it in that kernel */
	uint64_t extra;
	uint32_t id; /* the owner's */
	char name[16];
	struct map_env *env;          /* borrowed */
	struct map_field *field;      /* owned */
	uint32_t fields, field_kinds; /* field_kinds: 1 << enum map_field_kind */
	struct map *inner;            /* owned: the template of the inner maps, with no elements */
	void *owner; /* the caller's: BTF, what a program array's programs must be, ... */

	/* atomic: */
	uint32_t refs, user_refs;
	uint32_t writers; /* writable mappings and writes under way: no freezing then */
	bool frozen;
	bool shared; /* programs may have found it in another map: its end is deferred */
	struct map_deferred end;
	void (*wake)(void *arg, struct map *m); /* a ring buffer has news for whoever polls */
	void *wake_arg;
};

/* Checks in the kernel's order; the new map has one reference, which is a user's. */
int map_create(const struct map_attr *a, struct map_env *env, struct map **ret_map) MUST_USE;
const char *map_type_name(uint32_t type); /* NULL: no such type */

/*
 * References. A user reference is a descriptor, a pin, a link; a program's is not. When the last user
 * reference goes, timers are cancelled and a program array is emptied, as it may be what keeps itself
 * alive.
 */
void map_ref(struct map *m);
void map_unref(struct map *m);
void map_ref_user(struct map *m);
void map_unref_user(struct map *m);

uint64_t map_memory(const struct map *m);    /* bytes, about what the map holds now */
int map_freeze(struct map *m, unsigned may); /* may: see below */

/* ---- sections --------------------------------------------------------------------------------- */

struct map_thread {
	uint32_t cpu;  /* the current CPU, constant inside of a section */
	uint32_t nest; /* sections this thread is in */
	struct map_epoch_slot *slot;
};
extern _Thread_local struct map_thread map_self;

/*
 * A thread is dealt a CPU when it first enters; map_set_cpu says otherwise. It counts modulo the
 * environment's CPUs, so code that inlines per-CPU lookups must have seen it set below those. Two
 * threads on one CPU share its values, as programs that preempt each other do in the kernel.
 */
void map_enter(void);
void map_exit(void);
void map_set_cpu(uint32_t cpu);
/* Waits until all sections that now are open have ended (not from inside of one), frees what waited. */
void map_quiesce(void);
/* fn runs when all sections that are open now have ended: at once if there are none. */
void map_defer(struct map_deferred *d, void (*fn)(struct map_deferred *d));

/* ---- the program side ------------------------------------------------------------------------- */

static inline void *map_lookup(struct map *m, const void *key)
{
	return m->lookup(m, key);
}
int map_update(struct map *m, const void *key, const void *value, uint64_t flags);
int map_delete(struct map *m, const void *key);
int map_push(struct map *m, const void *value, uint64_t flags);
int map_pop(struct map *m, void *value);
int map_peek(struct map *m, void *value);
void *map_lookup_percpu(struct map *m, const void *key, uint32_t cpu);

/* Returns how many elements were visited, or -EINVAL. The walk ends when fn returns other than 0. */
typedef uint64_t map_each_fn(struct map *m, const void *key, void *value, void *arg);
int64_t map_for_each(struct map *m, map_each_fn *fn, void *arg, uint64_t flags);

/* The memory of a single-element array, an arena's, a jump table, for instructions that hold its address. */
int map_direct_value(const struct map *m, uint32_t off, uint64_t *ret_addr);
int map_direct_offset(const struct map *m, uint64_t addr, uint32_t *ret_off);

/*
 * insn_array: a program's loader takes it (-EINVAL: is not frozen, -EBUSY: another has it), asks which
 * instruction an element was given, says where that went and where its native code is: at `native` of
 * the code, in memory at addr; and gives it back.
 */
int map_insns_begin(struct map *m);
uint32_t map_insns_given(const struct map *m, uint32_t i);
void map_insns_place(struct map *m, uint32_t i, uint32_t loaded, uint32_t native, const void *addr);
void map_insns_end(struct map *m);

/* Ring buffers. A record's address is enough to submit or discard it. */
void *map_ring_reserve(struct map *m, uint64_t size, uint64_t flags);
void map_ring_submit(void *record, uint64_t flags);
void map_ring_discard(void *record, uint64_t flags);
int map_ring_output(struct map *m, const void *data, uint64_t size, uint64_t flags);
uint64_t map_ring_query(struct map *m, uint64_t what);
enum { MAP_RB_NO_WAKEUP = 1, MAP_RB_FORCE_WAKEUP = 2 };
enum {
	MAP_RB_AVAIL_DATA,
	MAP_RB_RING_SIZE,
	MAP_RB_CONS_POS,
	MAP_RB_PROD_POS,
	MAP_RB_OVERWRITE_POS
};
/* User ring buffers: fn gets each record; the walk ends when it returns other than 0. */
typedef uint64_t map_drain_fn(void *record, uint32_t size, void *arg);
int64_t map_ring_drain(struct map *m, map_drain_fn *fn, void *arg, uint64_t flags);
bool map_ring_ready(struct map *m); /* whether poll would say so */

/* stack_trace: bpf_get_stackid() of the addresses, innermost first, with its flags; the id or an errno. */
int64_t map_stack_id(struct map *m, const uint64_t *ip, uint32_t n, uint64_t flags);

/*
 * perf_event_array: its references are these: a ring of 2^n data pages for one CPU, laid out as
 * perf_event_open(2) has it, one page of positions in front. The descriptor can be mapped as it is.
 */
struct map_perf;
int map_perf_create(struct map_env *env, uint32_t cpu, uint32_t pages,
		    struct map_perf **ret_perf) MUST_USE;
void map_perf_free(struct map_perf *p); /* when no map refers to it and no section may use it */
int map_perf_fd(const struct map_perf *p);
void map_perf_on_wake(struct map_perf *p, void (*wake)(void *arg), void *arg);
int map_perf_output(struct map *m, const void *data, uint64_t size, uint64_t flags);

/* Local storages: by the object's id. flags: 1 creates, with `init` or zeros. */
void *map_storage_get(struct map *m, uint64_t id, const void *init, uint64_t flags);
int map_storage_delete(struct map *m, uint64_t id); /* also when the object is gone */

/*
 * cgroup_storage: a value comes with the first attachment and stays when that ends, until the cgroup
 * goes: then the owner calls map_cgroup_detach. attach: the attach type, of 16-byte keys.
 */
int map_cgroup_attach(struct map *m, uint64_t id, uint32_t attach);
void map_cgroup_detach(struct map *m, uint64_t id, uint32_t attach);
void *map_cgroup_value(struct map *m, uint64_t id, uint32_t attach); /* NULL: is not attached */

/* Redirect maps: where an element leads, NULL: nowhere. */
const struct map_target *map_redirect_target(struct map *m, const void *key);

/* Arenas: pages by address; addr NULL: anywhere. NULL when it cannot be. */
void *map_arena_base(const struct map *m);
/*
 * The program's side: a page whose address has the lower half x is also at the window's begin + x. The
 * window is 4 GiB, and with 32 KiB before and behind it nobody else's; what is no page faults.
 */
void *map_arena_window(const struct map *m);
void *map_arena_alloc(struct map *m, void *addr, uint32_t pages, uint64_t flags);
void map_arena_free(struct map *m, void *addr, uint32_t pages);
bool map_arena_fault(struct map *m, void *addr); /* user space touched it: whether it may go on */

/* Lists and trees of objects, for their kfuncs; the program holds the lock. -EINVAL: is linked already. */
int map_list_push(void *head, void *node, bool front);
void *map_list_pop(void *head, bool front);
int map_list_add(void *head, void *node,
		 void *after);                 /* -EINVAL: also when `after` is not in there */
void *map_list_remove(void *head, void *node); /* NULL: is not in there */
void *map_list_peek(void *head, bool front);
typedef bool map_rb_less_fn(void *a, void *b, void *arg);
int map_rb_add(void *root, void *node, map_rb_less_fn *less, void *arg);
void *map_rb_remove(void *root, void *node); /* NULL: is not in there */
void *map_rb_first(void *root);
void *map_rb_root(void *root);
void *map_rb_child(void *root, void *node, bool right);

void map_spin_lock(void *lock); /* a value's */
void map_spin_unlock(void *lock);

/* ---- the user side ---------------------------------------------------------------------------- */

/* What the descriptor allows; a frozen map takes MAP_MAY_WRITE away. */
enum { MAP_MAY_READ = 1, MAP_MAY_WRITE = 2, MAP_MAY_ALL = 3 };

/* Bytes that bpf(2) copies; of per-CPU types with MAP_CPU or MAP_ALL_CPUS: value_size. */
size_t map_user_value_size(const struct map *m);
int map_user_lookup(struct map *m, unsigned may, const void *key, void *value, uint64_t flags);
int map_user_update(struct map *m, unsigned may, const void *key, const void *value,
		    uint64_t flags);
int map_user_delete(struct map *m, unsigned may, const void *key);
int map_user_next_key(struct map *m, unsigned may, const void *key, void *ret_next);
int map_user_take(struct map *m, unsigned may, const void *key, void *value, uint64_t flags);

enum map_batch_op { MAP_BATCH_LOOKUP, MAP_BATCH_TAKE, MAP_BATCH_UPDATE, MAP_BATCH_DELETE };
struct map_batch {
	const void *in; /* where to go on; NULL: from the start */
	void *out;      /* where the next call goes on: of hash tables a u32, of others a key */
	void *keys, *values;
	uint32_t count; /* in: room for, or number of, elements; out: how many were dealt with */
	uint64_t elem_flags, flags;
};
int map_user_batch(struct map *m, unsigned may, enum map_batch_op op, struct map_batch *b);

/*
 * The map's memory in this process, at `addr` when that is not NULL (in place of what is there), with
 * the checks and errno of mmap(2) on the map's descriptor. Counts as a writer while prot has
 * PROT_WRITE; map_munmap ends that.
 */
int map_mmap(struct map *m, unsigned may, void *addr, size_t len, int prot, int flags, uint64_t off,
	     void **ret_addr);
int map_munmap(struct map *m, void *addr, size_t len, int prot);

#endif
