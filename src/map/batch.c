/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Batch operations for types that have none of their own: element by element. Where a lookup goes on
 * is said by the last key it gave.
 */
#include "map/impl.h"

static int flags_check(const struct map *m, enum map_batch_op op, const struct map_batch *b)
{
	static const uint32_t allowed[] = {
		[MAP_BATCH_LOOKUP] = MAP_LOCK | MAP_CPU,
		[MAP_BATCH_UPDATE] = MAP_LOCK | MAP_CPU | MAP_ALL_CPUS,
		[MAP_BATCH_DELETE] = MAP_LOCK,
	};

	return elem_flags_check(m, b->elem_flags, allowed[op]);
}

/* One element behind `prev` into its place; ENOENT from the walk ends it, from the element does not. */
static int lookup_one(struct map *m, const void *prev, struct map_batch *b, char *key,
		      bool *ret_gone)
{
	char *value = (char *)b->values + b->count * elem_room(m, b->elem_flags);
	int err;

	map_enter();
	err = m->ops->next(m, prev, key);
	*ret_gone = false;
	if (!err) {
		err = user_get_value(m, key, value, b->elem_flags);
		*ret_gone = err == -ENOENT;
	}
	map_exit();
	return *ret_gone ? 0 : err;
}

static int lookup_batch(struct map *m, struct map_batch *b, uint32_t most)
{
	char *key[2], *prev = NULL, *buffer = mem_alloc(m->key_size * 2ul);
	unsigned turn = 0;
	bool gone;
	int err = 0;

	if (!buffer)
		return -ENOMEM;
	key[0] = buffer;
	key[1] = buffer + m->key_size;
	if (b->in) {
		prev = key[1];
		memcpy(prev, b->in, m->key_size);
	}
	while (b->count < most) {
		err = lookup_one(m, prev, b, key[turn], &gone);
		if (err)
			break;
		prev = key[turn];
		turn = !turn;
		if (!gone)
			memcpy((char *)b->keys + b->count++ * (size_t)m->key_size, prev,
			       m->key_size);
	}
	if (err && err != -ENOENT)
		b->count = 0;
	else if (b->count && b->out)
		memcpy(b->out, prev, m->key_size);
	mem_free(buffer);
	return err;
}

static int write_one(struct map *m, enum map_batch_op op, struct map_batch *b)
{
	const char *key = (const char *)b->keys + b->count * (size_t)m->key_size;
	int err;

	if (op == MAP_BATCH_UPDATE)
		return user_set_value(
			m, key, (const char *)b->values + b->count * elem_room(m, b->elem_flags),
			b->elem_flags);
	map_enter();
	err = m->ops->remove(m, key);
	map_exit();
	return err;
}

int batch_generic(struct map *m, enum map_batch_op op, struct map_batch *b)
{
	uint32_t most = b->count;
	int err = flags_check(m, op, b);

	if (err || !most)
		return err;
	b->count = 0;
	if (op == MAP_BATCH_LOOKUP)
		return lookup_batch(m, b, most);
	for (; b->count < most; b->count++) {
		err = write_one(m, op, b);
		if (err)
			break;
	}
	return err;
}
