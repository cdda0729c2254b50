/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep run: a program over data that is given to it. Programs of objects are run_obj.c's; raw
 * instructions run here, on the machine alone.
 *
 * The raw program gets r1 = its memory and r2 = how long that is. In the checked engine, which is the
 * default, a wrong access ends the run with its place, the registers and exit status 1.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cli/run.h"
#include "obj/obj.h"

enum { REPEAT_MAX = 100000000, SAMPLES_MAX = 1000 };

static const struct run_options defaults = {.repeat = 1, .budget = UINT64_C(10000000000)};
static const char *const inputs[] = {"auto", "raw", "hex", "conformance", "asm", "tcpdump", NULL};
static const char *const types[] = {"raw", "xdp", "skb", NULL};

static const struct opt opts[] = {
	{'m', "mem", OPT_STR, offsetof(struct run_options, mem), "HEX", "the program's memory or packet, in hex",
	 NULL},
	{'d', "data", OPT_STR, offsetof(struct run_options, data), "FILE",
	 "the program's memory or packet, from a file; of objects: also pcap and pcapng",
	 NULL},
	{0, "pcap", OPT_STR, offsetof(struct run_options, pcap), "FILE",
	 "run the object's program on each packet of a capture", NULL},
	{0, "ctx", OPT_STR, offsetof(struct run_options, ctx), "CTX",
	 "the context: hex, JSON by its type ({\"mark\": 5}, [1, 2]), or @FILE; raw: its first bytes in hex", NULL},
	{'s', "set", OPT_LIST, offsetof(struct run_options, set), "NAME=VALUE",
	 "set a global variable of the object", NULL},
	{0, "map", OPT_LIST, offsetof(struct run_options, map), "MAP",
	 "NAME=FILE: fill the object's map from JSON; raw: declare one, NAME=TYPE,key=N,value=N,max=N,flags=N",
	 NULL},
	{0, "elem", OPT_LIST, offsetof(struct run_options, elem), "ELEM",
	 "set an element of a map: NAME:KEY=VALUE, in hex; of objects: or in JSON", NULL},
	{0, "dump", OPT_LIST, offsetof(struct run_options, dump), "MAP",
	 "show what a map of the object holds afterwards", NULL},
	{0, "event", OPT_LIST, offsetof(struct run_options, event), "[MAP=]TYPE",
	 "the type of ring buffer records (default: found by their size)", NULL},
	{0, "with", OPT_LIST, offsetof(struct run_options, with), "PROG",
	 "load this program of the object too", NULL},
	{0, "btf", OPT_STR, offsetof(struct run_options, btf), "FILE",
	 "the kernel types that the object is relocated for (default: this kernel's)", NULL},
	{'T', "type", OPT_ENUM, offsetof(struct run_options, type), "TYPE",
	 "of raw instructions: raw (the default), or xdp, skb: the memory is a packet",
	 types},
	{'o', "out", OPT_STR, offsetof(struct run_options, out), "FILE",
	 "write the memory or packets there after the run; FILE.pcapng keeps verdicts as comments",
	 NULL},
	{'i', "input", OPT_ENUM, offsetof(struct run_options, input), "KIND",
	 "what the program is: raw, hex, conformance, asm, tcpdump; auto looks", inputs},
	{0, "checked", OPT_FLAG, offsetof(struct run_options, checked), NULL,
	 "validate each access (the default)", NULL},
	{0, "interp", OPT_FLAG, offsetof(struct run_options, interp), NULL,
	 "trust the program: no checks", NULL},
	{0, "jit", OPT_FLAG, offsetof(struct run_options, jit), NULL,
	 "trust the program: compile it to native code", NULL},
	{0, "dump-jit", OPT_FLAG, offsetof(struct run_options, dump_jit), NULL,
	 "show the native code of each instruction, and do not run it", NULL},
	{'n', "repeat", OPT_U64, offsetof(struct run_options, repeat), "N",
	 "run it N times, and tell the least and the median time", NULL},
	{0, "budget", OPT_U64, offsetof(struct run_options, budget), "N",
	 "end a run after about N instructions (default: 10 thousand million; 0: never)", NULL},
	{'t', "trace", OPT_FLAG, offsetof(struct run_options, trace), NULL,
	 "show each instruction and the registers it changed, on stderr", NULL},
	{0, "strict", OPT_FLAG, offsetof(struct run_options, strict), NULL,
	 "refuse instructions that no kernel takes: callx, shifts by too much, a constant 0 as divisor", NULL},
	{0, "cover", OPT_FLAG, offsetof(struct run_options, cover), NULL,
	 "of an object: show how often each line of its source ran", NULL},
	{0, "conformance", OPT_FLAG, offsetof(struct run_options, conformance), NULL,
	 "as a plugin of bpf_conformance: program in hex on stdin, memory in hex as operand", NULL},
	{0},
};

static const struct opt_example examples[] = {
	{"skep run prog.bpf.o --pcap in.pcap --out out.pcapng", "an object's program on each packet of a capture"},
	{"skep run prog.bpf.o count --mem 00112233445566778899aabb0800 --dump hits",
	 "one packet, and what is in a map then"},
	{"echo 'r0 = *(u8 *)(r1 + 2); exit' | skep run - --mem 01:02:03", "one byte of its memory"},
	{"skep run prog.s --data packet.bin --trace", "see what each instruction does"},
	{"skep run prog.bin --data packet.bin --jit --repeat 10000", "how fast it is"},
	{"skep run count.s --map hits=hash,key=4,value=8 --data packet.bin --type xdp",
	 "an XDP program and its map"},
	{"tcpdump -ddd 'udp port 53' | skep run - --type skb --data packet.bin", "a classic filter"},
	{0},
};

/* ---- the program -------------------------------------------------------------------------------- */

/* A classic filter, which looks at a packet and says how much of it to keep. */
static int read_classic(struct run_job *j)
{
	struct cbpf_code classic = {0};
	int err;

	if (j->o->type != RUN_SKB)
		return diag_error(&j->c->diag, "usage.packet", DIAG_NONE,
				  "classic BPF looks at a packet: --type skb --data FILE");
	j->classic = true;
	err = cbpf_parse(&j->src, &j->c->diag, &classic);
	if (!err)
		err = cbpf_check(j->src.name, classic.at, classic.n, &j->c->diag);
	if (!err)
		err = cbpf_convert_here(classic.at, classic.n, &j->code);
	cbpf_code_done(&classic);
	return err;
}

static int read_program(struct run_job *j, const char *path)
{
	enum isa_input input = (enum isa_input)j->o->input;
	struct isa_asm how = {.target = {.foreign = !j->o->strict, .any_count = !j->o->strict},
			      .names = &j->names};

	j->src = (struct src){path, (const char *)j->text.data, (uint32_t)j->text.size};
	if (j->o->conformance)
		input = ISA_INPUT_HEX;
	else if (input == ISA_INPUT_AUTO)
		input = isa_input_guess(j->text.data, j->text.size);
	if (input == ISA_INPUT_TCPDUMP)
		return read_classic(j);
	return isa_read(input, &j->src, &how, &j->c->diag, &j->code);
}

/* ---- trace --------------------------------------------------------------------------------------- */

static void trace_changes(struct str *s, const struct run_job *j, const uint64_t *reg)
{
	int i;

	for (i = 0; i < ISA_REG_MAX; i++)
		if (reg[i] != j->last[i])
			str_addf(s, "  r%d=0x%llx", i, (unsigned long long)reg[i]);
	str_addc(s, '\n');
}

static void trace_step(struct vm_run *run, const struct vm_prog *p, uint32_t pc, const uint64_t *reg)
{
	struct run_job *j = run->ctx;
	const struct isa_dis how = {.style = ISA_STYLE_KERNEL, .names = &j->names};
	struct str s;

	str_init(&s, 4096);
	if (j->any_step)
		trace_changes(&s, j, reg);
	str_addf(&s, "%4u: ", pc);
	isa_dis_one(&how, vm_prog_insns(p) + pc, vm_prog_len(p) - pc, pc, &s);
	fwrite(s.s, 1, s.n, stderr);
	str_done(&s);
	memcpy(j->last, reg, sizeof(j->last));
	j->any_step = true;
}

/* ---- running ------------------------------------------------------------------------------------- */

/* Reports where it went wrong, in the program's text when it has one. */
static void tell_fault(struct run_job *j, const struct vm_fault *f)
{
	bool text = f->pc < j->code.n && j->code.span && !j->o->conformance && !j->classic &&
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
static int run_all(struct run_job *j, struct vm_run *run)
{
	uint64_t arg[5], n = j->o->repeat, most = (n + SAMPLES_MAX - 1) / SAMPLES_MAX, batch, i, begin;
	int err = run_show_memory(j, run, arg);

	for (; n && !err; n -= batch) {
		batch = MAX(MIN(most, n), UINT64_C(1));
		begin = cli_now();
		for (i = 0; i < batch && !err; i++) {
			if (i + j->samples && j->o->type != RUN_RAW)
				err = run_show_memory(j, run, arg); /* each run gets the packet as it was */
			map_enter();
			if (!err)
				err = vm_exec(run, j->prog, arg, &j->r0);
			map_exit();
		}
		j->ns[j->samples++] = (cli_now() - begin) * 1000 / batch; /* picoseconds a run */
	}
	qsort(j->ns, j->samples, sizeof(*j->ns), cli_by_u64);
	return err;
}

static int run_prog(struct run_job *j)
{
	struct vm_run run;
	int err = vm_run_init(&run);

	if (err)
		return err;
	run.budget = j->o->budget;
	run.trace = trace_step;
	run.ctx = j;
	run.world = &j->world;
	j->ns = mem_alloc_array(SAMPLES_MAX + 1, sizeof(*j->ns));
	err = j->ns ? 0 : -ENOMEM;
	if (!err)
		err = run_all(j, &run);
	if (j->any_step)
		fputc('\n', stderr);
	if (err == -EFAULT)
		tell_fault(j, &run.fault);
	vm_run_done(&run);
	return err;
}

static int show(struct run_job *j)
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
	out_object_as(&o, NULL, j->maps ? NULL :
		      "r0 = {r0} ({value}){median_ns|, % ns a run}{min_ns| (the least: %)}{runs|, % runs}");
	out_str(&o, "r0", hex);
	out_int(&o, "value", (int64_t)j->r0);
	if (j->o->repeat > 1) {
		out_double(&o, "median_ns", (double)*median / 1000, 1);
		out_double(&o, "min_ns", (double)j->ns[0] / 1000, 1);
		out_uint(&o, "runs", j->o->repeat);
	}
	run_show_maps(j, &o);
	out_end(&o);
	return cli_out_done(j->c, &o, CLI_OK);
}

static int check_usage(struct cli *c, const struct opt_args *a)
{
	const struct run_options *o = a->options;

	if (!!o->mem + !!o->data + !!o->pcap > 1)
		return diag_error(&c->diag, "usage.mem", DIAG_NONE, "one of --mem, --data and --pcap has to be enough");
	if ((o->checked || o->trace) + o->interp + (o->jit || o->dump_jit) > 1)
		return diag_error(&c->diag, "usage.engine", DIAG_NONE,
				  "one of --checked, --trace, --interp and --jit has to be enough");
	if (!o->repeat || o->repeat > REPEAT_MAX)
		return diag_error(&c->diag, "usage.repeat", DIAG_NONE,
				  "--repeat goes from 1 to %d", REPEAT_MAX);
	if (o->conformance ? a->n > 1 : a->n < 1)
		return diag_error(&c->diag, "usage.operand", DIAG_NONE, "'%s' takes one %s", a->path,
				  o->conformance ? "memory in hex" : "program, a file or -");
	return 0;
}

/* Options that only one of the two kinds of programs has. */
static int check_kind(struct cli *c, const struct opt_args *a, bool object)
{
	const struct run_options *o = a->options;
	const char *wrong = NULL;

	if (object)
		wrong = o->type != RUN_RAW ? "--type" : o->dump_jit ? "--dump-jit" :
			o->interp ? "--interp" : NULL;
	else
		wrong = o->pcap ? "--pcap" : o->set.n ? "--set" : o->dump.n ? "--dump" : o->event.n ? "--event" :
			o->with.n ? "--with" : o->cover ? "--cover" : o->btf ? "--btf" : NULL;
	if (wrong)
		return diag_error(&c->diag, "usage.kind", DIAG_NONE, "%s is for %s, and this is %s", wrong,
				  object ? "raw instructions" : "objects", object ? "an object" : "none");
	if (!object && a->n > 1)
		return diag_error(&c->diag, "usage.operand", DIAG_NONE,
				  "'%s' takes one program, and '%s' names one of an object", a->path, a->at[1]);
	if (!object && o->type != RUN_RAW && !o->mem && !o->data)
		return diag_error(&c->diag, "usage.packet", DIAG_NONE,
				  "a packet is missing: --data FILE or --mem HEX");
	return 0;
}

static enum vm_engine engine_of(const struct run_options *o)
{
	if (o->trace)
		return VM_TRACED;
	if (o->jit || o->dump_jit)
		return VM_JIT;
	return o->interp ? VM_FAST : VM_CHECKED;
}

/* One native instruction: its length. What the decoder does not know is shown as a byte. */
static size_t dump_native(const struct vm_code *code, size_t at, struct str *text, struct out *o)
{
	size_t n;

	str_reset(text);
	n = vm_native_dis(code->at + at, code->size - at, at, text);
	if (!n) {
		str_addf(text, ".byte 0x%02x", code->at[at]);
		n = 1;
	}
	out_object_as(o, NULL, "      {offset:>6}  {bytes:30}  {text}");
	out_hex(o, "offset", at);
	out_str(o, "text", text->s);
	out_bytes(o, "bytes", code->at + at, n);
	out_end(o);
	return n;
}

/* Each instruction, and the native ones that stand for it and for those it was joined with. */
static int dump_jit(struct run_job *j)
{
	const struct isa_dis how = {.style = ISA_STYLE_KERNEL, .names = &j->names};
	const struct vm_code code = vm_prog_code(j->prog);
	size_t n = vm_prog_len(j->prog), pc, at = 0, next;
	struct str text;
	struct out o;

	if (!code.at) {
		diag_error(&j->c->diag, "run.jit", DIAG_NONE, "there is no compiler for this kind of machine");
		return CLI_FAILED;
	}
	str_init(&text, 4096);
	cli_out_init(j->c, &o);
	out_array(&o, NULL, OUT_LIST);
	for (pc = 0; pc <= n; pc += pc < n && isa_is_ld_imm64(vm_prog_insns(j->prog) + pc) ? 2 : 1) {
		next = pc < n ? vm_prog_code_offset(j->prog, (uint32_t)pc) : code.size;
		while (at < next)
			at += dump_native(&code, at, &text, &o);
		if (pc == n)
			break;
		str_reset(&text);
		isa_dis_one(&how, vm_prog_insns(j->prog) + pc, n - pc, (uint32_t)pc, &text);
		out_object_as(&o, NULL, "{pc:>4}: {bpf}");
		out_uint(&o, "pc", pc);
		out_str(&o, "bpf", text.s);
		out_end(&o);
	}
	out_end(&o);
	str_done(&text);
	return cli_out_done(j->c, &o, CLI_OK);
}

static int write_back(struct run_job *j)
{
	const void *bytes = j->any_packet ? vm_packet_data(&j->packet) : j->mem;
	size_t n = j->any_packet ? j->packet.len : j->mem_len;

	return j->o->out ? file_write(j->o->out, bytes, n, &j->c->diag) : 0;
}

/* bpf_conformance's helper 5 gives its argument back; 0 ends the program with 0. */
static uint64_t helper_unwind(struct vm_run *run, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
			      uint64_t r5)
{
	(void)r2, (void)r3, (void)r4, (void)r5;
	if (r1)
		return r1;
	run->world->thrown = 0;
	run->world->thrower = run->prog;
	run->fault.pc = 0;
	run->err = VM_THROW;
	return 0;
}

static int set_helpers(struct run_job *j, struct vm_env *env)
{
	const struct vm_helper *all = j->classic ? vm_helpers_classic(&env->helpers)
						 : vm_helpers_default(&env->helpers);
	size_t i;

	env->helper = all;
	if (!j->o->conformance)
		return 0;
	j->helper = mem_alloc_array(env->helpers, sizeof(*j->helper));
	if (!j->helper)
		return -ENOMEM;
	env->helper = j->helper;
	for (i = 0; i < env->helpers; i++)
		j->helper[i] = all[i].id == 5 ? (struct vm_helper){5, "unwind", helper_unwind} : all[i];
	return 0;
}

static int run_job(struct run_job *j, const struct opt_args *a, const char *path)
{
	struct vm_env env = {.resolve = run_resolve, .ctx = j, .strict = j->o->strict};
	struct run_options *o = a->options;
	int err;

	if (o->conformance)
		o->mem = a->at[0];
	err = run_setup(j);
	if (!err)
		err = read_program(j, path);
	if (!err)
		err = set_helpers(j, &env);
	if (!err)
		err = vm_load(path, j->code.at, j->code.n, engine_of(j->o), &env, &j->c->diag, &j->prog);
	if (err)
		return err == -ENOMEM ? CLI_FAILED : CLI_USAGE;
	if (j->o->dump_jit)
		return dump_jit(j);
	if (run_prog(j) || write_back(j))
		return CLI_FAILED;
	return show(j);
}

static int run_raw(const struct opt_args *a, const char *path, const struct file *file)
{
	struct run_job j = {.c = cli_of(a), .o = a->options, .text = *file};
	int status = run_job(&j, a, path);

	if (status && !diag_failed(&j.c->diag))
		diag_error(&j.c->diag, "memory", DIAG_NONE, "out of memory");
	cli_show_diag(j.c); /* before the text that it points into goes */
	vm_unload(j.prog);
	isa_code_done(&j.code);
	run_teardown(&j);
	mem_free(j.ns);
	mem_free(j.helper);
	return status;
}

static bool is_object(const struct run_options *o, const struct file *f)
{
	return !o->conformance && o->input == ISA_INPUT_AUTO && obj_is_elf(f->data, f->size);
}

static int run(const struct opt_args *a)
{
	const struct run_options *o = a->options;
	const char *path = o->conformance || !a->n ? "-" : a->at[0];
	struct cli *c = cli_of(a);
	struct file file;
	bool object;
	int status = CLI_USAGE;

	if (check_usage(c, a) || file_read(path, ISA_INPUT_MAX, &c->diag, &file))
		return CLI_USAGE;
	object = is_object(o, &file);
	if (check_kind(c, a, object))
		status = CLI_USAGE;
	else if (object)
		status = run_object(c, o, path, &file, a->n > 1 ? a->at[1] : NULL);
	else
		status = run_raw(a, path, &file);
	file_done(&file);
	return status;
}

const struct opt_command cmd_run = {
	.name = "run",
	.args = "OBJECT [PROG] | PROGRAM|-",
	.summary = "run a program on data, in this process or in the kernel",
	.about =
	"Runs a program of a BPF object on packets or a context, as BPF_PROG_RUN does: without privileges in "
	"this process, or with --engine kernel in the kernel. PROG is the program's name or its section, "
	"and can be left out when there is only one. The object is loaded as for use: its variables as "
	"--set says, its maps filled from --map and --elem. Shown are the verdict, what was written to ring "
	"buffers, decoded by its type, and the maps of --dump; what the program prints goes to stderr.\n\n"
	"Runs raw instructions, hex, assembly or classic BPF too. Such a program finds "
	"its memory (--mem or --data) in r1 and that memory's length in r2; with --type xdp or skb the "
	"memory is a packet, and r1 the context that such a program gets in the kernel. r0 is what it "
	"returns; the maps it was given are shown with what it left in them.\n\n"
	"A map that is declared with --map NAME=TYPE has keys of 4 bytes, values of 8 and 1024 elements, "
	"unless key=, value= and max= say otherwise. The program loads it as 'r1 = NAME ll', or as "
	"'r1 = map[fd:N]', where the first map is 1.\n\n"
	"Unless --interp or --jit says that the program is to be trusted, each access is checked: one that is "
	"outside of the stack and the memory ends the run, is reported with its place and the registers, "
	"and makes the exit status 1.",
	.opts = opts,
	.examples = examples,
	.run = run,
	.size = sizeof(struct run_options),
	.defaults = &defaults,
	.min_args = 0,
	.max_args = 2,
	.complete = "file",
};
