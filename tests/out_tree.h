/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A tree for the writer, grown from bytes: the same bytes give the same tree in every format.
 * Shared by the tests (random bytes) and the fuzzer (its own).
 */
#ifndef SKEP_TEST_OUT_TREE_H
#define SKEP_TEST_OUT_TREE_H

#include "base/base.h"

struct tree {
	struct out *o;
	const uint8_t *at, *end;
	int depth, budget;
	bool in_array[OUT_DEPTH_MAX + 1];
};

static uint8_t tree_byte(struct tree *t)
{
	return t->at < t->end ? *t->at++ : 0;
}

/* Some bytes of the input as a text, borrowed. */
static const char *tree_text(struct tree *t, size_t *ret_n)
{
	size_t want = tree_byte(t) % 24, left = (size_t)(t->end - t->at), n = MIN(want, left);
	const char *s = (const char *)t->at;

	t->at += n;
	*ret_n = n;
	return s;
}

/* A few names, so that tables have columns, and now and then one made of anything. */
static const char *tree_name(struct tree *t, char *room, size_t size)
{
	static const char *const names[] = {"id",          "name",         "type",
					    "a long name", "\xe8\x9c\x82", "x\"y\\z"};
	uint8_t which = tree_byte(t);
	const char *s;
	size_t n;

	if (!t->depth || t->in_array[t->depth])
		return NULL;
	if (which % 16 < ARRAY_LEN(names))
		return names[which % 16];
	s = tree_text(t, &n);
	n = MIN(n, size - 1);
	memcpy(room, s, n);
	room[n] = 0;
	return room;
}

static void tree_scalar(struct tree *t, const char *name, uint8_t kind)
{
	uint64_t v = (uint64_t)tree_byte(t) << (tree_byte(t) % 57);
	double real;
	const char *s;
	char text[32];
	size_t n;

	switch (kind % 10) {
	case 0:
		out_uint(t->o, name, v);
		return;
	case 1:
		out_int(t->o, name, (int64_t)(0 - v));
		return;
	case 2:
		out_hex(t->o, name, v);
		return;
	case 3:
		out_bool(t->o, name, v & 1);
		return;
	case 4:
		out_null(t->o, name);
		return;
	case 5:
		s = tree_text(t, &n);
		n = MIN(n, sizeof(real));
		memset(&real, 0x41, sizeof(real));
		memcpy(&real, s, n);
		out_double(t->o, name, real, (int8_t)v);
		return;
	case 6:
		s = tree_text(t, &n);
		out_bytes(t->o, name, s, n);
		return;
	case 7:
		s = tree_text(t, &n);
		n = MIN(n, sizeof(text) - 1);
		memcpy(text, s, n);
		text[n] = 0;
		out_uint_as(t->o, name, v, text);
		return;
	case 8:
		out_str_color(t->o, name, v & 1 ? "red" : "", (enum out_color)(v % (OUT_DIM + 1)));
		return;
	default:
		s = tree_text(t, &n);
		out_strn(t->o, name, s, n);
	}
}

static void tree_begin(struct tree *t, const char *name, uint8_t kind)
{
	static const char *const templates[] = {
		"{id}: {type}{name|  name %}",
		"{nosuch:8}|{id:>6}|{type:10}",
		"only text",
		"{id|is there}",
	};
	bool array = kind & 1;

	if (array)
		out_array(t->o, name, kind & 2 ? OUT_TABLE : OUT_LIST);
	else if (kind & 4)
		out_object_as(t->o, name, templates[kind >> 3 & 3]);
	else
		out_object(t->o, name);
	t->depth++;
	t->in_array[t->depth] = array;
}

/* Everything ends balanced, wherever the bytes end. The last level is left to out_bytes. */
static void tree_grow(struct out *o, const uint8_t *bytes, size_t n)
{
	struct tree t = {.o = o, .at = bytes, .end = bytes + n, .budget = 10000};
	char room[32];

	while (t.at < t.end && t.budget-- > 0) {
		uint8_t what = tree_byte(&t);
		const char *name = tree_name(&t, room, sizeof(room));

		if (what < 80 && t.depth < OUT_DEPTH_MAX - 1) {
			tree_begin(&t, name, tree_byte(&t));
		} else if (what < 140 && t.depth) {
			out_end(o);
			t.depth--;
		} else if (what < 144) {
			out_text(o, "remark %d\n", what);
		} else {
			tree_scalar(&t, name, what);
		}
	}
	for (; t.depth; t.depth--)
		out_end(o);
}

#endif
