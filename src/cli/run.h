/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What run.c and run_setup.c share: one invocation of skep run. */
#ifndef SKEP_CLI_RUN_H
#define SKEP_CLI_RUN_H

#include "cli/cli.h"
#include "isa/isa.h"
#include "map/map.h"
#include "vm/vm.h"

enum run_type { RUN_RAW, RUN_XDP, RUN_SKB };

struct run_options {
	const char *mem, *data, *pcap, *ctx, *out, *btf;
	struct opt_list map, elem, set, with, dump, event;
	uint64_t repeat, budget;
	int input; /* enum isa_input */
	int type;  /* enum run_type */
	bool checked, interp, jit, trace, dump_jit, cover, conformance, strict;
};

enum { RUN_MAPS_MAX = 64, RUN_NAME_MAX = 16 };

struct run_job {
	struct cli *c;
	const struct run_options *o;
	struct vm_prog *prog;
	struct vm_helper *helper; /* owned: as bpf_conformance has them; NULL: the vm's own */
	struct file text; /* the program's file: reports point into it */
	struct src src;
	struct isa_code code;
	bool classic; /* the code is that of a classic filter, translated */
	uint8_t *mem; /* owned: what --mem or --data gave */
	size_t mem_len;
	/* what is around the program */
	struct map_env map_env;
	struct map *map[RUN_MAPS_MAX]; /* owned */
	char map_name[RUN_MAPS_MAX][RUN_NAME_MAX];
	size_t maps;
	struct isa_names names;
	struct vm_outside outside;
	struct vm_world world;
	struct vm_packet packet;
	bool any_packet, any_world;
	/* trace */
	uint64_t last[ISA_REG_MAX]; /* the registers before the last instruction */
	bool any_step;
	/* the outcome */
	uint64_t r0;
	uint64_t *ns; /* owned: a sample for each batch of runs */
	size_t samples;
};

/* run_obj.c: a program of an object; the exit status */
int run_object(struct cli *c, const struct run_options *o, const char *path, const struct file *file,
	       const char *prog);

/* run_setup.c: memory, maps, their elements, names; 0 or -errno with a report. */
int run_setup(struct run_job *j);
void run_teardown(struct run_job *j);
/* The packet and the context for one run, as they are at its start. */
int run_show_memory(struct run_job *j, struct vm_run *run, uint64_t ret_arg[5]);
int run_resolve(void *job, const struct isa_op *op, struct diag *d, uint64_t *ret_value);
void run_show_maps(struct run_job *j, struct out *o);

#endif
