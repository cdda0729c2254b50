/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The string builder, and the little UTF-8 that aligned output needs.
 *
 * s->s is never NULL: an empty builder points at a shared NUL byte and owns nothing (cap == 0), so
 * str_init cannot fail.
 */
#include <stdio.h>

#include "base/impl.h"

static char empty[1];

void str_init(struct str *s, size_t max)
{
	*s = (struct str){.s = empty, .max = max};
}

void str_done(struct str *s)
{
	if (s->cap)
		mem_free(s->s);
	str_init(s, s->max);
}

void str_reset(struct str *s)
{
	str_cut(s, 0);
	s->err = 0;
}

void str_cut(struct str *s, size_t n)
{
	if (n < s->n) {
		s->n = n;
		s->s[n] = 0;
	}
}

/* Room for n more bytes and the NUL. */
static bool reserve(struct str *s, size_t n)
{
	size_t want, cap;
	char *grown;

	if (s->err)
		return false;
	if (n > s->max || s->n > s->max - n) {
		s->err = -E2BIG;
		return false;
	}
	want = s->n + n + 1;
	if (want <= s->cap)
		return true;
	cap = STRESS_GROWTH(s->cap) ? want : MAX(want, MAX((size_t)64, s->cap * 2));
	grown = mem_realloc(s->cap ? s->s : NULL, cap);
	if (!grown) {
		s->err = -ENOMEM;
		return false;
	}
	s->s = grown;
	s->s[s->n] = 0;
	s->cap = cap;
	return true;
}

/*
 * How many of n bytes are to be added: at the ceiling what fits, as a cut message is better than
 * none.
 */
static size_t admit(struct str *s, size_t n)
{
	size_t room = s->max - s->n;

	if (s->err)
		return 0;
	if (n <= room)
		return reserve(s, n) ? n : 0;
	if (!reserve(s, room))
		return 0;
	s->err = -E2BIG;
	return room;
}

static void added(struct str *s, size_t n)
{
	if (n) {
		s->n += n;
		s->s[s->n] = 0;
	}
}

void str_addn(struct str *s, const void *bytes, size_t n)
{
	n = admit(s, n);
	if (n)
		memcpy(s->s + s->n, bytes, n);
	added(s, n);
}

void str_add(struct str *s, const char *text)
{
	str_addn(s, text, strlen(text));
}

void str_addc(struct str *s, char c)
{
	if (s->n + 1 < s->cap && !s->err && s->n < s->max) {
		s->s[s->n++] = c;
		s->s[s->n] = 0;
	} else {
		str_addn(s, &c, 1);
	}
}

void str_pad(struct str *s, char c, size_t n)
{
	n = admit(s, n);
	if (n)
		memset(s->s + s->n, c, n);
	added(s, n);
}

void str_addv(struct str *s, const char *fmt, va_list ap)
{
	char small[256], *big;
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(small, sizeof(small), fmt, again);
	va_end(again);
	if (n < 0) {
		s->err = s->err ? s->err : -EINVAL;
	} else if ((size_t)n < sizeof(small)) {
		str_addn(s, small, (size_t)n);
	} else if ((size_t)n <= s->max - s->n) {
		if (reserve(s, (size_t)n)) {
			vsnprintf(s->s + s->n, (size_t)n + 1, fmt, ap);
			s->n += (size_t)n;
		}
	} else if (!s->err) { /* past the ceiling: through a copy, so that what fits is kept */
		big = mem_alloc((size_t)n + 1);
		if (!big) {
			s->err = -ENOMEM;
			return;
		}
		vsnprintf(big, (size_t)n + 1, fmt, ap);
		str_addn(s, big, (size_t)n);
		mem_free(big);
	}
}

void str_addf(struct str *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	str_addv(s, fmt, ap);
	va_end(ap);
}

bool str_has_prefix(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

bool str_has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && !memcmp(s + n - m, suffix, m);
}

/* ---- UTF-8 ---- */

size_t utf8_len(const char *s, size_t n, uint32_t *ret_char)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const uint8_t *p = (const uint8_t *)s;
	size_t len, i;
	uint32_t c;

	if (!n)
		return 0;
	if (p[0] < 0x80)
		len = 1, c = p[0];
	else if ((p[0] & 0xe0) == 0xc0)
		len = 2, c = p[0] & 0x1f;
	else if ((p[0] & 0xf0) == 0xe0)
		len = 3, c = p[0] & 0x0f;
	else if ((p[0] & 0xf8) == 0xf0)
		len = 4, c = p[0] & 0x07;
	else
		return 0;
	if (len > n)
		return 0;
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	/* overlong forms, surrogates, and past the last plane */
	if (c < least[len] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		return 0;
	if (ret_char)
		*ret_char = c;
	return len;
}

/*
 * Not so: control characters, and those that turn the direction of what is read ("Trojan Source").
 */
bool utf8_shows(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		return false;
	return !(c >= 0x202a && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069);
}

int utf8_width(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} wide[] = {
		{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},
		{0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},
		{0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f},
		{0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
	};
	size_t i;

	if ((c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) ||
	    (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff || !utf8_shows(c))
		return 0; /* combining marks, zero-width, variation selectors */
	for (i = 0; i < ARRAY_LEN(wide); i++)
		if (c >= wide[i].first && c <= wide[i].last)
			return 2;
	return 1;
}

size_t utf8_columns(const char *s, size_t n)
{
	size_t columns = 0, at = 0, len;
	uint32_t c;

	while (at < n) {
		if (s[at] >= 0x20 && s[at] < 0x7f) {
			columns++, at++;
			continue;
		}
		len = utf8_len(s + at, n - at, &c);
		columns += len ? (size_t)utf8_width(c) : 1;
		at += len ? len : 1;
	}
	return columns;
}
