/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel as the referee of maps: see map_pair.h. bpf(2) is called directly, so that nothing stands
 * between the kernel's answer and the comparison.
 */
#include <linux/bpf.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "map_pair.h"

enum { UNTOUCHED = 0xa5 };

/* One more than the last number in a file of sysfs. */
static uint32_t one_past(const char *path)
{
	FILE *f = fopen(path, "r");
	unsigned last = 0;

	while (f && fscanf(f, "%u%*[-,]", &last) == 1)
		;
	if (f)
		fclose(f);
	return last + 1;
}

uint32_t pair_cpus(void)
{
	return one_past("/sys/devices/system/cpu/possible");
}

uint32_t pair_kernel(void)
{
	struct utsname u;
	unsigned major = 0, minor = 0;

	uname(&u);
	sscanf(u.release, "%u.%u", &major, &minor);
	return ABI_KERNEL(major, minor);
}

void pair_env(struct map_env *env)
{
	*env = (struct map_env){.cpus = pair_cpus(),
				.kernel = pair_kernel(),
				.seed = test_seed(),
				.max_bytes = UINT64_C(64) << 20,
				.cpus_max = one_past("/sys/devices/system/cpu/kernel_max")};
}

void pair_need_bpf(void)
{
	const char *why = test_bpf_missing();
	struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};

	if (why)
		SKIP("%s", why);
	setrlimit(RLIMIT_MEMLOCK, &all); /* before 5.11 maps count against it */
}

static int bpf(int cmd, union bpf_attr *a, size_t size)
{
	long r = syscall(__NR_bpf, cmd, a, size);

	return r < 0 ? -errno : (int)r;
}

int kernel_map_create(const struct bpf_create *c)
{
	union bpf_attr a;

	memset(&a, 0, sizeof(a));
	a.map_type = c->type;
	a.key_size = c->key_size;
	a.value_size = c->value_size;
	a.max_entries = c->max_entries;
	a.map_flags = c->flags;
	a.map_extra = c->extra;
	a.numa_node = c->numa_node;
	a.inner_map_fd = (uint32_t)c->inner_fd;
	a.btf_vmlinux_value_type_id = c->vmlinux_value;
	if (c->btf_fd) {
		a.btf_fd = (uint32_t)c->btf_fd;
		a.btf_key_type_id = c->vmlinux_value ? 0 : 1;
		a.btf_value_type_id = c->vmlinux_value ? 0 : 2;
	}
	if (c->name)
		memcpy(a.map_name, c->name, MIN(strlen(c->name), sizeof(a.map_name)));
	return bpf(BPF_MAP_CREATE, &a, sizeof(a));
}

bool pair_has_type(uint32_t type)
{
	const struct abi_map_type *row = abi_map_type(type);
	struct map_attr a = {.type = type,
			     .key_size = row->key.min,
			     .value_size = row->value.min,
			     .max_entries = 1,
			     .flags = row->need};
	struct bpf_create c = {.type = type,
			       .key_size = a.key_size,
			       .value_size = a.value_size,
			       .max_entries = 1,
			       .flags = a.flags};
	struct map_env env;
	struct map *m;

	pair_need_bpf();
	pair_env(&env);
	if (env.kernel >= row->since)
		return true;
	CHECK_EQ(kernel_map_create(&c), -EINVAL);
	CHECK_EQ(map_create(&a, &env, &m), -EINVAL);
	test_note("%s: not in this kernel, and refused by both", row->name);
	return false;
}

int kernel_prog_load(uint32_t type, uint32_t attach, const void *insn, uint32_t n)
{
	static char log[1 << 14];
	union bpf_attr a;
	int fd;

	memset(&a, 0, sizeof(a));
	a.prog_type = type;
	a.expected_attach_type = attach;
	a.insns = (uintptr_t)insn;
	a.insn_cnt = n;
	a.license = (uintptr_t) "GPL";
	a.log_buf = (uintptr_t)log;
	a.log_size = sizeof(log);
	a.log_level = 1;
	fd = bpf(BPF_PROG_LOAD, &a, sizeof(a));
	if (fd < 0)
		test_note("the kernel refuses the referee's program: %s", log);
	return fd;
}

/* BTF of an int and an unsigned long. */
static int load_btf(void)
{
	enum { INT = 1 << 24 };
	static const struct {
		uint16_t magic;
		uint8_t version, flags;
		uint32_t len, type_off, type_len, str_off, str_len, type[8];
		char str[9];
	} blob = {0xeb9f,      1, 0, 24, 0, 32, 32, 9, {1, INT, 4, 1 << 24 | 32, 5, INT, 8, 64},
		  "\0int\0u64"};
	union bpf_attr a;

	memset(&a, 0, sizeof(a));
	a.btf = (uintptr_t)&blob;
	a.btf_size = 24 + 32 + 9;
	return bpf(BPF_BTF_LOAD, &a, sizeof(a));
}

void pair_open(struct pair *p, const struct map_attr *a)
{
	pair_open_inner(p, a, -1);
}

void pair_open_typed(struct pair *p, const struct map_attr *a)
{
	struct map_attr typed = *a;

	typed.typed = true;
	pair_open_inner(p, &typed, -1);
}

static void open_both(struct pair *p, const struct map_attr *a, int inner_fd,
		      uint32_t vmlinux_value);

void pair_open_inner(struct pair *p, const struct map_attr *a, int inner_fd)
{
	open_both(p, a, inner_fd, 0);
}

void pair_open_ops(struct pair *p, const struct map_attr *a, uint32_t vmlinux_value)
{
	struct map_attr typed = *a;

	typed.typed = true;
	open_both(p, &typed, -1, vmlinux_value);
}

static void open_both(struct pair *p, const struct map_attr *a, int inner_fd,
		      uint32_t vmlinux_value)
{
	struct bpf_create c = {.type = a->type,
			       .key_size = a->key_size,
			       .value_size = a->value_size,
			       .max_entries = a->max_entries,
			       .flags = a->flags,
			       .extra = a->extra,
			       .numa_node = a->numa_node,
			       .inner_fd = inner_fd,
			       .vmlinux_value = vmlinux_value};
	uint64_t seed = test_seed();
	size_t i;

	*p = (struct pair){.fd = -1, .key_size = a->key_size, .random = seed};
	pair_env(&p->env);
	if (a->typed) {
		c.btf_fd = load_btf();
		CHECK(c.btf_fd > 0);
	}
	p->fd = kernel_map_create(&c);
	if (c.btf_fd)
		close(c.btf_fd);
	if (p->fd < 0)
		FAIL("the kernel refuses a %s: %s", map_type_name(a->type), strerror(-p->fd));
	CHECK_EQ(map_create(a, &p->env, &p->ours), 0);
	p->value_size = map_user_value_size(p->ours);
	for (i = 0; i < ARRAY_LEN(p->room); i++)
		p->room[i] = malloc(MAX(p->key_size, p->value_size) + 8);
	snprintf(p->what, sizeof(p->what), "%s key=%u value=%u max=%u flags=0x%x",
		 map_type_name(a->type), a->key_size, a->value_size, a->max_entries, a->flags);
}

void pair_close(struct pair *p)
{
	size_t i;

	map_unref_user(p->ours);
	close(p->fd);
	for (i = 0; i < ARRAY_LEN(p->room); i++)
		free(p->room[i]);
	map_quiesce();
	CHECK_EQ(p->env.used, 0);
}

uint32_t pair_below(struct pair *p, uint32_t n)
{
	return (uint32_t)((test_random(&p->random) >> 16) % n);
}

void pair_bytes(struct pair *p, void *at, size_t n)
{
	uint8_t *b = at;

	for (; n; n--)
		*b++ = (uint8_t)(test_random(&p->random) >> 24);
}

void pair_pin(uint32_t cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		SKIP("this thread cannot be kept on CPU %u", cpu);
	map_set_cpu(cpu);
}

static _Noreturn void differ(struct pair *p, const char *op, const char *how, int64_t ours,
			     int64_t kernel)
{
	FAIL("%s, step %llu: %s, flags 0x%llx: %s: ours %lld, the kernel's %lld", p->what,
	     (unsigned long long)p->steps, op, (unsigned long long)p->flags, how, (long long)ours,
	     (long long)kernel);
}

static void same_result(struct pair *p, const char *op, int ours, int kernel)
{
	p->steps++;
	if (ours != kernel)
		differ(p, op, "result", ours, kernel);
}

static void same_bytes(struct pair *p, const char *op, const void *ours, const void *kernel,
		       size_t n)
{
	const uint8_t *o = ours, *k = kernel;
	char how[48];
	size_t i;

	for (i = 0; i < n && o[i] == k[i]; i++)
		;
	if (i == n)
		return;
	snprintf(how, sizeof(how), "byte %zu of the output", i);
	differ(p, op, how, o[i], k[i]);
}

static int kernel_elem(struct pair *p, int cmd, const void *key, const void *value, uint64_t flags)
{
	union bpf_attr a;

	memset(&a, 0, sizeof(a));
	a.map_fd = (uint32_t)p->fd;
	a.key = (uintptr_t)key;
	a.value = (uintptr_t)value;
	a.flags = flags;
	return bpf(cmd, &a, sizeof(a));
}

int pair_kernel_elem(struct pair *p, int cmd, const void *key, const void *value)
{
	return kernel_elem(p, cmd, key, value, 0);
}

int pair_lookup(struct pair *p, const void *key, void *value, uint64_t flags)
{
	uint8_t *theirs = p->room[0];
	int ours, kernel;

	memcpy(theirs, value, p->value_size);
	p->flags = flags;
	kernel = kernel_elem(p, BPF_MAP_LOOKUP_ELEM, key, theirs, flags);
	ours = map_user_lookup(p->ours, MAP_MAY_ALL, key, value, flags);
	same_result(p, "lookup", ours, kernel);
	same_bytes(p, "lookup", value, theirs, p->value_size);
	return ours;
}

int pair_take(struct pair *p, const void *key, void *value, uint64_t flags)
{
	uint8_t *theirs = p->room[0];
	int ours, kernel;

	memcpy(theirs, value, p->value_size);
	p->flags = flags;
	kernel = kernel_elem(p, BPF_MAP_LOOKUP_AND_DELETE_ELEM, key, theirs, flags);
	ours = map_user_take(p->ours, MAP_MAY_ALL, key, value, flags);
	same_result(p, "take", ours, kernel);
	same_bytes(p, "take", value, theirs, p->value_size);
	return ours;
}

int pair_update(struct pair *p, const void *key, const void *value, uint64_t flags)
{
	int kernel = kernel_elem(p, BPF_MAP_UPDATE_ELEM, key, value, flags);
	int ours = map_user_update(p->ours, MAP_MAY_ALL, key, value, flags);

	p->flags = flags;
	same_result(p, "update", ours, kernel);
	return ours;
}

int pair_delete(struct pair *p, const void *key)
{
	int kernel = kernel_elem(p, BPF_MAP_DELETE_ELEM, key, NULL, 0);
	int ours = map_user_delete(p->ours, MAP_MAY_ALL, key);

	same_result(p, "delete", ours, kernel);
	return ours;
}

int pair_next(struct pair *p, const void *key, void *next)
{
	uint8_t *theirs = p->room[0];
	int ours, kernel;

	memset(theirs, UNTOUCHED, p->key_size);
	memset(next, UNTOUCHED, p->key_size);
	kernel = kernel_elem(p, BPF_MAP_GET_NEXT_KEY, key, theirs, 0);
	ours = map_user_next_key(p->ours, MAP_MAY_ALL, key, next);
	same_result(p, "next key", ours, kernel);
	same_bytes(p, "next key", next, theirs, p->key_size);
	return ours;
}

int pair_kernel_batch(struct pair *p, enum map_batch_op op, struct map_batch *b)
{
	static const int cmd[] = {BPF_MAP_LOOKUP_BATCH, BPF_MAP_LOOKUP_AND_DELETE_BATCH,
				  BPF_MAP_UPDATE_BATCH, BPF_MAP_DELETE_BATCH};
	union bpf_attr a;
	int err;

	memset(&a, 0, sizeof(a));
	a.batch.in_batch = (uintptr_t)b->in;
	a.batch.out_batch = (uintptr_t)b->out;
	a.batch.keys = (uintptr_t)b->keys;
	a.batch.values = (uintptr_t)b->values;
	a.batch.count = b->count;
	a.batch.map_fd = (uint32_t)p->fd;
	a.batch.elem_flags = b->elem_flags;
	a.batch.flags = b->flags;
	err = bpf(cmd[op], &a, sizeof(a));
	b->count = a.batch.count;
	p->flags = b->elem_flags;
	return err;
}

int pair_batch(struct pair *p, enum map_batch_op op, struct map_batch *b)
{
	size_t keys = b->count * p->key_size, values = b->count * p->value_size;
	struct map_batch theirs = *b;
	uint8_t *copy = malloc(keys + values + 2 * p->key_size + 8), *token = copy + keys + values;
	uint32_t token_size = p->key_size > 4 ? (uint32_t)p->key_size : 4;
	int ours, kernel;

	memcpy(copy, b->keys, keys);
	memcpy(copy + keys, b->values, values);
	memset(token, UNTOUCHED, token_size);
	memset(b->out, UNTOUCHED, token_size);
	theirs.keys = copy;
	theirs.values = copy + keys;
	theirs.out = token;
	kernel = pair_kernel_batch(p, op, &theirs);
	ours = map_user_batch(p->ours, MAP_MAY_ALL, op, b);
	if (ours == kernel && b->count == theirs.count && !memcmp(b->out, token, token_size) &&
	    !memcmp(b->keys, copy, keys) && !memcmp(b->values, copy + keys, values)) {
		free(copy);
		p->steps++;
		return ours;
	}
	same_result(p, "batch", ours, kernel);
	if (b->count != theirs.count)
		differ(p, "batch", "count", b->count, theirs.count);
	same_bytes(p, "batch token", b->out, token, token_size);
	same_bytes(p, "batch keys", b->keys, copy, keys);
	same_bytes(p, "batch values", b->values, copy + keys, values);
	return ours;
}

void pair_freeze(struct pair *p)
{
	union bpf_attr a;

	memset(&a, 0, sizeof(a));
	a.map_fd = (uint32_t)p->fd;
	same_result(p, "freeze", map_freeze(p->ours, MAP_MAY_ALL),
		    bpf(BPF_MAP_FREEZE, &a, sizeof(a)));
}

static uint64_t random_flags(struct pair *p)
{
	uint32_t r = pair_below(p, 24);

	return r < 14 ? MAP_ANY : r < 18 ? MAP_NOEXIST : r < 22 ? MAP_EXIST : r < 23 ? 3 : MAP_LOCK;
}

void pair_sequence(struct pair *p, const struct pair_plan *plan, uint64_t steps)
{
	uint32_t key[4] = {0}, next[4], value[PAIR_WORDS], r;
	uint64_t i;

	for (i = 0; i < steps; i++) {
		if (plan->key)
			plan->key(p, plan->arg, key);
		else
			key[0] = pair_below(p, plan->keys);
		memset(value, 0x11, sizeof(value));
		r = pair_below(p, 10);
		if (r < 5) {
			plan->value(p, plan->arg, value);
			pair_update(p, key, value, random_flags(p));
		} else if (r < 7) {
			pair_lookup(p, key, value, 0);
		} else if (r < 9) {
			pair_delete(p, key);
		} else if (plan->ordered) {
			pair_next(p, pair_below(p, 5) ? key : NULL, next);
		} else {
			pair_take(p, key, value, 0);
		}
	}
}

/* Every key of ours is the kernel's, with the same value, and there are as many of them. */
void pair_same_set(struct pair *p)
{
	uint8_t *key = p->room[0], *next = p->room[1], *value = p->room[2], *theirs = p->room[3];
	uint64_t ours = 0, kernel = 0;
	int err;

	for (err = map_user_next_key(p->ours, MAP_MAY_ALL, NULL, key); !err;
	     err = map_user_next_key(p->ours, MAP_MAY_ALL, next, key)) {
		ours++;
		CHECK_EQ(map_user_lookup(p->ours, MAP_MAY_ALL, key, value, 0), 0);
		err = kernel_elem(p, BPF_MAP_LOOKUP_ELEM, key, theirs, 0);
		if (err)
			differ(p, "walk", "a key of ours the kernel lacks", 0, err);
		same_bytes(p, "walk", value, theirs, p->value_size);
		memcpy(next, key, p->key_size);
	}
	for (err = kernel_elem(p, BPF_MAP_GET_NEXT_KEY, NULL, key, 0); !err;
	     err = kernel_elem(p, BPF_MAP_GET_NEXT_KEY, next, key, 0)) {
		kernel++;
		memcpy(next, key, p->key_size);
	}
	if (ours != kernel)
		differ(p, "walk", "number of keys", (int64_t)ours, (int64_t)kernel);
}
