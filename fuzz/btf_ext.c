/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Bytes as .BTF.ext: what is read can be written, and is then the same again. */
#include <stdlib.h>

#include "btf/btf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* Every record of `e`, put into another. */
static void copy(const struct btf_ext *e, struct str *s)
{
	struct btf_ext_build *eb = btf_ext_build_new();
	uint32_t i, k;
	int kind;

	must(eb);
	for (kind = 0; kind < _BTF_EXT_MAX; kind++)
		for (i = 0; i < btf_ext_sections(e, (enum btf_ext_kind)kind); i++) {
			const struct btf_ext_sec *sec =
				btf_ext_section(e, (enum btf_ext_kind)kind, i);

			for (k = 0; k < sec->n; k++)
				btf_ext_build_add(eb, (enum btf_ext_kind)kind, sec->name_off,
						  btf_ext_record(sec, k));
		}
	must(!btf_ext_build_done(eb, s));
	btf_ext_build_free(eb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct btf_ext *e, *again;
	struct str one, two;
	struct diag d;

	if (size > 1 << 16)
		return 0;
	diag_init(&d, 4);
	if (btf_ext_read(data, size, &d, &e)) {
		must(diag_failed(&d));
		diag_done(&d);
		return 0;
	}
	str_init(&one, 1 << 24);
	str_init(&two, 1 << 24);
	copy(e, &one);
	must(!btf_ext_read(one.s, one.n, NULL, &again));
	copy(again, &two);
	must(one.n == two.n && !memcmp(one.s, two.s, one.n));
	btf_ext_free(again);
	btf_ext_free(e);
	str_done(&one);
	str_done(&two);
	diag_done(&d);
	return 0;
}
