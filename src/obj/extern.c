/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Externs: undefined symbols, and by BTF which of .kconfig and .ksyms they are in. What is in
 * neither is of another object (OBJ_EXTERN_OBJECT): such an object is to be linked first.
 *
 * Their order is libbpf's, as poisoned calls say the number: kconfig by alignment, the greatest
 * first, then by size; kernel symbols by name. In that order kconfig variables stand in the map.
 */
#include <stdlib.h>

#include "obj/impl.h"

/* By id: the DATASEC that a VAR or FUNC is in; 0: none. */
static int sections_of_ids(const struct obj *o, uint32_t **ret_sec)
{
	const struct btf *b = o->btf;
	uint32_t n = btf_count(b), *sec = mem_alloc_array(n, sizeof(*sec));

	if (!sec)
		return -ENOMEM;
	for btf_each(b, id) {
		const struct btf_type *t = btf_type(b, id);

		if (btf_kind(t) != BTF_DATASEC)
			continue;
		for (uint32_t i = 0; i < btf_vlen(t); i++) {
			uint32_t var = btf_secinfos(t)[i].type;

			if (var < n && !sec[var])
				sec[var] = id;
		}
	}
	*ret_sec = sec;
	return 0;
}

/* The VAR or FUNC declared extern; 0: none. */
static uint32_t declaration_find(const struct btf *b, const char *name)
{
	static const uint32_t kinds = BTF_BIT(VAR) | BTF_BIT(FUNC);

	for (uint32_t id = btf_find(b, name, kinds); id; id = btf_find_next(b, name, kinds, id)) {
		const struct btf_type *t = btf_type(b, id);
		uint32_t linkage = btf_kind(t) == BTF_FUNC ? btf_vlen(t) : *btf_word(t);

		if (linkage == BTF_EXTERN)
			return id;
	}
	return 0;
}

static enum obj_kcfg_type kcfg_type(const struct btf *b, uint32_t type, bool *ret_signed)
{
	uint32_t id = btf_resolve(b, type), word;
	const struct btf_type *t = btf_type(b, id);
	bool ignored;

	*ret_signed = false;
	if (!t)
		return OBJ_KCFG_NONE;
	switch ((int)btf_kind(t)) {
	case BTF_INT:
		word = BTF_INT_ENCODING(*btf_word(t));
		if (word & BTF_INT_BOOL)
			return t->size == 1 ? OBJ_KCFG_BOOL : OBJ_KCFG_NONE;
		*ret_signed = word & BTF_INT_SIGNED;
		if (t->size == 1)
			return OBJ_KCFG_CHAR;
		return t->size == 2 || t->size == 4 || t->size == 8 ? OBJ_KCFG_INT : OBJ_KCFG_NONE;
	case BTF_ENUM:
	case BTF_ENUM64:
		if ((btf_kind(t) == BTF_ENUM && t->size != 4) ||
		    strcmp(btf_str(b, t->name_off), "libbpf_tristate"))
			return OBJ_KCFG_NONE;
		return OBJ_KCFG_TRISTATE;
	case BTF_ARRAY:
		if (!btf_array(t)->n || kcfg_type(b, btf_array(t)->elem, &ignored) != OBJ_KCFG_CHAR)
			return OBJ_KCFG_NONE;
		return OBJ_KCFG_STRING;
	}
	return OBJ_KCFG_NONE;
}

static int kconfig_set(const struct obj *o, struct obj_extern *x, struct diag *d)
{
	const struct btf_type *var = btf_type(o->btf, x->btf);
	int64_t size = btf_size(o->btf, var->type);

	if (btf_kind(var) == BTF_FUNC)
		return diag_error(d, "obj.kconfig", obj_where(o),
				  "extern '%s': a function cannot be in .kconfig", x->name);
	x->kind = OBJ_EXTERN_KCONFIG;
	x->type = btf_resolve(o->btf, var->type);
	x->kcfg = kcfg_type(o->btf, var->type, &x->kcfg_signed);
	x->align = btf_align(o->btf, var->type);
	if (x->kcfg == OBJ_KCFG_NONE || size <= 0 || size > OBJ_DATA_MAX || !x->align) {
		diag_error(d, "obj.kconfig", obj_where(o),
			   "extern '%s': of a type that no configuration has: use bool, char, "
			   "integers, enum libbpf_tristate or char[]",
			   x->name);
		return -ENOTSUP;
	}
	x->size = (uint32_t)size;
	return 0;
}

static void ksym_set(const struct obj *o, struct obj_extern *x)
{
	const struct btf_type *t = btf_type(o->btf, x->btf);

	x->type = btf_resolve(o->btf, t->type);
	x->kind = btf_kind(t) == BTF_FUNC ? OBJ_EXTERN_KFUNC
		  : x->type               ? OBJ_EXTERN_KSYM_TYPED
					  : OBJ_EXTERN_KSYM;
}

static int extern_add(struct obj *o, uint32_t sym, const uint32_t *sec, struct diag *d)
{
	const struct elf_sym *s = &o->elf->sym[sym];
	struct obj_extern x = {.name = s->name,
			       .sym = sym,
			       .kind = OBJ_EXTERN_OBJECT,
			       .weak = s->bind == ELF_STB_WEAK};
	const char *in = "";
	int err = 0;

	x.plain = arena_strndup(&o->arena, x.name, btf_core_essential(x.name));
	if (!x.plain)
		return obj_no_memory(o, d);
	if (o->btf)
		x.btf = declaration_find(o->btf, x.name);
	if (x.btf)
		in = btf_name(o->btf, sec[x.btf]);
	if (!strcmp(in, ".kconfig"))
		err = kconfig_set(o, &x, d);
	else if (!strcmp(in, ".ksyms"))
		ksym_set(o, &x);
	if (err)
		return err;
	return vec_push(&o->ext, x) ? obj_no_memory(o, d) : 0;
}

/* Unknown ones last; KCONFIG is the least of the kinds, the others are one to the order. */
static int rank(const struct obj_extern *x)
{
	return x->kind == OBJ_EXTERN_KCONFIG ? 0 : x->kind == OBJ_EXTERN_OBJECT ? 2 : 1;
}

static int by_order(const void *a_, const void *b_)
{
	const struct obj_extern *a = a_, *b = b_;

	if (rank(a) != rank(b))
		return rank(a) < rank(b) ? -1 : 1;
	if (!rank(a) && a->align != b->align)
		return a->align > b->align ? -1 : 1;
	if (!rank(a) && a->size != b->size)
		return a->size < b->size ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int places_give(struct obj *o, struct diag *d)
{
	uint64_t off = 0;

	for vec_each(&o->ext, x) {
		if (x->kind != OBJ_EXTERN_KCONFIG)
			break;
		off = ALIGN_UP(off, (uint64_t)x->align);
		x->off = (uint32_t)off;
		off += x->size;
		if (off > OBJ_DATA_MAX) {
			diag_error(d, "obj.kconfig", obj_where(o),
				   "the .kconfig variables are more than %u bytes", OBJ_DATA_MAX);
			return -E2BIG;
		}
	}
	return 0;
}

int obj_externs_read(struct obj *o, struct diag *d)
{
	const struct obj_elf *e = o->elf;
	uint32_t *sec = NULL;
	int err = 0;

	for (uint32_t i = 1; i < e->n_syms && !err; i++) {
		if (!elf_sym_is_extern(&e->sym[i]))
			continue;
		if (o->btf && !sec && sections_of_ids(o, &sec))
			return obj_no_memory(o, d);
		err = extern_add(o, i, sec, d);
	}
	mem_free(sec);
	if (err)
		return err;
	if (o->ext.n)
		qsort(o->ext.at, o->ext.n, sizeof(*o->ext.at), by_order);
	return places_give(o, d);
}
