/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The transcripts of tests/cli: what a person types, and what comes back.
 *
 *	==== a title
 *	-- run
 *	A line that does not begin with two blanks is a remark.
 *	  $ printf 'r0 = 7\nexit\n' | skep asm - -o - | wc -c
 *	  16
 *	  $ skep asm nosuch.s
 *	  nosuch.s: error: cannot open: No such file or directory [file]
 *	  [2]
 *	  $ date +%Y
 *	  20[0-9][0-9] (re)
 *
 * The commands of a case run in one POSIX shell, in a folder of their own that is removed
 * afterwards, with skep in the PATH, $TESTS naming the tests' folder and stdin empty; stderr and
 * stdout come together. "  > " goes on with the command above. "[N]" is an exit status other than
 * 0; "(glob)" and "(re)" (POSIX extended, the whole line) match a line, "(no-eol)" is a last line
 * without newline.
 */
#include <fnmatch.h>
#include <ftw.h>
#include <limits.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver.h"

enum { OUTPUT_MAX = 16 << 20 };
static const char mark[] = "--skep-test-mark--";

struct line {
	const char *s;
	size_t n;
};

static bool take_line(const char **at, struct line *ret)
{
	if (!**at)
		return false;
	ret->s = *at;
	ret->n = strcspn(*at, "\n");
	*at += ret->n + ((*at)[ret->n] == '\n');
	return true;
}

static bool is(const struct line *l, const char *prefix)
{
	return l->n >= strlen(prefix) && !memcmp(l->s, prefix, strlen(prefix));
}

/* ---- running ---- */

/* The newline in front belongs to the mark: output may not end in one. */
static void end_command(struct str *script)
{
	str_addf(script, "printf '\\n%s %%d\\n' $?\n", mark);
}

static void build_script(const char *body, struct str *script)
{
	struct line l;
	bool open = false;

	str_add(script, "PATH=\"$SKEP_DIR:$PATH\"; export PATH\n");
	while (take_line(&body, &l)) {
		if (is(&l, "  $ ")) {
			if (open)
				end_command(script);
			open = true;
			str_addn(script, l.s + 4, l.n - 4);
			str_addc(script, '\n');
		} else if (is(&l, "  > ")) {
			str_addn(script, l.s + 4, l.n - 4);
			str_addc(script, '\n');
		}
	}
	if (open)
		end_command(script);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	(void)st, (void)kind, (void)f;
	return remove(path);
}

static void run_script(const struct str *script, struct str *out)
{
	static const char start[] = "cd \"$HOME\" && exec sh ./.script 2>&1 </dev/null";
	char dir[] = "/tmp/skep-test-XXXXXX", file[64], home[64], root[PATH_MAX + 16],
	     bin[PATH_MAX + 16];
	const char *argv[] = {"env",       "-u", "NO_COLOR", "LC_ALL=C.UTF-8",
			      "TERM=dumb", home, root,       bin,
			      "sh",        "-c", start,      NULL};
	const char *slash = strrchr(test_skep(), '/');

	if (!mkdtemp(dir))
		FAIL("mkdtemp: %s", strerror(errno));
	snprintf(root, sizeof(root), "TESTS=%s/tests", test_root());
	snprintf(bin, sizeof(bin), "SKEP_DIR=%.*s", (int)(slash - test_skep()), test_skep());
	snprintf(home, sizeof(home), "HOME=%s", dir);
	snprintf(file, sizeof(file), "%s/.script", dir);
	if (file_write(file, script->s, script->n, NULL))
		FAIL("cannot write %s", file);
	test_spawn(argv, NULL, 0, out, out);
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- comparing ---- */

static bool matches(const struct line *want, const struct line *got)
{
	char w[4096], g[4096];
	regex_t re;
	bool hit;

	if (want->n == got->n && !memcmp(want->s, got->s, got->n))
		return true;
	if (want->n >= sizeof(w) - 4 || got->n >= sizeof(g))
		return false;
	snprintf(g, sizeof(g), "%.*s", (int)got->n, got->s);
	if (want->n > 7 && !memcmp(want->s + want->n - 7, " (glob)", 7)) {
		snprintf(w, sizeof(w), "%.*s", (int)want->n - 7, want->s);
		return !fnmatch(w, g, 0);
	}
	if (want->n > 5 && !memcmp(want->s + want->n - 5, " (re)", 5)) {
		snprintf(w, sizeof(w), "^(%.*s)$", (int)want->n - 5, want->s);
		if (regcomp(&re, w, REG_EXTENDED | REG_NOSUB))
			return false;
		hit = !regexec(&re, g, 0, NULL, 0);
		regfree(&re);
		return hit;
	}
	return false;
}

/* The output of one command, and its status, as the transcript writes them. */
static void add_result(struct str *s, const char *out, size_t n, long status, const char **want)
{
	const char *end = out + n;
	struct line got, expected;

	while (out < end) {
		const char *nl = memchr(out, '\n', (size_t)(end - out)), *before = *want;

		got = (struct line){out, nl ? (size_t)(nl - out) : (size_t)(end - out)};
		out += got.n + (nl != NULL);
		/*
		 * a pattern that matches is kept, so that the comparison and --bless are one thing
		 */
		if (take_line(want, &expected) && is(&expected, "  ") && !is(&expected, "  $ ")) {
			struct line inner = {expected.s + 2, expected.n - 2};

			if (matches(&inner, &got))
				got = inner;
		} else {
			*want = before;
		}
		str_addf(s, "  %.*s%s\n", (int)got.n, got.s, nl ? "" : " (no-eol)");
	}
	if (status)
		str_addf(s, "  [%ld]\n", status);
}

/* Skips to the line after the next command, copying all but old output. */
static bool next_command(const char **body, struct str *s)
{
	bool found = false;
	struct line l;

	while (**body) {
		const char *before = *body;

		take_line(body, &l);
		if (is(&l, "  $ ")) {
			if (found) {
				*body = before;
				return true;
			}
			found = true;
		} else if (is(&l, "  > ")) {
			;
		} else if (found) {
			*body = before;
			return true;
		} else if (is(&l, "  ")) {
			continue;
		}
		str_addf(s, "%.*s\n", (int)l.n, l.s);
	}
	return found;
}

static void transcript(struct test_case *c)
{
	const char *body = case_body(c, "run"), *at, *want;
	struct str script, out, got;
	char *next, *end;

	str_init(&script, OUTPUT_MAX);
	str_init(&out, OUTPUT_MAX);
	str_init(&got, OUTPUT_MAX);
	build_script(body, &script);
	run_script(&script, &out);
	for (at = out.s; next_command(&body, &got);) {
		next = strstr(at, mark);
		if (!next) {
			str_addf(&got, "  (the shell ended here)\n%s", at);
			break;
		}
		want = body;
		/* one newline before the mark is ours */
		add_result(&got, at, next > at ? (size_t)(next - at) - 1 : 0,
			   strtol(next + sizeof(mark) - 1, &end, 10), &want);
		at = end + (*end == '\n');
	}
	case_expect(c, "run", got.s);
	str_done(&script);
	str_done(&out);
	str_done(&got);
}

KIND_WITH("cli", ".t", transcript, TEST_NO_OOM)

/* tests/driver.c looks at how these fail. */
static void bad_transcript(struct test_case *c)
{
	transcript(c);
}

KIND_WITH("driver", ".transcript", bad_transcript, TEST_NO_OOM | TEST_HIDDEN)
