/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a cgroup's processes may do, and how often they did: 7.26, 7.28. */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

enum { DENY, ALLOW, INET = 2, DATAGRAM = 2, SOCKET_LEVEL = 1, PRIORITY = 12, MARK = 36 };

const volatile int really_at; /* where port 1 is */
int connects, binds, sockets, gets, sets, reads, writes, devices, in, out, established;

/* Port 1 is another, and nobody sees it; to port 2 no one goes. */
SEC("cgroup/connect4") int connect4(struct bpf_sock_addr *ctx)
{
	connects++;
	if (ctx->user_port == bpf_htons(1))
		ctx->user_port = bpf_htons(really_at);
	return ctx->user_port == bpf_htons(2) ? DENY : ALLOW;
}

SEC("cgroup/bind4") int bind4(struct bpf_sock_addr *ctx)
{
	binds++;
	if (ctx->user_port == bpf_htons(8001))
		ctx->user_port = bpf_htons(8002);
	return ctx->user_port == bpf_htons(8003) ? DENY : ALLOW;
}

SEC("cgroup/sock_create") int sock_create(struct bpf_sock *ctx)
{
	sockets++;
	return ctx->family == INET && ctx->type == DATAGRAM ? DENY : ALLOW;
}

SEC("cgroup/getsockopt") int getsockopt(struct bpf_sockopt *ctx)
{
	int *value = ctx->optval;

	if (ctx->level != SOCKET_LEVEL || ctx->optname != MARK)
		return ALLOW;
	gets++;
	if ((void *)(value + 1) > ctx->optval_end)
		return DENY;
	*value = 4711;
	ctx->retval = 0;
	return ALLOW;
}

SEC("cgroup/setsockopt") int setsockopt(struct bpf_sockopt *ctx)
{
	if (ctx->level != SOCKET_LEVEL || ctx->optname != PRIORITY)
		return ALLOW;
	sets++;
	return DENY;
}

SEC("cgroup/sysctl") int sysctl(struct bpf_sysctl *ctx)
{
	if (ctx->write)
		writes++;
	else
		reads++;
	return ctx->write ? DENY : ALLOW;
}

SEC("cgroup/dev") int device(struct bpf_cgroup_dev_ctx *ctx)
{
	devices++;
	return ctx->major == 1 && ctx->minor == 5 ? DENY : ALLOW; /* /dev/zero */
}

SEC("cgroup_skb/ingress") int ingress(struct __sk_buff *skb)
{
	in++;
	return ALLOW;
}

SEC("cgroup_skb/egress") int egress(struct __sk_buff *skb)
{
	out++;
	return ALLOW;
}

SEC("sockops") int connections(struct bpf_sock_ops *ctx)
{
	if (ctx->op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB || ctx->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		established++;
	return 1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
