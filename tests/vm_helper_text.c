/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs in text, for the tests of helpers. */
#include "test.h"
#include "vm_helper.h"

static bool is(const char *name, size_t len, const char *s)
{
	return len == strlen(s) && !memcmp(name, s, len);
}

void helper_feed(void *producer, const char *text)
{
	uint32_t n = (uint32_t)strlen(text), *header = (void *)((char *)producer + 4096);

	header[0] = n;
	header[1] = 0;
	memcpy(header + 2, text, n);
	__atomic_store_n((uint64_t *)producer, ALIGN_UP(n, 8u) + 8, __ATOMIC_RELEASE);
}

static int find_call(struct helper_case *c, const char *name, size_t len, struct isa_named *ret)
{
	size_t n, i;
	const struct vm_helper *h = vm_helpers_default(&n);
	char text[64];

	for (i = 0; i < n; i++) {
		if (is(name, len, h[i].name) || is(name, len, h[i].name + 4)) {
			*ret = (struct isa_named){.imm = h[i].id};
			return 0;
		}
	}
	if (len >= sizeof(text))
		return -ENOENT;
	memcpy(text, name, len);
	text[len] = '\0';
	if (!vm_kfunc_default(text))
		return -ENOENT;
	*ret = (struct isa_named){.src = 2, .imm = helper_kfunc(c, text)};
	return 0;
}

int helper_name(struct helper_case *c, bool call, const char *name, size_t len,
		struct isa_named *ret)
{
	static const char *const of_node[] = {"node.size", "node.type", "node.list", "node.tree"};
	size_t i;

	if (call)
		return find_call(c, name, len, ret);
	for (i = 0; i < c->maps; i++) {
		if (is(name, len, c->map[i].name)) {
			*ret = (struct isa_named){.src = i ? 1 : 2, .imm = (int64_t)i};
			return 0;
		}
	}
	for (i = 0; i < ARRAY_LEN(of_node); i++) {
		if (is(name, len, of_node[i])) {
			*ret = (struct isa_named){.src = 5, .imm = (int64_t)i};
			return 0;
		}
	}
	return -ENOENT;
}

static int find(void *ctx, bool call, const char *name, size_t len, struct isa_named *ret)
{
	return helper_name(ctx, call, name, len, ret);
}

void helper_text_set(struct helper_text *p, const char *text)
{
	struct isa_names names = {.ctx = &p->c, .find = find};
	struct isa_asm how = {.names = &names};
	struct src src = {"program", text, (uint32_t)strlen(text)};
	struct str why;
	struct diag d;

	diag_init(&d, 5);
	if (isa_assemble(&src, &how, &d, &p->code) && !test_oom()) {
		str_init(&why, 4096);
		diag_render(&d, DIAG_PLAIN, &why);
		FAIL("%s", why.s);
	}
	diag_done(&d);
	p->c.insn = p->code.at;
	p->c.insns = p->code.n;
}

void helper_text_init(struct helper_text *p, uint32_t prog_type, const char *text)
{
	memset(p, 0, sizeof(*p));
	helper_case_init(&p->c, prog_type);
	helper_text_set(p, text);
}

void helper_text_done(struct helper_text *p)
{
	isa_code_done(&p->code);
}

void helper_text_run(struct helper_text *p, struct vm_world *w, struct helper_result *r)
{
	helper_run_ours(&p->c, VM_CHECKED, w, r);
	if (r->err && !test_oom())
		FAIL("%d: %s", r->err, r->log.s);
}

void helper_text_check(struct helper_text *p, struct vm_world *w, const int64_t *want, size_t n)
{
	static const char *const name[] = {"checked", "fast", "traced", "jit"};
	static const enum vm_engine engines[] = {VM_CHECKED, VM_FAST, VM_JIT};
	struct helper_result *r;
	int64_t got;
	size_t i, k;

	for (i = 0; i < ARRAY_LEN(engines); i++) {
		r = helper_result_new();
		helper_run_ours(&p->c, engines[i], w, r);
		if (r->err && !test_oom())
			FAIL("%s: %d: %s", name[engines[i]], r->err, r->log.s);
		for (k = 0; k < n && !test_oom(); k++) {
			memcpy(&got, r->out + 8 * k, 8);
			test_note("%s, word %zu", name[engines[i]], k);
			CHECK_EQ(got, want[k]);
		}
		helper_result_free(r);
	}
}
