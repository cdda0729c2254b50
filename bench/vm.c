/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vm [-l | -c] [WORKLOAD...]: how fast programs run, side by side: the workloads of bench/programs as
 * native code of the host's compiler, in the kernel's JIT, and in our engines; then what calls and
 * compiling cost.
 *
 * All take turns, round by round, for some milliseconds each; the figure is the median round in CPU
 * time (the kernel's own measure for the kernel's, without what its loop costs around an empty
 * program). Where code happens to lie can double a time, so native code and JITs run LAYOUTS times,
 * each shifted by 16 bytes, and the best layout counts. -l shows all of them; -c only compiles.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "vm/vm.h"

enum { LAYOUTS = 4, ROUNDS = 61, ROUND_NS = 1000000, PACKET = 1500 };

static uint64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "vm: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	return v[n / 2];
}

/* ---- the workloads ---- */

static uint64_t count;

static __attribute__((noinline)) uint64_t count_up(struct vm_run *run, uint64_t r1, uint64_t r2,
						   uint64_t r3, uint64_t r4, uint64_t r5)
{
	__asm__ volatile("" : : "r"(run), "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5));
	return count++;
}

#define CALL_HELPER() count_up(NULL, 0, 0, 0, 0, 0)
#include "programs/calls.c"
#include "programs/copy.c"
#include "programs/csum.c"
#include "programs/empty.c"
#include "programs/fib.c"
#include "programs/hash.c"
#include "programs/helper.c"
#include "programs/parse.c"
#include "programs/prime.c"
#include "programs/stack.c"

typedef u64 (*native_fn)(u8 *at, u8 *end);

/* Instructions in front of a function move it, which is all they do. */
#define LAYOUT(name, k)                                                                            \
	static __attribute__((noinline, aligned(64),                                               \
			      patchable_function_entry(16 * (k), 16 * (k))))                       \
	u64 name##_##k(u8 *at, u8 *end)                                                            \
	{                                                                                          \
		return name(at, end);                                                              \
	}
#define WORKLOADS(W)                                                                               \
	W(empty) W(fib) W(prime) W(csum) W(copy) W(parse) W(hash) W(stack) W(calls) W(helper)
#define NATIVE(name) LAYOUT(name, 0) LAYOUT(name, 1) LAYOUT(name, 2) LAYOUT(name, 3)
WORKLOADS(NATIVE)

enum { COMPUTING = 7 }; /* how many workloads the mean is of: those between `empty` and `calls` */

static const struct workload {
	const char *name;
	native_fn native[LAYOUTS];
} workloads[] = {
#define ROW(name) {#name, {name##_0, name##_1, name##_2, name##_3}},
	WORKLOADS(ROW)};

/* ---- what runs them ---- */

enum engine { NATIVE_CODE, KERNEL, JIT, JIT_UNMETERED, FAST, CHECKED, ENGINES };

static const struct {
	const char *name;
	enum vm_engine engine;
	int layouts;
	bool unmetered;
} engines[ENGINES] = {
	[NATIVE_CODE] = {"native", 0, LAYOUTS, false},
	[KERNEL] = {"kernel", 0, LAYOUTS, false},
	[JIT] = {"jit", VM_JIT, LAYOUTS, false},
	[JIT_UNMETERED] = {"unmetered", VM_JIT, LAYOUTS, true},
	[FAST] = {"fast", VM_FAST, 1, false},
	[CHECKED] = {"checked", VM_CHECKED, 1, false},
};

struct contender {
	enum engine engine;
	native_fn native;
	struct vm_prog *prog;
	int fd;                  /* in the kernel; -1: it was refused */
	double ns[ROUNDS], time; /* for one run */
};

static struct vm_run run;
static uint8_t packet[PACKET];

static struct isa_code assemble(const char *name)
{
	char path[256];
	struct isa_asm how = {0};
	struct isa_code code;
	struct file f;
	struct src s;
	struct diag d;

	diag_init(&d, 1);
	snprintf(path, sizeof(path), "bench/programs/%s.s", name);
	errno = ENOENT;
	if (file_read(path, 1 << 20, &d, &f))
		die(path);
	s = (struct src){path, (const char *)f.data, (uint32_t)f.size};
	errno = EINVAL;
	if (isa_assemble(&s, &how, &d, &code))
		die(path);
	file_done(&f);
	diag_done(&d);
	return code;
}

/* With instructions in front that move what follows; for the kernel r1 is a struct xdp_md. */
static size_t in_layout(const struct isa_code *code, int layout, bool kernel, struct insn *to)
{
	size_t n = 0;
	int i;

	for (i = 0; i < 8 * layout; i++) /* two bytes each */
		to[n++] = isa_mov32_imm(0, 0);
	if (kernel) {
		to[n++] = isa_ldx(ISA_SIZE_W, 2, 1, 4);
		to[n++] = isa_ldx(ISA_SIZE_W, 1, 1, 0);
	}
	memcpy(to + n, code->at, code->n * sizeof(*to));
	return n + code->n;
}

static int load_kernel(const struct insn *at, size_t n)
{
	union bpf_attr a = {.prog_type = BPF_PROG_TYPE_XDP,
			    .insns = (uintptr_t)at,
			    .insn_cnt = (uint32_t)n,
			    .license = (uintptr_t) "GPL"};

	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &a, sizeof(a));
}

static struct vm_prog *load_ours(const struct insn *at, size_t n, enum engine e)
{
	static const struct vm_helper helpers[] = {{7, "count", count_up}};
	struct vm_env env = {.helper = helpers, .helpers = 1, .unmetered = engines[e].unmetered};
	struct vm_prog *p;

	errno = EINVAL;
	if (vm_load("bench", at, n, engines[e].engine, &env, NULL, &p))
		die("vm_load");
	return p;
}

static struct contender prepare(const struct workload *w, enum engine e, int layout)
{
	struct contender c = {.engine = e, .native = w->native[layout], .fd = -1};
	static struct insn at[1000];
	struct isa_code code;
	size_t n;

	if (e == NATIVE_CODE)
		return c;
	code = assemble(w->name);
	n = in_layout(&code, layout, e == KERNEL, at);
	if (e == KERNEL)
		c.fd = load_kernel(at, n);
	else
		c.prog = load_ours(at, n, e);
	isa_code_done(&code);
	return c;
}

static void run_ours(const struct vm_prog *p, uint64_t *ret_r0)
{
	uint64_t arg[5] = {(uintptr_t)packet, (uintptr_t)(packet + PACKET)};

	if (vm_exec(&run, p, arg, ret_r0)) {
		struct str s;

		str_init(&s, 1000);
		vm_fault_text(&run.fault, &s);
		fprintf(stderr, "vm: %s\n", s.s);
		exit(1);
	}
}

static double run_kernel(int fd, uint32_t times, uint32_t *ret_value)
{
	static uint8_t out[PACKET];
	union bpf_attr a = {.test = {.prog_fd = (uint32_t)fd,
				     .data_in = (uintptr_t)packet,
				     .data_size_in = PACKET,
				     .data_out = (uintptr_t)out,
				     .data_size_out = PACKET,
				     .repeat = times}};

	if (syscall(SYS_bpf, BPF_PROG_TEST_RUN, &a, sizeof(a)))
		die("BPF_PROG_TEST_RUN");
	*ret_value = a.test.retval;
	return a.test.duration;
}

/* ns for one run, of `times` */
static double measure(struct contender *c, uint32_t times)
{
	uint64_t begin, r0;
	uint32_t i, value;

	if (c->engine == KERNEL)
		return run_kernel(c->fd, times, &value);
	begin = now(CLOCK_THREAD_CPUTIME_ID);
	for (i = 0; i < times; i++) {
		if (c->engine == NATIVE_CODE)
			c->native(packet, packet + PACKET);
		else
			run_ours(c->prog, &r0);
	}
	return (double)(now(CLOCK_THREAD_CPUTIME_ID) - begin) / times;
}

static uint64_t result(struct contender *c)
{
	uint32_t value;
	uint64_t r0 = 0;

	if (c->engine == NATIVE_CODE)
		return c->native(packet, packet + PACKET);
	if (c->engine == KERNEL)
		return run_kernel(c->fd, 1, &value), value;
	run_ours(c->prog, &r0);
	return r0;
}

/* ---- one workload ---- */

struct row {
	double best[ENGINES], all[ENGINES][LAYOUTS];
};

static void race(struct contender *c, int n)
{
	uint32_t times[ENGINES * LAYOUTS];
	int i, round;

	for (i = 0; i < n; i++)
		times[i] = (uint32_t)(ROUND_NS / (measure(&c[i], 10) + 1)) + 1;
	for (round = 0; round < ROUNDS; round++)
		for (i = 0; i < n; i++)
			c[(i + round) % n].ns[round] =
				measure(&c[(i + round) % n], times[(i + round) % n]);
}

static void fill_packet(void)
{
	static const uint8_t frame[5][72] = {
		{[12] = 8,
		 0,
		 0x45,
		 [23] = 6,
		 [36] = 1,
		 0xbb,
		 [46] = 0x60,
		 2,
		 [54] = 1,
		 1,
		 2,
		 4,
		 5,
		 0xb4},
		{[12] = 8, 0, 0x45, [23] = 17, [36] = 0, 53},
		{[12] = 0x86, 0xdd, 0x60, [20] = 6, [56] = 0x1f, 0x90, [67] = 0x10},
		{[12] = 0x81, 0, [16] = 8, 0, 0x46, [27] = 1, [42] = 8},
		{[12] = 8, 6},
	};
	unsigned i;

	for (i = 0; i < PACKET; i++)
		packet[i] = (uint8_t)(i * 7 + 3);
	for (i = 0; i < 15; i++)
		memcpy(packet + i * 96, frame[i % 5], sizeof(frame[0]));
}

static struct row run_workload(const struct workload *w, bool kernel)
{
	static struct contender c[ENGINES * LAYOUTS];
	struct row row = {0};
	int n = 0, e, k;
	uint64_t want;

	for (e = 0; e < ENGINES; e++)
		for (k = 0; k < engines[e].layouts && (kernel || e != KERNEL); k++) {
			c[n] = prepare(w, (enum engine)e, k);
			if (e != KERNEL || c[n].fd >= 0)
				n++;
		}
	fill_packet();
	want = result(&c[0]);
	for (k = 0; k < n; k++) {
		fill_packet();
		if (result(&c[k]) != want) {
			fprintf(stderr, "vm: %s: %s disagrees\n", w->name,
				engines[c[k].engine].name);
			exit(1);
		}
	}
	race(c, n);
	for (k = 0; k < n; k++) {
		int layout = 0;

		e = (int)c[k].engine;
		c[k].time = median(c[k].ns, ROUNDS);
		while (row.all[e][layout] != 0 && layout < LAYOUTS - 1)
			layout++;
		row.all[e][layout] = c[k].time;
		if (row.best[e] == 0 || c[k].time < row.best[e])
			row.best[e] = c[k].time;
		if (c[k].fd >= 0)
			close(c[k].fd);
		vm_unload(c[k].prog);
	}
	return row;
}

/* ---- all of them ---- */

static double root(double v, int n) /* Newton's; v >= 0 */
{
	double x = v > 1 ? v : 1, power;
	int i, step;

	for (step = 0; step < 200; step++) {
		for (power = 1, i = 1; i < n; i++)
			power *= x;
		x -= (power * x - v) / (n * power);
	}
	return x;
}

static void print_row(const struct workload *w, const struct row *r, bool layouts)
{
	int e, k;

	printf("%-8s", w->name);
	for (e = 0; e < ENGINES; e++)
		printf(" %9.1f", r->best[e]);
	printf("  ");
	for (e = 1; e < ENGINES; e++)
		printf(" %9.2f", r->best[e] / r->best[NATIVE_CODE]);
	putchar('\n');
	for (e = 0; layouts && e < ENGINES; e++) {
		printf("  %-10s", engines[e].name);
		for (k = 0; k < engines[e].layouts; k++)
			printf(" %9.1f", r->all[e][k]);
		putchar('\n');
	}
}

static bool wanted(const char *name, char *const *names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (!strcmp(*names, name))
			return true;
	return !strcmp(name, "empty");
}

static void run_all(bool layouts, bool kernel, char *const *names)
{
	struct row rows[ARRAY_LEN(workloads)];
	double product[ENGINES] = {1, 1, 1, 1, 1, 1};
	size_t i;
	int e;

	printf("%-8s", "ns/run");
	for (e = 0; e < ENGINES; e++)
		printf(" %9s", engines[e].name);
	printf("   ratio to native\n");
	for (i = 0; i < ARRAY_LEN(workloads); i++) {
		if (!wanted(workloads[i].name, names))
			continue;
		rows[i] = run_workload(&workloads[i], kernel);
		if (i) /* the kernel's loop around each run */
			rows[i].best[KERNEL] -= rows[0].best[KERNEL];
		print_row(&workloads[i], &rows[i], layouts);
		fflush(stdout);
		for (e = 0; i >= 1 && i <= COMPUTING && e < ENGINES; e++)
			product[e] *= rows[i].best[e] / rows[i].best[NATIVE_CODE];
	}
	if (*names)
		return;
	printf("geometric mean of the first %d ratios after `empty`:", COMPUTING);
	for (e = 1; e < ENGINES; e++)
		printf("  %s %.2f", engines[e].name, root(product[e], COMPUTING));
	printf("\nns per call:      local   helper\n");
	for (e = 0; e < ENGINES; e++)
		printf("  %-12s %8.2f %8.2f\n", engines[e].name,
		       (rows[COMPUTING + 1].best[e] - (e == KERNEL ? 0 : rows[0].best[e])) / 501,
		       (rows[COMPUTING + 2].best[e] - (e == KERNEL ? 0 : rows[0].best[e])) / 256);
}

/* ---- compiling ---- */

/* Something of everything that compilers write. */
static void straight_line(struct insn *at, size_t n)
{
	size_t i;

	for (i = 0; i + 1 < n; i++) {
		unsigned r = (unsigned)i % 9, s = (unsigned)(i * 5 + 1) % 9;

		switch (i % 8) {
		case 0:
			at[i] = isa_mov64_reg(r, s);
			break;
		case 1:
			at[i] = isa_add64_imm(r, (int32_t)i);
			break;
		case 2:
			at[i] = isa_ldx(ISA_SIZE_DW, r, ISA_REG_FP, -8);
			break;
		case 3:
			at[i] = isa_xor64_reg(r, s);
			break;
		case 4:
			at[i] = isa_stx(ISA_SIZE_W, ISA_REG_FP, -16, r);
			break;
		case 5:
			at[i] = isa_lsh32_imm(r, 3);
			break;
		case 6:
			at[i] = i + 8 < n ? isa_jgt64_imm(r, 10, 4) : isa_mov32_imm(r, 1);
			break;
		case 7:
			at[i] = isa_and32_imm(r, 255);
			break;
		}
	}
	at[n - 1] = isa_exit();
}

static double load_time(const struct insn *at, size_t n, enum vm_engine engine)
{
	enum { TIMES = 31 };
	struct vm_env env = {0};
	double ns[TIMES];
	struct vm_prog *p;
	int i;

	for (i = 0; i < TIMES; i++) {
		uint64_t begin = now(CLOCK_THREAD_CPUTIME_ID);

		if (vm_load("bench", at, n, engine, &env, NULL, &p))
			die("vm_load");
		ns[i] = (double)(now(CLOCK_THREAD_CPUTIME_ID) - begin);
		vm_unload(p);
	}
	return median(ns, TIMES);
}

static void time_compiling(void)
{
	static const size_t sizes[] = {2, 16, 256, 4096, 65536, 1000000};
	struct insn *at = malloc(1000000 * sizeof(*at));
	double fast, jit;
	size_t i;

	printf("instructions   load fast   load jit   compile   compile/instruction\n");
	for (i = 0; i < ARRAY_LEN(sizes); i++) {
		straight_line(at, sizes[i]);
		fast = load_time(at, sizes[i], VM_FAST);
		jit = load_time(at, sizes[i], VM_JIT);
		printf("%12zu %8.1f us %7.1f us %6.1f us %10.1f ns\n", sizes[i], fast / 1e3,
		       jit / 1e3, (jit - fast) / 1e3, (jit - fast) / (double)sizes[i]);
	}
	free(at);
}

int main(int argc, char **argv)
{
	bool layouts = argc > 1 && !strcmp(argv[1], "-l");
	char **names = argv + 1 + layouts;
	struct insn least[2] = {isa_mov64_imm(0, 2), isa_exit()};
	int fd;

	if (argc == 2 && !strcmp(argv[1], "-c")) {
		time_compiling();
		return 0;
	}
	fd = load_kernel(least, 2);

	if (fd < 0)
		printf("without the kernel's figures: %s\n", strerror(errno));
	else
		close(fd);
	if (vm_run_init(&run))
		die("vm_run_init");
	if (vm_run_region(&run, packet, PACKET, true))
		die("vm_run_region");
	run_all(layouts, fd >= 0, names);
	if (!*names)
		time_compiling();
	vm_run_done(&run);
	return 0;
}
