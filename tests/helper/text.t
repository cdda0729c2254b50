# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Numbers from text, strings, and memory that may not be there.
==== bpf_strtol
str: s0 0
str: s1 42
str: s2 -42
str: s3 \x20\x207
str: s4 0x1f
str: s5 0x
str: s6 0xg
str: s7 017
str: s8 018
str: s9 08
str: s10 1f
str: s11 0x1f
str: s12 0x1f
str: s13 9223372036854775807
str: s14 9223372036854775808
str: s15 -9223372036854775808
str: s16 -9223372036854775809
str: s17 18446744073709551615
str: s18 18446744073709551616
str: s19 
str: s20 -
str: s21 --1
str: s22 +1
str: s23 1 2
str: s24 12
str: s25 12
str: s26 12
str: s27 777
str: s28 0b1
str: s29 0X1F
str: s30 -0x10
str: s31 -0
show: words
-- asm
r9 = out ll
r1 = s0 ll
r2 = 1
r3 = 0
r4 = r9
r4 += 0
call bpf_strtol
*(u64 *)(r9 + 8) = r0
r1 = s1 ll
r2 = 2
r3 = 0
r4 = r9
r4 += 16
call bpf_strtol
*(u64 *)(r9 + 24) = r0
r1 = s2 ll
r2 = 3
r3 = 0
r4 = r9
r4 += 32
call bpf_strtol
*(u64 *)(r9 + 40) = r0
r1 = s3 ll
r2 = 3
r3 = 0
r4 = r9
r4 += 48
call bpf_strtol
*(u64 *)(r9 + 56) = r0
r1 = s4 ll
r2 = 4
r3 = 0
r4 = r9
r4 += 64
call bpf_strtol
*(u64 *)(r9 + 72) = r0
r1 = s5 ll
r2 = 2
r3 = 0
r4 = r9
r4 += 80
call bpf_strtol
*(u64 *)(r9 + 88) = r0
r1 = s6 ll
r2 = 3
r3 = 0
r4 = r9
r4 += 96
call bpf_strtol
*(u64 *)(r9 + 104) = r0
r1 = s7 ll
r2 = 3
r3 = 0
r4 = r9
r4 += 112
call bpf_strtol
*(u64 *)(r9 + 120) = r0
r1 = s8 ll
r2 = 3
r3 = 0
r4 = r9
r4 += 128
call bpf_strtol
*(u64 *)(r9 + 136) = r0
r1 = s9 ll
r2 = 2
r3 = 0
r4 = r9
r4 += 144
call bpf_strtol
*(u64 *)(r9 + 152) = r0
r1 = s10 ll
r2 = 2
r3 = 16
r4 = r9
r4 += 160
call bpf_strtol
*(u64 *)(r9 + 168) = r0
r1 = s11 ll
r2 = 4
r3 = 16
r4 = r9
r4 += 176
call bpf_strtol
*(u64 *)(r9 + 184) = r0
r1 = s12 ll
r2 = 4
r3 = 10
r4 = r9
r4 += 192
call bpf_strtol
*(u64 *)(r9 + 200) = r0
r1 = s13 ll
r2 = 19
r3 = 0
r4 = r9
r4 += 208
call bpf_strtol
*(u64 *)(r9 + 216) = r0
r1 = s14 ll
r2 = 19
r3 = 0
r4 = r9
r4 += 224
call bpf_strtol
*(u64 *)(r9 + 232) = r0
r1 = s15 ll
r2 = 20
r3 = 0
r4 = r9
r4 += 240
call bpf_strtol
*(u64 *)(r9 + 248) = r0
r1 = s16 ll
r2 = 20
r3 = 0
r4 = r9
r4 += 256
call bpf_strtol
*(u64 *)(r9 + 264) = r0
r1 = s17 ll
r2 = 20
r3 = 0
r4 = r9
r4 += 272
call bpf_strtol
*(u64 *)(r9 + 280) = r0
r1 = s18 ll
r2 = 20
r3 = 0
r4 = r9
r4 += 288
call bpf_strtol
*(u64 *)(r9 + 296) = r0
r1 = s19 ll
r2 = 1
r3 = 0
r4 = r9
r4 += 304
call bpf_strtol
*(u64 *)(r9 + 312) = r0
r1 = s20 ll
r2 = 1
r3 = 0
r4 = r9
r4 += 320
call bpf_strtol
*(u64 *)(r9 + 328) = r0
r1 = s21 ll
r2 = 3
r3 = 0
r4 = r9
r4 += 336
call bpf_strtol
*(u64 *)(r9 + 344) = r0
r1 = s22 ll
r2 = 2
r3 = 0
r4 = r9
r4 += 352
call bpf_strtol
*(u64 *)(r9 + 360) = r0
r1 = s23 ll
r2 = 3
r3 = 0
r4 = r9
r4 += 368
call bpf_strtol
*(u64 *)(r9 + 376) = r0
r1 = s24 ll
r2 = 2
r3 = 2
r4 = r9
r4 += 384
call bpf_strtol
*(u64 *)(r9 + 392) = r0
r1 = s25 ll
r2 = 2
r3 = 32
r4 = r9
r4 += 400
call bpf_strtol
*(u64 *)(r9 + 408) = r0
r1 = s26 ll
r2 = 2
r3 = 64
r4 = r9
r4 += 416
call bpf_strtol
*(u64 *)(r9 + 424) = r0
r1 = s27 ll
r2 = 3
r3 = 8
r4 = r9
r4 += 432
call bpf_strtol
*(u64 *)(r9 + 440) = r0
r1 = s28 ll
r2 = 3
r3 = 0
r4 = r9
r4 += 448
call bpf_strtol
*(u64 *)(r9 + 456) = r0
r1 = s29 ll
r2 = 4
r3 = 0
r4 = r9
r4 += 464
call bpf_strtol
*(u64 *)(r9 + 472) = r0
r1 = s30 ll
r2 = 5
r3 = 0
r4 = r9
r4 += 480
call bpf_strtol
*(u64 *)(r9 + 488) = r0
r1 = s31 ll
r2 = 2
r3 = 0
r4 = r9
r4 += 496
call bpf_strtol
*(u64 *)(r9 + 504) = r0
r0 = 0
exit
-- result
0
-- out
0
1
42
2
-42
3
7
3
31
4
0
1
0
1
15
3
1
2
0
1
31
2
31
4
0
1
9223372036854775807
19
0
-34
-9223372036854775808
20
0
-34
0
-34
0
-34
0
-22
0
-22
0
-22
0
-22
1
1
0
-22
0
-22
0
-22
511
3
0
1
31
4
-16
5
0
2
==== bpf_strtoul
str: s0 0
str: s1 42
str: s2 -42
str: s3 \x20\x207
str: s4 0x1f
str: s5 0x
str: s6 0xg
str: s7 017
str: s8 018
str: s9 08
str: s10 1f
str: s11 0x1f
str: s12 0x1f
str: s13 9223372036854775807
str: s14 9223372036854775808
str: s15 -9223372036854775808
str: s16 -9223372036854775809
str: s17 18446744073709551615
str: s18 18446744073709551616
str: s19 
str: s20 -
str: s21 --1
str: s22 +1
str: s23 1 2
str: s24 12
str: s25 12
str: s26 12
str: s27 777
str: s28 0b1
str: s29 0X1F
str: s30 -0x10
str: s31 -0
show: words
-- asm
r9 = out ll
r1 = s0 ll
r2 = 1
r3 = 0
r4 = r9
r4 += 0
call bpf_strtoul
*(u64 *)(r9 + 8) = r0
r1 = s1 ll
r2 = 2
r3 = 0
r4 = r9
r4 += 16
call bpf_strtoul
*(u64 *)(r9 + 24) = r0
r1 = s2 ll
r2 = 3
r3 = 0
r4 = r9
r4 += 32
call bpf_strtoul
*(u64 *)(r9 + 40) = r0
r1 = s3 ll
r2 = 3
r3 = 0
r4 = r9
r4 += 48
call bpf_strtoul
*(u64 *)(r9 + 56) = r0
r1 = s4 ll
r2 = 4
r3 = 0
r4 = r9
r4 += 64
call bpf_strtoul
*(u64 *)(r9 + 72) = r0
r1 = s5 ll
r2 = 2
r3 = 0
r4 = r9
r4 += 80
call bpf_strtoul
*(u64 *)(r9 + 88) = r0
r1 = s6 ll
r2 = 3
r3 = 0
r4 = r9
r4 += 96
call bpf_strtoul
*(u64 *)(r9 + 104) = r0
r1 = s7 ll
r2 = 3
r3 = 0
r4 = r9
r4 += 112
call bpf_strtoul
*(u64 *)(r9 + 120) = r0
r1 = s8 ll
r2 = 3
r3 = 0
r4 = r9
r4 += 128
call bpf_strtoul
*(u64 *)(r9 + 136) = r0
r1 = s9 ll
r2 = 2
r3 = 0
r4 = r9
r4 += 144
call bpf_strtoul
*(u64 *)(r9 + 152) = r0
r1 = s10 ll
r2 = 2
r3 = 16
r4 = r9
r4 += 160
call bpf_strtoul
*(u64 *)(r9 + 168) = r0
r1 = s11 ll
r2 = 4
r3 = 16
r4 = r9
r4 += 176
call bpf_strtoul
*(u64 *)(r9 + 184) = r0
r1 = s12 ll
r2 = 4
r3 = 10
r4 = r9
r4 += 192
call bpf_strtoul
*(u64 *)(r9 + 200) = r0
r1 = s13 ll
r2 = 19
r3 = 0
r4 = r9
r4 += 208
call bpf_strtoul
*(u64 *)(r9 + 216) = r0
r1 = s14 ll
r2 = 19
r3 = 0
r4 = r9
r4 += 224
call bpf_strtoul
*(u64 *)(r9 + 232) = r0
r1 = s15 ll
r2 = 20
r3 = 0
r4 = r9
r4 += 240
call bpf_strtoul
*(u64 *)(r9 + 248) = r0
r1 = s16 ll
r2 = 20
r3 = 0
r4 = r9
r4 += 256
call bpf_strtoul
*(u64 *)(r9 + 264) = r0
r1 = s17 ll
r2 = 20
r3 = 0
r4 = r9
r4 += 272
call bpf_strtoul
*(u64 *)(r9 + 280) = r0
r1 = s18 ll
r2 = 20
r3 = 0
r4 = r9
r4 += 288
call bpf_strtoul
*(u64 *)(r9 + 296) = r0
r1 = s19 ll
r2 = 1
r3 = 0
r4 = r9
r4 += 304
call bpf_strtoul
*(u64 *)(r9 + 312) = r0
r1 = s20 ll
r2 = 1
r3 = 0
r4 = r9
r4 += 320
call bpf_strtoul
*(u64 *)(r9 + 328) = r0
r1 = s21 ll
r2 = 3
r3 = 0
r4 = r9
r4 += 336
call bpf_strtoul
*(u64 *)(r9 + 344) = r0
r1 = s22 ll
r2 = 2
r3 = 0
r4 = r9
r4 += 352
call bpf_strtoul
*(u64 *)(r9 + 360) = r0
r1 = s23 ll
r2 = 3
r3 = 0
r4 = r9
r4 += 368
call bpf_strtoul
*(u64 *)(r9 + 376) = r0
r1 = s24 ll
r2 = 2
r3 = 2
r4 = r9
r4 += 384
call bpf_strtoul
*(u64 *)(r9 + 392) = r0
r1 = s25 ll
r2 = 2
r3 = 32
r4 = r9
r4 += 400
call bpf_strtoul
*(u64 *)(r9 + 408) = r0
r1 = s26 ll
r2 = 2
r3 = 64
r4 = r9
r4 += 416
call bpf_strtoul
*(u64 *)(r9 + 424) = r0
r1 = s27 ll
r2 = 3
r3 = 8
r4 = r9
r4 += 432
call bpf_strtoul
*(u64 *)(r9 + 440) = r0
r1 = s28 ll
r2 = 3
r3 = 0
r4 = r9
r4 += 448
call bpf_strtoul
*(u64 *)(r9 + 456) = r0
r1 = s29 ll
r2 = 4
r3 = 0
r4 = r9
r4 += 464
call bpf_strtoul
*(u64 *)(r9 + 472) = r0
r1 = s30 ll
r2 = 5
r3 = 0
r4 = r9
r4 += 480
call bpf_strtoul
*(u64 *)(r9 + 488) = r0
r1 = s31 ll
r2 = 2
r3 = 0
r4 = r9
r4 += 496
call bpf_strtoul
*(u64 *)(r9 + 504) = r0
r0 = 0
exit
-- result
0
-- out
0
1
42
2
0
-22
7
3
31
4
0
1
0
1
15
3
1
2
0
1
31
2
31
4
0
1
9223372036854775807
19
-9223372036854775808
19
0
-22
0
-22
-1
20
0
-34
0
-22
0
-22
0
-22
0
-22
1
1
0
-22
0
-22
0
-22
511
3
0
1
31
4
0
-22
0
-22
==== bpf_strncmp
str: a0 abc
str: b0 abc
str: a1 abc
str: b1 abd
str: a2 abd
str: b2 abc
str: a3 abc
str: b3 abd
str: a4 ab
str: b4 abc
str: a5 abc
str: b5 ab
str: a6 \xff
str: b6 a
str: a7 
str: b7 a
show: words
-- asm
r9 = out ll
r1 = a0 ll
r2 = 3
r3 = b0 ll
call bpf_strncmp
*(u64 *)(r9 + 0) = r0
r1 = a1 ll
r2 = 3
r3 = b1 ll
call bpf_strncmp
*(u64 *)(r9 + 8) = r0
r1 = a2 ll
r2 = 3
r3 = b2 ll
call bpf_strncmp
*(u64 *)(r9 + 16) = r0
r1 = a3 ll
r2 = 2
r3 = b3 ll
call bpf_strncmp
*(u64 *)(r9 + 24) = r0
r1 = a4 ll
r2 = 3
r3 = b4 ll
call bpf_strncmp
*(u64 *)(r9 + 32) = r0
r1 = a5 ll
r2 = 3
r3 = b5 ll
call bpf_strncmp
*(u64 *)(r9 + 40) = r0
r1 = a6 ll
r2 = 1
r3 = b6 ll
call bpf_strncmp
*(u64 *)(r9 + 48) = r0
r1 = a7 ll
r2 = 1
r3 = b7 ll
call bpf_strncmp
*(u64 *)(r9 + 56) = r0
r0 = 0
exit
-- result
0
-- out
0
-1
1
0
-1
1
1
-1
==== strings: errno and corners
str: s hello
str: u HELLO
str: e
str: l lo
str: w hel
str: x xyz
show: words
-- asm
r9 = out ll
r1 = 0
call bpf_strlen
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 0) = r0
r1 = s ll
r2 = 0
call bpf_strcmp
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 8) = r0
r1 = 0
r2 = 1
call bpf_strnlen
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 16) = r0
r1 = s ll
r2 = 0
call bpf_strstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 24) = r0
r1 = s ll
r2 = 0
call bpf_strspn
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 32) = r0
r1 = 0
r2 = 97
call bpf_strchr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 40) = r0
r1 = 16
call bpf_strlen
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 48) = r0
r1 = s ll
r2 = 16
call bpf_strcmp
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 56) = r0
r1 = 16
r2 = 1
call bpf_strnlen
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 64) = r0
r1 = s ll
r2 = 16
call bpf_strstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 72) = r0
r1 = s ll
r2 = 16
call bpf_strspn
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 80) = r0
r1 = 16
r2 = 97
call bpf_strchr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 88) = r0
r1 = 4095
call bpf_strlen
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 96) = r0
r1 = s ll
r2 = 4095
call bpf_strcmp
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 104) = r0
r1 = 4095
r2 = 1
call bpf_strnlen
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 112) = r0
r1 = s ll
r2 = 4095
call bpf_strstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 120) = r0
r1 = s ll
r2 = 4095
call bpf_strspn
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 128) = r0
r1 = 4095
r2 = 97
call bpf_strchr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 136) = r0
r1 = s ll
r2 = 104
call bpf_strchr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 144) = r0
r1 = s ll
r2 = 104
call bpf_strchrnul
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 152) = r0
r1 = s ll
r2 = 104
call bpf_strrchr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 160) = r0
r1 = s ll
r2 = 3
r3 = 104
call bpf_strnchr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 168) = r0
r1 = s ll
r2 = 108
call bpf_strchr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 176) = r0
r1 = s ll
r2 = 108
call bpf_strchrnul
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 184) = r0
r1 = s ll
r2 = 108
call bpf_strrchr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 192) = r0
r1 = s ll
r2 = 3
r3 = 108
call bpf_strnchr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 200) = r0
r1 = s ll
r2 = 122
call bpf_strchr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 208) = r0
r1 = s ll
r2 = 122
call bpf_strchrnul
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 216) = r0
r1 = s ll
r2 = 122
call bpf_strrchr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 224) = r0
r1 = s ll
r2 = 3
r3 = 122
call bpf_strnchr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 232) = r0
r1 = s ll
r2 = 0
call bpf_strchr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 240) = r0
r1 = s ll
r2 = 0
call bpf_strchrnul
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 248) = r0
r1 = s ll
r2 = 0
call bpf_strrchr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 256) = r0
r1 = s ll
r2 = 3
r3 = 0
call bpf_strnchr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 264) = r0
r1 = s ll
r2 = 360
call bpf_strchr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 272) = r0
r1 = s ll
r2 = 360
call bpf_strchrnul
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 280) = r0
r1 = s ll
r2 = 360
call bpf_strrchr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 288) = r0
r1 = s ll
r2 = 3
r3 = 360
call bpf_strnchr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 296) = r0
r1 = s ll
r2 = 0
call bpf_strnlen
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 304) = r0
r1 = s ll
r2 = 1
call bpf_strnlen
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 312) = r0
r1 = s ll
r2 = 5
call bpf_strnlen
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 320) = r0
r1 = s ll
r2 = 6
call bpf_strnlen
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 328) = r0
r1 = s ll
r2 = 100
call bpf_strnlen
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 336) = r0
r1 = s ll
r2 = e ll
call bpf_strstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 344) = r0
r1 = s ll
r2 = e ll
call bpf_strspn
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 352) = r0
r1 = s ll
r2 = e ll
call bpf_strcspn
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 360) = r0
r1 = s ll
r2 = e ll
r3 = 0
call bpf_strnstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 368) = r0
r1 = s ll
r2 = e ll
r3 = 1
call bpf_strnstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 376) = r0
r1 = s ll
r2 = e ll
r3 = 4
call bpf_strnstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 384) = r0
r1 = s ll
r2 = e ll
r3 = 5
call bpf_strnstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 392) = r0
r1 = s ll
r2 = e ll
r3 = 6
call bpf_strnstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 400) = r0
r1 = s ll
r2 = l ll
call bpf_strstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 408) = r0
r1 = s ll
r2 = l ll
call bpf_strspn
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 416) = r0
r1 = s ll
r2 = l ll
call bpf_strcspn
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 424) = r0
r1 = s ll
r2 = l ll
r3 = 0
call bpf_strnstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 432) = r0
r1 = s ll
r2 = l ll
r3 = 1
call bpf_strnstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 440) = r0
r1 = s ll
r2 = l ll
r3 = 4
call bpf_strnstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 448) = r0
r1 = s ll
r2 = l ll
r3 = 5
call bpf_strnstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 456) = r0
r1 = s ll
r2 = l ll
r3 = 6
call bpf_strnstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 464) = r0
r1 = s ll
r2 = w ll
call bpf_strstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 472) = r0
r1 = s ll
r2 = w ll
call bpf_strspn
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 480) = r0
r1 = s ll
r2 = w ll
call bpf_strcspn
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 488) = r0
r1 = s ll
r2 = w ll
r3 = 0
call bpf_strnstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 496) = r0
r1 = s ll
r2 = w ll
r3 = 1
call bpf_strnstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 504) = r0
r1 = s ll
r2 = w ll
r3 = 4
call bpf_strnstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 512) = r0
r1 = s ll
r2 = w ll
r3 = 5
call bpf_strnstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 520) = r0
r1 = s ll
r2 = w ll
r3 = 6
call bpf_strnstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 528) = r0
r1 = s ll
r2 = x ll
call bpf_strstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 536) = r0
r1 = s ll
r2 = x ll
call bpf_strspn
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 544) = r0
r1 = s ll
r2 = x ll
call bpf_strcspn
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 552) = r0
r1 = s ll
r2 = x ll
r3 = 0
call bpf_strnstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 560) = r0
r1 = s ll
r2 = x ll
r3 = 1
call bpf_strnstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 568) = r0
r1 = s ll
r2 = x ll
r3 = 4
call bpf_strnstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 576) = r0
r1 = s ll
r2 = x ll
r3 = 5
call bpf_strnstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 584) = r0
r1 = s ll
r2 = x ll
r3 = 6
call bpf_strnstr
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 592) = r0
r1 = s ll
r2 = u ll
call bpf_strcasecmp
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 600) = r0
r1 = s ll
r2 = u ll
call bpf_strcmp
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 608) = r0
r1 = u ll
r2 = s ll
call bpf_strcmp
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 616) = r0
r0 = 0
exit
-- result
0
-- out
-34
-34
-34
-34
-34
-34
-34
-34
-34
-34
-34
-34
-34
-34
-34
-34
-34
-34
0
0
0
0
2
2
3
2
-2
5
-2
-2
5
5
5
-2
0
0
-2
0
0
1
5
5
5
0
0
5
0
0
0
0
0
3
0
2
-2
-2
-2
3
3
0
4
0
-2
-2
0
0
0
-2
0
5
-2
-2
-2
-2
-2
0
1
-1
==== probe_read: what is there, and what is not
str: s hello
show: words
-- asm
r9 = out ll
r1 = 0x1122334455667788 ll
*(u64 *)(r9 + 512) = r1
*(u64 *)(r9 + 520) = r1
r1 = r9
r1 += 512
r2 = 8
r3 = 0
call bpf_probe_read
*(u64 *)(r9 + 0) = r0
r1 = r9
r1 += 512
r2 = 8
r3 = 16
call bpf_probe_read
*(u64 *)(r9 + 8) = r0
r1 = r9
r1 += 512
r2 = 3
r3 = 4096
call bpf_probe_read
*(u64 *)(r9 + 16) = r0
r1 = r9
r1 += 520
r2 = 1
r3 = s ll
call bpf_probe_read
*(u64 *)(r9 + 24) = r0
r1 = r9
r1 += 520
r2 = 4
r3 = s ll
call bpf_probe_read
*(u64 *)(r9 + 32) = r0
r1 = r9
r1 += 520
r2 = 9
r3 = s ll
call bpf_probe_read
*(u64 *)(r9 + 40) = r0
r1 = r9
r1 += 512
r2 = 8
r3 = 0
call bpf_probe_read_kernel
*(u64 *)(r9 + 48) = r0
r1 = r9
r1 += 512
r2 = 8
r3 = 16
call bpf_probe_read_kernel
*(u64 *)(r9 + 56) = r0
r1 = r9
r1 += 512
r2 = 3
r3 = 4096
call bpf_probe_read_kernel
*(u64 *)(r9 + 64) = r0
r1 = r9
r1 += 520
r2 = 1
r3 = s ll
call bpf_probe_read_kernel
*(u64 *)(r9 + 72) = r0
r1 = r9
r1 += 520
r2 = 4
r3 = s ll
call bpf_probe_read_kernel
*(u64 *)(r9 + 80) = r0
r1 = r9
r1 += 520
r2 = 9
r3 = s ll
call bpf_probe_read_kernel
*(u64 *)(r9 + 88) = r0
r1 = r9
r1 += 512
r2 = 8
r3 = 0
call bpf_probe_read_user
*(u64 *)(r9 + 96) = r0
r1 = r9
r1 += 512
r2 = 8
r3 = 16
call bpf_probe_read_user
*(u64 *)(r9 + 104) = r0
r1 = r9
r1 += 512
r2 = 3
r3 = 4096
call bpf_probe_read_user
*(u64 *)(r9 + 112) = r0
r1 = r9
r1 += 512
r2 = 8
r3 = 0
call bpf_copy_from_user
*(u64 *)(r9 + 120) = r0
r1 = r9
r1 += 512
r2 = 8
r3 = 16
call bpf_copy_from_user
*(u64 *)(r9 + 128) = r0
r1 = r9
r1 += 512
r2 = 3
r3 = 4096
call bpf_copy_from_user
*(u64 *)(r9 + 136) = r0
r1 = r9
r1 += 512
r2 = 8
r3 = 0
call bpf_probe_read_str
*(u64 *)(r9 + 144) = r0
r1 = r9
r1 += 512
r2 = 8
r3 = 16
call bpf_probe_read_str
*(u64 *)(r9 + 152) = r0
r1 = r9
r1 += 512
r2 = 3
r3 = 4096
call bpf_probe_read_str
*(u64 *)(r9 + 160) = r0
r1 = r9
r1 += 520
r2 = 1
r3 = s ll
call bpf_probe_read_str
*(u64 *)(r9 + 168) = r0
r1 = r9
r1 += 520
r2 = 4
r3 = s ll
call bpf_probe_read_str
*(u64 *)(r9 + 176) = r0
r1 = r9
r1 += 520
r2 = 9
r3 = s ll
call bpf_probe_read_str
*(u64 *)(r9 + 184) = r0
r1 = r9
r1 += 512
r2 = 8
r3 = 0
call bpf_probe_read_kernel_str
*(u64 *)(r9 + 192) = r0
r1 = r9
r1 += 512
r2 = 8
r3 = 16
call bpf_probe_read_kernel_str
*(u64 *)(r9 + 200) = r0
r1 = r9
r1 += 512
r2 = 3
r3 = 4096
call bpf_probe_read_kernel_str
*(u64 *)(r9 + 208) = r0
r1 = r9
r1 += 520
r2 = 1
r3 = s ll
call bpf_probe_read_kernel_str
*(u64 *)(r9 + 216) = r0
r1 = r9
r1 += 520
r2 = 4
r3 = s ll
call bpf_probe_read_kernel_str
*(u64 *)(r9 + 224) = r0
r1 = r9
r1 += 520
r2 = 9
r3 = s ll
call bpf_probe_read_kernel_str
*(u64 *)(r9 + 232) = r0
r1 = r9
r1 += 512
r2 = 8
r3 = 0
call bpf_probe_read_user_str
*(u64 *)(r9 + 240) = r0
r1 = r9
r1 += 512
r2 = 8
r3 = 16
call bpf_probe_read_user_str
*(u64 *)(r9 + 248) = r0
r1 = r9
r1 += 512
r2 = 3
r3 = 4096
call bpf_probe_read_user_str
*(u64 *)(r9 + 256) = r0
r0 = 0
exit
-- result
0
-- out
-14
-14
-14
0
0
0
-34
-34
-34
0
0
0
-14
-14
-14
-14
-14
-14
-14
-14
-14
1
4
6
-34
-34
-34
1
4
6
-14
-14
-14
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
478560413032
==== bpf_copy_from_user_str of nothing
show: words
-- asm
r9 = out ll
r1 = r9
r1 += 512
r2 = 8
r3 = 16
r4 = 0
call bpf_copy_from_user_str
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 0) = r0
r1 = r9
r1 += 512
r2 = 8
r3 = 16
r4 = 1
call bpf_copy_from_user_str
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 8) = r0
r1 = r9
r1 += 512
r2 = 0
r3 = 16
r4 = 0
call bpf_copy_from_user_str
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 16) = r0
r1 = r9
r1 += 512
r2 = 8
r3 = 16
r4 = 2
call bpf_copy_from_user_str
r0 <<= 32
r0 s>>= 32
*(u64 *)(r9 + 24) = r0
r0 = 0
exit
-- result
0
-- out
-14
-14
0
-22
