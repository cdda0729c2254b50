/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What one end of a TCP connection sends goes straight to the other end: 7.20, 7.21. */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, __u32);
} ends SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} listener SEC(".maps");

const volatile int stands_for;	 /* who listens at it ... */
const volatile int is_asked_for; /* ... is asked for by this port */
int sent, joined, looked;

static __u64 name_of(__u32 local, __u32 remote)
{
	return (__u64)local << 32 | remote;
}

SEC("sockops") int join(struct bpf_sock_ops *ctx)
{
	__u64 name = name_of(ctx->local_port, bpf_ntohl(ctx->remote_port));
	__u32 first = 0;

	switch (ctx->op) {
	case BPF_SOCK_OPS_TCP_LISTEN_CB:
		if (ctx->local_port == stands_for)
			bpf_sock_map_update(ctx, &listener, &first, BPF_ANY);
		break;
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		joined += !bpf_sock_hash_update(ctx, &ends, &name, BPF_ANY);
	}
	return 1;
}

SEC("sk_msg") int across(struct sk_msg_md *msg)
{
	__u64 other = name_of(bpf_ntohl(msg->remote_port), msg->local_port);

	__sync_fetch_and_add(&sent, 1);
	return bpf_msg_redirect_hash(msg, &ends, &other, BPF_F_INGRESS);
}

/* A listener for another port than its own. */
SEC("sk_lookup") int look(struct bpf_sk_lookup *ctx)
{
	struct bpf_sock *sk;
	__u32 first = 0;
	long err;

	if (ctx->local_port != is_asked_for)
		return SK_PASS;
	looked++;
	sk = bpf_map_lookup_elem(&listener, &first);
	if (!sk)
		return SK_DROP;
	err = bpf_sk_assign(ctx, sk, 0);
	bpf_sk_release(sk);
	return err ? SK_DROP : SK_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
