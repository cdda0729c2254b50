# What the assembler says about bad text: message, line and column.
==== an unknown register
-- asm
r0 = r16
r11 = 5
w12 += 1
-- errors
t:1:6: error: there is no register 'r16': they are r0 to r10, and w0 to w10 [asm.register]
    1 | r0 = r16
      |      ^~~
t:2:1: error: the kernel would refuse this: 'R11 is invalid' [asm.refused]
    2 | r11 = 5
      | ^~~~~~~
t:3:1: error: the kernel would refuse this: 'R12 is invalid' [asm.refused]
    3 | w12 += 1
      | ^~~~~~~~
==== a misspelt mnemonic
-- asm
mvo r1, 5
r0 = 1
exti
-- errors
t:1:1: error: unknown instruction 'mvo' [asm.unknown]
    1 | mvo r1, 5
      | ^~~
t:1:1: note: did you mean 'mov'?
    1 | mvo r1, 5
      | ^~~
      | mov
t:3:1: error: unknown instruction 'exti' [asm.unknown]
    3 | exti
      | ^~~~
t:3:1: note: did you mean 'exit'?
    3 | exti
      | ^~~~
      | exit
==== mixed widths
-- asm
r1 += w2
w1 = *(u64 *)(r2 +0)
if w1 == r2 goto +1
r3 = (s8)w4
-- errors
t:1:1: error: 'r1' and 'w2' have different widths: both must be r or both w [asm.width]
    1 | r1 += w2
      | ^~~~~~~~
t:2:1: error: w1 is a 32-bit half: this needs r1 [asm.width]
    2 | w1 = *(u64 *)(r2 +0)
      | ^~
t:3:4: error: 'w1' and 'r2' have different widths: both must be r or both w [asm.width]
    3 | if w1 == r2 goto +1
      |    ^~~~~~~~
t:4:1: error: 'r3' and 'w4' have different widths: both must be r or both w [asm.width]
    4 | r3 = (s8)w4
      | ^~~~~~~~~~~
==== immediates and offsets out of range
-- asm
r1 = 0x123456789
r1 += -2147483649
r2 = 0xffffffff
r1 = *(u8 *)(r2 +32768)
r1 = *(u8 *)(r2 -32769)
r1 <<= 64
w1 >>= 32
r1 /= 0
r1 = 0x10000000000000000 ll
-- errors
t:1:6: error: '0x123456789' does not fit into 32 bits: use a 64-bit load, rN = NUMBER ll [asm.range]
    1 | r1 = 0x123456789
      |      ^~~~~~~~~~~
t:2:7: error: '-2147483649' does not fit into 32 bits: use a 64-bit load, rN = NUMBER ll [asm.range]
    2 | r1 += -2147483649
      |       ^~~~~~~~~~~
t:4:17: error: '+32768' does not fit into an offset: -32768 to 32767 [asm.range]
    4 | r1 = *(u8 *)(r2 +32768)
      |                 ^~~~~~
t:5:17: error: '-32769' does not fit into an offset: -32768 to 32767 [asm.range]
    5 | r1 = *(u8 *)(r2 -32769)
      |                 ^~~~~~
t:6:1: error: the kernel would refuse this: 'invalid shift 64' [asm.refused]
    6 | r1 <<= 64
      | ^~~~~~~~~
t:7:1: error: the kernel would refuse this: 'invalid shift 32' [asm.refused]
    7 | w1 >>= 32
      | ^~~~~~~~~
t:8:1: error: the kernel would refuse this: 'div by zero' [asm.refused]
    8 | r1 /= 0
      | ^~~~~~~
t:9:6: error: '0x10000000000000000' is not a number [asm.number]
    9 | r1 = 0x10000000000000000 ll
      |      ^~~~~~~~~~~~~~~~~~~
==== undefined and doubled labels
-- asm
loop:
if r1 == 0 goto lop
goto out
call helper
r1 = counters ll
loop:
exit
-- errors
t:6:1: error: label 'loop' is defined twice [asm.label-twice]
    6 | loop:
      | ^~~~
t:1:1: note: it was defined here first
    1 | loop:
      | ^~~~
t:2:17: error: no label is called 'lop' [asm.undefined]
    2 | if r1 == 0 goto lop
      |                 ^~~
t:2:17: note: did you mean 'loop'?
    2 | if r1 == 0 goto lop
      |                 ^~~
      |                 loop
t:3:6: error: no label is called 'out' [asm.undefined]
    3 | goto out
      |      ^~~
t:4:6: error: no helper, function or label is called 'helper' [asm.undefined]
    4 | call helper
      |      ^~~~~~
t:5:6: error: no map, variable or label is called 'counters' [asm.undefined]
    5 | r1 = counters ll
      |      ^~~~~~~~
==== operands that are missing or too many
-- asm
r1 =
r1 = r2 r3
if r1 == 5 goto
*(u32 *)(r1 +4)
lock *(u32 *)(r1 +4) -= r2
goto 5
mov r1
jeq r1, 5
ldxb r1, r2
r0 = *(u7 *)(r1 +0)
-- errors
t:1:5: error: expected a register, a number, a load or a name, but the statement ends here [asm.expected]
    1 | r1 =
      |     ^
t:2:9: error: 'r3' is too much: the instruction ends before it [asm.trailing]
    2 | r1 = r2 r3
      |         ^~
t:3:16: error: expected a label or a distance (+3), but the statement ends here [asm.expected]
    3 | if r1 == 5 goto
      |                ^
t:4:16: error: expected '=', but the statement ends here [asm.expected]
    4 | *(u32 *)(r1 +4)
      |                ^
t:5:22: error: expected +=, |=, &= or ^=, found '-=' [asm.expected]
    5 | lock *(u32 *)(r1 +4) -= r2
      |                      ^~
t:6:6: error: expected a label or a distance (+3), found '5' [asm.expected]
    6 | goto 5
      |      ^
t:7:7: error: expected ',', but the statement ends here [asm.expected]
    7 | mov r1
      |       ^
t:8:10: error: expected ',', but the statement ends here [asm.expected]
    8 | jeq r1, 5
      |          ^
t:9:10: error: expected '[' of an address, found 'r2' [asm.expected]
    9 | ldxb r1, r2
      |          ^~
t:10:8: error: expected a type (u8, u16, u32, u64, s8, s16, s32), found 'u7' [asm.expected]
   10 | r0 = *(u7 *)(r1 +0)
      |        ^~
==== two operands that must be one register
-- asm
r1 = -r2
r1 = be16 r2
r2 = atomic_fetch_add((u64 *)(r1 + 8), r3)
r0 = cmpxchg_64(r1 + 8, r1, r2)
r1 = *(u8 *)skb[4]
-- errors
t:1:7: error: negation works in place: rN = -rN [asm.two-operand]
    1 | r1 = -r2
      |       ^~
t:2:11: error: byte swaps work in place: rN = be16 rN [asm.two-operand]
    2 | r1 = be16 r2
      |           ^~
t:3:40: error: the old value goes into the operand's register: use r3 on both sides [asm.two-operand]
    3 | r2 = atomic_fetch_add((u64 *)(r1 + 8), r3)
      |                                        ^~
t:4:25: error: cmpxchg compares with r0 and puts the old value into r0 [asm.register]
    4 | r0 = cmpxchg_64(r1 + 8, r1, r2)
      |                         ^~
t:5:1: error: packet loads put their result into r0 [asm.register]
    5 | r1 = *(u8 *)skb[4]
      | ^~
==== a dump whose text and opcode disagree
-- asm
   0: (b7) r1 = 5
   1: (bf) r1 = 6
-- errors
t:2:12: error: the line says opcode bf, but this text is opcode b7 [asm.opcode]
    2 |    1: (bf) r1 = 6
      |            ^~~~~~
==== a number that is none
-- asm
r1 = 12x
r1 = 0xg
r2 = 'ab'
-- errors
t:1:6: error: '12x' is not a number [asm.number]
    1 | r1 = 12x
      |      ^~~
t:2:6: error: '0xg' is not a number [asm.number]
    2 | r1 = 0xg
      |      ^~~
t:3:6: error: ''ab'' is not a number [asm.number]
    3 | r2 = 'ab'
      |      ^~~~
==== a comment without end
-- asm
r1 = 5
/* and so on
exit
-- errors
t:2:1: error: this comment has no end [asm.comment]
    2 | /* and so on
      | ^~
==== a remark behind a semicolon
-- asm
r1 = 5 ; five
exit
-- errors
t:1:10: error: unknown instruction 'five' [asm.unknown]
    1 | r1 = 5 ; five
      |          ^~~~
t:1:10: note: did you mean 'div'?
    1 | r1 = 5 ; five
      |          ^~~~
      |          div
      | ';' separates statements: comments begin with # or //
==== instructions that the target does not have
kernel: 5.10
-- asm
r1 s/= r2
r1 = (s8)r2
gotol +1
r1 = bswap16 r1
r1 = load_acquire((u8 *)(r2 +0))
may_goto +1
r1 = subprog[+1]
lock *(u64 *)(r1 +0) += r2
call bpf_foo#1
call kernel-function#5
-- errors
t:1:1: error: this instruction needs Linux 6.6 and the target is 5.10: 'BPF_ALU uses reserved fields' [asm.kernel]
    1 | r1 s/= r2
      | ^~~~~~~~~
t:2:1: error: this instruction needs Linux 6.6 and the target is 5.10: 'BPF_MOV uses reserved fields' [asm.kernel]
    2 | r1 = (s8)r2
      | ^~~~~~~~~~~
t:3:1: error: this instruction needs Linux 6.6 and the target is 5.10: 'unknown opcode 06' [asm.kernel]
    3 | gotol +1
      | ^~~~~
t:4:1: error: this instruction needs Linux 6.6 and the target is 5.10: 'unknown opcode d7' [asm.kernel]
    4 | r1 = bswap16 r1
      | ^~~~~~~~~~~~~~~
t:5:1: error: this instruction needs Linux 6.15 and the target is 5.10: 'BPF_STX uses reserved fields' [asm.kernel]
    5 | r1 = load_acquire((u8 *)(r2 +0))
      | ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
t:6:1: error: this instruction needs Linux 6.9 and the target is 5.10: 'unknown opcode e5' [asm.kernel]
    6 | may_goto +1
      | ^~~~~~~~
t:7:1: error: this instruction needs Linux 5.13 and the target is 5.10: 'unrecognized bpf_ld_imm64 insn' [asm.kernel]
    7 | r1 = subprog[+1]
      | ^~~~~~~~~~~~~~~~
t:10:1: error: this instruction needs Linux 5.13 and the target is 5.10: 'BPF_CALL uses reserved fields' [asm.kernel]
   10 | call kernel-function#5
      | ^~~~~~~~~~~~~~~~~~~~~~
==== what only the kernel may write
-- asm
nospec
r1 = probe *(u8 *)(r2 +0)
arena *(u8 *)(r2 +0) = r1
r1 = &(void __percpu *)(r2)
callx r1
r1 = probe r2
-- errors
t:1:1: error: only the kernel itself may put this into a program [asm.internal]
    1 | nospec
      | ^~~~~~
t:2:1: error: only the kernel itself may put this into a program [asm.internal]
    2 | r1 = probe *(u8 *)(r2 +0)
      | ^~~~~~~~~~~~~~~~~~~~~~~~~
t:3:1: error: only the kernel itself may put this into a program [asm.internal]
    3 | arena *(u8 *)(r2 +0) = r1
      | ^~~~~~~~~~~~~~~~~~~~~~~~~
t:4:1: error: only the kernel itself may put this into a program [asm.internal]
    4 | r1 = &(void __percpu *)(r2)
      | ^~~~~~~~~~~~~~~~~~~~~~~~~~~
t:5:1: error: no kernel has this instruction: 'unknown opcode 8d' [asm.foreign]
    5 | callx r1
      | ^~~~~~~~
t:6:12: error: expected a register, a number, a load or a name, found 'r2' [asm.expected]
    6 | r1 = probe r2
      |            ^~
==== twenty errors are enough
-- asm
a
b
c
d
e
f
g
h
i
j
k
l
m
n
o
p
q
s
t
u
v
x
-- errors
t:1:1: error: unknown instruction 'a' [asm.unknown]
    1 | a
      | ^
t:2:1: error: unknown instruction 'b' [asm.unknown]
    2 | b
      | ^
t:3:1: error: unknown instruction 'c' [asm.unknown]
    3 | c
      | ^
t:4:1: error: unknown instruction 'd' [asm.unknown]
    4 | d
      | ^
t:5:1: error: unknown instruction 'e' [asm.unknown]
    5 | e
      | ^
t:6:1: error: unknown instruction 'f' [asm.unknown]
    6 | f
      | ^
t:7:1: error: unknown instruction 'g' [asm.unknown]
    7 | g
      | ^
t:8:1: error: unknown instruction 'h' [asm.unknown]
    8 | h
      | ^
t:9:1: error: unknown instruction 'i' [asm.unknown]
    9 | i
      | ^
t:10:1: error: unknown instruction 'j' [asm.unknown]
   10 | j
      | ^
t:11:1: error: unknown instruction 'k' [asm.unknown]
   11 | k
      | ^
t:12:1: error: unknown instruction 'l' [asm.unknown]
   12 | l
      | ^
t:13:1: error: unknown instruction 'm' [asm.unknown]
   13 | m
      | ^
t:14:1: error: unknown instruction 'n' [asm.unknown]
   14 | n
      | ^
t:15:1: error: unknown instruction 'o' [asm.unknown]
   15 | o
      | ^
t:16:1: error: unknown instruction 'p' [asm.unknown]
   16 | p
      | ^
t:17:1: error: unknown instruction 'q' [asm.unknown]
   17 | q
      | ^
t:18:1: error: unknown instruction 's' [asm.unknown]
   18 | s
      | ^
t:19:1: error: unknown instruction 't' [asm.unknown]
   19 | t
      | ^
t:20:1: error: unknown instruction 'u' [asm.unknown]
   20 | u
      | ^
      | that was error 20: the rest of the text was not looked at
==== hex that is none
input: hex
-- asm
b7 00 00 00 07 00 00 00
95 00 00 0g
-- errors
t:2:10: error: expected two hex digits [input.hex]
    2 | 95 00 00 0g
      |          ^
==== hex that ends too early
input: hex
-- asm
b7 00 00 00 07 00 00 00
95 00 00
-- errors
t:2:1: error: the last instruction has 3 of its 8 bytes [input.truncated]
    2 | 95 00 00
      | ^~~~~~~~
==== classic BPF that the kernel refuses
-- cbpf
ld M[3]
ret #0
-- errors
t: insn 0: error: M[3] may be read here before it was written [cbpf.unwritten]
==== classic BPF with a wrong operand
-- cbpf
ldh M[3]
ret #0
-- errors
t:1:1: error: 'ldh' does not take this operand [cbpf.operand]
    1 | ldh M[3]
      | ^~~
==== classic BPF that does not end
-- cbpf
ldh [12]
-- errors
t: insn 0: error: the last instruction must be a ret [cbpf.end]
==== classic BPF that jumps out
-- cbpf
2
21 3 0 5
6 0 0 0
-- errors
t: insn 0: error: the jump leads 3 instructions past the next, and 1 follow it [cbpf.jump]
==== classic BPF with a wrong count
-- cbpf
3
40 0 0 12
6 0 0 0
-- errors
t:1:1: error: the count says 3 instructions and there are 2 [cbpf.count]
    1 | 3
      | ^
==== classic BPF that eBPF cannot express
-- cbpf
ld poff
ret #1
-- errors
t: insn 0: error: an eBPF program cannot get at 'poff' [cbpf.no-ebpf]
==== classic BPF text
-- cbpf
ldh [12]
jeq #0x800, ipp, drop
ip: ret #1
drop: ret #0
-- errors
t:2:13: error: no label is called 'ipp' [cbpf.undefined]
    2 | jeq #0x800, ipp, drop
      |             ^~~
