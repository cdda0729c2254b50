/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep.h: the library.
 *
 * All names begin with skep_ or SKEP_. Functions that can fail return 0 or a negative errno, and leave
 * their ret_ parameters alone when they fail. Nothing prints or exits; all functions may be called from
 * several threads at once on different objects.
 *
 *	cc prog.c $(pkg-config --cflags --libs skep)
 */
#ifndef SKEP_H
#define SKEP_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SKEP_VERSION "0.1.0"

/* The version of the library that is linked, as SKEP_VERSION is that of this header. */
const char *skep_version(void);

/* What the functions below return in ret_ parameters is given back with this; NULL is fine. */
void skep_free(void *p);

/* One BPF instruction, laid out as the kernel's struct bpf_insn. */
struct skep_insn {
	uint8_t code;
	uint8_t regs; /* little-endian hosts: destination in the low four bits, source in the high */
	int16_t off;
	int32_t imm;
};

/*
 * Assembles text in the style of the kernel, of LLVM or of ubpf, mixed freely. `kernel` is the version
 * whose instructions may be used, "6.12", or NULL for all. On -EINVAL, *ret_errors (may be NULL) is the
 * report for people, with line, column and caret; it is then the caller's to free.
 */
int skep_assemble(const char *text, size_t len, const char *kernel, struct skep_insn **ret_insns,
		  size_t *ret_n, char **ret_errors);

enum skep_style { SKEP_STYLE_KERNEL, SKEP_STYLE_LLVM };

/* The listing of a program, one instruction a line; what is not an instruction is shown as bytes. */
int skep_disassemble(const struct skep_insn *insns, size_t n, enum skep_style style, char **ret_text);

#ifdef __cplusplus
}
#endif
#endif
