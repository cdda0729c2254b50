# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Every form of a map definition. Compared with libbpf: tests/obj.c.
==== sizes instead of types
-- c
#include "bpf.h"
struct { __uint(type, MAP_HASH); __uint(max_entries, 7); __uint(key_size, 12); __uint(value_size, 40); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== types of structs
-- c
#include "bpf.h"
struct key { u32 a; char c; }; struct value { u64 v[3]; };
struct { __uint(type, MAP_HASH); __uint(max_entries, 7); __type(key, struct key); __type(value, struct value); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== type and size, the same
-- c
#include "bpf.h"
struct { __uint(type, MAP_HASH); __uint(max_entries, 7); __type(key, u64); __uint(key_size, 8); __uint(value_size, 2); __type(value, u16); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== flags and NUMA node
-- c
#include "bpf.h"
struct { __uint(type, MAP_HASH); __uint(max_entries, 7); __type(key, u32); __type(value, u32); __uint(map_flags, 1 | 4); __uint(numa_node, 0); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== map_extra
-- c
#include "bpf.h"
struct { __uint(type, MAP_BLOOM_FILTER); __uint(max_entries, 100); __type(value, u32); __uint(map_extra, 3); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== map_extra as 64 bits
libbpf: 1.5
-- c
#include "bpf.h"
struct { __uint(type, MAP_ARENA); __uint(max_entries, 100); __uint(map_flags, 1 << 10); __ulong(map_extra, 0x1ull << 44); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== a ring buffer of no power of two
-- c
#include "bpf.h"
struct { __uint(type, MAP_RINGBUF); __uint(max_entries, 5000); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== a ring buffer
-- c
#include "bpf.h"
struct { __uint(type, MAP_RINGBUF); __uint(max_entries, 1 << 18); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== a user ring buffer
-- c
#include "bpf.h"
struct { __uint(type, MAP_USER_RINGBUF); __uint(max_entries, 4097); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== perf events
-- c
#include "bpf.h"
struct { __uint(type, MAP_PERF_EVENT_ARRAY); __uint(key_size, 4); __uint(value_size, 4); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== perf events with types, which kernels refuse
-- c
#include "bpf.h"
struct { __uint(type, MAP_PERF_EVENT_ARRAY); __type(key, int); __type(value, u32); __uint(max_entries, 2); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== stack traces
-- c
#include "bpf.h"
struct { __uint(type, MAP_STACK_TRACE); __type(key, u32); __uint(value_size, 127 * 8); __uint(max_entries, 9); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== LPM trie
-- c
#include "bpf.h"
struct lpm { u32 len; u8 data[4]; };
struct { __uint(type, MAP_LPM_TRIE); __type(key, struct lpm); __type(value, u32); __uint(max_entries, 9); __uint(map_flags, 1); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== queue
-- c
#include "bpf.h"
struct { __uint(type, MAP_QUEUE); __type(value, u32); __uint(max_entries, 9); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== per processor
-- c
#include "bpf.h"
struct { __uint(type, MAP_PERCPU_ARRAY); __type(key, u32); __type(value, u64); __uint(max_entries, 9); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== socket storage
-- c
#include "bpf.h"
struct { __uint(type, MAP_SK_STORAGE); __type(key, int); __type(value, u64); __uint(map_flags, 1); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== pinned by name
-- c
#include "bpf.h"
struct { __uint(type, MAP_HASH); __uint(max_entries, 7); __type(key, u32); __type(value, u32); __uint(pinning, 1); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== pinning none
-- c
#include "bpf.h"
struct { __uint(type, MAP_HASH); __uint(max_entries, 7); __type(key, u32); __type(value, u32); __uint(pinning, 0); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== an array of maps, with values
-- c
#include "bpf.h"
struct inner { __uint(type, MAP_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, u64); };
struct inner a SEC(".maps"), b SEC(".maps");
struct { __uint(type, MAP_ARRAY_OF_MAPS); __uint(max_entries, 8); __uint(key_size, 4); __array(values, struct inner); } outer SEC(".maps") = { .values = { [1] = (void *)&a, [5] = (void *)&b, [6] = (void *)&a } };
SEC("xdp") int prog(void *ctx) { u32 k = 1; void *in = map_lookup(&outer, &k); return in && map_lookup(in, &k); }
LICENSE;
==== a hash of maps without values
-- c
#include "bpf.h"
struct { __uint(type, MAP_HASH_OF_MAPS); __uint(max_entries, 8); __type(key, u64);
	__array(values, struct { __uint(type, MAP_HASH); __uint(max_entries, 3); __type(key, u32); __type(value, u64); }); } outer SEC(".maps");
SEC("xdp") int prog(void *ctx) { u64 k = 1; return map_lookup(&outer, &k) ? 1 : 0; }
LICENSE;
==== an array of programs, with values
-- c
#include "bpf.h"
SEC("tc") int a(void *ctx); SEC("tc") int b(void *ctx);
struct { __uint(type, MAP_PROG_ARRAY); __uint(max_entries, 4); __uint(key_size, 4); __array(values, int (void *)); } jumps SEC(".maps") = { .values = { [0] = (void *)&a, [2] = (void *)&b } };
SEC("tc") int a(void *ctx) { tail_call(ctx, &jumps, 2); return 1; }
SEC("tc") int b(void *ctx) { tail_call(ctx, &jumps, 0); return 2; }
LICENSE;
==== a definition with a name of its own
-- c
#include "bpf.h"
struct definition { __uint(type, MAP_LRU_HASH); __uint(max_entries, 10); __type(key, u32); __type(value, u32); };
typedef struct definition def_t; def_t one SEC(".maps"); struct definition two SEC(".maps");
SEC("xdp") int prog(void *ctx) { u32 k = 0; return map_lookup(&two, &k) || map_lookup(&one, &k); }
LICENSE;
==== names longer than a kernel takes
-- c
#include "bpf.h"
struct { __uint(type, MAP_HASH); __uint(max_entries, 7); __type(key, u32); __type(value, u32); } a_map_with_quite_a_long_name SEC(".maps");
SEC("socket") int a_program_with_quite_a_long_name(void *ctx) { u32 k = 0; return map_lookup(&a_map_with_quite_a_long_name, &k) ? 1 : 0; }
LICENSE;
==== 32 maps
-- c
#include "bpf.h"
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, u32); } m0 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 2); __type(key, u32); __type(value, u32); } m1 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 3); __type(key, u32); __type(value, u32); } m2 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 4); __type(key, u32); __type(value, u32); } m3 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 5); __type(key, u32); __type(value, u32); } m4 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 6); __type(key, u32); __type(value, u32); } m5 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 7); __type(key, u32); __type(value, u32); } m6 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 8); __type(key, u32); __type(value, u32); } m7 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 9); __type(key, u32); __type(value, u32); } m8 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 10); __type(key, u32); __type(value, u32); } m9 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 11); __type(key, u32); __type(value, u32); } m10 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 12); __type(key, u32); __type(value, u32); } m11 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 13); __type(key, u32); __type(value, u32); } m12 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 14); __type(key, u32); __type(value, u32); } m13 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 15); __type(key, u32); __type(value, u32); } m14 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 16); __type(key, u32); __type(value, u32); } m15 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 17); __type(key, u32); __type(value, u32); } m16 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 18); __type(key, u32); __type(value, u32); } m17 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 19); __type(key, u32); __type(value, u32); } m18 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 20); __type(key, u32); __type(value, u32); } m19 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 21); __type(key, u32); __type(value, u32); } m20 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 22); __type(key, u32); __type(value, u32); } m21 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 23); __type(key, u32); __type(value, u32); } m22 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 24); __type(key, u32); __type(value, u32); } m23 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 25); __type(key, u32); __type(value, u32); } m24 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 26); __type(key, u32); __type(value, u32); } m25 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 27); __type(key, u32); __type(value, u32); } m26 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 28); __type(key, u32); __type(value, u32); } m27 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 29); __type(key, u32); __type(value, u32); } m28 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 30); __type(key, u32); __type(value, u32); } m29 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 31); __type(key, u32); __type(value, u32); } m30 SEC(".maps");
struct { __uint(type, MAP_ARRAY); __uint(max_entries, 32); __type(key, u32); __type(value, u32); } m31 SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m31, &k) || map_lookup(&m0, &k) || map_lookup(&m17, &k); }
LICENSE;
==== an arena
libbpf: 1.5
cpu: v3 v4
-- c
#include "bpf.h"
struct { __uint(type, MAP_ARENA); __uint(map_flags, 1 << 10); __uint(max_entries, 100); } arena SEC(".maps");
SEC("syscall") int prog(void *ctx) { u64 x; asm volatile ("%0 = %[a] ll" : "=r"(x) : [a] "i"(&arena)); return x != 0; }
LICENSE;
==== variables in an arena
libbpf: 1.5
cpu: v3 v4
-- c
#include "bpf.h"
struct { __uint(type, MAP_ARENA); __uint(map_flags, 1 << 10); __uint(max_entries, 100); } arena SEC(".maps");
int in_arena SEC(".addr_space.1") = 5; u64 more[10] SEC(".addr_space.1");
SEC("syscall") int prog(void *ctx) { in_arena += 3; return more[4]; }
LICENSE;
==== a field that there is not
error: there is no 'max_entry'
-- c
#include "bpf.h"
struct { __uint(type, MAP_HASH); __uint(max_entry, 7); __type(key, u32); __type(value, u32); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== no type
error: no type is given
-- c
#include "bpf.h"
struct { __uint(max_entries, 7); __type(key, u32); __type(value, u32); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== sizes that differ
error: the key is said to be 4 and 8 bytes
-- c
#include "bpf.h"
struct { __uint(type, MAP_HASH); __uint(max_entries, 7); __type(key, u32); __uint(key_size, 8); __type(value, u32); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== a number where a type is to be
error: 'key' is no type
-- c
#include "bpf.h"
struct { __uint(type, MAP_HASH); __uint(max_entries, 7); int key; __type(value, u32); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== pinned in a way that there is not
error: pinning is 0 or LIBBPF_PIN_BY_NAME
-- c
#include "bpf.h"
struct { __uint(type, MAP_HASH); __uint(max_entries, 7); __type(key, u32); __type(value, u32); __uint(pinning, 9); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== values of a hash
error: only maps of maps and prog_array
-- c
#include "bpf.h"
struct inner { __uint(type, MAP_ARRAY); };
struct { __uint(type, MAP_HASH); __uint(max_entries, 7); __type(key, u32); __array(values, struct inner); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== a value of a type without a size
error: the value's type has no size
-- c
#include "bpf.h"
struct unknown;
struct { __uint(type, MAP_HASH); __uint(max_entries, 7); __type(key, u32); struct unknown *value; } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
==== maps in .maps without BTF
flags: -g0
error: compile with -g
-- c
#include "bpf.h"
struct { __uint(type, MAP_HASH); __uint(max_entries, 16); __type(key, u32); __type(value, u64); } m SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
