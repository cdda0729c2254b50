/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of sym share. */
#ifndef SKEP_SYM_IMPL_H
#define SKEP_SYM_IMPL_H

#include "sym/sym.h"

enum { SYM_SEGMENTS_MAX = 256 };

struct sym_segment { /* what is loaded */
	uint64_t addr, offset, size;
};

struct sym_part { /* of the file, checked */
	uint64_t offset, size;
};

struct sym_table {
	struct sym_part symbols, strings, versions; /* versions: of dynamic symbols; size 0: none */
};

struct sym_elf {
	struct file file;
	char *path; /* owned */
	bool wide;  /* 64 bits */
	uint16_t machine;
	struct sym_segment segment[SYM_SEGMENTS_MAX];
	size_t segments;
	struct sym_table table[2]; /* .symtab, .dynsym; no symbols: it has none */
	struct sym_part notes, build_id; /* .note.stapsdt, and the bytes of the id */
	uint64_t probes_base_addr; /* .stapsdt.base; 0: there is none */
	struct sym_symbol *index; /* owned: functions by address, once somebody asked */
	size_t indexed;
};

/* elf.c: `n` bytes at an offset of the file; NULL: there are not that many. */
const uint8_t *sym_elf_bytes(const struct sym_elf *e, uint64_t offset, uint64_t n);
/* The string at `at` of a string table; "" if it is not one. */
const char *sym_elf_string(const struct sym_elf *e, const struct sym_part *strings, uint64_t at);

#endif
