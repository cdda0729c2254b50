/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The allocator, arenas, and the growth of vectors.
 *
 * All memory of Skep comes through mem_alloc and mem_realloc, so that one counter can make the nth
 * allocation fail: the tests run whole commands with n = 1, 2, 3... and expect a clean error each
 * time.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/impl.h"

void bug_at(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "skep: internal error at %s:%d: ", file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\nThis is a bug in skep, not in what you gave it: please report it with the "
	      "input.\n",
	      stderr);
	abort();
}

/* ---- the allocator and its fault injection ---- */

static _Thread_local uint64_t fail_from, fail_seen;

void mem_fail_from(uint64_t nth)
{
	fail_from = nth;
	fail_seen = 0;
}

uint64_t mem_fail_count(void)
{
	return fail_seen;
}

static bool must_fail(void)
{
	fail_seen++;
	return fail_from && fail_seen >= fail_from;
}

#ifdef SKEP_MEM_COUNT
static int64_t live;

static void *counted(void *p)
{
	if (p)
		__atomic_fetch_add(&live, 1, __ATOMIC_RELAXED);
	return p;
}

int64_t mem_live(void)
{
	return __atomic_load_n(&live, __ATOMIC_RELAXED);
}
#else
static void *counted(void *p)
{
	return p;
}

int64_t mem_live(void)
{
	return -1;
}
#endif

void *mem_alloc(size_t size)
{
	return must_fail() ? NULL : counted(calloc(1, size ? size : 1));
}

void *mem_alloc_array(size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return mem_alloc(bytes);
}

void *mem_realloc(void *p, size_t size)
{
	if (!p)
		return must_fail() ? NULL : counted(malloc(size ? size : 1));
	return must_fail() ? NULL : realloc(p, size ? size : 1);
}

void mem_free(void *p)
{
#ifdef SKEP_MEM_COUNT
	if (p)
		__atomic_fetch_sub(&live, 1, __ATOMIC_RELAXED);
#endif
	free(p);
}

/* ---- arenas ---- */

enum { ARENA_ALIGN = 16, ARENA_CHUNK_MIN = 4096, ARENA_CHUNK_MAX = 1 << 20 };

struct arena_chunk {
	struct arena_chunk *older; /* owned */
	size_t size;               /* of data */
	_Alignas(ARENA_ALIGN) char data[];
};

void arena_init(struct arena *a, size_t max)
{
	*a = (struct arena){.max = max};
}

void arena_done(struct arena *a)
{
	struct arena_chunk *c, *older;

	for (c = a->chunk; c; c = older) {
		older = c->older;
		mem_free(c);
	}
	*a = (struct arena){.max = a->max, .out = a->out};
}

void arena_reset(struct arena *a)
{
	struct arena_chunk *keep = a->chunk;

	if (STRESS || !keep || keep->size > ARENA_CHUNK_MAX) {
		arena_done(a);
		return;
	}
	/*
	 * Only what was handed out can be other than zero: a reset costs what was used since the
	 * last.
	 */
	memset(keep->data, 0, (size_t)(a->at - keep->data));
	a->chunk = keep->older;
	arena_done(a);
	keep->older = NULL;
	a->chunk = keep;
	a->at = keep->data;
	a->end = keep->data + keep->size;
}

static void *arena_fail(struct arena *a, int err)
{
	a->err = err;
	if (a->out)
		longjmp(*a->out, err);
	return NULL;
}

static bool arena_more(struct arena *a, size_t size)
{
	/* Chunks double with what is in use, so that a big arena costs few of them. */
	size_t want =
		STRESS ? size : MAX(size, MIN(MAX(a->used, ARENA_CHUNK_MIN), ARENA_CHUNK_MAX));
	struct arena_chunk *c = mem_alloc(sizeof(*c) + want);

	if (!c)
		return false;
	c->older = a->chunk;
	c->size = want;
	a->chunk = c;
	a->at = c->data;
	a->end = c->data + want;
	return true;
}

void *arena_alloc(struct arena *a, size_t size)
{
	void *p;

	if (size > SIZE_MAX / 2 || size > a->max || a->used > a->max - size)
		return arena_fail(a, -E2BIG);
	if (!STRESS || !size)
		size = ALIGN_UP(size ? size : 1, (size_t)ARENA_ALIGN);
	if ((STRESS || size > (size_t)(a->end - a->at)) && !arena_more(a, size))
		return arena_fail(a, -ENOMEM);
	p = a->at;
	a->at += size;
	a->used += size;
	return p;
}

void *arena_alloc_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return arena_fail(a, -E2BIG);
	return arena_alloc(a, bytes);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *copy = n < SIZE_MAX ? arena_alloc(a, n + 1) : arena_fail(a, -E2BIG);

	if (copy && n)
		memcpy(copy, s, n);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *s;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return arena_fail(a, -EINVAL);
	s = arena_alloc(a, (size_t)n + 1);
	if (s)
		vsnprintf(s, (size_t)n + 1, fmt, ap);
	return s;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return s;
}

/* ---- vectors ---- */

int vec_grow_(void **at, size_t *cap, size_t n, size_t want, size_t max, size_t size,
	      struct arena *arena)
{
	size_t room = STRESS_GROWTH(*cap) ? want : MAX(want, MIN(MAX(*cap * 2, (size_t)8), max));
	void *grown;

	if (want > max)
		return -E2BIG;
	if (room > SIZE_MAX / size)
		return -E2BIG;
	if (arena) {
		grown = arena_alloc(arena, room * size);
		if (grown && n)
			memcpy(grown, *at, n * size);
	} else if (STRESS) {
		/* realloc might stay in place: move, so that a stale pointer is found */
		grown = mem_alloc(room * size);
		if (grown && n)
			memcpy(grown, *at, n * size);
		if (grown)
			mem_free(*at);
	} else {
		grown = mem_realloc(*at, room * size);
	}
	if (!grown)
		return arena ? arena->err : -ENOMEM;
	*at = grown;
	*cap = room;
	return 0;
}
