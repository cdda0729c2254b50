/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's own tests of its machine as our referee: lib/test_bpf.c, whose tables
 * tests/referee/fetch.sh has put into the cache. Every program gives the value that stands there, on
 * every engine: eBPF as it is, classic filters translated, tail calls through a map.
 *
 * What the kernel's harness does is done here: a packet with known marks, one more fragment of data for
 * some, no context or plain memory for others, the tail calls' markers replaced.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "map/map.h"
#include "test.h"
#include "vm/vm.h"

enum { NO_DATA = 1, EXPECTED_FAIL = 2, FRAGMENT = 4, LARGE_MEM = 16 }; /* test.aux */
enum { NEED_STATE = 1, RESULT_IN_STATE = 2 };			      /* a tail call test's flags */
enum { KIND_EBPF, KIND_CLASSIC, KIND_TAIL };
enum { DATA = 128, RESULTS_MAX = 3, TAILS_MAX = 64, FILE_MAX = 256 << 20, RUNS = 1000 };

struct head { /* as tests/referee/test_bpf.c writes it */
	uint8_t kind, aux;
	uint16_t name;
	int32_t err, stack;
	uint32_t insns, results;
};

struct result {
	int32_t len;
	uint32_t value;
};

struct referee {
	struct head h;
	char name[256];
	const void *insns; /* borrowed from the file, as is all below; 8 bytes each, any alignment */
	const uint8_t *data, *fragment;
	struct result result[RESULTS_MAX];
};

/* ---- the file ---- */

/* What goes wrong is noted, up to SHOWN_MAX, and the rest of the tests still run. */
enum { SHOWN_MAX = 30 };
static unsigned wrongs;

struct tests {
	struct file file;
	size_t at;
};

/* The next n bytes of the file. */
static const void *take(struct tests *t, size_t n)
{
	const uint8_t *p = (const uint8_t *)t->file.data + t->at;

	if (n > t->file.size - t->at)
		FAIL("the tables end in the middle: fetch them again");
	t->at += n;
	return p;
}

static void open_tests(struct tests *t)
{
	const char *cache = getenv("SKEP_CACHE"), *home = getenv("HOME"), *xdg = getenv("XDG_CACHE_HOME");
	const uint32_t magic[2] = {0x42544b53, 1};
	char path[4096];

	if (cache)
		snprintf(path, sizeof(path), "%s/test_bpf/tables", cache);
	else if (xdg)
		snprintf(path, sizeof(path), "%s/skep/test_bpf/tables", xdg);
	else
		snprintf(path, sizeof(path), "%s/.cache/skep/test_bpf/tables", home ? home : "");
	*t = (struct tests){0};
	wrongs = 0;
	if (file_read(path, FILE_MAX, NULL, &t->file))
		SKIP("no tables of lib/test_bpf.c in the cache: tests/referee/fetch.sh fetches them");
	CHECK_MEM(take(t, sizeof(magic)), magic, sizeof(magic));
}

static bool next_test(struct tests *t, struct referee *r)
{
	if (t->at == t->file.size)
		return false;
	memcpy(&r->h, take(t, sizeof(r->h)), sizeof(r->h));
	CHECK(r->h.name < sizeof(r->name) && r->h.results <= RESULTS_MAX);
	memset(r->name, 0, sizeof(r->name));
	memcpy(r->name, take(t, r->h.name), r->h.name);
	r->insns = take(t, (size_t)r->h.insns * 8);
	r->data = take(t, DATA);
	r->fragment = take(t, DATA);
	memcpy(r->result, take(t, r->h.results * sizeof(r->result[0])),
	       r->h.results * sizeof(r->result[0]));
	return true;
}

static void close_tests(struct tests *t)
{
	file_done(&t->file);
}

/* ---- engines ---- */

static const struct variant {
	const char *name;
	enum vm_engine engine;
	bool unmetered, blind;
} variants[] = {
	{"checked", VM_CHECKED, false, false},	    {"fast", VM_FAST, false, false},
	{"jit", VM_JIT, false, false},		    {"jit unmetered", VM_JIT, true, false},
	{"jit blinded", VM_JIT, false, true},
};

static void wrong(const struct referee *r, const struct variant *v, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
static void wrong(const struct referee *r, const struct variant *v, const char *fmt, ...)
{
	char text[300];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (wrongs++ < SHOWN_MAX)
		test_note("%s, engine %s: %s", r->name, v->name, text);
}

/* NULL: it could not be loaded, which is wrong. */
static struct vm_prog *load(const struct referee *r, const struct insn *at, size_t n,
			    const struct variant *v, struct vm_env env)
{
	struct vm_prog *p = NULL;
	struct str text;
	struct diag d;

	env.unmetered = v->unmetered;
	env.blind = v->blind;
	diag_init(&d, 1);
	if (vm_load(v->name, at, n, v->engine, &env, &d, &p)) {
		str_init(&text, 4096);
		diag_render(&d, DIAG_PLAIN, &text);
		wrong(r, v, "%s", text.s);
		str_done(&text);
	}
	diag_done(&d);
	return p;
}

/* What a test's programs see. */
struct scene {
	struct vm_world world;
	struct vm_packet packet;
	struct vm_run run;
	uint8_t *large; /* owned */
};

static void scene_init(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	vm_world_init(&s->world, NULL, NULL, 1);
	CHECK(!vm_packet_init(&s->packet, VM_PACKET_SKB));
	CHECK(!vm_run_init(&s->run));
	s->world.packet = &s->packet;
	s->run.world = &s->world;
}

static void scene_done(struct scene *s)
{
	vm_run_done(&s->run);
	vm_packet_done(&s->packet);
	vm_world_done(&s->world);
	mem_free(s->large);
}

/* The marks of the kernel's populate_skb(). A packet may there be shorter than a link header. */
static void set_packet(struct scene *s, const struct referee *r, uint32_t len)
{
	struct vm_packet *p = &s->packet;
	uint8_t bytes[2 * DATA] = {0};
	uint32_t all = len + (r->h.aux & FRAGMENT ? DATA : 0);

	CHECK(len < DATA);
	memcpy(bytes, r->data, len);
	if (r->h.aux & FRAGMENT)
		memcpy(bytes + len, r->fragment, DATA);
	CHECK(!vm_packet_set(p, bytes, sizeof(bytes)));
	p->len = all;
	p->network = (int32_t)MIN(len, 14u);
	p->hatype = 588;
	p->skb.len = all;
	p->skb.data_end = p->skb.data + all;
	p->skb.pkt_type = 3;
	p->skb.mark = 0x1234aaaa;
	p->skb.hash = 0x1234aaab;
	p->skb.queue_mapping = 123;
	p->skb.vlan_tci = 0xffff;
	p->skb.vlan_present = 1;
	p->skb.vlan_proto = p->skb.protocol = 0x0008;
	p->skb.ifindex = 577;
	CHECK(!vm_packet_show(&s->run, p));
}

static uint64_t set_context(struct scene *s, const struct referee *r, uint32_t len)
{
	vm_run_reset(&s->run);
	if (r->h.aux & NO_DATA)
		return 0;
	if (!(r->h.aux & LARGE_MEM)) {
		set_packet(s, r, len);
		return (uintptr_t)vm_packet_ctx(&s->packet);
	}
	mem_free(s->large);
	s->large = mem_alloc(len + 1);
	CHECK(s->large && !vm_run_region(&s->run, s->large, len, true));
	return (uintptr_t)s->large;
}

static void run(struct scene *s, const struct referee *r, const struct variant *v,
		const struct vm_prog *p, uint64_t r1, uint32_t *ret_r0)
{
	uint64_t r0 = 0, arg[5] = {r1};
	struct str text;

	memset(s->run.stack, 0, VM_STACK); /* some tests read what they have not written */
	map_enter();
	if (vm_exec(&s->run, p, arg, &r0)) {
		str_init(&text, 1000);
		vm_fault_text(&s->run.fault, &text);
		wrong(r, v, "insn %u: %s", s->run.fault.pc, text.s);
		str_done(&text);
	}
	map_exit();
	*ret_r0 = (uint32_t)r0;
}

static void expect(const struct referee *r, const struct variant *v, uint32_t got, uint32_t want)
{
	if (got != want)
		wrong(r, v, "0x%x, not 0x%x", got, want);
}

static void run_results(struct scene *s, const struct referee *r, const struct insn *at, size_t n,
			struct vm_env env)
{
	size_t v;
	uint32_t i;

	for (v = 0; v < ARRAY_LEN(variants); v++) {
		struct vm_prog *p = load(r, at, n, &variants[v], env);

		for (i = 0; p && i < r->h.results; i++) {
			uint64_t r1 = set_context(s, r, (uint32_t)r->result[i].len);
			uint32_t got;

			run(s, r, &variants[v], p, r1, &got);
			expect(r, &variants[v], got, r->result[i].value);
		}
		vm_unload(p);
	}
}

/* Some end in what nobody reaches, which vm_load cannot know: an exit follows. */
static void *copy_of(const struct referee *r)
{
	struct insn *at = mem_alloc_array(r->h.insns + 1, sizeof(*at));

	CHECK(at);
	memcpy(at, r->insns, (size_t)r->h.insns * sizeof(*at));
	at[r->h.insns] = isa_exit();
	return at;
}

static void finish(unsigned n, unsigned least)
{
	test_note("%u programs", n);
	CHECK_EQ(wrongs, 0);
	CHECK(n >= least);
}

/* ---- eBPF ---- */

TEST_WITH(the_kernels_ebpf_tests, TEST_NO_OOM | TEST_SLOW)
{
	struct vm_env env = {0};
	struct scene s;
	struct referee r;
	struct tests t;
	unsigned n = 0;

	open_tests(&t);
	scene_init(&s);
	while (next_test(&t, &r)) {
		struct insn *at;

		if (r.h.kind != KIND_EBPF)
			continue;
		at = copy_of(&r);
		run_results(&s, &r, at, r.h.insns + 1, env);
		mem_free(at);
		n++;
	}
	scene_done(&s);
	close_tests(&t);
	finish(n, 900);
}

/* ---- classic BPF ---- */

/*
 * One of those that must fail does so in the kernel only because its translation is too long for a jump.
 * The table still has its value, and ours is shorter.
 */
static void run_classic(struct scene *s, const struct referee *r, const struct cbpf_insn *at)
{
	struct vm_env env = {0};
	struct isa_code code;
	int err = cbpf_check(r->name, at, r->h.insns, NULL);

	if (err) {
		if (!(r->h.aux & EXPECTED_FAIL) || err != r->h.err)
			wrong(r, &variants[0], "cbpf_check says %d, the kernel %d", err, r->h.err);
		return;
	}
	CHECK_EQ(cbpf_convert_here(at, r->h.insns, &code), 0);
	env.helper = vm_helpers_classic(&env.helpers);
	run_results(s, r, code.at, code.n, env);
	isa_code_done(&code);
}

TEST_WITH(the_kernels_classic_tests, TEST_NO_OOM)
{
	struct scene s;
	struct referee r;
	struct tests t;
	unsigned n = 0;

	open_tests(&t);
	scene_init(&s);
	while (next_test(&t, &r)) {
		struct cbpf_insn *at;

		if (r.h.kind != KIND_CLASSIC)
			continue;
		at = copy_of(&r);
		run_classic(&s, &r, at);
		mem_free(at);
		n++;
	}
	scene_done(&s);
	close_tests(&t);
	finish(n, 130);
}

/* ---- tail calls ---- */

struct tails {
	struct vm_prog *prog[TAILS_MAX + 1]; /* the last is none */
	struct referee test[TAILS_MAX];
	struct map *map;
	unsigned n;
};

static int prog_ref(void *arg, struct map *m, enum map_ref_kind kind, int fd, void **ret_object)
{
	struct tails *t = arg;

	(void)m, (void)kind;
	*ret_object = fd >= 0 && (unsigned)fd < t->n ? t->prog[fd] : NULL;
	return *ret_object ? 0 : -EBADF;
}

static int resolve(void *arg, const struct isa_op *op, struct diag *d, uint64_t *ret_value)
{
	struct tails *t = arg;

	return vm_resolve_map(op, &t->map, 1, d, ret_value);
}

static void prog_unref(void *arg, struct map *m, enum map_ref_kind kind, void *object)
{
	(void)arg, (void)m, (void)kind, (void)object; /* they are unloaded when the map is gone */
}

/* Calls a C function with many arguments, as the kernel's does. */
static uint64_t helper_test(struct vm_run *run, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
			    uint64_t r5)
{
	char buf[64];

	(void)run, (void)r2, (void)r3, (void)r4, (void)r5;
	return (uint64_t)snprintf(buf, sizeof(buf), "%d %u %x %d %u %x", 1, 2, 3, 4, 5, (int)r1);
}

/* What the tests leave to their runner: which map, and which program is meant. */
static void replace_markers(struct insn *at, size_t n, unsigned which, const struct tails *t)
{
	enum { MARKER = 0x7a11ca11, NO_PROGRAM = 0x7fff, OUT_OF_RANGE = 0x7ffe };
	size_t i;

	for (i = 0; i < n; i++) {
		if (at[i].imm != MARKER)
			continue;
		if (isa_is_ld_imm64(&at[i])) {
			at[i].src = 1;
			at[i].imm = 1;
			at[i + 1].imm = 0;
			continue;
		}
		at[i].imm = at[i].off == NO_PROGRAM	? (int32_t)t->n
			    : at[i].off == OUT_OF_RANGE ? (int32_t)t->n + 1
							: (int32_t)which + at[i].off;
		at[i].off = 0;
	}
}

/* An opcode of its own is how the kernel writes a tail call for itself. */
static void load_tail(struct tails *t, unsigned which, const struct variant *v, struct vm_env env)
{
	enum { TAIL_CALL_OPCODE = 0xf5, TAIL_CALL_ID = 12 };
	const struct referee *r = &t->test[which];
	struct insn *at = copy_of(r);
	size_t i;
	int fd = (int)which;

	replace_markers(at, r->h.insns, which, t);
	for (i = 0; i < r->h.insns; i++)
		if (at[i].code == TAIL_CALL_OPCODE)
			at[i] = isa_call(TAIL_CALL_ID);
	t->prog[which] = load(r, at, r->h.insns, v, env);
	mem_free(at);
	CHECK(t->prog[which]);
	CHECK(!map_user_update(t->map, MAP_MAY_ALL, &fd, &fd, MAP_ANY));
}

static void run_tail(struct scene *s, const struct tails *t, unsigned which, const struct variant *v)
{
	const struct referee *r = &t->test[which];
	uint32_t state = 0, got = 0;
	unsigned i;

	vm_run_reset(&s->run);
	CHECK(!vm_run_region(&s->run, &state, sizeof(state), true));
	for (i = 0; i < RUNS; i++)
		run(s, r, v, t->prog[which], r->h.stack & NEED_STATE ? (uintptr_t)&state : 0, &got);
	expect(r, v, r->h.stack & RESULT_IN_STATE ? state : got, r->result[0].value);
}

static void run_tails(struct tails *t, const struct variant *v)
{
	struct map_env env = {.cpus = 1, .kernel = ABI_KERNEL(6, 18), .arg = t, .ref_get = prog_ref,
			      .ref_put = prog_unref};
	struct map_attr a = {.type = MAP_TYPE_PROG_ARRAY, .key_size = 4, .value_size = 4,
			     .max_entries = t->n + 1, .name = "progs"};
	struct vm_helper helper[512];
	struct vm_env vm = {.helper = helper, .resolve = resolve, .ctx = t};
	const struct vm_helper *ours = vm_helpers_default(&vm.helpers);
	struct scene s;
	unsigned i;

	CHECK(vm.helpers < ARRAY_LEN(helper));
	memcpy(helper, ours, vm.helpers * sizeof(*helper));
	helper[vm.helpers++] = (struct vm_helper){0x20000, "test_func", helper_test};
	CHECK(!map_create(&a, &env, &t->map));
	scene_init(&s);
	for (i = 0; i < t->n; i++)
		load_tail(t, i, v, vm);
	for (i = 0; i < t->n; i++)
		run_tail(&s, t, i, v);
	scene_done(&s);
	map_unref_user(t->map);
	map_quiesce();
	for (i = 0; i < t->n; i++)
		vm_unload(t->prog[i]);
}

TEST_WITH(the_kernels_tail_call_tests, TEST_NO_OOM)
{
	static struct tails t;
	struct tests tests;
	struct referee r;
	size_t v;

	open_tests(&tests);
	t.n = 0;
	while (next_test(&tests, &r)) {
		if (r.h.kind != KIND_TAIL)
			continue;
		CHECK(t.n < TAILS_MAX);
		t.test[t.n++] = r;
	}
	for (v = 0; v < ARRAY_LEN(variants); v++)
		run_tails(&t, &variants[v]);
	close_tests(&tests);
	finish(t.n, 10);
}
