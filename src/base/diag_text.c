/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Diagnostics for people:
 *
 *	prog.s:3:7: error: there is no register r11 [asm.register]
 *	    3 | r1 = r11
 *	      |      ^~~
 *	      | the last one is r10, the frame pointer
 *
 * Long lines are shown as a window around the fault, control characters as dots, tabs as they are so
 * that the caret stands below them.
 */
#include "base/impl.h"

enum { WINDOW = 96 }; /* columns of a source line that are shown */

struct style {
	const char *bold, *red, *yellow, *blue, *green, *off;
};

static const struct style plain = {"", "", "", "", "", ""};
static const struct style color = {"\033[1m", "\033[1;31m", "\033[1;33m", "\033[1;34m",
				   "\033[32m", "\033[0m"};

static const char *shown_name(const char *name)
{
	return !name ? "?" : !strcmp(name, "-") ? "<stdin>" : name;
}

static void add_place(struct str *s, const struct diag_where *w, const struct style *st)
{
	struct src_pos p;

	switch (w->kind) {
	case DIAG_NOWHERE:
		str_addf(s, "%sskep:%s ", st->bold, st->off);
		return;
	case DIAG_IN_TEXT:
		p = src_locate(w->src, w->span.at);
		str_addf(s, "%s%s:%u:%u:%s ", st->bold, shown_name(w->src->name), p.line, p.column,
			 st->off);
		return;
	case DIAG_AT_OFFSET:
		str_addf(s, "%s%s: byte %llu:%s ", st->bold, shown_name(w->name),
			 (unsigned long long)w->offset, st->off);
		return;
	case DIAG_AT_PC:
		str_addf(s, "%s%s: insn %llu:%s ", st->bold, shown_name(w->name),
			 (unsigned long long)w->offset, st->off);
		return;
	case DIAG_IN_FILE:
		str_addf(s, "%s%s:%s ", st->bold, shown_name(w->name), st->off);
		return;
	}
}

static void add_severity(struct str *s, enum diag_severity severity, const struct style *st)
{
	switch (severity) {
	case DIAG_NOTE:
		str_addf(s, "%snote:%s ", st->blue, st->off);
		return;
	case DIAG_WARNING:
		str_addf(s, "%swarning:%s ", st->yellow, st->off);
		return;
	case DIAG_ERROR:
		str_addf(s, "%serror:%s ", st->red, st->off);
		return;
	}
}

/* A message may quote what a hostile file says: control bytes do not reach the terminal. */
static void add_clean(struct str *s, const char *text, size_t n)
{
	size_t at = 0, len;
	uint32_t c;

	while (at < n) {
		len = utf8_len(text + at, n - at, &c);
		if (!len || (c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7f && c < 0xa0))
			str_addc(s, '.');
		else
			str_addn(s, text + at, len);
		at += len ? len : 1;
	}
}

/* The gutter: blanks when there is no line number to show. */
static void add_gutter(struct str *s, uint32_t line, const struct style *st)
{
	if (line)
		str_addf(s, "%s%5u |%s ", st->blue, line, st->off);
	else
		str_addf(s, "%s      |%s ", st->blue, st->off);
}

/* The blanks below `n` bytes of text: tabs stay tabs. */
static void add_indent(struct str *s, const char *text, size_t n)
{
	size_t at = 0, len;
	uint32_t c;

	while (at < n) {
		len = utf8_len(text + at, n - at, &c);
		if (len && c == '\t')
			str_addc(s, '\t');
		else
			str_pad(s, ' ', len && c >= 0x20 ? (size_t)utf8_width(c) : 1);
		at += len ? len : 1;
	}
}

struct window {
	uint32_t begin, end; /* bytes of the text */
	bool cut_left, cut_right;
};

static struct window choose_window(const struct src_pos *p, uint32_t at)
{
	struct window w = {p->begin, p->end, false, false};

	if (p->end - p->begin > WINDOW) {
		w.begin = at - p->begin > WINDOW / 2 ? at - WINDOW / 2 : p->begin;
		w.end = p->end - w.begin > WINDOW ? w.begin + WINDOW : p->end;
		w.cut_left = w.begin > p->begin;
		w.cut_right = w.end < p->end;
	}
	return w;
}

static void add_source(struct str *s, const struct diag_where *w, const char *mark,
		       const struct style *st)
{
	struct src_pos p = src_locate(w->src, w->span.at);
	uint32_t at = MIN(p.begin + p.column - 1, p.end), len, columns;
	struct window win = choose_window(&p, at);
	const char *text = w->src->text;

	add_gutter(s, p.line, st);
	str_add(s, win.cut_left ? "..." : "");
	add_clean(s, text + win.begin, win.end - win.begin);
	str_add(s, win.cut_right ? "...\n" : "\n");

	add_gutter(s, 0, st);
	str_pad(s, ' ', win.cut_left ? 3 : 0);
	add_indent(s, text + win.begin, at - win.begin);
	len = MIN(w->span.len, win.end - at);
	columns = (uint32_t)utf8_columns(text + at, len);
	str_addf(s, "%s^", mark);
	str_pad(s, '~', columns > 1 ? columns - 1 : 0);
	str_addf(s, "%s\n", st->off);
}

static void add_note(struct str *s, const struct diag_msg *m, const struct diag_note *n,
		     const struct style *st)
{
	bool same_line = n->where.kind == DIAG_NOWHERE;

	if (same_line) {
		if (m->where.kind == DIAG_IN_TEXT)
			add_gutter(s, 0, st);
		else
			str_add(s, "  ");
	} else {
		add_place(s, &n->where, st);
		add_severity(s, DIAG_NOTE, st);
	}
	add_clean(s, n->text, strlen(n->text));
	str_addc(s, '\n');
	if (n->where.kind == DIAG_IN_TEXT)
		add_source(s, &n->where, st->green, st);
	if (n->fix && n->where.kind == DIAG_IN_TEXT) {
		struct src_pos p = src_locate(n->where.src, n->where.span.at);

		add_gutter(s, 0, st);
		add_indent(s, n->where.src->text + p.begin, p.column - 1);
		str_add(s, st->green);
		add_clean(s, n->fix, strlen(n->fix));
		str_addf(s, "%s\n", st->off);
	}
}

void diag_render(const struct diag *d, enum diag_style style, struct str *ret_text)
{
	const struct style *st = style == DIAG_COLOR ? &color : &plain;
	const struct diag_msg *m;
	const struct diag_note *n;
	uint32_t all = 0, i;

	for (m = d->first; m; m = m->next) {
		add_place(ret_text, &m->where, st);
		add_severity(ret_text, m->severity, st);
		add_clean(ret_text, m->text, strlen(m->text));
		if (m->where.kind == DIAG_NOWHERE) /* of the command line: no need to look it up */
			str_addc(ret_text, '\n');
		else
			str_addf(ret_text, " [%s]\n", m->id);
		if (m->where.kind == DIAG_IN_TEXT)
			add_source(ret_text, &m->where,
				   m->severity == DIAG_ERROR ? st->red : st->yellow, st);
		for (n = m->note; n; n = n->next)
			add_note(ret_text, m, n, st);
	}
	for (i = 0; i < ARRAY_LEN(d->count); i++)
		all += d->count[i];
	if (all > d->kept)
		str_addf(ret_text, "skep: %u more message%s\n", all - d->kept,
			 all - d->kept == 1 ? " is not shown" : "s are not shown");
}
