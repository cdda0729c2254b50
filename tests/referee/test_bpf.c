/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writes the tables of the kernel's lib/test_bpf.c as a file for tests/vm_referee.c. fetch.sh compiles
 * it with -DTABLES="what it has cut out of that file", which never comes into this repository: its
 * includes, its test runner and its skb_segment tests, which concern no program, are left out.
 *
 * The rest wants the kernel's macros for instructions and a few of its functions; these are ours.
 *
 * The file, in the host's byte order:
 *	"SKTB" u32 version
 *	then for each test: u8 kind, u8 aux, u16 length of its name, i32 errno expected, i32 stack
 *	depth or flags, u32 instructions, u32 results; the name, the instructions of 8 bytes, the
 *	packet's 128 bytes, the fragment's 128 bytes, for each result i32 packet's length, u32 value
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/bpf_common.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the kernel's types and functions ---- */

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#undef BIT
#define BIT(n) (1UL << (n))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define GFP_KERNEL 0
#define kmalloc_array(n, size, flags) calloc(n, size)
#define kfree free
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define __init
#define __initconst
#define __maybe_unused __attribute__((unused))
#define fallthrough __attribute__((fallthrough))
#define noinline
#define S8_MIN INT8_MIN
#define S16_MIN INT16_MIN
#define S16_MAX INT16_MAX
#define S32_MIN INT32_MIN
#define S32_MAX INT32_MAX
#define S64_MIN INT64_MIN
#define S64_MAX INT64_MAX
#define U8_MAX UINT8_MAX
#define U16_MAX UINT16_MAX
#define U32_MAX UINT32_MAX
#define U64_MAX UINT64_MAX
#define div64_u64(a, b) ((u64)(a) / (u64)(b))
#define pr_info(...) ((void)0)
#define BUG_ON(cond) ((cond) ? abort() : (void)0)

static inline u64 div64_u64_rem(u64 a, u64 b, u64 *rem)
{
	*rem = a % b;
	return a / b;
}

/* Only as a constant expression can the tables use these. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define cpu_to_le16(v) ((u16)(v))
#define cpu_to_le32(v) ((u32)(v))
#define cpu_to_le64(v) ((u64)(v))
#define cpu_to_be16(v) __builtin_bswap16(v)
#define cpu_to_be32(v) __builtin_bswap32(v)
#define cpu_to_be64(v) __builtin_bswap64(v)
#else
#error "for little-endian machines"
#endif

/* L'Ecuyer's four combined Tausworthe generators, lfsr113, which the kernel seeds like this. */
struct rnd_state {
	u32 s[4];
};
static const struct { u32 shift, down, mask, up, least; } lfsr[4] = {
	{6, 13, 0xfffffffe, 18, 2},
	{2, 27, 0xfffffff8, 2, 8},
	{13, 21, 0xfffffff0, 7, 16},
	{3, 12, 0xffffff80, 13, 128},
};

static inline void prandom_seed_state(struct rnd_state *r, u64 seed)
{
	u32 x = (u32)((seed >> 32) ^ (seed << 10) ^ seed), i;

	for (i = 0; i < 4; i++)
		r->s[i] = x < lfsr[i].least ? x + lfsr[i].least : x;
}

static inline u32 prandom_u32_state(struct rnd_state *r)
{
	u32 out = 0, i;

	for (i = 0; i < 4; i++) {
		r->s[i] = (r->s[i] & lfsr[i].mask) << lfsr[i].up ^
			  (r->s[i] << lfsr[i].shift ^ r->s[i]) >> lfsr[i].down;
		out ^= r->s[i];
	}
	return out;
}

/* ---- the kernel's macros for instructions ---- */

#ifndef BPF_MAXINSNS
#define BPF_MAXINSNS 4096
#endif
#define BPF_REG_AX 11 /* MAX_BPF_REG */
#define BPF_REG_FP BPF_REG_10
#define BPF_TAIL_CALL 0xf0
#define MAX_TAIL_CALL_CNT 33
#ifndef BPF_MEMSX
#define BPF_MEMSX 0x80
#endif

#define INSN(c, d, s, o, i)                                                                        \
	((struct bpf_insn){.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (s32)(i)})
#define BPF_RAW_INSN(c, d, s, o, i) INSN(c, d, s, o, i)
#define BPF_ALU64_REG_OFF(op, d, s, o) INSN(BPF_ALU64 | BPF_OP(op) | BPF_X, d, s, o, 0)
#define BPF_ALU32_REG_OFF(op, d, s, o) INSN(BPF_ALU | BPF_OP(op) | BPF_X, d, s, o, 0)
#define BPF_ALU64_IMM_OFF(op, d, i, o) INSN(BPF_ALU64 | BPF_OP(op) | BPF_K, d, 0, o, i)
#define BPF_ALU32_IMM_OFF(op, d, i, o) INSN(BPF_ALU | BPF_OP(op) | BPF_K, d, 0, o, i)
#define BPF_ALU64_REG(op, d, s) BPF_ALU64_REG_OFF(op, d, s, 0)
#define BPF_ALU32_REG(op, d, s) BPF_ALU32_REG_OFF(op, d, s, 0)
#define BPF_ALU64_IMM(op, d, i) BPF_ALU64_IMM_OFF(op, d, i, 0)
#define BPF_ALU32_IMM(op, d, i) BPF_ALU32_IMM_OFF(op, d, i, 0)
#define BPF_ENDIAN(type, d, len) INSN(BPF_ALU | BPF_END | BPF_SRC(type), d, 0, 0, len)
#define BPF_BSWAP(d, len) INSN(BPF_ALU64 | BPF_END | BPF_TO_LE, d, 0, 0, len)
#define BPF_MOV64_REG(d, s) INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define BPF_MOV32_REG(d, s) INSN(BPF_ALU | BPF_MOV | BPF_X, d, s, 0, 0)
#define BPF_MOV64_IMM(d, i) INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define BPF_MOV32_IMM(d, i) INSN(BPF_ALU | BPF_MOV | BPF_K, d, 0, 0, i)
#define BPF_MOVSX64_REG(d, s, bits) INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, bits, 0)
#define BPF_MOVSX32_REG(d, s, bits) INSN(BPF_ALU | BPF_MOV | BPF_X, d, s, bits, 0)
/* What the verifier puts behind an operation of 32 bits says no more than a move. */
#define BPF_ZEXT_REG(d) BPF_MOV32_REG(d, d)
#define BPF_LD_IMM64_RAW(d, s, v)                                                                  \
	INSN(BPF_LD | BPF_DW | BPF_IMM, d, s, 0, (u32)(v)), INSN(0, 0, 0, 0, (u64)(v) >> 32)
#define BPF_LD_IMM64(d, v) BPF_LD_IMM64_RAW(d, 0, v)
#define BPF_LDX_MEM(size, d, s, o) INSN(BPF_LDX | BPF_SIZE(size) | BPF_MEM, d, s, o, 0)
#define BPF_LDX_MEMSX(size, d, s, o) INSN(BPF_LDX | BPF_SIZE(size) | BPF_MEMSX, d, s, o, 0)
#define BPF_STX_MEM(size, d, s, o) INSN(BPF_STX | BPF_SIZE(size) | BPF_MEM, d, s, o, 0)
#define BPF_ST_MEM(size, d, o, i) INSN(BPF_ST | BPF_SIZE(size) | BPF_MEM, d, 0, o, i)
#define BPF_ATOMIC_OP(size, op, d, s, o) INSN(BPF_STX | BPF_SIZE(size) | BPF_ATOMIC, d, s, o, op)
#define BPF_STX_XADD(size, d, s, o) BPF_ATOMIC_OP(size, BPF_ADD, d, s, o)
#define BPF_JMP_REG(op, d, s, o) INSN(BPF_JMP | BPF_OP(op) | BPF_X, d, s, o, 0)
#define BPF_JMP_IMM(op, d, i, o) INSN(BPF_JMP | BPF_OP(op) | BPF_K, d, 0, o, i)
#define BPF_JMP32_REG(op, d, s, o) INSN(BPF_JMP32 | BPF_OP(op) | BPF_X, d, s, o, 0)
#define BPF_JMP32_IMM(op, d, i, o) INSN(BPF_JMP32 | BPF_OP(op) | BPF_K, d, 0, o, i)
#define BPF_JMP_A(o) INSN(BPF_JMP | BPF_JA, 0, 0, o, 0)
#define BPF_JMP32_A(i) INSN(BPF_JMP32 | BPF_JA, 0, 0, 0, i)
#define BPF_CALL_REL(id) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, id)
#define BPF_EXIT_INSN() INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define __BPF_STMT(c, v) ((struct sock_filter)BPF_STMT(c, v))
#define __BPF_JUMP(c, v, t, f) ((struct sock_filter)BPF_JUMP(c, v, t, f))

/* The function that the tail call tests call, by a number that no helper has. */
#define __BPF_FUNC_MAX_ID 0x20000
#define BPF_CALL_1(name, type, arg) static inline __attribute__((unused)) u64 name(type arg)

#undef __BIG_ENDIAN /* the C library has both */
#include TABLES

/* ---- writing ---- */

enum { KIND_EBPF, KIND_CLASSIC, KIND_TAIL };

struct head {
	u8 kind, aux;
	u16 name;
	s32 err, stack;
	u32 insns, results;
};

static void put(const void *p, size_t n)
{
	if (n && fwrite(p, n, 1, stdout) != 1) {
		perror("write");
		exit(1);
	}
}

static void put_test(struct bpf_test *t)
{
	bool classic = t->aux & CLASSIC;
	struct head h = {.kind = classic ? KIND_CLASSIC : KIND_EBPF, .aux = t->aux,
			 .name = (u16)strlen(t->descr), .err = t->expected_errcode,
			 .stack = t->stack_depth};
	const struct sock_filter *at = t->u.insns;

	if (t->fill_helper) {
		if (t->fill_helper(t)) {
			fprintf(stderr, "'%s' cannot be filled\n", t->descr);
			exit(1);
		}
		at = t->u.ptr.insns;
		h.insns = t->u.ptr.len;
	} else {
		for (h.insns = MAX_INSNS; h.insns > 1; h.insns--)
			if (at[h.insns - 1].code || at[h.insns - 1].k)
				break;
	}
	for (h.results = 1; h.results < MAX_SUBTESTS; h.results++)
		if (!t->test[h.results].data_size && !t->test[h.results].result)
			break;
	put(&h, sizeof(h));
	put(t->descr, h.name);
	put(at, (size_t)h.insns * 8);
	put(t->data, MAX_DATA);
	put(t->frag_data, MAX_DATA);
	put(t->test, h.results * sizeof(t->test[0]));
	if (t->fill_helper)
		free(t->u.ptr.insns);
}

static void put_tail(const struct tail_call_test *t)
{
	static const u8 zero[MAX_DATA];
	struct head h = {.kind = KIND_TAIL, .name = (u16)strlen(t->descr), .stack = t->flags,
			 .results = 1};
	s32 result[2] = {0, t->result};

	while (h.insns < MAX_INSNS && t->insns[h.insns].code)
		h.insns += t->insns[h.insns].code == (BPF_LD | BPF_DW | BPF_IMM) ? 2 : 1;
	put(&h, sizeof(h));
	put(t->descr, h.name);
	put(t->insns, (size_t)h.insns * 8);
	put(zero, MAX_DATA);
	put(zero, MAX_DATA);
	put(result, sizeof(result));
}

int main(void)
{
	static const u32 begin[2] = {0x42544b53, 1};
	size_t i;

	put(begin, sizeof(begin));
	for (i = 0; i < ARRAY_SIZE(tests); i++)
		put_test(&tests[i]);
	for (i = 0; i < ARRAY_SIZE(tail_call_tests); i++)
		put_tail(&tail_call_tests[i]);
	return fflush(stdout) ? 1 : 0;
}
