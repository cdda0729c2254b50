==== a loop
-- asm
r0 = 0
r1 = 100
again:
r0 += r1
r1 += -1
if r1 != 0 goto again
exit
-- result
0x13ba
==== a loop without end meets its budget
budget: 100000
-- asm
r0 = 0
again:
goto again
exit
-- error
1: more instructions than it may use
==== the fast engine has the budget too
budget: 100000
engines: checked fast traced
-- asm
r0 = 0
again:
r0 += 1
goto again
-- error
2: more instructions than it may use
==== local calls keep r6 to r9 and have stacks of their own
-- asm
r6 = 6
r7 = 7
*(u64 *)(r10 - 8) = 1
r1 = r10
call inner
r0 += r6
r0 += r7
r1 = *(u64 *)(r10 - 8)
r0 += r1
exit
inner:
r6 = 0
r7 = 0
*(u64 *)(r10 - 8) = 99
r0 = *(u64 *)(r1 - 8)
exit
-- result
0xf
==== eight frames
-- asm
r1 = 7
call down
exit
down:
r0 = r1
if r1 == 1 goto out
r1 += -1
call down
out:
r0 += 1
exit
-- result
0x8
==== nine frames
-- asm
r1 = 8
call down
exit
down:
r0 = r1
if r1 == 0 goto out
r1 += -1
call down
out:
exit
-- error
6: calls more than 8 deep
==== a helper
-- asm
r1 = 1
r2 = 2
r3 = 3
r4 = 4
r5 = 5
call 1
exit
-- result
0xf
==== a helper by the number in a register (callx)
-- asm
r1 = 1
r2 = 2
r3 = 3
r4 = 4
r5 = 5
r6 = 1
callx r6
exit
-- result
0xf
==== callx of no helper
-- asm
r6 = 77
callx r6
exit
-- error
1: call through a register that holds no helper's number
==== a helper that is not there
-- asm
call 161
exit
-- error
program: insn 0: error: helper bpf_ima_inode_hash needs the kernel engine: it asks the file system [vm.helper]
==== callbacks
-- asm
*(u64 *)(r10 - 8) = 0
r1 = round ll
r2 = 10
r3 = r10
call 2
r1 = *(u64 *)(r10 - 8)
r0 *= 1000
r0 += r1
exit
round:
r3 = *(u64 *)(r2 - 8)
r3 += r1
*(u64 *)(r2 - 8) = r3
r0 = 1
exit
-- result
0x273d
==== a fault in a callback ends the run
-- asm
r1 = round ll
r2 = 10
r3 = 0
call 2
r0 = 1
exit
round:
r0 = *(u64 *)(r2 + 0)
exit
-- error
7: read of 8 bytes at 0x0, which is not the program's memory
==== a program that falls off its end
-- asm
r0 = 0
-- error
program: insn 0: error: the program ends here without 'exit' or 'goto' [vm.end]
==== a jump out of the program
-- asm
r0 = 0
goto +5
exit
-- error
program: insn 1: error: jumps to instruction 7, but the program has 3 [vm.jump]
==== a jump into a 64-bit load
-- asm
goto +1
r0 = 1 ll
exit
-- error
program: insn 0: error: jumps into the middle of the 64-bit load at 1 [vm.jump]
==== r10 cannot be written
-- asm
r10 = 0
exit
-- error
program: insn 0: error: frame pointer is read only [vm.fp]
