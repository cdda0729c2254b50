#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What `./dev run` shows: a BPF program assembled, disassembled, and run on the embedded engine, where
# no privileges are needed; and what a wrong program is told.
set -e
skep=build/skep
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT INT TERM

show() {
	printf '\n$ %s\n' "$*" | sed "s|$dir/||g; s|$skep|skep|g"
}

cat >"$dir/checksum.s" <<'TEXT'
; r1 = an IPv4 header, r2 = its length: the Internet checksum of it
	r0 = 0
next:	r3 = *(u16 *)(r1 + 0)
	r0 += r3
	r1 += 2
	r2 += -2
	if r2 s> 1 goto next
fold:	r3 = r0
	r3 >>= 16
	if r3 == 0 goto done
	r0 &= 0xffff
	r0 += r3
	goto fold
done:	r0 = be16 r0
	r0 ^= 0xffff
	exit
TEXT
header=4500003c1c4640004006b1e6ac100a63ac100a0c

echo "A program that computes the checksum of a packet's header (0 means: the header is right):"
show cat checksum.s
cat "$dir/checksum.s"
show $skep asm checksum.s -o checksum.bin
$skep asm "$dir/checksum.s" -o "$dir/checksum.bin"
show $skep dis checksum.bin
$skep dis "$dir/checksum.bin"
show $skep run checksum.bin --mem $header
$skep run "$dir/checksum.bin" --mem $header
show $skep run checksum.bin --mem $header --interp --repeat 1000000
$skep run "$dir/checksum.bin" --mem $header --interp --repeat 1000000

sed 's/s> 1/s>= 0/' "$dir/checksum.s" >"$dir/wrong.s"
echo
echo "The same with its loop going one step too far:"
show $skep run wrong.s --mem $header
$skep run "$dir/wrong.s" --mem $header 2>&1 | sed "s|$dir/||" || true
