/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where packets can be sent: devmap, devmap_hash, cpumap, xskmap, sockmap, sockhash,
 * reuseport_sockarray. What a target is, the owner of the map knows: env->target_get makes one of the
 * value that user space gives - a device's index, a socket's descriptor - or refuses it. The map keeps
 * targets by index or by key with the kernel's rules for each type, and shows a program's redirect
 * where to.
 *
 * Each element is the address of a target; an update puts another in its place, the old one is let go
 * of when no open section can use it.
 */
#include "map/impl.h"

struct target {
	struct map_deferred end;
	struct map_env *env; /* borrowed; the map may be gone before this is */
	uint32_t type;
	struct map_target t;
};

struct targets {
	struct map map;
	struct target **slot; /* owned: of the types with an index */
	struct map *table;    /* owned: of the others, key to address */
	uint32_t lock;        /* of the writers */
};

enum {
	CPUS_MAX = 8192 /* most distributions' NR_CPUS */,
	QUEUE_MAX = 16384,
	KEY_MAX = 512,
	BUCKETS = 1 << 14
};

static bool keyed(uint32_t type)
{
	return type == MAP_TYPE_DEVMAP_HASH || type == MAP_TYPE_SOCKHASH;
}

static bool takes_socket(uint32_t type)
{
	return type == MAP_TYPE_SOCKMAP || type == MAP_TYPE_SOCKHASH ||
	       type == MAP_TYPE_REUSEPORT_SOCKARRAY;
}

/* ---- creation ---- */

static int dev_hash_check(const struct map_attr *a, const struct map_env *env)
{
	return a->max_entries > 1u << 31 ? -EINVAL : attr_check(a, env);
}

static int cpu_check(const struct map_attr *a, const struct map_env *env)
{
	int err = attr_check(a, env);

	return !err && a->max_entries > (env->cpus_max ? env->cpus_max : CPUS_MAX) ? -E2BIG : err;
}

static int sock_check(const struct map_attr *a, const struct map_env *env)
{
	uint32_t most = env->kernel >= ABI_KERNEL(7, 2) ? INT32_MAX : UINT32_MAX;

	return a->max_entries > most ? -EINVAL : attr_check(a, env);
}

static int sockhash_check(const struct map_attr *a, const struct map_env *env)
{
	struct map_attr rest = *a;
	int err;

	rest.key_size = MIN(a->key_size, (uint32_t)KEY_MAX); /* too large is said last */
	err = attr_check(&rest, env);
	if (!err && a->key_size > KEY_MAX)
		err = -E2BIG;
	return !err && a->max_entries > BUCKETS_MAX ? -EINVAL : err;
}

static void targets_free(struct map *m);

static int targets_alloc(const struct map_attr *a, struct map_env *env, struct map **ret_map)
{
	struct map_attr t = {.type = MAP_TYPE_HASH,
			     .key_size = a->key_size,
			     .value_size = 8,
			     .max_entries = MIN(a->max_entries, (uint32_t)BUCKETS),
			     .flags = MAP_F_NO_PREALLOC};
	struct targets *s = map_new(a, env, sizeof(*s));
	int err = 0;

	if (!s)
		return -ENOMEM;
	if (a->type == MAP_TYPE_DEVMAP || a->type == MAP_TYPE_DEVMAP_HASH)
		s->map.flags |= MAP_F_RDONLY_PROG; /* programs see the value, not to change it */
	if (keyed(a->type)) {
		err = map_create(&t, env, &s->table);
		if (!err)
			s->table->max_entries = a->max_entries; /* with longer chains */
	} else {
		s->slot = env_alloc(env, (uint64_t)a->max_entries * sizeof(*s->slot));
	}
	if (!err && !s->table && !s->slot)
		err = -ENOMEM;
	if (err)
		targets_free(&s->map);
	else
		*ret_map = &s->map;
	return err;
}

/* ---- targets ---- */

static void target_end(struct map_deferred *d)
{
	struct target *t = (struct target *)d;

	if (t->env->target_put)
		t->env->target_put(t->env->arg, t->type, &t->t);
	mem_free(t);
}

static void drop(struct target *t)
{
	if (!t)
		return;
	env_uncharge(t->env, sizeof(*t));
	map_defer(&t->end, target_end);
}

static int make(struct map *m, const void *key, const void *value, struct target **ret_target)
{
	struct target *t;
	int err = 0;

	if (!m->env->target_get && takes_socket(m->type))
		return -EBADF;
	t = env_alloc(m->env, sizeof(*t));
	if (!t)
		return -ENOMEM;
	memcpy(t->t.value, value, m->value_size);
	if (m->env->target_get)
		err = m->env->target_get(m->env->arg, m, key, value, &t->t);
	if (err) {
		env_free(m->env, t, sizeof(*t));
		return err;
	}
	t->env = m->env;
	t->type = m->type;
	*ret_target = t;
	return 0;
}

static struct target *get(struct map *m, const void *key)
{
	struct targets *s = (struct targets *)m;
	struct target **at;
	uint32_t i;

	if (s->table) {
		at = map_lookup(s->table, key);
		return at ? load_acquire(at) : NULL;
	}
	i = array_index(key);
	return i < m->max_entries ? load_acquire(&s->slot[i]) : NULL;
}

const struct map_target *map_redirect_target(struct map *m, const void *key)
{
	struct target *t = get(m, key);

	return t ? &t->t : NULL;
}

static void *target_lookup(struct map *m, const void *key)
{
	struct target *t = get(m, key);

	return t ? (takes_socket(m->type) || m->type == MAP_TYPE_XSKMAP ? t->t.ref : t->t.value)
		 : NULL;
}

/* With the lock held: another target, or none, in the place of what is there. */
static int swap(struct map *m, const void *key, struct target *t, struct target **ret_old)
{
	struct targets *s = (struct targets *)m;
	struct target *old = get(m, key);
	int err;

	if (!s->table) {
		store_release(&s->slot[array_index(key)], t);
	} else if (t) {
		err = map_update(s->table, key, &t, 0);
		if (err)
			return err;
	} else if (old) {
		map_delete(s->table, key);
	}
	*ret_old = old;
	return 0;
}

static int presence(struct map *m, const void *key, uint64_t flags)
{
	bool there = get(m, key);

	if (there && flags == MAP_NOEXIST)
		return -EEXIST;
	return !there && flags == MAP_EXIST ? -ENOENT : 0;
}

static int put(struct map *m, const void *key, struct target *t, uint64_t flags)
{
	struct targets *s = (struct targets *)m;
	struct target *old = NULL;
	int err;

	lock(&s->lock);
	err = presence(m, key, flags);
	if (!err)
		err = swap(m, key, t, &old);
	unlock(&s->lock);
	drop(err ? t : old);
	return err;
}

/* ---- updates, by type ---- */

static uint32_t word(const void *value, unsigned i)
{
	uint32_t w;

	memcpy(&w, (const char *)value + 4 * i, 4);
	return w;
}

/* devmap and cpumap: nothing can be only inserted, as all of an array is there; 0 empties the slot. */
static int dev_update(struct map *m, const void *key, const void *value, uint64_t flags)
{
	struct target *t = NULL;
	int err = 0;

	if (flags > MAP_EXIST)
		return -EINVAL;
	if (array_index(key) >= m->max_entries)
		return -E2BIG;
	if (flags == MAP_NOEXIST)
		return -EEXIST;
	if (word(value, 0))
		err = make(m, key, value, &t);
	else if (m->value_size == 8 && (int32_t)word(value, 1) > 0)
		err = -EINVAL;
	return err ? err : put(m, key, t, MAP_ANY);
}

static int cpu_update(struct map *m, const void *key, const void *value, uint64_t flags)
{
	struct target *t = NULL;
	int err = 0;

	if (flags > MAP_EXIST)
		return -EINVAL;
	if (array_index(key) >= m->max_entries)
		return -E2BIG;
	if (flags == MAP_NOEXIST)
		return -EEXIST;
	if (word(value, 0) > QUEUE_MAX)
		return -EOVERFLOW;
	if (array_index(key) >= m->cpus)
		return -ENODEV;
	if (word(value, 0))
		err = make(m, key, value, &t);
	return err ? err : put(m, key, t, MAP_ANY);
}

static int dev_hash_update(struct map *m, const void *key, const void *value, uint64_t flags)
{
	struct target *t;
	int err;

	if (flags > MAP_EXIST || !word(value, 0))
		return -EINVAL;
	if (flags == MAP_NOEXIST && get(m, key))
		return -EEXIST;
	err = make(m, key, value, &t);
	return err ? err : put(m, key, t, flags == MAP_NOEXIST ? flags : MAP_ANY);
}

static int xsk_update(struct map *m, const void *key, const void *value, uint64_t flags)
{
	struct target *t, *old;
	int err;

	if (flags > MAP_EXIST)
		return -EINVAL;
	if (array_index(key) >= m->max_entries)
		return -E2BIG;
	if (!m->env->target_get)
		return -EBADF;
	err = make(m, key, value, &t);
	if (err)
		return err;
	old = get(m, key);
	if (old && old->t.ref == t->t.ref) /* it is there already, whatever the flags say */
		flags = MAP_ANY;
	return put(m, key, t, flags);
}

static int fd_check(const struct map *m, const void *value)
{
	return word(value, 0) > INT32_MAX || (m->value_size == 8 && word(value, 1)) ? -EINVAL : 0;
}

static int sock_update(struct map *m, const void *key, const void *value, uint64_t flags)
{
	struct target *t;
	int err = fd_check(m, value);

	if (!err)
		err = make(m, key, value, &t);
	if (err)
		return err;
	if (flags > MAP_EXIST)
		err = -EINVAL;
	else if (!keyed(m->type) && array_index(key) >= m->max_entries)
		err = -E2BIG;
	if (err) {
		drop(t);
		return err;
	}
	return put(m, key, t, flags);
}

static int reuseport_update(struct map *m, const void *key, const void *value, uint64_t flags)
{
	struct target *t;
	int err;

	if (flags > MAP_EXIST)
		return -EINVAL;
	if (array_index(key) >= m->max_entries)
		return -E2BIG;
	if (m->value_size == 8 && fd_check(m, value))
		return -EINVAL;
	err = make(m, key, value, &t);
	if (!err)
		return put(m, key, t, flags);
	/* that the socket does not fit, or has a place already, is said last */
	if (err != -EBADF && err != -ENOTSOCK && err != -ENOMEM && presence(m, key, flags))
		err = presence(m, key, flags);
	return err;
}

static int target_remove(struct map *m, const void *key)
{
	struct targets *s = (struct targets *)m;
	struct target *old = NULL;

	if (!s->table && array_index(key) >= m->max_entries)
		return m->type == MAP_TYPE_REUSEPORT_SOCKARRAY ? -E2BIG : -EINVAL;
	lock(&s->lock);
	swap(m, key, NULL, &old);
	unlock(&s->lock);
	drop(old);
	if (old)
		return 0;
	if (s->table || m->type == MAP_TYPE_REUSEPORT_SOCKARRAY)
		return -ENOENT;
	return m->type == MAP_TYPE_SOCKMAP ? -EINVAL : 0;
}

/* ---- the user side ---- */

static int target_get(struct map *m, const void *key, void *value, uint64_t flags)
{
	struct target *t;

	(void)flags;
	if (m->type == MAP_TYPE_XSKMAP)
		return -EOPNOTSUPP;
	if (takes_socket(m->type) && m->value_size != 8)
		return -ENOSPC;
	t = get(m, key);
	if (!t)
		return -ENOENT;
	if (takes_socket(m->type))
		memcpy(value, &t->t.cookie, 8);
	else
		memcpy(value, t->t.value, m->value_size);
	return 0;
}

static int target_next(struct map *m, const void *key, void *ret_next)
{
	struct targets *s = (struct targets *)m;

	return s->table ? s->table->ops->next(s->table, key, ret_next)
			: array_next(m, key, ret_next);
}

static void targets_clear(struct map *m)
{
	struct targets *s = (struct targets *)m;
	uint8_t key[KEY_MAX];
	uint32_t i;

	for (i = 0; s->slot && i < m->max_entries; i++)
		drop(__atomic_exchange_n(&s->slot[i], NULL, __ATOMIC_ACQ_REL));
	while (s->table && !s->table->ops->next(s->table, NULL, key))
		target_remove(m, key);
}

static void targets_free(struct map *m)
{
	struct targets *s = (struct targets *)m;

	targets_clear(m);
	map_unref(s->table);
	env_free(m->env, s->slot, (uint64_t)m->max_entries * sizeof(*s->slot));
	map_done(m, sizeof(*s));
}

static uint64_t targets_memory(const struct map *m)
{
	const struct targets *s = (const struct targets *)m;

	return sizeof(*s) +
	       (s->table ? map_memory(s->table) : (uint64_t)m->max_entries * sizeof(*s->slot));
}

#define TARGETS(check_, update_)                                                                   \
	{                                                                                          \
		.check = check_, .alloc = targets_alloc, .free = targets_free,                     \
		.memory = targets_memory, .lookup = target_lookup, .update = update_,              \
		.remove = target_remove, .user_get = target_get, .next = target_next,              \
		.same_shape = shape_equal,                                                         \
	}

const struct map_ops map_ops_devmap = TARGETS(NULL, dev_update);
const struct map_ops map_ops_devmap_hash = TARGETS(dev_hash_check, dev_hash_update);
const struct map_ops map_ops_cpumap = TARGETS(cpu_check, cpu_update);
const struct map_ops map_ops_xskmap = TARGETS(NULL, xsk_update);
const struct map_ops map_ops_sockmap = TARGETS(sock_check, sock_update);
const struct map_ops map_ops_sockhash = TARGETS(sockhash_check, sock_update);
const struct map_ops map_ops_reuseport_sockarray = TARGETS(NULL, reuseport_update);
