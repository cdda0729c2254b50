/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attaching programs to the kernel's events and hooks. Part of kern.h; include that.
 *
 * What a program is attached to follows from its section's name and from what is said beside it. Where
 * the kernel has links, an attachment is one, and ends with its last descriptor or pin; on older kernels
 * it is what they had, and ends when it is told to, or for good by SIGKILL only what has a descriptor.
 */
#ifndef SKEP_KERN_ATTACH_H
#define SKEP_KERN_ATTACH_H

enum { KERN_CGROUP_OVERRIDE = 1 << 0, KERN_CGROUP_MULTI = 1 << 1 }; /* BPF_F_ALLOW_... */
enum { KERN_ORDER_BEFORE = 1 << 3, KERN_ORDER_AFTER = 1 << 4, KERN_ORDER_ID = 1 << 5 }; /* BPF_F_... */
enum kern_mode { KERN_MODE_ANY, KERN_MODE_GENERIC, KERN_MODE_NATIVE, KERN_MODE_OFFLOAD }; /* of XDP */

struct kern_attach {
	const char *name; /* the program's, for what is said */
	int prog;	  /* its descriptor; of struct_ops: the map's */
	uint32_t type, attach; /* enum abi_prog, abi_attach */
	const struct abi_section *row; /* NULL: by type and attach alone */
	const char *target; /* what follows the section's "/"; NULL: nothing */
	uint64_t cookie;
	int pid;	    /* uprobe, usdt, perf_event, iter; 0: of all processes */
	const char *dev;    /* XDP, TC, netkit: the interface's name */
	const char *cgroup; /* cgroup programs: the path */
	const char *event;  /* perf_event: "cpu-clock:1000000", "cycles", "hz:99" */
	int map;	    /* sk_skb, sk_msg: the map's descriptor; iter: the map to walk; 0: none */
	int socket;	    /* socket_filter, sk_reuseport: its descriptor; 0: none */
	enum kern_mode mode;
	uint32_t flags;	    /* cgroup: KERN_CGROUP_*; tcx, netkit, cgroup: KERN_ORDER_*; netfilter: 1, whole packets */
	uint32_t relative;  /* with KERN_ORDER_*: the id of the program that it goes before or after; 0: of all */
	bool egress;	    /* TC filters */
	uint32_t priority, handle; /* of TC filters; 0: the kernel's choice */
	int32_t order;	    /* netfilter: the priority */
	uint32_t family, hook; /* netfilter: NFPROTO_*, NF_INET_* */
	bool replace;	    /* XDP: in place of what is there */
};

struct kern_link;

/* 0 or a negative errno, with a report of what was tried, why not, and what would do instead. */
int kern_attach(struct engine *e, const struct kern_attach *a, struct diag *d,
		struct kern_link **ret_link) MUST_USE;
/* What it becomes is held by no descriptor, and stays when this process is killed. */
bool kern_attach_stays(const struct kern_attach *a);
/* Ends the attachment, unless it is pinned. NULL is fine. */
void kern_detach(struct kern_link *l);
/* The descriptor of the link that it is; -1: it is none, and cannot be pinned. */
int kern_link_fd(const struct kern_link *l);
const char *kern_link_text(const struct kern_link *l); /* "tracepoint sched/sched_switch" */

/* ---- what it stands on; others have use for it too ---- */

struct perf_event_attr;
/* perf_event_open(2), closed on exec; -errno */
int kern_perf_open(const struct perf_event_attr *attr, int pid, int cpu);
/* Another descriptor of the socket that is `fd` to a process; -errno. */
int kern_socket_of(int pid, int fd);
int kern_cpus_online(uint32_t *cpu, uint32_t max); /* their numbers; how many, or -errno */

/*
 * A file of tracefs, wherever that is mounted; where it is not, of one that only we see. Its whole
 * content: -ENOENT, -EACCES, ...
 */
int kern_tracefs_read(const char *path, struct str *ret_text) MUST_USE;
int kern_tracefs_open(const char *path); /* a descriptor to read it piece by piece, or -errno */
int kern_tracepoint_id(const char *category, const char *name, uint64_t *ret_id) MUST_USE;

/* rtnetlink: XDP programs and TC filters of an interface; fd < 0 takes the program away. */
int kern_net_xdp(uint32_t ifindex, int prog, uint32_t flags, int old_prog) MUST_USE;
struct kern_filter {
	uint32_t ifindex;
	bool egress;
	uint32_t priority, handle; /* told when 0 was given */
	int prog;
	const char *name;
	bool made_qdisc; /* clsact was not there before */
};
int kern_net_filter_add(struct kern_filter *f) MUST_USE;
int kern_net_filter_del(const struct kern_filter *f) MUST_USE;

/* What interfaces have: fn for each, until it returns other than 0. */
enum { KERN_XDP_GENERIC, KERN_XDP_DRIVER, KERN_XDP_OFFLOAD, KERN_XDP_MODES };
struct kern_net_dev {
	uint32_t ifindex;
	char name[16];
	uint32_t xdp[KERN_XDP_MODES]; /* ids of programs; 0: none in that mode */
};
typedef void kern_net_dev_fn(void *ctx, const struct kern_net_dev *dev);
int kern_net_devs(kern_net_dev_fn *fn, void *ctx) MUST_USE;

/* Queueing disciplines (and with `classes` their classes) that filters may be in. */
struct kern_net_tc {
	uint32_t ifindex, handle, parent;
	char kind[16]; /* "clsact" */
};
typedef void kern_net_tc_fn(void *ctx, const struct kern_net_tc *tc);
int kern_net_tcs(uint32_t ifindex, bool classes, kern_net_tc_fn *fn, void *ctx) MUST_USE;

/* TC filters that are programs; parent: TC's, of a discipline, a class, or clsact's directions. */
enum { KERN_TC_INGRESS = 0xfffffff2, KERN_TC_EGRESS = 0xfffffff3, KERN_TC_ROOT = 0xffffffff };
struct kern_net_filter {
	const char *name; /* NULL: none */
	uint32_t id, priority, handle;
	bool act; /* an action, of the filter told before */
};
typedef void kern_net_filter_fn(void *ctx, const struct kern_net_filter *f);
int kern_net_filters(uint32_t ifindex, uint32_t parent, kern_net_filter_fn *fn, void *ctx) MUST_USE;

#endif
