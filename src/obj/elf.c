/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ELF64 in. Everything that the headers claim is held against the size of the file before anything
 * is looked at, once, here: what elf_read() let pass may be read without another thought. That is,
 * for each section [at, at + size) lies in the file (but for NOBITS), its name and its symbols'
 * names end in it, symbols and relocations are whole.
 *
 * A section that is of no interest (DWARF, compressed or not) must still lie in the file: an object
 * that was cut off is told so, wherever that was.
 */
#include "obj/impl.h"

int elf_fault(const struct obj_elf *e, uint32_t sec, uint64_t off, struct diag *d, const char *id,
	      const char *fmt, ...)
{
	const struct elf_sec *s = &e->sec[sec];
	struct str text;
	va_list ap;

	str_init(&text, 1024);
	va_start(ap, fmt);
	str_addv(&text, fmt, ap);
	va_end(ap);
	diag_error(d, id, diag_offset(e->path, s->at + (s->data ? off : 0)), "section '%s': %s",
		   s->name, text.s);
	str_done(&text);
	return -EINVAL;
}

/* A fault in the headers, before there are sections. */
static int bad(const struct obj_elf *e, uint64_t off, struct diag *d, const char *id,
	       const char *what, const char *why)
{
	return diag_error(d, id, diag_offset(e->path, off), "%s: %s", what, why);
}

bool obj_is_elf(const void *data, size_t size)
{
	return size >= 4 && !memcmp(data, "\177ELF", 4);
}

static bool host_is_big(void)
{
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
}

static int header_read(const struct obj_elf *e, struct diag *d, struct elf_header *ret_h)
{
	static const char what[] = "ELF header";
	struct elf_header h;

	if (!obj_is_elf(e->data, e->size))
		return bad(e, 0, d, "elf.magic", what, "this is no ELF file");
	if (e->size < 16)
		return bad(e, e->size, d, "elf.cut", what, "the file ends in it");
	if (e->data[4] != 2)
		return bad(e, 4, d, "elf.class", what, "not 64 bits wide, as BPF objects are");
	if (e->data[5] != 1 && e->data[5] != 2)
		return bad(e, 5, d, "elf.endian", what, "neither little- nor big-endian");
	if ((e->data[5] == 2) != host_is_big()) {
		bad(e, 5, d, "elf.endian", what,
		    host_is_big() ? "this object is little-endian, this machine is not: compile "
				    "with -target bpfeb"
				  : "this object is big-endian, this machine is not: compile with "
				    "-target bpfel");
		return -ENOTSUP;
	}
	if (e->size < sizeof(h))
		return bad(e, e->size, d, "elf.cut", what, "the file ends in it");
	memcpy(&h, e->data, sizeof(h));
	if (h.type != ELF_ET_REL)
		return bad(e, 16, d, "elf.type", what,
			   "not a relocatable object: link nothing, give what the compiler wrote");
	if (h.machine && h.machine != ELF_EM_BPF) /* early compilers wrote 0 */
		return bad(e, 18, d, "elf.machine", what,
			   "compiled for another machine: use clang -target bpf");
	*ret_h = h;
	return 0;
}

static bool inside(const struct obj_elf *e, uint64_t at, uint64_t size)
{
	return at <= e->size && size <= e->size - at;
}

/* Where the section table is and how long; counts past 65279 stand in section 0. */
static int table_find(const struct obj_elf *e, struct elf_header *h, struct diag *d,
		      uint32_t *ret_n, uint32_t *ret_names)
{
	static const char what[] = "section header table";
	uint64_t n = h->shnum, names = h->shstrndx;
	struct elf_shdr first;

	if (!h->shoff)
		return bad(e, 40, d, "elf.sections", what, "there is none");
	if (h->shentsize != sizeof(first))
		return bad(e, 58, d, "elf.sections", what, "entries are not of 64 bytes");
	if (!inside(e, h->shoff, sizeof(first)))
		return bad(e, MIN(h->shoff, e->size), d, "elf.cut", what,
			   "the file ends before it");
	memcpy(&first, e->data + h->shoff, sizeof(first));
	if (!n)
		n = first.size;
	if (names == ELF_SHN_XINDEX)
		names = first.link;
	if (n > OBJ_SECTIONS_MAX) {
		diag_error(d, "elf.sections", diag_offset(e->path, h->shoff),
			   "%s: %llu sections, %u is the most", what, (unsigned long long)n,
			   OBJ_SECTIONS_MAX);
		return -E2BIG;
	}
	if (!inside(e, h->shoff, n * sizeof(first)))
		return bad(e, e->size, d, "elf.cut", what, "the file ends in it");
	if (!n || !names || names >= n)
		return bad(e, 62, d, "elf.sections", what, "no section has the sections' names");
	*ret_n = (uint32_t)n;
	*ret_names = (uint32_t)names;
	return 0;
}

/* The text at `off` of a string section, NULL if it does not end there. */
static const char *string_at(const struct elf_sec *s, uint64_t off)
{
	if (!s->data || off >= s->size || !memchr(s->data + off, 0, s->size - off))
		return NULL;
	return (const char *)s->data + off;
}

static int section_read(struct obj_elf *e, uint32_t i, uint64_t header, struct diag *d,
			struct elf_shdr *ret_h)
{
	struct elf_sec *s = &e->sec[i];

	memcpy(ret_h, e->data + header, sizeof(*ret_h));
	*s = (struct elf_sec){.name = "",
			      .type = ret_h->type,
			      .flags = ret_h->flags,
			      .at = ret_h->offset,
			      .size = ret_h->size,
			      .align = ret_h->align,
			      .entsize = ret_h->entsize,
			      .link = ret_h->link,
			      .info = ret_h->info,
			      .role = _ABI_OBJ_MAX,
			      .map = -1};
	if (!i || s->type == ELF_SHT_NULL) {
		s->size = 0;
		return 0;
	}
	if (s->type != ELF_SHT_NOBITS) {
		if (!inside(e, s->at, s->size)) {
			diag_error(d, "elf.cut", diag_offset(e->path, MIN(s->at, e->size)),
				   "section %u: %llu bytes at %llu, the file has %zu in all", i,
				   (unsigned long long)s->size, (unsigned long long)s->at, e->size);
			return -EINVAL;
		}
		s->data = e->data + s->at;
	} else if (s->size > OBJ_DATA_MAX) {
		diag_error(d, "elf.size", diag_offset(e->path, header),
			   "section %u: %llu bytes of zeros, %u is the most", i,
			   (unsigned long long)s->size, OBJ_DATA_MAX);
		return -E2BIG;
	}
	return 0;
}

static int sections_read(struct obj_elf *e, struct arena *a, struct diag *d)
{
	struct elf_header h = {0};
	struct elf_shdr *raw;
	uint32_t names = 0;
	int err;

	err = header_read(e, d, &h);
	if (!err)
		err = table_find(e, &h, d, &e->n_secs, &names);
	if (err)
		return err;
	e->sec = arena_alloc_array(a, e->n_secs, sizeof(*e->sec));
	raw = arena_alloc_array(a, e->n_secs, sizeof(*raw));
	if (!e->sec || !raw)
		return a->err;
	for (uint32_t i = 0; i < e->n_secs; i++) {
		err = section_read(e, i, h.shoff + i * sizeof(*raw), d, &raw[i]);
		if (err)
			return err;
	}
	for (uint32_t i = 1; i < e->n_secs; i++) {
		const char *name = string_at(&e->sec[names], raw[i].name);

		if (!name) {
			diag_error(d, "elf.name", diag_offset(e->path, h.shoff + i * sizeof(*raw)),
				   "section %u: its name is not in the table of names", i);
			return -EINVAL;
		}
		e->sec[i].name = name;
	}
	return 0;
}

static int symbol_read(struct obj_elf *e, const struct elf_sec *strings, uint32_t i, struct diag *d)
{
	uint64_t off = i * sizeof(struct elf_symbol);
	struct elf_symbol raw;
	const char *name;

	memcpy(&raw, e->sec[e->symtab].data + off, sizeof(raw));
	name = string_at(strings, raw.name);
	if (!name && raw.name)
		return elf_fault(e, e->symtab, off, d, "elf.symbol",
				 "the name of symbol %u is not in the table of names", i);
	if (raw.shndx >= e->n_secs && raw.shndx < ELF_SHN_RESERVED)
		return elf_fault(e, e->symtab, off, d, "elf.symbol",
				 "symbol '%s' is in section %u, there are %u", name ? name : "",
				 raw.shndx, e->n_secs);
	e->sym[i] = (struct elf_sym){.name = name ? name : "",
				     .value = raw.value,
				     .size = raw.size,
				     .sec = raw.shndx,
				     .bind = raw.info >> 4,
				     .type = raw.info & 15,
				     .vis = raw.other & 3};
	return 0;
}

static int symbols_read(struct obj_elf *e, struct arena *a, struct diag *d)
{
	const struct elf_sec *s = &e->sec[e->symtab];
	int err;

	if (s->entsize != sizeof(struct elf_symbol) || s->size % sizeof(struct elf_symbol))
		return elf_fault(e, e->symtab, 0, d, "elf.symbol", "symbols are not of 24 bytes");
	if (!s->link || s->link >= e->n_secs || e->sec[s->link].type != ELF_SHT_STRTAB)
		return elf_fault(e, e->symtab, 0, d, "elf.symbol",
				 "section %u, which should have the names, does not", s->link);
	if (s->size / sizeof(struct elf_symbol) > OBJ_SYMBOLS_MAX) {
		elf_fault(e, e->symtab, 0, d, "elf.symbol", "%llu symbols, %u is the most",
			  (unsigned long long)(s->size / sizeof(struct elf_symbol)),
			  OBJ_SYMBOLS_MAX);
		return -E2BIG;
	}
	e->n_syms = (uint32_t)(s->size / sizeof(struct elf_symbol));
	e->sym = arena_alloc_array(a, MAX(e->n_syms, 1u), sizeof(*e->sym));
	if (!e->sym)
		return a->err;
	for (uint32_t i = 0; i < e->n_syms; i++) {
		err = symbol_read(e, &e->sec[s->link], i, d);
		if (err)
			return err;
	}
	return 0;
}

static size_t rel_bytes(const struct elf_sec *s)
{
	return s->type == ELF_SHT_REL ? 16 : s->type == ELF_SHT_RELA ? 24 : 0;
}

static int rels_check(const struct obj_elf *e, struct diag *d)
{
	for (uint32_t i = 1; i < e->n_secs; i++) {
		size_t each = rel_bytes(&e->sec[i]);

		if (!each)
			continue;
		if (e->sec[i].entsize != each || e->sec[i].size % each)
			return elf_fault(e, i, 0, d, "elf.relocation",
					 "relocations are not of %zu bytes", each);
		if (e->sec[i].info >= e->n_secs)
			return elf_fault(e, i, 0, d, "elf.relocation",
					 "they are for section %u, there are %u", e->sec[i].info,
					 e->n_secs);
	}
	return 0;
}

int elf_read(struct obj_elf *e, struct arena *a, struct diag *d)
{
	int err = sections_read(e, a, d);

	if (err)
		return err;
	for (uint32_t i = 1; i < e->n_secs; i++) {
		if (e->sec[i].type != ELF_SHT_SYMTAB)
			continue;
		if (e->symtab)
			return elf_fault(e, i, 0, d, "elf.symbol", "a second table of symbols");
		e->symtab = i;
	}
	if (e->symtab) {
		err = symbols_read(e, a, d);
		if (err)
			return err;
	}
	return rels_check(e, d);
}

uint32_t elf_rels(const struct obj_elf *e, uint32_t sec)
{
	size_t each = rel_bytes(&e->sec[sec]);

	return each ? (uint32_t)(e->sec[sec].size / each) : 0;
}

int elf_rel(const struct obj_elf *e, uint32_t sec, uint32_t i, struct diag *d,
	    struct elf_rel *ret_rel, int64_t *ret_add)
{
	const struct elf_sec *s = &e->sec[sec];
	uint64_t off = (uint64_t)i * rel_bytes(s);
	struct elf_rel r;
	int64_t add = 0;

	assert(i < elf_rels(e, sec));
	memcpy(&r, s->data + off, sizeof(r));
	if (s->type == ELF_SHT_RELA)
		memcpy(&add, s->data + off + sizeof(r), sizeof(add));
	if (ELF_REL_SYM(&r) >= e->n_syms)
		return elf_fault(e, sec, off, d, "elf.relocation",
				 "relocation %u is of symbol %u, there are %u", i, ELF_REL_SYM(&r),
				 e->n_syms);
	if (r.offset >= e->sec[s->info].size)
		return elf_fault(e, sec, off, d, "elf.relocation",
				 "relocation %u is %llu bytes into section '%s', which has %llu", i,
				 (unsigned long long)r.offset, e->sec[s->info].name,
				 (unsigned long long)e->sec[s->info].size);
	*ret_rel = r;
	*ret_add = add;
	return 0;
}

const char *elf_sym_text(const struct obj_elf *e, const struct elf_sym *sym)
{
	if (*sym->name)
		return sym->name;
	return sym->sec < e->n_secs ? e->sec[sym->sec].name : "?";
}
