/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Numbers, sizes and durations: boundaries, garbage, round trips. */
#include <stdio.h>

#include "test.h"

enum { MARK = 0x5a5a };

/* ---- integers ---- */

static int u64(const char *s, uint64_t *v)
{
	*v = MARK;
	return num_parse_u64(s, strlen(s), v);
}

static int s64(const char *s, int64_t *v)
{
	*v = MARK;
	return num_parse_s64(s, strlen(s), v);
}

TEST(u64_right)
{
	static const struct {
		const char *s;
		uint64_t v;
	} rows[] = {
		{"0", 0},
		{"00", 0},
		{"7", 7},
		{"010", 10},
		{"1_000", 1000},
		{"0x1f", 31},
		{"0XfF", 255},
		{"0x0", 0},
		{"0b101", 5},
		{"0B1", 1},
		{"0o17", 15},
		{"0O7", 7},
		{"0xdead_beef", 0xdeadbeef},
		{"18446744073709551615", UINT64_MAX},
		{"0xffffffffffffffff", UINT64_MAX},
		{"0o1777777777777777777777", UINT64_MAX},
		{"000000000000000000000000000000001", 1},
		{"0b1111111111111111111111111111111111111111111111111111111111111111", UINT64_MAX},
	};
	uint64_t v;
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (u64(rows[i].s, &v) || v != rows[i].v)
			FAIL("%s", rows[i].s);
}

TEST(u64_wrong)
{
	static const char *const bad[] = {
		"",       " ",    "x",    "0x",  "0b",
		"0o",     "0x_1", "_1",   "1_",  "-1",
		"+1",     " 1",   "1 ",   "1.0", "0b2",
		"0o8",    "12a",  "0x1g", "1e3", "99999999999999999999z",
		"0x\xff", "\xb1",
	};
	static const char *const large[] = {
		"18446744073709551616",
		"0x10000000000000000",
		"0o2000000000000000000000",
		"99999999999999999999999999999999999999999",
		"0b10000000000000000000000000000000000000000000000000000000000000000",
	};
	uint64_t v;
	size_t i;

	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (u64(bad[i], &v) != -EINVAL || v != MARK)
			FAIL("'%s'", bad[i]);
	for (i = 0; i < ARRAY_LEN(large); i++)
		if (u64(large[i], &v) != -ERANGE || v != MARK)
			FAIL("'%s'", large[i]);
	CHECK_EQ(num_parse_u64("123", 2, &v), 0); /* no further than told */
	CHECK_EQ(v, 12);
	CHECK_EQ(num_parse_u64("1\0"
			       "2",
			       3, &v),
		 -EINVAL);
}

TEST(s64_boundaries)
{
	int64_t v;

	CHECK(!s64("9223372036854775807", &v) && v == INT64_MAX);
	CHECK(!s64("-9223372036854775808", &v) && v == INT64_MIN);
	CHECK(!s64("-0x8000000000000000", &v) && v == INT64_MIN);
	CHECK(!s64("-0", &v) && v == 0);
	CHECK(!s64("+12", &v) && v == 12);
	CHECK(s64("9223372036854775808", &v) == -ERANGE && v == MARK);
	CHECK(s64("-9223372036854775809", &v) == -ERANGE && v == MARK);
	CHECK(s64("-18446744073709551616", &v) == -ERANGE);
	CHECK(s64("--1", &v) == -EINVAL);
	CHECK(s64("-", &v) == -EINVAL);
	CHECK(s64("+", &v) == -EINVAL);
	CHECK(s64("+-1", &v) == -EINVAL);
	CHECK(s64("", &v) == -EINVAL && v == MARK);
}

TEST(integers_round_trip)
{
	static const char *const formats[] = {"%llu", "0x%llx", "0X%llX", "0o%llo"};
	uint64_t seed = test_seed(), v, back;
	int64_t sback;
	char text[40];
	int i;

	for (i = 0; i < 20000; i++) {
		v = test_random(&seed) >> (test_random(&seed) % 64);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(text, sizeof(text), formats[i % 4], (unsigned long long)v);
#pragma GCC diagnostic pop
		if (u64(text, &back) || back != v)
			FAIL("%s", text);
		snprintf(text, sizeof(text), "%lld", (long long)v);
		if (s64(text, &sback) || sback != (int64_t)v)
			FAIL("%s", text);
	}
}

/* ---- sizes ---- */

TEST(sizes_right)
{
	static const struct {
		const char *s;
		uint64_t v;
	} rows[] = {
		{"0", 0},
		{"4096", 4096},
		{"1B", 1},
		{"1b", 1},
		{"64K", 65536},
		{"64k", 65536},
		{"64KB", 65536},
		{"64KiB", 65536},
		{"64Ki", 65536},
		{"1.5MiB", 1572864},
		{"2GB", UINT64_C(2) << 30},
		{"1T", UINT64_C(1) << 40},
		{"3P", UINT64_C(3) << 50},
		{"15E", UINT64_C(15) << 60},
		{".5K", 512},
		{"1.K", 1024},
		{"0.001K", 1},
		{"1.9999999999999999999999K", 2047},
		{"18446744073709551615", UINT64_MAX},
		{"1.5 KiB", 1536},
		{"12 MiB", 12 << 20},
		{"16777215.999P", 0}, /* see below: too large */
	};
	uint64_t v;
	size_t i;

	for (i = 0; i + 1 < ARRAY_LEN(rows); i++)
		if (num_parse_size(rows[i].s, &v) || v != rows[i].v)
			FAIL("%s is %llu", rows[i].s, (unsigned long long)v);
	CHECK_EQ(num_parse_size(rows[i].s, &v), -ERANGE);
}

TEST(sizes_wrong)
{
	static const char *const bad[] = {
		"",
		"K",
		".",
		".K",
		"1KK",
		"1iB",
		"1Bi",
		"1BB",
		"1 ",
		" 1",
		"1  K",
		"-1",
		"1Q",
		"1..5K",
		"1,5K",
		"1KiBx",
		"0x10",
		"1\x0b",
		"99999999999999999999999999Q",
		"1\xc2\xb5",
	};
	static const char *const large[] = {
		"18446744073709551616",
		"16E",
		"18014398509481984K",
		"99999999999999999999999999999",
	};
	uint64_t v = MARK;
	size_t i;

	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (num_parse_size(bad[i], &v) != -EINVAL || v != MARK)
			FAIL("'%s'", bad[i]);
	for (i = 0; i < ARRAY_LEN(large); i++)
		if (num_parse_size(large[i], &v) != -ERANGE || v != MARK)
			FAIL("'%s'", large[i]);
}

/* ---- durations ---- */

TEST(durations_right)
{
	static const struct {
		const char *s;
		uint64_t v;
	} rows[] = {
		{"0", 0},
		{"5", 5000000000},
		{"1.5", 1500000000},
		{"10ms", 10000000},
		{"1.5s", 1500000000},
		{"17ns", 17},
		{"3us", 3000},
		{"3\xc2\xb5s", 3000},
		{"3\xce\xbcs", 3000},
		{"2sec", 2000000000},
		{"1h30m", 5400000000000},
		{"1h 30m", 5400000000000},
		{"1d", 86400000000000},
		{"1m0.5s", 60500000000},
		{"90min", 5400000000000},
		{"0.000000001s", 1},
		{"1d2h3m4s5ms6us7ns", 93784005006007},
		{"17 ns", 17},
		{"3 m 20 s", 200000000000},
		{"213503d", UINT64_C(213503) * 86400000000000},
		{"18446744073709551615ns", UINT64_MAX},
	};
	uint64_t v;
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (num_parse_duration(rows[i].s, &v) || v != rows[i].v)
			FAIL("%s is %llu", rows[i].s, (unsigned long long)v);
}

TEST(durations_wrong)
{
	static const char *const bad[] = {
		"",
		"s",
		"-1s",
		"1h30",
		"30m1h",
		"1m1m",
		"1s ",
		" 1s",
		"1x",
		"1..5s",
		"1.5.5s",
		".s",
		"5 ",
		"1h  30m",
		"1ss",
		"ms",
		"1hm",
		"1 h x",
		"99999999999999999999999999x",
	};
	static const char *const large[] = {
		"18446744073709551616ns",
		"213504d",
		"18446744073.8",
		"213503d23h34m33.8s",
	};
	uint64_t v = MARK;
	size_t i;

	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (num_parse_duration(bad[i], &v) != -EINVAL || v != MARK)
			FAIL("'%s'", bad[i]);
	for (i = 0; i < ARRAY_LEN(large); i++)
		if (num_parse_duration(large[i], &v) != -ERANGE || v != MARK)
			FAIL("'%s'", large[i]);
}

/* ---- bytes ---- */

TEST(hex_right)
{
	static const struct {
		const char *s;
		size_t n;
		uint8_t v[4];
	} rows[] = {
		{"", 0, {0}},
		{"  \n", 0, {0}},
		{"00", 1, {0}},
		{"0a Ff", 2, {10, 255}},
		{"0x0102", 2, {1, 2}},
		{"01:02:03", 3, {1, 2, 3}},
		{"0x01,0x02\t0X03", 3, {1, 2, 3}},
		{"deadBEEF", 4, {0xde, 0xad, 0xbe, 0xef}},
	};
	uint8_t got[4];
	size_t i, n;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		if (num_parse_hex(rows[i].s, strlen(rows[i].s), got, 4, &n) || n != rows[i].n ||
		    memcmp(got, rows[i].v, n))
			FAIL("'%s'", rows[i].s);
	}
}

TEST(hex_wrong)
{
	static const char *const bad[] = {"0",  "000", "0x", "0x0",   "0x0x00", "g0",
					  "0g", "0 0", "0:", "00 0x", "\xff"};
	uint8_t got[4];
	size_t i, n = MARK;

	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (num_parse_hex(bad[i], strlen(bad[i]), got, 4, &n) != -EINVAL || n != MARK)
			FAIL("'%s'", bad[i]);
	CHECK_EQ(num_parse_hex("0102030405", 10, got, 4, &n), -E2BIG);
	CHECK_EQ(num_parse_hex("00\0"
			       "00",
			       5, got, 4, &n),
		 -EINVAL);
	CHECK_EQ(n, MARK);
}

/* ---- shown ---- */

static void shows(void (*print)(struct str *s, uint64_t v), uint64_t v, const char *want)
{
	char got[64];
	struct str s;

	str_init(&s, sizeof(got) - 1);
	print(&s, v);
	memcpy(got, s.s, s.n + 1);
	str_done(&s);
	if (!test_oom() && strcmp(got, want))
		FAIL("%llu is shown as '%s', not '%s'", (unsigned long long)v, got, want);
}

TEST(sizes_are_shown)
{
	shows(num_size, 0, "0 B");
	shows(num_size, 999, "999 B");
	shows(num_size, 1023, "1023 B");
	shows(num_size, 1024, "1 KiB");
	shows(num_size, 1025, "1.0 KiB");
	shows(num_size, 1536, "1.5 KiB");
	shows(num_size, 102297, "99.9 KiB");
	shows(num_size, 102400, "100 KiB");
	shows(num_size, 1048063, "1023 KiB");
	shows(num_size, 1048064, "1.0 MiB");
	shows(num_size, 12 << 20, "12 MiB");
	shows(num_size, UINT64_C(1) << 40, "1 TiB");
	shows(num_size, UINT64_C(1) << 63, "8 EiB");
	shows(num_size, UINT64_MAX, "16.0 EiB");
}

TEST(durations_are_shown)
{
	shows(num_duration, 0, "0 ns");
	shows(num_duration, 999, "999 ns");
	shows(num_duration, 1000, "1.00 us");
	shows(num_duration, 1204, "1.20 us");
	shows(num_duration, 9994, "9.99 us");
	shows(num_duration, 9995, "10.0 us");
	shows(num_duration, 99949, "99.9 us");
	shows(num_duration, 99950, "100 us");
	shows(num_duration, 999499, "999 us");
	shows(num_duration, 999500, "1.00 ms");
	shows(num_duration, 999499999, "999 ms");
	shows(num_duration, 999500000, "1.00 s");
	shows(num_duration, 59949999999, "59.9 s");
	shows(num_duration, 59950000000, "1 m 0 s");
	shows(num_duration, 200000000000, "3 m 20 s");
	shows(num_duration, 3599499999999, "59 m 59 s");
	shows(num_duration, 3599500000000, "1 h 0 m");
	shows(num_duration, 86400000000000, "1 d 0 h");
	shows(num_duration, UINT64_MAX, "213503 d 23 h");
}

TEST(grouped_is_shown)
{
	shows(num_grouped, 0, "0");
	shows(num_grouped, 999, "999");
	shows(num_grouped, 1000, "1,000");
	shows(num_grouped, 1234567, "1,234,567");
	shows(num_grouped, UINT64_MAX, "18,446,744,073,709,551,615");
}

/* What is shown can be typed, and comes near: within half of the last digit shown. */
TEST(shown_can_be_typed)
{
	uint64_t seed = test_seed(), v, back, off;
	struct str s;
	int i, err, worst_err = 0;
	double worst = 0;

	str_init(&s, 64);
	for (i = 0; i < 20000 && !str_err(&s); i++) {
		v = test_random(&seed) >> (test_random(&seed) % 64);
		v = MIN(v, UINT64_MAX / 100 * 99); /* "16.0 EiB" is one too many */
		str_reset(&s);
		if (i & 1)
			num_size(&s, v);
		else
			num_duration(&s, v);
		if (str_err(&s))
			break;
		err = i & 1 ? num_parse_size(s.s, &back) : num_parse_duration(s.s, &back);
		off = back > v ? back - v : v - back;
		worst_err = err ? err : worst_err;
		worst = MAX(worst, v ? (double)off / (double)v : 0);
	}
	str_done(&s);
	CHECK_EQ(worst_err, 0);
	CHECK(worst < 0.05);
}
