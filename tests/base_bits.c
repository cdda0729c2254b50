/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sets of small integers, against arrays of bool. */
#include "test.h"

enum { MOST = 200 };

struct pair {
	struct bits b;
	bool m[MOST];
};

static bool same(const struct pair *p)
{
	uint32_t i, n = 0;
	int64_t next = -1;

	for (i = p->b.n; i-- > 0;) {
		n += p->m[i];
		next = p->m[i] ? i : next;
		if (bits_has(&p->b, i) != p->m[i] || bits_next(&p->b, i) != next)
			return false;
	}
	for
		bits_each(&p->b, k) n -= p->m[k];
	return !n && bits_next(&p->b, p->b.n) == -1 && bits_next(&p->b, UINT32_MAX) == -1;
}

static bool change(struct pair *to, const struct pair *from, int how)
{
	bool old[MOST], model, real;
	uint32_t i, count = 0;

	memcpy(old, to->m, sizeof(old));
	for (i = 0; i < to->b.n; i++)
		to->m[i] = how == 0   ? to->m[i] | from->m[i]
			   : how == 1 ? to->m[i] & from->m[i]
				      : to->m[i] & !from->m[i];
	model = memcmp(old, to->m, sizeof(old)) != 0;
	real = how == 0   ? bits_or(&to->b, &from->b)
	       : how == 1 ? bits_and(&to->b, &from->b)
			  : bits_minus(&to->b, &from->b);
	for (i = 0; i < to->b.n; i++)
		count += to->m[i];
	return model == real && count == bits_count(&to->b) && same(to);
}

static bool fill(struct pair *p, uint64_t *seed)
{
	uint32_t i, at;

	for (i = 0; i < p->b.n; i++) {
		at = (uint32_t)(test_random(seed) % p->b.n);
		p->m[at] = test_random(seed) & 1;
		if (p->m[at])
			bits_add(&p->b, at);
		else
			bits_del(&p->b, at);
	}
	return same(p);
}

TEST(does_as_the_model)
{
	uint64_t seed = test_seed();
	uint32_t n, i;
	bool right = true;

	for (n = 0; n < MOST && right; n += n < 66 ? 1 : 13) {
		struct pair a = {.b = {0}}, b = {.b = {0}};
		int err = bits_init(&a.b, n) | bits_init(&b.b, n);

		for (i = 0; !err && i < 12 && right; i++)
			right = fill(&a, &seed) && fill(&b, &seed) && change(&a, &b, (int)i % 3);
		if (!err) {
			bits_clear(&a.b);
			right = right && !bits_count(&a.b);
		}
		bits_done(&a.b);
		bits_done(&b.b);
	}
	CHECK(right);
}

TEST_WITH(the_largest, TEST_NO_OOM | TEST_SLOW)
{
	struct bits b; /* half a gigabyte of which one page is touched */

	if (bits_init(&b, UINT32_MAX))
		SKIP("no memory for 2^32 bits");
	CHECK(!bits_has(&b, UINT32_MAX - 1));
	bits_add(&b, UINT32_MAX - 1);
	CHECK_EQ(bits_next(&b, UINT32_MAX - 2), UINT32_MAX - 1);
	CHECK_EQ(bits_next(&b, UINT32_MAX - 1), UINT32_MAX - 1);
	bits_done(&b);
}

TEST_WITH(no_memory, TEST_NO_OOM)
{
	struct bits b = {.n = 77};
	int err;

	mem_fail_from(1);
	err = bits_init(&b, 5);
	mem_fail_from(0);
	CHECK_EQ(err, -ENOMEM);
	CHECK_EQ(b.n, 77);
}
