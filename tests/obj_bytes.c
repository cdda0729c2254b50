/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Objects that are broken: cut off at every byte, and of other machines. And those that are not, so
 * that they are also opened with every allocation failing.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "obj_tool.h"

static void corpus_read(const char *name, struct file *ret)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/fuzz/corpus/obj/%s", test_root(), name);
	CHECK_EQ(file_read(path, 1 << 20, NULL, ret), 0);
}

/* Says which section or table, which byte, and why. */
static void cut_at(const uint8_t *data, size_t n)
{
	struct obj *o = NULL;
	struct str said;
	struct diag d;
	int err;

	diag_init(&d, 20);
	str_init(&said, 1 << 16);
	err = obj_open_bytes(data, n, "cut", NULL, &d, &o);
	diag_render(&d, DIAG_PLAIN, &said);
	if (!err)
		FAIL("cut at %zu it is opened", n);
	if (!test_oom() && (!strstr(said.s, "cut: byte ") ||
			    !(strstr(said.s, "section") || strstr(said.s, "header"))))
		FAIL("cut at %zu, it says: %s", n, said.s);
	str_done(&said);
	diag_done(&d);
}

static void cut_everywhere(const char *name)
{
	struct file f;

	corpus_read(name, &f);
	for (size_t n = 0; n < f.size; n++) {
		/* a copy of its own, so that reading past its end is seen */
		uint8_t *part = malloc(n ? n : 1);

		memcpy(part, f.data, n);
		cut_at(part, n);
		free(part);
	}
	file_done(&f);
}

TEST_WITH(cut_off_kconfig, TEST_NO_OOM)
{
	cut_everywhere("kconfig");
}
TEST_WITH(cut_off_inner, TEST_NO_OOM)
{
	cut_everywhere("inner");
}
TEST_WITH(cut_off_ops, TEST_NO_OOM)
{
	cut_everywhere("ops");
}

static void refused(const uint8_t *data, size_t size, int err, const char *words)
{
	struct obj *o = NULL;
	struct str said;
	struct diag d;

	diag_init(&d, 20);
	str_init(&said, 1 << 16);
	CHECK_EQ(obj_open_bytes(data, size, "bad", NULL, &d, &o), err);
	diag_render(&d, DIAG_PLAIN, &said);
	if (!strstr(said.s, words))
		FAIL("it says: %s", said.s);
	str_done(&said);
	diag_done(&d);
}

TEST_WITH(of_other_machines, TEST_NO_OOM)
{
	uint8_t copy[1 << 16];
	struct file f;
	size_t n;

	corpus_read("reloc", &f);
	n = f.size;
	CHECK(n < sizeof(copy));
#define WITH(at, value, err, words)                                                                \
	do {                                                                                       \
		memcpy(copy, f.data, n);                                                           \
		copy[at] = (value);                                                                \
		refused(copy, n, err, words);                                                      \
	} while (0)
	WITH(0, 'X', -EINVAL, "no ELF file");
	WITH(4, 1, -EINVAL, "not 64 bits wide");
	WITH(5, 2, -ENOTSUP, "big-endian");
	WITH(5, 7, -EINVAL, "neither little- nor big-endian");
	WITH(16, 2, -EINVAL, "not a relocatable object");
	WITH(18, 62, -EINVAL, "another machine");
#undef WITH
	refused((const uint8_t *)"", 0, -EINVAL, "no ELF file");
	file_done(&f);
}

/* ---- large ones ---- */

/* Thousands of sections, programs and maps. */
TEST_WITH(thousands, TEST_NO_OOM | TEST_SLOW)
{
	enum { N = 3000 };
	const struct insn code[] = {isa_insn(0x18, 1, 0, 0, 0), isa_insn(0, 0, 0, 0, 0),
				    isa_insn(0xb7, 0, 0, 0, 0), isa_insn(0x95, 0, 0, 0, 0)};
	const struct obj_map_attr attr = {
		.type = ABI_MAP_HASH, .key_size = 4, .value_size = 8, .max_entries = 32};
	static struct obj_reloc reloc[N];
	struct obj_target none = {0};
	struct obj *o = NULL, *again = NULL;
	struct obj_bytes b;
	char name[32];

	CHECK_EQ(obj_new("large", &o), 0);
	for (int i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		CHECK_EQ(obj_add_map(o, name, &attr), i);
		snprintf(name, sizeof(name), "my/%d", i);
		CHECK_EQ(obj_add_prog(o, name + 3, name, code, ARRAY_LEN(code)), i);
		reloc[i] = (struct obj_reloc){.kind = OBJ_RELOC_MAP, .index = (uint32_t)(N - 1 - i)};
		o->prog.at[i].reloc = &reloc[i];
		o->prog.at[i].n_relocs = 1;
	}
	CHECK_EQ(obj_write(o, NULL, &b), 0);
	CHECK_EQ(obj_open_bytes(b.data, b.size, "large", NULL, NULL, &again), 0);
	obj_bytes_done(&b);
	CHECK_EQ(again->map.n, N);
	CHECK_EQ(again->prog.n, N);
	CHECK_EQ(obj_link(&again, 1, NULL, &b), 0);
	obj_bytes_done(&b);
	for vec_each(&again->prog, p)
		p->load = true;
	CHECK_EQ(obj_prepare(again, &none, NULL), 0);
	CHECK_EQ(again->prog.at[1].code[0].imm, N - 2);
	obj_free(again);
	obj_free(o);
}

/* ---- all of it, for no kernel ---- */

static int find(void *ctx, const struct obj_extern *x, struct obj_ksym *ret)
{
	(void)ctx;
	(void)x;
	ret->addr = 1;
	ret->btf_id = 2;
	return 0;
}

static void good(const char *name)
{
	struct obj_target none = {
		.version = 6 << 16, .kconfig = "CONFIG_HZ=250\n", .kconfig_len = 14, .find = find};
	struct obj_bytes b;
	struct obj *o = NULL;
	struct file f;
	struct diag d;
	int err;

	corpus_read(name, &f);
	diag_init(&d, 20);
	err = obj_open_bytes(f.data, f.size, name, NULL, &d, &o);
	file_done(&f);
	if (!err) {
		if (!obj_btf(o, 0, &d, &b))
			obj_bytes_done(&b);
		if (!obj_write(o, &d, &b))
			obj_bytes_done(&b);
		if (!obj_link(&o, 1, &d, &b))
			obj_bytes_done(&b);
		err = obj_prepare(o, &none, &d);
	}
	obj_free(o);
	if (err && !test_oom()) {
		struct str said;

		str_init(&said, 1 << 16);
		diag_render(&d, DIAG_PLAIN, &said);
		FAIL("%s: %s", name, said.s);
	}
	diag_done(&d);
}

TEST(opens_kconfig)
{
	good("kconfig");
}
TEST(opens_inner)
{
	good("inner");
}
TEST(opens_ops)
{
	good("ops");
}
TEST(opens_old_maps)
{
	good("elf_map");
}
TEST(opens_functions)
{
	good("callback");
}
TEST(opens_core)
{
	good("core");
}
