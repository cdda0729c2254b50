/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Of a kernel's BTF what some objects' CO-RE relocations look at, and no more: some hundred bytes
 * that can be shipped to where a kernel has none.
 *
 * Every relocation is resolved, and what its answer went through is marked: structs with the
 * members on the way, their types, pointers without what they lead to. Types that a relocation asks
 * for as a whole are marked as wholes.
 */
#include "obj/impl.h"

struct member {
	uint32_t type, index;
};

struct minimum {
	const struct btf *b;
	struct diag *d;
	uint8_t *used;      /* owned: [id] */
	uint32_t *new_id;   /* owned: [id] */
	struct hash marked; /* members: their struct member, borrowed from `arena` */
	struct arena arena;
	struct btf_build *out;
	int err; /* the first failure sticks */
};

static void member_mark(struct minimum *x, uint32_t type, uint32_t index)
{
	struct member *m = arena_new(&x->arena, struct member);

	if (!m) {
		x->err = x->err ? x->err : x->arena.err;
		return;
	}
	*m = (struct member){type, index};
	if (!hash_get(&x->marked, m, sizeof(*m)) && hash_put(&x->marked, m, sizeof(*m), 0))
		x->err = x->err ? x->err : -ENOMEM;
}

/* Up to the first that is no alias: its id. Pointers end it, too. */
static uint32_t aliases_mark(struct minimum *x, uint32_t id)
{
	for (int depth = 0; depth < BTF_DEPTH_MAX && id < btf_count(x->b); depth++) {
		const struct btf_type *t = btf_type(x->b, id);

		x->used[id] = 1;
		if (!btf_is(t, BTF_ALIASES))
			break;
		id = t->type;
	}
	return id < btf_count(x->b) ? id : 0;
}

/* The type of a field, or one that is asked for: with what it is made of, but for members. */
static void type_mark(struct minimum *x, uint32_t id, int depth)
{
	const struct btf_type *t;

	id = aliases_mark(x, id);
	t = btf_type(x->b, id);
	if (!btf_is(t, BTF_BIT(ARRAY)) || depth > BTF_DEPTH_MAX)
		return;
	type_mark(x, btf_array(t)->elem, depth + 1);
	type_mark(x, btf_array(t)->index, depth + 1);
}

static void field_mark(struct minimum *x, const struct btf_core_spec *s)
{
	uint32_t id = aliases_mark(x, s->root);

	for (uint32_t i = 1; i < s->raw_n; i++) {
		const struct btf_type *t = btf_type(x->b, id);

		if (btf_is(t, BTF_STRUCTS) && s->raw[i] < btf_vlen(t)) {
			member_mark(x, id, s->raw[i]);
			id = btf_members(t)[s->raw[i]].type;
		} else if (btf_is(t, BTF_BIT(ARRAY))) {
			type_mark(x, btf_array(t)->index, 0);
			id = btf_array(t)->elem;
		} else {
			break;
		}
		id = aliases_mark(x, id);
	}
	type_mark(x, id, 0);
}

/* What a match looks at: all members, and of what is behind pointers the names. */
static void match_mark(struct minimum *x, uint32_t id, bool behind, int depth)
{
	const struct btf_type *t;

	id = aliases_mark(x, id);
	t = btf_type(x->b, id);
	if (!t || depth > BTF_DEPTH_MAX)
		return;
	switch ((int)btf_kind(t)) {
	case BTF_STRUCT:
	case BTF_UNION:
		for (uint32_t i = 0; !behind && i < btf_vlen(t); i++) {
			member_mark(x, id, i);
			match_mark(x, btf_members(t)[i].type, false, depth + 1);
		}
		break;
	case BTF_PTR:
		match_mark(x, t->type, true, depth + 1);
		break;
	case BTF_ARRAY:
		match_mark(x, btf_array(t)->elem, behind, depth + 1);
		match_mark(x, btf_array(t)->index, behind, depth + 1);
		break;
	case BTF_FUNC_PROTO:
		match_mark(x, t->type, true, depth + 1);
		for (uint32_t i = 0; i < btf_vlen(t); i++)
			match_mark(x, btf_params(t)[i].type, true, depth + 1);
		break;
	}
}

static void answer_mark(struct minimum *x, const struct btf_core_result *r)
{
	if (!r->has_target || r->target_btf != x->b)
		return;
	switch ((enum btf_core_kind)r->target.kind) {
	case BTF_CORE_FIELD_BYTE_OFFSET:
	case BTF_CORE_FIELD_BYTE_SIZE:
	case BTF_CORE_FIELD_EXISTS:
	case BTF_CORE_FIELD_SIGNED:
	case BTF_CORE_FIELD_LSHIFT_U64:
	case BTF_CORE_FIELD_RSHIFT_U64:
		field_mark(x, &r->target);
		break;
	case BTF_CORE_TYPE_ID_LOCAL:
	case BTF_CORE_TYPE_ID_TARGET:
	case BTF_CORE_TYPE_EXISTS:
	case BTF_CORE_TYPE_SIZE:
	case BTF_CORE_ENUMVAL_EXISTS:
	case BTF_CORE_ENUMVAL_VALUE:
		type_mark(x, r->target.root, 0);
		break;
	case BTF_CORE_TYPE_MATCHES:
		match_mark(x, r->target.root, false, 0);
		break;
	case _BTF_CORE_MAX:
		break;
	}
}

static int object_mark(struct minimum *x, const struct obj *o, struct btf_core *core,
		       struct btf_core_result *r)
{
	for vec_each(&o->prog, p) {
		for (uint32_t i = 0; i < p->n_cores; i++) {
			struct btf_core_relo relo = {.insn_off = p->core[i].insn * 8,
						     .type = p->core[i].type,
						     .access_off = p->core[i].access_off,
						     .kind = p->core[i].kind};
			int err = btf_core_resolve(core, o->btf, &relo,
						   diag_pc(p->name, p->core[i].insn), x->d, r);

			if (err)
				return err;
			answer_mark(x, r);
		}
	}
	return x->err;
}

/* ---- what is marked, built anew ---- */

static int id_renumber(void *ctx, uint32_t *word)
{
	const struct minimum *x = ctx;

	*word = *word < btf_count(x->b) ? x->new_id[*word] : 0;
	return 0;
}

static void types_copy(struct minimum *x)
{
	for btf_each(x->b, id) {
		const struct btf_type *t = btf_type(x->b, id);

		if (!x->used[id])
			continue;
		x->new_id[id] =
			btf_is(t, BTF_STRUCTS)
				? btf_build_struct(x->out, btf_kind(t), btf_name(x->b, id), t->size)
				: btf_build_copy(x->out, x->b, t);
	}
}

static void members_copy(struct minimum *x)
{
	for btf_each(x->b, id) {
		const struct btf_type *t = btf_type(x->b, id);

		if (!x->used[id] || !btf_is(t, BTF_STRUCTS))
			continue;
		for (uint32_t i = 0; i < btf_vlen(t); i++) {
			struct member m = {id, i};

			if (hash_get(&x->marked, &m, sizeof(m)))
				btf_build_member(x->out, x->new_id[id],
						 btf_str(x->b, btf_members(t)[i].name_off),
						 x->new_id[btf_members(t)[i].type],
						 btf_member_bit_offset(t, i),
						 btf_member_bits(t, i));
		}
	}
}

static int build(struct minimum *x, struct obj_bytes *ret_bytes)
{
	struct str bytes;
	int err;

	types_copy(x);
	for btf_each(x->b, id) {
		if (x->new_id[id] && !btf_is(btf_type(x->b, id), BTF_STRUCTS))
			btf_visit_ids(btf_build_edit(x->out, x->new_id[id]), id_renumber, x);
	}
	members_copy(x);
	str_init(&bytes, BTF_SIZE_MAX);
	err = btf_build_err(x->out);
	if (!err)
		err = btf_build_bytes(x->out, &bytes);
	if (!err) {
		ret_bytes->data = mem_alloc(bytes.n);
		ret_bytes->size = bytes.n;
		err = ret_bytes->data ? 0 : -ENOMEM;
	}
	if (!err)
		memcpy(ret_bytes->data, bytes.s, bytes.n);
	str_done(&bytes);
	return err;
}

static int mark(struct minimum *x, struct obj *const *objs, size_t n)
{
	struct btf_core *core = btf_core_new(x->b, NULL, NULL);
	struct btf_core_result *r = mem_alloc(sizeof(*r));
	int err = core && r ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && !err; i++)
		err = object_mark(x, objs[i], core, r);
	btf_core_free(core);
	mem_free(r);
	return err;
}

int obj_min_core_btf(struct obj *const *objs, size_t n, const struct btf *vmlinux, struct diag *d,
		     struct obj_bytes *ret_bytes)
{
	struct minimum x = {.b = vmlinux, .d = d, .out = btf_build_new(NULL, 0)};
	int err;

	arena_init(&x.arena, OBJ_MEMORY_MAX);
	hash_init(&x.marked, OBJ_RELOCS_MAX);
	x.used = mem_alloc(btf_count(vmlinux));
	x.new_id = mem_alloc_array(btf_count(vmlinux), sizeof(*x.new_id));
	err = x.out && x.used && x.new_id ? mark(&x, objs, n) : -ENOMEM;
	if (!err)
		err = build(&x, ret_bytes);
	if (err == -ENOMEM || err == -E2BIG)
		diag_error(d, "obj.memory", DIAG_NONE, "out of memory");
	btf_build_free(x.out);
	mem_free(x.used);
	mem_free(x.new_id);
	hash_done(&x.marked);
	arena_done(&x.arena);
	return err;
}
