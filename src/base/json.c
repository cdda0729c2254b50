/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reading JSON, one token at a time, with the place of each: RFC 8259, and integers in hex, which
 * people write where kernels are spoken of.
 *
 * What may come next is known from one bit for each open object or array and from what came last;
 * no tree is built. A fault is reported once, after which there is nothing but the fault.
 */
#include <stdio.h>

#include "base/impl.h"

enum { TEXT_MAX = 16 << 20 };

/* What may stand at the place reached. */
enum expect { A_VALUE, A_VALUE_OR_END, A_KEY, A_KEY_OR_END, A_COMMA_OR_END, NOTHING };

void json_init(struct json *j, const struct src *src, struct diag *d)
{
	*j = (struct json){.src = src, .d = d, .expect = A_VALUE};
	str_init(&j->text, TEXT_MAX);
}

void json_done(struct json *j)
{
	str_done(&j->text);
}

static int fail(struct json *j, uint32_t at, uint32_t len, const char *what)
{
	if (!j->err) {
		j->err = -EINVAL;
		diag_error(j->d, "json", diag_text(j->src, at, len), "%s", what);
	}
	return j->err;
}

static int peek(const struct json *j)
{
	return j->at < j->src->len ? (unsigned char)j->src->text[j->at] : -1;
}

static void skip_blanks(struct json *j)
{
	int c = peek(j);

	for (; c == ' ' || c == '\t' || c == '\n' || c == '\r'; c = peek(j))
		j->at++;
}

/* ---- strings ---- */

static int hex4(struct json *j, uint32_t *ret_v)
{
	uint64_t v;
	int i;

	for (i = 0, v = 0; i < 4; i++) {
		int c = peek(j), lower = c | 0x20;

		if (!((c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'f')))
			return fail(j, j->at, 1, "expected four hex digits behind \\u");
		v = v * 16 + (uint64_t)(c <= '9' ? c - '0' : lower - 'a' + 10);
		j->at++;
	}
	*ret_v = (uint32_t)v;
	return 0;
}

static void add_utf8(struct str *s, uint32_t c)
{
	if (c < 0x80) {
		str_addc(s, (char)c);
		return;
	}
	if (c < 0x800) {
		str_addc(s, (char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			str_addc(s, (char)(0xe0 | c >> 12));
		} else {
			str_addc(s, (char)(0xf0 | c >> 18));
			str_addc(s, (char)(0x80 | (c >> 12 & 0x3f)));
		}
		str_addc(s, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	str_addc(s, (char)(0x80 | (c & 0x3f)));
}

/* Behind "\u"; two of them make one character above 0xffff. */
static int escape_unicode(struct json *j)
{
	uint32_t c, low, at = j->at;
	int err = hex4(j, &c);

	if (err)
		return err;
	if (c >= 0xd800 && c < 0xdc00 && j->src->len - j->at >= 2 &&
	    !memcmp(j->src->text + j->at, "\\u", 2)) {
		j->at += 2;
		err = hex4(j, &low);
		if (err)
			return err;
		if (low < 0xdc00 || low > 0xdfff)
			return fail(j, at, j->at - at, "is half a character");
		c = 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
	} else if (c >= 0xd800 && c < 0xe000) {
		return fail(j, at, 4, "is half a character");
	}
	add_utf8(&j->text, c);
	return 0;
}

static int escape(struct json *j)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	int c = peek(j);
	const char *p = c > 0 ? strchr(from, c) : NULL;

	if (!p && c != 'u')
		return fail(j, j->at - 1, 2, "is no escape that JSON has");
	j->at++;
	if (c == 'u')
		return escape_unicode(j);
	str_addc(&j->text, to[p - from]);
	return 0;
}

/* Past what stands for itself; false: bytes that are no character. */
static bool skip_plain(struct json *j)
{
	uint32_t ch;
	size_t len;
	int c;

	while ((c = peek(j)) >= 0x20 && c != '"' && c != '\\') {
		len = c < 0x80 ? 1 : utf8_len(j->src->text + j->at, j->src->len - j->at, &ch);
		if (!len)
			return false;
		j->at += (uint32_t)len;
	}
	return true;
}

static int string(struct json *j)
{
	uint32_t start = j->at++, from;
	int c, err = 0;

	while (!err) {
		from = j->at;
		if (!skip_plain(j))
			return fail(j, j->at, 1, "is not UTF-8");
		c = peek(j);
		str_addn(&j->text, j->src->text + from, j->at - from);
		if (c < 0)
			return fail(j, start, 1, "this string does not end");
		if (c < 0x20)
			return fail(j, j->at, 1, "a string cannot have this character: escape it");
		j->at++;
		if (c == '"')
			break;
		err = escape(j);
	}
	if (!err && str_err(&j->text)) {
		j->err = str_err(&j->text);
		diag_error(j->d, "json", diag_text(j->src, start, j->at - start), "%s",
			   j->err == -E2BIG ? "this string is too long" : "out of memory");
	}
	return j->err;
}

/* ---- numbers and words ---- */

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(int c)
{
	return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static bool is_word(int c)
{
	return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '.' || c == '+' ||
	       c == '-' || c == '_';
}

static const char *digits(const char *p, const char *end)
{
	while (p < end && is_digit(*p))
		p++;
	return p;
}

static bool is_number(const char *p, const char *end)
{
	const char *from;

	if (p < end && *p == '-')
		p++;
	if (end - p > 2 && *p == '0' && (p[1] | 0x20) == 'x') {
		for (p += 2; p < end && is_hex(*p); p++)
			;
		return p == end;
	}
	from = p;
	p = digits(p, end);
	if (p == from || (*from == '0' && p - from > 1))
		return false;
	if (p < end && *p == '.') {
		from = ++p;
		p = digits(p, end);
		if (p == from)
			return false;
	}
	if (p < end && (*p | 0x20) == 'e') {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		from = p;
		p = digits(p, end);
		if (p == from)
			return false;
	}
	return p == end;
}

static int word(struct json *j)
{
	static const struct { const char *text; enum json_kind kind; } words[] = {
		{"true", JSON_TRUE}, {"false", JSON_FALSE}, {"null", JSON_NULL}};
	const char *p = j->src->text + j->at;
	uint32_t start = j->at, n;
	size_t i;

	while (is_word(peek(j)))
		j->at++;
	n = j->at - start;
	for (i = 0; i < ARRAY_LEN(words); i++)
		if (n == strlen(words[i].text) && !memcmp(p, words[i].text, n))
			return (int)words[i].kind;
	str_addn(&j->text, p, n);
	if (is_number(p, p + n))
		return JSON_NUMBER;
	return fail(j, start, n ? n : 1, n ? "is neither a number nor true, false or null"
					   : "expected a value");
}

/* ---- tokens ---- */

static bool in_object(const struct json *j)
{
	return j->depth && j->objects >> (j->depth - 1) & 1;
}

static int begin(struct json *j, bool object)
{
	uint64_t bit;

	if (j->depth == JSON_DEPTH_MAX)
		return fail(j, j->at, 1, "is nested too deep");
	bit = UINT64_C(1) << j->depth++;
	j->objects = object ? j->objects | bit : j->objects & ~bit;
	j->at++;
	j->expect = object ? A_KEY_OR_END : A_VALUE_OR_END;
	return object ? JSON_OBJECT : JSON_ARRAY;
}

static void after_value(struct json *j)
{
	j->expect = j->depth ? A_COMMA_OR_END : NOTHING;
}

static int end(struct json *j)
{
	bool object = in_object(j);

	j->depth--;
	j->at++;
	after_value(j);
	return object ? JSON_OBJECT_END : JSON_ARRAY_END;
}

static int key(struct json *j)
{
	if (peek(j) != '"')
		return fail(j, j->at, 1, "expected the name of a field, in quotes");
	if (string(j))
		return j->err;
	j->span.len = j->at - j->span.at;
	skip_blanks(j);
	if (peek(j) != ':')
		return fail(j, j->at, 1, "expected ':' behind the name of a field");
	j->at++;
	j->expect = A_VALUE;
	return JSON_KEY;
}

static int value(struct json *j)
{
	int c = peek(j), kind;

	if (c == '{' || c == '[')
		return begin(j, c == '{');
	kind = c == '"' ? string(j) : word(j);
	if (kind < 0)
		return kind;
	after_value(j);
	return c == '"' ? JSON_STRING : kind;
}

static int cut_off(struct json *j)
{
	return fail(j, j->at ? j->at - 1 : 0, j->at ? 1 : 0, "the JSON ends before it is whole");
}

static int token(struct json *j)
{
	int c = peek(j), close = in_object(j) ? '}' : ']';

	if (j->expect == NOTHING)
		return c < 0 ? JSON_END : fail(j, j->at, 1, "expected nothing more");
	if (c < 0)
		return cut_off(j);
	if (c == close && (j->expect == A_COMMA_OR_END || j->expect == A_KEY_OR_END ||
			   j->expect == A_VALUE_OR_END))
		return end(j);
	if (j->expect == A_COMMA_OR_END) {
		if (c != ',')
			return fail(j, j->at, 1,
				    close == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
		j->at++;
		skip_blanks(j);
		if (peek(j) < 0)
			return cut_off(j);
		j->span.at = j->at;
		j->expect = close == '}' ? A_KEY : A_VALUE;
	}
	return j->expect == A_KEY || j->expect == A_KEY_OR_END ? key(j) : value(j);
}

int json_next(struct json *j)
{
	int kind;

	if (j->err)
		return j->err;
	str_reset(&j->text);
	skip_blanks(j);
	j->span = (struct span){j->at, 0};
	kind = token(j);
	if (kind >= 0 && !j->span.len)
		j->span.len = j->at - j->span.at;
	return kind;
}

int json_skip(struct json *j, int kind)
{
	uint32_t depth = j->depth;

	if (kind != JSON_OBJECT && kind != JSON_ARRAY)
		return MIN(kind, 0);
	while (kind >= 0 && j->depth >= depth)
		kind = json_next(j);
	return MIN(kind, 0);
}
