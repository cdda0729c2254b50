/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Numbers from text, and strings of unknown length.
 *
 * The string kfuncs take any address: -ERANGE when it cannot be one, -EFAULT when nothing can be
 * read there, -E2BIG when no end is found within 64 KiB.
 */
#include <ctype.h>

#include "vm/helper.h"

enum { STRING_MAX = 65536, WINDOW = 64 };

/* ---- strtol, strtoul ---- */

static bool is_space(char c) /* the kernel's table also has the no-break space of Latin-1 */
{
	return isspace((unsigned char)c) || (unsigned char)c == 0xa0;
}

/*
 * Skips "0x" where the base allows it, and chooses a base for 0. s ends in a character no digit is.
 */
static const char *find_base(const char *s, unsigned *base)
{
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');

	if (!*base)
		*base = s[0] != '0' ? 10 : hex && isxdigit((unsigned char)s[2]) ? 16 : 8;
	return *base == 16 && hex ? s + 2 : s;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* kernel: __bpf_strtoull(): how many characters it took, or -errno. */
static int64_t parse(const char *buf, size_t n, uint64_t flags, uint64_t *ret_v, bool *ret_negative)
{
	enum { BASE_MASK = 0x1f, DIGITS_MAX = 63 };
	unsigned base = flags & BASE_MASK;
	char text[DIGITS_MAX + 1];
	const char *s, *digits;
	bool overflow = false;
	uint64_t v = 0;
	size_t i = 0;

	if ((base && base != 8 && base != 10 && base != 16) || flags & ~(uint64_t)BASE_MASK)
		return -EINVAL;
	while (i < n && is_space(buf[i]))
		i++;
	*ret_negative = i < n && buf[i] == '-';
	i += *ret_negative;
	if (i == n)
		return -EINVAL;
	n = MIN(n - i, (size_t)DIGITS_MAX);
	memcpy(text, buf + i, n);
	text[n] = '\0';
	digits = s = find_base(text, &base);
	for (; digit_of(*s) < (int)base; s++) {
		overflow |= __builtin_mul_overflow(v, (uint64_t)base, &v);
		overflow |= __builtin_add_overflow(v, (uint64_t)digit_of(*s), &v);
	}
	if (overflow)
		return -ERANGE;
	if (s == digits)
		return -EINVAL;
	*ret_v = v;
	return (int64_t)i + (s - text);
}

static uint64_t parse_number(struct vm_run *run, uint64_t buf, uint64_t n, uint64_t flags,
			     uint64_t res, bool is_signed)
{
	void *to = vm_mem(run, res, sizeof(uint64_t), true);
	const char *from = to ? vm_mem(run, buf, n, false) : NULL;
	bool negative = false;
	uint64_t v;
	int64_t took;

	if (!from)
		return 0;
	memset(to, 0, sizeof(v)); /* before reading: they may be one */
	took = parse(from, n, flags, &v, &negative);
	if (took < 0)
		return neg(took);
	if (negative)
		v = -v;
	if (is_signed && (negative ? (int64_t)v > 0 : (int64_t)v < 0))
		return neg(-ERANGE);
	if (!is_signed && negative)
		return neg(-EINVAL);
	memcpy(to, &v, sizeof(v));
	return neg(took);
}

HELPER(strtol)
{
	return parse_number(run, r1, r2, r3, r4, true);
}

HELPER(strtoul)
{
	return parse_number(run, r1, r2, r3, r4, false);
}

/* ---- strings ---- */

/* Reads by windows: consecutive characters cost one access in WINDOW. */
struct reader {
	struct vm_run *run;
	uint64_t base, at; /* the string; where the window lies */
	size_t n;          /* how much of it is there */
	char window[WINDOW];
};

static void reader_init(struct reader *rd, struct vm_run *run, uint64_t base)
{
	rd->run = run;
	rd->base = rd->at = base;
	rd->n = 0;
}

static bool reader_get(struct reader *rd, uint64_t i, char *ret_c)
{
	uint64_t at = rd->base + i;

	if (at - rd->at >= rd->n) {
		rd->at = at;
		rd->n = WINDOW - at % WINDOW; /* so it does not cross a page */
		if (mem_read(rd->run, VM_KERNEL, at, rd->window, rd->n)) {
			rd->n = 1;
			if (mem_read(rd->run, VM_KERNEL, at, rd->window, 1)) {
				rd->n = 0;
				return false;
			}
		}
	}
	*ret_c = rd->window[at - rd->at];
	return true;
}

/*
 * Whether a string can begin there: 0, -ERANGE or -EFAULT. Where it cannot go on is always -EFAULT.
 */
static int check_string(struct vm_run *run, uint64_t at)
{
	char first;

	return mem_read(run, VM_KERNEL, at, &first, 1);
}

static int check_strings(struct vm_run *run, uint64_t s1, uint64_t s2)
{
	int err1 = check_string(run, s1), err2 = check_string(run, s2);

	return err1 == -ERANGE || err2 == -ERANGE ? -ERANGE : err1 ? err1 : err2;
}

static int64_t compare(struct vm_run *run, uint64_t s1, uint64_t s2, bool fold, uint64_t len)
{
	struct reader a, b;
	uint64_t i;
	char c1, c2;
	int err;

	err = check_strings(run, s1, s2);
	if (err)
		return err;
	reader_init(&a, run, s1);
	reader_init(&b, run, s2);
	for (i = 0; i < len && i < STRING_MAX; i++) {
		if (!reader_get(&a, i, &c1) || !reader_get(&b, i, &c2))
			return -EFAULT;
		if (fold) {
			c1 = (char)tolower((unsigned char)c1);
			c2 = (char)tolower((unsigned char)c2);
		}
		if (c1 != c2)
			return (unsigned char)c1 < (unsigned char)c2 ? -1 : 1;
		if (!c1)
			return 0;
	}
	return i == STRING_MAX ? -E2BIG : 0;
}

KFUNC(bpf_strcmp)
{
	return neg(compare(run, r1, r2, false, STRING_MAX));
}

KFUNC(bpf_strcasecmp)
{
	return neg(compare(run, r1, r2, true, STRING_MAX));
}

KFUNC(bpf_strncasecmp)
{
	return neg(compare(run, r1, r2, true, r3));
}

HELPER(strncmp)
{
	uint32_t n = (uint32_t)r2;
	int64_t order;

	if (!vm_mem(run, r1, n, false))
		return 0;
	order = compare(run, r1, r3, false, MIN(n, (uint32_t)STRING_MAX));
	if (order < -1 && order != -E2BIG) {
		helper_fault(run, r3, 1);
		return 0;
	}
	return order == -E2BIG ? 0 : neg(order);
}

/*
 * The first place within len that holds c, or the end. What the functions on top of it differ in is
 * what they say when the end, or the limit, comes first.
 */
struct found {
	int64_t at; /* or -errno */
	bool end;   /* the NUL is there */
};

static struct found find_char(struct vm_run *run, uint64_t s, uint64_t len, char c)
{
	struct reader rd;
	uint64_t i;
	char sc;
	int err;

	err = check_string(run, s);
	if (err == -ERANGE || (err && len))
		return (struct found){.at = err};
	reader_init(&rd, run, s);
	for (i = 0; i < len && i < STRING_MAX; i++) {
		if (!reader_get(&rd, i, &sc))
			return (struct found){.at = -EFAULT};
		if (sc == c || !sc)
			return (struct found){.at = (int64_t)i, .end = !sc};
	}
	return (struct found){.at = i == STRING_MAX ? -E2BIG : (int64_t)i, .end = true};
}

static uint64_t find_or_none(struct vm_run *run, uint64_t s, uint64_t len, char c)
{
	struct found f = find_char(run, s, len, c);
	bool limit = f.end && f.at >= 0 && (uint64_t)f.at == len; /* the limit, not a NUL */

	return neg(f.end && f.at >= 0 && (c || limit) ? -ENOENT : f.at);
}

KFUNC(bpf_strchr)
{
	return find_or_none(run, r1, UINT64_MAX, (char)r2);
}

KFUNC(bpf_strnchr)
{
	return find_or_none(run, r1, r2, (char)r3);
}

KFUNC(bpf_strchrnul)
{
	return neg(find_char(run, r1, UINT64_MAX, (char)r2).at);
}

KFUNC(bpf_strlen)
{
	return neg(find_char(run, r1, UINT64_MAX, '\0').at);
}

KFUNC(bpf_strnlen)
{
	return neg(find_char(run, r1, r2, '\0').at);
}

KFUNC(bpf_strrchr)
{
	int64_t i, last = -ENOENT;
	struct reader rd;
	char sc;
	int err;

	err = check_string(run, r1);
	if (err)
		return neg(err);
	reader_init(&rd, run, r1);
	for (i = 0; i < STRING_MAX; i++) {
		if (!reader_get(&rd, (uint64_t)i, &sc))
			return neg(-EFAULT);
		if ((unsigned char)sc == (int32_t)r2) /* the whole int, as the kernel compares */
			last = i;
		if (!sc)
			return neg(last);
	}
	return neg(-E2BIG);
}

/* Where the first character that is (or is not) one of `set` stands. */
static int64_t span(struct vm_run *run, uint64_t s, uint64_t set, bool accept)
{
	struct reader rs, rset;
	uint64_t i, j;
	char cs, c;
	int err;

	err = check_strings(run, s, set);
	if (err)
		return err;
	reader_init(&rs, run, s);
	reader_init(&rset, run, set);
	for (i = 0; i < STRING_MAX; i++) {
		if (!reader_get(&rs, i, &cs))
			return -EFAULT;
		if (!cs)
			return (int64_t)i;
		for (j = 0; j < STRING_MAX; j++) {
			if (!reader_get(&rset, j, &c))
				return -EFAULT;
			if (c == cs || !c)
				break;
		}
		if (j == STRING_MAX)
			return -E2BIG;
		if (accept ? !c : c)
			return (int64_t)i;
	}
	return -E2BIG;
}

KFUNC(bpf_strspn)
{
	return neg(span(run, r1, r2, true));
}

KFUNC(bpf_strcspn)
{
	return neg(span(run, r1, r2, false));
}

/* s2 at place i of s1: 1 it is, 0 it is not, -ENOENT nothing further can be, or another -errno. */
static int64_t matches(struct reader *a, struct reader *b, uint64_t i, uint64_t len, bool fold)
{
	uint64_t j;
	char c1, c2;

	for (j = 0; i + j <= len && j < STRING_MAX; j++) {
		if (!reader_get(b, j, &c2))
			return -EFAULT;
		if (!c2)
			return 1;
		if (i + j == len)
			return -ENOENT;
		if (!reader_get(a, i + j, &c1))
			return -EFAULT;
		if (!c1)
			return -ENOENT;
		if (fold ? tolower((unsigned char)c1) != tolower((unsigned char)c2) : c1 != c2)
			return 0;
	}
	return j == STRING_MAX ? -E2BIG : 0;
}

static int64_t find_string(struct vm_run *run, uint64_t s1, uint64_t s2, uint64_t len, bool fold)
{
	struct reader a, b;
	int64_t found;
	uint64_t i;
	int err;

	err = check_strings(run, s1, s2);
	if (err)
		return err;
	reader_init(&a, run, s1);
	reader_init(&b, run, s2);
	for (i = 0; i < STRING_MAX; i++) {
		found = matches(&a, &b, i, len, fold);
		if (found)
			return found > 0 ? (int64_t)i : found;
	}
	return -E2BIG;
}

KFUNC(bpf_strstr)
{
	return neg(find_string(run, r1, r2, STRING_MAX, false));
}

KFUNC(bpf_strcasestr)
{
	return neg(find_string(run, r1, r2, STRING_MAX, true));
}

KFUNC(bpf_strnstr)
{
	return neg(find_string(run, r1, r2, r3, false));
}

KFUNC(bpf_strncasestr)
{
	return neg(find_string(run, r1, r2, r3, true));
}
