/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* 256 calls of helper 7, which counts; the kernel's makes a random number. */
#include "work.h"

WORK helper(u8 *at, u8 *end)
{
	u64 sum = 0;
	u32 i;

	(void)at, (void)end;
	for (i = 0; i < 256; i++)
		sum += CALL_HELPER();
	OPAQUE(sum);
	return 2;
}
