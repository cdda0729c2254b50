/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What helpers are called, for whoever reads or writes instructions. */
#include "abi/abi.h"
#include "cli/cli.h"

static bool print_helper(void *ctx, enum isa_name kind, const struct isa_op *op, uint32_t pc,
			 struct str *to)
{
	const struct abi_helper *h;

	(void)ctx, (void)pc;
	h = kind == ISA_NAME_HELPER && op->imm > 0 ? abi_helper_by_id((unsigned)op->imm) : NULL;
	if (h)
		str_addf(to, "bpf_%s", h->name);
	return h;
}

static int find_helper(void *ctx, bool call, const char *name, size_t len, struct isa_named *ret)
{
	const struct abi_helper *h = call ? abi_helper_by_name(name, len) : NULL;

	(void)ctx;
	if (h)
		*ret = (struct isa_named){.imm = h->id};
	return h ? 0 : -ENOENT;
}

static const char *const *all_helpers(void *ctx, bool call, size_t *ret_n)
{
	static const char *names[256];
	const struct abi_helper *h;
	unsigned id;
	size_t n = 0;

	(void)ctx;
	for (id = 1; call && id < ARRAY_LEN(names) && (h = abi_helper_by_id(id)); id++)
		names[n++] = h->name;
	*ret_n = n;
	return names;
}

const struct isa_names cli_helper_names = {.print = print_helper, .find = find_helper, .all = all_helpers};
