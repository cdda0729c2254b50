/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Each step needs the one before: 2000 of something like Fibonacci. */
#include "work.h"

WORK fib(u8 *at, u8 *end)
{
	u64 a, b = 1, sum;
	u32 i;

	if (at + 8 > end)
		return 0;
	a = at[0] & 1;
	for (i = 0; i < 2000; i++) {
		sum = a + b;
		a = b ^ (i & 3);
		b = sum;
	}
	return a & 0x7fffffff;
}
