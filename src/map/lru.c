/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who is evicted from an LRU hash table. The rules are those of kernel/bpf/bpf_lru_list.c, so that one
 * thread on one CPU sees exactly the same elements survive; the test compares.
 *
 * A list has an active, an inactive and a free part. New elements start at the head of the inactive
 * part. A lookup only sets an element's ref bit; what that means is seen when free nodes are needed:
 *
 *	rotate		active, from the tail: with ref back to the head, without to the inactive part
 *			inactive, from where the last rotation ended: with ref to the active part
 *	shrink		inactive, from the tail: with ref to the active part, without evicted
 *
 * The common LRU is one such list; a CPU fetches free nodes from it in batches, and what it takes stays
 * on the CPU's own pending list until the next batch. When there is nothing left, CPUs steal from each
 * other. With MAP_F_NO_COMMON_LRU each CPU has a whole list of its own.
 *
 *   L1  Locks: local, then list, then bucket (in evict).
 *   L2  node.list says which part the node is in, and is written only with that part's lock held.
 */
#include "map/hash.h"

enum { COMMON_BATCH = 128, PERCPU_BATCH = 4 };

static struct lru_node *node_at(const struct lru *l, uint32_t i)
{
	if (i >= l->count)
		return &l->heads[i - l->count];
	return &((struct hash_elem *)(l->elems + (uint64_t)i * l->elem_size))->lru;
}

static struct hash_elem *elem_at(const struct lru *l, uint32_t i)
{
	return (struct hash_elem *)(l->elems + (uint64_t)i * l->elem_size);
}

static uint32_t number_of(const struct lru *l, const struct hash_elem *e)
{
	return (uint32_t)((uint64_t)((const uint8_t *)e - l->elems) / l->elem_size);
}

/* ---- linked lists by number ---- */

static void list_init(struct lru *l, uint32_t head)
{
	struct lru_node *h = node_at(l, head);

	h->prev = h->next = head;
}

static bool list_empty(const struct lru *l, uint32_t head)
{
	return node_at(l, head)->next == head;
}

static void list_add(struct lru *l, uint32_t head, uint32_t i)
{
	struct lru_node *h = node_at(l, head), *n = node_at(l, i);

	n->prev = head;
	n->next = h->next;
	node_at(l, h->next)->prev = i;
	h->next = i;
}

static void list_del(struct lru *l, uint32_t i)
{
	struct lru_node *n = node_at(l, i);

	node_at(l, n->prev)->next = n->next;
	node_at(l, n->next)->prev = n->prev;
}

/* ---- moving between the parts ---- */

static void count_add(struct lru_list *list, unsigned kind, int by)
{
	if (kind < LRU_FREE)
		list->count[kind] += (uint32_t)by;
}

/* The rotation must not lose its place. */
static void leave_rotation(struct lru *l, struct lru_list *list, uint32_t i)
{
	if (list->rotation == i)
		list->rotation = node_at(l, i)->prev;
}

static void move(struct lru *l, struct lru_list *list, uint32_t i, enum lru_list_kind to)
{
	struct lru_node *n = node_at(l, i);

	count_add(list, n->list, -1);
	count_add(list, to, 1);
	store(&n->list, to);
	store(&n->ref, 0);
	leave_rotation(l, list, i);
	list_del(l, i);
	list_add(l, list->head + to, i);
}

static void move_to_free(struct lru *l, struct lru_list *list, uint32_t i, uint32_t head,
			 enum lru_list_kind kind)
{
	struct lru_node *n = node_at(l, i);

	leave_rotation(l, list, i);
	count_add(list, n->list, -1);
	store(&n->list, kind);
	list_del(l, i);
	list_add(l, head, i);
}

/* ---- rotating and shrinking ---- */

static void rotate_active(struct lru *l, struct lru_list *list)
{
	uint32_t head = list->head + LRU_ACTIVE, first = node_at(l, head)->next;
	uint32_t i = node_at(l, head)->prev, prev, seen = 0;

	for (; i != head; i = prev) {
		prev = node_at(l, i)->prev;
		move(l, list, i, load(&node_at(l, i)->ref) ? LRU_ACTIVE : LRU_INACTIVE);
		if (++seen == l->scans || i == first)
			break;
	}
}

static void rotate_inactive(struct lru *l, struct lru_list *list)
{
	uint32_t head = list->head + LRU_INACTIVE, last, at, next = head, seen = 0;

	if (list_empty(l, head))
		return;
	last = node_at(l, list->rotation)->next;
	if (last == head)
		last = node_at(l, last)->next;
	at = list->rotation;
	while (seen < l->scans) {
		if (at == head) {
			at = node_at(l, at)->prev;
			continue;
		}
		next = node_at(l, at)->prev;
		if (load(&node_at(l, at)->ref))
			move(l, list, at, LRU_ACTIVE);
		if (at == last)
			break;
		at = next;
		seen++;
	}
	list->rotation = next;
}

static void rotate(struct lru *l, struct lru_list *list)
{
	if (list->count[LRU_INACTIVE] < list->count[LRU_ACTIVE])
		rotate_active(l, list);
	rotate_inactive(l, list);
}

static uint32_t shrink_inactive(struct lru *l, struct lru_list *list, uint32_t want, uint32_t to,
				enum lru_list_kind kind)
{
	uint32_t head = list->head + LRU_INACTIVE, i = node_at(l, head)->prev, prev;
	uint32_t seen = 0, got = 0;

	for (; i != head; i = prev) {
		prev = node_at(l, i)->prev;
		if (load(&node_at(l, i)->ref)) {
			move(l, list, i, LRU_ACTIVE);
		} else if (l->evict(l->arg, elem_at(l, i))) {
			move_to_free(l, list, i, to, kind);
			if (++got == want)
				break;
		}
		if (++seen == l->scans)
			break;
	}
	return got;
}

/* When all have been looked up lately, one goes in spite of it. */
static void shrink(struct lru *l, struct lru_list *list, uint32_t want, uint32_t to,
		   enum lru_list_kind kind)
{
	uint32_t head = list->head + LRU_INACTIVE, i;

	if (shrink_inactive(l, list, want, to, kind))
		return;
	if (list_empty(l, head))
		head = list->head + LRU_ACTIVE;
	for (i = node_at(l, head)->prev; i != head; i = node_at(l, i)->prev) {
		if (l->evict(l->arg, elem_at(l, i))) {
			move_to_free(l, list, i, to, kind);
			return;
		}
	}
}

/* ---- the common LRU ---- */

static uint32_t local_free(const struct lru_local *c)
{
	return c->head;
}

static uint32_t local_pending(const struct lru_local *c)
{
	return c->head + 1;
}

/* What the CPU took goes to the list; oldest first, so that the newest ends up at the head. */
static void flush_pending(struct lru *l, struct lru_list *list, struct lru_local *c)
{
	uint32_t head = local_pending(c), i, prev;

	for (i = node_at(l, head)->prev; i != head; i = prev) {
		prev = node_at(l, i)->prev;
		move(l, list, i, load(&node_at(l, i)->ref) ? LRU_ACTIVE : LRU_INACTIVE);
	}
}

static void fetch(struct lru *l, struct lru_local *c)
{
	struct lru_list *list = l->list;
	uint32_t head = list->head + LRU_FREE, i, next, got = 0;

	lock(&list->lock);
	flush_pending(l, list, c);
	rotate(l, list);
	for (i = node_at(l, head)->next; i != head && got < l->target_free; i = next, got++) {
		next = node_at(l, i)->next;
		move_to_free(l, list, i, local_free(c), LRU_LOCAL_FREE);
	}
	if (got < l->target_free)
		shrink(l, list, l->target_free - got, local_free(c), LRU_LOCAL_FREE);
	unlock(&list->lock);
}

static uint32_t local_pop_free(struct lru *l, struct lru_local *c)
{
	uint32_t i = node_at(l, local_free(c))->next;

	if (i == local_free(c))
		return UINT32_MAX;
	list_del(l, i);
	return i;
}

static uint32_t local_pop_pending(struct lru *l, struct lru_local *c)
{
	uint32_t head = local_pending(c), i;
	int force;

	for (force = 0; force < 2; force++) {
		for (i = node_at(l, head)->prev; i != head; i = node_at(l, i)->prev) {
			if ((force || !load(&node_at(l, i)->ref)) &&
			    l->evict(l->arg, elem_at(l, i))) {
				list_del(l, i);
				return i;
			}
		}
	}
	return UINT32_MAX;
}

static void add_pending(struct lru *l, uint32_t cpu, uint32_t i, uint32_t hash)
{
	struct lru_node *n = node_at(l, i);

	store(&n->hash, hash);
	store(&n->cpu, (uint16_t)cpu);
	store(&n->list, LRU_LOCAL_PENDING);
	store(&n->ref, 0);
	list_add(l, local_pending(&l->local[cpu]), i);
}

static uint32_t steal(struct lru *l, struct lru_local *c)
{
	uint32_t first = c->next_steal, from = first, i;
	struct lru_local *other;

	do {
		other = &l->local[from];
		lock(&other->lock);
		i = local_pop_free(l, other);
		if (i == UINT32_MAX)
			i = local_pop_pending(l, other);
		unlock(&other->lock);
		from = from + 1 < l->cpus ? from + 1 : 0;
	} while (i == UINT32_MAX && from != first);
	store(&c->next_steal, from);
	return i;
}

static uint32_t common_pop(struct lru *l, uint32_t cpu, uint32_t hash)
{
	struct lru_local *c = &l->local[cpu];
	uint32_t i;

	lock(&c->lock);
	i = local_pop_free(l, c);
	if (i == UINT32_MAX) {
		fetch(l, c);
		i = local_pop_free(l, c);
	}
	if (i != UINT32_MAX)
		add_pending(l, cpu, i, hash);
	unlock(&c->lock);
	if (i != UINT32_MAX)
		return i;
	i = steal(l, c);
	if (i != UINT32_MAX) {
		lock(&c->lock);
		add_pending(l, cpu, i, hash);
		unlock(&c->lock);
	}
	return i;
}

/* A pending node is its CPU's; it may have gone to the list before the lock was had (L2). */
static bool push_pending(struct lru *l, uint32_t i)
{
	struct lru_node *n = node_at(l, i);
	struct lru_local *c = &l->local[load(&n->cpu)];
	bool pending;

	lock(&c->lock);
	pending = n->list == LRU_LOCAL_PENDING;
	if (pending) {
		store(&n->list, LRU_LOCAL_FREE);
		store(&n->ref, 0);
		list_del(l, i);
		list_add(l, local_free(c), i);
	}
	unlock(&c->lock);
	return pending;
}

static void list_push(struct lru *l, struct lru_list *list, uint32_t i)
{
	lock(&list->lock);
	move(l, list, i, LRU_FREE);
	unlock(&list->lock);
}

/* ---- a list per CPU ---- */

static uint32_t percpu_pop(struct lru *l, uint32_t cpu, uint32_t hash)
{
	struct lru_list *list = &l->list[cpu];
	uint32_t head = list->head + LRU_FREE, i;

	lock(&list->lock);
	rotate(l, list);
	if (list_empty(l, head))
		shrink(l, list, PERCPU_BATCH, head, LRU_FREE);
	i = node_at(l, head)->next;
	if (i != head) {
		store(&node_at(l, i)->hash, hash);
		move(l, list, i, LRU_INACTIVE);
	}
	unlock(&list->lock);
	return i != head ? i : UINT32_MAX;
}

/* ---- from outside ---- */

struct hash_elem *lru_pop(struct lru *l, uint32_t cpu, uint32_t hash)
{
	uint32_t i = l->percpu ? percpu_pop(l, cpu, hash) : common_pop(l, cpu, hash);

	return i == UINT32_MAX ? NULL : elem_at(l, i);
}

void lru_push(struct lru *l, struct hash_elem *e)
{
	uint32_t i = number_of(l, e);

	if (l->percpu)
		list_push(l, &l->list[e->lru.cpu], i);
	else if (load(&e->lru.list) != LRU_LOCAL_PENDING || !push_pending(l, i))
		list_push(l, l->list, i);
}

int lru_init(struct lru *l, struct map_env *env, bool percpu)
{
	uint32_t lists = percpu ? env->cpus : 1, locals = percpu ? 0 : env->cpus;
	uint32_t heads = lists * LRU_LISTS + locals * 2;
	uint8_t *at;

	*l = (struct lru){.env = env,
			  .percpu = percpu,
			  .cpus = env->cpus,
			  .scans = percpu ? PERCPU_BATCH : COMMON_BATCH};
	l->memory_size = 64 + (uint64_t)lists * sizeof(*l->list) +
			 (uint64_t)locals * sizeof(*l->local) + (uint64_t)heads * sizeof(*l->heads);
	l->memory = env_alloc(env, l->memory_size);
	if (!l->memory)
		return -ENOMEM;
	at = (uint8_t *)ALIGN_UP((uintptr_t)l->memory, (uintptr_t)64);
	l->list = (void *)at;
	at += lists * sizeof(*l->list);
	l->local = locals ? (void *)at : NULL;
	at += locals * sizeof(*l->local);
	l->heads = (void *)at;
	return 0;
}

void lru_done(struct lru *l)
{
	env_free(l->env, l->memory, l->memory_size);
}

static uint32_t list_setup(struct lru *l, struct lru_list *list, uint32_t head)
{
	uint32_t k;

	list->head = head;
	list->rotation = head + LRU_INACTIVE;
	for (k = 0; k < LRU_LISTS; k++)
		list_init(l, head++);
	return head;
}

void lru_fill(struct lru *l, uint8_t *elems, uint32_t elem_size, uint32_t count)
{
	uint32_t i, cpu, head = count, each = l->percpu ? MAX(count / l->cpus, 1u) : count;

	l->elems = elems;
	l->elem_size = elem_size;
	l->count = count;
	/* older kernels fetch as many for small tables; maintained ones since 6.12 do not */
	l->target_free = l->env->kernel < ABI_KERNEL(6, 12)
				 ? COMMON_BATCH
				 : MIN(MAX(count / l->cpus / 2, 1u), (uint32_t)COMMON_BATCH);
	for (cpu = 0; cpu < (l->percpu ? l->cpus : 1); cpu++)
		head = list_setup(l, &l->list[cpu], head);
	for (cpu = 0; l->local && cpu < l->cpus; cpu++, head += 2) {
		l->local[cpu].head = head;
		l->local[cpu].next_steal = cpu;
		list_init(l, head);
		list_init(l, head + 1);
	}
	for (i = 0; i < count; i++) {
		cpu = l->percpu ? MIN(i / each, l->cpus - 1) : 0;
		node_at(l, i)->cpu = (uint16_t)cpu;
		node_at(l, i)->list = LRU_FREE;
		list_add(l, l->list[cpu].head + LRU_FREE, i);
	}
}
