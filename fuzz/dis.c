/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Arbitrary bytes to the decoder, the disassembler and the readers of files. Any bytes have text
 * that assembles to them again.
 */
#include <stdlib.h>

#include "isa/isa.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void round_trip(const struct insn *at, size_t n, const struct isa_dis *dis)
{
	struct isa_asm as = {.target.foreign = true};
	struct isa_code code = {0};
	struct src s = {.name = "fuzz"};
	struct str text;

	str_init(&text, 64 << 20);
	must(isa_dis_program(dis, at, n, &text) == 0);
	s.text = text.s;
	s.len = (uint32_t)text.n;
	must(isa_assemble(&s, &as, NULL, &code) == 0);
	must(code.n == n && (!n || !memcmp(code.at, at, n * sizeof(*at))));
	isa_code_done(&code);
	str_done(&text);
}

static void read_file(const uint8_t *data, size_t size, enum isa_input input)
{
	struct src s = {.name = "fuzz", .text = (const char *)data, .len = (uint32_t)size};
	struct isa_asm as = {.lax = true};
	struct isa_code code = {0};
	struct diag d;

	diag_init(&d, 5);
	if (isa_read(input, &s, &as, &d, &code) == 0) {
		int k;

		for (k = 0; k < 16; k++) {
			struct isa_dis dis = {
				.style = k & 1 ? ISA_STYLE_LLVM : ISA_STYLE_KERNEL,
				.bytes = k & 2,
				.labels = k & 4,
				.pcs = k & 8,
			};

			round_trip(code.at, code.n, &dis);
		}
	}
	isa_code_done(&code);
	diag_done(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 1 << 16)
		return 0;
	read_file(data, size & ~(size_t)7, ISA_INPUT_RAW);
	read_file(data, size, ISA_INPUT_AUTO);
	read_file(data, size, ISA_INPUT_HEX);
	read_file(data, size, ISA_INPUT_CONFORMANCE);
	return 0;
}
