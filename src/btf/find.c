/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Types by name.
 *
 * One look-up must not cost an index of all names. The name's bytes are searched in the strings
 * first, which gives the few offsets that a type of that name can have (several: a name may be the
 * end of another, or stand there twice); then the walk over the types compares numbers. Whoever
 * asks often gets a hash table: open addressing over ids, in order of id, so that the first match
 * of a probe is the lowest id. It hashes names without their flavour (___x), so that the candidates
 * of CO-RE are in one probe too. Functions, of which a kernel has most, have a table of their own.
 */
#include "btf/impl.h"

enum {
	OFFSETS_MAX = 8,    /* more places of one name than this: compare texts */
	ASKED_OFTEN = 8,    /* from then on a hash table pays */
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

/* ---- the hash tables ---- */

static uint32_t sum_of(const struct btf_index *ix, const char *name, size_t essential)
{
	return (uint32_t)hash_bytes(name, essential, ix->seed);
}

bool index_names(const struct btf *b, int sort)
{
	struct btf_index *ix = b->index;
	struct btf_names *names = &ix->names[sort];
	uint32_t n = btf_count(b) - b->first, size = 16, i, k;

	if (names->slot)
		return true;
	while (size < names->n + names->n / 2)
		size *= 2;
	names->slot = mem_alloc_array(size, sizeof(*names->slot));
	if (!names->slot)
		return false;
	names->mask = size - 1;
	ix->seed = (uintptr_t)ix;
	for (i = 0; i < n; i++) {
		const struct btf_type *t = (const struct btf_type *)(b->types + ix->off[i]);
		const char *name;

		if (!t->name_off || (NAMED_OTHERS >> btf_kind(t) & 1) != (uint32_t)sort)
			continue;
		name = btf_str(b, t->name_off);
		k = sum_of(ix, name, btf_core_essential(name)) & names->mask;
		while (names->slot[k])
			k = (k + 1) & names->mask;
		names->slot[k] = b->first + i;
	}
	return true;
}

int btf_index(const struct btf *b)
{
	int err = b->base ? btf_index(b->base) : 0;

	if (err || b->bb)
		return err;
	return index_names(b, 0) && index_names(b, 1) ? 0 : -ENOMEM;
}

static uint32_t find_hashed(const struct btf *b, int sort, const char *name, uint32_t kinds,
			    uint32_t after)
{
	const struct btf_names *names = &b->index->names[sort];
	uint32_t k = sum_of(b->index, name, btf_core_essential(name)) & names->mask, id;

	assert(names->slot);
	for (; (id = names->slot[k]); k = (k + 1) & names->mask) {
		const struct btf_type *t = btf_type(b, id);

		if (id > after && btf_is(t, kinds) && !strcmp(btf_str(b, t->name_off), name))
			return id;
	}
	return 0;
}

uint32_t find_essential(const struct btf *b, const char *name, size_t len, uint32_t kinds,
			uint32_t after)
{
	const struct btf_names *names = &b->index->names[0];
	uint32_t k = sum_of(b->index, name, len) & names->mask, id;

	assert(names->slot);
	for (; (id = names->slot[k]); k = (k + 1) & names->mask) {
		const struct btf_type *t = btf_type(b, id);
		const char *have = btf_str(b, t->name_off);

		if (id > after && btf_is(t, kinds) && !strncmp(have, name, len) &&
		    btf_core_essential(have) == len)
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

/* Among the own types, of one sort. */
static uint32_t find_own(const struct btf *b, int sort, const char *name, uint32_t kinds,
			 uint32_t after)
{
	struct btf_names *names = &b->index->names[sort];

	if (names->slot || (++names->asked > ASKED_OFTEN && index_names(b, sort)))
		return find_hashed(b, sort, name, kinds, after);
	return find_walking(b, name, kinds, after);
}

uint32_t btf_find_next(const struct btf *b, const char *name, uint32_t kinds, uint32_t after)
{
	uint32_t id, other;

	if (!*name || after == UINT32_MAX)
		return 0;
	if (kinds == BTF_ANY)
		kinds = ~0u;
	if (b->base && after + 1 < b->first) {
		id = btf_find_next(b->base, name, kinds, after);
		if (id)
			return id;
	}
	if (b->bb)
		return find_walking(b, name, kinds, after);
	id = kinds & ~NAMED_OTHERS ? find_own(b, 0, name, kinds & ~NAMED_OTHERS, after) : 0;
	other = kinds & NAMED_OTHERS ? find_own(b, 1, name, kinds & NAMED_OTHERS, after) : 0;
	return id && other ? MIN(id, other) : id | other;
}

uint32_t btf_find(const struct btf *b, const char *name, uint32_t kinds)
{
	return btf_find_next(b, name, kinds, 0);
}

uint32_t btf_find_c(const struct btf *b, const char *c_name)
{
	static const struct { const char *word; uint32_t kinds; } words[] = {
		{"struct ", BTF_BIT(STRUCT)}, {"union ", BTF_BIT(UNION)}, {"enum ", BTF_ENUMS},
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++)
		if (str_has_prefix(c_name, words[i].word))
			return btf_find(b, c_name + strlen(words[i].word), words[i].kinds);
	return btf_find(b, c_name, ~NAMED_OTHERS & ~BTF_BIT(FWD));
}

uint32_t btf_find_var(const struct btf *b, const char *section, const char *name,
		      struct btf_secinfo *ret_sec)
{
	const struct btf_type *t = btf_type(b, btf_find(b, section, BTF_BIT(DATASEC)));
	uint32_t i;

	for (i = 0; btf_is(t, BTF_BIT(DATASEC)) && i < btf_vlen(t); i++) {
		const struct btf_secinfo *v = &btf_secinfos(t)[i];

		if (btf_kind_of(b, v->type) != BTF_VAR || strcmp(btf_name(b, v->type), name))
			continue;
		if (ret_sec)
			*ret_sec = *v;
		return v->type;
	}
	return 0;
}

/* Distances cost more than a look: only names that begin alike, or are as long, are compared. */
const char *btf_near(const struct btf *b, const char *name, uint32_t kinds)
{
	uint32_t n = btf_count(b), id;
	size_t len = strlen(name), most = MAX(len / 3, (size_t)1);
	unsigned best = UINT32_MAX, distance;
	const char *found = NULL, *have;

	for (id = 1; id < n; id++) {
		const struct btf_type *t = btf_type(b, id);

		if (!t->name_off || (kinds && !btf_is(t, kinds)))
			continue;
		have = btf_str(b, t->name_off);
		if ((*have != *name && have[strlen(have) / 2] != name[len / 2]) ||
		    strlen(have) > len + most || strlen(have) + most < len)
			continue;
		distance = near_distance(name, len, have, strlen(have));
		if (distance <= most && distance < best) {
			best = distance;
			found = have;
		}
	}
	return found;
}
