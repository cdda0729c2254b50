/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel's log says of each type it looks at, and of what is wrong with it. The line of the
 * fault is the diagnostic's text.
 */
#include <stdio.h>

#include "btf/check.h"

static const char *name_of(const struct check *c, uint32_t off)
{
	if (!off)
		return "(anon)";
	return check_name_at(c->b, off) ? btf_str(c->b, off) : "(invalid-name-offset)";
}

static void proto_details(struct check *c, const struct btf_type *t)
{
	const struct btf_param *p = btf_params(t);
	uint32_t n = btf_vlen(t), i;

	str_addf(&c->line, "return=%u args=(", t->type);
	if (!n)
		str_add(&c->line, "void");
	for (i = 0; i < n; i++) {
		str_add(&c->line, i ? ", " : "");
		if (i == n - 1 && !p[i].type)
			str_add(&c->line, "vararg");
		else
			str_addf(&c->line, "%u %s", p[i].type, name_of(c, p[i].name_off));
	}
	str_addc(&c->line, ')');
}

static const char *encoding(unsigned v)
{
	return v == BTF_INT_SIGNED ? "SIGNED"
	       : v == BTF_INT_CHAR ? "CHAR"
	       : v == BTF_INT_BOOL ? "BOOL"
	       : v		   ? "UNKN"
				   : "(none)";
}

static void details(struct check *c, const struct btf_type *t)
{
	struct str *s = &c->line;

	switch (btf_kind(t)) {
	case BTF_INT:
		str_addf(s, "size=%u bits_offset=%u nr_bits=%u encoding=%s", t->size,
			 BTF_INT_OFFSET(*btf_word(t)), BTF_INT_BITS(*btf_word(t)),
			 encoding(BTF_INT_ENCODING(*btf_word(t))));
		break;
	case BTF_PTR:
	case BTF_TYPEDEF:
	case BTF_VOLATILE:
	case BTF_CONST:
	case BTF_RESTRICT:
	case BTF_TYPE_TAG:
	case BTF_FUNC:
		str_addf(s, "type_id=%u", t->type);
		break;
	case BTF_FWD:
		str_add(s, btf_kflag(t) ? "union" : "struct");
		break;
	case BTF_ARRAY:
		str_addf(s, "type_id=%u index_type_id=%u nr_elems=%u", btf_array(t)->elem,
			 btf_array(t)->index, btf_array(t)->n);
		break;
	case BTF_STRUCT:
	case BTF_UNION:
	case BTF_ENUM:
	case BTF_ENUM64:
	case BTF_DATASEC:
		str_addf(s, "size=%u vlen=%u", t->size, btf_vlen(t));
		break;
	case BTF_FUNC_PROTO:
		proto_details(c, t);
		break;
	case BTF_VAR:
		str_addf(s, "type_id=%u linkage=%u", t->type, *btf_word(t));
		break;
	case BTF_FLOAT:
		str_addf(s, "size=%u", t->size);
		break;
	case BTF_DECL_TAG:
		str_addf(s, "type=%u component_idx=%d", t->type, (int)*btf_word(t));
		break;
	case BTF_VOID:
	case _BTF_KIND_MAX:
		break;
	}
}

static void put_basic(struct check *c, const struct btf_type *t)
{
	str_addf(&c->line, "[%u] %s %s", c->id, btf_kind_name(btf_kind(t)),
		 name_of(c, t->name_off));
}

static void put_type(struct check *c, const struct btf_type *t)
{
	put_basic(c, t);
	str_addc(&c->line, ' ');
	details(c, t);
}

static void put_member(struct check *c, const struct btf_type *t, const struct btf_member *m)
{
	str_addf(&c->line, "\t%s type_id=%u ", name_of(c, m->name_off), m->type);
	if (btf_kflag(t))
		str_addf(&c->line, "bitfield_size=%u bits_offset=%u", m->offset >> 24,
			 m->offset & 0xffffff);
	else
		str_addf(&c->line, "bits_offset=%u", m->offset);
}

static void put_secinfo(struct check *c, const struct btf_secinfo *v)
{
	str_addf(&c->line, "\t type_id=%u offset=%u size=%u", v->type, v->offset, v->size);
}

static void end_text(struct check *c)
{
	if (c->log)
		str_addn(c->log, c->line.s, c->line.n);
	str_reset(&c->line);
}

static void end_line(struct check *c)
{
	end_text(c);
	if (c->log)
		str_addc(c->log, '\n');
}

void check_note_type(struct check *c, const struct btf_type *t)
{
	if (!c->log)
		return;
	put_type(c, t);
	end_line(c);
}

void check_note_member(struct check *c, const struct btf_type *t, const struct btf_member *m)
{
	if (!c->log)
		return;
	put_member(c, t, m);
	end_line(c);
}

void check_note_secinfo(struct check *c, const struct btf_secinfo *v)
{
	if (!c->log)
		return;
	put_secinfo(c, v);
	end_line(c);
}

void check_note_enum(struct check *c, const struct btf_type *t, uint32_t i)
{
	if (!c->log)
		return;
	str_addf(&c->line, btf_kflag(t) ? "\t%s val=%lld" : "\t%s val=%llu",
		 name_of(c, btf_enum_name(t, i)), (unsigned long long)btf_enum_value(t, i));
	end_line(c);
}

/* The fault's line is whole. t NULL: of no type; the kernel does not end such a line. */
static int fault(struct check *c, const struct btf_type *t, int err)
{
	const char *text = c->line.s;

	diag_error(c->d, "btf.check",
		   t && c->b ? btf_where(c->b, t) : diag_file(c->b ? btf_label(c->b) : "BTF"), "%s",
		   text + (*text == '\t'));
	if (t)
		end_line(c);
	else
		end_text(c);
	return err;
}

#define PUT_FORMAT(c, fmt)                                                                         \
	do {                                                                                       \
		va_list ap_;                                                                       \
		va_start(ap_, fmt);                                                                \
		str_addv(&(c)->line, fmt, ap_);                                                    \
		va_end(ap_);                                                                       \
	} while (0)

int check_fail(struct check *c, int err, const char *fmt, ...)
{
	PUT_FORMAT(c, fmt);
	return fault(c, NULL, err);
}

int check_fail_type(struct check *c, const struct btf_type *t, const char *fmt, ...)
{
	put_type(c, t);
	str_addc(&c->line, ' ');
	PUT_FORMAT(c, fmt);
	return fault(c, t, -EINVAL);
}

int check_fail_basic(struct check *c, const struct btf_type *t, const char *fmt, ...)
{
	put_basic(c, t);
	str_addc(&c->line, ' ');
	PUT_FORMAT(c, fmt);
	return fault(c, t, -EINVAL);
}

int check_fail_member(struct check *c, const struct btf_type *t, const struct btf_member *m,
		      const char *fmt, ...)
{
	if (c->second)
		check_note_type(c, t);
	put_member(c, t, m);
	str_addc(&c->line, ' ');
	PUT_FORMAT(c, fmt);
	return fault(c, t, -EINVAL);
}

int check_fail_secinfo(struct check *c, const struct btf_type *t, const struct btf_secinfo *v,
		       const char *what)
{
	if (c->second)
		check_note_type(c, t);
	put_secinfo(c, v);
	str_addf(&c->line, " %s", what);
	return fault(c, t, -EINVAL);
}
