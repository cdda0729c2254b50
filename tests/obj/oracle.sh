#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# oracle.sh: builds tests/obj/oracle.c into the cache and says where it is. With the newest libbpf at
# hand: the one that selftests.sh built, else the system's.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cache=${SKEP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/skep}
built=$cache/selftests/libbpf
mkdir -p "$cache/obj" || exit 1
if [ -e "$built/libbpf.a" ]; then
	out=$cache/obj/oracle-built
	flags=-I$built/include libs=$built/libbpf.a
else
	out=$cache/obj/oracle-system
	flags='' libs=-l:libbpf.a
fi
if [ -z "$(find "$out" -newer "$here/oracle.c" 2>/dev/null)" ]; then
	tmp=$out.$$
	# shellcheck disable=SC2086 # none or one
	gcc -O1 -w $flags -o "$tmp" "$here/oracle.c" $libs -Wl,--wrap=syscall -lelf -lz >&2 || exit 1
	mv "$tmp" "$out" || exit 1
fi
echo "$out"
