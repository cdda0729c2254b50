/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the referees of the abi tables share: the running kernel's version, its BTF, and programs
 * loaded into it. It has a BTF reader of its own, so that a fault of ours is not judged by the
 * same code.
 */
#ifndef SKEP_TESTS_ABI_HOST_H
#define SKEP_TESTS_ABI_HOST_H

#include <linux/bpf.h>

#include "abi/abi.h"
#include "test.h"

uint16_t host_kernel(void);
enum abi_arch host_arch(void);

/* ---- BTF ---- */

enum {
	HOST_INT = 1,
	HOST_PTR,
	HOST_ARRAY,
	HOST_STRUCT,
	HOST_UNION,
	HOST_ENUM,
	HOST_FWD,
	HOST_TYPEDEF,
	HOST_FUNC = 12,
	HOST_FUNC_PROTO,
	HOST_DECL_TAG = 17,
	HOST_ENUM64 = 19
};

struct host_btf {
	char *data;   /* owned */
	uint32_t *at; /* owned: where each type begins, by id; 0: void */
	uint32_t n;
	const char *strings;
};

struct host_type {
	uint32_t name, info, size; /* or type */
};

/* That of vmlinux, read once; NULL: the kernel does not show it. */
const struct host_btf *host_btf(void);
const struct host_type *host_type(const struct host_btf *b, uint32_t id);
const char *host_string(const struct host_btf *b, uint32_t at);
static inline unsigned host_kind(const struct host_type *t)
{
	return t->info >> 24 & 31;
}
static inline unsigned host_vlen(const struct host_type *t)
{
	return t->info & 0xffff;
}
uint32_t host_btf_find(const struct host_btf *b, const char *name, unsigned kind); /* 0: none */
uint32_t host_btf_size(const struct host_btf *b, uint32_t id);
/* "regs.bx", through anonymous members; what a struct has there. false: no such member. */
bool host_btf_member(const struct host_btf *b, uint32_t id, const char *path, uint32_t *ret_offset,
		     uint32_t *ret_size);
/* The enum that has this enumerator; 0: none. */
uint32_t host_btf_enum(const struct host_btf *b, const char *enumerator);
const char *host_btf_enumerator(const struct host_btf *b, uint32_t id, unsigned i,
				uint32_t *ret_value);

/* ---- programs ---- */

struct host_site {
	char name[64]; /* "cgroup_sock_addr/cgroup_inet4_bind" */
	struct abi_site at;
	uint32_t expected; /* expected_attach_type, of STRUCT_OPS the member */
	uint32_t btf_id;
	const char *license;
	int ret; /* a value that it may return */
};

enum { HOST_SITES = 128, HOST_LOG = 1 << 16 };

#define HOST_INSN(c, d, s, o, i)                                                                   \
	((struct bpf_insn){.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i)})

/* Every way to load a program that this kernel knows and lets us use; those with a BTF target at
 * one function each. Found once. */
const struct host_site *host_sites(size_t *ret_n);
/* 0 or -errno; log_level 0 leaves the log alone. */
int host_load(const struct host_site *s, const struct bpf_insn *insns, size_t n, int log_level);
const char *host_log(void);
const char *host_log_says(void); /* its last line but the statistics */

/* Disagreements: all are counted, the first are shown, and the test fails with them at its end. */
struct host_verdict {
	unsigned asked, wrong;
};

void host_disagree(struct host_verdict *v, const char *fmt, ...) PRINTF_LIKE(2, 3);
void host_judge(const struct host_verdict *v, const char *what);

#endif
