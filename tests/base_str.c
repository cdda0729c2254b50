/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The string builder, and UTF-8. */
#include "test.h"

TEST(empty_is_a_string)
{
	struct str s;

	str_init(&s, 100);
	CHECK_STR(s.s, "");
	CHECK_EQ(s.n, 0);
	str_cut(&s, 0);
	str_reset(&s);
	str_addn(&s, NULL, 0);
	CHECK_STR(s.s, "");
	str_done(&s);
	str_done(&s);
}

TEST(adds)
{
	static const char want[] = "one, two 3!....five";
	struct str s;
	bool right;
	int err;

	str_init(&s, 100);
	str_add(&s, "one");
	str_addn(&s, ", two and", 5);
	str_addf(&s, " %d%c", 3, '!');
	str_pad(&s, '.', 4);
	str_addc(&s, 'f');
	str_add(&s, "ive and more");
	str_cut(&s, sizeof(want) - 1);
	str_cut(&s, 1000);
	right = !strcmp(s.s, want) && s.n == sizeof(want) - 1;
	err = str_err(&s);
	str_done(&s);
	CHECK(right || (test_oom() && err == -ENOMEM));
}

/* Against memcpy: random pieces, each way of adding. */
TEST(adds_like_the_model)
{
	static char model[1 << 16], piece[2000];
	struct str s;
	uint64_t seed = test_seed();
	size_t n = 0, k, i;
	bool right;

	str_init(&s, sizeof(model));
	for (i = 0; i < 100; i++) {
		k = test_random(&seed) % (i % 10 ? 40 : 600);
		memset(piece, (int)('a' + test_random(&seed) % 26), k);
		piece[k] = 0;
		memcpy(model + n, piece, k);
		switch (test_random(&seed) % 5) {
		case 0:
			str_add(&s, piece);
			break;
		case 1:
			str_addn(&s, piece, k);
			break;
		case 2:
			str_addf(&s, "%s", piece);
			break;
		case 3:
			str_pad(&s, piece[0], k);
			break;
		default:
			for (size_t j = 0; j < k; j++)
				str_addc(&s, piece[j]);
		}
		n += k;
		if (test_random(&seed) % 8 == 0) {
			n -= n / 3;
			str_cut(&s, n);
		}
		if (str_err(&s))
			break;
	}
	model[n] = 0;
	right = s.n == n && !strcmp(s.s, model);
	str_done(&s);
	CHECK(right || test_oom());
}

static void at_ceiling(void (*add)(struct str *s))
{
	struct str s;
	char got[32] = "";
	int err;

	str_init(&s, 10);
	str_add(&s, "1234567");
	add(&s);
	str_add(&s, "later");
	str_cut(&s, 9);
	str_addc(&s, 'x'); /* the error sticks, even with room again */
	err = str_err(&s);
	memcpy(got, s.s, s.n + 1);
	str_reset(&s);
	str_add(&s, "again");
	if (!str_err(&s))
		CHECK_STR(s.s, "again");
	str_done(&s);
	if (test_oom())
		return;
	CHECK_STR(got, "123456789");
	CHECK_EQ(err, -E2BIG);
}

static void add_text(struct str *s)
{
	str_add(s, "89abc");
}

static void add_char(struct str *s)
{
	str_add(s, "89");
	str_addc(s, 'a');
	str_addc(s, 'b');
}

static void add_format(struct str *s)
{
	str_addf(s, "%d%s", 89, "abc");
}

static void add_long_format(struct str *s)
{
	str_addf(s, "89abc%0400d", 1);
}

static void add_pad(struct str *s)
{
	str_addc(s, '8');
	str_pad(s, '9', 400);
}

TEST(what_fits_is_kept)
{
	at_ceiling(add_text);
	at_ceiling(add_char);
	at_ceiling(add_format);
	at_ceiling(add_long_format);
	at_ceiling(add_pad);
}

TEST(exactly_to_the_ceiling)
{
	struct str s;
	int err;
	size_t n;

	str_init(&s, 10);
	str_add(&s, "1234567890");
	err = str_err(&s);
	n = s.n;
	str_done(&s);
	CHECK(test_oom() || (!err && n == 10));
	str_init(&s, 0);
	str_add(&s, "");
	CHECK_EQ(str_err(&s), 0);
	str_addc(&s, 'x');
	err = str_err(&s);
	CHECK_STR(s.s, "");
	str_done(&s);
	CHECK(test_oom() || err == -E2BIG);
}

TEST_WITH(no_memory_sticks, TEST_NO_OOM)
{
	struct str s;

	str_init(&s, 1000);
	str_add(&s, "kept");
	mem_fail_from(1);
	str_pad(&s, 'x', 500);
	mem_fail_from(0);
	str_add(&s, "not");
	CHECK_EQ(str_err(&s), -ENOMEM);
	CHECK_STR(s.s, "kept");
	str_done(&s);
	CHECK_EQ(str_err(&s), 0);
}

TEST(prefixes_and_suffixes)
{
	CHECK(str_has_prefix("kprobe:x", "kprobe"));
	CHECK(str_has_prefix("x", ""));
	CHECK(!str_has_prefix("kp", "kprobe"));
	CHECK(str_has_suffix("a.bpf.o", ".o"));
	CHECK(str_has_suffix("a", ""));
	CHECK(!str_has_suffix("o", ".o"));
}

/* ---- UTF-8 ---- */

static size_t put_utf8(uint32_t c, char *p)
{
	if (c < 0x80)
		return p[0] = (char)c, 1;
	if (c < 0x800)
		return p[0] = (char)(0xc0 | c >> 6), p[1] = (char)(0x80 | (c & 63)), 2;
	if (c < 0x10000)
		return p[0] = (char)(0xe0 | c >> 12), p[1] = (char)(0x80 | (c >> 6 & 63)),
		       p[2] = (char)(0x80 | (c & 63)), 3;
	return p[0] = (char)(0xf0 | c >> 18), p[1] = (char)(0x80 | (c >> 12 & 63)),
	       p[2] = (char)(0x80 | (c >> 6 & 63)), p[3] = (char)(0x80 | (c & 63)), 4;
}

TEST_WITH(utf8_every_character, TEST_NO_OOM)
{
	uint32_t c, got;
	char p[4];

	for (c = 0; c < 0x111000; c++) {
		size_t n = put_utf8(c, p),
		       want = c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : n;

		got = 99;
		CHECK_EQ(utf8_len(p, n, &got), want);
		CHECK_EQ(got, want ? c : 99);
		CHECK_EQ(utf8_len(p, n - 1, NULL), 0); /* cut */
	}
}

/* All of three bytes, against the rule that a character has one form. */
TEST_WITH(utf8_every_three_bytes, TEST_NO_OOM | TEST_SLOW)
{
	uint32_t i, c;
	char p[3], again[4];

	for (i = 0; i < 1 << 24; i++) {
		size_t n;

		p[0] = (char)(i >> 16), p[1] = (char)(i >> 8), p[2] = (char)i;
		n = utf8_len(p, 3, &c);
		if (n && (put_utf8(c, again) != n || memcmp(p, again, n)))
			FAIL("%06x is taken for U+%04X", i, c);
	}
}

TEST(utf8_refuses)
{
	CHECK_EQ(utf8_len("", 0, NULL), 0);
	CHECK_EQ(utf8_len("\x80", 1, NULL), 0);
	CHECK_EQ(utf8_len("\xc0\x80", 2, NULL), 0);
	CHECK_EQ(utf8_len("\xe0\x80\x80", 3, NULL), 0);
	CHECK_EQ(utf8_len("\xf0\x80\x80\x80", 4, NULL), 0);
	CHECK_EQ(utf8_len("\xf4\x90\x80\x80", 4, NULL), 0);
	CHECK_EQ(utf8_len("\xf8\x88\x80\x80\x80", 5, NULL), 0);
	CHECK_EQ(utf8_len("\xff", 1, NULL), 0);
	CHECK_EQ(utf8_len("\xed\xa0\x80", 3, NULL), 0);
	CHECK_EQ(utf8_len("\xc3(", 2, NULL), 0);
}

static size_t columns(const char *s)
{
	return utf8_columns(s, strlen(s));
}

TEST(utf8_columns_of_text)
{
	CHECK_EQ(columns(""), 0);
	CHECK_EQ(columns("abc"), 3);
	CHECK_EQ(columns("h\xc3\xa9"), 2);                /* e acute */
	CHECK_EQ(columns("he\xcc\x81"), 2);               /* e and a combining acute */
	CHECK_EQ(columns("\xe8\x9c\x82\xe7\xae\xb1"), 4); /* two of the wide */
	CHECK_EQ(columns("\xf0\x9f\x90\x9d"), 2);         /* a bee */
	CHECK_EQ(columns("\xf0\x9f\x9a\x80"), 2);         /* a rocket */
	CHECK_EQ(columns("\xe2\x80\x8b"), 0);             /* of no width */
	CHECK_EQ(columns("a\xff\xfe"
			 "b"),
		 4); /* bad bytes count as one */
	CHECK_EQ(utf8_width(0x1b), 0);
	CHECK_EQ(utf8_width(0x9b), 0);
	CHECK_EQ(utf8_width(0x202e), 0);
}
