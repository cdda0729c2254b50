/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The abi tables against the BTF of the running kernel: every id it has is in our table with that
 * number, and every one we say it has is there; every context has our layout; every kfunc it marks
 * is ours.
 *
 * A kernel newer than the tables may have more.
 */
#include <ctype.h>
#include <stdio.h>

#include "abi_host.h"

static const struct host_btf *btf;
static uint16_t kernel;

static void open_host(void)
{
	btf = host_btf();
	if (!btf)
		SKIP("the kernel shows no BTF");
	kernel = host_kernel();
}

static bool is_newer_than_we(void)
{
	return kernel > ABI_KERNEL_NEWEST;
}

/* ---- ids ---- */

/* One row in the shape that all tables share. */
struct row {
	const char *name;
	unsigned id;
	uint16_t since;
};

static struct host_verdict verdict;

static void check_enumerators(const char *first, struct row (*find)(const char *name, size_t len))
{
	uint32_t id = host_btf_enum(btf, first), value;

	CHECK(id);
	for (unsigned i = 0; i < host_vlen(host_type(btf, id)); i++) {
		const char *name = host_btf_enumerator(btf, id, i, &value);
		struct row row = find(name, strlen(name));

		if (!strncmp(name, "__", 2) || !strncmp(name, "MAX_", 4) ||
		    strstr(name, "UNSPEC") || !strcmp(name, "BPF_FUNC_unspec") ||
		    !strcmp(name, "BPF_COMMON_ATTRS"))
			continue;
		verdict.asked++;
		if (!row.name && !is_newer_than_we())
			host_disagree(&verdict, "%s (%u) is not in our table", name, value);
		else if (row.name && row.id != value)
			host_disagree(&verdict, "%s is %u, not %u", name, value, row.id);
	}
}

static bool has_enumerator(uint32_t id, unsigned want)
{
	uint32_t value;

	for (unsigned i = 0; i < host_vlen(host_type(btf, id)); i++)
		if (strncmp(host_btf_enumerator(btf, id, i, &value), "__", 2) != 0 && value == want)
			return true;
	return false;
}

static void check_rows(const char *first, struct row (*at)(unsigned i), unsigned n)
{
	uint32_t id = host_btf_enum(btf, first);

	for (unsigned i = 0; i < n; i++) {
		struct row row = at(i);

		if (!row.name || row.since > kernel)
			continue;
		verdict.asked++;
		if (!has_enumerator(id, row.id))
			host_disagree(&verdict, "%s is not there, we say since %u.%u", row.name,
				      row.since >> 8, row.since & 0xff);
	}
}

#define ROWS(kind, find, get)                                                                      \
	static struct row kind##_by_name(const char *name, size_t len)                             \
	{                                                                                          \
		const struct abi_##kind *r = find(name, len);                                      \
		return r ? (struct row){r->name, r->id, r->since} : (struct row){NULL, 0, 0};      \
	}                                                                                          \
	static struct row kind##_at(unsigned i)                                                    \
	{                                                                                          \
		const struct abi_##kind *r = get(i);                                               \
		return r ? (struct row){r->name, r->id, r->since} : (struct row){NULL, 0, 0};      \
	}
ROWS(prog_type, abi_prog_type_by_name, abi_prog_type)
ROWS(map_type, abi_map_type_by_name, abi_map_type)
ROWS(attach_type, abi_attach_type_by_name, abi_attach_type)
ROWS(link_type, abi_link_type_by_name, abi_link_type)
ROWS(cmd_type, abi_cmd_type_by_name, abi_cmd_type)
ROWS(helper, abi_helper_by_name, abi_helper_by_id)

static void check_ids(const char *first, struct row (*find)(const char *name, size_t len),
		      struct row (*at)(unsigned i), unsigned n)
{
	check_enumerators(first, find);
	check_rows(first, at, n);
}

TEST_WITH(abi_btf_ids, TEST_NO_OOM)
{
	open_host();
	check_ids("BPF_PROG_TYPE_XDP", prog_type_by_name, prog_type_at, _ABI_PROG_MAX);
	check_ids("BPF_MAP_TYPE_HASH", map_type_by_name, map_type_at, _ABI_MAP_MAX);
	check_ids("BPF_CGROUP_DEVICE", attach_type_by_name, attach_type_at, _ABI_ATTACH_MAX);
	if (kernel >= ABI_KERNEL(5, 8))
		check_ids("BPF_LINK_TYPE_CGROUP", link_type_by_name, link_type_at, _ABI_LINK_MAX);
	check_ids("BPF_MAP_CREATE", cmd_type_by_name, cmd_type_at, _ABI_CMD_MAX);
	check_ids("BPF_FUNC_redirect", helper_by_name, helper_at, _ABI_HELPER_MAX);
	host_judge(&verdict, "ids");
}

TEST_WITH(abi_btf_flags, TEST_NO_OOM)
{
	static const struct {
		const char *first;
		enum abi_flag_family family;
	} enums[] = {{"BPF_F_NO_PREALLOC", ABI_FLAGS_MAP}, {"BPF_NOEXIST", ABI_FLAGS_UPDATE}};
	struct host_verdict v = {0};

	open_host();
	for (size_t e = 0; e < 2; e++) {
		uint32_t id = host_btf_enum(btf, enums[e].first), value;

		for (unsigned i = 0; id && i < host_vlen(host_type(btf, id)); i++) {
			const char *name = host_btf_enumerator(btf, id, i, &value);
			const struct abi_flag *f =
				abi_flag_by_name(enums[e].family, name, strlen(name));

			if (!value)
				continue;
			v.asked++;
			if (f ? value != 1U << f->bit || f->since > kernel : !is_newer_than_we())
				host_disagree(&v, "%s is 0x%x", name, value);
		}
	}
	host_judge(&v, "flags");
}

/* ---- contexts ---- */

static void check_field(struct host_verdict *v, uint32_t id, const struct abi_ctx_struct_row *s,
			const struct abi_ctx_field *f)
{
	uint32_t offset, size;

	if (!*f->name || f->since > kernel || strchr(f->name, '['))
		return;
	v->asked++;
	if (!host_btf_member(btf, id, f->name, &offset, &size))
		host_disagree(v, "struct %s has no %s", s->name, f->name);
	else if (offset != (uint32_t)f->offset)
		host_disagree(v, "%s.%s is at %u, not %d", s->name, f->name, offset, f->offset);
	/* The number of raw tracepoint arguments is not in the type; cs and ss have 16 bits in a slot
	 * of 64; ports had 32 bits before 5.18. */
	else if (size && size != f->size * f->count && size != 2 && !strchr(f->access, 'p'))
		host_disagree(v, "%s.%s has %u bytes, not %u", s->name, f->name, size,
			      f->size * f->count);
}

TEST_WITH(abi_btf_contexts, TEST_NO_OOM)
{
	struct host_verdict v = {0};
	const struct abi_ctx_field *f;
	unsigned structs = 0;

	open_host();
	for (unsigned c = 0; c < _ABI_CTX_MAX; c++) {
		const struct abi_ctx_struct_row *s = abi_ctx_struct(c);
		bool other_arch =
			host_arch() == ABI_ARCH_X86_64
				? c == ABI_CTX_PT_REGS_ARM64 || c == ABI_CTX_PERF_EVENT_ARM64
				: c == ABI_CTX_PT_REGS_X86_64 || c == ABI_CTX_PERF_EVENT_X86_64;
		uint32_t id =
			*s->name && !other_arch ? host_btf_find(btf, s->name, HOST_STRUCT) : 0;

		if (!id)
			continue;
		structs++;
		for (size_t i = 0; (f = abi_ctx_field(i)); i++)
			if (f->ctx == c)
				check_field(&v, id, s, f);
		if (host_type(btf, id)->size > s->size && !is_newer_than_we())
			host_disagree(&v, "struct %s has %u bytes, not %u", s->name,
				      host_type(btf, id)->size, s->size);
	}
	CHECK(structs > 10);
	host_judge(&v, "fields");
}

/* ---- functions ---- */

/* The kfuncs that the kernel's build marked, since 6.10 or so. */
static unsigned check_marked(struct host_verdict *v)
{
	unsigned marked = 0;

	for (uint32_t id = 1; id < btf->n; id++) {
		const struct host_type *t = host_type(btf, id), *f;
		const char *name;
		const struct abi_kfunc *k;

		if (host_kind(t) != HOST_DECL_TAG ||
		    strcmp(host_string(btf, t->name), "bpf_kfunc") != 0)
			continue;
		f = host_type(btf, t->size);
		name = host_string(btf, f->name);
		k = abi_kfunc_by_name(name, strlen(name));
		marked++;
		v->asked++;
		if (!k && !is_newer_than_we())
			host_disagree(v, "kfunc %s is not in our table", name);
		else if (k && !abi_kfunc_in(k, kernel))
			host_disagree(v, "kfunc %s is there, we say since %u.%u", name,
				      k->since >> 8, k->since & 0xff);
	}
	return marked;
}

TEST_WITH(abi_btf_kfuncs, TEST_NO_OOM)
{
	struct host_verdict v = {0};
	const struct abi_kfunc *k;
	unsigned marked;

	open_host();
	marked = check_marked(&v);
	for (size_t i = 0; (k = abi_kfunc(i)); i++) {
		bool there;

		/* Only those that every kernel with BPF has. */
		if (*abi_kfunc_set(k->set)->config || !abi_kfunc_in(k, kernel))
			continue;
		there = host_btf_find(btf, k->name, HOST_FUNC);
		v.asked++;
		if (!there)
			host_disagree(&v, "kfunc %s is not there, we say since %u.%u", k->name,
				      k->since >> 8, k->since & 0xff);
	}
	if (!v.asked)
		SKIP("no kfunc is in every kernel of this age");
	host_judge(&v, "kfuncs");
	test_note("%u marked by the kernel", marked);
}

/* The FUNC_PROTO behind a FUNC or a typedef of a pointer; NULL: no such name. */
static const struct host_type *proto_of(const char *name, unsigned kind)
{
	uint32_t id = host_btf_find(btf, name, kind);
	const struct host_type *t = NULL;

	while (id) {
		t = host_type(btf, id);
		if (host_kind(t) == HOST_FUNC_PROTO)
			return t;
		id = t->size;
	}
	return NULL;
}

/* The next parameter of a declaration from *ret_at on: its length, with where its name begins. */
static size_t next_parameter(const char **ret_at, const char **ret_name)
{
	const char *p = *ret_at, *end, *name;
	unsigned depth = 0;

	while (*p == ' ' || *p == ',')
		p++;
	for (end = p; *end && (depth || (*end != ',' && *end != ')')); end++)
		depth += (*end == '(') - (*end == ')');
	*ret_at = end;
	/* A pointer to a function has its name within: int (*name)(void *). */
	name = memchr(p, '(', (size_t)(end - p));
	if (name)
		end = name + strcspn(name, ")");
	for (name = end; name > p && (isalnum((unsigned char)name[-1]) || name[-1] == '_'); name--)
		continue;
	*ret_name = name;
	return (size_t)(end - name);
}

/* What the verifier reads of the name of a parameter. */
static const char *suffix(const char *name)
{
	const char *at = strstr(name, "__");

	return kernel == ABI_KERNEL_NEWEST ? name : at ? at : "";
}

static void check_kfunc_proto(struct host_verdict *v, const struct abi_kfunc *k,
			      const struct host_type *proto)
{
	const uint32_t *param = (const uint32_t *)(proto + 1);
	const char *decl = abi_kfunc_decl(k, kernel), *at, *name;
	unsigned n = host_vlen(proto);
	char ours[40];

	at = strstr(decl, k->name) + strlen(k->name) + 1;
	/* What the kernel passes by itself was still in BTF in 7.0. */
	if (n && k->flags & ABI_KF_IMPLICIT_ARGS &&
	    !strcmp(host_string(btf, param[2 * (n - 1)]), "aux"))
		n--;
	for (unsigned i = 0; i < n; i++) {
		const char *theirs = host_string(btf, param[2 * i]);
		size_t len = next_parameter(&at, &name);

		v->asked++;
		snprintf(ours, sizeof ours, "%.*s", (int)len, name);
		if (!len || strcmp(suffix(ours), suffix(theirs)) != 0) {
			host_disagree(v, "%s: parameter %u is %s", decl, i + 1, theirs);
			return;
		}
	}
	if (*at != ')' && (n || strcmp(at, "void)") != 0))
		host_disagree(v, "%s has %u parameters", decl, n);
}

/* Those to which the verifier gives arguments that programs do not. */
static bool has_hidden(const struct abi_helper *h)
{
	switch (h->id) {
	case ABI_HELPER_trace_printk:
	case ABI_HELPER_sk_storage_get:
	case ABI_HELPER_inode_storage_get:
	case ABI_HELPER_task_storage_get:
	case ABI_HELPER_cgrp_storage_get:
	case ABI_HELPER_timer_set_callback:
	case ABI_HELPER_get_branch_snapshot:
		return true;
	default:
		return false;
	}
}

TEST_WITH(abi_btf_prototypes, TEST_NO_OOM)
{
	struct host_verdict v = {0};
	const struct host_type *proto;
	const struct abi_kfunc *k;
	char name[80];

	open_host();
	for (unsigned id = 1; id < _ABI_HELPER_MAX; id++) {
		const struct abi_helper *h = abi_helper_by_id(id);
		unsigned args = 0;

		while (args < 5 && h->proto.arg[args])
			args++;
		snprintf(name, sizeof name, "btf_bpf_%s", h->name);
		proto = proto_of(name, HOST_TYPEDEF);
		v.asked += proto != NULL;
		if (proto && host_vlen(proto) != args && !has_hidden(h))
			host_disagree(&v, "helper %s has %u arguments, not %u", h->name,
				      host_vlen(proto), args);
	}
	for (size_t i = 0; (k = abi_kfunc(i)); i++) {
		proto = proto_of(k->name, HOST_FUNC);
		if (proto && abi_kfunc_in(k, kernel))
			check_kfunc_proto(&v, k, proto);
	}
	host_judge(&v, "parameters");
}

TEST_WITH(abi_btf_targets, TEST_NO_OOM)
{
	struct host_verdict v = {0};
	const struct abi_target *t;
	char name[64];

	open_host();
	for (size_t i = 0; (t = abi_iter(i)); i++) {
		bool there;

		snprintf(name, sizeof name, "bpf_iter_%s", t->name);
		there = host_btf_find(btf, name, HOST_FUNC);
		v.asked++;
		if (there ? kernel < t->since : kernel >= t->since && !*t->config)
			host_disagree(&v, "iter/%s is %sthere, we say since %u.%u", t->name,
				      there ? "" : "not ", t->since >> 8, t->since & 0xff);
	}
	for (size_t i = 0; (t = abi_struct_ops(i)); i++) {
		snprintf(name, sizeof name, "bpf_struct_ops_%s", t->name);
		v.asked++;
		if (host_btf_find(btf, name, HOST_STRUCT) && kernel < t->since)
			host_disagree(&v, "struct_ops %s is there, we say since %u.%u", t->name,
				      t->since >> 8, t->since & 0xff);
	}
	for (uint32_t id = 1; id < btf->n; id++) {
		const char *found = host_string(btf, host_type(btf, id)->name), *end;

		/* Every iterator has a context struct; the verifier has more of its own. */
		if (host_kind(host_type(btf, id)) != HOST_STRUCT ||
		    strncmp(found, "bpf_iter__", 10) != 0 || strstr(found, "__safe_"))
			continue;
		end = found + 10;
		v.asked++;
		if (!abi_iter_by_name(end, strlen(end)) && !is_newer_than_we())
			host_disagree(&v, "iter/%s is not in our table", end);
	}
	host_judge(&v, "iterators and struct_ops");
}
