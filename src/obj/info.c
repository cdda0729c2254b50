/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * .BTF.ext: its records, which are per section of the file, dealt out to the functions they are of.
 * A record of no function (one that a linker dropped) is passed over.
 */
#include "obj/impl.h"

/* The record's place: which function, and how far into it. */
struct place {
	uint32_t prog, insn;
};

struct dealer {
	struct obj *o;
	const struct btf_ext *ext;
	struct hash sections; /* name -> index */
};

static int sections_index(struct dealer *c)
{
	const struct obj_elf *e = c->o->elf;
	int err = 0;

	hash_init(&c->sections, OBJ_SECTIONS_MAX);
	for (uint32_t i = 1; i < e->n_secs && !err; i++) {
		size_t n = strlen(e->sec[i].name);

		if (e->sec[i].code && !hash_get(&c->sections, e->sec[i].name, n))
			err = hash_put(&c->sections, e->sec[i].name, n, i);
	}
	return err;
}

static bool place_find(const struct dealer *c, uint32_t sec, const void *record, struct place *ret)
{
	uint32_t off, prog;

	memcpy(&off, record, sizeof(off));
	if (obj_prog_order(c->o, sec, off / sizeof(struct insn), &prog))
		return false;
	ret->prog = prog;
	ret->insn = (uint32_t)(off / sizeof(struct insn)) - c->o->prog.at[prog].sec_insn;
	return true;
}

static uint32_t section_of(const struct dealer *c, const struct btf_ext_sec *s)
{
	const char *name = btf_str(c->o->btf, s->name_off);
	const uint64_t *found = hash_get(&c->sections, name, strlen(name));

	return found ? (uint32_t)*found : 0;
}

static struct obj_info *info_of(struct obj_prog *p, enum btf_ext_kind kind)
{
	return kind == BTF_EXT_FUNC ? &p->func_info : &p->line_info;
}

static int info_room(struct dealer *c, enum btf_ext_kind kind)
{
	for vec_each(&c->o->prog, p) {
		struct obj_info *info = info_of(p, kind);

		if (!info->n)
			continue;
		info->at = arena_alloc_array(&c->o->arena, info->n, info->size);
		if (!info->at)
			return -ENOMEM;
		info->n = 0;
	}
	return 0;
}

/* Twice: to count, then to copy. */
static void infos_walk(struct dealer *c, enum btf_ext_kind kind, bool copy)
{
	for (uint32_t i = 0; i < btf_ext_sections(c->ext, kind); i++) {
		const struct btf_ext_sec *s = btf_ext_section(c->ext, kind, i);
		uint32_t sec = section_of(c, s);
		struct place at;

		for (uint32_t k = 0; sec && k < s->n; k++) {
			struct obj_info *info;
			char *to;

			if (!place_find(c, sec, btf_ext_record(s, k), &at))
				continue;
			info = info_of(&c->o->prog.at[at.prog], kind);
			info->size = s->size;
			if (copy) {
				to = (char *)info->at + (size_t)info->n * info->size;
				memcpy(to, btf_ext_record(s, k), s->size);
				memcpy(to, &at.insn, sizeof(at.insn));
			}
			info->n++;
		}
	}
}

static void core_add(struct dealer *c, struct obj_prog *p, uint32_t insn, const void *record)
{
	struct btf_core_relo r;

	memcpy(&r, record, sizeof(r));
	p->core[p->n_cores++] = (struct obj_core){.insn = insn,
						  .type = r.type,
						  .access = btf_str(c->o->btf, r.access_off),
						  .access_off = r.access_off,
						  .kind = r.kind};
}

static int cores_room(struct dealer *c)
{
	for vec_each(&c->o->prog, p) {
		if (!p->n_cores)
			continue;
		p->core = arena_alloc_array(&c->o->arena, p->n_cores, sizeof(*p->core));
		if (!p->core)
			return -ENOMEM;
		p->n_cores = 0;
	}
	return 0;
}

static void cores_walk(struct dealer *c, bool copy)
{
	for (uint32_t i = 0; i < btf_ext_sections(c->ext, BTF_EXT_CORE); i++) {
		const struct btf_ext_sec *s = btf_ext_section(c->ext, BTF_EXT_CORE, i);
		uint32_t sec = section_of(c, s);
		struct place at;

		for (uint32_t k = 0; sec && k < s->n; k++) {
			if (!place_find(c, sec, btf_ext_record(s, k), &at))
				continue;
			if (copy)
				core_add(c, &c->o->prog.at[at.prog], at.insn, btf_ext_record(s, k));
			else
				c->o->prog.at[at.prog].n_cores++;
		}
	}
}

/* The FUNC that the first record names is surer than the name: statics may share one. */
static void funcs_name(struct obj *o)
{
	for vec_each(&o->prog, p) {
		struct btf_func_info f;

		if (!p->func_info.n)
			continue;
		memcpy(&f, p->func_info.at, sizeof(f));
		if (!f.insn_off && btf_kind_of(o->btf, f.type) == BTF_FUNC)
			p->btf_func = f.type;
	}
}

static int deal(struct dealer *c)
{
	int err = sections_index(c);

	for (int kind = BTF_EXT_FUNC; kind <= BTF_EXT_LINE && !err; kind++) {
		infos_walk(c, kind, false);
		err = info_room(c, kind);
		if (!err)
			infos_walk(c, kind, true);
	}
	if (err)
		return err;
	cores_walk(c, false);
	err = cores_room(c);
	if (err)
		return err;
	cores_walk(c, true);
	funcs_name(c->o);
	return 0;
}

int obj_infos_read(struct obj *o, struct diag *d)
{
	const struct obj_elf *e = o->elf;
	struct dealer c = {.o = o};
	struct btf_ext *ext = NULL;
	int err;

	if (!e->btf_ext || !o->btf)
		return 0;
	err = btf_ext_read(e->sec[e->btf_ext].data, e->sec[e->btf_ext].size, NULL, &ext);
	if (err == -ENOMEM)
		return obj_no_memory(o, d);
	if (err) { /* nothing depends on it but what people are shown, and CO-RE */
		diag_warn(d, "obj.btf_ext", diag_offset(o->path, e->sec[e->btf_ext].at),
			  "section '.BTF.ext' is broken: programs have no line numbers, and what "
			  "was to be relocated by CO-RE is not");
		return 0;
	}
	c.ext = ext;
	err = deal(&c);
	hash_done(&c.sections);
	btf_ext_free(ext);
	return err ? obj_no_memory(o, d) : 0;
}
