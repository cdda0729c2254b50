==== a map in a map: array_of_maps
prog: tc
map: i hash 4 8 4
map: o array_of_maps 4 4 2
show: words
-- asm
r6 = r1
r9 = out ll
r1 = 0
*(u32 *)(r10 - 4) = r1
r1 = o ll
r2 = r10
r2 += -4
call map_lookup_elem
if r0 == 0 goto none
r7 = r0
r1 = 5
*(u32 *)(r10 - 4) = r1
r1 = 77
*(u64 *)(r10 - 16) = r1
r1 = r7
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call map_update_elem
*(u64 *)(r9 + 0) = r0
r1 = r7
r2 = r10
r2 += -4
call map_lookup_elem
if r0 == 0 goto none
r0 = *(u64 *)(r0 + 0)
*(u64 *)(r9 + 8) = r0
r1 = r7
r2 = r10
r2 += -4
call map_delete_elem
*(u64 *)(r9 + 16) = r0
r1 = 1
*(u32 *)(r10 - 4) = r1
r1 = o ll
r2 = r10
r2 += -4
call map_lookup_elem
if r0 == 0 goto empty
r0 = 1
empty:
*(u64 *)(r9 + 24) = r0
r1 = 9
*(u32 *)(r10 - 4) = r1
r1 = o ll
r2 = r10
r2 += -4
call map_lookup_elem
if r0 == 0 goto past
r0 = 1
past:
*(u64 *)(r9 + 32) = r0
r0 = 0
exit
none:
r0 = 1
exit
-- result
0
-- out
0
77
==== a map in a map: hash_of_maps
prog: tc
map: i hash 4 8 4
map: h hash_of_maps 4 4 2
show: words
-- asm
r6 = r1
r9 = out ll
r1 = 0
*(u32 *)(r10 - 4) = r1
r1 = h ll
r2 = r10
r2 += -4
call map_lookup_elem
if r0 == 0 goto none
r7 = r0
r1 = 5
*(u32 *)(r10 - 4) = r1
r1 = 77
*(u64 *)(r10 - 16) = r1
r1 = r7
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call map_update_elem
*(u64 *)(r9 + 0) = r0
r1 = r7
r2 = r10
r2 += -4
call map_lookup_elem
if r0 == 0 goto none
r0 = *(u64 *)(r0 + 0)
*(u64 *)(r9 + 8) = r0
r1 = r7
r2 = r10
r2 += -4
call map_delete_elem
*(u64 *)(r9 + 16) = r0
r1 = 1
*(u32 *)(r10 - 4) = r1
r1 = h ll
r2 = r10
r2 += -4
call map_lookup_elem
if r0 == 0 goto empty
r0 = 1
empty:
*(u64 *)(r9 + 24) = r0
r1 = 9
*(u32 *)(r10 - 4) = r1
r1 = h ll
r2 = r10
r2 += -4
call map_lookup_elem
if r0 == 0 goto past
r0 = 1
past:
*(u64 *)(r9 + 32) = r0
r0 = 0
exit
none:
r0 = 1
exit
-- result
0
-- out
0
77
==== redirection by a map: devmap
prog: xdp
map: d devmap 4 4 4
set: d 1 1
show: words
-- asm
r6 = r1
r9 = out ll
r1 = d ll
r2 = 1
r3 = 0
call redirect_map
*(u64 *)(r9 + 0) = r0
r1 = d ll
r2 = 1
r3 = 2
call redirect_map
*(u64 *)(r9 + 8) = r0
r1 = d ll
r2 = 0
r3 = 0
call redirect_map
*(u64 *)(r9 + 16) = r0
r1 = d ll
r2 = 0
r3 = 1
call redirect_map
*(u64 *)(r9 + 24) = r0
r1 = d ll
r2 = 0
r3 = 3
call redirect_map
*(u64 *)(r9 + 32) = r0
r1 = d ll
r2 = 9
r3 = 2
call redirect_map
*(u64 *)(r9 + 40) = r0
r1 = d ll
r2 = 1
r3 = 4
call redirect_map
*(u64 *)(r9 + 48) = r0
r1 = d ll
r2 = 1
r3 = 8
call redirect_map
*(u64 *)(r9 + 56) = r0
r1 = d ll
r2 = 0
r3 = 8
call redirect_map
*(u64 *)(r9 + 64) = r0
r1 = d ll
r2 = 0
r3 = 24
call redirect_map
*(u64 *)(r9 + 72) = r0
r1 = d ll
r2 = 1
r3 = 16
call redirect_map
*(u64 *)(r9 + 80) = r0
r1 = d ll
r2 = 0
r3 = 32
call redirect_map
*(u64 *)(r9 + 88) = r0
r0 = 0
exit
-- result
0
-- out
4
4
0
1
3
2
0
4
4
4
4
==== redirection by a map: devmap_hash
prog: xdp
map: d devmap_hash 4 4 4
set: d 1 1
show: words
-- asm
r6 = r1
r9 = out ll
r1 = d ll
r2 = 1
r3 = 0
call redirect_map
*(u64 *)(r9 + 0) = r0
r1 = d ll
r2 = 1
r3 = 2
call redirect_map
*(u64 *)(r9 + 8) = r0
r1 = d ll
r2 = 0
r3 = 0
call redirect_map
*(u64 *)(r9 + 16) = r0
r1 = d ll
r2 = 0
r3 = 1
call redirect_map
*(u64 *)(r9 + 24) = r0
r1 = d ll
r2 = 0
r3 = 3
call redirect_map
*(u64 *)(r9 + 32) = r0
r1 = d ll
r2 = 9
r3 = 2
call redirect_map
*(u64 *)(r9 + 40) = r0
r1 = d ll
r2 = 1
r3 = 4
call redirect_map
*(u64 *)(r9 + 48) = r0
r1 = d ll
r2 = 1
r3 = 8
call redirect_map
*(u64 *)(r9 + 56) = r0
r1 = d ll
r2 = 0
r3 = 8
call redirect_map
*(u64 *)(r9 + 64) = r0
r1 = d ll
r2 = 0
r3 = 24
call redirect_map
*(u64 *)(r9 + 72) = r0
r1 = d ll
r2 = 1
r3 = 16
call redirect_map
*(u64 *)(r9 + 80) = r0
r1 = d ll
r2 = 0
r3 = 32
call redirect_map
*(u64 *)(r9 + 88) = r0
r0 = 0
exit
-- result
0
-- out
4
4
0
1
3
2
0
4
4
4
4
==== redirection by a map: cpumap
prog: xdp
map: d cpumap 4 4 4
set: d 1 1
show: words
-- asm
r6 = r1
r9 = out ll
r1 = d ll
r2 = 1
r3 = 0
call redirect_map
*(u64 *)(r9 + 0) = r0
r1 = d ll
r2 = 1
r3 = 2
call redirect_map
*(u64 *)(r9 + 8) = r0
r1 = d ll
r2 = 0
r3 = 0
call redirect_map
*(u64 *)(r9 + 16) = r0
r1 = d ll
r2 = 0
r3 = 1
call redirect_map
*(u64 *)(r9 + 24) = r0
r1 = d ll
r2 = 0
r3 = 3
call redirect_map
*(u64 *)(r9 + 32) = r0
r1 = d ll
r2 = 9
r3 = 2
call redirect_map
*(u64 *)(r9 + 40) = r0
r1 = d ll
r2 = 1
r3 = 4
call redirect_map
*(u64 *)(r9 + 48) = r0
r1 = d ll
r2 = 1
r3 = 8
call redirect_map
*(u64 *)(r9 + 56) = r0
r1 = d ll
r2 = 0
r3 = 8
call redirect_map
*(u64 *)(r9 + 64) = r0
r1 = d ll
r2 = 0
r3 = 24
call redirect_map
*(u64 *)(r9 + 72) = r0
r1 = d ll
r2 = 1
r3 = 16
call redirect_map
*(u64 *)(r9 + 80) = r0
r1 = d ll
r2 = 0
r3 = 32
call redirect_map
*(u64 *)(r9 + 88) = r0
r0 = 0
exit
-- result
0
-- out
4
4
0
1
3
2
==== a user ring buffer is drained
map: u user_ringbuf 0 0 4096
feed: u ABCDEFGHIJ
show: words
-- asm
r6 = r1
r9 = out ll
r1 = u ll
r2 = body ll
r3 = r10
r3 += -8
r4 = 0
*(u64 *)(r10 - 8) = 0
call user_ringbuf_drain
*(u64 *)(r9 + 0) = r0
r0 = *(u64 *)(r10 - 8)
*(u64 *)(r9 + 8) = r0
r1 = u ll
r2 = body ll
r3 = r10
r3 += -8
r4 = 0
call user_ringbuf_drain
*(u64 *)(r9 + 16) = r0
r1 = u ll
r2 = body ll
r3 = r10
r3 += -8
r4 = 4
call user_ringbuf_drain
*(u64 *)(r9 + 24) = r0
r0 = 0
exit
body:
r6 = r1
r7 = r2
*(u64 *)(r10 - 16) = 0
r1 = r10
r1 += -16
r2 = 8
r3 = r6
r4 = 2
r5 = 0
call dynptr_read
r8 = *(u64 *)(r10 - 16)
r1 = r10
r1 += -16
r2 = 8
r3 = r6
r4 = 3
r5 = 0
call dynptr_read
r0 <<= 48
r8 ^= r0
*(u64 *)(r7 + 0) = r8
r0 = 0
exit
-- result
0
-- out
1
-5354700485984697277
0
-22
==== events nobody has opened
prog: tc
map: e events 4 4 2
show: words
-- asm
r6 = r1
r9 = out ll
r1 = r6
r2 = e ll
r3 = 0
r4 = r10
r4 += -8
r5 = 8
*(u64 *)(r10 - 8) = 0
call perf_event_output
*(u64 *)(r9 + 0) = r0
r1 = r6
r2 = e ll
r3 = 2
r4 = r10
r4 += -8
r5 = 8
call perf_event_output
*(u64 *)(r9 + 8) = r0
r1 = r6
r2 = e ll
r3 = 0xffffffff ll
r4 = r10
r4 += -8
r5 = 8
call perf_event_output
*(u64 *)(r9 + 16) = r0
r1 = r6
r2 = e ll
r3 = 0x10000000000000 ll
r4 = r10
r4 += -8
r5 = 8
call perf_event_output
*(u64 *)(r9 + 24) = r0
r1 = r6
r2 = e ll
r3 = 0x4100000000 ll
r4 = r10
r4 += -8
r5 = 8
call perf_event_output
*(u64 *)(r9 + 32) = r0
r1 = r6
r2 = e ll
r3 = 0x4000000000 ll
r4 = r10
r4 += -8
r5 = 8
call perf_event_output
*(u64 *)(r9 + 40) = r0
r0 = 0
exit
-- result
0
-- out
-2
-7
-2
-22
-14
-2
==== how many there are
prog: tc
map: h hash 4 8 4
map: a array 4 8 4
show: words
-- asm
r6 = r1
r9 = out ll
r1 = 1
*(u32 *)(r10 - 4) = r1
*(u64 *)(r10 - 16) = 0
r1 = h ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call map_update_elem
r1 = 2
*(u32 *)(r10 - 4) = r1
r1 = h ll
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r4 = 0
call map_update_elem
r1 = h ll
call bpf_map_sum_elem_count
*(u64 *)(r9 + 0) = r0
r1 = a ll
call bpf_map_sum_elem_count
*(u64 *)(r9 + 8) = r0
r1 = h ll
r2 = r10
r2 += -4
call map_delete_elem
r1 = h ll
call bpf_map_sum_elem_count
*(u64 *)(r9 + 16) = r0
r0 = 0
exit
-- result
0
-- out
2
0
1
