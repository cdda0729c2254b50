/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* skep help: help texts, man pages and completion scripts, all from the table of commands. */
#include <unistd.h>

#include "cli/cli.h"
#include "skep.h"

enum { HELP_MAX = 4 << 20 };

static const char *const shells[] = {"bash", "zsh", "fish", NULL};

struct help_options {
	const char *completion;
	bool man, verbs;
};

static const struct opt opts[] = {
	{0, "completion", OPT_STR, offsetof(struct help_options, completion), "SHELL",
	 "print the completion script for bash, zsh or fish", shells},
	{0, "man", OPT_FLAG, offsetof(struct help_options, man), NULL, "print the man page", NULL},
	{0, "verbs", OPT_FLAG, offsetof(struct help_options, verbs), NULL,
	 "print the names of all commands, one a line", NULL},
	{0},
};

static const struct opt_example examples[] = {
	{"skep help dis", "what 'skep dis' does"},
	{"skep help --man asm | man -l -", "the man page of 'skep asm'"},
	{"eval \"$(skep help --completion bash)\"", "completion in this shell"},
	{0},
};

static int completion(struct cli *c, const char *shell, struct str *s)
{
	if (opt_completion(&cmd_root, shell, s) == -EINVAL) {
		diag_error(&c->diag, "usage.value", DIAG_NONE,
			   "there is no completion for '%s', but for bash, zsh and fish", shell);
		return CLI_USAGE;
	}
	return CLI_OK;
}

static int topic(struct cli *c, const struct opt_args *a, bool man, struct str *s)
{
	const struct opt_command *command = &cmd_root;
	struct str path;
	int i;

	str_init(&path, 1024);
	str_add(&path, cmd_root.name);
	for (i = 0; command && i < a->n; i++) {
		command = opt_find(command, a->at + i, 1, &c->diag);
		if (command)
			str_addf(&path, " %s", command->name);
	}
	if (command && man)
		opt_man(&cmd_root, command, path.s, skep_version(), s);
	else if (command)
		opt_help(&cmd_root, command, path.s, cli_color(c, STDOUT_FILENO), s);
	str_done(&path);
	return command ? CLI_OK : CLI_USAGE;
}

static int verbs(struct str *s)
{
	size_t i;

	for (i = 0; cmd_root.sub[i]; i++)
		if (!cmd_root.sub[i]->hidden)
			str_addf(s, "%s\n", cmd_root.sub[i]->name);
	return CLI_OK;
}

static int run(const struct opt_args *a)
{
	const struct help_options *o = a->options;
	struct cli *c = cli_of(a);
	struct str s;
	int status, err;

	str_init(&s, HELP_MAX);
	if (o->verbs)
		status = verbs(&s);
	else if (o->completion)
		status = completion(c, o->completion, &s);
	else
		status = topic(c, a, o->man, &s);
	err = str_err(&s) ? str_err(&s) : file_write_fd(STDOUT_FILENO, s.s, s.n);
	str_done(&s);
	if (err) {
		diag_error(&c->diag, "output", DIAG_NONE, "cannot write the help: %s", strerror(-err));
		return CLI_FAILED;
	}
	return status;
}

const struct opt_command cmd_help = {
	.name = "help",
	.args = "[COMMAND...]",
	.summary = "show help, a man page, or a completion script",
	.opts = opts,
	.examples = examples,
	.run = run,
	.size = sizeof(struct help_options),
	.max_args = -1,
};
