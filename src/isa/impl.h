/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the files of isa share with each other and nobody else.
 *
 * Letters: i struct insn, op struct isa_op, t target, o options, j assembler job, to text so far.
 */
#ifndef SKEP_ISA_IMPL_H
#define SKEP_ISA_IMPL_H

#include "isa/isa.h"

/* What a field of a form holds: the columns of form.def. */
enum isa_field {
	FIELD_ZERO,
	FIELD_FREE,
	FIELD_ANY,
	FIELD_SEL,
	FIELD_READ,
	FIELD_WRITE,
	FIELD_BOTH, /* registers */
	FIELD_SHIFT,
	FIELD_DIVISOR,
	FIELD_SPACES, /* immediates */
};

struct isa_shape {
	uint8_t dst, src, off, imm; /* enum isa_field */
	uint8_t why;                /* enum isa_reason */
};
extern const struct isa_shape isa_shapes[_ISA_FORM_MAX];

enum isa_sel isa_selector(uint8_t code);
bool isa_opcode_known(uint8_t code, const struct isa_target *t);
bool isa_row_in(enum isa_id id, const struct isa_target *t);

/* Bits 5-7 of a load or store. */
enum { MODE_ABS = 0x20, MODE_IND = 0x40, MODE_MEM = 0x60, MODE_MEMSX = 0x80, MODE_ATOMIC = 0xc0 };
static inline unsigned isa_mode(uint8_t code)
{
	return code & 0xe0;
}

/* "probe", "arena" or "": the word in front of internal loads and stores, which no style has. */
const char *isa_modifier(uint8_t code);

static inline bool isa_is32(uint8_t code)
{
	return isa_class(code) == ISA_CLASS_ALU || isa_class(code) == ISA_CLASS_JMP32;
}

#endif
