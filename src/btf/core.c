/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a CO-RE relocation comes to: the candidates in the target for the local type, those of them
 * that match, and the one value that all of these must agree on.
 *
 * kernel and libbpf: bpf_core_calc_relo_insn(). Candidates that did not match while others did are
 * forgotten for all later relocations of the same local type, as there: two flavours of a struct of
 * which only one has the first field asked for are not ambiguous afterwards.
 */
#include "btf/impl.h"

enum { CANDIDATES_MAX = 1 << 16, MEMORY_MAX = 64 << 20, MODULES_MAX = 1 << 16 };

struct candidate {
	const struct btf *b; /* borrowed */
	uint32_t id;
};

struct key {
	const struct btf *local;
	uint64_t type;
};

struct candidates {
	struct key key;
	VEC(struct candidate) of; /* arena */
};

struct btf_core {
	const struct btf *target; /* borrowed */
	btf_core_more_fn *more;
	void *ctx;
	struct arena arena;
	struct hash found; /* key -> struct candidates, by its address */
};

struct btf_core *btf_core_new(const struct btf *target, btf_core_more_fn *more, void *ctx)
{
	struct btf_core *c = mem_alloc(sizeof(*c));

	if (!c)
		return NULL;
	c->target = target;
	c->more = more;
	c->ctx = ctx;
	arena_init(&c->arena, MEMORY_MAX);
	hash_init(&c->found, CANDIDATES_MAX);
	return c;
}

void btf_core_free(struct btf_core *c)
{
	if (!c)
		return;
	hash_done(&c->found);
	arena_done(&c->arena);
	mem_free(c);
}

/* ---- candidates ---- */

static int add_own(struct candidates *cs, const struct btf *b, const struct btf_type *local,
		   const char *name)
{
	uint32_t kinds = btf_is(local, BTF_ENUMS) ? (uint32_t)BTF_ENUMS : 1u << btf_kind(local);
	size_t len = btf_core_essential(name);
	uint32_t id = 0;

	if (!index_names(b, 0))
		return -ENOMEM;
	while ((id = find_essential(b, name, len, kinds, id)))
		if (vec_push(&cs->of, (struct candidate){b, id}))
			return -ENOMEM;
	return 0;
}

static int add_all(struct btf_core *c, struct candidates *cs, const struct btf_type *local,
		   const char *name)
{
	const struct btf *b;
	uint32_t i;
	int err = 0;

	/* The deepest base first: its ids are the lowest. */
	if (c->target && c->target->base)
		err = add_own(cs, c->target->base, local, name);
	if (c->target && !err)
		err = add_own(cs, c->target, local, name);
	if (cs->of.n || !c->more)
		return err;
	for (i = 0; !err && i < MODULES_MAX; i++) {
		err = c->more(c->ctx, i, &b);
		if (!err)
			err = add_own(cs, b, local, name);
	}
	return err == 1 ? 0 : err;
}

static int find_candidates(struct btf_core *c, const struct btf *local, uint32_t type,
			   struct candidates **ret_cs)
{
	const struct btf_type *t = btf_type(local, type);
	struct key key = {local, type};
	uint64_t *have = hash_get(&c->found, &key, sizeof(key));
	struct candidates *cs;
	int err;

	if (have) {
		*ret_cs = (struct candidates *)(uintptr_t)*have;
		return 0;
	}
	cs = arena_new(&c->arena, struct candidates);
	if (!cs)
		return -ENOMEM;
	cs->key = key;
	cs->of.max = CANDIDATES_MAX;
	cs->of.arena = &c->arena;
	err = add_all(c, cs, t, btf_str(local, t->name_off));
	if (!err)
		err = hash_put(&c->found, &cs->key, sizeof(cs->key), (uintptr_t)cs);
	if (!err)
		*ret_cs = cs;
	return err;
}

/* ---- values ---- */

/* What one side says. */
struct side {
	uint64_t value;
	uint32_t size, type;
	bool validate;
};

static int element_value(const struct btf_core_spec *spec, struct side *ret)
{
	const struct btf_core_step *last = &spec->step[spec->n - 1];
	int64_t size = btf_size(spec->b, last->type);

	if (size < 0 || (spec->kind != BTF_CORE_FIELD_BYTE_OFFSET &&
			 spec->kind != BTF_CORE_FIELD_BYTE_SIZE))
		return -EINVAL;
	if (spec->kind == BTF_CORE_FIELD_BYTE_SIZE)
		*ret = (struct side){.value = (uint64_t)size, .validate = true};
	else
		*ret = (struct side){spec->bit_off / 8, (uint32_t)size, last->type, true};
	return 0;
}

/* The load that has all of the field's bits. */
struct load {
	uint32_t byte_off, bytes, bits;
};

/* Loads are of 1, 2, 4 or 8 bytes, aligned to that. */
static int bitfield_load(const struct btf_core_spec *spec, const struct btf_type *t, uint32_t bits,
			 struct load *ret)
{
	uint32_t bytes;

	if (!btf_is(t, BTF_ENUMS | BTF_BIT(INT)) || !t->size)
		return -EINVAL;
	for (bytes = t->size;; bytes *= 2) {
		uint32_t off = spec->bit_off / 8 / bytes * bytes;

		*ret = (struct load){off, bytes, bits};
		if (spec->bit_off + bits - off * 8 <= bytes * 8)
			return 0;
		if (bytes >= 8)
			return -E2BIG;
	}
}

static uint64_t left_shift(const struct btf_core_spec *spec, const struct load *l)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return 64u - (spec->bit_off + l->bits - l->byte_off * 8);
#else
	return (8u - l->bytes) * 8 + (spec->bit_off - l->byte_off * 8);
#endif
}

static int field_value(const struct btf_core_spec *spec, struct side *ret)
{
	const struct btf_core_step *last;
	const struct btf_type *in, *t;
	uint32_t type, bits;
	struct load l;
	int64_t size;
	int err;

	last = &spec->step[spec->n - 1];
	if (!last->name)
		return element_value(spec, ret);
	in = btf_type(spec->b, last->type);
	type = btf_resolve(spec->b, btf_members(in)[last->index].type);
	t = btf_type(spec->b, type);
	bits = btf_member_bits(in, last->index);
	if (bits) {
		err = bitfield_load(spec, t, bits, &l);
		if (err)
			return err;
	} else {
		size = btf_size(spec->b, type);
		if (size < 0)
			return -EINVAL;
		l = (struct load){spec->bit_off / 8, (uint32_t)size, (uint32_t)size * 8};
	}
	*ret = (struct side){.validate = !bits};
	switch ((enum btf_core_kind)spec->kind) {
	case BTF_CORE_FIELD_BYTE_OFFSET:
		ret->value = l.byte_off;
		ret->size = bits ? 0 : l.bytes;
		ret->type = bits ? 0 : type;
		return 0;
	case BTF_CORE_FIELD_BYTE_SIZE:
		ret->value = l.bytes;
		return 0;
	case BTF_CORE_FIELD_SIGNED:
		ret->value = btf_signed(spec->b, type);
		ret->validate = true;
		return 0;
	case BTF_CORE_FIELD_LSHIFT_U64:
		ret->value = left_shift(spec, &l);
		return 0;
	case BTF_CORE_FIELD_RSHIFT_U64:
		ret->value = 64u - l.bits;
		ret->validate = true;
		return 0;
	case BTF_CORE_FIELD_EXISTS:
	case BTF_CORE_TYPE_ID_LOCAL:
	case BTF_CORE_TYPE_ID_TARGET:
	case BTF_CORE_TYPE_EXISTS:
	case BTF_CORE_TYPE_SIZE:
	case BTF_CORE_ENUMVAL_EXISTS:
	case BTF_CORE_ENUMVAL_VALUE:
	case BTF_CORE_TYPE_MATCHES:
	case _BTF_CORE_MAX:
		break;
	}
	return -EINVAL;
}

static int type_value(const struct btf_core_spec *spec, struct side *ret)
{
	int64_t size;

	*ret = (struct side){.value = 1, .validate = true};
	if (spec->kind == BTF_CORE_TYPE_ID_TARGET) {
		*ret = (struct side){.value = spec->root}; /* linkers change it unseen */
	} else if (spec->kind == BTF_CORE_TYPE_SIZE) {
		size = btf_size(spec->b, spec->root);
		if (size < 0)
			return -EINVAL;
		ret->value = (uint64_t)size;
	}
	return 0;
}

static uint64_t enumerator_value(const struct btf_core_spec *spec)
{
	const struct btf_type *t = btf_type(spec->b, spec->step[0].type);

	/* The kernel's enums are 32 bits with a sign, whatever they say. */
	if (btf_kind(t) == BTF_ENUM)
		return (uint64_t)(int64_t)btf_enums(t)[spec->step[0].index].val;
	return (uint64_t)btf_enum_value(t, spec->step[0].index);
}

/* spec NULL: there is nothing in the target. 1: then the instruction has no meaning. */
static int side_value(unsigned kind, const struct btf_core_spec *spec, struct side *ret)
{
	*ret = (struct side){.validate = true};
	if (kind == BTF_CORE_FIELD_EXISTS || kind == BTF_CORE_ENUMVAL_EXISTS)
		ret->value = spec != NULL;
	else if (!spec)
		return core_about(kind) == ABOUT_TYPE ? 0 : 1;
	else if (core_about(kind) == ABOUT_FIELD)
		return field_value(spec, ret);
	else if (core_about(kind) == ABOUT_TYPE)
		return type_value(spec, ret);
	else
		ret->value = enumerator_value(spec);
	return 0;
}

/*
 * A load or store may be given another size where reading with zeros above keeps the value: for
 * pointers and unsigned integers.
 */
static bool size_may_change(const struct btf *a, uint32_t a_id, const struct btf *b, uint32_t b_id)
{
	const struct btf_type *x = btf_type(a, a_id), *y = btf_type(b, b_id);

	if (btf_is(x, BTF_BIT(PTR)) && btf_is(y, BTF_BIT(PTR)))
		return true;
	return btf_is(x, BTF_BIT(INT)) && btf_is(y, BTF_BIT(INT)) &&
	       BTF_INT_ENCODING(*btf_word(x)) != BTF_INT_SIGNED &&
	       BTF_INT_ENCODING(*btf_word(y)) != BTF_INT_SIGNED;
}

/* The value of one candidate; target NULL: there is none. */
static int calculate(const struct btf_core_spec *local, const struct btf_core_spec *target,
		     struct btf_core_result *r)
{
	struct side old, new = {0};
	int err = side_value(local->kind, local, &old);

	if (!err)
		err = side_value(local->kind, target, &new);
	if (err < 0)
		return err;
	r->old_value = old.value;
	r->old_size = old.size;
	r->old_type = old.type;
	r->validate = old.validate;
	r->new_value = new.value;
	r->new_size = new.size;
	r->new_type = new.type;
	r->poison = err;
	r->fail_mem_size = target && !err && old.size != new.size &&
			   !size_may_change(local->b, old.type, target->b, new.type);
	return 0;
}

/* ---- one relocation ---- */

static int report(struct diag *d, struct diag_where where, const struct btf_core_spec *local,
		  const struct btf_core_spec *target, int err, const char *what)
{
	struct str a, b;

	str_init(&a, 4096);
	str_init(&b, 4096);
	btf_core_spec_text(local, &a);
	diag_error(d, "btf.core", where, "CO-RE relocation %s: %s", a.s, what);
	if (target) {
		btf_core_spec_text(target, &b);
		diag_note(d, DIAG_NONE, "candidate %s", b.s);
	}
	str_done(&a);
	str_done(&b);
	return err;
}

/* Whether a second candidate says the same as the first. */
static const char *disagreement(const struct btf_core_result *r, const struct btf_core_spec *spec,
				const struct btf_core_result *other)
{
	if (spec->bit_off != r->target.bit_off)
		return "the candidates in the target have the field at different offsets";
	if (other->poison != r->poison || other->new_value != r->new_value)
		return "the candidates in the target give different values";
	return NULL;
}

static int resolve(struct candidates *cs, struct diag_where where, struct diag *d,
		   struct btf_core_result *r)
{
	struct btf_core_result other = {.local.kind = r->local.kind};
	struct btf_core_spec spec;
	const char *fault;
	size_t i, kept = 0;
	int err;

	assert(!cs->of.n || cs->of.at);
	for (i = 0; i < cs->of.n; i++) {
		err = btf_core_match(&r->local, cs->of.at[i].b, cs->of.at[i].id, &spec);
		if (!err)
			continue;
		if (err > 0)
			err = calculate(&r->local, &spec, kept ? &other : r);
		if (err < 0)
			return report(d, where, &r->local, &spec, err, "cannot be decided");
		if (!kept) {
			r->target = spec;
			r->target_btf = cs->of.at[i].b;
			r->has_target = true;
		} else if ((fault = disagreement(r, &spec, &other))) {
			return report(d, where, &r->local, &spec, -EINVAL, fault);
		}
		cs->of.at[kept++] = cs->of.at[i];
	}
	r->candidates = (uint32_t)kept;
	if (kept) {
		cs->of.n = kept;
		return 0;
	}
	err = calculate(&r->local, NULL, r);
	return err ? report(d, where, &r->local, NULL, err, "cannot be decided") : 0;
}

int btf_core_resolve(struct btf_core *c, const struct btf *local, const struct btf_core_relo *relo,
		     struct diag_where where, struct diag *d, struct btf_core_result *ret_result)
{
	struct btf_core_result r = {0};
	const struct btf_type *t = btf_type(local, relo->type);
	struct candidates *cs = NULL;
	int err;

	if (!t)
		return diag_error(d, "btf.core", where,
				  "a CO-RE relocation is of type [%u], which there is not",
				  relo->type);
	err = btf_core_spec_parse(local, relo->type, btf_str(local, relo->access_off), relo->kind,
				  &r.local);
	if (err)
		return diag_error(d, "btf.core", where,
				  "a CO-RE relocation (kind %u, %s) of [%u] '%s' has the access "
				  "string '%s', which does not lead anywhere",
				  relo->kind, btf_core_kind_name(relo->kind), relo->type,
				  btf_name(local, relo->type), btf_str(local, relo->access_off));
	if (relo->kind == BTF_CORE_TYPE_ID_LOCAL) {
		r.old_value = r.new_value = relo->type;
		*ret_result = r;
		return 0;
	}
	if (!*btf_name(local, relo->type))
		return report(d, where, &r.local, NULL, -EINVAL, "its type has no name");
	err = find_candidates(c, local, relo->type, &cs);
	if (err) {
		diag_error(d, "btf.core", where, "cannot look for types: %s", strerror(-err));
		return err;
	}
	err = resolve(cs, where, d, &r);
	if (!err)
		*ret_result = r;
	return err;
}
