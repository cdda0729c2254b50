/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The engine a command works on: the one of --engine, opened when it is first asked for. */
#include <stdio.h>

#include "cli/cli.h"
#include "engine/engine.h"
#include "kern/kern.h"
#include "obj/obj.h"

enum { CAPS_TEXT = 256 };

static void print_line(void *arg, const char *text, size_t n)
{
	(void)arg;
	fwrite(text, 1, n, stderr);
	if (!n || text[n - 1] != '\n')
		fputc('\n', stderr);
}

static int open_embedded(struct cli *c, const struct engine_options *o)
{
	struct engine_options mine = o ? *o : (struct engine_options){.vmlinux = CLI_VMLINUX};

	if (!mine.print)
		mine.print = print_line;
	return engine_embedded_new(&mine, &c->diag, &c->opened);
}

int cli_engine(struct cli *c, const struct engine_options *o, struct engine **ret_engine)
{
	struct diag quiet;
	int err = 0;

	if (!c->opened && c->engine == CLI_ENGINE_KERNEL) {
		err = engine_kernel_new(&c->diag, &c->opened);
	} else if (!c->opened && c->engine == CLI_ENGINE_AUTO) {
		diag_init(&quiet, 1);
		err = engine_kernel_new(&quiet, &c->opened);
		diag_done(&quiet);
		if (err && !c->quiet)
			fprintf(stderr, "skep: the kernel does not let us (%s): on the embedded engine\n",
				strerror(-err));
		if (err)
			err = open_embedded(c, o);
	} else if (!c->opened) {
		err = open_embedded(c, o);
	}
	if (!err)
		*ret_engine = c->opened;
	return err;
}

int cli_load(struct cli *c, struct engine *e, const struct engine_load *how, struct engine_loaded *ret_l)
{
	int err = engine_load(e, how, &c->diag, ret_l);
	struct str s;

	if (err != -EPERM || strcmp(engine_name(e), "kernel"))
		return err;
	str_init(&s, CAPS_TEXT);
	for vec_each(&how->obj->prog, p)
		if (p->load && !p->func && !s.n)
			kern_caps_missing(p->type, &s);
	if (s.n)
		diag_note(&c->diag, DIAG_NONE, "this process lacks %s", s.s);
	str_done(&s);
	return err;
}

void cli_engine_done(struct cli *c)
{
	engine_free(c->opened);
	c->opened = NULL;
}
