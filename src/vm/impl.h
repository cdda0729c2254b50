/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the files of vm share.
 *
 * Letters: p program, op one operation of it, run the run, r its registers.
 */
#ifndef SKEP_VM_IMPL_H
#define SKEP_VM_IMPL_H

#include <endian.h>

#include "vm/vm.h"

/*
 * One instruction, ready to run: where its code is in the interpreter's loop, and the fields in the
 * form that code wants. A 64-bit load takes two, the second never reached, so that numbers of
 * operations are numbers of instructions.
 */
struct vm_op {
	const void *code;
	uint8_t dst, src;
	int16_t off;
	int32_t imm;
	union {
		int64_t imm64;		/* sign-extended imm; of a 64-bit load the whole value */
		const struct vm_op *to; /* jumps and local calls */
		vm_helper_fn helper;
	};
};

struct vm_prog {
	char *name;	  /* owned */
	struct insn *insn; /* owned: as it was loaded */
	struct vm_op *op; /* owned */
	struct bits entry; /* the instructions where a function begins */
	uint32_t n;
	enum vm_engine engine;
	struct vm_env env;
};

#define VM_PC_NONE UINT32_MAX /* run->fault.pc until somebody knows */

const struct vm_helper *vm_helper_by_id(const struct vm_env *env, int32_t id);

/* With run == NULL: where the code of each isa_id is; else runs from `op` on. */
typedef const void *const *(*vm_loop_fn)(struct vm_run *run, const struct vm_op *op, uint64_t *r);

extern const vm_loop_fn vm_loop[_VM_ENGINE_MAX];

/*
 * Whether the run may touch this. *hot becomes the region that holds it, when that has the 8 bytes
 * that the loop's check needs; if none does, run->fault tells.
 */
bool vm_find(struct vm_run *run, uint64_t addr, uint64_t size, bool write, struct vm_region *hot);
/* How far run->used may go before it asks again; 0: no further, and run->fault.kind tells why. */
uint64_t vm_more(struct vm_run *run, uint64_t used);
uint64_t vm_callx(struct vm_run *run, uint64_t id, const uint64_t *r);
COLD void vm_set_fault(struct vm_run *run, enum vm_fault_kind kind, const struct vm_op *op,
		       const uint64_t *r);

#endif
