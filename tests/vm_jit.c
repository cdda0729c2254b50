/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is the JIT's own: branches at the ends of their ranges, programs of any size, executable
 * memory, what it promises about budgets, faults, callbacks and tail calls. That it computes what
 * the other engines compute is in vm_engines.c and vm_kernel.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "test.h"
#include "vm/vm.h"

/* ---- programs ---- */

static struct vm_prog *load(const struct insn *at, size_t n, enum vm_engine engine,
			    const struct vm_env *env)
{
	static const struct vm_env none;
	struct vm_prog *p = NULL;
	struct str text;
	struct diag d;

	diag_init(&d, 1);
	if (vm_load("program", at, n, engine, env ? env : &none, &d, &p)) {
		str_init(&text, 4096);
		diag_render(&d, DIAG_PLAIN, &text);
		FAIL("%s", text.s);
	}
	diag_done(&d);
	return p;
}

static struct vm_prog *load_text(const char *text, enum vm_engine engine, const struct vm_env *env)
{
	struct src s = {"text", text, (uint32_t)strlen(text)};
	struct isa_asm how = {.target.foreign = true};
	struct isa_code code;
	struct vm_prog *p;

	CHECK(!isa_assemble(&s, &how, NULL, &code));
	p = load(code.at, code.n, engine, env);
	isa_code_done(&code);
	return p;
}

static void need_jit(void)
{
	struct insn least[] = {isa_mov64_imm(0, 0), isa_exit()};
	struct vm_prog *p = load(least, 2, VM_JIT, NULL);
	bool jit = vm_prog_engine(p) == VM_JIT;

	vm_unload(p);
	if (!jit)
		SKIP("no JIT for this machine");
}

struct ran {
	int err;
	uint64_t r0, used;
	struct vm_fault fault;
};

static struct ran run_with(const struct vm_prog *p, uint64_t r1, uint64_t budget)
{
	struct vm_run run;
	struct ran o = {0};
	uint64_t arg[5] = {r1};

	CHECK(!vm_run_init(&run));
	run.budget = budget;
	o.err = vm_exec(&run, p, arg, &o.r0);
	o.used = run.used;
	o.fault = run.fault;
	vm_run_done(&run);
	return o;
}

static void same(const struct insn *at, size_t n, uint64_t r1)
{
	struct vm_prog *want = load(at, n, VM_FAST, NULL), *got = load(at, n, VM_JIT, NULL);
	struct ran a = run_with(want, r1, 0), b = run_with(got, r1, 0);

	CHECK_EQ(a.err, b.err);
	CHECK_EQ(a.r0, b.r0);
	CHECK_EQ(a.used, b.used);
	vm_unload(want);
	vm_unload(got);
}

/* ---- branches ---- */

enum { BODY_MAX = 200 };

/* n instructions of 2, 3 or 4 bytes each, which no two of become one */
static size_t put_body(struct insn *at, unsigned n, unsigned kind)
{
	unsigned i;

	for (i = 0; i < n; i++)
		at[i] = kind == 0   ? isa_xor32_reg(0, 1)
			: kind == 1 ? isa_xor32_imm(0, (int32_t)i & 63 ? 3 : 5)
				    : isa_xor64_imm(0, 5);
	return n;
}

TEST_WITH(forward_jumps_of_every_length, TEST_NO_OOM)
{
	struct insn at[BODY_MAX + 8];
	unsigned n, kind;
	size_t len;

	need_jit();
	for (kind = 0; kind < 3; kind++) {
		for (n = 0; n < BODY_MAX / (kind + 1); n++) {
			len = 0;
			at[len++] = isa_mov64_imm(0, 7);
			at[len++] = isa_jgt64_imm(1, 1, (int16_t)n);
			len += put_body(at + len, n, kind);
			at[len++] = isa_exit();
			same(at, len, 0);
			same(at, len, 2);
			at[1] = isa_ja((int16_t)n);
			same(at, len, 0);
		}
	}
}

TEST_WITH(backward_jumps_of_every_length, TEST_NO_OOM)
{
	struct insn at[BODY_MAX + 8];
	unsigned n, kind;
	size_t len;

	need_jit();
	for (kind = 0; kind < 3; kind++) {
		for (n = 0; n < BODY_MAX / (kind + 1); n++) {
			len = 0;
			at[len++] = isa_mov64_imm(0, 7);
			at[len++] = isa_mov64_imm(2, 3);
			len += put_body(at + len, n, kind);
			at[len++] = isa_add64_imm(2, -1);
			at[len] = isa_jne64_imm(2, 0, (int16_t)-(int)(n + 2));
			len++;
			at[len++] = isa_exit();
			same(at, len, 1);
		}
	}
}

/* Jumps over jumps: each one's length depends on the others'. */
TEST_WITH(jumps_that_make_each_other_long, TEST_NO_OOM)
{
	enum { N = 3000 };
	struct insn *at = malloc(N * sizeof(*at));
	uint64_t seed = test_seed();
	unsigned round, i, reach;

	need_jit();
	for (round = 0; round < 200; round++) {
		reach = 1 + (unsigned)(test_random(&seed) % 80);
		at[0] = isa_mov64_imm(0, 1);
		for (i = 1; i < N - 1; i++) {
			unsigned far = 1 + (unsigned)(test_random(&seed) % reach);

			at[i] = isa_xor64_imm(0, (int32_t)test_random(&seed));
			if (test_random(&seed) % 2 && i + far + 1 < N)
				at[i] = isa_jset64_imm(0, 1 << test_random(&seed) % 8,
						       (int16_t)far);
		}
		at[N - 1] = isa_exit();
		same(at, N, 0);
	}
	free(at);
}

/* The flags that a test could reuse are not those of who jumps there. */
TEST_WITH(a_test_that_somebody_jumps_to, TEST_NO_OOM)
{
	struct vm_prog *p = load_text("r0 = 0\n r2 = 5\n if r1 == 7 goto test\n r2 += -5\n"
				      "test: if r2 != 0 goto out\n r0 = 1\n out: exit",
				      VM_JIT, NULL);

	CHECK_EQ(run_with(p, 7, 0).r0, 0);
	CHECK_EQ(run_with(p, 8, 0).r0, 1);
	vm_unload(p);
}

/* Nor are they the same behind a call. */
TEST_WITH(a_test_behind_a_call, TEST_NO_OOM)
{
	struct vm_env unmetered = {.unmetered = true};
	struct vm_prog *p = load_text("w6 = 1\n w6 += -1\n call f\n if w6 != 0 goto +1\n exit\n"
				      "r0 = 7\n exit\n f: r0 = 3\n w0 += 1\n exit",
				      VM_JIT, &unmetered);

	CHECK_EQ(run_with(p, 0, 0).r0, 4);
	vm_unload(p);
}

/* ---- size ---- */

TEST_WITH(a_million_instructions, TEST_SLOW | TEST_NO_OOM)
{
	enum { N = ISA_INSNS_MAX };
	struct insn *at = malloc(N * sizeof(*at));
	size_t i;

	need_jit();
	at[0] = isa_mov64_imm(0, 1);
	for (i = 1; i + 1 < N; i++)
		at[i] = i % 3 ? isa_xor64_imm(0, (int32_t)i) : isa_mul64_imm(0, 77);
	at[N - 1] = isa_exit();
	same(at, N, 0);
	/* far jumps and short ones, and a loop around all */
	for (i = 1; i + 40000 < N; i += 7)
		at[i] = isa_jset64_imm(0, 0x10, i % 2 ? 5 : 32000);
	at[0] = isa_add64_imm(0, 1);
	at[1] = isa_add64_imm(1, 1);
	at[N - 2] = isa_ja32(-(N - 1));
	at[N - 3] = isa_jgt64_imm(1, 3, 1);
	same(at, N, 1);
	for (i = 0; i + 1 < N; i++)
		at[i] = isa_jeq64_imm(1, 5, (int16_t)((N - 2 - i) % 30000));
	same(at, N, 1);
	free(at);
}

TEST_WITH(a_long_chain_of_functions, TEST_NO_OOM)
{
	enum { N = 4000 };
	static struct insn at[3 * N];
	size_t i;
	struct vm_prog *p;

	need_jit();
	for (i = 0; i < N; i++) {
		at[3 * i] = isa_mov64_imm(0, (int32_t)i);
		at[3 * i + 1] = i + 1 < N ? isa_call_local(1) : isa_mov64_imm(0, 1);
		at[3 * i + 2] = isa_exit();
	}
	p = load(at, ARRAY_LEN(at), VM_JIT, NULL);
	CHECK_EQ(run_with(p, 0, 0).fault.kind, VM_FAULT_FRAMES);
	CHECK_EQ(run_with(p, 0, 0).fault.pc, 7 * 3 + 1);
	vm_unload(p);
}

/* ---- memory ---- */

static bool maps_line(uintptr_t at, char *ret_access)
{
	FILE *f = fopen("/proc/self/maps", "re");
	unsigned long lo, hi;
	bool found = false;
	char line[512];

	if (!f)
		SKIP("no /proc");
	while (!found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%lx-%lx %4s", &lo, &hi, ret_access) == 3 && at >= lo &&
			at < hi;
	fclose(f);
	return found;
}

TEST_WITH(code_is_executable_and_not_writable_and_guarded, TEST_NO_OOM)
{
	struct vm_prog *p[20];
	unsigned i;

	need_jit();
	for (i = 0; i < ARRAY_LEN(p); i++)
		p[i] = load_text("r0 = 1\nexit", VM_JIT, NULL);
	for (i = 0; i < ARRAY_LEN(p); i++) {
		struct vm_code c = vm_prog_code(p[i]);
		uintptr_t end = (uintptr_t)(c.at + c.size);
		char access[8] = "";

		CHECK(maps_line((uintptr_t)c.at, access));
		CHECK_STR(access, "r-xp");
		CHECK(maps_line(end - 1, access));
		CHECK(((end + 63) & 4095) < 64); /* ends where its pages do */
		end = (end + 4095) & ~(uintptr_t)4095;
		CHECK(!maps_line(end, access) || !strcmp(access, "---p"));
	}
	for (i = 0; i < ARRAY_LEN(p); i++)
		vm_unload(p[i]);
}

#if defined(__aarch64__)
/* There a constant is built from parts of 16 bits: what any register holds on the way. */
static bool contains(struct vm_code c, uint32_t v)
{
	uint64_t reg[32] = {0}, part;
	uint32_t word;
	size_t i;

	for (i = 0; i + 4 <= c.size; i += 4) {
		memcpy(&word, c.at + i, 4);
		if ((word & 0x1f800000) != 0x12800000) /* movn, movz, movk */
			continue;
		part = (uint64_t)(word >> 5 & 0xffff) << (word >> 21 & 3) * 16;
		if ((word >> 29 & 3) == 3)
			reg[word & 31] &= ~(UINT64_C(0xffff) << (word >> 21 & 3) * 16);
		else
			reg[word & 31] = 0;
		reg[word & 31] |= part;
		if (!(word >> 29 & 3))
			reg[word & 31] = ~part;
		if ((uint32_t)reg[word & 31] == v || reg[word & 31] >> 32 == v)
			return true;
	}
	return false;
}
#else
static bool contains(struct vm_code c, uint32_t v)
{
	size_t i;

	for (i = 0; i + sizeof(v) <= c.size; i++)
		if (!memcmp(c.at + i, &v, sizeof(v)))
			return true;
	return false;
}
#endif

TEST_WITH(a_blinded_program_shows_none_of_its_constants, TEST_NO_OOM)
{
	static const char text[] =
		"r1 = 0x11223344\n r2 = 0x1122334455667788 ll\n r0 = r1\n r0 += r2\n"
		"r0 ^= 0x11223344\n r0 *= 0x11223344\n w0 -= 0x11223344\n"
		"*(u64 *)(r10 - 8) = 0x11223344\n r3 = *(u64 *)(r10 - 8)\n r0 += r3\n"
		"r0 /= 0x11223344\n if r0 > 0x11223344 goto +1\n r0 |= 0x11223344\n exit";
	const uint32_t small = 0x11223344, large = 0x55667788;
	struct vm_env blind = {.blind = true};
	struct vm_prog *p = load_text(text, VM_JIT, &blind), *open = load_text(text, VM_JIT, NULL);

	need_jit();
	CHECK(contains(vm_prog_code(open), small));
	CHECK(contains(vm_prog_code(open), large));
	CHECK(!contains(vm_prog_code(p), small)); /* the upper half of the large one, too */
	CHECK(!contains(vm_prog_code(p), large));
	CHECK_EQ(run_with(p, 0, 0).r0, run_with(open, 0, 0).r0);
	vm_unload(p);
	vm_unload(open);
}

/* ---- helpers ---- */

static uint64_t helper_fail(struct vm_run *run, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
			    uint64_t r5)
{
	(void)r2, (void)r3, (void)r4, (void)r5;
	if (r1)
		vm_mem(run, 0, 8, true);
	if (r1) {
		run->fault.kind = VM_FAULT_HELPER;
		run->err = -EFAULT;
	}
	return 5;
}

static uint64_t helper_again(struct vm_run *run, uint64_t fn, uint64_t r2, uint64_t r3, uint64_t r4,
			     uint64_t r5)
{
	uint64_t r0 = 0;

	(void)r3, (void)r4, (void)r5;
	return vm_callback(run, fn, (const uint64_t[5]){r2}, &r0) ? 0 : r0;
}

static struct vm_prog *tail_to;

static uint64_t helper_tail(struct vm_run *run, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
			    uint64_t r5)
{
	(void)r1, (void)r2, (void)r4, (void)r5;
	if (r3 != 0 || run->tails++ >= VM_TAILS_MAX)
		return (uint64_t)-1;
	run->tail = tail_to;
	run->err = VM_TAIL;
	return 0;
}

/* Whether the stack is as the ABI wants it: the compiler may use instructions that trap if not. */
static uint64_t helper_aligned(struct vm_run *run, uint64_t r1, uint64_t r2, uint64_t r3,
			       uint64_t r4, uint64_t r5)
{
	volatile _Alignas(16) char a[16] = {0};

	(void)run, (void)r1, (void)r2, (void)r3, (void)r4, (void)r5;
	return (uintptr_t)__builtin_frame_address(0) % 16 == 0 && (uintptr_t)a % 16 == 0;
}

static const struct vm_helper helpers[] = {
	{1, "fail", helper_fail},
	{2, "again", helper_again},
	{3, "aligned", helper_aligned},
	{12, "tail", helper_tail},
};
static const struct vm_env env = {.helper = helpers, .helpers = ARRAY_LEN(helpers)};

TEST_WITH(a_helper_that_fails_ends_the_run_from_any_depth, TEST_NO_OOM)
{
	struct vm_prog *p =
		load_text("r6 = 66\n r1 = 0\n call 1\n r0 += 1\n call inner\n exit\n"
			  "inner: r6 = 6\n r7 = 7\n r8 = 8\n r1 = 1\n call 1\n r0 = 1\n exit",
			  VM_JIT, &env);
	struct ran o = run_with(p, 0, 0);

	CHECK_EQ(o.err, -EFAULT);
	CHECK_EQ(o.fault.kind, VM_FAULT_HELPER);
	CHECK_EQ(o.fault.pc, 10);
	CHECK_EQ(o.fault.reg[6], 6);
	CHECK_EQ(o.fault.reg[7], 7);
	CHECK_EQ(o.fault.reg[8], 8);
	vm_unload(p);
}

TEST_WITH(helpers_find_the_stack_aligned, TEST_NO_OOM)
{
	static const char text[] =
		"call 3\n r6 = r0\n call one\n r6 += r0\n r1 = two ll\n r2 = 0\n call 2\n"
		"r6 += r0\n r0 = r6\n exit\n"
		"one: r7 = 1\n call 3\n r8 = r0\n call three\n r0 += r8\n exit\n"
		"two: r6 = 3\n call 3\n exit\n"
		"three: r6 = 1\n r7 = 1\n r9 = 1\n call 3\n exit";
	struct vm_prog *p = load_text(text, VM_JIT, &env);
	struct ran o = run_with(p, 0, 0);

	CHECK_EQ(o.err, 0);
	CHECK_EQ(o.r0, 4);
	vm_unload(p);
}

TEST_WITH(a_budget_is_used_alike_in_callbacks, TEST_NO_OOM)
{
	static const char text[] = "r6 = 100\n again: r1 = fn ll\n r2 = r6\n call 2\n r6 -= 1\n"
				   "if r6 != 0 goto again\n r0 = 1\n exit\n"
				   "fn: r0 = 0\n more: r1 -= 1\n if r1 s> 0 goto more\n exit";
	static const enum vm_engine engines[] = {VM_CHECKED, VM_FAST, VM_JIT};
	unsigned i;

	for (i = 0; i < ARRAY_LEN(engines); i++) {
		struct vm_prog *p = load_text(text, engines[i], &env);
		struct ran o = run_with(p, 0, 0);

		CHECK_EQ(o.r0, 1);
		CHECK_EQ(o.used, 1 + 99 * 6 + 100 + 2 * (100 * 99 / 2));
		CHECK_EQ(run_with(p, 0, o.used + 1).err, 0);
		CHECK_EQ(run_with(p, 0, o.used / 2).fault.kind, VM_FAULT_BUDGET);
		vm_unload(p);
	}
}

/* Callbacks in callbacks, calls and loops around them: wherever the budget ends, all end there. */
TEST_WITH(a_budget_ends_alike_at_every_depth, TEST_NO_OOM)
{
	static const char text[] =
		"r6 = 9\n again: r1 = outer ll\n r2 = r6\n call 2\n r6 += -1\n call local\n"
		"if r6 != 0 goto again\n r0 = 1\n exit\n"
		"outer: r6 = r1\n r7 = 2\n more: r1 = inner ll\n r2 = r6\n call 2\n r7 += -1\n"
		"if r7 != 0 goto more\n call local\n r0 = 0\n exit\n"
		"inner: r1 += -1\n if r1 s> 0 goto inner\n r0 = 0\n exit\n"
		"local: r1 = 3\n on: r1 += -1\n if r1 != 0 goto on\n r0 = 0\n exit";
	static const enum vm_engine engines[] = {VM_CHECKED, VM_FAST, VM_JIT};
	struct vm_prog *p[ARRAY_LEN(engines)];
	struct ran want, got;
	uint64_t budget, all;
	unsigned i;

	for (i = 0; i < ARRAY_LEN(engines); i++)
		p[i] = load_text(text, engines[i], &env);
	all = run_with(p[0], 0, 0).used;
	CHECK(all > 100);
	for (budget = 0; budget <= all + 1; budget++) {
		want = run_with(p[0], 0, budget);
		for (i = 1; i < ARRAY_LEN(engines); i++) {
			got = run_with(p[i], 0, budget);
			test_note("budget %u of %u, engine %u", (unsigned)budget, (unsigned)all, engines[i]);
			CHECK_EQ(got.err, want.err);
			CHECK_EQ(got.used, want.used);
			if (!want.err)
				continue;
			CHECK_EQ(got.fault.kind, want.fault.kind);
			CHECK_EQ(got.fault.pc, want.fault.pc);
		}
	}
	for (i = 0; i < ARRAY_LEN(engines); i++)
		vm_unload(p[i]);
}

/* Each function on a stack of its own: 512 bytes for each of eight, and none for nobody else. */
TEST_WITH(every_frame_is_a_stack_of_its_own, TEST_NO_OOM)
{
	static const char text[] =
		"*(u64 *)(r10 - 512) = 1\n *(u64 *)(r10 - 8) = 1\n r1 = 7\n call deeper\n"
		"r1 = *(u64 *)(r10 - 512)\n r0 += r1\n r1 = *(u64 *)(r10 - 8)\n r0 += r1\n exit\n"
		"deeper: *(u64 *)(r10 - 512) = r1\n *(u64 *)(r10 - 8) = r1\n r0 = 0\n r1 += -1\n"
		"if r1 == 0 goto back\n call deeper\n"
		"back: r1 = *(u64 *)(r10 - 512)\n r0 += r1\n r1 = *(u64 *)(r10 - 8)\n r0 += r1\n exit";
	/* a callback that fills its stack, at each depth, while the callers' are full */
	static const char calling[] =
		"*(u64 *)(r10 - 512) = 5\n r1 = fn ll\n r2 = 6\n call 2\n r1 = *(u64 *)(r10 - 512)\n"
		"r0 += r1\n exit\n"
		"fn: r6 = r1\n *(u64 *)(r10 - 512) = r6\n *(u64 *)(r10 - 8) = r6\n r0 = 0\n"
		"if r6 == 0 goto out\n r1 = fn ll\n r2 = r6\n r2 += -1\n call 2\n"
		"r1 = *(u64 *)(r10 - 512)\n r0 += r1\n r1 = *(u64 *)(r10 - 8)\n r0 += r1\n out: exit";
	static const enum vm_engine engines[] = {VM_CHECKED, VM_FAST, VM_JIT};
	struct vm_prog *p;
	unsigned i;

	for (i = 0; i < ARRAY_LEN(engines); i++) {
		p = load_text(text, engines[i], &env);
		CHECK_EQ(run_with(p, 0, 0).r0, 2 + 2 * (7 + 6 + 5 + 4 + 3 + 2 + 1));
		vm_unload(p);
		p = load_text(calling, engines[i], &env);
		CHECK_EQ(run_with(p, 0, 0).r0, 5 + 2 * (6 + 5 + 4 + 3 + 2 + 1));
		vm_unload(p);
	}
}

#if defined(__x86_64__) || defined(__aarch64__)
/* A program for which there is a newer instruction and an older one; both give 12 for 66. */
#if defined(__x86_64__)
static const char newer[] = "shlx", older[] = "shl ", either[] = "r0 = 3\n r0 <<= r1\n exit";

static bool have_newer(void)
{
	return __builtin_cpu_supports("bmi2");
}
#else
static const char newer[] = "ldadd", older[] = "ldxr",
		  either[] = "r1 += -56\n *(u64 *)(r10 - 8) = 2\n"
			     "r1 = atomic_fetch_add((u64 *)(r10 - 8), r1)\n"
			     "r0 = *(u64 *)(r10 - 8)\n exit";

static bool have_newer(void)
{
	return getauxval(AT_HWCAP) & 1 << 8; /* HWCAP_ATOMICS */
}
#endif

static bool shows(const struct vm_prog *p, const char *name)
{
	struct vm_code c = vm_prog_code(p);
	struct str s;
	size_t at, n;
	bool found;

	str_init(&s, 1 << 20);
	for (at = 0; at < c.size; at += n) {
		n = vm_native_dis(c.at + at, c.size - at, at, &s);
		str_addc(&s, '\n');
	}
	found = strstr(s.s, name);
	str_done(&s);
	return found;
}

TEST_WITH(code_for_any_processor, TEST_NO_OOM)
{
	struct vm_env any = {.baseline = true};
	struct vm_prog *p = load_text(either, VM_JIT, &any);

	CHECK(!shows(p, newer));
	CHECK(shows(p, older));
	CHECK_EQ(run_with(p, 66, 0).r0, 12);
	vm_unload(p);
	p = load_text(either, VM_JIT, NULL);
	CHECK_EQ(shows(p, newer), have_newer());
	CHECK_EQ(run_with(p, 66, 0).r0, 12);
	vm_unload(p);
}
#endif

TEST_WITH(a_tail_call_keeps_the_callers_frames, TEST_NO_OOM)
{
	struct vm_prog *p =
		load_text("r6 = 600\n r7 = 70\n call sub\n r0 += r6\n r0 += r7\n exit\n"
			  "sub: r6 = 1\n r1 = 5\n r2 = 0\n r3 = 0\n *(u64 *)(r10 - 8) = 3\n"
			  "call 12\n r0 = 9999\n exit",
			  VM_JIT, &env);

	tail_to = load_text("r6 = r1\n r7 = 2\n r8 = 3\n r9 = 4\n *(u64 *)(r10 - 8) = 1000\n"
			    "r0 = *(u64 *)(r10 - 8)\n r0 += r6\n exit",
			    VM_JIT, &env);
	CHECK_EQ(run_with(p, 0, 0).r0, 1675);
	vm_unload(tail_to);
	tail_to = load_text("r6 = r1\n r1 = 1\n call 1\n exit", VM_JIT, &env);
	CHECK_EQ(run_with(p, 0, 0).fault.kind, VM_FAULT_HELPER);
	CHECK(run_with(p, 0, 0).fault.prog == tail_to);
	vm_unload(tail_to);
	vm_unload(p);
	/* by itself, until it is too often */
	p = tail_to = load_text(
		"r1 += 1\n r0 = r1\n r6 = r1\n r2 = 0\n r3 = 0\n call 12\n r0 = r6\n exit", VM_JIT,
		&env);
	CHECK_EQ(run_with(p, 0, 0).r0, VM_TAILS_MAX + 1);
	vm_unload(p);
}

TEST_WITH(a_helper_out_of_reach_is_called, TEST_NO_OOM)
{
#if defined(__x86_64__) || defined(__aarch64__)
#if defined(__x86_64__)
	static const uint8_t code[] = {0x48, 0x8d, 0x04, 0x16,
				       0xc3}; /* lea rax, [rsi + rdx]; ret */
#else
	static const uint8_t code[] = {0x20, 0x00, 0x02, 0x8b,
				       0xc0, 0x03, 0x5f, 0xd6}; /* add x0, x1, x2; ret */
#endif
	void *at = mmap((void *)0x500000000000, 4096, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vm_helper far = {1, "far", NULL};
	struct vm_env far_env = {.helper = &far, .helpers = 1};
	struct vm_prog *p;

	need_jit();
	CHECK(at != MAP_FAILED);
	memcpy(at, code, sizeof(code));
	__builtin___clear_cache((char *)at, (char *)at + sizeof(code));
	CHECK(!mprotect(at, 4096, PROT_READ | PROT_EXEC));
	memcpy(&far.fn, &at, sizeof(at));
	p = load_text("r1 = 40\n r2 = 2\n call 1\n if r0 == 0 goto +1\n r0 += 1\n exit", VM_JIT,
		      &far_env);
	CHECK_EQ(run_with(p, 0, 0).r0, 43);
	vm_unload(p);
	munmap(at, 4096);
#else
	SKIP("this test has no code for this machine");
#endif
}

/* ---- what the verifier would not have ---- */

TEST_WITH(jumps_between_functions, TEST_NO_OOM)
{
	/* `a` runs into `b`, and `b` jumps back into `a`: all of them share a frame */
	static const char text[] =
		"r6 = 1\n r7 = 2\n r8 = 3\n r9 = 4\n r1 = 3\n call a\n call b\n r0 += r6\n"
		"r0 += r7\n r0 += r8\n r0 += r9\n exit\n"
		"a: r6 = 100\n r0 = 0\n in_a: r0 += r6\n"
		"b: r7 = 200\n r8 = 300\n r1 -= 1\n if r1 s> 0 goto in_a\n r9 = 7\n exit";
	struct vm_prog *want = load_text(text, VM_CHECKED, NULL),
		       *got = load_text(text, VM_JIT, NULL);

	CHECK_EQ(run_with(got, 0, 0).err, 0);
	CHECK_EQ(run_with(got, 0, 0).r0, run_with(want, 0, 0).r0);
	vm_unload(want);
	vm_unload(got);
}

TEST_WITH(registers_that_nobody_wrote_are_zero, TEST_NO_OOM)
{
	struct vm_prog *p =
		load_text("r0 += r6\n r0 += r7\n r0 += r8\n r0 += r9\n r0 += r2\n r0 += r5\n exit",
			  VM_JIT, NULL);

	CHECK_EQ(run_with(p, 9, 0).r0, 0);
	vm_unload(p);
}

/* Each instruction has native code or is refused: the JIT knows all that gets to it. */
TEST_WITH(every_row_loads_or_is_refused, TEST_NO_OOM)
{
	uint64_t seed = test_seed();
	struct insn at[4];
	struct vm_prog *p;
	uint32_t id, loaded = 0;
	size_t n;

	for (id = ISA_NONE + 1; id < _ISA_MAX; id++) {
		n = isa_sample((enum isa_id)id, &seed, at);
		at[0].dst %= 10;
		if (isa_row((enum isa_id)id)->form >= ISA_FORM_JCC_R &&
		    isa_row((enum isa_id)id)->form <= ISA_FORM_JA)
			at[0].off = 0;
		if (id == ISA_JA32 || id == ISA_CALL_LOCAL)
			at[0].imm = 0;
		at[n++] = isa_exit();
		if (vm_load("row", at, n, VM_JIT, &env, NULL, &p))
			continue;
		loaded++;
		vm_unload(p);
	}
	CHECK(test_oom() || loaded > 150);
}

/* ---- names ---- */

static void check_perf_map(const struct vm_prog *p)
{
	struct vm_code c = vm_prog_code(p);
	char path[64], want[64];
	struct file f;
	struct diag d;

	diag_init(&d, 1);
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
	CHECK(!file_read(path, 1 << 20, &d, &f));
	unlink(path);
	snprintf(want, sizeof(want), "%zx ", (size_t)(uintptr_t)c.at);
	CHECK(str_has_prefix((const char *)f.data, want));
	CHECK(strstr((const char *)f.data, " bpf:program.enter\n"));
	snprintf(want, sizeof(want), "%zx", (size_t)(uintptr_t)c.at + vm_prog_code_offset(p, 2));
	CHECK(strstr((const char *)f.data, want));
	CHECK(strstr((const char *)f.data, " bpf:program\n"));
	CHECK(strstr((const char *)f.data, " bpf:program.f1\n"));
	file_done(&f);
}

TEST_WITH(perf_and_gdb_are_told_names, TEST_NO_OOM)
{
	struct vm_prog *p = load_text("call f\n exit\n f: r0 = 5\n exit", VM_JIT, NULL);

	need_jit();
	CHECK(!vm_prog_announce(p, VM_TO_BOTH));
	check_perf_map(p);
	CHECK_EQ(run_with(p, 0, 0).r0, 5);
	vm_unload(p);
}

static void check_dump(const struct vm_prog *p)
{
	struct vm_code c = vm_prog_code(p);
	uint32_t want[] = {0x4a695444, 1, 40}, size;
	size_t at, records = 0, bytes = 0;
	uint64_t code[3];
	char path[64];
	struct file f;
	struct diag d;

	diag_init(&d, 1);
	snprintf(path, sizeof(path), "/tmp/jit-%d.dump", (int)getpid());
	CHECK(!file_read(path, 1 << 20, &d, &f));
	CHECK_MEM(f.data, want, sizeof(want));
	for (at = 40; at < f.size; at += size, records++) {
		memcpy(&size, f.data + at + 4, sizeof(size));
		memcpy(code, f.data + at + 24, sizeof(code));
		CHECK_EQ(code[0], (uintptr_t)c.at + bytes);
		CHECK(str_has_prefix((const char *)f.data + at + 56, "bpf:program"));
		CHECK_EQ(size, 56 + strlen((const char *)f.data + at + 56) + 1 + code[2]);
		CHECK_MEM(f.data + at + size - code[2], c.at + bytes, code[2]);
		bytes += code[2];
	}
	CHECK_EQ(at, f.size);
	CHECK_EQ(bytes, c.size);
	CHECK_EQ(records, 4);
	file_done(&f);
	diag_done(&d);
}

TEST_WITH(a_jitdump_has_the_code, TEST_NO_OOM)
{
	struct vm_prog *p = load_text("call f\n exit\n f: r0 = 5\n exit", VM_JIT, NULL);
	char path[64];

	need_jit();
	CHECK(!vm_prog_announce(p, VM_TO_JITDUMP));
	check_dump(p);
	vm_unload(p);
	snprintf(path, sizeof(path), "/tmp/jit-%d.dump", (int)getpid());
	unlink(path);
}

/* Runs for a while, in a function whose name only the dump tells. */
static void spin(void)
{
	struct vm_prog *p = load_text("call f\n exit\n f: r0 = 0\n on: r0 += 1\n r1 += -1\n"
				      "if r1 != 0 goto on\n exit", VM_JIT, NULL);

	CHECK(!vm_prog_announce(p, VM_TO_JITDUMP));
	run_with(p, 500000000, 0);
	printf("pid %d\n", (int)getpid());
	fflush(stdout);
	vm_unload(p);
}

static bool spawn(const char *const *argv, struct str *out)
{
	struct str err;
	int status;

	str_reset(out);
	str_init(&err, 1 << 20);
	status = test_spawn(argv, NULL, 0, out, &err);
	str_done(&err);
	return !status;
}

/* What perf inject leaves beside the dump: the code of each function as a file. */
static void remove_dump(int pid, const char *dir)
{
	char path[200];
	unsigned i;

	for (i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), i ? "/tmp/jitted-%d-%u.so" : "/tmp/jit-%d.dump", pid, i);
		unlink(path);
	}
	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%c", dir, "ab"[i]);
		unlink(path);
	}
	rmdir(dir);
}

TEST_WITH(perf_shows_the_functions, TEST_NO_OOM | TEST_SLOW)
{
	char self[4096], dir[] = "/tmp/skep-perf-XXXXXX", a[64], b[64];
	const char *record[] = {"perf", "record", "-q", "-k", "mono", "-e", "cpu-clock:u", "-o", a, self,
				"--here", "=vm_jit/perf_shows_the_functions", NULL};
	const char *inject[] = {"perf", "inject", "--jit", "-i", a, "-o", b, NULL};
	const char *report[] = {"perf", "report", "-i", b, "--stdio", "--no-children", NULL};
	bool worked, shown;
	struct str out;
	ssize_t n;
	int pid = 0;

	need_jit();
	if (getenv("SKEP_TEST_UNDER_PERF")) {
		spin();
		return;
	}
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (!test_have_command("perf") || n < 0)
		SKIP("needs perf");
	self[n] = 0;
	CHECK(mkdtemp(dir));
	snprintf(a, sizeof(a), "%s/a", dir);
	snprintf(b, sizeof(b), "%s/b", dir);
	str_init(&out, 1 << 20);
	setenv("SKEP_TEST_UNDER_PERF", "1", 1);
	worked = spawn(record, &out);
	if (strstr(out.s, "pid "))
		pid = (int)strtol(strstr(out.s, "pid ") + 4, NULL, 10);
	worked = worked && pid && spawn(inject, &out) && spawn(report, &out);
	shown = strstr(out.s, "bpf:program.f1");
	remove_dump(pid, dir);
	if (!worked)
		SKIP("perf cannot record here");
	if (!shown)
		FAIL("%s", out.s);
	str_done(&out);
}

/* Waits in a helper, called by a function of a program, for somebody who looks: gdb, below. */
static uint64_t helper_wait(struct vm_run *run, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
			    uint64_t r5)
{
	(void)run, (void)r1, (void)r2, (void)r3, (void)r4, (void)r5;
	abort();
}

TEST_WITH(gdb_shows_the_functions, TEST_NO_OOM | TEST_SLOW)
{
	static const struct vm_helper wait = {1, "wait", helper_wait};
	struct vm_env wait_env = {.helper = &wait, .helpers = 1};
	const char *argv[] = {"gdb",    "-q",
			      "-batch", "-nx",
			      "-ex",    "run",
			      "-ex",    "bt",
			      "--args", "/proc/self/exe",
			      "--here", "=vm_jit/gdb_shows_the_functions",
			      NULL};
	struct str out, err;
	char self[4096];
	ssize_t n;

	need_jit();
	if (getenv("SKEP_TEST_UNDER_GDB")) {
		struct vm_prog *p =
			load_text("call inner\n exit\n inner: call 1\n exit", VM_JIT, &wait_env);

		CHECK(!vm_prog_announce(p, VM_TO_GDB));
		run_with(p, 0, 0);
	}
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (!test_have_command("gdb") || n < 0)
		SKIP("needs gdb");
	self[n] = 0;
	argv[9] = self;
	str_init(&out, 1 << 20);
	str_init(&err, 1 << 20);
	setenv("SKEP_TEST_UNDER_GDB", "1", 1);
	test_spawn(argv, NULL, 0, &out, &err);
	if (!strstr(out.s, "SIGABRT"))
		SKIP("gdb cannot run programs here");
	if (!strstr(out.s, "in bpf:program.f1 ()") || !strstr(out.s, "in bpf:program ()"))
		FAIL("%s%s", out.s, err.s);
	str_done(&out);
	str_done(&err);
}
