/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The program side against the kernel: a small program per map and helper, run by BPF_PROG_TEST_RUN,
 * calls the helper with the key, value and flags it finds in another map, which the test has mapped. So the kernel's own answers
 * are had for what no bpf(2) command does: looking up from a program (which the LRU remembers), the
 * current CPU's slot, zeros from an empty queue, records in a ring buffer.
 */
#include <linux/bpf.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "map_pair.h"

enum { KEY_MAX = 16, VALUE_MAX = 2048 };

/* What the program is told, and what it answers. */
struct call {
	int64_t result;
	uint64_t flags, size;
	uint64_t reserved;
	uint8_t key[KEY_MAX];
	uint8_t value[VALUE_MAX];
};

#define MOV(dst, src)    INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define ADD_K(dst, k)    INSN(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, k)
#define LOAD(dst, field) INSN(BPF_LDX | BPF_MEM | BPF_DW, dst, 6, offsetof(struct call, field), 0)

static struct call *told; /* the memory of told_fd, a map of one struct call */
static int told_fd;

static void call_map(void)
{
	struct bpf_create c = {.type = MAP_TYPE_ARRAY,
			       .key_size = 4,
			       .value_size = sizeof(*told),
			       .max_entries = 1,
			       .flags = MAP_F_MMAPABLE};
	void *at;

	if (told)
		return;
	told_fd = kernel_map_create(&c);
	at = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED, told_fd, 0);
	if (told_fd < 0 || at == MAP_FAILED)
		FAIL("no memory to share with the kernel's programs");
	told = at;
}

enum op { LOOKUP = 1, UPDATE = 2, DELETE = 3, PUSH = 87, POP = 88, PEEK = 89, OUTPUT = 130 };

/* Arguments in r2..r4 by helper; the result and, from a lookup, the value's first byte go back. */
static int prog_make(int map_fd, enum op op)
{
	struct bpf_insn code[32];
	uint32_t n = 0;

	call_map();
	code[n++] = INSN(BPF_LD | BPF_IMM | BPF_DW, 6, BPF_PSEUDO_MAP_VALUE, 0, told_fd);
	code[n++] = INSN(0, 0, 0, 0, 0);
	code[n++] = INSN(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, map_fd);
	code[n++] = INSN(0, 0, 0, 0, 0);
	code[n++] = MOV(2, 6);
	code[n++] =
		ADD_K(2, op <= DELETE ? offsetof(struct call, key) : offsetof(struct call, value));
	if (op == UPDATE) {
		code[n++] = MOV(3, 6);
		code[n++] = ADD_K(3, offsetof(struct call, value));
		code[n++] = LOAD(4, flags);
	} else if (op == PUSH) {
		code[n++] = LOAD(3, flags);
	} else if (op == OUTPUT) {
		code[n++] = LOAD(3, size);
		code[n++] = LOAD(4, flags);
		code[n++] = INSN(BPF_JMP | BPF_JLE | BPF_K, 3, 0, 1, VALUE_MAX);
		code[n++] = INSN(BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, 0);
	}
	code[n++] = INSN(BPF_JMP | BPF_CALL, 0, 0, 0, op);
	if (op == LOOKUP) {
		code[n++] = INSN(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3, 0);
		code[n++] = INSN(BPF_LDX | BPF_MEM | BPF_B, 1, 0, 0, 0);
		code[n++] = INSN(BPF_STX | BPF_MEM | BPF_B, 6, 1, offsetof(struct call, value), 0);
		code[n++] = INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1);
	}
	code[n++] = INSN(BPF_STX | BPF_MEM | BPF_DW, 6, 0, offsetof(struct call, result), 0);
	code[n++] = INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
	code[n++] = INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	n = (uint32_t)kernel_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, code, n);
	if ((int)n < 0)
		FAIL("no program to ask the kernel with");
	return (int)n;
}

static void kernel_call(int prog, struct call *c)
{
	union bpf_attr a;

	*told = *c;
	memset(&a, 0, sizeof(a));
	a.test.prog_fd = (uint32_t)prog;
	if (syscall(__NR_bpf, BPF_PROG_TEST_RUN, &a, sizeof(a)) < 0)
		FAIL("the kernel does not run the referee's program: errno %d", errno);
	*c = *told;
	if (pair_kernel() < ABI_KERNEL(6, 4)) /* they were an int, and the upper half was zeros */
		c->result = (int32_t)c->result;
}

static int64_t our_call(struct map *m, enum op op, struct call *c)
{
	uint8_t *value;
	int64_t result = 0;

	map_enter();
	switch (op) {
	case LOOKUP:
		value = map_lookup(m, c->key);
		if (value)
			c->value[0] = *value;
		result = value != NULL;
		break;
	case UPDATE:
		result = map_update(m, c->key, c->value, c->flags);
		break;
	case DELETE:
		result = map_delete(m, c->key);
		break;
	case PUSH:
		result = map_push(m, c->value, c->flags);
		break;
	case POP:
		result = map_pop(m, c->value);
		break;
	case PEEK:
		result = map_peek(m, c->value);
		break;
	case OUTPUT:
		result = map_ring_output(m, c->value, c->size, c->flags);
		break;
	}
	map_exit();
	return result;
}

static void both(struct pair *p, int prog, enum op op, struct call *c)
{
	struct call kernel = *c;

	kernel_call(prog, &kernel);
	c->result = our_call(p->ours, op, c);
	p->steps++;
	if (c->result != kernel.result)
		FAIL("%s, step %llu: helper %d: ours %lld, the kernel's %lld", p->what,
		     (unsigned long long)p->steps, op, (long long)c->result,
		     (long long)kernel.result);
	CHECK_MEM(c->value, kernel.value, sizeof(c->value));
}

static uint64_t random_flags(struct pair *p)
{
	uint32_t r = pair_below(p, 30);

	return r < 20 ? MAP_ANY : r < 24 ? MAP_NOEXIST : r < 28 ? MAP_EXIST : r;
}

static void random_key(struct pair *p, uint8_t *key)
{
	uint32_t i = pair_below(p, pair_below(p, 3) ? 24 : 200);

	memset(key, 3, KEY_MAX);
	memcpy(key, &i, 4);
}

static uint64_t steps_wanted(void)
{
	return test_long() ? 300000 : 6000;
}

static void keyed(const struct map_attr *a)
{
	static const enum op ops[] = {LOOKUP, UPDATE, DELETE};
	int prog[ARRAY_LEN(ops)];
	struct pair p;
	uint64_t i;
	struct call c;
	uint32_t r;

	pair_need_bpf();
	pair_pin(pair_cpus() - 1);
	pair_open(&p, a);
	for (i = 0; i < ARRAY_LEN(ops); i++)
		prog[i] = prog_make(p.fd, ops[i]);
	for (i = 0; i < steps_wanted(); i++) {
		memset(&c, 0, sizeof(c));
		random_key(&p, c.key);
		pair_bytes(&p, c.value, a->value_size);
		c.flags = random_flags(&p);
		r = pair_below(&p, 20);
		r = r < 8 ? 0 : r < 18 ? 1 : 2;
		both(&p, prog[r], ops[r], &c);
		if (i % 256 == 255)
			pair_same_set(&p);
		if (i % 1000 == 999)
			pair_pin((uint32_t)(i / 1000) % pair_cpus());
	}
	for (i = 0; i < ARRAY_LEN(ops); i++)
		close(prog[i]);
	pair_close(&p);
}

#define KEYED(test, type_, key, value, max, flags_)                                                \
	TEST_WITH(test, TEST_NO_OOM | TEST_SLOW)                                                   \
	{                                                                                          \
		keyed(&(struct map_attr){.type = MAP_TYPE_##type_,                                 \
					 .key_size = (key),                                        \
					 .value_size = (value),                                    \
					 .max_entries = (max),                                     \
					 .flags = (flags_)});                                      \
	}

KEYED(array, ARRAY, 4, 12, 20, 0)
KEYED(percpu_array, PERCPU_ARRAY, 4, 12, 20, 0)
KEYED(hash, HASH, 8, 12, 50, 0)
KEYED(hash_no_prealloc, HASH, 16, 8, 50, MAP_F_NO_PREALLOC)
KEYED(percpu_hash, PERCPU_HASH, 4, 5, 50, 0)
KEYED(percpu_hash_no_prealloc, PERCPU_HASH, 8, 8, 50, MAP_F_NO_PREALLOC)
KEYED(lru_hash, LRU_HASH, 4, 8, 64, MAP_F_ZERO_SEED)
KEYED(lru_hash_big, LRU_HASH, 8, 8, 150, 0)
KEYED(lru_hash_own_lists, LRU_HASH, 4, 8, 32, MAP_F_NO_COMMON_LRU)
KEYED(lru_percpu_hash, LRU_PERCPU_HASH, 4, 8, 64, 0)
KEYED(lru_percpu_hash_own_lists, LRU_PERCPU_HASH, 4, 8, 32, MAP_F_NO_COMMON_LRU)
KEYED(lpm_trie, LPM_TRIE, 8, 8, 60, MAP_F_NO_PREALLOC)

static void keyless(uint32_t type)
{
	static const enum op ops[] = {PUSH, POP, PEEK};
	struct map_attr a = {.type = type, .value_size = 12, .max_entries = 7};
	uint32_t n = type == MAP_TYPE_BLOOM_FILTER ? 1 : 3, r;
	int prog[ARRAY_LEN(ops)];
	struct pair p;
	struct call c;
	uint64_t i;

	if (!pair_has_type(type))
		return;
	pair_open(&p, &a);
	for (i = 0; i < n; i++)
		prog[i] = prog_make(p.fd, ops[i]);
	for (i = 0; i < steps_wanted(); i++) {
		memset(&c, 0, sizeof(c));
		pair_bytes(&p, c.value, a.value_size);
		c.flags = random_flags(&p);
		r = pair_below(&p, n);
		both(&p, prog[r], ops[r], &c);
	}
	for (i = 0; i < n; i++)
		close(prog[i]);
	pair_close(&p);
}

TEST_WITH(queue, TEST_NO_OOM | TEST_SLOW)
{
	keyless(MAP_TYPE_QUEUE);
}

TEST_WITH(stack, TEST_NO_OOM | TEST_SLOW)
{
	keyless(MAP_TYPE_STACK);
}

TEST_WITH(bloom_filter, TEST_NO_OOM | TEST_SLOW)
{
	keyless(MAP_TYPE_BLOOM_FILTER);
}

/* ---- ring buffers: records, positions, every byte of the pages ---- */

static void *kernel_pages(int fd, size_t len, int prot, off_t at)
{
	void *p = mmap(NULL, len, prot, MAP_SHARED, fd, at);

	if (p == MAP_FAILED)
		FAIL("the kernel's ring buffer cannot be mapped: errno %d", errno);
	return p;
}

static void wake_count(void *arg, struct map *m)
{
	(void)m;
	++*(uint32_t *)arg;
}

static void same_mapping(struct pair *p, size_t len, int prot, uint64_t off)
{
	void *ours = NULL, *kernel = mmap(NULL, len, prot, MAP_SHARED, p->fd, (off_t)off);
	int want = kernel == MAP_FAILED ? -errno : 0;
	int got = map_mmap(p->ours, MAP_MAY_ALL, NULL, len, prot, MAP_SHARED, off, &ours);

	if (got != want)
		FAIL("%s: mapping %zu bytes at %llu, protection %d: ours %d, the kernel's %d",
		     p->what, len, (unsigned long long)off, prot, got, want);
	if (!want)
		munmap(kernel, len);
	if (!got)
		CHECK_EQ(map_munmap(p->ours, ours, len, prot), 0);
}

static void mappings(struct pair *p, uint32_t data)
{
	static const int prots[] = {PROT_READ, PROT_WRITE, PROT_READ | PROT_WRITE, PROT_NONE};
	uint32_t i, pages, at;

	for (i = 0; i < ARRAY_LEN(prots); i++)
		for (at = 0; at < 6; at++)
			for (pages = 1; pages <= 2 + 2 * data / 4096 + 1; pages++)
				same_mapping(p, pages * 4096ul, prots[i], at * 4096ul);
}

TEST_WITH(ringbuf, TEST_NO_OOM | TEST_SLOW)
{
	enum { DATA = 8192, ALL = 4096 + 2 * DATA };
	struct map_attr a = {.type = MAP_TYPE_RINGBUF, .max_entries = DATA};
	uint64_t *consumer[2], *producer[2], i;
	uint32_t woken = 0;
	struct pair p;
	struct call c;
	void *at;
	int prog;

	pair_need_bpf();
	pair_open(&p, &a);
	mappings(&p, DATA);
	p.ours->wake = wake_count;
	p.ours->wake_arg = &woken;
	prog = prog_make(p.fd, OUTPUT);
	consumer[0] = kernel_pages(p.fd, 4096, PROT_READ | PROT_WRITE, 0);
	producer[0] = kernel_pages(p.fd, ALL, PROT_READ, 4096);
	CHECK_EQ(map_mmap(p.ours, MAP_MAY_ALL, NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 0,
			  &at),
		 0);
	consumer[1] = at;
	CHECK_EQ(map_mmap(p.ours, MAP_MAY_ALL, NULL, ALL, PROT_READ, MAP_SHARED, 4096, &at), 0);
	producer[1] = at;
	for (i = 0; i < steps_wanted(); i++) {
		memset(&c, 0, sizeof(c));
		c.size = pair_below(&p, pair_below(&p, 4) ? 100 : VALUE_MAX + 1);
		pair_bytes(&p, c.value, c.size);
		c.flags = pair_below(&p, 8) ? 0 : pair_below(&p, 5);
		both(&p, prog, OUTPUT, &c);
		CHECK_EQ(producer[1][0], producer[0][0]);
		CHECK_MEM(producer[1] + 512, producer[0] + 512, 2 * DATA);
		if (!pair_below(&p, 6)) /* all read */
			*consumer[0] = *consumer[1] = producer[0][0];
	}
	CHECK(woken > 0);
	CHECK_EQ(map_munmap(p.ours, consumer[1], 4096, PROT_READ | PROT_WRITE), 0);
	CHECK_EQ(map_munmap(p.ours, producer[1], ALL, PROT_READ), 0);
	munmap(consumer[0], 4096);
	munmap(producer[0], ALL);
	close(prog);
	pair_close(&p);
}

TEST_WITH(user_ringbuf_mapping, TEST_NO_OOM | TEST_SLOW)
{
	struct map_attr a = {.type = MAP_TYPE_USER_RINGBUF, .max_entries = 8192};
	struct pair p;

	if (!pair_has_type(a.type))
		return;
	pair_open(&p, &a);
	mappings(&p, 8192);
	pair_close(&p);
}

TEST_WITH(array_mapping, TEST_NO_OOM | TEST_SLOW)
{
	static const uint32_t flags[] = {0, MAP_F_MMAPABLE, MAP_F_MMAPABLE | MAP_F_RDONLY_PROG};
	void *kernel, *ours;
	uint32_t i;

	pair_need_bpf();
	for (i = 0; i < ARRAY_LEN(flags); i++) {
		struct map_attr a = {.type = MAP_TYPE_ARRAY,
				     .key_size = 4,
				     .value_size = 8,
				     .max_entries = 600,
				     .flags = flags[i]};
		struct pair p;

		pair_open(&p, &a);
		mappings(&p, 0);
		if (flags[i] == MAP_F_MMAPABLE) { /* cannot be frozen while somebody may write */
			kernel = kernel_pages(p.fd, 4096, PROT_READ | PROT_WRITE, 0);
			CHECK_EQ(map_mmap(p.ours, MAP_MAY_ALL, NULL, 4096, PROT_READ | PROT_WRITE,
					  MAP_SHARED, 0, &ours),
				 0);
			pair_freeze(&p);
			CHECK(!p.ours->frozen);
			munmap(kernel, 4096);
			CHECK_EQ(map_munmap(p.ours, ours, 4096, PROT_READ | PROT_WRITE), 0);
		}
		pair_freeze(&p);
		mappings(&p, 0);
		pair_close(&p);
	}
}
