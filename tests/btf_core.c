/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * CO-RE: the types of an object, and those of kernels that differ from them in one way each. What must
 * come out is what libbpf's documentation and source say; tests/obj_* compare patched instructions with
 * libbpf itself.
 */
#include "btf_sample.h"
#include "test.h"

/* The types of one side, by letters; 0 where they are not made. */
struct side {
	struct btf_build *bb; /* owned */
	uint32_t u32, s32, u64, c, e;
};

static bool begin(struct side *s)
{
	*s = (struct side){.bb = btf_build_new(NULL, 0)};
	if (!s->bb)
		return false;
	s->u32 = btf_build_int(s->bb, "unsigned int", 4, 0);
	s->s32 = btf_build_int(s->bb, "int", 4, BTF_INT_SIGNED);
	s->u64 = btf_build_int(s->bb, "unsigned long", 8, 0);
	s->c = btf_build_int(s->bb, "char", 1, BTF_INT_SIGNED);
	return true;
}

static uint32_t structure(struct side *s, const char *name, uint32_t size)
{
	return btf_build_struct(s->bb, BTF_STRUCT, name, size);
}

static void member(struct side *s, uint32_t in, const char *name, uint32_t type, uint32_t off,
		   uint32_t bits)
{
	btf_build_member(s->bb, in, name, type, off, bits);
}

struct run {
	struct side local;
	struct btf *b, *target; /* owned */
	struct btf_core *core;	/* owned */
	struct diag d;
	struct btf_core_result r;
	int err;
};

/* Both sides are whole. */
static bool meet(struct run *run, struct side *target)
{
	bool ok = !btf_build_done(run->local.bb, &run->b) &&
		  !btf_build_done(target->bb, &run->target) &&
		  (run->core = btf_core_new(run->target, NULL, NULL));

	diag_init(&run->d, 10);
	btf_build_free(target->bb);
	CHECK(ok || test_oom());
	return ok;
}

static void finish(struct run *run)
{
	btf_core_free(run->core);
	btf_build_free(run->local.bb);
	btf_unref(run->b);
	btf_unref(run->target);
	diag_done(&run->d);
}

/* The access string must be among the names: it was put there by `access`. */
static bool resolve(struct run *run, uint32_t type, const char *access, unsigned kind)
{
	struct btf_core_relo relo = {.type = type, .kind = kind};

	relo.access_off = btf_build_str(run->local.bb, access);
	run->r = (struct btf_core_result){0};
	run->err = btf_core_resolve(run->core, run->b, &relo, DIAG_NONE, &run->d, &run->r);
	return !run->err;
}

#define EXPECT(run, type, access, kind, new_) \
	do { \
		if (resolve(run, type, access, BTF_CORE_##kind)) { \
			CHECK(!(run)->r.poison); \
			CHECK_EQ((run)->r.new_value, new_); \
		} else { \
			CHECK(test_oom()); \
		} \
	} while (0)
#define EXPECT_POISON(run, type, access, kind) \
	CHECK(resolve(run, type, access, BTF_CORE_##kind) ? (run)->r.poison : test_oom())

static const char *const accesses[] = {"0", "0:0", "0:1", "0:2", "0:3", "0:4", "0:1:3", "0:1:9",
				       "0:2:0", "0:2:1", "1:0", "0:5", "1", "2", "3", "0:6", "0:5:9"};

static void names(struct side *s)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(accesses); i++)
		btf_build_str(s->bb, accesses[i]);
}

/*
 * struct task___mine { unsigned pid; char comm[8]; union { unsigned long x; int y; }; unsigned flags : 3;
 *	struct task *up; char tail[]; };
 */
static uint32_t local_task(struct side *s)
{
	uint32_t t = structure(s, "task___mine", 40);
	uint32_t u = btf_build_struct(s->bb, BTF_UNION, NULL, 8);

	member(s, u, "x", s->u64, 0, 0);
	member(s, u, "y", s->s32, 0, 0);
	member(s, t, "pid", s->u32, 0, 0);
	member(s, t, "comm", btf_build_array(s->bb, s->c, s->u32, 8), 32, 0);
	member(s, t, NULL, u, 128, 0);
	member(s, t, "flags", s->u32, 192, 3);
	member(s, t, "up", btf_build_to(s->bb, BTF_PTR, NULL, t), 256, 0);
	member(s, t, "tail", btf_build_array(s->bb, s->c, s->u32, 0), 320, 0);
	names(s);
	return t;
}

/* All has moved, x is a member of the struct itself, y within two anonymous ones. */
static uint32_t target_task(struct side *s, const char *name)
{
	uint32_t t = structure(s, name, 96);
	uint32_t in = btf_build_struct(s->bb, BTF_UNION, NULL, 8);
	uint32_t out = structure(s, NULL, 16);

	member(s, in, "y", s->s32, 0, 0);
	member(s, out, "z", s->u64, 0, 0);
	member(s, out, NULL, in, 64, 0);
	member(s, t, "first", s->u64, 0, 0);
	member(s, t, "flags", s->u32, 64 + 5, 3);
	member(s, t, NULL, out, 128, 0);
	member(s, t, "x", s->u64, 256, 0);
	member(s, t, "comm", btf_build_array(s->bb, s->c, s->u32, 4), 320, 0);
	member(s, t, "pid", s->u64, 384, 0);
	member(s, t, "up", btf_build_to(s->bb, BTF_PTR, NULL, t), 448, 0);
	member(s, t, "tail", btf_build_array(s->bb, s->c, s->u32, 0), 768, 0);
	return t;
}

TEST(fields)
{
	struct run run = {0};
	struct side target;
	uint32_t t;

	if (!begin(&run.local) || !begin(&target)) {
		btf_build_free(run.local.bb);
		return;
	}
	t = local_task(&run.local);
	target_task(&target, "task");
	if (!meet(&run, &target))
		goto out;
	EXPECT(&run, t, "0:0", FIELD_BYTE_OFFSET, 48); /* pid */
	if (!run.err) {
		CHECK_EQ(run.r.old_value, 0);
		CHECK_EQ(run.r.old_size, 4);
		CHECK_EQ(run.r.new_size, 8);
		CHECK(!run.r.fail_mem_size); /* unsigned */
		CHECK(run.r.validate);
		CHECK(run.r.has_target);
		CHECK_EQ(run.r.candidates, 1);
	}
	EXPECT(&run, t, "0:0", FIELD_BYTE_SIZE, 8);
	EXPECT(&run, t, "0:0", FIELD_EXISTS, 1);
	EXPECT(&run, t, "0:0", FIELD_SIGNED, 0);
	EXPECT(&run, t, "0:0", FIELD_LSHIFT_U64, 0);
	EXPECT(&run, t, "0:0", FIELD_RSHIFT_U64, 0);
	EXPECT(&run, t, "1:0", FIELD_BYTE_OFFSET, 96 + 48);
	EXPECT(&run, t, "0:1:3", FIELD_BYTE_OFFSET, 43);
	EXPECT(&run, t, "0:1", FIELD_BYTE_SIZE, 4);
	EXPECT(&run, t, "0:2:0", FIELD_BYTE_OFFSET, 32); /* x */
	EXPECT(&run, t, "0:2:1", FIELD_BYTE_OFFSET, 24); /* y */
	EXPECT(&run, t, "0:2:1", FIELD_SIGNED, 1);
	EXPECT(&run, t, "0:4", FIELD_BYTE_OFFSET, 56);
	EXPECT(&run, t, "0:5:9", FIELD_BYTE_OFFSET, 96 + 9); /* a flexible array */
	EXPECT(&run, t, "0:3", FIELD_BYTE_OFFSET, 8); /* flags, bits 5..7 of the word at 8 */
	if (!run.err)
		CHECK(!run.r.validate);
	EXPECT(&run, t, "0:3", FIELD_BYTE_SIZE, 4);
	EXPECT(&run, t, "0:3", FIELD_LSHIFT_U64, 64 - 8);
	EXPECT(&run, t, "0:3", FIELD_RSHIFT_U64, 61);
	CHECK(!diag_failed(&run.d) || test_oom());
out:
	finish(&run);
}

TEST(what_is_not_there)
{
	struct run run = {0};
	struct side target;
	uint32_t t, other;

	if (!begin(&run.local) || !begin(&target)) {
		btf_build_free(run.local.bb);
		return;
	}
	t = local_task(&run.local);
	other = structure(&run.local, "gone", 4);
	member(&run.local, other, "a", run.local.u32, 0, 0);
	t = t + 0;
	structure(&target, "task", 8);
	if (!meet(&run, &target))
		goto out;
	EXPECT(&run, t, "0:0", FIELD_EXISTS, 0);
	EXPECT_POISON(&run, t, "0:0", FIELD_BYTE_OFFSET);
	EXPECT_POISON(&run, t, "0:3", FIELD_RSHIFT_U64);
	EXPECT_POISON(&run, other, "0:0", FIELD_BYTE_OFFSET);
	EXPECT(&run, other, "0", TYPE_EXISTS, 0);
	EXPECT(&run, other, "0", TYPE_SIZE, 0);
	EXPECT(&run, other, "0", TYPE_ID_TARGET, 0);
	EXPECT(&run, other, "0", TYPE_ID_LOCAL, other);
	EXPECT(&run, t, "0", TYPE_EXISTS, 1);
	EXPECT(&run, t, "0", TYPE_SIZE, 8);
	EXPECT(&run, t, "0", TYPE_MATCHES, 0);
	CHECK(!diag_failed(&run.d) || test_oom());
out:
	finish(&run);
}

TEST(what_does_not_fit)
{
	struct run run = {0};
	struct side target;
	uint32_t l, t, n;

	if (!begin(&run.local) || !begin(&target)) {
		btf_build_free(run.local.bb);
		return;
	}
	l = structure(&run.local, "s", 16);
	member(&run.local, l, "number", run.local.s32, 0, 0);
	member(&run.local, l, "list", btf_build_array(run.local.bb, run.local.u32, run.local.u32, 12),
	       32, 0);
	member(&run.local, l, "ptr", btf_build_to(run.local.bb, BTF_PTR, NULL, 0), 64, 0);
	names(&run.local);
	t = structure(&target, "s", 64);
	n = structure(&target, "n", 8);
	member(&target, t, "number", target.u64, 0, 0);
	member(&target, t, "list", btf_build_array(target.bb, target.u32, target.u32, 4), 64, 0);
	member(&target, t, "ptr", n, 256, 0);
	if (!meet(&run, &target))
		goto out;
	EXPECT(&run, l, "0:0", FIELD_BYTE_OFFSET, 0);
	if (!run.err)
		CHECK(run.r.fail_mem_size); /* a sign would get lost */
	EXPECT(&run, l, "0:1:3", FIELD_BYTE_OFFSET, 20);
	EXPECT_POISON(&run, l, "0:1:9", FIELD_BYTE_OFFSET); /* beyond the target's array */
	EXPECT(&run, l, "0:1:9", FIELD_EXISTS, 0);
	EXPECT_POISON(&run, l, "0:2", FIELD_BYTE_OFFSET); /* a struct where a pointer was */
out:
	finish(&run);
}

/* Of two flavours one does not have the field; afterwards the other alone counts. */
TEST(candidates)
{
	struct run run = {0};
	struct side target;
	uint32_t t, a, b;

	if (!begin(&run.local) || !begin(&target)) {
		btf_build_free(run.local.bb);
		return;
	}
	t = local_task(&run.local);
	a = structure(&target, "task", 16);
	member(&target, a, "pid", target.u32, 0, 0);
	member(&target, a, "up", target.u64, 64, 0);
	b = structure(&target, "task___other", 32);
	member(&target, b, "pid", target.u32, 96, 0);
	member(&target, b, "comm", btf_build_array(target.bb, target.c, target.u32, 4), 128, 0);
	structure(&target, "task__not_one", 4);
	structure(&target, "task___", 4);
	if (!meet(&run, &target))
		goto out;
	CHECK(!resolve(&run, t, "0:0", BTF_CORE_FIELD_BYTE_OFFSET));
	if (!test_oom()) {
		CHECK_EQ(run.err, -EINVAL);
		CHECK(strstr(run.d.first->text, "different offsets"));
	}
	CHECK(!resolve(&run, t, "0:0", BTF_CORE_FIELD_EXISTS)); /* libbpf asks for one offset here too */
	EXPECT(&run, t, "0", TYPE_EXISTS, 1);
	if (!run.err)
		CHECK_EQ(run.r.candidates, 2); /* "task___" is no flavour of it */
	EXPECT(&run, t, "0:1:3", FIELD_BYTE_OFFSET, 19);
	EXPECT(&run, t, "0:0", FIELD_BYTE_OFFSET, 12);
out:
	finish(&run);
}

TEST(enumerators)
{
	struct run run = {0};
	struct side target;
	uint32_t l, t;

	if (!begin(&run.local) || !begin(&target)) {
		btf_build_free(run.local.bb);
		return;
	}
	l = btf_build_enum(run.local.bb, BTF_ENUM, "kind___v1", 4, true);
	btf_build_value(run.local.bb, l, "ONE", 1);
	btf_build_value(run.local.bb, l, "TWO___x", 2);
	btf_build_value(run.local.bb, l, "GONE", 3);
	btf_build_value(run.local.bb, l, "MINUS", -1);
	names(&run.local);
	t = btf_build_enum(target.bb, BTF_ENUM64, "kind", 8, true);
	btf_build_value(target.bb, t, "TWO", INT64_C(0x200000002));
	btf_build_value(target.bb, t, "ONE", 11);
	btf_build_value(target.bb, t, "MINUS", -3);
	if (!meet(&run, &target))
		goto out;
	EXPECT(&run, l, "0", ENUMVAL_VALUE, 11);
	EXPECT(&run, l, "1", ENUMVAL_VALUE, UINT64_C(0x200000002));
	EXPECT(&run, l, "0", ENUMVAL_EXISTS, 1);
	EXPECT(&run, l, "2", ENUMVAL_EXISTS, 0);
	EXPECT_POISON(&run, l, "2", ENUMVAL_VALUE);
	EXPECT(&run, l, "3", ENUMVAL_VALUE, (uint64_t)-3);
	if (!run.err)
		CHECK_EQ(run.r.old_value, (uint64_t)-1);
	CHECK(!resolve(&run, l, "0:0", BTF_CORE_ENUMVAL_VALUE));
	EXPECT(&run, l, "0", TYPE_MATCHES, 0); /* sizes differ, and GONE is gone */
	EXPECT(&run, l, "0", TYPE_EXISTS, 1);
out:
	finish(&run);
}

/* int f(const struct task *, u32) behind a typedef; a struct behind a pointer may be only declared. */
TEST(types_match)
{
	struct run run = {0};
	struct side target;
	uint32_t lt, lf, tt, tf;

	if (!begin(&run.local) || !begin(&target)) {
		btf_build_free(run.local.bb);
		return;
	}
	lt = structure(&run.local, "task", 4);
	member(&run.local, lt, "pid", run.local.u32, 0, 0);
	lf = btf_build_proto(run.local.bb, run.local.s32);
	btf_build_param(run.local.bb, lf, "t", btf_build_to(run.local.bb, BTF_PTR, NULL,
		btf_build_to(run.local.bb, BTF_CONST, NULL, lt)));
	btf_build_param(run.local.bb, lf, "n", run.local.u32);
	lf = btf_build_to(run.local.bb, BTF_TYPEDEF, "fn", btf_build_to(run.local.bb, BTF_PTR, NULL, lf));
	names(&run.local);

	tt = structure(&target, "task", 8);
	member(&target, tt, "pid", btf_build_to(target.bb, BTF_TYPEDEF, "pid_t", target.u32), 32, 0);
	member(&target, tt, "more", target.s32, 0, 0);
	tf = btf_build_proto(target.bb, target.s32);
	btf_build_param(target.bb, tf, "a",
			btf_build_to(target.bb, BTF_PTR, NULL, btf_build_fwd(target.bb, "task", false)));
	btf_build_param(target.bb, tf, "b", target.u32);
	btf_build_to(target.bb, BTF_TYPEDEF, "fn", btf_build_to(target.bb, BTF_PTR, NULL, tf));
	if (!meet(&run, &target))
		goto out;
	EXPECT(&run, lt, "0", TYPE_MATCHES, 1);
	EXPECT(&run, lf, "0", TYPE_MATCHES, 1);
	EXPECT(&run, lf, "0", TYPE_EXISTS, 0); /* loosely: a struct is not its declaration */
	CHECK_EQ(btf_core_types_match(run.b, run.local.u32, run.target, target.u32), 1);
	CHECK_EQ(btf_core_types_match(run.b, run.local.u32, run.target, target.s32), 0);
	CHECK_EQ(btf_core_compatible(run.b, run.local.u32, run.target, target.u64), 1);
out:
	finish(&run);
}

TEST(access_strings)
{
	static const struct { const char *access; unsigned kind; int err; } cases[] = {
		{"", BTF_CORE_FIELD_EXISTS, -EINVAL},	   {":", BTF_CORE_FIELD_EXISTS, -EINVAL},
		{"0:", BTF_CORE_FIELD_EXISTS, -EINVAL},	   {"0::1", BTF_CORE_FIELD_EXISTS, -EINVAL},
		{"-1", BTF_CORE_FIELD_EXISTS, -EINVAL},	   {"0:x", BTF_CORE_FIELD_EXISTS, -EINVAL},
		{"0:99", BTF_CORE_FIELD_EXISTS, -EINVAL},  {"0:0:0", BTF_CORE_FIELD_EXISTS, -EINVAL},
		{"0:1:8", BTF_CORE_FIELD_EXISTS, -EINVAL}, {"1", BTF_CORE_TYPE_EXISTS, -EINVAL},
		{"0", BTF_CORE_ENUMVAL_VALUE, -EINVAL},	   {"0", 13, -EINVAL},
		{"99999999999", BTF_CORE_FIELD_EXISTS, -EINVAL},
		{"0:10:77", BTF_CORE_FIELD_EXISTS, 0},	   {"0", BTF_CORE_FIELD_EXISTS, 0},
		{"0:1:7", BTF_CORE_FIELD_EXISTS, 0},	   {"0:6:1", BTF_CORE_FIELD_EXISTS, 0},
	};
	struct btf *b = btf_sample();
	struct btf_core_spec spec;
	struct str s;
	uint32_t all;
	size_t i;

	if (!b)
		return;
	all = btf_find(b, "all", BTF_STRUCTS);
	for (i = 0; i < ARRAY_LEN(cases); i++)
		if (btf_core_spec_parse(b, all, cases[i].access, cases[i].kind, &spec) != cases[i].err)
			FAIL("'%s' of kind %u", cases[i].access, cases[i].kind);
	str_init(&s, 4096);
	CHECK_EQ(btf_core_spec_parse(b, all, "1:6:1", BTF_CORE_FIELD_BYTE_OFFSET, &spec), 0);
	btf_core_spec_text(&spec, &s);
	if (!str_err(&s))
		CHECK_STR(s.s, "<byte_off> [13] struct all[1].real (1:6:1 @ offset 104)");
	str_reset(&s);
	CHECK_EQ(btf_core_spec_parse(b, btf_find(b, "color", BTF_ANY), "1", BTF_CORE_ENUMVAL_VALUE,
				     &spec), 0);
	btf_core_spec_text(&spec, &s);
	if (!str_err(&s))
		CHECK_STR(s.s, "<enumval_value> [11] enum color::GREEN = 2");
	str_done(&s);
	btf_unref(b);
	CHECK_EQ(btf_core_essential("foo___bar"), 3);
	CHECK_EQ(btf_core_essential("foo___"), 6);
	CHECK_EQ(btf_core_essential("___foo"), 6);
	CHECK_EQ(btf_core_essential("a___b___c"), 5);
	CHECK_EQ(btf_core_essential("a____b"), 6);
	CHECK_EQ(btf_core_essential(""), 0);
}

static int give_module(void *ctx, uint32_t i, const struct btf **ret_btf)
{
	*ret_btf = ctx;
	return i ? 1 : 0;
}

/* Modules are asked when the kernel does not have the type. */
TEST(modules)
{
	struct btf *b = btf_sample(), *empty = NULL;
	struct btf_build *bb = btf_build_new(NULL, 0);
	struct btf_core_relo relo = {.kind = BTF_CORE_TYPE_SIZE};
	struct btf_core_result r;
	struct btf_core *c = NULL;

	if (!b || !bb)
		goto out;
	btf_build_int(bb, "int", 4, BTF_INT_SIGNED);
	btf_build_str(bb, "0");
	relo.type = btf_build_struct(bb, BTF_STRUCT, "all", 4);
	relo.access_off = btf_build_str(bb, "0");
	if (btf_build_done(bb, &empty))
		goto out;
	c = btf_core_new(empty, give_module, b);
	if (c && !btf_core_resolve(c, empty, &relo, DIAG_NONE, NULL, &r))
		CHECK_EQ(r.new_value, 4); /* its own, so no module was asked */
	btf_core_free(c);
	c = btf_core_new(NULL, give_module, b);
	if (c && !btf_core_resolve(c, empty, &relo, DIAG_NONE, NULL, &r)) {
		CHECK_EQ(r.new_value, 72);
		CHECK(r.target_btf == b);
	} else {
		CHECK(test_oom());
	}
out:
	btf_core_free(c);
	btf_build_free(bb);
	btf_unref(empty);
	btf_unref(b);
}
