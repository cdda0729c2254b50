/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* skep map: map.c has maps as a whole, map_elem.c their elements. */
#ifndef SKEP_CLI_MAP_H
#define SKEP_CLI_MAP_H

#include "cli/noun.h"

extern const struct opt_command map_dump_command, map_lookup_command, map_update_command,
	map_delete_command, map_getnext_command, map_peek_command, map_pop_command, map_push_command,
	map_enqueue_command, map_dequeue_command;

/* map_text.c: {"key": ..., "value": ...} by the map's types, in bpftool's layout, `depth` steps to the right. */
void map_text_typed(const struct cli_map *m, const char *json, unsigned depth, struct str *s);

#endif
