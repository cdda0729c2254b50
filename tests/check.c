/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a test can say, and how one is run: CHECK longjmps out of the test.
 *
 * Under --oom a test is run again and again with the nth allocation failing and all after it, n =
 * 1, 2, 3... until it gets by without reaching the nth. While allocations fail a CHECK that does
 * not hold only ends the round: what counts is that nothing crashes or hangs, and that whoever
 * returns has freed what it took.
 */
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "driver.h"

static jmp_buf out;
static enum status status;
static char text[1 << 16];
static size_t text_len;
static bool failing;

static void add_text(const char *fmt, va_list ap) PRINTF_LIKE(1, 0);
static void add_text(const char *fmt, va_list ap)
{
	int n = vsnprintf(text + text_len, sizeof(text) - text_len, fmt, ap);

	text_len = MIN(text_len + (size_t)MAX(n, 0), sizeof(text) - 2);
	text[text_len++] = '\n';
	text[text_len] = 0;
}

void test_fail(const char *file, int line, const char *fmt, ...)
{
	va_list ap;
	int n = snprintf(text + text_len, sizeof(text) - text_len, "%s:%d: ", file, line);

	text_len = MIN(text_len + (size_t)MAX(n, 0), sizeof(text) - 2);
	va_start(ap, fmt);
	add_text(fmt, ap);
	va_end(ap);
	status = FAILED;
	longjmp(out, 1);
}

void test_skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_text(fmt, ap);
	va_end(ap);
	status = SKIPPED;
	longjmp(out, 1);
}

void test_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_text(fmt, ap);
	va_end(ap);
}

void test_check_eq(const char *file, int line, const char *what, int64_t got, int64_t want)
{
	if (got != want)
		test_fail(file, line, "%s is %lld (0x%llx), not %lld (0x%llx)", what,
			  (long long)got, (unsigned long long)got, (long long)want,
			  (unsigned long long)want);
}

void test_check_str(const char *file, int line, const char *what, const char *got, const char *want)
{
	static char shown[1 << 15];
	struct str s;

	if (got && !strcmp(got, want))
		return;
	if (!got)
		test_fail(file, line, "%s is NULL, not \"%s\"", what, want);
	if (failing)
		test_fail(file, line, "%s differs", what);
	str_init(&s, sizeof(shown) - 1);
	test_diff(&s, want, got);
	memcpy(shown, s.s, s.n + 1);
	str_done(&s);
	test_fail(file, line, "%s is not what it should be:\n%s", what, shown);
}

void test_check_mem(const char *file, int line, const char *what, const void *got, const void *want,
		    size_t n)
{
	const uint8_t *g = got, *w = want;
	size_t i;

	for (i = 0; i < n; i++)
		if (g[i] != w[i])
			test_fail(file, line, "%s differs at byte %zu of %zu: 0x%02x, not 0x%02x",
				  what, i, n, g[i], w[i]);
}

bool test_oom(void)
{
	return failing;
}

bool test_long(void)
{
	const char *s = getenv("SKEP_LONG");

	return s && *s && strcmp(s, "0");
}

uint64_t test_seed(void)
{
	const char *s = getenv("SKEP_SEED");
	uint64_t seed;

	return s && !num_parse_u64(s, strlen(s), &seed) ? seed : 20261120;
}

/* splitmix64 */
uint64_t test_random(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* ---- running ---- */

static void run_once(const struct item *it)
{
	const char *missing;

	status = PASSED;
	text_len = 0;
	text[0] = 0;
	if (setjmp(out))
		return;
	if (it->test) {
		it->test->run();
		return;
	}
	if (it->one->bad)
		test_fail(it->one->file, it->one->bad_line, "%s", it->one->bad);
	missing = case_missing(it->one);
	if (missing)
		test_skip("%s", missing);
	it->one->kind->run(it->one);
}

/* Each allocation up to the 500th; then ever fewer, and those of a heavy test soon half as far again. */
static uint64_t next_failing(uint64_t n, clock_t begin)
{
	enum { HEAVY_SECONDS = 2 };

	if (clock() - begin > HEAVY_SECONDS * CLOCKS_PER_SEC)
		return n + 1 + n / 2;
	return n + 1 + (n > 500) * (n / 16);
}

static enum status run_failing(const struct item *it)
{
	uint64_t n, rounds = 0;
	clock_t begin = clock();
	int64_t before;

	for (n = 1; rounds < 3000; n = next_failing(n, begin), rounds++) {
		before = mem_live();
		failing = true;
		mem_fail_from(n);
		run_once(it);
		rounds += mem_fail_count() / 10000; /* a heavy test need not be run so often */
		failing = false;
		if (mem_fail_count() < n) {
			mem_fail_from(0);
			return status;
		}
		mem_fail_from(0);
		if (status == SKIPPED)
			return SKIPPED;
		if (status == PASSED && before >= 0 && mem_live() != before) {
			snprintf(text, sizeof(text),
				 "%lld allocations leaked when allocation %llu failed\n",
				 (long long)(mem_live() - before), (unsigned long long)n);
			return FAILED;
		}
	}
	return PASSED;
}

enum status item_run(const struct item *it, const char **ret_text)
{
	int64_t before = mem_live();

	run_once(it);
	if (status == PASSED && mem_live() != before) {
		snprintf(text, sizeof(text), "%lld allocations were not freed\n",
			 (long long)(mem_live() - before));
		status = FAILED;
	}
	if (status == PASSED && settings.oom)
		status = run_failing(it);
	*ret_text = text;
	return status;
}

/* ---- the world outside ---- */

const char *test_root(void)
{
	static char root[PATH_MAX];

	if (!root[0] && !getcwd(root, sizeof(root)))
		root[0] = '.';
	return root;
}

const char *test_skep(void)
{
	static char path[PATH_MAX];
	const char *env = getenv("SKEP_BIN");

	if (!path[0] && !realpath(env ? env : SKEP_BIN, path))
		snprintf(path, sizeof(path), "%s", SKEP_BIN);
	return path;
}

const char *test_bpf_missing(void)
{
	static char why[80];
	struct {
		uint32_t type, key_size, value_size, max_entries;
		char rest[128];
	} array = {2, 4, 4, 1, {0}};
	long fd = syscall(SYS_bpf, 0 /* BPF_MAP_CREATE */, &array, sizeof(array));

	if (fd < 0) {
		snprintf(why, sizeof(why), "needs bpf(2): %s", strerror(errno));
		return why;
	}
	close((int)fd);
	return NULL;
}

bool test_have_command(const char *name)
{
	const char *path = getenv("PATH");
	char file[PATH_MAX];

	while (path && *path) {
		size_t n = strcspn(path, ":");

		snprintf(file, sizeof(file), "%.*s/%s", (int)n, path, name);
		if (!access(file, X_OK))
			return true;
		path += n + (path[n] == ':');
	}
	return false;
}

static void pump(int in_fd, const void *in, size_t in_len, int out_fd, int err_fd,
		 struct str *ret_out, struct str *ret_err)
{
	struct pollfd p[3] = {{in_fd, POLLOUT, 0}, {out_fd, POLLIN, 0}, {err_fd, POLLIN, 0}};
	struct str *to[3] = {NULL, ret_out, ret_err};
	const char *at = in;
	char buf[65536];
	ssize_t n;
	int i;

	while (p[1].fd >= 0 || p[2].fd >= 0) {
		if (p[0].fd >= 0 && !in_len) {
			close(p[0].fd);
			p[0].fd = -1;
		}
		if (poll(p, 3, -1) < 0)
			continue;
		if (p[0].revents) {
			/* as much as a writable pipe takes at once: the child may be writing too */
			n = write(p[0].fd, at, MIN(in_len, (size_t)PIPE_BUF));
			if (n < 0)
				in_len = 0;
			else
				at += n, in_len -= (size_t)n;
		}
		for (i = 1; i < 3; i++) {
			if (!p[i].revents)
				continue;
			n = read(p[i].fd, buf, sizeof(buf));
			if (n <= 0) {
				close(p[i].fd);
				p[i].fd = -1;
			} else if (to[i]) {
				str_addn(to[i], buf, (size_t)n);
			}
		}
	}
	if (p[0].fd >= 0)
		close(p[0].fd);
}

int test_spawn(const char *const *argv, const void *in, size_t in_len, struct str *ret_out,
	       struct str *ret_err)
{
	int fd[3][2], i, wait_status;
	pid_t pid;

	for (i = 0; i < 3; i++)
		if (pipe2(fd[i], O_CLOEXEC))
			FAIL("pipe: %s", strerror(errno));
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		FAIL("fork: %s", strerror(errno));
	if (!pid) {
		signal(SIGPIPE, SIG_DFL);
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* not to outlive a test that was killed */
		dup2(fd[0][0], 0);
		dup2(fd[1][1], 1);
		dup2(fd[2][1], 2);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(fd[0][0]);
	close(fd[1][1]);
	close(fd[2][1]);
	pump(fd[0][1], in, in_len, fd[1][0], fd[2][0], ret_out, ret_err);
	while (waitpid(pid, &wait_status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

/* ---- differences ---- */

enum { DIFF_LINES = 600, DIFF_SHOWN = 60 };

struct lines {
	const char *at[DIFF_LINES];
	size_t len[DIFF_LINES], n;
};

static void split(struct lines *l, const char *s)
{
	l->n = 0;
	while (*s && l->n < DIFF_LINES) {
		size_t n = strcspn(s, "\n");

		l->at[l->n] = s;
		l->len[l->n++] = n;
		s += n + (s[n] == '\n');
	}
}

static bool same(const struct lines *a, size_t i, const struct lines *b, size_t j)
{
	return a->len[i] == b->len[j] && !memcmp(a->at[i], b->at[j], a->len[i]);
}

/* By the longest common subsequence; texts of more than DIFF_LINES lines are compared that far. */
void test_diff(struct str *s, const char *want, const char *got)
{
	static uint16_t best[DIFF_LINES + 1][DIFF_LINES + 1];
	static struct lines w, g;
	size_t i, j, shown = 0;

	split(&w, want);
	split(&g, got);
	for (i = w.n + 1; i-- > 0;)
		for (j = g.n + 1; j-- > 0;)
			best[i][j] = i == w.n || j == g.n ? 0
				     : same(&w, i, &g, j) ? (uint16_t)(best[i + 1][j + 1] + 1)
							  : MAX(best[i + 1][j], best[i][j + 1]);
	for (i = j = 0; (i < w.n || j < g.n) && shown < DIFF_SHOWN;) {
		if (i < w.n && j < g.n && same(&w, i, &g, j)) {
			i++, j++;
		} else if (j >= g.n || (i < w.n && best[i + 1][j] >= best[i][j + 1])) {
			str_addf(s, "  - %.*s\n", (int)w.len[i], w.at[i]);
			i++, shown++;
		} else {
			str_addf(s, "  + %.*s\n", (int)g.len[j], g.at[j]);
			j++, shown++;
		}
	}
	if (!shown)
		str_add(s, "  (they differ in the newline at the end)\n");
}
