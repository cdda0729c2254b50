/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The writer: JSON as it comes, and the tree that out_text.c lays out for people.
 *
 * Misuse (an unbalanced end, a name inside an array) is a bug of the caller and asserted; failure
 * of the sink or of memory sticks in o->err, and everything after it is dropped.
 */
#include <stdio.h>

#include "base/impl.h"

enum { OUT_BUFFER = 64 << 10, OUT_BUFFER_MAX = 64 << 20, OUT_TREE_MAX = 256 << 20 };

void out_init(struct out *o, enum out_format format, bool color, out_sink sink, void *ctx)
{
	*o = (struct out){.format = format, .color = color, .sink = sink, .ctx = ctx};
	str_init(&o->buf, OUT_BUFFER_MAX);
	arena_init(&o->arena, OUT_TREE_MAX);
}

int out_flush(struct out *o)
{
	if (!o->err)
		o->err = str_err(&o->buf);
	if (!o->err && o->buf.n)
		o->err = o->sink(o->ctx, o->buf.s, o->buf.n);
	str_reset(&o->buf);
	return o->err;
}

int out_done(struct out *o)
{
	assert(o->err || !o->depth);
	if ((o->format == OUT_JSON || o->format == OUT_JSON_PRETTY) && o->any_top)
		str_addc(&o->buf, '\n');
	out_flush(o);
	str_done(&o->buf);
	arena_done(&o->arena);
	out_columns_free(o);
	return o->err;
}

int out_sink_fd(void *fd, const void *bytes, size_t n)
{
	return file_write_fd((int)(intptr_t)fd, bytes, n);
}

int out_sink_str(void *str, const void *bytes, size_t n)
{
	str_addn(str, bytes, n);
	return str_err(str);
}

void out_settle(struct out *o)
{
	if (o->buf.n >= (STRESS ? 1 : OUT_BUFFER) || str_err(&o->buf))
		out_flush(o);
}

/* ---- JSON ---- */

static void json_string(struct str *s, const char *p, size_t n)
{
	size_t at = 0, len;
	uint32_t c;

	str_addc(s, '"');
	while (at < n) {
		for (len = at;
		     len < n && p[len] >= 0x20 && p[len] < 0x7f && p[len] != '"' && p[len] != '\\';)
			len++;
		str_addn(s, p + at, len - at);
		at = len;
		if (at == n)
			break;
		len = utf8_len(p + at, n - at, &c);
		if (!len)
			str_add(s, "\\ufffd");
		else if (c == '"' || c == '\\')
			str_addc(s, '\\'), str_addc(s, (char)c);
		else if (c == '\n')
			str_add(s, "\\n");
		else if (c == '\t')
			str_add(s, "\\t");
		else if (c < 0x20 || c == 0x7f)
			str_addf(s, "\\u%04x", c);
		else
			str_addn(s, p + at, len);
		at += len ? len : 1;
	}
	str_addc(s, '"');
}

/* JSON lines: the array at the top is not shown, its elements are the lines. */
static bool is_line_level(const struct out *o, uint32_t depth)
{
	return o->format == OUT_JSON_LINES && (!depth || (depth == 1 && o->level[0].array));
}

static void json_newline(struct out *o)
{
	if (o->format == OUT_JSON_PRETTY) {
		str_addc(&o->buf, '\n');
		str_pad(&o->buf, ' ', (size_t)o->depth * 4);
	}
}

static void json_before(struct out *o, const char *name)
{
	if (o->depth) {
		assert(!name == o->level[o->depth - 1].array);
		if (!is_line_level(o, o->depth)) {
			if (o->level[o->depth - 1].any)
				str_addc(&o->buf, ',');
			json_newline(o);
		}
		o->level[o->depth - 1].any = true;
	} else if (o->any_top && o->format != OUT_JSON_LINES) {
		str_addc(&o->buf, '\n');
	}
	o->any_top = true;
	if (name) {
		json_string(&o->buf, name, strlen(name));
		str_add(&o->buf, o->format == OUT_JSON_PRETTY ? ": " : ":");
	}
}

static void json_after(struct out *o)
{
	if (is_line_level(o, o->depth))
		str_addc(&o->buf, '\n');
	out_settle(o);
}

static void json_begin(struct out *o, const char *name, bool array)
{
	json_before(o, name);
	o->level[o->depth].array = array;
	o->level[o->depth].any = false;
	if (!(array && is_line_level(o, o->depth) && !o->depth))
		str_addc(&o->buf, array ? '[' : '{');
	o->depth++;
}

static void json_end(struct out *o)
{
	bool array = o->level[o->depth - 1].array, any = o->level[o->depth - 1].any;

	o->depth--;
	if (array && !o->depth && o->format == OUT_JSON_LINES) {
		out_settle(o);
		return;
	}
	if (any)
		json_newline(o);
	str_addc(&o->buf, array ? ']' : '}');
	json_after(o);
}

static void json_value(struct out *o, const char *name, const char *text, size_t n, bool quoted)
{
	json_before(o, name);
	if (quoted)
		json_string(&o->buf, text, n);
	else
		str_addn(&o->buf, text, n);
	json_after(o);
}

/* ---- the tree of the text rendering ---- */

static void tree_fail(struct out *o)
{
	if (!o->err)
		o->err = o->arena.err;
}

static struct out_node *tree_add(struct out *o, enum out_kind kind, const char *name)
{
	struct out_node *n = arena_new(&o->arena, struct out_node), *parent = o->open;

	if (!n) {
		tree_fail(o);
		return NULL;
	}
	n->kind = kind;
	n->tail = &n->first;
	if (name && !(n->name = arena_strdup(&o->arena, name)))
		tree_fail(o);
	n->parent = parent;
	if (parent) {
		assert(kind == NODE_VERBATIM || !name == (parent->kind == NODE_ARRAY));
		*parent->tail = n;
		parent->tail = &n->next;
		parent->children++;
		parent->blocks |= kind != NODE_SCALAR;
	}
	return n;
}

/* A whole item of the top level stands in the tree: show it, forget it. */
static void tree_top(struct out *o, struct out_node *n)
{
	out_render(o, n);
	o->any_top = true;
	o->any_item = o->mid_line = false;
	arena_reset(&o->arena);
	o->open = NULL;
	out_settle(o);
}

/*
 * An array at the top need not be held back whole. A list of blocks is shown block by block; a
 * table or a line of words that has become long is shown so far, a table with the widths it has
 * now. All of them go on empty.
 */
static void tree_stream(struct out *o)
{
	struct out_node *array = o->open;
	enum out_layout layout = array->layout;
	bool blocks = layout == OUT_LIST && array->blocks;

	if (array->parent || (!blocks && array->children < OUT_TABLE_ROWS))
		return;
	if (layout == OUT_LIST)
		out_render_items(o, array);
	else
		out_render_rows(o, array);
	o->any_top = true;
	arena_reset(&o->arena);
	o->open = NULL;
	o->open = tree_add(o, NODE_ARRAY, NULL);
	if (o->open)
		o->open->layout = layout;
	out_settle(o);
}

static void tree_scalar(struct out *o, const char *name, const char *text, size_t n, bool right,
			enum out_color color)
{
	struct out_node *node = tree_add(o, NODE_SCALAR, name);

	if (!node)
		return;
	node->text = arena_strndup(&o->arena, text, n);
	if (!node->text) {
		tree_fail(o);
		return;
	}
	node->len = n;
	node->right = right;
	node->color = color;
	if (!node->parent)
		tree_top(o, node);
	else if (o->open->kind == NODE_ARRAY)
		tree_stream(o);
}

static struct out_node *tree_begin(struct out *o, const char *name, enum out_kind kind)
{
	struct out_node *n = tree_add(o, kind, name);

	if (n) {
		o->open = n;
		o->depth++;
	}
	return n;
}

static void tree_end(struct out *o)
{
	struct out_node *n = o->open;

	assert(n);
	o->depth--;
	o->open = n->parent;
	if (!n->parent)
		tree_top(o, n);
	else if (n->parent->kind == NODE_ARRAY)
		tree_stream(o);
}

/* ---- what callers say ---- */

static bool begin_ok(struct out *o)
{
	if (!o->err && o->depth >= OUT_DEPTH_MAX)
		o->err = -E2BIG;
	return !o->err;
}

void out_object_as(struct out *o, const char *name, const char *text_template)
{
	struct out_node *n;

	if (!begin_ok(o))
		return;
	if (out_is_json(o)) {
		json_begin(o, name, false);
		return;
	}
	n = tree_begin(o, name, NODE_OBJECT);
	if (n && text_template && !(n->text = arena_strdup(&o->arena, text_template)))
		tree_fail(o);
}

void out_object(struct out *o, const char *name)
{
	out_object_as(o, name, NULL);
}

void out_array(struct out *o, const char *name, enum out_layout layout)
{
	struct out_node *n;

	if (!begin_ok(o))
		return;
	if (out_is_json(o)) {
		json_begin(o, name, true);
		return;
	}
	n = tree_begin(o, name, NODE_ARRAY);
	if (n)
		n->layout = layout;
}

void out_end(struct out *o)
{
	if (o->err)
		return;
	assert(o->depth);
	if (out_is_json(o))
		json_end(o);
	else
		tree_end(o);
}

/* json NULL: the text is the JSON value too, as a string */
static void scalar(struct out *o, const char *name, const char *text, size_t n, const char *json,
		   bool right, enum out_color color)
{
	if (o->err)
		return;
	if (!out_is_json(o))
		tree_scalar(o, name, text, n, right, color);
	else if (json)
		json_value(o, name, json, strlen(json), false);
	else
		json_value(o, name, text, n, true);
}

void out_strn(struct out *o, const char *name, const char *s, size_t n)
{
	scalar(o, name, s, n, NULL, false, OUT_NO_COLOR);
}

void out_str(struct out *o, const char *name, const char *s)
{
	out_strn(o, name, s, strlen(s));
}

void out_str_color(struct out *o, const char *name, const char *s, enum out_color color)
{
	scalar(o, name, s, strlen(s), NULL, false, color);
}

static void number(struct out *o, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void number(struct out *o, const char *name, const char *fmt, ...)
{
	char text[400]; /* the longest double has 309 digits before the point */
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	scalar(o, name, text, strlen(text), text, true, OUT_NO_COLOR);
}

void out_uint(struct out *o, const char *name, uint64_t v)
{
	number(o, name, "%llu", (unsigned long long)v);
}

void out_int(struct out *o, const char *name, int64_t v)
{
	number(o, name, "%lld", (long long)v);
}

void out_double(struct out *o, const char *name, double v, int digits)
{
	if (v != v || v - v != 0) /* JSON knows neither NaN nor infinity */
		out_null(o, name);
	else
		number(o, name, "%.*f", MIN(MAX(digits, 0), 17), v);
}

void out_hex(struct out *o, const char *name, uint64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)v);
	scalar(o, name, text, strlen(text), NULL, true, OUT_NO_COLOR);
}

void out_bool(struct out *o, const char *name, bool v)
{
	const char *text = v ? "true" : "false";

	scalar(o, name, v ? "yes" : "no", v ? 3 : 2, text, false, OUT_NO_COLOR);
}

void out_null(struct out *o, const char *name)
{
	scalar(o, name, "-", 1, "null", false, OUT_NO_COLOR);
}

void out_uint_as(struct out *o, const char *name, uint64_t v, const char *text)
{
	char json[24];

	snprintf(json, sizeof(json), "%llu", (unsigned long long)v);
	scalar(o, name, text, strlen(text), json, true, OUT_NO_COLOR);
}

void out_bytes(struct out *o, const char *name, const void *p, size_t n)
{
	const uint8_t *bytes = p;
	char text[8];
	size_t i;

	out_array(o, name, OUT_LIST);
	if (o->open)
		o->open->bytes = true;
	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), out_is_json(o) ? "0x%02x" : "%02x", bytes[i]);
		out_str(o, NULL, text);
	}
	out_end(o);
}

void out_text(struct out *o, const char *fmt, ...)
{
	struct out_node *n;
	va_list ap;

	if (o->err || out_is_json(o))
		return;
	va_start(ap, fmt);
	if (!o->open) {
		str_addv(&o->buf, fmt, ap);
		out_settle(o);
	} else {
		n = tree_add(o, NODE_VERBATIM, NULL);
		if (n && !(n->text = arena_vprintf(&o->arena, fmt, ap)))
			tree_fail(o);
	}
	va_end(ap);
}
