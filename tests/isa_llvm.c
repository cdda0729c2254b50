/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * LLVM as referee of the LLVM style: llvm-mc must make the same bytes of our text, and llvm-objdump
 * the same text of our bytes. Version 14 knows cpu v3, version 19 v4; each is skipped where it is
 * missing.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "isa/isa.h"
#include "test.h"

enum { PER_ROW = 12, SLOTS_MAX = 8192 };

struct llvm {
	const char *mc, *objcopy, *objdump, *cpu, *cpu_option;
	unsigned version, level;
};

/* Rows that this LLVM can write. */
static bool knows(const struct llvm *l, enum isa_id id)
{
	const struct isa_row *r = isa_row(id);

	if (r->kind != ISA_PUBLIC || r->cpu > l->level)
		return false;
	if (id == ISA_CALL_LOCAL || id == ISA_CALL_KFUNC) /* one text for all calls */
		return false;
	if (l->version < 19 &&
	    (!strcmp(r->text, "%=") || !strcmp(r->text, "&") || r->form == ISA_FORM_FETCH ||
	     r->form == ISA_FORM_CMPXCHG || (r->form == ISA_FORM_LD_IMM64 && r->value)))
		return false; /* printed, but not read */
	if (r->form == ISA_FORM_LOAD_ACQ || r->form == ISA_FORM_STORE_REL || id == ISA_JX)
		return false; /* LLVM 20 and 22 */
	return true;
}

/* Encodings that have no text there, or one that does not say all. */
static bool expressible(const struct llvm *l, const struct insn *i, enum isa_id id)
{
	if (isa_row(id)->form == ISA_FORM_LD_IND)
		return !i->imm;
	if (id == ISA_EXIT)
		return !i->off;
	if (isa_row(id)->form == ISA_FORM_LD_IMM64 && id != ISA_LD_IMM64)
		return !i[1].imm; /* it loses the upper half */
	if (l->version < 19 && isa_row(id)->form == ISA_FORM_LD_ABS)
		return i->imm >= 0;
	if (id == ISA_JA32) /* its assembler takes distances of 16 bits only */
		return i->imm == (int16_t)i->imm;
	return true;
}

static size_t program(const struct llvm *l, struct insn *p)
{
	uint64_t seed = test_seed();
	enum isa_id id;
	size_t n = 0;
	int k;

	for (id = 1; id < _ISA_MAX; id++) {
		for (k = 0; k < PER_ROW && knows(l, id); k++) {
			size_t slots = isa_sample(id, &seed, p + n);

			if (expressible(l, p + n, id))
				n += slots;
		}
		CHECK(n < SLOTS_MAX - 100);
	}
	return n;
}

struct files {
	char dir[64], text[96], object[96], bytes[96];
};

static void make_files(struct files *f)
{
	snprintf(f->dir, sizeof(f->dir), "/tmp/skep-llvm-XXXXXX");
	CHECK(mkdtemp(f->dir));
	snprintf(f->text, sizeof(f->text), "%s/a.s", f->dir);
	snprintf(f->object, sizeof(f->object), "%s/a.o", f->dir);
	snprintf(f->bytes, sizeof(f->bytes), "%s/a.bin", f->dir);
}

static void remove_files(const struct files *f)
{
	unlink(f->text);
	unlink(f->object);
	unlink(f->bytes);
	rmdir(f->dir);
}

static int run(const char *const *argv, struct str *out)
{
	struct str err;
	int status;

	str_init(&err, 1 << 20);
	status = test_spawn(argv, NULL, 0, out, &err);
	if (status)
		test_note("%s: %.3000s", argv[0], err.s);
	str_done(&err);
	return status;
}

/* Bytes that LLVM makes of the text, compared with the program. */
static void compare_bytes(const struct insn *p, size_t n, const struct files *f)
{
	struct isa_dis dis = {.style = ISA_STYLE_LLVM};
	struct file got;
	struct str s;
	size_t k;
	bool same;

	CHECK_EQ(file_read(f->bytes, 1 << 20, NULL, &got), 0);
	same = got.size == n * sizeof(*p) && !memcmp(got.data, p, got.size);
	str_init(&s, 4096);
	for (k = 0; k < n && !same; k++) {
		if (8 * k + 8 <= got.size && !memcmp(got.data + 8 * k, &p[k], 8))
			continue;
		isa_dis_one(&dis, p + k, n - k, 0, &s);
		test_note("slot %zu differs: %s", k, s.s);
		break;
	}
	str_done(&s);
	file_done(&got);
	CHECK(same);
}

/* One instruction a line, without its number and without <targets> and tabs. */
static void tidy(struct str *s)
{
	char *from = s->s, *to = s->s, *line;

	for (; *from; from += strcspn(from, "\n"), from += *from == '\n') {
		size_t n = strcspn(from, "\n"), k;

		line = memchr(from, ':', n);
		if (!line || line[-1] == '>' || !strncmp(from, "Disassembly", 11) ||
		    line == from + n - 1 ||
		    strstr(from, "file format") == from + strcspn(from, "\t") + 1)
			continue;
		for (k = (size_t)(line - from) + 1; from[k] == ' ' || from[k] == '\t'; k++)
			;
		for (; k < n && !(from[k] == ' ' && from[k + 1] == '<' && from[k + 2] != '<' &&
				  from[k + 2] != '=' && from[k + 2] != ' ');
		     k++)
			*to++ = from[k] == '\t' ? ' ' : from[k];
		*to++ = '\n';
	}
	*to = 0;
	s->n = (size_t)(to - s->s);
}

static void compare_text(const struct llvm *l, const struct insn *p, size_t n,
			 const struct files *f)
{
	const char *const with_hex[] = {
		l->objdump, "-d", "--no-show-raw-insn", "--no-print-imm-hex", l->cpu_option,
		f->object,  NULL};
	struct isa_dis dis = {.style = ISA_STYLE_LLVM, .pcs = true};
	struct str ours, theirs, diff;

	str_init(&ours, 1 << 22);
	str_init(&theirs, 1 << 22);
	str_init(&diff, 1 << 22);
	CHECK_EQ(isa_dis_program(&dis, p, n, &ours), 0);
	CHECK_EQ(run(with_hex, &theirs), 0);
	tidy(&ours);
	tidy(&theirs);
	if (strcmp(ours.s, theirs.s)) {
		test_diff(&diff, theirs.s, ours.s);
		test_note("%.4000s", diff.s);
	}
	CHECK(!strcmp(ours.s, theirs.s));
	CHECK(ours.n > 1000);
	str_done(&ours);
	str_done(&theirs);
	str_done(&diff);
}

static void referee(const struct llvm *l)
{
	const char *const mc[] = {l->mc,           "-triple", "bpfel", "-mcpu", l->cpu,
				  "-filetype=obj", "-o",      NULL,    NULL,    NULL};
	static struct insn p[SLOTS_MAX];
	struct isa_dis dis = {.style = ISA_STYLE_LLVM};
	const char *argv[10];
	struct files f;
	struct str text, out;
	size_t n;

	if (!test_have_command(l->mc))
		SKIP("%s is not installed", l->mc);
	n = program(l, p);
	make_files(&f);
	str_init(&text, 1 << 22);
	str_init(&out, 1 << 20);
	CHECK_EQ(isa_dis_program(&dis, p, n, &text), 0);
	CHECK_EQ(file_write(f.text, text.s, text.n, NULL), 0);
	memcpy(argv, mc, sizeof(argv));
	argv[7] = f.object;
	argv[8] = f.text;
	CHECK_EQ(run(argv, &out), 0);
	CHECK_EQ(run((const char *const[]){l->objcopy, "-O", "binary", "--only-section=.text",
					   f.object, f.bytes, NULL},
		     &out),
		 0);
	compare_bytes(p, n, &f);
	compare_text(l, p, n, &f);
	remove_files(&f);
	test_note("%zu slots", n);
	str_done(&text);
	str_done(&out);
}

TEST_WITH(llvm_14_agrees, TEST_NO_OOM | TEST_SLOW)
{
	referee(&(struct llvm){"llvm-mc-14", "llvm-objcopy-14", "llvm-objdump-14", "v3",
			       "--mattr=+alu32", 14, 3});
}

TEST_WITH(llvm_19_agrees, TEST_NO_OOM | TEST_SLOW)
{
	referee(&(struct llvm){"llvm-mc-19", "llvm-objcopy-19", "llvm-objdump-19", "v4",
			       "--mcpu=v4", 19, 4});
}
