/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "base_opt.h"

static int run(const struct opt_args *a)
{
	(void)a;
	return 0;
}

static const char *const formats[] = {"text", "json", NULL};
static const char *const colors[] = {"auto", "always", "never", NULL};
static const char *const kinds[] = {"raw", "hex", "elf", NULL};

#define ROOT(field) offsetof(struct root_options, field)
#define ASM(field)  offsetof(struct asm_options, field)

static const struct opt root_opts[] = {
	{'j', "json", OPT_FLAG, ROOT(json), NULL, "output as JSON", NULL},
	{'f', "format", OPT_ENUM, ROOT(format), "FORMAT", "output as text or json", formats},
	{0, "color", OPT_STR, ROOT(color), "WHEN", "colour: auto, always or never", colors},
	{'v', "verbose", OPT_COUNT, ROOT(verbose), NULL, "say more; twice: even more", NULL},
	{'q', "quiet", OPT_FLAG, ROOT(quiet), NULL, "say less", NULL},
	{'D', "define", OPT_LIST, ROOT(define), "NAME=VALUE", "define a name", NULL},
	{0},
};

static const struct opt asm_opts[] = {
	{'o', "output", OPT_STR, ASM(output), "FILE", "write to FILE (default: a.out)", NULL},
	{0, "out-dir", OPT_STR, ASM(dir), "DIR",
	 "put all that is written into this directory, which is made if it is not there yet, with "
	 "the "
	 "permissions that the umask leaves",
	 NULL},
	{'s', "strip", OPT_FLAG, ASM(strip), NULL, "leave out the names", NULL},
	{0, "strip-all", OPT_FLAG, ASM(strip_all), NULL, "leave out everything", NULL},
	{0, "verify", OPT_FLAG, ASM(verify), NULL, "verify, too", NULL},
	{'q', "quiet", OPT_FLAG, ASM(quiet), NULL, "don't say what's written", NULL},
	{'n', "count", OPT_U64, ASM(count), "N", "at most N instructions", NULL},
	{0, "size", OPT_SIZE, ASM(size), "SIZE", "at most so many bytes", NULL},
	{0, "time", OPT_DURATION, ASM(time), "TIME", "no longer than that", NULL},
	{0, "color-depth", OPT_U64, ASM(color_depth), "BITS", "bits of a colour", NULL},
	{0, "kind", OPT_ENUM, ASM(kind), "KIND", "what is written: raw, hex or elf", kinds},
	{'l', "lib", OPT_LIST, ASM(lib), "FILE", "link with this; may be given often", NULL},
	{'x', NULL, OPT_STR, ASM(dir), "DIR", "has a letter only", NULL},
	{0},
};

static const struct asm_options asm_defaults = {.output = "a.out", .count = 42};

static const struct opt_example asm_examples[] = {
	{"tool asm -o - a.s", "assemble to stdout"},
	{"printf 'a\\nb' | tool asm -", "assemble what comes in"},
	{0},
};

static const struct opt_command cmd_asm = {
	.name = "asm",
	.args = "FILE...",
	.summary = "assemble programs",
	.about = "The first paragraph is one long line, which is folded where the screen ends, in "
		 "the help "
		 "text as well as on the man page, and which goes on and on, further than any "
		 "buffer of "
		 "512 bytes would reach, to see that none is in the way: an assembler takes a text "
		 "and makes "
		 "of it what a machine understands, a word at a time, as it has done since there "
		 "have been "
		 "machines, and nobody has found a better name for it; this sentence has to go on "
		 "for a bit, "
		 "as it must be longer than that, and it is, by now, or will be at "
		 "the-end-of-a-long-line.\n"
		 "\n"
		 "  r0 = 7       an example is kept as it is\n"
		 "  exit\n"
		 "\n"
		 ".text begins this line with a dot.\n"
		 "'quoted' too, and a \\backslash.\n",
	.opts = asm_opts,
	.examples = asm_examples,
	.run = run,
	.size = sizeof(struct asm_options),
	.defaults = &asm_defaults,
	.min_args = 1,
	.max_args = -1,
	.complete = "file",
};

static const struct opt_command cmd_map_list = {
	.name = "list",
	.summary = "list all maps",
	.run = run,
};

static const struct opt_example dump_examples[] = {{"tool map dump 5", "every element of map 5"},
						   {0}};

static const struct opt_command cmd_map_dump = {
	.name = "dump",
	.args = "ID [KEY]",
	.summary = "show every element",
	.about = "Shows one map.",
	.examples = dump_examples,
	.run = run,
	.min_args = 1,
	.max_args = 2,
	.complete = "id name pinned",
};

static const struct opt_command *const map_subs[] = {&cmd_map_list, &cmd_map_dump, NULL};

static const struct opt_command cmd_map = {
	.name = "map",
	.summary = "look into maps: a noun",
	.sub = map_subs,
};

static const struct opt_command cmd_mark = {
	.name = "mark",
	.args = "DIR",
	.summary = "mark a directory",
	.run = run,
	.min_args = 1,
	.max_args = 1,
	.complete = "dir",
};

/* Has the name of a value of --format. */
static const struct opt_command cmd_text = {
	.name = "text",
	.summary = "it's a text",
	.run = run,
};

static const struct opt_command cmd_exec = {
	.name = "exec",
	.args = "[WORD...]",
	.summary = "run another program",
	.run = run,
	.max_args = -1,
	.raw = true,
};

static const struct opt_command cmd_secret = {
	.name = "secret",
	.summary = "for those who know",
	.run = run,
	.hidden = true,
};

static const struct opt_command *const root_subs[] = {
	&cmd_asm, &cmd_map, &cmd_mark, &cmd_text, &cmd_exec, &cmd_secret, NULL,
};

static const struct opt_example root_examples[] = {{"tool help asm", "what one command does"}, {0}};

const struct opt_command opt_root = {
	.name = "tool",
	.summary = "a small program for tests",
	.opts = root_opts,
	.sub = root_subs,
	.examples = root_examples,
};
