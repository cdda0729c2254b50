/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps whose values name something else - maps, programs, devices, CPUs, sockets - against the kernel.
 * Both get the same descriptors; ours resolves them through its environment, which knows the few that
 * this test made, and answers for the others what the kernel's own code outside of the maps does.
 */
#include <linux/bpf.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "map_pair.h"

enum { THINGS = 6, KEYS = 12 };

struct world {
	struct map_env inner_env;
	int fd[THINGS];
	struct map *map[THINGS]; /* ours, of the kernel's map fd[i] */
	uint64_t cookie[THINGS];
	uint32_t prog_id[THINGS];
	uint32_t held; /* references that were given and not taken back */
	uint32_t given;
};

static int index_of(const struct world *w, int fd)
{
	int i;

	for (i = 0; i < THINGS; i++)
		if (w->fd[i] == fd)
			return i;
	return -1;
}

static int ref_get(void *arg, struct map *m, enum map_ref_kind kind, int fd, void **ret_ref)
{
	struct world *w = arg;
	int i = index_of(w, fd);

	(void)m;
	if (i < 0)
		return fd < 0 || fd > 100 ? -EBADF : -EINVAL;
	if (kind == MAP_REF_MAP) {
		map_ref(w->map[i]);
		*ret_ref = w->map[i];
	} else {
		w->held++;
		*ret_ref = &w->prog_id[i];
	}
	return 0;
}

static void ref_put(void *arg, struct map *m, enum map_ref_kind kind, void *ref)
{
	(void)m;
	(void)kind;
	(void)ref;
	((struct world *)arg)->held--;
}

static uint32_t ref_id(void *arg, enum map_ref_kind kind, const void *ref)
{
	(void)arg;
	(void)kind;
	return *(const uint32_t *)ref;
}

static int target_get(void *arg, struct map *m, const void *key, const void *value,
		      struct map_target *ret_target)
{
	struct world *w = arg;
	const int32_t *v = value;
	int i;

	(void)key;
	if (m->type == MAP_TYPE_DEVMAP || m->type == MAP_TYPE_DEVMAP_HASH) {
		if (v[0] != 1 || (m->value_size == 8 && v[1] > 0))
			return -EINVAL;
		ret_target->value[1] = 0; /* the id of no program */
	} else if (m->type != MAP_TYPE_CPUMAP) {
		i = index_of(w, v[0]);
		if (i < 0)
			return v[0] < 0 || v[0] > 100 ? -EBADF : -ENOTSOCK;
		ret_target->cookie = w->cookie[i];
	}
	w->held++;
	w->given++;
	return 0;
}

static void target_put(void *arg, uint32_t type, struct map_target *t)
{
	(void)type;
	(void)t;
	((struct world *)arg)->held--;
}

static void into(struct pair *p, struct world *w)
{
	p->ours->env->arg = w;
	p->ours->env->ref_get = ref_get;
	p->ours->env->ref_put = ref_put;
	p->ours->env->ref_id = ref_id;
	p->ours->env->target_get = target_get;
	p->ours->env->target_put = target_put;
}

static void fd_value(struct pair *p, void *arg, uint32_t *v)
{
	const struct world *w = arg;
	static const int odd[] = {-1, 9999, 0};

	v[0] = pair_below(p, 10) ? (uint32_t)w->fd[pair_below(p, THINGS)]
				 : (uint32_t)odd[pair_below(p, ARRAY_LEN(odd))];
	v[1] = pair_below(p, 20) ? 0 : 1;
}

/* ---- maps in maps ---- */

static uint32_t kernel_id(int fd)
{
	struct bpf_map_info info;
	union bpf_attr a;

	memset(&info, 0, sizeof(info));
	memset(&a, 0, sizeof(a));
	a.info.bpf_fd = (uint32_t)fd;
	a.info.info_len = sizeof(info);
	a.info.info = (uintptr_t)&info;
	CHECK_EQ(syscall(__NR_bpf, BPF_OBJ_GET_INFO_BY_FD, &a, sizeof(a)), 0);
	return info.id;
}

/* Of these, the first four fit a template made of the first, if it says that sizes may differ. */
static void make_inner(struct world *w, uint32_t flags)
{
	const struct map_attr attr[THINGS] = {
		{.type = MAP_TYPE_ARRAY,
		 .key_size = 4,
		 .value_size = 8,
		 .max_entries = 5,
		 .flags = flags},
		{.type = MAP_TYPE_ARRAY,
		 .key_size = 4,
		 .value_size = 8,
		 .max_entries = 5,
		 .flags = flags},
		{.type = MAP_TYPE_ARRAY,
		 .key_size = 4,
		 .value_size = 8,
		 .max_entries = 6,
		 .flags = flags},
		{.type = MAP_TYPE_ARRAY,
		 .key_size = 4,
		 .value_size = 4,
		 .max_entries = 5,
		 .flags = flags},
		{.type = MAP_TYPE_HASH, .key_size = 4, .value_size = 8, .max_entries = 5},
		{.type = MAP_TYPE_PROG_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 5},
	};
	int i;

	pair_env(&w->inner_env);
	for (i = 0; i < THINGS; i++) {
		struct bpf_create c = {.type = attr[i].type,
				       .key_size = attr[i].key_size,
				       .value_size = attr[i].value_size,
				       .max_entries = attr[i].max_entries,
				       .flags = attr[i].flags};

		w->fd[i] = kernel_map_create(&c);
		CHECK(w->fd[i] >= 0);
		CHECK_EQ(map_create(&attr[i], &w->inner_env, &w->map[i]), 0);
		w->map[i]->id = kernel_id(w->fd[i]);
	}
}

/* The kernel waits for all programs after each change, so there are fewer steps than of other types. */
static void maps_in(uint32_t type, uint32_t inner_flags, uint32_t flags)
{
	struct world w = {.held = 0};
	struct map_attr a = {
		.type = type, .key_size = 4, .value_size = 4, .max_entries = 10, .flags = flags};
	struct pair p;
	int i;

	pair_need_bpf();
	make_inner(&w, inner_flags);
	a.inner = w.map[0];
	pair_open_inner(&p, &a, w.fd[0]);
	into(&p, &w);
	pair_sequence(&p,
		      &(struct pair_plan){KEYS, type == MAP_TYPE_ARRAY_OF_MAPS, NULL, fd_value, &w},
		      test_long() ? 20000 : 800);
	pair_close(&p);
	for (i = 0; i < THINGS; i++) {
		close(w.fd[i]);
		map_unref_user(w.map[i]);
	}
	map_quiesce();
	CHECK_EQ(w.inner_env.used, 0);
}

TEST_WITH(array_of_maps, TEST_NO_OOM | TEST_SLOW)
{
	maps_in(MAP_TYPE_ARRAY_OF_MAPS, 0, 0);
	maps_in(MAP_TYPE_ARRAY_OF_MAPS, MAP_F_INNER_MAP, 0);
}

TEST_WITH(hash_of_maps, TEST_NO_OOM | TEST_SLOW)
{
	maps_in(MAP_TYPE_HASH_OF_MAPS, 0, 0);
	maps_in(MAP_TYPE_HASH_OF_MAPS, MAP_F_INNER_MAP, MAP_F_NO_PREALLOC);
}

/* Which maps may be a template at all. */
TEST_WITH(templates, TEST_NO_OOM | TEST_SLOW)
{
	struct world w = {.held = 0};
	int i, outer;

	pair_need_bpf();
	make_inner(&w, 0);
	for (i = 0; i < THINGS; i++) {
		struct map_attr a = {.type = MAP_TYPE_ARRAY_OF_MAPS,
				     .key_size = 4,
				     .value_size = 4,
				     .max_entries = 2,
				     .inner = w.map[i]};
		struct bpf_create c = {.type = a.type,
				       .key_size = 4,
				       .value_size = 4,
				       .max_entries = 2,
				       .inner_fd = w.fd[i]};
		struct map *m = NULL, *again = NULL;
		int ours = map_create(&a, &w.inner_env, &m);

		outer = kernel_map_create(&c);
		CHECK_EQ(ours, MIN(outer, 0));
		if (!ours) { /* and a map of maps as a template */
			a.inner = m;
			c.inner_fd = outer;
			CHECK_EQ(map_create(&a, &w.inner_env, &again), kernel_map_create(&c));
			map_unref_user(m);
			close(outer);
		}
		close(w.fd[i]);
		map_unref_user(w.map[i]);
	}
}

/* ---- programs ---- */

static int load_program(void)
{
	struct bpf_insn code[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K},
				  {.code = BPF_JMP | BPF_EXIT}};

	return kernel_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, 0, code, 2);
}

static uint32_t program_id(int fd)
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

TEST_WITH(prog_array, TEST_NO_OOM | TEST_SLOW)
{
	struct map_attr a = {
		.type = MAP_TYPE_PROG_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 10};
	struct world w = {.held = 0};
	struct pair p;
	int i;

	pair_need_bpf();
	for (i = 0; i < THINGS; i++) {
		w.fd[i] = load_program();
		CHECK(w.fd[i] >= 0);
		w.prog_id[i] = program_id(w.fd[i]);
	}
	pair_open(&p, &a);
	into(&p, &w);
	pair_sequence(&p, &(struct pair_plan){KEYS, true, NULL, fd_value, &w},
		      test_long() ? 1000000 : 3000);
	CHECK(w.held > 0);
	pair_close(&p);
	CHECK_EQ(w.held, 0);
	for (i = 0; i < THINGS; i++)
		close(w.fd[i]);
}

/* ---- devices and CPUs ---- */

static void dev_value(struct pair *p, void *arg, uint32_t *v)
{
	(void)arg;
	v[0] = pair_below(p, 5) ? 1 : pair_below(p, 3) ? 0 : 99999;
	v[1] = pair_below(p, 6) ? 0 : pair_below(p, 2) ? UINT32_MAX : 5555;
}

static void cpu_value(struct pair *p, void *arg, uint32_t *v)
{
	(void)arg;
	v[0] = pair_below(p, 4)   ? pair_below(p, 200)
	       : pair_below(p, 2) ? 0
				  : 16384 + pair_below(p, 2);
	v[1] = 0;
}

static void targets(uint32_t type, uint32_t value_size, uint32_t max, uint64_t steps, bool ordered,
		    void (*value)(struct pair *p, void *arg, uint32_t *v), struct world *w)
{
	struct map_attr a = {.type = type,
			     .key_size = type == MAP_TYPE_SOCKHASH ? 12 : 4,
			     .value_size = value_size,
			     .max_entries = max};
	struct pair p;

	pair_need_bpf();
	pair_open(&p, &a);
	into(&p, w);
	/* the kernel starts a thread for each CPU that is put in */
	if (test_long())
		steps = type == MAP_TYPE_CPUMAP ? 10000 : 1000000;
	pair_sequence(&p, &(struct pair_plan){KEYS, ordered, NULL, value, w}, steps);
	CHECK(w->given > 5);
	pair_close(&p);
	CHECK_EQ(w->held, 0);
}

TEST_WITH(devmap, TEST_NO_OOM | TEST_SLOW)
{
	struct world w = {.held = 0};

	targets(MAP_TYPE_DEVMAP, 4, 10, 2000, true, dev_value, &w);
	targets(MAP_TYPE_DEVMAP, 8, 10, 2000, true, dev_value, &w);
}

TEST_WITH(devmap_hash, TEST_NO_OOM | TEST_SLOW)
{
	struct world w = {.held = 0};

	targets(MAP_TYPE_DEVMAP_HASH, 4, 6, 2000, false, dev_value, &w);
	targets(MAP_TYPE_DEVMAP_HASH, 8, 6, 2000, false, dev_value, &w);
}

TEST_WITH(cpumap, TEST_NO_OOM | TEST_SLOW)
{
	struct world w = {.held = 0};

	targets(MAP_TYPE_CPUMAP, 4, 10, 300, true, cpu_value, &w);
	targets(MAP_TYPE_CPUMAP, 8, 10, 300, true, cpu_value, &w);
}

/* ---- sockets ---- */

static void make_sockets(struct world *w)
{
	struct sockaddr_in local = {.sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len;
	int i;

	for (i = 0; i < THINGS; i++) {
		w->fd[i] = socket(AF_INET, SOCK_DGRAM, 0);
		if (w->fd[i] < 0 || bind(w->fd[i], (struct sockaddr *)&local, sizeof(local)))
			SKIP("no sockets");
		len = sizeof(w->cookie[i]);
		CHECK_EQ(getsockopt(w->fd[i], SOL_SOCKET, SO_COOKIE, &w->cookie[i], &len), 0);
	}
}

TEST_WITH(sockmap, TEST_NO_OOM | TEST_SLOW)
{
	struct world w = {.held = 0};
	int i;

	make_sockets(&w);
	targets(MAP_TYPE_SOCKMAP, 4, 10, 2000, true, fd_value, &w);
	targets(MAP_TYPE_SOCKMAP, 8, 10, 2000, true, fd_value, &w);
	targets(MAP_TYPE_SOCKHASH, 4, 6, 2000, false, fd_value, &w);
	targets(MAP_TYPE_SOCKHASH, 8, 6, 2000, false, fd_value, &w);
	for (i = 0; i < THINGS; i++)
		close(w.fd[i]);
}

/* ---- maps in which user space finds nothing by itself ---- */

static void any_value(struct pair *p, void *arg, uint32_t *v)
{
	(void)arg;
	pair_bytes(p, v, 64);
}

static void empty(const struct map_attr *a, bool ordered)
{
	struct world w = {.fd = {-1, -1, -1, -1, -1, -1}};
	struct pair p;

	pair_need_bpf();
	pair_open(&p, a);
	into(&p, &w);
	pair_sequence(&p, &(struct pair_plan){KEYS, ordered, NULL, any_value, &w}, 1000);
	pair_close(&p);
}

TEST_WITH(empty_ones, TEST_NO_OOM | TEST_SLOW)
{
	empty(&(struct map_attr){.type = MAP_TYPE_STACK_TRACE,
				 .key_size = 4,
				 .value_size = 64,
				 .max_entries = 5},
	      true);
	empty(&(struct map_attr){.type = MAP_TYPE_STACK_TRACE,
				 .key_size = 4,
				 .value_size = 64,
				 .max_entries = 8,
				 .flags = MAP_F_STACK_BUILD_ID},
	      false);
	empty(&(struct map_attr){.type = MAP_TYPE_CGROUP_STORAGE, .key_size = 16, .value_size = 8},
	      true);
	empty(&(struct map_attr){.type = MAP_TYPE_PERCPU_CGROUP_STORAGE,
				 .key_size = 8,
				 .value_size = 8},
	      true);
	empty(
		&(struct map_attr){
			.type = MAP_TYPE_XSKMAP, .key_size = 4, .value_size = 4, .max_entries = 5},
		true);
	empty(&(struct map_attr){.type = MAP_TYPE_REUSEPORT_SOCKARRAY,
				 .key_size = 4,
				 .value_size = 8,
				 .max_entries = 5},
	      true);
	empty(&(struct map_attr){.type = MAP_TYPE_PERF_EVENT_ARRAY,
				 .key_size = 4,
				 .value_size = 4,
				 .max_entries = 5},
	      true);
	empty(&(struct map_attr){.type = MAP_TYPE_CGROUP_ARRAY,
				 .key_size = 4,
				 .value_size = 4,
				 .max_entries = 5},
	      true);
}
