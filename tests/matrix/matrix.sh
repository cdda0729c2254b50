#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs commands on other kernels: boots each under qemu, without KVM, disk or network, from an
# initramfs that holds busybox, skep and the files named. See usage() for what it offers.
#
# One subshell per kernel, at most $jobs at once (a token in a fifo each). A guest has three serial
# ports (see init): the console and the results go to files, the commands' output through a fifo
# and sed to our stdout. What became of a guest is decided from qemu's exit status and the results
# alone, never from output. Each subshell leaves its exit status in $tmp/KERNEL/status.
#
# Invariant: whatever ends us, qemu ends too and $tmp goes. A subshell told to stop kills what it
# started last ($!), which is timeout(1), which ends its child.
# shellcheck disable=SC2317 # what only traps call

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=/dev/null
. "$here/fetch.sh"

usage()
{
	cat <<-'END'
	usage: ./dev matrix [-k KERNEL,...] [-f PATH[:DEST]]... [option]... -- COMMAND...
	       ./dev matrix --fetch | --list

	COMMAND is one command line for the guest's busybox sh, run in /work.
	  -k KERNEL,...    5.10, 6.1, 6.12, 7.2 or all of these (the default); host runs COMMAND
	                   here, arm64 too but with the arm64 build of skep under qemu-aarch64
	  -c COMMAND       another command of the same boot; may be repeated
	  -f PATH[:DEST]   put a file or directory into the guest as DEST; without DEST a relative
	                   PATH keeps its name below /work, an absolute one its last part
	  -t SECONDS       limit of one boot with all its commands (120)
	  -m MEMORY        memory of a guest, as 768 or 2G (512 MB, more when the files need it)
	  -p CPUS          processors of a guest (1; with two it boots half as fast)
	  -j N             kernels at once (the number of cores)
	  -v               boot loudly and show the kernels' consoles
	  --fetch          only fetch what is not in the cache
	  --refresh        also look for newer point releases
	  --list           show the kernels, what is cached and its size
	  --strict         a kernel that had to be skipped is a failure

	Exit status: 0 all passed; else that of the first command that failed, 1 when a kernel
	died or hung; 2 bad usage; 77 nothing could be run. Fetched kernels are kept in
	$SKEP_CACHE (~/.cache/skep); SKEP_MIRROR=URL names a Debian mirror when apt has none.
	END
}

die()
{
	echo "matrix: $*" >&2
	exit 2
}

need_number()
{
	case $2 in
	'' | *[!0-9]* | 0*) die "$1 wants a number above 0, not '$2'" ;;
	esac
}

# --- what to run ------------------------------------------------------------------------------

# add_kernels LIST: appends to $kernels, each once.
add_kernels()
{
	for k in $(echo "$1" | tr ',' ' '); do
		if [ "$k" = all ]; then
			add_kernels "$(kernel_names | tr ' ' ',')"
			continue
		fi
		case " $(kernel_names)host arm64 " in
		*" $k "*) ;;
		*) die "unknown kernel '$k': there are $(kernel_names)all, host and arm64" ;;
		esac
		case " $kernels" in
		*" $k "*) ;;
		*) kernels="$kernels$k " ;;
		esac
	done
}

add_command()
{
	[ -n "$1" ] || die "empty command"
	count=$((count + 1))
	printf '%s\n' "$1" >"$tmp/matrix/$count"
}

# add_file PATH[:DEST]: copies it into the guest's tree.
add_file()
{
	path=$1
	dest=
	if ! [ -e "$path" ]; then
		path=${1%:*}
		dest=${1##*:}
		case $1 in
		*:?*) [ -e "$path" ] ;;
		*) false ;;
		esac || die "-f $1: no such file or directory"
	fi
	case $dest:/$path/ in
	:*/../*) dest=$(basename "$(realpath "$path")") ;;
	://*) dest=$(basename "$path") ;;
	:*) dest=$path ;;
	esac
	case /$dest/ in
	*/../*) die "-f $1: DEST must not have .. in it" ;;
	esac
	case $dest in
	/*) ;;
	*) dest=/work/$dest ;;
	esac
	case $dest/ in
	/proc/* | /sys/* | /dev/* | /tmp/*) die "-f $1: the guest mounts something over $dest" ;;
	esac
	dest=$tmp/guest$dest
	mkdir -p "$(dirname "$dest")" || exit
	[ -d "$path" ] && path=$path/. && mkdir -p "$dest"
	cp -RHp "$path" "$dest" || die "-f $1: cannot be copied"
}

parse()
{
	while [ $# -gt 0 ]; do
		case $1 in
		-[kcftmpj])
			[ $# -gt 1 ] || die "$1 wants a value (./dev matrix --help)" ;;
		esac
		case $1 in
		-k) add_kernels "$2"; [ -n "$kernels" ] || die "-k names no kernel"; shift ;;
		-c) add_command "$2"; shift ;;
		-f) add_file "$2"; shift ;;
		-t) need_number -t "$2"; limit=$2; shift ;;
		-m) need_number -m "${2%[MG]}"; memory=$2; shift ;;
		-p) need_number -p "$2"; cpus=$2; shift ;;
		-j) need_number -j "$2"; jobs=$2; shift ;;
		-v) verbose=1 ;;
		-h | --help) usage; exit ;;
		--mirror) mirror_find; exit ;;
		--list) kernel_list; exit ;;
		--fetch) action=fetch ;;
		--refresh) refresh=1 ;;
		--strict) strict=1 ;;
		--) shift; [ $# -gt 0 ] && add_command "$*"; return ;;
		-*) die "unknown option '$1' (./dev matrix --help)" ;;
		*) die "unexpected '$1': the command comes after --" ;;
		esac
		shift
	done
}

# --- one guest --------------------------------------------------------------------------------

tell() { echo "$kernel: $*" >&2; }

# missing_tools: what qemu guests need and this machine lacks, with the packages.
missing_tools()
{
	lacks=
	packages=
	for pair in qemu-system-x86_64:qemu-system-x86 cpio:cpio busybox:busybox-static; do
		command -v "${pair%:*}" >/dev/null && continue
		lacks="$lacks ${pair%:*}"
		packages="$packages ${pair#*:}"
	done
	if [ -z "$lacks" ] && ! is_static "$(command -v busybox)"; then
		lacks=" a static busybox"
		packages=" busybox-static"
	fi
	[ -z "$lacks" ] || echo "needs$lacks: apt-get install$packages"
}

# A dynamic executable names its loader within its first kilobyte.
is_static() { ! head -c 1024 "$1" | grep -aq /ld-linux; }

pack() { (cd "$1" && find . | cpio --quiet -o -H newc -R 0:0); }

# guest_prepare: the part of the initramfs that all kernels share.
guest_prepare()
{
	guest=$tmp/guest
	busybox=$(realpath "$(command -v busybox)")
	mkdir -p "$guest/usr/bin" "$guest$(dirname "$busybox")" "$guest/work" "$guest/root" \
		"$guest/proc" "$guest/sys" "$guest/dev" "$guest/tmp" &&
	cp "$busybox" "$guest$busybox" &&
	busybox --install -s "$guest/bin" &&
	cp "$here/init" "$guest/init" && chmod 755 "$guest/init" &&
	cp -R "$tmp/matrix" "$guest/matrix" || exit
	skep=$top/build/skep
	if [ -x "$skep" ] && is_static "$skep"; then
		cp "$skep" "$guest/bin/skep" || exit
	elif [ -x "$skep" ]; then
		echo "matrix: build/skep is not static: the guests go without it" >&2
	fi
	pack "$guest" >"$tmp/guest.cpio" || exit
	rm -rf "$guest"
	# While it is unpacked the guest holds it twice.
	: "${memory:=$((512 + $(wc -c <"$tmp/guest.cpio") / 500000))}"
}

# show: starts to copy the lines of a fifo to stdout under the kernel's name, each as it comes,
# until nobody holds the fifo open for writing; we do till finish(), so writers may come and go.
show()
{
	rm -f "$dir/out"
	mkfifo "$dir/out" || exit
	tee "$dir/log" <"$dir/out" | sed -u "s/^/$kernel| /" &
	shown=$!
	exec 5>"$dir/out"
}

# finish: waits for what was started last, with timeout(1), and returns its exit status; what it
# left running in its process group goes too. A missing last newline is added.
finish()
{
	wait "$!"
	ended=$?
	kill -- "-$!" 2>/dev/null
	exec 5>&-
	wait "$shown"
	[ -z "$(tail -c 1 "$dir/log")" ] || echo
	return $ended
}

# stop: what a subshell does when it is told to end.
stop()
{
	# shellcheck disable=SC2086 # may be empty
	kill "$!" $shown 2>/dev/null
	exec 5>&-
	wait
	exit 143
}

command_text() { cat "$tmp/matrix/$1"; }
command_title() { head -n 1 "$tmp/matrix/$1"; }

# command_report N STATUS FROM TO
command_report()
{
	took=$(awk "BEGIN { printf \"%.1f s\", $4 - $3 }")
	if [ "$2" -eq 0 ]; then
		tell "passed ($took): $(command_title "$1")"
	else
		tell "exit $2 ($took): $(command_title "$1")"
		[ "$status" -ne 0 ] || status=$2
	fi
}

console_show() { tail -n "$1" "$dir/console" | tr -d '\r' | sed "s/^/$kernel# /" >&2; }

# died REASON: the guest did not come to its end.
died()
{
	[ -n "$verbose" ] || console_show 60
	tell "$1 while ${doing:-booting}"
	[ "$status" -ne 0 ] || status=1
}

# guest_judge QEMU_STATUS: reports on each command and sets $status.
guest_judge()
{
	[ -z "$verbose" ] || console_show +1
	doing=
	while read -r fact a b c; do
		case $fact in
		boot)
			doing="preparing the guest"
			[ -z "$verbose" ] || tell "$release booted in $a s" ;;
		warn) tell "$a $b $c" ;;
		run) since=$b; doing="running: $(command_title "$a")" ;;
		exit) command_report "$a" "$b" "$since" "$c"; doing="shutting down" ;;
		end) doing=ended ;;
		esac
	done <"$dir/result"
	case $1:$doing in
	0:ended) ;;
	0:*) died "the kernel died" ;;
	124:* | 137:*) died "hung: stopped at the limit of $limit s (-t)" ;;
	*) died "qemu failed with $1 ($(tail -n 1 "$dir/qemu"))" ;;
	esac
}

# guest_run: qemu without -cx16 makes 6.12 oops at random; 7.2 has no memory for arenas and local
# storages without that instruction. Mitigations stay on: they change what the verifier accepts. 5.10
# has the BPF LSM but does not enable it by itself.
guest_run()
{
	entry=${cache:?}/$kernel
	read -r release _ <"$entry/release"
	{ cat "$tmp/guest.cpio" && pack "$entry/root"; } >"$dir/initrd" || exit
	: >"$dir/result"
	: >"$dir/console"
	loudness=${verbose:+earlyprintk=ttyS0}
	show
	timeout -k 2 "$limit" qemu-system-x86_64 -nodefaults -display none -nic none -no-reboot \
		-cpu "max$([ "$kernel" = 7.2 ] || echo ,-cx16)" -smp "$cpus" -m "$memory" \
		-kernel "$entry/vmlinux" -initrd "$dir/initrd" \
		-append "console=ttyS0 oops=panic panic=-1 lsm=bpf ${loudness:-quiet}" \
		-serial "file:$dir/console" -serial "file:$dir/out" -serial "file:$dir/result" \
		>"$dir/qemu" 2>&1 </dev/null 3>&- 5>&- &
	finish
	guest_judge $?
}

# here_run DIR: the commands on this machine, DIR first in PATH.
here_run()
{
	n=1
	while [ $n -le "$count" ]; do
		show
		[ "$count" -eq 1 ] || echo "\$ $(command_title $n)" >&5
		since=$(date +%s.%N)
		PATH=$1:$PATH timeout -k 2 "$limit" sh -c "$(command_text $n)" \
			>"$dir/out" 2>&1 </dev/null 3>&- 5>&- &
		finish
		command_report $n $? "$since" "$(date +%s.%N)"
		n=$((n + 1))
	done
}

# arm64_wrap: a skep that is the arm64 build under qemu-user.
arm64_wrap()
{
	mkdir "$dir/bin" && cat >"$dir/bin/skep" <<-END && chmod +x "$dir/bin/skep"
	#!/bin/sh
	exec qemu-aarch64 -L /usr/aarch64-linux-gnu '$top/build/arm64/skep' "\$@"
	END
}

kernel_run()
{
	status=0
	case $kernel in
	host) here_run "$top/build" ;;
	arm64) arm64_wrap && here_run "$dir/bin" ;;
	*) guest_run ;;
	esac
	echo "$status" >"$dir/status"
}

# --- all of them ------------------------------------------------------------------------------

# kernel_ready: whether $kernel can be run; if not, $reason says why.
kernel_ready()
{
	case $kernel in
	host) return ;;
	arm64)
		[ -x "$top/build/arm64/skep" ] || refuse "build/arm64/skep is not built" || return
		command -v qemu-aarch64 >/dev/null ||
			refuse "needs qemu-aarch64: apt-get install qemu-user"
		return ;;
	esac
	[ -z "$missing" ] || refuse "$missing" || return
	reason=$(kernel_fetch "$kernel" "$refresh") && return
	kernel_is_cached "$kernel" && tell "not refreshed: $reason"
}

# select_ready: sets $ready to the kernels that can be run, $skipped if some cannot.
select_ready()
{
	missing=$(missing_tools)
	for kernel in $kernels; do
		if kernel_ready; then
			ready="$ready$kernel "
		else
			tell "skipped: $reason"
			skipped=1
		fi
	done
}

# run_all: a token is read for each kernel and given back however it ends.
run_all()
{
	mkfifo "$tmp/tokens" && exec 3<>"$tmp/tokens" || exit
	echo "$ready" | tr ' ' '\n' | head -n "$jobs" >&3
	for kernel in $ready; do
		dir=$tmp/$kernel
		mkdir "$dir" || exit
		read -r _ <&3
		(
			trap stop TERM HUP
			trap 'echo >&3' EXIT
			kernel_run
		) &
		pids="$pids $!"
	done
	wait
	pids=
}

# first_failure: the status of the first kernel that did not pass, else 0.
first_failure()
{
	for kernel in $ready; do
		status=$(cat "$tmp/$kernel/status" 2>/dev/null || echo 1)
		[ "$status" -eq 0 ] || break
	done
	echo "$status"
}

cleanup()
{
	trap '' INT TERM HUP
	# shellcheck disable=SC2086 # a list
	[ -z "$pids" ] || kill $pids 2>/dev/null
	wait
	rm -rf "$tmp"
}

action=run kernels='' count=0 limit=120 memory='' cpus=1 jobs=$(nproc)
verbose='' refresh='' strict='' ready='' skipped='' pids='' shown=''
tmp=$(mktemp -d "${TMPDIR:-/tmp}/skep-matrix.XXXXXX") || exit
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
mkdir -p "$tmp/matrix" "$tmp/guest/usr/bin"
ln -s usr/bin "$tmp/guest/bin"
ln -s usr/bin "$tmp/guest/sbin"

parse "$@"
[ -n "$kernels" ] || add_kernels all
[ "$action" = fetch ] || [ "$count" -gt 0 ] ||
	die "no command: ./dev matrix [options] -- COMMAND..."
select_ready
result=0
if [ "$action" = run ] && [ -n "$ready" ]; then
	guest_prepare
	run_all
	result=$(first_failure)
fi
[ -n "$ready" ] || result=77
case $result:$strict$skipped in
0:11 | 77:11) result=1 ;;
esac
exit "$result"
