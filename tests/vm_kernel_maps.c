/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Random programs with maps and tail calls (vm_gen.h): run by the kernel and by every engine of ours
 * they leave the same packet and the same maps. In the place of the per-CPU array the kernel gets a
 * plain one, of which a program sees the same.
 */
#include <linux/bpf.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "test.h"
#include "vm_gen_maps.h"

enum { BYTES = 500, INPUTS = 2 };

static const struct variant {
	const char *name;
	enum vm_engine engine;
	bool unmetered, blind;
} variants[] = {
	{"checked", VM_CHECKED, false, false},	    {"fast", VM_FAST, false, false},
	{"jit", VM_JIT, false, false},		    {"jit unmetered", VM_JIT, true, false},
	{"jit blinded", VM_JIT, false, true},
};

static struct gen_maps around[ARRAY_LEN(variants)];

struct left {
	uint8_t packet[GEN_DATA], maps[GEN_DUMP];
};

/* ---- the kernel ---- */

static char kernel_log[1 << 20];

static long bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int kernel_load(const struct gen *g)
{
	union bpf_attr a = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (uintptr_t)g->at,
		.insn_cnt = g->n,
		.license = (uintptr_t)"GPL",
	};

	return (int)bpf(BPF_PROG_LOAD, &a);
}

/* Why it does not take a program: asked again, as a log costs much. */
static void kernel_tell(const struct gen *g)
{
	union bpf_attr a = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (uintptr_t)g->at,
		.insn_cnt = g->n,
		.license = (uintptr_t)"GPL",
		.log_buf = (uintptr_t)kernel_log,
		.log_size = sizeof(kernel_log),
		.log_level = 1,
	};
	size_t n;

	(void)bpf(BPF_PROG_LOAD, &a);
	n = strlen(kernel_log);
	test_note("%s", kernel_log + (n > 900 ? n - 900 : 0));
}

static int kernel_map_op(enum bpf_cmd cmd, int fd, uint32_t key, void *value)
{
	union bpf_attr a = {0};

	a.map_fd = (uint32_t)fd;
	a.key = (uintptr_t)&key;
	a.value = (uintptr_t)value;
	return (int)bpf(cmd, &a);
}

static int kernel_first_key(int fd, uint32_t *ret_key)
{
	union bpf_attr a = {0};

	a.map_fd = (uint32_t)fd;
	a.next_key = (uintptr_t)ret_key;
	return (int)bpf(BPF_MAP_GET_NEXT_KEY, &a);
}

static void kernel_maps_make(int32_t map[GEN_MAPS])
{
	static struct gen program;
	struct gen_how how = {.kernel = true, .map = map};
	uint32_t i;
	int fd;

	for (i = 0; i < GEN_MAPS; i++) {
		union bpf_attr a = {.map_type = i == GEN_PERCPU ? MAP_TYPE_ARRAY : gen_map_types[i],
				    .key_size = 4,
				    .value_size = i == GEN_PROGS ? 4 : GEN_VALUE,
				    .max_entries = i == GEN_PROGS ? 3 : GEN_ELEMS};

		map[i] = (int32_t)bpf(BPF_MAP_CREATE, &a);
		CHECK(map[i] >= 0);
	}
	for (i = 0; i < GEN_TARGETS; i++) {
		gen_target(&program, i, &how);
		fd = kernel_load(&program);
		if (fd < 0)
			kernel_tell(&program);
		CHECK(fd >= 0);
		CHECK_EQ(kernel_map_op(BPF_MAP_UPDATE_ELEM, map[GEN_PROGS], i, &fd), 0);
		close(fd);
	}
}

static void kernel_maps_reset(const int32_t map[GEN_MAPS])
{
	uint8_t value[GEN_VALUE];
	uint32_t m, k;

	while (!kernel_first_key(map[GEN_HASH], &k))
		CHECK_EQ(kernel_map_op(BPF_MAP_DELETE_ELEM, map[GEN_HASH], k, NULL), 0);
	for (m = 0; m < GEN_PROGS; m++)
		for (k = 0; k < GEN_ELEMS; k++)
			if (gen_maps_begin((enum gen_map)m, k, value))
				CHECK_EQ(kernel_map_op(BPF_MAP_UPDATE_ELEM, map[m], k, value), 0);
}

static void kernel_run(int fd, const int32_t map[GEN_MAPS], const uint8_t *in, struct left *to)
{
	union bpf_attr a = {0};
	uint8_t *at = to->maps;
	uint32_t m, k;

	kernel_maps_reset(map);
	memcpy(to->packet, in, GEN_DATA);
	a.test.prog_fd = (uint32_t)fd;
	a.test.data_in = a.test.data_out = (uintptr_t)to->packet;
	a.test.data_size_in = a.test.data_size_out = GEN_DATA;
	CHECK_EQ(bpf(BPF_PROG_TEST_RUN, &a), 0);
	CHECK_EQ(a.test.retval, 2);
	memset(to->maps, 0, GEN_DUMP);
	for (m = 0; m < GEN_PROGS; m++)
		for (k = 0; k < 8; k++, at += GEN_VALUE + 1)
			*at = !kernel_map_op(BPF_MAP_LOOKUP_ELEM, map[m], k, at + 1);
}

/* ---- ours ---- */

static void run(const struct vm_prog *p, struct gen_maps *maps, const uint8_t *in, struct left *to)
{
	uint64_t r0 = 0, arg[5] = {(uintptr_t)to->packet};
	struct vm_world w;
	struct vm_run r;
	struct str s;

	gen_maps_reset(maps);
	memcpy(to->packet, in, GEN_DATA);
	vm_world_init(&w, NULL, NULL, 1);
	CHECK(!vm_run_init(&r));
	CHECK(!vm_run_region(&r, to->packet, GEN_DATA, true));
	r.world = &w;
	map_enter();
	if (vm_exec(&r, p, arg, &r0)) {
		str_init(&s, 1000);
		vm_fault_text(&r.fault, &s);
		FAIL("%s: insn %u: %s", vm_prog_name(p), r.fault.pc, s.s);
	}
	map_exit();
	CHECK_EQ(r0, 2);
	gen_maps_dump(maps, to->maps);
	vm_run_done(&r);
	vm_world_done(&w);
}

static void show(const struct gen *g, const char *engine)
{
	struct isa_dis o = {.style = ISA_STYLE_KERNEL, .pcs = true};
	struct str s;

	test_note("engine %s; the program stands on stderr", engine);
	str_init(&s, 1 << 20);
	isa_dis_program(&o, g->at, g->n, &s);
	fputs(s.s, stderr);
	str_done(&s);
}

static void compare(const struct gen *g, const uint8_t in[INPUTS][GEN_DATA], const struct left *want)
{
	struct left got;
	unsigned v, i;

	for (v = 0; v < ARRAY_LEN(variants); v++) {
		struct vm_prog *p;

		CHECK(!vm_load(variants[v].name, g->at, g->n, variants[v].engine, &around[v].vm, NULL, &p));
		for (i = 0; i < INPUTS; i++) {
			run(p, &around[v], in[i], &got);
			if (memcmp(&got, &want[i], sizeof(got)))
				show(g, variants[v].name);
			CHECK_MEM(got.packet, want[i].packet, GEN_DATA);
			CHECK_MEM(got.maps, want[i].maps, GEN_DUMP);
		}
		vm_unload(p);
	}
}

static unsigned count_calls(const struct gen *g, int32_t id)
{
	unsigned n = 0;
	uint32_t i;

	for (i = 0; i < g->n; i++)
		n += g->at[i].code == 0x85 && !g->at[i].src && g->at[i].imm == id;
	return n;
}

/* false: the kernel refused it */
static bool random_program(uint64_t *seed, const int32_t map[GEN_MAPS], unsigned *calls)
{
	static struct gen ours, theirs;
	const struct gen_how us = {.map = gen_map_numbers, .may_goto = true},
			     them = {.map = map, .may_goto = true, .kernel = true};
	uint8_t bytes[BYTES], in[INPUTS][GEN_DATA];
	size_t i, k, used = 40 + test_random(seed) % (BYTES - 40);
	struct left want[INPUTS];
	int fd;

	for (i = 0; i < used; i++)
		bytes[i] = (uint8_t)test_random(seed);
	gen_program_with(&ours, bytes, used, &us);
	gen_program_with(&theirs, bytes, used, &them);
	fd = kernel_load(&theirs);
	if (fd < 0) {
		kernel_tell(&theirs);
		return false;
	}
	for (i = 0; i < INPUTS; i++) {
		for (k = 0; k < GEN_DATA; k++)
			in[i][k] = (uint8_t)test_random(seed);
		kernel_run(fd, map, in[i], &want[i]);
	}
	close(fd);
	compare(&ours, in, want);
	*calls += count_calls(&ours, GEN_LOOKUP);
	return true;
}

TEST_WITH(random_programs_with_maps_judged_by_the_kernel, TEST_NO_OOM | TEST_SLOW)
{
	unsigned n = test_long() ? 50000 : 800, i, refused = 0, calls = 0;
	const char *missing = test_bpf_missing();
	uint64_t seed = test_seed();
	int32_t map[GEN_MAPS];

	if (missing)
		SKIP("%s", missing);
	kernel_maps_make(map);
	for (i = 0; i < ARRAY_LEN(variants); i++)
		gen_maps_init(&around[i], variants[i].engine, variants[i].unmetered, variants[i].blind);
	for (i = 0; i < n; i++)
		refused += !random_program(&seed, map, &calls);
	for (i = 0; i < ARRAY_LEN(variants); i++)
		gen_maps_done(&around[i]);
	for (i = 0; i < GEN_MAPS; i++)
		close(map[i]);
	test_note("%u programs with %u lookups, of which the kernel refused %u", n, calls, refused);
	CHECK(refused <= n / 20);
	CHECK(calls > n);
}
