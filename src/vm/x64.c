/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * x86-64: one operation, memory, the target. Read x64.h and jit_sum.c first.
 */
#include "vm/x64.h"

/* ---- memory ---- */

static const struct x64_load loads[] = {
	{0x1b6, false, true}, {0x1b7, false, true}, {0x8b, false, true}, {0x8b, true, false},
	{0x1be, true, false}, {0x1bf, true, false}, {0x63, true, false},
};
enum { U8, U16, U32, U64, S8, S16, S32 };

static void load(struct jit *j, unsigned type, unsigned d, unsigned s, int16_t off)
{
	struct mem m = x64_address(j, s, off, d);

	rm(j, loads[type].wide, loads[type].op, jit_change(j, d, loads[type].zero_extended), &m);
}

static void store_from(struct jit *j, unsigned type, unsigned d, int16_t off, unsigned from)
{
	struct mem m = x64_address(j, d, off, JIT_NONE);

	if (type == U16)
		put(j, 0x66);
	rm_must(j, type == U64, type == U8 ? 0x88 : 0x89, from, &m, type == U8 && from >= 4);
}

static void store(struct jit *j, unsigned type, unsigned d, int16_t off, unsigned s)
{
	store_from(j, type, d, off, x64_use(j, s));
}

static void store_imm(struct jit *j, unsigned type, unsigned d, int16_t off, int32_t v)
{
	struct mem m = x64_address(j, d, off, JIT_NONE);

	if (type == U16)
		put(j, 0x66);
	rm(j, type == U64, type == U8 ? 0xc6 : 0xc7, 0, &m);
	if (type == U8)
		put(j, (uint8_t)v);
	else if (type == U16)
		put(j, (uint8_t)v), put(j, (uint8_t)(v >> 8));
	else
		put32(j, (uint32_t)v);
}

static void locked(struct jit *j, bool wide, unsigned op, unsigned reg, const struct mem *m)
{
	put(j, 0xf0);
	rm(j, wide, op, reg, m);
}

static void atomic(struct jit *j, bool wide, unsigned op, const struct vm_op *i)
{
	unsigned s = x64_use(j, i->src);
	struct mem m = x64_address(j, i->dst, i->off, JIT_NONE);

	locked(j, wide, op << 3 | 1, s, &m);
}

static void exchange(struct jit *j, bool wide, unsigned op, const struct vm_op *i)
{
	struct mem m;

	x64_settle(j, i->src);
	m = x64_address(j, i->dst, i->off, i->src);
	jit_change(j, i->src, !wide);
	if (op == 0x87)
		rm(j, wide, op, machine[i->src], &m); /* which locks by itself */
	else
		locked(j, wide, op, machine[i->src], &m);
}

static void compare_exchange(struct jit *j, bool wide, const struct vm_op *i)
{
	unsigned s;
	struct mem m;

	x64_settle(j, 0);
	s = x64_use(j, i->src);
	m = x64_address(j, i->dst, i->off, 0);
	jit_change(j, 0, !wide);
	locked(j, wide, 0x1b1, s, &m);
	if (!wide)
		mov(j, false, RAX, RAX);
}

/* The processor has no fetching and, or and xor: try until nobody came between. */
static void fetch_loop(struct jit *j, bool wide, unsigned op, const struct vm_op *i)
{
	unsigned s = machine[i->src];
	uint8_t *again;
	struct mem m;

	x64_settle(j, i->src);
	x64_settle(j, 0);
	m = x64_address(j, i->dst, i->off, i->src);
	jit_change(j, i->src, !wide);
	mov(j, true, R10, RAX);
	m.base = m.base == RAX ? R10 : m.base;
	m.index = m.index == RAX ? R10 : m.index;
	rm(j, wide, 0x8b, RAX, &m);
	again = j->at;
	mov(j, true, R11, RAX);
	alu(j, wide, op, R11, s == RAX ? R10 : s);
	locked(j, wide, 0x1b1, R11, &m);
	put(j, 0x70 | O_NE);
	put(j, (uint8_t)(again - j->at - 1));
	if (s == RAX) {
		if (!wide)
			mov(j, false, RAX, RAX);
		return;
	}
	mov(j, wide, s, RAX);
	mov(j, true, RAX, R10);
}

/* ---- one ---- */

const uint8_t x64_plain[_ISA_MAX] = {
#define PLAIN(op)                                                                                  \
	[ISA_##op##64_R] = X64_THERE | X64_WIDE | op, [ISA_##op##32_R] = X64_THERE | op,           \
	[ISA_##op##64_K] = X64_THERE | X64_IMM | X64_WIDE | op,                                    \
	[ISA_##op##32_K] = X64_THERE | X64_IMM | op,
	PLAIN(ADD) PLAIN(SUB) PLAIN(AND) PLAIN(OR) PLAIN(XOR)
#undef PLAIN
};

#define ADD_r(w, d, s) ((w) ? x64_add64(j, d, s) : x64_add32(j, d, x64_use(j, s)))
#define SUB_r(w, d, s) x64_arith(j, w, SUB, d, x64_use(j, s))
#define MUL_r(w, d, s) x64_mul(j, w, d, x64_use(j, s))
#define OR_r(w, d, s) x64_arith(j, w, OR, d, x64_use(j, s))
#define AND_r(w, d, s) x64_arith(j, w, AND, d, x64_use(j, s))
#define XOR_r(w, d, s) x64_arith(j, w, XOR, d, x64_use(j, s))
#define LSH_r(w, d, s) x64_shift_r(j, w, SHL, d, x64_use(j, s))
#define RSH_r(w, d, s) x64_shift_r(j, w, SHR, d, x64_use(j, s))
#define ARSH_r(w, d, s) x64_shift_r(j, w, SAR, d, x64_use(j, s))
#define DIV_r(w, d, s)                                                                             \
	x64_divide_r(j, (struct x64_division){w, false, false, 0}, d, x64_use(j, d), x64_use(j, s))
#define MOD_r(w, d, s)                                                                             \
	x64_divide_r(j, (struct x64_division){w, false, true, 0}, d, x64_use(j, d), x64_use(j, s))
#define SDIV_r(w, d, s)                                                                            \
	x64_divide_r(j, (struct x64_division){w, true, false, 0}, d, x64_use(j, d), x64_use(j, s))
#define SMOD_r(w, d, s)                                                                            \
	x64_divide_r(j, (struct x64_division){w, true, true, 0}, d, x64_use(j, d), x64_use(j, s))

#define ADD_k(w, d, v) ((w) ? x64_add64_imm(j, d, v) : x64_add32_imm(j, d, v))
#define SUB_k(w, d, v) x64_sub_imm(j, w, d, v)
#define MUL_k(w, d, v) x64_mul_imm(j, w, d, v)
#define OR_k(w, d, v) x64_or_imm(j, w, OR, d, v)
#define AND_k(w, d, v) x64_and_imm(j, w, d, v)
#define XOR_k(w, d, v) x64_or_imm(j, w, XOR, d, v)
#define LSH_k(w, d, v) x64_shift_k(j, w, SHL, d, (unsigned)v)
#define RSH_k(w, d, v) x64_shift_k(j, w, SHR, d, (unsigned)v)
#define ARSH_k(w, d, v) x64_shift_k(j, w, SAR, d, (unsigned)v)
#define DIV_k(w, d, v) x64_divide_imm(j, (struct x64_division){w, false, false, v}, d)
#define MOD_k(w, d, v) x64_divide_imm(j, (struct x64_division){w, false, true, v}, d)
#define SDIV_k(w, d, v) x64_divide_imm(j, (struct x64_division){w, true, false, v}, d)
#define SMOD_k(w, d, v) x64_divide_imm(j, (struct x64_division){w, true, true, v}, d)

#define COND_JEQ O_EQ
#define COND_JNE O_NE
#define COND_JGT O_ABOVE
#define COND_JGE O_ABOVE_EQ
#define COND_JLT O_BELOW
#define COND_JLE O_BELOW_EQ
#define COND_JSGT O_GREATER
#define COND_JSGE O_GREATER_EQ
#define COND_JSLT O_LESS
#define COND_JSLE O_LESS_EQ
#define COND_JSET O_TEST

#define LOAD_PUBLIC(name) case ISA_LDX_##name: load(j, name, op->dst, op->src, op->off); break;
#define LOAD_INTERNAL(name) case ISA_LDX_##name: load_##name(j, op); break;
#define INTERNAL(name)                                                                             \
	static void load_PROBE_##name(struct jit *j, const struct vm_op *i)                        \
	{                                                                                          \
		x64_load_probe(j, loads[name], i->dst, i->src, i->off);                            \
	}                                                                                          \
	static void load_ARENA_##name(struct jit *j, const struct vm_op *i)                        \
	{                                                                                          \
		x64_load_arena(j, loads[name], i, false);                                          \
	}
INTERNAL(U8) INTERNAL(U16) INTERNAL(U32) INTERNAL(U64) INTERNAL(S8) INTERNAL(S16) INTERNAL(S32)
#undef INTERNAL

#define ARENA_LOCK(w, op_) x64_atomic_arena(j, w, op_, op)
#define ARENA_FETCH(w, op_) x64_fetch_arena(j, w, op_, op)
#define ARENA_CMPXCHG(w, op_) x64_compare_exchange_arena(j, w, op)
#define ATOMIC_LOCK(w, op_) atomic(j, w, op_, op)
#define ATOMIC_FETCH(w, op_) fetch(j, w, op_, op)
#define ATOMIC_CMPXCHG(w, op_) compare_exchange(j, w, op)
#define OP_ATOMIC_ADD ADD
#define OP_ATOMIC_OR OR
#define OP_ATOMIC_AND AND
#define OP_ATOMIC_XOR XOR
#define OP_ATOMIC_FETCH_ADD ADD
#define OP_ATOMIC_FETCH_OR OR
#define OP_ATOMIC_FETCH_AND AND
#define OP_ATOMIC_FETCH_XOR XOR
#define OP_ATOMIC_XCHG CMP /* none of the above */
#define OP_ATOMIC_CMPXCHG CMP

static void fetch(struct jit *j, bool wide, unsigned op, const struct vm_op *i)
{
	if (op == ADD)
		exchange(j, wide, 0x1c1, i);
	else if (op == CMP)
		exchange(j, wide, 0x87, i);
	else
		fetch_loop(j, wide, op, i);
}

/* With constants hidden: whether this operation has one, and is written. */
static bool write_blind(struct jit *j, const struct vm_op *op)
{
	enum isa_id id = jit_id(op);
	uint8_t plain = x64_plain[id];
	unsigned type;

	if (plain & X64_IMM) {
		x64_constant(j, plain & X64_WIDE, R11, op->imm);
		x64_arith(j, plain & X64_WIDE, plain & X64_MASK, op->dst, R11);
	} else if (id == ISA_MUL64_K || id == ISA_MUL32_K) {
		x64_constant(j, id == ISA_MUL64_K, R11, op->imm);
		x64_mul(j, id == ISA_MUL64_K, op->dst, R11);
	} else if (id == ISA_MOV64_K || id == ISA_LD_IMM64) {
		x64_load_imm_blind(j, op->dst, (uint64_t)op->imm64);
	} else if (id == ISA_MOV32_K) {
		x64_constant(j, false, jit_change(j, op->dst, true), op->imm);
	} else if (id == ISA_ST_U8 || id == ISA_ST_U16 || id == ISA_ST_U32 || id == ISA_ST_U64) {
		type = id == ISA_ST_U8 ? U8 : id == ISA_ST_U16 ? U16 : id == ISA_ST_U32 ? U32 : U64;
		x64_constant(j, type == U64, R11, op->imm);
		store_from(j, type, op->dst, op->off, R11);
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
#define JCC(name, ...)                                                                             \
	case ISA_##name##64_R: x64_branch(j, true, COND_##name, pc, op, false); break;             \
	case ISA_##name##64_K: x64_branch(j, true, COND_##name, pc, op, true); break;              \
	case ISA_##name##32_R: x64_branch(j, false, COND_##name, pc, op, false); break;            \
	case ISA_##name##32_K: x64_branch(j, false, COND_##name, pc, op, true); break;
#define LOAD(name, word, opcode, type, text, kind, ...) LOAD_##kind(name)
#define STORE(name, ...)                                                                           \
	case ISA_ST_##name: store_imm(j, name, op->dst, op->off, op->imm); break;                  \
	case ISA_STX_##name: store(j, name, op->dst, op->off, op->src); break;                     \
	case ISA_ARENA_ST_##name: x64_store_imm_arena(j, 1u << name, op); break;                   \
	case ISA_ARENA_STX_##name: x64_store_arena(j, 1u << name, op); break;
#define ATOMIC(name, word, imm, form, ...)                                                         \
	case ISA_##name##32: ATOMIC_##form(false, OP_##name); break;                               \
	case ISA_##name##64: ATOMIC_##form(true, OP_##name); break;                                \
	case ISA_ARENA_##name##32: ARENA_##form(false, OP_##name); break;                          \
	case ISA_ARENA_##name##64: ARENA_##form(true, OP_##name); break;
/* on this machine every load acquires and every store releases */
#define ORDERED(name, ...)                                                                         \
	case ISA_LOAD_ACQ_##name: load(j, name, op->dst, op->src, op->off); break;                 \
	case ISA_STORE_REL_##name: store(j, name, op->dst, op->off, op->src); break;               \
	case ISA_ARENA_LOAD_ACQ_##name: x64_load_arena(j, loads[name], op, true); break;           \
	case ISA_ARENA_STORE_REL_##name: x64_store_arena(j, 1u << name, op); break;
#include "isa/insn.def"
	case ISA_NEG64: x64_negate(j, true, op->dst); break;
	case ISA_NEG32: x64_negate(j, false, op->dst); break;
	case ISA_MOV64_R: x64_mov64(j, op->dst, op->src); break;
	case ISA_CAST: x64_cast(j, op); break;
	case ISA_MOV32_R: x64_mov32(j, op->dst, op->src); break;
	case ISA_MOV64_K: x64_load_imm(j, op->dst, (uint64_t)op->imm64); break;
	case ISA_MOV32_K: x64_load_imm(j, op->dst, (uint32_t)op->imm); break;
	case ISA_MOVSX64_S8: x64_sign_extend(j, true, 0x1be, op->dst, op->src); break;
	case ISA_MOVSX64_S16: x64_sign_extend(j, true, 0x1bf, op->dst, op->src); break;
	case ISA_MOVSX64_S32: x64_sign_extend(j, true, 0x63, op->dst, op->src); break;
	case ISA_MOVSX32_S8: x64_sign_extend(j, false, 0x1be, op->dst, op->src); break;
	case ISA_MOVSX32_S16: x64_sign_extend(j, false, 0x1bf, op->dst, op->src); break;
	case ISA_LE16: x64_and_imm(j, false, op->dst, 0xffff); break;
	case ISA_LE32: x64_mov32(j, op->dst, op->dst); break;
	case ISA_LE64: break;
	case ISA_BE16: case ISA_BSWAP16: x64_swap(j, op->dst, 16); break;
	case ISA_BE32: case ISA_BSWAP32: x64_swap(j, op->dst, 32); break;
	case ISA_BE64: case ISA_BSWAP64: x64_swap(j, op->dst, 64); break;
	case ISA_LD_IMM64: case ISA_LD_MAP_FD: case ISA_LD_MAP_VALUE: case ISA_LD_BTF_ID:
	case ISA_LD_FUNC: case ISA_LD_MAP_IDX: case ISA_LD_MAP_IDX_VALUE:
		if (j->live >> op->dst & 1) /* the argument of a call that knows it is none */
			x64_load_imm(j, op->dst, (uint64_t)op->imm64);
		break;
	case ISA_MAY_GOTO: x64_may_goto(j, pc, jit_to(j, op)); break;
	default: jit_write_flow(j, pc, op);
	}
}

/* clang-format on */

static void write(struct jit *j, uint32_t pc, const struct vm_op *op)
{
	if (!j->blind || !write_blind(j, op))
		write_op(j, pc, op);
}

/* ---- fixups ---- */

static uint8_t fix_size(const struct jit_fix *f, bool far)
{
	switch ((enum jit_fix_kind)f->kind) {
	case JIT_FIX_JUMP:
		return !f->wide ? 2 : f->cond == JIT_ALWAYS ? 5 : 6;
	case JIT_FIX_CALL:
		return 5;
	case JIT_FIX_CALL_ABS:
		return far ? 12 : 5;
	case JIT_FIX_ALIGN:
		return 0;
	}
	bug("fixup %d", f->kind);
}

static bool fix_fits(const struct jit_fix *f, int64_t distance)
{
	return f->kind == JIT_FIX_JUMP ? fits8(distance) : fits32(distance);
}

static void put_le(uint8_t *at, uint64_t v, unsigned bytes)
{
	memcpy(at, &v, bytes); /* the machine whose code this is has this byte order too */
}

static void fix_put(const struct jit_fix *f, uint8_t *at, int64_t distance)
{
	if (f->kind == JIT_FIX_CALL_ABS && f->size > 5) { /* mov rax, fn; call rax */
		put_le(at, 0xb848, 2);
		put_le(at + 2, (uintptr_t)f->abs, 8);
		put_le(at + 10, 0xd0ff, 2);
	} else if (f->kind != JIT_FIX_JUMP) {
		*at = 0xe8;
		put_le(at + 1, (uint64_t)distance, 4);
	} else if (!f->wide) {
		at[0] = f->cond == JIT_ALWAYS ? 0xeb : 0x70 | f->cond;
		at[1] = (uint8_t)distance;
	} else if (f->cond == JIT_ALWAYS) {
		*at = 0xe9;
		put_le(at + 1, (uint64_t)distance, 4);
	} else {
		at[0] = 0x0f;
		at[1] = 0x80 | f->cond;
		put_le(at + 2, (uint64_t)distance, 4);
	}
}

/* The no-operations that the makers recommend, up to nine bytes each. */
static void pad(uint8_t *at, size_t n)
{
	static const uint8_t nop[9][9] = {
		{0x90},
		{0x66, 0x90},
		{0x0f, 0x1f, 0x00},
		{0x0f, 0x1f, 0x40, 0x00},
		{0x0f, 0x1f, 0x44, 0x00, 0x00},
		{0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00},
		{0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00},
		{0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},
		{0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},
	};
	size_t one;

	for (; n; at += one, n -= one) {
		one = MIN(n, ARRAY_LEN(nop));
		memcpy(at, nop[one - 1], one);
	}
}

const struct target vm_target_x64 = {
	.name = "x86-64",
	.slack = 512,
	.begin = x64_begin,
	.entry = x64_entry,
	.combine = x64_combine,
	.op = write,
	.fix_size = fix_size,
	.fix_fits = fix_fits,
	.fix_put = fix_put,
	.pad = pad,
	.dis = vm_x64_dis,
	.reach = 2u << 30,
	.machine = machine,
	.settle = x64_settle,
	.use = x64_use,
	.if_left = O_GREATER,
	.inverse = x64_inverse,
	.use_up = x64_use_up,
	.emit_ask = x64_emit_ask,
	.tell_state = x64_tell_state,
	.store_run = x64_store_run,
	.call = x64_call,
	.check_err = x64_check_err,
	.emit_failed = x64_emit_failed,
	.packet_args = x64_packet_args,
	.call_map = x64_call_map,
	.element = x64_element,
	.field = x64_field,
	.check_frames = x64_check_frames,
	.add_to_fp = x64_add_to_fp,
	.leave = x64_leave,
};
