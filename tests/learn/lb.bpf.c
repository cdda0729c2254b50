/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A balancer of TCP: what CLIENT sends goes to one of two backends, what they send goes to CLIENT, out
 * of the interface that it came in by: 8.07. The last bytes of hardware addresses are those of IP's.
 */
#include "packet.h"

#define ADDRESS(last) bpf_htonl(172u << 24 | 17 << 16 | (last))

enum { BACKEND_A = 2, BACKEND_B, CLIENT, BALANCER };

static __always_inline __u16 sum_of(struct iphdr *ip)
{
	__u32 sum;

	ip->check = 0;
	sum = bpf_csum_diff(NULL, 0, (__be32 *)ip, sizeof(*ip), 0);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

SEC("xdp") int balance(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip;
	__u8 to = CLIENT;

	if (data + sizeof(*eth) + sizeof(*ip) > end)
		return XDP_ABORTED;
	ip = find_ip(data, end);
	if (!ip || ip->protocol != IPPROTO_TCP)
		return XDP_PASS;
	if (ip->saddr == ADDRESS(CLIENT))
		to = bpf_get_prandom_u32() % 2 ? BACKEND_A : BACKEND_B;
	ip->daddr = ADDRESS(to);
	eth->h_dest[5] = to;
	ip->saddr = ADDRESS(BALANCER);
	eth->h_source[5] = BALANCER;
	ip->check = sum_of(ip);
	return XDP_TX;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
