/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The functions of skep.h, each a thin skin over a module. */
#include "api/api.h"
#include "isa/isa.h"

#define EXPORT __attribute__((visibility("default")))

enum { ERRORS_MAX = 20, TEXT_MAX = 1 << 30 };

_Static_assert(sizeof(struct skep_insn) == sizeof(struct insn), "one instruction, two names");

EXPORT const char *skep_version(void)
{
	return SKEP_VERSION;
}

EXPORT void skep_free(void *p)
{
	mem_free(p);
}

/* The string becomes the caller's. An empty one owns nothing, and becomes an allocated empty one. */
static int give_text(struct str *s, char **ret_text)
{
	int err = str_err(s);
	char *text;

	if (!err && !s->cap) {
		text = mem_alloc(1);
		err = text ? 0 : -ENOMEM;
	} else {
		text = s->s;
	}
	if (err)
		str_done(s);
	else
		*ret_text = text;
	return err;
}

void api_give_errors(const struct diag *d, char **ret_errors)
{
	struct str s;

	if (!ret_errors)
		return;
	str_init(&s, TEXT_MAX);
	diag_render(d, DIAG_PLAIN, &s);
	if (give_text(&s, ret_errors))
		*ret_errors = NULL;
}

EXPORT int skep_assemble(const char *text, size_t len, const char *kernel, struct skep_insn **ret_insns,
			 size_t *ret_n, char **ret_errors)
{
	struct src src = {"program", text, (uint32_t)len};
	struct isa_asm how = {.lax = false};
	struct isa_code code = {0};
	struct diag d;
	int err;

	if (len > ISA_INPUT_MAX)
		return -E2BIG;
	if (kernel && isa_kernel_parse(kernel, &how.target.kernel))
		return -EINVAL;
	diag_init(&d, ERRORS_MAX);
	err = isa_assemble(&src, &how, &d, &code);
	if (!err) {
		*ret_insns = (struct skep_insn *)code.at;
		*ret_n = code.n;
		code.at = NULL;
	} else if (err == -EINVAL) {
		api_give_errors(&d, ret_errors);
	}
	isa_code_done(&code);
	diag_done(&d);
	return err;
}

EXPORT int skep_disassemble(const struct skep_insn *insns, size_t n, enum skep_style style,
			    char **ret_text)
{
	struct isa_dis how = {.style = style == SKEP_STYLE_LLVM ? ISA_STYLE_LLVM : ISA_STYLE_KERNEL,
			      .pcs = true};
	struct str s;
	int err;

	if (n > ISA_INSNS_MAX)
		return -E2BIG;
	str_init(&s, TEXT_MAX);
	err = isa_dis_program(&how, (const struct insn *)insns, n, &s);
	if (err) {
		str_done(&s);
		return err;
	}
	return give_text(&s, ret_text);
}
