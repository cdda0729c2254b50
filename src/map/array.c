/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * array and percpu_array, and what the arrays of references share with them.
 *
 * All elements exist from the start and are one piece of memory per CPU: a lookup is a comparison, a
 * multiplication and an addition, which code may inline. With MAP_F_MMAPABLE the memory is a memfd's,
 * so that user space can map it as it maps the kernel's.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "map/impl.h"

struct array {
	struct map map;
	uint64_t bytes; /* of the elements, for all CPUs */
	int fd;         /* of the memory, or -1 */
};

static int array_check(const struct map_attr *a, const struct map_env *env)
{
	uint32_t most = env->kernel < ABI_KERNEL(5, 15) ? ALLOC_MAX : INT32_MAX;
	int err = attr_check(a, env);

	return !err && a->value_size > most ? -E2BIG : err;
}

/* The memory behind an array that may be mapped; whole pages. */
static int memory_shared(struct array *ar)
{
	void *p;
	int fd;

	if (!env_charge(ar->map.env, ar->bytes))
		return -ENOMEM;
	fd = memfd_create("skep-map", MFD_CLOEXEC);
	if (fd < 0)
		goto fail;
	if (ftruncate(fd, (off_t)ar->bytes) < 0)
		goto fail;
	p = mmap(NULL, ar->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		goto fail;
	ar->map.values = p;
	ar->fd = fd;
	return 0;
fail:
	if (fd >= 0)
		close(fd);
	env_uncharge(ar->map.env, ar->bytes);
	return -ENOMEM;
}

static int memory_private(struct array *ar)
{
	ar->map.values = env_alloc(ar->map.env, ar->bytes);
	return ar->map.values ? 0 : -ENOMEM;
}

int array_alloc(const struct map_attr *a, struct map_env *env, struct map **ret_map)
{
	struct array *ar = map_new(a, env, sizeof(*ar));
	bool percpu = a->type == MAP_TYPE_PERCPU_ARRAY;
	uint64_t bytes;
	int err;

	if (!ar)
		return -ENOMEM;
	ar->fd = -1;
	/* references are pointers here, whatever their size in user space */
	ar->map.elem_size = ar->map.ops->refs ? 8 : ALIGN_UP(a->value_size, 8u);
	bytes = (uint64_t)a->max_entries * ar->map.elem_size;
	if (percpu) {
		/* CPUs do not share cache lines */
		ar->map.cpu_stride = ALIGN_UP(bytes, UINT64_C(64));
		bytes = ar->map.cpu_stride * env->cpus;
	} else if (a->flags & MAP_F_MMAPABLE) {
		bytes = ALIGN_UP(bytes, (uint64_t)MAP_PAGE);
	}
	ar->bytes = bytes;
	err = a->flags & MAP_F_MMAPABLE ? memory_shared(ar) : memory_private(ar);
	if (err)
		map_done(&ar->map, sizeof(*ar));
	else
		*ret_map = &ar->map;
	return err;
}

static void free_fields(struct map *m, uint32_t kinds)
{
	uint32_t i, cpu, cpus = m->cpu_stride ? m->cpus : 1;

	for (cpu = 0; cpu < cpus && m->field_kinds & kinds; cpu++)
		for (i = 0; i < m->max_entries; i++)
			value_free_fields(m, array_slot(m, i, cpu), kinds);
}

static void array_user_gone(struct map *m)
{
	free_fields(m, FIELDS_TIMED);
}

void array_free(struct map *m)
{
	struct array *ar = (struct array *)m;

	free_fields(m, FIELDS_ALL);
	if (ar->fd < 0) {
		env_free(m->env, m->values, ar->bytes);
	} else {
		munmap(m->values, ar->bytes);
		close(ar->fd);
		env_uncharge(m->env, ar->bytes);
	}
	map_done(m, sizeof(*ar));
}

uint64_t array_memory(const struct map *m)
{
	return sizeof(struct array) + ((const struct array *)m)->bytes;
}

/* ---- the program side ---- */

static void *array_lookup(struct map *m, const void *key)
{
	uint32_t i = array_index(key);

	return i < m->max_entries ? m->values + (uint64_t)i * m->elem_size : NULL;
}

static void *percpu_lookup(struct map *m, const void *key)
{
	uint32_t i = array_index(key);

	return i < m->max_entries ? array_slot(m, i, this_cpu(m)) : NULL;
}

static void *percpu_lookup_cpu(struct map *m, const void *key, uint32_t cpu)
{
	uint32_t i = array_index(key);

	return i < m->max_entries ? array_slot(m, i, cpu) : NULL;
}

static int array_update(struct map *m, const void *key, const void *value, uint64_t flags)
{
	uint32_t i = array_index(key);
	void *slot;

	if ((flags & ~(uint64_t)MAP_LOCK) > MAP_EXIST)
		return -EINVAL;
	if (i >= m->max_entries)
		return -E2BIG;
	if (flags & MAP_NOEXIST)
		return -EEXIST;
	if (flags & MAP_LOCK && !has_field(m, MAP_SPIN_LOCK))
		return -EINVAL;
	slot = array_slot(m, i, m->cpu_stride ? this_cpu(m) : 0);
	if (flags & MAP_LOCK)
		value_copy_locked(m, slot, value, false);
	else
		value_store(m, slot, value);
	if (__builtin_expect(m->fields != 0, 0))
		value_free_fields(m, slot, FIELDS_ALL);
	return 0;
}

static int array_remove(struct map *m, const void *key)
{
	(void)m;
	(void)key;
	return -EINVAL;
}

int array_next(struct map *m, const void *key, void *ret_next)
{
	uint32_t i = key ? array_index(key) : UINT32_MAX;

	if (i >= m->max_entries)
		i = 0;
	else if (i == m->max_entries - 1)
		return -ENOENT;
	else
		i++;
	memcpy(ret_next, &i, 4);
	return 0;
}

static int64_t array_each(struct map *m, map_each_fn *fn, void *arg)
{
	uint32_t i, cpu = m->cpu_stride ? this_cpu(m) : 0;

	for (i = 0; i < m->max_entries; i++)
		if (fn(m, &(uint32_t){i}, array_slot(m, i, cpu), arg))
			return i + 1;
	return i;
}

int map_direct_value(const struct map *m, uint32_t off, uint64_t *ret_addr)
{
	if (m->type == MAP_TYPE_ARENA) {
		if (off > (uint64_t)m->max_entries * MAP_PAGE)
			return -ERANGE;
		*ret_addr = (uintptr_t)map_arena_base(m);
		return 0;
	}
	if (m->type == MAP_TYPE_INSN_ARRAY)
		return insns_direct_value(m, off, ret_addr);
	if (m->type != MAP_TYPE_ARRAY || m->max_entries != 1)
		return -MAP_ENOTSUPP;
	if (off >= m->value_size)
		return -EINVAL;
	*ret_addr = (uintptr_t)m->values;
	return 0;
}

int map_direct_offset(const struct map *m, uint64_t addr, uint32_t *ret_off)
{
	uint64_t base = (uintptr_t)m->values;

	if (m->type != MAP_TYPE_ARRAY || m->max_entries != 1)
		return -MAP_ENOTSUPP;
	if (addr < base || addr >= base + m->elem_size)
		return -ENOENT;
	*ret_off = (uint32_t)(addr - base);
	return 0;
}

/* ---- the user side ---- */

static int percpu_get(struct map *m, const void *key, void *value, uint64_t flags)
{
	uint32_t i = array_index(key);

	if (i >= m->max_entries)
		return -ENOENT;
	values_load(m, value, array_slot(m, i, 0), flags);
	return 0;
}

static int percpu_set(struct map *m, const void *key, const void *value, uint64_t flags)
{
	uint32_t i = array_index(key);

	if (percpu_flags_check(m, flags))
		return -EINVAL;
	if (i >= m->max_entries)
		return -E2BIG;
	if ((flags & ~CPU_FLAGS) == MAP_NOEXIST)
		return -EEXIST;
	values_store(m, array_slot(m, i, 0), value, flags);
	return 0;
}

static bool array_same_shape(const struct map *tmpl, const struct map *m)
{
	return shape_equal(tmpl, m) &&
	       (tmpl->flags & MAP_F_INNER_MAP || tmpl->max_entries == m->max_entries);
}

static int array_memory_map(struct map *m, void *addr, size_t len, int prot, int flags,
			    uint64_t off, void **ret_addr)
{
	struct array *ar = (struct array *)m;
	void *p;

	if (!(m->flags & MAP_F_MMAPABLE) || off + len < off || off + len > ar->bytes)
		return -EINVAL;
	p = mmap(addr, len, prot, flags | (addr ? MAP_FIXED : 0), ar->fd, (off_t)off);
	if (p == MAP_FAILED)
		return -errno;
	*ret_addr = p;
	return 0;
}

const struct map_ops map_ops_array = {
	.check = array_check,
	.alloc = array_alloc,
	.free = array_free,
	.user_gone = array_user_gone,
	.memory = array_memory,
	.same_shape = array_same_shape,
	.lookup = array_lookup,
	.update = array_update,
	.remove = array_remove,
	.each = array_each,
	.next = array_next,
	.memory_map = array_memory_map,
};

const struct map_ops map_ops_percpu_array = {
	.check = array_check,
	.alloc = array_alloc,
	.free = array_free,
	.memory = array_memory,
	.same_shape = shape_equal,
	.lookup = percpu_lookup,
	.update = array_update,
	.remove = array_remove,
	.lookup_cpu = percpu_lookup_cpu,
	.each = array_each,
	.user_get = percpu_get,
	.user_set = percpu_set,
	.next = array_next,
};
