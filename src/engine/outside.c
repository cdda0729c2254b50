/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What maps and programs ask of the engine: descriptors as values, devices, sockets, objects that
 * local storages belong to; where printing goes.
 */
#include <net/if.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/impl.h"

/* ---- references ---- */

struct prog_object *prog_of_vm(struct embedded *e, const struct vm_prog *vm)
{
	uint64_t *v = hash_get(&e->by_vm, &vm, sizeof(vm));

	return v ? (struct prog_object *)(uintptr_t)*v : NULL;
}

static int prog_ref(struct embedded *e, struct map *map, int fd, void **ret_ref)
{
	struct object *o;
	int err = object_by_fd(e, ENGINE_PROG, fd, &o, NULL);

	if (err)
		return err;
	lock(e);
	if (to_prog(o)->type == ABI_PROG_EXT || !map->owner ||
	    !prog_array_accepts(map->owner, to_prog(o)))
		err = -EINVAL;
	unlock(e);
	if (err)
		object_put(o);
	else
		*ret_ref = to_prog(o)->vm;
	return err;
}

static int ref_get(void *arg, struct map *map, enum map_ref_kind kind, int fd, void **ret_ref)
{
	struct embedded *e = arg;
	struct object *o;
	struct stat st;
	int err;

	switch (kind) {
	case MAP_REF_MAP:
		err = object_by_fd(e, ENGINE_MAP, fd, &o, NULL);
		if (err)
			return err;
		map_ref(to_map(o)->map);
		*ret_ref = to_map(o)->map;
		object_put(o);
		return 0;
	case MAP_REF_PROG:
		return prog_ref(e, map, fd, ret_ref);
	case MAP_REF_PERF_EVENT:
		*ret_ref = perf_of_fd(e, fd);
		return *ret_ref ? 0 : fstat(fd, &st) ? -EBADF : -EINVAL; /* others are the kernel's */
	case MAP_REF_CGROUP:
		return -EBADF; /* as are control groups */
	}
	return -EINVAL;
}

static void ref_put(void *arg, struct map *map, enum map_ref_kind kind, void *ref)
{
	struct embedded *e = arg;
	struct prog_object *p = NULL;

	(void)map;
	lock(e);
	if (kind == MAP_REF_PROG)
		p = prog_of_vm(e, ref);
	if (p)
		object_put(&p->o);
	unlock(e);
}

static uint32_t ref_id(void *arg, enum map_ref_kind kind, const void *ref)
{
	struct embedded *e = arg;
	const struct prog_object *p = NULL;
	uint32_t id;

	lock(e);
	if (kind == MAP_REF_PROG)
		p = prog_of_vm(e, ref);
	id = p ? p->o.id : 0;
	unlock(e);
	return id;
}

/* ---- objects that local storages belong to ---- */

/* "Pid:\t123" of a pidfd */
static int pid_of(int fd, uint64_t *ret_id)
{
	char path[64];
	struct str s;
	struct file f;
	const char *at;
	long pid = -1;
	int err;

	str_init(&s, sizeof(path) - 1);
	str_addf(&s, "/proc/self/fdinfo/%d", fd);
	err = file_read(s.s, PAGE, NULL, &f);
	str_done(&s);
	if (err)
		return -EBADF;
	at = strstr((const char *)f.data, "\nPid:\t");
	if (at)
		pid = strtol(at + 6, NULL, 10);
	file_done(&f);
	if (pid < 0)
		return -EBADF;
	*ret_id = (uint64_t)pid;
	return 0;
}

static int socket_cookie(struct embedded *e, int fd, uint64_t *ret_cookie)
{
	socklen_t n = sizeof(*ret_cookie);
	bool ours;

	lock(e);
	ours = handle_find(e, fd) != NULL;
	unlock(e);
	if (ours)
		return -ENOTSOCK;
	return getsockopt(fd, SOL_SOCKET, SO_COOKIE, ret_cookie, &n) ? -errno : 0;
}

static int object_id(void *arg, struct map *map, int fd, uint64_t *ret_id)
{
	struct stat st;

	if (map->type == MAP_TYPE_TASK_STORAGE)
		return pid_of(fd, ret_id);
	if (map->type == MAP_TYPE_SK_STORAGE)
		return socket_cookie(arg, fd, ret_id);
	if (fstat(fd, &st))
		return -EBADF;
	if (map->type == MAP_TYPE_CGRP_STORAGE && !S_ISDIR(st.st_mode))
		return -EBADF;
	*ret_id = hash_bytes(&st.st_dev, sizeof(st.st_dev), st.st_ino);
	return 0;
}

/* ---- where redirections lead ---- */

static int target_prog(struct embedded *e, int fd, uint32_t attach, struct map_target *t)
{
	struct object *o;
	int err;

	if (fd <= 0)
		return 0;
	err = object_by_fd(e, ENGINE_PROG, fd, &o, NULL);
	if (err)
		return err;
	if (to_prog(o)->type != ABI_PROG_XDP || to_prog(o)->attach != attach) {
		object_put(o);
		return -EINVAL;
	}
	t->prog = o;
	t->value[1] = o->id;
	return 0;
}

static int target_get(void *arg, struct map *map, const void *key, const void *value,
		      struct map_target *ret_target)
{
	struct embedded *e = arg;
	char name[IF_NAMESIZE];
	uint32_t word[2] = {0};

	(void)key;
	memcpy(word, value, MIN(map->value_size, sizeof(word)));
	switch (map->type) {
	case MAP_TYPE_DEVMAP:
	case MAP_TYPE_DEVMAP_HASH:
		if (!if_indextoname(word[0], name))
			return -EINVAL;
		return target_prog(e, (int)word[1], ABI_ATTACH_XDP_DEVMAP, ret_target);
	case MAP_TYPE_CPUMAP:
		return target_prog(e, (int)word[1], ABI_ATTACH_XDP_CPUMAP, ret_target);
	default:
		return socket_cookie(e, (int)word[0], &ret_target->cookie);
	}
}

static void target_put(void *arg, uint32_t type, struct map_target *t)
{
	(void)arg;
	(void)type;
	if (t->prog)
		object_put(t->prog);
}

/* ---- fields ---- */

static void field_free(void *arg, struct map *map, const struct map_field *f, void *object)
{
	struct embedded *e = arg;

	(void)map;
	if (f->kind == MAP_TIMER || f->kind == MAP_WORKQUEUE)
		vm_timer_free(e->timers, object);
	else if (f->type || f->kind == MAP_LIST_HEAD || f->kind == MAP_RB_ROOT)
		vm_object_free(f, object);
}

static const struct vm_object_type *object_type(void *arg, const struct vm_prog *vm, uint32_t id)
{
	struct embedded *e = arg;
	const struct vm_object_type *t;
	struct prog_object *p;

	lock(e);
	p = prog_of_vm(e, vm);
	t = p ? prog_object_type(p, id) : NULL;
	unlock(e);
	return t;
}

static void print_text(void *arg, const char *text, size_t n)
{
	struct embedded *e = arg;

	if (e->print)
		e->print(e->print_arg, text, n);
}

static void print_stream(void *arg, uint32_t stream, const char *text, size_t n)
{
	(void)stream;
	print_text(arg, text, n);
}

void outside_init(struct embedded *e)
{
	e->env.arg = e;
	e->env.ref_get = ref_get;
	e->env.ref_put = ref_put;
	e->env.ref_id = ref_id;
	e->env.object_id = object_id;
	e->env.target_get = target_get;
	e->env.target_put = target_put;
	e->env.field_free = field_free;
	e->env.struct_ops = ops_event;
	e->outside.print = print_text;
	e->outside.stream = print_stream;
	e->outside.object_type = object_type;
}
