nospec
r1 = probe *(u8 *)(r2 +0)
r1 = probe *(s32 *)(r2 +0)
r1 = arena *(u64 *)(r2 +0)
arena *(u32 *)(r2 +4) = r1
arena *(u32 *)(r2 +4) = 7
arena lock *(u64 *)(r2 +4) += r1
r1 = &(void __percpu *)(r2)
r11 = 5
