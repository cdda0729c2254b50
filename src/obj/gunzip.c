/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * /proc/config.gz, opened: RFC 1952 around RFC 1951. Small rather than fast: a table of how many
 * codes there are of each length is all that decoding a symbol needs, one bit at a time.
 *
 * Canonical codes of one length are consecutive numbers, and those of the next length go on from
 * twice the number after the last. So a code of n bits is a symbol if it is less than `first` of
 * that length plus the count; its place in the list of symbols sorted by length and value follows.
 */
#include "obj/impl.h"

enum { BITS_MAX = 15, LITERALS = 288, DISTANCES = 30, END = 256 };

struct code {
	uint16_t count[BITS_MAX + 1]; /* of codes by length */
	uint16_t symbol[LITERALS];    /* by length, then by value */
};

struct inflate {
	const uint8_t *at, *end;
	struct str *out;
	uint32_t bits, n; /* read, and not yet used: the next one is the lowest */
	bool broken;
};

static uint32_t take(struct inflate *z, unsigned n)
{
	uint32_t value;

	while (z->n < n) {
		if (z->at == z->end) {
			z->broken = true;
			return 0;
		}
		z->bits |= (uint32_t)*z->at++ << z->n;
		z->n += 8;
	}
	value = z->bits & ((1u << n) - 1);
	z->bits >>= n;
	z->n -= n;
	return value;
}

/* Whether the lengths are those of a code: not more codes than there can be. */
static bool code_make(struct code *c, const uint8_t *length, unsigned n)
{
	uint16_t place[BITS_MAX + 1] = {0};
	int left = 1;

	memset(c, 0, sizeof(*c));
	for (unsigned i = 0; i < n; i++)
		c->count[length[i]]++;
	c->count[0] = 0;
	for (unsigned bits = 1; bits <= BITS_MAX; bits++) {
		left = left * 2 - c->count[bits];
		if (left < 0)
			return false;
		if (bits < BITS_MAX)
			place[bits + 1] = (uint16_t)(place[bits] + c->count[bits]);
	}
	for (unsigned i = 0; i < n; i++) {
		if (length[i])
			c->symbol[place[length[i]]++] = (uint16_t)i;
	}
	return true;
}

static unsigned symbol_take(struct inflate *z, const struct code *c)
{
	unsigned code = 0, first = 0, index = 0;

	for (unsigned bits = 1; bits <= BITS_MAX; bits++) {
		code |= take(z, 1);
		if (code < first + c->count[bits])
			return c->symbol[index + code - first];
		index += c->count[bits];
		first = (first + c->count[bits]) * 2;
		code *= 2;
	}
	z->broken = true;
	return END;
}

/* A length or distance: its group's first value and how many more bits say which of the group. */
static uint32_t length_take(struct inflate *z, unsigned symbol)
{
	unsigned group = symbol - 257, more = group < 8 ? 0 : (group - 4) / 4;

	if (group > 28)
		z->broken = true;
	if (group >= 28 || z->broken)
		return 258;
	return 3 + (group < 8 ? group : (4 + group % 4) << more) + take(z, more);
}

static uint32_t distance_take(struct inflate *z, unsigned symbol)
{
	unsigned more = symbol < 4 ? 0 : symbol / 2 - 1;

	if (symbol >= DISTANCES) {
		z->broken = true;
		return 1;
	}
	return 1 + (symbol < 4 ? symbol : (2 + symbol % 2) << more) + take(z, more);
}

static void repeat(struct inflate *z, uint32_t distance, uint32_t length)
{
	if (distance > z->out->n) {
		z->broken = true;
		return;
	}
	while (length-- && !str_err(z->out))
		str_addc(z->out, z->out->s[z->out->n - distance]);
}

static void block_decode(struct inflate *z, const struct code *literals,
			 const struct code *distances)
{
	while (!z->broken && !str_err(z->out)) {
		unsigned symbol = symbol_take(z, literals);
		uint32_t length;

		if (symbol == END)
			return;
		if (symbol < END) {
			str_addc(z->out, (char)symbol);
			continue;
		}
		length = length_take(z, symbol);
		repeat(z, distance_take(z, symbol_take(z, distances)), length);
	}
}

static void block_stored(struct inflate *z)
{
	uint32_t n;

	z->bits = z->n = 0; /* up to the next byte */
	n = take(z, 16);
	if (take(z, 16) != (~n & 0xffff) || n > (size_t)(z->end - z->at)) {
		z->broken = true;
		return;
	}
	str_addn(z->out, z->at, n);
	z->at += n;
}

static void block_fixed(struct inflate *z)
{
	struct code literals, distances;
	uint8_t length[LITERALS];

	for (unsigned i = 0; i < LITERALS; i++)
		length[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
	code_make(&literals, length, LITERALS);
	memset(length, 5, DISTANCES);
	code_make(&distances, length, DISTANCES);
	block_decode(z, &literals, &distances);
}

/* The lengths of both codes, themselves coded: 16 to 18 say that one comes several times. */
static void lengths_take(struct inflate *z, const struct code *c, uint8_t *length, unsigned n)
{
	unsigned i = 0;

	while (i < n && !z->broken) {
		unsigned symbol = symbol_take(z, c), times = 1;
		uint8_t value = symbol < 16 ? (uint8_t)symbol : 0;

		if (symbol == 16) {
			times = 3 + take(z, 2);
			if (!i)
				z->broken = true;
			else
				value = length[i - 1];
		} else if (symbol > 16) {
			times = symbol == 17 ? 3 + take(z, 3) : 11 + take(z, 7);
		}
		if (times > n - i)
			z->broken = true;
		while (!z->broken && times--)
			length[i++] = value;
	}
}

static void block_coded(struct inflate *z)
{
	static const uint8_t order[19] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
					  11, 4,  12, 3, 13, 2, 14, 1, 15};
	uint8_t length[LITERALS + 32] = {0};
	struct code lengths, literals, distances;
	unsigned n = 257 + take(z, 5), m = 1 + take(z, 5), k = 4 + take(z, 4);

	for (unsigned i = 0; i < k; i++)
		length[order[i]] = (uint8_t)take(z, 3);
	if (n > 286 || m > DISTANCES || !code_make(&lengths, length, 19)) {
		z->broken = true;
		return;
	}
	memset(length, 0, sizeof(length));
	lengths_take(z, &lengths, length, n + m);
	if (z->broken || !code_make(&literals, length, n) ||
	    !code_make(&distances, length + n, m)) {
		z->broken = true;
		return;
	}
	block_decode(z, &literals, &distances);
}

static void blocks_decode(struct inflate *z)
{
	bool last = false;

	while (!last && !z->broken && !str_err(z->out)) {
		last = take(z, 1);
		switch (take(z, 2)) {
		case 0:
			block_stored(z);
			break;
		case 1:
			block_fixed(z);
			break;
		case 2:
			block_coded(z);
			break;
		default:
			z->broken = true;
			break;
		}
	}
}

/* Past the header: 10 bytes, and what its flags say is there besides. */
static const uint8_t *body_find(const uint8_t *at, const uint8_t *end)
{
	uint8_t flags;

	if (end - at < 18 || at[0] != 0x1f || at[1] != 0x8b || at[2] != 8)
		return NULL;
	flags = at[3];
	at += 10;
	if (flags & 4) {
		size_t n = at[0] | (size_t)at[1] << 8;

		if (n + 2 > (size_t)(end - at))
			return NULL;
		at += n + 2;
	}
	for (unsigned text = 8; text <= 16; text *= 2) { /* name, comment */
		if (!(flags & text))
			continue;
		at = memchr(at, 0, (size_t)(end - at));
		if (!at++)
			return NULL;
	}
	if (flags & 2)
		at += MIN((size_t)(end - at), (size_t)2);
	return at;
}

int obj_gunzip(const void *data, size_t size, struct str *ret_text)
{
	struct inflate z = {.end = (const uint8_t *)data + size, .out = ret_text};
	size_t begin = ret_text->n;
	uint32_t length;

	z.at = body_find(data, z.end);
	if (!z.at)
		return -EINVAL;
	blocks_decode(&z);
	if (str_err(ret_text))
		return str_err(ret_text);
	/* Whole bytes may be left in z.bits. The CRC that follows is skipped: the length does. */
	z.at -= z.n / 8;
	if (z.broken || z.end - z.at < 8)
		return -EINVAL;
	length = z.at[4] | (uint32_t)z.at[5] << 8 | (uint32_t)z.at[6] << 16 |
		 (uint32_t)z.at[7] << 24;
	return length == (uint32_t)(ret_text->n - begin) ? 0 : -EINVAL;
}
