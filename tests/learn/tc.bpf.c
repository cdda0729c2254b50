/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Classifiers that drop all, drop pings, and answer them: 8.10-8.12. */
#include <linux/pkt_cls.h>
#include "packet.h"

int dropped, asked, answered;

SEC("tc") int tc_drop(struct __sk_buff *skb)
{
	dropped++;
	bpf_printk("[tc] dropping packet");
	return TC_ACT_SHOT;
}

static __always_inline struct icmp *ping_of(struct __sk_buff *skb)
{
	void *end = (void *)(long)skb->data_end;
	struct icmp *icmp = find_icmp(find_ip((void *)(long)skb->data, end), end);

	return icmp && icmp->type == ICMP_ASK ? icmp : NULL;
}

SEC("tc") int drop_pings(struct __sk_buff *skb)
{
	struct icmp *icmp = ping_of(skb);

	if (!icmp)
		return TC_ACT_OK;
	asked++;
	bpf_printk("[tc] ICMP request for %x type %x", skb->ifindex, icmp->type);
	return TC_ACT_SHOT;
}

static __always_inline void swap_ends(struct ethhdr *eth, struct iphdr *ip)
{
	unsigned char was[ETH_ALEN];
	__be32 from = ip->saddr;

	__builtin_memcpy(was, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, was, ETH_ALEN);
	ip->saddr = ip->daddr;
	ip->daddr = from;
}

SEC("tc") int tc_pingpong(struct __sk_buff *skb)
{
	struct icmp *icmp = ping_of(skb);
	int sum_at = sizeof(struct ethhdr) + sizeof(struct iphdr) + __builtin_offsetof(struct icmp, checksum);
	int type_at = sizeof(struct ethhdr) + sizeof(struct iphdr);
	__u8 answer = ICMP_ANSWER;

	if (!icmp)
		return TC_ACT_OK;
	answered++;
	swap_ends((void *)(long)skb->data, (void *)(long)skb->data + sizeof(struct ethhdr));
	bpf_l4_csum_replace(skb, sum_at, bpf_htons(ICMP_ASK << 8), bpf_htons(ICMP_ANSWER << 8), 2);
	bpf_skb_store_bytes(skb, type_at, &answer, 1, 0);
	bpf_clone_redirect(skb, skb->ifindex, 0);
	return TC_ACT_SHOT;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
