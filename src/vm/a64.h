/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arm64: what the files of this target share, and its encoder.
 *
 *	a64.c		one operation, the target
 *	a64_sum.c	constants, moves, sums
 *	a64_mem.c	loads, stores, atomics
 *	a64_arena.c	accesses that may fault
 *	a64_alu.c	arithmetic
 *	a64_flow.c	jumps, calls, the way in and out
 *	a64_call.c	calls of helpers that come down to less
 *	a64_join.c	several operations that are one instruction
 *
 *	r0	r1..r5	r6..r9	 r10 - 512  the run	what is left of the budget
 *	x0	x1..x5	x19..x22 x23	    x24		x25
 *
 * A call of a helper finds its arguments in place, but for the run, whose register callees keep
 * and which is only copied to x0. x23 is the low end of the frame, because offsets in instructions
 * reach far upwards and hardly down; so r10 is a sum that is never computed. x9..x15 are for
 * whoever needs them within one operation, by the names below.
 *
 * In names, `d` and `s` are BPF registers, `to`, `from` and `by` the machine's; `wide` is 64 bits,
 * else 32, and the upper half becomes 0.
 */
#ifndef SKEP_VM_A64_H
#define SKEP_VM_A64_H

#include "vm/jit.h"

enum { X0, X1, X2, X3, X4, X5, X19 = 19, X20, X21, X22, LINK = 30, ZERO = 31, SP = 31, NOREG };
enum { FRAME = 23, RUN = 24, LEFT = 25 };
enum {
	CONSTANT = 9, /* of the operation */
	ADDRESS = 10, /* that no instruction can hold */
	TOP = 11,     /* r10, where somebody wants its value */
	FAR = 12,     /* what a64_add_imm() cannot add at once */
	OLD = 13, NEW = 14, STATUS = 15, /* of atomic operations without an instruction */
};

static const uint8_t machine[ISA_REG_MAX] = {X0, X1, X2, X3, X4, X5, X19, X20, X21, X22, FRAME};

/* ANY: bits in common */
enum a64_cond { EQ, NE, HS, LO, MI, PL, VS, VC, HI, LS, GE, LT, GT, LE, ANY };

/* Of two registers, the second of which may be shifted; from AND to ANDS, with IMM, a constant. */
enum {
	AND = 0x0a000000, ORR = 0x2a000000, EOR = 0x4a000000, ANDS = 0x6a000000,
	ADD = 0x0b000000, ADDS = 0x2b000000, SUB = 0x4b000000, SUBS = 0x6b000000,
	NOT = 1 << 21, /* the second operand of AND.. */
	LOGICAL_IMM = 0x12000000 - 0x0a000000, /* what makes AND with a constant of AND */
	ARITH_IMM = 0x11000000 - 0x0b000000,
};
enum {
	UDIV = 0x1ac00800, SDIV = 0x1ac00c00, LSLV = 0x1ac02000, LSRV = 0x1ac02400,
	ASRV = 0x1ac02800, MADD = 0x1b000000, MSUB = 0x1b008000, CSEL = 0x1a800000,
	CSINC = 0x1a800400, CSINV = 0x5a800000, EXTR = 0x13800000,
	SBFM = 0x13000000, UBFM = 0x53000000,
	REV16 = 0x5ac00400, REV32 = 0x5ac00800, REV64 = 0xdac00c00,
	MOVN = 0x12800000, MOVZ = 0x52800000, MOVK = 0x72800000,
	B = 0x14000000, BL = 0x94000000, BLR = 0xd63f0000, RET = 0xd65f03c0, NOP = 0xd503201f,
	B_COND = 0x54000000, CBZ = 0x34000000, CBNZ = 0x35000000, TBZ = 0x36000000,
	TBNZ = 0x37000000, DMB_ISH = 0xd5033bbf,
};
enum { LSL, LSR, ASR };

/* ---- instructions ---- */

static inline void put(struct jit *j, uint32_t word)
{
	memcpy(j->at, &word, sizeof(word)); /* the machine whose code this is has this order too */
	j->at += sizeof(word);
}

static inline uint32_t wide_bit(bool wide)
{
	return (uint32_t)wide << 31;
}

static inline void rrr(struct jit *j, bool wide, uint32_t op, unsigned to, unsigned a, unsigned b)
{
	put(j, op | wide_bit(wide) | b << 16 | a << 5 | to);
}

static inline void rrr_shifted(struct jit *j, bool wide, uint32_t op, unsigned to, unsigned a,
			       unsigned b, unsigned shift, unsigned n)
{
	rrr(j, wide, op | shift << 22 | n << 10, to, a, b);
}

/* to = c + a * b, or with MSUB c - a * b */
static inline void multiply(struct jit *j, bool wide, uint32_t op, unsigned to, unsigned a,
			    unsigned b, unsigned c)
{
	rrr(j, wide, op | c << 10, to, a, b);
}

static inline void mov(struct jit *j, bool wide, unsigned to, unsigned from)
{
	if (to != from || !wide)
		rrr(j, wide, ORR, to, ZERO, from);
}

/* Bits `first`..`last` of from: see the processor's manual, as both may turn around. */
static inline void bitfield(struct jit *j, bool wide, uint32_t op, unsigned to, unsigned from,
			    unsigned first, unsigned last)
{
	put(j, op | wide_bit(wide) | (uint32_t)wide << 22 | first << 16 | last << 10 | from << 5 |
		       to);
}

static inline void shift_imm(struct jit *j, bool wide, unsigned how, unsigned to, unsigned from,
			     unsigned n)
{
	unsigned bits = wide ? 64 : 32;

	if (how == LSL)
		bitfield(j, wide, UBFM, to, from, (bits - n) & (bits - 1), bits - 1 - n);
	else
		bitfield(j, wide, how == LSR ? UBFM : SBFM, to, from, n, bits - 1);
}

/* ---- a64_sum.c ---- */

bool a64_bitmask(uint64_t v, bool wide, uint32_t *ret_field);
unsigned a64_mov_imm_words(uint64_t v);
void a64_put_mov_imm(uint8_t **at, unsigned to, uint64_t v);
void a64_mov_imm(struct jit *j, unsigned to, uint64_t v);
bool a64_add_field(int64_t v, uint32_t *ret_field);
void a64_add_imm(struct jit *j, bool wide, unsigned to, unsigned from, int64_t v);
void a64_logical_imm(struct jit *j, bool wide, uint32_t op, unsigned to, unsigned from, int32_t v);
void a64_settle(struct jit *j, unsigned r);
void a64_settle_index(struct jit *j, unsigned r);
unsigned a64_use(struct jit *j, unsigned r);
void a64_mov64(struct jit *j, unsigned d, unsigned s);
void a64_mov32(struct jit *j, unsigned d, unsigned s);
void a64_load_imm(struct jit *j, unsigned d, uint64_t v);
void a64_constant(struct jit *j, bool wide, unsigned to, int32_t v);
void a64_load_imm_blind(struct jit *j, unsigned d, uint64_t v);
void a64_arith(struct jit *j, bool wide, uint32_t op, unsigned d, unsigned by);
void a64_add64(struct jit *j, unsigned d, unsigned s);
void a64_add_k(struct jit *j, bool wide, unsigned d, int32_t v);

/* ---- a64_mem.c ---- */

enum { U8, U16, U32, U64, S8, S16, S32 };

struct a64_mem {
	uint8_t base, index, shift; /* machine registers; an index goes with disp 0 */
	bool narrow; /* the lower half of the index */
	int32_t disp;
};

static inline struct a64_mem a64_at(unsigned base, int32_t disp)
{
	return (struct a64_mem){.base = (uint8_t)base, .index = NOREG, .disp = disp};
}

struct a64_type {
	uint8_t size; /* log2 */
	uint32_t load;
	bool zero_extended;
};
extern const struct a64_type a64_types[];

enum { A64_LOAD = 1 << 22 }; /* else a store */
enum { A64_LDAR = 0x08dffc00 };
void a64_access(struct jit *j, uint32_t op, unsigned size, unsigned reg, struct a64_mem m);
struct a64_mem a64_address(struct jit *j, unsigned r, int16_t off, unsigned size, unsigned changes);
struct a64_mem a64_fit(struct jit *j, struct a64_mem m, unsigned size);
void a64_load_run(struct jit *j, bool wide, unsigned reg, size_t field);
void a64_store_run(struct jit *j, bool wide, unsigned reg, size_t field);
void a64_load(struct jit *j, unsigned type, unsigned d, unsigned s, int16_t off);
void a64_store(struct jit *j, unsigned type, unsigned d, int16_t off, unsigned from);
void a64_store_imm(struct jit *j, unsigned type, unsigned d, int16_t off, int32_t v);
void a64_load_acquire(struct jit *j, unsigned type, const struct vm_op *op, bool arena);
void a64_store_release(struct jit *j, unsigned type, const struct vm_op *op, bool arena);
/* The operations that fetch, by what LSE instructions call them. */
enum a64_atomic { A64_ADD, A64_AND, A64_XOR, A64_OR, A64_SWAP = 8 };
void a64_atomic(struct jit *j, bool wide, bool fetch, enum a64_atomic what, const struct vm_op *op,
		bool arena);
void a64_compare_exchange(struct jit *j, bool wide, const struct vm_op *op, bool arena);

/* ---- a64_arena.c ---- */

/* Instructions of one operation that may fault; all then go on at the same place. */
struct a64_faults {
	bool may;
	uint8_t n;
	struct jit_mark at[2];
};

void a64_note(struct jit *j, struct a64_faults *f);
void a64_go_on(struct jit *j, const struct a64_faults *f, uint8_t reg);
unsigned a64_window(struct jit *j, unsigned r, int16_t off);
void a64_load_probe(struct jit *j, unsigned type, const struct vm_op *op);
void a64_load_arena(struct jit *j, unsigned type, const struct vm_op *op);
void a64_store_arena(struct jit *j, unsigned type, const struct vm_op *op);
void a64_store_imm_arena(struct jit *j, unsigned type, const struct vm_op *op);
void a64_cast(struct jit *j, const struct vm_op *op);

/* ---- a64_alu.c ---- */

struct a64_division {
	bool wide, is_signed, mod;
};

void a64_logical_k(struct jit *j, bool wide, uint32_t op, unsigned d, int32_t v);
void a64_sub_k(struct jit *j, bool wide, unsigned d, int32_t v);
void a64_shift_k(struct jit *j, bool wide, unsigned how, unsigned d, unsigned n);
void a64_shift_r(struct jit *j, bool wide, uint32_t op, unsigned d, unsigned by);
void a64_mul(struct jit *j, bool wide, unsigned d, unsigned by);
void a64_mul_k(struct jit *j, bool wide, unsigned d, int32_t v);
void a64_divide(struct jit *j, struct a64_division v, unsigned d, unsigned by);
void a64_divide_k(struct jit *j, struct a64_division v, unsigned d, int32_t by);
void a64_negate(struct jit *j, bool wide, unsigned d);
void a64_swap(struct jit *j, unsigned d, unsigned bits);
void a64_extend(struct jit *j, bool wide, uint32_t op, unsigned bits, unsigned d, unsigned s);

/* ---- a64_flow.c ---- */

void a64_compare_imm(struct jit *j, bool wide, unsigned a, int32_t v);
enum a64_cond a64_compare(struct jit *j, bool wide, enum a64_cond cond, const struct vm_op *op,
			  bool imm);
uint32_t a64_test_bits(struct jit *j, bool wide, unsigned reg, int32_t mask, bool any);
uint32_t a64_inverse(uint32_t jump);
void a64_use_up(struct jit *j, uint32_t n);
void a64_emit_ask(struct jit *j, const struct jit_label *l);
void a64_may_goto(struct jit *j, uint32_t pc, uint32_t to);
void a64_branch(struct jit *j, bool wide, enum a64_cond cond, uint32_t pc, const struct vm_op *op,
		bool imm);
void a64_entry(struct jit *j, const struct jit_func *g);
void a64_tell_state(struct jit *j);
void a64_call(struct jit *j, const void *fn);
void a64_check_err(struct jit *j, uint32_t failed);
void a64_emit_failed(struct jit *j, const struct jit_label *l);
void a64_packet_args(struct jit *j, const struct vm_op *op, bool indexed, unsigned size);
void a64_check_frames(struct jit *j, uint32_t failed);
void a64_add_to_fp(struct jit *j, int32_t n);
void a64_leave(struct jit *j);
void a64_begin(struct jit *j);

/* ---- a64_call.c ---- */

void a64_call_map(struct jit *j, const struct jit_callee *c);
void a64_element(struct jit *j, uint32_t pc, const struct map *map, bool inner);
void a64_field(struct jit *j, const struct jit_callee *c);

/* ---- a64_join.c ---- */

uint32_t a64_combine(struct jit *j, uint32_t pc, const struct vm_op *op);

/* ---- a64.c ---- */

/* What two registers can do whatever the second: ADD..., or 0. */
struct a64_plain {
	uint32_t op;
	bool wide, imm;
};
extern const struct a64_plain a64_plain[_ISA_MAX];
struct a64_test {
	bool is, wide, imm;
	uint8_t cond;
};
extern const struct a64_test a64_test[_ISA_MAX];

#endif
