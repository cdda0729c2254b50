/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a file to a struct obj: which sections there are, then what they hold, in the order in which
 * the parts need each other. Sections that are nothing to us (DWARF, notes, address significance)
 * are passed over.
 *
 * Unlike libbpf, which refuses an object at the first thing it cannot load, this opens objects that
 * wait to be linked (their externs are OBJ_EXTERN_OBJECT) and those that only old loaders took.
 */
#include "obj/impl.h"

int obj_no_memory(const struct obj *o, struct diag *d)
{
	int err = o->arena.err ? o->arena.err : -ENOMEM;

	diag_error(d, "obj.memory", obj_where(o), "%s",
		   err == -E2BIG ? "the object needs more memory than one may" : "out of memory");
	return err;
}

struct btf_type *obj_own_type(const struct obj *o, uint32_t id)
{
	return (struct btf_type *)btf_type(o->btf, id);
}

int obj_new(const char *name, struct obj **ret_obj)
{
	struct obj *o = mem_alloc(sizeof(*o));
	size_t n = strcspn(name, ".");

	if (!o)
		return -ENOMEM;
	arena_init(&o->arena, OBJ_MEMORY_MAX);
	o->path = arena_strdup(&o->arena, name);
	if (!o->path) {
		obj_free(o);
		return -ENOMEM;
	}
	memcpy(o->name, name, MIN(n, sizeof(o->name) - 1));
	o->license = "";
	o->prog.max = OBJ_PROGS_MAX;
	o->map.max = OBJ_MAPS_MAX;
	o->ext.max = OBJ_EXTERNS_MAX;
	o->module.max = OBJ_MAPS_MAX;
	o->prog.arena = o->map.arena = o->ext.arena = o->module.arena = &o->arena;
	o->kconfig_map = o->arena_map = -1;
	*ret_obj = o;
	return 0;
}

void obj_free(struct obj *o)
{
	if (!o)
		return;
	btf_unref(o->btf);
	if (o->elf)
		file_done(&o->elf->file);
	arena_done(&o->arena);
	mem_free(o);
}

/* "maps", and "maps/NAME", which some early loaders had. */
static bool is_old_maps(const struct elf_sec *s)
{
	return s->role == ABI_OBJ_OLD_MAPS || str_has_prefix(s->name, "maps/");
}

/* Whether the section, of a role by its name, is of the type for it, and not empty. */
static bool fits(const struct elf_sec *s)
{
	switch (s->role) {
	case ABI_OBJ_BSS:
		return s->type == ELF_SHT_NOBITS;
	case ABI_OBJ_TEXT:
	case _ABI_OBJ_MAX:
		return false;
	case ABI_OBJ_BTF:
	case ABI_OBJ_BTF_EXT:
	case ABI_OBJ_ARENA_DATA:
	case ABI_OBJ_DATA:
	case ABI_OBJ_JUMP_TABLES:
	case ABI_OBJ_KCONFIG:
	case ABI_OBJ_KSYMS:
	case ABI_OBJ_MAPS:
	case ABI_OBJ_RODATA:
	case ABI_OBJ_STRUCT_OPS:
	case ABI_OBJ_STRUCT_OPS_LINK:
	case ABI_OBJ_LICENSE:
	case ABI_OBJ_OLD_MAPS:
	case ABI_OBJ_VERSION:
		break;
	}
	return s->data != NULL;
}

static void classify(struct obj_elf *e)
{
	for (uint32_t i = 1; i < e->n_secs; i++) {
		struct elf_sec *s = &e->sec[i];
		bool optional;

		if (!s->size || elf_rels(e, i) || s->type == ELF_SHT_STRTAB ||
		    s->type == ELF_SHT_SYMTAB || s->type == ELF_SHT_LLVM_ADDRSIG ||
		    str_has_prefix(s->name, ".debug_"))
			continue;
		s->role = abi_object_section(s->name, strlen(s->name), &optional);
		s->code = s->type == ELF_SHT_PROGBITS && s->flags & ELF_SHF_EXEC;
		if (s->code && s->role == ABI_OBJ_TEXT)
			e->text = i;
		if (s->code || !fits(s)) {
			if (!s->code && s->data && is_old_maps(s) && !e->old_maps)
				e->old_maps = i;
			s->role = _ABI_OBJ_MAX;
			continue;
		}
		switch ((int)s->role) { /* where there can be only one, the last counts */
		case ABI_OBJ_BTF:
			e->btf = i;
			break;
		case ABI_OBJ_BTF_EXT:
			e->btf_ext = i;
			break;
		case ABI_OBJ_MAPS:
			e->maps = i;
			break;
		case ABI_OBJ_OLD_MAPS:
			e->old_maps = i;
			break;
		case ABI_OBJ_ARENA_DATA:
			e->arena_data = i;
			break;
		}
	}
}

/* The license and the version. */
static int words_read(struct obj *o, struct diag *d)
{
	const struct obj_elf *e = o->elf;

	for (uint32_t i = 1; i < e->n_secs; i++) {
		const struct elf_sec *s = &e->sec[i];

		if (s->role == ABI_OBJ_LICENSE) {
			o->license = arena_strndup(&o->arena, (const char *)s->data,
						   strnlen((const char *)s->data, s->size));
			if (!o->license)
				return obj_no_memory(o, d);
		} else if (s->role == ABI_OBJ_VERSION) {
			if (s->size < sizeof(o->version))
				return elf_fault(e, i, 0, d, "obj.version",
						 "%llu bytes, a version has 4",
						 (unsigned long long)s->size);
			memcpy(&o->version, s->data, sizeof(o->version));
		}
	}
	return 0;
}

static int btf_load(struct obj *o, struct diag *d)
{
	const struct obj_elf *e = o->elf;
	const struct elf_sec *s = &e->sec[e->btf];
	void *copy;
	int err;

	if (!e->btf)
		return 0;
	/* A copy of our own: obj_btf_fix() writes into it. */
	copy = arena_alloc(&o->arena, s->size);
	if (!copy)
		return obj_no_memory(o, d);
	memcpy(copy, s->data, s->size);
	err = btf_borrow(copy, s->size, NULL, d, &o->btf);
	if (!err)
		err = btf_set_label(o->btf, arena_printf(&o->arena, "%s: section '.BTF'", o->path));
	return err ? err : btf_shape(o->btf, d);
}

typedef int read_part(struct obj *o, struct diag *d);

static int parts_read(struct obj *o, const struct obj_opts *opts, struct diag *d)
{
	static read_part *const before[] = {words_read,     btf_load,       obj_btf_fix,
					    obj_progs_read, obj_infos_read, obj_externs_read};
	static read_part *const after[] = {obj_maps_old, obj_data_read, obj_ops_read,
					   obj_relocs_read};
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(before) && !err; i++)
		err = before[i](o, d);
	if (!err)
		err = obj_maps_by_btf(o, opts, d);
	for (size_t i = 0; i < ARRAY_LEN(after) && !err; i++)
		err = after[i](o, d);
	return err;
}

/* With the bytes in o->elf. */
static int open_elf(struct obj *o, const struct obj_opts *opts, struct diag *d)
{
	int err = elf_read(o->elf, &o->arena, d);

	if (err == -ENOMEM || (err == -E2BIG && o->arena.err))
		return obj_no_memory(o, d);
	if (err)
		return err;
	classify(o->elf);
	err = parts_read(o, opts, d);
	/* Those that only pass an error of the arena on leave saying so to us. */
	return err == -ENOMEM && d && !diag_failed(d) ? obj_no_memory(o, d) : err;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int shell_new(const char *path, const struct obj_opts *opts, struct diag *d,
		     struct obj **ret_obj)
{
	const char *name = opts && opts->name ? opts->name : base_name(path);
	struct obj *o = NULL;
	int err = obj_new(name, &o);

	if (err) {
		diag_error(d, "obj.memory", diag_file(path), "out of memory");
		return err;
	}
	if (opts && opts->name) { /* a name that was given may have dots */
		memset(o->name, 0, sizeof(o->name));
		memcpy(o->name, name, MIN(strlen(name), sizeof(o->name) - 1));
	}
	o->path = arena_strdup(&o->arena, path);
	o->elf = arena_new(&o->arena, struct obj_elf);
	if (!o->path || !o->elf) {
		diag_error(d, "obj.memory", diag_file(path), "out of memory");
		obj_free(o);
		return -ENOMEM;
	}
	o->elf->path = o->path;
	*ret_obj = o;
	return 0;
}

int obj_open(const char *path, const struct obj_opts *opts, struct diag *d, struct obj **ret_obj)
{
	struct obj *o = NULL;
	int err = shell_new(path, opts, d, &o);

	if (err)
		return err;
	err = file_read(path, OBJ_FILE_MAX, d, &o->elf->file);
	if (!err) {
		o->elf->data = o->elf->file.data;
		o->elf->size = o->elf->file.size;
		err = open_elf(o, opts, d);
	}
	if (err)
		obj_free(o);
	else
		*ret_obj = o;
	return err;
}

int obj_open_bytes(const void *data, size_t size, const char *path, const struct obj_opts *opts,
		   struct diag *d, struct obj **ret_obj)
{
	struct obj *o = NULL;
	uint8_t *copy;
	int err;

	if (size > OBJ_FILE_MAX) {
		diag_error(d, "obj.size", diag_file(path), "more than %u bytes", OBJ_FILE_MAX);
		return -E2BIG;
	}
	err = shell_new(path, opts, d, &o);
	if (err)
		return err;
	copy = arena_alloc(&o->arena, size + 1);
	if (copy) {
		if (size)
			memcpy(copy, data, size);
		o->elf->data = copy;
		o->elf->size = size;
		err = open_elf(o, opts, d);
	} else {
		err = obj_no_memory(o, d);
	}
	if (err)
		obj_free(o);
	else
		*ret_obj = o;
	return err;
}

/* ---- by name ---- */

struct obj_prog *obj_prog_find(const struct obj *o, const char *name)
{
	for vec_each(&o->prog, p) {
		if (!p->func && !strcmp(p->name, name))
			return p;
	}
	for vec_each(&o->prog, p) {
		if (!p->func && !strcmp(p->section, name))
			return p;
	}
	return NULL;
}

static bool is_data(const struct obj_map *m)
{
	return m->kind != OBJ_MAP_USER && m->kind != OBJ_MAP_STRUCT_OPS;
}

struct obj_map *obj_map_find(const struct obj *o, const char *name)
{
	for vec_each(&o->map, m) {
		if (!strcmp(m->name, name) ||
		    (is_data(m) && (!strcmp(m->name + 1, name) || !strcmp(m->kernel_name, name))))
			return m;
	}
	return NULL;
}

struct obj_extern *obj_extern_find(const struct obj *o, const char *name)
{
	for vec_each(&o->ext, x) {
		if (!strcmp(x->name, name))
			return x;
	}
	return NULL;
}
