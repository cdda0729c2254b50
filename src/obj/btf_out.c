/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The object's BTF as a kernel takes it.
 *
 * Compilers describe what is extern, which no kernel loads: a .kconfig variable becomes one of the
 * .kconfig map, a kernel symbol an int that nobody reads, a kernel function a global one beside a
 * variable `dummy_ksym` that stands for it in .ksyms. Functions that are hidden become static. What
 * an older kernel does not know becomes something of the same size that it does know.
 *
 * All of that leaves every record as long as it was, so it is done in place, in a copy; the two
 * things that may have to be added, a variable and an int, go behind the others.
 */
#include <stdlib.h>

#include "obj/impl.h"

struct editor {
	const struct obj *o;
	uint8_t *bytes; /* owned; header, types, strings, each with room behind */
	struct btf_header *h;
	struct btf_type **type; /* owned: [id] its record */
	uint32_t n, max;
	uint32_t int_id; /* some int of 4 bytes */
	unsigned features;
};

enum { ROOM = 256 }; /* for what is added to the types, and as much for their names */

static char *string_at(const struct editor *e, uint32_t off)
{
	char *s = (char *)e->bytes + e->h->hdr_len + e->h->str_off;

	return off < e->h->str_len ? s + off : s;
}

static int begin(struct editor *e)
{
	size_t n;
	const uint8_t *from = btf_bytes(e->o->btf, &n);
	struct btf_header h;

	memcpy(&h, from, sizeof(h)); /* what more a header may have is left out */
	e->n = btf_count(e->o->btf);
	e->max = e->n + 8;
	e->bytes = mem_alloc(sizeof(h) + (size_t)h.type_len + h.str_len + 2 * ROOM);
	e->type = mem_alloc_array(e->max, sizeof(*e->type));
	if (!e->bytes || !e->type)
		return -ENOMEM;
	memcpy(e->bytes, &h, sizeof(h));
	memcpy(e->bytes + sizeof(h), from + h.hdr_len + h.type_off, h.type_len);
	e->h = (struct btf_header *)e->bytes;
	e->h->hdr_len = sizeof(h);
	e->h->type_off = 0;
	e->h->str_off = h.type_len + ROOM;
	memcpy(string_at(e, 0), from + h.hdr_len + h.str_off, h.str_len);
	for (uint32_t id = 1, at = 0; id < e->n; id++) {
		e->type[id] = (struct btf_type *)(e->bytes + sizeof(h) + at);
		at += (uint32_t)btf_type_bytes(e->type[id]);
	}
	return 0;
}

static uint32_t add(struct editor *e, const char *name, uint32_t info, uint32_t second,
		    uint32_t word)
{
	uint32_t *at = (uint32_t *)(e->bytes + e->h->hdr_len + e->h->type_len);
	size_t n = strlen(name) + 1;

	assert(e->n < e->max && e->h->type_len + 16 <= e->h->str_off);
	memcpy(string_at(e, 0) + e->h->str_len, name, n);
	at[0] = e->h->str_len;
	at[1] = info;
	at[2] = second;
	at[3] = word;
	e->h->str_len += (uint32_t)n;
	e->h->type_len += 16;
	e->type[e->n] = (struct btf_type *)at;
	return e->n++;
}

static uint32_t int_find(struct editor *e)
{
	for (uint32_t id = 1; id < e->n; id++) {
		if (btf_kind(e->type[id]) == BTF_INT && e->type[id]->size == 4 &&
		    BTF_INT_BITS(*btf_word(e->type[id])) == 32)
			return id;
	}
	return add(e, "int", btf_info(BTF_INT, false, 0), 4, BTF_INT_SIGNED << 24 | 32);
}

static struct btf_type *own(const struct editor *e, uint32_t id)
{
	return id && id < e->n ? e->type[id] : NULL;
}

static uint32_t *word_of(struct btf_type *t)
{
	return (uint32_t *)(t + 1);
}

/* ---- externs ---- */

/* A function's parameters must have names, as it is no extern any more. */
static void params_name(struct editor *e, struct btf_type *func, uint32_t name_off)
{
	struct btf_type *proto = own(e, func->type);
	struct btf_param *p;

	if (!btf_is(proto, BTF_BIT(FUNC_PROTO)))
		return;
	p = (struct btf_param *)(proto + 1);
	for (uint32_t i = 0; i < btf_vlen(proto); i++) {
		if (p[i].type && !p[i].name_off)
			p[i].name_off = name_off;
	}
}

static void ksyms_fix(struct editor *e, struct btf_type *sec)
{
	struct btf_secinfo *s = (struct btf_secinfo *)(sec + 1);
	uint32_t dummy = 0, n = btf_vlen(sec);

	e->int_id = int_find(e);
	for (uint32_t i = 0; i < n; i++) {
		struct btf_type *t = own(e, s[i].type);

		if (btf_is(t, BTF_BIT(FUNC))) {
			if (!dummy)
				dummy = add(e, "dummy_ksym", btf_info(BTF_VAR, false, 0), e->int_id,
					    BTF_GLOBAL);
			params_name(e, t, e->type[dummy]->name_off);
			t->info = btf_info(BTF_FUNC, false, BTF_GLOBAL);
			s[i].type = dummy;
		} else if (btf_is(t, BTF_BIT(VAR))) {
			*word_of(t) = BTF_GLOBAL;
			t->type = e->int_id;
		}
		s[i].offset = i * 4;
		s[i].size = 4;
	}
	sec->size = n * 4;
}

static int by_offset(const void *a_, const void *b_)
{
	const struct btf_secinfo *a = a_, *b = b_;

	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static void kconfig_fix(struct editor *e, struct btf_type *sec)
{
	struct btf_secinfo *s = (struct btf_secinfo *)(sec + 1);
	const struct obj *o = e->o;

	for (uint32_t i = 0; i < btf_vlen(sec); i++) {
		struct btf_type *t = own(e, s[i].type);
		const struct obj_extern *x =
			t ? obj_extern_find(o, string_at(e, t->name_off)) : NULL;

		if (!btf_is(t, BTF_BIT(VAR)) || !x)
			continue;
		*word_of(t) = BTF_GLOBAL;
		s[i].offset = x->off;
	}
	sec->size = o->kconfig_map < 0 ? 0 : o->map.at[o->kconfig_map].data_size;
	qsort(s, btf_vlen(sec), sizeof(*s), by_offset);
}

static void functions_hide(struct editor *e)
{
	for vec_each(&e->o->prog, p) {
		struct btf_type *t = own(e, p->btf_func);

		if (p->global && p->hidden && btf_is(t, BTF_BIT(FUNC)) && btf_vlen(t) == BTF_GLOBAL)
			t->info = btf_info(BTF_FUNC, false, BTF_STATIC);
	}
}

/* ---- older kernels ---- */

static void datasec_to_struct(struct editor *e, struct btf_type *t)
{
	struct btf_secinfo *s = (struct btf_secinfo *)(t + 1);
	uint32_t n = btf_vlen(t);

	for (char *c = string_at(e, t->name_off); *c; c++) {
		if (*c == '.' || *c == '?')
			*c = '_';
	}
	t->info = btf_info(BTF_STRUCT, false, n);
	for (uint32_t i = 0; i < n; i++) {
		struct btf_secinfo was = s[i];
		struct btf_type *var = own(e, was.type);
		struct btf_member m = {.name_off = var ? var->name_off : 0,
				       .type = was.type,
				       .offset = was.offset * 8};

		memcpy(&s[i], &m, sizeof(m));
	}
}

static void enum64_to_union(struct editor *e, struct btf_type *t)
{
	struct btf_member *m = (struct btf_member *)(t + 1);

	if (!e->int_id)
		e->int_id = add(e, "enum64_placeholder", btf_info(BTF_INT, false, 0), 1, 8);
	t->info = btf_info(BTF_UNION, false, btf_vlen(t));
	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		m[i].type = e->int_id;
		m[i].offset = 0;
	}
}

static bool lacks(const struct editor *e, enum obj_btf_feature f)
{
	return !(e->features & f);
}

static void older(struct editor *e, struct btf_type *t)
{
	char *name = string_at(e, t->name_off);

	switch ((int)btf_kind(t)) {
	case BTF_VAR:
	case BTF_DECL_TAG:
		if (!lacks(e, btf_kind(t) == BTF_VAR ? OBJ_BTF_DATASEC : OBJ_BTF_DECL_TAG))
			break;
		t->info = btf_info(BTF_INT, false, 0);
		t->size = 1;
		*word_of(t) = 8;
		break;
	case BTF_DATASEC:
		if (lacks(e, OBJ_BTF_DATASEC))
			datasec_to_struct(e, t);
		else if (lacks(e, OBJ_BTF_QMARK) && *name == '?')
			*name = '_';
		break;
	case BTF_FUNC_PROTO:
		if (lacks(e, OBJ_BTF_FUNC)) {
			t->info = btf_info(BTF_ENUM, false, btf_vlen(t));
			t->size = 4;
		}
		break;
	case BTF_FUNC:
		if (lacks(e, OBJ_BTF_FUNC))
			t->info = btf_info(BTF_TYPEDEF, false, 0);
		else if (lacks(e, OBJ_BTF_FUNC_GLOBAL))
			t->info = btf_info(BTF_FUNC, false, 0);
		break;
	case BTF_FLOAT:
		if (lacks(e, OBJ_BTF_FLOAT)) {
			t->name_off = 0;
			t->info = btf_info(BTF_STRUCT, false, 0);
		}
		break;
	case BTF_TYPE_TAG:
		if (lacks(e, OBJ_BTF_TYPE_TAG)) {
			t->name_off = 0;
			t->info = btf_info(BTF_CONST, false, 0);
		}
		break;
	case BTF_ENUM:
		if (lacks(e, OBJ_BTF_ENUM64))
			t->info = btf_info(BTF_ENUM, false, btf_vlen(t));
		break;
	case BTF_ENUM64:
		if (lacks(e, OBJ_BTF_ENUM64))
			enum64_to_union(e, t);
		break;
	}
}

unsigned obj_btf_features(uint16_t kernel)
{
	static const struct {
		uint16_t since;
		unsigned feature;
	} rows[] = {
		{ABI_KERNEL(5, 0), OBJ_BTF_FUNC},        {ABI_KERNEL(5, 2), OBJ_BTF_DATASEC},
		{ABI_KERNEL(5, 6), OBJ_BTF_FUNC_GLOBAL}, {ABI_KERNEL(5, 13), OBJ_BTF_FLOAT},
		{ABI_KERNEL(5, 16), OBJ_BTF_DECL_TAG},   {ABI_KERNEL(5, 17), OBJ_BTF_TYPE_TAG},
		{ABI_KERNEL(6, 0), OBJ_BTF_ENUM64},      {ABI_KERNEL(6, 9), OBJ_BTF_QMARK},
	};
	unsigned all = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (kernel >= rows[i].since)
			all |= rows[i].feature;
	}
	return all;
}

/* ---- all of it ---- */

static void edit(struct editor *e)
{
	uint32_t n = e->n;
	uint32_t ksyms = btf_find(e->o->btf, ".ksyms", BTF_BIT(DATASEC));
	uint32_t kconfig = btf_find(e->o->btf, ".kconfig", BTF_BIT(DATASEC));

	if (ksyms)
		ksyms_fix(e, e->type[ksyms]);
	if (kconfig)
		kconfig_fix(e, e->type[kconfig]);
	functions_hide(e);
	e->int_id = 0;
	for (uint32_t id = 1; id < n; id++)
		older(e, e->type[id]);
}

/* The room behind the types is taken out. */
static void finish(struct editor *e, struct obj_bytes *ret)
{
	uint8_t *types = e->bytes + e->h->hdr_len;

	memmove(types + e->h->type_len, types + e->h->str_off, e->h->str_len);
	e->h->str_off = e->h->type_len;
	ret->data = e->bytes;
	ret->size = e->h->hdr_len + (size_t)e->h->type_len + e->h->str_len;
	e->bytes = NULL;
}

int obj_btf(const struct obj *o, unsigned features, struct diag *d, struct obj_bytes *ret_bytes)
{
	struct editor e = {.o = o, .features = features};
	int err;

	if (!o->btf)
		return -ENOENT;
	err = begin(&e);
	if (err) {
		diag_error(d, "obj.memory", obj_where(o), "out of memory");
	} else {
		edit(&e);
		finish(&e, ret_bytes);
	}
	mem_free(e.bytes);
	mem_free(e.type);
	return err;
}

void obj_bytes_done(struct obj_bytes *b)
{
	mem_free(b->data);
	*b = (struct obj_bytes){0};
}
