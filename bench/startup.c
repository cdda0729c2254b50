/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * startup COMMAND...: what it costs to start a program: wall time from fork to exit over many runs, and
 * the memory it held. Both figures include the fork, which `true` shows the price of.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RUNS = 300 };

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint64_t run_once(char **argv, long *ret_rss)
{
	uint64_t begin = now();
	struct rusage use;
	int status, null;
	pid_t pid = vfork();

	if (!pid) {
		null = open("/dev/null", O_RDWR);
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &use) != pid || status) {
		fprintf(stderr, "startup: %s did not succeed\n", argv[0]);
		exit(1);
	}
	*ret_rss = use.ru_maxrss;
	return now() - begin;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void measure(char **argv)
{
	static uint64_t ns[RUNS];
	long rss = 0;
	int i;

	for (i = 0; i < RUNS; i++)
		ns[i] = run_once(argv, &rss);
	qsort(ns, RUNS, sizeof(ns[0]), by_value);
	for (i = 0; argv[i]; i++)
		printf("%s ", argv[i]);
	printf(": median %.3f ms, least %.3f ms, %ld KiB resident\n", (double)ns[RUNS / 2] / 1e6,
	       (double)ns[0] / 1e6, rss);
}

int main(int argc, char **argv)
{
	static char *nothing[] = {(char *)"true", NULL};

	if (argc < 2) {
		fputs("usage: startup COMMAND [ARG...]\n", stderr);
		return 2;
	}
	measure(nothing);
	measure(argv + 1);
	return 0;
}
