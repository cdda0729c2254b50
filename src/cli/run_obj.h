/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What run_obj.c and run_data.c share: skep run of an object's program. */
#ifndef SKEP_CLI_RUN_OBJ_H
#define SKEP_CLI_RUN_OBJ_H

#include "cli/events.h"
#include "cli/run.h"
#include "obj/obj.h"
#include "source/source.h"

enum { RUN_VERDICTS_MAX = 64 };

struct run_count {
	uint32_t verdict;
	uint64_t n;
};

struct run_object {
	struct cli *c;
	const struct run_options *o;
	struct obj *obj; /* owned */
	struct btf *btf; /* owned: of --btf; NULL: the engine's own */
	struct obj_prog *prog; /* the object's */
	struct engine *engine;
	struct engine_loaded loaded;
	bool any_loaded;
	struct engine_loaded_prog *loaded_prog;
	/* what goes in */
	struct {
		bool any;
		uint8_t *bytes; /* owned */
		size_t n;
		struct source_capture *capture; /* owned; instead of bytes */
	} data;
	struct {
		uint8_t *bytes; /* owned */
		size_t n;
	} ctx;
	/* what comes out */
	uint8_t *out; /* owned: the packet as the program left it */
	size_t out_room;
	struct source_writer *writer; /* owned */
	struct cli_events *events; /* owned */
	struct cli_watch *watch; /* owned; NULL: nobody looks */
	uint64_t *ns; /* owned: sorted samples */
	size_t samples;
	struct run_count count[RUN_VERDICTS_MAX];
	size_t n_counts;
	uint64_t other_verdicts;
};

/* run_data.c; all 0 or -errno with a report */
int run_read_data(struct run_object *r) MUST_USE; /* --data, --mem, --pcap */
int run_read_ctx(struct run_object *r) MUST_USE;
void run_data_done(struct run_object *r);
int run_fill_maps(struct run_object *r) MUST_USE; /* --map NAME=FILE, --elem */
/* map_fill.c */
int run_fill_map(struct run_object *r, const struct engine_loaded_map *to, const char *path) MUST_USE;
int run_fill_elem(struct run_object *r, const struct engine_loaded_map *to, const char *key, size_t key_len,
		  const char *value) MUST_USE;
int run_dump_maps(struct run_object *r, struct out *o) MUST_USE; /* --dump */

#endif
