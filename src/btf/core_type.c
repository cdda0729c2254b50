/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether a type of an object and one of a kernel are the same in the sense of CO-RE: loosely (the
 * relocation type_exists: kinds alike down to the first struct) or closely (type_matches: the local
 * type's members, enumerators and arguments are all there).
 *
 * As libbpf's bpf_core_types_are_compat() and bpf_core_types_match(), limits of depth included: a
 * type too deep for them is an error there and here.
 */
#include "btf/impl.h"

enum { LEVELS = 32, STEPS_MAX = 1 << 20 };

struct pair {
	const struct btf *local, *target;
	uint32_t steps; /* left: the number of ways through two types is not bounded by their size */
};

bool core_same_kind(const struct btf_type *a, const struct btf_type *b)
{
	return btf_kind(a) == btf_kind(b) || (btf_is(a, BTF_ENUMS) && btf_is(b, BTF_ENUMS));
}

static bool no_bits(const struct btf_type *t)
{
	return !BTF_INT_OFFSET(*btf_word(t));
}

/* ---- loosely ---- */

static int compatible(struct pair *p, uint32_t id, uint32_t target_id, int level);

static int params_compatible(struct pair *p, const struct btf_type *l, const struct btf_type *t,
			     int level)
{
	uint32_t i;
	int err = 1;

	if (btf_vlen(l) != btf_vlen(t))
		return 0;
	for (i = 0; i < btf_vlen(l) && err > 0; i++)
		err = level <= 0 ? -EINVAL
				 : compatible(p, btf_resolve(p->local, btf_params(l)[i].type),
					      btf_resolve(p->target, btf_params(t)[i].type),
					      level - 1);
	return err;
}

static int compatible(struct pair *p, uint32_t id, uint32_t target_id, int level)
{
	const struct btf_type *l = btf_type(p->local, id), *t = btf_type(p->target, target_id);
	int depth, err;

	if (!l || !t)
		return -EINVAL;
	if (!core_same_kind(l, t))
		return 0;
	for (depth = 0; depth < LEVELS && p->steps; depth++, p->steps--) {
		l = btf_type(p->local, btf_resolve(p->local, id));
		t = btf_type(p->target, btf_resolve(p->target, target_id));
		if (!l || !t)
			return -EINVAL;
		if (!core_same_kind(l, t))
			return 0;
		if (btf_kind(l) == BTF_VOID || btf_is(l, BTF_STRUCTS | BTF_ENUMS | BTF_BIT(FWD)))
			return 1;
		if (btf_is(l, BTF_BIT(INT)))
			return no_bits(l) && no_bits(t);
		if (btf_is(l, BTF_BIT(ARRAY))) {
			id = btf_array(l)->elem;
			target_id = btf_array(t)->elem;
			continue;
		}
		if (!btf_is(l, BTF_BIT(PTR) | BTF_BIT(FUNC_PROTO)))
			return 0;
		if (btf_is(l, BTF_BIT(FUNC_PROTO))) {
			err = params_compatible(p, l, t, level);
			if (err <= 0)
				return err;
		}
		id = l->type;
		target_id = t->type;
	}
	return -EINVAL;
}

int btf_core_compatible(const struct btf *local, uint32_t id, const struct btf *target,
			uint32_t target_id)
{
	struct pair p = {local, target, STEPS_MAX};

	return compatible(&p, id, target_id, LEVELS);
}

/* ---- closely ---- */

static bool names_match(struct pair *p, uint32_t off, uint32_t target_off)
{
	const char *l = btf_str(p->local, off), *t = btf_str(p->target, target_off);
	size_t n = btf_core_essential(t);

	if (!*t)
		return !*l;
	return n == btf_core_essential(l) && !strncmp(l, t, n);
}

static int enums_match(struct pair *p, const struct btf_type *l, const struct btf_type *t)
{
	uint32_t i, j;

	if (l->size != t->size || btf_vlen(l) > btf_vlen(t))
		return 0;
	for (i = 0; i < btf_vlen(l); i++) {
		for (j = 0; j < btf_vlen(t); j++) {
			if (!p->steps)
				return -EINVAL;
			p->steps--;
			if (names_match(p, btf_enum_name(l, i), btf_enum_name(t, j)))
				break;
		}
		if (j == btf_vlen(t))
			return 0;
	}
	return 1;
}

static int match(struct pair *p, uint32_t id, uint32_t target_id, bool behind_ptr, int level);

static int members_match(struct pair *p, const struct btf_type *l, const struct btf_type *t,
			 bool behind_ptr, int level)
{
	const struct btf_member *m = btf_members(l), *n = btf_members(t);
	uint32_t i, j;
	int found;

	if (btf_vlen(l) > btf_vlen(t))
		return 0;
	for (i = 0; i < btf_vlen(l); i++) {
		found = 0;
		for (j = 0; j < btf_vlen(t) && !found; j++) {
			if (!p->steps)
				return -EINVAL;
			p->steps--;
			if (names_match(p, m[i].name_off, n[j].name_off))
				found = match(p, m[i].type, n[j].type, behind_ptr, level - 1);
		}
		if (found <= 0)
			return found;
	}
	return 1;
}

static int structs_match(struct pair *p, const struct btf_type *l, const struct btf_type *t,
			 bool behind_ptr, int level)
{
	if (btf_kind(l) == btf_kind(t))
		return behind_ptr ? 1 : members_match(p, l, t, behind_ptr, level);
	return behind_ptr && btf_is(t, BTF_BIT(FWD)) && (btf_kind(l) == BTF_UNION) == btf_kflag(t);
}

static int forward_matches(const struct btf_type *l, const struct btf_type *t, bool behind_ptr)
{
	if (btf_kind(l) == btf_kind(t))
		return btf_kflag(l) == btf_kflag(t);
	return behind_ptr && btf_kind(t) == (btf_kflag(l) ? BTF_UNION : BTF_STRUCT);
}

static int ints_match(const struct btf_type *l, const struct btf_type *t)
{
	return l->size == t->size && !((BTF_INT_ENCODING(*btf_word(l)) ^
					BTF_INT_ENCODING(*btf_word(t))) & BTF_INT_SIGNED);
}

static int params_match(struct pair *p, const struct btf_type *l, const struct btf_type *t,
			bool behind_ptr, int level)
{
	uint32_t i;
	int err = 1;

	if (btf_vlen(l) != btf_vlen(t))
		return 0;
	for (i = 0; i < btf_vlen(l) && err > 0; i++)
		err = match(p, btf_params(l)[i].type, btf_params(t)[i].type, behind_ptr, level - 1);
	return err;
}

static int match(struct pair *p, uint32_t id, uint32_t target_id, bool behind_ptr, int level)
{
	const struct btf_type *l, *t;
	int depth, err;

	if (level <= 0)
		return -EINVAL;
	for (depth = 0; depth < LEVELS && p->steps; depth++, p->steps--) {
		l = btf_type(p->local, btf_resolve(p->local, id));
		t = btf_type(p->target, btf_resolve(p->target, target_id));
		if (!l || !t)
			return -EINVAL;
		if (!names_match(p, l->name_off, t->name_off))
			return 0;
		if (btf_is(l, BTF_BIT(FWD)))
			return forward_matches(l, t, behind_ptr);
		if (btf_is(l, BTF_ENUMS))
			return btf_is(t, BTF_ENUMS) ? enums_match(p, l, t) : 0;
		if (btf_is(l, BTF_STRUCTS))
			return structs_match(p, l, t, behind_ptr, level);
		if (btf_kind(l) != btf_kind(t))
			return 0;
		if (btf_kind(l) == BTF_VOID)
			return 1;
		if (btf_is(l, BTF_BIT(INT)))
			return ints_match(l, t);
		if (btf_is(l, BTF_BIT(ARRAY))) {
			if (btf_array(l)->n != btf_array(t)->n)
				return 0;
			id = btf_array(l)->elem;
			target_id = btf_array(t)->elem;
			continue;
		}
		if (!btf_is(l, BTF_BIT(PTR) | BTF_BIT(FUNC_PROTO)))
			return 0;
		if (btf_is(l, BTF_BIT(PTR))) {
			behind_ptr = true;
		} else {
			err = params_match(p, l, t, behind_ptr, level);
			if (err <= 0)
				return err;
		}
		id = l->type;
		target_id = t->type;
	}
	return -EINVAL;
}

int btf_core_types_match(const struct btf *local, uint32_t id, const struct btf *target,
			 uint32_t target_id)
{
	struct pair p = {local, target, STEPS_MAX};

	return match(&p, id, target_id, false, LEVELS);
}
