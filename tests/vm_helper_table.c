/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The tables of helpers and kfuncs, and the page that is made from them. */
#include <stdio.h>
#include <stdlib.h>

#include "test.h"
#include "vm_helper.h"

TEST(missing_helpers_are_named)
{
	struct str s;

	str_init(&s, 4096);
	vm_helper_missing(161, &s);
	if (!test_oom())
		CHECK_STR(s.s, "helper bpf_ima_inode_hash needs the kernel engine: it asks the "
			       "file system");
	str_reset(&s);
	vm_helper_missing(9999, &s);
	if (!test_oom())
		CHECK_STR(s.s, "there is no helper 9999");
	str_reset(&s);
	vm_kfunc_missing("bpf_key_put", &s);
	if (!test_oom())
		CHECK_STR(s.s,
			  "kfunc bpf_key_put needs the kernel engine: it uses the kernel's keys");
	str_reset(&s);
	vm_kfunc_missing("bpf_nonsense", &s);
	if (!test_oom())
		CHECK_STR(s.s, "there is no kfunc bpf_nonsense");
	CHECK(!vm_kfunc_default("bpf_key_put"));
	str_done(&s);
}

/* helper.def and the abi name the same helpers by the same numbers; tables are in order. */
TEST(the_table_of_helpers_is_whole)
{
	static const struct {
		int32_t id;
		const char *name;
	} known[] = {
#define HELPER(id, name, ...) {id, "bpf_" #name},
#include "abi/helper.def"
	};
	size_t i, k, n;
	const struct vm_helper *h = vm_helpers_default(&n);
	struct str s, want;

	for (i = 1; i < n; i++)
		CHECK(h[i].id > h[i - 1].id);
	str_init(&s, 1 << 20);
	str_init(&want, 256);
	vm_helpers_tsv(&s);
	for (i = 0; i < ARRAY_LEN(known) && !test_oom(); i++) {
		str_reset(&want);
		str_addf(&want, "helper\t%d\t%s\t", known[i].id, known[i].name);
		if (!strstr(s.s, want.s))
			FAIL("helper.def does not have %d, %s", known[i].id, known[i].name);
	}
	for (i = 0; i < n; i++) {
		for (k = 0; k < ARRAY_LEN(known) && known[k].id != h[i].id; k++)
			;
		CHECK(k < ARRAY_LEN(known));
	}
	str_done(&s);
	str_done(&want);
}

/* Every kfunc that is here is one of the kernel's, and what is not here has a reason of its own. */
TEST(the_table_of_kfuncs_is_whole)
{
	static const char *const here[] = {
#define HERE(id, name)
#define ELSEWHERE(id, name, why)
#define KFUNC_HERE(name) #name,
#define KFUNC_ELSEWHERE(begin, why)
#include "vm/helper.def"
	};
	struct str s, want;
	size_t i;

	str_init(&s, 1 << 20);
	str_init(&want, 256);
	vm_helpers_tsv(&s);
	for (i = 0; i < ARRAY_LEN(here) && !test_oom(); i++) {
		if (i)
			CHECK(strcmp(here[i - 1], here[i]) < 0);
		str_reset(&want);
		str_addf(&want, "kfunc\t\t%s\there\t\n", here[i]);
		if (!strstr(s.s, want.s))
			FAIL("the kernel has no %s", here[i]);
	}
	if (!test_oom() && strstr(s.s, "only a kernel has"))
		FAIL("no reason: %.80s", strstr(s.s, "only a kernel has") - 60);
	str_done(&s);
	str_done(&want);
}

/* ---- the last part of doc/helpers.md is made from the tables ---- */

struct row {
	char kind[16], name[64], where[16], why[96];
};

enum { ROWS_MAX = 1024 };

static size_t read_rows(const char *tsv, struct row *rows)
{
	const char *line = strchr(tsv, '\n') + 1, *end;
	size_t n = 0, i, len;

	for (; (end = strchr(line, '\n')); line = end + 1, n++) {
		char *const to[] = {rows[n].kind, NULL, rows[n].name, rows[n].where, rows[n].why};
		const size_t max[] = {16, 0, 64, 16, 96};

		CHECK(n < ROWS_MAX);
		for (i = 0; i < ARRAY_LEN(to); i++, line += len + 1) {
			len = strcspn(line, "\t\n");
			if (to[i])
				snprintf(to[i], max[i], "%.*s", (int)len, line);
		}
	}
	return n;
}

static bool is_row(const struct row *r, const char *kind, const char *where)
{
	return !strcmp(r->kind, kind) && !strcmp(r->where, where);
}

static size_t count_rows(const struct row *r, size_t n, const char *kind, const char *where)
{
	size_t i, count = 0;

	for (i = 0; i < n; i++)
		count += is_row(&r[i], kind, where);
	return count;
}

static void add_names(struct str *s, const struct row *r, size_t n, const char *kind)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (is_row(&r[i], kind, "here"))
			str_addf(s, "`%s`\n", r[i].name);
}

/* A row for each reason, where it first comes up, with all that it holds for. */
static void add_reasons(struct str *s, const struct row *r, size_t n, const char *kind)
{
	size_t i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < i && (!is_row(&r[k], kind, "kernel") || strcmp(r[k].why, r[i].why));
		     k++)
			;
		if (!is_row(&r[i], kind, "kernel") || k < i)
			continue;
		str_addf(s, "| %s |", r[i].why);
		for (; k < n; k++)
			if (is_row(&r[k], kind, "kernel") && !strcmp(r[k].why, r[i].why))
				str_addf(s, " `%s`", r[k].name);
		str_add(s, " |\n");
	}
}

static void add_lists(struct str *s, const struct row *r, size_t n)
{
	str_addf(s, "\nHelpers: %zu of %zu.\n\n", count_rows(r, n, "helper", "here"),
		 count_rows(r, n, "helper", "here") + count_rows(r, n, "helper", "kernel"));
	add_names(s, r, n, "helper");
	str_addf(s, "\nKfuncs: %zu of %zu.\n\n", count_rows(r, n, "kfunc", "here"),
		 count_rows(r, n, "kfunc", "here") + count_rows(r, n, "kfunc", "kernel"));
	add_names(s, r, n, "kfunc");
	str_add(s, "\n## Those that need the kernel\n\n| because | helpers |\n|---|---|\n");
	add_reasons(s, r, n, "helper");
	str_add(s, "\n| because | kfuncs |\n|---|---|\n");
	add_reasons(s, r, n, "kfunc");
}

TEST_WITH(helpers_page, TEST_NO_OOM)
{
	static const char heading[] = "## The helpers and kfuncs that work here\n";
	static struct row rows[ROWS_MAX];
	struct str tsv, want;
	struct file page;
	const char *at;
	char path[4096];

	snprintf(path, sizeof(path), "%s/doc/helpers.md", test_root());
	CHECK_EQ(file_read(path, 1 << 20, NULL, &page), 0);
	at = strstr((const char *)page.data, heading);
	CHECK(at);
	str_init(&tsv, 1 << 20);
	str_init(&want, 1 << 20);
	vm_helpers_tsv(&tsv);
	str_addn(&want, page.data, (size_t)(at - (const char *)page.data));
	str_add(&want, heading);
	add_lists(&want, rows, read_rows(tsv.s, rows));
	if (getenv("SKEP_WRITE_PAGE"))
		CHECK_EQ(file_write(path, want.s, want.n, NULL), 0);
	else
		CHECK_STR((const char *)page.data, want.s);
	file_done(&page);
	str_done(&tsv);
	str_done(&want);
}
