/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arm64: several operations that are one instruction, and nobody jumps between them. Each function
 * looks for one pattern and writes it: how many slots it took, or 0.
 */
#include "vm/a64.h"

uint32_t a64_combine(struct jit *j, uint32_t pc, const struct vm_op *op)
{
	(void)j, (void)pc, (void)op;
	return 0;
}
