/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the objects of the tests are written with. */
#ifndef SKEP_TEST_BPF_H
#define SKEP_TEST_BPF_H

typedef signed char s8;
typedef unsigned char u8;
typedef short s16;
typedef unsigned short u16;
typedef int s32;
typedef unsigned int u32;
typedef long long s64;
typedef unsigned long long u64;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, val) int (*name)[val]
#define __type(name, val) typeof(val) *name
#define __array(name, val) typeof(val) *name[]
#define CAT_(a, b) a##b
#define CAT(a, b) CAT_(a, b)
#define __ulong(name, val) enum { CAT(unique_, __COUNTER__) = val } name

#define __noinline __attribute__((noinline))
#define __inline inline __attribute__((always_inline))
#define __weak __attribute__((weak))
#define __hidden __attribute__((visibility("hidden")))
#define __kconfig __attribute__((section(".kconfig")))
#define __ksym __attribute__((section(".ksyms")))
#define __tag(text) __attribute__((btf_decl_tag(text)))
#define __core __attribute__((preserve_access_index))

enum {
	MAP_HASH = 1,
	MAP_ARRAY = 2,
	MAP_PROG_ARRAY = 3,
	MAP_PERF_EVENT_ARRAY = 4,
	MAP_PERCPU_HASH = 5,
	MAP_PERCPU_ARRAY = 6,
	MAP_STACK_TRACE = 7,
	MAP_LRU_HASH = 9,
	MAP_LPM_TRIE = 11,
	MAP_ARRAY_OF_MAPS = 12,
	MAP_HASH_OF_MAPS = 13,
	MAP_QUEUE = 22,
	MAP_SK_STORAGE = 24,
	MAP_RINGBUF = 27,
	MAP_BLOOM_FILTER = 30,
	MAP_USER_RINGBUF = 31,
	MAP_ARENA = 33,
};
enum libbpf_tristate { TRI_NO = 0, TRI_YES = 1, TRI_MODULE = 2 };

static void *(*const map_lookup)(void *map, const void *key) = (void *)1;
static long (*const map_update)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static long (*const probe_read_kernel)(void *dst, u32 size, const void *from) = (void *)113;
static u64 (*const ktime)(void) = (void *)5;
static u64 (*const pid_tgid)(void) = (void *)14;
static long (*const tail_call)(void *ctx, void *map, u32 index) = (void *)12;
static long (*const for_each_elem)(void *map, void *fn, void *ctx, u64 flags) = (void *)164;
static long (*const loop)(u32 n, void *fn, void *ctx, u64 flags) = (void *)181;
static void *(*const per_cpu_ptr)(const void *p, u32 cpu) = (void *)153;

#define LICENSE char _license[] SEC("license") = "GPL"

/* What CO-RE asks the compiler to leave open. */
#define field_offset(f) __builtin_preserve_field_info(f, 0)
#define field_size(f) __builtin_preserve_field_info(f, 1)
#define field_exists(f) __builtin_preserve_field_info(f, 2)
#define field_signed(f) __builtin_preserve_field_info(f, 3)
#define field_lshift(f) __builtin_preserve_field_info(f, 4)
#define field_rshift(f) __builtin_preserve_field_info(f, 5)
#define type_id_local(t) __builtin_btf_type_id(*(t *)0, 0)
#define type_id_target(t) __builtin_btf_type_id(*(t *)0, 1)
#define type_exists(t) __builtin_preserve_type_info(*(t *)0, 0)
#define type_size(t) __builtin_preserve_type_info(*(t *)0, 1)
#define type_matches(t) __builtin_preserve_type_info(*(t *)0, 2)
#define enum_exists(t, v) __builtin_preserve_enum_value(*(t *)v, 0)
#define enum_value(t, v) __builtin_preserve_enum_value(*(t *)v, 1)
#define core_read(dst, src) \
	probe_read_kernel(dst, sizeof(*(dst)), __builtin_preserve_access_index(src))

#endif
