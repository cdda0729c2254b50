# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Loops, callbacks, iterators, locks, and what costs nothing here.
==== bpf_loop counts, stops, and has limits
show: words
-- asm
r9 = out ll
r1 = 10
r2 = body ll
r3 = 0
r4 = 0
call bpf_loop
*(u64 *)(r9 + 8) = r0
r1 = 100
r2 = body ll
r3 = 0
r4 = 0
call bpf_loop
*(u64 *)(r9 + 16) = r0
r1 = 0
r2 = body ll
r3 = 0
r4 = 0
call bpf_loop
*(u64 *)(r9 + 24) = r0
r1 = 8388609
r2 = body ll
r3 = 0
r4 = 0
call bpf_loop
*(u64 *)(r9 + 32) = r0
r1 = 1
r2 = body ll
r3 = 0
r4 = 1
call bpf_loop
*(u64 *)(r9 + 40) = r0
r0 = 0
exit
body:
r9 = out ll
r3 = *(u64 *)(r9 + 0)
r3 += 1
*(u64 *)(r9 + 0) = r3
r0 = 0
if r1 != 20 goto +1
r0 = 1
exit
-- result
0
-- out
31
10
21
0
4294967289
-22
==== bpf_loop gives its context on
-- asm
r1 = 7
*(u64 *)(r10 - 8) = r1
r1 = 5
r2 = body ll
r3 = r10
r3 += -8
r4 = 0
call bpf_loop
r0 = *(u64 *)(r10 - 8)
exit
body:
r3 = *(u64 *)(r2 + 0)
r3 += r1
*(u64 *)(r2 + 0) = r3
r0 = 0
exit
-- result
17
==== bpf_for_each_map_elem over an array
map: a array 4 8 6
show: words
-- asm
r1 = 5
*(u32 *)(r10 - 4) = r1
r9 = out ll
r1 = a ll
r2 = body ll
r3 = 0
r4 = 0
call bpf_for_each_map_elem
*(u64 *)(r9 + 0) = r0
r1 = a ll
r2 = body ll
r3 = 0
r4 = 1
call bpf_for_each_map_elem
*(u64 *)(r9 + 8) = r0
r0 = 0
exit
body:
r9 = out ll
r6 = *(u32 *)(r2 + 0)
r6 += 10
*(u64 *)(r3 + 0) = r6
r7 = *(u64 *)(r9 + 16)
r7 += r6
*(u64 *)(r9 + 16) = r7
r0 = 0
if r6 != 13 goto +1
r0 = 1
exit
-- result
0
-- out
4
-22
46
==== bpf_for_each_map_elem over a hash table
map: h hash 4 8 10
show: words
-- asm
r1 = 1
*(u32 *)(r10 - 4) = r1
*(u64 *)(r10 - 16) = r1
r1 = h ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
r1 = 2
*(u32 *)(r10 - 4) = r1
*(u64 *)(r10 - 16) = r1
r1 = h ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
r9 = out ll
r1 = 100
*(u64 *)(r10 - 24) = r1
r1 = h ll
r2 = body ll
r3 = r10
r3 += -24
r4 = 0
call bpf_for_each_map_elem
*(u64 *)(r9 + 0) = r0
r0 = *(u64 *)(r10 - 24)
*(u64 *)(r9 + 8) = r0
r0 = 0
exit
body:
r6 = *(u32 *)(r2 + 0)
r7 = *(u64 *)(r3 + 0)
r6 += r7
r7 = *(u64 *)(r4 + 0)
r7 += r6
*(u64 *)(r4 + 0) = r7
r0 = 0
exit
-- result
0
-- out
2
106
==== bpf_iter_num from 0 to 10
show: words
-- asm
r9 = out ll
r1 = r10
r1 += -8
r2 = 0
r3 = 10
call bpf_iter_num_new
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 0) = r0
r7 = 0
next:
r1 = r10
r1 += -8
call bpf_iter_num_next
if r0 == 0 goto done
r1 = *(s32 *)(r0 + 0)
r7 += r1
r2 = *(u64 *)(r9 + 8)
r2 += 1
*(u64 *)(r9 + 8) = r2
goto next
done:
*(u64 *)(r9 + 16) = r7
r1 = r10
r1 += -8
call bpf_iter_num_destroy
r0 = 0
exit
-- result
0
-- out
0
10
45
==== bpf_iter_num from 5 to 5
show: words
-- asm
r9 = out ll
r1 = r10
r1 += -8
r2 = 5
r3 = 5
call bpf_iter_num_new
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 0) = r0
r7 = 0
next:
r1 = r10
r1 += -8
call bpf_iter_num_next
if r0 == 0 goto done
r1 = *(s32 *)(r0 + 0)
r7 += r1
r2 = *(u64 *)(r9 + 8)
r2 += 1
*(u64 *)(r9 + 8) = r2
goto next
done:
*(u64 *)(r9 + 16) = r7
r1 = r10
r1 += -8
call bpf_iter_num_destroy
r0 = 0
exit
-- result
0
-- out
==== bpf_iter_num from 6 to 5
show: words
-- asm
r9 = out ll
r1 = r10
r1 += -8
r2 = 6
r3 = 5
call bpf_iter_num_new
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 0) = r0
r7 = 0
next:
r1 = r10
r1 += -8
call bpf_iter_num_next
if r0 == 0 goto done
r1 = *(s32 *)(r0 + 0)
r7 += r1
r2 = *(u64 *)(r9 + 8)
r2 += 1
*(u64 *)(r9 + 8) = r2
goto next
done:
*(u64 *)(r9 + 16) = r7
r1 = r10
r1 += -8
call bpf_iter_num_destroy
r0 = 0
exit
-- result
0
-- out
-22
==== bpf_iter_num from -5 to 3
show: words
-- asm
r9 = out ll
r1 = r10
r1 += -8
r2 = -5
r3 = 3
call bpf_iter_num_new
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 0) = r0
r7 = 0
next:
r1 = r10
r1 += -8
call bpf_iter_num_next
if r0 == 0 goto done
r1 = *(s32 *)(r0 + 0)
r7 += r1
r2 = *(u64 *)(r9 + 8)
r2 += 1
*(u64 *)(r9 + 8) = r2
goto next
done:
*(u64 *)(r9 + 16) = r7
r1 = r10
r1 += -8
call bpf_iter_num_destroy
r0 = 0
exit
-- result
0
-- out
0
8
-12
==== bpf_iter_num from 0 to 8388609
show: words
-- asm
r9 = out ll
r1 = r10
r1 += -8
r2 = 0
r3 = 8388609
call bpf_iter_num_new
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 0) = r0
r7 = 0
next:
r1 = r10
r1 += -8
call bpf_iter_num_next
if r0 == 0 goto done
r1 = *(s32 *)(r0 + 0)
r7 += r1
r2 = *(u64 *)(r9 + 8)
r2 += 1
*(u64 *)(r9 + 8) = r2
goto next
done:
*(u64 *)(r9 + 16) = r7
r1 = r10
r1 += -8
call bpf_iter_num_destroy
r0 = 0
exit
-- result
0
-- out
-7
==== bpf_iter_num from 2147483640 to 2147483647
show: words
-- asm
r9 = out ll
r1 = r10
r1 += -8
r2 = 2147483640
r3 = 2147483647
call bpf_iter_num_new
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 0) = r0
r7 = 0
next:
r1 = r10
r1 += -8
call bpf_iter_num_next
if r0 == 0 goto done
r1 = *(s32 *)(r0 + 0)
r7 += r1
r2 = *(u64 *)(r9 + 8)
r2 += 1
*(u64 *)(r9 + 8) = r2
goto next
done:
*(u64 *)(r9 + 16) = r7
r1 = r10
r1 += -8
call bpf_iter_num_destroy
r0 = 0
exit
-- result
0
-- out
0
7
15032385501
==== bpf_iter_num from -2147483648 to 2147483647
show: words
-- asm
r9 = out ll
r1 = r10
r1 += -8
r2 = -2147483648
r3 = 2147483647
call bpf_iter_num_new
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 0) = r0
r7 = 0
next:
r1 = r10
r1 += -8
call bpf_iter_num_next
if r0 == 0 goto done
r1 = *(s32 *)(r0 + 0)
r7 += r1
r2 = *(u64 *)(r9 + 8)
r2 += 1
*(u64 *)(r9 + 8) = r2
goto next
done:
*(u64 *)(r9 + 16) = r7
r1 = r10
r1 += -8
call bpf_iter_num_destroy
r0 = 0
exit
-- result
0
-- out
-7
==== bpf_iter_bits over 0 words
show: words
-- asm
r9 = out ll
r1 = 0x8000000000000013 ll
*(u64 *)(r9 + 512) = r1
r1 = 0x0100000000000001 ll
*(u64 *)(r9 + 520) = r1
r1 = -1
*(u64 *)(r9 + 528) = r1
r1 = r10
r1 += -16
r2 = r9
r2 += 512
r3 = 0
call bpf_iter_bits_new
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 0) = r0
r7 = 0
next:
r1 = r10
r1 += -16
call bpf_iter_bits_next
if r0 == 0 goto done
r1 = *(u32 *)(r0 + 0)
r7 += r1
r2 = *(u64 *)(r9 + 8)
r2 += 1
*(u64 *)(r9 + 8) = r2
goto next
done:
*(u64 *)(r9 + 16) = r7
r1 = r10
r1 += -16
call bpf_iter_bits_destroy
r1 = 0
*(u64 *)(r9 + 512) = r1
*(u64 *)(r9 + 520) = r1
*(u64 *)(r9 + 528) = r1
r0 = 0
exit
-- result
0
-- out
-22
==== bpf_iter_bits over 1 words
show: words
-- asm
r9 = out ll
r1 = 0x8000000000000013 ll
*(u64 *)(r9 + 512) = r1
r1 = 0x0100000000000001 ll
*(u64 *)(r9 + 520) = r1
r1 = -1
*(u64 *)(r9 + 528) = r1
r1 = r10
r1 += -16
r2 = r9
r2 += 512
r3 = 1
call bpf_iter_bits_new
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 0) = r0
r7 = 0
next:
r1 = r10
r1 += -16
call bpf_iter_bits_next
if r0 == 0 goto done
r1 = *(u32 *)(r0 + 0)
r7 += r1
r2 = *(u64 *)(r9 + 8)
r2 += 1
*(u64 *)(r9 + 8) = r2
goto next
done:
*(u64 *)(r9 + 16) = r7
r1 = r10
r1 += -16
call bpf_iter_bits_destroy
r1 = 0
*(u64 *)(r9 + 512) = r1
*(u64 *)(r9 + 520) = r1
*(u64 *)(r9 + 528) = r1
r0 = 0
exit
-- result
0
-- out
0
4
68
==== bpf_iter_bits over 2 words
show: words
-- asm
r9 = out ll
r1 = 0x8000000000000013 ll
*(u64 *)(r9 + 512) = r1
r1 = 0x0100000000000001 ll
*(u64 *)(r9 + 520) = r1
r1 = -1
*(u64 *)(r9 + 528) = r1
r1 = r10
r1 += -16
r2 = r9
r2 += 512
r3 = 2
call bpf_iter_bits_new
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 0) = r0
r7 = 0
next:
r1 = r10
r1 += -16
call bpf_iter_bits_next
if r0 == 0 goto done
r1 = *(u32 *)(r0 + 0)
r7 += r1
r2 = *(u64 *)(r9 + 8)
r2 += 1
*(u64 *)(r9 + 8) = r2
goto next
done:
*(u64 *)(r9 + 16) = r7
r1 = r10
r1 += -16
call bpf_iter_bits_destroy
r1 = 0
*(u64 *)(r9 + 512) = r1
*(u64 *)(r9 + 520) = r1
*(u64 *)(r9 + 528) = r1
r0 = 0
exit
-- result
0
-- out
0
6
252
==== bpf_iter_bits over 3 words
show: words
-- asm
r9 = out ll
r1 = 0x8000000000000013 ll
*(u64 *)(r9 + 512) = r1
r1 = 0x0100000000000001 ll
*(u64 *)(r9 + 520) = r1
r1 = -1
*(u64 *)(r9 + 528) = r1
r1 = r10
r1 += -16
r2 = r9
r2 += 512
r3 = 3
call bpf_iter_bits_new
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 0) = r0
r7 = 0
next:
r1 = r10
r1 += -16
call bpf_iter_bits_next
if r0 == 0 goto done
r1 = *(u32 *)(r0 + 0)
r7 += r1
r2 = *(u64 *)(r9 + 8)
r2 += 1
*(u64 *)(r9 + 8) = r2
goto next
done:
*(u64 *)(r9 + 16) = r7
r1 = r10
r1 += -16
call bpf_iter_bits_destroy
r1 = 0
*(u64 *)(r9 + 512) = r1
*(u64 *)(r9 + 520) = r1
*(u64 *)(r9 + 528) = r1
r0 = 0
exit
-- result
0
-- out
0
70
10460
==== bpf_iter_bits over 512 words
show: words
-- asm
r9 = out ll
r1 = 0x8000000000000013 ll
*(u64 *)(r9 + 512) = r1
r1 = 0x0100000000000001 ll
*(u64 *)(r9 + 520) = r1
r1 = -1
*(u64 *)(r9 + 528) = r1
r1 = r10
r1 += -16
r2 = r9
r2 += 512
r3 = 512
call bpf_iter_bits_new
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 0) = r0
r7 = 0
next:
r1 = r10
r1 += -16
call bpf_iter_bits_next
if r0 == 0 goto done
r1 = *(u32 *)(r0 + 0)
r7 += r1
r2 = *(u64 *)(r9 + 8)
r2 += 1
*(u64 *)(r9 + 8) = r2
goto next
done:
*(u64 *)(r9 + 16) = r7
r1 = r10
r1 += -16
call bpf_iter_bits_destroy
r1 = 0
*(u64 *)(r9 + 512) = r1
*(u64 *)(r9 + 520) = r1
*(u64 *)(r9 + 528) = r1
r0 = 0
exit
-- result
0
-- out
-7
==== spin locks
prog: tc
map: m array 4 16 1 lock
-- asm
r1 = 0
*(u32 *)(r10 - 4) = r1
r1 = m ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto none
r6 = r0
r1 = r6
call bpf_spin_lock
r1 = *(u64 *)(r6 + 8)
r1 += 5
*(u64 *)(r6 + 8) = r1
r1 = r6
call bpf_spin_unlock
r0 = *(u64 *)(r6 + 8)
exit
none:
r0 = -1
exit
-- result
5
==== reading under rcu, without preemption
-- asm
call bpf_rcu_read_lock
call bpf_rcu_read_unlock
call bpf_preempt_disable
call bpf_preempt_enable
r0 = 3
exit
-- result
3
