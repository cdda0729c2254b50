/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Helpers on an sk_buff's bytes and marks: loads, stores, VLAN tags, type, hash, ECN, time stamp.
 */
#include "vm/helper.h"

/* ---- bytes ---- */

int packet_store(struct vm_packet *p, uint64_t off, const void *from, uint64_t len, uint64_t flags)
{
	enum { RECOMPUTE_CSUM = 1, INVALIDATE_HASH = 2 };

	if (flags & ~(uint64_t)(RECOMPUTE_CSUM | INVALIDATE_HASH))
		return -EINVAL;
	if (off > INT32_MAX || off + len > p->len)
		return -EFAULT;
	if (len)
		memcpy(packet_bytes(p) + off, from, len);
	if (flags & INVALIDATE_HASH)
		packet_clear_hash(p);
	return 0;
}

HELPER(skb_store_bytes)
{
	struct vm_packet *p = helper_skb(run, r1);
	uint32_t len = (uint32_t)r4;
	void *from;

	if (!p || !helper_mem(run, r3, len, false, &from))
		return 0;
	return neg(packet_store(p, (uint32_t)r2, from, len, r5));
}

/* Zeroes what it cannot load. */
static uint64_t load(struct vm_run *run, const struct vm_packet *p, int64_t off, uint64_t to,
		     uint32_t len, bool may)
{
	void *at;

	if (!helper_mem(run, to, len, true, &at))
		return 0;
	may = may && off + (int64_t)p->at >= 0 && off + len <= p->len;
	if (len && may)
		memmove(at, p->buf + ((int64_t)p->at + off), len);
	else if (len)
		memset(at, 0, len);
	return neg(may ? 0 : -EFAULT);
}

HELPER(skb_load_bytes)
{
	struct vm_packet *p = helper_skb(run, r1);
	uint32_t off = (uint32_t)r2;

	return p ? load(run, p, off, r3, (uint32_t)r4, off <= INT32_MAX) : 0;
}

HELPER(skb_load_bytes_relative)
{
	enum { FROM_MAC, FROM_NET, OFF_MAX = 0xffff };
	struct vm_packet *p = helper_skb(run, r1);
	uint32_t off = (uint32_t)r2, from = (uint32_t)r5;
	int64_t base;

	if (!p)
		return 0;
	base = from == FROM_MAC ? p->mac : p->network;
	return load(run, p, base + off, r3, (uint32_t)r4, off <= OFF_MAX && from <= FROM_NET);
}

HELPER(skb_pull_data) /* all of it is here already */
{
	struct vm_packet *p = helper_skb(run, r1);

	return p ? neg((uint32_t)r2 > p->len ? -ENOMEM : 0) : 0;
}

/* ---- the hash of the flow ---- */

void packet_clear_hash(struct vm_packet *p)
{
	p->hash_valid = false;
	p->skb.hash = 0;
}

struct flow {
	uint8_t address[32];
	uint32_t ports;
	uint16_t proto;
	uint8_t l4;
};

static void flow_ports(const uint8_t *l4, size_t left, struct flow *f)
{
	enum { TCP = 6, UDP = 17, SCTP = 132, DCCP = 33, UDPLITE = 136 };
	bool has_ports =
		f->l4 == TCP || f->l4 == UDP || f->l4 == SCTP || f->l4 == DCCP || f->l4 == UDPLITE;

	if (has_ports && left >= 4)
		memcpy(&f->ports, l4, 4);
}

static void find_flow(const struct vm_packet *p, struct flow *f)
{
	const uint8_t *net = packet_bytes(p) + p->network;
	int64_t left = (int64_t)p->len - p->network, header;

	memset(f, 0, sizeof(*f));
	f->proto = packet_proto(p);
	if (p->network < 0)
		return;
	if (f->proto == ETH_P_IP && left >= IP4_LEN) {
		header = (net[0] & 15) * 4;
		memcpy(f->address, net + 12, 8);
		f->l4 = net[9];
		if (left >= header &&
		    !((net[6] & 0x1f) | net[7])) /* only first fragments have ports */
			flow_ports(net + header, (size_t)(left - header), f);
	} else if (f->proto == ETH_P_IPV6 && left >= IP6_LEN) {
		memcpy(f->address, net + 8, 32);
		f->l4 = net[6];
		flow_ports(net + IP6_LEN, (size_t)(left - IP6_LEN), f);
	}
}

/* The kernel's is keyed with a number it tells nobody; ours is the same for a flow, and never 0. */
static uint64_t get_hash(struct vm_run *run, uint64_t ctx)
{
	struct vm_packet *p = helper_skb(run, ctx);
	struct flow f;

	if (!p)
		return 0;
	if (!p->hash_valid) {
		find_flow(p, &f);
		p->skb.hash = (uint32_t)hash_bytes(&f, sizeof(f), 0);
		p->skb.hash += !p->skb.hash;
		p->hash_valid = true;
	}
	return p->skb.hash;
}

HELPER(get_hash_recalc)
{
	return get_hash(run, r1);
}

KFUNC(bpf_skb_get_hash)
{
	return get_hash(run, r1);
}

HELPER(set_hash_invalid)
{
	struct vm_packet *p = helper_skb(run, r1);

	if (p)
		packet_clear_hash(p);
	return 0;
}

HELPER(set_hash)
{
	struct vm_packet *p = helper_skb(run, r1);

	if (p) {
		p->skb.hash = (uint32_t)r2;
		p->hash_valid = true;
	}
	return 0;
}

/* ---- VLAN tags: the outermost may stand beside the packet, as devices deliver it ---- */

enum { VLAN_HLEN = 4, VLAN_ETH_HLEN = 18, ADDRESSES = 12 };

static bool is_vlan(uint16_t proto)
{
	return proto == ETH_P_8021Q || proto == ETH_P_8021AD;
}

static void set_tag(struct vm_packet *p, uint16_t proto_be, uint16_t tci)
{
	p->skb.vlan_present = 1;
	p->skb.vlan_proto = proto_be;
	p->skb.vlan_tci = tci;
}

/* The tag beside the packet goes into it. */
static void insert_tag(struct vm_packet *p)
{
	uint16_t proto = (uint16_t)p->skb.vlan_proto, tci = htobe16((uint16_t)p->skb.vlan_tci);
	uint8_t *bytes;

	packet_push(p, VLAN_HLEN);
	p->mac -= VLAN_HLEN;
	p->network -= VLAN_HLEN;
	bytes = packet_bytes(p);
	memmove(bytes, bytes + VLAN_HLEN, ADDRESSES);
	memcpy(bytes + ADDRESSES, &proto, 2);
	memcpy(bytes + ADDRESSES + 2, &tci, 2);
	p->skb.protocol = proto;
}

HELPER(skb_vlan_push)
{
	struct vm_packet *p = helper_skb(run, r1);
	uint16_t proto = (uint16_t)r2;

	if (!p)
		return 0;
	if (p->skb.vlan_present) {
		if (p->mac)
			return neg(-EINVAL);
		if (p->len < ADDRESSES)
			return neg(-ENOMEM);
		insert_tag(p);
	}
	set_tag(p, is_vlan(be16toh(proto)) ? proto : htobe16(ETH_P_8021Q), (uint16_t)r3);
	packet_moved(run, p);
	return 0;
}

static uint16_t inner_protocol(const struct vm_packet *p)
{
	enum { FIRST_TYPE = 0x600, P_802_3 = 1, P_802_2 = 4 };
	const uint8_t *bytes = packet_bytes(p);
	uint16_t type, next = 0;

	memcpy(&type, bytes + VLAN_ETH_HLEN - 2, 2);
	if (be16toh(type) >= FIRST_TYPE)
		return type;
	if (p->len >= VLAN_ETH_HLEN + 2)
		memcpy(&next, bytes + VLAN_ETH_HLEN, 2);
	return htobe16(next == 0xffff ? P_802_3 : P_802_2);
}

static int remove_tag(struct vm_packet *p, uint16_t *ret_tci)
{
	uint8_t *bytes = packet_bytes(p);

	if (p->mac)
		return -EINVAL;
	if (p->len < VLAN_ETH_HLEN)
		return -ENOMEM;
	memcpy(ret_tci, bytes + ETH_HLEN, 2);
	*ret_tci = be16toh(*ret_tci);
	p->skb.protocol = inner_protocol(p);
	memmove(bytes + VLAN_HLEN, bytes, ADDRESSES);
	packet_pull(p, VLAN_HLEN);
	p->mac += VLAN_HLEN;
	p->network = MAX(p->network, ETH_HLEN);
	return 0;
}

static int vlan_pop(struct vm_packet *p)
{
	uint16_t proto = (uint16_t)p->skb.protocol, tci;
	int err;

	if (p->skb.vlan_present) {
		p->skb.vlan_present = p->skb.vlan_tci = p->skb.vlan_proto = 0;
	} else {
		if (!is_vlan(be16toh(proto)))
			return 0;
		err = remove_tag(p, &tci);
		if (err)
			return err;
	}
	proto = (uint16_t)p->skb.protocol;
	if (!is_vlan(be16toh(proto)))
		return 0;
	err = remove_tag(p, &tci); /* the next one takes its place beside the packet */
	if (!err)
		set_tag(p, proto, tci);
	return err;
}

HELPER(skb_vlan_pop)
{
	struct vm_packet *p = helper_skb(run, r1);
	int err;

	if (!p)
		return 0;
	err = vlan_pop(p);
	packet_moved(run, p);
	return neg(err);
}

/* ---- marks ---- */

HELPER(skb_change_type)
{
	enum { TYPE_MAX = 3 };
	struct vm_packet *p = helper_skb(run, r1);

	if (!p)
		return 0;
	if (p->skb.pkt_type > TYPE_MAX || (uint32_t)r2 > TYPE_MAX)
		return neg(-EINVAL);
	p->skb.pkt_type = (uint32_t)r2;
	return 0;
}

HELPER(skb_set_tstamp)
{
	enum { REALTIME, TAI = 2 };
	struct vm_packet *p = helper_skb(run, r1);
	uint32_t type = (uint32_t)r3;

	if (!p)
		return 0;
	if (packet_proto(p) != ETH_P_IP && packet_proto(p) != ETH_P_IPV6)
		return neg(-EOPNOTSUPP);
	if (type > TAI || (type != REALTIME && !r2))
		return neg(-EINVAL);
	p->skb.tstamp = r2;
	p->skb.tstamp_type = (uint8_t)type;
	return 0;
}

static bool set_ce_4(uint8_t *ip)
{
	uint32_t ecn = (ip[1] + 1u) & 3, sum;
	uint16_t csum;

	if (!(ecn & 2))
		return !ecn;
	memcpy(&csum, ip + 10, 2);
	sum = csum + (uint32_t)htobe16(0xfffb) + htobe16((uint16_t)ecn);
	csum = (uint16_t)(sum + (sum >= 0xffff));
	memcpy(ip + 10, &csum, 2);
	ip[1] |= 3;
	return true;
}

static bool set_ce_6(uint8_t *ip)
{
	if (!(ip[1] & 0x30))
		return false;
	ip[1] |= 0x30;
	return true;
}

HELPER(skb_ecn_set_ce)
{
	struct vm_packet *p = helper_skb(run, r1);
	uint16_t proto = p ? packet_proto(p) : 0;
	int64_t left = p && p->network >= 0 ? (int64_t)p->len - p->network : 0;

	if (proto == ETH_P_IP && left >= IP4_LEN)
		return set_ce_4(packet_bytes(p) + p->network);
	if (proto == ETH_P_IPV6 && left >= IP6_LEN)
		return set_ce_6(packet_bytes(p) + p->network);
	return 0;
}
