/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * BTF that has only what CO-RE relocations need: with it objects become the same as with all of the
 * kernel's, and it is no larger than what bpftool makes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "obj_tool.h"

static const char source[] =
	"#include \"bpf.h\"\n"
	"struct list_head { struct list_head *next, *prev; } __core;\n"
	"struct mm_struct { unsigned long start_code; } __core;\n"
	"struct task_struct { int pid, tgid; struct task_struct *real_parent; struct mm_struct *mm;"
	" char comm[16]; u64 start_time; unsigned int in_execve : 1; struct list_head tasks; } "
	"__core;\n"
	"struct task_struct___old { int no_such_field; } __core;\n"
	"struct no_such_struct { int a; } __core; enum pid_type { PIDTYPE_PID, PIDTYPE_NONE_SUCH "
	"};\n"
	"typedef u64 sector_t;\n"
	"SEC(\"raw_tp/sys_enter\") u64 prog(struct task_struct *t) {\n"
	" u64 s; int pid; char c; core_read(&s, &t->start_time); core_read(&pid, "
	"&t->real_parent);\n"
	" core_read(&c, &t->comm[3]); core_read(&s, &t->tasks.next);\n"
	" return s + pid + c + field_size(t->comm) + field_exists(t->mm) + field_signed(t->pid)\n"
	" + field_offset(t->in_execve) + field_lshift(t->in_execve) + field_rshift(t->in_execve)\n"
	" + field_exists(((struct task_struct___old *)t)->no_such_field)\n"
	" + type_exists(struct no_such_struct) + type_size(struct mm_struct) + "
	"type_exists(sector_t)\n"
	" + type_matches(struct list_head) + enum_value(enum pid_type, PIDTYPE_PID)\n"
	" + enum_exists(enum pid_type, PIDTYPE_NONE_SUCH); }\n"
	"LICENSE;\n";

static void prepared_with(const char *path, const struct btf *b, struct str *to)
{
	struct obj *o = NULL;
	struct str said;
	struct diag d;

	diag_init(&d, 20);
	if (obj_open(path, NULL, &d, &o) || tool_prepare(o, b, NULL, &d)) {
		str_init(&said, 1 << 16);
		diag_render(&d, DIAG_PLAIN, &said);
		FAIL("%s", said.s);
	}
	tool_dump(o, to);
	obj_free(o);
	diag_done(&d);
}

static size_t bpftools_size(const char *path)
{
	char out[] = "/tmp/skep-min-XXXXXX";
	const char *argv[] = {"bpftool", "gen", "min_core_btf", "/sys/kernel/btf/vmlinux", out,
			      path,      NULL};
	struct str text, err;
	struct file f;
	size_t size;
	int fd = mkstemp(out);

	CHECK(fd >= 0);
	close(fd);
	str_init(&text, 1 << 16);
	str_init(&err, 1 << 16);
	CHECK_EQ(test_spawn(argv, NULL, 0, &text, &err), 0);
	CHECK_EQ(file_read(out, 1 << 24, NULL, &f), 0);
	size = f.size;
	file_done(&f);
	unlink(out);
	str_done(&text);
	str_done(&err);
	return size;
}

TEST_WITH(is_enough, TEST_NO_OOM | TEST_SLOW)
{
	struct btf *vmlinux = tool_vmlinux(), *small = NULL;
	struct str path, one, two;
	struct obj *o = NULL;
	struct obj_bytes b;

	str_init(&path, 4096);
	str_init(&one, 1 << 20);
	str_init(&two, 1 << 20);
	tool_compile(source, "v3", "", &path);
	CHECK_EQ(obj_open(path.s, NULL, NULL, &o), 0);
	CHECK_EQ(obj_min_core_btf(&o, 1, vmlinux, NULL, &b), 0);
	CHECK_EQ(btf_check_bytes(b.data, b.size, NULL, NULL, &small), 0);
	prepared_with(path.s, vmlinux, &one);
	prepared_with(path.s, small, &two);
	CHECK_STR(two.s, one.s);
	test_note("%zu bytes", b.size);
	CHECK(b.size < 4096);
	if (test_have_command("bpftool"))
		CHECK(b.size <= bpftools_size(path.s));
	obj_bytes_done(&b);
	obj_free(o);
	btf_unref(small);
	btf_unref(vmlinux);
	str_done(&path);
	str_done(&one);
	str_done(&two);
}
