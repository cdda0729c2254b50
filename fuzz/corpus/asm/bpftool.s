int prog(struct __sk_buff * skb):
; int x = 5;
   0: (b7) r1 = 5
       b7 01 00 00 05 00 00 00
   1: (18) r2 = map[id:7]
       18 12 00 00 07 00 00 00 00 00 00 00 00 00 00 00
   3: (18) r3 = map[id:7][0]+16
   5: (18) r4 = 0x5
   7: (85) call bpf_map_lookup_elem#1
   8: (85) call pc+1#bpf_prog_0123456789abcdef_f
   9: (95) exit
  10: (b4) w0 = -1
  11: (95) exit
