/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * x86-64: accesses that may fault: probes, and all that is done in an arena's window, whose address is
 * in r10 then and the lower half of the program's in r11, or where it is.
 */
#include "vm/x64.h"

/* ---- places that may fault ---- */

static void may_fault(struct jit *j, struct jit_mark at, unsigned reg)
{
	jit_may_fault(j, at, jit_here(j), (uint8_t)reg);
}

/* ---- addresses ---- */

static bool upper_half_is_zero(const struct jit *j, unsigned r)
{
	if (jit_is_lazy(j, r)) /* x64_use() gives that of which it is a copy */
		return jit_is_copy(&j->sum[r]) && j->zext >> j->sum[r].base & 1;
	return j->zext >> r & 1;
}

static struct mem in_window(struct jit *j, unsigned r, int16_t off)
{
	bool zero = upper_half_is_zero(j, r);
	unsigned from = x64_use(j, r);

	if (!zero)
		mov(j, false, R11, from);
	mov_imm(j, R10, j->p->window);
	return (struct mem){R10, (uint8_t)(zero ? from : R11), 0, off};
}

/* ---- loads and stores ---- */

void x64_load_probe(struct jit *j, struct x64_load l, unsigned d, unsigned s, int16_t off)
{
	struct mem m = x64_address(j, s, off, d);
	unsigned to = jit_change(j, d, l.zero_extended);
	struct jit_mark at = jit_here(j);

	rm(j, l.wide, l.op, to, &m);
	may_fault(j, at, to);
}

void x64_load_arena(struct jit *j, struct x64_load l, const struct vm_op *i, bool acquire)
{
	struct jit_mark at;
	struct mem m;
	unsigned to;

	if (acquire) /* it may be left as it is */
		x64_settle(j, i->dst);
	m = in_window(j, i->src, i->off);
	to = jit_change(j, i->dst, l.zero_extended && !acquire);
	at = jit_here(j);

	rm(j, l.wide, l.op, to, &m);
	may_fault(j, at, acquire ? VM_SITE_NO_REG : to);
}

static void put_store(struct jit *j, unsigned bytes, unsigned from, const struct mem *m)
{
	struct jit_mark at = jit_here(j);

	if (bytes == 2)
		put(j, 0x66);
	rm_must(j, bytes == 8, bytes == 1 ? 0x88 : 0x89, from, m, bytes == 1 && from >= 4);
	may_fault(j, at, VM_SITE_NO_REG);
}

void x64_store_arena(struct jit *j, unsigned bytes, const struct vm_op *i)
{
	unsigned from = x64_use(j, i->src);
	struct mem m = in_window(j, i->dst, i->off);

	put_store(j, bytes, from, &m);
}

/* The constant takes the place of the lower half, which joins the window's address. */
void x64_store_imm_arena(struct jit *j, unsigned bytes, const struct vm_op *i)
{
	struct mem m = in_window(j, i->dst, i->off);

	alu(j, true, ADD, R10, m.index);
	m.index = NOREG;
	x64_constant(j, bytes == 8, R11, i->imm);
	put_store(j, bytes, R11, &m);
}

/* ---- atomics ---- */

static void put_locked(struct jit *j, bool wide, unsigned op, unsigned reg, const struct mem *m)
{
	struct jit_mark at = jit_here(j);

	if (op != 0x87)
		put(j, 0xf0);
	rm(j, wide, op, reg, m);
	may_fault(j, at, VM_SITE_NO_REG);
}

void x64_atomic_arena(struct jit *j, bool wide, unsigned op, const struct vm_op *i)
{
	unsigned s = x64_use(j, i->src);
	struct mem m = in_window(j, i->dst, i->off);

	put_locked(j, wide, op << 3 | 1, s, &m);
}

static void exchange(struct jit *j, bool wide, unsigned op, const struct vm_op *i)
{
	struct mem m;

	x64_settle(j, i->src);
	m = in_window(j, i->dst, i->off);
	put_locked(j, wide, op, jit_change(j, i->src, false), &m);
}

/* As x64.c does it; what holds the run is pushed, to have one register more. */
static void fetch_loop(struct jit *j, bool wide, unsigned op, const struct vm_op *i)
{
	unsigned s = machine[i->src], from;
	struct mem m = {RDI, NOREG, 0, i->off};
	struct jit_mark load, swap;
	uint8_t *again, *done;

	x64_settle(j, i->src);
	x64_settle(j, 0);
	from = x64_use(j, i->dst);
	jit_change(j, i->src, false);
	push(j, RDI);
	mov(j, false, RDI, from);
	mov_imm(j, R10, j->p->window);
	alu(j, true, ADD, RDI, R10);
	mov(j, true, R10, RAX);
	load = jit_here(j);
	rm(j, wide, 0x8b, RAX, &m);
	again = j->at;
	mov(j, true, R11, RAX);
	alu(j, wide, op, R11, s == RAX ? R10 : s);
	swap = jit_here(j);
	put(j, 0xf0);
	rm(j, wide, 0x1b1, R11, &m);
	put(j, 0x70 | O_NE);
	put(j, (uint8_t)(again - j->at - 1));
	if (s == RAX && !wide)
		mov(j, false, RAX, RAX);
	if (s != RAX)
		mov(j, wide, s, RAX);
	done = s == RAX ? skip(j, JIT_ALWAYS) : NULL;
	jit_may_fault(j, load, jit_here(j), VM_SITE_NO_REG);
	jit_may_fault(j, swap, jit_here(j), VM_SITE_NO_REG);
	mov(j, true, RAX, R10);
	if (done)
		land(j, done);
	pop(j, RDI);
}

void x64_fetch_arena(struct jit *j, bool wide, unsigned op, const struct vm_op *i)
{
	if (op == ADD)
		exchange(j, wide, 0x1c1, i);
	else if (op == CMP)
		exchange(j, wide, 0x87, i);
	else
		fetch_loop(j, wide, op, i);
}

void x64_compare_exchange_arena(struct jit *j, bool wide, const struct vm_op *i)
{
	struct mem m;
	unsigned s;

	x64_settle(j, 0);
	s = x64_use(j, i->src);
	m = in_window(j, i->dst, i->off);
	jit_change(j, 0, !wide);
	put_locked(j, wide, 0x1b1, s, &m);
	if (!wide)
		mov(j, false, RAX, RAX);
}

/* ---- casts ---- */

void x64_cast(struct jit *j, const struct vm_op *i)
{
	unsigned from, to;

	if (!i->imm64) {
		x64_mov32(j, i->dst, i->src);
		return;
	}
	from = x64_use(j, i->src);
	to = jit_change(j, i->dst, false);
	mov(j, false, to, from);
	mov_imm(j, R11, (uint64_t)i->imm64);
	rr(j, false, 0x85, to, to);
	rr(j, true, 0x140 | O_EQ, R11, to);
	alu(j, true, OR, to, R11);
	j->flags_at = 0;
}
