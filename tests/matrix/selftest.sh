#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests matrix.sh itself; prints TAP. With --short: only what needs at most one boot.
# Kernels that cannot be had (no mirror, no qemu) make their tests be skipped, not fail.

here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d "${TMPDIR:-/tmp}/skep-selftest.XXXXXX") || exit
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
tests=0
failures=0

result() # ok|not-ok NAME [DETAIL]
{
	tests=$((tests + 1))
	if [ "$1" = ok ]; then
		echo "ok $tests - $2"
	else
		echo "not ok $tests - $2"
		printf '%s\n' "$3" | sed 's/^/# /'
		failures=$((failures + 1))
	fi
}

# matrix ARGS...: sets $rc, $out and $err.
matrix()
{
	out=$(sh "$here/matrix.sh" "$@" 2>"$tmp/err")
	rc=$?
	err=$(cat "$tmp/err")
}

is() # NAME GOT WANT
{
	if [ "$2" = "$3" ]; then
		result ok "$1"
	else
		result not-ok "$1" "got '$2', wanted '$3'
$err"
	fi
}

has() # NAME TEXT PART
{
	case $2 in
	*"$3"*) result ok "$1" ;;
	*) result not-ok "$1" "no '$3' in:
$2
$err" ;;
	esac
}

skip() { result ok "$1 # SKIP $(echo "$err" | grep -m 1 skipped)"; }

# --- without a boot ---------------------------------------------------------------------------

# mirror: what is found in the sources given on stdin, in the file named.
mirror()
{
	rm -rf "${tmp:?}/etc"
	mkdir -p "$tmp/etc/sources.list.d"
	cat >"$tmp/etc/$1"
	out=$(SKEP_APT_ETC=$tmp/etc sh "$here/matrix.sh" --mirror 2>&1)
}

test_sources()
{
	if ! command -v apt-get >/dev/null; then
		result ok "sources # SKIP no apt-get"
		return
	fi
	mirror sources.list <<-'END'
	# deb http://comment.invalid/debian bookworm main
	deb cdrom:[Debian 12]/ bookworm main
	deb https://packages.invalid/tool bookworm stable
	deb http://security.invalid/debian-security bookworm-security main
	deb-src http://source.invalid/debian bookworm main
	deb [arch=amd64 trusted=yes] http://mirror.invalid/debian/ bookworm contrib main
	deb http://later.invalid/debian bookworm main
	END
	is "mirror in sources.list, with options" "$out" "http://mirror.invalid/debian/"
	mirror sources.list.d/debian.sources <<-'END'
	Types: deb
	URIs: https://off.invalid/debian
	Suites: trixie
	Components: main
	Enabled: no

	Types: deb deb-src
	URIs: https://mirror.invalid/deb
	 https://second.invalid/deb
	Suites: trixie-updates trixie
	Components: main
	Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
	END
	is "mirror in a deb822 .sources" "$out" "https://mirror.invalid/deb/"
	mirror sources.list.d/other.list <<-'END'
	deb http://archive.invalid/ubuntu noble main
	END
	is "no Debian mirror" "$out" ""
	err=$(SKEP_APT_ETC=$tmp/etc SKEP_CACHE=$tmp/cache sh "$here/matrix.sh" -k 6.12 --fetch 2>&1)
	is "no Debian mirror: exit 77" $? 77
	has "no Debian mirror: one line" "$err" "6.12: skipped: "
}

# bare ARGS...: with an empty cache and an empty mirror.
bare()
{
	mkdir -p "$tmp/empty"
	err=$(SKEP_MIRROR=file:$tmp/empty SKEP_CACHE=$tmp/cache sh "$here/matrix.sh" "$@" 2>&1)
	rc=$?
}

test_missing_suite()
{
	bare -k 6.12 --fetch
	is "missing suite: exit 77" $rc 77
	has "missing suite: one line" "$err" "6.12: skipped: trixie: "
	is "missing suite: nothing cached" "$(find "$tmp/cache" -name '*6.12' ! -name '.lock*')" ""
	bare -k 6.12,host -- true
	is "a skipped kernel alone does not fail" $rc 0
	bare --strict -k 6.12,host -- true
	is "but does with --strict" $rc 1
}

usage_error() # MESSAGE ARGS...
{
	want=$1
	shift
	matrix "$@"
	is "exit 2: matrix $*" $rc 2
	has "says so: matrix $*" "$err" "$want"
}

test_usage()
{
	usage_error "unknown kernel '9.9'" -k 9.9 -- true
	usage_error "unexpected 'uname'" -k 6.1 uname
	usage_error "no command" -k 6.1
	usage_error "empty command" -k 6.1 -- ''
	usage_error "unknown option '-z'" -z
	usage_error "-t wants a number" -t 1m -- true
	usage_error "-k wants a value" -k
	usage_error "no such file" -f /absent -- true
	usage_error "mounts something over /tmp/x" -f /etc/passwd:/tmp/x -- true
}

test_host()
{
	matrix -k host -- 'echo one; printf two; exit 4'
	is "host: exit status" $rc 4
	is "host: output" "$out" "$(printf 'host| one\nhost| two')"
	matrix -k host -t 1 -- 'sleep 100'
	is "host: limit" $rc 124
}

# --- with boots -------------------------------------------------------------------------------

# What a guest says of itself, a fact a line.
guest_facts()
{
	cat >"$tmp/facts" <<-'END'
	while read -r _ dir type _; do
		echo "mounted $type $dir"
	done </proc/mounts
	cd /sys/class/net
	echo links *
	echo veth "$(cat veth0/operstate)" "$(cat veth1/operstate)"
	ip addr show veth0
	ip addr show veth1
	ping -c 1 -w 5 127.0.0.1 >/dev/null && echo lo answers
	echo BTF /sys/kernel/btf/*
	echo LSM "$(cat /sys/kernel/security/lsm)"
	grep CONFIG_BPF_SYSCALL= "/boot/config-$(uname -r)"
	END
}

guest_has() # KERNEL FACT...
{
	k=$1
	shift
	for fact; do
		has "$k: $fact" "$out" "$k| $fact"
	done
}

# test_one_boot KERNEL: many commands in one boot.
test_one_boot()
{
	guest_facts
	echo "the file" >"$tmp/file"
	matrix -k "$1" -f "$tmp/facts" -f "$tmp/file" -f "$here:dir" -c 'sh facts' \
		-c 'cat file' -c 'ls dir/matrix.sh' -c 'exit 7' -- 'exit 8; true'
	if [ $rc -eq 77 ]; then
		skip "one boot of $1"
		return
	fi
	guest_has "$1" "mounted proc /proc" "mounted sysfs /sys" "mounted devtmpfs /dev" \
		"mounted tmpfs /tmp" "mounted tracefs /sys/kernel/tracing" \
		"mounted debugfs /sys/kernel/debug" "mounted bpf /sys/fs/bpf" \
		"mounted securityfs /sys/kernel/security" \
		"mounted cgroup2 /sys/fs/cgroup" "links lo veth0 veth1" "veth up up" \
		"    inet 192.0.2.1/24" "    inet 192.0.2.2/24" "lo answers" \
		"BTF /sys/kernel/btf/v" "CONFIG_BPF_SYSCALL=y" "the file" "dir/matrix.sh"
	has "$1: BPF LSM" "$(echo "$out" | grep ' LSM')" ",bpf"
	is "$1: reports" "$(echo "$err" | sed -n "/^$1: /s/([0-9.]* s)/(N s)/p")" "$(
		printf "$1: %s\n" "passed (N s): sh facts" "passed (N s): cat file" \
		"passed (N s): ls dir/matrix.sh" "exit 7 (N s): exit 7" \
		"exit 8 (N s): exit 8; true")"
	is "$1: exit status is the first failure's" $rc 7
}

test_four()
{
	matrix -k all -- uname -r
	if [ $rc -eq 77 ]; then
		skip "four kernels"
		return
	fi
	for k in 5.10 6.1 6.12 7.2; do
		case $err in
		*"$k: skipped"*) skip "$k" ;;
		*) has "$k prints its release" "$out" "$k| $k." ;;
		esac
	done
	is "all passed" $rc 0
}

test_death()
{
	matrix -k "$1" -t 15 -- 'echo started; sleep 1000'
	if [ $rc -eq 77 ]; then
		skip "death of $1"
		return
	fi
	is "hang: exit status" $rc 1
	has "hang: reported" "$err" "limit of 15 s (-t) while running: echo started"
	has "hang: output until then" "$out" "$1| started"
	matrix -k "$1" -- 'echo c >/proc/sysrq-trigger'
	is "panic: exit status" $rc 1
	has "panic: reported" "$err" "the kernel died while running: echo c"
	has "panic: console shown" "$err" "$1# "
}

# Told to end, matrix.sh ends its guests and leaves no file.
test_stop()
{
	mkdir "$tmp/tmp"
	TMPDIR=$tmp/tmp sh "$here/matrix.sh" -k "$1" -- 'echo up; sleep 1000' >"$tmp/out" 2>&1 &
	stopped=$!
	i=0
	while ! grep -q "up\|skipped" "$tmp/out" && [ $i -lt 60 ]; do
		sleep 1
		i=$((i + 1))
	done
	kill $stopped
	wait $stopped
	is "stopped: exit status" $? 143
	is "stopped: no file left" "$(ls -A "$tmp/tmp")" ""
	is "stopped: no process left" "$(pgrep -f "$tmp/tmp")" ""
}

test_sources
test_missing_suite
test_usage
test_host
test_one_boot 6.12
if [ "$1" != --short ]; then
	for k in 5.10 6.1 7.2; do
		test_one_boot $k
	done
	test_four
	test_death 6.12
	test_stop 6.1
fi
echo "1..$tests"
[ "$failures" -eq 0 ]
