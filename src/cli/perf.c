/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep perf: which processes have programs on perf events, probes and raw tracepoints. In bpftool's words.
 *
 * Each descriptor of each process is asked about; those that are no such events say so by an error.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/noun.h"

enum { NAME_BYTES = 4096 };
enum fd_type { RAW_TRACEPOINT, TRACEPOINT, KPROBE, KRETPROBE, UPROBE, URETPROBE };

static const char *const type_names[] = {"raw_tracepoint", "tracepoint", "kprobe", "kretprobe", "uprobe", "uretprobe"};

static void show_json(uint32_t pid, uint32_t fd, const union engine_attr *q, const char *name, struct out *o)
{
	const uint32_t type = q->task_fd_query.fd_type;

	out_object(o, NULL);
	out_uint(o, "pid", pid);
	out_uint(o, "fd", fd);
	out_uint(o, "prog_id", q->task_fd_query.prog_id);
	if (type < ARRAY_LEN(type_names))
		out_str(o, "fd_type", type_names[type]);
	else
		out_uint(o, "fd_type", type);
	if (type <= TRACEPOINT) {
		out_str(o, "tracepoint", name);
	} else if (type >= UPROBE) {
		out_str(o, "filename", name);
		out_uint(o, "offset", q->task_fd_query.probe_offset);
	} else if (*name) {
		out_str(o, "func", name);
		out_uint(o, "offset", q->task_fd_query.probe_offset);
	} else {
		out_uint(o, "addr", q->task_fd_query.probe_addr);
	}
	out_end(o);
}

static void show_text(uint32_t pid, uint32_t fd, const union engine_attr *q, const char *name, struct out *o)
{
	const uint32_t type = q->task_fd_query.fd_type;

	out_text(o, "pid %u  fd %u: prog_id %u  ", pid, fd, q->task_fd_query.prog_id);
	if (type >= ARRAY_LEN(type_names))
		out_text(o, "fd_type %u\n", type);
	else if (type <= TRACEPOINT)
		out_text(o, "%s  %s\n", type_names[type], name);
	else if (type >= UPROBE)
		out_text(o, "%s  filename %s  offset %llu\n", type_names[type], name,
			 (unsigned long long)q->task_fd_query.probe_offset);
	else if (*name)
		out_text(o, "%s  func %s  offset %llu\n", type_names[type], name,
			 (unsigned long long)q->task_fd_query.probe_offset);
	else
		out_text(o, "%s  addr %llu\n", type_names[type], (unsigned long long)q->task_fd_query.probe_addr);
}

static void ask(struct engine *e, uint32_t pid, uint32_t fd, struct out *o)
{
	char name[NAME_BYTES] = "";
	union engine_attr q = {.task_fd_query = {.pid = pid, .fd = fd, .buf = engine_ptr(name), .buf_len = sizeof(name)}};

	if (engine_bpf(e, ABI_CMD_TASK_FD_QUERY, &q, sizeof(q.task_fd_query)))
		return;
	name[sizeof(name) - 1] = 0;
	if (out_is_json(o))
		show_json(pid, fd, &q, name, o);
	else
		show_text(pid, fd, &q, name, o);
}

static void each_fd(struct engine *e, uint32_t pid, struct out *o)
{
	char path[64];
	struct dirent *d;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%u/fd", pid);
	dir = opendir(path);
	while (dir && (d = readdir(dir)))
		if (isdigit((unsigned char)d->d_name[0]))
			ask(e, pid, (uint32_t)strtoul(d->d_name, NULL, 10), o);
	if (dir)
		closedir(dir);
}

static int run_show(const struct opt_args *a)
{
	struct cli *c = cli_of(a);
	struct engine *e;
	struct dirent *d;
	struct out o;
	DIR *proc;
	int err = cli_engine(c, NULL, &e);

	if (!err && strcmp(engine_name(e), "kernel"))
		err = diag_error(&c->diag, "perf.engine", DIAG_NONE, "only the kernel has perf events");
	if (err)
		return noun_failed(c, "cannot open the engine", err);
	proc = opendir("/proc");
	if (!proc)
		return noun_failed(c, "/proc", -errno);
	cli_out_init(c, &o);
	out_array(&o, NULL, OUT_LIST);
	while ((d = readdir(proc)))
		if (isdigit((unsigned char)d->d_name[0]))
			each_fd(e, (uint32_t)strtoul(d->d_name, NULL, 10), &o);
	out_end(&o);
	closedir(proc);
	return cli_out_done(c, &o, CLI_OK);
}

static const struct opt_example examples[] = {
	{"skep perf show -f lines", "an object for each, one a line"},
	{0},
};

#define SHOW_COMMAND(id, hidden_)                                                                                  \
	static const struct opt_command id##_command = {                                                           \
		.name = #id, .summary = "list processes with programs on events and probes", .examples = examples, \
		.run = run_show, .hidden = hidden_,                                                                \
	}

SHOW_COMMAND(show, false);
SHOW_COMMAND(list, true);

static const struct opt_command *const subs[] = {&show_command, &list_command, NULL};

const struct opt_command cmd_perf = {
	.name = "perf",
	.summary = "show who has programs on events and probes",
	.sub = subs,
};
