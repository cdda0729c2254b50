/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The code of an object that is written: sections, relocations, function and line records. */
#include "obj/write.h"

static int fault(const struct writer *x, const struct obj_prog *p, uint32_t insn, const char *why)
{
	return diag_error(x->d, "obj.write", diag_pc(p->name, insn), "%s", why);
}

/* ---- sections and symbols ---- */

/* "?" is said of programs that are not wanted, and that a section's name says something about. */
static const char *mark(const struct obj_prog *p)
{
	return p->load || p->func || !p->row ? "" : "?";
}

static bool same_section(const struct obj_prog *a, const struct obj_prog *b)
{
	return !strcmp(a->section, b->section) && !strcmp(mark(a), mark(b));
}

static uint32_t section_of(struct writer *x, uint32_t index)
{
	const struct obj_prog *p = &x->o->prog.at[index];
	struct str name;
	uint32_t sec;

	for (uint32_t i = 0; i < index; i++) {
		if (same_section(&x->o->prog.at[i], p))
			return x->prog[i].sec;
	}
	str_init(&name, 1 << 20);
	str_addf(&name, "%s%s", mark(p), p->section);
	sec = elf_out_section(&x->w, name.s, ELF_SHT_PROGBITS, ELF_SHF_ALLOC | ELF_SHF_EXEC, 8);
	str_done(&name);
	return sec;
}

static void prog_put(struct writer *x, uint32_t index)
{
	const struct obj_prog *p = &x->o->prog.at[index];
	struct written_prog *w = &x->prog[index];
	uint64_t bytes = (uint64_t)p->n_insns * sizeof(struct insn);

	w->sec = section_of(x, index);
	w->off = elf_out_append(&x->w, w->sec, p->insn, bytes, 8);
	w->sym = elf_out_symbol(
		&x->w, &(struct elf_sym){.name = p->name,
					 .sec = w->sec,
					 .value = w->off,
					 .size = bytes,
					 .type = ELF_STT_FUNC,
					 .vis = p->hidden ? ELF_STV_HIDDEN : ELF_STV_DEFAULT,
					 .bind = !p->global ? ELF_STB_LOCAL
						 : p->weak  ? ELF_STB_WEAK
							    : ELF_STB_GLOBAL});
}

/* ---- relocations ---- */

static void reloc_put(struct writer *x, const struct written_prog *w, const struct obj_reloc *r)
{
	const struct obj *o = x->o;
	uint64_t at = w->off + (uint64_t)r->insn * sizeof(struct insn);
	struct insn *i = (struct insn *)(x->w.sec.at[w->sec].data.s + at);
	uint32_t sec = 0;

	switch ((enum obj_reloc_kind)r->kind) {
	case OBJ_RELOC_MAP:
		i->src = 0;
		i->imm = 0;
		elf_out_reloc(&x->w, w->sec, at, ELF_R_BPF_64_64, x->map[r->index].sym);
		break;
	case OBJ_RELOC_DATA:
		sec = (int32_t)r->index == o->arena_map ? x->arena_sec : x->map[r->index].sec;
		i->src = 0;
		i->imm = (int32_t)r->add;
		elf_out_reloc(&x->w, w->sec, at, ELF_R_BPF_64_64,
			      elf_out_section_symbol(&x->w, sec));
		break;
	case OBJ_RELOC_FUNC:
		i->src = 0;
		i->imm = 0;
		elf_out_reloc(&x->w, w->sec, at, ELF_R_BPF_64_64, x->prog[r->index].sym);
		break;
	case OBJ_RELOC_CALL:
		i->src = OBJ_SRC_CALL;
		i->imm = -1;
		elf_out_reloc(&x->w, w->sec, at, ELF_R_BPF_64_32, x->prog[r->index].sym);
		break;
	case OBJ_RELOC_EXTERN:
		elf_out_reloc(&x->w, w->sec, at, ELF_R_BPF_64_64, x->ext[r->index]);
		break;
	case OBJ_RELOC_KFUNC:
		i->src = OBJ_SRC_CALL;
		i->imm = -1;
		elf_out_reloc(&x->w, w->sec, at, ELF_R_BPF_64_32, x->ext[r->index]);
		break;
	}
}

/* Calls within a section say how far; functions may have moved. */
static int call_put(struct writer *x, uint32_t index, uint32_t insn)
{
	const struct obj_prog *p = &x->o->prog.at[index];
	const struct insn *i = &p->insn[insn];
	struct obj_reloc r = {.insn = insn, .kind = OBJ_RELOC_CALL};

	if (!obj_is_call(i) || i->src != OBJ_SRC_CALL)
		return 0;
	if (obj_prog_order(x->o, p->sec, (uint64_t)(p->sec_insn + insn + (int64_t)i->imm + 1),
			   &r.index))
		return fault(x, p, insn, "calls where no function is");
	reloc_put(x, &x->prog[index], &r);
	return 0;
}

static int relocs_put(struct writer *x, uint32_t index)
{
	const struct obj_prog *p = &x->o->prog.at[index];
	int err = 0;

	for (uint32_t insn = 0, k = 0; insn < p->n_insns && !err; insn++) {
		while (k < p->n_relocs && p->reloc[k].insn < insn)
			k++;
		if (k < p->n_relocs && p->reloc[k].insn == insn)
			reloc_put(x, &x->prog[index], &p->reloc[k]);
		else
			err = call_put(x, index, insn);
	}
	return err;
}

int write_programs(struct writer *x)
{
	int err = 0;

	for (uint32_t i = 0; i < x->o->prog.n; i++)
		prog_put(x, i);
	for (uint32_t i = 0; i < x->o->prog.n && !err && !x->w.err; i++)
		err = relocs_put(x, i);
	return err;
}

/* ---- .BTF and .BTF.ext ---- */

struct records {
	struct writer *x;
	struct btf_ext_build *out;
	const struct obj_prog *p;
	uint32_t name_off; /* of the section */
	uint32_t base;     /* bytes: where the program is in it */
};

static uint32_t text_move(const struct records *r, uint32_t off)
{
	return btf_build_str(r->x->b, btf_str(r->x->o->btf, off));
}

static void funcs_put(const struct records *r)
{
	for (uint32_t i = 0; i < r->p->func_info.n; i++) {
		struct btf_func_info f;

		memcpy(&f, (const char *)r->p->func_info.at + (size_t)i * r->p->func_info.size,
		       sizeof(f));
		f.insn_off = f.insn_off * (uint32_t)sizeof(struct insn) + r->base;
		btf_ext_build_add(r->out, BTF_EXT_FUNC, r->name_off, &f);
	}
}

static void lines_put(const struct records *r)
{
	for (uint32_t i = 0; i < r->p->line_info.n; i++) {
		struct btf_line_info l;

		memcpy(&l, (const char *)r->p->line_info.at + (size_t)i * r->p->line_info.size,
		       sizeof(l));
		l.insn_off = l.insn_off * (uint32_t)sizeof(struct insn) + r->base;
		l.file_off = text_move(r, l.file_off);
		l.line_off = text_move(r, l.line_off);
		btf_ext_build_add(r->out, BTF_EXT_LINE, r->name_off, &l);
	}
}

static void cores_put(const struct records *r)
{
	for (uint32_t i = 0; i < r->p->n_cores; i++) {
		const struct obj_core *c = &r->p->core[i];
		struct btf_core_relo relo = {.insn_off = c->insn * (uint32_t)sizeof(struct insn) +
							 r->base,
					     .type = c->type,
					     .kind = c->kind};

		relo.access_off = btf_build_str(r->x->b, c->access);
		btf_ext_build_add(r->out, BTF_EXT_CORE, r->name_off, &relo);
	}
}

static int records_put(struct writer *x, struct btf_ext_build *out)
{
	for (uint32_t i = 0; i < x->o->prog.n; i++) {
		struct records r = {.x = x,
				    .out = out,
				    .p = &x->o->prog.at[i],
				    .base = (uint32_t)x->prog[i].off};

		r.name_off = btf_build_str(x->b, x->w.names.s + x->w.sec.at[x->prog[i].sec].name);
		funcs_put(&r);
		lines_put(&r);
		cores_put(&r);
	}
	return btf_build_err(x->b);
}

static void section_put(struct writer *x, const char *name, const struct str *bytes)
{
	elf_out_append(&x->w, elf_out_section(&x->w, name, ELF_SHT_PROGBITS, 0, 4), bytes->s,
		       bytes->n, 4);
}

int write_types(struct writer *x)
{
	struct btf_ext_build *out = btf_ext_build_new();
	struct str types, ext;
	int err = out && !x->w.err ? 0 : out ? x->w.err : -ENOMEM;

	str_init(&types, OBJ_FILE_MAX);
	str_init(&ext, OBJ_FILE_MAX);
	if (!err && x->o->btf)
		err = records_put(x, out);
	if (!err)
		err = btf_ext_build_done(out, &ext);
	if (!err)
		err = btf_build_bytes(x->b, &types);
	if (!err && btf_count(btf_build_view(x->b)) > 1) {
		section_put(x, ".BTF", &types);
		if (x->o->btf && ext.n)
			section_put(x, ".BTF.ext", &ext);
	}
	btf_ext_build_free(out);
	str_done(&types);
	str_done(&ext);
	return err;
}
