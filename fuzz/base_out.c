/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The bytes grow a tree (tests/out_tree.h), which is written in every format: the JSON must be
 * JSON, and the text must leave the terminal alone.
 */
#include <stdlib.h>

#include "../tests/json_check.h"
#include "../tests/out_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static bool leaves_the_terminal_alone(const struct str *s)
{
	size_t at = 0, len;
	uint32_t c;

	for (; at < s->n; at += len) {
		len = utf8_len(s->s + at, s->n - at, &c);
		if (!len || (c != '\n' && c < 0x20) || (c >= 0x7f && c < 0xa0))
			return false;
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s;
	struct out o;
	int format;

	str_init(&s, 64 << 20);
	for (format = OUT_TEXT; format <= OUT_JSON_LINES; format++) {
		str_reset(&s);
		out_init(&o, (enum out_format)format, false, out_sink_str, &s);
		tree_grow(&o, data, size);
		must(!out_done(&o));
		if (format == OUT_TEXT)
			must(leaves_the_terminal_alone(&s));
		else
			must(json_stream(s.s, s.n, format != OUT_JSON_PRETTY));
	}
	str_done(&s);
	return 0;
}
