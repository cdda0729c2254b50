/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What it costs to load an object of about 50 KB with CO-RE relocations, by the object's bytes in memory.
 *
 *	embedded	an engine, the kernel's types, the object: to code that can run
 *	kernel		the same object through bpf(2), less the kernel's own time for verifying
 *	bpftool		`bpftool prog loadall` as a process, and our `skep load --no-attach` as one
 *
 * The object is compiled here by clang, so without clang there is nothing to measure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/engine.h"
#include "kern/kern.h"
#include "obj/obj.h"

enum { RUNS = 60, PROGS = 7, READS = 24, OBJECT_MAX = 1 << 22, LOG_MAX = 1 << 20 };

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static _Noreturn void give_up(const char *what)
{
	fprintf(stderr, "load: %s\n", what);
	exit(1);
}

/* Programs that read fields of kernel structs, each by a relocation of its own. */
static void write_source(FILE *f)
{
	static const char *const fields[] = {"pid", "tgid", "prio", "static_prio", "flags", "exit_code", "start_time",
					     "utime"};
	int p, i;

	fputs("struct task_struct { int pid, tgid, prio, static_prio; unsigned flags; int exit_code;\n"
	      "\tunsigned long long start_time, utime; } __attribute__((preserve_access_index));\n"
	      "static long (*probe_read_kernel)(void *, unsigned, const void *) = (void *)113;\n"
	      "static void *(*current)(void) = (void *)35;\n"
	      "static char _license[] __attribute__((section(\"license\"), used)) = \"GPL\";\n"
	      "unsigned long long sum;\n", f);
	for (p = 0; p < PROGS; p++) {
		fprintf(f, "__attribute__((section(\"raw_tp/sched_switch\"))) int prog_%d(void *ctx)\n{\n"
			   "\tstruct task_struct *t = current();\n\tunsigned long long v = 0;\n", p);
		for (i = 0; i < READS; i++)
			fprintf(f, "\tprobe_read_kernel(&v, sizeof(t->%s), &t->%s);\n\tsum += v;\n",
				fields[(p + i) % 8], fields[(p + i) % 8]);
		fputs("\treturn 0;\n}\n", f);
	}
}

static void compile(const char *dir, char *object, size_t max)
{
	char source[256], command[1024];
	FILE *f;

	snprintf(source, sizeof(source), "%s/core.bpf.c", dir);
	snprintf(object, max, "%s/core.bpf.o", dir);
	f = fopen(source, "w");
	if (!f)
		give_up("cannot write there");
	write_source(f);
	fclose(f);
	snprintf(command, sizeof(command), "clang -O2 -g -target bpf -c %s -o %s", source, object);
	f = popen(command, "r");
	if (!f || pclose(f))
		give_up("clang does not compile the object");
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static uint64_t median(uint64_t *ns)
{
	qsort(ns, RUNS, sizeof(*ns), by_value);
	return ns[RUNS / 2];
}

static struct engine *new_embedded(struct diag *d)
{
	const struct engine_options o = {.vmlinux = "/sys/kernel/btf/vmlinux"};
	struct engine *e;

	if (engine_embedded_new(&o, d, &e))
		give_up("no embedded engine");
	return e;
}

static struct engine *new_kernel(struct diag *d)
{
	struct engine *e;

	if (engine_kernel_new(d, &e))
		give_up("bpf(2) is closed to us");
	return e;
}

/* The sum of "verification time N usec" in the logs. */
static uint64_t verifying(const struct engine_loaded *l)
{
	uint64_t ns = 0;
	unsigned long us;

	for vec_each(&l->prog, p) {
		const char *at = p->log ? strstr(p->log, "verification time ") : NULL;

		if (at && sscanf(at, "verification time %lu", &us) == 1)
			ns += us * 1000;
	}
	return ns;
}

/* From bytes to loaded programs, the engine's making included. */
static uint64_t load_once(struct engine *(*make)(struct diag *), const struct file *f, uint32_t log_level,
			  uint64_t *ret_verifying)
{
	struct engine_load how = {.log_level = log_level};
	struct engine_loaded l;
	struct engine *e;
	struct diag d;
	struct str s;
	uint64_t begin;

	diag_init(&d, 20);
	begin = now();
	e = make(&d);
	if (obj_open_bytes(f->data, f->size, "core.bpf.o", NULL, &d, &how.obj) || engine_load(e, &how, &d, &l)) {
		str_init(&s, LOG_MAX);
		diag_render(&d, DIAG_PLAIN, &s);
		give_up(s.s);
	}
	begin = now() - begin;
	*ret_verifying = verifying(&l);
	engine_loaded_done(&l);
	obj_free(how.obj);
	engine_free(e);
	diag_done(&d);
	return begin;
}

static uint64_t load_median(struct engine *(*make)(struct diag *), const struct file *f, uint64_t *ret_verifying)
{
	static uint64_t ns[RUNS], check[RUNS];
	int i;

	for (i = 0; i < RUNS; i++)
		ns[i] = load_once(make, f, 0, &check[0]);
	for (i = 0; i < RUNS; i++)
		load_once(make, f, 4, &check[i]);
	*ret_verifying = median(check);
	return median(ns);
}

static uint64_t process(char *const *argv)
{
	uint64_t begin = now();
	int status;
	pid_t pid = vfork();

	if (!pid) {
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		return 0;
	return now() - begin;
}

static void as_processes(const char *object, uint64_t verifying_ns)
{
	char *ours[] = {(char *)"build/skep", (char *)"load", (char *)"--no-attach", (char *)object, NULL};
	char *theirs[] = {(char *)"bpftool", (char *)"prog", (char *)"loadall", (char *)object,
			  (char *)"/sys/fs/bpf/skep-bench", NULL};
	char *clean[] = {(char *)"rm", (char *)"-r", (char *)"/sys/fs/bpf/skep-bench", NULL};
	static uint64_t a[RUNS], b[RUNS];
	double x, y;
	int i;

	for (i = 0; i < RUNS; i++) {
		a[i] = process(ours);
		b[i] = process(theirs);
		if (b[i])
			process(clean);
		if (!a[i] || !b[i]) {
			printf("process: %s cannot do it here\n", a[i] ? "bpftool" : "build/skep");
			return;
		}
	}
	x = (double)(median(a) - verifying_ns) / 1e6;
	y = (double)(median(b) - verifying_ns) / 1e6;
	printf("process, less verifying: skep %.2f ms, bpftool %.2f ms, ratio %.2f\n", x, y, x / y);
}

int main(void)
{
	char dir[] = "/tmp/skep-bench-XXXXXX", object[256];
	uint64_t ns, checked;
	struct file f;

	if (!mkdtemp(dir))
		give_up("no place for the object");
	compile(dir, object, sizeof(object));
	if (file_read(object, OBJECT_MAX, NULL, &f))
		give_up("the object is not there");
	printf("object of %zu bytes, %d programs, %d relocated reads\n", f.size, PROGS, PROGS * READS);
	ns = load_median(new_embedded, &f, &checked);
	printf("embedded: %.2f ms\n", (double)ns / 1e6);
	if (!geteuid()) {
		ns = load_median(new_kernel, &f, &checked);
		printf("kernel: %.2f ms, of which verifying %.2f\n", (double)ns / 1e6, (double)checked / 1e6);
		as_processes(object, checked);
	}
	file_done(&f);
	snprintf(object, sizeof(object), "%s/core.bpf.c", dir);
	unlink(object);
	snprintf(object, sizeof(object), "%s/core.bpf.o", dir);
	unlink(object);
	rmdir(dir);
	return 0;
}
