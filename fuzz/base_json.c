/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Bytes as JSON: what is read must be what a strict judge that shares nothing with the reader finds to
 * be JSON, but for the reader's hex numbers, its ceiling on depth and halves of characters.
 */
#include <stdlib.h>

#include "../tests/json_check.h"
#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct src src = {.name = "fuzz", .text = (const char *)data, .len = (uint32_t)size};
	bool odd = false, valid = json_valid((const char *)data, size);
	uint32_t depth = 0;
	struct json j;
	struct diag d;
	int kind;

	diag_init(&d, 4);
	json_init(&j, &src, &d);
	while ((kind = json_next(&j)) > 0) {
		must(j.span.at + j.span.len <= size && j.span.len);
		odd |= kind == JSON_NUMBER && strpbrk(j.text.s, "xX");
		depth = MAX(depth, j.depth);
	}
	must(kind == JSON_END ? !diag_failed(&d) : d.count[DIAG_ERROR] == 1);
	if (kind == JSON_END)
		must(valid || odd);
	else if (depth < JSON_DEPTH_MAX && !strstr(d.first->text, "half a character"))
		must(!valid);
	json_done(&j);
	diag_done(&d);
	return 0;
}
