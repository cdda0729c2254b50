# skep asm and skep dis.
==== text to bytes and back
-- run
  $ printf 'r0 = 7\nexit\n' | skep asm - -o - | wc -c
  16
  $ printf 'r0 = 7\nexit\n' | skep asm - -t hex
  b7 00 00 00 07 00 00 00
  95 00 00 00 00 00 00 00
  $ printf 'r0 = 7\nexit\n' | skep asm - -t c
  { .code = 0xb7, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 7 },
  { .code = 0x95, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0 },
  $ printf 'r0 = 7\nexit\n' | skep asm - -t data
  -- raw
  0x00000007000000b7
  0x0000000000000095
  $ printf 'r0 = 7\nexit\n' | skep asm - | skep dis -
     0: (b7) r0 = 7
     1: (95) exit
  $ printf 'x: r0 = 7; goto x' | skep asm - | skep dis - --style llvm --bytes --labels
  L0:
         0:	b7 00 00 00 07 00 00 00	r0 = 7
         1:	05 00 fe ff 00 00 00 00	goto L0
  $ printf 'r0 = 7\nexit\n' | skep asm - -j
  [{"pc":0,"line":1,"code":"0xb7","dst":0,"src":0,"off":0,"imm":7},{"pc":1,"line":2,"code":"0x95","dst":0,"src":0,"off":0,"imm":0}]
  $ printf 'r0 = 7\nexit\n' | skep asm - | skep dis - -j
  [{"pc":0,"text":"(b7) r0 = 7","code":"0xb7","dst":0,"src":0,"off":0,"imm":7},{"pc":1,"text":"(95) exit","code":"0x95","dst":0,"src":0,"off":0,"imm":0}]
==== bad text
-- run
  $ printf 'r0 = 7\nexti\n' | skep asm -
  <stdin>:2:1: error: unknown instruction 'exti' [asm.unknown]
      2 | exti
        | ^~~~
  <stdin>:2:1: note: did you mean 'exit'?
      2 | exti
        | ^~~~
        | exit
  [2]
  $ printf '\n' | skep asm -
  <stdin>: error: there are no instructions in here [asm.empty]
  [2]
  $ skep asm nosuch.s
  nosuch.s: error: cannot open: No such file or directory [file]
  [2]
  $ printf 'r1 s/= r2' | skep asm - --kernel 5.10
  <stdin>:1:1: error: this instruction needs Linux 6.6 and the target is 5.10: 'BPF_ALU uses reserved fields' [asm.kernel]
      1 | r1 s/= r2
        | ^~~~~~~~~
  [2]
  $ printf 'exit' | skep asm - --kernel new
  skep: error: 'new' is no kernel version: it looks like 6.12
  [2]
==== all kinds of input
-- run
  $ echo b700000007000000 9500000000000000 | skep dis -
     0: (b7) r0 = 7
     1: (95) exit
  $ printf -- '-- asm\nmov r0, 7\nexit\n-- result\n0x7\n' | skep dis -
     0: (b7) r0 = 7
     1: (95) exit
  $ printf -- '-- raw\n0x00000007000000b7\n0x0000000000000095\n' | skep dis - --plain
  (b7) r0 = 7
  (95) exit
  $ printf '1\n6 0 0 1\n' | skep dis -
  (000) ret      #1
  $ printf '1\n6 0 0 1\n' | skep dis - --convert
     0: (b4) w0 = 0
     1: (b4) w7 = 0
     2: (bf) r6 = r1
     3: (b4) w0 = 1
     4: (95) exit
  $ printf 'r0 = 1; exit' | skep dis - --plain
  (b7) r0 = 1
  (95) exit
  $ printf '\177ELF' | skep dis -
  <stdin>: byte 4: error: ELF header: the file ends in it [elf.cut]
  [2]
==== bad input
-- run
  $ printf '' | skep dis -
  <stdin>: error: the input is empty [input.empty]
  [2]
  $ printf '\225\0\0' | skep dis -
  <stdin>: byte 0: error: the last instruction has 3 of its 8 bytes [input.truncated]
  [2]
  $ printf '\376\0\0\0\0\0\0\0\225\0\0\0\0\0\0\0' | skep dis -
     0: .8byte 0x00000000000000fe
     1: (95) exit
  <stdin>: byte 0: error: instruction 0 is invalid: unknown opcode fe [dis.invalid]
  [2]
  $ echo 3700000000000000 | skep dis -
     0: .8byte 0x0000000000000037
  <stdin>:1:1: error: instruction 0 is invalid: div by zero [dis.invalid]
      1 | 3700000000000000
        | ^~~~~~~~~~~~~~~~
  [2]
  $ echo 9500000000000000 | skep dis - --convert
  <stdin>: error: --convert is for classic BPF, and this is not: see --input tcpdump [usage.convert]
  [2]
  $ head -c 100000000 /dev/zero | skep dis -
  <stdin>: error: more than 1000000 instructions [input.too-big]
  [2]
  $ head -c 140000000 /dev/zero | skep dis -
  <stdin>: error: is larger than the 128 MiB that fit here [file.size]
  [2]
  $ printf '2\n6 0 0 1\n' | skep dis -
  <stdin>:1:1: error: the count says 2 instructions and there are 1 [cbpf.count]
      1 | 2
        | ^
  [2]
  $ printf '1\n7 0 0 0\n' | skep dis -
  (000) tax      
  <stdin>: insn 0: error: the last instruction must be a ret [cbpf.end]
  [2]

==== helpers by name
-- run
  $ printf 'call map_lookup_elem\ncall bpf_ktime_get_ns\nexit\n' | skep asm - -o p.bin && skep dis p.bin
     0: (85) call bpf_map_lookup_elem#1
     1: (85) call bpf_ktime_get_ns#5
     2: (95) exit
  $ skep dis p.bin | skep asm - -o q.bin && cmp p.bin q.bin
  $ skep dis p.bin --style llvm
         0:	call 1
         1:	call 5
         2:	exit
  $ echo 'call map_lokup_elem' | skep asm -
  <stdin>:1:6: error: no helper, function or label is called 'map_lokup_elem' [asm.undefined]
      1 | call map_lokup_elem
        |      ^~~~~~~~~~~~~~
  <stdin>:1:6: note: did you mean 'map_lookup_elem'?
      1 | call map_lokup_elem
        |      ^~~~~~~~~~~~~~
        |      map_lookup_elem
  [2]
