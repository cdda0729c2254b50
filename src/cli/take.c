/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What several commands take from their options, and how they measure. */
#include <time.h>

#include "cli/cli.h"
#include "obj/obj.h"

uint64_t cli_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

int cli_by_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

int cli_hex(struct cli *c, const char *hex, uint8_t **ret_bytes, size_t *ret_n)
{
	size_t max = strlen(hex) / 2 + 1;
	uint8_t *bytes = mem_alloc(max);

	if (!bytes)
		return -ENOMEM;
	if (num_parse_hex(hex, strlen(hex), bytes, max, ret_n)) {
		mem_free(bytes);
		return diag_error(&c->diag, "run.hex", DIAG_NONE, "'%.64s' is not bytes in hex", hex);
	}
	*ret_bytes = bytes;
	return 0;
}

int cli_set_variable(struct cli *c, struct obj *o, const char *s)
{
	size_t n = strcspn(s, "=");
	char name[256];

	if (!s[n] || !n || n >= sizeof(name))
		return diag_error(&c->diag, "usage.set", DIAG_NONE, "--set takes NAME=VALUE, not '%.64s'", s);
	memcpy(name, s, n);
	name[n] = 0;
	return obj_var_set(o, name, s + n + 1, &c->diag);
}
