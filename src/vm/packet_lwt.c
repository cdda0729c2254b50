/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Lightweight tunnels: another header in front of the packet, and what End.BPF programs do to the
 * segment routing header they find there. Segment routing's own headers are not pushed, as by a kernel
 * without it: what follows them is a route.
 *
 * A header that grew says so only when the program has ended; until then vm_packet.srh_grown does.
 */
#include "vm/helper.h"

enum { ENCAP_IP = 2, HEADERS_MAX = 256, UDP = 17, UDP_LEN = 8 };

/* The length of the IP header that these begin with; 0: they are none, or cut. */
static uint32_t ip_header_len(const uint8_t *h, uint32_t n, bool *ret_udp)
{
	uint32_t len = h[0] >> 4 == 4 ? (h[0] & 15) * 4u : h[0] >> 4 == 6 ? IP6_LEN : n + 1;

	if (n < len)
		return 0;
	*ret_udp = h[h[0] >> 4 == 4 ? 9 : 6] == UDP;
	return *ret_udp && n < len + UDP_LEN ? 0 : len;
}

static void set_ip_csum(uint8_t *ip, uint32_t len)
{
	uint32_t sum = 0, i;
	uint16_t word;

	memcpy(&word, ip + 10, 2);
	if (word)
		return;
	for (i = 0; i < len; i += 2) {
		memcpy(&word, ip + i, 2);
		sum += word;
	}
	sum = (sum & 0xffff) + (sum >> 16);
	word = (uint16_t) ~(sum + (sum >> 16));
	memcpy(ip + 10, &word, 2);
}

static int push_ip(struct vm_packet *p, const uint8_t *headers, uint32_t n)
{
	uint32_t len;
	bool udp;

	if (n < IP4_LEN || n > HEADERS_MAX)
		return -EINVAL;
	len = ip_header_len(headers, n, &udp);
	if (!len)
		return -EINVAL;
	packet_reserve(p, n + (p->l3 ? ETH_HLEN : 0));
	packet_push(p, n);
	memcpy(packet_bytes(p), headers, n);
	p->encapsulation = true;
	p->network = 0;
	if (udp)
		p->transport = (uint16_t)(p->headroom + len);
	packet_clear_hash(p);
	if (headers[0] >> 4 == 4)
		set_ip_csum(packet_bytes(p), len);
	p->skb.protocol = htobe16(headers[0] >> 4 == 4 ? ETH_P_IP : ETH_P_IPV6);
	return p->skb.gso_size ? -ENOTSUPP : 0;
}

HELPER(lwt_push_encap)
{
	struct vm_packet *p = helper_skb(run, r1);
	uint8_t copy[HEADERS_MAX];
	uint32_t n = (uint32_t)r4;
	void *from;
	int err;

	if (!p || !helper_mem(run, r3, n, false, &from))
		return 0;
	if ((uint32_t)r2 != ENCAP_IP || n > sizeof(copy) || !from)
		return neg(-EINVAL);
	memcpy(copy, from, n); /* it may lie in the packet */
	err = push_ip(p, copy, n);
	packet_moved(run, p);
	return neg(err);
}

/* ---- the segment routing header of an IPv6 packet ---- */

struct srh {
	uint32_t at;   /* from the data's begin */
	uint32_t tlvs; /* where its segments end */
	uint32_t end;
};

enum { SRH_LAST_SEGMENT = 4, SRH_FLAGS = 5, SRH_SEGMENTS = 8, SEGMENT = 16 };

/* Offset of the routing header behind the IPv6 header, or 0. */
static uint32_t find_routing(const struct vm_packet *p)
{
	enum { HOP_BY_HOP = 0, ROUTING = 43, DESTINATION = 60 };
	const uint8_t *b = packet_bytes(p);
	uint32_t at = IP6_LEN;
	uint8_t next;

	if (p->network || p->len < IP6_LEN || b[0] >> 4 != 6)
		return 0;
	next = b[6];
	while ((next == HOP_BY_HOP || next == DESTINATION) && p->len - at >= 8) {
		next = b[at];
		at += (b[at + 1] + 1u) * 8;
		if (at > p->len)
			return 0;
	}
	return next == ROUTING && p->len - at >= 8 ? at : 0;
}

static int find_srh(const struct vm_packet *p, struct srh *ret_srh)
{
	const uint8_t *b = packet_bytes(p);
	struct srh s = {.at = find_routing(p)};

	if (!s.at)
		return -EINVAL;
	s.tlvs = s.at + SRH_SEGMENTS + (b[s.at + SRH_LAST_SEGMENT] + 1u) * SEGMENT;
	s.end = s.at + SRH_SEGMENTS + b[s.at + 1] * 8u + (uint32_t)p->srh_grown;
	if (s.end > p->len)
		return -EINVAL;
	*ret_srh = s;
	return 0;
}

/* Its flags and tag may be changed, and its TLVs: for the kernel from 8 bytes before them on. */
HELPER(lwt_seg6_store_bytes)
{
	struct vm_packet *p = helper_skb(run, r1);
	uint32_t off = (uint32_t)r2, n = (uint32_t)r4;
	struct srh s;
	void *from;

	if (!p || !helper_mem(run, r3, n, false, &from))
		return 0;
	if (find_srh(p, &s))
		return neg(-EINVAL);
	if (off > p->len || n > p->len - off ||
	    !((off + SRH_SEGMENTS >= s.tlvs && off + n <= s.end) ||
	      (off >= s.at + SRH_FLAGS && off + n <= s.at + SRH_SEGMENTS)))
		return neg(-EFAULT);
	if (n)
		memmove(packet_bytes(p) + off, from, n);
	return 0;
}

static void insert(struct vm_packet *p, uint32_t off, uint32_t n)
{
	packet_push(p, n);
	p->mac -= (int32_t)n;
	p->network -= (int32_t)n;
	memmove(packet_bytes(p), packet_bytes(p) + n, off);
	memset(packet_bytes(p) + off, 0, n);
}

static void cut(struct vm_packet *p, uint32_t off, uint32_t n)
{
	memmove(packet_bytes(p) + n, packet_bytes(p), off);
	packet_pull(p, n);
	p->mac += (int32_t)n;
	p->network += (int32_t)n;
}

HELPER(lwt_seg6_adjust_srh)
{
	enum { GROWS_MAX = 4096 };
	struct vm_packet *p = helper_skb(run, r1);
	uint32_t off = (uint32_t)r2;
	int32_t by = (int32_t)r3;
	uint16_t payload;
	struct srh s;

	if (!p)
		return 0;
	if (find_srh(p, &s))
		return neg(-EINVAL);
	if (off < s.tlvs || off > s.end || (by < 0 && (int64_t)off - by > s.end))
		return neg(-EFAULT);
	if (by > GROWS_MAX || p->len > PACKET_LEN_MAX)
		return neg(-ENOMEM);
	if (by > 0)
		insert(p, off, (uint32_t)by);
	else if (by < 0)
		cut(p, off, (uint32_t)-by);
	p->srh_grown += by;
	payload = htobe16((uint16_t)(p->len - IP6_LEN));
	memcpy(packet_bytes(p) + 4, &payload, 2);
	packet_moved(run, p);
	return 0;
}
