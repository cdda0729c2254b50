/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps as objects: MAP_CREATE, in the kernel's order of checks, MAP_FREEZE, and what OBJ_GET_INFO
 * says of them.
 */
#include <net/if.h>

#include "engine/impl.h"

unsigned may_of_flags(uint32_t flags)
{
	switch (flags & (F_RDONLY | F_WRONLY)) {
	case 0:
		return MAP_MAY_ALL;
	case F_RDONLY:
		return MAP_MAY_READ;
	case F_WRONLY:
		return MAP_MAY_WRITE;
	default:
		return 0;
	}
}

/* ---- creation ---- */

/* What is looked at before the type is. */
static int check_btf_ids(const union engine_attr *a)
{
	if (a->map_create.btf_vmlinux_value_type_id)
		return a->map_create.map_type != MAP_TYPE_STRUCT_OPS ||
				       a->map_create.btf_key_type_id ||
				       a->map_create.btf_value_type_id
			       ? -EINVAL
			       : 0;
	return a->map_create.btf_key_type_id && !a->map_create.btf_value_type_id ? -EINVAL : 0;
}

static bool is_typed(const union engine_attr *a)
{
	return a->map_create.btf_key_type_id || a->map_create.btf_value_type_id ||
	       a->map_create.btf_vmlinux_value_type_id;
}

static bool is_u32(const struct btf *b, uint32_t id)
{
	const struct btf_type *t = btf_type(b, btf_resolve(b, id));

	return btf_is(t, BTF_BIT(INT)) && BTF_INT_BITS(*btf_word(t)) == 32 &&
	       !BTF_INT_OFFSET(*btf_word(t));
}

/* A data section is an array of one value without a key. */
static int check_array(const struct btf *b, const union engine_attr *a)
{
	uint32_t value = btf_strip(b, a->map_create.btf_value_type_id, BTF_MODIFIERS);

	if (a->map_create.btf_key_type_id)
		return is_u32(b, a->map_create.btf_key_type_id) ? 0 : -EINVAL;
	return a->map_create.map_type == MAP_TYPE_ARRAY && a->map_create.max_entries == 1 &&
			       btf_kind_of(b, value) == BTF_DATASEC
		       ? 0
		       : -EINVAL;
}

/* What a type asks of its types: the map_check_btf() of its operations. */
static int check_for_type(const struct btf *b, const union engine_attr *a)
{
	const struct abi_map_type *t = abi_map_type(a->map_create.map_type);
	uint32_t key = a->map_create.btf_key_type_id;

	if (t && t->btf == ABI_MAP_BTF_NO)
		return -ENOTSUPP;
	switch (a->map_create.map_type) {
	case MAP_TYPE_ARRAY:
	case MAP_TYPE_PERCPU_ARRAY:
		return check_array(b, a);
	case MAP_TYPE_LPM_TRIE:
		return btf_kind_of(b, btf_resolve(b, key)) == BTF_STRUCT ? 0 : -EINVAL;
	case MAP_TYPE_BLOOM_FILTER:
		return key ? -EINVAL : 0;
	case MAP_TYPE_SK_STORAGE:
	case MAP_TYPE_INODE_STORAGE:
	case MAP_TYPE_TASK_STORAGE:
	case MAP_TYPE_CGRP_STORAGE:
		return is_u32(b, key) ? 0 : -EINVAL;
	case MAP_TYPE_ARENA:
	case MAP_TYPE_CGROUP_STORAGE:
	case MAP_TYPE_PERCPU_CGROUP_STORAGE:
		return 0;
	default:
		return key ? 0 : -EINVAL;
	}
}

/* kernel: map_check_btf(), the value's fields aside */
static int check_types(const struct btf *b, const union engine_attr *a)
{
	uint32_t key = a->map_create.btf_key_type_id, value = a->map_create.btf_value_type_id;

	if (key && btf_size(b, key) != (int64_t)a->map_create.key_size)
		return -EINVAL;
	if (btf_size(b, value) != (int64_t)a->map_create.value_size)
		return -EINVAL;
	return check_for_type(b, a);
}

/* The types the map is created with: *ret_btf NULL when it has none. */
static int take_btf(struct call *c, struct btf_object **ret_btf)
{
	struct object *o;
	int err;

	*ret_btf = NULL;
	if (!is_typed(c->a))
		return 0;
	err = object_by_fd(c->e, ENGINE_BTF, (int)c->a->map_create.btf_fd, &o, NULL);
	if (err)
		return err;
	if (to_btf(o)->kernel) {
		object_put(o);
		return -EACCES;
	}
	*ret_btf = to_btf(o);
	return 0;
}

/* The template of a map-in-map. An error waits until creation has come that far. */
static int take_inner(struct call *c, struct object **ret_inner)
{
	uint32_t type = c->a->map_create.map_type;

	*ret_inner = NULL;
	if (type != MAP_TYPE_ARRAY_OF_MAPS && type != MAP_TYPE_HASH_OF_MAPS)
		return 0;
	return object_by_fd(c->e, ENGINE_MAP, (int)c->a->map_create.inner_map_fd, ret_inner, NULL);
}

static int take_exclusive(struct call *c, struct map_object *m)
{
	if (!c->a->map_create.excl_prog_hash)
		return c->a->map_create.excl_prog_hash_size ? -EINVAL : 0;
	if (c->a->map_create.excl_prog_hash_size != sizeof(m->excl))
		return -EINVAL;
	m->exclusive = true;
	return user_in(c->e, m->excl, c->a->map_create.excl_prog_hash, sizeof(m->excl));
}

static void wake(void *arg, struct map *map)
{
	struct map_object *m = arg;
	struct handle *h;

	(void)map;
	lock(m->o.e);
	for (h = m->handle; h; h = h->next)
		handle_signal(h, true);
	unlock(m->o.e);
}

/*
 * The kernel makes the map first and looks at names and types after; a map made here knows its
 * fields from the start, so a first one without them answers for what comes before.
 */
static int create(struct call *c, struct map_object *m, struct map *inner)
{
	const union engine_attr *a = c->a;
	char name[ENGINE_NAME];
	struct map_attr attr = {.type = a->map_create.map_type,
				.key_size = a->map_create.key_size,
				.value_size = a->map_create.value_size,
				.max_entries = a->map_create.max_entries,
				.flags = a->map_create.map_flags,
				.extra = a->map_create.map_extra,
				.numa_node = a->map_create.numa_node,
				.inner = inner,
				.typed = (a->map_create.btf_value_type_id &&
					  a->map_create.btf_key_type_id) ||
					 a->map_create.btf_vmlinux_value_type_id};
	struct map_field *field = NULL;
	int err = map_create(&attr, &c->e->env, &m->map);

	if (!err && attr.type == MAP_TYPE_STRUCT_OPS)
		err = ops_check_type(c->e, a->map_create.btf_vmlinux_value_type_id, attr.value_size);
	if (!err)
		err = name_copy(name, a->map_create.map_name);
	if (!err)
		err = take_exclusive(c, m);
	if (!err)
		err = take_btf(c, &m->btf);
	if (!err && m->btf && a->map_create.btf_value_type_id)
		err = check_types(m->btf->btf, a);
	if (!err && m->btf && a->map_create.btf_value_type_id)
		err = map_fields_from_btf(m->btf->btf, a->map_create.btf_value_type_id,
					  attr.value_size, &field, &attr.fields);
	if (!err && attr.fields) {
		map_unref_user(m->map);
		m->map = NULL;
		attr.field = field;
		err = map_create(&attr, &c->e->env, &m->map);
	}
	mem_free(field);
	if (err)
		return err;
	memcpy(m->map->name, name, sizeof(name));
	m->btf_key = a->map_create.btf_key_type_id;
	m->btf_value = a->map_create.btf_value_type_id;
	m->btf_vmlinux_value = a->map_create.btf_vmlinux_value_type_id;
	m->map->owner = m;
	m->map->wake_arg = m;
	m->map->wake = wake;
	return 0;
}

static void map_object_free(struct map_object *m)
{
	ops_done(m);
	if (m->map) {
		m->map->wake = NULL;
		m->map->owner = NULL;
		map_unref(m->map);
	}
	if (m->btf)
		object_put(&m->btf->o);
	mem_free(m);
}

void map_object_end(struct object *o)
{
	map_object_free(to_map(o));
}

/* No device here keeps maps. kernel: bpf_map_offload_map_alloc() */
static int no_device(const union engine_attr *a)
{
	char name[IF_NAMESIZE];

	if (a->map_create.map_type != MAP_TYPE_ARRAY && a->map_create.map_type != MAP_TYPE_HASH)
		return -EINVAL;
	return if_indextoname(a->map_create.map_ifindex, name) ? -EOPNOTSUPP : -EINVAL;
}

/* Tokens and devices are looked for when the type has had its say, before the map is made. */
static int check_early(struct call *c)
{
	const union engine_attr *a = c->a;
	const struct abi_map_type *t = abi_map_type(a->map_create.map_type);
	int err;

	if (!t || t->since > c->e->engine.kernel)
		return -EINVAL;
	err = abi_map_check(t, c->e->engine.kernel, a->map_create.key_size,
			    a->map_create.value_size, a->map_create.max_entries,
			    a->map_create.map_flags & ~ABI_F_MAP_TOKEN_FD);
	if (err)
		return err;
	return a->map_create.map_flags & ABI_F_MAP_TOKEN_FD ? no_token(a->map_create.map_token_fd)
							    : no_device(a);
}

int command_map_create(struct call *c)
{
	const union engine_attr *a = c->a;
	struct object *inner;
	struct map_object *m;
	int err, inner_err;

	err = check_btf_ids(a);
	if (err)
		return err;
	if ((a->map_create.map_flags & ABI_F_MAP_TOKEN_FD || a->map_create.map_ifindex) &&
	    (err = check_early(c)))
		return err;
	inner_err = take_inner(c, &inner);
	m = mem_alloc(sizeof(*m));
	err = m ? create(c, m, inner ? to_map(inner)->map : NULL) : -ENOMEM;
	if (err == -EBADF && inner_err)
		err = inner_err;
	object_put(inner);
	if (!err)
		err = object_add(c->e, &m->o, ENGINE_MAP);
	if (err) {
		if (m && m->map)
			map_ref(m->map), map_unref_user(m->map);
		if (m)
			map_object_free(m);
		return err;
	}
	m->map->id = m->o.id;
	err = handle_new(c->e, &m->o, may_of_flags(a->map_create.map_flags));
	/* the reference of a user that creation gave becomes the object's own */
	map_ref(m->map);
	map_unref_user(m->map);
	object_put(&m->o);
	return err;
}

/* ---- the rest ---- */

int command_map_freeze(struct call *c)
{
	struct object *o;
	unsigned may;
	int err = object_by_fd(c->e, ENGINE_MAP, (int)c->a->elem.map_fd, &o, &may);

	if (err)
		return err;
	err = map_freeze(to_map(o)->map, may);
	object_put(o);
	return err;
}

int info_of_map(struct call *c, struct map_object *m)
{
	const struct map *map = m->map;
	struct engine_map_info i = {
		.type = map->type,
		.id = m->o.id,
		.key_size = map->key_size,
		.value_size = map->value_size,
		.max_entries = map->max_entries,
		.flags = map->flags,
		.extra = map->extra,
		.btf_id = m->btf ? m->btf->o.id : 0,
		.btf_key_type_id = m->btf_key,
		.btf_value_type_id = m->btf_value,
		.btf_vmlinux_value_type_id = m->btf_vmlinux_value,
	};
	uint32_t known = c->e->engine.kernel < ABI_KERNEL(6, 18)
				 ? offsetof(struct engine_map_info, hash)
				 : offsetof(struct engine_map_info, hash_size) + 8;
	uint32_t len = c->a->info.info_len;
	int err = user_tail_zero(c->e, c->a->info.info, known, len);

	if (err)
		return err;
	len = MIN(len, known);
	memcpy(i.name, map->name, sizeof(i.name));
	if (user_out(c->e, c->a->info.info, &i, len))
		return -EFAULT;
	return call_answer(c, info.info_len, len);
}

int command_bind_map(struct call *c)
{
	struct object *p, *m;
	int err;

	if (c->a->bind_map.flags)
		return -EINVAL;
	err = object_by_fd(c->e, ENGINE_PROG, (int)c->a->bind_map.prog_fd, &p, NULL);
	if (err)
		return err;
	err = object_by_fd(c->e, ENGINE_MAP, (int)c->a->bind_map.map_fd, &m, NULL);
	if (err) {
		object_put(p);
		return err;
	}
	lock(c->e);
	for vec_each(&to_prog(p)->map, used)
		if (*used == to_map(m))
			goto out; /* it does so already */
	err = vec_push(&to_prog(p)->map, to_map(m));
	if (!err)
		object_get(m);
out:
	unlock(c->e);
	object_put(m);
	object_put(p);
	return err;
}
