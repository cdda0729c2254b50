/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Completion scripts for bash, zsh and fish, made from the table of commands.
 *
 * bash and zsh: one function knows, for each path of sub-commands ("skep map dump"), what can follow;
 * another knows, for a path and the option before the cursor, its values. fish: one `complete` line
 * for each word, guarded by the path.
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
		str_addf(s, "%c paths='%s' ;;\n", close,
			 o->values ? "" : !strcmp(o->arg, "DIR") ? "dir" : "file");
	}
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
	each_command(s, root, root, n, bash_value);
	str_addf(s,
		 "\t*) return 1 ;;\n\tesac\n\tsubs='' options=''\n}\n"
		 "_%s() {\n"
		 "\tlocal path=%s i subs known paths options\n"
		 "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
		 "\tif [[ $cur == = ]]; then cur=''\n"
		 "\telif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
		 "\t_%s_path \"$path\"\n"
		 "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		 "\t\tif [[ \" $subs \" == *\" ${COMP_WORDS[i]} \"* ]]; then\n"
		 "\t\t\tpath=\"$path ${COMP_WORDS[i]}\"\n\t\t\t_%s_path \"$path\"\n\t\tfi\n\tdone\n"
		 "\t[[ $prev == -* ]] && _%s_value \"$path\" \"$prev\"\n"
		 "\tif [[ $cur == -* ]]; then known=$options; subs='' paths=''; fi\n"
		 "\tCOMPREPLY=($(compgen -W \"$subs $known\" -- \"$cur\"))\n"
		 "\tcase $paths in\n"
		 "\tfile) COMPREPLY+=($(compgen -f -- \"$cur\")); compopt -o filenames ;;\n"
		 "\tdir) COMPREPLY+=($(compgen -d -- \"$cur\")); compopt -o filenames ;;\n"
		 "\tesac\n}\ncomplete -F _%s %s\n",
		 n, n, n, n, n, n, n);
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
	each_command(s, root, root, n, zsh_value);
	str_addf(s,
		 "\t*) return 1 ;;\n\tesac\n\tsubs=() options=()\n}\n"
		 "_%s() {\n"
		 "\tlocal at=%s i paths\n\tlocal -a subs known options\n"
		 "\t_%s_path \"$at\"\n"
		 "\tfor ((i = 2; i < CURRENT; i++)); do\n"
		 "\t\tif (( ${subs[(I)${words[i]}:*]} )); then\n"
		 "\t\t\tat=\"$at ${words[i]}\"\n\t\t\t_%s_path \"$at\"\n\t\tfi\n\tdone\n"
		 "\t[[ ${words[CURRENT-1]} == -* ]] && _%s_value \"$at\" \"${words[CURRENT-1]}\"\n"
		 "\tif [[ ${words[CURRENT]} == -* ]]; then\n\t\t_describe option options\n\t\treturn\n\tfi\n"
		 "\t(( $#subs )) && _describe command subs\n"
		 "\t(( $#known )) && compadd -- $known\n"
		 "\tcase $paths in\n\tfile) _files ;;\n\tdir) _files -/ ;;\n\tesac\n}\n"
		 "_%s \"$@\"\n",
		 n, n, n, n, n, n);
}

/* ---- fish ---- */

static void fish_options(struct str *s, const struct opt_command *root, const char *path,
			 const struct opt *o, bool everywhere)
{
	size_t i;

	for (; !row_end(o); o++) {
		str_addf(s, "complete -c %s", root->name);
		if (!everywhere)
			str_addf(s, " -n '__%s_at \"%s\"'", root->name, path);
		if (o->letter)
			str_addf(s, " -s %c", o->letter);
		if (o->name)
			str_addf(s, " -l %s", o->name);
		if (o->arg && o->values) {
			str_add(s, " -x -a '");
			for (i = 0; o->values[i]; i++)
				str_addf(s, "%s%s", i ? " " : "", o->values[i]);
			str_add(s, "'");
		} else if (o->arg) {
			str_add(s, " -r");
		}
		str_add(s, " -d ");
		quoted(s, o->help);
		str_addc(s, '\n');
	}
}

static void fish_command(struct str *s, const struct opt_command *root, const struct opt_command *c,
			 const char *path)
{
	size_t i;

	for (i = 0; c->sub && c->sub[i]; i++) {
		if (c->sub[i]->hidden)
			continue;
		str_addf(s, "complete -c %s -f -n '__%s_at \"%s\"' -a %s -d ", root->name, root->name,
			 path, c->sub[i]->name);
		quoted(s, c->sub[i]->summary);
		str_addc(s, '\n');
	}
	if (c->complete && !is_path(c->complete))
		str_addf(s, "complete -c %s -f -n '__%s_at \"%s\"' -a '%s'\n", root->name, root->name,
			 path, c->complete);
	fish_options(s, root, path, c->opts, c == root);
}

static void fish_path(struct str *s, const struct opt_command *root, const struct opt_command *c,
		      const char *path)
{
	(void)root;
	if (c->sub)
		str_addf(s, " '%s'", path);
}

static void fish_script(const struct opt_command *root, struct str *s)
{
	const char *n = root->name;

	str_addf(s, "# fish completion for %s: made by '%s help --completion fish'\n", n, n);
	str_addf(s, "function __%s_at\n\tset -l groups", n);
	each_command(s, root, root, n, fish_path);
	str_addf(s,
		 "\n\tset -l at %s\n\tfor word in (commandline -opc)[2..]\n"
		 "\t\tif contains -- $at $groups; and not string match -q -- '-*' $word\n"
		 "\t\t\tset at \"$at $word\"\n\t\tend\n\tend\n\ttest \"$at\" = \"$argv[1]\"\nend\n",
		 n);
	each_command(s, root, root, n, fish_command);
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
