/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Free elements of hash tables: a list per CPU, popped from one's own first, then from the others'.
 *
 * A freed element may be taken again at once, while a program still holds its address: its memory is
 * an element's for ever, and the readers of chains notice when one moves to another bucket. So it is
 * in the kernel. Where elements come from the allocator one by one, a list keeps at most KEEP of them;
 * the surplus is gathered and given back when no open section can have seen it.
 */
#include "map/hash.h"

enum { KEEP = 128, SURPLUS = 125 };

struct pool_surplus {
	struct map_deferred end;
	uint32_t count, extra_at;
	struct hash_elem *elem[SURPLUS]; /* owned */
};

static void free_elem(struct hash_elem *e, uint32_t extra_at)
{
	if (extra_at)
		mem_free(*(void **)((uint8_t *)e + extra_at));
	mem_free(e);
}

static void surplus_end(struct map_deferred *d)
{
	struct pool_surplus *s = (struct pool_surplus *)d;
	uint32_t i;

	for (i = 0; i < s->count; i++)
		free_elem(s->elem[i], s->extra_at);
	mem_free(s);
}

static uint64_t cost(const struct pool *p)
{
	return p->elem_size + p->extra_size;
}

int pool_init(struct pool *p, struct map_env *env, uint32_t elem_size)
{
	*p = (struct pool){.env = env, .elem_size = elem_size, .lists = MIN(env->cpus, 64u)};
	p->memory = env_alloc(env, (p->lists + 1ul) * sizeof(*p->list));
	if (!p->memory)
		return -ENOMEM;
	p->list = (void *)ALIGN_UP((uintptr_t)p->memory, sizeof(*p->list));
	return 0;
}

void pool_done(struct pool *p)
{
	struct hash_elem *e, *next;
	uint32_t i;

	for (i = 0; p->list && p->grows && i < p->lists; i++) {
		for (e = p->list[i].first; e; e = next) {
			next = e->free;
			free_elem(e, p->extra_at);
			env_uncharge(p->env, cost(p));
		}
		if (p->list[i].surplus) /* uncharged already */
			surplus_end(&p->list[i].surplus->end);
	}
	env_free(p->env, p->memory, (p->lists + 1ul) * sizeof(*p->list));
}

static struct hash_elem *list_pop(struct pool_list *l)
{
	struct hash_elem *e;

	if (!load(&l->count))
		return NULL;
	lock(&l->lock);
	e = l->first;
	if (e) {
		l->first = e->free;
		store(&l->count, l->count - 1);
	}
	unlock(&l->lock);
	return e;
}

static struct hash_elem *make_elem(struct pool *p)
{
	struct hash_elem *e;
	void *extra;

	if (!env_charge(p->env, cost(p)))
		return NULL;
	e = mem_alloc(p->elem_size);
	extra = e && p->extra_size ? mem_alloc(p->extra_size) : NULL;
	if (e && p->extra_size && !extra) {
		mem_free(e);
		e = NULL;
	}
	if (!e)
		env_uncharge(p->env, cost(p));
	else if (extra)
		*(void **)((uint8_t *)e + p->extra_at) = extra;
	return e;
}

struct hash_elem *pool_pop(struct pool *p, uint32_t cpu)
{
	uint32_t i, at = cpu < p->lists ? cpu : cpu % p->lists;
	struct hash_elem *e = list_pop(&p->list[at]);

	if (!e && p->grows)
		return make_elem(p);
	for (i = 1; !e && i < p->lists; i++)
		e = list_pop(&p->list[(at + i) % p->lists]);
	return e;
}

/* With the list locked: puts an element on its way out; false when that cannot be. */
static bool give_back(struct pool *p, struct pool_list *l, struct hash_elem *e,
		      struct pool_surplus **ret_full)
{
	struct pool_surplus *s = l->surplus;

	if (!s) {
		s = mem_alloc(sizeof(*s));
		if (!s)
			return false;
		s->extra_at = p->extra_size ? p->extra_at : 0;
		l->surplus = s;
	}
	s->elem[s->count++] = e;
	env_uncharge(p->env, cost(p));
	if (s->count == SURPLUS) {
		*ret_full = s;
		l->surplus = NULL;
	}
	return true;
}

void pool_push(struct pool *p, uint32_t cpu, struct hash_elem *e)
{
	struct pool_list *l = &p->list[cpu < p->lists ? cpu : cpu % p->lists];
	struct pool_surplus *full = NULL;

	lock(&l->lock);
	if (!p->grows || l->count < KEEP || !give_back(p, l, e, &full)) {
		e->free = l->first;
		l->first = e;
		store(&l->count, l->count + 1);
	}
	unlock(&l->lock);
	if (full)
		map_defer(&full->end, surplus_end);
}
