/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the verifier lets through, and, with BAD=N, one thing that it does not: 6.14-6.27, X6.1-X6.4.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#ifndef BAD
#define BAD 0
#endif

struct user_msg {
	char message[12];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct user_msg);
} my_config SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 5);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

int c = 1;
char message[12] = "Hello World";

#if BAD == 8
SEC("xdp") __attribute__((naked)) int bad(void)
{
	asm volatile("exit");
}
#elif BAD == 10
SEC("xdp") __attribute__((naked)) int bad(void)
{
	asm volatile("r0 = 2; exit; r0 = 1; exit");
}
#elif BAD == 11
struct entry { /* what all tracepoints begin with */
	__u16 type;
	__u8 flags, count;
	int pid;
};

SEC("tp/syscalls/sys_enter_execve") int bad(const struct entry *ctx)
{
	return ctx->pid;
}
#elif BAD
static __always_inline char letter(__u32 i)
{
	char local[16] = "Hello World";

	asm volatile("" : "+m"(local));
	return i <= sizeof(local) ? ((volatile char *)local)[i] : 0;
}

SEC("xdp") int bad(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 key = 0, i, n = *(volatile int *)&c;
	struct user_msg *p;
	char local[4];

	switch (BAD) {
	case 1:
		return bpf_get_stack(ctx, local, sizeof(local), 0);
	case 2:
		return !bpf_map_lookup_elem(local, &key);
	case 3:
		bpf_probe_read_kernel(local, sizeof(local), message);
		return local[0];
	case 4:
		asm volatile("%0 += 1" : "+r"(end));
		return data < end ? XDP_PASS : XDP_DROP;
	case 5:
		return n <= sizeof(message) ? ((volatile char *)message)[n] : 0;
	case 6:
		return letter(n);
	case 7:
		p = bpf_map_lookup_elem(&my_config, &key);
		return p->message[0];
	case 9:
		for (i = 0; i < n; i++)
			asm volatile("%0 += 0" : "+r"(key));
		return XDP_PASS;
	case 12: /* nobody has looked where it ends */
		return *(char *)data;
	}
	return 0;
}
#else
static int add_to(__u32 i, void *sum)
{
	*(__u32 *)sum += i;
	return i == 20;
}

struct bpf_map;
static long add_value(struct bpf_map *map, __u32 *key, __u64 *value, __u32 *sum)
{
	*sum += *value + *key;
	return 0;
}

/* Each in a way that the verifier can follow: 6.17-6.20, 6.26, 6.27. */
SEC("xdp") int good(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 key = 0, n = *(volatile int *)&c, i, sum = 0, all = 0;
	struct user_msg *p;

	for (i = 0; i < 10; i++) {
		asm volatile("" : "+r"(sum)); /* a loop, and no sum of a series */
		sum += i;
	}
	bpf_loop(1000, add_to, &sum, 0); /* to 20 */
	bpf_for_each_map_elem(&numbers, add_value, &all, 0);
	if (data + 14 <= end)
		sum += data[0] * 1000;
	if (n < sizeof(message))
		sum += ((volatile char *)message)[n] * 1000000;
	p = bpf_map_lookup_elem(&my_config, &key);
	return sum + all + (p ? p->message[0] : 0);
}
#endif

#if BAD != 3
char LICENSE[] SEC("license") = "Dual BSD/GPL";
#endif
