/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel as the referee: the same programs through BPF_PROG_TEST_RUN and in every engine of
 * ours must leave the same bytes in the packet, which are all registers and the stack.
 *
 * Random programs are those of vm_gen.h. Besides, every instruction that computes, compares, loads
 * or stores, in each form, with all pairs of corner operands and many registers.
 */
#include <linux/bpf.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "test.h"
#include "vm/vm.h"
#include "vm_gen.h"

/* ---- the kernel ---- */

static long bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static char kernel_log[1 << 20];

static int kernel_load(const struct insn *at, uint32_t n)
{
	union bpf_attr a = {0};
	int fd;

	a.prog_type = BPF_PROG_TYPE_XDP;
	a.insns = (uintptr_t)at;
	a.insn_cnt = n;
	a.license = (uintptr_t)"GPL";
	fd = (int)bpf(BPF_PROG_LOAD, &a);
	if (fd >= 0)
		return fd;
	a.log_buf = (uintptr_t)kernel_log;
	a.log_size = sizeof(kernel_log);
	a.log_level = 2;
	return (int)bpf(BPF_PROG_LOAD, &a);
}

static void kernel_run(int fd, uint8_t *data, uint32_t n)
{
	union bpf_attr a = {0};

	a.test.prog_fd = (uint32_t)fd;
	a.test.data_in = a.test.data_out = (uintptr_t)data;
	a.test.data_size_in = a.test.data_size_out = n;
	if (bpf(BPF_PROG_TEST_RUN, &a))
		FAIL("BPF_PROG_TEST_RUN: %s", strerror(errno));
	CHECK_EQ(a.test.retval, 2);
}

static void need_kernel(void)
{
	const char *missing = test_bpf_missing();

	if (missing)
		SKIP("%s", missing);
}

/* ---- our engines ---- */

static const struct variant {
	const char *name;
	enum vm_engine engine;
	bool unmetered, blind, baseline;
} variants[] = {
	{"checked", VM_CHECKED, false, false, false},
	{"fast", VM_FAST, false, false, false},
	{"jit", VM_JIT, false, false, false},
	{"jit unmetered", VM_JIT, true, false, false},
	{"jit blinded", VM_JIT, false, true, false},
	{"jit for any processor", VM_JIT, false, false, true},
};

static struct vm_prog *load(const struct insn *at, uint32_t n, const struct variant *v)
{
	struct vm_env env = {.unmetered = v->unmetered, .blind = v->blind,
			     .baseline = v->baseline};
	struct vm_prog *p;
	struct str text;
	struct diag d;

	diag_init(&d, 1);
	if (!vm_load(v->name, at, n, v->engine, &env, &d, &p)) {
		diag_done(&d);
		return p;
	}
	str_init(&text, 4096);
	diag_render(&d, DIAG_PLAIN, &text);
	FAIL("%s", text.s);
}

static void run(const struct vm_prog *p, uint8_t *data, uint32_t n)
{
	uint64_t r0, arg[5] = {(uintptr_t)data};
	struct vm_run r;
	struct str s;

	CHECK(!vm_run_init(&r));
	CHECK(!vm_run_region(&r, data, n, true));
	memset(r.stack, 0xa5, VM_STACK);
	if (vm_exec(&r, p, arg, &r0)) {
		str_init(&s, 1000);
		vm_fault_text(&r.fault, &s);
		FAIL("%s: insn %u: %s", vm_prog_name(p), r.fault.pc, s.s);
	}
	CHECK_EQ(r0, 2);
	vm_run_done(&r);
}

static void show(const struct insn *at, uint32_t n)
{
	struct isa_dis o = {.style = ISA_STYLE_KERNEL, .pcs = true};
	struct str s;

	str_init(&s, 1 << 20);
	isa_dis_program(&o, at, n, &s);
	fputs(s.s, stderr);
	str_done(&s);
}

static void compare(const struct variant *v, const struct insn *at, uint32_t n, const uint8_t *got,
		    const uint8_t *want, uint32_t size)
{
	if (!memcmp(got, want, size))
		return;
	test_note("engine %s; the program stands on stderr", v->name);
	show(at, n);
	CHECK_MEM(got, want, size);
}

/* ---- random programs ---- */

static void fill(uint8_t *data, size_t n, uint64_t *seed)
{
	size_t i;

	for (i = 0; i + 8 <= n; i += 8) {
		uint64_t v = test_random(seed);

		switch (test_random(seed) % 4) { /* small and almost equal numbers too */
		case 0: v %= 256; break;
		case 1: v = -(v % 256); break;
		case 2: v = (uint32_t)v; break;
		}
		memcpy(data + i, &v, 8);
	}
}

enum { INPUTS = 3, BYTES = 700 };

/* Whether the kernel took it. With fd < 0, the first engine's answer is the right one. */
static void compare_engines(const struct insn *at, uint32_t n, int fd, uint64_t *seed)
{
	uint8_t in[INPUTS][GEN_DATA], want[INPUTS][GEN_DATA], got[GEN_DATA];
	unsigned i, v;

	for (i = 0; i < INPUTS; i++) {
		fill(in[i], GEN_DATA, seed);
		memcpy(want[i], in[i], GEN_DATA);
		if (fd >= 0)
			kernel_run(fd, want[i], GEN_DATA);
	}
	for (v = 0; v < ARRAY_LEN(variants); v++) {
		struct vm_prog *p = load(at, n, &variants[v]);

		for (i = 0; i < INPUTS; i++) {
			memcpy(got, in[i], GEN_DATA);
			run(p, got, GEN_DATA);
			if (fd < 0 && v == 0)
				memcpy(want[i], got, GEN_DATA);
			compare(&variants[v], at, n, got, want[i], GEN_DATA);
		}
		vm_unload(p);
	}
}

static bool random_program(uint64_t *seed, bool with_kernel)
{
	static struct gen kernel, ours;
	uint8_t bytes[BYTES];
	size_t i, used = 40 + test_random(seed) % (BYTES - 40);
	int fd = -1;

	for (i = 0; i < used; i++)
		bytes[i] = (uint8_t)test_random(seed);
	gen_program(&ours, bytes, used, false);
	if (with_kernel) {
		gen_program(&kernel, bytes, used, true);
		fd = kernel_load(kernel.at, kernel.n);
		if (fd < 0)
			return false;
	}
	compare_engines(ours.at, ours.n, fd, seed);
	if (fd >= 0)
		close(fd);
	return true;
}

TEST_WITH(random_programs_against_the_kernel, TEST_NO_OOM | TEST_SLOW)
{
	uint64_t seed = test_seed();
	unsigned n = test_long() ? 100000 : 1500, i, refused = 0;

	need_kernel();
	for (i = 0; i < n; i++) {
		if (!random_program(&seed, true))
			refused++;
	}
	test_note("%u programs, of which the kernel refused %u", n, refused);
	CHECK(refused <= n / 20);
}

TEST_WITH(random_programs_against_each_other, TEST_NO_OOM)
{
	uint64_t seed = test_seed() + 1;
	unsigned n = test_long() ? 1000000 : 1000, i;

	for (i = 0; i < n; i++)
		random_program(&seed, false);
}

/* ---- every instruction ---- */

static const uint64_t corners[] = {
	0, 1, 2, 7, 31, 32, 63, 64, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff,
	0x80000000, 0xfffffffe, 0xffffffff, 0x100000000, 0x7fffffffffffffff, 0x8000000000000000,
	0x8000000000000001, 0xffffffff80000000, 0xfffffffffffffffe, 0xffffffffffffffff,
	0x123456789abcdef0,
};
enum { PAIRS = 128, PAIRS_BYTES = PAIRS * 16, CASES_INSNS = PAIRS * 12 + 16 };

struct cases {
	struct insn at[CASES_INSNS];
	uint32_t n, check;
	uint32_t first; /* of all pairs of corners */
};

static void put(struct cases *c, struct insn i)
{
	CHECK(c->n < CASES_INSNS);
	c->at[c->n++] = i;
}

static uint64_t corner(uint64_t i)
{
	return corners[i % ARRAY_LEN(corners)];
}

/* dst and src of case i: r6 holds the packet */
static unsigned reg_of(uint32_t i)
{
	static const uint8_t regs[] = {0, 1, 2, 3, 4, 5, 7, 8, 9};

	return regs[i % ARRAY_LEN(regs)];
}

static void put_on_stack(struct cases *c, struct insn i, int16_t at)
{
	i.dst = ISA_REG_FP;
	i.off = -8;
	put(c, isa_stx(ISA_SIZE_DW, ISA_REG_FP, -8, i.src));
	if (i.src == 0)
		put(c, isa_ldx(ISA_SIZE_DW, 0, 6, at));
	put(c, i);
	put(c, isa_stx(ISA_SIZE_DW, 6, (int16_t)(at + 8), i.src));
	put(c, isa_ldx(ISA_SIZE_DW, 7, ISA_REG_FP, -8));
	put(c, isa_stx(ISA_SIZE_DW, 6, at, 7));
}

/* One case: the two numbers of pair i in registers, the instruction, what it changed back. */
static void put_case(struct cases *c, enum isa_id id, uint32_t i)
{
	enum isa_form f = (enum isa_form)isa_row(id)->form;
	unsigned d = reg_of(i), s = reg_of(i + i / 9 + 1);
	uint64_t seed = i;
	int16_t at = (int16_t)(i * 16);
	struct insn two[2];

	isa_sample(id, &seed, two);
	if (f == ISA_FORM_ALU_K || f == ISA_FORM_MOV_K || f == ISA_FORM_JCC_K || f == ISA_FORM_ST)
		two[0].imm = (int32_t)corner((c->first + i) / ARRAY_LEN(corners));
	else if (f == ISA_FORM_DIV_K && (int32_t)corner((c->first + i) / ARRAY_LEN(corners)))
		two[0].imm = (int32_t)corner((c->first + i) / ARRAY_LEN(corners));
	two[0].dst = d & 15;
	if (two[0].src)
		two[0].src = s & 15;
	put(c, isa_ldx(ISA_SIZE_DW, d, 6, at));
	put(c, isa_ldx(ISA_SIZE_DW, s, 6, (int16_t)(at + 8)));
	if (f == ISA_FORM_ALU_R || f == ISA_FORM_MOV_R || f == ISA_FORM_JCC_R)
		two[0].src = s & 15;
	if (f == ISA_FORM_LDX || f == ISA_FORM_ST || f == ISA_FORM_STX) {
		two[0].off = at;
		if (f == ISA_FORM_LDX)
			two[0].src = 6;
		else
			two[0].dst = 6;
		if (f == ISA_FORM_STX)
			two[0].src = s & 15;
		put(c, two[0]);
		if (f == ISA_FORM_LDX)
			put(c, isa_stx(ISA_SIZE_DW, 6, (int16_t)(at + 8), d));
		return;
	}
	if (f == ISA_FORM_LOAD_ACQ) {
		put(c, isa_stx(ISA_SIZE_DW, ISA_REG_FP, -8, s));
		two[0].src = ISA_REG_FP;
		two[0].off = -8;
		put(c, two[0]);
		put(c, isa_stx(ISA_SIZE_DW, 6, at, d));
		return;
	}
	if (f == ISA_FORM_LOCK || f == ISA_FORM_FETCH || f == ISA_FORM_CMPXCHG ||
	    f == ISA_FORM_STORE_REL) {
		two[0].src = s & 15;
		put(c, isa_ldx(ISA_SIZE_DW, 0, 6, at));
		if (s == 0)
			put(c, isa_ldx(ISA_SIZE_DW, 0, 6, (int16_t)(at + 8)));
		put_on_stack(c, two[0], at);
		return;
	}
	if (f == ISA_FORM_JCC_R || f == ISA_FORM_JCC_K) {
		two[0].off = 2;
		put(c, two[0]);
		put(c, isa_mov64_imm(d, 0));
		put(c, isa_ja(1));
		put(c, isa_mov64_imm(d, 1));
	} else {
		put(c, two[0]);
		if (isa_is_ld_imm64(&two[0]))
			put(c, two[1]);
	}
	put(c, isa_stx(ISA_SIZE_DW, 6, at, d));
}

static void put_cases(struct cases *c, enum isa_id id, uint32_t first, bool kernel)
{
	uint32_t i;

	c->n = 0;
	c->first = first;
	c->check = 0;
	put(c, isa_mov64_reg(6, 1));
	if (kernel) {
		c->at[0] = isa_ldx(ISA_SIZE_W, 6, 1, 0);
		put(c, isa_ldx(ISA_SIZE_W, 3, 1, 4));
		put(c, isa_mov64_reg(2, 6));
		put(c, isa_add64_imm(2, PAIRS_BYTES));
		put(c, isa_jle64_reg(2, 3, 2));
		put(c, isa_mov64_imm(0, 0));
		put(c, isa_exit());
	}
	for (i = 0; i < PAIRS; i++)
		put_case(c, id, i);
	put(c, isa_mov64_imm(0, 2));
	put(c, isa_exit());
}

static void put_pairs(uint8_t *data, uint32_t first)
{
	uint32_t i;

	for (i = 0; i < PAIRS; i++) {
		uint64_t two[2] = {corner(first + i), corner((first + i) / ARRAY_LEN(corners))};

		memcpy(data + i * 16, two, 16);
	}
}

static void check_cases(enum isa_id id, uint32_t first, bool with_kernel)
{
	static uint8_t in[PAIRS_BYTES], want[PAIRS_BYTES], got[PAIRS_BYTES];
	static struct cases c;
	unsigned v;
	int fd;

	put_pairs(in, first);
	memcpy(want, in, PAIRS_BYTES);
	if (with_kernel) {
		put_cases(&c, id, first, true);
		fd = kernel_load(c.at, c.n);
		if (fd < 0)
			FAIL("%s: the kernel refuses it: %s", isa_row(id)->name,
			     kernel_log + strlen(kernel_log) - MIN(strlen(kernel_log), 300));
		kernel_run(fd, want, PAIRS_BYTES);
		close(fd);
	}
	put_cases(&c, id, first, false);
	for (v = 0; v < ARRAY_LEN(variants); v++) {
		struct vm_prog *p = load(c.at, c.n, &variants[v]);

		memcpy(got, in, PAIRS_BYTES);
		run(p, got, PAIRS_BYTES);
		vm_unload(p);
		if (v == 0 && !with_kernel)
			memcpy(want, got, PAIRS_BYTES);
		compare(&variants[v], c.at, c.n, got, want, PAIRS_BYTES);
	}
}

static bool has_cases(enum isa_id id)
{
	enum isa_form f = (enum isa_form)isa_row(id)->form;

	return isa_row(id)->kind == ISA_PUBLIC && f != ISA_FORM_CAST &&
	       (f <= ISA_FORM_STORE_REL || f == ISA_FORM_JCC_R || f == ISA_FORM_JCC_K ||
		id == ISA_LD_IMM64);
}

static void check_all_cases(bool with_kernel)
{
	uint32_t id, first;

	for (id = ISA_NONE + 1; id < _ISA_MAX; id++) {
		for (first = 0;
		     has_cases((enum isa_id)id) && first < ARRAY_LEN(corners) * ARRAY_LEN(corners);
		     first += PAIRS)
			check_cases((enum isa_id)id, first, with_kernel);
	}
}

TEST_WITH(every_instruction_against_the_kernel, TEST_NO_OOM | TEST_SLOW)
{
	need_kernel();
	check_all_cases(true);
}

TEST_WITH(every_instruction_against_each_other, TEST_NO_OOM)
{
	check_all_cases(false);
}
