/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The sink of diagnostics: collects messages, keeps at most d->max of them, counts them all.
 *
 * Reporting never fails: without memory a message is counted and lost, and the count still tells
 * that there was one. The arena's `out` stays unset, so nothing here jumps.
 */
#include "base/impl.h"

enum { DIAG_BYTES_MAX = 8 << 20 };

void diag_init(struct diag *d, uint32_t max)
{
	*d = (struct diag){.max = max};
	arena_init(&d->arena, DIAG_BYTES_MAX);
	d->tail = &d->first;
}

void diag_done(struct diag *d)
{
	arena_done(&d->arena);
	diag_init(d, d->max);
}

static struct diag_where keep_where(struct diag *d, struct diag_where w)
{
	if (w.name)
		w.name = arena_strdup(&d->arena, w.name);
	return w;
}

static void report(struct diag *d, enum diag_severity severity, const char *id,
		   struct diag_where where, const char *fmt, va_list ap) PRINTF_LIKE(5, 0);
static void report(struct diag *d, enum diag_severity severity, const char *id,
		   struct diag_where where, const char *fmt, va_list ap)
{
	struct diag_msg *m;

	d->count[severity]++;
	d->last = NULL;
	if (d->kept >= d->max)
		return;
	m = arena_new(&d->arena, struct diag_msg);
	if (!m)
		return;
	m->text = arena_vprintf(&d->arena, fmt, ap);
	if (!m->text)
		return;
	m->severity = severity;
	m->id = id;
	m->where = keep_where(d, where);
	m->note_tail = &m->note;
	*d->tail = m;
	d->tail = &m->next;
	d->last = m;
	d->kept++;
}

int diag_error(struct diag *d, const char *id, struct diag_where where, const char *fmt, ...)
{
	va_list ap;

	if (d) {
		va_start(ap, fmt);
		report(d, DIAG_ERROR, id, where, fmt, ap);
		va_end(ap);
	}
	return -EINVAL;
}

void diag_warn(struct diag *d, const char *id, struct diag_where where, const char *fmt, ...)
{
	va_list ap;

	if (!d)
		return;
	va_start(ap, fmt);
	report(d, DIAG_WARNING, id, where, fmt, ap);
	va_end(ap);
}

static void add_note(struct diag *d, struct diag_where where, const char *fix, const char *fmt,
		     va_list ap) PRINTF_LIKE(4, 0);
static void add_note(struct diag *d, struct diag_where where, const char *fix, const char *fmt,
		     va_list ap)
{
	struct diag_note *n;

	if (!d || !d->last)
		return;
	n = arena_new(&d->arena, struct diag_note);
	if (!n)
		return;
	n->text = arena_vprintf(&d->arena, fmt, ap);
	if (!n->text)
		return;
	if (fix) {
		n->fix = arena_strdup(&d->arena, fix);
		if (!n->fix)
			return;
	}
	n->where = keep_where(d, where);
	*d->last->note_tail = n;
	d->last->note_tail = &n->next;
}

void diag_note(struct diag *d, struct diag_where where, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_note(d, where, NULL, fmt, ap);
	va_end(ap);
}

void diag_fix(struct diag *d, struct diag_where where, const char *replacement, const char *fmt,
	      ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_note(d, where, replacement, fmt, ap);
	va_end(ap);
}

uint32_t diag_dropped(const struct diag *d)
{
	uint32_t all = 0, i;

	for (i = 0; i < ARRAY_LEN(d->count); i++)
		all += d->count[i];
	return all - d->kept;
}

void diag_add_dropped(const struct diag *d, struct str *s)
{
	uint32_t n = diag_dropped(d);

	str_addf(s, "%u more message%s not shown", n, n == 1 ? " is" : "s are");
}

/* ---- as data ---- */

static const char *const severity_name[] = {"note", "warning", "error"};

static void out_where(const struct diag_where *w, struct out *o)
{
	struct src_pos p;

	switch (w->kind) {
	case DIAG_NOWHERE:
		break;
	case DIAG_IN_TEXT:
		p = src_locate(w->src, w->span.at);
		out_str(o, "file", w->src->name);
		out_uint(o, "line", p.line);
		out_uint(o, "column", p.column);
		out_uint(o, "length", w->span.len);
		break;
	case DIAG_AT_OFFSET:
		out_str(o, "file", w->name ? w->name : "");
		out_uint(o, "offset", w->offset);
		break;
	case DIAG_AT_PC:
		out_str(o, "program", w->name ? w->name : "");
		out_uint(o, "pc", w->offset);
		break;
	case DIAG_IN_FILE:
		out_str(o, "file", w->name ? w->name : "");
		break;
	}
}

static void out_message(const struct diag_msg *m, struct out *o)
{
	const struct diag_note *n;

	out_object(o, NULL);
	out_str(o, "severity", severity_name[m->severity]);
	out_str(o, "id", m->id);
	out_where(&m->where, o);
	out_str(o, "message", m->text);
	if (m->note) {
		out_array(o, "notes", OUT_LIST);
		for (n = m->note; n; n = n->next) {
			out_object(o, NULL);
			out_where(&n->where, o);
			out_str(o, "message", n->text);
			if (n->fix)
				out_str(o, "fix", n->fix);
			out_end(o);
		}
		out_end(o);
	}
	out_end(o);
}

void diag_out(const struct diag *d, struct out *o, const char *name)
{
	const struct diag_msg *m;

	out_array(o, name, OUT_LIST);
	for (m = d->first; m; m = m->next)
		out_message(m, o);
	if (diag_dropped(d)) {
		struct str s;

		str_init(&s, 80);
		diag_add_dropped(d, &s);
		out_object(o, NULL);
		out_str(o, "severity", severity_name[DIAG_NOTE]);
		out_str(o, "id", "diag.dropped");
		out_str(o, "message", s.s);
		out_end(o);
		str_done(&s);
	}
	out_end(o);
}
