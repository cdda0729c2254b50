/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What programs find around them: the current task, clocks, a packet, sockets, somebody who reads
 * what they print. Part of vm.h; include that.
 *
 *   vm_helpers_default   the helpers that have meaning in user space  helper.def helper*.c print.c
 *   vm_world             what they stand on; one for each thread         helper_world.c
 *   vm_packet            what packet programs see as their context       packet.h packet*.c
 *   vm_sock, vm_msg      sockets, and messages between them              socket.h helper_sock*.c
 *   vm_timers            bpf_timer, bpf_wq, bpf_task_work, driven by the caller  helper_timer.c
 *   vm_object_type       what programs allocate with bpf_obj_new         helper_object.c
 *
 * A run that calls such helpers has run->world set. Whatever is not set there has a plain answer,
 * which is the kernel's where the thing is not there: no task but pid 0, no cgroup, no socket, an
 * empty routing table; this process's clocks, and printing goes nowhere.
 */
#ifndef SKEP_VM_WORLD_H
#define SKEP_VM_WORLD_H

struct map;
struct map_field;
struct map_target;
struct vm_task;
struct vm_prog;

enum {
	VM_COMM_LEN = 16,
	VM_CGROUPS_MAX = 16,  /* how deep a cgroup may lie */
	VM_SEQ_MAX = 1 << 16, /* what one seq_file takes */
	VM_OWNED_MAX = 4096,  /* objects a program may own at a time */
	VM_TIMERS_MAX = 1 << 20,
	VM_OBJECT_MAX = 4096,  /* bytes of what bpf_obj_new makes */
	VM_SOCKOPTS_MAX = 256, /* socket options that programs have set */
};

#include "vm/packet.h"
#include "vm/socket.h"

/* ---- who there is --------------------------------------------------------------------------- */

struct vm_task {
	uint32_t pid, tgid, uid, gid;    /* pid: the thread's */
	char comm[VM_COMM_LEN];          /* ends in NUL */
	uint64_t address;                /* what programs have as a pointer to it: opaque, not 0 */
	uint64_t regs;                   /* the same for its struct pt_regs */
	uint64_t cgroup[VM_CGROUPS_MAX]; /* ids, from the root to its own */
	uint32_t cgroups;
	uint32_t classid;              /* of its net_cls cgroup */
	uint64_t pidns_dev, pidns_ino; /* its pid namespace, and how it is called there */
	uint32_t pidns_pid, pidns_tgid;
};

struct vm_cgroup {
	uint64_t id, parent; /* parent: 0 for the root */
	uint64_t address;    /* what programs have as a pointer to it: opaque, not 0 */
};

struct vm_vma {
	uint64_t address; /* what programs have as a pointer to it */
	uint64_t start, end;
};

enum vm_clock {
	VM_CLOCK_MONOTONIC,
	VM_CLOCK_BOOT,
	VM_CLOCK_COARSE,
	VM_CLOCK_TAI,
	VM_CLOCK_JIFFIES,
};

enum vm_space { VM_KERNEL, VM_USER };

/* Something a program did that only a kernel, or whoever plays it, can carry out. */
enum vm_effect_kind {
	VM_CLONE_REDIRECT,  /* a: ifindex, b: flags; the packet is world->packet, as it is now */
	VM_SIGNAL,          /* a: the signal, b: the pid: to the process */
	VM_SIGNAL_THREAD,   /* the same, to the thread */
	VM_SET_TUNNEL_KEY,  /* bytes: struct bpf_tunnel_key; a: flags */
	VM_SET_TUNNEL_OPT,  /* bytes */
	VM_BIND,            /* bytes: a struct sockaddr, for world->sk */
	VM_SETSOCKOPT,      /* a: level << 32 | option, b: the socket's cookie; bytes */
	VM_TCP_ACK,         /* a: rcv_nxt */
	VM_OVERRIDE_RETURN, /* a: what the function gives in place of running */
	VM_BPRM_OPTS,       /* a: flags */
	VM_SYSCTL_SET,      /* bytes: world->sysctl's new value */
	VM_IR_REPEAT,
	VM_IR_KEY,     /* a: protocol << 32 | toggle, b: scan code */
	VM_IR_POINTER, /* a: x, b: y */
};

struct vm_effect {
	enum vm_effect_kind kind;
	uint64_t a, b;
	const void *bytes; /* borrowed for the call */
	size_t n;
};

struct vm_counter { /* struct bpf_perf_event_value */
	uint64_t count, enabled, running;
};

/* What the world cannot know by itself. Any function may be NULL. */
struct vm_outside {
	uint64_t (*clock)(void *arg, enum vm_clock c);
	void (*effect)(void *arg, const struct vm_effect *e);

	/* text */
	void (*print)(void *arg, const char *text, size_t n); /* bpf_trace_printk and its kin */
	void (*stream)(void *arg, uint32_t stream, const char *text, size_t n);

	/*
	 * Memory that is not the program's: 0 or -EFAULT, all or nothing. NULL: in the checked
	 * engines there is none, in the others it is this process's.
	 */
	int (*read)(void *arg, enum vm_space s, uint64_t at, void *to, size_t n);
	int (*read_task)(void *arg, const struct vm_task *t, uint64_t at, void *to, size_t n);
	int (*write_user)(void *arg, uint64_t at, const void *from, size_t n);

	/* tasks: the addresses of a stack, innermost first: how many, or -errno */
	int64_t (*stack)(void *arg, enum vm_space s, uint64_t *ret_ip, size_t max);
	int64_t (*task_stack)(void *arg, const struct vm_task *t, enum vm_space s, uint64_t *ret_ip,
			      size_t max);
	/* The first area of a task's memory that ends behind `at`: 0 or -ENOENT. */
	int (*vma)(void *arg, const struct vm_task *t, uint64_t at, struct vm_vma *ret_vma);

	/* events: map NULL: the event that the program is attached to */
	int (*counter)(void *arg, const struct map *m, uint32_t i, struct vm_counter *ret_counter);
	/* struct perf_branch_entry, of the event or by a snapshot: bytes in all, or -errno */
	int64_t (*branches)(void *arg, bool snapshot, void *to, size_t n);

	/* names and types: "name+0x12/0x34" for an address; where a symbol is; types by name */
	size_t (*symbol)(void *arg, uint64_t at, char *to, size_t max);    /* 0: it has none */
	int (*symbol_find)(void *arg, const char *name, uint64_t *ret_at); /* -ENOENT */
	/* bpf_btf_find_by_name_kind: fd << 32 | id, or -ENOENT */
	int64_t (*type_find)(void *arg, const char *name, uint32_t kind);
	/* The value at `at` of a type of the kernel's BTF, as its BTF_F_ flags say: 0 or -errno. */
	int (*type_show)(void *arg, uint32_t type, uint64_t at, uint64_t flags, struct str *s);
	/* A per-CPU variable's address there: 0: there is none. */
	uint64_t (*percpu)(void *arg, uint64_t variable, uint32_t cpu);

	/* files, by the addresses that programs have of them */
	int (*path)(void *arg, uint64_t path, struct str *s);
	int (*inode)(void *arg, uint64_t inode, uint64_t *ret_id); /* for local storage */
	uint64_t (*file_socket)(void *arg, uint64_t file); /* its struct socket; 0: is none */
	int64_t (*sys_bpf)(void *arg, uint32_t cmd, void *attr, uint32_t n);
	int (*sys_close)(void *arg, uint32_t fd);

	/*
	 * The type that bpf_obj_new was asked for: of a struct in the BTF of the program that runs, as
	 * long as the program. NULL: it has none of that id. Who has this also shows values by
	 * vm_show_value, and the hidden arguments are not needed.
	 */
	const struct vm_object_type *(*object_type)(void *arg, const struct vm_prog *p, uint32_t id);

	/* devices and routes; fib_lookup fills in the answer: a BPF_FIB_LKUP_RET_* or -errno */
	int (*fib_lookup)(void *arg, struct vm_fib *fib, uint32_t flags);
	int (*mtu)(void *arg, uint32_t ifindex, uint32_t *ret_mtu); /* -ENODEV */
	/* the packet's key, as the next hop before us has set it, and its options: 0 or -errno */
	int (*tunnel_key)(void *arg, void *ret_key, size_t n, uint64_t flags);
	int64_t (*tunnel_opt)(void *arg, void *ret_opt, size_t max); /* how many bytes it has */
	/* struct bpf_xfrm_state number i of the packet's: 0 or -EINVAL */
	int (*xfrm_state)(void *arg, uint32_t i, void *ret_state, size_t n);
	/* What the device has told of an XDP frame: 0, or -ENODATA. */
	int (*xdp_hint)(void *arg, enum vm_xdp_hint h, uint64_t *ret_a, uint32_t *ret_b);
	/* A socket's option that no program has set: its length or -errno. */
	int64_t (*sockopt)(void *arg, const struct vm_sock *sk, uint32_t level, uint32_t name,
			   void *to, size_t max);
};

enum vm_owned_kind {
	VM_OWNS_RECORD,
	VM_OWNS_BITS,
	VM_OWNS_CPUMASK,
	VM_OWNS_OBJECT,
	VM_OWNS_SOCK,
};

struct vm_owned {
	enum vm_owned_kind kind;
	void *at;
};

struct vm_world {
	/* the caller's; what is a pointer is borrowed */
	const struct vm_outside *outside; /* NULL: nobody */
	void *arg;                        /* its first argument */
	/*
	 * The programs were accepted by a verifier. The checked engines then believe in the objects
	 * they have linked into lists and trees and put into map values, which anybody else could
	 * have forged; without it they refuse to work on such.
	 */
	bool verified;
	struct vm_task task; /* the current one */
	const struct vm_task *tasks; /* all, the current one too; NULL: there is only that */
	uint32_t tasks_n;
	const struct vm_cgroup *cgroup; /* all, parents before children */
	uint32_t cgroups;
	uint32_t cpu, cpus, numa_node;
	uint64_t random;           /* the generator's state: a seed gives the same numbers again */
	uint64_t cookie_secret[4]; /* of TCP SYN cookies */
	struct vm_timers *timers;  /* where timers and work queues run; NULL: there are none */

	/* where the program is attached, and what it was called for */
	int64_t retval; /* what bpf_get_retval sees */
	uint64_t attach_cookie, func_ip;
	uint32_t attach_type;            /* the kernel's, for bpf_get_local_storage */
	uint64_t func_arg[12], func_ret; /* of the function that is traced */
	uint32_t func_args;
	bool func_returned; /* the function has */
	struct str *seq;    /* the seq_file; its address is what programs have */
	struct vm_sysctl *sysctl;

	/* the network */
	struct vm_packet *packet;     /* what packet programs work on */
	struct vm_msg *msg;           /* what sk_msg programs work on */
	struct vm_sock *sk;           /* of contexts that have one: sock_ops, sock_addr... */
	struct vm_sock *const *socks; /* all that there are */
	uint32_t socks_n;
	const struct vm_sock_lookup *lookup;
	struct vm_tcp_options *options;

	/* told by the run */
	struct vm_redirect redirect;
	struct vm_sock *selected; /* by bpf_sk_assign, bpf_sk_select_reuseport */
	uint64_t selected_flags;
	uint64_t thrown;  /* bpf_throw's cookie */
	uint64_t session; /* what bpf_session_cookie leads to: to be kept from entry to return */
	/* the helpers' own */
	const struct vm_prog *thrower;
	VEC(struct vm_owned) owned; /* what the program has taken and not given back */
	VEC(struct vm_sockopt) sockopt;
};

void vm_world_init(struct vm_world *w, const struct vm_outside *outside, void *arg, uint64_t seed);
void vm_world_done(struct vm_world *w);
/* After a run that ended in a fault: discards what the program still owned. */
void vm_world_reset(struct vm_world *w);

/* ---- the table ------------------------------------------------------------------------------ */

/* All that have meaning here, by ascending id. */
const struct vm_helper *vm_helpers_default(size_t *ret_n);
/* Those that classic filters call when cbpf_convert_here() has translated them. */
const struct vm_helper *vm_helpers_classic(size_t *ret_n);
/* The same as vm_helpers_default for kfuncs, by name; NULL: not here. */
vm_helper_fn vm_kfunc_default(const char *name);
/* "helper bpf_ima_file_hash needs the kernel engine: it asks the file system" */
void vm_helper_missing(int32_t id, struct str *s);
void vm_kfunc_missing(const char *name, struct str *s);
/* Every helper and kfunc with its state: kind, id, name, here|kernel, why; a line each. */
void vm_helpers_tsv(struct str *s);

/* ---- timers --------------------------------------------------------------------------------- */

struct vm_timers;
int vm_timers_new(struct vm_timers **ret_timers) MUST_USE;
void vm_timers_free(struct vm_timers *t);
/* When the next one is due (VM_CLOCK_MONOTONIC), or UINT64_MAX. */
uint64_t vm_timers_next(struct vm_timers *t);
/* Runs what is due at `now`: how many callbacks, or the first -errno of a run that failed. */
int64_t vm_timers_run(struct vm_timers *t, struct vm_run *run, uint64_t now);
/* For struct map_env.field_free: the value that held it goes away. */
void vm_timer_free(struct vm_timers *t, void *object);

/* ---- objects -------------------------------------------------------------------------------- */

/*
 * What bpf_obj_new makes one of. The kernel's verifier hands bpf_obj_new and its kin arguments that
 * are not in the program; here, but for vm_outside.object_type, whoever loads a program does:
 *
 *   bpf_obj_new[_impl]           r1: the type's size, in place of its BTF id  r2: TYPE
 *   bpf_percpu_obj_new[_impl]    the same
 *   bpf_obj_drop[_impl], bpf_percpu_obj_drop[_impl], bpf_refcount_acquire[_impl]   r2: TYPE
 *   bpf_list_push_{front,back}[_impl]    r3: TYPE  r4: the node's offset in the object
 *   bpf_list_add, bpf_rbtree_add[_impl]  r4: TYPE  r5: the node's offset in the object
 *   bpf_wq_set_callback[_impl], bpf_stream_vprintk[_impl], bpf_task_work_schedule_*: the last
 *                                argument is not looked at
 *
 * TYPE is the address of a struct vm_object_type, which objects copy, or 0 for a type without special
 * fields. Where a field of a type, or of a map's value, leads to objects, struct
 * map_field.type is the address of theirs, and node_offset where their node is.
 */
struct vm_object_type {
	uint32_t size;
	uint32_t fields;
	const struct map_field *field; /* by ascending offset */
	void (*free)(void *object);    /* of types that are not made by bpf_obj_new; else NULL */
};
extern const struct vm_object_type vm_type_cpumask;
extern const struct vm_object_type vm_type_object; /* of any type, when known by its address */
/* For struct map_env.field_free: of kptrs, lists and trees whose `type` is not 0. */
void vm_object_free(const struct map_field *f, void *object);

#endif
