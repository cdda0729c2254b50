/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel says to a BTF: BPF_BTF_LOAD, errno and log.
 *
 *   the header and where the sections stand	here
 *   each record by itself			check_meta.c
 *   what types refer to, sizes, loops		check_resolve.c check_member.c
 *   type tags before other modifiers		here
 *
 * kernel: btf_parse(), 6.18. What it looks for in structs that hold the kernel's own fields (spin locks,
 * timers, kptrs...) is the verifier's and not here.
 */
#include "btf/check.h"

/* ---- the header ---- */

static int check_sections(struct check *c, const struct btf_header *h, size_t n)
{
	struct { uint32_t off, len; } sec[2] = {{h->type_off, h->type_len}, {h->str_off, h->str_len}},
				      swap;
	uint32_t all = (uint32_t)n - h->hdr_len, total = 0;
	int32_t order = (int32_t)(sec[0].off - sec[1].off);
	int i;

	if (order > 0 || (!order && (int32_t)(sec[0].len - sec[1].len) > 0)) {
		swap = sec[0];
		sec[0] = sec[1];
		sec[1] = swap;
	}
	for (i = 0; i < 2; i++) {
		if (all < sec[i].off)
			return check_fail(c, -EINVAL, "Invalid section offset");
		if (total < sec[i].off)
			return check_fail(c, -EINVAL, "Unsupported section found");
		if (total > sec[i].off)
			return check_fail(c, -EINVAL, "Section overlap found");
		if (all - total < sec[i].len)
			return check_fail(c, -EINVAL, "Total section length too long");
		total += sec[i].len;
	}
	return all != total ? check_fail(c, -EINVAL, "Unsupported section found") : 0;
}

static void log_header(struct check *c, const struct btf_header *h, size_t n)
{
	if (!c->log)
		return;
	str_addf(c->log, "magic: 0x%x\nversion: %u\nflags: 0x%x\nhdr_len: %u\n", h->magic,
		 h->version, h->flags, h->hdr_len);
	str_addf(c->log, "type_off: %u\ntype_len: %u\nstr_off: %u\nstr_len: %u\n", h->type_off,
		 h->type_len, h->str_off, h->str_len);
	str_addf(c->log, "btf_total_size: %zu\n", n);
}

static int check_header(struct check *c, const uint8_t *p, size_t n, const struct btf *base,
			struct btf_header *ret_h)
{
	struct btf_header h = {0};
	uint32_t i;

	if (n < offsetof(struct btf_header, type_off))
		return check_fail(c, -EINVAL, "hdr_len not found");
	memcpy(&h, p, offsetof(struct btf_header, type_off));
	if (n < h.hdr_len)
		return check_fail(c, -EINVAL, "btf_header not found");
	for (i = sizeof(h); i < h.hdr_len; i++)
		if (p[i])
			return check_fail(c, -E2BIG, "Unsupported btf_header");
	i = h.hdr_len;
	h = (struct btf_header){0};
	memcpy(&h, p, MIN(sizeof(h), i));
	log_header(c, &h, n);
	if (h.magic != BTF_MAGIC)
		return check_fail(c, -EINVAL, "Invalid magic");
	if (h.version != BTF_VERSION)
		return check_fail(c, -KERNEL_ENOTSUPP, "Unsupported version");
	if (h.flags)
		return check_fail(c, -KERNEL_ENOTSUPP, "Unsupported flags");
	if (!base && n == h.hdr_len)
		return check_fail(c, -EINVAL, "No data");
	*ret_h = h;
	return check_sections(c, &h, n);
}

static int check_strings(struct check *c, const struct btf_header *h, const uint8_t *p, size_t n,
			 const struct btf *base)
{
	uint64_t start = (uint64_t)h->hdr_len + h->str_off, end = start + h->str_len;

	if (end != n)
		return check_fail(c, -EINVAL, "String section is not at the end");
	if (base && !h->str_len)
		return 0;
	if (!h->str_len || h->str_len - 1 > BTF_NAME_MAX || p[end - 1] || (!base && p[start]))
		return check_fail(c, -EINVAL, "Invalid string section");
	return 0;
}

/* ---- types ---- */

static int check_records(struct check *c)
{
	const struct btf *b = c->b;
	uint32_t at = 0;
	int64_t n;

	c->id = b->first;
	while (at < b->type_len) {
		n = check_meta(c, (const struct btf_type *)(b->types + at), b->type_len - at);
		if (n < 0)
			return (int)n;
		at += (uint32_t)n;
		c->id++;
	}
	return 0;
}

/* A type tag must come before other modifiers in a chain, or nobody would find it. */
static int check_tag_chain(struct check *c, uint32_t id, uint32_t good)
{
	const struct btf_type *t = btf_type(c->b, id);
	bool in_tags = btf_is(t, BTF_BIT(TYPE_TAG));
	int left = 32;

	while (btf_is(t, BTF_ALIASES)) {
		if (!left--)
			return check_fail(c, -ELOOP, "Max chain length or cycle detected");
		if (btf_is(t, BTF_BIT(TYPE_TAG)) && !in_tags)
			return check_fail(c, -EINVAL, "Type tags don't precede modifiers");
		in_tags = btf_is(t, BTF_BIT(TYPE_TAG));
		if (id <= good)
			break;
		id = t->type;
		t = btf_type(c->b, id);
	}
	return t ? 0 : -EINVAL;
}

static int check_type_tags(struct check *c)
{
	uint32_t n = btf_count(c->b), good = c->b->first - 1, id;
	int err = 0;

	for (id = c->b->first; id < n && !err; id++)
		if (btf_is(btf_type(c->b, id), BTF_ALIASES)) {
			err = check_tag_chain(c, id, good);
			good = id;
		}
	return err;
}

static int check_types(struct check *c)
{
	int err;

	if (!c->b->base && !c->b->type_len)
		return check_fail(c, -EINVAL, "No type found");
	err = check_records(c);
	if (!err)
		err = check_references(c);
	if (!err)
		err = check_type_tags(c);
	return err;
}

/* ---- */

static int check_bytes(struct check *c, const void *bytes, size_t n, const struct btf *base,
		       struct btf_header *ret_h)
{
	int err;

	if (n > BTF_SIZE_MAX) {
		diag_error(c->d, "btf.check", DIAG_NONE, "is larger than the 16 MiB that kernels take");
		return -E2BIG;
	}
	err = check_header(c, bytes, n, base, ret_h);
	if (!err)
		err = check_strings(c, ret_h, bytes, n, base);
	if (!err && ret_h->type_off & 3)
		err = check_fail(c, -EINVAL, "Unaligned type_off");
	return err;
}

static int no_memory(struct check *c, int err)
{
	if (err == -ENOMEM)
		diag_error(c->d, "btf.memory", DIAG_NONE, "out of memory");
	return err;
}

int btf_check(const struct btf *b, struct diag *d)
{
	struct check c = {.b = b, .d = d};
	struct btf_header h = {0};
	int err;

	assert(!b->bb);
	str_init(&c.line, 1 << 20);
	err = check_bytes(&c, b->bytes, b->n, b->base, &h);
	if (!err)
		err = no_memory(&c, check_types(&c));
	str_done(&c.line);
	return err;
}

int btf_check_log(const void *bytes, size_t n, struct btf *base, struct str *log, struct diag *d,
		  struct btf **ret_btf)
{
	struct check c = {.d = d, .log = log};
	struct btf_header h = {0};
	struct btf *b = NULL;
	int err;

	str_init(&c.line, 1 << 20);
	err = check_bytes(&c, bytes, n, base, &h);
	if (!err)
		err = btf_read(bytes, n, base, d, &b);
	if (!err) {
		c.b = b;
		err = no_memory(&c, check_types(&c));
	}
	str_done(&c.line);
	if (!err && ret_btf)
		*ret_btf = b;
	else
		btf_unref(b);
	return err;
}

int btf_check_bytes(const void *bytes, size_t n, struct btf *base, struct diag *d,
		    struct btf **ret_btf)
{
	return btf_check_log(bytes, n, base, NULL, d, ret_btf);
}

/* ---- what all readers need ---- */

struct shape {
	const struct btf *b;
	uint32_t ids, names; /* how far they go */
};

static int shape_id(void *ctx, uint32_t *word)
{
	return *word < ((struct shape *)ctx)->ids ? 0 : -1;
}

static int shape_name(void *ctx, uint32_t *word)
{
	return *word < ((struct shape *)ctx)->names ? 0 : -1;
}

int btf_shape(const struct btf *b, struct diag *d)
{
	struct shape s = {b, btf_count(b), btf_str_len(b)};
	const struct btf_type *t;
	uint32_t id;

	if (!b->bb && b->index->next != b->type_len) {
		t = (const struct btf_type *)(b->types + b->index->next);
		return diag_error(d, "btf.shape", btf_where(b, t),
				  "type [%u] is not whole, or of a kind that is not known", s.ids);
	}
	for (id = b->first; id < s.ids; id++) {
		t = btf_type(b, id);
		if (btf_visit_names((struct btf_type *)(uintptr_t)t, shape_name, &s))
			return diag_error(d, "btf.shape", btf_where(b, t),
					  "type [%u] %s has a name past the end of the strings", id,
					  btf_kind_name(btf_kind(t)));
		if (btf_visit_ids((struct btf_type *)(uintptr_t)t, shape_id, &s))
			return diag_error(d, "btf.shape", btf_where(b, t),
					  "type [%u] %s refers to a type that there is not", id,
					  btf_kind_name(btf_kind(t)));
	}
	return 0;
}
