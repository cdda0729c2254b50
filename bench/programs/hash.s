# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# from hash.c by make.sh; r1 = at, r2 = end
	(18) r7 = 0x27d4eb2f16566d85
	(b7) r3 = 0
	(18) r4 = 0x93ea75a780000000
	(18) r5 = 0xc2b2ae3d27d4eb4f
	(18) r0 = 0x9e3779b185ebca87
	(18) r6 = 0x165667b19e3779f9
L11:
	(bf) r8 = r1
	(0f) r8 += r3
	(bf) r9 = r8
	(07) r9 += 8
	(2d) if r9 > r2 goto L33
	(79) r8 = *(u64 *)(r8 +0)
	(bf) r9 = r8
	(2f) r9 *= r4
	(2f) r8 *= r5
	(77) r8 >>= 33
	(4f) r8 |= r9
	(2f) r8 *= r0
	(af) r8 ^= r7
	(bf) r7 = r8
	(77) r7 >>= 37
	(67) r8 <<= 27
	(4f) r8 |= r7
	(2f) r8 *= r0
	(0f) r8 += r6
	(07) r3 += 8
	(bf) r7 = r8
	(56) if w3 != 0x5c0 goto L11
L33:
	(bf) r1 = r7
	(77) r1 >>= 33
	(af) r1 ^= r7
	(18) r2 = 0xc2b2ae3d27d4eb4f
	(2f) r1 *= r2
	(bf) r2 = r1
	(77) r2 >>= 29
	(af) r2 ^= r1
	(18) r1 = 0x165667b19e3779f9
	(2f) r2 *= r1
	(bf) r0 = r2
	(77) r0 >>= 32
	(ac) w0 ^= w2
	(57) r0 &= 2147483647
	(95) exit
