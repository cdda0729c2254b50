/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A small tree of commands that has everything a tree can have: base_opt.c and base_complete.c. */
#ifndef SKEP_TEST_BASE_OPT_H
#define SKEP_TEST_BASE_OPT_H

#include "base/base.h"

struct root_options {
	bool json, quiet;
	unsigned verbose;
	int format;
	const char *color;
	struct opt_list define;
};

struct asm_options {
	const char *output, *dir;
	bool strip, strip_all, verify, quiet;
	uint64_t count, size, time, color_depth;
	int kind;
	struct opt_list lib;
};

extern const struct opt_command opt_root;

#endif
