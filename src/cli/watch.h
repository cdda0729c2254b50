/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Watching programs of an object run on the embedded engine: which instructions, with what registers, and
 * how often each line of the source.
 */
#ifndef SKEP_CLI_WATCH_H
#define SKEP_CLI_WATCH_H

#include "cli/cli.h"
#include "obj/obj.h"

struct cli_watch;

enum cli_watch_what { CLI_WATCH_TRACE = 1, CLI_WATCH_COVER = 2 };

/* Before the engine is made: sets its `step`. */
int cli_watch_new(struct cli *c, unsigned what, struct engine_options *o, struct cli_watch **ret_watch) MUST_USE;
/* Once the object is loaded; both are borrowed. */
int cli_watch_start(struct cli_watch *w, const struct obj *obj, const struct engine_loaded *l) MUST_USE;
/* A run is over: what was traced of it ends its line. NULL is fine, here and below. */
void cli_watch_end_run(struct cli_watch *w);
void cli_watch_free(struct cli_watch *w);
/* After the runs: each line of source that became instructions, and how often it ran. */
void cli_watch_show(const struct cli_watch *w, struct out *o);

#endif
