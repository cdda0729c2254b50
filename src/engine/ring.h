/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reading ring buffers, of any engine, in the memory that it shares with programs. Part of engine.h;
 * include that.
 */
#ifndef SKEP_ENGINE_RING_H
#define SKEP_ENGINE_RING_H

struct engine_ring;

/* A map of type ringbuf. The descriptor stays the caller's. */
int engine_ring_open(struct engine *e, int map_fd, struct engine_ring **ret_ring) MUST_USE;
void engine_ring_close(struct engine_ring *r);

/*
 * Each record that is there, at most `max` of them; the bytes are the ring's, and may be taken again
 * once fn returns. fn returns 0 to go on, or what ends the reading after this record: that is then the
 * result. Otherwise how many records were read.
 */
typedef int engine_ring_fn(void *ctx, const void *data, uint32_t size);
int64_t engine_ring_read(struct engine_ring *r, engine_ring_fn *fn, void *ctx, uint64_t max);
/* Bytes that wait, with their headers. */
uint64_t engine_ring_waiting(const struct engine_ring *r);

#endif
