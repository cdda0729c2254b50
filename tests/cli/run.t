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

==== a .data file of bpf_conformance, whose assembler keeps the low 32 bits
-- run
  $ printf -- '-- asm\nmov32 %%r0, 0x876543210\njne32 %%r0, -0x889abcdf0, exit\nlddw %%r1, -2\njne %%r1, 0xfffffffffffffffe, exit\nmov %%r0, 1\nexit\n' > t.data
  $ skep run t.data
  r0 = 0x1 (1)
  $ printf 'mov32 r0, 0x876543210\nexit\n' | skep run -
  <stdin>:1:11: error: '0x876543210' does not fit into 32 bits: use a 64-bit load, rN = NUMBER ll [asm.range]
      1 | mov32 r0, 0x876543210
        |           ^~~~~~~~~~~
  [2]

==== helper 5 of bpf_conformance ends the program when it is given 0
-- run
  $ p='85 00 00 00 05 00 00 00 b7 00 00 00 09 00 00 00 95 00 00 00 00 00 00 00'
  $ for e in checked interp jit; do echo "b7 01 00 00 00 00 00 00 $p" | skep run --conformance --$e; done
  0
  0
  0
  $ for e in checked interp jit; do echo "b7 01 00 00 01 00 00 00 $p" | skep run --conformance --$e; done
  9
  9
  9

==== what no kernel takes runs here, but not with --strict
-- run
  $ for p in 'r0 = 8; lsh32 r0, 33; exit' 'r0 = 8; div r0, 0; exit' 'r1 = 8; callx r1; r0 = 3; exit'; do echo "$p" | skep run -; done
  r0 = 0x10 (16)
  r0 = 0x0 (0)
  r0 = 0x3 (3)
  $ echo 'r0 = 8; lsh32 r0, 33; exit' | skep run - --strict
  <stdin>:1:9: error: the kernel would refuse this: 'invalid shift 33' [asm.refused]
      1 | r0 = 8; lsh32 r0, 33; exit
        |         ^~~~~~~~~~~~
  [2]
  $ echo 'b7 01 00 00 08 00 00 00 8d 01 00 00 00 00 00 00 95 00 00 00 00 00 00 00' | skep run - --strict
  <stdin>: insn 1: error: unknown opcode 8d [vm.decode]
  [2]

==== bad usage
-- run
  $ skep run
  skep: error: 'skep run' takes one program, a file or -
  [2]
  $ skep run a b
  a: error: cannot open: No such file or directory [file]
  [2]
  $ skep run nosuch.s
  nosuch.s: error: cannot open: No such file or directory [file]
  [2]
  $ printf 'exit' > p.s; skep run p.s --mem 12x4
  skep: error: '12x4' is not bytes in hex
  [2]
  $ skep run p.s --mem 12 --data p.s
  skep: error: one of --mem, --data and --pcap has to be enough
  [2]
  $ skep run p.s --interp --trace
  skep: error: one of --checked, --trace, --interp and --jit has to be enough
  [2]
  $ skep run p.s --repeat 0
  skep: error: --repeat goes from 1 to 100000000
  [2]
  $ printf '\177ELF' > o; skep run o
  o: byte 4: error: ELF header: the file ends in it [elf.cut]
  [2]
  $ : > empty; skep run empty
  empty: error: the input is empty [input.empty]
  [2]

==== classic BPF, as tcpdump -ddd writes it
-- run
  $ printf '4\n40 0 0 12\n21 0 1 2048\n6 0 0 262144\n6 0 0 0\n' > ip
  $ for e in checked interp jit; do skep run ip --type skb --mem 000000000000000000000000080045 --$e; done
  r0 = 0x40000 (262144)
  r0 = 0x40000 (262144)
  r0 = 0x40000 (262144)
  $ skep run ip --type skb --mem 00000000000000000000000086dd60
  r0 = 0x0 (0)
  $ printf 'ld poff\nret a\n' > poff; skep run poff -i tcpdump --type skb --mem 00000000000000000000000008004500001c000040004011000000000000000000000001000200080000
  r0 = 0x2a (42)
  $ skep run ip --mem 00
  skep: error: classic BPF looks at a packet: --type skb --data FILE
  [2]
  $ printf '1\n40 0 0 12\n' | skep run - --type skb --mem 000000000000000000000000080045
  <stdin>: insn 0: error: the last instruction must be a ret [cbpf.end]
  [2]

==== maps, by name, in every engine
-- run
  $ cat > count.s <<'TEXT'
  > ; XDP: counts packets by their first byte
  > r2 = *(u32 *)(r1 + 0)
  > r3 = *(u32 *)(r1 + 4)
  > r4 = r2
  > r4 += 1
  > if r4 > r3 goto out
  > r2 = *(u8 *)(r2 + 0)
  > *(u32 *)(r10 - 4) = r2
  > r1 = hits ll
  > r2 = r10
  > r2 += -4
  > call map_lookup_elem
  > if r0 == 0 goto out
  > r1 = 1
  > lock *(u64 *)(r0 + 0) += r1
  > out: r0 = 2
  > exit
  > TEXT
  $ skep run count.s --map hits=array,max=3 --type xdp --mem 0102030405060708090a0b0c0d0e
  r0     0x2
  value  2
  maps
    name  hits
    type  array
    elements
      KEY          VALUE
      00 00 00 00  00 00 00 00 00 00 00 00
      01 00 00 00  01 00 00 00 00 00 00 00
      02 00 00 00  00 00 00 00 00 00 00 00
  $ skep run count.s --map hits=percpu_hash --type xdp --mem 0102030405060708090a0b0c0d0e --interp -j
  {"r0":"0x2","value":2,"maps":[{"name":"hits","type":"percpu_hash","elements":[]}]}
  $ skep run count.s --map hits=hash,max=2 --elem hits:07000000=0500000000000000 --type xdp --mem 070000000000000000000000000000 --jit --repeat 10 -j | sed 's/"median.*"runs"/"runs"/'
  {"r0":"0x2","value":2,"runs":10,"maps":[{"name":"hits","type":"hash","elements":[{"key":["0x07","0x00","0x00","0x00"],"value":["0x0f","0x00","0x00","0x00","0x00","0x00","0x00","0x00"]}]}]}
  $ skep run count.s --map hits=hash --type xdp --mem 070000000000000000000000000000 --trace 2>&1 | sed -n 's/r[0-9]*=0x[0-9a-f]*//g; 6,9p'
     5: (71) r2 = *(u8 *)(r2 +0)  
     6: (63) *(u32 *)(r10 -4) = r2
     7: (18) r1 = map[fd:1]  
     9: (bf) r2 = r10  

==== maps that cannot be
-- run
  $ echo 'r0 = 0; exit' > p.s
  $ skep run p.s --map hits=hsah
  skep: error: there is no map type 'hsah'
    did you mean 'hash'?
  [2]
  $ skep run p.s --map hits
  skep: error: --map takes NAME=TYPE,key=N,value=N,max=N, not 'hits'
  [2]
  $ skep run p.s --map hits=hash,size=5
  skep: error: 'size=5' is none of key=N, value=N, max=N, flags=N
  [2]
  $ skep run p.s --map hits=array,key=8
  skep: error: the map 'hits' cannot be made: Invalid argument
  [2]
  $ skep run p.s --map hits=hash --elem hits:00=00
  skep: error: the map 'hits' has keys of 4 and values of 8 bytes
  [2]
  $ skep run p.s --map hits=hash --elem miss:00=00
  skep: error: --elem takes MAP:KEY=VALUE in hex, of a map that is there, not 'miss:00=00'
  [2]
  $ echo 'r1 = map[fd:2]; r0 = 0; exit' | skep run - --map hits=hash
  skep: error: there is no map[fd:2] among the 1 that are here
  <stdin>: insn 0: note: the load is here
  [2]

==== printing, and helpers that are not here
-- run
  $ printf '*(u64 *)(r10 - 8) = 0x6425\nr1 = r10\nr1 += -8\nr2 = 3\nr3 = 42\ncall trace_printk\nexit\n' | skep run -
  42
  r0 = 0x2 (2)
  $ printf 'call ima_inode_hash\nexit\n' | skep run -
  <stdin>: insn 0: error: helper bpf_ima_inode_hash needs the kernel engine: it asks the file system [vm.helper]
  [2]
  $ printf 'call 161\nexit\n' | skep run -
  <stdin>: insn 0: error: helper bpf_ima_inode_hash needs the kernel engine: it asks the file system [vm.helper]
  [2]
  $ printf 'call 4711\nexit\n' | skep run -
  <stdin>: insn 0: error: there is no helper 4711 [vm.helper]
  [2]

==== a packet that the program changes
-- run
  $ printf 'r2 = 4\nr6 = r1\ncall xdp_adjust_head\nr2 = *(u32 *)(r6 + 0)\nr3 = *(u32 *)(r6 + 4)\nr4 = r2\nr4 += 1\nif r4 > r3 goto out\n*(u8 *)(r2 + 0) = 0x5a\nout: r0 = 2\nexit\n' > p.s
  $ skep run p.s --type xdp --mem 000102030405060708090a0b0c0d0e0f10111213 --out after && od -An -tx1 after
  r0 = 0x2 (2)
   5a 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13

==== native code
requires: arch:x86_64
-- run
  $ printf 'r0 = *(u32 *)(r1 + 4)\nr0 += 5\nexit\n' > p.s
  $ skep run p.s --dump-jit | sed -n '/^ *0: /,/^ *2: /p'
     0: (61) r0 = *(u32 *)(r1 +4)
          0x1f  8b 46 04                        mov eax,DWORD PTR [rsi+0x4]
     1: (07) r0 += 5
     2: (95) exit
  $ skep run p.s --dump-jit -f lines | grep -c '"pc"'
  3

==== a place within a map's only value
-- run
  $ printf 'r1 = map[fd:1][0]+4\nr0 = *(u8 *)(r1 + 1)\nexit\n' > p.s
  $ for e in --checked --interp --jit; do skep run p.s --map m=array,max=1 --elem m:00000000=0001020304050607 $e -f lines | cut -c1-22; done
  {"r0":"0x5","value":5,
  {"r0":"0x5","value":5,
  {"r0":"0x5","value":5,
