#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# selftests.sh [JOBS]: the kernel's BPF selftests as objects, in the cache, for tests/obj_corpus.c.
#
# Sources and libbpf come from Debian's linux-source-6.12; vmlinux.h from this host's BTF. clang-19
# compiles what it can: a program that needs another kernel's types or a newer compiler is left out,
# and the count of both is printed. What is there already stays. Nothing of this is ever committed.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cache=${SKEP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/skep}/selftests
jobs=${1:-1}
clang=${CLANG:-clang-19}
package=linux-source-6.12

die() {
	echo "selftests: $*" >&2
	exit 1
}

# fetch: the parts of the kernel's tree that are needed.
fetch() {
	[ -e "$cache/tree/tools/lib/bpf/libbpf.c" ] && return
	command -v apt-get >/dev/null || die "no apt-get to fetch $package with"
	tmp=$(mktemp -d "$cache/fetch.XXXXXX") || exit 1
	(cd "$tmp" && apt-get -q download "$package" >/dev/null 2>&1 && dpkg -x ./*.deb . &&
		tar -xf "usr/src/$package.tar.xz" --wildcards "$package/tools/lib/*" \
			"$package/tools/testing/selftests/bpf/*" "$package/tools/include/*" \
			"$package/tools/build/*" "$package/tools/scripts/*" "$package/tools/arch/*" \
			"$package/include/uapi/*" "$package/scripts/*") ||
		{ rm -rf "$tmp"; die "cannot fetch and unpack $package"; }
	rm -rf "$cache/tree"
	mv "$tmp/$package" "$cache/tree" && rm -rf "$tmp"
}

# libbpf: its headers for the programs, and itself for the oracle (oracle.sh).
libbpf() {
	[ -e "$cache/libbpf/libbpf.a" ] && return
	make -s -C "$cache/tree/tools/lib/bpf" "OUTPUT=$cache/libbpf/" "DESTDIR=$cache/libbpf" prefix= \
		"$cache/libbpf/libbpf.a" install_headers >"$cache/libbpf.log" 2>&1 ||
		die "libbpf does not build: see $cache/libbpf.log"
}

compile() {
	src=$1
	out=$cache/objects/$(basename "$src" .c).bpf.o
	[ -e "$out" ] || [ -e "$out.failed" ] && return
	cpu=v3
	grep -q '__BPF_FEATURE_MOVSX\|cpuv4\|movsx\|sdiv\|gotol\|ldsx\|bswap' "$src" && cpu=v4
	bpf=$cache/tree/tools/testing/selftests/bpf
	# shellcheck disable=SC2086 # a list of flags
	if nice -n 19 "$clang" -g -O2 -w --target=bpf -mcpu=$cpu -mlittle-endian -std=gnu11 \
		-D__TARGET_ARCH_x86 -DENABLE_ATOMICS_TESTS \
		-I"$cache/include" -I"$cache/libbpf/include" -I"$bpf" -I"$bpf/progs" \
		-I"$cache/tree/tools/include/uapi" \
		-idirafter "$($clang -print-resource-dir)/include" \
		-idirafter "/usr/include/$(gcc -dumpmachine)" -idirafter /usr/include \
		-fno-strict-aliasing -fms-extensions -c "$src" -o "$out.tmp" 2>"$out.err"; then
		mv "$out.tmp" "$out" && rm -f "$out.err"
	else
		rm -f "$out.tmp"
		mv "$out.err" "$out.failed"
	fi
}

if [ "${2:-}" = one ]; then
	compile "$3"
	exit
fi
command -v "$clang" >/dev/null || die "there is no $clang"
mkdir -p "$cache/objects" "$cache/include" "$cache/libbpf"
fetch
libbpf
[ -s "$cache/include/vmlinux.h" ] ||
	bpftool btf dump file /sys/kernel/btf/vmlinux format c >"$cache/include/vmlinux.h" ||
	die "no vmlinux.h"
printf '%s\n' "$cache"/tree/tools/testing/selftests/bpf/progs/*.c |
	xargs -P "$jobs" -I{} sh "$here/selftests.sh" "$jobs" one {}
echo "$(find "$cache/objects" -name '*.bpf.o' | wc -l) objects," \
	"$(find "$cache/objects" -name '*.failed' | wc -l) sources that do not compile here"
