/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Types as text, JSON and C. Referees: bpftool for the text and the JSON and the order of the C; clang
 * for what the C means: every size and offset of the kernel's structs is asserted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "btf_sample.h"
#include "test.h"

static const char vmlinux[] = "/sys/kernel/btf/vmlinux";
static const char bpftool[] = "/usr/sbin/bpftool";

enum { TEXT_MAX = 1 << 28 };

static void all_raw(const struct btf *b, struct str *s)
{
	for btf_each(b, id)
		btf_raw_type(b, id, s);
}

static int all_json(const struct btf *b, struct str *s)
{
	struct out o;

	out_init(&o, OUT_JSON, false, out_sink_str, s);
	out_object(&o, NULL);
	out_array(&o, "types", OUT_LIST);
	for btf_each(b, id)
		btf_raw_out(b, id, &o);
	out_end(&o);
	out_end(&o);
	return out_done(&o);
}

TEST(raw_lines)
{
	struct btf *b = btf_sample();
	uint32_t all = b ? btf_find(b, "all", BTF_STRUCTS) : 0;
	struct str s;

	if (!b)
		return;
	str_init(&s, TEXT_MAX);
	btf_raw_type(b, 1, &s);
	btf_raw_type(b, btf_find(b, "color", BTF_ENUMS), &s);
	btf_raw_type(b, btf_find(b, "big", BTF_ENUMS), &s);
	btf_raw_type(b, btf_find(b, ".data", BTF_ANY), &s);
	btf_raw_type(b, btf_find(b, "on.member", BTF_ANY), &s);
	if (!str_err(&s))
		CHECK_STR(s.s, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
			       "[11] ENUM 'color' encoding=UNSIGNED size=4 vlen=3\n"
			       "\t'RED' val=1\n\t'GREEN' val=2\n\t'BLUE' val=4000000000\n"
			       "[12] ENUM64 'big' encoding=SIGNED size=8 vlen=2\n"
			       "\t'HUGE' val=78187493530LL\n\t'LESS' val=-2LL\n"
			       "[31] DATASEC '.data' size=80 vlen=2\n"
			       "\ttype_id=30 offset=0 size=8 (VAR 'counter')\n"
			       "\ttype_id=32 offset=8 size=72 (VAR 'whole')\n"
			       "[29] DECL_TAG 'on.member' type_id=13 component_idx=1\n");
	str_reset(&s);
	btf_raw_type(b, all, &s);
	if (!str_err(&s))
		CHECK(strstr(s.s, "\t'lo' type_id=2 bits_offset=96 bitfield_size=3\n"));
	str_done(&s);
	btf_unref(b);
}

static void need_bpftool(void)
{
	if (access(bpftool, X_OK))
		SKIP("no %s", bpftool);
}

static void bpftool_prints(const char *file, const char *json, const char *format, struct str *s)
{
	const char *argv[] = {bpftool, json, "btf", "dump", "file", file, "format", format, NULL};
	const char **p = argv;
	struct str err;

	if (!*json) {
		argv[1] = bpftool;
		p = argv + 1;
	}
	str_init(s, TEXT_MAX);
	str_init(&err, 1 << 16);
	CHECK_EQ(test_spawn(p, NULL, 0, s, &err), 0);
	str_done(&err);
}

static void sample_file(char *path, size_t size)
{
	struct str s;

	snprintf(path, size, "/tmp/skep-btf-%d.btf", (int)getpid());
	btf_sample_bytes(&s);
	CHECK_EQ(file_write(path, s.s, s.n, NULL), 0);
	str_done(&s);
}

static void compare(const char *want, const char *got)
{
	struct str diff;
	size_t n = 0;

	if (!strcmp(want, got))
		return;
	for (; want[n] == got[n]; n++)
		;
	n -= MIN(n, (size_t)100);
	str_init(&diff, 1 << 16);
	str_addf(&diff, "they differ at byte %zu:\n- %.400s\n+ %.400s", n, want + n, got + n);
	FAIL("%s", diff.s);
}

TEST_WITH(as_bpftool_prints_it, TEST_NO_OOM | TEST_SLOW)
{
	struct str want, got;
	char path[64];
	struct btf *b;

	need_bpftool();
	sample_file(path, sizeof(path));
	b = btf_of_file(path);
	str_init(&got, TEXT_MAX);
	bpftool_prints(path, "", "raw", &want);
	all_raw(b, &got);
	compare(want.s, got.s);
	unlink(path);
	btf_unref(b);
	str_done(&want);
	if (access(vmlinux, R_OK))
		SKIP("no kernel BTF");
	b = btf_of_file(vmlinux);
	bpftool_prints(vmlinux, "", "raw", &want);
	str_reset(&got);
	all_raw(b, &got);
	compare(want.s, got.s);
	str_done(&want);
	str_done(&got);
	btf_unref(b);
}

/*
 * bpftool 7.1 shows enum values above 2^31 with 64 bits. They are made 32 on both sides, those of
 * ENUM64 with them.
 */
static void mend_enums(struct str *s)
{
	const char *sign = "\"val\":184467440";
	char *p = s->s, *end, digits[24];
	unsigned long long v;

	while ((p = strstr(p, sign))) {
		p += 6;
		v = strtoull(p, &end, 10);
		if (v <= UINT32_MAX || v < 0xffffffff80000000ull)
			continue;
		snprintf(digits, sizeof(digits), "%llu", v & UINT32_MAX);
		memcpy(p, digits, 10);
		memmove(p + 10, end, (size_t)(s->s + s->n - end) + 1);
		s->n -= (size_t)(end - p) - 10;
	}
}

TEST_WITH(as_bpftool_prints_it_in_json, TEST_NO_OOM | TEST_SLOW)
{
	struct str want, got;
	struct btf *b;

	need_bpftool();
	if (access(vmlinux, R_OK))
		SKIP("no kernel BTF");
	b = btf_of_file(vmlinux);
	str_init(&got, TEXT_MAX);
	bpftool_prints(vmlinux, "-j", "raw", &want);
	mend_enums(&want);
	CHECK_EQ(all_json(b, &got), 0);
	mend_enums(&got);
	compare(want.s, got.s);
	str_done(&want);
	str_done(&got);
	btf_unref(b);
}

/* Types alone, in bpftool's order, which 7.1 does not sort; it does not give small enums their size. */
TEST_WITH(c_as_bpftool_prints_it, TEST_NO_OOM | TEST_SLOW)
{
	struct btf_c_options opt = {.unsorted = true, .plain = true};
	static const char mode[] = " __attribute__((mode(byte)))";
	struct str want, got;
	struct btf *b;
	char *p, *end;

	need_bpftool();
	if (access(vmlinux, R_OK))
		SKIP("no kernel BTF");
	b = btf_of_file(vmlinux);
	bpftool_prints(vmlinux, "", "c", &want);
	str_init(&got, TEXT_MAX);
	CHECK_EQ(btf_c_header(b, &opt, NULL, &got), 0);
	for (p = got.s; (p = strstr(p, mode));)
		memmove(p, p + strlen(mode), strlen(p + strlen(mode)) + 1);
	p = strstr(want.s, "#endif\n\n") + 8;
	end = strstr(p, "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX");
	CHECK(end);
	*end = 0;
	if (strstr(p, mode)) /* a newer one */
		SKIP("bpftool is not 7.1");
	compare(p, got.s);
	str_done(&want);
	str_done(&got);
	btf_unref(b);
}

TEST(c_of_the_sample)
{
	static const char want[] =
		"struct all {\n"
		"\tint a;\n"
		"\tchar name[8];\n"
		"\tunsigned int lo: 3;\n"
		"\tunsigned int hi: 5;\n"
		"\tenum color color;\n"
		"\tstruct all *next;\n"
		"\tunion {\n"
		"\t\tu64 wide;\n"
		"\t\tdouble real;\n"
		"\t};\n"
		"\tenum big big;\n"
		"\t_Bool flag;\n"
		"\tint (*call)(int, ...);\n"
		"\tshort tail[0];\n"
		"\tlong: 64;\n"
		"};\n";
	struct btf *b = btf_sample();
	struct str s;
	uint32_t copy;

	if (!b)
		return;
	str_init(&s, TEXT_MAX);
	if (!btf_c_definition(b, btf_find(b, "all", BTF_STRUCTS), &s)) {
		char *x = strstr(s.s, "int x");

		CHECK(x);
		memmove(x + 3, x + 5, strlen(x + 5) + 1);
		CHECK_STR(s.s, want);
	}
	str_reset(&s);
	copy = btf_find(b, "copy", BTF_BIT(FUNC));
	if (!btf_c_definition(b, copy, &s))
		CHECK_STR(s.s, "void copy(const char __attribute__((btf_type_tag(\"user\"))) *from, "
			       "volatile struct elsewhere * restrict to);\n");
	str_reset(&s);
	if (!btf_c_datasec(b, btf_find(b, ".data", BTF_ANY), 1, &s))
		CHECK_STR(s.s, "\tu64 counter;\n");
	str_reset(&s);
	if (!btf_c_declare(b, btf_find(b, "u64", BTF_ANY), "x[2]", &s))
		CHECK_STR(s.s, "u64 x[2]");
	str_done(&s);
	btf_unref(b);
}

/* Arrays of pointers to functions that return pointers to arrays... */
TEST(c_declarators)
{
	struct btf_build *bb = btf_build_new(NULL, 0);
	const struct btf *b;
	uint32_t i, f, p, a;
	struct str s;

	if (!bb)
		return;
	b = btf_build_view(bb);
	str_init(&s, TEXT_MAX);
	i = btf_build_int(bb, "int", 4, BTF_INT_SIGNED);
	a = btf_build_to(bb, BTF_PTR, NULL, btf_build_array(bb, i, i, 3));
	f = btf_build_proto(bb, a);
	btf_build_param(bb, f, "x", btf_build_to(bb, BTF_CONST, NULL, i));
	p = btf_build_array(bb, btf_build_to(bb, BTF_CONST, NULL, btf_build_to(bb, BTF_PTR, NULL, f)),
			    i, 4);
	p = btf_build_array(bb, p, i, 5);
	if (!btf_build_err(bb) && !btf_c_declare(b, p, "table", &s))
		CHECK_STR(s.s, "int (* (* const table[5][4])(const int x))[3]");
	str_done(&s);
	btf_build_free(bb);
}

/* What needs itself cannot be written; nobody hangs or overflows the stack. */
TEST(c_of_loops)
{
	struct btf_c_options opt = {.plain = true};
	struct btf_build *bb = btf_build_new(NULL, 0);
	struct str s;
	uint32_t one, two, p, i;
	struct diag d;
	int err;

	if (!bb)
		return;
	str_init(&s, TEXT_MAX);
	diag_init(&d, 4);
	one = btf_build_struct(bb, BTF_STRUCT, "one", 8);
	two = btf_build_struct(bb, BTF_STRUCT, "two", 8);
	btf_build_member(bb, one, "two", two, 0, 0);
	btf_build_member(bb, two, "one", one, 0, 0);
	err = btf_build_err(bb) ? -ENOMEM
				: btf_c_header(btf_build_view(bb), &opt, &d, &s);
	CHECK(err == -ELOOP || test_oom());
	CHECK(diag_failed(&d) || test_oom());
	/* A long chain of pointers, and a pointer to itself. */
	btf_build_free(bb);
	bb = btf_build_new(NULL, 0);
	if (bb) {
		for (p = 0, i = 0; i < 6000 && !btf_build_err(bb) && !test_oom(); i++)
			p = btf_build_to(bb, BTF_PTR, NULL, p);
		p = btf_build_to(bb, BTF_PTR, NULL, 0);
		if (p)
			btf_build_edit(bb, p)->type = p;
		btf_build_to(bb, BTF_TYPEDEF, "t", p);
		err = btf_build_err(bb) ? -ENOMEM : btf_c_header(btf_build_view(bb), &opt, NULL, &s);
		CHECK(err == -ELOOP || test_oom());
		CHECK(btf_size(btf_build_view(bb), p) == 8 || test_oom());
	}
	btf_build_free(bb);
	diag_done(&d);
	str_done(&s);
}

/* ---- clang reads it ---- */

static void assert_struct(const struct btf *b, uint32_t id, struct str *s)
{
	const struct btf_type *t = btf_type(b, id);
	const char *word = btf_kind(t) == BTF_STRUCT ? "struct" : "union", *name = btf_name(b, id);
	uint32_t i;

	str_addf(s, "_Static_assert(sizeof(%s %s) == %u, \"\");\n", word, name, t->size);
	for (i = 0; i < btf_vlen(t); i++) {
		const char *field = btf_str(b, btf_members(t)[i].name_off);

		if (*field && !btf_member_bits(t, i))
			str_addf(s, "_Static_assert(__builtin_offsetof(%s %s, %s) == %u, \"\");\n",
				 word, name, field, btf_member_bit_offset(t, i) / 8);
	}
}

TEST_WITH(clang_agrees_with_the_layout, TEST_NO_OOM | TEST_SLOW)
{
	static const char *const argv[] = {"clang", "-target", "bpf", "-fsyntax-only", "-x", "c",
					   "-Wno-everything", "-ferror-limit=3", "-", NULL};
	struct btf_c_options opt = {0};
	struct str s, out, err;
	uint32_t n = 0;
	struct btf *b;

	if (!test_have_command("clang"))
		SKIP("no clang");
	if (access(vmlinux, R_OK))
		SKIP("no kernel BTF");
	b = btf_of_file(vmlinux);
	CHECK_EQ(btf_index(b), 0);
	str_init(&s, TEXT_MAX);
	str_init(&out, 1 << 20);
	str_init(&err, 1 << 20);
	CHECK_EQ(btf_c_header(b, &opt, NULL, &s), 0);
	for btf_each(b, id) {
		uint32_t kinds = 1u << btf_kind_of(b, id);

		/* A va_list is another thing in BPF than on this machine. */
		if (!strcmp(btf_name(b, id), "warn_args"))
			continue;
		if (!(kinds & BTF_STRUCTS) || !*btf_name(b, id) ||
		    btf_find(b, btf_name(b, id), BTF_STRUCTS | BTF_ENUMS) != id ||
		    btf_find_next(b, btf_name(b, id), BTF_STRUCTS | BTF_ENUMS, id))
			continue;
		assert_struct(b, id, &s);
		n++;
	}
	if (test_spawn(argv, s.s, s.n, &out, &err))
		FAIL("%.3000s", err.s);
	test_note("%u structs and unions", n);
	CHECK(n > 1000);
	str_done(&s);
	str_done(&out);
	str_done(&err);
	btf_unref(b);
}
