/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * New types.
 *
 * Each record stands in the arena by itself, so that any struct can get another member at any time;
 * they are put behind each other only when the bytes are asked for. Until then the builder can be
 * read like any BTF, through its view. Strings are one of each; those the base has are the base's.
 */
#include <stdlib.h>

#include "btf/impl.h"

enum { ARENA_MAX = 1 << 30 };

/* The kinds of which BTF_BUILD_CONS keeps one of each: what is the same is the same bytes. */
enum {
	CONS_KINDS = BTF_BIT(INT) | BTF_BIT(PTR) | BTF_BIT(ARRAY) | BTF_BIT(FLOAT) |
		     BTF_BIT(TYPEDEF) | BTF_MODIFIERS,
};

struct btf_build *btf_build_new(struct btf *base, unsigned flags)
{
	struct btf_build *bb = mem_alloc(sizeof(*bb));

	if (!bb)
		return NULL;
	arena_init(&bb->arena, ARENA_MAX);
	names_init(&bb->names);
	hash_init(&bb->cons, BTF_TYPE_MAX);
	bb->row.max = BTF_TYPE_MAX;
	bb->flags = flags;
	bb->view = (struct btf){.refs = 1, .base = btf_ref(base), .first = 1, .bb = bb};
	if (base) {
		bb->view.first = btf_count(base);
		bb->view.str_first = btf_str_len(base);
	} else {
		btf_build_str(bb, "");
	}
	return bb;
}

void btf_build_free(struct btf_build *bb)
{
	if (!bb)
		return;
	btf_unref(bb->view.base);
	names_done(&bb->names);
	hash_done(&bb->cons);
	vec_done(&bb->row);
	arena_done(&bb->arena);
	mem_free(bb->base.slot);
	mem_free(bb);
}

int btf_build_err(const struct btf_build *bb)
{
	return bb->err;
}

const struct btf *btf_build_view(const struct btf_build *bb)
{
	return &bb->view;
}

uint32_t build_fail(struct btf_build *bb, int err)
{
	if (!bb->err)
		bb->err = err;
	return 0;
}

/* ---- strings ---- */

/* The base's strings by their text: all of them, at the first question. */
static bool index_base(struct btf_build *bb)
{
	uint32_t end = bb->view.str_first, size = 64, off, k, n = 0;
	const char *s;

	for (off = 0; off < end; off += (uint32_t)strlen(btf_str(bb->view.base, off)) + 1)
		n++;
	while (size < n * 2)
		size *= 2;
	bb->base.slot = mem_alloc_array(size, sizeof(*bb->base.slot));
	bb->base.mask = size - 1;
	if (!bb->base.slot)
		return false;
	for (off = 0; off < end; off += (uint32_t)strlen(s) + 1) {
		s = btf_str(bb->view.base, off);
		for (k = (uint32_t)hash_bytes(s, strlen(s), bb->names.seed) & bb->base.mask;
		     bb->base.slot[k]; k = (k + 1) & bb->base.mask)
			;
		bb->base.slot[k] = off + 1;
	}
	return true;
}

static int64_t find_in_base(struct btf_build *bb, const char *s, size_t len)
{
	uint32_t k;

	if (!bb->base.slot && !index_base(bb))
		return build_fail(bb, -ENOMEM);
	for (k = (uint32_t)hash_bytes(s, len, bb->names.seed) & bb->base.mask; bb->base.slot[k];
	     k = (k + 1) & bb->base.mask)
		if (!strcmp(btf_str(bb->view.base, bb->base.slot[k] - 1), s))
			return (int64_t)bb->base.slot[k] - 1;
	return -1;
}

uint32_t btf_build_str(struct btf_build *bb, const char *s)
{
	int64_t off;

	if (bb->err)
		return 0;
	if (!s)
		s = "";
	off = bb->view.base ? find_in_base(bb, s, strlen(s)) : -1;
	if (off >= 0)
		return (uint32_t)off;
	off = names_add(&bb->names, s, strlen(s));
	if (off < 0)
		return build_fail(bb, str_err(&bb->names.text));
	if (off + bb->view.str_first > BTF_NAME_MAX)
		return build_fail(bb, -E2BIG);
	return bb->view.str_first + (uint32_t)off;
}

/* ---- records ---- */

/* Takes over a record that stands in the arena, in as many bytes as it has. */
uint32_t build_take(struct btf_build *bb, struct btf_type *t)
{
	uint32_t bytes = (uint32_t)btf_type_bytes(t), id;
	bool cons = bb->flags & BTF_BUILD_CONS && btf_is(t, CONS_KINDS);
	uint64_t *have = cons && !bb->err ? hash_get(&bb->cons, t, bytes) : NULL;

	if (bb->err)
		return 0;
	if (have)
		return (uint32_t)*have;
	id = bb->view.first + (uint32_t)bb->row.n;
	if (id > BTF_TYPE_MAX)
		return build_fail(bb, -E2BIG);
	if (vec_push(&bb->row, (struct build_row){t, bytes}) ||
	    (cons && hash_put(&bb->cons, t, bytes, id)))
		return build_fail(bb, -ENOMEM);
	return id;
}

static uint32_t add(struct btf_build *bb, const struct btf_type *t)
{
	size_t bytes = btf_type_bytes(t);
	struct btf_type *copy = bb->err ? NULL : arena_alloc(&bb->arena, bytes);

	if (!copy)
		return build_fail(bb, bb->arena.err);
	memcpy(copy, t, bytes);
	return build_take(bb, copy);
}

struct btf_type *btf_build_edit(struct btf_build *bb, uint32_t id)
{
	uint32_t i = id - bb->view.first;

	return id >= bb->view.first && i < bb->row.n ? bb->row.at[i].t : NULL;
}

/* Room for one part more of a struct, enum, proto or datasec of one of those kinds. */
static void *grow(struct btf_build *bb, uint32_t id, uint32_t kinds)
{
	struct btf_type *t = bb->err ? NULL : btf_build_edit(bb, id);
	struct build_row *row;
	size_t bytes, part;
	void *bigger;

	if (!t || !btf_is(t, kinds) || btf_vlen(t) == BTF_VLEN_MAX) {
		build_fail(bb, btf_is(t, kinds) ? -E2BIG : -EINVAL);
		return NULL;
	}
	row = &bb->row.at[id - bb->view.first];
	bytes = btf_type_bytes(t);
	t->info++;
	part = btf_type_bytes(t) - bytes;
	if (bytes + part > row->cap) {
		bigger = arena_alloc(&bb->arena, bytes + part * (btf_vlen(t) + 3));
		if (!bigger) {
			t->info--;
			build_fail(bb, bb->arena.err);
			return NULL;
		}
		memcpy(bigger, t, bytes);
		row->t = bigger;
		row->cap = (uint32_t)(bytes + part * (btf_vlen(t) + 3));
	}
	return (uint8_t *)row->t + bytes;
}

/* ---- each kind ---- */

/* A header with up to three words behind it. */
struct record {
	struct btf_type t;
	uint32_t word[3];
};

static struct record record(struct btf_build *bb, enum btf_kind kind, const char *name, bool kflag,
			    uint32_t vlen, uint32_t word)
{
	return (struct record){
		.t = {.name_off = btf_build_str(bb, name), .info = btf_info(kind, kflag, vlen),
		      .size = word}};
}

uint32_t btf_build_int(struct btf_build *bb, const char *name, uint32_t bytes, unsigned encoding)
{
	struct record r = record(bb, BTF_INT, name, false, 0, bytes);

	if (bytes > 16)
		return build_fail(bb, -EINVAL);
	r.word[0] = encoding << 24 | bytes * 8;
	return add(bb, &r.t);
}

uint32_t btf_build_float(struct btf_build *bb, const char *name, uint32_t bytes)
{
	struct record r = record(bb, BTF_FLOAT, name, false, 0, bytes);

	return add(bb, &r.t);
}

uint32_t btf_build_to(struct btf_build *bb, enum btf_kind kind, const char *name, uint32_t type)
{
	struct record r = record(bb, kind, name, false, 0, type);

	assert(1u << kind & (BTF_ALIASES | BTF_BIT(PTR)));
	return add(bb, &r.t);
}

uint32_t btf_build_array(struct btf_build *bb, uint32_t elem, uint32_t index_type, uint32_t n)
{
	struct record r = record(bb, BTF_ARRAY, NULL, false, 0, 0);

	r.word[0] = elem;
	r.word[1] = index_type;
	r.word[2] = n;
	return add(bb, &r.t);
}

uint32_t btf_build_fwd(struct btf_build *bb, const char *name, bool is_union)
{
	struct record r = record(bb, BTF_FWD, name, is_union, 0, 0);

	return add(bb, &r.t);
}

uint32_t btf_build_struct(struct btf_build *bb, enum btf_kind kind, const char *name,
			  uint32_t bytes)
{
	struct record r = record(bb, kind, name, false, 0, bytes);

	assert(1u << kind & BTF_STRUCTS);
	return add(bb, &r.t);
}

/* The offsets of the members so far, in the form that leaves room for the width of bitfields. */
static int set_kflag(struct btf_type *t)
{
	uint32_t i;

	for (i = 0; i < btf_vlen(t); i++)
		if (btf_members(t)[i].offset > 0xffffff)
			return -E2BIG;
	t->info |= 1u << 31;
	return 0;
}

void btf_build_member(struct btf_build *bb, uint32_t in, const char *name, uint32_t type,
		      uint32_t bit_off, uint32_t bits)
{
	uint32_t name_off = btf_build_str(bb, name);
	struct btf_member *m = grow(bb, in, BTF_STRUCTS);
	struct btf_type *t;

	if (!m)
		return;
	*m = (struct btf_member){name_off, type, bit_off};
	t = btf_build_edit(bb, in);
	if (bits && !btf_kflag(t) && set_kflag(t))
		build_fail(bb, -E2BIG);
	if (!btf_kflag(t))
		return;
	if (bit_off > 0xffffff || bits > 255)
		build_fail(bb, -E2BIG);
	m->offset = bits << 24 | (bit_off & 0xffffff);
}

uint32_t btf_build_enum(struct btf_build *bb, enum btf_kind kind, const char *name, uint32_t bytes,
			bool is_signed)
{
	struct record r = record(bb, kind, name, is_signed, 0, bytes);

	assert(1u << kind & BTF_ENUMS);
	return add(bb, &r.t);
}

void btf_build_value(struct btf_build *bb, uint32_t in, const char *name, int64_t value)
{
	uint32_t name_off = btf_build_str(bb, name), *word = grow(bb, in, BTF_ENUMS);

	if (!word)
		return;
	word[0] = name_off;
	word[1] = (uint32_t)value;
	if (btf_kind(btf_build_edit(bb, in)) == BTF_ENUM64)
		word[2] = (uint32_t)((uint64_t)value >> 32);
}

uint32_t btf_build_proto(struct btf_build *bb, uint32_t returns)
{
	struct record r = record(bb, BTF_FUNC_PROTO, NULL, false, 0, returns);

	return add(bb, &r.t);
}

void btf_build_param(struct btf_build *bb, uint32_t in, const char *name, uint32_t type)
{
	uint32_t name_off = btf_build_str(bb, name);
	struct btf_param *p = grow(bb, in, BTF_BIT(FUNC_PROTO));

	if (p)
		*p = (struct btf_param){name_off, type};
}

uint32_t btf_build_func(struct btf_build *bb, const char *name, uint32_t proto,
			enum btf_linkage linkage)
{
	struct record r = record(bb, BTF_FUNC, name, false, linkage, proto);

	return add(bb, &r.t);
}

uint32_t btf_build_var(struct btf_build *bb, const char *name, uint32_t type,
		       enum btf_linkage linkage)
{
	struct record r = record(bb, BTF_VAR, name, false, 0, type);

	r.word[0] = linkage;
	return add(bb, &r.t);
}

uint32_t btf_build_datasec(struct btf_build *bb, const char *name, uint32_t bytes)
{
	struct record r = record(bb, BTF_DATASEC, name, false, 0, bytes);

	return add(bb, &r.t);
}

void btf_build_secinfo(struct btf_build *bb, uint32_t in, uint32_t var, uint32_t off,
		       uint32_t bytes)
{
	struct btf_secinfo *v = grow(bb, in, BTF_BIT(DATASEC));

	if (v)
		*v = (struct btf_secinfo){var, off, bytes};
}

uint32_t btf_build_decl_tag(struct btf_build *bb, const char *tag, uint32_t type, int component)
{
	struct record r = record(bb, BTF_DECL_TAG, tag, false, 0, type);

	r.word[0] = (uint32_t)component;
	return add(bb, &r.t);
}

static int by_offset(const void *a, const void *b)
{
	const struct btf_secinfo *x = a, *y = b;

	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return x->type < y->type ? -1 : x->type > y->type;
}

void btf_build_sort_datasec(struct btf_build *bb, uint32_t id)
{
	struct btf_type *t = btf_build_edit(bb, id);

	if (btf_is(t, BTF_BIT(DATASEC)))
		qsort(t + 1, btf_vlen(t), sizeof(struct btf_secinfo), by_offset);
}
