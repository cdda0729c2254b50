/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A strict judge of JSON (RFC 8259), for tests and fuzzers: no extensions, UTF-8 only. It has
 * nothing in common with the writer, so that the two cannot be wrong together.
 */
#ifndef SKEP_TEST_JSON_CHECK_H
#define SKEP_TEST_JSON_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct json_text {
	const unsigned char *at, *end;
	int depth;
};

static bool json_value(struct json_text *j);

static inline bool json_is(const struct json_text *j, unsigned char c)
{
	return j->at < j->end && *j->at == c;
}

static inline bool json_take(struct json_text *j, unsigned char c)
{
	bool is = json_is(j, c);

	j->at += is;
	return is;
}

static inline void json_blanks(struct json_text *j)
{
	while (json_is(j, ' ') || json_is(j, '\n') || json_is(j, '\t') || json_is(j, '\r'))
		j->at++;
}

static inline bool json_word(struct json_text *j, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(j->end - j->at) < n || memcmp(j->at, word, n))
		return false;
	j->at += n;
	return true;
}

static inline int json_digits(struct json_text *j)
{
	int n = 0;

	while (j->at < j->end && *j->at >= '0' && *j->at <= '9')
		j->at++, n++;
	return n;
}

static inline bool json_number(struct json_text *j)
{
	json_take(j, '-');
	if (!json_take(j, '0') && !json_digits(j))
		return false;
	if (json_take(j, '.') && !json_digits(j))
		return false;
	if (json_take(j, 'e') || json_take(j, 'E')) {
		if (!json_take(j, '+'))
			json_take(j, '-');
		return json_digits(j) > 0;
	}
	return true;
}

/* One character of several bytes, by the table of the Unicode standard (3-7). */
static inline bool json_utf8(struct json_text *j)
{
	static const unsigned char row[][5] = {
		/* first byte from, to, second byte from, to, further bytes */
		{0xc2, 0xdf, 0x80, 0xbf, 0}, {0xe0, 0xe0, 0xa0, 0xbf, 1},
		{0xe1, 0xec, 0x80, 0xbf, 1}, {0xed, 0xed, 0x80, 0x9f, 1},
		{0xee, 0xef, 0x80, 0xbf, 1}, {0xf0, 0xf0, 0x90, 0xbf, 2},
		{0xf1, 0xf3, 0x80, 0xbf, 2}, {0xf4, 0xf4, 0x80, 0x8f, 2},
	};
	const unsigned char *p = j->at;
	size_t i, k;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		if (p[0] < row[i][0] || p[0] > row[i][1])
			continue;
		if (j->end - p < 2 + row[i][4] || p[1] < row[i][2] || p[1] > row[i][3])
			return false;
		for (k = 2; k < 2U + row[i][4]; k++)
			if (p[k] < 0x80 || p[k] > 0xbf)
				return false;
		j->at += k;
		return true;
	}
	return false;
}

static inline bool json_escape(struct json_text *j)
{
	int i;

	if (j->at >= j->end)
		return false;
	if (!json_take(j, 'u'))
		return *j->at && strchr("\"\\/bfnrt", *j->at) && j->at++;
	for (i = 0; i < 4; i++, j->at++)
		if (j->at >= j->end || !*j->at || !strchr("0123456789abcdefABCDEF", *j->at))
			return false;
	return true;
}

static inline bool json_string(struct json_text *j)
{
	if (!json_take(j, '"'))
		return false;
	while (j->at < j->end && *j->at != '"') {
		if (*j->at >= 0x80) {
			if (!json_utf8(j))
				return false;
		} else if (json_take(j, '\\')) {
			if (!json_escape(j))
				return false;
		} else if (*j->at++ < 0x20) {
			return false;
		}
	}
	return json_take(j, '"');
}

static inline bool json_items(struct json_text *j, unsigned char end, bool named)
{
	json_blanks(j);
	if (json_take(j, end))
		return true;
	do {
		json_blanks(j);
		if (named) {
			if (!json_string(j))
				return false;
			json_blanks(j);
			if (!json_take(j, ':'))
				return false;
		}
		if (!json_value(j))
			return false;
		json_blanks(j);
	} while (json_take(j, ','));
	return json_take(j, end);
}

static bool json_value(struct json_text *j)
{
	bool right;

	json_blanks(j);
	if (j->at >= j->end || j->depth > 1000)
		return false;
	j->depth++;
	switch (*j->at) {
	case '{':
		j->at++;
		right = json_items(j, '}', true);
		break;
	case '[':
		j->at++;
		right = json_items(j, ']', false);
		break;
	case '"':
		right = json_string(j);
		break;
	case 't':
		right = json_word(j, "true");
		break;
	case 'f':
		right = json_word(j, "false");
		break;
	case 'n':
		right = json_word(j, "null");
		break;
	default:
		right = json_number(j);
	}
	j->depth--;
	return right;
}

/* The whole text is one value, with blanks around it. */
static inline bool json_valid(const char *s, size_t n)
{
	struct json_text j = {(const unsigned char *)s, (const unsigned char *)s + n, 0};
	bool right = json_value(&j);

	json_blanks(&j);
	return right && j.at == j.end;
}

/* A text of any number of values, one after the other; each without a newline in it if by_line. */
static inline bool json_stream(const char *s, size_t n, bool by_line)
{
	const char *nl;

	while (n && by_line) {
		nl = (const char *)memchr(s, '\n', n);
		if (!nl || !json_valid(s, (size_t)(nl - s)))
			return false;
		n -= (size_t)(nl + 1 - s);
		s = nl + 1;
	}
	if (!by_line) {
		struct json_text j = {(const unsigned char *)s, (const unsigned char *)s + n, 0};

		for (json_blanks(&j); j.at < j.end; json_blanks(&j))
			if (!json_value(&j))
				return false;
	}
	return true;
}

#endif
