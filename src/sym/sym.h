/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sym: what addresses are called, and where names are.
 *
 *   elf      symbols, build id and static probes of a program or library	elf.c symtab.c usdt.c
 *   kernel   /proc/kallsyms, read when it is first needed			kallsyms.c
 *   find     a program or library by its short name				find.c
 *
 * Files are mapped and every offset in them is held against their size. Names are borrowed from the
 * file or index they come from.
 */
#ifndef SKEP_SYM_H
#define SKEP_SYM_H

#include "base/base.h"

/* ---- programs and libraries ------------------------------------------------------------------ */

enum { SYM_FILE_MAX_GIB = 8, SYM_SYMBOLS_MAX = 1 << 24 };

struct sym_elf;

/* ELF of 64 or 32 bits in this machine's byte order. */
int sym_elf_open(const char *path, struct diag *d, struct sym_elf **ret_elf) MUST_USE;
void sym_elf_close(struct sym_elf *e);
const char *sym_elf_path(const struct sym_elf *e);
uint16_t sym_elf_machine(const struct sym_elf *e); /* EM_X86_64, ... */
const uint8_t *sym_elf_build_id(const struct sym_elf *e, size_t *ret_n); /* NULL: it has none */

/* Between addresses as the file has them and offsets in it; false: nothing is loaded there. */
bool sym_elf_offset(const struct sym_elf *e, uint64_t addr, uint64_t *ret_offset);
bool sym_elf_addr(const struct sym_elf *e, uint64_t offset, uint64_t *ret_addr);

struct sym_symbol {
	const char *name; /* without a version */
	uint64_t addr, size;
	bool func, global;
};

/* A function by its name, "name@VERSION" for one of several; a global one before a local one. */
bool sym_elf_find(struct sym_elf *e, const char *name, struct sym_symbol *ret_symbol);
/* All functions whose names fit a pattern of * and ?; ends when fn returns other than 0, with that. */
typedef int sym_elf_fn(void *ctx, const struct sym_symbol *s);
int sym_elf_match(struct sym_elf *e, const char *pattern, sym_elf_fn *fn, void *ctx);
/* The function at an address: the first time, an index is made. */
bool sym_elf_at(struct sym_elf *e, uint64_t addr, struct sym_symbol *ret_symbol);

/* A static probe: a note of systemtap's kind. Offsets are those of the file. */
struct sym_usdt {
	const char *provider, *name, *args;
	uint64_t addr, offset;
	uint64_t semaphore; /* 0: it has none */
};
typedef int sym_usdt_fn(void *ctx, const struct sym_usdt *u);
/* provider and name may be patterns; NULL: any. */
int sym_usdt_match(const struct sym_elf *e, const char *provider, const char *name, sym_usdt_fn *fn,
		   void *ctx);

/* ---- the kernel ------------------------------------------------------------------------------ */

struct sym_kernel;

/* path: NULL for /proc/kallsyms. -EPERM: it shows no addresses to us. */
int sym_kernel_open(const char *path, struct sym_kernel **ret_kernel) MUST_USE;
void sym_kernel_close(struct sym_kernel *k);

struct sym_kernel_symbol {
	const char *name;   /* not NUL-terminated: */
	uint32_t len;
	const char *module; /* likewise; NULL: the kernel itself */
	uint32_t module_len;
	uint64_t addr;
	char type; /* as nm has it */
};

/* The symbol at or below an address. */
bool sym_kernel_at(const struct sym_kernel *k, uint64_t addr, struct sym_kernel_symbol *ret_symbol);
bool sym_kernel_find(const struct sym_kernel *k, const char *name,
		     struct sym_kernel_symbol *ret_symbol);
typedef int sym_kernel_fn(void *ctx, const struct sym_kernel_symbol *s);
int sym_kernel_match(const struct sym_kernel *k, const char *pattern, sym_kernel_fn *fn, void *ctx);

/* ---- names ----------------------------------------------------------------------------------- */

/* "bash" by $PATH, "libc" or "libssl.so.3" by where libraries are; what has a "/" is as it is. */
int sym_find_file(const char *name, struct diag *d, struct str *ret_path) MUST_USE;
bool sym_glob(const char *pattern, const char *name, size_t len); /* of * and ? */

#endif
