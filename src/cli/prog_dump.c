/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep prog dump: the code of loaded programs, as the verifier left it and as the processor has it.
 *
 *	dump xlated PROG [file FILE | [opcodes] [linum] [visual]]
 *	dump jited PROG [file FILE | [opcodes] [linum]]
 */
#include <stdio.h>

#include "btf/btf.h"
#include "cli/prog.h"
#include "sym/sym.h"
#include "vm/vm.h"

enum { LINE_MAX = 1 << 16, GRAPH_MAX = 64 << 20 };

struct dump {
	struct cli *c;
	bool jited, opcodes, linum, visual;
	const char *file; /* NULL: shown */
};

/* ---- parts of both ----------------------------------------------------------------------------- */

static void show_line(const struct dump *d, const struct prog_code *p, const struct btf_line_info *l, struct out *o)
{
	const char *text, *file;

	if (!l)
		return;
	text = btf_str(p->btf, l->line_off);
	text += strspn(text, " \t");
	file = btf_str(p->btf, l->file_off);
	if (!out_is_json(o)) {
		if (d->linum)
			out_text(o, "; %s [file:%s line_num:%u line_col:%u]\n", text, file, BTF_LINE(l->line_col),
				 BTF_COLUMN(l->line_col));
		else
			out_text(o, "; %s\n", text);
		return;
	}
	out_str(o, "src", text);
	if (!d->linum)
		return;
	if (*file)
		out_str(o, "file", file);
	if (BTF_LINE(l->line_col))
		out_uint(o, "line_num", BTF_LINE(l->line_col));
	if (BTF_COLUMN(l->line_col))
		out_uint(o, "line_col", BTF_COLUMN(l->line_col));
}

/* The heading of its nth function; whether it had one. */
static bool show_proto(const struct prog_code *p, uint32_t n, struct out *o)
{
	struct str s;
	bool any;

	str_init(&s, LINE_MAX);
	prog_code_proto(p, n, &s);
	any = s.n;
	if (any && out_is_json(o))
		out_str(o, "proto", s.s);
	else if (any)
		out_text(o, "%s:\n", s.s);
	str_done(&s);
	return any;
}

static void text_bytes(const uint8_t *at, size_t n, struct out *o)
{
	size_t i;

	for (i = 0; i < n; i++)
		out_text(o, "%s%02x", i ? " " : "", at[i]);
}

/* ---- xlated ------------------------------------------------------------------------------------ */

static void json_opcodes(const struct insn *at, size_t slots, struct out *o)
{
	uint8_t imm[12];
	char text[16];

	memcpy(imm, &at->imm, 4);
	if (slots == 2) /* of the second slot all that may be there: four zeros, and its number */
		memcpy(imm + 4, (const uint8_t *)(at + 1), 8);
	out_object(o, "opcodes");
	snprintf(text, sizeof(text), "0x%02x", at->code);
	out_str(o, "code", text);
	snprintf(text, sizeof(text), "0x%x", at->src);
	out_str(o, "src_reg", text);
	snprintf(text, sizeof(text), "0x%x", at->dst);
	out_str(o, "dst_reg", text);
	out_bytes(o, "off", &at->off, 2);
	out_bytes(o, "imm", imm, slots == 2 ? 12 : 4);
	out_end(o);
}

static void json_insn(const struct dump *d, const struct insn *at, size_t slots, const char *text, struct out *o)
{
	out_str(o, "disasm", text);
	if (d->opcodes)
		json_opcodes(at, slots, o);
}

static void text_insn(const struct dump *d, const struct insn *at, size_t slots, uint32_t pc, const char *text,
		      struct out *o)
{
	out_text(o, "%4u: %s\n", pc, text);
	if (!d->opcodes)
		return;
	out_text(o, "       ");
	text_bytes((const uint8_t *)at, slots * sizeof(*at), o);
	out_text(o, "\n");
}

static void show_xlated(const struct dump *d, struct prog_code *p, struct out *o)
{
	const struct isa_names names = {.ctx = p, .print = prog_code_name};
	const struct isa_dis how = {.style = ISA_STYLE_KERNEL, .xlated = true, .names = &names};
	const struct insn *at = (const struct insn *)p->xlated;
	uint32_t n = p->i.xlated_len / (uint32_t)sizeof(*at), pc, func = 0;
	size_t slots;
	struct str s;

	str_init(&s, LINE_MAX);
	for (pc = 0; pc < n; pc += (uint32_t)slots) {
		str_reset(&s);
		slots = isa_dis_one(&how, at + pc, n - pc, pc, &s);
		if (out_is_json(o))
			out_object(o, NULL);
		if (prog_code_func(p, func) == pc)
			show_proto(p, func++, o);
		show_line(d, p, prog_code_line(p, pc), o);
		if (out_is_json(o)) {
			json_insn(d, at + pc, slots, s.s, o);
			out_end(o);
		} else {
			text_insn(d, at + pc, slots, pc, s.s, o);
		}
	}
	str_done(&s);
}

/* ---- jited ------------------------------------------------------------------------------------- */

/* "mov rax, QWORD PTR [rdi+8]": the name, and what stands between commas. */
static void json_operands(const char *text, struct out *o)
{
	size_t n = strcspn(text, " ");
	const char *end;

	out_strn(o, "operation", text, n);
	out_array(o, "operands", OUT_LIST);
	for (text += n + strspn(text + n, " "); *text; text = *end ? end + 1 + strspn(end + 1, " ") : end) {
		end = text + strcspn(text, *text == '[' ? "]" : ",");
		end += strcspn(end, ",");
		out_strn(o, NULL, text, (size_t)(end - text));
	}
	out_end(o);
}

static void json_native(const struct dump *d, const uint8_t *at, size_t n, size_t pc, const char *text, struct out *o)
{
	char number[24];

	snprintf(number, sizeof(number), "0x%zx", pc);
	out_str(o, "pc", number);
	json_operands(text, o);
	if (d->opcodes)
		out_bytes(o, "opcodes", at, n);
}

static void text_native(const struct dump *d, const uint8_t *at, size_t n, size_t pc, const char *text, struct out *o)
{
	out_text(o, "%4zx:\t%s\n", pc, text);
	if (!d->opcodes)
		return;
	out_text(o, "\t");
	text_bytes(at, n, o);
	out_text(o, "\n");
}

/* Code of one function, which runs at `addr`. */
static void show_native(const struct dump *d, const struct prog_code *p, const uint8_t *at, size_t size, uint64_t addr,
			struct out *o)
{
	size_t pc, n;
	struct str s;

	str_init(&s, LINE_MAX);
	for (pc = 0; pc < size; pc += n) {
		str_reset(&s);
		n = vm_native_dis(at + pc, size - pc, addr + pc, &s);
		if (!n) { /* not what our JIT writes: byte by byte, until it is something again */
			str_addf(&s, ".byte 0x%02x", at[pc]);
			n = 1;
		}
		if (out_is_json(o)) {
			out_object(o, NULL);
			show_line(d, p, prog_code_native_line(p, addr + pc), o);
			json_native(d, at + pc, n, pc, s.s, o);
			out_end(o);
		} else {
			show_line(d, p, prog_code_native_line(p, addr + pc), o);
			text_native(d, at + pc, n, pc, s.s, o);
		}
	}
	str_done(&s);
}

static void symbol_of(const struct prog_code *p, uint32_t i, struct str *s)
{
	struct sym_kernel_symbol symbol;
	size_t k;

	if (p->symbols && sym_kernel_at(p->symbols, p->ksyms[i], &symbol) && symbol.addr == p->ksyms[i]) {
		str_addn(s, symbol.name, symbol.len);
		return;
	}
	str_add(s, "bpf_prog_"); /* as the kernel names the first: others have tags of their own */
	for (k = 0; !i && k < ENGINE_TAG; k++)
		str_addf(s, "%02x", p->i.tag[k]);
	if (!i && *p->i.name)
		str_addf(s, "_%.*s", ENGINE_NAME, p->i.name);
}

static void show_function(const struct dump *d, struct prog_code *p, uint32_t i, size_t at, size_t size, struct out *o)
{
	struct str name;

	str_init(&name, LINE_MAX);
	symbol_of(p, i, &name);
	if (out_is_json(o)) {
		out_object(o, NULL);
		show_proto(p, i, o);
		out_str(o, "name", name.s);
		out_array(o, "insns", OUT_LIST);
	} else {
		out_text(o, "%s", i ? "\n" : "");
		show_proto(p, i, o);
		out_text(o, "%s:\n", name.s);
	}
	show_native(d, p, p->jited + at, size, p->ksyms[i], o);
	if (out_is_json(o)) {
		out_end(o);
		out_end(o);
	}
	str_done(&name);
}

static void show_jited(const struct dump *d, struct prog_code *p, struct out *o)
{
	uint32_t n = MIN(p->i.ksym_count, p->i.func_len_count), i;
	size_t at = 0, size;

	for (i = 0; i < n && at < p->i.jited_len; i++, at += size) {
		size = MIN((size_t)p->func_lens[i], p->i.jited_len - at);
		show_function(d, p, i, at, size, o);
	}
}

/* ---- the command ------------------------------------------------------------------------------- */

static int check(const struct dump *d, const struct prog_code *p)
{
	if (d->jited && !p->i.jited_len)
		return diag_error(&d->c->diag, "prog.jited", DIAG_NONE,
				  "there is no native code to be had: the JIT is off, or hardened (bpf_jit_harden), or "
				  "the right to see it is lacking");
	if (!d->jited && (!p->i.xlated_len || !p->i.xlated))
		return diag_error(&d->c->diag, "prog.xlated", DIAG_NONE,
				  "the kernel does not show the instructions: kernel.bpf_jit_harden or "
				  "kernel.kptr_restrict forbid it, or the right is lacking");
	if (d->jited && !d->file && (!p->ksyms || !p->func_lens))
		return diag_error(&d->c->diag, "prog.jited", DIAG_NONE, "the kernel does not tell where functions begin");
	return 0;
}

static int write_file(const struct dump *d, const struct prog_code *p)
{
	return d->jited ? file_write(d->file, p->jited, p->i.jited_len, &d->c->diag) :
			  file_write(d->file, p->xlated, p->i.xlated_len, &d->c->diag);
}

/* A graph is no data of ours: it is what dot reads, with JSON or without. */
static int show_graph(const struct prog_code *p)
{
	struct str s;
	int err;

	str_init(&s, GRAPH_MAX);
	err = prog_graph(p, &s);
	if (!err)
		err = file_write_fd(1, s.s, s.n);
	str_done(&s);
	return err;
}

static void show(const struct dump *d, struct prog_code *p, bool many, struct out *o)
{
	if (many && out_is_json(o)) {
		out_object(o, NULL);
		prog_show_head(&p->i, o);
	}
	if (many && !out_is_json(o)) {
		out_object_as(o, NULL, "{id}: {type}{name|  name %}{tag|  tag %}{license|  %}");
		prog_show_head(&p->i, o);
		out_end(o);
	}
	out_array(o, many ? "insns" : NULL, OUT_LIST);
	if (d->jited)
		show_jited(d, p, o);
	else
		show_xlated(d, p, o);
	out_end(o);
	if (many && out_is_json(o))
		out_end(o);
	else if (many)
		out_text(o, "\n");
}

static int dump_one(const struct dump *d, struct cli_handle *h, int fd, struct out *o)
{
	struct prog_code p;
	int err = prog_code_read(d->c, h->engine, fd, &p);

	if (err)
		return err;
	err = check(d, &p);
	if (!err && d->file)
		err = write_file(d, &p);
	else if (!err && d->visual)
		err = show_graph(&p);
	else if (!err)
		show(d, &p, h->fd.n > 1, o);
	prog_code_done(&p);
	return err;
}

static int dump_all(const struct dump *d, struct cli_handle *h)
{
	bool silent = d->file || d->visual, list;
	struct out o;
	int err = 0;

	if (silent && h->fd.n > 1)
		return diag_error(&d->c->diag, "handle.many", DIAG_NONE, "%zu programs are called so: name one of them",
				  h->fd.n);
	cli_out_init(d->c, &o);
	list = h->fd.n > 1 && out_is_json(&o);
	if (list)
		out_array(&o, NULL, OUT_LIST);
	for vec_each(&h->fd, fd)
		if (!err)
			err = dump_one(d, h, *fd, &o);
	if (list)
		out_end(&o);
	if (d->file && !err && out_is_json(&o))
		out_null(&o, NULL);
	return cli_out_done(d->c, &o, CLI_OK) ? -EIO : err;
}

static int read_how(struct cli_words *w, struct dump *d)
{
	while (cli_word(w)) {
		if (cli_word_is(w, "file")) {
			d->file = cli_word_take(w, "a file");
			if (!d->file)
				return -EINVAL;
		} else if (cli_word_is(w, "opcodes")) {
			d->opcodes = true;
		} else if (cli_word_is(w, "linum")) {
			d->linum = true;
		} else if (!d->jited && cli_word_is(w, "visual")) {
			d->visual = true;
		} else {
			return cli_words_end(w);
		}
	}
	return 0;
}

static int run_dump(const struct opt_args *a)
{
	struct cli_words w = cli_words(a);
	struct dump d = {.c = w.c};
	struct cli_handle h = {0};
	int err = 0;

	if (cli_word_is(&w, "jited"))
		d.jited = true;
	else if (!cli_word_is(&w, "xlated"))
		err = diag_error(&w.c->diag, "usage.operand", DIAG_NONE, "which code: xlated or jited?");
	if (!err)
		err = cli_handle(&w, ENGINE_PROG, &h);
	if (!err)
		err = read_how(&w, &d);
	if (!err) {
		err = dump_all(&d, &h);
		if (err)
			noun_failed(w.c, "cannot dump it", err);
	}
	cli_handle_done(&h);
	return err ? CLI_FAILED : CLI_OK;
}

static const struct opt_example examples[] = {
	{"skep prog dump xlated name on_exec linum", "instructions, with the lines of source they came from"},
	{"skep prog dump jited id 7 opcodes", "native code, with its bytes"},
	{"skep prog dump xlated id 7 visual | dot -Tsvg > 7.svg", "its flow as a picture"},
	{0},
};

const struct opt_command prog_dump_command = {
	.name = "dump",
	.args = "xlated | jited " PROG_ARG " [file FILE | [opcodes] [linum] [visual]]",
	.summary = "show the code of loaded programs",
	.about = "Shows the instructions of programs as the verifier left them (xlated), with the names of maps' ids, "
		 "helpers and functions put in, or the native code made of them (jited). Lines of source stand above "
		 "what they became where the program's BTF has them; with linum so does where they are. With file the "
		 "bytes are written instead, and visual gives a graph for dot.",
	.examples = examples,
	.run = run_dump,
	.min_args = 1,
	.max_args = -1,
	.complete = "xlated jited",
};
