/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Per-CPU rings of perf_event_open(2).
 *
 * A ring is one page of positions and 2^n of data. The kernel moves the head, we the tail; both only
 * grow. A record is a header with its type and length; a sample has the length of the program's bytes,
 * and the bytes; a "lost" record says how many found no room since the last. Records wrap around at the
 * ring's end: those are put together in a buffer of our own, which is as large as records can be.
 *
 * That record comes before the next sample that finds room, which may never come: the engine is asked, too.
 */
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/engine.h"

enum { CPUS_MAX = 8192, RECORD_MAX = 1 << 16, SIZE_WORD = 4 };

struct ring {
	int fd;
	struct perf_event_mmap_page *page; /* mapped, the data behind it */
	uint64_t lost;
};

struct engine_perfbuf {
	struct engine *e; /* borrowed */
	int map_fd;	  /* borrowed */
	size_t page_size, data_size;
	VEC(struct ring) ring;
	uint8_t record[RECORD_MAX]; /* one that was in two pieces */
};

static int open_ring(struct engine_perfbuf *b, uint32_t cpu)
{
	struct ring r = {.fd = engine_perf_open(b->e, cpu, (uint32_t)(b->data_size / b->page_size))};
	int err;

	if (r.fd < 0)
		return r.fd == -ENODEV ? 0 : r.fd;
	r.page = mmap(NULL, b->page_size + b->data_size, PROT_READ | PROT_WRITE, MAP_SHARED, r.fd, 0);
	if (r.page == MAP_FAILED) {
		err = -errno;
		close(r.fd);
		return err;
	}
	err = vec_push(&b->ring, r);
	if (err) {
		munmap(r.page, b->page_size + b->data_size);
		close(r.fd);
		return err;
	}
	return engine_map_update(b->e, b->map_fd, &cpu, &r.fd, 0);
}

int engine_perfbuf_open(struct engine *e, int map_fd, uint32_t pages, struct engine_perfbuf **ret_buf)
{
	struct engine_map_info map = {0};
	struct engine_perfbuf *b = mem_alloc(sizeof(*b));
	uint32_t cpu, cpus = engine_cpus();
	int err = b ? engine_info(e, map_fd, &map, sizeof(map)) : -ENOMEM;

	if (!b)
		return err;
	b->e = e;
	b->map_fd = map_fd;
	b->page_size = (size_t)sysconf(_SC_PAGESIZE);
	b->data_size = pages * b->page_size;
	b->ring.max = CPUS_MAX;
	for (cpu = 0; cpu < cpus && cpu < map.max_entries && !err; cpu++)
		err = open_ring(b, cpu);
	if (err)
		engine_perfbuf_close(b);
	else
		*ret_buf = b;
	return err;
}

void engine_perfbuf_close(struct engine_perfbuf *b)
{
	if (!b)
		return;
	for vec_each(&b->ring, r) {
		munmap(r->page, b->page_size + b->data_size);
		close(r->fd);
	}
	vec_done(&b->ring);
	mem_free(b);
}

size_t engine_perfbuf_fds(const struct engine_perfbuf *b)
{
	return b->ring.n;
}

int engine_perfbuf_fd(const struct engine_perfbuf *b, size_t i)
{
	return b->ring.at[i].fd;
}

uint64_t engine_perfbuf_lost(const struct engine_perfbuf *b)
{
	uint64_t n = 0, lost;

	for vec_each(&b->ring, r)
		n += engine_perf_lost(b->e, r->fd, &lost) ? r->lost : lost;
	return n;
}

/* The record at a position, in one piece. */
static const uint8_t *whole(struct engine_perfbuf *b, const uint8_t *data, uint64_t at, size_t len)
{
	size_t from = at & (b->data_size - 1), first = MIN(len, b->data_size - from);

	if (first == len)
		return data + from;
	memcpy(b->record, data + from, first);
	memcpy(b->record + first, data, len - first);
	return b->record;
}

/* 1: it was a sample; a negative or other number: what fn ends the reading with, in *ret_end. */
static bool take_record(struct ring *r, const uint8_t *record, engine_ring_fn *fn, void *ctx, int *ret_end)
{
	struct perf_event_header h;
	uint32_t size;
	uint64_t lost;

	memcpy(&h, record, sizeof(h));
	if (h.type == PERF_RECORD_LOST && h.size >= sizeof(h) + 2 * sizeof(lost)) {
		memcpy(&lost, record + sizeof(h) + sizeof(lost), sizeof(lost));
		r->lost += lost;
	}
	if (h.type != PERF_RECORD_SAMPLE || h.size < sizeof(h) + SIZE_WORD)
		return false;
	memcpy(&size, record + sizeof(h), sizeof(size));
	if (size > h.size - sizeof(h) - SIZE_WORD)
		return false;
	*ret_end = fn(ctx, record + sizeof(h) + SIZE_WORD, size);
	return true;
}

static int64_t read_ring(struct engine_perfbuf *b, struct ring *r, engine_ring_fn *fn, void *ctx, uint64_t max)
{
	const uint8_t *data = (const uint8_t *)r->page + b->page_size;
	uint64_t at = r->page->data_tail, head = __atomic_load_n(&r->page->data_head, __ATOMIC_ACQUIRE);
	struct perf_event_header h;
	int64_t n = 0;
	int end = 0;

	while (at < head && (uint64_t)n < max && !end) {
		memcpy(&h, data + (at & (b->data_size - 1)), sizeof(h)); /* never in two pieces: 8 bytes */
		if (h.size < sizeof(h))
			break; /* cannot be */
		n += take_record(r, whole(b, data, at, h.size), fn, ctx, &end);
		at += h.size;
	}
	__atomic_store_n(&r->page->data_tail, at, __ATOMIC_RELEASE);
	return end ? end : n;
}

int64_t engine_perfbuf_read(struct engine_perfbuf *b, engine_ring_fn *fn, void *ctx, uint64_t max)
{
	int64_t n, sum = 0;

	for vec_each(&b->ring, r) {
		n = read_ring(b, r, fn, ctx, max);
		if (n < 0)
			return n;
		sum += n;
	}
	return sum;
}
