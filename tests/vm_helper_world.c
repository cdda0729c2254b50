/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The world around a program: who it is, what it did, tail calls, timers, printing; and that no
 * helper harms the host, whatever it is given.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "test.h"
#include "vm_helper.h"

enum { PROG_CLS = 3, PROG_SYSCALL = 31, NAMES = 64 };

/* ---- programs in text, with helpers by name ---- */

struct prog {
	struct helper_case c;
	struct isa_code code;
};

static int find(void *ctx, bool call, const char *name, size_t len, struct isa_named *ret)
{
	struct prog *p = ctx;
	const struct vm_helper *h;
	size_t n, i;

	if (!call) {
		for (i = 0; i < p->c.maps; i++) {
			if (strlen(p->c.map[i].name) == len &&
			    !memcmp(p->c.map[i].name, name, len)) {
				*ret = (struct isa_named){.src = i ? 1 : 2, .imm = (int64_t)i};
				return 0;
			}
		}
		return -ENOENT;
	}
	h = vm_helpers_default(&n);
	for (i = 0; i < n; i++) {
		if (strlen(h[i].name) == len + 4 && !memcmp(h[i].name + 4, name, len)) {
			*ret = (struct isa_named){.imm = h[i].id};
			return 0;
		}
	}
	return -ENOENT;
}

static void prog_text(struct prog *p, const char *text)
{
	struct isa_names names = {.ctx = p, .find = find};
	struct isa_asm how = {.names = &names};
	struct src src = {"program", text, (uint32_t)strlen(text)};
	struct str why;
	struct diag d;

	diag_init(&d, 5);
	if (isa_assemble(&src, &how, &d, &p->code) && !test_oom()) {
		str_init(&why, 4096);
		diag_render(&d, DIAG_PLAIN, &why);
		FAIL("%s", why.s);
	}
	diag_done(&d);
	p->c.insn = p->code.at;
	p->c.insns = p->code.n;
}

static void prog_init(struct prog *p, uint32_t type, const char *text)
{
	memset(p, 0, sizeof(*p));
	helper_case_init(&p->c, type);
	prog_text(p, text);
}

static void run_checked(struct prog *p, struct vm_world *w, struct helper_result *r)
{
	helper_run_ours(&p->c, VM_CHECKED, w, r);
	if (r->err && !test_oom())
		FAIL("%d: %s", r->err, r->log.s);
}

static const char *const engine_name[] = {"checked", "fast", "traced", "jit"};

/* ---- who it is ---- */

static const char who[] =
	"r9 = out ll\n"
	"call get_current_pid_tgid\n*(u64 *)(r9 + 0) = r0\n"
	"call get_current_uid_gid\n*(u64 *)(r9 + 8) = r0\n"
	"r1 = r9\nr1 += 16\nr2 = 16\ncall get_current_comm\n*(u64 *)(r9 + 32) = r0\n"
	"r1 = r9\nr1 += 40\nr2 = 4\ncall get_current_comm\n"
	"r1 = r9\nr1 += 48\nr2 = 24\ncall get_current_comm\n"
	"r1 = r9\nr1 += 72\nr2 = 1\ncall get_current_comm\n"
	"r1 = 0\nr2 = 0\nr3 = r9\nr3 += 80\nr4 = 8\ncall get_ns_current_pid_tgid\n*(u64 *)(r9 + "
	"88) = r0\n"
	"r1 = -1\ncall get_current_ancestor_cgroup_id\n*(u64 *)(r9 + 96) = r0\n"
	"r1 = 99\ncall get_current_ancestor_cgroup_id\n*(u64 *)(r9 + 104) = r0\n"
	"r0 = 0\nexit\n";

TEST_WITH(who_it_is, TEST_NO_OOM)
{
	struct helper_result *k = helper_result_new(), *r = helper_result_new();
	struct vm_world w;
	struct prog p;

	if (helper_no_referee())
		SKIP("%s", helper_no_referee());
	prog_init(&p, PROG_SYSCALL, who);
	vm_world_init(&w, NULL, NULL, 1);
	w.task = (struct vm_task){.pid = (uint32_t)syscall(SYS_gettid),
				  .tgid = (uint32_t)getpid(),
				  .uid = getuid(),
				  .gid = getgid(),
				  .cgroup = {1, 7},
				  .cgroups = 2,
				  .pidns_dev = 3,
				  .pidns_ino = 4};
	prctl(PR_GET_NAME, w.task.comm);
	helper_run_kernel(&p.c, k);
	if (k->err)
		FAIL("%d: %s", k->err, k->log.s);
	run_checked(&p, &w, r);
	CHECK_MEM(r->out, k->out, 112);
	isa_code_done(&p.code);
	vm_world_done(&w);
	helper_result_free(k);
	helper_result_free(r);
}

TEST(where_it_is)
{
	struct helper_result *r = helper_result_new();
	uint64_t out[8];
	struct vm_world w;
	struct prog p;

	prog_init(&p, PROG_SYSCALL,
		  "r9 = out ll\n"
		  "call get_smp_processor_id\n*(u64 *)(r9 + 0) = r0\n"
		  "call get_numa_node_id\n*(u64 *)(r9 + 8) = r0\n"
		  "call get_current_cgroup_id\n*(u64 *)(r9 + 16) = r0\n"
		  "r1 = 0\ncall get_current_ancestor_cgroup_id\n*(u64 *)(r9 + 24) = r0\n"
		  "r1 = 3\nr2 = 4\nr3 = r9\nr3 += 32\nr4 = 8\ncall get_ns_current_pid_tgid\n"
		  "r1 = -5\ncall set_retval\ncall get_retval\n*(u64 *)(r9 + 40) = r0\n"
		  "call get_func_ip\n*(u64 *)(r9 + 48) = r0\n"
		  "call get_attach_cookie\n*(u64 *)(r9 + 56) = r0\nr0 = 0\nexit\n");
	vm_world_init(&w, NULL, NULL, 1);
	w.cpu = 3;
	w.numa_node = 1;
	w.func_ip = 0x1234;
	w.attach_cookie = 99;
	w.task = (struct vm_task){.cgroup = {1, 7},
				  .cgroups = 2,
				  .pidns_dev = 3,
				  .pidns_ino = 4,
				  .pidns_pid = 11,
				  .pidns_tgid = 10};
	run_checked(&p, &w, r);
	memcpy(out, r->out, sizeof(out));
	if (!test_oom()) {
		const uint64_t want[8] = {3, 1, 7, 1, 10ull << 32 | 11, (uint64_t)-5, 0x1234, 99};

		CHECK_MEM(out, want, sizeof(want));
		CHECK_EQ(w.retval, -5);
	}
	isa_code_done(&p.code);
	vm_world_done(&w);
	helper_result_free(r);
}

/* ---- clocks and random numbers ---- */

static uint64_t my_clock(void *arg, enum vm_clock c)
{
	return *(uint64_t *)arg + (uint64_t)c;
}

static const char clocks[] =
	"r9 = out ll\ncall ktime_get_ns\n*(u64 *)(r9 + 0) = r0\ncall ktime_get_boot_ns\n"
	"*(u64 *)(r9 + 8) = r0\ncall ktime_get_coarse_ns\n*(u64 *)(r9 + 16) = r0\ncall "
	"ktime_get_tai_ns\n"
	"*(u64 *)(r9 + 24) = r0\ncall jiffies64\n*(u64 *)(r9 + 32) = r0\nr0 = 0\nexit\n";

TEST(clocks_of_the_world)
{
	static const struct vm_outside outside = {.clock = my_clock};
	struct helper_result *r = helper_result_new();
	const uint64_t want[5] = {1000, 1001, 1002, 1003, 1004};
	uint64_t now = 1000;
	struct vm_world w;
	struct prog p;

	prog_init(&p, PROG_SYSCALL, clocks);
	vm_world_init(&w, &outside, &now, 1);
	run_checked(&p, &w, r);
	if (!test_oom())
		CHECK_MEM(r->out, want, sizeof(want));
	isa_code_done(&p.code);
	vm_world_done(&w);
	helper_result_free(r);
}

/* The kernel's and ours, asked in turn, never go back, and are milliseconds apart. */
TEST_WITH(clocks_as_the_kernel, TEST_NO_OOM)
{
	static const uint64_t limit[5] = {2000000000, 2000000000, 2000000000, 2000000000, 500};
	static const uint8_t packet[64];
	struct helper_result *k = helper_result_new(), *r = helper_result_new();
	uint64_t theirs, ours;
	struct vm_world w;
	struct prog p;
	int i;

	if (helper_no_referee())
		SKIP("%s", helper_no_referee());
	prog_init(&p, PROG_CLS, clocks);
	p.c.data = packet;
	p.c.data_n = sizeof(packet);
	vm_world_init(&w, NULL, NULL, 1);
	helper_run_kernel(&p.c, k);
	if (k->err)
		FAIL("%d: %s", k->err, k->log.s);
	run_checked(&p, &w, r);
	for (i = 0; i < 5; i++) {
		memcpy(&theirs, k->out + 8 * i, 8);
		memcpy(&ours, r->out + 8 * i, 8);
		test_note("clock %d: the kernel says %llu, we %llu", i, (unsigned long long)theirs,
			  (unsigned long long)ours);
		CHECK(ours + (i == 4 ? 2 : 0) >= theirs && ours - theirs + 2 < limit[i]);
	}
	isa_code_done(&p.code);
	vm_world_done(&w);
	helper_result_free(k);
	helper_result_free(r);
}

TEST(random_numbers_repeat)
{
	struct helper_result *r = helper_result_new();
	uint64_t a[2], b[2];
	struct vm_world w;
	struct prog p;

	prog_init(&p, PROG_SYSCALL,
		  "r9 = out ll\ncall get_prandom_u32\n*(u64 *)(r9 + 0) = r0\n"
		  "call get_prandom_u32\n*(u64 *)(r9 + 8) = r0\nr0 = 0\nexit\n");
	vm_world_init(&w, NULL, NULL, 7);
	run_checked(&p, &w, r);
	memcpy(a, r->out, sizeof(a));
	w.random = 7;
	helper_run_ours(&p.c, VM_JIT, &w, r);
	memcpy(b, r->out, sizeof(b));
	if (!test_oom()) {
		CHECK_MEM(a, b, sizeof(a));
		CHECK(a[0] != a[1] && a[0] <= UINT32_MAX && a[1] <= UINT32_MAX);
	}
	isa_code_done(&p.code);
	vm_world_done(&w);
	helper_result_free(r);
}

/* ---- what it did ---- */

struct seen {
	struct vm_effect effect[8];
	char bytes[64];
	unsigned n;
	char text[256];
};

static void see(void *arg, const struct vm_effect *e)
{
	struct seen *s = arg;

	if (s->n < 8)
		s->effect[s->n++] = *e;
	if (e->n)
		memcpy(s->bytes, e->bytes, MIN(e->n, sizeof(s->bytes)));
}

static void hear(void *arg, const char *text, size_t n)
{
	struct seen *s = arg;

	snprintf(s->text, sizeof(s->text), "%.*s", (int)n, text);
}

TEST(signals_are_told)
{
	static const struct vm_outside outside = {.effect = see};
	struct helper_result *r = helper_result_new();
	struct seen s = {0};
	struct vm_world w;
	struct prog p;
	int64_t out[3];

	prog_init(&p, PROG_SYSCALL,
		  "r9 = out ll\nr1 = 10\ncall send_signal\n*(u64 *)(r9 + 0) = r0\n"
		  "r1 = 65\ncall send_signal\n*(u64 *)(r9 + 8) = r0\n"
		  "r1 = 12\ncall send_signal_thread\n*(u64 *)(r9 + 16) = r0\nr0 = 0\nexit\n");
	vm_world_init(&w, &outside, &s, 1);
	w.task.pid = w.task.tgid = 100;
	run_checked(&p, &w, r);
	memcpy(out, r->out, sizeof(out));
	if (!test_oom()) {
		CHECK_EQ(s.n, 2);
		CHECK_EQ(s.effect[0].kind, VM_SIGNAL);
		CHECK_EQ(s.effect[0].a, 10);
		CHECK_EQ(s.effect[1].kind, VM_SIGNAL_THREAD);
		CHECK_EQ(s.effect[1].a, 12);
		CHECK_EQ(out[0], 0);
		CHECK_EQ(out[1], -EINVAL);
		CHECK_EQ(out[2], 0);
	}
	w.task.tgid = 1;
	run_checked(&p, &w, r);
	memcpy(out, r->out, sizeof(out));
	if (!test_oom())
		CHECK_EQ(out[0], -EPERM);
	isa_code_done(&p.code);
	vm_world_done(&w);
	helper_result_free(r);
}

static int mtu(void *arg, uint32_t ifindex, uint32_t *ret_mtu)
{
	(void)arg;
	if (ifindex != 7)
		return -ENODEV;
	*ret_mtu = 1500;
	return 0;
}

static int fib(void *arg, struct vm_fib *f, uint32_t flags)
{
	(void)arg;
	(void)flags;
	f->ifindex = 7;
	f->dmac[5] = 9;
	return 0;
}

TEST(packets_go_out)
{
	static const struct vm_outside outside = {.effect = see, .mtu = mtu, .fib_lookup = fib};
	static const uint8_t packet[64] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45};
	struct helper_result *r = helper_result_new();
	struct seen s = {0};
	struct vm_world w;
	struct prog p;
	uint64_t out[4];

	prog_init(
		&p, PROG_CLS,
		"r6 = r1\nr9 = out ll\nr2 = 7\nr3 = 1\ncall clone_redirect\n*(u64 *)(r9 + 0) = r0\n"
		"r1 = r6\nr2 = 8\nr3 = 0\ncall clone_redirect\n*(u64 *)(r9 + 8) = r0\n"
		"r1 = 1501\n*(u64 *)(r10 - 8) = r1\n"
		"r1 = r6\nr2 = 7\nr3 = r10\nr3 += -8\nr4 = 0\nr5 = 0\ncall check_mtu\n*(u64 *)(r9 "
		"+ 16) = r0\n"
		"r1 = 2\n*(u8 *)(r9 + 512) = r1\n"
		"r1 = r6\nr2 = r9\nr2 += 512\nr3 = 64\nr4 = 0\ncall fib_lookup\n*(u64 *)(r9 + 24) "
		"= r0\n"
		"r0 = 0\nexit\n");
	p.c.data = packet;
	p.c.data_n = sizeof(packet);
	vm_world_init(&w, &outside, &s, 1);
	run_checked(&p, &w, r);
	memcpy(out, r->out, sizeof(out));
	if (!test_oom()) {
		CHECK_EQ(s.n, 1);
		CHECK_EQ(s.effect[0].kind, VM_CLONE_REDIRECT);
		CHECK_EQ(s.effect[0].a, 7);
		CHECK_EQ(s.effect[0].b, 1);
		CHECK_EQ(s.effect[0].n, 64);
		CHECK_MEM(s.bytes, packet, 64);
		CHECK_EQ(out[0], 0);
		CHECK_EQ(out[1], -EINVAL);
		CHECK_EQ(out[2], 1);
		CHECK_EQ(out[3], 0);
		CHECK_EQ(r->out[512 + 8], 7);
		CHECK_EQ(r->out[512 + 63], 9);
	}
	isa_code_done(&p.code);
	vm_world_done(&w);
	helper_result_free(r);
}

TEST(printing_is_heard)
{
	static const struct vm_outside outside = {.print = hear};
	struct helper_result *r = helper_result_new();
	struct seen s = {0};
	struct vm_world w;
	struct prog p;

	prog_init(
		&p, PROG_SYSCALL,
		"r1 = 0x64253d61 ll\n*(u64 *)(r10 - 8) = r1\nr1 = r10\nr1 += -8\nr2 = 8\nr3 = 42\n"
		"call trace_printk\nexit\n");
	vm_world_init(&w, &outside, &s, 1);
	run_checked(&p, &w, r);
	if (!test_oom()) {
		CHECK_STR(s.text, "a=42");
		CHECK_EQ(r->r0, 4);
	}
	isa_code_done(&p.code);
	vm_world_done(&w);
	helper_result_free(r);
}

TEST(seq_files_fill)
{
	struct helper_result *r = helper_result_new();
	struct vm_world w;
	struct prog p;
	char text[512];
	struct str seq;

	str_init(&seq, 16);
	snprintf(text, sizeof(text),
		 "r6 = %llu ll\nr9 = out ll\n"
		 "r1 = 0x0a6425 ll\n*(u64 *)(r10 - 8) = r1\nr1 = 123\n*(u64 *)(r10 - 16) = r1\n"
		 "r1 = r6\nr2 = r10\nr2 += -8\nr3 = 4\nr4 = r10\nr4 += -16\nr5 = 8\ncall "
		 "seq_printf\n"
		 "*(u64 *)(r9 + 0) = r0\n"
		 "r1 = r6\nr2 = r10\nr2 += -16\nr3 = 1\ncall seq_write\n*(u64 *)(r9 + 8) = r0\n"
		 "r1 = r6\nr2 = r9\nr3 = 100\ncall seq_write\n*(u64 *)(r9 + 16) = r0\nr0 = "
		 "0\nexit\n",
		 (unsigned long long)(uintptr_t)&seq);
	prog_init(&p, PROG_SYSCALL, text);
	vm_world_init(&w, NULL, NULL, 1);
	w.seq = &seq;
	run_checked(&p, &w, r);
	if (!test_oom()) {
		int64_t out[3];

		memcpy(out, r->out, sizeof(out));
		CHECK_MEM(seq.s, "123\n{", 5);
		CHECK_EQ(out[0], 0);
		CHECK_EQ(out[1], 0);
		CHECK_EQ(out[2], -EOVERFLOW);
	}
	str_done(&seq);
	isa_code_done(&p.code);
	vm_world_done(&w);
	helper_result_free(r);
}

/* ---- the stack ---- */

static int64_t my_stack(void *arg, enum vm_space space, uint64_t *ret_ip, size_t max)
{
	size_t i, n = space == VM_USER ? 3 : 5;

	(void)arg;
	for (i = 0; i < MIN(n, max); i++)
		ret_ip[i] = 0x1000 * (space + 1u) + i;
	return (int64_t)i;
}

static const char stack_text[] =
	"r6 = r1\nr9 = out ll\n"
	"r2 = r9\nr2 += 64\nr3 = 32\nr4 = 0\ncall get_stack\n*(u64 *)(r9 + 0) = r0\n"
	"r2 = r9\nr2 += 96\nr3 = 32\nr4 = 257\nr1 = r6\ncall get_stack\n*(u64 *)(r9 + 8) = r0\n"
	"r2 = r9\nr2 += 128\nr3 = 32\nr4 = 6\nr1 = r6\ncall get_stack\n*(u64 *)(r9 + 16) = r0\n"
	"r2 = r9\nr2 += 128\nr3 = 31\nr4 = 0\nr1 = r6\ncall get_stack\n*(u64 *)(r9 + 24) = r0\n"
	"r2 = r9\nr2 += 128\nr3 = 32\nr4 = 512\nr1 = r6\ncall get_stack\n*(u64 *)(r9 + 32) = r0\n"
	"r1 = r6\nr2 = s ll\nr3 = 0\ncall get_stackid\n*(u64 *)(r9 + 40) = r0\n"
	"r1 = r6\nr2 = s ll\nr3 = 0\ncall get_stackid\n*(u64 *)(r9 + 48) = r0\n"
	"r1 = r6\nr2 = s ll\nr3 = 2048\ncall get_stackid\n*(u64 *)(r9 + 56) = r0\nr0 = 0\nexit\n";

TEST(stacks_are_captured)
{
	static const struct vm_outside outside = {.stack = my_stack};
	struct helper_result *r = helper_result_new();
	struct vm_world w;
	struct prog p;
	uint64_t out[24];

	memset(&p, 0, sizeof(p));
	helper_case_init(&p.c, PROG_SYSCALL);
	p.c.map[p.c.maps++] = (struct helper_map){.name = "s",
						  .type = MAP_TYPE_STACK_TRACE,
						  .key_size = 4,
						  .value_size = 64,
						  .max_entries = 16};
	prog_text(&p, stack_text);
	vm_world_init(&w, &outside, NULL, 1);
	run_checked(&p, &w, r);
	memcpy(out, r->out, sizeof(out));
	if (!test_oom()) {
		const uint64_t want[5] = {32, 16, (uint64_t)-EFAULT, (uint64_t)-EINVAL,
					  (uint64_t)-EINVAL};

		CHECK_MEM(out, want, 40);
		CHECK((int64_t)out[5] >= 0 && out[5] == out[6]);
		CHECK_EQ(out[7], -EINVAL);
		CHECK_EQ(out[8], 0x1000);
		CHECK_EQ(out[11], 0x1003);
		CHECK_EQ(out[12], 0x2001);
		CHECK_EQ(out[13], 0x2002);
		CHECK_EQ(out[14], 0);
	}
	isa_code_done(&p.code);
	vm_world_done(&w);
	helper_result_free(r);
}

TEST(storage_of_the_task)
{
	struct helper_result *r = helper_result_new();
	struct vm_world w;
	struct prog p;
	int64_t out[6];

	memset(&p, 0, sizeof(p));
	helper_case_init(&p.c, PROG_SYSCALL);
	p.c.map[p.c.maps++] = (struct helper_map){.name = "t",
						  .type = MAP_TYPE_TASK_STORAGE,
						  .key_size = 4,
						  .value_size = 8,
						  .flags = MAP_F_NO_PREALLOC};
	prog_text(
		&p,
		"call get_current_task_btf\nr6 = r0\nr9 = out ll\n"
		"r1 = t ll\nr2 = r6\nr3 = 0\nr4 = 0\ncall task_storage_get\n*(u64 *)(r9 + 0) = r0\n"
		"r1 = t ll\nr2 = 5\nr3 = 0\nr4 = 1\ncall task_storage_get\n*(u64 *)(r9 + 8) = r0\n"
		"r1 = 77\n*(u64 *)(r10 - 8) = r1\n"
		"r1 = t ll\nr2 = r6\nr3 = r10\nr3 += -8\nr4 = 1\ncall task_storage_get\n"
		"if r0 == 0 goto none\nr0 = *(u64 *)(r0 + 0)\n*(u64 *)(r9 + 16) = r0\n"
		"r1 = t ll\nr2 = r6\ncall task_storage_delete\n*(u64 *)(r9 + 24) = r0\n"
		"r1 = t ll\nr2 = r6\ncall task_storage_delete\n*(u64 *)(r9 + 32) = r0\n"
		"r1 = t ll\nr2 = 0\ncall task_storage_delete\n*(u64 *)(r9 + 40) = r0\n"
		"none:\nr0 = 0\nexit\n");
	vm_world_init(&w, NULL, NULL, 1);
	w.task.address = 0xffff888000001000;
	w.task.pid = 12;
	run_checked(&p, &w, r);
	memcpy(out, r->out, sizeof(out));
	if (!test_oom()) {
		const int64_t want[6] = {0, 0, 77, 0, -ENOENT, -EINVAL};

		CHECK_MEM(out, want, sizeof(want));
	}
	isa_code_done(&p.code);
	vm_world_done(&w);
	helper_result_free(r);
}

/* ---- tail calls ---- */

struct tails {
	const struct vm_prog *prog[4];
};

static int prog_ref(void *arg, struct map *m, enum map_ref_kind kind, int fd, void **ret_ref)
{
	const struct tails *t = arg;

	(void)m;
	if (kind != MAP_REF_PROG || fd < 0 || fd > 3)
		return -EBADF;
	*ret_ref = (void *)(uintptr_t)t->prog[fd];
	return 0;
}

static void prog_unref(void *arg, struct map *m, enum map_ref_kind kind, void *ref)
{
	(void)arg, (void)m, (void)kind, (void)ref;
}

static int resolve_map(void *ctx, const struct isa_op *op, struct diag *d, uint64_t *ret_value)
{
	(void)op, (void)d;
	*ret_value = (uint64_t)(uintptr_t)ctx;
	return 0;
}

static int load_text(const char *text, enum vm_engine engine, struct map *m,
		     struct vm_prog **ret_prog)
{
	struct vm_env env = {.resolve = resolve_map, .ctx = m};
	struct prog p;
	int err;

	memset(&p, 0, sizeof(p));
	p.c.maps = 2;
	memcpy(p.c.map[1].name, "progs", 6);
	env.helper = vm_helpers_default(&env.helpers);
	prog_text(&p, text);
	err = p.code.n ? vm_load("tail", p.code.at, p.code.n, engine, &env, NULL, ret_prog)
		       : -ENOMEM;
	isa_code_done(&p.code);
	return err;
}

/* Runs program 0 with memory of 64 words, which it and the others may use; -errno or 0. */
static int run_tails(const char *const text[4], enum vm_engine engine, uint64_t mem[64],
		     uint64_t *ret_r0)
{
	struct tails t = {0};
	struct map_env env = {.cpus = 1,
			      .kernel = ABI_KERNEL(6, 18),
			      .arg = &t,
			      .ref_get = prog_ref,
			      .ref_put = prog_unref};
	struct map_attr a = {.type = MAP_TYPE_PROG_ARRAY,
			     .key_size = 4,
			     .value_size = 4,
			     .max_entries = 4,
			     .name = "progs"};
	struct vm_prog *prog[4] = {0};
	struct map *m = NULL;
	struct vm_world w;
	struct vm_run run;
	int err = map_create(&a, &env, &m), i;

	for (i = 0; i < 4 && !err && text[i]; i++) {
		err = load_text(text[i], engine, m, &prog[i]);
		t.prog[i] = prog[i];
		if (!err)
			err = map_user_update(m, MAP_MAY_ALL, &i, &i, MAP_ANY);
	}
	vm_world_init(&w, NULL, NULL, 1);
	if (!err && !(err = vm_run_init(&run))) {
		run.world = &w;
		run.budget = 100000;
		err = vm_run_region(&run, mem, 512, true);
		map_enter();
		if (!err)
			err = vm_exec(&run, prog[0], (const uint64_t[5]){(uintptr_t)mem}, ret_r0);
		map_exit();
		vm_run_done(&run);
	}
	if (m)
		map_unref_user(m);
	map_quiesce();
	for (i = 0; i < 4; i++)
		vm_unload(prog[i]);
	vm_world_done(&w);
	return err;
}

static void check_tails(const char *const text[4], uint64_t want_r0, uint64_t want_mem0)
{
	static const enum vm_engine engines[] = {VM_CHECKED, VM_TRACED + 0, VM_FAST, VM_JIT};
	uint64_t mem[64], r0 = 0;
	size_t i;
	int err;

	for (i = 0; i < ARRAY_LEN(engines); i++) {
		if (engines[i] == VM_TRACED)
			continue; /* wants somebody to trace */
		memset(mem, 0, sizeof(mem));
		err = run_tails(text, engines[i], mem, &r0);
		if (test_oom())
			continue;
		test_note("%s", engine_name[engines[i]]);
		CHECK_EQ(err, 0);
		CHECK_EQ(r0, want_r0);
		CHECK_EQ(mem[0], want_mem0);
	}
}

#define TAIL(i) "r2 = progs ll\nr3 = " #i "\ncall tail_call\n"
#define COUNT   "r6 = *(u64 *)(r1 + 0)\nr6 += 1\n*(u64 *)(r1 + 0) = r6\n"

TEST(tail_call_replaces)
{
	check_tails((const char *const[4]){TAIL(1) "r0 = 1\nexit\n", "r0 = 42\nexit\n"}, 42, 0);
}

TEST(tail_call_falls_through)
{
	check_tails((const char *const[4]){TAIL(3) "r0 = 1\nexit\n"}, 1, 0);
	check_tails((const char *const[4]){TAIL(4) "r0 = 2\nexit\n"}, 2, 0);
	check_tails((const char *const[4]){TAIL(-1) "r0 = 3\nexit\n"}, 3, 0);
}

/* The kernel runs it once, and 33 times again. */
TEST(tail_calls_end)
{
	check_tails((const char *const[4]){COUNT TAIL(0) "r0 = 5\nexit\n"}, 5, 34);
}

/* In a function, only its frame is replaced, and the limit is the whole run's. */
TEST(tail_call_from_a_function)
{
	check_tails(
		(const char *const[4]){
			"r7 = r1\ncall f\nr1 = r7\ncall f\nr6 = *(u64 *)(r7 + 0)\nr0 += r6\nexit\n"
			"f:\n" TAIL(1) "r0 = 9\nexit\n",
			COUNT "r6 = 0\nr7 = 0\nr0 = 100\nexit\n"},
		102, 2);
	check_tails((const char *const[4]){"r7 = r1\ncall f\nr1 = r7\ncall f\nexit\nf:\n" TAIL(
						   1) "r0 = 9\nexit\n",
					   COUNT TAIL(1) "r0 = 6\nexit\n"},
		    9, 33);
}

/* ---- nothing hangs ---- */

TEST(loops_in_loops_end)
{
	static const enum vm_engine engines[] = {VM_CHECKED, VM_FAST};
	static const char text[] =
		"r1 = 8388608\nr2 = outer ll\nr3 = 0\nr4 = 0\ncall loop\nexit\n"
		"outer:\nr1 = 8388608\nr2 = inner ll\nr3 = 0\nr4 = 0\ncall loop\nr0 = 0\nexit\n"
		"inner:\nr0 = 0\nexit\n";
	struct helper_result *r;
	struct prog p;
	size_t i;

	prog_init(&p, PROG_SYSCALL, text);
	for (i = 0; i < ARRAY_LEN(engines); i++) {
		r = helper_result_new();
		helper_run_ours(&p.c, engines[i], NULL, r);
		if (!test_oom()) {
			CHECK_EQ(r->err, -EFAULT);
			CHECK(strstr(r->log.s, "more instructions than it may use"));
		}
		helper_result_free(r);
	}
	isa_code_done(&p.code);
}

/* ---- timers ---- */

static const char timers_text[] =
	"r7 = r1\nr1 = 0\n*(u32 *)(r10 - 4) = r1\n"
	"r1 = m ll\nr2 = r10\nr2 += -4\ncall map_lookup_elem\nif r0 == 0 goto none\nr6 = r0\n"
	"r1 = r6\nr2 = m ll\nr3 = 1\ncall timer_init\n"
	"r1 = r6\nr2 = body ll\ncall timer_set_callback\n"
	"r1 = r6\nr2 = 500\nr3 = 0\ncall timer_start\nr0 = 0\nexit\n"
	"none:\nr0 = 1\nexit\n"
	/* counts in the value, starts itself again twice, may not cancel itself */
	"body:\nr6 = r3\nr7 = *(u64 *)(r3 + 16)\nr7 += 1\n*(u64 *)(r3 + 16) = r7\n"
	"r2 = *(u32 *)(r2 + 0)\nif r2 != 0 goto done\n"
	"if r7 > 2 goto done\nr1 = r6\nr2 = 1000\nr3 = 0\ncall timer_start\n"
	"r1 = r6\ncall timer_cancel\nif r0 == -35 goto done\nr7 += 100\n*(u64 *)(r6 + 16) = r7\n"
	"done:\nr0 = 0\nexit\n";

static void free_timer(void *arg, struct map *m, const struct map_field *f, void *object)
{
	(void)m, (void)f;
	vm_timer_free(arg, object);
}

static uint64_t timer_count(struct map *m)
{
	uint64_t value[3] = {0};
	uint32_t zero = 0;

	if (map_user_lookup(m, MAP_MAY_ALL, &zero, value, 0))
		return UINT64_MAX;
	return value[2];
}

TEST(timers_run_when_they_are_due)
{
	static const struct vm_outside outside = {.clock = my_clock};
	static const struct map_field field = {.kind = MAP_TIMER, .size = 16};
	struct map_env env = {.cpus = 1, .kernel = ABI_KERNEL(6, 18), .field_free = free_timer};
	struct map_attr a = {.type = MAP_TYPE_ARRAY,
			     .key_size = 4,
			     .value_size = 24,
			     .max_entries = 1,
			     .name = "m",
			     .field = &field,
			     .fields = 1};
	struct vm_env how = {.resolve = resolve_map};
	struct vm_timers *timers = NULL;
	uint64_t now = 1000, r0 = 7;
	struct vm_prog *prog = NULL;
	struct map *m = NULL;
	struct vm_world w;
	struct vm_run run = {0};
	struct prog p;
	int err = vm_timers_new(&timers);

	memset(&p, 0, sizeof(p));
	p.c.maps = 2;
	p.c.map[1].name[0] = 'm';
	prog_text(&p, timers_text);
	vm_world_init(&w, &outside, &now, 1);
	w.timers = env.arg = timers;
	how.helper = vm_helpers_default(&how.helpers);
	if (!err)
		err = p.code.n ? map_create(&a, &env, &m) : -ENOMEM;
	how.ctx = m;
	if (!err)
		err = vm_load("timers", p.code.at, p.code.n, VM_CHECKED, &how, NULL, &prog);
	if (!err)
		err = vm_run_init(&run);
	run.world = &w;
	map_enter();
	if (!err)
		err = vm_exec(&run, prog, (const uint64_t[5]){0}, &r0);
	map_exit();
	if (!test_oom()) {
		CHECK_EQ(err, 0);
		CHECK_EQ(r0, 0);
		CHECK_EQ(vm_timers_next(timers), 1500);
		CHECK_EQ(vm_timers_run(timers, &run, 1499), 0);
		now = 1500;
		CHECK_EQ(vm_timers_run(timers, &run, now), 1);
		CHECK_EQ(timer_count(m), 1);
		CHECK_EQ(vm_timers_next(timers), 2500);
		now = 9000;
		CHECK_EQ(vm_timers_run(timers, &run, now), 1); /* what it starts meanwhile waits */
		CHECK_EQ(vm_timers_run(timers, &run, now + 1000), 1);
		CHECK_EQ(timer_count(m), 3);
		CHECK_EQ(vm_timers_next(timers), UINT64_MAX);
	}
	if (m)
		map_unref_user(m);
	map_quiesce();
	vm_run_done(&run);
	vm_unload(prog);
	isa_code_done(&p.code);
	vm_world_done(&w);
	vm_timers_free(timers);
}

/* ---- whatever a helper is given, the host is safe (H1) ---- */

static void random_arg(struct insn *at, size_t *n, unsigned reg, uint64_t *seed)
{
	uint64_t v = test_random(seed), i = test_random(seed) >> 8;

	switch (v % 9) {
	case 0:
	case 1:
		at[(*n)++] = isa_mov64_reg(reg, 10);
		at[(*n)++] = isa_add64_imm(reg, -(int32_t)(i % 600));
		return;
	case 2:
	case 3:
		isa_ld_imm64(at + *n, reg, 2, (i % HELPER_OUT_MAX) << 32);
		*n += 2;
		return;
	case 4:
		at[(*n)++] = isa_mov64_reg(reg, 6);
		return;
	case 5:
		isa_ld_imm64(at + *n, reg, 1, i % 6);
		*n += 2;
		return;
	case 6:
		at[(*n)++] = isa_mov64_imm(reg, (int32_t)(i % 80));
		return;
	case 7: /* near a map */
		isa_ld_imm64(at + *n, reg, 1, i % 6);
		*n += 2;
		at[(*n)++] = isa_add64_imm(reg, (int32_t)(i >> 8) % 256);
		return;
	default:
		isa_ld_imm64(at + *n, reg, 0, i >> (i % 60));
		*n += 2;
	}
}

static void one_harm(struct prog *p, struct insn *at, uint64_t *seed)
{
	static const char *const names[] = {
#define HERE(id, name)
#define ELSEWHERE(id, name, why)
#define KFUNC_HERE(name) #name,
#include "vm/helper.def"
	};
	size_t n = 0, helpers, i;
	const struct vm_helper *h = vm_helpers_default(&helpers);
	unsigned reg, calls = 1 + (unsigned)(test_random(seed) % 12);

	at[n++] = isa_mov64_reg(6, 1);
	while (calls--) {
		for (reg = 1; reg <= 5; reg++)
			random_arg(at, &n, reg, seed);
		i = test_random(seed) % (helpers + ARRAY_LEN(names));
		if (i < helpers)
			at[n++] = isa_call(h[i].id);
		else
			at[n++] =
				isa_call_kfunc((int32_t)helper_kfunc(&p->c, names[i - helpers]), 0);
		at[n++] = isa_stx(ISA_SIZE_DW, 10,
				  (int16_t)(-8 * (int)(1 + test_random(seed) % 60)), 0);
	}
	at[n++] = isa_mov64_imm(0, 0);
	at[n++] = isa_exit();
	p->c.insn = at;
	p->c.insns = n;
}

static void add_harm_maps(struct helper_case *c)
{
	static const uint32_t shape[5][4] = {{MAP_TYPE_HASH, 4, 8, 8},
					     {MAP_TYPE_RINGBUF, 0, 0, 4096},
					     {MAP_TYPE_QUEUE, 0, 8, 4},
					     {MAP_TYPE_PROG_ARRAY, 4, 4, 2},
					     {MAP_TYPE_ARRAY, 4, 24, 4}};
	unsigned i;

	for (i = 0; i < 5; i++)
		c->map[c->maps++] =
			(struct helper_map){.name = "m",
					    .type = shape[i][0],
					    .key_size = shape[i][1],
					    .value_size = shape[i][2],
					    .max_entries = shape[i][3],
					    .holds = i == 4 ? HELPER_TIMER : HELPER_PLAIN};
}

TEST_WITH(no_helper_harms_the_host, TEST_NO_OOM)
{
	static struct insn at[512];
	static const uint8_t packet[64] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45};
	static struct prog p;
	uint64_t seed = test_seed();
	struct helper_result *r;
	unsigned i, faults = 0, rounds = test_long() ? 3000000 : 6000;

	for (i = 0; i < rounds; i++) {
		helper_case_init(&p.c, i % 3 == 0 ? PROG_SYSCALL : i % 3 == 1 ? PROG_CLS : 6);
		add_harm_maps(&p.c);
		p.c.data = packet;
		p.c.data_n = sizeof(packet);
		one_harm(&p, at, &seed);
		r = helper_result_new();
		helper_run_ours(&p.c, VM_CHECKED, NULL, r);
		if (r->err && r->err != -EFAULT)
			FAIL("%d: %s", r->err, r->log.s);
		faults += r->err != 0;
		helper_result_free(r);
	}
	CHECK(faults > rounds / 10 && faults < rounds);
}

/* ---- the table ---- */

TEST(missing_helpers_are_named)
{
	struct str s;

	str_init(&s, 4096);
	vm_helper_missing(84, &s);
	if (!test_oom())
		CHECK_STR(s.s,
			  "helper bpf_sk_lookup_tcp needs the kernel engine: it looks up sockets");
	str_reset(&s);
	vm_helper_missing(9999, &s);
	if (!test_oom())
		CHECK_STR(s.s, "there is no helper 9999");
	str_reset(&s);
	vm_kfunc_missing("bpf_task_acquire", &s);
	if (!test_oom())
		CHECK_STR(s.s, "kfunc bpf_task_acquire needs the kernel engine");
	CHECK(!vm_kfunc_default("bpf_task_acquire"));
	str_done(&s);
}

/* helper.def and the abi name the same helpers by the same numbers; tables are in order. */
TEST(the_table_of_helpers_is_whole)
{
	static const struct {
		int32_t id;
		const char *name;
	} known[] = {
#define HELPER(id, name, ...) {id, "bpf_" #name},
#include "abi/helper.def"
	};
	size_t i, k, n;
	const struct vm_helper *h = vm_helpers_default(&n);
	struct str s, want;

	for (i = 1; i < n; i++)
		CHECK(h[i].id > h[i - 1].id);
	str_init(&s, 1 << 20);
	str_init(&want, 256);
	vm_helpers_tsv(&s);
	for (i = 0; i < ARRAY_LEN(known) && !test_oom(); i++) {
		str_reset(&want);
		str_addf(&want, "helper\t%d\t%s\t", known[i].id, known[i].name);
		if (!strstr(s.s, want.s))
			FAIL("helper.def does not have %d, %s", known[i].id, known[i].name);
	}
	for (i = 0; i < n; i++) {
		for (k = 0; k < ARRAY_LEN(known) && known[k].id != h[i].id; k++)
			;
		CHECK(k < ARRAY_LEN(known));
	}
	str_done(&s);
	str_done(&want);
}

/* The last part of doc/helpers.md is made from the tables. */
static void add_names(struct str *s, const char *tsv, const char *kind, const char *where)
{
	const char *line = tsv, *end;
	char row_kind[16], name[64], row_where[16], why[128];
	int id;

	for (; (end = strchr(line, '\n')); line = end + 1) {
		why[0] = '\0';
		if (sscanf(line, "%15[a-z]\t%d\t%63s\t%15[a-z]\t%127[^\n]", row_kind, &id, name,
			   row_where, why) < 4 &&
		    sscanf(line, "%15[a-z]\t\t%63s\t%15[a-z]", row_kind, name, row_where) < 3)
			continue;
		if (!strcmp(row_kind, kind) && !strcmp(row_where, where))
			str_addf(s, why[0] ? "| `%s` | %s |\n" : "`%s`\n", name, why);
	}
}

TEST_WITH(helpers_page, TEST_NO_OOM)
{
	static const char heading[] = "## The helpers and kfuncs that work here\n";
	struct str tsv, want;
	struct file page;
	const char *at;
	char path[4096];

	snprintf(path, sizeof(path), "%s/doc/helpers.md", test_root());
	CHECK_EQ(file_read(path, 1 << 20, NULL, &page), 0);
	at = strstr((const char *)page.data, heading);
	CHECK(at);
	str_init(&tsv, 1 << 20);
	str_init(&want, 1 << 20);
	vm_helpers_tsv(&tsv);
	str_addn(&want, page.data, (size_t)(at - (const char *)page.data));
	str_add(&want, heading);
	str_addc(&want, '\n');
	add_names(&want, tsv.s, "helper", "here");
	str_addc(&want, '\n');
	add_names(&want, tsv.s, "kfunc", "here");
	str_add(&want,
		"\n## The helpers that need the kernel\n\n| helper | because |\n|---|---|\n");
	add_names(&want, tsv.s, "helper", "kernel");
	if (getenv("SKEP_WRITE_PAGE"))
		CHECK_EQ(file_write(path, want.s, want.n, NULL), 0);
	else
		CHECK_STR((const char *)page.data, want.s);
	file_done(&page);
	str_done(&tsv);
	str_done(&want);
}
