/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The ids and name offsets that records hold: the one place that knows where they stand, for all
 * that renumbers, follows or checks them.
 */
#include "btf/impl.h"

/* fn on n words, `step` words apart. */
static int each(void *at, uint32_t n, uint32_t step, btf_visit_fn *fn, void *ctx)
{
	uint32_t *word = at, i;
	int err = 0;

	for (i = 0; i < n && !err; i++)
		err = fn(ctx, word + i * step);
	return err;
}

int btf_visit_ids(struct btf_type *t, btf_visit_fn *fn, void *ctx)
{
	uint32_t *part = (uint32_t *)(t + 1), n = btf_vlen(t);
	int err;

	switch (btf_kind(t)) {
	case BTF_VOID:
	case BTF_INT:
	case BTF_ENUM:
	case BTF_ENUM64:
	case BTF_FWD:
	case BTF_FLOAT:
	case _BTF_KIND_MAX:
		return 0;
	case BTF_PTR:
	case BTF_TYPEDEF:
	case BTF_VOLATILE:
	case BTF_CONST:
	case BTF_RESTRICT:
	case BTF_FUNC:
	case BTF_VAR:
	case BTF_DECL_TAG:
	case BTF_TYPE_TAG:
		return fn(ctx, &t->type);
	case BTF_ARRAY:
		return each(part, 2, 1, fn, ctx);
	case BTF_STRUCT:
	case BTF_UNION:
		return each(part + 1, n, 3, fn, ctx);
	case BTF_FUNC_PROTO:
		err = fn(ctx, &t->type);
		return err ? err : each(part + 1, n, 2, fn, ctx);
	case BTF_DATASEC:
		return each(part, n, 3, fn, ctx);
	}
	return 0;
}

int btf_visit_names(struct btf_type *t, btf_visit_fn *fn, void *ctx)
{
	uint32_t n = btf_vlen(t), words;
	int err = fn(ctx, &t->name_off);

	if (err || !btf_is(t, BTF_STRUCTS | BTF_ENUMS | BTF_BIT(FUNC_PROTO)))
		return err;
	words = btf_is(t, BTF_STRUCTS | BTF_BIT(ENUM64)) ? 3 : 2;
	return each(t + 1, n, words, fn, ctx);
}
