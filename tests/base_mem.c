/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The allocator's fault injection, arenas, and vectors. */
#include "test.h"

TEST(alloc_zeroes)
{
	unsigned char *p = mem_alloc(1000), any = 0;
	size_t i;

	if (!p)
		return;
	for (i = 0; i < 1000; i++)
		any |= p[i];
	mem_free(p);
	CHECK_EQ(any, 0);
	mem_free(NULL);
}

TEST(alloc_array_does_not_wrap)
{
	CHECK(!mem_alloc_array(SIZE_MAX / 8, 16));
	CHECK(!mem_alloc_array(16, SIZE_MAX / 8));
}

TEST(alloc_of_nothing_is_something)
{
	void *p = mem_alloc(0), *q = mem_realloc(NULL, 0);
	bool both = p && q;

	mem_free(p);
	mem_free(q);
	CHECK(both);
}

TEST_WITH(fails_from_the_nth_on, TEST_NO_OOM)
{
	void *a, *b, *c;

	mem_fail_from(2);
	a = mem_alloc(1);
	b = mem_alloc(1);
	c = mem_realloc(NULL, 1);
	CHECK(a && !b && !c);
	CHECK(!mem_realloc(a, 100)); /* and what it was given stays */
	CHECK_EQ(mem_fail_count(), 4);
	mem_fail_from(0);
	mem_free(a);
}

TEST_WITH(counts_what_lives, TEST_NO_OOM)
{
	int64_t before = mem_live();
	void *p;

	if (before < 0) { /* a build that does not count says so, always */
		p = mem_alloc(1);
		CHECK_EQ(mem_live(), -1);
		mem_free(p);
		return;
	}
	p = mem_alloc(1);
	CHECK_EQ(mem_live(), before + 1);
	p = mem_realloc(p, 4000);
	CHECK_EQ(mem_live(), before + 1);
	mem_free(p);
	CHECK_EQ(mem_live(), before);
}

TEST(bug_is_fatal)
{
	/* that it ends the process is seen by driver/ends_are_told */
	CHECK(ARRAY_LEN(((int[]){1, 2, 3})) == 3);
	CHECK_EQ(ALIGN_UP(17, 16), 32);
	CHECK_EQ(ALIGN_UP(UINT64_C(0x100000001), 16), INT64_C(0x100000010));
}

/* ---- arenas ---- */

static bool all_zero(const void *p, size_t n)
{
	const char *s = p;

	while (n && !*s)
		s++, n--;
	return !n;
}

/* Random sizes; what was written in one place does not show in another. */
TEST(arena_gives_separate_zeroed_memory)
{
	enum { N = 300 };
	static unsigned char *at[N];
	static size_t size[N];
	struct arena a;
	uint64_t seed = test_seed();
	size_t i, k, n, round;
	const char *wrong = NULL;

	arena_init(&a, 64 << 20);
	for (round = 0; round < 4; round++) {
		for (n = 0; n < N; n++) {
			size[n] = test_random(&seed) % (n % 50 ? 200 : 100000);
			at[n] = arena_alloc(&a, size[n]);
			if (!at[n])
				break;
			if ((uintptr_t)at[n] % 16)
				wrong = "not aligned";
			if (!all_zero(at[n], size[n]))
				wrong = "not zero";
			memset(at[n], (int)n | 1, size[n]);
		}
		for (i = 0; i < n; i++)
			for (k = 0; k < size[i]; k++)
				if (at[i][k] != (unsigned char)(i | 1))
					wrong = "overwritten";
		arena_reset(&a);
	}
	arena_done(&a);
	if (wrong)
		FAIL("%s", wrong);
	CHECK(n == N || test_oom());
}

TEST(arena_has_a_ceiling)
{
	struct arena a;
	void *p, *q, *r;
	int err;

	arena_init(&a, 100);
	p = arena_alloc(&a, 64);
	q = arena_alloc(&a, 100);
	err = a.err;
	r = arena_alloc_array(&a, SIZE_MAX / 2, 3);
	arena_done(&a);
	CHECK(!q && !r);
	CHECK(p || test_oom());
	CHECK_EQ(err, -E2BIG);
	arena_init(&a, SIZE_MAX);
	p = arena_alloc(&a, SIZE_MAX - 20); /* may not wrap into a small one */
	q = arena_alloc(&a, SIZE_MAX / 2 - 1);
	arena_done(&a);
	CHECK(!p && !q);
}

/* What the batch modules do: no checks on the way, one place to land. */
static int jumping(size_t max, size_t size)
{
	struct arena a;
	jmp_buf out;
	int err;

	arena_init(&a, max);
	a.out = &out;
	err = setjmp(out);
	while (!err)
		memset(arena_alloc(&a, size), 1, size);
	arena_done(&a);
	return err;
}

TEST(arena_jumps_out)
{
	int err = jumping(1 << 16, 1000);

	CHECK(err == -E2BIG || (test_oom() && err == -ENOMEM));
}

TEST_WITH(arena_jumps_out_without_memory, TEST_NO_OOM)
{
	int err;

	mem_fail_from(3);
	err = jumping(1 << 30, 5000);
	mem_fail_from(0);
	CHECK_EQ(err, -ENOMEM);
}

TEST(arena_copies_strings)
{
	struct arena a;
	char *s, *n, *f, *e;
	char long_text[3000];

	memset(long_text, 'y', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = 0;
	arena_init(&a, 1 << 20);
	s = arena_strdup(&a, "text");
	n = arena_strndup(&a, "text", 2);
	e = arena_strndup(&a, NULL, 0);
	f = arena_printf(&a, "%d %s", 42, long_text);
	if (s && n && f && e) {
		CHECK_STR(s, "text");
		CHECK_STR(n, "te");
		CHECK_STR(e, "");
		CHECK(str_has_prefix(f, "42 yyy") && strlen(f) == 3 + sizeof(long_text) - 1);
	}
	arena_done(&a);
	CHECK((s && n && f && e) || test_oom());
	CHECK(!a.chunk && !a.used);
}

TEST(arena_reset_keeps_memory)
{
	struct arena a;
	char *p;
	int i;

	arena_init(&a, 4096); /* handed out again and again, the ceiling is never met */
	for (i = 0; i < 1000; i++) {
		p = arena_alloc(&a, 2000);
		if (!p)
			break;
		CHECK(all_zero(p, 2000));
		memset(p, 0xff, 2000);
		arena_reset(&a);
	}
	arena_done(&a);
	CHECK(i == 1000 || test_oom());
}

/* ---- vectors ---- */

struct pair {
	int a, b;
};

TEST(vector_grows_to_its_ceiling)
{
	VEC(struct pair) v = VEC_INIT(1000);
	int i, err = 0;
	bool right = true;
	size_t n;

	for (i = 0; !err; i++)
		err = vec_push(&v, (struct pair){i, -i});
	n = v.n;
	for
		vec_each(&v, p) right = right && p->a == p - v.at && p->b == -p->a;
	right = right && (!n || vec_last(&v).a == (int)n - 1);
	vec_done(&v);
	CHECK(right);
	CHECK(!v.at && !v.n && !v.cap);
	if (test_oom())
		return;
	CHECK_EQ(err, -E2BIG);
	CHECK_EQ(n, 1000);
}

TEST(vector_in_an_arena)
{
	struct arena a;
	int i, err = 0, sum = 0;

	arena_init(&a, 1 << 20);
	{
		VEC(int) v = VEC_IN(&a, 100000);

		for (i = 0; i < 500 && !err; i++)
			err = vec_push(&v, i);
		for
			vec_each(&v, p) sum += *p;
		vec_done(&v);
	}
	arena_done(&a);
	CHECK(test_oom() || (!err && sum == 499 * 500 / 2));
}

TEST(vector_tells_the_ceiling_of_its_arena)
{
	struct arena a;
	int err = 0;

	arena_init(&a, 4000);
	{
		VEC(int) v = VEC_IN(&a, 100000);

		while (!err)
			err = vec_push(&v, 1);
	}
	arena_done(&a);
	CHECK(err == -E2BIG || test_oom());
}

TEST(vector_reserve)
{
	VEC(uint64_t) v = VEC_INIT(SIZE_MAX);
	int err = vec_reserve(&v, 100), wrap = vec_reserve(&v, SIZE_MAX / 4);
	size_t cap = v.cap;

	vec_done(&v);
	CHECK_EQ(wrap, -E2BIG);
	CHECK(test_oom() || (!err && cap >= 100));
}
