/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A header of types in C, each after what it needs: bpftool's "format c".
 *
 * What a type needs whole (its members) must be defined before it: a strong link. What it needs only
 * the name of (through a pointer) can be declared in front of it: a weak link. First the wanted type's
 * strong links are followed and put in a queue, deepest first (order); then what is in the queue
 * is written, and before each of them the forward declarations its weak links ask for (emit). A
 * pointer's link is weak as soon as there is a name on the way; anonymous structs have none and are
 * written where they are used, so what they need is needed by their user.
 */
#include "btf/impl.h"

enum { ORDER_DEPTH = 4096, STEPS_EACH = 1000 };

struct printing {
	struct c c;
	VEC(uint32_t) queue;
	uint64_t steps; /* left: types may refer to each other in more ways than can be walked */
	uint32_t loop;	/* a type that needs itself */
};

/* ---- order ---- */

enum link { WEAK = 0, STRONG = 1 };

static int enqueue(struct printing *p, uint32_t id)
{
	int err = vec_push(&p->queue, id);

	p->c.type[id].order = C_DONE;
	return err ? err : STRONG;
}

static int order(struct printing *p, uint32_t id, bool by_pointer, int depth);

static int order_struct(struct printing *p, uint32_t id, const struct btf_type *t, bool by_pointer,
			int depth)
{
	uint32_t i;
	int link;

	if (by_pointer && t->name_off)
		return WEAK;
	p->c.type[id].order = C_BEGUN;
	for (i = 0; i < btf_vlen(t); i++) {
		link = order(p, btf_members(t)[i].type, false, depth);
		if (link < 0)
			return link;
	}
	if (t->name_off)
		return enqueue(p, id);
	p->c.type[id].order = C_DONE;
	return STRONG;
}

static int order_proto(struct printing *p, const struct btf_type *t, bool by_pointer, int depth)
{
	int all = order(p, t->type, by_pointer, depth), link;
	uint32_t i;

	for (i = 0; all >= 0 && i < btf_vlen(t); i++) {
		link = order(p, btf_params(t)[i].type, by_pointer, depth);
		all = link < 0 ? link : MAX(all, link);
	}
	return all;
}

static int order(struct printing *p, uint32_t id, bool by_pointer, int depth)
{
	const struct btf_type *t = btf_type(p->c.b, id);
	struct c_type *st = &p->c.type[id];
	int link;

	if (!t)
		return -EINVAL;
	if (st->order == C_DONE)
		return STRONG;
	if (st->order == C_BEGUN && by_pointer && t->name_off)
		return WEAK;
	if (st->order == C_BEGUN || depth >= ORDER_DEPTH || !p->steps) {
		p->loop = id;
		return -ELOOP;
	}
	p->steps--;
	switch (btf_kind(t)) {
	case BTF_INT:
	case BTF_FLOAT:
		st->order = C_DONE;
		return WEAK;
	case BTF_PTR:
		link = order(p, t->type, true, depth + 1);
		st->order = C_DONE;
		return link;
	case BTF_ARRAY:
		return order(p, btf_array(t)->elem, false, depth + 1);
	case BTF_STRUCT:
	case BTF_UNION:
		return order_struct(p, id, t, by_pointer, depth + 1);
	case BTF_ENUM:
	case BTF_ENUM64:
	case BTF_FWD:
		if (t->name_off || !st->referenced)
			return enqueue(p, id);
		st->order = C_DONE;
		return STRONG;
	case BTF_TYPEDEF:
		link = order(p, t->type, by_pointer, depth + 1);
		return link < 0 || (by_pointer && link == WEAK) ? link : enqueue(p, id);
	case BTF_VOLATILE:
	case BTF_CONST:
	case BTF_RESTRICT:
	case BTF_TYPE_TAG:
		return order(p, t->type, by_pointer, depth + 1);
	case BTF_FUNC_PROTO:
		return order_proto(p, t, by_pointer, depth + 1);
	case BTF_FUNC:
	case BTF_VAR:
	case BTF_DATASEC:
	case BTF_DECL_TAG:
		st->order = C_DONE;
		return WEAK;
	case BTF_VOID:
	case _BTF_KIND_MAX:
		return -EINVAL;
	}
	return -EINVAL;
}

/* ---- emit ---- */

static void end_definition(struct printing *p)
{
	str_add(p->c.s, ";\n\n");
}

/* A compiler's own types need no definition, and some compilers would not take one. */
static bool is_builtin(struct printing *p, const struct btf_type *t)
{
	return !strcmp(btf_str(p->c.b, t->name_off), "__builtin_va_list");
}

static void emit_typedef(struct printing *p, uint32_t id, const struct btf_type *t)
{
	if (!is_builtin(p, t)) {
		c_typedef(&p->c, id, t);
		end_definition(p);
	}
	p->c.type[id].forward = true;
}

static void emit_forward(struct printing *p, uint32_t id, const struct btf_type *t)
{
	c_tag(&p->c, id, t);
	end_definition(p);
	p->c.type[id].forward = true;
}

/* Types that GCC knows by itself for the vectors of Arm, and others do not. */
static void emit_alias(struct printing *p, const struct btf_type *t)
{
	static const char *const aliases[][2] = {
		{"__Poly8_t", "unsigned char"},
		{"__Poly16_t", "unsigned short"},
		{"__Poly64_t", "unsigned long long"},
		{"__Poly128_t", "unsigned __int128"},
	};
	const char *name = btf_str(p->c.b, t->name_off);
	size_t i;

	for (i = 0; *name == '_' && i < ARRAY_LEN(aliases); i++)
		if (!strcmp(name, aliases[i][0]))
			str_addf(p->c.s, "typedef %s %s;\n\n", aliases[i][1], name);
}

static void emit(struct printing *p, uint32_t id, uint32_t inside, int depth);

/* In front of a struct's definition, or a use of its name; `inside` is what is being defined. */
static void emit_struct(struct printing *p, uint32_t id, const struct btf_type *t, uint32_t inside,
			int depth)
{
	struct c_type *st = &p->c.type[id];
	uint32_t i;

	st->emitted = C_BEGUN;
	if (!inside || !t->name_off)
		for (i = 0; i < btf_vlen(t); i++)
			emit(p, btf_members(t)[i].type, t->name_off ? id : inside, depth);
	else if (!st->forward && id != inside)
		emit_forward(p, id, t);
	st->emitted = inside ? C_NOT : C_DONE;
	if (!inside) {
		c_definition(&p->c, id, t, 0);
		end_definition(p);
	}
}

/* What a type that is about to be defined, or that is being defined, asks for once more. */
static void emit_again(struct printing *p, uint32_t id, const struct btf_type *t, uint32_t inside)
{
	if (p->c.type[id].forward)
		return;
	if (btf_is(t, BTF_STRUCTS) && id != inside && t->name_off)
		emit_forward(p, id, t);
	else if (btf_is(t, BTF_BIT(TYPEDEF)))
		emit_typedef(p, id, t);
}

static void emit_proto(struct printing *p, const struct btf_type *t, uint32_t inside, int depth)
{
	uint32_t i;

	emit(p, t->type, inside, depth);
	for (i = 0; i < btf_vlen(t); i++)
		emit(p, btf_params(t)[i].type, inside, depth);
}

static void emit(struct printing *p, uint32_t id, uint32_t inside, int depth)
{
	const struct btf_type *t = btf_type(p->c.b, id);
	struct c_type *st = &p->c.type[id];

	if (st->emitted == C_DONE || p->c.err || str_err(p->c.s))
		return;
	if (st->emitted == C_BEGUN) {
		emit_again(p, id, t, inside);
		return;
	}
	if (depth >= ORDER_DEPTH || !p->steps) {
		p->loop = id;
		c_fail(&p->c, -ELOOP);
		return;
	}
	p->steps--;
	switch (btf_kind(t)) {
	case BTF_INT:
		emit_alias(p, t);
		st->emitted = C_DONE;
		break;
	case BTF_ENUM:
	case BTF_ENUM64:
		if (!inside) {
			c_definition(&p->c, id, t, 0);
			end_definition(p);
		}
		st->emitted = C_DONE;
		break;
	case BTF_FWD:
		emit_forward(p, id, t);
		st->emitted = C_DONE;
		break;
	case BTF_PTR:
	case BTF_VOLATILE:
	case BTF_CONST:
	case BTF_RESTRICT:
	case BTF_TYPE_TAG:
		emit(p, t->type, inside, depth + 1);
		break;
	case BTF_ARRAY:
		emit(p, btf_array(t)->elem, inside, depth + 1);
		break;
	case BTF_TYPEDEF:
		st->emitted = C_BEGUN;
		emit(p, t->type, id, depth + 1);
		if (!st->forward)
			emit_typedef(p, id, t);
		st->emitted = C_DONE;
		break;
	case BTF_STRUCT:
	case BTF_UNION:
		emit_struct(p, id, t, inside, depth + 1);
		break;
	case BTF_FUNC_PROTO:
		emit_proto(p, t, inside, depth + 1);
		break;
	case BTF_FLOAT:
	case BTF_FUNC:
	case BTF_VAR:
	case BTF_DATASEC:
	case BTF_DECL_TAG:
	case BTF_VOID:
	case _BTF_KIND_MAX:
		break;
	}
}

/* ---- the header ---- */

static int see_reference(void *ctx, uint32_t *word)
{
	struct printing *p = ctx;

	if (!btf_type(p->c.b, *word))
		return -EINVAL;
	p->c.type[*word].referenced = true;
	return 0;
}

/* Anonymous enums that nothing refers to are definitions of constants: they stand for themselves. */
static int mark_references(struct printing *p, struct diag *d)
{
	uint32_t n = btf_count(p->c.b), id;

	for (id = 1; id < n; id++) {
		const struct btf_type *t = btf_type(p->c.b, id);

		if (btf_visit_ids((struct btf_type *)(uintptr_t)t, see_reference, p)) {
			diag_error(d, "btf.id", btf_where(p->c.b, t),
				   "type [%u] refers to one that there is not", id);
			return -EINVAL;
		}
	}
	return 0;
}

static int print_type(struct printing *p, uint32_t id, struct diag *d)
{
	int link;

	if (!btf_type(p->c.b, id))
		return diag_error(d, "btf.id", diag_file(btf_label(p->c.b)),
				  "there is no type [%u]", id);
	p->queue.n = 0;
	link = order(p, id, false, 0);
	if (link < 0)
		c_fail(&p->c, link);
	for vec_each(&p->queue, q) {
		emit(p, *q, 0, 0);
	}
	if (p->c.err == -ELOOP)
		diag_error(d, "btf.loop", btf_where(p->c.b, btf_type(p->c.b, p->loop)),
			   "type [%u] '%s' needs itself, or too many others, to be defined", p->loop,
			   btf_name(p->c.b, p->loop));
	else if (p->c.err)
		diag_error(d, "btf.c", btf_where(p->c.b, btf_type(p->c.b, id)),
			   "type [%u] '%s' cannot be written in C", id, btf_name(p->c.b, id));
	return p->c.err ? p->c.err : str_err(p->c.s);
}

static void print_kfuncs(struct printing *p)
{
	const struct btf *b = p->c.b;
	const struct btf_type *t, *func;
	uint32_t n = btf_count(b), id;

	str_add(p->c.s, "\n/* BPF kfuncs */\n#ifndef BPF_NO_KFUNC_PROTOTYPES\n");
	for (id = 1; id < n; id++) {
		t = btf_type(b, id);
		if (!btf_is(t, BTF_BIT(DECL_TAG)) || *btf_word(t) != UINT32_MAX ||
		    strcmp(btf_str(b, t->name_off), "bpf_kfunc"))
			continue;
		func = btf_type(b, t->type);
		if (!btf_is(func, BTF_BIT(FUNC)))
			continue;
		str_add(p->c.s, "extern ");
		c_declare(&p->c, func->type, btf_str(b, func->name_off), 0);
		str_add(p->c.s, " __weak __ksym;\n");
	}
	str_add(p->c.s, "#endif\n\n");
}

static void print_head(struct str *s, const char *guard)
{
	str_addf(s, "#ifndef %s\n#define %s\n\n", guard, guard);
	str_add(s, "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
		   "#pragma clang attribute push (__attribute__((preserve_access_index)), "
		   "apply_to = record)\n"
		   "#endif\n\n"
		   "#ifndef __ksym\n#define __ksym __attribute__((section(\".ksyms\")))\n#endif\n\n"
		   "#ifndef __weak\n#define __weak __attribute__((weak))\n#endif\n\n"
		   "#ifndef __bpf_fastcall\n#if __has_attribute(bpf_fastcall)\n"
		   "#define __bpf_fastcall __attribute__((bpf_fastcall))\n"
		   "#else\n#define __bpf_fastcall\n#endif\n#endif\n\n");
}

static void print_tail(struct str *s, const char *guard)
{
	str_addf(s, "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n#pragma clang attribute pop\n#endif\n\n"
		    "#endif /* %s */\n", guard);
}

static int print_all(struct printing *p, const struct btf_c_options *opt, struct diag *d)
{
	uint32_t n = btf_count(p->c.b), i, *sorted = NULL;
	int err = 0;

	if (!opt->unsorted) {
		sorted = c_sorted(p->c.b);
		if (!sorted)
			return -ENOMEM;
	}
	for (i = 1; i < n && !err; i++)
		err = print_type(p, sorted ? sorted[i] : i, d);
	mem_free(sorted);
	return err;
}

static int print_header(struct printing *p, const struct btf_c_options *opt, struct diag *d)
{
	const char *guard = opt->guard ? opt->guard : "__VMLINUX_H__";
	uint32_t i;
	int err = mark_references(p, d);

	if (err)
		return err;
	if (!opt->plain)
		print_head(p->c.s, guard);
	if (opt->roots) {
		for (i = 0; i < opt->n && !err; i++)
			err = print_type(p, opt->roots[i], d);
	} else {
		err = print_all(p, opt, d);
		if (!err && !opt->plain)
			print_kfuncs(p);
	}
	if (!opt->plain)
		print_tail(p->c.s, guard);
	return err ? err : p->c.err ? p->c.err : str_err(p->c.s);
}

int btf_c_header(const struct btf *b, const struct btf_c_options *opt, struct diag *d,
		 struct str *ret_text)
{
	uint32_t n = btf_count(b);
	struct printing p = {.c = {.b = b, .s = ret_text}, .queue = VEC_INIT(BTF_TYPE_MAX),
			     .steps = (uint64_t)n * STEPS_EACH + (1 << 20)};
	int err = -ENOMEM;

	hash_init(&p.c.tags, BTF_TYPE_MAX);
	hash_init(&p.c.idents, UINT32_MAX / 4);
	p.c.type = mem_alloc_array(n, sizeof(*p.c.type));
	p.c.align = mem_alloc_array(n, 1);
	if (p.c.type && p.c.align) {
		p.c.type[0] = (struct c_type){.order = C_DONE, .emitted = C_DONE};
		err = print_header(&p, opt, d);
	}
	if (err == -ENOMEM)
		diag_error(d, "btf.memory", diag_file(btf_label(b)), "out of memory");
	mem_free(p.c.type);
	mem_free(p.c.align);
	hash_done(&p.c.tags);
	hash_done(&p.c.idents);
	vec_done(&p.queue);
	return err;
}
