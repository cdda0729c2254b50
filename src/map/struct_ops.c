/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * struct_ops: one value, a table of functions that is registered somewhere. Here registering is recorded
 * and told to env->struct_ops, which may refuse it.
 *
 * The value begins with two words that the kernel keeps: how many refer to it, and the state:
 *
 *	INIT --update--> INUSE --delete--> TOBEFREE		without MAP_F_LINK
 *	INIT --update--> READY					with it: a link then registers it
 */
#include "map/impl.h"

enum state { INIT, INUSE, TOBEFREE, READY };

struct common {
	uint32_t refs, state;
};

struct ops_map {
	struct map map;
	struct common *value; /* owned: value_size bytes */
	uint32_t lock;
};

static int ops_check(const struct map_attr *a, const struct map_env *env)
{
	if (!a->typed || a->value_size < sizeof(struct common))
		return -EINVAL;
	return attr_check(a, env);
}

static int ops_alloc(const struct map_attr *a, struct map_env *env, struct map **ret_map)
{
	struct ops_map *o = map_new(a, env, sizeof(*o));

	if (!o)
		return -ENOMEM;
	o->value = env_alloc(env, a->value_size);
	if (!o->value) {
		map_done(&o->map, sizeof(*o));
		return -ENOMEM;
	}
	*ret_map = &o->map;
	return 0;
}

static int tell(struct map *m, enum map_struct_ops_event what)
{
	struct ops_map *o = (struct ops_map *)m;

	return m->env->struct_ops ? m->env->struct_ops(m->env->arg, m, what, o->value) : 0;
}

static void ops_free(struct map *m)
{
	struct ops_map *o = (struct ops_map *)m;

	if (o->value->state == INUSE)
		tell(m, MAP_OPS_UNREGISTER);
	env_free(m->env, o->value, m->value_size);
	map_done(m, sizeof(*o));
}

static uint64_t ops_memory(const struct map *m)
{
	return sizeof(struct ops_map) + m->value_size;
}

static int registered(struct map *m, const void *value)
{
	struct ops_map *o = (struct ops_map *)m;
	int err;

	if (o->value->state != INIT)
		return -EBUSY;
	memcpy(o->value, value, m->value_size);
	err = tell(m, m->flags & MAP_F_LINK ? MAP_OPS_CHECK : MAP_OPS_REGISTER);
	if (err)
		memset(o->value, 0, m->value_size);
	else
		o->value->state = m->flags & MAP_F_LINK ? READY : INUSE;
	return err;
}

static int ops_update(struct map *m, const void *key, const void *value, uint64_t flags)
{
	struct ops_map *o = (struct ops_map *)m;
	struct common c;
	int err;

	if (flags)
		return -EINVAL;
	if (array_index(key))
		return -E2BIG;
	memcpy(&c, value, sizeof(c));
	if (c.refs || c.state)
		return -EINVAL;
	lock(&o->lock);
	err = registered(m, value);
	unlock(&o->lock);
	return err;
}

static int ops_remove(struct map *m, const void *key)
{
	struct ops_map *o = (struct ops_map *)m;
	int err = 0;

	(void)key;
	if (m->flags & MAP_F_LINK)
		return -EOPNOTSUPP;
	lock(&o->lock);
	switch ((enum state)o->value->state) {
	case INUSE:
		o->value->state = TOBEFREE;
		tell(m, MAP_OPS_UNREGISTER);
		break;
	case TOBEFREE:
		err = -EINPROGRESS;
		break;
	case INIT:
		err = -ENOENT;
		break;
	case READY:
		err = -EINVAL;
		break;
	}
	unlock(&o->lock);
	return err;
}

static int ops_get(struct map *m, const void *key, void *value, uint64_t flags)
{
	struct ops_map *o = (struct ops_map *)m;
	struct common c;

	(void)flags;
	if (array_index(key))
		return -ENOENT;
	lock(&o->lock);
	c = *o->value;
	if (c.state == INIT)
		memset(value, 0, m->value_size);
	else
		memcpy(value, o->value, m->value_size);
	unlock(&o->lock);
	if (c.state != INIT) { /* who holds it beside descriptors; being registered counts */
		c.refs = load(&m->refs) - load(&m->user_refs) + (c.state == INUSE);
		memcpy(value, &c, sizeof(c));
	}
	return 0;
}

static int ops_next(struct map *m, const void *key, void *ret_next)
{
	(void)m;
	if (key && !array_index(key))
		return -ENOENT;
	memset(ret_next, 0, 4);
	return 0;
}

static void *ops_lookup(struct map *m, const void *key)
{
	(void)m;
	(void)key;
	return NULL;
}

const struct map_ops map_ops_struct_ops = {
	.check = ops_check,
	.alloc = ops_alloc,
	.free = ops_free,
	.memory = ops_memory,
	.lookup = ops_lookup,
	.update = ops_update,
	.remove = ops_remove,
	.user_get = ops_get,
	.next = ops_next,
};
