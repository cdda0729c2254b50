/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The types of linked objects: all of them one after the other, but for variables and functions
 * that objects share by name, which are one; then sections of variables as they stand in the
 * output; then one of each type (btf_dedup). Last, .BTF.ext: instructions moved, types and texts
 * renumbered.
 */
#include "obj/link.h"

struct var {               /* a variable of the output, or an extern in .kconfig or .ksyms */
	uint32_t sec_name; /* index in `names` */
	uint32_t btf;      /* in the merged types */
	uint32_t off, size;
};

struct types {
	struct linker *l;
	struct btf_build *b;
	VEC(uint32_t) origin; /* [id of the merged types] the object it came from */
	struct hash names;    /* of DATASECs, in order of appearance */
	VEC(struct var) var;
	uint8_t *listed; /* owned: [global] it has its place in a DATASEC */
};

static int no_memory(const struct types *t, int err)
{
	diag_error(t->l->d, "obj.memory", DIAG_NONE, "%s",
		   err == -E2BIG ? "more types than a BTF can have" : "out of memory");
	return err;
}

/* ---- types ---- */

static uint32_t linkage_of(const struct btf_type *t)
{
	return btf_kind(t) == BTF_VAR ? *btf_word(t) : btf_vlen(t);
}

static int record_copy(struct types *t, uint32_t obj, const struct btf_type *r, uint32_t *ret_id)
{
	int err;

	*ret_id = btf_build_copy(t->b, t->l->in[obj].o->btf, r);
	err = btf_build_err(t->b);
	while (!err && t->origin.n <= *ret_id)
		err = vec_push(&t->origin, obj);
	return err;
}

/* Its definition takes the place of the declaration that stands there. */
static void record_define(struct types *t, uint32_t obj, uint32_t id, const struct btf_type *r)
{
	struct btf_type *to = btf_build_edit(t->b, id);

	to->type = r->type;
	if (btf_kind(r) == BTF_FUNC)
		to->info = r->info;
	else
		*(uint32_t *)(to + 1) = *btf_word(r);
	t->origin.at[id] = obj;
}

static int mismatch(const struct types *t, uint32_t obj, const struct link_global *g,
		    const char *what)
{
	diag_error(t->l->d, "obj.link", obj_where(t->l->in[obj].o), "'%s' %s", g->name, what);
	diag_note(t->l->d, obj_where(t->l->in[g->btf_obj].o), "the other one");
	return -EINVAL;
}

static bool same_attr(const struct obj_map_attr *a, const struct obj_map_attr *b)
{
	return a->type == b->type && a->key_size == b->key_size && a->value_size == b->value_size &&
	       a->max_entries == b->max_entries && a->flags == b->flags && a->numa == b->numa &&
	       a->extra == b->extra && !a->key_type == !b->key_type &&
	       !a->value_type == !b->value_type;
}

static bool same_map(const struct obj_map *a, const struct obj_map *b)
{
	return same_attr(&a->attr, &b->attr) && a->pin == b->pin && !a->inner == !b->inner &&
	       (!a->inner || same_attr(&a->inner->attr, &b->inner->attr));
}

static bool is_map(const struct obj *o, const struct btf_type *var)
{
	uint32_t sec = btf_find(o->btf, ".maps", BTF_BIT(DATASEC));
	const struct btf_type *t = btf_type(o->btf, sec);

	for (uint32_t i = 0; sec && i < btf_vlen(t); i++) {
		if (btf_type(o->btf, btf_secinfos(t)[i].type) == var)
			return true;
	}
	return false;
}

static uint32_t var_id(const struct obj *o, const char *name)
{
	return btf_find(o->btf, name, BTF_BIT(VAR) | BTF_BIT(FUNC));
}

static int maps_compare(const struct types *t, uint32_t obj, const struct link_global *g)
{
	struct obj *a = t->l->in[g->btf_obj].o, *b = t->l->in[obj].o;
	struct obj_map one, two;
	int err = obj_map_definition(a, var_id(a, g->name), t->l->d, &one);

	if (!err)
		err = obj_map_definition(b, var_id(b, g->name), t->l->d, &two);
	if (err)
		return err;
	return same_map(&one, &two) ? 0 : mismatch(t, obj, g, "is another map in another object");
}

/* What shares a name must be of one kind, and of one size as far as that is known. */
static int shared_check(const struct types *t, uint32_t obj, const struct link_global *g,
			const struct btf_type *r)
{
	const struct obj *a = t->l->in[g->btf_obj].o, *b = t->l->in[obj].o;
	const struct btf_type *other = btf_type(a->btf, var_id(a, g->name));
	int64_t one, two;

	if (!other || btf_kind(other) != btf_kind(r))
		return mismatch(t, obj, g, "is a variable in one object and a function in another");
	if (btf_kind(r) == BTF_FUNC) {
		const struct btf_type *p = btf_type(a->btf, other->type),
				      *q = btf_type(b->btf, r->type);

		if (p && q && btf_vlen(p) != btf_vlen(q))
			return mismatch(t, obj, g,
					"has another number of parameters in another object");
		return 0;
	}
	if (is_map(b, r))
		return maps_compare(t, obj, g);
	one = btf_size(a->btf, other->type);
	two = btf_size(b->btf, r->type);
	if (one > 0 && two > 0 && one != two)
		return mismatch(t, obj, g, "is of another size in another object");
	return 0;
}

/* A VAR or FUNC that objects may share. *ret_id 0: its section is left out. */
static int shared_add(struct types *t, uint32_t obj, const struct btf_type *r, uint32_t *ret_id)
{
	struct link_global *g = link_global_find(t->l, btf_str(t->l->in[obj].o->btf, r->name_off));
	int err;

	*ret_id = 0;
	if (!g)
		return 0;
	if (!g->btf) {
		err = record_copy(t, obj, r, ret_id);
		g->btf = *ret_id;
		g->btf_obj = obj;
		return err;
	}
	err = shared_check(t, obj, g, r);
	if (err)
		return err;
	if (g->defined && g->def_obj == obj && linkage_of(r) != BTF_EXTERN)
		record_define(t, obj, g->btf, r);
	*ret_id = g->btf;
	return 0;
}

static int type_add(struct types *t, uint32_t obj, uint32_t id)
{
	struct link_input *in = &t->l->in[obj];
	const struct btf_type *r = btf_type(in->o->btf, id);

	if (btf_kind(r) == BTF_DATASEC)
		return 0;
	if (btf_is(r, BTF_BIT(VAR) | BTF_BIT(FUNC)) && linkage_of(r) != BTF_STATIC)
		return shared_add(t, obj, r, &in->type[id]);
	return record_copy(t, obj, r, &in->type[id]);
}

static int types_add(struct types *t, uint32_t obj)
{
	const struct btf *b = t->l->in[obj].o->btf;
	int err = 0;

	if (!b)
		return 0;
	for btf_each(b, id) {
		/* a tag may come before what it is of */
		if (!err && btf_kind_of(b, id) != BTF_DECL_TAG)
			err = type_add(t, obj, id);
	}
	for btf_each(b, id) {
		const struct btf_type *r = btf_type(b, id);

		if (!err && btf_kind(r) == BTF_DECL_TAG && r->type < btf_count(b) &&
		    t->l->in[obj].type[r->type])
			err = type_add(t, obj, id);
	}
	return err;
}

static int id_renumber(void *ctx, uint32_t *word)
{
	const struct link_input *in = ctx;

	*word = *word < btf_count(in->o->btf) ? in->type[*word] : 0;
	return 0;
}

static void ids_renumber(struct types *t)
{
	for (uint32_t id = 1; id < t->origin.n; id++)
		btf_visit_ids(btf_build_edit(t->b, id), id_renumber, &t->l->in[t->origin.at[id]]);
}

/* ---- sections of variables ---- */

static int var_push(struct types *t, const char *sec, uint32_t btf, uint64_t off, uint32_t size)
{
	size_t n = strlen(sec);
	uint64_t *found = hash_get(&t->names, sec, n);
	struct var v = {.btf = btf, .off = (uint32_t)off, .size = size};
	int err = 0;

	if (!found) {
		err = hash_put(&t->names, sec, n, t->names.n);
		found = hash_get(&t->names, sec, n);
	}
	if (err)
		return err;
	v.sec_name = (uint32_t)*found;
	return vec_push(&t->var, v);
}

static const char *out_name(const struct types *t, uint32_t sec)
{
	return t->l->w.names.s + t->l->w.sec.at[sec].name;
}

static uint32_t section_by_name(const struct obj *o, const char *name)
{
	for (uint32_t i = 1; i < o->elf->n_secs; i++) {
		if (!elf_rels(o->elf, i) && !strcmp(o->elf->sec[i].name, name))
			return i;
	}
	return 0;
}

/* One of a DATASEC; *sec: the section of the file, 0: it is only in BTF. */
static int var_add(struct types *t, uint32_t obj, const struct btf_secinfo *s, const char *name,
		   uint32_t sec)
{
	struct link_input *in = &t->l->in[obj];
	const struct btf_type *r = btf_type(in->o->btf, s->type);
	uint32_t id = s->type < btf_count(in->o->btf) ? in->type[s->type] : 0;
	struct link_global *g;

	if (!id)
		return 0;
	if (linkage_of(r) == BTF_STATIC)
		return sec && in->sec[sec].out ? var_push(t, out_name(t, in->sec[sec].out), id,
							  in->sec[sec].off + s->offset, s->size)
					       : 0;
	g = link_global_find(t->l, btf_str(in->o->btf, r->name_off));
	if (!g || t->listed[g - t->l->global.at])
		return 0;
	if (g->defined && g->def_obj != obj) /* it stands where its definition is */
		return 0;
	t->listed[g - t->l->global.at] = 1;
	if (g->defined)
		return var_push(t, out_name(t, g->sym.sec), id, g->sym.value, s->size);
	return var_push(t, name, id, 0, s->size);
}

static int vars_add(struct types *t, uint32_t obj)
{
	const struct obj *o = t->l->in[obj].o;
	int err = 0;

	if (!o->btf)
		return 0;
	for btf_each(o->btf, id) {
		const struct btf_type *r = btf_type(o->btf, id);
		const char *name = btf_name(o->btf, id);
		uint32_t sec;

		if (btf_kind(r) != BTF_DATASEC)
			continue;
		sec = section_by_name(o, name);
		for (uint32_t i = 0; i < btf_vlen(r) && !err; i++)
			err = var_add(t, obj, &btf_secinfos(r)[i], name, sec);
	}
	return err;
}

static void datasecs_build(struct types *t)
{
	for (uint32_t n = 0; n < t->names.n; n++) {
		const char *name = t->names.entry[n].key;
		const uint64_t *sec = hash_get(&t->l->sections, name, strlen(name));
		uint64_t size = sec ? t->l->w.sec.at[*sec].size : 0;
		uint32_t id = btf_build_datasec(t->b, name, (uint32_t)size);

		for vec_each(&t->var, v) {
			if (v->sec_name == n)
				btf_build_secinfo(t->b, id, v->btf, v->off, v->size);
		}
		btf_build_sort_datasec(t->b, id);
	}
}

/* ---- .BTF.ext ---- */

struct ext {
	struct linker *l;
	struct btf_build *final; /* strings are added to it */
	const uint32_t *dedup;   /* [id of the merged types] its last id */
	struct btf_ext_build *out;
	uint32_t obj;
	const struct link_input *in;
};

static uint32_t text_move(const struct ext *x, uint32_t off)
{
	return btf_build_str(x->final, btf_str(x->in->o->btf, off));
}

static uint32_t type_move(const struct ext *x, uint32_t id)
{
	uint32_t merged = id < btf_count(x->in->o->btf) ? x->in->type[id] : 0;

	return merged ? x->dedup[merged] : 0;
}

static void record_move(const struct ext *x, enum btf_ext_kind kind, uint32_t name, uint64_t by,
			const void *from)
{
	struct btf_func_info f;
	struct btf_line_info l;
	struct btf_core_relo r;

	switch (kind) {
	case BTF_EXT_FUNC:
		memcpy(&f, from, sizeof(f));
		f.insn_off += (uint32_t)by;
		f.type = type_move(x, f.type);
		btf_ext_build_add(x->out, kind, name, &f);
		break;
	case BTF_EXT_LINE:
		memcpy(&l, from, sizeof(l));
		l.insn_off += (uint32_t)by;
		l.file_off = text_move(x, l.file_off);
		l.line_off = text_move(x, l.line_off);
		btf_ext_build_add(x->out, kind, name, &l);
		break;
	case BTF_EXT_CORE:
		memcpy(&r, from, sizeof(r));
		r.insn_off += (uint32_t)by;
		r.type = type_move(x, r.type);
		r.access_off = text_move(x, r.access_off);
		btf_ext_build_add(x->out, kind, name, &r);
		break;
	case _BTF_EXT_MAX:
		break;
	}
}

static void section_move(const struct ext *x, enum btf_ext_kind kind, const struct btf_ext_sec *s)
{
	const char *name = btf_str(x->in->o->btf, s->name_off);
	uint32_t sec = section_by_name(x->in->o, name), name_off;

	if (!sec || !x->in->sec[sec].out)
		return;
	name_off = btf_build_str(x->final, name);
	for (uint32_t i = 0; i < s->n; i++)
		record_move(x, kind, name_off, x->in->sec[sec].off, btf_ext_record(s, i));
}

static int ext_move(struct ext *x)
{
	const struct obj_elf *e = x->in->o->elf;
	struct btf_ext *ext = NULL;
	int err;

	if (!e->btf_ext || !x->in->o->btf)
		return 0;
	err = btf_ext_read(e->sec[e->btf_ext].data, e->sec[e->btf_ext].size, x->l->d, &ext);
	for (int kind = 0; !err && kind < _BTF_EXT_MAX; kind++) {
		for (uint32_t i = 0; i < btf_ext_sections(ext, kind); i++)
			section_move(x, kind, btf_ext_section(ext, kind, i));
	}
	btf_ext_free(ext);
	return err;
}

static int bytes_add(struct linker *l, const char *section, const struct str *bytes)
{
	uint32_t sec = elf_out_section(&l->w, section, ELF_SHT_PROGBITS, 0, 4);

	elf_out_append(&l->w, sec, bytes->s, bytes->n, 4);
	return l->w.err;
}

static int exts_build(struct linker *l, struct btf_build *final, const uint32_t *dedup,
		      struct str *ret_bytes)
{
	struct ext x = {.l = l, .final = final, .dedup = dedup, .out = btf_ext_build_new()};
	int err = x.out ? 0 : -ENOMEM;

	for (x.obj = 0; x.obj < l->n && !err; x.obj++) {
		x.in = &l->in[x.obj];
		err = ext_move(&x);
	}
	if (!err)
		err = btf_ext_build_done(x.out, ret_bytes);
	btf_ext_build_free(x.out);
	return err;
}

/* ---- all of it ---- */

static int sections_write(struct linker *l, const struct btf *merged)
{
	struct btf_build *final = NULL;
	uint32_t *dedup = NULL;
	struct str types, ext;
	int err = btf_dedup(merged, &final, &dedup);

	str_init(&types, OBJ_FILE_MAX);
	str_init(&ext, OBJ_FILE_MAX);
	if (!err)
		err = exts_build(l, final, dedup, &ext);
	if (!err)
		err = btf_build_bytes(final, &types);
	if (!err)
		err = bytes_add(l, ".BTF", &types);
	if (!err && ext.n)
		err = bytes_add(l, ".BTF.ext", &ext);
	str_done(&types);
	str_done(&ext);
	btf_build_free(final);
	mem_free(dedup);
	return err;
}

static int merge(struct types *t)
{
	struct btf *merged = NULL;
	int err = 0;

	for (uint32_t i = 0; i < t->l->n && !err; i++)
		err = types_add(t, i);
	if (!err)
		ids_renumber(t);
	for (uint32_t i = 0; i < t->l->n && !err; i++)
		err = vars_add(t, i);
	if (err)
		return err;
	datasecs_build(t);
	err = btf_build_err(t->b);
	if (!err)
		err = btf_build_done(t->b, &merged);
	if (!err)
		err = sections_write(t->l, merged);
	btf_unref(merged);
	return err;
}

int link_btf(struct linker *l)
{
	struct types t = {.l = l,
			  .b = btf_build_new(NULL, 0),
			  .origin = VEC_INIT(BTF_TYPE_MAX),
			  .var = VEC_INIT(BTF_TYPE_MAX)};
	int err;

	hash_init(&t.names, OBJ_SECTIONS_MAX);
	t.listed = mem_alloc(l->global.n + 1);
	err = t.b && t.listed ? merge(&t) : -ENOMEM;
	if (err == -ENOMEM || err == -E2BIG)
		no_memory(&t, err);
	btf_build_free(t.b);
	vec_done(&t.origin);
	vec_done(&t.var);
	hash_done(&t.names);
	mem_free(t.listed);
	return err;
}
