/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who and where a program is: the task, the CPU, clocks, signals, the stack, storage. */
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "test.h"
#include "vm_helper.h"

enum { PROG_CLS = 3, PROG_SYSCALL = 31 };

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
	struct helper_text p;

	if (helper_no_referee())
		SKIP("%s", helper_no_referee());
	helper_text_init(&p, PROG_SYSCALL, who);
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
	helper_text_run(&p, &w, r);
	CHECK_MEM(r->out, k->out, 112);
	helper_text_done(&p);
	vm_world_done(&w);
	helper_result_free(k);
	helper_result_free(r);
}

TEST(where_it_is)
{
	struct helper_result *r = helper_result_new();
	uint64_t out[8];
	struct vm_world w;
	struct helper_text p;

	helper_text_init(&p, PROG_SYSCALL,
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
	helper_text_run(&p, &w, r);
	memcpy(out, r->out, sizeof(out));
	if (!test_oom()) {
		const uint64_t want[8] = {3, 1, 7, 1, 10ull << 32 | 11, (uint64_t)-5, 0x1234, 99};

		CHECK_MEM(out, want, sizeof(want));
		CHECK_EQ(w.retval, -5);
	}
	helper_text_done(&p);
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
	struct helper_text p;

	helper_text_init(&p, PROG_SYSCALL, clocks);
	vm_world_init(&w, &outside, &now, 1);
	helper_text_run(&p, &w, r);
	if (!test_oom())
		CHECK_MEM(r->out, want, sizeof(want));
	helper_text_done(&p);
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
	struct helper_text p;
	int i;

	if (helper_no_referee())
		SKIP("%s", helper_no_referee());
	helper_text_init(&p, PROG_CLS, clocks);
	p.c.data = packet;
	p.c.data_n = sizeof(packet);
	vm_world_init(&w, NULL, NULL, 1);
	helper_run_kernel(&p.c, k);
	if (k->err)
		FAIL("%d: %s", k->err, k->log.s);
	helper_text_run(&p, &w, r);
	for (i = 0; i < 5; i++) {
		memcpy(&theirs, k->out + 8 * i, 8);
		memcpy(&ours, r->out + 8 * i, 8);
		test_note("clock %d: the kernel says %llu, we %llu", i, (unsigned long long)theirs,
			  (unsigned long long)ours);
		CHECK(ours + (i == 4 ? 2 : 0) >= theirs && ours - theirs + 2 < limit[i]);
	}
	helper_text_done(&p);
	vm_world_done(&w);
	helper_result_free(k);
	helper_result_free(r);
}

TEST(random_numbers_repeat)
{
	struct helper_result *r = helper_result_new();
	uint64_t a[2], b[2];
	struct vm_world w;
	struct helper_text p;

	helper_text_init(&p, PROG_SYSCALL,
		  "r9 = out ll\ncall get_prandom_u32\n*(u64 *)(r9 + 0) = r0\n"
		  "call get_prandom_u32\n*(u64 *)(r9 + 8) = r0\nr0 = 0\nexit\n");
	vm_world_init(&w, NULL, NULL, 7);
	helper_text_run(&p, &w, r);
	memcpy(a, r->out, sizeof(a));
	w.random = 7;
	helper_run_ours(&p.c, VM_JIT, &w, r);
	memcpy(b, r->out, sizeof(b));
	if (!test_oom()) {
		CHECK_MEM(a, b, sizeof(a));
		CHECK(a[0] != a[1] && a[0] <= UINT32_MAX && a[1] <= UINT32_MAX);
	}
	helper_text_done(&p);
	vm_world_done(&w);
	helper_result_free(r);
}

/* ---- signals ---- */

struct seen {
	struct vm_effect effect[8];
	char bytes[64];
	unsigned n;
};

static void see(void *arg, const struct vm_effect *e)
{
	struct seen *s = arg;

	if (s->n < 8)
		s->effect[s->n++] = *e;
	if (e->n)
		memcpy(s->bytes, e->bytes, MIN(e->n, sizeof(s->bytes)));
}

TEST(signals_are_told)
{
	static const struct vm_outside outside = {.effect = see};
	struct helper_result *r = helper_result_new();
	struct seen s = {0};
	struct vm_world w;
	struct helper_text p;
	int64_t out[3];

	helper_text_init(&p, PROG_SYSCALL,
		  "r9 = out ll\nr1 = 10\ncall send_signal\n*(u64 *)(r9 + 0) = r0\n"
		  "r1 = 65\ncall send_signal\n*(u64 *)(r9 + 8) = r0\n"
		  "r1 = 12\ncall send_signal_thread\n*(u64 *)(r9 + 16) = r0\nr0 = 0\nexit\n");
	vm_world_init(&w, &outside, &s, 1);
	w.task.pid = w.task.tgid = 100;
	helper_text_run(&p, &w, r);
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
	helper_text_run(&p, &w, r);
	memcpy(out, r->out, sizeof(out));
	if (!test_oom())
		CHECK_EQ(out[0], -EPERM);
	helper_text_done(&p);
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
	struct helper_text p;
	uint64_t out[24];

	memset(&p, 0, sizeof(p));
	helper_case_init(&p.c, PROG_SYSCALL);
	p.c.map[p.c.maps++] = (struct helper_map){.name = "s",
						  .type = MAP_TYPE_STACK_TRACE,
						  .key_size = 4,
						  .value_size = 64,
						  .max_entries = 16};
	helper_text_set(&p, stack_text);
	vm_world_init(&w, &outside, NULL, 1);
	helper_text_run(&p, &w, r);
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
	helper_text_done(&p);
	vm_world_done(&w);
	helper_result_free(r);
}

/* ---- storage ---- */

TEST(storage_of_the_task)
{
	struct helper_result *r = helper_result_new();
	struct vm_world w;
	struct helper_text p;
	int64_t out[6];

	memset(&p, 0, sizeof(p));
	helper_case_init(&p.c, PROG_SYSCALL);
	p.c.map[p.c.maps++] = (struct helper_map){.name = "t",
						  .type = MAP_TYPE_TASK_STORAGE,
						  .key_size = 4,
						  .value_size = 8,
						  .flags = MAP_F_NO_PREALLOC};
	helper_text_set(
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
	helper_text_run(&p, &w, r);
	memcpy(out, r->out, sizeof(out));
	if (!test_oom()) {
		const int64_t want[6] = {0, 0, 77, 0, -ENOENT, -EINVAL};

		CHECK_MEM(out, want, sizeof(want));
	}
	helper_text_done(&p);
	vm_world_done(&w);
	helper_result_free(r);
}
