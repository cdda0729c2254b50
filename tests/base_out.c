/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The writer: the same description in every format, golden; JSON judged by a parser of its own. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "json_check.h"
#include "out_tree.h"
#include "test.h"

typedef void (*describe_fn)(struct out *o);

static void shown(describe_fn describe, enum out_format format, bool color, const char *want)
{
	static char got[16000];
	struct out o;
	struct str s;
	int err;

	str_init(&s, sizeof(got) - 1);
	out_init(&o, format, color, out_sink_str, &s);
	describe(&o);
	err = out_done(&o);
	memcpy(got, s.s, s.n + 1);
	str_done(&s);
	if (test_oom() && err)
		return;
	CHECK_EQ(err, 0);
	CHECK_STR(got, want);
}

static void in_all(describe_fn describe, const char *text, const char *json, const char *pretty,
		   const char *lines)
{
	shown(describe, OUT_TEXT, false, text);
	shown(describe, OUT_JSON, false, json);
	shown(describe, OUT_JSON_PRETTY, false, pretty);
	shown(describe, OUT_JSON_LINES, false, lines);
}

/* ---- objects ---- */

static void an_object(struct out *o)
{
	out_object(o, NULL);
	out_uint(o, "id", UINT64_MAX);
	out_int(o, "offset", INT64_MIN);
	out_str(o, "name", "a map");
	out_bool(o, "pinned", true);
	out_bool(o, "frozen", false);
	out_hex(o, "flags", 0xbeef);
	out_null(o, "btf");
	out_double(o, "ratio", 1.5, 2);
	out_bytes(o, "key", "\x01\xff", 2);
	out_uint_as(o, "size", 4096, "4 KiB");
	out_strn(o, "cut", "0123456789", 3);
	out_text(o, "for people only\n");
	out_end(o);
}

TEST(an_object_in_all_formats)
{
	in_all(an_object,
	       "id      18446744073709551615\n"
	       "offset  -9223372036854775808\n"
	       "name    a map\n"
	       "pinned  yes\n"
	       "frozen  no\n"
	       "flags   0xbeef\n"
	       "btf     -\n"
	       "ratio   1.50\n"
	       "key     01 ff\n"
	       "size    4 KiB\n"
	       "cut     012\n"
	       "for people only\n",
	       "{\"id\":18446744073709551615,\"offset\":-9223372036854775808,\"name\":\"a map\","
	       "\"pinned\":true,\"frozen\":false,\"flags\":\"0xbeef\",\"btf\":null,\"ratio\":1.50,"
	       "\"key\":[\"0x01\",\"0xff\"],\"size\":4096,\"cut\":\"012\"}\n",
	       "{\n    \"id\": 18446744073709551615,\n    \"offset\": -9223372036854775808,\n"
	       "    \"name\": \"a map\",\n    \"pinned\": true,\n    \"frozen\": false,\n"
	       "    \"flags\": \"0xbeef\",\n    \"btf\": null,\n    \"ratio\": 1.50,\n"
	       "    \"key\": [\n        \"0x01\",\n        \"0xff\"\n    ],\n    \"size\": 4096,\n"
	       "    \"cut\": \"012\"\n}\n",
	       "{\"id\":18446744073709551615,\"offset\":-9223372036854775808,\"name\":\"a map\","
	       "\"pinned\":true,\"frozen\":false,\"flags\":\"0xbeef\",\"btf\":null,\"ratio\":1.50,"
	       "\"key\":[\"0x01\",\"0xff\"],\"size\":4096,\"cut\":\"012\"}\n");
}

static void nested(struct out *o)
{
	out_object(o, NULL);
	out_uint(o, "id", 1);
	out_object(o, "inner");
	out_str(o, "a", "x");
	out_str(o, "longer", "y");
	out_array(o, "deep", OUT_LIST);
	out_array(o, NULL, OUT_LIST);
	out_uint(o, NULL, 1);
	out_uint(o, NULL, 2);
	out_end(o);
	out_array(o, NULL, OUT_LIST);
	out_end(o);
	out_end(o);
	out_end(o);
	out_array(o, "empty", OUT_LIST);
	out_end(o);
	out_object(o, "nothing");
	out_end(o);
	out_array(o, "rows", OUT_TABLE);
	out_object(o, NULL);
	out_str(o, "name", "one");
	out_uint(o, "count", 5);
	out_end(o);
	out_end(o);
	out_end(o);
}

TEST(nested_in_all_formats)
{
	in_all(nested,
	       "id     1\n"
	       "inner\n"
	       "  a       x\n"
	       "  longer  y\n"
	       "  deep\n"
	       "    1 2\n"
	       "empty\n"
	       "nothing\n"
	       "rows\n"
	       "  NAME  COUNT\n"
	       "  one       5\n",
	       "{\"id\":1,\"inner\":{\"a\":\"x\",\"longer\":\"y\",\"deep\":[[1,2],[]]},\"empty\":[]"
	       ","
	       "\"nothing\":{},\"rows\":[{\"name\":\"one\",\"count\":5}]}\n",
	       "{\n    \"id\": 1,\n    \"inner\": {\n        \"a\": \"x\",\n        \"longer\": "
	       "\"y\",\n"
	       "        \"deep\": [\n            [\n                1,\n                2\n        "
	       "    ],\n"
	       "            []\n        ]\n    },\n    \"empty\": [],\n    \"nothing\": {},\n"
	       "    \"rows\": [\n        {\n            \"name\": \"one\",\n            \"count\": "
	       "5\n"
	       "        }\n    ]\n}\n",
	       "{\"id\":1,\"inner\":{\"a\":\"x\",\"longer\":\"y\",\"deep\":[[1,2],[]]},\"empty\":[]"
	       ","
	       "\"nothing\":{},\"rows\":[{\"name\":\"one\",\"count\":5}]}\n");
}

/* ---- lists ---- */

static void words(struct out *o)
{
	out_array(o, NULL, OUT_LIST);
	out_str(o, NULL, "a");
	out_uint(o, NULL, 2);
	out_bool(o, NULL, true);
	out_end(o);
}

static void blocks(struct out *o)
{
	int i;

	out_array(o, NULL, OUT_LIST);
	out_text(o, "a heading\n");
	for (i = 1; i <= 2; i++) {
		out_object(o, NULL);
		out_int(o, "id", i);
		out_end(o);
	}
	out_text(o, "the end\n");
	out_end(o);
}

static void mixed(struct out *o)
{
	out_array(o, NULL, OUT_LIST);
	out_uint(o, NULL, 1);
	out_uint(o, NULL, 2);
	out_object(o, NULL);
	out_uint(o, "id", 3);
	out_end(o);
	out_array(o, NULL, OUT_LIST);
	out_uint(o, NULL, 4);
	out_end(o);
	out_uint(o, NULL, 5);
	out_end(o);
}

static void nothing(struct out *o)
{
	(void)o;
}

static void empty_list(struct out *o)
{
	out_array(o, NULL, OUT_LIST);
	out_end(o);
}

static void two_tops(struct out *o)
{
	out_text(o, "%s\n", "first");
	empty_list(o);
	out_uint(o, NULL, 7);
	words(o);
}

TEST(lists_in_all_formats)
{
	in_all(words, "a 2 yes\n", "[\"a\",2,true]\n", "[\n    \"a\",\n    2,\n    true\n]\n",
	       "\"a\"\n2\ntrue\n");
	in_all(blocks, "a heading\n\nid  1\n\nid  2\nthe end\n", "[{\"id\":1},{\"id\":2}]\n",
	       "[\n    {\n        \"id\": 1\n    },\n    {\n        \"id\": 2\n    }\n]\n",
	       "{\"id\":1}\n{\"id\":2}\n");
	in_all(mixed, "1\n2\n\nid  3\n4\n5\n", "[1,2,{\"id\":3},[4],5]\n",
	       "[\n    1,\n    2,\n    {\n        \"id\": 3\n    },\n    [\n        4\n    ],\n    "
	       "5\n]\n",
	       "1\n2\n{\"id\":3}\n[4]\n5\n");
	in_all(nothing, "", "", "", "");
	in_all(empty_list, "", "[]\n", "[]\n", "");
	in_all(two_tops, "first\n7\na 2 yes\n", "[]\n7\n[\"a\",2,true]\n",
	       "[]\n7\n[\n    \"a\",\n    2,\n    true\n]\n", "7\n\"a\"\n2\ntrue\n");
}

/* ---- tables ---- */

static void a_table(struct out *o)
{
	out_array(o, NULL, OUT_TABLE);
	out_object(o, NULL);
	out_uint(o, "id", 5);
	out_str(o, "name", "\xe8\x9c\x82\xe7\xae\xb1"); /* two wide characters */
	out_bytes(o, "key", "\x01\x02", 2);
	out_end(o);
	out_object(o, NULL);
	out_uint(o, "id", 12345);
	out_str(o, "name", "x");
	out_object(o, "info");
	out_uint(o, "a", 1);
	out_str(o, "b", "c");
	out_end(o);
	out_end(o);
	out_text(o, "a remark\n");
	out_str(o, NULL, "not a row");
	out_object_as(o, NULL, "{id}: by a template");
	out_uint(o, "id", 7);
	out_end(o);
	out_object(o, NULL);
	out_str(o, "id", "none"); /* a text makes the column one of texts */
	out_str(o, "name", "y");
	out_end(o);
	out_end(o);
}

TEST(a_table_in_text)
{
	shown(a_table, OUT_TEXT, false,
	      "ID     NAME  KEY    INFO\n"
	      "5      \xe8\x9c\x82\xe7\xae\xb1  01 02  -\n"
	      "12345  x     -      {a=1 b=c}\n"
	      "a remark\n"
	      "not a row\n"
	      "7: by a template\n"
	      "none   y     -      -\n");
	shown(a_table, OUT_JSON, false,
	      "[{\"id\":5,\"name\":\"\xe8\x9c\x82\xe7\xae\xb1\",\"key\":[\"0x01\",\"0x02\"]},"
	      "{\"id\":12345,\"name\":\"x\",\"info\":{\"a\":1,\"b\":\"c\"}},\"not a "
	      "row\",{\"id\":7},"
	      "{\"id\":\"none\",\"name\":\"y\"}]\n");
}

static void numbers_table(struct out *o)
{
	out_array(o, NULL, OUT_TABLE);
	out_object(o, NULL);
	out_uint(o, "n", 5);
	out_hex(o, "flags", 0x10);
	out_end(o);
	out_object(o, NULL);
	out_uint(o, "n", 1000);
	out_end(o);
	out_end(o);
}

TEST(numbers_stand_to_the_right)
{
	shown(numbers_table, OUT_TEXT, false, "   N  FLAGS\n   5   0x10\n1000      -\n");
}

static void many_columns(struct out *o)
{
	char name[16];
	int i;

	out_array(o, NULL, OUT_TABLE);
	out_object(o, NULL);
	for (i = 0; i < 66; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		out_int(o, name, i);
	}
	out_end(o);
	out_end(o);
}

/* What no column is for is not lost. */
TEST(more_columns_than_there_can_be)
{
	char got[4000];
	struct out o;
	struct str s;
	bool all;
	int err;

	str_init(&s, sizeof(got) - 1);
	out_init(&o, OUT_TEXT, false, out_sink_str, &s);
	many_columns(&o);
	err = out_done(&o);
	all = str_has_suffix(s.s, "  63  c64=64  c65=65\n") && strstr(s.s, "C63\n");
	str_done(&s);
	CHECK(test_oom() || (!err && all));
}

enum { ROWS = OUT_TABLE_ROWS };

static void long_table(struct out *o)
{
	int i;

	out_array(o, NULL, OUT_TABLE);
	for (i = 0; i < ROWS + 3; i++) {
		out_object(o, NULL);
		out_int(o, "id", i % 10);
		out_str(o, "name", i < ROWS ? "x" : "longer");
		if (i > ROWS)
			out_int(o, "new", i);
		out_end(o);
	}
	out_end(o);
}

/* A table that is long goes on with the widths it had, and loses no field. */
TEST_WITH(a_table_streams, TEST_NO_OOM)
{
	struct out o;
	struct str s;
	int i;

	str_init(&s, 1 << 20);
	out_init(&o, OUT_TEXT, false, out_sink_str, &s);
	long_table(&o);
	CHECK_EQ(out_done(&o), 0);
	for (i = 0; i < ROWS; i++) /* " 3  x" */
		CHECK(s.s[9 + i * 6] == ' ' && s.s[9 + i * 6 + 1] == '0' + i % 10);
	CHECK(str_has_prefix(s.s, "ID  NAME\n 0  x\n"));
	CHECK_STR(s.s + 9 + ROWS * 6, " 4  longer\n 5  longer  new=1025\n 6  longer  new=1026\n");
	str_done(&s);
}

/* ---- long lists ---- */

struct count {
	uint64_t bytes, lines, chunks, sum;
	size_t largest;
	char last;
};

static int count_sink(void *ctx, const void *bytes, size_t n)
{
	struct count *c = ctx;
	const char *s = bytes;
	size_t i;

	for (i = 0; i < n; i++) {
		c->lines += s[i] == '\n';
		c->sum = c->sum * 31 + (uint8_t)s[i];
	}
	c->bytes += n;
	c->chunks++;
	c->largest = MAX(c->largest, n);
	c->last = n ? s[n - 1] : c->last;
	return 0;
}

enum { MANY = 1000000 };

enum { LITTLE = TEST_SANITIZED ? 400 << 10 : 16 << 10 }; /* KiB */

static void million(describe_fn describe, enum out_format format, struct count *ret_c)
{
	struct rusage before, after;
	struct out o;

	*ret_c = (struct count){0};
	getrusage(RUSAGE_SELF, &before);
	out_init(&o, format, false, count_sink, ret_c);
	describe(&o);
	CHECK_EQ(out_done(&o), 0);
	getrusage(RUSAGE_SELF, &after);
	CHECK(after.ru_maxrss - before.ru_maxrss < LITTLE);
	CHECK(ret_c->largest < 1 << 20);
}

static void million_words(struct out *o)
{
	int i;

	out_array(o, NULL, OUT_LIST);
	for (i = 0; i < MANY; i++)
		out_int(o, NULL, i);
	out_end(o);
}

static void million_rows_as(struct out *o, enum out_layout layout)
{
	int i;

	out_array(o, NULL, layout);
	for (i = 0; i < MANY; i++) {
		out_object(o, NULL);
		out_int(o, "id", i);
		out_str(o, "name", "some name");
		out_end(o);
	}
	out_end(o);
}

static void million_rows(struct out *o)
{
	million_rows_as(o, OUT_TABLE);
}

static void million_blocks(struct out *o)
{
	million_rows_as(o, OUT_LIST);
}

TEST_WITH(a_million_in_little_memory, TEST_SLOW | TEST_NO_OOM | TEST_ALONE)
{
	struct count c;

	million(million_words, OUT_TEXT, &c);
	CHECK_EQ(c.lines, 1);
	CHECK_EQ(c.bytes, 6888890); /* all numbers, and a blank or newline behind each */
	CHECK_EQ(c.last, '\n');
	million(million_words, OUT_JSON, &c);
	CHECK_EQ(c.bytes, 6888890 + 2);
	million(million_words, OUT_JSON_LINES, &c);
	CHECK_EQ(c.lines, MANY);
	million(million_rows, OUT_TEXT, &c);
	CHECK_EQ(c.lines, MANY + 1);
	million(million_blocks, OUT_TEXT, &c);
	CHECK_EQ(c.lines, 3 * MANY - 1);
	million(million_rows, OUT_JSON_LINES, &c);
	CHECK_EQ(c.lines, MANY);
}

static void words_then_block(struct out *o)
{
	int i;

	out_array(o, NULL, OUT_LIST);
	for (i = 0; i < ROWS + 1; i++)
		out_uint(o, NULL, 1);
	out_object(o, NULL);
	out_uint(o, "id", 2);
	out_end(o);
	out_uint(o, NULL, 3);
	out_end(o);
}

TEST_WITH(a_long_line_ends_before_a_block, TEST_NO_OOM)
{
	struct out o;
	struct str s;

	str_init(&s, 1 << 20);
	out_init(&o, OUT_TEXT, false, out_sink_str, &s);
	words_then_block(&o);
	CHECK_EQ(out_done(&o), 0);
	CHECK_STR(s.s + 2 * ROWS, "1\n\nid  2\n3\n");
	str_done(&s);
}

/* Values of any length come out whole: in objects, lists and tables. */
static void long_value(describe_fn describe, size_t least)
{
	struct count c = {0};
	struct out o;
	int err;

	out_init(&o, OUT_TEXT, false, count_sink, &c);
	describe(&o);
	err = out_done(&o);
	CHECK(test_oom() || !err);
	CHECK(err || c.bytes >= least);
}

static void long_texts(struct out *o)
{
	static char text[100000];

	memset(text, 't', sizeof(text));
	out_object(o, NULL);
	out_strn(o, "text", text, sizeof(text));
	out_bytes(o, "bytes", text, sizeof(text) / 10);
	out_end(o);
	out_array(o, NULL, OUT_TABLE);
	out_object(o, NULL);
	out_strn(o, "text", text, sizeof(text));
	out_end(o);
	out_end(o);
}

TEST_WITH(long_values_are_whole, TEST_NO_OOM)
{
	long_value(long_texts, 100000 + 30000 + 100000);
}

/* ---- templates, colours ---- */

static void templates(struct out *o)
{
	out_object_as(o, NULL, "{id}: {type}{name|  name %}{nosuch|  never %}{tag|  has a tag}!");
	out_uint(o, "id", 5);
	out_str(o, "type", "hash");
	out_str(o, "name", "x");
	out_bytes(o, "tag", "\x01\x02", 2);
	out_end(o);
	out_object_as(o, NULL, "[{a:4}|{a:>4}|{a:1}|{none:3}|{none:3|x}|{b:>5|<%>}]");
	out_str(o, "a", "\xe8\x9c\x82");
	out_uint(o, "b", 12);
	out_end(o);
	out_object_as(o, NULL, "");
	out_end(o);
}

TEST(templates_are_filled)
{
	shown(templates, OUT_TEXT, false,
	      "5: hash  name x  has a tag!\n"
	      "[\xe8\x9c\x82  |  \xe8\x9c\x82|\xe8\x9c\x82|   ||<   12>]\n"
	      "\n");
	shown(templates, OUT_JSON, false,
	      "{\"id\":5,\"type\":\"hash\",\"name\":\"x\",\"tag\":[\"0x01\",\"0x02\"]}\n"
	      "{\"a\":\"\xe8\x9c\x82\",\"b\":12}\n{}\n");
}

static void colored(struct out *o)
{
	out_array(o, NULL, OUT_TABLE);
	out_object(o, NULL);
	out_str_color(o, "state", "ok", OUT_GREEN);
	out_uint(o, "n", 1);
	out_end(o);
	out_object(o, NULL);
	out_str_color(o, "state", "failed", OUT_RED);
	out_uint(o, "n", 22);
	out_end(o);
	out_end(o);
	out_str_color(o, NULL, "plain", OUT_NO_COLOR);
}

TEST(colors_do_not_count_as_columns)
{
	shown(colored, OUT_TEXT, true,
	      "\033[1mSTATE    N\033[0m\n"
	      "\033[32mok    \033[0m   1\n"
	      "\033[31mfailed\033[0m  22\n"
	      "plain\n");
	shown(colored, OUT_TEXT, false, "STATE    N\nok       1\nfailed  22\nplain\n");
	shown(colored, OUT_JSON, true,
	      "[{\"state\":\"ok\",\"n\":1},{\"state\":\"failed\",\"n\":22}]\n\"plain\"\n");
}

/* ---- hostile texts ---- */

static void hostile(struct out *o)
{
	out_object(o, NULL);
	out_str(o, "esc\x1b[2J", "a\x1b[31m\"b\\\n\t\x7f");
	out_strn(o, "nul", "a\0b", 3);
	out_str(o, "bad", "\xff\xc3\xa9\xed\xa0\x80.");
	out_str(o, "turn", "\xe2\x80\xae");
	out_end(o);
}

TEST(hostile_texts)
{
	shown(hostile, OUT_TEXT, false,
	      "esc\\x1b[2J  a\\x1b[31m\"b\\\\x0a\\x09\\x7f\n"
	      "nul         a\\x00b\n"
	      "bad         \\xff\xc3\xa9\\xed\\xa0\\x80.\n"
	      "turn        \\xe2\\x80\\xae\n");
	shown(hostile, OUT_JSON, false,
	      "{\"esc\\u001b[2J\":\"a\\u001b[31m\\\"b\\\\\\n\\t\\u007f\",\"nul\":\"a\\u0000b\","
	      "\"bad\":\"\\ufffd\xc3\xa9\\ufffd\\ufffd\\ufffd.\",\"turn\":\"\xe2\x80\xae\"}\n");
}

static void odd_doubles(struct out *o)
{
	volatile double zero = 0;

	out_array(o, NULL, OUT_LIST);
	out_double(o, NULL, zero / zero, 2);
	out_double(o, NULL, 1 / zero, 2);
	out_double(o, NULL, -0.0, 1);
	out_double(o, NULL, 1.0 / 3, -5);
	out_double(o, NULL, 0.1, 99);
	out_end(o);
}

TEST(odd_doubles_are_json)
{
	shown(odd_doubles, OUT_JSON, false, "[null,null,-0.0,0,0.10000000000000001]\n");
}

static void huge_double(struct out *o)
{
	out_double(o, NULL, -1.7976931348623157e308, 17);
}

TEST(the_longest_number)
{
	char got[512];
	struct out o;
	struct str s;
	bool right;
	int err;

	str_init(&s, sizeof(got) - 1);
	out_init(&o, OUT_JSON, false, out_sink_str, &s);
	huge_double(&o);
	err = out_done(&o);
	right = s.n == 1 + 309 + 1 + 17 + 1 && json_valid(s.s, s.n);
	str_done(&s);
	CHECK(test_oom() || (!err && right));
}

/* ---- failures ---- */

static int failing_sink(void *ctx, const void *bytes, size_t n)
{
	int *left = ctx;

	(void)bytes, (void)n;
	return (*left)-- > 0 ? 0 : -EPIPE;
}

TEST_WITH(a_failing_sink_sticks, TEST_NO_OOM)
{
	static const enum out_format formats[] = {OUT_TEXT, OUT_JSON, OUT_JSON_PRETTY,
						  OUT_JSON_LINES};
	struct out o;
	size_t i;
	int left, k;

	for (i = 0; i < ARRAY_LEN(formats); i++) {
		left = 1;
		out_init(&o, formats[i], false, failing_sink, &left);
		out_array(&o, NULL, OUT_TABLE);
		for (k = 0; k < 100000; k++) {
			out_object(&o, NULL);
			out_int(&o, "id", k);
			out_end(&o);
		}
		/* not ended: after a failure nobody counts */
		CHECK_EQ(out_flush(&o), -EPIPE);
		CHECK_EQ(left, -1); /* it is not asked again */
		CHECK_EQ(out_done(&o), -EPIPE);
	}
}

TEST_WITH(fd_sink, TEST_NO_OOM)
{
	struct out o;
	int fd = open("/dev/full", O_WRONLY);

	CHECK(fd >= 0);
	out_init(&o, OUT_JSON, false, out_sink_fd, (void *)(intptr_t)fd);
	an_object(&o);
	CHECK_EQ(out_done(&o), -ENOSPC);
	close(fd);
	out_init(&o, OUT_JSON, false, out_sink_fd, (void *)(intptr_t)-1);
	an_object(&o);
	CHECK_EQ(out_done(&o), -EBADF);
}

static int nest(enum out_format format, int depth, bool arrays)
{
	struct count c = {0};
	struct out o;
	int i;

	out_init(&o, format, false, count_sink, &c);
	for (i = 0; i < depth; i++) {
		if (arrays)
			out_array(&o, NULL, i & 1 ? OUT_TABLE : OUT_LIST);
		else
			out_object(&o, i ? "o" : NULL);
	}
	for (i = 0; i < depth; i++)
		out_end(&o);
	return out_done(&o);
}

TEST(deep_nesting)
{
	int format, err, over;

	for (format = OUT_TEXT; format <= OUT_JSON_LINES; format++) {
		err = nest((enum out_format)format, OUT_DEPTH_MAX, format & 1);
		over = nest((enum out_format)format, OUT_DEPTH_MAX + 1, format & 1);
		if (test_oom())
			continue;
		CHECK_EQ(err, 0);
		CHECK_EQ(over, -E2BIG);
	}
}

/* More than may be held back is an error that says so, not one of missing memory. */
TEST_WITH(too_much_to_hold_back, TEST_NO_OOM | TEST_SLOW)
{
	static char text[1 << 20];
	struct count c = {0};
	struct out o;
	int i;

	memset(text, 't', sizeof(text));
	out_init(&o, OUT_TEXT, false, count_sink, &c);
	out_object(&o, NULL);
	for (i = 0; i < 300; i++)
		out_strn(&o, "text", text, sizeof(text));
	CHECK_EQ(out_done(&o), -E2BIG);
}

/* ---- random trees ---- */

/* Blanks outside of strings, taken out. */
static void squeeze(struct str *s)
{
	bool quoted = false;
	size_t i, n = 0;

	for (i = 0; i < s->n; i++) {
		char c = s->s[i];

		if (quoted && c == '\\') {
			s->s[n++] = s->s[i++];
			c = s->s[i];
		} else if (c == '"') {
			quoted = !quoted;
		}
		if (quoted || (c != ' ' && c != '\n'))
			s->s[n++] = c;
	}
	str_cut(s, n);
}

static bool clean_text(const struct str *s)
{
	size_t at = 0, len;
	uint32_t c;

	for (; at < s->n; at += len) {
		len = utf8_len(s->s + at, s->n - at, &c);
		if (!len || (c != '\n' && c < 0x20) || (c >= 0x7f && c < 0xa0))
			return false;
	}
	return true;
}

static const char *check_tree(const uint8_t *bytes, size_t n)
{
	struct str s[4];
	struct out o;
	const char *wrong = NULL;
	int i, err = 0;

	for (i = 0; i < 4; i++) {
		str_init(&s[i], 16 << 20);
		out_init(&o, (enum out_format)i, false, out_sink_str, &s[i]);
		tree_grow(&o, bytes, n);
		err = out_done(&o) ? -1 : err;
	}
	if (err)
		wrong = test_oom() ? NULL : "an error";
	else if (!clean_text(&s[OUT_TEXT]))
		wrong = "the text would control a terminal";
	else if (!json_stream(s[OUT_JSON].s, s[OUT_JSON].n, true))
		wrong = "the JSON is none";
	else if (!json_stream(s[OUT_JSON_PRETTY].s, s[OUT_JSON_PRETTY].n, false))
		wrong = "the indented JSON is none";
	else if (!json_stream(s[OUT_JSON_LINES].s, s[OUT_JSON_LINES].n, true))
		wrong = "the lines are not JSON";
	squeeze(&s[OUT_JSON]);
	squeeze(&s[OUT_JSON_PRETTY]);
	if (!err && !wrong && strcmp(s[OUT_JSON].s, s[OUT_JSON_PRETTY].s))
		wrong = "JSON and indented JSON differ";
	for (i = 0; i < 4; i++)
		str_done(&s[i]);
	return wrong;
}

TEST(random_trees)
{
	uint8_t bytes[3000];
	uint64_t seed = test_seed();
	const char *wrong;
	size_t n, i;
	int round;

	for (round = 0; round < 300; round++) {
		n = test_random(&seed) % (round % 10 ? 60 : sizeof(bytes));
		for (i = 0; i < n; i++)
			bytes[i] = (uint8_t)test_random(&seed);
		wrong = check_tree(bytes, n);
		if (wrong)
			FAIL("tree %d: %s", round, wrong);
	}
}

/* ---- the judge ---- */

TEST(the_judge_is_strict)
{
	static const char *const good[] = {
		"0",
		"-0",
		"1.5e+3",
		"[]",
		" { \"a\" : [ 1 , null ] } ",
		"\"\\u00e9\\n\xc3\xa9\"",
		"\"\x7f\"",
	};
	static const char *const bad[] = {
		"",
		"01",
		"+1",
		"1.",
		".5",
		"1e",
		"-",
		"nul",
		"True",
		"[1,]",
		"[,]",
		"{\"a\":1,}",
		"{1:2}",
		"{\"a\" 1}",
		"\"",
		"\"\\x\"",
		"\"\\u12g4\"",
		"\"\n\"",
		"\"\xff\"",
		"\"\xed\xa0\x80\"",
		"\"\xc0\x80\"",
		"[1",
		"1 2",
		"[1]]",
		"NaN",
		"'a'",
		"\"\\\"",
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(good); i++)
		if (!json_valid(good[i], strlen(good[i])))
			FAIL("refused: %s", good[i]);
	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (json_valid(bad[i], strlen(bad[i])))
			FAIL("taken: %s", bad[i]);
}
