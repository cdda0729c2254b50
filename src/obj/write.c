/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * struct obj -> ELF, as a compiler would have written it: what obj_open() makes of the bytes is the
 * same object again, with the values that variables have by now.
 *
 * Programs stand in sections named like theirs, references to data are by section, calls of
 * functions by symbol. Maps that no BTF describes (of an old object, or made by obj_add_map) get a
 * definition in .maps; the rest of the types is the object's.
 */
#include "obj/write.h"

enum { PTR_BYTES = 8 };

static int no_memory(const struct writer *x, int err)
{
	diag_error(x->d, "obj.write", obj_where(x->o), "%s",
		   err == -E2BIG ? "the object is larger than one may be" : "out of memory");
	return err;
}

/* ---- definitions of maps ---- */

static uint32_t pointer_to(struct writer *x, uint32_t type)
{
	return btf_build_to(x->b, BTF_PTR, NULL, type);
}

struct members { /* a definition being made: pointers one after the other */
	struct writer *x;
	uint32_t type, n;
};

static void member_add(struct members *s, const char *name, uint32_t type)
{
	btf_build_member(s->x->b, s->type, name, type, s->n++ * PTR_BYTES * 8, 0);
}

static void uint_add(struct members *s, const char *name, uint32_t value)
{
	uint32_t array;

	if (!value)
		return;
	array = btf_build_array(s->x->b, s->x->int_id, s->x->int_id, value);
	member_add(s, name, pointer_to(s->x, array));
}

static void ulong_add(struct members *s, const char *name, uint64_t value)
{
	uint32_t e;

	if (value <= UINT32_MAX) {
		uint_add(s, name, (uint32_t)value);
		return;
	}
	e = btf_build_enum(s->x->b, BTF_ENUM64, NULL, 8, false);
	btf_build_value(s->x->b, e, "value", (int64_t)value);
	member_add(s, name, e);
}

static void type_add(struct members *s, const char *name, const char *size_name, uint32_t type,
		     uint32_t size)
{
	if (type)
		member_add(s, name, pointer_to(s->x, type));
	else
		uint_add(s, size_name, size);
}

/* The struct; *ret_bytes without `values`. */
static uint32_t definition_build(struct writer *x, const struct obj_map *m, uint32_t *ret_bytes)
{
	const struct obj_map_attr *a = &m->attr;
	struct members s = {.x = x, .type = btf_build_struct(x->b, BTF_STRUCT, NULL, 0)};
	bool programs = a->type == ABI_MAP_PROG_ARRAY && m->n_init;
	uint32_t elem = 0, ignored;
	struct btf_type *t;

	uint_add(&s, "type", a->type);
	type_add(&s, "key", "key_size", a->key_type, a->key_size);
	if (!m->inner && !programs)
		type_add(&s, "value", "value_size", a->value_type, a->value_size);
	uint_add(&s, "max_entries", a->max_entries);
	uint_add(&s, "map_flags", a->flags);
	uint_add(&s, "numa_node", a->numa);
	uint_add(&s, "pinning", m->pin ? OBJ_PIN_NAME : 0);
	ulong_add(&s, "map_extra", a->extra);
	*ret_bytes = s.n * PTR_BYTES;
	if (m->inner)
		elem = definition_build(x, m->inner, &ignored);
	else if (programs)
		elem = btf_build_proto(x->b, x->int_id);
	if (elem)
		member_add(&s, "values", btf_build_array(x->b, pointer_to(x, elem), x->int_id, 0));
	t = btf_build_edit(x->b, s.type);
	if (t)
		t->size = *ret_bytes;
	return s.type;
}

static uint32_t datasec_find(struct writer *x, const char *name)
{
	const struct obj *o = x->o;
	uint32_t id = o->btf ? btf_find(o->btf, name, BTF_BIT(DATASEC)) : 0;

	return id ? id : btf_build_datasec(x->b, name, 0);
}

static void map_define(struct writer *x, uint32_t index, uint32_t datasec)
{
	const struct obj_map *m = &x->o->map.at[index];
	struct btf_type *sec;
	uint32_t bytes, type = definition_build(x, m, &bytes), off;

	sec = btf_build_edit(x->b, datasec);
	if (!sec)
		return;
	off = ALIGN_UP(sec->size, 8u);
	x->map[index] = (struct written_map){
		.off = off, .values = off + bytes, .size = bytes + m->n_init * PTR_BYTES};
	sec->size = off + x->map[index].size;
	btf_build_secinfo(x->b, datasec, btf_build_var(x->b, m->name, type, BTF_GLOBAL), off,
			  x->map[index].size);
}

/* One that BTF describes stays where it was. */
static void map_keep(struct writer *x, uint32_t index, uint32_t datasec)
{
	const struct obj_map *m = &x->o->map.at[index];
	const struct btf *b = x->o->btf;
	const struct btf_type *sec = btf_type(b, datasec), *t;
	uint32_t type = btf_resolve(b, btf_type(b, m->btf_var)->type), last;

	x->map[index].off = m->sec_off;
	t = btf_type(b, type);
	last = btf_vlen(t);
	x->map[index].values = m->sec_off + (last ? btf_member_bit_offset(t, last - 1) / 8 : 0);
	for (uint32_t i = 0; i < btf_vlen(sec); i++) {
		if (btf_secinfos(sec)[i].type == m->btf_var)
			x->map[index].size = btf_secinfos(sec)[i].size;
	}
}

static int types_begin(struct writer *x)
{
	const struct obj *o = x->o;
	uint32_t datasec = 0, first;
	int err = 0;

	if (o->btf)
		err = btf_build_append(x->b, o->btf, &first);
	if (err)
		return err;
	assert(!o->btf || first == 1); /* ids stay */
	for (uint32_t i = 0; i < o->map.n; i++) {
		if (o->map.at[i].kind != OBJ_MAP_USER)
			continue;
		if (!datasec) {
			datasec = datasec_find(x, ".maps");
			x->int_id = btf_build_int(x->b, "int", 4, BTF_INT_SIGNED);
		}
		if (o->map.at[i].btf_var)
			map_keep(x, i, datasec);
		else
			map_define(x, i, datasec);
	}
	if (datasec) {
		btf_build_sort_datasec(x->b, datasec);
		x->maps_bytes = btf_type(btf_build_view(x->b), datasec)->size;
	}
	return btf_build_err(x->b);
}

/* ---- sections of data ---- */

static uint32_t section_put(struct writer *x, const char *name, uint64_t flags, const void *data,
			    uint32_t size)
{
	uint32_t type = data || !str_has_prefix(name, ".bss") ? ELF_SHT_PROGBITS : ELF_SHT_NOBITS;
	uint32_t sec = elf_out_section(&x->w, name, type, ELF_SHF_ALLOC | flags, 8);

	elf_out_append(&x->w, sec, data, size, 8);
	return sec;
}

static bool is_section(const struct obj_map *m)
{
	return m->kind == OBJ_MAP_DATA || m->kind == OBJ_MAP_RODATA || m->kind == OBJ_MAP_BSS;
}

/* struct_ops share a section: the first one of it makes room for all. */
static uint32_t ops_section(struct writer *x, uint32_t index)
{
	const struct obj *o = x->o;
	const struct obj_map *m = &o->map.at[index];
	char name[32] = {0};
	uint64_t end = 0;
	uint32_t sec;

	for (uint32_t i = 0; i < index; i++) {
		const struct obj_map *n = &o->map.at[i];

		if (n->ops && n->create == m->create && !strcmp(n->section, m->section))
			return x->map[i].sec;
	}
	for vec_each(&o->map, n) {
		if (n->ops && n->create == m->create && !strcmp(n->section, m->section))
			end = MAX(end, (uint64_t)n->sec_off + n->data_size);
	}
	name[0] = '?';
	memcpy(name + !m->create, m->section, MIN(strlen(m->section), sizeof(name) - 2));
	sec = section_put(x, name, ELF_SHF_WRITE, NULL, (uint32_t)end);
	return sec;
}

static void ops_put(struct writer *x, uint32_t index)
{
	const struct obj_map *m = &x->o->map.at[index];
	uint32_t sec = ops_section(x, index);

	x->map[index] = (struct written_map){.sec = sec, .off = m->sec_off};
	if (!x->w.err)
		memcpy(x->w.sec.at[sec].data.s + m->sec_off, m->data, m->data_size);
}

/* The bytes of definitions are only read where they are older than the macros. */
static uint32_t maps_put(struct writer *x)
{
	const struct obj_elf *e = x->o->elf;
	const struct elf_sec *was = e && e->maps ? &e->sec[e->maps] : NULL;
	uint32_t kept = was && was->data ? (uint32_t)MIN(was->size, (uint64_t)x->maps_bytes) : 0;
	uint32_t sec = section_put(x, ".maps", ELF_SHF_WRITE, kept ? was->data : NULL, kept);

	elf_out_append(&x->w, sec, NULL, x->maps_bytes - kept, 1);
	return sec;
}

static void data_write(struct writer *x)
{
	const struct obj *o = x->o;
	uint32_t maps = 0;

	if (*o->license)
		x->license = section_put(x, "license", ELF_SHF_WRITE, o->license,
					 (uint32_t)strlen(o->license) + 1);
	if (o->version)
		section_put(x, "version", ELF_SHF_WRITE, &o->version, sizeof(o->version));
	if (x->maps_bytes)
		maps = maps_put(x);
	for (uint32_t i = 0; i < o->map.n; i++) {
		const struct obj_map *m = &o->map.at[i];

		if (is_section(m))
			x->map[i].sec = section_put(x, m->name,
						    m->kind == OBJ_MAP_RODATA ? 0 : ELF_SHF_WRITE,
						    m->data, m->data_size);
		else if (m->ops)
			ops_put(x, i);
		else if ((int32_t)i == o->arena_map && m->data)
			x->arena_sec = section_put(x, ".addr_space.1", ELF_SHF_WRITE, m->data,
						   m->data_size);
		if (m->kind == OBJ_MAP_USER)
			x->map[i].sec = maps;
	}
}

/* ---- symbols of variables ---- */

static uint32_t out_section(const struct writer *x, const char *name)
{
	for (uint32_t i = 1; i < x->w.sec.n; i++) {
		if (!strcmp(x->w.names.s + x->w.sec.at[i].name, name))
			return i;
	}
	return 0;
}

static void var_put(struct writer *x, const struct btf *b, const struct btf_secinfo *s,
		    uint32_t sec)
{
	const struct btf_type *var = btf_type(b, s->type);
	struct elf_sym sym = {.name = btf_name(b, s->type),
			      .value = s->offset,
			      .size = s->size,
			      .sec = sec,
			      .type = ELF_STT_OBJECT,
			      .bind = ELF_STB_GLOBAL};
	uint32_t at;

	if (!btf_is(var, BTF_BIT(VAR)) || *btf_word(var) == BTF_EXTERN)
		return;
	if (*btf_word(var) == BTF_STATIC)
		sym.bind = ELF_STB_LOCAL;
	at = elf_out_symbol(&x->w, &sym);
	for (uint32_t i = 0; i < x->o->map.n; i++) {
		if (x->map[i].sec == sec && x->map[i].off == s->offset && !x->map[i].has_sym &&
		    x->o->map.at[i].kind == OBJ_MAP_USER) {
			x->map[i].sym = at;
			x->map[i].has_sym = true;
		}
	}
}

static void vars_write(struct writer *x)
{
	const struct btf *b = btf_build_view(x->b);
	bool licensed = false;

	for btf_each(b, id) {
		const struct btf_type *t = btf_type(b, id);
		uint32_t sec;

		if (btf_kind(t) != BTF_DATASEC)
			continue;
		sec = out_section(x, btf_str(b, t->name_off));
		licensed |= sec && sec == x->license;
		for (uint32_t i = 0; sec && i < btf_vlen(t); i++)
			var_put(x, b, &btf_secinfos(t)[i], sec);
	}
	if (x->license && !licensed)
		elf_out_symbol(&x->w, &(struct elf_sym){.name = "_license",
							.sec = x->license,
							.size = strlen(x->o->license) + 1,
							.type = ELF_STT_OBJECT,
							.bind = ELF_STB_GLOBAL});
}

static void externs_write(struct writer *x)
{
	for (uint32_t i = 0; i < x->o->ext.n; i++) {
		const struct obj_extern *e = &x->o->ext.at[i];

		x->ext[i] = elf_out_symbol(
			&x->w, &(struct elf_sym){.name = e->name,
						 .type = ELF_STT_NOTYPE,
						 .bind = e->weak ? ELF_STB_WEAK : ELF_STB_GLOBAL});
	}
}

static void values_write(struct writer *x)
{
	const struct obj *o = x->o;

	for (uint32_t i = 0; i < o->map.n; i++) {
		const struct obj_map *m = &o->map.at[i];
		const struct written_map *w = &x->map[i];

		for (uint32_t k = 0; k < m->n_init; k++) {
			if (m->init[k] < 0)
				continue;
			elf_out_reloc(&x->w, w->sec, w->values + (uint64_t)k * PTR_BYTES,
				      ELF_R_BPF_64_ABS64,
				      m->attr.type == ABI_MAP_PROG_ARRAY ? x->prog[m->init[k]].sym
									 : x->map[m->init[k]].sym);
		}
		for (uint32_t k = 0; m->ops && k < m->ops->n_funcs; k++) {
			const struct obj_ops_func *f = &m->ops->func[k];
			const struct btf_type *t = btf_type(o->btf, m->ops->type);

			elf_out_reloc(&x->w, w->sec,
				      w->off + btf_member_bit_offset(t, f->member) / 8,
				      ELF_R_BPF_64_ABS64, x->prog[f->prog].sym);
		}
	}
}

/* ---- all of it ---- */

static int write_all(struct writer *x, struct obj_bytes *ret_bytes)
{
	int err = types_begin(x);

	if (err)
		return no_memory(x, err);
	data_write(x);
	vars_write(x);
	externs_write(x);
	err = write_programs(x);
	if (err)
		return err;
	values_write(x);
	err = write_types(x);
	return err ? no_memory(x, err) : elf_out_finish(&x->w, x->d, x->o->path, ret_bytes);
}

int obj_write(const struct obj *o, struct diag *d, struct obj_bytes *ret_bytes)
{
	struct writer x = {.o = o, .d = d, .b = btf_build_new(NULL, 0)};
	int err;

	elf_out_init(&x.w);
	x.map = mem_alloc_array(o->map.n + 1, sizeof(*x.map));
	x.prog = mem_alloc_array(o->prog.n + 1, sizeof(*x.prog));
	x.ext = mem_alloc_array(o->ext.n + 1, sizeof(*x.ext));
	err = x.b && x.map && x.prog && x.ext ? write_all(&x, ret_bytes) : no_memory(&x, -ENOMEM);
	btf_build_free(x.b);
	mem_free(x.map);
	mem_free(x.prog);
	mem_free(x.ext);
	elf_out_done(&x.w);
	return err;
}
