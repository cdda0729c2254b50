/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The user side: what bpf(2) checks before it looks at the type, and values that are descriptors.
 *
 * Order matters, as of several faults the kernel answers the first: flags, permission, flags against
 * the value's fields, the key, then the type. A key pointer must be there if the type has keys and must
 * not if it has none.
 */
#include <sys/mman.h>

#include "map/impl.h"

static unsigned allowed(const struct map *m, unsigned may)
{
	return load(&m->frozen) ? may & ~(unsigned)MAP_MAY_WRITE : may;
}

static int key_check(const struct map *m, const void *key)
{
	if (m->key_size)
		return key ? 0 : -EFAULT;
	return key ? -EINVAL : 0;
}

static bool lacks_lock(const struct map *m, uint64_t flags)
{
	return flags & MAP_LOCK && !has_field(m, MAP_SPIN_LOCK);
}

static bool percpu_values(const struct map *m)
{
	return m->cpu_stride != 0;
}

int elem_flags_check(const struct map *m, uint64_t flags, uint32_t allowed)
{
	if (m->env->kernel < ABI_KERNEL(7, 0))
		return flags & ~(uint64_t)(allowed & MAP_LOCK) || lacks_lock(m, flags) ? -EINVAL
										       : 0;
	if ((uint32_t)flags & ~allowed || lacks_lock(m, flags) ||
	    (!(flags & MAP_CPU) && flags >> 32))
		return -EINVAL;
	if (!(flags & (MAP_CPU | MAP_ALL_CPUS)))
		return 0;
	if (!percpu_values(m) || (flags & MAP_CPU && flags & MAP_ALL_CPUS))
		return -EINVAL;
	return flags & MAP_CPU && flags >> 32 >= m->cpus ? -ERANGE : 0;
}

size_t map_user_value_size(const struct map *m)
{
	if (percpu_values(m))
		return (size_t)value_room(m) * m->cpus;
	return m->ops->refs ? sizeof(uint32_t) : m->value_size;
}

size_t elem_room(const struct map *m, uint64_t flags)
{
	return flags & (MAP_CPU | MAP_ALL_CPUS) ? m->value_size : map_user_value_size(m);
}

/* A write is under way from here on, which freezing must not overtake. */
static void write_begin(struct map *m)
{
	__atomic_fetch_add(&m->writers, 1, __ATOMIC_SEQ_CST);
}

static void write_end(struct map *m)
{
	__atomic_fetch_sub(&m->writers, 1, __ATOMIC_SEQ_CST);
}

int map_freeze(struct map *m, unsigned may)
{
	if (m->type == MAP_TYPE_STRUCT_OPS || m->fields)
		return -MAP_ENOTSUPP;
	if (m->env->kernel >= ABI_KERNEL(6, 5) && !(allowed(m, may) & MAP_MAY_WRITE))
		return -EPERM;
	if (load(&m->writers) || __atomic_exchange_n(&m->frozen, true, __ATOMIC_SEQ_CST))
		return -EBUSY;
	return 0;
}

/* ---- elements ---- */

int user_get_value(struct map *m, const void *key, void *value, uint64_t flags)
{
	void *(*find)(struct map *, const void *) = m->ops->user_find;
	void *from;

	if (m->ops->user_get)
		return m->ops->user_get(m, key, value, flags);
	if (m->ops->peek)
		return m->ops->peek(m, value);
	from = find ? find(m, key) : m->ops->lookup(m, key);
	if (!from)
		return -ENOENT;
	if (flags & MAP_LOCK)
		value_copy_locked(m, value, from, true);
	else
		value_load(m, value, from);
	return 0;
}

int user_set_value(struct map *m, const void *key, const void *value, uint64_t flags)
{
	int err;

	if (m->ops->push)
		return m->ops->push(m, value, flags);
	map_enter();
	err = m->ops->user_set ? m->ops->user_set(m, key, value, flags)
			       : m->ops->update(m, key, value, flags);
	map_exit();
	return err;
}

/* Programs that run now may still use the inner map that was replaced: wait for them. */
static void wait_for_programs(const struct map *m)
{
	if ((m->type == MAP_TYPE_ARRAY_OF_MAPS || m->type == MAP_TYPE_HASH_OF_MAPS) &&
	    !map_self.nest)
		map_quiesce();
}

int map_user_lookup(struct map *m, unsigned may, const void *key, void *value, uint64_t flags)
{
	int err;

	if ((uint32_t)flags & ~(uint32_t)(MAP_LOCK | MAP_CPU))
		return -EINVAL;
	if (!(allowed(m, may) & MAP_MAY_READ))
		return -EPERM;
	err = elem_flags_check(m, flags, MAP_LOCK | MAP_CPU);
	if (!err)
		err = key_check(m, key);
	if (err)
		return err;
	map_enter();
	err = user_get_value(m, key, value, flags);
	map_exit();
	return err;
}

/* Before 7.0 it was left to the types which flags there are. */
static int update_flags_check(const struct map *m, uint64_t flags)
{
	if (m->env->kernel < ABI_KERNEL(7, 0))
		return lacks_lock(m, flags) ? -EINVAL : 0;
	return elem_flags_check(m, flags, UINT32_MAX);
}

int map_user_update(struct map *m, unsigned may, const void *key, const void *value, uint64_t flags)
{
	int err = -EPERM;

	write_begin(m);
	if (!(allowed(m, may) & MAP_MAY_WRITE))
		goto out;
	err = update_flags_check(m, flags);
	if (!err)
		err = key_check(m, key);
	if (!err && m->env->kernel < ABI_KERNEL(7, 0) && percpu_values(m) && flags & CPU_FLAGS)
		err = -EINVAL; /* it is each type's flags check that finds them unknown */
	if (err)
		goto out;
	err = user_set_value(m, key, value, flags);
	if (!err)
		wait_for_programs(m);
out:
	write_end(m);
	return err;
}

int map_user_delete(struct map *m, unsigned may, const void *key)
{
	int err = -EPERM;

	write_begin(m);
	if (!(allowed(m, may) & MAP_MAY_WRITE))
		goto out;
	err = key_check(m, key);
	if (err)
		goto out;
	map_enter();
	err = m->ops->remove(m, key);
	map_exit();
	if (!err)
		wait_for_programs(m);
out:
	write_end(m);
	return err;
}

int map_user_next_key(struct map *m, unsigned may, const void *key, void *ret_next)
{
	int err;

	if (!(allowed(m, may) & MAP_MAY_READ))
		return -EPERM;
	if (key && !m->key_size)
		return -EINVAL;
	map_enter();
	err = m->ops->next(m, key, ret_next);
	map_exit();
	return err;
}

static int take(struct map *m, const void *key, void *value, uint64_t flags)
{
	int err;

	if (!(m->can & ABI_OP_TAKE))
		return -MAP_ENOTSUPP;
	if (m->ops->pop)
		return m->ops->pop(m, value);
	map_enter();
	err = m->ops->take(m, key, value, flags);
	map_exit();
	return err;
}

int map_user_take(struct map *m, unsigned may, const void *key, void *value, uint64_t flags)
{
	int err = -EPERM;

	if (flags & ~(uint64_t)MAP_LOCK)
		return -EINVAL;
	write_begin(m);
	if (allowed(m, may) != MAP_MAY_ALL)
		goto out;
	err = -EINVAL;
	if ((flags && (m->type == MAP_TYPE_QUEUE || m->type == MAP_TYPE_STACK)) ||
	    lacks_lock(m, flags))
		goto out;
	err = key_check(m, key);
	if (!err)
		err = take(m, key, value, flags);
out:
	write_end(m);
	return err;
}

/* ---- batches ---- */

static const uint16_t batch_can[] = {
	[MAP_BATCH_LOOKUP] = ABI_OP_BATCH_LOOKUP,
	[MAP_BATCH_TAKE] = ABI_OP_BATCH_TAKE,
	[MAP_BATCH_UPDATE] = ABI_OP_BATCH_UPDATE,
	[MAP_BATCH_DELETE] = ABI_OP_BATCH_DELETE,
};

int map_user_batch(struct map *m, unsigned may, enum map_batch_op op, struct map_batch *b)
{
	bool reads = op == MAP_BATCH_LOOKUP || op == MAP_BATCH_TAKE,
	     writes = op != MAP_BATCH_LOOKUP;
	int err = -EPERM;

	if (writes)
		write_begin(m);
	may = allowed(m, may);
	if ((reads && !(may & MAP_MAY_READ)) || (writes && !(may & MAP_MAY_WRITE)))
		goto out;
	if (!(m->can & batch_can[op]))
		err = -MAP_ENOTSUPP;
	else
		err = m->ops->batch[op] ? m->ops->batch[op](m, op, b) : batch_generic(m, op, b);
	if (!err && writes)
		wait_for_programs(m);
out:
	if (writes)
		write_end(m);
	return err;
}

/* ---- descriptors as values ---- */

/* An inner map must look like the template; programs find it without taking a reference. */
static int inner_accept(struct map *m, struct map *inner)
{
	if (!inner->ops->same_shape || !inner->ops->same_shape(m->inner, inner)) {
		ref_put(m, inner);
		return -EINVAL;
	}
	store(&inner->shared, true);
	return 0;
}

int ref_get(struct map *m, int fd, void **ret_ref)
{
	int err = -EBADF;

	if (m->env->ref_get)
		err = m->env->ref_get(m->env->arg, m, m->ops->ref_kind, fd, ret_ref);
	if (!err && m->ops->ref_kind == MAP_REF_MAP)
		err = inner_accept(m, *ret_ref);
	return err;
}

void ref_put(struct map *m, void *ref)
{
	if (m->ops->ref_kind == MAP_REF_MAP)
		map_unref(ref);
	else if (m->env->ref_put)
		m->env->ref_put(m->env->arg, m, m->ops->ref_kind, ref);
}

uint32_t ref_id(const struct map *m, const void *ref)
{
	if (m->ops->ref_kind == MAP_REF_MAP)
		return ((const struct map *)ref)->id;
	return m->env->ref_id ? m->env->ref_id(m->env->arg, m->ops->ref_kind, ref) : 0;
}

/* ---- memory ---- */

int map_mmap(struct map *m, unsigned may, void *addr, size_t len, int prot, int flags, uint64_t off,
	     void **ret_addr)
{
	int err = 0;

	if ((prot & PROT_READ && !(may & MAP_MAY_READ)) ||
	    (prot & PROT_WRITE && !(may & MAP_MAY_WRITE)))
		return -EACCES;
	if (!m->ops->memory_map || m->fields)
		return -MAP_ENOTSUPP;
	if (!(flags & MAP_SHARED) || !len || off % MAP_PAGE)
		return -EINVAL;
	if (prot & PROT_WRITE) {
		write_begin(m); /* ended by map_munmap */
		err = load(&m->frozen) ? -EPERM : m->flags & MAP_F_RDONLY_PROG ? -EACCES : 0;
	}
	if (!err)
		err = m->ops->memory_map(m, addr, ALIGN_UP(len, (size_t)MAP_PAGE), prot, MAP_SHARED,
					 off, ret_addr);
	if (err && prot & PROT_WRITE)
		write_end(m);
	return err;
}

int map_munmap(struct map *m, void *addr, size_t len, int prot)
{
	if (munmap(addr, ALIGN_UP(len, (size_t)MAP_PAGE)))
		return -errno;
	if (prot & PROT_WRITE)
		write_end(m);
	return 0;
}
