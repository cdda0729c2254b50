/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Several objects into one, by the rules of libbpf's static linker:
 *
 *   Sections of one name and type follow each other, except the license and the version, which must
 *   be the same in all. What people debug with (DWARF) is left out.
 *   A global symbol is defined once, or once and weak besides; what is undefined is taken from
 *   whoever defines it, and stays undefined if nobody does. The most restricted visibility counts.
 *   A map that several know must be the same map to all of them.
 *   References to statics are by section: how far into it grows by where the section went.
 *
 * Code of a weak function that lost is left where it is: no symbol leads there, so that nobody
 * takes it for a function.
 */
#include "obj/link.h"

static int out_of_memory(const struct linker *l)
{
	diag_error(l->d, "obj.memory", DIAG_NONE, "out of memory");
	return -ENOMEM;
}

static int fault(const struct linker *l, uint32_t obj, const char *name, const char *what)
{
	return diag_error(l->d, "obj.link", obj_where(l->in[obj].o), "'%s': %s", name, what);
}

/* ---- sections ---- */

static bool is_wanted(const struct elf_sec *s)
{
	if (s->type != ELF_SHT_PROGBITS && s->type != ELF_SHT_NOBITS)
		return false;
	if (!s->size || s->role == ABI_OBJ_BTF || s->role == ABI_OBJ_BTF_EXT)
		return false;
	return s->code || s->role != _ABI_OBJ_MAX || s->flags & ELF_SHF_ALLOC;
}

static int section_find(struct linker *l, const struct elf_sec *s, uint32_t *ret_out)
{
	size_t n = strlen(s->name);
	const uint64_t *found = hash_get(&l->sections, s->name, n);
	uint32_t out;

	if (found) {
		*ret_out = (uint32_t)*found;
		return 0;
	}
	out = elf_out_section(&l->w, s->name, s->type, s->flags, s->align);
	if (l->w.err)
		return l->w.err;
	l->w.sec.at[out].entsize = s->entsize;
	*ret_out = out;
	return hash_put(&l->sections, s->name, n, out);
}

/* The license and the version: one for all. */
static bool is_single(const struct elf_sec *s)
{
	return s->role == ABI_OBJ_LICENSE || s->role == ABI_OBJ_VERSION;
}

static int section_add(struct linker *l, uint32_t obj, uint32_t sec)
{
	const struct elf_sec *s = &l->in[obj].o->elf->sec[sec];
	struct link_sec *to = &l->in[obj].sec[sec];
	const struct elf_out_sec *out;
	int err = section_find(l, s, &to->out);

	if (err)
		return err;
	out = &l->w.sec.at[to->out];
	if (out->type != s->type || out->flags != s->flags)
		return fault(l, obj, s->name, "a section of another kind in another object");
	if (is_single(s) && out->size) {
		to->out = 0;
		if (out->size == s->size && !memcmp(out->data.s, s->data, s->size))
			return 0;
		return fault(l, obj, s->name, "is not the same in all objects");
	}
	to->off = elf_out_append(&l->w, to->out, s->data, s->size, s->align);
	return l->w.err;
}

static int sections_add(struct linker *l, uint32_t obj)
{
	const struct obj_elf *e = l->in[obj].o->elf;
	int err = 0;

	for (uint32_t i = 1; i < e->n_secs && !err; i++) {
		if (is_wanted(&e->sec[i]) && !str_has_prefix(e->sec[i].name, ".debug_"))
			err = section_add(l, obj, i);
	}
	return err;
}

/* ---- symbols ---- */

struct link_global *link_global_find(struct linker *l, const char *name)
{
	const uint64_t *i = hash_get(&l->globals, name, strlen(name));

	return i ? &l->global.at[*i] : NULL;
}

static uint8_t narrower(uint8_t a, uint8_t b)
{
	/* internal, hidden, protected, default */
	if (!a || !b)
		return a ? a : b;
	return MIN(a, b);
}

/* The output's place of an input's symbol; false: its section is not there. */
static bool place(const struct linker *l, uint32_t obj, struct elf_sym *s)
{
	const struct link_sec *to;

	if (!s->sec || s->sec >= l->in[obj].o->elf->n_secs)
		return !s->sec;
	to = &l->in[obj].sec[s->sec];
	s->sec = to->out;
	s->value += to->off;
	return to->out;
}

static int global_add(struct linker *l, uint32_t obj, const struct elf_sym *s, bool defined)
{
	struct link_global g = {.name = s->name, .sym = *s, .defined = defined, .def_obj = obj};
	int err = hash_put(&l->globals, s->name, strlen(s->name), l->global.n);

	return err ? err : vec_push(&l->global, g);
}

static int global_merge(struct linker *l, uint32_t obj, struct link_global *g,
			const struct elf_sym *s, bool defined)
{
	uint8_t vis = narrower(g->sym.vis, s->vis);
	bool weak = s->bind == ELF_STB_WEAK;

	if (!defined) {
		if (!g->defined && !weak)
			g->sym.bind = ELF_STB_GLOBAL;
	} else if (!g->defined || (g->sym.bind == ELF_STB_WEAK && !weak)) {
		g->sym = *s;
		g->defined = true;
		g->def_obj = obj;
	} else if (!weak && g->sym.bind != ELF_STB_WEAK) {
		fault(l, obj, s->name, "is defined twice");
		diag_note(l->d, obj_where(l->in[g->def_obj].o), "the other definition");
		return -EINVAL;
	}
	g->sym.vis = vis;
	return 0;
}

static int symbol_add(struct linker *l, uint32_t obj, uint32_t i)
{
	struct link_input *in = &l->in[obj];
	struct elf_sym s = in->o->elf->sym[i];
	bool defined = s.sec != 0;
	struct link_global *g;
	int err = 0;

	if (s.type == ELF_STT_FILE || !place(l, obj, &s))
		return 0;
	if (s.type == ELF_STT_SECTION) {
		in->sym[i] = elf_out_section_symbol(&l->w, s.sec) + 1;
		return l->w.err;
	}
	if (s.bind == ELF_STB_LOCAL) {
		if (defined)
			in->sym[i] = elf_out_symbol(&l->w, &s) + 1;
		return l->w.err;
	}
	g = link_global_find(l, s.name);
	if (g)
		err = global_merge(l, obj, g, &s, defined);
	else
		err = global_add(l, obj, &s, defined);
	if (!err)
		in->global[i] = (uint32_t)*hash_get(&l->globals, s.name, strlen(s.name)) + 1;
	return err;
}

static int symbols_add(struct linker *l, uint32_t obj)
{
	int err = 0;

	for (uint32_t i = 1; i < l->in[obj].o->elf->n_syms && !err; i++)
		err = symbol_add(l, obj, i);
	return err;
}

static void globals_write(struct linker *l)
{
	for vec_each(&l->global, g)
		g->out = elf_out_symbol(&l->w, &g->sym);
	for (uint32_t obj = 0; obj < l->n; obj++) {
		struct link_input *in = &l->in[obj];

		for (uint32_t i = 1; i < in->o->elf->n_syms; i++) {
			if (in->global[i])
				in->sym[i] = l->global.at[in->global[i] - 1].out + 1;
		}
	}
}

/* ---- relocations ---- */

/* What refers to a section says in its own bytes how far into it. */
static int addend_move(struct linker *l, uint32_t obj, const struct elf_sec *s, uint64_t at,
		       uint64_t by, uint8_t *bytes)
{
	struct insn i;
	uint64_t word;

	if (!s->code) {
		if (at + 8 > s->size)
			return fault(l, obj, s->name, "a relocation goes on past its end");
		memcpy(&word, bytes, sizeof(word));
		word += by;
		memcpy(bytes, &word, sizeof(word));
		return 0;
	}
	if (at + sizeof(i) > s->size)
		return fault(l, obj, s->name, "a relocation goes on past its end");
	memcpy(&i, bytes, sizeof(i));
	i.imm += (int32_t)(obj_is_call(&i) ? by / sizeof(i) : by);
	memcpy(bytes, &i, sizeof(i));
	return 0;
}

static int reloc_add(struct linker *l, uint32_t obj, const struct elf_rel *r, uint32_t sec)
{
	struct link_input *in = &l->in[obj];
	const struct elf_sym *sym = &in->o->elf->sym[ELF_REL_SYM(r)];
	const struct link_sec *to = &in->sec[sec];
	uint64_t at = to->off + r->offset;

	if (!in->sym[ELF_REL_SYM(r)])
		return fault(l, obj, elf_sym_text(in->o->elf, sym),
			     "is referred to, but is in a section that is left out");
	if (sym->type == ELF_STT_SECTION && in->sec[sym->sec].off) {
		int err =
			addend_move(l, obj, &in->o->elf->sec[sec], r->offset, in->sec[sym->sec].off,
				    (uint8_t *)l->w.sec.at[to->out].data.s + at);
		if (err)
			return err;
	}
	elf_out_reloc(&l->w, to->out, at, ELF_REL_TYPE(r), in->sym[ELF_REL_SYM(r)] - 1);
	return l->w.err;
}

static int relocs_add(struct linker *l, uint32_t obj)
{
	const struct obj_elf *e = l->in[obj].o->elf;

	for (uint32_t i = 1; i < e->n_secs; i++) {
		uint32_t of = elf_rels(e, i) ? e->sec[i].info : 0;

		if (!of || !l->in[obj].sec[of].out || e->sec[of].type == ELF_SHT_NOBITS)
			continue;
		for (uint32_t k = 0; k < elf_rels(e, i); k++) {
			struct elf_rel r;
			int64_t add;
			int err = elf_rel(e, i, k, l->d, &r, &add);

			if (!err)
				err = reloc_add(l, obj, &r, of);
			if (err)
				return err;
		}
	}
	return 0;
}

/* ---- all of it ---- */

/* An object that was made, not read, is one that was written and read. */
static int input_read(struct linker *l, struct link_input *in)
{
	struct obj_bytes b;
	int err = obj_write(in->o, l->d, &b);

	if (err)
		return err;
	err = obj_open_bytes(b.data, b.size, in->o->path, NULL, l->d, &in->own);
	obj_bytes_done(&b);
	if (!err)
		in->o = in->own;
	return err;
}

static int input_begin(struct linker *l, uint32_t i)
{
	struct link_input *in = &l->in[i];
	int err = in->o->elf ? 0 : input_read(l, in);
	const struct obj *o = in->o;

	if (err)
		return err;
	in->sec = mem_alloc_array(o->elf->n_secs, sizeof(*in->sec));
	in->sym = mem_alloc_array(MAX(o->elf->n_syms, 1u), sizeof(*in->sym));
	in->global = mem_alloc_array(MAX(o->elf->n_syms, 1u), sizeof(*in->global));
	in->type = mem_alloc_array(o->btf ? btf_count(o->btf) : 1, sizeof(*in->type));
	if (!in->sec || !in->sym || !in->global || !in->type)
		return out_of_memory(l);
	l->has_types |= o->btf != NULL;
	return 0;
}

static int link(struct linker *l)
{
	int err = 0;

	for (uint32_t i = 0; i < l->n && !err; i++) {
		err = sections_add(l, i);
		if (!err)
			err = symbols_add(l, i);
	}
	if (!err)
		globals_write(l);
	for (uint32_t i = 0; i < l->n && !err; i++)
		err = relocs_add(l, i);
	if (!err && l->has_types)
		err = link_btf(l);
	return err;
}

int obj_link(struct obj *const *objs, size_t n, struct diag *d, struct obj_bytes *ret_bytes)
{
	struct linker l = {.d = d, .n = (uint32_t)n, .global = VEC_INIT(OBJ_SYMBOLS_MAX)};
	int err = 0;

	elf_out_init(&l.w);
	hash_init(&l.sections, OBJ_SECTIONS_MAX);
	hash_init(&l.globals, OBJ_SYMBOLS_MAX);
	l.in = mem_alloc_array(MAX(n, (size_t)1), sizeof(*l.in));
	if (!l.in)
		err = out_of_memory(&l);
	for (uint32_t i = 0; i < n && !err; i++)
		l.in[i].o = objs[i];
	for (uint32_t i = 0; i < n && !err; i++)
		err = input_begin(&l, i);
	if (!err)
		err = link(&l);
	if (!err || l.w.err) /* says what went wrong with the file itself */
		err = elf_out_finish(&l.w, d, n ? objs[0]->path : "", ret_bytes);
	for (uint32_t i = 0; l.in && i < n; i++) {
		mem_free(l.in[i].sec);
		mem_free(l.in[i].sym);
		mem_free(l.in[i].global);
		mem_free(l.in[i].type);
		obj_free(l.in[i].own);
	}
	mem_free(l.in);
	vec_done(&l.global);
	hash_done(&l.sections);
	hash_done(&l.globals);
	elf_out_done(&l.w);
	return err;
}
