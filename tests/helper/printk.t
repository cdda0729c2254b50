# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Which formats are refused, with which errno, and how long the others are.
==== formats that are refused, and the lengths of those that are not
str: f0 %d
str: f1 %
str: f2 %q
str: f3 %.3d
str: f4 %#x
str: f5 %5%
str: f6 %lld
str: f7 %llld
str: f8 %hd
str: f9 %zd
str: f10 %sx
str: f11 %s.
str: f12 %s%s
str: f13 %pk
str: f14 %pks
str: f15 %pksx
str: f16 %pu
str: f17 %pus 
str: f18 %pi5
str: f19 %pI
str: f20 %pI4
str: f21 %pi6c
str: f22 %pM
str: f23 %pe
str: f24 %pK
str: f25 %px
str: f26 %pB
str: f27 %ps
str: f28 %pS
str: f29 %p!
str: f30 %pa
str: f31 %c
str: f32 %5c
str: f33 %lc
str: f34 %ls
str: f35 %d%d%d
str: f36 %d%d%d%d
str: f37 \x01
str: f38 \x80
str: f39 \xff
str: f40 
str: f41 %%
str: f42 %%%
str: f43 %-+ 0d
str: f44 %10
str: f45 %*d
str: f46 %o
str: f47 %i%u%x%X
str: f48 %f
str: f49 %n
str: f50 %l
str: f51 %lx
str: f52 %LX
str: f53 % 
str: a hello
show: words
-- asm
r6 = a ll
*(u64 *)(r10 - 32) = r6
r6 = a ll
*(u64 *)(r10 - 24) = r6
r6 = a ll
*(u64 *)(r10 - 16) = r6
r6 = a ll
*(u64 *)(r10 - 8) = r6
r9 = out ll
r1 = f0 ll
r2 = 3
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 0) = r0
r1 = f1 ll
r2 = 2
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = r0
*(u64 *)(r9 + 8) = r0
r1 = f2 ll
r2 = 3
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = r0
*(u64 *)(r9 + 16) = r0
r1 = f3 ll
r2 = 5
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 24) = r0
r1 = f4 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 32) = r0
r1 = f5 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = r0
*(u64 *)(r9 + 40) = r0
r1 = f6 ll
r2 = 5
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 48) = r0
r1 = f7 ll
r2 = 6
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 56) = r0
r1 = f8 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 64) = r0
r1 = f9 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 72) = r0
r1 = f10 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 80) = r0
r1 = f11 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = r0
*(u64 *)(r9 + 88) = r0
r1 = f12 ll
r2 = 5
r3 = r10
r3 += -32
r4 = 16
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = r0
*(u64 *)(r9 + 96) = r0
r1 = f13 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = r0
*(u64 *)(r9 + 104) = r0
r1 = f14 ll
r2 = 5
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = r0
*(u64 *)(r9 + 112) = r0
r1 = f15 ll
r2 = 6
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 120) = r0
r1 = f16 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 128) = r0
r1 = f17 ll
r2 = 6
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 136) = r0
r1 = f18 ll
r2 = 5
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 144) = r0
r1 = f19 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = r0
*(u64 *)(r9 + 152) = r0
r1 = f20 ll
r2 = 5
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = r0
*(u64 *)(r9 + 160) = r0
r1 = f21 ll
r2 = 6
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 168) = r0
r1 = f22 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = r0
*(u64 *)(r9 + 176) = r0
r1 = f23 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = r0
*(u64 *)(r9 + 184) = r0
r1 = f24 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 192) = r0
r1 = f25 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 200) = r0
r1 = f26 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 208) = r0
r1 = f27 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 216) = r0
r1 = f28 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 224) = r0
r1 = f29 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 232) = r0
r1 = f30 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = r0
*(u64 *)(r9 + 240) = r0
r1 = f31 ll
r2 = 3
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 248) = r0
r1 = f32 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 256) = r0
r1 = f33 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 264) = r0
r1 = f34 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = r0
*(u64 *)(r9 + 272) = r0
r1 = f35 ll
r2 = 7
r3 = r10
r3 += -32
r4 = 24
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 280) = r0
r1 = f36 ll
r2 = 9
r3 = r10
r3 += -32
r4 = 24
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 288) = r0
r1 = f37 ll
r2 = 2
r3 = 0
r4 = 0
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 296) = r0
r1 = f38 ll
r2 = 2
r3 = 0
r4 = 0
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 304) = r0
r1 = f39 ll
r2 = 2
r3 = 0
r4 = 0
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 312) = r0
r1 = f40 ll
r2 = 1
r3 = 0
r4 = 0
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = r0
*(u64 *)(r9 + 320) = r0
r1 = f41 ll
r2 = 3
r3 = 0
r4 = 0
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = r0
*(u64 *)(r9 + 328) = r0
r1 = f42 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = r0
*(u64 *)(r9 + 336) = r0
r1 = f43 ll
r2 = 7
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 344) = r0
r1 = f44 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = r0
*(u64 *)(r9 + 352) = r0
r1 = f45 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 360) = r0
r1 = f46 ll
r2 = 3
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 368) = r0
r1 = f47 ll
r2 = 9
r3 = r10
r3 += -32
r4 = 32
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 376) = r0
r1 = f48 ll
r2 = 3
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = r0
*(u64 *)(r9 + 384) = r0
r1 = f49 ll
r2 = 3
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = r0
*(u64 *)(r9 + 392) = r0
r1 = f50 ll
r2 = 3
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = r0
*(u64 *)(r9 + 400) = r0
r1 = f51 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 408) = r0
r1 = f52 ll
r2 = 4
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = 1
*(u64 *)(r9 + 416) = r0
r1 = f53 ll
r2 = 3
r3 = r10
r3 += -32
r4 = 8
call bpf_trace_vprintk
if r0 s< 0 goto +1
r0 = r0
*(u64 *)(r9 + 424) = r0
r0 = 0
exit
-- result
0
-- out
1
-22
-22
-22
-22
-22
1
-22
-22
-22
-22
6
10
-22
5
-22
-22
1
-22
-22
15
1
-22
-22
1
1
1
1
1
1
-22
1
1
-22
-22
1
-22
-22
1
1
0
1
-22
1
-22
-22
-22
1
-22
-22
-22
1
-22
-22
==== arguments that are not arrays of words
str: f %d
show: words
-- asm
r9 = out ll
r1 = f ll
r2 = 3
r3 = r9
r4 = 7
call bpf_trace_vprintk
*(u64 *)(r9 + 0) = r0
r1 = f ll
r2 = 3
r3 = r9
r4 = 104
call bpf_trace_vprintk
*(u64 *)(r9 + 8) = r0
r1 = f ll
r2 = 2
r3 = r9
r4 = 8
call bpf_trace_vprintk
*(u64 *)(r9 + 16) = r0
r1 = f ll
r2 = 3
r3 = 0
r4 = 0
call bpf_trace_vprintk
*(u64 *)(r9 + 24) = r0
r0 = 0
exit
-- result
0
-- out
-22
-22
-22
-22
==== trace_printk has three arguments
str: f %d %d %d
str: g %d%d%d%d
show: words
-- asm
r9 = out ll
r1 = f ll
r2 = 9
r3 = 1
r4 = 22
r5 = 333
call bpf_trace_printk
*(u64 *)(r9 + 0) = r0
r1 = g ll
r2 = 9
r3 = 1
r4 = 22
r5 = 333
call bpf_trace_printk
*(u64 *)(r9 + 8) = r0
r1 = f ll
r2 = 8
r3 = 1
r4 = 22
r5 = 333
call bpf_trace_printk
*(u64 *)(r9 + 16) = r0
r0 = 0
exit
-- result
0
-- out
8
-22
-22
==== arguments that take more than 512 bytes
str: a xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
str: f %s%s
str: g %s%s%s
str: h %s%s%c
show: words
-- asm
r6 = a ll
*(u64 *)(r10 - 24) = r6
*(u64 *)(r10 - 16) = r6
*(u64 *)(r10 - 8) = r6
r9 = out ll
r1 = f ll
r2 = 5
r3 = r10
r3 += -24
r4 = 16
call bpf_trace_vprintk
*(u64 *)(r9 + 0) = r0
r1 = g ll
r2 = 7
r3 = r10
r3 += -24
r4 = 24
call bpf_trace_vprintk
*(u64 *)(r9 + 8) = r0
r1 = h ll
r2 = 7
r3 = r10
r3 += -24
r4 = 24
call bpf_trace_vprintk
*(u64 *)(r9 + 16) = r0
r0 = 0
exit
-- result
0
-- out
510
-28
-28
