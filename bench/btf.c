/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * btf [FILE]: the kernel's BTF: one struct found by name, a vmlinux.h, a raw dump; whole programs from
 * fork to exit, in turns with Debian's bpftool, output to /dev/null. Issue 4 asks for: one struct in
 * <= 2 ms and <= 2 MB of private memory, vmlinux.h in <= 0.5 x bpftool's time.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "btf/btf.h"

enum { ROUNDS = 15, FINDS = 200 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void die(const char *what)
{
	fprintf(stderr, "btf: %s\n", what);
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

/* ---- the jobs, each in a process of its own ---- */

static struct btf *open_file(const char *file)
{
	struct btf *b;

	if (btf_open(file, NULL, NULL, &b))
		die("cannot open the BTF");
	return b;
}

static int job(const char *what, const char *file)
{
	struct btf_c_options opt = {.unsorted = !strcmp(what, "c-unsorted")};
	struct btf *b = open_file(file);
	struct str s;
	struct out o;

	str_init(&s, 1 << 30);
	if (*what == 'c') {
		if (btf_c_header(b, &opt, NULL, &s))
			die("no header");
	} else if (!strcmp(what, "raw")) {
		for btf_each(b, id) {
			btf_raw_type(b, id, &s);
			if (s.n > 1 << 16) {
				if (file_write_fd(1, s.s, s.n))
					die("cannot write");
				str_reset(&s);
			}
		}
	} else {
		out_init(&o, OUT_JSON, false, out_sink_fd, (void *)1);
		out_object(&o, NULL);
		out_array(&o, "types", OUT_LIST);
		for btf_each(b, id)
			btf_raw_out(b, id, &o);
		out_end(&o);
		out_end(&o);
		if (out_done(&o))
			die("cannot write");
	}
	return file_write_fd(1, s.s, s.n) ? 1 : 0;
}

/* Wall time and, to judge by when others use the machine too, the processor's. */
struct cost {
	double wall, cpu;
};

static double ms_of(struct timeval t)
{
	return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

static bool process(const char *const *argv, struct cost *ret)
{
	double begin = now();
	pid_t pid = vfork();
	struct rusage use;
	int status, null;

	if (!pid) {
		null = open("/dev/null", O_RDWR);
		dup2(null, 1);
		dup2(null, 2);
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &use) != pid || status)
		return false;
	*ret = (struct cost){now() - begin, ms_of(use.ru_utime) + ms_of(use.ru_stime)};
	return true;
}

/* ---- one struct ---- */

static long private_kib(void)
{
	FILE *f = fopen("/proc/self/smaps_rollup", "r");
	char line[256];
	long sum = 0, kib;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Private_Clean: %ld", &kib) == 1 ||
		    sscanf(line, "Private_Dirty: %ld", &kib) == 1)
			sum += kib;
	if (f)
		fclose(f);
	return sum;
}

static void one_struct(const char *file, const char *name)
{
	static double ms[FINDS];
	long before = private_kib(), held = 0;
	uint32_t id = 0;
	size_t i;

	for (i = 0; i < FINDS; i++) {
		double begin = now();
		struct btf *b = open_file(file);

		id = btf_find(b, name, BTF_STRUCTS);
		ms[i] = now() - begin;
		if (!i)
			held = private_kib() - before;
		btf_unref(b);
	}
	qsort(ms, FINDS, sizeof(*ms), by_value);
	printf("open, find struct %-16s id %6u  median %.3f ms, worst %.3f ms  %ld KiB private\n",
	       name, id, ms[FINDS / 2], ms[FINDS - 1], held);
}

/* ---- side by side ---- */

static void compare(const char *title, const char *what, const char *file, const char *json,
		    const char *format)
{
	const char *ours[] = {"/proc/self/exe", "--job", what, file, NULL};
	const char *theirs[] = {"/usr/sbin/bpftool", "btf", "dump", "file", file, "format", format, NULL};
	const char *theirs_json[] = {"/usr/sbin/bpftool", json, "btf", "dump", "file", file, NULL};
	struct cost c;
	double wall[2][ROUNDS], cpu[2][ROUNDS], w[2], p[2];
	int i, side;

	for (i = 0; i < ROUNDS; i++)
		for (side = 0; side < 2; side++) {
			if (!process(!side ? ours : json ? theirs_json : theirs, &c)) {
				if (!side)
					die("the job failed");
				c = (struct cost){0};
			}
			wall[side][i] = c.wall;
			cpu[side][i] = c.cpu;
		}
	for (side = 0; side < 2; side++) {
		w[side] = median(wall[side], ROUNDS);
		p[side] = median(cpu[side], ROUNDS);
	}
	printf("%-20s skep %6.1f ms (cpu %5.1f)", title, w[0], p[0]);
	if (w[1] > 0)
		printf("  bpftool %6.1f ms (cpu %5.1f)  %.2f x (cpu %.2f)", w[1], p[1], w[0] / w[1],
		       p[0] / p[1]);
	putchar('\n');
}

int main(int argc, char **argv)
{
	const char *file = argc == 2 ? argv[1] : "/sys/kernel/btf/vmlinux";

	if (argc == 4 && !strcmp(argv[1], "--job"))
		return job(argv[2], argv[3]);
	if (access(file, R_OK)) {
		printf("btf: no %s here\n", file);
		return 0;
	}
	one_struct(file, "task_struct");
	one_struct(file, "zswap_pool");
	one_struct(file, "not_in_there");
	compare("vmlinux.h, unsorted", "c-unsorted", file, NULL, "c");
	compare("vmlinux.h, sorted", "c", file, NULL, "c");
	compare("raw dump", "raw", file, NULL, "raw");
	compare("raw dump, JSON", "json", file, "-j", NULL);
	return 0;
}
