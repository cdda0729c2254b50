/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's view of a BTF while it is checked; check.c has the overview.
 *
 * Letters: c the check, t type, m member.
 */
#ifndef SKEP_BTF_CHECK_H
#define SKEP_BTF_CHECK_H

#include "btf/impl.h"

enum { KERNEL_ENOTSUPP = 524, RESOLVE_DEPTH = 32, KERNEL_NAME_MAX = 512 };

/* Which kinds need not be looked into where one comes from. */
enum resolve_mode { RESOLVE_ANY, RESOLVE_PTR, RESOLVE_PARTS };

struct resolve_step {
	uint32_t id;
	uint32_t next; /* part to go on with */
};

/* What is known of an own type in the second phase. */
struct resolved {
	uint32_t id, size;
	uint8_t state; /* enum resolve_state */
};

enum resolve_state { NOT_VISITED, VISITED, RESOLVED };

struct check {
	const struct btf *b;
	struct diag *d;
	struct str *log;  /* borrowed: all the kernel's lines; NULL: only the fault is wanted */
	struct str line;
	uint32_t id;	  /* of the type that is looked at: in the log */
	bool second;	  /* phase: what types refer to */
	struct resolved *of; /* owned: by number of own type */
	struct resolve_step step[RESOLVE_DEPTH];
	int depth;
	enum resolve_mode mode;
};

/* ---- the log (check_log.c): a fault is reported and its errno returned ---- */

void check_note_type(struct check *c, const struct btf_type *t);
void check_note_member(struct check *c, const struct btf_type *t, const struct btf_member *m);
void check_note_secinfo(struct check *c, const struct btf_secinfo *v);
void check_note_enum(struct check *c, const struct btf_type *t, uint32_t i);
int check_fail(struct check *c, int err, const char *fmt, ...) PRINTF_LIKE(3, 4);
int check_fail_type(struct check *c, const struct btf_type *t, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
int check_fail_basic(struct check *c, const struct btf_type *t, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
int check_fail_member(struct check *c, const struct btf_type *t, const struct btf_member *m,
		      const char *fmt, ...) PRINTF_LIKE(4, 5);
int check_fail_secinfo(struct check *c, const struct btf_type *t, const struct btf_secinfo *v,
		       const char *what);

/* ---- the phases ---- */

int64_t check_meta(struct check *c, const struct btf_type *t, uint32_t left); /* bytes, or -errno */
bool check_name_at(const struct btf *b, uint32_t off);	    /* the offset is one of a string */
bool check_identifier(const struct btf *b, uint32_t off);
int check_references(struct check *c);
int check_member(struct check *c, const struct btf_type *t, const struct btf_member *m);
bool check_regular_int(const struct btf_type *t);
/* The type that gives *id its size, or NULL; *id becomes its id. */
const struct btf_type *check_sized(struct check *c, uint32_t *id, uint32_t *ret_size);

#endif
