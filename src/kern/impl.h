/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of kern share: an attachment, and those who make them. */
#ifndef SKEP_KERN_IMPL_H
#define SKEP_KERN_IMPL_H

#include "kern/kern.h"

enum { KERN_EVENTS_MAX = 65536, KERN_TEXT = 256 };

enum kern_link_kind {
	KERN_LINK,	 /* the kernel's links, of which `fd` has all */
	KERN_LINK_EVENT, /* programs set on perf events */
	KERN_LINK_XDP,	 /* by netlink, as those that follow */
	KERN_LINK_FILTER,
	KERN_LINK_OLD,	 /* PROG_ATTACH to a target */
	KERN_LINK_SOCKET,
};

struct kern_link {
	enum kern_link_kind kind;
	struct engine *engine; /* borrowed */
	char text[KERN_TEXT];
	int prog;
	VEC(int) fd; /* owned: links, or events */
	/* how to end what is no link */
	struct kern_filter filter;
	uint32_t ifindex, flags, attach;
	int target; /* owned: the cgroup, the socket; -1: none */
};

/* One job of attaching. */
struct kern_job {
	struct engine *e;
	const struct kern_attach *a;
	struct diag *d;
	struct kern_link *l;
};

/* What it is attached to, for people; what is too long is cut. */
void kern_say(struct kern_job *j, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Reports and returns err: "cannot attach NAME to WHAT: why". */
int kern_wrong(const struct kern_job *j, int err, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* A descriptor (or -errno) becomes part of the link; -errno without report. */
int kern_keep(struct kern_job *j, int fd);
/* The perf event `fd` runs the program from now on; fd is the link's in any case. */
int kern_set_program(struct kern_job *j, int fd);

/* attach_hook.c: what of TC has links: tcx and netkit */
bool kern_is_tc_link(uint32_t attach);
/* attach_probe.c */
int kern_attach_kprobe(struct kern_job *j);
int kern_attach_kprobe_multi(struct kern_job *j);
int kern_attach_ksyscall(struct kern_job *j);
int kern_attach_uprobe(struct kern_job *j);
int kern_attach_uprobe_multi(struct kern_job *j);
int kern_attach_tracepoint(struct kern_job *j);
int kern_attach_perf_event(struct kern_job *j);
/* attach_hook.c */
int kern_attach_raw_tp(struct kern_job *j);
int kern_attach_trace(struct kern_job *j);
int kern_attach_iter(struct kern_job *j);
int kern_attach_cgroup(struct kern_job *j);
int kern_attach_netns(struct kern_job *j);
int kern_attach_sockmap(struct kern_job *j);
int kern_attach_socket(struct kern_job *j);
int kern_attach_netfilter(struct kern_job *j);
int kern_attach_struct_ops(struct kern_job *j);
int kern_attach_xdp(struct kern_job *j);
int kern_attach_tc(struct kern_job *j);

#endif
