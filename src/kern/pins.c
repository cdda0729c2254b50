/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Pins: the files of bpf file systems, and the objects they lead to. The same file system may be mounted
 * at several places, so that each device is walked only once.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kern/kern.h"

enum { PATH_BYTES = 4096, DEPTH_MAX = 32, DEVICES_MAX = 1024, PINS_MAX = 1 << 20, TEXT_MAX = 64 << 20 };

struct walk {
	struct engine *e;
	struct kern_pins *p;
	dev_t seen[DEVICES_MAX];
	size_t n_seen;
	char path[PATH_BYTES];
};

static int by_object(const void *a, const void *b)
{
	const struct kern_pin *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->path && y->path ? strcmp(x->path, y->path) : 0;
}

static int id_of(struct walk *w, int fd, enum engine_kind kind, uint32_t *ret_id)
{
	struct engine_prog_info prog = {0};
	struct engine_map_info map = {0};
	struct engine_link_info link = {0};
	int err;

	switch (kind) {
	case ENGINE_PROG:
		err = engine_info(w->e, fd, &prog, sizeof(prog));
		*ret_id = prog.id;
		return err;
	case ENGINE_MAP:
		err = engine_info(w->e, fd, &map, sizeof(map));
		*ret_id = map.id;
		return err;
	case ENGINE_LINK:
		err = engine_info(w->e, fd, &link, sizeof(link));
		*ret_id = link.id;
		return err;
	case ENGINE_BTF:
		break;
	}
	return -ENOENT;
}

/* What is no object of bpf(2) - an iterator's text, say - is passed over. */
static int add_pin(struct walk *w)
{
	struct kern_pin pin;
	int fd = engine_get(w->e, w->path, 0), err = 0;

	if (fd < 0)
		return 0;
	if (!kern_fd_kind(w->e, fd, &pin.kind) && !id_of(w, fd, pin.kind, &pin.id)) {
		pin.path = arena_strdup(&w->p->arena, w->path);
		err = pin.path ? vec_push(&w->p->at, pin) : -ENOMEM;
	}
	engine_close(w->e, fd);
	return err;
}

static int walk_dir(struct walk *w, size_t len, unsigned depth)
{
	DIR *dir = depth < DEPTH_MAX ? opendir(w->path) : NULL;
	struct dirent *d;
	struct stat st;
	int n, err = 0;

	while (dir && !err && (d = readdir(dir))) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		n = snprintf(w->path + len, sizeof(w->path) - len, "/%s", d->d_name);
		if (n < 0 || (size_t)n >= sizeof(w->path) - len || lstat(w->path, &st))
			continue;
		if (S_ISDIR(st.st_mode))
			err = walk_dir(w, len + (size_t)n, depth + 1);
		else if (S_ISREG(st.st_mode))
			err = add_pin(w);
		w->path[len] = 0;
	}
	if (dir)
		closedir(dir);
	return err;
}

static int walk_mount(struct walk *w, const char *path)
{
	struct stat st;
	size_t i;

	if (stat(path, &st) || w->n_seen == DEVICES_MAX)
		return 0;
	for (i = 0; i < w->n_seen; i++)
		if (w->seen[i] == st.st_dev)
			return 0;
	w->seen[w->n_seen++] = st.st_dev;
	snprintf(w->path, sizeof(w->path), "%s", path);
	return walk_dir(w, strlen(w->path), 0);
}

/* A line of /proc/self/mounts: "bpf /sys/fs/bpf bpf rw,... 0 0"; blanks in paths are \040. */
static int walk_line(struct walk *w, char *line)
{
	char *save = NULL, *path, *type, *to;
	char *what = strtok_r(line, " ", &save);

	path = what ? strtok_r(NULL, " ", &save) : NULL;
	type = path ? strtok_r(NULL, " ", &save) : NULL;
	if (!type || strcmp(type, "bpf"))
		return 0;
	for (what = to = path; *what; to++) {
		if (what[0] == '\\' && what[1] >= '0' && what[1] <= '3' && what[2] && what[3]) {
			*to = (char)((what[1] - '0') << 6 | (what[2] - '0') << 3 | (what[3] - '0'));
			what += 4;
		} else {
			*to = *what++;
		}
	}
	*to = 0;
	return walk_mount(w, path);
}

int kern_pins(struct engine *e, struct kern_pins *ret_p)
{
	struct kern_pins p = {.at = VEC_INIT(PINS_MAX)};
	struct walk *w = mem_alloc(sizeof(*w));
	char line[2 * PATH_BYTES];
	FILE *mounts = fopen("/proc/self/mounts", "re");
	int err = w ? 0 : -ENOMEM;

	arena_init(&p.arena, TEXT_MAX);
	if (w)
		*w = (struct walk){.e = e, .p = &p};
	while (!err && mounts && fgets(line, sizeof(line), mounts))
		err = walk_line(w, line);
	if (mounts)
		fclose(mounts);
	mem_free(w);
	if (err) {
		kern_pins_done(&p);
		return err;
	}
	if (p.at.n)
		qsort(p.at.at, p.at.n, sizeof(*p.at.at), by_object);
	*ret_p = p;
	return 0;
}

void kern_pins_done(struct kern_pins *p)
{
	vec_done(&p->at);
	arena_done(&p->arena);
}

const struct kern_pin *kern_pins_find(const struct kern_pins *p, enum engine_kind kind, uint32_t id)
{
	for vec_each(&p->at, pin)
		if (pin->kind == kind && pin->id == id)
			return pin;
	return NULL;
}
