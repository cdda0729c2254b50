/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * x86-64: what the files of this target share, and its encoder.
 *
 *	x64.c		one operation, memory, the target
 *	x64_sum.c	constants, moves, sums
 *	x64_alu.c	arithmetic
 *	x64_flow.c	jumps, calls, the way in and out
 *	x64_call.c	calls of helpers that come down to less
 *	x64_arena.c	accesses that may fault
 *	x64_join.c	several operations that are one instruction
 *
 *	r0	r1	r2	r3	r4	r5	r6	r7	r8	r9	r10
 *	rax	rsi	rdx	rcx	r8	r9	rbx	r13	r14	r15	rbp
 *
 * rdi is the run, so that a call of a helper finds all its arguments where they belong; r12 counts
 * what is left of the budget; r10 and r11 are for whoever needs them within one operation.
 *
 * In names, `d` and `s` are BPF registers, `to`, `from`, `by` and `count` the machine's; `wide` is
 * 64 bits, else 32, and the upper half becomes 0.
 */
#ifndef SKEP_VM_X64_H
#define SKEP_VM_X64_H

#include "vm/jit.h"

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15, NOREG };
enum { RUN = RDI, LEFT = R12 };

static const uint8_t machine[ISA_REG_MAX] = {RAX, RSI, RDX, RCX, R8, R9, RBX, R13, R14, R15, RBP};
static const uint8_t saved[] = {6, 7, 8, 9}; /* r6..r9 lie in registers that callees keep */

enum { O_BELOW = 2, O_ABOVE_EQ, O_EQ, O_NE, O_BELOW_EQ, O_ABOVE, O_NEG, O_POS,
       O_LESS = 12, O_GREATER_EQ, O_LESS_EQ, O_GREATER, O_TEST };
enum { ADD, OR, ADC, SBB, AND, SUB, XOR, CMP }; /* of 0x01 and 0x81 */
enum { SHL = 4, SHR = 5, SAR = 7 };		/* of 0xc1 */

/* ---- bytes ---- */

static inline void put(struct jit *j, unsigned byte)
{
	*j->at++ = (uint8_t)byte;
}

static inline void put32(struct jit *j, uint32_t v)
{
	memcpy(j->at, &v, sizeof(v));
	j->at += sizeof(v);
}

static inline void put64(struct jit *j, uint64_t v)
{
	memcpy(j->at, &v, sizeof(v));
	j->at += sizeof(v);
}

static inline bool fits8(int64_t v)
{
	return v == (int8_t)v;
}

static inline bool fits32(int64_t v)
{
	return v == (int32_t)v;
}

/* ---- instructions: opcodes from 0x100 on are those behind 0x0f ---- */

struct mem {
	uint8_t base, index, shift;
	int32_t disp;
};

static inline void rex(struct jit *j, bool wide, unsigned reg, unsigned index, unsigned base,
		       bool must)
{
	unsigned bits =
		(unsigned)wide << 3 | (reg >> 3 & 1) << 2 | (index >> 3 & 1) << 1 | (base >> 3 & 1);

	if (bits || must)
		put(j, 0x40 | bits);
}

static inline void opcode(struct jit *j, unsigned op)
{
	if (op >= 0x100)
		put(j, 0x0f);
	put(j, op);
}

static inline void modrm(struct jit *j, unsigned mod, unsigned reg, unsigned rm)
{
	put(j, mod << 6 | (reg & 7) << 3 | (rm & 7));
}

static inline void rr(struct jit *j, bool wide, unsigned op, unsigned reg, unsigned rm)
{
	rex(j, wide, reg, 0, rm, false);
	opcode(j, op);
	modrm(j, 3, reg, rm);
}

/* rm is a byte register: without a prefix 4..7 would be ah..bh */
static inline void rr8(struct jit *j, bool wide, unsigned op, unsigned reg, unsigned rm)
{
	rex(j, wide, reg, 0, rm, rm >= 4);
	opcode(j, op);
	modrm(j, 3, reg, rm);
}

static inline void mem_operand(struct jit *j, unsigned reg, const struct mem *m)
{
	unsigned mod = fits8(m->disp) ? 1 : 2;

	if (m->base == NOREG) { /* index * 2^shift + disp32 */
		modrm(j, 0, reg, RSP);
		put(j, (unsigned)m->shift << 6 | (m->index & 7) << 3 | RBP);
		put32(j, (uint32_t)m->disp);
		return;
	}
	if (!m->disp && (m->base & 7) != RBP)
		mod = 0;
	if (m->index == NOREG && (m->base & 7) != RSP) {
		modrm(j, mod, reg, m->base);
	} else {
		modrm(j, mod, reg, RSP);
		put(j, (unsigned)m->shift << 6 | (m->index == NOREG ? RSP : m->index & 7) << 3 |
			       (m->base & 7));
	}
	if (mod == 1)
		put(j, (uint8_t)m->disp);
	else if (mod == 2)
		put32(j, (uint32_t)m->disp);
}

static inline void rm_must(struct jit *j, bool wide, unsigned op, unsigned reg, const struct mem *m,
			   bool must)
{
	rex(j, wide, reg, m->index, m->base, must);
	opcode(j, op);
	mem_operand(j, reg, m);
}

static inline void rm(struct jit *j, bool wide, unsigned op, unsigned reg, const struct mem *m)
{
	rm_must(j, wide, op, reg, m, false);
}

#define RUN_FIELD(f) ((struct mem){RUN, NOREG, 0, offsetof(struct vm_run, f)})

static inline void mov(struct jit *j, bool wide, unsigned to, unsigned from)
{
	if (to != from || !wide)
		rr(j, wide, 0x89, from, to);
}

static inline void mov_imm(struct jit *j, unsigned to, uint64_t v)
{
	if (!v) {
		rr(j, false, XOR << 3 | 1, to, to);
	} else if (v <= UINT32_MAX) {
		rex(j, false, 0, 0, to, false);
		put(j, 0xb8 | (to & 7));
		put32(j, (uint32_t)v);
	} else if (fits32((int64_t)v)) {
		rr(j, true, 0xc7, 0, to);
		put32(j, (uint32_t)v);
	} else {
		rex(j, true, 0, 0, to, false);
		put(j, 0xb8 | (to & 7));
		put64(j, v);
	}
}

static inline void alu(struct jit *j, bool wide, unsigned op, unsigned to, unsigned from)
{
	rr(j, wide, op << 3 | 1, from, to);
}

static inline void alu_imm(struct jit *j, bool wide, unsigned op, unsigned to, int32_t v)
{
	if (fits8(v)) {
		rr(j, wide, 0x83, op, to);
		put(j, (uint8_t)v);
		return;
	}
	if (to == RAX) {
		rex(j, wide, 0, 0, 0, false);
		put(j, op << 3 | 5);
	} else {
		rr(j, wide, 0x81, op, to);
	}
	put32(j, (uint32_t)v);
}

static inline void add_imm(struct jit *j, bool wide, unsigned to, int32_t v)
{
	if (v == 128) /* -128 is a byte */
		alu_imm(j, wide, SUB, to, -128);
	else
		alu_imm(j, wide, ADD, to, v);
}

static inline void test_imm(struct jit *j, bool wide, unsigned reg, int32_t v)
{
	if (v >= 0 && v < 128) {
		rex(j, false, 0, 0, reg, reg >= 4);
		if (reg == RAX)
			put(j, 0xa8);
		else
			put(j, 0xf6), modrm(j, 3, 0, reg);
		put(j, (uint8_t)v);
		return;
	}
	wide &= v < 0;
	rr(j, wide, 0xf7, 0, reg);
	put32(j, (uint32_t)v);
}

static inline void shift_imm(struct jit *j, bool wide, unsigned op, unsigned to, unsigned n)
{
	if (n == 1) {
		rr(j, wide, 0xd1, op, to);
		return;
	}
	rr(j, wide, 0xc1, op, to);
	put(j, n);
}

static inline void lea(struct jit *j, bool wide, unsigned to, const struct mem *m)
{
	rm(j, wide, 0x8d, to, m);
}

static inline void push(struct jit *j, unsigned reg)
{
	rex(j, false, 0, 0, reg, false);
	put(j, 0x50 | (reg & 7));
}

static inline void pop(struct jit *j, unsigned reg)
{
	rex(j, false, 0, 0, reg, false);
	put(j, 0x58 | (reg & 7));
}

/* A jump within one operation: patched by land(). */
static inline uint8_t *skip(struct jit *j, unsigned cond)
{
	put(j, cond == JIT_ALWAYS ? 0xeb : 0x70 | cond);
	put(j, 0);
	return j->at;
}

static inline void land(struct jit *j, uint8_t *from)
{
	assert(j->at - from < 128);
	from[-1] = (uint8_t)(j->at - from);
}

/* ---- x64_sum.c ---- */

void x64_set_flags(struct jit *j, unsigned r, bool wide);
void x64_settle(struct jit *j, unsigned r);
unsigned x64_use(struct jit *j, unsigned r);
struct mem x64_address(struct jit *j, unsigned r, int16_t off, unsigned changes);
void x64_mov64(struct jit *j, unsigned d, unsigned s);
void x64_mov32(struct jit *j, unsigned d, unsigned s);
void x64_load_imm(struct jit *j, unsigned d, uint64_t v);
void x64_constant(struct jit *j, bool wide, unsigned to, int32_t v);
void x64_load_imm_blind(struct jit *j, unsigned d, uint64_t v);
void x64_arith(struct jit *j, bool wide, unsigned op, unsigned d, unsigned s);
void x64_add64(struct jit *j, unsigned d, unsigned s);
void x64_add64_imm(struct jit *j, unsigned d, int32_t v);
void x64_add32_imm(struct jit *j, unsigned d, int32_t v);
void x64_add32(struct jit *j, unsigned d, unsigned s);

/* ---- x64_alu.c ---- */

struct x64_division {
	bool wide, is_signed, mod;
	int32_t by; /* if it is a constant */
};

void x64_and_imm(struct jit *j, bool wide, unsigned d, int32_t v);
void x64_sub_imm(struct jit *j, bool wide, unsigned d, int32_t v);
void x64_or_imm(struct jit *j, bool wide, unsigned op, unsigned d, int32_t v);
void x64_shift_k(struct jit *j, bool wide, unsigned op, unsigned d, unsigned n);
void x64_mul(struct jit *j, bool wide, unsigned d, unsigned s);
void x64_mul_imm(struct jit *j, bool wide, unsigned d, int32_t v);
void x64_shift_r(struct jit *j, bool wide, unsigned op, unsigned d, unsigned s);
void x64_divide_r(struct jit *j, struct x64_division v, unsigned d, unsigned n, unsigned s);
void x64_divide_imm(struct jit *j, struct x64_division v, unsigned d);
void x64_negate(struct jit *j, bool wide, unsigned d);
void x64_swap(struct jit *j, unsigned d, unsigned bits);
void x64_sign_extend(struct jit *j, bool wide, unsigned op, unsigned d, unsigned s);

/* ---- x64_flow.c ---- */

void x64_may_goto(struct jit *j, uint32_t pc, uint32_t to);
void x64_branch(struct jit *j, bool wide, unsigned cond, uint32_t pc, const struct vm_op *op,
		   bool imm);
uint32_t x64_inverse(uint32_t cond);
void x64_use_up(struct jit *j, uint32_t n);
void x64_emit_ask(struct jit *j, const struct jit_label *l);
void x64_entry(struct jit *j, const struct jit_func *g);
void x64_tell_state(struct jit *j);
void x64_store_run(struct jit *j, bool wide, unsigned reg, size_t field);
void x64_call(struct jit *j, const void *fn);
void x64_check_err(struct jit *j, uint32_t failed);
void x64_emit_failed(struct jit *j, const struct jit_label *l);
void x64_packet_args(struct jit *j, const struct vm_op *op, bool indexed, unsigned size);
void x64_check_frames(struct jit *j, uint32_t failed);
void x64_add_to_fp(struct jit *j, int32_t n);
void x64_leave(struct jit *j);
void x64_begin(struct jit *j);

/* ---- x64_call.c ---- */

void x64_call_map(struct jit *j, const struct jit_callee *c);
void x64_element(struct jit *j, uint32_t pc, const struct map *map, bool inner);
void x64_field(struct jit *j, const struct jit_callee *c);

/* ---- x64_arena.c: `op` of atomics as in 0x01, CMP for an exchange ---- */

struct x64_load {
	uint16_t op;
	bool wide, zero_extended;
};

void x64_load_probe(struct jit *j, struct x64_load l, unsigned d, unsigned s, int16_t off);
void x64_load_arena(struct jit *j, struct x64_load l, const struct vm_op *i, bool acquire);
void x64_store_arena(struct jit *j, unsigned bytes, const struct vm_op *i);
void x64_store_imm_arena(struct jit *j, unsigned bytes, const struct vm_op *i);
void x64_atomic_arena(struct jit *j, bool wide, unsigned op, const struct vm_op *i);
void x64_fetch_arena(struct jit *j, bool wide, unsigned op, const struct vm_op *i);
void x64_compare_exchange_arena(struct jit *j, bool wide, const struct vm_op *i);
void x64_cast(struct jit *j, const struct vm_op *i);

/* ---- x64_join.c ---- */

uint32_t x64_combine(struct jit *j, uint32_t pc, const struct vm_op *op);

/* Operations with the opcodes of 0x01, which may also work on memory: ADD... and these. */
enum { X64_THERE = 0x80, X64_WIDE = 0x40, X64_IMM = 0x20, X64_MASK = 7 };
extern const uint8_t x64_plain[_ISA_MAX];

#endif
