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
		CHECK_STR(s.s,
			  "helper bpf_ima_inode_hash needs the kernel engine: it asks the file system");
	str_reset(&s);
	vm_helper_missing(9999, &s);
	if (!test_oom())
		CHECK_STR(s.s, "there is no helper 9999");
	str_reset(&s);
	vm_kfunc_missing("bpf_key_put", &s);
	if (!test_oom())
		CHECK_STR(s.s, "kfunc bpf_key_put needs the kernel engine");
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

/* The last part of doc/helpers.md is made from the tables. */
static void add_names(struct str *s, const char *tsv, const char *kind, const char *where)
{
	const char *line = tsv, *end;
	char row_kind[16], name[64], row_where[16], why[128];

	for (; (end = strchr(line, '\n')); line = end + 1) {
		const char *tab = strchr(line, '\t'), *last = end;

		while (last[-1] != '\t')
			last--;
		snprintf(row_kind, sizeof(row_kind), "%.*s", (int)(tab - line), line);
		tab = strchr(tab + 1, '\t') + 1;
		if (sscanf(tab, "%63s\t%15[a-z]", name, row_where) != 2)
			continue;
		snprintf(why, sizeof(why), "%.*s", (int)(end - last), last);
		if (!strcmp(row_kind, kind) && !strcmp(row_where, where))
			str_addf(s, why[0] ? "| `%s` | %s |\n" : "`%s`\n", name, why);
	}
}

TEST_WITH(helpers_page, TEST_NO_OOM)
{
	static const char heading[] = "## The helpers and kfuncs that work here\n";
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
	str_addc(&want, '\n');
	add_names(&want, tsv.s, "helper", "here");
	str_addc(&want, '\n');
	add_names(&want, tsv.s, "kfunc", "here");
	str_add(&want,
		"\n## The helpers that need the kernel\n\n| helper | because |\n|---|---|\n");
	add_names(&want, tsv.s, "helper", "kernel");
	if (getenv("SKEP_WRITE_PAGE"))
		CHECK_EQ(file_write(path, want.s, want.n, NULL), 0);
	else
		CHECK_STR((const char *)page.data, want.s);
	file_done(&page);
	str_done(&tsv);
	str_done(&want);
}
