/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Objects by id and by descriptor, and their references (E2, E3). */
#include <ctype.h>
#include <fcntl.h>
#include <time.h>

#include "engine/impl.h"

void lock(struct embedded *e)
{
	pthread_mutex_lock(&e->lock);
}

void unlock(struct embedded *e)
{
	pthread_mutex_unlock(&e->lock);
}

uint64_t now_ns(int clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * NSEC + (uint64_t)t.tv_nsec;
}

/* The kernel's isalnum() goes by Latin-1. */
static bool is_name_char(unsigned char c)
{
	if (c >= 0x80)
		return c >= 0xc0 && c != 0xd7 && c != 0xf7;
	return isalnum(c) || c == '_' || c == '.';
}

int name_copy(char to[ENGINE_NAME], const char *from)
{
	size_t i;

	memset(to, 0, ENGINE_NAME);
	for (i = 0; i < ENGINE_NAME && from[i]; i++) {
		if (!is_name_char((unsigned char)from[i]))
			return -EINVAL;
		if (i == ENGINE_NAME - 1)
			return -EINVAL;
		to[i] = from[i];
	}
	return 0;
}

/* The first whose id is at least this one. */
static size_t table_find(const struct table *t, uint32_t id)
{
	size_t lo = 0, hi = t->at.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->at.at[mid]->id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

int object_add(struct embedded *e, struct object *o, enum engine_kind kind)
{
	struct table *t = &e->table[kind];
	int err;

	lock(e);
	err = t->last == INT32_MAX ? -ENOSPC : vec_push(&t->at, o);
	if (!err) {
		o->e = e;
		o->kind = kind;
		o->id = ++t->last;
		o->refs = 1;
	}
	unlock(e);
	return err;
}

static void object_remove(struct object *o)
{
	struct table *t = &o->e->table[o->kind];
	size_t i = table_find(t, o->id);

	assert(i < t->at.n && t->at.at[i] == o);
	t->at.n--;
	memmove(t->at.at + i, t->at.at + i + 1, (t->at.n - i) * sizeof(*t->at.at));
}

void object_get(struct object *o)
{
	if (!o)
		return;
	lock(o->e);
	o->refs++;
	unlock(o->e);
}

/* An inner map lives on in those it is in, to be found by its id (E2). */
static bool is_orphan(const struct object *o)
{
	const struct map_object *m = (const struct map_object *)o;

	return o->kind == ENGINE_MAP && !o->refs &&
	       __atomic_load_n(&m->map->refs, __ATOMIC_ACQUIRE) > 1;
}

static void object_end(struct object *o)
{
	object_remove(o);
	switch (o->kind) {
	case ENGINE_MAP:
		map_object_end(o);
		break;
	case ENGINE_PROG:
		prog_object_end(o);
		break;
	case ENGINE_BTF:
		btf_object_end(o);
		break;
	case ENGINE_LINK:
		link_object_end(o);
		break;
	}
}

void object_put(struct object *o)
{
	struct embedded *e;

	if (!o)
		return;
	e = o->e;
	lock(e);
	assert(o->refs);
	if (!--o->refs) {
		if (is_orphan(o))
			e->orphans++;
		else
			object_end(o);
	}
	unlock(e);
}

/* Maps that no map holds any more either. */
static void orphans_sweep(struct embedded *e)
{
	struct table *t = &e->table[ENGINE_MAP];
	size_t i;

	for (i = t->at.n; e->orphans && i-- > 0;) {
		struct object *o = i < t->at.n ? t->at.at[i] : NULL;

		if (o && !o->refs && !is_orphan(o)) {
			e->orphans--;
			object_end(o);
		}
	}
}

struct object *object_by_id(struct embedded *e, enum engine_kind kind, uint32_t id)
{
	struct table *t = &e->table[kind];
	struct object *o = NULL;
	size_t i;

	lock(e);
	i = table_find(t, id);
	if (i < t->at.n && t->at.at[i]->id == id)
		o = t->at.at[i];
	if (o && !o->refs++)
		e->orphans--;
	unlock(e);
	return o;
}

int object_any_by_fd(struct embedded *e, int fd, struct object **ret_o, unsigned *ret_may)
{
	struct handle *h;
	int err = 0;

	lock(e);
	h = handle_find(e, fd);
	if (!h || !h->o) {
		err = !h && errno == EBADF ? -EBADF : -EINVAL;
	} else {
		h->o->refs++;
		*ret_o = h->o;
		if (ret_may)
			*ret_may = h->may;
	}
	unlock(e);
	return err;
}

int object_by_fd(struct embedded *e, enum engine_kind kind, int fd, struct object **ret_o,
		 unsigned *ret_may)
{
	struct object *o;
	unsigned may;
	int err = object_any_by_fd(e, fd, &o, &may);

	if (err)
		return err;
	if (o->kind != kind) {
		object_put(o);
		return -EINVAL;
	}
	*ret_o = o;
	if (ret_may)
		*ret_may = may;
	return 0;
}

int no_token(int fd)
{
	return fcntl(fd, F_GETFD) < 0 ? -EBADF : -EINVAL;
}

/* ---- commands ---- */

static enum engine_kind kind_of(uint32_t cmd)
{
	switch (cmd) {
	case ABI_CMD_PROG_GET_NEXT_ID:
	case ABI_CMD_PROG_GET_FD_BY_ID:
		return ENGINE_PROG;
	case ABI_CMD_MAP_GET_NEXT_ID:
	case ABI_CMD_MAP_GET_FD_BY_ID:
		return ENGINE_MAP;
	case ABI_CMD_BTF_GET_NEXT_ID:
	case ABI_CMD_BTF_GET_FD_BY_ID:
		return ENGINE_BTF;
	default:
		return ENGINE_LINK;
	}
}

int command_next_id(struct call *c)
{
	const struct table *t = &c->e->table[kind_of(c->cmd)];
	uint32_t id = 0;
	size_t i;

	if (c->a->id.start_id >= INT32_MAX)
		return -EINVAL;
	lock(c->e);
	orphans_sweep(c->e);
	i = table_find(t, c->a->id.start_id + 1);
	if (i < t->at.n)
		id = t->at.at[i]->id;
	unlock(c->e);
	return id ? call_answer(c, id.next_id, id) : -ENOENT;
}

/* A descriptor of the object with that id; takes care of the reference that finding it took. */
static int open_by_id(struct call *c, unsigned may)
{
	struct object *o;
	int fd;

	lock(c->e);
	orphans_sweep(c->e);
	unlock(c->e);
	o = object_by_id(c->e, kind_of(c->cmd), c->a->id.start_id);
	if (!o)
		return -ENOENT;
	fd = handle_new(c->e, o, may);
	object_put(o);
	return fd;
}

int command_prog_by_id(struct call *c)
{
	return open_by_id(c, MAP_MAY_ALL);
}

int command_map_by_id(struct call *c)
{
	unsigned may = may_of_flags(c->a->id.open_flags);

	if (c->a->id.open_flags & ~(uint32_t)(F_RDONLY | F_WRONLY))
		return -EINVAL;
	return may ? open_by_id(c, may) : -EINVAL;
}

int command_btf_by_id(struct call *c)
{
	if (c->a->id.open_flags & ~ABI_F_MAP_TOKEN_FD)
		return -EINVAL;
	if (c->a->id.open_flags & ABI_F_MAP_TOKEN_FD)
		return no_token(c->a->id.token_fd);
	return open_by_id(c, MAP_MAY_ALL);
}

int command_link_by_id(struct call *c)
{
	return open_by_id(c, MAP_MAY_ALL);
}

int command_obj_info(struct call *c)
{
	struct object *o;
	int err = object_any_by_fd(c->e, (int)c->a->info.bpf_fd, &o, NULL);

	if (err)
		return err == -EBADF ? -EBADFD : err;
	switch (o->kind) {
	case ENGINE_PROG:
		err = info_of_prog(c, to_prog(o));
		break;
	case ENGINE_MAP:
		err = info_of_map(c, to_map(o));
		break;
	case ENGINE_BTF:
		err = info_of_btf(c, to_btf(o));
		break;
	case ENGINE_LINK:
		err = info_of_link(c, to_link(o));
		break;
	}
	object_put(o);
	return err;
}
