/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Batch lookup and take of hash tables: bucket by bucket, each whole or not at all. The token is the
 * number of the next bucket; a bucket with more elements than there is room for ends the batch, with
 * -ENOSPC if it is the first one met.
 */
#include "map/hash.h"

static uint32_t chain_length(const uintptr_t *b)
{
	uintptr_t at = load(b) & ~HASH_LOCKED;
	uint32_t n = 0;

	for (; !(at & HASH_END); at = load(&((struct hash_elem *)at)->next))
		n++;
	return n;
}

static void copy_out(struct htab *h, const struct hash_elem *e, struct map_batch *b)
{
	struct map *m = &h->map;
	char *value = (char *)b->values + b->count * elem_room(m, b->elem_flags);
	uint32_t id;

	copy((char *)b->keys + b->count * (size_t)m->key_size, e->key, m->key_size);
	b->count++;
	if (h->percpu) {
		values_load(m, value, elem_cpu_values(h, e), b->elem_flags);
	} else if (m->ops->refs) {
		id = ref_id(m, load((void **)elem_value(h, e)));
		memcpy(value, &id, sizeof(id));
	} else if (b->elem_flags & MAP_LOCK) {
		value_copy_locked(m, value, elem_value(h, e), true);
	} else {
		value_load(m, value, elem_value(h, e));
	}
}

/* With the bucket locked: out with all its elements; with `taken` they also leave the table. */
static void copy_bucket(struct htab *h, uintptr_t *bucket, struct map_batch *b,
			struct hash_elem **taken, uint32_t number)
{
	uintptr_t at = load(bucket) & ~HASH_LOCKED;
	struct hash_elem *e;

	for (; !(at & HASH_END); at = load(&e->next)) {
		e = (struct hash_elem *)at;
		copy_out(h, e, b);
		if (taken)
			*taken++ = e;
	}
	if (taken)
		store_release(bucket, ((uintptr_t)number << 3 | HASH_END) | HASH_LOCKED);
}

static int take_array(struct hash_elem ***taken, uint32_t n, uint32_t *cap)
{
	struct hash_elem **grown;

	if (n <= *cap)
		return 0;
	grown = mem_realloc(*taken, n * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	*taken = grown;
	*cap = n;
	return 0;
}

/* Returns 0 to go on, -ENOSPC when it does not fit. */
static int do_bucket(struct htab *h, uint32_t number, struct map_batch *b, uint32_t most,
		     struct hash_elem ***taken, uint32_t *cap)
{
	uintptr_t *bucket = &h->bucket[number];
	uint32_t n, i;
	int err = 0;

	if (load(bucket) & HASH_END)
		return 0;
	hash_lock(bucket);
	n = chain_length(bucket);
	if (n > most - b->count)
		err = -ENOSPC;
	if (!err && taken)
		err = take_array(taken, n, cap);
	if (!err)
		copy_bucket(h, bucket, b, taken ? *taken : NULL, number);
	hash_unlock(bucket);
	for (i = 0; !err && taken && i < n; i++)
		htab_put(h, (*taken)[i]);
	return err;
}

int hash_batch(struct map *m, enum map_batch_op op, struct map_batch *b)
{
	struct htab *h = (struct htab *)m;
	struct hash_elem **taken = NULL;
	uint32_t most = b->count, number = 0, cap = 0;
	int err = elem_flags_check(m, b->elem_flags, MAP_LOCK | MAP_CPU);

	if (!err && b->flags)
		err = -EINVAL;
	if (err || !most)
		return err;
	b->count = 0;
	if (b->in)
		memcpy(&number, b->in, sizeof(number));
	if (number > h->mask)
		return -ENOENT;
	map_enter();
	for (; !err && number <= h->mask; number++) {
		err = do_bucket(h, number, b, most, op == MAP_BATCH_TAKE ? &taken : NULL, &cap);
		if (err)
			break;
	}
	map_exit();
	mem_free(taken);
	if (err == -ENOSPC && b->count)
		err = 0;
	else if (!err)
		err = -ENOENT; /* all of the table was seen */
	if (b->out)
		memcpy(b->out, &number, sizeof(number));
	return err;
}
