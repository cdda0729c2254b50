/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps declared in .maps: the type of the variable is the definition.
 *
 *	__uint(max_entries, 16)     int (*max_entries)[16]         the array's length
 *	__ulong(map_extra, 1ull)    enum { ... = 1 } map_extra     the enumerator's value
 *	__type(key, u32)            u32 *key                       the type pointed to, and its size
 *	__array(values, struct m)   struct m *values[]             maps of maps, prog_array
 *
 * Before that was settled (Linux 5.2) numbers were plain members with the value in the section's
 * bytes: such are read too. What `values` holds is in relocations of the section.
 */
#include "obj/impl.h"

struct definition {
	struct obj *o;
	const struct obj_opts *opts;
	struct diag *d;
	const char *name;     /* of the map, for messages */
	const uint8_t *bytes; /* of the variable in the section; NULL: inner definitions */
	uint32_t sec_off, size;
	struct obj_map *m;
	bool inner;
};

enum field_how { UINT, ULONG, TYPE, VALUES };

struct field {
	const char *name;
	enum field_how how;
	int (*set)(struct definition *f, uint64_t value);
};

static int fault(const struct definition *f, const char *fmt, ...) PRINTF_LIKE(2, 3);
static int fault(const struct definition *f, const char *fmt, ...)
{
	struct str s;
	va_list ap;

	str_init(&s, 1024);
	va_start(ap, fmt);
	str_addv(&s, fmt, ap);
	va_end(ap);
	elf_fault(f->o->elf, f->o->elf->maps, f->sec_off, f->d, "obj.map", "map '%s': %s", f->name,
		  s.s);
	str_done(&s);
	return -EINVAL;
}

/* ---- the fields ---- */

static int size_set(const struct definition *f, uint32_t *size, uint64_t value, const char *what)
{
	if (value > UINT32_MAX)
		return fault(f, "%s: too large", what);
	if (*size && *size != value)
		return fault(f, "%s is said to be %u and %llu bytes", what, *size,
			     (unsigned long long)value);
	*size = (uint32_t)value;
	return 0;
}

static int set_type(struct definition *f, uint64_t value)
{
	f->m->attr.type = (uint32_t)value;
	return 0;
}

static int set_max_entries(struct definition *f, uint64_t value)
{
	f->m->attr.max_entries = (uint32_t)value;
	return 0;
}

static int set_map_flags(struct definition *f, uint64_t value)
{
	f->m->attr.flags = (uint32_t)value;
	return 0;
}

static int set_numa_node(struct definition *f, uint64_t value)
{
	f->m->attr.numa = (uint32_t)value;
	return 0;
}

static int set_map_extra(struct definition *f, uint64_t value)
{
	f->m->attr.extra = value;
	return 0;
}

static int set_key_size(struct definition *f, uint64_t value)
{
	return size_set(f, &f->m->attr.key_size, value, "the key");
}

static int set_value_size(struct definition *f, uint64_t value)
{
	return size_set(f, &f->m->attr.value_size, value, "the value");
}

static int set_key(struct definition *f, uint64_t type)
{
	int64_t size = btf_size(f->o->btf, (uint32_t)type);

	if (size < 0)
		return fault(f, "the key's type has no size");
	f->m->attr.key_type = (uint32_t)type;
	return set_key_size(f, (uint64_t)size);
}

static int set_value(struct definition *f, uint64_t type)
{
	int64_t size = btf_size(f->o->btf, (uint32_t)type);

	if (size < 0)
		return fault(f, "the value's type has no size");
	f->m->attr.value_type = (uint32_t)type;
	return set_value_size(f, (uint64_t)size);
}

static int set_pinning(struct definition *f, uint64_t value)
{
	if (f->inner)
		return fault(f, "maps within a map cannot be pinned by their definition");
	if (value > OBJ_PIN_NAME)
		return fault(f, "pinning is 0 or LIBBPF_PIN_BY_NAME, not %llu",
			     (unsigned long long)value);
	f->m->pin = (uint8_t)value;
	return 0;
}

static bool holds_maps(uint32_t type)
{
	return type == ABI_MAP_ARRAY_OF_MAPS || type == ABI_MAP_HASH_OF_MAPS;
}

static int definition_read(struct definition *f, uint32_t type);

/* `elem`: what the array of values points to: a definition, or a function. */
static int set_values(struct definition *f, uint64_t elem)
{
	const struct btf *b = f->o->btf;
	struct definition in = *f;

	if (f->inner)
		return fault(f, "maps within maps within maps are not possible");
	if (f->m->attr.value_size && f->m->attr.value_size != 4)
		return fault(f, "values are given, so the value is 4 bytes, not %u",
			     f->m->attr.value_size);
	f->m->attr.value_size = 4;
	if (f->m->attr.type == ABI_MAP_PROG_ARRAY)
		return btf_kind_of(b, (uint32_t)elem) == BTF_FUNC_PROTO
			       ? 0
			       : fault(f, "values of a prog_array are pointers to functions");
	if (!holds_maps(f->m->attr.type))
		return fault(f, "only maps of maps and prog_array have values");
	if (btf_kind_of(b, (uint32_t)elem) != BTF_STRUCT)
		return fault(f, "values of a map of maps are pointers to definitions");
	in.m = arena_new(&f->o->arena, struct obj_map);
	in.name = arena_printf(&f->o->arena, "%s.inner", f->name);
	if (!in.m || !in.name)
		return obj_no_memory(f->o, f->d);
	in.m->name = in.name;
	in.m->section = "";
	in.m->create = true;
	memcpy(in.m->kernel_name, in.name, MIN(strlen(in.name), sizeof(in.m->kernel_name) - 1));
	in.bytes = NULL;
	in.inner = true;
	f->m->inner = in.m;
	return definition_read(&in, (uint32_t)elem);
}

static const struct field fields[] = {
	{"type", UINT, set_type},
	{"max_entries", UINT, set_max_entries},
	{"map_flags", UINT, set_map_flags},
	{"numa_node", UINT, set_numa_node},
	{"key_size", UINT, set_key_size},
	{"value_size", UINT, set_value_size},
	{"pinning", UINT, set_pinning},
	{"map_extra", ULONG, set_map_extra},
	{"key", TYPE, set_key},
	{"value", TYPE, set_value},
	{"values", VALUES, set_values},
};

/* ---- what a member says ---- */

static int uint_read(const struct definition *f, const struct btf_field *m, uint64_t *ret)
{
	const struct btf *b = f->o->btf;
	const struct btf_type *t = btf_type(b, btf_resolve(b, m->type)), *array;
	uint64_t at = m->bit_off / 8;
	uint32_t word;

	if (btf_is(t, BTF_BIT(INT)) && f->bytes && t->size == 4 && at + 4 <= f->size) {
		memcpy(&word, f->bytes + at, sizeof(word));
		*ret = word;
		return 0;
	}
	array = btf_is(t, BTF_BIT(PTR)) ? btf_type(b, t->type) : NULL;
	if (!btf_is(array, BTF_BIT(ARRAY)))
		return fault(f, "'%s' is no number: say __uint(%s, ...)", m->name, m->name);
	*ret = btf_array(array)->n;
	return 0;
}

static int ulong_read(const struct definition *f, const struct btf_field *m, uint64_t *ret)
{
	const struct btf_type *t = btf_type(f->o->btf, btf_resolve(f->o->btf, m->type));

	if (!btf_is(t, BTF_ENUMS))
		return uint_read(f, m, ret);
	if (btf_vlen(t) != 1)
		return fault(f, "'%s' is no number: say __ulong(%s, ...)", m->name, m->name);
	*ret = (uint64_t)btf_enum_value(t, 0);
	return 0;
}

static int type_read(const struct definition *f, const struct btf_field *m, uint64_t *ret)
{
	const struct btf_type *t = btf_type(f->o->btf, m->type);

	if (!btf_is(t, BTF_BIT(PTR)))
		return fault(f, "'%s' is no type: say __type(%s, ...)", m->name, m->name);
	*ret = t->type;
	return 0;
}

static int values_read(const struct definition *f, const struct btf_field *m, bool last,
		       uint64_t *ret)
{
	const struct btf *b = f->o->btf;
	const struct btf_type *t = btf_type(b, m->type);

	if (!last)
		return fault(f, "'values' must be the last member");
	if (!btf_is(t, BTF_BIT(ARRAY)) || btf_array(t)->n)
		return fault(f, "'values' is no array without a length: say __array(values, ...)");
	t = btf_type(b, btf_resolve(b, btf_array(t)->elem));
	if (!btf_is(t, BTF_BIT(PTR)))
		return fault(f, "the elements of 'values' are no pointers");
	*ret = btf_resolve(b, t->type);
	return 0;
}

static int member_read(struct definition *f, const struct btf_field *m, bool last)
{
	const char *names[ARRAY_LEN(fields)], *near;
	uint64_t value = 0;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		names[i] = fields[i].name;
		if (strcmp(fields[i].name, m->name))
			continue;
		switch (fields[i].how) {
		case UINT:
			err = uint_read(f, m, &value);
			break;
		case ULONG:
			err = ulong_read(f, m, &value);
			break;
		case TYPE:
			err = type_read(f, m, &value);
			break;
		case VALUES:
			err = values_read(f, m, last, &value);
			break;
		}
		return err ? err : fields[i].set(f, value);
	}
	if (f->opts && f->opts->lax_maps)
		return 0;
	near = near_best(m->name, strlen(m->name), names, ARRAY_LEN(names));
	fault(f, "there is no '%s' in a definition%s%s%s", m->name, near ? ", perhaps '" : "",
	      near ? near : "", near ? "' is meant" : "");
	return -ENOTSUP;
}

static int definition_read(struct definition *f, uint32_t type)
{
	const struct btf_type *t = btf_type(f->o->btf, type);
	uint32_t n = btf_vlen(t);
	struct btf_field m;
	int err = 0;

	for (uint32_t i = 0; i < n && !err && btf_field_at(f->o->btf, type, i, &m); i++)
		err = member_read(f, &m, i == n - 1);
	if (!err && f->m->attr.type == ABI_MAP_UNSPEC)
		err = fault(f, "no type is given");
	return err;
}

/* ---- the variables ---- */

static int map_read(struct obj *o, const struct btf_secinfo *s, const struct obj_opts *opts,
		    struct diag *d)
{
	const struct obj_elf *e = o->elf;
	const struct elf_sec *sec = &e->sec[e->maps];
	const struct btf_type *var = btf_type(o->btf, s->type), *t;
	struct definition f = {.o = o,
			       .opts = opts,
			       .d = d,
			       .sec_off = s->offset,
			       .size = s->size,
			       .name = btf_name(o->btf, s->type)};
	uint32_t type;

	if (!btf_is(var, BTF_BIT(VAR)) || !*f.name)
		return elf_fault(e, e->maps, 0, d, "obj.map", "its BTF lists what is no variable");
	if (*btf_word(var) == BTF_EXTERN) /* of an object that this one is to be linked with */
		return 0;
	if (s->offset > sec->size || s->size > sec->size - s->offset)
		return fault(&f, "it goes on past the section's end");
	type = btf_resolve(o->btf, var->type);
	t = btf_type(o->btf, type);
	if (!btf_is(t, BTF_BIT(STRUCT)) || t->size > s->size)
		return fault(&f, "its type is no struct, or larger than the variable");
	f.m = obj_map_new(o, f.name, OBJ_MAP_USER);
	if (!f.m)
		return obj_no_memory(o, d);
	f.m->section = sec->name;
	f.m->sec = e->maps;
	f.m->sec_off = s->offset;
	f.m->btf_var = s->type;
	f.bytes = sec->data ? sec->data + s->offset : NULL;
	return definition_read(&f, type);
}

int obj_maps_by_btf(struct obj *o, const struct obj_opts *opts, struct diag *d)
{
	const struct obj_elf *e = o->elf;
	const struct btf_type *t;
	uint32_t id;
	int err = 0;

	if (!e->maps)
		return 0;
	id = o->btf ? btf_find(o->btf, e->sec[e->maps].name, BTF_BIT(DATASEC)) : 0;
	if (!id)
		return elf_fault(e, e->maps, 0, d, "obj.map",
				 "maps without BTF that says what they are: compile with -g");
	t = btf_type(o->btf, id);
	for (uint32_t i = 0; i < btf_vlen(t) && !err; i++)
		err = map_read(o, &btf_secinfos(t)[i], opts, d);
	return err;
}

int obj_map_definition(struct obj *o, uint32_t var, struct diag *d, struct obj_map *ret_map)
{
	struct obj_map m = {0};
	struct obj_opts lax = {.lax_maps = true};
	struct definition f = {
		.o = o, .opts = &lax, .d = d, .name = btf_name(o->btf, var), .m = &m};
	uint32_t type = btf_resolve(o->btf, btf_type(o->btf, var)->type);
	int err;

	if (btf_kind_of(o->btf, type) != BTF_STRUCT)
		return fault(&f, "its type is no struct");
	err = definition_read(&f, type);
	if (!err)
		*ret_map = m;
	return err;
}

/* ---- what `values` holds ---- */

/* The last map declared there or before: those of .maps come first of all, by offset. */
static int32_t map_before(const struct obj *o, uint64_t off)
{
	size_t low = 0, high = o->map.n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (o->map.at[mid].sec == o->elf->maps && o->map.at[mid].sec_off <= off)
			low = mid + 1;
		else
			high = mid;
	}
	return (int32_t)low - 1;
}

static int init_room(struct obj *o, struct obj_map *m, uint64_t slot, struct diag *d)
{
	uint32_t n = (uint32_t)slot + 1, room = 8;
	int32_t *grown;

	if (slot >= OBJ_INIT_MAX) {
		diag_error(d, "obj.map", obj_where(o), "map '%s': more than %u values", m->name,
			   OBJ_INIT_MAX);
		return -E2BIG;
	}
	while (room < m->n_init) /* there is room for a power of two */
		room *= 2;
	if (!m->init || n > room) {
		while (room < n)
			room *= 2;
		grown = arena_alloc_array(&o->arena, room, sizeof(*grown));
		if (!grown)
			return obj_no_memory(o, d);
		if (m->n_init)
			memcpy(grown, m->init, m->n_init * sizeof(*grown));
		m->init = grown;
	}
	for (; m->n_init < n; m->n_init++)
		m->init[m->n_init] = -1;
	return 0;
}

static int value_find(const struct obj *o, const struct obj_map *m, const struct elf_sym *sym)
{
	int32_t found;

	if (m->attr.type == ABI_MAP_PROG_ARRAY) {
		uint32_t index;

		if (obj_prog_order(o, sym->sec, sym->value / sizeof(struct insn), &index) ||
		    o->prog.at[index].func)
			return -1;
		return (int)index;
	}
	found = sym->sec == o->elf->maps ? map_before(o, sym->value) : -1;
	return found >= 0 && o->map.at[found].sec_off == sym->value ? found : -1;
}

/* Where in the struct of the map's type `values` begins; UINT32_MAX: it has none. */
static uint32_t values_begin(const struct obj *o, const struct obj_map *m)
{
	const struct btf_type *t =
		btf_type(o->btf, btf_resolve(o->btf, btf_type(o->btf, m->btf_var)->type));
	uint32_t last = btf_vlen(t) - 1;

	if (!btf_vlen(t) || strcmp(btf_str(o->btf, btf_members(t)[last].name_off), "values"))
		return UINT32_MAX;
	return btf_member_bit_offset(t, last) / 8;
}

static int value_reloc(struct obj *o, uint32_t rel_sec, const struct elf_rel *r, uint64_t off,
		       struct diag *d)
{
	const struct elf_sym *sym = &o->elf->sym[ELF_REL_SYM(r)];
	int32_t around = map_before(o, r->offset);
	struct obj_map *m = around < 0 ? NULL : &o->map.at[around];
	uint32_t begin = m ? values_begin(o, m) : UINT32_MAX;
	uint64_t at = m ? r->offset - m->sec_off : 0;
	int index, err;

	if (begin == UINT32_MAX || at < begin || (at - begin) % 8)
		return elf_fault(o->elf, rel_sec, off, d, "obj.map",
				 "'%s' is put where no map has its values",
				 elf_sym_text(o->elf, sym));
	if (m->attr.type == ABI_MAP_HASH_OF_MAPS && m->attr.key_size != 4)
		return elf_fault(o->elf, rel_sec, off, d, "obj.map",
				 "map '%s' has values, so its keys are numbers: of 4 bytes, not %u",
				 m->name, m->attr.key_size);
	index = value_find(o, m, sym);
	if (index < 0)
		return elf_fault(o->elf, rel_sec, off, d, "obj.map",
				 "'%s', a value of map '%s', is no %s", elf_sym_text(o->elf, sym),
				 m->name, m->attr.type == ABI_MAP_PROG_ARRAY ? "program" : "map");
	err = init_room(o, m, (at - begin) / 8, d);
	if (!err)
		m->init[(at - begin) / 8] = index;
	return err;
}

int obj_map_values_read(struct obj *o, uint32_t rel_sec, struct diag *d)
{
	const struct obj_elf *e = o->elf;
	uint32_t n = elf_rels(e, rel_sec);
	struct elf_rel r;
	int64_t add;
	int err = 0;

	for (uint32_t i = 0; i < n && !err; i++) {
		err = elf_rel(e, rel_sec, i, d, &r, &add);
		if (!err)
			err = value_reloc(o, rel_sec, &r, i * e->sec[rel_sec].entsize, d);
	}
	return err;
}
