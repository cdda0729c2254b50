/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libskep-preload.so: the embedded engine under a program that is dynamically linked, in place of the
 * kernel's bpf(2).
 *
 *	LD_PRELOAD=libskep-preload.so bpftool prog load x.o /sys/fs/bpf/x
 *
 * The engine is made by the first bpf(2) call and lives as long as the process: objects are not
 * shared between processes. Its descriptors are real ones, so that close, dup, fork and epoll_ctl need
 * nothing from us. What is interposed:
 *
 *   syscall                  bpf(2) itself
 *   mmap munmap              of maps
 *   poll ppoll epoll_wait..  ring buffers become readable by what programs have left in them
 *   readlink fopen           /proc/self/fd/N and fdinfo/N of our descriptors
 *   statfs mkdir unlink      below the tree of pins, which need not be there
 *
 * The environment says what else: SKEP_PIN_ROOT (/sys/fs/bpf), SKEP_KERNEL (6.18: answer as that
 * kernel), SKEP_VMLINUX (BTF that plays the kernel's; the running kernel's, if it can be read; ""
 * none), SKEP_TRUST=1 (programs are safe: run them in native code), SKEP_TRACE (a file, or - for
 * stderr, that gets what programs print).
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "abi/abi.h"
#include "engine/engine.h"

#define EXPORT __attribute__((visibility("default")))

enum { BPFFS_MAGIC = 0xcafe4a11 };

static struct engine *the_engine; /* set once */
static int trace_fd = -1;

/* The function that we stand in front of. */
#define NEXT(name)                                                                                 \
	({                                                                                         \
		static __typeof__(name) *next_;                                                    \
		if (!next_)                                                                        \
			next_ = (__typeof__(name) *)(uintptr_t)dlsym(RTLD_NEXT, #name);            \
		next_;                                                                             \
	})

/* ---- the engine ---- */

static void trace(void *arg, const char *text, size_t n)
{
	(void)arg;
	if (file_write_fd(trace_fd, text, n))
		trace_fd = -1; /* nobody listens */
}

static void make_engine(void)
{
	const char *kernel = getenv("SKEP_KERNEL"), *to = getenv("SKEP_TRACE"),
		   *vmlinux = getenv("SKEP_VMLINUX"), *trust = getenv("SKEP_TRUST");
	struct engine_options o = {.check_memory = true, .pin_root = getenv("SKEP_PIN_ROOT")};
	struct engine *e;

	if (kernel && abi_kernel_parse(kernel, strlen(kernel), &o.kernel))
		o.kernel = 0;
	if (!vmlinux && !access("/sys/kernel/btf/vmlinux", R_OK))
		vmlinux = "/sys/kernel/btf/vmlinux";
	o.vmlinux = vmlinux && *vmlinux ? vmlinux : NULL;
	o.trust = trust && *trust == '1';
	if (to)
		trace_fd = strcmp(to, "-") ? open(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : 2;
	if (trace_fd >= 0)
		o.print = trace;
	if (!engine_embedded_new(&o, NULL, &e))
		__atomic_store_n(&the_engine, e, __ATOMIC_RELEASE);
}

/* So that nothing is left of the pins. */
__attribute__((destructor)) static void end_engine(void)
{
	struct engine *e = __atomic_exchange_n(&the_engine, NULL, __ATOMIC_ACQ_REL);

	engine_free(e);
}

static struct engine *engine(void)
{
	return __atomic_load_n(&the_engine, __ATOMIC_ACQUIRE);
}

static struct engine *engine_made(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, make_engine);
	return engine();
}

static int answer(int got)
{
	if (got >= 0)
		return got;
	errno = -got;
	return -1;
}

EXPORT long syscall(long number, ...)
{
	struct engine *e;
	long a[6];
	va_list ap;
	int i;

	va_start(ap, number);
	for (i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (number != SYS_bpf)
		return NEXT(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	e = engine_made();
	if (!e)
		return answer(-ENOMEM);
	return answer(engine_bpf(e, (uint32_t)a[0], (void *)a[1], (uint32_t)a[2]));
}

/* ---- memory ---- */

static bool is_map(int fd)
{
	struct engine *e = engine();
	const char *kind = e && fd >= 0 ? engine_embedded_kind(e, fd) : NULL;

	return kind && !strcmp(kind, "bpf-map");
}

static void *map_memory(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{
	void *at = flags & MAP_FIXED ? addr : NULL;
	int err = engine_mmap(engine(), fd, len, prot, flags, (uint64_t)off, &at);

	if (!err)
		return at;
	errno = -err;
	return MAP_FAILED;
}

EXPORT void *mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{
	return is_map(fd) ? map_memory(addr, len, prot, flags, fd, off)
			  : NEXT(mmap)(addr, len, prot, flags, fd, off);
}

EXPORT void *mmap64(void *addr, size_t len, int prot, int flags, int fd, off64_t off)
{
	return mmap(addr, len, prot, flags, fd, off);
}

EXPORT int munmap(void *addr, size_t len)
{
	struct engine *e = engine();

	if (e && engine_embedded_maps(e, addr))
		return answer(engine_munmap(e, addr, len));
	return NEXT(munmap)(addr, len);
}

/* ---- waiting ---- */

static void settle(void)
{
	struct engine *e = engine();

	if (e)
		engine_embedded_settle(e);
}

EXPORT int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	settle();
	return NEXT(poll)(fds, n, timeout);
}

EXPORT int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *set)
{
	settle();
	return NEXT(ppoll)(fds, n, timeout, set);
}

EXPORT int epoll_wait(int epfd, struct epoll_event *ev, int max, int timeout)
{
	/* the engine's own way of finding out what was closed must not come here again */
	static _Thread_local bool inside;
	int got;

	if (!inside) {
		inside = true;
		settle();
		inside = false;
	}
	got = NEXT(epoll_wait)(epfd, ev, max, timeout);
	return got;
}

EXPORT int epoll_pwait(int epfd, struct epoll_event *ev, int max, int timeout, const sigset_t *set)
{
	settle();
	return NEXT(epoll_pwait)(epfd, ev, max, timeout, set);
}

/* ---- /proc ---- */

/* The number at the end of a path, if what is before it is `dir` of this process; or -1. */
static int number_in(const char *path, const char *dir)
{
	static const char self[] = "/proc/self/";
	char own[32], *end;
	size_t n = sizeof(self) - 1;
	long fd;

	snprintf(own, sizeof(own), "/proc/%d/", getpid());
	if (!strncmp(path, own, strlen(own)))
		n = strlen(own);
	else if (strncmp(path, self, n))
		return -1;
	if (strncmp(path + n, dir, strlen(dir)))
		return -1;
	path += n + strlen(dir);
	fd = strtol(path, &end, 10);
	return end == path || *end || fd < 0 || fd > INT_MAX ? -1 : (int)fd;
}

EXPORT ssize_t readlink(const char *path, char *buf, size_t size)
{
	struct engine *e = engine();
	int fd = e ? number_in(path, "fd/") : -1, n;
	const char *kind = fd >= 0 ? engine_embedded_kind(e, fd) : NULL;
	char text[64];

	if (!kind)
		return NEXT(readlink)(path, buf, size);
	n = snprintf(text, sizeof(text), "anon_inode:%s", kind);
	memcpy(buf, text, MIN((size_t)n, size));
	return (ssize_t)MIN((size_t)n, size);
}

/* What fdinfo would say, as a file to be read; NULL: it is not about a descriptor of ours. */
static FILE *open_fdinfo(const char *path)
{
	struct engine *e = engine();
	int fd = e ? number_in(path, "fdinfo/") : -1, mem;
	FILE *f = NULL;
	struct str s;

	if (fd < 0 || !engine_embedded_kind(e, fd))
		return NULL;
	str_init(&s, 4096);
	mem = memfd_create("fdinfo", MFD_CLOEXEC);
	if (mem >= 0 && !engine_embedded_fdinfo(e, fd, &s) && !file_write_fd(mem, s.s, s.n) &&
	    !lseek(mem, 0, SEEK_SET))
		f = fdopen(mem, "r");
	if (!f && mem >= 0)
		close(mem);
	str_done(&s);
	return f;
}

EXPORT FILE *fopen(const char *path, const char *mode)
{
	FILE *f = open_fdinfo(path);

	return f ? f : NEXT(fopen)(path, mode);
}

EXPORT FILE *fopen64(const char *path, const char *mode)
{
	FILE *f = open_fdinfo(path);

	return f ? f : NEXT(fopen64)(path, mode);
}

/* ---- the tree of pins ---- */

static bool in_tree(const char *path)
{
	struct engine *e = engine_made();

	return e && engine_embedded_is_pinnable(e, path);
}

EXPORT int statfs(const char *path, struct statfs *st)
{
	int got = NEXT(statfs)(path, st);

	if (!in_tree(path))
		return got;
	if (got)
		memset(st, 0, sizeof(*st));
	st->f_type = BPFFS_MAGIC;
	return 0;
}

EXPORT int statfs64(const char *path, struct statfs64 *st)
{
	return statfs(path, (struct statfs *)st); /* one and the same on 64-bit machines */
}

EXPORT int mkdir(const char *path, mode_t mode)
{
	int got = NEXT(mkdir)(path, mode);

	/* where there can be no directory, pins do not need one */
	if (got && errno != EEXIST && in_tree(path))
		return 0;
	return got;
}

EXPORT int unlink(const char *path)
{
	struct engine *e = engine();

	if (e && !engine_embedded_unpin(e, path))
		return 0;
	return NEXT(unlink)(path);
}
