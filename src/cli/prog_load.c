/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep prog load, loadall, attach, detach: programs into the kernel to stay there, in bpftool's words.
 *
 *	load OBJ PATH [type TYPE] [map idx N|name NAME MAP]... [dev NAME] [pinmaps DIR] [autoattach] [kernel_btf FILE]
 *	loadall OBJ DIR ...
 *
 * What was pinned before a failure is taken away again. With autoattach links are pinned in the place of
 * programs, where the section says to what they are attached.
 */
#include <net/if.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/abi.h"
#include "btf/btf.h"
#include "cli/prog.h"
#include "obj/obj.h"

enum { MAPS_MAX = 4096, PINS_MAX = 16384, PATH_BYTES = 4096 };

/* "map idx 2 id 7": instead of the object's third map, that one. */
struct instead {
	uint64_t index;
	const char *name; /* NULL: by index */
	struct cli_handle h;
};

struct load {
	struct cli_words w;
	struct cli *c;
	bool all, attach;
	const char *path, *pin_maps, *kernel_btf;
	const struct abi_section *type; /* NULL: by sections */
	uint32_t ifindex;
	VEC(struct instead) instead;
	struct engine *engine;
	struct obj *obj;     /* owned, as what follows */
	struct btf *vmlinux;
	struct engine_loaded loaded;
	bool any_loaded;
	VEC(struct kern_link *) link;
	VEC(char *) pinned;
};

/* ---- what is asked for ------------------------------------------------------------------------- */

static int read_type(struct load *l)
{
	const char *s = cli_word_take(&l->w, "a type of program");
	struct abi_section_match m;
	char text[64];

	if (!s)
		return -EINVAL;
	snprintf(text, sizeof(text), "%s", s);
	if (!abi_section_find(text, strlen(text), &m)) /* "socket", "kprobe": both spellings are in use */
		return diag_error(&l->c->diag, "prog.type", DIAG_NONE, "there is no type of program '%s'", s);
	l->type = m.row;
	return 0;
}

static int read_map(struct load *l)
{
	struct instead i = {0};
	int err = 0;

	if (cli_word_is(&l->w, "idx")) {
		err = cli_word_number(&l->w, "index", UINT32_MAX, &i.index);
	} else if (cli_word_is(&l->w, "name")) {
		i.name = cli_word_take(&l->w, "the name of a map of the object");
		err = i.name ? 0 : -EINVAL;
	} else {
		err = diag_error(&l->c->diag, "usage.operand", DIAG_NONE, "which map of the object: idx N or name NAME?");
	}
	if (err)
		return err;
	err = cli_handle_one(&l->w, ENGINE_MAP, &i.h);
	if (!err)
		err = vec_push(&l->instead, i);
	if (err)
		cli_handle_done(&i.h);
	return err;
}

static int read_dev(struct load *l)
{
	const char *s = cli_word_take(&l->w, "an interface");

	l->ifindex = s ? if_nametoindex(s) : 0;
	if (s && !l->ifindex)
		return diag_error(&l->c->diag, "prog.dev", DIAG_NONE, "there is no interface '%s'", s);
	return s ? 0 : -EINVAL;
}

static int read_path(struct load *l, const char **ret_path)
{
	*ret_path = cli_word_take(&l->w, "a path");
	return *ret_path ? 0 : -EINVAL;
}

static int read_how(struct load *l)
{
	int err = 0;

	while (!err && cli_word(&l->w)) {
		if (cli_word_is(&l->w, "type"))
			err = read_type(l);
		else if (cli_word_is(&l->w, "map"))
			err = read_map(l);
		else if (cli_word_is(&l->w, "dev") || cli_word_is(&l->w, "offload_dev") || cli_word_is(&l->w, "xdpmeta_dev"))
			err = read_dev(l);
		else if (cli_word_is(&l->w, "pinmaps"))
			err = read_path(l, &l->pin_maps);
		else if (cli_word_is(&l->w, "kernel_btf"))
			err = read_path(l, &l->kernel_btf);
		else if (cli_word_is(&l->w, "autoattach"))
			l->attach = true;
		else
			err = cli_words_end(&l->w);
	}
	return err;
}

/* ---- loading ----------------------------------------------------------------------------------- */

static int name_map(const struct load *l, const struct instead *i, struct engine_load_map *m)
{
	if (!i->name && i->index >= l->obj->map.n)
		return diag_error(&l->c->diag, "prog.map", diag_file(l->obj->path), "it has %zu maps, and none with index %llu",
				  l->obj->map.n, (unsigned long long)i->index);
	*m = (struct engine_load_map){.name = i->name ? i->name : l->obj->map.at[i->index].name, .fd = i->h.fd.at[0]};
	for vec_each(&l->obj->map, have)
		if (!strcmp(have->name, m->name))
			return 0;
	return diag_error(&l->c->diag, "prog.map", diag_file(l->obj->path), "it has no map '%s'", m->name);
}

static int load_object(struct load *l)
{
	struct engine_load how = {.obj = l->obj, .vmlinux = l->vmlinux, .ifindex = l->ifindex, .log_level = l->c->verbose > 1};
	struct engine_load_map *maps = mem_alloc_array(l->instead.n + 1, sizeof(*maps));
	struct engine_load_prog *progs = mem_alloc_array(l->obj->prog.n + 1, sizeof(*progs));
	size_t n = 0;
	int err = maps && progs ? 0 : -ENOMEM;

	for vec_each(&l->instead, i)
		if (!err)
			err = name_map(l, i, &maps[how.maps++]);
	for vec_each(&l->obj->prog, p) {
		if (err || p->func)
			continue;
		if (!l->all && n)
			progs[n++] = (struct engine_load_prog){.name = p->name, .skip = true};
		else if (l->type)
			progs[n++] = (struct engine_load_prog){.name = p->name, .load = true, .type = l->type->prog,
							       .attach = l->type->attach};
		else
			progs[n++] = (struct engine_load_prog){.name = p->name, .load = !l->all};
	}
	if (!err && !n)
		err = diag_error(&l->c->diag, "prog.none", diag_file(l->obj->path), "there is no program in it");
	how.map = maps;
	how.prog = progs;
	how.progs = n;
	if (!err)
		err = engine_load(l->engine, &how, &l->c->diag, &l->loaded);
	l->any_loaded = !err;
	mem_free(maps);
	mem_free(progs);
	return err;
}

/* ---- pinning ----------------------------------------------------------------------------------- */

static int pin_at(struct load *l, int fd, const char *path)
{
	size_t n = strlen(path) + 1;
	char *copy = mem_alloc(n);
	int err = copy ? vec_reserve(&l->pinned, l->pinned.n + 1) : -ENOMEM;

	if (!err)
		err = engine_pin(l->engine, fd, path);
	if (err) {
		mem_free(copy);
		diag_error(&l->c->diag, "pin", diag_file(path), "cannot pin: %s", strerror(-err));
		return err;
	}
	memcpy(copy, path, n);
	return vec_push(&l->pinned, copy);
}

/* Below a directory, which is made; a "." is not for names of that file system. */
static int pin_in(struct load *l, int fd, const char *dir, const char *name)
{
	char path[PATH_BYTES];
	int base = snprintf(path, sizeof(path), "%s/", dir), n, i;

	if (mkdir(dir, 0700) && errno != EEXIST)
		return diag_error(&l->c->diag, "pin", diag_file(dir), "cannot make it: %s", strerror(errno));
	n = base >= (int)sizeof(path) ? base : base + snprintf(path + base, sizeof(path) - (size_t)base, "%s", name);
	if (n >= (int)sizeof(path))
		return -ENAMETOOLONG;
	for (i = base; i < n; i++)
		if (path[i] == '.' || path[i] == '/')
			path[i] = '_';
	return pin_at(l, fd, path);
}

/* Its link; NULL without error: its section does not say where it goes. */
static int attach(struct load *l, const struct obj_prog *p, const struct engine_loaded_prog *lp, struct kern_link **ret_link)
{
	struct kern_attach a = {.name = p->name, .prog = lp->fd, .type = lp->type, .attach = lp->attach, .row = p->row,
				.target = p->target};
	int err;

	if (!p->row || p->row->how == ABI_SEC_HOW_MANUAL) {
		if (!cli_is_json(l->c))
			printf("Program %s does not support autoattach, falling back to pinning\n", p->name);
		return 0;
	}
	err = kern_attach(l->engine, &a, &l->c->diag, ret_link);
	if (!err) {
		err = vec_push(&l->link, *ret_link);
		if (err)
			kern_detach(*ret_link);
	}
	if (!err && kern_link_fd(*ret_link) < 0)
		err = diag_error(&l->c->diag, "pin", DIAG_NONE, "the attachment of '%s' has no link on this kernel, and cannot stay",
				 p->name);
	return err;
}

static int pin_one(struct load *l, const struct obj_prog *p, const struct engine_loaded_prog *lp)
{
	struct kern_link *link = NULL;
	int err = l->attach ? attach(l, p, lp, &link) : 0, fd = link ? kern_link_fd(link) : lp->fd;

	if (err)
		return err;
	return l->all ? pin_in(l, fd, l->path, p->name) : pin_at(l, fd, l->path);
}

static int pin_all(struct load *l)
{
	const struct engine_loaded_prog *lp;
	int err = 0;

	for vec_each(&l->obj->prog, p) {
		lp = err || p->func ? NULL : engine_loaded_prog(&l->loaded, p->name);
		if (lp && lp->fd >= 0)
			err = pin_one(l, p, lp);
	}
	for vec_each(&l->loaded.map, m)
		if (!err && l->pin_maps && m->fd >= 0 && !m->reused)
			err = pin_in(l, m->fd, l->pin_maps, m->name);
	return err;
}

static void done(struct load *l, int err)
{
	for vec_each(&l->pinned, p) {
		if (err)
			unlink(*p);
		mem_free(*p);
	}
	vec_done(&l->pinned);
	for vec_each(&l->link, link)
		kern_detach(*link);
	vec_done(&l->link);
	if (err && l->all && l->path)
		rmdir(l->path); /* stays when somebody else's pins are in it */
	if (l->any_loaded)
		engine_loaded_done(&l->loaded);
	for vec_each(&l->instead, i)
		cli_handle_done(&i->h);
	vec_done(&l->instead);
	obj_free(l->obj);
	btf_unref(l->vmlinux);
}

static int load(const struct opt_args *a, bool all)
{
	struct load l = {.w = cli_words(a), .c = cli_of(a), .all = all, .instead = VEC_INIT(MAPS_MAX),
			 .link = VEC_INIT(PINS_MAX), .pinned = VEC_INIT(PINS_MAX)};
	const char *file = cli_word_take(&l.w, "an object");
	int err = file ? read_path(&l, &l.path) : -EINVAL;

	if (!err)
		err = read_how(&l);
	if (!err)
		err = cli_engine(l.c, NULL, &l.engine);
	if (!err)
		err = obj_open(file, NULL, &l.c->diag, &l.obj);
	if (!err && l.kernel_btf)
		err = cli_btf_file(l.c, l.kernel_btf, NULL, &l.vmlinux);
	if (!err)
		err = load_object(&l);
	if (!err)
		err = pin_all(&l);
	if (err)
		noun_failed(l.c, "cannot load it", err);
	cli_show_diag(l.c); /* before what it points into goes */
	done(&l, err);
	return err ? CLI_FAILED : noun_nothing(l.c);
}

static int run_load(const struct opt_args *a)
{
	return load(a, false);
}

static int run_loadall(const struct opt_args *a)
{
	return load(a, true);
}

/* ---- attach, detach ---------------------------------------------------------------------------- */

/* The program, the attach type, the map: 0 stands for this network namespace. */
static int change(const struct opt_args *a, uint32_t cmd)
{
	struct cli_words w = cli_words(a);
	struct cli_handle prog, map = {0};
	const struct abi_attach_type *type = NULL;
	union engine_attr attr = {0};
	const char *s = NULL;
	int err = cli_handle_one(&w, ENGINE_PROG, &prog);

	if (!err) {
		s = cli_word_take(&w, "an attach type");
		type = s ? abi_attach_type_by_name(s, strlen(s)) : NULL;
		err = type ? 0 : -EINVAL;
	}
	if (s && (!type || (type->link != ABI_LINK_SOCKMAP && type->id != ABI_ATTACH_FLOW_DISSECTOR)))
		err = diag_error(&w.c->diag, "prog.attach", DIAG_NONE,
				 "'%s' cannot be attached so: sk_msg_verdict, sk_skb_verdict, sk_skb_stream_verdict, "
				 "sk_skb_stream_parser or flow_dissector", s);
	if (!err && type->id != ABI_ATTACH_FLOW_DISSECTOR)
		err = cli_handle_one(&w, ENGINE_MAP, &map);
	if (!err)
		err = cli_words_end(&w);
	if (!err) {
		attr.attach.target_fd = map.fd.n ? (uint32_t)map.fd.at[0] : 0;
		attr.attach.attach_bpf_fd = (uint32_t)prog.fd.at[0];
		attr.attach.attach_type = type->id;
		err = engine_bpf(prog.engine, cmd, &attr, sizeof(attr.attach));
		if (err)
			noun_failed(w.c, cmd == ABI_CMD_PROG_ATTACH ? "cannot attach" : "cannot detach", err);
	}
	cli_handle_done(&prog);
	cli_handle_done(&map);
	return err ? CLI_FAILED : noun_nothing(w.c);
}

static int run_attach(const struct opt_args *a)
{
	return change(a, ABI_CMD_PROG_ATTACH);
}

static int run_detach(const struct opt_args *a)
{
	return change(a, ABI_CMD_PROG_DETACH);
}

/* ---- the commands ------------------------------------------------------------------------------ */

#define LOAD_ARGS " [type TYPE] [map idx N|name NAME MAP]... [dev NAME] [pinmaps DIR] [autoattach] [kernel_btf FILE]"
#define ATTACH_ARGS PROG_ARG " sk_msg_verdict|sk_skb_verdict|sk_skb_stream_verdict|sk_skb_stream_parser MAP | flow_dissector"

static const struct opt_example load_examples[] = {
	{"skep prog load filter.bpf.o /sys/fs/bpf/filter pinmaps /sys/fs/bpf/maps", "the first program, and all maps"},
	{0},
};

const struct opt_command prog_load_command = {
	.name = "load",
	.args = "OBJECT PATH" LOAD_ARGS,
	.summary = "load the first program of an object and pin it",
	.examples = load_examples,
	.run = run_load,
	.min_args = 2,
	.max_args = -1,
	.complete = "file",
};

static const struct opt_example loadall_examples[] = {
	{"skep prog loadall trace.bpf.o /sys/fs/bpf/trace autoattach", "all programs, attached: links are pinned"},
	{0},
};

const struct opt_command prog_loadall_command = {
	.name = "loadall",
	.args = "OBJECT DIR" LOAD_ARGS,
	.summary = "load all programs of an object and pin them below a directory",
	.examples = loadall_examples,
	.run = run_loadall,
	.min_args = 2,
	.max_args = -1,
	.complete = "file",
};

static const struct opt_example attach_examples[] = {
	{"skep prog attach pinned /sys/fs/bpf/verdict sk_skb_verdict name socks", "to the sockets in a map"},
	{0},
};

const struct opt_command prog_attach_command = {
	.name = "attach",
	.args = ATTACH_ARGS,
	.summary = "attach a program to a map of sockets, or to this network namespace",
	.examples = attach_examples,
	.run = run_attach,
	.min_args = 1,
	.max_args = -1,
};

const struct opt_command prog_detach_command = {
	.name = "detach",
	.args = ATTACH_ARGS,
	.summary = "end what attach did",
	.run = run_detach,
	.min_args = 1,
	.max_args = -1,
};
