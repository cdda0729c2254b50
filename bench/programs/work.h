/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the workloads of bench/vm.c share. Each is one function NAME(at, end) of the bytes it is given,
 * that the host's compiler makes native code of in bench/vm.c, and clang made BPF of: ./make.sh writes
 * NAME.s from it. Both therefore do the same; neither compiler may see through OPAQUE.
 */
#ifndef BENCH_WORK_H
#define BENCH_WORK_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define OPAQUE(x) __asm__ volatile("" : "+r"(x))
#define WORK static inline __attribute__((always_inline)) u64
#define APART static __attribute__((noinline)) u64

static inline __attribute__((always_inline)) u32 read16(const u8 *at) { return *(const u16 *)at; }
static inline __attribute__((always_inline)) u32 net16(const u8 *at)
{
	return __builtin_bswap16(*(const u16 *)at);
}

#endif
