/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a map's values, and objects that programs allocate, hold besides bytes, from their type: structs
 * by their names, pointers by their type tags. The kernel's btf_parse_fields(), whose errno these are.
 */
#include <stdlib.h>

#include "engine/impl.h"

/* kernel: map_check_btf(), btf_parse_struct_metas() */
#define IN_OBJECTS                                                                                 \
	(1u << MAP_SPIN_LOCK | 1u << MAP_RES_SPIN_LOCK | 1u << MAP_LIST_HEAD | 1u << MAP_LIST_NODE | \
	 1u << MAP_RB_ROOT | 1u << MAP_RB_NODE | 1u << MAP_REFCOUNT | 1u << MAP_KPTR_UNREF |         \
	 1u << MAP_KPTR_REF | 1u << MAP_KPTR_PERCPU)
#define IN_VALUES (~(1u << MAP_LIST_NODE | 1u << MAP_RB_NODE))

enum { FIELDS_MAX = 11, DEPTH_MAX = 4, ELEMS_MAX = 64 };

struct fields {
	const struct btf *b;
	VEC(struct map_field) at;
	uint32_t seen;  /* kinds that may be there once */
	uint32_t kinds; /* that it is looked for */
};

static const struct named {
	const char *name;
	enum map_field_kind kind;
	uint32_t size, align;
	bool once;
} structs[] = {
	{"bpf_spin_lock", MAP_SPIN_LOCK, 4, 4, true},
	{"bpf_res_spin_lock", MAP_RES_SPIN_LOCK, 4, 4, true},
	{"bpf_timer", MAP_TIMER, 16, 8, true},
	{"bpf_wq", MAP_WORKQUEUE, 16, 8, true},
	{"bpf_task_work", MAP_TASK_WORK, 8, 8, true},
	{"bpf_list_head", MAP_LIST_HEAD, 16, 8, false},
	{"bpf_rb_root", MAP_RB_ROOT, 16, 8, false},
	{"bpf_refcount", MAP_REFCOUNT, 4, 4, true},
	{"bpf_list_node", MAP_LIST_NODE, 24, 8, false},
	{"bpf_rb_node", MAP_RB_NODE, 32, 8, false},
};

static const struct {
	const char *tag;
	enum map_field_kind kind;
} tags[] = {
	{"kptr_untrusted", MAP_KPTR_UNREF},
	{"kptr", MAP_KPTR_REF},
	{"percpu_kptr", MAP_KPTR_PERCPU},
	{"uptr", MAP_UPTR},
};

static int add(struct fields *f, enum map_field_kind kind, uint32_t off, uint32_t size,
	       uint32_t align, uint64_t type)
{
	if (off % align)
		return -EINVAL;
	if (f->at.n == FIELDS_MAX)
		return -E2BIG;
	return vec_push(&f->at, ((struct map_field){
					.kind = kind, .offset = off, .size = size, .type = type}));
}

static int add_struct(struct fields *f, const struct named *n, uint32_t type, uint32_t off)
{
	uint32_t bit = 1u << n->kind;

	if (!(f->kinds & bit))
		return 0;
	/* both kinds of lock count as one */
	if (n->kind == MAP_SPIN_LOCK || n->kind == MAP_RES_SPIN_LOCK)
		bit = 1u << MAP_SPIN_LOCK | 1u << MAP_RES_SPIN_LOCK;
	if (btf_size(f->b, type) != n->size)
		return -EINVAL;
	if (n->once && f->seen & bit)
		return -E2BIG;
	f->seen |= bit;
	return add(f, n->kind, off, n->size, n->align, 0);
}

/* What the vm knows of objects that such a pointer may own; of others of the kernel there are none. */
static uint64_t type_of(const struct btf *b, uint32_t id, enum map_field_kind kind)
{
	if (kind != MAP_KPTR_REF && kind != MAP_KPTR_PERCPU)
		return 0;
	return engine_ptr(strcmp(btf_name(b, btf_resolve(b, id)), "bpf_cpumask") ? &vm_type_object
										 : &vm_type_cpumask);
}

/* A pointer with a type tag between it and what it points to. */
static int add_pointer(struct fields *f, const struct btf_type *ptr, uint32_t off)
{
	const struct btf_type *t = btf_type(f->b, ptr->type);
	const char *tag;
	size_t i;

	if (!btf_is(t, BTF_BIT(TYPE_TAG)))
		return 0;
	tag = btf_str(f->b, t->name_off);
	for (i = 0; i < ARRAY_LEN(tags); i++)
		if (!strcmp(tag, tags[i].tag))
			return f->kinds >> tags[i].kind & 1
				       ? add(f, tags[i].kind, off, 8, 8,
					     type_of(f->b, t->type, tags[i].kind))
				       : 0;
	return -EINVAL;
}

static int walk(struct fields *f, uint32_t id, uint32_t off, int depth);

static int walk_one(struct fields *f, uint32_t id, uint32_t off, int depth)
{
	uint32_t type = btf_strip(f->b, id, BTF_MODIFIERS);
	const struct btf_type *t = btf_type(f->b, type);
	size_t i;

	if (btf_is(t, BTF_BIT(PTR)))
		return add_pointer(f, t, off);
	if (!btf_is(t, BTF_BIT(STRUCT)))
		return 0;
	for (i = 0; i < ARRAY_LEN(structs); i++)
		if (!strcmp(btf_str(f->b, t->name_off), structs[i].name))
			return add_struct(f, &structs[i], type, off);
	return walk(f, type, off, depth + 1);
}

static int walk_member(struct fields *f, uint32_t id, uint32_t off, int depth)
{
	uint32_t type = btf_strip(f->b, id, BTF_MODIFIERS), n = 1, i;
	const struct btf_type *t = btf_type(f->b, type);
	int64_t size;
	int err = 0;

	for (; btf_is(t, BTF_BIT(ARRAY)) && n <= ELEMS_MAX; t = btf_type(f->b, type)) {
		n *= MIN(btf_array(t)->n, ELEMS_MAX + 1u);
		type = btf_strip(f->b, btf_array(t)->elem, BTF_MODIFIERS);
	}
	size = btf_size(f->b, type);
	if (size < 0 || n > ELEMS_MAX)
		return 0; /* arrays that long hold no fields the kernel would take */
	for (i = 0; i < n && !err; i++)
		err = walk_one(f, type, off + i * (uint32_t)size, depth);
	return err;
}

static int walk(struct fields *f, uint32_t id, uint32_t off, int depth)
{
	struct btf_field m;
	uint32_t i;
	int err = 0;

	if (depth >= DEPTH_MAX)
		return 0;
	for (i = 0; !err && btf_field_at(f->b, id, i, &m); i++)
		if (!m.bit_size && m.bit_off % 8 == 0)
			err = walk_member(f, m.type, off + (uint32_t)(m.bit_off / 8), depth);
	return err;
}

static int by_offset(const void *a, const void *b)
{
	const struct map_field *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static int from_btf(const struct btf *b, uint32_t type, uint32_t size, uint32_t kinds,
		    struct map_field **ret_field, uint32_t *ret_n)
{
	struct fields f = {.b = b, .at = VEC_INIT(FIELDS_MAX), .kinds = kinds};
	const struct btf_type *t;
	uint32_t i;
	int err;

	type = btf_strip(b, type, BTF_MODIFIERS);
	t = btf_type(b, type);
	if (btf_is(t, BTF_BIT(DATASEC))) {
		err = 0;
		for (i = 0; i < btf_vlen(t) && !err; i++) {
			const struct btf_type *v = btf_type(b, btf_secinfos(t)[i].type);

			if (btf_is(v, BTF_BIT(VAR)))
				err = walk_member(&f, v->type, btf_secinfos(t)[i].offset, 0);
		}
	} else {
		err = btf_is(t, BTF_BIT(STRUCT)) ? walk_one(&f, type, 0, -1) : 0;
	}
	for (i = 0; i < f.at.n && !err; i++)
		if (f.at.at[i].offset + f.at.at[i].size > size)
			err = -EINVAL;
	if (err) {
		vec_done(&f.at);
		return err;
	}
	if (f.at.n)
		qsort(f.at.at, f.at.n, sizeof(*f.at.at), by_offset);
	*ret_field = f.at.at;
	*ret_n = (uint32_t)f.at.n;
	return 0;
}

int map_fields_from_btf(const struct btf *b, uint32_t type, uint32_t size, struct map_field **ret_field,
			uint32_t *ret_n)
{
	return from_btf(b, type, size, IN_VALUES, ret_field, ret_n);
}

/* ---- the types of bpf_obj_new ---- */

static int add_type(struct prog_object *p, uint32_t id)
{
	const struct btf *b = p->btf ? p->btf->btf : NULL;
	struct object_type *t;
	struct map_field *field;
	uint32_t n;
	int64_t size = b && btf_is(btf_type(b, id), BTF_BIT(STRUCT)) ? btf_size(b, id) : -EINVAL;
	int err = size < 0 ? (int)size : vec_reserve(&p->object_type, p->object_type.n + 1);

	if (!err)
		err = from_btf(b, id, (uint32_t)size, IN_OBJECTS, &field, &n);
	if (err)
		return err;
	t = mem_alloc(sizeof(*t));
	if (!t) {
		mem_free(field);
		return -ENOMEM;
	}
	t->id = id;
	t->t = (struct vm_object_type){.size = (uint32_t)size, .fields = n, .field = field};
	vec_push(&p->object_type, t);
	return 0;
}

const struct vm_object_type *prog_object_type(struct prog_object *p, uint32_t id)
{
	for vec_each(&p->object_type, t)
		if ((*t)->id == id)
			return &(*t)->t;
	return add_type(p, id) ? NULL : &vec_last(&p->object_type)->t;
}

void prog_object_types_done(struct prog_object *p)
{
	for vec_each(&p->object_type, t) {
		mem_free((void *)(*t)->t.field);
		mem_free(*t);
	}
	vec_done(&p->object_type);
}
