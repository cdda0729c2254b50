/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Numbers, sizes and durations, read and written. No locale, no errno, no strtol: the whole text
 * must be the number.
 */
#include "base/impl.h"

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

int num_parse_u64(const char *s, size_t n, uint64_t *ret_v)
{
	uint64_t v = 0;
	int base = 10;
	size_t i = 0;
	bool any = false, large = false;

	if (n > 2 && s[0] == '0') {
		char c = (char)(s[1] | 0x20);

		base = c == 'x' ? 16 : c == 'b' ? 2 : c == 'o' ? 8 : 10;
		i = base == 10 ? 0 : 2;
	}
	for (; i < n; i++) {
		if (s[i] == '_' && any && i + 1 < n)
			continue;
		if (digit(s[i]) >= base)
			return -EINVAL;
		large |= __builtin_mul_overflow(v, (uint64_t)base, &v);
		large |= __builtin_add_overflow(v, (uint64_t)digit(s[i]), &v);
		any = true;
	}
	if (!any)
		return -EINVAL;
	if (large)
		return -ERANGE;
	*ret_v = v;
	return 0;
}

int num_parse_s64(const char *s, size_t n, int64_t *ret_v)
{
	bool negative = n && s[0] == '-';
	size_t sign = n && (s[0] == '-' || s[0] == '+');
	uint64_t v;
	int err;

	err = num_parse_u64(s + sign, n - sign, &v);
	if (err)
		return err;
	if (v > (uint64_t)INT64_MAX + negative)
		return -ERANGE;
	*ret_v = negative ? (int64_t)(0 - v) : (int64_t)v;
	return 0;
}

/*
 * A decimal with an optional fraction, times `scale`, exactly and rounded down: 1.5 x 1024 = 1536.
 * Returns the characters taken, 0 when there is no number here.
 */
static int scaled(const char *s, uint64_t scale, uint64_t *ret_v, bool *ret_large)
{
	const __uint128_t most = UINT64_MAX;
	__uint128_t whole = 0, fraction = 0, unit = 1;
	int i = 0, digits = 0;

	for (; s[i] >= '0' && s[i] <= '9'; i++, digits++)
		whole = MIN(whole * 10 + (unsigned)(s[i] - '0'), most + 1);
	if (s[i] == '.') {
		for (i++; s[i] >= '0' && s[i] <= '9'; i++, digits++) {
			if (unit >= 1000000000000) /* more digits than any unit here can use */
				continue;
			fraction = fraction * 10 + (unsigned)(s[i] - '0');
			unit *= 10;
		}
	}
	if (!digits)
		return 0;
	whole = whole * scale + fraction * scale / unit;
	*ret_large = whole > most;
	*ret_v = (uint64_t)whole;
	return i;
}

struct unit {
	const char *name;
	uint64_t scale;
};

static const struct unit *find_unit(const struct unit *u, size_t n, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strlen(u[i].name) == len && !strncmp(u[i].name, s, len))
			return &u[i];
	return NULL;
}

int num_parse_size(const char *s, uint64_t *ret_bytes)
{
	static const char letters[] = "bkmgtpe";
	uint64_t bytes;
	bool large;
	int n = scaled(s, 1, &bytes, &large), power = 0;
	const char *unit = s + n;

	if (!n)
		return -EINVAL;
	if (*unit) {
		const char *at;

		unit += *unit == ' ';
		at = *unit ? strchr(letters, *unit | 0x20) : NULL;
		if (!at || !*at)
			return -EINVAL;
		power = (int)(at - letters);
		unit++;
	}
	/* K, KB and KiB are all 1024, as in every tool that sizes buffers */
	if (power && *unit == 'i')
		unit++;
	if (power && (*unit == 'b' || *unit == 'B'))
		unit++;
	if (*unit)
		return -EINVAL;
	scaled(s, UINT64_C(1) << 10 * power, &bytes, &large);
	if (large)
		return -ERANGE;
	*ret_bytes = bytes;
	return 0;
}

/* "1h", "30 m": the unit in *ret_len characters at s; none is seconds, where `alone` allows it. */
static const struct unit *duration_unit(const char *s, bool alone, size_t *ret_len)
{
	static const struct unit units[] = {
		{"ns", 1},
		{"us", 1000},
		{"\xc2\xb5s", 1000},
		{"\xce\xbcs", 1000},
		{"ms", 1000000},
		{"s", 1000000000},
		{"sec", 1000000000},
		{"m", 60 * UINT64_C(1000000000)},
		{"min", 60 * UINT64_C(1000000000)},
		{"h", 3600 * UINT64_C(1000000000)},
		{"d", 86400 * UINT64_C(1000000000)},
	};
	size_t blank = *s == ' ', len = strcspn(s + blank, "0123456789. ");

	*ret_len = len ? blank + len : 0;
	if (len)
		return find_unit(units, ARRAY_LEN(units), s + blank, len);
	return alone && !*s ? &units[5] : NULL;
}

int num_parse_duration(const char *s, uint64_t *ret_ns)
{
	uint64_t total = 0, part, last = UINT64_MAX;
	bool large = false, part_large;

	do {
		const struct unit *u;
		size_t number = strspn(s, "0123456789."), len;

		/* a bare number is seconds, but only on its own: "1h30" is a typo */
		u = duration_unit(s + number, last == UINT64_MAX, &len);
		if (!number || !u || u->scale >= last)
			return -EINVAL;
		if ((size_t)scaled(s, u->scale, &part, &part_large) != number)
			return -EINVAL;
		large |= part_large;
		large |= __builtin_add_overflow(total, part, &total);
		s += number + len;
		if (*s == ' ' && s[1])
			s++;
		last = u->scale;
	} while (*s);
	if (large)
		return -ERANGE;
	*ret_ns = total;
	return 0;
}

int num_parse_hex(const char *s, size_t n, void *p, size_t max, size_t *ret_n)
{
	uint8_t *bytes = p;
	size_t i = 0, k = 0;

	while (i < n) {
		if (strchr(" \t\r\n:,", s[i]) && s[i]) {
			i++;
			continue;
		}
		if (s[i] == '0' && i + 1 < n && (s[i + 1] | 0x20) == 'x')
			i += 2; /* and a byte must follow */
		if (i + 1 >= n || digit(s[i]) >= 16 || digit(s[i + 1]) >= 16)
			return -EINVAL;
		if (k >= max)
			return -E2BIG;
		bytes[k++] = (uint8_t)(digit(s[i]) << 4 | digit(s[i + 1]));
		i += 2;
	}
	*ret_n = k;
	return 0;
}

/* Three digits that count: 1.50, 15.0, 150 */
static void add_three(struct str *s, double v, const char *unit)
{
	str_addf(s, "%.*f %s", v < 9.995 ? 2 : v < 99.95 ? 1 : 0, v, unit);
}

void num_size(struct str *s, uint64_t bytes)
{
	static const char *const unit[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	uint64_t whole = bytes;
	double v = (double)bytes;
	size_t i = 0;

	if (bytes < 1024) {
		str_addf(s, "%llu B", (unsigned long long)bytes);
		return;
	}
	/* 1023.99 KiB would be shown as 1024 KiB: go to the next unit a little early */
	for (v /= 1024; v >= 1023.5 && i + 1 < ARRAY_LEN(unit); v /= 1024)
		i++;
	whole >>= 10 * (i + 1);
	if (whole << 10 * (i + 1) == bytes)
		str_addf(s, "%llu %s", (unsigned long long)whole, unit[i]);
	else
		str_addf(s, v < 99.95 ? "%.1f %s" : "%.0f %s", v, unit[i]);
}

void num_duration(struct str *s, uint64_t ns)
{
	/* minutes and more are whole seconds, rounded: what would show as "60.0 s" is "1 m 0 s" */
	uint64_t sec = ns / 1000000000 + (ns % 1000000000 >= 500000000);

	if (ns < 1000)
		str_addf(s, "%llu ns", (unsigned long long)ns);
	else if (ns < 999500)
		add_three(s, (double)ns / 1e3, "us");
	else if (ns < 999500000)
		add_three(s, (double)ns / 1e6, "ms");
	else if (ns < UINT64_C(59950000000))
		add_three(s, (double)ns / 1e9, "s");
	else if (sec < 3600)
		str_addf(s, "%llu m %llu s", (unsigned long long)sec / 60,
			 (unsigned long long)sec % 60);
	else if (sec < 86400)
		str_addf(s, "%llu h %llu m", (unsigned long long)sec / 3600,
			 (unsigned long long)sec / 60 % 60);
	else
		str_addf(s, "%llu d %llu h", (unsigned long long)sec / 86400,
			 (unsigned long long)sec / 3600 % 24);
}

void num_grouped(struct str *s, uint64_t v)
{
	char digits[32];
	size_t i = sizeof(digits), n = 0;

	do {
		if (n && n % 3 == 0)
			digits[--i] = ',';
		digits[--i] = (char)('0' + v % 10);
		v /= 10;
		n++;
	} while (v);
	str_addn(s, digits + i, sizeof(digits) - i);
}
