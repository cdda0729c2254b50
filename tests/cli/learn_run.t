# The examples of seeds/learning-ebpf.md that BPF_PROG_RUN drives, on both engines. Programs: tests/learn.

==== 3.10 3.13 3.42: an XDP program that counts in a global
requires: root bpf cmd:clang
-- run
  $ . "$TESTS/learn/env.sh"; bpf hello hello
  $ both hello.o hello --mem 000102030405060708090a0b0800 --dump .bss -f lines
  {"prog":"hello","verdict":"XDP_PASS","retval":2}
  {"map":".bss","elements":[{"key":["0x00","0x00","0x00","0x00"],"value":{".bss":[{"counter":1}]}}]}
  {"prog":"hello","verdict":"XDP_PASS","retval":2}
  {"map":".bss","elements":[{"key":["0x00","0x00","0x00","0x00"],"value":{".bss":[{"counter":1}]}}]}
  $ both hello.o xdp --mem 000102030405060708090a0b0800 --set counter=41 --dump .bss -f lines
  {"prog":"hello","verdict":"XDP_PASS","retval":2}
  {"map":".bss","elements":[{"key":["0x00","0x00","0x00","0x00"],"value":{".bss":[{"counter":42}]}}]}
  {"prog":"hello","verdict":"XDP_PASS","retval":2}
  {"map":".bss","elements":[{"key":["0x00","0x00","0x00","0x00"],"value":{".bss":[{"counter":42}]}}]}
  $ both hello.o --mem 000102030405060708090a0b0800 --repeat 1000 --dump .bss -j | grep -o 'counter":[0-9]*'
  counter":1000
  counter":1000
  $ skep run hello.o --mem 000102030405060708090a0b0800 --set counter=4531
  Hello World 4531
  hello: XDP_PASS (2)
  $ skep run hello.o --mem 000102030405060708090a0b0800 --jit
  Hello World 0
  hello: XDP_PASS (2)

==== 3.16 3.17 3.18: the object, as text
requires: cmd:clang
-- run
  $ . "$TESTS/learn/env.sh"; bpf hello hello -mcpu=v2
  $ skep dis hello.o
  hello:  ; section "xdp", 12 instructions
  ; bpf_printk("Hello World %d", counter); @ hello.bpf.c:10
     0: (18) r6 = 0x0  ; counter in .bss
     2: (61) r3 = *(u32 *)(r6 +0)
     3: (18) r1 = 0x0  ; hello.____fmt in .rodata
     5: (b7) r2 = 15
     6: (85) call bpf_trace_printk#6
  ; counter++; @ hello.bpf.c:11
     7: (61) r1 = *(u32 *)(r6 +0)
     8: (07) r1 += 1
     9: (63) *(u32 *)(r6 +0) = r1
  ; return XDP_PASS; @ hello.bpf.c:12
    10: (b7) r0 = 2
    11: (95) exit

==== 3.43 3.46: a call from BPF to BPF
requires: root bpf cmd:clang
-- run
  $ . "$TESTS/learn/env.sh"; bpf func func
  $ both func.o --ctx '[0, 59]'
  hello: 59
  hello: 59
  $ skep run func.o --ctx '[0, 59]'
  Syscall: 59
  hello: 59
  $ skep dis func.o hello | grep call
     0: (85) call pc-1  ; function get_opcode
  ; bpf_printk("Syscall: %d", opcode); @ func.bpf.c:15
     6: (85) call bpf_trace_printk#6

==== 2.35 2.39 2.40 2.41 X3.3: tail calls
requires: root bpf cmd:clang
-- run
  $ . "$TESTS/learn/env.sh"; bpf tail tail
  $ for n in 59 222 226 223 21 7 300; do skep run tail.o hello --ctx "[0, $n]"; done
  Executing a program
  hello: 2
  Creating a timer
  hello: 3
  Deleting a timer
  hello: 4
  Some other timer operation
  hello: 5
  hello: 0
  Another syscall: 7
  hello: 1
  Another syscall: 300
  hello: 1
  $ for n in 59 222 226 223 21 7 300; do skep run tail.o hello --ctx "[0, $n]" --engine kernel; done
  hello: 2
  hello: 3
  hello: 4
  hello: 5
  hello: 0
  hello: 1
  hello: 1

==== 4.04 4.05 4.06 4.18 5.22: a message for each user, through a ring buffer
requires: root bpf cmd:clang
-- run
  $ . "$TESTS/learn/env.sh"; bpf config config
  $ both config.o --ctx '[0]' -j | sed 's/"pid":[0-9]*/"pid":N/'
  [{"prog":"hello","retval":0},{"map":"output","type":"event","data":{"pid":N,"uid":0,"command":"skep","message":"Hello World"}}]
  [{"prog":"hello","retval":0},{"map":"output","type":"event","data":{"pid":N,"uid":0,"command":"skep","message":"Hello World"}}]
  $ both config.o --ctx '[0]' --elem 'my_config:0={"message": "Hey root!"}' --elem 'my_config:501={"message": "Hi user 501!"}' --dump my_config | sed 's/"pid":[0-9]*/"pid":N/' | sort
    {"key":0,"value":{"message":"Hey root!"}}
    {"key":0,"value":{"message":"Hey root!"}}
    {"key":501,"value":{"message":[72,105,32,117,115,101,114,32,53,48,49,33]}}
    {"key":501,"value":{"message":[72,105,32,117,115,101,114,32,53,48,49,33]}}
  elements
  elements
  hello: 0
  hello: 0
  map  my_config
  map  my_config
  output: event {"pid":N,"uid":0,"command":"skep","message":"Hey root!"}
  output: event {"pid":N,"uid":0,"command":"skep","message":"Hey root!"}
  $ both config.o --ctx '[0]' --set message=Changed! | sed 's/"pid":[0-9]*/"pid":N/'
  hello: 0
  output: event {"pid":N,"uid":0,"command":"skep","message":"Changed!"}
  hello: 0
  output: event {"pid":N,"uid":0,"command":"skep","message":"Changed!"}

==== 5.26 5.30 5.31: fields found where the kernel has them
requires: root bpf cmd:clang
-- run
  $ . "$TESTS/learn/env.sh"; bpf core core
  $ skep run core.o --engine kernel --ctx "[0]"
  core: 15

==== 6.17 6.18 6.20 6.26 6.27: what the verifier takes
requires: root bpf cmd:clang
-- run
  $ . "$TESTS/learn/env.sh"; bpf verifier good
  $ both good.o --mem 02000000000000000000000000000000
  good: 101002265
  good: 101002265
  $ both good.o --mem 02000000000000000000000000000000 --set c=12 --elem numbers:2=100 --elem 'my_config:0={"message": "A"}'
  good: 2430
  good: 2430

==== 6.14 6.15 6.16 6.17 6.18 6.19 6.20 6.22 6.23 6.24 6.25 X6.1 X6.3 X6.4: what it does not take
requires: root bpf cmd:clang
-- run
  $ . "$TESTS/learn/env.sh"
  $ for i in $(seq 12); do bpf verifier bad$i -DBAD=$i; echo "$i: $(skep load bad$i.o --no-attach 2>&1 | grep -v '^processed' | tail -n 1)"; done
  1: program of this type cannot use helper bpf_get_stack#67
  2: R1 type=fp expected=map_ptr
  3: cannot call GPL-restricted function from non-GPL compatible program
  4: R1 pointer arithmetic on pkt_end prohibited
  5: R2 max value is outside of the allowed memory range
  6: invalid variable-offset read from stack R2 var_off=(0x0; 0x1f) off=-16 size=1
  7: R0 invalid mem access 'map_value_or_null'
  8: R0 !read_ok
  9: BPF program is too large. Processed 1000001 insn
  10:   unreachable insn 2
  11: invalid bpf_context access off=4 size=4
  12: R1 offset is outside of the packet

==== 6.15 6.18 6.20: what it does not take, in the checked interpreter
requires: root bpf cmd:clang
-- run
  $ . "$TESTS/learn/env.sh"
  $ for i in 2 5 7; do bpf verifier bad$i -DBAD=$i; skep run bad$i.o --mem 02000000000000000000000000000000 --set c=12 2>&1 | sed 's/at 0x[1-9a-f][0-9a-f]*/at ADDRESS/; s/[0-9]* bytes/N bytes/'; done
  program bad ended at instruction 9: a helper was given N bytes at ADDRESS, which are not the program's memory
  skep: error: cannot run 'bad': Bad address
  program bad ended at instruction 8: read of 1 byte at ADDRESS, which is not the program's memory
  skep: error: cannot run 'bad': Bad address
  program bad ended at instruction 10: read of 1 byte at 0x0, which is not the program's memory
  skep: error: cannot run 'bad': Bad address
  $ for i in 1 3; do bpf verifier bad$i -DBAD=$i; skep run bad$i.o --mem 02000000000000000000000000000000 2>&1 | sed -n 2p; done
    program of this type cannot use helper bpf_get_stack#67
    cannot call GPL-restricted function from non-GPL compatible program

==== 8.02 8.05 8.06 X8.1: XDP that tells pings
requires: root bpf cmd:clang
-- run
  $ . "$TESTS/learn/env.sh"; bpf ping ping
  $ ask=0242ac1100050242ac110004080045000024123400004001107aac110004ac1100050800ebe7000700010001020304050607
  $ answer=0242ac1100040242ac110005080045000024123400004001107aac110005ac1100040000f3e7000700010001020304050607
  $ both ping.o --mem $ask --dump .bss -f lines
  {"prog":"ping","verdict":"XDP_PASS","retval":2}
  {"map":".bss","elements":[{"key":["0x00","0x00","0x00","0x00"],"value":{".bss":[{"others":0},{"pings":1},{"answers":0}]}}]}
  {"prog":"ping","verdict":"XDP_PASS","retval":2}
  {"map":".bss","elements":[{"key":["0x00","0x00","0x00","0x00"],"value":{".bss":[{"others":0},{"pings":1},{"answers":0}]}}]}
  $ both ping.o --mem $answer --dump .bss -f lines --set verdict=1
  {"prog":"ping","verdict":"XDP_DROP","retval":1}
  {"map":".bss","elements":[{"key":["0x00","0x00","0x00","0x00"],"value":{".bss":[{"others":0},{"pings":0},{"answers":1}]}}]}
  {"prog":"ping","verdict":"XDP_DROP","retval":1}
  {"map":".bss","elements":[{"key":["0x00","0x00","0x00","0x00"],"value":{".bss":[{"others":0},{"pings":0},{"answers":1}]}}]}
  $ both ping.o --mem ${ask%??????????} --dump .bss -f lines
  {"prog":"ping","verdict":"XDP_PASS","retval":2}
  {"map":".bss","elements":[{"key":["0x00","0x00","0x00","0x00"],"value":{".bss":[{"others":0},{"pings":1},{"answers":0}]}}]}
  {"prog":"ping","verdict":"XDP_PASS","retval":2}
  {"map":".bss","elements":[{"key":["0x00","0x00","0x00","0x00"],"value":{".bss":[{"others":0},{"pings":1},{"answers":0}]}}]}
  $ both ping.o --mem 0242ac1100050242ac11000486dd --dump .bss -f lines
  {"prog":"ping","verdict":"XDP_PASS","retval":2}
  {"map":".bss","elements":[{"key":["0x00","0x00","0x00","0x00"],"value":{".bss":[{"others":1},{"pings":0},{"answers":0}]}}]}
  {"prog":"ping","verdict":"XDP_PASS","retval":2}
  {"map":".bss","elements":[{"key":["0x00","0x00","0x00","0x00"],"value":{".bss":[{"others":1},{"pings":0},{"answers":0}]}}]}

==== 8.07: XDP that balances TCP
requires: root bpf cmd:clang
-- run
  $ . "$TESTS/learn/env.sh"; bpf lb lb
  $ rest=0000000000000000000000000000000000000000
From the client: to one of the two.
  $ for i in $(seq 20); do skep run lb.o --mem 0242ac1100050242ac1100040800450000281234000040061071ac110004ac110005$rest; done | sort -u
  balance: XDP_TX (3), changed to 0242ac1100020242ac1100050800450000281234000040061073ac110005ac1100020000000000000000000000000000000000000000
  balance: XDP_TX (3), changed to 0242ac1100030242ac1100050800450000281234000040061072ac110005ac1100030000000000000000000000000000000000000000
  $ for i in $(seq 20); do skep run lb.o --engine kernel --mem 0242ac1100050242ac1100040800450000281234000040061071ac110004ac110005$rest; done | sort -u
  balance: XDP_TX (3), changed to 0242ac1100020242ac1100050800450000281234000040061073ac110005ac1100020000000000000000000000000000000000000000
  balance: XDP_TX (3), changed to 0242ac1100030242ac1100050800450000281234000040061072ac110005ac1100030000000000000000000000000000000000000000
From a backend, to the client; what is not TCP, or no IP, or cut short.
  $ both lb.o --mem 0242ac1100050242ac1100020800450000281234000040061073ac110002ac110005$rest
  balance: XDP_TX (3), changed to 0242ac1100040242ac1100050800450000281234000040061071ac110005ac1100040000000000000000000000000000000000000000
  balance: XDP_TX (3), changed to 0242ac1100040242ac1100050800450000281234000040061071ac110005ac1100040000000000000000000000000000000000000000
  $ both lb.o --mem 0242ac1100050242ac1100040800450000281234000040111066ac110004ac110005$rest
  balance: XDP_PASS (2)
  balance: XDP_PASS (2)
  $ both lb.o --mem 0242ac1100050242ac1100040806450000281234000040111066ac110004ac110005$rest
  balance: XDP_PASS (2)
  balance: XDP_PASS (2)
  $ both lb.o --mem 0242ac1100050242ac11000408004500
  balance: XDP_ABORTED (0)
  balance: XDP_ABORTED (0)

==== 8.10 8.11 8.12 X8.1: TC programs that drop, and that answer
requires: root bpf cmd:clang cmd:unshare
-- run
  $ . "$TESTS/learn/env.sh"; bpf tc tc
  $ ask=0242ac1100050242ac110004080045000024123400004001107aac110004ac1100050800ebe7000700010001020304050607
  $ answer=0242ac1100040242ac110005080045000024123400004001107aac110005ac1100040000f3e7000700010001020304050607
  $ for p in tc_drop drop_pings; do both tc.o $p --mem $ask; both tc.o $p --mem $answer; done
  tc_drop: TC_ACT_SHOT (2)
  tc_drop: TC_ACT_SHOT (2)
  tc_drop: TC_ACT_SHOT (2)
  tc_drop: TC_ACT_SHOT (2)
  drop_pings: TC_ACT_SHOT (2)
  drop_pings: TC_ACT_SHOT (2)
  drop_pings: TC_ACT_OK (0)
  drop_pings: TC_ACT_OK (0)
  $ for e in embedded kernel; do unshare -n skep run tc.o tc_pingpong --mem $ask --engine $e; done
  tc_pingpong: TC_ACT_SHOT (2), changed to 0242ac1100040242ac110005080045000024123400004001107aac110005ac1100040000f3e7000700010001020304050607
  tc_pingpong: TC_ACT_SHOT (2), changed to 0242ac1100040242ac110005080045000024123400004001107aac110005ac1100040000f3e7000700010001020304050607
  $ both tc.o tc_pingpong --mem $answer
  tc_pingpong: TC_ACT_OK (0)
  tc_pingpong: TC_ACT_OK (0)
  $ skep run tc.o drop_pings --mem $ask --ctx '{"ifindex": 1}'
  [tc] ICMP request for 1 type 8
  drop_pings: TC_ACT_SHOT (2)
