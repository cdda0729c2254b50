# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# from fib.c by make.sh; r1 = at, r2 = end
	(b7) r0 = 0
	(bf) r3 = r1
	(07) r3 += 8
	(2d) if r3 > r2 goto L18
	(b7) r3 = 1
	(b4) w2 = 0
	(71) r1 = *(u8 *)(r1 +0)
	(57) r1 &= 1
L8:
	(0f) r1 += r3
	(bc) w4 = w2
	(54) w4 &= 3
	(bf) r0 = r3
	(af) r0 ^= r4
	(04) w2 += 1
	(bf) r3 = r1
	(bf) r1 = r0
	(56) if w2 != 0x7d0 goto L8
	(57) r0 &= 2147483647
L18:
	(95) exit
