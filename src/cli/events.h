/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What programs write to ring buffers and perf event arrays, shown by its type.
 *
 * A record does not say what it is. Its type is the one that --event names for the map, or for all
 * maps; else the object's struct of that size, if there is one alone, or one alone that is called an
 * event; else it is shown as bytes.
 */
#ifndef SKEP_CLI_EVENTS_H
#define SKEP_CLI_EVENTS_H

#include "cli/cli.h"

struct btf;
struct cli_events;

/* What can be polled for them, appended. */
struct pollfd;
int cli_events_polls(const struct cli_events *v, struct pollfd *to, size_t max);
/* The ring buffers and perf event arrays among the maps. btf: the object's, borrowed, may be NULL; types: "[MAP=]TYPE". */
int cli_events_open(struct cli *c, const struct engine_loaded *l, const struct btf *btf,
		    const struct opt_list *types, struct cli_events **ret_events) MUST_USE;
void cli_events_close(struct cli_events *v);
/* Shows what is there; the number of records, or -errno. */
int64_t cli_events_show(struct cli_events *v, struct out *o);
uint64_t cli_events_count(const struct cli_events *v); /* shown so far */
uint64_t cli_events_lost(const struct cli_events *v);  /* of perf events; ring buffers do not tell */

#endif
