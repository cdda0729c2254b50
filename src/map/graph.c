/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Lists and trees of objects that programs allocate: what the bpf_list_* and bpf_rbtree_* kfuncs do with
 * a head or root in a map value and the nodes inside of the objects.
 *
 * A node is linked to one head or root at most, which it names in `owner`; NULL: to none. The program
 * holds the lock that the verifier made it take, so nothing here locks.
 *
 * The tree is a treap: a search tree by the program's `less`, and at the same time a heap by a priority
 * made of the node's address. Nothing has to be stored for the balance, and the depth is what a random
 * tree's is. Equal nodes stay in the order they came in, as in the kernel.
 */
#include "map/impl.h"

/* Laid over struct bpf_list_head (16 bytes), bpf_list_node (24), bpf_rb_root (16), bpf_rb_node (32). */
struct list_node {
	struct list_node *next, *prev;
	void *owner;
};

struct list_head {
	struct list_node *next, *prev; /* NULL: never used */
};

struct tree_node {
	struct tree_node *up, *left, *right;
	void *owner;
};

struct tree_root {
	struct tree_node *top;
	void *unused;
};

/* ---- lists ---- */

static struct list_node *as_node(struct list_head *h)
{
	return (struct list_node *)h;
}

static void list_ready(struct list_head *h)
{
	if (!h->next)
		h->next = h->prev = as_node(h);
}

static int insert(void *head, struct list_node *n, struct list_node *after)
{
	if (n->owner)
		return -EINVAL;
	n->owner = head;
	n->prev = after;
	n->next = after->next;
	after->next->prev = n;
	after->next = n;
	return 0;
}

int map_list_push(void *head, void *node, bool front)
{
	struct list_head *h = head;

	list_ready(h);
	return insert(head, node, front ? as_node(h) : h->prev);
}

int map_list_add(void *head, void *node, void *after)
{
	return ((struct list_node *)after)->owner == head ? insert(head, node, after) : -EINVAL;
}

void *map_list_peek(void *head, bool front)
{
	struct list_head *h = head;
	struct list_node *n = front ? h->next : h->prev;

	return !n || n == as_node(h) ? NULL : n;
}

void *map_list_remove(void *head, void *node)
{
	struct list_node *n = node;

	if (n->owner != head)
		return NULL;
	n->prev->next = n->next;
	n->next->prev = n->prev;
	*n = (struct list_node){NULL, NULL, NULL};
	return n;
}

void *map_list_pop(void *head, bool front)
{
	struct list_node *n = map_list_peek(head, front);

	return n ? map_list_remove(head, n) : NULL;
}

/* ---- trees ---- */

static uint32_t priority(const struct tree_node *n)
{
	return hash_fold((uintptr_t)n);
}

static struct tree_node **link_of(struct tree_root *r, struct tree_node *n)
{
	if (!n->up)
		return &r->top;
	return n->up->left == n ? &n->up->left : &n->up->right;
}

/* Lifts a child into its parent's place. */
static void lift(struct tree_root *r, struct tree_node *n)
{
	struct tree_node *p = n->up, **place = link_of(r, p), *middle;

	if (p->left == n) {
		middle = n->right;
		p->left = middle;
		n->right = p;
	} else {
		middle = n->left;
		p->right = middle;
		n->left = p;
	}
	if (middle)
		middle->up = p;
	n->up = p->up;
	p->up = n;
	*place = n;
}

int map_rb_add(void *root, void *node, map_rb_less_fn *less, void *arg)
{
	struct tree_root *r = root;
	struct tree_node *n = node, *up = NULL, **link = &r->top;

	if (n->owner)
		return -EINVAL;
	while (*link) {
		up = *link;
		link = less(n, up, arg) ? &up->left : &up->right;
	}
	*n = (struct tree_node){.up = up, .owner = root};
	*link = n;
	while (n->up && priority(n) < priority(n->up))
		lift(r, n);
	return 0;
}

void *map_rb_remove(void *root, void *node)
{
	struct tree_root *r = root;
	struct tree_node *n = node, *child;

	if (n->owner != root)
		return NULL;
	while (n->left && n->right)
		lift(r, priority(n->left) < priority(n->right) ? n->left : n->right);
	child = n->left ? n->left : n->right;
	*link_of(r, n) = child;
	if (child)
		child->up = n->up;
	*n = (struct tree_node){NULL, NULL, NULL, NULL};
	return n;
}

void *map_rb_first(void *root)
{
	struct tree_node *n = ((struct tree_root *)root)->top;

	while (n && n->left)
		n = n->left;
	return n;
}

void *map_rb_root(void *root)
{
	return ((struct tree_root *)root)->top;
}

void *map_rb_child(void *root, void *node, bool right)
{
	struct tree_node *n = node;

	if (n->owner != root)
		return NULL;
	return right ? n->right : n->left;
}
