/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reading what programs write with bpf_perf_event_output: one ring for each CPU, behind a map of type
 * perf_event_array. Of any engine; part of engine.h, include that.
 */
#ifndef SKEP_ENGINE_PERFBUF_H
#define SKEP_ENGINE_PERFBUF_H

struct engine_perfbuf;

/* pages: of each CPU's ring, a power of two. The map's descriptor stays the caller's. */
int engine_perfbuf_open(struct engine *e, int map_fd, uint32_t pages,
		      struct engine_perfbuf **ret_buf) MUST_USE;
void engine_perfbuf_close(struct engine_perfbuf *b); /* NULL is fine */

/* What can be polled: readable when there is data. */
size_t engine_perfbuf_fds(const struct engine_perfbuf *b);
int engine_perfbuf_fd(const struct engine_perfbuf *b, size_t i);

/*
 * Each record that is there, CPU by CPU, in the order of each; fn as engine_ring_fn. How many records
 * were read, or what fn returned. Records that found no room are counted, by CPU.
 */
int64_t engine_perfbuf_read(struct engine_perfbuf *b, engine_ring_fn *fn, void *ctx, uint64_t max);
uint64_t engine_perfbuf_lost(const struct engine_perfbuf *b);

#endif
