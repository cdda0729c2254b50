/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attaching to hooks: raw tracepoints and trampolines, iterators, cgroups, network namespaces, sockets and
 * their maps, netfilter, struct_ops, and interfaces.
 *
 * Links come first; where the kernel refuses one because it is too old for it (-EINVAL), the call that it
 * had before is tried.
 */
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/netfilter.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kern/impl.h"

#ifndef SO_ATTACH_REUSEPORT_EBPF
#define SO_ATTACH_REUSEPORT_EBPF 52
#endif
#ifndef SO_DETACH_REUSEPORT_BPF
#define SO_DETACH_REUSEPORT_BPF 68
#endif

static union engine_attr link_attr(const struct kern_job *j)
{
	return (union engine_attr){
		.link_create = {.prog_fd = (uint32_t)j->a->prog, .attach_type = j->a->attach}};
}

static int make_link(struct kern_job *j, const union engine_attr *attr)
{
	return kern_keep(j, engine_link_create(j->e, attr));
}

/* Where among the programs of a hook. */
static void put_order(const struct kern_job *j, union engine_attr *attr)
{
	attr->link_create.flags |= j->a->flags & (KERN_ORDER_BEFORE | KERN_ORDER_AFTER);
	if (!j->a->relative)
		return;
	attr->link_create.flags |= KERN_ORDER_ID;
	attr->link_create.relative.id = j->a->relative;
}

/* ---- raw tracepoints, trampolines ------------------------------------------------------------ */

int kern_attach_raw_tp(struct kern_job *j)
{
	const char *name = j->a->target;
	int err;

	if (!name || !*name)
		return kern_wrong(j, -EINVAL, "its section does not say to which tracepoint: raw_tp/NAME");
	kern_say(j, "raw tracepoint %s", name);
	err = kern_keep(j, engine_raw_tracepoint(j->e, name, j->a->prog, j->a->cookie));
	return err ? kern_wrong(j, err, "raw tracepoint %s", name) : 0;
}

static void advise(const struct kern_job *j, int err)
{
	if (err == -EPERM || err == -EBUSY)
		diag_note(j->d, DIAG_NONE,
			  "the kernel lets no program into functions here; tp_btf or a raw tracepoint may do instead");
}

/* fentry and its kin, tp_btf, LSM, freplace: what they are for was said when they were loaded. */
int kern_attach_trace(struct kern_job *j)
{
	union engine_attr attr = link_attr(j);
	const char *target = j->a->target ? j->a->target : "";
	int err;

	kern_say(j, "%s %s", j->a->row->name, target);
	attr.link_create.tracing.cookie = j->a->cookie;
	err = j->a->cookie ? make_link(j, &attr) :
			     kern_keep(j, engine_raw_tracepoint(j->e, NULL, j->a->prog, 0));
	if (!err)
		return 0;
	kern_wrong(j, err, "%s %s", j->a->row->name, target);
	advise(j, err);
	return err;
}

/* ---- iterators ------------------------------------------------------------------------------- */

/* union bpf_iter_link_info: of a map, of tasks, of cgroups. */
struct iter_info {
	uint32_t what; /* the map's descriptor; a thread; in which order */
	uint32_t pid_or_cgroup, pad[2];
};

enum { CGROUP_AND_BELOW = 2 };

int kern_attach_iter(struct kern_job *j)
{
	union engine_attr attr = link_attr(j);
	const char *over = j->a->target ? j->a->target : "";
	struct iter_info info = {0};
	int cgroup = -1, err;

	if (!strcmp(over, "cgroup") && j->a->cgroup) {
		cgroup = open(j->a->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (cgroup < 0)
			return kern_wrong(j, -errno, "cgroup %s", j->a->cgroup);
		info = (struct iter_info){.what = CGROUP_AND_BELOW, .pid_or_cgroup = (uint32_t)cgroup};
	} else if (j->a->map) {
		info.what = (uint32_t)j->a->map;
	} else {
		info.pid_or_cgroup = (uint32_t)j->a->pid;
	}
	if (info.what || info.pid_or_cgroup) {
		attr.link_create.iter.info = engine_ptr(&info);
		attr.link_create.iter.info_len = sizeof(info);
	}
	kern_say(j, "iterator %s", over);
	err = make_link(j, &attr);
	if (cgroup >= 0)
		close(cgroup);
	if (!err)
		return 0;
	kern_wrong(j, err, "iterator %s", over);
	if (err == -EBADF && !j->a->map)
		diag_note(j->d, DIAG_NONE, "it walks a map: say --walk MAP");
	return err;
}

/* ---- targets with a descriptor: cgroups, namespaces, maps -------------------------------------- */

static int attach_old(struct kern_job *j, int target, uint32_t flags)
{
	union engine_attr attr = {.attach = {.target_fd = (uint32_t)target,
					     .attach_bpf_fd = (uint32_t)j->a->prog,
					     .attach_type = j->a->attach,
					     .attach_flags = flags}};
	int err = engine_bpf(j->e, ABI_CMD_PROG_ATTACH, &attr, sizeof(attr.attach));

	if (err)
		return err;
	j->l->kind = KERN_LINK_OLD;
	j->l->attach = j->a->attach;
	j->l->target = target;
	return 0;
}

/* A link to the target, or what there was before; the target's descriptor is taken. */
static int attach_to(struct kern_job *j, int target, uint32_t old_flags, bool links)
{
	union engine_attr attr = link_attr(j);
	int err = -EINVAL;

	attr.link_create.target_fd = (uint32_t)target;
	put_order(j, &attr);
	if (links)
		err = make_link(j, &attr);
	if (err == -EINVAL && !(j->a->flags & (KERN_ORDER_BEFORE | KERN_ORDER_AFTER)))
		err = attach_old(j, target, old_flags);
	if (j->l->kind != KERN_LINK_OLD)
		close(target);
	return err;
}

int kern_attach_cgroup(struct kern_job *j)
{
	const uint32_t old = j->a->flags & (KERN_CGROUP_OVERRIDE | KERN_CGROUP_MULTI);
	int fd, err;

	if (!j->a->cgroup)
		return kern_wrong(j, -EINVAL, "to which cgroup? say --cgroup PATH");
	kern_say(j, "cgroup %s", j->a->cgroup);
	fd = open(j->a->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return kern_wrong(j, -errno, "cgroup %s", j->a->cgroup);
	/* links are always "multi"; who asks for "override" gets the old call */
	err = attach_to(j, fd, old ? old : KERN_CGROUP_MULTI, !(old & KERN_CGROUP_OVERRIDE));
	return err ? kern_wrong(j, err, "cgroup %s", j->a->cgroup) : 0;
}

int kern_attach_netns(struct kern_job *j)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), err;

	kern_say(j, "this network namespace");
	err = fd < 0 ? -errno : attach_to(j, fd, 0, true);
	return err ? kern_wrong(j, err, "this network namespace") : 0;
}

int kern_attach_sockmap(struct kern_job *j)
{
	int fd, err;

	if (!j->a->map)
		return kern_wrong(j, -EINVAL, "to which map of sockets? say --sockmap MAP");
	kern_say(j, "sockets of a map");
	fd = fcntl(j->a->map, F_DUPFD_CLOEXEC, 0);
	err = fd < 0 ? -errno : attach_to(j, fd, 0, true);
	return err ? kern_wrong(j, err, "the sockets of a map") : 0;
}

/* ---- sockets --------------------------------------------------------------------------------- */

int kern_socket_of(int pid, int fd)
{
	int process = (int)syscall(SYS_pidfd_open, pid, 0), got;

	if (process < 0)
		return -errno;
	got = (int)syscall(SYS_pidfd_getfd, process, fd, 0);
	if (got < 0)
		got = -errno;
	close(process);
	return got;
}

int kern_attach_socket(struct kern_job *j)
{
	const bool group = j->a->type == ABI_PROG_SK_REUSEPORT;
	int option = group ? SO_ATTACH_REUSEPORT_EBPF : SO_ATTACH_BPF;
	int fd;

	if (!j->a->socket)
		return kern_wrong(j, -EINVAL, "to which socket? say --socket PID:FD");
	kern_say(j, "%s", group ? "a group of sockets" : "a socket");
	fd = fcntl(j->a->socket, F_DUPFD_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, option, &j->a->prog, sizeof(j->a->prog))) {
		int err = -errno;

		if (fd >= 0)
			close(fd);
		return kern_wrong(j, err, "the socket");
	}
	j->l->kind = KERN_LINK_SOCKET;
	j->l->attach = group ? SO_DETACH_REUSEPORT_BPF : SO_DETACH_BPF;
	j->l->target = fd;
	return 0;
}

/* ---- netfilter, struct_ops ------------------------------------------------------------------- */

static const char *const netfilter_hooks[] = {"prerouting", "input", "forward", "output", "postrouting"};

int kern_attach_netfilter(struct kern_job *j)
{
	union engine_attr attr = link_attr(j);
	int err;

	attr.link_create.netfilter.pf = j->a->family;
	attr.link_create.netfilter.hooknum = j->a->hook;
	attr.link_create.netfilter.priority = j->a->order;
	attr.link_create.netfilter.flags = j->a->flags;
	kern_say(j, "netfilter %s %s priority %d", j->a->family == NFPROTO_IPV6 ? "ipv6" : "ipv4",
		 j->a->hook < ARRAY_LEN(netfilter_hooks) ? netfilter_hooks[j->a->hook] : "?", j->a->order);
	err = make_link(j, &attr);
	return err ? kern_wrong(j, err, "%s", j->l->text) : 0;
}

/* The map is registered by the link; maps without BPF_F_LINK are when they are written, by the loader. */
int kern_attach_struct_ops(struct kern_job *j)
{
	union engine_attr attr = {.link_create = {.map_fd = (uint32_t)j->a->prog,
						  .attach_type = ABI_ATTACH_STRUCT_OPS}};
	int err;

	kern_say(j, "struct_ops");
	err = make_link(j, &attr);
	return err ? kern_wrong(j, err, "its struct_ops") : 0;
}

/* ---- interfaces ------------------------------------------------------------------------------ */

static int find_dev(const struct kern_job *j, uint32_t *ret_ifindex)
{
	if (!j->a->dev)
		return kern_wrong(j, -EINVAL, "to which interface? say --dev NAME");
	*ret_ifindex = if_nametoindex(j->a->dev);
	return *ret_ifindex ? 0 : kern_wrong(j, -errno, "interface %s", j->a->dev);
}

static uint32_t xdp_flags(enum kern_mode mode)
{
	switch (mode) {
	case KERN_MODE_ANY:
		return 0;
	case KERN_MODE_GENERIC:
		return XDP_FLAGS_SKB_MODE;
	case KERN_MODE_NATIVE:
		return XDP_FLAGS_DRV_MODE;
	case KERN_MODE_OFFLOAD:
		return XDP_FLAGS_HW_MODE;
	}
	bug("XDP mode %d", mode);
}

int kern_attach_xdp(struct kern_job *j)
{
	union engine_attr attr = link_attr(j);
	uint32_t flags = xdp_flags(j->a->mode), ifindex;
	int err = find_dev(j, &ifindex);

	if (err)
		return err;
	kern_say(j, "XDP of %s", j->a->dev);
	attr.link_create.target_ifindex = ifindex;
	attr.link_create.attach_type = ABI_ATTACH_XDP;
	attr.link_create.flags = flags;
	err = j->a->replace ? -EINVAL : make_link(j, &attr);
	if (err == -EINVAL) { /* no links before 5.9, and none that replaces */
		flags |= j->a->replace ? 0 : XDP_FLAGS_UPDATE_IF_NOEXIST;
		err = kern_net_xdp(ifindex, j->a->prog, flags, -1);
		if (!err) {
			j->l->kind = KERN_LINK_XDP;
			j->l->ifindex = ifindex;
			j->l->flags = xdp_flags(j->a->mode) | XDP_FLAGS_REPLACE; /* only what is ours is taken away */
		}
	}
	if (err == -EBUSY || err == -EEXIST) {
		kern_wrong(j, err, "XDP of %s", j->a->dev);
		diag_note(j->d, DIAG_NONE, j->a->replace ? "a link holds the program that is there, and has to end first" :
							   "a program is there already: detach it, or say --replace");
		return err;
	}
	return err ? kern_wrong(j, err, "XDP of %s", j->a->dev) : 0;
}

static int attach_filter(struct kern_job *j, uint32_t ifindex, bool egress)
{
	struct kern_filter f = {.ifindex = ifindex, .egress = egress, .priority = j->a->priority,
				.handle = j->a->handle, .prog = j->a->prog, .name = j->a->name};
	int err = kern_net_filter_add(&f);

	if (err)
		return kern_wrong(j, err, "a filter of %s", j->a->dev);
	kern_say(j, "clsact %s of %s", egress ? "egress" : "ingress", j->a->dev);
	f.name = NULL; /* borrowed, and no more needed */
	j->l->kind = KERN_LINK_FILTER;
	j->l->filter = f;
	return 0;
}

bool kern_is_tc_link(uint32_t attach)
{
	return attach == ABI_ATTACH_TCX_INGRESS || attach == ABI_ATTACH_TCX_EGRESS ||
	       attach == ABI_ATTACH_NETKIT_PRIMARY || attach == ABI_ATTACH_NETKIT_PEER;
}

/* tcx and netkit by their sections; "tc" and "classifier", and tcx where there is none, by clsact. */
int kern_attach_tc(struct kern_job *j)
{
	union engine_attr attr = link_attr(j);
	const uint32_t attach = j->a->attach;
	bool egress = attach == ABI_ATTACH_TCX_EGRESS;
	uint32_t ifindex;
	int err = find_dev(j, &ifindex);

	if (err)
		return err;
	if (!kern_is_tc_link(attach))
		return attach_filter(j, ifindex, j->a->egress);
	attr.link_create.target_ifindex = ifindex;
	put_order(j, &attr);
	kern_say(j, "%s of %s", j->a->row ? j->a->row->name : "tcx", j->a->dev);
	err = make_link(j, &attr);
	if (err == -EINVAL && attach != ABI_ATTACH_NETKIT_PRIMARY && attach != ABI_ATTACH_NETKIT_PEER)
		return attach_filter(j, ifindex, egress);
	return err ? kern_wrong(j, err, "%s", j->l->text) : 0;
}
