# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sets of CPUs: what does not depend on how many there are.
==== cpumasks
show: words
-- asm
r9 = out ll
call bpf_cpumask_create
if r0 == 0 goto none
r6 = r0
call bpf_cpumask_create
if r0 == 0 goto one
r7 = r0
r1 = r6
call bpf_cpumask_empty
r0 &= 1
*(u64 *)(r9 + 0) = r0
r1 = r6
call bpf_cpumask_weight
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 8) = r0
r1 = r7
call bpf_cpumask_empty
r0 &= 1
*(u64 *)(r9 + 16) = r0
r1 = r7
call bpf_cpumask_weight
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 24) = r0
r1 = 0
r2 = r6
call bpf_cpumask_set_cpu
r1 = 0
r2 = r6
call bpf_cpumask_test_cpu
r0 &= 1
*(u64 *)(r9 + 32) = r0
r1 = 1
r2 = r6
call bpf_cpumask_test_cpu
r0 &= 1
*(u64 *)(r9 + 40) = r0
r1 = 100000
r2 = r6
call bpf_cpumask_test_cpu
r0 &= 1
*(u64 *)(r9 + 48) = r0
r1 = 100000
r2 = r6
call bpf_cpumask_set_cpu
r1 = r6
call bpf_cpumask_weight
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 56) = r0
r1 = r6
call bpf_cpumask_first
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 64) = r0
r1 = r6
call bpf_cpumask_first_zero
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 72) = r0
r1 = r6
r2 = r7
call bpf_cpumask_equal
r0 &= 1
*(u64 *)(r9 + 80) = r0
r1 = r6
r2 = r7
call bpf_cpumask_subset
r0 &= 1
*(u64 *)(r9 + 88) = r0
r1 = r7
r2 = r6
call bpf_cpumask_subset
r0 &= 1
*(u64 *)(r9 + 96) = r0
r1 = r6
r2 = r7
call bpf_cpumask_intersects
r0 &= 1
*(u64 *)(r9 + 104) = r0
r1 = r7
call bpf_cpumask_setall
r1 = r7
call bpf_cpumask_full
r0 &= 1
*(u64 *)(r9 + 112) = r0
r1 = r6
call bpf_cpumask_full
r0 &= 1
*(u64 *)(r9 + 120) = r0
r1 = r6
r2 = r7
call bpf_cpumask_subset
r0 &= 1
*(u64 *)(r9 + 128) = r0
r1 = r7
r2 = r6
call bpf_cpumask_subset
r0 &= 1
*(u64 *)(r9 + 136) = r0
r1 = r6
r2 = r7
call bpf_cpumask_intersects
r0 &= 1
*(u64 *)(r9 + 144) = r0
r1 = r6
r2 = r7
call bpf_cpumask_first_and
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 152) = r0
r1 = r6
r2 = r7
call bpf_cpumask_any_and_distribute
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 160) = r0
r1 = r7
r2 = r7
r3 = r6
call bpf_cpumask_and
r0 &= 1
*(u64 *)(r9 + 168) = r0
r1 = r7
call bpf_cpumask_weight
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 176) = r0
r1 = r6
r2 = r7
call bpf_cpumask_equal
r0 &= 1
*(u64 *)(r9 + 184) = r0
r1 = r7
r2 = r7
r3 = r6
call bpf_cpumask_xor
r1 = r7
call bpf_cpumask_empty
r0 &= 1
*(u64 *)(r9 + 192) = r0
r1 = r7
r2 = r7
r3 = r6
call bpf_cpumask_or
r1 = r6
r2 = r7
call bpf_cpumask_equal
r0 &= 1
*(u64 *)(r9 + 200) = r0
r1 = 0
r2 = r7
call bpf_cpumask_test_and_set_cpu
r0 &= 1
*(u64 *)(r9 + 208) = r0
r1 = 0
r2 = r7
call bpf_cpumask_test_and_clear_cpu
r0 &= 1
*(u64 *)(r9 + 216) = r0
r1 = 0
r2 = r7
call bpf_cpumask_test_and_clear_cpu
r0 &= 1
*(u64 *)(r9 + 224) = r0
r1 = 0
r2 = r7
call bpf_cpumask_test_and_set_cpu
r0 &= 1
*(u64 *)(r9 + 232) = r0
r1 = r7
call bpf_cpumask_clear
r1 = r7
r2 = r6
call bpf_cpumask_copy
r1 = r6
r2 = r7
call bpf_cpumask_equal
r0 &= 1
*(u64 *)(r9 + 240) = r0
r1 = 0
r2 = r6
call bpf_cpumask_clear_cpu
r1 = r6
call bpf_cpumask_empty
r0 &= 1
*(u64 *)(r9 + 248) = r0
r1 = -1
*(u64 *)(r10 - 8) = r1
r1 = r6
r2 = r10
r2 += -8
r3 = 8
call bpf_cpumask_populate
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 256) = r0
r1 = r6
r2 = r10
r2 += -8
r3 = 7
call bpf_cpumask_populate
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 264) = r0
r1 = r6
call bpf_cpumask_full
r0 &= 1
*(u64 *)(r9 + 272) = r0
r1 = r6
call bpf_cpumask_acquire
r1 = r0
call bpf_cpumask_release
r1 = r7
call bpf_cpumask_release
one:
r1 = r6
call bpf_cpumask_release
none:
r0 = 0
exit
-- result
0
-- out
1
0
1
0
1
0
0
1
0
1
0
0
1
0
1
0
1
0
1
0
0
1
1
1
1
1
1
1
0
0
1
1
0
-13
1
