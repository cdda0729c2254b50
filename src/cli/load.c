/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep load: an object into the kernel, attached by its sections' names, its events shown until ^C.
 *
 * Attachments are links or descriptors of this process, so that they end with it, however it ends. The few
 * that the kernel has no descriptor for (XDP by netlink, TC filters, sockets of others, cgroups on old
 * kernels) are made, and taken away, by a guard of ours, should we be killed. With --pin everything stays below a directory of a bpf file system, and the command ends at once.
 */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/abi.h"
#include "btf/btf.h"
#include "cli/events.h"
#include "cli/guard.h"
#include "cli/map_walk.h"
#include "kern/kern.h"
#include "obj/obj.h"

enum { ITER_TEXT_MAX = 64 << 20, ITER_CHUNK = 65536 };
enum { POLLS_MAX = 16384, PATH_BYTES = 4096, ATTACHED_MAX = 16384, IDLE_MS = 200 };

struct load_options {
	struct opt_list set, map, event, prog;
	const char *pin, *dev, *cgroup, *netns, *perf, *mode, *btf, *sockmap, *walk, *socket, *order, *priority;
	uint64_t pid, interval, duration, cookie, top, handle;
	bool no_attach, replace, stats, egress, override, defrag;
	int xdp_mode, family, hook;
};

struct attached {
	struct kern_link *link; /* owned; NULL: it is the guard's */
	struct cli_guard guard;
	const struct engine_loaded_prog *prog; /* NULL: a map of struct_ops */
	const char *iter; /* what it walks; NULL: no iterator */
};

struct load {
	struct cli *c;
	const struct load_options *o;
	struct obj *obj; /* owned */
	struct btf *btf; /* owned: of --btf; NULL: the engine's own */
	struct engine *engine;
	struct engine_loaded loaded;
	bool any_loaded;
	VEC(struct attached) attached;
	VEC(const char *) pinned; /* paths, in the object's arena */
	struct cli_events *events; /* owned */
	int stats;		   /* descriptor: run times are counted while it is open; -1 */
	int socket;		   /* descriptor, of --socket; -1 */
	uint32_t flags, relative;  /* of --order, --override, --defrag */
	int32_t priority;
	uint64_t begin, last_print; /* ns */
	struct out out;
};

static volatile sig_atomic_t asked_to_end;

static void on_signal(int sig)
{
	(void)sig;
	asked_to_end = 1;
}

/* ---- loading --------------------------------------------------------------------------------- */

/* Tables of .struct_ops get a link as those of .struct_ops.link: so they end with us, and not never. */
static void link_struct_ops(struct obj *o)
{
	for vec_each(&o->map, m) {
		if (!m->ops)
			continue;
		m->ops->link = true;
		m->attr.flags |= ABI_F_MAP_LINK;
	}
}

static bool is_listed(const struct load *l, const char *prog)
{
	size_t i;

	for (i = 0; i < l->o->prog.n; i++)
		if (!strcmp(l->o->prog.at[i], prog))
			return true;
	return !l->o->prog.n;
}

/* The kernel would only say that something is wrong. */
static int check_sections(struct load *l)
{
	const char *names[256], *near;
	size_t n = 0;

	for (; n < ARRAY_LEN(names) && abi_section(n); n++)
		names[n] = abi_section(n)->name;
	for vec_each(&l->obj->prog, p) {
		if (p->func || p->row || p->type || !is_listed(l, p->name))
			continue;
		diag_error(&l->c->diag, "load.section", diag_file(l->obj->path),
			   "section '%s' of program '%s' names no type of program", p->section, p->name);
		near = near_best(p->section, strcspn(p->section, "/"), names, n);
		if (near)
			diag_note(&l->c->diag, DIAG_NONE, "did you mean '%s'?", near);
		return -EINVAL;
	}
	return 0;
}

static int load_object(struct load *l)
{
	struct engine_load how = {.obj = l->obj, .vmlinux = l->btf, .log_level = l->c->verbose > 1 ? 2 : l->c->verbose};
	struct engine_load_prog *list = mem_alloc_array(l->o->prog.n + 1, sizeof(*list));
	size_t i;
	int err = list ? 0 : -ENOMEM;

	for (i = 0; i < l->o->prog.n && !err; i++)
		list[i] = (struct engine_load_prog){.name = l->o->prog.at[i], .load = true};
	how.prog = list;
	how.progs = l->o->prog.n;
	how.only_listed = l->o->prog.n;
	if (!err)
		err = engine_load(l->engine, &how, &l->c->diag, &l->loaded);
	l->any_loaded = !err;
	mem_free(list);
	for (i = 0; !err && i < l->loaded.prog.n; i++)
		if (l->loaded.prog.at[i].log && *l->loaded.prog.at[i].log)
			fputs(l->loaded.prog.at[i].log, stderr);
	return err;
}

/* ---- attaching ------------------------------------------------------------------------------- */

/* Where interfaces, filters and sockets are looked for from now on: the namespace of a path, or a name of ip-netns(8). */
static int enter_netns(struct load *l)
{
	const char *name = l->o->netns;
	char path[PATH_BYTES];
	int n = snprintf(path, sizeof(path), "%s%s", strchr(name, '/') ? "" : "/run/netns/", name);
	int fd = n < 0 || n >= (int)sizeof(path) ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	int err = fd < 0 || setns(fd, CLONE_NEWNET) ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return err ? diag_error(&l->c->diag, "load.netns", DIAG_NONE, "network namespace %s: %s", name, strerror(-err)) : 0;
}

/* "PID:FD" */
static int find_socket(struct load *l)
{
	const char *s = l->o->socket, *colon = strchr(s, ':');
	uint64_t pid, fd;

	if (!colon || num_parse_u64(s, (size_t)(colon - s), &pid) || num_parse_u64(colon + 1, strlen(colon + 1), &fd) ||
	    pid > INT32_MAX || fd > INT32_MAX)
		return diag_error(&l->c->diag, "usage.socket", DIAG_NONE, "--socket takes PID:FD, not '%.64s'", s);
	l->socket = kern_socket_of((int)pid, (int)fd);
	return l->socket < 0 ? diag_error(&l->c->diag, "load.socket", DIAG_NONE, "descriptor %llu of process %llu: %s",
					  (unsigned long long)fd, (unsigned long long)pid, strerror(-l->socket))
			     : 0;
}

static bool is_word(const char *s, size_t n, const char *word)
{
	return strlen(word) == n && !memcmp(s, word, n);
}

/* "first", "last", "before:PROG-ID", "after:PROG-ID" */
static int read_order(struct load *l)
{
	const char *s = l->o->order, *colon = strchr(s, ':');
	const size_t n = colon ? (size_t)(colon - s) : strlen(s);
	const bool before = is_word(s, n, colon ? "before" : "first"), after = is_word(s, n, colon ? "after" : "last");
	uint64_t id = 0;

	if ((!before && !after) || (colon && (num_parse_u64(colon + 1, strlen(colon + 1), &id) || !id || id > UINT32_MAX)))
		return diag_error(&l->c->diag, "usage.order", DIAG_NONE,
				  "--order takes first, last, before:ID or after:ID, with the id of a program, not '%.64s'", s);
	l->flags |= before ? KERN_ORDER_BEFORE : KERN_ORDER_AFTER;
	l->relative = (uint32_t)id;
	return 0;
}

static int read_priority(struct load *l)
{
	int64_t v;

	if (num_parse_s64(l->o->priority, strlen(l->o->priority), &v) || v < INT32_MIN || v > INT32_MAX)
		return diag_error(&l->c->diag, "usage.priority", DIAG_NONE, "--priority takes a number of 32 bits, not '%.64s'",
				  l->o->priority);
	l->priority = (int32_t)v;
	return 0;
}

/* What of the options is about attaching, and more than a word. */
static int read_places(struct load *l)
{
	int err = l->o->order ? read_order(l) : 0;

	if (!err && l->o->priority)
		err = read_priority(l);
	if (!err && l->o->socket)
		err = find_socket(l);
	if (!err && l->o->netns)
		err = enter_netns(l);
	return err;
}

static int map_fd(const struct load *l, const char *name)
{
	const struct engine_loaded_map *m = name ? engine_loaded_map(&l->loaded, name) : NULL;

	return m && m->fd > 0 ? m->fd : 0;
}

static uint32_t flags_of(const struct load *l, uint32_t type)
{
	enum { DEFRAG = 1 };

	if (type == ABI_PROG_NETFILTER)
		return l->o->defrag ? DEFRAG : 0;
	return l->flags | (l->o->override ? KERN_CGROUP_OVERRIDE : 0);
}

static struct kern_attach attach_of(const struct load *l, const struct obj_prog *p, const struct engine_loaded_prog *lp)
{
	return (struct kern_attach){
		.name = p->name,
		.prog = lp->fd,
		.type = lp->type,
		.attach = lp->attach,
		.row = p->row,
		.target = p->target,
		.cookie = l->o->cookie,
		.pid = (int)l->o->pid,
		.dev = l->o->dev,
		.cgroup = l->o->cgroup,
		.event = l->o->perf,
		.map = map_fd(l, p->row && p->row->how == ABI_SEC_HOW_ITER ? l->o->walk : l->o->sockmap),
		.socket = l->socket > 0 ? l->socket : 0,
		.mode = (enum kern_mode)l->o->xdp_mode,
		.replace = l->o->replace,
		.flags = flags_of(l, lp->type),
		.relative = l->relative,
		.egress = l->o->egress,
		.priority = (uint32_t)l->priority,
		.handle = (uint32_t)l->o->handle,
		.order = l->priority,
		.family = l->o->family ? NFPROTO_IPV6 : NFPROTO_IPV4,
		.hook = (uint32_t)l->o->hook,
	};
}

/* Programs that are only called, from user space or through maps, are not attached. */
static bool is_attached(const struct obj_prog *p, uint32_t type)
{
	return type != ABI_PROG_SYSCALL && type != ABI_PROG_STRUCT_OPS && p->row;
}

/* What the guard does: it has its own copy of this. */
struct guarded {
	struct load *l;
	const struct kern_attach *a;
	struct kern_link *link;
};

static int guarded_begin(void *ctx, char text[CLI_GUARD_TEXT])
{
	struct guarded *g = ctx;
	int err = kern_attach(g->l->engine, g->a, &g->l->c->diag, &g->link);

	if (!err)
		snprintf(text, CLI_GUARD_TEXT, "%s", kern_link_text(g->link));
	return err;
}

static void guarded_end(void *ctx)
{
	struct guarded *g = ctx;

	kern_detach(g->link);
}

/* What the guard could not do is tried here, so that it is told why. */
static int attach(struct load *l, const struct kern_attach *a, struct attached *at)
{
	struct guarded g = {.l = l, .a = a};

	if (kern_attach_stays(a) && !cli_guard_start(&(struct cli_guarded){guarded_begin, guarded_end, &g}, &at->guard))
		return 0;
	return kern_attach(l->engine, a, &l->c->diag, &at->link);
}

static void detach(struct attached *at)
{
	if (at->link)
		kern_detach(at->link);
	else
		cli_guard_end(&at->guard);
}

static const char *attached_text(const struct attached *at)
{
	return at->link ? kern_link_text(at->link) : at->guard.text;
}

static int keep_attached(struct load *l, const struct kern_attach *a, struct attached *at)
{
	int err = attach(l, a, at);

	if (err)
		return err;
	err = vec_push(&l->attached, *at);
	if (err)
		detach(at);
	else if (!l->c->quiet && !at->iter)
		fprintf(stderr, "%s: attached to %s\n", a->name, attached_text(at));
	return err;
}

static int attach_one(struct load *l, const struct obj_prog *p, const struct engine_loaded_prog *lp)
{
	struct kern_attach a = attach_of(l, p, lp);
	struct attached at = {.prog = lp, .iter = p->row->how == ABI_SEC_HOW_ITER ? p->name : NULL};

	return keep_attached(l, &a, &at);
}

static int attach_struct_ops(struct load *l, const struct obj_map *m)
{
	const struct engine_loaded_map *lm = engine_loaded_map(&l->loaded, m->name);
	struct kern_attach a = {.name = m->name, .prog = lm ? lm->fd : -1, .type = ABI_PROG_STRUCT_OPS};
	struct attached at = {0};

	return lm && lm->fd >= 0 ? keep_attached(l, &a, &at) : 0;
}

static int attach_all(struct load *l)
{
	const struct engine_loaded_prog *lp;
	int err = 0;

	for vec_each(&l->obj->prog, p) {
		lp = engine_loaded_prog(&l->loaded, p->name);
		if (err || p->func || !lp || lp->fd < 0 || !is_attached(p, lp->type))
			continue;
		err = attach_one(l, p, lp);
	}
	for vec_each(&l->obj->map, m)
		if (!err && m->kind == OBJ_MAP_STRUCT_OPS && m->attach)
			err = attach_struct_ops(l, m);
	return err;
}

/* ---- pinning --------------------------------------------------------------------------------- */

/* DIR/KIND/NAME; what cannot stand in a name of that file system becomes _. name NULL: DIR/KIND. */
static int pin_path(const struct load *l, const char *kind, const char *name, char path[PATH_BYTES])
{
	int dir = snprintf(path, PATH_BYTES, "%s/%s", l->o->pin, kind);
	int n = dir, i;

	if (dir >= 0 && dir < PATH_BYTES && name)
		n += snprintf(path + dir, (size_t)(PATH_BYTES - dir), "/%s", name);
	if (n < 0 || n >= PATH_BYTES)
		return -ENAMETOOLONG;
	for (i = dir + 1; i < n; i++)
		if (path[i] == '.' || path[i] == '/')
			path[i] = '_';
	return 0;
}

static int pin_at(struct load *l, const char *kind, const char *name, int fd)
{
	char path[PATH_BYTES];
	int err = pin_path(l, kind, NULL, path);

	if (!err && mkdir(path, 0700) && errno != EEXIST)
		return diag_error(&l->c->diag, "pin", diag_file(path), "cannot make it: %s", strerror(errno));
	if (!err)
		err = pin_path(l, kind, name, path);
	if (!err)
		err = engine_pin(l->engine, fd, path);
	if (err)
		diag_error(&l->c->diag, "pin", diag_file(path), "cannot pin '%s': %s", name, strerror(-err));
	else
		err = vec_push(&l->pinned, arena_strdup(&l->obj->arena, path));
	return err;
}

/* All or nothing: what was pinned before a failure is taken away again. */
static void unpin_all(struct load *l)
{
	static const char *const kinds[] = {"progs", "maps", "links"};
	char path[PATH_BYTES];
	size_t i;

	for vec_each(&l->pinned, p)
		if (*p)
			unlink(*p);
	for (i = 0; i < ARRAY_LEN(kinds); i++)
		if (!pin_path(l, kinds[i], NULL, path))
			rmdir(path); /* stays when somebody else's pins are in it */
	rmdir(l->o->pin);
}

static int pin_all(struct load *l)
{
	int err = 0;

	if (mkdir(l->o->pin, 0700) && errno != EEXIST)
		return diag_error(&l->c->diag, "pin", diag_file(l->o->pin), "cannot make it: %s", strerror(errno));
	for vec_each(&l->loaded.prog, p)
		if (!err && p->fd >= 0)
			err = pin_at(l, "progs", p->name, p->fd);
	for vec_each(&l->loaded.map, m)
		if (!err && m->fd >= 0 && !m->reused)
			err = pin_at(l, "maps", m->name, m->fd);
	for vec_each(&l->attached, at) {
		if (err || !at->prog)
			continue;
		if (!at->link || kern_link_fd(at->link) < 0)
			err = diag_error(&l->c->diag, "pin", DIAG_NONE,
					 "the attachment of '%s' to %s has no link, and cannot stay by --pin",
					 at->prog->name, attached_text(at));
		else
			err = pin_at(l, "links", at->prog->name, kern_link_fd(at->link));
	}
	if (err)
		unpin_all(l);
	return err;
}

/* ---- streaming ------------------------------------------------------------------------------- */

static void print_map(struct load *l, const char *name)
{
	const struct engine_loaded_map *m = engine_loaded_map(&l->loaded, name);
	struct cli_map walk;
	uint64_t n = 0;

	if (!m || m->fd < 0 || cli_map_open(l->engine, m->fd, l->obj->btf, m->btf_key, m->btf_value, &walk))
		return;
	out_object(&l->out, NULL);
	out_str(&l->out, "map", name);
	out_array(&l->out, "elements", OUT_LIST);
	while (cli_map_next(&walk) > 0 && n++ < l->o->top)
		cli_map_show(&walk, &l->out);
	out_end(&l->out);
	out_end(&l->out);
	cli_map_done(&walk);
}

static void print_maps(struct load *l)
{
	size_t i;

	for (i = 0; i < l->o->map.n; i++)
		print_map(l, l->o->map.at[i]);
	l->last_print = cli_now();
}

/* An iterator's text, as a whole: JSON has it in one string. */
static int read_iter(struct load *l, const struct attached *at, struct str *text)
{
	int fd = engine_iter_create(l->engine, kern_link_fd(at->link)), err = fd < 0 ? fd : 0;
	char *chunk = mem_alloc(ITER_CHUNK);
	ssize_t n = 1;

	if (!chunk)
		err = -ENOMEM;
	while (!err && n > 0) {
		n = read(fd, chunk, ITER_CHUNK);
		if (n > 0)
			str_addn(text, chunk, (size_t)n);
		else if (n < 0 && errno == EAGAIN)
			n = 1; /* the kernel let others run */
		else if (n < 0)
			err = -errno;
		if (text->err)
			err = text->err;
	}
	mem_free(chunk);
	engine_close(l->engine, fd);
	return err;
}

static int print_iter(struct load *l, const struct attached *at)
{
	struct str text;
	int err;

	str_init(&text, ITER_TEXT_MAX);
	err = read_iter(l, at, &text);
	if (err) {
		diag_error(&l->c->diag, "load.iter", DIAG_NONE, "cannot read what iterator '%s' says: %s", at->iter,
			   strerror(-err));
	} else if (out_is_json(&l->out)) {
		out_object(&l->out, NULL);
		out_str(&l->out, "iter", at->iter);
		out_strn(&l->out, "text", text.s, text.n);
		out_end(&l->out);
	} else {
		out_text(&l->out, "%.*s", (int)text.n, text.s);
	}
	str_done(&text);
	return err;
}

static int print_iters(struct load *l)
{
	int err = 0;

	for vec_each(&l->attached, at)
		if (at->iter && !err)
			err = print_iter(l, at);
	l->last_print = cli_now();
	return err;
}

/* Whether nothing will happen any more: iterators have been read. */
static bool nothing_to_wait_for(const struct load *l)
{
	if (l->o->duration || !l->attached.n)
		return false;
	for vec_each(&l->attached, at)
		if (!at->iter)
			return false;
	return true;
}

static int no_map(struct load *l, const char *name)
{
	return diag_error(&l->c->diag, "load.map", DIAG_NONE, "there is no map '%s' in the object", name);
}

static int check_maps(struct load *l)
{
	size_t i;

	for (i = 0; i < l->o->map.n; i++)
		if (!engine_loaded_map(&l->loaded, l->o->map.at[i]))
			return no_map(l, l->o->map.at[i]);
	if (l->o->sockmap && !engine_loaded_map(&l->loaded, l->o->sockmap))
		return no_map(l, l->o->sockmap);
	if (l->o->walk && !engine_loaded_map(&l->loaded, l->o->walk))
		return no_map(l, l->o->walk);
	return 0;
}

/* What is queued when the end is asked for is still shown. */
static int stream(struct load *l)
{
	struct pollfd *polls = mem_alloc_array(POLLS_MAX, sizeof(*polls));
	const uint64_t end = l->o->duration ? l->begin + l->o->duration : UINT64_MAX;
	int64_t n = polls ? 0 : -ENOMEM;
	int polled = polls ? cli_events_polls(l->events, polls, POLLS_MAX) : 0, err = 0;

	while (n >= 0 && !err && !asked_to_end && cli_now() < end) {
		if (!n)
			poll(polls, (nfds_t)polled, IDLE_MS);
		n = cli_events_show(l->events, &l->out);
		if (n >= 0 && cli_now() - l->last_print >= l->o->interval) {
			print_maps(l);
			err = print_iters(l);
		}
		if (n >= 0)
			out_flush(&l->out);
		if (l->out.err)
			break;
	}
	while (n > 0)
		n = cli_events_show(l->events, &l->out);
	if (n >= 0 && l->o->map.n)
		print_maps(l);
	mem_free(polls);
	return err ? err : n < 0 ? (int)n : l->out.err;
}

static void show_end(struct load *l)
{
	struct engine_prog_info p;

	if (l->c->quiet)
		return;
	fprintf(stderr, "%llu events, %llu lost\n", (unsigned long long)cli_events_count(l->events),
		(unsigned long long)cli_events_lost(l->events));
	for vec_each(&l->loaded.prog, lp) {
		p = (struct engine_prog_info){0};
		if (lp->fd < 0 || engine_info(l->engine, lp->fd, &p, sizeof(p)) || !p.run_cnt)
			continue;
		fprintf(stderr, "%s: %llu runs, %llu ns each%s", lp->name, (unsigned long long)p.run_cnt,
			(unsigned long long)(p.run_time_ns / p.run_cnt), p.recursion_misses ? "" : "\n");
		if (p.recursion_misses)
			fprintf(stderr, ", %llu skipped by the kernel\n", (unsigned long long)p.recursion_misses);
	}
}

/* ---- all of it ------------------------------------------------------------------------------- */

static void catch_signals(void)
{
	struct sigaction sa = {.sa_handler = on_signal};

	asked_to_end = 0;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

static int start(struct load *l, const char *path)
{
	size_t i;
	int err = obj_open(path, NULL, &l->c->diag, &l->obj);

	for (i = 0; !err && i < l->o->set.n; i++)
		err = cli_set_variable(l->c, l->obj, l->o->set.at[i]);
	if (!err)
		err = cli_engine(l->c, NULL, &l->engine);
	if (!err && strcmp(engine_name(l->engine), "kernel"))
		err = diag_error(&l->c->diag, "load.engine", DIAG_NONE,
				 "only the kernel has events to attach to: on the embedded engine, see 'skep run'");
	if (!err && l->o->btf)
		err = cli_btf_file(l->c, l->o->btf, NULL, &l->btf);
	if (!err)
		err = check_sections(l);
	if (!err) {
		link_struct_ops(l->obj);
		err = load_object(l);
	}
	if (!err)
		err = check_maps(l);
	if (!err && l->o->stats)
		l->stats = engine_enable_stats(l->engine);
	if (!err)
		err = cli_events_open(l->c, &l->loaded, l->obj->btf, &l->o->event, &l->events);
	return err;
}

static int run_job(struct load *l, const char *path)
{
	int err = start(l, path);

	l->begin = l->last_print = cli_now();
	if (!err && !l->o->no_attach)
		err = read_places(l);
	if (!err && !l->o->no_attach)
		err = attach_all(l);
	if (!err && l->o->pin)
		return pin_all(l);
	if (err || l->o->no_attach)
		return err;
	cli_show_diag(l->c);
	err = print_iters(l);
	if (err || nothing_to_wait_for(l))
		return err;
	err = stream(l);
	show_end(l);
	return err;
}

static void done(struct load *l)
{
	while (l->attached.n)
		detach(&l->attached.at[--l->attached.n]);
	vec_done(&l->attached);
	vec_done(&l->pinned);
	cli_events_close(l->events);
	if (l->stats >= 0)
		engine_close(l->engine, l->stats);
	if (l->socket >= 0)
		close(l->socket);
	if (l->any_loaded)
		engine_loaded_done(&l->loaded);
	obj_free(l->obj);
	btf_unref(l->btf);
}

static int run(const struct opt_args *a)
{
	struct load l = {.c = cli_of(a), .o = a->options, .stats = -1, .socket = -1, .attached = VEC_INIT(ATTACHED_MAX),
			 .pinned = VEC_INIT(3 * ATTACHED_MAX)};
	int err, status;

	catch_signals();
	cli_out_init(l.c, &l.out);
	if (l.out.format == OUT_JSON)
		l.out.format = OUT_JSON_LINES; /* events have no end that an array could wait for */
	err = run_job(&l, a->at[0]);
	if (err && !cli_failed(l.c))
		diag_error(&l.c->diag, "load", DIAG_NONE, "%s", strerror(-err));
	status = cli_out_done(l.c, &l.out, err ? CLI_FAILED : CLI_OK);
	cli_show_diag(l.c); /* before what it points into goes */
	done(&l);
	return status;
}

static const char *const families[] = {"ipv4", "ipv6", NULL};
static const char *const hooks[] = {"prerouting", "input", "forward", "output", "postrouting", NULL}; /* as NF_INET_* */
static const char *const modes[] = {"any", "generic", "native", "offload", NULL};
static const struct load_options defaults = {.interval = UINT64_C(2000000000), .top = UINT64_MAX, .stats = true,
					   .hook = 1};

static const struct opt opts[] = {
	{'s', "set", OPT_LIST, offsetof(struct load_options, set), "NAME=VALUE", "set a global variable of the object",
	 NULL},
	{0, "prog", OPT_LIST, offsetof(struct load_options, prog), "NAME", "load only this program (may be given often)",
	 NULL},
	{0, "no-attach", OPT_FLAG, offsetof(struct load_options, no_attach), NULL,
	 "only load: a test of whether the kernel takes it", NULL},
	{0, "pin", OPT_STR, offsetof(struct load_options, pin), "DIR",
	 "keep programs, maps and links below a directory of a bpf file system, and end", NULL},
	{'i', "dev", OPT_STR, offsetof(struct load_options, dev), "NAME", "the interface of XDP, TC and netkit programs", NULL},
	{0, "mode", OPT_ENUM, offsetof(struct load_options, xdp_mode), "MODE", "of XDP: any, generic, native or offload",
	 modes},
	{0, "replace", OPT_FLAG, offsetof(struct load_options, replace), NULL, "XDP: in place of the program that is there",
	 NULL},
	{0, "egress", OPT_FLAG, offsetof(struct load_options, egress), NULL, "TC programs of section \"tc\": of what leaves", NULL},
	{0, "handle", OPT_U64, offsetof(struct load_options, handle), "N", "of TC filters", NULL},
	{0, "priority", OPT_STR, offsetof(struct load_options, priority), "N", "of TC filters and of netfilter programs", NULL},
	{0, "order", OPT_STR, offsetof(struct load_options, order), "WHERE",
	 "tcx, netkit, cgroup: first, last, before:ID or after:ID of another program", NULL},
	{0, "netns", OPT_STR, offsetof(struct load_options, netns), "PATH",
	 "the network namespace of all this, a file or a name of ip-netns (default: ours)", NULL},
	{0, "family", OPT_ENUM, offsetof(struct load_options, family), "FAMILY", "netfilter: ipv4 or ipv6", families},
	{0, "hook", OPT_ENUM, offsetof(struct load_options, hook), "HOOK",
	 "netfilter: prerouting, input (the default), forward, output or postrouting", hooks},
	{0, "defrag", OPT_FLAG, offsetof(struct load_options, defrag), NULL, "netfilter: packets put together first", NULL},
	{0, "cgroup", OPT_STR, offsetof(struct load_options, cgroup), "PATH",
	 "the cgroup of cgroup programs, and of iter/cgroup", NULL},
	{0, "override", OPT_FLAG, offsetof(struct load_options, override), NULL,
	 "cgroup: the programs of cgroups below take its place; no link, it cannot be pinned", NULL},
	{0, "sockmap", OPT_STR, offsetof(struct load_options, sockmap), "MAP", "the map of sk_skb and sk_msg programs", NULL},
	{0, "socket", OPT_STR, offsetof(struct load_options, socket), "PID:FD",
	 "the socket of socket and sk_reuseport programs: a descriptor of a process", NULL},
	{0, "walk", OPT_STR, offsetof(struct load_options, walk), "MAP", "the map of iterators over elements and sockets", NULL},
	{0, "perf", OPT_STR, offsetof(struct load_options, perf), "EVENT",
	 "the event of perf_event programs: hz:99 (the default), cycles:1000000, 10ms", NULL},
	{0, "pid", OPT_U64, offsetof(struct load_options, pid), "PID", "uprobes, perf events and iterators: of this process only", NULL},
	{0, "cookie", OPT_U64, offsetof(struct load_options, cookie), "N", "what bpf_get_attach_cookie gives", NULL},
	{0, "event", OPT_LIST, offsetof(struct load_options, event), "[MAP=]TYPE",
	 "the type of records (default: found by their size)", NULL},
	{0, "map", OPT_LIST, offsetof(struct load_options, map), "MAP", "show this map every --interval and at the end", NULL},
	{0, "interval", OPT_DURATION, offsetof(struct load_options, interval), "TIME", "how often maps are shown (default: 2s)",
	 NULL},
	{0, "top", OPT_U64, offsetof(struct load_options, top), "N", "at most N elements of each map", NULL},
	{0, "duration", OPT_DURATION, offsetof(struct load_options, duration), "TIME", "end by itself after this time", NULL},
	{0, "btf", OPT_STR, offsetof(struct load_options, btf), "FILE", "the kernel's types (default: its own)", NULL},
	{0},
};

static const struct opt_example examples[] = {
	{"skep load execs.bpf.o", "attach by section names, and show events until ^C"},
	{"skep load xdp.bpf.o --dev eth0 --map counts --interval 1s", "an XDP program, and its map once a second"},
	{"skep load tasks.bpf.o", "what an iterator has to say"},
	{"skep load filter.bpf.o --cgroup /sys/fs/cgroup/app --pin /sys/fs/bpf/filter", "attached for good"},
	{0},
};

const struct opt_command cmd_load = {
	.name = "load",
	.args = "OBJECT",
	.summary = "load and attach an object, and show its events",
	.about = "Loads an object into the kernel and attaches its programs to what their sections name. What they "
		 "write to ring buffers and perf event arrays is shown by its type, a line or a JSON object for each "
		 "record, until ^C; then everything is detached, and told is how many events there were, how many were "
		 "lost, and how often each program ran and for how long.\n\n"
		 "Iterators are run, and what they say is shown; where there is nothing else, that is all, and with "
		 "--duration they run again each --interval.\n\n"
		 "With --pin, programs, maps and links stay below DIR/progs, DIR/maps and DIR/links; 'skep link "
		 "detach pinned DIR/links/NAME' and removing the files ends that.",
	.opts = opts,
	.examples = examples,
	.run = run,
	.size = sizeof(struct load_options),
	.defaults = &defaults,
	.min_args = 1,
	.max_args = 1,
	.complete = "file",
};
