/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What holds what, as a picture: `graph` of the nouns prog, map and link. */
#ifndef SKEP_CLI_GRAPH_H
#define SKEP_CLI_GRAPH_H

#include "cli/cli.h"

extern const struct opt_command graph_prog_command, graph_map_command, graph_link_command;

#endif
