/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rings for perf_event_arrays of the embedded engine. A descriptor of one is that of its memory, so that
 * it can be mapped as one of perf_event_open(2) can, and is known again by its inode. The rings
 * themselves live as long as the engine: a map may hold one whose descriptors are all closed.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "engine/impl.h"

enum { RING_PAGES_MAX = 1 << 15 };

static int keep(struct embedded *e, struct map_perf *perf)
{
	struct stat st;
	int err = fstat(map_perf_fd(perf), &st) ? -errno : 0;

	lock(e);
	if (!err)
		err = vec_push(&e->perf, (struct perf_ring){perf, st.st_dev, st.st_ino});
	unlock(e);
	return err;
}

int embedded_perf_open(struct engine *engine, uint32_t cpu, uint32_t pages)
{
	struct embedded *e = (struct embedded *)engine;
	struct map_perf *perf;
	int err, fd;

	if (cpu >= e->env.cpus)
		return -ENODEV;
	if (!pages || pages & (pages - 1) || pages > RING_PAGES_MAX)
		return -EINVAL;
	err = map_perf_create(&e->env, cpu, pages, &perf);
	if (err)
		return err;
	fd = fcntl(map_perf_fd(perf), F_DUPFD_CLOEXEC, 0);
	err = fd < 0 ? -errno : keep(e, perf);
	if (!err)
		return fd;
	engine_close(engine, fd);
	map_perf_free(perf);
	return err;
}

struct map_perf *perf_of_fd(struct embedded *e, int fd)
{
	struct map_perf *found = NULL;
	struct stat st;

	if (fstat(fd, &st))
		return NULL;
	lock(e);
	for vec_each(&e->perf, r)
		if (r->dev == st.st_dev && r->ino == st.st_ino)
			found = r->perf;
	unlock(e);
	return found;
}

/* When no map is left. */
void perf_done(struct embedded *e)
{
	for vec_each(&e->perf, r)
		map_perf_free(r->perf);
	vec_done(&e->perf);
}
