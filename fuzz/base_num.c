/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Arbitrary text to every reader of numbers. What is understood is printed in each way there is and
 * must be read back as the same; what is refused must leave the result alone.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MARK = 0x5a5a5a };

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void must_fail_well(int err, uint64_t v)
{
	must((err == -EINVAL || err == -ERANGE || err == -E2BIG) && v == MARK);
}

static void integers(const char *s, size_t n)
{
	uint64_t v = MARK, back;
	int64_t w = MARK, wback;
	char text[72];
	int err;

	err = num_parse_u64(s, n, &v);
	if (err) {
		must_fail_well(err, v);
	} else {
		snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
		must(!num_parse_u64(text, strlen(text), &back) && back == v);
		snprintf(text, sizeof(text), "0x%llx", (unsigned long long)v);
		must(!num_parse_u64(text, strlen(text), &back) && back == v);
		must(num_parse_s64(s, n, &wback) == (v > INT64_MAX ? -ERANGE : 0));
	}
	err = num_parse_s64(s, n, &w);
	if (err) {
		must_fail_well(err, (uint64_t)w);
	} else {
		snprintf(text, sizeof(text), "%lld", (long long)w);
		must(!num_parse_s64(text, strlen(text), &wback) && wback == w);
	}
}

/* Shown with three digits or so: what is typed again may be off by that much, and no more. */
static void near(uint64_t v, int err, uint64_t back)
{
	uint64_t off = back > v ? back - v : v - back;

	must(err == -ERANGE ? v > UINT64_MAX - UINT64_MAX / 20 : !err && off <= v / 20);
}

static void units(const char *s)
{
	uint64_t v = MARK, back;
	struct str shown;
	int err;

	str_init(&shown, 100);
	err = num_parse_size(s, &v);
	if (err) {
		must_fail_well(err, v);
	} else {
		num_size(&shown, v);
		err = num_parse_size(shown.s, &back);
		near(v, err, back);
	}
	str_reset(&shown);
	v = MARK;
	err = num_parse_duration(s, &v);
	if (err) {
		must_fail_well(err, v);
	} else {
		num_duration(&shown, v);
		err = num_parse_duration(shown.s, &back);
		near(v, err, back);
	}
	str_done(&shown);
}

static void hex(const char *s, size_t n)
{
	uint8_t bytes[64], again[64];
	size_t k = MARK, k2, i;
	struct str text;
	int err;

	err = num_parse_hex(s, n, bytes, sizeof(bytes), &k);
	if (err) {
		must_fail_well(err, k);
		return;
	}
	str_init(&text, 1000);
	for (i = 0; i < k; i++)
		str_addf(&text, "%s0x%02x", i ? "," : "", bytes[i]);
	must(!num_parse_hex(text.s, text.n, again, sizeof(again), &k2));
	must(k == k2 && !memcmp(bytes, again, k));
	str_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s;

	integers((const char *)data, size);
	hex((const char *)data, size);
	str_init(&s, 1 << 20);
	str_addn(&s, data, size);
	units(s.s);
	str_done(&s);
	return 0;
}
