/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps that nobody declared: each section of variables is an array of one element, whose name in
 * the kernel is cut as libbpf does it, so that who looks for "myobject.rodata" finds it.
 */
#include <ctype.h>

#include "obj/impl.h"

struct obj_map *obj_map_new(struct obj *o, const char *name, enum obj_map_kind kind)
{
	struct obj_map m = {.name = name, .section = "", .kind = (uint8_t)kind, .create = true};
	size_t n = strlen(name);

	memcpy(m.kernel_name, name, MIN(n, sizeof(m.kernel_name) - 1));
	if (vec_push(&o->map, m))
		return NULL;
	return &vec_last(&o->map);
}

/*
 * The object's name, as much as leaves room for the section's, which is taken for at least seven
 * bytes long. A section with a second dot has a name of its own.
 */
void obj_data_name(const char *object, const char *section, char ret_name[16])
{
	size_t room = 15, n = strlen(section), tail = MIN(MAX(n, (size_t)7), room);
	size_t head = strchr(section + 1, '.') ? 0 : MIN(room - tail, strlen(object));

	memset(ret_name, 0, room + 1);
	memcpy(ret_name, object, head);
	memcpy(ret_name + head, section, MIN(n, room - head));
	for (char *c = ret_name; *c; c++) {
		if (!isalnum((unsigned char)*c) && *c != '_' && *c != '.')
			*c = '_';
	}
}

/* A map that holds nothing but static variables need not be seen from outside. */
static bool has_global(const struct obj *o, uint32_t datasec)
{
	const struct btf_type *t = btf_type(o->btf, datasec);

	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		const struct btf_type *var = btf_type(o->btf, btf_secinfos(t)[i].type);

		if (btf_is(var, BTF_BIT(VAR)) && *btf_word(var) != BTF_STATIC)
			return true;
	}
	return false;
}

static struct obj_map *data_map_add(struct obj *o, const char *name, enum obj_map_kind kind,
				    uint64_t size)
{
	struct obj_map *m = obj_map_new(o, name, kind);

	if (!m)
		return NULL;
	m->section = name;
	obj_data_name(o->name, name, m->kernel_name);
	m->data_size = (uint32_t)size;
	m->attr = (struct obj_map_attr){
		.type = ABI_MAP_ARRAY, .key_size = 4, .value_size = m->data_size, .max_entries = 1};
	if (kind == OBJ_MAP_RODATA || kind == OBJ_MAP_KCONFIG)
		m->attr.flags |= ABI_F_MAP_RDONLY_PROG;
	if (!o->btf)
		return m;
	m->btf_var = btf_find(o->btf, name, BTF_BIT(DATASEC));
	m->attr.value_type = m->btf_var;
	if (m->btf_var && has_global(o, m->btf_var))
		m->attr.flags |= ABI_F_MAP_MMAPABLE;
	return m;
}

static int section_add(struct obj *o, uint32_t sec, enum obj_map_kind kind, struct diag *d)
{
	struct elf_sec *s = &o->elf->sec[sec];
	struct obj_map *m;

	if (s->size > OBJ_DATA_MAX) {
		elf_fault(o->elf, sec, 0, d, "obj.data", "more than %u bytes", OBJ_DATA_MAX);
		return -E2BIG;
	}
	m = data_map_add(o, s->name, kind, s->size);
	if (!m)
		return obj_no_memory(o, d);
	m->sec = sec;
	s->map = (int32_t)o->map.n - 1;
	if (!s->data)
		return 0;
	m->data = arena_alloc(&o->arena, s->size);
	if (!m->data)
		return obj_no_memory(o, d);
	memcpy(m->data, s->data, s->size);
	return 0;
}

static int kconfig_add(struct obj *o, struct diag *d)
{
	uint32_t size = 0;
	struct obj_map *m;

	for vec_each(&o->ext, x) {
		if (x->kind == OBJ_EXTERN_KCONFIG)
			size = x->off + x->size;
	}
	if (!size)
		return 0;
	m = data_map_add(o, ".kconfig", OBJ_MAP_KCONFIG, size);
	if (!m)
		return obj_no_memory(o, d);
	o->kconfig_map = (int32_t)o->map.n - 1;
	m->data = arena_alloc(&o->arena, size);
	return m->data ? 0 : obj_no_memory(o, d);
}

/* The variables in the arena: the first bytes of the object's one ARENA map. */
static int arena_add(struct obj *o, struct diag *d)
{
	struct obj_elf *e = o->elf;
	struct elf_sec *s = &e->sec[e->arena_data];
	struct obj_map *m;

	for (size_t i = 0; i < o->map.n; i++) {
		if (o->map.at[i].attr.type != ABI_MAP_ARENA)
			continue;
		if (o->arena_map >= 0)
			return diag_error(d, "obj.arena", obj_where(o),
					  "maps '%s' and '%s': an object can have one arena",
					  o->map.at[o->arena_map].name, o->map.at[i].name);
		o->arena_map = (int32_t)i;
	}
	if (!e->arena_data)
		return 0;
	if (o->arena_map < 0)
		return elf_fault(e, e->arena_data, 0, d, "obj.arena",
				 "variables in an arena, but no map of type arena for them");
	m = &o->map.at[o->arena_map];
	if (s->size > OBJ_DATA_MAX || s->size > (uint64_t)m->attr.max_entries * 4096) {
		elf_fault(e, e->arena_data, 0, d, "obj.arena",
			  "%llu bytes of variables, the arena '%s' has %u pages",
			  (unsigned long long)s->size, m->name, m->attr.max_entries);
		return -E2BIG;
	}
	m->data = arena_alloc(&o->arena, s->size);
	if (!m->data)
		return obj_no_memory(o, d);
	memcpy(m->data, s->data, s->size);
	m->data_size = (uint32_t)s->size;
	s->map = o->arena_map;
	return 0;
}

int obj_data_read(struct obj *o, struct diag *d)
{
	int err = arena_add(o, d);

	for (uint32_t i = 1; i < o->elf->n_secs && !err; i++) {
		switch ((int)o->elf->sec[i].role) {
		case ABI_OBJ_DATA:
			err = section_add(o, i, OBJ_MAP_DATA, d);
			break;
		case ABI_OBJ_RODATA:
			err = section_add(o, i, OBJ_MAP_RODATA, d);
			break;
		case ABI_OBJ_BSS:
			err = section_add(o, i, OBJ_MAP_BSS, d);
			break;
		}
	}
	return err ? err : kconfig_add(o, d);
}

int obj_add_data(struct obj *o, const char *section, const void *data, uint32_t size)
{
	enum obj_map_kind kind = str_has_prefix(section, ".rodata") ? OBJ_MAP_RODATA
				 : str_has_prefix(section, ".bss")  ? OBJ_MAP_BSS
								    : OBJ_MAP_DATA;
	char *name = arena_strdup(&o->arena, section);
	uint8_t *copy = data ? arena_alloc(&o->arena, size) : NULL;
	struct obj_map *m;

	if (!name || (data && !copy))
		return o->arena.err;
	m = data_map_add(o, name, kind, size);
	if (!m)
		return o->map.n >= o->map.max ? -E2BIG : -ENOMEM;
	if (copy)
		memcpy(copy, data, size);
	m->data = copy;
	return (int)o->map.n - 1;
}
