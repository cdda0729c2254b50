/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A map of ours and the same map of the kernel: each operation is done to both and must give the same.
 *
 * Where the test differs from the kernel on purpose (the order of hash tables without a zero seed) the
 * caller leaves that operation out.
 */
#ifndef SKEP_TESTS_MAP_PAIR_H
#define SKEP_TESTS_MAP_PAIR_H

#include "map/map.h"
#include "test.h"

struct pair {
	struct map_env env;
	struct map *ours;
	int fd;                      /* the kernel's, -1: none */
	size_t key_size, value_size; /* value_size: as bpf(2) sees it */
	uint8_t *room[4];            /* owned: for a key or a value each */
	uint64_t random;
	uint64_t steps;
	uint64_t flags; /* of the last operation */
	char what[160]; /* said when something differs */
};

struct bpf_create {
	uint32_t type, key_size, value_size, max_entries, flags;
	uint64_t extra;
	uint32_t numa_node;
	const char *name;
	int inner_fd;
	int btf_fd; /* 0: none; then key and value are its type 1 and type 2 */
	uint32_t vmlinux_value; /* of struct_ops: the value's type in the kernel's BTF */
};

#define POSSIBLE_CPUS_MAX 1024
uint32_t pair_cpus(void);   /* possible ones */
uint32_t pair_kernel(void); /* as ABI_KERNEL() */
void pair_env(struct map_env *env);
int kernel_map_create(const struct bpf_create *c); /* fd or -errno */
int kernel_prog_load(uint32_t type, uint32_t attach, const void *insn,
		     uint32_t n); /* fd or -errno */

void pair_need_bpf(void); /* skips the test without */
/* Whether this kernel has the type; if not, what it says to one must be what we say. */
bool pair_has_type(uint32_t type);
void pair_open(struct pair *p, const struct map_attr *a);
void pair_open_typed(struct pair *p, const struct map_attr *a); /* of an int and a u64 */
void pair_open_ops(struct pair *p, const struct map_attr *a, uint32_t vmlinux_value);
void pair_open_inner(struct pair *p, const struct map_attr *a, int inner_fd);
void pair_close(struct pair *p);
void pair_freeze(struct pair *p);

/* Each returns what both gave. */
int pair_lookup(struct pair *p, const void *key, void *value, uint64_t flags);
int pair_update(struct pair *p, const void *key, const void *value, uint64_t flags);
int pair_delete(struct pair *p, const void *key);
int pair_next(struct pair *p, const void *key, void *next);
int pair_take(struct pair *p, const void *key, void *value, uint64_t flags);
int pair_batch(struct pair *p, enum map_batch_op op, struct map_batch *b);
int pair_kernel_elem(struct pair *p, int cmd, const void *key, const void *value); /* only there */
int pair_kernel_batch(struct pair *p, enum map_batch_op op, struct map_batch *b);
void pair_same_set(struct pair *p); /* all keys and values, in whatever order */

/* Random updates, lookups, removals, walks if `ordered`, takes if not. */
struct pair_plan {
	uint32_t keys; /* 0 .. keys - 1, unless key makes them */
	bool ordered;
	void (*key)(struct pair *p, void *arg, uint32_t *key);
	void (*value)(struct pair *p, void *arg, uint32_t *value); /* of at most PAIR_WORDS */
	void *arg;
};
enum { PAIR_WORDS = 256 };
void pair_sequence(struct pair *p, const struct pair_plan *plan, uint64_t steps);

/* Of programs for the kernel; with <linux/bpf.h>. */
#define INSN(code_, dst, src, off_, imm_)                                                          \
	((struct bpf_insn){.code = (code_),                                                        \
			   .dst_reg = (dst),                                                       \
			   .src_reg = (src),                                                       \
			   .off = (off_),                                                          \
			   .imm = (int32_t)(imm_)})

uint32_t pair_below(struct pair *p, uint32_t n); /* random, 0 .. n - 1 */
void pair_bytes(struct pair *p, void *at, size_t n);
void pair_pin(uint32_t cpu); /* this thread, ours and the kernel's */

#endif
