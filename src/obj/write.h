/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the two halves of the writer share: write.c has data and maps, write_prog.c the code. */
#ifndef SKEP_OBJ_WRITE_H
#define SKEP_OBJ_WRITE_H

#include "obj/impl.h"

struct written_map {
	uint32_t sec, off, size; /* of its variable in .maps; sec: of a data section, that */
	uint32_t values;         /* where `values` begins in the section */
	uint32_t sym;
	bool has_sym;
};

struct written_prog {
	uint32_t sec, sym;
	uint64_t off; /* bytes */
};

struct writer {
	const struct obj *o;
	struct diag *d;
	struct elf_out w;
	struct btf_build *b; /* owned: the object's types, with their ids, and what is added */
	uint32_t int_id;
	uint32_t maps_bytes;
	uint32_t license, arena_sec; /* sections, 0: none */
	struct written_map *map;     /* owned, as the next two, by index */
	struct written_prog *prog;
	uint32_t *ext; /* symbols */
};

int write_programs(struct writer *x) MUST_USE;
int write_types(struct writer *x) MUST_USE; /* .BTF and .BTF.ext */

#endif
