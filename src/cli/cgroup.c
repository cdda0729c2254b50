/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep cgroup: programs of cgroups, in bpftool's words.
 *
 * Each attach type is asked for by itself; what a kernel or a cgroup does not know has no programs. A
 * cgroup that cannot be looked into does not end a tree.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/abi.h"
#include "btf/btf.h"
#include "cli/noun.h"

enum { PROGS_MAX = 1024, MOUNTS_MAX = 1 << 20, TREE_FDS = 64, QUERY_EFFECTIVE = 1, FLAG_OVERRIDE = 1, FLAG_MULTI = 2 };

struct show {
	struct cli *c;
	struct engine *e;
	struct out *o;
	bool effective, tree;
	bool below; /* tree: not its root, whose programs are not indented */
	const struct btf *btf; /* names of LSM hooks; NULL: none */
};

/* ---- one cgroup -------------------------------------------------------------------------------- */

static const char *flags_text(uint32_t flags, char number[16])
{
	if (!flags)
		return "";
	if (flags == FLAG_MULTI)
		return "multi";
	if (flags == FLAG_OVERRIDE)
		return "override";
	snprintf(number, 16, "%x", flags);
	return number;
}

/* An LSM hook of the kernel itself; modules' are numbers. */
static void show_hook(const struct show *s, const struct engine_prog_info *p)
{
	const char *name = s->btf && p->attach_btf_id ? btf_name(s->btf, p->attach_btf_id) : "";

	if (out_is_json(s->o)) {
		out_str(s->o, "attach_btf_name", str_has_prefix(name, "bpf_lsm_") ? name + 8 : "");
		out_uint(s->o, "attach_btf_obj_id", p->attach_btf_obj_id);
		out_uint(s->o, "attach_btf_id", p->attach_btf_id);
	} else if (str_has_prefix(name, "bpf_lsm_")) {
		out_text(s->o, " %-15s", name + 8);
	} else if (p->attach_btf_id) {
		out_text(s->o, " attach_btf_obj_id=%u attach_btf_id=%u", p->attach_btf_obj_id, p->attach_btf_id);
	}
}

static void show_prog(const struct show *s, uint32_t id, const struct abi_attach_type *type, uint32_t flags)
{
	int fd = engine_open_id(s->e, ENGINE_PROG, id);
	struct engine_prog_info p = {0};
	char name[ENGINE_NAME + 1] = "", number[16];
	int err = fd < 0 ? fd : engine_info(s->e, fd, &p, sizeof(p));

	engine_close(s->e, fd);
	if (err) /* it went away meanwhile */
		return;
	memcpy(name, p.name, ENGINE_NAME);
	if (out_is_json(s->o)) {
		out_object(s->o, NULL);
		out_uint(s->o, "id", id);
		out_str(s->o, "attach_type", type->name);
		if (!s->effective)
			out_str(s->o, "attach_flags", flags_text(flags, number));
		out_str(s->o, "name", name);
		show_hook(s, &p);
		out_end(s->o);
		return;
	}
	out_text(s->o, "%s%-8u %-15s", s->below ? "    " : "", id, type->name);
	if (!s->effective)
		out_text(s->o, " %-15s", flags_text(flags, number));
	out_text(s->o, " %-15s", name);
	show_hook(s, &p);
	out_text(s->o, "\n");
}

struct progs {
	uint32_t id[PROGS_MAX], flags[PROGS_MAX], count, attach_flags;
};

static int query(const struct show *s, int cgroup, uint32_t attach, struct progs *p)
{
	union engine_attr attr = {.query = {.target_fd = (uint32_t)cgroup,
					    .attach_type = attach,
					    .query_flags = s->effective ? QUERY_EFFECTIVE : 0,
					    .prog_ids = engine_ptr(p->id),
					    .prog_attach_flags = s->effective ? 0 : engine_ptr(p->flags),
					    .count = PROGS_MAX}};
	int err;

	memset(p, 0, sizeof(*p));
	err = engine_bpf(s->e, ABI_CMD_PROG_QUERY, &attr, sizeof(attr.query));
	if (err == -EINVAL || err == -E2BIG) { /* a kernel without flags of each program */
		attr.query.prog_attach_flags = 0;
		err = engine_bpf(s->e, ABI_CMD_PROG_QUERY, &attr, sizeof(attr.query));
	}
	p->count = err ? 0 : attr.query.count;
	p->attach_flags = attr.query.attach_flags;
	return err;
}

/* How many there are; shows them if there is somewhere to. *ret_err: why nothing could be asked. */
static uint32_t each_type(const struct show *s, int cgroup, bool shown, int *ret_err)
{
	const struct abi_attach_type *type;
	struct progs p;
	uint32_t attach, i, n = 0;
	int err;

	*ret_err = -EINVAL;
	for (attach = 0; attach < _ABI_ATTACH_MAX; attach++) {
		type = abi_attach_type(attach);
		if (!type || type->link != ABI_LINK_CGROUP)
			continue;
		err = query(s, cgroup, attach, &p);
		if (!err || *ret_err == -EINVAL)
			*ret_err = err;
		for (i = 0; i < p.count && shown; i++)
			show_prog(s, p.id[i], type, p.flags[i] ? p.flags[i] : p.attach_flags);
		n += p.count;
	}
	return n;
}

/* ---- show -------------------------------------------------------------------------------------- */

static void show_heading(const struct show *s)
{
	if (s->tree)
		out_text(s->o, "CgroupPath\n");
	if (s->effective)
		out_text(s->o, "%-8s %-15s %-15s\n", "ID", "AttachType", "Name");
	else
		out_text(s->o, "%-8s %-15s %-15s %-15s\n", "ID", "AttachType", "AttachFlags", "Name");
}

static int open_cgroup(struct cli *c, const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	fd = -errno;
	diag_error(&c->diag, "cgroup", diag_file(path), "cannot open the cgroup: %s", strerror(-fd));
	return fd;
}

static int begin(const struct opt_args *a, struct cli_words *w, struct show *s)
{
	*w = cli_words(a);
	*s = (struct show){.c = w->c};
	return cli_engine(w->c, NULL, &s->e);
}

/* Hooks have names only where somebody asks for the kernel's own types. */
static void find_types(struct show *s)
{
	s->btf = engine_vmlinux(s->e);
}

static int run_show(const struct opt_args *a)
{
	struct cli_words w;
	struct show s;
	struct out o;
	const char *path;
	uint32_t n;
	int err = begin(a, &w, &s), fd = -1, status;

	path = err ? NULL : cli_word_take(&w, "a cgroup");
	s.effective = path && cli_word_is(&w, "effective");
	if (path)
		err = cli_words_end(&w);
	if (!err && path)
		fd = open_cgroup(w.c, path);
	if (fd < 0)
		return CLI_FAILED;
	n = each_type(&s, fd, false, &err);
	if (!n && err) {
		diag_error(&w.c->diag, "cgroup", diag_file(path), "cannot ask for its programs: %s", strerror(-err));
		close(fd);
		return CLI_FAILED;
	}
	cli_out_init(w.c, &o);
	s.o = &o;
	find_types(&s);
	out_array(&o, NULL, OUT_LIST);
	if (n)
		show_heading(&s);
	each_type(&s, fd, true, &err);
	out_end(&o);
	status = cli_out_done(w.c, &o, CLI_OK);
	close(fd);
	return status;
}

/* ---- tree -------------------------------------------------------------------------------------- */

/* nftw() passes nothing on. */
static struct show *tree_now;

static int tree_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	struct show *s = tree_now;
	int fd, err;

	(void)st;
	if (flag != FTW_D)
		return 0;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	s->below = ftw->level > 0;
	if (each_type(s, fd, false, &err)) {
		if (out_is_json(s->o)) {
			out_object(s->o, NULL);
			out_str(s->o, "cgroup", path);
			out_array(s->o, "programs", OUT_LIST);
		} else {
			out_text(s->o, "%s\n", path);
		}
		each_type(s, fd, true, &err);
		if (out_is_json(s->o)) {
			out_end(s->o);
			out_end(s->o);
		}
	}
	close(fd);
	return s->o->err;
}

/* Where cgroup2 is mounted. */
static char *find_root(struct cli *c, char path[4096])
{
	char type[64], line[8192];
	FILE *f = fopen("/proc/self/mounts", "re");
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%*s %4095s %63s", path, type) == 2 && !strcmp(type, "cgroup2");
	if (f)
		fclose(f);
	if (!found)
		diag_error(&c->diag, "cgroup", DIAG_NONE, "cgroup2 is mounted nowhere here");
	return found ? path : NULL;
}

static int run_tree(const struct opt_args *a)
{
	char found[4096];
	struct stat st;
	const char *path = NULL;
	struct cli_words w;
	struct show s;
	struct out o;
	int err = begin(a, &w, &s);

	if (!err && cli_word(&w) && !cli_word_is(&w, "effective"))
		path = cli_word_take(&w, "a cgroup");
	s.effective = w.i && (cli_word_is(&w, "effective") || str_has_prefix("effective", w.at[w.i - 1]));
	if (!err)
		err = cli_words_end(&w);
	if (!err && !path)
		path = find_root(w.c, found);
	if (err || !path)
		return CLI_FAILED;
	if (stat(path, &st)) {
		diag_error(&w.c->diag, "cgroup", diag_file(path), "cannot open the cgroup: %s", strerror(errno));
		return CLI_FAILED;
	}
	cli_out_init(w.c, &o);
	s.o = &o;
	s.tree = true;
	find_types(&s);
	out_array(&o, NULL, OUT_LIST);
	show_heading(&s);
	tree_now = &s;
	err = nftw(path, tree_one, TREE_FDS, FTW_PHYS | FTW_MOUNT);
	tree_now = NULL;
	out_end(&o);
	return cli_out_done(w.c, &o, err ? CLI_FAILED : CLI_OK);
}

/* ---- attach, detach ---------------------------------------------------------------------------- */

static const struct abi_attach_type *take_type(struct cli_words *w)
{
	const char *s = cli_word_take(w, "an attach type"), *names[_ABI_ATTACH_MAX], *near;
	const struct abi_attach_type *t = s ? abi_attach_type_by_name(s, strlen(s)) : NULL, *any;
	size_t n = 0;
	unsigned i;

	if (!s || (t && t->link == ABI_LINK_CGROUP))
		return t;
	for (i = 0; i < _ABI_ATTACH_MAX; i++) {
		any = abi_attach_type(i);
		if (any && any->link == ABI_LINK_CGROUP)
			names[n++] = any->name;
	}
	diag_error(&w->c->diag, "cgroup.type", DIAG_NONE, "'%s' is no attach type of cgroups", s);
	near = near_best(s, strlen(s), names, n);
	if (near)
		diag_note(&w->c->diag, DIAG_NONE, "did you mean '%s'?", near);
	return NULL;
}

static int change(const struct opt_args *a, uint32_t cmd)
{
	struct cli_words w = cli_words(a);
	struct cli_handle prog = {0};
	const char *path = cli_word_take(&w, "a cgroup");
	const struct abi_attach_type *type = NULL;
	union engine_attr attr = {0};
	int fd = path ? open_cgroup(w.c, path) : -EINVAL, err = fd < 0 ? fd : 0;

	if (!err)
		type = take_type(&w);
	if (!err && !type)
		err = -EINVAL;
	if (!err)
		err = cli_handle_one(&w, ENGINE_PROG, &prog);
	while (!err && cmd == ABI_CMD_PROG_ATTACH && cli_word(&w)) {
		if (cli_word_is(&w, "multi"))
			attr.attach.attach_flags |= FLAG_MULTI;
		else if (cli_word_is(&w, "override"))
			attr.attach.attach_flags |= FLAG_OVERRIDE;
		else
			break;
	}
	if (!err)
		err = cli_words_end(&w);
	if (!err) {
		attr.attach.target_fd = (uint32_t)fd;
		attr.attach.attach_bpf_fd = (uint32_t)prog.fd.at[0];
		attr.attach.attach_type = type->id;
		err = engine_bpf(prog.engine, cmd, &attr, sizeof(attr.attach));
		if (err)
			noun_failed(w.c, cmd == ABI_CMD_PROG_ATTACH ? "cannot attach" : "cannot detach", err);
	}
	cli_handle_done(&prog);
	if (fd >= 0)
		close(fd);
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

#define PROG_ARG "id N | pinned PATH | tag TAG | name NAME"
#define SHOW_COMMAND(id, hidden_)                                                                              \
	static const struct opt_command id##_command = {                                                       \
		.name = #id, .args = "CGROUP [effective]", .summary = "list the programs of a cgroup",         \
		.run = run_show, .min_args = 1, .max_args = 2, .complete = "dir", .hidden = hidden_,           \
	}

SHOW_COMMAND(show, false);
SHOW_COMMAND(list, true);

static const struct opt_command tree_command = {
	.name = "tree",
	.args = "[CGROUP] [effective]",
	.summary = "list the programs of a cgroup and of all below it",
	.run = run_tree,
	.min_args = 0,
	.max_args = 2,
	.complete = "dir",
};

static const struct opt_example attach_examples[] = {
	{"skep cgroup attach /sys/fs/cgroup/app cgroup_inet_egress pinned /sys/fs/bpf/filter multi", "one of several there"},
	{0},
};

static const struct opt_command attach_command = {
	.name = "attach",
	.args = "CGROUP TYPE " PROG_ARG " [multi|override]",
	.summary = "attach a program to a cgroup",
	.about = "Attaches a loaded program to a cgroup. Alone it is the only one there, and below; with override "
		 "cgroups below may have another in its place, with multi they and this one may have more.",
	.examples = attach_examples,
	.run = run_attach,
	.min_args = 3,
	.max_args = -1,
	.complete = "dir",
};

static const struct opt_command detach_command = {
	.name = "detach",
	.args = "CGROUP TYPE " PROG_ARG,
	.summary = "take a program from a cgroup",
	.run = run_detach,
	.min_args = 3,
	.max_args = -1,
	.complete = "dir",
};

static const struct opt_command *const subs[] = {&show_command,	  &list_command,   &tree_command,
						 &attach_command, &detach_command, NULL};

const struct opt_command cmd_cgroup = {
	.name = "cgroup",
	.summary = "show, attach and detach programs of cgroups",
	.sub = subs,
};
