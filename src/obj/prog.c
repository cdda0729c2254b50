/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs and functions: the symbols of sections with instructions, in order of section and place.
 *
 * A symbol of type FUNC is a function of its size. What is in .text or is static is a part of
 * others (`func`), everything else a program that its section's name describes. Compilers before
 * LLVM 7 or so gave symbols no type and no size: in sections without a FUNC the global symbols
 * are the functions, each up to the next one; a section without any symbol is one program, named
 * like the section. An object that has functions in .text and nowhere else has them as programs,
 * not wanted unless asked for.
 */
#include <stdlib.h>

#include "obj/impl.h"

/* What a symbol, or a section without one, says of a function. */
struct found {
	uint32_t sec, sym;
	uint64_t at, size;
};

typedef VEC(struct found) found_vec;

static int by_place(const void *a_, const void *b_)
{
	const struct found *a = a_, *b = b_;

	if (a->sec != b->sec)
		return a->sec < b->sec ? -1 : 1;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->sym < b->sym ? -1 : a->sym > b->sym;
}

static bool in_code(const struct obj_elf *e, const struct elf_sym *s)
{
	return s->sec && s->sec < e->n_secs && e->sec[s->sec].code;
}

/* Sections with a FUNC, or else with any global symbol. */
static int symbols_find(const struct obj_elf *e, struct bits *has, unsigned type, found_vec *ret)
{
	struct bits had;
	int err = bits_init(&had, e->n_secs);

	if (err)
		return err;
	bits_or(&had, has);
	for (uint32_t i = 1; i < e->n_syms && !err; i++) {
		const struct elf_sym *s = &e->sym[i];

		if (!in_code(e, s) || s->type != type || bits_has(&had, s->sec))
			continue;
		if (type == ELF_STT_NOTYPE && s->bind == ELF_STB_LOCAL) /* labels of jumps */
			continue;
		bits_add(has, s->sec);
		err = vec_push(ret, (struct found){s->sec, i, s->value, s->size});
	}
	bits_done(&had);
	return err;
}

static int functions_find(const struct obj_elf *e, found_vec *ret)
{
	struct bits has;
	int err = bits_init(&has, e->n_secs);

	if (err)
		return err;
	err = symbols_find(e, &has, ELF_STT_FUNC, ret);
	if (!err)
		err = symbols_find(e, &has, ELF_STT_NOTYPE, ret);
	for (uint32_t i = 1; i < e->n_secs && !err; i++) {
		if (e->sec[i].code && !bits_has(&has, i))
			err = vec_push(ret, (struct found){i, 0, 0, e->sec[i].size});
	}
	bits_done(&has);
	if (ret->n)
		qsort(ret->at, ret->n, sizeof(*ret->at), by_place);
	return err;
}

/* A symbol without a size reaches up to the next one. */
static void sizes_fill(const struct obj_elf *e, found_vec *v)
{
	uint64_t end = 0;
	uint32_t sec = 0;

	for (size_t i = v->n; i-- > 0;) {
		struct found *f = &v->at[i];

		if (f->sec != sec)
			end = e->sec[f->sec].size;
		sec = f->sec;
		if (!f->size && end > f->at)
			f->size = end - f->at;
		if (!i || v->at[i - 1].at < f->at)
			end = f->at;
	}
}

int obj_prog_set_section(struct obj *o, struct obj_prog *p, const char *section)
{
	bool optional = *section == '?';
	struct abi_section_match match = {0};
	bool known = abi_section_find(section, strlen(section), &match);
	const char *target = NULL;

	section = arena_strdup(&o->arena, section + optional);
	if (known && match.target)
		target = arena_strndup(&o->arena, match.target, match.target_len);
	if (!section || (known && match.target && !target))
		return -ENOMEM;
	p->section = section;
	p->row = known ? match.row : NULL;
	p->target = target;
	p->load = !optional;
	p->type = known ? match.row->prog : ABI_PROG_UNSPEC;
	p->attach = known ? match.row->attach : ABI_ATTACH_NONE;
	p->flags = 0;
	if (known && match.row->flags & ABI_SEC_SLEEP)
		p->flags |= ABI_F_PROG_SLEEPABLE;
	if (known && match.row->flags & ABI_SEC_FRAGS)
		p->flags |= ABI_F_PROG_XDP_HAS_FRAGS;
	return known ? 0 : -EINVAL;
}

static int code_check(const struct obj_elf *e, const struct found *f, const char *name,
		      struct diag *d)
{
	const struct elf_sec *s = &e->sec[f->sec];

	if (f->at > s->size || f->size > s->size - f->at)
		return elf_fault(e, f->sec, s->size, d, "obj.code",
				 "function '%s' goes on past the section's end", name);
	if (!f->size || f->at % sizeof(struct insn) || f->size % sizeof(struct insn))
		return elf_fault(
			e, f->sec, f->at, d, "obj.code",
			"function '%s': %llu bytes at %llu are not instructions of 8 bytes", name,
			(unsigned long long)f->size, (unsigned long long)f->at);
	if (f->size / sizeof(struct insn) > ISA_INSNS_MAX) {
		elf_fault(e, f->sec, f->at, d, "obj.code",
			  "function '%s' has more than %u instructions", name, ISA_INSNS_MAX);
		return -E2BIG;
	}
	return 0;
}

static int prog_add(struct obj *o, const struct found *f, struct diag *d)
{
	const struct obj_elf *e = o->elf;
	const struct elf_sec *s = &e->sec[f->sec];
	const struct elf_sym *sym = f->sym ? &e->sym[f->sym] : NULL;
	struct obj_prog p = {.name = sym ? sym->name : s->name, .sec = f->sec, .ops_map = -1};
	int err = code_check(e, f, p.name, d);

	if (err)
		return err;
	p.sec_insn = (uint32_t)(f->at / sizeof(struct insn));
	p.n_insns = (uint32_t)(f->size / sizeof(struct insn));
	p.global = !sym || sym->bind != ELF_STB_LOCAL;
	p.weak = sym && sym->bind == ELF_STB_WEAK;
	p.hidden = sym && (sym->vis == ELF_STV_HIDDEN || sym->vis == ELF_STV_INTERNAL);
	p.func = f->sec == e->text || !p.global;
	p.insn = arena_alloc_array(&o->arena, p.n_insns, sizeof(*p.insn));
	if (!p.insn)
		return obj_no_memory(o, d);
	memcpy(p.insn, s->data + f->at, f->size);
	err = obj_prog_set_section(o, &p, s->name);
	if (err == -ENOMEM)
		return obj_no_memory(o, d);
	if (p.func)
		p.load = false;
	err = vec_push(&o->prog, p);
	if (err)
		return obj_no_memory(o, d);
	if (o->btf && sym)
		vec_last(&o->prog).btf_func = btf_find(o->btf, p.name, BTF_BIT(FUNC));
	return 0;
}

static void text_alone(struct obj *o)
{
	for vec_each(&o->prog, p) {
		if (!p->func)
			return;
	}
	for vec_each(&o->prog, p)
		p->func = !p->global || p->hidden;
}

int obj_progs_read(struct obj *o, struct diag *d)
{
	found_vec found = VEC_INIT(OBJ_PROGS_MAX);
	int err = functions_find(o->elf, &found);

	if (err == -E2BIG)
		diag_error(d, "obj.progs", obj_where(o), "more than %u functions", OBJ_PROGS_MAX);
	if (!err)
		sizes_fill(o->elf, &found);
	for (size_t i = 0; i < found.n && !err; i++)
		err = prog_add(o, &found.at[i], d);
	vec_done(&found);
	if (!err)
		text_alone(o);
	return err;
}

int obj_prog_order(const struct obj *o, uint32_t sec, uint64_t insn, uint32_t *ret_index)
{
	size_t low = 0, high = o->prog.n;
	const struct obj_prog *p;

	while (low < high) { /* the last that begins there or before */
		size_t mid = (low + high) / 2;

		p = &o->prog.at[mid];
		if (p->sec < sec || (p->sec == sec && p->sec_insn <= insn))
			low = mid + 1;
		else
			high = mid;
	}
	if (!low)
		return -ENOENT;
	p = &o->prog.at[low - 1];
	if (p->sec != sec || insn - p->sec_insn >= p->n_insns)
		return -ENOENT;
	*ret_index = (uint32_t)low - 1;
	return 0;
}
