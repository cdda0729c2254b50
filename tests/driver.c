/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The driver tested by itself: tests that are bad on purpose, hidden from everybody else, and what
 * a second driver must say about each of them. A driver that lets one of these pass is worth
 * nothing.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.h"

/* ---- the bad ones ---- */

TEST_WITH(bad_check, TEST_HIDDEN)
{
	puts("said before it failed");
	CHECK_EQ(1 + 1, 3);
}

TEST_WITH(bad_string, TEST_HIDDEN)
{
	CHECK_STR("one\ntwo\n", "one\nthree\n");
}

TEST_WITH(bad_crash, TEST_HIDDEN)
{
	raise(SIGSEGV);
}

TEST_WITH(bad_abort, TEST_HIDDEN)
{
	bug("on purpose: %d", 42);
}

TEST_WITH(bad_exit, TEST_HIDDEN)
{
	exit(0);
}

TEST_WITH(bad_hang, TEST_HIDDEN)
{
	for (;;)
		pause();
}

TEST_WITH(bad_child_hangs, TEST_HIDDEN)
{
	static const char *const argv[] = {"sh", "-c", "echo child >&9; sleep 1000; true", NULL};

	/* the driver under test was given fd 9 to tell the child's number by */
	test_spawn(argv, NULL, 0, NULL, NULL);
}

TEST_WITH(bad_leak, TEST_HIDDEN)
{
	static void *kept;

	kept = mem_alloc(10);
	CHECK(kept);
}

TEST_WITH(bad_leak_without_memory, TEST_HIDDEN)
{
	static void *kept;
	void *p = mem_alloc(10), *q = p ? mem_alloc(10) : NULL;

	if (p && !q)
		kept = p; /* forgotten on the way out */
	else
		mem_free(p);
	mem_free(q);
	(void)kept;
}

TEST_WITH(bad_crash_without_memory, TEST_HIDDEN)
{
	char *volatile p = mem_alloc(10);

	*p = 1;
	mem_free(p);
}

TEST_WITH(good, TEST_HIDDEN)
{
	void *p = mem_alloc(10);

	CHECK(p);
	mem_free(p);
}

TEST_WITH(good_skip, TEST_HIDDEN)
{
	SKIP("because of %s", "that");
}

static void envelope_case(struct test_case *c)
{
	CHECK_STR(case_body(c, "body"), "text\n");
	CHECK_STR(case_header(c, "key"), "value");
}

KIND_WITH("driver", ".envelope", envelope_case, TEST_HIDDEN)

/* ---- the second driver ---- */

struct outcome {
	int status;
	struct str out, err;
};

static void outcome_done(struct outcome *o)
{
	str_done(&o->out);
	str_done(&o->err);
}

/* Our own binary; under qemu-user, without the help of binfmt_misc, it cannot be started. */
static const char *self(void)
{
	static char path[4096];
	const char *argv[] = {path, "--list", "no such test", NULL};
	ssize_t n;

	if (path[0])
		return path;
	n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (n < 0)
		FAIL("/proc/self/exe: %s", strerror(errno));
	if (test_spawn(argv, NULL, 0, NULL, NULL)) {
		path[0] = 0;
		SKIP("the driver cannot be started from itself here");
	}
	return path;
}

static struct outcome drive(const char *option, const char *name)
{
	const char *argv[] = {self(), "-v", "--timeout", "2", "-j", "1", NULL, NULL, NULL};
	struct outcome o;
	int i = 6;

	if (option)
		argv[i++] = option;
	argv[i] = name;
	str_init(&o.out, 1 << 20);
	str_init(&o.err, 1 << 20);
	o.status = test_spawn(argv, NULL, 0, &o.out, &o.err);
	return o;
}

/* The second driver fails (or not), and says so with `telling`. */
static void expect(const char *option, const char *name, int status, const char *telling)
{
	struct outcome o = drive(option, name);
	char said[2048];
	bool told = strstr(o.out.s, telling) != NULL;
	int got = o.status;

	snprintf(said, sizeof(said), "%.1000s%.1000s", o.out.s, o.err.s);
	outcome_done(&o);
	if (got != status)
		FAIL("%s: exit status %d, not %d; it said:\n%s", name, got, status, said);
	if (!told)
		FAIL("%s: this is not in what it said: %s\n%s", name, telling, said);
}

static bool counts(void)
{
	return mem_live() >= 0;
}

TEST_WITH(failures_are_told, TEST_NO_OOM)
{
	expect(NULL, "=driver/bad_check", 1, "1 + 1 is 2 (0x2), not 3 (0x3)");
	expect(NULL, "=driver/bad_check", 1, "said before it failed");
	expect(NULL, "=driver/bad_check", 1, "0 passed, 1 failed, 0 skipped");
	expect(NULL, "=driver/bad_string", 1, "- three\n#     + two\n");
	expect(NULL, "=driver/good", 0, "1 passed, 0 failed, 0 skipped");
	expect(NULL, "=driver/good_skip", 0, "# SKIP because of that");
	expect("--tap", "=driver/good", 0, "1..1\n");
	expect(NULL, "no such test", 1, "0 passed, 0 failed, 0 skipped");
	expect(NULL, "driver/bad_check", 1, "0 passed, 0 failed, 0 skipped");
}

TEST_WITH(ends_are_told, TEST_NO_OOM)
{
	expect(NULL, "=driver/bad_crash", 1, "not ok 1 - driver/bad_crash");
	expect(NULL, "=driver/bad_abort", 1, "on purpose: 42");
	expect(NULL, "=driver/bad_exit", 1, "the test ended its process with status 0");
}

TEST_WITH(hangs_are_ended, TEST_NO_OOM)
{
	expect(NULL, "=driver/bad_hang", 1, "still running after 2 s: killed");
}

/* Whether the child came to speak, which on a busy machine it may not within the 2 seconds. */
static bool hanging_child_is_ended(void)
{
	int up[2], old = dup(9);
	char line[64] = "";
	ssize_t n, end;

	CHECK(!pipe(up));
	dup2(up[1], 9);
	close(up[1]);
	expect(NULL, "=driver/bad_child_hangs", 1, "still running after 2 s: killed");
	if (old >= 0)
		dup2(old, 9);
	else
		close(9);
	n = read(up[0], line, sizeof(line) - 1);
	end = read(up[0], line, 1); /* comes when nobody holds the other end any more */
	close(up[0]);
	CHECK_EQ(end, 0);
	return n > 0 && str_has_prefix(line, "child");
}

TEST_WITH(children_that_hang_are_ended, TEST_NO_OOM)
{
	int tries = 0;

	while (!hanging_child_is_ended())
		CHECK(++tries < 5);
}

TEST_WITH(leaks_are_told, TEST_NO_OOM)
{
	if (counts())
		expect(NULL, "=driver/bad_leak", 1, "1 allocations were not freed");
	else
		expect(NULL, "=driver/bad_leak", 0, "1 passed, 0 failed, 0 skipped");
}

TEST_WITH(failing_memory_is_told, TEST_NO_OOM)
{
	if (!counts()) {
		struct outcome o = drive("--oom", "=driver/good");
		int status = o.status;

		outcome_done(&o);
		CHECK_EQ(status, 2);
		return;
	}
	expect("--oom", "=driver/good", 0, "1 passed");
	expect("--oom", "=driver/bad_leak_without_memory", 1,
	       "1 allocations leaked when allocation 2 failed");
	expect("--oom", "=driver/bad_crash_without_memory", 1,
	       "not ok 1 - driver/bad_crash_without_memory");
}

TEST_WITH(envelopes_are_checked, TEST_NO_OOM)
{
	expect(NULL, "=driver/bad.envelope/right", 0, "1 passed");
	expect(NULL, "=driver/bad.envelope/no colon", 1,
	       "tests/driver/bad.envelope:3: neither '-- section' nor 'key: value'");
	expect(NULL, "=driver/bad.envelope/a title twice", 1, "has the same title");
	expect(NULL, "=driver/bad.envelope/what it requires is unknown", 1,
	       "requires 'unicorn', which nobody knows");
	expect(NULL, "=driver/bad.envelope/another text", 1, "+ other");
	expect(NULL, "=driver/empty.envelope", 1, "there is no case in this file");
	expect(NULL, "=driver/early.envelope", 1,
	       "tests/driver/early.envelope:1: this stands before the first '==== title'");
}

TEST_WITH(transcripts_are_compared, TEST_NO_OOM)
{
	expect(NULL, "=driver/bad.transcript/all is well", 0, "1 passed");
	expect(NULL, "=driver/bad.transcript/the status is left out", 1, "[1]");
	expect(NULL, "=driver/bad.transcript/another status", 1, "[3]");
	expect(NULL, "=driver/bad.transcript/another output", 1, "one");
	expect(NULL, "=driver/bad.transcript/a pattern that does not match", 1, "one");
	expect(NULL, "=driver/bad.transcript/the shell is gone", 1, "(the shell ended here)");
}

TEST_WITH(children_read_and_write_much, TEST_NO_OOM)
{
	/* more both ways than any pipe holds: whoever blocks on one end hangs */
	static const char *const argv[] = {"sh", "-c", "cat; cat /dev/fd/0 >&2; exit 7", NULL};
	static char big[3 << 20];
	struct str out;
	int status;

	memset(big, 'x', sizeof(big));
	str_init(&out, 64 << 20);
	status = test_spawn(argv, big, sizeof(big), &out, NULL);
	CHECK_EQ(status, 7);
	CHECK_EQ(out.n, sizeof(big));
	str_done(&out);
}
