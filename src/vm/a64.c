/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arm64: one operation, the target. Read a64.h and jit_sum.c first.
 */
#include "vm/a64.h"

/* ---- what operations have in common ---- */

const struct a64_plain a64_plain[_ISA_MAX] = {
#define PLAIN(name, op)                                                                            \
	[ISA_##name##64_R] = {op, true, false}, [ISA_##name##64_K] = {op, true, true},             \
	[ISA_##name##32_R] = {op, false, false}, [ISA_##name##32_K] = {op, false, true},
	PLAIN(ADD, ADD) PLAIN(SUB, SUB) PLAIN(AND, AND) PLAIN(OR, ORR) PLAIN(XOR, EOR)
#undef PLAIN
};

#define COND_JEQ EQ
#define COND_JNE NE
#define COND_JGT HI
#define COND_JGE HS
#define COND_JLT LO
#define COND_JLE LS
#define COND_JSGT GT
#define COND_JSGE GE
#define COND_JSLT LT
#define COND_JSLE LE
#define COND_JSET ANY

const struct a64_test a64_test[_ISA_MAX] = {
#define JCC(name, ...)                                                                             \
	[ISA_##name##64_R] = {true, true, false, COND_##name},                                     \
	[ISA_##name##64_K] = {true, true, true, COND_##name},                                      \
	[ISA_##name##32_R] = {true, false, false, COND_##name},                                    \
	[ISA_##name##32_K] = {true, false, true, COND_##name},
#include "isa/insn.def"
};

/* ---- one ---- */

#define ADD_r(w, d, s) ((w) ? a64_add64(j, d, s) : a64_arith(j, false, ADD, d, a64_use(j, s)))
#define SUB_r(w, d, s) a64_arith(j, w, SUB, d, a64_use(j, s))
#define MUL_r(w, d, s) a64_mul(j, w, d, a64_use(j, s))
#define OR_r(w, d, s) a64_arith(j, w, ORR, d, a64_use(j, s))
#define AND_r(w, d, s) a64_arith(j, w, AND, d, a64_use(j, s))
#define XOR_r(w, d, s) a64_arith(j, w, EOR, d, a64_use(j, s))
#define LSH_r(w, d, s) a64_arith(j, w, LSLV, d, a64_use(j, s))
#define RSH_r(w, d, s) a64_arith(j, w, LSRV, d, a64_use(j, s))
#define ARSH_r(w, d, s) a64_arith(j, w, ASRV, d, a64_use(j, s))
#define DIV_r(w, d, s) a64_divide(j, (struct a64_division){w, false, false}, d, a64_use(j, s))
#define MOD_r(w, d, s) a64_divide(j, (struct a64_division){w, false, true}, d, a64_use(j, s))
#define SDIV_r(w, d, s) a64_divide(j, (struct a64_division){w, true, false}, d, a64_use(j, s))
#define SMOD_r(w, d, s) a64_divide(j, (struct a64_division){w, true, true}, d, a64_use(j, s))

#define ADD_k(w, d, v) a64_add_k(j, w, d, v)
#define SUB_k(w, d, v) a64_sub_k(j, w, d, v)
#define MUL_k(w, d, v) a64_mul_k(j, w, d, v)
#define OR_k(w, d, v) a64_logical_k(j, w, ORR, d, v)
#define AND_k(w, d, v) a64_logical_k(j, w, AND, d, v)
#define XOR_k(w, d, v) a64_logical_k(j, w, EOR, d, v)
#define LSH_k(w, d, v) a64_shift_k(j, w, LSL, d, (unsigned)v)
#define RSH_k(w, d, v) a64_shift_k(j, w, LSR, d, (unsigned)v)
#define ARSH_k(w, d, v) a64_shift_k(j, w, ASR, d, (unsigned)v)
#define DIV_k(w, d, v) a64_divide_k(j, (struct a64_division){w, false, false}, d, v)
#define MOD_k(w, d, v) a64_divide_k(j, (struct a64_division){w, false, true}, d, v)
#define SDIV_k(w, d, v) a64_divide_k(j, (struct a64_division){w, true, false}, d, v)
#define SMOD_k(w, d, v) a64_divide_k(j, (struct a64_division){w, true, true}, d, v)

#define LOAD_PUBLIC(name) case ISA_LDX_##name: a64_load(j, name, op->dst, op->src, op->off); break;
#define LOAD_INTERNAL(name) case ISA_LDX_##name: load_##name(j, op); break;
#define INTERNAL(type)                                                                             \
	static void load_PROBE_##type(struct jit *j, const struct vm_op *op)                       \
	{                                                                                          \
		a64_load_probe(j, type, op);                                                       \
	}                                                                                          \
	static void load_ARENA_##type(struct jit *j, const struct vm_op *op)                       \
	{                                                                                          \
		a64_load_arena(j, type, op);                                                       \
	}
INTERNAL(U8) INTERNAL(U16) INTERNAL(U32) INTERNAL(U64) INTERNAL(S8) INTERNAL(S16) INTERNAL(S32)
#undef INTERNAL

#define ATOMIC_LOCK(w, what, arena) a64_atomic(j, w, false, what, op, arena)
#define ATOMIC_FETCH(w, what, arena) a64_atomic(j, w, true, what, op, arena)
#define ATOMIC_CMPXCHG(w, what, arena) a64_compare_exchange(j, w, op, arena)
#define WHAT_ATOMIC_ADD A64_ADD
#define WHAT_ATOMIC_OR A64_OR
#define WHAT_ATOMIC_AND A64_AND
#define WHAT_ATOMIC_XOR A64_XOR
#define WHAT_ATOMIC_FETCH_ADD A64_ADD
#define WHAT_ATOMIC_FETCH_OR A64_OR
#define WHAT_ATOMIC_FETCH_AND A64_AND
#define WHAT_ATOMIC_FETCH_XOR A64_XOR
#define WHAT_ATOMIC_XCHG A64_SWAP

/* With constants hidden: whether this operation has one, and is written. */
static bool write_blind(struct jit *j, const struct vm_op *op)
{
	enum isa_id id = jit_id(op);
	const struct a64_plain *plain = &a64_plain[id];

	if (plain->imm) {
		a64_constant(j, plain->wide, CONSTANT, op->imm);
		a64_arith(j, plain->wide, plain->op, op->dst, CONSTANT);
	} else if (id == ISA_MUL64_K || id == ISA_MUL32_K) {
		a64_constant(j, id == ISA_MUL64_K, CONSTANT, op->imm);
		a64_mul(j, id == ISA_MUL64_K, op->dst, CONSTANT);
	} else if (id == ISA_MOV64_K || id == ISA_LD_IMM64) {
		a64_load_imm_blind(j, op->dst, (uint64_t)op->imm64);
	} else if (id == ISA_MOV32_K) {
		a64_constant(j, false, jit_change(j, op->dst, true), op->imm);
	} else {
		return false;
	}
	return true;
}

/* One row a line. */
/* clang-format off */
static void write_op(struct jit *j, uint32_t pc, const struct vm_op *op)
{
	switch ((int)jit_id(op)) {
#define ALU(name, ...)                                                                             \
	case ISA_##name##64_R: name##_r(true, op->dst, op->src); break;                            \
	case ISA_##name##64_K: name##_k(true, op->dst, op->imm); break;                            \
	case ISA_##name##32_R: name##_r(false, op->dst, op->src); break;                           \
	case ISA_##name##32_K: name##_k(false, op->dst, op->imm); break;
#define LOAD(name, word, opcode, type, text, kind, ...) LOAD_##kind(name)
#define STORE(name, ...)                                                                           \
	case ISA_ST_##name: a64_store_imm(j, name, op->dst, op->off, op->imm); break;              \
	case ISA_STX_##name: a64_store(j, name, op->dst, op->off, a64_use(j, op->src)); break;     \
	case ISA_ARENA_ST_##name: a64_store_imm_arena(j, name, op); break;                         \
	case ISA_ARENA_STX_##name: a64_store_arena(j, name, op); break;
#define ATOMIC(name, word, imm, form, ...)                                                         \
	case ISA_##name##32: ATOMIC_##form(false, WHAT_##name, false); break;                      \
	case ISA_##name##64: ATOMIC_##form(true, WHAT_##name, false); break;                       \
	case ISA_ARENA_##name##32: ATOMIC_##form(false, WHAT_##name, true); break;                 \
	case ISA_ARENA_##name##64: ATOMIC_##form(true, WHAT_##name, true); break;
#define ORDERED(name, ...)                                                                         \
	case ISA_LOAD_ACQ_##name: a64_load_acquire(j, name, op, false); break;                     \
	case ISA_STORE_REL_##name: a64_store_release(j, name, op, false); break;                   \
	case ISA_ARENA_LOAD_ACQ_##name: a64_load_acquire(j, name, op, true); break;                \
	case ISA_ARENA_STORE_REL_##name: a64_store_release(j, name, op, true); break;
#include "isa/insn.def"
	case ISA_CAST: a64_cast(j, op); break;
	case ISA_NEG64: a64_negate(j, true, op->dst); break;
	case ISA_NEG32: a64_negate(j, false, op->dst); break;
	case ISA_MOV64_R: a64_mov64(j, op->dst, op->src); break;
	case ISA_MOV32_R: a64_mov32(j, op->dst, op->src); break;
	case ISA_MOV64_K: a64_load_imm(j, op->dst, (uint64_t)op->imm64); break;
	case ISA_MOV32_K: a64_load_imm(j, op->dst, (uint32_t)op->imm); break;
	case ISA_MOVSX64_S8: a64_extend(j, true, SBFM, 8, op->dst, op->src); break;
	case ISA_MOVSX64_S16: a64_extend(j, true, SBFM, 16, op->dst, op->src); break;
	case ISA_MOVSX64_S32: a64_extend(j, true, SBFM, 32, op->dst, op->src); break;
	case ISA_MOVSX32_S8: a64_extend(j, false, SBFM, 8, op->dst, op->src); break;
	case ISA_MOVSX32_S16: a64_extend(j, false, SBFM, 16, op->dst, op->src); break;
	case ISA_LE16: a64_extend(j, false, UBFM, 16, op->dst, op->dst); break;
	case ISA_LE32: a64_mov32(j, op->dst, op->dst); break;
	case ISA_LE64: break;
	case ISA_BE16: case ISA_BSWAP16: a64_swap(j, op->dst, 16); break;
	case ISA_BE32: case ISA_BSWAP32: a64_swap(j, op->dst, 32); break;
	case ISA_BE64: case ISA_BSWAP64: a64_swap(j, op->dst, 64); break;
	case ISA_LD_IMM64: case ISA_LD_MAP_FD: case ISA_LD_MAP_VALUE: case ISA_LD_BTF_ID:
	case ISA_LD_FUNC: case ISA_LD_MAP_IDX: case ISA_LD_MAP_IDX_VALUE:
		a64_load_imm(j, op->dst, (uint64_t)op->imm64);
		break;
	case ISA_MAY_GOTO: a64_may_goto(j, pc, jit_to(j, op)); break;
	default: jit_write_flow(j, pc, op);
	}
}

/* clang-format on */

static void write(struct jit *j, uint32_t pc, const struct vm_op *op)
{
	const struct a64_test *test = &a64_test[jit_id(op)];

	if (test->is)
		a64_branch(j, test->wide, (enum a64_cond)test->cond, pc, op, test->imm);
	else if (!j->blind || !write_blind(j, op))
		write_op(j, pc, op);
}

/* ---- fixups: all distances are of the instruction that jumps, in instructions ---- */

static bool is_bit_test(uint32_t jump)
{
	return (jump & 0x7e000000) == TBZ;
}

static uint8_t fix_size(const struct jit_fix *f, bool far)
{
	switch ((enum jit_fix_kind)f->kind) {
	case JIT_FIX_JUMP:
		return f->wide && f->cond != JIT_ALWAYS ? 8 : 4;
	case JIT_FIX_CALL:
		return 4;
	case JIT_FIX_CALL_ABS:
		return far ? (uint8_t)(4 * (a64_mov_imm_words((uintptr_t)f->abs) + 1)) : 4;
	case JIT_FIX_ALIGN:
		return 0;
	}
	bug("fixup %d", f->kind);
}

static bool fits_signed(int64_t v, unsigned bits)
{
	return v >= -(INT64_C(1) << (bits - 1)) && v < INT64_C(1) << (bits - 1);
}

static bool fix_fits(const struct jit_fix *f, int64_t distance)
{
	int64_t words = distance / 4 + 1;

	if (f->kind != JIT_FIX_JUMP || f->cond == JIT_ALWAYS)
		return fits_signed(words, 26);
	return fits_signed(words, is_bit_test(f->cond) ? 14 : 19);
}

static uint32_t with_distance(uint32_t jump, int64_t words)
{
	if (is_bit_test(jump))
		return jump | ((uint32_t)words & 0x3fff) << 5;
	return jump | ((uint32_t)words & 0x7ffff) << 5;
}

static void fix_put(const struct jit_fix *f, uint8_t *at, int64_t distance)
{
	uint32_t near = (uint32_t)(distance / 4 + 1) & 0x3ffffff, word = BLR | CONSTANT << 5;

	if (f->kind == JIT_FIX_CALL_ABS && f->size > 4) {
		a64_put_mov_imm(&at, CONSTANT, (uintptr_t)f->abs);
	} else if (f->kind != JIT_FIX_JUMP) {
		word = BL | near;
	} else if (f->cond == JIT_ALWAYS) {
		word = B | near;
	} else if (!f->wide) {
		word = with_distance(f->cond, distance / 4 + 1);
	} else {
		word = with_distance(a64_inverse(f->cond), 2);
		memcpy(at, &word, sizeof(word));
		at += sizeof(word);
		word = B | near;
	}
	memcpy(at, &word, sizeof(word));
}

static void pad(uint8_t *at, size_t n)
{
	const uint32_t nop = NOP;
	size_t i;

	for (i = 0; i < n; i += sizeof(nop))
		memcpy(at + i, &nop, sizeof(nop));
}

const struct target vm_target_a64 = {
	.name = "arm64",
	.slack = 512,
	.begin = a64_begin,
	.entry = a64_entry,
	.combine = a64_combine,
	.op = write,
	.fix_size = fix_size,
	.fix_fits = fix_fits,
	.fix_put = fix_put,
	.pad = pad,
	.dis = vm_a64_dis,
	.reach = 128 << 20,
	.machine = machine,
	.below = VM_FRAME_STACK,
	.settle = a64_settle,
	.use = a64_use,
	.if_left = B_COND | GT,
	.inverse = a64_inverse,
	.use_up = a64_use_up,
	.emit_ask = a64_emit_ask,
	.tell_state = a64_tell_state,
	.store_run = a64_store_run,
	.call = a64_call,
	.check_err = a64_check_err,
	.emit_failed = a64_emit_failed,
	.packet_args = a64_packet_args,
	.call_map = a64_call_map,
	.element = a64_element,
	.field = a64_field,
	.check_frames = a64_check_frames,
	.add_to_fp = a64_add_to_fp,
	.leave = a64_leave,
};
