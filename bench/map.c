/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * map: what an operation on a map costs a program, ours and the kernel's in one run.
 *
 * Both run the same program, ours in the JIT, the kernel's by BPF_PROG_TEST_RUN: OPS operations in a
 * loop, and the empty loop, whose time is taken off. The four take turns, round by round; the least of
 * each counts. Then two threads on two CPUs do the same to one map: the figure
 * is how many times the runs of one thread they get done.
 *
 * Without bpf(2) only ours is shown. Nothing is asserted: times depend on who else uses the machine.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "map/map.h"
#include "vm/vm.h"

enum {
	OPS = 256,
	FILL = 1024,
	ROUNDS = 31,
	ROUND_NS = 400000,
	RING = 1 << 19,
	SPREAD = 0x1e3779b1
};

/* ---- what is measured ---- */

/* What goes into the loop: r6 counts; `keys` leaves the key in r1, `op` finds it at r10 - 16 and a value
 * at r10 - 24. */
#define AT_KEY   "r2 = r10\nr2 += -16\n"
#define AT_VALUE "r3 = r10\nr3 += -24\n"
#define USE      "if r0 == 0 goto next\nr1 = *(u64 *)(r0 +0)\nr8 += r1\n"
#define LOOKUP   AT_KEY "r1 = map[fd:1]\ncall 1\n" USE
#define UPDATE   AT_KEY AT_VALUE "r1 = map[fd:1]\nr4 = 0\ncall 2\n"
#define INDEX    "r1 = r6\n"
#define HASHED   "w1 = w6\nw1 *= 0x1e3779b1\n"
#define ABSENT   "w1 = w6\nw1 += 100000\nw1 *= 0x1e3779b1\n"
#define FRESH    "r1 = *(u64 *)(r7 +0)\nr1 += 1\n*(u64 *)(r7 +0) = r1\n"
#define ADDRESS  HASHED "r1 = be32 r1\nr1 <<= 32\nr1 |= 32\n"

static const struct workload {
	const char *name;
	uint32_t type, key, value, max, flags, fill;
	const char *keys, *op;
} workloads[] = {
	{"array lookup", MAP_TYPE_ARRAY, 4, 8, 1024, 0, 0, INDEX, LOOKUP},
	{"per-CPU array lookup", MAP_TYPE_PERCPU_ARRAY, 4, 8, 1024, 0, 0, INDEX, LOOKUP},
	{"array update", MAP_TYPE_ARRAY, 4, 8, 1024, 0, 0, INDEX, UPDATE},
	{"hash hit", MAP_TYPE_HASH, 4, 8, 4096, 0, FILL, HASHED, LOOKUP},
	{"hash hit, 16-byte keys", MAP_TYPE_HASH, 16, 8, 4096, 0, FILL, HASHED, LOOKUP},
	{"hash miss", MAP_TYPE_HASH, 4, 8, 4096, 0, FILL, ABSENT, LOOKUP},
	{"hash update", MAP_TYPE_HASH, 4, 8, 4096, 0, FILL, HASHED, UPDATE},
	{"hash insert + delete", MAP_TYPE_HASH, 4, 8, 4096, 0, FILL, ABSENT,
	 UPDATE AT_KEY "r1 = map[fd:1]\ncall 3\n"},
	{"LRU hash lookup", MAP_TYPE_LRU_HASH, 4, 8, 4096, 0, FILL, HASHED, LOOKUP},
	{"LRU hash update", MAP_TYPE_LRU_HASH, 4, 8, 4096, 0, FILL, HASHED, UPDATE},
	{"LRU hash churn", MAP_TYPE_LRU_HASH, 8, 8, 4096, 0, FILL, FRESH, UPDATE},
	{"per-CPU hash lookup", MAP_TYPE_PERCPU_HASH, 4, 8, 4096, 0, FILL, HASHED, LOOKUP},
	{"LPM trie lookup", MAP_TYPE_LPM_TRIE, 8, 8, 4096, MAP_F_NO_PREALLOC, FILL, ADDRESS,
	 LOOKUP},
	{"ring buffer reserve + submit", MAP_TYPE_RINGBUF, 0, 0, RING, 0, 0, INDEX,
	 "r1 = map[fd:1]\nr2 = 16\nr3 = 0\ncall 131\nif r0 == 0 goto next\n"
	 "*(u64 *)(r0 +0) = r6\n*(u64 *)(r0 +8) = r6\nr1 = r0\nr2 = 0\ncall 132\n"},
	{"queue push + pop", MAP_TYPE_QUEUE, 0, 8, 1024, 0, 0, INDEX,
	 "r1 = map[fd:1]\nr2 = r10\nr2 += -24\nr3 = 0\ncall 87\n"
	 "r1 = map[fd:1]\nr2 = r10\nr2 += -24\ncall 88\n"},
};

static struct isa_code program(const struct workload *w, bool bare)
{
	struct isa_asm how = {0};
	struct isa_code code;
	char text[2048];
	struct diag d;
	struct src s;
	struct str why;

	snprintf(text, sizeof(text),
		 "r6 = 0\nr8 = 0\nr7 = map[fd:2][0]+0\n*(u64 *)(r10 -8) = r8\nloop:\n%s%s%s"
		 "next:\nr6 += 1\nif r6 < %d goto loop\nr0 = 2\nexit\n",
		 bare ? "" : w->keys,
		 bare ? "" : "*(u64 *)(r10 -16) = r1\n*(u64 *)(r10 -24) = r6\n", bare ? "" : w->op,
		 OPS);
	s = (struct src){w->name, text, (uint32_t)strlen(text)};
	diag_init(&d, 1);
	if (isa_assemble(&s, &how, &d, &code)) {
		str_init(&why, 4096);
		diag_render(&d, DIAG_PLAIN, &why);
		fprintf(stderr, "map: %s\n", why.s);
		exit(1);
	}
	diag_done(&d);
	return code;
}

static _Noreturn void die(const char *what, const char *where)
{
	fprintf(stderr, "map: %s: %s: %s\n", where, what, strerror(errno));
	exit(1);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* ---- the two sides ---- */

struct ring {
	uint64_t *consumer, *producer; /* NULL: it is no ring buffer */
};

struct side {
	const char *name;
	int fd[2];          /* the kernel's maps: the one and a counter; -1: this is ours */
	struct map *map[2]; /* ours */
	int kernel_prog[2]; /* with the operation, and empty */
	struct vm_prog *our_prog[2]; /* the same */
	struct ring ring;
	double least[2]; /* ns of a run */
	double scaling;
};

struct thread {
	struct vm_run run;
	struct vm_world world;
};

static struct map_env env = {.cpus = 2, .kernel = ABI_KERNEL(6, 18), .seed = 42};
static bool have_kernel;

static int bpf(enum bpf_cmd cmd, union bpf_attr *a)
{
	return (int)syscall(SYS_bpf, cmd, a, sizeof(*a));
}

static int kernel_map(uint32_t type, uint32_t key, uint32_t value, uint32_t max, uint32_t flags)
{
	union bpf_attr a = {.map_type = type,
			    .key_size = key,
			    .value_size = value,
			    .max_entries = max,
			    .map_flags = flags};

	return bpf(BPF_MAP_CREATE, &a);
}

static struct map *our_map(uint32_t type, uint32_t key, uint32_t value, uint32_t max,
			   uint32_t flags)
{
	struct map_attr a = {.type = type,
			     .key_size = key,
			     .value_size = value,
			     .max_entries = max,
			     .flags = flags};
	struct map *m;

	errno = -map_create(&a, &env, &m);
	if (errno)
		die("map_create", map_type_name(type));
	return m;
}

static void make_maps(struct side *s, const struct workload *w, bool kernel)
{
	s->fd[0] = s->fd[1] = -1;
	if (!kernel) {
		s->map[0] = our_map(w->type, w->key, w->value, w->max, w->flags);
		s->map[1] = our_map(MAP_TYPE_ARRAY, 4, 8, 1, 0);
		return;
	}
	s->fd[0] = kernel_map(w->type, w->key, w->value, w->max, w->flags);
	s->fd[1] = kernel_map(MAP_TYPE_ARRAY, 4, 8, 1, 0);
	if (s->fd[0] < 0 || s->fd[1] < 0)
		die("BPF_MAP_CREATE", w->name);
}

static void set(struct side *s, const void *key, const void *value)
{
	union bpf_attr a = {
		.map_fd = (uint32_t)s->fd[0], .key = (uintptr_t)key, .value = (uintptr_t)value};

	if (s->map[0])
		errno = -map_user_update(s->map[0], MAP_MAY_ALL, key, value, 0);
	else
		errno = bpf(BPF_MAP_UPDATE_ELEM, &a) ? errno : 0;
	if (errno)
		die("update", s->name);
}

/* The keys that the programs make of 0, 1, ...; of an LPM trie as prefixes of many lengths. */
static void fill(struct side *s, const struct workload *w)
{
	uint64_t value[2] = {1, 1};
	uint32_t i, key[4];

	for (i = 0; i < w->fill; i++) {
		memset(key, 0, sizeof(key));
		key[0] = i * SPREAD;
		if (w->type == MAP_TYPE_LPM_TRIE) {
			key[1] = __builtin_bswap32(key[0]);
			key[0] = 8 + i % 25;
		}
		set(s, key, value);
	}
}

static int resolve(void *ctx, const struct isa_op *op, struct diag *d, uint64_t *ret_value)
{
	return vm_resolve_map(op, ((struct side *)ctx)->map, 2, d, ret_value);
}

static struct vm_prog *our_program(struct side *s, const struct isa_code *code, const char *name)
{
	struct vm_env how = {.resolve = resolve, .ctx = s, .unmetered = true};
	struct vm_prog *p;
	struct diag d;

	how.helper = vm_helpers_default(&how.helpers);
	diag_init(&d, 1);
	errno = EINVAL;
	if (vm_load(name, code->at, code->n, VM_JIT, &how, &d, &p))
		die("vm_load", name);
	diag_done(&d);
	return p;
}

static int kernel_program(struct side *s, const struct isa_code *code, const char *name)
{
	union bpf_attr a = {.prog_type = BPF_PROG_TYPE_SCHED_CLS, /* XDP would wait for all CPUs */
			    .insns = (uintptr_t)code->at,
			    .insn_cnt = (uint32_t)code->n,
			    .license = (uintptr_t) "GPL"};
	struct bpf_insn *at = (struct bpf_insn *)code->at;
	static char log[1 << 16];
	size_t i;
	int fd;

	for (i = 0; i < code->n; i++)
		if (at[i].code == (BPF_LD | BPF_IMM | BPF_DW) && at[i].src_reg)
			at[i].imm = s->fd[at[i].imm - 1];
	fd = bpf(BPF_PROG_LOAD, &a);
	if (fd >= 0)
		return fd;
	a.log_buf = (uintptr_t)log;
	a.log_size = sizeof(log);
	a.log_level = 1;
	bpf(BPF_PROG_LOAD, &a);
	die(log, name);
}

static void map_ring(struct side *s)
{
	void *at[2] = {MAP_FAILED, MAP_FAILED};
	const int prot = PROT_READ | PROT_WRITE;

	if (!s->map[0]) {
		at[0] = mmap(NULL, 4096, prot, MAP_SHARED, s->fd[0], 0);
		at[1] = mmap(NULL, 4096, PROT_READ, MAP_SHARED, s->fd[0], 4096);
	} else if (map_mmap(s->map[0], MAP_MAY_ALL, NULL, 4096, prot, MAP_SHARED, 0, &at[0]) ||
		   map_mmap(s->map[0], MAP_MAY_ALL, NULL, 4096, PROT_READ, MAP_SHARED, 4096,
			    &at[1])) {
		die("map_mmap", s->name);
	}
	if (at[0] == MAP_FAILED || at[1] == MAP_FAILED)
		die("mmap", s->name);
	s->ring = (struct ring){at[0], at[1]};
}

static void side_init(struct side *s, const struct workload *w, bool kernel)
{
	struct isa_code code;
	int bare;

	*s = (struct side){.name = w->name, .least = {1e30, 1e30}};
	make_maps(s, w, kernel);
	fill(s, w);
	if (w->type == MAP_TYPE_RINGBUF)
		map_ring(s);
	for (bare = 0; bare < 2; bare++) {
		code = program(w, bare);
		if (kernel)
			s->kernel_prog[bare] = kernel_program(s, &code, w->name);
		else
			s->our_prog[bare] = our_program(s, &code, w->name);
		isa_code_done(&code);
	}
}

static void side_done(struct side *s)
{
	int i;

	if (s->ring.consumer) {
		munmap(s->ring.consumer, 4096);
		munmap(s->ring.producer, 4096);
	}
	for (i = 0; i < 2; i++) {
		if (s->map[i]) {
			vm_unload(s->our_prog[i]);
			map_unref_user(s->map[i]);
		} else {
			close(s->kernel_prog[i]);
			close(s->fd[i]);
		}
	}
}

static void thread_init(struct thread *t, uint32_t cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
	map_set_cpu(cpu);
	if (vm_run_init(&t->run))
		die("vm_run_init", "");
	vm_world_init(&t->world, NULL, NULL, 1);
	t->world.cpu = cpu;
	t->run.world = &t->world;
}

static void thread_done(struct thread *t)
{
	vm_world_done(&t->world);
	vm_run_done(&t->run);
}

static void run_ours(struct thread *t, const struct vm_prog *p)
{
	uint64_t arg[5] = {0}, r0;

	map_enter();
	if (vm_exec(&t->run, p, arg, &r0) || r0 != 2)
		die("the program failed", vm_prog_name(p));
	map_exit();
}

/* ns of one run, of `times`. */
static double measure(struct side *s, struct thread *t, int bare, uint32_t times)
{
	static const uint8_t packet[64];
	union bpf_attr a = {.test = {.prog_fd = (uint32_t)s->kernel_prog[bare],
				     .data_in = (uintptr_t)packet,
				     .data_size_in = sizeof(packet),
				     .repeat = times}};
	uint64_t begin = now();
	uint32_t i;

	if (!s->map[0]) {
		if (bpf(BPF_PROG_TEST_RUN, &a))
			die("BPF_PROG_TEST_RUN", s->name);
		return a.test.duration;
	}
	for (i = 0; i < times; i++)
		run_ours(t, s->our_prog[bare]);
	return (double)(now() - begin) / times;
}

static void drain(struct side *s)
{
	if (s->ring.consumer)
		__atomic_store_n(s->ring.consumer,
				 __atomic_load_n(s->ring.producer, __ATOMIC_ACQUIRE),
				 __ATOMIC_RELEASE);
}

/* So that a round takes long enough, but a ring has room for it. */
static uint32_t times_of(struct side *s, double ns)
{
	uint32_t times = (uint32_t)(ROUND_NS / (ns + 1)) + 1;

	return s->ring.consumer ? MIN(times, (uint32_t)(RING / (OPS * 24) / 3)) : times;
}

static void race(struct side *side, int sides, struct thread *t)
{
	uint32_t times[2][2];
	int i, bare, round;
	double ns;

	for (i = 0; i < sides; i++)
		for (bare = 0; bare < 2; bare++)
			times[i][bare] = times_of(&side[i], measure(&side[i], t, bare, 5));
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < sides; i++) {
			for (bare = 0; bare < 2; bare++) {
				drain(&side[i]);
				ns = measure(&side[i], t, bare, times[i][bare]);
				side[i].least[bare] = MIN(side[i].least[bare], ns);
			}
		}
	}
}

static double per_op(const struct side *s)
{
	return (s->least[0] - s->least[1]) / OPS;
}

/* ---- two threads ---- */

/* One thread alone and both at once take turns; of both counts the time from the first's start to the
 * last's end, so that they must have run at the same time. */
struct pair {
	struct side *side;
	pthread_barrier_t both;
	uint32_t times;
	uint32_t ready; /* atomic: halves that wait for the other to run */
	uint64_t begin[2], end[2];
	double alone, together; /* the most runs per ns */
};

struct half {
	struct pair *pair;
	uint32_t cpu;
};

static void half_measure(struct half *h, struct thread *t, bool alone)
{
	struct pair *p = h->pair;

	__atomic_add_fetch(&p->ready, alone ? 2 : 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&p->ready, __ATOMIC_ACQUIRE) % 2)
		;
	p->begin[h->cpu] = now();
	measure(p->side, t, 0, p->times);
	p->end[h->cpu] = now();
}

static void pair_round(struct pair *p, bool alone)
{
	uint64_t ns = p->end[0] - p->begin[0];
	double *best = alone ? &p->alone : &p->together;

	if (!alone)
		ns = MAX(p->end[0], p->end[1]) - MIN(p->begin[0], p->begin[1]);
	*best = MAX(*best, (alone ? 1.0 : 2.0) * p->times / (double)ns);
	drain(p->side);
}

static void *half_run(void *arg)
{
	struct half *h = arg;
	struct pair *p = h->pair;
	struct thread t;
	int round;

	thread_init(&t, h->cpu);
	for (round = 0; round < 2 * ROUNDS; round++) {
		pthread_barrier_wait(&p->both);
		if (!h->cpu || round % 2)
			half_measure(h, &t, round % 2 == 0);
		pthread_barrier_wait(&p->both);
		if (!h->cpu)
			pair_round(p, round % 2 == 0);
	}
	thread_done(&t);
	return NULL;
}

static void scale(struct side *s)
{
	struct pair p = {
		.side = s, .times = times_of(s, s->least[0] / 4), .alone = 1 / s->least[0]};
	struct half h[2] = {{&p, 0}, {&p, 1}};
	pthread_t id[2];
	int i;

	drain(s);
	pthread_barrier_init(&p.both, NULL, 2);
	for (i = 0; i < 2; i++)
		if (pthread_create(&id[i], NULL, half_run, &h[i]))
			die("pthread_create", s->name);
	for (i = 0; i < 2; i++)
		pthread_join(id[i], NULL);
	pthread_barrier_destroy(&p.both);
	s->scaling = p.together / p.alone;
}

/* ---- all of them ---- */

static double logs;
static int rows;

static void row(const struct workload *w, struct thread *t, bool two)
{
	int sides = have_kernel ? 2 : 1, i;
	struct side side[2];
	double ratio;

	for (i = 0; i < sides; i++)
		side_init(&side[i], w, i);
	race(side, sides, t);
	for (i = 0; i < sides && two; i++)
		scale(&side[i]);
	printf("%-30s %7.2f", w->name, per_op(&side[0]));
	if (have_kernel) {
		ratio = MAX(per_op(&side[0]), 0.01) / MAX(per_op(&side[1]), 0.01);
		printf(" %8.2f %6.2f", per_op(&side[1]), ratio);
		logs += log(ratio);
		rows++;
	}
	for (i = 0; i < sides && two; i++)
		printf(" %8.2f", side[i].scaling);
	printf("\n");
	fflush(stdout);
	for (i = 0; i < sides; i++)
		side_done(&side[i]);
}

int main(int argc, char **argv)
{
	bool two = sysconf(_SC_NPROCESSORS_ONLN) > 1;
	struct thread t;
	size_t i;
	int fd = kernel_map(MAP_TYPE_ARRAY, 4, 8, 1, 0);

	have_kernel = fd >= 0;
	if (have_kernel)
		close(fd);
	else
		printf("no bpf(2) here (%s): ours alone\n", strerror(errno));
	setpriority(PRIO_PROCESS, 0, -20); /* if we may: so that two threads do run at once */
	thread_init(&t, 0);
	printf("%-30s %7s%s%s\n", "ns per operation", "ours", have_kernel ? "   kernel  ratio" : "",
	       two ? "  2 threads: ours, kernel" : "");
	for (i = 0; i < ARRAY_LEN(workloads); i++)
		if (argc < 2 || strstr(workloads[i].name, argv[1]))
			row(&workloads[i], &t, two);
	if (rows)
		printf("geometric mean of the ratios: %.2f\n", exp(logs / rows));
	thread_done(&t);
	return 0;
}
