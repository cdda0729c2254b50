# skep gen and skep build: linked objects, skeletons, the types that objects need.

==== two objects become one, which runs
requires: cmd:clang
-- run
  $ printf 'int add(int a, int b);\nstruct args { int n; };\n__attribute__((section("syscall"))) int f(struct args *a) { return add(a->n, 5); }\nchar L[] __attribute__((section("license"))) = "GPL";\n' > a.c
  $ printf 'int calls;\n__attribute__((noinline)) int add(int a, int b) { calls++; return a + b; }\nchar L[] __attribute__((section("license"))) = "GPL";\n' > b.c
  $ for f in a b; do sed -i 's/^char L/static char L/; s/char L/char __attribute__((used)) L/' $f.c; clang -O2 -g -target bpf -c $f.c -o $f.o; done
  $ skep build a.o b.o -o ab.o
  $ skep run ab.o --ctx '{"n": 37}' --dump .bss
  f: 42
  map  .bss
  elements
    {"key":["0x00","0x00","0x00","0x00"],"value":{".bss":[{"calls":1}]}}
  $ skep gen object same.o a.o b.o && cmp ab.o same.o
  $ skep build a.o -o x.o && skep run x.o --ctx '{"n": 37}' 2>&1 | head -n 1
  x.o: error: *add* (glob)
  $ sed -i 's/GPL/MIT/' b.c; clang -O2 -g -target bpf -c b.c -o b.o; skep build a.o b.o -o ab.o
  b.o: error: 'license': is not the same in all objects [obj.link]
  [1]

==== a libbpf program compiles and runs with our skeleton
requires: root bpf cmd:clang cmd:gcc file:/usr/include/bpf/libbpf.h
-- run
  $ printf '#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\nconst volatile int k = 1;\nint sum = 7;\nint zero;\nstruct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, int); __type(value, int); } arr SEC(".maps");\nSEC("xdp") int prog(struct xdp_md *ctx) { zero++; sum += k; return 2; }\nchar L[] SEC("license") = "GPL";\n' > p.bpf.c
  $ clang -O2 -g -target bpf -I/usr/include/$(uname -m)-linux-gnu -c p.bpf.c -o p.bpf.o
  $ skep build p.bpf.o -o p.skel.h && skep gen skeleton p.bpf.o name q > q.skel.h
  $ cat > use.c <<'TEXT'
  > #include <stdio.h>
  > #include <bpf/bpf.h>
  > #include <bpf/libbpf.h>
  > #include "p.skel.h"
  > #include "q.skel.h"
  > int main(void)
  > {
  > 	struct p *s = p__open();
  > 	struct q *t;
  > 	char packet[64] = {1};
  > 	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = packet, .data_size_in = sizeof(packet));
  > 
  > 	if (!s)
  > 		return 1;
  > 	s->rodata->k = 35;
  > 	if (p__load(s) || bpf_prog_test_run_opts(bpf_program__fd(s->progs.prog), &o))
  > 		return 2;
  > 	printf("returned %u, sum %d, zero %d, entries %u\n", o.retval, s->data->sum, s->bss->zero,
  > 	       bpf_map__max_entries(s->maps.arr));
  > 	p__destroy(s);
  > 	t = q__open_and_load();
  > 	printf("%d\n", t ? t->rodata->k : -1);
  > 	q__destroy(t);
  > 	return 0;
  > }
  > TEXT
  $ gcc -Wall -Wextra -Werror use.c -o use -lbpf && ./use
  returned 2, sum 42, zero 1, entries 2
  1

==== the types that an object needs of a kernel
requires: cmd:clang file:/sys/kernel/btf/vmlinux
-- run
  $ printf 'struct task_struct { int pid; } __attribute__((preserve_access_index));\n__attribute__((section("raw_tp"))) int f(struct task_struct **t) { return (*t)->pid; }\n' > c.c
  $ clang -O2 -g -target bpf -c c.c -o c.o
  $ skep gen min_core_btf /sys/kernel/btf/vmlinux small.btf c.o
  $ skep btf dump small.btf raw type task_struct | sed 's/[0-9][0-9]*/N/g'
  [N] STRUCT 'task_struct' size=N vlen=N
  	'pid' type_id=N bits_offset=N
  $ test $(wc -c < small.btf) -lt 1000 && echo small
  small

==== bad usage
-- run
  $ skep build x.o
  skep: error: where to? -o FILE.o or -o FILE.skel.h
  [2]
  $ skep build nosuch.o -o y.o
  nosuch.o: error: cannot open: No such file or directory [file]
  [1]
  $ skep build a.o b.o -o y.skel.h
  skep: error: a skeleton is made of one object: link them to one first
  [2]
  $ skep gen
  skep: error: 'skep gen' needs a command
    see 'skep gen --help'
  [2]
