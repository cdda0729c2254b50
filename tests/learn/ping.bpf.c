/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* XDP that tells pings, questions apart from answers: 8.02-8.06, X8.1. */
#include "packet.h"

const volatile int verdict = XDP_PASS;
int pings, answers, others;

SEC("xdp") int ping(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct icmp *icmp = find_icmp(find_ip((void *)(long)ctx->data, end), end);

	if (!icmp || (icmp->type != ICMP_ASK && icmp->type != ICMP_ANSWER)) {
		others++;
		return XDP_PASS;
	}
	if (icmp->type == ICMP_ASK)
		pings++;
	else
		answers++;
	bpf_printk("Hello ping");
	return verdict;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
