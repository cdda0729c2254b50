# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# from parse.c by make.sh; r1 = at, r2 = end
	(b4) w0 = 0
	(b7) r3 = 0
	(05) goto L106
L3:
	(bf) r0 = r3
	(0f) r0 += r5
	(bf) r6 = r1
	(0f) r6 += r0
	(b4) w0 = 2
	(bf) r7 = r6
	(07) r7 += 20
	(2d) if r7 > r2 goto L100
	(b4) w0 = 5
	(71) r7 = *(u8 *)(r6 +13)
	(bc) w8 = w7
	(54) w8 &= 4
	(56) if w8 != 0x0 goto L100
	(54) w7 &= 2
	(16) if w7 == 0x0 goto L182
	(04) w5 += 20
	(bc) w0 = w5
	(54) w0 &= 63
	(bf) r7 = r3
	(0f) r7 += r0
	(bf) r6 = r1
	(0f) r6 += r7
	(b4) w0 = 16
	(bf) r7 = r6
	(07) r7 += 4
	(2d) if r7 > r2 goto L100
	(71) r8 = *(u8 *)(r6 +0)
	(16) if w8 == 0x0 goto L100
	(b4) w7 = 1
	(16) if w8 == 0x1 goto L40
	(71) r7 = *(u8 *)(r6 +1)
	(56) if w8 != 0x2 goto L37
	(bf) r8 = r7
	(16) if w8 == 0x4 goto L97
L37:
	(bf) r6 = r7
	(a6) if w6 < 0x2 goto L100
	(54) w7 &= 15
L40:
	(0c) w7 += w5
	(bc) w5 = w7
	(54) w5 &= 63
	(bf) r8 = r3
	(0f) r8 += r5
	(bf) r6 = r1
	(0f) r6 += r8
	(bf) r5 = r6
	(07) r5 += 4
	(2d) if r5 > r2 goto L100
	(71) r8 = *(u8 *)(r6 +0)
	(16) if w8 == 0x0 goto L100
	(b4) w5 = 1
	(16) if w8 == 0x1 goto L61
	(71) r5 = *(u8 *)(r6 +1)
	(56) if w8 != 0x2 goto L58
	(bf) r8 = r5
	(16) if w8 == 0x4 goto L97
L58:
	(bf) r6 = r5
	(a6) if w6 < 0x2 goto L100
	(54) w5 &= 15
L61:
	(0c) w5 += w7
	(bc) w6 = w5
	(54) w6 &= 63
	(bf) r7 = r3
	(0f) r7 += r6
	(bf) r6 = r1
	(0f) r6 += r7
	(bf) r7 = r6
	(07) r7 += 4
	(2d) if r7 > r2 goto L100
	(71) r8 = *(u8 *)(r6 +0)
	(16) if w8 == 0x0 goto L100
	(b4) w7 = 1
	(16) if w8 == 0x1 goto L82
	(71) r7 = *(u8 *)(r6 +1)
	(56) if w8 != 0x2 goto L79
	(bf) r8 = r7
	(16) if w8 == 0x4 goto L97
L79:
	(bf) r6 = r7
	(a6) if w6 < 0x2 goto L100
	(54) w7 &= 15
L82:
	(0c) w7 += w5
	(54) w7 &= 63
	(bf) r5 = r3
	(0f) r5 += r7
	(bf) r6 = r1
	(0f) r6 += r5
	(bf) r5 = r6
	(07) r5 += 4
	(2d) if r5 > r2 goto L100
	(71) r5 = *(u8 *)(r6 +0)
	(a6) if w5 < 0x2 goto L100
	(56) if w5 != 0x2 goto L100
	(71) r5 = *(u8 *)(r6 +1)
	(16) if w5 == 0x4 goto L97
	(05) goto L100
L97:
	(69) r0 = *(u16 *)(r6 +2)
	(dc) r0 = be16 r0
	(04) w0 += 16
L100:
	(24) w4 *= 31
	(0c) w0 += w4
	(07) r3 += 96
	(56) if w3 != 0x5a0 goto L106
L104:
	(54) w0 &= 2147483647
	(95) exit
L106:
	(bc) w4 = w0
	(bf) r5 = r1
	(0f) r5 += r3
	(bf) r6 = r5
	(07) r6 += 96
	(2d) if r6 > r2 goto L104
	(b4) w6 = 14
	(69) r5 = *(u16 *)(r5 +12)
	(bf) r7 = r5
	(dc) r7 = be16 r7
	(56) if w5 != 0x81 goto L122
	(bf) r5 = r1
	(0f) r5 += r3
	(b4) w6 = 18
	(69) r7 = *(u16 *)(r5 +16)
	(dc) r7 = be16 r7
L122:
	(b4) w5 = 40
	(b4) w0 = 6
	(16) if w7 == 0x86dd goto L137
	(56) if w7 != 0x800 goto L149
	(bf) r5 = r3
	(0f) r5 += r6
	(bf) r7 = r1
	(0f) r7 += r5
	(b4) w0 = 1
	(71) r5 = *(u8 *)(r7 +0)
	(64) w5 <<= 2
	(54) w5 &= 60
	(a6) if w5 < 0x14 goto L100
	(26) if w5 > 0x28 goto L100
	(b4) w0 = 9
L137:
	(0c) w0 += w6
	(0c) w5 += w6
	(bf) r6 = r3
	(0f) r6 += r0
	(bf) r7 = r1
	(0f) r7 += r6
	(b4) w0 = 13
	(71) r6 = *(u8 *)(r7 +0)
	(66) if w6 s> 0x10 goto L153
	(16) if w6 == 0x1 goto L156
	(16) if w6 == 0x6 goto L3
	(05) goto L100
L149:
	(b4) w0 = 3
	(16) if w7 == 0x806 goto L100
	(b4) w0 = 4
	(05) goto L100
L153:
	(16) if w6 == 0x11 goto L167
	(16) if w6 == 0x3a goto L156
	(05) goto L100
L156:
	(bf) r0 = r3
	(0f) r0 += r5
	(bf) r5 = r1
	(0f) r5 += r0
	(b4) w0 = 2
	(bf) r6 = r5
	(07) r6 += 1
	(2d) if r6 > r2 goto L100
	(71) r0 = *(u8 *)(r5 +0)
	(04) w0 += 12
	(05) goto L100
L167:
	(bf) r0 = r3
	(0f) r0 += r5
	(bf) r5 = r1
	(0f) r5 += r0
	(b4) w0 = 2
	(bf) r6 = r5
	(07) r6 += 8
	(2d) if r6 > r2 goto L100
	(b4) w0 = 9
	(69) r5 = *(u16 *)(r5 +2)
	(16) if w5 == 0x3500 goto L100
	(b4) w0 = 10
	(16) if w5 == 0xb512 goto L100
	(b4) w0 = 11
	(05) goto L100
L182:
	(69) r5 = *(u16 *)(r6 +2)
	(b4) w0 = 6
	(bf) r6 = r5
	(16) if w6 == 0x5000 goto L100
	(dc) r5 = be16 r5
	(16) if w5 == 0x1bb goto L100
	(16) if w5 == 0x1f90 goto L100
	(b4) w0 = 7
	(a6) if w5 < 0x400 goto L100
	(b4) w0 = 8
	(05) goto L100
