/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the files of base share with each other and nobody else.
 *
 * Letters: a arena, s str, d diag, o out, h hash, b bits.
 */
#ifndef SKEP_BASE_IMPL_H
#define SKEP_BASE_IMPL_H

#include "base/base.h"

/*
 * The stress build makes rare events constant: vectors and strings grow by one and move each time,
 * every arena allocation has a chunk of its own (so that ASan sees one byte too many), hash tables
 * start with two slots, and the writer flushes after each value.
 */
#ifdef SKEP_STRESS
enum { STRESS = 1 };
#else
enum { STRESS = 0 };
#endif
/* Growth by one is quadratic: what is large already grows as always. */
#define STRESS_GROWTH(cap) (STRESS && (cap) < 1 << 16)

bool utf8_shows(uint32_t c); /* to be given to a terminal as it is */

/* ---- diag: the messages that were counted and not kept ---- */

uint32_t diag_dropped(const struct diag *d);
void diag_add_dropped(const struct diag *d, struct str *s);

/* ---- out: the held-back tree of the text rendering (out.c builds it, out_text.c lays it out) ---- */

enum out_kind { NODE_SCALAR, NODE_OBJECT, NODE_ARRAY, NODE_VERBATIM };

struct out_node {
	struct out_node *next, *parent; /* arena */
	struct out_node *first, **tail; /* arena: children */
	uint32_t children;
	enum out_kind kind;
	enum out_layout layout;
	enum out_color color;
	bool bytes;	      /* an array that is shown with blanks between, wherever it stands */
	bool right;	      /* numbers stand to the right in tables */
	bool blocks;	      /* some child is not a scalar */
	const char *name;     /* arena; NULL in arrays */
	const char *text;     /* arena: scalars: what is shown; objects: the template */
	size_t len;
};

void out_settle(struct out *o); /* gives a full buffer to the sink: at the end of any line */
void out_render(struct out *o, const struct out_node *top);
void out_render_rows(struct out *o, const struct out_node *table); /* of a table that streams */
void out_render_items(struct out *o, const struct out_node *list); /* of a list that streams */
void out_columns_free(struct out *o);

#endif
