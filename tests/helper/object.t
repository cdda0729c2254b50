==== objects are made and dropped
map: m array 4 56 1 graph
-- asm
r1 = node.size ll
r2 = node.type ll
call bpf_obj_new_impl
if r0 == 0 goto none
r6 = r0
r1 = 42
*(u64 *)(r6 + 64) = r1
r7 = *(u64 *)(r6 + 64)
r1 = r6
r2 = node.type ll
call bpf_obj_drop_impl
r0 = r7
exit
none:
r0 = -1
exit
-- result
42
==== a list keeps its order
map: m array 4 56 1 graph
show: words
-- asm
r1 = 0
*(u32 *)(r10 - 4) = r1
r1 = m ll
r2 = r10
r2 += -4
call map_lookup_elem
if r0 == 0 goto none
r9 = r0
r8 = 0
push:
r1 = node.size ll
r2 = node.type ll
call bpf_obj_new_impl
if r0 == 0 goto none
*(u64 *)(r0 + 64) = r8
*(u64 *)(r10 - 16) = r0
r1 = r9
call spin_lock
r1 = r9
r1 += 8
r2 = *(u64 *)(r10 - 16)
r3 = node.type ll
r4 = node.list ll
if r8 == 1 goto back
call bpf_list_push_front_impl
goto pushed
back:
call bpf_list_push_back_impl
pushed:
r7 = r0
r1 = r9
call spin_unlock
if r7 != 0 goto none
r8 += 1
if r8 != 4 goto push
r7 = out ll
r8 = 0
pop:
r1 = r9
call spin_lock
r1 = r9
r1 += 8
if r8 == 1 goto popback
call bpf_list_pop_front
goto popped
popback:
call bpf_list_pop_back
popped:
r6 = r0
r1 = r9
call spin_unlock
if r6 == 0 goto done
r1 = *(u64 *)(r6 + 64)
r1 += 100
r3 = r8
r3 &= 7
r3 <<= 3
r2 = r7
r2 += r3
*(u64 *)(r2 + 0) = r1
r1 = r6
r2 = node.type ll
call bpf_obj_drop_impl
r8 += 1
if r8 != 6 goto pop
done:
r0 = r8
exit
none:
r0 = -1
exit
-- result
4
-- out
103
101
102
100
==== a tree sorts, a node may be in both
map: m array 4 56 1 graph
show: words
-- asm
r1 = 0
*(u32 *)(r10 - 4) = r1
r1 = m ll
r2 = r10
r2 += -4
call map_lookup_elem
if r0 == 0 goto none
r9 = r0
r8 = 0
push:
r1 = node.size ll
r2 = node.type ll
call bpf_obj_new_impl
if r0 == 0 goto none
r1 = r8
r1 *= 5
r1 %= 7
*(u64 *)(r0 + 64) = r1
r6 = r0
r1 = r0
r2 = node.type ll
call bpf_refcount_acquire_impl
r7 = r0
r1 = r9
call spin_lock
r1 = r9
r1 += 24
r2 = r6
r2 += 24
r3 = less ll
r4 = node.type ll
r5 = node.tree ll
call bpf_rbtree_add_impl
r6 = r0
r1 = r9
r1 += 8
r2 = r7
r3 = node.type ll
r4 = node.list ll
call bpf_list_push_back_impl
r6 |= r0
r1 = r9
call spin_unlock
if r6 != 0 goto none
r8 += 1
if r8 != 5 goto push
r7 = out ll
r8 = 0
pop:
r1 = r9
call spin_lock
r1 = r9
r1 += 24
call bpf_rbtree_first
if r0 == 0 goto empty
r6 = *(u64 *)(r0 + 40)
r2 = r0
r1 = r9
r1 += 24
call bpf_rbtree_remove
if r0 == 0 goto empty
*(u64 *)(r10 - 16) = r0
r1 = r9
call spin_unlock
r1 = *(u64 *)(r10 - 16)
r1 += -24
r2 = node.type ll
call bpf_obj_drop_impl
r6 += 100
r3 = r8
r3 &= 7
r3 <<= 3
r2 = r7
r2 += r3
*(u64 *)(r2 + 0) = r6
r8 += 1
if r8 != 6 goto pop
r0 = r8
exit
empty:
r1 = r9
call spin_unlock
r0 = r8
exit
none:
r0 = -1
exit
less:
r1 = *(u64 *)(r1 + 40)
r2 = *(u64 *)(r2 + 40)
r0 = 0
if r1 >= r2 goto no
r0 = 1
no:
exit
-- result
5
-- out
100
101
103
105
106
==== a value keeps a pointer
map: m array 4 56 1 graph
show: words
-- asm
r7 = out ll
r1 = 0
*(u32 *)(r10 - 4) = r1
r1 = m ll
r2 = r10
r2 += -4
call map_lookup_elem
if r0 == 0 goto none
r9 = r0
r1 = node.size ll
r2 = node.type ll
call bpf_obj_new_impl
if r0 == 0 goto none
r1 = 77
*(u64 *)(r0 + 64) = r1
r2 = r0
r1 = r9
r1 += 40
call kptr_xchg
if r0 == 0 goto first
r1 = r0
r2 = node.type ll
call bpf_obj_drop_impl
r0 = -2
exit
first:
r1 = r9
r1 += 40
r2 = 0
call kptr_xchg
if r0 == 0 goto none
r1 = *(u64 *)(r0 + 64)
*(u64 *)(r7 + 0) = r1
r2 = r0
r1 = r9
r1 += 40
call kptr_xchg
if r0 == 0 goto last
r1 = r0
r2 = node.type ll
call bpf_obj_drop_impl
last:
r0 = 0
exit
none:
r0 = -1
exit
-- result
0
-- out
77
==== what could not be linked twice is dropped
map: m array 4 56 1 graph
show: words
-- asm
r7 = out ll
r1 = 0
*(u32 *)(r10 - 4) = r1
r1 = m ll
r2 = r10
r2 += -4
call map_lookup_elem
if r0 == 0 goto none
r9 = r0
r1 = node.size ll
r2 = node.type ll
call bpf_obj_new_impl
if r0 == 0 goto none
r6 = r0
r1 = r0
r2 = node.type ll
call bpf_refcount_acquire_impl
r8 = r0
r1 = r9
call spin_lock
r1 = r9
r1 += 8
r2 = r6
r3 = node.type ll
r4 = node.list ll
call bpf_list_push_back_impl
*(u64 *)(r10 - 16) = r0
r1 = r9
r1 += 8
r2 = r8
r3 = node.type ll
r4 = node.list ll
call bpf_list_push_back_impl
r6 = r0
r1 = r9
call spin_unlock
*(u32 *)(r7 + 8) = r6
r1 = *(u64 *)(r10 - 16)
*(u64 *)(r7 + 0) = r1
r0 = 0
exit
none:
r0 = -1
exit
-- result
0
-- out
0
4294967274
==== an exception ends the program
prog: tc
-- asm
r6 = r1
call f
r0 = 1
exit
f:
r1 = 99
call bpf_throw
r0 = 0
exit
-- result
99
==== an exception goes through callbacks
prog: tc
kernel: no, its verifier wants callbacks not to throw
-- asm
r6 = r1
call f
r0 = 1
exit
f:
r1 = 5
r2 = body ll
r3 = 0
r4 = 0
call loop
r0 = 2
exit
body:
if r1 == 3 goto throw
r0 = 0
exit
throw:
r1 = 99
call bpf_throw
r0 = 0
exit
-- result
99
==== work queues
map: m array 4 24 1 work
show: words
-- asm
r7 = out ll
r1 = 0
*(u32 *)(r10 - 4) = r1
r1 = m ll
r2 = r10
r2 += -4
call map_lookup_elem
if r0 == 0 goto none
r9 = r0
r1 = r9
r2 = 0
call bpf_wq_start
*(u32 *)(r7 + 0) = r0
r1 = r9
r2 = m ll
r3 = 1
call bpf_wq_init
*(u32 *)(r7 + 8) = r0
r1 = r9
r2 = m ll
r3 = 0
call bpf_wq_init
*(u32 *)(r7 + 16) = r0
r1 = r9
r2 = m ll
r3 = 0
call bpf_wq_init
*(u32 *)(r7 + 24) = r0
r1 = r9
r2 = body ll
r3 = 1
r4 = 0
call bpf_wq_set_callback_impl
*(u32 *)(r7 + 32) = r0
r1 = r9
r2 = body ll
r3 = 0
r4 = 0
call bpf_wq_set_callback_impl
*(u32 *)(r7 + 40) = r0
r1 = r9
r2 = 1
call bpf_wq_start
*(u32 *)(r7 + 48) = r0
r1 = r9
r2 = 0
call bpf_wq_start
*(u32 *)(r7 + 56) = r0
r0 = 0
exit
none:
r0 = -1
exit
body:
r0 = 0
exit
-- result
0
-- out
4294967274
4294967274
0
4294967280
4294967274
0
4294967274
==== a resilient lock
map: m array 4 16 1 res_lock
show: words
-- asm
r7 = out ll
r1 = 0
*(u32 *)(r10 - 4) = r1
r1 = m ll
r2 = r10
r2 += -4
call map_lookup_elem
if r0 == 0 goto none
r9 = r0
r1 = r9
call bpf_res_spin_lock
if r0 != 0 goto none
r1 = 7
*(u64 *)(r9 + 8) = r1
r1 = r9
call bpf_res_spin_unlock
r1 = r9
r2 = r10
r2 += -16
call bpf_res_spin_lock_irqsave
if r0 != 0 goto none
r8 = *(u64 *)(r9 + 8)
r1 = r9
r2 = r10
r2 += -16
call bpf_res_spin_unlock_irqrestore
*(u64 *)(r7 + 0) = r8
r0 = 0
exit
none:
r0 = -1
exit
-- result
0
-- out
7
