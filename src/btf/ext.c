/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * .BTF.ext: what an object says of its instructions. Three tables, each of them the size of a record
 * and then, for each ELF section, its name, a count and the records. A newer compiler may write
 * longer records (the front of which we know) and a longer header, never shorter ones.
 */
#include <stdlib.h>

#include "btf/impl.h"

enum { SECTIONS_MAX = 1 << 16, RECORD_MAX = 1 << 12, BYTES_MAX = 1 << 28 };

struct ext_header {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t hdr_len;
	struct { uint32_t off, len; } table[_BTF_EXT_MAX]; /* the last may be left out */
};

enum { HEADER_MIN = offsetof(struct ext_header, table) + 2 * 8 };

static const struct { const char *name; uint32_t size; } kinds[_BTF_EXT_MAX] = {
	[BTF_EXT_FUNC] = {"func_info", sizeof(struct btf_func_info)},
	[BTF_EXT_LINE] = {"line_info", sizeof(struct btf_line_info)},
	[BTF_EXT_CORE] = {"core_relo", sizeof(struct btf_core_relo)},
};

struct btf_ext {
	uint8_t *bytes; /* owned */
	VEC(struct btf_ext_sec) sec[_BTF_EXT_MAX];
};

static int bad(struct diag *d, uint64_t at, const char *table, const char *what)
{
	return diag_error(d, "btf.ext", diag_offset(".BTF.ext", at), "%s %s", table, what);
}

static uint32_t word(const uint8_t *p, bool swap)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return swap ? __builtin_bswap32(v) : v;
}

/* One table: n bytes at `at` of e->bytes. Turns them into our byte order on the way. */
static int read_table(struct btf_ext *e, enum btf_ext_kind kind, uint32_t at, uint32_t n, bool swap,
		      struct diag *d)
{
	const char *name = kinds[kind].name;
	uint32_t end = at + n, size, i;
	struct btf_ext_sec s;

	for (i = 0; swap && i + 4 <= n; i += 4) {
		uint32_t v = word(e->bytes + at + i, true);

		memcpy(e->bytes + at + i, &v, sizeof(v));
	}
	if (!n)
		return 0;
	if (n < 4)
		return bad(d, at, name, "is too short for the size of its records");
	size = word(e->bytes + at, false);
	if (size < kinds[kind].size || size > RECORD_MAX || size & 3)
		return bad(d, at, name, "has records of a size that cannot be");
	for (at += 4; at < end; at += 8 + s.n * size) {
		if (end - at < 8)
			return bad(d, at, name, "has a section that is not whole");
		s = (struct btf_ext_sec){word(e->bytes + at, false), word(e->bytes + at + 4, false),
					 size, e->bytes + at + 8};
		if (!s.n)
			return bad(d, at, name, "has a section without records");
		if (s.n > (end - at - 8) / size)
			return bad(d, at, name, "has a section that reaches past its end");
		if (vec_push(&e->sec[kind], s))
			return bad(d, at, name, "has too many sections, or there is no memory");
	}
	return 0;
}

static int read_header(const uint8_t *p, size_t n, struct diag *d, struct ext_header *h,
		       bool *ret_swap)
{
	uint32_t *words = &h->hdr_len, i, len;

	*h = (struct ext_header){0};
	if (n < HEADER_MIN)
		return bad(d, 0, "the header", "is not whole");
	memcpy(h, p, HEADER_MIN);
	*ret_swap = h->magic == __builtin_bswap16(BTF_MAGIC);
	if (h->magic != BTF_MAGIC && !*ret_swap)
		return bad(d, 0, "the header", "does not begin with the magic number");
	len = *ret_swap ? __builtin_bswap32(h->hdr_len) : h->hdr_len;
	if (len < HEADER_MIN || len > n)
		return bad(d, 4, "the header", "has a length that cannot be");
	if (h->version != BTF_VERSION)
		return bad(d, 2, "the header", "is of an unknown version");
	memcpy(h, p, MIN(sizeof(*h), len));
	for (i = 0; *ret_swap && i < (sizeof(*h) - 4) / 4; i++)
		words[i] = __builtin_bswap32(words[i]);
	return 0;
}

int btf_ext_read(const void *bytes, size_t n, struct diag *d, struct btf_ext **ret_ext)
{
	struct ext_header h;
	struct btf_ext *e;
	bool swap = false;
	int err, kind;

	err = read_header(bytes, n, d, &h, &swap);
	if (err)
		return err;
	if (n > BYTES_MAX)
		return bad(d, 0, "the section", "is larger than 256 MiB");
	e = mem_alloc(sizeof(*e));
	if (!e || !(e->bytes = mem_alloc(n))) {
		mem_free(e);
		diag_error(d, "btf.memory", diag_file(".BTF.ext"), "out of memory");
		return -ENOMEM;
	}
	memcpy(e->bytes, bytes, n);
	for (kind = 0; kind < _BTF_EXT_MAX && !err; kind++) {
		uint64_t at = (uint64_t)h.hdr_len + h.table[kind].off;

		e->sec[kind].max = SECTIONS_MAX;
		if (!h.table[kind].len)
			continue;
		if (at + h.table[kind].len > n)
			err = bad(d, 8, kinds[kind].name, "reaches past the end of the section");
		else if (at & 3)
			err = bad(d, 8, kinds[kind].name, "is not at a multiple of 4");
		else
			err = read_table(e, (enum btf_ext_kind)kind, (uint32_t)at,
					 h.table[kind].len, swap, d);
	}
	if (err)
		btf_ext_free(e);
	else
		*ret_ext = e;
	return err;
}

void btf_ext_free(struct btf_ext *e)
{
	int kind;

	if (!e)
		return;
	for (kind = 0; kind < _BTF_EXT_MAX; kind++)
		vec_done(&e->sec[kind]);
	mem_free(e->bytes);
	mem_free(e);
}

uint32_t btf_ext_sections(const struct btf_ext *e, enum btf_ext_kind kind)
{
	return (uint32_t)e->sec[kind].n;
}

const struct btf_ext_sec *btf_ext_section(const struct btf_ext *e, enum btf_ext_kind kind,
					  uint32_t i)
{
	return i < e->sec[kind].n ? &e->sec[kind].at[i] : NULL;
}

const struct btf_ext_sec *btf_ext_find(const struct btf_ext *e, enum btf_ext_kind kind,
				       const struct btf *b, const char *section)
{
	for vec_each(&e->sec[kind], s) {
		if (!strcmp(btf_str(b, s->name_off), section))
			return s;
	}
	return NULL;
}

/* ---- writing ---- */

struct ext_row {
	uint32_t section; /* name_off */
	uint32_t order;	  /* of the section's first record */
	uint32_t number;  /* of this one */
	uint32_t word[4]; /* the record */
};

struct btf_ext_build {
	VEC(struct ext_row) row[_BTF_EXT_MAX];
	int err;
};

struct btf_ext_build *btf_ext_build_new(void)
{
	struct btf_ext_build *eb = mem_alloc(sizeof(*eb));
	int kind;

	for (kind = 0; eb && kind < _BTF_EXT_MAX; kind++)
		eb->row[kind].max = 1 << 24;
	return eb;
}

void btf_ext_build_free(struct btf_ext_build *eb)
{
	int kind;

	for (kind = 0; eb && kind < _BTF_EXT_MAX; kind++)
		vec_done(&eb->row[kind]);
	mem_free(eb);
}

void btf_ext_build_add(struct btf_ext_build *eb, enum btf_ext_kind kind, uint32_t section_name_off,
		       const void *record)
{
	struct ext_row row = {.section = section_name_off, .order = (uint32_t)eb->row[kind].n,
			      .number = (uint32_t)eb->row[kind].n};
	size_t i;

	/* The section began where its first record came; mostly that is just before. */
	for (i = eb->row[kind].n; i--;)
		if (eb->row[kind].at[i].section == section_name_off) {
			row.order = eb->row[kind].at[i].order;
			break;
		}
	memcpy(row.word, record, kinds[kind].size);
	if (!eb->err)
		eb->err = vec_push(&eb->row[kind], row);
}

/* Sections in the order they came, records by instruction. */
static int by_place(const void *a, const void *b)
{
	const struct ext_row *x = a, *y = b;

	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	if (x->word[0] != y->word[0])
		return x->word[0] < y->word[0] ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static void add_table(struct btf_ext_build *eb, int kind, struct str *s)
{
	struct ext_row *row = eb->row[kind].at;
	size_t n = eb->row[kind].n, i, end;
	uint32_t head[2];

	if (!n)
		return;
	str_addn(s, &kinds[kind].size, 4);
	for (i = 0; i < n; i = end) {
		for (end = i; end < n && row[end].order == row[i].order; end++)
			;
		head[0] = row[i].section;
		head[1] = (uint32_t)(end - i);
		str_addn(s, head, sizeof(head));
		for (; i < end; i++)
			str_addn(s, row[i].word, kinds[kind].size);
	}
}

int btf_ext_build_done(struct btf_ext_build *eb, struct str *ret_bytes)
{
	struct ext_header h = {.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(h)};
	size_t start = ret_bytes->n, body;
	int kind;

	if (eb->err)
		return eb->err;
	str_addn(ret_bytes, &h, sizeof(h));
	for (kind = 0; kind < _BTF_EXT_MAX; kind++) {
		if (eb->row[kind].n)
			qsort(eb->row[kind].at, eb->row[kind].n, sizeof(*eb->row[kind].at), by_place);
		body = start + sizeof(h);
		h.table[kind].off = (uint32_t)(ret_bytes->n - body);
		add_table(eb, kind, ret_bytes);
		h.table[kind].len = (uint32_t)(ret_bytes->n - body) - h.table[kind].off;
	}
	if (!str_err(ret_bytes))
		memcpy(ret_bytes->s + start, &h, sizeof(h));
	return str_err(ret_bytes);
}
