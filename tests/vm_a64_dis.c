/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The arm64 disassembler against objdump: every row of its table with all else at random, words
 * that are anything, and, on that machine, what our JIT writes for the programs of vm_gen.h.
 */
#include <stdio.h>

#include "test.h"
#include "vm/vm.h"
#include "vm_gen.h"
#include "vm_objdump.h"

static const struct {
	uint32_t value, mask;
} rows[] = {
#define OP(value, mask, ...) {value, mask},
#include "vm/a64_dis.def"
};

static const char *objdump(void)
{
	if (test_have_command("aarch64-linux-gnu-objdump"))
		return "aarch64-linux-gnu-objdump";
#if defined(__aarch64__)
	if (test_have_command("objdump"))
		return "objdump";
#endif
	SKIP("needs aarch64-linux-gnu-objdump (binutils-aarch64-linux-gnu)");
}

/* How many of the words we know; what we know, objdump must read alike. */
static size_t compare(const uint8_t *code, size_t n, bool all)
{
	const char *const args[] = {
		objdump(), "-D", "-z", "-b", "binary", "-m", "aarch64", "--no-show-raw-insn", NULL};
	struct str out, want, got;
	const char *line, *end;
	size_t at, next = 0, known = 0;

	str_init(&out, 64 << 20);
	str_init(&want, 1000);
	str_init(&got, 1000);
	objdump_run(args, code, n, &out);
	for (line = out.s; *line; line = end + (*end == '\n')) {
		end = line + strcspn(line, "\n");
		if (!objdump_line(line, (size_t)(end - line), "//", &at, &want))
			continue;
		CHECK_EQ(at, next);
		next += 4;
		str_reset(&got);
		if (vm_a64_dis(code + at, n - at, at, &got)) {
			known++;
			CHECK_STR(got.s, want.s);
		} else if (all) {
			test_fail(__FILE__, __LINE__, "at 0x%zx: not known: %s", at, want.s);
		}
	}
	CHECK_EQ(next, n);
	str_done(&out);
	str_done(&want);
	str_done(&got);
	return known;
}

#if defined(__aarch64__) /* where it is our JIT that runs */
TEST_WITH(our_jit_as_objdump_reads_it, TEST_NO_OOM)
{
	uint64_t seed = test_seed();
	static uint8_t all[4 << 20], bytes[700];
	static struct gen g;
	size_t used = 0, i, k;

	for (i = 0; i < (test_long() ? 1000 : 100); i++) {
		struct vm_env env = {.blind = i % 4 == 0, .unmetered = i % 3 == 0};
		struct vm_prog *p;
		struct vm_code c;

		for (k = 0; k < sizeof(bytes); k++)
			bytes[k] = (uint8_t)test_random(&seed);
		gen_program(&g, bytes, sizeof(bytes), false);
		CHECK(!vm_load("program", g.at, g.n, VM_JIT, &env, NULL, &p));
		c = vm_prog_code(p);
		if (used + c.size <= sizeof(all)) {
			memcpy(all + used, c.at, c.size);
			used += c.size;
		}
		vm_unload(p);
	}
	compare(all, used, true);
}
#endif

/* A tenth is what rows may refuse of their words: what the processor does not define. */
TEST_WITH(every_row_as_objdump_reads_it, TEST_NO_OOM)
{
	enum { EACH = 100 };
	static uint32_t words[ARRAY_LEN(rows) * EACH];
	uint64_t seed = test_seed();
	size_t i, k, n = 0;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		for (k = 0; k < EACH; k++) {
			uint64_t random = test_random(&seed);

			if (k % 4 == 1) /* fields that are alike, small, or full */
				random &= random >> 32;
			else if (k % 4 == 2)
				random |= random >> 32;
			words[n++] = rows[i].value | ((uint32_t)random & ~rows[i].mask);
		}
	}
	CHECK(compare((const uint8_t *)words, sizeof(words), false) > n / 10 * 8);
}

TEST_WITH(any_words_as_objdump_reads_them, TEST_NO_OOM)
{
	static uint32_t words[200000];
	uint64_t seed = test_seed() + 1;
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++)
		words[i] = (uint32_t)test_random(&seed);
	CHECK(compare((const uint8_t *)words, sizeof(words), false) > ARRAY_LEN(words) / 20);
}

/* Never past the end, and nothing is added for what is not known. */
TEST(any_bytes)
{
	uint64_t seed = test_seed();
	uint8_t bytes[8];
	size_t i, k, n, left;
	struct str s;

	str_init(&s, 1000);
	for (i = 0; i < 50000; i++) {
		for (k = 0; k < sizeof(bytes); k++)
			bytes[k] = (uint8_t)test_random(&seed);
		left = test_random(&seed) % 8;
		str_reset(&s);
		n = vm_a64_dis(bytes + 8 - left, left, 0, &s);
		CHECK(n == 0 || (n == 4 && left >= 4));
		CHECK(test_oom() || !n == !s.n);
	}
	str_done(&s);
}
