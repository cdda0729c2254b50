/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Lightweight tunnels: another header in front of the packet. Segment routing's are not pushed, as by
 * a kernel without it: what follows them is a route.
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
	word = (uint16_t)~(sum + (sum >> 16));
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
