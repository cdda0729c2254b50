/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * queue and stack: a ring of values under one lock. `head` is where the next push goes, `tail` the
 * oldest value; one slot always stays free, so that full and empty differ.
 */
#include "map/impl.h"

struct queue {
	struct map map;
	uint8_t *slots; /* owned */
	uint32_t head, tail, size;
	_Alignas(64) uint32_t lock;
};

static int queue_check(const struct map_attr *a, const struct map_env *env)
{
	int err = attr_check(a, env);

	return !err && a->value_size > ALLOC_MAX ? -E2BIG : err;
}

static uint64_t slots_bytes(const struct map *m)
{
	return (m->max_entries + UINT64_C(1)) * m->value_size;
}

static int queue_alloc(const struct map_attr *a, struct map_env *env, struct map **ret_map)
{
	struct queue *q = map_new(a, env, sizeof(*q));

	if (!q)
		return -ENOMEM;
	q->size = a->max_entries + 1;
	q->slots = env_alloc(env, slots_bytes(&q->map));
	if (!q->slots) {
		map_done(&q->map, sizeof(*q));
		return -ENOMEM;
	}
	*ret_map = &q->map;
	return 0;
}

static void queue_free(struct map *m)
{
	env_free(m->env, ((struct queue *)m)->slots, slots_bytes(m));
	map_done(m, sizeof(struct queue));
}

static uint64_t queue_memory(const struct map *m)
{
	return sizeof(struct queue) + slots_bytes(m);
}

static uint32_t after(const struct queue *q, uint32_t i)
{
	return i + 1 < q->size ? i + 1 : 0;
}

static uint8_t *slot(const struct queue *q, uint32_t i)
{
	return q->slots + (uint64_t)i * q->map.value_size;
}

/* Most values are a word or two: no call for those. */
static inline void copy_value(void *to, const void *from, uint32_t size)
{
	if (size == 8)
		memcpy(to, from, 8);
	else if (size == 4)
		memcpy(to, from, 4);
	else
		memcpy(to, from, size);
}

static int queue_push(struct map *m, const void *value, uint64_t flags)
{
	struct queue *q = (struct queue *)m;
	int err = 0;

	if (flags & MAP_NOEXIST || flags > MAP_EXIST)
		return -EINVAL;
	lock(&q->lock);
	if (after(q, q->head) == q->tail) {
		if (flags & MAP_EXIST)
			q->tail = after(q, q->tail); /* the oldest makes room */
		else
			err = -E2BIG;
	}
	if (!err) {
		copy_value(slot(q, q->head), value, m->value_size);
		q->head = after(q, q->head);
	}
	unlock(&q->lock);
	return err;
}

static inline int get(struct map *m, void *value, bool newest, bool leave)
{
	struct queue *q = (struct queue *)m;
	uint32_t i;
	int err = 0;

	lock(&q->lock);
	if (q->head == q->tail) {
		err = -ENOENT;
	} else {
		i = !newest ? q->tail : q->head ? q->head - 1 : q->size - 1;
		copy_value(value, slot(q, i), m->value_size);
		if (!leave && newest)
			q->head = i;
		else if (!leave)
			q->tail = after(q, i);
	}
	unlock(&q->lock);
	return err;
}

static int queue_pop(struct map *m, void *value)
{
	return get(m, value, false, false);
}

static int queue_peek(struct map *m, void *value)
{
	return get(m, value, false, true);
}

static int stack_pop(struct map *m, void *value)
{
	return get(m, value, true, false);
}

static int stack_peek(struct map *m, void *value)
{
	return get(m, value, true, true);
}

static void *keyless_lookup(struct map *m, const void *key)
{
	(void)m;
	(void)key;
	return NULL;
}

static int keyless_update(struct map *m, const void *key, const void *value, uint64_t flags)
{
	(void)m;
	(void)key;
	(void)value;
	(void)flags;
	return -EINVAL;
}

static int keyless_remove(struct map *m, const void *key)
{
	(void)m;
	(void)key;
	return -EINVAL;
}

static int keyless_next(struct map *m, const void *key, void *ret_next)
{
	(void)m;
	(void)key;
	(void)ret_next;
	return -EINVAL;
}

#define QUEUE_COMMON                                                                               \
	.check = queue_check, .alloc = queue_alloc, .free = queue_free, .memory = queue_memory,    \
	.same_shape = shape_equal, .lookup = keyless_lookup, .update = keyless_update,             \
	.remove = keyless_remove, .next = keyless_next, .push = queue_push

const struct map_ops map_ops_queue = {
	QUEUE_COMMON,
	.pop = queue_pop,
	.peek = queue_peek,
};

const struct map_ops map_ops_stack = {
	QUEUE_COMMON,
	.pop = stack_pop,
	.peek = stack_peek,
};
