/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * BTF of the other byte order: all of it is 32-bit words, but for the first four bytes of the header.
 * The words of a record are turned at once, once its `info` has told how many there are.
 */
#include "btf/impl.h"

void btf_swap_header(struct btf_header *h)
{
	uint32_t *word = &h->hdr_len, i;

	h->magic = __builtin_bswap16(h->magic);
	for (i = 0; i < 5; i++)
		word[i] = __builtin_bswap32(word[i]);
}

bool btf_swap_types(void *types, uint32_t len)
{
	uint32_t *word = types, left = len, n, i;

	while (left >= sizeof(struct btf_type)) {
		struct btf_type t = {.info = __builtin_bswap32(word[1])};
		size_t bytes = btf_type_bytes(&t);

		if (!bytes || bytes > left)
			return false;
		n = (uint32_t)bytes / 4;
		for (i = 0; i < n; i++)
			word[i] = __builtin_bswap32(word[i]);
		word += n;
		left -= n * 4;
	}
	return !left;
}
