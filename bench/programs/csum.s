# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# from csum.c by make.sh; r1 = at, r2 = end
	(b4) w3 = 0
	(b7) r4 = 0
L2:
	(bf) r5 = r1
	(0f) r5 += r4
	(bf) r0 = r5
	(07) r0 += 2
	(2d) if r0 > r2 goto L11
	(69) r5 = *(u16 *)(r5 +0)
	(0c) w3 += w5
	(07) r4 += 2
	(56) if w4 != 0x5dc goto L2
L11:
	(bc) w1 = w3
	(74) w1 >>= 16
	(54) w3 &= 65535
	(0c) w3 += w1
	(bc) w0 = w3
	(74) w0 >>= 16
	(0c) w0 += w3
	(a4) w0 ^= -1
	(54) w0 &= 65535
	(95) exit
