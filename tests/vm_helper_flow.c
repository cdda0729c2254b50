/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tail calls, loops without end, exceptions, and what runs later: timers and work. */
#include "test.h"
#include "vm_helper.h"

enum { PROG_SYSCALL = 31 };

static const char *const engine_name[] = {"checked", "fast", "traced", "jit"};

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
	struct helper_text p;
	int err;

	memset(&p, 0, sizeof(p));
	p.c.maps = 2;
	memcpy(p.c.map[1].name, "progs", 6);
	env.helper = vm_helpers_default(&env.helpers);
	helper_text_set(&p, text);
	err = p.code.n ? vm_load("tail", p.code.at, p.code.n, engine, &env, NULL, ret_prog)
		       : -ENOMEM;
	helper_text_done(&p);
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
	struct helper_text p;
	size_t i;

	helper_text_init(&p, PROG_SYSCALL, text);
	for (i = 0; i < ARRAY_LEN(engines); i++) {
		r = helper_result_new();
		helper_run_ours(&p.c, engines[i], NULL, r);
		if (!test_oom()) {
			CHECK_EQ(r->err, -EFAULT);
			CHECK(strstr(r->log.s, "more instructions than it may use"));
		}
		helper_result_free(r);
	}
	helper_text_done(&p);
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

static uint64_t my_clock(void *arg, enum vm_clock c)
{
	return *(uint64_t *)arg + (uint64_t)c;
}

/* A program with one map, whose value's field of such a kind it starts. */
struct later {
	struct vm_timers *timers;
	struct map *m;
	struct vm_prog *prog;
	struct vm_world w;
	struct vm_run run;
	struct map_env env;
	struct helper_text p;
	uint64_t now;
};

static int later_kfunc(void *ctx, const struct isa_op *op, struct diag *d, vm_helper_fn *ret_fn)
{
	const struct later *l = ctx;

	*ret_fn = vm_kfunc_default(l->p.c.kfunc[op->imm]);
	return *ret_fn ? 0 : diag_error(d, "test.kfunc", DIAG_NONE, "no such kfunc");
}

static int later_resolve(void *ctx, const struct isa_op *op, struct diag *d, uint64_t *ret_value)
{
	return resolve_map(((struct later *)ctx)->m, op, d, ret_value);
}

static int later_init(struct later *l, enum map_field_kind kind, uint32_t size, const char *text)
{
	static const struct vm_outside outside = {.clock = my_clock};
	const struct map_field field = {.kind = kind, .size = size};
	const struct map_attr a = {.type = MAP_TYPE_ARRAY,
				   .key_size = 4,
				   .value_size = 24,
				   .max_entries = 1,
				   .name = "m",
				   .field = &field,
				   .fields = 1};
	struct vm_env how = {.resolve = later_resolve, .kfunc = later_kfunc, .ctx = l};
	int err;

	memset(l, 0, sizeof(*l));
	l->now = 1000;
	l->env = (struct map_env){.cpus = 1, .kernel = ABI_KERNEL(6, 18), .field_free = free_timer};
	l->p.c.maps = 2;
	l->p.c.map[1].name[0] = 'm';
	helper_text_set(&l->p, text);
	vm_world_init(&l->w, &outside, &l->now, 1);
	err = vm_timers_new(&l->timers);
	l->w.timers = l->env.arg = l->timers;
	how.helper = vm_helpers_default(&how.helpers);
	if (!err)
		err = l->p.code.n ? map_create(&a, &l->env, &l->m) : -ENOMEM;
	if (!err)
		err = vm_load("later", l->p.code.at, l->p.code.n, VM_CHECKED, &how, NULL, &l->prog);
	if (!err)
		err = vm_run_init(&l->run);
	l->run.world = &l->w;
	return err;
}

static int later_run(struct later *l)
{
	uint64_t r0 = 7;
	int err;

	map_enter();
	err = vm_exec(&l->run, l->prog, (const uint64_t[5]){0}, &r0);
	map_exit();
	return err ? err : (int)r0;
}

static void later_done(struct later *l)
{
	if (l->m)
		map_unref_user(l->m);
	map_quiesce();
	vm_run_done(&l->run);
	vm_unload(l->prog);
	helper_text_done(&l->p);
	vm_world_done(&l->w);
	vm_timers_free(l->timers);
}

TEST(timers_run_when_they_are_due)
{
	struct later l;
	int err = later_init(&l, MAP_TIMER, 16, timers_text);

	if (!err)
		err = later_run(&l);
	if (!test_oom()) {
		CHECK_EQ(err, 0);
		CHECK_EQ(vm_timers_next(l.timers), 1500);
		CHECK_EQ(vm_timers_run(l.timers, &l.run, 1499), 0);
		l.now = 1500;
		CHECK_EQ(vm_timers_run(l.timers, &l.run, l.now), 1);
		CHECK_EQ(timer_count(l.m), 1);
		CHECK_EQ(vm_timers_next(l.timers), 2500);
		l.now = 9000;
		/* what it starts meanwhile waits */
		CHECK_EQ(vm_timers_run(l.timers, &l.run, l.now), 1);
		CHECK_EQ(vm_timers_run(l.timers, &l.run, l.now + 1000), 1);
		CHECK_EQ(timer_count(l.m), 3);
		CHECK_EQ(vm_timers_next(l.timers), UINT64_MAX);
	}
	later_done(&l);
}

#define VALUE                                                                                      \
	"*(u32 *)(r10 - 4) = 0\nr1 = m ll\nr2 = r10\nr2 += -4\ncall map_lookup_elem\n"             \
	"if r0 == 0 goto none\nr6 = r0\n"
#define BODY                                                                                       \
	"none:\nr0 = 1\nexit\nbody:\nr7 = *(u64 *)(r3 + 16)\nr7 += 1\n*(u64 *)(r3 + 16) = r7\n"    \
	"r0 = 0\nexit\n"

TEST(work_runs_once_each_time_it_is_started)
{
	struct later l;
	int err = later_init(
		&l, MAP_WORKQUEUE, 16,
		VALUE "r1 = r6\nr2 = m ll\nr3 = 0\ncall bpf_wq_init\n"
		      "r1 = r6\nr2 = body ll\nr3 = 0\nr4 = 0\ncall bpf_wq_set_callback_impl\n"
		      "r1 = r6\nr2 = 0\ncall bpf_wq_start\nr1 = r6\nr2 = 0\ncall bpf_wq_start\n"
		      "exit\n" BODY);

	if (!err)
		err = later_run(&l);
	if (!test_oom()) {
		CHECK_EQ(err, 0);
		CHECK_EQ(vm_timers_next(l.timers), 0);
		CHECK_EQ(vm_timers_run(l.timers, &l.run, l.now), 1);
		CHECK_EQ(vm_timers_run(l.timers, &l.run, l.now), 0);
		CHECK_EQ(timer_count(l.m), 1);
		CHECK_EQ(later_run(&l), 0);
		CHECK_EQ(vm_timers_run(l.timers, &l.run, l.now), 1);
		CHECK_EQ(timer_count(l.m), 2);
	}
	later_done(&l);
}

TEST(task_work_is_not_started_twice)
{
	struct later l;
	int err =
		later_init(&l, MAP_TASK_WORK, 8,
			   VALUE "r1 = 0\nr2 = r6\nr3 = m ll\nr4 = body ll\nr5 = 0\n"
				 "call bpf_task_work_schedule_resume_impl\nif r0 != 0 goto none\n"
				 "r1 = 0\nr2 = r6\nr3 = m ll\nr4 = body ll\nr5 = 0\n"
				 "call bpf_task_work_schedule_signal_impl\nr0 += 16\nexit\n" BODY);

	if (!err)
		err = later_run(&l); /* -EBUSY + 16 */
	if (!test_oom()) {
		CHECK_EQ(err, 0);
		CHECK_EQ(vm_timers_run(l.timers, &l.run, l.now), 1);
		CHECK_EQ(timer_count(l.m), 1);
		CHECK_EQ(later_run(&l), 0);
	}
	later_done(&l);
}

TEST(a_timer_is_cancelled)
{
	struct later l;
	int err = later_init(&l, MAP_TIMER, 16,
			     VALUE
			     "r1 = r6\ncall bpf_timer_cancel_async\nr7 = r0\n"
			     "r1 = r6\nr2 = m ll\nr3 = 1\ncall timer_init\n"
			     "r1 = r6\nr2 = body ll\ncall timer_set_callback\n"
			     "r1 = r6\nr2 = 500\nr3 = 0\ncall timer_start\n"
			     "r1 = r6\ncall bpf_timer_cancel_async\nr8 = r0\n"
			     "r1 = r6\ncall bpf_timer_cancel_async\nr0 <<= 8\nr0 |= r8\nr7 += 22\n"
			     "r7 <<= 16\nr0 |= r7\nexit\n" BODY);

	if (!err)
		err = later_run(&l); /* -EINVAL, 1, 0 */
	if (!test_oom()) {
		CHECK_EQ(err, 1);
		CHECK_EQ(vm_timers_next(l.timers), UINT64_MAX);
	}
	later_done(&l);
}

/* ---- exceptions ---- */

TEST(exceptions_have_a_callback)
{
	/* f throws from a callback of bpf_loop's; the exception callback is instruction 16 */
	static const char text[] =
		"call f\nr0 = 1\nexit\nf:\nr1 = 5\nr2 = body ll\nr3 = 0\nr4 = 0\ncall loop\nr0 = "
		"2\nexit\n"
		"body:\nif r1 != 3 goto more\nr1 = 99\ncall bpf_throw\nmore:\nr0 = 0\nexit\n"
		"r0 = r1\nr0 += 1000\nexit\n";
	static const enum vm_engine engines[] = {VM_CHECKED, VM_FAST, VM_JIT};
	struct later l = {0};
	struct vm_env how = {.kfunc = later_kfunc, .ctx = &l};
	uint64_t r0;
	size_t i;

	helper_text_set(&l.p, text);
	how.helper = vm_helpers_default(&how.helpers);
	vm_world_init(&l.w, NULL, NULL, 1);
	for (i = 0; i < ARRAY_LEN(engines); i++) {
		struct vm_prog *with = NULL, *without = NULL;
		struct vm_run run = {0};
		int err;

		how.exception = 16;
		err = vm_load("with", l.p.code.at, l.p.code.n, engines[i], &how, NULL, &with);
		how.exception = 0;
		if (!err)
			err = vm_load("without", l.p.code.at, l.p.code.n, engines[i], &how, NULL,
				      &without);
		if (!err)
			err = vm_run_init(&run);
		run.world = &l.w;
		if (!test_oom()) {
			test_note("%s", engine_name[engines[i]]);
			CHECK_EQ(err, 0);
			CHECK_EQ(vm_exec(&run, with, (const uint64_t[5]){0}, &r0), 0);
			CHECK_EQ(r0, 1099);
			CHECK_EQ(vm_exec(&run, without, (const uint64_t[5]){0}, &r0), 0);
			CHECK_EQ(r0, 99);
		}
		vm_run_done(&run);
		vm_unload(with);
		vm_unload(without);
	}
	vm_world_done(&l.w);
	helper_text_done(&l.p);
}

/* ---- objects and locks ---- */

/* Nobody has verified this program, so a checked engine does not believe in its objects. */
TEST(objects_want_a_verified_program)
{
	struct helper_result *r = helper_result_new();
	struct helper_text p;
	struct vm_world w;

	helper_text_init(&p, PROG_SYSCALL,
			 "r1 = node.size ll\nr2 = node.type ll\ncall bpf_obj_new\nexit\n");
	vm_world_init(&w, NULL, NULL, 1);
	helper_run_ours(&p.c, VM_CHECKED, &w, r);
	if (!test_oom())
		CHECK_EQ(r->err, -EFAULT);
	helper_text_done(&p);
	vm_world_done(&w);
	helper_result_free(r);
}

/* What the program has not given back when it ends is dropped by the world. */
TEST(objects_and_their_cpus)
{
	const int64_t want[] = {1, 8, 0, 0, 5, 6};
	struct helper_text p;
	struct vm_world w;

	helper_text_init(
		&p, PROG_SYSCALL,
		"r9 = out ll\nr1 = node.size ll\nr2 = node.type ll\ncall bpf_obj_new\nr6 = r0\n"
		"r0 = *(u32 *)(r6 + 56)\n*(u64 *)(r9 + 0) = r0\n"
		"r1 = 8\nr2 = 0\ncall bpf_percpu_obj_new\nr7 = r0\n"
		"r1 = r7\nr2 = 0\ncall per_cpu_ptr\nr8 = r0\n*(u64 *)(r8 + 0) = 5\n"
		"r1 = r7\ncall this_cpu_ptr\n*(u64 *)(r0 + 0) = 6\nr0 -= r8\n*(u64 *)(r9 + 8) = "
		"r0\n"
		"r1 = r7\nr2 = 2\ncall per_cpu_ptr\n*(u64 *)(r9 + 16) = r0\n"
		"r1 = 5000\nr2 = 0\ncall bpf_obj_new\n*(u64 *)(r9 + 24) = r0\n"
		"r1 = r7\nr2 = 0\ncall per_cpu_ptr\nr0 = *(u64 *)(r0 + 0)\n*(u64 *)(r9 + 32) = r0\n"
		"r1 = r7\nr2 = 1\ncall per_cpu_ptr\nr0 = *(u64 *)(r0 + 0)\n*(u64 *)(r9 + 40) = r0\n"
		"r1 = r7\nr2 = 0\ncall bpf_percpu_obj_drop\nr1 = r6\nr2 = node.type ll\ncall "
		"bpf_obj_drop\n"
		"r0 = 0\nexit\n");
	vm_world_init(&w, NULL, NULL, 1);
	w.verified = true;
	w.cpu = 1;
	w.cpus = 2;
	if (!test_oom())
		helper_text_check(&p, &w, want, ARRAY_LEN(want));
	helper_text_done(&p);
	vm_world_done(&w);
}

TEST(a_lock_is_not_taken_twice)
{
	const int64_t want[] = {0, -EDEADLK, 0, 0};
	struct helper_text p;
	struct vm_world w;

	helper_text_init(
		&p, PROG_SYSCALL,
		"r9 = out ll\nr1 = r9\nr1 += 512\ncall bpf_res_spin_lock\n*(u64 *)(r9 + 0) = r0\n"
		"r1 = r9\nr1 += 512\ncall bpf_res_spin_lock\n*(u64 *)(r9 + 8) = r0\n"
		"r1 = r9\nr1 += 512\ncall bpf_res_spin_unlock\n"
		"r1 = r9\nr1 += 512\ncall bpf_res_spin_lock\n*(u64 *)(r9 + 16) = r0\n"
		"r1 = r9\nr1 += 512\ncall bpf_res_spin_unlock\n"
		"r0 = *(u32 *)(r9 + 512)\n*(u64 *)(r9 + 24) = r0\nr0 = 0\nexit\n");
	vm_world_init(&w, NULL, NULL, 1);
	helper_text_check(&p, &w, want, ARRAY_LEN(want));
	helper_text_done(&p);
	vm_world_done(&w);
}

/* bpf_list_add and bpf_list_del, which 6.18 does not have: 1 2 3 in order, 2 taken out. */
TEST(lists_in_the_middle)
{
	const int64_t want[] = {1, 0, 0, 1, 0, 2, 1, 3, 1, -EINVAL};
	struct helper_text p;
	struct vm_world w;

#define NODE(n)                                                                                    \
	"r1 = node.size ll\nr2 = node.type ll\ncall bpf_obj_new\nr1 = " #n                         \
	"\n*(u64 *)(r0 + 64) = r1\n"
#define TAIL_ARGS "r4 = node.type ll\nr5 = node.list ll\n"
	helper_text_init(
		&p, PROG_SYSCALL,
		"r9 = out ll\nr8 = r9\nr8 += 512\nr1 = r8\ncall bpf_list_empty\n*(u64 *)(r9 + 0) = "
		"r0\n" NODE(
			1) "r6 = r0\nr1 = r8\nr2 = r0\nr3 = node.type ll\nr4 = node.list ll\ncall "
			   "bpf_list_push_front\n"
			   "*(u64 *)(r9 + 8) = r0\n" NODE(
				   3) "r7 = r0\nr1 = r8\nr2 = r0\nr3 = r6\n" TAIL_ARGS
				      "call bpf_list_add\n*(u64 *)(r9 + 16) = r0\n" NODE(
					      2) "r1 = r8\nr2 = r0\nr3 = r6\nr6 = r0\n" TAIL_ARGS
						 "call bpf_list_add\n"
						 "r1 = r8\nr2 = r7\ncall bpf_list_is_last\n*(u64 "
						 "*)(r9 + 24) = r0\n"
						 "r1 = r8\nr2 = r7\ncall bpf_list_is_first\n*(u64 "
						 "*)(r9 + 32) = r0\n"
						 "r1 = r8\nr2 = r6\ncall bpf_list_del\nr6 = r0\nr0 "
						 "= *(u64 *)(r6 + 64)\n*(u64 *)(r9 + 40) = r0\n"
						 "r1 = r8\ncall bpf_list_front\nr0 = *(u64 *)(r0 + "
						 "64)\n*(u64 *)(r9 + 48) = r0\n"
						 "r1 = r8\ncall bpf_list_back\nr0 = *(u64 *)(r0 + "
						 "64)\n*(u64 *)(r9 + 56) = r0\n"
						 "r1 = r6\nr2 = node.type ll\ncall bpf_obj_drop\n"
						 "r1 = r8\ncall bpf_list_pop_front\nr7 = r0\nr1 = "
						 "r8\ncall bpf_list_pop_front\n"
						 "r6 = r0\nr1 = r8\ncall bpf_list_empty\n*(u64 "
						 "*)(r9 + 64) = r0\n"
						 "r1 = r8\nr2 = r6\nr3 = r7\n" TAIL_ARGS
						 "call bpf_list_add\n*(u64 *)(r9 + 72) = r0\n"
						 "r1 = r7\nr2 = node.type ll\ncall "
						 "bpf_obj_drop\nr0 = 0\nexit\n");
	vm_world_init(&w, NULL, NULL, 1);
	w.verified = true;
	if (!test_oom())
		helper_text_check(&p, &w, want, ARRAY_LEN(want));
	helper_text_done(&p);
	vm_world_done(&w);
}
