/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The hash table, against a model that is too simple to be wrong. */
#include <stdio.h>

#include "test.h"

enum { KEYS = 64 };

/* The model: keys in the order in which they were put, and their values. */
struct model {
	int key[KEYS], n;
	uint64_t value[KEYS];
};

static int model_find(const struct model *m, int key)
{
	int i;

	for (i = 0; i < m->n && m->key[i] != key; i++)
		;
	return i;
}

static void model_put(struct model *m, int key, uint64_t value)
{
	int i = model_find(m, key);

	if (i == m->n)
		m->key[m->n++] = key;
	m->value[i] = value;
}

static bool model_del(struct model *m, int key)
{
	int i = model_find(m, key);

	if (i == m->n)
		return false;
	m->n--;
	for (; i < m->n; i++) {
		m->key[i] = m->key[i + 1];
		m->value[i] = m->value[i + 1];
	}
	return true;
}

static char key_text[KEYS][40];
static size_t key_len[KEYS];

/* Prefixes of each other, empty, with NUL bytes, and of all lengths around 8 and 16. */
static void make_keys(void)
{
	int i;

	for (i = 0; i < KEYS; i++) {
		memset(key_text[i], i < 40 ? 0 : 'k', sizeof(key_text[i]));
		key_len[i] = i < 40 ? (size_t)i : (size_t)i - 24;
		if (i >= 40)
			key_text[i][key_len[i] - 1] = (char)i;
	}
}

static const char *compare(const struct hash *h, const struct model *m)
{
	uint32_t i;
	int k = 0;

	for (i = 0; i < h->n; i++) {
		const struct hash_entry *e = &h->entry[i];

		if (!e->key)
			continue;
		if (k >= m->n || e->key != key_text[m->key[k]] || e->len != key_len[m->key[k]])
			return "the order is another";
		if (e->value != m->value[k])
			return "a value is another";
		k++;
	}
	return k == m->n && h->live == (uint32_t)k ? NULL : "the count is another";
}

static const char *step(struct hash *h, struct model *m, uint64_t *seed, int puts)
{
	int key = (int)(test_random(seed) % KEYS), at = model_find(m, key), err;
	uint64_t value = test_random(seed), *got;

	if ((int)(test_random(seed) % 100) < puts) {
		err = hash_put(h, key_text[key], key_len[key], value);
		if (!err)
			model_put(m, key, value);
		return err && !test_oom() ? "put fails" : NULL;
	}
	if (test_random(seed) & 1)
		return hash_del(h, key_text[key], key_len[key]) == model_del(m, key)
			       ? NULL
			       : "del differs";
	got = hash_get(h, key_text[key], key_len[key]);
	if (at == m->n)
		return got ? "get finds what is not there" : NULL;
	return got && *got == m->value[at] ? NULL : "get differs";
}

TEST(does_as_the_model)
{
	struct hash h;
	struct model m = {.n = 0};
	uint64_t seed = test_seed();
	const char *wrong = NULL;
	int i;

	make_keys();
	hash_init(&h, 1000);
	for (i = 0; i < 20000 && !wrong; i++) {
		wrong = step(&h, &m, &seed, i / 1000 % 3 * 30 + 10);
		if (!wrong && i % 16 == 0)
			wrong = compare(&h, &m);
	}
	hash_done(&h);
	if (wrong)
		FAIL("step %d: %s", i, wrong);
}

TEST(has_a_ceiling)
{
	static char text[200][8];
	struct hash h;
	int i, err = 0, again;
	bool kept = true;

	hash_init(&h, 100);
	for (i = 0; i < 200 && !err; i++)
		err = hash_put(&h, text[i], (size_t)snprintf(text[i], 8, "%d", i), (uint64_t)i);
	again = hash_put(&h, "5", 1, 55); /* replacing needs no room */
	for (int k = 0; k < i - 1; k++) {
		uint64_t *v = hash_get(&h, text[k], strlen(text[k]));

		kept = kept && v && *v == (k == 5 ? 55U : (uint64_t)k);
	}
	hash_done(&h);
	if (test_oom())
		return;
	CHECK_EQ(i, 101);
	CHECK_EQ(err, -E2BIG);
	CHECK_EQ(again, 0);
	CHECK(kept);
}

TEST(deleting_and_putting_does_not_grow)
{
	struct hash h;
	int i, err = 0;
	uint32_t cap;

	hash_init(&h, 10);
	for (i = 0; i < 10000 && !err; i++) {
		err = hash_put(&h, "key", 3, 1);
		if (!err && !hash_del(&h, "key", 3))
			err = -ENOENT;
	}
	cap = h.cap;
	hash_done(&h);
	CHECK(test_oom() || (!err && cap <= 8));
}

TEST(empty_table)
{
	struct hash h;

	hash_init(&h, 10);
	CHECK(!hash_get(&h, "x", 1));
	CHECK(!hash_get(&h, "", 0));
	CHECK(!hash_del(&h, "x", 1));
	hash_done(&h);
	hash_done(&h);
}

TEST(bytes_depend_on_all)
{
	char text[70];
	uint64_t base, seed = test_seed();
	size_t len, i;
	int bit;

	for (len = 1; len < sizeof(text); len++) {
		for (i = 0; i < len; i++)
			text[i] = (char)test_random(&seed);
		base = hash_bytes(text, len, 1);
		CHECK(base != hash_bytes(text, len, 2));
		CHECK(base != hash_bytes(text, len - 1, 1));
		for (i = 0; i < len; i++) {
			for (bit = 0; bit < 8; bit++) {
				text[i] ^= (char)(1 << bit);
				CHECK(hash_bytes(text, len, 1) != base);
				text[i] ^= (char)(1 << bit);
			}
		}
	}
	CHECK_EQ(hash_bytes(NULL, 0, 1), hash_bytes("", 0, 1));
}

/*
 * Whoever knows the constants but not the seed must not be able to make keys collide: one whose
 * half was equal to a constant once multiplied all that stood before it by zero.
 */
TEST(no_bytes_blind_it)
{
	static const uint64_t known[] = {UINT64_C(0x243f6a8885a308d3),
					 UINT64_C(0x13198a2e03707345)};
	uint64_t key[2], first = 0, i, k;
	int same;

	for (k = 0; k < ARRAY_LEN(known) * 2; k++) {
		same = 0;
		for (i = 0; i < 100; i++) {
			uint64_t sum;

			key[k & 1] = i;
			key[!(k & 1)] = known[k / 2];
			sum = hash_bytes(key, sizeof(key), 12345);
			first = i ? first : sum;
			same += sum == first;
		}
		CHECK_EQ(same, 1);
	}
}

/* Numbers as keys, such as ids are, spread over the slots. */
TEST(numbers_spread)
{
	static unsigned count[1024];
	uint64_t seed = 7, i;
	unsigned most = 0;

	memset(count, 0, sizeof(count));
	for (i = 0; i < 1024 * 32; i++)
		count[hash_bytes(&i, sizeof(i), seed) % 1024]++;
	for (i = 0; i < 1024; i++)
		most = MAX(most, count[i]);
	CHECK(most < 80); /* 32 are expected, with a deviation of 6 */
}
