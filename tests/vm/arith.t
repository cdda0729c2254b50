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
