/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the halves of the linker share: link.c has sections and symbols, link_btf.c the types. */
#ifndef SKEP_OBJ_LINK_H
#define SKEP_OBJ_LINK_H

#include "obj/impl.h"

/* A symbol that objects share by name. */
struct link_global {
	const char *name;   /* borrowed from the object that had it first */
	struct elf_sym sym; /* as it stands by now: sec and value are the output's */
	bool defined;
	uint32_t def_obj; /* whose definition it is; of an extern, who asked first */
	uint32_t out;     /* its number in the output */
	uint32_t btf;     /* VAR or FUNC in the merged types; 0: none */
	uint32_t btf_obj; /* whose record that is */
};

struct link_sec {     /* of an input: where it went */
	uint32_t out; /* 0: nowhere */
	uint64_t off;
};

struct link_input {
	struct obj *o;
	struct obj *own; /* owned: what was read of one that was no file; NULL */
	struct link_sec *sec; /* owned: by section */
	uint32_t *sym;        /* owned: by symbol, its number in the output; 0: dropped */
	uint32_t *global;     /* owned: by symbol, 1 + its number among the globals; 0: local */
	uint32_t *type;       /* owned: by BTF id, its id in the merged types */
};

struct linker {
	struct diag *d;
	struct link_input *in; /* owned */
	uint32_t n;
	struct elf_out w;
	struct hash sections; /* name -> output section */
	struct hash globals;  /* name -> index */
	VEC(struct link_global) global;
	bool has_types;
};

struct link_global *link_global_find(struct linker *l, const char *name);
/* With sections and symbols in place: .BTF and .BTF.ext. */
int link_btf(struct linker *l) MUST_USE;

#endif
