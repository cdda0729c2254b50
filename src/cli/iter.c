/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* skep iter pin: the first program of an object becomes an iterator, a file that shows what it writes. */
#include <stdio.h>

#include "abi/abi.h"
#include "cli/noun.h"
#include "obj/obj.h"

struct pin {
	struct cli *c;
	struct engine *e;
	struct cli_handle map; /* what it goes over; none */
	struct obj *obj;       /* owned, as the two below */
	struct engine_loaded loaded;
	struct kern_link *link;
	bool any_loaded;
};

static const struct obj_prog *first_iter(const struct obj *o)
{
	for vec_each(&o->prog, p)
		if (!p->func && p->row && p->row->how == ABI_SEC_HOW_ITER)
			return p;
	return NULL;
}

static int attach(struct pin *p, const struct obj_prog *prog)
{
	const struct engine_load_prog only = {.name = prog->name, .load = true};
	struct engine_load how = {.obj = p->obj, .prog = &only, .progs = 1, .only_listed = true};
	struct kern_attach a = {.name = prog->name, .row = prog->row, .target = prog->target,
				.map = p->map.fd.n ? p->map.fd.at[0] : 0};
	const struct engine_loaded_prog *lp;
	int err = engine_load(p->e, &how, &p->c->diag, &p->loaded);

	p->any_loaded = !err;
	if (err)
		return err;
	lp = engine_loaded_prog(&p->loaded, prog->name);
	a.prog = lp->fd;
	a.type = lp->type;
	a.attach = lp->attach;
	return kern_attach(p->e, &a, &p->c->diag, &p->link);
}

static int make(struct pin *p, const char *object, const char *path)
{
	const struct obj_prog *prog;
	int err = obj_open(object, NULL, &p->c->diag, &p->obj);

	if (err)
		return err;
	prog = first_iter(p->obj);
	if (!prog)
		return diag_error(&p->c->diag, "iter.none", diag_file(object), "there is no iterator in it: SEC(\"iter/...\")");
	err = attach(p, prog);
	if (!err)
		err = engine_pin(p->e, kern_link_fd(p->link), path);
	if (err && !cli_failed(p->c))
		diag_error(&p->c->diag, "pin", diag_file(path), "cannot pin it: %s", strerror(-err));
	return err;
}

static int run_pin(const struct opt_args *a)
{
	struct cli_words w = cli_words(a);
	struct pin p = {.c = w.c};
	const char *object = cli_word_take(&w, "an object"), *path = object ? cli_word_take(&w, "a path") : NULL;
	int err = path ? cli_engine(w.c, NULL, &p.e) : -EINVAL;

	if (!err && cli_word_is(&w, "map"))
		err = cli_handle_one(&w, ENGINE_MAP, &p.map);
	if (!err)
		err = cli_words_end(&w);
	if (!err)
		err = make(&p, object, path);
	if (err)
		noun_failed(w.c, "cannot make the iterator", err);
	cli_show_diag(w.c); /* before what it points into goes */
	kern_detach(p.link);
	if (p.any_loaded)
		engine_loaded_done(&p.loaded);
	obj_free(p.obj);
	cli_handle_done(&p.map);
	return err ? CLI_FAILED : noun_nothing(w.c);
}

static const struct opt_example examples[] = {
	{"skep iter pin tasks.bpf.o /sys/fs/bpf/tasks", "then 'cat /sys/fs/bpf/tasks' runs it"},
	{0},
};

static const struct opt_command pin_command = {
	.name = "pin",
	.args = "OBJECT PATH [map id N | pinned PATH | name NAME]",
	.summary = "make an object's iterator a file",
	.about = "Loads the first iterator of an object, attaches it, and pins its link at a path of a bpf file system. "
		 "Each time that file is read the program runs, and what it writes is what is read. An iterator over "
		 "the elements of a map needs one.",
	.examples = examples,
	.run = run_pin,
	.min_args = 2,
	.max_args = -1,
	.complete = "file",
};

static const struct opt_command *const subs[] = {&pin_command, NULL};

const struct opt_command cmd_iter = {
	.name = "iter",
	.summary = "make iterators files",
	.sub = subs,
};
