# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
==== timers: errno of each step
prog: tc
map: m array 4 24 1 timer
show: words
-- asm
r9 = out ll
r1 = 0
*(u32 *)(r10 - 4) = r1
r1 = m ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto none
r8 = r0
r1 = r8
r2 = 1 ll
r3 = 0
call bpf_timer_start
*(u64 *)(r9 + 0) = r0
r1 = r8
call bpf_timer_cancel
*(u64 *)(r9 + 8) = r0
r1 = r8
r2 = body ll
call bpf_timer_set_callback
*(u64 *)(r9 + 16) = r0
r1 = r8
r2 = m ll
r3 = 16
call bpf_timer_init
*(u64 *)(r9 + 24) = r0
r1 = r8
r2 = m ll
r3 = 2
call bpf_timer_init
*(u64 *)(r9 + 32) = r0
r1 = r8
r2 = m ll
r3 = 3
call bpf_timer_init
*(u64 *)(r9 + 40) = r0
r1 = r8
r2 = m ll
r3 = 8
call bpf_timer_init
*(u64 *)(r9 + 48) = r0
r1 = r8
r2 = m ll
r3 = 9
call bpf_timer_init
*(u64 *)(r9 + 56) = r0
r1 = r8
r2 = m ll
r3 = 5
call bpf_timer_init
*(u64 *)(r9 + 64) = r0
r1 = r8
r2 = m ll
r3 = 1
call bpf_timer_init
*(u64 *)(r9 + 72) = r0
r1 = r8
r2 = m ll
r3 = 1
call bpf_timer_init
*(u64 *)(r9 + 80) = r0
r1 = r8
r2 = 1 ll
r3 = 0
call bpf_timer_start
*(u64 *)(r9 + 88) = r0
r1 = r8
call bpf_timer_cancel
*(u64 *)(r9 + 96) = r0
r1 = r8
r2 = body ll
call bpf_timer_set_callback
*(u64 *)(r9 + 104) = r0
r1 = r8
r2 = 3600000000000 ll
r3 = 4
call bpf_timer_start
*(u64 *)(r9 + 112) = r0
r1 = r8
r2 = 3600000000000 ll
r3 = 0
call bpf_timer_start
*(u64 *)(r9 + 120) = r0
r1 = r8
r2 = 3600000000000 ll
r3 = 0
call bpf_timer_start
*(u64 *)(r9 + 128) = r0
r1 = r8
call bpf_timer_cancel
*(u64 *)(r9 + 136) = r0
r1 = r8
call bpf_timer_cancel
*(u64 *)(r9 + 144) = r0
r1 = r8
r2 = 3600000000000 ll
r3 = 0
call bpf_timer_start
*(u64 *)(r9 + 152) = r0
r1 = r8
r2 = body ll
call bpf_timer_set_callback
*(u64 *)(r9 + 160) = r0
r1 = r8
r2 = 3600000000000 ll
r3 = 2
call bpf_timer_start
*(u64 *)(r9 + 168) = r0
r1 = r8
call bpf_timer_cancel
*(u64 *)(r9 + 176) = r0
none:
r0 = 0
exit
body:
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
-22
-22
0
-16
-22
0
0
-22
0
0
1
0
-22
0
0
1
