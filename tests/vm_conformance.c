/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The files of bpf_conformance, which are not ours to ship: every .data file below the directory
 * that SKEP_CONFORMANCE names, through the contract of its plugins (`skep run --conformance`), on
 * every engine. Without that variable there is no such test.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "isa/isa.h"
#include "test.h"

enum { FILE_MAX = 1 << 20, SHOWN_MAX = 40, DEPTH_MAX = 4 };

static const char *const engines[] = {"--checked", "--interp", "--jit"};

static unsigned passed, failed;

static void wrong(const char *path, const char *engine, const char *what)
{
	if (failed++ < SHOWN_MAX)
		test_note("%s %s: %s", path, engine, what);
}

static void add_hex(struct str *s, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	size_t i;

	for (i = 0; i < n; i++)
		str_addf(s, "%02x ", p[i]);
}

/* The memory as one operand: hex digits, whatever stands between them. */
static void add_memory(struct str *s, const struct src *src)
{
	struct span body;
	uint32_t i;

	if (isa_data_section(src, "mem", &body))
		return;
	for (i = 0; i < body.len; i++)
		str_addc(s, src->text[body.at + i] == '\n' ? ' ' : src->text[body.at + i]);
}

/* What stands in `-- error`, if anything, is in the words of a refusal: a crash is none. */
static bool refusal(const struct src *src, struct span error, const char *said)
{
	const char *text = src->text + error.at;
	uint32_t n = 0;

	while (n < error.len && text[n] != '\r' && text[n] != '\n')
		n++;
	return strstr(said, "error: ") && memmem(said, strlen(said), text, n);
}

static void run_one(const char *path, const struct src *src, const struct str *program,
		    const char *engine)
{
	struct span result, error = {0};
	bool may_fail = !isa_data_section(src, "error", &error);
	struct str mem, out, err;
	uint64_t want = 0;
	int status;

	if (!isa_data_section(src, "result", &result))
		want = strtoull(src->text + result.at, NULL, 0);
	str_init(&mem, FILE_MAX);
	str_init(&out, FILE_MAX);
	str_init(&err, FILE_MAX);
	add_memory(&mem, src);
	status = test_spawn((const char *const[]){test_skep(), "run", "--conformance", engine,
						  mem.n ? mem.s : NULL, NULL},
			    program->s, program->n, &out, &err);
	if (status ? !may_fail || !refusal(src, error, err.s)
		   : strtoull(out.s, NULL, 16) != want)
		wrong(path, engine, status ? err.s : out.s);
	else
		passed++;
	str_done(&mem);
	str_done(&out);
	str_done(&err);
}

static void run_file(const char *path)
{
	struct isa_asm how = {.target = {.foreign = true, .any_count = true}};
	struct isa_code code;
	struct str program;
	struct file file;
	struct src src;
	size_t e;

	CHECK_EQ(file_read(path, FILE_MAX, NULL, &file), 0);
	src = (struct src){path, (const char *)file.data, (uint32_t)file.size};
	if (isa_read(ISA_INPUT_CONFORMANCE, &src, &how, NULL, &code)) {
		wrong(path, "", "cannot be assembled");
	} else {
		str_init(&program, FILE_MAX);
		add_hex(&program, code.at, code.n * sizeof(*code.at));
		for (e = 0; e < ARRAY_LEN(engines); e++)
			run_one(path, &src, &program, engines[e]);
		str_done(&program);
		isa_code_done(&code);
	}
	file_done(&file);
}

static void run_below(const char *dir, unsigned depth)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[4096];
	struct stat st;
	size_t n;

	if (!d)
		FAIL("%s: %s", dir, strerror(errno));
	while ((e = readdir(d))) {
		n = strlen(e->d_name);
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (e->d_name[0] == '.' || stat(path, &st))
			continue;
		if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
			run_below(path, depth + 1);
		else if (n > 5 && !strcmp(e->d_name + n - 5, ".data"))
			run_file(path);
	}
	closedir(d);
}

static void every_file_on_every_engine(void)
{
	passed = failed = 0;
	run_below(getenv("SKEP_CONFORMANCE"), 0);
	test_note("%u runs passed, %u failed", passed, failed);
	CHECK_EQ(failed, 0);
	CHECK(passed);
}

static struct test row = {"every_file_on_every_engine", __FILE__, __LINE__, TEST_NO_OOM | TEST_SLOW,
			  every_file_on_every_engine, NULL};

__attribute__((constructor)) static void add(void)
{
	const char *dir = getenv("SKEP_CONFORMANCE");

	if (dir && *dir)
		test_register(&row);
}
