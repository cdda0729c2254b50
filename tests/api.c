/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The library as others see it: the header is good C and good C++, and a program that has only that
 * header and libskep.a can be built and runs (tests/api/program.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.h"

/* Words of a command, up to a NULL; what the compiler says is the failure's text. */
static void must_run(const char *const *argv, const char *want)
{
	struct str out;
	char said[4000];
	int status;

	str_init(&out, sizeof(said) - 1);
	status = test_spawn(argv, NULL, 0, &out, &out);
	memcpy(said, out.s, out.n + 1);
	str_done(&out);
	if (status)
		FAIL("%s ends with %d:\n%s", argv[0], status, said);
	CHECK_STR(said, want);
}

/* The header, and nothing else: what it needs it includes, and twice is as good as once. */
static void header_alone(const char *compiler, const char *language, const char *standard)
{
	static const char source[] = "#include <skep.h>\n#include <skep.h>\nint skep_used(void);\n"
				     "int skep_used(void) { return skep_version() != 0; }\n";
	const char *argv[] = {
		compiler,  standard,    "-pedantic-errors", "-Wall", "-Wextra", "-Werror",
		"-Wundef", "-Iinclude", "-fsyntax-only",    "-x",    language,  "-",
		NULL};
	struct str out;
	char said[2000];
	int status;

	str_init(&out, sizeof(said) - 1);
	status = test_spawn(argv, source, strlen(source), &out, &out);
	memcpy(said, out.s, out.n + 1);
	str_done(&out);
	if (status || *said)
		FAIL("%s %s says:\n%s", compiler, standard, said);
}

TEST_WITH(header_in_c, TEST_NO_OOM)
{
	if (!test_have_command("cc"))
		SKIP("needs the command cc");
	header_alone("cc", "c", "-std=c99");
	header_alone("cc", "c", "-std=c11");
	header_alone("cc", "c", "-std=gnu17");
	if (test_have_command("clang"))
		header_alone("clang", "c", "-std=c99");
}

TEST_WITH(header_in_cpp, TEST_NO_OOM)
{
	if (!test_have_command("c++"))
		SKIP("needs the command c++");
	header_alone("c++", "c++", "-std=c++11");
	header_alone("c++", "c++", "-std=c++20");
	if (test_have_command("clang++"))
		header_alone("clang++", "c++", "-std=c++11");
}

static const char *library(void)
{
	static char path[5000];
	const char *slash = strrchr(test_skep(), '/');

	snprintf(path, sizeof(path), "%.*s/libskep.a", (int)(slash - test_skep()), test_skep());
	return path;
}

static void program(const char *compiler, const char *language, const char *standard)
{
	char out[] = "/tmp/skep-api-XXXXXX";
	const char *argv[] = {compiler,
			      standard,
			      "-pedantic",
			      "-Wall",
			      "-Wextra",
			      "-Werror",
			      "-Iinclude",
			      "-o",
			      out,
			      "-x",
			      language,
			      "tests/api/program.c",
			      "-x",
			      "none",
			      library(),
			      "-pthread",
#ifdef __SANITIZE_ADDRESS__
			      "-fsanitize=address,undefined",
#endif
			      NULL};
	const char *run[] = {out, NULL};
	int fd;

	if (!test_have_command(compiler))
		SKIP("needs the command %s", compiler);
	if (access(library(), R_OK))
		SKIP("needs %s: make", library());
	fd = mkstemp(out);
	CHECK(fd >= 0);
	close(fd);
	must_run(argv, "");
	must_run(run, "all is well\n");
	unlink(out);
}

TEST_WITH(program_in_c, TEST_NO_OOM | TEST_SLOW)
{
	program("cc", "c", "-std=c99");
}

TEST_WITH(program_in_cpp, TEST_NO_OOM | TEST_SLOW)
{
	program("c++", "c++", "-std=c++11");
}
