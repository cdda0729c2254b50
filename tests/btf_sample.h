/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* BTF for tests: small ones made by hand, random ones, and ones with faults. */
#ifndef SKEP_TESTS_BTF_SAMPLE_H
#define SKEP_TESTS_BTF_SAMPLE_H

#include "btf/btf.h"

/* A valid one with every kind; the types are named in btf_sample.c. NULL: no memory. */
struct btf *btf_sample(void);
/* The same as bytes; what the test ends with is freed by str_done. */
void btf_sample_bytes(struct str *s);
/* A valid one of up to `most` types, another for each state. */
void btf_random_bytes(uint64_t *state, int most, struct str *s);
/* Changes a word or few of a BTF in place, so that it may not be valid any more. */
void btf_break(uint64_t *state, uint8_t *bytes, size_t *n);
/* Of `skep` what opens; fails the test if that does not succeed, unless allocations fail. */
struct btf *btf_of_file(const char *path);

#endif
