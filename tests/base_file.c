/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whole files in and out: every kind of file there is, and all that can go wrong with one. */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

/* ---- a folder for each test ---- */

static char dir[64];
static char path_text[4][4400];

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	(void)st, (void)kind, (void)f;
	return remove(path);
}

static void remove_dir(void)
{
	chmod(dir, 0700);
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* What an earlier test has left, when it ended by a CHECK, goes first. */
static void make_dir(void)
{
	if (dir[0])
		remove_dir();
	snprintf(dir, sizeof(dir), "/tmp/skep-file-XXXXXX");
	if (!mkdtemp(dir))
		FAIL("mkdtemp: %s", strerror(errno));
}

static const char *in_dir(const char *name)
{
	static unsigned next;
	char *p = path_text[next++ % ARRAY_LEN(path_text)];

	snprintf(p, sizeof(path_text[0]), "%s/%s", dir, name);
	return p;
}

/* How many files there are: none may have been left behind. */
static int entries(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d)))
		n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
	if (d)
		closedir(d);
	return n;
}

static void put(const char *path, const void *data, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || file_write_fd(fd, data, n) || close(fd))
		FAIL("%s: %s", path, strerror(errno));
}

/* The file has this text; read by other means than those that are tested. */
static bool has(const char *path, const char *want)
{
	char got[256];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, got, sizeof(got));

	close(fd);
	return n == (ssize_t)strlen(want) && !memcmp(got, want, (size_t)n);
}

/* file_read or file_write fails with `err`, and the one message that it leaves says `text`. */
static void says(int got, int err, struct diag *d, const char *text)
{
	struct str s;
	char said[600] = "";
	uint32_t count = d->count[DIAG_ERROR];

	str_init(&s, sizeof(said) - 1);
	diag_render(d, DIAG_PLAIN, &s);
	memcpy(said, s.s, s.n + 1);
	str_done(&s);
	diag_done(d);
	if (test_oom() && got)
		return;
	if (got != err || count != (err != 0) || (text && !strstr(said, text)))
		FAIL("%d (%s), not %d; %u messages: %s", got, strerror(-got), err, count, said);
}

static void cannot_read(const char *path, size_t max, int err, const char *text)
{
	struct file f = {.size = 77};
	struct diag d;
	int got;

	diag_init(&d, 10);
	got = file_read(path, max, &d, &f);
	if (!got)
		file_done(&f);
	says(got, err, &d, text);
	CHECK_EQ(f.size, 77);
}

static void cannot_write(const char *path, int err, const char *text)
{
	struct diag d;

	diag_init(&d, 10);
	says(file_write(path, "text", 4, &d), err, &d, text);
}

/* ---- reading ---- */

static void reads(const char *path, const void *want, size_t n, bool mapped)
{
	struct file f;
	bool same, ends;
	int err = file_read(path, 64 << 20, NULL, &f);

	if (err) {
		CHECK(test_oom());
		return;
	}
	same = f.size == n && !memcmp(f.data, want, n);
	ends = f.data[f.size] == 0;
	same = same && !f.mapped == !mapped;
	file_done(&f);
	CHECK(same);
	CHECK(ends);
	CHECK(!f.data);
}

TEST(reads_of_every_size)
{
	static const size_t sizes[] = {
		0,
		1,
		4095,
		4096,
		4097,
		16383,
		16384,
		16385,
		65536,
		FILE_MAP_MIN - 1,
		FILE_MAP_MIN,
		FILE_MAP_MIN + 1,
		FILE_MAP_MIN + 4095,
		FILE_MAP_MIN + 4096,
	};
	static char data[FILE_MAP_MIN + 4096];
	uint64_t seed = test_seed();
	size_t i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = (char)(test_random(&seed) | 1);
	make_dir();
	for (i = 0; i < ARRAY_LEN(sizes); i++) {
		put(in_dir("f"), data, sizes[i]);
		reads(in_dir("f"), data, sizes[i], sizes[i] >= FILE_MAP_MIN);
	}
	remove_dir();
}

TEST(reads_a_symlink)
{
	make_dir();
	put(in_dir("f"), "text", 4);
	CHECK(!symlink("f", in_dir("link")));
	reads(in_dir("link"), "text", 4, false);
	remove_dir();
}

TEST(reads_what_has_no_size)
{
	struct file f;
	bool right;

	if (file_read("/proc/self/stat", 1 << 20, NULL, &f)) {
		CHECK(test_oom());
		return;
	}
	right = f.size > 20 && !f.mapped && !f.data[f.size];
	file_done(&f);
	CHECK(right);
}

/* A large file of sysfs; most kernels do not let it be mapped. */
TEST_WITH(reads_the_kernels_btf, TEST_NO_OOM | TEST_SLOW)
{
	struct file f;
	bool right;

	if (access("/sys/kernel/btf/vmlinux", R_OK))
		SKIP("no /sys/kernel/btf/vmlinux");
	CHECK_EQ(file_read("/sys/kernel/btf/vmlinux", 1 << 30, NULL, &f), 0);
	right = f.size > 1000 && f.data[0] == 0x9f && f.data[1] == 0xeb;
	file_done(&f);
	CHECK(right);
}

TEST(reads_what_is_not_there)
{
	make_dir();
	cannot_read(in_dir("nosuch"), 100, -ENOENT, "nosuch: error: cannot open: No such file");
	cannot_read(dir, 100, -EISDIR, "cannot read: Is a directory [file]");
	cannot_read("", 100, -ENOENT, NULL);
	put(in_dir("f"), "x", 1);
	cannot_read(in_dir("f/x"), 100, -ENOTDIR, NULL);
	remove_dir();
}

TEST(reads_no_more_than_told)
{
	static char big[FILE_MAP_MIN + 1];

	make_dir();
	put(in_dir("f"), big, 1025);
	cannot_read(in_dir("f"), 1024, -EFBIG,
		    "is larger than the 1 KiB that fit here [file.size]");
	reads(in_dir("f"), big, 1025, false);
	put(in_dir("f"), big, sizeof(big));
	cannot_read(in_dir("f"), FILE_MAP_MIN, -EFBIG, "1 MiB");
	cannot_read("/proc/self/maps", 20, -EFBIG, "20 B");
	cannot_read("/dev/zero", 1 << 20, -EFBIG, "1 MiB");
	remove_dir();
}

TEST_WITH(reads_a_pipe, TEST_NO_OOM)
{
	static char data[300000];
	struct file f;
	pid_t pid;
	size_t i;
	int err;

	for (i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7 + 1);
	make_dir();
	CHECK(!mkfifo(in_dir("pipe"), 0600));
	pid = fork();
	if (!pid) {
		int fd = open(in_dir("pipe"), O_WRONLY);

		_exit(file_write_fd(fd, data, sizeof(data)) != 0);
	}
	err = file_read(in_dir("pipe"), 1 << 20, NULL, &f);
	waitpid(pid, NULL, 0);
	remove_dir();
	CHECK_EQ(err, 0);
	CHECK_EQ(f.size, sizeof(data));
	CHECK_MEM(f.data, data, sizeof(data));
	file_done(&f);
}

/* Stdin, which somebody made non-blocking and fills slowly. */
TEST_WITH(reads_stdin, TEST_NO_OOM)
{
	int p[2], old = dup(0), err;
	struct file f;
	pid_t pid;

	CHECK(!pipe(p));
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	dup2(p[0], 0);
	pid = fork();
	if (!pid) {
		usleep(20000);
		err = file_write_fd(p[1], "slow ", 5);
		usleep(20000);
		_exit(err || file_write_fd(p[1], "text", 4));
	}
	close(p[0]);
	close(p[1]);
	err = file_read("-", 100, NULL, &f);
	dup2(old, 0);
	close(old);
	waitpid(pid, NULL, 0);
	CHECK_EQ(err, 0);
	CHECK_STR((const char *)f.data, "slow text");
	file_done(&f);
}

/* ---- writing ---- */

TEST(writes)
{
	struct stat st;
	mode_t mask = umask(022);

	make_dir();
	cannot_write(in_dir("f"), 0, NULL);
	umask(mask);
	CHECK(has(in_dir("f"), "text"));
	CHECK(!stat(in_dir("f"), &st));
	CHECK_EQ(st.st_mode & 07777, 0644);
	CHECK(!file_write(in_dir("f"), "", 0, NULL));
	CHECK(has(in_dir("f"), ""));
	CHECK_EQ(entries(), 1);
	remove_dir();
}

TEST(keeps_the_mode)
{
	static const mode_t modes[] = {0600, 0400, 0755, 0666, 04755};
	struct stat st;
	size_t i;

	make_dir();
	put(in_dir("f"), "old", 3);
	for (i = 0; i < ARRAY_LEN(modes); i++) {
		CHECK(!chmod(in_dir("f"), modes[i]));
		CHECK(!file_write(in_dir("f"), "new", 3, NULL));
		CHECK(!stat(in_dir("f"), &st));
		CHECK_EQ(st.st_mode & 07777, modes[i] & 0777); /* new content is not set-uid */
		CHECK(has(in_dir("f"), "new"));
	}
	remove_dir();
}

TEST_WITH(keeps_the_owner, TEST_NO_OOM)
{
	struct stat st;

	if (geteuid())
		SKIP("needs root");
	make_dir();
	put(in_dir("f"), "old", 3);
	CHECK(!chown(in_dir("f"), 12345, 54321));
	CHECK(!file_write(in_dir("f"), "new", 3, NULL));
	CHECK(!stat(in_dir("f"), &st));
	CHECK_EQ(st.st_uid, 12345);
	CHECK_EQ(st.st_gid, 54321);
	remove_dir();
}

static bool is_link(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && S_ISLNK(st.st_mode);
}

TEST(writes_through_symlinks)
{
	make_dir();
	CHECK(!mkdir(in_dir("sub"), 0755));
	put(in_dir("sub/f"), "old text that is longer", 23);
	CHECK(!symlink("sub/f", in_dir("link")));
	CHECK(!symlink("link", in_dir("link2")));
	cannot_write(in_dir("link2"), 0, NULL);
	CHECK(is_link(in_dir("link")) && is_link(in_dir("link2")));
	CHECK(has(in_dir("sub/f"), "text"));
	CHECK(!symlink("sub/later", in_dir("dangling")));
	cannot_write(in_dir("dangling"), 0, NULL);
	CHECK(is_link(in_dir("dangling")) && has(in_dir("sub/later"), "text"));
	CHECK(!symlink("loop", in_dir("loop")));
	cannot_write(in_dir("loop"), -ELOOP, "cannot open: Too many levels of symbolic links");
	CHECK(!symlink("sub", in_dir("to_dir")));
	cannot_write(in_dir("to_dir"), -EISDIR, "Is a directory");
	CHECK(!symlink("/dev/null", in_dir("null")));
	cannot_write(in_dir("null"), 0, NULL);
	CHECK(is_link(in_dir("null")));
	CHECK_EQ(entries(), 7);
	remove_dir();
}

TEST(writes_where_it_cannot)
{
	make_dir();
	cannot_write("/dev/full", -ENOSPC,
		     "/dev/full: error: cannot write: No space left on device [file]");
	cannot_write(dir, -EISDIR, "cannot open: Is a directory");
	cannot_write(in_dir("no/f"), -ENOENT,
		     "no/f: error: cannot create: No such file or directory");
	cannot_write("", -ENOENT, NULL);
	put(in_dir("f"), "old", 3);
	cannot_write(in_dir("f/x"), -ENOTDIR, NULL);
	CHECK(has(in_dir("f"), "old"));
	CHECK_EQ(entries(), 1);
	remove_dir();
}

TEST(long_names)
{
	char name[300];

	make_dir();
	memset(name, 'n', 255);
	name[255] = 0;
	cannot_write(in_dir(name), 0,
		     NULL); /* the longest there is: the temporary file's is no longer */
	CHECK(has(in_dir(name), "text"));
	name[255] = 'n';
	name[256] = 0;
	cannot_write(in_dir(name), -ENAMETOOLONG, "File name too long");
	CHECK_EQ(entries(), 1);
	remove_dir();
}

static void as_nobody(void (*what)(void))
{
	if (geteuid()) {
		what();
		return;
	}
	CHECK(!seteuid(65534));
	what();
	CHECK(!seteuid(0));
}

static int read_only_error;

static void write_read_only(void)
{
	struct diag d;
	struct str s;

	diag_init(&d, 1);
	str_init(&s, 1000);
	read_only_error = file_write(in_dir("f"), "new", 3, &d);
	diag_render(&d, DIAG_PLAIN, &s);
	if (!strstr(s.s, "cannot create: Permission denied"))
		read_only_error = 1;
	str_done(&s);
	diag_done(&d);
}

TEST_WITH(read_only_directory, TEST_NO_OOM)
{
	make_dir();
	put(in_dir("f"), "old", 3);
	CHECK(!chmod(in_dir("f"), 0666));
	CHECK(!chmod(dir, 0555));
	as_nobody(write_read_only);
	CHECK_EQ(read_only_error, -EACCES);
	CHECK(has(in_dir("f"), "old"));
	CHECK_EQ(entries(), 1);
	remove_dir();
}

/* The disk is full half-way: the old file is still there, and nothing beside it. */
TEST_WITH(full_half_way, TEST_NO_OOM)
{
	static char big[100000];
	struct rlimit old, little = {50000, RLIM_INFINITY};
	void (*handler)(int);
	int err;

	make_dir();
	put(in_dir("f"), "old", 3);
	CHECK(!getrlimit(RLIMIT_FSIZE, &old));
	little.rlim_max = old.rlim_max;
	handler = signal(SIGXFSZ, SIG_IGN);
	CHECK(!setrlimit(RLIMIT_FSIZE, &little));
	err = file_write(in_dir("f"), big, sizeof(big), NULL);
	setrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, handler);
	CHECK_EQ(err, -EFBIG);
	CHECK(has(in_dir("f"), "old"));
	CHECK_EQ(entries(), 1);
	remove_dir();
}

/* A temporary file that a killed predecessor with our number has left is not in the way. */
TEST_WITH(leftovers_do_not_matter, TEST_NO_OOM)
{
	char name[80];
	int i;

	make_dir();
	for (i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), ".skep-%ld-%d.tmp", (long)getpid(), i);
		put(in_dir(name), "left", 4);
	}
	CHECK(!file_write(in_dir("f"), "new", 3, NULL));
	CHECK(has(in_dir("f"), "new"));
	CHECK_EQ(entries(), 201);
	remove_dir();
}

TEST_WITH(writes_stdout, TEST_NO_OOM)
{
	struct diag d;
	int old, p[2], err, full;

	fflush(NULL);
	CHECK(!pipe(p));
	old = dup(1);
	dup2(p[1], 1);
	err = file_write("-", "text", 4, NULL);
	close(p[0]);
	diag_init(&d, 1);
	full = open("/dev/full", O_WRONLY);
	dup2(full, 1);
	close(full);
	full = file_write("-", "text", 4, &d);
	dup2(old, 1);
	close(old);
	close(p[1]);
	CHECK_EQ(err, 0);
	says(full, -ENOSPC, &d, "<stdout>: error: cannot write: No space left");
}

TEST_WITH(writes_to_slow_readers, TEST_NO_OOM)
{
	static char data[400000], got[400000];
	int p[2], status = 0;
	size_t n = 0;
	ssize_t k;
	pid_t pid;

	memset(data, 'd', sizeof(data));
	CHECK(!pipe(p));
	fcntl(p[1], F_SETFL, O_NONBLOCK);
	pid = fork();
	if (!pid) {
		close(p[0]);
		_exit(file_write_fd(p[1], data, sizeof(data)) != 0);
	}
	close(p[1]);
	while ((k = read(p[0], got + n, sizeof(got) - n)) > 0) {
		n += (size_t)k;
		usleep(200);
	}
	close(p[0]);
	waitpid(pid, &status, 0);
	CHECK_EQ(status, 0);
	CHECK_EQ(n, sizeof(data));
	CHECK_MEM(got, data, n);
}

TEST_WITH(writes_to_a_pipe_by_name, TEST_NO_OOM)
{
	int fd;
	char got[8] = "";

	make_dir();
	CHECK(!mkfifo(in_dir("pipe"), 0600));
	fd = open(in_dir("pipe"), O_RDONLY | O_NONBLOCK);
	cannot_write(in_dir("pipe"), 0, NULL);
	CHECK_EQ(read(fd, got, sizeof(got)), 4);
	close(fd);
	CHECK_STR(got, "text");
	CHECK_EQ(entries(), 1);
	remove_dir();
}
