/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kfuncs: their flags and prototypes, and which programs may call them in which kernel.
 *
 * A kfunc belongs to a set; the kernel registers sets at hooks; a program type looks at some hooks.
 */
#include "abi/impl.h"
#include "abi/sets.h"

enum kf_flags {
	ACQUIRE = ABI_KF_ACQUIRE,
	RELEASE = ABI_KF_RELEASE,
	RET_NULL = ABI_KF_RET_NULL,
	TRUSTED_ARGS = ABI_KF_TRUSTED_ARGS,
	SLEEPABLE = ABI_KF_SLEEPABLE,
	DESTRUCTIVE = ABI_KF_DESTRUCTIVE,
	RCU = ABI_KF_RCU,
	ITER_NEW = ABI_KF_ITER_NEW,
	ITER_NEXT = ABI_KF_ITER_NEXT,
	ITER_DESTROY = ABI_KF_ITER_DESTROY,
	RCU_PROTECTED = ABI_KF_RCU_PROTECTED,
	FASTCALL = ABI_KF_FASTCALL,
	ARENA_RET = ABI_KF_ARENA_RET,
	ARENA_ARG1 = ABI_KF_ARENA_ARG1,
	ARENA_ARG2 = ABI_KF_ARENA_ARG2,
	IMPLICIT_ARGS = ABI_KF_IMPLICIT_ARGS,
};

enum hook {
	HOOK_ACT,
	HOOK_CGROUP,
	HOOK_COMMON,
	HOOK_FILTER,
	HOOK_KPROBE,
	HOOK_LWT,
	HOOK_NETFILTER,
	HOOK_SK_SKB,
	HOOK_STRUCT_OPS,
	HOOK_SYSCALL,
	HOOK_TC,
	HOOK_TRACING,
	HOOK_XDP
};

enum hook_bits {
	H_ACT = 1 << HOOK_ACT,
	H_CGROUP = 1 << HOOK_CGROUP,
	H_COMMON = 1 << HOOK_COMMON,
	H_FILTER = 1 << HOOK_FILTER,
	H_KPROBE = 1 << HOOK_KPROBE,
	H_LWT = 1 << HOOK_LWT,
	H_NETFILTER = 1 << HOOK_NETFILTER,
	H_SK_SKB = 1 << HOOK_SK_SKB,
	H_STRUCT_OPS = 1 << HOOK_STRUCT_OPS,
	H_SYSCALL = 1 << HOOK_SYSCALL,
	H_TC = 1 << HOOK_TC,
	H_TRACING = 1 << HOOK_TRACING,
	H_XDP = 1 << HOOK_XDP,
};

static const struct abi_kfunc kfuncs[_ABI_KFUNC_MAX] = {
#define KFUNC(name, since, until, set, flags) {#name, since, until, flags, ABI_KFUNCS_##set},
#include "abi/kfunc.def"
};

static const struct life {
	uint16_t kfunc, since, until;
} lives[] = {
#define KFUNC_LIFE(name, since, until) {ABI_KFUNC_##name, since, until},
#include "abi/kfunc_life.def"
};

static const struct was {
	uint16_t kfunc, until, flags;
} was[] = {
#define KFUNC_WAS(name, until, flags) {ABI_KFUNC_##name, until, flags},
#include "abi/kfunc_life.def"
};

static const struct abi_kfunc_set_row sets[_ABI_KFUNCS_MAX] = {
#define KFUNC_SET(NAME, config, progs) [ABI_KFUNCS_##NAME] = {#NAME, config, progs},
#include "abi/kfunc_set.def"
};

static const struct hook_progs {
	uint64_t progs;
	uint16_t since;
	uint8_t hook;
} hooks[] = {
#define KFUNC_HOOK(hook, since, progs) {progs, since, HOOK_##hook},
#include "abi/kfunc_set.def"
};

static const struct set_hook {
	uint16_t since, until, hooks;
	uint8_t set, how;
} set_hooks[] = {
#define KFUNC_SET_HOOK(set, since, until, how, hooks) {since, until, hooks, ABI_KFUNCS_##set, how},
#include "abi/kfunc_set.def"
};

/* The prototypes, as in helper.c. */
static const struct decls {
#define KFUNC_PROTO(name, ret, params) char name[sizeof(ret #name "(" params ")")];
#include "abi/kfunc_proto.def"
} decls = {
#define KFUNC_PROTO(name, ret, params) ret #name "(" params ")",
#include "abi/kfunc_proto.def"
};

static const uint16_t decl_at[_ABI_KFUNC_MAX] = {
#define KFUNC_PROTO(name, ...) [ABI_KFUNC_##name] = offsetof(struct decls, name),
#include "abi/kfunc_proto.def"
};

static const struct old_decl {
	uint16_t kfunc, until;
	char text[176];
} old_decls[] = {
#define KFUNC_PROTO_WAS(name, until, ret, params)                                                  \
	{ABI_KFUNC_##name, until, ret #name "(" params ")"},
#include "abi/kfunc_life.def"
};

const struct abi_kfunc *abi_kfunc(size_t i)
{
	return i < COUNT(kfuncs) ? &kfuncs[i] : NULL;
}

const struct abi_kfunc *abi_kfunc_by_name(const char *name, size_t len)
{
	static const struct abi_names names = ABI_NAMES(kfuncs, "", false);

	return abi_names_find(&names, name, len);
}

const char *abi_kfunc_decl(const struct abi_kfunc *k, uint16_t kernel)
{
	for (size_t i = 0; i < COUNT(old_decls); i++)
		if (&kfuncs[old_decls[i].kfunc] == k && kernel < old_decls[i].until)
			return old_decls[i].text;
	return (const char *)&decls + decl_at[k - kfuncs];
}

const struct abi_kfunc_set_row *abi_kfunc_set(enum abi_kfunc_set set)
{
	return &sets[set];
}

bool abi_kfunc_in(const struct abi_kfunc *k, uint16_t kernel)
{
	if (kernel >= k->since && kernel < k->until)
		return true;
	for (size_t i = 0; i < COUNT(lives); i++)
		if (&kfuncs[lives[i].kfunc] == k && kernel >= lives[i].since &&
		    kernel < lives[i].until)
			return true;
	return false;
}

unsigned abi_kfunc_flags(const struct abi_kfunc *k, uint16_t kernel)
{
	unsigned flags = k->flags;

	for (size_t i = 0; i < COUNT(was); i++)
		if (&kfuncs[was[i].kfunc] == k && kernel < was[i].until)
			flags |= was[i].flags;
	return kernel >= V(7, 0) ? flags | ABI_KF_TRUSTED_ARGS : flags;
}

/* The hooks at which a program type looks. */
static unsigned hooks_of(unsigned prog, uint16_t kernel)
{
	unsigned set = 0;

	for (size_t i = 0; i < COUNT(hooks); i++)
		if (kernel >= hooks[i].since && abi_in(hooks[i].progs, prog))
			set |= 1U << hooks[i].hook;
	return set;
}

enum abi_allow abi_kfunc_check(const struct abi_kfunc *k, const struct abi_site *at)
{
	enum abi_allow best = ABI_NO;
	unsigned looks;

	if (!abi_kfunc_in(k, at->kernel) || !abi_in(sets[k->set].progs, at->prog))
		return ABI_NO;
	looks = hooks_of(at->prog, at->kernel);
	for (size_t i = 0; i < COUNT(set_hooks); i++) {
		const struct set_hook *s = &set_hooks[i];

		if (s->set != k->set || at->kernel < s->since || at->kernel >= s->until ||
		    !(s->hooks & looks))
			continue;
		if (!s->how)
			return ABI_YES;
		best = ABI_PERHAPS;
	}
	return best;
}
