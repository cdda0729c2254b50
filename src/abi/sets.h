/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The words with which .def files name sets: of program types (XDP, TC, BASE...), of attach types
 * (AT(XDP), TRAMPOLINE...), and how a rule holds. Short as they are, they are only for the files
 * that expand such tables.
 */
#ifndef SKEP_ABI_SETS_H
#define SKEP_ABI_SETS_H

#include "abi/abi.h"

enum abi_prog_sets {
#define PROG_TYPE(id, NAME, ...) NAME = 1ULL << (id),
#include "abi/prog_type.def"
#define PROG_SET(NAME, set) NAME = (set),
#include "abi/prog_set.def"
	ANY_PROG = ~0ULL,
};

#define AT(NAME) ABI_BIT(ABI_ATTACH_##NAME)

enum abi_attach_sets {
	NOWHERE = ABI_BIT(ABI_ATTACH_NONE),
	ANYWHERE = ~0ULL,
#define ATTACH_SET(NAME, set) NAME = (set),
#include "abi/attach_set.def"
};

enum abi_hows {
	HOOKS = ABI_HOW_HOOKS,
	BUILD = ABI_HOW_BUILD,
	FIX = ABI_HOW_FIX,
	SOME = ABI_HOW_HOOKS
};

_Static_assert(_ABI_PROG_MAX <= 64 && (int)_ABI_ATTACH_MAX <= (int)ABI_ATTACH_NONE,
	       "sets are 64 bits");

#endif
