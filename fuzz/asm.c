/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Arbitrary text to the assembler and to the reader of classic BPF. What assembles must come back
 * from its own disassembly, in both styles.
 */
#include <stdlib.h>

#include "isa/isa.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void round_trip(const struct isa_code *code, enum isa_style style)
{
	struct isa_dis dis = {.style = style, .xlated = false};
	struct isa_asm as = {.target.internal = true, .target.foreign = true, .lax = true};
	struct isa_code again = {0};
	struct src s = {.name = "again"};
	struct str text;

	str_init(&text, 16 << 20);
	must(isa_dis_program(&dis, code->at, code->n, &text) == 0);
	s.text = text.s;
	s.len = (uint32_t)text.n;
	must(isa_assemble(&s, &as, NULL, &again) == 0);
	must(again.n == code->n && !memcmp(again.at, code->at, code->n * sizeof(*code->at)));
	isa_code_done(&again);
	str_done(&text);
}

static void fuzz_asm(const struct src *s, const struct isa_asm *as)
{
	struct isa_code code = {0};
	struct diag d;

	diag_init(&d, 30);
	if (isa_assemble(s, as, &d, &code) == 0) {
		must(!diag_failed(&d));
		round_trip(&code, ISA_STYLE_KERNEL);
		round_trip(&code, ISA_STYLE_LLVM);
	} else {
		must(diag_failed(&d));
	}
	isa_code_done(&code);
	diag_done(&d);
}

static void fuzz_classic(const struct src *s)
{
	struct cbpf_code classic = {0};
	struct isa_code code = {0};
	struct diag d;

	diag_init(&d, 30);
	if (cbpf_parse(s, &d, &classic) == 0 && cbpf_check("fuzz", classic.at, classic.n, &d) == 0)
		(void)!cbpf_convert("fuzz", classic.at, classic.n, &d, &code);
	isa_code_done(&code);
	cbpf_code_done(&classic);
	diag_done(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct src s = {.name = "fuzz", .text = (const char *)data, .len = (uint32_t)size};

	if (size > 1 << 20)
		return 0;
	fuzz_asm(&s, &(struct isa_asm){0});
	fuzz_asm(&s, &(struct isa_asm){.lax = true, .target.internal = true});
	fuzz_classic(&s);
	return 0;
}
