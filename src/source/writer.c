/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Captures out, in this machine's byte order and with nanoseconds, through a buffer of one page or
 * two. In pcapng each interface is described before its first packet.
 */
#include <fcntl.h>
#include <unistd.h>

#include "source/source.h"

enum { BUFFER = 1 << 16, PADDING = 4, COMMENT_MAX = 4096 };

struct described {
	uint32_t interface, link; /* as the packets have them */
};

struct source_writer {
	int fd;
	enum source_format format;
	bool any;	/* something was put */
	uint32_t link;	/* pcap: all packets' */
	VEC(struct described) described; /* pcapng */
	int err;	/* the first one sticks */
	size_t n;
	uint8_t buffer[BUFFER];
};

static void flush(struct source_writer *w)
{
	if (!w->err && w->n)
		w->err = file_write_fd(w->fd, w->buffer, w->n);
	w->n = 0;
}

static void put(struct source_writer *w, const void *bytes, size_t n)
{
	const uint8_t *at = bytes;
	size_t some;

	for (; n; at += some, n -= some) {
		if (w->n == BUFFER)
			flush(w);
		some = MIN(n, BUFFER - w->n);
		memcpy(w->buffer + w->n, at, some);
		w->n += some;
	}
}

static void put32(struct source_writer *w, uint32_t v)
{
	put(w, &v, sizeof(v));
}

static void put16(struct source_writer *w, uint16_t v)
{
	put(w, &v, sizeof(v));
}

static void put_padded(struct source_writer *w, const void *bytes, size_t n)
{
	static const uint8_t zero[PADDING];

	put(w, bytes, n);
	put(w, zero, ALIGN_UP(n, PADDING) - n);
}

/* ---- pcap ------------------------------------------------------------------------------------ */

static void put_header(struct source_writer *w, uint32_t link)
{
	put32(w, 0xa1b23c4d);
	put16(w, 2);
	put16(w, 4);
	put32(w, 0);
	put32(w, 0);
	put32(w, SOURCE_PACKET_MAX);
	put32(w, link);
	w->link = link;
}

static int put_record(struct source_writer *w, const struct source_packet *p)
{
	if (!w->any)
		put_header(w, p->link);
	if (p->link != w->link)
		return -EPROTOTYPE;
	put32(w, (uint32_t)(p->ns / 1000000000));
	put32(w, (uint32_t)(p->ns % 1000000000));
	put32(w, p->len);
	put32(w, p->wire_len);
	put(w, p->data, p->len);
	return 0;
}

/* ---- pcapng ---------------------------------------------------------------------------------- */

static void put_section(struct source_writer *w)
{
	const uint64_t unknown = UINT64_MAX;

	put32(w, 0x0a0d0d0a);
	put32(w, 28);
	put32(w, 0x1a2b3c4d);
	put16(w, 1);
	put16(w, 0);
	put(w, &unknown, sizeof(unknown));
	put32(w, 28);
}

static void put_interface(struct source_writer *w, uint32_t link)
{
	const uint32_t nanoseconds = 9;

	put32(w, 1);
	put32(w, 32);
	put16(w, (uint16_t)link);
	put16(w, 0);
	put32(w, 0);
	put16(w, 9); /* if_tsresol */
	put16(w, 1);
	put_padded(w, &nanoseconds, 4);
	put32(w, 0);
	put32(w, 32);
}

static void put_packet(struct source_writer *w, uint32_t interface, const struct source_packet *p,
		       const char *comment)
{
	size_t n = comment ? MIN(strlen(comment), (size_t)COMMENT_MAX) : 0;
	size_t options = n ? 8 + ALIGN_UP(n, PADDING) : 0;
	uint32_t len = (uint32_t)(32 + ALIGN_UP((size_t)p->len, PADDING) + options);

	put32(w, 6);
	put32(w, len);
	put32(w, interface);
	put32(w, (uint32_t)(p->ns >> 32));
	put32(w, (uint32_t)p->ns);
	put32(w, p->len);
	put32(w, p->wire_len);
	put_padded(w, p->data, p->len);
	if (options) {
		put16(w, 1); /* opt_comment */
		put16(w, (uint16_t)n);
		put_padded(w, comment, n);
		put32(w, 0);
	}
	put32(w, len);
}

/* Interfaces are numbered as they come; one that has packets of two kinds counts twice. */
static int number_interface(struct source_writer *w, const struct source_packet *p,
			    uint32_t *ret_number)
{
	const struct described want = {p->interface, p->link};
	size_t i;

	for (i = 0; i < w->described.n; i++) {
		if (memcmp(&w->described.at[i], &want, sizeof(want)))
			continue;
		*ret_number = (uint32_t)i;
		return 0;
	}
	*ret_number = (uint32_t)i;
	put_interface(w, p->link);
	return vec_push(&w->described, want);
}

static int put_block(struct source_writer *w, const struct source_packet *p, const char *comment)
{
	uint32_t interface;
	int err;

	if (!w->any)
		put_section(w);
	err = number_interface(w, p, &interface);
	if (!err)
		put_packet(w, interface, p, comment);
	return err;
}

/* ---- either ---------------------------------------------------------------------------------- */

int source_writer_open(const char *path, enum source_format format, struct diag *d,
		       struct source_writer **ret_writer)
{
	struct source_writer *w = mem_alloc(sizeof(*w));
	int err;

	if (!w)
		return -ENOMEM;
	w->format = format;
	w->described.max = SOURCE_INTERFACES_MAX;
	w->fd = strcmp(path, "-") ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) :
				    dup(STDOUT_FILENO);
	if (w->fd < 0) {
		err = -errno;
		diag_error(d, "file", diag_file(path), "cannot write: %s", strerror(-err));
		mem_free(w);
		return err;
	}
	*ret_writer = w;
	return 0;
}

int source_writer_put(struct source_writer *w, const struct source_packet *p, const char *comment)
{
	int err = w->err;

	if (!err)
		err = w->format == SOURCE_PCAP ? put_record(w, p) : put_block(w, p, comment);
	w->any |= !err;
	return err ? err : w->err;
}

int source_writer_close(struct source_writer *w)
{
	int err;

	if (!w->any && w->format == SOURCE_PCAPNG) /* an empty capture still says what it is */
		put_section(w);
	else if (!w->any)
		put_header(w, SOURCE_ETHERNET);
	flush(w);
	err = close(w->fd) ? -errno : 0;
	if (w->err)
		err = w->err;
	vec_done(&w->described);
	mem_free(w);
	return err;
}
