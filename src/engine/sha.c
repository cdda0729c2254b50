/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * SHA-1 and SHA-256 (FIPS 180-4): a program's tag is the begin of its digest, by the one before 6.18
 * and by the other since. Both go over blocks of 64 bytes, the last of which holds the length.
 */
#include <endian.h>

#include "engine/impl.h"

enum { BLOCK = 64, ROUNDS1 = 80, ROUNDS2 = 64 };

static uint32_t rol(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

static uint32_t ror(uint32_t v, unsigned n)
{
	return v >> n | v << (32 - n);
}

static uint32_t word_at(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

static void sha1_block(uint32_t *h, const uint8_t *p)
{
	static const uint32_t k[] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
	uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], w[ROUNDS1], f, t;
	int i;

	for (i = 0; i < ROUNDS1; i++)
		w[i] = i < 16 ? word_at(p + i * 4)
			      : rol(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (i = 0; i < ROUNDS1; i++) {
		f = i < 20   ? (b & c) | (~b & d)
		    : i < 40 ? b ^ c ^ d
		    : i < 60 ? (b & c) | (b & d) | (c & d)
			     : b ^ c ^ d;
		t = rol(a, 5) + f + e + k[i / 20] + w[i];
		e = d;
		d = c;
		c = rol(b, 30);
		b = a;
		a = t;
	}
	h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
}

static void sha256_block(uint32_t *h, const uint8_t *p)
{
	static const uint32_t k[ROUNDS2] = {
		0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
		0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
		0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
		0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
		0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
		0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
		0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
		0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
		0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
		0xc67178f2};
	uint32_t w[ROUNDS2], v[8], t1, t2;
	int i;

	for (i = 0; i < ROUNDS2; i++)
		w[i] = i < 16 ? word_at(p + i * 4)
			      : w[i - 16] + w[i - 7] +
					(ror(w[i - 15], 7) ^ ror(w[i - 15], 18) ^ w[i - 15] >> 3) +
					(ror(w[i - 2], 17) ^ ror(w[i - 2], 19) ^ w[i - 2] >> 10);
	memcpy(v, h, sizeof(v));
	for (i = 0; i < ROUNDS2; i++) {
		t1 = v[7] + (ror(v[4], 6) ^ ror(v[4], 11) ^ ror(v[4], 25)) +
		     ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[i] + w[i];
		t2 = (ror(v[0], 2) ^ ror(v[0], 13) ^ ror(v[0], 22)) +
		     ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
		memmove(v + 1, v, 7 * sizeof(*v));
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (i = 0; i < 8; i++)
		h[i] += v[i];
}

static void digest(void (*block)(uint32_t *h, const uint8_t *p), uint32_t *h, const void *data,
		   size_t n)
{
	uint8_t last[2 * BLOCK] = {0};
	uint64_t bits = htobe64((uint64_t)n * 8);
	size_t left = n % BLOCK, end = left < BLOCK - 8 ? BLOCK : 2 * BLOCK, i;

	for (i = 0; i + BLOCK <= n; i += BLOCK)
		block(h, (const uint8_t *)data + i);
	memcpy(last, (const uint8_t *)data + i, left);
	last[left] = 0x80;
	memcpy(last + end - 8, &bits, 8);
	for (i = 0; i < end; i += BLOCK)
		block(h, last + i);
}

static void put(uint8_t *to, const uint32_t *h, size_t words)
{
	uint32_t v;
	size_t i;

	for (i = 0; i < words; i++) {
		v = htobe32(h[i]);
		memcpy(to + i * 4, &v, 4);
	}
}

void sha1(const void *data, size_t n, uint8_t ret_digest[20])
{
	uint32_t h[] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};

	digest(sha1_block, h, data, n);
	put(ret_digest, h, ARRAY_LEN(h));
}

void sha256(const void *data, size_t n, uint8_t ret_digest[32])
{
	uint32_t h[] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
			0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

	digest(sha256_block, h, data, n);
	put(ret_digest, h, ARRAY_LEN(h));
}
