/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The abi tables against the uapi header: every number and name it has is ours, whatever its age.
 * The header is read as text, so that the same test holds for a new one; that it is also included
 * shows that its names and those of abi.h do not clash.
 */
#include <linux/bpf.h>
#include <linux/netfilter.h>
#include <linux/pkt_cls.h>
#include <stdio.h>
#include <stdlib.h>

#include "abi/abi.h"
#include "test.h"

_Static_assert(BPF_PROG_TYPE_XDP == (int)ABI_PROG_XDP, "program types");
_Static_assert(BPF_MAP_TYPE_RINGBUF == (int)ABI_MAP_RINGBUF, "map types");
_Static_assert(BPF_TRACE_ITER == (int)ABI_ATTACH_TRACE_ITER, "attach types");
_Static_assert(BPF_LINK_TYPE_NETNS == (int)ABI_LINK_NETNS, "link types");
_Static_assert(BPF_LINK_UPDATE == (int)ABI_CMD_LINK_UPDATE, "commands");
_Static_assert(BPF_FUNC_ringbuf_output == (int)ABI_HELPER_ringbuf_output, "helpers");
_Static_assert(BPF_F_MMAPABLE == (int)ABI_F_MAP_MMAPABLE, "flags");

static char header[1 << 20];

/* Without comments. */
static void read_header(void)
{
	static const char path[] = "/usr/include/linux/bpf.h";
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		SKIP("needs %s", path);
	n = fread(header, 1, sizeof header - 1, f);
	fclose(f);
	header[n] = 0;
	CHECK(n > 1000 && n < sizeof header - 1);
	for (char *at = header; (at = strstr(at, "/*"));) {
		char *end = strstr(at, "*/");

		CHECK(end);
		memset(at, ' ', (size_t)(end + 2 - at));
	}
}

static size_t word_length(const char *s)
{
	size_t n = 0;

	while ((s[n] >= 'A' && s[n] <= 'Z') || (s[n] >= 'a' && s[n] <= 'z') ||
	       (s[n] >= '0' && s[n] <= '9') || s[n] == '_')
		n++;
	return n;
}

/* Walks `enum NAME { A, B = 3, ... };`, and tells each; the number of names. */
static unsigned walk_enum(const char *name,
			  void (*tell)(const char *word, size_t len, unsigned value))
{
	char start[64];
	const char *at;
	unsigned n = 0, value = 0;

	snprintf(start, sizeof start, "enum %s {", name);
	at = strstr(header, start);
	if (!at)
		return 0;
	for (at += strlen(start); *(at += strspn(at, " \t\n,")) != '}';) {
		size_t len = word_length(at);
		const char *word = at;

		CHECK(len);
		at += len;
		at += strspn(at, " \t\n");
		if (*at == '=') {
			char *end;
			unsigned long given = strtoul(at + 1, &end, 0);

			at += strcspn(at, ",}");
			if (end + strspn(end, " \t\n") != at)
				continue; /* = OTHER: another name of the one before */
			value = (unsigned)given;
		}
		tell(word, len, value++);
		n++;
	}
	return n;
}

static void check_id(const char *word, size_t len, const void *row, unsigned id, unsigned value)
{
	if (len < 8 || !memcmp(word, "__", 2) || !memcmp(word, "MAX_", 4) ||
	    !memcmp(word + len - 7, "_UNSPEC", 7))
		return;
	if (!row)
		FAIL("%.*s is not in our table", (int)len, word);
	if (id != value)
		FAIL("%.*s is %u, not %u", (int)len, word, value, id);
}

#define TELL(kind, find)                                                                           \
	static void tell_##kind(const char *word, size_t len, unsigned value)                      \
	{                                                                                          \
		const struct abi_##kind##_type *row = find(word, len);                             \
		check_id(word, len, row, row ? row->id : 0, value);                                \
	}
TELL(prog, abi_prog_type_by_name)
TELL(map, abi_map_type_by_name)
TELL(attach, abi_attach_type_by_name)
TELL(link, abi_link_type_by_name)
TELL(cmd, abi_cmd_type_by_name)

TEST(abi_uapi_ids)
{
	read_header();
	CHECK(walk_enum("bpf_prog_type", tell_prog) > 20);
	CHECK(walk_enum("bpf_map_type", tell_map) > 20);
	CHECK(walk_enum("bpf_attach_type", tell_attach) > 20);
	CHECK(walk_enum("bpf_link_type", tell_link) > 5);
	CHECK(walk_enum("bpf_cmd", tell_cmd) > 20);
}

/* A macro's lines end in a backslash but the last. */
static const char *end_of_macro(const char *at)
{
	for (; (at = strchr(at, '\n')); at++) {
		const char *last = at;

		while (last[-1] == ' ' || last[-1] == '\t')
			last--;
		if (last[-1] != '\\')
			return at;
	}
	FAIL("a macro without end");
}

/* The helpers are FN(name), one after the other, or FN(name, id, ...). */
TEST(abi_uapi_helpers)
{
	const char *at, *end;
	unsigned id = 0;

	read_header();
	at = strstr(header, "_BPF_FUNC_MAPPER(FN");
	CHECK(at);
	end = end_of_macro(at);
	at = strstr(at + 20, "FN(");
	for (; at && at < end; at = strstr(at, "FN(")) {
		const char *name = at + 3;
		size_t len = word_length(name);
		const char *after = name + len + strspn(name + len, " ");
		const struct abi_helper *h = abi_helper_by_name(name, len);

		if (*after == ',')
			id = (unsigned)strtoul(after + 1, NULL, 10);
		if (id && (!h || h->id != id))
			FAIL("helper %u is %.*s", id, (int)len, name);
		id++;
		at = after;
	}
	CHECK(id > 150);
}

/* #define BPF_F_NAME (1U << n), and enumerators of that form, by the name alone: in any family. */
TEST(abi_uapi_flags)
{
	const struct abi_flag *f;
	unsigned found = 0;

	read_header();
	for (size_t i = 0; (f = abi_flag(i)); i++) {
		const char *at = header;
		size_t len = strlen(f->name);

		for (; (at = strstr(at, f->name)); at += len) {
			const char *value = at + len + strspn(at + len, " \t=");

			if (word_length(at) != len ||
			    (*value != '(' && !(*value >= '0' && *value <= '9')))
				continue;
			if (*value == '(') {
				CHECK_EQ(value[1], '1');
				if (!strstr(value, "<<") ||
				    strstr(value, "<<") > strchr(value, ')'))
					continue;
				value = strstr(value, "<<") + 2;
				CHECK_EQ(strtoul(value, NULL, 10), f->bit);
			} else {
				CHECK_EQ(strtoul(value, NULL, 10), 1UL << f->bit);
			}
			found++;
		}
	}
	CHECK(found > 25);
}

TEST(abi_uapi_verdicts)
{
	static const struct { const char *name; int32_t value; } verdicts[] = {
#define VERDICT(progs, value, NAME) {#NAME, NAME},
#define VERDICT_WORD(progs, value, word) {#word, value},
#include "abi/verdict.def"
	};
	static const int32_t ours[] = {
#define VERDICT(progs, value, NAME) (value),
#include "abi/verdict.def"
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(verdicts); i++)
		if (verdicts[i].value != ours[i])
			FAIL("%s is %d, not %d", verdicts[i].name, verdicts[i].value, ours[i]);
	CHECK_STR(abi_verdict(ABI_PROG_XDP, 2), "XDP_PASS");
	CHECK_STR(abi_verdict(ABI_PROG_SCHED_CLS, -1), "TC_ACT_UNSPEC");
	CHECK_STR(abi_verdict(ABI_PROG_SOCKET_FILTER, 0), "drop");
	CHECK(!abi_verdict(ABI_PROG_XDP, 5));
	CHECK(!abi_verdict(ABI_PROG_KPROBE, 0));
}
