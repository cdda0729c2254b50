/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What skep says of the kernel's objects, held against Debian's bpftool on the same objects at the same
 * time: JSON key by key, text line by line. tests/cli/bpftool.sh makes the objects and asks both.
 *
 * bpftool 7.1 is older than what skep speaks: keys that it does not have yet may be more in skep's JSON,
 * but none of its own may be missing or differ.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

enum { TEXT_MAX = 64 << 20, LINES_MAX = 1 << 20, COMPARED_AT_LEAST = 100 };

struct lines {
	VEC(const char *) at;
};

/* ---- JSON as lines of "path = value", in order ------------------------------------------------- */

struct flat {
	struct json j;
	struct arena arena;
	struct lines lines;
};

static void flatten(struct flat *f, int kind, const char *path)
{
	unsigned i = 0;
	char *key;

	if (kind == JSON_OBJECT) {
		while ((kind = json_next(&f->j)) == JSON_KEY) {
			key = arena_printf(&f->arena, "%s.%s", path, f->j.text.s);
			flatten(f, json_next(&f->j), key);
		}
		CHECK_EQ(kind, JSON_OBJECT_END);
	} else if (kind == JSON_ARRAY) {
		/* ids are a set: which of two lists them first is nothing to agree on */
		bool set = str_has_suffix(path, "_ids");

		for (; (kind = json_next(&f->j)) != JSON_ARRAY_END; i++) {
			CHECK(kind > JSON_END);
			flatten(f, kind, set ? arena_printf(&f->arena, "%s[]", path) : arena_printf(&f->arena, "%s[%u]", path, i));
		}
		CHECK(!vec_push(&f->lines.at, arena_printf(&f->arena, "%s has %u", path, i)));
	} else {
		CHECK(kind >= JSON_STRING);
		CHECK(!vec_push(&f->lines.at, arena_printf(&f->arena, "%s = %d %s", path, kind,
							   kind <= JSON_NUMBER ? f->j.text.s : "")));
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void flat_init(struct flat *f, const char *text, struct diag *d, struct src *src)
{
	*src = (struct src){.name = "json", .text = text, .len = (uint32_t)strlen(text)};
	*f = (struct flat){.lines = {.at = VEC_INIT(LINES_MAX)}};
	arena_init(&f->arena, TEXT_MAX);
	json_init(&f->j, src, d);
	flatten(f, json_next(&f->j), "");
	qsort(f->lines.at.at, f->lines.at.n, sizeof(char *), by_text);
}

static void flat_done(struct flat *f)
{
	json_done(&f->j);
	vec_done(&f->lines.at);
	arena_done(&f->arena);
}

/* What goes on between two looks, once somebody has the kernel count runs. */
static bool is_count(const char *line)
{
	return strstr(line, "run_time_ns") || strstr(line, "run_cnt") || strstr(line, "recursion_misses");
}

/* Both are in order: each line of `want` must be in `got`. */
static void compare_json(const char *what, const char *got, const char *want)
{
	struct flat g, w;
	struct diag d;
	struct src gs, ws;
	size_t i, k = 0;

	diag_init(&d, 10);
	flat_init(&g, got, &d, &gs);
	flat_init(&w, want, &d, &ws);
	for (i = 0; i < w.lines.at.n; i++, k++) {
		if (is_count(w.lines.at.at[i])) {
			k--;
			continue;
		}
		while (k < g.lines.at.n && strcmp(g.lines.at.at[k], w.lines.at.at[i]) < 0)
			k++;
		if (k == g.lines.at.n || strcmp(g.lines.at.at[k], w.lines.at.at[i]))
			FAIL("%s: bpftool has \"%s\", and skep not:\n%s\n%s", what, w.lines.at.at[i], want, got);
	}
	flat_done(&g);
	flat_done(&w);
	diag_done(&d);
}

/* ---- text -------------------------------------------------------------------------------------- */

/* Who holds an object is not known to a bpftool that cannot run its iterator; blanks at ends are nothing. */
static bool is_only_ours(const char *line)
{
	static const char *const words[] = {"\tpids ", "\ttracepoint ", "  prog_ids", "inner_map_id:"};
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++)
		if (str_has_prefix(line, words[i]))
			return true;
	return false;
}

static void normalise(const char *text, struct str *s)
{
	size_t n, keep;

	for (; *text; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		keep = n;
		if (strstr(text, " run_time_ns ") && strstr(text, " run_time_ns ") < text + n)
			keep = (size_t)(strstr(text, " run_time_ns ") - text);
		for (; keep && text[keep - 1] == ' '; keep--)
			;
		if (keep && !is_only_ours(text))
			str_addf(s, "%.*s\n", (int)keep, text);
	}
}

static void compare_text(const char *what, const char *got, const char *want)
{
	struct str g, w, diff;

	str_init(&g, TEXT_MAX);
	str_init(&w, TEXT_MAX);
	normalise(got, &g);
	normalise(want, &w);
	if (strcmp(g.s, w.s)) {
		str_init(&diff, TEXT_MAX);
		test_diff(&diff, w.s, g.s);
		FAIL("%s: as text\n%s", what, diff.s);
	}
	str_done(&g);
	str_done(&w);
}

/* ---- records ----------------------------------------------------------------------------------- */

static char *cut(char *text, const char *mark)
{
	char *at = strstr(text, mark);

	if (at)
		*at = 0;
	return at ? at + strlen(mark) : NULL;
}

static void compare(char *record)
{
	char *rest = cut(record, "\n"), *want = rest ? cut(rest, "@@\n") : NULL;

	CHECK(want);
	if (str_has_prefix(record, "text btf show"))
		return; /* the order of ids */
	if (str_has_prefix(record, "json"))
		compare_json(record, rest, want);
	else
		compare_text(record, rest, want);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

TEST_WITH(as_bpftool, TEST_NO_OOM | TEST_SLOW)
{
	char dir[] = "/tmp/skep-bpftool-XXXXXX", *at, *next;
	struct str script, out, err;
	const char *argv[] = {"/usr/bin/env", "unshare", "-m", "-n", "sh", "-c", NULL, NULL};
	size_t n = 0;
	int status;

	if (test_bpf_missing() || geteuid())
		SKIP("%s", test_bpf_missing() ? test_bpf_missing() : "needs root");
	if (!test_have_command("bpftool") || !test_have_command("clang") || !test_have_command("unshare"))
		SKIP("needs bpftool, clang and unshare");
	CHECK(mkdtemp(dir));
	str_init(&script, 1 << 16);
	str_init(&out, TEXT_MAX);
	str_init(&err, TEXT_MAX);
	str_addf(&script, "cd %s && PATH=\"%.*s:$PATH\" && . %s/tests/cli/bpftool.sh", dir,
		 (int)(strrchr(test_skep(), '/') - test_skep()), test_skep(), test_root());
	argv[6] = script.s;
	status = test_spawn(argv, NULL, 0, &out, &err);
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	if (status || err.n)
		FAIL("the script ended with %d:\n%s", status, err.s);
	for (at = cut(out.s, "@@@ "); at; at = next, n++) {
		next = cut(at, "@@@ ");
		compare(at);
	}
	CHECK(n >= COMPARED_AT_LEAST);
	str_done(&script);
	str_done(&out);
	str_done(&err);
}
