/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counts packets in a global variable, and says so: 3.10, 3.42. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int counter = 0;

SEC("xdp") int hello(void *ctx)
{
	bpf_printk("Hello World %d", counter);
	counter++;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
