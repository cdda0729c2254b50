/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Values with special fields: locks, timers, kptrs, lists. Such fields are never copied over: what goes
 * into the map leaves them as they are, what comes out shows zeros in their place. And the hash
 * functions, which see keys as bytes.
 *
 * The fields are in ascending order and do not overlap (map_create checks), so a value is the bytes
 * before the first, between each two, and after the last.
 */
#include "map/impl.h"

static uint32_t run_start(const struct map *m, uint32_t i)
{
	return i ? m->field[i - 1].offset + m->field[i - 1].size : 0;
}

static uint32_t run_end(const struct map *m, uint32_t i)
{
	return i < m->fields ? m->field[i].offset : m->value_size;
}

void value_store_around(const struct map *m, void *to, const void *from)
{
	uint32_t i, start;

	for (i = 0; i <= m->fields; i++) {
		start = run_start(m, i);
		copy((char *)to + start, (const char *)from + start, run_end(m, i) - start);
	}
}

void value_load_around(const struct map *m, void *to, const void *from)
{
	uint32_t i;

	value_store_around(m, to, from);
	for (i = 0; i < m->fields; i++)
		memset((char *)to + m->field[i].offset, 0, m->field[i].size);
}

void value_zero(const struct map *m, void *value)
{
	uint32_t i, start;

	for (i = 0; i <= m->fields; i++) {
		start = run_start(m, i);
		zero((char *)value + start, run_end(m, i) - start);
	}
}

void map_spin_lock(void *l)
{
	lock(l);
}

void map_spin_unlock(void *l)
{
	unlock(l);
}

static void *lock_of(const struct map *m, const void *value)
{
	uint32_t i;

	for (i = 0; i < m->fields; i++)
		if (m->field[i].kind == MAP_SPIN_LOCK || m->field[i].kind == MAP_RES_SPIN_LOCK)
			return (char *)(uintptr_t)value + m->field[i].offset;
	bug("a value without a lock is copied under it");
}

/* `out`: `from` is the one in the map. */
void value_copy_locked(const struct map *m, void *to, const void *from, bool out)
{
	void *l = lock_of(m, out ? from : to);

	map_spin_lock(l);
	if (out)
		value_load(m, to, from);
	else
		value_store(m, to, from);
	map_spin_unlock(l);
}

/* Takes the object out of a field that holds a pointer, and hands it to the owner. */
static void free_field(struct map *m, const struct map_field *f, void *at)
{
	void *object;

	switch (f->kind) {
	case MAP_SPIN_LOCK:
	case MAP_RES_SPIN_LOCK:
	case MAP_REFCOUNT:
	case MAP_LIST_NODE:
	case MAP_RB_NODE:
		return;
	case MAP_KPTR_UNREF: /* nobody's: only forgotten */
		store((uint64_t *)at, 0);
		return;
	case MAP_TIMER:
	case MAP_WORKQUEUE:
	case MAP_TASK_WORK:
	case MAP_KPTR_REF:
	case MAP_KPTR_PERCPU:
	case MAP_UPTR:
		object = __atomic_exchange_n((void **)at, NULL, __ATOMIC_ACQ_REL);
		if (object && m->env->field_free)
			m->env->field_free(m->env->arg, m, f, object);
		return;
	case MAP_LIST_HEAD:
	case MAP_RB_ROOT:
		object = at; /* the owner empties it, it knows what the nodes are part of */
		if (*(void **)at && m->env->field_free)
			m->env->field_free(m->env->arg, m, f, object);
		memset(at, 0, f->size);
		return;
	}
}

void value_free_fields(struct map *m, void *value, uint32_t kinds)
{
	uint32_t i;

	for (i = 0; i < m->fields; i++)
		if (kinds >> m->field[i].kind & 1)
			free_field(m, &m->field[i], (char *)value + m->field[i].offset);
}

void values_load(const struct map *m, void *to, const uint8_t *first, uint64_t flags)
{
	uint32_t cpu, room = value_room(m);
	char *t = to;

	if (flags & MAP_CPU) {
		value_load(m, to, first + (flags >> 32) * m->cpu_stride);
		return;
	}
	for (cpu = 0; cpu < m->cpus; cpu++, t += room, first += m->cpu_stride) {
		copy(t, first, room);
		if (m->fields)
			value_load_around(m, t, first);
	}
}

static void store_one(struct map *m, uint8_t *at, const void *from, uint32_t size)
{
	if (m->fields) {
		value_store_around(m, at, from);
		value_free_fields(m, at, FIELDS_ALL);
	} else {
		copy(at, from, size);
	}
}

void values_store(struct map *m, uint8_t *first, const void *from, uint64_t flags)
{
	uint32_t cpu, room = value_room(m), size = room;
	const char *f = from;

	if (flags & MAP_ALL_CPUS || m->env->kernel >= ABI_KERNEL(7, 0))
		size = m->value_size; /* the padding stays as it is */
	if (flags & MAP_CPU) {
		store_one(m, first + (flags >> 32) * m->cpu_stride, from, m->value_size);
		return;
	}
	for (cpu = 0; cpu < m->cpus; cpu++, first += m->cpu_stride) {
		store_one(m, first, f, size);
		f += flags & MAP_ALL_CPUS ? 0 : room;
	}
}

/* ---- hashing ---- */

static uint32_t rotate(uint32_t x, unsigned by)
{
	return x << by | x >> (32 - by);
}

static uint32_t word_at(const uint8_t *p, uint32_t len)
{
	uint32_t w = 0;

	memcpy(&w, p, MIN(len, 4u));
	return w;
}

/* Bob Jenkins' lookup3 with the kernel's initial value: jhash() of little-endian machines. */
#define STEP(x, y, z, by) (x -= z, x ^= rotate(z, by), z += y)
#define LAST(x, y, by)    (x ^= y, x -= rotate(y, by))

uint32_t hash_kernel(const void *key, uint32_t len, uint32_t seed)
{
	const uint8_t *k = key;
	uint32_t a, b, c;

	a = b = c = 0xdeadbeef + len + seed;
	for (; len > 12; len -= 12, k += 12) {
		a += word_at(k, 4);
		b += word_at(k + 4, 4);
		c += word_at(k + 8, 4);
		STEP(a, b, c, 4), STEP(b, c, a, 6), STEP(c, a, b, 8);
		STEP(a, b, c, 16), STEP(b, c, a, 19), STEP(c, a, b, 4);
	}
	if (!len)
		return c;
	a += word_at(k, len);
	b += len > 4 ? word_at(k + 4, len - 4) : 0;
	c += len > 8 ? word_at(k + 8, len - 8) : 0;
	LAST(c, b, 14), LAST(a, c, 11), LAST(b, a, 25), LAST(c, b, 16);
	LAST(a, c, 4), LAST(b, a, 14), LAST(c, b, 24);
	return c;
}
#undef STEP
#undef LAST

uint32_t hash_fast(const void *key, uint32_t len, uint64_t seed)
{
	const uint8_t *k = key;
	uint64_t w, x = seed ^ len;

	for (; len > 8; len -= 8, k += 8) {
		unsigned __int128 wide;

		memcpy(&w, k, 8);
		wide = (unsigned __int128)(x ^ w) * UINT64_C(0xd6e8feb86659fd93);
		x = (uint64_t)wide ^ (uint64_t)(wide >> 64);
	}
	w = 0;
	memcpy(&w, k, len);
	return hash_fold(x ^ w);
}
