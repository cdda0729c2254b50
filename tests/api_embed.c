/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The program in doc/embed.md, taken out of it, built against the library alone, and run. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.h"

/* The nth fenced block whose fence ends in `language`. */
static char *block(const char *text, const char *language)
{
	char fence[16];
	const char *at, *end;

	snprintf(fence, sizeof(fence), "\n```%s\n", language);
	at = strstr(text, fence);
	CHECK(at);
	at += strlen(fence);
	end = strstr(at, "\n```\n");
	CHECK(end);
	return strndup(at, (size_t)(end + 1 - at));
}

static void build_and_run(const char *file, const char *library, struct str *ret_out)
{
	const char *slash = strrchr(test_skep(), '/');
	char lib[5000], command[12000];
	const char *argv[] = {"sh", "-c", command, NULL};

	snprintf(lib, sizeof(lib), "%.*s/%s", (int)(slash - test_skep()), test_skep(), library);
	snprintf(command, sizeof(command),
		 "cc -std=c99 -Wall -Wextra -Werror -Iinclude -o %s.out %s.c %s -pthread %s && %s.out", file, file,
		 lib, strstr(lib, "/san/") || strstr(lib, "/stress/") ? "-fsanitize=address,undefined" : "",
		 file);
	test_spawn(argv, NULL, 0, ret_out, ret_out);
}

static void example_with(const char *library)
{
	char dir[] = "/tmp/skep-embed-XXXXXX", file[64], path[80], shown[4000], *code, *said;
	bool good;
	struct file doc;
	struct str out;

	if (!test_have_command("cc"))
		SKIP("needs the command cc");
	CHECK_EQ(file_read("doc/embed.md", 1 << 20, NULL, &doc), 0);
	code = block((const char *)doc.data, "c");
	said = block(strstr((const char *)doc.data, "It prints"), "");
	file_done(&doc);
	CHECK(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/count", dir);
	snprintf(path, sizeof(path), "%s.c", file);
	CHECK_EQ(file_write(path, code, strlen(code), NULL), 0);
	str_init(&out, 65536);
	build_and_run(file, library, &out);
	unlink(path);
	snprintf(path, sizeof(path), "%s.out", file);
	unlink(path);
	rmdir(dir);
	snprintf(shown, sizeof(shown), "%s", out.s);
	good = !strcmp(out.s, said);
	str_done(&out);
	free(code);
	free(said);
	if (!good)
		FAIL("it says\n%s", shown);
}

TEST_WITH(the_example_of_the_documentation, TEST_NO_OOM)
{
	example_with("libskep.a");
}

TEST_WITH(the_example_with_the_machine_alone, TEST_NO_OOM)
{
	example_with("libskep-vm.a");
}
