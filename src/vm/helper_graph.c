/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The lists and trees that programs link their objects into.
 *
 * In the checked engines a head, root or node is believed in when it is a field of a value or object
 * that the program was shown, as fields are not to be written by programs (vm_show_fields). What a
 * verifier would make sure of besides is made sure of here: one program at a time is in a list or tree,
 * as `graph` is held, and none changes a tree from within its comparison.
 */
#include <pthread.h>

#include "vm/helper.h"

static struct {
	pthread_mutex_t lock;
	unsigned depth;
} graph = {.lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP};

void graph_lock(void)
{
	pthread_mutex_lock(&graph.lock);
	graph.depth++;
}

void graph_unlock(void)
{
	graph.depth--;
	pthread_mutex_unlock(&graph.lock);
}

static bool refuse(struct vm_run *run, uint64_t at)
{
	helper_fault(run, at, 8);
	return false;
}

/* Whether there is a head or root; from then on until leave() nobody else is in any. */
static bool enter(struct vm_run *run, uint64_t head, enum map_field_kind kind)
{
	if (!is_checked(run) || run->world->verified)
		return true;
	if (!object_guarded(run) || !helper_field(run, head, 1u << kind))
		return refuse(run, head);
	graph_lock();
	if (graph.depth == 1)
		return true;
	graph_unlock();
	return refuse(run, head);
}

static void leave(struct vm_run *run)
{
	if (is_checked(run) && !run->world->verified)
		graph_unlock();
}

/* Whether there is a node; `own`: of an object that the program has. */
static bool is_node(struct vm_run *run, uint64_t node, enum map_field_kind kind, bool own)
{
	void *data;

	if (!is_checked(run) || run->world->verified)
		return true;
	if (object_field(node, 1u << kind, &data) &&
	    (!own || world_owns(run->world, VM_OWNS_OBJECT, data)))
		return true;
	return refuse(run, node);
}

/* What could not be linked is dropped, as the program has given it away. */
static uint64_t linked(struct vm_run *run, uint64_t node, uint64_t off, int err)
{
	void *object = object_of_link(pointer(node), off);

	object_given(run, address(object));
	if (err)
		object_let_go(object);
	return neg(err);
}

/* A node for the program, which owns its object from now on. */
static uint64_t taken(struct vm_run *run, void *node)
{
	object_taken(run, address(node));
	return address(node);
}

/* A node the program may only look at. */
static uint64_t shown(struct vm_run *run, void *node)
{
	object_show(run, address(node));
	return address(node);
}

/* ---- lists ---- */

static uint64_t list_push(struct vm_run *run, uint64_t head, uint64_t node, uint64_t off, bool front)
{
	uint64_t r0 = 0;

	if (!enter(run, head, MAP_LIST_HEAD))
		return 0;
	if (is_node(run, node, MAP_LIST_NODE, true))
		r0 = linked(run, node, off, map_list_push(pointer(head), pointer(node), front));
	leave(run);
	return r0;
}

KFUNC(bpf_list_push_front)
{
	return list_push(run, r1, r2, r4, true);
}

KFUNC(bpf_list_push_front_impl)
{
	return list_push(run, r1, r2, r4, true);
}

KFUNC(bpf_list_push_back)
{
	return list_push(run, r1, r2, r4, false);
}

KFUNC(bpf_list_push_back_impl)
{
	return list_push(run, r1, r2, r4, false);
}

static uint64_t list_pop(struct vm_run *run, uint64_t head, bool front)
{
	uint64_t r0;

	if (!enter(run, head, MAP_LIST_HEAD))
		return 0;
	r0 = taken(run, map_list_pop(pointer(head), front));
	leave(run);
	return r0;
}

KFUNC(bpf_list_pop_front)
{
	return list_pop(run, r1, true);
}

KFUNC(bpf_list_pop_back)
{
	return list_pop(run, r1, false);
}

static void *list_peek(struct vm_run *run, uint64_t head, bool front)
{
	void *node;

	if (!enter(run, head, MAP_LIST_HEAD))
		return NULL;
	node = map_list_peek(pointer(head), front);
	leave(run);
	return node;
}

KFUNC(bpf_list_front)
{
	return shown(run, list_peek(run, r1, true));
}

KFUNC(bpf_list_back)
{
	return shown(run, list_peek(run, r1, false));
}

KFUNC(bpf_list_empty)
{
	return !list_peek(run, r1, true);
}

KFUNC(bpf_list_is_first)
{
	return r2 && list_peek(run, r1, true) == pointer(r2);
}

KFUNC(bpf_list_is_last)
{
	return r2 && list_peek(run, r1, false) == pointer(r2);
}

KFUNC(bpf_list_del)
{
	uint64_t r0 = 0;

	if (!enter(run, r1, MAP_LIST_HEAD))
		return 0;
	if (is_node(run, r2, MAP_LIST_NODE, false))
		r0 = taken(run, map_list_remove(pointer(r1), pointer(r2)));
	leave(run);
	return r0;
}

KFUNC(bpf_list_add)
{
	uint64_t r0 = 0;

	if (!enter(run, r1, MAP_LIST_HEAD))
		return 0;
	if (is_node(run, r2, MAP_LIST_NODE, true) && is_node(run, r3, MAP_LIST_NODE, false))
		r0 = linked(run, r2, r5, map_list_add(pointer(r1), pointer(r2), pointer(r3)));
	leave(run);
	return r0;
}

/* ---- trees ---- */

struct compare {
	struct vm_run *run;
	uint64_t fn;
};

/* Once the run has failed everything is less, so that it comes to an end. */
static bool is_less(void *a, void *b, void *arg)
{
	const struct compare *c = arg;
	uint64_t r0 = 1;

	if (c->run->err)
		return true;
	object_show(c->run, address(a));
	object_show(c->run, address(b));
	if (vm_callback(c->run, c->fn, (const uint64_t[]){address(a), address(b), 0, 0, 0}, &r0))
		return true;
	return r0;
}

static uint64_t rbtree_add(struct vm_run *run, uint64_t root, uint64_t node, uint64_t less,
			   uint64_t off)
{
	struct compare c = {run, less};
	uint64_t r0 = 0;

	if (!enter(run, root, MAP_RB_ROOT))
		return 0;
	if (is_node(run, node, MAP_RB_NODE, true))
		r0 = linked(run, node, off, map_rb_add(pointer(root), pointer(node), is_less, &c));
	leave(run);
	return r0;
}

KFUNC(bpf_rbtree_add)
{
	return rbtree_add(run, r1, r2, r3, r5);
}

KFUNC(bpf_rbtree_add_impl)
{
	return rbtree_add(run, r1, r2, r3, r5);
}

KFUNC(bpf_rbtree_remove)
{
	uint64_t r0 = 0;

	if (!enter(run, r1, MAP_RB_ROOT))
		return 0;
	if (is_node(run, r2, MAP_RB_NODE, false))
		r0 = taken(run, map_rb_remove(pointer(r1), pointer(r2)));
	leave(run);
	return r0;
}

static uint64_t rbtree_top(struct vm_run *run, uint64_t root, void *top(void *))
{
	uint64_t r0;

	if (!enter(run, root, MAP_RB_ROOT))
		return 0;
	r0 = shown(run, top(pointer(root)));
	leave(run);
	return r0;
}

KFUNC(bpf_rbtree_first)
{
	return rbtree_top(run, r1, map_rb_first);
}

KFUNC(bpf_rbtree_root)
{
	return rbtree_top(run, r1, map_rb_root);
}

static uint64_t rbtree_child(struct vm_run *run, uint64_t root, uint64_t node, bool right)
{
	uint64_t r0 = 0;

	if (!enter(run, root, MAP_RB_ROOT))
		return 0;
	if (is_node(run, node, MAP_RB_NODE, false))
		r0 = shown(run, map_rb_child(pointer(root), pointer(node), right));
	leave(run);
	return r0;
}

KFUNC(bpf_rbtree_left)
{
	return rbtree_child(run, r1, r2, false);
}

KFUNC(bpf_rbtree_right)
{
	return rbtree_child(run, r1, r2, true);
}
