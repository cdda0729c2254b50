/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Types of another BTF, and the bytes of what was built. */
#include "btf/impl.h"

struct rename {
	struct btf_build *bb;
	const struct btf *from;
};

static int rename_word(void *ctx, uint32_t *word)
{
	struct rename *r = ctx;

	*word = btf_build_str(r->bb, btf_str(r->from, *word));
	return r->bb->err;
}

uint32_t btf_build_copy(struct btf_build *bb, const struct btf *from, const struct btf_type *t)
{
	struct rename r = {bb, from};
	size_t bytes = btf_type_bytes(t);
	struct btf_type *copy;

	/* Through a copy of its own: what is one of each must have its names before it is compared. */
	copy = bb->err ? NULL : arena_alloc(&bb->arena, bytes);
	if (!copy)
		return build_fail(bb, bb->arena.err);
	memcpy(copy, t, bytes);
	btf_visit_names(copy, rename_word, &r);
	return build_take(bb, copy);
}

struct shift {
	uint32_t from, by;
};

static int shift_word(void *ctx, uint32_t *word)
{
	struct shift *s = ctx;

	if (*word >= s->from)
		*word += s->by;
	return 0;
}

/* With BTF_BUILD_CONS ids are not in a row, so what is appended is never one of each. */
int btf_build_append(struct btf_build *bb, const struct btf *from, uint32_t *ret_first)
{
	struct shift s = {btf_first(from), 0};
	unsigned flags = bb->flags;
	uint32_t first = bb->view.first + (uint32_t)bb->row.n, id;
	const struct btf_type *t;

	if (bb->err)
		return bb->err;
	if (from->base && from->base != bb->view.base)
		return -EINVAL;
	s.by = first - s.from;
	bb->flags &= ~(unsigned)BTF_BUILD_CONS;
	for (id = s.from; !bb->err && (t = btf_type(from, id)); id++)
		if (btf_build_copy(bb, from, t))
			btf_visit_ids(vec_last(&bb->row).t, shift_word, &s);
	bb->flags = flags;
	if (bb->err)
		return bb->err;
	*ret_first = first;
	return 0;
}

/* ---- one type and what it needs ---- */

struct import {
	struct btf_build *bb;
	const struct btf *from;
	uint32_t *map; /* borrowed */
	VEC(uint32_t) todo; /* ids of from whose copies still hold from's ids */
};

/* The copy's id; what it refers to is done later, so that no depth of types is one of calls. */
static uint32_t import_one(struct import *im, uint32_t id)
{
	const struct btf_type *t = btf_type(im->from, id);

	if (!id || im->bb->err)
		return 0;
	if (id < im->from->first && im->from->base == im->bb->view.base)
		return id;
	if (!t)
		return build_fail(im->bb, -EINVAL);
	if (!im->map[id]) {
		im->map[id] = btf_build_copy(im->bb, im->from, t);
		if (im->map[id] && vec_push(&im->todo, id))
			return build_fail(im->bb, -ENOMEM);
	}
	return im->map[id];
}

static int import_word(void *ctx, uint32_t *word)
{
	struct import *im = ctx;

	*word = import_one(im, *word);
	return im->bb->err;
}

uint32_t btf_build_import(struct btf_build *bb, const struct btf *from, uint32_t id, uint32_t *map)
{
	struct import im = {.bb = bb, .from = from, .map = map, .todo = VEC_INIT(BTF_TYPE_MAX)};
	unsigned flags = bb->flags;
	uint32_t ret, next;

	bb->flags &= ~(unsigned)BTF_BUILD_CONS;
	ret = import_one(&im, id);
	while (!bb->err && im.todo.n) {
		next = vec_last(&im.todo);
		im.todo.n--;
		btf_visit_ids(btf_build_edit(bb, map[next]), import_word, &im);
	}
	bb->flags = flags;
	vec_done(&im.todo);
	return bb->err ? 0 : ret;
}

/* ---- bytes ---- */

int btf_build_bytes(const struct btf_build *bb, struct str *ret_bytes)
{
	struct btf_header h = {.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(h)};
	size_t start = ret_bytes->n;

	if (bb->err)
		return bb->err;
	str_addn(ret_bytes, &h, sizeof(h));
	for vec_each(&bb->row, row) {
		str_addn(ret_bytes, row->t, btf_type_bytes(row->t));
	}
	h.type_len = h.str_off = (uint32_t)(ret_bytes->n - start - sizeof(h));
	h.str_len = (uint32_t)bb->names.text.n;
	str_addn(ret_bytes, bb->names.text.s, bb->names.text.n);
	if (!str_err(ret_bytes))
		memcpy(ret_bytes->s + start, &h, sizeof(h));
	return str_err(ret_bytes);
}

int btf_build_done(const struct btf_build *bb, struct btf **ret_btf)
{
	struct str s;
	int err;

	str_init(&s, 1 << 30);
	err = btf_build_bytes(bb, &s);
	if (!err)
		err = btf_read(s.s, s.n, bb->view.base, NULL, ret_btf);
	str_done(&s);
	return err;
}
