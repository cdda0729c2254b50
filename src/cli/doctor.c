/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep doctor: what this machine allows, found out by trying, with the reason why not and the remedy.
 *
 * Each row of the table is one question. A trial loads or attaches the least that answers it and takes it
 * away at once; nothing stays.
 */
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "abi/abi.h"
#include "btf/btf.h"
#include "cli/noun.h"
#include "obj/obj.h"

enum { FILE_BYTES = 4096, BPF_FS = 0xcafe4a11 };
enum verdict { GOOD, FAIR, POOR }; /* FAIR: works, or is not needed, but should be known */

struct doctor {
	struct cli *c;
	struct engine *e; /* NULL: bpf(2) is closed to us */
	struct btf *btf;  /* owned: the kernel's; NULL: it has none */
	struct out out;
	unsigned count[POOR + 1];
};

static void say(struct doctor *d, enum verdict v, const char *what, const char *remedy, const char *fmt, ...)
	PRINTF_LIKE(5, 6);
static void say(struct doctor *d, enum verdict v, const char *what, const char *remedy, const char *fmt, ...)
{
	static const struct { const char *word; enum out_color color; } shown[] = {
		{"yes", OUT_GREEN}, {"note", OUT_YELLOW}, {"no", OUT_RED}};
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	d->count[v]++;
	out_object(&d->out, NULL);
	out_str_color(&d->out, "is", shown[v].word, shown[v].color);
	out_str(&d->out, "what", what);
	out_str(&d->out, "why", text);
	if (v != GOOD && remedy)
		out_str(&d->out, "remedy", remedy);
	out_end(&d->out);
}

static int read_text(const char *path, char *to, size_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, to, max - 1);
	close(fd);
	to[n < 0 ? 0 : n] = 0;
	to[strcspn(to, "\n")] = 0;
	return n < 0 ? -EIO : 0;
}

static int64_t read_sysctl(const char *path)
{
	char text[64];

	return read_text(path, text, sizeof(text)) ? -1 : strtoll(text, NULL, 10);
}

/* ---- who we are ------------------------------------------------------------------------------ */

static void ask_capabilities(struct doctor *d)
{
	static const struct { int cap; const char *name, *what; } rows[] = {
		{KERN_CAP_BPF, "CAP_BPF", "loading programs and making maps"},
		{KERN_CAP_PERFMON, "CAP_PERFMON", "tracing"},
		{KERN_CAP_NET_ADMIN, "CAP_NET_ADMIN", "networking programs"},
		{KERN_CAP_SYS_ADMIN, "CAP_SYS_ADMIN", "objects by id, statistics, mounts"},
	};
	uint64_t have = kern_caps();
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		say(d, kern_has_cap(have, rows[i].cap) ? GOOD : POOR, rows[i].name,
		    "run as root, or give the capability: setcap, systemd's AmbientCapabilities, docker --cap-add",
		    "%s", rows[i].what);
}

static void ask_limits(struct doctor *d)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_MEMLOCK, &r))
		return;
	if (d->e && d->e->kernel < ABI_KERNEL(5, 11))
		say(d, r.rlim_cur == RLIM_INFINITY ? GOOD : FAIR, "locked memory", "ulimit -l unlimited",
		    "kernels before 5.11 count maps and programs against RLIMIT_MEMLOCK");
	else
		say(d, GOOD, "locked memory", NULL, "this kernel counts the memory of maps by cgroup, not by RLIMIT_MEMLOCK");
}

/* ---- the system call ------------------------------------------------------------------------- */

static void ask_bpf(struct doctor *d)
{
	int64_t off = read_sysctl("/proc/sys/kernel/unprivileged_bpf_disabled");
	char text[FILE_BYTES];

	if (d->e)
		say(d, GOOD, "bpf(2)", NULL, "a map was made");
	else
		say(d, POOR, "bpf(2)", "root or CAP_BPF; in a container a seccomp profile that lets bpf(2) pass; skep run needs none",
		    "no map can be made");
	say(d, off == 0 ? FAIR : GOOD, "unprivileged bpf(2)", "sysctl kernel.unprivileged_bpf_disabled=2",
	    off == 0 ? "open to everybody (kernel.unprivileged_bpf_disabled = 0)" :
		       "closed to who has no capability (kernel.unprivileged_bpf_disabled = %lld)", (long long)off);
	if (!read_text("/sys/kernel/security/lockdown", text, sizeof(text)))
		say(d, strstr(text, "[none]") ? GOOD : FAIR, "lockdown",
		    "confidentiality keeps programs from reading the kernel's memory: boot with lockdown=integrity or none",
		    "%s", text);
}

static int load_least(struct doctor *d, uint32_t type, const char *name)
{
	static const struct insn code[] = {{.code = 0xb7}, {.code = 0x95}}; /* r0 = 0; exit */
	const struct engine_prog_options o = {
		.name = name, .license = "GPL", .type = type, .insn = code, .insns = ARRAY_LEN(code)};

	return engine_prog_load(d->e, &o);
}

static void ask_jit(struct doctor *d)
{
	int64_t on = read_sysctl("/proc/sys/net/core/bpf_jit_enable");
	struct engine_prog_info p = {0};
	int fd = d->e ? load_least(d, ABI_PROG_SOCKET_FILTER, "doctor") : -1;

	if (fd >= 0 && !engine_info(d->e, fd, &p, sizeof(p)))
		say(d, p.jited_len ? GOOD : POOR, "JIT", "sysctl net.core.bpf_jit_enable=1",
		    p.jited_len ? "a program became native code" : "programs are interpreted (bpf_jit_enable = %lld)", (long long)on);
	if (d->e)
		engine_close(d->e, fd);
	if (read_sysctl("/proc/sys/net/core/bpf_jit_harden") > 0)
		say(d, FAIR, "JIT hardening", "sysctl net.core.bpf_jit_harden=0, where nobody untrusted loads programs",
		    "constants are blinded, which costs a little");
}

static void ask_btf(struct doctor *d)
{
	if (!btf_open(CLI_VMLINUX, NULL, NULL, &d->btf))
		say(d, GOOD, "BTF", NULL, "the kernel says its types: %u of them", btf_count(d->btf));
	else
		say(d, POOR, "BTF", "a kernel with CONFIG_DEBUG_INFO_BTF=y, or --btf FILE for CO-RE",
		    "there is no %s", CLI_VMLINUX);
}

/* ---- file systems ---------------------------------------------------------------------------- */

static void ask_mounts(struct doctor *d)
{
	struct statfs fs;
	struct str s;
	int err;

	if (!statfs("/sys/fs/bpf", &fs) && (uint32_t)fs.f_type == BPF_FS)
		say(d, GOOD, "bpffs", NULL, "/sys/fs/bpf");
	else
		say(d, FAIR, "bpffs", "mount -t bpf bpf /sys/fs/bpf", "not mounted: nothing can be pinned");
	str_init(&s, 1 << 20);
	err = kern_tracefs_read("trace_clock", &s);
	say(d, err ? POOR : GOOD, "tracefs", "mount -t tracefs tracefs /sys/kernel/tracing, or CAP_SYS_ADMIN",
	    err ? "tracepoints have no names: %s" : "readable, mounted or not", strerror(-err));
	str_done(&s);
}

/* ---- hooks, by trying ------------------------------------------------------------------------ */

static void ask_tracepoint(struct doctor *d)
{
	struct perf_event_attr attr = {.size = sizeof(attr), .type = PERF_TYPE_TRACEPOINT, .disabled = 1};
	uint64_t id = 0;
	int err = kern_tracepoint_id("sched", "sched_switch", &id), fd = -1;

	attr.config = id;
	if (!err) {
		fd = kern_perf_open(&attr, -1, 0);
		err = fd < 0 ? fd : 0;
	}
	say(d, err ? POOR : GOOD, "tracepoints", "root or CAP_PERFMON, and tracefs", err ? "%s" : "sched:sched_switch was opened",
	    strerror(-err));
	if (fd >= 0)
		close(fd);
}

static void ask_raw_tracepoint(struct doctor *d)
{
	int prog = load_least(d, ABI_PROG_RAW_TRACEPOINT, "doctor");
	int link = prog < 0 ? prog : engine_raw_tracepoint(d->e, "sched_switch", prog, 0);

	say(d, link < 0 ? POOR : GOOD, "raw tracepoints", "root or CAP_PERFMON",
	    link < 0 ? "%s" : "sched_switch was attached to", strerror(link < 0 ? -link : 0));
	engine_close(d->e, link);
	engine_close(d->e, prog);
}

/* A program on a function or tracepoint by its BTF id. */
static int try_tracing(struct doctor *d, uint32_t type, uint32_t attach, const char *name, uint32_t kinds)
{
	static const struct insn code[] = {{.code = 0xb7}, {.code = 0x95}};
	struct engine_prog_options o = {.name = "doctor", .license = "GPL", .type = type, .attach = attach,
					.insn = code, .insns = ARRAY_LEN(code)};
	int prog, link;

	o.attach_btf_id = d->btf ? btf_find(d->btf, name, kinds) : 0;
	if (!o.attach_btf_id)
		return -ENOENT;
	prog = engine_prog_load(d->e, &o);
	link = prog < 0 ? prog : engine_raw_tracepoint(d->e, NULL, prog, 0);
	engine_close(d->e, prog);
	engine_close(d->e, link);
	return link < 0 ? link : 0;
}

static void ask_tracing(struct doctor *d)
{
	static const struct { uint32_t type, attach; const char *what, *name, *remedy; uint32_t kinds; } rows[] = {
		{ABI_PROG_TRACING, ABI_ATTACH_TRACE_RAW_TP, "tp_btf", "btf_trace_sched_switch",
		 "raw tracepoints do without BTF", BTF_BIT(TYPEDEF)},
		{ABI_PROG_TRACING, ABI_ATTACH_TRACE_FENTRY, "fentry, fexit", "schedule",
		 "kprobes, tracepoints or tp_btf of the same subsystem", BTF_BIT(FUNC)},
		{ABI_PROG_LSM, ABI_ATTACH_LSM_MAC, "LSM programs", "bpf_lsm_file_open",
		 "CONFIG_BPF_LSM=y and lsm=...,bpf on the kernel's command line", BTF_BIT(FUNC)},
	};
	size_t i;
	int err;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		err = try_tracing(d, rows[i].type, rows[i].attach, rows[i].name, rows[i].kinds);
		say(d, err ? POOR : GOOD, rows[i].what, rows[i].remedy,
		    !err ? "%s was attached to" : err == -ENOENT ? "the kernel has no %s" : "%s: %s", rows[i].name,
		    strerror(-err));
	}
}

static void ask_probes(struct doctor *d)
{
	static const struct { const char *what, *path, *remedy; } rows[] = {
		{"kprobes", "/sys/bus/event_source/devices/kprobe/type",
		 "fentry, tracepoints or tp_btf of the same subsystem; a kernel with CONFIG_KPROBES=y"},
		{"uprobes", "/sys/bus/event_source/devices/uprobe/type", "a kernel with CONFIG_UPROBES=y"},
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (access(rows[i].path, R_OK))
			say(d, POOR, rows[i].what, rows[i].remedy, "the kernel has none");
		else
			say(d, GOOD, rows[i].what, NULL, "the kernel has them");
}

static void ask_counters(struct doctor *d)
{
	struct perf_event_attr attr = {.size = sizeof(attr), .type = PERF_TYPE_HARDWARE,
				       .config = PERF_COUNT_HW_CPU_CYCLES, .disabled = 1};
	int fd = kern_perf_open(&attr, -1, 0);

	say(d, fd < 0 ? FAIR : GOOD, "hardware counters",
	    "virtual machines seldom have them: software events (cpu-clock, page-faults) work",
	    fd < 0 ? "cycles: %s" : "cycles were counted", strerror(fd < 0 ? -fd : 0));
	if (fd >= 0)
		close(fd);
}

static void ask_stats(struct doctor *d)
{
	int fd = engine_enable_stats(d->e);

	say(d, fd < 0 ? FAIR : GOOD, "run statistics", "sysctl kernel.bpf_stats_enabled=1",
	    fd < 0 ? "%s" : "can be switched on", strerror(fd < 0 ? -fd : 0));
	engine_close(d->e, fd);
}

static void ask_config(struct doctor *d)
{
	static const struct { const char *option, *what; } rows[] = {
		{"CONFIG_BPF_SYSCALL=y", "bpf(2)"},	  {"CONFIG_BPF_JIT=y", "native code"},
		{"CONFIG_DEBUG_INFO_BTF=y", "BTF"},	  {"CONFIG_BPF_EVENTS=y", "programs on probes and events"},
		{"CONFIG_KPROBES=y", "kprobes"},	  {"CONFIG_UPROBES=y", "uprobes"},
		{"CONFIG_CGROUP_BPF=y", "programs of cgroups"}, {"CONFIG_BPF_LSM=y", "LSM programs"},
		{"CONFIG_FUNCTION_TRACER=y", "fentry, kprobe_multi"},
	};
	struct str s;
	size_t i;

	str_init(&s, 16 << 20);
	if (obj_kconfig_read(NULL, NULL, &s)) {
		say(d, FAIR, "kernel configuration", "the file config-VERSION of /boot, or CONFIG_IKCONFIG_PROC=y",
		    "is not to be had: .kconfig variables of objects need it");
	} else {
		say(d, GOOD, "kernel configuration", NULL, "can be read");
		for (i = 0; i < ARRAY_LEN(rows); i++)
			if (!strstr(s.s, rows[i].option))
				say(d, FAIR, rows[i].option, "another kernel", "is not set: %s", rows[i].what);
	}
	str_done(&s);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static int run(const struct opt_args *a)
{
	struct doctor d = {.c = cli_of(a)};
	struct diag quiet;

	diag_init(&quiet, 10);
	if (engine_kernel_new(&quiet, &d.e))
		d.e = NULL;
	diag_done(&quiet);
	cli_out_init(d.c, &d.out);
	out_array(&d.out, NULL, OUT_TABLE);
	ask_bpf(&d);
	ask_capabilities(&d);
	ask_limits(&d);
	ask_jit(&d);
	ask_btf(&d);
	ask_mounts(&d);
	ask_tracepoint(&d);
	if (d.e) {
		ask_raw_tracepoint(&d);
		ask_tracing(&d);
	}
	ask_probes(&d);
	ask_counters(&d);
	if (d.e)
		ask_stats(&d);
	ask_config(&d);
	out_end(&d.out);
	out_text(&d.out, "%u work, %u do not, %u to be known\n", d.count[GOOD], d.count[POOR], d.count[FAIR]);
	engine_free(d.e);
	btf_unref(d.btf);
	return cli_out_done(d.c, &d.out, CLI_OK);
}

const struct opt_command cmd_doctor = {
	.name = "doctor",
	.summary = "tell what this machine allows, and what would help",
	.about = "Tries each kind of thing that BPF programs need of a machine - the system call, capabilities, the JIT, "
		 "BTF, file systems, each kind of hook - and says of what does not work why, and the remedy. Nothing it "
		 "makes stays.",
	.run = run,
	.min_args = 0,
	.max_args = 0,
};
