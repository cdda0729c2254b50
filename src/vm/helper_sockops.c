/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What programs do to a live socket: its options, which are kept here and told as effects, the
 * events a sock_ops program wants to see, and the options of TCP headers.
 */
#include "vm/helper.h"

enum { INET = 2, INET6 = 10, TCP = 6 };
enum { SOL_IP_ = 0, SOL_SOCKET_ = 1, SOL_TCP_ = 6, SOL_IPV6_ = 41 };

/* ---- socket options: those that programs may name ---- */

enum { READ = 1, WRITE = 2, ANY_SIZE = 4, PLAIN = READ | WRITE };
enum { SO_PRIORITY_ = 12, SO_MARK_ = 36, TCP_CB_FLAGS = 1008 };

static const struct option {
	uint16_t level, name;
	uint8_t may;
} options[] = {
	{SOL_SOCKET_, 2, PLAIN},		 /* SO_REUSEADDR */
	{SOL_SOCKET_, 7, PLAIN},		 /* SO_SNDBUF */
	{SOL_SOCKET_, 8, PLAIN},		 /* SO_RCVBUF */
	{SOL_SOCKET_, 9, PLAIN},		 /* SO_KEEPALIVE */
	{SOL_SOCKET_, SO_PRIORITY_, PLAIN},
	{SOL_SOCKET_, 15, PLAIN},		 /* SO_REUSEPORT */
	{SOL_SOCKET_, 18, PLAIN},		 /* SO_RCVLOWAT */
	{SOL_SOCKET_, 25, WRITE | ANY_SIZE},	 /* SO_BINDTODEVICE */
	{SOL_SOCKET_, SO_MARK_, PLAIN},
	{SOL_SOCKET_, 47, PLAIN},		 /* SO_MAX_PACING_RATE */
	{SOL_SOCKET_, 62, PLAIN},		 /* SO_BINDTOIFINDEX */
	{SOL_SOCKET_, 74, PLAIN},		 /* SO_TXREHASH */
	{SOL_IP_, 1, PLAIN},			 /* IP_TOS */
	{SOL_IPV6_, 67, PLAIN},			 /* IPV6_TCLASS */
	{SOL_IPV6_, 70, PLAIN},			 /* IPV6_AUTOFLOWLABEL */
	{SOL_TCP_, 1, PLAIN},			 /* TCP_NODELAY */
	{SOL_TCP_, 2, PLAIN},			 /* TCP_MAXSEG */
	{SOL_TCP_, 4, PLAIN},			 /* TCP_KEEPIDLE */
	{SOL_TCP_, 5, PLAIN},			 /* TCP_KEEPINTVL */
	{SOL_TCP_, 6, PLAIN},			 /* TCP_KEEPCNT */
	{SOL_TCP_, 7, PLAIN},			 /* TCP_SYNCNT */
	{SOL_TCP_, 10, PLAIN},			 /* TCP_WINDOW_CLAMP */
	{SOL_TCP_, 13, PLAIN | ANY_SIZE},	 /* TCP_CONGESTION */
	{SOL_TCP_, 16, PLAIN},			 /* TCP_THIN_LINEAR_TIMEOUTS */
	{SOL_TCP_, 18, PLAIN},			 /* TCP_USER_TIMEOUT */
	{SOL_TCP_, 25, PLAIN},			 /* TCP_NOTSENT_LOWAT */
	{SOL_TCP_, 27, PLAIN},			 /* TCP_SAVE_SYN */
	{SOL_TCP_, 28, READ | ANY_SIZE},	 /* TCP_SAVED_SYN */
	{SOL_TCP_, 1001, WRITE},		 /* TCP_BPF_IW */
	{SOL_TCP_, 1002, WRITE},		 /* TCP_BPF_SNDCWND_CLAMP */
	{SOL_TCP_, 1003, WRITE},		 /* TCP_BPF_DELACK_MAX */
	{SOL_TCP_, 1004, WRITE},		 /* TCP_BPF_RTO_MIN */
	{SOL_TCP_, TCP_CB_FLAGS, PLAIN},
};

static bool has_level(const struct vm_sock *sk, uint32_t level)
{
	switch (level) {
	case SOL_IP_:
		return sk->view.family == INET || (sk->view.family == INET6 && !sk->v6only);
	case SOL_IPV6_:
		return sk->view.family == INET6;
	case SOL_TCP_:
		return sk->view.protocol == TCP;
	default:
		return true;
	}
}

static int check_option(const struct vm_sock *sk, uint32_t level, uint32_t name, uint32_t n,
			uint8_t may)
{
	size_t i;

	if (!sk || !sock_is_full(sk) || !has_level(sk, level))
		return -EINVAL;
	for (i = 0; i < ARRAY_LEN(options); i++)
		if (options[i].level == level && options[i].name == name && options[i].may & may)
			return options[i].may & ANY_SIZE || n == sizeof(uint32_t) ? 0 : -EINVAL;
	return -EINVAL;
}

static struct vm_sockopt *find_option(struct vm_world *w, uint64_t cookie, uint32_t level,
				      uint32_t name)
{
	size_t i;

	for (i = 0; i < w->sockopt.n; i++)
		if (w->sockopt.at[i].cookie == cookie && w->sockopt.at[i].level == level &&
		    w->sockopt.at[i].name == name)
			return &w->sockopt.at[i];
	return NULL;
}

static int keep_option(struct vm_world *w, const struct vm_sockopt *o)
{
	struct vm_sockopt *old = find_option(w, o->cookie, o->level, o->name);

	if (!old)
		return vec_push(&w->sockopt, *o);
	*old = *o;
	return 0;
}

/* What the program sees of some of them at once. */
static void show_option(struct vm_sock *sk, const struct vm_sockopt *o)
{
	uint32_t v;

	memcpy(&v, o->value, sizeof(v));
	if (o->level == SOL_SOCKET_ && o->name == SO_MARK_)
		sk->view.mark = v;
	if (o->level == SOL_SOCKET_ && o->name == SO_PRIORITY_)
		sk->view.priority = v;
	if (o->level == SOL_TCP_ && o->name == TCP_CB_FLAGS)
		sk->cb_flags = v;
}

HELPER(setsockopt)
{
	struct vm_world *w = run->world;
	struct vm_sock *sk = helper_sock_of(w, r1);
	struct vm_sockopt o = {sk ? sk->cookie : 0, (uint32_t)r2, (uint32_t)r3, (uint32_t)r5, {0}};
	void *from;
	int err;

	if (!helper_mem(run, r4, o.n, false, &from))
		return 0;
	err = check_option(sk, o.level, o.name, o.n, WRITE);
	if (!err && (!o.n || o.n > sizeof(o.value)))
		err = -EINVAL;
	if (err)
		return neg(err);
	memcpy(o.value, from, o.n);
	err = keep_option(w, &o);
	if (err)
		return neg(-ENOMEM);
	show_option(sk, &o);
	world_effect(w, VM_SETSOCKOPT, (uint64_t)o.level << 32 | o.name, o.cookie, from, o.n);
	return 0;
}

/* How long the value is, or -errno. */
static int64_t read_option(struct vm_world *w, const struct vm_sock *sk, uint32_t level,
			   uint32_t name, void *to, size_t max)
{
	const struct vm_sockopt *o = find_option(w, sk->cookie, level, name);

	if (o) {
		memcpy(to, o->value, MIN(o->n, max));
		return (int64_t)MIN(o->n, max);
	}
	if (w->outside && w->outside->sockopt)
		return w->outside->sockopt(w->arg, sk, level, name, to, max);
	return -ENOPROTOOPT;
}

HELPER(getsockopt)
{
	struct vm_sock *sk = helper_sock_of(run->world, r1);
	uint32_t size = (uint32_t)r5;
	int64_t n;
	void *to;

	if (!helper_mem(run, r4, size, true, &to))
		return 0;
	n = check_option(sk, (uint32_t)r2, (uint32_t)r3, size, READ);
	if (!n && to)
		n = read_option(run->world, sk, (uint32_t)r2, (uint32_t)r3, to, size);
	n = MIN(n, (int64_t)size);
	if (to)
		memset((char *)to + MAX(n, 0), 0, size - (size_t)MAX(n, 0));
	return neg(MIN(n, 0));
}

/* ---- sock_ops ---- */

enum { OPS_OP = 0, OPS_CB_FLAGS = 84 }; /* offsets in struct bpf_sock_ops */
enum { OPS_HDR_LEN = 14, OPS_HDR_WRITE };

uint32_t helper_sock_op(struct vm_run *run, uint64_t ctx)
{
	void *at = vm_mem(run, ctx + OPS_OP, sizeof(uint32_t), false);
	uint32_t op = 0;

	if (at)
		memcpy(&op, at, sizeof(op));
	return op;
}

HELPER(sock_ops_cb_flags_set)
{
	enum { ALL = 0x7f };
	struct vm_sock *sk = helper_sock_of(run->world, r1);
	uint32_t flags = (uint32_t)r2 & ALL;
	void *at = vm_mem(run, r1 + OPS_CB_FLAGS, sizeof(flags), true);

	if (!at)
		return 0;
	if (!sk || !sock_is_full(sk))
		return neg(-EINVAL);
	sk->cb_flags = flags;
	memcpy(at, &flags, sizeof(flags));
	return neg((int32_t)((uint32_t)r2 & ~(uint32_t)ALL));
}

/* ---- options of TCP headers ---- */

enum { OPT_END, OPT_NOP, OPT_EXP1 = 253, OPT_EXP2 };

/* Where such an option is: 0, or -ENOMSG, or -EFAULT: they are broken. */
static int search_option(const uint8_t *at, uint32_t len, uint8_t kind, const uint8_t *magic,
			 uint32_t magic_len, const uint8_t **ret_option, bool *ret_end)
{
	const uint8_t *end = at + len;

	*ret_end = false;
	while (at < end) {
		if (*at == OPT_END) {
			*ret_end = true;
			return -ENOMSG;
		}
		if (*at == OPT_NOP) {
			at++;
			continue;
		}
		if (end - at < 2 || at[1] < 2 || at[1] > end - at)
			return -EFAULT;
		if (*at == kind && (!magic_len || (at[1] >= 2 + magic_len &&
						   !memcmp(at + 2, magic, magic_len)))) {
			*ret_option = at;
			return 0;
		}
		at += at[1];
	}
	return -ENOMSG;
}

/* What a program looks for: its kind, and the magic number of an experimental one. */
static int check_search(const uint8_t *want, uint32_t len, uint32_t *ret_magic_len)
{
	if (want[1] > len || want[0] == OPT_NOP || want[0] == OPT_END)
		return -EINVAL;
	*ret_magic_len = 0;
	if (want[0] != OPT_EXP1 && want[0] != OPT_EXP2)
		return want[1] ? -EINVAL : 0;
	if (want[1] != 4 && want[1] != 6)
		return -EINVAL;
	*ret_magic_len = want[1] - 2;
	return 0;
}

HELPER(load_hdr_opt)
{
	enum { OF_SYN = 1 };
	const struct vm_tcp_options *o = run->world->options;
	bool syn = r4 & OF_SYN, ended;
	uint32_t len = (uint32_t)r3, magic_len;
	const uint8_t *option = NULL;
	uint8_t *at = vm_mem(run, r2, len, true);
	int err;

	if (!at)
		return 0;
	if (len < 2 || r4 & ~(uint64_t)OF_SYN)
		return neg(-EINVAL);
	err = check_search(at, len, &magic_len);
	if (err)
		return neg(err);
	if (syn && (!o || !o->syn))
		return neg(-ENOENT);
	if (!syn && (!o || !o->at || helper_sock_op(run, r1) == OPS_HDR_LEN))
		return neg(-EPERM);
	err = search_option(syn ? o->syn : o->at, syn ? o->syn_len : o->len, at[0], at + 2,
			    magic_len, &option, &ended);
	if (err)
		return neg(err);
	memcpy(at, option, MIN(option[1], len));
	return option[1] > len ? neg(-ENOSPC) : option[1];
}

HELPER(store_hdr_opt)
{
	struct vm_tcp_options *o = run->world->options;
	uint32_t len = (uint32_t)r3, magic_len;
	const uint8_t *new = vm_mem(run, r2, len, false), *old;
	bool ended;
	int err;

	if (!new)
		return 0;
	if (!o || !o->at || helper_sock_op(run, r1) != OPS_HDR_WRITE)
		return neg(-EPERM);
	if (len < 2 || r4 || new[1] > len || new[0] == OPT_NOP || new[0] == OPT_END)
		return neg(-EINVAL);
	if (new[1] > o->room)
		return neg(-ENOSPC);
	magic_len = new[0] == OPT_EXP1 || new[0] == OPT_EXP2 ? 2 : 0;
	if (magic_len && new[1] < 4)
		return neg(-EINVAL);
	err = search_option(o->at, o->len, new[0], new + 2, magic_len, &old, &ended);
	if (err != -ENOMSG || ended)
		return neg(err == -ENOMSG ? -ENOSPC : err ? err : -EEXIST);
	memcpy(o->at + o->len, new, new[1]);
	o->len += new[1];
	o->room -= new[1];
	return 0;
}

HELPER(reserve_hdr_opt)
{
	struct vm_tcp_options *o = run->world->options;
	uint32_t len = (uint32_t)r2;

	if (!o || helper_sock_op(run, r1) != OPS_HDR_LEN)
		return neg(-EPERM);
	if (r3 || len < 2)
		return neg(-EINVAL);
	if (len > o->room)
		return neg(-ENOSPC);
	o->room -= len;
	return 0;
}
