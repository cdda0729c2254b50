# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# from helper.c by make.sh; r1 = at, r2 = end
	(b7) r6 = 0
	(b4) w7 = 256
L2:
	(85) call unknown#7
	(bc) w1 = w0
	(0f) r6 += r1
	(04) w7 += -1
	(56) if w7 != 0x0 goto L2
	(b7) r0 = 2
	(95) exit
