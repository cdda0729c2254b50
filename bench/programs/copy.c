/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* 736 bytes, eight at a time, from the front of the packet to its back. */
#include "work.h"

WORK copy(u8 *at, u8 *end)
{
	u32 i;

	for (i = 0; i < 92; i++) {
		if (at + 752 > end)
			break;
		*(volatile u64 *)(at + 744) = *(volatile u64 *)at;
		at += 8;
	}
	return 2;
}
