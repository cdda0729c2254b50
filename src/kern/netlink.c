/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rtnetlink, as far as programs need it: XDP programs of interfaces, the clsact queueing discipline, and
 * filters in it; and what there is of them.
 *
 * One request, one answer: a message is built in place, sent, and its acknowledgement is the errno.
 */
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_bpf.h>
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

/* ---- what there is ----------------------------------------------------------------------------- */

/* The attributes of a message, or within one of them, by their types; types from `max` on are left out. */
static void parse(const void *at, size_t n, const struct nlattr **tb, size_t max)
{
	const struct nlattr *a;
	size_t size;

	memset(tb, 0, max * sizeof(*tb));
	for (; n >= NLA_HDRLEN; at = (const uint8_t *)at + size, n -= size) {
		a = at;
		size = NLA_ALIGN((size_t)a->nla_len);
		if (a->nla_len < NLA_HDRLEN || a->nla_len > n)
			return;
		if ((a->nla_type & NLA_TYPE_MASK) < max)
			tb[a->nla_type & NLA_TYPE_MASK] = a;
		size = MIN(size, n);
	}
}

static const void *data_of(const struct nlattr *a, size_t *ret_n)
{
	*ret_n = (size_t)a->nla_len - NLA_HDRLEN;
	return (const uint8_t *)a + NLA_HDRLEN;
}

static void parse_nest(const struct nlattr *nest, const struct nlattr **tb, size_t max)
{
	size_t n = 0;
	const void *at = nest ? data_of(nest, &n) : NULL;

	parse(at, n, tb, max);
}

/* Behind the fixed part of the message; false: it is not even whole. */
static bool parse_message(const struct nlmsghdr *h, size_t body, const struct nlattr **tb, size_t max)
{
	if (h->nlmsg_len < NLMSG_LENGTH(body))
		return false;
	parse((const uint8_t *)h + NLMSG_LENGTH(NLMSG_ALIGN(body)), h->nlmsg_len - NLMSG_LENGTH(NLMSG_ALIGN(body)), tb, max);
	return true;
}

static uint32_t u32_of(const struct nlattr *a)
{
	size_t n = 0;
	const void *at = a ? data_of(a, &n) : NULL;
	uint32_t v = 0;

	if (n >= sizeof(v))
		memcpy(&v, at, sizeof(v));
	return v;
}

/* NULL when it does not end. */
static const char *str_of(const struct nlattr *a)
{
	size_t n = 0;
	const char *at = a ? data_of(a, &n) : NULL;

	return n && memchr(at, 0, n) ? at : NULL;
}

static void copy_name(char to[16], const char *from)
{
	if (from)
		memcpy(to, from, strnlen(from, 15));
}

struct devs {
	kern_net_dev_fn *fn;
	void *ctx;
};

static void take_dev(void *ctx, const struct nlmsghdr *h)
{
	static const uint16_t attrs[] = {IFLA_XDP_SKB_PROG_ID, IFLA_XDP_DRV_PROG_ID, IFLA_XDP_HW_PROG_ID};
	const struct nlattr *tb[IFLA_XDP + 1], *xdp[IFLA_XDP_HW_PROG_ID + 1];
	const struct ifinfomsg *link = NLMSG_DATA(h);
	const struct devs *d = ctx;
	struct kern_net_dev dev = {0};
	size_t i;

	if (h->nlmsg_type != RTM_NEWLINK || !parse_message(h, sizeof(*link), tb, ARRAY_LEN(tb)))
		return;
	dev.ifindex = (uint32_t)link->ifi_index;
	copy_name(dev.name, str_of(tb[IFLA_IFNAME]));
	parse_nest(tb[IFLA_XDP], xdp, ARRAY_LEN(xdp));
	for (i = 0; i < ARRAY_LEN(attrs); i++)
		dev.xdp[i] = u32_of(xdp[attrs[i]]);
	d->fn(d->ctx, &dev);
}

int kern_net_devs(kern_net_dev_fn *fn, void *ctx)
{
	struct devs d = {fn, ctx};
	struct message m;
	struct ifinfomsg *link = begin(&m, RTM_GETLINK, NLM_F_DUMP, sizeof(*link));

	*link = (struct ifinfomsg){.ifi_family = AF_UNSPEC};
	return ask(&m, take_dev, &d);
}

struct tcs {
	uint32_t ifindex;
	kern_net_tc_fn *fn;
	void *ctx;
};

static void take_tc(void *ctx, const struct nlmsghdr *h)
{
	const struct nlattr *tb[TCA_KIND + 1];
	const struct tcmsg *m = NLMSG_DATA(h);
	const struct tcs *t = ctx;
	struct kern_net_tc tc = {0};

	if ((h->nlmsg_type != RTM_NEWQDISC && h->nlmsg_type != RTM_NEWTCLASS) ||
	    !parse_message(h, sizeof(*m), tb, ARRAY_LEN(tb)) || (uint32_t)m->tcm_ifindex != t->ifindex)
		return;
	tc.ifindex = t->ifindex;
	tc.handle = m->tcm_handle;
	tc.parent = m->tcm_parent;
	copy_name(tc.kind, str_of(tb[TCA_KIND]));
	t->fn(t->ctx, &tc);
}

int kern_net_tcs(uint32_t ifindex, bool classes, kern_net_tc_fn *fn, void *ctx)
{
	struct tcs t = {ifindex, fn, ctx};
	struct message m;
	struct tcmsg *tc = begin(&m, classes ? RTM_GETTCLASS : RTM_GETQDISC, NLM_F_DUMP, sizeof(*tc));

	*tc = (struct tcmsg){.tcm_family = AF_UNSPEC, .tcm_ifindex = (int)ifindex};
	return ask(&m, take_tc, &t);
}

struct filters {
	kern_net_filter_fn *fn;
	void *ctx;
};

static void take_acts(const struct filters *f, const struct nlattr *acts)
{
	const struct nlattr *list[TCA_ACT_MAX_PRIO + 1], *act[TCA_ACT_OPTIONS + 1], *o[TCA_ACT_BPF_ID + 1];
	const char *kind;
	size_t i;

	parse_nest(acts, list, ARRAY_LEN(list));
	for (i = 0; i < ARRAY_LEN(list); i++) {
		parse_nest(list[i], act, ARRAY_LEN(act));
		kind = str_of(act[TCA_ACT_KIND]);
		if (!kind || strcmp(kind, "bpf"))
			continue;
		parse_nest(act[TCA_ACT_OPTIONS], o, ARRAY_LEN(o));
		f->fn(f->ctx, &(struct kern_net_filter){.name = str_of(o[TCA_ACT_BPF_NAME]), .id = u32_of(o[TCA_ACT_BPF_ID]),
							.act = true});
	}
}

static void take_filter(void *ctx, const struct nlmsghdr *h)
{
	const struct nlattr *tb[TCA_OPTIONS + 1], *o[TCA_BPF_ID + 1];
	const struct tcmsg *m = NLMSG_DATA(h);
	const struct filters *f = ctx;
	const char *kind;

	if (h->nlmsg_type != RTM_NEWTFILTER || !parse_message(h, sizeof(*m), tb, ARRAY_LEN(tb)))
		return;
	kind = str_of(tb[TCA_KIND]);
	if (!kind || strcmp(kind, "bpf") || !tb[TCA_OPTIONS])
		return; /* not a program; or only the heading of its priority */
	parse_nest(tb[TCA_OPTIONS], o, ARRAY_LEN(o));
	f->fn(f->ctx, &(struct kern_net_filter){.name = str_of(o[TCA_BPF_NAME]), .id = u32_of(o[TCA_BPF_ID]),
						.priority = TC_H_MAJ(m->tcm_info) >> 16, .handle = m->tcm_handle});
	take_acts(f, o[TCA_BPF_ACT]);
}

int kern_net_filters(uint32_t ifindex, uint32_t parent, kern_net_filter_fn *fn, void *ctx)
{
	struct filters f = {fn, ctx};
	struct message m;
	struct tcmsg *tc = begin(&m, RTM_GETTFILTER, NLM_F_DUMP, sizeof(*tc));

	*tc = (struct tcmsg){.tcm_family = AF_UNSPEC, .tcm_ifindex = (int)ifindex, .tcm_parent = parent};
	return ask(&m, take_filter, &f);
}
