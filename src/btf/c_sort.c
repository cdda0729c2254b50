/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The order in which a header has its types, as far as what they need allows: bpftool's. Constants
 * first, then named enums, numbers, structs, functions, each by name and with what is derived from
 * them; so that the headers of two kernels can be compared. Types of one name are told apart by a
 * sum over the names of their parts.
 */
#include <stdlib.h>

#include "btf/impl.h"

enum { LAST = 10, FOLLOWS = BTF_ALIASES | BTF_BIT(PTR) | BTF_BIT(DECL_TAG) };

struct row {
	const char *name, *own; /* borrowed: of what it is derived from, and of itself */
	uint32_t id;
	uint8_t rank;
};

/* What a type is derived from; *ret_named: whether there is a name on the way. */
static const struct btf_type *origin(const struct btf *b, uint32_t id, bool *ret_named)
{
	const struct btf_type *t = btf_type(b, id);
	int depth;

	*ret_named = t->name_off;
	for (depth = 0; depth < BTF_DEPTH_MAX && btf_is(t, FOLLOWS | BTF_BIT(ARRAY)); depth++) {
		t = btf_type(b, btf_is(t, BTF_BIT(ARRAY)) ? btf_array(t)->elem : t->type);
		if (!t)
			return btf_type(b, 0);
		*ret_named |= t->name_off != 0 && btf_is(t, FOLLOWS | BTF_BIT(ARRAY));
	}
	return t;
}

static uint8_t rank(const struct btf_type *own, const struct btf_type *t, bool named)
{
	if (own != t && !own->name_off)
		return LAST;
	named |= t->name_off != 0;
	if (btf_is(t, BTF_ENUMS))
		return named;
	if (btf_is(t, BTF_BIT(INT) | BTF_BIT(FLOAT)))
		return 2;
	if (btf_is(t, BTF_STRUCTS))
		return named ? 3 : LAST;
	if (btf_is(t, BTF_BIT(FUNC_PROTO)))
		return named ? 4 : LAST;
	return btf_is(t, BTF_BIT(FWD)) ? 5 : LAST;
}

static uint64_t add_name(uint64_t sum, const struct btf *b, uint32_t off)
{
	const char *s = btf_str(b, off);

	return hash_bytes(s, strlen(s), sum);
}

static uint64_t sum_of(const struct btf *b, uint32_t id, bool members, int depth)
{
	const struct btf_type *t = btf_type(b, id);
	uint64_t sum = 1;
	uint32_t i;

	for (; t && depth < BTF_DEPTH_MAX && btf_is(t, FOLLOWS | BTF_BIT(ARRAY)); depth++) {
		sum = add_name(sum, b, t->name_off);
		if (btf_is(t, BTF_BIT(ARRAY)))
			sum = sum * 31 + btf_array(t)->n;
		t = btf_type(b, btf_is(t, BTF_BIT(ARRAY)) ? btf_array(t)->elem : t->type);
	}
	if (!t)
		return sum;
	sum = add_name(sum, b, t->name_off);
	for (i = 0; btf_is(t, BTF_ENUMS) && i < btf_vlen(t); i++)
		sum = add_name(sum, b, btf_enum_name(t, i));
	for (i = 0; members && btf_is(t, BTF_STRUCTS) && i < btf_vlen(t); i++) {
		sum = add_name(sum, b, btf_members(t)[i].name_off);
		sum = sum * 31 + sum_of(b, btf_members(t)[i].type, false, depth);
	}
	return sum;
}

static int by_rank(const void *a, const void *b, void *btf)
{
	const struct row *x = a, *y = b;
	uint64_t p, q;
	int order;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	order = strcmp(x->name, y->name);
	if (!order)
		order = strcmp(x->own, y->own);
	if (order)
		return order;
	p = sum_of(btf, x->id, true, 0);
	q = sum_of(btf, y->id, true, 0);
	if (p != q)
		return p < q ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static struct row make_row(const struct btf *b, uint32_t id)
{
	const struct btf_type *own = btf_type(b, id), *t;
	struct row r = {.id = id, .own = btf_str(b, own->name_off)};
	bool named;

	t = origin(b, id, &named);
	r.rank = rank(own, t, named);
	r.name = btf_str(b, t->name_off);
	if (own == t && btf_is(t, BTF_ENUMS) && !t->name_off && btf_vlen(t))
		r.name = btf_str(b, btf_enum_name(t, 0));
	return r;
}

uint32_t *c_sorted(const struct btf *b)
{
	uint32_t n = btf_count(b), *ids = mem_alloc_array(n, sizeof(*ids)), i, k = 0, last = 0;
	struct row *rows = mem_alloc_array(n, sizeof(*rows));

	if (!ids || !rows) {
		mem_free(ids);
		mem_free(rows);
		return NULL;
	}
	/* Those without a rank go behind the others, by id. */
	for (i = 1; i < n; i++) {
		struct row r = make_row(b, i);

		if (r.rank < LAST)
			rows[k++] = r;
		else
			ids[last++] = i;
	}
	memmove(ids + n - last, ids, last * sizeof(*ids));
	qsort_r(rows, k, sizeof(*rows), by_rank, (void *)(uintptr_t)b);
	for (i = 0; i < k; i++)
		ids[1 + i] = rows[i].id;
	mem_free(rows);
	return ids;
}
