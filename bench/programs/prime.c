/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Divisions: how many of the first numbers are prime. */
#include "work.h"

WORK prime(u8 *at, u8 *end)
{
	u32 n, k, v, found, primes = 0, bias;

	if (at + 8 > end)
		return 0;
	bias = at[0] & 1;
	for (n = 2; n < 64; n++) {
		found = 1;
		v = n + bias;
		for (k = 2; k < n; k++) {
			if (v % k == 0) {
				found = 0;
				break;
			}
		}
		primes += found;
	}
	return primes;
}
