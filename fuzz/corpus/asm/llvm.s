	r6 = r1
	w0 = *(u8 *)(r1 + 4)
	if w0 s<= 5 goto +2
	lock *(u64 *)(r1 + 8) += r2
	r3 = 0x123456789abcdef0 ll
	r2 = atomic_fetch_or((u64 *)(r1 - 8), r2)
	w2 = xchg32_32(r1 + 0, w2)
	call 14
	exit
