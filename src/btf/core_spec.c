/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Access strings: "0:1:2", the indexes that lead from a type to a field, read by the types of an
 * object, and what of it a target's type has.
 *
 * Two views are kept of a way: all indexes (raw), and those steps that have a meaning in C source: a
 * named member, an element. Anonymous structs are steps of the first only, so a field may be in one
 * here and not there.
 *
 * As libbpf's bpf_core_parse_spec() and bpf_core_spec_match(): what matches and what does not must be
 * the same, or programs would get other offsets than with every other loader.
 */
#include <stdlib.h>

#include "btf/impl.h"

enum { STEPS_MAX = 1 << 20 };

static const struct { const char *name; enum core_about about; } core_kinds[] = {
#define CORE(number, NAME, text, about) [number] = {text, ABOUT_##about},
#include "btf/core_kind.def"
};

const char *btf_core_kind_name(unsigned kind)
{
	return kind < ARRAY_LEN(core_kinds) ? core_kinds[kind].name : "unknown";
}

enum core_about core_about(unsigned kind)
{
	return kind < ARRAY_LEN(core_kinds) ? core_kinds[kind].about : ABOUT_NOTHING;
}

/* An array that ends a struct and has no size: any index is in it. */
static bool is_flexible(const struct btf *b, const struct btf_core_step *in,
			const struct btf_array *a)
{
	const struct btf_type *t = btf_type(b, in->type);

	return in->name && !a->n && btf_is(t, BTF_STRUCTS) && in->index + 1 == btf_vlen(t);
}

/* ---- reading ---- */

static int read_indexes(const char *access, struct btf_core_spec *spec)
{
	const char *p = access;
	uint64_t v;

	for (;;) {
		if (*p < '0' || *p > '9')
			return -EINVAL;
		for (v = 0; *p >= '0' && *p <= '9' && v <= INT32_MAX; p++)
			v = v * 10 + (uint64_t)(*p - '0');
		if (v > INT32_MAX)
			return -EINVAL;
		if (spec->raw_n == BTF_CORE_SPEC_MAX)
			return -E2BIG;
		spec->raw[spec->raw_n++] = (uint32_t)v;
		if (!*p)
			return 0;
		if (*p++ != ':')
			return -EINVAL;
	}
}

static int read_enumerator(struct btf_core_spec *spec, const struct btf_type *t)
{
	struct btf_core_step *step = &spec->step[0];

	if (!btf_is(t, BTF_ENUMS) || spec->raw_n > 1 || step->index >= btf_vlen(t))
		return -EINVAL;
	step->name = btf_str(spec->b, btf_enum_name(t, step->index));
	return 0;
}

static int read_member(struct btf_core_spec *spec, const struct btf_type *t, uint32_t index,
		       uint32_t *id)
{
	const struct btf_member *m = &btf_members(t)[index];

	if (index >= btf_vlen(t))
		return -EINVAL;
	spec->bit_off += btf_member_bit_offset(t, index);
	if (m->name_off) {
		const char *name = btf_str(spec->b, m->name_off);

		if (!*name)
			return -EINVAL;
		spec->step[spec->n++] = (struct btf_core_step){*id, index, name};
	}
	*id = m->type;
	return 0;
}

static int read_element(struct btf_core_spec *spec, const struct btf_type *t, uint32_t index,
			uint32_t *id)
{
	const struct btf_array *a = btf_array(t);
	int64_t size;

	if (index >= a->n && !is_flexible(spec->b, &spec->step[spec->n - 1], a))
		return -EINVAL;
	*id = btf_resolve(spec->b, a->elem);
	spec->step[spec->n++] = (struct btf_core_step){*id, index, NULL};
	size = btf_size(spec->b, *id);
	if (size < 0)
		return (int)size;
	spec->bit_off += (uint32_t)(index * (uint64_t)size * 8);
	return 0;
}

int btf_core_spec_parse(const struct btf *local, uint32_t type, const char *access, unsigned kind,
			struct btf_core_spec *ret_spec)
{
	struct btf_core_spec *spec = ret_spec;
	uint32_t id = btf_resolve(local, type), i;
	const struct btf_type *t = btf_type(local, id);
	int64_t size;
	int err;

	*spec = (struct btf_core_spec){.b = local, .root = type, .kind = (uint8_t)kind};
	if (core_about(kind) == ABOUT_TYPE)
		return strcmp(access, "0") ? -EINVAL : 0;
	err = read_indexes(access, spec);
	if (err)
		return err;
	if (!t || core_about(kind) == ABOUT_NOTHING)
		return -EINVAL;
	spec->step[spec->n++] = (struct btf_core_step){id, spec->raw[0], NULL};
	if (core_about(kind) == ABOUT_ENUMVAL)
		return read_enumerator(spec, t);
	size = btf_size(local, id);
	if (size < 0)
		return (int)size;
	spec->bit_off = (uint32_t)(spec->raw[0] * (uint64_t)size * 8);
	for (i = 1; i < spec->raw_n && !err; i++) {
		id = btf_resolve(local, id);
		t = btf_type(local, id);
		if (btf_is(t, BTF_STRUCTS))
			err = read_member(spec, t, spec->raw[i], &id);
		else if (btf_is(t, BTF_BIT(ARRAY)))
			err = read_element(spec, t, spec->raw[i], &id);
		else
			err = -EINVAL;
	}
	return err;
}

/* ---- matching ---- */

struct match {
	const struct btf_core_spec *local;
	struct btf_core_spec *target;
	uint32_t steps; /* left */
};

static bool same_essential(const char *a, const char *b)
{
	size_t n = btf_core_essential(a);

	return n == btf_core_essential(b) && !strncmp(a, b, n);
}

/* Whether a field of one type may be read as the other's. */
static int fields_compatible(const struct btf *local, uint32_t id, const struct btf *target,
			     uint32_t target_id)
{
	int depth;

	for (depth = 0; depth < BTF_DEPTH_MAX; depth++) {
		const struct btf_type *l = btf_type(local, btf_resolve(local, id));
		const struct btf_type *t = btf_type(target, btf_resolve(target, target_id));

		if (!l || !t)
			return -EINVAL;
		if (btf_is(l, BTF_STRUCTS) && btf_is(t, BTF_STRUCTS))
			return 1;
		if (!core_same_kind(l, t))
			return 0;
		if (btf_is(l, BTF_BIT(PTR) | BTF_BIT(FLOAT)))
			return 1;
		if (btf_is(l, BTF_ENUMS | BTF_BIT(FWD)))
			return !*btf_str(local, l->name_off) || !*btf_str(target, t->name_off) ||
			       same_essential(btf_str(local, l->name_off),
					      btf_str(target, t->name_off));
		if (btf_is(l, BTF_BIT(INT)))
			return !BTF_INT_OFFSET(*btf_word(l)) && !BTF_INT_OFFSET(*btf_word(t));
		if (!btf_is(l, BTF_BIT(ARRAY)))
			return 0;
		id = btf_array(l)->elem;
		target_id = btf_array(t)->elem;
	}
	return -EINVAL;
}

/* A member of that name in a struct of the target, or in its anonymous members; *id is its type. */
static int match_member(struct match *m, const struct btf_core_step *step, uint32_t *id)
{
	const struct btf *b = m->target->b;
	const struct btf_type *l = btf_type(m->local->b, step->type), *t;
	struct btf_core_spec *spec = m->target;
	uint32_t in = btf_resolve(b, *id), i;
	int found;

	t = btf_type(b, in);
	if (!t)
		return -EINVAL;
	for (i = 0; btf_is(t, BTF_STRUCTS) && i < btf_vlen(t); i++) {
		const char *name = btf_str(b, btf_members(t)[i].name_off);
		uint32_t type = btf_members(t)[i].type;

		if (spec->raw_n == BTF_CORE_SPEC_MAX || !m->steps)
			return -E2BIG;
		m->steps--;
		spec->bit_off += btf_member_bit_offset(t, i);
		spec->raw[spec->raw_n++] = i;
		if (!*name) {
			found = match_member(m, step, &type);
			if (found)
				*id = type;
			if (found)
				return found;
		} else if (!strcmp(name, step->name)) {
			*id = type;
			found = fields_compatible(m->local->b, btf_members(l)[step->index].type, b,
						  type);
			if (found)
				spec->step[spec->n++] = (struct btf_core_step){in, i, name};
			return found;
		}
		spec->bit_off -= btf_member_bit_offset(t, i);
		spec->raw_n--;
	}
	return 0;
}

static int match_element(struct match *m, const struct btf_core_step *step, bool first, uint32_t *id)
{
	const struct btf *b = m->target->b;
	struct btf_core_spec *spec = m->target;
	const struct btf_type *t = btf_type(b, btf_resolve(b, *id));
	int64_t size;

	if (!t)
		return -EINVAL;
	if (!first) {
		if (!btf_is(t, BTF_BIT(ARRAY)))
			return 0;
		if (step->index >= btf_array(t)->n &&
		    !is_flexible(b, &spec->step[spec->n - 1], btf_array(t)))
			return 0;
		*id = btf_array(t)->elem;
	}
	*id = btf_resolve(b, *id);
	if (spec->raw_n == BTF_CORE_SPEC_MAX)
		return -E2BIG;
	spec->step[spec->n++] = (struct btf_core_step){*id, step->index, NULL};
	spec->raw[spec->raw_n++] = step->index;
	size = btf_size(b, *id);
	if (size < 0)
		return (int)size;
	spec->bit_off += (uint32_t)(step->index * (uint64_t)size * 8);
	return 1;
}

static int match_enumerator(struct match *m, uint32_t id)
{
	const struct btf *b = m->target->b;
	const struct btf_type *t = btf_type(b, id);
	uint32_t i;

	for (i = 0; btf_is(t, BTF_ENUMS) && i < btf_vlen(t); i++) {
		const char *name = btf_str(b, btf_enum_name(t, i));

		if (!same_essential(m->local->step[0].name, name))
			continue;
		m->target->step[0] = (struct btf_core_step){id, i, name};
		m->target->raw[0] = i;
		m->target->n = m->target->raw_n = 1;
		return 1;
	}
	return 0;
}

int btf_core_match(const struct btf_core_spec *local, const struct btf *target, uint32_t type,
		   struct btf_core_spec *ret_target)
{
	struct match m = {local, ret_target, STEPS_MAX};
	uint32_t id = type, i;
	int found = 1;

	*ret_target = (struct btf_core_spec){.b = target, .root = type, .kind = local->kind};
	switch (core_about(local->kind)) {
	case ABOUT_NOTHING:
		return -EINVAL;
	case ABOUT_TYPE:
		if (local->kind == BTF_CORE_TYPE_MATCHES)
			return btf_core_types_match(local->b, local->root, target, type);
		return btf_core_compatible(local->b, local->root, target, type);
	case ABOUT_ENUMVAL:
		return match_enumerator(&m, btf_resolve(target, type));
	case ABOUT_FIELD:
		break;
	}
	for (i = 0; i < local->n && found > 0; i++)
		found = local->step[i].name ? match_member(&m, &local->step[i], &id)
					    : match_element(&m, &local->step[i], !i, &id);
	return found;
}

/* ---- as text ---- */

static void enumerator_text(const struct btf_core_spec *spec, struct str *s)
{
	const struct btf_type *t = btf_type(spec->b, btf_resolve(spec->b, spec->root));

	if (!btf_is(t, BTF_ENUMS) || !spec->raw_n || spec->raw[0] >= btf_vlen(t))
		return;
	str_addf(s, btf_kflag(t) ? "::%s = %lld" : "::%s = %llu",
		 btf_str(spec->b, btf_enum_name(t, spec->raw[0])),
		 (unsigned long long)btf_enum_value(t, spec->raw[0]));
}

static void field_text(const struct btf_core_spec *spec, struct str *s)
{
	int i;

	for (i = 0; i < spec->n; i++)
		if (spec->step[i].name)
			str_addf(s, ".%s", spec->step[i].name);
		else if (i || spec->step[i].index)
			str_addf(s, "[%u]", spec->step[i].index);
	str_add(s, " (");
	for (i = 0; i < spec->raw_n; i++)
		str_addf(s, i ? ":%u" : "%u", spec->raw[i]);
	str_addf(s, " @ offset %u", spec->bit_off / 8);
	if (spec->bit_off % 8)
		str_addf(s, ".%u", spec->bit_off % 8);
	str_addc(s, ')');
}

void btf_core_spec_text(const struct btf_core_spec *spec, struct str *s)
{
	const char *name = btf_name(spec->b, spec->root), *p;

	str_addf(s, "<%s> [%u] ", btf_core_kind_name(spec->kind), spec->root);
	for (p = btf_kind_name(btf_kind_of(spec->b, spec->root)); *p; p++)
		str_addc(s, *p >= 'A' && *p <= 'Z' ? (char)(*p | 32) : *p);
	str_addf(s, " %s", *name ? name : "<anon>");
	if (core_about(spec->kind) == ABOUT_ENUMVAL)
		enumerator_text(spec, s);
	else if (core_about(spec->kind) == ABOUT_FIELD)
		field_text(spec, s);
}
