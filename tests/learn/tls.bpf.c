/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a program writes before it is encrypted, and reads after: 8.13, 7.17. WORK is its file. A buffer
 * is full when the function that reads returns: until then its address is kept, for each thread.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

enum { READ, WRITTEN };

struct event {
	int what, len;
	char data[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, __u64);
} active_read SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} tls_events SEC(".maps");

struct event *event_is_known;

static __always_inline int tell(void *ctx, int what, const void *from, __u32 len)
{
	struct event e = {.what = what, .len = len};

	bpf_probe_read_user(e.data, len % sizeof(e.data), from);
	bpf_perf_event_output(ctx, &tls_events, BPF_F_CURRENT_CPU, &e, sizeof(e));
	return 0;
}

SEC("uprobe/" WORK ":tls_write") int BPF_KPROBE(write_enter, void *s, const void *bytes, int n)
{
	return tell(ctx, WRITTEN, bytes, n);
}

SEC("uprobe/" WORK ":tls_read") int BPF_KPROBE(read_enter, void *s, void *bytes)
{
	__u64 id = bpf_get_current_pid_tgid(), at = (__u64)bytes;

	bpf_map_update_elem(&active_read, &id, &at, BPF_ANY);
	return 0;
}

SEC("uretprobe/" WORK ":tls_read") int BPF_KRETPROBE(read_exit, int n)
{
	__u64 id = bpf_get_current_pid_tgid(), *at = bpf_map_lookup_elem(&active_read, &id);

	if (at) {
		tell(ctx, READ, (void *)*at, n);
		bpf_map_delete_elem(&active_read, &id);
	}
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
