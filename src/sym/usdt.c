/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Static probes: notes of type 3 and owner "stapsdt". A note has three addresses - the probe's, that of
 * .stapsdt.base when it was linked, the semaphore's - and three strings: provider, name, arguments. When
 * .stapsdt.base has since moved (prelink), so have the others, by as much.
 */
#include <elf.h>

#include "sym/impl.h"

enum { NOTE_STAPSDT = 3 };

static uint64_t get_word(const struct sym_elf *e, const uint8_t *at, unsigned i)
{
	uint64_t wide;
	uint32_t narrow;

	if (e->wide) {
		memcpy(&wide, at + i * sizeof(wide), sizeof(wide));
		return wide;
	}
	memcpy(&narrow, at + i * sizeof(narrow), sizeof(narrow));
	return narrow;
}

static const char *next_string(const char **at, const char *end)
{
	const char *s = *at, *nul = s < end ? memchr(s, 0, (size_t)(end - s)) : NULL;

	if (!nul)
		return NULL;
	*at = nul + 1;
	return s;
}

static bool read_probe(const struct sym_elf *e, const uint8_t *desc, size_t n, struct sym_usdt *ret)
{
	size_t words = 3 * (e->wide ? sizeof(uint64_t) : sizeof(uint32_t));
	const char *at = (const char *)desc + words, *end = (const char *)desc + n;
	uint64_t moved, semaphore;

	if (n < words)
		return false;
	ret->provider = next_string(&at, end);
	ret->name = ret->provider ? next_string(&at, end) : NULL;
	ret->args = ret->name ? next_string(&at, end) : NULL;
	if (!ret->args)
		return false;
	moved = e->probes_base_addr ? e->probes_base_addr - get_word(e, desc, 1) : 0;
	ret->addr = get_word(e, desc, 0) + moved;
	semaphore = get_word(e, desc, 2);
	ret->semaphore = 0;
	if (semaphore && !sym_elf_offset(e, semaphore + moved, &ret->semaphore))
		return false;
	return sym_elf_offset(e, ret->addr, &ret->offset);
}

static bool is_meant(const struct sym_usdt *u, const char *provider, const char *name)
{
	return (!provider || sym_glob(provider, u->provider, strlen(u->provider))) &&
	       (!name || sym_glob(name, u->name, strlen(u->name)));
}

int sym_usdt_match(const struct sym_elf *e, const char *provider, const char *name, sym_usdt_fn *fn, void *ctx)
{
	const uint8_t *at = e->file.data + e->notes.offset, *desc;
	uint64_t left = e->notes.size, name_len, desc_len;
	struct sym_usdt u;
	Elf64_Nhdr note;
	int end;

	while (left >= sizeof(note)) {
		memcpy(&note, at, sizeof(note));
		name_len = ALIGN_UP((uint64_t)note.n_namesz, 4);
		desc_len = ALIGN_UP((uint64_t)note.n_descsz, 4);
		if (name_len + note.n_descsz > left - sizeof(note))
			break;
		desc = at + sizeof(note) + name_len;
		if (note.n_type == NOTE_STAPSDT && note.n_namesz == 8 && !memcmp(at + sizeof(note), "stapsdt", 8) &&
		    read_probe(e, desc, note.n_descsz, &u) && is_meant(&u, provider, name)) {
			end = fn(ctx, &u);
			if (end)
				return end;
		}
		left -= MIN(left, sizeof(note) + name_len + desc_len);
		at = desc + desc_len;
	}
	return 0;
}
