/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Map types: what they take at creation, what they answer to, and which helpers take them.
 *
 * The words of map_type.def are bits named here, those of flag.def's MAP family among them.
 */
#include "abi/impl.h"

enum map_flags {
#define FLAG_MAP(NAME, bit) NAME = 1 << (bit),
#define FLAG_UPDATE(...)
#define FLAG_PROG(...)
#define FLAG_ATTACH(...)
#define FLAG_QUERY(...)
#define FLAG_RUN(...)
#define FLAG_KPROBE_MULTI(...)
#define FLAG_UPROBE_MULTI(...)
#define FLAG_NETFILTER(...)
#define FLAG(family, NAME, bit, ...) FLAG_##family(NAME, bit)
#include "abi/flag.def"
	ACCESS = RDONLY | WRONLY,
	PROG = RDONLY_PROG | WRONLY_PROG,
};

enum map_fields {
	LOCK = ABI_FIELD_LOCK,
	TIMER = ABI_FIELD_TIMER,
	KPTR = ABI_FIELD_KPTR,
	GRAPH = ABI_FIELD_GRAPH,
	UPTR = ABI_FIELD_UPTR,
};

enum map_ops {
	LOOKUP = ABI_OP_LOOKUP,
	UPDATE = ABI_OP_UPDATE,
	DELETE = ABI_OP_DELETE,
	NEXT = ABI_OP_NEXT,
	TAKE = ABI_OP_TAKE,
	BATCH_LOOKUP = ABI_OP_BATCH_LOOKUP,
	BATCH_TAKE = ABI_OP_BATCH_TAKE,
	BATCH_UPDATE = ABI_OP_BATCH_UPDATE,
	BATCH_DELETE = ABI_OP_BATCH_DELETE,
	BATCH = BATCH_LOOKUP | BATCH_TAKE | BATCH_UPDATE | BATCH_DELETE,
	MMAP = ABI_OP_MMAP,
	SLOTS = LOOKUP | UPDATE | DELETE | NEXT,
	ENTRIES = SLOTS | TAKE | BATCH,
};

/* (n), (min, max) or (min, max, step) */
#define MAX                       UINT32_MAX
#define SIZES_1(n)                n, n, 1
#define SIZES_2(min, max)         min, max, 1
#define SIZES_3(min, max, step)   min, max, step
#define PICK(a, b, c, which, ...) which
#define SIZES(...)                PICK(__VA_ARGS__, SIZES_3, SIZES_2, SIZES_1, )(__VA_ARGS__)

static const struct abi_map_type maps[_ABI_MAP_MAX] = {
#define MAP_KIND(id_, NAME, name_, since_, key, value, entries, need, btf, fields, flags, ops)     \
	[id_] = {#name_, {SIZES key},           {SIZES value},     flags, need, since_, ops,       \
		 id_,    ABI_ENTRIES_##entries, ABI_MAP_BTF_##btf, fields},
#include "abi/map_type.def"
};

static const uint8_t maps_by_name[] = {
#define MAP_KIND(id, ...) id,
#include "abi/map_type.def"
};

static const struct abi_alias map_aliases[] = {
#define MAP_ALIAS(name, NAME) {#name, ABI_MAP_##NAME},
#include "abi/map_type.def"
};

static const struct map_was {
	uint32_t key, value;
	uint16_t until;
	uint8_t map;
} was[] = {
#define MAP_WAS(map, until, key, value) {key, value, until, ABI_MAP_##map},
#include "abi/map_was.def"
};

static const struct map_op {
	uint16_t since, ops;
	uint8_t map;
} later_ops[] = {
#define MAP_OP(map, since, ops) {since, ops, ABI_MAP_##map},
#include "abi/map_op.def"
};

const struct abi_map_type *abi_map_type(unsigned id)
{
	return id && id < COUNT(maps) ? &maps[id] : NULL;
}

const struct abi_map_type *abi_map_type_by_name(const char *name, size_t len)
{
	static const struct abi_names names =
		ABI_NAMES_BY(maps, maps_by_name, "BPF_MAP_TYPE_", true);
	static const struct abi_names aliases = ABI_NAMES(map_aliases, "BPF_MAP_TYPE_", true);
	const struct abi_map_type *row = abi_names_find(&names, name, len);
	const struct abi_alias *alias = row ? NULL : abi_names_find(&aliases, name, len);

	return alias ? &maps[alias->id] : row;
}

unsigned abi_map_ops(const struct abi_map_type *m, uint16_t kernel)
{
	unsigned ops = m->ops;

	for (size_t i = 0; i < COUNT(later_ops); i++)
		if (later_ops[i].map == m->id && kernel < later_ops[i].since)
			ops &= ~(unsigned)later_ops[i].ops;
	return kernel < m->since ? 0 : ops;
}

uint32_t abi_map_flags(const struct abi_map_type *m, uint16_t kernel)
{
	uint32_t known = 0;
	const struct abi_flag *f;

	for (size_t i = 0; (f = abi_flag(i)) && f->family == ABI_FLAGS_MAP; i++)
		if (kernel >= f->since)
			known |= 1U << f->bit;
	return m->flags & known;
}

bool abi_size_fits(const struct abi_sizes *s, uint32_t size)
{
	return size >= s->min && size <= s->max && (size - s->min) % s->step == 0;
}

static int check_size(const struct abi_sizes *s, uint32_t size)
{
	if (abi_size_fits(s, size))
		return 0;
	/* What may be as large as it likes can be too large; other sizes are just wrong. */
	return size > s->max && s->min == 1 ? -E2BIG : -EINVAL;
}

static bool entries_fit(enum abi_entries rule, uint32_t n)
{
	switch (rule) {
	case ABI_ENTRIES_SOME:
	case ABI_ENTRIES_CPUS:
		return n > 0;
	case ABI_ENTRIES_ZERO:
		return n == 0;
	case ABI_ENTRIES_ONE:
		return n == 1;
	case ABI_ENTRIES_PAGES:
		return n >= 4096 && !(n & (n - 1));
	}
	return false;
}

static bool was_too_large(const struct abi_map_type *m, uint16_t kernel, uint32_t key,
			  uint32_t value)
{
	for (size_t i = 0; i < COUNT(was); i++)
		if (was[i].map == m->id && kernel < was[i].until)
			return key > was[i].key || value > was[i].value;
	return false;
}

int abi_map_check(const struct abi_map_type *m, uint16_t kernel, uint32_t key_size,
		  uint32_t value_size, uint32_t max_entries, uint32_t flags)
{
	int err;

	if (kernel < m->since || flags & ~abi_map_flags(m, kernel) || m->need & ~flags ||
	    (flags & ACCESS) == ACCESS || (flags & PROG) == PROG ||
	    !entries_fit(m->entries, max_entries))
		return -EINVAL;
	err = check_size(&m->key, key_size);
	if (!err)
		err = check_size(&m->value, value_size);
	if (!err && was_too_large(m, kernel, key_size, value_size))
		err = -E2BIG;
	return err;
}

/* ---- helpers ---- */

enum map_sets {
#define MAP_KIND(id, NAME, ...) NAME = 1ULL << (id),
#include "abi/map_type.def"
	PLAIN = HASH | ARRAY | PERCPU_HASH | PERCPU_ARRAY | LRU_HASH | LRU_PERCPU_HASH | LPM_TRIE |
		RHASH | STRUCT_OPS | ARENA,
};

static const uint64_t helper_maps[_ABI_HELPER_MAX] = {
#define HELPER_MAP(helper, maps) [ABI_HELPER_##helper] = maps,
#include "abi/helper_map.def"
};

uint64_t abi_helper_maps(const struct abi_helper *h)
{
	return helper_maps[h->id];
}
