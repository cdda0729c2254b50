/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The command line: every rule of base.h, on a small tree of commands. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base_opt.h"
#include "test.h"

/* ---- one command line ---- */

struct line {
	struct root_options global;
	struct opt_args a;
	struct diag d;
	int err;
	char said[2000]; /* what was reported */
	char found[200]; /* path: operands */
};

enum { WORDS_MAX = 16 };

/* Parses "tool" and the words, up to a NULL. */
static struct line *parse(const char *const *words)
{
	static struct line l;
	const char *argv[WORDS_MAX + 2] = {"tool"};
	struct str s;
	int n = 0, i;
	size_t k;

	for (; words[n]; n++)
		argv[n + 1] = words[n];
	memset(&l, 0, sizeof(l));
	diag_init(&l.d, 50);
	l.err = opt_parse(&opt_root, &l.global, n + 1, (char **)(uintptr_t)argv, &l.d, &l.a);
	str_init(&s, sizeof(l.said) - 1);
	diag_render(&l.d, DIAG_PLAIN, &s);
	memcpy(l.said, s.s, s.n + 1);
	str_done(&s);
	k = (size_t)snprintf(l.found, sizeof(l.found), "%s:", l.a.path ? l.a.path : "");
	for (i = 0; i < l.a.n; i++)
		k += (size_t)snprintf(l.found + k, sizeof(l.found) - k, " %s", l.a.at[i]);
	return &l;
}

#define LINE(...) parse((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void done(struct line *l)
{
	opt_args_done(&l->a);
	diag_done(&l->d);
}

/* The words are understood: as this command with these operands. */
static void accept(const char *const *words, const char *found)
{
	struct line *l = parse(words);
	int err = l->err;

	done(l);
	if (test_oom() && err)
		return;
	if (err)
		FAIL("refused: %s", l->said);
	CHECK_STR(l->found, found);
	CHECK_STR(l->said, "");
}

#define ACCEPT(found, ...) accept((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL}, found)

/* The words are refused, and this is said. */
static void refuse(const char *const *words, const char *said)
{
	struct line *l = parse(words);
	int err = l->err;

	done(l);
	if (test_oom())
		return;
	CHECK_EQ(err, -EINVAL);
	CHECK_STR(l->said, said);
}

#define REFUSE(said, ...) refuse((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL}, said)

/* Understood, and `cond` holds of the options struct `o` and the root's `g`. */
#define OPTIONS(cond, ...)                                                                         \
	do {                                                                                       \
		struct line *l = LINE(__VA_ARGS__);                                                \
		const struct asm_options *o = l->a.options;                                        \
		const struct root_options *g = &l->global;                                         \
		bool right = !l->err && o && (cond), oom = l->err && test_oom();                   \
		(void)g;                                                                           \
		done(l);                                                                           \
		if (!right && !oom)                                                                \
			FAIL("%s does not hold; said: %s", #cond, l->said);                        \
	} while (0)

/* ---- words ---- */

TEST(sub_commands)
{
	ACCEPT("tool map list:", "map", "list");
	ACCEPT("tool map dump: 5 6", "map", "dump", "5", "6");
	ACCEPT("tool asm: a.s", "asm", "a.s");
	ACCEPT("tool secret:", "secret"); /* hidden, not forbidden */
}

TEST(unique_beginnings)
{
	ACCEPT("tool map list:", "map", "l");
	ACCEPT("tool asm: map", "a", "map");
	REFUSE("skep: error: 'tool' has no command ''\n  see 'tool --help'\n", "");
}

TEST(ambiguous_beginnings)
{
	REFUSE("skep: error: 'tool m' could be several commands\n  tool map\n  tool mark\n", "m");
	REFUSE("skep: error: 'tool' has no command 'sec'\n  see 'tool --help'\n", "sec");
	ACCEPT("tool map list:", "map", "list"); /* a whole name is not ambiguous */
}

TEST(wrong_commands)
{
	REFUSE("skep: error: 'tool' has no command 'amp'\n  did you mean 'map'?\n  see 'tool "
	       "--help'\n",
	       "amp", "list");
	REFUSE("skep: error: 'tool map' has no command 'dmup'\n  did you mean 'dump'?\n"
	       "  see 'tool map --help'\n",
	       "map", "dmup");
	REFUSE("skep: error: 'tool map' needs a command\n  see 'tool map --help'\n", "map");
	REFUSE("skep: error: 'tool' needs a command\n  see 'tool --help'\n");
}

TEST(operand_counts)
{
	REFUSE("skep: error: 'tool asm' needs FILE...\n  see 'tool asm --help'\n", "asm");
	REFUSE("skep: error: 'tool map list' does not take 'x'\n  see 'tool map list --help'\n",
	       "map", "list", "x", "y");
	REFUSE("skep: error: 'tool map dump' needs ID [KEY]\n  see 'tool map dump --help'\n", "map",
	       "dump");
	ACCEPT("tool map dump: 1", "map", "dump", "1");
	REFUSE("skep: error: 'tool map dump' does not take '3'\n  see 'tool map dump --help'\n",
	       "map", "dump", "1", "2", "3");
	ACCEPT("tool asm: 1 2 3 4 5", "asm", "1", "2", "3", "4", "5");
}

TEST(dashes)
{
	ACCEPT("tool asm: -", "asm", "-");
	ACCEPT("tool asm: -x --json", "asm", "--", "-x", "--json");
	ACCEPT("tool asm: a -- b", "asm", "a", "--", "--", "b");
	ACCEPT("tool asm: a", "--", "asm", "a");
	OPTIONS(!g->json && l->a.n == 2, "asm", "--", "--json", "x");
}

TEST(raw_commands)
{
	struct line *l;
	bool json;
	int err;

	ACCEPT("tool exec: -x -- --help -j", "exec", "-x", "--", "--help", "-j");
	ACCEPT("tool exec:", "exec");
	l = LINE("-j", "exec", "--json");
	json = l->global.json;
	err = l->err;
	done(l);
	CHECK(test_oom() || (!err && json));
	CHECK(test_oom() || !strcmp(l->found, "tool exec: --json"));
}

/* ---- options ---- */

TEST(every_form)
{
	OPTIONS(!strcmp(o->output, "x"), "asm", "a", "-o", "x");
	OPTIONS(!strcmp(o->output, "x"), "asm", "-ox", "a");
	OPTIONS(!strcmp(o->output, "x"), "asm", "--output", "x", "a");
	OPTIONS(!strcmp(o->output, "x=y"), "asm", "--output=x=y", "a");
	OPTIONS(!strcmp(o->output, ""), "asm", "--output=", "a");
	OPTIONS(!strcmp(o->output, "--"), "asm", "--output", "--", "a");
	OPTIONS(!strcmp(o->output, "-"), "asm", "-o", "-", "a");
	OPTIONS(!strcmp(o->output, "b"), "asm", "-oa", "-ob", "a"); /* the last one counts */
	OPTIONS(g->json && o->strip && !strcmp(o->output, "x"), "asm", "-jsox", "a");
	OPTIONS(g->json && o->strip && !strcmp(o->output, "x"), "asm", "-jso", "x", "a");
	OPTIONS(!strcmp(o->output, "=x"), "asm", "-o=x", "a"); /* as getopt has it */
}

TEST(root_options_everywhere)
{
	OPTIONS(g->json && g->verbose == 3, "-v", "asm", "-v", "a", "--json", "--verbose");
	OPTIONS(g->verbose == 4, "asm", "-vvvv", "a");
	OPTIONS(g->format == 1, "--format", "json", "asm", "a");
	OPTIONS(g->format == 1, "asm", "a", "-fjson");
	OPTIONS(g->define.n == 2 && !strcmp(g->define.at[1], "y=2"), "-Dx", "asm", "a",
		"--define=y=2");
}

TEST(whole_names_before_beginnings)
{
	/* asm has --color-depth and --strip-all beside the root's --color and its own --strip */
	OPTIONS(g->color && !strcmp(g->color, "7") && !o->color_depth, "asm", "--color", "7", "a");
	OPTIONS(o->color_depth == 7 && !g->color, "asm", "--color-d=7", "a");
	OPTIONS(o->strip && !o->strip_all, "asm", "--strip", "a");
	OPTIONS(o->strip_all && !o->strip, "asm", "--strip-", "a");
	/* asm has a --quiet of its own: the root's is not to be seen there */
	OPTIONS(o->quiet && !g->quiet, "asm", "--quiet", "a");
	OPTIONS(o->quiet && !g->quiet, "asm", "--qui", "a");
	OPTIONS(o->quiet && g->quiet, "-q", "asm", "-q", "a");
}

TEST(beginnings_of_options)
{
	OPTIONS(g->json, "asm", "--js", "a");
	OPTIONS(!strcmp(o->output, "x"), "asm", "--outp=x", "a");
	REFUSE("skep: error: '--o' could be several options\n  --output\n  --out-dir\n", "asm",
	       "--o=x", "a");
	REFUSE("skep: error: '--col' could be several options\n  --color-depth\n  --color\n", "asm",
	       "--col=1", "a");
	REFUSE("skep: error: '--ver' could be several options\n  --verify\n  --verbose\n", "asm",
	       "--ver", "a");
}

TEST(wrong_options)
{
	REFUSE("skep: error: 'tool asm' has no option '--otput'\n  did you mean '--output'?\n"
	       "  see 'tool asm --help'\n",
	       "asm", "--otput=x");
	REFUSE("skep: error: 'tool asm' has no option '--jsno'\n  did you mean '--json'?\n"
	       "  see 'tool asm --help'\n",
	       "asm", "--jsno");
	REFUSE("skep: error: 'tool asm' has no option '-y'\n  see 'tool asm --help'\n", "asm",
	       "-jy");
	REFUSE("skep: error: 'tool asm' has no option '--'\n  see 'tool asm --help'\n", "asm",
	       "--=x");
	REFUSE("skep: error: 'tool map' has no option '-o'\n  see 'tool map --help'\n", "map", "-o",
	       "list");
	REFUSE("skep: error: 'tool' has no option '-.'\n  see 'tool --help'\n", "-\xc3\xa9");
	REFUSE("skep: error: 'tool asm' has no option '-5'\n  see 'tool asm --help'\n", "asm",
	       "-5");
}

TEST(values_that_miss)
{
	REFUSE("skep: error: option '--output' needs its FILE\n", "asm", "a", "--output");
	REFUSE("skep: error: option '-o' needs its FILE\n", "asm", "a", "-o");
	REFUSE("skep: error: option '-o' needs its FILE\n", "asm", "a", "-jo");
	REFUSE("skep: error: option '--json' takes no value\n", "asm", "a", "--json=1");
	REFUSE("skep: error: option '--verbose' takes no value\n", "asm", "a", "--verbose=1");
	REFUSE("skep: error: option '--help' takes no value\n", "asm", "a", "--help=1");
}

/* ---- kinds ---- */

TEST(numbers)
{
	OPTIONS(o->count == 255, "asm", "a", "--count=0xff");
	OPTIONS(o->size == 65536, "asm", "a", "--size", "64K");
	OPTIONS(o->time == 1500000000, "asm", "a", "--time=1.5s");
	REFUSE("skep: error: option '--count' takes a number, not '1x'\n", "asm", "a",
	       "--count=1x");
	REFUSE("skep: error: option '-n' takes a number, not '-1'\n", "asm", "a", "-n", "-1");
	REFUSE("skep: error: option '--count' takes a number, not ''\n", "asm", "a", "--count=");
	REFUSE("skep: error: option '--count': '18446744073709551616' is too large\n", "asm", "a",
	       "--count=18446744073709551616");
	REFUSE("skep: error: option '--size' takes a size such as 64K or 1MiB, not '64Q'\n", "asm",
	       "a", "--size=64Q");
	REFUSE("skep: error: option '--size': '16E' is too large\n", "asm", "a", "--size=16E");
	REFUSE("skep: error: option '--time' takes a duration such as 10ms or 5s, not '1h30'\n",
	       "asm", "a", "--time=1h30");
}

TEST(enums)
{
	OPTIONS(o->kind == 2, "asm", "a", "--kind=elf");
	REFUSE("skep: error: option '--kind' cannot be 'efl'\n  did you mean 'elf'?\n  it can be "
	       "'raw'\n"
	       "  it can be 'hex'\n  it can be 'elf'\n",
	       "asm", "a", "--kind=efl");
	REFUSE("skep: error: option '--kind' cannot be ''\n  it can be 'raw'\n  it can be 'hex'\n"
	       "  it can be 'elf'\n",
	       "asm", "a", "--kind=");
}

TEST(lists)
{
	OPTIONS(o->lib.n == 3 && !strcmp(o->lib.at[0], "x") && !strcmp(o->lib.at[2], "z"), "asm",
		"-lx", "a", "-l", "y", "--lib=z");
	OPTIONS(o->lib.n == 0 && !o->lib.at, "asm", "a");
}

TEST_WITH(lists_have_a_ceiling, TEST_NO_OOM)
{
	static char *argv[5000], tool[] = "tool", verb[] = "asm", lib[] = "-lx";
	struct root_options global = {0};
	struct opt_args a;
	struct diag d;
	int i, err;

	argv[0] = tool;
	argv[1] = verb;
	for (i = 2; i < 4990; i++)
		argv[i] = lib;
	diag_init(&d, 5);
	err = opt_parse(&opt_root, &global, i, argv, &d, &a);
	CHECK_EQ(err, -EINVAL);
	CHECK_STR(d.first->text, "option '-l' is given too often");
	opt_args_done(&a);
	diag_done(&d);
}

TEST(defaults)
{
	OPTIONS(!strcmp(o->output, "a.out") && o->count == 42 && !o->size, "asm", "a");
	OPTIONS(o->count == 1, "asm", "a", "-n1");
}

TEST(help_flag)
{
	struct line *l;
	const struct opt_command *c;
	const char *words[][4] = {
		{"asm", "--help"}, {"asm", "-h"}, {"asm", "-jh", "-o", "x"},
		{"asm", "--he"},   {"-h", "asm"},
	};
	size_t i;
	bool help;
	int err;

	for (i = 0; i < ARRAY_LEN(words); i++) {
		const char *line[5] = {words[i][0], words[i][1], words[i][2],
				       words[i][2] ? words[i][3] : NULL, NULL};

		l = parse(line);
		help = l->a.help;
		c = l->a.command;
		err = l->err;
		done(l);
		if (!test_oom() && (err || !help || strcmp(c->name, "asm")))
			FAIL("%zu: %d, %s", i, err, l->said);
	}
	ACCEPT("tool:", "--help");
	ACCEPT("tool map:", "map", "--help");
}

TEST(no_words_at_all)
{
	char *argv[] = {NULL};
	struct root_options global = {0};
	struct opt_args a;
	struct diag d;
	int err;

	diag_init(&d, 5);
	err = opt_parse(&opt_root, &global, 0, argv, &d, &a);
	opt_args_done(&a);
	diag_done(&d);
	CHECK(err);
}

TEST_WITH(no_memory_is_told, TEST_NO_OOM)
{
	static char tool[] = "tool", verb[] = "asm", a_file[] = "a";
	char *argv[] = {tool, verb, a_file, NULL};
	struct root_options global;
	struct opt_args a;
	struct diag d;
	uint64_t n;
	int err;

	for (n = 1;; n++) {
		memset(&global, 0, sizeof(global));
		diag_init(&d, 5);
		mem_fail_from(n);
		err = opt_parse(&opt_root, &global, 3, argv, &d, &a);
		mem_fail_from(0);
		opt_args_done(&a);
		CHECK(!err ==
		      !d.count[DIAG_ERROR]); /* counted even if there is no memory for the text */
		diag_done(&d);
		if (!err)
			break;
		CHECK_EQ(err, -ENOMEM);
	}
	CHECK(n > 3);
}

/* Random words, made of what the tree knows: whatever comes out, nothing leaks or crashes. */
TEST(random_words)
{
	static const char *const known[] = {
		"map",    "list",       "dump",   "asm", "exec",      "ma",     "--json",
		"-j",     "-vv",        "-o",     "-ox", "--output=", "--",     "-",
		"",       "--kind=elf", "--kind", "raw", "-l",        "-lx",    "--define",
		"-h",     "--help",     "--col",  "-Dq", "--size=1K", "--time", "5s",
		"secret", "--=",        "-n5",
	};
	const char *words[WORDS_MAX];
	uint64_t seed = test_seed();
	int round, n, i, accepted = 0;

	for (round = 0; round < 3000; round++) {
		struct line *l;
		bool told;

		n = (int)(test_random(&seed) % (WORDS_MAX - 1));
		for (i = 0; i < n; i++)
			words[i] = known[test_random(&seed) % ARRAY_LEN(known)];
		words[n] = NULL;
		l = parse(words);
		told = !l->err == !l->d.count[DIAG_ERROR];
		accepted += !l->err;
		done(l);
		if (!told)
			FAIL("%d", round);
		if (test_oom() && round > 20)
			return;
	}
	CHECK(accepted > 100 && accepted < 2900);
}

/* ---- finding ---- */

static void find(const char *const *words, int n, const char *want, const char *said)
{
	struct diag d;
	struct str s;
	char got[400];
	const struct opt_command *c;

	diag_init(&d, 5);
	c = opt_find(&opt_root, (char *const *)(uintptr_t)words, n, &d);
	str_init(&s, sizeof(got) - 1);
	diag_render(&d, DIAG_PLAIN, &s);
	memcpy(got, s.s, s.n + 1);
	str_done(&s);
	diag_done(&d);
	if (test_oom())
		return;
	CHECK_STR(c ? c->name : "none", want);
	CHECK_STR(got, said);
}

TEST(found_by_path)
{
	const char *path[] = {"map", "du", "x"};
	const char *wrong[] = {"map", "lsit"};

	find(path, 0, "tool", "");
	find(path, 1, "map", "");
	find(path, 2, "dump", "");
	find(path, 3, "none", "skep: error: 'tool map dump' has no commands\n");
	find(wrong, 2, "none",
	     "skep: error: 'tool map' has no command 'lsit'\n  did you mean 'list'?\n"
	     "  see 'tool map --help'\n");
	CHECK(opt_sub_exact(&opt_root, "map") && !opt_sub_exact(&opt_root, "ma"));
	CHECK(!opt_sub_exact(opt_sub_exact(&opt_root, "asm"), "x"));
}

/* ---- the golden texts: tests/base/opt.t ---- */

static void render(const struct test_case *c, const struct opt_command *command, struct str *s)
{
	const char *what = case_header(c, "show"), *path = case_header(c, "path");

	CHECK(what && path);
	if (!strcmp(what, "help"))
		opt_help(&opt_root, command, path, false, s);
	else if (!strcmp(what, "color help"))
		opt_help(&opt_root, command, path, true, s);
	else if (!strcmp(what, "man"))
		opt_man(&opt_root, command, path, "1.2.3", s);
	else
		CHECK_EQ(opt_completion(&opt_root, what, s), 0);
}

static void golden(struct test_case *c)
{
	const char *path = case_header(c, "path"), *blank = path ? strchr(path, ' ') : NULL;
	const struct opt_command *command = &opt_root;
	char name[32];
	struct str s;
	int err;

	while (command && blank) {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(blank + 1, " "), blank + 1);
		command = opt_sub_exact(command, name);
		blank = strchr(blank + 1, ' ');
	}
	CHECK(command);
	str_init(&s, 1 << 20);
	render(c, command, &s);
	err = str_err(&s);
	if (!err)
		case_expect(c, "text", s.s);
	str_done(&s);
	CHECK(!err || test_oom());
}

KIND("base", ".t", golden)

TEST(unknown_shell)
{
	struct str s;
	int err;

	str_init(&s, 100);
	err = opt_completion(&opt_root, "tcsh", &s);
	str_done(&s);
	CHECK_EQ(err, -EINVAL);
}

/* ---- man pages ---- */

static void lint(const struct opt_command *c, const char *path)
{
	static const char *const argv[] = {"mandoc", "-T", "lint", "-W", "warning", NULL};
	struct str page, said;
	char text[2000];
	int status;
	size_t i;

	str_init(&page, 1 << 20);
	str_init(&said, sizeof(text) - 1);
	opt_man(&opt_root, c, path, "1.2.3", &page);
	status = test_spawn(argv, page.s, page.n, &said, &said);
	memcpy(text, said.s, said.n + 1);
	str_done(&page);
	str_done(&said);
	if (status)
		FAIL("%s: mandoc ends with %d:\n%s", path, status, text);
	for (i = 0; c->sub && c->sub[i]; i++) {
		char below[100];

		snprintf(below, sizeof(below), "%s %s", path, c->sub[i]->name);
		lint(c->sub[i], below);
	}
}

TEST_WITH(man_pages_are_right, TEST_NO_OOM)
{
	if (!test_have_command("mandoc"))
		SKIP("needs the command mandoc");
	lint(&opt_root, "tool");
}

/* The page says what is in the table, however a line begins and however long it is. */
TEST_WITH(man_pages_show_all, TEST_NO_OOM)
{
	static const char *const argv[] = {"mandoc", "-T", "ascii", NULL};
	struct str page, shown;
	bool all;

	if (!test_have_command("mandoc"))
		SKIP("needs the command mandoc");
	str_init(&page, 1 << 20);
	str_init(&shown, 1 << 20);
	opt_man(&opt_root, opt_sub_exact(&opt_root, "asm"), "tool asm", "1.2.3", &page);
	CHECK_EQ(test_spawn(argv, page.s, page.n, &shown, NULL), 0);
	all = strstr(shown.s, ".text begins this line") && strstr(shown.s, "'quoted' too") &&
	      strstr(shown.s, "the-end-of-a-long-line") && strstr(shown.s, "a\\nb");
	str_done(&page);
	str_done(&shown);
	CHECK(all);
}
