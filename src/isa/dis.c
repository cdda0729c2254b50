/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One operation as text, in the two styles the field reads: the kernel's (verifier log, bpftool)
 * and LLVM's (llvm-objdump, inline assembly). kernel: print_bpf_insn(); LLVM: BPFInstPrinter.
 *
 * What neither has gets a text of ours that the assembler reads: the words `probe` and `arena` in
 * front of the kernel's internal accesses, map[idx:], btf[id:], and `.8byte` for what has no text
 * at all. Invariant: assembling the text yields the encoding, in both styles and without names
 * (xlated dumps excepted, whose text is the kernel's). tests/isa_text.c holds it to that over the
 * whole table.
 */
#include <inttypes.h>

#include "isa/impl.h"

struct view {
	const struct isa_dis *o;
	const struct isa_op *op;
	uint32_t pc;
	bool llvm;
	struct str *to;
};

static const char *size_text(uint8_t code)
{
	return (const char *const[]){"u32", "u16", "u8", "u64"}[code >> 3 & 3];
}

/* LLVM names the 32-bit half wherever only that is used. */
static char alu_letter(uint8_t code)
{
	return isa_is32(code) ? 'w' : 'r';
}

static char mem_letter(const struct view *v)
{
	return v->llvm && isa_bytes(v->op->code) < 8 ? 'w' : 'r';
}

static bool named(const struct view *v, enum isa_name kind)
{
	const struct isa_names *n = v->o->names;

	return n && n->print && n->print(n->ctx, kind, v->op, v->pc, v->to);
}

static void put_imm(const struct view *v)
{
	str_addf(v->to, "%" PRId32, v->op->imm);
}

static void put_address(const struct view *v, unsigned reg)
{
	int off = v->op->off;

	if (v->llvm)
		str_addf(v->to, "r%u %c %d", reg, off < 0 ? '-' : '+', off < 0 ? -off : off);
	else
		str_addf(v->to, "r%u %+d", reg, off);
}

/* *(u32 *)(r1 +8) */
static void put_place(const struct view *v, const char *type, unsigned reg)
{
	str_addf(v->to, "*(%s *)(", type);
	put_address(v, reg);
	str_addc(v->to, ')');
}

static void put_jump(const struct view *v)
{
	uint32_t target = v->pc + v->op->slots + (uint32_t)v->op->jump;

	if (v->o->labels)
		str_addf(v->to, "L%" PRIu32, target);
	else
		str_addf(v->to, "%s%+" PRId32, v->llvm ? "" : "pc", v->op->jump);
}

/* ---- arithmetic ------------------------------------------------------------------------------ */

static void put_mov_r(const struct view *v)
{
	const struct isa_op *op = v->op;
	char c = alu_letter(op->code);
	const char *cast = op->off ? isa_row(op->id)->text : "";

	str_addf(v->to, "%c%u = %s%c%u", c, op->dst, cast, c, op->src);
}

static void put_alu(const struct view *v)
{
	const struct isa_op *op = v->op;
	char c = alu_letter(op->code);

	str_addf(v->to, "%c%u %s ", c, op->dst, isa_row(op->id)->text);
	if (op->code & ISA_SRC_REG)
		str_addf(v->to, "%c%u", c, op->src);
	else
		put_imm(v);
}

/* ---- memory ---------------------------------------------------------------------------------- */

static void put_ldx(const struct view *v)
{
	const struct isa_op *op = v->op;
	const char *type = isa_row(op->id)->text;
	char c = *type == 'u' ? mem_letter(v) : 'r';

	str_addf(v->to, "%c%u = %s", c, op->dst, isa_modifier(op->code));
	put_place(v, type, op->src);
}

static void put_store(const struct view *v)
{
	const struct isa_op *op = v->op;

	str_add(v->to, isa_modifier(op->code));
	put_place(v, size_text(op->code), op->dst);
	str_add(v->to, " = ");
	if (isa_class(op->code) == ISA_CLASS_STX)
		str_addf(v->to, "%c%u", mem_letter(v), op->src);
	else
		put_imm(v);
}

static void put_lock(const struct view *v)
{
	const struct isa_op *op = v->op;

	str_addf(v->to, "%slock ", isa_modifier(op->code));
	put_place(v, size_text(op->code), op->dst);
	str_addf(v->to, " %s %c%u", isa_row(op->id)->text, mem_letter(v), op->src);
}

/* atomic_fetch_add((u32 *)(r1 + 8), w2): fetching operations are written as calls */
static void put_fetch(const struct view *v)
{
	const struct isa_op *op = v->op;
	bool wide = isa_bytes(op->code) == 8, xchg = op->imm == 0xe1;
	char c = mem_letter(v);

	str_addf(v->to, "%c%u = %s", c, op->src, isa_modifier(op->code));
	if (v->llvm && xchg) {
		str_addf(v->to, "%s(", wide ? "xchg_64" : "xchg32_32");
		put_address(v, op->dst);
		str_addf(v->to, ", %c%u)", c, op->src);
		return;
	}
	str_addf(v->to, "atomic%s_%s", wide && !v->llvm ? "64" : "", xchg ? "xchg" : "fetch_");
	str_addf(v->to, "%s((%s *)(", isa_row(op->id)->text, size_text(op->code));
	put_address(v, op->dst);
	str_addf(v->to, "), %c%u)", c, op->src);
}

static void put_cmpxchg(const struct view *v)
{
	const struct isa_op *op = v->op;
	bool wide = isa_bytes(op->code) == 8;
	char c = mem_letter(v);

	str_addf(v->to, "%c0 = %s", c, isa_modifier(op->code));
	if (v->llvm)
		str_addf(v->to, "%s(", wide ? "cmpxchg_64" : "cmpxchg32_32");
	else
		str_addf(v->to, "atomic%s_cmpxchg((%s *)(", wide ? "64" : "", size_text(op->code));
	put_address(v, op->dst);
	str_addf(v->to, "%s, %c0, %c%u)", v->llvm ? "" : ")", c, c, op->src);
}

static void put_load_acquire(const struct view *v)
{
	const struct isa_op *op = v->op;

	str_addf(v->to, "%c%u = %sload_acquire((%s *)(", mem_letter(v), op->dst,
		 isa_modifier(op->code), size_text(op->code));
	put_address(v, op->src);
	str_add(v->to, "))");
}

static void put_store_release(const struct view *v)
{
	const struct isa_op *op = v->op;

	str_addf(v->to, "%sstore_release((%s *)(", isa_modifier(op->code), size_text(op->code));
	put_address(v, op->dst);
	str_addf(v->to, "), %c%u)", mem_letter(v), op->src);
}

static void put_skb(const struct view *v)
{
	const struct isa_op *op = v->op;

	str_addf(v->to, "r0 = *(%s *)skb[", isa_row(op->id)->text);
	if (op->form == ISA_FORM_LD_ABS)
		put_imm(v);
	else if (v->llvm && !op->imm)
		str_addf(v->to, "r%u", op->src);
	else
		str_addf(v->to, "r%u + %" PRId32, op->src, op->imm);
	str_addc(v->to, ']');
}

/* ---- 64-bit loads ---------------------------------------------------------------------------- */

static void put_map(const struct view *v)
{
	enum isa_id id = v->op->id;
	const char *space = v->op->src <= 2 && v->o->xlated ? "id" : isa_row(id)->text;

	str_addf(v->to, "map[%s:%" PRIu32 "]", space, (uint32_t)v->op->imm);
	if (id == ISA_LD_MAP_VALUE)
		str_add(v->to, "[0]");
	if (id == ISA_LD_MAP_VALUE || id == ISA_LD_MAP_IDX_VALUE)
		str_addf(v->to, "+%" PRIu32, (uint32_t)((uint64_t)v->op->imm64 >> 32));
}

static void put_pseudo_kernel(const struct view *v)
{
	uint32_t low = (uint32_t)v->op->imm, high = (uint32_t)((uint64_t)v->op->imm64 >> 32);

	if (v->op->id == ISA_LD_IMM64) {
		str_addf(v->to, "0x%" PRIx64, (uint64_t)v->op->imm64);
	} else if (v->op->id == ISA_LD_BTF_ID) {
		str_addf(v->to, "btf[id:%" PRIu32, low);
		if (high)
			str_addf(v->to, ",fd:%" PRIu32, high);
		str_addc(v->to, ']');
	} else if (v->op->id == ISA_LD_FUNC) {
		if (v->o->labels)
			put_jump(v);
		else
			str_addf(v->to, "subprog[%+" PRId32 "]", v->op->imm);
	} else {
		put_map(v);
	}
}

static enum isa_name ld_kind(enum isa_id id)
{
	return id == ISA_LD_BTF_ID ? ISA_NAME_VAR
	       : id == ISA_LD_FUNC ? ISA_NAME_FUNC
				   : ISA_NAME_MAP;
}

static void put_ld_imm64(const struct view *v)
{
	const struct isa_op *op = v->op;
	size_t start = v->to->n;
	uint32_t high = (uint32_t)((uint64_t)op->imm64 >> 32);

	if (op->id == ISA_LD_IMM64 && v->llvm) {
		str_addf(v->to, "r%u = %" PRId64 " ll", op->dst, op->imm64);
		return;
	}
	str_addf(v->to, "r%u = ", op->dst);
	if (op->id == ISA_LD_IMM64 || !v->llvm) {
		put_pseudo_kernel(v);
		return;
	}
	if (named(v, ld_kind(op->id))) {
		if (ld_kind(op->id) == ISA_NAME_MAP && high)
			str_addf(v->to, "+%" PRIu32, high);
		str_add(v->to, " ll");
	} else if (op->id == ISA_LD_FUNC && v->o->labels) {
		put_jump(v);
		str_add(v->to, " ll");
	} else {
		str_cut(v->to, start);
		str_addf(v->to, "ld_pseudo r%u, %u, %" PRId64, op->dst, op->src, op->imm64);
	}
}

/* ---- jumps and calls ------------------------------------------------------------------------- */

static void put_jcc(const struct view *v)
{
	const struct isa_op *op = v->op;
	char c = alu_letter(op->code);

	str_addf(v->to, "if %c%u %s ", c, op->dst, isa_row(op->id)->text);
	if (op->form == ISA_FORM_JCC_R)
		str_addf(v->to, "%c%u", c, op->src);
	else if (v->llvm)
		put_imm(v);
	else
		str_addf(v->to, "0x%" PRIx32, (uint32_t)op->imm);
	str_add(v->to, " goto ");
	put_jump(v);
}

static void put_call(const struct view *v, enum isa_name kind)
{
	const struct isa_op *op = v->op;
	const char *unknown = kind == ISA_NAME_KFUNC ? "kernel-function" : "unknown";
	bool has_name;

	str_add(v->to, "call ");
	has_name = named(v, kind);
	if (v->llvm && has_name)
		return;
	if (v->llvm && kind == ISA_NAME_HELPER) {
		put_imm(v);
		return;
	}
	str_addf(v->to, "%s#%" PRId32, has_name ? "" : unknown, op->imm);
	if (kind == ISA_NAME_KFUNC && op->off && !v->o->xlated)
		str_addf(v->to, "@%d", op->off);
}

static void put_call_local(const struct view *v)
{
	size_t start;

	str_add(v->to, "call ");
	if (v->llvm && !v->o->labels && named(v, ISA_NAME_FUNC))
		return;
	if (v->o->labels) {
		put_jump(v);
		return;
	}
	/* the kernel moves the distance to off when it makes functions programs */
	str_addf(v->to, "pc%+" PRId32, v->o->xlated && v->op->off ? v->op->off : v->op->imm);
	start = v->to->n;
	str_addc(v->to, '#');
	if (v->llvm || !named(v, ISA_NAME_FUNC))
		str_cut(v->to, start);
}

static void put_form(const struct view *v)
{
	const struct isa_op *op = v->op;

	switch (op->form) {
	case ISA_FORM_ALU_R:
	case ISA_FORM_ALU_K:
	case ISA_FORM_SHIFT_K:
	case ISA_FORM_DIV_K:
	case ISA_FORM_MOV_K:
		put_alu(v);
		return;
	case ISA_FORM_MOV_R:
		put_mov_r(v);
		return;
	case ISA_FORM_NEG:
		str_addf(v->to, "%c%u = -%c%u", alu_letter(op->code), op->dst, alu_letter(op->code),
			 op->dst);
		return;
	case ISA_FORM_END:
		str_addf(v->to, "r%u = %s%d r%u", op->dst, isa_row(op->id)->text, op->imm, op->dst);
		return;
	case ISA_FORM_CAST:
		str_addf(v->to, "r%u = addr_space_cast(r%u, %d, %d)", op->dst, op->src,
			 op->imm >> 16, op->imm & 0xffff);
		return;
	case ISA_FORM_PERCPU:
		str_addf(v->to, "r%u = &(void __percpu *)(r%u)", op->dst, op->src);
		return;
	case ISA_FORM_LDX:
		put_ldx(v);
		return;
	case ISA_FORM_ST:
	case ISA_FORM_STX:
		put_store(v);
		return;
	case ISA_FORM_LOCK:
		put_lock(v);
		return;
	case ISA_FORM_FETCH:
		put_fetch(v);
		return;
	case ISA_FORM_CMPXCHG:
		put_cmpxchg(v);
		return;
	case ISA_FORM_LOAD_ACQ:
		put_load_acquire(v);
		return;
	case ISA_FORM_STORE_REL:
		put_store_release(v);
		return;
	case ISA_FORM_LD_IMM64:
		put_ld_imm64(v);
		return;
	case ISA_FORM_LD_ABS:
	case ISA_FORM_LD_IND:
		put_skb(v);
		return;
	case ISA_FORM_JCC_R:
	case ISA_FORM_JCC_K:
		put_jcc(v);
		return;
	case ISA_FORM_JA:
	case ISA_FORM_JA32:
	case ISA_FORM_MAY_GOTO:
		str_addf(v->to, "%s ", isa_row(op->id)->text);
		put_jump(v);
		return;
	case ISA_FORM_JX:
	case ISA_FORM_CALLX:
		str_addf(v->to, "%s r%u", isa_row(op->id)->text, op->dst);
		return;
	case ISA_FORM_CALL:
		put_call(v, ISA_NAME_HELPER);
		return;
	case ISA_FORM_CALL_KFUNC:
		put_call(v, ISA_NAME_KFUNC);
		return;
	case ISA_FORM_CALL_LOCAL:
		put_call_local(v);
		return;
	case ISA_FORM_EXIT:
	case ISA_FORM_NOSPEC:
		str_add(v->to, isa_row(op->id)->text);
		return;
	case _ISA_FORM_MAX:
		break;
	}
	bug("form %d has no text", op->form);
}

/* Valid, but with a field that no text shows. */
static bool is_lossy(const struct isa_op *op)
{
	return (op->form == ISA_FORM_EXIT && op->off) ||
	       (op->id == ISA_LD_FUNC && (uint64_t)op->imm64 >> 32);
}

static uint64_t raw_value(const struct insn *i)
{
	return i->code | (uint64_t)i->dst << 8 | (uint64_t)i->src << 12 |
	       (uint64_t)(uint16_t)i->off << 16 | (uint64_t)(uint32_t)i->imm << 32;
}

static void put_raw(const struct insn *at, size_t slots, struct str *to)
{
	str_addf(to, ".8byte 0x%016" PRIx64, raw_value(at));
	if (slots > 1)
		str_addf(to, ", 0x%016" PRIx64, raw_value(at + 1));
}

size_t isa_dis_one(const struct isa_dis *o, const struct insn *at, size_t left, uint32_t pc,
		   struct str *to)
{
	struct isa_target t = {.internal = o->xlated, .foreign = true};
	struct isa_op op;
	struct view v = {o, &op, pc, o->style == ISA_STYLE_LLVM, to};

	if (isa_decode(&t, at, left, &op, NULL) < 0) {
		put_raw(at, 1, to);
		return 1;
	}
	if (!o->xlated && is_lossy(&op)) {
		put_raw(at, op.slots, to);
		return op.slots;
	}
	if (!v.llvm)
		str_addf(to, "(%02x) ", at->code);
	put_form(&v);
	return op.slots;
}
