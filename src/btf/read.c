/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Opening BTF, and the walk over its types.
 *
 * Opening looks at the header alone. Types have no table of their offsets, so the first question
 * for type n walks over the types before it; the offsets met on the way are kept, and the walk goes
 * on from there when more is asked. A record that is not whole, or of no known kind, ends the types:
 * all code behind this file sees whole records only.
 */
#include <elf.h>
#include <stdio.h>

#include "btf/impl.h"

enum { FILE_MAX = 1 << 30 };

/* ---- records ---- */

struct kind_row {
	const char *name, *since;
	uint8_t fixed, each;
};

static const struct kind_row kind_rows[32] = {
#define KIND(number, NAME, fixed, each, word, since) [number] = {#NAME, since, fixed, each},
#include "btf/kind.def"
};

const char *btf_kind_name(enum btf_kind kind)
{
	const char *name = (unsigned)kind < ARRAY_LEN(kind_rows) ? kind_rows[kind].name : NULL;

	return name ? name : "UNKN";
}

const char *btf_kind_since(enum btf_kind kind)
{
	return (unsigned)kind < ARRAY_LEN(kind_rows) ? kind_rows[kind].since : NULL;
}

int btf_kind_by_name(const char *name, size_t len)
{
	int i;

	for (i = 1; i < _BTF_KIND_MAX; i++)
		if (strlen(kind_rows[i].name) == len && !strncasecmp(kind_rows[i].name, name, len))
			return i;
	return -1;
}

size_t btf_type_bytes(const struct btf_type *t)
{
	const struct kind_row *row = &kind_rows[btf_kind(t)];

	return row->name ? sizeof(*t) + row->fixed + (size_t)row->each * btf_vlen(t) : 0;
}

int64_t btf_enum_value(const struct btf_type *t, uint32_t i)
{
	assert(i < btf_vlen(t));
	if (btf_kind(t) == BTF_ENUM64)
		return (int64_t)((uint64_t)btf_enums64(t)[i].hi << 32 | btf_enums64(t)[i].lo);
	return btf_kflag(t) ? btf_enums(t)[i].val : (int64_t)(uint32_t)btf_enums(t)[i].val;
}

uint32_t btf_enum_name(const struct btf_type *t, uint32_t i)
{
	assert(i < btf_vlen(t));
	return btf_kind(t) == BTF_ENUM64 ? btf_enums64(t)[i].name_off : btf_enums(t)[i].name_off;
}

/* ---- the walk ---- */

/* Walks until the ith own type is known; false: there are not that many. */
static bool walk_to(const struct btf *b, uint32_t i)
{
	struct btf_index *ix = b->index;

	while (ix->known <= i) {
		const struct btf_type *t = (const struct btf_type *)(b->types + ix->next);
		uint32_t left = b->type_len - ix->next;
		size_t n;

		if (ix->whole)
			return false;
		n = left >= sizeof(*t) ? btf_type_bytes(t) : 0;
		if (!n || n > left) {
			ix->whole = true;
			return false;
		}
		ix->off[ix->known++] = ix->next;
		ix->names[NAMED_OTHERS >> btf_kind(t) & 1].n += t->name_off != 0;
		ix->next += (uint32_t)n;
	}
	return true;
}

static const struct btf_type *type_at(const struct btf *b, uint32_t i)
{
	assert(b->index);
	return (const struct btf_type *)(b->types + b->index->off[i]);
}

/* What was not walked over yet, or is no own type of a BTF with bytes. */
static COLD const struct btf_type *find_type(const struct btf *b, uint32_t id)
{
	static const struct btf_type none;
	uint32_t i = id - b->first;

	if (!id)
		return &none;
	if (id < b->first)
		return btf_type(b->base, id);
	if (b->bb)
		return i < b->bb->row.n ? b->bb->row.at[i].t : NULL;
	return walk_to(b, i) ? type_at(b, i) : NULL;
}

const struct btf_type *btf_type(const struct btf *b, uint32_t id)
{
	uint32_t i = id - b->first; /* too large for void and for the base's */

	return b->index && i < b->index->known ? type_at(b, i) : find_type(b, id);
}

uint32_t btf_count(const struct btf *b)
{
	if (b->bb)
		return b->first + (uint32_t)b->bb->row.n;
	walk_to(b, UINT32_MAX - 1);
	return b->first + b->index->known;
}

uint32_t btf_first(const struct btf *b)
{
	return b->first;
}

const char *btf_str(const struct btf *b, uint32_t off)
{
	uint32_t len = b->bb ? (uint32_t)b->bb->names.text.n : b->str_len;
	const char *s = b->bb ? b->bb->names.text.s : b->strs;

	if (off < b->str_first)
		return btf_str(b->base, off);
	return off - b->str_first < len ? s + (off - b->str_first) : "";
}

uint32_t btf_str_len(const struct btf *b)
{
	return b->str_first + (b->bb ? (uint32_t)b->bb->names.text.n : b->str_len);
}

struct btf *btf_base(const struct btf *b)
{
	return b->base;
}

const void *btf_bytes(const struct btf *b, size_t *ret_n)
{
	*ret_n = b->n;
	return b->bytes;
}

bool btf_swapped(const struct btf *b)
{
	return b->swapped;
}

const char *btf_label(const struct btf *b)
{
	return b->label ? b->label : "BTF";
}

int btf_set_label(struct btf *b, const char *label)
{
	size_t n = strlen(label) + 1;
	char *copy = mem_alloc(n);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, label, n);
	mem_free(b->label);
	b->label = copy;
	return 0;
}

struct diag_where btf_where(const struct btf *b, const struct btf_type *t)
{
	const uint8_t *at = (const uint8_t *)t;

	if (b->bb || !t)
		return diag_file(btf_label(b));
	if (at < b->types || at >= b->types + b->type_len)
		return b->base ? btf_where(b->base, t) : diag_file(btf_label(b));
	return diag_offset(btf_label(b), (uint64_t)(at - b->bytes));
}

/* ---- opening ---- */

struct btf *btf_ref(struct btf *b)
{
	if (b)
		__atomic_fetch_add(&b->refs, 1, __ATOMIC_RELAXED);
	return b;
}

void btf_unref(struct btf *b)
{
	if (!b || __atomic_sub_fetch(&b->refs, 1, __ATOMIC_ACQ_REL))
		return;
	btf_unref(b->base);
	file_done(&b->file);
	mem_free(b->copy);
	mem_free(b->label);
	if (b->index) {
		mem_free(b->index->off);
		mem_free(b->index->names[0].slot);
		mem_free(b->index->names[1].slot);
		mem_free(b->index);
	}
	mem_free(b);
}

static int bad(struct diag *d, const char *name, uint64_t at, const char *text)
{
	return diag_error(d, "btf.header", diag_offset(name, at), "%s", text);
}

/* Copies, so that the types are aligned and in our byte order. */
static int copy_bytes(struct btf *b, const struct btf_header *h, bool swap, struct diag *d)
{
	size_t types = (size_t)h->hdr_len + h->type_off, shift = -types & 3;
	uint8_t *copy = mem_alloc(b->n + 4);

	if (!copy) {
		diag_error(d, "btf.memory", diag_file(btf_label(b)), "out of memory");
		return -ENOMEM;
	}
	b->copy = copy;
	copy += shift;
	memcpy(copy, b->bytes, b->n);
	if (swap) {
		memcpy(copy, h, MIN(sizeof(*h), b->n));
		if (!btf_swap_types(copy + types, h->type_len))
			return bad(d, btf_label(b), types,
				   "has types in the other byte order that are not whole");
	}
	b->bytes = copy;
	return 0;
}

/* What must hold before anything can be read; the rest is btf_check's. */
static const char *header_fault(const struct btf *b, const struct btf_header *h, uint64_t *ret_at)
{
	uint64_t body = b->n - h->hdr_len;
	uint64_t str_end = (uint64_t)h->hdr_len + h->str_off + h->str_len;

	*ret_at = offsetof(struct btf_header, type_off);
	if (h->type_off & 3)
		return "has types at an offset that is not a multiple of 4";
	if ((uint64_t)h->type_off + h->type_len > body)
		return "has types that reach past its end";
	*ret_at = offsetof(struct btf_header, str_off);
	if ((uint64_t)h->str_off + h->str_len > body)
		return "has strings that reach past its end";
	if (!h->str_len)
		return b->base ? NULL : "has no strings";
	*ret_at = str_end - 1;
	if (b->bytes[str_end - 1])
		return "has strings that do not end in NUL";
	*ret_at = (uint64_t)h->hdr_len + h->str_off;
	if (!b->base && b->bytes[*ret_at])
		return "has strings that do not begin with the empty one";
	return NULL;
}

static int read_header(struct btf *b, struct diag *d)
{
	struct btf_header h = {0};
	const char *name = btf_label(b), *fault;
	uint64_t at;
	int err;

	if (b->n < sizeof(h))
		return bad(d, name, 0, "is too short to be BTF");
	memcpy(&h, b->bytes, sizeof(h));
	b->swapped = h.magic == __builtin_bswap16(BTF_MAGIC);
	if (b->swapped)
		btf_swap_header(&h);
	if (h.magic != BTF_MAGIC)
		return bad(d, name, 0, "is not BTF: it does not begin with its magic number");
	if (h.version != BTF_VERSION)
		return bad(d, name, 2, "is BTF of an unknown version");
	if (h.hdr_len <= offsetof(struct btf_header, str_len) || h.hdr_len > b->n ||
	    (b->swapped && h.hdr_len < sizeof(h)))
		return bad(d, name, 4, "has a header of a length that cannot be");
	if (h.hdr_len < sizeof(h)) /* kernels take what is missing of the last word for zero */
		memset((uint8_t *)&h + h.hdr_len, 0, sizeof(h) - h.hdr_len);
	fault = header_fault(b, &h, &at);
	if (fault)
		return bad(d, name, at, fault);
	if (b->swapped || (((uintptr_t)b->bytes + h.hdr_len) & 3)) {
		err = copy_bytes(b, &h, b->swapped, d);
		if (err)
			return err;
	}
	b->types = b->bytes + h.hdr_len + h.type_off;
	b->type_len = h.type_len;
	b->strs = (const char *)b->bytes + h.hdr_len + h.str_off;
	b->str_len = h.str_len;
	return 0;
}

static int no_memory(struct diag *d, const char *name)
{
	diag_error(d, "btf.memory", diag_file(name), "out of memory");
	return -ENOMEM;
}

/* The indexes of b, whose header was read. */
static int make_index(struct btf *b, struct diag *d)
{
	b->first = b->base ? btf_count(b->base) : 1;
	b->str_first = b->base ? btf_str_len(b->base) : 0;
	b->index = mem_alloc(sizeof(*b->index));
	if (b->index)
		b->index->off = mem_alloc_array(b->type_len / sizeof(struct btf_type) + 1,
						sizeof(*b->index->off));
	return b->index && b->index->off ? 0 : no_memory(d, btf_label(b));
}

/* Takes `file` over, also when it fails. The BTF is n bytes at `at` in it, or those of a caller. */
static int new_btf(struct file *file, const void *at, size_t n, const char *label, struct btf *base,
		   struct diag *d, struct btf **ret_btf)
{
	struct btf *b = mem_alloc(sizeof(*b));
	int err;

	if (!b) {
		if (file)
			file_done(file);
		return no_memory(d, label ? label : "BTF");
	}
	b->refs = 1;
	b->first = 1;
	b->base = btf_ref(base);
	if (file)
		b->file = *file;
	b->bytes = at;
	b->n = n;
	err = label ? btf_set_label(b, label) : 0;
	if (err)
		no_memory(d, label);
	if (!err)
		err = read_header(b, d);
	if (!err)
		err = make_index(b, d);
	if (err)
		btf_unref(b);
	else
		*ret_btf = b;
	return err;
}

int btf_borrow(const void *bytes, size_t n, struct btf *base, struct diag *d, struct btf **ret_btf)
{
	return new_btf(NULL, bytes, n, NULL, base, d, ret_btf);
}

int btf_read(const void *bytes, size_t n, struct btf *base, struct diag *d, struct btf **ret_btf)
{
	struct file copy = {.data = mem_alloc(n + 1), .size = n};

	if (!copy.data)
		return no_memory(d, "BTF");
	if (n)
		memcpy((void *)(uintptr_t)copy.data, bytes, n);
	return new_btf(&copy, copy.data, n, NULL, base, d, ret_btf);
}

/* ---- the .BTF section of an ELF ---- */

static uint64_t get(const struct file *f, uint64_t at, unsigned size, bool swap)
{
	uint64_t v = 0;
	unsigned i;

	if (at > f->size || f->size - at < size)
		return 0;
	for (i = 0; i < size; i++)
		v |= (uint64_t)f->data[at + (swap ? size - 1 - i : i)] << (8 * i);
	return v;
}

#define ELF_GET(type, field) \
	get(f, at + offsetof(type, field), sizeof(((type *)0)->field), swap)

static bool is_elf(const struct file *f)
{
	return f->size >= SELFMAG && !memcmp(f->data, ELFMAG, SELFMAG);
}

/* Only as much of ELF as finding one section takes; `obj` reads objects. */
static int find_section(const struct file *f, const char *name, struct diag *d, const char *path,
			uint64_t *ret_at, uint64_t *ret_n)
{
	bool swap = get(f, EI_DATA, 1, false) == ELFDATA2MSB;
	uint64_t at = 0, table, n, i, names, off, size;
	size_t len = strlen(name) + 1;

	if (get(f, EI_CLASS, 1, false) != ELFCLASS64)
		return diag_error(d, "btf.elf", diag_offset(path, EI_CLASS),
				  "is an ELF that is not of 64 bits");
	table = ELF_GET(Elf64_Ehdr, e_shoff);
	n = ELF_GET(Elf64_Ehdr, e_shnum);
	names = ELF_GET(Elf64_Ehdr, e_shstrndx);
	at = table;
	if (!n)
		n = ELF_GET(Elf64_Shdr, sh_size);
	if (names == SHN_XINDEX)
		names = ELF_GET(Elf64_Shdr, sh_link);
	if (table > f->size || n > (f->size - table) / sizeof(Elf64_Shdr))
		return diag_error(d, "btf.elf", diag_offset(path, offsetof(Elf64_Ehdr, e_shoff)),
				  "has section headers that reach past its end");
	at = names < n ? table + names * sizeof(Elf64_Shdr) : f->size;
	names = ELF_GET(Elf64_Shdr, sh_offset);
	for (i = 1; i < n; i++) {
		at = table + i * sizeof(Elf64_Shdr);
		off = names + ELF_GET(Elf64_Shdr, sh_name);
		if (off > f->size || f->size - off < len || memcmp(f->data + off, name, len))
			continue;
		off = ELF_GET(Elf64_Shdr, sh_offset);
		size = ELF_GET(Elf64_Shdr, sh_size);
		if (ELF_GET(Elf64_Shdr, sh_type) == SHT_NOBITS || off > f->size ||
		    size > f->size - off)
			return diag_error(d, "btf.elf", diag_offset(path, at),
					  "has a section %s that reaches past its end", name);
		*ret_at = off;
		*ret_n = size;
		return 0;
	}
	diag_error(d, "btf.none", diag_file(path), "is an ELF without a section %s", name);
	diag_note(d, DIAG_NONE, "compile with -g to have one");
	return -ENODATA;
}

int btf_open(const char *path, struct btf *base, struct diag *d, struct btf **ret_btf)
{
	struct file f;
	uint64_t at = 0, n;
	int err = file_read(path, FILE_MAX, d, &f);

	if (err)
		return err;
	n = f.size;
	if (is_elf(&f)) {
		err = find_section(&f, ".BTF", d, path, &at, &n);
		if (err) {
			file_done(&f);
			return err;
		}
	}
	return new_btf(&f, f.data + at, n, path, base, d, ret_btf);
}
