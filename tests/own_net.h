/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A network namespace for one test: what it attaches there goes with it, even when it is killed. The
 * tests that follow in the same process are back in the network where it began.
 */
#ifndef SKEP_TESTS_OWN_NET_H
#define SKEP_TESTS_OWN_NET_H

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "test.h"

static inline int own_net_begin(void)
{
	int back = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	CHECK(back >= 0);
	if (unshare(CLONE_NEWNET)) {
		close(back);
		SKIP("no network namespace of its own");
	}
	return back;
}

static inline void own_net_end(int back)
{
	CHECK(!setns(back, CLONE_NEWNET));
	close(back);
}

#endif
