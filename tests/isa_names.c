/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names of helpers, kfuncs, maps and functions go through callbacks, out and in. */
#include "isa/isa.h"
#include "test.h"

static bool print_name(void *ctx, enum isa_name kind, const struct isa_op *op, uint32_t pc,
		       struct str *to)
{
	(void)ctx;
	(void)pc;
	switch (kind) {
	case ISA_NAME_HELPER:
		if (op->imm == 1)
			str_add(to, "bpf_map_lookup_elem");
		return op->imm == 1;
	case ISA_NAME_KFUNC:
		str_add(to, "bpf_rcu_read_lock");
		return true;
	case ISA_NAME_MAP:
		str_add(to, "counters");
		return true;
	case ISA_NAME_VAR:
		str_add(to, "jiffies");
		return true;
	case ISA_NAME_FUNC:
		return false;
	}
	return false;
}

static bool is(const char *a, const char *b, size_t n)
{
	return strlen(a) == n && !memcmp(a, b, n);
}

static int find_name(void *ctx, bool call, const char *name, size_t len, struct isa_named *ret)
{
	(void)ctx;
	if (call && is("bpf_map_lookup_elem", name, len))
		*ret = (struct isa_named){.imm = 1};
	else if (call && is("bpf_rcu_read_lock", name, len))
		*ret = (struct isa_named){.src = 2, .off = 3, .imm = 77};
	else if (!call && is("counters", name, len))
		*ret = (struct isa_named){.src = 2, .imm = 5};
	else if (!call && is("jiffies", name, len))
		*ret = (struct isa_named){.src = 3, .imm = 99};
	else
		return -ENOENT;
	return 0;
}

static const char *const *all_names(void *ctx, bool call, size_t *ret_n)
{
	static const char *const calls[] = {"bpf_map_lookup_elem", "bpf_rcu_read_lock"};
	static const char *const loads[] = {"counters", "jiffies"};

	(void)ctx;
	*ret_n = 2;
	return call ? calls : loads;
}

static const struct isa_names names = {NULL, print_name, find_name, all_names};

static int assemble(const char *text, struct isa_code *code, struct str *report)
{
	struct src s = {.name = "t", .text = text, .len = (uint32_t)strlen(text)};
	struct isa_asm as = {.names = &names};
	struct diag d;
	int err;

	diag_init(&d, 20);
	err = isa_assemble(&s, &as, &d, code);
	diag_render(&d, DIAG_PLAIN, report);
	diag_done(&d);
	return err;
}

TEST(names_are_looked_up)
{
	static const char text[] =
		"call bpf_map_lookup_elem; call bpf_rcu_read_lock; call f\n"
		"r1 = counters ll; r2 = counters+8 ll; r3 = map counters; r4 = jiffies ll\n"
		"f: exit\n";
	static const struct insn want[] = {
		{0x85, 0, 0, 0, 1}, {0x85, 0, 2, 3, 77}, {0x85, 0, 1, 0, 8}, {0x18, 1, 2, 0, 5},
		{0, 0, 0, 0, 0},    {0x18, 2, 2, 0, 5},  {0, 0, 0, 0, 8},    {0x18, 3, 2, 0, 5},
		{0, 0, 0, 0, 0},    {0x18, 4, 3, 0, 99}, {0, 0, 0, 0, 0},    {0x95, 0, 0, 0, 0},
	};
	struct isa_code code = {0};
	struct str report;
	int err, same;

	str_init(&report, 4096);
	err = assemble(text, &code, &report);
	same = !err && code.n == ARRAY_LEN(want) && !memcmp(code.at, want, sizeof(want));
	if (err)
		test_note("%s", report.s);
	isa_code_done(&code);
	str_done(&report);
	CHECK_EQ(err, 0);
	CHECK(same);
}

TEST(unknown_names_have_a_nearest)
{
	struct isa_code code = {0};
	struct str report;
	int err;
	bool helper, map;

	str_init(&report, 4096);
	err = assemble("call bpf_map_lookup_elm\nr1 = conters ll\nexit\n", &code, &report);
	helper = strstr(report.s, "t:1:6: note: did you mean 'bpf_map_lookup_elem'?");
	map = strstr(report.s, "t:2:6: note: did you mean 'counters'?");
	isa_code_done(&code);
	str_done(&report);
	CHECK(err < 0);
	CHECK(test_oom() || (helper && map));
}

static void shows(enum isa_style style, const struct insn *i, size_t n, const char *want)
{
	struct isa_dis dis = {.style = style, .names = &names};
	struct str s;
	bool same;

	str_init(&s, 4096);
	isa_dis_one(&dis, i, n, 0, &s);
	same = !strcmp(s.s, want);
	if (!same)
		test_note("%s", s.s);
	str_done(&s);
	CHECK(same);
}

TEST(names_are_shown)
{
	struct insn i[2];

	i[0] = isa_call(1);
	shows(ISA_STYLE_KERNEL, i, 1, "(85) call bpf_map_lookup_elem#1");
	shows(ISA_STYLE_LLVM, i, 1, "call bpf_map_lookup_elem");
	i[0] = isa_call(2);
	shows(ISA_STYLE_KERNEL, i, 1, "(85) call unknown#2");
	shows(ISA_STYLE_LLVM, i, 1, "call 2");
	i[0] = isa_call_kfunc(77, 0);
	shows(ISA_STYLE_KERNEL, i, 1, "(85) call bpf_rcu_read_lock#77");
	isa_ld_imm64(i, 1, 2, UINT64_C(8) << 32 | 5);
	shows(ISA_STYLE_LLVM, i, 2, "r1 = counters+8 ll");
	isa_ld_imm64(i, 1, 3, 99);
	shows(ISA_STYLE_LLVM, i, 2, "r1 = jiffies ll");
}
