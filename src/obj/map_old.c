/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps of SEC("maps"), which libbpf opens no longer: each symbol there is a definition of 32-bit
 * words, of one of several layouts that begin alike and that only their length tells apart:
 *
 *	bytes   words
 *	16, 20  type key_size value_size max_entries flags                   libbpf
 *	24, 28  those five, inner_map numa_node                              samples/bpf
 *	28      those five, id pinning                                       iproute2 4.7
 *	36      those five, id pinning inner_id inner_idx                    iproute2, Cilium
 *	280     those five, pinning namespace[256]                           gobpf
 *
 * Of the two with 28 bytes, samples/bpf's is meant where the flags or the type ask for its words.
 * inner_map is the number of another map in order of place; inner_id is the id of another one,
 * whose own inner_idx then says where in the outer map it is put (-1: it only is the example).
 */
#include <stdlib.h>

#include "obj/impl.h"

enum { WORD_TYPE, WORD_KEY, WORD_VALUE, WORD_ENTRIES, WORD_FLAGS, WORDS_COMMON };

/* A definition, with what names other maps until all are known. */
struct old_map {
	uint32_t map;      /* index */
	int64_t inner_map; /* by number, -1: none */
	uint32_t inner_id; /* by id, 0: none */
	int32_t inner_idx; /* -1: none */
};

static uint32_t word_at(const uint8_t *data, unsigned i)
{
	uint32_t w;

	memcpy(&w, data + i * 4, sizeof(w));
	return w;
}

static bool holds_maps(uint32_t type)
{
	return type == ABI_MAP_ARRAY_OF_MAPS || type == ABI_MAP_HASH_OF_MAPS;
}

static void pin_set(struct obj_map *m, uint32_t pin)
{
	/* iproute2: 1 is a directory of the object's own, 2 the common one, more are of a file */
	m->pin = pin == 1 ? OBJ_PIN_OBJECT : pin ? OBJ_PIN_NAME : OBJ_PIN_NONE;
}

static void words_read(const uint8_t *data, uint64_t size, struct obj_map *m, struct old_map *old)
{
	m->attr = (struct obj_map_attr){.type = word_at(data, WORD_TYPE),
					.key_size = word_at(data, WORD_KEY),
					.value_size = word_at(data, WORD_VALUE),
					.max_entries = word_at(data, WORD_ENTRIES)};
	if (size >= WORDS_COMMON * 4)
		m->attr.flags = word_at(data, WORD_FLAGS);
	if (size >= 280) {
		pin_set(m, word_at(data, 5) ? 2 : 0);
	} else if (size >= 36) {
		m->id = word_at(data, 5);
		pin_set(m, word_at(data, 6));
		old->inner_id = word_at(data, 7);
		old->inner_idx = (int32_t)word_at(data, 8);
	} else if (holds_maps(m->attr.type) || m->attr.flags & ABI_F_MAP_NUMA_NODE) {
		if (size >= 24 && holds_maps(m->attr.type))
			old->inner_map = word_at(data, 5);
		if (size >= 28 && m->attr.flags & ABI_F_MAP_NUMA_NODE)
			m->attr.numa = word_at(data, 6);
	} else if (size >= 28) {
		m->id = word_at(data, 5);
		pin_set(m, word_at(data, 6));
	}
}

typedef VEC(struct old_map) old_vec;

static int old_map_add(struct obj *o, uint32_t sec, const struct elf_sym *sym, uint64_t size,
		       old_vec *all, struct diag *d)
{
	const struct elf_sec *s = &o->elf->sec[sec];
	struct old_map old = {.inner_map = -1, .inner_idx = -1};
	struct obj_map *m;

	if (size < 16)
		return elf_fault(o->elf, sec, MIN(sym->value, s->size), d, "obj.map",
				 "map '%s': %llu bytes are no definition, which has at least 16",
				 sym->name, (unsigned long long)size);
	m = obj_map_new(o, sym->name, OBJ_MAP_USER);
	if (!m)
		return obj_no_memory(o, d);
	m->section = s->name;
	m->sec = sec;
	m->sec_off = (uint32_t)sym->value;
	m->old = true;
	words_read(s->data + sym->value, size, m, &old);
	old.map = (uint32_t)o->map.n - 1;
	return vec_push(all, old) ? obj_no_memory(o, d) : 0;
}

/* ---- the symbols, in order of place ---- */

static bool is_old_section(const struct elf_sec *s)
{
	return s->data && !s->code &&
	       (s->role == ABI_OBJ_OLD_MAPS || str_has_prefix(s->name, "maps/"));
}

static int by_place(const void *a_, const void *b_)
{
	const struct elf_sym *const *a = a_, *const *b = b_;

	if ((*a)->sec != (*b)->sec)
		return (*a)->sec < (*b)->sec ? -1 : 1;
	if ((*a)->value != (*b)->value)
		return (*a)->value < (*b)->value ? -1 : 1;
	return *a < *b ? -1 : *a > *b;
}

typedef VEC(const struct elf_sym *) sym_vec;

static int symbols_find(const struct obj_elf *e, sym_vec *ret)
{
	int err = 0;

	for (uint32_t i = 1; i < e->n_syms && !err; i++) {
		const struct elf_sym *s = &e->sym[i];

		if (s->sec && s->sec < e->n_secs && is_old_section(&e->sec[s->sec]) &&
		    (s->type == ELF_STT_OBJECT || s->type == ELF_STT_NOTYPE) && *s->name)
			err = vec_push(ret, s);
	}
	if (ret->n)
		qsort(ret->at, ret->n, sizeof(*ret->at), by_place);
	return err;
}

static int definitions_read(struct obj *o, const sym_vec *syms, old_vec *all, struct diag *d)
{
	int err = 0;

	for (size_t i = 0; i < syms->n && !err; i++) {
		const struct elf_sym *s = syms->at[i];
		uint64_t end = o->elf->sec[s->sec].size;

		if (i + 1 < syms->n && syms->at[i + 1]->sec == s->sec)
			end = syms->at[i + 1]->value;
		err = old_map_add(o, s->sec, s, end > s->value ? end - s->value : 0, all, d);
	}
	return err;
}

/* ---- which map is an example for which ---- */

static int inner_set(struct obj *o, struct obj_map *m, const struct obj_map *inner, struct diag *d)
{
	m->inner = arena_new(&o->arena, struct obj_map);
	if (!m->inner)
		return obj_no_memory(o, d);
	*m->inner = *inner;
	m->inner->pin = OBJ_PIN_NONE;
	return 0;
}

/* All maps of that id: one is the example, those with a place are put there. */
static int inner_by_id(struct obj *o, struct obj_map *m, uint32_t id, const old_vec *all,
		       struct diag *d)
{
	int32_t slots = 0;
	int err = 0;

	for vec_each(all, old) {
		const struct obj_map *inner = &o->map.at[old->map];

		if (inner->id != id || inner == m)
			continue;
		if (!m->inner)
			err = inner_set(o, m, inner, d);
		if (err)
			return err;
		slots = MAX(slots, old->inner_idx + 1);
	}
	if (!m->inner || !slots || (uint32_t)slots > m->attr.max_entries || slots > OBJ_INIT_MAX)
		return 0;
	m->init = arena_alloc_array(&o->arena, (size_t)slots, sizeof(*m->init));
	if (!m->init)
		return obj_no_memory(o, d);
	m->n_init = (uint32_t)slots;
	memset(m->init, 0xff, (size_t)slots * sizeof(*m->init));
	for vec_each(all, old) {
		if (o->map.at[old->map].id == id && old->inner_idx >= 0)
			m->init[old->inner_idx] = (int32_t)old->map;
	}
	return 0;
}

static int inners_link(struct obj *o, const old_vec *all, struct diag *d)
{
	int err = 0;

	for vec_each(all, old) {
		struct obj_map *m = &o->map.at[old->map];

		if (!holds_maps(m->attr.type))
			continue;
		if (old->inner_id)
			err = inner_by_id(o, m, old->inner_id, all, d);
		else if (old->inner_map >= 0 && (uint64_t)old->inner_map < all->n)
			err = inner_set(o, m, &o->map.at[all->at[old->inner_map].map], d);
		if (err)
			return err;
		if (!m->inner)
			diag_warn(d, "obj.map",
				  diag_offset(o->path, o->elf->sec[m->sec].at + m->sec_off),
				  "map '%s': there is no map that says what is in it", m->name);
	}
	return 0;
}

int obj_maps_old(struct obj *o, struct diag *d)
{
	sym_vec syms = VEC_INIT(OBJ_MAPS_MAX);
	old_vec all = VEC_INIT(OBJ_MAPS_MAX);
	int err;

	if (!o->elf->old_maps)
		return 0;
	err = symbols_find(o->elf, &syms);
	if (err)
		err = obj_no_memory(o, d);
	else
		err = definitions_read(o, &syms, &all, d);
	if (!err)
		err = inners_link(o, &all, d);
	vec_done(&syms);
	vec_done(&all);
	return err;
}
