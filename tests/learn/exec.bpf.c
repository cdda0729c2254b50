/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The same execs, as each kind of event shows them: 7.14-7.16, 7.30, X7.2, X7.4. */
#include "ours.h"
#include <bpf/bpf_core_read.h>

struct event {
	char by[16];
	int pid, uid;
	char command[16];
	char path[32];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} output SEC(".maps");

struct event *event_is_known;

struct linux_binprm {
	const char *filename;
} __attribute__((preserve_access_index));

static __always_inline int tell(void *ctx, struct event *e)
{
	if (!begins(e->path, "./skepwork", 10))
		return 0;
	e->pid = bpf_get_current_pid_tgid() >> 32;
	e->uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(e->command, sizeof(e->command));
	bpf_perf_event_output(ctx, &output, BPF_F_CURRENT_CPU, e, sizeof(*e));
	return 0;
}

/* As /sys/kernel/tracing/events/syscalls/sys_enter_execve/format has it. */
struct enter_execve {
	__u16 common_type;
	__u8 common_flags, common_preempt_count;
	int common_pid, nr;
	long filename, argv, envp;
};

SEC("tp/syscalls/sys_enter_execve") int tp_sys_enter_execve(struct enter_execve *ctx)
{
	struct event e = {.by = "tp"};

	bpf_probe_read_user_str(e.path, sizeof(e.path), (void *)ctx->filename);
	return tell(ctx, &e);
}

SEC("raw_tp/sched_process_exec") int raw_tp_exec(struct bpf_raw_tracepoint_args *ctx)
{
	struct linux_binprm *b = (void *)ctx->args[2];
	struct event e = {.by = "raw_tp"};

	bpf_probe_read_kernel_str(e.path, sizeof(e.path), BPF_CORE_READ(b, filename));
	return tell(ctx, &e);
}

SEC("tp_btf/sched_process_exec") int handle_exec(unsigned long long *ctx)
{
	struct linux_binprm *b = (void *)ctx[2];
	struct event e = {.by = "tp_btf"};

	bpf_probe_read_kernel_str(e.path, sizeof(e.path), b->filename);
	return tell(ctx, &e);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
