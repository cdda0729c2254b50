/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The command line, parsed from its table.
 *
 * One pass over argv: a word is an option, a sub-command (while the command at hand has any and no
 * operand has been seen), or an operand. Options of the command at hand win over those of the root.
 */
#include <stdio.h>

#include "base/impl.h"

struct parse {
	struct opt_args *a;
	void *global;
	char **argv; /* what is left; NULL-terminated */
	struct diag *d;
	struct str path;
};

#define usage(p, id, ...) diag_error((p)->d, id, DIAG_NONE, __VA_ARGS__)

static void see_help(struct parse *p)
{
	diag_note(p->d, DIAG_NONE, "see '%s --help'", p->path.s);
}

/* ---- names ---- */

enum { NAMES_MAX = 256 };

struct names {
	const char *at[NAMES_MAX];
	size_t n;
};

static void names_add(struct names *names, const char *name)
{
	if (name && names->n < NAMES_MAX)
		names->at[names->n++] = name;
}

static void suggest(struct diag *d, const char *word, size_t len, const struct names *names,
		    const char *dashes)
{
	const char *near = near_best(word, len, names->at, names->n);

	if (near)
		diag_note(d, DIAG_NONE, "did you mean '%s%s'?", dashes, near);
}

const struct opt_command *opt_sub_exact(const struct opt_command *c, const char *name)
{
	size_t i;

	for (i = 0; c->sub && c->sub[i]; i++)
		if (!strcmp(c->sub[i]->name, name))
			return c->sub[i];
	return NULL;
}

static const struct opt_command *find_sub(const struct opt_command *c, const char *word,
					  const char *path, struct diag *d)
{
	const struct opt_command *exact = opt_sub_exact(c, word), *found = NULL;
	struct names names = {.n = 0}, alike = {.n = 0};
	size_t i, len = strlen(word);

	if (exact)
		return exact;
	for (i = 0; c->sub[i]; i++) {
		if (c->sub[i]->hidden)
			continue;
		names_add(&names, c->sub[i]->name);
		if (len && !strncmp(c->sub[i]->name, word, len)) {
			found = c->sub[i];
			names_add(&alike, found->name);
		}
	}
	if (alike.n == 1)
		return found;
	if (alike.n > 1) {
		diag_error(d, "usage.ambiguous", DIAG_NONE, "'%s %s' could be several commands",
			   path, word);
		for (i = 0; i < alike.n; i++)
			diag_note(d, DIAG_NONE, "%s %s", path, alike.at[i]);
		return NULL;
	}
	diag_error(d, "usage.command", DIAG_NONE, "'%s' has no command '%s'", path, word);
	suggest(d, word, len, &names, "");
	diag_note(d, DIAG_NONE, "see '%s --help'", path);
	return NULL;
}

const struct opt_command *opt_find(const struct opt_command *root, char *const *words, int n,
				   struct diag *d)
{
	const struct opt_command *c = root;
	struct str path;
	int i;

	str_init(&path, 4096);
	str_add(&path, root->name);
	for (i = 0; c && i < n; i++) {
		if (c->sub) {
			c = find_sub(c, words[i], path.s, d);
			str_addf(&path, " %s", c ? c->name : "");
		} else {
			diag_error(d, "usage.command", DIAG_NONE, "'%s' has no commands", path.s);
			c = NULL;
		}
	}
	str_done(&path);
	return c;
}

/* ---- values ---- */

static bool takes_value(const struct opt *o)
{
	return o->kind != OPT_FLAG && o->kind != OPT_COUNT;
}

static int list_add(struct opt_list *l, const char *value)
{
	struct {
		const char **at;
		size_t n, cap, max;
		struct arena *arena;
	} v = {l->at, l->n, l->cap, 4096, NULL};
	int err = vec_push(&v, value);

	*l = (struct opt_list){v.at, v.n, v.cap};
	return err;
}

static int set_enum(struct parse *p, const struct opt *o, const char *shown, const char *value,
		    int *ret)
{
	struct names names = {.n = 0};
	int i;

	for (i = 0; o->values[i]; i++) {
		if (!strcmp(o->values[i], value)) {
			*ret = i;
			return 0;
		}
		names_add(&names, o->values[i]);
	}
	usage(p, "usage.value", "option '%s' cannot be '%s'", shown, value);
	suggest(p->d, value, strlen(value), &names, "");
	for (i = 0; o->values[i]; i++)
		diag_note(p->d, DIAG_NONE, "it can be '%s'", o->values[i]);
	return -EINVAL;
}

static int bad_number(struct parse *p, const char *shown, const char *value, const char *what,
		      int err)
{
	if (err == -ERANGE)
		return usage(p, "usage.value", "option '%s': '%s' is too large", shown, value);
	return usage(p, "usage.value", "option '%s' takes %s, not '%s'", shown, what, value);
}

static int set_value(struct parse *p, const struct opt *o, void *options, const char *shown,
		     const char *value)
{
	void *field = (char *)options + o->field;
	int err;

	switch (o->kind) {
	case OPT_FLAG:
		*(bool *)field = true;
		return 0;
	case OPT_COUNT:
		++*(unsigned *)field;
		return 0;
	case OPT_STR:
		*(const char **)field = value;
		return 0;
	case OPT_U64:
		err = num_parse_u64(value, strlen(value), field);
		return err ? bad_number(p, shown, value, "a number", err) : 0;
	case OPT_SIZE:
		err = num_parse_size(value, field);
		return err ? bad_number(p, shown, value, "a size such as 64K or 1MiB", err) : 0;
	case OPT_DURATION:
		err = num_parse_duration(value, field);
		return err ? bad_number(p, shown, value, "a duration such as 10ms or 5s", err) : 0;
	case OPT_ENUM:
		return set_enum(p, o, shown, value, field);
	case OPT_LIST:
		err = list_add(field, value);
		if (err == -E2BIG)
			return usage(p, "usage.value", "option '%s' is given too often", shown);
		return err;
	}
	bug("option kind %d", o->kind);
}

/* ---- options ---- */

static const struct opt *by_letter(const struct opt_command *c, char letter)
{
	const struct opt *o;

	for (o = c->opts; o && (o->letter || o->name); o++)
		if (o->letter == letter)
			return o;
	return NULL;
}

static const struct opt *by_name(const struct opt_command *c, const char *word, size_t len)
{
	const struct opt *o;

	for (o = c->opts; o && (o->letter || o->name); o++)
		if (o->name && !strncmp(o->name, word, len) && !o->name[len])
			return o;
	return NULL;
}

/* What a long option may have meant, and all there are for suggestions. */
struct likely {
	struct names all, alike;
	const struct opt *found; /* the last of those alike */
	void *options;           /* where its value goes */
};

static void add_likely(struct likely *l, const struct opt_command *c, void *options,
		       const char *word, size_t len)
{
	const struct opt *o;
	size_t i;

	for (o = c->opts; o && (o->letter || o->name); o++) {
		if (!o->name)
			continue;
		names_add(&l->all, o->name);
		for (i = 0; i < l->alike.n && strcmp(l->alike.at[i], o->name); i++)
			;
		/* the root's option of a name that the command has too is not to be had here */
		if (strncmp(o->name, word, len) || i < l->alike.n)
			continue;
		names_add(&l->alike, o->name);
		l->found = o;
		l->options = options;
	}
}

/* By its whole name, else by a beginning that only one has, among all that can stand here. */
static int find_long(struct parse *p, const char *word, size_t len, const struct opt **ret_opt,
		     void **ret_options)
{
	static const struct opt help[] = {
		{0, "help", OPT_FLAG, offsetof(struct opt_args, help), NULL, "", NULL}, {0}};
	static const struct opt_command built_in = {.opts = help};
	const struct opt_command *in[] = {p->a->command, p->a->root, &built_in};
	void *options[] = {p->a->command == p->a->root ? p->global : p->a->options, p->global,
			   p->a};
	struct likely l = {.found = NULL};
	size_t i;

	for (i = 0; i < ARRAY_LEN(in); i++) {
		*ret_opt = by_name(in[i], word, len);
		*ret_options = options[i];
		if (*ret_opt)
			return 0;
	}
	for (i = 0; i < ARRAY_LEN(in); i++)
		add_likely(&l, in[i], options[i], word, len);
	if (len && l.alike.n == 1) {
		*ret_opt = l.found;
		*ret_options = l.options;
		return 0;
	}
	if (len && l.alike.n) {
		usage(p, "usage.ambiguous", "'--%.*s' could be several options", (int)len, word);
		for (i = 0; i < l.alike.n; i++)
			diag_note(p->d, DIAG_NONE, "--%s", l.alike.at[i]);
		return -EINVAL;
	}
	usage(p, "usage.option", "'%s' has no option '--%.*s'", p->path.s, (int)len, word);
	suggest(p->d, word, len, &l.all, "--");
	see_help(p);
	return -EINVAL;
}

static int long_option(struct parse *p, const char *word)
{
	size_t len = strcspn(word, "=");
	const char *value = word[len] ? word + len + 1 : NULL;
	const struct opt *o;
	void *options;
	char shown[80];
	int err;

	err = find_long(p, word, len, &o, &options);
	if (err)
		return err;
	snprintf(shown, sizeof(shown), "--%s", o->name);
	if (value && !takes_value(o))
		return usage(p, "usage.value", "option '%s' takes no value", shown);
	if (!value && takes_value(o)) {
		value = *p->argv;
		if (!value)
			return usage(p, "usage.value", "option '%s' needs its %s", shown, o->arg);
		p->argv++;
	}
	return set_value(p, o, options, shown, value);
}

static int short_options(struct parse *p, const char *letters)
{
	for (; *letters; letters++) {
		const struct opt *o =
			p->a->command == p->a->root ? NULL : by_letter(p->a->command, *letters);
		char shown[] = {'-', *letters, 0};
		void *options = p->a->options;
		const char *value = NULL;
		int err;

		if (!o) {
			o = by_letter(p->a->root, *letters);
			options = p->global;
		}
		if (!o && *letters == 'h') {
			p->a->help = true;
			continue;
		}
		if (!o) {
			usage(p, "usage.option", "'%s' has no option '%s'", p->path.s, shown);
			see_help(p);
			return -EINVAL;
		}
		if (takes_value(o)) {
			value = letters[1] ? letters + 1 : *p->argv;
			if (!value)
				return usage(p, "usage.value", "option '%s' needs its %s", shown,
					     o->arg);
			if (!letters[1])
				p->argv++;
		}
		err = set_value(p, o, options, shown, value);
		if (err || value)
			return err;
	}
	return 0;
}

/* ---- words ---- */

static int enter(struct parse *p, const struct opt_command *c)
{
	if (p->a->options)
		bug("'%s' has options and commands below it, which only the root can", p->path.s);
	p->a->command = c;
	str_addc(&p->path, ' ');
	str_add(&p->path, c->name);
	if (c->size) {
		p->a->options = mem_alloc(c->size);
		if (!p->a->options)
			return -ENOMEM;
		if (c->defaults)
			memcpy(p->a->options, c->defaults, c->size);
	}
	return 0;
}

static int walk(struct parse *p)
{
	bool options = true;
	int err = 0;

	while (!err && *p->argv) {
		char *word = *p->argv++;
		const struct opt_command *c = p->a->command;

		if (c->raw) {
			p->a->at[p->a->n++] = word;
		} else if (options && !strcmp(word, "--")) {
			options = false;
		} else if (options && word[0] == '-' && word[1] == '-') {
			err = long_option(p, word + 2);
		} else if (options && word[0] == '-' && word[1]) {
			err = short_options(p, word + 1);
		} else if (c->sub && !p->a->n && (c = find_sub(c, word, p->path.s, p->d))) {
			err = enter(p, c);
		} else if (p->a->command->sub) {
			err = -EINVAL;
		} else {
			p->a->at[p->a->n++] = word;
		}
	}
	return err;
}

static int check_operands(struct parse *p)
{
	const struct opt_args *a = p->a;
	const struct opt_command *c = a->command;

	if (a->help || c->raw)
		return 0;
	if (!c->run) {
		usage(p, "usage.command", "'%s' needs a command", p->path.s);
		see_help(p);
		return -EINVAL;
	}
	if (a->n < c->min_args) {
		usage(p, "usage.operand", "'%s' needs %s", p->path.s, c->args);
		see_help(p);
		return -EINVAL;
	}
	if (c->max_args >= 0 && a->n > c->max_args) {
		usage(p, "usage.operand", "'%s' does not take '%s'", p->path.s, a->at[c->max_args]);
		see_help(p);
		return -EINVAL;
	}
	return 0;
}

int opt_parse(const struct opt_command *root, void *global, int argc, char **argv, struct diag *d,
	      struct opt_args *ret_args)
{
	struct opt_args *a = ret_args;
	struct parse p = {.a = a, .global = global, .argv = argc > 0 ? argv + 1 : argv, .d = d};
	int err = -ENOMEM;

	*a = (struct opt_args){.root = root, .command = root, .global = global};
	str_init(&p.path, 4096);
	str_add(&p.path, root->name);
	a->at = mem_alloc_array((size_t)argc + 1, sizeof(*a->at));
	if (a->at)
		err = walk(&p);
	if (!err)
		err = str_err(&p.path);
	if (!err)
		err = check_operands(&p);
	if (!err) {
		a->path = mem_alloc(p.path.n + 1);
		if (a->path)
			memcpy(a->path, p.path.s, p.path.n);
		else
			err = -ENOMEM;
	}
	if (err == -ENOMEM)
		usage(&p, "memory", "out of memory");
	str_done(&p.path);
	return err;
}

static void free_lists(const struct opt *opts, void *options)
{
	const struct opt *o;

	for (o = options ? opts : NULL; o && (o->letter || o->name); o++) {
		struct opt_list *l = (struct opt_list *)((char *)options + o->field);

		if (o->kind == OPT_LIST) {
			mem_free(l->at);
			*l = (struct opt_list){0};
		}
	}
}

void opt_args_done(struct opt_args *a)
{
	if (a->options)
		free_lists(a->command->opts, a->options);
	if (a->root)
		free_lists(a->root->opts, a->global);
	mem_free(a->options);
	mem_free(a->at);
	mem_free(a->path);
	*a = (struct opt_args){0};
}
