/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Help texts and man pages, made from the table of commands. */
#include "base/impl.h"

enum { HELP_COLUMNS = 80, HELP_GAP = 2, HELP_INDENT = 2, HELP_TAB_MAX = 28 };

static bool row_end(const struct opt *o)
{
	return !o || (!o->letter && !o->name);
}

static void heading(struct str *s, const char *text, bool color)
{
	str_addf(s, "\n%s%s%s\n", color ? "\033[1m" : "", text, color ? "\033[0m" : "");
}

/* Words folded at HELP_COLUMNS; a line that begins with a blank is kept as it is. */
static void paragraphs(struct str *s, const char *text, size_t indent)
{
	while (*text) {
		size_t line = strcspn(text, "\n"), at = 0, column = indent;

		if (line)
			str_pad(s, ' ', indent);
		if (*text == ' ') {
			str_addn(s, text, line);
			at = line;
		}
		while (at < line) {
			size_t word = strcspn(text + at, " \n");

			if (column > indent && column + 1 + word > HELP_COLUMNS) {
				str_addc(s, '\n');
				str_pad(s, ' ', indent);
				column = indent;
			}
			if (column > indent)
				str_addc(s, ' '), column++;
			str_addn(s, text + at, word);
			column += word;
			at += word + (text[at + word] == ' ');
		}
		str_addc(s, '\n');
		text += line + (text[line] == '\n');
	}
}

static void option_head(struct str *s, const struct opt *o)
{
	if (o->letter)
		str_addf(s, "-%c", o->letter);
	else
		str_add(s, "   ");
	if (o->name)
		str_addf(s, "%s--%s", o->letter ? ", " : " ", o->name);
	if (o->arg)
		str_addf(s, "%c%s", o->name ? '=' : ' ', o->arg);
}

static size_t option_width(const struct opt *opts)
{
	const struct opt *o;
	size_t width = strlen("-h, --help");
	struct str s;

	str_init(&s, 256);
	for (o = opts; !row_end(o); o++) {
		str_reset(&s);
		option_head(&s, o);
		if (s.n <= HELP_TAB_MAX)
			width = MAX(width, s.n);
	}
	str_done(&s);
	return width;
}

/* The left part stands at the indent already; the right one starts at column `tab`, folded. */
static void two_columns(struct str *s, size_t left, size_t tab, const char *right)
{
	size_t column = left;

	if (left + HELP_GAP > tab) {
		str_addc(s, '\n');
		column = 0;
	}
	str_pad(s, ' ', tab - column);
	column = tab;
	while (*right) {
		size_t word = strcspn(right, " ");

		if (column > tab && column + 1 + word > HELP_COLUMNS) {
			str_addc(s, '\n');
			str_pad(s, ' ', tab);
			column = tab;
		}
		if (column > tab)
			str_addc(s, ' '), column++;
		str_addn(s, right, word);
		column += word;
		right += word + (right[word] == ' ');
	}
	str_addc(s, '\n');
}

static void options(struct str *s, const struct opt *opts, size_t width)
{
	size_t tab = HELP_INDENT + width + HELP_GAP, before;
	const struct opt *o;

	for (o = opts; !row_end(o); o++) {
		before = s->n;
		str_pad(s, ' ', HELP_INDENT);
		option_head(s, o);
		two_columns(s, s->n - before, tab, o->help);
	}
}

static void commands(struct str *s, const struct opt_command *c)
{
	size_t width = 0, i, n;

	for (i = 0; c->sub[i]; i++)
		if (!c->sub[i]->hidden)
			width = MAX(width, strlen(c->sub[i]->name));
	for (i = 0; c->sub[i]; i++) {
		if (c->sub[i]->hidden)
			continue;
		n = strlen(c->sub[i]->name);
		str_pad(s, ' ', HELP_INDENT);
		str_add(s, c->sub[i]->name);
		two_columns(s, HELP_INDENT + n, HELP_INDENT + width + HELP_GAP, c->sub[i]->summary);
	}
}

static void synopsis(struct str *s, const struct opt_command *c, const char *path)
{
	str_add(s, path);
	if (!row_end(c->opts))
		str_add(s, " [options]");
	if (c->sub)
		str_add(s, " COMMAND ...");
	else if (c->args)
		str_addf(s, " %s", c->args);
}

static const struct opt help_row[] = {{'h', "help", OPT_FLAG, 0, NULL, "this text", NULL}, {0}};

void opt_help(const struct opt_command *root, const struct opt_command *c, const char *path,
	      bool color, struct str *s)
{
	const struct opt_example *e;

	str_addf(s, "%s - %s\n", path, c->summary);
	heading(s, "Usage", color);
	str_pad(s, ' ', HELP_INDENT);
	synopsis(s, c, path);
	str_addc(s, '\n');
	if (c->about) {
		str_addc(s, '\n');
		paragraphs(s, c->about, 0);
	}
	if (c->sub) {
		heading(s, "Commands", color);
		commands(s, c);
	}
	if (c != root && !row_end(c->opts)) {
		heading(s, "Options", color);
		options(s, c->opts, option_width(c->opts));
	}
	heading(s, c == root ? "Options" : "Options of every command", color);
	options(s, root->opts, option_width(root->opts));
	options(s, help_row, option_width(root->opts));
	for (e = c->examples; e && e->line; e++) {
		if (e == c->examples)
			heading(s, "Examples", color);
		str_addf(s, "  # %s\n  %s\n", e->what, e->line);
	}
}

/* ---- man pages ---- */

/*
 * A man page must have a date, and a build must give the same bytes every day: a release changes
 * it.
 */
static const char man_date[] = "2026-11-20";

/* A backslash, and a dot or quote that begins a line, would be taken as a command. */
static void roffn(struct str *s, const char *text, size_t n)
{
	bool begin = true;
	size_t i;

	for (i = 0; i < n; i++) {
		if (begin && (text[i] == '.' || text[i] == '\''))
			str_add(s, "\\&");
		if (text[i] == '\\')
			str_add(s, "\\e");
		else if (text[i] == '-')
			str_add(s, "\\-");
		else
			str_addc(s, text[i]);
		begin = text[i] == '\n';
	}
}

static void roff(struct str *s, const char *text)
{
	roffn(s, text, strlen(text));
}

static void man_options(struct str *s, const struct opt *opts)
{
	const struct opt *o;
	struct str head;

	str_init(&head, 256);
	for (o = opts; !row_end(o); o++) {
		str_reset(&head);
		option_head(&head, o);
		str_add(s, ".TP\n.B ");
		roff(s, head.s + strspn(head.s, " "));
		str_addc(s, '\n');
		roff(s, o->help);
		str_add(s, ".\n");
	}
	str_done(&head);
}

/* An empty line of `about` is a new paragraph, a line with blanks in front an example. */
static void man_about(struct str *s, const char *text)
{
	bool example = false, between = true;
	size_t n;

	for (; *text; text += n + (text[n] == '\n')) {
		bool kept = *text == ' ';

		n = strcspn(text, "\n");
		if (n && kept != example) {
			str_add(s, kept ? ".nf\n" : ".fi\n");
			example = kept;
		}
		if (n) {
			roffn(s, text, n);
			str_addc(s, '\n');
		} else if (!between) {
			str_add(s, ".PP\n");
		}
		between = !n;
	}
	if (example)
		str_add(s, ".fi\n");
}

static void man_section(const struct opt_command *c, const char *path, struct str *s)
{
	size_t i;

	for (i = 0; c->sub && c->sub[i]; i++) {
		const struct opt_command *sub = c->sub[i];
		struct str sub_path;

		if (sub->hidden)
			continue;
		str_init(&sub_path, 1024);
		str_addf(&sub_path, "%s %s", path, sub->name);
		str_add(s, ".SS ");
		synopsis(s, sub, sub_path.s);
		str_addc(s, '\n');
		roff(s, sub->summary);
		str_add(s, ".\n");
		if (sub->about) {
			str_add(s, ".PP\n");
			man_about(s, sub->about);
		}
		man_options(s, sub->opts);
		man_section(sub, sub_path.s, s);
		str_done(&sub_path);
	}
}

/*
 * Those of the commands below follow, except from the root's page: each verb has a page of its own.
 */
static void man_examples(const struct opt_command *root, const struct opt_command *c, bool *any,
			 struct str *s)
{
	const struct opt_example *e;
	size_t i;

	for (e = c->examples; e && e->line; e++) {
		str_add(s, *any ? ".PP\n" : ".SH EXAMPLES\n");
		*any = true;
		roff(s, e->what);
		str_add(s, ":\n.PP\n.RS\n.nf\n");
		roff(s, e->line);
		str_add(s, "\n.fi\n.RE\n");
	}
	for (i = 0; c != root && c->sub && c->sub[i]; i++)
		if (!c->sub[i]->hidden)
			man_examples(root, c->sub[i], any, s);
}

static void man_verbs(const struct opt_command *root, struct str *s)
{
	size_t i;

	for (i = 0; root->sub[i]; i++) {
		if (root->sub[i]->hidden)
			continue;
		str_addf(s, ".TP\n.BR %s\\-%s (1)\n", root->name, root->sub[i]->name);
		roff(s, root->sub[i]->summary);
		str_add(s, ".\n");
	}
}

static void man_head(const struct opt_command *c, const char *path, const char *version,
		     struct str *s)
{
	const char *p;

	str_add(s,
		".\\\" Made from the table of commands by 'skep help --man': do not edit.\n.TH ");
	for (p = path; *p; p++)
		str_addc(s, *p == ' ' ? '-' : *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p);
	str_addf(s, " 1 %s \"skep %s\" \"Skep manual\"\n.SH NAME\n", man_date, version);
	for (p = path; *p; p++)
		str_add(s, *p == ' ' ? "\\-" : (char[]){*p, 0});
	str_add(s, " \\- ");
	roff(s, c->summary);
	str_add(s, "\n.SH SYNOPSIS\n.B ");
	synopsis(s, c, path);
	str_addc(s, '\n');
}

void opt_man(const struct opt_command *root, const struct opt_command *c, const char *path,
	     const char *version, struct str *s)
{
	bool any = false;

	man_head(c, path, version, s);
	if (c->about) {
		str_add(s, ".SH DESCRIPTION\n");
		man_about(s, c->about);
	}
	if (c->sub) {
		str_add(s, ".SH COMMANDS\n");
		if (c == root)
			man_verbs(root, s);
		else
			man_section(c, path, s);
	}
	str_add(s, ".SH OPTIONS\n");
	if (c != root)
		man_options(s, c->opts);
	man_options(s, root->opts);
	man_options(s, help_row);
	man_examples(root, c, &any, s);
	str_add(s, ".SH EXIT STATUS\n0: done. 1: the program was rejected, or what was asked "
		   "failed. 2: bad "
		   "usage or bad input.\n");
	if (c != root)
		str_addf(s, ".SH SEE ALSO\n.BR %s (1)\n", root->name);
}
