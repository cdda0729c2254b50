/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whole files in and out. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
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

/* Pipes, terminals, /proc files of size 0, and small files: read to the end. */
static int read_all(int fd, const char *path, size_t max, struct diag *d, struct file *ret_file)
{
	size_t cap = 0, n = 0;
	uint8_t *p = NULL, *grown;
	ssize_t got;

	for (;;) {
		if (n + 1 >= cap) {
			cap = STRESS ? n + 2 : MAX(cap * 2, (size_t)16384);
			grown = mem_realloc(p, cap);
			if (!grown) {
				mem_free(p);
				return fail(d, path, "cannot read", ENOMEM);
			}
			p = grown;
		}
		got = read(fd, p + n, MIN(cap - n - 1, (size_t)INT_MAX));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			mem_free(p);
			return fail(d, path, "cannot read", errno);
		}
		if (!got)
			break;
		n += (size_t)got;
		if (n > max) {
			mem_free(p);
			return too_big(d, path, max);
		}
	}
	p[n] = 0;
	*ret_file = (struct file){.data = p, .size = n};
	return 0;
}

/* One page more than the file is reserved first, so that a NUL always stands behind the data. */
static int map_all(int fd, const char *path, size_t size, struct diag *d, struct file *ret_file)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = ALIGN_UP(size + 1, page);
	void *p = mmap(NULL, whole, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return fail(d, path, "cannot map", errno);
	if (mmap(p, size, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED) {
		int err = errno;

		munmap(p, whole);
		return fail(d, path, "cannot map", err);
	}
	*ret_file = (struct file){.data = p, .size = size, .mapped = whole};
	return 0;
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
	} else if (S_ISREG(st.st_mode) && st.st_size >= (off_t)FILE_MAP_MIN && !is_stdin) {
		err = map_all(fd, path, (size_t)st.st_size, d, ret_file);
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
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

/* Devices and pipes cannot be replaced: they are written to as they are. */
static int write_in_place(const char *path, const void *data, size_t size, struct diag *d)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY), err;

	if (fd < 0)
		return fail(d, path, "cannot open", errno);
	err = file_write_fd(fd, data, size);
	if (close(fd) && !err)
		err = -errno;
	return err ? fail(d, path, "cannot write", -err) : 0;
}

int file_write(const char *path, const void *data, size_t size, struct diag *d)
{
	char temp[PATH_MAX];
	struct stat st;
	int fd, err, n;
	bool exists;

	if (!strcmp(path, "-")) {
		err = file_write_fd(STDOUT_FILENO, data, size);
		return err ? fail(d, path, "cannot write", -err) : 0;
	}
	exists = !stat(path, &st);
	if (exists && !S_ISREG(st.st_mode))
		return write_in_place(path, data, size, d);
	n = snprintf(temp, sizeof(temp), "%s.%ld.tmp", path, (long)getpid());
	if (n < 0 || (size_t)n >= sizeof(temp))
		return fail(d, path, "cannot create", ENAMETOOLONG);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return fail(d, path, "cannot create", errno);
	err = file_write_fd(fd, data, size);
	if (!err && exists && fchmod(fd, st.st_mode & 07777))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(temp, path))
		err = -errno;
	if (err) {
		unlink(temp);
		return fail(d, path, "cannot write", -err);
	}
	return 0;
}
