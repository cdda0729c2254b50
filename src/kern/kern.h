/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kern: the kernel as an engine, by the system call. The only module that makes it.
 */
#ifndef SKEP_KERN_H
#define SKEP_KERN_H

#include "engine/engine.h"

/*
 * -EPERM, with a report of what to do, where bpf(2) is closed to us; -ENOSYS where there is none.
 * Loads that the kernel gives up with EAGAIN, since a signal came, are tried again.
 */
int engine_kernel_new(struct diag *d, struct engine **ret_e) MUST_USE;

#include "kern/attach.h"
#include "kern/holders.h"

#endif
