/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * CO-RE: what a relocation's answer (btf_core_resolve) does to the instruction. One that has none
 * becomes a call of a helper that does not exist, so that the verifier complains if and only if it
 * gets there; why is kept for whoever has to explain that.
 */
#include <limits.h>

#include "obj/impl.h"

struct patch {
	struct obj_prepare *c;
	const struct obj_prog *p;
	const struct obj_core *r;
	struct insn *at;
	const struct btf_core_result *to;
};

static int refuse(const struct patch *x, int err, const char *why)
{
	struct str s;

	str_init(&s, 4096);
	btf_core_spec_text(&x->to->local, &s);
	diag_error(x->c->d, "obj.core", diag_pc(x->p->name, x->r->insn), "CO-RE relocation %s: %s",
		   s.s, why);
	str_done(&s);
	return err;
}

static void poison_one(struct insn *i)
{
	*i = (struct insn){.code = 0x85, .imm = OBJ_POISON_CORE};
}

static int poison(const struct patch *x, const char *why)
{
	struct obj *o = x->c->o;
	struct obj_core_poison at = {.prog = (uint32_t)(x->p - o->prog.at), .insn = x->r->insn};
	struct str s;
	int err;

	str_init(&s, 4096);
	btf_core_spec_text(&x->to->local, &s);
	at.text = arena_printf(&o->arena, "CO-RE relocation %s: %s", s.s, why);
	str_done(&s);
	if (!at.text)
		return obj_no_memory(o, x->c->d);
	err = vec_push(&x->c->poison, at);
	if (err)
		return obj_no_memory(o, x->c->d);
	if (isa_is_ld_imm64(x->at))
		poison_one(x->at + 1);
	poison_one(x->at);
	return 0;
}

static int patch_alu(const struct patch *x)
{
	if (x->at->code & ISA_SRC_REG)
		return refuse(x, -EINVAL, "the instruction has no number to change");
	if (x->to->validate && (uint64_t)(int64_t)x->at->imm != x->to->old_value)
		return refuse(x, -EINVAL,
			      "the instruction has another number than the object's types say");
	x->at->imm = (int32_t)x->to->new_value;
	return 0;
}

static int size_code(uint32_t bytes)
{
	return bytes == 1   ? ISA_SIZE_B
	       : bytes == 2 ? ISA_SIZE_H
	       : bytes == 4 ? ISA_SIZE_W
	       : bytes == 8 ? ISA_SIZE_DW
			    : -1;
}

static int patch_mem(const struct patch *x)
{
	int size = size_code(x->to->new_size);

	if (x->to->validate && (uint64_t)(int64_t)x->at->off != x->to->old_value)
		return refuse(x, -EINVAL,
			      "the instruction has another offset than the object's types say");
	if (x->to->new_value > SHRT_MAX)
		return refuse(x, -ERANGE, "the field is further away than a load can say");
	if (x->to->fail_mem_size)
		return poison(x, "the kernel's field has another size, and is no pointer or "
				 "unsigned integer");
	x->at->off = (int16_t)x->to->new_value;
	if (x->to->new_size == x->to->old_size)
		return 0;
	if (isa_bytes(x->at->code) != x->to->old_size)
		return refuse(x, -EINVAL, "the instruction is of another size than the field");
	if (size < 0)
		return refuse(x, -EINVAL, "no load has the size of the kernel's field");
	x->at->code = (uint8_t)((x->at->code & 0xe7) | size);
	return 0;
}

static int patch_imm64(const struct patch *x)
{
	struct insn *i = x->at;
	uint64_t imm;

	if (!isa_is_ld_imm64(i) || i[0].src || i[0].off || i[1].code || i[1].dst || i[1].src ||
	    i[1].off)
		return refuse(x, -EINVAL, "the instruction cannot be relocated");
	imm = (uint32_t)i[0].imm | (uint64_t)(uint32_t)i[1].imm << 32;
	if (x->to->validate && imm != x->to->old_value)
		return refuse(x, -EINVAL,
			      "the instruction has another number than the object's types say");
	i[0].imm = (int32_t)x->to->new_value;
	i[1].imm = (int32_t)(x->to->new_value >> 32);
	return 0;
}

static int patch(const struct patch *x)
{
	if (x->to->poison)
		return poison(x, "the kernel's types have nothing like it");
	switch (isa_class(x->at->code)) {
	case ISA_CLASS_ALU:
	case ISA_CLASS_ALU64:
		return patch_alu(x);
	case ISA_CLASS_LDX:
	case ISA_CLASS_ST:
	case ISA_CLASS_STX:
		return patch_mem(x);
	case ISA_CLASS_LD:
		return patch_imm64(x);
	case ISA_CLASS_JMP:
	case ISA_CLASS_JMP32:
		break;
	}
	return refuse(x, -EINVAL, "a jump cannot be relocated");
}

/* The modules, for types that vmlinux has none of that name of. */
static int module_give(void *ctx, uint32_t i, const struct btf **ret_btf)
{
	const struct obj_prepare *c = ctx;

	if (i >= c->t->n_modules)
		return 1;
	*ret_btf = c->t->module[i].btf;
	return 0;
}

static int prog_relocate(struct obj_prepare *c, struct btf_core *core, struct obj_prog *p,
			 struct btf_core_result *result)
{
	struct insn *insns = c->insn[p - c->o->prog.at];

	for (uint32_t i = 0; i < p->n_cores; i++) {
		const struct obj_core *r = &p->core[i];
		struct btf_core_relo relo = {.insn_off = r->insn * 8,
					     .type = r->type,
					     .access_off = r->access_off,
					     .kind = r->kind};
		struct patch x = {.c = c, .p = p, .r = r, .at = &insns[r->insn], .to = result};
		int err;

		if (isa_is_ld_imm64(x.at) && r->insn + 1 >= p->n_insns)
			return diag_error(c->d, "obj.core", diag_pc(p->name, r->insn),
					  "a CO-RE relocation of half an instruction");
		err = btf_core_resolve(core, c->o->btf, &relo, diag_pc(p->name, r->insn), c->d,
				       result);
		if (!err)
			err = patch(&x);
		if (err)
			return err;
	}
	return 0;
}

/* Of those that are wanted, their own copies of the instructions. */
static int copies_make(struct obj_prepare *c)
{
	struct obj *o = c->o;

	c->insn = arena_alloc_array(&o->arena, o->prog.n, sizeof(*c->insn));
	if (!c->insn)
		return obj_no_memory(o, c->d);
	for (size_t i = 0; i < o->prog.n; i++) {
		struct obj_prog *p = &o->prog.at[i];

		c->insn[i] = p->insn;
		if (!p->n_cores || !(p->load || p->func) || !c->t->vmlinux)
			continue;
		c->insn[i] = arena_alloc_array(&o->arena, p->n_insns, sizeof(struct insn));
		if (!c->insn[i])
			return obj_no_memory(o, c->d);
		memcpy(c->insn[i], p->insn, p->n_insns * sizeof(struct insn));
	}
	return 0;
}

int obj_core_apply(struct obj_prepare *c)
{
	struct btf_core_result *result = NULL;
	struct btf_core *core = NULL;
	int err = copies_make(c);

	if (err || !c->t->vmlinux || !c->o->btf)
		return err;
	core = btf_core_new(c->t->vmlinux, module_give, c);
	result = mem_alloc(sizeof(*result));
	if (!core || !result)
		err = obj_no_memory(c->o, c->d);
	for vec_each(&c->o->prog, p) {
		if (!err && (p->load || p->func))
			err = prog_relocate(c, core, p, result);
	}
	mem_free(result);
	btf_core_free(core);
	return err;
}
