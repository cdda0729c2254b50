(000) ldh      [12]
(001) jeq      #0x86dd          jt 2	jf 4
(002) ldx      #0xffffffff
(003) div      x
(004) ldxb     4*([14]&0xf)
(005) ret      a
