/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A function of its own that the program calls: 3.43, 3.46. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __attribute__((noinline)) int get_opcode(struct bpf_raw_tracepoint_args *ctx)
{
	return ctx->args[1];
}

SEC("raw_tp/sys_enter") int hello(struct bpf_raw_tracepoint_args *ctx)
{
	int opcode = get_opcode(ctx);

	bpf_printk("Syscall: %d", opcode);
	return opcode;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
