# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Maps from the program's side, and ring buffers.
==== lookup, update, delete: hash
map: h hash 4 8 3
show: words
-- asm
r9 = out ll
r1 = 1
*(u32 *)(r10 -4) = r1
r1 = 7
*(u64 *)(r10 -16) = r1
r1 = h ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 0) = r0
r1 = h ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 2
call bpf_map_update_elem
*(u64 *)(r9 + 8) = r0
r1 = h ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 16) = r0
r1 = h ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 24) = r0
r1 = h ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 1
call bpf_map_update_elem
*(u64 *)(r9 + 32) = r0
r1 = 8
*(u64 *)(r10 -16) = r1
r1 = h ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 2
call bpf_map_update_elem
*(u64 *)(r9 + 40) = r0
r1 = h ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 48) = r0
r1 = h ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 3
call bpf_map_update_elem
*(u64 *)(r9 + 56) = r0
r1 = h ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 4
call bpf_map_update_elem
*(u64 *)(r9 + 64) = r0
r1 = h ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 8
call bpf_map_update_elem
*(u64 *)(r9 + 72) = r0
r1 = h ll
r2 = r10
r2 += -4
call bpf_map_delete_elem
*(u64 *)(r9 + 80) = r0
r1 = h ll
r2 = r10
r2 += -4
call bpf_map_delete_elem
*(u64 *)(r9 + 88) = r0
r1 = h ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 96) = r0
r1 = 9
*(u32 *)(r10 -4) = r1
r1 = h ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 104) = r0
r1 = h ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 112) = r0
r1 = h ll
r2 = r10
r2 += -4
call bpf_map_delete_elem
*(u64 *)(r9 + 120) = r0
r1 = h ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 128) = r0
r1 = 20
*(u32 *)(r10 -4) = r1
r1 = h ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 136) = r0
r1 = 21
*(u32 *)(r10 -4) = r1
r1 = h ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 144) = r0
r1 = 22
*(u32 *)(r10 -4) = r1
r1 = h ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 152) = r0
r0 = 0
exit
-- result
0
-- out
-1
-2
0
7
-17
0
8
-22
-22
-22
0
-2
-1
-1
0
0
-1
==== lookup, update, delete: array
map: a array 4 8 3
show: words
-- asm
r9 = out ll
r1 = 1
*(u32 *)(r10 -4) = r1
r1 = 7
*(u64 *)(r10 -16) = r1
r1 = a ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 0) = r0
r1 = a ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 2
call bpf_map_update_elem
*(u64 *)(r9 + 8) = r0
r1 = a ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 16) = r0
r1 = a ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 24) = r0
r1 = a ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 1
call bpf_map_update_elem
*(u64 *)(r9 + 32) = r0
r1 = 8
*(u64 *)(r10 -16) = r1
r1 = a ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 2
call bpf_map_update_elem
*(u64 *)(r9 + 40) = r0
r1 = a ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 48) = r0
r1 = a ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 3
call bpf_map_update_elem
*(u64 *)(r9 + 56) = r0
r1 = a ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 4
call bpf_map_update_elem
*(u64 *)(r9 + 64) = r0
r1 = a ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 8
call bpf_map_update_elem
*(u64 *)(r9 + 72) = r0
r1 = a ll
r2 = r10
r2 += -4
call bpf_map_delete_elem
*(u64 *)(r9 + 80) = r0
r1 = a ll
r2 = r10
r2 += -4
call bpf_map_delete_elem
*(u64 *)(r9 + 88) = r0
r1 = a ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 96) = r0
r1 = 9
*(u32 *)(r10 -4) = r1
r1 = a ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 104) = r0
r1 = a ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 112) = r0
r1 = a ll
r2 = r10
r2 += -4
call bpf_map_delete_elem
*(u64 *)(r9 + 120) = r0
r1 = a ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 128) = r0
r1 = 20
*(u32 *)(r10 -4) = r1
r1 = a ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 136) = r0
r1 = 21
*(u32 *)(r10 -4) = r1
r1 = a ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 144) = r0
r1 = 22
*(u32 *)(r10 -4) = r1
r1 = a ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 152) = r0
r0 = 0
exit
-- result
0
-- out
0
0
0
7
-17
0
8
-22
-22
-22
-22
-22
8
-1
-7
-22
-1
-7
-7
-7
==== lookup, update, delete: lru_hash
map: l lru_hash 4 8 3
show: words
-- asm
r9 = out ll
r1 = 1
*(u32 *)(r10 -4) = r1
r1 = 7
*(u64 *)(r10 -16) = r1
r1 = l ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 0) = r0
r1 = l ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 2
call bpf_map_update_elem
*(u64 *)(r9 + 8) = r0
r1 = l ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 16) = r0
r1 = l ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 24) = r0
r1 = l ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 1
call bpf_map_update_elem
*(u64 *)(r9 + 32) = r0
r1 = 8
*(u64 *)(r10 -16) = r1
r1 = l ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 2
call bpf_map_update_elem
*(u64 *)(r9 + 40) = r0
r1 = l ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 48) = r0
r1 = l ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 3
call bpf_map_update_elem
*(u64 *)(r9 + 56) = r0
r1 = l ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 4
call bpf_map_update_elem
*(u64 *)(r9 + 64) = r0
r1 = l ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 8
call bpf_map_update_elem
*(u64 *)(r9 + 72) = r0
r1 = l ll
r2 = r10
r2 += -4
call bpf_map_delete_elem
*(u64 *)(r9 + 80) = r0
r1 = l ll
r2 = r10
r2 += -4
call bpf_map_delete_elem
*(u64 *)(r9 + 88) = r0
r1 = l ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 96) = r0
r1 = 9
*(u32 *)(r10 -4) = r1
r1 = l ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 104) = r0
r1 = l ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 112) = r0
r1 = l ll
r2 = r10
r2 += -4
call bpf_map_delete_elem
*(u64 *)(r9 + 120) = r0
r1 = l ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 128) = r0
r1 = 20
*(u32 *)(r10 -4) = r1
r1 = l ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 136) = r0
r1 = 21
*(u32 *)(r10 -4) = r1
r1 = l ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 144) = r0
r1 = 22
*(u32 *)(r10 -4) = r1
r1 = l ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 152) = r0
r0 = 0
exit
-- result
0
-- out
-1
-2
0
7
-17
0
8
-22
-22
-22
0
-2
-1
-1
0
0
-1
==== lookup, update, delete: percpu_hash
map: p percpu_hash 4 8 3
show: words
-- asm
r9 = out ll
r1 = 1
*(u32 *)(r10 -4) = r1
r1 = 7
*(u64 *)(r10 -16) = r1
r1 = p ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 0) = r0
r1 = p ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 2
call bpf_map_update_elem
*(u64 *)(r9 + 8) = r0
r1 = p ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 16) = r0
r1 = p ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 24) = r0
r1 = p ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 1
call bpf_map_update_elem
*(u64 *)(r9 + 32) = r0
r1 = 8
*(u64 *)(r10 -16) = r1
r1 = p ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 2
call bpf_map_update_elem
*(u64 *)(r9 + 40) = r0
r1 = p ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 48) = r0
r1 = p ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 3
call bpf_map_update_elem
*(u64 *)(r9 + 56) = r0
r1 = p ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 4
call bpf_map_update_elem
*(u64 *)(r9 + 64) = r0
r1 = p ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 8
call bpf_map_update_elem
*(u64 *)(r9 + 72) = r0
r1 = p ll
r2 = r10
r2 += -4
call bpf_map_delete_elem
*(u64 *)(r9 + 80) = r0
r1 = p ll
r2 = r10
r2 += -4
call bpf_map_delete_elem
*(u64 *)(r9 + 88) = r0
r1 = p ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 96) = r0
r1 = 9
*(u32 *)(r10 -4) = r1
r1 = p ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 104) = r0
r1 = p ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 112) = r0
r1 = p ll
r2 = r10
r2 += -4
call bpf_map_delete_elem
*(u64 *)(r9 + 120) = r0
r1 = p ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 128) = r0
r1 = 20
*(u32 *)(r10 -4) = r1
r1 = p ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 136) = r0
r1 = 21
*(u32 *)(r10 -4) = r1
r1 = p ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 144) = r0
r1 = 22
*(u32 *)(r10 -4) = r1
r1 = p ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 152) = r0
r0 = 0
exit
-- result
0
-- out
-1
-2
0
7
-17
0
8
-22
-22
-22
0
-2
-1
-1
0
0
-1
==== lookup, update, delete: percpu_array
map: q percpu_array 4 8 3
show: words
-- asm
r9 = out ll
r1 = 1
*(u32 *)(r10 -4) = r1
r1 = 7
*(u64 *)(r10 -16) = r1
r1 = q ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 0) = r0
r1 = q ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 2
call bpf_map_update_elem
*(u64 *)(r9 + 8) = r0
r1 = q ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 16) = r0
r1 = q ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 24) = r0
r1 = q ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 1
call bpf_map_update_elem
*(u64 *)(r9 + 32) = r0
r1 = 8
*(u64 *)(r10 -16) = r1
r1 = q ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 2
call bpf_map_update_elem
*(u64 *)(r9 + 40) = r0
r1 = q ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 48) = r0
r1 = q ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 3
call bpf_map_update_elem
*(u64 *)(r9 + 56) = r0
r1 = q ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 4
call bpf_map_update_elem
*(u64 *)(r9 + 64) = r0
r1 = q ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 8
call bpf_map_update_elem
*(u64 *)(r9 + 72) = r0
r1 = q ll
r2 = r10
r2 += -4
call bpf_map_delete_elem
*(u64 *)(r9 + 80) = r0
r1 = q ll
r2 = r10
r2 += -4
call bpf_map_delete_elem
*(u64 *)(r9 + 88) = r0
r1 = q ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 96) = r0
r1 = 9
*(u32 *)(r10 -4) = r1
r1 = q ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 104) = r0
r1 = q ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 112) = r0
r1 = q ll
r2 = r10
r2 += -4
call bpf_map_delete_elem
*(u64 *)(r9 + 120) = r0
r1 = q ll
r2 = r10
r2 += -4
call bpf_map_lookup_elem
if r0 == 0 goto +2
r0 = *(u64 *)(r0 + 0)
goto +1
r0 = -1
*(u64 *)(r9 + 128) = r0
r1 = 20
*(u32 *)(r10 -4) = r1
r1 = q ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 136) = r0
r1 = 21
*(u32 *)(r10 -4) = r1
r1 = q ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 144) = r0
r1 = 22
*(u32 *)(r10 -4) = r1
r1 = q ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 152) = r0
r0 = 0
exit
-- result
0
-- out
0
0
0
7
-17
0
8
-22
-22
-22
-22
-22
8
-1
-7
-22
-1
-7
-7
-7
==== push, peek, pop: queue
map: q queue 0 8 3
show: words
-- asm
r9 = out ll
r1 = 10
*(u64 *)(r10 -16) = r1
r1 = q ll
r2 = r10
r2 += -16
r3 = 0
call bpf_map_push_elem
*(u64 *)(r9 + 0) = r0
r1 = 11
*(u64 *)(r10 -16) = r1
r1 = q ll
r2 = r10
r2 += -16
r3 = 0
call bpf_map_push_elem
*(u64 *)(r9 + 8) = r0
r1 = 12
*(u64 *)(r10 -16) = r1
r1 = q ll
r2 = r10
r2 += -16
r3 = 0
call bpf_map_push_elem
*(u64 *)(r9 + 16) = r0
r1 = 13
*(u64 *)(r10 -16) = r1
r1 = q ll
r2 = r10
r2 += -16
r3 = 0
call bpf_map_push_elem
*(u64 *)(r9 + 24) = r0
r1 = 99
*(u64 *)(r10 -16) = r1
r1 = q ll
r2 = r10
r2 += -16
r3 = 2
call bpf_map_push_elem
*(u64 *)(r9 + 32) = r0
r1 = q ll
r2 = r10
r2 += -16
r3 = 1
call bpf_map_push_elem
*(u64 *)(r9 + 40) = r0
r1 = q ll
r2 = r10
r2 += -16
call bpf_map_peek_elem
*(u64 *)(r9 + 48) = r0
r0 = *(u64 *)(r10 - 16)
*(u64 *)(r9 + 56) = r0
r1 = q ll
r2 = r10
r2 += -16
call bpf_map_pop_elem
*(u64 *)(r9 + 64) = r0
r0 = *(u64 *)(r10 - 16)
*(u64 *)(r9 + 72) = r0
r1 = q ll
r2 = r10
r2 += -16
call bpf_map_pop_elem
*(u64 *)(r9 + 80) = r0
r0 = *(u64 *)(r10 - 16)
*(u64 *)(r9 + 88) = r0
r1 = q ll
r2 = r10
r2 += -16
call bpf_map_pop_elem
*(u64 *)(r9 + 96) = r0
r0 = *(u64 *)(r10 - 16)
*(u64 *)(r9 + 104) = r0
r1 = q ll
r2 = r10
r2 += -16
call bpf_map_pop_elem
*(u64 *)(r9 + 112) = r0
r0 = *(u64 *)(r10 - 16)
*(u64 *)(r9 + 120) = r0
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
-22
0
11
0
11
0
12
0
99
-2
==== push, peek, pop: stack
map: q stack 0 8 3
show: words
-- asm
r9 = out ll
r1 = 10
*(u64 *)(r10 -16) = r1
r1 = q ll
r2 = r10
r2 += -16
r3 = 0
call bpf_map_push_elem
*(u64 *)(r9 + 0) = r0
r1 = 11
*(u64 *)(r10 -16) = r1
r1 = q ll
r2 = r10
r2 += -16
r3 = 0
call bpf_map_push_elem
*(u64 *)(r9 + 8) = r0
r1 = 12
*(u64 *)(r10 -16) = r1
r1 = q ll
r2 = r10
r2 += -16
r3 = 0
call bpf_map_push_elem
*(u64 *)(r9 + 16) = r0
r1 = 13
*(u64 *)(r10 -16) = r1
r1 = q ll
r2 = r10
r2 += -16
r3 = 0
call bpf_map_push_elem
*(u64 *)(r9 + 24) = r0
r1 = 99
*(u64 *)(r10 -16) = r1
r1 = q ll
r2 = r10
r2 += -16
r3 = 2
call bpf_map_push_elem
*(u64 *)(r9 + 32) = r0
r1 = q ll
r2 = r10
r2 += -16
r3 = 1
call bpf_map_push_elem
*(u64 *)(r9 + 40) = r0
r1 = q ll
r2 = r10
r2 += -16
call bpf_map_peek_elem
*(u64 *)(r9 + 48) = r0
r0 = *(u64 *)(r10 - 16)
*(u64 *)(r9 + 56) = r0
r1 = q ll
r2 = r10
r2 += -16
call bpf_map_pop_elem
*(u64 *)(r9 + 64) = r0
r0 = *(u64 *)(r10 - 16)
*(u64 *)(r9 + 72) = r0
r1 = q ll
r2 = r10
r2 += -16
call bpf_map_pop_elem
*(u64 *)(r9 + 80) = r0
r0 = *(u64 *)(r10 - 16)
*(u64 *)(r9 + 88) = r0
r1 = q ll
r2 = r10
r2 += -16
call bpf_map_pop_elem
*(u64 *)(r9 + 96) = r0
r0 = *(u64 *)(r10 - 16)
*(u64 *)(r9 + 104) = r0
r1 = q ll
r2 = r10
r2 += -16
call bpf_map_pop_elem
*(u64 *)(r9 + 112) = r0
r0 = *(u64 *)(r10 - 16)
*(u64 *)(r9 + 120) = r0
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
-22
0
99
0
99
0
12
0
11
-2
==== a bloom filter
prog: tc
map: b bloom 0 8 100
show: words
-- asm
r9 = out ll
r1 = 5
*(u64 *)(r10 -16) = r1
r1 = b ll
r2 = r10
r2 += -16
call bpf_map_peek_elem
*(u64 *)(r9 + 0) = r0
r1 = b ll
r2 = r10
r2 += -16
r3 = 0
call bpf_map_push_elem
*(u64 *)(r9 + 8) = r0
r1 = b ll
r2 = r10
r2 += -16
call bpf_map_peek_elem
*(u64 *)(r9 + 16) = r0
r1 = b ll
r2 = r10
r2 += -16
r3 = 1
call bpf_map_push_elem
*(u64 *)(r9 + 24) = r0
r0 = 0
exit
-- result
0
-- out
-2
0
0
-22
==== another CPU's value
map: p percpu_array 4 8 3
show: words
-- asm
r9 = out ll
r1 = 1
*(u32 *)(r10 -4) = r1
r1 = 3
*(u64 *)(r10 -16) = r1
r1 = p ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call bpf_map_update_elem
*(u64 *)(r9 + 0) = r0
r1 = p ll
r2 = r10
r2 += -4
r3 = 0
call bpf_map_lookup_percpu_elem
if r0 == 0 goto +2
r0 = 1
goto +1
r0 = -1
*(u64 *)(r9 + 8) = r0
r1 = p ll
r2 = r10
r2 += -4
r3 = 1
call bpf_map_lookup_percpu_elem
if r0 == 0 goto +2
r0 = 1
goto +1
r0 = -1
*(u64 *)(r9 + 16) = r0
r1 = p ll
r2 = r10
r2 += -4
r3 = 4000
call bpf_map_lookup_percpu_elem
if r0 == 0 goto +2
r0 = 1
goto +1
r0 = -1
*(u64 *)(r9 + 24) = r0
r1 = p ll
r2 = r10
r2 += -4
r3 = -1
call bpf_map_lookup_percpu_elem
if r0 == 0 goto +2
r0 = 1
goto +1
r0 = -1
*(u64 *)(r9 + 32) = r0
r0 = 0
exit
-- result
0
-- out
0
1
1
-1
-1
==== a ring buffer
map: rb ringbuf 0 0 4096
show: words
-- asm
r9 = out ll
r1 = rb ll
r2 = r9
r2 += 0
r3 = 8
r4 = 0
call bpf_ringbuf_output
*(u64 *)(r9 + 0) = r0
r1 = rb ll
r2 = r9
r2 += 0
r3 = 0
r4 = 0
call bpf_ringbuf_output
*(u64 *)(r9 + 8) = r0
r1 = rb ll
r2 = r9
r2 += 0
r3 = 1024
r4 = 0
call bpf_ringbuf_output
*(u64 *)(r9 + 16) = r0
r1 = rb ll
r2 = r9
r2 += 0
r3 = 1024
r4 = 0
call bpf_ringbuf_output
*(u64 *)(r9 + 24) = r0
r1 = rb ll
r2 = r9
r2 += 0
r3 = 1024
r4 = 0
call bpf_ringbuf_output
*(u64 *)(r9 + 32) = r0
r1 = rb ll
r2 = r9
r3 = 8
r4 = 1
call bpf_ringbuf_output
*(u64 *)(r9 + 40) = r0
r1 = rb ll
r2 = r9
r3 = 8
r4 = 2
call bpf_ringbuf_output
*(u64 *)(r9 + 48) = r0
r1 = rb ll
r2 = r9
r3 = 8
r4 = 4
call bpf_ringbuf_output
*(u64 *)(r9 + 56) = r0
r1 = rb ll
r2 = 0
call bpf_ringbuf_query
*(u64 *)(r9 + 64) = r0
r1 = rb ll
r2 = 1
call bpf_ringbuf_query
*(u64 *)(r9 + 72) = r0
r1 = rb ll
r2 = 2
call bpf_ringbuf_query
*(u64 *)(r9 + 80) = r0
r1 = rb ll
r2 = 3
call bpf_ringbuf_query
*(u64 *)(r9 + 88) = r0
r1 = rb ll
r2 = 4
call bpf_ringbuf_query
*(u64 *)(r9 + 96) = r0
r1 = rb ll
r2 = 5
call bpf_ringbuf_query
*(u64 *)(r9 + 104) = r0
r1 = rb ll
r2 = 8
r3 = 0
call bpf_ringbuf_reserve
if r0 == 0 goto +6
r1 = 5
*(u64 *)(r0 + 0) = r1
r1 = r0
r2 = 0
call bpf_ringbuf_submit
r0 = 1
*(u64 *)(r9 + 112) = r0
r1 = rb ll
r2 = 16
r3 = 1
call bpf_ringbuf_reserve
if r0 == 0 goto +6
r1 = 5
*(u64 *)(r0 + 0) = r1
r1 = r0
r2 = 0
call bpf_ringbuf_submit
r0 = 1
*(u64 *)(r9 + 120) = r0
r1 = rb ll
r2 = 4088
r3 = 0
call bpf_ringbuf_reserve
if r0 == 0 goto +6
r1 = 5
*(u64 *)(r0 + 0) = r1
r1 = r0
r2 = 0
call bpf_ringbuf_discard
r0 = 1
*(u64 *)(r9 + 128) = r0
r1 = rb ll
r2 = 4089
r3 = 0
call bpf_ringbuf_reserve
if r0 == 0 goto +6
r1 = 5
*(u64 *)(r0 + 0) = r1
r1 = r0
r2 = 0
call bpf_ringbuf_discard
r0 = 1
*(u64 *)(r9 + 136) = r0
r1 = rb ll
r2 = 70000
r3 = 0
call bpf_ringbuf_reserve
if r0 == 0 goto +6
r1 = 5
*(u64 *)(r0 + 0) = r1
r1 = r0
r2 = 0
call bpf_ringbuf_discard
r0 = 1
*(u64 *)(r9 + 144) = r0
r1 = rb ll
r2 = 1073741824
r3 = 0
call bpf_ringbuf_reserve
if r0 == 0 goto +6
r1 = 5
*(u64 *)(r0 + 0) = r1
r1 = r0
r2 = 0
call bpf_ringbuf_discard
r0 = 1
*(u64 *)(r9 + 152) = r0
r1 = rb ll
r2 = 8
r3 = 1
call bpf_ringbuf_reserve
if r0 == 0 goto +6
r1 = 5
*(u64 *)(r0 + 0) = r1
r1 = r0
r2 = 0
call bpf_ringbuf_submit
r0 = 1
*(u64 *)(r9 + 160) = r0
r1 = rb ll
r2 = 0
call bpf_ringbuf_query
*(u64 *)(r9 + 168) = r0
r1 = rb ll
r2 = 1
call bpf_ringbuf_query
*(u64 *)(r9 + 176) = r0
r1 = rb ll
r2 = 2
call bpf_ringbuf_query
*(u64 *)(r9 + 184) = r0
r1 = rb ll
r2 = 3
call bpf_ringbuf_query
*(u64 *)(r9 + 192) = r0
r0 = 0
exit
-- result
0
-- out
0
0
0
0
0
0
0
-22
3152
4096
0
3152
0
0
1
0
0
0
0
0
0
3168
4096
0
3168
