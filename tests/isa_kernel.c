/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The running kernel as referee of the instruction table: what it refuses and in which words, and
 * how it writes instructions. Each encoding is loaded in a small program; only what the verifier
 * says about the encoding counts, not what it thinks of the program.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "isa/isa.h"
#include "test.h"

enum { LOG_MAX = 1 << 16, PROGRAM_MAX = 32 };

static char log_text[LOG_MAX];

static int load(const struct insn *p, size_t n, int level)
{
	union bpf_attr a = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uint64_t)(uintptr_t)p,
		.insn_cnt = (uint32_t)n,
		.license = (uint64_t)(uintptr_t) "GPL",
		.log_level = (uint32_t)level,
		.log_buf = (uint64_t)(uintptr_t)log_text,
		.log_size = LOG_MAX,
	};
	int fd;

	log_text[0] = 0;
	fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &a, sizeof(a));
	return fd < 0 ? -errno : fd;
}

static struct isa_target host(void)
{
	struct isa_target t = {0};
	struct utsname u;

	uname(&u);
	CHECK_EQ(isa_kernel_parse(u.release, &t.kernel), 0);
	return t;
}

/*
 * All registers hold numbers that the verifier does not know, r6 the context; a jump around the
 * instruction keeps the rest reachable.
 */
static size_t wrap(struct insn *p, const struct insn *i, size_t slots, size_t *ret_at)
{
	size_t n = 0;
	unsigned r;

	p[n++] = isa_mov64_reg(6, 1);
	p[n++] = isa_ldx(ISA_SIZE_W, 0, 6, 0);
	for (r = 1; r < 10; r++)
		if (r != 6)
			p[n++] = isa_mov64_reg(r, 0);
	p[n++] = isa_jeq64_imm(0, 7, (int16_t)slots);
	*ret_at = n;
	memcpy(p + n, i, slots * sizeof(*i));
	n += slots;
	p[n++] = isa_mov64_imm(0, 0);
	p[n++] = isa_exit();
	return n;
}

static bool has_line(const char *text, const char *line)
{
	size_t n = strlen(line);
	const char *at;

	for (at = text; (at = strstr(at, line)); at++)
		if ((at == text || at[-1] == '\n') && at[n] == '\n')
			return true;
	return false;
}

/* Whether a line is the sentence `format`, whatever number stands at its %. */
static bool is_sentence(const char *line, size_t n, const char *format)
{
	const char *end = line + n;

	for (; *format; format++) {
		if (*format == '%') {
			format += format[1] == 'd' ? 1 : 3;
			line += strspn(line, "-0123456789abcdef");
		} else if (line >= end || *line++ != *format) {
			return false;
		}
	}
	return line == end;
}

/* Whether the log says something about the encoding. */
static bool blames_encoding(const char *log)
{
	static const char *const texts[] = {
#define REASON(name, err, text) text,
#include "isa/reason.def"
	};
	size_t k, n;

	for (; *log; log += n + (log[n] == '\n')) {
		n = strcspn(log, "\n");
		for (k = 0; k < ARRAY_LEN(texts); k++)
			if (is_sentence(log, n, texts[k]))
				return true;
	}
	return false;
}

struct tally {
	unsigned same, refused, wrong;
};

/* The log's last line but "processed ..." */
static const char *verdict(void)
{
	char *end = strstr(log_text, "\nprocessed "), *line;

	if (!end)
		return log_text;
	*end = 0;
	line = strrchr(log_text, '\n');
	return line ? line + 1 : log_text;
}

static void complain(struct tally *y, const struct insn *i, const char *ours, int err)
{
	if (y->wrong++ < 20)
		test_note("%02x dst=%u src=%u off=%d imm=%d: we say '%s', the kernel %d, '%s'",
			  i->code, i->dst, i->src, i->off, i->imm, ours, err, verdict());
}

static void judge(const struct isa_target *t, const struct insn *i, struct tally *y)
{
	struct insn p[PROGRAM_MAX];
	struct isa_why why;
	struct isa_op op;
	size_t at, n = wrap(p, i, i->code == 0x18 ? 2 : 1, &at);
	int ours = isa_decode(t, i, i->code == 0x18 ? 2 : 1, &op, &why);
	int theirs = load(p, n, 1);

	if (theirs >= 0)
		close(theirs);
	y->same++;
	if (strstr(log_text,
		   "associated arena")) /* found missing before the registers are looked at */
		return;
	if (i->code == 0x06 && theirs >= 0 && t->kernel < ISA_KERNEL(6, 6)) /* see decode.c */
		return;
	if (ours < 0) {
		y->refused++;
		if (theirs != -why.err || !has_line(log_text, why.text))
			complain(y, i, why.text, theirs);
	} else if (theirs < 0 && blames_encoding(log_text)) {
		complain(y, i, "valid", theirs);
	}
}

static bool is_jump(uint8_t code)
{
	return isa_class(code) == ISA_CLASS_JMP || isa_class(code) == ISA_CLASS_JMP32;
}

TEST_WITH(encodings_are_judged_as_the_kernel_does, TEST_NO_OOM | TEST_SLOW)
{
	static const struct {
		uint8_t dst, src;
	} regs[] = {
		{0, 0}, {1, 2}, {10, 1}, {11, 0}, {0, 11}, {0, 3}, {2, 15}, {15, 12},
	};
	static const int16_t offs[] = {0, 1, 8, 32, -1, -8};
	static const int32_t imms[] = {0, 1, -1, 16, 64, 0x41, 0x100, 65536};
	const char *why = test_bpf_missing();
	struct tally y = {0};
	struct isa_target t;
	unsigned code, r, o, k;

	if (why)
		SKIP("%s", why);
	t = host();
	for (code = 0; code < 256; code++)
		for (r = 0; r < ARRAY_LEN(regs); r++)
			for (o = 0; o < ARRAY_LEN(offs); o++)
				for (k = 0; k < ARRAY_LEN(imms); k++) {
					struct insn i[2] = {
						isa_insn((uint8_t)code, regs[r].dst, regs[r].src,
							 offs[o], imms[k]),
						isa_insn(0, 0, 0, 0, o == 1 ? imms[k] : 0),
					};

					/* bad descriptors are refused before all else */
					if (code == 0x18 && regs[r].src && regs[r].src < 7 &&
					    regs[r].src != 4)
						continue;
					/* and so are functions that are none */
					if (code == 0x85 && (regs[r].src == 1 || regs[r].src == 2))
						continue;
					/* distances out of the program are another matter */
					if (is_jump((uint8_t)code) &&
					    (offs[o] || (code == 0x06 && imms[k])))
						continue;
					judge(&t, i, &y);
				}
	test_note("%u encodings, %u of them refused", y.same, y.refused);
	CHECK_EQ(y.wrong, 0);
	CHECK(y.refused > 5000);
}

TEST_WITH(second_slots_are_judged_as_the_kernel_does, TEST_NO_OOM)
{
	const char *why = test_bpf_missing();
	struct tally y = {0};
	struct isa_target t;
	struct insn i[2];
	int k;

	if (why)
		SKIP("%s", why);
	t = host();
	for (k = 0; k < 64; k++) {
		isa_ld_imm64(i, 1, k & 1 ? 7 : 0, 0);
		i[1] = isa_insn(k & 2 ? 0xb7 : 0, k & 4 ? 1 : 0, k & 8 ? 1 : 0, k & 16 ? 1 : 0,
				k & 32);
		judge(&t, i, &y);
	}
	CHECK_EQ(y.wrong, 0);
}

/* ---- text ------------------------------------------------------------------------------------ */

/* What the verifier wrote for instruction `at`: "11: (b7) r1 = 5    ; R1_w=5" without the end. */
static bool kernel_text(size_t at, char *to, size_t size)
{
	char head[32];
	const char *s = log_text, *end;

	snprintf(head, sizeof(head), "%zu: (", at);
	while (strncmp(s, head, strlen(head)) != 0) {
		s = strchr(s, '\n');
		if (!s)
			return false;
		s++;
	}
	s += strlen(head) - 1;
	end = s + strcspn(s, ";\n");
	while (end > s && end[-1] == ' ')
		end--;
	snprintf(to, size, "%.*s", (int)(end - s), s);
	return true;
}

/* The kernel knows the helpers' names, and this test does not. */
static void forget_name(char *s)
{
	char *name = strstr(s, "call "), *hash = strchr(s, '#');

	if (name && hash && !strncmp(name + 5, "bpf_", 4)) {
		memmove(name + 12, hash, strlen(hash) + 1);
		memcpy(name + 5, "unknown", 7);
	}
}

static bool is_named_otherwise(enum isa_id id)
{
	return id >= ISA_LD_MAP_FD && id <= ISA_LD_MAP_IDX_VALUE;
}

TEST_WITH(text_is_the_kernels, TEST_NO_OOM)
{
	const char *why = test_bpf_missing();
	struct isa_dis dis = {.style = ISA_STYLE_KERNEL};
	uint64_t seed = test_seed();
	unsigned same = 0, wrong = 0, k;
	struct isa_target t;
	struct str ours;
	enum isa_id id;

	if (why)
		SKIP("%s", why);
	t = host();
	str_init(&ours, 4096);
	for (id = 1; id < _ISA_MAX; id++) {
		const struct isa_row *row = isa_row(id);

		for (k = 0; k < 12 && row->kind == ISA_PUBLIC && row->since <= t.kernel; k++) {
			struct insn i[2], p[PROGRAM_MAX];
			char theirs[256];
			size_t at, slots = isa_sample(id, &seed, i);
			int fd;

			if (is_named_otherwise(id) || id == ISA_CALL_KFUNC)
				continue;
			if (is_jump(row->code)) /* far ones end the check before the text */
				i->off = 1;
			if (id == ISA_CALL || id == ISA_EXIT)
				i->off = 0;
			if (id == ISA_JA32 || id == ISA_CALL_LOCAL)
				i->imm = 1, i->off = 0;
			fd = load(p, wrap(p, i, slots, &at), 2);
			if (fd >= 0)
				close(fd);
			if (!kernel_text(at, theirs, sizeof(theirs)))
				continue;
			forget_name(theirs);
			str_reset(&ours);
			isa_dis_one(&dis, i, slots, 0, &ours);
			if (strcmp(ours.s, theirs) && wrong++ < 10)
				test_note("%s: ours '%s', the kernel's '%s'", row->name, ours.s,
					  theirs);
			same++;
		}
	}
	str_done(&ours);
	test_note("%u texts compared", same);
	CHECK_EQ(wrong, 0);
	CHECK(same > 800);
}

/* ---- bpftool --------------------------------------------------------------------------------- */

static int make_map(void)
{
	union bpf_attr a = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 64, .max_entries = 1};

	return (int)syscall(SYS_bpf, BPF_MAP_CREATE, &a, sizeof(a));
}

static const char xlated_source[] =
	"r6 = r1; r7 = 5; w8 = -1; *(u32 *)(r10 -4) = 0; r2 = r10; r2 += -4\n"
	"r1 = map[fd:%d]; call 1; if r0 == 0 goto out\n"
	"r3 = *(u64 *)(r0 +0); lock *(u64 *)(r0 +8) += r3; lock *(u32 *)(r0 +16) |= r7\n"
	"r3 = atomic64_fetch_xor((u64 *)(r0 +8), r3); r3 = atomic_xchg((u32 *)(r0 +16), r3)\n"
	"*(u8 *)(r0 +20) = w3; *(u16 *)(r0 +22) = -7; r0 = 3; r0 = atomic64_cmpxchg((u64 *)(r10 "
	"-16), r0, r7)\n"
	"out: r1 = map[fd:%d][0]+8; r1 = *(u8 *)(r1 +0); w1 s>>= 3; r1 = be32 r1; r1 = -r1; w1 = "
	"-w1\n"
	"r1 /= 7; r1 %%= r7; if w1 s<= w7 goto +1; r1 <<= 3; r2 = 0x123456789abcdef0 ll; r2 ^= r1\n"
	"if r2 & 0x80 goto +0; r0 = *(u32 *)skb[12]; r1 = 2; r0 = *(u8 *)skb[r1 + 3]; r1 = r6\n"
	"call f; r0 = 0; exit\n"
	"f: r0 = *(u32 *)(r1 +0); w0 += 1; exit\n";

static int assemble(const char *text, struct isa_code *ret)
{
	struct src s = {.name = "program", .text = text, .len = (uint32_t)strlen(text)};
	struct isa_asm as = {0};
	struct str report;
	struct diag d;
	int err;

	diag_init(&d, 20);
	str_init(&report, 1 << 16);
	err = isa_assemble(&s, &as, &d, ret);
	diag_render(&d, DIAG_PLAIN, &report);
	if (err)
		test_note("%s", report.s);
	str_done(&report);
	diag_done(&d);
	return err;
}

static uint32_t xlated(int fd, struct insn *to, size_t max, uint32_t *ret_id)
{
	struct bpf_prog_info info = {.xlated_prog_insns = (uint64_t)(uintptr_t)to,
				     .xlated_prog_len = (uint32_t)(max * sizeof(*to))};
	union bpf_attr a = {.info = {.bpf_fd = (uint32_t)fd,
				     .info_len = sizeof(info),
				     .info = (uint64_t)(uintptr_t)&info}};

	if (syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &a, sizeof(a)) < 0)
		return 0;
	*ret_id = info.id;
	return info.xlated_prog_len / (uint32_t)sizeof(*to);
}

/* bpftool names helpers, maps no; what stands between "call " and "#" is dropped on both sides. */
static void drop_names(char *text)
{
	char *line, *hash;

	for (line = text; (line = strstr(line, "call ")); line++) {
		hash = line + strcspn(line, "#\n");
		if (*hash == '#' && strncmp(line + 5, "pc", 2) != 0)
			memmove(line + 5, hash, strlen(hash) + 1);
		else if (*hash == '#')
			memmove(hash, hash + strcspn(hash, "\n"),
				strlen(hash + strcspn(hash, "\n")) + 1);
	}
}

TEST_WITH(xlated_dumps_are_bpftools, TEST_NO_OOM)
{
	struct isa_dis dis = {.style = ISA_STYLE_KERNEL, .pcs = true, .xlated = true};
	const char *why = test_bpf_missing();
	struct insn at[256];
	struct isa_code code = {0};
	struct str ours, theirs, err, diff;
	uint32_t n, id = 0;
	char text[4096], number[16];
	int map, fd;

	if (why)
		SKIP("%s", why);
	if (!test_have_command("bpftool"))
		SKIP("bpftool is not installed");
	map = make_map();
	CHECK(map >= 0);
	snprintf(text, sizeof(text), xlated_source, map, map);
	CHECK_EQ(assemble(text, &code), 0);
	fd = load(code.at, code.n, 1);
	isa_code_done(&code);
	if (fd < 0)
		test_note("%s", log_text);
	CHECK(fd >= 0);
	n = xlated(fd, at, ARRAY_LEN(at), &id);
	snprintf(number, sizeof(number), "%u", id);
	str_init(&ours, 1 << 20);
	str_init(&theirs, 1 << 20);
	str_init(&err, 1 << 16);
	str_init(&diff, 1 << 20);
	CHECK_EQ(isa_dis_program(&dis, at, n, &ours), 0);
	CHECK_EQ(test_spawn((const char *const[]){"bpftool", "prog", "dump", "xlated", "id", number,
						  NULL},
			    NULL, 0, &theirs, &err),
		 0);
	close(fd);
	close(map);
	drop_names(ours.s);
	drop_names(theirs.s);
	if (strcmp(ours.s, theirs.s)) {
		test_diff(&diff, theirs.s, ours.s);
		test_note("%s", diff.s);
	}
	test_note("%u instructions", n);
	CHECK(!strcmp(ours.s, theirs.s));
	str_done(&ours);
	str_done(&theirs);
	str_done(&err);
	str_done(&diff);
}
