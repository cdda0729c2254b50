# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# from empty.c by make.sh; r1 = at, r2 = end
	(b7) r0 = 2
	(95) exit
