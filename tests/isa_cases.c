/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The cases of tests/isa: what a text becomes, or what is said about it.
 *
 *	-- asm		eBPF in any style; `input: hex` and the like for another kind of input
 *	-- cbpf		classic BPF instead
 *	-- kernel	the instructions in the kernel's style	-- llvm		in LLVM's
 *	-- bytes	the instructions in hex			-- errors	what was reported
 *
 * Headers: `kernel: 5.10` the target, `lax: yes`, `internal: yes`, `labels: yes`. For classic BPF,
 * -- kernel is the translation and -- tcpdump the filter itself. All but the first are compared.
 */
#include <inttypes.h>

#include "isa/isa.h"
#include "test.h"

struct result {
	struct isa_code code;
	struct cbpf_code classic;
	struct diag diag;
	int err;
};

static void put_bytes(const struct isa_code *c, struct str *to)
{
	size_t k, b;

	for (k = 0; k < c->n; k++) {
		const struct insn *i = &c->at[k];
		uint64_t v = i->code | (uint64_t)i->dst << 8 | (uint64_t)i->src << 12 |
			     (uint64_t)(uint16_t)i->off << 16 | (uint64_t)(uint32_t)i->imm << 32;

		for (b = 0; b < 8; b++, v >>= 8)
			str_addf(to, b ? " %02x" : "%02x", (unsigned)(v & 255));
		str_addc(to, '\n');
	}
}

static bool yes(const struct test_case *c, const char *key)
{
	const char *v = case_header(c, key);

	return v && !strcmp(v, "yes");
}

static enum isa_input input_of(const struct test_case *c)
{
	const char *v = case_header(c, "input");

	if (!v)
		return ISA_INPUT_ASM;
	if (!strcmp(v, "hex"))
		return ISA_INPUT_HEX;
	if (!strcmp(v, "conformance"))
		return ISA_INPUT_CONFORMANCE;
	if (!strcmp(v, "auto"))
		return ISA_INPUT_AUTO;
	FAIL("no input is called '%s'", v);
}

static void read_asm(const struct test_case *c, const struct src *s, struct result *r)
{
	struct isa_asm as = {.lax = yes(c, "lax"), .target.internal = yes(c, "internal")};
	const char *kernel = case_header(c, "kernel");

	if (kernel)
		CHECK_EQ(isa_kernel_parse(kernel, &as.target.kernel), 0);
	r->err = isa_read(input_of(c), s, &as, &r->diag, &r->code);
}

static void read_cbpf(const struct test_case *c, const struct src *s, struct result *r)
{
	r->err = cbpf_parse(s, &r->diag, &r->classic);
	if (!r->err)
		r->err = cbpf_check(s->name, r->classic.at, r->classic.n, &r->diag);
	if (!r->err && (case_find(c, "kernel") || case_find(c, "errors")))
		r->err = cbpf_convert(s->name, r->classic.at, r->classic.n, &r->diag, &r->code);
}

static void put_section(const struct test_case *c, const char *name, const struct result *r,
			struct str *to)
{
	struct isa_dis dis = {.labels = yes(c, "labels"), .xlated = yes(c, "internal")};
	size_t pc;

	if (!strcmp(name, "bytes")) {
		put_bytes(&r->code, to);
	} else if (!strcmp(name, "tcpdump")) {
		for (pc = 0; pc < r->classic.n; pc++) {
			cbpf_dis_one(&r->classic.at[pc], (uint32_t)pc, to);
			str_addc(to, '\n');
		}
	} else if (!strcmp(name, "errors")) {
		diag_render(&r->diag, DIAG_PLAIN, to);
	} else {
		dis.style = !strcmp(name, "llvm") ? ISA_STYLE_LLVM : ISA_STYLE_KERNEL;
		isa_dis_program(&dis, r->code.at, r->code.n, to);
	}
}

static void isa_case(struct test_case *c)
{
	const struct test_section *in = &c->section[0];
	struct src s = {.name = "t", .text = in->body, .len = (uint32_t)in->len};
	struct result r = {0};
	struct str got[8], report;
	size_t k, n = MIN(c->sections, ARRAY_LEN(got));
	int err;

	diag_init(&r.diag, 30);
	if (!strcmp(in->name, "cbpf"))
		read_cbpf(c, &s, &r);
	else
		read_asm(c, &s, &r);
	str_init(&report, 1 << 16);
	diag_render(&r.diag, DIAG_PLAIN, &report);
	for (k = 1; k < n; k++) {
		str_init(&got[k], 1 << 16);
		put_section(c, c->section[k].name, &r, &got[k]);
	}
	err = r.err;
	if (err && !case_find(c, "errors"))
		test_note("%s", report.s);
	isa_code_done(&r.code);
	cbpf_code_done(&r.classic);
	diag_done(&r.diag);
	for (k = 1; k < n; k++)
		case_expect(c, c->section[k].name, got[k].s);
	for (k = 1; k < n; k++)
		str_done(&got[k]);
	str_done(&report);
	CHECK(test_oom() || !!err == !!case_find(c, "errors"));
}

KIND("isa", ".t", isa_case)
