/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* perf_event_open(2), CPUs, and the files of tracefs. */
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kern/kern.h"

enum { LIST_MAX = 1 << 16, FILE_CHUNK = 4096, TEXT_MAX = 16 << 20 };

int kern_perf_open(const struct perf_event_attr *attr, int pid, int cpu)
{
	int fd = (int)syscall(SYS_perf_event_open, attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* "0-3,5": the numbers in it. */
static int read_list(const char *s, uint32_t *to, uint32_t max)
{
	unsigned long first, last;
	uint32_t n = 0;
	char *end;

	while (*s >= '0' && *s <= '9') {
		first = last = strtoul(s, &end, 10);
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (; first <= last; first++) {
			if (n == max)
				return -E2BIG;
			to[n++] = (uint32_t)first;
		}
		s = end + (*end == ',');
	}
	return (int)n;
}

static int read_fd(int fd, struct str *s)
{
	char bytes[FILE_CHUNK];
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		str_addn(s, bytes, (size_t)n);
	n = n < 0 ? -errno : str_err(s);
	close(fd);
	return (int)n;
}

int kern_cpus_online(uint32_t *cpu, uint32_t max)
{
	int fd = open("/sys/devices/system/cpu/online", O_RDONLY | O_CLOEXEC), n;
	struct str s;

	if (fd < 0) { /* without sysfs */
		n = (int)sysconf(_SC_NPROCESSORS_ONLN);
		for (fd = 0; fd < n && (uint32_t)fd < max; fd++)
			cpu[fd] = (uint32_t)fd;
		return fd;
	}
	str_init(&s, LIST_MAX);
	n = read_fd(fd, &s);
	if (!n)
		n = read_list(s.s, cpu, max);
	str_done(&s);
	return n;
}

/* ---- tracefs --------------------------------------------------------------------------------- */

/* A mount of it that is in nobody's tree, and goes when it is closed. */
static int mount_ours(void)
{
	int fs = (int)syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC), dir = -1;

	if (fs < 0)
		return -errno;
	if (!syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		dir = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	if (dir < 0)
		dir = -errno;
	close(fs);
	return dir;
}

/* The directory, opened once for the process. */
static int tracefs(void)
{
	static const char *const places[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};
	static int dir = -1;
	size_t i;

	if (dir >= 0)
		return dir;
	for (i = 0; i < ARRAY_LEN(places); i++) {
		int fd = open(places[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd >= 0 && !faccessat(fd, "events", F_OK, 0)) {
			dir = fd;
			return dir;
		}
		if (fd >= 0)
			close(fd);
	}
	i = (size_t)mount_ours();
	if ((int)i >= 0)
		dir = (int)i;
	return (int)i;
}

int kern_tracefs_open(const char *path)
{
	int dir = tracefs(), fd;

	if (dir < 0)
		return dir;
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int kern_tracefs_read(const char *path, struct str *ret_text)
{
	int fd = kern_tracefs_open(path);

	return fd < 0 ? fd : read_fd(fd, ret_text);
}

int kern_tracepoint_id(const char *category, const char *name, uint64_t *ret_id)
{
	char path[512];
	struct str s;
	int err, n = snprintf(path, sizeof(path), "events/%s/%s/id", category, name);

	if (n < 0 || (size_t)n >= sizeof(path) || strstr(path, "..") || strchr(name, '/'))
		return -ENOENT;
	str_init(&s, TEXT_MAX);
	err = kern_tracefs_read(path, &s);
	if (!err)
		err = num_parse_u64(s.s, strcspn(s.s, "\n"), ret_id);
	str_done(&s);
	return err;
}
