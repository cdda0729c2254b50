/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rtnetlink, as far as programs need it: XDP programs of interfaces, the clsact queueing discipline, and
 * filters in it.
 *
 * One request, one answer: a message is built in place, sent, and its acknowledgement is the errno.
 */
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kern/kern.h"

enum { MESSAGE_MAX = 4096, ANSWER_MAX = 32768, ETH_ALL = 3 };

struct message {
	union {
		struct nlmsghdr head;
		uint8_t bytes[MESSAGE_MAX];
	};
};

/* ---- building -------------------------------------------------------------------------------- */

static void *begin(struct message *m, uint16_t type, uint16_t flags, size_t body)
{
	memset(m, 0, sizeof(*m));
	m->head = (struct nlmsghdr){.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + NLMSG_ALIGN(body)),
				    .nlmsg_type = type,
				    .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags),
				    .nlmsg_seq = 1};
	return NLMSG_DATA(&m->head);
}

/* Messages here have a few attributes of known sizes: that they fit is no question of input. */
static struct nlattr *put(struct message *m, uint16_t type, const void *data, size_t n)
{
	struct nlattr *a = (struct nlattr *)(m->bytes + NLMSG_ALIGN(m->head.nlmsg_len));

	if (NLMSG_ALIGN(m->head.nlmsg_len) + NLA_HDRLEN + NLA_ALIGN(n) > MESSAGE_MAX)
		bug("netlink message of more than %d bytes", MESSAGE_MAX);
	*a = (struct nlattr){.nla_len = (uint16_t)(NLA_HDRLEN + n), .nla_type = type};
	if (n)
		memcpy((uint8_t *)a + NLA_HDRLEN, data, n);
	m->head.nlmsg_len = (uint32_t)(NLMSG_ALIGN(m->head.nlmsg_len) + NLA_HDRLEN + NLA_ALIGN(n));
	return a;
}

static void put_u32(struct message *m, uint16_t type, uint32_t v)
{
	put(m, type, &v, sizeof(v));
}

static void put_str(struct message *m, uint16_t type, const char *s)
{
	put(m, type, s, strlen(s) + 1);
}

static void end_nest(const struct message *m, struct nlattr *nest)
{
	nest->nla_len = (uint16_t)(m->bytes + m->head.nlmsg_len - (const uint8_t *)nest);
}

/* ---- talking --------------------------------------------------------------------------------- */

static int open_socket(void)
{
	struct sockaddr_nl us = {.nl_family = AF_NETLINK};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&us, sizeof(us))) {
		close(fd);
		return -EIO;
	}
	return fd;
}

/* What an answer's messages may be; the echo is of the request, when it was asked for. */
static int read_answer(int fd, void (*each)(void *ctx, const struct nlmsghdr *h), void *ctx)
{
	union {
		struct nlmsghdr head;
		uint8_t bytes[ANSWER_MAX];
	} answer;
	const struct nlmsghdr *h;
	const struct nlmsgerr *e;
	ssize_t got;
	int n;

	for (;;) {
		got = recv(fd, answer.bytes, sizeof(answer.bytes), 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		n = (int)got;
		for (h = &answer.head; NLMSG_OK(h, (unsigned)n); h = NLMSG_NEXT(h, n)) {
			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
			if (h->nlmsg_type == NLMSG_ERROR) {
				e = NLMSG_DATA(h);
				return e->error;
			}
			if (each)
				each(ctx, h);
		}
	}
}

static int ask(struct message *m, void (*each)(void *ctx, const struct nlmsghdr *h), void *ctx)
{
	int fd = open_socket(), err;

	if (fd < 0)
		return fd;
	err = send(fd, m->bytes, m->head.nlmsg_len, 0) < 0 ? -errno : read_answer(fd, each, ctx);
	close(fd);
	return err;
}

/* ---- XDP ------------------------------------------------------------------------------------- */

int kern_net_xdp(uint32_t ifindex, int prog, uint32_t flags, int old_prog)
{
	struct message m;
	struct ifinfomsg *link = begin(&m, RTM_SETLINK, 0, sizeof(*link));
	struct nlattr *nest;

	*link = (struct ifinfomsg){.ifi_family = AF_UNSPEC, .ifi_index = (int)ifindex};
	nest = put(&m, NLA_F_NESTED | IFLA_XDP, NULL, 0);
	put(&m, IFLA_XDP_FD, &prog, sizeof(prog));
	if (flags)
		put_u32(&m, IFLA_XDP_FLAGS, flags);
	if (flags & XDP_FLAGS_REPLACE)
		put(&m, IFLA_XDP_EXPECTED_FD, &old_prog, sizeof(old_prog));
	end_nest(&m, nest);
	return ask(&m, NULL, NULL);
}

/* ---- TC -------------------------------------------------------------------------------------- */

static int add_clsact(uint32_t ifindex)
{
	struct message m;
	struct tcmsg *tc = begin(&m, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, sizeof(*tc));

	*tc = (struct tcmsg){.tcm_family = AF_UNSPEC,
			     .tcm_ifindex = (int)ifindex,
			     .tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0),
			     .tcm_parent = TC_H_CLSACT};
	put_str(&m, TCA_KIND, "clsact");
	return ask(&m, NULL, NULL);
}

static int del_clsact(uint32_t ifindex)
{
	struct message m;
	struct tcmsg *tc = begin(&m, RTM_DELQDISC, 0, sizeof(*tc));

	*tc = (struct tcmsg){.tcm_family = AF_UNSPEC,
			     .tcm_ifindex = (int)ifindex,
			     .tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0),
			     .tcm_parent = TC_H_CLSACT};
	put_str(&m, TCA_KIND, "clsact");
	return ask(&m, NULL, NULL);
}

static struct tcmsg filter_head(const struct kern_filter *f)
{
	return (struct tcmsg){
		.tcm_family = AF_UNSPEC,
		.tcm_ifindex = (int)f->ifindex,
		.tcm_handle = f->handle,
		.tcm_parent = TC_H_MAKE(TC_H_CLSACT, f->egress ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS),
		.tcm_info = TC_H_MAKE(f->priority << 16, __builtin_bswap16(ETH_ALL)),
	};
}

/* The kernel echoes the filter: which priority and handle it chose. */
static void take_choice(void *filter, const struct nlmsghdr *h)
{
	struct kern_filter *f = filter;
	const struct tcmsg *tc = NLMSG_DATA(h);

	if (h->nlmsg_type != RTM_NEWTFILTER || h->nlmsg_len < NLMSG_LENGTH(sizeof(*tc)))
		return;
	f->handle = tc->tcm_handle;
	f->priority = TC_H_MAJ(tc->tcm_info) >> 16;
}

int kern_net_filter_add(struct kern_filter *f)
{
	struct message m;
	struct tcmsg *tc;
	struct nlattr *nest;
	int err = add_clsact(f->ifindex);

	if (err && err != -EEXIST)
		return err;
	f->made_qdisc = !err;
	tc = begin(&m, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ECHO, sizeof(*tc));
	*tc = filter_head(f);
	put_str(&m, TCA_KIND, "bpf");
	nest = put(&m, NLA_F_NESTED | TCA_OPTIONS, NULL, 0);
	put(&m, TCA_BPF_FD, &f->prog, sizeof(f->prog));
	if (f->name)
		put_str(&m, TCA_BPF_NAME, f->name);
	put_u32(&m, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	end_nest(&m, nest);
	err = ask(&m, take_choice, f);
	if (err && f->made_qdisc)
		(void)!del_clsact(f->ifindex);
	return err;
}

static void see_filter(void *any, const struct nlmsghdr *h)
{
	*(bool *)any |= h->nlmsg_type == RTM_NEWTFILTER;
}

/* Whether somebody else has put a filter there meanwhile, in either direction. */
static bool any_filter(uint32_t ifindex)
{
	struct kern_filter where = {.ifindex = ifindex};
	struct message m;
	struct tcmsg *tc;
	bool any = false;
	int i;

	for (i = 0; i < 2 && !any; i++) {
		where.egress = i;
		tc = begin(&m, RTM_GETTFILTER, NLM_F_DUMP, sizeof(*tc));
		*tc = filter_head(&where);
		tc->tcm_info = 0;
		if (ask(&m, see_filter, &any))
			any = true; /* when in doubt, it is theirs */
	}
	return any;
}

int kern_net_filter_del(const struct kern_filter *f)
{
	struct message m;
	struct tcmsg *tc = begin(&m, RTM_DELTFILTER, 0, sizeof(*tc));
	int err;

	*tc = filter_head(f);
	put_str(&m, TCA_KIND, "bpf");
	err = ask(&m, NULL, NULL);
	if (f->made_qdisc && !any_filter(f->ifindex))
		(void)!del_clsact(f->ifindex);
	return err;
}
