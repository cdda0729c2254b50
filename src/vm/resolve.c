/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What 64-bit loads of maps mean, for owners who number their maps 1, 2, 3... */
#include "map/map.h"
#include "vm/impl.h"

int vm_resolve_map(const struct isa_op *op, struct map *const *maps, size_t n, struct diag *d,
		   uint64_t *ret_value)
{
	uint32_t fd = (uint32_t)op->imm64, off = (uint32_t)((uint64_t)op->imm64 >> 32);

	if (op->id != ISA_LD_MAP_FD && op->id != ISA_LD_MAP_VALUE)
		return diag_error(d, "vm.load", DIAG_NONE, "there is nothing here for a 64-bit load of this kind (%s)",
				  isa_row(op->id)->name);
	if (!fd || fd > n)
		return diag_error(d, "vm.map", DIAG_NONE, "there is no map[fd:%u] among the %zu that are here", fd,
				  n);
	if (op->id == ISA_LD_MAP_FD)
		*ret_value = (uint64_t)(uintptr_t)maps[fd - 1];
	else if (map_direct_value(maps[fd - 1], off, ret_value))
		return diag_error(d, "vm.map", DIAG_NONE, "map[fd:%u] has no value at offset %u", fd, off);
	else
		*ret_value += off;
	return 0;
}
