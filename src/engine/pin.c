/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Pins, in a directory tree that plays bpffs. Where the tree really is there and may be written to, a
 * small file stands for each pin, so that it can be seen, and removed to let go of the object; else
 * pins are in the engine's list alone. They end with the engine: they hold objects of this process.
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/impl.h"

enum { PATH_FD = 1 << 14 };

#define MARK "skep pin of process "

/* ---- paths ---- */

/* "/a/./b//../c" becomes "/a/c", as text. */
static void normalize(char *path)
{
	char *from = path, *to = path;

	while (*from) {
		size_t n = strcspn(from + 1, "/") + 1;

		if (n == 1 || (n == 2 && from[1] == '.')) {
			/* nothing */
		} else if (n == 3 && from[1] == '.' && from[2] == '.') {
			while (to > path && *--to != '/')
				;
		} else {
			memmove(to, from, n);
			to += n;
		}
		from += n;
	}
	if (to == path)
		*to++ = '/';
	*to = 0;
}

static int starting_point(const struct call *c, char *to, size_t size)
{
	struct str link;
	ssize_t n;

	if (!(c->a->pin.file_flags & PATH_FD))
		return getcwd(to, size) ? 0 : -errno;
	str_init(&link, 64);
	str_addf(&link, "/proc/self/fd/%d", c->a->pin.path_fd);
	n = readlink(link.s, to, size - 1);
	str_done(&link);
	if (n < 0)
		return -EBADF;
	to[n] = 0;
	return 0;
}

/* The caller's path, absolute. */
static int take_path(struct call *c, char path[PATH_MAX])
{
	char given[PATH_MAX], base[PATH_MAX] = "";
	struct str s;
	int err = user_in_str(c->e, given, c->a->pin.pathname, sizeof(given));

	if (err < 0)
		return err;
	if (!*given)
		return -ENOENT;
	if (err == PATH_MAX)
		return -ENAMETOOLONG;
	if (*given != '/' && (err = starting_point(c, base, sizeof(base))) < 0)
		return err;
	str_init(&s, PATH_MAX - 1);
	str_addf(&s, "%s/%s", base, given);
	err = str_err(&s) ? -ENAMETOOLONG : 0;
	memcpy(path, s.s, s.n + 1);
	str_done(&s);
	normalize(path);
	return err;
}

static bool is_below(const char *path, const char *root)
{
	size_t n = strlen(root);

	return !strncmp(path, root, n) && path[n] == '/' && path[n + 1];
}

/* ---- the list ---- */

static void pin_drop(struct embedded *e, size_t i)
{
	struct pin old = e->pin.at[i];

	e->pin.at[i] = e->pin.at[--e->pin.n];
	if (old.o->kind == ENGINE_MAP)
		map_unref_user(to_map(old.o)->map);
	object_put(old.o);
	mem_free(old.path);
}

/* Files that somebody removed take their pins with them. */
static void pins_sweep(struct embedded *e)
{
	struct stat st;
	size_t i;

	for (i = e->pin.n; i-- > 0;)
		if (e->pin.at[i].file && lstat(e->pin.at[i].path, &st) && errno == ENOENT)
			pin_drop(e, i);
}

static struct pin *pin_find(struct embedded *e, const char *path)
{
	for vec_each(&e->pin, p)
		if (!strcmp(p->path, path))
			return p;
	return NULL;
}

int engine_embedded_unpin(struct engine *engine, const char *path)
{
	struct embedded *e = (struct embedded *)engine;
	struct pin *p;
	int err = -ENOENT;

	lock(e);
	p = pin_find(e, path);
	if (p && !p->file) {
		pin_drop(e, (size_t)(p - e->pin.at));
		err = 0;
	}
	unlock(e);
	return err;
}

bool engine_embedded_is_pinnable(struct engine *engine, const char *path)
{
	const char *root = ((struct embedded *)engine)->pin_root;

	return !strcmp(path, root) || is_below(path, root);
}

void pins_done(struct embedded *e)
{
	while (e->pin.n) {
		if (e->pin.at[0].file)
			unlink(e->pin.at[0].path);
		pin_drop(e, 0);
	}
}

/* ---- commands ---- */

/* Left behind by a process that is no more: its file says which it was. */
static bool is_stale(const char *path)
{
	char text[32] = "";
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	long pid;

	if (fd < 0)
		return false;
	if (read(fd, text, sizeof(text) - 1) <= 0)
		*text = 0;
	close(fd);
	pid = strncmp(text, MARK, sizeof(MARK) - 1) ? 0 : strtol(text + sizeof(MARK) - 1, NULL, 10);
	return pid > 0 && kill((pid_t)pid, 0) && errno == ESRCH;
}

static int open_new(const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	if (fd < 0 && errno == EEXIST && is_stale(path) && !unlink(path))
		fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	return fd;
}

static int make_file(const char *root, const char *path, bool *ret_made)
{
	int fd = open_new(path), err;
	struct str s;

	*ret_made = fd >= 0;
	if (fd >= 0) {
		str_init(&s, 64);
		str_addf(&s, "%s%d\n", MARK, getpid());
		err = file_write_fd(fd, s.s, s.n);
		str_done(&s);
		close(fd);
		return err;
	}
	if (errno == EEXIST)
		return -EEXIST;
	/* below a tree that is not really there, one directory is as good as another */
	return errno == ENOENT && !access(root, W_OK) ? -ENOENT : 0;
}

/* A file system that is no bpffs takes no pins, if it gets as far as being asked. */
static int outside_tree(const char *path)
{
	char parent[PATH_MAX];
	struct stat st;
	char *end;

	if (!lstat(path, &st))
		return -EEXIST;
	memcpy(parent, path, strlen(path) + 1);
	end = strrchr(parent, '/');
	end[end == parent] = 0;
	return stat(parent, &st) ? -errno : -EPERM;
}

static int pin(struct embedded *e, const char *path, struct object *o)
{
	struct pin p = {.o = o};
	int err;

	if (!is_below(path, e->pin_root))
		return outside_tree(path);
	if (strchr(strrchr(path, '/'), '.'))
		return -EPERM; /* the kernel keeps such names for itself */
	if (pin_find(e, path))
		return -EEXIST;
	p.path = mem_alloc(strlen(path) + 1);
	if (!p.path)
		return -ENOMEM;
	memcpy(p.path, path, strlen(path));
	err = vec_reserve(&e->pin, e->pin.n + 1);
	if (!err)
		err = make_file(e->pin_root, path, &p.file);
	if (err) {
		mem_free(p.path);
		return err;
	}
	if (o->kind == ENGINE_MAP)
		map_ref_user(to_map(o)->map);
	object_get(o);
	vec_push(&e->pin, p);
	return 0;
}

int command_obj_pin(struct call *c)
{
	char path[PATH_MAX];
	struct object *o;
	int err;

	if (c->a->pin.file_flags & ~(uint32_t)PATH_FD ||
	    (!(c->a->pin.file_flags & PATH_FD) && c->a->pin.path_fd))
		return -EINVAL;
	if (object_any_by_fd(c->e, (int)c->a->pin.bpf_fd, &o, NULL))
		return -EINVAL;
	err = o->kind == ENGINE_BTF ? -EINVAL : take_path(c, path);
	lock(c->e);
	pins_sweep(c->e);
	if (!err)
		err = pin(c->e, path, o);
	unlock(c->e);
	object_put(o);
	return err;
}

int command_obj_get(struct call *c)
{
	uint32_t flags = c->a->pin.file_flags, access = flags & (F_RDONLY | F_WRONLY);
	struct object *o = NULL;
	char path[PATH_MAX];
	struct stat st;
	struct pin *p;
	int err;

	if (c->a->pin.bpf_fd || flags & ~(uint32_t)(F_RDONLY | F_WRONLY | PATH_FD) ||
	    (!(flags & PATH_FD) && c->a->pin.path_fd))
		return -EINVAL;
	if (!may_of_flags(access))
		return -EINVAL;
	err = take_path(c, path);
	if (err)
		return err;
	lock(c->e);
	pins_sweep(c->e);
	p = pin_find(c->e, path);
	if (p) {
		o = p->o;
		object_get(o);
	}
	unlock(c->e);
	if (!o) /* what is there and none of ours is what the kernel would not open either */
		return stat(path, &st) ? -errno : -EACCES;
	err = o->kind == ENGINE_LINK && access ? -EINVAL
	      : handle_new(c->e, o, o->kind == ENGINE_MAP ? may_of_flags(access) : MAP_MAY_ALL);
	object_put(o);
	return err;
}
