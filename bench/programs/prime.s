# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# from prime.c by make.sh; r1 = at, r2 = end
	(b7) r0 = 0
	(bf) r3 = r1
	(07) r3 += 8
	(2d) if r3 > r2 goto L22
	(b4) w2 = 2
	(b4) w0 = 0
	(71) r1 = *(u8 *)(r1 +0)
	(54) w1 &= 1
	(05) goto L23
L9:
	(04) w5 += 1
	(b4) w0 = 1
	(3e) if w5 >= w2 goto L19
L12:
	(bc) w0 = w4
	(3c) w0 /= w5
	(2c) w0 *= w5
	(bc) w6 = w4
	(1c) w6 -= w0
	(b4) w0 = 0
	(56) if w6 != 0x0 goto L9
L19:
	(0c) w0 += w3
	(04) w2 += 1
	(56) if w2 != 0x40 goto L23
L22:
	(95) exit
L23:
	(bc) w3 = w0
	(b4) w0 = 1
	(a6) if w2 < 0x3 goto L19
	(bc) w4 = w2
	(0c) w4 += w1
	(b4) w5 = 2
	(05) goto L12
