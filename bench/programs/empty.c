/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "work.h"

WORK empty(u8 *at, u8 *end)
{
	(void)at, (void)end;
	return 2;
}
