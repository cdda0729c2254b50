/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Creation, references, accounting, and the program side's entry points.
 *
 * Creation checks in the kernel's order (map_create() of kernel/bpf/syscall.c), so that of several
 * faults the same one is answered: what all types share, the type, the type's own checks, memory, the
 * name, the special fields.
 */
#include <ctype.h>

#include "map/impl.h"

static const struct map_ops *const types[] = {
#define MAP_KIND(id, NAME, name, ...) [id] = &map_ops_##name,
#include "abi/map_type.def"
};

const char *map_type_name(uint32_t type)
{
	const struct abi_map_type *row = abi_map_type(type);

	return row ? row->name : NULL;
}

/* ---- memory ---- */

bool env_charge(struct map_env *env, uint64_t size)
{
	uint64_t used = __atomic_add_fetch(&env->used, size, __ATOMIC_RELAXED);

	if (!env->max_bytes || (used <= env->max_bytes && used >= size))
		return true;
	env_uncharge(env, size);
	return false;
}

void env_uncharge(struct map_env *env, uint64_t size)
{
	__atomic_sub_fetch(&env->used, size, __ATOMIC_RELAXED);
}

void *env_alloc(struct map_env *env, uint64_t size)
{
	void *p;

	if (size > SIZE_MAX / 2 || !env_charge(env, size))
		return NULL;
	p = mem_alloc(size);
	if (!p)
		env_uncharge(env, size);
	return p;
}

void env_free(struct map_env *env, void *p, uint64_t size)
{
	if (p)
		env_uncharge(env, size);
	mem_free(p);
}

/* ---- creation ---- */

static const struct field_row {
	uint32_t size;
	enum abi_map_field group;
} field_rows[] = {
#define MAP_FIELD(name, size, group) {size, ABI_FIELD_##group},
#include "map/field.def"
};

static int fields_copy(struct map *m, const struct map_attr *a)
{
	uint32_t i, end = 0;

	if (!a->fields)
		return 0;
	for (i = 0; i < a->fields; i++) {
		const struct map_field *f = &a->field[i];

		if (f->kind >= ARRAY_LEN(field_rows) || f->size != field_rows[f->kind].size ||
		    f->offset < end || f->size > m->value_size ||
		    f->offset > m->value_size - f->size)
			return -EINVAL;
		end = f->offset + f->size;
		m->field_kinds |= 1u << f->kind;
	}
	m->field = mem_alloc_array(a->fields, sizeof(*m->field));
	if (!m->field)
		return -ENOMEM;
	memcpy(m->field, a->field, a->fields * sizeof(*m->field));
	m->fields = a->fields;
	return 0;
}

static int fields_check(const struct map *m)
{
	uint32_t i;

	if (m->fields && m->flags & (MAP_F_RDONLY_PROG | MAP_F_WRONLY_PROG))
		return -EACCES;
	for (i = 0; i < m->fields; i++)
		if (!(abi_map_type(m->type)->fields & field_rows[m->field[i].kind].group))
			return -EOPNOTSUPP;
	return 0;
}

static int name_copy(struct map *m, const char *name)
{
	size_t i;

	for (i = 0; name && name[i]; i++) {
		if (i == sizeof(m->name) - 1)
			return -EINVAL;
		if (!isalnum((unsigned char)name[i]) && name[i] != '_' && name[i] != '.')
			return -EINVAL;
		m->name[i] = name[i];
	}
	return 0;
}

void *map_new(const struct map_attr *a, struct map_env *env, size_t size)
{
	struct map *m = env_alloc(env, size);

	if (!m)
		return NULL;
	m->ops = types[a->type];
	m->lookup = m->ops->lookup;
	m->type = a->type;
	m->key_size = a->key_size;
	m->value_size = a->value_size;
	m->max_entries = a->max_entries;
	m->flags = a->flags & ~(uint32_t)(MAP_F_RDONLY | MAP_F_WRONLY | MAP_F_TOKEN_FD);
	m->can = abi_map_ops(abi_map_type(a->type), (uint16_t)env->kernel);
	m->extra = a->extra;
	m->env = env;
	m->cpus = env->cpus;
	m->refs = 1;
	m->user_refs = 1;
	return m;
}

void map_done(struct map *m, size_t size)
{
	mem_free(m->field);
	env_free(m->env, m, size);
}

/* Types of per-CPU values know the flag, to refuse any node. */
static bool refuses_node(const struct map_attr *a)
{
	return a->type == MAP_TYPE_PERCPU_ARRAY || a->type == MAP_TYPE_PERCPU_HASH ||
	       a->type == MAP_TYPE_LRU_PERCPU_HASH;
}

int attr_check(const struct map_attr *a, const struct map_env *env)
{
	uint32_t flags = a->flags;

	if (refuses_node(a) && attr_node(a) == NODE_NONE)
		flags &= ~(uint32_t)MAP_F_NUMA_NODE;
	return abi_map_check(abi_map_type(a->type), (uint16_t)env->kernel, a->key_size,
			     a->value_size, a->max_entries, flags);
}

/* What the kernel asks of all types alike. */
static int common_check(const struct map_attr *a, const struct map_env *env)
{
	const struct abi_map_type *row = abi_map_type(a->type);
	const uint32_t node = attr_node(a);

	if (!row || row->since > env->kernel)
		return -EINVAL;
	if (a->extra && a->type != MAP_TYPE_BLOOM_FILTER && a->type != MAP_TYPE_ARENA &&
	    a->type != MAP_TYPE_RHASH)
		return -EINVAL;
	if (a->flags & MAP_F_RDONLY && a->flags & MAP_F_WRONLY)
		return -EINVAL;
	return node != NODE_NONE && node != 0 ? -EINVAL : 0;
}

int map_create(const struct map_attr *attr, struct map_env *env, struct map **ret_map)
{
	struct map_attr a = *attr;
	struct map *m;
	int err;

	assert(env->cpus);
	a.flags &= ~(uint32_t)MAP_F_TOKEN_FD;
	err = common_check(&a, env);
	if (err)
		return err;
	err = types[a.type]->check ? types[a.type]->check(&a, env) : attr_check(&a, env);
	if (!err)
		err = types[a.type]->alloc(&a, env, &m);
	if (err)
		return err;
	err = name_copy(m, a.name);
	if (!err)
		err = fields_copy(m, &a);
	if (!err)
		err = fields_check(m);
	if (err)
		m->ops->free(m);
	else
		*ret_map = m;
	return err;
}

/* ---- references ---- */

void map_ref(struct map *m)
{
	__atomic_fetch_add(&m->refs, 1, __ATOMIC_RELAXED);
}

static void end_now(struct map_deferred *d)
{
	struct map *m = (struct map *)((char *)d - offsetof(struct map, end));

	m->ops->free(m);
}

void map_unref(struct map *m)
{
	if (!m || __atomic_fetch_sub(&m->refs, 1, __ATOMIC_ACQ_REL) != 1)
		return;
	if (load(&m->shared))
		map_defer(&m->end, end_now);
	else
		m->ops->free(m);
}

void map_ref_user(struct map *m)
{
	__atomic_fetch_add(&m->user_refs, 1, __ATOMIC_RELAXED);
	map_ref(m);
}

void map_unref_user(struct map *m)
{
	if (!m)
		return;
	if (__atomic_fetch_sub(&m->user_refs, 1, __ATOMIC_ACQ_REL) == 1 && m->ops->user_gone)
		m->ops->user_gone(m);
	map_unref(m);
}

uint64_t map_memory(const struct map *m)
{
	return m->ops->memory(m);
}

/* ---- the program side ---- */

int map_update(struct map *m, const void *key, const void *value, uint64_t flags)
{
	return m->ops->update(m, key, value, flags);
}

int map_delete(struct map *m, const void *key)
{
	return m->ops->remove(m, key);
}

int map_push(struct map *m, const void *value, uint64_t flags)
{
	return m->ops->push(m, value, flags);
}

/* What a program gets from an empty queue is zeros; what it asks a Bloom filter about stays. */
static int got(const struct map *m, int err, void *value)
{
	if (err == -ENOENT && m->type != MAP_TYPE_BLOOM_FILTER)
		memset(value, 0, m->value_size);
	return err;
}

int map_pop(struct map *m, void *value)
{
	return got(m, m->ops->pop(m, value), value);
}

int map_peek(struct map *m, void *value)
{
	return got(m, m->ops->peek(m, value), value);
}

void *map_lookup_percpu(struct map *m, const void *key, uint32_t cpu)
{
	if (!m->ops->lookup_cpu || cpu >= m->cpus)
		return NULL;
	return m->ops->lookup_cpu(m, key, cpu);
}

int64_t map_for_each(struct map *m, map_each_fn *fn, void *arg, uint64_t flags)
{
	if (!m->ops->each || flags)
		return -EINVAL;
	return m->ops->each(m, fn, arg);
}
