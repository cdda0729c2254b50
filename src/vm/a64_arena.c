/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arm64: accesses that may fault: probes, and all that is done in an arena's window, whose address
 * is in ADDRESS then with the offset added; the lower half of the program's address is an index.
 */
#include "vm/a64.h"

/* ---- places that may fault ---- */

void a64_note(struct jit *j, struct a64_faults *f)
{
	assert(!f->may || f->n < ARRAY_LEN(f->at));
	if (f->may)
		f->at[f->n++] = jit_here(j);
}

/* Here. `reg` is 0 then, or is VM_SITE_NO_REG. */
void a64_go_on(struct jit *j, const struct a64_faults *f, uint8_t reg)
{
	unsigned i;

	for (i = 0; i < f->n; i++)
		jit_may_fault(j, f->at[i], jit_here(j), reg);
}

static void access(struct jit *j, uint32_t op, unsigned type, unsigned reg, struct a64_mem m,
		   uint8_t cleared)
{
	struct a64_faults faults = {.may = true};

	a64_note(j, &faults);
	a64_access(j, op, a64_types[type].size, reg, m);
	a64_go_on(j, &faults, cleared);
}

/* ---- addresses ---- */

static struct a64_mem in_window(struct jit *j, unsigned r, int16_t off)
{
	unsigned index = a64_use(j, r);

	a64_mov_imm(j, ADDRESS, j->p->window + (uint64_t)(int64_t)off);
	return (struct a64_mem){.base = ADDRESS, .index = (uint8_t)index, .narrow = true};
}

/* The same in one register. */
unsigned a64_window(struct jit *j, unsigned r, int16_t off)
{
	enum { ADD_LOWER_HALF = 0x0b204000 };
	struct a64_mem m = in_window(j, r, off);

	rrr(j, true, ADD_LOWER_HALF, ADDRESS, m.base, m.index);
	return ADDRESS;
}

/* ---- loads and stores ---- */

void a64_load_probe(struct jit *j, unsigned type, const struct vm_op *op)
{
	unsigned size = a64_types[type].size, to;
	struct a64_mem m = a64_fit(j, a64_address(j, op->src, op->off, size, op->dst), size);

	to = jit_change(j, op->dst, a64_types[type].zero_extended);
	access(j, a64_types[type].load, type, to, m, (uint8_t)to);
}

void a64_load_arena(struct jit *j, unsigned type, const struct vm_op *op)
{
	struct a64_mem m = in_window(j, op->src, op->off);
	unsigned to = jit_change(j, op->dst, a64_types[type].zero_extended);

	access(j, a64_types[type].load, type, to, m, (uint8_t)to);
}

void a64_store_arena(struct jit *j, unsigned type, const struct vm_op *op)
{
	unsigned from = a64_use(j, op->src);

	access(j, 0, type, from, in_window(j, op->dst, op->off), VM_SITE_NO_REG);
}

void a64_store_imm_arena(struct jit *j, unsigned type, const struct vm_op *op)
{
	struct a64_mem m = in_window(j, op->dst, op->off);

	a64_constant(j, type == U64, CONSTANT, op->imm);
	access(j, 0, type, CONSTANT, m, VM_SITE_NO_REG);
}

/* ---- casts ---- */

/* The lower half, and unless that is 0 the upper half of the arena's addresses. */
void a64_cast(struct jit *j, const struct vm_op *op)
{
	uint32_t low = (uint32_t)((uint64_t)op->imm64 >> 32) & 0xffff,
		 high = (uint32_t)((uint64_t)op->imm64 >> 48), words = 1 + (low > 0) + (high > 0);
	unsigned from, to;

	if (!op->imm64) {
		a64_mov32(j, op->dst, op->src);
		return;
	}
	from = a64_use(j, op->src);
	to = jit_change(j, op->dst, false);
	mov(j, false, to, from);
	put(j, CBZ | words << 5 | to);
	if (low)
		put(j, MOVK | wide_bit(true) | 2 << 21 | low << 5 | to);
	if (high)
		put(j, MOVK | wide_bit(true) | 3 << 21 | high << 5 | to);
}
