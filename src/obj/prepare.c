/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An object for one kernel: everything that does not need a descriptor is settled here.
 */
#include <unistd.h>

#include "obj/impl.h"

/* The next power of two of pages: what the kernel takes as the size of a ring buffer. */
static uint32_t ring_size(uint32_t bytes)
{
	uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);
	uint64_t size = page;

	if (!bytes || (bytes % page == 0 && !(bytes & (bytes - 1))))
		return bytes;
	while (size <= bytes)
		size *= 2;
	return size > UINT32_MAX ? bytes : (uint32_t)size;
}

/* Some maps refuse to know the types of what they hold; of others libbpf does not tell them. */
static bool refuses_types(uint32_t map_type)
{
	const struct abi_map_type *t = abi_map_type(map_type);

	return (t && t->btf == ABI_MAP_BTF_NO) || map_type == ABI_MAP_STACK_TRACE ||
	       map_type == ABI_MAP_QUEUE || map_type == ABI_MAP_STACK || map_type == ABI_MAP_ARENA;
}

static void maps_adjust(struct obj *o)
{
	for vec_each(&o->map, m) {
		if (m->attr.type == ABI_MAP_RINGBUF || m->attr.type == ABI_MAP_USER_RINGBUF)
			m->attr.max_entries = ring_size(m->attr.max_entries);
		if (refuses_types(m->attr.type))
			m->attr.key_type = m->attr.value_type = 0;
	}
}

/* ---- what programs attach to, by BTF ---- */

static const char *attach_prefix(const struct obj_prog *p, uint32_t *ret_kinds)
{
	*ret_kinds = BTF_BIT(FUNC);
	switch ((int)p->attach) {
	case ABI_ATTACH_LSM_MAC:
	case ABI_ATTACH_LSM_CGROUP:
		return "bpf_lsm_";
	case ABI_ATTACH_TRACE_ITER:
		return "bpf_iter_";
	case ABI_ATTACH_TRACE_RAW_TP:
		*ret_kinds = BTF_BIT(TYPEDEF);
		return "btf_trace_";
	}
	return "";
}

static int attach_missing(const struct obj_prepare *c, const struct obj_prog *p, const char *name,
			  uint32_t kinds)
{
	const char *near = btf_near(c->t->vmlinux, name, kinds);
	size_t prefix = (size_t)(strlen(name) - strlen(p->target));

	diag_error(c->d, "obj.attach", obj_where(c->o),
		   "program '%s': the kernel has no %s '%s' to attach to", p->name,
		   *name == 'b' && prefix == strlen("btf_trace_") ? "tracepoint" : "function",
		   p->target);
	if (near && strlen(near) > prefix)
		diag_note(c->d, DIAG_NONE, "perhaps '%s' is meant", near + prefix);
	return -ESRCH;
}

/* "NAME", or "MODULE:NAME" of one module alone ("vmlinux" being one). */
static int attach_find(struct obj_prepare *c, struct obj_prog *p, const char *name, uint32_t kinds,
		       const char *module, size_t module_len)
{
	const struct btf *ignored;
	uint32_t number;

	if (!module) {
		p->attach_btf = obj_target_find(c, name, kinds, &ignored, &p->attach_module);
		return 0;
	}
	if (module_len == strlen("vmlinux") && !memcmp(module, "vmlinux", module_len)) {
		p->attach_btf = btf_find(c->t->vmlinux, name, kinds);
		return 0;
	}
	for (size_t i = 0; i < c->t->n_modules; i++) {
		const struct obj_target_module *m = &c->t->module[i];

		if (strlen(m->name) != module_len || memcmp(m->name, module, module_len))
			continue;
		p->attach_btf = btf_find_next(m->btf, name, kinds, btf_first(m->btf) - 1);
		number = p->attach_btf ? obj_module_number(c, i) : 0;
		if (p->attach_btf && !number)
			return obj_no_memory(c->o, c->d);
		p->attach_module = number;
	}
	return 0;
}

static int attach_resolve(struct obj_prepare *c, struct obj_prog *p)
{
	const char *colon = p->target ? strchr(p->target, ':') : NULL, *name;
	uint32_t kinds;
	int err;

	if (!c->t->vmlinux || !p->target || !p->row || !(p->row->flags & ABI_SEC_BTF) ||
	    p->type == ABI_PROG_EXT || p->to_prog || !*p->target)
		return 0;
	name = arena_printf(&c->o->arena, "%s%s", attach_prefix(p, &kinds),
			    colon ? colon + 1 : p->target);
	if (!name)
		return obj_no_memory(c->o, c->d);
	err = attach_find(c, p, name, kinds, colon ? p->target : NULL,
			  colon ? (size_t)(colon - p->target) : 0);
	if (!err && !p->attach_btf)
		err = attach_missing(c, p, name, kinds);
	return err;
}

/* ---- all of it ---- */

static int prepare(struct obj_prepare *c)
{
	struct obj *o = c->o;
	int err = obj_externs_resolve(c);

	if (!err)
		err = obj_ops_prepare(c);
	for (size_t i = 0; i < o->prog.n && !err; i++) {
		struct obj_prog *p = &o->prog.at[i];

		if (p->load && p->type == ABI_PROG_STRUCT_OPS && p->ops_map < 0)
			err = diag_error(c->d, "obj.struct_ops", obj_where(o),
					 "program '%s' is a member of nothing in .struct_ops",
					 p->name);
		else if (p->load)
			err = attach_resolve(c, p);
	}
	if (!err)
		err = obj_core_apply(c);
	for (size_t i = 0; i < o->prog.n && !err; i++) {
		if (o->prog.at[i].load && !o->prog.at[i].func)
			err = obj_code_build(c, (uint32_t)i);
	}
	return err;
}

int obj_prepare(struct obj *o, const struct obj_target *t, struct diag *d)
{
	struct obj_prepare c = {.o = o, .t = t, .d = d, .poison = VEC_INIT(OBJ_RELOCS_MAX)};
	int err;

	assert(!o->prepared);
	maps_adjust(o);
	err = prepare(&c);
	vec_done(&c.poison);
	if (!err)
		o->prepared = true;
	return err;
}

/* ---- descriptors ---- */

static void map_put(struct insn *i, const struct obj_fix *f, int fd)
{
	if (fd < 0) {
		i[0] = i[1] =
			(struct insn){.code = 0x85, .imm = OBJ_POISON_MAP + (int32_t)f->index};
		return;
	}
	i->src = f->kind == OBJ_FIX_MAP ? OBJ_SRC_MAP_FD : OBJ_SRC_MAP_VALUE;
	i->imm = fd;
}

void obj_prog_code(const struct obj_prog *p, const int *map_fd, const int *module_fd,
		   struct insn *ret_insns)
{
	assert(p->code);
	memcpy(ret_insns, p->code, p->n_code * sizeof(*ret_insns));
	for (uint32_t i = 0; i < p->n_fixes; i++) {
		const struct obj_fix *f = &p->fix[i];

		switch ((enum obj_fix_kind)f->kind) {
		case OBJ_FIX_MAP:
		case OBJ_FIX_MAP_VALUE:
			map_put(&ret_insns[f->insn], f, map_fd[f->index]);
			break;
		case OBJ_FIX_KSYM:
			ret_insns[f->insn + 1].imm = module_fd[f->index];
			break;
		case OBJ_FIX_KFUNC: /* its module's number is what the kernel is told */
			break;
		}
	}
}
