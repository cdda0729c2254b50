/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Objects that no file was read for: front ends put them together piece by piece. */
#include "obj/impl.h"

static int full(const struct obj *o, size_t n, size_t max)
{
	return n >= max ? -E2BIG : o->arena.err ? o->arena.err : -ENOMEM;
}

int obj_set_license(struct obj *o, const char *license)
{
	const char *copy = arena_strdup(&o->arena, license);

	if (!copy)
		return o->arena.err;
	o->license = copy;
	return 0;
}

void obj_set_btf(struct obj *o, struct btf *btf)
{
	btf_unref(o->btf);
	o->btf = btf;
}

/* Places in a section of their own, so that they are found in the order in which they were made. */
int obj_add_prog(struct obj *o, const char *name, const char *section, const struct insn *at,
		 uint32_t n)
{
	struct obj_prog p = {.name = arena_strdup(&o->arena, name),
			     .global = true,
			     .ops_map = -1,
			     .n_insns = n,
			     .sec = (uint32_t)o->prog.n + 1};
	int err;

	p.insn = arena_alloc_array(&o->arena, n, sizeof(*at));
	if (!p.name || !p.insn)
		return o->arena.err;
	memcpy(p.insn, at, n * sizeof(*at));
	err = obj_prog_set_section(o, &p, section);
	if (err == -ENOMEM)
		return err;
	p.func = !strcmp(section, ".text");
	p.load = p.load && !p.func;
	if (vec_push(&o->prog, p))
		return full(o, o->prog.n, o->prog.max);
	return (int)o->prog.n - 1;
}

int obj_add_map(struct obj *o, const char *name, const struct obj_map_attr *attr)
{
	const char *copy = arena_strdup(&o->arena, name);
	struct obj_map *m = copy ? obj_map_new(o, copy, OBJ_MAP_USER) : NULL;

	if (!m)
		return full(o, o->map.n, o->map.max);
	m->attr = *attr;
	return (int)o->map.n - 1;
}

int obj_add_extern(struct obj *o, const char *name, enum obj_extern_kind kind, bool weak)
{
	struct obj_extern x = {.name = arena_strdup(&o->arena, name),
			       .kind = (uint8_t)kind,
			       .weak = weak,
			       .plain = arena_strndup(&o->arena, name, btf_core_essential(name))};

	if (!x.name || !x.plain || vec_push(&o->ext, x))
		return full(o, o->ext.n, o->ext.max);
	return (int)o->ext.n - 1;
}
