/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attaching: who does it for which kind of program, and how it ends.
 *
 * An attachment is ended in the reverse order of its making. What has no descriptor in the kernel - XDP by
 * netlink, TC filters, old cgroup attachments - is taken away by hand.
 */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kern/impl.h"

typedef int attach_fn(struct kern_job *j);

static attach_fn *by_section(const struct abi_section *row)
{
	switch ((enum abi_section_how)row->how) {
	case ABI_SEC_HOW_KPROBE:
		return kern_attach_kprobe;
	case ABI_SEC_HOW_KPROBE_MULTI:
	case ABI_SEC_HOW_KPROBE_SESSION:
		return kern_attach_kprobe_multi;
	case ABI_SEC_HOW_KSYSCALL:
		return kern_attach_ksyscall;
	case ABI_SEC_HOW_UPROBE:
		return kern_attach_uprobe;
	case ABI_SEC_HOW_UPROBE_MULTI:
		return kern_attach_uprobe_multi;
	case ABI_SEC_HOW_TP:
		return kern_attach_tracepoint;
	case ABI_SEC_HOW_RAW_TP:
		return kern_attach_raw_tp;
	case ABI_SEC_HOW_TRACE:
	case ABI_SEC_HOW_LSM:
		return kern_attach_trace;
	case ABI_SEC_HOW_ITER:
		return kern_attach_iter;
	case ABI_SEC_HOW_USDT:
	case ABI_SEC_HOW_TRACING_MULTI:
	case ABI_SEC_HOW_MANUAL:
	case _ABI_SEC_HOW_MAX:
		break;
	}
	return NULL;
}

/* By the program's type, where the section does not say it all. */
static attach_fn *by_type(uint32_t type)
{
	switch (type) {
	case ABI_PROG_XDP:
		return kern_attach_xdp;
	case ABI_PROG_SCHED_CLS:
	case ABI_PROG_SCHED_ACT:
		return kern_attach_tc;
	case ABI_PROG_PERF_EVENT:
		return kern_attach_perf_event;
	case ABI_PROG_CGROUP_DEVICE:
	case ABI_PROG_CGROUP_SKB:
	case ABI_PROG_CGROUP_SOCK:
	case ABI_PROG_CGROUP_SOCK_ADDR:
	case ABI_PROG_CGROUP_SOCKOPT:
	case ABI_PROG_CGROUP_SYSCTL:
	case ABI_PROG_SOCK_OPS:
	case ABI_PROG_LSM: /* lsm_cgroup: the others have a section that says so */
		return kern_attach_cgroup;
	case ABI_PROG_SK_LOOKUP:
	case ABI_PROG_FLOW_DISSECTOR:
		return kern_attach_netns;
	case ABI_PROG_SK_SKB:
	case ABI_PROG_SK_MSG:
		return kern_attach_sockmap;
	case ABI_PROG_SOCKET_FILTER:
	case ABI_PROG_SK_REUSEPORT:
		return kern_attach_socket;
	case ABI_PROG_NETFILTER:
		return kern_attach_netfilter;
	case ABI_PROG_STRUCT_OPS:
		return kern_attach_struct_ops;
	}
	return NULL;
}

static void tell_missing(const struct kern_job *j)
{
	struct str s;

	str_init(&s, KERN_TEXT);
	kern_caps_missing(j->a->type, &s);
	if (s.n)
		diag_note(j->d, DIAG_NONE, "this process lacks %s", s.s);
	str_done(&s);
}

int kern_wrong(const struct kern_job *j, int err, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_error(j->d, "attach", DIAG_NONE, "cannot attach '%s': %s%s%s", j->a->name, text, err == -EINVAL ? "" : ": ",
		   err == -EINVAL ? "" : engine_strerror(err));
	if (err == -EPERM || err == -EACCES)
		tell_missing(j);
	return err;
}

void kern_say(struct kern_job *j, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(j->l->text, sizeof(j->l->text), fmt, ap);
	va_end(ap);
}

int kern_keep(struct kern_job *j, int fd)
{
	int err = fd < 0 ? fd : vec_push(&j->l->fd, fd);

	if (err && fd >= 0)
		close(fd);
	return err;
}

int kern_attach(struct engine *e, const struct kern_attach *a, struct diag *d, struct kern_link **ret_link)
{
	struct kern_job j = {.e = e, .a = a, .d = d, .l = mem_alloc(sizeof(*j.l))};
	attach_fn *fn = a->row ? by_section(a->row) : NULL;
	const struct abi_prog_type *type = abi_prog_type(a->type);
	int err;

	if (!j.l)
		return -ENOMEM;
	*j.l = (struct kern_link){.kind = KERN_LINK, .engine = e, .prog = a->prog, .target = -1,
				  .fd = VEC_INIT(KERN_EVENTS_MAX)};
	if (!fn)
		fn = by_type(a->type);
	if (fn)
		err = fn(&j);
	else
		err = kern_wrong(&j, -EINVAL, "programs of type %s%s%s are not attached so", type ? type->name : "unknown",
				 a->row ? " in section " : "", a->row ? a->row->name : "");
	if (err)
		kern_detach(j.l);
	else
		*ret_link = j.l;
	return err;
}

bool kern_attach_stays(const struct kern_attach *a)
{
	switch (a->type) {
	case ABI_PROG_XDP:
		return a->replace;
	case ABI_PROG_SCHED_CLS:
	case ABI_PROG_SCHED_ACT:
		return !kern_is_tc_link(a->attach);
	case ABI_PROG_SOCKET_FILTER:
	case ABI_PROG_SK_REUSEPORT:
		return true;
	}
	return a->flags & KERN_CGROUP_OVERRIDE && by_type(a->type) == kern_attach_cgroup;
}

static void detach_old(struct kern_link *l)
{
	union engine_attr attr = {.attach = {.target_fd = (uint32_t)l->target,
					     .attach_bpf_fd = (uint32_t)l->prog,
					     .attach_type = l->attach}};

	(void)!engine_bpf(l->engine, ABI_CMD_PROG_DETACH, &attr, sizeof(attr.attach));
}

void kern_detach(struct kern_link *l)
{
	if (!l)
		return;
	switch (l->kind) {
	case KERN_LINK:
	case KERN_LINK_EVENT:
		break;
	case KERN_LINK_XDP:
		(void)!kern_net_xdp(l->ifindex, -1, l->flags, l->prog);
		break;
	case KERN_LINK_FILTER:
		(void)!kern_net_filter_del(&l->filter);
		break;
	case KERN_LINK_OLD:
		detach_old(l);
		break;
	case KERN_LINK_SOCKET:
		(void)!setsockopt(l->target, SOL_SOCKET, (int)l->attach, &l->prog, sizeof(l->prog));
		break;
	}
	while (l->fd.n)
		close(l->fd.at[--l->fd.n]);
	vec_done(&l->fd);
	if (l->target >= 0)
		close(l->target);
	mem_free(l);
}

int kern_link_fd(const struct kern_link *l)
{
	return l->kind == KERN_LINK && l->fd.n == 1 ? l->fd.at[0] : -1;
}

const char *kern_link_text(const struct kern_link *l)
{
	return l->text;
}
