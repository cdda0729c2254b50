/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Multiplications and rotations: 1472 bytes mixed as xxh64 does. */
#include "work.h"

static inline __attribute__((always_inline)) u64 rotate_left(u64 v, u32 n)
{
	return v << n | v >> (64 - n);
}

WORK hash(u8 *at, u8 *end)
{
	const u64 p1 = 0x9e3779b185ebca87, p2 = 0xc2b2ae3d27d4eb4f, p3 = 0x165667b19e3779f9;
	u64 h = 0x27d4eb2f165667c5 + 1472, k;
	u32 i;

	for (i = 0; i < 184; i++) {
		if (at + 8 > end)
			break;
		k = *(u64 *)at * p2;
		k = rotate_left(k, 31) * p1;
		h = rotate_left(h ^ k, 27) * p1 + p3;
		at += 8;
	}
	h = (h ^ h >> 33) * p2;
	h = (h ^ h >> 29) * p3;
	return (h ^ h >> 32) & 0x7fffffff;
}
