/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Accesses that may fault: in an arena's window, and probes. Each instruction must do in an arena what
 * it does elsewhere, and nothing where there is no page; the kernel's arena is the referee of what casts
 * and arithmetic leave in registers.
 */
#include <linux/bpf.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "map/map.h"
#include "test.h"
#include "vm/vm.h"

enum { PAGE = 4096, PAGES = 4, OFF = 0x7f8, AREA = 32, OUT = 3 };

static const struct engine {
	const char *name;
	enum vm_engine engine;
	bool blind, baseline;
} engines[] = {
	{"checked", VM_CHECKED, false, false},
	{"fast", VM_FAST, false, false},
	{"jit", VM_JIT, false, false},
	{"jit blinded", VM_JIT, true, false},
	{"jit for any processor", VM_JIT, false, true},
};

struct place {
	struct map_env env;
	struct map *arena;
	uint8_t *page, *hole; /* user space's addresses: a page that is there, one that is not */
	uint32_t marked;      /* the instruction that is `access` */
	enum vm_access access;
};

static void begin(struct place *w, uint64_t extra, uint32_t flags)
{
	struct map_attr a = {.type = MAP_TYPE_ARENA, .max_entries = PAGES,
			     .flags = MAP_F_MMAPABLE | flags, .extra = extra};

	*w = (struct place){.env = {.cpus = 1, .kernel = ABI_KERNEL(6, 18)}};
	CHECK(!map_create(&a, &w->env, &w->arena));
	w->page = map_arena_alloc(w->arena, (uint8_t *)map_arena_base(w->arena) + PAGE, 1, 0);
	CHECK(w->page);
	w->hole = w->page + PAGE;
}

static void end(struct place *w)
{
	map_unref_user(w->arena);
	map_quiesce();
}

static int resolve(void *ctx, const struct isa_op *op, struct diag *d, uint64_t *ret_value)
{
	struct place *w = ctx;

	return vm_resolve_map(op, &w->arena, 1, d, ret_value);
}

static enum vm_access access_of(void *ctx, uint32_t pc)
{
	const struct place *w = ctx;

	return pc == w->marked ? w->access : VM_PLAIN;
}

/* We can show what we write. */
static void check_code(struct vm_code c)
{
	struct str s;
	size_t at, n;

	str_init(&s, 1 << 20);
	for (at = 0; at < c.size; at += n) {
		n = vm_native_dis(c.at + at, c.size - at, at, &s);
		CHECK(n);
	}
	str_done(&s);
}

static struct vm_prog *load(struct place *w, const struct insn *at, size_t n,
			    const struct engine *e, bool marks)
{
	struct vm_env env = {.resolve = resolve, .access = marks ? access_of : NULL, .ctx = w,
			     .blind = e->blind, .baseline = e->baseline};
	struct vm_prog *p;
	struct str why;
	struct diag d;

	diag_init(&d, 5);
	if (vm_load("program", at, n, e->engine, &env, &d, &p)) {
		str_init(&why, 4096);
		diag_render(&d, DIAG_PLAIN, &why);
		if (strstr(why.s, "not for this machine"))
			SKIP("%s", why.s);
		FAIL("%s", why.s);
	}
	diag_done(&d);
	check_code(vm_prog_code(p));
	return p;
}

static uint64_t run(const struct vm_prog *p, uint64_t r1, uint64_t *out, void *more, size_t more_n)
{
	struct vm_run run;
	uint64_t r0 = 0;

	CHECK(!vm_run_init(&run));
	CHECK(!vm_run_region(&run, out, OUT * sizeof(*out), true));
	if (more)
		CHECK(!vm_run_region(&run, more, more_n, true));
	CHECK(!vm_exec(&run, p, (const uint64_t[5]){r1, (uintptr_t)out}, &r0));
	vm_run_done(&run);
	return r0;
}

/* ---- every instruction that reaches memory ---- */

struct one {
	struct insn at[16];
	uint32_t n, pc;
};

static void put(struct one *o, struct insn i)
{
	o->at[o->n++] = i;
}

static void put_imm64(struct one *o, unsigned dst, uint64_t v)
{
	struct insn two[2];

	isa_ld_imm64(two, dst, 0, v);
	put(o, two[0]);
	put(o, two[1]);
}

/* r1: the address, r2: where r0, the base and the other register go; base and other are not r1, r2, r9. */
static void make_one(struct one *o, enum isa_id id, unsigned base, unsigned other, uint64_t seed)
{
	enum isa_form f = (enum isa_form)isa_row(id)->form;
	bool load = f == ISA_FORM_LDX || f == ISA_FORM_LOAD_ACQ;
	struct insn two[2], map[2];

	o->n = 0;
	isa_ld_imm64(map, 9, 1, 1); /* so that it has an arena */
	put(o, map[0]);
	put(o, map[1]);
	put(o, isa_mov64_reg(9, 2));
	put_imm64(o, 0, 0x1112131415161718);
	if (other != 0)
		put_imm64(o, other, 0x2122232425262728);
	put(o, isa_mov64_reg(base, 1));
	isa_sample(id, &seed, two);
	two[0].off = OFF;
	two[0].dst = (load ? other : base) & 15;
	two[0].src = (load ? base : f == ISA_FORM_ST ? 0 : other) & 15;
	o->pc = o->n;
	put(o, two[0]);
	put(o, isa_sub64_reg(base, 1));
	put(o, isa_stx(ISA_SIZE_DW, 9, 0, 0));
	put(o, isa_stx(ISA_SIZE_DW, 9, 8, base));
	put(o, isa_stx(ISA_SIZE_DW, 9, 16, other));
	put(o, isa_exit());
}

static bool reaches_memory(enum isa_id id)
{
	enum isa_form f = (enum isa_form)isa_row(id)->form;

	return isa_row(id)->kind == ISA_PUBLIC && f >= ISA_FORM_LDX && f <= ISA_FORM_STORE_REL;
}

static void fill(uint8_t *at)
{
	unsigned i;

	for (i = 0; i < AREA; i++)
		at[i] = (uint8_t)(0x87 + 29 * i);
	memcpy(at + 8, (const uint32_t[]){0x15161718, i % 2 ? 0x11121314 : 7}, 8);
}

static void check_one(struct place *w, enum isa_id id, unsigned base, unsigned other)
{
	static uint8_t plain[PAGE];
	uint64_t want[OUT], got[OUT], hole[OUT];
	bool loads = isa_row(id)->form == ISA_FORM_LDX;
	struct vm_prog *p;
	struct one o;
	unsigned e;

	make_one(&o, id, base, other, id);
	fill(plain + OFF - 8);
	w->access = VM_PLAIN;
	p = load(w, o.at, o.n, &engines[0], true);
	run(p, (uintptr_t)plain, want, plain, PAGE);
	vm_unload(p);
	w->access = VM_ARENA;
	w->marked = o.pc;
	for (e = 0; e < ARRAY_LEN(engines); e++) {
		test_note("%s r%u r%u, engine %s", isa_row(id)->name, base, other, engines[e].name);
		p = load(w, o.at, o.n, &engines[e], true);
		fill(w->page + OFF - 8);
		run(p, (uintptr_t)w->page, got, NULL, 0);
		if (other != base) {
			CHECK_MEM(got, want, sizeof(want));
			CHECK_MEM(w->page + OFF - 8, plain + OFF - 8, AREA);
		}
		run(p, (uintptr_t)w->hole, hole, NULL, 0);
		CHECK_EQ(hole[0], (loads && other == 0) || base == 0 ? 0
				  : id == ISA_ATOMIC_CMPXCHG32	     ? 0x15161718
								     : 0x1112131415161718);
		CHECK_EQ(hole[2] + (loads && other == base ? (uintptr_t)w->hole : 0),
			 loads	    ? 0
			 : other == 0 ? hole[0]
				    : 0x2122232425262728);
		vm_unload(p);
	}
}

TEST_WITH(every_access_in_an_arena, TEST_NO_OOM)
{
	static const uint8_t regs[][2] = {{3, 4}, {6, 7}, {8, 0}, {0, 5}, {5, 5}, {4, 8}, {7, 3}};
	struct place w;
	unsigned i;
	uint32_t id;

	begin(&w, 0, 0);
	for (id = ISA_NONE + 1; id < _ISA_MAX; id++) {
		for (i = 0; reaches_memory((enum isa_id)id) && i < ARRAY_LEN(regs); i++) {
			bool load = isa_row((enum isa_id)id)->form == ISA_FORM_LDX;

			/* what is stored is the address then, or what cmpxchg compares with */
			if (!load && (regs[i][0] == regs[i][1] ||
				      (!regs[i][0] && isa_row((enum isa_id)id)->form == ISA_FORM_CMPXCHG)))
				continue;
			check_one(&w, (enum isa_id)id, regs[i][0], regs[i][1]);
		}
	}
	end(&w);
}

/* What keeps its value where nothing is keeps one that was only a sum so far. */
TEST_WITH(sums_are_kept_where_nothing_is, TEST_NO_OOM)
{
	static const enum isa_id ids[] = {ISA_LOAD_ACQ_U64, ISA_LOAD_ACQ_U8, ISA_ATOMIC_FETCH_OR64,
					  ISA_ATOMIC_FETCH_ADD32, ISA_ATOMIC_XCHG64,
					  ISA_ATOMIC_CMPXCHG64};
	uint64_t out[OUT];
	struct place w;
	struct one o;
	unsigned i, e, reg;

	begin(&w, 0, 0);
	w.access = VM_ARENA;
	for (i = 0; i < ARRAY_LEN(ids); i++) {
		struct insn two[2];
		uint64_t seed = i;

		reg = ids[i] == ISA_ATOMIC_CMPXCHG64 ? 0 : 4;
		o.n = 0;
		isa_ld_imm64(two, 9, 1, 1);
		put(&o, two[0]);
		put(&o, two[1]);
		put_imm64(&o, 6, 0x3132333435363738);
		put(&o, isa_mov64_reg(reg, 6));
		put(&o, isa_add64_imm(reg, 5));
		isa_sample(ids[i], &seed, two);
		two[0].off = 8;
		two[0].dst = two[0].src = 4;
		if (i < 2)
			two[0].src = 1;
		else
			two[0].dst = 1;
		w.marked = o.n;
		put(&o, two[0]);
		put(&o, isa_mov64_reg(0, reg));
		put(&o, isa_exit());
		for (e = 0; e < ARRAY_LEN(engines); e++) {
			struct vm_prog *p = load(&w, o.at, o.n, &engines[e], true);

			test_note("%s, engine %s", isa_row(ids[i])->name, engines[e].name);
			CHECK_EQ(run(p, (uintptr_t)w.hole, out, NULL, 0), 0x313233343536373d);
			vm_unload(p);
		}
	}
	end(&w);
}

/* ---- probes ---- */

TEST_WITH(every_probe, TEST_NO_OOM)
{
	static uint8_t plain[PAGE];
	uint64_t bad[] = {0, PAGE, UINT64_C(0x8000000000000000), UINT64_MAX - PAGE, 0};
	uint64_t want[OUT], got[OUT];
	struct vm_prog *p;
	struct place w;
	struct one o;
	uint32_t id;
	unsigned e, i;

	begin(&w, 0, 0);
	bad[4] = (uintptr_t)w.hole;
	fill(plain + OFF - 8);
	for (id = ISA_NONE + 1; id < _ISA_MAX; id++) {
		if (!reaches_memory((enum isa_id)id) || isa_row((enum isa_id)id)->form != ISA_FORM_LDX)
			continue;
		make_one(&o, (enum isa_id)id, 3, 3 + id % 2, id);
		w.marked = o.pc;
		for (e = 0; e < ARRAY_LEN(engines); e++) {
			w.access = VM_PLAIN;
			p = load(&w, o.at, o.n, &engines[e], true);
			run(p, (uintptr_t)plain, want, plain, PAGE);
			vm_unload(p);
			w.access = VM_PROBE;
			p = load(&w, o.at, o.n, &engines[e], true);
			run(p, (uintptr_t)plain, got, plain, PAGE);
			CHECK_MEM(got, want, sizeof(got));
			for (i = 0; i < ARRAY_LEN(bad); i++) {
				test_note("%s at %llx, engine %s", isa_row((enum isa_id)id)->name,
					  (unsigned long long)bad[i], engines[e].name);
				run(p, bad[i], got, NULL, 0);
				CHECK_EQ(got[2] + (id % 2 ? 0 : bad[i]), 0);
			}
			vm_unload(p);
		}
	}
	end(&w);
}

/* Many programs, loaded and gone in any order: each one's places are found. */
TEST_WITH(probes_of_many_programs, TEST_NO_OOM)
{
	struct vm_prog *p[300] = {0};
	uint64_t seed = test_seed(), got[OUT];
	struct place w;
	struct one o;
	unsigned i, k;

	begin(&w, 0, 0);
	make_one(&o, ISA_LDX_U64, 3, 4, 1);
	w.marked = o.pc;
	w.access = VM_PROBE;
	for (i = 0; i < 3000; i++) {
		k = (unsigned)(test_random(&seed) % ARRAY_LEN(p));
		if (p[k]) {
			run(p[k], PAGE, got, NULL, 0);
			CHECK_EQ(got[2], 0);
			vm_unload(p[k]);
			p[k] = NULL;
		} else {
			p[k] = load(&w, o.at, o.n, &engines[2], true);
		}
	}
	for (i = 0; i < ARRAY_LEN(p); i++)
		vm_unload(p[i]);
	end(&w);
}

static sigjmp_buf back;
static volatile int asked;

static void on_segv(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)info, (void)context;
	asked++;
	siglongjmp(back, 1);
}

/* In a process of its own, where nobody has loaded a program that may fault. */
static void other_faults(void)
{
	struct sigaction mine = {.sa_sigaction = on_segv, .sa_flags = SA_SIGINFO}, theirs;
	struct vm_prog *p;
	uint64_t out[OUT];
	struct place w;
	struct one o;

	sigaction(SIGSEGV, &mine, &theirs);
	begin(&w, 0, 0);
	make_one(&o, ISA_LDX_U64, 3, 4, 1);
	w.marked = o.pc;
	w.access = VM_PROBE;
	p = load(&w, o.at, o.n, &engines[2], true);
	run(p, PAGE, out, NULL, 0);
	CHECK_EQ(asked, 0);
	if (!sigsetjmp(back, 1))
		*(volatile char *)w.hole = 1;
	CHECK_EQ(asked, 1);
	run(p, PAGE, out, NULL, 0);
	CHECK_EQ(asked, 1);
	vm_unload(p);
	end(&w);
	sigaction(SIGSEGV, &theirs, NULL);
}

/* What happens elsewhere is for who was asked before. */
TEST_WITH(other_faults_go_to_others, TEST_NO_OOM)
{
	const char *argv[] = {NULL, "--here", "=vm_arena/other_faults_go_to_others", NULL};
	const char *list[] = {NULL, "--list", "no such test", NULL};
	struct str out, err;
	char self[4096];
	ssize_t n;

	if (getenv("SKEP_TEST_FAULTS")) {
		other_faults();
		return;
	}
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	CHECK(n > 0);
	self[n] = 0;
	argv[0] = list[0] = self;
	if (test_spawn(list, NULL, 0, NULL, NULL)) /* under qemu-user without binfmt_misc */
		SKIP("the driver cannot be started from itself here");
	str_init(&out, 1 << 20);
	str_init(&err, 1 << 20);
	setenv("SKEP_TEST_FAULTS", "1", 1);
	if (test_spawn(argv, NULL, 0, &out, &err))
		FAIL("%s%s", out.s, err.s);
	str_done(&out);
	str_done(&err);
}

/* ---- casts, and what follows from them ---- */

static struct isa_code assemble(const char *text)
{
	struct src s = {"text", text, (uint32_t)strlen(text)};
	struct isa_code code;
	struct str why;
	struct diag d;

	diag_init(&d, 5);
	if (isa_assemble(&s, &(struct isa_asm){0}, &d, &code)) {
		str_init(&why, 4096);
		diag_render(&d, DIAG_PLAIN, &why);
		FAIL("%s", why.s);
	}
	diag_done(&d);
	return code;
}

/* r1: a user's address of a page; r0 is what is compared, and the page's first bytes. */
static const char *const casting[] = {
	/* there and back */
	"r6 = map[fd:1]\n r7 = r1\n r1 = addr_space_cast(r1, 0, 1)\n *(u64 *)(r1 + 0) = 1\n"
	"*(u32 *)(r1 + 8) = r7\n r2 = addr_space_cast(r1, 1, 0)\n r2 ^= r7\n r0 = r2\n"
	"*(u64 *)(r1 + 16) = r1\n r3 = *(u64 *)(r1 + 8)\n r0 += r3\n exit",
	/* nothing is nothing in each space, and can be read */
	"r6 = map[fd:1]\n r2 = 0\n r2 = addr_space_cast(r2, 1, 0)\n r0 = r2\n"
	"r3 = 0x100000000 ll\n r3 = addr_space_cast(r3, 1, 0)\n r0 += r3\n"
	"r2 = addr_space_cast(r2, 0, 1)\n r4 = *(u64 *)(r2 + 8)\n r0 += r4\n r0 += 5\n exit",
	/* sums of pointers have 32 bits */
	"r6 = map[fd:1]\n r2 = r1\n r2 = addr_space_cast(r2, 0, 1)\n r3 = r2\n r3 += -16\n"
	"r4 = 0x100000020 ll\n r4 += r2\n r5 = r2\n r5 += 40\n *(u64 *)(r2 + 0) = r3\n"
	"*(u64 *)(r2 + 8) = r4\n *(u64 *)(r5 + 0) = r5\n r0 = *(u64 *)(r4 + 8)\n r0 -= r2\n exit",
	/* spilled, in a function, around a loop */
	"r6 = map[fd:1]\n r1 = addr_space_cast(r1, 0, 1)\n *(u64 *)(r10 - 8) = r1\n r2 = 3\n call fill\n"
	"r8 = *(u64 *)(r10 - 8)\n r9 = 5\n r0 = 0\n"
	"again: r3 = *(u32 *)(r8 + 0)\n r0 += r3\n r8 += 4\n r9 += -1\n if r9 != 0 goto again\n exit\n"
	"fill: *(u32 *)(r1 + 0) = r2\n r2 += 1\n r1 += 4\n if r2 != 9 goto fill\n r0 = 0\n exit",
	/* where no page is; r0 of the load, and of what is not swapped */
	"r6 = map[fd:1]\n r1 = addr_space_cast(r1, 0, 1)\n r1 += 4096\n r2 = 77\n r2 = *(u32 *)(r1 + 4)\n"
	"*(u64 *)(r1 + 0) = 3\n r3 = 9\n r3 = xchg_64(r1 + 0, r3)\n r0 = r2\n r0 += r3\n"
	"r4 = 4\n r4 = atomic_fetch_add((u64 *)(r1 + 0), r4)\n r0 += r4\n exit",
	/* a load that acquires leaves its register there, and so do all that fetch */
	"r6 = map[fd:1]\n r1 = addr_space_cast(r1, 0, 1)\n *(u64 *)(r1 + 0) = 6\n r2 = 5\n r3 = 4\n"
	"r2 = load_acquire((u64 *)(r1 + 4096))\n r3 = load_acquire((u64 *)(r1 + 0))\n"
	"store_release((u64 *)(r1 + 4096), r3)\n store_release((u32 *)(r1 + 4), r2)\n"
	"r0 = r2\n r0 *= 10\n r0 += r3\n exit",
	/* atomics where there is one */
	"r6 = map[fd:1]\n r1 = addr_space_cast(r1, 0, 1)\n *(u64 *)(r1 + 0) = 12\n r3 = 9\n"
	"r3 = atomic_fetch_add((u64 *)(r1 + 0), r3)\n r4 = 2\n r4 = atomic_fetch_add((u64 *)(r1 + 0), r4)\n"
	"r0 = 23\n r5 = 50\n r0 = cmpxchg_64(r1 + 0, r0, r5)\n r0 *= 100\n r0 += r3\n r0 *= 100\n r0 += r4\n exit",
};

enum { SEEN = 64 };
struct seen {
	uint64_t r0;
	uint8_t page[SEEN];
};

static void cast_here(const struct isa_code *code, const struct engine *e, uint64_t extra,
		      uint32_t flags, struct seen *ret)
{
	struct vm_prog *p;
	uint64_t out[OUT];
	struct place w;

	begin(&w, extra, flags);
	p = load(&w, code->at, code->n, e, false);
	ret->r0 = (uint32_t)run(p, (uintptr_t)w.page, out, NULL, 0);
	memcpy(ret->page, w.page, SEEN);
	vm_unload(p);
	end(&w);
}

static long bpf(int cmd, union bpf_attr *a)
{
	return syscall(SYS_bpf, cmd, a, sizeof(*a));
}

/* The same in the kernel's arena, at the same address. */
static void cast_kernel(const struct isa_code *code, uint64_t extra, uint32_t flags,
			struct seen *ret)
{
	enum { ARENA = 33, SYSCALL = 31 };
	static char log[1 << 16];
	uint64_t ctx = extra + PAGE;
	struct insn at[128] = {isa_ldx(ISA_SIZE_DW, 1, 1, 0)};
	union bpf_attr a = {.map_type = ARENA, .max_entries = PAGES, .map_flags = MAP_F_MMAPABLE | flags,
			    .map_extra = extra};
	int map = (int)bpf(BPF_MAP_CREATE, &a), prog;
	uint8_t *page;
	size_t i;

	if (map < 0)
		SKIP("no arena in this kernel: %s", strerror(errno));
	page = mmap((void *)(uintptr_t)extra, PAGES * PAGE, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_FIXED_NOREPLACE, map, 0);
	CHECK(page != MAP_FAILED);
	page[PAGE] = 0; /* which allocates it */
	memcpy(at + 1, code->at, code->n * sizeof(*at));
	for (i = 1; i <= code->n; i++)
		if (isa_is_ld_imm64(&at[i]) && at[i].src)
			at[i].imm = map;
	a = (union bpf_attr){.prog_type = SYSCALL, .insns = (uintptr_t)at,
			     .insn_cnt = (uint32_t)code->n + 1, .license = (uintptr_t) "GPL",
			     .prog_flags = BPF_F_SLEEPABLE, .log_buf = (uintptr_t)log,
			     .log_size = sizeof(log), .log_level = 1};
	prog = (int)bpf(BPF_PROG_LOAD, &a);
	if (prog < 0)
		FAIL("%s", log);
	a = (union bpf_attr){.test = {.prog_fd = (uint32_t)prog, .ctx_in = (uintptr_t)&ctx,
				      .ctx_size_in = sizeof(ctx)}};
	CHECK(!bpf(BPF_PROG_TEST_RUN, &a));
	ret->r0 = a.test.retval;
	memcpy(ret->page, page + PAGE, SEEN);
	munmap(page, PAGES * PAGE);
	close(prog);
	close(map);
}

TEST_WITH(casts_against_the_kernel, TEST_NO_OOM)
{
	const uint64_t extra = UINT64_C(0x123456700000);
	struct seen want, got;
	struct isa_code code;
	unsigned i, e, conv;

	if (test_bpf_missing())
		SKIP("%s", test_bpf_missing());
	for (i = 0; i < ARRAY_LEN(casting); i++) {
		code = assemble(casting[i]);
		for (conv = 0; conv < 2; conv++) {
			cast_kernel(&code, extra, conv ? MAP_F_NO_USER_CONV : 0, &want);
			for (e = 0; e < ARRAY_LEN(engines); e++) {
				cast_here(&code, &engines[e], extra, conv ? MAP_F_NO_USER_CONV : 0, &got);
				test_note("program %u, engine %s", i, engines[e].name);
				CHECK_EQ(got.r0, want.r0);
				CHECK_MEM(got.page, want.page, SEEN);
			}
		}
		isa_code_done(&code);
	}
}

TEST_WITH(casts_against_each_other, TEST_NO_OOM)
{
	static const uint32_t results[] = {0, 5, 0, 3 + 4 + 5 + 6 + 7, 9 + 4, 56, 231221};
	struct isa_code code;
	struct seen got;
	unsigned i, e;

	for (i = 0; i < ARRAY_LEN(casting); i++) {
		if (i == 0 || i == 2) /* which answer with addresses */
			continue;
		code = assemble(casting[i]);
		for (e = 0; e < ARRAY_LEN(engines); e++) {
			cast_here(&code, &engines[e], 0, 0, &got);
			test_note("program %u, engine %s", i, engines[e].name);
			CHECK_EQ(got.r0, results[i]);
		}
		isa_code_done(&code);
	}
}

static int kfunc(void *ctx, const struct isa_op *op, struct diag *d, vm_helper_fn *ret_fn)
{
	(void)ctx, (void)d;
	*ret_fn = vm_kfunc_default(op->imm == 1 ? "bpf_arena_alloc_pages" : "bpf_arena_free_pages");
	return *ret_fn ? 0 : -ENOENT;
}

/* What a program with a world answers; r1 is 0. */
static uint64_t run_in_world(struct place *w, const char *text, enum vm_engine engine)
{
	struct vm_env env = {.resolve = resolve, .kfunc = kfunc, .ctx = w};
	struct isa_code code = assemble(text);
	struct vm_world world;
	struct vm_prog *p;
	struct vm_run run;
	uint64_t r0 = 0;

	env.helper = vm_helpers_default(&env.helpers);
	vm_world_init(&world, NULL, NULL, 1);
	CHECK(!vm_load("program", code.at, code.n, engine, &env, NULL, &p));
	CHECK(!vm_run_init(&run));
	run.world = &world;
	CHECK(!vm_exec(&run, p, (const uint64_t[5]){0}, &r0));
	vm_run_done(&run);
	vm_unload(p);
	vm_world_done(&world);
	isa_code_done(&code);
	return r0;
}

/* Three of the four pages are free: two at once, the last, none; what is given back reads as 0. */
TEST_WITH(programs_allocate_pages, TEST_NO_OOM)
{
	static const char text[] =
		"r6 = 0\n r1 = map[fd:1]\n r2 = 0\n r3 = 1\n r4 = -1\n r5 = 0\n call kernel-function#1\n"
		"if r0 == 0 goto fail\n r7 = r0\n"
		"r1 = map[fd:1]\n r2 = r7\n r3 = 1\n r4 = -1\n r5 = 0\n call kernel-function#1\n if r0 != 0 goto fail\n"
		"r1 = map[fd:1]\n r2 = 0\n r3 = 3\n r4 = -1\n r5 = 0\n call kernel-function#1\n if r0 != 0 goto fail\n"
		"r1 = map[fd:1]\n r2 = 0\n r3 = 2\n r4 = 0\n r5 = 0\n call kernel-function#1\n if r0 == 0 goto fail\n"
		"r8 = addr_space_cast(r0, 0, 1)\n *(u64 *)(r8 + 4096) = 5\n r9 = *(u64 *)(r8 + 4096)\n"
		"r1 = map[fd:1]\n r2 = r0\n r3 = 2\n call kernel-function#2\n r0 = *(u64 *)(r8 + 4096)\n"
		"r0 *= 10\n r0 += r9\n r9 = r0\n"
		"r1 = map[fd:1]\n r2 = r7\n r3 = 1\n call kernel-function#2\n r0 = r9\n exit\n fail: r0 = -1\n exit";
	struct place w;
	unsigned e;

	begin(&w, 0, 0);
	for (e = 0; e < ARRAY_LEN(engines); e++)
		CHECK_EQ(run_in_world(&w, text, engines[e].engine), 5);
	end(&w);
}

/* Helpers that read what is not there answer so, and harm nobody. */
TEST_WITH(helpers_read_what_is_not_there, TEST_NO_OOM)
{
	static const int helpers[] = {4, 112, 113, 45, 114, 115};
	static const int64_t want[] = {-EFAULT, -EFAULT, -ERANGE, -EFAULT, -EFAULT, -ERANGE};
	struct place w;
	struct str s;
	unsigned e, i;

	begin(&w, 0, 0);
	str_init(&s, 1000);
	for (i = 0; i < ARRAY_LEN(helpers); i++) {
		str_reset(&s);
		str_addf(&s, "*(u64 *)(r10 - 8) = 7\n r1 = r10\n r1 += -8\n r2 = 8\n r3 = %#llx ll\n call %d\n"
			     "r1 = *(u64 *)(r10 - 8)\n if r1 == 0 goto +1\n r0 = 1\n exit",
			 (unsigned long long)(uintptr_t)w.hole, helpers[i]);
		for (e = 0; e < ARRAY_LEN(engines); e++)
			CHECK_EQ(run_in_world(&w, s.s, engines[e].engine), want[i]);
	}
	str_done(&s);
	end(&w);
}

/* Whatever allocation fails: what was made is unmade. */
TEST(loading_what_may_fault)
{
	struct map_attr a = {.type = MAP_TYPE_ARENA, .max_entries = PAGES, .flags = MAP_F_MMAPABLE};
	struct place w = {.env = {.cpus = 1, .kernel = ABI_KERNEL(6, 18)}, .access = VM_PROBE};
	struct vm_env env = {.resolve = resolve, .ctx = &w};
	struct isa_code code;
	struct vm_prog *p;
	struct src s = {"text", casting[3], (uint32_t)strlen(casting[3])};
	unsigned e;

	if (map_create(&a, &w.env, &w.arena))
		return;
	for (e = 0; e < ARRAY_LEN(engines); e++) {
		if (isa_assemble(&s, &(struct isa_asm){0}, NULL, &code))
			break;
		if (!vm_load("program", code.at, code.n, engines[e].engine, &env, NULL, &p))
			vm_unload(p);
		isa_code_done(&code);
	}
	map_unref_user(w.arena);
	map_quiesce();
}

TEST(a_cast_needs_an_arena)
{
	struct isa_code code;
	struct vm_env env = {0};
	struct vm_prog *p;
	struct src s = {"text", "r1 = addr_space_cast(r1, 0, 1)\n r0 = 0\n exit", 44};

	if (isa_assemble(&s, &(struct isa_asm){0}, NULL, &code))
		return;
	CHECK(vm_load("program", code.at, code.n, VM_FAST, &env, NULL, &p) < 0);
	isa_code_done(&code);
}
