/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Diagnostics for people:
 *
 *	prog.s:3:7: error: there is no register r11 [asm.register]
 *	    3 | r1 = r11
 *	      |      ^~~
 *	      | the last one is r10, the frame pointer
 *
 * Long lines are shown as a window around the fault, control characters as dots, tabs as they are
 * so that the caret stands below them.
 */
#include <stdio.h>

#include "base/impl.h"

enum { WINDOW = 96 }; /* columns of a source line that are shown */

struct style {
	const char *bold, *red, *yellow, *blue, *green, *off;
};

static const struct style plain = {"", "", "", "", "", ""};
static const struct style color = {"\033[1m",    "\033[1;31m", "\033[1;33m",
				   "\033[1;34m", "\033[32m",   "\033[0m"};

/* A message may quote what a hostile file says: control bytes do not reach the terminal. */
static void add_clean(struct str *s, const char *text, size_t n, const char *kept)
{
	size_t at = 0, len;
	uint32_t c;

	while (at < n) {
		len = utf8_len(text + at, n - at, &c);
		if (len && (utf8_shows(c) || (c && c < 0x80 && strchr(kept, (char)c))))
			str_addn(s, text + at, len);
		else
			str_addc(s, '.');
		at += len ? len : 1;
	}
}

static void add_name(struct str *s, const char *name)
{
	name = !name ? "?" : !strcmp(name, "-") ? "<stdin>" : name;
	add_clean(s, name, strlen(name), "");
}

static void add_place(struct str *s, const struct diag_where *w, const struct style *st)
{
	struct src_pos p;

	str_add(s, st->bold);
	switch (w->kind) {
	case DIAG_NOWHERE:
		str_add(s, "skep:");
		break;
	case DIAG_IN_TEXT:
		p = src_locate(w->src, w->span.at);
		add_name(s, w->src->name);
		str_addf(s, ":%u:%u:", p.line, p.column);
		break;
	case DIAG_AT_OFFSET:
		add_name(s, w->name);
		str_addf(s, ": byte %llu:", (unsigned long long)w->offset);
		break;
	case DIAG_AT_PC:
		add_name(s, w->name);
		str_addf(s, ": insn %llu:", (unsigned long long)w->offset);
		break;
	case DIAG_IN_FILE:
		add_name(s, w->name);
		str_addc(s, ':');
		break;
	}
	str_addf(s, "%s ", st->off);
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

/* The gutter of a line, or the blanks that go with it below. */
static void add_gutter(struct str *s, uint32_t line, bool blank, const struct style *st)
{
	int width = snprintf(NULL, 0, "%5u", line);

	str_add(s, st->blue);
	if (blank)
		str_pad(s, ' ', (size_t)width);
	else
		str_addf(s, "%5u", line);
	str_addf(s, " |%s ", st->off);
}

/* The columns that add_clean takes for the text at s, when it has no tab. */
static size_t shown_columns(const char *text, size_t n)
{
	size_t columns = 0, at = 0, len;
	uint32_t c;

	while (at < n) {
		len = utf8_len(text + at, n - at, &c);
		columns += len && utf8_shows(c) ? (size_t)utf8_width(c) : 1;
		at += len ? len : 1;
	}
	return columns;
}

/* The blanks below `n` bytes of text: tabs stay tabs. */
static void add_indent(struct str *s, const char *text, size_t n)
{
	const char *tab;

	for (; (tab = memchr(text, '\t', n)); n -= (size_t)(tab + 1 - text), text = tab + 1) {
		str_pad(s, ' ', shown_columns(text, (size_t)(tab - text)));
		str_addc(s, '\t');
	}
	str_pad(s, ' ', shown_columns(text, n));
}

/* The part of the source line around a span that is shown. */
struct window {
	const char *text;
	uint32_t len, at; /* bytes; where in them the span begins */
	uint32_t line;
	bool cut_left, cut_right;
};

static struct window choose_window(const struct diag_where *w)
{
	struct src_pos p = src_locate(w->src, w->span.at);
	uint32_t at = MIN(p.begin + p.column - 1, p.end), begin = p.begin, end = p.end;
	const char *text = w->src->len ? w->src->text : "";

	if (p.end - p.begin > WINDOW) {
		begin = at - p.begin > WINDOW / 2 ? at - WINDOW / 2 : p.begin;
		end = p.end - begin > WINDOW ? begin + WINDOW : p.end;
		/* not through the middle of a character */
		while (begin < at && ((uint8_t)text[begin] & 0xc0) == 0x80)
			begin++;
		while (end > at && end < p.end && ((uint8_t)text[end] & 0xc0) == 0x80)
			end--;
	}
	return (struct window){text + begin, end - begin,     at - begin,
			       p.line,       begin > p.begin, end < p.end};
}

/* From the gutter to the column where the span begins. */
static void add_below(struct str *s, const struct window *win, const struct style *st)
{
	add_gutter(s, win->line, true, st);
	str_pad(s, ' ', win->cut_left ? 3 : 0);
	add_indent(s, win->text, win->at);
}

static void add_source(struct str *s, const struct diag_where *w, const char *mark,
		       const struct style *st)
{
	struct window win = choose_window(w);
	size_t columns = shown_columns(win.text + win.at, MIN(w->span.len, win.len - win.at));

	add_gutter(s, win.line, false, st);
	str_add(s, win.cut_left ? "..." : "");
	add_clean(s, win.text, win.len, "\t");
	str_add(s, win.cut_right ? "...\n" : "\n");
	add_below(s, &win, st);
	str_addf(s, "%s^", mark);
	str_pad(s, '~', columns > 1 ? columns - 1 : 0);
	str_addf(s, "%s\n", st->off);
}

/* What to write instead, below what it replaces. */
static void add_fix(struct str *s, const struct diag_note *n, const struct style *st)
{
	struct window win = choose_window(&n->where);
	const char *fix = n->fix;
	size_t line;

	do {
		line = strcspn(fix, "\n");
		add_below(s, &win, st);
		str_add(s, st->green);
		add_clean(s, fix, line, "\t");
		str_addf(s, "%s\n", st->off);
		fix += line + (fix[line] == '\n');
	} while (*fix);
}

static void add_note(struct str *s, const struct diag_msg *m, const struct diag_note *n,
		     const struct style *st)
{
	if (n->where.kind != DIAG_NOWHERE) {
		add_place(s, &n->where, st);
		add_severity(s, DIAG_NOTE, st);
	} else if (m->where.kind == DIAG_IN_TEXT) {
		add_gutter(s, src_locate(m->where.src, m->where.span.at).line, true, st);
	} else {
		str_add(s, "  ");
	}
	add_clean(s, n->text, strlen(n->text), "\t\n");
	str_addc(s, '\n');
	if (n->where.kind != DIAG_IN_TEXT)
		return;
	add_source(s, &n->where, st->green, st);
	if (n->fix)
		add_fix(s, n, st);
}

void diag_render(const struct diag *d, enum diag_style style, struct str *ret_text)
{
	const struct style *st = style == DIAG_COLOR ? &color : &plain;
	const struct diag_msg *m;
	const struct diag_note *n;

	for (m = d->first; m; m = m->next) {
		add_place(ret_text, &m->where, st);
		add_severity(ret_text, m->severity, st);
		add_clean(ret_text, m->text, strlen(m->text), "\t\n");
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
	if (diag_dropped(d)) {
		str_add(ret_text, "skep: ");
		diag_add_dropped(d, ret_text);
		str_addc(ret_text, '\n');
	}
}
