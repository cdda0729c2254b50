/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* skep prog: prog.c has programs as a whole, prog_dump.c their code, prog_load.c how they get in. */
#ifndef SKEP_CLI_PROG_H
#define SKEP_CLI_PROG_H

#include "cli/noun.h"

#define PROG_ARG "id N | pinned PATH | tag TAG | name NAME"

extern const struct opt_command prog_dump_command, prog_load_command, prog_loadall_command, prog_attach_command,
	prog_detach_command, prog_tracelog_command;

/* "id", "type", "name", "tag", "gpl_compatible" of a program: in text they are of one line. */
void prog_show_head(const struct engine_prog_info *p, struct out *o);

/* ---- prog_code.c: what the kernel tells of a program's code ---- */

struct btf;
struct sym_kernel;

struct prog_code {
	struct engine_prog_info i; /* its pointers are those below */
	uint8_t *xlated, *jited;   /* owned, as all that follow */
	uint64_t *ksyms;	   /* where each function begins, */
	uint32_t *func_lens;	   /* and how long its native code is */
	uint8_t *func_info, *line_info;
	uint64_t *jited_lines;
	struct btf *btf;	    /* NULL: none */
	struct sym_kernel *symbols; /* NULL: the kernel does not show them */
	uint64_t call_base;	    /* what helpers' numbers are counted from; 0: not known */
};

int prog_code_read(struct cli *c, struct engine *e, int fd, struct prog_code *ret_code) MUST_USE;
void prog_code_done(struct prog_code *p);
/* "int name(struct xdp_md * ctx)" of its nth function, as bpftool has it; empty: not known. */
void prog_code_proto(const struct prog_code *p, uint32_t n, struct str *s);
uint32_t prog_code_func(const struct prog_code *p, uint32_t n); /* its first instruction; UINT32_MAX: none */
/* The names in its instructions; ctx: the struct prog_code. */
bool prog_code_name(void *ctx, enum isa_name kind, const struct isa_op *op, uint32_t pc, struct str *to);
/* The source line that begins at an instruction, or an address of native code; NULL: none does. */
struct btf_line_info;
const struct btf_line_info *prog_code_line(const struct prog_code *p, uint32_t pc);
const struct btf_line_info *prog_code_native_line(const struct prog_code *p, uint64_t addr);

/* ---- prog_graph.c: its flow as a graph for dot ---- */
int prog_graph(const struct prog_code *p, struct str *s) MUST_USE;

#endif
