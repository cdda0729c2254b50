# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Objects that libbpf opens no longer, or never did: what comes out was looked at by a person.
==== maps by struct bpf_map_def
cpu: v2
libbpf: no
-- c
#include "bpf.h"
struct bpf_map_def { u32 type, key_size, value_size, max_entries, map_flags; };

struct bpf_map_def SEC("maps") one = {MAP_HASH, 4, 8, 100, 1}; struct bpf_map_def SEC("maps") two = {.type = MAP_ARRAY, .key_size = 4, .value_size = 16, .max_entries = 3};
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&two, &k) || map_lookup(&one, &k); }
LICENSE;
-- dump
map one type 1 key 4 value 8 max 100 flags 0x1 extra 0 key_type 0 value_type 0 vmlinux_type 0
map two type 2 key 4 value 16 max 3 flags 0 extra 0 key_type 0 value_type 0 vmlinux_type 0
prog prog type 1 attach 0 btf 0 flags 0 insns 20
b7 1 0 0 0
63 10 1 -4 0
bf 2 10 0 0
07 2 0 0 -4
18 1 5 0 1
00 0 0 0 0
85 0 0 0 1
bf 1 0 0 0
b7 0 0 0 1
55 1 0 9 0
bf 2 10 0 0
07 2 0 0 -4
18 1 5 0 0
00 0 0 0 0
85 0 0 0 1
bf 1 0 0 0
b7 0 0 0 1
55 1 0 1 0
b7 0 0 0 0
95 0 0 0 0
func 0 4
line 0 21 0 5120
line 1 21 0 5161
line 4 21 0 5175
line 9 21 0 5196
line 12 21 0 5199
line 17 21 0 5196
line 19 21 0 5168
==== the oldest, of four words
cpu: v2
libbpf: no
flags: -g0
-- c
#include "bpf.h"
struct bpf_map_def { u32 type, key_size, value_size, max_entries; };

struct bpf_map_def SEC("maps") one = {MAP_HASH, 4, 8, 100}; struct bpf_map_def SEC("maps") two = {MAP_ARRAY, 4, 16, 3};
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&two, &k) || map_lookup(&one, &k); }
LICENSE;
-- dump
map one type 1 key 4 value 8 max 100 flags 0 extra 0 key_type 0 value_type 0 vmlinux_type 0
map two type 2 key 4 value 16 max 3 flags 0 extra 0 key_type 0 value_type 0 vmlinux_type 0
prog prog type 1 attach 0 btf 0 flags 0 insns 20
b7 1 0 0 0
63 10 1 -4 0
bf 2 10 0 0
07 2 0 0 -4
18 1 5 0 1
00 0 0 0 0
85 0 0 0 1
bf 1 0 0 0
b7 0 0 0 1
55 1 0 9 0
bf 2 10 0 0
07 2 0 0 -4
18 1 5 0 0
00 0 0 0 0
85 0 0 0 1
bf 1 0 0 0
b7 0 0 0 1
55 1 0 1 0
b7 0 0 0 0
95 0 0 0 0
==== samples/bpf, with an inner map and a NUMA node
cpu: v2
libbpf: no
flags: -g0
-- c
#include "bpf.h"
struct bpf_map_def { u32 type, key_size, value_size, max_entries, map_flags, inner_map_idx, numa_node; };

struct bpf_map_def SEC("maps") inner = {MAP_ARRAY, 4, 16, 3}; struct bpf_map_def SEC("maps") outer = {MAP_ARRAY_OF_MAPS, 4, 4, 5, 0, 0, 0}; struct bpf_map_def SEC("maps") there = {MAP_HASH, 4, 16, 3, 4, 0, 0};
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&outer, &k) || map_lookup(&there, &k); }
LICENSE;
-- dump
map inner type 2 key 4 value 16 max 3 flags 0 extra 0 key_type 0 value_type 0 vmlinux_type 0
map outer type 12 key 4 value 4 max 5 flags 0 extra 0 key_type 0 value_type 0 vmlinux_type 0
map there type 1 key 4 value 16 max 3 flags 0x4 extra 0 key_type 0 value_type 0 vmlinux_type 0
prog prog type 1 attach 0 btf 0 flags 0 insns 20
b7 1 0 0 0
63 10 1 -4 0
bf 2 10 0 0
07 2 0 0 -4
18 1 5 0 1
00 0 0 0 0
85 0 0 0 1
bf 1 0 0 0
b7 0 0 0 1
55 1 0 9 0
bf 2 10 0 0
07 2 0 0 -4
18 1 5 0 2
00 0 0 0 0
85 0 0 0 1
bf 1 0 0 0
b7 0 0 0 1
55 1 0 1 0
b7 0 0 0 0
95 0 0 0 0
==== iproute2, with ids, pins and an inner map
cpu: v2
libbpf: no
flags: -g0
-- c
#include "bpf.h"
struct bpf_elf_map { u32 type, size_key, size_value, max_elem, flags, id, pinning, inner_id; int inner_idx; };

struct bpf_elf_map SEC("maps") inner = {.type = MAP_ARRAY, .size_key = 4, .size_value = 4, .max_elem = 1, .id = 42, .inner_idx = 2, .pinning = 2}; struct bpf_elf_map SEC("maps") outer = {.type = MAP_ARRAY_OF_MAPS, .size_key = 4, .size_value = 4, .max_elem = 4, .inner_id = 42, .inner_idx = -1, .pinning = 1};
SEC("classifier") int prog(void *ctx) { u32 k = 0; return map_lookup(&outer, &k) ? 1 : 0; }
LICENSE;
-- dump
map inner type 2 key 4 value 4 max 1 flags 0 extra 0 key_type 0 value_type 0 vmlinux_type 0
map outer type 12 key 4 value 4 max 4 flags 0 extra 0 key_type 0 value_type 0 vmlinux_type 0
prog prog type 3 attach 0 btf 0 flags 0 insns 12
b7 1 0 0 0
63 10 1 -4 0
bf 2 10 0 0
07 2 0 0 -4
18 1 5 0 1
00 0 0 0 0
85 0 0 0 1
bf 1 0 0 0
b7 0 0 0 1
55 1 0 1 0
b7 0 0 0 0
95 0 0 0 0
==== iproute2 before inner maps
cpu: v2
libbpf: no
flags: -g0
-- c
#include "bpf.h"
struct bpf_elf_map { u32 type, size_key, size_value, max_elem, flags, id, pinning; };

struct bpf_elf_map SEC("maps") jmp = {.type = MAP_PROG_ARRAY, .size_key = 4, .size_value = 4, .max_elem = 8, .id = 1, .pinning = 2};
SEC("classifier") int prog(void *ctx) { tail_call(ctx, &jmp, 3); return 0; } SEC("1/3") int tail(void *ctx) { return 7; }
LICENSE;
-- dump
map jmp type 3 key 4 value 4 max 8 flags 0 extra 0 key_type 0 value_type 0 vmlinux_type 0
prog prog type 3 attach 0 btf 0 flags 0 insns 6
18 2 5 0 0
00 0 0 0 0
b7 3 0 0 3
85 0 0 0 12
b7 0 0 0 0
95 0 0 0 0
prog tail type 0 attach 0 btf 0 flags 0 insns 2
b7 0 0 0 7
95 0 0 0 0
==== gobpf
cpu: v2
libbpf: no
flags: -g0
-- c
#include "bpf.h"
struct bpf_map_def { u32 type, key_size, value_size, max_entries, map_flags, pinning; char namespace[256]; };

struct bpf_map_def SEC("maps/events") events = {.type = MAP_PERF_EVENT_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1024, .pinning = 2, .namespace = "x"};
SEC("kprobe/tcp_connect") int prog(void *ctx) { u32 k = 0; return map_lookup(&events, &k) ? 1 : 0; }
LICENSE;
-- dump
map events type 4 key 4 value 4 max 1024 flags 0 extra 0 key_type 0 value_type 0 vmlinux_type 0
prog prog type 2 attach 0 btf 0 flags 0 insns 12
b7 1 0 0 0
63 10 1 -4 0
bf 2 10 0 0
07 2 0 0 -4
18 1 5 0 0
00 0 0 0 0
85 0 0 0 1
bf 1 0 0 0
b7 0 0 0 1
55 1 0 1 0
b7 0 0 0 0
95 0 0 0 0
==== static definitions
cpu: v2
libbpf: no
-- c
#include "bpf.h"
struct bpf_map_def { u32 type, key_size, value_size, max_entries, map_flags; };

static struct bpf_map_def SEC("maps") one = {MAP_HASH, 4, 8, 100, 1}; static struct bpf_map_def SEC("maps") two = {MAP_ARRAY, 4, 16, 3, 0};
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&two, &k) || map_lookup(&one, &k); }
LICENSE;
-- dump
map one type 1 key 4 value 8 max 100 flags 0x1 extra 0 key_type 0 value_type 0 vmlinux_type 0
map two type 2 key 4 value 16 max 3 flags 0 extra 0 key_type 0 value_type 0 vmlinux_type 0
prog prog type 1 attach 0 btf 0 flags 0 insns 20
b7 1 0 0 0
63 10 1 -4 0
bf 2 10 0 0
07 2 0 0 -4
18 1 5 0 1
00 0 0 0 0
85 0 0 0 1
bf 1 0 0 0
b7 0 0 0 1
55 1 0 9 0
bf 2 10 0 0
07 2 0 0 -4
18 1 5 0 0
00 0 0 0 0
85 0 0 0 1
bf 1 0 0 0
b7 0 0 0 1
55 1 0 1 0
b7 0 0 0 0
95 0 0 0 0
func 0 4
line 0 21 0 5120
line 1 21 0 5161
line 4 21 0 5175
line 9 21 0 5196
line 12 21 0 5199
line 17 21 0 5196
line 19 21 0 5168
==== old maps, variables and functions
cpu: v2
libbpf: no
-- c
#include "bpf.h"
struct bpf_map_def { u32 type, key_size, value_size, max_entries, map_flags; };

struct bpf_map_def SEC("maps") one = {MAP_HASH, 4, 8, 100, 1}; int counter = 4;
static __noinline int get(u32 k) { u64 *v = map_lookup(&one, &k); return v ? *v + counter++ : 0; }
SEC("xdp") int prog(void *ctx) { return get(1) + get(2); }
LICENSE;
-- dump
map one type 1 key 4 value 8 max 100 flags 0x1 extra 0 key_type 0 value_type 0 vmlinux_type 0
map 8cb3c063.data type 2 key 4 value 4 max 1 flags 0x400 extra 0 key_type 0 value_type 16 vmlinux_type 0
prog prog type 6 attach 37 btf 0 flags 0 insns 25
b7 1 0 0 1
85 0 1 0 5
bf 6 0 0 0
b7 1 0 0 2
85 0 1 0 2
0f 0 6 0 0
95 0 0 0 0
63 10 1 -4 0
bf 2 10 0 0
07 2 0 0 -4
18 1 5 0 0
00 0 0 0 0
85 0 0 0 1
bf 1 0 0 0
b7 0 0 0 0
15 1 0 8 0
79 1 1 0 0
18 2 6 0 1
00 0 0 0 0
61 0 2 0 0
bf 3 0 0 0
07 3 0 0 1
63 2 3 0 0
0f 0 1 0 0
95 0 0 0 0
func 0 4
func 7 8
line 0 18 0 6185
line 3 18 0 6194
line 5 18 0 6192
line 6 18 0 6178
line 7 18 0 5120
line 10 18 0 5165
line 15 18 0 5194
line 16 18 0 5198
line 17 18 0 5210
line 23 18 0 5194
line 24 18 0 5187
==== a definition with values, as BTF had it first
cpu: v2
libbpf: no
-- c
#include "bpf.h"
struct { u32 type; u32 max_entries; u32 *key; u64 *value; } m SEC(".maps") = { .type = MAP_HASH, .max_entries = 77 };
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&m, &k) ? 1 : 0; }
LICENSE;
-- dump
map m type 1 key 4 value 8 max 77 flags 0 extra 0 key_type 1 value_type 5 vmlinux_type 0
prog prog type 1 attach 0 btf 0 flags 0 insns 12
b7 1 0 0 0
63 10 1 -4 0
bf 2 10 0 0
07 2 0 0 -4
18 1 5 0 0
00 0 0 0 0
85 0 0 0 1
bf 1 0 0 0
b7 0 0 0 1
55 1 0 1 0
b7 0 0 0 0
95 0 0 0 0
func 0 12
line 0 90 0 3072
line 1 90 0 3113
line 4 90 0 3127
line 11 90 0 3120
==== a static map
cpu: v2
libbpf: no
-- c
#include "bpf.h"
static struct { __uint(type, MAP_HASH); __uint(max_entries, 7); __type(key, u32); __type(value, u32); } one SEC(".maps"), two SEC(".maps");
SEC("socket") int prog(void *ctx) { u32 k = 0; return map_lookup(&two, &k) || map_lookup(&one, &k); }
LICENSE;
-- dump
map two type 1 key 4 value 4 max 7 flags 0 extra 0 key_type 8 value_type 8 vmlinux_type 0
map one type 1 key 4 value 4 max 7 flags 0 extra 0 key_type 8 value_type 8 vmlinux_type 0
prog prog type 1 attach 0 btf 0 flags 0 insns 20
b7 1 0 0 0
63 10 1 -4 0
bf 2 10 0 0
07 2 0 0 -4
18 1 5 0 0
00 0 0 0 0
85 0 0 0 1
bf 1 0 0 0
b7 0 0 0 1
55 1 0 9 0
bf 2 10 0 0
07 2 0 0 -4
18 1 5 0 1
00 0 0 0 0
85 0 0 0 1
bf 1 0 0 0
b7 0 0 0 1
55 1 0 1 0
b7 0 0 0 0
95 0 0 0 0
func 0 15
line 0 93 0 3072
line 1 93 0 3113
line 4 93 0 3127
line 9 93 0 3148
line 12 93 0 3151
line 17 93 0 3148
line 19 93 0 3120
==== a section whose name says nothing
cpu: v2
libbpf: no
-- c
#include "bpf.h"
SEC("my_own/thing") int prog(void *ctx) { return 3; }
LICENSE;
-- dump
prog prog type 0 attach 0 btf 0 flags 0 insns 2
b7 0 0 0 3
95 0 0 0 0
func 0 4
line 0 27 0 2091
==== functions whose symbols have no type and no size
cpu: v2
libbpf: no
-- c
#include "bpf.h"
asm(".section xdp,\"ax\",@progbits\n.globl one\none:\nr0 = 1\nif r1 == 0 goto local\nr0 = 2\nlocal:\nexit\n"
    ".globl two\ntwo:\nr0 = 3\nexit\n.text\n");
LICENSE;
-- dump
prog one type 6 attach 37 btf 0 flags 0 insns 4
b7 0 0 0 1
15 1 0 1 0
b7 0 0 0 2
95 0 0 0 0
prog two type 6 attach 37 btf 0 flags 0 insns 2
b7 0 0 0 3
95 0 0 0 0
==== a section of code without any symbol
cpu: v2
libbpf: no
-- c
#include "bpf.h"
asm(".section socket,\"ax\",@progbits\nr0 = 7\nexit\n.text\n");
LICENSE;
-- dump
prog socket type 1 attach 0 btf 0 flags 0 insns 2
b7 0 0 0 7
95 0 0 0 0
