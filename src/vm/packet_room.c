/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Helpers that change how long an sk_buff is: at its head, its tail, and behind its headers.
 *
 * Where headers are moved aside (push, pop), they keep their places relative to the data; the
 * transport header's place is in the buffer, so that it stays unless it is also the network's.
 */
#include <stdlib.h>

#include "vm/helper.h"

static bool is_gso(const struct vm_packet *p)
{
	return p->skb.gso_size;
}

static uint16_t network_place(const struct vm_packet *p)
{
	return (uint16_t)(p->headroom + (uint32_t)p->network);
}

/*
 * n zero bytes behind the first `off`, which may be more than there are: the kernel then moves what
 * lies behind the packet, and so do we, as long as that is the packet's own buffer.
 */
static int header_push(struct vm_packet *p, uint32_t off, uint32_t n)
{
	bool same;

	if (off > PACKET_LEN_MAX)
		return -ENOMEM;
	packet_reserve(p, n);
	same = p->transport == network_place(p);
	packet_push(p, n);
	memmove(packet_bytes(p), packet_bytes(p) + n, off);
	memset(packet_bytes(p) + off, 0, n);
	p->mac -= (int32_t)n;
	p->network -= (int32_t)n;
	if (same)
		p->transport = network_place(p);
	return 0;
}

/* Takes n bytes behind the first `off` away. */
static int header_pop(struct vm_packet *p, uint32_t off, uint32_t n)
{
	bool same = p->transport == network_place(p);

	if (off + n > p->len)
		return -ENOMEM;
	memmove(packet_bytes(p) + n, packet_bytes(p), off);
	packet_pull(p, n);
	p->mac += (int32_t)n;
	p->network += (int32_t)n;
	if (same)
		p->transport = network_place(p);
	return 0;
}

static uint32_t mac_len(const struct vm_packet *p)
{
	return (uint32_t)(p->network - p->mac);
}

/* ---- bpf_skb_change_proto ---- */

static int change_proto(struct vm_packet *p, uint16_t to)
{
	enum { MORE = IP6_LEN - IP4_LEN };
	uint16_t from = packet_proto(p);
	int err;

	if (from == ETH_P_IP && to == ETH_P_IPV6)
		err = header_push(p, mac_len(p), MORE);
	else if (from == ETH_P_IPV6 && to == ETH_P_IP)
		err = header_pop(p, mac_len(p), MORE);
	else
		err = -ENOTSUPP;
	if (err)
		return err;
	p->skb.protocol = htobe16(to);
	packet_clear_hash(p);
	return 0;
}

HELPER(skb_change_proto)
{
	struct vm_packet *p = helper_skb(run, r1);
	int err;

	if (!p)
		return 0;
	if (r3)
		return neg(-EINVAL);
	err = change_proto(p, be16toh((uint16_t)r2));
	packet_moved(run, p);
	return neg(err);
}

/* ---- bpf_skb_adjust_room ---- */

enum {
	FIXED_GSO = 1 << 0,
	ENCAP_IPV4 = 1 << 1,
	ENCAP_IPV6 = 1 << 2,
	ENCAP_GRE = 1 << 3,
	ENCAP_UDP = 1 << 4,
	NO_CSUM_RESET = 1 << 5,
	ENCAP_ETH = 1 << 6,
	DECAP_IPV4 = 1 << 7,
	DECAP_IPV6 = 1 << 8,
	ENCAP_L3 = ENCAP_IPV4 | ENCAP_IPV6,
	DECAP_L3 = DECAP_IPV4 | DECAP_IPV6,
	ROOM_FLAGS = (1 << 9) - 1,
};
#define INNER_MAC_SHIFT 56

static uint32_t base_len(uint16_t proto)
{
	return proto == ETH_P_IP ? IP4_LEN : IP6_LEN;
}

static int check_encap(const struct vm_packet *p, uint32_t n, uint64_t flags)
{
	uint8_t inner_mac_len = (uint8_t)(flags >> INNER_MAC_SHIFT);

	if ((flags & ENCAP_L3) == ENCAP_L3 ||
	    (flags & (ENCAP_GRE | ENCAP_UDP)) == (ENCAP_GRE | ENCAP_UDP))
		return -EINVAL;
	if (flags & ENCAP_ETH && inner_mac_len < ETH_HLEN)
		return -EINVAL;
	if (p->encapsulation)
		return -EALREADY;
	return inner_mac_len > n ? -EINVAL : 0;
}

static int grow(struct vm_packet *p, uint32_t off, uint32_t n, uint64_t flags)
{
	bool encap = flags & ENCAP_L3;
	int32_t before = p->network - p->mac;
	int err;

	if (is_gso(p)) /* of unknown type: nobody could cut it */
		return -ENOTSUPP;
	err = encap ? check_encap(p, n, flags) : 0;
	if (!err)
		err = header_push(p, off, n);
	if (err || !encap)
		return err;
	p->encapsulation = true;
	p->network = before;
	p->skb.protocol = htobe16(flags & ENCAP_IPV6 ? ETH_P_IPV6 : ETH_P_IP);
	if (flags & (ENCAP_GRE | ENCAP_UDP))
		p->transport =
			(uint16_t)(network_place(p) + (flags & ENCAP_IPV6 ? IP6_LEN : IP4_LEN));
	return 0;
}

static int shrink(struct vm_packet *p, uint32_t off, uint32_t n, uint64_t flags)
{
	int err;

	if (flags & ~(uint64_t)(FIXED_GSO | DECAP_L3 | NO_CSUM_RESET))
		return -EINVAL;
	if (is_gso(p))
		return -ENOTSUPP;
	err = header_pop(p, off, n);
	if (!err && flags & DECAP_L3)
		p->skb.protocol = htobe16(flags & DECAP_IPV6 ? ETH_P_IPV6 : ETH_P_IP);
	return err;
}

/* How short it may become behind the network header, or -errno. */
static int64_t min_len(uint16_t proto, bool shrinks, uint64_t flags)
{
	if (!(flags & DECAP_L3))
		return base_len(proto);
	if (!shrinks || (flags & DECAP_L3) == DECAP_L3)
		return -EINVAL;
	return flags & DECAP_IPV4 ? IP4_LEN : IP6_LEN;
}

static int adjust_room(struct vm_packet *p, int32_t diff, uint32_t mode, uint64_t flags)
{
	enum { MODE_NET, MODE_MAC, DIFF_MAX = 0xfff };
	uint32_t n = (uint32_t)llabs((long long)diff), off = mac_len(p);
	uint32_t len = p->len - (uint32_t)p->network;
	uint16_t proto = packet_proto(p);
	int64_t min;

	if (flags & ~(ROOM_FLAGS | UINT64_C(0xff) << INNER_MAC_SHIFT))
		return -EINVAL;
	if (n > DIFF_MAX)
		return -EFAULT;
	if ((proto != ETH_P_IP && proto != ETH_P_IPV6) || mode > MODE_MAC)
		return -ENOTSUPP;
	if (mode == MODE_NET)
		off += base_len(proto);
	min = min_len(proto, diff < 0, flags);
	if (min < 0)
		return (int)min;
	if (diff < 0 ? n >= len || len - n < min : p->len + n > PACKET_LEN_MAX && !is_gso(p))
		return -ENOTSUPP;
	return diff < 0 ? shrink(p, off, n, flags) : grow(p, off, n, flags);
}

HELPER(skb_adjust_room)
{
	struct vm_packet *p = helper_skb(run, r1);
	int err;

	if (!p)
		return 0;
	err = adjust_room(p, (int32_t)r2, (uint32_t)r3, r4);
	if (!err && !(r4 & NO_CSUM_RESET))
		packet_reset_csum(p);
	packet_moved(run, p);
	return neg(err);
}

/* ---- bpf_skb_change_tail, bpf_skb_change_head ---- */

static uint32_t headers_len(const struct vm_packet *p)
{
	int64_t transport = (int64_t)p->transport - p->headroom;

	if (p->transport != UINT16_MAX && transport > 0)
		return (uint32_t)transport;
	return (uint32_t)MAX(p->network, 0);
}

HELPER(skb_change_tail)
{
	struct vm_packet *p = helper_skb(run, r1);
	uint32_t len = (uint32_t)r2;

	if (!p)
		return 0;
	if (r3 || len > PACKET_LEN_MAX || len < headers_len(p))
		return neg(-EINVAL);
	if (p->encapsulation)
		return neg(-ENOTSUPP);
	if (p->at + len > VM_PACKET_MAX)
		return neg(-ENOMEM);
	if (len > p->len)
		memset(packet_bytes(p) + p->len, 0, len - p->len);
	p->len = len;
	if (is_gso(p))
		p->skb.gso_size = p->skb.gso_segs = 0;
	packet_moved(run, p);
	return 0;
}

HELPER(skb_change_head)
{
	struct vm_packet *p = helper_skb(run, r1);
	uint32_t n = (uint32_t)r2;

	if (!p)
		return 0;
	if (r3 || n > INT32_MAX || (!is_gso(p) && p->len + n > PACKET_LEN_MAX) ||
	    n > PACKET_LEN_MAX)
		return neg(-EINVAL);
	packet_push(p, n);
	memset(packet_bytes(p), 0, n);
	p->mac = 0;
	packet_moved(run, p);
	return 0;
}
