# skep net, cgroup, perf, iter: what is attached where, in namespaces of its own.

==== interfaces and cgroups, beside bpftool
requires: root bpf cmd:clang cmd:unshare cmd:ip cmd:tc cmd:bpftool
-- run
  $ cat > p.c <<'TEXT'
  > #include <linux/bpf.h>
  > #include <bpf/bpf_helpers.h>
  > SEC("xdp") int pass(struct xdp_md *x) { return XDP_PASS; }
  > SEC("tcx/ingress") int in(struct __sk_buff *s) { return -1; }
  > SEC("tcx/ingress") int in2(struct __sk_buff *s) { return -1; }
  > SEC("tc") int old(struct __sk_buff *s) { return -1; }
  > SEC("cgroup_skb/egress") int out(struct __sk_buff *s) { return 1; }
  > SEC("cgroup_skb/egress") int out2(struct __sk_buff *s) { return 1; }
  > SEC("cgroup/sysctl") int ctl(struct bpf_sysctl *s) { return 1; }
  > char L[] SEC("license") = "GPL";
  > TEXT
  $ clang -O2 -g -target bpf -I/usr/include/$(uname -m)-linux-gnu -c p.c -o p.o
  $ cat > in_ns.sh <<'TEXT'
  > mkdir fs; mount -t bpf bpf fs; skep prog loadall p.o fs/p
  > ip link add v0 type veth peer name v1
  > skep net attach xdpgeneric pinned fs/p/pass dev v0
  > skep net attach xdp pinned fs/p/pass dev v1
  > skep net attach xdp pinned fs/p/pass dev v1
  > skep net attach xdp pinned fs/p/pass dev v1 overwrite; echo $?
  > tc qdisc add dev v1 clsact; tc filter add dev v1 ingress bpf da pinned fs/p/old
  > skep net show | grep -v netfilter > s; bpftool net show > b; diff -B s b && echo as bpftool
  > skep net attach tcx_ingress pinned fs/p/in dev v0
  > skep net attach tcx_in pinned fs/p/in2 dev v0 prepend
  > skep net show dev v0 | sed 's/id [0-9]*/id N/'
  > skep net show dev v1 -j | sed 's/id":[0-9]*/id":N/g'
  > skep net detach tcx_ingress dev v0; skep net detach tcx_ingress dev v0; skep net detach tcx_ingress dev v0
  > skep net detach xdpgeneric dev v0; skep net show dev v0
  > skep net show dev nosuch
  > skep net attach tcy_ingress pinned fs/p/in dev v0
  > skep net attach tcx_egress pinned fs/p/in
  > echo -- cgroups
  > mkdir cg; mount -t cgroup2 none cg; mkdir -p cg/skep-test/sub
  > skep cgroup attach cg/skep-test cgroup_inet_egress pinned fs/p/out multi
  > skep cgroup attach cg/skep-test egress pinned fs/p/out2 multi
  > skep cgroup attach cg/skep-test/sub sysctl pinned fs/p/ctl override
  > for w in "show cg/skep-test" "show cg/skep-test/sub effective" "tree cg/skep-test" "tree cg/skep-test effective"; do
  > 	skep cgroup $w | sed 's/ *$//' > s; bpftool cgroup $w | sed 's/ *$//' > b; diff s b && echo text as bpftool
  > 	skep cgroup -j $w > s; bpftool -j cgroup $w > b; diff s b && echo JSON as bpftool
  > done
  > skep cgroup show cg/skep-test | sed 's/^[0-9]*/N/; s/ *$//'
  > skep cgroup detach cg/skep-test egress pinned fs/p/out
  > skep cgroup detach cg/skep-test egress pinned fs/p/out
  > skep cgroup attach cg/skep-test egres pinned fs/p/out
  > skep cgroup show cg/nosuch
  > skep cgroup show fs
  > rmdir cg/skep-test/sub cg/skep-test; umount cg fs
  > TEXT
  $ unshare -m -n sh in_ns.sh
  skep: error: cannot attach: Device or resource busy
    a program is there already: say overwrite, or detach it
  0
  as bpftool
  xdp:
  v0(3) generic id N
  
  tc:
  v0(3) tcx/ingress in2 prog_id N
  v0(3) tcx/ingress in prog_id N
  
  flow_dissector:
  
  netfilter:
  
  [{"xdp":[{"devname":"v1","ifindex":2,"mode":"driver","id":N}],"tc":[{"devname":"v1","ifindex":2,"kind":"clsact/ingress","name":"old:[*fsobj]","id":N}],"flow_dissector":[],"netfilter":[]}]
  skep: error: cannot detach: No such file or directory
  xdp:
  
  tc:
  
  flow_dissector:
  
  netfilter:
  
  skep: error: there is no interface 'nosuch'
  skep: error: 'tcy_ingress' is no attach type of interfaces
    did you mean 'tcx_ingress'?
  skep: error: which interface? dev NAME
  -- cgroups
  text as bpftool
  JSON as bpftool
  text as bpftool
  JSON as bpftool
  text as bpftool
  JSON as bpftool
  text as bpftool
  JSON as bpftool
  NID       AttachType      AttachFlags     Name
  N  cgroup_inet_egress multi           out
  N  cgroup_inet_egress multi           out2
  skep: error: cannot detach: No such file or directory
  skep: error: 'egres' is no attach type of cgroups
  cg/nosuch: error: cannot open the cgroup: No such file or directory [cgroup]
  fs: error: cannot ask for its programs: Bad file descriptor [cgroup]

==== processes with programs, iterators as files
requires: root bpf cmd:clang cmd:unshare
-- run
  $ printf '#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\nSEC("raw_tp/sched_process_exec") int e(void *ctx) { return 0; }\nSEC("?iter/task") int t(struct { void *meta, *task; } *ctx) { return 0; }\nchar L[] SEC("license") = "GPL";\n' > e.c
  $ clang -O2 -g -target bpf -I/usr/include/$(uname -m)-linux-gnu -c e.c -o e.o
  $ skep load e.o --duration 30s > out 2> err & echo $! > pid
  $ for i in $(seq 200); do test -s err && break; sleep 0.05; done
  $ skep perf show | grep "pid $(cat pid) " | sed 's/[0-9][0-9]*/N/g'
  pid N  fd N: prog_id N  raw_tracepoint  sched_process_exec
  $ skep perf -j show | grep -o "{\"pid\":$(cat pid),[^}]*}" | sed 's/[0-9][0-9]*/N/g'
  {"pid":N,"fd":N,"prog_id":N,"fd_type":"raw_tracepoint","tracepoint":"sched_process_exec"}
  $ kill -INT $(cat pid); for i in $(seq 200); do kill -0 $(cat pid) 2> /dev/null || break; sleep 0.05; done
  $ printf 'mkdir fs; mount -t bpf bpf fs; skep iter pin e.o fs/t; cat fs/t; skep link show pinned fs/t | sed "s/[0-9][0-9]*/N/g"; skep iter pin e.o fs/t; skep iter pin nosuch.o fs/u; umount fs\n' > in_ns.sh
  $ unshare -m sh in_ns.sh
  N: iter  prog N  target_name task
  fs/t: error: cannot pin it: File exists [pin]
  nosuch.o: error: cannot open: No such file or directory [file]
