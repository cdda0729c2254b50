# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What transcripts that run the programs of this folder begin with: . "$TESTS/learn/env.sh"

# bpf NAME OUT [FLAG...]: OUT.o of NAME.bpf.c
bpf() {
	src=$1 out=$2
	shift 2
	clang -O2 -g -target bpf -Wall "-D__TARGET_ARCH_$(uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/')" \
		-I"/usr/include/$(uname -m)-linux-gnu" "$@" -c "$TESTS/learn/$src.bpf.c" -o "$out.o"
}

# both ARG...: skep run on either engine
both() {
	for e in embedded kernel; do
		skep run "$@" --engine $e 2> err || sed 1q err
	done
}

# until_true COMMAND: for 20 seconds at most, or until the loader has ended
until_true() {
	for _ in $(seq 400); do
		eval "$1" && return 0
		test -z "$loader" || kill -0 "$loader" 2> /dev/null || return 1
		sleep 0.05
	done
	return 1
}

# start N OBJECT ARG...: skep load in the background, until N programs are attached; "out", "err", $loader
start() {
	count=$1
	shift
	: > err
	skep load "$@" > out 2> err &
	loader=$!
	until_true 'test $(grep -c ": attached to" err) -ge $count' || cat err
	held=$(sed -n 's/^\(link\|prog\)_id:[^0-9]*/\1 /p' /proc/$loader/fdinfo/* 2> /dev/null | sort -u)
}

# stop [SIGNAL]: ends it, and waits
stop() {
	kill "-${1:-INT}" "$loader" 2> /dev/null
	wait "$loader" 2> /dev/null
	loader=
}

# value NAME...: of global variables, when a loader with --map .bss has ended
value() {
	for name; do
		echo "$name $(grep '"\.bss"' out | tail -n 1 | grep -o "\"$name\": *[-0-9]*" | grep -o '[-0-9]*$')"
	done
}

# left: what the kernel still has of what the last loader held, which it may need a moment to be rid of;
# and what bpftool sees in this network namespace and in our cgroup
left() {
	echo "$held" | while read -r what id; do
		until_true "! bpftool $what show id $id > /dev/null 2>&1" || bpftool "$what" show id "$id"
	done
	bpftool net show 2> /dev/null | grep -e ' id ' -e ' prog_id '
	test -z "$cgroup" || bpftool cgroup show "$cgroup" 2> /dev/null | tail -n +2
}

build_work() {
	gcc -O1 -D_GNU_SOURCE -o work "$TESTS/learn/work.c"
}

# make_cgroup: $cgroup, one of our own; inside COMMAND: run in it; drop_cgroup
make_cgroup() {
	cgroup=$(sed -n 's/^[^ ]* \([^ ]*\) cgroup2 .*/\1/p' /proc/mounts | head -n 1)/skep-test-$$
	mkdir "$cgroup"
}
inside() {
	cgroup=$cgroup sh -c 'echo $$ > "$cgroup/cgroup.procs" && exec "$@"' sh "$@"
}
drop_cgroup() {
	rmdir "$cgroup"
}
