/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The first phase: what can be said of a record by itself.
 *
 * kernel: the btf_*_check_meta() functions, 6.18. In which order things are looked at decides what is
 * complained about.
 */
#include <ctype.h>

#include "btf/check.h"

enum { KERNEL_TYPE_ID_MAX = BTF_TYPE_MAX, INT_MASK = 0x0fffffff };

/* ---- names ---- */

bool check_name_at(const struct btf *b, uint32_t off)
{
	return off <= BTF_NAME_MAX && off < btf_str_len(b);
}

static bool name_char(char c, bool first)
{
	bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (unsigned char)c >= 0xc0; /* the kernel's letters are Latin-1 */

	if ((unsigned char)c == 0xd7 || (unsigned char)c == 0xf7)
		letter = false;
	return letter || c == '_' || c == '.' || (!first && c >= '0' && c <= '9');
}

bool check_identifier(const struct btf *b, uint32_t off)
{
	const char *s = btf_str(b, off);
	size_t i;

	if (!name_char(*s, true))
		return false;
	for (i = 1; i < KERNEL_NAME_MAX && s[i]; i++)
		if (!name_char(s[i], false))
			return false;
	return !s[i];
}

static bool section_name(const struct btf *b, uint32_t off)
{
	const char *s = btf_str(b, off);
	size_t i;

	for (i = 0; i < KERNEL_NAME_MAX && s[i]; i++)
		if (!isprint((unsigned char)s[i]) && (unsigned char)s[i] < 0xa0)
			return false;
	return i && !s[i];
}

static bool no_name_or_good(const struct btf *b, uint32_t off)
{
	return !off || check_identifier(b, off);
}

static bool good_name(const struct btf *b, uint32_t off)
{
	return off && check_identifier(b, off);
}

/* ---- what several kinds ask for ---- */

static int no_parts(struct check *c, const struct btf_type *t)
{
	return btf_vlen(t) ? check_fail_type(c, t, "vlen != 0") : 0;
}

static int no_flag(struct check *c, const struct btf_type *t)
{
	return btf_kflag(t) ? check_fail_type(c, t, "Invalid btf_info kind_flag") : 0;
}

static int plain(struct check *c, const struct btf_type *t)
{
	int err = no_parts(c, t);

	return err ? err : no_flag(c, t);
}

/* ---- the kinds ---- */

static int meta_int(struct check *c, const struct btf_type *t)
{
	uint32_t v = *btf_word(t), bits = BTF_INT_BITS(v) + BTF_INT_OFFSET(v);
	unsigned encoding = BTF_INT_ENCODING(v);
	int err = plain(c, t);

	if (err)
		return err;
	if (v & ~(uint32_t)INT_MASK)
		return check_fail_basic(c, t, "Invalid int_data:%x", v);
	if (bits > 128)
		return check_fail_type(c, t, "nr_bits exceeds 128");
	if ((bits + 7) / 8 > t->size)
		return check_fail_type(c, t, "nr_bits exceeds type_size");
	if (encoding & (encoding - 1) || encoding > BTF_INT_BOOL) {
		check_fail_type(c, t, "Unsupported encoding");
		return -KERNEL_ENOTSUPP;
	}
	return 0;
}

static int meta_reference(struct check *c, const struct btf_type *t)
{
	bool tag = btf_kind(t) == BTF_TYPE_TAG;
	int err = no_parts(c, t);

	if (!err && !tag)
		err = no_flag(c, t);
	if (err)
		return err;
	if (t->type > KERNEL_TYPE_ID_MAX)
		return check_fail_type(c, t, "Invalid type_id");
	if (btf_kind(t) == BTF_TYPEDEF ? !good_name(c->b, t->name_off)
	    : tag		       ? !*btf_str(c->b, t->name_off)
				       : t->name_off != 0)
		return check_fail_type(c, t, "Invalid name");
	return 0;
}

static int meta_forward(struct check *c, const struct btf_type *t)
{
	int err = no_parts(c, t);

	if (err)
		return err;
	if (t->type)
		return check_fail_type(c, t, "type != 0");
	return good_name(c->b, t->name_off) ? 0 : check_fail_type(c, t, "Invalid name");
}

static int meta_array(struct check *c, const struct btf_type *t)
{
	const struct btf_array *a = btf_array(t);
	int err;

	if (t->name_off)
		return check_fail_type(c, t, "Invalid name");
	err = plain(c, t);
	if (err)
		return err;
	if (t->size)
		return check_fail_type(c, t, "size != 0");
	if (!a->elem || a->elem > KERNEL_TYPE_ID_MAX)
		return check_fail_type(c, t, "Invalid elem");
	if (!a->index || a->index > KERNEL_TYPE_ID_MAX)
		return check_fail_type(c, t, "Invalid index");
	return 0;
}

static int meta_member(struct check *c, const struct btf_type *t, uint32_t i, uint32_t *last)
{
	const struct btf_member *m = &btf_members(t)[i];
	uint32_t off = btf_member_bit_offset(t, i);

	if (!check_name_at(c->b, m->name_off))
		return check_fail_member(c, t, m, "Invalid member name_offset:%u", m->name_off);
	if (!no_name_or_good(c->b, m->name_off))
		return check_fail_member(c, t, m, "Invalid name");
	if (!m->type || m->type > KERNEL_TYPE_ID_MAX)
		return check_fail_member(c, t, m, "Invalid type_id");
	if ((btf_kind(t) == BTF_UNION && off) || *last > off)
		return check_fail_member(c, t, m, "Invalid member bits_offset");
	if (off / 8 + !!(off % 8) > t->size)
		return check_fail_member(c, t, m, "Member bits_offset exceeds its struct size");
	check_note_member(c, t, m);
	*last = off;
	return 0;
}

static int meta_struct(struct check *c, const struct btf_type *t)
{
	uint32_t i, last = 0;
	int err = 0;

	if (!no_name_or_good(c->b, t->name_off))
		return check_fail_type(c, t, "Invalid name");
	check_note_type(c, t);
	for (i = 0; i < btf_vlen(t) && !err; i++)
		err = meta_member(c, t, i, &last);
	return err;
}

static int meta_enum(struct check *c, const struct btf_type *t)
{
	uint32_t i, off;

	if (t->size > 8 || !t->size || t->size & (t->size - 1))
		return check_fail_type(c, t, "Unexpected size");
	if (!no_name_or_good(c->b, t->name_off))
		return check_fail_type(c, t, "Invalid name");
	check_note_type(c, t);
	for (i = 0; i < btf_vlen(t); i++) {
		off = btf_enum_name(t, i);
		if (!check_name_at(c->b, off))
			return check_fail(c, -EINVAL, "\tInvalid name_offset:%u", off);
		if (!good_name(c->b, off))
			return check_fail_type(c, t, "Invalid name");
		check_note_enum(c, t, i);
	}
	return 0;
}

static int meta_proto(struct check *c, const struct btf_type *t)
{
	return t->name_off ? check_fail_type(c, t, "Invalid name") : no_flag(c, t);
}

static int meta_func(struct check *c, const struct btf_type *t)
{
	if (!good_name(c->b, t->name_off))
		return check_fail_type(c, t, "Invalid name");
	if (btf_vlen(t) > BTF_GLOBAL)
		return check_fail_type(c, t, "Invalid func linkage");
	return no_flag(c, t);
}

static int meta_var(struct check *c, const struct btf_type *t)
{
	int err = plain(c, t);

	if (err)
		return err;
	if (!good_name(c->b, t->name_off))
		return check_fail_type(c, t, "Invalid name");
	if (!t->type || t->type > KERNEL_TYPE_ID_MAX)
		return check_fail_type(c, t, "Invalid type_id");
	if (*btf_word(t) > BTF_GLOBAL)
		return check_fail_type(c, t, "Linkage not supported");
	return 0;
}

static int meta_secinfo(struct check *c, const struct btf_type *t, const struct btf_secinfo *v,
			uint64_t *end)
{
	if (!v->type || v->type > KERNEL_TYPE_ID_MAX)
		return check_fail_secinfo(c, t, v, "Invalid type_id");
	if (v->offset < *end || v->offset >= t->size)
		return check_fail_secinfo(c, t, v, "Invalid offset");
	if (!v->size || v->size > t->size)
		return check_fail_secinfo(c, t, v, "Invalid size");
	*end = (uint32_t)(v->offset + v->size);
	if (*end > t->size)
		return check_fail_secinfo(c, t, v, "Invalid offset+size");
	check_note_secinfo(c, v);
	return 0;
}

static int meta_datasec(struct check *c, const struct btf_type *t)
{
	uint64_t end = 0, sum = 0;
	uint32_t i;
	int err;

	if (!t->size)
		return check_fail_type(c, t, "size == 0");
	err = no_flag(c, t);
	if (err)
		return err;
	if (!t->name_off || !section_name(c->b, t->name_off))
		return check_fail_type(c, t, "Invalid name");
	check_note_type(c, t);
	for (i = 0; i < btf_vlen(t); i++) {
		err = meta_secinfo(c, t, &btf_secinfos(t)[i], &end);
		if (err)
			return err;
		sum += btf_secinfos(t)[i].size;
	}
	return t->size < sum ? check_fail_type(c, t, "Invalid btf_info size") : 0;
}

static int meta_float(struct check *c, const struct btf_type *t)
{
	int err = plain(c, t);

	if (err)
		return err;
	if (t->size != 2 && t->size != 4 && t->size != 8 && t->size != 12 && t->size != 16)
		return check_fail_type(c, t, "Invalid type_size");
	return 0;
}

static int meta_decl_tag(struct check *c, const struct btf_type *t)
{
	int err;

	if (!*btf_str(c->b, t->name_off))
		return check_fail_type(c, t, "Invalid value");
	err = no_parts(c, t);
	if (err)
		return err;
	if ((int32_t)*btf_word(t) < -1)
		return check_fail_type(c, t, "Invalid component_idx");
	return 0;
}

static int meta_of(struct check *c, const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_INT:
		return meta_int(c, t);
	case BTF_PTR:
	case BTF_TYPEDEF:
	case BTF_VOLATILE:
	case BTF_CONST:
	case BTF_RESTRICT:
	case BTF_TYPE_TAG:
		return meta_reference(c, t);
	case BTF_ARRAY:
		return meta_array(c, t);
	case BTF_STRUCT:
	case BTF_UNION:
		return meta_struct(c, t);
	case BTF_ENUM:
	case BTF_ENUM64:
		return meta_enum(c, t);
	case BTF_FWD:
		return meta_forward(c, t);
	case BTF_FUNC:
		return meta_func(c, t);
	case BTF_FUNC_PROTO:
		return meta_proto(c, t);
	case BTF_VAR:
		return meta_var(c, t);
	case BTF_DATASEC:
		return meta_datasec(c, t);
	case BTF_FLOAT:
		return meta_float(c, t);
	case BTF_DECL_TAG:
		return meta_decl_tag(c, t);
	case BTF_VOID:
	case _BTF_KIND_MAX:
		break;
	}
	bug("kind %d", btf_kind(t));
}

int64_t check_meta(struct check *c, const struct btf_type *t, uint32_t left)
{
	enum { INFO_MASK = 0x1f00ffff };
	uint32_t head = sizeof(*t), needed;
	int err;

	if (left < head)
		return check_fail(c, -EINVAL, "[%u] meta_left:%u meta_needed:%u", c->id, left, head);
	if (t->info & 0x7fffffff & ~(uint32_t)INFO_MASK)
		return check_fail(c, -EINVAL, "[%u] Invalid btf_info:%x", c->id, t->info);
	if (!btf_type_bytes(t))
		return check_fail(c, -EINVAL, "[%u] Invalid kind:%u", c->id, btf_kind(t));
	if (!check_name_at(c->b, t->name_off))
		return check_fail(c, -EINVAL, "[%u] Invalid name_offset:%u", c->id, t->name_off);
	needed = (uint32_t)btf_type_bytes(t) - head;
	if (left - head < needed)
		return check_fail_basic(c, t, "meta_left:%u meta_needed:%u", left - head, needed);
	err = meta_of(c, t);
	if (err)
		return err;
	if (!btf_is(t, BTF_STRUCTS | BTF_ENUMS | BTF_BIT(DATASEC)))
		check_note_type(c, t);
	return head + needed;
}
