/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From instructions to operations: what must hold for the loop to stay inside of the program.
 *
 *	V1  every operation the loop can reach has code, and its registers are r0..r10
 *	V2  jumps, local calls and function loads lead to the first slot of an instruction
 *	V3  the last instruction does not fall through
 *	V4  r10 is never written
 *
 * This is not the verifier: what a program does with memory is the engine's business.
 */
#include "vm/helper.h"

struct load {
	struct vm_prog *p;
	const struct vm_env *env;
	struct diag *d;
	struct bits first; /* the first slots of instructions */
	struct bits jump;  /* the instructions that lead to others */
	struct bits arena; /* those that work with pointers into an arena; of casts nothing is known: empty */
};

#define refuse(l, pc, id, ...) diag_error((l)->d, id, diag_pc((l)->p->name, pc), __VA_ARGS__)

const struct vm_helper *vm_helper_by_id(const struct vm_env *env, int32_t id)
{
	size_t lo = 0, hi = env->helpers;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (env->helper[mid].id == id)
			return &env->helper[mid];
		if (env->helper[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* There is no table of code for the JIT, which wants to know the operation. */
static const void *code_of(const void *const *code, enum isa_id id)
{
	return code ? code[id] : (const void *)(uintptr_t)id;
}

/* Where it leads is looked at when all first slots are known. */
static void note_jump(struct load *l, uint32_t pc, const struct isa_op *op)
{
	l->p->op[pc].imm64 = (int64_t)pc + op->slots + op->jump;
	bits_add(&l->jump, pc);
}

static int load_jump(struct load *l, uint32_t pc)
{
	struct vm_op *op = &l->p->op[pc];
	int64_t to = op->imm64;

	if (to < 0 || to >= l->p->n)
		return refuse(l, pc, "vm.jump", "jumps to instruction %lld, but the program has %u",
			      (long long)to, l->p->n);
	if (!bits_has(&l->first, (uint32_t)to))
		return refuse(l, pc, "vm.jump", "jumps into the middle of the 64-bit load at %lld",
			      (long long)to - 1);
	if (isa_is_ld_imm64(&l->p->insn[pc]))
		bits_add(&l->p->entry, (uint32_t)to);
	op->to = l->p->op + to;
	return 0;
}

static bool writes_dst(const struct isa_op *op)
{
	switch (op->form) {
#define WRITES_ZERO false
#define WRITES_READ false
#define WRITES_WRITE true
#define WRITES_BOTH true
#define FORM(name, dst, ...)                                                                       \
	case ISA_FORM_##name:                                                                      \
		return WRITES_##dst;
#include "isa/form.def"
	case _ISA_FORM_MAX:
		break;
	}
	bug("form %d", op->form);
}

static int load_call(struct load *l, uint32_t pc, const struct isa_op *op,
		     const void *const *code, struct vm_op *to)
{
	const struct vm_helper *h = vm_helper_by_id(l->env, op->imm);
	struct str why;
	int err;

	if (!h) {
		str_init(&why, 256);
		vm_helper_missing(op->imm, &why);
		err = refuse(l, pc, "vm.helper", "%s", why.s);
		str_done(&why);
		return err;
	}
	to->helper = h->fn;
	if (l->p->engine == VM_FAST && h->fn == helper_map_lookup_elem)
		to->code = code[VM_LOOKUP];
	return 0;
}

/* Calls like a helper, so it is one from here on. */
static int load_kfunc(struct load *l, uint32_t pc, const struct isa_op *op,
		      const void *const *code, struct vm_op *to)
{
	if (!l->env->kfunc)
		return refuse(l, pc, "vm.kfunc", "calls kfunc %d, which this machine does not have",
			      op->imm);
	to->code = code_of(code, ISA_CALL);
	return l->env->kfunc(l->env->ctx, op, l->d, &to->helper);
}

static int load_imm64(struct load *l, uint32_t pc, const struct isa_op *op, struct vm_op *to)
{
	uint64_t value;
	int err;

	if (op->id == ISA_LD_IMM64)
		return 0;
	if (op->id == ISA_LD_FUNC) {
		note_jump(l, pc, op);
		return 0;
	}
	if (!l->env->resolve)
		return refuse(l, pc, "vm.load", "loads what is not in this machine (source %u)", op->src);
	err = l->env->resolve(l->env->ctx, op, l->d, &value);
	if (err)
		diag_note(l->d, diag_pc(l->p->name, pc), "the load is here");
	else
		to->imm64 = (int64_t)value;
	if (!err && (op->id == ISA_LD_MAP_FD || op->id == ISA_LD_MAP_IDX) &&
	    !vm_prog_has_map(l->p, value))
		err = vec_push(&l->p->map, value);
	return err;
}

/* ---- what the encoding does not say ---- */

static const uint16_t probe_of[_ISA_MAX] = {
#define LOAD_PUBLIC(name) [ISA_LDX_##name] = ISA_LDX_PROBE_##name,
#define LOAD_INTERNAL(name)
#define LOAD(name, word, opcode, type, text, kind, ...) LOAD_##kind(name)
#include "isa/insn.def"
#undef LOAD_PUBLIC
};

static const uint16_t arena_of[_ISA_MAX] = {
#define LOAD_PUBLIC(name) [ISA_LDX_##name] = ISA_LDX_ARENA_##name,
#define LOAD(name, word, opcode, type, text, kind, ...) LOAD_##kind(name)
#define STORE(name, ...) [ISA_ST_##name] = ISA_ARENA_ST_##name, [ISA_STX_##name] = ISA_ARENA_STX_##name,
#define ATOMIC(name, ...) [ISA_##name##32] = ISA_ARENA_##name##32, [ISA_##name##64] = ISA_ARENA_##name##64,
#define ORDERED(name, ...)                                                                         \
	[ISA_LOAD_ACQ_##name] = ISA_ARENA_LOAD_ACQ_##name,                                         \
	[ISA_STORE_REL_##name] = ISA_ARENA_STORE_REL_##name,
#include "isa/insn.def"
#undef LOAD_PUBLIC
#undef LOAD_INTERNAL
/* and arithmetic whose lower half only depends on lower halves */
#define NARROW(name) [ISA_##name##64_R] = ISA_##name##32_R, [ISA_##name##64_K] = ISA_##name##32_K,
	NARROW(ADD) NARROW(SUB) NARROW(MUL) NARROW(OR) NARROW(AND) NARROW(XOR)
#undef NARROW
	[ISA_NEG64] = ISA_NEG32,
};

static enum vm_access access_of(const struct load *l, uint32_t pc)
{
	if (l->env->access)
		return l->env->access(l->env->ctx, pc);
	return l->arena.n && bits_has(&l->arena, pc) ? VM_ARENA : VM_PLAIN;
}

static void choose_row(struct load *l, uint32_t pc, struct isa_op *op)
{
	enum vm_access access;
	uint32_t id;

	if (!l->env->access && !l->arena.n)
		return;
	access = access_of(l, pc);
	id = access == VM_ARENA ? arena_of[op->id] : access == VM_PROBE ? probe_of[op->id] : 0;
	if (op->id == ISA_CAST && op->imm == 1) /* from the arena's addresses: only the lower half counts */
		id = ISA_MOV32_R;
	l->p->faults |= access != VM_PLAIN || op->id == ISA_CAST;
	if (!id)
		return;
	op->id = (enum isa_id)id;
	op->code = isa_row(op->id)->code;
	op->form = isa_row(op->id)->form;
}

/* The window of the one arena, and what its addresses have in their upper half. */
static int find_arena(struct load *l)
{
	const struct map *arena = NULL, *m;
	uint32_t pc;
	size_t i;

	for (i = 0; i < l->p->map.n; i++) {
		m = pointer(l->p->map.at[i]);
		if (m->type == MAP_TYPE_ARENA && arena)
			return refuse(l, 0, "vm.arena", "the program has more than one arena");
		if (m->type == MAP_TYPE_ARENA)
			arena = m;
	}
	if (arena)
		l->p->window = address(map_arena_window(arena));
	for (pc = 0; pc < l->p->n; pc++) {
		enum isa_id id = isa_find(&l->p->insn[pc]);

		if (!arena && (id == ISA_CAST || access_of(l, pc) == VM_ARENA))
			return refuse(l, pc, "vm.arena", "an arena is used here, but none is loaded");
		if (id == ISA_CAST)
			l->p->op[pc].imm64 = arena->flags & MAP_F_NO_USER_CONV
						     ? 0
						     : (int64_t)(address(map_arena_base(arena)) >> 32 << 32);
		pc += isa_is_ld_imm64(&l->p->insn[pc]);
	}
	return 0;
}

static int prepare_faults(struct load *l)
{
	int err = vm_probe_begin();

	if (err == -ENOTSUP)
		return refuse(l, 0, "vm.probe", "accesses that may fault are not for this machine");
	return err ? err : find_arena(l);
}

/* ---- one instruction ---- */

static int load_one(struct load *l, uint32_t pc, const struct isa_op *op,
		    const void *const *code)
{
	struct vm_op *to = &l->p->op[pc];

	*to = (struct vm_op){.code = code_of(code, op->id), .dst = op->dst, .src = op->src, .off = op->off,
			     .imm = op->imm, .imm64 = op->imm64};
	if (writes_dst(op) && op->dst == ISA_REG_FP)
		return refuse(l, pc, "vm.fp", "frame pointer is read only");
	switch ((enum isa_form)op->form) {
	case ISA_FORM_CALL:
		return load_call(l, pc, op, code, to);
	case ISA_FORM_CALL_KFUNC:
		return load_kfunc(l, pc, op, code, to);
	case ISA_FORM_LD_IMM64:
		return load_imm64(l, pc, op, to);
	case ISA_FORM_CALL_LOCAL:
	case ISA_FORM_JA:
	case ISA_FORM_JA32:
	case ISA_FORM_JCC_R:
	case ISA_FORM_JCC_K:
	case ISA_FORM_MAY_GOTO:
		l->p->loops |= op->id == ISA_MAY_GOTO;
		note_jump(l, pc, op);
		return 0;
	case ISA_FORM_PERCPU:
	case ISA_FORM_JX:
	case ISA_FORM_NOSPEC:
		return refuse(l, pc, "vm.insn", "'%s' is not an instruction of this machine",
			      isa_row(op->id)->name);
	case ISA_FORM_ALU_R:
	case ISA_FORM_ALU_K:
	case ISA_FORM_SHIFT_K:
	case ISA_FORM_DIV_K:
	case ISA_FORM_NEG:
	case ISA_FORM_END:
	case ISA_FORM_MOV_R:
	case ISA_FORM_CAST:
	case ISA_FORM_MOV_K:
	case ISA_FORM_LDX:
	case ISA_FORM_ST:
	case ISA_FORM_STX:
	case ISA_FORM_LOCK:
	case ISA_FORM_FETCH:
	case ISA_FORM_CMPXCHG:
	case ISA_FORM_LOAD_ACQ:
	case ISA_FORM_STORE_REL:
	case ISA_FORM_CALLX:
	case ISA_FORM_LD_ABS:
	case ISA_FORM_LD_IND:
	case ISA_FORM_EXIT:
		return 0;
	case _ISA_FORM_MAX:
		break;
	}
	bug("form %d", op->form);
}

/* What no kernel takes becomes what it means, so that no engine must know. */
static void settle_constant(struct isa_op *op)
{
	bool wide = isa_class(op->code) == ISA_CLASS_ALU64, mod = (op->code & 0xf0) == 0x90;

	if (op->form == ISA_FORM_SHIFT_K) {
		op->imm &= wide ? 63 : 31;
		op->imm64 = op->imm;
	} else if (op->form == ISA_FORM_DIV_K && !op->imm && mod) {
		op->id = wide ? ISA_MOV64_R : ISA_MOV32_R;
		op->form = ISA_FORM_MOV_R;
		op->src = op->dst;
	} else if (op->form == ISA_FORM_DIV_K && !op->imm) {
		op->id = wide ? ISA_MOV64_K : ISA_MOV32_K;
		op->form = ISA_FORM_MOV_K;
	}
}

static int decode(struct load *l, uint32_t pc, struct isa_op *ret_op)
{
	const struct isa_target t = {.foreign = !l->env->strict, .any_count = !l->env->strict};
	struct isa_why why;

	if (isa_decode(&t, l->p->insn + pc, l->p->n - pc, ret_op, &why))
		return refuse(l, pc, "vm.decode", "%s", why.text);
	settle_constant(ret_op);
	return 0;
}

/* What the two are together, or 0. The second stays as it is, for those who jump to it. */
static uint16_t pair_of(const struct isa_op *a, const struct isa_op *b)
{
	static const uint16_t mov[_ISA_MAX] = {
#define ALU(name, ...)                                                                             \
	[ISA_##name##64_R] = VM_MOV_##name##64_R, [ISA_##name##64_K] = VM_MOV_##name##64_K,        \
	[ISA_##name##32_R] = VM_MOV_##name##32_R, [ISA_##name##32_K] = VM_MOV_##name##32_K,
#include "isa/insn.def"
	};
	static const uint16_t add64[_ISA_MAX] = {
#define JCC(name, ...)                                                                             \
	[ISA_##name##64_K] = VM_ADD64_##name##64_K, [ISA_##name##32_K] = VM_ADD64_##name##32_K,
#include "isa/insn.def"
	};
	static const uint16_t add32[_ISA_MAX] = {
#define JCC(name, ...) [ISA_##name##32_K] = VM_ADD32_##name##32_K,
#include "isa/insn.def"
	};
	uint16_t pair = 0;

	if (a->dst != b->dst)
		return 0;
	if (a->id == ISA_ADD64_K)
		return add64[b->id];
	if (a->id == ISA_ADD32_K)
		return add32[b->id];
	/* a move of 32 bits only goes with what looks at no more, and leaves no more */
	if (a->id == ISA_MOV64_R || (a->id == ISA_MOV32_R && isa_class(b->code) == ISA_CLASS_ALU))
		pair = mov[b->id];
	return b->form == ISA_FORM_ALU_R && b->src == a->dst ? 0 : pair;
}

static int load_ops(struct load *l)
{
	const void *const *code = vm_loop[l->p->engine](NULL, NULL, NULL);
	bool pairs = l->p->engine == VM_FAST || l->p->engine == VM_CHECKED;
	struct isa_op op = {.slots = 1}, last = {.id = ISA_NONE};
	uint16_t pair;
	uint32_t pc;
	int err;

	for (pc = 0; pc < l->p->n; pc += op.slots, last = op) {
		err = decode(l, pc, &op);
		if (!err)
			choose_row(l, pc, &op);
		if (!err)
			err = load_one(l, pc, &op, code);
		if (err)
			return err;
		bits_add(&l->first, pc);
		pair = pairs ? pair_of(&last, &op) : 0;
		if (pair)
			l->p->op[pc - 1].code = code[pair];
	}
	if (isa_falls_through(&op))
		return refuse(l, pc - op.slots, "vm.end", "the program ends here without 'exit' or 'goto'");
	return 0;
}

static bool has_casts(const struct vm_prog *p)
{
	uint32_t pc;

	for (pc = 0; pc < p->n; pc++) {
		if (p->insn[pc].code == 0xbf && isa_find(&p->insn[pc]) == ISA_CAST)
			return true;
	}
	return false;
}

/* Each frame begins to count its loops. */
static void prepare_calls(struct vm_prog *p)
{
	const void *const *code = vm_loop[p->engine](NULL, NULL, NULL);
	uint32_t pc;

	for (pc = 0; pc < p->n; pc++)
		if (p->op[pc].code == code[ISA_CALL_LOCAL])
			p->op[pc].code = code[VM_CALL_LOOPS];
}

/* V2 needs to know the first slots before any jump is looked at. */
static int load_all(struct load *l)
{
	uint32_t exception = l->env->exception;
	int err = has_casts(l->p) && !l->env->access ? vm_find_arena(l->p->insn, l->p->n, &l->arena) : 0;

	if (!err)
		err = load_ops(l);

	if (!err && exception && (exception >= l->p->n || !bits_has(&l->first, exception)))
		return refuse(l, 0, "vm.exception", "the exception callback, %u, is no instruction",
			      exception);
	if (!err && exception)
		bits_add(&l->p->entry, exception);
	for bits_each(&l->jump, pc) {
		if (!err)
			err = load_jump(l, (uint32_t)pc);
	}
	if (l->p->loops && l->p->engine != VM_JIT)
		prepare_calls(l->p);
	if (!err && l->p->faults)
		err = prepare_faults(l);
	return err;
}

/* 1: there is native code for this machine, but not for what is in this program. */
static int load_for(const char *name, const struct insn *at, size_t n, enum vm_engine engine,
		    const struct vm_env *env, struct diag *d, struct vm_prog **ret_prog)
{
	struct load l = {.env = env, .d = d};
	struct vm_prog *p = mem_alloc(sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	*p = (struct vm_prog){.n = (uint32_t)n, .engine = engine, .env = *env,
			      .map = VEC_INIT(ISA_INSNS_MAX)};
	l.p = p;
	p->name = mem_alloc(strlen(name) + 1);
	p->insn = mem_alloc_array(n, sizeof(*p->insn));
	p->op = mem_alloc_array(n, sizeof(*p->op));
	err = -ENOMEM;
	if (p->name && p->insn && p->op && !bits_init(&p->entry, p->n) && !bits_init(&l.first, p->n) &&
	    !bits_init(&l.jump, p->n)) {
		memcpy(p->name, name, strlen(name));
		memcpy(p->insn, at, n * sizeof(*at));
		err = load_all(&l);
	}
	bits_done(&l.first);
	bits_done(&l.jump);
	bits_done(&l.arena);
	if (!err && p->engine == VM_JIT)
		err = vm_jit(p);
	if (err) {
		vm_unload(p);
		return err;
	}
	*ret_prog = p;
	return 0;
}

int vm_load(const char *name, const struct insn *at, size_t n, enum vm_engine engine,
	    const struct vm_env *env, struct diag *d, struct vm_prog **ret_prog)
{
	if (!n || n > ISA_INSNS_MAX)
		return diag_error(d, "vm.size", diag_file(name), "a program has 1 to %d instructions, not %zu",
				  ISA_INSNS_MAX, n);
	if (engine == VM_JIT && !vm_jit_possible())
		engine = VM_FAST;
	return load_for(name, at, n, engine, env, d, ret_prog);
}

void vm_unload(struct vm_prog *p)
{
	if (!p)
		return;
	vm_native_done(&p->native);
	mem_free(p->name);
	mem_free(p->insn);
	mem_free(p->op);
	bits_done(&p->entry);
	vec_done(&p->map);
	mem_free(p);
}

bool vm_prog_has_map(const struct vm_prog *p, uint64_t map)
{
	size_t i;

	for (i = 0; i < p->map.n; i++)
		if (p->map.at[i] == map)
			return true;
	return false;
}

size_t vm_prog_len(const struct vm_prog *p)
{
	return p->n;
}

const struct insn *vm_prog_insns(const struct vm_prog *p)
{
	return p->insn;
}

const char *vm_prog_name(const struct vm_prog *p)
{
	return p->name;
}

enum vm_engine vm_prog_engine(const struct vm_prog *p)
{
	return p->engine;
}
