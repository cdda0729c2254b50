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
