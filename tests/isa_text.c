/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Encoding, text and back is identity: for every opcode with fields at their corners, and for
 * random instructions of every row (300 thousand; ten million with SKEP_LONG=1). Each is shown in
 * both styles and assembled again; texts are assembled in batches, since that is also how the
 * assembler is used.
 */
#include <inttypes.h>
#include <stdio.h>

#include "isa/isa.h"
#include "test.h"

enum { BATCH = 4096, TEXT_MAX = 1 << 22 };

struct batch {
	struct isa_dis dis;
	struct isa_asm as;
	struct insn at[BATCH + 2];
	size_t n;
	uint64_t count;
};

static void show_mismatch(const struct batch *b, const struct insn *want, const struct insn *got)
{
	struct str s;

	str_init(&s, 4096);
	isa_dis_one(&b->dis, want, 2, 0, &s);
	str_add(&s, "  became  ");
	isa_dis_one(&b->dis, got, 2, 0, &s);
	test_note("%s", s.s);
	str_done(&s);
}

static void flush(struct batch *b)
{
	struct isa_code code = {0};
	struct diag d;
	struct str text, report;
	struct src src = {.name = "round trip"};
	size_t k, pc;
	int err;

	str_init(&text, TEXT_MAX);
	str_init(&report, 1 << 16);
	diag_init(&d, 3);
	for (pc = 0; pc < b->n;) {
		pc += isa_dis_one(&b->dis, b->at + pc, b->n - pc, (uint32_t)pc, &text);
		str_addc(&text, '\n');
	}
	src.text = text.s;
	src.len = (uint32_t)text.n;
	err = str_err(&text) ? str_err(&text) : isa_assemble(&src, &b->as, &d, &code);
	if (err)
		diag_render(&d, DIAG_PLAIN, &report);
	for (k = 0; !err && k < MIN(b->n, code.n); k++) {
		if (memcmp(&code.at[k], &b->at[k], sizeof(b->at[k]))) {
			show_mismatch(b, &b->at[k], &code.at[k]);
			err = -EILSEQ;
		}
	}
	if (!err && code.n != b->n)
		err = -ERANGE;
	b->count += b->n;
	b->n = 0;
	isa_code_done(&code);
	str_done(&text);
	diag_done(&d);
	if (err && report.n)
		test_note("%s", report.s);
	str_done(&report);
	CHECK_EQ(err, 0);
}

static void add(struct batch *b, const struct insn *i, size_t slots)
{
	memcpy(b->at + b->n, i, slots * sizeof(*i));
	b->n += slots;
	if (b->n >= BATCH)
		flush(b);
}

static const int16_t offs[] = {0, 1, -1, 8, 16, 32, 127, -128, INT16_MAX, INT16_MIN};
static const int32_t imms[] = {0,     1,     -1,    16,    31,        32,        63,    64,
			       0x40,  0x41,  0x50,  0x51,  0xa0,      0xa1,      0xe1,  0xf1,
			       0x100, 0x110, 65536, 65535, INT32_MAX, INT32_MIN, 0x7ff, -4096};
static const uint8_t regs[] = {0, 1, 5, 9, 10};

/* All opcodes x registers x offsets x immediates that the decoder takes. */
static void every_encoding(const struct isa_target *t, struct batch *b)
{
	size_t code, r, o, k;

	for (code = 0; code < 256; code++)
		for (r = 0; r < ARRAY_LEN(regs) * ARRAY_LEN(regs); r++)
			for (o = 0; o < ARRAY_LEN(offs); o++)
				for (k = 0; k < ARRAY_LEN(imms); k++) {
					struct insn i[2] = {
						isa_insn((uint8_t)code, regs[r % 5], regs[r / 5],
							 offs[o], imms[k]),
						isa_insn(0, 0, 0, 0,
							 imms[(k + o) % ARRAY_LEN(imms)]),
					};
					struct isa_op op;

					if (isa_decode(t, i, 2, &op, NULL) == 0)
						add(b, i, op.slots);
				}
	flush(b);
}

static void round_trip_all(const struct isa_target *t)
{
	static struct batch b;
	int style;

	for (style = ISA_STYLE_KERNEL; style <= ISA_STYLE_LLVM; style++) {
		b = (struct batch){.dis.style = style, .as.target = *t};
		every_encoding(t, &b);
		test_note("%" PRIu64 " slots", b.count);
		CHECK(test_oom() || b.count > 50000);
	}
}

TEST_WITH(every_encoding_survives_text, TEST_SLOW)
{
	struct isa_target newest = {0};

	round_trip_all(&newest);
}

TEST_WITH(random_instructions_survive_text, TEST_SLOW)
{
	static struct batch b;
	uint64_t seed = test_seed(), n = test_long() ? 10000000 : 300000, k;

	for (b = (struct batch){.as.target.foreign = true}, k = 0; k < n;) {
		struct insn i[2];
		enum isa_id id = 1 + (enum isa_id)(test_random(&seed) % (_ISA_MAX - 1));

		if (isa_row(id)->kind == ISA_INTERNAL)
			continue;
		b.dis.style = k / BATCH & 1 ? ISA_STYLE_LLVM : ISA_STYLE_KERNEL;
		add(&b, i, isa_sample(id, &seed, i));
		k++;
	}
	flush(&b);
	test_note("%" PRIu64 " slots", b.count);
}

/* What the kernel writes into rewritten programs has text too, and that text is unambiguous. */
TEST(internal_instructions_survive_text)
{
	static struct batch b;
	uint64_t seed = test_seed();
	enum isa_id id;
	int k;

	b = (struct batch){.as.target.internal = true, .dis.xlated = true};
	for (id = 1; id < _ISA_MAX; id++)
		for (k = 0; k < 100 && isa_row(id)->kind == ISA_INTERNAL; k++) {
			struct insn i[2];

			b.dis.style = k & 1 ? ISA_STYLE_LLVM : ISA_STYLE_KERNEL;
			add(&b, i, isa_sample(id, &seed, i));
		}
	flush(&b);
	CHECK(test_oom() || b.count > 1000);
}

/* What is no instruction at all is shown as bytes, and comes back. */
TEST(garbage_survives_text)
{
	struct isa_dis dis = {0};
	uint64_t seed = test_seed();
	int k;

	for (k = 0; k < 20000; k++) {
		uint64_t v = test_random(&seed);
		struct insn i, back = {0};
		struct isa_asm as = {.target.foreign = true};
		struct isa_code code = {0};
		struct src src = {.name = "garbage"};
		struct diag d;
		struct str text;
		int err;

		memcpy(&i, &v, sizeof(i));
		diag_init(&d, 1);
		str_init(&text, 4096);
		dis.style = k & 1 ? ISA_STYLE_LLVM : ISA_STYLE_KERNEL;
		isa_dis_one(&dis, &i, 1, 0, &text);
		src.text = text.s;
		src.len = (uint32_t)text.n;
		err = isa_assemble(&src, &as, &d, &code);
		if (!err && code.n == 1)
			back = code.at[0];
		if (err || memcmp(&back, &i, sizeof(i)))
			test_note("%s", text.s);
		isa_code_done(&code);
		str_done(&text);
		diag_done(&d);
		CHECK_EQ(err, 0);
		CHECK_MEM(&back, &i, sizeof(i));
	}
}

static void listing_round_trip(const struct isa_dis *o, const struct insn *at, size_t n)
{
	struct isa_asm as = {0};
	struct isa_code code = {0};
	struct src src = {.name = "listing"};
	struct diag d;
	struct str text, report;
	int err;

	diag_init(&d, 3);
	str_init(&text, 1 << 20);
	str_init(&report, 1 << 16);
	err = isa_dis_program(o, at, n, &text);
	src.text = text.s;
	src.len = (uint32_t)text.n;
	if (!err)
		err = isa_assemble(&src, &as, &d, &code);
	if (!err && (code.n != n || memcmp(code.at, at, n * sizeof(*at))))
		err = -EILSEQ;
	diag_render(&d, DIAG_PLAIN, &report);
	if (err)
		test_note("%s%s", text.s, report.s);
	isa_code_done(&code);
	str_done(&text);
	str_done(&report);
	diag_done(&d);
	CHECK_EQ(err, 0);
}

/* Listings with numbers, bytes and labels assemble as they are. */
TEST(listings_assemble)
{
	struct insn p[16];
	size_t n = 0;
	int k;

	p[n++] = isa_mov64_imm(1, 5);
	p[n++] = isa_jeq64_imm(1, 5, 2);
	isa_ld_imm64(p + n, 2, 0, 0x123456789abcdef0);
	n += 2;
	isa_ld_imm64(p + n, 3, 4, 6); /* a function: pc 4 + 1 + 6 = 11 */
	n += 2;
	p[n++] = isa_call(1);
	p[n++] = isa_call_local(3);
	p[n++] = isa_ja(-8);
	p[n++] = isa_ja32(0);
	p[n++] = isa_exit();
	p[n++] = isa_mov64_reg(0, 1);
	p[n++] = isa_exit();
	for (k = 0; k < 16; k++) {
		struct isa_dis o = {
			.style = k & 1 ? ISA_STYLE_LLVM : ISA_STYLE_KERNEL,
			.bytes = k & 2,
			.labels = k & 4,
			.pcs = k & 8,
		};

		listing_round_trip(&o, p, n);
	}
}
