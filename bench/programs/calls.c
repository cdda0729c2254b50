/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* 501 calls of functions that are not inlined, two levels of them. */
#include "work.h"

APART calls_leaf(u64 a, u64 b)
{
	OPAQUE(a);
	return (a ^ b) + (a >> 3);
}

APART calls_middle(u64 a, u64 b)
{
	u64 x = calls_leaf(a, b);

	OPAQUE(x);
	return x + calls_leaf(b, x);
}

WORK calls(u8 *at, u8 *end)
{
	u64 x;
	u32 i;

	if (at + 8 > end)
		return 0;
	x = at[0];
	for (i = 0; i < 167; i++)
		x = calls_middle(x, i) & 0xffffffff;
	return x & 0x7fffffff;
}
