/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Static linking of the cases of tests/obj/?.link: each "-- c" section is an object. What comes out
 * must be what `bpftool gen object` makes of them, as far as a loader can tell, and load in libbpf.
 *
 *	error: TEXT	it is refused, by bpftool too unless "bpftool: no"
 *	bpftool: no	it cannot
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "obj_tool.h"

enum { INPUTS_MAX = 8 };

struct job {
	const struct test_case *c;
	struct str path[INPUTS_MAX];
	size_t n;
	struct obj *obj[INPUTS_MAX];
	char out[64]; /* what bpftool links */
	struct diag d;
};

static void inputs_open(struct job *j)
{
	for (size_t i = 0; i < j->c->sections; i++) {
		if (strcmp(j->c->section[i].name, "c"))
			continue;
		CHECK(j->n < INPUTS_MAX);
		str_init(&j->path[j->n], 4096);
		tool_compile(j->c->section[i].body, "v3", "", &j->path[j->n]);
		CHECK_EQ(obj_open(j->path[j->n].s, NULL, &j->d, &j->obj[j->n]), 0);
		j->n++;
	}
}

/* Its exit status, 0 with the file in j->out. */
static int bpftool_links(struct job *j)
{
	const char *argv[INPUTS_MAX + 5] = {"bpftool", "gen", "object", j->out};
	struct str out, err;
	int status, fd;

	snprintf(j->out, sizeof(j->out), "/tmp/skep-link-XXXXXX");
	fd = mkstemp(j->out);
	CHECK(fd >= 0);
	close(fd);
	for (size_t i = 0; i < j->n; i++)
		argv[4 + i] = j->path[i].s;
	str_init(&out, 1 << 20);
	str_init(&err, 1 << 20);
	status = test_spawn(argv, NULL, 0, &out, &err);
	if (status)
		test_note("bpftool: %s", err.s);
	str_done(&out);
	str_done(&err);
	return status;
}

static void said(struct job *j, struct str *to)
{
	str_init(to, 1 << 20);
	diag_render(&j->d, DIAG_PLAIN, to);
}

/* What a loader makes of it, without ids. */
static void dump(struct job *j, struct obj *o, struct str *to)
{
	struct btf *vmlinux = tool_vmlinux();
	struct str all, text;

	str_init(&all, 1 << 24);
	if (tool_prepare(o, vmlinux, "CONFIG_HZ=250\n", &j->d)) {
		said(j, &text);
		FAIL("linked, it is not to be loaded: %s", text.s);
	}
	tool_dump(o, &all);
	for (const char *line = all.s; *line; line += strcspn(line, "\n") + 1) {
		size_t n = strcspn(line, "\n");
		const char *types = strstr(line, " key_type");

		if (!strncmp(line, "func", 4) || !strncmp(line, "line", 4))
			continue;
		if (!strncmp(line, "map", 3) && types && types < line + n)
			n = (size_t)(types - line);
		str_addn(to, line, n);
		str_addc(to, '\n');
	}
	str_done(&all);
	btf_unref(vmlinux);
}

static void btf_good(const struct obj *o, struct diag *d)
{
	struct obj_bytes b = {0};
	struct str text;

	CHECK_EQ(obj_btf(o, OBJ_BTF_ALL, d, &b), 0);
	if (btf_check_bytes(b.data, b.size, NULL, d, NULL)) {
		str_init(&text, 1 << 20);
		diag_render(d, DIAG_PLAIN, &text);
		FAIL("the linked BTF: %s", text.s);
	}
	obj_bytes_done(&b);
}

static void compare(struct job *j, const struct obj_bytes *b)
{
	const struct obj_opts opts = {.name = "linked"};
	struct obj *mine = NULL, *theirs = NULL;
	struct str one, two, diff;

	str_init(&one, 1 << 24);
	str_init(&two, 1 << 24);
	if (obj_open_bytes(b->data, b->size, "linked", &opts, &j->d, &mine)) {
		said(j, &diff);
		FAIL("what was linked cannot be opened: %s", diff.s);
	}
	btf_good(mine, &j->d);
	dump(j, mine, &one);
	if (case_find(j->c, "dump"))
		case_expect(j->c, "dump", one.s);
	if (!case_header(j->c, "bpftool") && test_have_command("bpftool")) {
		CHECK_EQ(bpftool_links(j), 0);
		CHECK_EQ(obj_open(j->out, &opts, &j->d, &theirs), 0);
		dump(j, theirs, &two);
		if (strcmp(one.s, two.s)) {
			str_init(&diff, 1 << 16);
			test_diff(&diff, two.s, one.s);
			FAIL("not what bpftool links:\n%s", diff.s);
		}
	}
	str_done(&one);
	str_done(&two);
	obj_free(mine);
	obj_free(theirs);
}

static void link_case(struct test_case *c)
{
	const char *error = case_header(c, "error");
	struct job j = {.c = c};
	struct obj_bytes b = {0};
	struct str text;
	int err;

	diag_init(&j.d, 20);
	inputs_open(&j);
	err = obj_link(j.obj, j.n, &j.d, &b);
	said(&j, &text);
	if (!error && err)
		FAIL("not linked: %s", text.s);
	if (error && (!err || !strstr(text.s, error)))
		FAIL("not refused with '%s', but: %d %s", error, err, text.s);
	if (error && !case_header(c, "bpftool") && test_have_command("bpftool"))
		CHECK(bpftool_links(&j));
	if (!error)
		compare(&j, &b);
	if (*j.out)
		unlink(j.out);
	obj_bytes_done(&b);
	for (size_t i = 0; i < j.n; i++) {
		obj_free(j.obj[i]);
		str_done(&j.path[i]);
	}
	str_done(&text);
	diag_done(&j.d);
}
KIND_WITH("obj", ".link", link_case, TEST_NO_OOM | TEST_SLOW)
