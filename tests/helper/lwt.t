==== a header in front: IPv4
prog: lwt
show: words
-- asm
r6 = r1
r9 = out ll
r1 = 0x10046000045 ll
*(u64 *)(r10 - 64) = r1
r1 = 0x100000a00000440 ll
*(u64 *)(r10 - 56) = r1
r1 = 0x200000a ll
*(u64 *)(r10 - 48) = r1
r1 = r6
r2 = 2
r3 = r10
r3 += -64
r4 = 20
call lwt_push_encap
*(u64 *)(r9 + 0) = r0
r0 = *(u32 *)(r6 + 0)
*(u64 *)(r9 + 8) = r0
r0 = *(u32 *)(r6 + 16)
*(u64 *)(r9 + 16) = r0
r0 = 0
exit
-- result
0
-- out
0
70
8
-- after
00 00 00 00 00 00 00 00 00 00 00 00 00 00 45 00
00 46 00 01 00 00 40 04 66 b1 0a 00 00 01 0a 00
00 02 45 00 00 32 00 01 40 00 40 06 b7 c3 c0 00
02 01 c6 33 64 07 30 39 00 50 00 00 00 01 00 00
00 02 50 10 20 00 12 34 00 00 68 65 6c 6c 6f 20
77 6f 72 00
==== a header in front: UDP
prog: lwt
show: words
-- asm
r6 = r1
r9 = out ll
r1 = 0x1004e000045 ll
*(u64 *)(r10 - 64) = r1
r1 = 0x100000a00001140 ll
*(u64 *)(r10 - 56) = r1
r1 = 0x40302010200000a ll
*(u64 *)(r10 - 48) = r1
r1 = 0x3a00 ll
*(u64 *)(r10 - 40) = r1
r1 = r6
r2 = 2
r3 = r10
r3 += -64
r4 = 28
call lwt_push_encap
*(u64 *)(r9 + 0) = r0
r0 = *(u32 *)(r6 + 0)
*(u64 *)(r9 + 8) = r0
r0 = *(u32 *)(r6 + 16)
*(u64 *)(r9 + 16) = r0
r0 = 0
exit
-- result
0
-- out
0
78
8
-- after
00 00 00 00 00 00 00 00 00 00 00 00 00 00 45 00
00 4e 00 01 00 00 40 11 66 9c 0a 00 00 01 0a 00
00 02 01 02 03 04 00 3a 00 00 45 00 00 32 00 01
40 00 40 06 b7 c3 c0 00 02 01 c6 33 64 07 30 39
00 50 00 00 00 01 00 00 00 02 50 10 20 00 12 34
00 00 68 65 6c 6c 6f 20 77 6f 72 00
==== a header in front: IPv6
prog: lwt
show: words
-- asm
r6 = r1
r9 = out ll
r1 = 0x4029320000000060 ll
*(u64 *)(r10 - 64) = r1
r1 = 0xfefefefefefefefe ll
*(u64 *)(r10 - 56) = r1
r1 = 0xfefefefefefefefe ll
*(u64 *)(r10 - 48) = r1
r1 = 0xfdfdfdfdfdfdfdfd ll
*(u64 *)(r10 - 40) = r1
r1 = 0xfdfdfdfdfdfdfdfd ll
*(u64 *)(r10 - 32) = r1
r1 = r6
r2 = 2
r3 = r10
r3 += -64
r4 = 40
call lwt_push_encap
*(u64 *)(r9 + 0) = r0
r0 = *(u32 *)(r6 + 0)
*(u64 *)(r9 + 8) = r0
r0 = *(u32 *)(r6 + 16)
*(u64 *)(r9 + 16) = r0
r0 = 0
exit
-- result
0
-- out
0
90
56710
-- after
00 00 00 00 00 00 00 00 00 00 00 00 00 00 60 00
00 00 00 32 29 40 fe fe fe fe fe fe fe fe fe fe
fe fe fe fe fe fe fd fd fd fd fd fd fd fd fd fd
fd fd fd fd fd fd 45 00 00 32 00 01 40 00 40 06
b7 c3 c0 00 02 01 c6 33 64 07 30 39 00 50 00 00
00 01 00 00 00 02 50 10 20 00 12 34 00 00 68 65
6c 6c 6f 20 77 6f 72 00
==== a header in front: options and a sum
prog: lwt
show: words
-- asm
r6 = r1
r9 = out ll
r1 = 0x1004a000046 ll
*(u64 *)(r10 - 64) = r1
r1 = 0x100000a34120440 ll
*(u64 *)(r10 - 56) = r1
r1 = 0x101010200000a ll
*(u64 *)(r10 - 48) = r1
r1 = r6
r2 = 2
r3 = r10
r3 += -64
r4 = 24
call lwt_push_encap
*(u64 *)(r9 + 0) = r0
r0 = *(u32 *)(r6 + 0)
*(u64 *)(r9 + 8) = r0
r0 = *(u32 *)(r6 + 16)
*(u64 *)(r9 + 16) = r0
r0 = 0
exit
-- result
0
-- out
0
74
8
-- after
00 00 00 00 00 00 00 00 00 00 00 00 00 00 46 00
00 4a 00 01 00 00 40 04 12 34 0a 00 00 01 0a 00
00 02 01 01 01 00 45 00 00 32 00 01 40 00 40 06
b7 c3 c0 00 02 01 c6 33 64 07 30 39 00 50 00 00
00 01 00 00 00 02 50 10 20 00 12 34 00 00 68 65
6c 6c 6f 20 77 6f 72 00
==== headers that are none
prog: lwt
show: words
-- asm
r6 = r1
r9 = out ll
r1 = 0x10046000045 ll
*(u64 *)(r10 - 64) = r1
r1 = 0x100000a00000440 ll
*(u64 *)(r10 - 56) = r1
r1 = 0x200000a ll
*(u64 *)(r10 - 48) = r1
r1 = r6
r2 = 2
r3 = r10
r3 += -64
r4 = 19
call lwt_push_encap
*(u64 *)(r9 + 0) = r0
r1 = 0x1004e000045 ll
*(u64 *)(r10 - 64) = r1
r1 = 0x100000a00001140 ll
*(u64 *)(r10 - 56) = r1
r1 = 0x40302010200000a ll
*(u64 *)(r10 - 48) = r1
r1 = 0x3a00 ll
*(u64 *)(r10 - 40) = r1
r1 = r6
r2 = 2
r3 = r10
r3 += -64
r4 = 20
call lwt_push_encap
*(u64 *)(r9 + 8) = r0
r1 = 0x1004e000045 ll
*(u64 *)(r10 - 64) = r1
r1 = 0x100000a00001140 ll
*(u64 *)(r10 - 56) = r1
r1 = 0x40302010200000a ll
*(u64 *)(r10 - 48) = r1
r1 = 0x3a00 ll
*(u64 *)(r10 - 40) = r1
r1 = r6
r2 = 2
r3 = r10
r3 += -64
r4 = 27
call lwt_push_encap
*(u64 *)(r9 + 16) = r0
r1 = 0x4029320000000060 ll
*(u64 *)(r10 - 64) = r1
r1 = 0xfefefefefefefefe ll
*(u64 *)(r10 - 56) = r1
r1 = 0xfefefefefefefefe ll
*(u64 *)(r10 - 48) = r1
r1 = 0xfdfdfdfdfdfdfdfd ll
*(u64 *)(r10 - 40) = r1
r1 = 0xfdfdfdfdfdfdfdfd ll
*(u64 *)(r10 - 32) = r1
r1 = r6
r2 = 2
r3 = r10
r3 += -64
r4 = 39
call lwt_push_encap
*(u64 *)(r9 + 24) = r0
r1 = 0x1004a000046 ll
*(u64 *)(r10 - 64) = r1
r1 = 0x100000a34120440 ll
*(u64 *)(r10 - 56) = r1
r1 = 0x101010200000a ll
*(u64 *)(r10 - 48) = r1
r1 = r6
r2 = 2
r3 = r10
r3 += -64
r4 = 20
call lwt_push_encap
*(u64 *)(r9 + 32) = r0
r1 = 0x10046000055 ll
*(u64 *)(r10 - 64) = r1
r1 = 0x100000a00000440 ll
*(u64 *)(r10 - 56) = r1
r1 = 0x200000a ll
*(u64 *)(r10 - 48) = r1
r1 = r6
r2 = 2
r3 = r10
r3 += -64
r4 = 20
call lwt_push_encap
*(u64 *)(r9 + 40) = r0
r1 = 0x10046000045 ll
*(u64 *)(r10 - 64) = r1
r1 = 0x100000a00000440 ll
*(u64 *)(r10 - 56) = r1
r1 = 0x200000a ll
*(u64 *)(r10 - 48) = r1
r1 = r6
r2 = 3
r3 = r10
r3 += -64
r4 = 20
call lwt_push_encap
*(u64 *)(r9 + 48) = r0
r0 = 0
exit
-- result
0
-- out
-22
-22
-22
-22
-22
-22
-22
==== a segment routing header grows and shrinks
prog: lwt
kernel: no, BPF_PROG_RUN has no such header at hand
show: words
-- asm
r6 = r1
r9 = out ll
r1 = 0x77665544
*(u32 *)(r10 - 8) = r1
r1 = r6
r2 = 45
r3 = r10
r3 += -8
r4 = 3
call lwt_seg6_store_bytes
*(u64 *)(r9 + 0) = r0
r1 = r6
r2 = 44
r3 = r10
r3 += -8
r4 = 3
call lwt_seg6_store_bytes
*(u64 *)(r9 + 8) = r0
r1 = r6
r2 = 64
r3 = 8
call lwt_seg6_adjust_srh
*(u64 *)(r9 + 16) = r0
r1 = r6
r2 = 66
r3 = r10
r3 += -8
r4 = 4
call lwt_seg6_store_bytes
*(u64 *)(r9 + 24) = r0
r1 = r6
r2 = 76
r3 = r10
r3 += -8
r4 = 4
call lwt_seg6_store_bytes
*(u64 *)(r9 + 32) = r0
r1 = r6
r2 = 77
r3 = r10
r3 += -8
r4 = 4
call lwt_seg6_store_bytes
*(u64 *)(r9 + 40) = r0
r1 = r6
r2 = 72
r3 = -4
call lwt_seg6_adjust_srh
*(u64 *)(r9 + 48) = r0
r1 = r6
r2 = 72
r3 = -8
call lwt_seg6_adjust_srh
*(u64 *)(r9 + 56) = r0
r1 = r6
r2 = 63
r3 = 8
call lwt_seg6_adjust_srh
*(u64 *)(r9 + 64) = r0
r1 = r6
r2 = 77
r3 = 8
call lwt_seg6_adjust_srh
*(u64 *)(r9 + 72) = r0
r0 = *(u32 *)(r6 + 0)
*(u64 *)(r9 + 80) = r0
r0 = 0
exit
-- data
02 00 00 00 00 01 02 00 00 00 00 02 86 dd 60 00 00 00 00 20 2b 40 fe fe fe fe fe fe fe fe fe fe fe fe fe fe fe fe fd fd fd fd fd fd fd fd fd fd fd fd fd fd fd fd 3b 03 04 00 00 00 00 00 aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa 04 06 00 00 00 00 00 00
-- result
0
-- out
0
-14
0
0
0
-14
0
-14
-14
-14
76
-- after
00 00 00 00 00 00 00 00 00 00 00 00 00 00 60 00
00 00 00 24 2b 40 fe fe fe fe fe fe fe fe fe fe
fe fe fe fe fe fe fd fd fd fd fd fd fd fd fd fd
fd fd fd fd fd fd 3b 03 04 00 00 44 55 66 aa aa
aa aa aa aa aa aa aa aa aa aa aa aa aa aa 00 00
44 55 66 77 00 00 44 55 66 77
==== segment routing without its header
prog: lwt
kernel: no, of these programs it wants another type
show: words
-- asm
r6 = r1
r9 = out ll
r1 = r6
r2 = 45
r3 = r10
r3 += -8
r4 = 1
*(u64 *)(r10 - 8) = 0
call lwt_seg6_store_bytes
*(u64 *)(r9 + 0) = r0
r1 = r6
r2 = 40
r3 = 8
call lwt_seg6_adjust_srh
*(u64 *)(r9 + 8) = r0
r0 = 0
exit
-- result
0
-- out
-22
-22
