/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The abi tables against themselves: in order of name, found by every spelling and by no other,
 * and rows of different tables that speak of the same thing agree.
 */
#include <errno.h>
#include <stdio.h>

#include "abi/abi.h"
#include "test.h"

/* ---- order ---- */

static void check_order(const char *table, const char *const *names, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (strcmp(names[i - 1], names[i]) >= 0)
			FAIL("%s: %s must not come before %s", table, names[i - 1], names[i]);
}

#define ORDERED(table, ...)                                                                        \
	do {                                                                                       \
		static const char *const names[] = {__VA_ARGS__};                                  \
		check_order(table, names, sizeof names / sizeof *names);                           \
	} while (0)

static const char *const progs[] = {
#define PROG_TYPE(id, NAME, name, ...) #name,
#include "abi/prog_type.def"
};
static const char *const attaches[] = {
#define ATTACH_TYPE(id, NAME, name, ...) #name,
#include "abi/attach_type.def"
};
static const char *const attach_aliases[] = {
#define ATTACH_ALIAS(name, NAME) #name,
#include "abi/attach_type.def"
};
static const char *const links[] = {
#define LINK_TYPE(id, NAME, name, ...) #name,
#include "abi/link_type.def"
};
static const char *const maps[] = {
#define MAP_KIND(id, NAME, name, ...) #name,
#include "abi/map_type.def"
};
static const char *const map_aliases[] = {
#define MAP_ALIAS(name, NAME) #name,
#include "abi/map_type.def"
};
static const char *const cmds[] = {
#define CMD(id, NAME, name, ...) #name,
#include "abi/cmd.def"
};
static const char *const helpers[] = {
#define HELPER(id, name, ...) #name,
#include "abi/helper.def"
};
static const char *const helper_protos[] = {
#define HELPER_PROTO(name, ...) #name,
#include "abi/helper_proto.def"
};
static const char *const kfuncs[] = {
#define KFUNC(name, ...) #name,
#include "abi/kfunc.def"
};
static const char *const kfunc_protos[] = {
#define KFUNC_PROTO(name, ...) #name,
#include "abi/kfunc_proto.def"
};
static const char *const sections[] = {
#define SECTION(name, ...) name,
#include "abi/section.def"
};
static const char *const iters[] = {
#define ITER(name, ...) #name,
#include "abi/iter.def"
};
static const char *const struct_ops[] = {
#define STRUCT_OPS(name, ...) #name,
#include "abi/struct_ops.def"
};

#define N(a) (sizeof(a) / sizeof *(a))

TEST(abi_order_is_the_index)
{
	check_order("prog_type.def", progs, N(progs));
	check_order("attach_type.def", attaches, N(attaches));
	check_order("attach_type.def", attach_aliases, N(attach_aliases));
	check_order("link_type.def", links, N(links));
	check_order("map_type.def", maps, N(maps));
	check_order("map_type.def", map_aliases, N(map_aliases));
	check_order("cmd.def", cmds, N(cmds));
	check_order("helper.def", helpers, N(helpers));
	check_order("helper_proto.def", helper_protos, N(helper_protos));
	check_order("kfunc.def", kfuncs, N(kfuncs));
	check_order("kfunc_proto.def", kfunc_protos, N(kfunc_protos));
	check_order("section.def", sections, N(sections));
	check_order("iter.def", iters, N(iters));
	check_order("struct_ops.def", struct_ops, N(struct_ops));
	CHECK_EQ(N(helper_protos), N(helpers));
	CHECK_EQ(N(kfunc_protos), N(kfuncs));
}

/* ---- names ---- */

static const void *prog_by_name(const char *s, size_t n)
{
	return abi_prog_type_by_name(s, n);
}
static const void *attach_by_name(const char *s, size_t n)
{
	return abi_attach_type_by_name(s, n);
}
static const void *link_by_name(const char *s, size_t n)
{
	return abi_link_type_by_name(s, n);
}
static const void *map_by_name(const char *s, size_t n)
{
	return abi_map_type_by_name(s, n);
}
static const void *cmd_by_name(const char *s, size_t n)
{
	return abi_cmd_type_by_name(s, n);
}
static const void *helper_by_name(const char *s, size_t n)
{
	return abi_helper_by_name(s, n);
}
static const void *kfunc_by_name(const char *s, size_t n)
{
	return abi_kfunc_by_name(s, n);
}
static const void *iter_by_name(const char *s, size_t n)
{
	return abi_iter_by_name(s, n);
}
static const void *struct_ops_by_name(const char *s, size_t n)
{
	return abi_struct_ops_by_name(s, n);
}

/* Rows begin with their name. */
static const struct naming {
	const char *const *names;
	size_t n;
	const void *(*find)(const char *name, size_t len);
	const char *prefix; /* of the uapi header */
	bool upper;
} namings[] = {
	{progs, N(progs), prog_by_name, "BPF_PROG_TYPE_", true},
	{attaches, N(attaches), attach_by_name, "BPF_", true},
	{links, N(links), link_by_name, "BPF_LINK_TYPE_", true},
	{maps, N(maps), map_by_name, "BPF_MAP_TYPE_", true},
	{cmds, N(cmds), cmd_by_name, "BPF_", true},
	{helpers, N(helpers), helper_by_name, "BPF_FUNC_", false},
	{helpers, N(helpers), helper_by_name, "bpf_", false},
	{kfuncs, N(kfuncs), kfunc_by_name, "", false},
	{iters, N(iters), iter_by_name, "", false},
	{struct_ops, N(struct_ops), struct_ops_by_name, "", false},
};

static size_t spell(char *to, size_t size, const char *prefix, const char *name, bool upper)
{
	int len = snprintf(to, size, "%s%s", prefix, name);

	for (char *c = to + strlen(prefix); upper && *c; c++)
		if (*c >= 'a' && *c <= 'z')
			*c -= 'a' - 'A';
	return (size_t)len;
}

static bool is_row(const struct naming *t, const char *name, size_t len)
{
	for (size_t i = 0; i < t->n; i++)
		if (strlen(t->names[i]) == len && !memcmp(t->names[i], name, len))
			return true;
	return false;
}

TEST(abi_names_find_their_rows)
{
	for (size_t t = 0; t < N(namings); t++)
		for (size_t i = 0; i < namings[t].n; i++) {
			const struct naming *g = &namings[t];
			char key[80];
			size_t len = spell(key, sizeof key, g->prefix, g->names[i], g->upper);
			const char *plain = g->find(g->names[i], strlen(g->names[i]));
			const char *uapi = g->find(key, len);

			if (!plain || strcmp(plain, g->names[i]) != 0)
				FAIL("%s finds %s", g->names[i], plain ? plain : "nothing");
			if (!uapi || strcmp(uapi, g->names[i]) != 0)
				FAIL("%s finds %s", key, uapi ? uapi : "nothing");
		}
}

TEST(abi_names_refuse_near_misses)
{
	for (size_t t = 0; t < N(namings); t++) {
		const struct naming *g = &namings[t];

		CHECK(!g->find("", 0));
		CHECK(!g->find(g->prefix, strlen(g->prefix)));
		for (size_t i = 0; i < g->n; i++) {
			const char *name = g->names[i];
			size_t len = strlen(name), n;
			char key[80];

			/* one letter more, one less, one other, and NUL as a letter */
			snprintf(key, sizeof key, "%sx", name);
			CHECK(is_row(g, key, len + 1) || !g->find(key, len + 1));
			CHECK(is_row(g, name, len - 1) || !g->find(name, len - 1));
			CHECK(!g->find(name, len + 1));
			memcpy(key, name, len);
			key[len / 2] ^= 0x10;
			CHECK(is_row(g, key, len) || !g->find(key, len));
			/* the header's spelling with one letter of the wrong case */
			n = spell(key, sizeof key, g->prefix, name, g->upper);
			for (size_t c = strlen(g->prefix); c < n; c++)
				if (key[c] >= 'A' && key[c] <= 'z' && key[c] != '_') {
					key[c] ^= 0x20;
					CHECK(!g->find(key, n));
					key[c] ^= 0x20;
				}
		}
	}
	CHECK(!abi_helper_by_name("bpf_bpf_redirect", 16));
	CHECK(!abi_helper_by_name("BPF_FUNC_bpf_redirect", 21));
}

TEST(abi_aliases)
{
	CHECK_EQ(abi_cmd_type_by_name("BPF_PROG_RUN", 12)->id, ABI_CMD_PROG_TEST_RUN);
	CHECK_EQ(abi_map_type_by_name("BPF_MAP_TYPE_CGROUP_STORAGE_DEPRECATED", 38)->id,
		 ABI_MAP_CGROUP_STORAGE);
	for (size_t i = 0; i < N(attach_aliases); i++) {
		const char *name = attach_aliases[i];
		const struct abi_attach_type *a = abi_attach_type_by_name(name, strlen(name));

		CHECK(a);
		/* An alias is part of the name it stands for, its words in their order. */
		CHECK(str_has_prefix(a->name, "cgroup_"));
		CHECK(!is_row(&namings[1], name, strlen(name)));
	}
}

/* ---- ids ---- */

TEST(abi_ids_are_dense)
{
	for (unsigned i = 1; i < _ABI_PROG_MAX; i++)
		CHECK(abi_prog_type(i)->id == i && *abi_prog_type(i)->name);
	for (unsigned i = 0; i < _ABI_ATTACH_MAX; i++)
		CHECK(abi_attach_type(i)->id == i && *abi_attach_type(i)->name);
	for (unsigned i = 1; i < _ABI_LINK_MAX; i++)
		CHECK(abi_link_type(i)->id == i && *abi_link_type(i)->name);
	for (unsigned i = 1; i < _ABI_MAP_MAX; i++)
		CHECK(abi_map_type(i)->id == i && *abi_map_type(i)->name);
	for (unsigned i = 0; i < _ABI_CMD_MAX; i++)
		CHECK(abi_cmd_type(i)->id == i && *abi_cmd_type(i)->name);
	for (unsigned i = 1; i < _ABI_HELPER_MAX; i++)
		CHECK(abi_helper_by_id(i)->id == i && *abi_helper_by_id(i)->name);
	CHECK(!abi_prog_type(0) && !abi_prog_type(_ABI_PROG_MAX));
	CHECK(!abi_attach_type(_ABI_ATTACH_MAX) && !abi_attach_type(ABI_ATTACH_NONE));
	CHECK(!abi_link_type(0) && !abi_link_type(_ABI_LINK_MAX) && !abi_link_type(ABI_LINK_NONE));
	CHECK(!abi_map_type(0) && !abi_map_type(_ABI_MAP_MAX));
	CHECK(!abi_cmd_type(_ABI_CMD_MAX));
	CHECK(!abi_helper_by_id(0) && !abi_helper_by_id(_ABI_HELPER_MAX));
}

/* ---- versions ---- */

TEST(abi_kernel_text)
{
	static const struct {
		const char *text;
		int kernel;
	} good[] = {{"3.18", 0x312},
		    {"v6.12", 0x60c},
		    {"6.18.44-fc-v657", 0x612},
		    {"5.10.0-32-cloud", 0x50a},
		    {"7.2+", 0x702},
		    {"6.1~rc3", 0x601},
		    {"6.6 ", 0x606},
		    {"5.15_x", 0x50f},
		    {"6.19-rc1", 0x613}};
	static const char *const bad[] = {"",    "6",    "6.",   ".6",    "v",
					  "6.x", "x6.1", "6.1x", "256.1", "6.256",
					  "2.6", "3.17", "-6.1", "6 .1",  "6.99999999999"};
	char text[8];

	for (size_t i = 0; i < N(good); i++) {
		uint16_t kernel = 0;

		CHECK_EQ(abi_kernel_parse(good[i].text, strlen(good[i].text), &kernel), 0);
		CHECK_EQ(kernel, good[i].kernel);
	}
	for (size_t i = 0; i < N(bad); i++) {
		uint16_t kernel = 1;

		if (abi_kernel_parse(bad[i], strlen(bad[i]), &kernel) != -EINVAL || kernel != 1)
			FAIL("'%s' is taken for a version", bad[i]);
	}
	for (unsigned k = ABI_KERNEL_OLDEST; k < 0xffff; k++) {
		uint16_t again;
		size_t len = abi_kernel_print((uint16_t)k, text, sizeof text);

		CHECK_EQ(abi_kernel_parse(text, len, &again), 0);
		CHECK_EQ(again, k);
	}
	CHECK_EQ(abi_kernel_print(ABI_KERNEL(6, 12), text, 3), 4);
	CHECK_STR(text, "6.");
	CHECK_EQ(abi_kernel_print(ABI_KERNEL(6, 12), NULL, 0), 4);
	CHECK(abi_kernel_released(ABI_KERNEL(4, 20)) && !abi_kernel_released(ABI_KERNEL(4, 21)));
	CHECK(abi_kernel_released(ABI_KERNEL_OLDEST) && abi_kernel_released(ABI_KERNEL_NEWEST));
	CHECK(!abi_kernel_released(ABI_KERNEL(3, 17)) && !abi_kernel_released(ABI_KERNEL(8, 0)));
}

static void check_kernel(const char *of, uint16_t kernel)
{
	if (!abi_kernel_released(kernel))
		FAIL("%s: there was no kernel %u.%u", of, kernel >> 8, kernel & 0xff);
}

static void check_later(const char *of, uint16_t since, uint16_t until)
{
	check_kernel(of, since);
	if (until == ABI_NEVER)
		return;
	check_kernel(of, until);
	if (until <= since)
		FAIL("%s: ends before it begins", of);
}

TEST(abi_versions_are_releases)
{
	const struct abi_helper_rule *r;
	const struct abi_kfunc *k;
	const struct abi_flag *f;
	const struct abi_ctx_field *field;

	for (unsigned i = 1; i < _ABI_PROG_MAX; i++) {
		const struct abi_prog_type *p = abi_prog_type(i);

		check_kernel(p->name, p->since);
		if (p->run != ABI_NEVER)
			check_later(p->name, p->run, p->run_until);
		CHECK(p->run >= p->since && p->sleep >= p->since);
	}
	for (unsigned i = 0; i < _ABI_ATTACH_MAX; i++)
		check_kernel(abi_attach_type(i)->name, abi_attach_type(i)->since);
	for (unsigned i = 1; i < _ABI_LINK_MAX; i++)
		check_kernel(abi_link_type(i)->name, abi_link_type(i)->since);
	for (unsigned i = 1; i < _ABI_MAP_MAX; i++)
		check_kernel(abi_map_type(i)->name, abi_map_type(i)->since);
	for (unsigned i = 0; i < _ABI_CMD_MAX; i++)
		check_kernel(abi_cmd_type(i)->name, abi_cmd_type(i)->since);
	for (unsigned i = 1; i < _ABI_HELPER_MAX; i++)
		check_kernel(abi_helper_by_id(i)->name, abi_helper_by_id(i)->since);
	for (size_t i = 0; (r = abi_helper_rule(i)); i++)
		check_later(abi_helper_by_id(r->helper)->name, r->since, r->until);
	for (size_t i = 0; (k = abi_kfunc(i)); i++)
		check_later(k->name, k->since, k->until);
	for (size_t i = 0; (f = abi_flag(i)); i++)
		check_kernel(f->name, f->since);
	for (size_t i = 0; (field = abi_ctx_field(i)); i++)
		check_kernel(field->name, field->since);
}

/* ---- program, attach and link types ---- */

TEST(abi_attach_types_agree)
{
	for (unsigned i = 0; i < _ABI_ATTACH_MAX; i++) {
		const struct abi_attach_type *a = abi_attach_type(i);
		const struct abi_link_type *l = abi_link_type(a->link);
		uint16_t first = ABI_NEVER;

		CHECK(a->progs && a->progs >> _ABI_PROG_MAX == 0);
		if (l && (a->progs & l->progs) == 0)
			FAIL("%s: no program of it fits into a %s link", a->name, l->name);
		for (unsigned p = 1; p < _ABI_PROG_MAX; p++)
			if (a->progs >> p & 1 && abi_prog_type(p)->since < first)
				first = abi_prog_type(p)->since;
		if (a->since < first)
			FAIL("%s is older than the programs that attach there", a->name);
	}
	for (unsigned i = 1; i < _ABI_LINK_MAX; i++) {
		const struct abi_link_type *l = abi_link_type(i);

		CHECK(l->progs && l->update >= l->since && l->detach >= l->since);
	}
}

TEST(abi_sleeping_programs)
{
	struct abi_site at = {
		.kernel = ABI_KERNEL(6, 12), .prog = ABI_PROG_LSM, .attach = ABI_ATTACH_LSM_MAC};

	CHECK(abi_may_sleep(&at));
	at.attach = ABI_ATTACH_LSM_CGROUP;
	CHECK(!abi_may_sleep(&at));
	at.prog = ABI_PROG_XDP;
	at.attach = ABI_ATTACH_XDP;
	CHECK(!abi_may_sleep(&at));
	at.prog = ABI_PROG_TRACING;
	at.attach = ABI_ATTACH_TRACE_RAW_TP;
	CHECK(!abi_may_sleep(&at));
	at.kernel = ABI_KERNEL(7, 2);
	CHECK(abi_may_sleep(&at));
}

TEST(abi_flags_by_family)
{
	const struct abi_flag *f;

	for (size_t i = 0; (f = abi_flag(i)); i++) {
		CHECK(abi_flag_find(f->family, f->bit) == f);
		CHECK(abi_flag_by_name(f->family, f->name, strlen(f->name)) == f);
		CHECK(!abi_flag_by_name(f->family, f->name, strlen(f->name) - 1));
	}
	CHECK(!abi_flag_find(ABI_FLAGS_MAP, 31));
	CHECK_EQ(ABI_F_PROG_SLEEPABLE, 16);
	CHECK_EQ(abi_flag_by_name(ABI_FLAGS_ATTACH, "BPF_F_LINK", 10)->bit, 13);
}

/* ---- maps ---- */

TEST(abi_map_attributes)
{
	for (unsigned i = 1; i < _ABI_MAP_MAX; i++) {
		const struct abi_map_type *m = abi_map_type(i);
		uint32_t n = m->entries == ABI_ENTRIES_ZERO    ? 0
			     : m->entries == ABI_ENTRIES_PAGES ? 4096
							       : 1;
		const uint16_t now = ABI_KERNEL_NEWEST;

		CHECK(m->key.step && m->value.step && m->key.min <= m->key.max &&
		      m->value.min <= m->value.max);
		CHECK((m->need & ~m->flags) == 0);
		CHECK_EQ(abi_map_check(m, now, m->key.min, m->value.min, n, m->need), 0);
		CHECK_EQ(abi_map_check(m, m->since - 1, m->key.min, m->value.min, n, m->need),
			 -EINVAL);
		if (m->key.min)
			CHECK_EQ(abi_map_check(m, now, m->key.min - 1, m->value.min, n, m->need),
				 -EINVAL);
		if (m->key.max != UINT32_MAX)
			CHECK(abi_map_check(m, now, m->key.max + 1, m->value.min, n, m->need) < 0);
		if (m->need)
			CHECK_EQ(abi_map_check(m, now, m->key.min, m->value.min, n, 0), -EINVAL);
		CHECK_EQ(abi_map_check(m, now, m->key.min, m->value.min, n, m->need | 1U << 31),
			 -EINVAL);
		CHECK(abi_map_ops(m, now) == m->ops && !abi_map_ops(m, m->since - 1));
		/* What came later goes away for older kernels, and nothing else does. */
		CHECK((abi_map_ops(m, m->since) & ~(unsigned)m->ops) == 0);
	}
}

TEST(abi_map_details)
{
	const struct abi_map_type *hash = abi_map_type(ABI_MAP_HASH),
				  *cpu = abi_map_type(ABI_MAP_CPUMAP);
	const struct abi_map_type *ring = abi_map_type(ABI_MAP_RINGBUF);

	CHECK_EQ(abi_map_check(hash, ABI_KERNEL(5, 10), 513, 1, 1, 0), -E2BIG);
	CHECK_EQ(abi_map_check(hash, ABI_KERNEL(5, 11), 513, 1, 1, 0), 0);
	CHECK_EQ(
		abi_map_check(hash, ABI_KERNEL(6, 1), 4, 4, 1, ABI_F_MAP_RDONLY | ABI_F_MAP_WRONLY),
		-EINVAL);
	CHECK_EQ(abi_map_check(hash, ABI_KERNEL(6, 1), 4, 4, 0, 0), -EINVAL);
	CHECK_EQ(abi_map_check(abi_map_type(ABI_MAP_PERCPU_HASH), ABI_KERNEL(6, 1), 4, 32769, 1, 0),
		 -E2BIG);
	CHECK_EQ(abi_map_check(cpu, ABI_KERNEL(6, 1), 4, 6, 1, 0), -EINVAL);
	CHECK_EQ(abi_map_check(cpu, ABI_KERNEL(6, 1), 4, 8, 1, 0), 0);
	CHECK_EQ(abi_map_check(ring, ABI_KERNEL(6, 1), 0, 0, 4096 * 3, 0), -EINVAL);
	CHECK_EQ(abi_map_check(ring, ABI_KERNEL(6, 18), 0, 0, 4096, ABI_F_MAP_RB_OVERWRITE),
		 -EINVAL);
	CHECK_EQ(abi_map_check(ring, ABI_KERNEL(6, 19), 0, 0, 4096, ABI_F_MAP_RB_OVERWRITE), 0);
	CHECK(!(abi_map_ops(hash, ABI_KERNEL(5, 13)) & ABI_OP_TAKE));
	CHECK(abi_map_ops(hash, ABI_KERNEL(5, 14)) & ABI_OP_TAKE);
}

/* ---- helpers ---- */

/* The parameters of a C prototype; "..." is none. */
static unsigned parameters(const char *decl, const char *name)
{
	const char *p = strstr(decl, name);
	unsigned n = 1, depth = 0;

	CHECK(p);
	p += strlen(name);
	if (!strcmp(p, "(void)"))
		return 0;
	for (; *p; p++) {
		depth += *p == '(';
		depth -= *p == ')';
		n += *p == ',' && depth == 1;
	}
	return n - (strstr(decl, "...") != NULL);
}

TEST(abi_helper_prototypes)
{
	for (unsigned i = 1; i < _ABI_HELPER_MAX; i++) {
		const struct abi_helper *h = abi_helper_by_id(i);
		unsigned args = 0;
		bool map = false;
		char name[40];

		while (args < 5 && h->proto.arg[args]) {
			unsigned arg = h->proto.arg[args++];
			const struct abi_arg_type *t = abi_arg_type(arg);

			CHECK(t->base && *t->kernel);
			map |= arg == ABI_ARG_MAP;
			if (!(t->flags & ABI_ARG_FIXED) != !abi_helper_arg_size(h, args))
				FAIL("%s: the size of argument %u", h->name, args);
			if (t->base != ABI_ARG_BASE_BTF_ID && *abi_helper_arg_btf(h, args) &&
			    h->id != ABI_HELPER_sk_storage_get &&
			    h->id != ABI_HELPER_sk_storage_delete &&
			    h->id != ABI_HELPER_xdp_get_buff_len)
				FAIL("%s: argument %u is no BTF pointer", h->name, args);
		}
		for (unsigned rest = args; rest < 5; rest++)
			CHECK_EQ(h->proto.arg[rest], ABI_ARG_NO);
		snprintf(name, sizeof name, "bpf_%s", h->name);
		/* The kernel never looks at the flags of get_branch_snapshot. */
		if (h->id != ABI_HELPER_get_branch_snapshot &&
		    parameters(abi_helper_decl(h), name) != args)
			FAIL("%s has not %u arguments", abi_helper_decl(h), args);
		if (map != (abi_helper_maps(h) != 0))
			FAIL("%s: helper.def and helper_map.def disagree", h->name);
	}
}

/* helper.def says who may call it in the newest kernel; the rules must say the same. */
TEST(abi_helper_rules_agree)
{
	for (unsigned i = 1; i < _ABI_HELPER_MAX; i++)
		for (unsigned p = 1; p < _ABI_PROG_MAX; p++) {
			const struct abi_helper *h = abi_helper_by_id(i);
			bool now = abi_helper_allowed(h, p, ABI_KERNEL_NEWEST);

			if (now != (h->progs >> p & 1))
				FAIL("%s: helper.def and helper_rule.def disagree on %s", h->name,
				     abi_prog_type(p)->name);
			CHECK(!abi_helper_allowed(h, p, h->since - 1));
			CHECK(!abi_helper_allowed(h, p, abi_prog_type(p)->since - 1));
		}
	CHECK(!abi_helper_allowed(abi_helper_by_id(1), 0, ABI_KERNEL_NEWEST));
	CHECK(!abi_helper_allowed(abi_helper_by_id(1), _ABI_PROG_MAX, ABI_KERNEL_NEWEST));
}

static bool allowed_somewhere(const struct abi_helper *h, unsigned prog, uint16_t kernel)
{
	struct abi_site at = {.kernel = kernel, .prog = (uint8_t)prog, .attach = ABI_ATTACH_NONE};

	if (abi_helper_check(h, &at))
		return true;
	for (unsigned a = 0; a < _ABI_ATTACH_MAX; a++) {
		at.attach = (uint8_t)a;
		if (abi_attach_type(a)->progs >> prog & 1 && abi_helper_check(h, &at))
			return true;
	}
	return false;
}

/* Who may call a helper at all may do so somewhere. */
TEST(abi_helper_sites_agree)
{
	static const uint16_t kernels[] = {ABI_KERNEL(5, 10), ABI_KERNEL(5, 15), ABI_KERNEL(6, 1),
					   ABI_KERNEL(6, 6),  ABI_KERNEL(6, 12), ABI_KERNEL_NEWEST};

	for (size_t k = 0; k < N(kernels); k++)
		for (unsigned i = 1; i < _ABI_HELPER_MAX; i++)
			for (unsigned p = 1; p < _ABI_PROG_MAX; p++) {
				const struct abi_helper *h = abi_helper_by_id(i);

				if (abi_helper_allowed(h, p, kernels[k]) &&
				    !allowed_somewhere(h, p, kernels[k]))
					FAIL("%s in %s: allowed, but nowhere", h->name,
					     abi_prog_type(p)->name);
			}
}

TEST(abi_helper_variants)
{
	struct abi_site at = {
		.kernel = ABI_KERNEL(6, 12), .prog = ABI_PROG_SOCK_OPS, .attach = ABI_ATTACH_NONE};
	struct abi_proto proto;

	abi_helper_proto(abi_helper_by_id(ABI_HELPER_setsockopt), &at, &proto);
	CHECK_EQ(proto.arg[0], ABI_ARG_CTX);
	at.prog = ABI_PROG_CGROUP_SOCKOPT;
	abi_helper_proto(abi_helper_by_id(ABI_HELPER_setsockopt), &at, &proto);
	CHECK_EQ(proto.arg[0], ABI_ARG_BTF_SOCK);
	at.prog = ABI_PROG_SCHED_CLS;
	abi_helper_proto(abi_helper_by_id(ABI_HELPER_sk_lookup_tcp), &at, &proto);
	CHECK_EQ(proto.arg[2], ABI_ARG_SIZE_OR_ZERO);
	at.kernel = ABI_KERNEL(6, 1);
	abi_helper_proto(abi_helper_by_id(ABI_HELPER_sk_lookup_tcp), &at, &proto);
	CHECK_EQ(proto.arg[2], ABI_ARG_SIZE);
	CHECK_STR(abi_helper_arg_btf(abi_helper_by_id(ABI_HELPER_get_current_task_btf), 0),
		  "task_struct");
	CHECK_EQ(abi_helper_arg_size(abi_helper_by_id(ABI_HELPER_check_mtu), 3), 4);
}

/* ---- kfuncs ---- */

TEST(abi_kfunc_rows)
{
	const struct abi_kfunc *k;
	size_t n = 0;

	for (; (k = abi_kfunc(n)); n++) {
		char call[64];

		snprintf(call, sizeof call, "%s(", k->name);
		for (unsigned newest = 0; newest < 2; newest++) {
			const char *decl = abi_kfunc_decl(k, newest ? ABI_KERNEL_NEWEST : k->since);

			CHECK(strstr(decl, call) && str_has_suffix(decl, ")"));
		}
		CHECK(abi_kfunc_in(k, k->since) && !abi_kfunc_in(k, k->until));
		if (k->flags & ABI_KF_ITER_NEW)
			CHECK(str_has_suffix(k->name, "_new"));
		if (k->flags & ABI_KF_ITER_DESTROY)
			CHECK(str_has_suffix(k->name, "_destroy"));
	}
	CHECK_EQ(n, _ABI_KFUNC_MAX);
	CHECK(!abi_kfunc(n));
	CHECK(abi_kfunc(ABI_KFUNC_bpf_rbtree_add) == abi_kfunc_by_name("bpf_rbtree_add", 14));
	CHECK(abi_kfunc_in(abi_kfunc(ABI_KFUNC_bpf_rbtree_add), ABI_KERNEL(6, 3)));
	CHECK(!abi_kfunc_in(abi_kfunc(ABI_KFUNC_bpf_rbtree_add), ABI_KERNEL(6, 12)));
}

/* A kfunc can be called by someone from its first day to its last, those of fmod_ret aside. */
TEST(abi_kfuncs_have_callers)
{
	const struct abi_kfunc *k;

	for (size_t i = 0; (k = abi_kfunc(i)); i++) {
		uint16_t last = k->until == ABI_NEVER ? ABI_KERNEL_NEWEST : k->until - 1;
		bool first_day = false, last_day = false;

		for (unsigned p = 1; p < _ABI_PROG_MAX; p++) {
			struct abi_site at = {
				.kernel = k->since, .prog = (uint8_t)p, .attach = ABI_ATTACH_NONE};

			first_day |= abi_kfunc_check(k, &at) != ABI_NO;
			at.kernel = last & 0xff ? last : ABI_KERNEL(6, 19);
			last_day |= abi_kfunc_check(k, &at) != ABI_NO;
		}
		if (k->set == ABI_KFUNCS_TEST_FMODRET)
			CHECK(!first_day && !last_day);
		else if (!first_day || !last_day)
			FAIL("%s: nobody calls it on its %s day", k->name,
			     first_day ? "last" : "first");
	}
}

/* ---- sections ---- */

static void check_section(const char *name, const char *row, const char *target, bool optional)
{
	struct abi_section_match m;

	if (!abi_section_find(name, strlen(name), &m)) {
		if (row)
			FAIL("%s is no section", name);
		return;
	}
	if (!row)
		FAIL("%s is taken for %s", name, m.row->name);
	CHECK_STR(m.row->name, row);
	CHECK_EQ(m.optional, optional);
	CHECK_EQ(!m.target, !target);
	if (target) {
		CHECK_EQ(m.target_len, strlen(target));
		CHECK_MEM(m.target, target, m.target_len);
	}
}

TEST(abi_section_names)
{
	const struct abi_section *s;

	for (size_t i = 0; (s = abi_section(i)); i++) {
		char text[80];

		check_section(s->name, s->name, NULL, false);
		snprintf(text, sizeof text, "?%s", s->name);
		check_section(text, s->name, NULL, true);
		snprintf(text, sizeof text, "%s/some/thing", s->name);
		check_section(text, s->flags & ABI_SEC_PLUS ? s->name : NULL, "some/thing", false);
		snprintf(text, sizeof text, "%s/", s->name);
		check_section(text, s->flags & ABI_SEC_PLUS ? s->name : NULL, "", false);
		snprintf(text, sizeof text, "%s.x", s->name);
		check_section(text, NULL, NULL, false);
		CHECK(*abi_section_text(s->how));
		CHECK(!*abi_section_target(s->how) == (s->how == ABI_SEC_HOW_MANUAL));
	}
	check_section("kprobe/vfs_read+8", "kprobe", "vfs_read+8", false);
	check_section("uprobe/libc.so.6:malloc", "uprobe", "libc.so.6:malloc", false);
	check_section("?fentry.s/bpf_testmod:f", "fentry.s", "bpf_testmod:f", true);
	check_section("xdp/devmap", "xdp/devmap", NULL, false);
	check_section("", NULL, NULL, false);
	check_section("?", NULL, NULL, false);
	check_section("??xdp", NULL, NULL, false);
	check_section("/x", NULL, NULL, false);
	check_section("kprobes", NULL, NULL, false);
	check_section("XDP", NULL, NULL, false);
	check_section(".text", NULL, NULL, false);
}

TEST(abi_sections_agree)
{
	const struct abi_section *s;

	for (size_t i = 0; (s = abi_section(i)); i++) {
		const struct abi_attach_type *a = abi_attach_type(s->attach);
		struct abi_site at = {ABI_KERNEL_NEWEST, s->prog, s->attach, 0, true};

		if (a && !(a->progs >> s->prog & 1))
			FAIL("%s: %s does not attach at %s", s->name, abi_prog_type(s->prog)->name,
			     a->name);
		CHECK(!(s->flags & (ABI_SEC_SEND | ABI_SEC_TRY)) == !a);
		if (s->flags & ABI_SEC_SLEEP && !abi_may_sleep(&at))
			FAIL("%s: no kernel lets it sleep", s->name);
	}
	for (unsigned a = 0; a < _ABI_ATTACH_MAX; a++) {
		bool some = a == ABI_ATTACH_PERF_EVENT || a == ABI_ATTACH_STRUCT_OPS;

		for (size_t i = 0; (s = abi_section(i)); i++)
			some |= s->attach == a;
		if (!some)
			FAIL("no section is for %s", abi_attach_type(a)->name);
	}
}

TEST(abi_object_sections)
{
	static const struct {
		const char *name;
		enum abi_object_section want;
		bool optional;
	} cases[] = {
		{"license", ABI_OBJ_LICENSE, false},
		{".maps", ABI_OBJ_MAPS, false},
		{".data", ABI_OBJ_DATA, false},
		{".data.x", ABI_OBJ_DATA, false},
		{".datax", _ABI_OBJ_MAX, false},
		{".rodata.str1.1", ABI_OBJ_RODATA, false},
		{".BTF", ABI_OBJ_BTF, false},
		{".BTF.ext", ABI_OBJ_BTF_EXT, false},
		{".BTF.", _ABI_OBJ_MAX, false},
		{".struct_ops", ABI_OBJ_STRUCT_OPS, false},
		{"?.struct_ops", ABI_OBJ_STRUCT_OPS, true},
		{"?.struct_ops.link", ABI_OBJ_STRUCT_OPS_LINK, true},
		{"?.data", _ABI_OBJ_MAX, false},
		{"", _ABI_OBJ_MAX, false},
		{"?", _ABI_OBJ_MAX, false},
		{"licens", _ABI_OBJ_MAX, false},
		{".kconfig", ABI_OBJ_KCONFIG, false},
		{"maps", ABI_OBJ_OLD_MAPS, false},
	};

	for (size_t i = 0; i < N(cases); i++) {
		bool optional = false;

		if (abi_object_section(cases[i].name, strlen(cases[i].name), &optional) !=
		    cases[i].want)
			FAIL("'%s' is taken for something else", cases[i].name);
		CHECK_EQ(optional, cases[i].optional);
	}
}

/* ---- contexts ---- */

TEST(abi_ctx_rows)
{
	const struct abi_ctx_field *f;
	unsigned last = 0;

	for (size_t i = 0; (f = abi_ctx_field(i)); i++) {
		const struct abi_ctx_struct_row *s = abi_ctx_struct(f->ctx);

		CHECK(f->ctx >= last);
		last = f->ctx;
		CHECK(f->size && f->count && *abi_ctx_type(f->type)->state);
		if (f->offset >= 0 && (unsigned)f->offset + f->size * f->count > s->size)
			FAIL("%s.%s: beyond the end", s->name, f->name);
		if (*f->name)
			CHECK(abi_ctx_field_by_name(f->ctx, f->name, strlen(f->name)));
		for (unsigned v = 0; v < _ABI_VIEW_MAX; v++) {
			const struct abi_ctx_view_row *view = abi_ctx_view_row(v);

			if (view->ctx != f->ctx)
				continue;
			CHECK(view->column < strlen(f->access));
			/* Who may write may read. */
			CHECK(!abi_ctx_letter(f, v, true) || abi_ctx_letter(f, v, false));
			CHECK(f->access[view->column] == '-' || abi_ctx_letter(f, v, false));
		}
	}
	CHECK(!abi_ctx_field_by_name(ABI_CTX_SK_BUFF, "", 0));
	CHECK(!abi_ctx_field_by_name(ABI_CTX_SK_BUFF, "lenx", 4));
	CHECK_EQ(abi_ctx_field_by_name(ABI_CTX_SK_BUFF, "mark", 4)->offset, 8);
}

/* Each column of a struct has a view, and each view a column. */
TEST(abi_ctx_columns)
{
	for (unsigned c = 0; c < _ABI_CTX_MAX; c++) {
		unsigned columns = 0, seen = 0;
		const struct abi_ctx_field *f;

		for (size_t i = 0; (f = abi_ctx_field(i)); i++)
			if (f->ctx == c) {
				CHECK(!columns || columns == strlen(f->access));
				columns = (unsigned)strlen(f->access);
			}
		for (unsigned v = 0; v < _ABI_VIEW_MAX; v++)
			if (abi_ctx_view_row(v)->ctx == c)
				seen |= 1U << abi_ctx_view_row(v)->column;
		CHECK_EQ(seen, (1U << columns) - 1);
	}
}

TEST(abi_ctx_views_are_apart)
{
	for (unsigned p = 1; p < _ABI_PROG_MAX; p++)
		for (unsigned a = 0; a < 64; a++) {
			const struct abi_attach_type *t = abi_attach_type(a);
			struct abi_site at = {ABI_KERNEL_NEWEST, (uint8_t)p, (uint8_t)a,
					      ABI_ARCH_X86_64, false};
			bool btf = p == ABI_PROG_TRACING || p == ABI_PROG_LSM ||
				   p == ABI_PROG_EXT || p == ABI_PROG_STRUCT_OPS;
			unsigned views = 0;

			if (t ? !(t->progs >> p & 1) : a != ABI_ATTACH_NONE)
				continue;
			if (a == ABI_ATTACH_NONE &&
			    (p == ABI_PROG_CGROUP_SOCK_ADDR || p == ABI_PROG_CGROUP_SOCKOPT))
				continue; /* the kernel wants it given */
			for (unsigned v = 0; v < _ABI_VIEW_MAX; v++) {
				const struct abi_ctx_view_row *row = abi_ctx_view_row(v);

				views += row->arch != ABI_ARCH_ARM64 && row->progs >> p & 1 &&
					 row->where >> abi_attach_default(p, a) & 1;
			}
			if (views != !btf)
				FAIL("%s at %s has %u views", abi_prog_type(p)->name,
				     t ? t->name : "-", views);
			CHECK_EQ(abi_ctx_view(&at) == _ABI_VIEW_MAX, btf);
		}
}

TEST(abi_ctx_accesses)
{
	struct abi_site tc = {ABI_KERNEL(6, 12), ABI_PROG_SCHED_CLS, ABI_ATTACH_NONE,
			      ABI_ARCH_X86_64, false};
	struct abi_site lsm = {ABI_KERNEL(6, 12), ABI_PROG_LSM, ABI_ATTACH_LSM_MAC, ABI_ARCH_X86_64,
			       false};
	const struct abi_ctx_field *f = NULL;

	CHECK_EQ(abi_ctx_check(&tc, 76, 4, false, &f), ABI_CTX_YES);
	CHECK_STR(f->name, "data");
	CHECK_EQ(f->type, ABI_LOAD_PACKET);
	CHECK_EQ(abi_ctx_check(&tc, 76, 2, false, NULL), ABI_CTX_NO);
	CHECK_EQ(abi_ctx_check(&tc, 9, 1, false, NULL), ABI_CTX_YES);
	CHECK_EQ(abi_ctx_check(&tc, 8, 4, true, NULL), ABI_CTX_YES);
	CHECK_EQ(abi_ctx_check(&tc, 9, 1, true, NULL), ABI_CTX_NO);
	CHECK_EQ(abi_ctx_check(&tc, 48, 8, true, NULL), ABI_CTX_YES);
	CHECK_EQ(abi_ctx_check(&tc, 52, 8, true, NULL), ABI_CTX_NO);
	CHECK_EQ(abi_ctx_check(&tc, 48, 3, false, NULL), ABI_CTX_NO);
	CHECK_EQ(abi_ctx_check(&tc, -4, 4, false, NULL), ABI_CTX_NO);
	CHECK_EQ(abi_ctx_check(&tc, 192, 1, false, NULL), ABI_CTX_NO);
	CHECK_EQ(abi_ctx_check(&tc, 180, 1, false, NULL), ABI_CTX_YES);
	tc.kernel = ABI_KERNEL(5, 10);
	CHECK_EQ(abi_ctx_check(&tc, 180, 1, false, NULL), ABI_CTX_NO);
	CHECK_EQ(abi_ctx_check(&lsm, 0, 8, false, NULL), ABI_CTX_BTF);
}

/* ---- tables as text ---- */

struct seen {
	size_t rows, cols, widest, stop;
};

static int see_row(void *ctx, const char *const *cols, size_t n)
{
	struct seen *s = ctx;
	size_t width = 0;

	CHECK(n && n <= ABI_TABLE_COLUMNS);
	CHECK(!s->cols || s->cols == n);
	s->cols = n;
	for (size_t i = 0; i < n; i++) {
		CHECK(!strpbrk(cols[i], "\t\n"));
		width += strlen(cols[i]) + 1;
	}
	s->widest = width > s->widest ? width : s->widest;
	return ++s->rows == s->stop ? -7 : 0;
}

TEST(abi_tables_as_text)
{
	const char *name;
	size_t tables = 0;

	for (; (name = abi_table_name(tables)); tables++) {
		struct seen s = {0}, few = {.stop = 2};

		CHECK_EQ(abi_table(name, see_row, &s), 0);
		CHECK(s.rows > 5);
		/* The buffer of a row is 2048 bytes. */
		CHECK(s.widest < 2000);
		CHECK_EQ(abi_table(name, see_row, &few), -7);
		CHECK_EQ(few.rows, 2);
	}
	CHECK(tables > 10);
	CHECK_EQ(abi_table("nothing", see_row, NULL), -ENOENT);
}
