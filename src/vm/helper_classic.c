/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What classic filters may ask about a packet and no eBPF program can: netlink attributes, where the
 * payload begins, the device's type. cbpf_convert_here() makes such loads calls of these.
 *
 * kernel: bpf_skb_get_nlattr(), bpf_skb_get_nlattr_nest(), skb_get_poff(). Of the protocols that the
 * kernel's dissector looks through, these are here: VLAN tags, IPv4, IPv6 and its extension headers, and
 * either in either.
 */
#include "vm/helper.h"

/* ---- netlink attributes ---- */

struct attr { /* struct nlattr */
	uint16_t len, type;
};
enum { ATTR_ALIGN = 4, ATTR_TYPE = 0x3fff };

static bool attr_at(const struct vm_packet *p, int64_t at, int64_t end, struct attr *ret_attr)
{
	if (end - at < (int64_t)sizeof(*ret_attr))
		return false;
	memcpy(ret_attr, packet_bytes(p) + at, sizeof(*ret_attr));
	return ret_attr->len >= sizeof(*ret_attr) && ret_attr->len <= end - at;
}

/* The offset of the attribute of this type, or 0. */
static uint64_t find_attr(const struct vm_packet *p, int64_t at, int64_t end, uint32_t type)
{
	struct attr a;

	for (; attr_at(p, at, end, &a); at += (int64_t)ALIGN_UP((uint32_t)a.len, (uint32_t)ATTR_ALIGN))
		if ((a.type & ATTR_TYPE) == type)
			return (uint64_t)at;
	return 0;
}

static HELPER(classic_nla)
{
	struct vm_packet *p = helper_skb(run, r1);

	return p ? find_attr(p, (uint32_t)r2, p->len, (uint32_t)r3) : 0;
}

static HELPER(classic_nlan)
{
	struct vm_packet *p = helper_skb(run, r1);
	uint32_t at = (uint32_t)r2;
	struct attr a;

	if (!p || !attr_at(p, at, p->len, &a))
		return 0;
	return find_attr(p, at + (int64_t)sizeof(a), at + (int64_t)a.len, (uint32_t)r3);
}

/* ---- the payload ---- */

struct layers {
	uint32_t at; /* where the header at hand begins */
	uint16_t proto;
	uint8_t l4;
	bool fragment, later; /* later: one without transport header */
	unsigned headers;
};

enum { HOP_BY_HOP = 0, ICMP = 1, IGMP = 2, IN_4 = 4, TCP = 6, UDP = 17, DCCP = 33, IN_6 = 41,
       ROUTING = 43, FRAGMENT = 44, ICMP6 = 58, OPTIONS = 60, SCTP = 132, UDPLITE = 136 };
enum { HEADERS_MAX = 15 };

static bool has(const struct vm_packet *p, uint32_t at, uint32_t n)
{
	return at <= p->len && n <= p->len - at;
}

static bool dissect_4(const struct vm_packet *p, struct layers *l)
{
	const uint8_t *ip = packet_bytes(p) + l->at;
	uint32_t header;

	if (!has(p, l->at, IP4_LEN))
		return false;
	header = (ip[0] & 15u) * 4;
	l->l4 = ip[9];
	l->later = (ip[6] & 0x1f) | ip[7];
	l->fragment = l->later || ip[6] & 0x20;
	l->at += header;
	return header >= IP4_LEN;
}

static bool is_extension(uint8_t l4)
{
	return l4 == HOP_BY_HOP || l4 == ROUTING || l4 == OPTIONS || l4 == FRAGMENT;
}

static bool dissect_6(const struct vm_packet *p, struct layers *l)
{
	const uint8_t *x = packet_bytes(p) + l->at;

	if (!has(p, l->at, IP6_LEN))
		return false;
	l->l4 = x[6];
	for (l->at += IP6_LEN; is_extension(l->l4) && !l->fragment; l->headers++) {
		x = packet_bytes(p) + l->at;
		l->fragment = l->l4 == FRAGMENT;
		if (!has(p, l->at, l->fragment ? 8 : 2))
			return false;
		l->l4 = x[0];
		l->at += l->fragment ? 8 : (x[1] + 1u) * 8;
		l->later = l->fragment && (x[2] | (x[3] & 0xf8));
		if (l->headers >= HEADERS_MAX)
			break;
	}
	return true;
}

static bool dissect_tag(const struct vm_packet *p, struct layers *l)
{
	const uint8_t *tag = packet_bytes(p) + l->at;

	if (!has(p, l->at, 4))
		return false;
	l->proto = (uint16_t)(tag[2] << 8 | tag[3]);
	l->at += 4;
	return true;
}

/* One layer: whether it is sound. What follows it is in l->proto, 0 for no other layer. */
static bool dissect_one(const struct vm_packet *p, struct layers *l)
{
	uint16_t proto = l->proto;

	if (proto == ETH_P_8021Q || proto == ETH_P_8021AD)
		return dissect_tag(p, l);
	if (proto == ETH_P_IP ? !dissect_4(p, l) : proto != ETH_P_IPV6 || !dissect_6(p, l))
		return false;
	l->proto = l->fragment ? 0 : l->l4 == IN_4 ? ETH_P_IP : l->l4 == IN_6 ? ETH_P_IPV6 : 0;
	return true;
}

static bool dissect(const struct vm_packet *p, struct layers *l)
{
	*l = (struct layers){.at = (uint32_t)p->network, .proto = packet_proto(p)};
	if (p->network < 0)
		return false;
	do {
		if (!dissect_one(p, l))
			return false;
	} while (l->proto && ++l->headers <= HEADERS_MAX);
	return true;
}

static uint32_t header_length(const struct vm_packet *p, const struct layers *l)
{
	enum { TCP_LEN = 20 };

	switch (l->l4) {
	case TCP:
		if (!has(p, l->at, 13))
			return 0;
		return MAX((uint32_t)TCP_LEN, (packet_bytes(p)[l->at + 12] & 0xf0u) >> 2);
	case UDP:
	case UDPLITE:
	case ICMP:
	case ICMP6:
	case IGMP:
		return 8;
	case DCCP:
	case SCTP:
		return 12;
	}
	return 0;
}

static HELPER(classic_poff)
{
	struct vm_packet *p = helper_skb(run, r1);
	struct layers l;

	if (!p || !dissect(p, &l))
		return 0;
	l.at = MIN(l.at, p->len);
	return l.later ? l.at : l.at + header_length(p, &l);
}

static HELPER(classic_hatype)
{
	struct vm_packet *p = helper_skb(run, r1);

	return p ? p->hatype : 0;
}

const struct vm_helper *vm_helpers_classic(size_t *ret_n)
{
	static const struct vm_helper helpers[] = {
		{7, "bpf_get_prandom_u32", helper_get_prandom_u32},
		{8, "bpf_get_smp_processor_id", helper_get_smp_processor_id},
		{CBPF_HELPER_NLA, "nla", helper_classic_nla},
		{CBPF_HELPER_NLAN, "nlan", helper_classic_nlan},
		{CBPF_HELPER_POFF, "poff", helper_classic_poff},
		{CBPF_HELPER_HATYPE, "hatype", helper_classic_hatype},
	};

	*ret_n = ARRAY_LEN(helpers);
	return helpers;
}
