/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Symbols of a file. Looking a name up walks the tables, which for one name is less work than an index;
 * looking addresses up sorts all functions first, once.
 *
 * Dynamic symbols come in versions: name@VERSION is one of them, name@@VERSION the one that new programs
 * are linked with. A bare name means that one.
 */
#include <elf.h>
#include <stdlib.h>

#include "sym/impl.h"

enum { VERSION_HIDDEN = 0x8000 };

struct walk {
	const struct sym_elf *e;
	const struct sym_table *t;
	uint64_t i, n;
	bool hidden; /* the symbol is of an old version */
};

static struct walk walk_of(const struct sym_elf *e, int table)
{
	const struct sym_table *t = &e->table[table];
	uint64_t size = e->wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);

	return (struct walk){.e = e, .t = t, .n = MIN(t->symbols.size / size, (uint64_t)SYM_SYMBOLS_MAX)};
}

static bool is_hidden(const struct walk *w)
{
	uint16_t v;

	if (w->t->versions.size / sizeof(v) <= w->i)
		return false;
	memcpy(&v, w->e->file.data + w->t->versions.offset + w->i * sizeof(v), sizeof(v));
	return v & VERSION_HIDDEN;
}

/* The next symbol that is defined here; its bytes were seen to be in the file when it was opened. */
static bool next(struct walk *w, struct sym_symbol *ret)
{
	const uint8_t *at = w->e->file.data + w->t->symbols.offset;
	Elf64_Sym s;
	Elf32_Sym narrow;

	for (; w->i < w->n; w->i++) {
		if (w->e->wide) {
			memcpy(&s, at + w->i * sizeof(s), sizeof(s));
		} else {
			memcpy(&narrow, at + w->i * sizeof(narrow), sizeof(narrow));
			s = (Elf64_Sym){.st_name = narrow.st_name, .st_value = narrow.st_value,
					.st_size = narrow.st_size, .st_info = narrow.st_info,
					.st_shndx = narrow.st_shndx};
		}
		if (!s.st_name || s.st_shndx == SHN_UNDEF || !s.st_value)
			continue;
		ret->name = sym_elf_string(w->e, &w->t->strings, s.st_name);
		ret->addr = s.st_value;
		ret->size = s.st_size;
		ret->func = ELF64_ST_TYPE(s.st_info) == STT_FUNC || ELF64_ST_TYPE(s.st_info) == STT_GNU_IFUNC;
		ret->global = ELF64_ST_BIND(s.st_info) != STB_LOCAL;
		w->hidden = is_hidden(w);
		w->i++;
		return true;
	}
	return false;
}

/* How well a symbol is the one that is meant: 0 not at all, more is better. */
static int fits(const struct walk *w, const struct sym_symbol *s, const char *name, size_t len)
{
	size_t n = strcspn(s->name, "@");

	if (!s->func)
		return 0;
	if (!strcmp(s->name, name)) /* names of .symtab have their version with them */
		return s->global && !w->hidden ? 4 : w->hidden ? 1 : 3;
	if (n != len || memcmp(s->name, name, n))
		return 0;
	return s->name[n + 1] == '@' ? 4 : 2;
}

bool sym_elf_find(struct sym_elf *e, const char *name, struct sym_symbol *ret_symbol)
{
	size_t len = strlen(name);
	struct sym_symbol s;
	struct walk w;
	int table, best = 0, fit;

	for (table = 0; table < 2; table++) {
		for (w = walk_of(e, table); next(&w, &s);) {
			fit = fits(&w, &s, name, len);
			if (fit <= best)
				continue;
			best = fit;
			*ret_symbol = s;
		}
	}
	return best;
}

int sym_elf_match(struct sym_elf *e, const char *pattern, sym_elf_fn *fn, void *ctx)
{
	struct sym_symbol s;
	struct walk w;
	int table, end;

	/* functions of .dynsym are in .symtab too, if there is one */
	table = e->table[0].symbols.size ? 0 : 1;
	for (w = walk_of(e, table); next(&w, &s);) {
		if (!s.func || !sym_glob(pattern, s.name, strcspn(s.name, "@")))
			continue;
		end = fn(ctx, &s);
		if (end)
			return end;
	}
	return 0;
}

/* ---- by address ------------------------------------------------------------------------------ */

static int by_addr(const void *a, const void *b)
{
	const struct sym_symbol *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	if (x->global != y->global) /* the last one of an address is the one that is found */
		return x->global ? 1 : -1;
	return -strcmp(x->name, y->name);
}

static bool make_index(struct sym_elf *e)
{
	uint64_t n = 0, i = 0;
	struct sym_symbol s;
	struct walk w;
	int table;

	for (table = 0; table < 2; table++)
		for (w = walk_of(e, table); next(&w, &s);)
			n += s.func;
	e->index = mem_alloc_array(n + 1, sizeof(*e->index));
	if (!e->index)
		return false;
	for (table = 0; table < 2; table++)
		for (w = walk_of(e, table); next(&w, &s);)
			if (s.func)
				e->index[i++] = s;
	qsort(e->index, n, sizeof(*e->index), by_addr);
	e->indexed = n;
	return true;
}

bool sym_elf_at(struct sym_elf *e, uint64_t addr, struct sym_symbol *ret_symbol)
{
	size_t low = 0, high, mid;
	const struct sym_symbol *s;

	if (!e->index && !make_index(e))
		return false;
	for (high = e->indexed; low < high;) {
		mid = low + (high - low) / 2;
		if (e->index[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low)
		return false;
	s = &e->index[low - 1];
	if (s->size && addr - s->addr >= s->size)
		return false;
	*ret_symbol = *s;
	return true;
}
