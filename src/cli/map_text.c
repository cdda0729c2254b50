/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An element of a map by its types, as text: bpftool's layout of JSON, in which arrays go on in their line
 * and pointers and bitfields are bare hex numbers.
 *
 * The JSON of the element is read again and set anew. Members and elements stand in it in the order of
 * their types, so that the type of each value is known on the way.
 */
#include "btf/btf.h"
#include "cli/map.h"

enum { TEXT_MAX = 64 << 20 };

struct layout {
	struct json j;
	const struct cli_map *m;
	struct str *s;
	unsigned depth;
};

/* What a value is, as far as it matters. */
struct as {
	uint32_t type; /* 0: not known */
	bool bits;     /* a bitfield */
};

static void put_value(struct layout *l, int kind, struct as as);

static void new_line(struct layout *l)
{
	str_addc(l->s, '\n');
	str_pad(l->s, ' ', 4 * (size_t)l->depth);
}

static void put_string(struct layout *l)
{
	struct str quoted;
	struct out o;

	str_init(&quoted, TEXT_MAX);
	out_init(&o, OUT_JSON, false, out_sink_str, &quoted);
	out_str(&o, NULL, l->j.text.s);
	if (!out_done(&o))
		str_addn(l->s, quoted.s, strcspn(quoted.s, "\n"));
	str_done(&quoted);
}

static void put_scalar(struct layout *l, int kind, struct as as)
{
	const struct btf_type *t = btf_type(l->m->btf, btf_resolve(l->m->btf, as.type));
	uint64_t v;

	switch (kind) {
	case JSON_STRING:
		if (as.bits && str_has_prefix(l->j.text.s, "0x"))
			str_add(l->s, l->j.text.s);
		else
			put_string(l);
		return;
	case JSON_NUMBER:
		if (as.type && btf_is(t, BTF_BIT(PTR)) && !num_parse_u64(l->j.text.s, strlen(l->j.text.s), &v))
			str_addf(l->s, "0x%llx", (unsigned long long)v);
		else
			str_add(l->s, l->j.text.s);
		return;
	case JSON_TRUE:
	case JSON_FALSE:
		str_add(l->s, kind == JSON_TRUE ? "true" : "false");
		return;
	default:
		str_add(l->s, "null");
	}
}

/* The nth value within one of that type. */
static struct as part(const struct layout *l, struct as of, uint32_t n, const char *name)
{
	const struct btf *b = l->m->btf;
	uint32_t id = btf_resolve(b, of.type);
	const struct btf_type *t = of.type ? btf_type(b, id) : NULL;
	struct btf_field f;

	if (!of.type) /* around the types: the element itself, or the values of CPUs */
		return (struct as){.type = !name		    ? 0 :
					   !strcmp(name, "key")   ? l->m->key_type :
					   !strcmp(name, "value") ? l->m->value_type :
								    0};
	if (btf_is(t, BTF_BIT(ARRAY)))
		return (struct as){.type = btf_array(t)->elem};
	if (btf_is(t, BTF_BIT(DATASEC))) /* {".data": [{"name": value}, ...]}: passed on to where the name stands */
		return of;
	if (btf_is(t, BTF_BIT(VAR)))
		return (struct as){.type = t->type};
	if (btf_is(t, BTF_STRUCTS) && btf_field_at(b, id, n, &f))
		return (struct as){.type = f.type, .bits = f.bit_size};
	return (struct as){0};
}

static struct as variable(const struct layout *l, struct as sec, uint32_t n)
{
	const struct btf_type *t = btf_type(l->m->btf, sec.type);

	return btf_is(t, BTF_BIT(DATASEC)) && n < btf_vlen(t) ? (struct as){.type = btf_secinfos(t)[n].type} : sec;
}

static void put_object(struct layout *l, struct as as)
{
	struct as of;
	uint32_t n;
	int kind;

	str_addc(l->s, '{');
	l->depth++;
	for (n = 0; (kind = json_next(&l->j)) == JSON_KEY; n++) {
		str_add(l->s, n ? "," : "");
		new_line(l);
		of = part(l, as, n, l->j.text.s);
		put_string(l);
		str_add(l->s, ": ");
		put_value(l, json_next(&l->j), of);
	}
	l->depth--;
	if (n)
		new_line(l);
	str_addc(l->s, '}');
}

static void put_array(struct layout *l, struct as as)
{
	uint32_t n;
	int kind;

	str_addc(l->s, '[');
	l->depth++;
	for (n = 0; (kind = json_next(&l->j)) > JSON_END && kind != JSON_ARRAY_END; n++) {
		str_add(l->s, n ? "," : "");
		put_value(l, kind, kind == JSON_OBJECT && btf_kind_of(l->m->btf, as.type) == BTF_DATASEC ? variable(l, as, n) :
				   part(l, as, n, NULL));
	}
	l->depth--;
	if (n)
		new_line(l);
	str_addc(l->s, ']');
}

static void put_value(struct layout *l, int kind, struct as as)
{
	if (kind == JSON_OBJECT)
		put_object(l, as);
	else if (kind == JSON_ARRAY)
		put_array(l, as);
	else
		put_scalar(l, kind, as);
}

void map_text_typed(const struct cli_map *m, const char *json, unsigned depth, struct str *s)
{
	struct src src = {.name = "element", .text = json, .len = (uint32_t)strlen(json)};
	struct layout l = {.m = m, .s = s, .depth = depth};

	json_init(&l.j, &src, NULL);
	put_value(&l, json_next(&l.j), (struct as){0});
	json_done(&l.j);
}
