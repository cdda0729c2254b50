# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Where the kernels come from: Debian's cloud kernels, fetched by apt from the mirror this machine
# already uses, kept outside the tree. Read by matrix.sh; apt's own state is never touched.
#
# $cache/6.12/release      "6.12.107+deb13-cloud-amd64 6.12.107-1": uname -r, package version
# $cache/6.12/vmlinux      uncompressed, which boots 1.5 s sooner
# $cache/6.12/root         for the initramfs: boot/config-RELEASE, lib/modules/RELEASE
# $cache/.new-6.12         an entry being made; one rename makes it $cache/6.12, whole or not at all
# $cache/.lock-6.12        held by whoever makes it

cache=${SKEP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/skep}/kernels
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# Not all of lib/modules: what a test of eBPF may want, and what that depends on.
modules="veth dummy tun ifb sch_ingress cls_bpf act_bpf
	nf_conntrack nf_defrag_ipv4 nf_defrag_ipv6 libcrc32c"

# KERNEL SUITE...: the suites are tried in turn.
kernel_table()
{
	cat <<-END
	5.10 bullseye
	6.1 bookworm
	6.12 trixie bookworm-backports
	7.2 sid
	END
}

kernel_names() { kernel_table | cut -d ' ' -f 1 | tr '\n' ' '; }
kernel_suites() { kernel_table | sed -n "s/^$1 //p"; }
kernel_is_cached() { [ -f "$cache/$1/release" ]; }

# Records why a kernel cannot be had, for the one line that says so.
refuse()
{
	reason=$1
	return 1
}

# apt reads its own configuration, so both formats of sources and all their options are understood.
# $SKEP_APT_ETC stands for /etc/apt in tests.
mirror_find()
{
	# shellcheck disable=SC2016 # apt expands these
	apt-get ${SKEP_APT_ETC:+-o "Dir::Etc=$SKEP_APT_ETC"} indextargets --no-release-info \
		--format '$(IDENTIFIER) $(COMPONENT) $(RELEASE) $(REPO_URI)' 2>/dev/null |
	awk '$1 == "Packages" && $2 == "main" && $4 !~ /^cdrom:/ &&
	     $3 ~ /^(bullseye|bookworm|trixie|forky|sid|(old)*stable|testing|unstable)$/ {
		print $4
		exit
	}'
}

# apt_prepare DIR: an apt of its own in DIR. The hooks of the machine's configuration are cleared:
# they would clean or index the system's lists.
apt_prepare()
{
	mkdir -p "$1/lists/partial" "$1/cache/archives/partial" &&
	: >"$1/status" &&
	cat >"$1/apt.conf" <<-END
	#clear APT::Update;
	#clear DPkg::Post-Invoke;
	APT::Architecture "amd64";
	APT::Architectures "amd64";
	APT::Sandbox::User "root";
	APT::Update::Error-Mode "any";
	Acquire::Languages "none";
	Acquire::Check-Valid-Until "false";
	Dir::State "$1";
	Dir::State::lists "$1/lists";
	Dir::State::status "$1/status";
	Dir::Cache "$1/cache";
	Dir::Etc::sourcelist "$1/sources.list";
	Dir::Etc::sourceparts "/dev/null";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "/dev/null";
	END
}

apt_names() { apt-cache -c "$1/apt.conf" pkgnames "$2"; }

# suite_look DIR KERNEL MIRROR SUITE: sets $release and $version to the suite's newest KERNEL.x.
suite_look()
{
	rm -rf "$1"
	apt_prepare "$1" || refuse "cannot write $1" || return
	echo "deb [arch=amd64 signed-by=$keyring] $3 $4 main" >"$1/sources.list"
	if ! apt-get -q -c "$1/apt.conf" update >"$1/log" 2>&1; then
		refuse "$4: $(grep '^[EW]: ' "$1/log" | head -n 1)"
		return
	fi
	release=$(apt_names "$1" "linux-image-$2." |
		sed -n 's/^linux-image-\(.*-cloud-amd64\)$/\1/p' | sort -V | tail -n 1)
	[ -n "$release" ] || refuse "$4 has no cloud kernel $2" || return
	version=$(apt-cache -c "$1/apt.conf" show "linux-image-$release" |
		sed -n 's/^Version: //p' | head -n 1)
}

# Newer kernels are split: the image's package is empty, the rest is in three others.
packages_download()
{
	names=
	for part in image base binary modules; do
		name=$(apt_names "$1" "linux-$part-$release" | grep -Fx "linux-$part-$release") &&
			names="$names $name"
	done
	# shellcheck disable=SC2086 # names is a list
	(cd "$1" && apt-get -q -c apt.conf download $names) >"$1/log" 2>&1 ||
		refuse "download failed: $(grep '^[EW]: ' "$1/log" | head -n 1)"
}

packages_unpack()
{
	for deb in "$1"/*.deb; do
		dpkg -x "$deb" "$1/x" || refuse "cannot unpack ${deb##*/}" || return
	done
}

# u32_at FILE OFFSET, a little-endian number
u32_at() { od -An -tu4 -j"$2" -N4 "$1" | tr -d ' '; }

# vmlinux_extract BZIMAGE OUT: the boot header (Documentation/arch/x86/boot.rst) says where the
# compressed kernel lies; four bytes with its unpacked size follow it.
vmlinux_extract()
{
	setup_sects=$(od -An -tu1 -j497 -N1 "$1" | tr -d ' ')
	start=$(((setup_sects + 1) * 512 + $(u32_at "$1" 584)))
	length=$(($(u32_at "$1" 588) - 4))
	case $(od -An -tx1 -j"$start" -N4 "$1") in
	" 02 21 4c 18") unpack=lz4 ;;
	" 28 b5 2f fd") unpack=zstd ;;
	" fd 37 7a 58") unpack=xz ;;
	*) refuse "its kernel is packed in a way not known here" || return ;;
	esac
	command -v "$unpack" >/dev/null ||
		refuse "needs $unpack to unpack it: apt-get install $unpack" || return
	tail -c +$((start + 1)) "$1" | head -c "$length" | "$unpack" -dc >"$2" ||
		refuse "$unpack cannot unpack its kernel"
}

# modules_pick FROM ROOT: the named modules, uncompressed, with an index for modprobe.
modules_pick()
{
	mkdir -p "$2/lib/modules/$release"
	for name in $modules; do
		found=$(find "$1" -name "$name.ko" -o -name "$name.ko.xz")
		out=$2/lib/modules/$release/$name.ko
		case $found in
		*.xz) busybox unxz -c "$found" >"$out" ;;
		?*) cp "$found" "$out" ;;
		esac || refuse "cannot unpack module $name" || return
	done
	busybox depmod -b "$2" "$release" || refuse "cannot index its modules"
}

# entry_make NEW APT: fills NEW with what the packages of $release hold.
entry_make()
{
	packages_download "$2" && packages_unpack "$2" || return
	vmlinuz=$(find "$2/x" -name 'vmlinuz*')
	config=$(find "$2/x" -path "*/boot/config-$release" -o -path "*/$release/config")
	[ -f "$vmlinuz" ] && [ -f "$config" ] ||
		refuse "its packages have no vmlinuz or no config" || return
	vmlinux_extract "$vmlinuz" "$1/vmlinux" && modules_pick "$2/x" "$1/root" || return
	{
		mkdir -p "$1/root/boot" && cp "$config" "$1/root/boot/config-$release" &&
		rm -rf "$2" && echo "$release $version" >"$1/release"
	} || refuse "cannot write $1"
}

entry_publish()
{
	rm -rf "$2.old"
	! [ -e "$2" ] || mv "$2" "$2.old"
	mv "$1" "$2" && rm -rf "$2.old"
}

# kernel_update KERNEL: makes $cache/KERNEL the newest its suites have.
kernel_update()
{
	command -v apt-get >/dev/null || refuse "no apt-get on this machine" || return
	[ -f "$keyring" ] ||
		refuse "needs Debian's keys: apt-get install debian-archive-keyring" || return
	mirror=${SKEP_MIRROR:-$(mirror_find)}
	[ -n "$mirror" ] ||
		refuse "no Debian mirror in apt's sources (SKEP_MIRROR=URL names one)" || return
	new=$cache/.new-$1
	rm -rf "$new"
	trap 'rm -rf "$new"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	why=
	for suite in $(kernel_suites "$1"); do
		echo "$1: looking in $suite" >&2
		suite_look "$new/apt" "$1" "$mirror" "$suite" && break
		why=${why:+$why; }$reason
		release=
	done
	[ -n "$release" ] || refuse "$why" || return
	if [ "$release $version" = "$(cat "$cache/$1/release" 2>/dev/null)" ]; then
		echo "$1: $release $version is the newest" >&2
		return
	fi
	echo "$1: fetching $release $version" >&2
	entry_make "$new" "$new/apt" && entry_publish "$new" "$cache/$1"
}

# kernel_fetch KERNEL REFRESH: fetches what is not cached, or with REFRESH not the newest.
# Prints the reason when it cannot.
kernel_fetch()
{
	if kernel_is_cached "$1" && [ -z "$2" ]; then
		return
	fi
	mkdir -p "$cache" || { echo "cannot write to $cache"; return 1; }
	(
		flock -n 9 || { echo "$1: waiting for another fetch" >&2; flock 9; }
		if kernel_is_cached "$1" && [ -z "$2" ]; then
			exit 0
		fi
		kernel_update "$1" || { echo "$reason"; exit 1; }
	) 9>"$cache/.lock-$1"
}

# kernel_list: one line for each kernel, cached or not.
kernel_list()
{
	kernel_table | while read -r name suites; do
		if kernel_is_cached "$name"; then
			size=$(du -sh "$cache/$name" | cut -f 1)
			echo "$name $(cat "$cache/$name/release") $size cached"
		else
			echo "$name - - - not fetched (${suites%% *})"
		fi
	done | awk '{ n = $1; r = $2; v = $3; s = $4; $1 = $2 = $3 = $4 = ""; sub(/^ +/, "")
		printf "%-5s %-30s %-18s %5s  %s\n", n, r, v, s, $0 }'
}
