/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The assembler and disassembler on a program of 300,000 random instructions, and on the same text
 * Debian's llvm-mc, if there is one: the whole program each, from fork to exit, in turns.
 */
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "isa/isa.h"

enum { INSNS = 300000, ROUNDS = 7 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* What LLVM 14 reads as well: -mcpu=v3 and older, no jumps, no pseudo loads, no remainders. */
static bool llvm_knows(enum isa_id id)
{
	const struct isa_row *r = isa_row(id);
	uint8_t class = r->code & 7;

	return r->kind == ISA_PUBLIC && r->cpu && r->cpu <= 2 && class != ISA_CLASS_LD &&
	       class != ISA_CLASS_JMP && class != ISA_CLASS_JMP32 && r->form != ISA_FORM_LOCK &&
	       r->form != ISA_FORM_END && r->form != ISA_FORM_MOV_K && r->form != ISA_FORM_CAST &&
	       strcmp(r->text, "%=");
}

static size_t sample_program(struct insn *at)
{
	uint64_t seed = 1;
	size_t n = 0;

	while (n < INSNS)
		for (int id = ISA_NONE + 1; id < _ISA_MAX && n < INSNS; id++)
			if (llvm_knows((enum isa_id)id))
				n += isa_sample((enum isa_id)id, &seed, at + n);
	return n;
}

static double process(char *const *argv, const char *in)
{
	double begin = now();
	pid_t pid = fork();
	int status;

	if (!pid) {
		int from = open(in, O_RDONLY), to = open("/dev/null", O_WRONLY);

		dup2(from, 0);
		dup2(to, 1);
		dup2(to, 2);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status)
		return -1;
	return now() - begin;
}

static void against_llvm(const char *file)
{
	char *skep[] = {(char *)"build/skep", (char *)"asm", (char *)"-", (char *)"-o", (char *)"/dev/null",
			NULL};
	char *llvm[] = {NULL, (char *)"-triple=bpfel", (char *)"-filetype=obj", (char *)"-o",
			(char *)"/dev/null", NULL};
	double ours = 1e9, theirs = 1e9, t;
	glob_t g;
	int i;

	if (glob("/usr/bin/llvm-mc*", 0, NULL, &g)) {
		puts("llvm-mc is not here to compare with");
		return;
	}
	llvm[0] = g.gl_pathv[0];
	for (i = 0; i < ROUNDS; i++) {
		t = process(skep, file);
		if (t < 0) {
			puts("skep asm did not assemble the bench program");
			unlink(file);
			exit(1);
		}
		ours = MIN(ours, t);
		t = process(llvm, file);
		if (t < 0) {
			printf("%s does not take the text\n", llvm[0]);
			unlink(file);
			exit(1); /* a comparison that silently is none helps nobody */
		}
		theirs = MIN(theirs, t);
	}
	printf("assemble %d lines, whole program: skep %.1f ms, %s %.1f ms: ratio %.3f\n", INSNS,
	       ours * 1e3, llvm[0], theirs * 1e3, ours / theirs);
	globfree(&g);
}

int main(void)
{
	const struct isa_dis how = {.style = ISA_STYLE_LLVM};
	struct insn *program = mem_alloc_array(INSNS + 2, sizeof(*program));
	char file[] = "/tmp/skep-bench-XXXXXX";
	double dis = 1e9, as = 1e9, begin;
	size_t n = sample_program(program);
	struct isa_code code = {0};
	struct isa_asm asm_how = {0};
	struct str text;
	struct diag d;
	int i, fd;

	str_init(&text, 1 << 30);
	diag_init(&d, 5);
	for (i = 0; i < ROUNDS; i++) {
		str_reset(&text);
		begin = now();
		if (isa_dis_program(&how, program, n, &text))
			return 1;
		dis = MIN(dis, now() - begin);
	}
	for (i = 0; i < ROUNDS; i++) {
		struct src src = {"bench", text.s, (uint32_t)text.n};

		isa_code_done(&code);
		begin = now();
		if (isa_assemble(&src, &asm_how, &d, &code))
			return 1;
		as = MIN(as, now() - begin);
	}
	printf("disassemble: %.1f M instructions/s\n", (double)n / dis / 1e6);
	printf("assemble: %.1f M instructions/s, %.0f MB/s of text\n", (double)n / as / 1e6,
	       (double)text.n / as / 1e6);
	fd = mkstemp(file);
	if (fd < 0 || file_write_fd(fd, text.s, text.n))
		return 1;
	against_llvm(file);
	unlink(file);
	close(fd);
	isa_code_done(&code);
	str_done(&text);
	mem_free(program);
	return 0;
}
