/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The elements of a map of any engine: walked through, and shown by their types.
 *
 *	cli_map_open	its shape, and room for a key and a value
 *	cli_map_next	one element after the other
 *	cli_map_show	one of them, as the object or the line that people and programs read
 */
#ifndef SKEP_CLI_MAP_WALK_H
#define SKEP_CLI_MAP_WALK_H

#include "cli/cli.h"

struct btf;

struct cli_map {
	struct engine *e; /* borrowed */
	int fd;		  /* borrowed */
	struct engine_map_info info;
	const struct btf *btf; /* borrowed; NULL: bytes */
	uint32_t key_type, value_type;
	uint32_t cpus;	    /* values of an element: 1 but for per-CPU types */
	size_t value_bytes; /* of all CPUs' values together, */
	size_t stride;	    /* and from one to the next */
	uint8_t *key, *value; /* owned: the element that cli_map_next came to */
	int value_err;	      /* it has a key, but no value is to be had: -errno */
	bool started, ended;
};

int cli_map_open(struct engine *e, int fd, const struct btf *btf, uint32_t key_type,
		 uint32_t value_type, struct cli_map *ret_map) MUST_USE;
void cli_map_done(struct cli_map *m);
/* 1, 0 at the end, or -errno. Elements that come and go meanwhile may be missed or seen twice. */
int cli_map_next(struct cli_map *m) MUST_USE;
/* {"key":..., "value":...}, or "values" by CPU; in text a line. */
void cli_map_show(const struct cli_map *m, struct out *o);

#endif
