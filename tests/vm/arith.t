==== division by zero gives 0, remainder by zero the dividend (RFC 9669, 4.1)
-- asm
r0 = 7
r1 = 0
r2 = 9
r0 /= r1
r2 %= r1
r0 += r2
exit
-- result
0x9
==== the least number divided by -1
-- asm
r0 = 0x8000000000000000 ll
r1 = -1
r0 s/= r1
r2 = 0x8000000000000000 ll
r2 s%= r1
r0 += r2
exit
-- result
0x8000000000000000
==== 32-bit results clear the upper half
-- asm
r0 = -1
w0 += 1
r1 = -1
w1 s>>= 4
r0 += r1
exit
-- result
0xffffffff
==== shifts use the low bits of the amount only
-- asm
r0 = 1
r1 = 65
r0 <<= r1
w2 = 1
w1 = 33
w2 <<= w1
r0 += r2
exit
-- result
0x4
==== sign extension from 8, 16 and 32 bits
-- asm
r1 = 0x80
r0 = (s8)r1
r2 = 0x8000
r2 = (s16)r2
r3 = 0x80000000 ll
r3 = (s32)r3
r0 += r2
r0 += r3
w4 = (s8)w1
r0 += r4
exit
-- result
0x7fff7f00
==== byte orders
-- asm
r0 = 0x1122334455667788 ll
r0 = be16 r0
r1 = 0x1122334455667788 ll
r1 = bswap32 r1
r2 = 0x1122334455667788 ll
r2 = le32 r2
r0 <<= 32
r0 += r1
r0 ^= r2
exit
-- result
0x8877dd1111dd
==== constants shift by as many bits as fit (RFC 9669, 4.1), which no kernel takes
-- asm
lddw r0, 0x8000000000000001
mov r1, r0
mov r2, r0
mov r3, r0
mov r4, r0
mov r5, r0
lsh r0, 65
rsh r1, -63
arsh r2, 127
lsh32 r3, 60
rsh32 r4, 33
arsh32 r5, -2
add r0, r1
add r0, r2
add r0, r3
add r0, r4
add r0, r5
exit
-- result
0x4000000010000001
==== a constant 0 as divisor, which no kernel takes
-- asm
lddw r0, 0xf000000000000007
mov r1, r0
mov r2, r0
mov r3, r0
mov r4, r0
div r0, 0
div32 r1, 0
mod r2, 0
mod32 r3, 0
sdiv r4, 0
add r0, r1
add r0, r2
add r0, r3
add r0, r4
exit
-- result
0xf00000000000000e
