/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The consumer's side of a ring buffer.
 *
 *	page 0		how far we have read: ours to write
 *	page 1		how far programs have written
 *	page 2...	the data, twice in a row, so that no record is cut in two
 *
 * A record is a header of 8 bytes, its data, and zeros up to the next multiple of 8. The header's first
 * word is the length, with a bit for "still being written", where reading stops, and one for
 * "discarded". The word is read before the data (acquire), and our position is written after it
 * (release): then the room may be used again.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "engine/engine.h"

enum { RECORD_HEADER = 8, RECORD_ALIGN = 8 };

#define RECORD_BUSY	 (UINT32_C(1) << 31)
#define RECORD_DISCARDED (UINT32_C(1) << 30)
#define RECORD_LENGTH	 (RECORD_DISCARDED - 1)

struct engine_ring {
	struct engine *e; /* borrowed */
	size_t page, size;
	uint64_t *read;		 /* mapped: one page */
	const uint64_t *written; /* mapped: one page, and the data twice */
	const uint8_t *data;
};

static size_t shared_bytes(const struct engine_ring *r)
{
	return r->page + 2 * r->size;
}

int engine_ring_open(struct engine *e, int map_fd, struct engine_ring **ret_ring)
{
	struct engine_map_info map = {0};
	struct engine_ring *r = mem_alloc(sizeof(*r));
	void *at = NULL;
	int err;

	if (!r)
		return -ENOMEM;
	r->e = e;
	r->page = (size_t)sysconf(_SC_PAGESIZE);
	err = engine_info(e, map_fd, &map, sizeof(map));
	r->size = map.max_entries;
	if (!err)
		err = engine_mmap(e, map_fd, r->page, PROT_READ | PROT_WRITE, MAP_SHARED, 0, &at);
	if (!err) {
		r->read = at;
		at = NULL;
		err = engine_mmap(e, map_fd, shared_bytes(r), PROT_READ, MAP_SHARED, r->page, &at);
	}
	if (err) {
		engine_ring_close(r);
		return err;
	}
	r->written = at;
	r->data = (const uint8_t *)at + r->page;
	*ret_ring = r;
	return 0;
}

void engine_ring_close(struct engine_ring *r)
{
	if (!r)
		return;
	if (r->read)
		engine_munmap(r->e, r->read, r->page);
	if (r->written)
		engine_munmap(r->e, (void *)(uintptr_t)r->written, shared_bytes(r));
	mem_free(r);
}

uint64_t engine_ring_waiting(const struct engine_ring *r)
{
	return __atomic_load_n(r->written, __ATOMIC_ACQUIRE) - __atomic_load_n(r->read, __ATOMIC_RELAXED);
}

int64_t engine_ring_read(struct engine_ring *r, engine_ring_fn *fn, void *ctx, uint64_t max)
{
	uint64_t at = __atomic_load_n(r->read, __ATOMIC_RELAXED), end;
	int64_t n = 0;
	int stop = 0;

	end = __atomic_load_n(r->written, __ATOMIC_ACQUIRE);
	while (at < end && (uint64_t)n < max && !stop) {
		const uint8_t *record = r->data + (at & (r->size - 1));
		uint32_t len = __atomic_load_n((const uint32_t *)record, __ATOMIC_ACQUIRE);

		if (len & RECORD_BUSY)
			break;
		at += ALIGN_UP((uint64_t)(len & RECORD_LENGTH) + RECORD_HEADER, RECORD_ALIGN);
		if (!(len & RECORD_DISCARDED)) {
			stop = fn(ctx, record + RECORD_HEADER, len & RECORD_LENGTH);
			n++;
		}
		__atomic_store_n(r->read, at, __ATOMIC_RELEASE);
	}
	return stop ? stop : n;
}
