# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# from calls.c by make.sh; r1 = at, r2 = end
	(b7) r0 = 0
	(bf) r3 = r1
	(07) r3 += 8
	(2d) if r3 > r2 goto L14
	(b7) r6 = 0
	(71) r1 = *(u8 *)(r1 +0)
L6:
	(bf) r2 = r6
	(85) call L15
	(bf) r1 = r0
	(67) r1 <<= 32
	(77) r1 >>= 32
	(07) r6 += 1
	(55) if r6 != 0xa7 goto L6
	(57) r0 &= 2147483647
L14:
	(95) exit
L15:
	(bf) r6 = r2
	(85) call L23
	(bf) r7 = r0
	(bf) r1 = r6
	(bf) r2 = r7
	(85) call L23
	(0f) r0 += r7
	(95) exit
L23:
	(bf) r0 = r1
	(af) r0 ^= r2
	(77) r1 >>= 3
	(0f) r0 += r1
	(95) exit
