/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cgroup_storage and percpu_cgroup_storage: a value per cgroup - and, with keys of 16 bytes, per way the
 * program is attached to it. Values come with attachments and go with cgroups, not with updates: the
 * owner calls map_cgroup_attach and map_cgroup_detach. User space can only change what is there.
 *
 * There are few of them, so they are a list, the newest first, which is also the order of a walk.
 */
#include "map/impl.h"

struct slot {
	struct map_deferred end;
	struct slot *next;
	uint64_t id;
	uint32_t attach;
	struct buffer *buffer; /* replaced as a whole by an update, except with per-CPU values */
};

struct buffer {
	struct map_deferred end;
	uint64_t data[]; /* one value, or one per CPU */
};

struct cgroups {
	struct map map;
	struct slot *first;
	uint32_t lock;
};

static int cgroup_check(const struct map_attr *a, const struct map_env *env)
{
	struct map_attr sizes = *a;
	int err;

	sizes.flags = sizes.max_entries = 0; /* the sizes come first */
	err = attr_check(&sizes, env);
	if (!err && a->type == MAP_TYPE_CGROUP_STORAGE && a->value_size > STORAGE_VALUE_MAX)
		err = -E2BIG;
	return err ? err : attr_check(a, env);
}

static int cgroup_alloc(const struct map_attr *a, struct map_env *env, struct map **ret_map)
{
	struct cgroups *c = map_new(a, env, sizeof(*c));

	if (!c)
		return -ENOMEM;
	if (a->type == MAP_TYPE_PERCPU_CGROUP_STORAGE)
		c->map.cpu_stride = ALIGN_UP(value_room(&c->map), 64u);
	*ret_map = &c->map;
	return 0;
}

static uint64_t buffer_size(const struct map *m)
{
	return sizeof(struct buffer) + (m->cpu_stride ? m->cpu_stride * m->cpus : value_room(m));
}

static void end_now(struct map_deferred *d)
{
	mem_free(d);
}

static struct buffer *make_buffer(struct map *m)
{
	return env_alloc(m->env, buffer_size(m));
}

static void drop_buffer(struct map *m, struct buffer *b)
{
	value_free_fields(m, b->data, FIELDS_ALL);
	env_uncharge(m->env, buffer_size(m));
	map_defer(&b->end, end_now);
}

static void drop_slot(struct map *m, struct slot *s)
{
	drop_buffer(m, s->buffer);
	env_uncharge(m->env, sizeof(*s));
	map_defer(&s->end, end_now);
}

static void cgroup_free(struct map *m)
{
	struct slot *s, *next;

	for (s = ((struct cgroups *)m)->first; s; s = next) {
		next = s->next;
		drop_slot(m, s);
	}
	map_done(m, sizeof(struct cgroups));
}

static uint64_t cgroup_memory(const struct map *m)
{
	const struct slot *s = load_acquire(&((const struct cgroups *)m)->first);
	uint64_t bytes = sizeof(struct cgroups);

	for (; s; s = load_acquire(&s->next))
		bytes += sizeof(*s) + buffer_size(m);
	return bytes;
}

static struct slot *find(struct map *m, uint64_t id, uint32_t attach)
{
	struct slot *s = load_acquire(&((struct cgroups *)m)->first);

	while (s && (s->id != id || (m->key_size == 16 && s->attach != attach)))
		s = load_acquire(&s->next);
	return s;
}

static struct slot *find_key(struct map *m, const void *key)
{
	uint32_t attach = 0;
	uint64_t id;

	memcpy(&id, key, 8);
	if (m->key_size == 16)
		memcpy(&attach, (const char *)key + 8, 4);
	return find(m, id, attach);
}

/* ---- the program side ---- */

static struct slot *make_slot(struct map *m, uint64_t id, uint32_t attach)
{
	struct slot *s = env_alloc(m->env, sizeof(*s));

	if (!s)
		return NULL;
	s->id = id;
	s->attach = attach;
	s->buffer = make_buffer(m);
	if (!s->buffer) {
		env_free(m->env, s, sizeof(*s));
		return NULL;
	}
	return s;
}

int map_cgroup_attach(struct map *m, uint64_t id, uint32_t attach)
{
	struct cgroups *c = (struct cgroups *)m;
	struct slot *s = NULL;
	int err = 0;

	lock(&c->lock);
	if (!find(m, id, attach)) {
		s = make_slot(m, id, attach);
		if (s) {
			s->next = c->first;
			store_release(&c->first, s);
		} else {
			err = -ENOMEM;
		}
	}
	unlock(&c->lock);
	return err;
}

void map_cgroup_detach(struct map *m, uint64_t id, uint32_t attach)
{
	struct cgroups *c = (struct cgroups *)m;
	struct slot *gone, **link;

	lock(&c->lock);
	gone = find(m, id, attach);
	for (link = &c->first; gone && *link != gone; link = &(*link)->next)
		;
	if (gone)
		store_release(link, gone->next);
	unlock(&c->lock);
	if (gone)
		drop_slot(m, gone);
}

static uint8_t *data_of(struct map *m, struct slot *s)
{
	return (uint8_t *)load_acquire(&s->buffer)->data +
	       (m->cpu_stride ? this_cpu(m) * m->cpu_stride : 0);
}

void *map_cgroup_value(struct map *m, uint64_t id, uint32_t attach)
{
	struct slot *s = find(m, id, attach);

	return s ? data_of(m, s) : NULL;
}

/* ---- the user side ---- */

static void *cgroup_lookup(struct map *m, const void *key)
{
	struct slot *s = find_key(m, key);

	return s ? data_of(m, s) : NULL;
}

static int cgroup_update(struct map *m, const void *key, const void *value, uint64_t flags)
{
	struct cgroups *c = (struct cgroups *)m;
	struct slot *s;
	struct buffer *b;

	if (flags & ~(uint64_t)(MAP_LOCK | MAP_EXIST) ||
	    (flags & MAP_LOCK && !has_field(m, MAP_SPIN_LOCK)))
		return -EINVAL;
	s = find_key(m, key);
	if (!s)
		return -ENOENT;
	if (flags & MAP_LOCK) {
		value_copy_locked(m, load_acquire(&s->buffer)->data, value, false);
		return 0;
	}
	b = make_buffer(m);
	if (!b)
		return -ENOMEM;
	value_store(m, b->data, value);
	lock(&c->lock);
	s = find_key(m, key);
	if (s) /* else it was detached meanwhile, and b goes */
		b = __atomic_exchange_n(&s->buffer, b, __ATOMIC_ACQ_REL);
	unlock(&c->lock);
	drop_buffer(m, b);
	return s ? 0 : -ENOENT;
}

static int percpu_get(struct map *m, const void *key, void *value, uint64_t flags)
{
	struct slot *s = find_key(m, key);

	if (!s)
		return -ENOENT;
	values_load(m, value, (uint8_t *)s->buffer->data, flags);
	return 0;
}

static int percpu_set(struct map *m, const void *key, const void *value, uint64_t flags)
{
	struct slot *s;

	if ((flags & ~CPU_FLAGS) != MAP_ANY && (flags & ~CPU_FLAGS) != MAP_EXIST)
		return -EINVAL;
	s = find_key(m, key);
	if (!s)
		return -ENOENT;
	values_store(m, (uint8_t *)s->buffer->data, value, flags);
	return 0;
}

static int cgroup_remove(struct map *m, const void *key)
{
	(void)m;
	(void)key;
	return -EINVAL;
}

static int cgroup_next(struct map *m, const void *key, void *ret_next)
{
	struct slot *s = key ? find_key(m, key) : load_acquire(&((struct cgroups *)m)->first);

	if (s && key)
		s = load_acquire(&s->next);
	if (!s)
		return -ENOENT;
	memset(ret_next, 0, m->key_size);
	memcpy(ret_next, &s->id, 8);
	if (m->key_size == 16)
		memcpy((char *)ret_next + 8, &s->attach, 4);
	return 0;
}

#define CGROUP_COMMON                                                                              \
	.check = cgroup_check, .alloc = cgroup_alloc, .free = cgroup_free,                         \
	.memory = cgroup_memory, .lookup = cgroup_lookup, .update = cgroup_update,                 \
	.remove = cgroup_remove, .next = cgroup_next

const struct map_ops map_ops_cgroup_storage = {CGROUP_COMMON};

const struct map_ops map_ops_percpu_cgroup_storage = {
	CGROUP_COMMON,
	.user_get = percpu_get,
	.user_set = percpu_set,
};
