ld ifidx
jgt #0x80000000, a, b
a: ld cpu
xor_x_is_a_load: ld xor_x
b: ld vlan_tpid
st M[15]
ret #0xffffffff
