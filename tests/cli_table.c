/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Skep's own table of commands keeps the rules by which parsing, help and completion are made from
 * it.
 */
#include <stdio.h>

#include "cli/cli.h"
#include "test.h"

static bool is_name(const char *s)
{
	return *s && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(s) && *s != '-';
}

/* One line that goes on from what stands before it: no capital, no full stop. */
static bool is_remark(const char *s)
{
	size_t n = s ? strlen(s) : 0;
	bool acronym = n > 1 && s[1] >= 'A' && s[1] <= 'Z';

	return n && n < 120 && !strchr(s, '\n') && s[n - 1] != '.' && s[n - 1] != ' ' &&
	       (s[0] < 'A' || s[0] > 'Z' || acronym || str_has_prefix(s, "eBPF"));
}

static const char *wrong_option(const struct opt_command *c, const struct opt *o)
{
	bool valued = o->kind != OPT_FLAG && o->kind != OPT_COUNT;
	const struct opt *other;

	if (o->name && !is_name(o->name))
		return "the name";
	if (!is_remark(o->help))
		return "the help";
	if (valued != (o->arg != NULL))
		return "the argument's name";
	if (o->kind == OPT_ENUM && !o->values)
		return "the values";
	if (c != &cmd_root && o->field >= c->size)
		return "the field";
	if (o->letter == 'h' || (o->name && !strcmp(o->name, "help")))
		return "the help flag is made by itself";
	for (other = c->opts; other < o; other++)
		if ((o->letter && other->letter == o->letter) ||
		    (o->name && other->name && !strcmp(other->name, o->name)))
			return "another has it too";
	return NULL;
}

static void check_options(const struct opt_command *c, const char *path)
{
	const struct opt *o;
	const char *wrong;

	for (o = c->opts; o && (o->letter || o->name); o++) {
		wrong = wrong_option(c, o);
		if (wrong)
			FAIL("%s, option %s -%c: %s", path, o->name ? o->name : "",
			     o->letter ? o->letter : ' ', wrong);
	}
}

static const char *wrong_command(const struct opt_command *c)
{
	const struct opt_example *e;

	if (!is_name(c->name))
		return "the name";
	if (!is_remark(c->summary))
		return "the summary";
	if (!c->sub == !c->run)
		return "it must have either commands below it or something to run";
	if (c->sub && c != &cmd_root && (c->size || c->opts))
		return "only the root can have options and commands below it";
	if (c->min_args > 0 && !c->args)
		return "what operands?";
	if (c->max_args >= 0 && c->max_args < c->min_args)
		return "the number of operands";
	if (c->args && !c->max_args && !c->raw)
		return "operands are described and not taken";
	for (e = c->examples; e && e->line; e++)
		if (!is_remark(e->what) || !strstr(e->line, "skep "))
			return e->line;
	return NULL;
}

static void check_command(const struct opt_command *c, const char *path)
{
	const char *wrong = wrong_command(c);
	char below[200];
	size_t i, k;

	if (wrong)
		FAIL("%s: %s", path, wrong);
	check_options(c, path);
	for (i = 0; c->sub && c->sub[i]; i++) {
		for (k = 0; k < i; k++)
			if (!strcmp(c->sub[i]->name, c->sub[k]->name))
				FAIL("%s: two are called %s", path, c->sub[k]->name);
		snprintf(below, sizeof(below), "%s %s", path, c->sub[i]->name);
		check_command(c->sub[i], below);
	}
}

TEST(the_rules_are_kept)
{
	check_command(&cmd_root, cmd_root.name);
}
