/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Random programs that every engine must run alike, the kernel's too: from bytes, so that a fuzzer
 * can steer them.
 *
 * A program's input and output is a packet: the values of r0..r9, then AREA bytes of stack. It
 * loads them, does things with them that the verifier takes for granted (no register holds a
 * pointer, every stack access is aligned and to what was written, jumps go forward or count down),
 * stores them back. What it does is decided by `bytes`; when these run out all decisions are 0.
 *
 * It may also work on maps, whose numbers it is told, run callbacks, and end in a tail call; see
 * vm_gen_maps.h for what is around such a program.
 */
#ifndef SKEP_TEST_VM_GEN_H
#define SKEP_TEST_VM_GEN_H

#include "isa/isa.h"

enum {
	GEN_REGS = 10,
	GEN_AREA = 128,			     /* bytes of stack that programs work on */
	GEN_DATA = GEN_REGS * 8 + GEN_AREA,  /* of the packet */
	GEN_CTX = -8,			     /* where r1 is kept; below it the area */
	GEN_BASE = GEN_CTX - GEN_AREA,
	GEN_COUNT = GEN_BASE - 8,	     /* loop counters, one for each level */
	GEN_OUT = GEN_COUNT - 8 - GEN_REGS * 8,
	GEN_KEY = GEN_OUT - 8,		     /* of a map's element; only in the entry's frame */
	GEN_MAX = 1024,			     /* instructions */
};

/* Maps have keys of 4 bytes and values of GEN_VALUE; GEN_ELEMS of them. */
enum gen_map { GEN_ARRAY, GEN_PERCPU, GEN_HASH, GEN_PROGS, GEN_MAPS };
enum { GEN_VALUE = 64, GEN_ELEMS = 6 };
enum { GEN_LOOKUP = 1, GEN_UPDATE = 2, GEN_DELETE = 3, GEN_CPU = 8, GEN_TAIL = 12, GEN_LOOP = 181 };

struct gen_how {
	bool kernel;	    /* r1 is a struct xdp_md, not the packet */
	const int32_t *map; /* GEN_MAPS numbers, as in map[fd:N]; NULL: it has none */
	bool callbacks;	    /* bpf_loop, and what the kernel would answer otherwise */
	bool may_goto;
};

struct gen {
	const uint8_t *bytes;
	size_t left;
	struct gen_how how;
	struct insn at[GEN_MAX];
	uint32_t n;
	uint32_t calls[8], callers; /* where local calls stand, and loads of callbacks */
	bool inner;		    /* in a function that is not the entry */
};

static inline uint32_t gen_pick(struct gen *g, uint32_t n)
{
	uint32_t v = 0;

	if (g->left) {
		v = *g->bytes++;
		g->left--;
	}
	return v % n;
}

static inline void gen_put(struct gen *g, struct insn i)
{
	if (g->n < GEN_MAX)
		g->at[g->n++] = i;
}

static inline void gen_put_imm64(struct gen *g, unsigned dst, uint64_t v)
{
	struct insn two[2];

	isa_ld_imm64(two, dst, 0, v);
	gen_put(g, two[0]);
	gen_put(g, two[1]);
}

/* A place in the area for an access of `size` bytes, from r10. */
static inline int16_t gen_place(struct gen *g, unsigned size)
{
	return (int16_t)(GEN_BASE + (int)(gen_pick(g, GEN_AREA / size) * size));
}

static inline uint64_t gen_number(struct gen *g)
{
	static const uint64_t corners[] = {
		0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000,
		0xffffffff, 0x100000000, 0x7fffffffffffffff, 0x8000000000000000, UINT64_MAX,
	};
	uint64_t v = 0;
	unsigned i;

	i = gen_pick(g, 2 * ARRAY_LEN(corners));
	if (i < ARRAY_LEN(corners))
		return gen_pick(g, 2) ? -corners[i] : corners[i];
	for (i = 0; i < 8; i++)
		v = v << 8 | gen_pick(g, 256);
	return v;
}

/* ---- one instruction ---- */

/* A row that works on scalars alone, or on the stack. */
static inline enum isa_id gen_row(struct gen *g)
{
	static enum isa_id rows[_ISA_MAX];
	static uint32_t n;
	uint32_t i;

	for (i = ISA_NONE + 1; i < _ISA_MAX && (i > 1 || !n); i++) {
		const struct isa_row *row = isa_row((enum isa_id)i);
		enum isa_form f = (enum isa_form)row->form;

		if (row->kind == ISA_PUBLIC && f != ISA_FORM_CAST &&
		    (f <= ISA_FORM_STORE_REL || i == ISA_LD_IMM64))
			rows[n++] = (enum isa_id)i;
	}
	i = gen_pick(g, 256) << 8 | gen_pick(g, 256);
	return rows[i % n];
}

static inline bool gen_is_memory(enum isa_form f)
{
	return f == ISA_FORM_LDX || f == ISA_FORM_ST || f == ISA_FORM_STX || f == ISA_FORM_LOCK ||
	       f == ISA_FORM_FETCH || f == ISA_FORM_CMPXCHG || f == ISA_FORM_LOAD_ACQ ||
	       f == ISA_FORM_STORE_REL;
}

/*
 * The register that an access's address is in: 10, or another that gets a pointer for the moment.
 * The kernel wants to know the address of an atomic access.
 */
static inline unsigned gen_pointer(struct gen *g, unsigned other, bool atomic, int16_t *off)
{
	unsigned p = gen_pick(g, GEN_REGS), how = gen_pick(g, 4), x = gen_pick(g, GEN_REGS);
	int32_t part = (int32_t)gen_pick(g, 256) - 128;

	if (how < 2 || p == other || p == 0)
		return ISA_REG_FP;
	gen_put(g, isa_mov64_reg(p, ISA_REG_FP));
	if (how == 3 && !atomic && x != p && x != other && x && *off <= GEN_BASE + GEN_AREA - 64) {
		gen_put(g, isa_and64_imm(x, 0x38)); /* a part that only is known when it runs */
		gen_put(g, isa_add64_reg(p, x));
	}
	gen_put(g, isa_add64_imm(p, part));
	*off = (int16_t)(*off - part);
	return p;
}

static inline void gen_memory(struct gen *g, enum isa_form f, struct insn i)
{
	bool load = f == ISA_FORM_LDX || f == ISA_FORM_LOAD_ACQ;
	unsigned p;

	i.off = gen_place(g, isa_bytes(i.code));
	if (load) {
		p = gen_pointer(g, ISA_REG_FP, f != ISA_FORM_LDX, &i.off);
		i.src = p & 15;
	} else {
		p = gen_pointer(g, i.src, f != ISA_FORM_ST && f != ISA_FORM_STX, &i.off);
		i.dst = p & 15;
	}
	gen_put(g, i);
	/*
	 * x86's cmpxchg leaves the upper half of r0 when the comparison succeeds, and what the verifier puts
	 * behind it to clear that was missing in one program of 50,000 with may_goto (6.18).
	 */
	if (g->how.may_goto && f == ISA_FORM_CMPXCHG && isa_bytes(i.code) == 4)
		gen_put(g, isa_mov32_reg(0, 0));
	if (p != ISA_REG_FP && !(load && i.dst == p))
		gen_put_imm64(g, p, gen_number(g));
}

static inline void gen_one(struct gen *g)
{
	enum isa_id id = gen_row(g);
	enum isa_form f = (enum isa_form)isa_row(id)->form;
	uint64_t seed = gen_pick(g, 256) << 8 | gen_pick(g, 256);
	struct insn two[2];
	size_t slots = isa_sample(id, &seed, two);

	if (two[0].dst >= GEN_REGS)
		two[0].dst = (uint8_t)gen_pick(g, GEN_REGS) & 15;
	if (two[0].src >= GEN_REGS)
		two[0].src = (uint8_t)gen_pick(g, GEN_REGS) & 15;
	if (gen_is_memory(f)) {
		gen_memory(g, f, two[0]);
		return;
	}
	gen_put(g, two[0]);
	if (slots == 2)
		gen_put(g, two[1]);
}

/* ---- control ---- */

static inline void gen_some(struct gen *g, unsigned most, unsigned level);

/* if COND goto +N; N instructions */
static inline void gen_branch(struct gen *g, unsigned level)
{
	static const enum isa_id first = ISA_JEQ64_R, last = ISA_JSLE32_K;
	enum isa_id id = first + gen_pick(g, (uint32_t)(last - first) + 1);
	uint64_t seed = gen_pick(g, 256) << 8 | gen_pick(g, 256);
	struct insn two[2];
	uint32_t at = g->n;

	isa_sample(id, &seed, two);
	two[0].dst = (uint8_t)gen_pick(g, GEN_REGS) & 15;
	if (isa_row(id)->form == ISA_FORM_JCC_R)
		two[0].src = (uint8_t)gen_pick(g, GEN_REGS) & 15;
	gen_put(g, two[0]);
	gen_some(g, 6, level);
	if (g->n < GEN_MAX)
		g->at[at].off = (int16_t)(g->n - at - 1);
	else
		g->at[at] = isa_mov64_imm(two[0].dst, 1);
}

/* may_goto +N, which leads there after seconds; N instructions */
static inline void gen_may_goto(struct gen *g, unsigned level)
{
	uint32_t at = g->n;

	gen_put(g, isa_insn(0xe5, 0, 0, 0, 0));
	gen_some(g, 3, level + 1);
	g->at[at].off = (int16_t)(g->n - at - 1);
}

/* counts a slot of the stack down, which the verifier can follow */
static inline void gen_loop(struct gen *g, unsigned level)
{
	unsigned x = gen_pick(g, GEN_REGS);
	uint32_t at;

	gen_put(g, isa_st(ISA_SIZE_DW, ISA_REG_FP, GEN_COUNT, (int32_t)gen_pick(g, 3) + 1));
	at = g->n;
	gen_some(g, 5, level);
	gen_put(g, isa_ldx(ISA_SIZE_DW, x, ISA_REG_FP, GEN_COUNT));
	gen_put(g, isa_add64_imm(x, -1));
	gen_put(g, isa_stx(ISA_SIZE_DW, ISA_REG_FP, GEN_COUNT, x));
	gen_put(g, isa_jne64_imm(x, 0, (int16_t)((int)at - (int)g->n - 1)));
}

/* r1..r5 and r0 hold other numbers then */
static inline void gen_call(struct gen *g)
{
	unsigned r;

	if (g->callers == ARRAY_LEN(g->calls) || g->n + 16 > GEN_MAX)
		return;
	g->calls[g->callers++] = g->n;
	gen_put(g, isa_call_local(0));
	for (r = 1; r <= 5; r++)
		gen_put(g, isa_mov64_imm(r, (int32_t)gen_number(g)));
}

/* an element of an array on the stack, whose index the load overwrites; and its neighbour */
static inline void gen_element(struct gen *g)
{
	unsigned p = gen_pick(g, 5) + 5, x = gen_pick(g, 5), y = gen_pick(g, GEN_REGS);

	gen_put(g, isa_mov64_reg(p, ISA_REG_FP));
	gen_put(g, isa_add64_imm(p, GEN_BASE));
	gen_put(g, isa_and64_imm(x, 0x38));
	if (gen_pick(g, 2)) /* so that the sum must be there */
		gen_put(g, isa_jeq64_imm(x, 1, 0));
	gen_put(g, isa_add64_reg(p, x));
	gen_put(g, isa_ldx(ISA_SIZE_DW, x, p, 0));
	if (y != p)
		gen_put(g, isa_ldx(ISA_SIZE_DW, y, p, 8));
	gen_put(g, isa_mov64_imm(p, (int32_t)gen_number(g)));
}

/* what compilers write, in pairs and more: what a JIT may want to join */
static inline void gen_idiom(struct gen *g)
{
	unsigned a = gen_pick(g, GEN_REGS), b = gen_pick(g, GEN_REGS), c = gen_pick(g, GEN_REGS);
	int32_t n = (int32_t)gen_pick(g, 63) + 1;
	int16_t off = gen_place(g, 8);

	switch (gen_pick(g, 10)) {
	case 0:
		gen_put(g, isa_mov64_reg(a, b));
		gen_put(g, isa_rsh64_imm(a, n));
		gen_put(g, isa_lsh64_imm(b, 64 - n));
		gen_put(g, isa_or64_reg(b, a));
		gen_put(g, isa_mov64_imm(a, n));
		return;
	case 1:
		gen_put(g, isa_mov32_reg(a, b));
		gen_put(g, isa_lsh32_imm(a, n & 31));
		gen_put(g, isa_rsh32_imm(b, (32 - (n & 31)) & 31));
		gen_put(g, isa_xor32_reg(a, b));
		gen_put(g, isa_mov64_imm(b, n));
		return;
	case 2:
		gen_put(g, isa_mov32_reg(a, b));
		gen_put(g, isa_div32_reg(a, c));
		gen_put(g, isa_mul32_reg(a, c));
		gen_put(g, isa_mov32_reg((a + 1) % GEN_REGS, b));
		gen_put(g, isa_sub32_reg((a + 1) % GEN_REGS, a));
		gen_put(g, isa_mov64_imm(a, n));
		return;
	case 3:
		gen_put(g, isa_lsh64_imm(a, n > 40 ? 48 : 32));
		gen_put(g, n & 1 ? isa_rsh64_imm(a, n > 40 ? 48 : 32)
				 : isa_arsh64_imm(a, n > 40 ? 48 : 32));
		return;
	case 4:
		gen_put(g, isa_ldx(ISA_SIZE_DW, a, ISA_REG_FP, off));
		gen_put(g, n & 1   ? isa_add64_reg(b, a)
			   : n & 2 ? isa_mul64_reg(b, a)
				   : isa_xor64_reg(b, a));
		gen_put(g, isa_mov64_reg(a, c));
		return;
	case 5:
		gen_put(g, isa_ldx(ISA_SIZE_DW, a, ISA_REG_FP, off));
		gen_put(g, n & 1 ? isa_add64_imm(a, (int32_t)gen_number(g)) : isa_sub64_reg(a, b));
		gen_put(g, isa_stx(ISA_SIZE_DW, ISA_REG_FP, off, a));
		gen_put(g, isa_mov64_imm(a, n));
		return;
	case 6:
		gen_put(g, isa_mov64_reg(a, b));
		gen_put(g, isa_add64_imm(a, (int32_t)gen_number(g)));
		gen_put(g, n & 1 ? isa_add64_reg(a, c) : isa_lsh64_imm(a, n & 3));
		gen_put(g, isa_add64_imm(b, n));
		gen_put(g, n & 2 ? isa_add64_reg(c, a) : isa_sub64_reg(c, b));
		return;
	case 7:
		gen_put(g, isa_and32_imm(a, (int32_t)gen_number(g)));
		gen_put(g, n & 1 ? isa_jne32_imm(a, 0, 1) : isa_jeq64_imm(a, 0, 1));
		gen_put(g, isa_add64_imm(b, 1));
		gen_put(g, isa_mov64_imm(a, n));
		return;
	case 8:
		gen_put(g, n & 1 ? isa_add64_imm(a, n & 2 ? 1 : -1) : isa_sub32_reg(a, b));
		gen_put(g, n & 4   ? isa_jne64_imm(a, 0, 1)
			   : n & 8 ? isa_jslt32_imm(a, 0, 1)
				   : isa_jeq32_imm(a, 0, 1));
		gen_put(g, isa_add64_reg(c, b));
		return;
	case 9:
		gen_element(g);
		return;
	}
}

/* ---- maps and callbacks ---- */

static inline void gen_forget(struct gen *g, unsigned first)
{
	unsigned r;

	for (r = first; r <= 5; r++)
		gen_put(g, isa_mov64_imm(r, (int32_t)gen_number(g)));
}

static inline void gen_map_args(struct gen *g, enum gen_map m, unsigned key)
{
	struct insn two[2];

	if (gen_pick(g, 4))
		gen_put(g, isa_and64_imm(key, 7));
	gen_put(g, isa_stx(ISA_SIZE_W, ISA_REG_FP, GEN_KEY, key));
	gen_put(g, isa_mov64_reg(2, ISA_REG_FP));
	gen_put(g, isa_add64_imm(2, GEN_KEY));
	isa_ld_imm64(two, 1, 1, (uint32_t)g->how.map[m]);
	gen_put(g, two[0]);
	gen_put(g, two[1]);
}

/* One access to the value that r0 points to. */
static inline void gen_value(struct gen *g)
{
	unsigned r = 1 + gen_pick(g, 9), what = gen_pick(g, 4);
	uint8_t size = (const uint8_t[]){ISA_SIZE_B, ISA_SIZE_H, ISA_SIZE_W, ISA_SIZE_DW}[gen_pick(g, 4)];
	int16_t off = (int16_t)(gen_pick(g, GEN_VALUE / 8) * 8);

	if (what == 0 && r > 5)
		gen_put(g, isa_ldx(size, r, 0, off));
	else if (what == 1)
		gen_put(g, isa_st(size, 0, off, (int32_t)gen_number(g)));
	else if (what == 2 && r > 5)
		gen_put(g, isa_insn(0xdb, 0, r, off, gen_pick(g, 2) ? 0x01 : 0x00));
	else
		gen_put(g, isa_stx(size, 0, off, r > 5 ? r : 7));
}

static inline void gen_lookup(struct gen *g)
{
	enum gen_map m = (enum gen_map)gen_pick(g, GEN_PROGS);
	unsigned n;
	uint32_t at;

	gen_map_args(g, m, gen_pick(g, GEN_REGS));
	gen_put(g, isa_call(GEN_LOOKUP));
	at = g->n;
	gen_put(g, isa_jeq64_imm(0, 0, 0));
	for (n = gen_pick(g, 3) + 1; n; n--)
		gen_value(g);
	g->at[at].off = (int16_t)(g->n - at - 1);
	gen_put(g, isa_mov64_imm(0, (int32_t)gen_number(g)));
	gen_forget(g, 1);
}

/* r0 is the errno, which counts. */
static inline void gen_change(struct gen *g)
{
	enum gen_map m = (enum gen_map)gen_pick(g, GEN_PROGS);

	gen_map_args(g, m, gen_pick(g, GEN_REGS));
	if (gen_pick(g, 3)) {
		gen_put(g, isa_mov64_reg(3, ISA_REG_FP));
		gen_put(g, isa_add64_imm(3, GEN_BASE));
		gen_put(g, isa_mov64_imm(4, (int32_t)gen_pick(g, 4)));
		gen_put(g, isa_call(GEN_UPDATE));
	} else {
		gen_put(g, isa_call(GEN_DELETE));
	}
	gen_forget(g, 1);
}

/* bpf_loop: the callback adds to what stands first in the area. */
static inline void gen_callback(struct gen *g)
{
	struct insn two[2];

	if (g->callers == ARRAY_LEN(g->calls))
		return;
	gen_put(g, isa_mov64_imm(1, (int32_t)gen_pick(g, 5)));
	gen_put(g, isa_mov64_reg(3, ISA_REG_FP));
	gen_put(g, isa_add64_imm(3, GEN_BASE));
	gen_put(g, isa_mov64_imm(4, 0));
	g->calls[g->callers++] = g->n;
	isa_ld_imm64(two, 2, 4, 0);
	gen_put(g, two[0]);
	gen_put(g, two[1]);
	gen_put(g, isa_call(GEN_LOOP));
	gen_forget(g, 1);
}

/* What comes from outside of the program. */
static inline void gen_outside(struct gen *g)
{
	unsigned what = gen_pick(g, 4);

	if (g->inner || !g->how.map || g->n + 64 > GEN_MAX)
		return;
	if (what == 0 && g->how.callbacks) {
		gen_callback(g);
	} else if (what == 1 && g->how.callbacks && gen_pick(g, 2)) {
		gen_put(g, isa_call(GEN_CPU));
		gen_forget(g, 1);
	} else if (what == 2) {
		gen_change(g);
	} else {
		gen_lookup(g);
	}
}

static inline void gen_some(struct gen *g, unsigned most, unsigned level)
{
	uint32_t n = gen_pick(g, most) + 1, what;

	while (n-- > 0 && g->n + 32 < GEN_MAX) {
		what = gen_pick(g, 32);
		if (what < 3 && level < 3)
			gen_branch(g, level + 1);
		else if (what == 3 && level == 0)
			gen_loop(g, level + 1);
		else if (what == 4)
			gen_call(g);
		else if (what < 10)
			gen_idiom(g);
		else if (what < 14 && g->how.map)
			gen_outside(g);
		else if (what == 14 && g->how.may_goto && level < 4)
			gen_may_goto(g, level);
		else
			gen_one(g);
	}
}

/* ---- a program ---- */

/* r2 = the packet; r3 and r4 are lost */
static inline void gen_packet(struct gen *g, uint32_t *ret_check)
{
	if (g->how.kernel) {
		gen_put(g, isa_ldx(ISA_SIZE_W, 2, 1, 0));
		gen_put(g, isa_ldx(ISA_SIZE_W, 3, 1, 4));
		gen_put(g, isa_mov64_reg(4, 2));
		gen_put(g, isa_add64_imm(4, GEN_DATA));
		*ret_check = g->n;
		gen_put(g, isa_jgt64_reg(4, 3, 0));
	} else {
		gen_put(g, isa_mov64_reg(2, 1));
		*ret_check = UINT32_MAX;
	}
}

static inline bool gen_is_callback(const struct gen *g, uint32_t call)
{
	return isa_is_ld_imm64(&g->at[call]);
}

/* A function of the program; r1 of a callback is the round, r2 where it may write. */
static inline void gen_function(struct gen *g, bool callback, bool first)
{
	uint32_t r;

	gen_put(g, isa_mov64_imm(0, 1));
	if (callback) {
		gen_put(g, isa_ldx(ISA_SIZE_DW, 0, 2, 0));
		gen_put(g, isa_add64_reg(0, 1));
		gen_put(g, isa_stx(ISA_SIZE_DW, 2, 0, 0));
		gen_forget(g, 2);
	} else {
		gen_put(g, isa_mov64_reg(0, 1));
	}
	for (r = 6; r <= 9; r++)
		if (gen_pick(g, 2) || first)
			gen_put(g, isa_mov64_imm(r, (int32_t)gen_number(g)));
		else
			gen_put(g, isa_mov64_reg(r, 1 + r % 5));
	for (r = 0; r < GEN_AREA / 8; r++)
		gen_put(g, isa_stx(ISA_SIZE_DW, ISA_REG_FP, (int16_t)(GEN_BASE + (int)r * 8), r % 10));
	gen_some(g, 12, 1);
	if (callback)
		gen_put(g, isa_and64_imm(0, 1));
	gen_put(g, isa_exit());
}

static inline void gen_functions(struct gen *g)
{
	uint32_t i, k, callers = g->callers;

	g->callers = ARRAY_LEN(g->calls); /* they call nobody */
	g->inner = true;
	for (i = 0; i < callers && g->n + 100 < GEN_MAX; i++) {
		uint32_t call = g->calls[i];

		g->at[call].imm = (int32_t)(g->n - call - 1);
		gen_function(g, gen_is_callback(g, call), i == 0);
	}
	for (; i < callers; i++) {
		uint32_t call = g->calls[i], n = gen_is_callback(g, call) ? 3 : 1;

		for (k = 0; k < n; k++)
			g->at[call + k] = isa_mov64_imm(0, 1);
	}
}

/* To another program with the same packet; or on, where there is none. */
static inline void gen_tail(struct gen *g)
{
	struct insn two[2];

	gen_put(g, isa_ldx(ISA_SIZE_DW, 1, ISA_REG_FP, GEN_CTX));
	isa_ld_imm64(two, 2, 1, (uint32_t)g->how.map[GEN_PROGS]);
	gen_put(g, two[0]);
	gen_put(g, two[1]);
	gen_put(g, isa_mov64_imm(3, (int32_t)gen_pick(g, 4)));
	gen_put(g, isa_call(GEN_TAIL));
}

static inline void gen_checks(struct gen *g, const uint32_t check[2])
{
	uint32_t i;

	for (i = 0; i < 2; i++)
		if (check[i] != UINT32_MAX)
			g->at[check[i]].off = (int16_t)(g->n - check[i] - 1);
}

/* The same bytes give the same program, but for where the packet comes from. */
static inline void gen_program_with(struct gen *g, const uint8_t *bytes, size_t n,
				    const struct gen_how *how)
{
	uint32_t check[2];
	unsigned r;

	*g = (struct gen){.bytes = bytes, .left = n, .how = *how};
	gen_put(g, isa_stx(ISA_SIZE_DW, ISA_REG_FP, GEN_CTX, 1));
	gen_packet(g, &check[0]);
	for (r = 0; r < GEN_AREA / 8; r++) {
		gen_put(g, isa_ldx(ISA_SIZE_DW, 3, 2, (int16_t)(GEN_REGS * 8 + r * 8)));
		gen_put(g, isa_stx(ISA_SIZE_DW, ISA_REG_FP, (int16_t)(GEN_BASE + (int)r * 8), 3));
	}
	for (r = 0; r < GEN_REGS; r++)
		if (r != 2)
			gen_put(g, isa_ldx(ISA_SIZE_DW, r, 2, (int16_t)(r * 8)));
	gen_put(g, isa_ldx(ISA_SIZE_DW, 2, 2, 2 * 8));
	gen_some(g, 40, 0);
	for (r = 0; r < GEN_REGS; r++)
		gen_put(g, isa_stx(ISA_SIZE_DW, ISA_REG_FP, (int16_t)(GEN_OUT + (int)r * 8), r));
	gen_put(g, isa_ldx(ISA_SIZE_DW, 1, ISA_REG_FP, GEN_CTX));
	gen_packet(g, &check[1]);
	for (r = 0; r < GEN_DATA / 8; r++) {
		int at = r < GEN_REGS ? GEN_OUT + (int)r * 8 : GEN_BASE + (int)(r - GEN_REGS) * 8;

		gen_put(g, isa_ldx(ISA_SIZE_DW, 3, ISA_REG_FP, (int16_t)at));
		gen_put(g, isa_stx(ISA_SIZE_DW, 2, (int16_t)(r * 8), 3));
	}
	if (g->how.map && gen_pick(g, 2))
		gen_tail(g);
	gen_checks(g, check);
	gen_put(g, isa_mov64_imm(0, 2));
	gen_put(g, isa_exit());
	gen_functions(g);
}

static inline void gen_program(struct gen *g, const uint8_t *bytes, size_t n, bool kernel)
{
	gen_program_with(g, bytes, n, &(struct gen_how){.kernel = kernel});
}

/* What tail calls lead to: 0 counts how often it runs and calls itself, 1 changes one number. */
static inline void gen_target(struct gen *g, uint32_t which, const struct gen_how *how)
{
	uint32_t check[2] = {UINT32_MAX, UINT32_MAX};

	*g = (struct gen){.how = *how};
	gen_put(g, isa_stx(ISA_SIZE_DW, ISA_REG_FP, GEN_CTX, 1));
	gen_packet(g, &check[0]);
	gen_put(g, isa_ldx(ISA_SIZE_DW, 3, 2, (int16_t)(which * 8)));
	gen_put(g, which ? isa_xor64_imm(3, 0x55) : isa_add64_imm(3, 1));
	gen_put(g, isa_stx(ISA_SIZE_DW, 2, (int16_t)(which * 8), 3));
	gen_put(g, isa_stx(ISA_SIZE_DW, ISA_REG_FP, GEN_KEY, 3));
	if (!which)
		gen_tail(g); /* no bytes: to 0 */
	gen_checks(g, check);
	gen_put(g, isa_mov64_imm(0, 2));
	gen_put(g, isa_exit());
}

#endif
