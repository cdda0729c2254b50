/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Classic BPF's codes: class | size | mode, or class | operation | source. */
#ifndef SKEP_ISA_CBPF_H
#define SKEP_ISA_CBPF_H

#include "isa/isa.h"

enum { C_LD, C_LDX, C_ST, C_STX, C_ALU, C_JMP, C_RET, C_MISC };
enum { C_W = 0x00, C_H = 0x08, C_B = 0x10 };
enum { C_IMM = 0x00, C_ABS = 0x20, C_IND = 0x40, C_MEM = 0x60, C_LEN = 0x80, C_MSH = 0xa0 };
enum { C_K = 0x00, C_X = 0x08, C_A = 0x10 };
enum { C_JA = 0x00, C_JEQ = 0x10, C_JGT = 0x20, C_JGE = 0x30, C_JSET = 0x40 };
enum { C_TAX = 0x00, C_TXA = 0x80 };

/* How an operand is written, checked and translated. */
enum cbpf_form {
	CBPF_NO,  /* none */
	CBPF_ABS, /* [k] */
	CBPF_IND, /* [x + k] */
	CBPF_LEN, /* #pktlen */
	CBPF_IMM, /* #0x... */
	CBPF_MEM, /* M[k] */
	CBPF_MSH, /* 4*([k]&0xf) */
	CBPF_DEC, /* #... */
	CBPF_X,   /* x */
	CBPF_JA,
	CBPF_JCC_K,
	CBPF_JCC_X,
};

struct cbpf_row {
	const char *name;
	uint16_t code;
	uint8_t form;
};

/* The row of a code, or NULL: the kernel refuses it. */
const struct cbpf_row *cbpf_row(uint16_t code);
const struct cbpf_row *cbpf_row_named(const char *name, size_t len, enum cbpf_form form);

/* Ancillary data: loads of [0xfffff000 + ...] read what the kernel knows about the packet. */
#define CBPF_AD_OFF UINT32_C(0xfffff000)

struct cbpf_ancillary {
	const char *name; /* bpf_asm's */
	uint32_t k;       /* from CBPF_AD_OFF */
	uint8_t ctx;      /* the offset in __sk_buff, or one of the two below */
	bool swap;        /* __sk_buff has it in network order */
};
enum { AD_NOWHERE = 255, AD_SPECIAL = 254 };
const struct cbpf_ancillary *cbpf_ancillary(uint32_t k);
const struct cbpf_ancillary *cbpf_ancillary_named(const char *name, size_t len);

#endif
