/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the test driver share: run.c, worker.c, envelope.c, check.c. */
#ifndef SKEP_TEST_DRIVER_H
#define SKEP_TEST_DRIVER_H

#include "test.h"

enum status { PASSED, FAILED, SKIPPED };

/* One thing to run: a test in C, or a case of a file. */
struct item {
	char *name;
	const struct test *test;
	struct test_case *one;
	unsigned flags;
};

struct result {
	enum status status;
	uint64_t ns;
	uint32_t len; /* of the text that follows */
};

struct settings {
	bool bless, here, oom, fast, verbose, tap;
	int jobs;
	unsigned timeout; /* seconds for one item */
};

extern struct settings settings;

/* check.c: runs one item in this process; the text tells why it failed or was skipped. */
enum status item_run(const struct item *it, const char **ret_text);
/* worker.c */
void items_run(const struct item *items, size_t n,
	       void (*done)(const struct item *it, const struct result *r, const char *text));
/* envelope.c */
void envelope_load(const char *path, const struct test_kind *kind,
		   void (*add)(struct test_case *c));
void bless_edit(const struct test_case *c, const struct test_section *s, const char *body);
int bless_write(void); /* how many files were rewritten */
const char *case_missing(const struct test_case *c); /* what `requires` lacks here, or NULL */
void *driver_alloc(size_t n);

#endif
