/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From argv to an exit status: parse by the table, run the command, show what was reported.
 *
 * Everything that a command reports goes to c.diag and is shown once, on stderr, when it is done (or
 * earlier, by cli_show_diag). With a JSON format the reports are JSON on stderr too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "skep.h"

enum { DIAG_KEPT = 100, TEXT_MAX = 64 << 20 };

static const char *const formats[] = {"text", "json", "pretty", "lines", NULL};
static const char *const colors[] = {"auto", "always", "never", NULL};
static const char *const engines[] = {"auto", "kernel", "embedded", NULL};

static const struct opt root_opts[] = {
	{'j', "json", OPT_FLAG, offsetof(struct cli, json), NULL, "output as JSON", NULL},
	{'p', "pretty", OPT_FLAG, offsetof(struct cli, pretty), NULL, "output as indented JSON", NULL},
	{'f', "format", OPT_ENUM, offsetof(struct cli, format), "FORMAT",
	 "output as text, json, pretty or lines (one JSON object a line)", formats},
	{0, "color", OPT_ENUM, offsetof(struct cli, color), "WHEN",
	 "colour: auto (on a terminal, the default), always or never", colors},
	{0, "engine", OPT_ENUM, offsetof(struct cli, engine), "ENGINE",
	 "kernel, embedded (in this process), or auto: the kernel if it lets us", engines},
	{'v', "verbose", OPT_COUNT, offsetof(struct cli, verbose), NULL, "say more; twice: even more",
	 NULL},
	{'q', "quiet", OPT_FLAG, offsetof(struct cli, quiet), NULL, "say only what went wrong", NULL},
	{'V', "version", OPT_FLAG, offsetof(struct cli, version), NULL, "show the version", NULL},
	{0},
};

static const struct opt_command *const verbs[] = {
#define VERB(name) &cmd_##name,
#include "cli/cmd.def"
	NULL,
};

static const struct opt_example root_examples[] = {
	{"skep help asm", "what one command does, with examples"},
	{"echo 'r0 = 7; exit' | skep asm - -o - | skep dis -", "assemble and disassemble a program"},
	{0},
};

const struct opt_command cmd_root = {
	.name = "skep",
	.summary = "eBPF, whole, in one small program",
	.opts = root_opts,
	.sub = verbs,
	.examples = root_examples,
	.size = 0,
};

bool cli_color(const struct cli *c, int fd)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");

	if (c->color != CLI_COLOR_AUTO)
		return c->color == CLI_COLOR_ALWAYS;
	return isatty(fd) && !(no_color && *no_color) && term && strcmp(term, "dumb");
}

void cli_out_init(struct cli *c, struct out *o)
{
	enum out_format format = (enum out_format)c->format;

	if (format == OUT_TEXT)
		format = c->pretty ? OUT_JSON_PRETTY : c->json ? OUT_JSON : OUT_TEXT;
	out_init(o, format, cli_color(c, STDOUT_FILENO), out_sink_fd, (void *)(intptr_t)STDOUT_FILENO);
}

int cli_out_done(struct cli *c, struct out *o, int status)
{
	int err = out_done(o);

	if (!err)
		return status;
	diag_error(&c->diag, "output", DIAG_NONE, "cannot write the output: %s", strerror(-err));
	return CLI_FAILED;
}

/* When nobody listens on stderr the exit status still tells. */
static void complain(const char *text, size_t n)
{
	int err = file_write_fd(STDERR_FILENO, text, n);

	(void)err;
}

void cli_show_diag(struct cli *c)
{
	struct out o;
	struct str s;

	if (!c->diag.count[DIAG_ERROR] && !c->diag.count[DIAG_WARNING] && !c->diag.count[DIAG_NOTE])
		return;
	c->told |= diag_failed(&c->diag);
	str_init(&s, TEXT_MAX);
	if (c->bpftool) {
		cli_bpftool_diag(c, &s);
		if (s.n && (cli_is_json(c) ? file_write_fd(STDOUT_FILENO, s.s, s.n) : file_write_fd(STDERR_FILENO, s.s, s.n)))
			c->told = true; /* nobody listens: the exit status still tells */
		str_done(&s);
		diag_done(&c->diag);
		return;
	}
	if (cli_is_json(c)) {
		out_init(&o, OUT_JSON_LINES, false, out_sink_str, &s);
		out_object(&o, NULL);
		diag_out(&c->diag, &o, "messages");
		out_end(&o);
		if (out_done(&o))
			str_add(&s, "{\"messages\":[]}\n");
	} else {
		diag_render(&c->diag, cli_color(c, STDERR_FILENO) ? DIAG_COLOR : DIAG_PLAIN, &s);
	}
	if (s.n)
		complain(s.s, s.n);
	else /* without memory to say what is wrong, say at least that */
		complain("skep: error: out of memory\n", 27);
	str_done(&s);
	diag_done(&c->diag);
}

static int show_help(struct cli *c, const struct opt_args *a)
{
	struct str s;
	int err;

	str_init(&s, TEXT_MAX);
	opt_help(a->root, a->command, a->path, cli_color(c, STDOUT_FILENO), &s);
	err = str_err(&s) ? str_err(&s) : file_write_fd(STDOUT_FILENO, s.s, s.n);
	str_done(&s);
	if (!err)
		return CLI_OK;
	diag_error(&c->diag, "output", DIAG_NONE, "cannot write the help: %s", strerror(-err));
	return CLI_FAILED;
}

static int dispatch(struct cli *c, int argc, char **argv)
{
	struct opt_args a;
	int err, status;

	err = opt_parse(&cmd_root, c, argc, argv, &c->diag, &a);
	if (c->version && a.command == &cmd_root) {
		diag_done(&c->diag); /* "needs a command" */
		a.command = &cmd_version;
		status = cmd_version.run(&a);
	} else if (err) {
		status = CLI_USAGE;
	} else if (a.help) {
		status = show_help(c, &a);
	} else {
		status = a.command->run(&a);
	}
	opt_args_done(&a);
	return status;
}

int cli_main(int argc, char **argv)
{
	static char *no_args[] = {(char *)"skep", (char *)"--help", NULL};
	struct cli c = {.format = OUT_TEXT};
	const bool bpftool = argc > 0 && cli_is_bpftool(argv[0]);
	int status;

	diag_init(&c.diag, DIAG_KEPT);
	if (argc < 2 && !bpftool) {
		argc = 2;
		argv = no_args;
	}
	status = bpftool ? cli_bpftool(&c, argc, argv) : dispatch(&c, argc, argv);
	cli_show_diag(&c);
	cli_engine_done(&c);
	diag_done(&c.diag);
	return status;
}
