/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * btf_show against bpf_snprintf_btf: a program that calls it on bytes in a map, run by
 * BPF_PROG_TEST_RUN, for types of the kernel's BTF and random bytes.
 */
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "btf_sample.h"
#include "test.h"

enum { OUT = 16384, DATA = 4096, SNPRINTF_BTF = 149 };

static int bpf(int cmd, union bpf_attr *a)
{
	int ret = (int)syscall(SYS_bpf, cmd, a, sizeof(*a));

	return ret < 0 ? -errno : ret;
}

static int make_map(void)
{
	union bpf_attr a = {0};

	a.map_type = BPF_MAP_TYPE_ARRAY;
	a.key_size = 4;
	a.value_size = OUT + DATA;
	a.max_entries = 1;
	return bpf(BPF_MAP_CREATE, &a);
}

/* snprintf_btf(value, OUT, &(struct btf_ptr){value + OUT, type}, 16, flags) */
static int load(int map, uint32_t type, unsigned flags)
{
	struct bpf_insn code[] = {
		{0x18, 6, BPF_PSEUDO_MAP_VALUE, 0, map}, {0, 0, 0, 0, 0},
		{0x18, 7, BPF_PSEUDO_MAP_VALUE, 0, map}, {0, 0, 0, 0, OUT},
		{0x7b, 10, 7, -16, 0},          /* *(u64 *)(r10 - 16) = r7 */
		{0x62, 10, 0, -8, (int)type},   /* *(u32 *)(r10 - 8) = type */
		{0x62, 10, 0, -4, 0},
		{0xbf, 1, 6, 0, 0}, {0xb7, 2, 0, 0, OUT}, {0xbf, 3, 10, 0, 0}, {0x07, 3, 0, 0, -16},
		{0xb7, 4, 0, 0, 16}, {0xb7, 5, 0, 0, (int)flags}, {0x85, 0, 0, 0, SNPRINTF_BTF},
		{0x95, 0, 0, 0, 0},
	};
	union bpf_attr a = {0};

	a.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT;
	a.insns = (uintptr_t)code;
	a.insn_cnt = ARRAY_LEN(code);
	a.license = (uintptr_t)"GPL";
	return bpf(BPF_PROG_LOAD, &a);
}

struct kernel {
	int map;
	uint8_t *value; /* owned: OUT + DATA */
};

static int update(struct kernel *k)
{
	union bpf_attr a = {0};
	uint32_t key = 0;

	a.map_fd = (uint32_t)k->map;
	a.key = (uintptr_t)&key;
	a.value = (uintptr_t)k->value;
	return bpf(BPF_MAP_UPDATE_ELEM, &a);
}

static int look_up(struct kernel *k)
{
	union bpf_attr a = {0};
	uint32_t key = 0;

	a.map_fd = (uint32_t)k->map;
	a.key = (uintptr_t)&key;
	a.value = (uintptr_t)k->value;
	return bpf(BPF_MAP_LOOKUP_ELEM, &a);
}

/* What the kernel writes of k->value + OUT; its length, at most OUT - 1. */
static int kernel_shows(struct kernel *k, uint32_t type, unsigned flags)
{
	union bpf_attr a = {0};
	int prog = load(k->map, type, flags), err;

	if (prog < 0)
		return prog;
	memset(k->value, 0, OUT);
	CHECK_EQ(update(k), 0);
	a.test.prog_fd = (uint32_t)prog;
	err = bpf(BPF_PROG_TEST_RUN, &a);
	close(prog);
	CHECK_EQ(err, 0);
	CHECK_EQ(look_up(k), 0);
	return (int)a.test.retval;
}

static void compare(struct kernel *k, const struct btf *b, uint32_t type, unsigned flags)
{
	int64_t size = btf_size(b, type);
	struct str s, diff;
	int n, got;

	if (size <= 0 || size > DATA)
		return;
	n = kernel_shows(k, type, flags);
	if (n == -EINVAL || n == -EACCES)
		SKIP("bpf_snprintf_btf cannot be used here: %s", strerror(-n));
	str_init(&s, 1 << 20);
	got = btf_show(b, type, k->value + OUT, DATA, flags, &s);
	if (got)
		FAIL("%s: the kernel says %d, we say %d", btf_name(b, type), n, got);
	str_cut(&s, MIN(s.n, (size_t)OUT - 1));
	if (strcmp(s.s, (char *)k->value)) {
		str_init(&diff, 1 << 20);
		test_diff(&diff, (char *)k->value, s.s);
		FAIL("[%u] %s, flags %u:\n%s", type, btf_name(b, type), flags, diff.s);
	}
	str_done(&s);
}

/* Mostly zero, so that leaving out what is zero is seen. */
static void fill(uint64_t *state, uint8_t *p, size_t n)
{
	size_t i;
	uint64_t how = test_random(state) % 4;

	for (i = 0; i < n; i++)
		p[i] = test_random(state) % 4 < how ? (uint8_t)test_random(state) : 0;
	if (how == 3)
		memset(p + test_random(state) % n / 2, 'a', n / 4);
}

TEST_WITH(as_the_kernel, TEST_NO_OOM)
{
	struct kernel k = {make_map(), calloc(1, OUT + DATA)};
	int times = test_long() ? 20000 : 600, i;
	uint64_t state = test_seed();
	struct btf *b;

	if (test_bpf_missing() || k.map < 0)
		SKIP("%s", k.map < 0 ? "no map" : test_bpf_missing());
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		SKIP("no kernel BTF");
	b = btf_of_file("/sys/kernel/btf/vmlinux");
	for (i = 0; i < times; i++) {
		uint32_t type = 1 + (uint32_t)(test_random(&state) % (btf_count(b) - 1));
		unsigned flags = test_random(&state) % 16;

		if (!btf_is(btf_type(b, type), BTF_STRUCTS | BTF_BIT(TYPEDEF) | BTF_BIT(ARRAY) |
						       BTF_ENUMS | BTF_BIT(INT) | BTF_BIT(PTR)))
			continue;
		fill(&state, k.value + OUT, DATA);
		/* Hashed pointers are the kernel's secret. */
		compare(&k, b, type, flags | BTF_SHOW_PTR_RAW);
	}
	btf_unref(b);
	close(k.map);
	free(k.value);
}

TEST(text_of_the_sample)
{
	struct btf *b = btf_sample();
	uint32_t all = b ? btf_find(b, "all", BTF_STRUCTS) : 0;
	uint8_t data[72] = {0};
	struct str s;

	if (!b)
		return;
	str_init(&s, 1 << 16);
	data[0] = 7;
	memcpy(data + 4, "hey", 4);
	data[12] = 5 | 9 << 3;
	data[16] = 2;
	if (!btf_show(b, all, data, sizeof(data), BTF_SHOW_COMPACT, &s) && !test_oom())
		CHECK_STR(s.s, "(struct all){.a = (int)7,.name = (char[])['h','e','y',],.lo = "
			       "(unsigned int)0x5,.hi = (unsigned int)0x9,.color = (enum color)GREEN,}");
	CHECK_EQ(btf_show(b, all, data, 71, 0, &s), -EFAULT);
	str_done(&s);
	btf_unref(b);
}
