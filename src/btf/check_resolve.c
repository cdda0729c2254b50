/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The second phase: what types refer to.
 *
 * From each type the chain of those it needs is followed with a stack of our own, at most
 * RESOLVE_DEPTH deep, each visited once; meeting one that is still on the stack is a loop. Where a
 * chain begins decides where it may stop: a pointer's goes on to what is pointed to only through
 * modifiers and pointers, a struct's ends at pointers (RESOLVE_PTR, RESOLVE_PARTS), so that a struct may
 * have a pointer to itself.
 *
 * kernel: btf_resolve() and the btf_*_resolve() functions, btf_func_proto_check(), 6.18.
 */
#include "btf/check.h"

enum {
	NEEDS_RESOLVE = BTF_ALIASES | BTF_STRUCTS | BTF_BIT(PTR) | BTF_BIT(ARRAY) | BTF_BIT(VAR) |
			BTF_BIT(FUNC) | BTF_BIT(DECL_TAG) | BTF_BIT(DATASEC),
	SOURCE_ONLY = BTF_BIT(VAR) | BTF_BIT(DECL_TAG) | BTF_BIT(DATASEC), /* nobody refers to */
	HAS_SIZE = BTF_STRUCTS | BTF_ENUMS | BTF_BIT(INT) | BTF_BIT(DATASEC) | BTF_BIT(FLOAT),
	WITHOUT_SIZE = BTF_BIT(FWD) | BTF_BIT(FUNC) | BTF_BIT(FUNC_PROTO) | BTF_BIT(DECL_TAG),
	PUSHED = 1, /* a step was begun that must be finished first */
};

static bool sizeless(const struct btf_type *t)
{
	return !t || btf_kind(t) == BTF_VOID || btf_is(t, WITHOUT_SIZE);
}

static bool is_resolved(const struct check *c, uint32_t id)
{
	return id < c->b->first || c->of[id - c->b->first].state == RESOLVED;
}

static uint32_t resolved_id(const struct check *c, uint32_t id)
{
	if (id < c->b->first)
		return btf_strip(c->b, id, BTF_ALIASES | BTF_BIT(VAR));
	return c->of[id - c->b->first].id;
}

static uint32_t resolved_size(const struct check *c, uint32_t id)
{
	if (id < c->b->first)
		return (uint32_t)MAX(btf_size(c->b, id), (int64_t)0);
	return c->of[id - c->b->first].size;
}

/* Whether the chain that is being followed may stop here. */
static bool is_sink(const struct check *c, const struct btf_type *t)
{
	switch (c->mode) {
	case RESOLVE_ANY:
		return !btf_is(t, NEEDS_RESOLVE);
	case RESOLVE_PTR:
		return !btf_is(t, BTF_ALIASES | BTF_BIT(PTR));
	case RESOLVE_PARTS:
		return !btf_is(t, BTF_ALIASES | BTF_BIT(ARRAY) | BTF_STRUCTS);
	}
	bug("mode %d", c->mode);
}

const struct btf_type *check_sized(struct check *c, uint32_t *id, uint32_t *ret_size)
{
	uint32_t of = *id, size;
	const struct btf_type *t = btf_type(c->b, of);

	if (sizeless(t))
		return NULL;
	if (btf_is(t, BTF_ALIASES | BTF_BIT(VAR))) {
		of = resolved_id(c, of);
		t = btf_type(c->b, of);
		if (sizeless(t))
			return NULL;
	}
	if (btf_is(t, HAS_SIZE))
		size = t->size;
	else if (btf_is(t, BTF_BIT(ARRAY)))
		size = resolved_size(c, of);
	else if (btf_is(t, BTF_BIT(PTR)))
		size = 8;
	else
		return NULL;
	*id = of;
	if (ret_size)
		*ret_size = size;
	return t;
}

/* ---- the stack ---- */

static int push(struct check *c, const struct btf_type *t, uint32_t id)
{
	if (c->depth == RESOLVE_DEPTH)
		return -E2BIG;
	if (id < c->b->first || c->of[id - c->b->first].state != NOT_VISITED)
		return -EEXIST;
	c->of[id - c->b->first].state = VISITED;
	c->step[c->depth++] = (struct resolve_step){id, 0};
	if (c->mode == RESOLVE_ANY && btf_is(t, BTF_BIT(PTR)))
		c->mode = RESOLVE_PTR;
	else if (c->mode == RESOLVE_ANY && btf_is(t, BTF_STRUCTS | BTF_BIT(ARRAY)))
		c->mode = RESOLVE_PARTS;
	return PUSHED;
}

static int pop(struct check *c, uint32_t to, uint32_t size)
{
	uint32_t id = c->step[--c->depth].id;

	c->of[id - c->b->first] = (struct resolved){to, size, RESOLVED};
	return 0;
}

/* Goes into a type first, if that has to be; 0: it is done or need not be. */
static int go_into(struct check *c, const struct btf_type *t, uint32_t id)
{
	return is_sink(c, t) || is_resolved(c, id) ? 0 : push(c, t, id);
}

/* ---- the kinds ---- */

/* A modifier may have been resolved for a struct as far as a pointer; go on from that. */
static int behind_modifier(struct check *c, const struct btf_type *next, uint32_t id)
{
	const struct btf_type *t;

	if (!btf_is(next, BTF_ALIASES))
		return 0;
	id = resolved_id(c, id);
	t = btf_type(c->b, id);
	return btf_is(t, BTF_BIT(PTR)) ? go_into(c, t, id) : 0;
}

/* Modifiers, pointers, variables: all that refer to one type. */
static int resolve_reference(struct check *c, const struct btf_type *t)
{
	uint32_t id = t->type;
	const struct btf_type *next = btf_type(c->b, id);
	int err;

	if (!next || btf_is(next, SOURCE_ONLY))
		return check_fail_type(c, t, "Invalid type_id");
	err = go_into(c, next, id);
	if (!err && !btf_is(t, BTF_ALIASES))
		err = behind_modifier(c, next, id);
	if (err)
		return err;
	if (!check_sized(c, &id, NULL)) {
		if (btf_is(t, BTF_BIT(VAR)))
			return check_fail_type(c, t, "Invalid type_id");
		if (is_resolved(c, id) && btf_is(next, NEEDS_RESOLVE)) {
			id = resolved_id(c, id);
			next = btf_type(c->b, id);
		}
		if (next && btf_kind(next) != BTF_VOID &&
		    !btf_is(next, BTF_BIT(FWD) | BTF_BIT(FUNC_PROTO)))
			return check_fail_type(c, t, "Invalid type_id");
	}
	return pop(c, id, 0);
}

static int resolve_array(struct check *c, const struct btf_type *t)
{
	const struct btf_array *a = btf_array(t);
	uint32_t id = a->index, size;
	const struct btf_type *of = btf_type(c->b, id);
	int err;

	if (sizeless(of) || btf_is(of, SOURCE_ONLY))
		return check_fail_type(c, t, "Invalid index");
	err = go_into(c, of, id);
	if (err)
		return err;
	of = check_sized(c, &id, NULL);
	if (!btf_is(of, BTF_BIT(INT)) || !check_regular_int(of))
		return check_fail_type(c, t, "Invalid index");
	id = a->elem;
	of = btf_type(c->b, id);
	if (sizeless(of) || btf_is(of, SOURCE_ONLY))
		return check_fail_type(c, t, "Invalid elem");
	err = go_into(c, of, id);
	if (err)
		return err;
	of = check_sized(c, &id, &size);
	if (!of)
		return check_fail_type(c, t, "Invalid elem");
	if (btf_is(of, BTF_BIT(INT)) && !check_regular_int(of))
		return check_fail_type(c, t, "Invalid array of int");
	if (a->n && size > UINT32_MAX / a->n)
		return check_fail_type(c, t, "Array size overflows U32_MAX");
	return pop(c, id, size * a->n);
}

static int resolve_struct(struct check *c, const struct btf_type *t, struct resolve_step *step)
{
	uint32_t i = step->next;
	int err;

	/* The last one was gone into: now it is known whether it fits. */
	if (i) {
		err = check_member(c, t, &btf_members(t)[i - 1]);
		if (err)
			return err;
	}
	for (; i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];
		const struct btf_type *of = btf_type(c->b, m->type);

		if (sizeless(of) || btf_is(of, SOURCE_ONLY))
			return check_fail_member(c, t, m, "Invalid member");
		if (!is_sink(c, of) && !is_resolved(c, m->type)) {
			step->next = i + 1;
			return push(c, of, m->type);
		}
		err = check_member(c, t, m);
		if (err)
			return err;
	}
	return pop(c, 0, 0);
}

static int resolve_func(struct check *c, const struct btf_type *t)
{
	const struct btf_type *proto = btf_type(c->b, t->type);
	uint32_t i;

	if (!btf_is(proto, BTF_BIT(FUNC_PROTO)))
		return check_fail_type(c, t, "Invalid type_id");
	for (i = 0; i < btf_vlen(proto); i++)
		if (!btf_params(proto)[i].name_off && btf_params(proto)[i].type)
			return check_fail_type(c, t, "Invalid arg#%u", i + 1);
	return pop(c, t->type, 0);
}

static int resolve_datasec(struct check *c, const struct btf_type *t, struct resolve_step *step)
{
	uint32_t i, id, size = 0;

	c->mode = RESOLVE_ANY;
	for (i = step->next; i < btf_vlen(t); i++) {
		const struct btf_secinfo *v = &btf_secinfos(t)[i];
		const struct btf_type *var = btf_type(c->b, v->type);

		if (!btf_is(var, BTF_BIT(VAR)))
			return check_fail_secinfo(c, t, v, "Not a VAR kind member");
		if (!is_sink(c, var) && !is_resolved(c, v->type)) {
			step->next = i + 1;
			return push(c, var, v->type);
		}
		id = var->type;
		if (!check_sized(c, &id, &size))
			return check_fail_secinfo(c, t, v, "Invalid type");
		if (v->size < size)
			return check_fail_secinfo(c, t, v, "Invalid size");
	}
	return pop(c, 0, 0);
}

static int resolve_decl_tag(struct check *c, const struct btf_type *t)
{
	enum { TARGETS = BTF_BIT(FUNC) | BTF_STRUCTS | BTF_BIT(VAR) | BTF_BIT(TYPEDEF) };
	const struct btf_type *of = btf_type(c->b, t->type);
	uint32_t component = *btf_word(t);
	int err;

	if (!btf_is(of, TARGETS))
		return check_fail_type(c, t, "Invalid type_id");
	err = go_into(c, of, t->type);
	if (err)
		return err;
	if (component != UINT32_MAX) {
		if (btf_is(of, BTF_BIT(FUNC)))
			of = btf_type(c->b, of->type);
		if (!btf_is(of, BTF_STRUCTS | BTF_BIT(FUNC_PROTO)) || component >= btf_vlen(of))
			return check_fail_type(c, t, "Invalid component_idx");
	}
	return pop(c, t->type, 0);
}

static int resolve_step(struct check *c, struct resolve_step *step)
{
	const struct btf_type *t = btf_type(c->b, step->id);

	if (btf_is(t, BTF_BIT(ARRAY)))
		return resolve_array(c, t);
	if (btf_is(t, BTF_STRUCTS))
		return resolve_struct(c, t, step);
	if (btf_is(t, BTF_BIT(FUNC)))
		return resolve_func(c, t);
	if (btf_is(t, BTF_BIT(DATASEC)))
		return resolve_datasec(c, t, step);
	if (btf_is(t, BTF_BIT(DECL_TAG)))
		return resolve_decl_tag(c, t);
	if (btf_is(t, BTF_ALIASES | BTF_BIT(PTR) | BTF_BIT(VAR)))
		return resolve_reference(c, t);
	return check_fail_basic(c, t, "Unsupported resolve");
}

/* What was found out must make sense; a chain of modifiers that ends in one does not. */
static bool state_makes_sense(struct check *c, const struct btf_type *t, uint32_t id)
{
	uint32_t to = resolved_id(c, id), size = resolved_size(c, id), elem;

	if (btf_is(t, BTF_STRUCTS | BTF_BIT(DATASEC)))
		return !to && !size;
	if (btf_is(t, BTF_BIT(DECL_TAG) | BTF_BIT(FUNC)))
		return to && !size;
	if (btf_is(t, BTF_ALIASES | BTF_BIT(PTR) | BTF_BIT(VAR)))
		return btf_type(c->b, to) &&
		       !btf_is(btf_type(c->b, to), BTF_ALIASES | BTF_BIT(VAR) | BTF_BIT(DATASEC));
	elem = btf_array(t)->elem;
	t = check_sized(c, &elem, &to);
	return t && !btf_is(t, BTF_ALIASES) && btf_array(btf_type(c->b, id))->n * to == size;
}

static int resolve(struct check *c, const struct btf_type *t, uint32_t id)
{
	uint32_t saved = c->id;
	int err = 0;

	c->mode = RESOLVE_ANY;
	push(c, t, id);
	while (c->depth && err >= 0) {
		struct resolve_step *step = &c->step[c->depth - 1];

		c->id = step->id;
		err = resolve_step(c, step);
	}
	c->id = id;
	if (err == -E2BIG)
		check_fail_type(c, t, "Exceeded max resolving depth:%u", RESOLVE_DEPTH);
	else if (err == -EEXIST)
		check_fail_type(c, t, "Loop detected");
	else if (err >= 0 && !state_makes_sense(c, t, id))
		err = check_fail_type(c, t, "Invalid resolve state");
	c->id = saved;
	return MIN(err, 0);
}

/* ---- prototypes ---- */

/* One type a function takes or gives; 1: it cannot be. */
static int proto_part(struct check *c, uint32_t id)
{
	const struct btf_type *t = btf_type(c->b, id);
	int err;

	if (!t || btf_is(t, SOURCE_ONLY))
		return 1;
	if (btf_is(t, NEEDS_RESOLVE) && !is_resolved(c, id)) {
		err = resolve(c, t, id);
		if (err)
			return err;
	}
	return check_sized(c, &id, NULL) ? 0 : 1;
}

static int check_proto(struct check *c, const struct btf_type *t)
{
	const struct btf_param *p = btf_params(t);
	uint32_t n = btf_vlen(t), i;
	int err = t->type ? proto_part(c, t->type) : 0;

	if (err)
		return err > 0 ? check_fail_type(c, t, "Invalid return type") : err;
	if (n && !p[n - 1].type) {
		if (p[n - 1].name_off)
			return check_fail_type(c, t, "Invalid arg#%u", n);
		n--;
	}
	for (i = 0; i < n; i++) {
		const struct btf_type *of = btf_type(c->b, p[i].type);

		if (of && !btf_is(of, SOURCE_ONLY) && p[i].name_off &&
		    (!check_name_at(c->b, p[i].name_off) ||
		     !check_identifier(c->b, p[i].name_off)))
			return check_fail_type(c, t, "Invalid arg#%u", i + 1);
		err = proto_part(c, p[i].type);
		if (err)
			return err > 0 ? check_fail_type(c, t, "Invalid arg#%u", i + 1) : err;
	}
	return 0;
}

int check_references(struct check *c)
{
	uint32_t first = c->b->first, n = btf_count(c->b), id;
	int err = 0;

	c->second = true;
	c->of = mem_alloc_array(n - first, sizeof(*c->of));
	if (!c->of)
		return -ENOMEM;
	for (id = first; id < n && !err; id++) {
		const struct btf_type *t = btf_type(c->b, id);

		c->id = id;
		if (btf_is(t, NEEDS_RESOLVE) && !is_resolved(c, id))
			err = resolve(c, t, id);
		if (!err && btf_is(t, BTF_BIT(FUNC_PROTO)))
			err = check_proto(c, t);
	}
	mem_free(c->of);
	c->of = NULL;
	return err;
}
