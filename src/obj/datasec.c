/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Compilers leave the sizes of sections and the places of variables out of BTF, for whoever has the
 * symbols: they are filled in here, in the object's own copy, so that everybody else may rely on
 * them. Afterwards, for each DATASEC that the file has a section for:
 *
 *   its size is the section's, its variables stand by offset, those of global symbols at the
 *   symbol's value; a variable that the linker must not show is static.
 */
#include <stdlib.h>

#include "obj/impl.h"

struct fixer {
	struct obj *o;
	struct hash sections, symbols; /* name -> index */
};

static int index_names(struct fixer *c)
{
	const struct obj_elf *e = c->o->elf;
	int err = 0;

	hash_init(&c->sections, OBJ_SECTIONS_MAX);
	hash_init(&c->symbols, OBJ_SYMBOLS_MAX);
	for (uint32_t i = 1; i < e->n_secs && !err; i++) {
		size_t n = strlen(e->sec[i].name);

		if (!elf_rels(e, i) && !hash_get(&c->sections, e->sec[i].name, n))
			err = hash_put(&c->sections, e->sec[i].name, n, i);
	}
	for (uint32_t i = 1; i < e->n_syms && !err; i++) {
		const struct elf_sym *s = &e->sym[i];

		if (s->bind != ELF_STB_LOCAL && s->type == ELF_STT_OBJECT && s->sec)
			err = hash_put(&c->symbols, s->name, strlen(s->name), i);
	}
	return err;
}

static int by_offset(const void *a_, const void *b_)
{
	const struct btf_secinfo *a = a_, *b = b_;

	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static bool is_extern_section(const char *name)
{
	return !strcmp(name, ".kconfig") || !strcmp(name, ".ksyms");
}

static void var_fix(struct fixer *c, struct btf_secinfo *s, bool offset)
{
	struct btf_type *var = obj_own_type(c->o, s->type);
	const char *name = var ? btf_str(c->o->btf, var->name_off) : "";
	const uint64_t *index;
	const struct elf_sym *sym;

	if (!btf_is(var, BTF_BIT(VAR)) || *btf_word(var) != BTF_GLOBAL)
		return;
	index = hash_get(&c->symbols, name, strlen(name));
	if (!index)
		return;
	sym = &c->o->elf->sym[*index];
	if (offset)
		s->offset = (uint32_t)sym->value;
	if (sym->vis == ELF_STV_HIDDEN || sym->vis == ELF_STV_INTERNAL)
		*(uint32_t *)btf_word(var) = BTF_STATIC;
}

static void datasec_fix(struct fixer *c, struct btf_type *t)
{
	struct btf_secinfo *s = (struct btf_secinfo *)btf_secinfos(t);
	const char *name = btf_str(c->o->btf, t->name_off);
	const uint64_t *sec = hash_get(&c->sections, name, strlen(name));
	bool fresh = !t->size; /* a static linker fills them in */

	if (!is_extern_section(name)) {
		if (sec && fresh)
			t->size = (uint32_t)c->o->elf->sec[*sec].size;
		for (uint32_t i = 0; i < btf_vlen(t); i++)
			var_fix(c, &s[i], fresh);
	}
	qsort(s, btf_vlen(t), sizeof(*s), by_offset);
}

int obj_btf_fix(struct obj *o, struct diag *d)
{
	struct fixer c = {.o = o};
	int err;

	if (!o->btf)
		return 0;
	err = index_names(&c);
	if (!err) {
		for btf_each(o->btf, id) {
			if (btf_kind_of(o->btf, id) == BTF_DATASEC)
				datasec_fix(&c, obj_own_type(o, id));
		}
	}
	hash_done(&c.sections);
	hash_done(&c.symbols);
	return err ? obj_no_memory(o, d) : 0;
}
