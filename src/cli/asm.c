/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* skep asm: text, in any of the styles that isa reads, to instructions. */
#include <inttypes.h>
#include <unistd.h>

#include "cli/cli.h"
#include "isa/isa.h"

enum form { TO_AUTO, TO_RAW, TO_HEX, TO_C, TO_DATA };
enum { TEXT_MAX = 256 << 20 };

struct asm_options {
	const char *out;
	const char *kernel;
	int to; /* enum form */
	bool lax, internal;
};

static const char *const forms[] = {"auto", "raw", "hex", "c", "data", NULL};

static const struct opt opts[] = {
	{'o', "output", OPT_STR, offsetof(struct asm_options, out), "FILE",
	 "where to write: a file, or - for stdout (the default)", NULL},
	{'t', "to", OPT_ENUM, offsetof(struct asm_options, to), "FORM",
	 "raw bytes (the default, but not on a terminal), hex, c (initializers) or data "
	 "(bpf_conformance)",
	 forms},
	{0, "kernel", OPT_STR, offsetof(struct asm_options, kernel), "VERSION",
	 "refuse what Linux VERSION would refuse (default: the newest known)", NULL},
	{0, "lax", OPT_FLAG, offsetof(struct asm_options, lax), NULL,
	 "do not refuse invalid registers and values", NULL},
	{0, "internal", OPT_FLAG, offsetof(struct asm_options, internal), NULL,
	 "take what only the kernel itself puts into programs", NULL},
	{0},
};

static const struct opt_example examples[] = {
	{"skep asm prog.s -o prog.bin", "assemble a file"},
	{"echo 'r0 = 7; exit' | skep asm - -t hex", "see the bytes"},
	{"skep asm prog.s --kernel 5.10 -o prog.bin", "only with what Linux 5.10 knows"},
	{"bpftool prog dump xlated id 5 | skep asm - -o prog.bin", "assemble a dump"},
	{0},
};

static uint64_t raw_value(const struct insn *i)
{
	return i->code | (uint64_t)i->dst << 8 | (uint64_t)i->src << 12 |
	       (uint64_t)(uint16_t)i->off << 16 | (uint64_t)(uint32_t)i->imm << 32;
}

static void put_bytes(struct str *to, uint64_t v, enum form form)
{
	int k;

	for (k = 0; k < 8; k++, v >>= 8) {
		if (form == TO_RAW)
			str_addc(to, (char)v);
		else
			str_addf(to, k ? " %02x" : "%02x", (unsigned)(v & 255));
	}
}

static void put_program(struct str *to, const struct isa_code *code, enum form form)
{
	size_t k;

	if (form == TO_DATA)
		str_add(to, "-- raw\n");
	for (k = 0; k < code->n; k++) {
		const struct insn *i = &code->at[k];

		if (form == TO_C)
			str_addf(to,
				 "{ .code = 0x%02x, .dst_reg = %u, .src_reg = %u, .off = %d, .imm "
				 "= %" PRId32 " },",
				 i->code, i->dst, i->src, i->off, i->imm);
		else if (form == TO_DATA)
			str_addf(to, "0x%016" PRIx64, raw_value(i));
		else
			put_bytes(to, raw_value(i), form);
		if (form != TO_RAW)
			str_addc(to, '\n');
	}
}

static int put_json(struct cli *c, const struct src *src, const struct isa_code *code)
{
	struct out o;
	size_t k;

	cli_out_init(c, &o);
	out_array(&o, NULL, OUT_LIST);
	for (k = 0; k < code->n; k++) {
		const struct insn *i = &code->at[k];

		out_object(&o, NULL);
		out_uint(&o, "pc", k);
		out_uint(&o, "line", src_locate(src, code->span[k].at).line);
		out_hex(&o, "code", i->code);
		out_uint(&o, "dst", i->dst);
		out_uint(&o, "src", i->src);
		out_int(&o, "off", i->off);
		out_int(&o, "imm", i->imm);
		out_end(&o);
	}
	out_end(&o);
	return cli_out_done(c, &o, CLI_OK);
}

static int write_program(struct cli *c, const struct asm_options *o, const struct isa_code *code)
{
	const char *path = o->out ? o->out : "-";
	enum form form = (enum form)o->to;
	struct str text;
	int err;

	if (form == TO_AUTO)
		form = !strcmp(path, "-") && isatty(STDOUT_FILENO) ? TO_HEX : TO_RAW;
	str_init(&text, TEXT_MAX);
	put_program(&text, code, form);
	err = str_err(&text);
	if (err)
		diag_error(&c->diag, "output", DIAG_NONE, "cannot hold the output: %s",
			   strerror(-err));
	else
		err = file_write(path, text.s, text.n, &c->diag);
	str_done(&text);
	return err ? CLI_FAILED : CLI_OK;
}

static int run(const struct opt_args *a)
{
	const struct asm_options *o = a->options;
	struct isa_asm as = {.lax = o->lax, .target.internal = o->internal, .target.foreign = true,
			     .names = &cli_helper_names};
	struct cli *c = cli_of(a);
	struct isa_code code = {0};
	struct file file;
	struct src src = {.name = a->at[0]};
	int status = CLI_USAGE, err;

	if (o->kernel && isa_kernel_parse(o->kernel, &as.target.kernel) < 0) {
		diag_error(&c->diag, "usage.value", DIAG_NONE,
			   "'%s' is no kernel version: it looks like 6.12", o->kernel);
		return CLI_USAGE;
	}
	if (file_read(a->at[0], ISA_INPUT_MAX, &c->diag, &file) < 0)
		return CLI_USAGE;
	src.text = (const char *)file.data;
	src.len = (uint32_t)file.size;
	err = isa_assemble(&src, &as, &c->diag, &code);
	if (!err && !code.n)
		diag_error(&c->diag, "asm.empty", diag_file(src.name),
			   "there are no instructions in here");
	else if (!err)
		status = cli_is_json(c) ? put_json(c, &src, &code) : write_program(c, o, &code);
	else if (!diag_failed(&c->diag))
		diag_error(&c->diag, "asm", diag_file(src.name), "cannot assemble: %s",
			   strerror(-err));
	if (diag_failed(&c->diag))
		cli_show_diag(c); /* the messages point into the text */
	isa_code_done(&code);
	file_done(&file);
	return status;
}

const struct opt_command cmd_asm = {
	.name = "asm",
	.args = "FILE|-",
	.summary = "assemble eBPF text",
	.about = "Reads instructions as the kernel and bpftool write them (r1 = *(u8 *)(r2 +4)), "
		 "as LLVM writes "
		 "them (r1 = *(u8 *)(r2 + 4)) and as ubpf and bpf_conformance do (ldxb r1, "
		 "[r2+4]), mixed as you "
		 "like. Dumps assemble as they are: their line numbers, opcodes and raw bytes are "
		 "recognized.\n\n"
		 "Labels end in a colon; # and // begin comments, ; separates statements. Jumps go "
		 "to labels or "
		 "distances (goto +3, goto pc+3).\n\n"
		 "Errors name the line and the column; all of them are reported, up to 20. Exit "
		 "status: 0, or 2 "
		 "when the text is refused.",
	.opts = opts,
	.examples = examples,
	.run = run,
	.size = sizeof(struct asm_options),
	.min_args = 1,
	.max_args = 1,
	.complete = "file",
};
