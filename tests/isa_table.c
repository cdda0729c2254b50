/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The instruction table agrees with itself, the builders, the documentation and C. */
#include "isa/isa.h"
#include "test.h"

static const struct isa_target anything = {.internal = true, .foreign = true};

TEST(rows_are_found_by_their_encodings)
{
	uint64_t seed = test_seed();
	enum isa_id id;
	int k;

	for (id = 1; id < _ISA_MAX; id++) {
		for (k = 0; k < 50; k++) {
			struct insn i[2];
			struct isa_op op;
			struct isa_why why;
			size_t slots = isa_sample(id, &seed, i);

			if (isa_decode(&anything, i, 2, &op, &why) < 0)
				FAIL("%s: %s", isa_row(id)->name, why.text);
			CHECK_EQ(op.id, id);
			CHECK_EQ(op.slots, slots);
			CHECK_EQ(op.form, isa_row(id)->form);
		}
	}
}

static void builds(struct insn i, enum isa_id id)
{
	struct isa_op op;

	CHECK_EQ(isa_decode(NULL, &i, 1, &op, NULL), 0);
	if (op.id != id)
		FAIL("built %s, not %s", isa_row(op.id)->name, isa_row(id)->name);
}

TEST(builders_agree_with_the_table)
{
#define ALU(name, word, ...)                                                                       \
	builds(isa_##word##64_reg(1, 2), ISA_##name##64_R);                                        \
	builds(isa_##word##64_imm(1, 3), ISA_##name##64_K);                                        \
	builds(isa_##word##32_reg(1, 2), ISA_##name##32_R);                                        \
	builds(isa_##word##32_imm(1, 3), ISA_##name##32_K);
#define JCC(name, word, ...)                                                                       \
	builds(isa_##word##64_reg(1, 2, -3), ISA_##name##64_R);                                    \
	builds(isa_##word##64_imm(1, 2, -3), ISA_##name##64_K);                                    \
	builds(isa_##word##32_reg(1, 2, -3), ISA_##name##32_R);                                    \
	builds(isa_##word##32_imm(1, 2, -3), ISA_##name##32_K);
#define ATOMIC(name, word, imm, ...)                                                               \
	builds(isa_atomic(ISA_SIZE_W, imm, 1, 8, 2), ISA_##name##32);                              \
	builds(isa_atomic(ISA_SIZE_DW, imm, 1, 8, 2), ISA_##name##64);
#define STORE(name, word, size, ...)                                                               \
	builds(isa_st(size, 1, 8, 2), ISA_ST_##name);                                              \
	builds(isa_stx(size, 1, 8, 2), ISA_STX_##name);
#include "isa/insn.def"
	builds(isa_ldx(ISA_SIZE_B, 1, 2, 3), ISA_LDX_U8);
	builds(isa_ldsx(ISA_SIZE_H, 1, 2, 3), ISA_LDX_S16);
	builds(isa_mov64_reg(1, 2), ISA_MOV64_R);
	builds(isa_mov32_imm(1, 2), ISA_MOV32_K);
	builds(isa_movsx64(1, 2, 32), ISA_MOVSX64_S32);
	builds(isa_movsx32(1, 2, 8), ISA_MOVSX32_S8);
	builds(isa_neg64(1), ISA_NEG64);
	builds(isa_neg32(1), ISA_NEG32);
	builds(isa_be(1, 16), ISA_BE16);
	builds(isa_le(1, 64), ISA_LE64);
	builds(isa_bswap(1, 32), ISA_BSWAP32);
	builds(isa_ja(1), ISA_JA);
	builds(isa_ja32(1), ISA_JA32);
	builds(isa_may_goto(1), ISA_MAY_GOTO);
	builds(isa_call(1), ISA_CALL);
	builds(isa_call_local(1), ISA_CALL_LOCAL);
	builds(isa_call_kfunc(1, 2), ISA_CALL_KFUNC);
	builds(isa_exit(), ISA_EXIT);
}

/* The meaning column, compiled for both widths, on the values where it could go wrong. */
#define ALU(name, word, op, variant, text, kform, cpu, since, value)                               \
	static uint64_t word##_64(uint64_t d, uint64_t s)                                          \
	{                                                                                          \
		typedef uint64_t U;                                                                \
		typedef int64_t I;                                                                 \
		enum { W = 64 };                                                                   \
		(void)sizeof(I), (void)sizeof(U), (void)W;                                         \
		return value;                                                                      \
	}                                                                                          \
	static uint32_t word##_32(uint32_t d, uint32_t s)                                          \
	{                                                                                          \
		typedef uint32_t U;                                                                \
		typedef int32_t I;                                                                 \
		enum { W = 32 };                                                                   \
		(void)sizeof(I), (void)sizeof(U), (void)W;                                         \
		return value;                                                                      \
	}
#include "isa/insn.def"

TEST(meanings_at_the_edges)
{
	const uint64_t min = UINT64_C(1) << 63;

	CHECK_EQ(add_64(UINT64_MAX, 2), 1);
	CHECK_EQ(add_32(UINT32_MAX, 2), 1);
	CHECK_EQ(sub_64(0, 1), -1);
	CHECK_EQ(mul_32(0x10000, 0x10001), 0x10000);
	CHECK_EQ(mul_64(min, 3), (int64_t)min);
	CHECK_EQ(div_64(7, 0), 0);
	CHECK_EQ(mod_64(7, 0), 7);
	CHECK_EQ(sdiv_64(7, 0), 0);
	CHECK_EQ(smod_64(7, 0), 7);
	CHECK_EQ(sdiv_64(min, (uint64_t)-1), (int64_t)min);
	CHECK_EQ(smod_64(min, (uint64_t)-1), 0);
	CHECK_EQ(sdiv_32(1u << 31, UINT32_MAX), 1u << 31);
	CHECK_EQ(smod_32(1u << 31, UINT32_MAX), 0);
	CHECK_EQ((int64_t)sdiv_64((uint64_t)-7, 2), -3);
	CHECK_EQ((int64_t)smod_64((uint64_t)-7, 2), -1);
	CHECK_EQ((int32_t)sdiv_32((uint32_t)-7, 2), -3);
	CHECK_EQ(lsh_64(1, 65), 2);
	CHECK_EQ(lsh_32(1, 33), 2);
	CHECK_EQ(rsh_64(min, 63), 1);
	CHECK_EQ(rsh_32(1u << 31, 31), 1);
	CHECK_EQ((int64_t)arsh_64(min, 63), -1);
	CHECK_EQ((int32_t)arsh_32(1u << 31, 31), -1);
	CHECK_EQ(or_64(5, 2) + and_64(5, 4) + xor_64(5, 1), 7 + 4 + 4);
	CHECK_EQ(or_32(5, 2) + and_32(5, 4) + xor_32(5, 1) + sub_32(2, 1) + div_32(9, 2) +
			 mod_32(9, 2),
		 7 + 4 + 4 + 1 + 4 + 1);
}

static void refused(struct insn i, unsigned major, unsigned minor, const char *text)
{
	struct isa_target t = {.kernel = ISA_KERNEL(major, minor)};
	struct isa_why why = {0};
	struct isa_op op;
	int err = isa_decode(&t, &i, 1, &op, &why);

	CHECK_STR(err ? why.text : "valid", text);
}

TEST(older_kernels_refuse_in_their_words)
{
	refused(isa_sdiv64_reg(1, 2), 5, 10, "BPF_ALU uses reserved fields");
	refused(isa_sdiv64_reg(1, 2), 6, 6, "valid");
	refused(isa_bswap(1, 16), 6, 1, "unknown opcode d7");
	refused(isa_ldsx(ISA_SIZE_B, 1, 2, 0), 6, 1, "BPF_LDX uses reserved fields");
	refused(isa_atomic(ISA_SIZE_DW, 1, 1, 0, 2), 5, 10, "BPF_STX uses reserved fields");
	refused(isa_atomic(ISA_SIZE_DW, 0, 1, 0, 2), 5, 10, "valid");
	refused(isa_atomic(ISA_SIZE_B, 0, 1, 0, 2), 6, 12, "unknown opcode d3");
	refused(isa_atomic(ISA_SIZE_B, 0, 1, 0, 2), 6, 18, "invalid atomic operand size");
	refused(isa_atomic(ISA_SIZE_B, 0x100, 1, 0, 2), 6, 18, "valid");
	refused(isa_atomic(ISA_SIZE_W, 0x100, 1, 0, 2), 6, 12,
		"BPF_ATOMIC uses invalid atomic opcode 100");
	refused(isa_ja32(0), 5, 10, "unknown opcode 06");
	refused(isa_ja32(1), 6, 1, "BPF_JA uses reserved fields");
	refused(isa_may_goto(0), 6, 12, "invalid may_goto off 0 imm 0");
	refused(isa_may_goto(0), 6, 18, "valid");
	refused(isa_may_goto(1), 6, 6, "unknown opcode e5");
	refused(isa_insn(0x0d, 1, 0, 0, 0), 6, 18, "unknown opcode 0d");
	refused(isa_insn(0x0d, 1, 0, 0, 0), 6, 19, "valid");
	refused(isa_insn(0x0d, 1, 0, 1, 0), 6, 19, "BPF_JA|BPF_X uses reserved fields");
	refused(isa_ldx(ISA_SIZE_DW, 1, 11, 8), 6, 18, "R11 is invalid");
	refused(isa_ldx(ISA_SIZE_DW, 1, 11, 8), 7, 2, "valid");
	refused(isa_ldx(ISA_SIZE_DW, 1, 11, -8), 7, 2, "R11 is invalid");
	refused(isa_ldx(ISA_SIZE_W, 1, 11, 8), 7, 2, "R11 is invalid");
	refused(isa_stx(ISA_SIZE_DW, 11, -8, 1), 7, 2, "valid");
	refused(isa_st(ISA_SIZE_DW, 11, -12, 1), 7, 2, "R11 is invalid");
	refused(isa_mov64_reg(1, 11), 7, 2, "R11 is invalid");
	/* two faults: what is found first changed in 7.1 */
	refused(isa_insn(0xb7, 12, 1, 0, 0), 6, 18, "BPF_MOV uses reserved fields");
	refused(isa_insn(0xb7, 12, 1, 0, 0), 7, 1, "R12 is invalid");
}

TEST(byte_order_is_changed_and_back)
{
	struct insn i[2] = {isa_insn(0x18, 1, 2, 0x0304, 0x05060708), isa_insn(0, 0, 0, 0, 9)},
		    was[2];
	static const uint8_t other[8] = {0x18, 0x12, 3, 4, 5, 6, 7, 8};

	memcpy(was, i, sizeof(i));
	isa_swap(i, 2);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	CHECK_MEM(&i[0], other, 8);
#endif
	isa_swap(i, 2);
	CHECK_MEM(i, was, sizeof(i));
}

/* doc/isa.md has the table as it is; print it with: tests/run --here -v isa_table/documented */
TEST(documented)
{
	struct file doc;
	struct str table;
	bool found;

	if (test_oom())
		return;
	str_init(&table, 1 << 20);
	isa_table(&table);
	CHECK_EQ(file_read("doc/isa.md", 1 << 20, NULL, &doc), 0);
	found = strstr((const char *)doc.data, table.s);
	file_done(&doc);
	if (!found)
		test_note("%s", table.s);
	str_done(&table);
	CHECK(found);
}
