/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The interpreters: the loop of loop.h, three ways. What differs is constant in each, so that the
 * compiler leaves no trace of the checks in the fast one.
 */
#include "map/map.h"
#include "vm/impl.h"

#define LOOP_NAME loop_checked
#define LOOP_CHECKS 1
#define LOOP_TRACES 0
#include "vm/loop.h"

#define LOOP_NAME loop_fast
#define LOOP_CHECKS 0
#define LOOP_TRACES 0
#include "vm/loop.h"

#define LOOP_NAME loop_traced
#define LOOP_CHECKS 1
#define LOOP_TRACES 1
#include "vm/loop.h"

const vm_loop_fn vm_loop[_VM_ENGINE_MAX] = {
	[VM_CHECKED] = loop_checked,
	[VM_FAST] = loop_fast,
	[VM_TRACED] = loop_traced,
	[VM_JIT] = vm_run_native,
};
