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

enum helper_value { /* what map values begin with */
		    HELPER_PLAIN,
		    HELPER_LOCK,
		    HELPER_TIMER,
		    HELPER_WORK, /* a work queue */
		    HELPER_RES_LOCK,
		    HELPER_GRAPH,     /* struct helper_graph */
		    HELPER_TASK_WORK, /* only ours */
};

struct helper_graph {
	uint32_t lock, pad;
	uint64_t list[2], tree[2]; /* of struct helper_node */
	uint64_t object;           /* one such, by bpf_kptr_xchg */
	uint64_t data;
};

/*
 * What programs may allocate. `r1 = node.size ll` is, for us, what the loader hands to bpf_obj_new;
 * so are node.type, node.list and node.tree, which the kernel puts in by itself.
 */
struct helper_node {
	uint64_t list[3], tree[4];
	uint32_t refs, pad;
	uint64_t data;
};

struct helper_map {
	char name[16];
	uint32_t type, key_size, value_size, max_entries, flags;
	enum helper_value holds;
	const void
		*init; /* borrowed: the value of element 0 of an array, which then is read-only */
	uint32_t
		inner; /* of maps of maps: the number of the map that is the template, and element 0 */
	struct {
		uint32_t key, value;
	} set[4]; /* what user space puts in */
	uint32_t sets;
	const char *feed; /* borrowed: the one record of a user ring buffer */
	struct map *map;  /* ours */
	int fd;           /* the kernel's */
};

struct helper_case {
	uint32_t prog_type; /* the kernel's */
	struct insn *insn;  /* borrowed */
	size_t insns;
	struct helper_map map[HELPER_MAPS_MAX]; /* 0 is "out": one value of HELPER_OUT_MAX bytes */
	uint32_t maps;
	char kfunc[HELPER_KFUNCS_MAX][64];
	uint32_t kfuncs;
	const void *data; /* a packet; of a syscall program its context */
	size_t data_n;
	struct vm_skb skb; /* what the context begins with */
	bool has_skb;
	bool verified; /* struct vm_world.verified, of the plain world */
};

/* A program in text, with the names of helpers, kfuncs and maps in it. */
struct helper_text {
	struct helper_case c;
	struct isa_code code;
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
/* A record into a user ring buffer, whose producer's page and data are mapped there. */
void helper_feed(void *producer, const char *text);
/* For struct isa_names.find. */
int helper_name(struct helper_case *c, bool call, const char *name, size_t len,
		struct isa_named *ret);
void helper_text_init(struct helper_text *p, uint32_t prog_type, const char *text);
/* After helper_case_init(&p->c, ...) and its maps. */
void helper_text_set(struct helper_text *p, const char *text);
void helper_text_done(struct helper_text *p);
/* By the checked engine. */
void helper_text_run(struct helper_text *p, struct vm_world *w, struct helper_result *r);
/* By all engines: what they leave in `out` is what is given here. */
void helper_text_check(struct helper_text *p, struct vm_world *w, const int64_t *want, size_t n);
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
