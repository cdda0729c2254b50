/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * abi: what kernels promise.
 *
 *   kernel    versions                                               kernel.c
 *   types     program, attach, link types; commands; iterators       type.c
 *   map       map types, what they are made of and answer to         map.c
 *   helper    prototypes, and who may call them where                helper.c
 *   kfunc     the same of kernel functions                           kfunc.c
 *   section   SEC() names                                            section.c
 *   ctx       the structs that programs see, field by field          ctx.c
 *   table     everything above as text                               table.c
 *
 * The facts are in the .def files, one row each, with the first kernel of which they are true.
 * Everything here is const and needs no start-up; lookups by id index an array, lookups by name
 * are binary searches. Nothing allocates. No uapi header is needed, and both may be included
 * together: all names begin with ABI_. A test holds the rows against the running kernel:
 * doc/abi.md.
 *
 * Names are found in the spelling of the kernel's tools ("sched_cls"), of the uapi header
 * ("BPF_PROG_TYPE_SCHED_CLS"), helpers also with and without "bpf_". They need not end in NUL.
 */
#ifndef SKEP_ABI_H
#define SKEP_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- kernels --------------------------------------------------------------------------------- */

#define ABI_KERNEL(major, minor) ((uint16_t)((major) << 8 | (minor)))

enum {
	ABI_KERNEL_OLDEST = 3 << 8 | 18, /* the first with bpf(2) */
	ABI_KERNEL_NEWEST = 7 << 8 | 2,  /* the last that the tables know */
	ABI_NEVER = 0xffff,              /* as a version: no kernel */
};

/* "6.12", "v6.12", "6.12.43-cloud-amd64"; 0 or -EINVAL. There need not be such a kernel. */
int abi_kernel_parse(const char *s, size_t len, uint16_t *ret_kernel);
/* "6.12", ended by NUL if there is room for it; the length without NUL. */
size_t abi_kernel_print(uint16_t kernel, char *to, size_t size);
bool abi_kernel_released(uint16_t kernel); /* a kernel of that number was released */

/* ---- ids ------------------------------------------------------------------------------------- */

enum abi_prog {
	ABI_PROG_UNSPEC,
#define PROG_TYPE(id, NAME, ...) ABI_PROG_##NAME = (id),
#include "abi/prog_type.def"
};

enum abi_attach {
#define ATTACH_TYPE(id, NAME, ...) ABI_ATTACH_##NAME = (id),
#include "abi/attach_type.def"
	ABI_ATTACH_NONE = 63, /* not given; its bit in a set is what a complement holds for */
};

enum abi_link {
	ABI_LINK_UNSPEC,
#define LINK_TYPE(id, NAME, ...) ABI_LINK_##NAME = (id),
#include "abi/link_type.def"
	ABI_LINK_NONE = 255,
};

enum abi_map {
	ABI_MAP_UNSPEC,
#define MAP_KIND(id, NAME, ...) ABI_MAP_##NAME = (id),
#include "abi/map_type.def"
};

enum abi_cmd {
#define CMD(id, NAME, ...) ABI_CMD_##NAME = (id),
#include "abi/cmd.def"
	ABI_CMD_COMMON_ATTRS = 1 << 16, /* a bit, since 7.2 */
};

enum abi_helper_id {
	ABI_HELPER_unspec,
#define HELPER(id, name, ...) ABI_HELPER_##name = (id),
#include "abi/helper.def"
};

enum abi_kfunc_id { /* in order of name; not a number of the kernel's */
#define KFUNC(name, ...) ABI_KFUNC_##name,
#include "abi/kfunc.def"
};

/* One more than the largest id. */
enum {
	_ABI_PROG_MAX = 1
#define PROG_TYPE(...) +1
#include "abi/prog_type.def"
	,
	_ABI_ATTACH_MAX = 0
#define ATTACH_TYPE(...) +1
#include "abi/attach_type.def"
	,
	_ABI_LINK_MAX = 1
#define LINK_TYPE(...) +1
#include "abi/link_type.def"
	,
	_ABI_MAP_MAX = 1
#define MAP_KIND(...) +1
#include "abi/map_type.def"
	,
	_ABI_CMD_MAX = 0
#define CMD(...) +1
#include "abi/cmd.def"
	,
	_ABI_HELPER_MAX = 1
#define HELPER(...) +1
#include "abi/helper.def"
	,
	_ABI_KFUNC_MAX = 0
#define KFUNC(...) +1
#include "abi/kfunc.def"
};

/* Sets of program and attach types. */
#define ABI_BIT(id) (1ULL << (id))

enum abi_arch { ABI_ARCH_ANY, ABI_ARCH_X86_64, ABI_ARCH_ARM64 };

/* For which kernel and in which program a question is asked. */
struct abi_site {
	uint16_t kernel;
	uint8_t prog;   /* enum abi_prog; for EXT ask of the program it replaces a part of */
	uint8_t attach; /* enum abi_attach: the expected one */
	uint8_t arch;   /* enum abi_arch */
	bool sleepable;
};

/* ---- program, attach and link types, commands ------------------------------------------------ */

/* CAP_NET_ADMIN, CAP_PERFMON, a license compatible with the GPL. */
enum abi_need { ABI_NEEDS_NET_ADMIN = 1, ABI_NEEDS_PERFMON = 2, ABI_NEEDS_GPL = 4 };

struct abi_prog_type {
	char name[24]; /* "sched_cls" */
	uint16_t since;
	uint16_t run, run_until; /* BPF_PROG_TEST_RUN runs it from, and no longer from */
	uint16_t sleep;          /* the first kernel that lets some of them sleep */
	uint8_t id;
	uint8_t needs;    /* ABI_NEEDS_*, to load one, beside CAP_BPF */
	char returns[72]; /* the meaning of R0 at exit */
};

struct abi_attach_type {
	char name[32]; /* "cgroup_inet_ingress" */
	uint64_t progs;
	uint16_t since;
	uint16_t sleep;
	uint8_t id;
	uint8_t link; /* enum abi_link, NONE */
};

struct abi_link_type {
	char name[20]; /* "kprobe_multi" */
	uint16_t since;
	uint16_t update, detach; /* the first kernel with these commands for it */
	uint64_t progs;
	uint8_t id;
	char info[128]; /* what bpf_link_info says of it */
};

struct abi_cmd_type {
	char name[32]; /* "map_create" */
	uint16_t since;
	uint8_t id;
};

/* What BPF_ITER programs go over, or STRUCT_OPS programs implement. */
struct abi_target {
	char name[24];   /* "task"; "tcp_congestion_ops" */
	char config[20]; /* what the kernel must be built with, "" */
	uint16_t since;
};

/* NULL: there is no such id. */
const struct abi_prog_type *abi_prog_type(unsigned id);
const struct abi_attach_type *abi_attach_type(unsigned id);
const struct abi_link_type *abi_link_type(unsigned id);
const struct abi_cmd_type *abi_cmd_type(unsigned id);
/* NULL: there is no such name. */
const struct abi_prog_type *abi_prog_type_by_name(const char *name, size_t len);
const struct abi_attach_type *abi_attach_type_by_name(const char *name, size_t len);
const struct abi_link_type *abi_link_type_by_name(const char *name, size_t len);
const struct abi_cmd_type *abi_cmd_type_by_name(const char *name, size_t len);
/* In order of name, NULL after the last. */
const struct abi_target *abi_iter(size_t i);
const struct abi_target *abi_struct_ops(size_t i);
const struct abi_target *abi_iter_by_name(const char *name, size_t len);
const struct abi_target *abi_struct_ops_by_name(const char *name, size_t len);

/* The attach type the kernel takes a program for when none is given. */
unsigned abi_attach_default(unsigned prog, unsigned attach);
/* Whether a program there may be loaded with BPF_F_SLEEPABLE. */
bool abi_may_sleep(const struct abi_site *at);

struct abi_return {
	uint64_t progs, where;
	uint16_t since;
	int16_t min, max;
	uint8_t how; /* ABI_HOW_HOOKS, ABI_HOW_FIX */
};

/* The range R0 must be in at exit; NULL: any value does. */
const struct abi_return *abi_return_range(const struct abi_site *at);
/* What a program of that type means by returning that: "XDP_PASS"; NULL: it has no name. */
const char *abi_verdict(unsigned prog, int32_t value);

/* ---- flags ----------------------------------------------------------------------------------- */

enum abi_flag_family {
	ABI_FLAGS_MAP,
	ABI_FLAGS_UPDATE,
	ABI_FLAGS_PROG,
	ABI_FLAGS_ATTACH,
	ABI_FLAGS_QUERY,
	ABI_FLAGS_RUN,
	ABI_FLAGS_KPROBE_MULTI,
	ABI_FLAGS_UPROBE_MULTI,
	ABI_FLAGS_NETFILTER
};

enum { /* ABI_F_MAP_NO_PREALLOC, ABI_F_PROG_SLEEPABLE... */
#define FLAG(family, NAME, bit, ...) ABI_F_##family##_##NAME = 1 << (bit),
#include "abi/flag.def"
};

struct abi_flag {
	char name[32]; /* the uapi header's, "BPF_F_NO_PREALLOC" */
	uint16_t since;
	uint8_t family, bit;
};

const struct abi_flag *abi_flag(size_t i); /* by family and bit, NULL after the last */
const struct abi_flag *abi_flag_find(enum abi_flag_family family, unsigned bit);
const struct abi_flag *abi_flag_by_name(enum abi_flag_family family, const char *name, size_t len);

/* ---- maps ------------------------------------------------------------------------------------ */

struct abi_sizes {
	uint32_t min, max, step;
};

enum abi_entries {
	ABI_ENTRIES_SOME,
	ABI_ENTRIES_ZERO,
	ABI_ENTRIES_ONE,
	ABI_ENTRIES_CPUS,
	ABI_ENTRIES_PAGES
};
enum abi_map_btf { ABI_MAP_BTF_OK, ABI_MAP_BTF_NO, ABI_MAP_BTF_MUST };
enum abi_map_field {
	ABI_FIELD_LOCK = 1,
	ABI_FIELD_TIMER = 2,
	ABI_FIELD_KPTR = 4,
	ABI_FIELD_GRAPH = 8,
	ABI_FIELD_UPTR = 16
};
enum abi_map_op {
	ABI_OP_LOOKUP = 1,
	ABI_OP_UPDATE = 2,
	ABI_OP_DELETE = 4,
	ABI_OP_NEXT = 8,
	ABI_OP_TAKE = 16, /* LOOKUP_AND_DELETE */
	ABI_OP_BATCH_LOOKUP = 32,
	ABI_OP_BATCH_TAKE = 64,
	ABI_OP_BATCH_UPDATE = 128,
	ABI_OP_BATCH_DELETE = 256,
	ABI_OP_MMAP = 512
};

struct abi_map_type {
	char name[24]; /* "lru_hash" */
	struct abi_sizes key, value;
	uint32_t flags, need; /* ABI_F_MAP_* it takes, and it must have */
	uint16_t since;
	uint16_t ops; /* ABI_OP_*, of the newest kernel */
	uint8_t id;
	uint8_t entries; /* enum abi_entries */
	uint8_t btf;     /* enum abi_map_btf */
	uint8_t fields;  /* ABI_FIELD_*: what its values may hold */
};

const struct abi_map_type *abi_map_type(unsigned id);
const struct abi_map_type *abi_map_type_by_name(const char *name, size_t len);
unsigned abi_map_ops(const struct abi_map_type *m, uint16_t kernel);
uint32_t abi_map_flags(const struct abi_map_type *m, uint16_t kernel); /* those it knows */
bool abi_size_fits(const struct abi_sizes *s, uint32_t size);
/*
 * What BPF_MAP_CREATE says to these sizes and flags, TOKEN_FD taken off: 0, -EINVAL or -E2BIG. Of
 * CPUS and PAGES the kernel knows more than the table: the number of processors, the size of a page
 * (4096 is taken for it).
 */
int abi_map_check(const struct abi_map_type *m, uint16_t kernel, uint32_t key_size,
		  uint32_t value_size, uint32_t max_entries, uint32_t flags);

/* ---- helpers --------------------------------------------------------------------------------- */

enum abi_arg_base {
	ABI_ARG_BASE_NONE,
#define ARG_BASE(NAME) ABI_ARG_BASE_##NAME,
#include "abi/arg_base.def"
};

enum abi_arg_flag {
	ABI_ARG_NULL_OK = 1,
	ABI_ARG_ZERO_OK = 2,
	ABI_ARG_READ = 4,
	ABI_ARG_WRITE = 8,
	ABI_ARG_UNINIT = 16,
	ABI_ARG_FIXED = 32,
	ABI_ARG_ALIGNED = 64,
	ABI_ARG_RELEASE = 128,
	ABI_ARG_OF_MEM = 256,
	ABI_ARG_OF_RINGBUF = 512
};

enum abi_arg {
	ABI_ARG_NO,
#define ARG_TYPE(NAME, ...) ABI_ARG_##NAME,
#include "abi/arg_type.def"
	_ABI_ARG_MAX
};

enum abi_ret {
#define RET_TYPE(NAME, ...) ABI_RET_##NAME,
#include "abi/ret_type.def"
	_ABI_RET_MAX
};

struct abi_arg_type {
	char kernel[64]; /* "ARG_PTR_TO_MEM | MEM_RDONLY" */
	uint16_t flags;  /* ABI_ARG_NULL_OK... */
	uint8_t base;    /* enum abi_arg_base */
};

struct abi_ret_type {
	char kernel[60]; /* "RET_INTEGER" */
	bool null;       /* it may be NULL */
};

enum abi_helper_flag {
	ABI_HELPER_GPL = 1,      /* for programs with a compatible license */
	ABI_HELPER_PKT = 2,      /* takes pointers into the packet */
	ABI_HELPER_SLEEP = 4,    /* for sleepable programs */
	ABI_HELPER_FAST = 8,     /* keeps R1 to R5 */
	ABI_HELPER_BPF = 16,     /* needs CAP_BPF */
	ABI_HELPER_PERFMON = 32, /* needs CAP_PERFMON */
};

struct abi_proto {
	uint8_t ret;    /* enum abi_ret */
	uint8_t arg[5]; /* enum abi_arg; NO after the last */
	uint8_t flags;  /* ABI_HELPER_* */
};

struct abi_helper {
	char name[32];  /* "map_lookup_elem" */
	uint64_t progs; /* who may call it in the newest kernel, the rules aside */
	uint16_t since;
	uint8_t id;
	struct abi_proto proto; /* what most programs see: abi_helper_proto() */
};

enum abi_how {
	ABI_HOW_HOOKS = 1, /* only in functions that the kernel lists */
	ABI_HOW_BUILD = 2, /* only if the kernel is built so */
	ABI_HOW_FIX = 4,   /* maintained kernels may be ahead of their number */
};

struct abi_helper_rule {
	uint64_t progs, where;
	uint16_t since, until;
	uint8_t helper, how;
};

enum abi_allow {
	ABI_NO,
	ABI_YES,
	ABI_PERHAPS, /* in some functions, or some builds of that kernel, but not in others */
};

const struct abi_helper *abi_helper_by_id(unsigned id); /* 1.._ABI_HELPER_MAX-1 */
const struct abi_helper *abi_helper_by_name(const char *name, size_t len);
/* "void *bpf_map_lookup_elem(void *map, const void *key)" */
const char *abi_helper_decl(const struct abi_helper *h);

/* Whether programs of a type may call it at all: somewhere, attached in some way. */
bool abi_helper_allowed(const struct abi_helper *h, unsigned prog, uint16_t kernel);
/* Whether this program may, leaving aside its license and whether it may sleep. */
enum abi_allow abi_helper_check(const struct abi_helper *h, const struct abi_site *at);
/* What it asks of this program. */
void abi_helper_proto(const struct abi_helper *h, const struct abi_site *at,
		      struct abi_proto *ret_proto);
/* The struct that a BTF_ID points to or "", the bytes of FIXED memory or 0. arg 0: its result. */
const char *abi_helper_arg_btf(const struct abi_helper *h, unsigned arg);
unsigned abi_helper_arg_size(const struct abi_helper *h, unsigned arg);
/* The map types it takes, a set of ABI_BIT(enum abi_map); 0: it takes no map. */
uint64_t abi_helper_maps(const struct abi_helper *h);
/* In order of helper name, NULL after the last. */
const struct abi_helper_rule *abi_helper_rule(size_t i);

const struct abi_arg_type *abi_arg_type(enum abi_arg arg);
const struct abi_ret_type *abi_ret_type(enum abi_ret ret);

/* ---- kfuncs ---------------------------------------------------------------------------------- */

/* The kernel's KF_ flags, not its numbers. */
enum abi_kfunc_flag {
	ABI_KF_ACQUIRE = 1 << 0,
	ABI_KF_RELEASE = 1 << 1,
	ABI_KF_RET_NULL = 1 << 2,
	ABI_KF_TRUSTED_ARGS = 1 << 3,
	ABI_KF_SLEEPABLE = 1 << 4,
	ABI_KF_DESTRUCTIVE = 1 << 5,
	ABI_KF_RCU = 1 << 6,
	ABI_KF_ITER_NEW = 1 << 7,
	ABI_KF_ITER_NEXT = 1 << 8,
	ABI_KF_ITER_DESTROY = 1 << 9,
	ABI_KF_RCU_PROTECTED = 1 << 10,
	ABI_KF_FASTCALL = 1 << 11,
	ABI_KF_ARENA_RET = 1 << 12,
	ABI_KF_ARENA_ARG1 = 1 << 13,
	ABI_KF_ARENA_ARG2 = 1 << 14,
	ABI_KF_IMPLICIT_ARGS = 1 << 15
};

enum abi_kfunc_set {
#define KFUNC_SET(NAME, ...) ABI_KFUNCS_##NAME,
#include "abi/kfunc_set.def"
	_ABI_KFUNCS_MAX
};

struct abi_kfunc {
	char name[40]; /* "bpf_obj_new_impl" */
	uint16_t since, until;
	uint16_t flags; /* ABI_KF_*, of the newest kernel: abi_kfunc_flags() */
	uint8_t set;    /* enum abi_kfunc_set */
};

struct abi_kfunc_set_row {
	char name[16];   /* "GENERIC" */
	char config[24]; /* what the kernel must be built with, "" */
	uint64_t progs;  /* who passes its filter */
};

const struct abi_kfunc *abi_kfunc(size_t i); /* in order of name, NULL after the last */
const struct abi_kfunc *abi_kfunc_by_name(const char *name, size_t len);
const char *abi_kfunc_decl(const struct abi_kfunc *k, uint16_t kernel);
const struct abi_kfunc_set_row *abi_kfunc_set(enum abi_kfunc_set set);
bool abi_kfunc_in(const struct abi_kfunc *k, uint16_t kernel); /* a kernel of that number has it */
unsigned abi_kfunc_flags(const struct abi_kfunc *k, uint16_t kernel);
enum abi_allow abi_kfunc_check(const struct abi_kfunc *k, const struct abi_site *at);

/* ---- sections -------------------------------------------------------------------------------- */

enum abi_section_how {
#define SECTION_HOW(NAME, ...) ABI_SEC_HOW_##NAME,
#include "abi/section.def"
	_ABI_SEC_HOW_MAX
};

enum abi_section_flag {
	ABI_SEC_SLEEP = 1, /* loaded with BPF_F_SLEEPABLE */
	ABI_SEC_BTF = 2,   /* needs attach_btf_id */
	ABI_SEC_FRAGS = 4, /* loaded with BPF_F_XDP_HAS_FRAGS */
	ABI_SEC_SEND = 8,  /* the expected attach type is given to the kernel */
	ABI_SEC_TRY = 16,  /* it is given if the kernel takes it */
	ABI_SEC_PLUS = 32, /* "/" and a target may follow */
};

struct abi_section {
	char name[26];  /* "fentry.s" */
	uint8_t prog;   /* enum abi_prog */
	uint8_t attach; /* enum abi_attach */
	uint8_t how;    /* enum abi_section_how: what attaches it */
	uint8_t flags;  /* ABI_SEC_* */
};

struct abi_section_match {
	const struct abi_section *row;
	const char *target; /* what follows the "/", in the name; NULL: not even a "/" */
	size_t target_len;
	bool optional; /* there was a "?": not loaded unless asked for */
};

enum abi_object_section {
#define OBJECT_SECTION(name, match, KIND, text) ABI_OBJ_##KIND,
#include "abi/object.def"
	_ABI_OBJ_MAX
};

const struct abi_section *abi_section(size_t i); /* in order of name, NULL after the last */
/* A whole section name, "?fentry/vfs_read"; false: not one of a program. */
bool abi_section_find(const char *name, size_t len, struct abi_section_match *ret_match);
/* What may follow the "/", "" for nothing, and in words. */
const char *abi_section_target(enum abi_section_how how);
const char *abi_section_text(enum abi_section_how how);
/* Which of the other sections of an object it is; _ABI_OBJ_MAX: none. May begin with a "?". */
enum abi_object_section abi_object_section(const char *name, size_t len, bool *ret_optional);
const char *abi_object_section_text(enum abi_object_section s);

/* ---- contexts -------------------------------------------------------------------------------- */

enum abi_ctx_struct {
#define CTX_STRUCT(NAME, ...) ABI_CTX_##NAME,
#include "abi/ctx.def"
	_ABI_CTX_MAX
};

enum abi_ctx_view {
#define CTX_VIEW(NAME, ...) ABI_VIEW_##NAME,
#include "abi/ctx.def"
	_ABI_VIEW_MAX, /* only BTF knows */
};

enum abi_ctx_type {
#define CTX_TYPE(NAME, ...) ABI_LOAD_##NAME,
#include "abi/ctx_type.def"
	_ABI_LOAD_MAX
};

enum abi_ctx_access {
	ABI_ACCESS_WHOLE = 1,
	ABI_ACCESS_PART = 2,
	ABI_ACCESS_LOW = 4,
	ABI_ACCESS_HALF = 8,
	ABI_ACCESS_WIDE = 16,
	ABI_ACCESS_SLOT = 32,
	ABI_ACCESS_ALIGNED = 64,
	ABI_ACCESS_ANY = 128,
	ABI_ACCESS_INSIDE = 256
};

struct abi_ctx_struct_row {
	char name[24]; /* "__sk_buff"; "": it has none */
	uint32_t size; /* bytes that can be reached */
};

struct abi_ctx_view_row {
	char name[16]; /* "SKB_TC" */
	uint64_t progs, where;
	uint16_t since;
	uint8_t ctx; /* enum abi_ctx_struct */
	uint8_t column, arch;
};

struct abi_ctx_field {
	char name[24]; /* "protocol"; "": memory without names */
	int16_t offset;
	uint16_t size, count;
	uint16_t since;
	uint8_t type;   /* enum abi_ctx_type: what a load of it gives */
	uint8_t ctx;    /* enum abi_ctx_struct */
	char access[7]; /* a letter of ctx_access.def for each column */
};

struct abi_ctx_type_row {
	char state[20]; /* how the verifier's log names it: "sock_or_null" */
	char btf[16];   /* the kernel's struct, or "" */
};

enum abi_ctx_verdict {
	ABI_CTX_NO,
	ABI_CTX_YES,
	ABI_CTX_BTF, /* ask BTF: the context is the arguments of a kernel function */
};

const struct abi_ctx_struct_row *abi_ctx_struct(enum abi_ctx_struct ctx);
const struct abi_ctx_view_row *abi_ctx_view_row(enum abi_ctx_view view);
const struct abi_ctx_field *abi_ctx_field(size_t i); /* struct by struct, NULL after the last */
const struct abi_ctx_type_row *abi_ctx_type(enum abi_ctx_type type);
/* The field with that name in a struct by its C name; NULL. The version is not asked. */
const struct abi_ctx_field *abi_ctx_field_by_name(enum abi_ctx_struct ctx, const char *name,
						  size_t len);

/* What R1 points to in a program; _ABI_VIEW_MAX: arguments that only BTF describes. */
enum abi_ctx_view abi_ctx_view(const struct abi_site *at);
/* How a field may be read or written through a view: ABI_ACCESS_*. */
unsigned abi_ctx_letter(const struct abi_ctx_field *f, enum abi_ctx_view view, bool write);
/* Whether the view allows a load or store of size bytes at off; *ret_field (may be NULL) then. */
enum abi_ctx_verdict abi_ctx_access(enum abi_ctx_view view, uint16_t kernel, int off, unsigned size,
				    bool write, const struct abi_ctx_field **ret_field);
/* The same for the context of a program. */
enum abi_ctx_verdict abi_ctx_check(const struct abi_site *at, int off, unsigned size, bool write,
				   const struct abi_ctx_field **ret_field);

/* ---- tables as text -------------------------------------------------------------------------- */

enum { ABI_TABLE_COLUMNS = 12 };

/* The first row of a table is its headings. Not 0: enough. */
typedef int abi_table_fn(void *ctx, const char *const *cols, size_t n);

const char *abi_table_name(size_t i); /* NULL after the last */
/* -ENOENT: no such table; else what `row` returned that was not 0, or 0. */
int abi_table(const char *name, abi_table_fn *row, void *ctx);

#endif
