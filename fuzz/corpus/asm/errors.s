r1 = r2 r3
/* open
mvo r1, 5
r1 = 'x
r1 += w2
(b7) r1 = 0x5 ; x
