/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whole files in and out. */
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/impl.h"

static int fail(struct diag *d, const char *path, const char *what, int err)
{
	diag_error(d, "file", diag_file(path), "%s: %s", what, strerror(err));
	return -err;
}

static int too_big(struct diag *d, const char *path, size_t max)
{
	struct str s;

	str_init(&s, 64);
	num_size(&s, max);
	diag_error(d, "file.size", diag_file(path), "is larger than the %s that fit here", s.s);
	str_done(&s);
	return -EFBIG;
}

/* Somebody may have made our stdin or stdout non-blocking: then we wait by hand. */
static bool again(int fd, short events)
{
	struct pollfd p = {fd, events, 0};

	return errno == EINTR || (errno == EAGAIN && (poll(&p, 1, -1) >= 0 || errno == EINTR));
}

/* Pipes, terminals, /proc files of size 0, and small files: read to the end. */
static int read_all(int fd, const char *path, size_t max, struct diag *d, struct file *ret_file)
{
	size_t cap = 0, n = 0;
	uint8_t *p = NULL, *grown;
	ssize_t got;
	int err;

	for (;;) {
		if (n + 1 >= cap) {
			cap = STRESS_GROWTH(cap) ? n + 1024 : MAX(cap * 2, (size_t)16384);
			grown = mem_realloc(p, cap);
			if (!grown) {
				err = fail(d, path, "cannot read", ENOMEM);
				break;
			}
			p = grown;
		}
		got = read(fd, p + n, MIN(cap - n - 1, (size_t)INT_MAX));
		if (got < 0 && again(fd, POLLIN))
			continue;
		if (got < 0) {
			err = fail(d, path, "cannot read", errno);
			break;
		}
		if (!got) {
			p[n] = 0;
			*ret_file = (struct file){.data = p, .size = n};
			return 0;
		}
		n += (size_t)got;
		if (n > max) {
			err = too_big(d, path, max);
			break;
		}
	}
	mem_free(p);
	return err;
}

/*
 * One page more than the file is reserved first, so that a NUL always stands behind the data. Not
 * all that looks like a regular file can be mapped: those of sysfs (the kernel's BTF) often cannot.
 */
static bool map_all(int fd, size_t size, struct file *ret_file)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = ALIGN_UP(size + 1, page);
	void *p = mmap(NULL, whole, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return false;
	if (mmap(p, size, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED) {
		munmap(p, whole);
		return false;
	}
	*ret_file = (struct file){.data = p, .size = size, .mapped = whole};
	return true;
}

int file_read(const char *path, size_t max, struct diag *d, struct file *ret_file)
{
	bool is_stdin = !strcmp(path, "-");
	struct stat st;
	int fd, err;

	fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return fail(d, path, "cannot open", errno);
	if (fstat(fd, &st)) {
		err = fail(d, path, "cannot read", errno);
	} else if (S_ISDIR(st.st_mode)) {
		err = fail(d, path, "cannot read", EISDIR);
	} else if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > max) {
		err = too_big(d, path, max);
	} else if (S_ISREG(st.st_mode) && st.st_size >= (off_t)FILE_MAP_MIN && !is_stdin &&
		   map_all(fd, (size_t)st.st_size, ret_file)) {
		err = 0;
	} else {
		err = read_all(fd, path, max, d, ret_file);
	}
	if (!is_stdin)
		close(fd);
	return err;
}

void file_done(struct file *f)
{
	if (f->mapped)
		munmap((void *)(uintptr_t)f->data, f->mapped);
	else
		mem_free((void *)(uintptr_t)f->data);
	*f = (struct file){0};
}

int file_write_fd(int fd, const void *data, size_t size)
{
	const uint8_t *p = data;
	ssize_t n;

	while (size) {
		n = write(fd, p, size);
		if (n < 0 && again(fd, POLLOUT))
			continue;
		if (n < 0)
			return -errno;
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

/*
 * Devices and pipes cannot be replaced, and a link to what is not there yet has nothing to lose:
 * they are written to as they are.
 */
static int write_in_place(const char *path, int flags, const void *data, size_t size,
			  struct diag *d)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | flags, 0666), err;

	if (fd < 0)
		return fail(d, path, "cannot open", errno);
	err = file_write_fd(fd, data, size);
	if (close(fd) && !err)
		err = -errno;
	return err ? fail(d, path, "cannot write", -err) : 0;
}

/* A new file beside `path`, under a name that nobody has. */
static int open_temp(const char *path, mode_t mode, char *temp, size_t size)
{
	static unsigned counter;
	const char *slash = strrchr(path, '/');
	int dir = slash ? (int)(slash + 1 - path) : 0, fd, n;

	do {
		n = snprintf(temp, size, "%.*s.skep-%ld-%u.tmp", dir, path, (long)getpid(),
			     __atomic_fetch_add(&counter, 1, __ATOMIC_RELAXED));
		if (n < 0 || (size_t)n >= size) {
			errno = ENAMETOOLONG;
			return -1;
		}
		fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	} while (fd < 0 && errno == EEXIST);
	return fd;
}

/*
 * The new file is as open to others as the old one; to whom it belongs is kept where that is
 * allowed.
 */
static int keep_access(int fd, const struct stat *old)
{
	if (fchown(fd, old->st_uid, old->st_gid) && errno != EPERM && errno != EINVAL)
		return -errno;
	return fchmod(fd, old->st_mode & 0777) ? -errno : 0;
}

/* old: what is there now; NULL: nothing. `shown` is how the user called it. */
static int replace(const char *path, const struct stat *old, const void *data, size_t size,
		   struct diag *d, const char *shown)
{
	char temp[PATH_MAX];
	int fd = open_temp(path, old ? 0600 : 0666, temp, sizeof(temp)), err;

	if (fd < 0)
		return fail(d, shown, "cannot create", errno);
	err = file_write_fd(fd, data, size);
	if (!err && old)
		err = keep_access(fd, old);
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(temp, path))
		err = -errno;
	if (!err)
		return 0;
	unlink(temp);
	return fail(d, shown, "cannot write", -err);
}

int file_write(const char *path, const void *data, size_t size, struct diag *d)
{
	char target[PATH_MAX];
	struct stat st;
	int err;

	if (!strcmp(path, "-")) {
		err = file_write_fd(STDOUT_FILENO, data, size);
		return err ? fail(d, "<stdout>", "cannot write", -err) : 0;
	}
	if (lstat(path, &st))
		return replace(path, NULL, data, size, d, path);
	if (!S_ISLNK(st.st_mode))
		snprintf(target, sizeof(target), "%s", path);
	else if (!realpath(path, target) || stat(target, &st))
		return write_in_place(path, O_CREAT | O_TRUNC, data, size, d);
	if (!S_ISREG(st.st_mode))
		return write_in_place(path, 0, data, size, d);
	return replace(target, &st, data, size, d, path);
}
