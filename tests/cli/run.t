==== a program over its memory
-- run
  $ printf 'r0 = *(u8 *)(r1 + 2)\nexit\n' > p.s
  $ skep run p.s --mem 01:02:03
  r0 = 0x3 (3)
  $ skep run p.s --mem 01:02:03 -j
  {"r0":"0x3","value":3}
  $ printf '\001\002\007' | skep run p.s --data /dev/stdin --interp
  r0 = 0x7 (7)
  $ skep asm p.s -o p.bin && skep run p.bin --mem 0x010203
  r0 = 0x3 (3)
  $ skep asm p.s -t hex | skep run - --mem 010203
  r0 = 0x3 (3)

==== the memory can be had back
-- run
  $ printf '*(u16 *)(r1 + 1) = 0x4241\nr0 = 0\nexit\n' > p.s
  $ skep run p.s --mem 30303030 --out after && cat after
  r0 = 0x0 (0)
  0AB0 (no-eol)

==== a wrong access is told with its place
-- run
  $ printf 'r0 = 1\nr3 = *(u64 *)(r1 + 1) # too far\nexit\n' > p.s
  $ skep run p.s --mem 0102030405060708
  p.s:2:1: error: read of 8 bytes at 0x*, which is not the program's memory ?run.fault] (glob)
      2 | r3 = *(u64 *)(r1 + 1) # too far
        | ^~~~~~~~~~~~~~~~~~~~~
        | at instruction 1 with r0=0x1 r1=0x* r2=0x8 r3=0x0 r4=0x0 r5=0x0 r6=0x0 r7=0x0 r8=0x0 r9=0x0 r10=0x* (glob)
        | its memory is the 8 bytes from 0x* to 0x* (glob)
  [1]
  $ skep asm p.s -o p.bin; skep run p.bin --mem 0102030405060708
  p.bin: insn 1: error: read of 8 bytes at 0x*, which is not the program's memory ?run.fault] (glob)
    at instruction 1 with r0=0x1 r1=0x* r2=0x8 r3=0x0 r4=0x0 r5=0x0 r6=0x0 r7=0x0 r8=0x0 r9=0x0 r10=0x* (glob)
    its memory is the 8 bytes from 0x* to 0x* (glob)
  [1]

==== a trace
-- run
  $ printf 'r0 = 1\nagain: r0 += r0\nif r0 < 4 goto again\nexit\n' | skep run - --trace
     0: (b7) r0 = 1  r0=0x1
     1: (0f) r0 += r0  r0=0x2
     2: (a5) if r0 < 0x4 goto pc-2
     1: (0f) r0 += r0  r0=0x4
     2: (a5) if r0 < 0x4 goto pc-2
     3: (95) exit
  r0 = 0x4 (4)

==== a loop without end
-- run
  $ printf 'r0 = 0\nagain: goto again\n' | skep run - --budget 1000000
  <stdin>:2:8: error: more instructions than it may use [run.fault]
      2 | again: goto again
        |        ^~~~
        | at instruction 1 with r0=0x0 r1=0x0 r2=0x0 r3=0x0 r4=0x0 r5=0x0 r6=0x0 r7=0x0 r8=0x0 r9=0x0 r10=0x* (glob)
  [1]

==== as a plugin of bpf_conformance
-- run
  $ printf 'b7 00 00 00 2a 00 00 00 95 00 00 00 00 00 00 00' | skep run --conformance
  2a
  $ printf '71 10 01 00 00 00 00 00 95 00 00 00 00 00 00 00' | skep run --conformance 'aa bb'
  bb
  $ printf '71 10 02 00 00 00 00 00 95 00 00 00 00 00 00 00' | skep run --conformance 'aa bb'
  <stdin>: insn 0: error: read of 1 byte at 0x*, which is not the program's memory ?run.fault] (glob)
    at instruction 0 with r0=0x0 r1=0x* r2=0x2 r3=0x0 r4=0x0 r5=0x0 r6=0x0 r7=0x0 r8=0x0 r9=0x0 r10=0x* (glob)
    its memory is the 2 bytes from 0x* to 0x* (glob)
  [1]

==== bad usage
-- run
  $ skep run
  skep: error: 'skep run' takes one program, a file or -
  [2]
  $ skep run a b
  skep: error: 'skep run' does not take 'b'
    see 'skep run --help'
  [2]
  $ skep run nosuch.s
  nosuch.s: error: cannot open: No such file or directory [file]
  [2]
  $ printf 'exit' > p.s; skep run p.s --mem 12x4
  skep: error: '12x4' is not memory in hex
  [2]
  $ skep run p.s --mem 12 --data p.s
  skep: error: --mem and --data are one too many
  [2]
  $ skep run p.s --interp --trace
  skep: error: --interp has neither checks nor a trace
  [2]
  $ skep run p.s --repeat 0
  skep: error: --repeat goes from 1 to 100000000
  [2]
  $ printf '\177ELF' > o; skep run o
  o: error: skep run takes raw instructions, hex or assembly, and this is an ELF object [input.kind]
  [2]
  $ : > empty; skep run empty
  empty: error: the input is empty [input.empty]
  [2]
