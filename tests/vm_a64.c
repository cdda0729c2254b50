/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is the arm64 JIT's own: every constant it must build, every offset from every kind of
 * address, branches beyond each range, each pattern that is one instruction. The interpreter is the
 * referee; on other machines these tests hold for their JIT.
 */
#include <stdio.h>
#include <stdlib.h>

#include "test.h"
#include "vm/vm.h"

static uint64_t helper_add(struct vm_run *run, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
			   uint64_t r5)
{
	(void)run, (void)r2, (void)r3, (void)r4, (void)r5;
	return r1 + 3;
}

static const struct vm_helper helpers[] = {{1, "add", helper_add}};

static struct vm_prog *load(const struct insn *at, size_t n, enum vm_engine engine, bool blind)
{
	struct vm_env env = {.helper = helpers, .helpers = 1, .blind = blind};
	struct vm_prog *p = NULL;
	struct str text;
	struct diag d;

	diag_init(&d, 1);
	if (vm_load("program", at, n, engine, &env, &d, &p)) {
		str_init(&text, 4096);
		diag_render(&d, DIAG_PLAIN, &text);
		FAIL("%s", text.s);
	}
	diag_done(&d);
	return p;
}

static uint64_t run(const struct vm_prog *p, uint64_t r1, uint64_t r2)
{
	uint64_t arg[5] = {r1, r2}, r0 = 0;
	struct vm_run r;

	CHECK(!vm_run_init(&r));
	memset(r.stack, 0x5a, VM_STACK);
	CHECK(!vm_exec(&r, p, arg, &r0));
	vm_run_done(&r);
	return r0;
}

/* On all engines, the JIT with hidden constants too. */
static void same(const struct insn *at, size_t n, uint64_t r1, uint64_t r2)
{
	struct vm_prog *want = load(at, n, VM_FAST, false), *got = load(at, n, VM_JIT, false),
		       *blind = load(at, n, VM_JIT, true);
	uint64_t r0 = run(want, r1, r2);

	CHECK_EQ(run(got, r1, r2), r0);
	CHECK_EQ(run(blind, r1, r2), r0);
	vm_unload(want);
	vm_unload(got);
	vm_unload(blind);
}

static void same_text(const char *text, uint64_t r1, uint64_t r2)
{
	struct src s = {"text", text, (uint32_t)strlen(text)};
	struct isa_asm how = {.target.foreign = true};
	struct isa_code code;

	CHECK(!isa_assemble(&s, &how, NULL, &code));
	same(code.at, code.n, r1, r2);
	isa_code_done(&code);
}

/* ---- constants ---- */

enum { BATCH = 200 };

/* r0 = a mix of all constants, each of which is loaded, added, compared, and masked with */
static void check_constants(const uint64_t *v, size_t n)
{
	static struct insn at[BATCH * 16 + 2];
	size_t i, len = 0;

	at[len++] = isa_mov64_imm(0, 1);
	for (i = 0; i < n; i++) {
		int32_t k = (int32_t)v[i];

		isa_ld_imm64(at + len, 3, 0, v[i]);
		len += 2;
		at[len++] = isa_mul64_imm(0, 31);
		at[len++] = isa_xor64_reg(0, 3);
		at[len++] = isa_add64_imm(0, k);
		at[len++] = isa_xor64_imm(0, k);
		at[len++] = isa_or32_imm(3, k);
		at[len++] = isa_add64_reg(0, 3);
		at[len++] = isa_mov64_reg(4, 0);
		at[len++] = isa_and64_imm(4, k);
		at[len++] = isa_sub64_reg(0, 4);
		at[len++] = isa_jsgt64_imm(0, k, 1);
		at[len++] = isa_sub32_imm(0, k);
		at[len++] = isa_jset32_imm(0, k, 1);
		at[len++] = isa_add64_imm(0, 1);
	}
	at[len++] = isa_exit();
	same(at, len, 0, 0);
}

/* Turned runs of ones in elements of all sizes, and their neighbours; and all kinds of halves. */
TEST_WITH(constants, TEST_NO_OOM)
{
	static uint64_t v[1 << 16];
	uint64_t seed = test_seed(), one;
	size_t n = 0, i;
	unsigned size, ones, turn, part;

	for (size = 2; size <= 64; size *= 2) {
		for (ones = 1; ones < size; ones++) {
			for (turn = 0; turn < size; turn++) {
				one = ((UINT64_C(1) << ones) - 1) << turn;
				if (turn + ones > size)
					one |= ((UINT64_C(1) << ones) - 1) >> (size - turn);
				if (size < 64)
					one &= (UINT64_C(1) << size) - 1;
				for (part = size; part < 64; part *= 2)
					one |= one << part;
				v[n++] = one;
				v[n++] = (uint32_t)one;
				v[n++] = one ^ UINT64_C(1) << test_random(&seed) % 64;
			}
		}
	}
	for (i = 0; i < 256; i++) {
		for (one = 0, part = 0; part < 4; part++)
			one |= (uint64_t)(i >> 2 * part & 3) * 0x5555 << 16 * part;
		v[n++] = one;
		v[n++] = ~one;
	}
	CHECK(n <= ARRAY_LEN(v));
	for (i = 0; i < n; i += BATCH)
		check_constants(v + i, MIN((size_t)BATCH, n - i));
}

/* What additions and comparisons can hold, and what they cannot. */
TEST_WITH(constants_of_additions, TEST_NO_OOM)
{
	static const int32_t corners[] = {
		0,        1,        2047,       4094,      4095,      4096,      4097,
		8191,     8192,     0xffffff,   0xfff000,  0xfff001,  0x1000000, 0x1000001,
		0x123456, 0x7fffff, 0x7ffff000, INT32_MAX, INT32_MIN, 0xffff,    0x10000,
	};
	struct insn at[16];
	unsigned i, sign;
	size_t n;

	for (i = 0; i < 2 * ARRAY_LEN(corners); i++) {
		int32_t k = corners[i / 2];

		sign = i % 2;
		k = sign ? (int32_t) - (uint32_t)k : k;
		n = 0;
		at[n++] = isa_mov64_reg(0, 1);
		at[n++] = isa_add64_imm(0, k);
		at[n++] = isa_sub64_imm(1, k);
		at[n++] = isa_add64_reg(0, 1);
		at[n++] = isa_add32_imm(1, k);
		at[n++] = isa_xor64_reg(0, 1);
		at[n++] = isa_sub32_imm(1, k);
		at[n++] = isa_add64_reg(0, 1);
		at[n++] = isa_jlt64_imm(2, k, 1);
		at[n++] = isa_xor64_imm(0, 0x55);
		at[n++] = isa_jsle32_imm(2, k, 1);
		at[n++] = isa_xor64_imm(0, 0xaa00);
		at[n++] = isa_exit();
		same(at, n, 0x123456789abcdef, (uint64_t)(int64_t)k);
		same(at, n, UINT64_MAX, (uint64_t)(int64_t)k + 1);
		same(at, n, 0, (uint64_t)(int64_t)k - 1);
	}
}

/* ---- memory ---- */

/* Stores and loads of each size at each place of a page, from its begin, middle and end. */
TEST_WITH(offsets, TEST_NO_OOM)
{
	enum { SIZE = 40000 };
	static const int16_t offsets[] = {0,     1,     7,     8,     255,   256,  257,  504,
					  505,   512,   2044,  4095,  4096,  8190, 8191, 8192,
					  16380, 16384, 32752, 32759, -1,    -8,   -255, -256,
					  -257,  -264,  -512,  -4096, -32768};
	static const unsigned sizes[] = {ISA_SIZE_B, ISA_SIZE_H, ISA_SIZE_W, ISA_SIZE_DW};
	static uint8_t memory[3 * SIZE];
	struct insn at[16];
	unsigned i, s, how;
	size_t n;

	for (i = 0; i < ARRAY_LEN(offsets) * 4 * 4; i++) {
		int16_t off = offsets[i / 16];

		s = sizes[i / 4 % 4];
		how = i % 4; /* of the address: a register, plus a constant, plus another, both */
		n = 0;
		at[n++] = isa_mov64_reg(6, 1);
		at[n++] = isa_mov64_imm(7, 24);
		at[n++] = isa_mov64_reg(3, 6);
		if (how & 1)
			at[n++] = isa_add64_imm(3, 1000);
		if (how & 2)
			at[n++] = isa_add64_reg(3, 7);
		at[n++] = isa_stx(s, 3, off, 2);
		at[n++] = isa_ldx(s, 0, 3, off);
		at[n++] = isa_add64_imm(2, 3);
		at[n++] = isa_stx(s, 3, off, 2);
		at[n++] = isa_ldx(s, 4, 3, off);
		at[n++] = isa_add64_reg(0, 4);
		at[n++] = isa_sub64_reg(3, 6);
		at[n++] = isa_add64_reg(0, 3);
		at[n++] = isa_exit();
		same(at, n, (uintptr_t)memory + SIZE, 0x8182838485868788);
	}
}

/* An address in parts, the index scaled or not by what the access wants, wanted again or not. */
TEST_WITH(addresses_with_an_index, TEST_NO_OOM)
{
	static const unsigned sizes[] = {ISA_SIZE_B, ISA_SIZE_H, ISA_SIZE_W, ISA_SIZE_DW};
	static uint64_t memory[256];
	unsigned i, shift, again, over;
	struct insn at[20];
	size_t n;

	for (i = 0; i < ARRAY_LEN(memory); i++)
		memory[i] = i * UINT64_C(0x123456789abcdef);
	for (i = 0; i < 4 * 6 * 2 * 2; i++) {
		shift = i / 4 % 6;
		again = i / 24 % 2;
		over = i / 48;
		n = 0;
		at[n++] = isa_mov64_reg(3, 2);
		at[n++] = isa_lsh64_imm(3, (int32_t)shift);
		at[n++] = isa_mov64_reg(4, 1);
		at[n++] = isa_add64_reg(4, 3);
		at[n++] = isa_ldx(sizes[i % 4], over ? 4 : 0, 4, 0);
		if (over)
			at[n++] = isa_mov64_reg(0, 4);
		if (again && !over) {
			at[n++] = isa_ldx(sizes[i % 4], 5, 4, 8);
			at[n++] = isa_add64_reg(0, 5);
		}
		if (again)
			at[n++] = isa_add64_reg(0, 3);
		at[n++] = isa_exit();
		same(at, n, (uintptr_t)memory, 5);
	}
}

TEST_WITH(pairs, TEST_NO_OOM)
{
	same_text("*(u64 *)(r10 - 16) = r1\n *(u64 *)(r10 - 8) = r2\n r0 = *(u64 *)(r10 - 8)\n"
		  "r3 = *(u64 *)(r10 - 16)\n r0 -= r3\n exit",
		  77, 3);
	same_text("*(u32 *)(r10 - 4) = r1\n *(u32 *)(r10 - 8) = r2\n r3 = *(u32 *)(r10 - 8)\n"
		  "r4 = *(u32 *)(r10 - 4)\n r0 = r3\n r0 <<= 32\n r0 |= r4\n exit",
		  UINT64_MAX, 3);
	same_text("*(u64 *)(r10 - 512) = 0\n *(u64 *)(r10 - 504) = 0\n r0 = *(u64 *)(r10 - 512)\n"
		  "r1 = *(u64 *)(r10 - 504)\n r0 += r1\n exit",
		  0, 0);
	/* what a load changes is the other's address */
	same_text("r3 = r10\n r3 += -16\n *(u64 *)(r3 + 0) = r3\n *(u64 *)(r3 + 8) = r1\n"
		  "r3 = *(u64 *)(r3 + 0)\n r4 = *(u64 *)(r3 + 8)\n r0 = r4\n exit",
		  5, 6);
	same_text("r3 = r10\n r3 += -16\n *(u64 *)(r3 + 0) = r1\n *(u64 *)(r3 + 8) = r2\n"
		  "r4 = *(u64 *)(r3 + 0)\n r3 = *(u64 *)(r3 + 8)\n r0 = r4\n r0 -= r3\n exit",
		  5, 6);
	/* a sum that names what is loaded */
	same_text("r3 = r10\n r3 += -16\n *(u64 *)(r3 + 0) = r1\n *(u64 *)(r3 + 8) = r2\n r5 = r1\n"
		  "r5 += 9\n r1 = *(u64 *)(r3 + 8)\n r2 = *(u64 *)(r3 + 0)\n r0 = r5\n r0 *= r1\n"
		  "r0 -= r2\n exit",
		  50, 60);
}

/* ---- several that are one ---- */

TEST_WITH(shifts_that_follow_each_other, TEST_NO_OOM)
{
	struct insn at[8];
	unsigned a, b, how;

	for (how = 0; how < 8; how++) {
		unsigned bits = how & 1 ? 32 : 64;

		for (a = 0; a < bits; a++) {
			for (b = how >= 4 ? 1 : 0; b < bits; b += 1 + b / 7) {
				at[0] = isa_mov64_reg(0, 1);
				if (how < 4) {
					at[1] = bits == 64 ? isa_lsh64_imm(0, (int32_t)a)
							   : isa_lsh32_imm(0, (int32_t)a);
					at[2] = bits == 64 ? isa_rsh64_imm(0, (int32_t)b)
							   : isa_rsh32_imm(0, (int32_t)b);
					if (how & 2)
						at[2] = bits == 64 ? isa_arsh64_imm(0, (int32_t)b)
								   : isa_arsh32_imm(0, (int32_t)b);
				} else {
					at[1] = bits == 64 ? isa_rsh64_imm(0, (int32_t)a)
							   : isa_rsh32_imm(0, (int32_t)a);
					at[2] = how & 2 ? isa_and64_imm(
								  0, (int32_t)((1u << b % 31) - 1))
							: isa_and32_imm(
								  0, (int32_t)((1u << b % 31) - 1));
				}
				at[3] = isa_exit();
				same(at, 4, 0xfedcba9876543210, 0);
			}
		}
	}
}

TEST_WITH(operands_that_are_shifted, TEST_NO_OOM)
{
	struct insn at[8];
	unsigned n, how;

	for (n = 0; n < 64; n++) {
		for (how = 0; how < 15; how++) {
			int32_t k = (int32_t)n;

			at[0] = isa_mov64_reg(0, 2);
			at[1] = isa_mov64_reg(3, 1);
			at[2] = how % 3 == 0   ? isa_lsh64_imm(3, k)
				: how % 3 == 1 ? isa_rsh64_imm(3, k)
					       : isa_arsh64_imm(3, k);
			at[3] = how / 3 == 0   ? isa_add64_reg(0, 3)
				: how / 3 == 1 ? isa_sub64_reg(0, 3)
				: how / 3 == 2 ? isa_and64_reg(0, 3)
				: how / 3 == 3 ? isa_or64_reg(0, 3)
					       : isa_xor64_reg(0, 3);
			at[4] = isa_exit();
			same(at, 5, 0x8edcba9876543211, 0x123456789abcdef);
			if (n >= 32)
				continue;
			at[2] = how % 3 == 0   ? isa_lsh32_imm(3, k)
				: how % 3 == 1 ? isa_rsh32_imm(3, k)
					       : isa_arsh32_imm(3, k);
			at[3] = how / 3 == 0 ? isa_add32_reg(0, 3) : isa_xor32_reg(0, 3);
			same(at, 5, 0x8edcba9876543211, 0x123456789abcdef);
		}
	}
}

TEST_WITH(products_that_are_added, TEST_NO_OOM)
{
	same_text("r0 = r2\n r3 = r1\n r3 *= r2\n r0 += r3\n exit", 12345678901, 98765432109);
	same_text("r0 = r2\n r3 = r1\n r3 *= r2\n r0 -= r3\n exit", 12345678901, 98765432109);
	same_text("r0 = r2\n r3 = r1\n w3 *= w2\n w0 -= w3\n exit", 12345678901, 98765432109);
	same_text("r0 = r1\n r3 = r1\n r3 /= r2\n r3 *= r2\n r0 -= r3\n exit", 12345678901, 9876);
	same_text("r0 = r1\n r3 = r1\n r3 /= r2\n r3 *= r2\n r0 -= r3\n exit", 12345678901, 0);
	same_text("r3 = r1\n r3 *= r2\n r2 += r3\n r0 = r2\n exit", 12345678901, 98765432109);
}

TEST_WITH(choices, TEST_NO_OOM)
{
	static const char *const moves[] = {
		"r0 = r2", "r0 = 0",  "r0 = 1", "r0 = -1", "w0 = 0",
		"w0 = 1",  "w0 = -1", "r0 = 5", "w0 = w2", "r0 = r10\nr0 -= r10"};
	static const char *const tests[] = {"r1 > r2",  "r1 s< r2",   "w1 == w2",
					    "r1 & 6",   "r1 & 4",     "r1 != 0",
					    "w1 s> -1", "r1 >= 4096", "r1 <= -5"};
	static const uint64_t values[] = {0, 1, 4, 5, UINT64_MAX, 0x80000000, 0x8000000000000000};
	char text[200];
	unsigned i, m, t;

	for (m = 0; m < ARRAY_LEN(moves); m++) {
		for (t = 0; t < ARRAY_LEN(tests); t++) {
			snprintf(text, sizeof(text),
				 "r0 = r1\n r0 += 7\n if %s goto out\n %s\n out: exit", tests[t],
				 moves[m]);
			for (i = 0; i < ARRAY_LEN(values); i++)
				same_text(text, values[i], values[(i + m + t) % ARRAY_LEN(values)]);
		}
	}
}

/* ---- branches ---- */

/* n instructions that no pattern joins, one native one each */
static size_t put_body(struct insn *at, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		at[i] = i % 2 ? isa_xor64_reg(0, 1) : isa_sub64_reg(0, 2);
	return n;
}

/* A test of one bit reaches 32 KiB. */
TEST_WITH(tests_of_bits_at_the_end_of_their_range, TEST_NO_OOM)
{
	static struct insn at[9000];
	size_t n, len;

	for (n = 8180; n < 8200; n++) {
		len = 0;
		at[len++] = isa_mov64_imm(0, 7);
		at[len++] = isa_jset64_imm(1, 1 << 5, (int16_t)n);
		len += put_body(at + len, n);
		at[len++] = isa_exit();
		same(at, len, 0, 3);
		same(at, len, 32, 3);
		at[1] = isa_jslt64_imm(1, 0, (int16_t)n);
		same(at, len, UINT64_MAX, 3);
		len = 0;
		at[len++] = isa_mov64_imm(0, 7);
		len += put_body(at + len, n);
		at[len++] = isa_add64_imm(1, 32);
		at[len] = isa_jset32_imm(1, 1 << 5, (int16_t) - (int)len);
		len++;
		at[len++] = isa_exit();
		same(at, len, 32, 3);
		same(at, len, 0, 3);
	}
}

/* Others reach 1 MiB, which takes calls of functions, each of several instructions. */
TEST_WITH(conditions_at_the_end_of_their_range, TEST_NO_OOM | TEST_SLOW)
{
	enum { N = 32700 };
	struct insn *at = malloc((N + 16) * sizeof(*at));
	size_t i, len = 0;

	at[len++] = isa_mov64_imm(0, 7);
	at[len++] = isa_mov64_reg(6, 1);
	isa_ld_imm64(at + len, 7, 4, 0); /* a function's address: frames are counted */
	len += 2;
	at[len++] = isa_jgt64_imm(6, 1, N);
	for (i = 0; i < N; i++, len++)
		at[len] = isa_call_local(0);
	at[len++] = isa_jeq64_imm(6, 0, 0);
	at[len++] = isa_exit();
	at[3 - 1].imm = (int32_t)(len - 3);
	at[len++] = isa_add64_imm(0, 1);
	at[len++] = isa_exit();
	for (i = 5; i < 5 + N; i++)
		at[i].imm = (int32_t)(len - 2 - i - 1);
	same(at, len, 0, 0);
	same(at, len, 2, 0);
	free(at);
}

/* Calls of helpers whose way out is megabytes behind them. */
TEST_WITH(ways_out_that_are_far, TEST_NO_OOM | TEST_SLOW)
{
	enum { N = 200000 };
	struct insn *at = malloc((N + 2) * sizeof(*at));
	size_t i;

	for (i = 0; i < N; i += 2) {
		at[i] = i ? isa_mov64_reg(1, 0) : isa_add64_imm(1, 5);
		at[i + 1] = isa_call(1);
	}
	at[N] = isa_exit();
	same(at, N + 1, 1, 2);
	free(at);
}
