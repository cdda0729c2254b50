# skep run, load and dis of objects that clang compiles.

==== a program of an object, on both engines
requires: root bpf cmd:clang
-- run
  $ cat > count.c <<'TEXT'
  > #include <linux/bpf.h>
  > #include <bpf/bpf_helpers.h>
  > struct event { __u32 len; __u8 first; char tag[4]; };
  > struct {
  > 	__uint(type, BPF_MAP_TYPE_RINGBUF);
  > 	__uint(max_entries, 4096);
  > } events SEC(".maps");
  > struct {
  > 	__uint(type, BPF_MAP_TYPE_HASH);
  > 	__uint(max_entries, 16);
  > 	__type(key, __u32);
  > 	__type(value, struct event);
  > } seen SEC(".maps");
  > const volatile int drop_above = 1000;
  > int total;
  > SEC("xdp") int count(struct xdp_md *ctx)
  > {
  > 	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
  > 	struct event *e, v = {}, *was;
  > 	__u32 len = end - data;
  > 
  > 	if (data + 14 > end)
  > 		return XDP_ABORTED;
  > 	total++;
  > 	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
  > 	if (e) {
  > 		e->len = len;
  > 		e->first = *(__u8 *)data;
  > 		e->tag[0] = 'h';
  > 		e->tag[1] = 'i';
  > 		e->tag[2] = e->tag[3] = 0;
  > 		bpf_ringbuf_submit(e, 0);
  > 	}
  > 	v.len = len;
  > 	v.first = 7;
  > 	was = bpf_map_lookup_elem(&seen, &len);
  > 	if (was)
  > 		v.first += was->first;
  > 	bpf_map_update_elem(&seen, &len, &v, 0);
  > 	bpf_printk("length %d", len);
  > 	*(__u8 *)data = 0xaa;
  > 	return (int)len > drop_above ? XDP_DROP : XDP_PASS;
  > }
  > char LICENSE[] SEC("license") = "Dual BSD/GPL";
  > TEXT
  $ clang -O2 -g -target bpf -I/usr/include/$(uname -m)-linux-gnu -c count.c -o count.o
  $ skep run count.o --mem 000102030405060708090a0b0c0d0e0f --dump seen --dump .bss
  length 16
  count: XDP_PASS (2), changed to aa0102030405060708090a0b0c0d0e0f
  events: event {"len":16,"first":0,"tag":"hi"}
  map  seen
  elements
    {"key":16,"value":{"len":16,"first":7,"tag":""}}
  map  .bss
  elements
    {"key":["0x00","0x00","0x00","0x00"],"value":{".bss":[{"total":1}]}}
  $ skep run count.o --mem 000102030405060708090a0b0c0d0e0f --jit -q
  length 16
  count: XDP_PASS (2), changed to aa0102030405060708090a0b0c0d0e0f
  events: event {"len":16,"first":0,"tag":"hi"}
  $ skep run count.o count --mem 000102030405060708090a0b0c0d0e0f --engine kernel --dump seen
  count: XDP_PASS (2), changed to aa0102030405060708090a0b0c0d0e0f
  events: event {"len":16,"first":0,"tag":"hi"}
  map  seen
  elements
    {"key":16,"value":{"len":16,"first":7,"tag":""}}
  $ for e in embedded kernel; do skep run count.o --engine $e --mem 000102030405060708090a0b0c0d0e0f --set drop_above=3 -j --dump seen --elem 'seen:16={"first": 3}' 2>/dev/null; done
  [{"prog":"count","verdict":"XDP_DROP","retval":1,"data_out":"aa0102030405060708090a0b0c0d0e0f"},{"map":"events","type":"event","data":{"len":16,"first":0,"tag":"hi"}},{"map":"seen","elements":[{"key":16,"value":{"len":16,"first":10,"tag":""}}]}]
  [{"prog":"count","verdict":"XDP_DROP","retval":1,"data_out":"aa0102030405060708090a0b0c0d0e0f"},{"map":"events","type":"event","data":{"len":16,"first":0,"tag":"hi"}},{"map":"seen","elements":[{"key":16,"value":{"len":16,"first":10,"tag":""}}]}]
  $ skep run count.o xdp --mem 000102030405060708090a0b0c0d0e0f --map seen=in.json
  in.json: error: cannot open: No such file or directory [file]
  [1]
  $ echo '[{"key": 16, "value": {"len": 1, "first": 1, "tag": "ab"}}, {"key": 3, "value": {}}]' > in.json
  $ skep run count.o xdp --mem 000102030405060708090a0b0c0d0e0f --map seen=in.json --dump seen -f lines 2>/dev/null | tail -n 1 | grep -o '"key":16.*first":8'
  "key":16,"value":{"len":16,"first":8
  $ echo '[{"key": 16, "value": {"lne": 1}}]' > in.json
  $ skep run count.o xdp --mem 000102030405060708090a0b0c0d0e0f --map seen=in.json
  in.json, element 1:1:2: error: struct event has no field 'lne' [btf.value]
      1 | {"lne": 1}
        |  ^~~~~
        | did you mean 'len'?
  [1]

==== each packet of a capture
requires: root bpf cmd:clang
-- run
  $ cat > small.c <<'TEXT'
  > #include <linux/bpf.h>
  > #include <bpf/bpf_helpers.h>
  > SEC("xdp") int small(struct xdp_md *ctx)
  > {
  > 	char *data = (char *)(long)ctx->data, *end = (char *)(long)ctx->data_end;
  > 
  > 	if (data + 16 > end)
  > 		return XDP_DROP;
  > 	bpf_xdp_adjust_head(ctx, 2);
  > 	return XDP_TX;
  > }
  > TEXT
  $ clang -O2 -g -target bpf -I/usr/include/$(uname -m)-linux-gnu -c small.c -o small.o
  $ # two packets of 14 and 20 bytes
  $ printf '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000\000\000\001\000\001\000\000\000' > in.pcap
  $ printf '\001\000\000\000\000\000\000\000\016\000\000\000\016\000\000\000abcdefghijklmn' >> in.pcap
  $ printf '\002\000\000\000\000\000\000\000\024\000\000\000\024\000\000\000abcdefghijklmnopqrst' >> in.pcap
  $ skep run small.o --pcap in.pcap --out out.pcapng
       1     14  XDP_DROP
       2     20  XDP_TX  now 18 bytes
  packets  2
  verdicts
    VERDICT   RETVAL  PACKETS
    XDP_DROP       1        1
    XDP_TX         3        1
  $ skep run small.o --data out.pcapng -q -j
  [{"packets":2,"verdicts":[{"verdict":"XDP_DROP","retval":1,"packets":1},{"verdict":"XDP_TX","retval":3,"packets":1}]}]
  $ skep run small.o --data in.pcap -q --engine kernel -f lines
  {"packets":2,"verdicts":[{"verdict":"XDP_DROP","retval":1,"packets":1},{"verdict":"XDP_TX","retval":3,"packets":1}]}
  $ head -c 60 in.pcap > cut.pcap; skep run small.o --data cut.pcap -q
  cut.pcap: byte 54: error: the file ends in the midst of a packet's header [capture]
  [1]

==== a context in JSON
requires: root bpf cmd:clang
-- run
  $ cat > ctx.c <<'TEXT'
  > #include <linux/bpf.h>
  > #include <bpf/bpf_helpers.h>
  > struct args { int a; char name[8]; };
  > SEC("syscall") int add(struct args *ctx)
  > {
  > 	return ctx->a + ctx->name[0];
  > }
  > SEC("tc") int mark(struct __sk_buff *skb)
  > {
  > 	return skb->mark;
  > }
  > SEC("raw_tp") int sum(struct bpf_raw_tracepoint_args *ctx)
  > {
  > 	return ctx->args[0] + ctx->args[1];
  > }
  > char LICENSE[] SEC("license") = "GPL";
  > TEXT
  $ clang -O2 -g -target bpf -I/usr/include/$(uname -m)-linux-gnu -c ctx.c -o ctx.o
  $ for e in embedded kernel; do skep run ctx.o add --engine $e --ctx '{"a": 5, "name": "A"}'; skep run ctx.o mark --engine $e --ctx '{"mark": 42}' --mem 00112233445566778899aabb08004500001400000000401100007f0000017f000001; skep run ctx.o sum --engine $e --ctx '[40, 2]'; done
  add: 70
  mark: 42
  sum: 42
  add: 70
  mark: 42
  sum: 42
  $ skep run ctx.o mark --mem 00112233445566778899aabb0800
  skep: error: the engine does not take that data or context for a program of type sched_cls
    the packet has 14 bytes, and kernels of today want an Ethernet and an IP header, 34
  [1]
  $ skep run ctx.o
  ctx.o: error: there are 3 programs: say which one [run.prog]
    *, in section "*" (glob)
    *, in section "*" (glob)
    *, in section "*" (glob)
  [2]
  $ skep run ctx.o ad
  ctx.o: error: there is no program 'ad' [run.prog]
    did you mean 'add'?
  [2]
  $ skep run ctx.o add --ctx '{"a": 1}' --trace
  add:
     0: (61) r0 = *(u32 *)(r1 +0)  r0=0x1
     1: (71) r1 = *(u8 *)(r1 +4)  r1=0x0
     2: (67) r1 <<= 56
     3: (c7) r1 s>>= 56
     4: (0f) r0 += r1
     5: (95) exit
  add: 1
  $ skep run ctx.o add --type xdp
  skep: error: --type is for raw instructions, and this is an object
  [2]

==== an object's programs as text
requires: cmd:clang
-- run
  $ printf 'int g;\n__attribute__((section("xdp"))) int f(void *ctx)\n{\n\treturn ++g;\n}\n' > g.c
  $ clang -O2 -g -target bpf -c g.c -o g.o
  $ skep dis g.o
  f:  ; section "xdp", 6 instructions
  ; return ++g; @ g.c:4
     0: (18) r1 = 0x0  ; g in .bss
     2: (61) r0 = *(u32 *)(r1 +0)
     3: (07) r0 += 1
     4: (63) *(u32 *)(r1 +0) = r0
     5: (95) exit
  $ skep dis g.o f -j | sed 's|"file":"[^"]*/|"file":"|' | cut -c1-150
  [{"name":"f","section":"xdp","insns":[{"pc":0,"source":"return ++g;","file":"g.c","line":4,"column":9,"text":"(18) r1 = 0x0","about":"g in .bss"},{"pc
  $ skep dis g.o h
  g.o: error: there is no program 'h' [dis.prog]
  [2]

==== events of perf event arrays
requires: root bpf cmd:clang
-- run
  $ cat > pe.c <<'TEXT'
  > #include <linux/bpf.h>
  > #include <bpf/bpf_helpers.h>
  > struct event { int n; char s[4]; };
  > struct event *unused_event;
  > struct {
  > 	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  > 	__uint(key_size, 4);
  > 	__uint(value_size, 4);
  > } perf SEC(".maps");
  > SEC("xdp") int p(struct xdp_md *ctx)
  > {
  > 	struct event e = {42, "abc"};
  > 	return bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, &e, sizeof(e)) ? XDP_DROP : XDP_PASS;
  > }
  > char LICENSE[] SEC("license") = "GPL";
  > TEXT
  $ clang -O2 -g -target bpf -I/usr/include/$(uname -m)-linux-gnu -c pe.c -o pe.o
  $ for e in embedded kernel; do skep run pe.o --engine $e --mem 000102030405060708090a0b0c0d0e0f; done
  p: XDP_PASS (2)
  perf: event {"n":42,"s":"abc"}
  p: XDP_PASS (2)
  perf: event {"n":42,"s":"abc"}

==== which lines ran
requires: cmd:clang
-- run
  $ printf 'struct args { int n; };\nint twice(int n);\n__attribute__((section("syscall"))) int loop(struct args *a)\n{\n\tint i, sum = 0;\n\n\tfor (i = 0; i < a->n; i++) {\n\t\tif (i == 100)\n\t\t\tsum = 1;\n\t\tsum += i;\n\t}\n\treturn sum;\n}\n' > loop.c
  $ clang -O1 -g -fno-unroll-loops -target bpf -c loop.c -o loop.o
  $ skep run loop.o --ctx '{"n": 7}' --cover | sed 's|^/.*/||'
  loop: 21
  lines      5
  lines_run  5
  coverage
  loop.c
           1     3  __attribute__((section("syscall"))) int loop(struct args *a)
           7     7  for (i = 0; i < a->n; i++) {
           7     8  if (i == 100)
           7    10  sum += i;
           1    12  return sum;
  $ skep run loop.o --ctx '{"n": 7}' --cover -f lines | tail -n 1 | grep -o '"lines":[0-9]*,"lines_run":[0-9]*'
  "lines":5,"lines_run":5
  $ skep run loop.o --ctx '{"n": 7}' --cover --engine kernel
  skep: error: the kernel lets nobody watch programs run: --trace and --cover are for the embedded engine
  [1]
