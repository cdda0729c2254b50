# skep load when things go wrong: killed, out of room, with a reader that does not read. Programs: tests/learn.

==== SIGKILL at any moment: nothing stays attached
requires: root bpf cmd:clang cmd:gcc cmd:unshare cmd:ip cmd:tc cmd:bpftool
-- run
  $ . "$TESTS/learn/env.sh"; bpf all all; build_work
  $ cat > in_ns.sh <<'TEXT'
  > . "$TESTS/learn/env.sh"; ip link set lo up; make_cgroup
  > ids() { bpftool -j prog show | grep -o '"id":[0-9]*,"type":"[a-z_]*","name":"killed_[a-z]*"' | grep -o '"id":[0-9]*' | tr -dc '0-9\n' | sort; }
  > start 6 all.o --dev lo --cgroup "$cgroup"; ids | wc -l; stop; left
  > for how in '' '--replace --override'; do
  > for i in $(seq 25); do
  > skep load all.o --dev lo --cgroup "$cgroup" $how > out 2> err & loader=$!
  > sleep 0.0$(printf %02d $((i * 7 % 40)))
  > kill -KILL $loader 2> killed; wait $loader 2> killed
  > grep -c attached err >> reached
  > done; loader=; until_true 'test -z "$(ids)"' || ids; done
  > sort -u reached | wc -l | sed 's/[2-7]/more than one/'
  > held=; left; tc qdisc show dev lo | grep clsact
  > drop_cgroup
  > TEXT
  $ unshare -n sh in_ns.sh 2>&1 | grep -v Killed
  6
  more than one

==== ^C, SIGTERM, SIGHUP, --duration: each ends it in order
requires: root bpf cmd:clang cmd:bpftool
-- run
  $ . "$TESTS/learn/env.sh"; bpf config config
  $ for sig in INT TERM HUP; do start 1 config.o --map my_config -f lines; kill -$sig $loader; wait $loader; echo "$sig: $?"; loader=; tail -n 1 out; left; done
  INT: 0
  {"map":"my_config","elements":[]}
  TERM: 0
  {"map":"my_config","elements":[]}
  HUP: 0
  {"map":"my_config","elements":[]}
  $ timeout 10 skep load config.o --duration 100ms -q > out; echo $?
  0
  $ timeout 10 skep load config.o --duration 100ms 2>&1 | grep -o ' [0-9]* lost'
   0 lost

==== losses are counted: a map that is full, a ring that is full, a reader that is stopped
requires: root bpf cmd:clang cmd:gcc
-- run
  $ . "$TESTS/learn/env.sh"; bpf flood flood; build_work; cp work skepwork
With a reader that reads.
  $ start 1 flood.o --map .bss --map few -f lines
  $ ./skepwork calls 20
  $ until_true 'test $(grep -c ".perf..*event" out) -eq 20'
  $ stop; value calls perf_lost ring_lost not_stored | paste -s -d ' '; grep -o '[0-9]* events, [0-9]* lost' err
  calls 20 perf_lost 0 ring_lost 0 not_stored 4
  40 events, 0 lost
  $ grep '"few"' out | tail -n 1 | grep -o '"key"' | wc -l
  16
And with one that is stopped meanwhile: what is read and what is lost is all there was.
  $ start 1 flood.o --map .bss -f lines
  $ kill -STOP $loader; ./skepwork calls 50000; kill -CONT $loader; stop
  $ read=$(grep -c '"perf","type"' out); lost=$(sed -n 's/.* events, \([0-9]*\) lost/\1/p' err)
  $ test $lost -gt 1000 && echo "losses counted"; echo $((read + lost))
  losses counted
  50000
  $ value calls | paste -s -d ' '
  calls 50000
  $ ring=$(grep -c '"ring","type"' out); echo $((ring + $(value ring_lost | cut -d ' ' -f 2)))
  50000
