# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# from copy.c by make.sh; r1 = at, r2 = end
	(bf) r3 = r1
	(07) r3 += 752
	(2d) if r3 > r2 goto L12
	(b4) w3 = 0
L4:
	(79) r4 = *(u64 *)(r1 +0)
	(7b) *(u64 *)(r1 +744) = r4
	(26) if w3 > 0x5a goto L12
	(bf) r4 = r1
	(07) r4 += 760
	(07) r1 += 8
	(04) w3 += 1
	(bd) if r4 <= r2 goto L4
L12:
	(b7) r0 = 2
	(95) exit
