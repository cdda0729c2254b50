/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Records as they are, in the text and the JSON of `bpftool btf dump format raw`.
 *
 * A record is described once, as a line of named fields and then parts of named fields; the sink
 * renders it. What is particular to the text (the name in quotes behind the kind, a comma behind a
 * variable's type) is in the few functions that know about both.
 */
#include <stdio.h>

#include "btf/impl.h"

/* One of both. */
struct sink {
	struct str *s;
	struct out *o;
};

static void put_number(struct str *s, uint64_t v)
{
	char digits[20];
	int n = 0;

	do
		digits[n++] = (char)('0' + v % 10);
	while (v /= 10);
	while (n)
		str_addc(s, digits[--n]);
}

static void field(struct sink *k, const char *name, uint64_t v)
{
	if (k->o) {
		out_uint(k->o, name, v);
		return;
	}
	str_addc(k->s, ' ');
	str_add(k->s, name);
	str_addc(k->s, '=');
	put_number(k->s, v);
}

static void field_signed(struct sink *k, const char *name, int64_t v)
{
	if (k->o)
		out_int(k->o, name, v);
	else
		str_addf(k->s, " %s=%lld", name, (long long)v);
}

static void field_word(struct sink *k, const char *name, const char *v)
{
	if (k->o) {
		out_str(k->o, name, v);
		return;
	}
	str_addc(k->s, ' ');
	str_add(k->s, name);
	str_addc(k->s, '=');
	str_add(k->s, v);
}

static const char *name_of(const struct btf *b, uint32_t off)
{
	if (!off)
		return "(anon)";
	return off < btf_str_len(b) ? btf_str(b, off) : "(invalid)";
}

static void list(struct sink *k, const char *name)
{
	if (k->o)
		out_array(k->o, name, OUT_LIST);
}

static void list_end(struct sink *k)
{
	if (k->o)
		out_end(k->o);
}

/* A part with a name: "\n\t'name' ...". */
static void part(struct sink *k, const char *name)
{
	if (k->o) {
		out_object(k->o, NULL);
		out_str(k->o, "name", name);
		return;
	}
	str_add(k->s, "\n\t'");
	str_add(k->s, name);
	str_addc(k->s, '\'');
}

static void part_end(struct sink *k)
{
	if (k->o)
		out_end(k->o);
}

/* ---- the kinds ---- */

static const char *encoding(unsigned v)
{
	switch (v) {
	case 0:
		return "(none)";
	case BTF_INT_SIGNED:
		return "SIGNED";
	case BTF_INT_CHAR:
		return "CHAR";
	case BTF_INT_BOOL:
		return "BOOL";
	default:
		return "UNKN";
	}
}

static const char *linkage(uint32_t v)
{
	static const char *const names[] = {"static", "global", "extern"};

	return v < ARRAY_LEN(names) ? names[v] : "(unknown)";
}

static void put_int(struct sink *k, const struct btf_type *t)
{
	uint32_t v = *btf_word(t);

	field(k, "size", t->size);
	field(k, "bits_offset", BTF_INT_OFFSET(v));
	field(k, "nr_bits", BTF_INT_BITS(v));
	field_word(k, "encoding", encoding(BTF_INT_ENCODING(v)));
}

static void put_struct(const struct btf *b, struct sink *k, const struct btf_type *t)
{
	uint32_t i;

	field(k, "size", t->size);
	field(k, "vlen", btf_vlen(t));
	list(k, "members");
	for (i = 0; i < btf_vlen(t); i++) {
		part(k, name_of(b, btf_members(t)[i].name_off));
		field(k, "type_id", btf_members(t)[i].type);
		field(k, "bits_offset", btf_member_bit_offset(t, i));
		if (btf_member_bits(t, i))
			field(k, "bitfield_size", btf_member_bits(t, i));
		part_end(k);
	}
	list_end(k);
}

static void put_enum(const struct btf *b, struct sink *k, const struct btf_type *t)
{
	bool is_64 = btf_kind(t) == BTF_ENUM64;
	uint32_t i;

	field_word(k, "encoding", btf_kflag(t) ? "SIGNED" : "UNSIGNED");
	field(k, "size", t->size);
	field(k, "vlen", btf_vlen(t));
	list(k, "values");
	for (i = 0; i < btf_vlen(t); i++) {
		part(k, name_of(b, btf_enum_name(t, i)));
		if (btf_kflag(t))
			field_signed(k, "val", btf_enum_value(t, i));
		else
			field(k, "val", (uint64_t)btf_enum_value(t, i));
		if (is_64 && k->s)
			str_add(k->s, btf_kflag(t) ? "LL" : "ULL");
		part_end(k);
	}
	list_end(k);
}

static void put_proto(const struct btf *b, struct sink *k, const struct btf_type *t)
{
	uint32_t i;

	field(k, "ret_type_id", t->type);
	field(k, "vlen", btf_vlen(t));
	list(k, "params");
	for (i = 0; i < btf_vlen(t); i++) {
		part(k, name_of(b, btf_params(t)[i].name_off));
		field(k, "type_id", btf_params(t)[i].type);
		part_end(k);
	}
	list_end(k);
}

static void put_datasec(const struct btf *b, struct sink *k, const struct btf_type *t)
{
	uint32_t i;

	field(k, "size", t->size);
	field(k, "vlen", btf_vlen(t));
	list(k, "vars");
	for (i = 0; i < btf_vlen(t); i++) {
		const struct btf_secinfo *v = &btf_secinfos(t)[i];
		const struct btf_type *var = btf_type(b, v->type);

		if (k->o) {
			out_object(k->o, NULL);
			field(k, "type_id", v->type);
		} else {
			str_add(k->s, "\n\ttype_id=");
			put_number(k->s, v->type);
		}
		field(k, "offset", v->offset);
		field(k, "size", v->size);
		if (k->s && var)
			str_addf(k->s, " (%s '%s')", btf_kind_name(btf_kind(var)),
				 name_of(b, var->name_off));
		part_end(k);
	}
	list_end(k);
}

static void put_fields(const struct btf *b, struct sink *k, const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_INT:
		put_int(k, t);
		break;
	case BTF_PTR:
	case BTF_TYPEDEF:
	case BTF_VOLATILE:
	case BTF_CONST:
	case BTF_RESTRICT:
	case BTF_TYPE_TAG:
		field(k, "type_id", t->type);
		break;
	case BTF_ARRAY:
		field(k, "type_id", btf_array(t)->elem);
		field(k, "index_type_id", btf_array(t)->index);
		field(k, "nr_elems", btf_array(t)->n);
		break;
	case BTF_STRUCT:
	case BTF_UNION:
		put_struct(b, k, t);
		break;
	case BTF_ENUM:
	case BTF_ENUM64:
		put_enum(b, k, t);
		break;
	case BTF_FWD:
		field_word(k, "fwd_kind", btf_kflag(t) ? "union" : "struct");
		break;
	case BTF_FUNC:
		field(k, "type_id", t->type);
		field_word(k, "linkage", linkage(btf_vlen(t)));
		break;
	case BTF_FUNC_PROTO:
		put_proto(b, k, t);
		break;
	case BTF_VAR:
		field(k, "type_id", t->type);
		if (k->s)
			str_addc(k->s, ',');
		field_word(k, "linkage", linkage(*btf_word(t)));
		break;
	case BTF_DATASEC:
		put_datasec(b, k, t);
		break;
	case BTF_FLOAT:
		field(k, "size", t->size);
		break;
	case BTF_DECL_TAG:
		field(k, "type_id", t->type);
		field_signed(k, "component_idx", (int32_t)*btf_word(t));
		break;
	case BTF_VOID:
	case _BTF_KIND_MAX:
		break;
	}
}

void btf_raw_type(const struct btf *b, uint32_t id, struct str *s)
{
	const struct btf_type *t = btf_type(b, id);
	struct sink k = {.s = s};

	if (!t)
		return;
	str_addc(s, '[');
	put_number(s, id);
	str_add(s, "] ");
	str_add(s, btf_kind_name(btf_kind(t)));
	str_add(s, " '");
	str_add(s, name_of(b, t->name_off));
	str_addc(s, '\'');
	put_fields(b, &k, t);
	str_addc(s, '\n');
}

void btf_raw_out(const struct btf *b, uint32_t id, struct out *o)
{
	const struct btf_type *t = btf_type(b, id);
	struct sink k = {.o = o};

	if (!t)
		return;
	out_object(o, NULL);
	out_uint(o, "id", id);
	out_str(o, "kind", btf_kind_name(btf_kind(t)));
	out_str(o, "name", name_of(b, t->name_off));
	put_fields(b, &k, t);
	out_end(o);
}
