/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* 448 bytes of stack, written, passed over three times, and summed up. */
#include "work.h"

WORK stack(u8 *at, u8 *end)
{
	volatile u64 a[56];
	u64 v, sum = 0;
	int i, pass;

	if (at + 64 > end)
		return 0;
	v = *(u64 *)at;
	for (i = 0; i < 56; i++) {
		a[i] = v;
		v = v * 5 + 1;
	}
	for (pass = 0; pass < 3; pass++)
		for (i = 0; i < 55; i++)
			a[i] = a[i] + (a[i + 1] >> 3);
	for (i = 0; i < 56; i++)
		sum ^= a[i];
	return sum & 0x7fffffff;
}
