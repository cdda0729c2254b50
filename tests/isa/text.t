# What texts become: styles, dumps, labels, comments.
==== kernel text
-- asm
r6 = r1
r0 = *(u8 *)(r1 +4)
if w0 s<= 0x5 goto pc+2
lock *(u64 *)(r1 +8) += r2
call unknown#14
exit
-- bytes
bf 16 00 00 00 00 00 00
71 10 04 00 00 00 00 00
d6 00 02 00 05 00 00 00
db 21 08 00 00 00 00 00
85 00 00 00 0e 00 00 00
95 00 00 00 00 00 00 00
-- llvm
r6 = r1
w0 = *(u8 *)(r1 + 4)
if w0 s<= 5 goto +2
lock *(u64 *)(r1 + 8) += r2
call 14
exit
==== LLVM text
-- asm
	r6 = r1
	w0 = *(u8 *)(r1 + 4)
	if w0 s<= 5 goto +2
	lock *(u64 *)(r1 + 8) += r2
	r3 = 0x123456789abcdef0 ll
	r2 = atomic_fetch_or((u64 *)(r1 - 8), r2)
	w2 = xchg32_32(r1 + 0, w2)
	call 14
	exit
-- kernel
(bf) r6 = r1
(71) r0 = *(u8 *)(r1 +4)
(d6) if w0 s<= 0x5 goto pc+2
(db) lock *(u64 *)(r1 +8) += r2
(18) r3 = 0x123456789abcdef0
(db) r2 = atomic64_fetch_or((u64 *)(r1 -8), r2)
(c3) r2 = atomic_xchg((u32 *)(r1 +0), r2)
(85) call unknown#14
(95) exit
==== conformance text
-- asm
mov %r0, 5
add32 r0, 0xffffffff
lddw r1, 0x1122334455667788
ldxdw r2, [r1+8]
ldxsw r2, [r1-4]
stxh [r10-2], r2
stw [r10], 7
movsx1664 r3, r2
be32 r3
swap64 r3
neg32 r3
arsh r3, r2
sdiv r3, 7
jeq r1, 5, exit
jset32 r1, r2, +1
lock fetch add32 [r10-8], r2
lock cmpxchg [r10-8], r3
ja exit
call 5
call local f
exit
f: g:
mov r0, 1
exit
-- kernel
(b7) r0 = 5
(04) w0 += -1
(18) r1 = 0x1122334455667788
(79) r2 = *(u64 *)(r1 +8)
(81) r2 = *(s32 *)(r1 -4)
(6b) *(u16 *)(r10 -2) = r2
(62) *(u32 *)(r10 +0) = 7
(bf) r3 = (s16)r2
(dc) r3 = be32 r3
(d7) r3 = bswap64 r3
(84) w3 = -w3
(cf) r3 s>>= r2
(37) r3 s/= 7
(15) if r1 == 0x5 goto pc+6
(4e) if w1 & w2 goto pc+1
(c3) r2 = atomic_fetch_add((u32 *)(r10 -8), r2)
(db) r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r3)
(05) goto pc+2
(85) call unknown#5
(85) call pc+1
(95) exit
(b7) r0 = 1
(95) exit
-- llvm
r0 = 5
w0 += -1
r1 = 1234605616436508552 ll
r2 = *(u64 *)(r1 + 8)
r2 = *(s32 *)(r1 - 4)
*(u16 *)(r10 - 2) = w2
*(u32 *)(r10 + 0) = 7
r3 = (s16)r2
r3 = be32 r3
r3 = bswap64 r3
w3 = -w3
r3 s>>= r2
r3 s/= 7
if r1 == 5 goto +6
if w1 & w2 goto +1
w2 = atomic_fetch_add((u32 *)(r10 - 8), w2)
r0 = cmpxchg_64(r10 - 8, r0, r3)
goto +2
call 5
call pc+1
exit
r0 = 1
exit
==== a bpftool dump
-- asm
int prog(struct __sk_buff * skb):
; int x = 5;
   0: (b7) r1 = 5
       b7 01 00 00 05 00 00 00
   1: (18) r2 = map[id:7]
       18 12 00 00 07 00 00 00 00 00 00 00 00 00 00 00
   3: (18) r3 = map[id:7][0]+16
   5: (18) r4 = 0x5
   7: (85) call bpf_map_lookup_elem#1
   8: (85) call pc+1#bpf_prog_0123456789abcdef_f
   9: (95) exit
  10: (b4) w0 = -1
  11: (95) exit
-- bytes
b7 01 00 00 05 00 00 00
18 12 00 00 07 00 00 00
00 00 00 00 00 00 00 00
18 23 00 00 07 00 00 00
00 00 00 00 10 00 00 00
18 04 00 00 05 00 00 00
00 00 00 00 00 00 00 00
85 00 00 00 01 00 00 00
85 10 00 00 01 00 00 00
95 00 00 00 00 00 00 00
b4 00 00 00 ff ff ff ff
95 00 00 00 00 00 00 00
==== a verifier log
-- asm
0: (bf) r6 = r1                       ; R1=ctx() R6_w=ctx()
1: (07) r1 += 8                       ; R1_w=ctx(off=8)
2: (95) exit
-- kernel
(bf) r6 = r1
(07) r1 += 8
(95) exit
==== an objdump listing
-- asm
0000000000000000 <main>:
       0:	b7 01 00 00 05 00 00 00	r1 = 5
       1:	05 00 01 00 00 00 00 00	goto +1 <L1>
       2:	18 02 00 00 05 00 00 00 00 00 00 00 01 00 00 00	r2 = 4294967301 ll

0000000000000020 <L1>:
       4:	95 00 00 00 00 00 00 00	exit
-- bytes
b7 01 00 00 05 00 00 00
05 00 01 00 00 00 00 00
18 02 00 00 05 00 00 00
00 00 00 00 01 00 00 00
95 00 00 00 00 00 00 00
==== labels, comments and statements in a line
-- asm
# all comments
start: r0 = 0	// of
  r1 = 'A'; r2 = -0x10 ; loop: r1 -= 1	/* all
  kinds */
if r1 != 0 goto loop
gotol start ; exit
.8byte 0x0000000500000095
-- kernel
(b7) r0 = 0
(b7) r1 = 65
(b7) r2 = -16
(17) r1 -= 1
(55) if r1 != 0x0 goto pc-2
(06) gotol pc-6
(95) exit
.8byte 0x0000000500000095
==== labels in listings
labels: yes
-- asm
a: if r1 == 0 goto b
goto a
b: call f
exit
f: r1 = f ll
exit
-- kernel
L0:
	(15) if r1 == 0x0 goto L2
	(05) goto L0
L2:
	(85) call L4
	(95) exit
L4:
	(18) r1 = L4
	(95) exit
-- llvm
L0:
	if r1 == 0 goto L2
	goto L0
L2:
	call L4
	exit
L4:
	r1 = L4 ll
	exit
==== all that loads 64 bits
-- asm
r1 = 5 ll
r1 = -1 ll
r1 = map[fd:3]
r1 = map[fd:3][0]+8
r1 = map[idx:3]
r1 = map[idx:3]+8
r1 = btf[id:3]
r1 = btf[id:3,fd:9]
r1 = subprog[+2]
ld_pseudo r1, 2, 0x800000003
-- kernel
(18) r1 = 0x5
(18) r1 = 0xffffffffffffffff
(18) r1 = map[fd:3]
(18) r1 = map[fd:3][0]+8
(18) r1 = map[idx:3]
(18) r1 = map[idx:3]+8
(18) r1 = btf[id:3]
(18) r1 = btf[id:3,fd:9]
(18) r1 = subprog[+2]
(18) r1 = map[fd:3][0]+8
-- llvm
r1 = 5 ll
r1 = -1 ll
ld_pseudo r1, 1, 3
ld_pseudo r1, 2, 34359738371
ld_pseudo r1, 5, 3
ld_pseudo r1, 6, 34359738371
ld_pseudo r1, 3, 3
ld_pseudo r1, 3, 38654705667
ld_pseudo r1, 4, 2
ld_pseudo r1, 2, 34359738371
==== what only kernels write
internal: yes
-- asm
nospec
r1 = probe *(u8 *)(r2 +0)
r1 = probe *(s32 *)(r2 +0)
r1 = arena *(u64 *)(r2 +0)
arena *(u32 *)(r2 +4) = r1
arena *(u32 *)(r2 +4) = 7
arena lock *(u64 *)(r2 +4) += r1
r1 = &(void __percpu *)(r2)
r11 = 5
-- kernel
(c2) nospec
(31) r1 = probe *(u8 *)(r2 +0)
(41) r1 = probe *(s32 *)(r2 +0)
(b9) r1 = arena *(u64 *)(r2 +0)
(a3) arena *(u32 *)(r2 +4) = r1
(a2) arena *(u32 *)(r2 +4) = 7
(fb) arena lock *(u64 *)(r2 +4) += r1
(bf) r1 = &(void __percpu *)(r2)
(b7) r11 = 5
-- llvm
nospec
w1 = probe *(u8 *)(r2 + 0)
r1 = probe *(s32 *)(r2 + 0)
r1 = arena *(u64 *)(r2 + 0)
arena *(u32 *)(r2 + 4) = w1
arena *(u32 *)(r2 + 4) = 7
arena lock *(u64 *)(r2 + 4) += r1
r1 = &(void __percpu *)(r2)
r11 = 5
==== what only new kernels know
-- asm
r1 = load_acquire((u16 *)(r2 +4))
store_release((u32 *)(r2 +4), r1)
gotox r3
may_goto +3
r1 = addr_space_cast(r2, 0, 1)
r2 = *(u64 *)(r11 +8)
*(u64 *)(r11 -8) = r2
call kernel-function#77
call kernel-function#77@2
-- kernel
(cb) r1 = load_acquire((u16 *)(r2 +4))
(c3) store_release((u32 *)(r2 +4), r1)
(0d) gotox r3
(e5) may_goto pc+3
(bf) r1 = addr_space_cast(r2, 0, 1)
(79) r2 = *(u64 *)(r11 +8)
(7b) *(u64 *)(r11 -8) = r2
(85) call kernel-function#77
(85) call kernel-function#77@2
-- llvm
w1 = load_acquire((u16 *)(r2 + 4))
store_release((u32 *)(r2 + 4), w1)
gotox r3
may_goto +3
r1 = addr_space_cast(r2, 0, 1)
r2 = *(u64 *)(r11 + 8)
*(u64 *)(r11 - 8) = r2
call kernel-function#77
call kernel-function#77@2
==== hex
input: hex
-- asm
0xb7,0x00,0x00,0x00, 07:00:00:00
9500000000000000
-- kernel
(b7) r0 = 7
(95) exit
==== classic BPF
-- cbpf
(000) ldh      [12]
(001) jeq      #0x86dd          jt 2	jf 4
(002) ldx      #0xffffffff
(003) div      x
(004) ldxb     4*([14]&0xf)
(005) ret      a
-- tcpdump
(000) ldh      [12]
(001) jeq      #0x86dd          jt 2	jf 4
(002) ldx      #0xffffffff
(003) div      x
(004) ldxb     4*([14]&0xf)
(005) ret      
-- kernel
(b4) w0 = 0
(b4) w7 = 0
(bf) r6 = r1
(28) r0 = *(u16 *)skb[12]
(55) if r0 != 0x86dd goto pc+6
(b4) w7 = -1
(bc) w7 = w7
(55) if r7 != 0x0 goto pc+2
(ac) w0 ^= w0
(95) exit
(3c) w0 /= w7
(bf) r7 = r0
(30) r0 = *(u8 *)skb[14]
(54) w0 &= 15
(64) w0 <<= 2
(bf) r2 = r7
(bf) r7 = r0
(bf) r0 = r2
(95) exit
==== classic BPF with ancillary data
-- cbpf
ld ifidx
jgt #0x80000000, a, b
a: ld cpu
xor_x_is_a_load: ld xor_x
b: ld vlan_tpid
st M[15]
ret #0xffffffff
-- tcpdump
(000) ld       ifidx
(001) jgt      #0x80000000      jt 2	jf 4
(002) ld       cpu
(003) ld       xor_x
(004) ld       vlan_tpid
(005) st       M[15]
(006) ret      #-1
-- kernel
(b4) w0 = 0
(b4) w7 = 0
(bf) r6 = r1
(61) r2 = *(u32 *)(r6 +40)
(55) if r2 != 0x0 goto pc+1
(95) exit
(bf) r0 = r2
(b4) w2 = -2147483648
(bd) if r0 <= r2 goto pc+3
(85) call unknown#8
(bc) w0 = w0
(ac) w0 ^= w7
(61) r0 = *(u32 *)(r6 +28)
(dc) r0 = be16 r0
(63) *(u32 *)(r10 -64) = r0
(b4) w0 = -1
(95) exit
