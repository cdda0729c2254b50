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
#include "vm/impl.h"

struct load {
	struct vm_prog *p;
	const struct vm_env *env;
	struct diag *d;
	struct bits first; /* the first slots of instructions */
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

static int target(struct load *l, uint32_t pc, const struct isa_op *op, const struct vm_op **ret_to)
{
	int64_t to = (int64_t)pc + op->slots + op->jump;

	if (to < 0 || to >= l->p->n)
		return refuse(l, pc, "vm.jump", "jumps to instruction %lld, but the program has %u",
			      (long long)to, l->p->n);
	if (!bits_has(&l->first, (uint32_t)to))
		return refuse(l, pc, "vm.jump", "jumps into the middle of the 64-bit load at %lld",
			      (long long)to - 1);
	*ret_to = l->p->op + to;
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

static int load_call(struct load *l, uint32_t pc, const struct isa_op *op, struct vm_op *to)
{
	const struct vm_helper *h = vm_helper_by_id(l->env, op->imm);

	if (!h)
		return refuse(l, pc, "vm.helper", "calls helper %d, which this machine does not have",
			      op->imm);
	to->helper = h->fn;
	return 0;
}

static int load_imm64(struct load *l, uint32_t pc, const struct isa_op *op, struct vm_op *to)
{
	const struct vm_op *fn = NULL;
	uint64_t value;
	int err;

	if (op->id == ISA_LD_IMM64)
		return 0;
	if (op->id == ISA_LD_FUNC) {
		err = target(l, pc, op, &fn);
		if (err)
			return err;
		bits_add(&l->p->entry, (uint32_t)(fn - l->p->op));
		to->imm64 = (int64_t)(uintptr_t)fn;
		return 0;
	}
	if (!l->env->resolve)
		return refuse(l, pc, "vm.load", "loads what is not in this machine (source %u)", op->src);
	err = l->env->resolve(l->env->ctx, op, l->d, &value);
	if (!err)
		to->imm64 = (int64_t)value;
	return err;
}

static int load_one(struct load *l, uint32_t pc, const struct isa_op *op,
		    const void *const *code)
{
	struct vm_op *to = &l->p->op[pc];

	*to = (struct vm_op){.code = code[op->id], .dst = op->dst, .src = op->src, .off = op->off,
			     .imm = op->imm, .imm64 = op->imm64};
	if (writes_dst(op) && op->dst == ISA_REG_FP)
		return refuse(l, pc, "vm.fp", "frame pointer is read only");
	switch ((enum isa_form)op->form) {
	case ISA_FORM_CALL:
		return load_call(l, pc, op, to);
	case ISA_FORM_LD_IMM64:
		return load_imm64(l, pc, op, to);
	case ISA_FORM_CALL_LOCAL:
	case ISA_FORM_JA:
	case ISA_FORM_JA32:
	case ISA_FORM_JCC_R:
	case ISA_FORM_JCC_K:
		return target(l, pc, op, &to->to);
	case ISA_FORM_MAY_GOTO:
	case ISA_FORM_CAST:
	case ISA_FORM_PERCPU:
	case ISA_FORM_JX:
	case ISA_FORM_CALL_KFUNC:
	case ISA_FORM_LD_ABS:
	case ISA_FORM_LD_IND:
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
	case ISA_FORM_EXIT:
		return 0;
	case _ISA_FORM_MAX:
		break;
	}
	bug("form %d", op->form);
}

static int decode(struct load *l, uint32_t pc, struct isa_op *ret_op)
{
	static const struct isa_target t = {.foreign = true};
	struct isa_why why;

	if (!isa_decode(&t, l->p->insn + pc, l->p->n - pc, ret_op, &why))
		return 0;
	return refuse(l, pc, "vm.decode", "%s", why.text);
}

/* V2 needs to know the first slots before any jump is looked at. */
static int find_first(struct load *l)
{
	struct isa_op op = {.slots = 1};
	uint32_t pc;
	int err;

	for (pc = 0; pc < l->p->n; pc += op.slots) {
		err = decode(l, pc, &op);
		if (err)
			return err;
		bits_add(&l->first, pc);
	}
	if (isa_falls_through(&op))
		return refuse(l, pc - op.slots, "vm.end", "the program ends here without 'exit' or 'goto'");
	return 0;
}

static int load_all(struct load *l)
{
	const void *const *code = vm_loop[l->p->engine](NULL, NULL, NULL);
	struct isa_op op;
	uint32_t pc;
	int err;

	err = find_first(l);
	for (pc = 0; !err && pc < l->p->n; pc += op.slots) {
		err = decode(l, pc, &op);
		if (!err)
			err = load_one(l, pc, &op, code);
	}
	return err;
}

int vm_load(const char *name, const struct insn *at, size_t n, enum vm_engine engine,
	    const struct vm_env *env, struct diag *d, struct vm_prog **ret_prog)
{
	struct load l = {.env = env, .d = d};
	struct vm_prog *p;
	int err;

	if (!n || n > ISA_INSNS_MAX)
		return diag_error(d, "vm.size", diag_file(name), "a program has 1 to %d instructions, not %zu",
				  ISA_INSNS_MAX, n);
	p = mem_alloc(sizeof(*p));
	if (!p)
		return -ENOMEM;
	*p = (struct vm_prog){.n = (uint32_t)n, .engine = engine, .env = *env};
	l.p = p;
	p->name = mem_alloc(strlen(name) + 1);
	p->insn = mem_alloc_array(n, sizeof(*p->insn));
	p->op = mem_alloc_array(n, sizeof(*p->op));
	err = -ENOMEM;
	if (p->name && p->insn && p->op && !bits_init(&p->entry, p->n) && !bits_init(&l.first, p->n)) {
		memcpy(p->name, name, strlen(name));
		memcpy(p->insn, at, n * sizeof(*at));
		err = load_all(&l);
	}
	bits_done(&l.first);
	if (err) {
		vm_unload(p);
		return err;
	}
	*ret_prog = p;
	return 0;
}

void vm_unload(struct vm_prog *p)
{
	if (!p)
		return;
	mem_free(p->name);
	mem_free(p->insn);
	mem_free(p->op);
	bits_done(&p->entry);
	mem_free(p);
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
