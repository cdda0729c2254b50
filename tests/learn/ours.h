/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whose events count: those of the work that a test does, which is called so. */
#ifndef SKEP_LEARN_OURS_H
#define SKEP_LEARN_OURS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* n is a constant: there is no memcmp to call. */
static __always_inline int begins(const char *s, const char *with, int n)
{
	int i;

#pragma unroll
	for (i = 0; i < n; i++)
		if (s[i] != with[i])
			return 0;
	return 1;
}

static __always_inline int ours(void)
{
	char comm[16];

	bpf_get_current_comm(comm, sizeof(comm));
	return begins(comm, "skepwork", 8);
}

#endif
