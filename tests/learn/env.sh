# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What transcripts that run the programs of this folder begin with: . "$TESTS/learn/env.sh"

# bpf NAME OUT [FLAG...]: OUT.o of NAME.bpf.c
bpf() {
	src=$1 out=$2
	shift 2
	clang -O2 -g -target bpf -Wall -I"/usr/include/$(uname -m)-linux-gnu" "$@" -c "$TESTS/learn/$src.bpf.c" -o "$out.o"
}

# both ARG...: skep run on either engine
both() {
	for e in embedded kernel; do
		skep run "$@" --engine $e 2> err || sed 1q err
	done
}

# start OBJECT ARG...: skep load in the background, once it is attached or has ended; "out", "err", $loader
start() {
	: > err
	skep load "$@" > out 2> err &
	loader=$!
	until_true 'grep -q "^ready" err' || { cat err; return 1; }
}

# stop [SIGNAL]: ends it, and waits
stop() {
	kill "-${1:-INT}" "$loader" 2> /dev/null
	wait "$loader" 2> /dev/null
	true
}

# until_true COMMAND: for 10 seconds at most, or until the loader has ended
until_true() {
	for _ in $(seq 200); do
		eval "$1" && return 0
		test -z "$loader" || kill -0 "$loader" 2> /dev/null || return 1
		sleep 0.05
	done
	return 1
}
