/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sk_storage, inode_storage, task_storage, cgrp_storage: a value per object, which lives as long as the
 * object. The kernel hangs it from the object; here an object is a 64-bit id that the owner of the map
 * knows - a task's start, an inode number, a cgroup id, a socket cookie - and the values stand in a hash
 * table by id. User space names objects by descriptor: env->object_id tells the id.
 */
#include "map/hash.h"

struct storage {
	struct map map;
	struct map *table; /* owned: a hash of id to value */
};

enum { BUCKETS = 1024, CREATE = 1 };

static int storage_check(const struct map_attr *a, const struct map_env *env)
{
	int err = a->typed ? attr_check(a, env) : -EINVAL;

	return !err && a->value_size > STORAGE_VALUE_MAX ? -E2BIG : err;
}

static int storage_alloc(const struct map_attr *a, struct map_env *env, struct map **ret_map)
{
	struct map_attr t = {.type = MAP_TYPE_HASH,
			     .key_size = 8,
			     .value_size = a->value_size,
			     .max_entries = BUCKETS,
			     .flags = MAP_F_NO_PREALLOC,
			     .field = a->field,
			     .fields = a->fields};
	struct storage *s = map_new(a, env, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	err = map_create(&t, env, &s->table);
	if (err) {
		map_done(&s->map, sizeof(*s));
		return err;
	}
	s->table->max_entries = UINT32_MAX; /* as many as there are objects, and memory */
	*ret_map = &s->map;
	return 0;
}

static void storage_free(struct map *m)
{
	map_unref(((struct storage *)m)->table);
	map_done(m, sizeof(struct storage));
}

static uint64_t storage_memory(const struct map *m)
{
	return sizeof(struct storage) + map_memory(((const struct storage *)m)->table);
}

/* ---- the program side: objects by id ---- */

void *map_storage_get(struct map *m, uint64_t id, const void *init, uint64_t flags)
{
	struct map *table = ((struct storage *)m)->table;
	void *value, *zeros = NULL;

	if (flags & ~(uint64_t)CREATE)
		return NULL;
	value = map_lookup(table, &id);
	if (value || !(flags & CREATE))
		return value;
	if (!init) {
		zeros = mem_alloc(m->value_size);
		if (!zeros)
			return NULL;
	}
	map_update(table, &id, init ? init : zeros, MAP_NOEXIST);
	mem_free(zeros);
	return map_lookup(table, &id);
}

int map_storage_delete(struct map *m, uint64_t id)
{
	return map_delete(((struct storage *)m)->table, &id);
}

static void *no_lookup(struct map *m, const void *key)
{
	(void)m;
	(void)key;
	return NULL;
}

/* ---- the user side: objects by descriptor ---- */

static int object_id(struct map *m, const void *key, uint64_t *ret_id)
{
	int fd;

	memcpy(&fd, key, sizeof(fd));
	return m->env->object_id ? m->env->object_id(m->env->arg, m, fd, ret_id) : -EBADF;
}

static int storage_get(struct map *m, const void *key, void *value, uint64_t flags)
{
	uint64_t id;
	int err = object_id(m, key, &id);

	return err ? err : user_get_value(((struct storage *)m)->table, &id, value, flags);
}

static int storage_update(struct map *m, const void *key, const void *value, uint64_t flags)
{
	uint64_t id;
	int err = object_id(m, key, &id);

	return err ? err : map_update(((struct storage *)m)->table, &id, value, flags);
}

static int storage_remove(struct map *m, const void *key)
{
	uint64_t id;
	int err = object_id(m, key, &id);

	return err ? err : map_storage_delete(m, id);
}

static int storage_next(struct map *m, const void *key, void *ret_next)
{
	(void)m;
	(void)key;
	(void)ret_next;
	return -MAP_ENOTSUPP;
}

#define STORAGE                                                                                    \
	{                                                                                          \
		.check = storage_check, .alloc = storage_alloc, .free = storage_free,              \
		.memory = storage_memory, .lookup = no_lookup, .update = storage_update,           \
		.remove = storage_remove, .user_get = storage_get, .next = storage_next,           \
		.same_shape = shape_equal,                                                         \
	}

const struct map_ops map_ops_sk_storage = STORAGE;
const struct map_ops map_ops_inode_storage = STORAGE;
const struct map_ops map_ops_task_storage = STORAGE;
const struct map_ops map_ops_cgrp_storage = STORAGE;
