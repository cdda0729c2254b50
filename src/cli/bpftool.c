/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Called by the name of bpftool: its options and words, its errors, its exit status, batch files.
 *
 * A command line of bpftool becomes one of skep, whose nouns have bpftool's grammar already. What differs
 * is here: words may be cut to any prefix, where the first of bpftool's table that fits is meant; a noun
 * alone means show; an error is "Error: text", or as JSON {"error":"text"} on stdout; failure is 255.
 */
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"

enum { ARGS_MAX = 4096, LINE_BYTES = 65536, FILE_BYTES = 16 << 20, HELP_BYTES = 4 << 20, FAILURE = 255 };

/* What bpftool this one stands in for. */
static const char version[] = "7.8.0", libbpf_version[] = "1.8";

/* In bpftool's order, which decides whose prefix a word is. "help" and those without a noun come first. */
static const struct noun {
	const char *name, *subs;
	bool show; /* alone it means the first of them */
} nouns[] = {
	{"help", "", false},
	{"batch", "file", false},
	{"prog", "show list help dump pin load loadall attach detach tracelog run profile", true},
	{"map", "show list help dump update lookup getnext delete pin event_pipe peek push enqueue pop dequeue freeze create",
	 true},
	{"link", "show list help pin detach", true},
	{"cgroup", "show list tree attach detach help", true},
	{"perf", "help show list", true},
	{"net", "show list attach detach help", true},
	{"feature", "probe list_builtins help", true},
	{"btf", "show list help dump", true},
	{"gen", "object skeleton subskeleton min_core_btf help", false},
	{"struct_ops", "show list register unregister dump help", true},
	{"iter", "pin help", false},
	{"token", "show list help", true},
	{"version", "", false},
};

static const struct option {
	char letter;
	const char *name;
} options[] = {
	{'j', "json"},	    {'p', "pretty"},  {'d', "debug"},  {'f', "bpffs"},	  {'V', "version"}, {'h', "help"},
	{'m', "mapcompat"}, {'n', "nomount"}, {'l', "legacy"}, {'B', "base-btf"},
};

struct call {
	struct cli *c;
	const char *base_btf; /* NULL: none */
	bool pins, help, version;
	bool in_batch; /* a file of commands is being run: it may name no other */
	VEC(char *) word;
};

static int run_words(struct call *t, char **word, int n);

/* ---- words ------------------------------------------------------------------------------------- */

static const struct noun *find_noun(const char *s)
{
	size_t i;

	for (i = 0; *s && i < ARRAY_LEN(nouns); i++)
		if (str_has_prefix(nouns[i].name, s))
			return &nouns[i];
	return NULL;
}

/* The sub-command that the word is a prefix of, into `to`. */
static bool find_sub(const struct noun *n, const char *s, char to[32])
{
	const char *at = n->subs;
	size_t len;

	for (; *s && *at; at += len + (at[len] == ' ')) {
		len = strcspn(at, " ");
		snprintf(to, 32, "%.*s", (int)len, at);
		if (str_has_prefix(to, s))
			return true;
	}
	return false;
}

static int PRINTF_LIKE(2, 3) usage(struct call *t, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_error(&t->c->diag, "usage.command", DIAG_NONE, "%s", text);
	return CLI_USAGE;
}

/* ---- commands of its own ----------------------------------------------------------------------- */

static int show_version(struct call *t)
{
	static const struct { const char *name; bool have; } features[] = {
		{"libbfd", false}, {"llvm", false}, {"crypto", false}, {"skeletons", true}, {"bootstrap", false}};
	struct out o;
	size_t i;

	cli_out_init(t->c, &o);
	if (!out_is_json(&o)) {
		out_text(&o, "bpftool v%s\nusing libbpf v%s\nfeatures: skeletons\n", version, libbpf_version);
		return cli_out_done(t->c, &o, CLI_OK);
	}
	out_object(&o, NULL);
	out_str(&o, "version", version);
	out_str(&o, "libbpf_version", libbpf_version);
	out_object(&o, "features");
	for (i = 0; i < ARRAY_LEN(features); i++)
		out_bool(&o, features[i].name, features[i].have);
	out_end(&o);
	out_end(&o);
	return cli_out_done(t->c, &o, CLI_OK);
}

static void put_usage(struct str *s)
{
	size_t i;

	str_add(s, "Usage: bpftool [OPTIONS] OBJECT [COMMAND ...]\n       bpftool batch file FILE|-\n       bpftool version\n\n"
		   "       OBJECT:");
	for (i = 0; i < ARRAY_LEN(nouns); i++)
		if (opt_sub_exact(&cmd_root, nouns[i].name) && *nouns[i].subs)
			str_addf(s, " %s", nouns[i].name);
	str_add(s, "\n       OPTIONS:");
	for (i = 0; i < ARRAY_LEN(options); i++)
		str_addf(s, " -%c|--%s", options[i].letter, options[i].name);
	str_add(s, "\n\n'bpftool OBJECT help' tells its commands. This is skep by the name of bpftool.\n");
}

/* Help of an object is skep's, of the same command; JSON has none. */
static int show_help(struct call *t, const struct noun *n)
{
	const struct opt_command *c = n ? opt_sub_exact(&cmd_root, n->name) : NULL;
	struct str s;
	char path[64];
	int err;

	if (cli_is_json(t->c))
		return usage(t, "there is no help as JSON");
	snprintf(path, sizeof(path), "bpftool %s", n ? n->name : "");
	str_init(&s, HELP_BYTES);
	if (c && n)
		opt_help(&cmd_root, c, path, cli_color(t->c, STDOUT_FILENO), &s);
	else
		put_usage(&s);
	err = str_err(&s) ? str_err(&s) : file_write_fd(STDOUT_FILENO, s.s, s.n);
	str_done(&s);
	return err ? CLI_FAILED : CLI_OK;
}

/* ---- batch files ------------------------------------------------------------------------------- */

/* The next word of a line, unquoted in its place; NULL: there is none, or *bad. */
static char *next_word(char **at, bool *bad)
{
	char *s = *at + strspn(*at, " \t\r"), *to, *word, quote = 0;

	*at = s;
	if (!*s || *s == '#')
		return NULL;
	for (word = to = s; *s && (quote || !strchr(" \t\r", *s)); s++) {
		if (quote ? *s == quote : *s == '\'' || *s == '"')
			quote = quote ? 0 : *s;
		else
			*to++ = *s;
	}
	*bad = quote;
	*at = *s ? s + 1 : s;
	*to = 0;
	return word;
}

static void put_command(char **word, int n, bool first)
{
	struct out o;
	struct str s;
	int i;

	str_init(&s, LINE_BYTES * 8);
	str_add(&s, first ? "[" : ",");
	str_add(&s, "{\"command\":");
	out_init(&o, OUT_JSON, false, out_sink_str, &s);
	out_array(&o, NULL, OUT_LIST);
	for (i = 0; i < n; i++)
		out_str(&o, NULL, word[i]);
	out_end(&o);
	if (!out_done(&o)) {
		while (s.n && s.s[s.n - 1] == '\n')
			str_cut(&s, s.n - 1);
		str_add(&s, ",\"output\":");
		(void)!file_write_fd(STDOUT_FILENO, s.s, s.n);
	}
	str_done(&s);
}

/* One line; *ret_any: there was a command in it. */
static int run_line(struct call *t, char *line, bool first, bool *ret_any)
{
	char **word = mem_alloc_array(ARGS_MAX, sizeof(*word)), *w;
	bool bad = false;
	int n = 0, status = CLI_OK;

	*ret_any = false;
	if (!word)
		return usage(t, "%s", strerror(ENOMEM));
	while ((w = next_word(&line, &bad)) && !bad && n < ARGS_MAX)
		word[n++] = w;
	if (bad || n == ARGS_MAX)
		status = usage(t, "%s", bad ? "a quote in the batch file does not end" : "too many words in a line of the batch file");
	*ret_any = n && status == CLI_OK;
	if (*ret_any && cli_is_json(t->c))
		put_command(word, n, first);
	if (*ret_any)
		status = run_words(t, word, n);
	cli_show_diag(t->c);
	if (*ret_any && cli_is_json(t->c))
		(void)!file_write_fd(STDOUT_FILENO, "}", 1);
	mem_free(word);
	return status;
}

/* Up to a newline without a backslash in front, which both become blanks. */
static char *next_line(char **at)
{
	char *line = *at, *s;

	if (!*line)
		return NULL;
	for (s = line; *s && *s != '\n'; s++) {
		if (s[0] == '\\' && s[1] == '\n') {
			s[0] = ' ';
			s[1] = ' ';
			s++;
		}
	}
	*at = *s ? s + 1 : s;
	*s = 0;
	return line;
}

static int run_lines(struct call *t, char *text)
{
	unsigned n = 0;
	int status = CLI_OK;
	char *line, count[64];
	bool any;

	while (status == CLI_OK && (line = next_line(&text))) {
		if (strlen(line) >= LINE_BYTES)
			return usage(t, "a line of the batch file is too long");
		status = run_line(t, line, !n, &any);
		n += any;
	}
	if (cli_is_json(t->c)) {
		snprintf(count, sizeof(count), n ? "]\n" : "[]\n");
		(void)!file_write_fd(STDOUT_FILENO, count, strlen(count));
	} else if (status == CLI_OK) {
		snprintf(count, sizeof(count), "processed %u commands\n", n);
		(void)!file_write_fd(STDOUT_FILENO, count, strlen(count));
	}
	return status;
}

static int run_batch(struct call *t, char **word, int n)
{
	struct file f;
	char *text;
	int status;

	if (t->in_batch)
		return usage(t, "a batch file cannot run another");
	if (n != 2 || !*word[0] || !str_has_prefix("file", word[0]))
		return usage(t, "batch takes: file FILE, or - for standard input");
	if (file_read(word[1], FILE_BYTES, &t->c->diag, &f))
		return CLI_FAILED;
	text = mem_alloc(f.size + 1);
	if (text)
		memcpy(text, f.data, f.size);
	t->in_batch = true;
	status = text ? run_lines(t, text) : CLI_FAILED;
	t->in_batch = false;
	mem_free(text);
	file_done(&f);
	return status;
}

/* ---- a command of skep --------------------------------------------------------------------------- */

static int run_argv(struct call *t, int argc, char **argv)
{
	struct opt_args a;
	int status, err = opt_parse(&cmd_root, t->c, argc, argv, &t->c->diag, &a);

	status = err ? CLI_USAGE : a.command->run(&a);
	opt_args_done(&a);
	return status;
}

static int run_noun(struct call *t, const struct noun *noun, char **word, int n)
{
	static char skep[] = "skep", pins[] = "--pins", base[] = "--base-btf";
	char sub[32], name[32];
	char **argv;
	int argc = 0, status;
	bool shows;

	if (!opt_sub_exact(&cmd_root, noun->name))
		return usage(t, "'%s' is not to be had", noun->name);
	snprintf(name, sizeof(name), "%s", noun->name);
	if (!n && !noun->show)
		return usage(t, "'%s' needs a command", noun->name);
	if (n && !find_sub(noun, word[0], sub))
		return usage(t, "there is no command '%s' there", word[0]);
	if (!n)
		snprintf(sub, sizeof(sub), "%s", !strcmp(noun->name, "feature") ? "probe" : "show");
	if (!strcmp(sub, "help"))
		return show_help(t, noun);
	argv = mem_alloc_array((size_t)n + 8, sizeof(*argv));
	if (!argv)
		return usage(t, "%s", strerror(ENOMEM));
	argv[argc++] = skep;
	argv[argc++] = name;
	argv[argc++] = sub;
	shows = !strcmp(sub, "show") || !strcmp(sub, "list");
	if (t->pins && shows && (!strcmp(name, "prog") || !strcmp(name, "map") || !strcmp(name, "link")))
		argv[argc++] = pins;
	if (t->base_btf && !strcmp(name, "btf") && !strcmp(sub, "dump")) {
		argv[argc++] = base;
		argv[argc++] = (char *)t->base_btf;
	}
	if (n > 1)
		memcpy(argv + argc, word + 1, (size_t)(n - 1) * sizeof(*argv));
	status = run_argv(t, argc + MAX(n - 1, 0), argv);
	mem_free(argv);
	return status;
}

static int run_words(struct call *t, char **word, int n)
{
	const struct noun *noun = n ? find_noun(word[0]) : NULL;

	if (!n || (noun && !strcmp(noun->name, "help")))
		return show_help(t, NULL);
	if (!noun)
		return usage(t, "there is no object '%s'", word[0]);
	if (!strcmp(noun->name, "version"))
		return show_version(t);
	if (!strcmp(noun->name, "batch"))
		return run_batch(t, word + 1, n - 1);
	return run_noun(t, noun, word + 1, n - 1);
}

/* ---- options ----------------------------------------------------------------------------------- */

/* 0, or -EINVAL reported; takes what follows for -B. */
static int take_option(struct call *t, char letter, char *const *rest, int *taken)
{
	switch (letter) {
	case 'j':
		t->c->json = true;
		return 0;
	case 'p':
		t->c->pretty = true;
		return 0;
	case 'd':
		t->c->verbose = 2;
		return 0;
	case 'f':
		t->pins = true;
		return 0;
	case 'V':
		t->version = true;
		return 0;
	case 'h':
		t->help = true;
		return 0;
	case 'm': /* maps are read as freely in any case, */
	case 'n': /* and nothing is mounted */
	case 'l':
		return 0;
	case 'B':
		t->base_btf = *taken ? NULL : rest[0];
		*taken = 1;
		return t->base_btf ? 0 : diag_error(&t->c->diag, "usage.option", DIAG_NONE, "-B needs a file");
	}
	return diag_error(&t->c->diag, "usage.option", DIAG_NONE, "option '-%c' is not to be had", letter);
}

static int take_long(struct call *t, const char *name, char *const *rest, int *taken)
{
	size_t i, n = strcspn(name, "=");

	for (i = 0; n && i < ARRAY_LEN(options); i++)
		if (!strncmp(options[i].name, name, n) && options[i].letter == 'B' && name[n]) {
			t->base_btf = name + n + 1;
			return 0;
		} else if (!strncmp(options[i].name, name, n) && !name[n]) {
			return take_option(t, options[i].letter, rest, taken);
		}
	return diag_error(&t->c->diag, "usage.option", DIAG_NONE, "there is no option '--%s'", name);
}

/* Options stand anywhere, "--" ends them; all else is words. */
static int read_args(struct call *t, int argc, char **argv)
{
	bool more = true;
	int i, err = 0, taken;
	const char *s;

	for (i = 1; i < argc && !err; i++) {
		taken = 0;
		if (more && !strcmp(argv[i], "--"))
			more = false;
		else if (more && str_has_prefix(argv[i], "--"))
			err = take_long(t, argv[i] + 2, argv + i + 1, &taken);
		else if (more && argv[i][0] == '-' && argv[i][1])
			for (s = argv[i] + 1; *s && !err; s++)
				err = take_option(t, *s, argv + i + 1, &taken);
		else
			err = vec_push(&t->word, argv[i]);
		i += taken;
	}
	return err;
}

bool cli_is_bpftool(const char *argv0)
{
	const char *name = argv0 ? strrchr(argv0, '/') : NULL;

	name = name ? name + 1 : argv0;
	return name && !strcmp(name, "bpftool");
}

int cli_bpftool(struct cli *c, int argc, char **argv)
{
	struct call t = {.c = c, .word = VEC_INIT(ARGS_MAX)};
	int status;

	c->bpftool = true;
	status = read_args(&t, argc, argv) ? CLI_USAGE :
		 t.version		     ? show_version(&t) :
		 t.help			     ? show_help(&t, NULL) :
					       run_words(&t, t.word.at, (int)t.word.n);
	vec_done(&t.word);
	return status == CLI_OK ? 0 : FAILURE;
}

/* One line, or one object, for each error; the notes belong to its sentence. */
void cli_bpftool_diag(const struct cli *c, struct str *ret_text)
{
	const struct diag_msg *m;
	struct out o;
	struct str s;

	for (m = c->diag.first; m; m = m->next) {
		if (m->severity != DIAG_ERROR)
			continue;
		str_init(&s, LINE_BYTES);
		if (m->where.kind == DIAG_IN_FILE && m->where.name)
			str_addf(&s, "%s: ", m->where.name);
		str_add(&s, m->text);
		for (const struct diag_note *note = m->note; note; note = note->next)
			str_addf(&s, "; %s", note->text);
		if (cli_is_json(c)) {
			out_init(&o, OUT_JSON_LINES, false, out_sink_str, ret_text);
			out_object(&o, NULL);
			out_str(&o, "error", s.s);
			out_end(&o);
			(void)!out_done(&o);
		} else {
			str_addf(ret_text, "Error: %s\n", s.s);
		}
		str_done(&s);
	}
}
