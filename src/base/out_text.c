/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The text rendering of the writer's tree.
 *
 *	object    name  value        the values of one object start in one column; what is nested
 *	                             stands below its name, two columns in
 *	list      a b c              of scalars: on one line; of objects: blocks with a blank line between
 *	table     NAME  COUNT        of objects: a header, texts to the left, numbers to the right
 *	template  as the object says
 *
 * Bytes that would control the terminal are shown as \xNN, except in verbatim text.
 */
#include "base/impl.h"

enum { COLUMNS_MAX = 64 };

struct out_columns {
	uint32_t n;
	struct {
		char *name; /* owned */
		size_t width;
		bool right;
	} at[COLUMNS_MAX];
};

static const char *const color_code[] = {
	[OUT_NO_COLOR] = "",       [OUT_RED] = "\033[31m",  [OUT_GREEN] = "\033[32m",
	[OUT_YELLOW] = "\033[33m", [OUT_BLUE] = "\033[34m", [OUT_BOLD] = "\033[1m",
	[OUT_DIM] = "\033[2m",
};

static void add_clean(struct str *s, const char *p, size_t n)
{
	size_t at = 0, len;
	uint32_t c;

	while (at < n) {
		for (len = 0; at + len < n && p[at + len] >= 0x20 && p[at + len] < 0x7f;)
			len++;
		str_addn(s, p + at, len);
		at += len;
		if (at == n)
			break;
		len = utf8_len(p + at, n - at, &c);
		if (!len || !utf8_shows(c))
			str_addf(s, "\\x%02x", (uint8_t)p[at]), len = 1;
		else
			str_addn(s, p + at, len);
		at += len;
	}
}

/* The columns of what add_clean adds. By way of the buffer, as what is shown can be longer. */
static size_t clean_columns(struct str *scratch, const char *name)
{
	size_t begin = scratch->n, columns;

	add_clean(scratch, name, strlen(name));
	columns = utf8_columns(scratch->s + begin, scratch->n - begin);
	str_cut(scratch, begin);
	return columns;
}

/* ---- one value on one line ---- */

static void add_inline(struct str *s, const struct out_node *n, const char *between);

static void add_children(struct str *s, const struct out_node *n, const char *between)
{
	const struct out_node *c;

	for (c = n->first; c; c = c->next) {
		if (c != n->first)
			str_add(s, between);
		if (c->name) {
			add_clean(s, c->name, strlen(c->name));
			str_addc(s, '=');
		}
		add_inline(s, c, ",");
	}
}

static void add_inline(struct str *s, const struct out_node *n, const char *between)
{
	switch (n->kind) {
	case NODE_SCALAR:
		add_clean(s, n->text, n->len);
		return;
	case NODE_VERBATIM:
		return;
	case NODE_ARRAY:
		add_children(s, n, n->bytes ? " " : between);
		return;
	case NODE_OBJECT:
		str_addc(s, '{');
		add_children(s, n, " ");
		str_addc(s, '}');
		return;
	}
}

enum pad { PAD_NONE, PAD_LEFT, PAD_RIGHT }; /* where the blanks go */

/* One value in at least `width` columns; n NULL: there is none. */
static void add_cell(struct out *o, const struct out_node *n, size_t width, enum pad pad,
		     const char *between)
{
	bool colored = o->color && n && n->color != OUT_NO_COLOR;
	struct str *s = &o->buf;
	size_t begin, columns, blanks;

	if (colored)
		str_add(s, color_code[n->color]);
	begin = s->n;
	if (n)
		add_inline(s, n, between);
	else
		str_addc(s, '-');
	columns = pad ? utf8_columns(s->s + begin, s->n - begin) : width;
	blanks = columns < width ? width - columns : 0;
	str_pad(s, ' ', blanks);
	if (pad == PAD_LEFT && blanks && !str_err(s)) {
		memmove(s->s + begin + blanks, s->s + begin, s->n - begin - blanks);
		memset(s->s + begin, ' ', blanks);
	}
	if (colored)
		str_add(s, "\033[0m");
}

static const struct out_node *field(const struct out_node *object, const char *name, size_t len)
{
	const struct out_node *c;

	for (c = object->first; c; c = c->next)
		if (c->name && strlen(c->name) == len && !memcmp(c->name, name, len))
			return c;
	return NULL;
}

/* ---- tables ---- */

static struct out_columns *columns_new(struct out *o)
{
	struct out_columns *c = mem_alloc(sizeof(*c));

	if (!c && !o->err)
		o->err = -ENOMEM;
	return c;
}

static void columns_free(struct out_columns *c)
{
	uint32_t i;

	if (!c)
		return;
	for (i = 0; i < c->n; i++)
		mem_free(c->at[i].name);
	mem_free(c);
}

void out_columns_free(struct out *o)
{
	columns_free(o->columns);
	o->columns = NULL;
}

static int column_add(struct out_columns *c, const char *name, struct str *scratch)
{
	size_t len = strlen(name);

	c->at[c->n].name = mem_alloc(len + 1);
	if (!c->at[c->n].name)
		return -ENOMEM;
	memcpy(c->at[c->n].name, name, len);
	c->at[c->n].width = clean_columns(scratch, name);
	c->at[c->n].right = true; /* until a text is seen in it */
	c->n++;
	return 0;
}

static size_t inline_columns(struct str *scratch, const struct out_node *n)
{
	size_t begin = scratch->n, columns;

	add_inline(scratch, n, ",");
	columns = utf8_columns(scratch->s + begin, scratch->n - begin);
	str_cut(scratch, begin);
	return columns;
}

/* The column of that name, c->n when there is none; mostly the one that was guessed. */
static uint32_t column_find(const struct out_columns *c, const char *name, uint32_t guess)
{
	uint32_t i;

	if (guess < c->n && !strcmp(c->at[guess].name, name))
		return guess;
	for (i = 0; i < c->n && strcmp(c->at[i].name, name); i++)
		;
	return i;
}

static int measure_row(struct out_columns *c, const struct out_node *row, struct str *scratch)
{
	const struct out_node *f;
	uint32_t i = 0;
	int err;

	for (f = row->first; f; f = f->next, i++) {
		if (!f->name)
			continue;
		i = column_find(c, f->name, i);
		if (i == COLUMNS_MAX)
			continue; /* render_row shows it with its name */
		if (i == c->n) {
			err = column_add(c, f->name, scratch);
			if (err)
				return err;
		}
		c->at[i].width = MAX(c->at[i].width, inline_columns(scratch, f));
		c->at[i].right = c->at[i].right && f->right;
	}
	return 0;
}

static int measure(struct out_columns *c, const struct out_node *table, struct str *scratch)
{
	const struct out_node *row;
	int err;

	for (row = table->first; row; row = row->next) {
		err = row->text ? 0 : measure_row(c, row, scratch);
		if (err)
			return err;
	}
	return 0;
}

/* A column's name, in capitals. */
static void add_heading(struct str *s, const char *name)
{
	size_t i = s->n;

	add_clean(s, name, strlen(name));
	for (; i < s->n; i++)
		if (s->s[i] >= 'a' && s->s[i] <= 'z')
			s->s[i] = (char)(s->s[i] - 'a' + 'A');
}

static void render_header(struct out *o, const struct out_columns *c, unsigned indent)
{
	uint32_t i;

	if (!c->n)
		return;
	str_pad(&o->buf, ' ', indent);
	if (o->color)
		str_add(&o->buf, color_code[OUT_BOLD]);
	for (i = 0; i < c->n; i++) {
		size_t columns = clean_columns(&o->buf, c->at[i].name);
		size_t blanks = MAX(c->at[i].width, columns) - columns;

		str_pad(&o->buf, ' ', c->at[i].right ? blanks : 0);
		add_heading(&o->buf, c->at[i].name);
		if (i + 1 < c->n)
			str_pad(&o->buf, ' ', (c->at[i].right ? 0 : blanks) + 2);
	}
	str_add(&o->buf, o->color ? "\033[0m\n" : "\n");
}

static void render_template(struct out *o, const struct out_node *object);

/* Fields that no column is for, as a table that streams cannot have more of them later. */
static void render_extras(struct out *o, const struct out_columns *c, const struct out_node *row)
{
	const struct out_node *f;

	for (f = row->first; f; f = f->next) {
		if (!f->name || column_find(c, f->name, 0) < c->n)
			continue;
		str_add(&o->buf, "  ");
		add_clean(&o->buf, f->name, strlen(f->name));
		str_addc(&o->buf, '=');
		add_cell(o, f, 0, PAD_NONE, ",");
	}
}

static void render_fields(struct out *o, const struct out_columns *c, const struct out_node *row)
{
	const struct out_node *next = row->first, *f;
	uint32_t i, shown = 0;

	for (i = 0; i < c->n; i++) {
		const char *name = c->at[i].name;

		/* mostly all rows have the same fields in the same order */
		f = next && next->name && !strcmp(next->name, name)
			    ? next
			    : field(row, name, strlen(name));
		next = f ? f->next : next;
		shown += f != NULL;
		str_add(&o->buf, i ? "  " : "");
		add_cell(o, f, c->at[i].width,
			 c->at[i].right ? PAD_LEFT
			 : i + 1 < c->n ? PAD_RIGHT
					: PAD_NONE,
			 ",");
	}
	if (shown < row->children)
		render_extras(o, c, row);
}

static void render_row(struct out *o, const struct out_columns *c, const struct out_node *row,
		       unsigned indent)
{
	if (row->kind == NODE_VERBATIM) {
		str_add(&o->buf, row->text);
		return;
	}
	str_pad(&o->buf, ' ', indent);
	if (row->kind == NODE_OBJECT && row->text) {
		render_template(o, row);
		return;
	}
	if (row->kind == NODE_OBJECT)
		render_fields(o, c, row);
	else
		add_cell(o, row, 0, PAD_NONE, " ");
	str_addc(&o->buf, '\n');
	out_settle(o);
}

static void render_table(struct out *o, const struct out_node *table, unsigned indent)
{
	struct out_columns *c = columns_new(o);
	const struct out_node *row;
	int err;

	if (!c)
		return;
	err = measure(c, table, &o->buf);
	if (err && !o->err)
		o->err = err;
	render_header(o, c, indent);
	for (row = table->first; row && !o->err; row = row->next)
		render_row(o, c, row, indent);
	columns_free(c);
}

void out_render_rows(struct out *o, const struct out_node *table)
{
	const struct out_node *row;
	int err;

	if (!o->columns) {
		o->columns = columns_new(o);
		if (!o->columns)
			return;
		err = measure(o->columns, table, &o->buf);
		if (err) {
			o->err = o->err ? o->err : err;
			return;
		}
		render_header(o, o->columns, 0);
	}
	for (row = table->first; row; row = row->next)
		render_row(o, o->columns, row, 0);
}

/* ---- templates ---- */

/* "name:>8|text" between braces */
struct hole {
	const char *name, *cond;
	size_t name_len, cond_len, width;
	bool right;
};

static struct hole parse_hole(const char *p, size_t n)
{
	struct hole h = {.name = p};
	const char *bar = memchr(p, '|', n);
	size_t head = bar ? (size_t)(bar - p) : n, i;
	const char *colon = memchr(p, ':', head);

	if (bar) {
		h.cond = bar + 1;
		h.cond_len = n - head - 1;
	}
	h.name_len = colon ? (size_t)(colon - p) : head;
	if (!colon)
		return h;
	i = h.name_len + 1;
	if (i < head && p[i] == '>') {
		h.right = true;
		i++;
	}
	for (; i < head; i++)
		h.width = h.width * 10 + (size_t)(p[i] - '0');
	return h;
}

static void fill_hole(struct out *o, const struct out_node *object, const struct hole *h)
{
	const struct out_node *f = field(object, h->name, h->name_len);
	const char *mark;

	if (!f) {
		if (!h->cond)
			str_pad(&o->buf, ' ', h->width);
		return;
	}
	if (!h->cond) {
		add_cell(o, f, h->width, h->right ? PAD_LEFT : PAD_RIGHT, ",");
		return;
	}
	mark = memchr(h->cond, '%', h->cond_len);
	if (!mark) {
		str_addn(&o->buf, h->cond, h->cond_len);
		return;
	}
	str_addn(&o->buf, h->cond, (size_t)(mark - h->cond));
	add_cell(o, f, h->width, h->right ? PAD_LEFT : PAD_RIGHT, ",");
	str_addn(&o->buf, mark + 1, h->cond_len - (size_t)(mark + 1 - h->cond));
}

static void render_template(struct out *o, const struct out_node *object)
{
	const char *p = object->text;
	struct hole h;
	size_t n;

	for (;;) {
		n = strcspn(p, "{");
		str_addn(&o->buf, p, n);
		p += n;
		if (!*p)
			break;
		n = strcspn(p, "}");
		if (!p[n])
			bug("template \"%s\" has no }", object->text);
		h = parse_hole(p + 1, n - 1);
		fill_hole(o, object, &h);
		p += n + 1;
	}
	str_addc(&o->buf, '\n');
	out_settle(o);
}

/* ---- objects and lists ---- */

static void render_node(struct out *o, const struct out_node *n, unsigned indent);

static bool fits_line(const struct out_node *n)
{
	const struct out_node *c;

	if (n->kind == NODE_SCALAR)
		return true;
	if (n->kind != NODE_ARRAY)
		return false;
	for (c = n->first; c; c = c->next)
		if (c->kind != NODE_SCALAR)
			return false;
	return true;
}

static void render_field(struct out *o, const struct out_node *f, size_t width, unsigned indent)
{
	size_t columns;

	assert(f->name);
	columns = clean_columns(&o->buf, f->name);
	str_pad(&o->buf, ' ', indent);
	add_clean(&o->buf, f->name, strlen(f->name));
	if (!fits_line(f)) {
		str_addc(&o->buf, '\n');
		render_node(o, f, indent + 2);
		return;
	}
	if (f->kind == NODE_SCALAR || f->first) {
		str_pad(&o->buf, ' ', MAX(width, columns) - columns + 2);
		add_cell(o, f, 0, PAD_NONE, " ");
	}
	str_addc(&o->buf, '\n');
	out_settle(o);
}

static void render_object(struct out *o, const struct out_node *n, unsigned indent)
{
	const struct out_node *f;
	size_t width = 0, columns;

	if (n->text) {
		str_pad(&o->buf, ' ', indent);
		render_template(o, n);
		return;
	}
	for (f = n->first; f; f = f->next) {
		columns = f->name && fits_line(f) ? clean_columns(&o->buf, f->name) : 0;
		width = MAX(width, columns);
	}
	for (f = n->first; f; f = f->next) {
		if (f->kind == NODE_VERBATIM)
			str_add(&o->buf, f->text);
		else
			render_field(o, f, width, indent);
	}
}

static void render_list(struct out *o, const struct out_node *n, unsigned indent)
{
	const struct out_node *c;

	if (fits_line(n)) {
		if (n->first) {
			str_pad(&o->buf, ' ', indent);
			add_cell(o, n, 0, PAD_NONE, " ");
			str_addc(&o->buf, '\n');
		}
		return;
	}
	for (c = n->first; c; c = c->next) {
		if (c != n->first && c->kind == NODE_OBJECT && !c->text)
			str_addc(&o->buf, '\n');
		render_node(o, c, indent);
	}
}

/* A line of words that has begun goes on until something comes that is not a word. */
static void render_item(struct out *o, const struct out_node *item)
{
	bool word = item->kind == NODE_SCALAR;

	if (o->mid_line)
		str_addc(&o->buf, word ? ' ' : '\n');
	o->mid_line = o->mid_line && word;
	if (o->any_item && item->kind == NODE_OBJECT && !item->text)
		str_addc(&o->buf, '\n');
	o->any_item = true;
	if (o->mid_line)
		add_cell(o, item, 0, PAD_NONE, " ");
	else
		render_node(o, item, 0);
}

void out_render_items(struct out *o, const struct out_node *list)
{
	const struct out_node *item = list->first;

	if (!o->any_item && !list->blocks) { /* the first words */
		add_cell(o, item, 0, PAD_NONE, " ");
		o->any_item = o->mid_line = true;
		item = item->next;
	}
	for (; item; item = item->next)
		render_item(o, item);
}

static void render_node(struct out *o, const struct out_node *n, unsigned indent)
{
	switch (n->kind) {
	case NODE_SCALAR:
		str_pad(&o->buf, ' ', indent);
		add_cell(o, n, 0, PAD_NONE, " ");
		str_addc(&o->buf, '\n');
		return;
	case NODE_VERBATIM:
		str_add(&o->buf, n->text);
		return;
	case NODE_OBJECT:
		render_object(o, n, indent);
		return;
	case NODE_ARRAY:
		if (n->layout == OUT_TABLE)
			render_table(o, n, indent);
		else
			render_list(o, n, indent);
		return;
	}
}

void out_render(struct out *o, const struct out_node *top)
{
	if (o->columns) { /* the rest of a table that streamed */
		out_render_rows(o, top);
		out_columns_free(o);
	} else if (o->any_item) { /* the rest of a list that streamed */
		out_render_items(o, top);
		str_add(&o->buf, o->mid_line ? "\n" : "");
	} else {
		render_node(o, top, 0);
	}
}
