/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Helpers: their prototypes, and which programs may call them in which kernel.
 *
 * A helper is allowed where helper.def names the program type, from the day both existed. A pair
 * of helper and program type with rows in helper_rule.def is ruled by these alone: some row must
 * match.
 */
#include "abi/impl.h"
#include "abi/sets.h"

enum proto_flags {
	GPL = ABI_HELPER_GPL,
	PKT = ABI_HELPER_PKT,
	SLEEP = ABI_HELPER_SLEEP,
	FAST = ABI_HELPER_FAST,
	BPF = ABI_HELPER_BPF,
	PERFMON = ABI_HELPER_PERFMON,
};

/* (NO) or up to five, in parentheses */
#define ARGS_5(a, b, c, d, e, ...) ABI_ARG_##a, ABI_ARG_##b, ABI_ARG_##c, ABI_ARG_##d, ABI_ARG_##e
#define ARGS(...)                  ARGS_5(__VA_ARGS__, NO, NO, NO, NO, NO)

static const struct abi_helper helpers[_ABI_HELPER_MAX] = {
#define HELPER(id_, name_, since_, flags_, ret_, args_, progs_)                                    \
	[id_] = {#name_, progs_, since_, id_, {ABI_RET_##ret_, {ARGS args_}, flags_}},
#include "abi/helper.def"
};

static const uint8_t by_name[] = {
#define HELPER(id, ...) id,
#include "abi/helper.def"
};

static const struct abi_helper_rule rules[] = {
#define HELPER_RULE(helper, since, until, where, how, progs)                                       \
	{progs, where, since, until, ABI_HELPER_##helper, how},
#include "abi/helper_rule.def"
};

static const struct variant {
	uint64_t progs, where;
	uint8_t helper;
	struct abi_proto proto;
} variants[] = {
#define HELPER_VARIANT(helper, where, flags, ret, args, progs)                                     \
	{progs, where, ABI_HELPER_##helper, {ABI_RET_##ret, {ARGS args}, flags}},
#include "abi/helper_variant.def"
};

static const struct was {
	uint16_t until;
	uint8_t helper, arg, type;
} was[] = {
#define HELPER_WAS(helper, arg, until, type) {until, ABI_HELPER_##helper, arg, ABI_ARG_##type},
#include "abi/helper_was.def"
};

static const struct detail {
	char btf[18];
	uint8_t helper, arg, size;
} details[] = {
#define HELPER_ARG(helper, arg, btf, size) {btf, ABI_HELPER_##helper, arg, size},
#include "abi/helper_arg.def"
};

/* The prototypes, one after the other; a struct so that the compiler counts where each begins. */
static const struct decls {
#define HELPER_PROTO(name, ret, params) char name[sizeof(ret "bpf_" #name "(" params ")")];
#include "abi/helper_proto.def"
} decls = {
#define HELPER_PROTO(name, ret, params) ret "bpf_" #name "(" params ")",
#include "abi/helper_proto.def"
};

static const uint16_t decl_at[_ABI_HELPER_MAX] = {
#define HELPER_PROTO(name, ...) [ABI_HELPER_##name] = offsetof(struct decls, name),
#include "abi/helper_proto.def"
};

static const struct abi_arg_type arg_types[_ABI_ARG_MAX] = {
	[ABI_ARG_NO] = {"", 0, ABI_ARG_BASE_NONE},
#define NULL_OK                             ABI_ARG_NULL_OK
#define ZERO_OK                             ABI_ARG_ZERO_OK
#define READ                                ABI_ARG_READ
#define WRITE                               ABI_ARG_WRITE
#define UNINIT                              ABI_ARG_UNINIT
#define FIXED                               ABI_ARG_FIXED
#define ALIGNED                             ABI_ARG_ALIGNED
#define RELEASE                             ABI_ARG_RELEASE
#define OF_MEM                              ABI_ARG_OF_MEM
#define OF_RINGBUF                          ABI_ARG_OF_RINGBUF
#define ARG_TYPE(NAME, base, flags, kernel) [ABI_ARG_##NAME] = {kernel, flags, ABI_ARG_BASE_##base},
#include "abi/arg_type.def"
};

static const struct abi_ret_type ret_types[_ABI_RET_MAX] = {
#define RET_TYPE(NAME, null, kernel) [ABI_RET_##NAME] = {kernel, null},
#include "abi/ret_type.def"
};

const struct abi_helper *abi_helper_by_id(unsigned id)
{
	return id && id < COUNT(helpers) ? &helpers[id] : NULL;
}

const struct abi_helper *abi_helper_by_name(const char *name, size_t len)
{
	static const struct abi_names names = ABI_NAMES_BY(helpers, by_name, "bpf_", false);
	static const char uapi[] = "BPF_FUNC_";

	if (len > sizeof uapi - 1 && !memcmp(name, uapi, sizeof uapi - 1)) {
		name += sizeof uapi - 1;
		len -= sizeof uapi - 1;
		/* BPF_FUNC_bpf_... is no name. */
		if (len >= 4 && !memcmp(name, "bpf_", 4))
			return NULL;
	}
	return abi_names_find(&names, name, len);
}

const char *abi_helper_decl(const struct abi_helper *h)
{
	return (const char *)&decls + decl_at[h->id];
}

const struct abi_helper_rule *abi_helper_rule(size_t i)
{
	return i < COUNT(rules) ? &rules[i] : NULL;
}

const struct abi_arg_type *abi_arg_type(enum abi_arg arg)
{
	return &arg_types[arg];
}

const struct abi_ret_type *abi_ret_type(enum abi_ret ret)
{
	return &ret_types[ret];
}

static bool both_exist(const struct abi_helper *h, unsigned prog, uint16_t kernel)
{
	const struct abi_prog_type *p = abi_prog_type(prog);

	return p && kernel >= h->since && kernel >= p->since;
}

static bool in_force(const struct abi_helper_rule *r, uint16_t kernel)
{
	return kernel >= r->since && kernel < r->until;
}

bool abi_helper_allowed(const struct abi_helper *h, unsigned prog, uint16_t kernel)
{
	bool ruled = false;

	if (!both_exist(h, prog, kernel))
		return false;
	for (size_t i = 0; i < COUNT(rules); i++) {
		if (rules[i].helper != h->id || !abi_in(rules[i].progs, prog))
			continue;
		if (in_force(&rules[i], kernel))
			return true;
		ruled = true;
	}
	return !ruled && abi_in(h->progs, prog);
}

enum abi_allow abi_helper_check(const struct abi_helper *h, const struct abi_site *at)
{
	enum abi_allow best = ABI_NO;
	bool ruled = false;

	if (!both_exist(h, at->prog, at->kernel))
		return ABI_NO;
	for (size_t i = 0; i < COUNT(rules); i++) {
		const struct abi_helper_rule *r = &rules[i];

		if (r->helper != h->id || !abi_in(r->progs, at->prog))
			continue;
		ruled = true;
		if (!abi_is_at(r->progs, r->where, at))
			continue;
		if (in_force(r, at->kernel)) {
			if (!r->how)
				return ABI_YES;
			best = ABI_PERHAPS;
		} else if (r->how & ABI_HOW_FIX && at->kernel >= r->since) {
			best = ABI_PERHAPS;
		}
	}
	if (!ruled && abi_in(h->progs, at->prog))
		return ABI_YES;
	return best;
}

void abi_helper_proto(const struct abi_helper *h, const struct abi_site *at,
		      struct abi_proto *ret_proto)
{
	*ret_proto = h->proto;
	for (size_t i = 0; i < COUNT(variants); i++)
		if (variants[i].helper == h->id &&
		    abi_is_at(variants[i].progs, variants[i].where, at))
			*ret_proto = variants[i].proto;
	for (size_t i = 0; i < COUNT(was); i++)
		if (was[i].helper == h->id && at->kernel < was[i].until)
			ret_proto->arg[was[i].arg - 1] = was[i].type;
}

static const struct detail *detail(const struct abi_helper *h, unsigned arg)
{
	for (size_t i = 0; i < COUNT(details); i++)
		if (details[i].helper == h->id && details[i].arg == arg)
			return &details[i];
	return NULL;
}

const char *abi_helper_arg_btf(const struct abi_helper *h, unsigned arg)
{
	const struct detail *d = detail(h, arg);

	return d ? d->btf : "";
}

unsigned abi_helper_arg_size(const struct abi_helper *h, unsigned arg)
{
	const struct detail *d = detail(h, arg);

	return d ? d->size : 0;
}
