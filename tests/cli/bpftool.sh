# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Objects of many kinds, and what skep and bpftool say of them: for tests/cli_bpftool.c, which compares.
# Runs in mount and network namespaces of its own. A record is "@@@ WORDS", what skep said, "@@", and what
# bpftool said; once as JSON, once as text.
set -e
cat > obj.c <<'TEXT'
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
enum color { RED, GREEN, BLUE };
struct inner { short a; char s[6]; };
struct value { long n; enum color c; unsigned f1:3, f2:5; struct inner in[2]; int *p; unsigned char raw[4]; _Bool b; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 8); __type(key, int); __type(value, struct value); } typed SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 2); __type(key, int); __type(value, long); } percpu SEC(".maps");
int counter = 5;
const volatile char name[8] = "hello";
const volatile unsigned long long big = 1ull << 60;
static __noinline int sub(int a) { return a + counter; }
SEC("raw_tp/sched_process_exec") int on_exec(void *ctx)
{
	int key = 7; /* nobody puts it there: what is compared stays as it is */
	struct value *v = bpf_map_lookup_elem(&typed, &key);
	if (v)
		v->n += sub(key);
	return 0;
}
SEC("tp_btf/sched_process_exit") int on_exit(void *ctx) { return counter; }
SEC("tp/sched/sched_process_fork") int on_fork(void *ctx) { return counter; }
SEC("iter/task") int tasks(void *ctx) { return 0; }
SEC("?xdp") int pass(struct xdp_md *x) { return x->data_end > x->data ? XDP_PASS : XDP_DROP; }
SEC("?tcx/ingress") int in(struct __sk_buff *s) { return -1; }
SEC("?cgroup_skb/egress") int out(struct __sk_buff *s) { return 1; }
char L[] SEC("license") = "GPL";
TEXT
clang -O2 -g -target bpf -I/usr/include/$(uname -m)-linux-gnu -c obj.c -o obj.o
mkdir fs
mount -t bpf bpf fs
skep load obj.o --pin fs/o -q
skep map create fs/hash type hash key 4 value 8 entries 8 name ahash
skep map update pinned fs/hash key 1 0 0 0 value hex 1 2 3 4 5 6 7 8
skep map update pinned fs/hash key 2 0 0 0 value hex 1 2 3 4 5 6 7 8
skep map create fs/wide type hash key 20 value 40 entries 8 name wide
skep map update pinned fs/wide key 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 value 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20
skep map create fs/array type array key 4 value 4 entries 3 name anarray
skep map create fs/percpu type percpu_hash key 4 value 12 entries 3 name pcpu
skep map update pinned fs/percpu key 1 0 0 0 value 1 2 3 4 5 6 7 8 9 10 11 12
skep map create fs/queue type queue key 0 value 4 entries 3 name aqueue
skep map push pinned fs/queue value 1 2 3 4
skep map create fs/outer type hash_of_maps key 4 value 4 entries 3 name outer inner_map pinned fs/array
skep map update pinned fs/outer key 1 0 0 0 value pinned fs/array
skep map create fs/aouter type array_of_maps key 4 value 4 entries 3 name aouter inner_map pinned fs/array
skep map update pinned fs/aouter key 1 0 0 0 value pinned fs/array
skep map create fs/progs type prog_array key 4 value 4 entries 3 name progs
skep map update pinned fs/progs key 1 0 0 0 value pinned fs/o/progs/on_exec
skep map create fs/lpm type lpm_trie key 8 value 4 entries 3 name trie flags 1
skep map create fs/ring type ringbuf key 0 value 0 entries 4096 name ring
skep map create fs/frozen type array key 4 value 4 entries 1 name frozen
skep map freeze pinned fs/frozen
skep map update pinned fs/o/maps/typed key 1 0 0 0 value hex 5 0 0 0 0 0 0 0  2 0 0 0  15 0 0 0 1 0 68 69 0 0 0 0 ff ff 61 62 63 64 65 66 8 0 0 0 0 0 0 0 1 2 3 4 1 0 0 0
set +e
both() {
	echo "@@@ json $*"; skep -j "$@" 2> /dev/null; echo; echo "@@"; bpftool -j "$@" 2> /dev/null; echo
	echo "@@@ text $*"; skep "$@" 2> /dev/null; echo "@@"; bpftool "$@" 2> /dev/null
}
for p in $(ls fs/o/progs); do
	both prog show pinned fs/o/progs/$p
	for how in "" linum opcodes; do both prog dump xlated pinned fs/o/progs/$p $how; done
done
for p in $(ls fs/o/maps); do both map show pinned fs/o/maps/$p; both map dump pinned fs/o/maps/$p; done
for p in $(ls fs/o/links); do both link show pinned fs/o/links/$p; done
for m in hash wide array percpu queue outer aouter progs lpm ring frozen; do
	both map show pinned fs/$m
	both map dump pinned fs/$m
done
both map lookup pinned fs/hash key 1 0 0 0
both map lookup pinned fs/hash key 9 0 0 0
both map lookup pinned fs/wide key 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20
both map lookup pinned fs/percpu key 1 0 0 0
both map lookup pinned fs/o/maps/typed key 1 0 0 0
both map lookup pinned fs/outer key 1 0 0 0
both map getnext pinned fs/array
both map getnext pinned fs/array key 0 0 0 0
both map peek pinned fs/queue
id=$(bpftool -j prog show pinned fs/o/progs/on_exec | sed 's/.*btf_id":\([0-9]*\).*/\1/')
both btf dump id $id
both btf dump prog pinned fs/o/progs/on_exec
both btf dump map pinned fs/o/maps/typed kv
both btf show id $id
umount fs
