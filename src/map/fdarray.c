/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Arrays of references: prog_array, perf_event_array, cgroup_array, array_of_maps. User space puts
 * descriptors in and sees ids; what stands in an element is the address of the program, event, cgroup
 * or map, or NULL, which code that makes a tail call or looks a map up reads as one word.
 *
 * And what array_of_maps has in common with hash_of_maps: the template that inner maps must look like.
 */
#include "map/impl.h"

static void **slot_at(struct map *m, uint32_t i)
{
	return array_slot(m, i, 0);
}

static void *none_lookup(struct map *m, const void *key)
{
	(void)m;
	(void)key;
	return NULL; /* programs use such a map in other ways */
}

static void *inner_lookup(struct map *m, const void *key)
{
	uint32_t i = array_index(key);

	return i < m->max_entries ? load_acquire(slot_at(m, i)) : NULL;
}

static int refs_update(struct map *m, const void *key, const void *value, uint64_t flags)
{
	(void)m;
	(void)key;
	(void)value;
	(void)flags;
	return -EOPNOTSUPP; /* programs may not */
}

static int refs_get(struct map *m, const void *key, void *value, uint64_t flags)
{
	uint32_t i = array_index(key), id;
	void *ref;

	(void)flags;
	if (!m->ops->ref_ids)
		return -MAP_ENOTSUPP;
	ref = i < m->max_entries ? load_acquire(slot_at(m, i)) : NULL;
	if (!ref)
		return -ENOENT;
	id = ref_id(m, ref);
	memcpy(value, &id, sizeof(id));
	return 0;
}

static int refs_set(struct map *m, const void *key, const void *value, uint64_t flags)
{
	uint32_t i = array_index(key);
	void *ref, *old;
	int fd, err;

	if (flags != MAP_ANY)
		return -EINVAL;
	if (i >= m->max_entries)
		return -E2BIG;
	memcpy(&fd, value, sizeof(fd));
	err = ref_get(m, fd, &ref);
	if (err)
		return err;
	old = __atomic_exchange_n(slot_at(m, i), ref, __ATOMIC_ACQ_REL);
	if (old)
		ref_put(m, old);
	return 0;
}

static int refs_remove(struct map *m, const void *key)
{
	uint32_t i = array_index(key);
	void *old;

	if (i >= m->max_entries)
		return -E2BIG;
	old = __atomic_exchange_n(slot_at(m, i), NULL, __ATOMIC_ACQ_REL);
	if (!old)
		return -ENOENT;
	ref_put(m, old);
	return 0;
}

static void refs_clear(struct map *m)
{
	uint32_t i;

	for (i = 0; i < m->max_entries; i++)
		refs_remove(m, &i);
}

static void refs_free(struct map *m)
{
	refs_clear(m);
	inner_free(m->inner);
	array_free(m);
}

static void events_user_gone(struct map *m)
{
	if (!(m->flags & MAP_F_PRESERVE_ELEMS))
		refs_clear(m);
}

/* ---- maps in maps ---- */

static bool fields_equal(const struct map *a, const struct map *b)
{
	uint32_t i;

	if (a->fields != b->fields)
		return false;
	for (i = 0; i < a->fields; i++)
		if (a->field[i].kind != b->field[i].kind ||
		    a->field[i].offset != b->field[i].offset ||
		    a->field[i].size != b->field[i].size || a->field[i].type != b->field[i].type)
			return false;
	return true;
}

bool shape_equal(const struct map *tmpl, const struct map *m)
{
	return tmpl->type == m->type && tmpl->key_size == m->key_size &&
	       tmpl->value_size == m->value_size && tmpl->flags == m->flags &&
	       fields_equal(tmpl, m);
}

void inner_free(struct map *tmpl)
{
	if (!tmpl)
		return;
	mem_free(tmpl->field);
	env_free(tmpl->env, tmpl, sizeof(*tmpl));
}

/* The facts of a map without its elements; it is only ever compared with. */
int inner_template(const struct map *inner, struct map_env *env, struct map **ret_template)
{
	struct map *t;

	if (!inner)
		return -EBADF;
	if (inner->inner)
		return -EINVAL; /* one level is all there is */
	if (!inner->ops->same_shape)
		return -MAP_ENOTSUPP;
	t = env_alloc(env, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->ops = inner->ops;
	t->type = inner->type;
	t->key_size = inner->key_size;
	t->value_size = inner->value_size;
	t->max_entries = inner->max_entries;
	t->elem_size = inner->elem_size;
	t->flags = inner->flags;
	t->env = env;
	t->fields = inner->fields;
	t->field_kinds = inner->field_kinds;
	if (inner->fields) {
		t->field = mem_alloc_array(inner->fields, sizeof(*t->field));
		if (!t->field) {
			inner_free(t);
			return -ENOMEM;
		}
		memcpy(t->field, inner->field, inner->fields * sizeof(*t->field));
	}
	*ret_template = t;
	return 0;
}

static int maps_alloc(const struct map_attr *a, struct map_env *env, struct map **ret_map)
{
	struct map *inner;
	int err = inner_template(a->inner, env, &inner);

	if (err)
		return err;
	err = array_alloc(a, env, ret_map);
	if (err)
		inner_free(inner);
	else
		(*ret_map)->inner = inner;
	return err;
}

#define REFS_COMMON                                                                                \
	.free = refs_free, .memory = array_memory, .update = refs_update, .remove = refs_remove,   \
	.user_get = refs_get, .user_set = refs_set, .next = array_next, .refs = true

const struct map_ops map_ops_prog_array = {
	REFS_COMMON,           .alloc = array_alloc,     .user_gone = refs_clear,
	.lookup = none_lookup, .ref_kind = MAP_REF_PROG, .ref_ids = true,
};

const struct map_ops map_ops_perf_event_array = {
	REFS_COMMON,
	.alloc = array_alloc,
	.user_gone = events_user_gone,
	.same_shape = shape_equal,
	.lookup = none_lookup,
	.ref_kind = MAP_REF_PERF_EVENT,
};

const struct map_ops map_ops_cgroup_array = {
	REFS_COMMON,           .alloc = array_alloc,       .same_shape = shape_equal,
	.lookup = none_lookup, .ref_kind = MAP_REF_CGROUP,
};

const struct map_ops map_ops_array_of_maps = {
	REFS_COMMON,     .alloc = maps_alloc, .lookup = inner_lookup, .ref_kind = MAP_REF_MAP,
	.ref_ids = true,
};
