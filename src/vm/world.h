/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What programs find around them: the current task, clocks, a packet, somebody who reads what they
 * print. Part of vm.h; include that.
 *
 *   vm_helpers_default   the helpers that have meaning in user space  helper.def helper*.c print.c
 *   vm_world             what they stand on; one for each thread         helper_task.c
 *   vm_packet            what packet programs see as their context       packet*.c
 *   vm_timers            bpf_timer, driven by the caller                 helper_timer.c
 *
 * A run that calls such helpers has run->world set. Whatever is not set there has a plain answer:
 * no task but pid 0, this process's clocks, printing goes nowhere, an empty routing table.
 */
#ifndef SKEP_VM_WORLD_H
#define SKEP_VM_WORLD_H

struct map;
struct map_target;

enum {
	VM_COMM_LEN = 16,
	VM_CGROUPS_MAX = 16,	     /* how deep a task's cgroup may lie */
	VM_PACKET_MAX = 1 << 18,     /* bytes of a packet's buffer, head and tail room included */
	VM_SEQ_MAX = 1 << 16,	     /* what one seq_file takes */
	VM_OWNED_MAX = 4096,	     /* objects a program may own at a time */
	VM_TIMERS_MAX = 1 << 20,
};

struct vm_task {
	uint32_t pid, tgid, uid, gid; /* pid: the thread's */
	char comm[VM_COMM_LEN];	      /* ends in NUL */
	uint64_t address;	      /* what bpf_get_current_task gives: opaque */
	uint64_t cgroup[VM_CGROUPS_MAX]; /* ids, from the root to its own */
	uint32_t cgroups;
	uint64_t pidns_dev, pidns_ino; /* its pid namespace, and how it is called there */
	uint32_t pidns_pid, pidns_tgid;
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
	VM_CLONE_REDIRECT, /* a: ifindex, b: flags; the packet is world->packet, as it is now */
	VM_SIGNAL,	   /* a: the signal, to the process */
	VM_SIGNAL_THREAD,  /* a: the signal, to the thread */
	VM_SET_TUNNEL_KEY, /* bytes: struct bpf_tunnel_key; a: flags */
	VM_SET_TUNNEL_OPT, /* bytes */
};

struct vm_effect {
	enum vm_effect_kind kind;
	uint64_t a, b;
	const void *bytes; /* borrowed for the call */
	size_t n;
};

/* Where XDP_REDIRECT or TC_ACT_REDIRECT sends the packet: what the last such helper said. */
enum vm_redirect_kind {
	VM_REDIRECT_NONE,
	VM_REDIRECT_DEV,
	VM_REDIRECT_PEER,
	VM_REDIRECT_NEIGH,
	VM_REDIRECT_MAP,
};

struct vm_redirect {
	enum vm_redirect_kind kind;
	uint32_t ifindex;
	uint64_t flags;
	struct map *map; /* borrowed */
	uint32_t key;
	const struct map_target *target; /* borrowed: the map's element; NULL: all of them */
	uint8_t nexthop[20]; /* VM_REDIRECT_NEIGH: struct bpf_redir_neigh, or zeros */
};

struct vm_fib { /* struct bpf_fib_lookup */
	uint8_t family, l4_protocol;
	uint16_t sport, dport; /* big-endian, as are addresses and flowinfo */
	uint16_t tot_len;      /* in; out: the route's MTU */
	uint32_t ifindex;
	uint32_t tos; /* or the flow info; out: the route's metric */
	uint32_t src[4], dst[4];
	uint32_t vlan; /* out: protocol and tag; in: the table, with BPF_FIB_LOOKUP_TBID */
	uint8_t smac[6], dmac[6]; /* out; in: the mark, with BPF_FIB_LOOKUP_MARK */
};
_Static_assert(sizeof(struct vm_fib) == 64, "struct bpf_fib_lookup");

/* What the world cannot know by itself. Any function may be NULL. */
struct vm_outside {
	uint64_t (*clock)(void *arg, enum vm_clock c);
	void (*print)(void *arg, const char *text, size_t n); /* bpf_trace_printk and its kin */
	void (*stream)(void *arg, uint32_t stream, const char *text, size_t n);
	/*
	 * Memory that is not the program's: 0 or -EFAULT, all or nothing. NULL: in the checked
	 * engines there is none, in the others it is this process's.
	 */
	int (*read)(void *arg, enum vm_space s, uint64_t at, void *to, size_t n);
	int (*write_user)(void *arg, uint64_t at, const void *from, size_t n);
	void (*effect)(void *arg, const struct vm_effect *e);
	/* The stack's addresses, innermost first: how many, or -errno. */
	int64_t (*stack)(void *arg, enum vm_space s, uint64_t *ret_ip, size_t max);
	/* "name+0x12/0x34" for an address: the length, 0 if it has none. */
	size_t (*symbol)(void *arg, uint64_t at, char *to, size_t max);
	/* fills in the answer: a BPF_FIB_LKUP_RET_* or -errno */
	int (*fib_lookup)(void *arg, struct vm_fib *fib, uint32_t flags);
	int (*mtu)(void *arg, uint32_t ifindex, uint32_t *ret_mtu); /* -ENODEV */
	/* the packet's key, as the next hop before us has set it: 0 or -errno */
	int (*tunnel_key)(void *arg, void *ret_key, size_t n, uint64_t flags);
};

enum vm_owned_kind { VM_OWNS_RECORD, VM_OWNS_BITS, VM_OWNS_CPUMASK };

struct vm_owned {
	enum vm_owned_kind kind;
	void *at;
};

struct vm_world {
	/* the caller's */
	const struct vm_outside *outside; /* borrowed; NULL: nobody */
	void *arg;			  /* its first argument */
	struct vm_task task;
	uint32_t cpu, cpus, numa_node;
	int64_t retval;		   /* what bpf_get_retval sees */
	uint64_t attach_cookie, func_ip;
	uint32_t attach_type; /* the kernel's, for bpf_get_local_storage */
	uint64_t func_arg[12], func_ret; /* of the function that is traced */
	uint32_t func_args;
	bool func_returned;
	struct str *seq;	   /* borrowed: the seq_file; its address is what programs have */
	struct vm_packet *packet;  /* borrowed: what packet programs work on */
	struct vm_timers *timers;  /* borrowed: where their timers run; NULL: they have none */
	uint64_t random;	   /* the generator's state: a seed gives the same numbers again */
	/* told by the run */
	struct vm_redirect redirect;
	/* the helpers' own */
	VEC(struct vm_owned) owned; /* what the program has taken and not given back */
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
/* "helper bpf_sk_lookup_tcp needs the kernel engine: it looks up sockets" */
void vm_helper_missing(int32_t id, struct str *s);
void vm_kfunc_missing(const char *name, struct str *s);
/* Every helper and kfunc with its state: kind, id, name, here|kernel, why; a line each. */
void vm_helpers_tsv(struct str *s);

/* ---- packets -------------------------------------------------------------------------------- */

/* What packet programs get as r1: the kernel's UAPI structs, whose layout programs know. */
struct vm_skb { /* struct __sk_buff */
	uint32_t len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto;
	uint32_t priority, ingress_ifindex, ifindex, tc_index, cb[5], hash, tc_classid;
	uint32_t data, data_end; /* addresses: packets lie in the low 4 GiB */
	uint32_t napi_id, family, remote_ip4, local_ip4, remote_ip6[4], local_ip6[4];
	uint32_t remote_port, local_port, data_meta;
	uint64_t flow_keys, tstamp;
	uint32_t wire_len, gso_segs;
	uint64_t sk;
	uint32_t gso_size;
	uint8_t tstamp_type, pad[3];
	uint64_t hwtstamp;
};
_Static_assert(offsetof(struct vm_skb, data) == 76, "struct __sk_buff");
_Static_assert(offsetof(struct vm_skb, tstamp) == 152, "struct __sk_buff");
_Static_assert(sizeof(struct vm_skb) == 192, "struct __sk_buff");

struct vm_xdp { /* struct xdp_md */
	uint32_t data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

enum vm_packet_kind { VM_PACKET_SKB, VM_PACKET_XDP };

/*
 * The truth about the packet is here; the context is what the program sees of it. What it may write
 * there (mark, priority, cb, tstamp...) is the truth only there.
 *
 * A packet is linear, has no hardware checksum and no socket. Headers count from the data's begin.
 */
struct vm_packet {
	enum vm_packet_kind kind;
	bool l3; /* data begins with the network header, as for lwt and cgroup programs */
	uint32_t mtu, hard_header_len; /* of the device */
	uint16_t hatype; /* ARPHRD_*, of the device */
	uint32_t frame_end; /* XDP: where a frame ends, room for the kernel's own excluded */
	/* the packet's own */
	uint8_t *buf; /* owned: VM_PACKET_MAX bytes in the low 4 GiB */
	uint32_t at, len, meta; /* the data; bytes of metadata in front of it */
	int32_t mac, network;
	/*
	 * As far as the kernel's buffer would begin in front of the data, and where in it the
	 * transport header is. It begins as 0xffff, not set, and becomes something else when that
	 * buffer grows; the kernel then believes in it, so we must know.
	 */
	uint32_t headroom;
	uint16_t transport;
	uint8_t csum_level;
	bool csum_unnecessary, hash_valid, encapsulation;
	uint64_t tunnel_key_set; /* flags + 1 */
	union {
		struct vm_skb skb;
		struct vm_xdp xdp;
	};
};

int vm_packet_init(struct vm_packet *p, enum vm_packet_kind kind) MUST_USE;
void vm_packet_done(struct vm_packet *p);
/* A packet as BPF_PROG_TEST_RUN makes it from these bytes; the context's other fields become 0. */
int vm_packet_set(struct vm_packet *p, const void *bytes, size_t n) MUST_USE;
/*
 * Lets the run see it, in checked engines; to be called before each run, when regions were reset.
 */
int vm_packet_show(struct vm_run *run, struct vm_packet *p) MUST_USE;
static inline const uint8_t *vm_packet_data(const struct vm_packet *p) { return p->buf + p->at; }
static inline void *vm_packet_ctx(struct vm_packet *p) { return &p->skb; }

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
void vm_cpumask_free(void *object); /* the same for a kptr to a struct bpf_cpumask */

#endif
