/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Engines by their operations. */
#include "engine/impl.h"

int engine_bpf(struct engine *e, uint32_t cmd, void *attr, uint32_t size)
{
	return e->ops->bpf(e, cmd, attr, size);
}

int engine_mmap(struct engine *e, int map_fd, size_t len, int prot, int flags, uint64_t off,
		void **ret_addr)
{
	return e->ops->mmap(e, map_fd, len, prot, flags, off, ret_addr);
}

int engine_munmap(struct engine *e, void *addr, size_t len)
{
	return e->ops->munmap(e, addr, len);
}

int engine_perf_open(struct engine *e, uint32_t cpu, uint32_t pages)
{
	return e->ops->perf_open(e, cpu, pages);
}

int engine_perf_lost(struct engine *e, int fd, uint64_t *ret_n)
{
	return e->ops->perf_lost ? e->ops->perf_lost(e, fd, ret_n) : -ENOTSUP;
}

int engine_wait(struct engine *e, const int *map_fd, size_t n, int64_t ns)
{
	return e->ops->wait(e, map_fd, n, ns);
}

void engine_close(struct engine *e, int fd)
{
	if (fd >= 0)
		e->ops->close(e, fd);
}

void engine_free(struct engine *e)
{
	if (e)
		e->ops->free(e);
}

const char *engine_name(const struct engine *e)
{
	return e->ops->name;
}

const char *engine_strerror(int err)
{
	return err == -ENGINE_ENOTSUPP ? "not supported (ENOTSUPP)" : strerror(-err);
}

const struct btf *engine_vmlinux(struct engine *e)
{
	return e->ops->vmlinux(e);
}
