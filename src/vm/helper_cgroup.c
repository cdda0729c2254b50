/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Cgroups: a tree, as the world tells it. Programs have addresses of them; a cgroup's
 * cgroup_subsys_state lies where the cgroup begins, so both are the same address.
 *
 * The references of a cgroup_array are the cgroups' ids.
 */
#include "vm/helper.h"

const struct vm_cgroup *world_cgroup(const struct vm_world *w, uint64_t at)
{
	uint32_t i;

	for (i = 0; i < w->cgroups && at; i++)
		if (w->cgroup[i].address == at)
			return &w->cgroup[i];
	return NULL;
}

const struct vm_cgroup *world_cgroup_by_id(const struct vm_world *w, uint64_t id)
{
	uint32_t i;

	for (i = 0; i < w->cgroups && id; i++)
		if (w->cgroup[i].id == id)
			return &w->cgroup[i];
	return NULL;
}

/* From itself to the root; no deeper than cgroups may be, should the parents go round in a ring. */
static uint32_t path_up(const struct vm_world *w, const struct vm_cgroup *c,
			const struct vm_cgroup *path[VM_CGROUPS_MAX])
{
	uint32_t n = 0;

	for (; c && n < VM_CGROUPS_MAX; c = world_cgroup_by_id(w, c->parent))
		path[n++] = c;
	return n;
}

/* The ancestor at that level, the root's being 0; a cgroup that nobody knows has only itself. */
uint64_t world_cgroup_ancestor(const struct vm_world *w, uint64_t id, int32_t level)
{
	const struct vm_cgroup *path[VM_CGROUPS_MAX];
	const struct vm_task *t = &w->task;
	uint32_t n = path_up(w, world_cgroup_by_id(w, id), path), i;

	if (level < 0)
		return 0;
	if (n)
		return (uint32_t)level < n ? path[n - 1 - (uint32_t)level]->id : 0;
	for (i = 0; i < t->cgroups; i++)
		if (t->cgroup[i] == id)
			return (uint32_t)level <= i ? t->cgroup[level] : 0;
	return level ? 0 : id;
}

bool world_cgroup_under(const struct vm_world *w, uint64_t id, uint64_t ancestor)
{
	int32_t i;

	for (i = 0; id && i < VM_CGROUPS_MAX; i++)
		if (world_cgroup_ancestor(w, id, i) == ancestor)
			return true;
	return false;
}

static uint64_t own_cgroup(const struct vm_task *t)
{
	return t->cgroups ? t->cgroup[t->cgroups - 1] : 0;
}

static bool task_under(const struct vm_task *t, uint64_t ancestor)
{
	uint32_t i;

	for (i = 0; i < t->cgroups; i++)
		if (t->cgroup[i] == ancestor)
			return true;
	return false;
}

/* ---- of the current task ---- */

HELPER(get_current_cgroup_id)
{
	return own_cgroup(&run->world->task);
}

HELPER(get_current_ancestor_cgroup_id)
{
	const struct vm_task *t = &run->world->task;
	int32_t level = (int32_t)r1;

	return level >= 0 && (uint32_t)level < t->cgroups ? t->cgroup[level] : 0;
}

int helper_cgroup_in(const struct map *m, uint32_t i, uint64_t *ret_id)
{
	if (i >= m->max_entries)
		return -E2BIG;
	*ret_id = address(__atomic_load_n((void **)(void *)(m->values + (uint64_t)i * m->elem_size),
					  __ATOMIC_ACQUIRE));
	return *ret_id ? 0 : -EAGAIN;
}

HELPER(current_task_under_cgroup)
{
	struct map *m = helper_map_of(run, r1, MAP_TYPE_CGROUP_ARRAY);
	uint64_t id;
	int err;

	if (!m)
		return 0;
	err = helper_cgroup_in(m, (uint32_t)r2, &id);
	return err ? neg(err) : task_under(&run->world->task, id);
}

/* ---- kfuncs: they live as long as the world says, so references are not counted ---- */

KFUNC(bpf_cgroup_acquire)
{
	return world_cgroup(run->world, r1) ? r1 : 0;
}

KFUNC(bpf_cgroup_release)
{
	return 0;
}

KFUNC(bpf_cgroup_from_id)
{
	const struct vm_cgroup *c = world_cgroup_by_id(run->world, r1);

	return c ? c->address : 0;
}

KFUNC(bpf_cgroup_ancestor)
{
	const struct vm_world *w = run->world;
	const struct vm_cgroup *c = world_cgroup(w, r1);

	if (c)
		c = world_cgroup_by_id(w, world_cgroup_ancestor(w, c->id, (int32_t)r2));
	return c ? c->address : 0;
}

KFUNC(bpf_task_under_cgroup)
{
	const struct vm_task *t = world_task(run->world, r1);
	const struct vm_cgroup *c = world_cgroup(run->world, r2);

	return t && c && task_under(t, c->id);
}

KFUNC(bpf_task_get_cgroup1) /* there are no hierarchies but one */
{
	return 0;
}

/* ---- bpf_iter_css: where the walk began, where it is, and how it goes ---- */

enum { CSS_PRE = 2, CSS_POST, CSS_UP };

struct iter_css {
	uint64_t start, at;
	uint32_t flags, begun;
};

static struct iter_css *iter_css(struct vm_run *run, uint64_t at)
{
	return helper_struct(run, at, sizeof(struct iter_css), true);
}

KFUNC(bpf_iter_css_new)
{
	struct iter_css *it = iter_css(run, r1);
	uint32_t flags = (uint32_t)r3;

	if (!it)
		return 0;
	*it = (struct iter_css){0};
	if (flags != CSS_PRE && flags != CSS_POST && flags != CSS_UP)
		return neg(-EINVAL);
	*it = (struct iter_css){.start = r2, .flags = flags};
	return 0;
}

/* The first child behind a row; NULL: none. */
static const struct vm_cgroup *child(const struct vm_world *w, uint64_t parent,
				     const struct vm_cgroup *behind)
{
	const struct vm_cgroup *c = behind ? behind + 1 : w->cgroup;

	for (; c < w->cgroup + w->cgroups; c++)
		if (c->parent == parent)
			return c;
	return NULL;
}

static const struct vm_cgroup *leftmost(const struct vm_world *w, const struct vm_cgroup *c)
{
	const struct vm_cgroup *next;
	unsigned depth;

	for (depth = 0; depth < VM_CGROUPS_MAX && (next = child(w, c->id, NULL)); depth++)
		c = next;
	return c;
}

static const struct vm_cgroup *next_pre(const struct vm_world *w, const struct vm_cgroup *root,
					const struct vm_cgroup *c)
{
	const struct vm_cgroup *next = child(w, c->id, NULL);
	unsigned depth;

	for (depth = 0; !next && c && c != root && depth < VM_CGROUPS_MAX; depth++) {
		next = child(w, c->parent, c);
		c = world_cgroup_by_id(w, c->parent);
	}
	return next;
}

static const struct vm_cgroup *next_post(const struct vm_world *w, const struct vm_cgroup *root,
					 const struct vm_cgroup *c)
{
	const struct vm_cgroup *next;

	if (c == root)
		return NULL;
	next = child(w, c->parent, c);
	return next ? leftmost(w, next) : world_cgroup_by_id(w, c->parent);
}

KFUNC(bpf_iter_css_next)
{
	const struct vm_world *w = run->world;
	struct iter_css *it = iter_css(run, r1);
	const struct vm_cgroup *root = it ? world_cgroup(w, it->start) : NULL, *c;

	if (!root)
		return 0;
	c = world_cgroup(w, it->at);
	if (!it->begun)
		c = it->flags == CSS_POST ? leftmost(w, root) : root;
	else if (c && it->flags == CSS_UP)
		c = world_cgroup_by_id(w, c->parent);
	else if (c)
		c = it->flags == CSS_POST ? next_post(w, root, c) : next_pre(w, root, c);
	it->begun = 1;
	it->at = c ? c->address : 0;
	return it->at;
}

KFUNC(bpf_iter_css_destroy)
{
	return 0;
}
