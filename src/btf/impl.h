/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the files of btf share with each other and nobody else.
 *
 * Letters: b btf, t type, s str, d diag, o out, bb builder.
 */
#ifndef SKEP_BTF_IMPL_H
#define SKEP_BTF_IMPL_H

#include "btf/btf.h"

/*
 * Where the own types begin, filled as the walk over them goes. The array has room for as many
 * types as could be, which costs address space and no memory until it is written to.
 */
struct btf_index {
	uint32_t *off;	 /* owned: of the ith own type */
	uint32_t known;	 /* how many were walked over */
	uint32_t next;	 /* offset of the first that was not */
	bool whole;	 /* no more follow: the end, or a record that is broken at `next` */
	uint64_t seed;
	struct btf_names {
		uint32_t n;	/* types walked over that have a name */
		uint32_t asked; /* look-ups by name so far */
		uint32_t *slot; /* owned: ids by the hash of their name, 0 = empty; NULL: none */
		uint32_t mask;
	} names[2]; /* of types, and of functions and variables: few ask for both */
};

enum { NAMED_OTHERS = BTF_BIT(FUNC) | BTF_BIT(VAR) | BTF_BIT(DATASEC) | BTF_BIT(DECL_TAG) };

struct btf {
	uint32_t refs;
	struct btf *base;      /* owned reference; NULL: none */
	uint32_t first;	       /* id of the first own type */
	uint32_t str_first;    /* offset of the first own string */
	const uint8_t *types;  /* borrowed from bytes */
	uint32_t type_len;
	const char *strs;      /* borrowed from bytes; ends in NUL */
	uint32_t str_len;
	const uint8_t *bytes;  /* header and all that follows */
	size_t n;
	struct file file;      /* owned: what was opened */
	void *copy;	       /* owned: of what was copied */
	char *label;	       /* owned; NULL: "BTF" */
	bool swapped;
	struct btf_index *index;    /* owned */
	const struct btf_build *bb; /* borrowed: this is its view, and has no bytes */
};

/* Strings, one of each, at offsets that never change (names.c). */
struct names {
	struct str text;
	uint32_t *slot; /* owned: offset + 1, 0 = empty */
	uint32_t n, mask;
	uint64_t seed;
};

void names_init(struct names *ns);
void names_done(struct names *ns);
/* The offset of a string; -1: the failure that str_err(&ns->text) tells. */
int64_t names_add(struct names *ns, const char *s, size_t len);
int64_t names_find(const struct names *ns, const char *s, size_t len); /* -1: not there */

struct build_row {
	struct btf_type *t; /* arena: moves when it grows */
	uint32_t cap;	    /* bytes */
};

struct btf_build {
	struct btf view;
	struct arena arena;
	VEC(struct build_row) row;
	struct names names;
	struct hash cons; /* record -> id, of those there is one of each */
	struct names_of_base { uint32_t *slot, mask; } base; /* owned: offsets in the base's strings */
	unsigned flags;
	int err;
};

uint32_t build_fail(struct btf_build *bb, int err); /* 0 */
uint32_t build_take(struct btf_build *bb, struct btf_type *t);

/* The nearest field to a wrong name; NULL: none (type.c). */
const char *near_field(const struct btf *b, uint32_t id, const char *name, size_t len);

/* btf_align with room for what was found out, a byte for each id (type.c). */
uint32_t align_with(const struct btf *b, uint32_t id, uint8_t *memo);

/* ---- the bits of values (bytes.c) ---- */

struct bytes {
	const uint8_t *at; /* borrowed */
	size_t n;
};

bool bytes_have(const struct bytes *v, uint64_t bit_off, uint64_t bits);
/* Up to 128 of them; false: they are not all there, or stand too odd for that. */
bool bytes_get(const struct bytes *v, uint64_t bit_off, uint32_t bits, unsigned __int128 *ret_v);
void bytes_put(uint8_t *at, uint64_t bit_off, uint32_t bits, unsigned __int128 value);
int64_t sign_extend(uint64_t v, uint32_t bits);
/* The first name of an enum's value, of which `bits` count; NULL: none. */
const char *enum_name(const struct btf *b, const struct btf_type *t, uint64_t v, uint32_t bits);
bool is_char(const struct btf *b, uint32_t id);

/* ---- core ---- */

/* What a relocation speaks of. */
enum core_about { ABOUT_NOTHING, ABOUT_FIELD, ABOUT_TYPE, ABOUT_ENUMVAL };

enum core_about core_about(unsigned kind);
bool core_same_kind(const struct btf_type *a, const struct btf_type *b); /* enums are enums */

/* ---- c: one printing (c.c makes headers of it, c_decl.c declarations and definitions) ---- */

/* What is known of one type while a header is printed. */
struct c_type {
	uint8_t order;	 /* enum c_order */
	uint8_t emitted; /* enum c_order: of its text */
	bool forward;	 /* its forward declaration is there */
	bool referenced; /* by some other type */
	uint32_t copy;	 /* of its name: 1 is the first, 2 is name___2; 0: not asked yet */
};

enum c_order { C_NOT, C_BEGUN, C_DONE };

struct c {
	const struct btf *b;
	struct str *s;
	struct c_type *type; /* owned, by id; NULL when there is but one thing to print */
	uint8_t *align;	     /* owned, by id; for align_with */
	struct hash tags;    /* names of structs, unions, enums -> how many have it */
	struct hash idents;  /* of typedefs and enumerators */
	int depth;	     /* of definitions within definitions */
	int err;	     /* the first failure sticks */
};

void c_definition(struct c *c, uint32_t id, const struct btf_type *t, unsigned level);
void c_declare(struct c *c, uint32_t id, const char *name, unsigned level);
void c_tag(struct c *c, uint32_t id, const struct btf_type *t); /* "struct foo" */
void c_typedef(struct c *c, uint32_t id, const struct btf_type *t);
void c_fail(struct c *c, int err);
uint32_t *c_sorted(const struct btf *b); /* ids in bpftool's order, to be freed (c_sort.c) */

/* The diagnostics' place of a type: its offset in the bytes. */
struct diag_where btf_where(const struct btf *b, const struct btf_type *t);

/* From the other byte order to ours, in place; false: not whole (swap.c). */
void btf_swap_header(struct btf_header *h);
bool btf_swap_types(void *types, uint32_t len);

/* A table of the names of one sort (find.c). */
bool index_names(const struct btf *b, int sort);
/*
 * The next own type above `after` whose name has that essential part, of those kinds but no function
 * or variable; 0: none. Needs index_names(b, 0).
 */
uint32_t find_essential(const struct btf *b, const char *name, size_t len, uint32_t kinds,
			uint32_t after);

#endif
