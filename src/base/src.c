/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a byte of a text to its line and column.
 *
 * Found by scanning from the start: positions are asked for when a message is rendered, which is
 * rare, so no index is kept. Whoever needs many (line tables) builds one.
 */
#include "base/impl.h"

struct src_pos src_locate(const struct src *s, uint32_t at)
{
	struct src_pos p = {.line = 1};
	const char *nl;

	at = MIN(at, s->len);
	while (at > p.begin && (nl = memchr(s->text + p.begin, '\n', at - p.begin))) {
		p.begin = (uint32_t)(nl - s->text) + 1;
		p.line++;
	}
	nl = s->len > p.begin ? memchr(s->text + p.begin, '\n', s->len - p.begin) : NULL;
	p.end = nl ? (uint32_t)(nl - s->text) : s->len;
	if (p.end > p.begin && s->text[p.end - 1] == '\r')
		p.end--;
	p.column = at - p.begin + 1;
	return p;
}
