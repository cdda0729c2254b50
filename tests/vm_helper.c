/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The cases of tests/helper: what helpers answer, recorded from the kernel (--bless), and checked
 * on every engine of ours and, where there is bpf(2), on the kernel again.
 *
 *	==== title
 *	prog: syscall	or tc, xdp, lwt, cgroup_skb, raw_tp (default: syscall)
 *	str: NAME text	a string in read-only memory, \n \t \\ \0 and \xNN in it: `r1 = NAME ll`
 *	map: NAME TYPE KEY VALUE MAX [lock|timer|work|res_lock|graph]	`r1 = NAME ll` is the map
 *			a map of maps has the map before it as its template and element 0
 *	set: NAME KEY VALUE	what user space puts into a map
 *	feed: NAME text		the record that is in a user ring buffer
 *	show: words	how `out` is shown: words, text or hex (default)
 *	kernel: no, WHY	only ours
 *	-- asm		`r1 = out ll` is a map's value of 1024 bytes, which begins as zeros
 *	-- data		the packet, or the context: hex (a packet of 64 bytes, or none)
 *	-- result	r0, as a signed 32-bit number
 *	-- out		what is in `out` then
 *	-- after	the packet, or the context, then
 */
#include <stdio.h>
#include <stdlib.h>

#include "test.h"
#include "vm_helper.h"

enum { STRINGS_MAX = 4096, STRINGS = 64 };

struct built {
	struct helper_case c;
	struct {
		const char *name;
		size_t len, at;
	} string[STRINGS];
	size_t strings;
	char text[STRINGS_MAX];
	size_t text_n;
	uint8_t data[HELPER_DATA_MAX];
};

static const uint8_t tcp[64] = {
	2,    0,    0,    0,   0, 1,   2,    0,   0,   0,   0,    2,    8,    0, /* eth */
	0x45, 0,    0,    50,  0, 1,   0x40, 0,   64,  6,   0xb7, 0xc3, 192,  0,    2,
	1,    198,  51,   100, 7, /* ip */
	0x30, 0x39, 0,    80,  0, 0,   0,    1,   0,   0,   0,    2,    0x50, 0x10, 0x20,
	0,    0x12, 0x34, 0,   0, 'h', 'e',  'l', 'l', 'o', ' ',  'w',  'o',  'r', /* tcp */
};

static size_t unescape(const char *s, char *to)
{
	size_t n = 0;

	for (; *s; s++) {
		if (*s != '\\') {
			to[n++] = *s;
			continue;
		}
		s++;
		if (*s == 'x') {
			to[n++] = (char)strtoul((const char[]){s[1], s[2], 0}, NULL, 16);
			s += 2;
		} else {
			to[n++] = *s == 'n' ? '\n' : *s == 't' ? '\t' : *s == '0' ? '\0' : *s;
		}
	}
	to[n++] = '\0';
	return n;
}

static void add_string(struct built *b, const char *value)
{
	size_t len = strcspn(value, " ");

	if (b->strings == STRINGS || b->text_n + strlen(value) + 1 > STRINGS_MAX)
		FAIL("too many strings");
	b->string[b->strings].name = value;
	b->string[b->strings].len = len;
	b->string[b->strings++].at = b->text_n;
	b->text_n += unescape(value + len + (value[len] == ' '), b->text + b->text_n);
}

static void add_map(struct built *b, const char *value)
{
	static const struct {
		const char *name;
		uint32_t type;
	} types[] = {{"hash", MAP_TYPE_HASH},
		     {"array", MAP_TYPE_ARRAY},
		     {"ringbuf", MAP_TYPE_RINGBUF},
		     {"queue", MAP_TYPE_QUEUE},
		     {"stack", MAP_TYPE_STACK},
		     {"lpm", MAP_TYPE_LPM_TRIE},
		     {"percpu_array", MAP_TYPE_PERCPU_ARRAY},
		     {"lru_hash", MAP_TYPE_LRU_HASH},
		     {"percpu_hash", MAP_TYPE_PERCPU_HASH},
		     {"bloom", MAP_TYPE_BLOOM_FILTER},
		     {"user_ringbuf", MAP_TYPE_USER_RINGBUF},
		     {"devmap", MAP_TYPE_DEVMAP},
		     {"devmap_hash", MAP_TYPE_DEVMAP_HASH},
		     {"cpumap", MAP_TYPE_CPUMAP},
		     {"cgroup_array", MAP_TYPE_CGROUP_ARRAY},
		     {"events", MAP_TYPE_PERF_EVENT_ARRAY},
		     {"array_of_maps", MAP_TYPE_ARRAY_OF_MAPS},
		     {"hash_of_maps", MAP_TYPE_HASH_OF_MAPS}};
	static const struct {
		const char *name;
		enum helper_value holds;
	} holding[] = {
		{"", HELPER_PLAIN},    {"lock", HELPER_LOCK},         {"timer", HELPER_TIMER},
		{"work", HELPER_WORK}, {"res_lock", HELPER_RES_LOCK}, {"graph", HELPER_GRAPH}};
	struct helper_map *m = &b->c.map[b->c.maps++];
	char type[16], holds[16] = "";
	size_t i;

	if (sscanf(value, "%15s %15s %u %u %u %15s", m->name, type, &m->key_size, &m->value_size,
		   &m->max_entries, holds) < 5)
		FAIL("map: %s", value);
	for (i = 0; i < ARRAY_LEN(types) && strcmp(types[i].name, type); i++)
		;
	if (i == ARRAY_LEN(types))
		FAIL("map type %s", type);
	m->type = types[i].type;
	for (i = 0; i < ARRAY_LEN(holding) && strcmp(holding[i].name, holds); i++)
		;
	if (i == ARRAY_LEN(holding))
		FAIL("values hold %s", holds);
	m->holds = holding[i].holds;
	if (m->type == MAP_TYPE_LPM_TRIE)
		m->flags = MAP_F_NO_PREALLOC;
	if (m->type == MAP_TYPE_ARRAY_OF_MAPS || m->type == MAP_TYPE_HASH_OF_MAPS)
		m->inner = b->c.maps - 2;
}

static struct helper_map *map_called(struct built *b, const char *name)
{
	uint32_t i;

	for (i = 0; i < b->c.maps; i++)
		if (!strcmp(b->c.map[i].name, name))
			return &b->c.map[i];
	FAIL("no map %s", name);
}

static void add_set(struct built *b, const char *value)
{
	uint32_t key, to;
	struct helper_map *m;
	char name[16];

	if (sscanf(value, "%15s %u %u", name, &key, &to) != 3)
		FAIL("set: %s", value);
	m = map_called(b, name);
	if (m->sets == ARRAY_LEN(m->set))
		FAIL("too much is set");
	m->set[m->sets].key = key;
	m->set[m->sets++].value = to;
}

static void add_feed(struct built *b, const char *value)
{
	char name[16];

	if (sscanf(value, "%15s", name) != 1 || !strchr(value, ' '))
		FAIL("feed: %s", value);
	map_called(b, name)->feed = strchr(value, ' ') + 1;
}

static bool is(const char *name, size_t len, const char *s, size_t n)
{
	return len == n && !memcmp(name, s, n);
}

static int find_name(void *ctx, bool call, const char *name, size_t len, struct isa_named *ret)
{
	struct built *b = ctx;
	size_t i;

	for (i = 0; !call && i < b->strings; i++) {
		if (is(name, len, b->string[i].name, b->string[i].len)) {
			*ret = (struct isa_named){.src = 2,
						  .imm = (int64_t)(b->string[i].at << 32 | 1)};
			return 0;
		}
	}
	return helper_name(&b->c, call, name, len, ret);
}

static uint32_t prog_type(const struct test_case *t)
{
	static const struct {
		const char *name;
		uint32_t type;
	} types[] = {{"syscall", 31}, {"tc", 3},      {"xdp", 6},
		     {"lwt", 10},     {"raw_tp", 17}, {"cgroup_skb", 8}};
	const char *name = case_header(t, "prog");
	size_t i;

	for (i = 0; i < ARRAY_LEN(types); i++)
		if (!strcmp(types[i].name, name ? name : "syscall"))
			return types[i].type;
	FAIL("prog: %s", name);
}

static void build(const struct test_case *t, struct built *b, struct isa_code *ret_code)
{
	struct isa_names names = {.ctx = b, .find = find_name};
	struct isa_asm how = {.names = &names};
	const struct test_section *data = case_find(t, "data");
	const char *text = case_body(t, "asm");
	struct src src = {"program", text, (uint32_t)strlen(text)};
	struct str why;
	struct diag d;
	size_t i;

	helper_case_init(&b->c, prog_type(t));
	b->c.verified = true; /* by the kernel */
	b->c.map[b->c.maps++] = (struct helper_map){.name = "rodata",
						    .type = MAP_TYPE_ARRAY,
						    .key_size = 4,
						    .value_size = STRINGS_MAX,
						    .max_entries = 1,
						    .flags = MAP_F_RDONLY_PROG,
						    .init = b->text};
	for (i = 0; i < t->headers; i++) {
		if (!strcmp(t->header[i].key, "str"))
			add_string(b, t->header[i].value);
		if (!strcmp(t->header[i].key, "map"))
			add_map(b, t->header[i].value);
		if (!strcmp(t->header[i].key, "set"))
			add_set(b, t->header[i].value);
		if (!strcmp(t->header[i].key, "feed"))
			add_feed(b, t->header[i].value);
	}
	b->c.data = b->data;
	if (data && num_parse_hex(data->body, data->len, b->data, sizeof(b->data), &b->c.data_n))
		test_fail(t->file, data->line, "the data is not in hex");
	if (!data && b->c.prog_type == 17)
		b->c.data_n = 40;
	if (!data && b->c.prog_type != 31 && b->c.prog_type != 17) {
		memcpy(b->data, tcp, sizeof(tcp));
		b->c.data_n = sizeof(tcp);
	}
	diag_init(&d, 5);
	if (isa_assemble(&src, &how, &d, ret_code) && !test_oom()) {
		str_init(&why, 4096);
		diag_render(&d, DIAG_PLAIN, &why);
		test_fail(t->file, t->line, "%s", why.s);
	}
	diag_done(&d);
	b->c.insn = ret_code->at;
	b->c.insns = ret_code->n;
}

/* ---- showing ---- */

static size_t used(const uint8_t *p, size_t n)
{
	while (n && !p[n - 1])
		n--;
	return n;
}

static void add_hex(struct str *s, const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		str_addf(s, "%02x%c", p[i], i % 16 == 15 || i + 1 == n ? '\n' : ' ');
}

static void add_text(struct str *s, const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && p[i]; i++) {
		if (p[i] == '\n')
			str_add(s, "\\n");
		else if (p[i] < ' ' || p[i] > '~')
			str_addf(s, "\\x%02x", p[i]);
		else
			str_addc(s, (char)p[i]);
	}
	str_add(s, "$\n");
}

static void show_out(const struct test_case *t, const struct helper_result *r, struct str *s)
{
	const char *show = case_header(t, "show");
	size_t i, n = used(r->out, sizeof(r->out));
	int64_t word;

	if (show && !strcmp(show, "text")) {
		add_text(s, r->out, sizeof(r->out));
	} else if (show && !strcmp(show, "words")) {
		for (i = 0; i < n; i += 8) {
			memcpy(&word, r->out + i, 8);
			str_addf(s, "%lld\n", (long long)word);
		}
	} else {
		add_hex(s, r->out, n);
	}
}

/* What is compared: the sections a case has. */
struct shown {
	struct str result, out, after;
};

static void show(const struct test_case *t, const struct helper_result *r, struct shown *s)
{
	str_init(&s->result, 64);
	str_init(&s->out, 1 << 14);
	str_init(&s->after, 1 << 20);
	str_addf(&s->result, "%d\n", (int32_t)r->r0);
	show_out(t, r, &s->out);
	add_hex(&s->after, r->data, r->data_n);
}

static void shown_done(struct shown *s)
{
	str_done(&s->result);
	str_done(&s->out);
	str_done(&s->after);
}

/* Ours must be as the kernel's, when that has been asked; what is recorded is the kernel's. */
static void expect_one(const struct test_case *t, const char *section, const struct str *got,
		       const struct str *kernel)
{
	if (!case_find(t, section))
		return;
	if (kernel)
		CHECK_STR(got->s, kernel->s);
	else
		case_expect(t, section, got->s);
}

static void expect(const struct test_case *t, const char *who, const struct helper_result *r,
		   const struct shown *kernel, struct shown *ret_shown)
{
	test_note("%s", who);
	if (r->err)
		test_fail(t->file, t->line, "%d: %s", r->err, r->log.s);
	show(t, r, ret_shown);
	expect_one(t, "result", &ret_shown->result, kernel ? &kernel->result : NULL);
	expect_one(t, "out", &ret_shown->out, kernel ? &kernel->out : NULL);
	expect_one(t, "after", &ret_shown->after, kernel ? &kernel->after : NULL);
}

static void helper_test(struct test_case *t)
{
	static const char *const engine_name[] = {"checked", "fast", "traced", "jit"};
	static const enum vm_engine engines[] = {VM_CHECKED, VM_FAST, VM_JIT};
	static struct built b;
	struct shown kernel, ours;
	bool asked = !case_header(t, "kernel") && !test_oom() && !helper_no_referee();
	struct isa_code code = {0};
	struct helper_result *r;
	size_t i;

	memset(&b, 0, sizeof(b));
	build(t, &b, &code);
	if (asked) {
		r = helper_result_new();
		helper_run_kernel(&b.c, r);
		expect(t, "the kernel", r, NULL, &kernel);
		helper_result_free(r);
	}
	for (i = 0; i < ARRAY_LEN(engines); i++) {
		r = helper_result_new();
		helper_run_ours(&b.c, engines[i], NULL, r);
		if (!test_oom()) {
			expect(t, engine_name[engines[i]], r, asked ? &kernel : NULL, &ours);
			shown_done(&ours);
		}
		helper_result_free(r);
	}
	if (asked)
		shown_done(&kernel);
	isa_code_done(&code);
}

KIND("helper", ".t", helper_test)
