/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arm64: constants, and the sums of jit_sum.c as this machine computes them.
 *
 * Here a sum saves moves and additions: an operation reads what its register is a copy of and
 * writes another register, an addition adds a shifted register, a load adds a small constant.
 */
#include "vm/a64.h"

/* ---- constants ---- */

/*
 * What logical instructions take as a constant: a run of ones, turned, in elements of 2 to 64 bits
 * that are all alike. The field is how far to turn right, behind it the element's size and the
 * run's length, as the processor wants them.
 */
bool a64_bitmask(uint64_t v, bool wide, uint32_t *ret_field)
{
	unsigned size = 64, ones, begin;
	uint64_t element = UINT64_MAX, run;

	if (!wide)
		v = (v & UINT32_MAX) * 0x100000001;
	if (!v || !~v)
		return false;
	while (size > 2 && (v & element >> size / 2) == (v >> size / 2 & element >> size / 2)) {
		size /= 2;
		element >>= size;
	}
	v &= element;
	ones = (unsigned)__builtin_popcountll(v);
	run = (UINT64_C(1) << ones) - 1;
	if (v & 1) /* the run may begin at the upper end */
		begin = (64 - (unsigned)__builtin_clzll(~v & element)) % size;
	else
		begin = (unsigned)__builtin_ctzll(v);
	if (v != ((run << begin | (begin ? run >> (size - begin) : 0)) & element))
		return false;
	*ret_field = (uint32_t)(size == 64) << 22 | ((size - begin) % size) << 16 |
		     ((~(size - 1) << 1 | (ones - 1)) & 63) << 10;
	return true;
}

/* How many of the constant's 16-bit parts are not `fill`. */
static unsigned parts_but(uint64_t v, uint16_t fill)
{
	unsigned i, n = 0;

	for (i = 0; i < (v > UINT32_MAX ? 64 : 32); i += 16)
		n += (uint16_t)(v >> i) != fill;
	return n;
}

static void put_at(uint8_t **at, uint32_t word)
{
	memcpy(*at, &word, sizeof(word));
	*at += sizeof(word);
}

unsigned a64_mov_imm_words(uint64_t v)
{
	unsigned n = MIN(parts_but(v, 0), parts_but(v, 0xffff));
	uint32_t field;

	return n < 2 || a64_bitmask(v, v > UINT32_MAX, &field) ? 1 : n;
}

void a64_put_mov_imm(uint8_t **at, unsigned to, uint64_t v)
{
	bool wide = v > UINT32_MAX, inverted = parts_but(v, 0xffff) < parts_but(v, 0);
	uint32_t op = inverted ? MOVN : MOVZ, field;
	uint16_t fill = inverted ? 0xffff : 0, part;
	unsigned i;

	if (parts_but(v, fill) == 0)
		put_at(at, op | wide_bit(wide) | to);
	if (parts_but(v, fill) > 1 && a64_bitmask(v, wide, &field)) {
		put_at(at, (ORR + LOGICAL_IMM) | wide_bit(wide) | field | ZERO << 5 | to);
		return;
	}
	for (i = 0; i < (wide ? 4 : 2); i++) {
		part = (uint16_t)(v >> 16 * i);
		if (part == fill)
			continue;
		if (op == MOVN)
			part = (uint16_t)~part;
		put_at(at, op | wide_bit(wide) | i << 21 | (uint32_t)part << 5 | to);
		op = MOVK;
	}
}

void a64_mov_imm(struct jit *j, unsigned to, uint64_t v)
{
	a64_put_mov_imm(&j->at, to, v);
}

/* A constant of the program, for one that may be built to attack: it must not stand in the code. */
void a64_constant(struct jit *j, bool wide, unsigned to, int32_t v)
{
	uint32_t key;

	if (!j->blind) {
		a64_mov_imm(j, to, wide ? (uint64_t)(int64_t)v : (uint32_t)v);
		return;
	}
	key = (uint32_t)jit_random(j);
	a64_mov_imm(j, to, (uint32_t)v ^ key);
	a64_mov_imm(j, FAR, key);
	rrr(j, false, EOR, to, to, FAR);
	if (wide && v < 0)
		bitfield(j, true, SBFM, to, to, 0, 31);
}

/* ---- operations with a constant ---- */

/* Twelve bits, which may stand twelve bits further left. */
bool a64_add_field(int64_t v, uint32_t *ret_field)
{
	if (v < 0 || v > 0xfff000 || (v > 0xfff && v & 0xfff))
		return false;
	*ret_field = v > 0xfff ? 1u << 22 | (uint32_t)v >> 12 << 10 : (uint32_t)v << 10;
	return true;
}

void a64_add_imm(struct jit *j, bool wide, unsigned to, unsigned from, int64_t v)
{
	uint32_t op = v < 0 ? SUB : ADD, field, low;
	int64_t size = v < 0 ? -v : v;

	if (!size && (to != from || !wide))
		mov(j, wide, to, from);
	if (!size)
		return;
	if (!a64_add_field(size, &field) &&
	    (size >> 24 || a64_mov_imm_words((uint64_t)size) == 1)) {
		a64_mov_imm(j, FAR, (uint64_t)size);
		rrr(j, wide, op, to, from, FAR);
		return;
	}
	op += ARITH_IMM;
	if (!a64_add_field(size, &field)) {
		a64_add_field(size & 0xfff, &low);
		put(j, op | wide_bit(wide) | low | from << 5 | to);
		a64_add_field(size & 0xfff000, &field);
		from = to;
	}
	put(j, op | wide_bit(wide) | field | from << 5 | to);
}

void a64_logical_imm(struct jit *j, bool wide, uint32_t op, unsigned to, unsigned from, int32_t v)
{
	uint32_t field;

	if (a64_bitmask((uint64_t)(int64_t)v, wide, &field)) {
		put(j, (op + LOGICAL_IMM) | wide_bit(wide) | field | from << 5 | to);
		return;
	}
	a64_mov_imm(j, CONSTANT, wide ? (uint64_t)(int64_t)v : (uint32_t)v);
	rrr(j, wide, op, to, from, CONSTANT);
}

/* ---- sums ---- */

void a64_settle(struct jit *j, unsigned r)
{
	struct jit_sum s = j->sum[r];
	unsigned to = machine[r], from = to;

	if (!jit_is_lazy(j, r))
		return;
	j->lazy &= (uint16_t)~(1u << r);
	if (s.base == JIT_NONE) {
		shift_imm(j, true, LSL, to, machine[s.index], s.shift);
	} else if (s.index != JIT_NONE) {
		rrr_shifted(j, true, ADD, to, machine[s.base], machine[s.index], LSL, s.shift);
	} else {
		from = machine[s.base];
	}
	a64_add_imm(j, true, to, from, s.disp);
}

/* As far as an address wants it: without the constant. */
void a64_settle_index(struct jit *j, unsigned r)
{
	struct jit_sum *s = &j->sum[r];

	rrr_shifted(j, true, ADD, machine[r], machine[s->base], machine[s->index], LSL, s->shift);
	*s = (struct jit_sum){(uint8_t)r, JIT_NONE, 0, s->disp};
}

/* The machine's register that has r's value: its own, or that of which it is a copy. */
unsigned a64_use(struct jit *j, unsigned r)
{
	assert(r < ISA_REG_MAX);
	if (r == ISA_REG_FP) {
		a64_add_imm(j, true, TOP, FRAME, VM_FRAME_STACK);
		return TOP;
	}
	if (jit_is_lazy(j, r) && jit_is_copy(&j->sum[r]))
		return machine[j->sum[r].base];
	a64_settle(j, r);
	return machine[r];
}

/* What s is a sum of, for another register to be it too. A register that is not wanted any more may
 * go on holding what its own sum was made of. */
static struct jit_sum share(struct jit *j, unsigned s)
{
	struct jit_sum sum;

	if (jit_is_lazy(j, s) && jit_names(&j->sum[s], s) && j->live >> s & 1)
		a64_settle(j, s);
	sum = jit_sum_of(j, s);
	if (jit_names(&sum, s))
		j->lazy &= (uint16_t)~(1u << s);
	return sum;
}

/* ---- moves and additions ---- */

void a64_mov64(struct jit *j, unsigned d, unsigned s)
{
	if (d != s)
		jit_become(j, d, share(j, s));
}

void a64_mov32(struct jit *j, unsigned d, unsigned s)
{
	unsigned from;

	if (j->zext >> s & 1) {
		a64_mov64(j, d, s);
		return;
	}
	from = a64_use(j, s);
	mov(j, false, jit_change(j, d, true), from);
}

void a64_load_imm(struct jit *j, unsigned d, uint64_t v)
{
	a64_mov_imm(j, jit_change(j, d, v <= UINT32_MAX), v);
}

void a64_load_imm_blind(struct jit *j, unsigned d, uint64_t v)
{
	unsigned to = jit_change(j, d, v <= UINT32_MAX);
	uint64_t key = jit_random(j);

	a64_mov_imm(j, to, v ^ key);
	a64_mov_imm(j, FAR, key);
	rrr(j, true, EOR, to, to, FAR);
}

/* From here on the functions for arithmetic take the machine's register for the source. */

void a64_arith(struct jit *j, bool wide, uint32_t op, unsigned d, unsigned by)
{
	unsigned from = a64_use(j, d);

	rrr(j, wide, op, jit_change(j, d, !wide), from, by);
}

/* a += b, if one sum can say that. */
static bool merge(struct jit_sum *a, const struct jit_sum *b)
{
	if (__builtin_add_overflow(a->disp, b->disp, &a->disp))
		return false;
	if (a->index == JIT_NONE && (b->index == JIT_NONE || b->base == JIT_NONE)) {
		a->index = b->index == JIT_NONE ? b->base : b->index;
		a->shift = b->shift;
		return true;
	}
	if (a->base == JIT_NONE && b->index == JIT_NONE) {
		a->base = b->base;
		return true;
	}
	return false;
}

void a64_add64(struct jit *j, unsigned d, unsigned s)
{
	struct jit_sum sum = jit_sum_of(j, d), b = jit_sum_of(j, s);
	bool alone = !jit_is_lazy(j, s) || !jit_names(&b, s) || !(j->live >> s & 1);

	if (d == s || !alone || !merge(&sum, &b)) {
		a64_arith(j, true, ADD, d, a64_use(j, s));
		return;
	}
	share(j, s);
	jit_become(j, d, sum);
}

void a64_add_k(struct jit *j, bool wide, unsigned d, int32_t v)
{
	struct jit_sum sum = jit_sum_of(j, d);
	bool too_much = __builtin_add_overflow(sum.disp, v, &sum.disp);

	if (too_much || (!wide && sum.index != JIT_NONE)) {
		a64_settle(j, d);
		sum = (struct jit_sum){(uint8_t)d, JIT_NONE, 0, v};
	}
	if (wide)
		jit_become(j, d, sum);
	else
		a64_add_imm(j, false, jit_change(j, d, true), machine[sum.base], sum.disp);
}
