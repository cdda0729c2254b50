/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep gen: files made from objects, in bpftool's words; skep build: the same by the name of what is
 * wanted.
 *
 *	object OUT IN...		several objects linked to one
 *	skeleton FILE [name NAME]	a header for programs that load it
 *	min_core_btf IN OUT OBJ...	what of a kernel's types these objects need
 */
#include "btf/btf.h"
#include "cli/cli.h"
#include "obj/obj.h"

enum { OBJECTS_MAX = 4096, TEXT_MAX = 1 << 30 };

struct objects {
	struct cli *c;
	VEC(struct obj *) at; /* owned */
};

static int open_all(struct objects *s, char *const *path, int n)
{
	struct obj *o;
	int i, err = 0;

	for (i = 0; i < n && !err; i++) {
		err = obj_open(path[i], NULL, &s->c->diag, &o);
		if (err)
			break;
		err = vec_push(&s->at, o);
		if (err)
			obj_free(o);
	}
	return err;
}

static void close_all(struct objects *s)
{
	for vec_each(&s->at, o)
		obj_free(*o);
	vec_done(&s->at);
}

static int status_of(struct cli *c, int err)
{
	if (err && !cli_failed(c))
		diag_error(&c->diag, "gen", DIAG_NONE, "%s", strerror(-err));
	return err ? CLI_FAILED : CLI_OK;
}

/* ---- object ---------------------------------------------------------------------------------- */

static int link_objects(struct cli *c, const char *out, char *const *in, int n)
{
	struct objects s = {.c = c, .at = VEC_INIT(OBJECTS_MAX)};
	struct obj_bytes bytes = {0};
	int err = open_all(&s, in, n);

	if (!err)
		err = obj_link(s.at.at, s.at.n, &c->diag, &bytes);
	if (!err)
		err = file_write(out, bytes.data, bytes.size, &c->diag);
	obj_bytes_done(&bytes);
	close_all(&s);
	return status_of(c, err);
}

static int run_object(const struct opt_args *a)
{
	return link_objects(cli_of(a), a->at[0], a->at + 1, a->n - 1);
}

/* ---- skeleton -------------------------------------------------------------------------------- */

static int make_skeleton(struct cli *c, const char *path, const char *name, const char *out)
{
	struct file file;
	struct obj *o = NULL;
	struct str text;
	int err = file_read(path, OBJ_FILE_MAX, &c->diag, &file);

	if (err)
		return status_of(c, err);
	str_init(&text, TEXT_MAX);
	err = obj_open_bytes(file.data, file.size, path, NULL, &c->diag, &o);
	if (!err)
		err = obj_skeleton(o, name ? name : o->name, file.data, file.size, &text);
	if (!err)
		err = str_err(&text);
	if (!err)
		err = file_write(out, text.s, text.n, &c->diag);
	obj_free(o);
	str_done(&text);
	file_done(&file);
	return status_of(c, err);
}

static int run_skeleton(const struct opt_args *a)
{
	struct cli_words w = cli_words(a);
	const char *path = cli_word_take(&w, "a file"), *name = NULL;

	if (path && cli_word_is(&w, "name"))
		name = cli_word_take(&w, "a name");
	if (cli_words_end(&w) || diag_failed(&w.c->diag))
		return CLI_USAGE;
	return make_skeleton(w.c, path, name, "-");
}

/* ---- min_core_btf ---------------------------------------------------------------------------- */

static int run_min_core_btf(const struct opt_args *a)
{
	struct objects s = {.c = cli_of(a), .at = VEC_INIT(OBJECTS_MAX)};
	struct obj_bytes bytes = {0};
	struct btf *kernel = NULL;
	int err = cli_btf_file(s.c, a->at[0], NULL, &kernel);

	if (!err)
		err = open_all(&s, a->at + 2, a->n - 2);
	if (!err)
		err = obj_min_core_btf(s.at.at, s.at.n, kernel, &s.c->diag, &bytes);
	if (!err)
		err = file_write(a->at[1], bytes.data, bytes.size, &s.c->diag);
	obj_bytes_done(&bytes);
	close_all(&s);
	btf_unref(kernel);
	return status_of(s.c, err);
}

/* ---- the commands ---------------------------------------------------------------------------- */

static const struct opt_command object_command = {
	.name = "object",
	.args = "OUT IN...",
	.summary = "link several objects to one",
	.about = "Sections of the same name stand one after the other, symbols are resolved, types are merged; "
		 "what is declared in two objects must be the same in both.",
	.run = run_object,
	.min_args = 2,
	.max_args = -1,
	.complete = "file",
};

static const struct opt_command skeleton_command = {
	.name = "skeleton",
	.args = "FILE [name NAME]",
	.summary = "write the header by which a libbpf program loads the object",
	.run = run_skeleton,
	.min_args = 1,
	.max_args = 3,
	.complete = "file",
};

static const struct opt_command min_core_btf_command = {
	.name = "min_core_btf",
	.args = "IN OUT OBJECT...",
	.summary = "write the part of a kernel's types that objects need",
	.about = "Takes from the types in IN those that the CO-RE relocations of the objects name, for kernels "
		 "that come without BTF.",
	.run = run_min_core_btf,
	.min_args = 3,
	.max_args = -1,
	.complete = "file",
};

static const struct opt_command *const subs[] = {&object_command, &skeleton_command, &min_core_btf_command,
						 NULL};

const struct opt_command cmd_gen = {
	.name = "gen",
	.summary = "make files from objects: linked ones, skeletons, small BTF",
	.sub = subs,
};

/* ---- skep build ------------------------------------------------------------------------------ */

struct build_options {
	const char *out, *name;
};

static int run_build(const struct opt_args *a)
{
	const struct build_options *o = a->options;
	struct cli *c = cli_of(a);

	if (!o->out) {
		diag_error(&c->diag, "usage.out", DIAG_NONE, "where to? -o FILE.o or -o FILE.skel.h");
		return CLI_USAGE;
	}
	if (str_has_suffix(o->out, ".h")) {
		if (a->n == 1)
			return make_skeleton(c, a->at[0], o->name, o->out);
		diag_error(&c->diag, "usage.operand", DIAG_NONE,
			   "a skeleton is made of one object: link them to one first");
		return CLI_USAGE;
	}
	return link_objects(c, o->out, a->at, a->n);
}

static const struct opt build_opts[] = {
	{'o', "out", OPT_STR, offsetof(struct build_options, out), "FILE",
	 "what is made: FILE.o an object, FILE.h a skeleton, - an object on stdout", NULL},
	{0, "name", OPT_STR, offsetof(struct build_options, name), "NAME",
	 "what the skeleton's names begin with (default: the file's name)", NULL},
	{0},
};

static const struct opt_example build_examples[] = {
	{"skep build a.bpf.o b.bpf.o -o all.bpf.o", "two objects linked to one"},
	{"skep build prog.bpf.o -o prog.skel.h", "a skeleton, as bpftool gen skeleton makes it"},
	{0},
};

const struct opt_command cmd_build = {
	.name = "build",
	.args = "FILE... -o OUT",
	.summary = "link objects, or make skeletons of them",
	.about = "What is made is told by the name of the file that is wanted.",
	.opts = build_opts,
	.examples = build_examples,
	.run = run_build,
	.size = sizeof(struct build_options),
	.min_args = 1,
	.max_args = -1,
	.complete = "file",
};
