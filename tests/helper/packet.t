# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Redirections, device facts, types, hashes, tunnels: what packet programs ask beside the bytes.
==== redirections of an skb
prog: tc
show: words
-- asm
r6 = r1
r9 = out ll
r1 = 5
r2 = 0
call bpf_redirect
*(u64 *)(r9 + 0) = r0
r1 = 5
r2 = 1
call bpf_redirect
*(u64 *)(r9 + 8) = r0
r1 = 5
r2 = 2
call bpf_redirect
*(u64 *)(r9 + 16) = r0
r1 = 0
r2 = 0
call bpf_redirect
*(u64 *)(r9 + 24) = r0
r1 = 5
r2 = 0
call bpf_redirect_peer
*(u64 *)(r9 + 32) = r0
r1 = 5
r2 = 1
call bpf_redirect_peer
*(u64 *)(r9 + 40) = r0
r1 = 5
r2 = 0
r3 = 0
r4 = 0
call bpf_redirect_neigh
*(u64 *)(r9 + 48) = r0
r1 = 5
r2 = r9
r2 += 512
r3 = 20
r4 = 0
call bpf_redirect_neigh
*(u64 *)(r9 + 56) = r0
r1 = 5
r2 = r9
r2 += 512
r3 = 20
r4 = 1
call bpf_redirect_neigh
*(u64 *)(r9 + 64) = r0
r1 = 5
r2 = r9
r2 += 512
r3 = 8
r4 = 0
call bpf_redirect_neigh
*(u64 *)(r9 + 72) = r0
r1 = r6
r2 = 0
r3 = 0
call bpf_clone_redirect
*(u64 *)(r9 + 80) = r0
r1 = r6
r2 = 99999
r3 = 0
call bpf_clone_redirect
*(u64 *)(r9 + 88) = r0
r1 = r6
r2 = 1
r3 = 2
call bpf_clone_redirect
*(u64 *)(r9 + 96) = r0
r0 = 0
exit
-- result
0
-- out
7
7
2
7
7
2
7
7
2
2
-22
-22
-22
==== redirections of an xdp frame
prog: xdp
show: words
-- asm
r6 = r1
r9 = out ll
r1 = 5
r2 = 0
call bpf_redirect
*(u64 *)(r9 + 0) = r0
r1 = 5
r2 = 1
call bpf_redirect
*(u64 *)(r9 + 8) = r0
r1 = 5
r2 = 8
call bpf_redirect
*(u64 *)(r9 + 16) = r0
r0 = 0
exit
-- result
0
-- out
4
==== bpf_check_mtu, tc
prog: tc
show: words
-- asm
r6 = r1
r9 = out ll
r1 = 0
*(u64 *)(r10 - 8) = r1
r1 = r6
r2 = 0
r3 = r10
r3 += -8
r4 = 0
r5 = 0
call bpf_check_mtu
*(u64 *)(r9 + 0) = r0
r0 = *(u32 *)(r10 - 8)
*(u64 *)(r9 + 8) = r0
r1 = 0
*(u64 *)(r10 - 8) = r1
r1 = r6
r2 = 0
r3 = r10
r3 += -8
r4 = 100000
r5 = 0
call bpf_check_mtu
*(u64 *)(r9 + 16) = r0
r0 = *(u32 *)(r10 - 8)
*(u64 *)(r9 + 24) = r0
r1 = 65536
*(u64 *)(r10 - 8) = r1
r1 = r6
r2 = 0
r3 = r10
r3 += -8
r4 = 0
r5 = 0
call bpf_check_mtu
*(u64 *)(r9 + 32) = r0
r0 = *(u32 *)(r10 - 8)
*(u64 *)(r9 + 40) = r0
r1 = 65537
*(u64 *)(r10 - 8) = r1
r1 = r6
r2 = 0
r3 = r10
r3 += -8
r4 = 0
r5 = 0
call bpf_check_mtu
*(u64 *)(r9 + 48) = r0
r0 = *(u32 *)(r10 - 8)
*(u64 *)(r9 + 56) = r0
r1 = 65537
*(u64 *)(r10 - 8) = r1
r1 = r6
r2 = 0
r3 = r10
r3 += -8
r4 = -1
r5 = 0
call bpf_check_mtu
*(u64 *)(r9 + 64) = r0
r0 = *(u32 *)(r10 - 8)
*(u64 *)(r9 + 72) = r0
r1 = 0
*(u64 *)(r10 - 8) = r1
r1 = r6
r2 = 0
r3 = r10
r3 += -8
r4 = -200
r5 = 0
call bpf_check_mtu
*(u64 *)(r9 + 80) = r0
r0 = *(u32 *)(r10 - 8)
*(u64 *)(r9 + 88) = r0
r1 = 0
*(u64 *)(r10 - 8) = r1
r1 = r6
r2 = 99999
r3 = r10
r3 += -8
r4 = 0
r5 = 0
call bpf_check_mtu
*(u64 *)(r9 + 96) = r0
r0 = *(u32 *)(r10 - 8)
*(u64 *)(r9 + 104) = r0
r1 = 0
*(u64 *)(r10 - 8) = r1
r1 = r6
r2 = 0
r3 = r10
r3 += -8
r4 = 0
r5 = 1
call bpf_check_mtu
*(u64 *)(r9 + 112) = r0
r0 = *(u32 *)(r10 - 8)
*(u64 *)(r9 + 120) = r0
r1 = 0
*(u64 *)(r10 - 8) = r1
r1 = r6
r2 = 0
r3 = r10
r3 += -8
r4 = 1
r5 = 1
call bpf_check_mtu
*(u64 *)(r9 + 128) = r0
r0 = *(u32 *)(r10 - 8)
*(u64 *)(r9 + 136) = r0
r1 = 0
*(u64 *)(r10 - 8) = r1
r1 = r6
r2 = 0
r3 = r10
r3 += -8
r4 = 0
r5 = 2
call bpf_check_mtu
*(u64 *)(r9 + 144) = r0
r0 = *(u32 *)(r10 - 8)
*(u64 *)(r9 + 152) = r0
r0 = 0
exit
-- result
0
-- out
0
65536
1
65536
0
65536
1
65536
0
65536
0
65536
-19
0
0
65536
-22
0
-22
==== bpf_fib_lookup refuses, tc
prog: tc
show: words
-- asm
r6 = r1
r9 = out ll
r1 = 0
*(u64 *)(r9 + 512) = r1
*(u64 *)(r9 + 520) = r1
*(u64 *)(r9 + 528) = r1
*(u64 *)(r9 + 536) = r1
*(u64 *)(r9 + 544) = r1
*(u64 *)(r9 + 552) = r1
*(u64 *)(r9 + 560) = r1
*(u64 *)(r9 + 568) = r1
r1 = 0
*(u8 *)(r9 + 512) = r1
r1 = r6
r2 = r9
r2 += 512
r3 = 64
r4 = 0
call bpf_fib_lookup
*(u64 *)(r9 + 0) = r0
r1 = 2
*(u8 *)(r9 + 512) = r1
r1 = r6
r2 = r9
r2 += 512
r3 = 63
r4 = 0
call bpf_fib_lookup
*(u64 *)(r9 + 8) = r0
r1 = 2
*(u8 *)(r9 + 512) = r1
r1 = r6
r2 = r9
r2 += 512
r3 = 64
r4 = 64
call bpf_fib_lookup
*(u64 *)(r9 + 16) = r0
r1 = 5
*(u8 *)(r9 + 512) = r1
r1 = r6
r2 = r9
r2 += 512
r3 = 64
r4 = 0
call bpf_fib_lookup
*(u64 *)(r9 + 24) = r0
r1 = 0
*(u8 *)(r9 + 512) = r1
r0 = 0
exit
-- result
0
-- out
-97
-22
-22
-97
==== bpf_check_mtu, xdp
prog: xdp
show: words
-- asm
r6 = r1
r9 = out ll
r1 = 0
*(u64 *)(r10 - 8) = r1
r1 = r6
r2 = 0
r3 = r10
r3 += -8
r4 = 0
r5 = 0
call bpf_check_mtu
*(u64 *)(r9 + 0) = r0
r0 = *(u32 *)(r10 - 8)
*(u64 *)(r9 + 8) = r0
r1 = 0
*(u64 *)(r10 - 8) = r1
r1 = r6
r2 = 0
r3 = r10
r3 += -8
r4 = 100000
r5 = 0
call bpf_check_mtu
*(u64 *)(r9 + 16) = r0
r0 = *(u32 *)(r10 - 8)
*(u64 *)(r9 + 24) = r0
r1 = 65536
*(u64 *)(r10 - 8) = r1
r1 = r6
r2 = 0
r3 = r10
r3 += -8
r4 = 0
r5 = 0
call bpf_check_mtu
*(u64 *)(r9 + 32) = r0
r0 = *(u32 *)(r10 - 8)
*(u64 *)(r9 + 40) = r0
r1 = 65537
*(u64 *)(r10 - 8) = r1
r1 = r6
r2 = 0
r3 = r10
r3 += -8
r4 = 0
r5 = 0
call bpf_check_mtu
*(u64 *)(r9 + 48) = r0
r0 = *(u32 *)(r10 - 8)
*(u64 *)(r9 + 56) = r0
r1 = 65537
*(u64 *)(r10 - 8) = r1
r1 = r6
r2 = 0
r3 = r10
r3 += -8
r4 = -1
r5 = 0
call bpf_check_mtu
*(u64 *)(r9 + 64) = r0
r0 = *(u32 *)(r10 - 8)
*(u64 *)(r9 + 72) = r0
r1 = 0
*(u64 *)(r10 - 8) = r1
r1 = r6
r2 = 0
r3 = r10
r3 += -8
r4 = -200
r5 = 0
call bpf_check_mtu
*(u64 *)(r9 + 80) = r0
r0 = *(u32 *)(r10 - 8)
*(u64 *)(r9 + 88) = r0
r1 = 0
*(u64 *)(r10 - 8) = r1
r1 = r6
r2 = 99999
r3 = r10
r3 += -8
r4 = 0
r5 = 0
call bpf_check_mtu
*(u64 *)(r9 + 96) = r0
r0 = *(u32 *)(r10 - 8)
*(u64 *)(r9 + 104) = r0
r1 = 0
*(u64 *)(r10 - 8) = r1
r1 = r6
r2 = 0
r3 = r10
r3 += -8
r4 = 0
r5 = 1
call bpf_check_mtu
*(u64 *)(r9 + 112) = r0
r0 = *(u32 *)(r10 - 8)
*(u64 *)(r9 + 120) = r0
r1 = 0
*(u64 *)(r10 - 8) = r1
r1 = r6
r2 = 0
r3 = r10
r3 += -8
r4 = 1
r5 = 1
call bpf_check_mtu
*(u64 *)(r9 + 128) = r0
r0 = *(u32 *)(r10 - 8)
*(u64 *)(r9 + 136) = r0
r1 = 0
*(u64 *)(r10 - 8) = r1
r1 = r6
r2 = 0
r3 = r10
r3 += -8
r4 = 0
r5 = 2
call bpf_check_mtu
*(u64 *)(r9 + 144) = r0
r0 = *(u32 *)(r10 - 8)
*(u64 *)(r9 + 152) = r0
r0 = 0
exit
-- result
0
-- out
0
65536
1
65536
0
65536
1
65536
0
65536
0
65536
-19
0
-22
0
-22
0
-22
==== bpf_fib_lookup refuses, xdp
prog: xdp
show: words
-- asm
r6 = r1
r9 = out ll
r1 = 0
*(u64 *)(r9 + 512) = r1
*(u64 *)(r9 + 520) = r1
*(u64 *)(r9 + 528) = r1
*(u64 *)(r9 + 536) = r1
*(u64 *)(r9 + 544) = r1
*(u64 *)(r9 + 552) = r1
*(u64 *)(r9 + 560) = r1
*(u64 *)(r9 + 568) = r1
r1 = 0
*(u8 *)(r9 + 512) = r1
r1 = r6
r2 = r9
r2 += 512
r3 = 64
r4 = 0
call bpf_fib_lookup
*(u64 *)(r9 + 0) = r0
r1 = 2
*(u8 *)(r9 + 512) = r1
r1 = r6
r2 = r9
r2 += 512
r3 = 63
r4 = 0
call bpf_fib_lookup
*(u64 *)(r9 + 8) = r0
r1 = 2
*(u8 *)(r9 + 512) = r1
r1 = r6
r2 = r9
r2 += 512
r3 = 64
r4 = 64
call bpf_fib_lookup
*(u64 *)(r9 + 16) = r0
r1 = 5
*(u8 *)(r9 + 512) = r1
r1 = r6
r2 = r9
r2 += 512
r3 = 64
r4 = 0
call bpf_fib_lookup
*(u64 *)(r9 + 24) = r0
r1 = 0
*(u8 *)(r9 + 512) = r1
r0 = 0
exit
-- result
0
-- out
-97
-22
-22
-97
==== hash, type, time stamp of an skb
prog: tc
show: words
-- asm
r6 = r1
r9 = out ll
r1 = r6
r2 = 0x1234
call bpf_set_hash
*(u64 *)(r9 + 0) = r0
r0 = *(u32 *)(r6 + 68)
*(u64 *)(r9 + 8) = r0
r1 = r6
call bpf_get_hash_recalc
*(u64 *)(r9 + 16) = r0
r1 = r6
call bpf_set_hash_invalid
*(u64 *)(r9 + 24) = r0
r0 = *(u32 *)(r6 + 68)
*(u64 *)(r9 + 32) = r0
r1 = r6
call bpf_get_hash_recalc
if r0 == 0 goto +1
r0 = 1
*(u64 *)(r9 + 40) = r0
r1 = r6
r2 = 0
call bpf_skb_change_type
*(u64 *)(r9 + 48) = r0
r0 = *(u32 *)(r6 + 4)
*(u64 *)(r9 + 56) = r0
r1 = r6
r2 = 1
call bpf_skb_change_type
*(u64 *)(r9 + 64) = r0
r0 = *(u32 *)(r6 + 4)
*(u64 *)(r9 + 72) = r0
r1 = r6
r2 = 2
call bpf_skb_change_type
*(u64 *)(r9 + 80) = r0
r0 = *(u32 *)(r6 + 4)
*(u64 *)(r9 + 88) = r0
r1 = r6
r2 = 3
call bpf_skb_change_type
*(u64 *)(r9 + 96) = r0
r0 = *(u32 *)(r6 + 4)
*(u64 *)(r9 + 104) = r0
r1 = r6
r2 = 4
call bpf_skb_change_type
*(u64 *)(r9 + 112) = r0
r0 = *(u32 *)(r6 + 4)
*(u64 *)(r9 + 120) = r0
r1 = r6
r2 = 0
r3 = 0
call bpf_skb_set_tstamp
*(u64 *)(r9 + 128) = r0
r0 = *(u64 *)(r6 + 152)
*(u64 *)(r9 + 136) = r0
r0 = *(u8 *)(r6 + 180)
*(u64 *)(r9 + 144) = r0
r1 = r6
r2 = 5
r3 = 0
call bpf_skb_set_tstamp
*(u64 *)(r9 + 152) = r0
r0 = *(u64 *)(r6 + 152)
*(u64 *)(r9 + 160) = r0
r0 = *(u8 *)(r6 + 180)
*(u64 *)(r9 + 168) = r0
r1 = r6
r2 = 5
r3 = 1
call bpf_skb_set_tstamp
*(u64 *)(r9 + 176) = r0
r0 = *(u64 *)(r6 + 152)
*(u64 *)(r9 + 184) = r0
r0 = *(u8 *)(r6 + 180)
*(u64 *)(r9 + 192) = r0
r1 = r6
r2 = 0
r3 = 1
call bpf_skb_set_tstamp
*(u64 *)(r9 + 200) = r0
r0 = *(u64 *)(r6 + 152)
*(u64 *)(r9 + 208) = r0
r0 = *(u8 *)(r6 + 180)
*(u64 *)(r9 + 216) = r0
r1 = r6
r2 = 6
r3 = 2
call bpf_skb_set_tstamp
*(u64 *)(r9 + 224) = r0
r0 = *(u64 *)(r6 + 152)
*(u64 *)(r9 + 232) = r0
r0 = *(u8 *)(r6 + 180)
*(u64 *)(r9 + 240) = r0
r1 = r6
r2 = 0
r3 = 2
call bpf_skb_set_tstamp
*(u64 *)(r9 + 248) = r0
r0 = *(u64 *)(r6 + 152)
*(u64 *)(r9 + 256) = r0
r0 = *(u8 *)(r6 + 180)
*(u64 *)(r9 + 264) = r0
r1 = r6
r2 = 7
r3 = 3
call bpf_skb_set_tstamp
*(u64 *)(r9 + 272) = r0
r0 = *(u64 *)(r6 + 152)
*(u64 *)(r9 + 280) = r0
r0 = *(u8 *)(r6 + 180)
*(u64 *)(r9 + 288) = r0
r0 = 0
exit
-- result
0
-- out
0
4660
4660
0
0
1
0
0
0
1
0
2
0
3
-22
3
0
0
0
0
5
0
0
5
1
-22
5
1
0
6
2
-22
6
2
-22
6
2
==== ECN, no, IPv4
prog: tc
show: words
-- asm
r6 = r1
r9 = out ll
r1 = r6
call bpf_skb_ecn_set_ce
*(u64 *)(r9 + 0) = r0
r1 = r6
call bpf_skb_ecn_set_ce
*(u64 *)(r9 + 8) = r0
r0 = 0
exit
-- data
02 00 00 00 00 01 02 00 00 00 00 02 08 00 45 00 00 32 00 01 40 00 40 06 b7 c3 c0 00 02 01 c6 33 64 07 30 39 00 50 00 00 00 01 00 00 00 02 50 10 20 00 12 34 00 00 68 65
-- result
0
-- out
-- after
02 00 00 00 00 01 02 00 00 00 00 02 08 00 45 00
00 32 00 01 40 00 40 06 b7 c3 c0 00 02 01 c6 33
64 07 30 39 00 50 00 00 00 01 00 00 00 02 50 10
20 00 12 34 00 00 68 65
==== ECN, no, IPv6
prog: tc
show: words
-- asm
r6 = r1
r9 = out ll
r1 = r6
call bpf_skb_ecn_set_ce
*(u64 *)(r9 + 0) = r0
r1 = r6
call bpf_skb_ecn_set_ce
*(u64 *)(r9 + 8) = r0
r0 = 0
exit
-- data
02 00 00 00 00 01 02 00 00 00 00 02 86 dd 60 00 00 00 00 14 06 40 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 11 22 33 44
-- result
0
-- out
-- after
02 00 00 00 00 01 02 00 00 00 00 02 86 dd 60 00
00 00 00 14 06 40 20 01 20 01 20 01 20 01 20 01
20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01
20 01 20 01 20 01 11 22 33 44
==== ECN, ect(1), IPv4
prog: tc
show: words
-- asm
r6 = r1
r9 = out ll
r1 = r6
call bpf_skb_ecn_set_ce
*(u64 *)(r9 + 0) = r0
r1 = r6
call bpf_skb_ecn_set_ce
*(u64 *)(r9 + 8) = r0
r0 = 0
exit
-- data
02 00 00 00 00 01 02 00 00 00 00 02 08 00 45 01 00 32 00 01 40 00 40 06 b7 c3 c0 00 02 01 c6 33 64 07 30 39 00 50 00 00 00 01 00 00 00 02 50 10 20 00 12 34 00 00 68 65
-- result
0
-- out
1
1
-- after
02 00 00 00 00 01 02 00 00 00 00 02 08 00 45 03
00 32 00 01 40 00 40 06 b7 c1 c0 00 02 01 c6 33
64 07 30 39 00 50 00 00 00 01 00 00 00 02 50 10
20 00 12 34 00 00 68 65
==== ECN, ect(1), IPv6
prog: tc
show: words
-- asm
r6 = r1
r9 = out ll
r1 = r6
call bpf_skb_ecn_set_ce
*(u64 *)(r9 + 0) = r0
r1 = r6
call bpf_skb_ecn_set_ce
*(u64 *)(r9 + 8) = r0
r0 = 0
exit
-- data
02 00 00 00 00 01 02 00 00 00 00 02 86 dd 60 10 00 00 00 14 06 40 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 11 22 33 44
-- result
0
-- out
1
1
-- after
02 00 00 00 00 01 02 00 00 00 00 02 86 dd 60 30
00 00 00 14 06 40 20 01 20 01 20 01 20 01 20 01
20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01
20 01 20 01 20 01 11 22 33 44
==== ECN, ect(0), IPv4
prog: tc
show: words
-- asm
r6 = r1
r9 = out ll
r1 = r6
call bpf_skb_ecn_set_ce
*(u64 *)(r9 + 0) = r0
r1 = r6
call bpf_skb_ecn_set_ce
*(u64 *)(r9 + 8) = r0
r0 = 0
exit
-- data
02 00 00 00 00 01 02 00 00 00 00 02 08 00 45 02 00 32 00 01 40 00 40 06 b7 c3 c0 00 02 01 c6 33 64 07 30 39 00 50 00 00 00 01 00 00 00 02 50 10 20 00 12 34 00 00 68 65
-- result
0
-- out
1
1
-- after
02 00 00 00 00 01 02 00 00 00 00 02 08 00 45 03
00 32 00 01 40 00 40 06 b7 c2 c0 00 02 01 c6 33
64 07 30 39 00 50 00 00 00 01 00 00 00 02 50 10
20 00 12 34 00 00 68 65
==== ECN, ect(0), IPv6
prog: tc
show: words
-- asm
r6 = r1
r9 = out ll
r1 = r6
call bpf_skb_ecn_set_ce
*(u64 *)(r9 + 0) = r0
r1 = r6
call bpf_skb_ecn_set_ce
*(u64 *)(r9 + 8) = r0
r0 = 0
exit
-- data
02 00 00 00 00 01 02 00 00 00 00 02 86 dd 60 20 00 00 00 14 06 40 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 11 22 33 44
-- result
0
-- out
1
1
-- after
02 00 00 00 00 01 02 00 00 00 00 02 86 dd 60 30
00 00 00 14 06 40 20 01 20 01 20 01 20 01 20 01
20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01
20 01 20 01 20 01 11 22 33 44
==== ECN, ce, IPv4
prog: tc
show: words
-- asm
r6 = r1
r9 = out ll
r1 = r6
call bpf_skb_ecn_set_ce
*(u64 *)(r9 + 0) = r0
r1 = r6
call bpf_skb_ecn_set_ce
*(u64 *)(r9 + 8) = r0
r0 = 0
exit
-- data
02 00 00 00 00 01 02 00 00 00 00 02 08 00 45 03 00 32 00 01 40 00 40 06 b7 c3 c0 00 02 01 c6 33 64 07 30 39 00 50 00 00 00 01 00 00 00 02 50 10 20 00 12 34 00 00 68 65
-- result
0
-- out
1
1
-- after
02 00 00 00 00 01 02 00 00 00 00 02 08 00 45 03
00 32 00 01 40 00 40 06 b7 c3 c0 00 02 01 c6 33
64 07 30 39 00 50 00 00 00 01 00 00 00 02 50 10
20 00 12 34 00 00 68 65
==== ECN, ce, IPv6
prog: tc
show: words
-- asm
r6 = r1
r9 = out ll
r1 = r6
call bpf_skb_ecn_set_ce
*(u64 *)(r9 + 0) = r0
r1 = r6
call bpf_skb_ecn_set_ce
*(u64 *)(r9 + 8) = r0
r0 = 0
exit
-- data
02 00 00 00 00 01 02 00 00 00 00 02 86 dd 60 30 00 00 00 14 06 40 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01 11 22 33 44
-- result
0
-- out
1
1
-- after
02 00 00 00 00 01 02 00 00 00 00 02 86 dd 60 30
00 00 00 14 06 40 20 01 20 01 20 01 20 01 20 01
20 01 20 01 20 01 20 01 20 01 20 01 20 01 20 01
20 01 20 01 20 01 11 22 33 44
==== tunnel keys
prog: tc
show: words
-- asm
r6 = r1
r9 = out ll
r1 = 7
*(u32 *)(r9 + 512) = r1
r1 = r6
r2 = r9
r2 += 512
r3 = 44
r4 = 0
call bpf_skb_get_tunnel_key
*(u64 *)(r9 + 0) = r0
r1 = r6
r2 = r9
r2 += 512
r3 = 28
r4 = 0
call bpf_skb_get_tunnel_key
*(u64 *)(r9 + 8) = r0
r1 = r6
r2 = r9
r2 += 512
r3 = 24
r4 = 0
call bpf_skb_get_tunnel_key
*(u64 *)(r9 + 16) = r0
r1 = r6
r2 = r9
r2 += 512
r3 = 22
r4 = 0
call bpf_skb_get_tunnel_key
*(u64 *)(r9 + 24) = r0
r1 = r6
r2 = r9
r2 += 512
r3 = 8
r4 = 0
call bpf_skb_get_tunnel_key
*(u64 *)(r9 + 32) = r0
r1 = r6
r2 = r9
r2 += 512
r3 = 9
r4 = 0
call bpf_skb_get_tunnel_key
*(u64 *)(r9 + 40) = r0
r1 = r6
r2 = r9
r2 += 512
r3 = 44
r4 = 32
call bpf_skb_get_tunnel_key
*(u64 *)(r9 + 48) = r0
r1 = 7
*(u32 *)(r9 + 512) = r1
r1 = r6
r2 = r9
r2 += 512
r3 = 8
call bpf_skb_set_tunnel_opt
*(u64 *)(r9 + 56) = r0
r1 = r6
r2 = r9
r2 += 512
r3 = 44
r4 = 0
call bpf_skb_set_tunnel_key
*(u64 *)(r9 + 64) = r0
r1 = r6
r2 = r9
r2 += 512
r3 = 28
r4 = 0
call bpf_skb_set_tunnel_key
*(u64 *)(r9 + 72) = r0
r1 = r6
r2 = r9
r2 += 512
r3 = 24
r4 = 0
call bpf_skb_set_tunnel_key
*(u64 *)(r9 + 80) = r0
r1 = r6
r2 = r9
r2 += 512
r3 = 22
r4 = 0
call bpf_skb_set_tunnel_key
*(u64 *)(r9 + 88) = r0
r1 = r6
r2 = r9
r2 += 512
r3 = 8
r4 = 0
call bpf_skb_set_tunnel_key
*(u64 *)(r9 + 96) = r0
r1 = r6
r2 = r9
r2 += 512
r3 = 9
r4 = 0
call bpf_skb_set_tunnel_key
*(u64 *)(r9 + 104) = r0
r1 = r6
r2 = r9
r2 += 512
r3 = 44
r4 = 32
call bpf_skb_set_tunnel_key
*(u64 *)(r9 + 112) = r0
r1 = r6
r2 = r9
r2 += 512
r3 = 44
r4 = 31
call bpf_skb_set_tunnel_key
*(u64 *)(r9 + 120) = r0
r1 = r6
r2 = r9
r2 += 512
r3 = 44
r4 = 16
call bpf_skb_set_tunnel_key
*(u64 *)(r9 + 128) = r0
r1 = r6
r2 = r9
r2 += 512
r3 = 8
call bpf_skb_set_tunnel_opt
*(u64 *)(r9 + 136) = r0
r1 = r6
r2 = r9
r2 += 512
r3 = 6
call bpf_skb_set_tunnel_opt
*(u64 *)(r9 + 144) = r0
r1 = r6
r2 = r9
r2 += 512
r3 = 200
call bpf_skb_set_tunnel_opt
*(u64 *)(r9 + 152) = r0
r1 = 1
*(u8 *)(r9 + 536) = r1
r1 = r6
r2 = r9
r2 += 512
r3 = 44
r4 = 0
call bpf_skb_set_tunnel_key
*(u64 *)(r9 + 160) = r0
r1 = r6
r2 = r9
r2 += 512
r3 = 44
r4 = 1
call bpf_skb_set_tunnel_key
*(u64 *)(r9 + 168) = r0
r1 = 1
*(u8 *)(r9 + 534) = r1
r1 = r6
r2 = r9
r2 += 512
r3 = 44
r4 = 0
call bpf_skb_set_tunnel_key
*(u64 *)(r9 + 176) = r0
r1 = r6
r2 = r9
r2 += 512
r3 = 44
r4 = 1
call bpf_skb_set_tunnel_key
*(u64 *)(r9 + 184) = r0
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
0
0
0
0
0
-22
-22
0
0
0
-22
0
-22
0
-22
-22
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
0
7
0
281474976710656
1
