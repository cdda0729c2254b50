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

/* Each handle of the words, or every object of the kind if there are no words. */
typedef void noun_each_fn(void *ctx, struct engine *e, int fd, struct out *o);
int noun_show(const struct opt_args *a, enum engine_kind kind, noun_each_fn *fn, void *ctx);

/* The result of a command that has nothing to say: null in JSON. */
int noun_nothing(struct cli *c);
/* An errno as a report, and the exit status. */
int noun_failed(struct cli *c, const char *what, int err);

#endif
