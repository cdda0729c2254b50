# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Every kind of relocation that clang writes. Compared with libbpf: tests/obj.c.
==== a map
-- c
#include "bpf.h"
struct { __uint(type, MAP_HASH); __uint(max_entries, 16); __type(key, u32); __type(value, u64); } m SEC(".maps");

SEC("xdp") int prog(void *ctx) { u32 k = 1; return map_lookup(&m, &k) ? 2 : 1; }
LICENSE;
==== several maps, several programs in a section
-- c
#include "bpf.h"
struct { __uint(type, MAP_HASH); __uint(max_entries, 16); __type(key, u32); __type(value, u64); } m SEC(".maps");

struct { __uint(type, MAP_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, u32); } other SEC(".maps");
SEC("tc") int one(void *ctx) { u32 k = 1; return map_lookup(&m, &k) ? 2 : 1; }
SEC("tc") int two(void *ctx) { u32 k = 2; return map_lookup(&other, &k) ? 2 : 1; }
SEC("tc") int three(void *ctx) { u32 k = 3; u64 v = 4; map_update(&m, &k, &v, 0); return map_lookup(&other, &k) ? 2 : 1; }
LICENSE;
==== global variables
-- c
#include "bpf.h"
int counter = 5; int zero; const volatile int limit = 3; u64 big[100]; char text[16] = "hello";
SEC("socket") int prog(void *ctx) { counter += limit; zero++; big[50] = counter; text[2] = 0; return zero; }
LICENSE;
==== static variables, by section and offset
-- c
#include "bpf.h"
static int a = 1, b = 2, c; static const volatile int ro1 = 4, ro2 = 5; static volatile int z1, z2;
SEC("socket") int prog(void *ctx) { a++; b += a; c += b + ro2 + ro1; z2 = z1 + c; return c; }
LICENSE;
==== an element of an array, an address with an offset
-- c
#include "bpf.h"
struct pair { u32 x, y; }; struct pair pairs[8] = {{1, 2}, {3, 4}}; static struct pair own[4];
int sum(struct pair *p);
__noinline int sum(struct pair *p) { return p ? p->x + p->y : 0; }
SEC("socket") int prog(void *ctx) { own[3].y = 7; return sum(&pairs[5]) + sum(&own[2]) + pairs[1].y; }
LICENSE;
==== strings in .rodata.str1.1
-- c
#include "bpf.h"
static long (*const trace_printk)(const char *fmt, u32 size, ...) = (void *)6;
SEC("tp/syscalls/sys_enter_openat") int prog(void *ctx) { const char *s = "some text"; trace_printk(s, 10); return 0; }
LICENSE;
==== a jump table of constants
-- c
#include "bpf.h"
SEC("socket") int prog(u32 *ctx) { switch (*ctx) { case 0: return 17; case 1: return 31; case 2: return 99; case 3: return 4; case 4: return 77; case 5: return 12; } return 0; }
LICENSE;
==== a static function
-- c
#include "bpf.h"
static __noinline int add(int a, int b) { return a * 3 + b; }
SEC("socket") int prog(int *ctx) { return add(ctx[0], ctx[1]) + add(1, ctx[2]); }
LICENSE;
==== a global function
-- c
#include "bpf.h"
__noinline int add(int a, int b) { return a * 3 + b; }
SEC("socket") int prog(int *ctx) { return add(ctx[0], ctx[1]) + add(1, ctx[2]); }
LICENSE;
==== a weak function
-- c
#include "bpf.h"
__weak int add(int a, int b) { return a * 3 + b; }
SEC("socket") int prog(int *ctx) { return add(ctx[0], ctx[1]); }
LICENSE;
==== the address of a static function
libbpf: 1.0
-- c
#include "bpf.h"
static long each(void *map, void *key, u64 *value, u64 *sum) { *sum += *value; return 0; }
static long odd(void *map, void *key, u64 *value, u64 *sum) { *sum ^= *value; return 0; }
struct { __uint(type, MAP_HASH); __uint(max_entries, 16); __type(key, u32); __type(value, u64); } m SEC(".maps");

SEC("tc") int prog(void *ctx) { u64 sum = 0; for_each_elem(&m, each, &sum, 0); for_each_elem(&m, odd, &sum, 0); return sum; }
LICENSE;
==== the address of a global function
-- c
#include "bpf.h"
__noinline long step(u32 i, void *ctx) { return i > 5; }
__noinline long other(u32 i, void *ctx) { return i > 7; }
SEC("tc") int prog(void *ctx) { return loop(10, other, 0, 0) + loop(10, step, 0, 0); }
LICENSE;
==== callbacks that call functions
-- c
#include "bpf.h"
int hits;
static __noinline int inner(int x) { return hits += x; }
static long step(u32 i, void *ctx) { return inner(i) > 100; }
static __noinline int runs(int n) { return loop(n, step, 0, 0); }
SEC("tc") int prog(void *ctx) { return runs(3) + inner(4); }
LICENSE;
==== a map in a function
-- c
#include "bpf.h"
struct { __uint(type, MAP_HASH); __uint(max_entries, 16); __type(key, u32); __type(value, u64); } m SEC(".maps");

static __noinline u64 get(u32 k) { u64 *v = map_lookup(&m, &k); return v ? *v : 0; }
SEC("xdp") int one(void *ctx) { return get(1) + get(2); }
SEC("xdp") int two(void *ctx) { return get(3); }
LICENSE;
==== a weak extern in an address
-- c
#include "bpf.h"
extern const void nosuch_symbol_of_any_kernel __ksym __weak; extern const void bpf_prog_put __ksym;
SEC("socket") int prog(void *ctx) { return &nosuch_symbol_of_any_kernel ? 1 : &bpf_prog_put ? 2 : 3; }
LICENSE;
==== assembly with a map and a variable
-- c
#include "bpf.h"
struct { __uint(type, MAP_HASH); __uint(max_entries, 16); __type(key, u32); __type(value, u64); } m SEC(".maps");

int var = 3;
SEC("socket") __attribute__((naked)) int prog(void) { asm volatile ("r1 = %[m] ll; r2 = %[var] ll; r0 = *(u32 *)(r2 + 0); exit;" : : [m] "i"(&m), [var] "i"(&var)); }
LICENSE;
==== assembly with an offset
-- c
#include "bpf.h"
int vars[4] = {1, 2, 3, 4};
SEC("socket") __attribute__((naked)) int prog(void) { asm volatile ("r2 = %[v] + 8 ll; r0 = *(u32 *)(r2 + 0); exit;" : : [v] "i"(vars)); }
LICENSE;
==== -O1 with many locals
flags: -O1
-- c
#include "bpf.h"
struct { __uint(type, MAP_HASH); __uint(max_entries, 16); __type(key, u32); __type(value, u64); } m SEC(".maps");

static __noinline int f(int *p) { return p[0] + p[3]; }
SEC("socket") int prog(int *ctx) { int a[4] = {ctx[0], ctx[1], ctx[2], ctx[3]}; u32 k = f(a); u64 *v = map_lookup(&m, &k); return v ? *v : f(a + 0); }
LICENSE;
==== without line information
flags: -gline-tables-only -g0
-- c
#include "bpf.h"
SEC("socket") int prog(int *ctx) { return ctx[0]; }
LICENSE;
==== without BTF, with variables
flags: -g0
-- c
#include "bpf.h"
int counter = 5; static int own; const volatile int ro = 4;
static __noinline int f(int x) { return x * counter; }
SEC("socket") int prog(int *ctx) { own += ro; return f(ctx[0]) + own; }
LICENSE;
==== an atomic operation on a variable
cpu: v3 v4
-- c
#include "bpf.h"
u64 total; u32 small;
SEC("tc") int prog(void *ctx) { __sync_fetch_and_add(&total, 5); return __sync_val_compare_and_swap(&small, 1, 2); }
LICENSE;
