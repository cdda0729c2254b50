# skep prog: what is loaded, and its code.

==== loaded, pinned, attached
requires: root bpf cmd:clang cmd:unshare
-- run
  $ printf '#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\nstruct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, int); __type(value, int); } counts SEC(".maps");\nstatic __noinline int next(int a) { return a + 1; }\nSEC("raw_tp/sched_process_exec") int e(void *ctx) { int k = 0, *n = bpf_map_lookup_elem(&counts, &k); if (n) *n = next(*n); return 0; }\nSEC("xdp") int x(struct xdp_md *ctx) { return 2; }\nchar L[] SEC("license") = "GPL";\n' > a.c
  $ clang -O2 -g -target bpf -I/usr/include/$(uname -m)-linux-gnu -c a.c -o a.o
  $ cat > in_ns.sh <<'TEXT'
  > mkdir fs; mount -t bpf bpf fs
  > skep prog load a.o fs/one pinmaps fs/maps; (cd fs; find one maps -type f | sort)
  > skep prog loadall a.o fs/all map name counts pinned fs/maps/counts autoattach; ls fs/all
  > true; skep map dump pinned fs/maps/counts | grep -c '"value": [1-9]'
  > skep link show pinned fs/all/e | sed 's/^[0-9]*: //'
  > rm -r fs/all
  > echo -- kept as it was after a failure
  > skep prog load a.o fs/one; echo $?
  > skep prog loadall a.o fs/bad map name nosuch pinned fs/maps/counts
  > skep prog loadall a.o fs/bad map idx 7 pinned fs/maps/counts
  > skep prog load a.o fs/bad type nosuch
  > skep prog load a.o fs/bad dev nosuch0
  > skep prog loadall a.o fs/bad type xdp map name counts pinned fs/nosuch
  > ls fs
  > echo -- its code
  > skep prog dump xlated pinned fs/one | grep -c -e '^int e(void \* ctx):$' -e '^int next(int a):$' -e 'map\[id:[0-9]*\]$' -e 'call pc+[0-9]*#bpf_prog_[0-9a-f]*_next$'
  > skep prog dump xlated pinned fs/one file x.bin; test -s x.bin; echo $?
  > skep prog dump jited pinned fs/one | grep -c -e '^int ' -e '^bpf_prog_.*:$' -e '   0:	'
  > skep prog dump jited pinned fs/one file j.bin; test -s j.bin; echo $?
  > skep prog dump xlated pinned fs/one visual | grep -c -e ENTRY -e EXIT -e cluster_
  > skep prog dump pinned fs/one
  > skep prog dump xlated pinned fs/one colour
  > skep prog attach pinned fs/one sk_lookup
  > skep prog tracelog stderr pinned fs/one
  > skep prog tracelog stdin
  > umount fs
  > TEXT
  $ unshare -m sh in_ns.sh
  maps/counts
  one
  Program x does not support autoattach, falling back to pinning
  e
  x
  1
  raw_tracepoint  prog [0-9]* (re)
  	tp 'sched_process_exec'
  -- kept as it was after a failure
  fs/one: error: cannot pin: File exists [pin]
  1
  a.o: error: it has no map 'nosuch' [prog.map]
  a.o: error: it has 1 maps, and none with index 7 [prog.map]
  skep: error: there is no type of program 'nosuch'
  skep: error: there is no interface 'nosuch0'
  skep: error: there is no map pinned at fs/nosuch: No such file or directory
  maps
  maps.debug
  one
  progs.debug
  -- its code
  4
  0
  6
  0
  6
  skep: error: which code: xlated or jited?
  skep: error: 'skep prog dump' does not take 'colour' here
    see 'skep prog dump --help'
  skep: error: 'sk_lookup' cannot be attached so: sk_msg_verdict, sk_skb_verdict, sk_skb_stream_verdict, sk_skb_stream_parser or flow_dissector
  skep: error: 'skep prog tracelog' does not take 'stdin'
    see 'skep prog tracelog --help'
