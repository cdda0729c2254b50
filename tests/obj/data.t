# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sections of variables. Compared with libbpf: tests/obj.c.
==== custom sections
-- c
#include "bpf.h"
int a SEC(".data.custom") = 1; int b SEC(".data.longer_than_fifteen") = 2; const volatile int c SEC(".rodata.mine") = 3; int d SEC(".bss.zeros"); int e = 4; int z;
SEC("socket") int prog(void *ctx) { a += c; b += d; e++; return a + b + z; }
LICENSE;
==== all static: not to be mapped
-- c
#include "bpf.h"
static int a = 1; static volatile int b; static const volatile int c = 2;
SEC("socket") int prog(void *ctx) { a += c; b = a; return b; }
LICENSE;
==== hidden variables are as good as static
-- c
#include "bpf.h"
__hidden int a = 1; __hidden int b; const volatile __hidden int c = 2;
SEC("socket") int prog(void *ctx) { a += c; b += a; return b; }
LICENSE;
==== one global among static ones
-- c
#include "bpf.h"
static int a = 1; int shown = 2; static int b = 3;
SEC("socket") int prog(void *ctx) { a += b; shown += a; b++; return shown; }
LICENSE;
==== weak variables
-- c
#include "bpf.h"
int weak1 __weak = 5; int weak2 __weak; const volatile int weak3 __weak = 6;
SEC("socket") int prog(void *ctx) { weak1 += weak3; weak2++; return weak1 + weak2; }
LICENSE;
==== only read
-- c
#include "bpf.h"
const volatile u64 table[64] = {1, 2, 3}; const volatile struct { u8 a; u64 b; } s = {1, 2};
SEC("socket") int prog(u32 *ctx) { return table[*ctx & 63] + s.b + s.a; }
LICENSE;
==== a large .bss
-- c
#include "bpf.h"
char buf[1 << 20]; u32 at;
SEC("socket") int prog(u32 *ctx) { buf[at++ & 0xfffff] = *ctx; return 0; }
LICENSE;
==== alignment
-- c
#include "bpf.h"
char a = 1; u64 b = 2; char c = 3; u16 d = 4; struct { u64 x; char y; } __attribute__((aligned(64))) e = {5, 6};
SEC("socket") int prog(u32 *ctx) { a++; b++; c++; d++; e.y++; return a + b + c + d + e.x; }
LICENSE;
==== a pointer between variables
-- c
#include "bpf.h"
int target = 5; int *pointer = &target;
SEC("socket") int prog(u32 *ctx) { return pointer != 0; }
LICENSE;
==== metadata
-- c
#include "bpf.h"
const volatile char bpf_metadata_author[] SEC(".rodata") = "me"; int x;
SEC("socket") int prog(u32 *ctx) { return x; }
LICENSE;
==== version and license
-- c
#include "bpf.h"
int _version SEC("version") = 0x061200;
SEC("kprobe/vfs_read") int prog(u32 *ctx) { return 0; }
LICENSE;
==== a program name that begins like a section
-- c
#include "bpf.h"
int data; int bss = 1;
SEC("socket") int rodata(u32 *ctx) { return data + bss; }
LICENSE;
