/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* GNU objdump as the referee of a disassembler: its lines, in the form that ours has. */
#ifndef SKEP_TEST_VM_OBJDUMP_H
#define SKEP_TEST_VM_OBJDUMP_H

#include <stdlib.h>
#include <unistd.h>

#include "test.h"

/* All that objdump, with these arguments and a file of these bytes, writes. */
static inline void objdump_run(const char *const *args, const uint8_t *code, size_t n,
			       struct str *out)
{
	char path[] = "/tmp/skep-dis-XXXXXX";
	const char *argv[16];
	struct str err;
	int fd = mkstemp(path), status;
	size_t i = 0;

	for (; args[i]; i++)
		argv[i] = args[i];
	argv[i++] = path;
	argv[i] = NULL;
	CHECK(fd >= 0);
	CHECK(!file_write_fd(fd, code, n));
	close(fd);
	str_init(&err, 1 << 16);
	status = test_spawn(argv, NULL, 0, out, &err);
	unlink(path);
	str_done(&err);
	CHECK_EQ(status, 0);
}

/*
 * "   1a:\tmov    eax,DWORD PTR [rbx]   # 0x1" -> "mov eax,DWORD PTR [rbx]", where `comment` is
 * "#"; whether it is an instruction.
 */
static inline bool objdump_line(const char *line, size_t n, const char *comment, size_t *ret_at,
				struct str *text)
{
	const char *colon = memchr(line, ':', n), *end = line + n;
	const char *note = memmem(line, n, comment, strlen(comment));
	char *after;

	if (!colon || colon + 1 == end || colon[1] != '\t')
		return false;
	*ret_at = strtoull(line, &after, 16);
	if (note)
		end = note;
	str_reset(text);
	for (line = colon + 2; line < end; line++) {
		char c = *line == '\t' ? ' ' : *line;

		if (c != ' ' || (text->n && text->s[text->n - 1] != ' '))
			str_addc(text, c);
	}
	while (text->n && text->s[text->n - 1] == ' ')
		str_cut(text, text->n - 1);
	return after == colon;
}

#endif
