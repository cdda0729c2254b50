/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Bytes as BTF: everything is asked of every type. What the kernel would take must survive being
 * copied and deduplicated, and what is printed as JSON must be read again.
 */
#include <stdlib.h>

#include "btf/btf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 1 << 20, INPUT_MAX = 1 << 14 };

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void ask(const struct btf *b, uint32_t id, struct str *s)
{
	struct btf_core_spec spec, target;
	struct btf_field f;
	uint32_t i;

	(void)btf_size(b, id);
	(void)btf_align(b, id);
	(void)btf_proto(b, id);
	(void)btf_signed(b, id);
	for (i = 0; i < 4 && btf_field_at(b, id, i, &f); i++)
		(void)!btf_path(b, id, f.name, NULL, &f);
	(void)!btf_path(b, id, "a[1].b", NULL, &f);
	(void)btf_find(b, btf_name(b, id), BTF_ANY);
	str_reset(s);
	(void)!btf_c_definition(b, id, s);
	(void)!btf_c_name(b, id, s);
	(void)!btf_c_datasec(b, id, 1, s);
	for (i = 0; i < _BTF_CORE_MAX; i++)
		if (!btf_core_spec_parse(b, id, i % 2 ? "0:1:0" : "0", i, &spec)) {
			btf_core_spec_text(&spec, s);
			if (btf_core_match(&spec, b, id, &target) > 0)
				btf_core_spec_text(&target, s);
		}
}

static void values(const struct btf *b, uint32_t id, const uint8_t *data, size_t size, struct str *s)
{
	uint8_t copy[256];
	int64_t n = btf_size(b, id);
	struct src src = {.name = "value"};
	struct out o;
	int err;

	str_reset(s);
	out_init(&o, OUT_JSON, false, out_sink_str, s);
	err = btf_value_out(b, id, data, size, &o, NULL);
	if (out_done(&o) || err || n < 0 || n > (int64_t)sizeof(copy))
		goto show;
	src.text = s->s;
	src.len = (uint32_t)s->n;
	(void)!btf_value_parse(b, id, &src, NULL, copy, sizeof(copy));
show:
	str_reset(s);
	(void)!btf_show(b, id, data, size, id % 16, s);
	src.text = (const char *)data;
	src.len = (uint32_t)size;
	(void)!btf_value_parse(b, id, &src, NULL, copy, sizeof(copy));
}

static void dump(const struct btf *b, struct str *s)
{
	struct btf_c_options opt = {0};
	struct out o;

	str_reset(s);
	for btf_each(b, id)
		btf_raw_type(b, id, s);
	str_reset(s);
	out_init(&o, OUT_JSON, false, out_sink_str, s);
	out_array(&o, NULL, OUT_LIST);
	for btf_each(b, id)
		btf_raw_out(b, id, &o);
	out_end(&o);
	(void)!out_done(&o);
	for (opt.unsorted = 0; ; opt.unsorted = 1) {
		str_reset(s);
		(void)!btf_c_header(b, &opt, NULL, s);
		if (opt.unsorted)
			break;
	}
}

static struct btf *copy(const struct btf *b)
{
	struct btf_build *bb = btf_build_new(NULL, 0);
	struct btf *again = NULL;
	uint32_t first;

	must(bb);
	if (!btf_build_append(bb, b, &first) && !btf_build_done(bb, &again))
		must(btf_count(again) == btf_count(b));
	btf_build_free(bb);
	return again;
}

static void lines(const struct btf *b, struct str *s)
{
	str_reset(s);
	for btf_each(b, id)
		btf_raw_type(b, id, s);
}

/* A copy has no odd ends any more (the empty name at another place than 0): its copy is the same. */
static void copy_twice(const struct btf *b, struct str *s)
{
	struct btf *one = copy(b), *two = one ? copy(one) : NULL;
	struct str other;

	str_init(&other, TEXT_MAX);
	if (two) {
		lines(one, s);
		lines(two, &other);
		must(!strcmp(s->s, other.s));
	}
	str_done(&other);
	btf_unref(one);
	btf_unref(two);
}

/* Without what is there twice the kernel takes it still. */
static void dedup(const struct btf *b, bool valid)
{
	struct btf_build *to;
	struct btf *again;
	uint32_t *map;

	if (btf_dedup(b, &to, &map))
		return;
	must(btf_count(btf_build_view(to)) <= btf_count(b));
	if (!btf_build_done(to, &again)) {
		must(!valid || !btf_check(again, NULL));
		btf_unref(again);
	}
	mem_free(map);
	btf_build_free(to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct btf *b;
	struct diag d;
	struct str s;
	bool valid;

	diag_init(&d, 4);
	if (size > INPUT_MAX || btf_read(data, size, NULL, &d, &b)) {
		must(size > INPUT_MAX || diag_failed(&d));
		must(btf_check_bytes(data, MIN(size, (size_t)INPUT_MAX), NULL, NULL, NULL) != 0);
		diag_done(&d);
		return 0;
	}
	str_init(&s, TEXT_MAX);
	valid = !btf_check(b, &d);
	must(valid || diag_failed(&d));
	must(!valid || !btf_shape(b, NULL));
	for btf_each(b, id) {
		ask(b, id, &s);
		values(b, id, data, size, &s);
	}
	dump(b, &s);
	copy_twice(b, &s);
	dedup(b, valid);
	btf_unref(b);
	diag_done(&d);
	str_done(&s);
	return 0;
}
