/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The relocations of the file, each as what it means for one instruction: struct obj_reloc.
 *
 * Only two instructions can have one, a call and a 64-bit load, and what is meant follows from
 * where the symbol is: undefined, in code, in .maps, in a section of data. Static symbols stand for
 * their section, and the instruction says how far into it.
 */
#include <stdlib.h>

#include "obj/impl.h"

struct found {
	uint32_t prog, order;
	struct obj_reloc r;
};

struct reader {
	struct obj *o;
	struct diag *d;
	uint32_t rel_sec; /* the section of relocations being read */
	uint64_t rel_off; /* the one being read */
	int32_t *ext;     /* by symbol: index of the extern, -1; NULL: there are none */
	struct hash maps; /* section and offset -> index */
	VEC(struct found) found;
};

static int fault(const struct reader *c, const char *fmt, const char *name)
{
	struct str s;

	str_init(&s, 1024);
	str_addf(&s, "'%s' %s", name, fmt);
	elf_fault(c->o->elf, c->rel_sec, c->rel_off, c->d, "obj.relocation", "%s", s.s);
	str_done(&s);
	return -EINVAL;
}

static int of_extern(const struct reader *c, const struct elf_rel *r, bool call,
		     struct obj_reloc *ret)
{
	const struct elf_sym *sym = &c->o->elf->sym[ELF_REL_SYM(r)];

	if (!c->ext || c->ext[ELF_REL_SYM(r)] < 0)
		return fault(c, "is declared nowhere", elf_sym_text(c->o->elf, sym));
	ret->kind = call ? OBJ_RELOC_KFUNC : OBJ_RELOC_EXTERN;
	ret->index = (uint32_t)c->ext[ELF_REL_SYM(r)];
	return 0;
}

/* A call says how far from the symbol in its imm, in instructions less one; a load in bytes. */
static int of_code(const struct reader *c, const struct elf_sym *sym, const struct insn *i,
		   int64_t add, struct obj_reloc *ret)
{
	int64_t at = (int64_t)sym->value + add;

	if (!obj_is_call(i))
		at += i->imm;
	if (at % (int64_t)sizeof(struct insn))
		return fault(c, "is not at an instruction", elf_sym_text(c->o->elf, sym));
	at /= (int64_t)sizeof(struct insn);
	if (obj_is_call(i))
		at += (int64_t)i->imm + 1;
	if (at < 0 || obj_prog_order(c->o, sym->sec, (uint64_t)at, &ret->index))
		return fault(c, "is where no function is", elf_sym_text(c->o->elf, sym));
	ret->kind = obj_is_call(i) ? OBJ_RELOC_CALL : OBJ_RELOC_FUNC;
	return 0;
}

static bool holds_maps_section(const struct obj *o, uint32_t sec)
{
	return sec == o->elf->maps || o->elf->sec[sec].role == ABI_OBJ_OLD_MAPS ||
	       str_has_prefix(o->elf->sec[sec].name, "maps/");
}

/* The key of a map in the index by place: its two fields. */
#define MAP_PLACE(sec, off) ((const uint32_t[]){(sec), (uint32_t)(off)}), 2 * sizeof(uint32_t)
_Static_assert(offsetof(struct obj_map, sec_off) == offsetof(struct obj_map, sec) + 4,
	       "they are borrowed as the key");

static int of_map(const struct reader *c, const struct elf_sym *sym, const struct insn *i,
		  int64_t add, struct obj_reloc *ret)
{
	const struct obj *o = c->o;
	uint64_t at = sym->value + (uint64_t)add;
	const uint64_t *found;

	if (sym->type == ELF_STT_SECTION)
		at += (uint64_t)(int64_t)i->imm;
	found = at <= UINT32_MAX ? hash_get(&c->maps, MAP_PLACE(sym->sec, at)) : NULL;
	if (!found)
		return fault(c, "is no map", elf_sym_text(o->elf, sym));
	ret->kind = OBJ_RELOC_MAP;
	ret->index = (uint32_t)*found;
	return 0;
}

static int reloc_read(const struct reader *c, const struct elf_rel *r, const struct insn *i,
		      int64_t add, struct obj_reloc *ret)
{
	const struct obj_elf *e = c->o->elf;
	const struct elf_sym *sym = &e->sym[ELF_REL_SYM(r)];
	bool call = obj_is_call(i);

	if (!call && !isa_is_ld_imm64(i))
		return fault(c, "is asked for by an instruction that is no call and no 64-bit load",
			     elf_sym_text(e, sym));
	if (elf_sym_is_extern(sym))
		return of_extern(c, r, call, ret);
	if (!sym->sec || sym->sec >= e->n_secs)
		return fault(c, "is in no section", elf_sym_text(e, sym));
	if (call && i->src != OBJ_SRC_CALL)
		return fault(c, "is called like a helper", elf_sym_text(e, sym));
	if (e->sec[sym->sec].code)
		return of_code(c, sym, i, add, ret);
	if (call)
		return fault(c, "is called, but is no function", elf_sym_text(e, sym));
	if (holds_maps_section(c->o, sym->sec))
		return of_map(c, sym, i, add, ret);
	if (e->sec[sym->sec].map < 0)
		return fault(c, "is in a section that no map is made of", elf_sym_text(e, sym));
	ret->kind = OBJ_RELOC_DATA;
	ret->index = (uint32_t)e->sec[sym->sec].map;
	ret->add = (uint32_t)sym->value + (uint32_t)add + (uint32_t)i->imm;
	return 0;
}

static int code_relocs_read(struct reader *c)
{
	struct obj *o = c->o;
	const struct elf_sec *rels = &o->elf->sec[c->rel_sec];
	uint32_t n = elf_rels(o->elf, c->rel_sec);

	for (uint32_t i = 0; i < n; i++) {
		struct found f = {.order = (uint32_t)c->found.n};
		struct obj_prog *p;
		struct elf_rel r;
		int64_t add;
		int err = elf_rel(o->elf, c->rel_sec, i, c->d, &r, &add);

		if (err)
			return err;
		c->rel_off = i * rels->entsize;
		if (r.offset % sizeof(struct insn))
			return fault(c, "is asked for between two instructions",
				     elf_sym_text(o->elf, &o->elf->sym[ELF_REL_SYM(&r)]));
		/* No function: a weak one that another took the place of. */
		if (obj_prog_order(o, rels->info, r.offset / sizeof(struct insn), &f.prog))
			continue;
		p = &o->prog.at[f.prog];
		f.r.insn = (uint32_t)(r.offset / sizeof(struct insn)) - p->sec_insn;
		if (isa_is_ld_imm64(&p->insn[f.r.insn]) && f.r.insn + 1 >= p->n_insns)
			return fault(c, "is loaded by half an instruction",
				     elf_sym_text(o->elf, &o->elf->sym[ELF_REL_SYM(&r)]));
		err = reloc_read(c, &r, &p->insn[f.r.insn], add, &f.r);
		if (err)
			return err;
		err = vec_push(&c->found, f);
		if (err == -E2BIG)
			diag_error(c->d, "obj.relocation", obj_where(o), "more than %u relocations",
				   OBJ_RELOCS_MAX);
		if (err)
			return err;
	}
	return 0;
}

static int by_place(const void *a_, const void *b_)
{
	const struct found *a = a_, *b = b_;

	if (a->prog != b->prog)
		return a->prog < b->prog ? -1 : 1;
	if (a->r.insn != b->r.insn)
		return a->r.insn < b->r.insn ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static int relocs_keep(struct reader *c)
{
	struct obj *o = c->o;
	struct obj_reloc *all;

	if (!c->found.n)
		return 0;
	qsort(c->found.at, c->found.n, sizeof(*c->found.at), by_place);
	all = arena_alloc_array(&o->arena, c->found.n, sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < c->found.n; i++) {
		struct obj_prog *p = &o->prog.at[c->found.at[i].prog];

		all[i] = c->found.at[i].r;
		if (!p->n_relocs++)
			p->reloc = &all[i];
	}
	return 0;
}

static int maps_index(struct reader *c)
{
	int err = 0;

	for (size_t i = 0; i < c->o->map.n && !err; i++) {
		const struct obj_map *m = &c->o->map.at[i];

		if (m->kind == OBJ_MAP_USER)
			err = hash_put(&c->maps, &m->sec, 2 * sizeof(uint32_t), i);
	}
	return err;
}

static int externs_index(struct reader *c)
{
	const struct obj *o = c->o;

	if (!o->ext.n)
		return 0;
	c->ext = mem_alloc_array(o->elf->n_syms, sizeof(*c->ext));
	if (!c->ext)
		return -ENOMEM;
	memset(c->ext, 0xff, o->elf->n_syms * sizeof(*c->ext));
	for (size_t i = 0; i < o->ext.n; i++)
		c->ext[o->ext.at[i].sym] = (int32_t)i;
	return 0;
}

static int section_relocs_read(struct reader *c, uint32_t sec)
{
	const struct obj_elf *e = c->o->elf;
	uint32_t of = e->sec[sec].info;
	bool ops =
		e->sec[of].role == ABI_OBJ_STRUCT_OPS || e->sec[of].role == ABI_OBJ_STRUCT_OPS_LINK;

	/* Those of data are no concern: what points to maps and functions there means nothing to
	 * a kernel. */
	if (!ops && !e->sec[of].code && !(of && of == e->maps))
		return 0;
	c->rel_sec = sec;
	if (elf_rels(e, sec) > e->sec[of].size / 8 + 1)
		return elf_fault(e, sec, 0, c->d, "obj.relocation",
				 "more relocations than section '%s' has room for",
				 e->sec[of].name);
	return ops               ? obj_ops_relocs_read(c->o, sec, c->d)
	       : e->sec[of].code ? code_relocs_read(c)
				 : obj_map_values_read(c->o, sec, c->d);
}

int obj_relocs_read(struct obj *o, struct diag *d)
{
	struct reader c = {.o = o, .d = d, .found = VEC_INIT(OBJ_RELOCS_MAX)};
	int err = externs_index(&c);

	hash_init(&c.maps, OBJ_MAPS_MAX);
	if (!err)
		err = maps_index(&c);
	for (uint32_t i = 1; i < o->elf->n_secs && !err; i++) {
		if (elf_rels(o->elf, i))
			err = section_relocs_read(&c, i);
	}
	if (!err)
		err = relocs_keep(&c);
	vec_done(&c.found);
	hash_done(&c.maps);
	mem_free(c.ext);
	return err == -ENOMEM ? obj_no_memory(o, d) : err;
}
