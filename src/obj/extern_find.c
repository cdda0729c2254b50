/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the externs are in the kernel at hand. Kernel functions come first, as their order numbers
 * the modules, and those numbers stand in the instructions. Only what something that is wanted
 * refers to is looked for; what is weak may be missing.
 */
#include "obj/impl.h"

uint32_t obj_module_number(struct obj_prepare *c, size_t target_module)
{
	const struct obj_target_module *m = &c->t->module[target_module];
	struct obj_module add = {.target = (uint32_t)target_module, .btf = m->btf};

	for (size_t i = 0; i < c->o->module.n; i++) {
		if (c->o->module.at[i].target == target_module)
			return (uint32_t)i + 1;
	}
	add.name = arena_strdup(&c->o->arena, m->name);
	if (!add.name || vec_push(&c->o->module, add))
		return 0;
	return (uint32_t)c->o->module.n;
}

uint32_t obj_target_find(struct obj_prepare *c, const char *name, uint32_t kinds,
			 const struct btf **ret_btf, uint32_t *ret_module)
{
	uint32_t id = btf_find(c->t->vmlinux, name, kinds), number;

	if (id) {
		*ret_btf = c->t->vmlinux;
		*ret_module = 0;
		return id;
	}
	for (size_t i = 0; i < c->t->n_modules; i++) {
		const struct btf *b = c->t->module[i].btf;

		id = btf_find_next(b, name, kinds, btf_first(b) - 1);
		if (!id)
			continue;
		number = obj_module_number(c, i);
		if (!number)
			return 0;
		*ret_btf = b;
		*ret_module = number;
		return id;
	}
	return 0;
}

/* ---- which are needed ---- */

static int needed_mark(const struct obj *o, struct bits *needed)
{
	int err = bits_init(needed, (uint32_t)o->ext.n);

	if (err)
		return err;
	for vec_each(&o->prog, p) {
		for (uint32_t i = 0; (p->load || p->func) && i < p->n_relocs; i++) {
			if (p->reloc[i].kind == OBJ_RELOC_EXTERN ||
			    p->reloc[i].kind == OBJ_RELOC_KFUNC)
				bits_add(needed, p->reloc[i].index);
		}
	}
	return 0;
}

/* ---- by BTF ---- */

static int incompatible(struct obj_prepare *c, const struct obj_extern *x, const struct btf *kern,
			uint32_t type)
{
	struct str want, has;

	str_init(&want, 4096);
	str_init(&has, 4096);
	if (!btf_c_name(c->o->btf, x->type, &want) && !btf_c_name(kern, type, &has))
		diag_error(c->d, "obj.ksym", obj_where(c->o),
			   "extern '%s' is declared as '%s', the kernel has '%s'", x->name, want.s,
			   has.s);
	else
		diag_error(c->d, "obj.ksym", obj_where(c->o),
			   "extern '%s' is of another type in the kernel", x->name);
	str_done(&want);
	str_done(&has);
	return -EINVAL;
}

static int by_btf(struct obj_prepare *c, struct obj_extern *x)
{
	bool func = x->kind == OBJ_EXTERN_KFUNC;
	const struct btf *kern = NULL;
	uint32_t id, module = 0, type;
	int same;

	if (!c->t->vmlinux)
		return 0;
	id = obj_target_find(c, func ? x->plain : x->name, func ? BTF_BIT(FUNC) : BTF_BIT(VAR),
			     &kern, &module);
	if (!id)
		return 0;
	type = btf_resolve(kern, btf_type(kern, id)->type);
	same = btf_core_compatible(c->o->btf, x->type, kern, type);
	if (same < 0)
		return same;
	if (!same)
		return func && x->weak ? 0 : incompatible(c, x, kern, type);
	x->found = true;
	x->kern_btf = id;
	x->kern_module = module;
	return 0;
}

static int by_asking(struct obj_prepare *c, struct obj_extern *x)
{
	struct obj_ksym k = {0};
	int err;

	if (x->found || !c->t->find)
		return 0;
	err = c->t->find(c->t->ctx, x, &k);
	if (err)
		return err == -ENOENT ? 0 : err;
	x->found = true;
	x->addr = k.addr;
	x->kern_btf = k.btf_id;
	return 0;
}

static int missing(struct obj_prepare *c, const struct obj_extern *x)
{
	static const char *const what[] = {
		[OBJ_EXTERN_KCONFIG] = "the kernel's configuration does not have it",
		[OBJ_EXTERN_KSYM_TYPED] = "the kernel's BTF has no such variable",
		[OBJ_EXTERN_KSYM] = "the kernel has no such symbol",
		[OBJ_EXTERN_KFUNC] = "the kernel has no such function for programs",
		[OBJ_EXTERN_OBJECT] = "it is of another object: link them first",
	};

	diag_error(c->d, "obj.extern", obj_where(c->o), "extern '%s': %s", x->name, what[x->kind]);
	if (x->kind != OBJ_EXTERN_OBJECT)
		diag_note(c->d, DIAG_NONE, "declared __weak it may be missing");
	return -ESRCH;
}

static int extern_resolve(struct obj_prepare *c, struct obj_extern *x)
{
	int err = 0;

	switch ((enum obj_extern_kind)x->kind) {
	case OBJ_EXTERN_KCONFIG:
	case OBJ_EXTERN_OBJECT:
		break;
	case OBJ_EXTERN_KSYM_TYPED:
	case OBJ_EXTERN_KFUNC:
		err = by_btf(c, x);
		if (!err)
			err = by_asking(c, x);
		break;
	case OBJ_EXTERN_KSYM:
		err = by_asking(c, x);
		break;
	}
	if (!err && !x->found && !x->weak)
		err = missing(c, x);
	return err;
}

int obj_externs_resolve(struct obj_prepare *c)
{
	struct bits needed = {0};
	int err = obj_kconfig_fill(c);

	if (err)
		return err;
	if (needed_mark(c->o, &needed))
		return obj_no_memory(c->o, c->d);
	for (int kfuncs = 1; kfuncs >= 0; kfuncs--) {
		for bits_each(&needed, i) {
			struct obj_extern *x = &c->o->ext.at[i];

			if (!err && (x->kind == OBJ_EXTERN_KFUNC) == kfuncs)
				err = extern_resolve(c, x);
		}
	}
	bits_done(&needed);
	return err;
}
