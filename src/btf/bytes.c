/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The bits of a value. Numbers stand in this machine's byte order, bit-fields from the low bit of the
 * low byte on (from the high bit on big-endian machines).
 */
#include "btf/impl.h"

bool bytes_have(const struct bytes *v, uint64_t bit_off, uint64_t bits)
{
	return bit_off <= v->n * 8 && bits <= v->n * 8 - bit_off;
}

bool bytes_get(const struct bytes *v, uint64_t bit_off, uint32_t bits, unsigned __int128 *ret_v)
{
	uint64_t first = bit_off / 8, last = (bit_off + bits + 7) / 8, i;
	unsigned __int128 all = 0;
	uint32_t skip = bit_off % 8;

	if (!bits || bits > 128 || skip + bits > 128 || !bytes_have(v, bit_off, bits))
		return false;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	for (i = last; i-- > first;)
		all = all << 8 | v->at[i];
	all >>= skip;
#else
	for (i = first; i < last; i++)
		all = all << 8 | v->at[i];
	all >>= (last - first) * 8 - skip - bits;
#endif
	*ret_v = bits == 128 ? all : all & (((unsigned __int128)1 << bits) - 1);
	return true;
}

void bytes_put(uint8_t *at, uint64_t bit_off, uint32_t bits, unsigned __int128 value)
{
	uint32_t i;

	for (i = 0; i < bits; i++) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		uint64_t bit = bit_off + i;
		uint8_t mask = (uint8_t)(1 << (bit % 8));
#else
		uint64_t bit = bit_off + bits - 1 - i;
		uint8_t mask = (uint8_t)(0x80 >> (bit % 8));
#endif
		if (value >> i & 1)
			at[bit / 8] |= mask;
		else
			at[bit / 8] &= (uint8_t)~mask;
	}
}

int64_t sign_extend(uint64_t v, uint32_t bits)
{
	uint64_t sign = bits && bits < 64 ? UINT64_C(1) << (bits - 1) : 0;

	return (int64_t)((v ^ sign) - sign);
}

const char *enum_name(const struct btf *b, const struct btf_type *t, uint64_t v, uint32_t bits)
{
	uint64_t mask = bits < 64 ? (UINT64_C(1) << bits) - 1 : UINT64_MAX;
	uint32_t i;

	for (i = 0; i < btf_vlen(t); i++)
		if ((((uint64_t)btf_enum_value(t, i) ^ v) & mask) == 0)
			return btf_str(b, btf_enum_name(t, i));
	return NULL;
}

/* A char, and not a typedef of it: of such an array bpftool makes a string. */
bool is_char(const struct btf *b, uint32_t id)
{
	const struct btf_type *t = btf_type(b, btf_strip(b, id, BTF_MODIFIERS));

	return btf_is(t, BTF_BIT(INT)) && t->size == 1 &&
	       (BTF_INT_ENCODING(*btf_word(t)) == BTF_INT_CHAR ||
		!strcmp(btf_str(b, t->name_off), "char"));
}
