r1 = 5 ll
r1 = -1 ll
r1 = map[fd:3]
r1 = map[fd:3][0]+8
r1 = map[idx:3]
r1 = map[idx:3]+8
r1 = btf[id:3]
r1 = btf[id:3,fd:9]
r1 = subprog[+2]
ld_pseudo r1, 2, 0x800000003
