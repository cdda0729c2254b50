/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fields of the kernel's structs, wherever this kernel has them: 5.03, 5.26, 5.30, 5.31. The structs here
 * have the fields' names in another order and with others between, which is what relocation is for.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct task_struct {
	char far_off[4096];
	struct task_struct *group_leader;
	int tgid, pid;
	char comm[16];
} __attribute__((preserve_access_index));

struct task_struct___no_such {
	int no_such_field;
} __attribute__((preserve_access_index));

enum { SAME_TGID = 1, SAME_LEADER = 2, SAME_NAME = 4, NO_SUCH = 8 };

SEC("raw_tp/sys_enter") int core(void *ctx)
{
	struct task_struct *t = (void *)bpf_get_current_task();
	char name[16], ours[16];
	int found = 0;

	bpf_get_current_comm(ours, sizeof(ours));
	bpf_core_read(name, sizeof(name), &t->comm);
	if (BPF_CORE_READ(t, tgid) == (int)(bpf_get_current_pid_tgid() >> 32))
		found |= SAME_TGID;
	if (BPF_CORE_READ(t, group_leader, pid) == BPF_CORE_READ(t, tgid))
		found |= SAME_LEADER;
	if (__builtin_memcmp(name, ours, 4) == 0)
		found |= SAME_NAME;
	if (!bpf_core_field_exists(((struct task_struct___no_such *)t)->no_such_field))
		found |= NO_SUCH;
	return found;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
