# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What bpf_snprintf makes of each conversion; from the kernel.
==== plain text and percent signs
str: fmt 100%% of %%d\n
show: text
-- asm
r1 = out ll
r2 = 256
r3 = fmt ll
r4 = 0
r5 = 0
call bpf_snprintf
exit
-- result
12
-- out
100% of %d\n$
==== decimal
str: fmt %d %i %u|%5d|%-5d|%05d|%+d|% d
show: text
-- asm
r6 = -1 ll
*(u64 *)(r10 - 64) = r6
r6 = 7 ll
*(u64 *)(r10 - 56) = r6
r6 = -1 ll
*(u64 *)(r10 - 48) = r6
r6 = 42 ll
*(u64 *)(r10 - 40) = r6
r6 = 42 ll
*(u64 *)(r10 - 32) = r6
r6 = 42 ll
*(u64 *)(r10 - 24) = r6
r6 = 42 ll
*(u64 *)(r10 - 16) = r6
r6 = 42 ll
*(u64 *)(r10 - 8) = r6
r1 = out ll
r2 = 256
r3 = fmt ll
r4 = r10
r4 += -64
r5 = 64
call bpf_snprintf
exit
-- result
42
-- out
-1 7 4294967295|   42|42   |00042|+42| 42$
==== decimal of 64 bits
str: fmt %ld %lu %lld %llu|%22lld|%-22lld|
show: text
-- asm
r6 = -5 ll
*(u64 *)(r10 - 48) = r6
r6 = -5 ll
*(u64 *)(r10 - 40) = r6
r6 = 0x7fffffffffffffff ll
*(u64 *)(r10 - 32) = r6
r6 = 0xffffffffffffffff ll
*(u64 *)(r10 - 24) = r6
r6 = 0x8000000000000000 ll
*(u64 *)(r10 - 16) = r6
r6 = -1 ll
*(u64 *)(r10 - 8) = r6
r1 = out ll
r2 = 256
r3 = fmt ll
r4 = r10
r4 += -48
r5 = 48
call bpf_snprintf
exit
-- result
112
-- out
-5 18446744073709551611 9223372036854775807 18446744073709551615|  -9223372036854775808|-1                    |$
==== int takes the lower half
str: fmt %d %u %x %X
show: text
-- asm
r6 = 0x1ffffffff ll
*(u64 *)(r10 - 32) = r6
r6 = 0x1ffffffff ll
*(u64 *)(r10 - 24) = r6
r6 = 0x1deadbeef ll
*(u64 *)(r10 - 16) = r6
r6 = 0x1deadbeef ll
*(u64 *)(r10 - 8) = r6
r1 = out ll
r2 = 256
r3 = fmt ll
r4 = r10
r4 += -32
r5 = 32
call bpf_snprintf
exit
-- result
32
-- out
-1 4294967295 deadbeef DEADBEEF$
==== hex
str: fmt %x %X %08x %8x|%-8x|%llx %lX
show: text
-- asm
r6 = 255 ll
*(u64 *)(r10 - 56) = r6
r6 = 255 ll
*(u64 *)(r10 - 48) = r6
r6 = 255 ll
*(u64 *)(r10 - 40) = r6
r6 = 255 ll
*(u64 *)(r10 - 32) = r6
r6 = 255 ll
*(u64 *)(r10 - 24) = r6
r6 = 0xfedcba9876543210 ll
*(u64 *)(r10 - 16) = r6
r6 = 0xfedcba9876543210 ll
*(u64 *)(r10 - 8) = r6
r1 = out ll
r2 = 256
r3 = fmt ll
r4 = r10
r4 += -56
r5 = 56
call bpf_snprintf
exit
-- result
67
-- out
ff FF 000000ff       ff|ff      |fedcba9876543210 FEDCBA9876543210$
==== flags together
str: fmt |%-05d|%+5d|% 5d|%+-5d|%0+5d|%- 5d|
show: text
-- asm
r6 = 1 ll
*(u64 *)(r10 - 48) = r6
r6 = 2 ll
*(u64 *)(r10 - 40) = r6
r6 = 3 ll
*(u64 *)(r10 - 32) = r6
r6 = 4 ll
*(u64 *)(r10 - 24) = r6
r6 = 5 ll
*(u64 *)(r10 - 16) = r6
r6 = 6 ll
*(u64 *)(r10 - 8) = r6
r1 = out ll
r2 = 256
r3 = fmt ll
r4 = r10
r4 += -48
r5 = 48
call bpf_snprintf
exit
-- result
38
-- out
|1    |   +2|    3|+4   |+0005| 6   |$
==== negative with zeros and width
str: fmt |%05d|%5d|%-5d|%010lld|
show: text
-- asm
r6 = -42 ll
*(u64 *)(r10 - 32) = r6
r6 = -42 ll
*(u64 *)(r10 - 24) = r6
r6 = -42 ll
*(u64 *)(r10 - 16) = r6
r6 = -42 ll
*(u64 *)(r10 - 8) = r6
r1 = out ll
r2 = 256
r3 = fmt ll
r4 = r10
r4 += -32
r5 = 32
call bpf_snprintf
exit
-- result
31
-- out
|-0042|  -42|-42  |-000000042|$
==== zero
str: fmt |%d|%x|%5u|%+d|
show: text
-- asm
r6 = 0 ll
*(u64 *)(r10 - 32) = r6
r6 = 0 ll
*(u64 *)(r10 - 24) = r6
r6 = 0 ll
*(u64 *)(r10 - 16) = r6
r6 = 0 ll
*(u64 *)(r10 - 8) = r6
r1 = out ll
r2 = 256
r3 = fmt ll
r4 = r10
r4 += -32
r5 = 32
call bpf_snprintf
exit
-- result
15
-- out
|0|0|    0|+0|$
==== characters
str: fmt |%c%c|%3c|%-3c|%03c|
show: text
-- asm
r6 = 65 ll
*(u64 *)(r10 - 40) = r6
r6 = 0x141 ll
*(u64 *)(r10 - 32) = r6
r6 = 66 ll
*(u64 *)(r10 - 24) = r6
r6 = 67 ll
*(u64 *)(r10 - 16) = r6
r6 = 68 ll
*(u64 *)(r10 - 8) = r6
r1 = out ll
r2 = 256
r3 = fmt ll
r4 = r10
r4 += -40
r5 = 40
call bpf_snprintf
exit
-- result
17
-- out
|AA|  B|C  |  D|$
==== strings
str: fmt |%s|%8s|%-8s|%2s|
str: a hello
show: text
-- asm
r6 = a ll
*(u64 *)(r10 - 32) = r6
r6 = a ll
*(u64 *)(r10 - 24) = r6
r6 = a ll
*(u64 *)(r10 - 16) = r6
r6 = a ll
*(u64 *)(r10 - 8) = r6
r1 = out ll
r2 = 256
r3 = fmt ll
r4 = r10
r4 += -32
r5 = 32
call bpf_snprintf
exit
-- result
32
-- out
|hello|   hello|hello   |hello|$
==== strings by address space
str: fmt |%pks|%10pks|%s|
str: a hello
show: text
-- asm
r6 = a ll
*(u64 *)(r10 - 24) = r6
r6 = a ll
*(u64 *)(r10 - 16) = r6
r6 = a ll
*(u64 *)(r10 - 8) = r6
r1 = out ll
r2 = 256
r3 = fmt ll
r4 = r10
r4 += -24
r5 = 24
call bpf_snprintf
exit
-- result
20
-- out
|hello|hello|hello|$
==== a string that is not there
str: fmt |%s|%5s|%pks|
show: text
-- asm
r6 = 0 ll
*(u64 *)(r10 - 24) = r6
r6 = 8 ll
*(u64 *)(r10 - 16) = r6
r6 = 16 ll
*(u64 *)(r10 - 8) = r6
r1 = out ll
r2 = 256
r3 = fmt ll
r4 = r10
r4 += -24
r5 = 24
call bpf_snprintf
exit
-- result
10
-- out
||     ||$
==== a user string that is not there
str: fmt |%pus|
show: text
-- asm
r6 = 16 ll
*(u64 *)(r10 - 8) = r6
r1 = out ll
r2 = 256
r3 = fmt ll
r4 = r10
r4 += -8
r5 = 8
call bpf_snprintf
exit
-- result
3
-- out
||$
==== pointers as they are
str: fmt |%px|%20px|%-20px|%020px|
show: text
-- asm
r6 = 0xffff888012345678 ll
*(u64 *)(r10 - 32) = r6
r6 = 1 ll
*(u64 *)(r10 - 24) = r6
r6 = 2 ll
*(u64 *)(r10 - 16) = r6
r6 = 3 ll
*(u64 *)(r10 - 8) = r6
r1 = out ll
r2 = 256
r3 = fmt ll
r4 = r10
r4 += -32
r5 = 32
call bpf_snprintf
exit
-- result
82
-- out
|ffff888012345678|                   1|2                   |00000000000000000003|$
==== pointers that are no addresses
str: fmt |%p|%pK|%10p|%-20p|%p|
show: text
-- asm
r6 = 0 ll
*(u64 *)(r10 - 40) = r6
r6 = 0 ll
*(u64 *)(r10 - 32) = r6
r6 = 0 ll
*(u64 *)(r10 - 24) = r6
r6 = 0 ll
*(u64 *)(r10 - 16) = r6
r6 = -22 ll
*(u64 *)(r10 - 8) = r6
r1 = out ll
r2 = 256
r3 = fmt ll
r4 = r10
r4 += -40
r5 = 40
call bpf_snprintf
exit
-- result
85
-- out
|0000000000000000|0000000000000000|         0|0                   |ffffffffffffffea|$
==== symbols of what has none
str: fmt |%ps|%pS|%pB|%12ps|%-12pS|%12pB|
show: text
-- asm
r6 = 0 ll
*(u64 *)(r10 - 48) = r6
r6 = 0x1234 ll
*(u64 *)(r10 - 40) = r6
r6 = 1 ll
*(u64 *)(r10 - 32) = r6
r6 = 2 ll
*(u64 *)(r10 - 24) = r6
r6 = 3 ll
*(u64 *)(r10 - 16) = r6
r6 = 4 ll
*(u64 *)(r10 - 8) = r6
r1 = out ll
r2 = 256
r3 = fmt ll
r4 = r10
r4 += -48
r5 = 48
call bpf_snprintf
exit
-- result
47
-- out
|0x0|0x1234|0x1|         0x2|0x3         |0x4|$
==== addresses of the Internet
str: fmt |%pI4|%pi4|%pI6|%pi6|%20pI4|
str: ip \xc0\x00\x02\x01\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x01
show: text
-- asm
r6 = ip ll
*(u64 *)(r10 - 40) = r6
r6 = ip ll
*(u64 *)(r10 - 32) = r6
r6 = ip ll
*(u64 *)(r10 - 24) = r6
r6 = ip ll
*(u64 *)(r10 - 16) = r6
r6 = ip ll
*(u64 *)(r10 - 8) = r6
r1 = out ll
r2 = 256
r3 = fmt ll
r4 = r10
r4 += -40
r5 = 40
call bpf_snprintf
exit
-- result
111
-- out
|192.0.2.1|192.000.002.001|c000:0201:2001:0db8:0000:0000:0000:0001|c000020120010db80000000000000001|192.0.2.1|$
==== addresses that are not there
str: fmt |%pI4|%pi4|%pI6|
show: text
-- asm
r6 = 16 ll
*(u64 *)(r10 - 24) = r6
r6 = 16 ll
*(u64 *)(r10 - 16) = r6
r6 = 16 ll
*(u64 *)(r10 - 8) = r6
r1 = out ll
r2 = 256
r3 = fmt ll
r4 = r10
r4 += -24
r5 = 24
call bpf_snprintf
exit
-- result
66
-- out
|0.0.0.0|000.000.000.000|0000:0000:0000:0000:0000:0000:0000:0000|$
==== letters behind a pointer belong to it
str: fmt |%pI4abc|%pKxyz|%px12 |%pBzz|
str: ip \x01\x02\x03\x04
show: text
-- asm
r6 = ip ll
*(u64 *)(r10 - 32) = r6
r6 = 0 ll
*(u64 *)(r10 - 24) = r6
r6 = 3 ll
*(u64 *)(r10 - 16) = r6
r6 = 4 ll
*(u64 *)(r10 - 8) = r6
r1 = out ll
r2 = 256
r3 = fmt ll
r4 = r10
r4 += -32
r5 = 32
call bpf_snprintf
exit
-- result
49
-- out
|1.2.3.4|0000000000000000|0000000000000003 |0x4|$
==== cut to the size
str: fmt hello %d worlds
show: text
-- asm
r6 = 12345 ll
*(u64 *)(r10 - 8) = r6
r1 = out ll
r2 = 10
r3 = fmt ll
r4 = r10
r4 += -8
r5 = 8
call bpf_snprintf
exit
-- result
19
-- out
hello 123$
==== cut in the middle of a number
str: fmt ab%d
show: text
-- asm
r6 = 123456 ll
*(u64 *)(r10 - 8) = r6
r1 = out ll
r2 = 4
r3 = fmt ll
r4 = r10
r4 += -8
r5 = 8
call bpf_snprintf
exit
-- result
9
-- out
ab1$
==== size one
str: fmt hello
show: text
-- asm
r1 = out ll
r2 = 1
r3 = fmt ll
r4 = 0
r5 = 0
call bpf_snprintf
exit
-- result
6
-- out
$
==== width past the end
str: fmt |%600d|
show: text
-- asm
r6 = 7 ll
*(u64 *)(r10 - 8) = r6
r1 = out ll
r2 = 16
r3 = fmt ll
r4 = r10
r4 += -8
r5 = 8
call bpf_snprintf
exit
-- result
603
-- out
|              $
==== a tab and a newline
str: fmt a\tb\n
show: text
-- asm
r1 = out ll
r2 = 256
r3 = fmt ll
r4 = 0
r5 = 0
call bpf_snprintf
exit
-- result
5
-- out
a\x09b\n$
==== many arguments
str: fmt %d %d %d %d %d %d %d %d %d %d %d %d
show: text
-- asm
r6 = 1 ll
*(u64 *)(r10 - 96) = r6
r6 = 2 ll
*(u64 *)(r10 - 88) = r6
r6 = 3 ll
*(u64 *)(r10 - 80) = r6
r6 = 4 ll
*(u64 *)(r10 - 72) = r6
r6 = 5 ll
*(u64 *)(r10 - 64) = r6
r6 = 6 ll
*(u64 *)(r10 - 56) = r6
r6 = 7 ll
*(u64 *)(r10 - 48) = r6
r6 = 8 ll
*(u64 *)(r10 - 40) = r6
r6 = 9 ll
*(u64 *)(r10 - 32) = r6
r6 = 10 ll
*(u64 *)(r10 - 24) = r6
r6 = 11 ll
*(u64 *)(r10 - 16) = r6
r6 = 12 ll
*(u64 *)(r10 - 8) = r6
r1 = out ll
r2 = 256
r3 = fmt ll
r4 = r10
r4 += -96
r5 = 96
call bpf_snprintf
exit
-- result
27
-- out
1 2 3 4 5 6 7 8 9 10 11 12$
