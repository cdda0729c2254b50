/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Runs items in worker processes, so that a crash or a hang costs one test and is told by its name.
 *
 * A worker gets the number of an item through its pipe and answers with a struct result and a text.
 * What it writes to stdout and stderr goes to a memory file, shown when the test fails or the
 * worker dies (a sanitizer's report). A worker that is silent for longer than the timeout is
 * killed. Items flagged TEST_ALONE run when all others are done.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "driver.h"

enum { JOBS_MAX = 64, OUTPUT_SHOWN = 8000 };

struct worker {
	pid_t pid;
	int to, from, log;
	const struct item *busy;
	uint64_t since;
};

static struct worker crew[JOBS_MAX];

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static bool get(int fd, void *p, size_t n)
{
	char *at = p;
	ssize_t got;

	while (n) {
		got = read(fd, at, n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		n -= (size_t)got;
	}
	return true;
}

_Noreturn static void serve(const struct item *items, int from, int to)
{
	struct result r;
	const char *text;
	uint64_t begin;
	uint32_t i;

	while (get(from, &i, sizeof(i))) {
		fflush(NULL);
		if (ftruncate(STDOUT_FILENO, 0) == 0)
			lseek(STDOUT_FILENO, 0, SEEK_SET);
		begin = now();
		r.status = item_run(&items[i], &text);
		r.ns = now() - begin;
		fflush(NULL); /* what it said is shown with its failure */
		r.len = (uint32_t)strlen(text);
		if (file_write_fd(to, &r, sizeof(r)) || file_write_fd(to, text, r.len))
			_exit(3);
	}
	exit(0); /* by the normal way, so that a leak checker has its say */
}

static void spawn(struct worker *w, const struct item *items)
{
	int down[2], up[2], i;

	w->log = memfd_create("test output", MFD_CLOEXEC);
	if (w->log < 0 || pipe2(down, O_CLOEXEC) || pipe2(up, O_CLOEXEC)) {
		perror("tests: worker");
		exit(2);
	}
	fflush(NULL);
	w->pid = fork();
	if (w->pid < 0) {
		perror("tests: fork");
		exit(2);
	}
	if (!w->pid) {
		/* a group of its own, to be killed with whatever a test has started in it */
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(STDIN_FILENO);
		if (open("/dev/null", O_RDONLY) < 0)
			_exit(3);
		close(down[1]);
		close(up[0]);
		/* an end of somebody else's pipe held here would keep him waiting for ever */
		for (i = 0; i < JOBS_MAX; i++) {
			if (crew[i].pid && &crew[i] != w) {
				close(crew[i].to);
				close(crew[i].from);
			}
		}
		dup2(w->log, STDOUT_FILENO);
		dup2(w->log, STDERR_FILENO);
		serve(items, down[0], up[1]);
	}
	setpgid(w->pid, w->pid); /* he who comes first does it */
	close(down[0]);
	close(up[1]);
	w->to = down[1];
	w->from = up[0];
	w->busy = NULL;
}

/* Its exit status; the worker is gone. */
static int reap(struct worker *w)
{
	int status = 0;

	pid_t group = -w->pid;

	close(w->to);
	close(w->from);
	while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
		;
	kill(group, SIGKILL);
	close(w->log);
	w->pid = 0;
	return status;
}

static char *log_text(const struct worker *w, const char *head)
{
	char *s = driver_alloc(strlen(head) + OUTPUT_SHOWN + 2);
	ssize_t n;

	memcpy(s, head, strlen(head));
	n = pread(w->log, s + strlen(head), OUTPUT_SHOWN, 0);
	s[strlen(head) + (size_t)MAX(n, 0)] = 0;
	return s;
}

typedef void (*done_fn)(const struct item *it, const struct result *r, const char *text);

static void died(struct worker *w, const struct item *items, const char *why, done_fn done)
{
	struct result r = {.status = FAILED, .ns = now() - w->since};
	const struct item *it = w->busy;
	char head[128], *text;
	struct worker old = *w;
	int status;

	old.log = dup(w->log);
	status = reap(w);
	if (why)
		snprintf(head, sizeof(head), "%s\n", why);
	else if (WIFSIGNALED(status))
		snprintf(head, sizeof(head), "killed by signal %d (%s)\n", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(head, sizeof(head), "the test ended its process with status %d\n",
			 WEXITSTATUS(status));
	text = log_text(&old, head);
	close(old.log);
	done(it, &r, text);
	free(text);
	spawn(w, items);
}

static void answer(struct worker *w, const struct item *items, done_fn done)
{
	struct result r;
	char *text, *shown;

	if (!get(w->from, &r, sizeof(r))) {
		died(w, items, NULL, done);
		return;
	}
	text = driver_alloc(r.len + 1);
	if (!get(w->from, text, r.len)) {
		free(text);
		died(w, items, NULL, done);
		return;
	}
	shown = r.status == FAILED ? log_text(w, text) : text;
	done(w->busy, &r, shown);
	if (shown != text)
		free(shown);
	free(text);
	w->busy = NULL;
}

static void give(struct worker *w, const struct item *items, uint32_t i)
{
	w->busy = &items[i];
	w->since = now();
	if (file_write_fd(w->to, &i, sizeof(i)))
		w->since = 0; /* died between two tests: the poll will tell */
}

static void wait_for_one(struct worker *w, int jobs, const struct item *items, done_fn done)
{
	struct pollfd p[JOBS_MAX];
	uint64_t limit = settings.timeout * UINT64_C(1000000000);
	char why[64];
	int i;

	for (i = 0; i < jobs; i++)
		p[i] = (struct pollfd){w[i].busy ? w[i].from : -1, POLLIN, 0};
	if (poll(p, (nfds_t)jobs, 500) < 0)
		return;
	for (i = 0; i < jobs; i++) {
		if (!w[i].busy)
			continue;
		if (p[i].revents) {
			answer(&w[i], items, done);
		} else if (now() - w[i].since > limit) {
			snprintf(why, sizeof(why), "still running after %u s: killed",
				 settings.timeout);
			kill(-w[i].pid, SIGKILL);
			died(&w[i], items, why, done);
		}
	}
}

static bool any_busy(const struct worker *w, int jobs)
{
	int i;

	for (i = 0; i < jobs; i++)
		if (w[i].busy)
			return true;
	return false;
}

static void round_of(struct worker *w, int jobs, const struct item *items, size_t n, bool alone,
		     done_fn done)
{
	size_t next = 0;
	int i;

	for (;;) {
		for (i = 0; i < jobs; i++) {
			while (next < n && !!(items[next].flags & TEST_ALONE) != alone)
				next++;
			if (!w[i].busy && next < n)
				give(&w[i], items, (uint32_t)next++);
		}
		if (!any_busy(w, jobs))
			return;
		wait_for_one(w, jobs, items, done);
	}
}

void items_run(const struct item *items, size_t n, done_fn done)
{
	struct worker *w = crew;
	int jobs = MIN(MAX(settings.jobs, 1), JOBS_MAX), i, status;
	struct result r = {.status = FAILED};
	struct item end = {.name = (char *)(uintptr_t) "the worker's own end"};

	for (i = 0; i < jobs; i++)
		spawn(&w[i], items);
	round_of(w, jobs, items, n, false, done);
	round_of(w, 1, items, n, true, done);
	for (i = 0; i < jobs; i++) {
		char *text;
		int log = dup(w[i].log);

		status = reap(&w[i]);
		if (status) { /* a leak checker's verdict */
			w[i].log = log;
			text = log_text(&w[i], "a worker ended badly:\n");
			done(&end, &r, text);
			free(text);
		}
		close(log);
	}
}
