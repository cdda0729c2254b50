/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Positions in texts, and how diagnostics look: as text for people, and as data. */
#include <stdio.h>

#include "test.h"

/* ---- positions ---- */

/* From the definition: a character at a time. */
static struct src_pos slow_locate(const char *s, uint32_t len, uint32_t at)
{
	struct src_pos p = {1, 1, 0, 0};
	uint32_t i;

	at = MIN(at, len);
	for (i = 0; i < at; i++) {
		p.column++;
		if (s[i] == '\n')
			p = (struct src_pos){p.line + 1, 1, i + 1, 0};
	}
	for (p.end = p.begin; p.end < len && s[p.end] != '\n'; p.end++)
		;
	if (p.end > p.begin && s[p.end - 1] == '\r')
		p.end--;
	return p;
}

TEST(positions)
{
	static const char alphabet[] = "a\n\rb\n";
	char text[12];
	uint64_t seed = test_seed();
	uint32_t len, at, i;
	int round;

	for (round = 0; round < 3000; round++) {
		struct src src = {"x", text, 0};

		len = src.len = (uint32_t)(test_random(&seed) % sizeof(text));
		for (i = 0; i < len; i++)
			text[i] = alphabet[test_random(&seed) % (sizeof(alphabet) - 1)];
		for (at = 0; at <= len + 2; at++) {
			struct src_pos got = src_locate(&src, at),
				       want = slow_locate(text, len, at);

			CHECK_EQ(got.line, want.line);
			CHECK_EQ(got.column, want.column);
			CHECK_EQ(got.begin, want.begin);
			CHECK_EQ(got.end, want.end);
		}
	}
}

/* ---- rendered ---- */

static void rendered(struct diag *d, enum diag_style style, const char *want)
{
	char got[8000];
	struct str s;

	str_init(&s, sizeof(got) - 1);
	diag_render(d, style, &s);
	memcpy(got, s.s, s.n + 1);
	str_done(&s);
	diag_done(d);
	if (!test_oom())
		CHECK_STR(got, want);
}

/* One error at bytes [at, at + len) of a text called t. */
static void error_in(const char *text, size_t n, uint32_t at, uint32_t len, const char *want)
{
	struct src src = {"t", text, (uint32_t)n};
	struct diag d;

	diag_init(&d, 10);
	diag_error(&d, "id", diag_text(&src, at, len), "bad");
	rendered(&d, DIAG_PLAIN, want);
}

#define ERROR_IN(text, at, len, want) error_in(text, sizeof(text) - 1, at, len, want)

TEST(caret)
{
	ERROR_IN("one\ntwo three\nfour\n", 8, 5,
		 "t:2:5: error: bad [id]\n"
		 "    2 | two three\n"
		 "      |     ^~~~~\n");
	ERROR_IN("word", 0, 4, "t:1:1: error: bad [id]\n    1 | word\n      | ^~~~\n");
	ERROR_IN("word", 0, 1, "t:1:1: error: bad [id]\n    1 | word\n      | ^\n");
	ERROR_IN("word", 2, 0, "t:1:3: error: bad [id]\n    1 | word\n      |   ^\n");
}

TEST(span_past_the_line)
{
	ERROR_IN("one\ntwo\n", 1, 6, "t:1:2: error: bad [id]\n    1 | one\n      |  ^~\n");
	ERROR_IN("one", 1, UINT32_MAX, "t:1:2: error: bad [id]\n    1 | one\n      |  ^~\n");
}

TEST(end_of_file)
{
	ERROR_IN("one", 3, 0, "t:1:4: error: bad [id]\n    1 | one\n      |    ^\n");
	ERROR_IN("one\n", 4, 1, "t:2:1: error: bad [id]\n    2 | \n      | ^\n");
	ERROR_IN("one\n", 3, 1, "t:1:4: error: bad [id]\n    1 | one\n      |    ^\n");
	ERROR_IN("one", 1000, 7, "t:1:4: error: bad [id]\n    1 | one\n      |    ^\n");
	ERROR_IN("", 0, 0, "t:1:1: error: bad [id]\n    1 | \n      | ^\n");
	error_in(NULL, 0, 0, 0, "t:1:1: error: bad [id]\n    1 | \n      | ^\n");
}

TEST(crlf)
{
	ERROR_IN("one\r\ntwo\r\n", 5, 3, "t:2:1: error: bad [id]\n    2 | two\n      | ^~~\n");
	ERROR_IN("one\r\ntwo\r\n", 3, 2, "t:1:4: error: bad [id]\n    1 | one\n      |    ^\n");
	ERROR_IN("a\rb c", 4, 1, "t:1:5: error: bad [id]\n    1 | a.b c\n      |     ^\n");
}

TEST(tabs_stay)
{
	ERROR_IN("\tr1 =\tr11", 6, 3,
		 "t:1:7: error: bad [id]\n    1 | \tr1 =\tr11\n      | \t    \t^~~\n");
}

TEST(utf8)
{
	/* an e acute is one column, a combining one none, a Chinese character two */
	ERROR_IN("h\xc3\xa9 x", 4, 1,
		 "t:1:5: error: bad [id]\n    1 | h\xc3\xa9 x\n      |    ^\n");
	ERROR_IN("e\xcc\x81 x", 4, 1, "t:1:5: error: bad [id]\n    1 | e\xcc\x81 x\n      |   ^\n");
	ERROR_IN("\xe8\x9c\x82 \xe7\xae\xb1!", 4, 3,
		 "t:1:5: error: bad [id]\n    1 | \xe8\x9c\x82 \xe7\xae\xb1!\n      |    ^~\n");
	ERROR_IN("\xe8\x9c", 1, 1, "t:1:2: error: bad [id]\n    1 | ..\n      |  ^\n");
}

TEST(control_bytes)
{
	ERROR_IN("a\x1b[31mb\x07\x7f\xc2\x9b"
		 "2Jc\xff x",
		 15, 1,
		 "t:1:16: error: bad [id]\n    1 | a.[31mb...2Jc. x\n      |               ^\n");
	ERROR_IN("ab\0cd", 3, 2, "t:1:4: error: bad [id]\n    1 | ab.cd\n      |    ^~\n");
	ERROR_IN("\x01\x02\x03", 0, 3, "t:1:1: error: bad [id]\n    1 | ...\n      | ^~~\n");
	/* what turns the direction of the text around would show another program than there is */
	ERROR_IN("a\xe2\x80\xae"
		 "b\xe2\x81\xa6"
		 "c",
		 4, 1, "t:1:5: error: bad [id]\n    1 | a.b.c\n      |   ^\n");
}

TEST(hostile_names_and_texts)
{
	struct src src = {"na\x1b[2Jme\n", "x", 1};
	struct diag d;

	diag_init(&d, 10);
	diag_error(&d, "id", diag_text(&src, 0, 1), "says '%s'", "\x1b]0;title\x07");
	diag_note(&d, diag_file("\xff/f\x1b"), "%s",
		  "\x9b"
		  "1m");
	rendered(&d, DIAG_PLAIN,
		 "na.[2Jme.:1:1: error: says '.]0;title.' [id]\n"
		 "    1 | x\n"
		 "      | ^\n"
		 "./f.: note: .1m\n");
}

static void long_line(uint32_t at, const char *want)
{
	static char text[1001];
	int i;

	for (i = 0; i < 1000; i++)
		text[i] = (char)('0' + i / 10 % 10);
	error_in(text, 1000, at, 3, want);
}

TEST(long_lines)
{
	long_line(0, "t:1:1: error: bad [id]\n    1 | "
		     "00000000001111111111222222222233333333334444444444555555555566666666667777777"
		     "7778888888888999999...\n"
		     "      | ^~~\n");
	long_line(500, "t:1:501: error: bad [id]\n    1 | ..."
		       "555555556666666666777777777788888888889999999999000000000011111111112222222"
		       "222333333333344444444...\n"
		       "      |                                                    ^~~\n");
	long_line(999, "t:1:1000: error: bad [id]\n    1 | ..."
		       "5555555556666666666777777777788888888889999999999\n"
		       "      |                                                    ^\n");
}

/* The window's ends do not cut through characters. */
TEST(long_lines_of_wide_characters)
{
#define FIVE    "\xe8\x9c\x82\xe8\x9c\x82\xe8\x9c\x82\xe8\x9c\x82\xe8\x9c\x82"
#define FIFTEEN FIVE FIVE FIVE
#define HUNDRED FIFTEEN FIFTEEN FIFTEEN FIFTEEN FIFTEEN FIFTEEN FIVE FIVE
	/* 48 bytes to either side end within a character */
	ERROR_IN(HUNDRED "abc" HUNDRED, 302, 1,
		 "t:1:303: error: bad [id]\n"
		 "    1 | ..." FIFTEEN "abc" FIFTEEN "...\n"
		 "      |                                    ^\n");
}

TEST(large_line_numbers)
{
	static char text[200000];
	struct src src = {"t", text, sizeof(text)};
	struct diag d;

	memset(text, '\n', sizeof(text));
	text[199990] = 'x';
	diag_init(&d, 10);
	diag_error(&d, "id", diag_text(&src, 199990, 1), "bad");
	diag_note(&d, DIAG_NONE, "so it is");
	rendered(&d, DIAG_PLAIN,
		 "t:199991:1: error: bad [id]\n"
		 "199991 | x\n"
		 "       | ^\n"
		 "       | so it is\n");
}

TEST(all_places)
{
	struct src src = {"-", "r1 = r11\n", 9};
	struct diag d;

	diag_init(&d, 10);
	diag_error(&d, "a.b", DIAG_NONE, "of the command line");
	diag_note(&d, DIAG_NONE, "see '%s'", "help");
	diag_error(&d, "c", diag_offset("f.o", 4096), "in bytes");
	diag_note(&d, diag_file("g.o"), "in another file");
	diag_error(&d, "d", diag_pc("main", 17), "in a program");
	diag_note(&d, diag_pc("main", 3), "it was set here");
	diag_warn(&d, "e", diag_file("f.o"), "of a file");
	diag_error(&d, "f", diag_text(&src, 5, 3), "in stdin");
	diag_note(&d, DIAG_NONE, "the last one is r10");
	diag_note(&d, diag_text(&src, 0, 2), "r1 is here");
	diag_error(&d, "g", diag_pc(NULL, 0), "no name");
	rendered(&d, DIAG_PLAIN,
		 "skep: error: of the command line\n"
		 "  see 'help'\n"
		 "f.o: byte 4096: error: in bytes [c]\n"
		 "g.o: note: in another file\n"
		 "main: insn 17: error: in a program [d]\n"
		 "main: insn 3: note: it was set here\n"
		 "f.o: warning: of a file [e]\n"
		 "<stdin>:1:6: error: in stdin [f]\n"
		 "    1 | r1 = r11\n"
		 "      |      ^~~\n"
		 "      | the last one is r10\n"
		 "<stdin>:1:1: note: r1 is here\n"
		 "    1 | r1 = r11\n"
		 "      | ^~\n"
		 "?: insn 0: error: no name [g]\n");
}

TEST(notes_in_other_texts)
{
	struct src a = {"a.h", "#define X 1\n", 12}, b = {"b.c", "X;\n", 3};
	struct diag d;

	diag_init(&d, 10);
	diag_warn(&d, "w", diag_text(&b, 0, 1), "no effect");
	diag_note(&d, diag_text(&a, 8, 1), "defined here");
	rendered(&d, DIAG_PLAIN,
		 "b.c:1:1: warning: no effect [w]\n"
		 "    1 | X;\n"
		 "      | ^\n"
		 "a.h:1:9: note: defined here\n"
		 "    1 | #define X 1\n"
		 "      |         ^\n");
}

TEST(fixes)
{
	struct src src = {"t", "\tr1 = r11\n", 10};
	static char wide[301];
	struct src far = {"w", wide, 300};
	struct diag d;

	memset(wide, 'w', 300);
	diag_init(&d, 10);
	diag_error(&d, "id", diag_text(&src, 6, 3), "bad");
	diag_fix(&d, diag_text(&src, 6, 3), "r10", "write this");
	diag_fix(&d, diag_text(&src, 1, 0), "if (x)\n\tgoto y", "or %s", "that");
	diag_fix(&d, diag_text(&far, 250, 5), "x", "far to the right");
	rendered(&d, DIAG_PLAIN,
		 "t:1:7: error: bad [id]\n"
		 "    1 | \tr1 = r11\n"
		 "      | \t     ^~~\n"
		 "t:1:7: note: write this\n"
		 "    1 | \tr1 = r11\n"
		 "      | \t     ^~~\n"
		 "      | \t     r10\n"
		 "t:1:2: note: or that\n"
		 "    1 | \tr1 = r11\n"
		 "      | \t^\n"
		 "      | \tif (x)\n"
		 "      | \t\tgoto y\n"
		 "w:1:251: note: far to the right\n"
		 "    1 | "
		 "..."
		 "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww"
		 "wwwwwwwwwwwwwww...\n"
		 "      |                                                    ^~~~~\n"
		 "      |                                                    x\n");
}

TEST(colors)
{
	struct src src = {"t", "x", 1};
	struct diag d;

	diag_init(&d, 10);
	diag_error(&d, "id", diag_text(&src, 0, 1), "bad");
	diag_warn(&d, "w", DIAG_NONE, "odd");
	rendered(&d, DIAG_COLOR,
		 "\033[1mt:1:1:\033[0m \033[1;31merror:\033[0m bad [id]\n"
		 "\033[1;34m    1 |\033[0m x\n"
		 "\033[1;34m      |\033[0m \033[1;31m^\033[0m\n"
		 "\033[1mskep:\033[0m \033[1;33mwarning:\033[0m odd\n");
}

/* ---- the sink ---- */

TEST(no_sink_is_fine)
{
	CHECK_EQ(diag_error(NULL, "id", DIAG_NONE, "x"), -EINVAL);
	diag_warn(NULL, "id", DIAG_NONE, "x");
	diag_note(NULL, DIAG_NONE, "x");
	diag_fix(NULL, DIAG_NONE, "y", "x");
}

TEST(counts_what_it_does_not_keep)
{
	struct diag d;
	int i;

	diag_init(&d, 2);
	diag_note(&d, DIAG_NONE, "belongs to nothing");
	for (i = 1; i <= 4; i++) {
		diag_error(&d, "id", DIAG_NONE, "error %d", i);
		diag_note(&d, DIAG_NONE, "note %d", i);
	}
	diag_warn(&d, "id", DIAG_NONE, "warning");
	CHECK(diag_failed(&d));
	CHECK_EQ(d.count[DIAG_ERROR], 4);
	CHECK_EQ(d.count[DIAG_WARNING], 1);
	rendered(&d, DIAG_PLAIN,
		 "skep: error: error 1\n  note 1\nskep: error: error 2\n  note 2\n"
		 "skep: 3 more messages are not shown\n");
	diag_init(&d, 0);
	diag_error(&d, "id", DIAG_NONE, "x");
	rendered(&d, DIAG_PLAIN, "skep: 1 more message is not shown\n");
}

TEST(names_are_copied)
{
	struct diag d;
	char name[8] = "f.o";

	diag_init(&d, 2);
	diag_error(&d, "id", diag_file(name), "bad");
	memset(name, 'x', sizeof(name) - 1);
	rendered(&d, DIAG_PLAIN, "f.o: error: bad [id]\n");
}

TEST(huge_messages_are_counted)
{
	struct diag d;
	uint32_t errors, kept;

	diag_init(&d, 2);
	diag_error(&d, "id", DIAG_NONE, "%09000000d", 1);
	errors = d.count[DIAG_ERROR];
	kept = d.kept;
	diag_note(&d, DIAG_NONE, "dropped with it");
	diag_done(&d);
	CHECK_EQ(errors, 1);
	CHECK_EQ(kept, 0);
}

/* ---- as data ---- */

static void as_json(struct diag *d, const char *want)
{
	char got[4000];
	struct out o;
	struct str s;
	int err;

	str_init(&s, sizeof(got) - 1);
	out_init(&o, OUT_JSON, false, out_sink_str, &s);
	diag_out(d, &o, NULL);
	err = out_done(&o);
	memcpy(got, s.s, s.n + 1);
	str_done(&s);
	diag_done(d);
	if (test_oom())
		return;
	CHECK_EQ(err, 0);
	CHECK_STR(got, want);
}

TEST(json)
{
	struct src src = {"a.s", "one\ntwo\n", 8};
	struct diag d;

	diag_init(&d, 4);
	diag_error(&d, "a.b", diag_text(&src, 4, 3), "\"bad\" %s", "\xff");
	diag_fix(&d, diag_text(&src, 4, 3), "three", "count on");
	diag_note(&d, DIAG_NONE, "really");
	diag_warn(&d, "w", diag_offset("f.o", 7), "odd");
	diag_error(&d, "p", diag_pc("main", 9), "no");
	diag_error(&d, "f", diag_file(NULL), "nameless");
	diag_error(&d, "f", DIAG_NONE, "one too many");
	as_json(&d,
		"[{\"severity\":\"error\",\"id\":\"a.b\",\"file\":\"a.s\",\"line\":2,\"column\":1,"
		"\"length\":3,\"message\":\"\\\"bad\\\" "
		"\\ufffd\",\"notes\":[{\"file\":\"a.s\",\"line\":2,"
		"\"column\":1,\"length\":3,\"message\":\"count on\",\"fix\":\"three\"},"
		"{\"message\":\"really\"}]},"
		"{\"severity\":\"warning\",\"id\":\"w\",\"file\":\"f.o\",\"offset\":7,\"message\":"
		"\"odd\"},"
		"{\"severity\":\"error\",\"id\":\"p\",\"program\":\"main\",\"pc\":9,\"message\":"
		"\"no\"},"
		"{\"severity\":\"error\",\"id\":\"f\",\"file\":\"\",\"message\":\"nameless\"},"
		"{\"severity\":\"note\",\"id\":\"diag.dropped\","
		"\"message\":\"1 more message is not shown\"}]\n");
	diag_init(&d, 4);
	as_json(&d, "[]\n");
}
