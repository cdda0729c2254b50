/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where something ends, on every engine: the reach of native branches, pages of native code, the largest
 * programs, the deepest calls, the last bytes of the stack and of a region.
 *
 * An engine is right here if it says what the checked interpreter says. How long native code is, is asked
 * of the JIT and not assumed, so that the same tests find the limits of every machine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "test.h"
#include "vm/vm.h"

static const struct variant {
	const char *name;
	enum vm_engine engine;
	bool unmetered, blind;
} variants[] = {
	{"checked", VM_CHECKED, false, false},	    {"fast", VM_FAST, false, false},
	{"traced", VM_TRACED, false, false},	    {"jit", VM_JIT, false, false},
	{"jit unmetered", VM_JIT, true, false},	    {"jit blinded", VM_JIT, false, true},
};
enum { JIT = 3, VARIANTS = ARRAY_LEN(variants) };

static void no_trace(struct vm_run *run, const struct vm_prog *p, uint32_t pc, const uint64_t *reg)
{
	(void)run, (void)p, (void)pc, (void)reg;
}

static struct vm_prog *load(const struct insn *at, size_t n, const struct variant *v)
{
	struct vm_env env = {.unmetered = v->unmetered, .blind = v->blind};
	struct vm_prog *p = NULL;
	struct str text;
	struct diag d;

	diag_init(&d, 1);
	if (vm_load(v->name, at, n, v->engine, &env, &d, &p)) {
		str_init(&text, 4096);
		diag_render(&d, DIAG_PLAIN, &text);
		FAIL("%s", text.s);
	}
	diag_done(&d);
	return p;
}

struct ran {
	int err;
	enum vm_fault_kind kind;
	uint32_t pc;
	uint64_t r0;
};

static struct ran run(const struct vm_prog *p, uint64_t r1, const void *region, size_t len)
{
	uint64_t arg[5] = {r1};
	struct ran o = {0};
	struct vm_run r;

	CHECK(!vm_run_init(&r));
	r.trace = no_trace;
	if (region)
		CHECK(!vm_run_region(&r, region, len, true));
	o.err = vm_exec(&r, p, arg, &o.r0);
	o.kind = r.fault.kind;
	o.pc = o.err ? r.fault.pc : 0;
	vm_run_done(&r);
	return o;
}

/* Every engine gives what the first does, with each of the arguments. */
static void all_agree(const struct insn *at, size_t n, const uint64_t *r1, size_t args)
{
	struct ran want[8];
	size_t v, i;

	CHECK(args <= ARRAY_LEN(want));
	for (v = 0; v < VARIANTS; v++) {
		struct vm_prog *p = load(at, n, &variants[v]);

		for (i = 0; i < args; i++) {
			struct ran got = run(p, r1[i], NULL, 0);

			if (v == 0)
				want[i] = got;
			if (memcmp(&got, &want[i], sizeof(got)))
				FAIL("engine %s, %zu instructions, r1 = %llu: %d and 0x%llx, not %d and 0x%llx",
				     variants[v].name, n, (unsigned long long)r1[i], got.err,
				     (unsigned long long)got.r0, want[i].err, (unsigned long long)want[i].r0);
		}
		vm_unload(p);
	}
}

static size_t native_size(const struct insn *at, size_t n)
{
	struct vm_prog *p = load(at, n, &variants[JIT]);
	size_t size = vm_prog_code(p).size;

	vm_unload(p);
	return size;
}

static bool have_jit(void)
{
	struct insn least[] = {isa_mov64_imm(0, 0), isa_exit()};

	return native_size(least, 2) != 0;
}

/* ---- branches ---- */

/* Instructions of different native lengths, none of which a JIT joins with another of its kind. */
static struct insn body(unsigned kind, size_t i)
{
	switch (kind) {
	case 0: return isa_xor64_reg(0, 1);
	case 1: return isa_xor64_imm(0, i % 2 ? 0x12345678 : 0x1234567);
	case 2: return isa_insn(0x3f, 0, 2, i % 2, 0); /* r0 /= r2, s/= */
	default: return isa_insn(0xdb, ISA_REG_FP, 0, -8, 0xa1); /* fetch and xor */
	}
}

enum { KINDS = 4, JUMP_MAX = 32767, AROUND = 12 };

/*
 * A jump across n instructions of a kind, forward and back:
 *	0: what comes before, 4: the test that leads over all, ..., the test that leads back to 5
 */
static size_t put_jumps(struct insn *at, unsigned kind, size_t n, bool wide)
{
	size_t k = 0, i, head;

	at[k++] = isa_mov64_imm(0, 7);
	at[k++] = isa_mov64_imm(2, 3);
	at[k++] = isa_stx(ISA_SIZE_DW, ISA_REG_FP, -8, 1);
	at[k++] = isa_mov64_imm(3, 2);
	at[k++] = wide ? isa_jgt64_imm(1, 1, (int16_t)n) : isa_jset32_imm(1, 2, (int16_t)n);
	head = k;
	for (i = 0; i < n; i++)
		at[k++] = body(kind, i);
	at[k++] = isa_add64_imm(3, -1);
	at[k] = isa_jne64_imm(3, 0, 1);
	k++;
	at[k++] = isa_exit();
	at[k] = isa_ja32((int32_t)head - (int32_t)k - 1);
	k++;
	return k;
}

static size_t bytes_of(struct insn *at, unsigned kind, size_t n)
{
	return native_size(at, put_jumps(at, kind, n, true));
}

/* For each limit that a machine's branch may have, jumps of just that many bytes and around it. */
TEST_WITH(branches_at_the_limits_of_their_reach, TEST_NO_OOM | TEST_SLOW)
{
	static const size_t limits[] = {1 << 7, 1 << 15, 1 << 20};
	static const uint64_t args[] = {0, 1, 2, 3};
	struct insn *at = malloc((JUMP_MAX + AROUND) * sizeof(*at));
	unsigned kind, wide, tried = 0;
	size_t l, n, first;

	if (!have_jit())
		SKIP("no JIT for this machine");
	for (kind = 0; kind < KINDS; kind++) {
		size_t some = bytes_of(at, kind, 1000), more = bytes_of(at, kind, 2000);

		for (l = 0; l < ARRAY_LEN(limits); l++) {
			size_t estimate = limits[l] * 1000 / (more - some);

			if (estimate + AROUND > JUMP_MAX)
				continue; /* no conditional jump of a program gets that far */
			first = estimate > AROUND ? estimate - AROUND : 0;
			for (n = first; n <= estimate + AROUND; n += limits[l] > 1 << 15 ? 4 : 1) {
				for (wide = 0; wide < 2; wide++, tried++)
					all_agree(at, put_jumps(at, kind, n, wide), args,
						  ARRAY_LEN(args));
			}
		}
		all_agree(at, put_jumps(at, kind, JUMP_MAX, true), args, ARRAY_LEN(args));
	}
	test_note("%u programs", tried);
	CHECK(tried > 100);
	free(at);
}

/* ---- pages of native code ---- */

static void check_guard(const struct vm_prog *p)
{
	struct vm_code c = vm_prog_code(p);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uintptr_t end = ((uintptr_t)c.at + c.size + page - 1) & ~(page - 1);
	int pipe_fd[2];

	CHECK(!pipe(pipe_fd));
	/* write(2) reads without a signal: EFAULT where nobody may read */
	CHECK_EQ(write(pipe_fd[1], (const void *)(end - 1), 1), 1);
	CHECK_EQ(write(pipe_fd[1], (const void *)end, 1), -1);
	CHECK_EQ(errno, EFAULT);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}

/* Code of every length around the ends of some pages runs, and ends in front of what may not be read. */
TEST_WITH(native_code_at_page_ends, TEST_NO_OOM)
{
	enum { PAGES = 3, N = 6000, NEAR = 24 };
	static struct insn at[N + 4];
	size_t page = (size_t)sysconf(_SC_PAGESIZE), n, k, size, tried = 0;
	static const uint64_t args[] = {5};

	if (!have_jit())
		SKIP("no JIT for this machine");
	for (k = 1; k <= PAGES; k++) {
		for (n = 1; n < N; n++) {
			at[n] = isa_xor64_reg(0, 1);
			at[0] = isa_mov64_imm(0, 1);
			at[n + 1] = isa_exit();
			size = native_size(at, n + 2);
			if (size + 4 * NEAR < k * page) {
				size_t step = (k * page - size - 4 * NEAR) / 4 + 1;

				for (; step && n + 2 < N; step--)
					at[++n] = isa_xor64_reg(0, 1);
				continue;
			}
			if (size > k * page + NEAR)
				break;
			struct vm_prog *p = load(at, n + 2, &variants[JIT]);

			check_guard(p);
			vm_unload(p);
			all_agree(at, n + 2, args, 1);
			tried++;
		}
	}
	test_note("%zu programs", tried);
	CHECK(tried >= PAGES * 6);
}

/* ---- size ---- */

static struct insn *fill(size_t n, unsigned kind)
{
	struct insn *at = malloc(n * sizeof(*at));
	size_t i;

	CHECK(at);
	at[0] = isa_mov64_imm(0, 1);
	at[1] = isa_mov64_imm(2, 3);
	at[2] = isa_stx(ISA_SIZE_DW, ISA_REG_FP, -8, 1);
	for (i = 3; i < n; i++)
		at[i] = body(kind, i);
	at[n - 1] = isa_exit();
	return at;
}

TEST_WITH(a_million_of_each_on_every_engine, TEST_NO_OOM | TEST_SLOW)
{
	enum { N = ISA_INSNS_MAX };
	static const uint64_t args[] = {5};
	unsigned kind;
	size_t i;

	for (kind = 0; kind < KINDS; kind++) {
		struct insn *at = fill(N, kind);

		all_agree(at, N, args, 1);
		free(at);
	}
	struct insn *at = fill(N, 0); /* 64-bit loads */

	for (i = 3; i + 3 < N; i += 2)
		isa_ld_imm64(at + i, 3, 0, i << 32 | 7);
	all_agree(at, N, args, 1);
	for (i = 3; i + 3 < N; i += 3) { /* functions that nobody calls, and one that is called */
		at[i] = isa_call_local(i % 2 ? 2 : -1);
		at[i + 1] = isa_mov64_imm(0, (int32_t)i);
		at[i + 2] = isa_exit();
	}
	at[3] = isa_call_local((int32_t)(N - 6 - 4));
	at[N - 6] = isa_mov64_reg(0, 1);
	at[N - 5] = at[N - 4] = at[N - 3] = at[N - 2] = isa_xor64_reg(0, 1);
	all_agree(at, N, args, 1);
	free(at);
}

TEST_WITH(more_than_a_million_and_none_are_refused, TEST_NO_OOM)
{
	struct insn *at = fill(ISA_INSNS_MAX + 1, 0);
	struct vm_env env = {0};
	struct vm_prog *p;
	size_t v;

	for (v = 0; v < VARIANTS; v++) {
		CHECK_EQ(vm_load("large", at, ISA_INSNS_MAX + 1, variants[v].engine, &env, NULL, &p), -EINVAL);
		CHECK_EQ(vm_load("none", at, 0, variants[v].engine, &env, NULL, &p), -EINVAL);
	}
	free(at);
}

/* ---- calls ---- */

TEST_WITH(as_deep_as_calls_may_go, TEST_NO_OOM)
{
	static const uint64_t args[] = {0, 1, VM_FRAMES_MAX - 2, VM_FRAMES_MAX - 1, VM_FRAMES_MAX, 100};
	/* each calls itself r1 times, and adds what its own frame holds */
	const struct insn at[] = {
		isa_call_local(1),
		isa_exit(),
		isa_stx(ISA_SIZE_DW, ISA_REG_FP, -512, 1),
		isa_mov64_imm(0, 1000),
		isa_jle64_imm(1, 1, 4),
		isa_add64_imm(1, -1),
		isa_call_local(-5),
		isa_ldx(ISA_SIZE_DW, 2, ISA_REG_FP, -512),
		isa_add64_reg(0, 2),
		isa_exit(),
	};
	size_t v, i;

	all_agree(at, ARRAY_LEN(at), args, ARRAY_LEN(args));
	for (v = 0; v < VARIANTS; v++) {
		struct vm_prog *p = load(at, ARRAY_LEN(at), &variants[v]);

		for (i = 0; i < ARRAY_LEN(args); i++) {
			struct ran o = run(p, args[i], NULL, 0);

			CHECK_EQ(o.kind, args[i] < VM_FRAMES_MAX ? VM_NO_FAULT : VM_FAULT_FRAMES);
		}
		vm_unload(p);
	}
}

/* ---- memory ---- */

/* An access of `size` bytes at r1 + off in each form, as the opcode that the form has for the size. */
static void check_access(const struct variant *v, unsigned size, uint64_t at_addr, int16_t off, bool good,
			 const void *region, size_t len)
{
	static const uint8_t code[] = {[1] = ISA_SIZE_B, [2] = ISA_SIZE_H, [4] = ISA_SIZE_W, [8] = ISA_SIZE_DW};
	const struct insn access[] = {
		isa_ldx(code[size], 0, 1, off),
		isa_st(code[size], 1, off, 1),
		isa_stx(code[size], 1, off, 1),
		isa_insn((uint8_t)(0xc3 | code[size]), 1, 0, off, 0x01), /* fetch and add */
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(access) - (size < 4 ? 1 : 0); i++) {
		struct insn at[] = {isa_mov64_imm(0, 0), access[i], isa_mov64_imm(0, 1), isa_exit()};
		struct vm_prog *p = load(at, ARRAY_LEN(at), v);
		struct ran o = run(p, at_addr, region, len);

		CHECK_EQ(o.err, good ? 0 : -EFAULT);
		if (!good)
			CHECK_EQ(o.pc, 1);
		vm_unload(p);
	}
}

/* The last bytes of a region that ends where a page does, and the first that are not in it. */
TEST_WITH(the_last_bytes_of_a_region, TEST_NO_OOM)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), len, v;
	uint8_t *two = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned size;

	CHECK(two != MAP_FAILED && !mprotect(two + page, page, PROT_NONE));
	for (v = 0; v < VARIANTS; v++) {
		bool checks = variants[v].engine == VM_CHECKED || variants[v].engine == VM_TRACED;

		for (len = 8; len <= 24; len += 8) {
			uint8_t *region = two + page - len;
			uint64_t end = (uintptr_t)two + page;

			for (size = 1; size <= 8; size *= 2) {
				check_access(&variants[v], size, end, (int16_t)-(int)size, true, region, len);
				check_access(&variants[v], size, end - 32767 - size, 32767, true, region,
					     len);
				check_access(&variants[v], size, (uintptr_t)region + 32760, -32760, true,
					     region, len);
				if (!checks)
					continue;
				check_access(&variants[v], size, end, (int16_t)(1 - (int)size), false, region,
					     len);
				check_access(&variants[v], size, (uintptr_t)region, -1, false, region, len);
				check_access(&variants[v], size, UINT64_MAX, 0, false, region, len);
				check_access(&variants[v], size, 0, (int16_t)-(int)size, false, region, len);
			}
		}
	}
	munmap(two, 2 * page);
}

/* The stack: 512 bytes of this function, no byte above and none below. */
TEST_WITH(the_ends_of_the_stack, TEST_NO_OOM)
{
	static const struct { int16_t off; bool good; } place[] = {
		{-8, true}, {-512, true}, {-504, true}, {-520, false}, {-516, false}, {-7, false}, {0, false},
	};
	size_t v, i;

	for (v = 0; v < VARIANTS; v++) {
		bool checks = variants[v].engine == VM_CHECKED || variants[v].engine == VM_TRACED;

		for (i = 0; i < ARRAY_LEN(place); i++) {
			struct insn at[] = {isa_st(ISA_SIZE_DW, ISA_REG_FP, place[i].off, 3),
					    isa_ldx(ISA_SIZE_DW, 0, ISA_REG_FP, place[i].off), isa_exit()};
			struct vm_prog *p;
			struct ran o;

			if (!place[i].good && !checks)
				continue;
			p = load(at, ARRAY_LEN(at), &variants[v]);
			o = run(p, 0, NULL, 0);
			CHECK_EQ(o.kind, place[i].good ? VM_NO_FAULT : VM_FAULT_WRITE);
			CHECK_EQ(o.r0, place[i].good ? 3 : 0);
			vm_unload(p);
		}
	}
}
