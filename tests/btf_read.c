/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Opening, looking up, measuring, building; .BTF.ext. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "btf_sample.h"
#include "test.h"

static const char vmlinux[] = "/sys/kernel/btf/vmlinux";

TEST(the_sample_is_read)
{
	struct btf *b = btf_sample();
	uint32_t kinds = 0, n = 0;

	if (!b)
		return;
	for btf_each(b, id) {
		kinds |= 1u << btf_kind_of(b, id);
		n++;
	}
	CHECK_EQ(kinds, (1u << _BTF_KIND_MAX) - 2);
	CHECK_EQ(n + 1, btf_count(b));
	CHECK_EQ(btf_first(b), 1);
	CHECK_EQ(btf_shape(b, NULL), 0);
	CHECK(!btf_type(b, btf_count(b)));
	CHECK(!btf_type(b, UINT32_MAX));
	CHECK_EQ(btf_kind_of(b, 0), BTF_VOID);
	CHECK_STR(btf_str(b, 1 << 30), "");
	btf_unref(b);
}

TEST(types_by_name)
{
	struct btf *b = btf_sample();
	struct btf_secinfo sec;
	uint32_t all, i;

	if (!b)
		return;
	all = btf_find(b, "all", BTF_STRUCTS);
	CHECK(all);
	for (i = 0; i < 20; i++) { /* by walking, then by the table */
		CHECK_EQ(btf_find(b, "all", BTF_STRUCTS), all);
		CHECK_EQ(btf_find(b, "all", BTF_ANY), all);
		CHECK_EQ(btf_find(b, "all", BTF_BIT(UNION)), 0);
		CHECK_EQ(btf_find_next(b, "all", BTF_ANY, all), 0);
		CHECK_EQ(btf_find(b, "ll", BTF_ANY), 0);
		CHECK_EQ(btf_find(b, "", BTF_ANY), 0);
		CHECK_EQ(btf_find(b, "nowhere", BTF_ANY), 0);
		CHECK_EQ(btf_kind_of(b, btf_find(b, "copy", BTF_ANY)), BTF_FUNC);
		CHECK_EQ(btf_find(b, "copy", BTF_STRUCTS), 0);
	}
	CHECK_EQ(btf_find_c(b, "struct all"), all);
	CHECK_EQ(btf_find_c(b, "union all"), 0);
	CHECK_EQ(btf_find_c(b, "enum big"), btf_find(b, "big", BTF_ENUMS));
	CHECK_EQ(btf_find_c(b, "u64"), btf_find(b, "u64", BTF_BIT(TYPEDEF)));
	CHECK_EQ(btf_find_c(b, "copy"), 0);
	CHECK_STR(btf_near(b, "colour", BTF_ENUMS), "color");
	CHECK(!btf_near(b, "something", BTF_ENUMS));
	CHECK_EQ(btf_find_var(b, ".data", "whole", &sec), btf_find(b, "whole", BTF_BIT(VAR)));
	CHECK_EQ(sec.offset, 8);
	CHECK_EQ(btf_find_var(b, ".data", "all", NULL), 0);
	CHECK_EQ(btf_find_var(b, ".bss", "whole", NULL), 0);
	CHECK(btf_has_tag(b, all, 1, "on.member"));
	CHECK(btf_has_tag(b, all, 1, "on.*"));
	CHECK(!btf_has_tag(b, all, -1, "on.member"));
	CHECK(btf_proto(b, btf_find(b, "copy", BTF_BIT(FUNC))));
	CHECK(!btf_proto(b, all));
	btf_unref(b);
}

TEST(sizes_and_places)
{
	struct btf *b = btf_sample();
	struct btf_field f;
	struct diag d;
	uint32_t all;

	if (!b)
		return;
	diag_init(&d, 10);
	all = btf_find(b, "all", BTF_STRUCTS);
	CHECK_EQ(btf_size(b, all), 72);
	CHECK_EQ(btf_align(b, all), 8);
	CHECK_EQ(btf_size(b, 0), -EINVAL);
	CHECK_EQ(btf_align(b, btf_find(b, "u64", BTF_ANY)), 8);
	CHECK_EQ(btf_size(b, btf_find(b, "whole", BTF_ANY)), 72);
	CHECK(btf_signed(b, btf_find(b, "int", BTF_ANY)));
	CHECK(!btf_signed(b, btf_find(b, "u64", BTF_ANY)));
	CHECK(btf_signed(b, btf_find(b, "big", BTF_ANY)));

	CHECK_EQ(btf_path(b, all, "name[3]", &d, &f), 0);
	CHECK_EQ(f.bit_off, 32 + 24);
	CHECK_EQ(btf_path(b, all, "hi", &d, &f), 0);
	CHECK_EQ(f.bit_off, 99);
	CHECK_EQ(f.bit_size, 5);
	CHECK_EQ(btf_path(b, all, "real", &d, &f), 0);
	CHECK_EQ(f.bit_off, 256);
	CHECK_EQ(btf_kind_of(b, f.type), BTF_FLOAT);
	CHECK_EQ(btf_path(b, all, "", &d, &f), 0);
	CHECK_EQ(f.type, all);
	CHECK_EQ(btf_path(b, all, "tail[5]", &d, &f), 0);
	CHECK_EQ(f.bit_off, 512 + 5 * 16);
	CHECK(!diag_failed(&d));
	CHECK_EQ(btf_path(b, all, "name[8]", &d, &f), -EINVAL);
	CHECK_EQ(btf_path(b, all, "nam", &d, &f), -ENOENT);
	CHECK_EQ(btf_path(b, all, "next.a", &d, &f), -ENOENT);
	CHECK_EQ(btf_path(b, all, "a..b", &d, &f), -EINVAL);
	CHECK_EQ(btf_path(b, all, "name[x]", &d, &f), -EINVAL);
	CHECK_EQ(btf_path(b, all, "a[0]", &d, &f), -EINVAL);
	CHECK_EQ(d.count[DIAG_ERROR], 6);
	if (!test_oom()) {
		struct str s;

		str_init(&s, 1 << 16);
		diag_render(&d, DIAG_PLAIN, &s);
		CHECK(strstr(s.s, "struct all has no field 'nam'"));
		CHECK(strstr(s.s, "did you mean 'name'?"));
		CHECK(strstr(s.s, "pointers are not followed here"));
		str_done(&s);
	}
	diag_done(&d);
	btf_unref(b);
}

/* Every front part of it either opens or is refused; what opens can be walked over. */
TEST(cut_anywhere)
{
	struct str s;
	size_t n;

	btf_sample_bytes(&s);
	for (n = 0; n < s.n; n++) {
		struct btf_header h;
		struct btf *b;

		CHECK(btf_read(s.s, n, NULL, NULL, &b) < 0);
		if (n < sizeof(h))
			continue;
		/* The same with a header that says so. */
		memcpy(&h, s.s, sizeof(h));
		h.type_len = (uint32_t)n - sizeof(h);
		h.str_off = 0;
		h.str_len = 1;
		memcpy(s.s, &h, sizeof(h));
		if (btf_read(s.s, n, NULL, NULL, &b))
			continue;
		CHECK(btf_count(b) >= 1);
		CHECK(btf_shape(b, NULL) == 0 || btf_count(b) < 60);
		btf_unref(b);
	}
	str_done(&s);
}

static void swap_words(uint8_t *p, size_t n)
{
	size_t i, k;

	for (i = 0; i + 4 <= n; i += 4)
		for (k = 0; k < 2; k++) {
			uint8_t t = p[i + k];

			p[i + k] = p[i + 3 - k];
			p[i + 3 - k] = t;
		}
}

TEST(the_other_byte_order)
{
	struct btf *b = NULL, *same = btf_sample();
	struct btf_header h;
	const uint8_t *bytes;
	struct str s;
	size_t n;

	btf_sample_bytes(&s);
	if (!s.n || !same)
		goto out;
	memcpy(&h, s.s, sizeof(h));
	h.magic = __builtin_bswap16(h.magic);
	memcpy(s.s, &h, sizeof(h));
	swap_words((uint8_t *)s.s + 4, sizeof(h) - 4 + h.type_len);
	if (!btf_read(s.s, s.n, NULL, NULL, &b)) {
		CHECK(btf_swapped(b));
		bytes = btf_bytes(b, &n);
		CHECK_MEM(bytes, btf_bytes(same, &n), n);
	} else {
		CHECK(test_oom());
	}
out:
	btf_unref(b);
	btf_unref(same);
	str_done(&s);
}

TEST(a_file_that_is_none)
{
	struct btf *b;
	struct diag d;

	diag_init(&d, 8);
	CHECK_EQ(btf_open("/nonexistent", NULL, &d, &b), -ENOENT);
	CHECK_EQ(d.count[DIAG_ERROR], 1);
	if (!test_oom()) {
		CHECK_EQ(btf_open("/dev/null", NULL, &d, &b), -EINVAL);
		CHECK_EQ(btf_open("/bin/true", NULL, &d, &b), -ENODATA);
		CHECK_STR(d.first->next->next->id, "btf.none");
	}
	diag_done(&d);
}

/* A module's: ids and strings go on from the base's. */
TEST(split)
{
	struct btf *base = btf_sample(), *b = NULL;
	struct btf_build *bb = base ? btf_build_new(base, 0) : NULL;
	uint32_t all, mine, first;

	if (!bb)
		goto out;
	all = btf_find(base, "all", BTF_STRUCTS);
	first = btf_count(base);
	mine = btf_build_struct(bb, BTF_STRUCT, "mine", 80);
	btf_build_member(bb, mine, "all", all, 0, 0);
	btf_build_member(bb, mine, "more", btf_find(base, "u64", BTF_ANY), 72 * 8, 0);
	if (btf_build_done(bb, &b)) {
		CHECK(test_oom());
		goto out;
	}
	CHECK_EQ(mine, first);
	CHECK_EQ(btf_count(b), first + 1);
	CHECK_EQ(btf_first(b), first);
	CHECK_EQ(btf_find(b, "mine", BTF_ANY), first);
	CHECK_EQ(btf_find(b, "all", BTF_STRUCTS), all);
	CHECK_STR(btf_name(b, first), "mine");
	CHECK_STR(btf_name(b, all), "all");
	CHECK_EQ(btf_size(b, first), 80);
	CHECK(btf_check(b, NULL) == 0 || test_oom());
	/* "all" is the base's string. */
	CHECK_EQ(btf_members(btf_type(b, first))[0].name_off, btf_type(base, all)->name_off);
out:
	btf_build_free(bb);
	btf_unref(b);
	btf_unref(base);
}

TEST(built_of_parts)
{
	struct btf_build *bb = btf_build_new(NULL, BTF_BUILD_CONS);
	const struct btf *v;
	uint32_t i, p, s;
	struct btf *b;

	if (!bb)
		return;
	v = btf_build_view(bb);
	i = btf_build_int(bb, "int", 4, BTF_INT_SIGNED);
	p = btf_build_to(bb, BTF_PTR, NULL, i);
	if (!btf_build_err(bb)) {
		CHECK_EQ(btf_build_int(bb, "int", 4, BTF_INT_SIGNED), i);
		CHECK_EQ(btf_build_to(bb, BTF_PTR, NULL, i), p);
		CHECK(btf_build_to(bb, BTF_CONST, NULL, i) != p);
	}
	s = btf_build_struct(bb, BTF_STRUCT, "node", 16);
	btf_build_member(bb, s, "value", i, 0, 0);
	btf_build_member(bb, s, "next", btf_build_to(bb, BTF_PTR, NULL, s), 64, 0);
	btf_build_member(bb, s, "bits", i, 32, 3); /* the others must be of that form then too */
	if (btf_build_err(bb)) {
		CHECK(test_oom());
	} else {
		CHECK_EQ(btf_find(v, "node", BTF_STRUCTS), s);
		CHECK_EQ(btf_vlen(btf_type(v, s)), 3);
		CHECK_EQ(btf_member_bit_offset(btf_type(v, s), 1), 64);
		CHECK_EQ(btf_member_bits(btf_type(v, s), 2), 3);
		CHECK_EQ(btf_size(v, s), 16);
		if (!btf_build_done(bb, &b)) {
			CHECK_EQ(btf_count(b), btf_count(v));
			CHECK_STR(btf_name(b, s), "node");
			btf_unref(b);
		}
	}
	btf_build_param(bb, s, "not a prototype", i);
	CHECK_EQ(btf_build_err(bb), test_oom() ? btf_build_err(bb) : -EINVAL);
	CHECK_EQ(btf_build_int(bb, "after a failure", 4, 0), 0);
	btf_build_free(bb);
}

/* Appended to another, and taken over with what it needs. */
TEST(copied)
{
	struct btf *b = btf_sample();
	struct btf_build *bb = btf_build_new(NULL, 0);
	uint32_t first = 0, *map = NULL, all, id;
	const struct btf *v;

	if (!b || !bb)
		goto out;
	v = btf_build_view(bb);
	btf_build_int(bb, "before", 4, 0);
	if (btf_build_append(bb, b, &first))
		goto out;
	CHECK_EQ(first, 2);
	all = btf_find(b, "all", BTF_STRUCTS);
	CHECK_EQ(btf_find(v, "all", BTF_STRUCTS), all + 1);
	CHECK_EQ(btf_members(btf_type(v, all + 1))[0].type,
		 btf_members(btf_type(b, all))[0].type + 1);
	map = calloc(btf_count(b), sizeof(*map));
	id = btf_build_import(bb, b, all, map);
	if (btf_build_err(bb))
		goto out;
	CHECK_STR(btf_name(v, id), "all");
	CHECK_EQ(btf_build_import(bb, b, all, map), id);
	CHECK_EQ(btf_members(btf_type(v, id))[5].type, map[btf_members(btf_type(b, all))[5].type]);
	CHECK(!map[btf_find(b, "copy", BTF_BIT(FUNC))]);
out:
	free(map);
	btf_build_free(bb);
	btf_unref(b);
}

TEST(ext)
{
	struct btf_ext_build *eb = btf_ext_build_new();
	struct btf_line_info lines[] = {{16, 1, 2, 3 << 10 | 4}, {0, 1, 2, 1 << 10 | 1}};
	struct btf_core_relo core = {8, 1, 2, 3};
	struct btf_func_info func = {0, 5};
	const struct btf_ext_sec *sec;
	struct btf_ext *e = NULL;
	struct str s;
	size_t n;

	if (!eb)
		return;
	str_init(&s, 1 << 16);
	btf_ext_build_add(eb, BTF_EXT_LINE, 10, &lines[0]);
	btf_ext_build_add(eb, BTF_EXT_LINE, 20, &lines[0]);
	btf_ext_build_add(eb, BTF_EXT_LINE, 10, &lines[1]);
	btf_ext_build_add(eb, BTF_EXT_CORE, 10, &core);
	btf_ext_build_add(eb, BTF_EXT_FUNC, 10, &func);
	if (btf_ext_build_done(eb, &s) || btf_ext_read(s.s, s.n, NULL, &e)) {
		CHECK(test_oom());
		goto out;
	}
	CHECK_EQ(btf_ext_sections(e, BTF_EXT_LINE), 2);
	CHECK_EQ(btf_ext_sections(e, BTF_EXT_CORE), 1);
	sec = btf_ext_section(e, BTF_EXT_LINE, 0);
	CHECK_EQ(sec->name_off, 10);
	CHECK_EQ(sec->n, 2);
	CHECK_MEM(btf_ext_record(sec, 0), &lines[1], sizeof(lines[1]));
	CHECK_MEM(btf_ext_record(sec, 1), &lines[0], sizeof(lines[0]));
	CHECK_MEM(btf_ext_record(btf_ext_section(e, BTF_EXT_FUNC, 0), 0), &func, sizeof(func));
	CHECK(!btf_ext_section(e, BTF_EXT_LINE, 2));
	for (n = 0; n < s.n && !test_oom(); n++) {
		struct btf_ext *cut;

		CHECK_EQ(btf_ext_read(s.s, n, NULL, &cut), -EINVAL);
	}
out:
	btf_ext_free(e);
	btf_ext_build_free(eb);
	str_done(&s);
}

/* The figure is time and memory; that of memory can be held here. */
TEST_WITH(one_struct_of_the_kernels, TEST_NO_OOM)
{
	struct btf *b;
	uint32_t id;

	if (access(vmlinux, R_OK))
		SKIP("no kernel BTF");
	b = btf_of_file(vmlinux);
	id = btf_find(b, "task_struct", BTF_STRUCTS);
	CHECK(id);
	CHECK(btf_size(b, id) > 1000);
	CHECK_EQ(btf_index(b), 0);
	CHECK_EQ(btf_find(b, "task_struct", BTF_STRUCTS), id);
	/* By walking and by the table, the same for many. */
	{
		struct btf *other = btf_of_file(vmlinux);
		uint32_t i, n = btf_count(b);

		for (i = 1; i < n; i += 4999) {
			const char *name = btf_name(b, i);
			uint32_t kinds = 1u << btf_kind_of(b, i);
			struct btf *fresh = btf_of_file(vmlinux);

			CHECK_EQ(btf_find(b, name, kinds), btf_find(fresh, name, kinds));
			CHECK_EQ(btf_find(b, name, BTF_ANY), btf_find(fresh, name, BTF_ANY));
			btf_unref(fresh);
		}
		btf_unref(other);
	}
	btf_unref(b);
}
