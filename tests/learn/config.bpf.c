/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A message for each user, from a map that user space fills, or the default: 4.04, 4.24, 5.18-5.22. What
 * runs it is RUN_ON: "raw_tp/sched_process_exec", or another that takes no more.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#ifndef RUN_ON
#define RUN_ON "raw_tp/sched_process_exec"
#endif

struct user_msg {
	char message[12];
};

struct event {
	int pid, uid;
	char command[16];
	char message[12];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, __u32);
	__type(value, struct user_msg);
} my_config SEC(".maps");

#ifdef PERF
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} output SEC(".maps");
#define SEND(data) bpf_perf_event_output(ctx, &output, BPF_F_CURRENT_CPU, data, sizeof(*(data)))
#else
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} output SEC(".maps");
#define SEND(data) bpf_ringbuf_output(&output, data, sizeof(*(data)), 0)
#endif

char message[12] = "Hello World";
struct event *event_is_known; /* its type stays in the object's BTF */

SEC(RUN_ON) int hello(void *ctx)
{
	struct event data = {};
	struct user_msg *p;
	__u32 uid = bpf_get_current_uid_gid() & 0xffffffff;

	data.pid = bpf_get_current_pid_tgid() >> 32;
	data.uid = uid;
	bpf_get_current_comm(&data.command, sizeof(data.command));
	p = bpf_map_lookup_elem(&my_config, &uid);
	bpf_probe_read_kernel(&data.message, sizeof(data.message), p ? p->message : message);
	SEND(&data);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
