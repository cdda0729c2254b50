/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cli: the commands. One file per verb or noun, each with its own `const struct opt_command cmd_NAME`,
 * listed in cmd.def; main.c parses, runs, and shows what was reported. This is the only module that
 * prints.
 */
#ifndef SKEP_CLI_H
#define SKEP_CLI_H

#include "base/base.h"
#include "isa/isa.h"

enum cli_status {
	CLI_OK = 0,
	CLI_FAILED = 1, /* the program was rejected, or what was asked failed */
	CLI_USAGE = 2,	/* bad usage or bad input */
};

enum cli_color { CLI_COLOR_AUTO, CLI_COLOR_ALWAYS, CLI_COLOR_NEVER };

/* The options that every command understands, and the sink its faults go to. opt_args.global is this. */
struct cli {
	struct diag diag;
	int format; /* enum out_format */
	int color;  /* enum cli_color */
	bool json, pretty, quiet, version;
	unsigned verbose;
};

static inline struct cli *cli_of(const struct opt_args *a)
{
	return a->global;
}

#define VERB(name) extern const struct opt_command cmd_##name;
#include "cli/cmd.def"
extern const struct opt_command cmd_root;

static inline bool cli_is_json(const struct cli *c)
{
	return c->json || c->pretty || c->format != OUT_TEXT;
}

/* The writer on stdout, in the format that was asked for. */
void cli_out_init(struct cli *c, struct out *o);
/* Flushes and frees; reports a failed write. Returns `status`, or CLI_FAILED when writing failed. */
int cli_out_done(struct cli *c, struct out *o, int status);
bool cli_color(const struct cli *c, int fd);
/* Shows on stderr what was reported so far, and forgets it: for commands that run long. */
void cli_show_diag(struct cli *c);

/* Helpers by name, as `call map_lookup_elem` and `call bpf_map_lookup_elem#1`: names.c */
extern const struct isa_names cli_helper_names;

int cli_main(int argc, char **argv);

#endif
