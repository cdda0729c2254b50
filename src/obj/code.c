/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A program as the kernel is given it: its own instructions, and behind them every function it
 * needs, once, in the order in which libbpf finds them: walking the instructions, a call of a
 * function that is not there yet puts it at the end and is followed at once, the rest of the caller
 * afterwards. Functions that call each other are no problem to that; the walk keeps a stack of its
 * own, as a hostile chain of calls is as long as the object has functions.
 */
#include "obj/impl.h"

struct step { /* of the walk: a function, and its next instruction to look at */
	uint32_t prog, insn, reloc;
};

struct builder {
	struct obj_prepare *c;
	struct obj_prog *main;
	uint32_t *at; /* [program] where it stands in the code; 0: not there, unless it is main */
	VEC(uint32_t) order; /* the programs that are in it */
	VEC(struct step) stack;
	VEC(struct insn) code;
	VEC(struct obj_fix) fix;
	VEC(struct obj_poison) poison;
};

static int too_big(const struct builder *b, int err)
{
	if (err != -E2BIG)
		return obj_no_memory(b->c->o, b->c->d);
	diag_error(b->c->d, "obj.code", diag_pc(b->main->name, b->code.n),
		   "with its functions it is more than %u instructions", ISA_INSNS_MAX);
	return err;
}

static int fault(const struct builder *b, const struct obj_prog *p, uint32_t insn, const char *why)
{
	return diag_error(b->c->d, "obj.code", diag_pc(p->name, insn), "%s", why);
}

/* ---- the walk ---- */

static int enter(struct builder *b, uint32_t prog)
{
	const struct obj_prog *p = &b->c->o->prog.at[prog];
	int err = vec_reserve(&b->code, b->code.n + p->n_insns);

	b->at[prog] = (uint32_t)b->code.n;
	if (!err)
		err = vec_push(&b->order, prog);
	if (!err)
		err = vec_push(&b->stack, (struct step){.prog = prog});
	if (err)
		return too_big(b, err);
	memcpy(b->code.at + b->code.n, b->c->insn[prog], p->n_insns * sizeof(struct insn));
	b->code.n += p->n_insns;
	return 0;
}

static bool is_call(const struct insn *i) /* of a function in the object */
{
	return obj_is_call(i) && i->src == OBJ_SRC_CALL && !i->dst && !i->off;
}

/* Which function an instruction refers to. 1: none. */
static int callee_find(const struct builder *b, const struct obj_prog *p, uint32_t insn,
		       const struct obj_reloc *r, uint32_t *ret_prog)
{
	const struct insn *i = &b->c->insn[p - b->c->o->prog.at][insn];

	if (r) {
		*ret_prog = r->index;
		return r->kind != OBJ_RELOC_CALL && r->kind != OBJ_RELOC_FUNC;
	}
	if (isa_is_ld_imm64(i) && i->src == OBJ_SRC_FUNC)
		return fault(b, p, insn, "the address of a function, but nothing says of which");
	if (!is_call(i))
		return 1;
	/* a static function of the same section */
	if (obj_prog_order(b->c->o, p->sec, (uint64_t)(p->sec_insn + insn + (int64_t)i->imm + 1),
			   ret_prog))
		return fault(b, p, insn, "calls where no function is");
	return 0;
}

static int call_fix(struct builder *b, uint32_t from, uint32_t insn, uint32_t to)
{
	uint32_t at = b->at[from] + insn;
	int err = 0;

	if (!b->at[to] && &b->c->o->prog.at[to] != b->main)
		err = enter(b, to);
	if (err)
		return err;
	b->code.at[at].imm = (int32_t)(b->at[to] - at - 1);
	if (isa_is_ld_imm64(&b->code.at[at]))
		b->code.at[at].src = OBJ_SRC_FUNC;
	return 0;
}

/* Until a function is entered, or the end of this one. */
static int step(struct builder *b)
{
	uint32_t top = (uint32_t)b->stack.n - 1, from = b->stack.at[top].prog, to = 0;
	const struct obj_prog *p = &b->c->o->prog.at[from];

	while (b->stack.n == top + 1) {
		struct step *s = &vec_last(&b->stack);
		uint32_t insn = s->insn++;
		const struct obj_reloc *r = NULL;
		int err;

		if (insn >= p->n_insns) {
			b->stack.n--;
			break;
		}
		while (s->reloc < p->n_relocs && p->reloc[s->reloc].insn < insn)
			s->reloc++;
		if (s->reloc < p->n_relocs && p->reloc[s->reloc].insn == insn)
			r = &p->reloc[s->reloc];
		err = callee_find(b, p, insn, r, &to);
		if (!err)
			err = call_fix(b, from, insn, to);
		if (err < 0)
			return err;
	}
	return 0;
}

static int walk(struct builder *b, uint32_t prog)
{
	int err = enter(b, prog);

	while (!err && b->stack.n)
		err = step(b);
	return err;
}

/* ---- references to data ---- */

static int fix_add(struct builder *b, uint32_t insn, enum obj_fix_kind kind, uint32_t index)
{
	int err = vec_push(&b->fix,
			   (struct obj_fix){.insn = insn, .kind = (uint8_t)kind, .index = index});

	return err ? too_big(b, err) : 0;
}

static int poison_add(struct builder *b, uint32_t insn, int32_t helper, const char *text)
{
	struct obj_poison p = {.insn = insn, .helper = helper, .text = text};
	int err = text ? vec_push(&b->poison, p) : -ENOMEM;

	return err ? too_big(b, err) : 0;
}

static int map_ref(struct builder *b, uint32_t at, enum obj_fix_kind kind, uint32_t map,
		   uint32_t off)
{
	struct insn *i = &b->code.at[at];

	i[0].src = kind == OBJ_FIX_MAP ? OBJ_SRC_MAP_IDX : OBJ_SRC_MAP_IDX_VALUE;
	i[0].imm = (int32_t)map;
	if (kind == OBJ_FIX_MAP_VALUE)
		i[1].imm = (int32_t)off;
	return fix_add(b, at, kind, map);
}

static int extern_ref(struct builder *b, uint32_t at, const struct obj_extern *x)
{
	struct insn *i = &b->code.at[at];

	if (x->kind == OBJ_EXTERN_KCONFIG)
		return map_ref(b, at, OBJ_FIX_MAP_VALUE, (uint32_t)b->c->o->kconfig_map, x->off);
	if (x->kind == OBJ_EXTERN_KSYM || !x->found) {
		i[0].imm = (int32_t)x->addr;
		i[1].imm = (int32_t)(x->addr >> 32);
		return 0;
	}
	i[0].src = OBJ_SRC_BTF_ID;
	i[0].imm = (int32_t)x->kern_btf;
	i[1].imm = (int32_t)x->kern_module;
	return x->kern_module ? fix_add(b, at, OBJ_FIX_KSYM, x->kern_module - 1) : 0;
}

static int kfunc_ref(struct builder *b, uint32_t at, uint32_t index)
{
	const struct obj_extern *x = &b->c->o->ext.at[index];
	struct insn *i = &b->code.at[at];

	if (!x->found) {
		*i = (struct insn){.code = 0x85, .imm = OBJ_POISON_KFUNC + (int32_t)index};
		return poison_add(
			b, at, i->imm,
			arena_printf(&b->c->o->arena,
				     "function '%s' is declared __weak, and the kernel has "
				     "none such",
				     x->name));
	}
	i->src = OBJ_SRC_KFUNC;
	i->imm = (int32_t)x->kern_btf;
	i->off = (int16_t)x->kern_module;
	return fix_add(b, at, OBJ_FIX_KFUNC, x->kern_module);
}

static int refs_fix(struct builder *b, uint32_t prog)
{
	const struct obj_prog *p = &b->c->o->prog.at[prog];
	int err = 0;

	for (uint32_t i = 0; i < p->n_relocs && !err; i++) {
		const struct obj_reloc *r = &p->reloc[i];
		uint32_t at = b->at[prog] + r->insn;

		switch ((enum obj_reloc_kind)r->kind) {
		case OBJ_RELOC_MAP:
			err = map_ref(b, at, OBJ_FIX_MAP, r->index, 0);
			break;
		case OBJ_RELOC_DATA:
			err = map_ref(b, at, OBJ_FIX_MAP_VALUE, r->index, r->add);
			break;
		case OBJ_RELOC_EXTERN:
			err = extern_ref(b, at, &b->c->o->ext.at[r->index]);
			break;
		case OBJ_RELOC_KFUNC:
			err = kfunc_ref(b, at, r->index);
			break;
		case OBJ_RELOC_CALL:
		case OBJ_RELOC_FUNC:
			break;
		}
	}
	return err;
}

static size_t first_poison(const struct obj_prepare *c, uint32_t prog)
{
	size_t low = 0, high = c->poison.n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (c->poison.at[mid].prog < prog)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int core_poison(struct builder *b, uint32_t prog)
{
	const struct obj_prepare *c = b->c;
	int err = 0;

	for (size_t i = first_poison(c, prog);
	     !err && i < c->poison.n && c->poison.at[i].prog == prog; i++)
		err = poison_add(b, b->at[prog] + c->poison.at[i].insn, OBJ_POISON_CORE,
				 c->poison.at[i].text);
	return err;
}

/* ---- functions and lines ---- */

/* Either everybody has records, of one size, or they are of no use. */
static int info_build(const struct builder *b, bool lines, struct obj_info *ret)
{
	struct obj_info all = {0};
	uint8_t *to;

	for vec_each(&b->order, i) {
		const struct obj_prog *p = &b->c->o->prog.at[*i];
		const struct obj_info *info = lines ? &p->line_info : &p->func_info;

		if (!info->n || (all.size && all.size != info->size))
			return 0;
		all.size = info->size;
		all.n += info->n;
	}
	to = all.at = arena_alloc_array(&b->c->o->arena, all.n, all.size);
	if (!to)
		return too_big(b, -ENOMEM);
	for vec_each(&b->order, i) {
		const struct obj_prog *p = &b->c->o->prog.at[*i];
		const struct obj_info *info = lines ? &p->line_info : &p->func_info;

		memcpy(to, info->at, (size_t)info->n * info->size);
		for (uint32_t k = 0; k < info->n; k++, to += info->size) {
			uint32_t off;

			memcpy(&off, to, sizeof(off));
			off += b->at[*i];
			memcpy(to, &off, sizeof(off));
		}
	}
	*ret = all;
	return 0;
}

/* ---- exception callbacks ---- */

/*
 * A decl tag "exception_callback:NAME" of the program's function: that one is called by nobody but
 * the kernel, and so is put behind the others. *ret_prog is -1 when there is none.
 */
static int exception_callback(const struct builder *b, int32_t *ret_prog)
{
	static const char prefix[] = "exception_callback:";
	const struct obj *o = b->c->o;
	const char *name = NULL;

	*ret_prog = -1;
	if (!o->btf || !b->main->btf_func)
		return 0;
	for btf_each(o->btf, id) {
		const struct btf_type *t = btf_type(o->btf, id);

		if (btf_kind(t) != BTF_DECL_TAG || t->type != b->main->btf_func ||
		    *btf_word(t) != UINT32_MAX ||
		    !str_has_prefix(btf_str(o->btf, t->name_off), prefix))
			continue;
		if (name) /* the verifier has something to say about a second one */
			return 0;
		name = btf_str(o->btf, t->name_off) + strlen(prefix);
	}
	if (!name)
		return 0;
	for (size_t i = 0; i < o->prog.n; i++) {
		const struct obj_prog *p = &o->prog.at[i];

		if (p->func && p->global && !p->hidden && !strcmp(p->name, name)) {
			*ret_prog = (int32_t)i;
			return 0;
		}
	}
	return fault(b, b->main, 0,
		     "there is no global function of the name that its exception "
		     "callback has");
}

/* ---- all of it ---- */

static void *keep(struct arena *a, const void *at, size_t n, size_t size)
{
	void *copy = arena_alloc_array(a, n, size);

	if (copy && n)
		memcpy(copy, at, n * size);
	return copy;
}

static int finish(struct builder *b)
{
	struct arena *a = &b->c->o->arena;
	struct obj_prog *p = b->main;
	int err = info_build(b, false, &p->code_func);

	if (!err)
		err = info_build(b, true, &p->code_line);
	if (err)
		return err;
	p->code = keep(a, b->code.at, b->code.n, sizeof(*p->code));
	p->fix = keep(a, b->fix.at, b->fix.n, sizeof(*p->fix));
	p->poison = keep(a, b->poison.at, b->poison.n, sizeof(*p->poison));
	if (!p->code || !p->fix || !p->poison)
		return too_big(b, -ENOMEM);
	p->n_code = (uint32_t)b->code.n;
	p->n_fixes = (uint32_t)b->fix.n;
	p->n_poisons = (uint32_t)b->poison.n;
	return 0;
}

static int build(struct builder *b, uint32_t prog)
{
	int32_t callback;
	int err = walk(b, prog);

	if (!err)
		err = exception_callback(b, &callback);
	if (!err && callback >= 0 && !b->at[callback])
		err = walk(b, (uint32_t)callback);
	for (size_t i = 0; i < b->order.n && !err; i++) {
		err = refs_fix(b, b->order.at[i]);
		if (!err)
			err = core_poison(b, b->order.at[i]);
	}
	return err ? err : finish(b);
}

int obj_code_build(struct obj_prepare *c, uint32_t prog)
{
	struct builder b = {.c = c,
			    .main = &c->o->prog.at[prog],
			    .order = VEC_INIT(OBJ_PROGS_MAX),
			    .stack = VEC_INIT(OBJ_PROGS_MAX),
			    .code = VEC_INIT(ISA_INSNS_MAX),
			    .fix = VEC_INIT(ISA_INSNS_MAX),
			    .poison = VEC_INIT(ISA_INSNS_MAX)};
	int err;

	b.at = mem_alloc_array(c->o->prog.n, sizeof(*b.at));
	err = b.at ? build(&b, prog) : obj_no_memory(c->o, c->d);
	mem_free(b.at);
	vec_done(&b.order);
	vec_done(&b.stack);
	vec_done(&b.code);
	vec_done(&b.fix);
	vec_done(&b.poison);
	return err;
}
