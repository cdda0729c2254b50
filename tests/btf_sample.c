/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* See btf_sample.h. */
#include "btf_sample.h"
#include "test.h"

/* ---- every kind ---- */

/*
 * struct all {
 *	int a; char name[8]; unsigned lo : 3, hi : 5; enum color color; struct all *next;
 *	union { u64 wide; double real; }; enum big big; _Bool flag; int (*call)(int, ...); short tail[];
 * };
 */
static void build_sample(struct btf_build *bb)
{
	uint32_t i = btf_build_int(bb, "int", 4, BTF_INT_SIGNED);
	uint32_t u = btf_build_int(bb, "unsigned int", 4, 0);
	uint32_t ull = btf_build_int(bb, "unsigned long long", 8, 0);
	uint32_t c = btf_build_int(bb, "char", 1, BTF_INT_SIGNED);
	uint32_t bool_ = btf_build_int(bb, "_Bool", 1, BTF_INT_BOOL);
	uint32_t s = btf_build_int(bb, "short", 2, BTF_INT_SIGNED);
	uint32_t d = btf_build_float(bb, "double", 8);
	uint32_t u64 = btf_build_to(bb, BTF_TYPEDEF, "u64", ull);
	uint32_t name = btf_build_array(bb, c, u, 8);
	uint32_t tail = btf_build_array(bb, s, u, 0);
	uint32_t color = btf_build_enum(bb, BTF_ENUM, "color", 4, false);
	uint32_t big = btf_build_enum(bb, BTF_ENUM64, "big", 8, true);
	uint32_t all = btf_build_struct(bb, BTF_STRUCT, "all", 72);
	uint32_t next = btf_build_to(bb, BTF_PTR, NULL, all);
	uint32_t either = btf_build_struct(bb, BTF_UNION, NULL, 8);
	uint32_t proto = btf_build_proto(bb, i), call = btf_build_to(bb, BTF_PTR, NULL, proto);
	uint32_t fwd = btf_build_fwd(bb, "elsewhere", false), func, var, data, tagged;

	btf_build_value(bb, color, "RED", 1);
	btf_build_value(bb, color, "GREEN", 2);
	btf_build_value(bb, color, "BLUE", 4000000000);
	btf_build_value(bb, big, "HUGE", INT64_C(0x123456789a));
	btf_build_value(bb, big, "LESS", -2);
	btf_build_member(bb, either, "wide", u64, 0, 0);
	btf_build_member(bb, either, "real", d, 0, 0);
	btf_build_param(bb, proto, "x", i);
	btf_build_param(bb, proto, NULL, 0);
	btf_build_member(bb, all, "a", i, 0, 0);
	btf_build_member(bb, all, "name", name, 32, 0);
	btf_build_member(bb, all, "lo", u, 96, 3);
	btf_build_member(bb, all, "hi", u, 99, 5);
	btf_build_member(bb, all, "color", color, 128, 0);
	btf_build_member(bb, all, "next", next, 192, 0);
	btf_build_member(bb, all, NULL, either, 256, 0);
	btf_build_member(bb, all, "big", big, 320, 0);
	btf_build_member(bb, all, "flag", bool_, 384, 0);
	btf_build_member(bb, all, "call", call, 448, 0);
	btf_build_member(bb, all, "tail", tail, 512, 0);

	func = btf_build_proto(bb, 0);
	btf_build_param(bb, func, "from",
			btf_build_to(bb, BTF_PTR, NULL,
				     btf_build_to(bb, BTF_TYPE_TAG, "user",
						  btf_build_to(bb, BTF_CONST, NULL, c))));
	btf_build_param(bb, func, "to",
			btf_build_to(bb, BTF_RESTRICT, NULL,
				     btf_build_to(bb, BTF_PTR, NULL,
						  btf_build_to(bb, BTF_VOLATILE, NULL, fwd))));
	func = btf_build_func(bb, "copy", func, BTF_GLOBAL);
	btf_build_decl_tag(bb, "bpf_kfunc", func, -1);
	btf_build_decl_tag(bb, "first", func, 0);
	tagged = btf_build_decl_tag(bb, "on.member", all, 1);
	(void)tagged;
	var = btf_build_var(bb, "counter", u64, BTF_GLOBAL);
	data = btf_build_datasec(bb, ".data", 80);
	btf_build_secinfo(bb, data, var, 0, 8);
	btf_build_secinfo(bb, data, btf_build_var(bb, "whole", all, BTF_STATIC), 8, 72);
}

void btf_sample_bytes(struct str *s)
{
	struct btf_build *bb = btf_build_new(NULL, 0);

	str_init(s, 1 << 20);
	if (!bb)
		return;
	build_sample(bb);
	if (btf_build_bytes(bb, s))
		str_cut(s, 0);
	btf_build_free(bb);
}

struct btf *btf_sample(void)
{
	struct btf *b = NULL;
	struct str s;
	int err;

	btf_sample_bytes(&s);
	err = s.n ? btf_read(s.s, s.n, NULL, NULL, &b) : -ENOMEM;
	str_done(&s);
	if (err && !test_oom())
		FAIL("the sample cannot be read: %d", err);
	return b;
}

struct btf *btf_of_file(const char *path)
{
	struct btf *b = NULL;

	if (btf_open(path, NULL, NULL, &b) && !test_oom())
		FAIL("%s cannot be opened", path);
	return b;
}

/* ---- random ones ---- */

static uint32_t below(uint64_t *state, uint32_t n)
{
	return n ? (uint32_t)(test_random(state) % n) : 0;
}

static uint32_t some_type(uint64_t *state, uint32_t have)
{
	return 1 + below(state, have);
}

static void add_struct(struct btf_build *bb, uint64_t *state, uint32_t have, const char *name)
{
	const struct btf *b = btf_build_view(bb);
	uint32_t id = btf_build_struct(bb, below(state, 3) ? BTF_STRUCT : BTF_UNION, name, 0);
	uint32_t n = below(state, 6), i, at = 0, most = 0;
	bool is_union = btf_kind_of(b, id) == BTF_UNION;

	for (i = 0; i < n; i++) {
		static const char *const names[] = {"a", "b", "c", "dd", "e_f", "g"};
		uint32_t type = some_type(state, have);
		int64_t size = btf_size(b, type);

		if (size < 0 || size > 4096 || btf_is(btf_type(b, type), BTF_BIT(VAR) |
						      BTF_BIT(DATASEC) | BTF_BIT(DECL_TAG)))
			continue;
		at = (at + 7) & ~7u;
		btf_build_member(bb, id, names[i], type, is_union ? 0 : at * 8, 0);
		most = MAX(most, (uint32_t)size);
		at += (uint32_t)size;
	}
	if (btf_build_err(bb))
		return;
	btf_build_edit(bb, id)->size = ALIGN_UP(is_union ? most : at, 8u);
}

static void add_proto(struct btf_build *bb, uint64_t *state, uint32_t have)
{
	const struct btf *b = btf_build_view(bb);
	uint32_t id = btf_build_proto(bb, below(state, 2)), n = below(state, 4), i;

	for (i = 0; i < n; i++) {
		uint32_t type = some_type(state, have);

		if (btf_is(btf_type(b, type), BTF_BIT(INT) | BTF_BIT(PTR) | BTF_STRUCTS))
			btf_build_param(bb, id, i % 2 ? "p" : "q", type);
	}
	btf_build_func(bb, "fn", id, (enum btf_linkage)below(state, 2));
}

static void add_random(struct btf_build *bb, uint64_t *state)
{
	static const char *const names[] = {"s1", "s2", "t_one", "t_two", "anything", NULL};
	static const enum btf_kind to[] = {BTF_PTR, BTF_CONST, BTF_VOLATILE, BTF_PTR};
	const struct btf *b = btf_build_view(bb);
	uint32_t have = btf_count(b) - 1, type = some_type(state, have), e;
	const char *name = names[below(state, 5)];
	int64_t size = btf_size(b, type);

	switch (below(state, 7)) {
	case 0:
		if (!btf_is(btf_type(b, type), BTF_BIT(VAR) | BTF_BIT(FUNC)))
			btf_build_to(bb, to[below(state, 4)], NULL, type);
		break;
	case 1:
		if (size >= 0 && size < 1024 && !btf_is(btf_type(b, type), BTF_BIT(VAR)))
			btf_build_array(bb, type, 1, below(state, 5));
		break;
	case 2:
		if (!btf_is(btf_type(b, type), BTF_BIT(VAR) | BTF_BIT(FUNC)))
			btf_build_to(bb, BTF_TYPEDEF, name, type);
		break;
	case 3:
		e = btf_build_enum(bb, BTF_ENUM, names[below(state, 6)], 4, below(state, 2));
		btf_build_value(bb, e, "ONE", 1);
		btf_build_value(bb, e, "TWO", below(state, 3));
		break;
	case 4:
		add_proto(bb, state, have);
		break;
	case 5:
		btf_build_fwd(bb, "declared", below(state, 2));
		break;
	default:
		add_struct(bb, state, have, names[below(state, 6)]);
		break;
	}
}

void btf_random_bytes(uint64_t *state, int most, struct str *s)
{
	struct btf_build *bb = btf_build_new(NULL, 0);
	int n = 1 + (int)below(state, (uint32_t)most);

	str_init(s, 1 << 24);
	if (!bb)
		return;
	btf_build_int(bb, "int", 4, BTF_INT_SIGNED);
	btf_build_int(bb, "char", 1, BTF_INT_SIGNED);
	btf_build_int(bb, "unsigned long", 8, 0);
	while (n-- > 0)
		add_random(bb, state);
	if (btf_build_bytes(bb, s))
		str_cut(s, 0);
	btf_build_free(bb);
}

/* ---- faults ---- */

static void change_word(uint64_t *state, uint8_t *at)
{
	static const uint32_t edges[] = {0, 1, 2, 3, 7, 8, 16, 31, 32, 33, 64, 127, 128, 0xff, 0xffff,
					 0x100000, 0xfffff, 0xffffff, 0x1000000, 0x80000000,
					 0xffffffff, 0x01000020, 0x02000008, 0x84000002};
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	switch (below(state, 6)) {
	case 0:
		v = edges[below(state, ARRAY_LEN(edges))];
		break;
	case 1:
		v ^= 1u << below(state, 32);
		break;
	case 2:
		v += below(state, 5) - 2;
		break;
	case 3: /* another kind */
		v = (v & 0x80ffffff) | below(state, 21) << 24;
		break;
	case 4: /* more or fewer parts */
		v = (v & ~0xffffu) | below(state, 5);
		break;
	default:
		v = below(state, 48);
		break;
	}
	memcpy(at, &v, sizeof(v));
}

void btf_break(uint64_t *state, uint8_t *bytes, size_t *n)
{
	uint32_t times = 1 + below(state, 2), words = (uint32_t)*n / 4;

	while (times--) {
		if (!below(state, 40)) {
			*n -= below(state, 20);
			words = (uint32_t)*n / 4;
		} else if (!below(state, 12)) { /* a name's byte */
			bytes[*n - 1 - below(state, 100)] = (uint8_t)test_random(state);
		} else {
			change_word(state, bytes + 4 * (below(state, 10) ? 6 + below(state, words - 6)
									 : below(state, 6)));
		}
	}
}
