/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sums that are not computed yet: what does not depend on the machine.
 *
 * A move or an addition only notes what the register is a sum of ("lazy"); a load or store takes
 * the sum as its address, whoever reads a plain copy reads the original, and who else wants the
 * value has it computed first (target.settle). What nobody wants is never computed.
 *
 *	X1  a sum names registers that are not lazy, or the register it is the value of
 *	X2  a register that a sum names does not change before the sum is settled or dropped
 *	X3  where a jump may lead, no register is lazy
 */
#include "vm/jit.h"

void jit_settle_all(struct jit *j, unsigned mask)
{
	unsigned r;

	for (r = 0; j->lazy & mask; r++) {
		if (j->lazy & mask & 1u << r)
			j->t->settle(j, r);
	}
}

/* r is about to change: whose sum names it is settled, or dropped if nobody wants it any more. */
static void protect(struct jit *j, unsigned r)
{
	unsigned t, left;

	assert(r < ISA_REG_MAX);
	left = j->lazy & ~(1u << r);
	for (t = 0; left >> t; t++) {
		if (!(left >> t & 1) || !jit_names(&j->sum[t], r))
			continue;
		if (j->live >> t & 1)
			j->t->settle(j, t);
		j->lazy &= (uint16_t)~(1u << t);
	}
}

/* r gets another value, or what settling it has put there changes: the machine's register. */
unsigned jit_change(struct jit *j, unsigned r, bool zero_extended)
{
	protect(j, r);
	j->lazy &= (uint16_t)~(1u << r);
	j->zext = (uint16_t)((j->zext & ~(1u << r)) | (unsigned)zero_extended << r);
	return j->t->machine[r];
}

/* r becomes this sum. */
void jit_become(struct jit *j, unsigned r, struct jit_sum s)
{
	protect(j, r);
	j->zext &= (uint16_t)~(1u << r);
	if (jit_is_copy(&s))
		j->zext |= (uint16_t)((j->zext >> s.base & 1) << r);
	if (jit_is_copy(&s) && s.base == r) {
		j->lazy &= (uint16_t)~(1u << r);
		return;
	}
	j->sum[r] = s;
	j->lazy |= (uint16_t)(1u << r);
}

/* Before a call, which changes r0..r5. */
void jit_forget_args(struct jit *j)
{
	unsigned r;

	j->flags_at = 0;
	for (r = 0; r <= 5; r++)
		jit_change(j, r, false);
}

/* X3, where a jump is about to leave. */
void jit_leave_block(struct jit *j, uint32_t to)
{
	jit_settle_all(j, j->insn[to].live);
}

/* X3, where it leads. */
void jit_enter_block(struct jit *j, uint32_t pc)
{
	jit_settle_all(j, j->insn[pc].live);
	j->lazy = 0;
	j->zext = 0;
	j->flags_at = 0;
}
