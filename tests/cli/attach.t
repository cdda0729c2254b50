# skep load at the hooks that this kernel has: attached, its effect seen, detached, and nothing left.
# Programs: tests/learn. All traffic is inside a network namespace and a cgroup that the case makes.

==== cgroups: what is denied, what is allowed, and how often
requires: root bpf cmd:clang cmd:gcc cmd:unshare cmd:ip cmd:bpftool
-- run
  $ . "$TESTS/learn/env.sh"; bpf cgroup cgroup; build_work
  $ cat > in_ns.sh <<'TEXT'
  > . "$TESTS/learn/env.sh"; ip link set lo up; make_cgroup
  > start 10 cgroup.o --cgroup "$cgroup" --map .bss --set really_at=7001 -f lines
  > bpftool cgroup show "$cgroup" | grep -c multi
  > ./work serve 7001 hello > served &
  > until_true 'grep -qs serving served'
  > inside ./work connect 1
  > inside ./work connect 2
  > inside ./work bind 8001
  > inside ./work bind 8003
  > inside ./work sockets
  > inside ./work options
  > inside ./work read /proc/sys/net/ipv4/ip_default_ttl
  > inside ./work write /proc/sys/net/ipv4/ip_default_ttl 65
  > inside ./work read /dev/zero
  > inside ./work write /dev/null x
  > stop
  > value connects binds sockets gets sets reads writes devices established | paste -s -d ' '
  > left; drop_cgroup
  > ./work write /proc/sys/net/ipv4/ip_default_ttl 65
  > TEXT
  $ unshare -n sh in_ns.sh
  10
  connect: ok
  hello
  connect: EPERM
  bind: ok
  port 8002
  bind: EPERM
  stream: ok
  datagram: EPERM
  unix: ok
  getsockopt: ok
  mark 4711
  setsockopt: EPERM
  read: ok
  write: EPERM
  open: EPERM
  write: ok
  connects 2 binds 2 sockets 7 gets 1 sets 1 reads 1 writes 1 devices 2 established 1
  write: ok

==== cgroups: packets counted, an order, an override
requires: root bpf cmd:clang cmd:unshare cmd:ip cmd:ping cmd:bpftool
-- run
  $ . "$TESTS/learn/env.sh"; bpf cgroup cgroup
  $ cat > in_ns.sh <<'TEXT'
  > . "$TESTS/learn/env.sh"; ip link set lo up; make_cgroup
  > start 2 cgroup.o --prog ingress --prog egress --cgroup "$cgroup" --map .bss -f lines
  > inside ping -q -c 5 -i 0.01 127.0.0.1 > ping
  > stop
  > value in out | paste -s -d ' '
  > left
  > start 1 cgroup.o --prog egress --cgroup "$cgroup" --override
  > bpftool cgroup show "$cgroup" | grep -c override
  > stop; left
  > drop_cgroup
  > TEXT
  $ unshare -n sh in_ns.sh
  in 5 out 5
  1

==== sockets of a map: what one end sends goes straight to the other
requires: root bpf cmd:clang cmd:gcc cmd:unshare cmd:ip cmd:bpftool
-- run
  $ . "$TESTS/learn/env.sh"; bpf redirect redirect; build_work
  $ cat > in_ns.sh <<'TEXT'
  > . "$TESTS/learn/env.sh"; ip link set lo up; make_cgroup
  > start 2 redirect.o --prog join --prog across --cgroup "$cgroup" --sockmap ends --map .bss -f lines
  > inside ./work tcp 7001 64
  > stop
  > value joined | paste -s -d ' '
  > test $(value sent | cut -d ' ' -f 2) -ge 64 && echo "each piece was seen"
  > bytes=$(ip -s link show lo | sed -n '/RX/{n;s/^ *\([0-9]*\).*/\1/p}')
  > test $bytes -lt 65536 && echo "and none went through lo"
  > left
  > ./work tcp 7001 64
  > bytes=$(ip -s link show lo | sed -n '/RX/{n;s/^ *\([0-9]*\).*/\1/p}')
  > test $bytes -gt 4194304 && echo "all did, without"
  > drop_cgroup
  > TEXT
  $ unshare -n sh in_ns.sh
  got 4194304 bytes
  joined 2
  each piece was seen
  and none went through lo
  got 4194304 bytes
  all did, without

==== sk_lookup: a listener for another port
requires: root bpf cmd:clang cmd:gcc cmd:unshare cmd:ip cmd:bpftool
-- run
  $ . "$TESTS/learn/env.sh"; bpf redirect redirect; build_work
  $ cat > in_ns.sh <<'TEXT'
  > . "$TESTS/learn/env.sh"; ip link set lo up; make_cgroup
  > start 2 redirect.o --prog join --prog look --cgroup "$cgroup" --set stands_for=7001 --set is_asked_for=7777 --map .bss -f lines
  > ./work connect 7777
  > inside ./work serve 7001 hello > served &
  > until_true 'grep -qs serving served'
  > ./work connect 7777
  > stop; value looked; left
  > ./work connect 7777
  > until_true drop_cgroup 2> /dev/null
  > TEXT
  $ unshare -n sh in_ns.sh
  connect: ECONNREFUSED
  connect: ok
  hello
  looked 2
  connect: ECONNREFUSED

==== a flow dissector, asked where packets are spread over CPUs
requires: root bpf cmd:clang cmd:unshare cmd:ip cmd:ping cmd:bpftool
-- run
  $ . "$TESTS/learn/env.sh"; bpf flow flow
  $ cat > in_ns.sh <<'TEXT'
  > . "$TESTS/learn/env.sh"; mount -t sysfs sysfs /sys; ip link set lo up
  > echo 3 > /sys/class/net/lo/queues/rx-0/rps_cpus
  > start 1 flow.o --map .bss -f lines
  > bpftool net show | grep -A1 '^flow_dissector' | grep -c id
  > ping -q -c 5 -i 0.01 127.0.0.1 > ping; echo "ping: $?"
  > stop; value dissected dropped; left
  > TEXT
  $ unshare -nm sh in_ns.sh
  1
  ping: 0
  dissected 10
  dropped 0

==== netfilter: pings dropped, and all else let through
requires: root bpf cmd:clang cmd:gcc cmd:unshare cmd:ip cmd:ping cmd:bpftool
-- run
  $ . "$TESTS/learn/env.sh"; bpf filter filter; build_work
  $ cat > in_ns.sh <<'TEXT'
  > . "$TESTS/learn/env.sh"; ip link set lo up
  > start 1 filter.o --prog packets --priority -5 --map .bss -f lines
  > cat err
  > ping -q -c 2 -i 0.01 -W 1 127.0.0.1 > ping; echo "ping: $?"
  > ping -q -s 100 -c 2 -i 0.01 -W 1 127.0.0.1 > ping; echo "long ping: $?"
  > stop; value dropped accepted; left
  > ping -q -c 2 -i 0.01 -W 1 127.0.0.1 > ping; echo "ping: $?"
  > start 1 filter.o --prog packets --family ipv6 --hook output --priority 7 --defrag --set drop_len=104
  > cat err
  > ping -6 -q -c 1 -W 1 ::1 > ping; echo "ping: $?"
  > stop; left
  > skep load filter.o --prog packets --priority high
  > TEXT
  $ unshare -n sh in_ns.sh
  packets: attached to netfilter ipv4 input priority -5
  ping: 1
  long ping: 0
  dropped 2
  accepted 4
  ping: 0
  packets: attached to netfilter ipv6 output priority 7
  ping: 1
  skep: error: --priority takes a number of 32 bits, not 'high'
  [1]

==== a socket's filter, and a group's: of another process
requires: root bpf cmd:clang cmd:gcc cmd:unshare cmd:ip cmd:bpftool
-- run
  $ . "$TESTS/learn/env.sh"; bpf filter filter; build_work
  $ cat > in_ns.sh <<'TEXT'
  > . "$TESTS/learn/env.sh"; ip link set lo up
  > for prog in datagrams group; do
  > rm -f got; ./work receive 7001 $(test $prog = group && echo 2) > got & receiver=$!
  > until_true 'test -s got'
  > start 1 filter.o --prog $prog --socket $receiver:$(cut -d ' ' -f 2 got) --map .bss -f lines
  > cat err
  > ./work send 7001 y1 n1 y2 n2
  > stop; value seen
  > ./work send 7001 n3
  > until_true 'grep -qs n3 got'
  > ./work send 7001 end; wait $receiver; sed 1d got | sort
  > left
  > done
  > skep load filter.o --prog group --socket 1
  > skep load filter.o --prog group --socket $$:77 2>&1 | sed "s/$$/PID/"
  > TEXT
  $ unshare -n sh in_ns.sh
  datagrams: attached to a socket
  seen 4
  got n3
  got y1
  got y2
  group: attached to a group of sockets
  seen 4
  got n3
  got y1
  got y2
  skep: error: --socket takes PID:FD, not '1'
  skep: error: descriptor 77 of process PID: Bad file descriptor

==== struct_ops: a congestion control under a real transfer
requires: root bpf cmd:clang cmd:gcc cmd:unshare cmd:ip cmd:bpftool
-- run
  $ . "$TESTS/learn/env.sh"; build_work
  $ cat > in_ns.sh <<'TEXT'
  > . "$TESTS/learn/env.sh"; ip link set lo up
  > ./work tcp 7001 1 skep_reno | head -n 1
  > for table in .struct_ops.link .struct_ops; do
  > bpf cc cc -DTABLE="\"$table\""
  > start 1 cc.o --map .bss -f lines
  > grep attached err
  > ./work tcp 7001 64 skep_reno
  > stop
  > test $(value avoided | cut -d ' ' -f 2) -gt 10 && echo "it was asked"
  > left
  > ./work tcp 7001 1 skep_reno | head -n 1
  > done
  > TEXT
  $ unshare -n sh in_ns.sh
  skep_reno: ENOENT
  ops: attached to struct_ops
  skep_reno: ok
  got 4194304 bytes
  it was asked
  skep_reno: ENOENT
  ops: attached to struct_ops
  skep_reno: ok
  got 4194304 bytes
  it was asked
  skep_reno: ENOENT

==== iterators
requires: root bpf cmd:clang cmd:gcc
-- run
  $ . "$TESTS/learn/env.sh"; bpf iter iter; build_work
  $ ./work wait & pid=$!
  $ until_true 'skep load iter.o --prog tasks --pid $pid | grep -q work'
  $ skep load iter.o --prog tasks --pid $pid | sed "s/$pid/PID/g"
  PID PID work
  $ skep load iter.o --prog tasks | grep -c "^$pid $pid work$"
  1
  $ skep load iter.o --prog tasks --pid $pid -j | sed "s/$pid/PID/g"
  {"iter":"tasks","text":"PID PID work\n"}
  $ skep load iter.o --prog maps | grep -x 'walked_here 4' | head -n 1
  walked_here 4
  $ skep load iter.o --prog elements --walk walked_here
  0: 0
  1: 0
  2: 0
  3: 0
  $ skep load iter.o --prog elements --walk walked_here --duration 250ms --interval 100ms -f lines 2> /dev/null | sort | uniq -c | sed 's/^ *//'
  3 {"iter":"elements","text":"0: 0\n1: 0\n2: 0\n3: 0\n"}
  $ skep load iter.o --prog elements
  skep: error: cannot attach 'elements': iterator bpf_map_elem: Bad file descriptor
    it walks a map: say --walk MAP
  [1]
  $ skep load iter.o --prog elements --walk nothing
  skep: error: there is no map 'nothing' in the object
  [1]
  $ kill $pid

==== XDP on veth, native and generic; one program at a time
requires: root bpf cmd:clang cmd:unshare cmd:ip cmd:ping cmd:bpftool
-- run
  $ . "$TESTS/learn/env.sh"; bpf ping ping
  $ cat > in_ns.sh <<'TEXT'
  > . "$TESTS/learn/env.sh"; mount -t tmpfs none /run; mkdir /run/netns
  > ip netns add other
  > ip link add here type veth peer name there netns other
  > ip addr add 10.9.0.1/24 dev here; ip link set here up
  > ip -n other addr add 10.9.0.2/24 dev there; ip -n other link set there up
  > until_true 'ping -q -c 1 -W 1 10.9.0.2 > ping'
  > for mode in native generic any; do
  > start 1 ping.o --dev here --mode $mode --map .bss -f lines
  > ip link show dev here | grep -o 'xdpgeneric\|xdp ' | head -n 1
  > ping -q -c 3 -i 0.01 -W 1 10.9.0.2 > ping; echo "ping: $?"
  > stop; value pings answers | paste -s -d ' '; left
  > done
  > start 1 ping.o --dev there --netns other --set verdict=1 --map .bss -f lines
  > ping -q -c 3 -i 0.01 -W 1 10.9.0.2 > ping; echo "dropped there: $?"
  > stop; value pings answers | paste -s -d ' '; left
  > start 1 ping.o --dev here
  > skep load ping.o --dev here
  > stop
  > skep load ping.o --dev there --netns nosuch
  > ip netns del other
  > TEXT
  $ unshare -nm sh in_ns.sh
  xdp 
  ping: 0
  pings 0 answers 3
  xdpgeneric
  ping: 0
  pings 0 answers 3
  xdp 
  ping: 0
  pings 0 answers 3
  dropped there: 1
  pings 3 answers 0
  skep: error: cannot attach 'ping': XDP of here: Device or resource busy
    a program is there already: detach it, or say --replace
  skep: error: network namespace nosuch: No such file or directory

==== tcx in order, then clsact
requires: root bpf cmd:clang cmd:unshare cmd:ip cmd:tc cmd:ping cmd:bpftool
-- run
  $ . "$TESTS/learn/env.sh"; bpf order order
  $ cat > in_ns.sh <<'TEXT'
  > . "$TESTS/learn/env.sh"; mount -t bpf bpf /sys/fs/bpf; ip link set lo up
  > loaders=; all=
  > with() { start 1 order.o --dev lo "$@"; loaders="$loader $loaders"; all="$all
  > $held"; }
  > with --prog old --set number=4 --priority 7 --handle 3
  > with --prog tcx --set number=2
  > second=$(echo "$held" | sed -n 's/^prog //p')
  > with --prog tcx --set number=1 --order first
  > with --prog tcx --set number=3 --order last
  > with --prog tcx --set number=5 --order before:$second
  > with --prog tcx --set number=6 --order after:$second
  > with --prog old --set number=8 --priority 9
  > tc filter show dev lo ingress | grep -o 'pref [79].*handle.*old' | sed 's/ id [0-9]*/ id N/'
  > ping -q -c 1 -W 1 127.0.0.1 > ping
  > skep map dump pinned /sys/fs/bpf/order_seen | grep -o '"value": [0-9]*'
  > skep load order.o --dev lo --prog tcx --order before:999999999
  > skep load order.o --dev lo --prog tcx --order next
  > for loader in $loaders; do stop; done
  > held=$all; left
  > tc qdisc show dev lo | grep -c clsact
  > tc qdisc add dev lo clsact
  > start 1 order.o --dev lo --prog old --egress
  > tc filter show dev lo egress | grep -c direct-action
  > stop; left
  > tc filter show dev lo egress | wc -l
  > tc qdisc show dev lo | grep -c clsact
  > umount /sys/fs/bpf
  > TEXT
  $ unshare -nm sh in_ns.sh
  pref 7 bpf chain 0 handle 0x3 old direct-action not_in_hw id N name old
  pref 9 bpf chain 0 handle 0x1 old direct-action not_in_hw id N name old
  "value": 152634152634
  skep: error: cannot attach 'tcx': tcx/ingress of lo: No such file or directory
  skep: error: --order takes first, last, before:ID or after:ID, with the id of a program, not 'next'
  0
  1
  0
  1
