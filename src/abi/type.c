/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Program, attach and link types, commands, flags, iterators, struct_ops, and what a program may
 * return.
 *
 * Rows with ids are in an array by id; the .def is in order of name, and its second expansion,
 * into ids, is the index by name.
 */
#include "abi/impl.h"
#include "abi/sets.h"

/* ---- program types ---- */

enum needs {
	NET_ADMIN = ABI_NEEDS_NET_ADMIN,
	PERFMON = ABI_NEEDS_PERFMON,
	GPL = ABI_NEEDS_GPL,
};

static const struct abi_prog_type progs[_ABI_PROG_MAX] = {
#define PROG_TYPE(id_, NAME, name_, since_, run_, until, sleep_, needs_, returns_)                 \
	[id_] = {#name_, since_, run_, until, sleep_, id_, needs_, returns_},
#include "abi/prog_type.def"
};

static const uint8_t progs_by_name[] = {
#define PROG_TYPE(id, ...) id,
#include "abi/prog_type.def"
};

const struct abi_prog_type *abi_prog_type(unsigned id)
{
	return id && id < COUNT(progs) ? &progs[id] : NULL;
}

const struct abi_prog_type *abi_prog_type_by_name(const char *name, size_t len)
{
	static const struct abi_names names =
		ABI_NAMES_BY(progs, progs_by_name, "BPF_PROG_TYPE_", true);

	return abi_names_find(&names, name, len);
}

/* ---- attach types ---- */

static const struct abi_attach_type attaches[_ABI_ATTACH_MAX] = {
#define ATTACH_TYPE(id_, NAME, name_, since_, link_, sleep_, progs_)                               \
	[id_] = {#name_, progs_, since_, sleep_, id_, ABI_LINK_##link_},
#include "abi/attach_type.def"
};

static const uint8_t attaches_by_name[] = {
#define ATTACH_TYPE(id, ...) id,
#include "abi/attach_type.def"
};

static const struct abi_alias attach_aliases[] = {
#define ATTACH_ALIAS(name, NAME) {#name, ABI_ATTACH_##NAME},
#include "abi/attach_type.def"
};

const struct abi_attach_type *abi_attach_type(unsigned id)
{
	return id < COUNT(attaches) ? &attaches[id] : NULL;
}

const struct abi_attach_type *abi_attach_type_by_name(const char *name, size_t len)
{
	static const struct abi_names names =
		ABI_NAMES_BY(attaches, attaches_by_name, "BPF_", true);
	static const struct abi_names aliases = ABI_NAMES(attach_aliases, "", false);
	const struct abi_attach_type *row = abi_names_find(&names, name, len);
	const struct abi_alias *alias = row ? NULL : abi_names_find(&aliases, name, len);

	return alias ? &attaches[alias->id] : row;
}

/* kernel: bpf_prog_load_fixup_attach_type() */
unsigned abi_attach_default(unsigned prog, unsigned attach)
{
	if (attach != ABI_ATTACH_NONE)
		return attach;
	if (prog == ABI_PROG_CGROUP_SOCK)
		return ABI_ATTACH_CGROUP_INET_SOCK_CREATE;
	if (prog == ABI_PROG_SK_REUSEPORT)
		return ABI_ATTACH_SK_REUSEPORT_SELECT;
	return attach;
}

bool abi_may_sleep(const struct abi_site *at)
{
	const struct abi_prog_type *p = abi_prog_type(at->prog);
	const struct abi_attach_type *a = abi_attach_type(at->attach);

	if (!p || at->kernel < p->sleep)
		return false;
	/* The attach type decides where there are such with and without. */
	if (at->prog == ABI_PROG_TRACING || at->prog == ABI_PROG_LSM)
		return a && at->kernel >= a->sleep;
	return true;
}

/* ---- link types ---- */

static const struct abi_link_type links[_ABI_LINK_MAX] = {
#define LINK_TYPE(id_, NAME, name_, since_, update_, detach_, progs_, info_)                       \
	[id_] = {#name_, since_, update_, detach_, progs_, id_, info_},
#include "abi/link_type.def"
};

static const uint8_t links_by_name[] = {
#define LINK_TYPE(id, ...) id,
#include "abi/link_type.def"
};

const struct abi_link_type *abi_link_type(unsigned id)
{
	return id && id < COUNT(links) ? &links[id] : NULL;
}

const struct abi_link_type *abi_link_type_by_name(const char *name, size_t len)
{
	static const struct abi_names names =
		ABI_NAMES_BY(links, links_by_name, "BPF_LINK_TYPE_", true);

	return abi_names_find(&names, name, len);
}

/* ---- commands ---- */

static const struct abi_cmd_type cmds[_ABI_CMD_MAX] = {
#define CMD(id_, NAME, name_, since_) [id_] = {#name_, since_, id_},
#include "abi/cmd.def"
};

static const uint8_t cmds_by_name[] = {
#define CMD(id, ...) id,
#include "abi/cmd.def"
};

static const struct abi_alias cmd_aliases[] = {
#define CMD_ALIAS(name, NAME) {#name, ABI_CMD_##NAME},
#include "abi/cmd.def"
};

const struct abi_cmd_type *abi_cmd_type(unsigned id)
{
	return id < COUNT(cmds) ? &cmds[id] : NULL;
}

const struct abi_cmd_type *abi_cmd_type_by_name(const char *name, size_t len)
{
	static const struct abi_names names = ABI_NAMES_BY(cmds, cmds_by_name, "BPF_", true);
	static const struct abi_names aliases = ABI_NAMES(cmd_aliases, "BPF_", true);
	const struct abi_cmd_type *row = abi_names_find(&names, name, len);
	const struct abi_alias *alias = row ? NULL : abi_names_find(&aliases, name, len);

	return alias ? &cmds[alias->id] : row;
}

/* ---- iterators and struct_ops ---- */

static const struct abi_target iters[] = {
#define ITER(name, since, config) {#name, config, since},
#include "abi/iter.def"
};

static const struct abi_target struct_ops[] = {
#define STRUCT_OPS(name, since, config) {#name, config, since},
#include "abi/struct_ops.def"
};

const struct abi_target *abi_iter(size_t i)
{
	return i < COUNT(iters) ? &iters[i] : NULL;
}

const struct abi_target *abi_struct_ops(size_t i)
{
	return i < COUNT(struct_ops) ? &struct_ops[i] : NULL;
}

const struct abi_target *abi_iter_by_name(const char *name, size_t len)
{
	static const struct abi_names names = ABI_NAMES(iters, "", false);

	return abi_names_find(&names, name, len);
}

const struct abi_target *abi_struct_ops_by_name(const char *name, size_t len)
{
	static const struct abi_names names = ABI_NAMES(struct_ops, "", false);

	return abi_names_find(&names, name, len);
}

/* ---- return values ---- */

static const struct abi_return returns[] = {
#define RETURN(since, min, max, how, where, progs) {progs, where, since, min, max, how},
#include "abi/return.def"
};

const struct abi_return *abi_return_range(const struct abi_site *at)
{
	for (size_t i = 0; i < COUNT(returns); i++) {
		const struct abi_return *r = &returns[i];

		if (at->kernel >= r->since && abi_is_at(r->progs, r->where, at))
			return r;
	}
	return NULL;
}

const char *abi_verdict(unsigned prog, int32_t value)
{
	static const struct { uint64_t progs; int32_t value; const char *name; } verdicts[] = {
#define VERDICT(progs, value, NAME) {progs, value, #NAME},
#include "abi/verdict.def"
	};

	for (size_t i = 0; i < COUNT(verdicts); i++)
		if (verdicts[i].value == value && verdicts[i].progs & ABI_BIT(prog))
			return verdicts[i].name;
	return NULL;
}

/* ---- flags ---- */

static const struct abi_flag flags[] = {
#define FLAG(family, NAME, bit, since, uapi) {#uapi, since, ABI_FLAGS_##family, bit},
#include "abi/flag.def"
};

const struct abi_flag *abi_flag(size_t i)
{
	return i < COUNT(flags) ? &flags[i] : NULL;
}

const struct abi_flag *abi_flag_find(enum abi_flag_family family, unsigned bit)
{
	for (size_t i = 0; i < COUNT(flags); i++)
		if (flags[i].family == family && flags[i].bit == bit)
			return &flags[i];
	return NULL;
}

const struct abi_flag *abi_flag_by_name(enum abi_flag_family family, const char *name, size_t len)
{
	for (size_t i = 0; i < COUNT(flags); i++)
		if (flags[i].family == family && len == strlen(flags[i].name) &&
		    !memcmp(flags[i].name, name, len))
			return &flags[i];
	return NULL;
}
