/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs as they lie in files: raw bytes, hex digits, bpf_conformance's .data, text; and the
 * guess which of these a file is. The guess reads the first 64 KiB and never fails: what is text
 * and nothing else is assembly.
 */
#include <inttypes.h>
#include <stdio.h>

#include "isa/impl.h"

enum { GUESS_MAX = 1 << 16 };

int isa_kernel_parse(const char *s, uint32_t *ret_kernel)
{
	unsigned major, minor;

	if (sscanf(s, "%3u.%3u", &major, &minor) != 2 || major > 254 || minor > 254)
		return -EINVAL;
	*ret_kernel = ISA_KERNEL(major, minor);
	return 0;
}

/* ---- guessing -------------------------------------------------------------------------------- */

static bool is_text(const uint8_t *p, size_t n)
{
	size_t k;

	for (k = 0; k < n; k++)
		if (p[k] == 127 || (p[k] < ' ' && !(p[k] >= '\t' && p[k] <= '\r')))
			return false;
	return true;
}

static bool only_of(const char *s, size_t n, const char *set)
{
	return n && strspn(s, set) >= n;
}

static bool has_line(const char *s, const char *prefix)
{
	while (s) {
		if (!strncmp(s, prefix, strlen(prefix)))
			return true;
		s = strchr(s, '\n');
		s = s ? s + 1 : NULL;
	}
	return false;
}

/* tcpdump -ddd: a count, then lines of four decimal numbers; -dd: { 0x28, 0, 0, 0x0000000c }, */
static bool is_cbpf(const char *s)
{
	unsigned n, a, b, c, k;
	char newline;

	if (sscanf(s, " { 0x%x , %u , %u , 0x%x }", &n, &a, &b, &k) == 4)
		return true;
	if (sscanf(s, " (000) %c", &newline) == 1)
		return true;
	/* the count stands on a line of its own */
	return (sscanf(s, "%u%*[ \r]%c%u %u %u %u", &n, &newline, &a, &b, &c, &k) == 6 ||
		sscanf(s, "%u%c%u %u %u %u", &n, &newline, &a, &b, &c, &k) == 6) &&
	       newline == '\n';
}

enum isa_input isa_input_guess(const void *data, size_t size)
{
	size_t n = MIN(size, (size_t)GUESS_MAX);
	char s[GUESS_MAX + 1];

	if (n >= 4 && !memcmp(data, "\177ELF", 4))
		return ISA_INPUT_ELF;
	if (!is_text(data, n))
		return ISA_INPUT_RAW;
	memcpy(s, data, n);
	s[n] = 0;
	if (has_line(s, "-- asm") || has_line(s, "-- raw"))
		return ISA_INPUT_CONFORMANCE;
	if (is_cbpf(s))
		return ISA_INPUT_TCPDUMP;
	if (only_of(s, n, "0123456789abcdefABCDEFxX, \t\r\n:") && strpbrk(s, "0123456789"))
		return ISA_INPUT_HEX;
	return ISA_INPUT_ASM;
}

/* ---- reading --------------------------------------------------------------------------------- */

static struct insn insn_of(uint64_t v)
{
	return isa_insn((uint8_t)v, v >> 8 & 15, v >> 12 & 15, (int16_t)(uint16_t)(v >> 16),
			(int32_t)(uint32_t)(v >> 32));
}

static uint64_t value_of(const uint8_t *p)
{
	uint64_t v = 0;
	int k;

	for (k = 7; k >= 0; k--)
		v = v << 8 | p[k];
	return v;
}

static int too_many(const struct src *s, struct diag *d)
{
	diag_error(d, "input.too-big", diag_file(s->name), "more than %d instructions",
		   ISA_INSNS_MAX);
	return -E2BIG;
}

static int alloc_code(size_t n, struct isa_code *ret)
{
	struct isa_code c = {.n = n};

	c.at = mem_alloc_array(n + 1, sizeof(*c.at));
	c.span = mem_alloc_array(n + 1, sizeof(*c.span));
	if (!c.at || !c.span) {
		isa_code_done(&c);
		return -ENOMEM;
	}
	*ret = c;
	return 0;
}

static int read_raw(const struct src *s, struct diag *d, struct isa_code *ret)
{
	struct isa_code c;
	size_t k;
	int err;

	if (s->len % 8)
		return diag_error(d, "input.truncated", diag_offset(s->name, s->len & ~7u),
				  "the last instruction has %u of its 8 bytes", s->len % 8);
	if (s->len / 8 > ISA_INSNS_MAX)
		return too_many(s, d);
	err = alloc_code(s->len / 8, &c);
	if (err)
		return err;
	for (k = 0; k < c.n; k++) {
		c.at[k] = insn_of(value_of((const uint8_t *)s->text + 8 * k));
		c.span[k] = (struct span){(uint32_t)(8 * k), 8};
	}
	*ret = c;
	return 0;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The next byte of a hex text; 0 at the end, -EINVAL for what is no byte. */
static int next_byte(const struct src *s, uint32_t *at, uint8_t *ret)
{
	while (*at < s->len && strchr(", \t\r\n\v\f:", s->text[*at]))
		++*at;
	if (*at + 1 < s->len && s->text[*at] == '0' && (s->text[*at + 1] | 32) == 'x')
		*at += 2;
	if (*at >= s->len)
		return 0;
	if (*at + 1 >= s->len || digit(s->text[*at]) < 0 || digit(s->text[*at + 1]) < 0)
		return -EINVAL;
	*ret = (uint8_t)(digit(s->text[*at]) << 4 | digit(s->text[*at + 1]));
	*at += 2;
	return 1;
}

static int read_hex(const struct src *s, struct diag *d, struct isa_code *ret)
{
	struct isa_code c;
	size_t n = 0;
	uint32_t at = 0;
	uint8_t bytes[8];
	int err = alloc_code(MIN(s->len / 16 + 1, (uint32_t)ISA_INSNS_MAX), &c), more;

	if (err)
		return err;
	while ((more = next_byte(s, &at, &bytes[n % 8])) > 0) {
		if (n / 8 >= ISA_INSNS_MAX) {
			err = too_many(s, d);
			goto out;
		}
		if (n++ % 8 == 0)
			c.span[n / 8] = (struct span){at - 2, 0};
		if (n % 8 == 0) {
			c.at[n / 8 - 1] = insn_of(value_of(bytes));
			c.span[n / 8 - 1].len = at - c.span[n / 8 - 1].at;
		}
	}
	if (more < 0)
		err = diag_error(d, "input.hex", diag_text(s, at, 1), "expected two hex digits");
	else if (n % 8)
		err = diag_error(d, "input.truncated",
				 diag_text(s, c.span[n / 8].at, s->len - c.span[n / 8].at),
				 "the last instruction has %zu of its 8 bytes", n % 8);
out:
	if (err) {
		isa_code_done(&c);
		return err;
	}
	c.n = n / 8;
	*ret = c;
	return 0;
}

/* ---- .data files ----------------------------------------------------------------------------- */

int isa_data_section(const struct src *s, const char *name, struct span *ret_body)
{
	const char *at = s->text, *end = s->text + s->len, *nl;
	struct span body = {0};
	bool in = false, found = false;
	size_t n = strlen(name);

	for (; at < end; at = nl + 1) {
		nl = memchr(at, '\n', (size_t)(end - at));
		nl = nl ? nl : end;
		if (nl - at >= 3 && !memcmp(at, "-- ", 3)) {
			if (in)
				break;
			in = (size_t)(nl - at) >= n + 3 && !memcmp(at + 3, name, n) &&
			     (at + 3 + n == nl || at[3 + n] == '\r' || at[3 + n] == ' ');
			if (in)
				body.at = (uint32_t)(MIN(nl + 1, end) - s->text);
			found |= in;
		} else if (in) {
			body.len = (uint32_t)(MIN(nl + 1, end) - s->text) - body.at;
		}
	}
	if (!found)
		return -ENOENT;
	*ret_body = body;
	return 0;
}

/* One number a line, an instruction each, written from its last byte to its first. */
static int read_numbers(const struct src *s, struct span body, struct diag *d, struct isa_code *ret)
{
	struct isa_code c;
	uint32_t at = body.at, end = body.at + body.len;
	int err = alloc_code(MIN(body.len / 2 + 1, (uint32_t)ISA_INSNS_MAX), &c);

	if (err)
		return err;
	for (c.n = 0; at < end; at++) {
		uint32_t n = 0;
		uint64_t v;

		while (at + n < end && !strchr(" \t\r\n", s->text[at + n]))
			n++;
		if (!n || s->text[at] == '#') {
			while (n && at < end && s->text[at] != '\n')
				at++;
			continue;
		}
		err = num_parse_u64(s->text + at, n, &v);
		if (err)
			diag_error(d, "input.number", diag_text(s, at, n), "expected a number");
		else if (c.n >= ISA_INSNS_MAX)
			err = too_many(s, d);
		if (err)
			goto out;
		c.at[c.n] = insn_of(v);
		c.span[c.n++] = (struct span){at, n};
		at += n - 1;
	}
	*ret = c;
	return 0;
out:
	isa_code_done(&c);
	return err;
}

static int read_data(const struct src *s, const struct isa_asm *o, struct diag *d,
		     struct isa_code *ret)
{
	struct isa_asm mine = *o;
	struct span body;

	if (isa_data_section(s, "raw", &body) == 0)
		return read_numbers(s, body, d, ret);
	if (isa_data_section(s, "asm", &body) < 0)
		return diag_error(d, "input.no-section", diag_file(s->name),
				  "there is no section '-- asm' or '-- raw' in this file");
	if (!body.len)
		return diag_error(d, "input.empty", diag_file(s->name), "the section is empty");
	mine.part = body;
	mine.wrap = true;
	return isa_assemble(s, &mine, d, ret);
}

int isa_read(enum isa_input input, const struct src *s, const struct isa_asm *o, struct diag *d,
	     struct isa_code *ret_code)
{
	if (!s->len)
		return diag_error(d, "input.empty", diag_file(s->name), "the input is empty");
	switch (input) {
	case ISA_INPUT_AUTO:
		return isa_read(isa_input_guess(s->text, s->len), s, o, d, ret_code);
	case ISA_INPUT_RAW:
		return read_raw(s, d, ret_code);
	case ISA_INPUT_HEX:
		return read_hex(s, d, ret_code);
	case ISA_INPUT_CONFORMANCE:
		return read_data(s, o, d, ret_code);
	case ISA_INPUT_ASM:
		return isa_assemble(s, o, d, ret_code);
	case ISA_INPUT_TCPDUMP:
		return diag_error(d, "input.classic", diag_file(s->name),
				  "this is classic BPF: convert it first");
	case ISA_INPUT_ELF:
		return diag_error(d, "input.elf", diag_file(s->name),
				  "this is an ELF object: it needs to be taken apart first");
	}
	bug("input kind %d", input);
}
