r6 = r1
r0 = *(u8 *)(r1 +4)
if w0 s<= 0x5 goto pc+2
lock *(u64 *)(r1 +8) += r2
call unknown#14
exit
