/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the nouns share: who holds an object, which types it has, bytes as operands. */
#ifndef SKEP_CLI_NOUN_H
#define SKEP_CLI_NOUN_H

#include "cli/cli.h"
#include "cli/map_walk.h"
#include "kern/kern.h"

/* Options of all show commands. */
struct noun_options {
	bool pins;
};
extern const struct opt noun_show_opts[];

/* Who holds what: found out once for a command. */
struct noun_who {
	struct kern_holders holders;
	struct kern_pins pins;
};

int noun_who_init(struct noun_who *w, struct engine *e, bool pins) MUST_USE;
void noun_who_done(struct noun_who *w);
/* "pinned" and "pids" of an object: arrays in JSON, words of a template in text. */
void noun_who_show(const struct noun_who *w, enum engine_kind kind, uint32_t id, struct out *o);
#define NOUN_WHO_TEXT "{pinned|\n\tpinned %}{pids|\n\tpids %}"

/* A map with the types that its BTF gives it; base types are vmlinux's where they are the kernel's. */
struct noun_map {
	struct cli_map m;
	struct btf *btf; /* owned; NULL: none */
};
int noun_map_open(struct cli *c, struct engine *e, int fd, struct noun_map *ret_map) MUST_USE;
void noun_map_done(struct noun_map *m);

/* "[hex] BYTES", exactly n of them, into p. */
int noun_bytes(struct cli_words *w, const char *what, uint8_t *p, size_t n) MUST_USE;

/* Shows one object. */
typedef void noun_each_fn(void *ctx, struct engine *e, int fd, struct out *o);

/*
 * The commands that all nouns have: show and its other name, list; pin; and what does one thing to one
 * object. fn of the first gets a struct noun_who * as its ctx.
 */
int noun_run_show(const struct opt_args *a, enum engine_kind kind, noun_each_fn *fn);
int noun_run_pin(const struct opt_args *a, enum engine_kind kind);
int noun_run_one(const struct opt_args *a, enum engine_kind kind, int (*fn)(struct engine *e, int fd),
		 const char *failed);
#define NOUN_COMMANDS(which, show_summary, pin_summary)                                            \
	static const struct opt_command show_command = {                                           \
		.name = "show", .args = "[" which "]", .summary = show_summary,                    \
		.opts = noun_show_opts, .run = run_show, .size = sizeof(struct noun_options),      \
		.min_args = 0, .max_args = -1,                                                     \
	};                                                                                         \
	static const struct opt_command list_command = {                                           \
		.name = "list", .args = "[" which "]", .summary = "the same as show",              \
		.opts = noun_show_opts, .run = run_show, .size = sizeof(struct noun_options),      \
		.min_args = 0, .max_args = -1, .hidden = true,                                     \
	};                                                                                         \
	static const struct opt_command pin_command = {                                            \
		.name = "pin", .args = which " PATH", .summary = pin_summary, .run = run_pin,      \
		.min_args = 1, .max_args = -1,                                                     \
	}

/* The result of a command that has nothing to say: null in JSON. */
int noun_nothing(struct cli *c);
/* An errno as a report, and the exit status. */
int noun_failed(struct cli *c, const char *what, int err);

#endif
