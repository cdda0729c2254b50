/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A program of somebody else, that uses the library: tests/api.c compiles it as C and as C++, links
 * it with libskep.a alone, and runs it. It uses each function once, in the way that it is meant.
 */
#include <skep.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int failures;

static void check(int ok, const char *what)
{
	if (!ok) {
		printf("not so: %s\n", what);
		failures++;
	}
}

static void assemble_and_back(void)
{
	static const char text[] = "r0 = 7\nexit\n";
	struct skep_insn *insns = NULL;
	char *listing = NULL;
	size_t n = 0;

	check(skep_assemble(text, strlen(text), NULL, &insns, &n, NULL) == 0, "it assembles");
	check(n == 2 && insns && insns[0].code == 0xb7 && insns[0].imm == 7,
	      "the instructions are right");
	if (!insns)
		return;
	check(skep_disassemble(insns, n, SKEP_STYLE_KERNEL, &listing) == 0, "it disassembles");
	check(listing && strstr(listing, "r0 = 7") && strstr(listing, "exit"),
	      "the listing is right");
	skep_free(listing);
	skep_free(insns);
}

static void errors_are_told(void)
{
	static const char text[] = "r0 = r11\n";
	struct skep_insn *insns = NULL;
	char *errors = NULL;
	size_t n = 99;
	int err;

	err = skep_assemble(text, strlen(text), "6.12", &insns, &n, &errors);
	check(err == -EINVAL, "a wrong register is refused");
	check(errors && strstr(errors, "r11") && strstr(errors, "^"), "the report shows the place");
	check(!insns && n == 99, "what is returned is left alone");
	skep_free(errors);
	check(skep_assemble(text, strlen(text), NULL, &insns, &n, NULL) == -EINVAL,
	      "nobody has to want the report");
}

int main(void)
{
	check(strcmp(skep_version(), SKEP_VERSION) == 0, "the header is that of the library");
	assemble_and_back();
	errors_are_told();
	skep_free(NULL);
	if (!failures)
		printf("all is well\n");
	return failures != 0;
}
