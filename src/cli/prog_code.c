/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel tells of a program's code: its instructions after the verifier, the native code, where
 * functions and source lines begin, and what is called.
 *
 * All of it is asked for twice: how much there is, and then with room for that. A program does not change
 * once it is loaded, so the second answer fits.
 */
#include "btf/btf.h"
#include "cli/prog.h"
#include "sym/sym.h"

enum { PART_MAX = 256 << 20 };

/* ---- reading --------------------------------------------------------------------------------- */

static void *room(uint64_t n, uint64_t size, int *err)
{
	void *p = n && n * size <= PART_MAX ? mem_alloc_array((size_t)n, (size_t)size) : NULL;

	if (n && !p)
		*err = n * size > PART_MAX ? -E2BIG : -ENOMEM;
	return p;
}

static int read_parts(struct engine *e, int fd, struct prog_code *p)
{
	const struct engine_prog_info first = p->i;
	int err = 0;

	p->xlated = room(first.xlated_len, 1, &err);
	p->jited = room(first.jited_len, 1, &err);
	p->ksyms = room(first.ksym_count, sizeof(*p->ksyms), &err);
	p->func_lens = room(first.func_len_count, sizeof(*p->func_lens), &err);
	p->func_info = room(first.func_info_count, first.func_info_size, &err);
	p->line_info = room(first.line_info_count, first.line_info_size, &err);
	p->jited_lines = room(first.jited_line_info_count, sizeof(*p->jited_lines), &err);
	if (err)
		return err;
	p->i = (struct engine_prog_info){
		.xlated_len = first.xlated_len, .xlated = engine_ptr(p->xlated),
		.jited_len = first.jited_len, .jited = engine_ptr(p->jited),
		.ksym_count = first.ksym_count, .ksyms = engine_ptr(p->ksyms),
		.func_len_count = first.func_len_count, .func_lens = engine_ptr(p->func_lens),
		.func_info_count = first.func_info_count, .func_info = engine_ptr(p->func_info),
		.func_info_size = first.func_info_size,
		.line_info_count = first.line_info_count, .line_info = engine_ptr(p->line_info),
		.line_info_size = first.line_info_size,
		.jited_line_info_count = first.jited_line_info_count, .jited_line_info = engine_ptr(p->jited_lines),
		.jited_line_info_size = sizeof(*p->jited_lines),
	};
	return engine_info(e, fd, &p->i, sizeof(p->i));
}

int prog_code_read(struct cli *c, struct engine *e, int fd, struct prog_code *ret_code)
{
	struct prog_code p = {0};
	struct sym_kernel_symbol base;
	int err = engine_info(e, fd, &p.i, sizeof(p.i));

	if (!err)
		err = read_parts(e, fd, &p);
	if (!err && p.i.btf_id)
		err = cli_btf_by_id(c, p.i.btf_id, NULL, &p.btf);
	if (err) {
		prog_code_done(&p);
		return err;
	}
	if (!strcmp(engine_name(e), "kernel") && sym_kernel_open(NULL, &p.symbols))
		p.symbols = NULL; /* then there are numbers */
	if (p.symbols && sym_kernel_find(p.symbols, "__bpf_call_base", &base))
		p.call_base = base.addr;
	*ret_code = p;
	return 0;
}

void prog_code_done(struct prog_code *p)
{
	mem_free(p->xlated);
	mem_free(p->jited);
	mem_free(p->ksyms);
	mem_free(p->func_lens);
	mem_free(p->func_info);
	mem_free(p->line_info);
	mem_free(p->jited_lines);
	btf_unref(p->btf);
	sym_kernel_close(p->symbols);
}

/* ---- functions and lines ----------------------------------------------------------------------- */

static const struct btf_func_info *func_at(const struct prog_code *p, uint32_t n)
{
	if (!p->btf || n >= p->i.func_info_count || p->i.func_info_size < sizeof(struct btf_func_info))
		return NULL;
	return (const struct btf_func_info *)(p->func_info + (size_t)n * p->i.func_info_size);
}

uint32_t prog_code_func(const struct prog_code *p, uint32_t n)
{
	const struct btf_func_info *f = func_at(p, n);

	return f ? f->insn_off : UINT32_MAX;
}

static const struct btf_line_info *line_number(const struct prog_code *p, uint32_t n)
{
	return (const struct btf_line_info *)(p->line_info + (size_t)n * p->i.line_info_size);
}

const struct btf_line_info *prog_code_line(const struct prog_code *p, uint32_t pc)
{
	uint32_t low = 0, high = p->i.line_info_count, mid;

	if (!p->btf || p->i.line_info_size < sizeof(struct btf_line_info))
		return NULL;
	while (low < high) {
		mid = low + (high - low) / 2;
		if (line_number(p, mid)->insn_off < pc)
			low = mid + 1;
		else
			high = mid;
	}
	return low < p->i.line_info_count && line_number(p, low)->insn_off == pc ? line_number(p, low) : NULL;
}

const struct btf_line_info *prog_code_native_line(const struct prog_code *p, uint64_t addr)
{
	uint32_t i;

	if (!p->btf || p->i.line_info_size < sizeof(struct btf_line_info) || !p->jited_lines)
		return NULL;
	for (i = 0; i < p->i.jited_line_info_count && i < p->i.line_info_count; i++)
		if (p->jited_lines[i] == addr)
			return line_number(p, i);
	return NULL;
}

/* ---- prototypes -------------------------------------------------------------------------------- */

static void put_func(const struct btf *b, const struct btf_type *proto, const char *name, unsigned depth, struct str *s);

/* A type and a blank: "struct xdp_md * ". */
static void put_type(const struct btf *b, uint32_t id, unsigned depth, struct str *s)
{
	static const char *const words[_BTF_KIND_MAX] = {
		[BTF_STRUCT] = "struct ", [BTF_UNION] = "union ",	[BTF_ENUM] = "enum ",	[BTF_ENUM64] = "enum ",
		[BTF_CONST] = "const ",	  [BTF_VOLATILE] = "volatile ", [BTF_RESTRICT] = "restrict ",
	};
	const struct btf_type *t = btf_type(b, id);
	enum btf_kind kind = t ? btf_kind(t) : BTF_VOID;

	if (depth > BTF_DEPTH_MAX)
		return;
	if (kind == BTF_VOID) {
		str_add(s, "void ");
	} else if (btf_is(t, BTF_BIT(PTR))) {
		put_type(b, t->type, depth + 1, s);
		str_add(s, "* ");
	} else if (btf_is(t, BTF_BIT(ARRAY))) {
		put_type(b, btf_array(t)->elem, depth + 1, s);
		str_addf(s, "[%u]", btf_array(t)->n);
	} else if (btf_is(t, BTF_BIT(FUNC_PROTO))) {
		put_func(b, t, "", depth + 1, s);
	} else if (btf_is(t, BTF_MODIFIERS)) {
		str_add(s, words[kind] ? words[kind] : "");
		put_type(b, t->type, depth + 1, s);
	} else if (kind == BTF_FWD) {
		str_addf(s, "%s %s ", btf_kflag(t) ? "union" : "struct", btf_name(b, id));
	} else {
		str_addf(s, "%s%s ", words[kind] ? words[kind] : "", btf_name(b, id));
	}
}

static void put_func(const struct btf *b, const struct btf_type *proto, const char *name, unsigned depth, struct str *s)
{
	const struct btf_param *p = btf_params(proto);
	uint32_t i;

	put_type(b, proto->type, depth, s);
	str_addf(s, "%s(", name);
	for (i = 0; i < btf_vlen(proto); i++) {
		str_add(s, i ? ", " : "");
		if (!p[i].type) {
			str_add(s, "...");
			continue;
		}
		put_type(b, p[i].type, depth, s);
		if (p[i].name_off)
			str_add(s, btf_str(b, p[i].name_off));
		else if (s->n && s->s[s->n - 1] == ' ')
			str_cut(s, s->n - 1);
	}
	str_addc(s, ')');
}

void prog_code_proto(const struct prog_code *p, uint32_t n, struct str *s)
{
	const struct btf_func_info *f = func_at(p, n);
	const struct btf_type *proto = f ? btf_proto(p->btf, f->type) : NULL;

	if (proto)
		put_func(p->btf, proto, btf_name(p->btf, f->type), 0, s);
}

/* ---- names ------------------------------------------------------------------------------------- */

/* Only what begins at the address: a number says more than "somewhere behind that". */
static bool put_symbol(const struct prog_code *p, uint64_t addr, struct str *to)
{
	struct sym_kernel_symbol s;

	if (!p->symbols || !sym_kernel_at(p->symbols, addr, &s) || s.addr != addr)
		return false;
	str_addn(to, s.name, s.len);
	return true;
}

bool prog_code_name(void *ctx, enum isa_name kind, const struct isa_op *op, uint32_t pc, struct str *to)
{
	const struct prog_code *p = ctx;
	uint64_t addr = p->call_base + (uint64_t)(int64_t)op->imm;

	(void)pc;
	switch (kind) {
	case ISA_NAME_HELPER:
	case ISA_NAME_KFUNC:
		if (!p->call_base)
			return false;
		if (!put_symbol(p, addr, to))
			str_addf(to, "0x%llx", (unsigned long long)addr);
		return true;
	case ISA_NAME_FUNC:
		if (op->imm < 0 || (uint32_t)op->imm >= p->i.ksym_count || !p->i.jited_len)
			return false;
		if (!put_symbol(p, p->ksyms[op->imm], to))
			str_addf(to, "0x%llx", (unsigned long long)p->ksyms[op->imm]);
		return true;
	case ISA_NAME_MAP:
	case ISA_NAME_VAR:
		return false;
	}
	return false;
}
