/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What stands in a perf_event_array: events with a ring of records, in the layout of perf_event_open(2):
 *
 *	page 0		struct perf_event_mmap_page: of it the head, the tail, and where the data is
 *	page 1...	the data, a power of two of pages; records wrap around
 *
 * A record is a header (u32 type, u16 misc, u16 size) and its body. Samples carry what the program gave,
 * as raw data: u32 size and the bytes, padded to 8 with the header. What finds no room is counted, and
 * told by a record of its own in front of the next that does.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "map/impl.h"

enum { RECORD_LOST = 2, RECORD_SAMPLE = 9 };
enum { HEAD_AT = 1024, TAIL_AT = 1032, DATA_OFFSET_AT = 1040, DATA_SIZE_AT = 1048 };
#define INDEX_MASK UINT64_C(0xffffffff)

struct map_perf {
	struct map_env *env; /* borrowed */
	uint8_t *page;       /* owned: all of them */
	uint64_t bytes, data_size;
	int fd;       /* of the memory */
	uint32_t cpu; /* it takes records of this one only */
	uint32_t lock;
	uint64_t lost;
	void (*wake)(void *arg);
	void *wake_arg;
};

struct record {
	uint32_t type;
	uint16_t misc, size;
};

static uint64_t *field(struct map_perf *p, unsigned at)
{
	return (uint64_t *)(p->page + at);
}

static int open_memory(struct map_perf *p)
{
	void *at;

	p->fd = memfd_create("skep-perf", MFD_CLOEXEC);
	if (p->fd < 0 || ftruncate(p->fd, (off_t)p->bytes) < 0)
		return -ENOMEM;
	at = mmap(NULL, p->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, p->fd, 0);
	if (at == MAP_FAILED)
		return -ENOMEM;
	p->page = at;
	*field(p, DATA_OFFSET_AT) = MAP_PAGE;
	*field(p, DATA_SIZE_AT) = p->data_size;
	return 0;
}

int map_perf_create(struct map_env *env, uint32_t cpu, uint32_t pages, struct map_perf **ret_perf)
{
	uint64_t bytes = (pages + UINT64_C(1)) * MAP_PAGE;
	struct map_perf *p;
	int err;

	if (!pages || pages & (pages - 1) || pages > 1u << 20)
		return -EINVAL;
	if (!env_charge(env, bytes))
		return -ENOMEM;
	p = env_alloc(env, sizeof(*p));
	if (!p) {
		env_uncharge(env, bytes);
		return -ENOMEM;
	}
	*p = (struct map_perf){
		.env = env, .bytes = bytes, .data_size = bytes - MAP_PAGE, .cpu = cpu};
	err = open_memory(p);
	if (err)
		map_perf_free(p);
	else
		*ret_perf = p;
	return err;
}

void map_perf_free(struct map_perf *p)
{
	if (!p)
		return;
	if (p->page)
		munmap(p->page, p->bytes);
	if (p->fd >= 0)
		close(p->fd);
	env_uncharge(p->env, p->bytes);
	env_free(p->env, p, sizeof(*p));
}

int map_perf_fd(const struct map_perf *p)
{
	return p->fd;
}

void map_perf_on_wake(struct map_perf *p, void (*wake)(void *arg), void *arg)
{
	p->wake_arg = arg;
	p->wake = wake;
}

static void put(struct map_perf *p, uint64_t *at, const void *bytes, uint64_t n)
{
	uint8_t *data = p->page + MAP_PAGE;
	uint64_t from = *at & (p->data_size - 1), first = MIN(n, p->data_size - from);

	if (bytes) {
		memcpy(data + from, bytes, first);
		memcpy(data, (const uint8_t *)bytes + first, n - first);
	} else {
		memset(data + from, 0, first);
		memset(data, 0, n - first);
	}
	*at += n;
}

static void put_lost(struct map_perf *p, uint64_t *at)
{
	struct record r = {.type = RECORD_LOST, .size = sizeof(r) + 16};
	uint64_t body[2] = {0, p->lost};

	put(p, at, &r, sizeof(r));
	put(p, at, body, sizeof(body));
	p->lost = 0;
}

static int write_sample(struct map_perf *p, const void *data, uint32_t size)
{
	uint32_t raw = ALIGN_UP(size + 4, 8u) - 4;
	struct record r = {.type = RECORD_SAMPLE, .size = (uint16_t)(sizeof(r) + 4 + raw)};
	uint64_t need = sizeof(r) + 4 + raw, lost = p->lost ? sizeof(r) + 16 : 0;
	uint64_t head = *field(p, HEAD_AT), tail = load_acquire(field(p, TAIL_AT));

	if (need > UINT16_MAX)
		return -E2BIG;
	/* the tail is user space's: a wrong one costs it its records, no more; one byte stays free */
	if (head - tail > p->data_size || p->data_size - (head - tail) <= need + lost) {
		p->lost++;
		return -ENOSPC;
	}
	if (lost)
		put_lost(p, &head);
	put(p, &head, &r, sizeof(r));
	put(p, &head, &raw, sizeof(raw));
	put(p, &head, data, size);
	put(p, &head, NULL, raw - size);
	store_release(field(p, HEAD_AT), head);
	return 0;
}

int map_perf_output(struct map *m, const void *data, uint64_t size, uint64_t flags)
{
	uint32_t cpu = this_cpu(m), i = (flags & INDEX_MASK) == INDEX_MASK ? cpu : (uint32_t)flags;
	struct map_perf *p;
	int err;

	if (flags & ~INDEX_MASK)
		return -EINVAL;
	if (i >= m->max_entries)
		return -E2BIG;
	p = load_acquire((struct map_perf **)array_slot(m, i, 0));
	if (!p)
		return -ENOENT;
	if (p->cpu != cpu)
		return -EOPNOTSUPP;
	if (size > UINT16_MAX)
		return -E2BIG;
	lock(&p->lock);
	err = write_sample(p, data, (uint32_t)size);
	unlock(&p->lock);
	if (!err && p->wake)
		p->wake(p->wake_arg);
	return err;
}
