/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Global variables: found by name, set before the maps that hold them are made.
 *
 * Text becomes bytes by the variable's type: numbers, characters, enumerators, true and false, text
 * for arrays of char, a list for other arrays; 0x and all bytes in order of memory for the rest.
 */
#include "obj/impl.h"

enum { TEXT_MAX = 1 << 24 };

static bool holds_variables(const struct obj_map *m)
{
	switch ((enum obj_map_kind)m->kind) {
	case OBJ_MAP_DATA:
	case OBJ_MAP_RODATA:
	case OBJ_MAP_BSS:
		return true;
	case OBJ_MAP_KCONFIG: /* its BTF has no places before obj_btf() */
	case OBJ_MAP_USER:
	case OBJ_MAP_STRUCT_OPS:
		break;
	}
	return false;
}

/* The DATASEC of a map's variables; 0: none. */
static uint32_t datasec_of(const struct obj *o, size_t map)
{
	if (!o->btf)
		return 0;
	if ((int32_t)map == o->arena_map)
		return btf_find(o->btf, ".addr_space.1", BTF_BIT(DATASEC));
	return holds_variables(&o->map.at[map]) ? o->map.at[map].btf_var : 0;
}

static void var_fill(const struct obj *o, uint32_t map, const struct btf_secinfo *s,
		     struct obj_var *ret)
{
	const struct btf_type *var = btf_type(o->btf, s->type);

	*ret = (struct obj_var){.name = btf_name(o->btf, s->type),
				.map = map,
				.off = s->offset,
				.size = s->size,
				.type = var ? var->type : 0};
}

bool obj_var_next(const struct obj *o, size_t i, struct obj_var *ret_var)
{
	for (size_t m = 0; m < o->map.n; m++) {
		uint32_t sec = datasec_of(o, m);
		const struct btf_type *t = sec ? btf_type(o->btf, sec) : NULL;

		if (!t)
			continue;
		if (i < btf_vlen(t)) {
			var_fill(o, (uint32_t)m, &btf_secinfos(t)[i], ret_var);
			return true;
		}
		i -= btf_vlen(t);
	}
	return false;
}

bool obj_var_find(const struct obj *o, const char *name, struct obj_var *ret_var)
{
	struct btf_secinfo s;

	for (size_t m = 0; m < o->map.n; m++) {
		uint32_t sec = datasec_of(o, m);

		if (!sec || !btf_find_var(o->btf, btf_name(o->btf, sec), name, &s))
			continue;
		var_fill(o, (uint32_t)m, &s, ret_var);
		return true;
	}
	for vec_each(&o->ext, x) {
		if (x->kind != OBJ_EXTERN_KCONFIG || strcmp(x->name, name))
			continue;
		*ret_var = (struct obj_var){.name = x->name,
					    .map = (uint32_t)o->kconfig_map,
					    .off = x->off,
					    .size = x->size,
					    .type = x->type};
		return true;
	}
	return false;
}

/* ---- text to bytes ---- */

struct value {
	const struct obj *o;
	struct diag *d;
	const char *name; /* of the variable */
	const char *text;
	size_t len;
	uint8_t *to; /* `size` bytes */
	size_t size;
};

static int refuse(const struct value *v, const char *why)
{
	return diag_error(v->d, "obj.variable", obj_where(v->o), "variable '%s': '%.*s' %s",
			  v->name, (int)MIN(v->len, (size_t)80), v->text, why);
}

static int integer_put(const struct value *v, uint64_t n, bool negative)
{
	unsigned bits = (unsigned)v->size * 8;

	if (v->size > 8 || !v->size)
		return refuse(v, "cannot be put into so many bytes: say 0x and all of them");
	if (bits < 64 && (negative ? (int64_t)n < -(INT64_C(1) << (bits - 1)) : n >> bits))
		return refuse(v, "does not fit");
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	memcpy(v->to, (uint8_t *)&n + 8 - v->size, v->size);
#else
	memcpy(v->to, &n, v->size);
#endif
	return 0;
}

static int number_parse(const struct value *v)
{
	uint64_t n;
	int64_t s;

	if (v->len == 3 && v->text[0] == '\'' && v->text[2] == '\'')
		return integer_put(v, (uint8_t)v->text[1], false);
	if (v->len && *v->text == '-') {
		if (num_parse_s64(v->text, v->len, &s))
			return refuse(v, "is no number");
		return integer_put(v, (uint64_t)s, true);
	}
	if (num_parse_u64(v->text, v->len, &n))
		return refuse(v, "is no number");
	return integer_put(v, n, false);
}

static bool word_is(const struct value *v, const char *word)
{
	return v->len == strlen(word) && !memcmp(v->text, word, v->len);
}

static int enum_parse(const struct value *v, const struct btf_type *t)
{
	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		if (word_is(v, btf_str(v->o->btf, btf_enum_name(t, i))))
			return integer_put(v, (uint64_t)btf_enum_value(t, i),
					   btf_enum_value(t, i) < 0);
	}
	if (v->len && (*v->text == '-' || (*v->text >= '0' && *v->text <= '9')))
		return number_parse(v);
	return refuse(v, "is no value of that enum");
}

static int bytes_parse(const struct value *v)
{
	size_t n = 0;

	if (num_parse_hex(v->text, v->len, v->to, v->size, &n) || n != v->size)
		return refuse(v, "is not as many bytes in hex as the variable has");
	return 0;
}

static int value_parse(const struct value *v, uint32_t type, unsigned depth);

static int list_parse(const struct value *v, const struct btf_array *a, unsigned depth)
{
	int64_t each = btf_size(v->o->btf, a->elem);
	struct value item = *v;
	const char *at = v->text, *end = v->text + v->len, *comma;
	uint8_t *to = v->to;

	if (each <= 0)
		return refuse(v, "is for an array of what has no size");
	while (at <= end) {
		int err;

		if ((size_t)(v->to + v->size - to) < (size_t)each)
			return refuse(v, "has more elements than the array");
		comma = memchr(at, ',', (size_t)(end - at));
		item.text = at;
		item.len = (size_t)((comma ? comma : end) - at);
		item.to = to;
		item.size = (size_t)each;
		err = value_parse(&item, a->elem, depth + 1);
		if (err)
			return err;
		to += each;
		if (!comma)
			return 0;
		at = comma + 1;
	}
	return 0;
}

static int array_parse(const struct value *v, const struct btf_array *a, unsigned depth)
{
	uint32_t elem = btf_resolve(v->o->btf, a->elem);

	if (btf_kind_of(v->o->btf, elem) == BTF_INT && btf_size(v->o->btf, elem) == 1 &&
	    !memchr(v->text, ',', v->len)) {
		if (v->len >= v->size)
			return refuse(v, "is longer than the variable");
		memset(v->to, 0, v->size);
		memcpy(v->to, v->text, v->len);
		return 0;
	}
	return list_parse(v, a, depth);
}

static int value_parse(const struct value *v, uint32_t type, unsigned depth)
{
	const struct btf_type *t = btf_type(v->o->btf, btf_resolve(v->o->btf, type));
	int64_t size = btf_size(v->o->btf, type);
	struct value whole = *v;

	if (!t || depth > 8)
		return refuse(v, "is for a variable whose type is not known");
	if (size > 0 && (size_t)size < v->size)
		whole.size = (size_t)size;
	switch ((int)btf_kind(t)) {
	case BTF_INT:
		if (BTF_INT_ENCODING(*btf_word(t)) & BTF_INT_BOOL &&
		    (word_is(v, "true") || word_is(v, "false")))
			return integer_put(&whole, word_is(v, "true"), false);
		return number_parse(&whole);
	case BTF_ENUM:
	case BTF_ENUM64:
		return enum_parse(&whole, t);
	case BTF_PTR:
		return number_parse(&whole);
	case BTF_ARRAY:
		if (v->len > 2 && !memcmp(v->text, "0x", 2) && v->len - 2 == v->size * 2)
			return bytes_parse(v);
		return array_parse(v, btf_array(t), depth);
	}
	return bytes_parse(v);
}

/* The bytes of a map's data, made when they were only zeros so far. */
static uint8_t *data_of(struct obj *o, struct obj_map *m)
{
	if (!m->data)
		m->data = arena_alloc(&o->arena, MAX(m->data_size, 1u));
	return m->data;
}

int obj_var_set(struct obj *o, const char *name, const char *value, struct diag *d)
{
	struct obj_extern *x = obj_extern_find(o, name);
	struct value v = {.o = o, .d = d, .name = name, .text = value, .len = strlen(value)};
	struct obj_var var;
	struct obj_map *m;
	int err;

	if (!obj_var_find(o, name, &var))
		return diag_error(d, "obj.variable", obj_where(o), "there is no variable '%s'%s",
				  name, o->btf ? "" : ": the object has no BTF");
	m = &o->map.at[var.map];
	if (var.off > m->data_size || var.size > m->data_size - var.off || v.len > TEXT_MAX)
		return refuse(&v, "is for a variable outside of its section");
	v.to = data_of(o, m);
	if (!v.to)
		return obj_no_memory(o, d);
	v.to += var.off;
	v.size = var.size;
	err = value_parse(&v, var.type, 0);
	if (!err && x && x->kind == OBJ_EXTERN_KCONFIG)
		x->found = true;
	return err;
}

/* ---- another size ---- */

int obj_map_resize(struct obj *o, struct obj_map *m, uint32_t value_size, struct diag *d)
{
	uint8_t *data;

	if (!holds_variables(m)) {
		m->attr.value_size = value_size;
		return 0;
	}
	if (value_size < m->data_size || value_size > OBJ_DATA_MAX)
		return diag_error(
			d, "obj.resize", obj_where(o),
			"map '%s' has %u bytes of variables: it can become larger, up to %u",
			m->name, m->data_size, OBJ_DATA_MAX);
	if (m->data) {
		data = arena_alloc(&o->arena, value_size);
		if (!data)
			return obj_no_memory(o, d);
		memcpy(data, m->data, m->data_size);
		m->data = data;
	}
	m->attr.value_size = m->data_size = value_size;
	m->attr.key_type = m->attr.value_type = 0;
	return 0;
}
