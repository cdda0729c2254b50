/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * insn_array: a jump table. User space writes which instruction of the program each element means, as
 * the program was given; loading it fills in where that instruction went and where its native code is.
 *
 * One program at a time has the table, which must be frozen: map_insns_begin and map_insns_end are the
 * loader's. What an instruction that loads the map's address gets is the native addresses, 8 bytes each.
 */
#include "map/impl.h"

struct insns {
	struct map map;   /* values: struct value each */
	uint64_t *native; /* owned */
	uint32_t used;    /* atomic: a program has it */
};

struct value {
	uint32_t given, loaded, native, pad;
};

static int insns_alloc(const struct map_attr *a, struct map_env *env, struct map **ret_map)
{
	struct insns *s = map_new(a, env, sizeof(*s));
	uint64_t n = a->max_entries;

	if (!s)
		return -ENOMEM;
	s->map.flags |= MAP_F_RDONLY_PROG;
	s->map.elem_size = sizeof(struct value);
	s->map.values = env_alloc(env, n * (sizeof(struct value) + sizeof(*s->native)));
	if (!s->map.values) {
		map_done(&s->map, sizeof(*s));
		return -ENOMEM;
	}
	s->native = (uint64_t *)(s->map.values + n * sizeof(struct value));
	*ret_map = &s->map;
	return 0;
}

static uint64_t insns_memory(const struct map *m)
{
	return sizeof(struct insns) +
	       (uint64_t)m->max_entries * (sizeof(struct value) + sizeof(uint64_t));
}

static void insns_free(struct map *m)
{
	env_free(m->env, m->values, insns_memory(m) - sizeof(struct insns));
	map_done(m, sizeof(struct insns));
}

static struct value *value_at(const struct map *m, uint32_t i)
{
	return array_slot(m, i, 0);
}

static void *insns_lookup(struct map *m, const void *key)
{
	uint32_t i = array_index(key);

	return i < m->max_entries ? value_at(m, i) : NULL;
}

static int insns_update(struct map *m, const void *key, const void *value, uint64_t flags)
{
	uint32_t i = array_index(key);
	struct value v;

	if (i >= m->max_entries)
		return -E2BIG;
	if (flags & MAP_NOEXIST)
		return -EEXIST;
	memcpy(&v, value, sizeof(v));
	if (v.loaded || v.native)
		return -EINVAL;
	store(&value_at(m, i)->given, v.given);
	return 0;
}

static int insns_remove(struct map *m, const void *key)
{
	(void)m;
	(void)key;
	return -EINVAL;
}

int map_insns_begin(struct map *m)
{
	struct insns *s = (struct insns *)m;
	uint32_t i;

	if (!load(&m->frozen))
		return -EINVAL;
	if (__atomic_exchange_n(&s->used, 1, __ATOMIC_ACQ_REL))
		return -EBUSY;
	for (i = 0; i < m->max_entries; i++)
		store(&value_at(m, i)->loaded, value_at(m, i)->given);
	return 0;
}

uint32_t map_insns_given(const struct map *m, uint32_t i)
{
	return load(&value_at(m, i)->given);
}

void map_insns_place(struct map *m, uint32_t i, uint32_t loaded, uint32_t native, const void *addr)
{
	store(&value_at(m, i)->loaded, loaded);
	store(&value_at(m, i)->native, native);
	store_release(&((struct insns *)m)->native[i], (uintptr_t)addr);
}

void map_insns_end(struct map *m)
{
	store_release(&((struct insns *)m)->used, 0);
}

int insns_direct_value(const struct map *m, uint32_t off, uint64_t *ret_addr)
{
	if (off % sizeof(uint64_t) || off / sizeof(uint64_t) >= m->max_entries)
		return -EACCES;
	*ret_addr = (uintptr_t)((const struct insns *)m)->native;
	return 0;
}

const struct map_ops map_ops_insn_array = {
	.alloc = insns_alloc,
	.free = insns_free,
	.memory = insns_memory,
	.lookup = insns_lookup,
	.update = insns_update,
	.remove = insns_remove,
	.next = array_next,
};
