/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls of helpers that the JIT writes as less than calls: the same program on fresh maps must
 * answer in native code what it answers in the engines that call, and count as many instructions.
 */
#include <stdlib.h>

#include "map/map.h"
#include "test.h"
#include "vm/vm.h"

enum { CPUS = 3, MAPS = 2 };

struct world {
	struct map_env env;
	struct map *map[MAPS];
	struct vm_world world;
	struct vm_run run;
};

static int ref_get(void *arg, struct map *m, enum map_ref_kind kind, int fd, void **ret_ref)
{
	struct world *w = arg;

	(void)m, (void)kind;
	map_ref(w->map[fd]);
	*ret_ref = w->map[fd];
	return 0;
}

static void begin(struct world *w)
{
	*w = (struct world){.env = {.cpus = CPUS, .kernel = ABI_KERNEL(6, 18), .ref_get = ref_get}};
	w->env.arg = w;
	vm_world_init(&w->world, NULL, NULL, 1);
	CHECK(!vm_run_init(&w->run));
	w->run.world = &w->world;
}

static void end(struct world *w)
{
	unsigned i;

	for (i = MAPS; i-- > 0;)
		if (w->map[i])
			map_unref_user(w->map[i]);
	map_quiesce();
	vm_run_done(&w->run);
	vm_world_done(&w->world);
}

static int resolve(void *ctx, const struct isa_op *op, struct diag *d, uint64_t *ret_value)
{
	struct world *w = ctx;

	return vm_resolve_map(op, w->map, MAPS, d, ret_value);
}

static struct vm_prog *load(struct world *w, const char *text, enum vm_engine engine)
{
	struct vm_env env = {.resolve = resolve, .ctx = w};
	struct src s = {"text", text, (uint32_t)strlen(text)};
	struct isa_code code;
	struct vm_prog *p;
	struct str why;
	struct diag d;

	env.helper = vm_helpers_default(&env.helpers);
	diag_init(&d, 5);
	if (isa_assemble(&s, &(struct isa_asm){0}, &d, &code) ||
	    vm_load("program", code.at, code.n, engine, &env, &d, &p)) {
		str_init(&why, 4096);
		diag_render(&d, DIAG_PLAIN, &why);
		FAIL("%s%s", text, why.s);
	}
	isa_code_done(&code);
	diag_done(&d);
	return p;
}

static uint64_t run(struct world *w, const struct vm_prog *p, uint64_t r1)
{
	uint64_t r0 = 0;

	map_enter();
	CHECK(!vm_exec(&w->run, p, (const uint64_t[5]){r1}, &r0));
	map_exit();
	return r0;
}

static bool have_jit(void)
{
	struct world w;
	struct vm_prog *p;
	bool jit;

	begin(&w);
	p = load(&w, "r0 = 0\n exit", VM_JIT);
	jit = vm_prog_engine(p) == VM_JIT;
	vm_unload(p);
	end(&w);
	return jit;
}

/* How many of its instructions call; the way in is one. */
static unsigned calls_in(const struct vm_prog *p)
{
	struct vm_code c = vm_prog_code(p);
	unsigned calls = 0;
	struct str s;
	size_t at, n;

	str_init(&s, 1 << 20);
	for (at = 0; at < c.size; at += n) {
		str_reset(&s);
		n = vm_native_dis(c.at + at, c.size - at, at, &s);
		CHECK(n);
		calls += str_has_prefix(s.s, "call") || str_has_prefix(s.s, "bl ") ||
			 str_has_prefix(s.s, "blr ");
	}
	str_done(&s);
	return calls - 1;
}

/* ---- every type of map, and what programs do with it ---- */

static const struct kind {
	struct map_attr attr;
	const char *ops; /* Update, Lookup, Delete, lookup on a Cpu; Push, pOp, peeK; Ring buffer */
} kinds[] = {
	{{.type = MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 13}, "ULDC"},
	{{.type = MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1}, "ULD"},
	{{.type = MAP_TYPE_ARRAY, .key_size = 4, .value_size = 13, .max_entries = 8}, "ULD"},
	{{.type = MAP_TYPE_ARRAY, .key_size = 4, .value_size = 24, .max_entries = 300}, "ULD"},
	{{.type = MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4096, .max_entries = 10}, "LD"},
	{{.type = MAP_TYPE_PERCPU_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 7}, "ULDC"},
	{{.type = MAP_TYPE_PERCPU_ARRAY, .key_size = 4, .value_size = 24, .max_entries = 11}, "UL"},
	{{.type = MAP_TYPE_HASH, .key_size = 4, .value_size = 8, .max_entries = 9}, "ULD"},
	{{.type = MAP_TYPE_HASH, .key_size = 8, .value_size = 16, .max_entries = 9}, "ULD"},
	{{.type = MAP_TYPE_LRU_HASH, .key_size = 4, .value_size = 8, .max_entries = 9}, "ULD"},
	{{.type = MAP_TYPE_PERCPU_HASH, .key_size = 4, .value_size = 8, .max_entries = 9}, "ULDC"},
	{{.type = MAP_TYPE_LPM_TRIE, .key_size = 8, .value_size = 8, .max_entries = 9,
	  .flags = MAP_F_NO_PREALLOC}, "ULD"},
	{{.type = MAP_TYPE_QUEUE, .value_size = 8, .max_entries = 5}, "POK"},
	{{.type = MAP_TYPE_STACK, .value_size = 8, .max_entries = 5}, "POK"},
	{{.type = MAP_TYPE_BLOOM_FILTER, .value_size = 8, .max_entries = 64,
	  .flags = MAP_F_ZERO_SEED}, "PK"},
	{{.type = MAP_TYPE_RINGBUF, .max_entries = 4096}, "R"},
};

/*
 * One operation, with the key at r10 - 8, the value at r10 - 32, what it answers in r0. The
 * arguments come by different ways, some of which show which map it is.
 */
static void put_op(struct str *s, char op, unsigned how)
{
	static const char *const map[] = {
		"r1 = map[fd:1]\n",
		"r8 = map[fd:1]\n r4 = 7\n r1 = r8\n",
		"r1 = r9\n", /* loaded where nobody looks */
	};
	static const char *const key[] = {"r2 = r10\n r2 += -8\n", "r2 = r7\n",
					  "r7 += 8\n r2 = r7\n r7 += -8\n r2 += -8\n"};

	str_addf(s, "%s%s", map[how % 3], key[how / 3 % 3]);
	switch (op) {
	case 'U':
		str_add(s, "r3 = r10\n r3 += -32\n r4 = r6\n r4 &= 3\n call 2\n");
		return;
	case 'L':
		str_add(s, "call 1\n if r0 == 0 goto +1\n r0 = *(u32 *)(r0 + 0)\n");
		return;
	case 'D':
		str_add(s, "call 3\n");
		return;
	case 'C':
		str_add(s, "r3 = r6\n r3 &= 3\n call 195\n if r0 == 0 goto +1\n"
			   "r0 = *(u32 *)(r0 + 0)\n");
		return;
	case 'P':
		str_add(s, "r2 += -24\n r3 = r6\n r3 &= 2\n call 87\n");
		return;
	case 'O':
		str_add(s, "r2 += -24\n call 88\n r3 = *(u64 *)(r10 - 32)\n r0 ^= r3\n");
		return;
	case 'K':
		str_add(s, "r2 += -24\n call 89\n r3 = *(u64 *)(r10 - 32)\n r0 ^= r3\n");
		return;
	case 'R':
		str_add(s, "r2 = r6\n r2 &= 63\n r2 += 16\n r3 = 0\n call 131\n if r0 == 0 goto +6\n"
			   "r1 = r0\n *(u64 *)(r1 + 8) = r6\n r2 = 1\n call 133\n r0 = 5\n goto +0\n");
		return;
	}
	FAIL("no operation %c", op);
}

static void put_program(struct str *s, const struct kind *k, unsigned how)
{
	const char *op;

	str_add(s, "r6 = r1\n r7 = r10\n r7 += -8\n r9 = map[fd:1]\n"
		   "*(u64 *)(r10 - 40) = 0\n if r6 == 0 goto again\n"
		   "again: *(u64 *)(r10 - 8) = 0\n r1 = r6\n r1 *= 0x9e3779b1\n r1 >>= 7\n r1 &= 15\n"
		   "*(u32 *)(r10 - 8) = r1\n"
		   "*(u64 *)(r10 - 32) = r6\n *(u64 *)(r10 - 24) = r1\n *(u64 *)(r10 - 16) = 5\n");
	for (op = k->ops; *op; op++) {
		put_op(s, *op, how);
		str_add(s, "r2 = *(u64 *)(r10 - 40)\n r2 *= 31\n r2 += r0\n *(u64 *)(r10 - 40) = r2\n");
		how /= 2;
	}
	str_add(s, "r6 += -1\n if r6 != 0 goto again\n r0 = *(u64 *)(r10 - 40)\n exit\n");
}

struct answer {
	uint64_t r0[CPUS + 1], used;
};

static struct answer ask(const struct kind *k, const char *text, enum vm_engine engine)
{
	struct answer a = {.used = 0};
	struct vm_prog *p;
	struct world w;
	uint32_t cpu;

	begin(&w);
	CHECK(!map_create(&k->attr, &w.env, &w.map[0]));
	p = load(&w, text, engine);
	for (cpu = 0; cpu <= CPUS; cpu++) { /* one too many, which counts again from 0 */
		map_set_cpu(cpu);
		a.r0[cpu] = run(&w, p, 100 + cpu);
		a.used += w.run.used;
	}
	map_set_cpu(0);
	vm_unload(p);
	end(&w);
	return a;
}

TEST_WITH(maps_answer_as_through_helpers, TEST_NO_OOM)
{
	struct answer want, got;
	struct str text;
	unsigned i, how;

	if (!have_jit())
		SKIP("no JIT for this machine");
	str_init(&text, 1 << 16);
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		for (how = 0; how < 9; how++) {
			str_reset(&text);
			put_program(&text, &kinds[i], how);
			want = ask(&kinds[i], text.s, VM_CHECKED);
			got = ask(&kinds[i], text.s, VM_JIT);
			test_note("%s, way %u", map_type_name(kinds[i].attr.type), how);
			CHECK_MEM(&got, &want, sizeof(got));
			got = ask(&kinds[i], text.s, VM_FAST);
			CHECK_MEM(&got, &want, sizeof(got));
		}
	}
	str_done(&text);
}

/* All registers that a call keeps, and sums that are not computed yet, around one without a call. */
TEST_WITH(what_is_kept_around_an_element, TEST_NO_OOM)
{
	static const char text[] =
		"r6 = r1\n r7 = 77\n r8 = 88\n r9 = r6\n r9 += 5\n *(u32 *)(r10 - 4) = r6\n"
		"r1 = map[fd:1]\n r2 = r10\n r2 += -4\n r8 += r2\n r8 -= r10\n call 1\n"
		"if r0 != 0 goto found\n r0 = 1000\n goto out\n"
		"found: r0 = *(u64 *)(r0 + 0)\n out: r0 += r6\n r0 += r7\n r0 += r8\n r0 += r9\n exit";
	const struct map_attr a = {.type = MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8,
				   .max_entries = 4};
	struct vm_prog *p;
	struct world w;
	uint64_t v = 500, i;

	begin(&w);
	CHECK(!map_create(&a, &w.env, &w.map[0]));
	CHECK(!map_update(w.map[0], &(uint32_t){3}, &v, 0));
	p = load(&w, text, VM_JIT);
	for (i = 0; i < 8; i++)
		CHECK_EQ(run(&w, p, i), (i == 3 ? 500 : i < 4 ? 0 : 1000) + 2 * i + 5 + 77 + 84);
	CHECK_EQ(run(&w, p, UINT32_MAX), 1000 + 2ull * UINT32_MAX + 5 + 77 + 84);
	if (vm_prog_engine(p) == VM_JIT)
		CHECK_EQ(calls_in(p), 0);
	vm_unload(p);
	end(&w);
}

TEST_WITH(an_array_of_maps, TEST_NO_OOM)
{
	static const char text[] =
		"*(u32 *)(r10 - 4) = r1\n *(u32 *)(r10 - 8) = 1\n r1 = map[fd:2]\n r2 = r10\n r2 += -4\n"
		"call 1\n if r0 == 0 goto none\n r1 = r0\n r2 = r10\n r2 += -8\n call 1\n"
		"if r0 == 0 goto none\n r0 = *(u64 *)(r0 + 0)\n exit\n none: r0 = -1\n exit";
	static const enum vm_engine engines[] = {VM_CHECKED, VM_FAST, VM_JIT};
	struct map_attr inner = {.type = MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8,
				 .max_entries = 2};
	struct map_attr outer = {.type = MAP_TYPE_ARRAY_OF_MAPS, .key_size = 4, .value_size = 4,
				 .max_entries = 5};
	uint64_t v = 42;
	struct vm_prog *p;
	struct world w;
	unsigned i;

	begin(&w);
	CHECK(!map_create(&inner, &w.env, &w.map[0]));
	outer.inner = w.map[0];
	CHECK(!map_create(&outer, &w.env, &w.map[1]));
	CHECK(!map_update(w.map[0], &(uint32_t){1}, &v, 0));
	CHECK(!map_user_update(w.map[1], MAP_MAY_ALL, &(uint32_t){3}, &(uint32_t){0}, 0));
	for (i = 0; i < ARRAY_LEN(engines); i++) {
		p = load(&w, text, engines[i]);
		CHECK_EQ(run(&w, p, 3), 42);
		CHECK_EQ(run(&w, p, 2), UINT64_MAX);
		CHECK_EQ(run(&w, p, 5), UINT64_MAX);
		vm_unload(p);
	}
	end(&w);
}

/* ---- the world ---- */

TEST_WITH(fields_of_the_world, TEST_NO_OOM)
{
	static const int ids[] = {8, 14, 15, 35, 42, 158, 173, 174, 185, 7, 118, 5, 125, 160};
	enum { EXACT = 10 };
	uint64_t got[2][ARRAY_LEN(ids)];
	struct vm_prog *p;
	struct world w;
	struct str s;
	unsigned i, k;

	str_init(&s, 1000);
	for (i = 0; i < ARRAY_LEN(ids); i++) {
		for (k = 0; k < 2; k++) {
			begin(&w);
			w.world.cpu = 0x80000001;
			w.world.numa_node = 0x80000002;
			w.world.attach_cookie = 0x1234567890abcdef;
			w.world.func_ip = 0x2234567890abcdef;
			w.world.func_args = 0x80000003;
			w.world.task = (struct vm_task){.pid = 0x80000004, .tgid = 5, .uid = 0x80000006,
							.gid = 7, .address = 0x3234567890abcdef};
			str_reset(&s);
			str_addf(&s, "r6 = r1\n r1 = 3\n call %d\n r0 += r6\n exit", ids[i]);
			p = load(&w, s.s, k ? VM_JIT : VM_FAST);
			got[k][i] = run(&w, p, 1);
			vm_unload(p);
			end(&w);
		}
		test_note("helper %d", ids[i]);
		if (i < EXACT)
			CHECK_EQ(got[1][i], got[0][i]);
		else
			CHECK(got[1][i] - got[0][i] < 10000000000);
	}
	str_done(&s);
}
