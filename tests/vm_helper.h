/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One program with its maps and data, run by our engines and by the kernel. Programs are written
 * for neither: maps are numbers of struct helper_map, kfuncs are numbers of a table of names.
 */
#ifndef SKEP_TESTS_VM_HELPER_H
#define SKEP_TESTS_VM_HELPER_H

#include "isa/isa.h"
#include "map/map.h"
#include "vm/vm.h"

enum {
	HELPER_MAPS_MAX = 16,
	HELPER_OUT_MAX = 1024,
	HELPER_DATA_MAX = 1 << 16,
	HELPER_KFUNCS_MAX = 64,
};

enum helper_value { HELPER_PLAIN, HELPER_LOCK, HELPER_TIMER }; /* what map values begin with */

struct helper_map {
	char name[16];
	uint32_t type, key_size, value_size, max_entries, flags;
	enum helper_value holds;
	const void
		*init;   /* borrowed: the value of element 0 of an array, which then is read-only */
	struct map *map; /* ours */
	int fd;          /* the kernel's */
};

struct helper_case {
	uint32_t prog_type; /* the kernel's */
	struct insn *insn;  /* borrowed */
	size_t insns;
	struct helper_map map[HELPER_MAPS_MAX]; /* 0 is "out": one value of HELPER_OUT_MAX bytes */
	uint32_t maps;
	const char *kfunc[HELPER_KFUNCS_MAX];
	uint32_t kfuncs;
	const void *data; /* a packet; of a syscall program its context */
	size_t data_n;
	struct vm_skb skb; /* what the context begins with */
	bool has_skb;
};

struct helper_result {
	int err; /* nothing ran: -errno, and log says why */
	struct str log;
	uint32_t r0;
	uint8_t out[HELPER_OUT_MAX];
	uint8_t data[HELPER_DATA_MAX];
	size_t data_n;
	struct vm_skb skb;
};

void helper_case_init(struct helper_case *c, uint32_t prog_type);
uint32_t helper_kfunc(struct helper_case *c, const char *name); /* its number */
struct helper_result *helper_result_new(void);
void helper_result_free(struct helper_result *r);

/* Why the kernel cannot be asked: no bpf(2), or older than what is recorded. NULL: it can. */
const char *helper_no_referee(void);
/* The kernel's answer. -EPERM and log when it cannot be asked. */
void helper_run_kernel(struct helper_case *c, struct helper_result *r);
/* Ours. world: NULL for one with nothing outside. */
void helper_run_ours(struct helper_case *c, enum vm_engine engine, struct vm_world *world,
		     struct helper_result *r);

#endif
