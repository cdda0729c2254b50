/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the files of abi share: how names are looked up.
 *
 * Letters: h helper, k kfunc, m map type, f field of a context; `at` is the site that is asked for.
 */
#ifndef SKEP_ABI_IMPL_H
#define SKEP_ABI_IMPL_H

#include "abi/abi.h"

#include <errno.h>
#include <string.h>

#define V        ABI_KERNEL
#define COUNT(a) (sizeof(a) / sizeof *(a))

enum { NEVER = ABI_NEVER };

/* Rows that begin with their name, in order of it or reached through `order`. */
struct abi_names {
	const void *rows;
	size_t stride, n;
	const uint8_t *order; /* positions of the rows; NULL: they are in order themselves */
	const char *prefix;   /* what the uapi header puts in front of the names */
	bool upper;           /* and the rest in upper case */
};

#define ABI_NAMES(rows, ...)                                                                       \
	{                                                                                          \
		(rows), sizeof *(rows), COUNT(rows), NULL, __VA_ARGS__                             \
	}
#define ABI_NAMES_BY(rows, order, ...)                                                             \
	{                                                                                          \
		(rows), sizeof *(rows), COUNT(order), (order), __VA_ARGS__                         \
	}

/* The row with that name, plain or as in the uapi header; or NULL. */
const void *abi_names_find(const struct abi_names *t, const char *key, size_t len);

/* Another name for a row. */
struct abi_alias {
	char name[40];
	uint8_t id;
};

static inline bool abi_in(uint64_t set, unsigned id)
{
	return id < 64 && set >> id & 1;
}

/* Whether a row about these program and attach types is about this site. */
static inline bool abi_is_at(uint64_t progs, uint64_t where, const struct abi_site *at)
{
	return abi_in(progs, at->prog) && abi_in(where, abi_attach_default(at->prog, at->attach));
}

#endif
