/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What has to be undone even when we are killed is done, and undone, by a process of our own: it does
 * it, waits until we let go of a pipe, which our end does too, and undoes it. There is no moment at which
 * it is done and nobody is there to undo it, unless that process is killed as well.
 */
#ifndef SKEP_CLI_GUARD_H
#define SKEP_CLI_GUARD_H

#include <sys/types.h>

enum { CLI_GUARD_TEXT = 256 };

struct cli_guard {
	int fd; /* the pipe; -1: there is none */
	pid_t pid;
	char text[CLI_GUARD_TEXT]; /* what `begin` says that it did */
};

/* Both are called in the other process, which has our memory and descriptors as they are now. */
struct cli_guarded {
	int (*begin)(void *ctx, char text[CLI_GUARD_TEXT]); /* 0 or -errno */
	void (*end)(void *ctx);
	void *ctx;
};

/* 0, what `begin` returned, or that there can be no process. */
int cli_guard_start(const struct cli_guarded *job, struct cli_guard *ret_guard);
void cli_guard_end(struct cli_guard *g); /* when this returns, it is undone */

#endif
