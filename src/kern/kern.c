/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel's engine: bpf(2) as it is, poll(2) and mmap(2) on its descriptors. */
#include <linux/perf_event.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "btf/btf.h"
#include "kern/kern.h"

struct kernel {
	struct engine engine; /* first */
	struct btf *vmlinux;  /* owned; NULL: not looked for yet, or not there */
};

enum { NSEC = 1000000000, LOAD_TRIES = 5 };

static int sys_bpf(struct engine *e, uint32_t cmd, void *attr, uint32_t size)
{
	int tries = cmd == ABI_CMD_PROG_LOAD ? LOAD_TRIES : 1;
	long got;

	(void)e;
	do {
		got = syscall(SYS_bpf, cmd, attr, size);
	} while (got < 0 && errno == EAGAIN && --tries > 0);
	return got < 0 ? -errno : (int)got;
}

static int sys_mmap(struct engine *e, int fd, size_t len, int prot, int flags, uint64_t off,
		    void **ret_addr)
{
	void *at = *ret_addr ? *ret_addr : NULL;

	(void)e;
	at = mmap(at, len, prot, at ? flags | MAP_FIXED : flags, fd, (off_t)off);
	if (at == MAP_FAILED)
		return -errno;
	*ret_addr = at;
	return 0;
}

static int sys_munmap(struct engine *e, void *addr, size_t len)
{
	(void)e;
	return munmap(addr, len) ? -errno : 0;
}

static int sys_wait(struct engine *e, const int *fd, size_t n, int64_t ns)
{
	struct timespec t = {.tv_sec = ns / NSEC, .tv_nsec = ns % NSEC};
	struct pollfd *p = mem_alloc_array(n, sizeof(*p));
	size_t i;
	int got;

	(void)e;
	if (!p && n)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		p[i] = (struct pollfd){.fd = fd[i], .events = POLLIN};
	got = ppoll(p, n, ns < 0 ? NULL : &t, NULL);
	if (got < 0)
		got = -errno;
	mem_free(p);
	return got;
}

static int sys_perf_open(struct engine *e, uint32_t cpu, uint32_t pages)
{
	struct perf_event_attr attr = {.size = sizeof(attr),
				       .type = PERF_TYPE_SOFTWARE,
				       .config = PERF_COUNT_SW_BPF_OUTPUT,
				       .sample_type = PERF_SAMPLE_RAW,
				       .sample_period = 1,
				       .wakeup_events = 1,
				       .read_format = PERF_FORMAT_LOST};
	int fd = kern_perf_open(&attr, -1, (int)cpu);

	(void)e, (void)pages; /* who maps it says how large it is */
	if (fd != -EINVAL)
		return fd;
	attr.read_format = 0; /* before 6.0 */
	return kern_perf_open(&attr, -1, (int)cpu);
}

static int sys_perf_lost(struct engine *e, int fd, uint64_t *ret_n)
{
	struct {
		uint64_t value, lost;
	} now;

	(void)e;
	if (read(fd, &now, sizeof(now)) != (ssize_t)sizeof(now))
		return -ENOTSUP;
	*ret_n = now.lost;
	return 0;
}

static void sys_close(struct engine *e, int fd)
{
	(void)e;
	close(fd);
}

static const struct btf *sys_vmlinux(struct engine *e)
{
	struct kernel *k = (struct kernel *)e;

	if (!k->vmlinux && btf_open("/sys/kernel/btf/vmlinux", NULL, NULL, &k->vmlinux))
		return NULL;
	return k->vmlinux;
}

static void sys_free(struct engine *e)
{
	btf_unref(((struct kernel *)e)->vmlinux);
	mem_free(e);
}

static const struct engine_ops kernel_ops = {
	.name = "kernel",
	.bpf = sys_bpf,
	.mmap = sys_mmap,
	.munmap = sys_munmap,
	.wait = sys_wait,
	.perf_open = sys_perf_open,
	.perf_lost = sys_perf_lost,
	.close = sys_close,
	.vmlinux = sys_vmlinux,
	.free = sys_free,
};

/* Whether we may create maps, which is the least that everything else needs. */
static int probe(struct engine *e, struct diag *d)
{
	struct engine_map_options o = {
		.type = ABI_MAP_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
	int fd = engine_map_create(e, &o);

	if (fd >= 0) {
		engine_close(e, fd);
		return 0;
	}
	if (fd == -ENOSYS) {
		diag_error(d, "kern.none", DIAG_NONE, "this kernel has no bpf(2)");
	} else if (fd == -EPERM) {
		diag_error(d, "kern.perm", DIAG_NONE, "the kernel does not let us use bpf(2)");
		diag_note(d, DIAG_NONE, kern_has_cap(kern_caps(), KERN_CAP_BPF) ?
			  "this process has CAP_BPF: in a container, a seccomp profile must let bpf(2) pass" :
			  "this process lacks CAP_BPF; programs take CAP_PERFMON or CAP_NET_ADMIN besides, by their type");
	} else {
		diag_error(d, "kern.bpf", DIAG_NONE, "the kernel made no map: %s", strerror(-fd));
	}
	return fd;
}

int engine_kernel_new(struct diag *d, struct engine **ret_e)
{
	struct kernel *k = mem_alloc(sizeof(*k));
	struct engine *e;
	struct utsname u;
	int err;

	if (!k)
		return -ENOMEM;
	e = &k->engine;
	e->ops = &kernel_ops;
	if (uname(&u) || abi_kernel_parse(u.release, strlen(u.release), &e->kernel))
		e->kernel = ABI_KERNEL_NEWEST;
	err = probe(e, d);
	if (err) {
		mem_free(k);
		return err;
	}
	*ret_e = e;
	return 0;
}
