/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A congestion control: what Reno does, and how often it was asked. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#ifndef TABLE
#define TABLE ".struct_ops.link"
#endif

struct sock {
	int sk_rcvlowat; /* a struct as the kernel has one, and no mere name */
} __attribute__((preserve_access_index));

struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	__u32 (*undo_cwnd)(struct sock *sk);
	char name[16];
} __attribute__((preserve_access_index));

extern __u32 tcp_reno_ssthresh(struct sock *sk) __ksym;
extern void tcp_reno_cong_avoid(struct sock *sk, __u32 ack, __u32 acked) __ksym;
extern __u32 tcp_reno_undo_cwnd(struct sock *sk) __ksym;

int avoided;

SEC("struct_ops") __u32 ssthresh(unsigned long long *ctx)
{
	return tcp_reno_ssthresh((struct sock *)ctx[0]);
}

SEC("struct_ops") void cong_avoid(unsigned long long *ctx)
{
	__sync_fetch_and_add(&avoided, 1);
	tcp_reno_cong_avoid((struct sock *)ctx[0], ctx[1], ctx[2]);
}

SEC("struct_ops") __u32 undo_cwnd(unsigned long long *ctx)
{
	return tcp_reno_undo_cwnd((struct sock *)ctx[0]);
}

SEC(TABLE) struct tcp_congestion_ops ops = {
	.ssthresh = (void *)ssthresh,
	.cong_avoid = (void *)cong_avoid,
	.undo_cwnd = (void *)undo_cwnd,
	.name = "skep_reno",
};

char LICENSE[] SEC("license") = "Dual BSD/GPL";
