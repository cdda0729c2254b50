/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bloom_filter: bits. A value is in if the bits of all its hashes are set, as they are after a push;
 * values cannot be taken out. The hash is the kernel's, so that with MAP_F_ZERO_SEED even what is found
 * by mistake is the same.
 */
#include "map/impl.h"

struct bloom {
	struct map map;
	uint64_t *bits; /* owned */
	uint32_t mask;  /* number of bits - 1 */
	uint32_t hashes, seed;
};

static int bloom_check(const struct map_attr *a, const struct map_env *env)
{
	if (a->value_size > ALLOC_MAX)
		return -E2BIG;
	return a->extra & ~UINT64_C(15) ? -EINVAL : attr_check(a, env);
}

/* n * k / ln 2 bits, with 7/5 for 1 / ln 2, rounded up to a power of two: the kernel's arithmetic. */
static uint32_t mask_for(uint32_t entries, uint32_t hashes)
{
	uint32_t bits;

	if (__builtin_mul_overflow(entries, hashes, &bits) ||
	    __builtin_mul_overflow(bits / 5, 7u, &bits) || bits > 1u << 31)
		return UINT32_MAX;
	return bits <= 64 ? 63 : round_up_pow2(bits) - 1;
}

static uint64_t bits_bytes(const struct bloom *b)
{
	return (b->mask + UINT64_C(1)) / 8;
}

static int bloom_alloc(const struct map_attr *a, struct map_env *env, struct map **ret_map)
{
	struct bloom *b = map_new(a, env, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->hashes = a->extra ? (uint32_t)a->extra : 5;
	b->mask = mask_for(a->max_entries, b->hashes);
	b->seed = a->flags & MAP_F_ZERO_SEED ? 0 : hash_fold(env->seed ^ (uintptr_t)b);
	b->bits = env_alloc(env, bits_bytes(b));
	if (!b->bits) {
		map_done(&b->map, sizeof(*b));
		return -ENOMEM;
	}
	*ret_map = &b->map;
	return 0;
}

static void bloom_free(struct map *m)
{
	struct bloom *b = (struct bloom *)m;

	env_free(m->env, b->bits, bits_bytes(b));
	map_done(m, sizeof(*b));
}

static uint64_t bloom_memory(const struct map *m)
{
	return sizeof(struct bloom) + bits_bytes((const struct bloom *)m);
}

static uint32_t bit_of(const struct bloom *b, const void *value, uint32_t i)
{
	return hash_kernel(value, b->map.value_size, b->seed + i) & b->mask;
}

static int bloom_push(struct map *m, const void *value, uint64_t flags)
{
	struct bloom *b = (struct bloom *)m;
	uint32_t i, bit;

	if (flags != MAP_ANY)
		return -EINVAL;
	for (i = 0; i < b->hashes; i++) {
		bit = bit_of(b, value, i);
		__atomic_fetch_or(&b->bits[bit / 64], UINT64_C(1) << bit % 64, __ATOMIC_RELAXED);
	}
	return 0;
}

static int bloom_peek(struct map *m, void *value)
{
	struct bloom *b = (struct bloom *)m;
	uint32_t i, bit;

	for (i = 0; i < b->hashes; i++) {
		bit = bit_of(b, value, i);
		if (!(load(&b->bits[bit / 64]) >> bit % 64 & 1))
			return -ENOENT;
	}
	return 0;
}

static int bloom_pop(struct map *m, void *value)
{
	(void)m;
	(void)value;
	return -EOPNOTSUPP;
}

static int bloom_remove(struct map *m, const void *key)
{
	(void)m;
	(void)key;
	return -EOPNOTSUPP;
}

static int bloom_next(struct map *m, const void *key, void *ret_next)
{
	(void)m;
	(void)key;
	(void)ret_next;
	return -EOPNOTSUPP;
}

static void *bloom_lookup(struct map *m, const void *key)
{
	(void)m;
	(void)key;
	return NULL;
}

static int bloom_update(struct map *m, const void *key, const void *value, uint64_t flags)
{
	(void)m;
	(void)key;
	(void)value;
	(void)flags;
	return -EINVAL;
}

const struct map_ops map_ops_bloom_filter = {
	.check = bloom_check,
	.alloc = bloom_alloc,
	.free = bloom_free,
	.memory = bloom_memory,
	.same_shape = shape_equal,
	.lookup = bloom_lookup,
	.update = bloom_update,
	.remove = bloom_remove,
	.push = bloom_push,
	.pop = bloom_pop,
	.peek = bloom_peek,
	.next = bloom_next,
};
