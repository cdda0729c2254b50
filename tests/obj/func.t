# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Functions: the order in which they are appended, and who calls whom. Compared with libbpf: tests/obj.c.
==== a chain
-- c
#include "bpf.h"
static __noinline int d(int x) { return x * 7; } static __noinline int c(int x) { return d(x) + 1; }
static __noinline int b(int x) { return c(x) + 2; } static __noinline int a(int x) { return b(x) + 3; }
SEC("socket") int prog(int *ctx) { return a(*ctx); }
LICENSE;
==== a tree, deepest first
-- c
#include "bpf.h"
static __noinline int leaf1(int x) { return x * 7; } static __noinline int leaf2(int x) { return x * 9; }
static __noinline int left(int x) { return leaf2(x) + leaf1(x + 1); } static __noinline int right(int x) { return leaf1(x) - leaf2(x); }
SEC("socket") int prog(int *ctx) { return right(*ctx) + left(ctx[1]) + leaf2(ctx[2]); }
SEC("socket") int again(int *ctx) { return left(*ctx) + right(ctx[1]); }
LICENSE;
==== global and static mixed
-- c
#include "bpf.h"
__noinline int g1(int x) { return x + 1; } static __noinline int s1(int x) { return g1(x) * 2; }
__noinline int g2(int x) { return s1(x) + g1(x); } __hidden __noinline int h(int x) { return g2(x) - 1; }
SEC("socket") int prog(int *ctx) { return h(*ctx) + s1(ctx[1]); }
LICENSE;
==== recursion through a callback
-- c
#include "bpf.h"
int depth;
static long step(u32 i, void *ctx);
static __noinline int run(void) { return depth++ < 3 ? loop(2, step, 0, 0) : 0; }
static long step(u32 i, void *ctx) { return run(); }
SEC("tc") int prog(void *ctx) { return run(); }
LICENSE;
==== functions that no program calls
-- c
#include "bpf.h"
__noinline int unused(int x) { return x + 1; } static __noinline int used(int x) { return x + 2; }
SEC("socket") int prog(int *ctx) { return used(*ctx); }
LICENSE;
==== the same function from programs of different sections
-- c
#include "bpf.h"
int n;
static __noinline int count(int by) { return n += by; }
SEC("socket") int a(int *ctx) { return count(1); } SEC("xdp") int b(int *ctx) { return count(2); }
SEC("tc") int c(int *ctx) { return count(3); } SEC("?tc") int d(int *ctx) { return count(4); }
LICENSE;
==== an exception callback
libbpf: 1.3
cpu: v3 v4
-- c
#include "bpf.h"
__noinline int on_throw(u64 cookie) { return cookie; }
__tag("exception_callback:on_throw") SEC("tc") int prog(void *ctx) { return 0; }
LICENSE;
==== an exception callback that is called, too
libbpf: 1.3
cpu: v3
-- c
#include "bpf.h"
static __noinline int help(u64 x) { return x + 1; }
__noinline int on_throw(u64 cookie) { return help(cookie); }
__tag("exception_callback:on_throw") SEC("tc") int prog(int *ctx) { return help(*ctx); }
SEC("tc") int plain(int *ctx) { return help(*ctx); }
LICENSE;
==== hidden and weak functions
-- c
#include "bpf.h"
__hidden __weak int f(int x) { return x * 11; } __weak int g(int x) { return f(x) + 1; }
SEC("socket") int prog(int *ctx) { return g(*ctx); }
LICENSE;
==== tail calls
-- c
#include "bpf.h"
struct { __uint(type, MAP_PROG_ARRAY); __uint(max_entries, 4); __uint(key_size, 4); __uint(value_size, 4); } jumps SEC(".maps");
SEC("xdp") int first(void *ctx) { tail_call(ctx, &jumps, 1); return 1; }
SEC("xdp") int second(void *ctx) { tail_call(ctx, &jumps, 2); return 2; }
LICENSE;
==== a static function in a program section
libbpf: no
cpu: v3
-- c
#include "bpf.h"
static __noinline SEC("socket") int part(int x) { return x * 5; }
SEC("socket") int prog(int *ctx) { return part(*ctx); }
LICENSE;
-- dump
prog prog type 1 attach 0 btf 0 flags 0 insns 6
61 1 1 0 0
85 0 1 0 1
95 0 0 0 0
bc 0 1 0 0
24 0 0 0 5
95 0 0 0 0
func 0 6
func 3 3
line 0 19 0 3120
line 1 19 0 3115
line 2 19 0 3108
line 3 19 0 2048
line 4 19 0 2108
line 5 19 0 2099
==== a function in a section of another program
libbpf: no
cpu: v3
-- c
#include "bpf.h"
__noinline SEC("tc") int part(int *ctx) { return *ctx * 5; }
SEC("socket") int prog(int *ctx) { return part(ctx); }
LICENSE;
-- dump
prog part type 3 attach 0 btf 0 flags 0 insns 3
61 0 1 0 0
24 0 0 0 5
95 0 0 0 0
func 0 4
line 0 17 0 2098
line 1 17 0 2103
line 2 17 0 2091
prog prog type 1 attach 0 btf 0 flags 0 insns 5
85 0 1 0 1
95 0 0 0 0
61 0 1 0 0
24 0 0 0 5
95 0 0 0 0
func 0 6
func 2 4
line 0 17 0 3115
line 1 17 0 3108
line 2 17 0 2098
line 3 17 0 2103
line 4 17 0 2091
