/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The bytes of a value from JSON, by its type: what btf_value_out writes, and what people write.
 *
 *	struct, union	{"field": value, ...}; fields of anonymous members by their name; or [in order]
 *	array		[value, ...]; of char: "text", with its NUL if there is room
 *	integer		12, "0x1f", true, or "c" for a char
 *	enum		"NAME" or a number
 *	pointer		a number; null
 *	any		["0x01", "0x02"...] of as many bytes as it has where it is no array or struct
 */
#include <stdio.h>
#include <stdlib.h>

#include "btf/impl.h"

struct parse {
	const struct btf *b;
	struct json j;
	struct diag *d;
	uint8_t *data; /* borrowed */
	size_t n;
	int depth;
};

/* Where a value goes. */
struct place {
	uint32_t type;
	uint64_t off;  /* bits */
	uint32_t bits; /* of a bitfield, or 0 */
};

static int parse_value(struct parse *p, int kind, struct place at);

static int bad(struct parse *p, const char *fmt, ...) PRINTF_LIKE(2, 3);
static int bad(struct parse *p, const char *fmt, ...)
{
	struct str s;
	va_list ap;

	str_init(&s, 4096);
	va_start(ap, fmt);
	str_addv(&s, fmt, ap);
	va_end(ap);
	diag_error(p->d, "btf.value", diag_text(p->j.src, p->j.span.at, p->j.span.len), "%s", s.s);
	str_done(&s);
	return -EINVAL;
}

/* "expected what it is, for a NAME OF TYPE" */
static int unexpected(struct parse *p, const char *what, struct place at)
{
	struct str s;
	int err;

	str_init(&s, 4096);
	(void)!btf_c_name(p->b, at.type, &s);
	err = bad(p, "expected %s for %s", what, s.s);
	str_done(&s);
	return err;
}

static int store(struct parse *p, struct place at, uint32_t bits, unsigned __int128 v)
{
	struct bytes whole = {p->data, p->n};

	if (!bits || !bytes_have(&whole, at.off, bits))
		return bad(p, "the value stands past the end of its type");
	bytes_put(p->data, at.off, bits, v);
	return 0;
}

/* ---- numbers ---- */

/* A number of up to 128 bits, in hex beyond 64; with its sign apart. */
static bool read_number(const char *s, size_t n, unsigned __int128 *ret_v, bool *ret_minus)
{
	bool minus = n && *s == '-';
	uint64_t high, low;
	char hex[20];

	s += minus;
	n -= minus;
	*ret_minus = minus;
	if (num_parse_u64(s, n, &low) == 0) {
		*ret_v = low;
		return true;
	}
	if (n <= 18 || n > 34 || s[0] != '0' || (s[1] | 0x20) != 'x')
		return false;
	snprintf(hex, sizeof(hex), "0x%.16s", s + n - 16);
	if (num_parse_u64(s, n - 16, &high) || num_parse_u64(hex, 18, &low))
		return false;
	*ret_v = (unsigned __int128)high << 64 | low;
	return true;
}

static bool fits(unsigned __int128 v, bool minus, uint32_t bits, bool is_signed)
{
	unsigned __int128 one = 1, half = one << (bits - 1);

	if (minus)
		return is_signed && v <= half;
	/* An unsigned view of a signed field is what people copy from dumps. */
	return bits == 128 || v < one << bits;
}

static int store_number(struct parse *p, struct place at, uint32_t bits, bool is_signed)
{
	unsigned __int128 v;
	bool minus;

	if (!read_number(p->j.text.s, p->j.text.n, &v, &minus))
		return unexpected(p, "a whole number", at);
	if (!bits || bits > 128 || !fits(v, minus, bits, is_signed))
		return bad(p, "%s does not fit into %u bits%s", p->j.text.s, bits,
			   minus && !is_signed ? " without a sign" : "");
	return store(p, at, bits, minus ? -v : v);
}

static int parse_int(struct parse *p, int kind, struct place at, const struct btf_type *t)
{
	uint32_t word = *btf_word(t), bits = at.bits ? at.bits : BTF_INT_BITS(word), c;
	bool is_signed = BTF_INT_ENCODING(word) & BTF_INT_SIGNED;
	size_t len;

	if (!at.bits)
		at.off += BTF_INT_OFFSET(word);
	if (kind == JSON_TRUE || kind == JSON_FALSE)
		return store(p, at, bits, kind == JSON_TRUE);
	if (kind != JSON_NUMBER && kind != JSON_STRING)
		return unexpected(p, "a number", at);
	if (kind == JSON_STRING && t->size == 1 && !at.bits) {
		len = utf8_len(p->j.text.s, p->j.text.n, &c);
		if (len && len == p->j.text.n && c < 256 && !(c >= '0' && c <= '9'))
			return store(p, at, bits, c);
	}
	return store_number(p, at, bits, is_signed);
}

static int parse_enum(struct parse *p, int kind, struct place at, const struct btf_type *t)
{
	uint32_t bits = at.bits ? at.bits : MIN(t->size, 8u) * 8, i, n = 0;
	const char *names[512], *near;
	int err;

	if (kind == JSON_STRING)
		for (i = 0; i < btf_vlen(t); i++) {
			const char *name = btf_str(p->b, btf_enum_name(t, i));

			if (!strcmp(name, p->j.text.s))
				return store(p, at, bits, (uint64_t)btf_enum_value(t, i));
			if (n < ARRAY_LEN(names))
				names[n++] = name;
		}
	if (kind == JSON_NUMBER || (kind == JSON_STRING && p->j.text.n && *p->j.text.s <= '9'))
		return store_number(p, at, bits, btf_kflag(t));
	if (kind != JSON_STRING)
		return unexpected(p, "a name or a number", at);
	near = near_best(p->j.text.s, p->j.text.n, names, n);
	err = bad(p, "enum %s has no value '%s'", btf_str(p->b, t->name_off), p->j.text.s);
	if (near)
		diag_note(p->d, DIAG_NONE, "did you mean '%s'?", near);
	return err;
}

static int parse_float(struct parse *p, int kind, struct place at, const struct btf_type *t)
{
	uint64_t v = 0;
	double d;
	float f;
	char *end;

	if (kind != JSON_NUMBER && kind != JSON_STRING)
		return unexpected(p, "a number", at);
	if (t->size != 4 && t->size != 8)
		return store_number(p, at, MIN(t->size, 16u) * 8, false);
	d = strtod(p->j.text.s, &end);
	if (*end || !p->j.text.n)
		return unexpected(p, "a number", at);
	f = (float)d;
	if (t->size == 4)
		memcpy(&v, &f, sizeof(f));
	else
		memcpy(&v, &d, sizeof(d));
	return store(p, at, t->size * 8, v);
}

static int parse_ptr(struct parse *p, int kind, struct place at)
{
	if (kind == JSON_NULL)
		return store(p, at, 64, 0);
	if (kind != JSON_NUMBER && kind != JSON_STRING)
		return unexpected(p, "a number or null", at);
	return store_number(p, at, 64, false);
}

/* ---- what has parts ---- */

static int parse_text(struct parse *p, struct place at, const struct btf_array *a)
{
	struct bytes whole = {p->data, p->n};

	if (at.off % 8 || !bytes_have(&whole, at.off, (uint64_t)a->n * 8))
		return bad(p, "the value stands past the end of its type");
	if (p->j.text.n > a->n)
		return bad(p, "the text has %zu bytes, more than the %u of the array", p->j.text.n,
			   a->n);
	memcpy(p->data + at.off / 8, p->j.text.s, p->j.text.n);
	return 0;
}

static int parse_array(struct parse *p, int kind, struct place at, const struct btf_type *t)
{
	const struct btf_array *a = btf_array(t);
	int64_t size = btf_size(p->b, a->elem);
	uint32_t i;
	int err;

	if (kind == JSON_STRING && size == 1)
		return parse_text(p, at, a);
	if (kind != JSON_ARRAY)
		return unexpected(p, size == 1 ? "text or an array" : "an array", at);
	for (i = 0; (kind = json_next(&p->j)) != JSON_ARRAY_END; i++) {
		if (kind < 0)
			return kind;
		if (i >= a->n || size < 0)
			return bad(p, "the array has only %u elements", a->n);
		err = parse_value(p, kind,
				  (struct place){a->elem, at.off + i * (uint64_t)size * 8, 0});
		if (err)
			return err;
	}
	return 0;
}

static int no_field(struct parse *p, uint32_t type)
{
	const char *near = near_field(p->b, type, p->j.text.s, p->j.text.n);
	struct str s;
	int err;

	str_init(&s, 4096);
	(void)!btf_c_name(p->b, type, &s);
	err = bad(p, "%s has no field '%s'", s.s, p->j.text.s);
	if (near)
		diag_note(p->d, DIAG_NONE, "did you mean '%s'?", near);
	str_done(&s);
	return err;
}

/* The anonymous parts of a dump have the name "": the next of them that is an object's. */
static bool next_anonymous(struct parse *p, uint32_t type, uint32_t *from, struct btf_field *ret)
{
	for (; btf_field_at(p->b, type, *from, ret); ++*from)
		if (!*ret->name) {
			++*from;
			return true;
		}
	return false;
}

static int parse_object(struct parse *p, struct place at)
{
	uint32_t anonymous = 0;
	struct btf_field f;
	int kind, err;

	while ((kind = json_next(&p->j)) != JSON_OBJECT_END) {
		if (kind < 0)
			return kind;
		if (p->j.text.n ? !btf_field(p->b, at.type, p->j.text.s, &f)
				: !next_anonymous(p, at.type, &anonymous, &f))
			return no_field(p, at.type);
		kind = json_next(&p->j);
		if (kind < 0)
			return kind;
		err = parse_value(p, kind, (struct place){f.type, at.off + f.bit_off, f.bit_size});
		if (err)
			return err;
	}
	return 0;
}

static int parse_struct(struct parse *p, int kind, struct place at)
{
	struct btf_field f;
	uint32_t i;
	int err;

	if (kind == JSON_OBJECT)
		return parse_object(p, at);
	if (kind != JSON_ARRAY)
		return unexpected(p, "an object", at);
	for (i = 0; (kind = json_next(&p->j)) != JSON_ARRAY_END; i++) {
		if (kind < 0)
			return kind;
		if (!btf_field_at(p->b, at.type, i, &f))
			return bad(p, "the struct has only %u fields", i);
		err = parse_value(p, kind, (struct place){f.type, at.off + f.bit_off, f.bit_size});
		if (err)
			return err;
	}
	return 0;
}

/* As many bytes as the type has: how programs show what they know no type of. */
static int parse_bytes(struct parse *p, struct place at)
{
	int64_t size = btf_size(p->b, at.type), i;
	int kind, err;

	for (i = 0; (kind = json_next(&p->j)) != JSON_ARRAY_END; i++) {
		if (kind < 0)
			return kind;
		if (i >= size || at.bits || at.off % 8 ||
		    (kind != JSON_NUMBER && kind != JSON_STRING))
			return bad(p, "expected %lld bytes", (long long)MAX(size, (int64_t)0));
		err = store_number(p, (struct place){at.type, at.off + (uint64_t)i * 8, 0}, 8, true);
		if (err)
			return err;
	}
	return i == size ? 0 : bad(p, "expected %lld bytes", (long long)MAX(size, (int64_t)0));
}

static int parse_kind(struct parse *p, int kind, struct place at, const struct btf_type *t)
{
	if (btf_is(t, BTF_STRUCTS))
		return parse_struct(p, kind, at);
	if (btf_is(t, BTF_BIT(ARRAY)))
		return parse_array(p, kind, at, t);
	if (kind == JSON_ARRAY)
		return parse_bytes(p, at);
	if (btf_is(t, BTF_BIT(INT)))
		return parse_int(p, kind, at, t);
	if (btf_is(t, BTF_ENUMS))
		return parse_enum(p, kind, at, t);
	if (btf_is(t, BTF_BIT(PTR)))
		return parse_ptr(p, kind, at);
	if (btf_is(t, BTF_BIT(FLOAT)))
		return parse_float(p, kind, at, t);
	return bad(p, "a value of kind %s cannot be given",
		   btf_kind_name(t ? btf_kind(t) : BTF_VOID));
}

static int parse_value(struct parse *p, int kind, struct place at)
{
	int err;

	if (p->depth >= BTF_DEPTH_MAX)
		return bad(p, "is nested too deep");
	at.type = btf_resolve(p->b, at.type);
	p->depth++;
	err = parse_kind(p, kind, at, btf_type(p->b, at.type));
	p->depth--;
	return err;
}

int btf_value_parse(const struct btf *b, uint32_t id, const struct src *json, struct diag *d,
		    void *data, size_t n)
{
	struct parse p = {.b = b, .d = d, .data = data, .n = n};
	int64_t size = btf_size(b, id);
	int kind, err;

	if (btf_is(btf_type(b, id), BTF_BIT(VAR)))
		id = btf_type(b, id)->type;
	if (size < 0 || (uint64_t)size > n)
		return diag_error(d, "btf.value", diag_text(json, 0, 0),
				  "the type has %lld bytes, and there are %zu",
				  (long long)MAX(size, (int64_t)0), n);
	if (n)
		memset(data, 0, n);
	json_init(&p.j, json, d);
	kind = json_next(&p.j);
	err = kind < 0 ? kind : parse_value(&p, kind, (struct place){id, 0, 0});
	if (!err) {
		kind = json_next(&p.j);
		err = MIN(kind, 0);
	}
	json_done(&p.j);
	return err;
}
