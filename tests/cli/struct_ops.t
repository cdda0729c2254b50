# skep struct_ops: a congestion control, registered, seen and taken away.

==== register, show, unregister
requires: root bpf cmd:clang cmd:unshare
-- run
  $ skep btf dump /sys/kernel/btf/vmlinux c > vmlinux.h
  $ cat > cc.c <<'TEXT'
  > #include "vmlinux.h"
  > #include <bpf/bpf_helpers.h>
  > #include <bpf/bpf_tracing.h>
  > char L[] SEC("license") = "GPL";
  > SEC("struct_ops/skep_ssthresh") unsigned int BPF_PROG(skep_ssthresh, struct sock *sk) { return 2; }
  > SEC("struct_ops/skep_undo") unsigned int BPF_PROG(skep_undo, struct sock *sk) { return 2; }
  > SEC("struct_ops/skep_avoid") void BPF_PROG(skep_avoid, struct sock *sk, unsigned int ack, unsigned int acked) { }
  > SEC(SKEP_WHERE) struct tcp_congestion_ops skeptest = {
  > 	.ssthresh = (void *)skep_ssthresh, .undo_cwnd = (void *)skep_undo, .cong_avoid = (void *)skep_avoid, .name = SKEP_NAME,
  > };
  > TEXT
  $ clang -O2 -g -target bpf -DSKEP_WHERE='".struct_ops"' -DSKEP_NAME='"skeptest1"' -I. -I/usr/include/$(uname -m)-linux-gnu -D__TARGET_ARCH_x86 -c cc.c -o map.o
  $ clang -O2 -g -target bpf -DSKEP_WHERE='".struct_ops.link"' -DSKEP_NAME='"skeptest2"' -I. -I/usr/include/$(uname -m)-linux-gnu -D__TARGET_ARCH_x86 -c cc.c -o link.o
  $ cat > in_ns.sh <<'TEXT'
  > mkdir fs; mount -t bpf bpf fs
  > skep struct_ops register map.o | tee told | sed 's/[0-9][0-9]*$/N/'
  > id=$(sed 's/.* //' told)
  > skep struct_ops show id $id | sed 's/^[0-9]*/N/; s/ *$//'
  > skep struct_ops list id $id -j | sed 's/:[0-9]*,/:N,/'
  > skep struct_ops unregister id $id | sed 's/[0-9][0-9]*$/N/'
  > skep struct_ops register link.o
  > skep struct_ops register link.o fs/links | tee told | sed 's/id [0-9]*/id N/g'; ls fs/links
  > skep struct_ops unregister id $(sed 's/.* map id \([0-9]*\) .*/\1/' told) 2>&1 | sed 's/[0-9][0-9]*/N/'
  > skep link show pinned fs/links/skeptest | sed 's/[0-9][0-9]*/N/g'
  > rm -r fs/links
  > skep struct_ops register nosuch.o
  > skep map create fs/m type hash key 4 value 4 entries 4 name abcd; skep struct_ops unregister pinned fs/m 2>&1 | sed 's/[0-9][0-9]*/N/'
  > umount fs
  > TEXT
  $ unshare -m sh in_ns.sh
  Registered tcp_congestion_ops skeptest map id N
  N: skeptest        tcp_congestion_ops
  [{"id":N,"name":"skeptest","kernel_struct_ops":"tcp_congestion_ops"}]
  Unregistered tcp_congestion_ops skeptest id N
  skep: error: 'skeptest' is registered by a link, which must be pinned to stay: in which directory?
  Registered tcp_congestion_ops skeptest map id N link id N
  skeptest
  skep: error: map N is registered by a link: end that
  N: struct_ops  map N
  nosuch.o: error: cannot open: No such file or directory [file]
  skep: error: map N is no struct_ops
