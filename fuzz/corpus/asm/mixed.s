# all comments
start: r0 = 0	// of
  r1 = 'A'; r2 = -0x10 ; loop: r1 -= 1	/* all
  kinds */
if r1 != 0 goto loop
gotol start ; exit
.8byte 0x0000000500000095
