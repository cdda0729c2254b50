/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Dissects what it can: IPv4, and its addresses: 7.24. */
#include "packet.h"

int dissected, dropped;

SEC("flow_dissector") int dissect(struct __sk_buff *skb)
{
	struct bpf_flow_keys *keys = skb->flow_keys;
	struct iphdr ip;

	if (keys->n_proto != bpf_htons(ETH_P_IP) || bpf_skb_load_bytes(skb, keys->nhoff, &ip, sizeof(ip))) {
		dropped++;
		return BPF_DROP;
	}
	keys->addr_proto = ETH_P_IP;
	keys->ipv4_src = ip.saddr;
	keys->ipv4_dst = ip.daddr;
	keys->ip_proto = ip.protocol;
	keys->thoff = keys->nhoff + sizeof(ip);
	dissected++;
	return BPF_OK;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
