#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# ./make.sh: writes NAME.s from each NAME.c here, with clang and skep. Only for who changes a workload:
# the texts are kept, so that all measure the same instructions.
set -eu
cd "$(dirname "$0")"
clang=${CLANG:-clang}
skep=${SKEP:-../../build/skep}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for c in *.c; do
	name=${c%.c}
	cat >"$dir/entry.c" <<C
typedef unsigned (*number_fn)(void);
#define CALL_HELPER() (((number_fn)7)())
#include "$PWD/$c"
u64 entry(u8 *at, u8 *end) { return $name(at, end); }
C
	# the entry must come first, and functions keep their order
	"$clang" -O2 -target bpf -mcpu=v3 -c "$dir/entry.c" -o "$dir/entry.o"
	objcopy -I elf64-little -O binary -j .text "$dir/entry.o" "$dir/entry.bin"
	{
		echo "# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause"
		echo "# from $c by make.sh; r1 = at, r2 = end"
		"$skep" dis --plain --labels "$dir/entry.bin"
	} >"$name.s"
done
