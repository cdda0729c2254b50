/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The inside of engine.
 *
 *   engine.c    engines by their ops          call.c      the typed wrappers
 *   embedded.c  the commands: attributes in, checks that all share, dispatch by command.def
 *   user.c      memory of whoever calls
 *   handle.c    descriptors                   object.c    objects, ids, references
 *   map.c       map_create, info              elem.c      elements, batches
 *   outside.c   what maps and programs ask of the engine
 *   prog.c      prog_load                     prog_insn.c its instructions; prog_map.c which maps;
 *                                             prog_info.c info
 *   sha.c       digests                       log.c       the log buffer
 *   run.c       test_run, what kinds share    run_skb.c run_xdp.c run_more.c
 *   btf.c       btf_load                      pin.c       pins
 *   link.c      links                         attach.c    prog_attach, detach, query
 *   mprog.c     the order of what is attached
 *   iter.c      iterators                     ops.c       struct_ops
 *   fdinfo.c    what /proc would say     field.c  special fields of values
 *   load.c load_map.c load_prog.c  the loader; loader.h
 *
 * Local letters: e the engine, a the command's attributes, h a descriptor, o an object.
 *
 *   E1  A descriptor is one end of a socket pair, known by its inode; the other end is ours. Copies
 *       of it, in whatever process, are the same descriptor. When the last is closed our end says so,
 *       and the next command that could tell drops the reference: nobody needs to tell us of close.
 *   E2  An object is in its table by id, exactly while it has references: descriptors, pins, links,
 *       programs (of maps and BTF), maps (of programs, BTF, and inner maps).
 *   E3  e->lock protects tables, references and links. It is recursive, as maps call back, and it is
 *       not held while a program runs or a map works.
 *   E4  Memory of the caller is touched by user_in and user_out alone.
 */
#ifndef SKEP_ENGINE_IMPL_H
#define SKEP_ENGINE_IMPL_H

#include <pthread.h>

#include "btf/btf.h"
#include "engine/engine.h"
#include "map/map.h"
#include "vm/vm.h"

enum {
	PAGE = 4096,
	OBJECTS_MAX = 1 << 20, /* of a kind */
	PINS_MAX = 1 << 16,
	USED_MAPS_MAX = 64, /* by one program */
	LOG_MAX = 1 << 24,
	REPEAT_MAX = 1 << 30,
	NSEC = 1000000000,
};
enum { ENOTSUPP = ENGINE_ENOTSUPP };

enum { F_RDONLY = MAP_F_RDONLY, F_WRONLY = MAP_F_WRONLY };

/* ---- objects ---------------------------------------------------------------------------------- */

struct embedded;

struct object {
	struct embedded *e; /* borrowed */
	enum engine_kind kind;
	uint32_t id;
	uint32_t refs;	   /* under e->lock */
	uint32_t user_refs; /* of them: descriptors and pins */
};

struct table {
	VEC(struct object *) at; /* owned as by E2; ascending ids */
	uint32_t last;		 /* the id given last */
};

struct handle {
	uint64_t ino; /* of the user's end: the key in e->handles */
	int peer;     /* owned */
	int fd;	      /* the number it was given as; may have become something else */
	struct object *o; /* NULL: statistics are on while it is open */
	unsigned may; /* MAP_MAY_* */
	bool signalled; /* a byte lies in the user's end: it is readable */
	struct handle *next; /* of the same map */
};

struct pin {
	char *path; /* owned */
	struct object *o;
	bool file; /* one stands for it */
};

struct btf_object {
	struct object o;
	struct btf *btf; /* owned */
	uint8_t *data;	 /* owned: the bytes as they were given */
	uint32_t size;
	char name[ENGINE_NAME];
	bool kernel;
};

/* What the programs in a map are like. */
struct map_owner {
	uint32_t type, attach, btf_id;
	bool jited, frags, sleepable;
};

struct map_object {
	struct object o;
	struct map *map;	/* one reference; and a user reference for each of o's */
	struct btf_object *btf; /* reference */
	uint32_t btf_key, btf_value, btf_vmlinux_value;
	struct handle *handle; /* borrowed: its descriptors */
	struct map_owner owner; /* of maps of programs */
	bool owned;
	VEC(struct prog_object *) ops; /* references: of a struct_ops value */
	uint8_t excl[32]; /* the digest of the one program that may use it */
	bool exclusive;
};

struct used_map {
	struct map_object *m; /* reference */
};

struct object_type { /* of bpf_obj_new */
	uint32_t id; /* in the program's BTF */
	struct vm_object_type t;
};

struct prog_object {
	struct object o;
	uint32_t type, attach, flags, attach_btf_id, uid, ifindex;
	char name[ENGINE_NAME];
	uint8_t digest[32]; /* its begin is the tag */
	bool gpl;
	struct insn *insn; /* owned: as shown; maps are ids */
	uint32_t insns;
	uint32_t ctx_end;   /* one more than the last byte of the context that its loads name */
	struct vm_prog *vm; /* owned */
	struct vm_helper *helper; /* owned: its own table, when it has poisoned calls; or NULL */
	VEC(struct map_object *) map; /* references */
	VEC(struct object_type *) object_type; /* owned: those that were asked for */
	struct btf_object *btf, *attach_btf; /* references */
	struct prog_object *dst;	     /* reference */
	void *func_info, *line_info;	     /* owned */
	uint32_t func_infos, line_infos;
	uint64_t load_time;
	uint64_t run_ns, run_cnt; /* atomic */
	struct map_deferred end;
};

struct link_object {
	struct object o;
	uint32_t type;		  /* enum abi_link */
	struct prog_object *prog; /* reference */
	struct map_object *map;	  /* reference: sockmap, struct_ops, iterators of a map */
	uint32_t attach;
	uint64_t to; /* as of an attachment; 0 once it is detached */
	uint64_t cookie;
	uint32_t target_obj, target_btf;
	char name[128]; /* tracepoint, iterator */
	uint32_t pf, hooknum, flags, tid, pid;
	int32_t priority;
	bool detached;
};

/*
 * A program attached to something: a control group, a network namespace, a device, a map. In the order
 * in which they would run.
 */
struct attachment {
	uint64_t to;	 /* a cgroup's or netns's inode, an ifindex, a map's id */
	uint32_t attach; /* enum abi_attach */
	uint32_t flags;
	struct prog_object *prog; /* reference, unless there is a link, which has it */
	struct link_object *link; /* borrowed; NULL: by PROG_ATTACH */
};

/* How often the list of an ordered place has changed, from 1. */
struct revision {
	uint64_t to;
	uint32_t attach;
	uint64_t n;
};

struct region {
	void *at;
	size_t len;
	int prot;
	struct map_object *m; /* a user reference */
};

/* A ring that somebody opened for a CPU, known by its memory's inode. */
struct perf_ring {
	struct map_perf *perf; /* owned, to the engine's end */
	uint64_t dev, ino;
};

struct embedded {
	struct engine engine; /* first */
	pthread_mutex_t lock;
	struct table table[ENGINE_LINK + 1];
	struct hash handles; /* by inode */
	int epoll;	     /* owned: tells which of our ends have nobody at theirs */
	int peer_base;	     /* our ends have numbers from here on */
	VEC(struct pin) pin;
	VEC(struct region) region;
	VEC(struct attachment) attachment;
	VEC(struct revision) revision; /* of places that are not empty */
	VEC(struct perf_ring) perf;
	struct hash by_vm; /* struct vm_prog * -> struct prog_object */
	struct btf_object *vmlinux; /* reference; NULL: none */
	char *pin_root;		    /* owned */
	struct map_env env;
	struct vm_outside outside;
	struct vm_timers *timers; /* owned */
	bool trust, check_memory;
	uint64_t budget;
	uint32_t stats; /* descriptors of ENABLE_STATS that are open */
	uint32_t orphans; /* maps with no reference but from maps */
	void (*print)(void *arg, const char *text, size_t n);
	void *print_arg;
	void (*step)(void *arg, uint32_t prog_id, uint32_t pc, const uint64_t *reg);
	void *step_arg;
};

/* What a command works with. */
struct call {
	struct embedded *e;
	const union engine_attr *a; /* copied, and zero from `size` on */
	uint64_t user;		    /* where the caller's are: for what is written back */
	uint32_t cmd, size;	    /* size: as the caller gave it */
};

typedef int command_fn(struct call *c);
#define COMMAND(NAME, command, last) command_fn command_##command;
#include "engine/command.def"

/* ---- user.c ----------------------------------------------------------------------------------- */

int user_in(const struct embedded *e, void *to, uint64_t from, size_t n) MUST_USE;
int user_out(const struct embedded *e, uint64_t to, const void *from, size_t n) MUST_USE;
/* How many bytes from there on can be read, at most n. */
size_t user_in_some(const struct embedded *e, void *to, uint64_t from, size_t n);
/* Up to max bytes with the NUL, which is put at the end in any case; the length without, or -EFAULT. */
int user_in_str(const struct embedded *e, char *to, uint64_t from, size_t max) MUST_USE;
/* kernel: bpf_check_uarg_tail_zero(): more than a page, or bytes we do not know that are not 0 */
int user_tail_zero(const struct embedded *e, uint64_t from, size_t expect, size_t actual) MUST_USE;
/* A copy on the heap of n bytes; n 0: NULL. */
int user_dup(const struct embedded *e, uint64_t from, size_t n, void **ret_copy) MUST_USE;
/* An answer into the caller's attributes. */
#define call_answer(c, field, v)                                                                   \
	({                                                                                         \
		__typeof__(((union engine_attr *)0)->field) answer_ = (v);                         \
		user_out((c)->e, (c)->user + offsetof(union engine_attr, field), &answer_,         \
			 sizeof(answer_));                                                         \
	})

/* ---- object.c --------------------------------------------------------------------------------- */

void lock(struct embedded *e);
void unlock(struct embedded *e);
/* In its table from then on, with one reference. */
int object_add(struct embedded *e, struct object *o, enum engine_kind kind) MUST_USE;
void object_get(struct object *o);
void object_put(struct object *o); /* NULL is fine */
/* A reference to what has this id, or NULL. */
struct object *object_by_id(struct embedded *e, enum engine_kind kind, uint32_t id);
/* The same of a descriptor, with what it allows (may be NULL); -EBADF, -EINVAL: it is something else. */
int object_by_fd(struct embedded *e, enum engine_kind kind, int fd, struct object **ret_o,
		 unsigned *ret_may) MUST_USE;
int object_any_by_fd(struct embedded *e, int fd, struct object **ret_o, unsigned *ret_may) MUST_USE;
int no_token(int fd); /* none of our descriptors is a token: the error then */
int name_copy(char to[ENGINE_NAME], const char *from) MUST_USE; /* bpf_obj_name_cpy() */
uint64_t now_ns(int clock);

void map_object_end(struct object *o);
void prog_object_end(struct object *o);
void btf_object_end(struct object *o);
void link_object_end(struct object *o);

#define to_map(o_)  ((struct map_object *)(o_))
#define to_prog(o_) ((struct prog_object *)(o_))
#define to_btf(o_)  ((struct btf_object *)(o_))
#define to_link(o_) ((struct link_object *)(o_))

/* ---- handle.c --------------------------------------------------------------------------------- */

/* A new descriptor of o (NULL: of statistics), which gets a reference of its own: the number, or -errno. */
int handle_new(struct embedded *e, struct object *o, unsigned may) MUST_USE;
struct handle *handle_find(struct embedded *e, int fd); /* under the lock; NULL: not ours */
void handle_sweep(struct embedded *e);			/* E1 */
void handle_end(struct embedded *e, struct handle *h);
void handle_signal(struct handle *h, bool ready);
void handle_done(struct embedded *e);
int handle_init(struct embedded *e) MUST_USE;

/* ---- the others ------------------------------------------------------------------------------- */

unsigned may_of_flags(uint32_t flags); /* what F_RDONLY, F_WRONLY leave; 0: they exclude each other */
int info_of_map(struct call *c, struct map_object *m);
int info_of_prog(struct call *c, struct prog_object *p);
int info_of_btf(struct call *c, struct btf_object *b);
int info_of_link(struct call *c, struct link_object *l);

/* struct_ops: whether that may be a value; the map's events; its programs; whether a link may be made. */
int ops_check_type(const struct embedded *e, uint32_t value_type, uint32_t value_size) MUST_USE;
int ops_event(void *arg, struct map *map, enum map_struct_ops_event what, void *value);
void ops_done(struct map_object *m);
bool ops_is_ready(struct map_object *m);

void outside_init(struct embedded *e);
int map_fields_from_btf(const struct btf *btf, uint32_t value_type, uint32_t value_size,
			struct map_field **ret_field, uint32_t *ret_n) MUST_USE;
/* Under the lock; NULL: it has no such type. */
const struct vm_object_type *prog_object_type(struct prog_object *p, uint32_t id);
void prog_object_types_done(struct prog_object *p);

/* Whether a program may be in a map of programs, or use it; the first one decides. */
bool prog_array_accepts(struct map_object *m, const struct prog_object *p);
int prog_owns_maps(struct prog_object *p) MUST_USE; /* the same of all that it uses */
/* Why a program may not use a map, for the log, and the error; NULL: it may. */
const char *prog_map_wrong(const struct prog_object *p, const struct map_object *m, int *ret_err);
/* perf.c: rings of perf_event_arrays */
int embedded_perf_open(struct engine *engine, uint32_t cpu, uint32_t pages);
struct map_perf *perf_of_fd(struct embedded *e, int fd); /* NULL: it is none of ours */
void perf_done(struct embedded *e);

struct prog_object *prog_of_vm(struct embedded *e, const struct vm_prog *vm);

struct log {
	struct embedded *e;
	struct str text;
	uint64_t user;
	uint32_t level, size;
};
int log_init(struct log *l, struct embedded *e, uint32_t level, uint64_t user, uint32_t size) MUST_USE;
void log_diag(struct log *l, const struct diag *d);
/* Gives it to the caller: 0 or -ENOSPC, -EFAULT; *ret_true: how long it is. */
int log_done(struct log *l, uint32_t *ret_true);

void sha1(const void *data, size_t n, uint8_t ret_digest[20]);
void sha256(const void *data, size_t n, uint8_t ret_digest[32]);

/* Instructions checked, maps found: fills in p->insn, p->map, p->vm, p->digest. */
int prog_insns(struct prog_object *p, const struct call *c, struct insn *insn, struct log *l) MUST_USE;

/* Of those, its functions and lines, and what its type asks: in prog.c. */
int prog_infos(struct prog_object *p, const struct call *c, struct log *l) MUST_USE;
int prog_type(const struct prog_object *p, const struct call *c, struct log *l) MUST_USE;

/* One run of a program: everything around vm_exec. */
struct runner {
	struct vm_run run;
	struct vm_world world;
	struct prog_object *p;
	uint64_t arg[5];
	struct vm_region region[8]; /* what it may touch beside packets */
	uint32_t regions;
};
int runner_init(struct runner *r, struct prog_object *p) MUST_USE;
void runner_done(struct runner *r);
/* Repeats as told; the mean duration. -EINTR: a signal came. */
int runner_repeat(struct runner *r, uint32_t repeat, uint64_t *ret_r0, uint32_t *ret_duration) MUST_USE;
int runner_once(struct runner *r, uint64_t *ret_r0) MUST_USE;

/* Runs the timers that are due; when the next one is, in CLOCK_MONOTONIC, UINT64_MAX: none. */
uint64_t timers_run(struct embedded *e);

int run_data_in(struct call *c, uint32_t len, uint32_t room, void **ret_data) MUST_USE;
int run_ctx_in(struct call *c, uint32_t size, void **ret_ctx) MUST_USE; /* NULL: there is none */
int run_data_out(struct call *c, const void *data, uint32_t size, uint32_t retval,
		 uint32_t duration) MUST_USE;
int run_ctx_out(struct call *c, const void *ctx, uint32_t size) MUST_USE;

typedef int run_fn(struct call *c, struct prog_object *p);
run_fn run_skb, run_xdp, run_flow, run_sk_lookup, run_raw_tp, run_tracing, run_syscall, run_netfilter;

/* What a descriptor or number of link_create's, attach's or query's target means for that type. */
int attach_target(struct call *c, uint32_t attach, uint32_t target, uint64_t *ret_to) MUST_USE;
/* A new attachment among those of its place; with a link, which keeps the program. */
int attach_add(struct embedded *e, const struct attachment *at) MUST_USE;
void attach_remove_link(struct embedded *e, const struct link_object *l);
/* mprog.c: places where the order can be asked for. Under the lock. */
struct mprog_how {
	uint32_t flags, relative; /* a descriptor or id */
	uint64_t revision;	  /* 0: any */
};
bool attach_is_ordered(uint32_t attach);
uint64_t attach_revision(const struct embedded *e, uint64_t to, uint32_t attach);
void attach_revised(struct embedded *e, uint64_t to, uint32_t attach);
/* old: with BPF_F_REPLACE, whose place it takes */
int mprog_attach(struct call *c, const struct attachment *new, const struct prog_object *old,
		 const struct mprog_how *how) MUST_USE;
bool mprog_has(struct embedded *e, uint64_t to, uint32_t attach, const struct prog_object *prog);
int mprog_find(struct call *c, uint64_t to, uint32_t attach, const struct prog_object *prog,
	       const struct mprog_how *how, size_t *ret_at) MUST_USE;
/* kernel: bpf_prog_attach_check_attach_type() */
int attach_check(const struct prog_object *p, uint32_t attach) MUST_USE;

/* Where an iterator goes over. */
int iter_link(struct call *c, struct prog_object *p, struct link_object *l) MUST_USE;
void pins_done(struct embedded *e);

#endif
