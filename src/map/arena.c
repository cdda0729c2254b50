/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arena: a range of at most 4 GiB that programs and user space share, in which programs allocate pages.
 *
 * The range is reserved at creation, at the address asked for (map_extra) or where there is room inside
 * of one 4 GiB window: the lower 32 bits of an address identify a page. Memory is a memfd's; allocated
 * pages can be read and written, others fault - unless user space touches them, in the kernel, which
 * then allocates: here map_arena_fault does, which the owner calls from its handler. Programs see the
 * pages at other addresses, as in the kernel: in a window where all that they can compute is theirs.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "map/impl.h"

#define WINDOW      (UINT64_C(1) << 32)
#define GUARD       (UINT64_C(1) << 16) /* before and behind it: offsets of instructions are 16 bits */

struct arena_map {
	struct map map;
	uint8_t *base; /* owned: reserved */
	uint8_t *window; /* owned, with its guards: reserved */
	int fd;
	uint32_t pages;
	uint32_t lock;
	uint64_t *taken; /* owned: a bit per page */
	uint32_t allocated;
};

static uint64_t range(const struct map *m)
{
	return (uint64_t)m->max_entries * MAP_PAGE;
}

static uint64_t bits_bytes(const struct map *m)
{
	return (m->max_entries + UINT64_C(63)) / 64 * 8;
}

static int arena_check(const struct map_attr *a, const struct map_env *env)
{
	uint64_t bytes = (uint64_t)a->max_entries * MAP_PAGE;

	int err = a->extra % MAP_PAGE ? -EINVAL : attr_check(a, env);

	if (err)
		return err;
	if (bytes > WINDOW)
		return -E2BIG;
	return a->extra >> 32 != (a->extra + bytes - 1) >> 32 ? -ERANGE : 0;
}

/* Address space, not memory: twice as much is asked for, so that some of it is within one window. */
static int reserve(struct arena_map *ar)
{
	uint64_t bytes = range(&ar->map), start, end;
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	uint8_t *p;

	if (ar->map.extra) {
		p = mmap((void *)(uintptr_t)ar->map.extra, bytes, PROT_NONE,
			 flags | MAP_FIXED_NOREPLACE, -1, 0);
		if (p == MAP_FAILED)
			return -ENOMEM;
		ar->base = p;
		return 0;
	}
	p = mmap(NULL, bytes * 2, PROT_NONE, flags, -1, 0);
	if (p == MAP_FAILED)
		return -ENOMEM;
	start = (uintptr_t)p;
	end = start + 2 * bytes;
	if (start >> 32 != (start + bytes - 1) >> 32)
		start = ALIGN_UP(start, WINDOW);
	if (start > (uintptr_t)p)
		munmap(p, start - (uintptr_t)p);
	if (start + bytes < end)
		munmap((void *)(uintptr_t)(start + bytes), end - start - bytes);
	ar->base = (uint8_t *)(uintptr_t)start;
	return 0;
}

static int reserve_window(struct arena_map *ar)
{
	void *p = mmap(NULL, WINDOW + 2 * GUARD, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return -ENOMEM;
	ar->window = (uint8_t *)p + GUARD;
	return 0;
}

static void *in_window(const struct arena_map *ar, uint64_t at)
{
	return ar->window + (uint32_t)((uintptr_t)ar->base + at);
}

static void arena_map_free(struct map *m)
{
	struct arena_map *ar = (struct arena_map *)m;

	if (ar->base)
		munmap(ar->base, range(m));
	if (ar->window)
		munmap(ar->window - GUARD, WINDOW + 2 * GUARD);
	if (ar->fd >= 0)
		close(ar->fd);
	env_uncharge(m->env, (uint64_t)ar->allocated * MAP_PAGE);
	env_free(m->env, ar->taken, bits_bytes(m));
	map_done(m, sizeof(*ar));
}

static int arena_map_alloc(const struct map_attr *a, struct map_env *env, struct map **ret_map)
{
	struct arena_map *ar = map_new(a, env, sizeof(*ar));
	int err = -ENOMEM;

	if (!ar)
		return -ENOMEM;
	ar->pages = a->max_entries;
	ar->fd = memfd_create("skep-arena", MFD_CLOEXEC);
	ar->taken = env_alloc(env, bits_bytes(&ar->map));
	if (ar->taken && ar->fd >= 0 && !ftruncate(ar->fd, (off_t)range(&ar->map)))
		err = reserve(ar);
	if (!err)
		err = reserve_window(ar);
	if (err)
		arena_map_free(&ar->map);
	else
		*ret_map = &ar->map;
	return err;
}

static uint64_t arena_memory(const struct map *m)
{
	const struct arena_map *ar = (const struct arena_map *)m;

	return sizeof(*ar) + bits_bytes(m) + (uint64_t)load(&ar->allocated) * MAP_PAGE;
}

/* ---- pages ---- */

static bool is_taken(const struct arena_map *ar, uint32_t i)
{
	return ar->taken[i / 64] >> i % 64 & 1;
}

static void mark(struct arena_map *ar, uint32_t from, uint32_t n, bool taken)
{
	uint64_t bit;

	for (; n; n--, from++) {
		bit = UINT64_C(1) << from % 64;
		ar->taken[from / 64] =
			taken ? ar->taken[from / 64] | bit : ar->taken[from / 64] & ~bit;
	}
}

static bool all_free(const struct arena_map *ar, uint32_t from, uint32_t n)
{
	for (; n; n--)
		if (is_taken(ar, from++))
			return false;
	return true;
}

/* The lowest run of n free pages; UINT32_MAX: there is none. */
static uint32_t find_run(const struct arena_map *ar, uint32_t n)
{
	uint32_t i, run = 0;

	for (i = 0; i < ar->pages; i++) {
		run = is_taken(ar, i) ? 0 : run + 1;
		if (run == n)
			return i + 1 - n;
	}
	return UINT32_MAX;
}

static bool show(const struct arena_map *ar, void *addr, uint64_t bytes, uint64_t at)
{
	return mmap(addr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, ar->fd,
		    (off_t)at) != MAP_FAILED;
}

static bool hide(void *addr, uint64_t bytes)
{
	return mmap(addr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
		    -1, 0) != MAP_FAILED;
}

static int give_memory(struct arena_map *ar, uint32_t from, uint32_t n)
{
	uint64_t bytes = (uint64_t)n * MAP_PAGE, at = (uint64_t)from * MAP_PAGE;

	if (!env_charge(ar->map.env, bytes))
		return -ENOMEM;
	if (!show(ar, ar->base + at, bytes, at))
		goto fail;
	if (!show(ar, in_window(ar, at), bytes, at)) {
		hide(ar->base + at, bytes);
		goto fail;
	}
	mark(ar, from, n, true);
	ar->allocated += n;
	return 0;
fail:
	env_uncharge(ar->map.env, bytes);
	return -ENOMEM;
}

void *map_arena_alloc(struct map *m, void *addr, uint32_t pages, uint64_t flags)
{
	struct arena_map *ar = (struct arena_map *)m;
	uint64_t at = (uint32_t)((uintptr_t)addr - (uintptr_t)ar->base);
	uint32_t from = (uint32_t)(at / MAP_PAGE);
	void *p = NULL;

	if (m->type != MAP_TYPE_ARENA || flags || !pages || pages > ar->pages)
		return NULL;
	if (addr && ((uintptr_t)addr % MAP_PAGE || from > ar->pages - pages))
		return NULL;
	lock(&ar->lock);
	if (!addr)
		from = find_run(ar, pages);
	else if (!all_free(ar, from, pages))
		from = UINT32_MAX;
	if (from != UINT32_MAX && !give_memory(ar, from, pages))
		p = ar->base + (uint64_t)from * MAP_PAGE;
	unlock(&ar->lock);
	return p;
}

static void take_memory(struct arena_map *ar, uint32_t i)
{
	uint64_t at = (uint64_t)i * MAP_PAGE;

	if (!is_taken(ar, i))
		return;
	if (!hide(ar->base + at, MAP_PAGE) || !hide(in_window(ar, at), MAP_PAGE))
		return; /* it stays taken: better than a page of somebody else's there */
	fallocate(ar->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at, MAP_PAGE);
	mark(ar, i, 1, false);
	ar->allocated--;
	env_uncharge(ar->map.env, MAP_PAGE);
}

void map_arena_free(struct map *m, void *addr, uint32_t pages)
{
	struct arena_map *ar = (struct arena_map *)m;
	uint64_t at = (uint32_t)((uintptr_t)addr - (uintptr_t)ar->base) / MAP_PAGE;

	if (m->type != MAP_TYPE_ARENA || !pages || !addr)
		return;
	lock(&ar->lock);
	for (; pages && at < ar->pages; pages--, at++)
		take_memory(ar, (uint32_t)at);
	unlock(&ar->lock);
}

void *map_arena_base(const struct map *m)
{
	return ((const struct arena_map *)m)->base;
}

void *map_arena_window(const struct map *m)
{
	return ((const struct arena_map *)m)->window;
}

/* User space touched a page that no program has allocated: it gets one, unless it asked for the fault. */
bool map_arena_fault(struct map *m, void *addr)
{
	struct arena_map *ar = (struct arena_map *)m;
	uint64_t at = (uint64_t)((uint8_t *)addr - ar->base);
	bool ok = false;

	if (at >= range(m) || m->flags & MAP_F_SEGV_ON_FAULT)
		return false;
	lock(&ar->lock);
	ok = is_taken(ar, (uint32_t)(at / MAP_PAGE)) ||
	     !give_memory(ar, (uint32_t)(at / MAP_PAGE), 1);
	unlock(&ar->lock);
	return ok;
}

/* ---- there are no elements ---- */

static void *arena_lookup(struct map *m, const void *key)
{
	(void)m;
	(void)key;
	return NULL;
}

static int arena_get(struct map *m, const void *key, void *value, uint64_t flags)
{
	(void)m;
	(void)key;
	(void)value;
	(void)flags;
	return -EINVAL;
}

static int arena_update(struct map *m, const void *key, const void *value, uint64_t flags)
{
	(void)m;
	(void)key;
	(void)value;
	(void)flags;
	return -EOPNOTSUPP;
}

static int arena_remove(struct map *m, const void *key)
{
	(void)m;
	(void)key;
	return -EOPNOTSUPP;
}

static int arena_next(struct map *m, const void *key, void *ret_next)
{
	(void)m;
	(void)key;
	(void)ret_next;
	return -EOPNOTSUPP;
}

const struct map_ops map_ops_arena = {
	.check = arena_check,
	.alloc = arena_map_alloc,
	.free = arena_map_free,
	.memory = arena_memory,
	.same_shape = shape_equal,
	.lookup = arena_lookup,
	.update = arena_update,
	.remove = arena_remove,
	.user_get = arena_get,
	.next = arena_next,
};
