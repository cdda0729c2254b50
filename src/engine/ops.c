/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * struct_ops: maps whose value is a struct of functions of the kernel, of a type struct
 * bpf_struct_ops_NAME in its BTF. Programs are named in it by descriptors, and kept. Nobody calls
 * them here: that is for who plays the kernel's part.
 */
#include "engine/impl.h"

enum { READY = 3 };

/* The struct of functions in the value: its member "data". */
static bool find_struct(const struct map_object *m, struct btf_field *ret_data)
{
	const struct embedded *e = m->o.e;

	return e->vmlinux && btf_field(e->vmlinux->btf, m->btf_vmlinux_value, "data", ret_data);
}

/* kernel: bpf_struct_ops_map_alloc() */
int ops_check_type(const struct embedded *e, uint32_t value_type, uint32_t value_size)
{
	const struct btf *b = e->vmlinux ? e->vmlinux->btf : NULL;

	if (!b || btf_kind_of(b, value_type) != BTF_STRUCT ||
	    !str_has_prefix(btf_name(b, value_type), "bpf_struct_ops_"))
		return -ENOTSUPP;
	return btf_size(b, value_type) == (int64_t)value_size ? 0 : -EINVAL;
}

static void put_all(struct map_object *m)
{
	for vec_each(&m->ops, p)
		object_put(&(*p)->o);
	vec_done(&m->ops);
}

static int take_member(struct map_object *m, uint32_t type, uint32_t member, uint64_t fd)
{
	struct object *o;
	int err = object_by_fd(m->o.e, ENGINE_PROG, (int)fd, &o, NULL);

	if (err)
		return err;
	if (to_prog(o)->type != ABI_PROG_STRUCT_OPS || to_prog(o)->attach_btf_id != type ||
	    to_prog(o)->attach != member)
		err = -EINVAL;
	if (!err)
		err = vec_push(&m->ops, to_prog(o));
	if (err)
		object_put(o);
	return err;
}

/* kernel: bpf_struct_ops_map_update_elem(): each function pointer is a program for that member. */
static int take_programs(struct map_object *m, const uint8_t *value)
{
	struct btf_field data, f;
	const struct btf *b;
	uint32_t i, type;
	uint64_t fd;
	int err = 0;

	if (!find_struct(m, &data))
		return -ENOTSUPP;
	b = m->o.e->vmlinux->btf;
	type = btf_resolve(b, data.type);
	m->ops.max = BTF_VLEN_MAX;
	for (i = 0; !err && btf_field_at(b, type, i, &f); i++) {
		const struct btf_type *t = btf_type(b, btf_resolve(b, f.type));

		if (!btf_is(t, BTF_BIT(PTR)) || !btf_is(btf_type(b, btf_resolve(b, t->type)), BTF_BIT(FUNC_PROTO)))
			continue;
		memcpy(&fd, value + (data.bit_off + f.bit_off) / 8, sizeof(fd));
		if (fd)
			err = take_member(m, type, i, fd);
	}
	if (err)
		put_all(m);
	return err;
}

int ops_event(void *arg, struct map *map, enum map_struct_ops_event what, void *value)
{
	struct map_object *m = map->owner;

	(void)arg;
	if (!m)
		return 0;
	switch (what) {
	case MAP_OPS_CHECK:
	case MAP_OPS_REGISTER:
		return take_programs(m, value);
	case MAP_OPS_UNREGISTER:
		put_all(m);
		return 0;
	}
	bug("struct_ops event %d", what);
}

void ops_done(struct map_object *m)
{
	put_all(m);
}

/* kernel: bpf_struct_ops_valid_to_reg() */
bool ops_is_ready(struct map_object *m)
{
	uint32_t zero = 0, *value;
	bool ready;

	if (m->map->type != MAP_TYPE_STRUCT_OPS || !(m->map->flags & ABI_F_MAP_LINK))
		return false;
	value = mem_alloc(m->map->value_size);
	ready = value && !map_user_lookup(m->map, MAP_MAY_ALL, &zero, value, 0) && value[1] == READY;
	mem_free(value);
	return ready;
}
