# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Dynptrs over memory, records and packets.
==== local: read, write, adjust, data
str: s hello world and more
show: words
-- asm
r9 = out ll
r1 = r9
r1 += 512
r2 = 64
r3 = 0
r4 = r10
r4 += -16
call bpf_dynptr_from_mem
*(u64 *)(r9 + 0) = r0
r1 = r10
r1 += -16
r2 = 0
r3 = s ll
r4 = 11
r5 = 0
call bpf_dynptr_write
*(u64 *)(r9 + 8) = r0
r1 = r10
r1 += -16
r2 = 60
r3 = s ll
r4 = 5
r5 = 0
call bpf_dynptr_write
*(u64 *)(r9 + 16) = r0
r1 = r10
r1 += -16
r2 = 60
r3 = s ll
r4 = 4
r5 = 0
call bpf_dynptr_write
*(u64 *)(r9 + 24) = r0
r1 = r10
r1 += -16
r2 = 64
r3 = s ll
r4 = 0
r5 = 0
call bpf_dynptr_write
*(u64 *)(r9 + 32) = r0
r1 = r10
r1 += -16
r2 = 65
r3 = s ll
r4 = 0
r5 = 0
call bpf_dynptr_write
*(u64 *)(r9 + 40) = r0
r1 = r10
r1 += -16
r2 = 0
r3 = s ll
r4 = 1
r5 = 1
call bpf_dynptr_write
*(u64 *)(r9 + 48) = r0
r1 = r10
r1 += -16
r2 = 4294967295
r3 = s ll
r4 = 1
r5 = 0
call bpf_dynptr_write
*(u64 *)(r9 + 56) = r0
r1 = r9
r1 += 768
r2 = 11
r3 = r10
r3 += -16
r4 = 0
r5 = 0
call bpf_dynptr_read
*(u64 *)(r9 + 64) = r0
r1 = r9
r1 += 768
r2 = 65
r3 = r10
r3 += -16
r4 = 0
r5 = 0
call bpf_dynptr_read
*(u64 *)(r9 + 72) = r0
r1 = r9
r1 += 768
r2 = 1
r3 = r10
r3 += -16
r4 = 64
r5 = 0
call bpf_dynptr_read
*(u64 *)(r9 + 80) = r0
r1 = r9
r1 += 768
r2 = 0
r3 = r10
r3 += -16
r4 = 64
r5 = 0
call bpf_dynptr_read
*(u64 *)(r9 + 88) = r0
r1 = r9
r1 += 768
r2 = 8
r3 = r10
r3 += -16
r4 = 0
r5 = 1
call bpf_dynptr_read
*(u64 *)(r9 + 96) = r0
r1 = r10
r1 += -16
call bpf_dynptr_size
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 104) = r0
r1 = r10
r1 += -16
call bpf_dynptr_is_null
r0 &= 1
*(u64 *)(r9 + 112) = r0
r1 = r10
r1 += -16
call bpf_dynptr_is_rdonly
r0 &= 1
*(u64 *)(r9 + 120) = r0
r1 = r10
r1 += -16
r2 = 4
r3 = 40
call bpf_dynptr_adjust
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 128) = r0
r1 = r10
r1 += -16
call bpf_dynptr_size
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 136) = r0
r1 = r9
r1 += 768
r2 = 7
r3 = r10
r3 += -16
r4 = 0
r5 = 0
call bpf_dynptr_read
*(u64 *)(r9 + 144) = r0
r1 = r10
r1 += -16
r2 = 5
r3 = 4
call bpf_dynptr_adjust
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 152) = r0
r1 = r10
r1 += -16
r2 = 5
r3 = 37
call bpf_dynptr_adjust
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 160) = r0
r1 = r10
r1 += -16
r2 = 37
r3 = 37
call bpf_dynptr_adjust
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 168) = r0
r1 = r10
r1 += -16
r2 = 30
r3 = 36
call bpf_dynptr_adjust
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 176) = r0
r1 = r10
r1 += -16
call bpf_dynptr_size
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 184) = r0
r1 = r10
r1 += -16
r2 = 0
r3 = 4
call bpf_dynptr_data
if r0 == 0 goto +2
r1 = 77
*(u32 *)(r0 + 0) = r1
r1 = r10
r1 += -16
r2 = 4
r3 = 4
call bpf_dynptr_data
if r0 == 0 goto +1
r0 = 1
*(u64 *)(r9 + 192) = r0
r0 = 0
exit
-- result
0
-- out
0
0
-7
0
0
-7
-22
-7
0
-7
-7
0
-22
64
0
0
0
36
0
-22
-34
-34
0
6
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
8031924123371070824
6581362
0
0
5046272
0
0
7812730950931972096
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
8026659674633216111
6581362
==== local: copy, memset, clone, slices
prog: tc
str: s abcdefghijklmnopqrstuvwxyz
show: words
-- asm
r9 = out ll
r1 = r9
r1 += 512
r2 = 32
r3 = 0
r4 = r10
r4 += -16
call bpf_dynptr_from_mem
r1 = r9
r1 += 520
r2 = 32
r3 = 0
r4 = r10
r4 += -32
call bpf_dynptr_from_mem
r1 = r10
r1 += -16
r2 = 0
r3 = s ll
r4 = 24
r5 = 0
call bpf_dynptr_write
*(u64 *)(r9 + 0) = r0
r1 = r10
r1 += -16
r2 = 0
r3 = r10
r3 += -32
r4 = 0
r5 = 8
call bpf_dynptr_copy
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 8) = r0
r1 = r10
r1 += -16
r2 = 4
r3 = r10
r3 += -32
r4 = 0
r5 = 24
call bpf_dynptr_copy
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 16) = r0
r1 = r10
r1 += -16
r2 = 20
r3 = r10
r3 += -32
r4 = 0
r5 = 13
call bpf_dynptr_copy
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 24) = r0
r1 = r10
r1 += -16
r2 = 0
r3 = r10
r3 += -32
r4 = 25
r5 = 8
call bpf_dynptr_copy
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 32) = r0
r1 = r10
r1 += -16
r2 = 32
r3 = r10
r3 += -32
r4 = 32
r5 = 0
call bpf_dynptr_copy
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 40) = r0
r1 = r10
r1 += -16
r2 = 0
r3 = 4
r4 = 65
call bpf_dynptr_memset
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 48) = r0
r1 = r10
r1 += -16
r2 = 30
r3 = 3
r4 = 66
call bpf_dynptr_memset
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 56) = r0
r1 = r10
r1 += -16
r2 = 28
r3 = 4
r4 = 67
call bpf_dynptr_memset
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 64) = r0
r1 = r10
r1 += -16
r2 = 32
r3 = 0
r4 = 1
call bpf_dynptr_memset
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 72) = r0
r1 = r10
r1 += -16
r2 = 33
r3 = 0
r4 = 1
call bpf_dynptr_memset
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 80) = r0
r1 = r10
r1 += -16
r2 = r10
r2 += -48
call bpf_dynptr_clone
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 88) = r0
r1 = r10
r1 += -48
r2 = 1
r3 = s ll
r4 = 3
r5 = 0
call bpf_dynptr_write
*(u64 *)(r9 + 96) = r0
r1 = r9
r1 += 768
r2 = 6
r3 = r10
r3 += -16
r4 = 0
r5 = 0
call bpf_dynptr_read
*(u64 *)(r9 + 104) = r0
r1 = r10
r1 += -16
r2 = 0
r3 = 0
r4 = 4
call bpf_dynptr_slice
if r0 == 0 goto +2
r0 = *(u32 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 112) = r0
r1 = r10
r1 += -16
r2 = 0
r3 = 0
r4 = 4
call bpf_dynptr_slice_rdwr
if r0 == 0 goto +3
r1 = 99
*(u32 *)(r0 + 0) = r1
goto +1
r0 = -1
r0 = 0
*(u64 *)(r9 + 120) = r0
r1 = r10
r1 += -16
r2 = 29
r3 = 0
r4 = 4
call bpf_dynptr_slice
if r0 == 0 goto +2
r0 = *(u32 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 128) = r0
r1 = r10
r1 += -16
r2 = 29
r3 = 0
r4 = 4
call bpf_dynptr_slice_rdwr
if r0 == 0 goto +3
r1 = 99
*(u32 *)(r0 + 0) = r1
goto +1
r0 = -1
r0 = 0
*(u64 *)(r9 + 136) = r0
r1 = r10
r1 += -16
r2 = 28
r3 = 0
r4 = 4
call bpf_dynptr_slice
if r0 == 0 goto +2
r0 = *(u32 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 144) = r0
r1 = r10
r1 += -16
r2 = 28
r3 = 0
r4 = 4
call bpf_dynptr_slice_rdwr
if r0 == 0 goto +3
r1 = 99
*(u32 *)(r0 + 0) = r1
goto +1
r0 = -1
r0 = 0
*(u64 *)(r9 + 152) = r0
r0 = 0
exit
-- result
0
-- out
0
0
0
-7
-7
0
0
-7
0
0
-7
0
0
0
1667391809
0
-1
0
1128481603
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
7812454977808367715
8391176362264587885
2021095029
425201762304
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
117000871502145
==== the null dynptr
str: s abcdefgh
show: words
-- asm
r9 = out ll
r1 = r9
r1 += 512
r2 = 8
r3 = 1
r4 = r10
r4 += -16
call bpf_dynptr_from_mem
*(u64 *)(r9 + 0) = r0
r1 = r9
r1 += 768
r2 = 1
r3 = r10
r3 += -16
r4 = 0
r5 = 0
call bpf_dynptr_read
*(u64 *)(r9 + 8) = r0
r1 = r10
r1 += -16
r2 = 0
r3 = s ll
r4 = 1
r5 = 0
call bpf_dynptr_write
*(u64 *)(r9 + 16) = r0
r1 = r10
r1 += -16
call bpf_dynptr_size
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 24) = r0
r1 = r10
r1 += -16
call bpf_dynptr_is_null
r0 &= 1
*(u64 *)(r9 + 32) = r0
r1 = r10
r1 += -16
r2 = 0
r3 = 0
call bpf_dynptr_adjust
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 40) = r0
r1 = r10
r1 += -16
r2 = 0
r3 = 0
r4 = 0
call bpf_dynptr_memset
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 48) = r0
r1 = r10
r1 += -16
r2 = r10
r2 += -48
call bpf_dynptr_clone
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 56) = r0
r0 = 0
exit
-- result
0
-- out
-22
-22
-22
-22
1
-22
0
-22
==== records of a ring buffer
map: rb ringbuf 0 0 4096
str: s abcdefghijklmnopqrst
show: words
-- asm
r9 = out ll
r1 = rb ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call bpf_ringbuf_reserve_dynptr
*(u64 *)(r9 + 0) = r0
r1 = r10
r1 += -16
r2 = 0
r3 = s ll
r4 = 16
r5 = 0
call bpf_dynptr_write
*(u64 *)(r9 + 8) = r0
r1 = r10
r1 += -16
r2 = 8
r3 = s ll
r4 = 9
r5 = 0
call bpf_dynptr_write
*(u64 *)(r9 + 16) = r0
r1 = r10
r1 += -16
call bpf_dynptr_size
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 24) = r0
r1 = r10
r1 += -16
r2 = 0
call bpf_ringbuf_submit_dynptr
r1 = rb ll
r2 = 16
r3 = 1
r4 = r10
r4 += -16
call bpf_ringbuf_reserve_dynptr
*(u64 *)(r9 + 32) = r0
r1 = r10
r1 += -16
r2 = 0
call bpf_ringbuf_discard_dynptr
r1 = rb ll
r2 = 5000
r3 = 0
r4 = r10
r4 += -16
call bpf_ringbuf_reserve_dynptr
*(u64 *)(r9 + 40) = r0
r1 = r10
r1 += -16
r2 = 0
call bpf_ringbuf_discard_dynptr
r1 = rb ll
r2 = 0
call bpf_ringbuf_query
*(u64 *)(r9 + 48) = r0
r1 = rb ll
r2 = 1
call bpf_ringbuf_query
*(u64 *)(r9 + 56) = r0
r1 = rb ll
r2 = 2
call bpf_ringbuf_query
*(u64 *)(r9 + 64) = r0
r1 = rb ll
r2 = 3
call bpf_ringbuf_query
*(u64 *)(r9 + 72) = r0
r1 = rb ll
r2 = 4
call bpf_ringbuf_query
*(u64 *)(r9 + 80) = r0
r1 = rb ll
r2 = 5
call bpf_ringbuf_query
*(u64 *)(r9 + 88) = r0
r0 = 0
exit
-- result
0
-- out
0
0
-7
16
-22
-22
24
4096
0
24
==== a packet's, tc
prog: tc
str: s ABCDEFGH
show: words
-- asm
r6 = r1
r9 = out ll
r2 = 0
r3 = r10
r3 += -16
call bpf_dynptr_from_skb
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 0) = r0
r1 = r9
r1 += 768
r2 = 8
r3 = r10
r3 += -16
r4 = 0
r5 = 0
call bpf_dynptr_read
*(u64 *)(r9 + 8) = r0
r1 = r9
r1 += 768
r2 = 8
r3 = r10
r3 += -16
r4 = 56
r5 = 0
call bpf_dynptr_read
*(u64 *)(r9 + 16) = r0
r1 = r9
r1 += 768
r2 = 8
r3 = r10
r3 += -16
r4 = 57
r5 = 0
call bpf_dynptr_read
*(u64 *)(r9 + 24) = r0
r1 = r10
r1 += -16
r2 = 20
r3 = s ll
r4 = 4
r5 = 0
call bpf_dynptr_write
*(u64 *)(r9 + 32) = r0
r1 = r10
r1 += -16
r2 = 62
r3 = s ll
r4 = 4
r5 = 0
call bpf_dynptr_write
*(u64 *)(r9 + 40) = r0
r1 = r10
r1 += -16
r2 = 20
r3 = s ll
r4 = 4
r5 = 1
call bpf_dynptr_write
*(u64 *)(r9 + 48) = r0
r1 = r10
r1 += -16
r2 = 20
r3 = s ll
r4 = 4
r5 = 8
call bpf_dynptr_write
*(u64 *)(r9 + 56) = r0
r1 = r10
r1 += -16
call bpf_dynptr_size
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 64) = r0
r1 = r10
r1 += -16
call bpf_dynptr_is_rdonly
r0 &= 1
*(u64 *)(r9 + 72) = r0
r1 = r10
r1 += -16
r2 = 12
r3 = r10
r3 += -32
r4 = 8
call bpf_dynptr_slice
if r0 == 0 goto +2
r0 = *(u32 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 80) = r0
r1 = r10
r1 += -16
r2 = 14
r3 = r10
r3 += -32
r4 = 4
call bpf_dynptr_slice_rdwr
if r0 == 0 goto +2
r1 = 0x11223344
*(u32 *)(r0 + 0) = r1
r0 = 0
*(u64 *)(r9 + 88) = r0
r1 = r10
r1 += -16
r2 = 14
r3 = 60
call bpf_dynptr_adjust
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 96) = r0
r1 = r9
r1 += 768
r2 = 4
r3 = r10
r3 += -16
r4 = 0
r5 = 0
call bpf_dynptr_read
*(u64 *)(r9 + 104) = r0
r1 = r9
r1 += 768
r2 = 4
r3 = r10
r3 += -16
r4 = 43
r5 = 0
call bpf_dynptr_read
*(u64 *)(r9 + 112) = r0
r0 = 0
exit
-- result
0
-- out
0
0
0
-7
0
-7
0
-22
64
0
4521992
0
0
0
-7
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
32210704524260164
-- after
02 00 00 00 00 01 02 00 00 00 00 02 08 00 44 33
22 11 00 01 41 42 43 44 b7 c3 c0 00 02 01 c6 33
64 07 30 39 00 50 00 00 00 01 00 00 00 02 50 10
20 00 12 34 00 00 68 65 6c 6c 6f 20 77 6f 72 00
==== a packet's, xdp
prog: xdp
str: s ABCDEFGH
show: words
-- asm
r6 = r1
r9 = out ll
r2 = 0
r3 = r10
r3 += -16
call bpf_dynptr_from_xdp
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 0) = r0
r1 = r9
r1 += 768
r2 = 8
r3 = r10
r3 += -16
r4 = 0
r5 = 0
call bpf_dynptr_read
*(u64 *)(r9 + 8) = r0
r1 = r9
r1 += 768
r2 = 8
r3 = r10
r3 += -16
r4 = 56
r5 = 0
call bpf_dynptr_read
*(u64 *)(r9 + 16) = r0
r1 = r9
r1 += 768
r2 = 8
r3 = r10
r3 += -16
r4 = 57
r5 = 0
call bpf_dynptr_read
*(u64 *)(r9 + 24) = r0
r1 = r10
r1 += -16
r2 = 20
r3 = s ll
r4 = 4
r5 = 0
call bpf_dynptr_write
*(u64 *)(r9 + 32) = r0
r1 = r10
r1 += -16
r2 = 62
r3 = s ll
r4 = 4
r5 = 0
call bpf_dynptr_write
*(u64 *)(r9 + 40) = r0
r1 = r10
r1 += -16
r2 = 20
r3 = s ll
r4 = 4
r5 = 1
call bpf_dynptr_write
*(u64 *)(r9 + 48) = r0
r1 = r10
r1 += -16
r2 = 20
r3 = s ll
r4 = 4
r5 = 8
call bpf_dynptr_write
*(u64 *)(r9 + 56) = r0
r1 = r10
r1 += -16
call bpf_dynptr_size
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 64) = r0
r1 = r10
r1 += -16
call bpf_dynptr_is_rdonly
r0 &= 1
*(u64 *)(r9 + 72) = r0
r1 = r10
r1 += -16
r2 = 12
r3 = r10
r3 += -32
r4 = 8
call bpf_dynptr_slice
if r0 == 0 goto +2
r0 = *(u32 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 80) = r0
r1 = r10
r1 += -16
r2 = 14
r3 = r10
r3 += -32
r4 = 4
call bpf_dynptr_slice_rdwr
if r0 == 0 goto +2
r1 = 0x11223344
*(u32 *)(r0 + 0) = r1
r0 = 0
*(u64 *)(r9 + 88) = r0
r1 = r10
r1 += -16
r2 = 14
r3 = 60
call bpf_dynptr_adjust
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 96) = r0
r1 = r9
r1 += 768
r2 = 4
r3 = r10
r3 += -16
r4 = 0
r5 = 0
call bpf_dynptr_read
*(u64 *)(r9 + 104) = r0
r1 = r9
r1 += 768
r2 = 4
r3 = r10
r3 += -16
r4 = 43
r5 = 0
call bpf_dynptr_read
*(u64 *)(r9 + 112) = r0
r0 = 0
exit
-- result
0
-- out
0
0
0
-7
0
-7
-22
-22
64
0
4521992
0
0
0
-7
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
32210704524260164
-- after
02 00 00 00 00 01 02 00 00 00 00 02 08 00 44 33
22 11 00 01 41 42 43 44 b7 c3 c0 00 02 01 c6 33
64 07 30 39 00 50 00 00 00 01 00 00 00 02 50 10
20 00 12 34 00 00 68 65 6c 6c 6f 20 77 6f 72 00
