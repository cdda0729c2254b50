/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep.h: the library.
 *
 * All names begin with skep_ or SKEP_. Functions that can fail return 0 or a negative errno, and leave
 * their ret_ parameters alone when they fail. Nothing prints or exits; all functions may be called from
 * several threads at once on different objects.
 *
 *	cc prog.c $(pkg-config --cflags --libs skep)
 */
#ifndef SKEP_H
#define SKEP_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SKEP_VERSION "0.1.0"

/* The version of the library that is linked, as SKEP_VERSION is that of this header. */
const char *skep_version(void);

/* What the functions below return in ret_ parameters is given back with this; NULL is fine. */
void skep_free(void *p);

/* One BPF instruction, laid out as the kernel's struct bpf_insn. */
struct skep_insn {
	uint8_t code;
	uint8_t regs; /* little-endian hosts: destination in the low four bits, source in the high */
	int16_t off;
	int32_t imm;
};

/*
 * Assembles text in the style of the kernel, of LLVM or of ubpf, mixed freely. `kernel` is the version
 * whose instructions may be used, "6.12", or NULL for all. On -EINVAL, *ret_errors (may be NULL) is the
 * report for people, with line, column and caret; it is then the caller's to free.
 */
int skep_assemble(const char *text, size_t len, const char *kernel, struct skep_insn **ret_insns,
		  size_t *ret_n, char **ret_errors);

enum skep_style { SKEP_STYLE_KERNEL, SKEP_STYLE_LLVM };

/* The listing of a program, one instruction a line; what is not an instruction is shown as bytes. */
int skep_disassemble(const struct skep_insn *insns, size_t n, enum skep_style style, char **ret_text);

/* ---- a machine ---------------------------------------------------------------------------------- */

/*
 * A machine holds helpers, maps and the programs loaded with them. Set it up from one thread; then any
 * number of threads may run its programs, each with a struct skep_run of its own, and use its maps.
 */
struct skep_vm;
struct skep_map;
struct skep_prog;
struct skep_run;

int skep_vm_new(struct skep_vm **ret_vm);
/* Also its maps. Its programs and runs must be gone. */
void skep_vm_free(struct skep_vm *vm);

/* Where the text of bpf_trace_printk and its kin goes; nowhere if nobody says. */
void skep_vm_on_print(struct skep_vm *vm, void (*print)(void *arg, const char *text, size_t n),
		      void *arg);

/*
 * A function of the host that programs may call by `id`, in the place of the kernel's helper of that
 * number if there is one. All helpers that have meaning in user space are there from the start. The
 * name is borrowed.
 */
typedef uint64_t (*skep_helper)(struct skep_run *run, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
				uint64_t r5);
int skep_vm_helper(struct skep_vm *vm, int32_t id, const char *name, skep_helper fn);

/* ---- maps --------------------------------------------------------------------------------------- */

struct skep_map_def {
	const char *name; /* at most 15 characters count */
	uint32_t type;	  /* enum bpf_map_type: 1 hash, 2 array, ... */
	uint32_t key_size, value_size, max_entries, flags;
};

/* The kernel's rules and errno. The map lives as long as the machine. */
int skep_vm_map(struct skep_vm *vm, const struct skep_map_def *def, struct skep_map **ret_map);
/* What a program's 64-bit load names it by: `r1 = map[fd:N]`. The first map of a machine is 1. */
int skep_map_fd(const struct skep_map *map);
size_t skep_map_value_size(const struct skep_map *map); /* bytes that the following copy */
int skep_map_lookup(struct skep_map *map, const void *key, void *value);
int skep_map_update(struct skep_map *map, const void *key, const void *value, uint64_t flags);
int skep_map_delete(struct skep_map *map, const void *key);
int skep_map_next_key(struct skep_map *map, const void *key, void *ret_next); /* key NULL: the first */

/* ---- programs ----------------------------------------------------------------------------------- */

enum skep_engine {
	SKEP_CHECKED, /* each access validated: for programs nobody has verified */
	SKEP_FAST,    /* an interpreter that trusts the program */
	SKEP_JIT,     /* native code that trusts the program; SKEP_FAST where there is no compiler */
};

/*
 * Checks the program's shape (instructions, jumps, helpers) and makes it ready to run. On -EINVAL,
 * *ret_errors (may be NULL) is the report, the caller's to free.
 */
int skep_vm_load(struct skep_vm *vm, const char *name, const struct skep_insn *insns, size_t n,
		 enum skep_engine engine, struct skep_prog **ret_prog, char **ret_errors);
void skep_prog_free(struct skep_prog *prog);

struct skep_stats {
	uint64_t runs, faults, ns; /* ns: of all runs, with skep_vm_stats on */
};
void skep_vm_stats(struct skep_vm *vm, int on); /* measuring costs two looks at the clock per run */
struct skep_stats skep_prog_stats(const struct skep_prog *prog);

/* ---- runs --------------------------------------------------------------------------------------- */

/* One thread's place to run programs of a machine. */
int skep_run_new(struct skep_vm *vm, struct skep_run **ret_run);
void skep_run_free(struct skep_run *run);

/* Memory that programs of this run may touch besides their own. */
int skep_run_region(struct skep_run *run, void *at, size_t len, int writable);
/* A ceiling on instructions, counted at calls and where control goes back; 0, the default: none. */
void skep_run_budget(struct skep_run *run, uint64_t insns);
/* For helpers of the host. */
void skep_run_set_arg(struct skep_run *run, void *arg);
void *skep_run_arg(const struct skep_run *run);
/* For helpers of the host: the program's memory, or NULL, and then the run ends with a fault. */
void *skep_run_mem(struct skep_run *run, uint64_t addr, uint64_t size, int write);

/*
 * Runs it with r1 = mem and r2 = len: 0 and r0, or -EFAULT when a check failed or the budget is spent;
 * skep_run_fault then says what and where.
 */
int skep_exec(struct skep_run *run, const struct skep_prog *prog, void *mem, size_t len,
	      uint64_t *ret_r0);
const char *skep_run_fault(const struct skep_run *run); /* valid until the next skep_exec */

#ifdef __cplusplus
}
#endif
#endif
