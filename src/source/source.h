/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * source: where the embedded engine's events come from.
 *
 *   capture   packets from pcap and pcapng files	capture.c
 *   writer    packets to such files			writer.c
 */
#ifndef SKEP_SOURCE_H
#define SKEP_SOURCE_H

#include "base/base.h"

enum { SOURCE_PACKET_MAX = 1 << 18, SOURCE_INTERFACES_MAX = 4096 };

/* What pcap files call the kind of a packet's first header. */
enum source_link { SOURCE_ETHERNET = 1, SOURCE_RAW_IP = 101 };

struct source_packet {
	const uint8_t *data; /* borrowed from whom it comes */
	uint32_t len;	     /* of them; */
	uint32_t wire_len;   /* the packet's own, of which perhaps only a part was kept */
	uint32_t link;	     /* enum source_link, or another LINKTYPE_ */
	uint32_t interface;  /* counts from 0, all sections of the file together */
	uint64_t ns;	     /* since 1970 */
};

/* ---- captures in ---- */

struct source_capture;

/* pcap (micro- and nanoseconds) and pcapng, of either byte order; "-" is standard input. */
int source_capture_open(const char *path, struct diag *d,
			struct source_capture **ret_capture) MUST_USE;
/* 1, 0 at the end, or a negative errno with a report: the file is cut off or is damaged. */
int source_capture_next(struct source_capture *c, struct diag *d,
			struct source_packet *ret_packet) MUST_USE;
void source_capture_close(struct source_capture *c);

/* ---- captures out ---- */

enum source_format { SOURCE_PCAP, SOURCE_PCAPNG };

/*
 * Written as packets come. A pcap file has one kind of link, that of its first packet; to put another
 * one is -EPROTOTYPE. A comment is kept by pcapng only.
 */
struct source_writer;
int source_writer_open(const char *path, enum source_format format, struct diag *d,
		       struct source_writer **ret_writer) MUST_USE;
int source_writer_put(struct source_writer *w, const struct source_packet *p,
		      const char *comment) MUST_USE;
/* Also frees it; the first error of all that was written. */
int source_writer_close(struct source_writer *w) MUST_USE;

#endif
