/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * isa: what an instruction is.
 *
 *   table    one row per instruction, from insn.def           table.c
 *   decode   bytes -> operation, or why the kernel refuses    decode.c
 *   sample   any valid encoding of a row, for tests           sample.c
 *   build    instructions by function call                    build.h
 *   dis      operations -> text, in two styles                dis.c listing.c
 *   asm      text in any style -> instructions                asm.c asm_lex.c asm_expr.c asm_word.c
 *   input    raw, hex, .data files -> instructions            input.c
 *   cbpf     classic BPF: check, text, translation            cbpf.c cbpf_text.c cbpf_convert.c
 *
 * Nothing here knows helpers, maps or types: names go through struct isa_names.
 */
#ifndef SKEP_ISA_H
#define SKEP_ISA_H

#include "base/base.h"

/* ---- the encoding ---------------------------------------------------------------------------- */

/*
 * struct bpf_insn, in the host's byte order:
 *
 *	 0        8    12   16              32                              64
 *	+--------+----+----+---------------+-------------------------------+
 *	| code   |dst |src |      off      |              imm              |
 *	+--------+----+----+---------------+-------------------------------+
 *
 * code: class in bits 0-2; arithmetic and jumps have a source bit 3 (0 imm, 1 register) and the
 * operation in 4-7, loads and stores the size in 3-4 and the mode in 5-7. LD_IMM64 takes two slots,
 * the second with the upper half of the value in imm and nothing else.
 */
struct insn {
	uint8_t code;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	uint8_t dst : 4, src : 4;
#else
	uint8_t src : 4, dst : 4;
#endif
	int16_t off;
	int32_t imm;
};
_Static_assert(sizeof(struct insn) == 8, "struct insn is struct bpf_insn");

enum isa_class {
	ISA_CLASS_LD,
	ISA_CLASS_LDX,
	ISA_CLASS_ST,
	ISA_CLASS_STX,
	ISA_CLASS_ALU,
	ISA_CLASS_JMP,
	ISA_CLASS_JMP32,
	ISA_CLASS_ALU64,
};
enum { ISA_SIZE_W = 0x00, ISA_SIZE_H = 0x08, ISA_SIZE_B = 0x10, ISA_SIZE_DW = 0x18 };
enum { ISA_SRC_REG = 0x08, ISA_FETCH = 0x01 };
enum { ISA_REG_FP = 10, ISA_REG_MAX = 11 }; /* r0..r10 */
enum { ISA_INSNS_MAX = 1000000 };           /* what the verifier looks at, and our ceiling */

static inline enum isa_class isa_class(uint8_t code)
{
	return code & 7;
}
static inline unsigned isa_bytes(uint8_t code) /* of a load or store */
{
	return (const uint8_t[]){4, 2, 1, 8}[code >> 3 & 3];
}
static inline bool isa_is_ld_imm64(const struct insn *i)
{
	return i->code == 0x18;
}
/* The same program for a machine of the other byte order. */
void isa_swap(struct insn *at, size_t n);

/* ---- the table ------------------------------------------------------------------------------- */

#define ISA_KERNEL(major, minor) ((uint32_t)(major) << 8 | (minor))

enum isa_id {
	ISA_NONE,
#define INSN(name, ...) ISA_##name,
#include "isa/insn.def"
	_ISA_MAX
};

enum isa_form {
#define FORM(name, ...) ISA_FORM_##name,
#include "isa/form.def"
	_ISA_FORM_MAX
};

enum isa_kind { ISA_PUBLIC, ISA_INTERNAL, ISA_FOREIGN };
enum isa_sel { ISA_SEL_NONE, ISA_SEL_OFF, ISA_SEL_IMM, ISA_SEL_SRC };

struct isa_row {
	const char *name; /* "ADD64_R" */
	const char *text; /* "+=" */
	const char *word; /* "add"; "": it has none */
	uint32_t since;   /* ISA_KERNEL() */
	int16_t value;    /* of the field `sel` */
	uint8_t code, form, sel, kind, cpu;
};

const struct isa_row *isa_row(enum isa_id id);
/* "6.12" -> ISA_KERNEL(6, 12); what follows the second number ("6.12.3-arch") is ignored. */
int isa_kernel_parse(const char *s, uint32_t *ret_kernel) MUST_USE;
/* The row that opcode and selecting field name, whether or not the rest is valid; or ISA_NONE. */
enum isa_id isa_find(const struct insn *i);
void isa_table(struct str *ret_markdown); /* the table of doc/isa.md */

/* ---- decoding -------------------------------------------------------------------------------- */

/* For whom an encoding must be valid. A NULL target is the newest kernel's verifier. */
struct isa_target {
	uint32_t kernel; /* ISA_KERNEL(); 0 = the newest that we know */
	bool internal;   /* also what the kernel itself puts into rewritten programs */
	bool foreign;    /* also what user-space machines know and no kernel takes: callx */
	bool any_count;  /* also shifts by constants that are too large, and divisions by a constant 0 */
};

struct isa_op {
	enum isa_id id;
	enum isa_form form;
	uint8_t code, dst, src;
	uint8_t slots; /* 1, or 2 for LD_IMM64 */
	int16_t off;
	int32_t imm;
	int64_t imm64; /* imm sign-extended; of LD_IMM64 the whole value */
	int32_t jump;  /* jumps and local calls: the target is pc + slots + jump */
};

enum isa_reason {
#define REASON(name, ...) ISA_WHY_##name,
#include "isa/reason.def"
	_ISA_WHY_MAX
};

struct isa_why {
	enum isa_reason reason;
	int err;       /* the kernel's errno, positive */
	char text[96]; /* the verifier's words */
};

/* -EINVAL and *ret_why (may be NULL) when the encoding is refused. left: slots from `at` on. */
int isa_decode(const struct isa_target *t, const struct insn *at, size_t left,
	       struct isa_op *ret_op, struct isa_why *ret_why) MUST_USE;
bool isa_has_jump(const struct isa_op *op);      /* op->jump leads to an instruction */
bool isa_falls_through(const struct isa_op *op); /* the next instruction may follow */

/*
 * Some valid encoding of a row, fields chosen at random with a liking for corners; deterministic in
 * *seed. Returns the slots used.
 */
size_t isa_sample(enum isa_id id, uint64_t *seed, struct insn ret_at[2]);

#include "isa/build.h"

/* ---- names ----------------------------------------------------------------------------------- */

enum isa_name { ISA_NAME_HELPER, ISA_NAME_KFUNC, ISA_NAME_MAP, ISA_NAME_FUNC, ISA_NAME_VAR };

/* What a name stands for in a call or a 64-bit load: the fields to put there. */
struct isa_named {
	uint8_t src;
	int16_t off;
	int64_t imm;
};

struct isa_names {
	void *ctx;
	/* dis: append the name of what `op` at `pc` refers to; false: it has none */
	bool (*print)(void *ctx, enum isa_name kind, const struct isa_op *op, uint32_t pc,
		      struct str *to);
	/* asm: `call NAME` (HELPER or KFUNC) and `rN = NAME ll` (the rest); 0 or -ENOENT */
	int (*find)(void *ctx, bool call, const char *name, size_t len, struct isa_named *ret);
	/* asm: the names there are, for "did you mean"; may be NULL */
	const char *const *(*all)(void *ctx, bool call, size_t *ret_n);
};

/* ---- disassembling --------------------------------------------------------------------------- */

enum isa_style { ISA_STYLE_KERNEL, ISA_STYLE_LLVM };

struct isa_dis {
	enum isa_style style;
	bool bytes;  /* the raw bytes too */
	bool labels; /* L1: in front of jump targets, and goto L1 */
	bool pcs;    /* the number of each instruction */
	bool xlated; /* what the kernel made of a program: map numbers are ids, its internal
		      * instructions are shown, and some lose fields, exactly as in bpftool */
	const struct isa_names *names; /* borrowed; NULL: none */
};

/*
 * One instruction without newline. What has no text in the style, or is no instruction, becomes
 * `.8byte`, so that assembling the text always gives the bytes back. Returns the slots consumed.
 */
size_t isa_dis_one(const struct isa_dis *o, const struct insn *at, size_t left, uint32_t pc,
		   struct str *to);
/* A whole program, one line each. Ceilings: those of `to`; returns its error. */
int isa_dis_program(const struct isa_dis *o, const struct insn *at, size_t n, struct str *to);

/* ---- assembling ------------------------------------------------------------------------------ */

struct isa_asm {
	struct isa_target target; /* instructions must be valid for it */
	bool lax;         /* r11..r15 and reserved values pass: to write what must be refused */
	bool wrap;        /* 32-bit constants lose what is above, as in bpf_conformance's assembler */
	struct span part; /* only this part of the text; {0}: all of it */
	const struct isa_names *names; /* borrowed; NULL: none */
};

struct isa_code {
	struct insn *at;   /* owned */
	struct span *span; /* owned: where in the source each slot comes from */
	size_t n;
};

/*
 * Kernel text, LLVM text and ubpf/bpf_conformance text, mixed freely; see doc/isa.md for the
 * grammar. Reports up to 20 errors, all of them with ids "asm.*". -EINVAL, -ENOMEM or -E2BIG.
 */
int isa_assemble(const struct src *src, const struct isa_asm *o, struct diag *d,
		 struct isa_code *ret_code) MUST_USE;
void isa_code_done(struct isa_code *c);

/* ---- programs from files --------------------------------------------------------------------- */

enum isa_input {
	ISA_INPUT_AUTO,
	ISA_INPUT_RAW,         /* eight bytes each, little-endian */
	ISA_INPUT_HEX,         /* hex digits */
	ISA_INPUT_CONFORMANCE, /* a .data file: its -- asm or -- raw section */
	ISA_INPUT_ASM,         /* text */
	ISA_INPUT_TCPDUMP,     /* classic BPF: tcpdump -ddd, -dd, -d, or bpf_asm text */
	ISA_INPUT_ELF,
};

enum { ISA_INPUT_MAX = 128 << 20 }; /* bytes */

enum isa_input isa_input_guess(const void *data, size_t size);
/*
 * Instructions from any input but ISA_INPUT_TCPDUMP and _ELF. Whether they are valid is not looked
 * at, except where text is assembled. Ids "input.*" and "asm.*"; -EINVAL, -ENOMEM or -E2BIG.
 */
int isa_read(enum isa_input input, const struct src *s, const struct isa_asm *o, struct diag *d,
	     struct isa_code *ret_code) MUST_USE;
/* The body of section `-- name` of a .data file, or -ENOENT. */
int isa_data_section(const struct src *s, const char *name, struct span *ret_body);

/* ---- classic BPF ----------------------------------------------------------------------------- */

struct cbpf_insn { /* struct sock_filter */
	uint16_t code;
	uint8_t jt, jf;
	uint32_t k;
};
_Static_assert(sizeof(struct cbpf_insn) == 8, "struct cbpf_insn is struct sock_filter");

enum { CBPF_INSNS_MAX = 4096, CBPF_MEM_WORDS = 16 };

struct cbpf_code {
	struct cbpf_insn *at; /* owned */
	size_t n;
};
void cbpf_code_done(struct cbpf_code *c);

/* tcpdump -ddd, -dd and -d, and bpf_asm text: told apart by looking. Ids "cbpf.*". */
int cbpf_parse(const struct src *s, struct diag *d, struct cbpf_code *ret_code) MUST_USE;
/* What the kernel's bpf_check_classic() refuses, with the reason. `name` is the program's. */
int cbpf_check(const char *name, const struct cbpf_insn *at, size_t n, struct diag *d) MUST_USE;
void cbpf_dis_one(const struct cbpf_insn *i, uint32_t pc, struct str *to); /* as tcpdump -d */
/*
 * The same program for a socket filter in eBPF. Needs cbpf_check to have passed. Refused: ancillary
 * loads that __sk_buff does not offer.
 */
int cbpf_convert(const char *name, const struct cbpf_insn *at, size_t n, struct diag *d,
		 struct isa_code *ret_code) MUST_USE;
/*
 * The same for our own machine, where nothing is refused: what __sk_buff does not offer is asked of
 * helpers that no kernel has, with r1 the context, r2 A and r3 X.
 */
enum {
	CBPF_HELPER_NLA = 0x10000, /* the attribute X from A on: its offset, or 0 */
	CBPF_HELPER_NLAN,	   /* the same inside of the attribute at A */
	CBPF_HELPER_POFF,	   /* where the payload begins */
	CBPF_HELPER_HATYPE,	   /* the device's type */
};
int cbpf_convert_here(const struct cbpf_insn *at, size_t n, struct isa_code *ret_code) MUST_USE;

#endif
