/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Formats of bpf_trace_printk, bpf_snprintf, bpf_seq_printf and their kin, by the kernel's rules.
 *
 * Two passes, as in the kernel, so that a bad format prints nothing: `prepare` checks every
 * conversion and fetches what pointers point to, `render` makes the text. What prepare fetches lies
 * in a buffer of 512 bytes, laid out as the kernel's, since running out of it is -ENOSPC, and since
 * the kernel loses its place there once the text is longer than its room, which the length it
 * returns then shows.
 *
 *	%[0 +-][width](d i u x X | ld li .. | lld lli ..)  c  s
 *	%p %pK (hashed) %px %ps %pS %pB (symbols) %pks %pus (strings) %pi4 %pI4 %pi6 %pI6
 *
 * kernel: bpf_bprintf_prepare(), bstr_printf(), 6.18
 */
#include <ctype.h>
#include <stdio.h>

#include "vm/helper.h"

enum { BIN_MAX = 512, WIDTH_MAX = (1 << 23) - 1, SYMBOL_MAX = 512 };
enum { LEFT = 1, PLUS = 2, SPACE = 4, ZERO = 8, SIGNED = 16, UPPER = 32 };

enum conv { CONV_NUMBER, CONV_CHAR, CONV_STRING, CONV_VERBATIM, CONV_POINTER, CONV_SYMBOL };

struct spec {
	enum conv conv;
	uint8_t flags, base;
	int32_t width;     /* -1: none */
	uint8_t size;      /* of a number: 4 or 8 bytes */
	uint32_t from, to; /* in the format: to is behind what it consumes */
};

struct print {
	struct vm_run *run;
	const char *fmt;
	size_t len; /* of fmt, to its NUL */
	const uint64_t *arg;
	uint32_t args;
	struct spec spec[PRINT_ARGS_MAX];
	uint32_t specs;
	char bin[BIN_MAX];
	size_t used; /* prepare: how much of bin; render: how far it has read */
};

/* The kernel's character classes are those of Latin-1. */
static bool is_letter_or_digit(unsigned char c)
{
	return c < 0x80 ? isalnum(c) : c >= 0xc0 && c != 0xd7 && c != 0xf7;
}

/* The string is terminated: looking one past a character that is not NUL is fine. */
static bool ends_word(char ch)
{
	unsigned char c = (unsigned char)ch;

	return !c || (c < 0x80 ? isspace(c) || ispunct(c) : c >= 0xa0 && !is_letter_or_digit(c));
}

static size_t parse_width(const char *fmt, size_t i, struct spec *s)
{
	uint32_t width = 0;

	for (;; i++) {
		if (fmt[i] == '0')
			s->flags |= ZERO;
		else if (fmt[i] == '+')
			s->flags |= PLUS;
		else if (fmt[i] == '-')
			s->flags |= LEFT;
		else if (fmt[i] == ' ')
			s->flags |= SPACE;
		else
			break;
	}
	s->width = -1;
	if (fmt[i] < '1' || fmt[i] > '9')
		return i;
	for (; fmt[i] >= '0' && fmt[i] <= '9'; i++)
		width = width * 10 + (uint32_t)(fmt[i] - '0');
	s->width = MAX(-WIDTH_MAX, MIN(WIDTH_MAX, (int32_t)width));
	return i;
}

static int take_value(struct print *p, struct spec *s, size_t size)
{
	p->used = ALIGN_UP(p->used, (size_t)4);
	if (BIN_MAX < p->used + size)
		return -ENOSPC;
	memcpy(p->bin + p->used, &p->arg[p->specs], size); /* little-endian, or the whole */
	p->used += size;
	s->size = (uint8_t)size;
	return 0;
}

static int take_string(struct print *p, enum vm_space space)
{
	char *to = p->bin + p->used;
	int64_t n;

	if (p->used == BIN_MAX)
		return -ENOSPC;
	n = mem_read_str(p->run, space, p->arg[p->specs], to, BIN_MAX - p->used);
	if (n < 0) {
		to[0] = '\0';
		n = 1;
	}
	p->used += (size_t)n;
	return 0;
}

static void format_ip6(const uint8_t *ip, bool colons, char *to, size_t max)
{
	size_t n = 0;
	int i;

	for (i = 0; i < 16 && n < max; i++)
		n += (size_t)snprintf(to + n, max - n, "%02x%s", ip[i],
				      colons && i % 2 && i < 15 ? ":" : "");
}

/* The kernel formats it at once, and cuts it where its buffer ends. */
static int take_ip(struct print *p, char kind, char version)
{
	size_t size = version == '4' ? 4 : 16, left = BIN_MAX - p->used;
	uint8_t ip[16] = {0};
	char text[48];

	if (left < size)
		return -ENOSPC;
	if (mem_read(p->run, VM_KERNEL, p->arg[p->specs], ip, size))
		memset(ip, 0, sizeof(ip));
	if (version == '6')
		format_ip6(ip, kind == 'I', text, sizeof(text));
	else
		snprintf(text, sizeof(text), kind == 'i' ? "%03u.%03u.%03u.%03u" : "%u.%u.%u.%u",
			 ip[0], ip[1], ip[2], ip[3]);
	snprintf(p->bin + p->used, left, "%s", text);
	p->used = MIN((size_t)BIN_MAX, p->used + strlen(text) + 1);
	return 0;
}

static size_t symbol(const struct print *p, uint64_t at, char *to, size_t max)
{
	const struct vm_world *w = p->run->world;
	size_t n = w->outside && w->outside->symbol ? w->outside->symbol(w->arg, at, to, max) : 0;

	if (n)
		return MIN(n, max - 1);
	return (size_t)snprintf(to, max, "0x%llx", (unsigned long long)at);
}

static int take_backtrace(struct print *p)
{
	size_t left = BIN_MAX - p->used;
	char text[SYMBOL_MAX];
	size_t n = symbol(p, p->arg[p->specs], text, sizeof(text));

	if (!left)
		return -ENOSPC;
	snprintf(p->bin + p->used, left, "%.*s", (int)n, text);
	p->used = MIN((size_t)BIN_MAX, p->used + n + 1);
	return 0;
}

/* All letters and digits behind %p belong to it when it is rendered, whatever they are. */
static int prepare_pointer(struct print *p, struct spec *s, size_t *i)
{
	const char *f = p->fmt + *i; /* behind the p */

	s->conv = CONV_VERBATIM;
	if (ends_word(f[0])) {
		s->conv = CONV_POINTER;
		return take_value(p, s, 8);
	}
	if ((f[0] == 'k' || f[0] == 'u') && f[1] == 's') {
		*i += 2;
		return ends_word(f[2]) ? take_string(p, f[0] == 'u' ? VM_USER : VM_KERNEL)
				       : -EINVAL;
	}
	*i += 1;
	if (f[0] == 'K' || f[0] == 'x') {
		s->conv = CONV_POINTER;
		s->flags |= f[0] == 'x' ? UPPER : 0; /* as it is */
		return take_value(p, s, 8);
	}
	if (f[0] == 's' || f[0] == 'S') {
		s->conv = CONV_SYMBOL;
		return take_value(p, s, 8);
	}
	if (f[0] == 'B')
		return take_backtrace(p);
	if ((f[0] != 'i' && f[0] != 'I') || (f[1] != '4' && f[1] != '6'))
		return -EINVAL;
	*i += 1;
	return take_ip(p, f[0], f[1]);
}

static int prepare_number(struct print *p, struct spec *s, size_t *i)
{
	const char *f = p->fmt + *i;
	size_t longs = 0;

	while (longs < 2 && f[longs] == 'l')
		longs++;
	s->conv = CONV_NUMBER;
	s->base = 10;
	switch (f[longs]) {
	case 'd':
	case 'i':
		s->flags |= SIGNED;
		break;
	case 'u':
		break;
	case 'X':
		s->flags |= UPPER;
		s->base = 16;
		break;
	case 'x':
		s->base = 16;
		break;
	default:
		return -EINVAL;
	}
	*i += longs + 1;
	return take_value(p, s, longs ? 8 : 4);
}

static int prepare_char(struct print *p, struct spec *s)
{
	s->conv = CONV_CHAR;
	if (p->used == BIN_MAX)
		return -ENOSPC;
	p->bin[p->used++] = (char)p->arg[p->specs];
	return 0;
}

/* i: behind the %; becomes the first character that is not the conversion's. */
static int prepare_one(struct print *p, size_t *i)
{
	struct spec *s = &p->spec[p->specs];
	int err;

	if (p->specs >= p->args)
		return -EINVAL;
	*s = (struct spec){.from = (uint32_t)*i - 1};
	*i = parse_width(p->fmt, *i, s);
	switch (p->fmt[*i]) {
	case 'p':
		++*i;
		err = prepare_pointer(p, s, i);
		break;
	case 's':
		++*i;
		s->conv = CONV_STRING;
		err = ends_word(p->fmt[*i]) ? take_string(p, VM_KERNEL) : -EINVAL;
		break;
	case 'c':
		++*i;
		err = prepare_char(p, s);
		break;
	default:
		err = prepare_number(p, s, i);
	}
	s->to = (uint32_t)*i;
	p->specs++;
	return err;
}

static int prepare(struct print *p)
{
	size_t i = 0;
	int err = 0;

	while (!err && i < p->len) {
		unsigned char c = (unsigned char)p->fmt[i++];

		if (c < 0x80 && !isprint(c) && !isspace(c)) /* UTF-8 passes, controls do not */
			return -EINVAL;
		if (c != '%')
			continue;
		if (p->fmt[i] == '%')
			i++;
		else
			err = prepare_one(p, &i);
	}
	return err;
}

/* ---- the text: counted in full, written as far as it fits ---- */

struct sink {
	char *to;
	size_t max;
	int64_t n;
};

static void put(struct sink *k, char c)
{
	if ((uint64_t)k->n < k->max)
		k->to[k->n] = c;
	k->n++;
}

static void put_n(struct sink *k, char c, int64_t n)
{
	int64_t room = (int64_t)k->max - k->n;

	if (n <= 0)
		return;
	if (room > 0)
		memset(k->to + k->n, c, (size_t)MIN(n, room));
	k->n += n;
}

static void put_text(struct sink *k, const struct spec *s, const char *text, size_t n)
{
	int64_t pad = s->width - (int64_t)n;
	size_t i;

	if (!(s->flags & LEFT))
		put_n(k, ' ', pad);
	for (i = 0; i < n; i++)
		put(k, text[i]);
	if (s->flags & LEFT)
		put_n(k, ' ', pad);
}

static uint64_t next_value(struct print *p, const struct spec *s)
{
	uint64_t v = 0;

	p->used = MIN(ALIGN_UP(p->used, (size_t)4), (size_t)BIN_MAX - s->size);
	memcpy(&v, p->bin + p->used, s->size);
	p->used += s->size;
	if (s->size == 4)
		v = s->flags & SIGNED ? (uint64_t)(int32_t)v : (uint32_t)v;
	return v;
}

static const char *next_text(struct print *p, size_t *ret_n)
{
	const char *text = p->bin + MIN(p->used, (size_t)BIN_MAX - 1);

	*ret_n = strnlen(text, (size_t)(p->bin + BIN_MAX - text));
	p->used = MIN(p->used + *ret_n + 1, (size_t)BIN_MAX);
	return text;
}

static void put_number(struct sink *k, const struct spec *s, uint64_t v)
{
	const char *digits = s->flags & UPPER ? "0123456789ABCDEF" : "0123456789abcdef";
	int64_t width = s->width;
	char sign = 0, digit[24];
	int n = 0;

	if (s->flags & SIGNED) {
		if ((int64_t)v < 0) {
			sign = '-';
			v = -v;
		} else {
			sign = s->flags & PLUS ? '+' : s->flags & SPACE ? ' ' : 0;
		}
	}
	do
		digit[n++] = digits[v % s->base];
	while (v /= s->base);
	width -= n + (sign != 0);
	if (!(s->flags & (ZERO | LEFT)))
		put_n(k, ' ', width);
	if (sign)
		put(k, sign);
	if ((s->flags & (ZERO | LEFT)) == ZERO)
		put_n(k, '0', width);
	while (n--)
		put(k, digit[n]);
	if (s->flags & LEFT)
		put_n(k, ' ', width);
}

static void put_pointer(struct sink *k, const struct spec *s, uint64_t v)
{
	enum { ERRNO_MAX = 4095, POINTER_DIGITS = 16 };
	struct spec n = {.conv = CONV_NUMBER,
			 .flags = s->flags & (LEFT | ZERO),
			 .base = 16,
			 .width = s->width};
	bool plain = s->flags & UPPER || !v || v >= -(uint64_t)ERRNO_MAX;

	if (!plain) /* as the kernel, we do not tell addresses; equal ones look equal */
		v = (uint32_t)hash_bytes(&v, sizeof(v), 0);
	if (n.width == -1) {
		n.width = POINTER_DIGITS;
		n.flags |= ZERO;
	}
	put_number(k, &n, v);
}

/*
 * The kernel has no width for what it has formatted before, and when there is no room left it
 * neither counts nor skips it.
 */
static void put_verbatim(struct print *p, struct sink *k)
{
	struct spec bare = {.width = -1};
	const char *text;
	size_t n;

	if ((uint64_t)k->n >= k->max)
		return;
	text = next_text(p, &n);
	put_text(k, &bare, text, n);
}

static void put_spec(struct print *p, const struct spec *s, struct sink *k)
{
	char symbol_text[SYMBOL_MAX];
	const char *text;
	size_t n;

	switch (s->conv) {
	case CONV_NUMBER:
		put_number(k, s, next_value(p, s));
		return;
	case CONV_CHAR:
		put_text(k, s, p->bin + MIN(p->used, (size_t)BIN_MAX - 1), 1);
		p->used++;
		return;
	case CONV_STRING:
		text = next_text(p, &n);
		put_text(k, s, text, n);
		return;
	case CONV_VERBATIM:
		put_verbatim(p, k);
		return;
	case CONV_POINTER:
		put_pointer(k, s, next_value(p, s));
		return;
	case CONV_SYMBOL:
		n = symbol(p, next_value(p, s), symbol_text, sizeof(symbol_text));
		put_text(k, s, symbol_text, n);
		return;
	}
	bug("conversion %d", s->conv);
}

static bool is_pointer(const struct spec *s)
{
	return s->conv == CONV_VERBATIM || s->conv == CONV_POINTER || s->conv == CONV_SYMBOL;
}

static void render(struct print *p, struct sink *k)
{
	const struct spec *s = p->spec, *end = p->spec + p->specs;
	size_t i = 0;

	while (i < p->len) {
		if (s < end && i == s->from) {
			put_spec(p, s, k);
			i = s->to;
			if (is_pointer(s))
				while (is_letter_or_digit((unsigned char)p->fmt[i]))
					i++;
			s++;
		} else {
			i += p->fmt[i] == '%';
			put(k, p->fmt[i++]);
		}
	}
}

int64_t print_format(struct vm_run *run, const char *fmt, size_t fmt_size, const uint64_t *arg,
		     uint32_t args, char *to, size_t max)
{
	struct print p = {.run = run, .fmt = fmt, .arg = arg, .args = args};
	struct sink k = {.to = to, .max = max};
	int err;

	p.len = strnlen(fmt, fmt_size);
	if (p.len == fmt_size)
		return -EINVAL;
	err = prepare(&p);
	if (err)
		return err;
	p.used = 0;
	render(&p, &k);
	if (max)
		to[MIN((uint64_t)k.n, max - 1)] = '\0';
	return k.n;
}
