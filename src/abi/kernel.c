/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kernel versions: major and minor, of which a later one is a larger number. What stable kernels
 * add in the third number is not told apart.
 */
#include "abi/impl.h"

static const struct release {
	uint8_t major, first, last;
} releases[] = {
#define RELEASE(major, first, last) {major, first, last},
#include "abi/release.def"
};

/* One or more digits, at most 255. */
static bool number(const char *s, size_t len, size_t *pos, unsigned *ret_value)
{
	unsigned value = 0;
	size_t start = *pos;

	while (*pos < len && s[*pos] >= '0' && s[*pos] <= '9') {
		value = value * 10 + (unsigned)(s[(*pos)++] - '0');
		if (value > 255)
			return false;
	}
	*ret_value = value;
	return *pos > start;
}

int abi_kernel_parse(const char *s, size_t len, uint16_t *ret_kernel)
{
	unsigned major, minor;
	size_t pos = len && s[0] == 'v';

	if (!number(s, len, &pos, &major) || pos == len || s[pos++] != '.' ||
	    !number(s, len, &pos, &minor))
		return -EINVAL;
	if (pos < len && !strchr(".-+_~ \n", s[pos]))
		return -EINVAL;
	if (ABI_KERNEL(major, minor) < ABI_KERNEL_OLDEST)
		return -EINVAL;
	*ret_kernel = ABI_KERNEL(major, minor);
	return 0;
}

size_t abi_kernel_print(uint16_t kernel, char *to, size_t size)
{
	char text[8];
	size_t n = sizeof text, len;
	unsigned minor = kernel & 0xff, major = kernel >> 8;

	text[--n] = 0;
	do
		text[--n] = (char)('0' + minor % 10);
	while (minor /= 10);
	text[--n] = '.';
	do
		text[--n] = (char)('0' + major % 10);
	while (major /= 10);
	len = sizeof text - 1 - n;
	if (size) {
		size_t fits = len < size ? len : size - 1;

		memcpy(to, text + n, fits);
		to[fits] = 0;
	}
	return len;
}

bool abi_kernel_released(uint16_t kernel)
{
	for (size_t i = 0; i < COUNT(releases); i++)
		if (kernel >> 8 == releases[i].major)
			return (kernel & 0xff) >= releases[i].first &&
			       (kernel & 0xff) <= releases[i].last;
	return false;
}
