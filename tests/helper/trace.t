==== counters nobody has opened
prog: raw_tp
map: e events 4 4 2
show: words
-- asm
r6 = r1
r9 = out ll
r1 = e ll
r2 = 0
call perf_event_read
*(u64 *)(r9 + 0) = r0
r1 = e ll
r2 = 2
call perf_event_read
*(u64 *)(r9 + 8) = r0
r1 = e ll
r2 = 0x100000000 ll
call perf_event_read
*(u64 *)(r9 + 16) = r0
*(u64 *)(r10 - 8) = 1
*(u64 *)(r10 - 16) = 1
*(u64 *)(r10 - 24) = 1
r1 = e ll
r2 = 0
r3 = r10
r3 += -24
r4 = 24
call perf_event_read_value
*(u64 *)(r9 + 24) = r0
r0 = *(u64 *)(r10 - 24)
*(u64 *)(r9 + 32) = r0
r1 = e ll
r2 = 0
r3 = r10
r3 += -24
r4 = 16
call perf_event_read_value
*(u64 *)(r9 + 40) = r0
r1 = e ll
r2 = 2
r3 = r10
r3 += -24
r4 = 24
call perf_event_read_value
*(u64 *)(r9 + 48) = r0
r0 = 0
exit
-- result
0
-- out
-2
-7
-22
-2
0
-22
-7
==== cgroups of the task in an array
prog: raw_tp
map: a cgroup_array 4 4 2
show: words
-- asm
r6 = r1
r9 = out ll
r1 = a ll
r2 = 0
call current_task_under_cgroup
*(u64 *)(r9 + 0) = r0
r1 = a ll
r2 = 2
call current_task_under_cgroup
*(u64 *)(r9 + 8) = r0
r0 = 0
exit
-- result
0
-- out
-11
-7
==== types and symbols that are not there
show: words
-- asm
r6 = r1
r9 = out ll
r1 = 0x7878007878 ll
*(u64 *)(r10 - 8) = r1
r1 = r10
r1 += -8
r2 = 3
r3 = 4
r4 = 0
call btf_find_by_name_kind
*(u64 *)(r9 + 0) = r0
r1 = r10
r1 += -8
r2 = 2
r3 = 4
r4 = 0
call btf_find_by_name_kind
*(u64 *)(r9 + 8) = r0
r1 = r10
r1 += -8
r2 = 3
r3 = 4
r4 = 1
call btf_find_by_name_kind
*(u64 *)(r9 + 16) = r0
r1 = 999999
call sys_close
*(u64 *)(r9 + 24) = r0
r0 = 0
exit
-- result
0
-- out
-2
-22
-22
-9
==== signals
prog: raw_tp
kernel: no, whose program it is there is not said
show: words
-- asm
r6 = r1
r9 = out ll
r1 = 65
call send_signal
*(u64 *)(r9 + 0) = r0
r1 = 65
call send_signal_thread
*(u64 *)(r9 + 8) = r0
r0 = 0
exit
-- result
0
-- out
-1
-1
