/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Captures in: pcap and pcapng.
 *
 * A pcap file is a header and records. A pcapng file is a row of blocks, each with its length in front
 * and behind: sections, which say the byte order; interfaces, which say the kind of link and what one
 * tick of the clock is; and packets in three forms. Blocks of other kinds are passed over.
 *
 * Every length is held against what is left of the file before it is believed.
 */
#include <endian.h>
#include <stdio.h>

#include "source/source.h"

enum { PCAP_HEADER = 24, PCAP_RECORD = 16, BLOCK_MIN = 12, SECTION_MIN = 28, OPTION_HEADER = 4 };
enum { OPTION_TICK = 9, OPTION_OFFSET = 14 };
enum block { BLOCK_INTERFACE = 1, BLOCK_PACKET_OLD = 2, BLOCK_PACKET_SIMPLE = 3, BLOCK_PACKET = 6 };

#define PCAP_MICRO    0xa1b2c3d4u
#define PCAP_NANO     0xa1b23c4du
#define BLOCK_SECTION 0x0a0d0d0au
#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define CAPTURE_MAX   (UINT64_C(1) << 36)

struct interface {
	uint32_t link, keeps; /* keeps: bytes of a packet at most, 0: all */
	uint8_t tick;	      /* 10^-tick seconds, or with the upper bit 2^-tick */
	int64_t offset;	      /* seconds */
};

struct source_capture {
	struct file file;
	char *path; /* owned */
	size_t at;
	bool swap, blocks, micro;
	uint32_t first; /* the section's first interface, counted from the file's */
	VEC(struct interface) interface;
};

static int wrong(const struct source_capture *c, struct diag *d, size_t at, const char *what)
{
	return diag_error(d, "capture", diag_offset(c->path, at), "%s", what);
}

static uint32_t get32(const struct source_capture *c, size_t at)
{
	uint32_t v;

	memcpy(&v, c->file.data + at, sizeof(v));
	return c->swap ? __builtin_bswap32(v) : v;
}

static uint16_t get16(const struct source_capture *c, size_t at)
{
	uint16_t v;

	memcpy(&v, c->file.data + at, sizeof(v));
	return c->swap ? __builtin_bswap16(v) : v;
}

static size_t left(const struct source_capture *c)
{
	return c->file.size - c->at;
}

/* ---- pcap ------------------------------------------------------------------------------------ */

static int open_records(struct source_capture *c, uint32_t magic, struct diag *d)
{
	if (c->file.size < PCAP_HEADER)
		return wrong(c, d, 0, "the file's header is cut off");
	c->micro = magic == PCAP_MICRO;
	/* the upper bits tell of checksums behind the frames */
	return vec_push(&c->interface, (struct interface){.link = get32(c, 20) & 0xffff}) ? -ENOMEM : 0;
}

static int next_record(struct source_capture *c, struct diag *d, struct source_packet *ret_packet)
{
	uint32_t len;

	if (!left(c))
		return 0;
	if (left(c) < PCAP_RECORD)
		return wrong(c, d, c->at, "the file ends in the midst of a packet's header");
	len = get32(c, c->at + 8);
	if (len > SOURCE_PACKET_MAX)
		return wrong(c, d, c->at + 8, "no packet is that long: the file is damaged");
	if (left(c) - PCAP_RECORD < len)
		return wrong(c, d, c->at, "the file ends in the midst of a packet");
	*ret_packet = (struct source_packet){
		.data = c->file.data + c->at + PCAP_RECORD,
		.len = len,
		.wire_len = get32(c, c->at + 12),
		.link = c->interface.at[0].link,
		.ns = get32(c, c->at) * UINT64_C(1000000000) +
		      get32(c, c->at + 4) * (c->micro ? UINT64_C(1000) : 1),
	};
	c->at += PCAP_RECORD + len;
	return 1;
}

/* ---- pcapng ---------------------------------------------------------------------------------- */

static int begin_section(struct source_capture *c, struct diag *d)
{
	uint32_t magic;

	if (left(c) < SECTION_MIN)
		return wrong(c, d, c->at, "a section's header is cut off");
	memcpy(&magic, c->file.data + c->at + 8, sizeof(magic));
	if (magic != BYTE_ORDER_MAGIC && magic != __builtin_bswap32(BYTE_ORDER_MAGIC))
		return wrong(c, d, c->at + 8, "a section without byte order mark");
	c->swap = magic != BYTE_ORDER_MAGIC;
	if (get16(c, c->at + 12) != 1)
		return wrong(c, d, c->at + 12, "a version of pcapng that is not known");
	c->first += (uint32_t)c->interface.n;
	c->interface.n = 0;
	return 0;
}

/* What matters of an interface's options, which stand from `at` to `end`. */
static void read_options(const struct source_capture *c, size_t at, size_t end, struct interface *i)
{
	uint16_t kind, len;

	while (end - at >= OPTION_HEADER) {
		kind = get16(c, at);
		len = get16(c, at + 2);
		at += OPTION_HEADER;
		if (!kind || len > end - at)
			break;
		if (kind == OPTION_TICK && len >= 1)
			i->tick = c->file.data[at];
		if (kind == OPTION_OFFSET && len >= 8)
			i->offset = (int64_t)((uint64_t)get32(c, at + (c->swap ? 0 : 4)) << 32 |
					      get32(c, at + (c->swap ? 4 : 0)));
		at += MIN(ALIGN_UP((size_t)len, 4), end - at);
	}
}

static int add_interface(struct source_capture *c, size_t body, size_t end, struct diag *d)
{
	struct interface i = {.tick = 6};

	if (end - body < 8)
		return wrong(c, d, body, "an interface's block is cut off");
	i.link = get16(c, body);
	i.keeps = get32(c, body + 4);
	read_options(c, body + 8, end, &i);
	if (vec_push(&c->interface, i) == 0)
		return 0;
	return c->interface.n < SOURCE_INTERFACES_MAX ? -ENOMEM : wrong(c, d, body, "too many interfaces");
}

static uint64_t time_of(const struct interface *i, uint64_t ticks)
{
	unsigned __int128 ns = (unsigned __int128)ticks * 1000000000;
	unsigned n = i->tick & 0x7f;

	if (i->tick & 0x80)
		ns >>= n;
	else
		for (; n; n--)
			ns /= 10;
	return (uint64_t)ns + (uint64_t)i->offset * UINT64_C(1000000000);
}

/* A packet of `len` bytes at `data`, in a block that ends at `end`. */
static int give(struct source_capture *c, uint32_t interface, uint64_t ticks, size_t data, size_t end,
		uint32_t len, uint32_t wire_len, struct diag *d, struct source_packet *ret_packet)
{
	const struct interface *i;

	if (interface >= c->interface.n)
		return wrong(c, d, data, "a packet of an interface that was not described");
	if (len > end - data)
		return wrong(c, d, data, "a packet that is longer than its block");
	if (len > SOURCE_PACKET_MAX)
		return wrong(c, d, data, "no packet is that long: the file is damaged");
	i = &c->interface.at[interface];
	*ret_packet = (struct source_packet){.data = c->file.data + data,
					     .len = len,
					     .wire_len = wire_len,
					     .link = i->link,
					     .interface = c->first + interface,
					     .ns = time_of(i, ticks)};
	return 1;
}

static int give_simple(struct source_capture *c, size_t body, size_t end, struct diag *d,
		       struct source_packet *ret_packet)
{
	uint32_t wire_len, len;

	if (end - body < 4)
		return wrong(c, d, body, "a packet's block is cut off");
	if (!c->interface.n)
		return wrong(c, d, body, "a packet of an interface that was not described");
	wire_len = get32(c, body);
	len = (uint32_t)MIN((size_t)wire_len, end - body - 4);
	if (c->interface.at[0].keeps)
		len = MIN(len, c->interface.at[0].keeps);
	return give(c, 0, 0, body + 4, end, len, wire_len, d, ret_packet);
}

static int give_packet(struct source_capture *c, enum block kind, size_t body, size_t end, struct diag *d,
		       struct source_packet *ret_packet)
{
	uint32_t interface;

	if (end - body < 20)
		return wrong(c, d, body, "a packet's block is cut off");
	interface = kind == BLOCK_PACKET ? get32(c, body) : get16(c, body);
	return give(c, interface, (uint64_t)get32(c, body + 4) << 32 | get32(c, body + 8), body + 20, end,
		    get32(c, body + 12), get32(c, body + 16), d, ret_packet);
}

static int read_block(struct source_capture *c, uint32_t kind, size_t body, size_t end, struct diag *d,
		      struct source_packet *ret_packet)
{
	switch (kind) {
	case BLOCK_INTERFACE:
		return add_interface(c, body, end, d);
	case BLOCK_PACKET_SIMPLE:
		return give_simple(c, body, end, d, ret_packet);
	case BLOCK_PACKET:
	case BLOCK_PACKET_OLD:
		return give_packet(c, (enum block)kind, body, end, d, ret_packet);
	}
	return 0;
}

static int next_block(struct source_capture *c, struct diag *d, struct source_packet *ret_packet)
{
	size_t begin;
	uint32_t len, kind;
	int got = 0;

	while (!got && left(c)) {
		begin = c->at;
		if (left(c) < BLOCK_MIN)
			return wrong(c, d, begin, "the file ends in the midst of a block");
		kind = get32(c, begin); /* a section's looks the same in both orders */
		if (kind == BLOCK_SECTION && begin_section(c, d))
			return -EINVAL;
		len = get32(c, begin + 4);
		if (len < BLOCK_MIN || len % 4)
			return wrong(c, d, begin + 4, "a block's length that cannot be");
		if (len > left(c))
			return wrong(c, d, begin, "the file ends in the midst of a block");
		if (get32(c, begin + len - 4) != len)
			return wrong(c, d, begin + len - 4, "a block's two lengths differ");
		got = read_block(c, kind, begin + 8, begin + len - 4, d, ret_packet);
		c->at = begin + len;
	}
	return got;
}

/* ---- either ---------------------------------------------------------------------------------- */

static int open_kind(struct source_capture *c, struct diag *d)
{
	uint32_t magic;

	if (c->file.size < sizeof(magic))
		return wrong(c, d, 0, "the file is too short for a capture");
	magic = get32(c, 0);
	c->blocks = magic == BLOCK_SECTION;
	if (c->blocks)
		return 0;
	c->swap = magic != PCAP_MICRO && magic != PCAP_NANO;
	magic = get32(c, 0);
	if (magic != PCAP_MICRO && magic != PCAP_NANO)
		return wrong(c, d, 0, "this is neither a pcap nor a pcapng file");
	c->at = PCAP_HEADER;
	return open_records(c, magic, d);
}

int source_capture_open(const char *path, struct diag *d, struct source_capture **ret_capture)
{
	struct source_capture *c = mem_alloc(sizeof(*c));
	size_t n = strlen(path) + 1;
	int err = -ENOMEM;

	if (!c)
		return err;
	c->interface.max = SOURCE_INTERFACES_MAX;
	c->path = mem_alloc(n);
	if (c->path) {
		memcpy(c->path, path, n);
		err = file_read(path, CAPTURE_MAX, d, &c->file);
	}
	if (!err)
		err = open_kind(c, d);
	if (err)
		source_capture_close(c);
	else
		*ret_capture = c;
	return err;
}

int source_capture_next(struct source_capture *c, struct diag *d, struct source_packet *ret_packet)
{
	return c->blocks ? next_block(c, d, ret_packet) : next_record(c, d, ret_packet);
}

void source_capture_close(struct source_capture *c)
{
	if (!c)
		return;
	vec_done(&c->interface);
	file_done(&c->file);
	mem_free(c->path);
	mem_free(c);
}
