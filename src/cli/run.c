/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep run: a program on the embedded engine, over memory that is given to it.
 *
 * The program gets r1 = its memory and r2 = how long that is. In the checked engine, which is the
 * default, a wrong access ends the run with its place, the registers and exit status 1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cli/cli.h"
#include "isa/isa.h"
#include "vm/vm.h"

enum { MEM_MAX = 64 << 20, REPEAT_MAX = 100000000, SAMPLES_MAX = 1000 };

struct run_options {
	const char *mem, *data, *out;
	uint64_t repeat, budget;
	int input; /* enum isa_input */
	bool checked, interp, trace, conformance;
};

static const struct run_options defaults = {.repeat = 1, .budget = UINT64_C(10000000000)};
static const char *const inputs[] = {"auto", "raw", "hex", "conformance", "asm", NULL};

static const struct opt opts[] = {
	{'m', "mem", OPT_STR, offsetof(struct run_options, mem), "HEX", "the program's memory, in hex",
	 NULL},
	{'d', "data", OPT_STR, offsetof(struct run_options, data), "FILE",
	 "the program's memory, from a file", NULL},
	{'o', "out", OPT_STR, offsetof(struct run_options, out), "FILE",
	 "write the memory there after the run", NULL},
	{'i', "input", OPT_ENUM, offsetof(struct run_options, input), "KIND",
	 "what the program is: raw, hex, conformance, asm; auto looks", inputs},
	{0, "checked", OPT_FLAG, offsetof(struct run_options, checked), NULL,
	 "validate each access (the default)", NULL},
	{0, "interp", OPT_FLAG, offsetof(struct run_options, interp), NULL,
	 "trust the program: no checks", NULL},
	{'n', "repeat", OPT_U64, offsetof(struct run_options, repeat), "N",
	 "run it N times, and tell the least and the median time", NULL},
	{0, "budget", OPT_U64, offsetof(struct run_options, budget), "N",
	 "end a run after about N instructions (default: 10 thousand million; 0: never)", NULL},
	{'t', "trace", OPT_FLAG, offsetof(struct run_options, trace), NULL,
	 "show each instruction and the registers it changed, on stderr", NULL},
	{0, "conformance", OPT_FLAG, offsetof(struct run_options, conformance), NULL,
	 "as a plugin of bpf_conformance: program in hex on stdin, memory in hex as operand", NULL},
	{0},
};

static const struct opt_example examples[] = {
	{"echo 'r0 = *(u8 *)(r1 + 2); exit' | skep run - --mem 01:02:03", "one byte of its memory"},
	{"skep run prog.s --data packet.bin --trace", "see what each instruction does"},
	{"skep run prog.bin --data packet.bin --interp --repeat 10000", "how fast it is"},
	{0},
};

/* One invocation. */
struct job {
	struct cli *c;
	const struct run_options *o;
	struct vm_prog *prog;
	struct file text;  /* the program's file: reports point into it */
	struct src src;
	struct isa_code code;
	uint8_t *mem;	   /* owned */
	size_t mem_len;
	uint64_t last[ISA_REG_MAX]; /* trace: the registers before the last instruction */
	bool any;
	uint64_t r0;
	uint64_t *ns;	   /* owned: one sample per batch of runs */
	size_t samples;
};

/* ---- what it runs on ---------------------------------------------------------------------------- */

static int read_mem(struct job *j, const char *hex)
{
	struct file f;
	int err;

	if (hex) {
		j->mem = mem_alloc(strlen(hex) / 2 + 1);
		if (!j->mem)
			return -ENOMEM;
		err = num_parse_hex(hex, strlen(hex), j->mem, strlen(hex) / 2 + 1, &j->mem_len);
		if (err)
			diag_error(&j->c->diag, "run.mem", DIAG_NONE, "'%.64s' is not memory in hex", hex);
		return err;
	}
	if (!j->o->data)
		return 0;
	err = file_read(j->o->data, MEM_MAX, &j->c->diag, &f);
	if (err)
		return err;
	j->mem = mem_alloc(f.size);
	if (j->mem)
		memcpy(j->mem, f.data, f.size);
	j->mem_len = f.size;
	file_done(&f);
	return j->mem ? 0 : -ENOMEM;
}

static int read_program(struct job *j, const char *path)
{
	enum isa_input input = (enum isa_input)j->o->input;
	struct isa_asm how = {.target.foreign = true};
	int err = file_read(path, ISA_INPUT_MAX, &j->c->diag, &j->text);

	if (err)
		return err;
	j->src = (struct src){path, (const char *)j->text.data, (uint32_t)j->text.size};
	if (j->o->conformance)
		input = ISA_INPUT_HEX;
	else if (input == ISA_INPUT_AUTO)
		input = isa_input_guess(j->text.data, j->text.size);
	if (input == ISA_INPUT_ELF || input == ISA_INPUT_TCPDUMP)
		return diag_error(&j->c->diag, "input.kind", diag_file(path),
				  "skep run takes raw instructions, hex or assembly, and this is %s",
				  input == ISA_INPUT_ELF ? "an ELF object" : "classic BPF");
	return isa_read(input, &j->src, &how, &j->c->diag, &j->code);
}

/* ---- trace --------------------------------------------------------------------------------------- */

static void trace_changes(struct str *s, const struct job *j, const uint64_t *reg)
{
	int i;

	for (i = 0; i < ISA_REG_MAX; i++)
		if (reg[i] != j->last[i])
			str_addf(s, "  r%d=0x%llx", i, (unsigned long long)reg[i]);
	str_addc(s, '\n');
}

static void trace_step(struct vm_run *run, const struct vm_prog *p, uint32_t pc, const uint64_t *reg)
{
	static const struct isa_dis how = {.style = ISA_STYLE_KERNEL};
	struct job *j = run->ctx;
	struct str s;

	str_init(&s, 4096);
	if (j->any)
		trace_changes(&s, j, reg);
	str_addf(&s, "%4u: ", pc);
	isa_dis_one(&how, vm_prog_insns(p) + pc, vm_prog_len(p) - pc, pc, &s);
	fwrite(s.s, 1, s.n, stderr);
	str_done(&s);
	memcpy(j->last, reg, sizeof(j->last));
	j->any = true;
}

/* ---- running ------------------------------------------------------------------------------------- */

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Reports where it went wrong, in the program's text when it has one. */
static void tell_fault(struct job *j, const struct vm_fault *f)
{
	bool text = f->pc < j->code.n && j->code.span && !j->o->conformance &&
		    isa_input_guess(j->text.data, j->text.size) != ISA_INPUT_RAW;
	struct span at = text ? j->code.span[f->pc] : (struct span){0, 0};
	struct str s;
	int i;

	str_init(&s, 4096);
	vm_fault_text(f, &s);
	diag_error(&j->c->diag, "run.fault",
		   text ? diag_text(&j->src, at.at, at.len) : diag_pc(vm_prog_name(j->prog), f->pc), "%s",
		   s.s);
	str_reset(&s);
	for (i = 0; i < ISA_REG_MAX; i++)
		str_addf(&s, "%sr%d=0x%llx", i ? " " : "", i, (unsigned long long)f->reg[i]);
	diag_note(&j->c->diag, DIAG_NONE, "at instruction %u with %s", f->pc, s.s);
	if (j->mem_len)
		diag_note(&j->c->diag, DIAG_NONE, "its memory is the %zu bytes from 0x%llx to 0x%llx",
			  j->mem_len, (unsigned long long)(uintptr_t)j->mem,
			  (unsigned long long)(uintptr_t)j->mem + j->mem_len - 1);
	str_done(&s);
}

/* Each sample is the time of so many runs that the clock's own cost does not show. */
static int run_all(struct job *j, struct vm_run *run)
{
	const uint64_t arg[5] = {(uint64_t)(uintptr_t)j->mem, j->mem_len};
	uint64_t n = j->o->repeat, most = (n + SAMPLES_MAX - 1) / SAMPLES_MAX, batch, i, begin;
	int err = 0;

	for (; n && !err; n -= batch) {
		batch = MAX(MIN(most, n), UINT64_C(1));
		begin = now();
		for (i = 0; i < batch && !err; i++)
			err = vm_exec(run, j->prog, arg, &j->r0);
		j->ns[j->samples++] = (now() - begin) * 1000 / batch; /* picoseconds a run */
	}
	qsort(j->ns, j->samples, sizeof(*j->ns), by_value);
	return err;
}

static int run_prog(struct job *j)
{
	struct vm_run run;
	int err = vm_run_init(&run);

	if (err)
		return err;
	run.budget = j->o->budget;
	run.trace = trace_step;
	run.ctx = j;
	j->ns = mem_alloc_array(SAMPLES_MAX + 1, sizeof(*j->ns));
	err = j->ns ? 0 : -ENOMEM;
	if (!err && j->mem)
		err = vm_run_region(&run, j->mem, j->mem_len, true);
	if (!err)
		err = run_all(j, &run);
	if (j->any)
		fputc('\n', stderr);
	if (err == -EFAULT)
		tell_fault(j, &run.fault);
	vm_run_done(&run);
	return err;
}

static int show(struct job *j)
{
	const uint64_t *median = j->ns + j->samples / 2;
	char hex[24];
	struct out o;

	cli_out_init(j->c, &o);
	if (j->o->conformance) {
		out_text(&o, "%llx\n", (unsigned long long)j->r0);
		return cli_out_done(j->c, &o, CLI_OK);
	}
	snprintf(hex, sizeof(hex), "0x%llx", (unsigned long long)j->r0);
	out_object_as(&o, NULL,
		      "r0 = {r0} ({value}){median_ns|, % ns a run}{min_ns| (the least: %)}{runs|, % runs}");
	out_str(&o, "r0", hex);
	out_int(&o, "value", (int64_t)j->r0);
	if (j->o->repeat > 1) {
		out_double(&o, "median_ns", (double)*median / 1000, 1);
		out_double(&o, "min_ns", (double)j->ns[0] / 1000, 1);
		out_uint(&o, "runs", j->o->repeat);
	}
	out_end(&o);
	return cli_out_done(j->c, &o, CLI_OK);
}

static int check_usage(struct job *j, const struct opt_args *a)
{
	const struct run_options *o = j->o;

	if (o->mem && o->data)
		return diag_error(&j->c->diag, "usage.mem", DIAG_NONE, "--mem and --data are one too many");
	if ((o->checked || o->trace) && o->interp)
		return diag_error(&j->c->diag, "usage.engine", DIAG_NONE,
				  "--interp has neither checks nor a trace");
	if (!o->repeat || o->repeat > REPEAT_MAX)
		return diag_error(&j->c->diag, "usage.repeat", DIAG_NONE,
				  "--repeat goes from 1 to %d", REPEAT_MAX);
	if (o->conformance ? a->n > 1 : a->n != 1)
		return diag_error(&j->c->diag, "usage.operand", DIAG_NONE, "'%s' takes one %s", a->path,
				  o->conformance ? "memory in hex" : "program, a file or -");
	return 0;
}

static int run_job(struct job *j, const struct opt_args *a)
{
	enum vm_engine engine = j->o->trace ? VM_TRACED : j->o->interp ? VM_FAST : VM_CHECKED;
	const struct vm_env env = {.helpers = 0};
	const char *path = j->o->conformance ? "-" : a->at[0];
	int err = check_usage(j, a);

	if (!err)
		err = read_mem(j, j->o->conformance ? a->at[0] : j->o->mem);
	if (!err)
		err = read_program(j, path);
	if (!err)
		err = vm_load(path, j->code.at, j->code.n, engine, &env, &j->c->diag, &j->prog);
	if (err)
		return err == -ENOMEM ? CLI_FAILED : CLI_USAGE;
	if (run_prog(j))
		return CLI_FAILED;
	if (j->o->out && file_write(j->o->out, j->mem, j->mem_len, &j->c->diag))
		return CLI_FAILED;
	return show(j);
}

static int run(const struct opt_args *a)
{
	struct job j = {.c = cli_of(a), .o = a->options};
	int status = run_job(&j, a);

	if (status && !diag_failed(&j.c->diag))
		diag_error(&j.c->diag, "memory", DIAG_NONE, "out of memory");
	cli_show_diag(j.c); /* before the text that it points into goes */
	vm_unload(j.prog);
	isa_code_done(&j.code);
	file_done(&j.text);
	mem_free(j.mem);
	mem_free(j.ns);
	return status;
}

const struct opt_command cmd_run = {
	.name = "run",
	.args = "PROGRAM|-",
	.summary = "run a program on data, on the embedded engine",
	.about =
	"Runs raw instructions, hex or assembly in this process, without privileges. The program finds "
	"its memory (--mem or --data) in r1 and that memory's length in r2; r0 is what it returns.\n\n"
	"Unless --interp says that the program is to be trusted, each access is checked: one that is "
	"outside of the stack and the memory ends the run, is reported with its place and the registers, "
	"and makes the exit status 1.",
	.opts = opts,
	.examples = examples,
	.run = run,
	.size = sizeof(struct run_options),
	.defaults = &defaults,
	.min_args = 0,
	.max_args = 1,
	.complete = "file",
};
