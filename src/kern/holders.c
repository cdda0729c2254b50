/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who holds on to what: /proc/PID/fd and fdinfo, and the bpf file systems.
 *
 * A descriptor's link says "anon_inode:bpf-prog"; only of those that do is fdinfo read, which has the id
 * in a line "prog_id:\t5". Processes come and go meanwhile: what cannot be read is passed over.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kern/kern.h"

enum { LINK_MAX_BYTES = 64, INFO_MAX = 4096 };

static const struct { const char *link, *key; enum engine_kind kind; } kinds[] = {
	{"anon_inode:bpf-prog", "prog_id", ENGINE_PROG},
	{"anon_inode:bpf-map", "map_id", ENGINE_MAP},
	{"anon_inode:btf", "btf_id", ENGINE_BTF},
	{"anon_inode:bpf_link", "link_id", ENGINE_LINK},
	{"anon_inode:bpf-link", "link_id", ENGINE_LINK},
};

/* ---- fdinfo ---------------------------------------------------------------------------------- */

/* "key:\tvalue" lines; the value of one of them. */
static int find_number(const char *text, const char *key, uint64_t *ret_v)
{
	size_t n = strlen(key);
	const char *line, *v;

	for (line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		if (strncmp(line, key, n) || line[n] != ':')
			continue;
		v = line + n + 1;
		v += strspn(v, " \t");
		return num_parse_u64(v, strcspn(v, " \t\n"), ret_v) ? -ENOENT : 0;
	}
	return -ENOENT;
}

static int read_small(int dir, const char *path, char *to, size_t max)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, to, max - 1);
	close(fd);
	if (n < 0)
		return -EIO;
	to[n] = 0;
	return 0;
}

static bool embedded(struct engine *e)
{
	return !strcmp(engine_name(e), "embedded");
}

int kern_fd_number(struct engine *e, int fd, const char *key, uint64_t *ret_v)
{
	char path[64], text[INFO_MAX];
	struct str s;
	int err;

	if (embedded(e)) {
		str_init(&s, INFO_MAX);
		err = engine_embedded_fdinfo(e, fd, &s);
		if (!err)
			err = find_number(s.s, key, ret_v);
		str_done(&s);
		return err;
	}
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	err = read_small(AT_FDCWD, path, text, sizeof(text));
	return err ? err : find_number(text, key, ret_v);
}

static int kind_of_link(const char *link, size_t *ret_i)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		if (strcmp(link, kinds[i].link))
			continue;
		*ret_i = i;
		return 0;
	}
	return -ENOENT;
}

int kern_fd_kind(struct engine *e, int fd, enum engine_kind *ret_kind)
{
	char path[64], link[LINK_MAX_BYTES] = "anon_inode:";
	const char *name;
	ssize_t n;
	size_t i;

	if (embedded(e)) {
		name = engine_embedded_kind(e, fd);
		snprintf(link, sizeof(link), "anon_inode:%s", name ? name : "");
	} else {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, link, sizeof(link) - 1);
		link[n < 0 ? 0 : n] = 0;
	}
	if (kind_of_link(link, &i))
		return -ENOENT;
	*ret_kind = kinds[i].kind;
	return 0;
}

/* ---- processes ------------------------------------------------------------------------------- */

static int by_object(const void *a, const void *b)
{
	const struct kern_holder *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static int add_descriptor(int proc, const char *pid, const char *fd, struct kern_holders *h)
{
	struct kern_holder row = {.pid = (uint32_t)strtoul(pid, NULL, 10)};
	char path[300], link[LINK_MAX_BYTES], text[INFO_MAX];
	uint64_t id;
	ssize_t n;
	size_t i;

	snprintf(path, sizeof(path), "%.16s/fd/%.16s", pid, fd);
	n = readlinkat(proc, path, link, sizeof(link) - 1);
	if (n <= 0)
		return 0;
	link[n] = 0;
	if (kind_of_link(link, &i))
		return 0;
	snprintf(path, sizeof(path), "%.16s/fdinfo/%.16s", pid, fd);
	if (read_small(proc, path, text, sizeof(text)) || find_number(text, kinds[i].key, &id))
		return 0;
	row.kind = kinds[i].kind;
	row.id = (uint32_t)id;
	snprintf(path, sizeof(path), "%.16s/comm", pid);
	if (!read_small(proc, path, row.comm, sizeof(row.comm)))
		row.comm[strcspn(row.comm, "\n")] = 0;
	return vec_push(&h->at, row);
}

static int add_process(int proc, const char *pid, struct kern_holders *h)
{
	char path[64];
	struct dirent *d;
	int err = 0, fd;
	DIR *dir;

	snprintf(path, sizeof(path), "%.16s/fd", pid);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while (!err && (d = readdir(dir)))
		if (*d->d_name != '.')
			err = add_descriptor(proc, pid, d->d_name, h);
	closedir(dir);
	return err;
}

static void drop_doubles(struct kern_holders *h)
{
	size_t i, n = 0;

	if (!h->at.n)
		return;
	qsort(h->at.at, h->at.n, sizeof(*h->at.at), by_object);
	for (i = 0; i < h->at.n; i++)
		if (!n || by_object(&h->at.at[n - 1], &h->at.at[i]))
			h->at.at[n++] = h->at.at[i];
	h->at.n = n;
}

int kern_holders(struct kern_holders *ret_h)
{
	struct kern_holders h = {.at = VEC_INIT(KERN_HOLDERS_MAX)};
	DIR *proc = opendir("/proc");
	struct dirent *d;
	int err = 0;

	if (!proc)
		return -errno;
	while (!err && (d = readdir(proc)))
		if (*d->d_name >= '1' && *d->d_name <= '9')
			err = add_process(dirfd(proc), d->d_name, &h);
	closedir(proc);
	drop_doubles(&h);
	if (err)
		kern_holders_done(&h);
	else
		*ret_h = h;
	return err;
}

void kern_holders_done(struct kern_holders *h)
{
	vec_done(&h->at);
}

const struct kern_holder *kern_holders_find(const struct kern_holders *h, enum engine_kind kind, uint32_t id)
{
	const struct kern_holder want = {.kind = kind, .id = id};
	size_t low = 0, high = h->at.n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (by_object(&h->at.at[mid], &want) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < h->at.n && h->at.at[low].kind == kind && h->at.at[low].id == id ? &h->at.at[low] : NULL;
}
