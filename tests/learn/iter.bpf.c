/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Iterators: tasks, maps, a map's elements, and what they write as text. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
} __attribute__((preserve_access_index));

struct task_struct {
	int tgid, pid;
	char comm[16];
} __attribute__((preserve_access_index));

struct bpf_map {
	char name[16];
	unsigned max_entries;
} __attribute__((preserve_access_index));

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} __attribute__((preserve_access_index));

struct bpf_iter__bpf_map {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
} __attribute__((preserve_access_index));

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	void *key, *value;
} __attribute__((preserve_access_index));

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} walked_here SEC(".maps");

#define SAY(meta, fmt, ...)                                                          \
	({                                                                           \
		static const char text[] = fmt;                                      \
		__u64 args[] = {__VA_ARGS__};                                        \
		bpf_seq_printf((meta)->seq, text, sizeof(text), args, sizeof(args)); \
	})

SEC("iter/task") int tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *t = ctx->task;

	if (!t)
		return 0;
	asm volatile("" : "+r"(t)); /* the name is looked for after the question */
	SAY(ctx->meta, "%d %d %s\n", t->tgid, t->pid, (long)t->comm);
	return 0;
}

SEC("iter/bpf_map") int maps(struct bpf_iter__bpf_map *ctx)
{
	struct bpf_map *map = ctx->map;

	if (!map)
		return 0;
	asm volatile("" : "+r"(map));
	SAY(ctx->meta, "%s %u\n", (long)map->name, map->max_entries);
	return 0;
}

SEC("iter/bpf_map_elem") int elements(struct bpf_iter__bpf_map_elem *ctx)
{
	__u32 *key = ctx->key;
	__u64 *value = ctx->value;

	if (key && value)
		SAY(ctx->meta, "%u: %llu\n", *key, *value);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
