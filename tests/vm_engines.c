/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The cases of tests/vm, in the format of bpf_conformance, on every engine:
 *
 *	==== title
 *	-- asm		the program: r1 = its memory, r2 = how long that is
 *	-- mem		hex bytes
 *	-- result	r0, in hex
 *	-- error	instead: what the checked engines say; fast and jit are left out
 *	-- after	what the memory holds then
 *
 * Headers: `budget: N`, `engines: checked fast traced jit` (default: all). Helper 1 adds its arguments,
 * helper 2 calls back: r2 times the function r1 with the context r3 and the round's number.
 */
#include <stdio.h>
#include <stdlib.h>

#include "test.h"
#include "vm/vm.h"

enum { MEM_MAX = 65536 };

static uint64_t helper_sum(struct vm_run *run, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
			   uint64_t r5)
{
	(void)run;
	return r1 + r2 + r3 + r4 + r5;
}

static uint64_t helper_loop(struct vm_run *run, uint64_t fn, uint64_t rounds, uint64_t ctx, uint64_t r4,
			    uint64_t r5)
{
	uint64_t i, r0, total = 0;

	(void)r4, (void)r5;
	for (i = 0; i < rounds; i++) {
		if (vm_callback(run, fn, (const uint64_t[]){i, ctx, 0, 0, 0}, &r0))
			return 0;
		total += r0;
	}
	return total;
}

static uint64_t helper_fill(struct vm_run *run, uint64_t at, uint64_t size, uint64_t byte, uint64_t r4,
			    uint64_t r5)
{
	void *p = vm_mem(run, at, size, true);

	(void)r4, (void)r5;
	if (p)
		memset(p, (int)byte, size);
	return size;
}

static const struct vm_helper helpers[] = {
	{1, "sum", helper_sum},
	{2, "loop", helper_loop},
	{3, "fill", helper_fill},
};
static const struct how {
	const char *name;
	enum vm_engine engine;
	bool baseline;
} hows[] = {
	{"checked", VM_CHECKED, false}, {"fast", VM_FAST, false}, {"traced", VM_TRACED, false},
	{"jit", VM_JIT, false},		{"jit", VM_JIT, true},
};

struct traced {
	uint64_t steps;
};

static void count_step(struct vm_run *run, const struct vm_prog *p, uint32_t pc, const uint64_t *reg)
{
	struct traced *t = run->ctx;

	assert(pc < vm_prog_len(p));
	(void)p, (void)pc, (void)reg;
	t->steps++;
}

struct outcome {
	struct str text; /* the result in hex, or what went wrong */
	bool failed;
	uint8_t mem[MEM_MAX];
};

static int run_loaded(const struct vm_prog *p, size_t len, uint64_t budget, struct outcome *o)
{
	struct traced t = {0};
	struct vm_run run;
	uint64_t r0, arg[5] = {len ? (uint64_t)(uintptr_t)o->mem : 0, len};
	int err = vm_run_init(&run);

	if (err)
		return err;
	run.budget = budget;
	run.trace = count_step;
	run.ctx = &t;
	err = vm_run_region(&run, o->mem, len, true);
	if (!err)
		err = vm_exec(&run, p, arg, &r0);
	if (!err) {
		str_addf(&o->text, "0x%llx\n", (unsigned long long)r0);
	} else if (err == -EFAULT) {
		str_addf(&o->text, "%u: ", run.fault.pc);
		vm_fault_text(&run.fault, &o->text);
		str_addc(&o->text, '\n');
	}
	o->failed = err;
	vm_run_done(&run);
	return 0;
}

static void load_and_run(const struct test_case *c, const struct how *h, struct outcome *o)
{
	struct vm_env env = {.helper = helpers, .helpers = ARRAY_LEN(helpers),
			     .baseline = h->baseline};
	const char *budget = case_header(c, "budget"), *asm_text = case_body(c, "asm");
	const struct test_section *mem = case_find(c, "mem");
	struct src src = {"program", asm_text, (uint32_t)strlen(asm_text)};
	struct isa_asm how = {.target = {.foreign = true, .any_count = true}};
	struct vm_prog *p = NULL;
	struct isa_code code = {0};
	size_t len = 0;
	struct diag d;
	int err;

	diag_init(&d, 5);
	if (mem && num_parse_hex(mem->body, mem->len, o->mem, MEM_MAX, &len))
		test_fail(c->file, mem->line, "the memory is not in hex");
	err = isa_assemble(&src, &how, &d, &code);
	if (!err)
		err = vm_load("program", code.at, code.n, h->engine, &env, &d, &p);
	if (!err)
		err = run_loaded(p, len, budget ? strtoull(budget, NULL, 0) : 0, o);
	if (err) {
		o->failed = true;
		diag_render(&d, DIAG_PLAIN, &o->text);
	}
	vm_unload(p);
	isa_code_done(&code);
	diag_done(&d);
}

/* Addresses differ from run to run: those that are not near 0 become "0x..." */
static void hide_addresses(struct str *s)
{
	struct str t;
	char *at = s->s, *hex, *end;

	str_init(&t, s->max);
	while ((hex = strstr(at, "at 0x"))) {
		str_addn(&t, at, (size_t)(hex - at));
		if (strtoull(hex + 3, &end, 16) > 0xffff)
			str_add(&t, "at 0x...");
		else
			str_addn(&t, hex, (size_t)(end - hex));
		at = end;
	}
	str_add(&t, at);
	str_done(s);
	*s = t;
}

static void check_mem(const struct test_case *c, const struct test_section *s, const uint8_t *mem)
{
	static uint8_t want[MEM_MAX];
	size_t len;

	if (num_parse_hex(s->body, s->len, want, MEM_MAX, &len))
		test_fail(c->file, s->line, "the memory is not in hex");
	CHECK_MEM(mem, want, len);
}

static bool checks(enum vm_engine engine)
{
	return engine != VM_FAST && engine != VM_JIT;
}

static void vm_case(struct test_case *c)
{
	const char *engines = case_header(c, "engines");
	const struct test_section *after = case_find(c, "after"), *error = case_find(c, "error");
	static struct outcome o;
	const struct how *h;

	for (h = hows; h < hows + ARRAY_LEN(hows); h++) {
		if (engines ? !strstr(engines, h->name) : error && !checks(h->engine))
			continue;
		str_init(&o.text, 4096);
		load_and_run(c, h, &o);
		hide_addresses(&o.text);
		if (test_oom()) {
			str_done(&o.text);
			continue;
		}
		test_note("engine %s%s", h->name, h->baseline ? " for any processor" : "");
		if (o.failed && !error)
			test_fail(c->file, c->line, "%s", o.text.s);
		case_expect(c, error ? "error" : "result", o.text.s);
		if (after)
			check_mem(c, after, o.mem);
		str_done(&o.text);
	}
}

KIND("vm", ".t", vm_case)
