/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where a packet goes: redirections are remembered in the world, clones are effects, and routes,
 * devices and tunnels are whatever is outside. A run without an outside has no route, one device,
 * and no tunnel.
 */
#include "vm/helper.h"

enum { XDP_ABORTED = 0, XDP_REDIRECT = 4, TC_SHOT = 2, TC_REDIRECT = 7, INGRESS = 1 };

/* One helper, two meanings: which one is the kind of packet's. */
HELPER(redirect)
{
	struct vm_world *w = run->world;
	bool xdp = w->packet && w->packet->kind == VM_PACKET_XDP;

	if (r2 & ~(uint64_t)(xdp ? 0 : INGRESS))
		return xdp ? XDP_ABORTED : TC_SHOT;
	w->redirect =
		(struct vm_redirect){.kind = VM_REDIRECT_DEV, .ifindex = (uint32_t)r1, .flags = r2};
	return xdp ? XDP_REDIRECT : TC_REDIRECT;
}

HELPER(redirect_peer)
{
	if (r2)
		return TC_SHOT;
	run->world->redirect =
		(struct vm_redirect){.kind = VM_REDIRECT_PEER, .ifindex = (uint32_t)r1};
	return TC_REDIRECT;
}

HELPER(redirect_neigh)
{
	struct vm_redirect to = {.kind = VM_REDIRECT_NEIGH, .ifindex = (uint32_t)r1};
	uint32_t n = (uint32_t)r3;
	void *nexthop;

	if (!helper_mem(run, r2, n, false, &nexthop))
		return 0;
	if ((n && n < sizeof(to.nexthop)) || r4)
		return TC_SHOT;
	if (n)
		memcpy(to.nexthop, nexthop, sizeof(to.nexthop));
	run->world->redirect = to;
	return TC_REDIRECT;
}

/* 0 is the packet's own device. */
static int device_mtu(const struct vm_world *w, const struct vm_packet *p, uint32_t ifindex,
		      uint32_t *ret_mtu)
{
	if (!ifindex || (p->kind == VM_PACKET_SKB && ifindex == p->skb.ifindex)) {
		*ret_mtu = p->mtu;
		return 0;
	}
	return w->outside && w->outside->mtu ? w->outside->mtu(w->arg, ifindex, ret_mtu) : -ENODEV;
}

HELPER(clone_redirect)
{
	struct vm_packet *p = helper_skb(run, r1);
	uint32_t mtu;

	if (!p)
		return 0;
	if (r3 & ~(uint64_t)INGRESS)
		return neg(-EINVAL);
	if (p->skb.gso_size)
		return neg(-EBADMSG);
	if (!(uint32_t)r2 || device_mtu(run->world, p, (uint32_t)r2, &mtu))
		return neg(-EINVAL);
	world_effect(run->world, VM_CLONE_REDIRECT, (uint32_t)r2, r3, packet_bytes(p), p->len);
	return 0;
}

HELPER(check_mtu)
{
	enum { SEGMENTS = 1, FITS = 0, TOO_BIG = 1 };
	struct vm_packet *p = helper_packet(run, r1);
	void *at = p ? vm_mem(run, r3, 4, true) : NULL;
	uint32_t asked, mtu;
	int64_t len;
	bool skb;

	if (!at)
		return 0;
	memcpy(&asked, at, 4);
	skb = p->kind == VM_PACKET_SKB;
	if (r5 & ~(uint64_t)(skb ? SEGMENTS : 0) || (r5 & SEGMENTS && ((int32_t)r4 || asked)))
		return neg(-EINVAL);
	if (device_mtu(run->world, p, (uint32_t)r2, &mtu))
		return neg(-ENODEV);
	len = (asked ? (int64_t)asked + p->hard_header_len : p->len) + (int32_t)r4;
	memcpy(at, &mtu, 4);
	if ((int32_t)len <= (int32_t)(mtu + p->hard_header_len))
		return FITS;
	return skb && p->skb.gso_size ? FITS : TOO_BIG;
}

HELPER(fib_lookup)
{
	enum { FLAGS = 0x3f, NOT_FORWARDED = 4, INET = 2, INET6 = 10 };
	const struct vm_world *w = run->world;
	uint32_t n = (uint32_t)r3, flags = (uint32_t)r4;
	int found = NOT_FORWARDED;
	struct vm_fib fib;
	void *at;

	at = helper_packet(run, r1) ? vm_mem(run, r2, n, true) : NULL;
	if (!at)
		return 0;
	if (n < sizeof(fib) || flags & ~(uint32_t)FLAGS)
		return neg(-EINVAL);
	memcpy(&fib, at, sizeof(fib));
	if (fib.family != INET && fib.family != INET6)
		return neg(-EAFNOSUPPORT);
	if (w->outside && w->outside->fib_lookup)
		found = w->outside->fib_lookup(w->arg, &fib, flags);
	memcpy(at, &fib, sizeof(fib));
	return neg(found);
}

/* ---- tunnels ---- */

enum { /* struct bpf_tunnel_key, and the shorter ones of older kernels */
       KEY_REMOTE_6_1 = 8,
       KEY_EXT = 22,
       KEY_LABEL = 24,
       KEY_LOCAL = 28,
       KEY_LEN = 44,
       KEY_IPV6 = 1,
};

HELPER(skb_get_tunnel_key)
{
	enum { FLAGS = 0x11 };
	const struct vm_world *w = run->world;
	struct vm_packet *p = helper_skb(run, r1);
	uint8_t key[KEY_LEN] = {0};
	uint32_t n = (uint32_t)r3;
	int err = -EINVAL;
	void *to;

	if (!p || !helper_mem(run, r2, n, true, &to))
		return 0;
	if (!(r4 & ~(uint64_t)FLAGS) && w->outside && w->outside->tunnel_key)
		err = w->outside->tunnel_key(w->arg, key, sizeof(key), r4);
	if (!err && n != KEY_LEN && n != KEY_LOCAL && n != KEY_LABEL && n != KEY_EXT &&
	    (n != KEY_REMOTE_6_1 || r4 & KEY_IPV6))
		err = -EINVAL;
	memset(to, 0, n);
	if (!err)
		memcpy(to, key, n);
	return neg(err);
}

HELPER(skb_set_tunnel_key)
{
	enum { FLAGS = 0x1f };
	struct vm_packet *p = helper_skb(run, r1);
	uint8_t key[KEY_LEN] = {0};
	uint32_t n = (uint32_t)r3, label;
	uint16_t ext;
	void *from;

	if (!p || !helper_mem(run, r2, n, false, &from))
		return 0;
	if (r4 & ~(uint64_t)FLAGS || (n != KEY_LEN && n != KEY_LOCAL && n != KEY_LABEL &&
				      n != KEY_EXT && n != KEY_REMOTE_6_1))
		return neg(-EINVAL);
	memcpy(key, from, n);
	memcpy(&ext, key + KEY_EXT, 2);
	memcpy(&label, key + KEY_LABEL, 4);
	if (ext || (!(r4 & KEY_IPV6) && label))
		return neg(-EINVAL);
	p->tunnel_key_set = r4 + 1;
	world_effect(run->world, VM_SET_TUNNEL_KEY, r4, 0, key, sizeof(key));
	return 0;
}

HELPER(skb_set_tunnel_opt) /* of the key that was set before */
{
	enum { OPTIONS_MAX = 255 };
	struct vm_packet *p = helper_skb(run, r1);
	uint32_t n = (uint32_t)r3;
	void *from;

	if (!p || !helper_mem(run, r2, n, false, &from))
		return 0;
	if (!p->tunnel_key_set || n % 4)
		return neg(-EINVAL);
	if (n > OPTIONS_MAX)
		return neg(-ENOMEM);
	world_effect(run->world, VM_SET_TUNNEL_OPT, 0, 0, from, n);
	return 0;
}

HELPER(skb_get_tunnel_opt)
{
	const struct vm_world *w = run->world;
	struct vm_packet *p = helper_skb(run, r1);
	uint32_t size = (uint32_t)r3;
	uint8_t opt[256];
	int64_t n = -ENOENT;
	void *to;

	if (!p || !helper_mem(run, r2, size, true, &to))
		return 0;
	if (w->outside && w->outside->tunnel_opt)
		n = w->outside->tunnel_opt(w->arg, opt, sizeof(opt));
	if (n > (int64_t)MIN(size, (uint32_t)sizeof(opt)))
		n = -ENOMEM;
	if (to)
		memset(to, 0, size);
	if (to && n > 0)
		memcpy(to, opt, (size_t)n);
	return neg(n);
}

/* ---- IPsec ---- */

HELPER(skb_get_xfrm_state)
{
	enum { STATE_SIZE = 28 };
	const struct vm_world *w = run->world;
	struct vm_packet *p = helper_skb(run, r1);
	uint8_t state[STATE_SIZE];
	uint32_t size = (uint32_t)r4;
	int err = -EINVAL;
	void *to;

	if (!p || !helper_mem(run, r3, size, true, &to))
		return 0;
	if (!r5 && size == sizeof(state) && w->outside && w->outside->xfrm_state)
		err = w->outside->xfrm_state(w->arg, (uint32_t)r2, state, sizeof(state));
	if (!err)
		memcpy(to, state, sizeof(state));
	else if (to)
		memset(to, 0, size);
	return neg(err);
}
