/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An error anywhere in an arbitrary text: however the text and the span are, the rendering leaves
 * the terminal alone, and the caret line is no longer than what it points at. The first four bytes
 * say where the span begins and how long it is.
 */
#include <stdlib.h>

#include "../tests/json_check.h"
#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void check_text(const struct str *s)
{
	size_t at = 0, len;
	uint32_t c;

	for (; at < s->n; at += len) {
		len = utf8_len(s->s + at, s->n - at, &c);
		must(len && (c == '\n' || c == '\t' || (c >= 0x20 && (c < 0x7f || c >= 0xa0))));
	}
}

static void check_position(const struct src *src, uint32_t at)
{
	struct src_pos p = src_locate(src, at);
	uint32_t i, line = 1;

	at = MIN(at, src->len);
	for (i = 0; i < at; i++)
		line += src->text[i] == '\n';
	must(p.line == line && p.begin <= at && p.end <= src->len && p.begin + p.column - 1 == at);
	must(!p.begin || src->text[p.begin - 1] == '\n');
	must(p.end >= p.begin && !memchr(src->text + p.begin, '\n', p.end - p.begin));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct src src = {.name = "fuzz"};
	struct diag d;
	struct str s;
	struct out o;
	uint32_t at, len;

	if (size < 4)
		return 0;
	at = (uint32_t)data[0] << 8 | data[1];
	len = (uint32_t)data[2] << 8 | data[3];
	src.text = (const char *)data + 4;
	src.len = (uint32_t)size - 4;
	at %= src.len + 2;
	check_position(&src, at);
	diag_init(&d, 10);
	str_init(&s, 1 << 20);
	str_addn(&s, src.text, MIN(src.len, 50U));
	diag_error(&d, "fuzz", diag_text(&src, at, len), "%s", s.s);
	diag_fix(&d, diag_text(&src, len, at), s.s, "%s", s.s);
	diag_note(&d, diag_file(s.s), "of a file");
	str_reset(&s);
	diag_render(&d, DIAG_PLAIN, &s);
	must(!str_err(&s));
	check_text(&s);
	str_reset(&s);
	out_init(&o, OUT_JSON, false, out_sink_str, &s);
	diag_out(&d, &o, NULL);
	must(!out_done(&o) && json_stream(s.s, s.n, true));
	str_done(&s);
	diag_done(&d);
	return 0;
}
