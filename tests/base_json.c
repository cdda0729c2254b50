/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reading JSON: tokens, places of faults, and what the writer writes. */
#include <stdio.h>

#include "test.h"

/* The tokens of a text, a letter each, with the text of those that have one; a fault is its message. */
static void tokens(const char *text, struct str *s)
{
	static const char letters[] = ".{}[]ksntfz";
	struct src src = {.name = "test", .text = text, .len = (uint32_t)strlen(text)};
	struct json j;
	struct diag d;
	int kind;

	diag_init(&d, 4);
	json_init(&j, &src, &d);
	while ((kind = json_next(&j)) > 0) {
		str_addc(s, letters[kind]);
		if (kind == JSON_KEY || kind == JSON_STRING || kind == JSON_NUMBER)
			str_addf(s, "(%s)", j.text.s);
	}
	if (kind < 0 && d.first)
		str_addf(s, "!%u+%u %s", d.first->where.span.at, d.first->where.span.len,
			 d.first->text);
	CHECK(kind >= 0 || test_oom() || (kind == -EINVAL && d.count[DIAG_ERROR] == 1));
	CHECK(json_next(&j) == kind); /* and so it stays */
	json_done(&j);
	diag_done(&d);
}

TEST(what_is_read)
{
	static const struct { const char *text, *want; } cases[] = {
		{"12", "n(12)"},
		{" {} ", "{}"},
		{"[ ]", "[]"},
		{"[1, -2.5e+3,\"x\", true,false , null]", "[n(1)n(-2.5e+3)s(x)tfz]"},
		{"{\"a\": {\"b\": [1]}, \"c\": 0x1F}", "{k(a){k(b)[n(1)]}k(c)n(0x1F)}"},
		{"\"\\u00e9\\ud83d\\ude00\\n\\\"\\/\"", "s(\xc3\xa9\xf0\x9f\x98\x80\n\"/)"},
		{"", "!0+0 the JSON ends before it is whole"},
		{"[1,", "[n(1)!2+1 the JSON ends before it is whole"},
		{"[1,]", "[n(1)!3+1 expected a value"},
		{"[1 2]", "[n(1)!3+1 expected ',' or ']'"},
		{"{\"a\" 1}", "{!5+1 expected ':' behind the name of a field"},
		{"{a: 1}", "{!1+1 expected the name of a field, in quotes"},
		{"{\"a\":1,}", "{k(a)n(1)!7+1 expected the name of a field, in quotes"},
		{"[1}", "[n(1)!2+1 expected ',' or ']'"},
		{"1 1", "n(1)!2+1 expected nothing more"},
		{"01", "!0+2 is neither a number nor true, false or null"},
		{"1.", "!0+2 is neither a number nor true, false or null"},
		{"nul", "!0+3 is neither a number nor true, false or null"},
		{"\"abc", "!0+1 this string does not end"},
		{"\"a\nb\"", "!2+1 a string cannot have this character: escape it"},
		{"\"\\x\"", "!1+2 is no escape that JSON has"},
		{"\"a\xff\"", "!2+1 is not UTF-8"},
		{"\"\\ud800\"", "!3+4 is half a character"},
		{"\"\\u12g4\"", "!5+1 expected four hex digits behind \\u"},
		{"}", "!0+1 expected a value"},
	};
	struct str s;
	size_t i;

	str_init(&s, 4096);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		str_reset(&s);
		tokens(cases[i].text, &s);
		if (!test_oom())
			CHECK_STR(s.s, cases[i].want);
	}
	str_done(&s);
}

TEST(deep)
{
	struct str s, out;

	str_init(&s, 4096);
	str_init(&out, 4096);
	str_pad(&s, '[', JSON_DEPTH_MAX);
	str_pad(&s, ']', JSON_DEPTH_MAX);
	tokens(s.s, &out);
	if (!test_oom())
		CHECK_STR(out.s, s.s);
	str_reset(&s);
	str_reset(&out);
	str_pad(&s, '[', JSON_DEPTH_MAX + 1);
	tokens(s.s, &out);
	if (!test_oom())
		CHECK(strstr(out.s, "is nested too deep"));
	str_done(&s);
	str_done(&out);
}

TEST(skipped)
{
	const char *text = "{\"a\": [1, {\"b\": []}], \"c\": 2}";
	struct src src = {.name = "test", .text = text, .len = (uint32_t)strlen(text)};
	struct json j;

	json_init(&j, &src, NULL);
	CHECK_EQ(json_next(&j), JSON_OBJECT);
	if (json_next(&j) == JSON_KEY && !json_skip(&j, json_next(&j))) {
		if (json_next(&j) == JSON_KEY) {
			CHECK_STR(j.text.s, "c");
			CHECK_EQ(json_skip(&j, json_next(&j)), test_oom() ? j.err : 0);
			CHECK(test_oom() || json_next(&j) == JSON_OBJECT_END);
		}
	} else {
		CHECK(test_oom());
	}
	json_done(&j);
}

/* All the writer writes is read, and what it was made of comes back. */
TEST_WITH(what_the_writer_writes, TEST_NO_OOM)
{
	uint64_t state = test_seed();
	int i, k;

	for (i = 0; i < 500; i++) {
		uint8_t bytes[200];
		struct str s;
		struct out o;
		struct src src = {.name = "test"};
		struct json j;

		for (k = 0; k < (int)sizeof(bytes); k++)
			bytes[k] = (uint8_t)test_random(&state);
		str_init(&s, 1 << 20);
		out_init(&o, i % 2 ? OUT_JSON : OUT_JSON_PRETTY, false, out_sink_str, &s);
		out_array(&o, NULL, OUT_LIST);
		out_strn(&o, NULL, (char *)bytes, 20);
		out_bytes(&o, NULL, bytes, 5);
		out_end(&o);
		CHECK_EQ(out_done(&o), 0);
		src.text = s.s;
		src.len = (uint32_t)s.n;
		json_init(&j, &src, NULL);
		CHECK_EQ(json_next(&j), JSON_ARRAY);
		CHECK_EQ(json_skip(&j, JSON_ARRAY), 0);
		CHECK_EQ(json_next(&j), JSON_END);
		json_done(&j);
		str_done(&s);
	}
}
