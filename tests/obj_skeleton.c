/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Skeletons: a program that includes one compiles, and does with libbpf on this kernel what it does
 * with bpftool's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "obj_tool.h"

static const char source[] =
	"#include \"bpf.h\"\n"
	"enum color { RED, GREEN = 5 };\n"
	"struct point { int x; long long y; };\n"
	"struct { __uint(type, MAP_HASH); __uint(max_entries, 16); __type(key, u32); "
	"__type(value, struct point); } m SEC(\".maps\");\n"
	"int counter = 5; enum color col; struct point pt; const volatile int limit = 3;\n"
	"static int hidden = 7; char text[16]; int custom SEC(\".data.custom\") = 9; bool flag;\n"
	"u64 arr[3]; struct { char a; u64 b; } anonymous; u16 small = 2; int *pointer;\n"
	"extern int CONFIG_HZ __kconfig; extern bool CONFIG_NONE_SUCH __kconfig __weak;\n"
	"SEC(\"xdp\") int prog(void *ctx) { counter += limit + (CONFIG_HZ > 0) + CONFIG_NONE_SUCH;"
	" hidden++; custom++; col = GREEN; pt.x = 3; text[1] = 'a'; flag = 1; arr[1]++;"
	" anonymous.b += small; pointer = 0; u32 k = 1; map_lookup(&m, &k); return hidden; }\n"
	"SEC(\"?xdp\") int other(void *ctx) { return counter; }\n"
	"LICENSE;\n";

static const char user[] =
	"typedef unsigned char u8; typedef unsigned short u16; typedef unsigned int u32;\n"
	"typedef unsigned long long u64; typedef long long s64;\n"
	"#include <stdbool.h>\n#include <stdio.h>\n#include <bpf/bpf.h>\n"
	"enum color { RED, GREEN = 5 };\n"
	"struct point { int x; long long y; };\n"
	"#include SKELETON\n"
	"int main(void)\n{\n"
	"	char data[64] = {0};\n"
	"	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = data, .data_size_in = 64);\n"
	"	struct sk *s = sk__open();\n"
	"	if (!s || s->data->counter != 5 || s->rodata->limit != 3 || s->data_custom->custom "
	"!= 9)\n"
	"		return 1;\n"
	"	s->rodata->limit = 100;\n"
	"	if (sk__load(s))\n		return 2;\n"
	"	if (bpf_prog_test_run_opts(bpf_program__fd(s->progs.prog), &run))\n		"
	"return 3;\n"
	"	printf(\"%u %d %d %d %d %c %d %llu %llu %d\\n\", run.retval, s->data->counter,\n"
	"		s->bss->col, s->bss->pt.x, s->data_custom->custom, s->bss->text[1],\n"
	"		s->bss->flag, s->bss->arr[1], s->bss->anonymous.b, s->kconfig->CONFIG_HZ > "
	"0);\n"
	"	printf(\"%d %d\\n\", bpf_map__max_entries(s->maps.m), "
	"bpf_program__autoload(s->progs.other));\n"
	"	sk__detach(s);\n	sk__destroy(s);\n	return 0;\n}\n";

static void write_text(const char *dir, const char *name, const char *text, size_t n)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	CHECK_EQ(file_write(path, text, n, NULL), 0);
}

/* Compiled with a skeleton and run: what it prints. */
static void user_runs(const char *dir, const char *skeleton, struct str *ret_out)
{
	struct str command, err;
	const char *argv[] = {"sh", "-c", NULL, NULL};

	str_init(&command, 1 << 16);
	str_init(&err, 1 << 20);
	str_addf(&command,
		 "cd %s && gcc -Wall -Wextra -Werror -DSKELETON='\"%s\"' -o user user.c -lbpf "
		 "-lelf -lz "
		 "&& ./user",
		 dir, skeleton);
	argv[2] = command.s;
	if (test_spawn(argv, NULL, 0, ret_out, &err))
		FAIL("with %s: %s%s", skeleton, ret_out->s, err.s);
	str_done(&command);
	str_done(&err);
}

static void made_by_us(const char *dir, const char *path)
{
	struct obj *o = NULL;
	struct file f;
	struct str text;

	CHECK_EQ(file_read(path, 1 << 20, NULL, &f), 0);
	CHECK_EQ(obj_open(path, NULL, NULL, &o), 0);
	str_init(&text, 1 << 24);
	CHECK_EQ(obj_skeleton(o, "sk", f.data, f.size, &text), 0);
	write_text(dir, "ours.h", text.s, text.n);
	str_done(&text);
	obj_free(o);
	file_done(&f);
}

static void made_by_bpftool(const char *dir, const char *path)
{
	const char *argv[] = {"bpftool", "gen", "skeleton", path, "name", "sk", NULL};
	struct str out, err;

	str_init(&out, 1 << 24);
	str_init(&err, 1 << 20);
	CHECK_EQ(test_spawn(argv, NULL, 0, &out, &err), 0);
	write_text(dir, "theirs.h", out.s, out.n);
	str_done(&out);
	str_done(&err);
}

static void remove_all(const char *dir)
{
	const char *argv[] = {"rm", "-rf", dir, NULL};
	struct str out, err;

	str_init(&out, 4096);
	str_init(&err, 4096);
	CHECK_EQ(test_spawn(argv, NULL, 0, &out, &err), 0);
	str_done(&out);
	str_done(&err);
}

TEST_WITH(runs_under_libbpf, TEST_NO_OOM | TEST_SLOW)
{
	char dir[] = "/tmp/skep-skeleton-XXXXXX";
	struct str path, ours, theirs;

	if (test_bpf_missing())
		SKIP("%s", test_bpf_missing());
	if (access("/usr/include/bpf/libbpf.h", R_OK))
		SKIP("there is no libbpf-dev");
	if (!test_have_command("bpftool"))
		SKIP("there is no bpftool");
	str_init(&path, 4096);
	str_init(&ours, 4096);
	str_init(&theirs, 4096);
	tool_compile(source, "v3", "", &path);
	CHECK(mkdtemp(dir));
	write_text(dir, "user.c", user, strlen(user));
	made_by_us(dir, path.s);
	made_by_bpftool(dir, path.s);
	user_runs(dir, "ours.h", &ours);
	user_runs(dir, "theirs.h", &theirs);
	CHECK_STR(ours.s, theirs.s);
	CHECK_STR(ours.s, "8 106 5 3 10 a 1 1 2 1\n16 0\n");
	remove_all(dir);
	str_done(&path);
	str_done(&ours);
	str_done(&theirs);
}
