/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Descriptors (E1). The user's end is a socket nobody ever writes to but us: a byte in it says that a
 * ring buffer has data. Our ends are kept out of the low numbers, which programs like to count.
 */
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/impl.h"

enum { SWEEP = 64, BASE_MAX = 4096 };

int handle_init(struct embedded *e)
{
	struct rlimit l;

	e->peer_base = 0;
	if (!getrlimit(RLIMIT_NOFILE, &l))
		e->peer_base = (int)MIN(l.rlim_cur / 2, (rlim_t)BASE_MAX);
	e->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (e->epoll < 0)
		return -errno;
	return 0;
}

static bool inode_of(int fd, uint64_t *ret_ino)
{
	struct stat st;

	if (fstat(fd, &st))
		return false;
	errno = 0;
	*ret_ino = st.st_ino;
	return S_ISSOCK(st.st_mode);
}

struct handle *handle_find(struct embedded *e, int fd)
{
	uint64_t ino = 0, *v = inode_of(fd, &ino) ? hash_get(&e->handles, &ino, sizeof(ino)) : NULL;

	return v ? (struct handle *)(uintptr_t)*v : NULL;
}

static int raise_fd(const struct embedded *e, int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, e->peer_base);

	if (high < 0)
		return fd;
	close(fd);
	return high;
}

/* A descriptor of no object is one of ENABLE_STATS. */
static void user_get(struct embedded *e, struct object *o)
{
	if (!o) {
		__atomic_add_fetch(&e->stats, 1, __ATOMIC_RELAXED);
		return;
	}
	o->refs++;
	o->user_refs++;
	if (o->kind == ENGINE_MAP)
		map_ref_user(to_map(o)->map);
}

static void user_put(struct embedded *e, struct object *o)
{
	if (!o) {
		__atomic_sub_fetch(&e->stats, 1, __ATOMIC_RELAXED);
		return;
	}
	o->user_refs--;
	if (o->kind == ENGINE_MAP)
		map_unref_user(to_map(o)->map);
	object_put(o);
}

int handle_new(struct embedded *e, struct object *o, unsigned may)
{
	struct handle *h = mem_alloc(sizeof(*h));
	struct epoll_event ev = {.events = EPOLLRDHUP, .data.ptr = h};
	int pair[2], err;

	if (!h)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
		err = -errno;
		mem_free(h);
		return err;
	}
	*h = (struct handle){.peer = raise_fd(e, pair[1]), .fd = pair[0], .o = o, .may = may};
	lock(e);
	err = inode_of(pair[0], &h->ino) ? 0 : -EINVAL;
	if (!err)
		err = hash_put(&e->handles, &h->ino, sizeof(h->ino), (uintptr_t)h);
	if (!err && epoll_ctl(e->epoll, EPOLL_CTL_ADD, h->peer, &ev)) {
		err = -errno;
		hash_del(&e->handles, &h->ino, sizeof(h->ino));
	}
	if (!err) {
		user_get(e, o);
		if (o && o->kind == ENGINE_MAP) {
			h->next = to_map(o)->handle;
			to_map(o)->handle = h;
			if (to_map(o)->map->type == MAP_TYPE_RINGBUF)
				handle_signal(h, map_ring_ready(to_map(o)->map));
		}
	}
	unlock(e);
	if (!err)
		return pair[0];
	close(pair[0]);
	close(h->peer);
	mem_free(h);
	return err;
}

void handle_end(struct embedded *e, struct handle *h)
{
	struct object *o = h->o;
	struct handle **at;

	lock(e);
	if (o && o->kind == ENGINE_MAP) {
		for (at = &to_map(o)->handle; *at != h;)
			at = &(*at)->next;
		*at = h->next;
	}
	hash_del(&e->handles, &h->ino, sizeof(h->ino));
	close(h->peer); /* which takes it out of the epoll set */
	mem_free(h);
	user_put(e, o);
	unlock(e);
}

void handle_sweep(struct embedded *e)
{
	struct epoll_event ev[SWEEP];
	int n, i;

	lock(e);
	do {
		n = epoll_wait(e->epoll, ev, SWEEP, 0);
		for (i = 0; i < n; i++)
			handle_end(e, ev[i].data.ptr);
	} while (n == SWEEP);
	unlock(e);
}

/* ---- being readable ---- */

/* The user's end among our descriptors: where it was put, or wherever it is now. */
static int find_user_end(const struct handle *h)
{
	uint64_t ino = 0;
	int fd, max = (int)sysconf(_SC_OPEN_MAX);

	if (inode_of(h->fd, &ino) && ino == h->ino)
		return h->fd;
	for (fd = 0; fd < MIN(max, 1 << 16); fd++)
		if (inode_of(fd, &ino) && ino == h->ino)
			return fd;
	return -1;
}

void handle_signal(struct handle *h, bool ready)
{
	char byte = 0;
	int fd;

	if (ready == h->signalled)
		return;
	if (ready) {
		h->signalled = send(h->peer, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
		return;
	}
	fd = find_user_end(h);
	if (fd >= 0 && recv(fd, &byte, 1, MSG_DONTWAIT) == 1)
		h->signalled = false;
}

void handle_done(struct embedded *e)
{
	uint32_t i;

	for (i = 0; i < e->handles.n; i++)
		if (e->handles.entry[i].key)
			handle_end(e, (struct handle *)(uintptr_t)e->handles.entry[i].value);
	if (e->epoll > 0)
		close(e->epoll);
}
