/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep struct_ops: operations of the kernel that programs implement, in bpftool's words.
 *
 * Those of a section .struct_ops are registered by their map, and stay until they are unregistered. Those
 * of .struct_ops.link are registered as long as there is a link, so it is pinned in a directory.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/abi.h"
#include "btf/btf.h"
#include "cli/noun.h"
#include "obj/obj.h"

enum { NAME_BYTES = 128, PATH_BYTES = 4096 };

static const char value_prefix[] = "bpf_struct_ops_";

/* "tcp_congestion_ops": of the map's value, in the kernel's types. */
static void kernel_name(struct engine *e, const struct engine_map_info *m, char to[NAME_BYTES])
{
	const struct btf *b = engine_vmlinux(e);
	const char *name = b ? btf_name(b, m->btf_vmlinux_value_type_id) : "";

	if (str_has_prefix(name, value_prefix))
		snprintf(to, NAME_BYTES, "%s", name + strlen(value_prefix));
	else
		snprintf(to, NAME_BYTES, "<unknown>"); /* a module's */
}

/* ---- show -------------------------------------------------------------------------------------- */

static void show(struct engine *e, const struct engine_map_info *m, struct out *o)
{
	char name[ENGINE_NAME + 1] = "", kernel[NAME_BYTES];

	memcpy(name, m->name, ENGINE_NAME);
	kernel_name(e, m, kernel);
	if (!out_is_json(o)) {
		out_text(o, "%u: %-15s %-32s\n", m->id, name, kernel);
		return;
	}
	out_object(o, NULL);
	out_uint(o, "id", m->id);
	out_str(o, "name", name);
	out_str(o, "kernel_struct_ops", kernel);
	out_end(o);
}

static void show_fd(struct engine *e, int fd, struct out *o)
{
	struct engine_map_info m = {0};

	if (fd >= 0 && !engine_info(e, fd, &m, sizeof(m)) && m.type == ABI_MAP_STRUCT_OPS)
		show(e, &m, o);
}

static int run_show(const struct opt_args *a)
{
	struct cli_words w = cli_words(a);
	struct cli_handle h = {0};
	struct engine *e = NULL;
	uint32_t id = 0;
	struct out o;
	int fd, err = cli_word(&w) ? cli_handle(&w, ENGINE_MAP, &h) : cli_engine(w.c, NULL, &e);

	if (!err)
		err = cli_words_end(&w);
	if (err) {
		cli_handle_done(&h);
		return noun_failed(w.c, "cannot look", err);
	}
	cli_out_init(w.c, &o);
	out_array(&o, NULL, OUT_LIST);
	for vec_each(&h.fd, have)
		show_fd(h.engine, *have, &o);
	while (e && !engine_next_id(e, ENGINE_MAP, id, &id)) {
		fd = engine_open_id(e, ENGINE_MAP, id);
		show_fd(e, fd, &o);
		engine_close(e, fd);
	}
	out_end(&o);
	cli_handle_done(&h);
	return cli_out_done(w.c, &o, CLI_OK);
}

/* ---- register ---------------------------------------------------------------------------------- */

struct job {
	struct cli *c;
	struct engine *e;
	const char *dir; /* of links; NULL: none */
	struct obj *obj; /* owned, as the next */
	struct engine_loaded loaded;
	bool any_loaded;
	unsigned done;
};

static void tell(struct job *j, int map, int link)
{
	struct engine_link_info l = {0};
	struct engine_map_info m = {0};
	char kernel[NAME_BYTES];

	if (cli_is_json(j->c) || engine_info(j->e, map, &m, sizeof(m)))
		return;
	kernel_name(j->e, &m, kernel);
	printf("Registered %s %.*s map id %u", kernel, ENGINE_NAME, m.name, m.id);
	if (link >= 0 && !engine_info(j->e, link, &l, sizeof(l)))
		printf(" link id %u", l.id);
	printf("\n");
	fflush(stdout);
}

static int register_link(struct job *j, const struct obj_map *m, int fd)
{
	struct kern_attach a = {.name = m->name, .prog = fd, .type = ABI_PROG_STRUCT_OPS};
	struct kern_link *link = NULL;
	char path[PATH_BYTES];
	int err;

	if (!j->dir)
		return diag_error(&j->c->diag, "struct_ops.link", DIAG_NONE,
				  "'%s' is registered by a link, which must be pinned to stay: in which directory?", m->name);
	if (mkdir(j->dir, 0700) && errno != EEXIST)
		return diag_error(&j->c->diag, "pin", diag_file(j->dir), "cannot make it: %s", strerror(errno));
	if (snprintf(path, sizeof(path), "%s/%s", j->dir, m->name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	err = kern_attach(j->e, &a, &j->c->diag, &link);
	if (!err) {
		err = engine_pin(j->e, kern_link_fd(link), path);
		if (err)
			diag_error(&j->c->diag, "pin", diag_file(path), "cannot pin the link: %s", strerror(-err));
		else
			tell(j, fd, kern_link_fd(link));
	}
	kern_detach(link);
	return err;
}

static int register_all(struct job *j)
{
	const struct engine_loaded_map *lm;
	int err = 0;

	for vec_each(&j->obj->map, m) {
		lm = m->kind == OBJ_MAP_STRUCT_OPS ? engine_loaded_map(&j->loaded, m->name) : NULL;
		if (err || !lm || lm->fd < 0)
			continue;
		if (m->ops->link)
			err = register_link(j, m, lm->fd);
		else
			tell(j, lm->fd, -1);
		j->done += !err;
	}
	return err;
}

static int run_register(const struct opt_args *a)
{
	struct cli_words w = cli_words(a);
	struct job j = {.c = w.c};
	const char *path = cli_word_take(&w, "an object");
	int err = path ? 0 : -EINVAL;

	j.dir = cli_word(&w) ? cli_word_take(&w, "a directory") : NULL;
	if (!err)
		err = cli_words_end(&w);
	if (!err)
		err = cli_engine(w.c, NULL, &j.e);
	if (!err)
		err = obj_open(path, NULL, &w.c->diag, &j.obj);
	if (!err) {
		const struct engine_load how = {.obj = j.obj, .attach_ops = true};

		err = engine_load(j.e, &how, &w.c->diag, &j.loaded);
		j.any_loaded = !err;
	}
	if (!err)
		err = register_all(&j);
	if (!err && !j.done)
		err = diag_error(&w.c->diag, "struct_ops.none", diag_file(path), "there are no struct_ops in it");
	if (err)
		noun_failed(w.c, "cannot register it", err);
	cli_show_diag(w.c); /* before what it points into goes */
	if (j.any_loaded)
		engine_loaded_done(&j.loaded);
	obj_free(j.obj);
	return err ? CLI_FAILED : noun_nothing(w.c);
}

/* ---- unregister -------------------------------------------------------------------------------- */

static int run_unregister(const struct opt_args *a)
{
	struct cli_words w = cli_words(a);
	struct engine_map_info m = {0};
	struct cli_handle h;
	char kernel[NAME_BYTES];
	const uint32_t zero = 0;
	int err = cli_handle_one(&w, ENGINE_MAP, &h);

	if (!err)
		err = cli_words_end(&w);
	if (!err)
		err = engine_info(h.engine, h.fd.at[0], &m, sizeof(m));
	if (!err && m.type != ABI_MAP_STRUCT_OPS)
		err = diag_error(&w.c->diag, "struct_ops.type", DIAG_NONE, "map %u is no struct_ops", m.id);
	if (!err)
		err = engine_map_delete(h.engine, h.fd.at[0], &zero);
	if (err == -EOPNOTSUPP) {
		diag_error(&w.c->diag, "struct_ops.link", DIAG_NONE, "map %u is registered by a link: end that", m.id);
	} else if (err) {
		noun_failed(w.c, "cannot unregister it", err);
	} else if (!cli_is_json(w.c)) {
		kernel_name(h.engine, &m, kernel);
		printf("Unregistered %s %.*s id %u\n", kernel, ENGINE_NAME, m.name, m.id);
	}
	cli_handle_done(&h);
	return err ? CLI_FAILED : noun_nothing(w.c);
}

/* ---- the commands ------------------------------------------------------------------------------ */

#define OPS_ARG "id N | name NAME"
#define SHOW_COMMAND(id, hidden_)                                                                          \
	static const struct opt_command id##_command = {                                                   \
		.name = #id, .args = "[" OPS_ARG "]", .summary = "list the struct_ops that are loaded",    \
		.run = run_show, .min_args = 0, .max_args = -1, .hidden = hidden_,                         \
	}

SHOW_COMMAND(show, false);
SHOW_COMMAND(list, true);

static const struct opt_example register_examples[] = {
	{"skep struct_ops register cc.bpf.o /sys/fs/bpf/cc", "links are pinned in that directory"},
	{0},
};

static const struct opt_command register_command = {
	.name = "register",
	.args = "OBJECT [DIR]",
	.summary = "load the struct_ops of an object and register them",
	.examples = register_examples,
	.run = run_register,
	.min_args = 1,
	.max_args = 2,
	.complete = "file",
};

static const struct opt_command unregister_command = {
	.name = "unregister",
	.args = OPS_ARG,
	.summary = "end what register did without a link",
	.run = run_unregister,
	.min_args = 1,
	.max_args = -1,
};

static const struct opt_command *const subs[] = {&show_command, &list_command, &register_command, &unregister_command, NULL};

const struct opt_command cmd_struct_ops = {
	.name = "struct_ops",
	.summary = "show and register operations that programs implement",
	.sub = subs,
};
