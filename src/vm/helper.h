/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the helpers' files share. A helper is
 *
 *	HELPER(strtol)		uint64_t helper_strtol(struct vm_run *run, uint64_t r1, ... r5)
 *	{
 *		...
 *	}
 *
 * with its row in helper.def; a kfunc is KFUNC(name). All memory that a program names goes through
 * vm_mem (NULL: the run ends, return anything), all memory that helpers hand out through vm_grant.
 *
 * H1  a helper touches no memory that is not the program's or its own
 * H2  the answer, the errno and the bytes are the kernel's; doc/helpers.md says where they are not
 */
#ifndef SKEP_VM_HELPER_H
#define SKEP_VM_HELPER_H

#include <endian.h>

#include "map/map.h"
#include "vm/impl.h"

#define MAYBE __attribute__((unused))
#define HELPER(name)                                                                               \
	uint64_t helper_##name(MAYBE struct vm_run *run, MAYBE uint64_t r1, MAYBE uint64_t r2,     \
			       MAYBE uint64_t r3, MAYBE uint64_t r4, MAYBE uint64_t r5)
#define KFUNC(name)                                                                                \
	uint64_t kfunc_##name(MAYBE struct vm_run *run, MAYBE uint64_t r1, MAYBE uint64_t r2,      \
			      MAYBE uint64_t r3, MAYBE uint64_t r4, MAYBE uint64_t r5)

#define HERE(id, name) HELPER(name);
#define ELSEWHERE(id, name, why)
#define KFUNC_HERE(name) KFUNC(name);
#define KFUNC_ELSEWHERE(begin, why)
#include "vm/helper.def"

static inline uint64_t neg(int64_t err) /* -errno in r0 */
{
	return (uint64_t)err;
}

static inline bool is_checked(const struct vm_run *run)
{
	return run->prog->engine == VM_CHECKED || run->prog->engine == VM_TRACED;
}

static inline void *pointer(uint64_t at)
{
	return (void *)(uintptr_t)at;
}

static inline uint64_t address(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

/* ---- helper_mem.c ---- */

/* The run ends with a fault: a helper was given this. */
COLD void helper_fault(struct vm_run *run, uint64_t addr, uint64_t size);
/* Memory that may be missing: NULL and 0 bytes are fine, and *ret_p is NULL then. */
bool helper_mem(struct vm_run *run, uint64_t addr, uint64_t size, bool write,
		void **ret_p) MUST_USE;
/* The same for a struct that the program only holds for us: it must be there, and be aligned. */
void *helper_struct(struct vm_run *run, uint64_t addr, size_t size, bool write);
bool helper_owns(struct vm_run *run, uint64_t addr, uint64_t size, bool write);
/* Any memory, without harm: 0 or -EFAULT, or -ERANGE where the kernel would not even try. */
int mem_read(struct vm_run *run, enum vm_space s, uint64_t addr, void *to, size_t n);
/* Up to max bytes, NUL included, always terminated: the length with NUL, or -errno. */
int64_t mem_read_str(struct vm_run *run, enum vm_space s, uint64_t addr, char *to, size_t max);

/* ---- helper_object.c ---- */

/* Objects in lists, trees and values are believed in; false: they cannot be, and the run ends. */
bool helper_trusted(struct vm_run *run, uint64_t at);
/* A pointer that has an object in it becomes the program's, or stops being it. */
void object_taken(struct vm_run *run, uint64_t at);
void object_given(struct vm_run *run, uint64_t at);
void object_let_go(void *data);
/* The program may look at the object that has this address in it. */
void object_show(struct vm_run *run, uint64_t at);
/* vm_outside.object_type is there, and values' fields are guarded. */
bool object_guarded(const struct vm_run *run);
/* The object that this node links; of one that nobody knows, `off` says where the node is. */
void *object_of_link(void *node, uint64_t off);
/* The field of an object, or also of a value that the program was shown, that is there; or NULL. */
const struct map_field *object_field(uint64_t at, uint32_t kinds, void **ret_data);
const struct map_field *helper_field(struct vm_run *run, uint64_t at, uint32_t kinds);

/* ---- helper_graph.c: lists and trees ---- */

void graph_lock(void);
void graph_unlock(void);

/* ---- helper_cpumask.c ---- */

void cpumask_taken(struct vm_run *run, uint64_t at); /* out of a value: the program's now */

/* ---- helper_world.c ---- */

uint64_t world_clock(const struct vm_world *w, enum vm_clock c);
void world_effect(const struct vm_world *w, enum vm_effect_kind kind, uint64_t a, uint64_t b,
		  const void *bytes, size_t n);
int world_own(struct vm_world *w, enum vm_owned_kind kind, void *at);
bool world_owns(const struct vm_world *w, enum vm_owned_kind kind, const void *at);
bool world_disown(struct vm_world *w, enum vm_owned_kind kind, const void *at);

/* ---- helper_task.c, helper_cgroup.c, helper_sock.c: what an address that programs have is ---- */

const struct vm_task *world_task(const struct vm_world *w, uint64_t at); /* or NULL */
const struct vm_task *world_tasks(const struct vm_world *w, uint32_t *ret_n); /* all */
int task_read(struct vm_run *run, uint64_t task, uint64_t at, void *to, size_t n); /* or -EFAULT */
/* A string of a task's: its length with NUL, or -EFAULT. */
int64_t task_read_str(struct vm_run *run, uint64_t task, uint64_t at, char *to, size_t max);

const struct vm_cgroup *world_cgroup(const struct vm_world *w, uint64_t at);
const struct vm_cgroup *world_cgroup_by_id(const struct vm_world *w, uint64_t id);
uint64_t world_cgroup_ancestor(const struct vm_world *w, uint64_t id, int32_t level); /* id, or 0 */
bool world_cgroup_under(const struct vm_world *w, uint64_t id, uint64_t ancestor);
/* The id in element i of a cgroup_array: 0, -E2BIG or -EAGAIN. */
int helper_cgroup_in(const struct map *m, uint32_t i, uint64_t *ret_id);

struct vm_sock *world_sock(const struct vm_world *w, uint64_t at);
struct vm_sock *helper_sock_of(const struct vm_world *w, uint64_t at); /* or the context's */
uint64_t helper_give_sock(struct vm_run *run, struct vm_sock *sk);     /* with a reference */
bool sock_is_full(const struct vm_sock *sk);
uint32_t helper_sock_op(struct vm_run *run, uint64_t ctx); /* of a sock_ops program's context */

/* ---- helper_map.c ---- */

struct map *helper_map(struct vm_run *run, uint64_t at); /* NULL: the run ends */
struct map *helper_map_of(struct vm_run *run, uint64_t at, uint32_t type);
/* What a lookup has found, for the program to use. */
uint64_t helper_give_value(struct vm_run *run, const struct map *m, const void *value);

/* ---- helper_dynptr.c ---- */

/*
 * struct bpf_dynptr as the kernel lays it. It lies on the program's stack, where a program nobody
 * has verified may forge it, so what it says counts only after what it points to has been checked
 * (H1).
 */
struct dynptr {
	uint64_t data;	/* memory, a record, or the packet's context; 0: the null dynptr */
	uint32_t size;	/* and its kind in the upper bits */
	uint32_t offset;
};
enum { DYNPTR_SIZE_MAX = (1 << 24) - 1, DYNPTR_TYPE_SHIFT = 28 };
enum { DYNPTR_INVALID, DYNPTR_LOCAL, DYNPTR_RINGBUF, DYNPTR_SKB, DYNPTR_XDP, DYNPTR_SKB_META };
#define DYNPTR_RDONLY (1u << 31)

/* ---- helper_print.c ---- */

struct str *helper_seq(struct vm_run *run, uint64_t at); /* NULL: the run ends */

/* ---- print.c ---- */

enum { PRINT_ARGS_MAX = 12, PRINT_BUF = 1024 };

/*
 * What fmt and args make, cut to max bytes with their NUL: the length it would have, or -errno for
 * a format that the kernel refuses.
 */
int64_t print_format(struct vm_run *run, const char *fmt, size_t fmt_size, const uint64_t *arg,
		     uint32_t args, char *to, size_t max);

/* ---- packet.c ---- */

enum { ETH_HLEN = 14, PACKET_LEN_MAX = 16064 };
enum { ENOTSUPP = MAP_ENOTSUPP };
enum { ETH_P_IP = 0x0800, ETH_P_IPV6 = 0x86dd, ETH_P_8021Q = 0x8100, ETH_P_8021AD = 0x88a8 };
enum { IP4_LEN = 20, IP6_LEN = 40 };

/* The packet whose context this is; NULL, and the run ends, when it is none (of the kind). */
struct vm_packet *helper_packet(struct vm_run *run, uint64_t ctx);
struct vm_packet *helper_skb(struct vm_run *run, uint64_t ctx);
struct vm_packet *helper_xdp(struct vm_run *run, uint64_t ctx);
/*
 * After its place or length changed: the context, and what the checked engines let the program
 * touch.
 */
void packet_moved(struct vm_run *run, struct vm_packet *p);
/* The same packet with n bytes more, or fewer, in front; those are not initialized. */
void packet_reserve(struct vm_packet *p, uint32_t n); /* room for that in front */
void packet_push(struct vm_packet *p, uint32_t n);
void packet_pull(struct vm_packet *p, uint32_t n);
static inline uint8_t *packet_bytes(const struct vm_packet *p) { return p->buf + p->at; }
static inline uint16_t packet_proto(const struct vm_packet *p) /* in the host's order */
{
	return be16toh((uint16_t)p->skb.protocol);
}

/* ---- packet_skb.c ---- */

int packet_store(struct vm_packet *p, uint64_t off, const void *from, uint64_t len, uint64_t flags);
void packet_clear_hash(struct vm_packet *p);
void packet_reset_csum(struct vm_packet *p);

#endif
