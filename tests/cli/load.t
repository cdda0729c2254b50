# skep load: attached for real, known work done, known counts.

==== tracing: all that counts the same work
requires: root bpf cmd:clang cmd:gcc
-- run
  $ printf 'int work(int n) { return n + 1; }\nint main(void) { int i, n = 0; for (i = 0; i < 10; i++) n = work(n); return n != 10; }\n' > skepwork.c
  $ gcc -O0 -o skepwork skepwork.c
  $ cat > hits.c <<'TEXT'
  > #include <linux/bpf.h>
  > #include <bpf/bpf_helpers.h>
  > struct {
  > 	__uint(type, BPF_MAP_TYPE_HASH);
  > 	__uint(max_entries, 16);
  > 	__type(key, char[8]);
  > 	__type(value, long);
  > } hits SEC(".maps");
  > struct event { int pid; char comm[16]; };
  > struct event *unused_event;
  > struct {
  > 	__uint(type, BPF_MAP_TYPE_RINGBUF);
  > 	__uint(max_entries, 65536);
  > } ring SEC(".maps");
  > struct {
  > 	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  > 	__uint(key_size, 4);
  > 	__uint(value_size, 4);
  > } perf SEC(".maps");
  > static __always_inline int ours(char *comm)
  > {
  > 	bpf_get_current_comm(comm, 16);
  > 	return comm[0] == 's' && comm[1] == 'k' && comm[2] == 'e' && comm[3] == 'p' && comm[4] == 'w';
  > }
  > #define HIT(name, section)                                                    \
  > SEC(section) int name(void *ctx)                                              \
  > {                                                                             \
  > 	char comm[16], key[8] = #name;                                        \
  > 	long one = 1, *n;                                                     \
  > 	if (!ours(comm))                                                      \
  > 		return 0;                                                     \
  > 	n = bpf_map_lookup_elem(&hits, key);                                  \
  > 	if (n)                                                                \
  > 		__sync_fetch_and_add(n, 1);                                   \
  > 	else                                                                  \
  > 		bpf_map_update_elem(&hits, key, &one, 0);                     \
  > 	return 0;                                                             \
  > }
  > HIT(tp, "tp/sched/sched_process_exec")
  > HIT(raw_tp, "raw_tp/sched_process_exec")
  > HIT(tp_btf, "tp_btf/sched_process_exec")
  > HIT(up, "uprobe/" WORK ":work")
  > HIT(ret, "uretprobe/" WORK ":work")
  > HIT(multi, "uprobe.multi/" WORK ":wor?")
  > SEC("raw_tp/sched_process_exec") int events(void *ctx)
  > {
  > 	struct event e = {.pid = 1};
  > 	if (!ours(e.comm))
  > 		return 0;
  > 	bpf_ringbuf_output(&ring, &e, sizeof(e), 0);
  > 	e.pid = 2;
  > 	bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, &e, sizeof(e));
  > 	return 0;
  > }
  > char LICENSE[] SEC("license") = "GPL";
  > TEXT
  $ clang -O2 -g -target bpf -DWORK="\"$PWD/skepwork\"" -I/usr/include/$(uname -m)-linux-gnu -c hits.c -o hits.o
  $ skep load hits.o --map hits -f lines > out 2> err & echo $! > pid
  $ for i in $(seq 200); do test $(skep link show -f lines | grep -c -e sched_process_exec -e skepwork) -ge 7 && break; sleep 0.05; done
  $ for i in 1 2 3 4 5; do ./skepwork; done
  $ kill -INT $(cat pid); for i in $(seq 200); do kill -0 $(cat pid) 2> /dev/null || break; sleep 0.05; done
  $ tail -n 1 out | tr '{' '\n' | sed -n 's/.*key":"\([a-z_]*\)","value":\([0-9]*\).*/\1 \2/p' | sort
  multi 50
  raw_tp 5
  ret 50
  tp 5
  tp_btf 5
  up 50
  $ grep -c '"map":"ring","type":"event","data":{"pid":1,"comm":"skepwork"}' out
  5
  $ grep -c '"map":"perf","type":"event","data":{"pid":2,"comm":"skepwork"}' out
  5
  $ grep events, err
  10 events, 0 lost
  $ grep -c ' runs, [0-9]* ns each' err
  7

==== XDP and TC, in a network of their own
requires: root bpf cmd:clang cmd:unshare cmd:ip cmd:ping
-- run
  $ cat > net.c <<'TEXT'
  > #include <linux/bpf.h>
  > #include <bpf/bpf_helpers.h>
  > int seen_xdp, seen_in, seen_out;
  > int drop;
  > SEC("xdp") int x(struct xdp_md *ctx)
  > {
  > 	seen_xdp++;
  > 	return drop ? XDP_DROP : XDP_PASS;
  > }
  > SEC("tcx/ingress") int in(struct __sk_buff *skb)
  > {
  > 	seen_in++;
  > 	return -1;
  > }
  > SEC("tc") int old(struct __sk_buff *skb)
  > {
  > 	seen_out++;
  > 	return 0;
  > }
  > char LICENSE[] SEC("license") = "GPL";
  > TEXT
  $ clang -O2 -g -target bpf -I/usr/include/$(uname -m)-linux-gnu -c net.c -o net.o
  $ cat > in_ns.sh <<'TEXT'
  > ip link set lo up
  > : > err
  > skep load net.o --dev lo "$@" --map .bss > out 2> err & pid=$!
  > for i in $(seq 200); do test $(grep -c attached err) -ge 3 && break; sleep 0.05; done
  > ping -c 3 -i 0.01 -W 1 127.0.0.1 > ping 2>&1
  > echo "ping: $?"
  > kill -INT $pid; wait $pid
  > grep attached err
  > ip -d link show dev lo | grep -c 'prog/xdp'
  > tc qdisc show dev lo | grep -c clsact
  > true
  > TEXT
  $ unshare -n sh in_ns.sh
  ping: 0
  x: attached to XDP of lo
  in: attached to tcx/ingress of lo
  old: attached to clsact ingress of lo
  0
  0
  $ tail -n 1 out | grep -o 'seen_[a-z]*":[0-9]*'
  seen_xdp":6
  seen_in":6
  seen_out":6
  $ unshare -n sh in_ns.sh --set drop=1 | head -n 1
  ping: 1
  $ unshare -n skep load net.o
  skep: error: cannot attach 'x': to which interface? say --dev NAME
  [1]
  $ unshare -n skep load net.o --dev nosuch
  skep: error: cannot attach 'x': interface nosuch: No such device
  [1]

==== pinned, and ended by its link
requires: root bpf cmd:clang cmd:unshare
-- run
  $ printf '#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\nint n;\nSEC("raw_tp/sched_process_exec") int e(void *ctx) { n++; return 0; }\nchar L[] SEC("license") = "GPL";\n' > pin.c
  $ clang -O2 -g -target bpf -I/usr/include/$(uname -m)-linux-gnu -c pin.c -o pin.o
  $ cat > in_ns.sh <<'TEXT'
  > mkdir fs; mount -t bpf bpf fs
  > skep load pin.o --pin fs/a -q
  > (cd fs/a && find . -type f | sort)
  > true; true
  > skep map dump pinned fs/a/maps/_bss | grep -c '"n": [1-9]'
  > skep link show pinned fs/a/links/e | sed 's/^[0-9]*: \(.*\)prog [0-9]*/\1prog/'
  > skep link detach pinned fs/a/links/e
  > skep load pin.o --pin fs/a -q
  > rm -r fs/a; umount fs
  > TEXT
  $ unshare -m sh in_ns.sh
  ./links/e
  ./maps/_bss
  ./progs/e
  1
  raw_tracepoint  prog
  	tp 'sched_process_exec'
  skep: error: the link cannot be detached by force: Operation not supported
  fs/a/progs/e: error: cannot pin 'e': File exists [pin]

==== what cannot be
requires: root bpf cmd:clang
-- run
  $ printf '#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\nSEC("tp/sched/no_such") int a(void *ctx) { return 0; }\nSEC("uprobe/libc:no_such") int b(void *ctx) { return 0; }\nSEC("perf_event") int c(void *ctx) { return 0; }\nSEC("kprobe/vfs_read") int d(void *ctx) { return 0; }\nSEC("tp") int e(void *ctx) { return 0; }\nSEC("cgroup/skb") int f(void *ctx) { return 1; }\nchar L[] SEC("license") = "GPL";\n' > bad.c
  $ clang -O2 -g -target bpf -I/usr/include/$(uname -m)-linux-gnu -c bad.c -o bad.o
  $ skep load bad.o --prog a
  skep: error: cannot attach 'a': tracepoint sched/no_such: No such file or directory
  [1]
  $ skep load bad.o --prog b
  skep: error: cannot attach 'b': there is no function 'no_such' in /lib/*-linux-gnu/libc.so.6: No such file or directory (glob)
  [1]
  $ skep load bad.o --prog c --perf cycels
  skep: error: cannot attach 'c': there is no event 'cycels'
    did you mean 'cycles'?
  [1]
  $ skep load bad.o --prog e
  skep: error: cannot attach 'e': its section does not say to which tracepoint: tp/CATEGORY/NAME
  [1]
  $ skep load bad.o --prog f
  skep: error: cannot attach 'f': to which cgroup? say --cgroup PATH
  [1]
  $ skep load nosuch.o
  nosuch.o: error: cannot open: No such file or directory [file]
  [1]
  $ skep load bad.o --engine embedded
  skep: error: only the kernel has events to attach to: on the embedded engine, see 'skep run'
  [1]
