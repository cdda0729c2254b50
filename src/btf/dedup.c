/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One of each type.
 *
 * Types refer to each other in loops, so "the same" cannot be asked of one alone. In this order:
 *
 *   numbers, enums, forward declarations	are the same when their records are
 *   structs		when everything that can be reached from them is, pair by pair, supposing
 *			that pairs met before are the same (a pair of a struct and of a forward
 *			declaration of it is: that is how they find each other)
 *   forward declarations of which there is but one definition	become that
 *   pointers, arrays, functions and all the rest	when their records are, once the types
 *			they name have been replaced
 *
 * after which those that stand for themselves are copied, in their order, and the others forgotten.
 * This is the algorithm of Andrii Nakryiko's libbpf btf__dedup(), whose results linkers and kernels
 * agree on; the comparison is a list of pairs still to be looked at here, so that no depth of types
 * is a depth of calls.
 *
 * It works on a copy in which every string is there once, so that names are numbers.
 */
#include "btf/impl.h"

enum { STEPS_EACH = 1 << 14, IDENTICAL_DEPTH = 16 };

static const uint32_t NONE = UINT32_MAX, BEGUN = UINT32_MAX - 1;

enum {
	ALONE = BTF_BIT(INT) | BTF_ENUMS | BTF_BIT(FWD) | BTF_BIT(FLOAT),
	KEPT = BTF_BIT(VAR) | BTF_BIT(DATASEC), /* each is a thing, not a description */
	REFERENCES = BTF_ALIASES | BTF_BIT(PTR) | BTF_BIT(ARRAY) | BTF_BIT(FUNC) |
		     BTF_BIT(FUNC_PROTO) | BTF_BIT(DECL_TAG),
};

struct pair {
	uint32_t type, other; /* what is looked at, and what it may be the same as */
};

struct dedup {
	struct btf_build *work; /* owned */
	const struct btf *b;	/* its view */
	uint32_t first, n;	/* own types are those from first to n */
	uint32_t *map;		/* owned: what stands for a type; itself; NONE; BEGUN */
	uint32_t *supposed;	/* owned: the other's pair, while two structs are compared; NONE */
	uint32_t *next, *head;	/* owned: types by the sum of their record */
	uint32_t mask;
	uint64_t seed;
	uint64_t steps; /* left */
	VEC(uint32_t) touched; /* of supposed */
	VEC(struct pair) todo;
};

static const struct btf_type *type(const struct dedup *d, uint32_t id)
{
	return btf_type(d->b, id);
}

static uint32_t resolve(const struct dedup *d, uint32_t id)
{
	while (d->map[id] < BEGUN && d->map[id] != id)
		id = d->map[id];
	return id;
}

/* ---- the table ---- */

static void remember(struct dedup *d, uint32_t id, uint64_t sum)
{
	uint32_t k = (uint32_t)sum & d->mask;

	d->next[id] = d->head[k];
	d->head[k] = id;
}

static uint64_t sum_words(struct dedup *d, const void *words, size_t n)
{
	return hash_bytes(words, n, d->seed);
}

/* An enum may be declared only, so its values do not count; nor do the types of members. */
static uint64_t sum_of(struct dedup *d, const struct btf_type *t)
{
	uint32_t head[3] = {t->name_off, t->info, t->size}, i;
	uint64_t sum;

	if (btf_is(t, BTF_ENUMS)) {
		head[1] = BTF_ENUM;
		head[2] = 0;
	}
	if (!btf_is(t, BTF_STRUCTS))
		return btf_is(t, BTF_ENUMS) ? sum_words(d, head, sizeof(head))
					    : sum_words(d, t, btf_type_bytes(t));
	sum = sum_words(d, head, sizeof(head));
	for (i = 0; i < btf_vlen(t); i++)
		sum = sum * 31 + (btf_members(t)[i].name_off ^ (uint64_t)btf_members(t)[i].offset << 32);
	return hash_bytes(&sum, sizeof(sum), d->seed);
}

static bool same_record(const struct btf_type *a, const struct btf_type *b)
{
	size_t n = btf_type_bytes(a);

	return n == btf_type_bytes(b) && !memcmp(a, b, n);
}

/* Two enums, or one and its declaration. */
static bool same_enum(const struct btf_type *a, const struct btf_type *b)
{
	if (!btf_vlen(a) || !btf_vlen(b))
		return a->name_off && a->name_off == b->name_off &&
		       (a->size == b->size || !btf_vlen(a) || !btf_vlen(b)) &&
		       btf_is(a, BTF_ENUMS) && btf_is(b, BTF_ENUMS);
	return same_record(a, b);
}

/* Structs, the types of their members aside. */
static bool same_outside(const struct btf_type *a, const struct btf_type *b)
{
	uint32_t i;

	if (a->name_off != b->name_off || a->info != b->info || a->size != b->size)
		return false;
	for (i = 0; i < btf_vlen(a); i++)
		if (btf_members(a)[i].name_off != btf_members(b)[i].name_off ||
		    btf_members(a)[i].offset != btf_members(b)[i].offset)
			return false;
	return true;
}

/* ---- what stands alone ---- */

static void dedup_alone(struct dedup *d, uint32_t id)
{
	const struct btf_type *t = type(d, id), *o;
	uint64_t sum = sum_of(d, t);
	uint32_t other;

	for (other = d->head[sum & d->mask]; other; other = d->next[other]) {
		o = type(d, other);
		if (d->map[other] != other ||
		    (btf_is(t, BTF_ENUMS) && btf_is(o, BTF_ENUMS) ? !same_enum(t, o)
								   : !same_record(t, o)))
			continue;
		if (btf_is(t, BTF_ENUMS) && !btf_vlen(o) && btf_vlen(t) && other >= d->first) {
			d->map[other] = id; /* the declaration came first */
			break;
		}
		d->map[id] = other;
		return;
	}
	d->map[id] = id;
	remember(d, id, sum);
}

/* ---- structs ---- */

/*
 * Compilers describe one array, and sometimes one struct, twice within one file; then a pair is met
 * with another partner than before.
 */
static bool identical(const struct dedup *d, uint32_t a, uint32_t b, int depth)
{
	const struct btf_type *t = type(d, a), *o = type(d, b);
	uint32_t i;

	if (a == b)
		return true;
	if (btf_kind(t) != btf_kind(o) || depth >= IDENTICAL_DEPTH)
		return false;
	if (btf_is(t, BTF_BIT(ARRAY)))
		return same_record(t, o);
	if (btf_is(t, BTF_ALIASES | BTF_BIT(PTR)))
		return t->name_off == o->name_off && t->info == o->info &&
		       identical(d, t->type, o->type, depth + 1);
	if (!btf_is(t, BTF_STRUCTS) || !same_outside(t, o))
		return false;
	for (i = 0; i < btf_vlen(t); i++)
		if (!identical(d, btf_members(t)[i].type, btf_members(o)[i].type, depth + 1))
			return false;
	return true;
}

/* What a forward declaration has become, if that is a definition. */
static uint32_t definition_of(const struct dedup *d, uint32_t id)
{
	uint32_t to = btf_is(type(d, id), BTF_BIT(FWD)) ? resolve(d, id) : id;

	return btf_is(type(d, to), BTF_BIT(FWD)) ? id : to;
}

static int later(struct dedup *d, uint32_t id, uint32_t other)
{
	return vec_push(&d->todo, (struct pair){id, other});
}

static bool declares(const struct btf_type *fwd, const struct btf_type *t)
{
	return btf_kind(t) == (btf_kflag(fwd) ? BTF_UNION : BTF_STRUCT);
}

/* The parts of two records of one kind: 1 and the pairs of their types put on the list, or 0. */
static int compare_parts(struct dedup *d, const struct btf_type *t, const struct btf_type *o)
{
	uint32_t i;
	int err = 0;

	if (btf_is(t, BTF_BIT(INT) | BTF_BIT(FWD) | BTF_BIT(FLOAT)))
		return same_record(t, o);
	if (btf_is(t, BTF_ENUMS))
		return same_enum(t, o);
	if (btf_is(t, BTF_BIT(ARRAY))) {
		if (btf_array(t)->n != btf_array(o)->n)
			return 0;
		err = later(d, btf_array(t)->elem, btf_array(o)->elem);
		err = err ? err : later(d, btf_array(t)->index, btf_array(o)->index);
		return err ? err : 1;
	}
	if (btf_is(t, BTF_STRUCTS)) {
		if (!same_outside(t, o))
			return 0;
		for (i = 0; i < btf_vlen(t) && !err; i++)
			err = later(d, btf_members(t)[i].type, btf_members(o)[i].type);
		return err ? err : 1;
	}
	if (t->info != o->info)
		return 0;
	if (btf_is(t, BTF_BIT(FUNC_PROTO)))
		for (i = 0; i < btf_vlen(t) && !err; i++) {
			if (btf_params(t)[i].name_off != btf_params(o)[i].name_off)
				return 0;
			err = later(d, btf_params(t)[i].type, btf_params(o)[i].type);
		}
	else if (btf_is(t, BTF_BIT(VAR) | BTF_BIT(DECL_TAG)) && *btf_word(t) != *btf_word(o))
		return 0;
	err = err ? err : later(d, t->type, o->type);
	return err ? err : 1;
}

static int compare_pair(struct dedup *d, uint32_t id, uint32_t other)
{
	const struct btf_type *t, *o;
	uint32_t met;

	if (resolve(d, id) == resolve(d, other))
		return 1;
	other = definition_of(d, other);
	met = d->supposed[other];
	if (met != NONE)
		return met == id || identical(d, met, id, 0);
	d->supposed[other] = id;
	if (vec_push(&d->touched, other))
		return -ENOMEM;
	t = type(d, id);
	o = type(d, other);
	if (t->name_off != o->name_off)
		return 0;
	if (btf_kind(t) != btf_kind(o)) {
		if (btf_is(t, BTF_BIT(FWD)))
			return declares(t, o);
		if (btf_is(o, BTF_BIT(FWD)))
			return declares(o, t);
		return btf_is(t, BTF_ENUMS) && btf_is(o, BTF_ENUMS) && same_enum(t, o);
	}
	return compare_parts(d, t, o);
}

/* 1: all that can be reached from the two is the same; 0: not. */
static int equivalent(struct dedup *d, uint32_t id, uint32_t other)
{
	int same = later(d, id, other);

	for (same = same ? same : 1; same > 0 && d->todo.n;) {
		struct pair p = vec_last(&d->todo);

		if (!d->steps)
			return -E2BIG;
		d->steps--;
		d->todo.n--;
		same = compare_pair(d, p.type, p.other);
	}
	d->todo.n = 0;
	return same;
}

static void forget_supposed(struct dedup *d)
{
	for vec_each(&d->touched, id) {
		d->supposed[*id] = NONE;
	}
	d->touched.n = 0;
}

/* What was supposed was right: declarations have found their definitions, structs their like. */
static void keep_supposed(struct dedup *d)
{
	for vec_each(&d->touched, p) {
		uint32_t o = resolve(d, *p), t = resolve(d, d->supposed[*p]);
		const struct btf_type *ot = type(d, o), *tt = type(d, t);

		if (o == t)
			continue;
		if (btf_is(ot, BTF_BIT(FWD)) && btf_is(tt, BTF_STRUCTS)) {
			if (o >= d->first)
				d->map[o] = t;
		} else if (btf_is(tt, BTF_BIT(FWD)) && btf_is(ot, BTF_STRUCTS)) {
			d->map[t] = o;
		} else if (btf_is(tt, BTF_STRUCTS) && d->map[o] < BEGUN && d->map[t] == NONE) {
			d->map[t] = o;
		}
	}
}

static int dedup_struct(struct dedup *d, uint32_t id)
{
	const struct btf_type *t = type(d, id);
	uint64_t sum = sum_of(d, t);
	uint32_t other;
	int same;

	if (d->map[id] != NONE)
		return 0;
	for (other = d->head[sum & d->mask]; other; other = d->next[other]) {
		if (!btf_is(type(d, other), BTF_STRUCTS) || !same_outside(t, type(d, other)))
			continue;
		same = equivalent(d, id, other);
		if (same > 0)
			keep_supposed(d);
		forget_supposed(d);
		if (same < 0)
			return same;
		if (same) {
			d->map[id] = other;
			return 0;
		}
	}
	d->map[id] = id;
	remember(d, id, sum);
	return 0;
}

/* ---- forward declarations with one definition ---- */

/* The structs of a name: one, several (0), or none (no entry). */
static int index_definitions(struct dedup *d, struct hash *h)
{
	struct { uint32_t name, kind; } *keys = NULL, key;
	uint32_t id;
	int err = 0;

	keys = arena_alloc_array(&d->work->arena, d->n, sizeof(*keys));
	if (!keys)
		return -ENOMEM;
	for (id = 1; id < d->n && !err; id++) {
		const struct btf_type *t = type(d, id);
		uint64_t *have;

		if (!btf_is(t, BTF_STRUCTS) || !t->name_off || d->map[id] != id)
			continue;
		key.name = t->name_off;
		key.kind = btf_kind(t);
		have = hash_get(h, &key, sizeof(key));
		if (have) {
			*have = 0;
			continue;
		}
		keys[id] = key;
		err = hash_put(h, &keys[id], sizeof(key), id);
	}
	return err;
}

static int resolve_forwards(struct dedup *d)
{
	struct hash h;
	uint32_t id;
	int err;

	hash_init(&h, BTF_TYPE_MAX);
	err = index_definitions(d, &h);
	for (id = d->first; id < d->n && !err; id++) {
		const struct btf_type *t = type(d, id);
		struct { uint32_t name, kind; } key = {
			t->name_off, btf_kflag(t) ? BTF_UNION : BTF_STRUCT};
		uint64_t *have;

		if (!btf_is(t, BTF_BIT(FWD)) || d->map[id] != id)
			continue;
		have = hash_get(&h, &key, sizeof(key));
		if (have && *have)
			d->map[id] = (uint32_t)*have;
	}
	hash_done(&h);
	return err;
}

/* ---- the rest ---- */

struct unready {
	struct dedup *d;
	uint32_t id; /* the first that has to be done before */
};

static int find_unready(void *ctx, uint32_t *word)
{
	struct unready *u = ctx;

	if (u->d->map[*word] < BEGUN)
		return 0;
	u->id = *word;
	return 1;
}

static int replace_id(void *ctx, uint32_t *word)
{
	*word = resolve(ctx, *word);
	return 0;
}

/* All types it names are decided: it names them by what stands for them, and is looked up. */
static void dedup_reference(struct dedup *d, uint32_t id)
{
	struct btf_type *t = btf_build_edit(d->work, id);
	uint64_t sum;
	uint32_t other;

	btf_visit_ids(t, replace_id, d);
	sum = sum_words(d, t, btf_type_bytes(t));
	for (other = d->head[sum & d->mask]; other; other = d->next[other])
		if (same_record(t, type(d, other))) {
			d->map[id] = other;
			return;
		}
	d->map[id] = id;
	remember(d, id, sum);
}

static int dedup_references_of(struct dedup *d, uint32_t start)
{
	struct unready u = {.d = d};
	uint32_t id;

	d->touched.n = 0;
	if (vec_push(&d->touched, start))
		return -ENOMEM;
	while (d->touched.n) {
		id = vec_last(&d->touched);
		if (d->map[id] >= BEGUN && btf_visit_ids(btf_build_edit(d->work, id), find_unready, &u)) {
			if (d->map[u.id] == BEGUN)
				return -ELOOP;
			d->map[id] = BEGUN;
			if (vec_push(&d->touched, u.id))
				return -ENOMEM;
			continue;
		}
		if (d->map[id] >= BEGUN)
			dedup_reference(d, id);
		d->touched.n--;
	}
	return 0;
}

/* ---- the result ---- */

static int renumber(void *map, uint32_t *word)
{
	*word = ((uint32_t *)map)[*word];
	return 0;
}

static int copy_kept(struct dedup *d, struct btf_build *to, uint32_t *map)
{
	uint32_t id, made;

	for (id = 0; id < d->first; id++)
		map[id] = id;
	for (id = d->first; id < d->n; id++) {
		if (d->map[id] != id)
			continue;
		map[id] = btf_build_copy(to, d->b, type(d, id));
		if (!map[id])
			return btf_build_err(to);
	}
	for (id = d->first; id < d->n; id++)
		map[id] = map[resolve(d, id)];
	for (made = d->first; made < btf_count(btf_build_view(to)); made++)
		btf_visit_ids(btf_build_edit(to, made), renumber, map);
	return 0;
}

static int begin(struct dedup *d, const struct btf *b)
{
	uint32_t size = 64, id, first;
	int err;

	d->work = btf_build_new(b->base, 0);
	if (!d->work)
		return -ENOMEM;
	err = btf_build_append(d->work, b, &first);
	if (err)
		return err;
	d->b = btf_build_view(d->work);
	d->first = first;
	d->n = btf_count(d->b);
	d->steps = (uint64_t)d->n * STEPS_EACH;
	d->seed = (uintptr_t)d;
	d->touched.max = d->n + 1;
	d->todo.max = 1 << 28;
	while (size < d->n)
		size *= 2;
	d->mask = size - 1;
	d->map = mem_alloc_array(d->n, sizeof(*d->map));
	d->supposed = mem_alloc_array(d->n, sizeof(*d->supposed));
	d->next = mem_alloc_array(d->n, sizeof(*d->next));
	d->head = mem_alloc_array(size, sizeof(*d->head));
	if (!d->map || !d->supposed || !d->next || !d->head)
		return -ENOMEM;
	for (id = 0; id < d->n; id++) {
		d->map[id] = id < d->first ? id : NONE;
		d->supposed[id] = NONE;
		if (id && id < d->first)
			remember(d, id, sum_of(d, type(d, id)));
	}
	return 0;
}

static int run(struct dedup *d)
{
	uint32_t id;
	int err = 0;

	for (id = d->first; id < d->n; id++)
		if (btf_is(type(d, id), ALONE))
			dedup_alone(d, id);
	for (id = d->first; id < d->n && !err; id++)
		if (btf_is(type(d, id), BTF_STRUCTS))
			err = dedup_struct(d, id);
	if (!err)
		err = resolve_forwards(d);
	for (id = d->first; id < d->n; id++)
		if (btf_is(type(d, id), KEPT))
			d->map[id] = id;
	for (id = d->first; id < d->n && !err; id++)
		if (btf_is(type(d, id), REFERENCES))
			err = dedup_references_of(d, id);
	return err;
}

int btf_dedup(const struct btf *b, struct btf_build **ret_build, uint32_t **ret_map)
{
	struct dedup d = {0};
	struct btf_build *to = NULL;
	uint32_t *map = NULL;
	int err = btf_shape(b, NULL);

	if (!err)
		err = begin(&d, b);
	if (!err)
		err = run(&d);
	if (!err) {
		to = btf_build_new(b->base, 0);
		map = mem_alloc_array(d.n, sizeof(*map));
		err = to && map ? copy_kept(&d, to, map) : -ENOMEM;
	}
	btf_build_free(d.work);
	mem_free(d.map);
	mem_free(d.supposed);
	mem_free(d.next);
	mem_free(d.head);
	vec_done(&d.touched);
	vec_done(&d.todo);
	if (err) {
		btf_build_free(to);
		mem_free(map);
		return err;
	}
	*ret_build = to;
	*ret_map = map;
	return 0;
}
