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
	const void *code; /* JIT: the isa_id, until there is native code */
	uint8_t dst, src;
	int16_t off;
	int32_t imm;
	union {
		int64_t imm64;		/* sign-extended imm; of a 64-bit load the whole value */
		const struct vm_op *to; /* jumps and local calls */
		vm_helper_fn helper;
	};
};

/* An instruction of native code that may fault: it then did nothing, and what follows is at `to`. */
struct vm_site {
	uint32_t at, to; /* in the code */
	uint8_t reg;	 /* becomes 0: the machine's number of it, or VM_SITE_NO_REG */
};
enum { VM_SITE_NO_REG = 255 };

struct vm_native {
	uint8_t *map; /* owned pages */
	size_t map_size, guard; /* bytes; of these at the end nobody may touch */
	uint8_t *code; /* begins with the way in */
	size_t size, rest; /* where what belongs to no function begins */
	struct vm_site *site; /* owned: ascending */
	uint32_t sites, known_at; /* known_at: to the handler; 0: it does not know them */
	struct jit_code_entry *told_gdb; /* owned; NULL: it does not know the code */
};

struct vm_prog {
	char *name;	  /* owned */
	struct insn *insn; /* owned: as it was loaded */
	struct vm_op *op; /* owned */
	struct bits entry; /* the instructions where a function begins */
	VEC(uint64_t) map; /* what its map loads load */
	uint32_t n;
	bool loops; /* has may_goto */
	bool faults; /* has accesses that may fault, or casts */
	uint64_t window; /* where its arena is: plus the lower half of an address */
	uint32_t cpus; /* native code wants to know which of so many it is on; 0: it does not */
	enum vm_engine engine;
	struct vm_env env;
	struct vm_native native;
};

#define VM_PC_NONE UINT32_MAX /* run->fault.pc until somebody knows */

const struct vm_helper *vm_helper_by_id(const struct vm_env *env, int32_t id);

/*
 * Two operations that often follow each other, in one: the interpreters then go from one to the next
 * once, and the second need not read what the first has just written. A move and an operation on the
 * same register; an addition and a jump that compares the sum with a constant. Numbered behind the
 * isa_ids, each with a place of its own in the loop.
 */
enum vm_pair {
	_VM_PAIR_BEFORE = _ISA_MAX - 1,
#define ALU(name, ...)                                                                             \
	VM_MOV_##name##64_R, VM_MOV_##name##64_K, VM_MOV_##name##32_R, VM_MOV_##name##32_K,
#define JCC(name, ...) VM_ADD64_##name##64_K, VM_ADD64_##name##32_K, VM_ADD32_##name##32_K,
#include "isa/insn.def"
	/* no pairs, but variants: */
	VM_LOOKUP, /* a call of map_lookup_elem where nothing is checked */
	VM_CALL_LOOPS, /* a local call in a program with may_goto */
	_VM_PAIR_MAX
};

/* With run == NULL: where the code of each isa_id and pair is; else runs from `op` on. */
typedef const void *const *(*vm_loop_fn)(struct vm_run *run, const struct vm_op *op, uint64_t *r);

extern const vm_loop_fn vm_loop[_VM_ENGINE_MAX];
const void *const *vm_run_native(struct vm_run *run, const struct vm_op *op, uint64_t *r);

/*
 * Whether the run may touch this. *hot becomes the region that holds it, when that has the 8 bytes
 * that the loop's check needs; if none does, run->fault tells.
 */
bool vm_find(struct vm_run *run, uint64_t addr, uint64_t size, bool write, struct vm_region *hot);
/* How far run->used may go before it asks again; 0: no further, and run->fault.kind tells why. */
uint64_t vm_more(struct vm_run *run, uint64_t used);
/* How many frames there are, by what is left of the stack. */
static inline int32_t vm_frames(const struct vm_run *run)
{
	uint64_t top = (uint64_t)(uintptr_t)run->stack + VM_STACK;

	return (int32_t)((top - run->stack_lo) / VM_FRAME_STACK);
}
uint64_t vm_callx(struct vm_run *run, uint64_t id, const uint64_t *r);

/*
 * may_goto, as the kernel's timed form has it: each frame may go past such instructions for a quarter
 * of a second, and looks at the clock every VM_LOOPS times. When it is over, count is 0 and they jump.
 */
struct vm_loops {
	uint64_t count, since; /* since: ns, 0 before the first look */
};
enum {
	VM_LOOPS = 0xffff,
	VM_LOOPS_AT = VM_STACK - (int)sizeof(struct vm_loops), /* from the frame's r10 */
};
static inline struct vm_loops *vm_loops_at(uint64_t fp)
{
	return (struct vm_loops *)(uintptr_t)(fp + VM_LOOPS_AT);
}
static inline void vm_loops_begin(uint64_t fp) /* on entry to a function */
{
	*vm_loops_at(fp) = (struct vm_loops){VM_LOOPS, 0};
}
void vm_loops_look(struct vm_loops *l);
/* packet_load.c: what LD_ABS and LD_IND load; or run->err is set, VM_LEAVE where nothing is there. */
uint64_t vm_packet_load(struct vm_run *run, uint64_t ctx, uint64_t off, uint64_t size);

/* mark.c: the instructions that work with pointers into an arena, as far as casts tell. */
int vm_find_arena(const struct insn *at, uint32_t n, struct bits *arena) MUST_USE;

/* probe.c: whether it did not fault. A swap: 0, 1 when something else was there, which *old then is. */
bool vm_probe_load(uint64_t at, unsigned size, uint64_t *ret_value);
bool vm_probe_store(uint64_t at, unsigned size, uint64_t value);
int vm_probe_swap(uint64_t at, unsigned size, uint64_t *old, uint64_t value);
uint64_t vm_probe_checked(struct vm_run *run, uint64_t at, unsigned size);
/* Before a program with such accesses runs: -ENOTSUP on machines that cannot have them. */
int vm_probe_begin(void) MUST_USE;
int vm_sites_add(struct vm_native *n) MUST_USE;
void vm_sites_remove(struct vm_native *n);

/* Native code for a program that is loaded for VM_JIT. */
int vm_jit(struct vm_prog *p) MUST_USE;
bool vm_jit_possible(void);
void vm_native_done(struct vm_native *n);
void vm_native_untell(struct vm_native *n);
COLD void vm_set_fault(struct vm_run *run, enum vm_fault_kind kind, const struct vm_op *op,
		       const uint64_t *r);

#endif
