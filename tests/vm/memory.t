==== loads of all widths, signed and not
-- asm
r0 = *(u8 *)(r1 + 0)
r3 = *(u16 *)(r1 + 1)
r0 += r3
r3 = *(u32 *)(r1 + 3)
r0 += r3
r3 = *(s8 *)(r1 + 0)
r0 += r3
r3 = *(s16 *)(r1 + 1)
r0 += r3
r3 = *(s32 *)(r1 + 3)
r0 += r3
exit
-- mem
ff ff 80 01 00 00 80 00 00 00
-- result
0x2fe
==== stores of all widths
-- asm
*(u8 *)(r1 + 0) = 0x11
*(u16 *)(r1 + 1) = 0x2233
*(u32 *)(r1 + 3) = -2
r3 = 0x0102030405060708 ll
*(u64 *)(r1 + 7) = r3
*(u8 *)(r1 + 15) = r3
r0 = 0
exit
-- mem
00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
-- result
0x0
-- after
11 33 22 fe ff ff ff 08 07 06 05 04 03 02 01 08
==== one byte past the end
-- asm
r0 = *(u32 *)(r1 + 1)
exit
-- mem
00 00 00 00
-- error
0: read of 4 bytes at 0x..., which is not the program's memory
==== before the beginning
-- asm
*(u8 *)(r1 - 1) = 0
r0 = 0
exit
-- mem
00 00 00 00 00 00 00 00
-- error
0: write of 1 byte at 0x..., which the program may not write
==== the null pointer, and addresses that wrap around
-- asm
r3 = 0
r0 = *(u64 *)(r3 + 0)
exit
-- error
1: read of 8 bytes at 0x0, which is not the program's memory
==== an access that wraps around
-- asm
r3 = -4
r0 = *(u64 *)(r3 + 0)
exit
-- error
1: read of 8 bytes at 0x..., which is not the program's memory
==== the whole stack, and nothing above it
-- asm
*(u64 *)(r10 - 512) = 1
*(u64 *)(r10 - 8) = 2
r0 = *(u64 *)(r10 - 512)
r3 = *(u64 *)(r10 - 8)
r0 += r3
exit
-- result
0x3
==== above the stack
-- asm
r0 = *(u8 *)(r10 + 0)
exit
-- error
0: read of 1 byte at 0x..., which is not the program's memory
==== below the frame
-- asm
*(u64 *)(r10 - 520) = 1
r0 = 0
exit
-- error
0: write of 8 bytes at 0x..., which the program may not write
==== a helper is not given memory that is not the program's
-- asm
r1 = r10
r1 += -8
r2 = 16
r3 = 0
call 3
exit
-- error
4: a helper was given 16 bytes at 0x..., which are not the program's memory
==== a helper fills the stack
-- asm
r1 = r10
r1 += -16
r2 = 16
r3 = 0x5a
call 3
r0 = *(u64 *)(r10 - 12)
exit
-- result
0x5a5a5a5a5a5a5a5a
==== atomics give back the old value, or leave the register alone
-- asm
*(u64 *)(r10 - 8) = 10
r3 = 5
lock *(u64 *)(r10 - 8) += r3
r4 = 7
r4 = atomic64_fetch_add((u64 *)(r10 - 8), r4)
r5 = 100
r5 = atomic64_xchg((u64 *)(r10 - 8), r5)
r0 = 100
r6 = 1
r0 = atomic64_cmpxchg((u64 *)(r10 - 8), r0, r6)
r0 *= 1000
r7 = *(u64 *)(r10 - 8)
r0 += r7
r0 *= 1000
r0 += r4
r0 *= 1000
r0 += r5
exit
-- result
0x17488664ee
==== a compare and swap that fails
-- asm
*(u32 *)(r10 - 4) = 10
r0 = 11
r6 = 1
r0 = atomic_cmpxchg((u32 *)(r10 - 4), r0, r6)
r7 = *(u32 *)(r10 - 4)
r0 <<= 8
r0 |= r7
exit
-- result
0xa0a
==== an atomic access that is not aligned
-- asm
*(u64 *)(r10 - 16) = 0
r3 = 1
lock *(u32 *)(r10 - 14) += r3
r0 = 0
exit
-- error
2: atomic access to 4 bytes at 0x..., which is not aligned
==== load-acquire and store-release
-- asm
r3 = 0x123
store_release((u64 *)(r10 - 8), r3)
r0 = load_acquire((u16 *)(r10 - 8))
exit
-- result
0x123
