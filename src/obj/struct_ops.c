/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * struct_ops: a variable in .struct_ops or .struct_ops.link is a table of functions that the kernel
 * is to call, and a map of one element. Here its members are matched by name with the kernel's own
 * struct of that name: pointers to functions become programs with a place in the kernel's value,
 * everything else is copied. A member the kernel does not have may only be zero.
 *
 * The map's `data` is the object's struct as compiled; ops->kern_data is the kernel's.
 */
#include "obj/impl.h"

enum { MEMBERS_MAX = 4096 };

/* ---- from the file ---- */

static int table_add(struct obj *o, uint32_t sec, const struct btf_secinfo *v, struct diag *d)
{
	const struct elf_sec *s = &o->elf->sec[sec];
	const char *name = btf_name(o->btf, v->type);
	const struct btf_type *var = btf_type(o->btf, v->type), *t;
	uint32_t type = var ? btf_resolve(o->btf, var->type) : 0;
	struct obj_map *m;

	t = btf_type(o->btf, type);
	if (!btf_is(var, BTF_BIT(VAR)) || !btf_is(t, BTF_BIT(STRUCT)) || !*btf_name(o->btf, type))
		return elf_fault(o->elf, sec, v->offset, d, "obj.struct_ops",
				 "'%s' is no variable of a named struct", name);
	if (btf_vlen(t) > MEMBERS_MAX)
		return elf_fault(o->elf, sec, v->offset, d, "obj.struct_ops",
				 "'%s' has more than %u members", name, MEMBERS_MAX);
	if (v->offset > s->size || t->size > s->size - v->offset)
		return elf_fault(o->elf, sec, s->size, d, "obj.struct_ops",
				 "'%s' goes on past the section's end", name);
	m = obj_map_new(o, name, OBJ_MAP_STRUCT_OPS);
	if (!m)
		return obj_no_memory(o, d);
	m->section = s->name + (*s->name == '?');
	m->create = *s->name != '?';
	m->attach = true;
	m->sec = sec;
	m->sec_off = v->offset;
	m->btf_var = v->type;
	m->attr = (struct obj_map_attr){.type = ABI_MAP_STRUCT_OPS,
					.key_size = 4,
					.value_size = t->size,
					.max_entries = 1,
					.value_type = type};
	m->data_size = t->size;
	m->data = arena_alloc(&o->arena, t->size);
	m->ops = arena_new(&o->arena, struct obj_ops);
	if (!m->data || !m->ops)
		return obj_no_memory(o, d);
	memcpy(m->data, s->data + v->offset, t->size);
	*m->ops = (struct obj_ops){.type_name = btf_name(o->btf, type),
				   .type = type,
				   .link = s->role == ABI_OBJ_STRUCT_OPS_LINK};
	if (m->ops->link)
		m->attr.flags = ABI_F_MAP_LINK;
	m->ops->func = arena_alloc_array(&o->arena, btf_vlen(t), sizeof(*m->ops->func));
	return m->ops->func ? 0 : obj_no_memory(o, d);
}

int obj_ops_read(struct obj *o, struct diag *d)
{
	const struct obj_elf *e = o->elf;
	int err = 0;

	for (uint32_t i = 1; i < e->n_secs && !err; i++) {
		const struct btf_type *t;
		uint32_t id;

		if (e->sec[i].role != ABI_OBJ_STRUCT_OPS &&
		    e->sec[i].role != ABI_OBJ_STRUCT_OPS_LINK)
			continue;
		id = o->btf ? btf_find(o->btf, e->sec[i].name, BTF_BIT(DATASEC)) : 0;
		if (!id)
			return elf_fault(e, i, 0, d, "obj.struct_ops",
					 "without BTF nobody knows what it is: compile with -g");
		t = btf_type(o->btf, id);
		for (uint32_t k = 0; k < btf_vlen(t) && !err; k++)
			err = table_add(o, i, &btf_secinfos(t)[k], d);
	}
	return err;
}

/* The map that a place of the section is in: they come last of all maps, by section and offset. */
static struct obj_map *table_at(const struct obj *o, uint32_t sec, uint64_t off)
{
	size_t low = 0, high = o->map.n;
	struct obj_map *m;

	while (low < high) {
		size_t mid = (low + high) / 2;

		m = &o->map.at[mid];
		if (m->kind == OBJ_MAP_STRUCT_OPS &&
		    (m->sec > sec || (m->sec == sec && m->sec_off > off)))
			high = mid;
		else
			low = mid + 1;
	}
	if (!low)
		return NULL;
	m = &o->map.at[low - 1];
	return m->ops && m->sec == sec && off - m->sec_off < m->data_size ? m : NULL;
}

/* The member at a byte of the struct that is a pointer to a function; -1: none. */
static int member_at(const struct obj *o, const struct obj_map *m, uint64_t off)
{
	const struct btf_type *t = btf_type(o->btf, m->ops->type), *ptr;

	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		if (btf_member_bit_offset(t, i) != off * 8)
			continue;
		ptr = btf_type(o->btf, btf_resolve(o->btf, btf_members(t)[i].type));
		if (btf_is(ptr, BTF_BIT(PTR)) &&
		    btf_kind_of(o->btf, btf_resolve(o->btf, ptr->type)) == BTF_FUNC_PROTO)
			return (int)i;
	}
	return -1;
}

static int func_set(struct obj *o, uint32_t rel_sec, uint64_t off, const struct elf_rel *r,
		    struct diag *d)
{
	const struct elf_sym *sym = &o->elf->sym[ELF_REL_SYM(r)];
	uint32_t sec = o->elf->sec[rel_sec].info, prog = 0;
	struct obj_map *m = table_at(o, sec, r->offset);
	int member = m ? member_at(o, m, r->offset - m->sec_off) : -1;

	if (member < 0)
		return elf_fault(o->elf, rel_sec, off, d, "obj.struct_ops",
				 "'%s' is put where no pointer to a function is",
				 elf_sym_text(o->elf, sym));
	if (obj_prog_order(o, sym->sec, sym->value / sizeof(struct insn), &prog) ||
	    o->prog.at[prog].type != ABI_PROG_STRUCT_OPS)
		return elf_fault(o->elf, rel_sec, off, d, "obj.struct_ops",
				 "'%s', a member of '%s', is no program in SEC(\"struct_ops\")",
				 elf_sym_text(o->elf, sym), m->name);
	for (uint32_t i = 0; i < m->ops->n_funcs; i++) {
		if (m->ops->func[i].member == (uint32_t)member)
			return 0;
	}
	m->ops->func[m->ops->n_funcs++] =
		(struct obj_ops_func){.prog = prog, .member = (uint32_t)member};
	return 0;
}

int obj_ops_relocs_read(struct obj *o, uint32_t rel_sec, struct diag *d)
{
	uint32_t n = elf_rels(o->elf, rel_sec);
	struct elf_rel r;
	int64_t add;
	int err = 0;

	for (uint32_t i = 0; i < n && !err; i++) {
		err = elf_rel(o->elf, rel_sec, i, d, &r, &add);
		if (!err)
			err = func_set(o, rel_sec, i * o->elf->sec[rel_sec].entsize, &r, d);
	}
	for (size_t i = 0; i < o->map.n && !err; i++) {
		const struct obj_ops *ops = o->map.at[i].ops;

		for (uint32_t k = 0; ops && k < ops->n_funcs; k++)
			o->prog.at[ops->func[k].prog].ops_map = (int32_t)i;
	}
	return err;
}

/* ---- for a kernel ---- */

struct matcher {
	struct obj_prepare *c;
	struct obj_map *m;
	const struct btf *kern; /* the BTF that has the kernel's struct */
	const struct btf_type *type, *kern_type;
	uint32_t data_off; /* of the struct in the kernel's value */
};

static int refuse(const struct matcher *x, const char *member, const char *why)
{
	diag_error(x->c->d, "obj.struct_ops", obj_where(x->c->o), "struct_ops '%s': %s%s%s%s",
		   x->m->name, member ? "member '" : "", member ? member : "", member ? "' " : "",
		   why);
	return -ENOTSUP;
}

/* struct bpf_struct_ops_X, and in it the member of type struct X. */
static int kern_find(struct matcher *x)
{
	struct obj_ops *ops = x->m->ops;
	size_t n = btf_core_essential(ops->type_name);
	struct str name;
	const struct btf_type *value;

	str_init(&name, 4096);
	str_addf(&name, "bpf_struct_ops_%.*s", (int)n, ops->type_name);
	ops->kern_value_type =
		obj_target_find(x->c, name.s, BTF_BIT(STRUCT), &x->kern, &ops->module);
	if (ops->kern_value_type)
		ops->kern_type =
			btf_find(x->kern, name.s + strlen("bpf_struct_ops_"), BTF_BIT(STRUCT));
	str_done(&name);
	if (!ops->kern_type)
		return refuse(x, NULL, "this kernel has no struct_ops of that type");
	value = btf_type(x->kern, ops->kern_value_type);
	x->type = btf_type(x->c->o->btf, ops->type);
	x->kern_type = btf_type(x->kern, ops->kern_type);
	for (uint32_t i = 0; i < btf_vlen(value); i++) {
		if (btf_members(value)[i].type != ops->kern_type)
			continue;
		x->data_off = btf_member_bit_offset(value, i) / 8;
		ops->kern_size = value->size;
		if (value->size > OBJ_DATA_MAX || x->data_off > value->size ||
		    x->kern_type->size > value->size - x->data_off)
			break;
		ops->kern_data = arena_alloc(&x->c->o->arena, ops->kern_size);
		return ops->kern_data ? 0 : obj_no_memory(x->c->o, x->c->d);
	}
	return refuse(x, NULL, "the kernel's value of that type does not hold it");
}

static int kern_member(const struct matcher *x, const char *name)
{
	for (uint32_t i = 0; i < btf_vlen(x->kern_type); i++) {
		if (!strcmp(btf_str(x->kern, btf_members(x->kern_type)[i].name_off), name))
			return (int)i;
	}
	return -1;
}

static struct obj_ops_func *func_of(const struct matcher *x, uint32_t member)
{
	for (uint32_t i = 0; i < x->m->ops->n_funcs; i++) {
		if (x->m->ops->func[i].member == member)
			return &x->m->ops->func[i];
	}
	return NULL;
}

/* What the kernel does not have must be zero; a function there is not loaded for this map. */
static int absent(const struct matcher *x, uint32_t member, const char *name, uint64_t at,
		  uint64_t size)
{
	struct obj_ops_func *f = func_of(x, member);

	if (f) {
		f->dropped = true;
		return 0;
	}
	for (uint64_t i = 0; i < size; i++) {
		if (x->m->data[at + i])
			return refuse(x, name, "is not in the kernel's, and not zero");
	}
	return 0;
}

static int func_match(const struct matcher *x, struct obj_ops_func *f, uint32_t kern,
		      const char *name)
{
	struct obj_prog *p = &x->c->o->prog.at[f->prog];
	const struct btf_type *ptr =
		btf_type(x->kern, btf_resolve(x->kern, btf_members(x->kern_type)[kern].type));

	if (btf_kind_of(x->kern, btf_resolve(x->kern, ptr->type)) != BTF_FUNC_PROTO)
		return refuse(x, name, "is no function in the kernel");
	if (p->attach_btf && (p->attach_btf != x->m->ops->kern_type || p->ops_member != kern))
		return refuse(x, name, "is a program that stands for another member as well");
	p->attach_btf = x->m->ops->kern_type;
	p->attach_module = x->m->ops->module;
	p->ops_member = kern;
	f->kern_off = x->data_off + btf_member_bit_offset(x->kern_type, kern) / 8;
	return 0;
}

static int member_match(const struct matcher *x, uint32_t i)
{
	const struct btf *b = x->c->o->btf;
	const struct btf_member *m = &btf_members(x->type)[i];
	const char *name = btf_str(b, m->name_off);
	uint64_t at = btf_member_bit_offset(x->type, i) / 8, to;
	int64_t size = btf_size(b, m->type);
	int kern = kern_member(x, name);
	uint32_t kern_type;

	if (size < 0 || at > x->m->data_size || (uint64_t)size > x->m->data_size - at)
		return refuse(x, name, "has no size");
	if (kern < 0)
		return absent(x, i, name, at, (uint64_t)size);
	if (btf_member_bits(x->type, i) || btf_member_bits(x->kern_type, (uint32_t)kern))
		return refuse(x, name, "is a bitfield");
	kern_type = btf_members(x->kern_type)[kern].type;
	if (btf_kind_of(b, btf_resolve(b, m->type)) !=
	    btf_kind_of(x->kern, btf_resolve(x->kern, kern_type)))
		return refuse(x, name, "is of another kind in the kernel");
	if (btf_kind_of(b, btf_resolve(b, m->type)) == BTF_PTR)
		return func_of(x, i) ? func_match(x, func_of(x, i), (uint32_t)kern, name) : 0;
	to = x->data_off + btf_member_bit_offset(x->kern_type, (uint32_t)kern) / 8;
	if (btf_size(x->kern, kern_type) != size || to + (uint64_t)size > x->m->ops->kern_size)
		return refuse(x, name, "has another size in the kernel");
	memcpy(x->m->ops->kern_data + to, x->m->data + at, (size_t)size);
	return 0;
}

static int table_match(struct obj_prepare *c, struct obj_map *m)
{
	struct matcher x = {.c = c, .m = m};
	int err = kern_find(&x);

	for (uint32_t i = 0; !err && i < btf_vlen(x.type); i++)
		err = member_match(&x, i);
	if (!err)
		m->attr.value_size = m->ops->kern_size;
	return err;
}

/* A program that is a member is wanted exactly when some map it is in is created. */
static void wanted_set(struct obj *o)
{
	for (uint32_t i = 0; i < o->prog.n; i++) {
		struct obj_prog *p = &o->prog.at[i];
		bool used = false, wanted = false;

		if (p->type != ABI_PROG_STRUCT_OPS || p->ops_map < 0)
			continue;
		for vec_each(&o->map, m) {
			for (uint32_t k = 0; m->ops && k < m->ops->n_funcs; k++) {
				if (m->ops->func[k].prog != i)
					continue;
				used |= !m->ops->func[k].dropped;
				wanted |= m->create && !m->ops->func[k].dropped;
			}
		}
		p->load = used && wanted;
	}
}

int obj_ops_prepare(struct obj_prepare *c)
{
	int err = 0;

	for vec_each(&c->o->map, m) {
		if (m->ops && m->create && c->t->vmlinux && !err)
			err = table_match(c, m);
	}
	if (!err)
		wanted_set(c->o);
	return err;
}
