/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The x86-64 disassembler against objdump, on what our JIT and the kernel's write for the programs
 * of vm_gen.h; and on bytes that are anything.
 */
#include <linux/bpf.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "test.h"
#include "vm/vm.h"
#include "vm_gen.h"
#include "vm_objdump.h"

/* All that objdump shows from `from` on, until `n`. */
static void compare(const uint8_t *code, size_t n)
{
	struct str out, want, got;
	static const char *const args[] = {"objdump", "-D", "-b", "binary", "-m", "i386:x86-64", "-M",
					   "intel", "--no-show-raw-insn", NULL};
	const char *line, *end;
	size_t at, len, next = 0;

	str_init(&out, 64 << 20);
	str_init(&want, 1000);
	str_init(&got, 1000);
	objdump_run(args, code, n, &out);
	for (line = out.s; *line; line = end + (*end == '\n')) {
		end = line + strcspn(line, "\n");
		if (!objdump_line(line, (size_t)(end - line), "#", &at, &want))
			continue;
		CHECK_EQ(at, next);
		str_reset(&got);
		len = vm_x64_dis(code + at, n - at, at, &got);
		if (!len)
			test_fail(__FILE__, __LINE__, "at 0x%zx: not known: %s", at, want.s);
		/* a prefix that does nothing: we do not show it */
		CHECK_STR(got.s, want.s + (str_has_prefix(want.s, "rex ") ? 4 : 0));
		next = at + len;
	}
	CHECK_EQ(next, n);
	str_done(&out);
	str_done(&want);
	str_done(&got);
}

static void need(void)
{
	if (!test_have_command("objdump"))
		SKIP("needs objdump");
}

static void generate(struct gen *g, uint64_t *seed, bool kernel)
{
	uint8_t bytes[700];
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)test_random(seed);
	gen_program(g, bytes, sizeof(bytes), kernel);
}

TEST_WITH(our_jit_as_objdump_reads_it, TEST_NO_OOM)
{
	uint64_t seed = test_seed();
	static uint8_t all[4 << 20];
	static struct gen g;
	size_t used = 0, i;

	need();
#if !defined(__x86_64__)
	SKIP("x86-64 only");
#endif
	for (i = 0; i < (test_long() ? 1000 : 100); i++) {
		struct vm_env env = {.blind = i % 4 == 0, .unmetered = i % 3 == 0};
		struct vm_prog *p;
		struct vm_code c;

		generate(&g, &seed, false);
		CHECK(!vm_load("program", g.at, g.n, VM_JIT, &env, NULL, &p));
		if (vm_prog_engine(p) != VM_JIT)
			SKIP("no JIT here");
		c = vm_prog_code(p);
		if (used + c.size <= sizeof(all)) {
			memcpy(all + used, c.at, c.size);
			used += c.size;
		}
		vm_unload(p);
	}
	compare(all, used);
}

static size_t kernel_code(const struct gen *g, uint8_t *code, size_t max)
{
	struct bpf_prog_info info = {.jited_prog_len = (uint32_t)max,
				     .jited_prog_insns = (uintptr_t)code};
	union bpf_attr a = {.prog_type = BPF_PROG_TYPE_XDP,
			    .insns = (uintptr_t)g->at,
			    .insn_cnt = g->n,
			    .license = (uintptr_t) "GPL"};
	int fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &a, sizeof(a)), err;

	if (fd < 0)
		return 0;
	a = (union bpf_attr){.info = {.bpf_fd = (uint32_t)fd,
				      .info_len = sizeof(info),
				      .info = (uintptr_t)&info}};
	err = (int)syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &a, sizeof(a));
	close(fd);
	return err || !info.jited_prog_insns ? 0 : info.jited_prog_len;
}

TEST_WITH(the_kernels_jit_as_objdump_reads_it, TEST_NO_OOM | TEST_SLOW)
{
	uint64_t seed = test_seed();
	static uint8_t all[4 << 20];
	static struct gen g;
	size_t used = 0, i;

	need();
	if (test_bpf_missing())
		SKIP("%s", test_bpf_missing());
#if !defined(__x86_64__)
	SKIP("x86-64 only");
#endif
	for (i = 0; i < 100; i++) {
		generate(&g, &seed, true);
		used += kernel_code(&g, all + used, sizeof(all) - used);
	}
	if (!used)
		SKIP("the kernel does not show native code");
	compare(all, used);
}

/* Whatever the bytes: never past the end, never an instruction longer than 15 bytes. */
TEST(any_bytes)
{
	uint64_t seed = test_seed();
	uint8_t bytes[16];
	struct str s;
	size_t i, k, n, left;

	str_init(&s, 1000);
	for (i = 0; i < 200000; i++) {
		for (k = 0; k < sizeof(bytes); k++)
			bytes[k] = (uint8_t)test_random(&seed);
		if (i % 2)
			bytes[0] = 0x48;
		left = 1 + test_random(&seed) % 15;
		str_reset(&s);
		n = vm_x64_dis(bytes + 16 - left, left, 0, &s);
		CHECK(n <= left);
		CHECK(test_oom() || !n == !s.n);
	}
	str_done(&s);
}
