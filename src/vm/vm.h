/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vm: runs programs.
 *
 *   vm_prog   instructions, checked in their shape and made ready to run    load.c mark.c
 *   vm_run    one thread's place to run them: registers, stack, regions     run.c mem.c
 *   engines   checked, fast, traced: one loop, three ways                   interp.c loop.h
 *   jit       native code for a program                                     jit*.c x64*.c a64*.c
 *   probes    accesses to memory that may not be there                      probe.c
 *
 * The vm knows neither objects nor the verifier. What a program may call is in the table of helpers it
 * is loaded with; what it may touch is, in the checked engine, its stack, and the regions its run was
 * given. A program that the verifier has accepted needs no checks and may use the fast engine.
 *
 * Each function of a program that runs has VM_FRAME_STACK bytes of stack for itself, callbacks too, up to
 * VM_FRAMES_MAX of them: what the kernel's private stacks are for, whose shared stack is as much as one of
 * ours. Nothing of it lies on the host's stack.
 *
 * Addresses in a program are addresses of this process. may_goto jumps when its frame has gone past such
 * instructions for a quarter of a second, by this host's clock.
 */
#ifndef SKEP_VM_H
#define SKEP_VM_H

#include "base/base.h"
#include "isa/isa.h"

enum {
	VM_FRAME_STACK = 512, /* bytes of stack of one function */
	VM_FRAMES_MAX = 8,
	VM_STACK = VM_FRAME_STACK * VM_FRAMES_MAX,
	VM_REGIONS_MAX = 4096,
	VM_GRANTS_MAX = 1024, /* more than pointers fit on the stack: the oldest are forgotten */
	VM_TAILS_MAX = 33,
	VM_TAIL = 1, /* vm_run.err of a helper that did a tail call */
	VM_LEAVE = 2, /* ... and of a packet load that ends the function */
	VM_THROW = 3, /* ... and of bpf_throw, which ends the program */
};

enum vm_engine {
	VM_CHECKED, /* each access validated */
	VM_FAST,    /* for programs that are known to be safe */
	VM_TRACED,  /* checked, and vm_run.trace is called before each instruction */
	VM_JIT,	    /* as fast, in native code; where there is no compiler for the machine, VM_FAST */
	_VM_ENGINE_MAX
};

struct vm_run;

typedef uint64_t (*vm_helper_fn)(struct vm_run *run, uint64_t r1, uint64_t r2, uint64_t r3,
				 uint64_t r4, uint64_t r5);

struct vm_helper {
	int32_t id;
	const char *name;
	vm_helper_fn fn;
};

/*
 * How an instruction works with memory, which its encoding does not say: who has verified the program
 * knows. An arena is that of the program's loads of maps, of which there may be one; its pages lie in a
 * window of 4 GiB, and the lower half of an address says where.
 */
enum vm_access {
	VM_PLAIN,
	VM_PROBE, /* a load: what cannot be read is 0 */
	/*
	 * A load, store or atomic in the window: where there is no page, loads give 0, and nothing else
	 * does anything. A sum or product of 64 bits (+ - * & | ^ and negation): the upper half becomes 0.
	 */
	VM_ARENA,
};

/* What a program is loaded with. */
struct vm_env {
	const struct vm_helper *helper; /* borrowed, sorted by id */
	size_t helpers;
	/*
	 * What a 64-bit load with src != 0 means (a map, a variable): 0, or -errno with a report to d.
	 * For the helpers of vm_helpers_default(), for their inlining, and for arenas a map is a struct
	 * map *, which lives as long as the program.
	 */
	int (*resolve)(void *ctx, const struct isa_op *op, struct diag *d, uint64_t *ret_value);
	/* The function a kfunc call means: 0, or -errno with a report to d. NULL: there are none. */
	int (*kfunc)(void *ctx, const struct isa_op *op, struct diag *d, vm_helper_fn *ret_fn);
	/*
	 * By the instruction's number. NULL: no load is a probe, and what addr_space_cast gives is
	 * followed through the registers.
	 */
	enum vm_access (*access)(void *ctx, uint32_t pc);
	void *ctx;
	bool strict; /* no encoding that the kernel's verifier refuses */
	uint32_t exception; /* the instruction its exception callback begins with; 0: it has none */
	/* JIT only: */
	bool unmetered; /* known to end: runs have neither budget nor stop */
	bool blind;	/* no constant of the program stands in the native code as it is */
	bool baseline;	/* only instructions that every processor of the kind has */
};

struct vm_prog;

/*
 * Refuses, with the instruction's number: encodings that are invalid, jumps out of the program or into
 * a 64-bit load, a last instruction that falls through, writes to r10, helpers that are not there.
 */
int vm_load(const char *name, const struct insn *at, size_t n, enum vm_engine engine,
	    const struct vm_env *env, struct diag *d, struct vm_prog **ret_prog) MUST_USE;
void vm_unload(struct vm_prog *p);

struct vm_region {
	uint64_t at, len;
	bool writable;
};

enum vm_fault_kind {
	VM_NO_FAULT,
	VM_FAULT_READ,	/* of memory that is in no region */
	VM_FAULT_WRITE, /* of memory that is in no writable region */
	VM_FAULT_ALIGN, /* an atomic access that is not aligned */
	VM_FAULT_FRAMES, /* more than VM_FRAMES_MAX calls deep */
	VM_FAULT_CALLX, /* a call through a register that holds no helper's number, or a callback to no function */
	VM_FAULT_BUDGET, /* more instructions than the run may use */
	VM_FAULT_STOPPED, /* somebody set run->stop */
	VM_FAULT_HELPER, /* a helper was given memory that is not the program's */
};

struct vm_fault {
	enum vm_fault_kind kind;
	uint32_t pc;
	const struct vm_prog *prog; /* borrowed: where pc is, which a tail call may have led to */
	uint64_t addr, size; /* of the access */
	uint64_t reg[ISA_REG_MAX];
};

struct map;
struct map_field;

/* A value that has fields, and was shown to the program. */
struct vm_value {
	uint64_t at;
	const struct map *map;
};

struct vm_run {
	/* set by the caller */
	uint64_t budget; /* the ceiling for `used`; 0: none */
	const volatile bool *stop; /* looked at on every backward jump; may be NULL */
	void (*trace)(struct vm_run *run, const struct vm_prog *p, uint32_t pc, const uint64_t *reg);
	void *ctx; /* for helpers and trace */
	struct vm_world *world; /* for the helpers of vm_helpers_default() */
	/* the vm's own; native code likes its offsets small */
	struct {
		int64_t left;	/* instructions before it must ask vm_more */
		uint64_t limit; /* what `used` would be then */
		uint64_t floor; /* below it r10 has no room for another frame */
		uint64_t id;	/* of the helper that callx calls */
		uint64_t arg[3]; /* of a tail call */
		void *sp;	/* of the host: the way out from any depth */
		uint32_t why;	/* it had to end, and where */
		uint32_t cpu;	/* whose values it sees in per-CPU arrays */
	} native;
	int err; /* what a helper found: ends the run when it returns */
	uint64_t stack_lo; /* the lowest byte the frames so far may touch */
	/* told by the run */
	uint64_t used; /* instructions, counted at calls and where control goes back */
	struct vm_fault fault;
	/* the vm's own */
	const struct vm_prog *prog;
	VEC(struct vm_region) region, grant; /* grant: from helpers, to the end of the run */
	uint32_t next_grant;
	VEC(struct vm_value) value; /* as their regions and grants: those of regions first */
	uint32_t values_kept;	    /* of regions */
	int32_t frame;	/* how deep: 0 is the entry */
	uint8_t *stack; /* owned: VM_STACK bytes, and as many for what the vm knows of frames */
	const struct vm_prog *tail; /* with err == VM_TAIL: what runs now, in this program's place */
	uint32_t tails; /* tail calls so far */
};

int vm_run_init(struct vm_run *run) MUST_USE;
void vm_run_done(struct vm_run *run);
/* Memory the program may touch in this run. Regions stay until vm_run_reset. */
int vm_run_region(struct vm_run *run, const void *at, size_t len, bool writable) MUST_USE;
void vm_run_reset(struct vm_run *run);
/*
 * The same, or a grant, of what has fields: those that are worked with by kfuncs and bpf_kptr_xchg alone
 * are not to be written. show is vm_run_region or vm_grant.
 */
typedef int vm_show_fn(struct vm_run *run, const void *at, size_t len, bool writable);
int vm_show_fields(struct vm_run *run, vm_show_fn *show, const void *at, uint32_t len,
		   const struct map_field *f, uint32_t n) MUST_USE;
int vm_show_value(struct vm_run *run, vm_show_fn *show, const struct map *m,
		  const void *value) MUST_USE;

/* Runs it with r1..r5 as given: 0 and r0, or -EFAULT and run->fault. The stack is not cleared. */
int vm_exec(struct vm_run *run, const struct vm_prog *p, const uint64_t arg[5],
	    uint64_t *ret_r0) MUST_USE;

/* The same for one of its functions (the value of a function load), as timers do. */
int vm_exec_fn(struct vm_run *run, const struct vm_prog *p, uint64_t fn, const uint64_t arg[5],
	       uint64_t *ret_r0) MUST_USE;

/* For helpers: calls a function of the program that runs (the value of a function load). */
int vm_callback(struct vm_run *run, uint64_t fn, const uint64_t arg[5], uint64_t *ret_r0) MUST_USE;
/* For helpers: the program's memory as a pointer, or NULL, and then the run ends with a fault. */
void *vm_mem(struct vm_run *run, uint64_t addr, uint64_t size, bool write);

/*
 * For helpers: memory whose address they return, that the program may touch from now on, and memory it
 * may not any more. Nothing to do in engines that do not check.
 */
int vm_grant(struct vm_run *run, const void *at, size_t len, bool writable) MUST_USE;
void vm_ungrant(struct vm_run *run, const void *at);
/* Whether the program holds such a map, which its loads name. */
bool vm_prog_has_map(const struct vm_prog *p, uint64_t map);

/* "write of 8 bytes at 0x...: ..." for people */
void vm_fault_text(const struct vm_fault *f, struct str *s);
size_t vm_prog_len(const struct vm_prog *p);
const struct insn *vm_prog_insns(const struct vm_prog *p);
const char *vm_prog_name(const struct vm_prog *p);
enum vm_engine vm_prog_engine(const struct vm_prog *p); /* the one that runs it */

/* ---- native code ---- */

struct vm_code {
	const uint8_t *at;
	size_t size;
};
/* {0} for a program that is not the JIT's. */
struct vm_code vm_prog_code(const struct vm_prog *p);
/* One native instruction of this machine as text: see x64_dis.h, a64_dis.h. */
size_t vm_native_dis(const uint8_t *at, size_t left, uint64_t addr, struct str *to);
/* Where in it an instruction's code begins; what was made one instruction with others is where they are. */
size_t vm_prog_code_offset(const struct vm_prog *p, uint32_t pc);
enum vm_announce { VM_TO_PERF = 1, VM_TO_GDB = 2, VM_TO_BOTH = 3, VM_TO_JITDUMP = 4 };
/*
 * Gives the names of its functions to perf and gdb; to a jitdump their code too, for `perf record -k mono`,
 * `perf inject --jit` and `perf annotate`. Not thread-safe for one program.
 */
int vm_prog_announce(struct vm_prog *p, enum vm_announce to) MUST_USE;

/* For vm_env.resolve: `map[fd:N]` and its value, where map N is maps[N - 1]. */
int vm_resolve_map(const struct isa_op *op, struct map *const *maps, size_t n, struct diag *d,
		   uint64_t *ret_value) MUST_USE;

#include "vm/world.h"
#include "vm/a64_dis.h"
#include "vm/x64_dis.h"

#endif
