/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tail calls, loops without end, timers. */
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
	struct helper_text p;
	int err = vm_timers_new(&timers);

	memset(&p, 0, sizeof(p));
	p.c.maps = 2;
	p.c.map[1].name[0] = 'm';
	helper_text_set(&p, timers_text);
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
	helper_text_done(&p);
	vm_world_done(&w);
	vm_timers_free(timers);
}
