/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What programs for packets find in them. */
#ifndef SKEP_LEARN_PACKET_H
#define SKEP_LEARN_PACKET_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

enum { ICMP_ANSWER = 0, ICMP_ASK = 8 };

/* linux/icmp.h wants the C library of this target, which has none. */
struct icmp {
	__u8 type, code;
	__sum16 checksum;
	__be16 id, sequence;
};

/* The IPv4 header, or NULL: it is none, or cut short: 8.06. */
static __always_inline struct iphdr *find_ip(void *data, void *end)
{
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);

	return (void *)(ip + 1) <= end && eth->h_proto == bpf_htons(ETH_P_IP) ? ip : NULL;
}

static __always_inline struct icmp *find_icmp(struct iphdr *ip, void *end)
{
	struct icmp *icmp = (void *)(ip + 1);

	return ip && ip->protocol == IPPROTO_ICMP && ip->ihl == 5 && (void *)(icmp + 1) <= end ? icmp : NULL;
}

#endif
