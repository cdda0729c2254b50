/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep load: an object into the kernel, attached by its sections' names, its events shown until ^C.
 *
 * All attachments are links or descriptors of this process, so that they end with it, however it ends;
 * the few that older kernels have no descriptor for (XDP by netlink, TC filters) are taken away on the way
 * out. With --pin everything stays below a directory of a bpf file system, and the command ends at once.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "abi/abi.h"
#include "btf/btf.h"
#include "cli/events.h"
#include "cli/map_walk.h"
#include "kern/kern.h"
#include "obj/obj.h"

enum { POLLS_MAX = 16384, PATH_BYTES = 4096, ATTACHED_MAX = 16384, IDLE_MS = 200 };

struct load_options {
	struct opt_list set, map, event, prog;
	const char *pin, *dev, *cgroup, *perf, *mode, *btf, *sockmap;
	uint64_t pid, interval, duration, cookie, top;
	bool no_attach, replace, stats;
	int xdp_mode;
};

struct attached {
	struct kern_link *link; /* owned */
	const struct engine_loaded_prog *prog;
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
	uint64_t begin, last_print; /* ns */
	struct out out;
};

static volatile sig_atomic_t asked_to_end;

static void on_signal(int sig)
{
	(void)sig;
	asked_to_end = 1;
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* ---- loading --------------------------------------------------------------------------------- */

static int set_variable(struct load *l, const char *s)
{
	size_t n = strcspn(s, "=");
	char name[256];

	if (!s[n] || !n || n >= sizeof(name))
		return diag_error(&l->c->diag, "usage.set", DIAG_NONE, "--set takes NAME=VALUE, not '%.64s'", s);
	memcpy(name, s, n);
	name[n] = 0;
	return obj_var_set(l->obj, name, s + n + 1, &l->c->diag);
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

static int sockmap_fd(const struct load *l)
{
	const struct engine_loaded_map *m = l->o->sockmap ? engine_loaded_map(&l->loaded, l->o->sockmap) : NULL;

	return m ? m->fd : 0;
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
		.map = sockmap_fd(l),
		.mode = (enum kern_mode)l->o->xdp_mode,
		.replace = l->o->replace,
		.family = 2,
		.hook = 1,
	};
}

/* Programs that are only called, from user space or through maps, are not attached. */
static bool is_attached(const struct obj_prog *p, uint32_t type)
{
	return type != ABI_PROG_SYSCALL && type != ABI_PROG_STRUCT_OPS && p->row;
}

static int attach_one(struct load *l, const struct obj_prog *p, const struct engine_loaded_prog *lp)
{
	struct kern_attach a = attach_of(l, p, lp);
	struct attached at = {.prog = lp};
	int err = kern_attach(l->engine, &a, &l->c->diag, &at.link);

	if (err)
		return err;
	err = vec_push(&l->attached, at);
	if (err)
		kern_detach(at.link);
	else if (!l->c->quiet && !out_is_json(&l->out))
		fprintf(stderr, "%s: attached to %s\n", p->name, kern_link_text(at.link));
	return err;
}

static int attach_struct_ops(struct load *l, const struct obj_map *m)
{
	const struct engine_loaded_map *lm = engine_loaded_map(&l->loaded, m->name);
	struct kern_attach a = {.name = m->name, .prog = lm ? lm->fd : -1, .type = ABI_PROG_STRUCT_OPS};
	struct attached at = {0};
	int err;

	if (!lm || lm->fd < 0 || !m->ops->link)
		return 0;
	err = kern_attach(l->engine, &a, &l->c->diag, &at.link);
	if (!err)
		err = vec_push(&l->attached, at);
	return err;
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
		if (kern_link_fd(at->link) < 0)
			err = diag_error(&l->c->diag, "pin", DIAG_NONE,
					 "the attachment of '%s' to %s has no link, and cannot stay by --pin",
					 at->prog->name, kern_link_text(at->link));
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
	l->last_print = now();
}

static int check_maps(struct load *l)
{
	size_t i;

	for (i = 0; i < l->o->map.n; i++)
		if (!engine_loaded_map(&l->loaded, l->o->map.at[i]))
			return diag_error(&l->c->diag, "load.map", DIAG_NONE, "there is no map '%s' in the object",
					  l->o->map.at[i]);
	return 0;
}

/* What is queued when the end is asked for is still shown. */
static int stream(struct load *l)
{
	struct pollfd *polls = mem_alloc_array(POLLS_MAX, sizeof(*polls));
	const uint64_t end = l->o->duration ? l->begin + l->o->duration : UINT64_MAX;
	int64_t n = polls ? 0 : -ENOMEM;
	int polled = polls ? cli_events_polls(l->events, polls, POLLS_MAX) : 0;

	while (n >= 0 && !asked_to_end && now() < end) {
		if (!n)
			poll(polls, (nfds_t)polled, IDLE_MS);
		n = cli_events_show(l->events, &l->out);
		if (n >= 0 && l->o->map.n && now() - l->last_print >= l->o->interval)
			print_maps(l);
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
	return n < 0 ? (int)n : l->out.err;
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
		err = set_variable(l, l->o->set.at[i]);
	if (!err)
		err = cli_engine(l->c, NULL, &l->engine);
	if (!err && strcmp(engine_name(l->engine), "kernel"))
		err = diag_error(&l->c->diag, "load.engine", DIAG_NONE,
				 "only the kernel has events to attach to: on the embedded engine, see 'skep run'");
	if (!err && l->o->btf)
		err = cli_btf_file(l->c, l->o->btf, NULL, &l->btf);
	if (!err)
		err = load_object(l);
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

	l->begin = l->last_print = now();
	if (!err && !l->o->no_attach)
		err = attach_all(l);
	if (!err && l->o->pin)
		return pin_all(l);
	if (err || l->o->no_attach)
		return err;
	cli_show_diag(l->c);
	err = stream(l);
	show_end(l);
	return err;
}

static void done(struct load *l)
{
	while (l->attached.n)
		kern_detach(l->attached.at[--l->attached.n].link);
	vec_done(&l->attached);
	vec_done(&l->pinned);
	cli_events_close(l->events);
	if (l->stats >= 0)
		engine_close(l->engine, l->stats);
	if (l->any_loaded)
		engine_loaded_done(&l->loaded);
	obj_free(l->obj);
	btf_unref(l->btf);
}

static int run(const struct opt_args *a)
{
	struct load l = {.c = cli_of(a), .o = a->options, .stats = -1, .attached = VEC_INIT(ATTACHED_MAX),
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

static const char *const modes[] = {"any", "generic", "native", "offload", NULL};
static const struct load_options defaults = {.interval = UINT64_C(2000000000), .top = UINT64_MAX, .stats = true};

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
	{0, "cgroup", OPT_STR, offsetof(struct load_options, cgroup), "PATH", "the cgroup of cgroup programs", NULL},
	{0, "sockmap", OPT_STR, offsetof(struct load_options, sockmap), "MAP", "the map of sk_skb and sk_msg programs", NULL},
	{0, "perf", OPT_STR, offsetof(struct load_options, perf), "EVENT",
	 "the event of perf_event programs: hz:99 (the default), cycles:1000000, 10ms", NULL},
	{0, "pid", OPT_U64, offsetof(struct load_options, pid), "PID", "uprobes and perf events of this process only", NULL},
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
