/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Objects compiled from the cases of tests/obj, for each of clang's BPF processors: maps,
 * instructions, function and line records must be those that libbpf gives the kernel. Written
 * again, and linked alone, it must still be the same object, and its BTF one that kernels take.
 *
 *	cpu: v2 v3 v4	which processors; v4 where clang knows it
 *	flags: -g0	more for the compiler
 *	kconfig: A=y;B	lines of a configuration
 *	libbpf: 1.4	the first that loads it; "no": none does, and -- dump has what comes out
 *	error: TEXT	it is refused, by libbpf too; TEXT is in our words for it
 *	link: no	types that are one after linking may change it
 *	-- c		the source
 */
#include <stdio.h>

#include "obj_tool.h"

static void lines_of(const char *semicolons, struct str *to)
{
	for (; semicolons && *semicolons; semicolons++)
		str_addc(to, *semicolons == ';' ? '\n' : *semicolons);
	str_addc(to, '\n');
}

static bool libbpf_can(const struct test_case *c)
{
	const char *since = case_header(c, "libbpf");
	int major = 0, minor = 0;

	if (!since || !strcmp(since, "no"))
		return !since;
	CHECK_EQ(sscanf(since, "%d.%d", &major, &minor), 2);
	return tool_oracle_version() >= major * 100 + minor;
}

struct job {
	const struct test_case *c;
	const char *path, *kconfig;
	struct str out, err;   /* libbpf's */
	struct str mine, said; /* ours */
};

/* What obj says to it: 0, or the error with its words in `said`. */
static int ours(struct job *j)
{
	struct btf *vmlinux = tool_vmlinux();
	struct obj *o = NULL;
	struct diag d;
	int err;

	diag_init(&d, 20);
	err = obj_open(j->path, NULL, &d, &o);
	if (!err)
		err = tool_prepare(o, vmlinux, j->kconfig, &d);
	if (!err)
		tool_dump(o, &j->mine);
	diag_render(&d, DIAG_PLAIN, &j->said);
	obj_free(o);
	btf_unref(vmlinux);
	diag_done(&d);
	return err;
}

/* ---- written, linked, and its BTF ---- */

/* The lines of maps and instructions, without ids of types. */
static void essence(const char *dump, struct str *to)
{
	for (const char *line = dump; *line; line += strcspn(line, "\n") + 1) {
		size_t n = strcspn(line, "\n");
		const char *types = strstr(line, " key_type");

		if (!strncmp(line, "func", 4) || !strncmp(line, "line", 4))
			continue;
		if (!strncmp(line, "map", 3) && types && types < line + n)
			n = (size_t)(types - line);
		str_addn(to, line, n);
		str_addc(to, '\n');
	}
}

static void same_object(struct job *j, const struct obj_bytes *b, const char *what)
{
	struct btf *vmlinux = tool_vmlinux();
	struct obj *o = NULL;
	struct str dump, mine, again, said;
	struct diag d;
	int err;

	diag_init(&d, 20);
	str_init(&dump, 1 << 24);
	str_init(&mine, 1 << 24);
	str_init(&again, 1 << 24);
	str_init(&said, 1 << 20);
	err = obj_open_bytes(b->data, b->size, j->path, NULL, &d, &o);
	if (!err)
		err = tool_prepare(o, vmlinux, j->kconfig, &d);
	diag_render(&d, DIAG_PLAIN, &said);
	if (err)
		FAIL("%s, %s: %s", j->path, what, said.s);
	tool_dump(o, &dump);
	essence(dump.s, &again);
	essence(j->mine.s, &mine);
	if (strcmp(again.s, mine.s)) {
		str_reset(&dump);
		test_diff(&dump, mine.s, again.s);
		FAIL("%s, %s, is another:\n%s", j->path, what, dump.s);
	}
	str_done(&dump);
	str_done(&mine);
	str_done(&again);
	str_done(&said);
	obj_free(o);
	btf_unref(vmlinux);
	diag_done(&d);
}

static void btf_good(const struct obj *o, const char *path)
{
	struct obj_bytes b = {0};
	struct str said;
	struct diag d;
	int err;

	diag_init(&d, 20);
	str_init(&said, 1 << 20);
	err = obj_btf(o, OBJ_BTF_ALL, &d, &b);
	if (!err)
		err = btf_check_bytes(b.data, b.size, NULL, &d, NULL);
	diag_render(&d, DIAG_PLAIN, &said);
	if (err && err != -ENOENT)
		FAIL("%s: its BTF: %s", path, said.s);
	obj_bytes_done(&b);
	str_done(&said);
	diag_done(&d);
}

static void round_trips(struct job *j, struct obj *o)
{
	const char *link = case_header(j->c, "link");
	struct obj_bytes b;
	struct str said;
	struct diag d;

	diag_init(&d, 20);
	str_init(&said, 1 << 20);
	btf_good(o, j->path);
	if (obj_write(o, &d, &b)) {
		diag_render(&d, DIAG_PLAIN, &said);
		FAIL("%s: not written: %s", j->path, said.s);
	}
	same_object(j, &b, "written");
	obj_bytes_done(&b);
	if (obj_link(&o, 1, &d, &b)) {
		diag_render(&d, DIAG_PLAIN, &said);
		FAIL("%s: not linked: %s", j->path, said.s);
	}
	if (!link)
		same_object(j, &b, "linked");
	obj_bytes_done(&b);
	str_done(&said);
	diag_done(&d);
}

static void same_lines(struct job *j)
{
	struct str diff;

	if (!strcmp(j->mine.s, j->out.s))
		return;
	str_init(&diff, 1 << 16);
	test_diff(&diff, j->out.s, j->mine.s);
	FAIL("%s differs from libbpf's:\n%s", j->path, diff.s);
}

static void compare(struct job *j, const char *error)
{
	int err = ours(j), theirs;
	struct obj *o = NULL;

	if (error) {
		if (!err || !strstr(j->said.s, error))
			FAIL("%s: not refused with '%s', but: %d %s", j->path, error, err,
			     j->said.s);
		if (libbpf_can(j->c) && !tool_oracle(j->path, j->kconfig, &j->out, &j->err))
			FAIL("%s: libbpf takes it", j->path);
		return;
	}
	if (err)
		FAIL("%s: %s", j->path, j->said.s);
	CHECK_EQ(obj_open(j->path, NULL, NULL, &o), 0);
	round_trips(j, o);
	obj_free(o);
	if (case_find(j->c, "dump"))
		case_expect(j->c, "dump", j->mine.s);
	if (!libbpf_can(j->c))
		return;
	theirs = tool_oracle(j->path, j->kconfig, &j->out, &j->err);
	if (theirs)
		FAIL("%s: libbpf refuses it: %s", j->path, j->err.s);
	same_lines(j);
}

static void run_cpu(const struct test_case *c, const char *cpu)
{
	const char *flags = case_header(c, "flags");
	struct str path, kconfig;
	struct job j = {.c = c};

	str_init(&path, 4096);
	str_init(&kconfig, 1 << 16);
	str_init(&j.out, 1 << 24);
	str_init(&j.err, 1 << 24);
	str_init(&j.mine, 1 << 24);
	str_init(&j.said, 1 << 20);
	lines_of(case_header(c, "kconfig"), &kconfig);
	tool_compile(case_body(c, "c"), cpu, flags ? flags : "", &path);
	j.path = path.s;
	j.kconfig = kconfig.s;
	compare(&j, case_header(c, "error"));
	str_done(&path);
	str_done(&kconfig);
	str_done(&j.out);
	str_done(&j.err);
	str_done(&j.mine);
	str_done(&j.said);
}

static void obj_case(struct test_case *c)
{
	const char *cpus = case_header(c, "cpu");
	char cpu[8];
	int n;

	cpus = cpus ? cpus : "v2 v3 v4";
	while (sscanf(cpus, "%7s%n", cpu, &n) == 1) {
		cpus += n;
		if (tool_has_cpu(cpu))
			run_cpu(c, cpu);
	}
}
KIND_WITH("obj", ".t", obj_case, TEST_NO_OOM | TEST_SLOW)
