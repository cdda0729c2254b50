/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The test driver's interface.
 *
 *	TEST(adds)			a test in C, named FILE/adds
 *	{
 *		CHECK_EQ(1 + 1, 2);
 *	}
 *
 *	KIND("isa", ".t", isa_case)	every case of tests/isa/..t goes to isa_case()
 *
 * The files of all kinds share one envelope (envelope.c):
 *
 *	# a comment, before the first case or among the headers
 *	==== title of a case
 *	key: value
 *	-- section
 *	its body, up to the next line that begins with "-- " or "==== "
 *
 * A file without "====" is one case, named after the file. What is none of these fails the case it
 * stands in. `requires: root bpf cmd:NAME file:PATH
 * arch:NAME long` skips a case, with the reason, where that is not to be had.
 */
#ifndef SKEP_TEST_H
#define SKEP_TEST_H

#include "base/base.h"

enum test_flag {
	TEST_NO_OOM = 1,  /* left out when allocations fail: kernel referees, whole processes */
	TEST_SLOW = 2,	  /* left out of the sanitizer, stress and oom rounds */
	TEST_ALONE = 4,	  /* never beside another test: timing, global state of the machine */
	TEST_HIDDEN = 8,  /* only by its whole name, '=NAME': bad on purpose, to test the driver */
};

struct test_case;

struct test {
	const char *name;
	const char *file;
	int line;
	unsigned flags;
	void (*run)(void);
	struct test *next;
};

struct test_kind {
	const char *dir, *suffix; /* below tests/ */
	unsigned flags;
	void (*run)(struct test_case *c);
	struct test_kind *next;
};

#define TEST_WITH(id, flags_)                                                                      \
	static void test_##id(void);                                                               \
	static struct test test_row_##id = {#id, __FILE__, __LINE__, (flags_), test_##id, NULL};   \
	__attribute__((constructor)) static void test_add_##id(void)                               \
	{                                                                                          \
		test_register(&test_row_##id);                                                     \
	}                                                                                          \
	static void test_##id(void)
#define TEST(id) TEST_WITH(id, 0)

#define KIND_WITH(dir_, suffix_, run_, flags_)                                                     \
	static struct test_kind test_kind_##run_ = {dir_, suffix_, (flags_), run_, NULL};          \
	__attribute__((constructor)) static void test_kind_add_##run_(void)                        \
	{                                                                                          \
		test_kind_register(&test_kind_##run_);                                             \
	}
#define KIND(dir_, suffix_, run_) KIND_WITH(dir_, suffix_, run_, 0)

void test_register(struct test *t);
void test_kind_register(struct test_kind *k);

/* Sanitizers keep what is freed, and need their own flags to link with. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TEST_SANITIZED 1
#endif
#endif
#ifndef TEST_SANITIZED
#define TEST_SANITIZED 0
#endif

/* All of these end the test when they fail. */
#define CHECK(cond) ((cond) ? (void)0 : test_fail(__FILE__, __LINE__, "not true: %s", #cond))
#define CHECK_EQ(got, want) \
	test_check_eq(__FILE__, __LINE__, #got, (int64_t)(got), (int64_t)(want))
#define CHECK_STR(got, want) test_check_str(__FILE__, __LINE__, #got, (got), (want))
#define CHECK_MEM(got, want, n) test_check_mem(__FILE__, __LINE__, #got, (got), (want), (n))
#define FAIL(...) test_fail(__FILE__, __LINE__, __VA_ARGS__)
#define SKIP(...) test_skip(__VA_ARGS__)

_Noreturn void test_fail(const char *file, int line, const char *fmt, ...) PRINTF_LIKE(3, 4);
_Noreturn void test_skip(const char *fmt, ...) PRINTF_LIKE(1, 2);
void test_note(const char *fmt, ...) PRINTF_LIKE(1, 2); /* shown with the result, as "# ..." */
void test_check_eq(const char *file, int line, const char *what, int64_t got, int64_t want);
void test_check_str(const char *file, int line, const char *what, const char *got, const char *want);
void test_check_mem(const char *file, int line, const char *what, const void *got, const void *want,
		    size_t n);

bool test_oom(void);  /* allocations are failing now: what comes out may be an error */
bool test_long(void); /* SKEP_LONG=1: hours are fine */
uint64_t test_seed(void); /* SKEP_SEED, else a fixed one; shown when a test fails */
uint64_t test_random(uint64_t *state);
const char *test_root(void); /* the repository, absolute */
const char *test_skep(void); /* the program under test, absolute */
/* Runs argv with stdin from `in` (may be NULL), collects stdout and stderr; the exit status, or
 * 128 + the signal. */
int test_spawn(const char *const *argv, const void *in, size_t in_len, struct str *ret_out,
	       struct str *ret_err);
const char *test_bpf_missing(void); /* why bpf(2) cannot be used here, or NULL */
bool test_have_command(const char *name);
/* The diff of two texts, as lines with - and +. */
void test_diff(struct str *s, const char *want, const char *got);

/* ---- cases ---- */

struct test_section {
	const char *name;
	const char *body; /* NUL-terminated */
	size_t len;
	size_t at; /* where the body begins in the file */
	int line;  /* of its first line */
};

struct test_header {
	const char *key, *value;
};

struct test_case {
	const char *file; /* relative to the repository */
	const char *title;
	int line;
	const struct test_kind *kind;
	struct test_header *header;
	size_t headers;
	struct test_section *section;
	size_t sections;
	const char *bad; /* what is wrong with the envelope, and where; NULL: nothing */
	int bad_line;
};

const char *case_header(const struct test_case *c, const char *key); /* NULL: not there */
const struct test_section *case_find(const struct test_case *c, const char *name);
const char *case_body(const struct test_case *c, const char *name); /* must be there */
/* The body must be `got`; with --bless it becomes so. Does nothing while allocations fail. */
void case_expect(const struct test_case *c, const char *name, const char *got);

#endif
