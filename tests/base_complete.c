/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The completion scripts, run by the shells that they are for: what is offered at each place of a
 * command line. A case of the table is the line up to the cursor, and all that may be offered.
 *
 * bash: the script is sourced, and its function called as bash would call it, with the line split
 * as bash splits it (at "=" too). fish: `complete -C` tells. zsh has no such thing, so the
 * functions of its completion system by which the script offers words are replaced by some that
 * print them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_opt.h"
#include "test.h"

/* Run in a folder with these: "in-put.s", "with blank", and the directory "sub". */
static const struct {
	const char *line;
	const char *
		words; /* sorted, with a blank between; "*": what begins with "--", not looked at */
	const char *files; /* those of the files that are offered too, or NULL */
} rows[] = {
	{"tool ", "asm exec map mark text", NULL},
	{"tool ma", "map mark", NULL},
	{"tool zz", "", NULL},
	{"tool map ", "dump list", NULL},
	{"tool map d", "dump", NULL},
	{"tool map dump ", "id name pinned", NULL},
	{"tool map dump n", "name", NULL},
	{"tool map list ", "", NULL},
	{"tool --js", "--json", NULL},
	{"tool map --fo", "--format", NULL},
	{"tool asm --st", "--strip --strip-all", NULL},
	{"tool map --st", "", NULL},
	{"tool map list --hel", "--help", NULL},
	{"tool --format ", "json text", NULL},
	{"tool --format j", "json", NULL},
	{"tool -f ", "json text", NULL},
	{"tool --format text ma", "map mark", NULL}, /* here "text" is a value, and no command */
	{"tool -f text map ", "dump list", NULL},
	{"tool --json map ", "dump list", NULL},
	{"tool asm --kind ", "elf hex raw", NULL},
	{"tool asm a.s --kind h", "hex", NULL},
	{"tool asm --color a", "always auto", NULL}, /* the root's, behind a command */
	{"tool asm --count ", "", NULL},             /* a number: nothing to offer */
	{"tool asm i", "", "in-put.s"},
	{"tool asm w", "", "with blank"},
	{"tool asm -o i", "", "in-put.s"},
	{"tool asm --out-dir s", "", "sub"},
	{"tool asm --out-dir i", "", NULL},
	{"tool mark s", "", "sub"},
	{"tool mark i", "", NULL},
	{"tool sec", "", NULL},
};

/* After "=": bash and zsh offer the value alone, fish the whole word. */
static const struct {
	const char *line, *words, *fish;
} equal_rows[] = {
	{"tool --format=", "json text", "--format=json --format=text"},
	{"tool --format=j", "json", "--format=json"},
	{"tool asm --kind=h", "hex", "--kind=hex"},
	{"tool --format=text map ", "dump list", "dump list"},
};

/* ---- running a shell ---- */

static char dir[64];

static void in_folder(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (file_write(path, text, strlen(text), NULL))
		FAIL("cannot write %s", path);
}

static void make_folder(const char *shell)
{
	char path[128];
	struct str s;

	snprintf(dir, sizeof(dir), "/tmp/skep-complete-XXXXXX");
	if (!mkdtemp(dir))
		FAIL("mkdtemp: %s", strerror(errno));
	in_folder("in-put.s", "");
	in_folder("with blank", "");
	snprintf(path, sizeof(path), "%s/sub", dir);
	mkdir(path, 0755);
	str_init(&s, 1 << 20);
	if (opt_completion(&opt_root, shell, &s))
		FAIL("no script for %s", shell);
	in_folder(".script", s.s);
	str_done(&s);
}

static void remove_folder(void)
{
	static const char *const names[] = {"in-put.s", "with blank", ".script", "sub"};
	char path[128];
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		remove(path);
	}
	rmdir(dir);
}

/*
 * The shell runs `program` in the folder, with the line as its argument: what comes out are the
 * words that are offered, one a line. Sorted, and joined into ret.
 */
static void offered(const char *const *shell, const char *program, const char *line, char *ret,
		    size_t size)
{
	const char *argv[8];
	struct str out, err, cd;
	int status, n = 0;

	str_init(&cd, 10000);
	str_addf(&cd, "cd %s\n%s", dir, program);
	for (; shell[n]; n++)
		argv[n] = shell[n];
	argv[n++] = cd.s;
	if (line) {
		argv[n++] = "tool";
		argv[n++] = line;
	}
	argv[n] = NULL;
	str_init(&out, size - 1);
	str_init(&err, 1000);
	status = test_spawn(argv, NULL, 0, &out, &err);
	while (out.n && out.s[out.n - 1] == '\n')
		str_cut(&out, out.n - 1);
	memcpy(ret, out.s, out.n + 1);
	for (; *ret; ret++)
		if (*ret == '\n')
			*ret = '|';
	str_done(&out);
	str_done(&cd);
	if (status || err.n)
		FAIL("%s: %s ends with %d: %s", line, shell[0], status, err.s);
	str_done(&err);
}

/* "json text" as what is offered is shown: "json|text" */
static void joined(const char *words, const char *files, char *ret, size_t size)
{
	char *p;

	snprintf(ret, size, "%s", words);
	for (p = ret; *p; p++)
		if (*p == ' ')
			*p = '|';
	if (files)
		snprintf(p, size - (size_t)(p - ret), "%s%s", *words ? "|" : "", files);
}

static void expect(const char *const *shell, const char *program, const char *line,
		   const char *words, const char *files)
{
	char got[8192], want[400];

	offered(shell, program, line, got, sizeof(got));
	joined(words, files, want, sizeof(want));
	if (strcmp(got, want))
		FAIL("at '%s' %s offers '%s', not '%s'", line, shell[0], got, want);
}

static void all_rows(const char *const *shell, const char *program, bool fish)
{
	size_t i;

	make_folder(shell[0]);
	for (i = 0; i < ARRAY_LEN(rows); i++)
		expect(shell, program, rows[i].line, rows[i].words, rows[i].files);
	for (i = 0; i < ARRAY_LEN(equal_rows); i++)
		expect(shell, program, equal_rows[i].line,
		       fish ? equal_rows[i].fish : equal_rows[i].words, NULL);
	remove_folder();
}

static void need(const char *shell)
{
	if (!test_have_command(shell))
		SKIP("needs the command %s", shell);
}

/* ---- the shells ---- */

static const char bash_program[] =
	". ./.script\n"
	"line=$1; COMP_WORDS=()\n"
	"for word in ${line}; do\n" /* split at blanks, and then at '=' as readline does */
	"  while [[ $word == *=* ]]; do COMP_WORDS+=(\"${word%%=*}\" =); word=${word#*=}; done\n"
	"  [[ -n $word ]] && COMP_WORDS+=(\"$word\")\n"
	"done\n"
	"[[ $line == *' ' ]] && COMP_WORDS+=('')\n"
	"COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
	"complete -p tool | grep -q -e '-F _tool' || exit 3\n"
	"_tool\n"
	"((${#COMPREPLY[@]})) && printf '%s\\n' \"${COMPREPLY[@]}\" | LC_ALL=C sort\n"
	"true\n";

TEST_WITH(bash, TEST_NO_OOM)
{
	static const char *const shell[] = {"bash", "--norc", "-c", NULL};

	need("bash");
	all_rows(shell, bash_program, false);
}

static const char fish_program[] =
	"set -gx fish_history ''\n"
	"source ./.script\n"
	"complete -C \"$argv[2]\" | string replace -r '\\t.*' '' | string replace -r '/$' ''"
	" | string unescape | env LC_ALL=C sort\n"
	"true\n";

TEST_WITH(fish, TEST_NO_OOM)
{
	static const char *const shell[] = {"fish", "--no-config", "-c", NULL};

	need("fish");
	all_rows(shell, fish_program, true);
}

static const char zsh_program[] =
	"compdef() { [[ \"$1 $2\" == '_tool tool' ]] || exit 3; }\n"
	". ./.script\n"
	"offer() { local w; for w in \"$@\"; do [[ $w == \"$PREFIX\"* ]] && print -r -- \"$w\"; "
	"done; true; }\n"
	"_describe() { local w; for w in \"${(P@)2}\"; do offer \"${w%%:*}\"; done; }\n"
	"compadd() { shift; offer \"$@\"; }\n"
	"_files() { if [[ $1 == -/ ]]; then offer *(/N); else offer *(N); fi; }\n"
	"compset() { PREFIX=${PREFIX#*=}; }\n"
	"line=$1; words=(${=line}); [[ $line == *' ' ]] && words+=('')\n"
	"CURRENT=$#words; PREFIX=$words[CURRENT]\n"
	"_tool | LC_ALL=C sort\n";

TEST_WITH(zsh, TEST_NO_OOM)
{
	static const char *const shell[] = {"zsh", "-f", "-c", NULL};

	need("zsh");
	all_rows(shell, zsh_program, false);
}
