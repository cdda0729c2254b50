/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A program that leaves its work to another of a program array: 2.35-2.41, X3.3. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

enum { SAID_OTHER = 1, SAID_EXEC, SAID_CREATE, SAID_DELETE, SAID_SOME };

SEC("raw_tp/sys_enter") int hello_exec(void *ctx)
{
	bpf_printk("Executing a program");
	return SAID_EXEC;
}

SEC("raw_tp/sys_enter") int hello_timer(struct bpf_raw_tracepoint_args *ctx)
{
	int opcode = ctx->args[1];

	switch (opcode) {
	case 222:
		bpf_printk("Creating a timer");
		return SAID_CREATE;
	case 226:
		bpf_printk("Deleting a timer");
		return SAID_DELETE;
	default:
		bpf_printk("Some other timer operation");
		return SAID_SOME;
	}
}

SEC("raw_tp/sys_enter") int ignore_opcode(void *ctx)
{
	return 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 300);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} syscall SEC(".maps") = {
	.values = {
		[21] = (void *)&ignore_opcode, [22] = (void *)&ignore_opcode, [25] = (void *)&ignore_opcode,
		[59] = (void *)&hello_exec, [222] = (void *)&hello_timer, [223] = (void *)&hello_timer,
		[224] = (void *)&hello_timer, [225] = (void *)&hello_timer, [226] = (void *)&hello_timer,
	},
};

SEC("raw_tp/sys_enter") int hello(struct bpf_raw_tracepoint_args *ctx)
{
	int opcode = ctx->args[1];

	bpf_tail_call(ctx, &syscall, opcode);
	bpf_printk("Another syscall: %d", opcode);
	return SAID_OTHER;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
