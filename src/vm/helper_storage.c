/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Local storages: values by object. Programs have an object's address; the world knows which it is,
 * and module map keeps the values by its id.
 */
#include "vm/helper.h"

/* What this address is an object of: 0 and its id, or -ENOENT. */
static int id_of(struct vm_run *run, uint32_t type, uint64_t at, uint64_t *ret_id)
{
	const struct vm_world *w = run->world;
	const struct vm_cgroup *c;
	const struct vm_task *t;
	struct vm_sock *sk;

	switch (type) {
	case MAP_TYPE_TASK_STORAGE:
		t = world_task(w, at);
		*ret_id = t ? t->pid : 0;
		return t ? 0 : -ENOENT;
	case MAP_TYPE_CGRP_STORAGE:
		c = world_cgroup(w, at);
		*ret_id = c ? c->id : 0;
		return c ? 0 : -ENOENT;
	case MAP_TYPE_SK_STORAGE:
		sk = world_sock(w, at);
		*ret_id = sk ? sk->cookie : 0;
		return sk ? 0 : -ENOENT;
	case MAP_TYPE_INODE_STORAGE:
		return w->outside && w->outside->inode ? w->outside->inode(w->arg, at, ret_id)
						       : -ENOENT;
	default:
		bug("storage %u", type);
	}
}

static uint64_t get(struct vm_run *run, uint32_t type, uint64_t map, uint64_t at, uint64_t init,
		    uint64_t flags)
{
	struct map *m = helper_map_of(run, map, type);
	void *from = NULL;
	uint64_t id;

	if (!m || (init && !helper_mem(run, init, m->value_size, false, &from)))
		return 0;
	if (!at || id_of(run, type, at, &id))
		return 0;
	return helper_give_value(run, m, map_storage_get(m, id, from, flags));
}

static uint64_t delete (struct vm_run *run, uint32_t type, uint64_t map, uint64_t at)
{
	struct map *m = helper_map_of(run, map, type);
	uint64_t id;
	int err;

	if (!m)
		return 0;
	if (!at)
		return neg(-EINVAL);
	err = id_of(run, type, at, &id);
	return neg(err ? err : map_storage_delete(m, id));
}

HELPER(task_storage_get)
{
	return get(run, MAP_TYPE_TASK_STORAGE, r1, r2, r3, r4);
}

HELPER(task_storage_delete)
{
	return delete (run, MAP_TYPE_TASK_STORAGE, r1, r2);
}

HELPER(cgrp_storage_get)
{
	return get(run, MAP_TYPE_CGRP_STORAGE, r1, r2, r3, r4);
}

HELPER(cgrp_storage_delete)
{
	return delete (run, MAP_TYPE_CGRP_STORAGE, r1, r2);
}

HELPER(sk_storage_get)
{
	return get(run, MAP_TYPE_SK_STORAGE, r1, r2, r3, r4);
}

HELPER(sk_storage_delete)
{
	return delete (run, MAP_TYPE_SK_STORAGE, r1, r2);
}

HELPER(inode_storage_get)
{
	return get(run, MAP_TYPE_INODE_STORAGE, r1, r2, r3, r4);
}

HELPER(inode_storage_delete)
{
	return delete (run, MAP_TYPE_INODE_STORAGE, r1, r2);
}

HELPER(get_local_storage)
{
	const struct vm_task *t = &run->world->task;
	struct map *m = helper_map(run, r1);
	uint64_t cgroup = t->cgroups ? t->cgroup[t->cgroups - 1] : 0;

	if (m && m->type != MAP_TYPE_CGROUP_STORAGE && m->type != MAP_TYPE_PERCPU_CGROUP_STORAGE) {
		helper_fault(run, r1, sizeof(*m));
		return 0;
	}
	return m ? helper_give_value(run, m, map_cgroup_value(m, cgroup, run->world->attach_type))
		 : 0;
}
