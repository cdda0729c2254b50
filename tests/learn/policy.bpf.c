/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Events, a policy, and what follows: 9.01, 9.04, 9.06, 9.10, 9.11. The calls of a program are noted, as for
 * a seccomp profile; files are watched at entry, where their name can still change, and at exit; who
 * opens what the policy forbids is killed.
 */
#include "ours.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u8);
} allowed SEC(".maps");

struct event {
	int pid, killed;
	char path[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} alerts SEC(".maps");

struct event *event_is_known;
const volatile _Bool enforce;
int opened, failed;

SEC("raw_tp/sys_enter") int note_call(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 call = ctx->args[1];
	__u8 one = 1;

	if (ours())
		bpf_map_update_elem(&allowed, &call, &one, BPF_ANY);
	return 0;
}

struct enter_openat {
	__u64 common;
	int nr;
	long dir, filename, flags, mode;
};

SEC("tp/syscalls/sys_enter_openat") int watch_open(struct enter_openat *ctx)
{
	struct event e = {};

	if (!ours())
		return 0;
	bpf_probe_read_user_str(e.path, sizeof(e.path), (void *)ctx->filename);
	if (!begins(e.path, "/etc/sh", 7))
		return 0; /* within the policy: not worth a word */
	e.pid = bpf_get_current_pid_tgid() >> 32;
	e.killed = enforce && !bpf_send_signal(9);
	bpf_ringbuf_output(&alerts, &e, sizeof(e), 0);
	return 0;
}

struct exit_openat {
	__u64 common;
	int nr;
	long ret;
};

SEC("tp/syscalls/sys_exit_openat") int see_result(struct exit_openat *ctx)
{
	if (!ours())
		return 0;
	if (ctx->ret < 0)
		failed++;
	else
		opened++;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
