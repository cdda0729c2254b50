/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether a member fits into its struct, by the kind of its type.
 *
 * kernel: the btf_*_check_member() and btf_*_check_kflag_member() functions. Sums are of 32 bits and
 * may wrap there, so they may here.
 */
#include "btf/check.h"

static uint32_t bytes_for(uint32_t bits)
{
	return bits / 8 + !!(bits % 8);
}

bool check_regular_int(const struct btf_type *t)
{
	uint32_t bits = BTF_INT_BITS(*btf_word(t));

	return !BTF_INT_OFFSET(*btf_word(t)) &&
	       (bits == 8 || bits == 16 || bits == 32 || bits == 64 || bits == 128);
}

/* `bits` of an integer at bit `off`. */
static int int_fits(struct check *c, const struct btf_type *t, const struct btf_member *m,
		    uint32_t off, uint32_t bits)
{
	uint32_t at = off / 8, copied = bits + off % 8;

	if (copied > 128)
		return check_fail_member(c, t, m, "nr_copy_bits exceeds 128");
	if (t->size < at || t->size - at < bytes_for(copied))
		return check_fail_member(c, t, m, "Member exceeds struct_size");
	return 0;
}

static int int_member(struct check *c, const struct btf_type *t, const struct btf_member *m,
		      const struct btf_type *of)
{
	uint32_t word = *btf_word(of);

	if (UINT32_MAX - m->offset < BTF_INT_OFFSET(word))
		return check_fail_member(c, t, m, "bits_offset exceeds U32_MAX");
	return int_fits(c, t, m, m->offset + BTF_INT_OFFSET(word), BTF_INT_BITS(word));
}

static int int_bitfield(struct check *c, const struct btf_type *t, const struct btf_member *m,
			const struct btf_type *of)
{
	uint32_t bits = m->offset >> 24, off = m->offset & 0xffffff;
	uint32_t all = BTF_INT_BITS(*btf_word(of));

	if (!check_regular_int(of))
		return check_fail_member(c, t, m, "Invalid member base type");
	if (!bits && off % 8)
		return check_fail_member(c, t, m, "Invalid member offset");
	if (bits > all)
		return check_fail_member(c, t, m, "Invalid member bitfield_size");
	return int_fits(c, t, m, off, bits ? bits : all);
}

static int enum_bitfield(struct check *c, const struct btf_type *t, const struct btf_member *m)
{
	uint32_t bits = m->offset >> 24, off = m->offset & 0xffffff;

	if (!bits && off % 8)
		return check_fail_member(c, t, m, "Member is not byte aligned");
	if (bits > 32)
		return check_fail_member(c, t, m, "Invalid member bitfield_size");
	if (t->size < bytes_for(off + (bits ? bits : 32)))
		return check_fail_member(c, t, m, "Member exceeds struct_size");
	return 0;
}

static int bytes_member(struct check *c, const struct btf_type *t, const struct btf_member *m,
			uint32_t size)
{
	if (m->offset % 8)
		return check_fail_member(c, t, m, "Member is not byte aligned");
	if (t->size - m->offset / 8 < size)
		return check_fail_member(c, t, m, "Member exceeds struct_size");
	return 0;
}

static int float_member(struct check *c, const struct btf_type *t, const struct btf_member *m,
			const struct btf_type *of)
{
	if (m->offset % (MIN(8u, of->size) * 8))
		return check_fail_member(c, t, m, "Member is not properly aligned");
	if (m->offset / 8 + (uint64_t)of->size > t->size)
		return check_fail_member(c, t, m, "Member exceeds struct_size");
	return 0;
}

/* A member whose type has no modifiers any more. */
static int fits(struct check *c, const struct btf_type *t, const struct btf_member *m)
{
	uint32_t id = m->type;
	const struct btf_type *of = btf_type(c->b, id);
	bool bitfields = btf_kflag(t);
	uint32_t size = 0;

	if (bitfields && btf_is(of, BTF_BIT(INT)))
		return int_bitfield(c, t, m, of);
	if (bitfields && btf_is(of, BTF_ENUMS))
		return enum_bitfield(c, t, m);
	if (bitfields && m->offset >> 24 &&
	    btf_is(of, BTF_STRUCTS | BTF_BIT(PTR) | BTF_BIT(ARRAY) | BTF_BIT(FLOAT)))
		return check_fail_member(c, t, m, "Invalid member bitfield_size");
	if (btf_is(of, BTF_BIT(INT)))
		return int_member(c, t, m, of);
	if (btf_is(of, BTF_BIT(PTR)))
		return bytes_member(c, t, m, 8);
	if (btf_is(of, BTF_STRUCTS | BTF_ENUMS))
		return bytes_member(c, t, m, of->size);
	if (btf_is(of, BTF_BIT(ARRAY))) {
		check_sized(c, &id, &size);
		return bytes_member(c, t, m, size);
	}
	if (btf_is(of, BTF_BIT(FLOAT)))
		return float_member(c, t, m, of);
	return check_fail_basic(c, t,
				bitfields ? "Unsupported check_kflag_member"
					  : "Unsupported check_member");
}

int check_member(struct check *c, const struct btf_type *t, const struct btf_member *m)
{
	struct btf_member resolved = *m;

	if (btf_is(btf_type(c->b, m->type), BTF_ALIASES) && !check_sized(c, &resolved.type, NULL))
		return check_fail_member(c, t, m, "Invalid member");
	return fits(c, t, &resolved);
}
