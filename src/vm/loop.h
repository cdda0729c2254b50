/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The interpreter's loop, included by interp.c once for each engine.
 *
 * Threaded: each operation holds the address of its code, and each code ends by going to the next
 * one's. The meaning of arithmetic, jumps and atomics is the last column of isa/insn.def. A function
 * this long is the exception STYLE.md grants to the interpreter; every case is a line or a call.
 *
 * LOOP_CHECKS: each access must lie in the stack, in the region that was hit last, or in any other.
 * LOOP_TRACES: run->trace is called before each instruction.
 *
 * Instructions are counted where control goes backwards or into a function: what lies between the
 * target and here cannot have run more than once since the last such place.
 */
#define GO                                                                                         \
	do {                                                                                       \
		if (LOOP_TRACES)                                                                   \
			run->trace(run, run->prog, (uint32_t)(op - run->prog->op), r);             \
		goto *op->code;                                                                    \
	} while (0)
#define NEXT                                                                                       \
	do {                                                                                       \
		op++;                                                                              \
		GO;                                                                                \
	} while (0)
#define JUMP                                                                                       \
	do {                                                                                       \
		const struct vm_op *jump_to_ = op->to;                                             \
		if (jump_to_ <= op) {                                                              \
			used += (uint64_t)(op - jump_to_) + 1;                                     \
			if (used >= limit && !(limit = vm_more(run, used)))                        \
				goto ended;                                                        \
		}                                                                                  \
		op = jump_to_;                                                                     \
		GO;                                                                                \
	} while (0)
#define TYPES(bits)                                                                                \
	__attribute__((unused)) typedef uint##bits##_t U;                                          \
	__attribute__((unused)) typedef int##bits##_t I;                                           \
	__attribute__((unused)) const unsigned W = bits
/* The run may touch n bytes at a. The stack is the likeliest; then the region that was hit last. */
#define MAY(a, n, write)                                                                           \
	do {                                                                                       \
		if (LOOP_CHECKS && (a) - stack_lo > stack_hi - stack_lo - (n) &&                   \
		    ((a) - hot.at > hot.len - (n) || (write && !hot.writable)) &&                  \
		    !vm_find(run, (a), (n), write, &hot))                                          \
			goto bad_access;                                                           \
	} while (0)

/* An access in the window of the program's arena, where every address is harmless. */
#define ARENA(reg) (run->prog->window + (uint32_t)r[reg] + (uint64_t)(int64_t)op->off)

/* An atomic access must also be aligned: some machines fault on others. */
#define MAY_ATOMIC(a, n, write)                                                                    \
	do {                                                                                       \
		MAY(a, n, write);                                                                  \
		if (LOOP_CHECKS && (a) % (n)) {                                                    \
			run->fault.addr = (a);                                                     \
			run->fault.size = (n);                                                     \
			run->fault.kind = VM_FAULT_ALIGN;                                          \
			goto bad_access;                                                           \
		}                                                                                  \
	} while (0)

static const void *const *LOOP_NAME(struct vm_run *run, const struct vm_op *op, uint64_t *r)
{
	static const void *const code[_VM_PAIR_MAX] = {
#define CODE_PUBLIC(name) &&name
#define CODE_FOREIGN(name) &&name
#define CODE_INTERNAL(name) &&name
		[ISA_NONE] = &&ISA_NONE_code,
#define INSN(name, code, sel, value, form, text, word, kind, ...) [ISA_##name] = CODE_##kind(name),
#include "isa/insn.def"
#define PAIR(name) [VM_##name] = &&name
#define ALU(name, ...)                                                                             \
	PAIR(MOV_##name##64_R), PAIR(MOV_##name##64_K), PAIR(MOV_##name##32_R), PAIR(MOV_##name##32_K),
#define JCC(name, ...)                                                                             \
	PAIR(ADD64_##name##64_K), PAIR(ADD64_##name##32_K), PAIR(ADD32_##name##32_K),
#include "isa/insn.def"
		PAIR(LOOKUP),
		PAIR(CALL_LOOPS),
	};
	struct {
		const struct vm_op *back;
		const struct vm_prog *prog; /* the caller's: a tail call below changes it */
		uint64_t saved[4];
	} frame[VM_FRAMES_MAX];
	const int32_t bottom = run ? run->frame : 0;
	int32_t depth = bottom;
	uint64_t used, limit, stack_lo, stack_hi;
	struct vm_region hot;

	if (!run)
		return code;
	used = run->used;
	limit = vm_more(run, used);
	stack_lo = run->stack_lo;
	stack_hi = (uint64_t)(uintptr_t)run->stack + VM_STACK;
	hot = (struct vm_region){stack_lo, VM_FRAME_STACK, true};
	(void)hot, (void)stack_hi; /* the fast loop has no use for them */
	if (!limit)
		goto ended;
	GO;

	/* ---- arithmetic ---- */
#define ALU(name, word, opcode, variant, text, kform, cpu, since, value)                           \
	name##64_R : {                                                                             \
		TYPES(64);                                                                         \
		U d = r[op->dst], s = r[op->src];                                                  \
		r[op->dst] = (U)(value);                                                           \
		NEXT;                                                                              \
	}                                                                                          \
	name##64_K : {                                                                             \
		TYPES(64);                                                                         \
		U d = r[op->dst], s = (U)op->imm64;                                                \
		r[op->dst] = (U)(value);                                                           \
		NEXT;                                                                              \
	}                                                                                          \
	name##32_R : {                                                                             \
		TYPES(32);                                                                         \
		U d = (U)r[op->dst], s = (U)r[op->src];                                            \
		r[op->dst] = (U)(value);                                                           \
		NEXT;                                                                              \
	}                                                                                          \
	name##32_K : {                                                                             \
		TYPES(32);                                                                         \
		U d = (U)r[op->dst], s = (U)op->imm;                                               \
		r[op->dst] = (U)(value);                                                           \
		NEXT;                                                                              \
	}
	/* ---- conditional jumps ---- */
#define JCC(name, word, opcode, text, cpu, since, test)                                            \
	name##64_R : {                                                                             \
		TYPES(64);                                                                         \
		U d = r[op->dst], s = r[op->src];                                                  \
		if (test)                                                                          \
			JUMP;                                                                      \
		NEXT;                                                                              \
	}                                                                                          \
	name##64_K : {                                                                             \
		TYPES(64);                                                                         \
		U d = r[op->dst], s = (U)(int64_t)op->imm;                                         \
		if (test)                                                                          \
			JUMP;                                                                      \
		NEXT;                                                                              \
	}                                                                                          \
	name##32_R : {                                                                             \
		TYPES(32);                                                                         \
		U d = (U)r[op->dst], s = (U)r[op->src];                                            \
		if (test)                                                                          \
			JUMP;                                                                      \
		NEXT;                                                                              \
	}                                                                                          \
	name##32_K : {                                                                             \
		TYPES(32);                                                                         \
		U d = (U)r[op->dst], s = (U)op->imm;                                               \
		if (test)                                                                          \
			JUMP;                                                                      \
		NEXT;                                                                              \
	}
	/* ---- memory: unaligned accesses are allowed, as on the machines we run on ---- */
#define LOAD_PUBLIC(name, type)                                                                    \
	LDX_##name : {                                                                             \
		uint64_t a = r[op->src] + (uint64_t)(int64_t)op->off;                              \
		type m;                                                                            \
		MAY(a, sizeof(m), false);                                                          \
		memcpy(&m, (const void *)(uintptr_t)a, sizeof(m));                                 \
		r[op->dst] = (uint64_t)(int64_t)m;                                                 \
		if (sizeof(m) == 8 || (type)-1 > 0)                                                \
			r[op->dst] = (uint64_t)m;                                                  \
		NEXT;                                                                              \
	}
#define LOAD_INTERNAL(name, type)                                                                  \
	LDX_##name : {                                                                             \
		bool in_arena = #name[0] == 'A';                                                   \
		uint64_t a = in_arena ? ARENA(op->src) : r[op->src] + (uint64_t)(int64_t)op->off;  \
		uint64_t v = 0;                                                                    \
		type m;                                                                            \
		if (LOOP_CHECKS && !in_arena)                                                      \
			v = vm_probe_checked(run, a, sizeof(m));                                   \
		else if (!vm_probe_load(a, sizeof(m), &v))                                         \
			v = 0;                                                                     \
		m = (type)v;                                                                       \
		r[op->dst] = (uint64_t)(int64_t)m;                                                 \
		if (sizeof(m) == 8 || (type)-1 > 0)                                                \
			r[op->dst] = (uint64_t)m;                                                  \
		NEXT;                                                                              \
	}
#define LOAD(name, word, opcode, type, text, kind, cpu, since) LOAD_##kind(name, type)
#define STORE(name, word, size, type, text)                                                        \
	ST_##name : {                                                                              \
		uint64_t a = r[op->dst] + (uint64_t)(int64_t)op->off;                              \
		type m = (type)op->imm64;                                                          \
		MAY(a, sizeof(m), true);                                                           \
		memcpy((void *)(uintptr_t)a, &m, sizeof(m));                                       \
		NEXT;                                                                              \
	}                                                                                          \
	STX_##name : {                                                                             \
		uint64_t a = r[op->dst] + (uint64_t)(int64_t)op->off;                              \
		type m = (type)r[op->src];                                                         \
		MAY(a, sizeof(m), true);                                                           \
		memcpy((void *)(uintptr_t)a, &m, sizeof(m));                                       \
		NEXT;                                                                              \
	}                                                                                          \
	ARENA_ST_##name:                                                                           \
		vm_probe_store(ARENA(op->dst), sizeof(type), (uint64_t)op->imm64);                 \
		NEXT;                                                                              \
	ARENA_STX_##name:                                                                          \
		vm_probe_store(ARENA(op->dst), sizeof(type), r[op->src]);                          \
		NEXT;
	/*
	 * ---- atomics: one compare-and-swap loop for all. d is what cmpxchg compares with, r0; the
	 * plain forms leave the register, the others get the old value (FETCH src, CMPXCHG r0) ----
	 */
#define RESULT_LOCK(old) (void)(old)
#define RESULT_FETCH(old) r[op->src] = (old)
#define RESULT_CMPXCHG(old) r[0] = (old)
/* where nothing is: the kernel clears r0's upper half behind each narrow one all the same */
#define NO_RESULT_LOCK
#define NO_RESULT_FETCH
#define NO_RESULT_CMPXCHG r[0] = d
#define ATOMIC_WIDTH(name, form, value, bits)                                                      \
	name##bits : {                                                                             \
		TYPES(bits);                                                                       \
		uint64_t a = r[op->dst] + (uint64_t)(int64_t)op->off;                              \
		U *at = (U *)(uintptr_t)a;                                                         \
		__attribute__((unused)) U d = (U)r[0], s = (U)r[op->src];                          \
		U m;                                                                               \
		MAY_ATOMIC(a, sizeof(m), true);                                                           \
		m = __atomic_load_n(at, __ATOMIC_RELAXED);                                         \
		while (!__atomic_compare_exchange_n(at, &m, (U)(value), true, __ATOMIC_SEQ_CST,    \
						    __ATOMIC_RELAXED))                             \
			;                                                                          \
		RESULT_##form(m);                                                                  \
		NEXT;                                                                              \
	}                                                                                          \
	ARENA_##name##bits : {                                                                     \
		TYPES(bits);                                                                       \
		uint64_t a = ARENA(op->dst), old;                                                  \
		__attribute__((unused)) U d = (U)r[0], s = (U)r[op->src];                          \
		U m;                                                                               \
		int differs = vm_probe_load(a, sizeof(m), &old) ? 1 : -EFAULT;                     \
		while (differs > 0) {                                                              \
			m = (U)old;                                                                \
			differs = vm_probe_swap(a, sizeof(m), &old, (U)(value));                   \
		}                                                                                  \
		if (!differs) {                                                                    \
			RESULT_##form((U)old);                                                     \
		} else {                                                                           \
			NO_RESULT_##form;                                                          \
		}                                                                                  \
		NEXT;                                                                              \
	}
#define ATOMIC(name, word, opcode, form, text, cpu, since, value)                                  \
	ATOMIC_WIDTH(name, form, value, 32) ATOMIC_WIDTH(name, form, value, 64)
#define ORDERED(name, size, type, text)                                                            \
	LOAD_ACQ_##name : {                                                                        \
		uint64_t a = r[op->src] + (uint64_t)(int64_t)op->off;                              \
		MAY_ATOMIC(a, sizeof(type), false);                                                       \
		r[op->dst] = __atomic_load_n((const type *)(uintptr_t)a, __ATOMIC_ACQUIRE);        \
		NEXT;                                                                              \
	}                                                                                          \
	STORE_REL_##name : {                                                                       \
		uint64_t a = r[op->dst] + (uint64_t)(int64_t)op->off;                              \
		MAY_ATOMIC(a, sizeof(type), true);                                                        \
		__atomic_store_n((type *)(uintptr_t)a, (type)r[op->src], __ATOMIC_RELEASE);        \
		NEXT;                                                                              \
	}                                                                                          \
	ARENA_LOAD_ACQ_##name : {                                                                  \
		uint64_t v;                                                                        \
		if (vm_probe_load(ARENA(op->src), sizeof(type), &v))                               \
			r[op->dst] = v;                                                            \
		__atomic_thread_fence(__ATOMIC_ACQUIRE);                                           \
		NEXT;                                                                              \
	}                                                                                          \
	ARENA_STORE_REL_##name:                                                                    \
		__atomic_thread_fence(__ATOMIC_RELEASE);                                           \
		vm_probe_store(ARENA(op->dst), sizeof(type), r[op->src]);                          \
		NEXT;
#include "isa/insn.def"

	/* ---- pairs: d is what the first has put into the register of both ---- */
#define PAIR_OF(first, name, bits, put, source, value)                                             \
	first##_##name : {                                                                         \
		TYPES(bits);                                                                       \
		U d = (U)(put), s;                                                                 \
		op++;                                                                              \
		s = (U)(source);                                                                   \
		value;                                                                             \
		NEXT;                                                                              \
	}
#define ALU(name, word, opcode, variant, text, kform, cpu, since, value)                           \
	PAIR_OF(MOV, name##64_R, 64, r[op->src], r[op->src], r[op->dst] = (U)(value))              \
	PAIR_OF(MOV, name##64_K, 64, r[op->src], op->imm64, r[op->dst] = (U)(value))               \
	PAIR_OF(MOV, name##32_R, 32, r[op->src], r[op->src], r[op->dst] = (U)(value))              \
	PAIR_OF(MOV, name##32_K, 32, r[op->src], op->imm, r[op->dst] = (U)(value))
#define TEST(test)                                                                                 \
	if (test)                                                                                  \
	JUMP
#define JCC(name, word, opcode, text, cpu, since, test)                                            \
	PAIR_OF(ADD64, name##64_K, 64, r[op->dst] += (U)op->imm64, (int64_t)op->imm, TEST(test))   \
	PAIR_OF(ADD64, name##32_K, 32, r[op->dst] += (uint64_t)op->imm64, op->imm, TEST(test))     \
	PAIR_OF(ADD32, name##32_K, 32, r[op->dst] = (U)r[op->dst] + (U)op->imm, op->imm, TEST(test))
#include "isa/insn.def"

	/* ---- what is not a family ---- */
	NEG64:
		r[op->dst] = -r[op->dst];
		NEXT;
	NEG32:
		r[op->dst] = -(uint32_t)r[op->dst];
		NEXT;
	MOV64_R:
		r[op->dst] = r[op->src];
		NEXT;
	MOV64_K:
		r[op->dst] = (uint64_t)op->imm64;
		NEXT;
	MOV32_R:
		r[op->dst] = (uint32_t)r[op->src];
		NEXT;
	MOV32_K:
		r[op->dst] = (uint32_t)op->imm;
		NEXT;
	MOVSX64_S8:
		r[op->dst] = (uint64_t)(int8_t)r[op->src];
		NEXT;
	MOVSX64_S16:
		r[op->dst] = (uint64_t)(int16_t)r[op->src];
		NEXT;
	MOVSX64_S32:
		r[op->dst] = (uint64_t)(int32_t)r[op->src];
		NEXT;
	MOVSX32_S8:
		r[op->dst] = (uint32_t)(int8_t)r[op->src];
		NEXT;
	MOVSX32_S16:
		r[op->dst] = (uint32_t)(int16_t)r[op->src];
		NEXT;
	LE16:
		r[op->dst] = htole16((uint16_t)r[op->dst]);
		NEXT;
	LE32:
		r[op->dst] = htole32((uint32_t)r[op->dst]);
		NEXT;
	LE64:
		r[op->dst] = htole64(r[op->dst]);
		NEXT;
	BE16:
		r[op->dst] = htobe16((uint16_t)r[op->dst]);
		NEXT;
	BE32:
		r[op->dst] = htobe32((uint32_t)r[op->dst]);
		NEXT;
	BE64:
		r[op->dst] = htobe64(r[op->dst]);
		NEXT;
	BSWAP16:
		r[op->dst] = __builtin_bswap16((uint16_t)r[op->dst]);
		NEXT;
	BSWAP32:
		r[op->dst] = __builtin_bswap32((uint32_t)r[op->dst]);
		NEXT;
	BSWAP64:
		r[op->dst] = __builtin_bswap64(r[op->dst]);
		NEXT;
	LD_IMM64: /* vm_load has put the value of the other kinds there */
	LD_MAP_FD:
	LD_MAP_VALUE:
	LD_BTF_ID:
	LD_FUNC:
	LD_MAP_IDX:
	LD_MAP_IDX_VALUE:
		r[op->dst] = (uint64_t)op->imm64;
		op += 2;
		GO;
	JA:
	JA32:
		JUMP;
	CALL:
		run->used = used; /* its callbacks count, too */
		r[0] = op->helper(run, r[1], r[2], r[3], r[4], r[5]);
		used = run->used;
		if (run->err)
			goto helper_failed;
		hot = (struct vm_region){stack_lo, VM_FRAME_STACK, true}; /* it may have ended a region */
		NEXT;
	LOOKUP:
		r[0] = (uint64_t)(uintptr_t)map_lookup((struct map *)(uintptr_t)r[1],
						       (const void *)(uintptr_t)r[2]);
		NEXT;
	CALL_LOOPS:
		vm_loops_begin(r[ISA_REG_FP] - VM_FRAME_STACK);
		goto CALL_LOCAL;
	CALL_LOCAL:
		if (depth + 1 >= VM_FRAMES_MAX) {
			vm_set_fault(run, VM_FAULT_FRAMES, op, r);
			goto done;
		}
		if (++used >= limit && !(limit = vm_more(run, used)))
			goto ended;
		frame[depth].back = op + 1;
		frame[depth].prog = run->prog;
		memcpy(frame[depth].saved, r + 6, sizeof(frame[depth].saved));
		depth++;
		run->frame = depth;
		r[ISA_REG_FP] -= VM_FRAME_STACK;
		stack_lo -= VM_FRAME_STACK;
		run->stack_lo = stack_lo;
		op = op->to;
		GO;
	EXIT:
		if (depth == bottom)
			goto done;
		depth--;
		run->frame = depth;
		memcpy(r + 6, frame[depth].saved, sizeof(frame[depth].saved));
		r[ISA_REG_FP] += VM_FRAME_STACK;
		stack_lo += VM_FRAME_STACK;
		run->stack_lo = stack_lo;
		op = frame[depth].back;
		run->prog = frame[depth].prog;
		GO;
	CALLX: /* the helper whose number the register holds */
		run->used = used;
		r[0] = vm_callx(run, r[op->dst], r);
		used = run->used;
		if (run->err)
			goto helper_failed;
		NEXT;

#define LD_PACKET(name, size)                                                                      \
	LD_ABS_##name:                                                                             \
		r[0] = vm_packet_load(run, r[6], (uint64_t)op->imm64, size);                       \
		if (run->err)                                                                      \
			goto helper_failed;                                                        \
		NEXT;                                                                              \
	LD_IND_##name:                                                                             \
		r[0] = vm_packet_load(run, r[6], r[op->src] + (uint64_t)op->imm64, size);          \
		if (run->err)                                                                      \
			goto helper_failed;                                                        \
		NEXT;
	LD_PACKET(U8, 1)
	LD_PACKET(U16, 2)
	LD_PACKET(U32, 4)

	MAY_GOTO: {
		struct vm_loops *l = vm_loops_at(r[ISA_REG_FP]);

		if (!l->count)
			JUMP;
		if (!--l->count)
			vm_loops_look(l);
		NEXT;
	}

	CAST: { /* to the arena's addresses: an address of user space has its upper half */
		uint64_t low = (uint32_t)r[op->src];

		r[op->dst] = low ? low | (uint64_t)op->imm64 : 0;
		NEXT;
	}

	PERCPU: /* vm_load refuses these */
	NOSPEC:
	CALL_KFUNC:
	JX:
	ISA_NONE_code:
		bug("instruction %d of %s has no code", (int)(op - run->prog->op), run->prog->name);

	helper_failed: /* unless it was in a callback of the program's own, which has told where */
		if (run->err == VM_TAIL) { /* not a failure: another program takes over this frame */
			run->err = 0;
			run->prog = run->tail;
			op = run->prog->op;
			if (run->prog->loops)
				vm_loops_begin(r[ISA_REG_FP]);
			if (++used >= limit && !(limit = vm_more(run, used)))
				goto ended;
			hot = (struct vm_region){stack_lo, VM_FRAME_STACK, true};
			GO;
		}
		if (run->err == VM_LEAVE) { /* nor is this: r0 is 0 */
			run->err = 0;
			goto EXIT;
		}
		if (run->fault.pc == VM_PC_NONE)
			vm_set_fault(run, run->fault.kind, op, r);
		goto done;
	bad_access:
		vm_set_fault(run, run->fault.kind, op, r);
		goto done;
	ended:
		vm_set_fault(run, run->fault.kind, op, r);
	done:
		run->used = used;
		return NULL;
}

#undef GO
#undef NEXT
#undef JUMP
#undef TYPES
#undef MAY
#undef MAY_ATOMIC
#undef ARENA
#undef CODE_PUBLIC
#undef CODE_FOREIGN
#undef CODE_INTERNAL
#undef LOAD_PUBLIC
#undef LOAD_INTERNAL
#undef RESULT_LOCK
#undef RESULT_FETCH
#undef RESULT_CMPXCHG
#undef NO_RESULT_LOCK
#undef NO_RESULT_FETCH
#undef NO_RESULT_CMPXCHG
#undef ATOMIC_WIDTH
#undef PAIR
#undef PAIR_OF
#undef TEST
#undef LD_PACKET
#undef LOOP_NAME
#undef LOOP_CHECKS
#undef LOOP_TRACES
