/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the tests of obj share: objects compiled by clang, into the cache, and what libbpf makes of
 * them (tests/obj/oracle.c). All end the test, skipping or failing it, when that is not to be had.
 */
#ifndef SKEP_TEST_OBJ_TOOL_H
#define SKEP_TEST_OBJ_TOOL_H

#include "btf/btf.h"
#include "obj/obj.h"
#include "test.h"

/* The compiled object's path, in `ret_path`. cpu: "v3"; flags: words, or "". */
void tool_compile(const char *source, const char *cpu, const char *flags, struct str *ret_path);
bool tool_has_cpu(const char *cpu); /* clang knows it */
/* What oracle prints of an object; its exit status. Its complaints in ret_err. */
int tool_oracle(const char *path, const char *kconfig, struct str *ret_out, struct str *ret_err);
int tool_oracle_version(void); /* of libbpf: 105 is 1.5 */

/* Prepares it for this host and writes down what it became, as the oracle does. */
int tool_prepare(struct obj *o, const struct btf *vmlinux, const char *kconfig, struct diag *d);
void tool_dump(const struct obj *o, struct str *to);
struct btf *tool_vmlinux(void); /* the host's, or skips */

#endif
