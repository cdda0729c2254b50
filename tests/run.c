/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The test driver: finds all tests, runs those asked for, and ends with "N passed, N failed, N
 * skipped". Run it from the repository's root.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "driver.h"

struct settings settings = {.jobs = 0, .timeout = 300};

static struct test *tests;
static struct test_kind *kinds;
static struct item *items;
static size_t item_count, item_cap;
static unsigned count[SKIPPED + 1];
static const char *self;

void test_register(struct test *t)
{
	t->next = tests;
	tests = t;
}

void test_kind_register(struct test_kind *k)
{
	k->next = kinds;
	kinds = k;
}

/* A test of what happens without memory asks for more than there can be: that is not an error. */
const char *__asan_default_options(void) __attribute__((visibility("default")));
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void) __attribute__((visibility("default")));
const char *__tsan_default_options(void)
{
	return "allocator_may_return_null=1";
}

/* ---- finding ---- */

static void add_item(struct item it)
{
	if (item_count == item_cap) {
		item_cap = item_cap ? item_cap * 2 : 256;
		items = realloc(items, item_cap * sizeof(*items));
		if (!items)
			exit(2);
	}
	items[item_count++] = it;
}

static char *join(const char *a, const char *b)
{
	size_t n = strlen(a) + strlen(b) + 2;
	char *s = driver_alloc(n);

	snprintf(s, n, "%s/%s", a, b);
	return s;
}

static void add_test(const struct test *t)
{
	const char *slash = strrchr(t->file, '/'), *base = slash ? slash + 1 : t->file;
	char stem[256];

	snprintf(stem, sizeof(stem), "%.*s", (int)strcspn(base, "."), base);
	add_item((struct item){join(stem, t->name), t, NULL, t->flags});
}

static void add_case(struct test_case *c)
{
	const char *file = c->file + strlen("tests/");
	bool whole = str_has_suffix(c->file, c->title);

	add_item((struct item){whole ? join(c->kind->dir, c->title) : join(file, c->title), NULL, c,
			       c->kind->flags});
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_kind(const struct test_kind *k)
{
	char *dir = join("tests", k->dir), *path;
	struct dirent **names;
	int n = scandir(dir, &names, NULL, by_name), i;

	for (i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.' && str_has_suffix(names[i]->d_name, k->suffix)) {
			path = join(dir, names[i]->d_name);
			envelope_load(path, k, add_case);
			free(path);
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	free(dir);
}

static int item_order(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void find_all(void)
{
	const struct test_kind *k;
	const struct test *t;
	size_t i;

	for (t = tests; t; t = t->next)
		add_test(t);
	for (k = kinds; k; k = k->next)
		add_kind(k);
	qsort(items, item_count, sizeof(*items), item_order);
	for (i = 1; i < item_count; i++)
		if (!item_order(&items[i - 1], &items[i]) && items[i].one && !items[i].one->bad) {
			items[i].one->bad = "another case of this file has the same title";
			items[i].one->bad_line = items[i].one->line;
		}
}

static bool is_named(const struct item *it, const char *pattern)
{
	if (*pattern == '=')
		return !strcmp(it->name, pattern + 1);
	return !(it->flags & TEST_HIDDEN) && strstr(it->name, pattern);
}

/* Whether the patterns want it; none at all, or only such as leave out, want everything. */
static bool is_wanted(const struct item *it, char **patterns, int n)
{
	bool named = false, any = false;
	int i;

	for (i = 0; i < n; i++) {
		if (*patterns[i] == '!' && is_named(it, patterns[i] + 1))
			return false;
		any |= *patterns[i] != '!';
		named |= *patterns[i] != '!' && is_named(it, patterns[i]);
	}
	return any ? named : !(it->flags & TEST_HIDDEN);
}

/* Keeps what the patterns name. */
static void keep(char **patterns, int n)
{
	size_t from, to = 0;

	for (from = 0; from < item_count; from++) {
		bool wanted = is_wanted(&items[from], patterns, n);

		if (settings.fast && items[from].flags & TEST_SLOW)
			wanted = false;
		if (settings.oom && items[from].flags & (TEST_NO_OOM | TEST_SLOW))
			wanted = false;
		if (wanted) { /* the others stay behind them, where a leak checker sees them */
			struct item it = items[to];

			items[to++] = items[from];
			items[from] = it;
		}
	}
	item_count = to;
}

/* ---- telling ---- */

static void show_text(const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		printf("#   %.*s\n", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static void done(const struct item *it, const struct result *r, const char *text)
{
	static unsigned number;
	size_t line = strcspn(text, "\n");

	count[r->status]++;
	number++;
	switch (r->status) {
	case PASSED:
		if (settings.tap || settings.verbose)
			printf("ok %u - %s", number, it->name);
		if (settings.verbose)
			printf(" # %.1f ms", (double)r->ns / 1e6);
		if (settings.tap || settings.verbose)
			putchar('\n');
		if (settings.verbose)
			show_text(text);
		break;
	case SKIPPED:
		printf("ok %u - %s # SKIP %.*s\n", number, it->name, (int)line, text);
		break;
	case FAILED:
		printf("not ok %u - %s\n", number, it->name);
		show_text(text);
		printf("#   again: %s%s --here '=%s'\n", self, settings.oom ? " --oom" : "",
		       it->name);
		break;
	}
	fflush(stdout);
}

static void run_here(void)
{
	struct result r = {.ns = 0};
	const char *text;
	size_t i;

	for (i = 0; i < item_count; i++) {
		r.status = item_run(&items[i], &text);
		done(&items[i], &r, text);
	}
}

static int usage(void)
{
	fputs("usage: tests/run [options] [PATTERN...]\n"
	      "  -j N         tests side by side (default: the cores)\n"
	      "  -v           say what passed, and how long it took\n"
	      "  --tap        say what passed\n"
	      "  --list       name the tests\n"
	      "  --here       in this process: for a debugger\n"
	      "  --bless      take what comes out as what is expected\n"
	      "  --oom        again with each allocation failing\n"
	      "  --fast       without the slow ones\n"
	      "  --timeout N  seconds for one test\n"
	      "A PATTERN is a part of a name, or '=' and the whole of it; behind '!': leave that out.\n"
	      "SKEP_LONG=1: hours are fine. SKEP_SEED=N: another seed. SKEP_BIN: another skep.\n",
	      stderr);
	return 2;
}

/* "-j N", "-jN" */
static bool number_option(char **argv, int *i, const char *name, unsigned *ret)
{
	const char *text = argv[*i] + strlen(name);
	uint64_t v;

	if (!str_has_prefix(argv[*i], name))
		return false;
	if (!*text)
		text = argv[++*i];
	if (!text || num_parse_u64(text, strlen(text), &v) || v > 100000)
		return false;
	*ret = (unsigned)v;
	return true;
}

int main(int argc, char **argv)
{
	bool list = false;
	unsigned jobs = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	size_t k;
	int i;

	self = argv[0];
	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "-v"))
			settings.verbose = true;
		else if (!strcmp(argv[i], "--tap"))
			settings.tap = true;
		else if (!strcmp(argv[i], "--list"))
			list = true;
		else if (!strcmp(argv[i], "--here"))
			settings.here = true;
		else if (!strcmp(argv[i], "--bless"))
			settings.bless = settings.here = true;
		else if (!strcmp(argv[i], "--oom"))
			settings.oom = true;
		else if (!strcmp(argv[i], "--fast"))
			settings.fast = true;
		else if (!number_option(argv, &i, "-j", &jobs) &&
			 !number_option(argv, &i, "--timeout", &settings.timeout))
			return usage();
	}
	if (settings.oom && mem_live() < 0) {
		fputs("tests: --oom needs a build that counts allocations: make VARIANT=san "
		      "tests\n",
		      stderr);
		return 2;
	}
	settings.jobs = (int)jobs;
	signal(SIGPIPE, SIG_IGN);
	find_all();
	keep(argv + i, argc - i);
	for (k = 0; list && k < item_count; k++)
		puts(items[k].name);
	if (list)
		return 0;
	if (settings.here)
		run_here();
	else
		items_run(items, item_count, done);
	if (settings.bless && bless_write() < 0)
		count[FAILED]++;
	if (settings.tap)
		printf("1..%u\n", count[PASSED] + count[FAILED] + count[SKIPPED]);
	printf("%u passed, %u failed, %u skipped\n", count[PASSED], count[FAILED], count[SKIPPED]);
	return count[FAILED] || !(count[PASSED] + count[SKIPPED]);
}
