/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Types by name.
 *
 * One look-up must not cost an index of all names. The name's bytes are searched in the strings
 * first, which gives the few offsets that a type of that name can have (several: a name may be the
 * end of another, or stand there twice); then the walk over the types compares numbers. Whoever
 * asks often gets a hash table: open addressing over ids, in order of id, so that the first match
 * of a probe is the lowest id. It hashes names without their flavour (___x), so that the candidates
 * of CO-RE are in one probe too.
 */
#include "btf/impl.h"

enum {
	OFFSETS_MAX = 8,    /* more places of one name than this: compare texts */
	ASKED_OFTEN = 8,    /* from then on a hash table pays */
	NAMES_MAX = 1 << 16 /* that a wrong one is compared with */
};

size_t btf_core_essential(const char *name)
{
	size_t n = strlen(name), i;

	/* The last "___" with something on both sides. */
	for (i = n < 5 ? 0 : n - 4; i >= 1; i--)
		if (name[i] == '_' && name[i + 1] == '_' && name[i + 2] == '_' &&
		    name[i - 1] != '_' && name[i + 3] != '_')
			return i;
	return n;
}

/* ---- the hash table ---- */

static uint32_t home(const struct btf_index *ix, const char *name)
{
	return (uint32_t)hash_bytes(name, btf_core_essential(name), ix->seed) & ix->mask;
}

bool btf_index_names(const struct btf *b)
{
	struct btf_index *ix = b->index;
	uint32_t n = btf_count(b) - b->first, size = 16, i, k;
	const char *name;

	if (ix->slot)
		return true;
	while (size < n + n / 2)
		size *= 2;
	ix->slot = mem_alloc_array(size, sizeof(*ix->slot));
	if (!ix->slot)
		return false;
	ix->mask = size - 1;
	ix->seed = (uintptr_t)ix;
	for (i = 0; i < n; i++) {
		name = btf_name(b, b->first + i);
		if (!*name)
			continue;
		for (k = home(ix, name); ix->slot[k]; k = (k + 1) & ix->mask)
			;
		ix->slot[k] = b->first + i;
	}
	return true;
}

int btf_index(const struct btf *b)
{
	int err = b->base ? btf_index(b->base) : 0;

	if (err || b->bb)
		return err;
	return btf_index_names(b) ? 0 : -ENOMEM;
}

static uint32_t find_hashed(const struct btf *b, const char *name, uint32_t kinds, uint32_t after)
{
	const struct btf_index *ix = b->index;
	uint32_t k, id;

	for (k = home(ix, name); (id = ix->slot[k]); k = (k + 1) & ix->mask) {
		const struct btf_type *t = btf_type(b, id);

		if (id > after && kinds >> btf_kind(t) & 1 && !strcmp(btf_str(b, t->name_off), name))
			return id;
	}
	return 0;
}

/* ---- the search ---- */

/* Where the name stands in the strings; -1: in more places than are listed. */
static int places(const struct btf *b, const char *name, uint32_t at[OFFSETS_MAX])
{
	int n = b->base ? places(b->base, name, at) : 0;
	const char *p = b->strs, *end = b->strs + b->str_len;
	size_t len = strlen(name) + 1;

	while (n >= 0 && (p = memmem(p, (size_t)(end - p), name, len))) {
		if (n == OFFSETS_MAX)
			return -1;
		at[n++] = b->str_first + (uint32_t)(p - b->strs);
		p += len;
	}
	return n;
}

static bool is_named(const struct btf *b, uint32_t off, const char *name, const uint32_t *at, int n)
{
	int i;

	if (n < 0)
		return !strcmp(btf_str(b, off), name);
	for (i = 0; i < n; i++)
		if (at[i] == off)
			return true;
	return false;
}

static uint32_t find_walking(const struct btf *b, const char *name, uint32_t kinds, uint32_t after)
{
	uint32_t at[OFFSETS_MAX], id;
	int n = b->bb ? -1 : places(b, name, at);
	const struct btf_type *t;

	if (!n)
		return 0;
	for (id = MAX(after + 1, b->first); (t = btf_type(b, id)); id++)
		if (kinds >> btf_kind(t) & 1 && is_named(b, t->name_off, name, at, n))
			return id;
	return 0;
}

uint32_t btf_find_next(const struct btf *b, const char *name, uint32_t kinds, uint32_t after)
{
	uint32_t id;

	if (!*name || after == UINT32_MAX)
		return 0;
	if (kinds == BTF_ANY)
		kinds = ~0u;
	if (b->base && after + 1 < b->first) {
		id = btf_find_next(b->base, name, kinds, after);
		if (id)
			return id;
	}
	if (!b->bb && (b->index->slot || (++b->index->asked > ASKED_OFTEN && btf_index_names(b))))
		return find_hashed(b, name, kinds, after);
	return find_walking(b, name, kinds, after);
}

uint32_t btf_find(const struct btf *b, const char *name, uint32_t kinds)
{
	return btf_find_next(b, name, kinds, 0);
}
