/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * struct_ops against the kernel's, filled: a TCP congestion control of three functions is registered,
 * looked at and taken away again. The owner's part here is what the kernel's own code does with the
 * value: programs' descriptors become their ids.
 */
#include <linux/bpf.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "abi_host.h"
#include "map_pair.h"

enum { FUNCTIONS = 3, VALUE_MAX = PAIR_WORDS * 4 };

static const char *const functions[FUNCTIONS] = {"ssthresh", "undo_cwnd", "cong_avoid"};

struct ops {
	uint32_t wrapper, inner;      /* types of the kernel's BTF */
	uint32_t data, at[FUNCTIONS]; /* where in the value its fields are */
	uint32_t name_at;
	int prog[FUNCTIONS];
	uint64_t id[FUNCTIONS];
	uint8_t value[VALUE_MAX];
};

static int member_index(const struct host_btf *b, uint32_t type, const char *name)
{
	const struct host_type *t = host_type(b, type);
	const uint32_t *member = (const uint32_t *)(t + 1);
	unsigned i;

	for (i = 0; i < host_vlen(t); i++, member += 3)
		if (!strcmp(host_string(b, member[0]), name))
			return (int)i;
	return -1;
}

static int load_function(uint32_t type, int member)
{
	const struct bpf_insn code[] = {INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 2),
					INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)};
	union bpf_attr a;

	memset(&a, 0, sizeof(a));
	a.prog_type = BPF_PROG_TYPE_STRUCT_OPS;
	a.attach_btf_id = type;
	a.expected_attach_type = (uint32_t)member;
	a.insns = (uintptr_t)code;
	a.insn_cnt = ARRAY_LEN(code);
	a.license = (uintptr_t) "GPL";
	return (int)syscall(__NR_bpf, BPF_PROG_LOAD, &a, sizeof(a));
}

static uint32_t prog_id(int fd)
{
	struct bpf_prog_info info;
	union bpf_attr a;

	memset(&info, 0, sizeof(info));
	memset(&a, 0, sizeof(a));
	a.info.bpf_fd = (uint32_t)fd;
	a.info.info_len = sizeof(info);
	a.info.info = (uintptr_t)&info;
	CHECK_EQ(syscall(__NR_bpf, BPF_OBJ_GET_INFO_BY_FD, &a, sizeof(a)), 0);
	return info.id;
}

/* False: this kernel has no such thing. */
static bool ops_make(struct ops *o)
{
	const struct host_btf *b = host_btf();
	uint32_t size;
	int i;

	memset(o, 0, sizeof(*o));
	o->wrapper = b ? host_btf_find(b, "bpf_struct_ops_tcp_congestion_ops", HOST_STRUCT) : 0;
	o->inner = b ? host_btf_find(b, "tcp_congestion_ops", HOST_STRUCT) : 0;
	if (!o->wrapper || !o->inner || host_btf_size(b, o->wrapper) > VALUE_MAX)
		return false;
	CHECK(host_btf_member(b, o->wrapper, "data", &o->data, &size));
	CHECK(host_btf_member(b, o->inner, "name", &o->name_at, &size));
	/* a name of its own: one that a failed test has registered stays */
	snprintf((char *)o->value + o->data + o->name_at, size, "skep%d", (int)getpid());
	for (i = 0; i < FUNCTIONS; i++) {
		CHECK(host_btf_member(b, o->inner, functions[i], &o->at[i], &size));
		o->prog[i] = load_function(o->inner, member_index(b, o->inner, functions[i]));
		if (o->prog[i] < 0)
			SKIP("no struct_ops program can be loaded: errno %d", errno);
		o->id[i] = prog_id(o->prog[i]);
		memcpy(o->value + o->data + o->at[i], &o->prog[i], sizeof(o->prog[i]));
	}
	return true;
}

static int owner(void *arg, struct map *m, enum map_struct_ops_event what, void *value)
{
	const struct ops *o = arg;
	int i;

	(void)m;
	for (i = 0; i < FUNCTIONS && what != MAP_OPS_UNREGISTER; i++)
		memcpy((char *)value + o->data + o->at[i], &o->id[i], sizeof(o->id[i]));
	return 0;
}

static void all_of_it(struct pair *p, const struct ops *o)
{
	uint8_t seen[VALUE_MAX], next[4];
	uint32_t key = 0, one = 1;

	memset(seen, 0x11, sizeof(seen));
	pair_lookup(p, &key, seen, 0);
	pair_lookup(p, &one, seen, 0);
	pair_update(p, &one, o->value, 0);
	pair_update(p, &key, o->value, MAP_EXIST);
	pair_take(p, &key, seen, 0);
	pair_next(p, NULL, next);
	pair_next(p, &key, next);
	pair_next(p, &one, next);
	memcpy(seen, o->value, sizeof(seen));
	seen[4] = 1; /* the state is not user space's */
	pair_update(p, &key, seen, 0);
	pair_freeze(p);
}

static void life(uint32_t flags)
{
	struct map_attr a = {
		.type = MAP_TYPE_STRUCT_OPS, .key_size = 4, .max_entries = 1, .flags = flags};
	uint32_t key = 0;
	struct ops o;
	struct pair p;
	int i;

	if (!ops_make(&o))
		SKIP("the kernel has no TCP congestion control to make");
	a.value_size = host_btf_size(host_btf(), o.wrapper);
	pair_open_ops(&p, &a, o.wrapper);
	p.env.struct_ops = owner;
	p.env.arg = &o;
	all_of_it(&p, &o);
	pair_delete(&p, &key);
	CHECK_EQ(pair_update(&p, &key, o.value, 0), 0);
	all_of_it(&p, &o);
	CHECK_EQ(pair_update(&p, &key, o.value, 0), -EBUSY);
	CHECK_EQ(pair_delete(&p, &key), flags ? -EOPNOTSUPP : 0);
	all_of_it(&p, &o);
	pair_delete(&p, &key);
	for (i = 0; i < FUNCTIONS; i++)
		close(o.prog[i]);
	pair_close(&p);
}

TEST_WITH(registered, TEST_NO_OOM | TEST_SLOW)
{
	if (pair_has_type(MAP_TYPE_STRUCT_OPS))
		life(0);
}

TEST_WITH(for_a_link, TEST_NO_OOM | TEST_SLOW)
{
	if (pair_has_type(MAP_TYPE_STRUCT_OPS) && pair_kernel() >= ABI_KERNEL(6, 4))
		life(MAP_F_LINK);
}
