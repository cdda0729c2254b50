# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Tables of functions for the kernel. Compared with libbpf: tests/obj.c.
==== a table
-- c
#include "bpf.h"
struct tcp_congestion_ops { u32 (*ssthresh)(void *sk); void (*cong_avoid)(void *sk, u32 ack, u32 acked); u32 (*undo_cwnd)(void *sk); char name[16]; u32 flags; };

SEC("struct_ops/one") u32 one(u64 *ctx) { return 2; } SEC("struct_ops/two") void two(u64 *ctx) { } SEC("struct_ops/three") u32 three(u64 *ctx) { return 3; }
SEC(".struct_ops") struct tcp_congestion_ops ops = { .ssthresh = (void *)one, .cong_avoid = (void *)two, .undo_cwnd = (void *)three, .name = "skep_test" };
LICENSE;
==== a table with a link
libbpf: 1.2
-- c
#include "bpf.h"
struct tcp_congestion_ops { u32 (*ssthresh)(void *sk); void (*cong_avoid)(void *sk, u32 ack, u32 acked); u32 (*undo_cwnd)(void *sk); char name[16]; u32 flags; };

SEC("struct_ops") u32 one(u64 *ctx) { return 2; } SEC("struct_ops") void two(u64 *ctx) { } SEC("struct_ops") u32 three(u64 *ctx) { return 3; }
SEC(".struct_ops.link") struct tcp_congestion_ops ops = { .ssthresh = (void *)one, .cong_avoid = (void *)two, .undo_cwnd = (void *)three, .name = "skep_test" };
LICENSE;
==== two tables that share a function
libbpf: 1.2
-- c
#include "bpf.h"
struct tcp_congestion_ops { u32 (*ssthresh)(void *sk); void (*cong_avoid)(void *sk, u32 ack, u32 acked); u32 (*undo_cwnd)(void *sk); char name[16]; u32 flags; };

SEC("struct_ops") u32 one(u64 *ctx) { return 2; } SEC("struct_ops") void two(u64 *ctx) { } SEC("struct_ops") u32 three(u64 *ctx) { return 3; }
SEC(".struct_ops.link") struct tcp_congestion_ops a = { .ssthresh = (void *)one, .cong_avoid = (void *)two, .undo_cwnd = (void *)three, .name = "skep_a" };
SEC(".struct_ops.link") struct tcp_congestion_ops b = { .ssthresh = (void *)one, .cong_avoid = (void *)two, .undo_cwnd = (void *)three, .name = "skep_b" };
LICENSE;
==== a table that is not wanted
libbpf: 1.5
-- c
#include "bpf.h"
struct tcp_congestion_ops { u32 (*ssthresh)(void *sk); void (*cong_avoid)(void *sk, u32 ack, u32 acked); u32 (*undo_cwnd)(void *sk); char name[16]; u32 flags; };

SEC("struct_ops") u32 one(u64 *ctx) { return 2; } SEC("struct_ops") void two(u64 *ctx) { } SEC("struct_ops") u32 three(u64 *ctx) { return 3; }
SEC("?.struct_ops.link") struct tcp_congestion_ops a = { .ssthresh = (void *)one, .cong_avoid = (void *)two, .undo_cwnd = (void *)three, .name = "skep_a" };
SEC("socket") int prog(void *ctx) { return 0; }
LICENSE;
==== functions in other functions, with data
libbpf: 1.2
-- c
#include "bpf.h"
struct tcp_congestion_ops { u32 (*ssthresh)(void *sk); void (*cong_avoid)(void *sk, u32 ack, u32 acked); u32 (*undo_cwnd)(void *sk); char name[16]; u32 flags; };
struct { __uint(type, MAP_HASH); __uint(max_entries, 16); __type(key, u32); __type(value, u64); } m SEC(".maps");

static __noinline u32 get(u32 k) { u64 *v = map_lookup(&m, &k); return v ? *v : 2; }
SEC("struct_ops") u32 one(u64 *ctx) { return get(1); } SEC("struct_ops") void two(u64 *ctx) { get(2); } SEC("struct_ops") u32 three(u64 *ctx) { return 3; }
SEC(".struct_ops.link") struct tcp_congestion_ops ops = { .ssthresh = (void *)one, .cong_avoid = (void *)two, .undo_cwnd = (void *)three, .name = "skep_test" };
LICENSE;
==== a member that the kernel does not have, zero
libbpf: 1.4
-- c
#include "bpf.h"
struct tcp_congestion_ops___x { u32 (*ssthresh)(void *sk); void (*cong_avoid)(void *sk, u32 ack, u32 acked); u32 (*undo_cwnd)(void *sk); char name[16]; u64 no_such_member; void (*no_such_function)(void *sk); };
SEC("struct_ops") u32 one(u64 *ctx) { return 2; } SEC("struct_ops") void two(u64 *ctx) { } SEC("struct_ops") u32 three(u64 *ctx) { return 3; }
SEC(".struct_ops.link") struct tcp_congestion_ops___x ops = { .ssthresh = (void *)one, .cong_avoid = (void *)two, .undo_cwnd = (void *)three, .name = "skep_test" };
LICENSE;
==== a member that the kernel does not have
libbpf: 1.4
error: member 'no_such_member' is not in the kernel's, and not zero
-- c
#include "bpf.h"
struct tcp_congestion_ops___x { u32 (*ssthresh)(void *sk); void (*cong_avoid)(void *sk, u32 ack, u32 acked); u32 (*undo_cwnd)(void *sk); char name[16]; u64 no_such_member; };
SEC("struct_ops") u32 one(u64 *ctx) { return 2; } SEC("struct_ops") void two(u64 *ctx) { } SEC("struct_ops") u32 three(u64 *ctx) { return 3; }
SEC(".struct_ops.link") struct tcp_congestion_ops___x ops = { .ssthresh = (void *)one, .cong_avoid = (void *)two, .undo_cwnd = (void *)three, .name = "skep_test", .no_such_member = 4 };
LICENSE;
==== no such table in the kernel
error: this kernel has no struct_ops of that type
-- c
#include "bpf.h"
struct no_such_ops { u32 (*f)(void *sk); };
SEC("struct_ops") u32 one(u64 *ctx) { return 2; }
SEC(".struct_ops") struct no_such_ops ops = { .f = (void *)one };
LICENSE;
==== a function that is a member of nothing
error: is a member of nothing
-- c
#include "bpf.h"
struct tcp_congestion_ops { u32 (*ssthresh)(void *sk); void (*cong_avoid)(void *sk, u32 ack, u32 acked); u32 (*undo_cwnd)(void *sk); char name[16]; u32 flags; };

SEC("struct_ops") u32 one(u64 *ctx) { return 2; }
LICENSE;
==== a member that is no program
error: is no program in SEC("struct_ops")
-- c
#include "bpf.h"
struct tcp_congestion_ops { u32 (*ssthresh)(void *sk); void (*cong_avoid)(void *sk, u32 ack, u32 acked); u32 (*undo_cwnd)(void *sk); char name[16]; u32 flags; };

SEC("socket") u32 one(u64 *ctx) { return 2; }
SEC(".struct_ops") struct tcp_congestion_ops ops = { .ssthresh = (void *)one };
LICENSE;
