/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A value as the kernel writes it: bpf_snprintf_btf, and the files of pinned maps.
 *
 * kernel: btf_type_show() and what it calls, 6.18. What it writes depends on the state that earlier
 * parts left behind (after an array inside of an array's element names are shown again, ...), so
 * the same state is kept here and changed at the same places. A struct or array is gone through
 * first without writing, to see whether something in it is not zero.
 */
#include <ctype.h>
#include <stdio.h>

#include "btf/impl.h"

enum { STEPS_MAX = 1 << 22, NAME_MAX_LINKS = 10, NAME_SHOWN = 80, INDENT_MAX = 32 };

struct show {
	const struct btf *b;
	struct bytes bytes;
	struct str *s;
	unsigned flags;
	uint32_t steps; /* left */
	int nested;	/* calls of show() */
	int err;
	int depth, quiet_at, deepest;    /* quiet_at: the depth the look ahead began at, + 1 */
	const struct btf_member *member; /* being shown; NULL: none */
	const struct btf_type *type;	 /* being shown; NULL: it has ended */
	uint32_t id;
	bool in_array, is_text, text_ended;
};

static void write_text(struct show *w, const char *a, const char *b, const char *c)
{
	if (w->quiet_at)
		return;
	if (!(w->flags & BTF_SHOW_COMPACT))
		str_pad(w->s, ' ', (size_t)MIN(w->depth, (int)INDENT_MAX));
	str_add(w->s, a);
	str_add(w->s, b);
	str_add(w->s, c);
}

static const char *newline(const struct show *w)
{
	return w->flags & BTF_SHOW_COMPACT ? "" : "\n";
}

static const char *delimiter(const struct show *w)
{
	if (!w->depth)
		return "";
	return w->flags & BTF_SHOW_COMPACT && btf_is(w->type, BTF_BIT(UNION)) ? "|" : ",";
}

static void start(struct show *w, const struct btf_type *t, uint32_t id)
{
	w->type = t;
	w->id = id;
}

static void end(struct show *w)
{
	w->type = NULL;
	w->id = 0;
}

/* ---- names: ".member = (struct foo *[])[" ---- */

struct shown_name {
	const char *name; /* NULL: not yet found */
	const char *open;
	char stars[NAME_MAX_LINKS + 1], brackets[2 * NAME_MAX_LINKS + 1];
	bool is_ptr, is_array, is_typedef;
};

static const struct btf_type *follow(const struct show *w, uint32_t id, struct shown_name *n)
{
	const struct btf_type *t = btf_type(w->b, id);
	int i, stars = 0, brackets = 0;

	for (i = 0; t && i < NAME_MAX_LINKS; i++) {
		if (btf_is(t, BTF_BIT(TYPEDEF))) {
			n->is_typedef = true;
			if (!n->name)
				n->name = btf_str(w->b, t->name_off);
			id = t->type;
		} else if (btf_is(t, BTF_BIT(ARRAY))) {
			n->is_array = true;
			n->brackets[brackets++] = '[';
			n->brackets[brackets++] = ']';
			n->open = "[";
			id = btf_array(t)->elem;
		} else if (btf_is(t, BTF_BIT(PTR))) {
			n->is_ptr = true;
			n->stars[stars++] = '*';
			id = t->type;
		} else {
			id = 0;
		}
		if (!id)
			return t;
		t = btf_type(w->b, btf_strip(w->b, id, BTF_MODIFIERS));
	}
	return NULL;
}

static void name(const struct show *w, char ret_text[NAME_SHOWN])
{
	const char *member = w->member ? btf_str(w->b, w->member->name_off) : "", *prefix = "";
	struct shown_name n = {.open = ""};
	const struct btf_type *t;

	*ret_text = 0;
	if (w->in_array)
		return;
	t = follow(w, w->member ? w->member->type : w->id, &n);
	if (!t)
		return;
	if (!n.name)
		n.name = btf_str(w->b, t->name_off);
	if (btf_is(t, BTF_STRUCTS)) {
		prefix = btf_kind(t) == BTF_STRUCT ? "struct" : "union";
		if (!n.is_array)
			n.open = "{";
	} else if (btf_is(t, BTF_ENUMS)) {
		prefix = "enum";
	}
	if (n.is_ptr)
		n.open = "";
	if (n.is_typedef)
		prefix = "";
	if (w->flags & BTF_SHOW_NONAME)
		snprintf(ret_text, NAME_SHOWN, "%s", n.open);
	else
		snprintf(ret_text, NAME_SHOWN, "%s%s%s(%s%s%s%s%s%s)%s", *member ? "." : "", member,
			 *member ? " = " : "", prefix, *prefix && *n.name ? " " : "", n.name,
			 *n.stars ? " " : "", n.stars, n.brackets, n.open);
}

/* ---- values ---- */

static void value(struct show *w, bool zero, const char *text)
{
	char named[NAME_SHOWN];

	if (zero && !(w->flags & BTF_SHOW_ZERO) && w->depth)
		return;
	w->deepest = MAX(w->deepest, w->depth);
	if (w->quiet_at)
		return;
	name(w, named);
	write_text(w, named, text, delimiter(w));
	str_add(w->s, newline(w));
}

static void value_hex(struct show *w, unsigned __int128 n)
{
	char text[40];

	if (n >> 64)
		snprintf(text, sizeof(text), "0x%llx%016llx", (unsigned long long)(n >> 64),
			 (unsigned long long)n);
	else
		snprintf(text, sizeof(text), "0x%llx", (unsigned long long)n);
	value(w, !n, text);
}

static void value_number(struct show *w, uint64_t n, bool is_signed)
{
	char text[24];

	snprintf(text, sizeof(text), is_signed ? "%lld" : "%llu", (unsigned long long)n);
	value(w, !n, text);
}

static bool get(struct show *w, uint64_t off, uint32_t bits, unsigned __int128 *ret_n)
{
	if (bytes_get(&w->bytes, off, bits, ret_n))
		return true;
	w->err = w->err ? w->err : -EFAULT;
	return false;
}

static void show_bits(struct show *w, uint64_t off, uint32_t bits)
{
	unsigned __int128 n;

	if (get(w, off, bits, &n))
		value_hex(w, n);
}

/* A byte of text; false: it is shown as a number. */
static bool show_char(struct show *w, uint8_t c)
{
	char text[4] = {'\'', (char)c, '\'', 0};

	if (!w->is_text)
		return false;
	if (!w->text_ended && !c)
		w->text_ended = true;
	if (w->text_ended)
		return true;
	if (!isprint(c) && c < 0xa0) /* the kernel's characters are Latin-1 */
		return false;
	value(w, false, text);
	return true;
}

static void show_int(struct show *w, const struct btf_type *t, uint64_t off)
{
	uint32_t word = *btf_word(t), bits = BTF_INT_BITS(word);
	bool is_signed = BTF_INT_ENCODING(word) & BTF_INT_SIGNED;
	unsigned __int128 n;

	if (off % 8 || BTF_INT_OFFSET(word) || bits % 8 || bits > 64 || (bits & (bits - 1))) {
		show_bits(w, off + BTF_INT_OFFSET(word), bits);
		return;
	}
	if (!get(w, off, bits, &n) || (bits == 8 && show_char(w, (uint8_t)n)))
		return;
	value_number(w, is_signed ? (uint64_t)sign_extend((uint64_t)n, bits) : (uint64_t)n,
		     is_signed);
}

/*
 * An ENUM is read as 4 bytes whatever its size: the kernel does. What is beyond the whole object it
 * has not copied, and reads as zero.
 */
static void show_enum(struct show *w, const struct btf_type *t, uint64_t off)
{
	uint32_t bits = btf_kind(t) == BTF_ENUM64 ? 64 : 32, there = bits;
	unsigned __int128 n;
	const char *word;

	while (there > t->size * 8 && !bytes_have(&w->bytes, off, there))
		there -= 8;
	if (!get(w, off, there, &n))
		return;
	word = enum_name(w->b, t, (uint64_t)n, bits);
	if (word)
		value(w, false, word);
	else if (btf_kflag(t))
		value_number(w, (uint64_t)sign_extend((uint64_t)n, bits), true);
	else
		value_number(w, (uint64_t)n, false);
}

/* Addresses are secret, so the kernel shows a number that only tells them apart; so do we. */
static void show_ptr(struct show *w, uint64_t off)
{
	unsigned __int128 n;
	char text[24];
	uint64_t p;

	if (!get(w, off, 64, &n))
		return;
	p = (uint64_t)n;
	if (p && !(w->flags & BTF_SHOW_PTR_RAW))
		p = (uint32_t)hash_bytes(&p, sizeof(p), (uintptr_t)show_ptr) | 1;
	snprintf(text, sizeof(text), "0x%016llx", (unsigned long long)p);
	value(w, !n, text);
}

/* ---- what has parts ---- */

static void show(struct show *w, uint32_t id, uint64_t off);

static void begin_parts(struct show *w, const struct btf_type *t, uint32_t id)
{
	char named[NAME_SHOWN];

	start(w, t, id);
	name(w, named);
	write_text(w, named, newline(w), "");
	w->depth++;
}

static void end_parts(struct show *w, const char *close)
{
	w->depth--;
	write_text(w, close, delimiter(w), newline(w));
	end(w);
}

static void array_parts(struct show *w, const struct btf_type *t, uint32_t id, uint64_t off)
{
	uint32_t elem = btf_array(t)->elem, i;
	const struct btf_type *e = btf_type(w->b, btf_resolve(w->b, elem));
	uint64_t size = btf_is(e, BTF_STRUCTS | BTF_ENUMS | BTF_BIT(INT) | BTF_BIT(FLOAT)) ? e->size
			: 0;

	w->is_text = btf_is(e, BTF_BIT(INT)) &&
		     (e->size == 1 || BTF_INT_ENCODING(*btf_word(e)) == BTF_INT_CHAR);
	w->text_ended = false;
	begin_parts(w, t, id);
	for (i = 0; i < btf_array(t)->n && e && btf_kind(e) && !w->err && !str_err(w->s);
	     i++) {
		w->in_array = true;
		w->member = NULL;
		show(w, elem, off + i * size * 8);
		w->in_array = false;
		w->member = NULL;
		if (w->text_ended)
			break;
	}
	w->is_text = w->text_ended = false;
	end_parts(w, "]");
}

static void struct_parts(struct show *w, const struct btf_type *t, uint32_t id, uint64_t off)
{
	uint32_t i;

	begin_parts(w, t, id);
	for (i = 0; i < btf_vlen(t) && !w->err && !str_err(w->s); i++) {
		const struct btf_member *m = &btf_members(t)[i];
		uint64_t at = off + btf_member_bit_offset(t, i);

		w->member = m;
		if (btf_member_bits(t, i)) {
			start(w, btf_type(w->b, m->type), m->type);
			show_bits(w, at, btf_member_bits(t, i));
			end(w);
		} else {
			show(w, m->type, at);
		}
		w->member = NULL;
	}
	end_parts(w, "}");
}

static void parts(struct show *w, const struct btf_type *t, uint32_t id, uint64_t off)
{
	if (btf_kind(t) == BTF_ARRAY)
		array_parts(w, t, id, off);
	else
		struct_parts(w, t, id, off);
}

static void show_parts(struct show *w, const struct btf_type *t, uint32_t id, uint64_t off)
{
	const struct btf_member *member = w->member;

	if (w->depth && !(w->flags & BTF_SHOW_ZERO)) {
		if (!w->quiet_at) {
			w->quiet_at = w->depth + 1;
			w->deepest = 0;
		}
		parts(w, t, id, off);
		w->member = member;
		if (w->quiet_at != w->depth + 1)
			return;
		w->quiet_at = 0;
		if (w->deepest <= w->depth)
			return;
	}
	parts(w, t, id, off);
}

static void show_datasec(struct show *w, const struct btf_type *t, uint64_t off)
{
	struct str head;
	uint32_t i;

	str_init(&head, BTF_NAME_MAX);
	str_addf(&head, "section (\"%s\") = {", btf_str(w->b, t->name_off));
	value(w, false, head.s);
	str_done(&head);
	for (i = 0; i < btf_vlen(t) && !w->err && !str_err(w->s); i++) {
		if (i && !w->quiet_at)
			str_addc(w->s, ',');
		show(w, btf_secinfos(t)[i].type, off + btf_secinfos(t)[i].offset * 8ull);
	}
}

static void show_type(struct show *w, const struct btf_type *t, uint32_t id, uint64_t off)
{
	char text[40];

	if (btf_is(t, BTF_STRUCTS | BTF_BIT(ARRAY))) {
		show_parts(w, t, id, off);
		return;
	}
	start(w, t, id);
	if (btf_is(t, BTF_BIT(INT))) {
		show_int(w, t, off);
	} else if (btf_is(t, BTF_ENUMS)) {
		show_enum(w, t, off);
	} else if (btf_is(t, BTF_BIT(PTR))) {
		show_ptr(w, off);
	} else if (btf_is(t, BTF_BIT(DATASEC))) {
		show_datasec(w, t, off);
	} else if (!w->quiet_at) {
		snprintf(text, sizeof(text), "<unsupported kind:%u>", (unsigned)btf_kind(t));
		str_add(w->s, text);
	}
	end(w);
}

static void show(struct show *w, uint32_t id, uint64_t off)
{
	const struct btf_type *t = btf_type(w->b, btf_strip(w->b, id, BTF_ALIASES | BTF_BIT(VAR)));

	if (!w->steps || w->nested >= BTF_DEPTH_MAX || !t) {
		w->err = t ? -E2BIG : -EINVAL;
		return;
	}
	w->steps--;
	w->nested++;
	show_type(w, t, id, off);
	w->nested--;
}

int btf_show(const struct btf *b, uint32_t id, const void *data, size_t n, unsigned flags,
	     struct str *s)
{
	struct show w = {.b = b, .bytes = {data, n}, .s = s, .flags = flags, .steps = STEPS_MAX};
	int64_t size = btf_size(b, id);

	if (size > 0 && (uint64_t)size > n)
		return -EFAULT;
	if (size > 0)
		w.bytes.n = (size_t)size;
	show(&w, id, 0);
	return w.err ? w.err : str_err(s);
}
