/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Random calls of helpers, answered by the kernel and by us: the same r0 of each call, the same
 * bytes everywhere. Some hundred programs of each family; a hundred times as many with SKEP_LONG=1.
 *
 * A program keeps its context in r6 and the map `out` in r9; each call's r0 goes to the next 8
 * bytes of `out`, and the last 256 bytes of it are scratch memory.
 */
#include <stdio.h>

#include "test.h"
#include "vm_helper.h"

enum { PROG_CLS = 3, PROG_XDP = 6, PROG_SYSCALL = 31 };
enum { SCRATCH = HELPER_OUT_MAX - 256, INSNS_MAX = 2048 };

struct gen {
	struct helper_case c;
	uint64_t seed;
	struct insn at[INSNS_MAX];
	uint8_t data[8192];
	int16_t out;     /* where the next r0 goes */
	struct str said; /* what was called, for when it fails */
};

static uint64_t any(struct gen *g, uint64_t n)
{
	return test_random(&g->seed) % n;
}

static void emit(struct gen *g, struct insn i)
{
	if (g->c.insns == INSNS_MAX)
		FAIL("the program is too long");
	g->at[g->c.insns++] = i;
}

static void emit_imm64(struct gen *g, unsigned dst, unsigned src, uint64_t v)
{
	struct insn two[2];

	isa_ld_imm64(two, dst, src, v);
	emit(g, two[0]);
	emit(g, two[1]);
}

static void begin(struct gen *g, uint32_t prog_type)
{
	helper_case_init(&g->c, prog_type);
	g->c.insn = g->at;
	g->c.data = g->data;
	g->out = 0;
	str_init(&g->said, 1 << 16);
	emit(g, isa_mov64_reg(6, 1));
	emit_imm64(g, 9, 2, 0);
}

/* The call, its r0 to `out`. */
static void call(struct gen *g, int32_t id, const char *what)
{
	str_addf(&g->said, "%s\n", what);
	emit(g, isa_call(id));
	emit(g, isa_stx(ISA_SIZE_DW, 9, g->out, 0));
	g->out += 8;
}

static void call_kfunc(struct gen *g, const char *name, bool is_int)
{
	str_addf(&g->said, "%s\n", name);
	emit(g, isa_call_kfunc((int32_t)helper_kfunc(&g->c, name), 0));
	if (is_int)
		emit(g, isa_movsx64(0, 0, 32));
	emit(g, isa_stx(ISA_SIZE_DW, 9, g->out, 0));
	g->out += 8;
}

static void scratch(struct gen *g, unsigned reg, int32_t off)
{
	emit(g, isa_mov64_reg(reg, 9));
	emit(g, isa_add64_imm(reg, SCRATCH + off));
}

static void scalar(struct gen *g, unsigned reg, uint64_t v)
{
	str_addf(&g->said, "r%u=%llx ", reg, (unsigned long long)v);
	emit_imm64(g, reg, 0, v);
}

static void differ(struct gen *g, const char *who, const struct helper_result *k,
		   const struct helper_result *r)
{
	enum { DIFFERENCES = 8 };
	struct isa_dis dis = {.pcs = true};
	struct str prog;
	size_t i, shown = 0;

	str_init(&prog, 1 << 20);
	isa_dis_program(&dis, g->at, g->c.insns, &prog);
	test_note("%s", prog.s);
	test_note("%s", g->said.s);
	for (i = 0; i < HELPER_OUT_MAX / 8; i++) {
		uint64_t a, b;

		memcpy(&a, k->out + i * 8, 8);
		memcpy(&b, r->out + i * 8, 8);
		if (a != b)
			test_note("out[%zu]: the kernel has %llx (%lld), we have %llx (%lld)", i,
				  (unsigned long long)a, (long long)a, (unsigned long long)b,
				  (long long)b);
	}
	if (k->data_n != r->data_n)
		test_note("the kernel's data has %zu bytes, ours %zu", k->data_n, r->data_n);
	for (i = 0; i < MIN(k->data_n, r->data_n) && shown < DIFFERENCES; i++)
		if (k->data[i] != r->data[i] && ++shown)
			test_note("data[%zu]: %02x, ours %02x", i, k->data[i], r->data[i]);
	FAIL("%s differs from the kernel", who);
}

static void finish(struct gen *g)
{
	static const enum vm_engine engines[] = {VM_CHECKED, VM_FAST, VM_JIT};
	static const char *const name[] = {"checked", "fast", "traced", "jit"};
	struct helper_result *k = helper_result_new(), *r;
	size_t i;

	emit(g, isa_mov64_imm(0, 0));
	emit(g, isa_exit());
	helper_run_kernel(&g->c, k);
	if (k->err) {
		test_note("%s", g->said.s);
		FAIL("%d: %s", k->err, k->log.s);
	}
	for (i = 0; i < ARRAY_LEN(engines); i++) {
		r = helper_result_new();
		helper_run_ours(&g->c, engines[i], NULL, r);
		if (r->err) {
			test_note("%s", g->said.s);
			FAIL("%s: %d: %s", name[engines[i]], r->err, r->log.s);
		}
		if (memcmp(k->out, r->out, HELPER_OUT_MAX) || k->data_n != r->data_n ||
		    memcmp(k->data, r->data, r->data_n))
			differ(g, name[engines[i]], k, r);
		helper_result_free(r);
	}
	helper_result_free(k);
	str_done(&g->said);
}

static void many(unsigned n, void (*one)(struct gen *g))
{
	static struct gen g;
	unsigned i;

	if (helper_no_referee())
		SKIP("%s", helper_no_referee());
	g.seed = test_seed();
	for (i = 0; i < n * (test_long() ? 100 : 1); i++)
		one(&g);
}

/* Numbers with a liking for corners. */
static uint64_t number(struct gen *g)
{
	static const uint64_t corner[] = {
		0,      1,       2,          14,         20,         34,        64,         0xff,
		0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff, INT64_MAX, UINT64_MAX, -22ull};

	return any(g, 3) ? corner[any(g, ARRAY_LEN(corner))] : test_random(&g->seed) >> any(g, 64);
}

/* ---- printing ---- */

/* The first CONV_ADDRESSES take an address; all but the last CONV_BAD are good. */
static const char *const conv[] = {
	"s",  "pks", "pI4", "pi4", "pI6", "pi6", "d",  "i",   "u", "x",  "X",   "ld",  "li", "lu",
	"lx", "lX",  "lld", "llu", "llx", "c",   "px", "pus", "q", "pe", "pIx", ".3d", "hd", "%"};
enum { CONV_ADDRESSES = 6, CONV_BAD = 6 };

/*
 * Arguments on the stack: numbers, and where an address is wanted sometimes that of the format,
 * since addresses are not the same for the kernel and for us.
 */
static unsigned random_format(struct gen *g, char *to, size_t max, bool good)
{
	static const char *const flags[] = {"",  "",   "",   "0",  "-",   "+",
					    " ", "0+", "-0", "+ ", "-+0 "};
	static const char *const between[] = {"",   " ", "|",        "a",   "%%",
					      "\n", "9", "\xc3\xa9", "\x01"};
	static const char *const width[] = {"", "", "1", "5", "12", "33"};
	size_t at = 0, which, convs = ARRAY_LEN(conv) - (good || any(g, 9) ? CONV_BAD : 0);
	unsigned i, n = (unsigned)any(g, 7);

	for (i = 0; i < n; i++) {
		which = any(g, convs);
		at += (size_t)snprintf(to + at, max - at, "%s%%%s%s%s%s",
				       between[any(g, good || any(g, 9) ? 7 : ARRAY_LEN(between))],
				       flags[any(g, ARRAY_LEN(flags))],
				       width[any(g, ARRAY_LEN(width))], conv[which],
				       good ? "|" : "");
		if (which < CONV_ADDRESSES && any(g, 3))
			emit_imm64(g, 1, 2, 1);
		else
			emit_imm64(g, 1, 0,
				   which < CONV_ADDRESSES || conv[which][0] == 'p' ? any(g, 4096)
										   : number(g));
		emit(g, isa_stx(ISA_SIZE_DW, 10, (int16_t)(-8 * (int)(7 - i)), 1));
	}
	str_addf(&g->said, "format '%s'\n", to);
	return n;
}

static void format_map(struct gen *g, const char *text, size_t size)
{
	g->c.data_n = 0;
	g->c.map[g->c.maps++] = (struct helper_map){.name = "rodata",
						    .type = MAP_TYPE_ARRAY,
						    .key_size = 4,
						    .value_size = (uint32_t)size,
						    .max_entries = 1,
						    .flags = MAP_F_RDONLY_PROG,
						    .init = text};
}

static void one_print(struct gen *g)
{
	static char text[4096];
	unsigned specs;

	memset(text, 0, sizeof(text));
	begin(g, PROG_SYSCALL);
	format_map(g, text, sizeof(text));
	specs = random_format(g, text, 256, false);
	emit_imm64(g, 1, 2, 1);
	emit(g, isa_mov64_imm(2, (int32_t)strlen(text) + 1));
	emit(g, isa_mov64_reg(3, 10));
	emit(g, isa_add64_imm(3, -56));
	emit(g, isa_mov64_imm(4, 8 * (int)specs));
	call(g, 177, "trace_vprintk");
	finish(g);
}

TEST_WITH(print_as_the_kernel, TEST_NO_OOM)
{
	many(1500, one_print);
}

/* The kernel's verifier takes only good formats for bpf_snprintf. */
static void one_snprintf(struct gen *g)
{
	static char text[4096];
	unsigned specs;

	memset(text, 0, sizeof(text));
	begin(g, PROG_SYSCALL);
	format_map(g, text, sizeof(text));
	specs = random_format(g, text, 256, true);
	scratch(g, 1, 0);
	/*
	 * Where text that was formatted before is cut, the kernel goes on with what its buffer
	 * holds.
	 */
	emit(g, isa_mov64_imm(2, strchr(text, 'p') || any(g, 2) ? 256 : 1 + (int32_t)any(g, 64)));
	emit_imm64(g, 3, 2, 1);
	emit(g, isa_mov64_reg(4, 10));
	emit(g, isa_add64_imm(4, -56));
	emit(g, isa_mov64_imm(5, 8 * (int)specs));
	call(g, 165, "snprintf");
	finish(g);
}

TEST_WITH(snprintf_as_the_kernel, TEST_NO_OOM)
{
	many(1500, one_snprintf);
}

/* ---- numbers and strings ---- */

/* The first n bytes of the data, into the scratch memory: a context is not what helpers take. */
static void text_to_scratch(struct gen *g, size_t n)
{
	uint64_t word;
	size_t i;

	for (i = 0; i < n; i += 8) {
		memcpy(&word, g->data + i, 8);
		emit_imm64(g, 1, 0, word);
		emit(g, isa_stx(ISA_SIZE_DW, 9, (int16_t)(SCRATCH + i), 1));
	}
	g->c.data_n = 0;
}

static void random_text(struct gen *g, uint8_t *to, size_t n, const char *of)
{
	size_t i;

	for (i = 0; i < n; i++)
		to[i] = (uint8_t)of[any(g, strlen(of))];
}

static void one_strtol(struct gen *g)
{
	static const uint32_t base[] = {0, 8, 10, 16, 0, 10, 16, 2, 7, 32, 36};
	static const char *const of[] = {"0123456789", "01234567", "0123456789abcdefABCDEF",
					 "0x9a- \t\n", "9",        "f",
					 "-x0",        "0xX8fF"};
	size_t len = 1 + any(g, 48);

	begin(g, PROG_SYSCALL);
	memset(g->data, 0, 64);
	random_text(g, g->data, len, of[any(g, ARRAY_LEN(of))]);
	if (!any(g, 3))
		memcpy(g->data, "  -0x", 1 + any(g, 5));
	str_addf(&g->said, "'%.64s'\n", (const char *)g->data);
	text_to_scratch(g, 64);
	scratch(g, 1, 0);
	emit(g, isa_mov64_imm(2, (int32_t)len));
	scalar(g, 3, any(g, 9) ? base[any(g, ARRAY_LEN(base))] : number(g));
	scratch(g, 4, 64);
	call(g, any(g, 2) ? 105 : 106, "strtol or strtoul");
	finish(g);
}

TEST_WITH(strtol_as_the_kernel, TEST_NO_OOM)
{
	many(1000, one_strtol);
}

static void string_arg(struct gen *g, unsigned reg)
{
	scratch(g, reg, (int32_t)any(g, 200));
}

static void one_string(struct gen *g)
{
	static const char *const two[] = {"bpf_strcmp", "bpf_strcasecmp", "bpf_strspn",
					  "bpf_strcspn", "bpf_strstr"};
	static const char *const chr[] = {"bpf_strchr", "bpf_strchrnul", "bpf_strrchr"};
	unsigned i;

	begin(g, PROG_SYSCALL);
	random_text(g, g->data, 256, any(g, 2) ? "ab" : "abcABC\xe9");
	for (i = 0; i < 24; i++)
		g->data[any(g, 256)] = '\0';
	g->data[255] = '\0';
	text_to_scratch(g, 256);
	for (i = 0; i < 12; i++) {
		string_arg(g, 1);
		switch (any(g, 6)) {
		case 0:
		case 1:
			string_arg(g, 2);
			call_kfunc(g, two[any(g, ARRAY_LEN(two))], true);
			break;
		case 2:
			scalar(g, 2, any(g, 4) ? 'a' + any(g, 3) : any(g, 256));
			call_kfunc(g, chr[any(g, ARRAY_LEN(chr))], true);
			break;
		case 3:
			scalar(g, 2, any(g, 20));
			call_kfunc(g, any(g, 2) ? "bpf_strnlen" : "bpf_strlen", true);
			break;
		case 4:
			scalar(g, 2, any(g, 20));
			scalar(g, 3, any(g, 4) ? 'a' : 0);
			call_kfunc(g, "bpf_strnchr", true);
			break;
		default:
			string_arg(g, 2);
			scalar(g, 3, any(g, 20));
			call_kfunc(g, "bpf_strnstr", true);
		}
	}
	finish(g);
}

TEST_WITH(strings_as_the_kernel, TEST_NO_OOM)
{
	many(400, one_string);
}

/* ---- packets ---- */

static uint16_t random_type(struct gen *g)
{
	static const uint16_t type[] = {0x0800, 0x0800, 0x0800, 0x86dd, 0x86dd,
					0x8100, 0x88a8, 0x0806, 0x05dc};

	return type[any(g, ARRAY_LEN(type))];
}

static void random_packet(struct gen *g)
{
	size_t i, n = 54 + any(g, any(g, 2) ? 64 : 1400);
	uint16_t type = random_type(g);

	for (i = 0; i < n; i++)
		g->data[i] = (uint8_t)test_random(&g->seed);
	g->data[12] = (uint8_t)(type >> 8);
	g->data[13] = (uint8_t)type;
	g->data[14] = type == 0x86dd ? 0x60 : 0x45;
	if (type == 0x8100 || type == 0x88a8) {
		type = random_type(g);
		g->data[16] = (uint8_t)(type >> 8);
		g->data[17] = (uint8_t)type;
	}
	g->c.data_n = n;
}

static uint64_t offset(struct gen *g)
{
	return any(g, 5) ? any(g, 120) : number(g);
}

/* A size the verifier knows, of the scratch memory. */
static int32_t size(struct gen *g)
{
	return 1 + (int32_t)any(g, any(g, 4) ? 40 : 256);
}

static uint64_t room_flags(struct gen *g)
{
	uint64_t flags = any(g, 3) ? 0 : UINT64_C(1) << any(g, 11);

	if (!any(g, 2))
		flags |= UINT64_C(1) << (1 + any(g, 2)) | UINT64_C(1) << (3 + any(g, 2));
	if (!any(g, 3))
		flags |= any(g, 32) << 56 | 1 << 6;
	return flags;
}

static void fill_scratch(struct gen *g)
{
	int i;

	for (i = 0; i < 256; i += 32) {
		emit_imm64(g, 1, 0, test_random(&g->seed));
		emit(g, isa_stx(ISA_SIZE_DW, 9, (int16_t)(SCRATCH + i), 1));
	}
}

/* What the context says, where that is the kernel's to say. */
static void show_skb(struct gen *g)
{
	static const int16_t field[] = {0, 4, 16, 20, 24, 28};
	size_t i;

	str_add(&g->said, "(context)\n");
	for (i = 0; i < ARRAY_LEN(field); i++) {
		emit(g, isa_ldx(ISA_SIZE_W, 1, 6, field[i]));
		emit(g, isa_stx(ISA_SIZE_W, 9, g->out, 1));
		g->out += 4;
	}
}

static void one_skb_call(struct gen *g)
{
	static const uint64_t protos[] = {0x0008, 0xdd86, 0x0081, 0xa888, 0x1234};
	int32_t n = size(g), m = (int32_t)any(g, 20);

	emit(g, isa_mov64_reg(1, 6));
	switch (any(g, 23)) {
	case 0:
	case 1:
		scalar(g, 2, offset(g));
		scratch(g, 3, 0);
		emit(g, isa_mov64_imm(4, n));
		scalar(g, 5, any(g, 4) ? any(g, 4) : number(g));
		call(g, 9, "skb_store_bytes");
		break;
	case 2:
	case 3:
		scalar(g, 2, offset(g));
		scratch(g, 3, 0);
		emit(g, isa_mov64_imm(4, n));
		call(g, 26, "skb_load_bytes");
		break;
	case 4:
		scalar(g, 2, offset(g));
		scratch(g, 3, 0);
		emit(g, isa_mov64_imm(4, n));
		scalar(g, 5, any(g, 3));
		call(g, 68, "skb_load_bytes_relative");
		break;
	case 5:
		scalar(g, 2, offset(g));
		call(g, 39, "skb_pull_data");
		break;
	case 6:
	case 7:
		scalar(g, 2, offset(g) & (any(g, 5) ? ~1ull : ~0ull));
		scalar(g, 3, any(g, 2) ? 0 : number(g));
		scalar(g, 4, number(g));
		scalar(g, 5, any(g, 5) ? any(g, 3) * 2 : number(g));
		call(g, 10, "l3_csum_replace");
		break;
	case 8:
	case 9:
		scalar(g, 2, offset(g) & (any(g, 5) ? ~1ull : ~0ull));
		scalar(g, 3, any(g, 2) ? 0 : number(g));
		scalar(g, 4, number(g));
		scalar(g, 5, any(g, 5) ? any(g, 3) * 2 + any(g, 16) * 16 : number(g));
		call(g, 11, "l4_csum_replace");
		break;
	case 10:
		scalar(g, 2, any(g, 5));
		call(g, 135, "csum_level");
		break;
	case 11:
		scalar(g, 2, number(g));
		call(g, 40, "csum_update");
		break;
	case 12:
	case 13:
		scalar(g, 2, protos[any(g, ARRAY_LEN(protos))]);
		scalar(g, 3, number(g));
		call(g, 18, "skb_vlan_push");
		break;
	case 14:
	case 15:
		call(g, 19, "skb_vlan_pop");
		break;
	case 16:
		scalar(g, 2, protos[any(g, ARRAY_LEN(protos))]);
		scalar(g, 3, any(g, 6) ? 0 : 1);
		call(g, 31, "skb_change_proto");
		break;
	case 17:
		scalar(g, 2, any(g, 6));
		call(g, 32, "skb_change_type");
		break;
	case 18:
		scalar(g, 2, any(g, 4) ? any(g, 1600) : number(g));
		scalar(g, 3, any(g, 6) ? 0 : 1);
		call(g, 38, "skb_change_tail");
		break;
	case 19:
		scalar(g, 2, any(g, 4) ? any(g, 64) : number(g));
		scalar(g, 3, any(g, 6) ? 0 : 1);
		call(g, 43, "skb_change_head");
		break;
	case 20:
	case 21:
		scalar(g, 2, any(g, 5) ? (uint64_t)((int64_t)any(g, 90) - 45) : number(g));
		scalar(g, 3, any(g, 6) ? any(g, 2) : number(g));
		scalar(g, 4, any(g, 2) ? 0 : room_flags(g));
		call(g, 50, "skb_adjust_room");
		break;
	default:
		scratch(g, 1, 0);
		emit(g, isa_mov64_imm(2, any(g, 3) ? m * 4 : 0));
		scratch(g, 3, 100);
		emit(g, isa_mov64_imm(4, any(g, 3) ? (int32_t)any(g, 80) : 0));
		scalar(g, 5, number(g));
		call(g, 28, "csum_diff");
	}
}

static void one_skb(struct gen *g)
{
	unsigned i, n = 1 + (unsigned)any(g, 14);

	begin(g, PROG_CLS);
	random_packet(g);
	fill_scratch(g);
	for (i = 0; i < n; i++) {
		one_skb_call(g);
		show_skb(g);
	}
	finish(g);
}

TEST_WITH(skb_as_the_kernel, TEST_NO_OOM)
{
	many(2500, one_skb);
}

static void one_xdp_call(struct gen *g)
{
	int32_t n = size(g);

	emit(g, isa_mov64_reg(1, 6));
	switch (any(g, 6)) {
	case 0:
		scalar(g, 2, any(g, 5) ? (uint64_t)((int64_t)any(g, 400) - 250) : number(g));
		call(g, 44, "xdp_adjust_head");
		break;
	case 1:
		scalar(g, 2, any(g, 5) ? (uint64_t)((int64_t)any(g, 4000) - 500) : number(g));
		call(g, 65, "xdp_adjust_tail");
		break;
	case 2:
		scalar(g, 2,
		       any(g, 5) ? (uint64_t)((int64_t)any(g, 100) - 60) * (any(g, 4) ? 4 : 1)
				 : number(g));
		call(g, 54, "xdp_adjust_meta");
		break;
	case 3:
		scalar(g, 2, offset(g));
		scratch(g, 3, 0);
		emit(g, isa_mov64_imm(4, n));
		call(g, 189, "xdp_load_bytes");
		break;
	case 4:
		scalar(g, 2, offset(g));
		scratch(g, 3, 0);
		emit(g, isa_mov64_imm(4, n));
		call(g, 190, "xdp_store_bytes");
		break;
	default:
		call(g, 188, "xdp_get_buff_len");
	}
}

static void one_xdp(struct gen *g)
{
	unsigned i, n = 1 + (unsigned)any(g, 20);

	begin(g, PROG_XDP);
	random_packet(g);
	fill_scratch(g);
	for (i = 0; i < n; i++)
		one_xdp_call(g);
	finish(g);
}

TEST_WITH(xdp_as_the_kernel, TEST_NO_OOM)
{
	many(1500, one_xdp);
}
