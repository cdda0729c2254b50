/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs that say no to packets: netfilter, a socket's filter, a group of sockets: 7.19, 8.01. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct sk_buff {
	unsigned int len;
} __attribute__((preserve_access_index));

struct bpf_nf_ctx {
	struct sk_buff *skb;
} __attribute__((preserve_access_index));

enum { DROP, ACCEPT, UDP_HEADER = 8 };

const volatile unsigned drop_len = 84; /* of a ping, with its IP header */
int dropped, accepted, seen;

SEC("netfilter") int packets(struct bpf_nf_ctx *ctx)
{
	if (ctx->skb->len == drop_len) {
		dropped++;
		return DROP;
	}
	accepted++;
	return ACCEPT;
}

/* Datagrams that begin with "n": of nothing, which is dropped. */
SEC("socket") int datagrams(struct __sk_buff *skb)
{
	char first = 0;

	seen++;
	bpf_skb_load_bytes(skb, UDP_HEADER, &first, 1);
	return first == 'n' ? 0 : -1;
}

SEC("sk_reuseport") int group(struct sk_reuseport_md *ctx)
{
	char first = 0;

	seen++;
	bpf_skb_load_bytes((void *)ctx, UDP_HEADER, &first, 1);
	return first == 'n' ? SK_DROP : SK_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
