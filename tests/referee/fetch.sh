#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Puts the tables of the kernel's lib/test_bpf.c into the cache, for tests/vm_referee.c: fetches Debian's
# linux-source-6.12 from the mirror that this machine uses, takes that one file, cuts out its tables,
# compiles them with test_bpf.c here and lets that write them. Nothing of the kernel's is kept but the
# tables.
#
#	$SKEP_CACHE/test_bpf/tables	the programs and what they must answer
#	$SKEP_CACHE/test_bpf/version	"6.12.107-1 SUM", of the package and of our test_bpf.c
#
# Exit status 0 and nothing said when they are there; 77 and the reason when they cannot be had.

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../matrix/fetch.sh"

source=linux-source-6.12
: "${cache:?}" "${keyring:?}"
entry=${cache%/kernels}/test_bpf
sum=$(cksum <"$here/test_bpf.c" | tr ' ' '.')

is_cached() { [ -s "$entry/tables" ] && grep -q " $sum\$" "$entry/version" 2>/dev/null; }

# package_download DIR: from the first suite that has it; sets $version.
package_download()
{
	command -v apt-get >/dev/null || refuse "no apt-get on this machine" || return
	[ -f "$keyring" ] ||
		refuse "needs Debian's keys: apt-get install debian-archive-keyring" || return
	mirror=${SKEP_MIRROR:-$(mirror_find)}
	[ -n "$mirror" ] ||
		refuse "no Debian mirror in apt's sources (SKEP_MIRROR=URL names one)" || return
	for suite in $(kernel_suites 6.12); do
		rm -rf "$1/apt"
		apt_prepare "$1/apt" || refuse "cannot write $1" || return
		echo "deb [signed-by=$keyring] $mirror $suite main" >"$1/apt/sources.list"
		apt-get -q -c "$1/apt/apt.conf" update >"$1/log" 2>&1 || continue
		(cd "$1" && apt-get -q -c apt/apt.conf download $source) >>"$1/log" 2>&1 || continue
		version=$(apt-cache -c "$1/apt/apt.conf" show $source | sed -n 's/^Version: //p' | head -n 1)
		return
	done
	refuse "$source: $(grep '^[EW]: ' "$1/log" | head -n 1)"
}

# file_extract DIR: test_bpf.c alone out of the archive in the package; tar ends as soon as it has it,
# and who still writes then is ended too.
file_extract()
{
	dpkg-deb --fsys-tarfile "$1"/$source*.deb 2>/dev/null |
		tar -xO ./usr/src/$source.tar.xz 2>/dev/null | busybox unxz -c 2>/dev/null |
		tar -xO --occurrence=1 $source/lib/test_bpf.c >"$1/test_bpf.c"
	[ -s "$1/test_bpf.c" ] || refuse "$source has no lib/test_bpf.c"
}

# What comes before the runner, and the tail call tests, which it stands between.
tables_cut()
{
	awk '/^#include/ { next }
		/^static struct net_device dev;/ { off = 1 }
		/^struct tail_call_test \{/ { off = 0; tail = 1 }
		tail && /^static .*tail_call_tests\(/ { exit }
		!off' "$1"
}

# tables_make NEW: fills it.
tables_make()
{
	mkdir -p "$1/x" && package_download "$1/x" && file_extract "$1/x" || return
	tables_cut "$1/x/test_bpf.c" >"$1/x/tables.h"
	cc=$(command -v gcc || command -v cc)
	"$cc" -O1 -w -DTABLES="\"$1/x/tables.h\"" -o "$1/x/write" "$here/test_bpf.c" >"$1/x/log" 2>&1 ||
		refuse "cannot compile its tables: $(grep error "$1/x/log" | head -n 1)" || return
	"$1/x/write" >"$1/tables" || refuse "cannot write $1/tables" || return
	echo "$version $sum" >"$1/version"
	rm -rf "$1/x"
}

is_cached && exit
new=${cache%/kernels}/.new-test_bpf
rm -rf "$new"
trap 'rm -rf "$new"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
if tables_make "$new"; then
	entry_publish "$new" "$entry"
else
	echo "lib/test_bpf.c: ${reason:-unknown}" >&2
	exit 77
fi
