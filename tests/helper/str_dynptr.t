==== strings into a dynptr
str: s hello world
show: words
-- asm
r6 = r1
r9 = out ll
r1 = r9
r1 += 512
r2 = 32
r3 = 0
r4 = r10
r4 += -16
call dynptr_from_mem
r1 = r10
r1 += -16
r2 = 0
r3 = 32
r4 = s ll
call bpf_probe_read_kernel_str_dynptr
*(u32 *)(r9 + 0) = r0
r1 = r10
r1 += -16
r2 = 8
r3 = 4
r4 = s ll
call bpf_probe_read_kernel_str_dynptr
*(u32 *)(r9 + 8) = r0
r1 = r10
r1 += -16
r2 = 30
r3 = 3
r4 = s ll
call bpf_probe_read_kernel_str_dynptr
*(u32 *)(r9 + 16) = r0
r1 = r10
r1 += -16
r2 = 32
r3 = 0
r4 = s ll
call bpf_probe_read_kernel_str_dynptr
*(u32 *)(r9 + 24) = r0
r1 = r10
r1 += -16
r2 = 33
r3 = 0
r4 = s ll
call bpf_probe_read_kernel_str_dynptr
*(u32 *)(r9 + 32) = r0
r1 = r10
r1 += -16
r2 = 16
r3 = 8
r4 = 8
call bpf_probe_read_kernel_str_dynptr
*(u32 *)(r9 + 40) = r0
r1 = r10
r1 += -16
r2 = 16
r3 = 8
r4 = 8
call bpf_probe_read_user_str_dynptr
*(u32 *)(r9 + 48) = r0
r1 = r10
r1 += -16
r2 = 16
r3 = 8
r4 = 8
call bpf_copy_from_user_str_dynptr
*(u32 *)(r9 + 56) = r0
r1 = r10
r1 += -16
r2 = 16
r3 = 17
r4 = 8
call bpf_copy_from_user_str_dynptr
*(u32 *)(r9 + 64) = r0
r1 = r10
r1 += -16
r2 = 16
r3 = 8
r4 = 8
call bpf_copy_from_user_dynptr
*(u32 *)(r9 + 72) = r0
r0 = *(u64 *)(r9 + 512)
*(u32 *)(r9 + 80) = r0
r0 = *(u64 *)(r9 + 520)
*(u32 *)(r9 + 88) = r0
r0 = *(u64 *)(r9 + 528)
*(u32 *)(r9 + 96) = r0
r1 = r10
r1 += -16
call bpf_dynptr_is_rdonly
*(u32 *)(r9 + 104) = r0
r0 = 0
exit
-- result
0
-- out
12
4
4294967289
0
4294967289
4294967262
4294967282
4294967282
4294967289
4294967282
1819043176
7103848
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
8031924123371070824
7103848
==== metadata of a packet
prog: tc
show: words
-- asm
r6 = r1
r9 = out ll
r1 = r6
r2 = 0
r3 = r10
r3 += -16
call bpf_dynptr_from_skb_meta
r7 = r0
r1 = r10
r1 += -16
call bpf_dynptr_size
r7 <<= 8
r0 += r7
*(u32 *)(r9 + 0) = r0
r1 = r6
r2 = 1
r3 = r10
r3 += -32
call bpf_dynptr_from_skb_meta
*(u32 *)(r9 + 8) = r0
r1 = r9
r1 += 512
r2 = 1
r3 = r10
r3 += -16
r4 = 0
r5 = 0
call dynptr_read
*(u32 *)(r9 + 16) = r0
r1 = r10
r1 += -16
r2 = 0
r3 = r9
r3 += 512
r4 = 1
r5 = 0
call dynptr_write
*(u32 *)(r9 + 24) = r0
r0 = 0
exit
-- result
0
-- out
0
4294967274
4294967289
4294967289
==== pulling a frame
prog: xdp
show: words
-- asm
r6 = r1
r9 = out ll
r1 = r6
r2 = 14
call bpf_xdp_pull_data
*(u32 *)(r9 + 0) = r0
r1 = r6
r2 = 64
call bpf_xdp_pull_data
*(u32 *)(r9 + 8) = r0
r1 = r6
r2 = 65
call bpf_xdp_pull_data
*(u32 *)(r9 + 16) = r0
r0 = 0
exit
-- result
0
-- out
0
0
4294967274
