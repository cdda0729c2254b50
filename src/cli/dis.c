/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep dis: instructions to text. All of the input is shown; what the kernel would refuse is shown
 * as bytes, reported with its place and the kernel's words, and makes the exit status 2.
 */
#include <inttypes.h>

#include "cli/cli.h"
#include "cli/dis_obj.h"
#include "isa/isa.h"

enum { TEXT_MAX = 512 << 20, REPORTS_MAX = 20 };

struct dis_options {
	const char *kernel;
	int style; /* enum isa_style */
	int input; /* enum isa_input */
	bool bytes, labels, plain, xlated, convert;
};

static const char *const styles[] = {"kernel", "llvm", NULL};
static const char *const inputs[] = {"auto", "raw", "hex", "conformance", "asm", "tcpdump", NULL};

static const struct opt opts[] = {
	{'s', "style", OPT_ENUM, offsetof(struct dis_options, style), "STYLE",
	 "kernel (as bpftool and the verifier, the default) or llvm (as llvm-objdump)", styles},
	{'i', "input", OPT_ENUM, offsetof(struct dis_options, input), "KIND",
	 "raw, hex, conformance (.data files), asm or tcpdump (classic BPF); auto looks", inputs},
	{'b', "bytes", OPT_FLAG, offsetof(struct dis_options, bytes), NULL, "show the bytes too",
	 NULL},
	{'l', "labels", OPT_FLAG, offsetof(struct dis_options, labels), NULL,
	 "give jump targets labels", NULL},
	{0, "plain", OPT_FLAG, offsetof(struct dis_options, plain), NULL,
	 "leave the instructions' numbers out", NULL},
	{0, "xlated", OPT_FLAG, offsetof(struct dis_options, xlated), NULL,
	 "the program was read back from a kernel: show its internal instructions", NULL},
	{0, "convert", OPT_FLAG, offsetof(struct dis_options, convert), NULL,
	 "show classic BPF translated to eBPF", NULL},
	{0, "kernel", OPT_STR, offsetof(struct dis_options, kernel), "VERSION",
	 "report what Linux VERSION would refuse (default: the newest known)", NULL},
	{0},
};

static const struct opt_example examples[] = {
	{"skep dis prog.bpf.o", "an object's programs, with their source"},
	{"skep dis prog.bin", "disassemble raw instructions"},
	{"echo b700000007000000 9500000000000000 | skep dis -", "hex works too"},
	{"skep dis prog.bin -s llvm -l", "in LLVM's style, with labels"},
	{"tcpdump -ddd 'tcp port 80' | skep dis - --convert", "a packet filter as eBPF"},
	{0},
};

/* What is to be shown, and how; one per run. */
struct job {
	struct cli *c;
	const struct dis_options *o;
	struct src src;
	struct isa_dis dis;
	struct isa_target target;
};

/* ---- eBPF ------------------------------------------------------------------------------------ */

static struct diag_where where_of(const struct job *j, const struct isa_code *code, size_t pc,
				  bool text)
{
	struct span s = code->span[pc];

	return text ? diag_text(&j->src, s.at, s.len) : diag_offset(j->src.name, s.at);
}

/* Reports the instructions that the kernel would refuse, the first ones each by itself. */
static void judge(const struct job *j, const struct isa_code *code, bool text)
{
	size_t pc, bad = 0;
	struct isa_why why;
	struct isa_op op;

	for (pc = 0; pc < code->n; pc += op.slots) {
		if (isa_decode(&j->target, code->at + pc, code->n - pc, &op, &why) == 0)
			continue;
		if (bad++ < REPORTS_MAX)
			diag_error(&j->c->diag, "dis.invalid", where_of(j, code, pc, text),
				   "instruction %zu is invalid: %s", pc, why.text);
		op.slots = 1;
	}
	if (bad > REPORTS_MAX)
		diag_note(&j->c->diag, DIAG_NONE, "and %zu more", bad - REPORTS_MAX);
}

static int show_json(const struct job *j, const struct isa_code *code, int status)
{
	struct str text;
	struct out o;
	size_t pc, slots;

	str_init(&text, 4096);
	cli_out_init(j->c, &o);
	out_array(&o, NULL, OUT_LIST);
	for (pc = 0; pc < code->n; pc += slots) {
		struct isa_why why;
		struct isa_op op;

		str_reset(&text);
		slots = isa_dis_one(&j->dis, code->at + pc, code->n - pc, (uint32_t)pc, &text);
		out_object(&o, NULL);
		out_uint(&o, "pc", pc);
		out_str(&o, "text", text.s);
		out_hex(&o, "code", code->at[pc].code);
		out_uint(&o, "dst", code->at[pc].dst);
		out_uint(&o, "src", code->at[pc].src);
		out_int(&o, "off", code->at[pc].off);
		out_int(&o, "imm", code->at[pc].imm);
		if (isa_decode(&j->target, code->at + pc, code->n - pc, &op, &why) < 0)
			out_str(&o, "invalid", why.text);
		else if (op.slots == 2)
			out_int(&o, "imm64", op.imm64);
		out_end(&o);
	}
	out_end(&o);
	str_done(&text);
	return cli_out_done(j->c, &o, status);
}

static int write_text(const struct job *j, struct str *text, int err, int status)
{
	if (!err)
		err = str_err(text);
	if (!err)
		return file_write("-", text->s, text->n, &j->c->diag) < 0 ? CLI_FAILED : status;
	diag_error(&j->c->diag, "output", DIAG_NONE, "cannot hold the output: %s", strerror(-err));
	return CLI_FAILED;
}

static int show(const struct job *j, const struct isa_code *code, bool text)
{
	struct str s;
	int status, err;

	judge(j, code, text);
	status = diag_failed(&j->c->diag) ? CLI_USAGE : CLI_OK;
	if (cli_is_json(j->c))
		return show_json(j, code, status);
	str_init(&s, TEXT_MAX);
	err = isa_dis_program(&j->dis, code->at, code->n, &s);
	status = write_text(j, &s, err, status);
	str_done(&s);
	return status;
}

static int run_ebpf(const struct job *j, enum isa_input input)
{
	struct isa_asm as = {.target = j->target, .lax = true, .names = &cli_helper_names};
	struct isa_code code = {0};
	int status = CLI_USAGE;

	int err = isa_read(input, &j->src, &as, &j->c->diag, &code);

	if (!err)
		status = show(j, &code, input != ISA_INPUT_RAW);
	else if (err == -ENOMEM)
		diag_error(&j->c->diag, "dis", DIAG_NONE, "out of memory");
	isa_code_done(&code);
	return status;
}

/* ---- classic BPF ----------------------------------------------------------------------------- */

static int show_classic(const struct job *j, const struct cbpf_code *code, int status)
{
	bool json = cli_is_json(j->c);
	struct str s;
	struct out o;
	size_t pc;

	str_init(&s, TEXT_MAX);
	cli_out_init(j->c, &o);
	out_array(&o, NULL, OUT_LIST);
	for (pc = 0; pc < code->n; pc++) {
		const struct cbpf_insn *i = &code->at[pc];

		str_reset(&s);
		cbpf_dis_one(i, (uint32_t)pc, &s);
		if (!json) {
			out_text(&o, "%s\n", s.s);
			continue;
		}
		out_object(&o, NULL);
		out_uint(&o, "pc", pc);
		out_str(&o, "text", s.s);
		out_hex(&o, "code", i->code);
		out_uint(&o, "jt", i->jt);
		out_uint(&o, "jf", i->jf);
		out_uint(&o, "k", i->k);
		out_end(&o);
	}
	out_end(&o);
	str_done(&s);
	return cli_out_done(j->c, &o, status);
}

static int run_classic(const struct job *j)
{
	struct cbpf_code classic = {0};
	struct isa_code code = {0};
	int status = CLI_USAGE;

	if (cbpf_parse(&j->src, &j->c->diag, &classic) < 0)
		return CLI_USAGE;
	if (cbpf_check(j->src.name, classic.at, classic.n, &j->c->diag) == 0)
		status = CLI_OK;
	if (!j->o->convert)
		status = show_classic(j, &classic, status);
	else if (!status &&
		 cbpf_convert(j->src.name, classic.at, classic.n, &j->c->diag, &code) == 0)
		status = show(j, &code, true);
	else
		status = CLI_USAGE;
	isa_code_done(&code);
	cbpf_code_done(&classic);
	return status;
}

/* ---- the command ----------------------------------------------------------------------------- */

static int run_kind(const struct job *j)
{
	enum isa_input input = (enum isa_input)j->o->input;

	if (!j->src.len) {
		diag_error(&j->c->diag, "input.empty", diag_file(j->src.name),
			   "the input is empty");
		return CLI_USAGE;
	}
	if (input == ISA_INPUT_AUTO)
		input = isa_input_guess(j->src.text, j->src.len);
	if (j->o->convert && input != ISA_INPUT_TCPDUMP) {
		diag_error(&j->c->diag, "usage.convert", diag_file(j->src.name),
			   "--convert is for classic BPF, and this is not: see --input tcpdump");
		return CLI_USAGE;
	}
	return input == ISA_INPUT_TCPDUMP ? run_classic(j) : run_ebpf(j, input);
}

static int run(const struct opt_args *a)
{
	const struct dis_options *o = a->options;
	struct job j = {
		.c = cli_of(a),
		.o = o,
		.src.name = a->at[0],
		.dis = {.style = (enum isa_style)o->style,
			.bytes = o->bytes,
			.labels = o->labels,
			.pcs = !o->plain,
			.xlated = o->xlated,
			/* llvm-objdump shows numbers */
			.names = o->style == ISA_STYLE_KERNEL ? &cli_helper_names : NULL},
		.target = {.internal = o->xlated},
	};
	struct file file;
	int status;

	if (o->kernel && isa_kernel_parse(o->kernel, &j.target.kernel) < 0) {
		diag_error(&j.c->diag, "usage.value", DIAG_NONE,
			   "'%s' is no kernel version: it looks like 6.12", o->kernel);
		return CLI_USAGE;
	}
	if (file_read(a->at[0], ISA_INPUT_MAX, &j.c->diag, &file) < 0)
		return CLI_USAGE;
	j.src.text = (const char *)file.data;
	j.src.len = (uint32_t)file.size;
	if (o->input == ISA_INPUT_AUTO && isa_input_guess(file.data, file.size) == ISA_INPUT_ELF) {
		status = dis_object(j.c, &j.dis, a->at[0], &file, a->n > 1 ? a->at[1] : NULL);
	} else if (a->n > 1) {
		diag_error(&j.c->diag, "usage.operand", DIAG_NONE,
			   "'%s' is not an object, of which '%s' could be shown alone", a->at[0], a->at[1]);
		status = CLI_USAGE;
	} else {
		status = run_kind(&j);
	}
	cli_show_diag(j.c); /* the messages point into the text */
	file_done(&file);
	return status;
}

const struct opt_command cmd_dis = {
	.name = "dis",
	.args = "FILE|- [PROG]",
	.summary = "disassemble objects, eBPF or classic BPF",
	.about = "Of an object, shows all programs and functions, or the one that is named, each with its lines "
		 "of source, and behind each instruction what a relocation will put there.\n\n"
		 "Of anything else, shows instructions as text that 'skep asm' turns back into the same bytes. The "
		 "input is raw "
		 "bytes, hex digits, a bpf_conformance .data file, assembly, or classic BPF as "
		 "tcpdump prints it "
		 "(-d, -dd, -ddd).\n\n"
		 "What the kernel would refuse is shown as .8byte and reported with its place and "
		 "the kernel's "
		 "reason; the exit status is then 2. Input of more than 128 MiB or a million "
		 "instructions is "
		 "refused.",
	.opts = opts,
	.examples = examples,
	.run = run,
	.size = sizeof(struct dis_options),
	.min_args = 1,
	.max_args = 2,
	.complete = "file",
};
