/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sets of small integers. Bits past b->n in the last word are always zero. */
#include "base/impl.h"

static uint32_t words(const struct bits *b)
{
	return (uint32_t)((b->n + UINT64_C(63)) / 64);
}

int bits_init(struct bits *b, uint32_t n)
{
	uint64_t *word = mem_alloc_array((n + UINT64_C(63)) / 64, sizeof(*word));

	if (!word)
		return -ENOMEM;
	*b = (struct bits){.word = word, .n = n};
	return 0;
}

void bits_done(struct bits *b)
{
	mem_free(b->word);
	*b = (struct bits){0};
}

void bits_clear(struct bits *b)
{
	memset(b->word, 0, words(b) * sizeof(*b->word));
}

bool bits_or(struct bits *b, const struct bits *from)
{
	uint64_t changed = 0;
	uint32_t i;

	assert(b->n == from->n);
	for (i = 0; i < words(b); i++) {
		changed |= from->word[i] & ~b->word[i];
		b->word[i] |= from->word[i];
	}
	return changed;
}

bool bits_and(struct bits *b, const struct bits *from)
{
	uint64_t changed = 0;
	uint32_t i;

	assert(b->n == from->n);
	for (i = 0; i < words(b); i++) {
		changed |= b->word[i] & ~from->word[i];
		b->word[i] &= from->word[i];
	}
	return changed;
}

bool bits_minus(struct bits *b, const struct bits *from)
{
	uint64_t changed = 0;
	uint32_t i;

	assert(b->n == from->n);
	for (i = 0; i < words(b); i++) {
		changed |= b->word[i] & from->word[i];
		b->word[i] &= ~from->word[i];
	}
	return changed;
}

uint32_t bits_count(const struct bits *b)
{
	uint32_t i, n = 0;

	for (i = 0; i < words(b); i++)
		n += (uint32_t)__builtin_popcountll(b->word[i]);
	return n;
}

int64_t bits_next(const struct bits *b, uint32_t from)
{
	uint32_t i = from / 64;
	uint64_t w;

	if (from >= b->n)
		return -1;
	w = b->word[i] & ~UINT64_C(0) << (from % 64);
	while (!w) {
		if (++i >= words(b))
			return -1;
		w = b->word[i];
	}
	return (int64_t)i * 64 + __builtin_ctzll(w);
}
