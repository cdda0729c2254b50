/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names to rows: a binary search over rows whose .def is in order of name.
 *
 * The uapi header's name of a row is a prefix and the row's name, for most tables in upper case.
 * Such a key is searched for in lower case, and must not have a lower case letter of its own.
 */
#include "abi/impl.h"

static const void *row_at(const struct abi_names *t, size_t i)
{
	return (const char *)t->rows + (t->order ? t->order[i] : i) * t->stride;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static int compare(const char *key, size_t len, bool upper, const char *name)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char a = upper ? lower(key[i]) : key[i], b = name[i];

		if (a != b || !b)
			return a < b ? -1 : 1;
	}
	return name[len] ? -1 : 0;
}

static const void *search(const struct abi_names *t, const char *key, size_t len, bool upper)
{
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t mid = (low + high) / 2;
		const void *row = row_at(t, mid);
		int order = compare(key, len, upper, row);

		if (!order)
			return row;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

static bool has_lower(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] >= 'a' && s[i] <= 'z')
			return true;
	return false;
}

const void *abi_names_find(const struct abi_names *t, const char *key, size_t len)
{
	size_t skip = strlen(t->prefix);

	if (!len)
		return NULL;
	if (!skip || len <= skip || memcmp(key, t->prefix, skip))
		return search(t, key, len, false);
	if (t->upper && has_lower(key + skip, len - skip))
		return NULL;
	return search(t, key + skip, len - skip, t->upper);
}
