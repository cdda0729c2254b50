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

enum { ACCESS = 0x38000000, SCALED = 1 << 24, INDEXED = 1 << 21 | 2 << 10 };
enum { LOAD_SIGNED = 2 << 22 };
enum {
	STLR = 0x089ffc00,
	LDXR = 0x085f7c00,
	STXR = 0x08007c00,
	STLXR = 0x0800fc00,
	CASAL = 0x08e0fc00,
	LDADD = 0x38200000, /* and its kin: op << 12 */
	ACQUIRE_RELEASE = 3 << 22,
};

const struct a64_type a64_types[] = {
	{0, A64_LOAD, true},     {1, A64_LOAD, true},     {2, A64_LOAD, true},
	{3, A64_LOAD, false},    {0, LOAD_SIGNED, false}, {1, LOAD_SIGNED, false},
	{2, LOAD_SIGNED, false},
};

static bool have_lse(const struct jit *j)
{
	if (j->p->env.baseline)
		return false;
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
	struct a64_mem base = {.base = m.base, .index = NOREG, .disp = m.disp};
	struct a64_mem there = {.base = ADDRESS, .index = NOREG, .disp = m.disp};

	if (m.index == NOREG) {
		a64_mov_imm(j, ADDRESS, (uint64_t)(int64_t)m.disp);
		return (struct a64_mem){.base = m.base, .index = ADDRESS};
	}
	if (m.base != NOREG && !fits(&base, size) && (!m.shift || m.shift == size)) {
		a64_add_imm(j, true, ADDRESS, m.base, m.disp);
		return (struct a64_mem){.base = ADDRESS, .index = m.index, .shift = m.shift};
	}
	if (m.base == NOREG)
		shift_imm(j, true, LSL, ADDRESS, m.index, m.shift);
	else
		rrr_shifted(j, true, ADD, ADDRESS, m.base, m.index, LSL, m.shift);
	if (fits(&there, size))
		return there;
	a64_add_imm(j, true, ADDRESS, ADDRESS, m.disp);
	return (struct a64_mem){.base = ADDRESS, .index = NOREG};
}

struct a64_mem a64_fit(struct jit *j, struct a64_mem m, unsigned size)
{
	return fits(&m, size) ? m : reduce(j, m, size);
}

void a64_access(struct jit *j, uint32_t op, unsigned size, unsigned reg, struct a64_mem m)
{
	m = a64_fit(j, m, size);
	op |= ACCESS | size << 30 | (uint32_t)m.base << 5 | reg;
	if (m.index != NOREG)
		op |= INDEXED | (uint32_t)m.index << 16 | (m.narrow ? 2u : 3u) << 13 |
		      (uint32_t)(m.shift > 0) << 12;
	else if (is_scaled(m.disp, size))
		op |= SCALED | (uint32_t)m.disp >> size << 10;
	else
		op |= ((uint32_t)m.disp & 0x1ff) << 12;
	put(j, op);
}

void a64_load_run(struct jit *j, bool wide, unsigned reg, size_t field)
{
	a64_access(j, A64_LOAD, 2 + wide, reg, a64_at(RUN, (int32_t)field));
}

void a64_store_run(struct jit *j, bool wide, unsigned reg, size_t field)
{
	a64_access(j, 0, 2 + wide, reg, a64_at(RUN, (int32_t)field));
}

static struct a64_mem mem_of(const struct jit_sum *s, int32_t disp)
{
	return (struct a64_mem){s->base == JIT_NONE ? NOREG : machine[s->base],
				s->index == JIT_NONE ? NOREG : machine[s->index], s->shift, false,
				disp};
}

/*
 * r + off as an address of an access, nothing but which may follow. `changes` is what the operation
 * is about to write, if anything.
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
		m = a64_at(machine[r], disp);
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
static unsigned plain_address(struct jit *j, unsigned r, int16_t off, bool arena)
{
	struct jit_sum s = jit_sum_of(j, r);
	int32_t disp;

	if (arena)
		return a64_window(j, r, off);
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
	unsigned size = a64_types[type].size;
	struct a64_mem m = a64_address(j, s, off, size, d);

	a64_access(j, a64_types[type].load, size, jit_change(j, d, a64_types[type].zero_extended),
		   m);
}

void a64_store(struct jit *j, unsigned type, unsigned d, int16_t off, unsigned from)
{
	struct a64_mem m = a64_address(j, d, off, a64_types[type].size, JIT_NONE);

	a64_access(j, 0, a64_types[type].size, from, m);
}

void a64_store_imm(struct jit *j, unsigned type, unsigned d, int16_t off, int32_t v)
{
	struct a64_mem m = a64_address(j, d, off, a64_types[type].size, JIT_NONE);
	unsigned from = CONSTANT;

	if (type == U8)
		v = (uint8_t)v;
	else if (type == U16)
		v = (uint16_t)v;
	if (!v && !j->blind)
		from = ZERO;
	else
		a64_constant(j, type == U64, CONSTANT, v);
	a64_access(j, 0, a64_types[type].size, from, m);
}

/* ---- atomics: where nothing is in an arena, they change no register, so it must be computed ---- */

static void exclusive(struct jit *j, uint32_t op, unsigned type, unsigned by, unsigned at,
		      unsigned reg)
{
	put(j, op | (uint32_t)a64_types[type].size << 30 | by << 16 | at << 5 | reg);
}

void a64_load_acquire(struct jit *j, unsigned type, const struct vm_op *op, bool arena)
{
	struct a64_faults faults = {.may = arena};
	unsigned at, to;

	if (arena)
		a64_settle(j, op->dst);
	at = plain_address(j, op->src, op->off, arena);
	to = jit_change(j, op->dst, !arena && a64_types[type].zero_extended);
	a64_note(j, &faults);
	exclusive(j, A64_LDAR, type, 0, at, to);
	a64_go_on(j, &faults, VM_SITE_NO_REG);
}

void a64_store_release(struct jit *j, unsigned type, const struct vm_op *op, bool arena)
{
	unsigned from = a64_use(j, op->src), at = plain_address(j, op->dst, op->off, arena);
	struct a64_faults faults = {.may = arena};

	a64_note(j, &faults);
	exclusive(j, STLR, type, 0, at, from);
	a64_go_on(j, &faults, VM_SITE_NO_REG);
}

static const uint32_t plain_of[] = {
	[A64_ADD] = ADD, [A64_AND] = AND, [A64_XOR] = EOR, [A64_OR] = ORR};

/* *at = *at op by, and OLD what it was, until nobody came between. */
static void try_until_done(struct jit *j, bool wide, bool fetch, enum a64_atomic what, unsigned at,
			   unsigned by, struct a64_faults *faults)
{
	unsigned type = wide ? U64 : U32;
	uint8_t *again = j->at;

	a64_note(j, faults);
	exclusive(j, LDXR, type, 0, at, OLD);
	if (what != A64_SWAP) {
		rrr(j, wide, plain_of[what], NEW, OLD, by);
		by = NEW;
	}
	a64_note(j, faults);
	exclusive(j, fetch ? STLXR : STXR, type, STATUS, at, by);
	put(j, CBNZ | ((uint32_t)((again - j->at) / 4) & 0x7ffff) << 5 | STATUS);
	if (fetch)
		put(j, DMB_ISH);
}

void a64_atomic(struct jit *j, bool wide, bool fetch, enum a64_atomic what, const struct vm_op *op,
		bool arena)
{
	struct a64_faults faults = {.may = arena};
	unsigned by, at, to = ZERO;

	if (arena && fetch)
		a64_settle(j, op->src);
	by = a64_use(j, op->src);
	at = plain_address(j, op->dst, op->off, arena);
	if (fetch)
		to = jit_change(j, op->src, !wide && !arena);
	if (!have_lse(j)) {
		try_until_done(j, wide, fetch, what, at, by, &faults);
		if (fetch)
			mov(j, true, to, OLD);
	} else {
		if (what == A64_AND) { /* there it is the bits that go */
			rrr(j, wide, ORR | NOT, NEW, ZERO, by);
			by = NEW;
		}
		a64_note(j, &faults);
		exclusive(j, LDADD | (uint32_t)what << 12 | (fetch ? ACQUIRE_RELEASE : 0),
			  wide ? U64 : U32, by, at, to);
	}
	a64_go_on(j, &faults, VM_SITE_NO_REG);
}

/* r0 = what there was, which is `by` then if it was r0. */
static void try_once(struct jit *j, unsigned type, unsigned at, unsigned by,
		     struct a64_faults *faults)
{
	a64_note(j, faults);
	exclusive(j, LDXR, type, 0, at, OLD);
	rrr(j, type == U64, SUBS, ZERO, OLD, X0);
	put(j, B_COND | 4 << 5 | NE); /* to the move */
	a64_note(j, faults);
	exclusive(j, STLXR, type, STATUS, at, by);
	put(j, CBNZ | (-4 & 0x7ffff) << 5 | STATUS);
	put(j, DMB_ISH);
	mov(j, true, X0, OLD);
}

void a64_compare_exchange(struct jit *j, bool wide, const struct vm_op *op, bool arena)
{
	unsigned type = wide ? U64 : U32, by = a64_use(j, op->src), at;
	struct a64_faults faults = {.may = arena};

	a64_settle(j, 0);
	at = plain_address(j, op->dst, op->off, arena);
	jit_change(j, 0, !wide);
	if (have_lse(j)) {
		a64_note(j, &faults);
		exclusive(j, CASAL, type, X0, at, by);
	} else {
		try_once(j, type, at, by, &faults);
	}
	a64_go_on(j, &faults, VM_SITE_NO_REG);
	if (arena && !wide) /* even where nothing is */
		mov(j, false, X0, X0);
}
