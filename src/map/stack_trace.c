/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * stack_trace: stacks by the hash of their addresses. The id of a stack is the number of its bucket, so
 * two stacks may want the same one: the flags say who wins.
 *
 * There are as many stacks as max_entries, and a power of two of buckets that point to them. A stack is
 * complete before it is put into a bucket; one that was pushed out is reused when it is needed.
 */
#include "map/impl.h"

struct stack {
	struct stack *free;
	uint32_t hash, count;
	uint64_t entry[]; /* value_size bytes */
};

struct stacks {
	struct map map;
	struct stack **bucket; /* owned */
	uint8_t *memory;       /* owned: max_entries stacks */
	uint64_t stack_size;
	uint32_t mask;
	uint32_t lock; /* of the free list */
	struct stack *free;
};

enum { DEPTH_MAX = 127, BUILD_ID_SIZE = 32, BUILD_ID_IS_IP = 2 };
enum { SKIP = 0xff, USER = 1 << 8, BY_HASH = 1 << 9, REPLACE = 1 << 10 }; /* of bpf_get_stackid */

static uint32_t entry_size(uint32_t flags)
{
	return flags & MAP_F_STACK_BUILD_ID ? BUILD_ID_SIZE : 8;
}

static int stack_check(const struct map_attr *a, const struct map_env *env)
{
	struct map_attr as_addresses = *a;
	int err;

	if (a->value_size % entry_size(a->flags))
		return -EINVAL;
	as_addresses.value_size = a->value_size / entry_size(a->flags) * 8;
	err = attr_check(&as_addresses, env);
	return !err && a->max_entries > 1u << 31 ? -E2BIG : err;
}

static void stack_free(struct map *m)
{
	struct stacks *s = (struct stacks *)m;

	env_free(m->env, s->memory, m->max_entries * s->stack_size);
	env_free(m->env, s->bucket, (s->mask + 1ull) * sizeof(*s->bucket));
	map_done(m, sizeof(*s));
}

static int stack_alloc(const struct map_attr *a, struct map_env *env, struct map **ret_map)
{
	struct stacks *s = map_new(a, env, sizeof(*s));
	struct stack *e;
	uint32_t i;

	if (!s)
		return -ENOMEM;
	s->mask = round_up_pow2(a->max_entries) - 1;
	s->stack_size = sizeof(struct stack) + a->value_size;
	s->bucket = env_alloc(env, (s->mask + 1ull) * sizeof(*s->bucket));
	s->memory = s->bucket ? env_alloc(env, a->max_entries * s->stack_size) : NULL;
	if (!s->memory) {
		stack_free(&s->map);
		return -ENOMEM;
	}
	for (i = 0; i < a->max_entries; i++) {
		e = (struct stack *)(s->memory + i * s->stack_size);
		e->free = s->free;
		s->free = e;
	}
	*ret_map = &s->map;
	return 0;
}

static uint64_t stack_memory(const struct map *m)
{
	const struct stacks *s = (const struct stacks *)m;

	return sizeof(*s) + m->max_entries * s->stack_size + (s->mask + 1ull) * sizeof(*s->bucket);
}

static struct stack *pop_free(struct stacks *s)
{
	struct stack *e;

	lock(&s->lock);
	e = s->free;
	if (e)
		s->free = e->free;
	unlock(&s->lock);
	return e;
}

static void push_free(struct stacks *s, struct stack *e)
{
	if (!e)
		return;
	lock(&s->lock);
	e->free = s->free;
	s->free = e;
	unlock(&s->lock);
}

/* As addresses, or as build ids that could not be had: status 2 and the address. */
static void fill(const struct stacks *s, struct stack *e, const uint64_t *ip, uint32_t n)
{
	uint32_t i;

	if (!(s->map.flags & MAP_F_STACK_BUILD_ID)) {
		copy(e->entry, ip, n * 8ul);
		return;
	}
	memset(e->entry, 0, n * (size_t)BUILD_ID_SIZE);
	for (i = 0; i < n; i++) {
		e->entry[i * 4] = BUILD_ID_IS_IP;
		e->entry[i * 4 + 3] = ip[i];
	}
}

int64_t map_stack_id(struct map *m, const uint64_t *ip, uint32_t n, uint64_t flags)
{
	struct stacks *s = (struct stacks *)m;
	uint32_t skip = flags & SKIP, hash, id, bytes;
	struct stack *e;

	if (flags & ~(uint64_t)(SKIP | USER | BY_HASH | REPLACE))
		return -EINVAL;
	n = MIN(n, MIN(m->value_size / entry_size(m->flags) + skip, (uint32_t)DEPTH_MAX));
	if (n <= skip)
		return -EFAULT;
	ip += skip;
	n -= skip;
	bytes = n * 8;
	hash = hash_kernel(ip, bytes, 0);
	id = hash & s->mask;
	e = load_acquire(&s->bucket[id]);
	if (e && load(&e->hash) == hash) {
		if (flags & BY_HASH)
			return id;
		if (!(m->flags & MAP_F_STACK_BUILD_ID) && load(&e->count) == n &&
		    key_equal(e->entry, ip, bytes))
			return id;
	}
	if (e && !(flags & REPLACE))
		return -EEXIST;
	e = pop_free(s);
	if (!e)
		return -ENOMEM;
	fill(s, e, ip, n);
	store(&e->hash, hash);
	store(&e->count, n);
	push_free(s, __atomic_exchange_n(&s->bucket[id], e, __ATOMIC_ACQ_REL));
	return id;
}

/* ---- the user side ---- */

static void *stack_lookup(struct map *m, const void *key)
{
	(void)m;
	(void)key;
	return NULL;
}

static int stack_update(struct map *m, const void *key, const void *value, uint64_t flags)
{
	(void)m;
	(void)key;
	(void)value;
	(void)flags;
	return -EINVAL;
}

/* The stack leaves its bucket while it is copied, so that nobody reuses it meanwhile. */
static int copy_out(struct map *m, const void *key, void *value, bool leave)
{
	struct stacks *s = (struct stacks *)m;
	uint32_t id = array_index(key), bytes;
	struct stack *e;

	if (id > s->mask)
		return -ENOENT;
	e = __atomic_exchange_n(&s->bucket[id], NULL, __ATOMIC_ACQ_REL);
	if (!e)
		return -ENOENT;
	bytes = e->count * entry_size(m->flags);
	copy(value, e->entry, bytes);
	memset((char *)value + bytes, 0, m->value_size - bytes);
	if (leave)
		e = __atomic_exchange_n(&s->bucket[id], e, __ATOMIC_ACQ_REL);
	push_free(s, e);
	return 0;
}

static int stack_get(struct map *m, const void *key, void *value, uint64_t flags)
{
	(void)flags;
	return copy_out(m, key, value, true);
}

static int stack_take(struct map *m, const void *key, void *value, uint64_t flags)
{
	(void)flags;
	return copy_out(m, key, value, false);
}

static int stack_remove(struct map *m, const void *key)
{
	struct stacks *s = (struct stacks *)m;
	uint32_t id = array_index(key);
	struct stack *e;

	if (id > s->mask)
		return -E2BIG;
	e = __atomic_exchange_n(&s->bucket[id], NULL, __ATOMIC_ACQ_REL);
	push_free(s, e);
	return e ? 0 : -ENOENT;
}

static int stack_next(struct map *m, const void *key, void *ret_next)
{
	struct stacks *s = (struct stacks *)m;
	uint32_t id = key ? array_index(key) : 0;

	if (key)
		id = id > s->mask || !load(&s->bucket[id]) ? 0 : id + 1;
	while (id <= s->mask && !load(&s->bucket[id]))
		id++;
	if (id > s->mask)
		return -ENOENT;
	memcpy(ret_next, &id, sizeof(id));
	return 0;
}

const struct map_ops map_ops_stack_trace = {
	.check = stack_check,
	.alloc = stack_alloc,
	.free = stack_free,
	.memory = stack_memory,
	.same_shape = shape_equal,
	.lookup = stack_lookup,
	.update = stack_update,
	.remove = stack_remove,
	.user_get = stack_get,
	.take = stack_take,
	.next = stack_next,
};
