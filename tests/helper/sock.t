==== the socket of a packet
prog: tc
show: words
-- asm
r6 = r1
r9 = out ll
r1 = r6
call get_socket_uid
*(u64 *)(r9 + 0) = r0
r1 = r6
call skb_cgroup_classid
*(u64 *)(r9 + 8) = r0
r1 = r6
call get_cgroup_classid
*(u64 *)(r9 + 16) = r0
r1 = r6
call get_route_realm
*(u64 *)(r9 + 24) = r0
r1 = r6
r2 = 5
call skb_ancestor_cgroup_id
*(u64 *)(r9 + 32) = r0
r1 = r6
r2 = -1
call skb_ancestor_cgroup_id
*(u64 *)(r9 + 40) = r0
r0 = 0
exit
-- result
0
-- out
==== cgroups in an array
prog: tc
map: a cgroup_array 4 4 2
show: words
-- asm
r6 = r1
r9 = out ll
r1 = r6
r2 = a ll
r3 = 0
call skb_under_cgroup
*(u64 *)(r9 + 0) = r0
r1 = r6
r2 = a ll
r3 = 2
call skb_under_cgroup
*(u64 *)(r9 + 8) = r0
r0 = 0
exit
-- result
0
-- out
-11
-7
==== nobody listens
prog: tc
show: words
-- asm
r6 = r1
r9 = out ll
*(u64 *)(r10 - 40) = 0
*(u64 *)(r10 - 32) = 0
*(u64 *)(r10 - 24) = 0
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 8) = 0
r1 = 0x100007f
*(u32 *)(r10 - 12) = r1
*(u32 *)(r10 - 8) = r1
r1 = 0x0100
*(u16 *)(r10 - 2) = r1
r1 = r6
r2 = r10
r2 += -12
r3 = 12
r4 = -1
r5 = 0
call sk_lookup_tcp
if r0 == 0 goto a
r1 = r0
call sk_release
r0 = 9
a:
*(u64 *)(r9 + 0) = r0
r1 = r6
r2 = r10
r2 += -12
r3 = 11
r4 = -1
r5 = 0
call sk_lookup_udp
if r0 == 0 goto b
r1 = r0
call sk_release
r0 = 9
b:
*(u64 *)(r9 + 8) = r0
r1 = r6
r2 = r10
r2 += -36
r3 = 36
r4 = -1
r5 = 0
call sk_lookup_udp
if r0 == 0 goto c
r1 = r0
call sk_release
r0 = 9
c:
*(u64 *)(r9 + 16) = r0
r1 = r6
r2 = r10
r2 += -12
r3 = 12
r4 = -1
r5 = 1
call skc_lookup_tcp
if r0 == 0 goto d
r1 = r0
call sk_release
r0 = 9
d:
*(u64 *)(r9 + 24) = r0
r0 = 0
exit
-- result
0
-- out
==== no IPsec, no tunnel
prog: tc
show: words
-- asm
r6 = r1
r9 = out ll
*(u64 *)(r9 + 512) = 7
*(u64 *)(r9 + 552) = 7
r1 = r6
r2 = 0
r3 = r9
r3 += 512
r4 = 28
r5 = 0
call skb_get_xfrm_state
*(u64 *)(r9 + 0) = r0
r0 = *(u64 *)(r9 + 512)
*(u64 *)(r9 + 8) = r0
r1 = r6
r2 = r9
r2 += 552
r3 = 8
call skb_get_tunnel_opt
*(u64 *)(r9 + 16) = r0
r0 = *(u64 *)(r9 + 552)
*(u64 *)(r9 + 24) = r0
r1 = r6
call get_netns_cookie
r0 = 0
exit
-- result
0
-- out
-22
0
-2
