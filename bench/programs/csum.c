/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The internet checksum of 1500 bytes, each read checked against the packet's end. */
#include "work.h"

WORK csum(u8 *at, u8 *end)
{
	u32 sum = 0, i;

	for (i = 0; i < 750; i++) {
		if (at + 2 > end)
			break;
		sum += read16(at);
		at += 2;
	}
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (u16)~sum;
}
