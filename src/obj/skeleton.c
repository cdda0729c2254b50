/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * NAME.skel.h: an object as C that a libbpf program includes, laid out as bpftool's, so that what
 * is written for one compiles with the other: a struct with all maps, programs, links and variables
 * by name, functions to open, load, attach and destroy it, and the object's bytes.
 *
 * The text is assembled from parts in which @ stands for the skeleton's name.
 */
#include <ctype.h>

#include "obj/impl.h"

struct skeleton {
	const struct obj *o;
	const char *name;
	struct str *s;
};

static void put(const struct skeleton *k, const char *text)
{
	for (; *text; text++) {
		if (*text == '@')
			str_add(k->s, k->name);
		else
			str_addc(k->s, *text);
	}
}

/* What a C identifier can be made of. */
static void ident(struct str *s, const char *name)
{
	for (; *name; name++)
		str_addc(s, isalnum((unsigned char)*name) ? *name : '_');
}

static bool is_data(const struct obj_map *m)
{
	return m->kind != OBJ_MAP_USER && m->kind != OBJ_MAP_STRUCT_OPS;
}

/* Its field in `maps`: "data", "data_custom". .rodata.str1.1 and the like have none. */
static bool has_field(const struct obj_map *m)
{
	return !is_data(m) || m->btf_var || m->kind == OBJ_MAP_KCONFIG ||
	       !strchr(m->name + 1, '.');
}

static void field(struct str *s, const struct obj_map *m)
{
	ident(s, m->name + is_data(m));
}

static bool is_shown(const struct obj_map *m) /* its variables can be seen from outside */
{
	return is_data(m) && m->btf_var && m->attr.flags & ABI_F_MAP_MMAPABLE;
}

static bool is_entry(const struct obj_prog *p)
{
	return !p->func;
}

static size_t maps_n(const struct obj *o)
{
	size_t n = 0;

	for vec_each(&o->map, m)
		n += has_field(m);
	return n;
}

static size_t progs_n(const struct obj *o)
{
	size_t n = 0;

	for vec_each(&o->prog, p)
		n += is_entry(p);
	return n;
}

/* ---- the struct ---- */

static void lists(const struct skeleton *k)
{
	const struct obj *o = k->o;

	if (maps_n(o)) {
		put(k, "\tstruct {\n");
		for vec_each(&o->map, m) {
			if (!has_field(m))
				continue;
			put(k, "\t\tstruct bpf_map *");
			field(k->s, m);
			put(k, ";\n");
		}
		put(k, "\t} maps;\n");
	}
	for (int links = 0; links < 2 && progs_n(o); links++) {
		put(k, "\tstruct {\n");
		for vec_each(&o->prog, p) {
			if (is_entry(p))
				str_addf(k->s, "\t\tstruct %s *%s;\n",
					 links ? "bpf_link" : "bpf_program", p->name);
		}
		put(k, links ? "\t} links;\n" : "\t} progs;\n");
	}
}

/* The variable's type without const and volatile: who opens the object sets it. */
static uint32_t plain_type(const struct btf *b, uint32_t type)
{
	return btf_strip(b, type, BTF_MODIFIERS);
}

/* Everything stands where it does, on 32-bit machines too: nothing is left to alignment past 4. */
static uint32_t pad(const struct skeleton *k, uint32_t at, uint32_t to, uint32_t align, unsigned *n)
{
	align = align > 4 ? 4 : align ? align : 1;
	if (ALIGN_UP(at, align) != to && to > at)
		str_addf(k->s, "\t\tchar __pad%u[%u];\n", (*n)++, to - at);
	return to;
}

static int members(const struct skeleton *k, uint32_t datasec)
{
	const struct btf *b = k->o->btf;
	const struct btf_type *t = btf_type(b, datasec);
	uint32_t at = 0;
	unsigned pads = 0;

	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		const struct btf_secinfo *v = &btf_secinfos(t)[i];
		const struct btf_type *var = btf_type(b, v->type);
		struct str name;
		int err;

		if (!btf_is(var, BTF_BIT(VAR)) || *btf_word(var) == BTF_STATIC)
			continue;
		at = pad(k, at, v->offset, btf_align(b, var->type), &pads);
		str_init(&name, 4096);
		ident(&name, btf_name(b, v->type));
		put(k, "\t\t");
		err = btf_c_declare(b, plain_type(b, var->type), name.s, k->s);
		put(k, ";\n");
		str_done(&name);
		if (err)
			return err;
		at += v->size;
	}
	return 0;
}

static int section_struct(const struct skeleton *k, uint32_t datasec, const char *name)
{
	int err;

	put(k, "\tstruct @__");
	ident(k->s, name);
	put(k, " {\n");
	err = members(k, datasec);
	put(k, "\t} *");
	ident(k->s, name);
	put(k, ";\n");
	return err;
}

static uint32_t arena_section(const struct obj *o)
{
	return o->arena_map >= 0 && o->map.at[o->arena_map].data && o->btf
		       ? btf_find(o->btf, ".addr_space.1", BTF_BIT(DATASEC))
		       : 0;
}

/* kconfig variables stand in the order of the map, which in BTF they do not have yet. */
static int kconfig_struct(const struct skeleton *k)
{
	const struct btf *b = k->o->btf;
	uint32_t at = 0;
	unsigned pads = 0;
	int err = 0;

	put(k, "\tstruct @__kconfig {\n");
	for vec_each(&k->o->ext, x) {
		if (x->kind != OBJ_EXTERN_KCONFIG || err)
			continue;
		at = pad(k, at, x->off, x->align, &pads);
		put(k, "\t\t");
		err = btf_c_declare(b, plain_type(b, btf_type(b, x->btf)->type), x->name, k->s);
		put(k, ";\n");
		at += x->size;
	}
	put(k, "\t} *kconfig;\n");
	return err;
}

static int structs(const struct skeleton *k)
{
	const struct obj *o = k->o;
	uint32_t arena = arena_section(o);
	int err = 0;

	for vec_each(&o->map, m) {
		if (!is_shown(m) || err)
			continue;
		err = m->kind == OBJ_MAP_KCONFIG ? kconfig_struct(k)
						 : section_struct(k, m->btf_var, m->name + 1);
	}
	if (!err && arena)
		err = section_struct(k, arena, "arena");
	return err;
}

/* ---- struct_ops: what of a table can be changed before it is loaded ---- */

static int shadow_member(const struct skeleton *k, const struct btf_field *f)
{
	const struct btf *b = k->o->btf;
	uint32_t type = btf_resolve(b, f->type);
	const struct btf_type *t = btf_type(b, type);
	int64_t size = btf_size(b, f->type);
	int err = 0;

	if (btf_is(t, BTF_BIT(PTR)) && btf_kind_of(b, btf_resolve(b, t->type)) == BTF_FUNC_PROTO) {
		str_addf(k->s, "\t\t\tstruct bpf_program *%s;\n", f->name);
	} else if (!f->bit_size && btf_is(t, BTF_BIT(INT) | BTF_BIT(FLOAT) | BTF_ENUMS)) {
		put(k, "\t\t\t");
		err = btf_c_declare(b, btf_is(t, BTF_ENUMS) ? type : f->type, f->name, k->s);
		put(k, ";\n");
	} else if (size > 0) {
		str_addf(k->s, "\t\t\tchar __unsupported_%u[%lld] __attribute__((aligned(%u)));\n",
			 f->index, (long long)size, MAX(btf_align(b, f->type), 1u));
	}
	return err;
}

static int shadows(const struct skeleton *k)
{
	bool any = false;
	int err = 0;

	for vec_each(&k->o->map, m) {
		struct btf_field f;

		if (!m->ops)
			continue;
		put(k, any ? "" : "\tstruct {\n");
		any = true;
		put(k, "\t\tstruct @__");
		str_addf(k->s, "%s__%s {\n", m->name, m->ops->type_name);
		for (uint32_t i = 0; !err && btf_field_at(k->o->btf, m->ops->type, i, &f); i++)
			err = shadow_member(k, &f);
		str_addf(k->s, "\t\t} *%s;\n", m->name);
	}
	put(k, any ? "\t} struct_ops;\n" : "");
	return err;
}

static void shadows_open(const struct skeleton *k)
{
	for vec_each(&k->o->map, m) {
		if (m->ops)
			str_addf(k->s,
				 "\tobj->struct_ops.%s = (__typeof__(obj->struct_ops.%s))\n"
				 "\t\tbpf_map__initial_value(obj->maps.%s, NULL);\n",
				 m->name, m->name, m->name);
	}
}

/* ---- functions ---- */

static const char head[] =
	"/* SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause) */\n"
	"/* Made by skep. Do not edit. */\n"
	"#ifndef __@_SKEL_H__\n"
	"#define __@_SKEL_H__\n"
	"\n"
	"#include <errno.h>\n"
	"#include <stdbool.h>\n"
	"#include <stdlib.h>\n"
	"#include <bpf/libbpf.h>\n"
	"\n"
	"struct @ {\n"
	"\tstruct bpf_object_skeleton *skeleton;\n"
	"\tstruct bpf_object *obj;\n";

static const char class[] =
	"\n"
	"#ifdef __cplusplus\n"
	"\tstatic inline struct @ *open(const struct bpf_object_open_opts *opts = nullptr);\n"
	"\tstatic inline struct @ *open_and_load();\n"
	"\tstatic inline int load(struct @ *skel);\n"
	"\tstatic inline int attach(struct @ *skel);\n"
	"\tstatic inline void detach(struct @ *skel);\n"
	"\tstatic inline void destroy(struct @ *skel);\n"
	"\tstatic inline const void *elf_bytes(size_t *sz);\n"
	"#endif\n"
	"};\n";

static const char life[] =
	"\n"
	"static inline void @__destroy(struct @ *obj)\n"
	"{\n"
	"\tif (!obj)\n"
	"\t\treturn;\n"
	"\tif (obj->skeleton)\n"
	"\t\tbpf_object__destroy_skeleton(obj->skeleton);\n"
	"\tfree(obj);\n"
	"}\n"
	"\n"
	"static inline int @__create_skeleton(struct @ *obj);\n"
	"\n"
	"static inline struct @ *@__open_opts(const struct bpf_object_open_opts *opts)\n"
	"{\n"
	"\tstruct @ *obj = (struct @ *)calloc(1, sizeof(*obj));\n"
	"\tint err = obj ? @__create_skeleton(obj) : -ENOMEM;\n"
	"\n"
	"\tif (!err)\n"
	"\t\terr = bpf_object__open_skeleton(obj->skeleton, opts);\n"
	"\tif (err) {\n"
	"\t\t@__destroy(obj);\n"
	"\t\terrno = -err;\n"
	"\t\treturn NULL;\n"
	"\t}\n";

static const char verbs[] =
	"\treturn obj;\n"
	"}\n"
	"\n"
	"static inline struct @ *@__open(void)\n"
	"{\n"
	"\treturn @__open_opts(NULL);\n"
	"}\n"
	"\n"
	"static inline int @__load(struct @ *obj)\n"
	"{\n"
	"\treturn bpf_object__load_skeleton(obj->skeleton);\n"
	"}\n"
	"\n"
	"static inline struct @ *@__open_and_load(void)\n"
	"{\n"
	"\tstruct @ *obj = @__open();\n"
	"\tint err = obj ? @__load(obj) : 0;\n"
	"\n"
	"\tif (err) {\n"
	"\t\t@__destroy(obj);\n"
	"\t\terrno = -err;\n"
	"\t\treturn NULL;\n"
	"\t}\n"
	"\treturn obj;\n"
	"}\n"
	"\n"
	"static inline int @__attach(struct @ *obj)\n"
	"{\n"
	"\treturn bpf_object__attach_skeleton(obj->skeleton);\n"
	"}\n"
	"\n"
	"static inline void @__detach(struct @ *obj)\n"
	"{\n"
	"\tbpf_object__detach_skeleton(obj->skeleton);\n"
	"}\n"
	"\n"
	"static inline const void *@__elf_bytes(size_t *sz);\n";

static const char create[] =
	"\n"
	"static inline int @__create_skeleton(struct @ *obj)\n"
	"{\n"
	"\tstruct bpf_object_skeleton *s = (struct bpf_object_skeleton *)calloc(1, sizeof(*s));\n"
	"\n"
	"\tif (!s)\n"
	"\t\treturn -ENOMEM;\n"
	"\ts->sz = sizeof(*s);\n"
	"\ts->name = \"@\";\n"
	"\ts->obj = &obj->obj;\n";

static const char classes[] =
	"\n"
	"#ifdef __cplusplus\n"
	"struct @ *@::open(const struct bpf_object_open_opts *opts)\n"
	"{\n"
	"\treturn @__open_opts(opts);\n"
	"}\n"
	"struct @ *@::open_and_load() { return @__open_and_load(); }\n"
	"int @::load(struct @ *skel) { return @__load(skel); }\n"
	"int @::attach(struct @ *skel) { return @__attach(skel); }\n"
	"void @::detach(struct @ *skel) { @__detach(skel); }\n"
	"void @::destroy(struct @ *skel) { @__destroy(skel); }\n"
	"const void *@::elf_bytes(size_t *sz) { return @__elf_bytes(sz); }\n"
	"#endif\n";

static void array(const struct skeleton *k, const char *what, size_t n)
{
	str_addf(k->s,
		 "\n\ts->%s_cnt = %zu;\n"
		 "\ts->%s_skel_sz = sizeof(*s->%ss);\n"
		 "\ts->%ss = (struct bpf_%s_skeleton *)calloc(s->%s_cnt, s->%s_skel_sz);\n"
		 "\tif (!s->%ss)\n\t\tgoto no_memory;\n",
		 what, n, what, what, what, what, what, what, what);
}

/* What libbpf calls it, which opens the object by the skeleton's name. */
static void map_name(const struct skeleton *k, const struct obj_map *m)
{
	char name[16];

	if (!is_data(m)) {
		str_add(k->s, m->name);
		return;
	}
	obj_data_name(k->name, m->name, name);
	str_add(k->s, name);
}

static void map_rows(const struct skeleton *k)
{
	size_t i = 0;
	const struct obj *o = k->o;

	for vec_each(&o->map, m) {
		if (!has_field(m))
			continue;
		str_addf(k->s, "\n\ts->maps[%zu].name = \"", i);
		map_name(k, m);
		str_addf(k->s, "\";\n\ts->maps[%zu].map = &obj->maps.", i);
		field(k->s, m);
		put(k, ";\n");
		if (is_shown(m)) {
			str_addf(k->s, "\ts->maps[%zu].mmaped = (void **)&obj->", i);
			field(k->s, m);
			put(k, ";\n");
		} else if (m - o->map.at == o->arena_map && arena_section(o)) {
			str_addf(k->s, "\ts->maps[%zu].mmaped = (void **)&obj->arena;\n", i);
		}
		i++;
	}
}

static void prog_rows(const struct skeleton *k)
{
	size_t i = 0;

	for vec_each(&k->o->prog, p) {
		if (!is_entry(p))
			continue;
		str_addf(k->s,
			 "\n\ts->progs[%zu].name = \"%s\";\n"
			 "\ts->progs[%zu].prog = &obj->progs.%s;\n"
			 "\ts->progs[%zu].link = &obj->links.%s;\n",
			 i, p->name, i, p->name, i, p->name);
		i++;
	}
}

static void creation(const struct skeleton *k)
{
	bool any = maps_n(k->o) || progs_n(k->o);

	put(k, create);
	if (maps_n(k->o)) {
		array(k, "map", maps_n(k->o));
		map_rows(k);
	}
	if (progs_n(k->o)) {
		array(k, "prog", progs_n(k->o));
		prog_rows(k);
	}
	put(k, "\n\ts->data = (void *)@__elf_bytes(&s->data_sz);\n"
	       "\tobj->skeleton = s;\n\treturn 0;\n");
	if (any)
		put(k, "no_memory:\n\tbpf_object__destroy_skeleton(s);\n\treturn -ENOMEM;\n");
	put(k, "}\n");
}

static void elf_text(const struct skeleton *k, const uint8_t *elf, size_t size)
{
	static const char digits[] = "0123456789abcdef";

	put(k, "\nstatic inline const void *@__elf_bytes(size_t *sz)\n{\n");
	str_addf(k->s, "\t*sz = %zu;\n\treturn (const void *)\"", size);
	for (size_t i = 0; i < size; i++) {
		const char byte[4] = {'\\', 'x', digits[elf[i] >> 4], digits[elf[i] & 15]};

		if (i % 24 == 0)
			put(k, "\\\n");
		str_addn(k->s, byte, sizeof(byte));
	}
	put(k, "\";\n}\n");
}

/* Who includes this with other types than the program has is told by the compiler. */
static void asserts(const struct skeleton *k)
{
	const struct obj *o = k->o;

	put(k, "\n__attribute__((unused)) static void @__assert(struct @ *s "
	       "__attribute__((unused)))\n{\n"
	       "#ifdef __cplusplus\n#define _Static_assert static_assert\n#endif\n");
	for vec_each(&o->map, m) {
		const struct btf_type *t = is_shown(m) ? btf_type(o->btf, m->btf_var) : NULL;

		for (uint32_t i = 0; t && i < btf_vlen(t); i++) {
			const struct btf_secinfo *v = &btf_secinfos(t)[i];
			const struct btf_type *var = btf_type(o->btf, v->type);

			if (!btf_is(var, BTF_BIT(VAR)) || *btf_word(var) == BTF_STATIC)
				continue;
			put(k, "\t_Static_assert(sizeof(s->");
			field(k->s, m);
			put(k, "->");
			ident(k->s, btf_name(o->btf, v->type));
			str_addf(k->s, ") == %u, \"unexpected size of '%s'\");\n", v->size,
				 btf_name(o->btf, v->type));
		}
	}
	put(k, "#ifdef __cplusplus\n#undef _Static_assert\n#endif\n}\n");
}

int obj_skeleton(const struct obj *o, const char *name, const void *elf, size_t size,
		 struct str *out)
{
	struct skeleton k = {.o = o, .name = name, .s = out};
	int err;

	put(&k, head);
	lists(&k);
	err = shadows(&k);
	if (!err)
		err = structs(&k);
	if (err)
		return err;
	put(&k, class);
	put(&k, life);
	shadows_open(&k);
	put(&k, verbs);
	creation(&k);
	elf_text(&k, elf, size);
	put(&k, classes);
	asserts(&k);
	put(&k, "\n#endif\n");
	return str_err(out);
}
