/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One program of each way of being attached, by names that are easy to find. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int runs;

#define PROGRAM(name, section, result)     \
	SEC(section) int name(void *ctx)   \
	{                                  \
		runs++;                    \
		return result;             \
	}

PROGRAM(killed_tp, "tp/sched/sched_process_exec", 0)
PROGRAM(killed_raw, "raw_tp/sched_process_exec", 0)
PROGRAM(killed_xdp, "xdp", XDP_PASS)
PROGRAM(killed_tcx, "tcx/ingress", -1)
PROGRAM(killed_old, "tc", -1)
PROGRAM(killed_cg, "cgroup_skb/egress", 1)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
