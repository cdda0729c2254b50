/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Completion scripts for bash, zsh and fish, made from the table of commands.
 *
 * bash and zsh: one function knows, for each path of sub-commands ("skep map dump"), what can
 * follow; another knows, for a path and the option before the cursor, its values. fish: one
 * `complete` line for each word, guarded by the path.
 */
#include "base/impl.h"

static bool row_end(const struct opt *o)
{
	return !o || (!o->letter && !o->name);
}

static bool is_path(const char *complete)
{
	return complete && (!strcmp(complete, "file") || !strcmp(complete, "dir"));
}

static void quoted(struct str *s, const char *text)
{
	str_addc(s, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			str_add(s, "'\\''");
		else
			str_addc(s, *text);
	}
	str_addc(s, '\'');
}

typedef void (*visit_fn)(struct str *s, const struct opt_command *root, const struct opt_command *c,
			 const char *path);

static void each_command(struct str *s, const struct opt_command *root, const struct opt_command *c,
			 const char *path, visit_fn visit)
{
	struct str below;
	size_t i;

	if (c->hidden)
		return;
	visit(s, root, c, path);
	for (i = 0; c->sub && c->sub[i]; i++) {
		str_init(&below, 1024);
		str_addf(&below, "%s %s", path, c->sub[i]->name);
		each_command(s, root, c->sub[i], below.s, visit);
		str_done(&below);
	}
}

/* What an option's value completes to where no list of words is given. */
static const char *value_paths(const struct opt *o)
{
	if (o->values || (o->kind != OPT_STR && o->kind != OPT_LIST))
		return "";
	return !strcmp(o->arg, "DIR") ? "dir" : "file";
}

/* One row of _NAME_value's case: `open` and `close` are how the shell writes a list of words. */
static void value_rows(struct str *s, const struct opt_command *root, const struct opt_command *c,
		       const char *path, char open, char close)
{
	const char *any = c == root ? "*" : ""; /* the root's options stand behind every command */
	const struct opt *o;
	size_t i;

	for (o = c->opts; !row_end(o); o++) {
		if (!o->arg)
			continue;
		str_add(s, "\t");
		if (o->name)
			str_addf(s, "'%s'%s' --%s'", path, any, o->name);
		if (o->letter)
			str_addf(s, "%s'%s'%s' -%c'", o->name ? "|" : "", path, any, o->letter);
		str_addf(s, ") known=%c", open);
		for (i = 0; o->values && o->values[i]; i++)
			str_addf(s, "%s%s", i ? " " : "", o->values[i]);
		str_addf(s, "%c paths='%s' ;;\n", close, value_paths(o));
	}
}

/* The root's rows come last: an option of the command at hand wins. */
static void all_values(struct str *s, const struct opt_command *root, char open, char close,
		       visit_fn visit)
{
	struct str below;
	size_t i;

	for (i = 0; root->sub && root->sub[i]; i++) {
		str_init(&below, 1024);
		str_addf(&below, "%s %s", root->name, root->sub[i]->name);
		each_command(s, root, root->sub[i], below.s, visit);
		str_done(&below);
	}
	value_rows(s, root, root, root->name, open, close);
}

/* ---- bash ---- */

static void bash_option_names(struct str *s, const struct opt *o)
{
	for (; !row_end(o); o++)
		if (o->name)
			str_addf(s, "--%s ", o->name);
}

static void bash_path(struct str *s, const struct opt_command *root, const struct opt_command *c,
		      const char *path)
{
	size_t i;

	str_addf(s, "\t'%s')\n\t\tsubs='", path);
	for (i = 0; c->sub && c->sub[i]; i++)
		if (!c->sub[i]->hidden)
			str_addf(s, "%s ", c->sub[i]->name);
	str_addf(s, "' known='%s' paths='%s'\n\t\toptions='",
		 c->complete && !is_path(c->complete) ? c->complete : "",
		 is_path(c->complete) ? c->complete : "");
	if (c != root)
		bash_option_names(s, c->opts);
	bash_option_names(s, root->opts);
	str_add(s, "--help' ;;\n");
}

static void bash_value(struct str *s, const struct opt_command *root, const struct opt_command *c,
		       const char *path)
{
	value_rows(s, root, c, path, '\'', '\'');
}

static void bash_script(const struct opt_command *root, struct str *s)
{
	const char *n = root->name;

	str_addf(s, "# bash completion for %s: made by '%s help --completion bash'\n", n, n);
	str_addf(s, "_%s_path() {\n\tsubs='' known='' paths='' options=''\n\tcase $1 in\n", n);
	each_command(s, root, root, n, bash_path);
	str_addf(s, "\tesac\n}\n_%s_value() {\n\tcase \"$1 $2\" in\n", n);
	all_values(s, root, '\'', '\'', bash_value);
	str_addf(s,
		 "\t*) return 1 ;;\n\tesac\n\tsubs='' options=''\n}\n"
		 "_%s() {\n"
		 "\tlocal path=%s i word subs known paths options\n"
		 "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
		 "\tif [[ $cur == = ]]; then cur=''\n"
		 "\telif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
		 "\t_%s_path \"$path\"\n"
		 "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		 "\t\tword=${COMP_WORDS[i]}\n"
		 "\t\tif [[ $word == -* ]] && _%s_value \"$path\" \"$word\"; then\n"
		 "\t\t\t[[ ${COMP_WORDS[i+1]} == = ]] && ((i++))\n"
		 "\t\t\t((i++))\n"
		 "\t\t\t_%s_path \"$path\"\n"
		 "\t\telif [[ \" $subs \" == *\" $word \"* ]]; then\n"
		 "\t\t\tpath=\"$path $word\"\n\t\t\t_%s_path \"$path\"\n\t\tfi\n\tdone\n"
		 "\tif [[ $prev == -* ]] && _%s_value \"$path\" \"$prev\"; then :\n"
		 "\telif [[ $cur == -* ]]; then known=$options; subs='' paths=''; fi\n"
		 "\tCOMPREPLY=($(compgen -W \"$subs $known\" -- \"$cur\"))\n"
		 "\tcase $paths in\n"
		 "\tfile) mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
		 "\tdir) mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -d -- \"$cur\") ;;\n"
		 "\tesac\n"
		 "\t[[ -z $paths ]] || compopt -o filenames 2>/dev/null\n"
		 "}\ncomplete -F _%s %s\n",
		 n, n, n, n, n, n, n, n, n);
}

/* ---- zsh ---- */

/* word:what, quoted; a colon ends the word for _describe, so words must have none */
static void zsh_pair(struct str *s, const char *dashes, const char *word, const char *what)
{
	struct str pair;

	str_init(&pair, 4096);
	str_addf(&pair, "%s%s:%s", dashes, word, what);
	str_add(s, " ");
	quoted(s, pair.s);
	str_done(&pair);
}

static void zsh_options(struct str *s, const struct opt *o)
{
	for (; !row_end(o); o++)
		if (o->name)
			zsh_pair(s, "--", o->name, o->help);
}

static void zsh_path(struct str *s, const struct opt_command *root, const struct opt_command *c,
		     const char *path)
{
	size_t i;

	str_addf(s, "\t'%s')\n\t\tsubs=(", path);
	for (i = 0; c->sub && c->sub[i]; i++)
		if (!c->sub[i]->hidden)
			zsh_pair(s, "", c->sub[i]->name, c->sub[i]->summary);
	str_addf(s, ") known=(%s) paths='%s'\n\t\toptions=(",
		 c->complete && !is_path(c->complete) ? c->complete : "",
		 is_path(c->complete) ? c->complete : "");
	if (c != root)
		zsh_options(s, c->opts);
	zsh_options(s, root->opts);
	str_add(s, " '--help:this command') ;;\n");
}

static void zsh_value(struct str *s, const struct opt_command *root, const struct opt_command *c,
		      const char *path)
{
	value_rows(s, root, c, path, '(', ')');
}

static void zsh_script(const struct opt_command *root, struct str *s)
{
	const char *n = root->name;

	str_addf(s, "#compdef %s\n# zsh completion: made by '%s help --completion zsh'\n", n, n);
	str_addf(s, "_%s_path() {\n\tsubs=() known=() paths='' options=()\n\tcase $1 in\n", n);
	each_command(s, root, root, n, zsh_path);
	str_addf(s, "\tesac\n}\n_%s_value() {\n\tcase \"$1 $2\" in\n", n);
	all_values(s, root, '(', ')', zsh_value);
	str_addf(s,
		 "\t*) return 1 ;;\n\tesac\n\tsubs=() options=()\n}\n"
		 "_%s() {\n"
		 "\tlocal at=%s i word paths\n\tlocal -a subs known options\n"
		 "\t_%s_path \"$at\"\n"
		 "\tfor ((i = 2; i < CURRENT; i++)); do\n"
		 "\t\tword=${words[i]}\n"
		 "\t\tif [[ $word == -* ]] && _%s_value \"$at\" \"$word\"; then\n"
		 "\t\t\t(( i++ ))\n"
		 "\t\t\t_%s_path \"$at\"\n"
		 "\t\telif (( ${${(@)subs%%%%:*}[(Ie)$word]} )); then\n"
		 "\t\t\tat=\"$at $word\"\n\t\t\t_%s_path \"$at\"\n\t\tfi\n\tdone\n",
		 n, n, n, n, n, n);
	str_addf(
		s,
		"\tif [[ ${words[CURRENT-1]} == -* ]] && _%s_value \"$at\" "
		"\"${words[CURRENT-1]}\"; then :\n"
		"\telif [[ $PREFIX == --*=* ]] && _%s_value \"$at\" \"${PREFIX%%%%=*}\"; then "
		"compset -P '*='\n"
		"\telif [[ $PREFIX == -* ]]; then\n\t\t_describe option options\n\t\treturn\n\tfi\n"
		"\t(( $#subs )) && _describe command subs\n"
		"\t(( $#known )) && compadd -- $known\n"
		"\tcase $paths in\n\tfile) _files ;;\n\tdir) _files -/ ;;\n\tesac\n}\n"
		"# from fpath this file is the function itself; sourced, it only tells of it\n"
		"if [[ $funcstack[1] == _%s ]]; then _%s \"$@\"; else compdef _%s %s; fi\n",
		n, n, n, n, n, n);
}

/* ---- fish ---- */

/* at: the condition under which the options stand, "" for everywhere */
static void fish_options(struct str *s, const struct opt_command *root, const char *at,
			 const struct opt *o)
{
	size_t i;

	for (; !row_end(o); o++) {
		str_addf(s, "complete -c %s%s", root->name, at);
		if (o->letter)
			str_addf(s, " -s %c", o->letter);
		if (o->name)
			str_addf(s, " -l %s", o->name);
		if (o->arg) {
			const char *paths = value_paths(o);

			str_add(s, *paths == 'f' ? " -r -F"
				   : *paths      ? " -x -a '(__fish_complete_directories)'"
						 : " -x");
			for (i = 0; o->values && o->values[i]; i++)
				str_addf(s, "%s%s", i ? " " : " -a '", o->values[i]);
			str_add(s, i ? "'" : "");
		}
		str_add(s, " -d ");
		quoted(s, o->help);
		str_addc(s, '\n');
	}
}

static void fish_command(struct str *s, const struct opt_command *root, const struct opt_command *c,
			 const char *path)
{
	struct str at;
	size_t i;

	str_init(&at, 1024);
	str_addf(&at, " -n '__%s_at \"%s\"'", root->name, path);
	if (!c->complete || strcmp(c->complete, "file"))
		str_addf(s, "complete -c %s -f%s\n", root->name, at.s);
	for (i = 0; c->sub && c->sub[i]; i++) {
		if (c->sub[i]->hidden)
			continue;
		str_addf(s, "complete -c %s%s -a %s -d ", root->name, at.s, c->sub[i]->name);
		quoted(s, c->sub[i]->summary);
		str_addc(s, '\n');
	}
	if (c->complete && strcmp(c->complete, "file"))
		str_addf(s, "complete -c %s%s -a '%s'\n", root->name, at.s,
			 is_path(c->complete) ? "(__fish_complete_directories)" : c->complete);
	fish_options(s, root, c == root ? "" : at.s, c->opts);
	str_done(&at);
}

static void fish_path(struct str *s, const struct opt_command *root, const struct opt_command *c,
		      const char *path)
{
	(void)root;
	if (c->sub)
		str_addf(s, " '%s'", path);
}

/* The options whose next word is their value, and not a command. */
static void fish_valued(struct str *s, const struct opt_command *root, const struct opt_command *c,
			const char *path)
{
	const struct opt *o;

	(void)root, (void)path;
	for (o = c->opts; !row_end(o); o++) {
		if (o->arg && o->name)
			str_addf(s, " --%s", o->name);
		if (o->arg && o->letter)
			str_addf(s, " -%c", o->letter);
	}
}

static void fish_script(const struct opt_command *root, struct str *s)
{
	static const struct opt help[] = {
		{'h', "help", OPT_FLAG, 0, NULL, "what this command does", NULL}, {0}};
	const char *n = root->name;

	str_addf(s, "# fish completion for %s: made by '%s help --completion fish'\n", n, n);
	str_addf(s, "function __%s_at\n\tset -l groups", n);
	each_command(s, root, root, n, fish_path);
	str_add(s, "\n\tset -l valued ''");
	each_command(s, root, root, n, fish_valued);
	str_addf(s,
		 "\n\tset -l at %s\n\tset -l before ''\n\tfor word in (commandline -opc)[2..]\n"
		 "\t\tif contains -- $at $groups; and not contains -- $before $valued[2..]\n"
		 "\t\t\tstring match -q -- '-*' $word; or set at \"$at $word\"\n"
		 "\t\tend\n\t\tset before $word\n\tend\n"
		 "\ttest \"$at\" = \"$argv[1]\"\nend\n",
		 n);
	each_command(s, root, root, n, fish_command);
	fish_options(s, root, "", help);
}

int opt_completion(const struct opt_command *root, const char *shell, struct str *s)
{
	if (!strcmp(shell, "bash"))
		bash_script(root, s);
	else if (!strcmp(shell, "zsh"))
		zsh_script(root, s);
	else if (!strcmp(shell, "fish"))
		fish_script(root, s);
	else
		return -EINVAL;
	return str_err(s);
}
