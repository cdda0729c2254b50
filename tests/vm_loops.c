/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * may_goto: programs whose loops end because they are done, and programs whose loops the machine ends,
 * in every engine and in the kernel. The kernel looks at the clock at every 65535th, and so do we: what
 * a loop that never ends has counted is a multiple of that.
 */
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "test.h"
#include "vm/vm.h"

enum { LOOKS = 65535 };

static const enum vm_engine engines[] = {VM_CHECKED, VM_FAST, VM_TRACED, VM_JIT};

static struct isa_code assemble(const char *text)
{
	struct src s = {"text", text, (uint32_t)strlen(text)};
	struct isa_code code;

	CHECK(!isa_assemble(&s, &(struct isa_asm){0}, NULL, &code));
	return code;
}

static struct vm_prog *load(const struct isa_code *code, enum vm_engine engine,
			    const struct vm_env *env)
{
	static const struct vm_env none;
	struct vm_prog *p;

	CHECK(!vm_load("program", code->at, code->n, engine, env ? env : &none, NULL, &p));
	return p;
}

static void ignore(struct vm_run *run, const struct vm_prog *p, uint32_t pc, const uint64_t *reg)
{
	(void)run, (void)p, (void)pc, (void)reg;
}

static uint64_t run(const struct vm_prog *p, uint64_t *ret_used)
{
	struct vm_run run;
	uint64_t r0 = 0;

	CHECK(!vm_run_init(&run));
	run.trace = ignore;
	CHECK(!vm_exec(&run, p, (const uint64_t[5]){0}, &r0));
	*ret_used = run.used;
	vm_run_done(&run);
	return r0;
}

static uint32_t run_kernel(const struct isa_code *code)
{
	static uint8_t data[64];
	union bpf_attr a = {.prog_type = BPF_PROG_TYPE_XDP,
			    .insns = (uintptr_t)code->at,
			    .insn_cnt = (uint32_t)code->n,
			    .license = (uintptr_t) "GPL"};
	int fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &a, sizeof(a));

	if (fd < 0)
		SKIP("the kernel does not know may_goto: %s", strerror(errno));
	a = (union bpf_attr){.test = {.prog_fd = (uint32_t)fd,
				      .data_in = (uintptr_t)data,
				      .data_out = (uintptr_t)data,
				      .data_size_in = sizeof(data),
				      .data_size_out = sizeof(data)}};
	CHECK(!syscall(SYS_bpf, BPF_PROG_TEST_RUN, &a, sizeof(a)));
	close(fd);
	return a.test.retval;
}

/* Loops that end by themselves; the machine would let each frame go on for much longer. */
static const struct {
	const char *text;
	uint32_t want;
} ending[] = {
	{"r0 = 0\n again: may_goto out\n r0 += 1\n if r0 < 200000 goto again\n out: exit", 200000},
	{"may_goto out\n r0 = 7\n exit\n out: r0 = 8\n exit", 7},
	{"may_goto next\n next: r0 = 5\n exit", 5},
	/* the first instruction is where the loop goes back to */
	{"again: may_goto out\n r1 = 1\n r0 = 0\n if r1 == 0 goto again\n r0 = 3\n exit\n"
	 "out: r0 = 4\n exit", 3},
	/* in functions, and in both at once: all that is live around it is kept */
	{"r6 = 0\n *(u64 *)(r10 - 8) = 0\n r8 = 5\n r9 = 6\n"
	 "again: may_goto out\n r7 = 1\n r7 = atomic_fetch_add((u64 *)(r10 - 8), r7)\n r1 = r7\n"
	 "call inner\n r6 += r0\n if r7 < 69999 goto again\n"
	 "out: r0 = r6\n r0 += r8\n r0 += r9\n exit\n"
	 "inner: r0 = r1\n r2 = 2\n r3 = 3\n r4 = 4\n r5 = 5\n"
	 "more: may_goto end\n r2 += -1\n if r2 != 0 goto more\n"
	 "end: r0 += r3\n r0 += r4\n r0 += r5\n exit", (uint32_t)(70000ull * 69999 / 2 + 70000 * 12 + 11)},
	/* the stack belongs to the program, down to its last byte */
	{"*(u64 *)(r10 - 512) = 512\n *(u64 *)(r10 - 8) = 8\n r0 = 0\n again: may_goto out\n r0 += 1\n"
	 "if r0 < 70000 goto again\n out: r1 = *(u64 *)(r10 - 512)\n r0 += r1\n r1 = *(u64 *)(r10 - 8)\n"
	 "r0 += r1\n exit", 70520},
};

TEST_WITH(loops_that_end, TEST_NO_OOM)
{
	uint64_t used[ARRAY_LEN(engines)];
	struct isa_code code;
	struct vm_prog *p;
	unsigned i, e;

	for (i = 0; i < ARRAY_LEN(ending); i++) {
		code = assemble(ending[i].text);
		for (e = 0; e < ARRAY_LEN(engines); e++) {
			p = load(&code, engines[e], NULL);
			test_note("program %u, engine %u", i, engines[e]);
			CHECK_EQ((uint32_t)run(p, &used[e]), ending[i].want);
			CHECK_EQ(used[e], used[0]);
			vm_unload(p);
		}
		isa_code_done(&code);
	}
}

TEST_WITH(loops_that_end_in_the_kernel, TEST_NO_OOM)
{
	struct isa_code code;
	unsigned i;

	if (test_bpf_missing())
		SKIP("%s", test_bpf_missing());
	for (i = 0; i < ARRAY_LEN(ending); i++) {
		code = assemble(ending[i].text);
		test_note("program %u", i);
		CHECK_EQ(run_kernel(&code), ending[i].want);
		isa_code_done(&code);
	}
}

/* r0: what one frame has counted, r1's bit 0: whether another one counted anew */
static const char endless[] =
	"r6 = 0\n r7 = 0\n"
	"again: may_goto out\n r6 += 1\n goto again\n"
	"out: call fresh\n if r0 == 0 goto fail\n r0 = r6\n exit\n fail: r0 = 1\n exit\n"
	"fresh: r0 = 0\n may_goto end\n r0 = 1\n end: exit";

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void check_endless(uint64_t count, uint64_t begin)
{
	CHECK(count > 1);
	CHECK_EQ(count % LOOKS, 0);
	CHECK(now_ms() - begin >= 249);
}

TEST_WITH(loops_that_never_end, TEST_NO_OOM | TEST_SLOW)
{
	struct isa_code code = assemble(endless);
	struct vm_env unmetered = {.unmetered = true};
	uint64_t begin, used;
	struct vm_prog *p;
	unsigned e;

	for (e = 0; e <= ARRAY_LEN(engines); e++) {
		p = e < ARRAY_LEN(engines) ? load(&code, engines[e], NULL)
					   : load(&code, VM_JIT, &unmetered);
		begin = now_ms();
		check_endless(run(p, &used), begin);
		vm_unload(p);
	}
	if (test_bpf_missing())
		SKIP("%s", test_bpf_missing());
	begin = now_ms();
	check_endless(run_kernel(&code), begin);
	isa_code_done(&code);
}

/* A budget still is one, and a tail call or a callback begins anew: its frame is another program's. */
TEST_WITH(loops_have_a_budget, TEST_NO_OOM)
{
	struct isa_code code = assemble("again: may_goto out\n goto again\n out: r0 = 0\n exit");
	uint64_t r0;
	unsigned e;

	for (e = 0; e < ARRAY_LEN(engines); e++) {
		struct vm_prog *p = load(&code, engines[e], NULL);
		struct vm_run r;

		CHECK(!vm_run_init(&r));
		r.trace = ignore;
		r.budget = 1000;
		CHECK_EQ(vm_exec(&r, p, (const uint64_t[5]){0}, &r0), -EFAULT);
		CHECK_EQ(r.fault.kind, VM_FAULT_BUDGET);
		CHECK_EQ(r.used, 1001);
		vm_run_done(&r);
		vm_unload(p);
	}
	isa_code_done(&code);
}

static struct vm_prog *tail_to;

static uint64_t helper_tail(struct vm_run *run, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
			    uint64_t r5)
{
	(void)r1, (void)r2, (void)r3, (void)r4, (void)r5;
	run->tail = tail_to;
	run->err = VM_TAIL;
	return 0;
}

TEST_WITH(loops_behind_a_tail_call, TEST_NO_OOM)
{
	static const struct vm_helper tail = {12, "tail", helper_tail};
	const struct vm_env env = {.helper = &tail, .helpers = 1};
	struct isa_code from = assemble("r2 = 0\n r3 = 0\n call 12\n r0 = 0\n exit"),
			to = assemble(ending[0].text);
	struct vm_prog *p;
	uint64_t used;
	unsigned e;

	for (e = 0; e < ARRAY_LEN(engines); e++) {
		tail_to = load(&to, engines[e], NULL);
		p = load(&from, engines[e], &env);
		CHECK_EQ(run(p, &used), ending[0].want);
		vm_unload(p);
		vm_unload(tail_to);
	}
	isa_code_done(&from);
	isa_code_done(&to);
}
