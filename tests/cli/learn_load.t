# The examples of seeds/learning-ebpf.md at events that this kernel has, with work whose counts are known.
# Programs: tests/learn.

==== 2.23 2.24 2.26 X2.2 X2.3 X2.5: counts by user and by call
requires: root bpf cmd:clang cmd:gcc cmd:setpriv
-- run
  $ . "$TESTS/learn/env.sh"; bpf count count; build_work; cp work skepwork; chmod 755 . skepwork
  $ start 3 count.o --map counter_table --map calls -f lines
  $ ./skepwork calls 1000
  $ ./skepwork write /dev/null x
  write: ok
  $ setpriv --reuid 501 --clear-groups ./skepwork write /dev/null x
  write: ok
  $ stop
  $ tail -n 2 out | grep '"calls"' | grep -o '"key":110,"value":[0-9]*'
  "key":110,"value":1000
  $ tail -n 2 out | grep counter_table | grep -o '"key":[0-9]*' | sort
  "key":0
  "key":501
  $ left

==== 2.12 2.13 2.15 3.34 3.35: what programs print, in the kernel's trace
requires: root bpf cmd:clang cmd:unshare cmd:ip cmd:ping
-- run
  $ . "$TESTS/learn/env.sh"; bpf hello hello
  $ cat > in_ns.sh <<'TEXT'
  > . "$TESTS/learn/env.sh"; ip link set lo up; mount -t tracefs none /mnt
  > start 1 hello.o --dev lo --set counter=814500 --map .bss -f lines
  > ping -q -c 2 -i 0.01 127.0.0.1 > ping
  > grep -o 'bpf_trace_printk: Hello World 81450[0-9]' /mnt/trace | sort -u
  > stop; value counter; left; umount /mnt
  > TEXT
  $ unshare -nm sh in_ns.sh
  bpf_trace_printk: Hello World 814500
  bpf_trace_printk: Hello World 814501
  bpf_trace_printk: Hello World 814502
  bpf_trace_printk: Hello World 814503
  counter 814504

==== 2.29 2.31 2.32 4.04 4.06 4.08 5.22 5.39: messages through a perf buffer
requires: root bpf cmd:clang cmd:gcc cmd:setpriv
-- run
  $ . "$TESTS/learn/env.sh"; bpf config config -DPERF; build_work; cp work skepwork; chmod 755 . skepwork
  $ start 1 config.o -f lines
  $ ./skepwork calls 1; setpriv --reuid 501 --clear-groups ./skepwork calls 1
  $ stop; grep skepwork out | sed 's/"pid":[0-9]*/"pid":N/'; left
  {"map":"output","type":"event","data":{"pid":N,"uid":0,"command":"skepwork","message":"Hello World"}}
  {"map":"output","type":"event","data":{"pid":N,"uid":501,"command":"skepwork","message":"Hello World"}}

==== 4.24 4.26: messages through a ring buffer, as lines and as JSON
requires: root bpf cmd:clang cmd:gcc
-- run
  $ . "$TESTS/learn/env.sh"; bpf config config; build_work; cp work skepwork
  $ start 1 config.o --set message=Hey
  $ ./skepwork calls 1
  $ stop; grep skepwork out | sed 's/"pid":[0-9]*/"pid":N/'; left
  output: event {"pid":N,"uid":0,"command":"skepwork","message":"Hey"}
  $ start 1 config.o --event output=event -j
  $ ./skepwork calls 1
  $ stop; grep skepwork out | sed 's/"pid":[0-9]*/"pid":N/'; left
  {"map":"output","type":"event","data":{"pid":N,"uid":0,"command":"skepwork","message":"Hello World"}}

==== 4.19 4.20 4.21 4.23 X4.3 X4.4 X4.7 X4.8: pins, maps changed meanwhile
requires: root bpf cmd:clang cmd:gcc cmd:unshare
-- run
  $ . "$TESTS/learn/env.sh"; bpf config config; build_work; cp work skepwork
  $ cat > in_ns.sh <<'TEXT'
  > . "$TESTS/learn/env.sh"; mount -t bpf bpf /sys/fs/bpf
  > skep load config.o --pin /sys/fs/bpf/hi -q
  > find /sys/fs/bpf/hi -type f | sort
  > skep map update pinned /sys/fs/bpf/hi/maps/my_config key hex 00 00 00 00 value hex 48 65 79 20 72 6f 6f 74 21 00 00 00
  > skep map dump pinned /sys/fs/bpf/hi/maps/my_config -j | grep -o 'Hey root!' | head -n 1
  > id=$(bpftool link show pinned /sys/fs/bpf/hi/links/hello | sed -n 's/^\([0-9]*\):.*/\1/p')
  > loader=; held="link $id"
  > rm /sys/fs/bpf/hi/progs/hello; bpftool link show id $id | grep -c raw_tracepoint
  > rm /sys/fs/bpf/hi/links/hello; left
  > umount /sys/fs/bpf
  > TEXT
  $ unshare -m sh in_ns.sh
  /sys/fs/bpf/hi/links/hello
  /sys/fs/bpf/hi/maps/_bss
  /sys/fs/bpf/hi/maps/_data
  /sys/fs/bpf/hi/maps/my_config
  /sys/fs/bpf/hi/maps/output
  /sys/fs/bpf/hi/progs/hello
  Hey root!
  1

==== 7.14 7.15 7.16 7.30 X7.2 X7.4 X4.5: one exec, by three kinds of tracepoints
requires: root bpf cmd:clang cmd:gcc
-- run
  $ . "$TESTS/learn/env.sh"; bpf exec exec; build_work; cp work skepwork
  $ start 3 exec.o -f lines
  $ ./skepwork calls 1; ./skepwork calls 2
  $ stop; sed 's/.*"by":"\([a-z_]*\)".*"command":"\([a-z]*\)","path":"\([^"]*\)".*/\1 \2 \3/' out | grep skepwork | sort; left
  raw_tp skepwork ./skepwork
  raw_tp skepwork ./skepwork
  tp sh ./skepwork
  tp sh ./skepwork
  tp_btf skepwork ./skepwork
  tp_btf skepwork ./skepwork
  $ start 1 exec.o --prog handle_exec -f lines
  $ ./skepwork calls 1
  $ stop; grep -c skepwork out; grep -c ': attached' err; left
  1
  1
  $ skep run exec.o tp_sys_enter_execve --engine kernel
  skep: error: programs of type tracepoint cannot be run on data: nothing but their event runs them
  [1]

==== 7.17 8.13: what a library writes and reads, by uprobes
requires: root bpf cmd:clang cmd:gcc
-- run
  $ . "$TESTS/learn/env.sh"; build_work; bpf tls tls -DWORK="\"$PWD/work\""
  $ start 3 tls.o --map active_read -f lines
  $ ./work tls 3
  $ stop; grep tls_events out | sort | uniq -c; tail -n 1 out; left
        3 {"map":"tls_events","type":"event","data":{"what":0,"len":10,"data":"the answer"}}
        3 {"map":"tls_events","type":"event","data":{"what":1,"len":12,"data":"the question"}}
  {"map":"active_read","elements":[]}
  $ ./work wait & pid=$!
  $ start 3 tls.o -f lines --pid $pid
  $ ./work tls 3
  $ stop; wc -l < out; left; kill $pid
  0

==== 8.05 8.12 X8.1 X3.4 X7.5: pings seen, dropped, and answered
requires: root bpf cmd:clang cmd:unshare cmd:ip cmd:ping
-- run
  $ . "$TESTS/learn/env.sh"; bpf ping ping; bpf tc tc
  $ cat > in_ns.sh <<'TEXT'
  > . "$TESTS/learn/env.sh"; ip link set lo up
  > go() { stop; value "$@" | paste -s -d ' '; left; }
  > start 1 ping.o --dev lo --map .bss -f lines; ping -q -c 3 -i 0.01 127.0.0.1 > said; echo "passed: $?"; go pings answers
  > start 1 ping.o --dev lo --map .bss -f lines --set verdict=1; ping -q -c 3 -i 0.01 -W 1 127.0.0.1 > said; echo "dropped: $?"; go pings answers
  > start 1 ping.o --dev lo --map .bss -f lines --set verdict=0; ping -q -c 3 -i 0.01 -W 1 127.0.0.1 > said; echo "aborted: $?"; go pings answers
  > start 1 tc.o --prog tc_drop --dev lo --map .bss -f lines; ping -q -c 3 -i 0.01 -W 1 127.0.0.1 > said; echo "tc_drop: $?"; go dropped
  > start 1 tc.o --prog drop_pings --dev lo --map .bss -f lines; ping -q -c 3 -i 0.01 -W 1 127.0.0.1 > said; echo "drop_pings: $?"; go asked
  > ip link add here type veth peer name there; ip addr add 10.9.0.1/24 dev here; ip link set here up; ip link set there up
  > ip neigh add 10.9.0.2 dev here lladdr $(cat /sys/class/net/there/address 2> /dev/null || ip -o link show there | sed 's/.*ether \([0-9a-f:]*\).*/\1/')
  > ping -q -c 1 -W 1 10.9.0.2 > said; echo "nobody there: $?"
  > start 1 tc.o --prog tc_pingpong --dev there --map .bss -f lines; ping -q -c 3 -i 0.01 -W 1 10.9.0.2 > said; echo "tc_pingpong: $?"; go answered
  > start 1 ping.o --dev lo; skep load ping.o --dev lo; stop; left
  > TEXT
  $ unshare -n sh in_ns.sh
  passed: 0
  pings 3 answers 3
  dropped: 1
  pings 3 answers 0
  aborted: 1
  pings 3 answers 0
  tc_drop: 1
  dropped 3
  drop_pings: 1
  asked 3
  nobody there: 1
  tc_pingpong: 0
  answered 3
  skep: error: cannot attach 'ping': XDP of lo: Device or resource busy
    a program is there already: detach it, or say --replace

==== 9.01 9.04 9.06 9.10 9.11: a profile of calls, alerts out of policy, a kill
requires: root bpf cmd:clang cmd:gcc
-- run
  $ . "$TESTS/learn/env.sh"; bpf policy policy; build_work; cp work skepwork
  $ start 3 policy.o --map allowed --map .bss -f lines
  $ ./skepwork read /dev/null; ./skepwork read /etc/shadow; ./skepwork read /nosuch
  read: ok
  read: ok
  open: ENOENT
  $ stop; grep alerts out | sed 's/"pid":[0-9]*/"pid":N/'
  {"map":"alerts","type":"event","data":{"pid":N,"killed":0,"path":"/etc/shadow"}}
  $ grep '"allowed"' out | tail -n 1 | grep -o '"key":\(0\|1\|39\|41\|257\|231\),' | sort
  "key":0,
  "key":1,
  "key":231,
  "key":257,
  $ value failed; left
  failed 1
  $ start 3 policy.o --set enforce=true -f lines
  $ ./skepwork read /dev/null; (./skepwork read /etc/shadow); echo "status $?"
  read: ok
  Killed
  status 137
  $ stop; grep alerts out | sed 's/"pid":[0-9]*/"pid":N/'; left
  {"map":"alerts","type":"event","data":{"pid":N,"killed":1,"path":"/etc/shadow"}}

==== X5.6: a section of no known name
requires: root bpf cmd:clang
-- run
  $ printf '__attribute__((section("xpd"), used)) int f(void *c) { return 0; }\n' > f.c; clang -O2 -g -target bpf -c f.c -o f.o
  $ skep load f.o
  f.o: error: section 'xpd' of program 'f' names no type of program [load.section]
    did you mean 'xdp'?
  [1]
