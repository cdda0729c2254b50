/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Capabilities: which this process has, and which of those that something takes it lacks. */
#include <stdio.h>
#include <stdlib.h>

#include "kern/kern.h"

static const struct { int number; const char *name; uint32_t needed_by; } caps[] = {
	{KERN_CAP_BPF, "CAP_BPF", 0},
	{KERN_CAP_PERFMON, "CAP_PERFMON", ABI_NEEDS_PERFMON},
	{KERN_CAP_NET_ADMIN, "CAP_NET_ADMIN", ABI_NEEDS_NET_ADMIN},
};

uint64_t kern_caps(void)
{
	char line[256];
	FILE *f = fopen("/proc/self/status", "re");
	uint64_t have = 0;

	while (f && fgets(line, sizeof(line), f))
		if (str_has_prefix(line, "CapEff:"))
			have = strtoull(line + 7, NULL, 16);
	if (f)
		fclose(f);
	return have;
}

bool kern_has_cap(uint64_t have, int cap)
{
	return have >> cap & 1 || have >> KERN_CAP_SYS_ADMIN & 1;
}

void kern_caps_missing(uint32_t prog_type, struct str *s)
{
	const struct abi_prog_type *type = abi_prog_type(prog_type);
	uint64_t have = kern_caps();
	size_t i;

	for (i = 0; i < ARRAY_LEN(caps); i++) {
		if (caps[i].needed_by && !(type && type->needs & caps[i].needed_by))
			continue;
		if (!kern_has_cap(have, caps[i].number))
			str_addf(s, "%s%s", s->n ? " and " : "", caps[i].name);
	}
}
