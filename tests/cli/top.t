# skep top and skep doctor: what is seen of a machine.

==== the program that runs is the one on top
requires: root bpf cmd:clang
-- run
  $ printf '#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\nstruct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, int); __type(value, long); } topped SEC(".maps");\nSEC("raw_tp/sys_enter") int topdog(void *ctx) { int k = 1; long v = 1; bpf_map_update_elem(&topped, &k, &v, 0); return 0; }\nchar L[] SEC("license") = "GPL";\n' > t.c
  $ clang -O2 -g -target bpf -I/usr/include/$(uname -m)-linux-gnu -c t.c -o t.o
  $ skep load t.o -q > out 2> err & echo $! > pid
  $ for i in $(seq 200); do skep link show -f lines | grep -q '"sys_enter"' && break; sleep 0.05; done
  $ skep top -n 2 -i 300ms -f lines | grep '"name":"topdog"' | tail -n 1 | sed 's/"id":[0-9]*/"id":N/; s/:[0-9.]*[0-9]/:N/g'
  {"id":N,"type":"raw_tracepoint","name":"topdog","cpu_percent":N,"runs_per_s":N,"ns_per_run":N}
  $ skep top -n 2 -i 300ms --rows 5 | grep -c 'ID  TYPE'
  2
  $ skep top maps -n 1 | sed -n 's/^ *[0-9]*  hash  *\(topped\)  *[0-9]*  *\([0-9]*\)  *\([0-9]*\)  \(.*\)/\1 \2 of \3, \4/p'
  topped 1 of 4, 25%
  $ skep prog graph name topdog | sed 's/[0-9][0-9]*/N/g'
  digraph skep {
  	rankdir=LR;
  	node [fontname="sans-serif"];
  	nN [shape=cylinder,label="map N: hash topped"];
  	nN [shape=box,style=bold,label="prog N: raw_tracepoint topdog"];
  	nN [shape=cds,label="link N: raw_tracepoint sys_enter"];
  	nN [shape=box,style=rounded,label="skep, pid N"];
  	nN -> nN;
  	nN -> nN;
  	nN -> nN;
  	nN -> nN;
  	nN -> nN;
  }
  $ skep map graph name topped svg | grep -c -e '<rect x' -e '<path'
  9
  $ kill -INT $(cat pid); for i in $(seq 200); do kill -0 $(cat pid) 2> /dev/null || break; sleep 0.05; done
  $ skep top nothing
  skep: error: 'skep top' does not take 'nothing'
    see 'skep top --help'
  [2]

==== the doctor tries
requires: root bpf
-- run
  $ skep doctor -f lines | grep -c -e '"is":"yes","what":"bpf(2)"' -e '"is":"yes","what":"raw tracepoints"' -e '"is":"yes","what":"CAP_BPF"'
  3
  $ skep doctor | tail -n 1 | sed 's/[0-9][0-9]*/N/g'
  N work, N do not, N to be known
  $ skep doctor -f lines | grep '"is":"no"' | grep -vc '"remedy":'
  0
  [1]

==== the doctor without privileges
requires: root bpf cmd:setpriv
-- run
  $ chmod 755 . && setpriv --reuid=65534 --clear-groups --inh-caps=-all --bounding-set=-all skep doctor -f lines | grep -e '"what":"bpf(2)"' -e '"what":"CAP_BPF"'
  {"is":"no","what":"bpf(2)","why":"no map can be made","remedy":"root or CAP_BPF; in a container a seccomp profile that lets bpf(2) pass; skep run needs none"}
  {"is":"no","what":"CAP_BPF","why":"loading programs and making maps","remedy":"run as root, or give the capability: setcap, systemd's AmbientCapabilities, docker --cap-add"}
