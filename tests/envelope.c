/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The envelope of all single-file tests (see test.h): read, asked, and rewritten by --bless. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "driver.h"

/* The driver's own memory is not Skep's: it does not count and does not fail on demand. */
void *driver_alloc(size_t n)
{
	void *p = calloc(1, n ? n : 1);

	if (!p) {
		fputs("tests: out of memory\n", stderr);
		exit(2);
	}
	return p;
}

static char *copy(const char *s, size_t n)
{
	char *p = driver_alloc(n + 1);

	memcpy(p, s, n);
	return p;
}

static void *more(void *p, size_t n, size_t size)
{
	if (n & (n - 1)) /* grows when n is 0, 1, 2, 4, 8... */
		return p;
	p = realloc(p, (n ? n * 2 : 1) * size);
	if (!p)
		exit(2);
	return p;
}

struct reader {
	const char *text;
	size_t len, at;
	int line;
};

static bool next_line(struct reader *r, const char **ret_s, size_t *ret_n)
{
	const char *nl;

	if (r->at >= r->len)
		return false;
	*ret_s = r->text + r->at;
	nl = memchr(*ret_s, '\n', r->len - r->at);
	*ret_n = nl ? (size_t)(nl - *ret_s) : r->len - r->at;
	r->at += *ret_n + (nl != NULL);
	r->line++;
	return true;
}

static bool starts(const char *s, size_t n, const char *with)
{
	return n >= strlen(with) && !memcmp(s, with, strlen(with));
}

static void complain(struct test_case *c, int line, const char *what)
{
	if (!c->bad) {
		c->bad = what;
		c->bad_line = line;
	}
}

static void add_header(struct test_case *c, const char *s, size_t n, int line)
{
	const char *colon = memchr(s, ':', n);
	size_t key = colon ? (size_t)(colon - s) : 0, skip = key;

	if (!key || memchr(s, ' ', key)) {
		complain(c, line, "neither '-- section' nor 'key: value'");
		return;
	}
	while (skip < n && (s[skip] == ':' || s[skip] == ' '))
		skip++;
	c->header = more(c->header, c->headers, sizeof(*c->header));
	c->header[c->headers++] = (struct test_header){copy(s, key), copy(s + skip, n - skip)};
}

static void read_section(struct test_case *c, struct reader *r, const char *name, size_t n)
{
	struct test_section *s;
	const char *line;
	size_t len, begin = r->at;
	int first = r->line + 1;

	while (r->at < r->len) {
		struct reader back = *r;

		next_line(r, &line, &len);
		if (starts(line, len, "-- ") || starts(line, len, "==== ")) {
			*r = back;
			break;
		}
	}
	c->section = more(c->section, c->sections, sizeof(*c->section));
	s = &c->section[c->sections++];
	while (n && name[n - 1] == ' ')
		n--;
	*s = (struct test_section){copy(name, n), copy(r->text + begin, r->at - begin),
				   r->at - begin, begin, first};
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static struct test_case *new_case(const char *path, const struct test_kind *kind, const char *title,
				  size_t n, int line)
{
	struct test_case *c = driver_alloc(sizeof(*c));

	c->file = copy(path, strlen(path));
	c->title = copy(title, n);
	c->line = line;
	c->kind = kind;
	return c;
}

/* One without headers and sections. */
static void free_case(struct test_case *c)
{
	free((char *)(uintptr_t)c->file);
	free((char *)(uintptr_t)c->title);
	free(c);
}

static void read_cases(struct reader *r, const char *path, const struct test_kind *kind,
		       void (*add)(struct test_case *c))
{
	bool many = starts(r->text, r->len, "==== ") || strstr(r->text, "\n==== ");
	struct test_case *whole = new_case(path, kind, base_name(path), strlen(base_name(path)), 1),
			 *c = whole;
	const char *s;
	size_t n;

	while (next_line(r, &s, &n)) {
		if (starts(s, n, "==== ")) {
			if (c != whole)
				add(c);
			c = new_case(path, kind, s + 5, n - 5, r->line);
		} else if (!n || s[0] == '#') {
			continue;
		} else if (c == whole && many) {
			complain(c, r->line, "this stands before the first '==== title'");
		} else if (starts(s, n, "-- ")) {
			read_section(c, r, s + 3, n - 3);
		} else {
			add_header(c, s, n, r->line);
		}
	}
	if (c == whole && !c->sections)
		complain(c, 1, "there is no case in this file");
	if (c != whole)
		add(c);
	if (!many || whole->bad)
		add(whole);
	else
		free_case(whole);
}

void envelope_load(const char *path, const struct test_kind *kind, void (*add)(struct test_case *c))
{
	struct reader r = {.line = 0};
	struct file f;

	if (file_read(path, 64 << 20, NULL, &f)) {
		fprintf(stderr, "tests: cannot read %s\n", path);
		exit(2);
	}
	r.text = copy((const char *)f.data, f.size);
	r.len = f.size;
	file_done(&f);
	read_cases(&r, path, kind, add);
	free((char *)(uintptr_t)r.text);
}

/* ---- asking ---- */

const char *case_header(const struct test_case *c, const char *key)
{
	size_t i;

	for (i = 0; i < c->headers; i++)
		if (!strcmp(c->header[i].key, key))
			return c->header[i].value;
	return NULL;
}

const struct test_section *case_find(const struct test_case *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->sections; i++)
		if (!strcmp(c->section[i].name, name))
			return &c->section[i];
	return NULL;
}

const char *case_body(const struct test_case *c, const char *name)
{
	const struct test_section *s = case_find(c, name);

	if (!s)
		test_fail(c->file, c->line, "the case has no section '-- %s'", name);
	return s->body;
}

void case_expect(const struct test_case *c, const char *name, const char *got)
{
	const struct test_section *s = case_find(c, name);

	if (test_oom())
		return;
	if (!s)
		test_fail(c->file, c->line, "the case has no section '-- %s'", name);
	if (!strcmp(s->body, got))
		return;
	if (settings.bless)
		bless_edit(c, s, got);
	else
		test_check_str(c->file, s->line, name, got, s->body);
}

/* One word of `requires`: NULL when it is to be had. One misspelt would skip the case for ever. */
static const char *missing(const struct test_case *c, const char *word, size_t n)
{
	static char why[320];
	struct utsname u;

	if (n == 4 && !memcmp(word, "root", 4)) {
		snprintf(why, sizeof(why), "needs root");
		return geteuid() ? why : NULL;
	}
	if (n == 3 && !memcmp(word, "bpf", 3))
		return test_bpf_missing();
	if (n == 4 && !memcmp(word, "long", 4))
		return test_long() ? NULL : "takes long: SKEP_LONG=1 runs it";
	if (starts(word, n, "cmd:")) {
		char name[64];

		snprintf(name, sizeof(name), "%.*s", (int)n - 4, word + 4);
		snprintf(why, sizeof(why), "needs the command %s", name);
		return test_have_command(name) ? NULL : why;
	}
	if (starts(word, n, "file:")) {
		char path[256];

		snprintf(path, sizeof(path), "%.*s", (int)n - 5, word + 5);
		snprintf(why, sizeof(why), "needs the file %s", path);
		return access(path, R_OK) ? why : NULL;
	}
	if (starts(word, n, "arch:")) {
		uname(&u);
		snprintf(why, sizeof(why), "needs a machine of kind %.*s", (int)n - 5, word + 5);
		return strlen(u.machine) == n - 5 && !memcmp(u.machine, word + 5, n - 5) ? NULL
											 : why;
	}
	test_fail(c->file, c->line, "requires '%.*s', which nobody knows", (int)n, word);
}

const char *case_missing(const struct test_case *c)
{
	const char *words = case_header(c, "requires"), *why = NULL;

	while (words && *words && !why) {
		size_t n = strcspn(words, " ");

		if (n)
			why = missing(c, words, n);
		words += n + (words[n] == ' ');
	}
	return why;
}

/* ---- bless ---- */

struct edit {
	const char *file;
	size_t at, len;
	char *body;
};

static struct edit *edits;
static size_t edit_count;

/*
 * What would be read back as something else: a line that begins a section or a case, a missing
 * newline.
 */
static bool keeps_envelope(const char *body)
{
	const char *line;
	size_t n;

	for (line = body; *line; line += n + 1) {
		n = strcspn(line, "\n");
		if (!line[n] || starts(line, n, "-- ") || starts(line, n, "==== "))
			return false;
	}
	return true;
}

void bless_edit(const struct test_case *c, const struct test_section *s, const char *body)
{
	size_t i;

	/* a case that is run several times, once for each engine, is rewritten once */
	for (i = 0; i < edit_count; i++)
		if (edits[i].at == s->at && !strcmp(edits[i].file, c->file))
			return;

	if (!keeps_envelope(body))
		test_fail(c->file, s->line, "what came out cannot stand in a section:\n%s", body);
	edits = more(edits, edit_count, sizeof(*edits));
	edits[edit_count++] = (struct edit){c->file, s->at, s->len, copy(body, strlen(body))};
}

static int later_first(const void *a, const void *b)
{
	const struct edit *x = a, *y = b;
	int order = strcmp(x->file, y->file);

	return order ? order : x->at < y->at ? 1 : -1;
}

static void apply(struct str *s, const struct edit *e)
{
	struct str tail;

	str_init(&tail, SIZE_MAX / 2);
	str_addn(&tail, s->s + e->at + e->len, s->n - e->at - e->len);
	str_cut(s, e->at);
	str_add(s, e->body);
	str_addn(s, tail.s, tail.n);
	str_done(&tail);
}

int bless_write(void)
{
	size_t i, j;
	int files = 0;

	if (edit_count)
		qsort(edits, edit_count, sizeof(*edits), later_first);
	for (i = 0; i < edit_count; i = j) {
		struct file f;
		struct str s;

		str_init(&s, SIZE_MAX / 2);
		if (file_read(edits[i].file, 64 << 20, NULL, &f))
			return -1;
		str_addn(&s, f.data, f.size);
		file_done(&f);
		for (j = i; j < edit_count && !strcmp(edits[j].file, edits[i].file); j++)
			apply(&s, &edits[j]);
		if (file_write(edits[i].file, s.s, s.n, NULL))
			return -1;
		printf("blessed %s\n", edits[i].file);
		str_done(&s);
		files++;
	}
	return files;
}
