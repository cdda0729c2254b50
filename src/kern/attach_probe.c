/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attaching to what perf_event_open(2) makes: kprobes, uprobes, tracepoints, counters and clocks; and to
 * many functions at once, which are links.
 *
 * The program is set on the event by a link (5.15), which can carry a cookie and be pinned, or on older
 * kernels by the ioctl. Such programs run on all CPUs wherever the event was opened.
 */
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kern/impl.h"
#include "sym/sym.h"

enum { FUNCS_MAX = 1 << 20, TEXT_MAX = 64 << 20, PATH_BYTES = 4096, CPUS_MAX = 8192 };

/* ---- programs on events ---------------------------------------------------------------------- */

static int link_event(struct kern_job *j, int event)
{
	const union engine_attr attr = {.link_create = {.prog_fd = (uint32_t)j->a->prog,
							.target_fd = (uint32_t)event,
							.attach_type = ABI_ATTACH_PERF_EVENT,
							.perf_event.cookie = j->a->cookie}};

	return engine_link_create(j->e, &attr);
}

int kern_set_program(struct kern_job *j, int event)
{
	int link = link_event(j, event), err = 0;

	if (link < 0 && link != -EINVAL)
		err = link;
	else if (link < 0 && j->a->cookie)
		err = -ENGINE_ENOTSUPP;
	else if (link < 0)
		err = ioctl(event, PERF_EVENT_IOC_SET_BPF, j->a->prog) ? -errno : 0;
	if (!err && ioctl(event, PERF_EVENT_IOC_ENABLE, 0))
		err = -errno;
	if (link >= 0) { /* which holds the event now */
		close(event);
		event = link;
	} else {
		j->l->kind = KERN_LINK_EVENT;
	}
	if (err) {
		close(event);
		return err;
	}
	return kern_keep(j, event);
}

/* ---- kprobes and uprobes --------------------------------------------------------------------- */

/* A file that has a number behind `prefix`. */
static int read_number_file(const char *path, const char *prefix, uint64_t *ret_v)
{
	char text[64];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n < 0 ? 0 : n] = 0;
	if (!str_has_prefix(text, prefix))
		return -EINVAL;
	return num_parse_u64(text + strlen(prefix), strcspn(text + strlen(prefix), "\n"), ret_v);
}

/* The numbers by which perf_event_open knows probes of that kind. */
static int probe_type(const char *kind, uint64_t *ret_type, uint64_t *ret_return_bit)
{
	char path[128];
	int err;

	snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/type", kind);
	err = read_number_file(path, "", ret_type);
	snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/format/retprobe", kind);
	if (!err)
		err = read_number_file(path, "config:", ret_return_bit);
	return err;
}

static int no_kprobes(const struct kern_job *j, const char *func)
{
	int err = kern_wrong(j, -ENOENT, "a probe on kernel function %s: this kernel has no kprobes", func);

	diag_note(j->d, DIAG_NONE, "fentry, a tracepoint or tp_btf of the same subsystem may do instead");
	return err;
}

static int open_kprobe(struct kern_job *j, const char *func, uint64_t offset, bool returns)
{
	struct perf_event_attr attr = {.size = sizeof(attr), .disabled = 1};
	uint64_t type, bit;
	int err = probe_type("kprobe", &type, &bit), fd;

	if (err)
		return no_kprobes(j, func);
	attr.type = (uint32_t)type;
	attr.config = returns ? UINT64_C(1) << bit : 0;
	attr.config1 = engine_ptr(func);
	attr.config2 = offset;
	fd = kern_perf_open(&attr, -1, 0);
	if (fd < 0)
		return kern_wrong(j, fd, "a probe on kernel function %s", func);
	err = kern_set_program(j, fd);
	return err ? kern_wrong(j, err, "the program to the probe on %s", func) : 0;
}

/* "name+0x10": cut at the plus. */
static int split_offset(char *func, uint64_t *ret_offset)
{
	char *plus = strchr(func, '+');

	*ret_offset = 0;
	if (!plus)
		return 0;
	*plus++ = 0;
	return num_parse_u64(plus, strlen(plus), ret_offset);
}

static bool is_return(const struct kern_job *j)
{
	return strstr(j->a->row->name, "ret");
}

int kern_attach_kprobe(struct kern_job *j)
{
	char func[KERN_TEXT];
	uint64_t offset;
	bool returns = is_return(j);

	if (!j->a->target || !*j->a->target)
		return kern_wrong(j, -EINVAL, "its section does not say to which function: kprobe/FUNC");
	snprintf(func, sizeof(func), "%s", j->a->target);
	if (split_offset(func, &offset) || (returns && offset))
		return kern_wrong(j, -EINVAL, "'%s' is no function%s", j->a->target, returns ? " (which returns at one place)" : "");
	kern_say(j, "%s %s", returns ? "kretprobe" : "kprobe", j->a->target);
	return open_kprobe(j, func, offset, returns);
}

static const char *syscall_prefix(void)
{
#if defined(__x86_64__)
	return "__x64_sys_";
#elif defined(__aarch64__)
	return "__arm64_sys_";
#else
	return "sys_";
#endif
}

int kern_attach_ksyscall(struct kern_job *j)
{
	char func[KERN_TEXT];
	bool returns = is_return(j);

	if (!j->a->target || !*j->a->target)
		return kern_wrong(j, -EINVAL, "its section does not say to which system call: ksyscall/NAME");
	kern_say(j, "%s %s", returns ? "kretsyscall" : "ksyscall", j->a->target);
	snprintf(func, sizeof(func), "%s%s", syscall_prefix(), j->a->target);
	return open_kprobe(j, func, 0, returns);
}

/* ---- many kernel functions ------------------------------------------------------------------- */

struct names {
	VEC(const char *) at; /* into the text */
};

/* available_filter_functions: "name [module]" a line; cut in place. */
static int match_functions(struct str *text, const char *pattern, struct names *n)
{
	char *line, *next;
	int err = 0;

	for (line = text->s; *line && !err; line = next) {
		size_t len = strcspn(line, " \t\n");

		next = line + strcspn(line, "\n");
		next += *next == '\n';
		if (!sym_glob(pattern, line, len))
			continue;
		line[len] = 0;
		err = vec_push(&n->at, line);
	}
	return err;
}

static int link_functions(struct kern_job *j, struct names *n)
{
	const bool session = j->a->row->how == ABI_SEC_HOW_KPROBE_SESSION;
	union engine_attr attr = {.link_create = {.prog_fd = (uint32_t)j->a->prog,
						  .attach_type = session ? ABI_ATTACH_TRACE_KPROBE_SESSION :
									   ABI_ATTACH_TRACE_KPROBE_MULTI,
						  .kprobe_multi = {.flags = is_return(j) ? 1 : 0,
								   .cnt = (uint32_t)n->at.n,
								   .syms = engine_ptr(n->at.at)}}};
	uint64_t *cookie = NULL;
	size_t i;
	int err;

	if (j->a->cookie) {
		cookie = mem_alloc_array(n->at.n, sizeof(*cookie));
		if (!cookie)
			return -ENOMEM;
		for (i = 0; i < n->at.n; i++)
			cookie[i] = j->a->cookie;
		attr.link_create.kprobe_multi.cookies = engine_ptr(cookie);
	}
	err = kern_keep(j, engine_link_create(j->e, &attr));
	mem_free(cookie);
	return err;
}

int kern_attach_kprobe_multi(struct kern_job *j)
{
	struct names n = {.at = VEC_INIT(FUNCS_MAX)};
	struct str text;
	int err;

	if (!j->a->target || !*j->a->target)
		return kern_wrong(j, -EINVAL, "its section does not say to which functions: kprobe.multi/GLOB");
	str_init(&text, TEXT_MAX);
	err = kern_tracefs_read("available_filter_functions", &text);
	if (err)
		err = kern_wrong(j, err, "the kernel's list of functions (available_filter_functions) is not to be had");
	else
		err = match_functions(&text, j->a->target, &n);
	if (!err && !n.at.n)
		err = kern_wrong(j, -ENOENT, "no kernel function fits '%s'", j->a->target);
	else if (!err) {
		kern_say(j, "%s %s, %zu functions", j->a->row->name, j->a->target, n.at.n);
		err = link_functions(j, &n);
		if (err)
			err = kern_wrong(j, err, "to the %zu functions that fit '%s'", n.at.n, j->a->target);
	}
	vec_done(&n.at);
	str_done(&text);
	return err;
}

/* ---- uprobes --------------------------------------------------------------------------------- */

struct user_target {
	struct str path;
	char func[KERN_TEXT]; /* or a pattern */
	uint64_t add;
};

static int split_user(struct kern_job *j, struct user_target *t)
{
	const char *s = j->a->target ? j->a->target : "", *colon = strrchr(s, ':');
	char file[PATH_BYTES];
	int err;

	if (!colon || colon == s || !colon[1])
		return kern_wrong(j, -EINVAL, "its section does not say to what: %s/PATH:FUNC", j->a->row->name);
	snprintf(file, sizeof(file), "%.*s", (int)(colon - s), s);
	snprintf(t->func, sizeof(t->func), "%s", colon + 1);
	err = split_offset(t->func, &t->add);
	if (err)
		return kern_wrong(j, -EINVAL, "'%s' is no offset", colon + 1);
	return sym_find_file(file, j->d, &t->path);
}

static int user_offset(struct kern_job *j, const struct user_target *t, uint64_t *ret_offset)
{
	struct sym_symbol s;
	struct sym_elf *e;
	int err;

	if (*t->func >= '0' && *t->func <= '9') /* an offset of the file */
		return num_parse_u64(t->func, strlen(t->func), ret_offset);
	err = sym_elf_open(t->path.s, j->d, &e);
	if (err)
		return err;
	if (!sym_elf_find(e, t->func, &s))
		err = kern_wrong(j, -ENOENT, "there is no function '%s' in %s", t->func, t->path.s);
	else if (!sym_elf_offset(e, s.addr + t->add, ret_offset))
		err = kern_wrong(j, -EINVAL, "'%s' of %s lies in nothing that is loaded", t->func, t->path.s);
	sym_elf_close(e);
	return err;
}

static int open_uprobe(struct kern_job *j, const char *path, uint64_t offset, uint64_t counter, bool returns)
{
	struct perf_event_attr attr = {.size = sizeof(attr), .disabled = 1};
	int pid = j->a->pid ? j->a->pid : -1, fd, err;
	uint64_t type, bit;

	err = probe_type("uprobe", &type, &bit);
	if (err)
		return kern_wrong(j, err, "this kernel has no uprobes");
	attr.type = (uint32_t)type;
	attr.config = (returns ? UINT64_C(1) << bit : 0) | counter << 32;
	attr.config1 = engine_ptr(path);
	attr.config2 = offset;
	fd = kern_perf_open(&attr, pid, pid < 0 ? 0 : -1);
	if (fd < 0)
		return kern_wrong(j, fd, "a probe at offset 0x%llx of %s", (unsigned long long)offset, path);
	err = kern_set_program(j, fd);
	return err ? kern_wrong(j, err, "the program to the probe in %s", path) : 0;
}

int kern_attach_uprobe(struct kern_job *j)
{
	struct user_target t = {0};
	uint64_t offset;
	int err;

	str_init(&t.path, PATH_BYTES);
	err = split_user(j, &t);
	if (!err)
		err = user_offset(j, &t, &offset);
	if (!err) {
		kern_say(j, "%s %s:%s", j->a->row->name, t.path.s, t.func);
		err = open_uprobe(j, t.path.s, offset, 0, is_return(j));
	}
	str_done(&t.path);
	return err;
}

/* ---- many functions of a file ---------------------------------------------------------------- */

struct offsets {
	struct sym_elf *e;
	VEC(uint64_t) at;
};

static int add_offset(void *offsets, const struct sym_symbol *s)
{
	struct offsets *o = offsets;
	uint64_t offset;

	return sym_elf_offset(o->e, s->addr, &offset) ? vec_push(&o->at, offset) : 0;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void drop_doubles(struct offsets *o)
{
	size_t i, n = 0;

	qsort(o->at.at, o->at.n, sizeof(*o->at.at), by_value);
	for (i = 0; i < o->at.n; i++)
		if (!n || o->at.at[n - 1] != o->at.at[i])
			o->at.at[n++] = o->at.at[i];
	o->at.n = n;
}

static int link_offsets(struct kern_job *j, const char *path, const struct offsets *o)
{
	union engine_attr attr = {.link_create = {.prog_fd = (uint32_t)j->a->prog,
						  .attach_type = j->a->attach,
						  .uprobe_multi = {.path = engine_ptr(path),
								   .offsets = engine_ptr(o->at.at),
								   .cnt = (uint32_t)o->at.n,
								   .flags = is_return(j) ? 1 : 0,
								   .pid = (uint32_t)j->a->pid}}};
	uint64_t *cookie = NULL;
	size_t i;
	int err;

	if (j->a->cookie) {
		cookie = mem_alloc_array(o->at.n, sizeof(*cookie));
		if (!cookie)
			return -ENOMEM;
		for (i = 0; i < o->at.n; i++)
			cookie[i] = j->a->cookie;
		attr.link_create.uprobe_multi.cookies = engine_ptr(cookie);
	}
	err = kern_keep(j, engine_link_create(j->e, &attr));
	mem_free(cookie);
	return err;
}

int kern_attach_uprobe_multi(struct kern_job *j)
{
	struct offsets o = {.at = VEC_INIT(FUNCS_MAX)};
	struct user_target t = {0};
	int err;

	str_init(&t.path, PATH_BYTES);
	err = split_user(j, &t);
	if (!err)
		err = sym_elf_open(t.path.s, j->d, &o.e);
	if (!err)
		err = sym_elf_match(o.e, t.func, add_offset, &o);
	if (!err && !o.at.n)
		err = kern_wrong(j, -ENOENT, "no function of %s fits '%s'", t.path.s, t.func);
	else if (!err) {
		drop_doubles(&o);
		kern_say(j, "%s %s:%s, %zu functions", j->a->row->name, t.path.s, t.func, o.at.n);
		err = link_offsets(j, t.path.s, &o);
		if (err)
			err = kern_wrong(j, err, "to the %zu functions of %s that fit '%s'", o.at.n, t.path.s, t.func);
	}
	vec_done(&o.at);
	sym_elf_close(o.e);
	str_done(&t.path);
	return err;
}

/* ---- tracepoints ----------------------------------------------------------------------------- */

int kern_attach_tracepoint(struct kern_job *j)
{
	struct perf_event_attr attr = {.size = sizeof(attr), .type = PERF_TYPE_TRACEPOINT, .disabled = 1};
	const char *slash = j->a->target ? strchr(j->a->target, '/') : NULL;
	char category[KERN_TEXT];
	uint64_t id;
	int err, fd;

	if (!slash)
		return kern_wrong(j, -EINVAL, "its section does not say to which tracepoint: tp/CATEGORY/NAME");
	snprintf(category, sizeof(category), "%.*s", (int)(slash - j->a->target), j->a->target);
	kern_say(j, "tracepoint %s", j->a->target);
	err = kern_tracepoint_id(category, slash + 1, &id);
	if (err)
		return kern_wrong(j, err, "tracepoint %s", j->a->target);
	attr.config = id;
	fd = kern_perf_open(&attr, -1, 0);
	err = fd < 0 ? fd : kern_set_program(j, fd);
	return err ? kern_wrong(j, err, "tracepoint %s", j->a->target) : 0;
}

/* ---- counters and clocks --------------------------------------------------------------------- */

static const struct event {
	const char *name;
	uint32_t type;
	uint64_t config, period;
} events[] = {
#define EVENT(name, TYPE, CONFIG, period) {name, PERF_TYPE_##TYPE, PERF_COUNT_##CONFIG, period},
#include "kern/event.def"
};

static int unknown_event(const struct kern_job *j, const char *name, size_t len)
{
	const char *names[ARRAY_LEN(events)], *near;
	size_t i;
	int err;

	for (i = 0; i < ARRAY_LEN(events); i++)
		names[i] = events[i].name;
	err = kern_wrong(j, -EINVAL, "there is no event '%.*s'", (int)len, name);
	near = near_best(name, len, names, ARRAY_LEN(names));
	if (near)
		diag_note(j->d, DIAG_NONE, "did you mean '%s'?", near);
	return err;
}

/* "cycles[:PERIOD]", "hz:99": samples a second, or "10ms": one in that time. */
static int read_event(const struct kern_job *j, const char *s, struct perf_event_attr *attr)
{
	size_t len = strcspn(s, ":"), i;
	uint64_t v = 0;

	if (s[len] && num_parse_u64(s + len + 1, strlen(s + len + 1), &v))
		return kern_wrong(j, -EINVAL, "'%s' is no number", s + len + 1);
	*attr = (struct perf_event_attr){.size = sizeof(*attr), .type = PERF_TYPE_SOFTWARE,
					 .config = PERF_COUNT_SW_CPU_CLOCK, .disabled = 1};
	if (len == 2 && !memcmp(s, "hz", 2) && v) {
		attr->freq = 1;
		attr->sample_freq = v;
		return 0;
	}
	if (!s[len] && *s >= '0' && *s <= '9' && !num_parse_duration(s, &v) && v) {
		attr->sample_period = v;
		return 0;
	}
	for (i = 0; i < ARRAY_LEN(events); i++) {
		if (strlen(events[i].name) != len || memcmp(events[i].name, s, len))
			continue;
		attr->type = events[i].type;
		attr->config = events[i].config;
		attr->sample_period = v ? v : events[i].period;
		return 0;
	}
	return unknown_event(j, s, len);
}

int kern_attach_perf_event(struct kern_job *j)
{
	const char *event = j->a->event ? j->a->event : "hz:99";
	int pid = j->a->pid ? j->a->pid : -1, n = 1, i, err, fd;
	struct perf_event_attr attr;
	uint32_t *cpu;

	err = read_event(j, event, &attr);
	if (err)
		return err;
	kern_say(j, "perf event %s", event);
	cpu = mem_alloc_array(CPUS_MAX, sizeof(*cpu));
	if (!cpu)
		return -ENOMEM;
	if (pid < 0)
		n = kern_cpus_online(cpu, CPUS_MAX);
	err = n < 0 ? n : 0;
	for (i = 0; i < n && !err; i++) {
		fd = kern_perf_open(&attr, pid, pid < 0 ? (int)cpu[i] : -1);
		err = fd < 0 ? fd : kern_set_program(j, fd);
	}
	mem_free(cpu);
	return err ? kern_wrong(j, err, "perf event %s", event) : 0;
}
