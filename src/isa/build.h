/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Instructions by function call, for code generators and tests. Part of isa.h; include that.
 *
 * From the table come, for each ALU and JCC row,
 *
 *	isa_add64_reg(dst, src)  isa_add64_imm(dst, imm)  isa_add32_reg  isa_add32_imm
 *	isa_jeq64_reg(dst, src, off)  isa_jeq64_imm(dst, imm, off)  isa_jeq32_reg  isa_jeq32_imm
 *
 * and for each atomic isa_atomic_add64(dst, off, src), isa_atomic_fetch_add32(...), named as rows.
 */
#ifndef SKEP_ISA_BUILD_H
#define SKEP_ISA_BUILD_H

static inline struct insn isa_insn(uint8_t code, unsigned dst, unsigned src, int16_t off,
				   int32_t imm)
{
	return (struct insn){
		.code = code, .dst = dst & 15, .src = src & 15, .off = off, .imm = imm};
}

#define ISA_BUILD_ALU(word, width, class, op, variant)                                             \
	static inline struct insn isa_##word##width##_reg(unsigned dst, unsigned src)              \
	{                                                                                          \
		return isa_insn((op) | ISA_SRC_REG | (class), dst, src, variant, 0);               \
	}                                                                                          \
	static inline struct insn isa_##word##width##_imm(unsigned dst, int32_t imm)               \
	{                                                                                          \
		return isa_insn((op) | (class), dst, 0, variant, imm);                             \
	}
#define ISA_BUILD_JCC(word, width, class, op)                                                      \
	static inline struct insn isa_##word##width##_reg(unsigned dst, unsigned src, int16_t off) \
	{                                                                                          \
		return isa_insn((op) | ISA_SRC_REG | (class), dst, src, off, 0);                   \
	}                                                                                          \
	static inline struct insn isa_##word##width##_imm(unsigned dst, int32_t imm, int16_t off)  \
	{                                                                                          \
		return isa_insn((op) | (class), dst, 0, off, imm);                                 \
	}
#define ALU(name, word, op, variant, ...)                                                          \
	ISA_BUILD_ALU(word, 64, ISA_CLASS_ALU64, op, variant)                                      \
	ISA_BUILD_ALU(word, 32, ISA_CLASS_ALU, op, variant)
#define JCC(name, word, op, ...)                                                                   \
	ISA_BUILD_JCC(word, 64, ISA_CLASS_JMP, op)                                                 \
	ISA_BUILD_JCC(word, 32, ISA_CLASS_JMP32, op)
#include "isa/insn.def"
ISA_BUILD_ALU(mov, 64, ISA_CLASS_ALU64, 0xb0, 0)
ISA_BUILD_ALU(mov, 32, ISA_CLASS_ALU, 0xb0, 0)
#undef ISA_BUILD_ALU
#undef ISA_BUILD_JCC

/* size: ISA_SIZE_B, _H, _W, _DW */
static inline struct insn isa_ldx(unsigned size, unsigned dst, unsigned src, int16_t off)
{
	return isa_insn(0x61 | size, dst, src, off, 0);
}
static inline struct insn isa_ldsx(unsigned size, unsigned dst, unsigned src, int16_t off)
{
	return isa_insn(0x81 | size, dst, src, off, 0);
}
static inline struct insn isa_stx(unsigned size, unsigned dst, int16_t off, unsigned src)
{
	return isa_insn(0x63 | size, dst, src, off, 0);
}
static inline struct insn isa_st(unsigned size, unsigned dst, int16_t off, int32_t imm)
{
	return isa_insn(0x62 | size, dst, 0, off, imm);
}
/* op: the imm of an ATOMIC or ORDERED row */
static inline struct insn isa_atomic(unsigned size, int32_t op, unsigned dst, int16_t off,
				     unsigned src)
{
	return isa_insn(0xc3 | size, dst, src, off, op);
}

static inline struct insn isa_neg64(unsigned dst)
{
	return isa_insn(0x87, dst, 0, 0, 0);
}
static inline struct insn isa_neg32(unsigned dst)
{
	return isa_insn(0x84, dst, 0, 0, 0);
}
static inline struct insn isa_be(unsigned dst, int bits)
{
	return isa_insn(0xdc, dst, 0, 0, bits);
}
static inline struct insn isa_le(unsigned dst, int bits)
{
	return isa_insn(0xd4, dst, 0, 0, bits);
}
static inline struct insn isa_bswap(unsigned dst, int bits)
{
	return isa_insn(0xd7, dst, 0, 0, bits);
}
static inline struct insn isa_movsx64(unsigned dst, unsigned src, int bits)
{
	return isa_insn(0xbf, dst, src, (int16_t)bits, 0);
}
static inline struct insn isa_movsx32(unsigned dst, unsigned src, int bits)
{
	return isa_insn(0xbc, dst, src, (int16_t)bits, 0);
}
static inline struct insn isa_ja(int16_t off)
{
	return isa_insn(0x05, 0, 0, off, 0);
}
static inline struct insn isa_ja32(int32_t off)
{
	return isa_insn(0x06, 0, 0, 0, off);
}
static inline struct insn isa_may_goto(int16_t off)
{
	return isa_insn(0xe5, 0, 0, off, 0);
}
static inline struct insn isa_call(int32_t helper)
{
	return isa_insn(0x85, 0, 0, 0, helper);
}
static inline struct insn isa_call_local(int32_t jump)
{
	return isa_insn(0x85, 0, 1, 0, jump);
}
static inline struct insn isa_call_kfunc(int32_t btf_id, int16_t fd_index)
{
	return isa_insn(0x85, 0, 2, fd_index, btf_id);
}
static inline struct insn isa_exit(void)
{
	return isa_insn(0x95, 0, 0, 0, 0);
}
/* src: 0 for a number, else the kind of pointer as in the LD_* rows */
static inline void isa_ld_imm64(struct insn ret_at[2], unsigned dst, unsigned src, uint64_t v)
{
	ret_at[0] = isa_insn(0x18, dst, src, 0, (int32_t)(uint32_t)v);
	ret_at[1] = isa_insn(0, 0, 0, 0, (int32_t)(uint32_t)(v >> 32));
}

#endif
