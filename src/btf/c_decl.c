/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * C text of one type: its definition, and the declaration of something that has it.
 *
 * BTF reads from the name outwards (a pointer to an array of const int), C is written around the
 * name. A declaration is therefore taken apart into the links of its chain, and written from the
 * last of them: what it all is in the end (int), its qualifiers before it, then the pointers; what
 * stands beyond an array or a function goes into parentheses in front of it.
 *
 * The layout is as bpftool prints it: gaps become unnamed bit-fields, wide ones where the natural
 * alignment of a type does the work, and a struct whose fields do not keep to their alignment is
 * packed.
 */
#include "btf/impl.h"

enum { CHAIN_MAX = 128, NEST_MAX = 64 };

void c_fail(struct c *c, int err)
{
	if (!c->err)
		c->err = err;
}

static void indent(struct c *c, unsigned level)
{
	str_pad(c->s, '\t', level);
}

static void number(struct c *c, uint32_t v)
{
	char digits[10];
	int n = 0;

	do
		digits[n++] = (char)('0' + v % 10);
	while (v /= 10);
	while (n)
		str_addc(c->s, digits[--n]);
}

/* ---- names ---- */

/* How many have had the name so far, this one included. */
static uint32_t next_copy(struct c *c, struct hash *names, const char *name)
{
	size_t len = strlen(name);
	uint64_t *n = hash_get(names, name, len);
	int err;

	if (n)
		return (uint32_t)++*n;
	err = hash_put(names, name, len, 1);
	if (err)
		c_fail(c, err);
	return 1;
}

static void put_copy(struct c *c, const char *name, uint32_t copy)
{
	str_add(c->s, name);
	if (copy > 1)
		str_addf(c->s, "___%u", copy);
}

/* The name of a type: in a header the second of that name is another one. */
static void put_name(struct c *c, struct hash *names, uint32_t id, const struct btf_type *t)
{
	const char *name = btf_str(c->b, t->name_off);
	bool forward = btf_kind(t) == BTF_FWD || (btf_is(t, BTF_ENUMS) && !btf_vlen(t));

	if (!c->type) {
		str_add(c->s, name);
		return;
	}
	if (!c->type[id].copy)
		c->type[id].copy = forward || !*name ? 1 : next_copy(c, names, name);
	put_copy(c, name, c->type[id].copy);
}

void c_tag(struct c *c, uint32_t id, const struct btf_type *t)
{
	bool is_union = btf_kind(t) == BTF_UNION || (btf_kind(t) == BTF_FWD && btf_kflag(t));

	str_add(c->s, btf_is(t, BTF_ENUMS) ? "enum" : is_union ? "union" : "struct");
	if (t->name_off) {
		str_addc(c->s, ' ');
		put_name(c, &c->tags, id, t);
	}
}

/* ---- gaps ---- */

static const struct pad { const char *type; uint32_t bits; } pads[] = {
	{"long", 64}, {"int", 32}, {"short", 16}, {"char", 8}
};

static void pad_field(struct c *c, const struct pad *p, uint32_t bits, unsigned level)
{
	str_addc(c->s, '\n');
	indent(c, level);
	str_add(c->s, p->type);
	str_add(c->s, ": ");
	number(c, bits);
	str_addc(c->s, ';');
}

static uint64_t round_up(uint64_t v, uint64_t to)
{
	return (v + to - 1) / to * to;
}

/*
 * Whether the compiler must be told to go on to the boundary `to`: within a bit-field always; if
 * the next field is there, unless its own alignment leads there; and if what is left would fit in
 * before the boundary.
 */
static bool needs_mark(uint64_t from, uint64_t to, uint64_t next, uint32_t align, bool in_bits)
{
	if (in_bits)
		return true;
	if (to == next)
		return round_up(from, (uint64_t)MAX(align, 1u) * 8) != to;
	return next - to <= to - from;
}

/* The bits from `from` to `next`, where something of that alignment stands. */
static void gap(struct c *c, uint64_t from, uint64_t next, uint32_t align, bool in_bits,
		unsigned level)
{
	const struct pad *p = pads, *last = pads + ARRAY_LEN(pads) - 1, *small;
	uint64_t to;

	if (from >= next)
		return;
	while (p < last && round_up(from, p->bits) > next)
		p++;
	to = round_up(from, p->bits);
	if (to > from && to <= next) {
		if (needs_mark(from, to, next, align, in_bits))
			pad_field(c, p, in_bits ? (uint32_t)(to - from) : 0, level);
		from = to;
	}
	for (; from + p->bits <= next && !str_err(c->s); from += p->bits)
		pad_field(c, p, p->bits, level);
	if (from < next && !str_err(c->s)) {
		for (small = last; small->bits < next - from; small--)
			;
		pad_field(c, small, (uint32_t)(next - from), level);
	}
}

/* ---- definitions ---- */

static bool is_packed(struct c *c, const struct btf_type *t)
{
	uint32_t i, most = 1, align;

	for (i = 0; i < btf_vlen(t); i++) {
		align = align_with(c->b, btf_members(t)[i].type, c->align);
		if (align && !btf_member_bits(t, i) && btf_member_bit_offset(t, i) % (8 * align))
			return true;
		most = MAX(most, align);
	}
	return t->size % most;
}

static void struct_definition(struct c *c, uint32_t id, const struct btf_type *t, unsigned level)
{
	bool is_struct = btf_kind(t) == BTF_STRUCT, packed = is_packed(c, t), after_bits = false;
	uint64_t at = 0;
	uint32_t i;

	c_tag(c, id, t);
	str_add(c->s, " {");
	for (i = 0; i < btf_vlen(t) && !c->err && !str_err(c->s); i++) {
		const struct btf_member *m = &btf_members(t)[i];
		uint32_t bits = btf_member_bits(t, i), off = btf_member_bit_offset(t, i);
		uint32_t align = packed ? 1 : align_with(c->b, m->type, c->align);

		gap(c, at, off, align, after_bits && bits, level + 1);
		str_addc(c->s, '\n');
		indent(c, level + 1);
		c_declare(c, m->type, btf_str(c->b, m->name_off), level + 1);
		if (bits) {
			str_add(c->s, ": ");
			number(c, bits);
			at = (uint64_t)off + bits;
		} else {
			at = off + (uint64_t)MAX((int64_t)0, btf_size(c->b, m->type)) * 8;
		}
		after_bits = bits;
		str_addc(c->s, ';');
	}
	if (is_struct)
		gap(c, at, (uint64_t)t->size * 8, align_with(c->b, id, c->align), false, level + 1);
	if (btf_vlen(t) || t->size) {
		str_addc(c->s, '\n');
		indent(c, level);
	}
	str_add(c->s, packed ? "} __attribute__((packed))" : "}");
}

/* What makes a compiler give an enum a size other than int's. */
static const char *enum_attribute(const struct btf_type *t)
{
	uint32_t i;

	switch (t->size) {
	case 1:
		return " __attribute__((mode(byte)))";
	case 2:
		return " __attribute__((mode(HI)))";
	case 8:
		for (i = 0; btf_kind(t) == BTF_ENUM64 && i < btf_vlen(t); i++)
			if (btf_enums64(t)[i].hi)
				return "";
		return " __attribute__((mode(word)))";
	default:
		return "";
	}
}

static void enum_definition(struct c *c, uint32_t id, const struct btf_type *t, unsigned level)
{
	bool wide = btf_kind(t) == BTF_ENUM64;
	uint32_t i;

	c_tag(c, id, t);
	if (!btf_vlen(t))
		return;
	str_add(c->s, " {");
	for (i = 0; i < btf_vlen(t) && !str_err(c->s); i++) {
		const char *name = btf_str(c->b, btf_enum_name(t, i));
		int64_t v = btf_enum_value(t, i);

		str_addc(c->s, '\n');
		indent(c, level + 1);
		put_copy(c, name, c->type ? next_copy(c, &c->idents, name) : 1);
		str_add(c->s, " = ");
		if (wide)
			str_addf(c->s, btf_kflag(t) ? "%lldLL" : "%lluULL", (long long)v);
		else if (v < 0)
			str_addf(c->s, "%lld", (long long)v);
		else
			number(c, (uint32_t)v);
		str_addc(c->s, ',');
	}
	str_addc(c->s, '\n');
	indent(c, level);
	str_addc(c->s, '}');
	str_add(c->s, enum_attribute(t));
}

void c_definition(struct c *c, uint32_t id, const struct btf_type *t, unsigned level)
{
	if (c->depth >= NEST_MAX) {
		c_fail(c, -ELOOP);
		return;
	}
	c->depth++;
	if (btf_is(t, BTF_ENUMS))
		enum_definition(c, id, t, level);
	else
		struct_definition(c, id, t, level);
	c->depth--;
}

void c_typedef(struct c *c, uint32_t id, const struct btf_type *t)
{
	struct str name, *text = c->s;

	/* Old compilers describe it as void, which nothing can be. */
	if (!t->type && !strcmp(btf_str(c->b, t->name_off), "__gnuc_va_list")) {
		str_add(c->s, "typedef __builtin_va_list __gnuc_va_list");
		return;
	}
	str_init(&name, BTF_NAME_MAX);
	c->s = &name;
	put_name(c, &c->idents, id, t);
	c->s = text;
	if (str_err(&name))
		c_fail(c, str_err(&name));
	str_add(c->s, "typedef ");
	c_declare(c, t->type, name.s, 0);
	str_done(&name);
}

/* ---- declarations ---- */

struct chain {
	uint32_t id[CHAIN_MAX]; /* from the name outwards */
	int n;
};

static const struct btf_type *link_type(struct c *c, const struct chain *ch)
{
	return btf_type(c->b, ch->id[ch->n - 1]);
}

static bool collect(struct c *c, uint32_t id, struct chain *ch)
{
	enum {
		GOES_ON = BTF_MODIFIERS | BTF_BIT(PTR) | BTF_BIT(FUNC_PROTO),
		ENDS = BTF_STRUCTS | BTF_ENUMS | BTF_BIT(INT) | BTF_BIT(FLOAT) | BTF_BIT(FWD) |
		       BTF_BIT(TYPEDEF),
	};
	const struct btf_type *t;

	for (ch->n = 0; ch->n < CHAIN_MAX;) {
		t = btf_type(c->b, id);
		ch->id[ch->n++] = id;
		if (!id || btf_is(t, ENDS))
			return true;
		if (btf_is(t, GOES_ON))
			id = t->type;
		else if (btf_is(t, BTF_BIT(ARRAY)))
			id = btf_array(t)->elem;
		else
			break;
	}
	c_fail(c, ch->n == CHAIN_MAX ? -ELOOP : -EINVAL);
	return false;
}

static const char *qualifier(const struct btf_type *t)
{
	return btf_is(t, BTF_BIT(CONST))      ? "const"
	       : btf_is(t, BTF_BIT(VOLATILE)) ? "volatile"
	       : btf_is(t, BTF_BIT(RESTRICT)) ? "restrict"
					      : NULL;
}

/* Qualifiers go in front of what they qualify, unless that is a pointer. */
static void put_qualifiers(struct c *c, struct chain *ch)
{
	const char *word;

	for (; ch->n && (word = qualifier(link_type(c, ch))); ch->n--) {
		str_add(c->s, word);
		str_addc(c->s, ' ');
	}
}

/* Those of an array or function mean nothing, and not all compilers take them. */
static void drop_qualifiers(struct c *c, struct chain *ch)
{
	while (ch->n && btf_is(link_type(c, ch), BTF_MODIFIERS))
		ch->n--;
}

static void put_declared(struct c *c, const char *name, bool after_star)
{
	if (*name && !after_star)
		str_addc(c->s, ' ');
	str_add(c->s, name);
}

static void put_chain(struct c *c, struct chain *ch, const char *name, unsigned level);

static void put_array(struct c *c, struct chain *ch, const struct btf_type *t, const char *name,
		      bool after_star, unsigned level)
{
	bool more_dimensions;

	drop_qualifiers(c, ch);
	if (!ch->n) {
		put_declared(c, name, after_star);
	} else {
		more_dimensions = btf_is(link_type(c, ch), BTF_BIT(ARRAY));
		if (*name && !after_star)
			str_addc(c->s, ' ');
		if (!more_dimensions)
			str_addc(c->s, '(');
		put_chain(c, ch, name, level);
		if (!more_dimensions)
			str_addc(c->s, ')');
	}
	str_addc(c->s, '[');
	number(c, btf_array(t)->n);
	str_addc(c->s, ']');
}

static void put_proto(struct c *c, struct chain *ch, const struct btf_type *t, const char *name,
		      bool after_star, unsigned level)
{
	uint32_t i, n = btf_vlen(t);
	const struct btf_param *p = btf_params(t);

	drop_qualifiers(c, ch);
	if (ch->n) {
		str_add(c->s, " (");
		put_chain(c, ch, name, level);
		str_addc(c->s, ')');
	} else {
		put_declared(c, name, after_star);
	}
	str_addc(c->s, '(');
	if (!n || (n == 1 && !p->type))
		str_add(c->s, "void");
	else
		for (i = 0; i < n && !c->err && !str_err(c->s); i++) {
			str_add(c->s, i ? ", " : "");
			if (i == n - 1 && !p[i].type)
				str_add(c->s, "...");
			else
				c_declare(c, p[i].type, btf_str(c->b, p[i].name_off), level);
		}
	str_addc(c->s, ')');
}

/* The innermost link, which is written first. */
static void put_base(struct c *c, uint32_t id, const struct btf_type *t, unsigned level)
{
	if (!id)
		str_add(c->s, "void");
	else if (btf_is(t, BTF_BIT(TYPEDEF)))
		put_name(c, &c->idents, id, t);
	else if (btf_is(t, BTF_STRUCTS | BTF_ENUMS) && !t->name_off)
		c_definition(c, id, t, level);
	else if (btf_is(t, BTF_STRUCTS | BTF_ENUMS | BTF_BIT(FWD)))
		c_tag(c, id, t);
	else
		str_add(c->s, btf_str(c->b, t->name_off));
}

static void put_chain(struct c *c, struct chain *ch, const char *name, unsigned level)
{
	bool after_star = true; /* a chain's first star needs no blank */
	const struct btf_type *t;
	uint32_t id;

	while (ch->n) {
		t = link_type(c, ch);
		id = ch->id[--ch->n];
		if (btf_is(t, BTF_BIT(ARRAY))) {
			put_array(c, ch, t, name, after_star, level);
			return;
		}
		if (btf_is(t, BTF_BIT(FUNC_PROTO))) {
			put_proto(c, ch, t, name, after_star, level);
			return;
		}
		if (btf_is(t, BTF_BIT(PTR))) {
			str_add(c->s, after_star ? "*" : " *");
		} else if (qualifier(t)) {
			str_addc(c->s, ' ');
			str_add(c->s, qualifier(t));
		} else if (btf_is(t, BTF_BIT(TYPE_TAG))) {
			put_qualifiers(c, ch);
			str_addf(c->s, btf_kflag(t) ? " __attribute__((%s))"
						    : " __attribute__((btf_type_tag(\"%s\")))",
				 btf_str(c->b, t->name_off));
		} else {
			put_qualifiers(c, ch);
			put_base(c, id, t, level);
		}
		after_star = btf_is(t, BTF_BIT(PTR));
	}
	put_declared(c, name, after_star);
}

void c_declare(struct c *c, uint32_t id, const char *name, unsigned level)
{
	struct chain ch;

	if (c->depth >= NEST_MAX) {
		c_fail(c, -ELOOP);
		return;
	}
	c->depth++;
	if (collect(c, id, &ch))
		put_chain(c, &ch, name, level);
	c->depth--;
}

/* ---- one type ---- */

static int result(const struct c *c)
{
	return c->err ? c->err : str_err(c->s);
}

int btf_c_declare(const struct btf *b, uint32_t id, const char *name, struct str *s)
{
	struct c c = {.b = b, .s = s};

	c_declare(&c, id, name, 0);
	return result(&c);
}

/* Anonymous structs are not spelled out in names. */
int btf_c_name(const struct btf *b, uint32_t id, struct str *s)
{
	const struct btf_type *t = btf_type(b, id);
	struct c c = {.b = b, .s = s};

	if (btf_is(t, BTF_STRUCTS | BTF_ENUMS)) {
		c_tag(&c, id, t);
		str_add(s, t->name_off ? "" : " (anonymous)");
	} else if (btf_is(t, BTF_BIT(FUNC) | BTF_BIT(VAR) | BTF_BIT(DATASEC) | BTF_BIT(DECL_TAG))) {
		str_add(s, btf_str(b, t->name_off));
	} else {
		c_declare(&c, id, "", 0);
	}
	return result(&c);
}

int btf_c_definition(const struct btf *b, uint32_t id, struct str *s)
{
	const struct btf_type *t = btf_type(b, id);
	struct c c = {.b = b, .s = s};

	if (btf_is(t, BTF_STRUCTS | BTF_ENUMS))
		c_definition(&c, id, t, 0);
	else if (btf_is(t, BTF_BIT(FWD)))
		c_tag(&c, id, t);
	else if (btf_is(t, BTF_BIT(TYPEDEF)))
		c_typedef(&c, id, t);
	else if (btf_is(t, BTF_BIT(FUNC) | BTF_BIT(VAR)))
		c_declare(&c, t->type, btf_str(b, t->name_off), 0);
	else
		c_declare(&c, id, "", 0);
	str_add(s, ";\n");
	return result(&c);
}

int btf_c_datasec(const struct btf *b, uint32_t id, unsigned indent_by, struct str *s)
{
	const struct btf_type *t = btf_type(b, id), *var;
	struct c c = {.b = b, .s = s};
	uint64_t at = 0, pad = 0;
	uint32_t i;

	if (!btf_is(t, BTF_BIT(DATASEC)))
		return -EINVAL;
	for (i = 0; i < btf_vlen(t) && !result(&c); i++) {
		const struct btf_secinfo *v = &btf_secinfos(t)[i];
		uint32_t align;

		var = btf_type(b, v->type);
		if (!btf_is(var, BTF_BIT(VAR)))
			return -EINVAL;
		if (*btf_word(var) == BTF_STATIC)
			continue;
		align = MAX(btf_align(b, var->type), 1u);
		if (v->offset > round_up(at, align)) {
			indent(&c, indent_by);
			str_addf(s, "char __pad%llu[%llu];\n", (unsigned long long)pad++,
				 (unsigned long long)(v->offset - at));
		}
		indent(&c, indent_by);
		c_declare(&c, var->type, btf_str(b, var->name_off), indent_by);
		str_add(s, ";\n");
		at = (uint64_t)v->offset + v->size;
	}
	return result(&c);
}
