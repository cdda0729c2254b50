/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cli: the commands. One file per verb or noun, each with its own `const struct opt_command cmd_NAME`,
 * listed in cmd.def; main.c parses, runs, and shows what was reported. This is the only module that
 * prints.
 */
#ifndef SKEP_CLI_H
#define SKEP_CLI_H

#include "base/base.h"
#include "engine/engine.h"
#include "isa/isa.h"

enum cli_status {
	CLI_OK = 0,
	CLI_FAILED = 1, /* the program was rejected, or what was asked failed */
	CLI_USAGE = 2,	/* bad usage or bad input */
};

enum cli_color { CLI_COLOR_AUTO, CLI_COLOR_ALWAYS, CLI_COLOR_NEVER };
enum cli_engine_kind { CLI_ENGINE_AUTO, CLI_ENGINE_KERNEL, CLI_ENGINE_EMBEDDED };

#define CLI_VMLINUX "/sys/kernel/btf/vmlinux"

/* The options that every command understands, and the sink its faults go to. opt_args.global is this. */
struct cli {
	struct diag diag;
	int format; /* enum out_format */
	int color;  /* enum cli_color */
	int engine; /* enum cli_engine_kind */
	struct engine *opened; /* owned: by cli_engine(); NULL: not yet */
	bool json, pretty, quiet, version;
	bool told; /* an error was shown already */
	bool bpftool; /* called by that name: errors look as its */
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
/* Whether an error was reported, shown by now or not. */
static inline bool cli_failed(const struct cli *c)
{
	return c->told || diag_failed(&c->diag);
}

/* ---- engine.c: the engine of --engine, the same for the whole command ---- */
/* o: for the embedded one, if that is what it is; NULL: the usual. */
int cli_engine(struct cli *c, const struct engine_options *o, struct engine **ret_engine) MUST_USE;
void cli_engine_done(struct cli *c);
/* engine_load(), which tells of a refusal which capabilities the programs would take. */
int cli_load(struct cli *c, struct engine *e, const struct engine_load *how, struct engine_loaded *ret_l) MUST_USE;

/* ---- words.c: operands as words ---- */

struct cli_words {
	struct cli *c;
	char *const *at;
	int n, i;
	const char *path; /* of the command, for what is said */
};

struct cli_words cli_words(const struct opt_args *a);
const char *cli_word(const struct cli_words *w); /* the next one, which stays; NULL: none is left */
bool cli_word_is(struct cli_words *w, const char *word); /* takes it if it is a prefix of `word` */
const char *cli_word_take(struct cli_words *w, const char *what); /* NULL: it lacks `what`, reported */
int cli_word_number(struct cli_words *w, const char *what, uint64_t max, uint64_t *ret_v) MUST_USE;
int cli_words_end(const struct cli_words *w) MUST_USE; /* reports what is left over */

/* ---- handle.c: objects of the engine ---- */

enum { CLI_HANDLES_MAX = 65536 };

struct cli_handle {
	struct engine *engine;
	VEC(int) fd; /* owned */
};

/* To be given to cli_handle_done() in any case. */
int cli_handle(struct cli_words *w, enum engine_kind kind, struct cli_handle *h) MUST_USE;
int cli_handle_one(struct cli_words *w, enum engine_kind kind, struct cli_handle *h) MUST_USE;
void cli_handle_done(struct cli_handle *h);

/* ---- btf.c: types; base NULL: what fits the file ---- */
struct btf;
int cli_btf_file(struct cli *c, const char *path, const char *base, struct btf **ret_btf) MUST_USE;
int cli_btf_by_id(struct cli *c, uint32_t id, const char *base, struct btf **ret_btf) MUST_USE;

/* Helpers by name, as `call map_lookup_elem` and `call bpf_map_lookup_elem#1`: names.c */
extern const struct isa_names cli_helper_names;

/* ---- what several commands take and measure ---- */
uint64_t cli_now(void); /* ns, of the clock that only goes on */
int cli_by_u64(const void *a, const void *b); /* for qsort */
/* Bytes in hex, the caller's to free. */
int cli_hex(struct cli *c, const char *hex, uint8_t **ret_bytes, size_t *ret_n) MUST_USE;
/* NAME=VALUE of --set. */
struct obj;
int cli_set_variable(struct cli *c, struct obj *o, const char *s) MUST_USE;

int cli_main(int argc, char **argv);

/* ---- bpftool.c: called by that name ---- */
bool cli_is_bpftool(const char *argv0);
int cli_bpftool(struct cli *c, int argc, char **argv); /* the exit status */
void cli_bpftool_diag(const struct cli *c, struct str *ret_text);

#endif
