/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The nearest name: the distance against its definition, and what is suggested for typos. */
#include "test.h"

static unsigned distance(const char *a, const char *b)
{
	return near_distance(a, strlen(a), b, strlen(b));
}

/* Straight from the definition, exponential. */
static unsigned slow(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned best, other;

	if (!na || !nb)
		return (unsigned)(na + nb);
	best = slow(a, na - 1, b, nb - 1) + (a[na - 1] != b[nb - 1]);
	other = slow(a, na - 1, b, nb) + 1;
	best = MIN(best, other);
	other = slow(a, na, b, nb - 1) + 1;
	best = MIN(best, other);
	if (na > 1 && nb > 1 && a[na - 1] == b[nb - 2] && a[na - 2] == b[nb - 1]) {
		other = slow(a, na - 2, b, nb - 2) + 1;
		best = MIN(best, other);
	}
	return best;
}

TEST(distances)
{
	CHECK_EQ(distance("", ""), 0);
	CHECK_EQ(distance("", "abc"), 3);
	CHECK_EQ(distance("abc", ""), 3);
	CHECK_EQ(distance("kitten", "sitting"), 3);
	CHECK_EQ(distance("dmup", "dump"), 1);
	CHECK_EQ(distance("ca", "abc"), 3); /* no character is touched twice */
}

TEST(distance_as_defined)
{
	uint64_t seed = test_seed();
	char a[6], b[6];
	size_t na, nb, i;
	int round;

	for (round = 0; round < 2000; round++) {
		na = test_random(&seed) % 6;
		nb = test_random(&seed) % 6;
		for (i = 0; i < na; i++)
			a[i] = (char)('a' + test_random(&seed) % 3);
		for (i = 0; i < nb; i++)
			b[i] = (char)('a' + test_random(&seed) % 3);
		if (near_distance(a, na, b, nb) != slow(a, na, b, nb))
			FAIL("%.*s %.*s", (int)na, a, (int)nb, b);
	}
}

TEST(long_words)
{
	static char a[100], b[100];

	memset(a, 'x', 99);
	memset(b, 'x', 99);
	CHECK_EQ(near_distance(a, 48, b, 47), 1);
	CHECK_EQ(near_distance(a, 48, "", 0), 48);
	CHECK_EQ(near_distance(a, 49, b, 49), UINT32_MAX);
	CHECK(!near_best(a, 99, (const char *const[]){b}, 1));
}

static const char *best(const char *word)
{
	static const char *const names[] = {"map",     "prog", "link", "verify",
					    "version", "dump", "a"};
	const char *s = near_best(word, strlen(word), names, ARRAY_LEN(names));

	return s ? s : "none";
}

TEST(typos)
{
	CHECK_STR(best("mpa"), "map");
	CHECK_STR(best("maps"), "map");
	CHECK_STR(best("porg"), "prog");
	CHECK_STR(best("verfy"), "verify");
	CHECK_STR(best("verson"), "version");
	CHECK_STR(best("dmup"), "dump");
	CHECK_STR(best("lnk"), "link");
}

TEST(no_guess_at_all)
{
	CHECK_STR(best(""), "none");
	CHECK_STR(best("x"), "none");
	CHECK_STR(best("cat"), "none"); /* two letters of three: not a typo of "map" */
	CHECK_STR(best("completely"), "none");
	CHECK_STR(best("map"), "none"); /* it is the word itself that was refused */
	CHECK(!near_best("map", 3, NULL, 0));
}
