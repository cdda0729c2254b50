/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* More than a reader may keep up with, and more keys than a map holds: what is lost is counted here, too. */
#include "ours.h"

struct event {
	unsigned long long number, fill[7];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} perf SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u64);
	__type(value, __u64);
} few SEC(".maps");

struct event *event_is_known;
enum { GETPPID = 110 }; /* on x86-64 */
int calls, perf_lost, ring_lost, not_stored;

SEC("raw_tp/sys_enter") int flood(struct bpf_raw_tracepoint_args *ctx)
{
	struct event e = {.number = calls};
	__u64 key = calls;

	if (ctx->args[1] != GETPPID || !ours())
		return 0;
	calls++;
	perf_lost += bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, &e, sizeof(e)) != 0;
	ring_lost += bpf_ringbuf_output(&ring, &e, sizeof(e), 0) != 0;
	not_stored += bpf_map_update_elem(&few, &key, &key, BPF_ANY) != 0;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
