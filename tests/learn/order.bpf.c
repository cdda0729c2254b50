/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who comes first: each program notes its number in a map that several loaders share. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, __u32);
	__type(value, __u64);
} order_seen SEC(".maps");

const volatile int number;

static __always_inline void note(void)
{
	__u32 zero = 0;
	__u64 *seen = bpf_map_lookup_elem(&order_seen, &zero);

	if (seen)
		*seen = *seen * 10 + number;
}

SEC("tcx/ingress") int tcx(struct __sk_buff *skb)
{
	note();
	return -1; /* TC_ACT_UNSPEC: and on */
}

SEC("tc") int old(struct __sk_buff *skb)
{
	note();
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
