/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Branches: what is in the 15 frames of the packet, 96 bytes each. */
#include "work.h"

enum { FRAME = 96, MSS_AT = 20 };

static inline __attribute__((always_inline)) u32 tcp_mss(u8 *frame, u8 *end, u32 at)
{
	u32 i, kind, len;

	for (i = 0; i < 4; i++) {
		u8 *o = frame + (at & 63);

		OPAQUE(o);
		if (o + 4 > end)
			break;
		kind = o[0];
		if (kind == 0)
			break;
		if (kind == 1) {
			at++;
			continue;
		}
		len = o[1];
		if (kind == 2 && len == 4)
			return net16(o + 2);
		if (len < 2)
			break;
		at += len & 15;
	}
	return 0;
}

static inline __attribute__((always_inline)) u32 tcp(u8 *frame, u8 *end, u32 l4)
{
	u8 *t = frame + l4;
	u32 port, flags;

	OPAQUE(t);
	if (t + 20 > end)
		return 2;
	port = net16(t + 2);
	flags = t[13];
	if (flags & 4)
		return 5;
	if (flags & 2)
		return 16 + tcp_mss(frame, end, l4 + MSS_AT);
	if (port == 80 || port == 443 || port == 8080)
		return 6;
	return port < 1024 ? 7 : 8;
}

static inline __attribute__((always_inline)) u32 udp(u8 *frame, u8 *end, u32 l4)
{
	u8 *t = frame + l4;
	u32 port;

	OPAQUE(t);
	if (t + 8 > end)
		return 2;
	port = net16(t + 2);
	return port == 53 ? 9 : port == 4789 ? 10 : 11;
}

static inline __attribute__((always_inline)) u32 one_frame(u8 *frame, u8 *end)
{
	u32 type = net16(frame + 12), at = 14, proto, l4;
	u8 *t;

	if (type == 0x8100) {
		type = net16(frame + 16);
		at = 18;
	}
	if (type == 0x0800) {
		u32 len = (frame[at] & 15) * 4;

		if (len < 20 || len > 40)
			return 1;
		proto = frame[at + 9];
		l4 = at + len;
	} else if (type == 0x86dd) {
		proto = frame[at + 6];
		l4 = at + 40;
	} else {
		return type == 0x0806 ? 3 : 4;
	}
	l4 &= 63;
	if (proto == 6)
		return tcp(frame, end, l4);
	if (proto == 17)
		return udp(frame, end, l4);
	if (proto != 1 && proto != 58)
		return 13;
	t = frame + l4;
	OPAQUE(t);
	return t + 1 > end ? 2 : 12 + t[0];
}

WORK parse(u8 *at, u8 *end)
{
	u32 result = 0, i;

	for (i = 0; i < 15; i++) {
		if (at + FRAME > end)
			break;
		result = result * 31 + one_frame(at, end);
		at += FRAME;
	}
	return result & 0x7fffffff;
}
