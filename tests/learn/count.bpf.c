/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counts by user and by number of call, from several events into the maps they share: 2.23-2.26, X2.2, X2.3, X2.5. */
#include "ours.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, __u64);
	__type(value, __u64);
} counter_table SEC(".maps"), calls SEC(".maps");

static __always_inline int count(void *map, __u64 key)
{
	__u64 one = 1, *n = bpf_map_lookup_elem(map, &key);

	if (n)
		__sync_fetch_and_add(n, 1);
	else
		bpf_map_update_elem(map, &key, &one, BPF_ANY);
	return 0;
}

SEC("tp/syscalls/sys_enter_openat") int by_openat(void *ctx)
{
	return ours() ? count(&counter_table, bpf_get_current_uid_gid() & 0xffffffff) : 0;
}

SEC("tp/syscalls/sys_enter_write") int by_write(void *ctx)
{
	return ours() ? count(&counter_table, bpf_get_current_uid_gid() & 0xffffffff) : 0;
}

SEC("raw_tp/sys_enter") int by_call(struct bpf_raw_tracepoint_args *ctx)
{
	return ours() ? count(&calls, ctx->args[1]) : 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
