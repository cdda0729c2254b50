/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Native code as text, on any machine. Part of vm.h; include that. */
#ifndef SKEP_VM_A64_DIS_H
#define SKEP_VM_A64_DIS_H

#include "base/base.h"

/*
 * One arm64 instruction, as objdump writes it but with one blank behind the name: its length, which
 * is 4, or 0 and nothing added for what no BPF JIT writes. addr is where it runs.
 */
size_t vm_a64_dis(const uint8_t *at, size_t left, uint64_t addr, struct str *to);

#endif
