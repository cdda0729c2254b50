/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The hash table: dense entries in insertion order, and an index of them by linear probing.
 *
 * The index is at most half full, counting deleted entries, and is rebuilt without those when it
 * fills; so a lookup ends, and iterating costs what is in the table. An index slot holds the
 * entry's number + 1, and its sum, as looking at the entry itself would often miss the cache. A
 * deleted entry keeps its slot (its key is NULL) until the next rebuild.
 */
#include <sys/random.h>

#include "base/impl.h"

static uint64_t mix(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load8(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Fewer than eight bytes. */
static uint64_t load(const uint8_t *p, size_t n)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

/*
 * Multiply-and-fold over 16 bytes at a time; the constants are digits of pi, made odd. A factor of
 * zero forgets all before it, so both are made unknown by the seed: with a public constant in the
 * place of `k` whoever knows it could make any number of keys collide.
 */
uint64_t hash_bytes(const void *key, size_t len, uint64_t seed)
{
	const uint64_t k0 = UINT64_C(0x243f6a8885a308d3), k1 = UINT64_C(0x13198a2e03707345);
	const uint64_t k = mix(seed ^ k1, k0);
	const uint8_t *p = key;
	uint64_t h = seed ^ k0;
	size_t n = len;

	for (; n > 16; n -= 16, p += 16)
		h = mix(load8(p) ^ h, load8(p + 8) ^ k);
	h = n < 8 ? mix(load(p, n) ^ h, k) : mix(load8(p) ^ h, load8(p + n - 8) ^ k);
	return mix(h ^ len, k0);
}

/* One for all tables: two threads that race here agree on whichever seed was stored first. */
static uint64_t process_seed(void)
{
	static uint64_t seed;
	uint64_t old = __atomic_load_n(&seed, __ATOMIC_RELAXED), fresh;

	if (old)
		return old;
	if (getrandom(&fresh, sizeof(fresh), GRND_NONBLOCK) != (ssize_t)sizeof(fresh))
		fresh = (uintptr_t)&fresh;
	fresh |= 1;
	if (__atomic_compare_exchange_n(&seed, &old, fresh, false, __ATOMIC_RELAXED,
					__ATOMIC_RELAXED))
		return fresh;
	return old;
}

void hash_init(struct hash *h, uint32_t max)
{
	*h = (struct hash){.max = MIN(max, UINT32_MAX / 4)};
}

void hash_done(struct hash *h)
{
	mem_free(h->entry);
	mem_free(h->slot);
	hash_init(h, h->max);
}

static uint32_t key_sum(const void *key, size_t len)
{
	return (uint32_t)hash_bytes(key, len, process_seed());
}

static struct hash_entry *find(const struct hash *h, const void *key, size_t len, uint32_t sum)
{
	uint32_t i;

	if (!h->slot)
		return NULL;
	for (i = sum & h->mask; h->slot[i].number; i = (i + 1) & h->mask) {
		struct hash_entry *e = &h->entry[h->slot[i].number - 1];

		if (h->slot[i].sum == sum && e->key && e->len == len && !memcmp(e->key, key, len))
			return e;
	}
	return NULL;
}

uint64_t *hash_get(const struct hash *h, const void *key, size_t len)
{
	struct hash_entry *e = find(h, key, len, key_sum(key, len));

	return e ? &e->value : NULL;
}

static void index_entry(struct hash_slot *slot, uint32_t mask, uint32_t sum, uint32_t number)
{
	uint32_t i;

	for (i = sum & mask; slot[i].number; i = (i + 1) & mask)
		;
	slot[i] = (struct hash_slot){number + 1, sum};
}

/* A new index and entry array with room for more, without the deleted entries. */
static int rebuild(struct hash *h)
{
	uint32_t want = h->live + 1, cap = STRESS ? 2 : 8, i, n = 0;
	struct hash_entry *entry;
	struct hash_slot *slot;

	if (want > h->max)
		return -E2BIG;
	while (cap < want + want / 4)
		cap *= 2;
	entry = mem_alloc_array(cap, sizeof(*entry));
	slot = mem_alloc_array((size_t)cap * 2, sizeof(*slot));
	if (!entry || !slot) {
		mem_free(entry);
		mem_free(slot);
		return -ENOMEM;
	}
	for (i = 0; i < h->n; i++) {
		if (!h->entry[i].key)
			continue;
		entry[n] = h->entry[i];
		index_entry(slot, cap * 2 - 1, entry[n].sum, n);
		n++;
	}
	mem_free(h->entry);
	mem_free(h->slot);
	h->entry = entry;
	h->slot = slot;
	h->n = n;
	h->cap = cap;
	h->mask = cap * 2 - 1;
	return 0;
}

int hash_put(struct hash *h, const void *key, size_t len, uint64_t value)
{
	uint32_t sum = key_sum(key, len);
	struct hash_entry *e = find(h, key, len, sum);
	int err;

	assert(key);
	if (len > UINT32_MAX)
		return -E2BIG;
	if (e) {
		e->value = value;
		return 0;
	}
	if (h->live >= h->max)
		return -E2BIG;
	if (h->n >= h->cap) {
		err = rebuild(h);
		if (err)
			return err;
	}
	h->entry[h->n] = (struct hash_entry){key, (uint32_t)len, sum, value};
	index_entry(h->slot, h->mask, sum, h->n);
	h->n++;
	h->live++;
	return 0;
}

bool hash_del(struct hash *h, const void *key, size_t len)
{
	struct hash_entry *e = find(h, key, len, key_sum(key, len));

	if (!e)
		return false;
	e->key = NULL;
	h->live--;
	return true;
}
