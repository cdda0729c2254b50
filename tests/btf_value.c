/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Values as JSON and from JSON. Referee: bpftool's dump of a map that has the sample's type. */
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "btf_sample.h"
#include "test.h"

static int dump(const struct btf *b, uint32_t id, const void *data, size_t n, struct str *s)
{
	struct out o;
	int err, end;

	str_reset(s);
	out_init(&o, OUT_JSON, false, out_sink_str, s);
	err = btf_value_out(b, id, data, n, &o, NULL);
	end = out_done(&o);
	return err ? err : end;
}

/* Parses; what is said of a fault goes to `said`. */
static int parse(const struct btf *b, uint32_t id, const char *json, void *data, size_t n,
		 struct str *said)
{
	struct src src = {.name = "value", .text = json, .len = (uint32_t)strlen(json)};
	struct diag d;
	int err;

	diag_init(&d, 4);
	err = btf_value_parse(b, id, &src, &d, data, n);
	str_reset(said);
	if (d.first)
		str_addf(said, "%u+%u %s%s%s", d.first->where.span.at, d.first->where.span.len,
			 d.first->text, d.first->note ? " / " : "",
			 d.first->note ? d.first->note->text : "");
	CHECK(!err || diag_failed(&d) || test_oom());
	diag_done(&d);
	return err;
}

static const char whole[] =
	"{\"a\":-7,\"name\":\"hey\",\"lo\":\"0x5\",\"hi\":\"0x9\",\"color\":\"GREEN\",\"next\":4660,"
	"\"\":{\"wide\":4607182418800017408,\"real\":1.000000},\"big\":\"LESS\",\"flag\":true,"
	"\"call\":0,\"tail\":[]}\n";

static void fill(uint8_t data[72])
{
	int32_t a = -7, color = 2;
	int64_t big = -2;
	uint64_t next = 0x1234;
	double real = 1.0;

	memset(data, 0, 72);
	memcpy(data, &a, 4);
	memcpy(data + 4, "hey", 3);
	data[12] = 5 | 9 << 3;
	memcpy(data + 16, &color, 4);
	memcpy(data + 24, &next, 8);
	memcpy(data + 32, &real, 8);
	memcpy(data + 40, &big, 8);
	data[48] = 1;
}

TEST(there_and_back)
{
	struct btf *b = btf_sample();
	uint32_t all = b ? btf_find(b, "all", BTF_STRUCTS) : 0;
	uint8_t data[72], again[72];
	struct str s, said;

	if (!b)
		return;
	str_init(&s, 1 << 16);
	str_init(&said, 1 << 12);
	fill(data);
	if (!dump(b, all, data, sizeof(data), &s)) {
		CHECK_STR(s.s, whole);
		if (parse(b, all, s.s, again, sizeof(again), &said) && !test_oom())
			FAIL("%s", said.s);
		if (!test_oom())
			CHECK_MEM(again, data, sizeof(data));
	}
	CHECK_EQ(dump(b, all, data, 71, &s), -EFAULT);
	str_done(&s);
	str_done(&said);
	btf_unref(b);
}

TEST(what_people_write)
{
	struct btf *b = btf_sample();
	uint32_t all = b ? btf_find(b, "all", BTF_STRUCTS) : 0;
	uint8_t data[72], want[72] = {0};
	struct str said;

	if (!b)
		return;
	str_init(&said, 1 << 12);
	memset(data, 0xff, sizeof(data));
	if (!parse(b, all, "{}", data, 72, &said))
		CHECK_MEM(data, want, 72);
	want[0] = 0x10;
	memcpy(want + 4, "abcdefgh", 8);
	want[16] = 1;
	if (!parse(b, all, "{\"color\": \"RED\", \"a\": 0x10, \"name\": \"abcdefgh\"}", data, 72, &said))
		CHECK_MEM(data, want, 72);
	if (!parse(b, all, "[\"0x10\", [97, \"b\", 0x63, \"d\", 101, 102, 103, 104], 0, 0, 1]", data, 72,
		   &said))
		CHECK_MEM(data, want, 72);
	if (!parse(b, btf_find(b, "u64", BTF_ANY), "[1, 2, \"0x03\"]", data, 8, &said))
		CHECK(test_oom());
	if (!parse(b, btf_find(b, "u64", BTF_ANY), "[\"0x01\",2,3,4,5,6,7,8]", data, 8, &said))
		CHECK_MEM(data, "\1\2\3\4\5\6\7\10", 8);
	str_done(&said);
	btf_unref(b);
}

TEST(what_cannot_be)
{
	static const struct { const char *json, *said; } cases[] = {
		{"{\"nam\": 1}", "1+5 struct all has no field 'nam' / did you mean 'name'?"},
		{"{\"a\": \"x\"}", "6+3 expected a whole number for int"},
		{"{\"a\": 5000000000}", "6+10 5000000000 does not fit into 32 bits"},
		{"{\"lo\": 8}", "7+1 8 does not fit into 3 bits"},
		{"{\"lo\": -1}", "7+2 -1 does not fit into 3 bits without a sign"},
		{"{\"color\": \"GREN\"}", "10+6 enum color has no value 'GREN' / did you mean 'GREEN'?"},
		{"{\"name\": \"much too long\"}",
		 "9+15 the text has 13 bytes, more than the 8 of the array"},
		{"{\"name\": [1,2,3,4,5,6,7,8,9]}", "26+1 the array has only 8 elements"},
		{"{\"a\": {}}", "6+1 expected a number for int"},
		{"{\"tail\": [1]}", "10+1 the array has only 0 elements"},
		{"{\"a\": 1", "6+1 the JSON ends before it is whole"},
		{"[1,\"x\",0,0,0,null,{},0,0,0,[],1]", "30+1 the struct has only 11 fields"},
		{"{} 1", "3+1 expected nothing more"},
		{"\"x\"", "0+3 expected an object for struct all"},
	};
	struct btf *b = btf_sample();
	uint32_t all = b ? btf_find(b, "all", BTF_STRUCTS) : 0;
	uint8_t data[72];
	struct str said;
	size_t i;

	if (!b)
		return;
	str_init(&said, 1 << 12);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		CHECK(parse(b, all, cases[i].json, data, 72, &said) < 0);
		if (!test_oom())
			CHECK_STR(said.s, cases[i].said);
	}
	CHECK_EQ(parse(b, all, "{}", data, 71, &said), -EINVAL);
	CHECK_EQ(parse(b, 0, "{}", data, 72, &said), -EINVAL);
	str_done(&said);
	btf_unref(b);
}

/* ---- bpftool ---- */

static int bpf(int cmd, union bpf_attr *a)
{
	int ret = (int)syscall(SYS_bpf, cmd, a, sizeof(*a));

	return ret < 0 ? -errno : ret;
}

static int load_btf(const struct str *s)
{
	union bpf_attr a = {0};

	a.btf = (uintptr_t)s->s;
	a.btf_size = (uint32_t)s->n;
	return bpf(BPF_BTF_LOAD, &a);
}

static int make_map(int btf, uint32_t key, uint32_t value)
{
	union bpf_attr a = {0};

	a.map_type = BPF_MAP_TYPE_ARRAY;
	a.key_size = 4;
	a.value_size = 72;
	a.max_entries = 1;
	a.btf_fd = (uint32_t)btf;
	a.btf_key_type_id = key;
	a.btf_value_type_id = value;
	return bpf(BPF_MAP_CREATE, &a);
}

static uint32_t map_id(int map)
{
	struct bpf_map_info info = {0};
	union bpf_attr a = {0};

	a.info.bpf_fd = (uint32_t)map;
	a.info.info = (uintptr_t)&info;
	a.info.info_len = sizeof(info);
	CHECK_EQ(bpf(BPF_OBJ_GET_INFO_BY_FD, &a), 0);
	return info.id;
}

static void set(int map, void *data)
{
	union bpf_attr a = {0};
	uint32_t key = 0;

	a.map_fd = (uint32_t)map;
	a.key = (uintptr_t)&key;
	a.value = (uintptr_t)data;
	CHECK_EQ(bpf(BPF_MAP_UPDATE_ELEM, &a), 0);
}

TEST_WITH(as_bpftool_dumps_it, TEST_NO_OOM)
{
	const char *why = test_bpf_missing();
	struct btf *b = btf_sample();
	uint32_t all = btf_find(b, "all", BTF_STRUCTS);
	uint64_t state = test_seed();
	char id[16];
	const char *argv[] = {"/usr/sbin/bpftool", "-j", "map", "dump", "id", id, NULL};
	struct str bytes, want, got;
	int btf, map, i, k;

	if (why || access(argv[0], X_OK))
		SKIP("%s", why ? why : "no bpftool");
	btf_sample_bytes(&bytes);
	btf = load_btf(&bytes);
	map = make_map(btf, btf_find(b, "int", BTF_ANY), all);
	CHECK(map >= 0);
	snprintf(id, sizeof(id), "%u", map_id(map));
	str_init(&want, 1 << 16);
	str_init(&got, 1 << 16);
	for (i = 0; i < 40; i++) {
		uint8_t data[72];
		const char *p;

		fill(data);
		for (k = 0; k < 72 && i; k++)
			if (k < 32 || k >= 40) /* bpftool 7.1 cannot dump floats */
				data[k] = test_random(&state) % 3 ? data[k] : (uint8_t)test_random(&state);
		data[19] &= 0x7f; /* bpftool shows all enums with a sign */
		data[15] = data[14] = data[13] = 0;
		set(map, data);
		str_reset(&want);
		test_spawn(argv, NULL, 0, &want, NULL);
		CHECK_EQ(dump(b, all, data, sizeof(data), &got), 0);
		/* up to the union with the float, where bpftool gives up */
		p = strstr(want.s, "\"formatted\":{\"key\":0,\"value\":");
		CHECK(p);
		p += strlen("\"formatted\":{\"key\":0,\"value\":");
		str_cut(&got, (size_t)(strstr(got.s, "\"real\"") - got.s));
		if (strncmp(p, got.s, got.n))
			FAIL("bpftool: %.*s\nwe:      %s", (int)got.n, p, got.s);
	}
	close(map);
	close(btf);
	btf_unref(b);
	str_done(&bytes);
	str_done(&want);
	str_done(&got);
}
