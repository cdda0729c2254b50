/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A value by its type, as bpftool's map dump has it: structs as objects, arrays as lists, text in
 * char arrays as strings, enums by name, pointers as numbers, bit-fields in hex.
 *
 * Differently from there, an enum's value without a name has the sign of the enum.
 */
#include <ctype.h>
#include <stdio.h>

#include "btf/impl.h"

enum { STEPS_MAX = 1 << 22 };

struct value {
	const struct btf *b;
	struct bytes bytes;
	struct out *o;
	uint32_t steps; /* left */
};

static int put(struct value *v, uint32_t id, uint64_t off, const char *name);

/* Up to 128 bits in hex. */
static void put_hex(struct value *v, const char *name, unsigned __int128 n)
{
	char text[40];

	if (n >> 64)
		snprintf(text, sizeof(text), "0x%llx%016llx", (unsigned long long)(n >> 64),
			 (unsigned long long)n);
	else
		snprintf(text, sizeof(text), "0x%llx", (unsigned long long)n);
	out_str(v->o, name, text);
}

static int put_bits(struct value *v, uint64_t off, uint32_t bits, const char *name)
{
	unsigned __int128 n;

	if (!bytes_get(&v->bytes, off, bits, &n))
		return -EFAULT;
	put_hex(v, name, n);
	return 0;
}

/* JSON has no bytes: one above 0x7f is the character of that number. */
static void put_char(struct value *v, const char *name, uint8_t c)
{
	char utf8[2] = {(char)(0xc0 | c >> 6), (char)(0x80 | (c & 0x3f))};
	char text[8];

	if (isprint(c) || (c < 0x80 && out_is_json(v->o))) {
		out_strn(v->o, name, (char *)&c, 1);
	} else if (out_is_json(v->o)) {
		out_strn(v->o, name, utf8, 2);
	} else {
		snprintf(text, sizeof(text), "0x%x", c);
		out_str(v->o, name, text);
	}
}

static int put_int(struct value *v, const struct btf_type *t, uint64_t off, const char *name)
{
	uint32_t word = *btf_word(t), bits = BTF_INT_BITS(word);
	unsigned __int128 n;

	if (off % 8 || BTF_INT_OFFSET(word) || bits % 8)
		return put_bits(v, off + BTF_INT_OFFSET(word), bits, name);
	if (!bytes_get(&v->bytes, off, bits, &n))
		return -EFAULT;
	if (bits > 64 || (bits & (bits - 1)))
		put_hex(v, name, n);
	else if (BTF_INT_ENCODING(word) == BTF_INT_BOOL)
		out_bool(v->o, name, n != 0);
	else if (BTF_INT_ENCODING(word) == BTF_INT_CHAR)
		put_char(v, name, (uint8_t)n);
	else if (BTF_INT_ENCODING(word) & BTF_INT_SIGNED)
		out_int(v->o, name, sign_extend((uint64_t)n, bits));
	else
		out_uint(v->o, name, (uint64_t)n);
	return 0;
}

static int put_enum(struct value *v, const struct btf_type *t, uint64_t off, const char *name)
{
	uint32_t bits = MIN(t->size, 8u) * 8;
	unsigned __int128 n;
	const char *word;

	if (!bytes_get(&v->bytes, off, bits, &n))
		return -EFAULT;
	word = enum_name(v->b, t, (uint64_t)n, bits);
	if (word)
		out_str(v->o, name, word);
	else if (btf_kflag(t))
		out_int(v->o, name, sign_extend((uint64_t)n, bits));
	else
		out_uint(v->o, name, (uint64_t)n);
	return 0;
}

static int put_ptr(struct value *v, uint64_t off, const char *name)
{
	unsigned __int128 n;

	if (!bytes_get(&v->bytes, off, 64, &n))
		return -EFAULT;
	if (out_is_json(v->o))
		out_uint(v->o, name, (uint64_t)n);
	else
		put_hex(v, name, n);
	return 0;
}

static int put_float(struct value *v, const struct btf_type *t, uint64_t off, const char *name)
{
	unsigned __int128 n;
	double d;
	float f;

	if ((t->size != 4 && t->size != 8) || off % 8)
		return put_bits(v, off, t->size * 8, name);
	if (!bytes_get(&v->bytes, off, t->size * 8, &n))
		return -EFAULT;
	memcpy(&d, &n, sizeof(d));
	memcpy(&f, &n, sizeof(f));
	out_double(v->o, name, t->size == 4 ? (double)f : d, 6);
	return 0;
}

/* The length of the text in a char array, which must end within it; -1: it is not text. */
static int64_t text_length(const uint8_t *p, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		if (!p[i])
			return i;
		if (p[i] <= 0x1f || p[i] >= 0x7f)
			break;
	}
	return -1;
}

static int put_array(struct value *v, const struct btf_type *t, uint64_t off, const char *name)
{
	const struct btf_array *a = btf_array(t);
	int64_t size = btf_size(v->b, a->elem), len;
	uint32_t i;
	int err = 0;

	if (size < 0)
		return (int)size;
	if (off % 8 || !bytes_have(&v->bytes, off, (uint64_t)size * a->n * 8))
		return -EFAULT;
	len = is_char(v->b, a->elem) ? text_length(v->bytes.at + off / 8, a->n) : -1;
	if (len >= 0) {
		out_strn(v->o, name, (const char *)v->bytes.at + off / 8, (size_t)len);
		return 0;
	}
	out_array(v->o, name, OUT_LIST);
	for (i = 0; i < a->n && size && !err; i++)
		err = put(v, a->elem, off + i * (uint64_t)size * 8, NULL);
	out_end(v->o);
	return err;
}

static int put_struct(struct value *v, const struct btf_type *t, uint64_t off, const char *name)
{
	int err = 0;
	uint32_t i;

	out_object(v->o, name);
	for (i = 0; i < btf_vlen(t) && !err; i++) {
		const char *field = btf_str(v->b, btf_members(t)[i].name_off);
		uint64_t at = off + btf_member_bit_offset(t, i);

		if (btf_member_bits(t, i))
			err = put_bits(v, at, btf_member_bits(t, i), field);
		else
			err = put(v, btf_members(t)[i].type, at, field);
	}
	out_end(v->o);
	return err;
}

/* {"section": [{"variable": value}, ...]} */
static int put_datasec(struct value *v, const struct btf_type *t, uint64_t off, const char *name)
{
	int err = 0;
	uint32_t i;

	out_object(v->o, name);
	out_array(v->o, btf_str(v->b, t->name_off), OUT_LIST);
	for (i = 0; i < btf_vlen(t) && !err; i++)
		err = put(v, btf_secinfos(t)[i].type, off + btf_secinfos(t)[i].offset * 8ull, NULL);
	out_end(v->o);
	out_end(v->o);
	return err;
}

static int put_var(struct value *v, const struct btf_type *t, uint64_t off, const char *name)
{
	int err;

	out_object(v->o, name);
	err = put(v, t->type, off, btf_str(v->b, t->name_off));
	out_end(v->o);
	return err;
}

static int put(struct value *v, uint32_t id, uint64_t off, const char *name)
{
	const struct btf_type *t = btf_type(v->b, btf_resolve(v->b, id));

	if (!t)
		return -EINVAL;
	if (!v->steps || v->o->depth + 2 > OUT_DEPTH_MAX)
		return -E2BIG;
	v->steps--;
	switch (btf_kind(t)) {
	case BTF_INT:
		return put_int(v, t, off, name);
	case BTF_PTR:
		return put_ptr(v, off, name);
	case BTF_ARRAY:
		return put_array(v, t, off, name);
	case BTF_STRUCT:
	case BTF_UNION:
		return put_struct(v, t, off, name);
	case BTF_ENUM:
	case BTF_ENUM64:
		return put_enum(v, t, off, name);
	case BTF_VAR:
		return put_var(v, t, off, name);
	case BTF_DATASEC:
		return put_datasec(v, t, off, name);
	case BTF_FLOAT:
		return put_float(v, t, off, name);
	case BTF_VOID:
	case BTF_FWD:
	case BTF_TYPEDEF:
	case BTF_VOLATILE:
	case BTF_CONST:
	case BTF_RESTRICT:
	case BTF_FUNC:
	case BTF_FUNC_PROTO:
	case BTF_DECL_TAG:
	case BTF_TYPE_TAG:
	case _BTF_KIND_MAX:
		return -EINVAL;
	}
	return -EINVAL;
}

int btf_value_out(const struct btf *b, uint32_t id, const void *data, size_t n, struct out *o,
		  const char *name)
{
	struct value v = {.b = b, .bytes = {data, n}, .o = o, .steps = STEPS_MAX};
	int64_t size = btf_size(b, id);

	if (size < 0)
		return (int)size;
	if ((uint64_t)size > n)
		return -EFAULT;
	return put(&v, id, 0, name);
}
