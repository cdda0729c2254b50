/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arm64: loads, stores, atomics.
 *
 * An address is a register and twelve bits in units of the access, or nine bits with sign, or two
 * registers, the second of which may be scaled by the access. A sum that is none of these is
 * computed as far as it must be: into its own register if anybody will want it again.
 *
 * Atomic operations are one instruction each where the processor has LSE, else loops of loads and
 * stores that are exclusive. Those that fetch are full barriers, the others order nothing.
 */
#if defined(__aarch64__)
#include <sys/auxv.h>
#endif

#include "vm/a64.h"

enum { ACCESS = 0x38000000, SCALED = 1 << 24, INDEXED = 1 << 21 | 3 << 13 | 2 << 10 };
enum { LOAD = A64_LOAD, LOAD_SIGNED = 2 << 22 };
enum {
	STLR = 0x089ffc00, LDXR = 0x085f7c00, STXR = 0x08007c00,
	STLXR = 0x0800fc00, CASAL = 0x08e0fc00, LDADD = 0x38200000, /* and its kin: op << 12 */
	ACQUIRE_RELEASE = 3 << 22,
};

static const struct {
	uint8_t size;
	uint32_t load;
	bool zero_extended;
} types[] = {
	{0, LOAD, true}, {1, LOAD, true}, {2, LOAD, true}, {3, LOAD, false},
	{0, LOAD_SIGNED, false}, {1, LOAD_SIGNED, false}, {2, LOAD_SIGNED, false},
};

static bool have_lse(void)
{
#if defined(__aarch64__)
	return getauxval(AT_HWCAP) & 1 << 8; /* HWCAP_ATOMICS */
#else
	return false;
#endif
}

/* ---- addresses ---- */

static bool is_scaled(int32_t disp, unsigned size)
{
	return disp >= 0 && disp >> size < 4096 && !(disp & ((1 << size) - 1));
}

static bool fits(const struct a64_mem *m, unsigned size)
{
	if (m->index != NOREG)
		return m->base != NOREG && !m->disp && (!m->shift || m->shift == size);
	return is_scaled(m->disp, size) || (m->disp >= -256 && m->disp < 256);
}

/* An address that fits, with as much in ADDRESS as must be. */
static struct a64_mem reduce(struct jit *j, struct a64_mem m, unsigned size)
{
	struct a64_mem base = {m.base, NOREG, 0, m.disp}, there = {ADDRESS, NOREG, 0, m.disp};

	if (m.index == NOREG) {
		a64_mov_imm(j, ADDRESS, (uint64_t)(int64_t)m.disp);
		return (struct a64_mem){m.base, ADDRESS, 0, 0};
	}
	if (m.base != NOREG && !fits(&base, size) && (!m.shift || m.shift == size)) {
		a64_add_imm(j, true, ADDRESS, m.base, m.disp);
		return (struct a64_mem){ADDRESS, m.index, m.shift, 0};
	}
	if (m.base == NOREG)
		shift_imm(j, true, LSL, ADDRESS, m.index, m.shift);
	else
		rrr_shifted(j, true, ADD, ADDRESS, m.base, m.index, LSL, m.shift);
	if (fits(&there, size))
		return there;
	a64_add_imm(j, true, ADDRESS, ADDRESS, m.disp);
	return (struct a64_mem){ADDRESS, NOREG, 0, 0};
}

void a64_access(struct jit *j, uint32_t op, unsigned size, unsigned reg, struct a64_mem m)
{
	if (!fits(&m, size))
		m = reduce(j, m, size);
	op |= ACCESS | size << 30 | (uint32_t)m.base << 5 | reg;
	if (m.index != NOREG)
		op |= INDEXED | (uint32_t)m.index << 16 | (uint32_t)(m.shift > 0) << 12;
	else if (is_scaled(m.disp, size))
		op |= SCALED | (uint32_t)m.disp >> size << 10;
	else
		op |= ((uint32_t)m.disp & 0x1ff) << 12;
	put(j, op);
}

void a64_load_run(struct jit *j, bool wide, unsigned reg, size_t field)
{
	a64_access(j, LOAD, 2 + wide, reg, (struct a64_mem){RUN, NOREG, 0, (int32_t)field});
}

void a64_store_run(struct jit *j, bool wide, unsigned reg, size_t field)
{
	a64_access(j, 0, 2 + wide, reg, (struct a64_mem){RUN, NOREG, 0, (int32_t)field});
}

static struct a64_mem mem_of(const struct jit_sum *s, int32_t disp)
{
	return (struct a64_mem){s->base == JIT_NONE ? NOREG : machine[s->base],
				s->index == JIT_NONE ? NOREG : machine[s->index], s->shift, disp};
}

/*
 * r + off as an address of an access, nothing but which may follow. `changes` is what the operation is
 * about to write, if anything.
 */
struct a64_mem a64_address(struct jit *j, unsigned r, int16_t off, unsigned size, unsigned changes)
{
	bool wanted = r != changes && j->live >> r & 1, far;
	struct jit_sum s = jit_sum_of(j, r);
	struct a64_mem m;
	int32_t disp;

	if (jit_is_lazy(j, r) && wanted && jit_names(&s, changes)) { /* X2 */
		a64_settle(j, r);
		s = jit_sum_of(j, r);
	}
	far = __builtin_add_overflow(s.disp, (int32_t)off, &disp);
	m = mem_of(&s, disp);
	if (!far && fits(&m, size))
		return m;
	if (wanted && !far && s.index != JIT_NONE && s.base != JIT_NONE) {
		a64_settle_index(j, r);
		m = (struct a64_mem){machine[r], NOREG, 0, disp};
		if (fits(&m, size))
			return m;
	}
	if (wanted || far) {
		a64_settle(j, r);
		s = jit_sum_of(j, r);
		m = mem_of(&s, s.disp + off);
	}
	return m;
}

/* The same in one register, which is all that some instructions take. */
static unsigned plain_address(struct jit *j, unsigned r, int16_t off)
{
	struct jit_sum s = jit_sum_of(j, r);
	int32_t disp;

	if (s.index != JIT_NONE || __builtin_add_overflow(s.disp, (int32_t)off, &disp)) {
		a64_settle(j, r);
		s = jit_sum_of(j, r);
		disp = s.disp + off;
	}
	if (!disp)
		return machine[s.base];
	a64_add_imm(j, true, ADDRESS, machine[s.base], disp);
	return ADDRESS;
}

/* ---- loads and stores ---- */

void a64_load(struct jit *j, unsigned type, unsigned d, unsigned s, int16_t off)
{
	unsigned size = types[type].size;
	struct a64_mem m = a64_address(j, s, off, size, d);

	a64_access(j, types[type].load, size, jit_change(j, d, types[type].zero_extended), m);
}

void a64_store(struct jit *j, unsigned type, unsigned d, int16_t off, unsigned from)
{
	struct a64_mem m = a64_address(j, d, off, types[type].size, JIT_NONE);

	a64_access(j, 0, types[type].size, from, m);
}

void a64_store_imm(struct jit *j, unsigned type, unsigned d, int16_t off, int32_t v)
{
	struct a64_mem m = a64_address(j, d, off, types[type].size, JIT_NONE);
	unsigned from = CONSTANT;

	if (type == U8)
		v = (uint8_t)v;
	else if (type == U16)
		v = (uint16_t)v;
	if (!v && !j->blind)
		from = ZERO;
	else
		a64_constant(j, type == U64, CONSTANT, v);
	a64_access(j, 0, types[type].size, from, m);
}

/* ---- atomics ---- */

static void exclusive(struct jit *j, uint32_t op, unsigned type, unsigned by, unsigned at,
		      unsigned reg)
{
	put(j, op | (uint32_t)types[type].size << 30 | by << 16 | at << 5 | reg);
}

void a64_load_acquire(struct jit *j, unsigned type, const struct vm_op *op)
{
	unsigned at = plain_address(j, op->src, op->off);

	exclusive(j, A64_LDAR, type, 0, at, jit_change(j, op->dst, types[type].zero_extended));
}

void a64_store_release(struct jit *j, unsigned type, const struct vm_op *op)
{
	unsigned from = a64_use(j, op->src);

	exclusive(j, STLR, type, 0, plain_address(j, op->dst, op->off), from);
}

static const uint32_t plain_of[] = {[A64_ADD] = ADD, [A64_AND] = AND, [A64_XOR] = EOR, [A64_OR] = ORR};

/* *at = *at op by, and OLD what it was, until nobody came between. */
static void try_until_done(struct jit *j, bool wide, bool fetch, enum a64_atomic what, unsigned at,
			   unsigned by)
{
	unsigned type = wide ? U64 : U32;
	uint8_t *again = j->at;

	exclusive(j, LDXR, type, 0, at, OLD);
	if (what != A64_SWAP) {
		rrr(j, wide, plain_of[what], NEW, OLD, by);
		by = NEW;
	}
	exclusive(j, fetch ? STLXR : STXR, type, STATUS, at, by);
	put(j, CBNZ | ((uint32_t)((again - j->at) / 4) & 0x7ffff) << 5 | STATUS);
	if (fetch)
		put(j, DMB_ISH);
}

void a64_atomic(struct jit *j, bool wide, bool fetch, enum a64_atomic what, const struct vm_op *op)
{
	unsigned by = a64_use(j, op->src), at = plain_address(j, op->dst, op->off), to = ZERO;

	if (fetch)
		to = jit_change(j, op->src, !wide);
	if (!have_lse()) {
		try_until_done(j, wide, fetch, what, at, by);
		if (fetch)
			mov(j, true, to, OLD);
		return;
	}
	if (what == A64_AND) { /* there it is the bits that go */
		rrr(j, wide, ORR | NOT, NEW, ZERO, by);
		by = NEW;
	}
	exclusive(j, LDADD | (uint32_t)what << 12 | (fetch ? ACQUIRE_RELEASE : 0), wide ? U64 : U32,
		  by, at, to);
}

void a64_compare_exchange(struct jit *j, bool wide, const struct vm_op *op)
{
	unsigned type = wide ? U64 : U32, by = a64_use(j, op->src), at;

	a64_settle(j, 0);
	at = plain_address(j, op->dst, op->off);
	jit_change(j, 0, !wide);
	if (have_lse()) {
		exclusive(j, CASAL, type, X0, at, by);
		return;
	}
	exclusive(j, LDXR, type, 0, at, OLD);
	rrr(j, wide, SUBS, ZERO, OLD, X0);
	put(j, B_COND | 4 << 5 | NE); /* to the move */
	exclusive(j, STLXR, type, STATUS, at, by);
	put(j, CBNZ | (-4 & 0x7ffff) << 5 | STATUS);
	put(j, DMB_ISH);
	mov(j, true, X0, OLD);
}
