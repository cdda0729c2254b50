/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep dis of an object: its programs and functions as they stand in the file, each line of the source
 * above the instructions it became, and behind an instruction what a relocation will put there.
 */
#include "btf/btf.h"
#include "cli/dis_obj.h"
#include "obj/obj.h"

enum { LINE_MAX = 1 << 16 };

struct listing {
	struct cli *c;
	const struct obj *obj;
	const struct obj_prog *prog;
	struct isa_dis dis;
	uint32_t reloc, core, line; /* the next of each */
	uint32_t shown_line, shown_file; /* the last source line */
};

/* ---- what a relocation is about -------------------------------------------------------------- */

/* The variable of a data section that is at that place, and what of it. */
static void tell_variable(const struct listing *l, const struct obj_reloc *r, struct str *s)
{
	struct obj_var v;
	size_t i;

	for (i = 0; obj_var_next(l->obj, i, &v); i++) {
		if (v.map != r->index || r->add < v.off || r->add >= v.off + v.size)
			continue;
		str_add(s, v.name);
		if (r->add > v.off)
			str_addf(s, "+%u", r->add - v.off);
		str_addf(s, " in %s", l->obj->map.at[r->index].name);
		return;
	}
	str_addf(s, "%s+%u", l->obj->map.at[r->index].name, r->add);
}

static void tell_reloc(const struct listing *l, const struct obj_reloc *r, struct str *s)
{
	switch ((enum obj_reloc_kind)r->kind) {
	case OBJ_RELOC_MAP:
		str_addf(s, "map %s", l->obj->map.at[r->index].name);
		return;
	case OBJ_RELOC_DATA:
		tell_variable(l, r, s);
		return;
	case OBJ_RELOC_CALL:
	case OBJ_RELOC_FUNC:
		str_addf(s, "function %s", l->obj->prog.at[r->index].name);
		return;
	case OBJ_RELOC_EXTERN:
		str_addf(s, "extern %s", l->obj->ext.at[r->index].name);
		return;
	case OBJ_RELOC_KFUNC:
		str_addf(s, "kfunc %s", l->obj->ext.at[r->index].name);
		return;
	}
	bug("relocation kind %u", r->kind);
}

static void tell_core(const struct listing *l, const struct obj_core *core, struct str *s)
{
	struct btf_core_spec spec;

	str_add(s, "CO-RE ");
	if (btf_core_spec_parse(l->obj->btf, core->type, core->access, core->kind, &spec))
		str_addf(s, "%s of type %u, %s", btf_core_kind_name(core->kind), core->type, core->access);
	else
		btf_core_spec_text(&spec, s);
}

/* What is to be known of the instruction at pc; the records are in order. */
static void tell(struct listing *l, uint32_t pc, struct str *s)
{
	const struct obj_prog *p = l->prog;

	while (l->reloc < p->n_relocs && p->reloc[l->reloc].insn < pc)
		l->reloc++;
	if (l->reloc < p->n_relocs && p->reloc[l->reloc].insn == pc)
		tell_reloc(l, &p->reloc[l->reloc], s);
	while (l->core < p->n_cores && p->core[l->core].insn < pc)
		l->core++;
	if (l->core < p->n_cores && p->core[l->core].insn == pc) {
		str_add(s, s->n ? "; " : "");
		tell_core(l, &p->core[l->core], s);
	}
}

/* The source line that begins at pc; NULL: none does. */
static const struct btf_line_info *line_at(struct listing *l, uint32_t pc)
{
	const struct obj_info *lines = &l->prog->line_info;
	const struct btf_line_info *at;

	for (; l->line < lines->n; l->line++) {
		at = (const struct btf_line_info *)((const char *)lines->at + (size_t)l->line * lines->size);
		if (at->insn_off >= pc)
			return at->insn_off == pc ? at : NULL;
	}
	return NULL;
}

static const char *trimmed(const char *line)
{
	return line + strspn(line, " \t");
}

/* ---- text and JSON --------------------------------------------------------------------------- */

static void show_source(struct listing *l, const struct btf_line_info *at, struct out *o)
{
	const char *text = trimmed(btf_str(l->obj->btf, at->line_off)), *file = btf_str(l->obj->btf, at->file_off);
	const char *name = strrchr(file, '/');

	if (!out_is_json(o) && at->line_off == l->shown_line && at->file_off == l->shown_file)
		return; /* only another column of it */
	l->shown_line = at->line_off;
	l->shown_file = at->file_off;
	if (!out_is_json(o)) {
		out_text(o, "; %s @ %s:%u\n", text, name ? name + 1 : file, BTF_LINE(at->line_col));
		return;
	}
	out_str(o, "source", text);
	out_str(o, "file", file);
	out_uint(o, "line", BTF_LINE(at->line_col));
	out_uint(o, "column", BTF_COLUMN(at->line_col));
}

static size_t show_insn(struct listing *l, uint32_t pc, struct out *o)
{
	const struct obj_prog *p = l->prog;
	const struct btf_line_info *line = l->obj->btf ? line_at(l, pc) : NULL;
	struct str text, about;
	size_t slots;

	str_init(&text, LINE_MAX);
	str_init(&about, LINE_MAX);
	slots = isa_dis_one(&l->dis, p->insn + pc, p->n_insns - pc, pc, &text);
	tell(l, pc, &about);
	if (!out_is_json(o)) {
		if (line)
			show_source(l, line, o);
		out_text(o, "%4u: %s%s%s\n", pc, text.s, about.n ? "  ; " : "", about.s);
	} else {
		out_object(o, NULL);
		out_uint(o, "pc", pc);
		if (line)
			show_source(l, line, o);
		out_str(o, "text", text.s);
		if (about.n)
			out_str(o, "about", about.s);
		out_end(o);
	}
	str_done(&text);
	str_done(&about);
	return slots;
}

static void show_prog(struct listing *l, struct out *o, bool first)
{
	const struct obj_prog *p = l->prog;
	uint32_t pc;

	l->reloc = l->core = l->line = l->shown_line = l->shown_file = 0;
	if (out_is_json(o)) {
		out_object(o, NULL);
		out_str(o, "name", p->name);
		out_str(o, "section", p->section);
		out_array(o, "insns", OUT_LIST);
	} else {
		out_text(o, "%s%s:  ; %s \"%s\", %u instructions\n", first ? "" : "\n", p->name,
			 p->func ? "function in" : "section", p->section, p->n_insns);
	}
	for (pc = 0; pc < p->n_insns;)
		pc += (uint32_t)show_insn(l, pc, o);
	if (out_is_json(o)) {
		out_end(o);
		out_end(o);
	}
}

static int show_all(struct listing *l, const char *only, struct out *o)
{
	size_t shown = 0;

	out_array(o, NULL, OUT_LIST);
	for vec_each(&l->obj->prog, p) {
		if (only && strcmp(only, p->name) && strcmp(only, p->section))
			continue;
		l->prog = p;
		show_prog(l, o, !shown++);
	}
	out_end(o);
	if (shown || !only)
		return 0;
	return diag_error(&l->c->diag, "dis.prog", diag_file(l->obj->path), "there is no program '%s'", only);
}

int dis_object(struct cli *c, const struct isa_dis *how, const char *path, const struct file *file,
	       const char *only)
{
	struct listing l = {.c = c, .dis = *how};
	struct obj *obj = NULL;
	struct out o;
	int err = obj_open_bytes(file->data, file->size, path, NULL, &c->diag, &obj), status;

	if (err) {
		if (!cli_failed(c))
			diag_error(&c->diag, "dis", diag_file(path), "%s", strerror(-err));
		return CLI_USAGE;
	}
	l.obj = obj;
	l.dis.pcs = false;
	cli_out_init(c, &o);
	err = show_all(&l, only, &o);
	status = cli_out_done(c, &o, err ? CLI_USAGE : CLI_OK);
	obj_free(obj);
	return status;
}
