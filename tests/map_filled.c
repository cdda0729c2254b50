/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps that hang from something real - tasks, inodes, sockets, cgroups, events, stacks - against the
 * kernel's, filled: this makes the things, both maps get the same descriptors, and ours is told of each
 * what its owner would tell it.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_xdp.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "map_pair.h"

enum { THINGS = 7, KEYS = 6 };

/* What a descriptor is to the kind of map under test. */
struct thing {
	int fd;
	int err;     /* what the kernel says to it, 0: it is one */
	uint64_t id; /* the same for two descriptors of one object */
};

struct things {
	struct thing thing[THINGS];
	uint32_t held;
	uint32_t users[THINGS]; /* elements that hold it, of an object's first descriptor */
};

static uint64_t steps_wanted(uint64_t few)
{
	return test_long() ? 1000000 : few;
}

static const struct thing *find(const struct things *t, int fd)
{
	static const struct thing none = {.err = -EBADF};
	int i;

	for (i = 0; i < THINGS; i++)
		if (t->thing[i].fd == fd)
			return &t->thing[i];
	return &none;
}

static int32_t any_fd(struct pair *p, const struct things *t)
{
	static const int odd[] = {-1, 9999};

	return pair_below(p, 12) ? t->thing[pair_below(p, THINGS)].fd : odd[pair_below(p, 2)];
}

static void fd_key(struct pair *p, void *arg, uint32_t *key)
{
	key[0] = (uint32_t)any_fd(p, arg);
}

static void fd_value(struct pair *p, void *arg, uint32_t *value)
{
	value[0] = (uint32_t)any_fd(p, arg);
	value[1] = 0;
}

static void any_value(struct pair *p, void *arg, uint32_t *value)
{
	(void)arg;
	pair_bytes(p, value, 16);
}

static void close_all(struct things *t)
{
	int i;

	for (i = 0; i < THINGS; i++)
		if (t->thing[i].fd > 0)
			close(t->thing[i].fd);
}

/* The last ones are an object's second descriptor, and none of the kind. */
static void add_others(struct things *t, int first, int err)
{
	t->thing[first] = (struct thing){dup(t->thing[0].fd), 0, t->thing[0].id};
	t->thing[first + 1] = (struct thing){open("/dev/null", O_RDONLY), err, 0};
	for (first += 2; first < THINGS; first++)
		t->thing[first] = (struct thing){-1, -EBADF, 0};
}

/* ---- local storages ---- */

static int object_id(void *arg, struct map *m, int fd, uint64_t *ret_id)
{
	const struct thing *t = find(arg, fd);

	(void)m;
	if (!t->err)
		*ret_id = t->id;
	return t->err;
}

static void storage_open(struct pair *p, uint32_t type, struct things *t)
{
	struct map_attr a = {
		.type = type, .key_size = 4, .value_size = 8, .flags = MAP_F_NO_PREALLOC};

	pair_open_typed(p, &a);
	p->env.object_id = object_id;
	p->env.arg = t;
}

static void storage_use(struct pair *p, struct things *t)
{
	pair_sequence(p, &(struct pair_plan){0, true, fd_key, any_value, t}, steps_wanted(2000));
	pair_sequence(p, &(struct pair_plan){0, false, fd_key, any_value, t}, steps_wanted(2000));
}

/* Afterwards each of the objects has a value. */
static void storage_fill(struct pair *p, struct things *t)
{
	uint64_t value = 77;
	int i;

	for (i = 0; i < THINGS; i++)
		if (!t->thing[i].err)
			CHECK_EQ(pair_update(p, &t->thing[i].fd, &value, 0), 0);
}

static pid_t child(void)
{
	pid_t pid = fork();

	if (!pid)
		for (;;)
			pause();
	CHECK(pid > 0);
	return pid;
}

static void child_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

TEST_WITH(task_storage, TEST_NO_OOM | TEST_SLOW)
{
	enum { CHILDREN = 4 };
	struct things t = {.held = 0};
	pid_t pid[CHILDREN];
	uint64_t value;
	struct pair p;
	int i;

	if (!pair_has_type(MAP_TYPE_TASK_STORAGE))
		return;
	for (i = 0; i < CHILDREN; i++) {
		pid[i] = child();
		t.thing[i].fd = (int)syscall(SYS_pidfd_open, pid[i], 0);
		t.thing[i].id = (uint64_t)pid[i];
		CHECK(t.thing[i].fd > 0);
	}
	add_others(&t, CHILDREN, -EBADF);
	storage_open(&p, MAP_TYPE_TASK_STORAGE, &t);
	storage_use(&p, &t);
	storage_fill(&p, &t);
	/* with the task goes its value */
	child_end(pid[1]);
	CHECK_EQ(map_storage_delete(p.ours, t.thing[1].id), 0);
	t.thing[1].err = -ENOENT;
	CHECK_EQ(pair_lookup(&p, &t.thing[1].fd, &value, 0), -ENOENT);
	CHECK_EQ(pair_update(&p, &t.thing[1].fd, &value, 0), -ENOENT);
	CHECK_EQ(pair_delete(&p, &t.thing[1].fd), -ENOENT);
	CHECK_EQ(pair_lookup(&p, &t.thing[2].fd, &value, 0), 0);
	CHECK_EQ(value, 77);
	pair_close(&p);
	for (i = 0; i < CHILDREN; i++)
		if (i != 1)
			child_end(pid[i]);
	close_all(&t);
}

static int udp_socket(bool shares)
{
	struct sockaddr_in local = {.sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1;

	if (shares)
		CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)), 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&local, sizeof(local)))
		SKIP("no sockets on the loopback device");
	return fd;
}

static uint64_t socket_cookie(int fd)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len), 0);
	return cookie;
}

TEST_WITH(sk_storage, TEST_NO_OOM | TEST_SLOW)
{
	struct things t = {.held = 0};
	struct pair p;
	int i;

	if (!pair_has_type(MAP_TYPE_SK_STORAGE))
		return;
	for (i = 0; i < THINGS - 2; i++) {
		t.thing[i].fd = udp_socket(false);
		t.thing[i].id = socket_cookie(t.thing[i].fd);
	}
	add_others(&t, THINGS - 2, -ENOTSOCK);
	storage_open(&p, MAP_TYPE_SK_STORAGE, &t);
	storage_use(&p, &t);
	storage_fill(&p, &t);
	close_all(&t); /* values go with the sockets */
	pair_close(&p);
}

static bool kernel_has_no_inodes(struct pair *p, int fd)
{
	uint64_t value = 1;

	if (pair_kernel_elem(p, BPF_MAP_UPDATE_ELEM, &fd, &value) == -EBADF)
		return true;
	CHECK_EQ(pair_kernel_elem(p, BPF_MAP_DELETE_ELEM, &fd, NULL), 0);
	return false;
}

/* An inode is what any descriptor of a file has; the storage needs the BPF security module to be on. */
TEST_WITH(inode_storage, TEST_NO_OOM | TEST_SLOW)
{
	struct things t = {.held = 0};
	uint64_t value = 1;
	struct stat st;
	struct pair p;
	int i;

	if (!pair_has_type(MAP_TYPE_INODE_STORAGE))
		return;
	for (i = 0; i < THINGS - 1; i++) {
		t.thing[i].fd = memfd_create("skep-test", MFD_CLOEXEC);
		CHECK_EQ(fstat(t.thing[i].fd, &st), 0);
		t.thing[i].id = st.st_ino;
	}
	t.thing[i] = (struct thing){dup(t.thing[0].fd), 0, t.thing[0].id};
	storage_open(&p, MAP_TYPE_INODE_STORAGE, &t);
	if (kernel_has_no_inodes(&p, t.thing[0].fd)) {
		for (i = 0; i < THINGS; i++)
			t.thing[i].err = -EBADF;
		test_note("no inode has a storage here: the BPF security module is off");
		CHECK_EQ(pair_update(&p, &t.thing[0].fd, &value, 0), -EBADF);
	}
	storage_use(&p, &t);
	pair_close(&p);
	close_all(&t);
}

/* ---- cgroups ---- */

static char cgroup_root[256];
static bool mounted;

/* A cgroup2 file system: the one that is there, or one for this test. */
static void cgroup_begin(void)
{
	char line[512], type[64], at[256];
	FILE *f = fopen("/proc/mounts", "r");

	cgroup_root[0] = 0;
	mounted = false;
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*s %255s %63s", at, type) == 2 && !strcmp(type, "cgroup2"))
			snprintf(cgroup_root, sizeof(cgroup_root), "%s", at);
	if (f)
		fclose(f);
	if (cgroup_root[0])
		return;
	snprintf(cgroup_root, sizeof(cgroup_root), "/tmp/skep-cgroup.XXXXXX");
	if (!mkdtemp(cgroup_root) || mount("none", cgroup_root, "cgroup2", 0, NULL))
		SKIP("no cgroup2 file system");
	mounted = true;
}

static void cgroup_path(char *path, size_t size, int i)
{
	snprintf(path, size, "%s/skep-test-%d-%d", cgroup_root, (int)getpid(), i);
}

static int cgroup_make(int i, uint64_t *ret_id)
{
	char path[320];
	struct stat st;
	int fd;

	cgroup_path(path, sizeof(path), i);
	rmdir(path); /* that a test which failed has left */
	CHECK_EQ(mkdir(path, 0755), 0);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(fd >= 0 && !fstat(fd, &st));
	*ret_id = st.st_ino;
	return fd;
}

static void cgroup_remove(int i)
{
	char path[320];

	cgroup_path(path, sizeof(path), i);
	CHECK_EQ(rmdir(path), 0);
}

static void cgroup_end(void)
{
	if (!mounted)
		return;
	umount(cgroup_root);
	rmdir(cgroup_root);
}

enum { CGROUPS = 4 };

static void cgroups_make(struct things *t)
{
	int i;

	cgroup_begin();
	for (i = 0; i < CGROUPS; i++)
		t->thing[i].fd = cgroup_make(i, &t->thing[i].id);
	add_others(t, CGROUPS, -EBADF);
}

static void cgroups_unmake(struct things *t)
{
	int i;

	close_all(t);
	for (i = 0; i < CGROUPS; i++)
		cgroup_remove(i);
	cgroup_end();
}

TEST_WITH(cgrp_storage, TEST_NO_OOM | TEST_SLOW)
{
	struct things t = {.held = 0};
	struct pair p;

	if (!pair_has_type(MAP_TYPE_CGRP_STORAGE))
		return;
	cgroups_make(&t);
	storage_open(&p, MAP_TYPE_CGRP_STORAGE, &t);
	storage_use(&p, &t);
	storage_fill(&p, &t);
	pair_close(&p);
	cgroups_unmake(&t);
}

/* A program that has the map's value of the cgroup that it is attached to. */
static int storage_program(int map_fd)
{
	const struct bpf_insn code[] = {
		INSN(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, map_fd),
		INSN(0, 0, 0, 0, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 0),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_local_storage),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};

	return kernel_prog_load(BPF_PROG_TYPE_CGROUP_SKB, 0, code, ARRAY_LEN(code));
}

static int attach(int cgroup, int prog, uint32_t type, bool on)
{
	union bpf_attr a;

	memset(&a, 0, sizeof(a));
	a.target_fd = (uint32_t)cgroup;
	a.attach_bpf_fd = (uint32_t)prog;
	a.attach_type = type;
	return syscall(__NR_bpf, on ? BPF_PROG_ATTACH : BPF_PROG_DETACH, &a, sizeof(a)) ? -errno
											: 0;
}

struct cgroup_key {
	uint64_t id;
	uint32_t attach, pad;
};

static void cgroup_key(struct pair *p, void *arg, uint32_t *key)
{
	const struct things *t = arg;
	struct cgroup_key k = {.id = pair_below(p, 8) ? t->thing[pair_below(p, CGROUPS)].id : 1,
			       .attach = pair_below(p, 12) ? pair_below(p, 2) : 7};

	memcpy(key, &k, sizeof(k));
}

/*
 * Attaching makes the value; detaching leaves it, until the cgroup goes. All ways to attach share one
 * with keys of 8 bytes. (What pads a value of each CPU the kernel does not own: 12 would differ there.)
 */
static void cgroup_values(uint32_t type, uint32_t key_size)
{
	struct map_attr a = {.type = type, .key_size = key_size, .value_size = 16};
	bool on[CGROUPS][2] = {{false}};
	struct things t = {.held = 0};
	uint32_t round, way, i;
	/* before, a walk of the kernel's ran off the end of its list */
	bool ordered = pair_kernel() >= ABI_KERNEL(6, 1);
	struct pair p;
	int prog;

	if (!pair_has_type(type))
		return;
	cgroups_make(&t);
	pair_open(&p, &a);
	prog = storage_program(p.fd);
	CHECK(prog >= 0);
	for (round = 0; round < 40; round++) {
		i = pair_below(&p, CGROUPS);
		way = pair_below(&p, 2);
		on[i][way] = !on[i][way];
		CHECK_EQ(attach(t.thing[i].fd, prog, way, on[i][way]), 0);
		if (on[i][way])
			CHECK_EQ(map_cgroup_attach(p.ours, t.thing[i].id, way), 0);
		pair_sequence(&p, &(struct pair_plan){0, ordered, cgroup_key, any_value, &t},
			      steps_wanted(2000) / 40);
	}
	for (i = 0; i < CGROUPS; i++)
		for (way = 0; way < 2; way++)
			if (on[i][way])
				CHECK_EQ(attach(t.thing[i].fd, prog, way, false), 0);
	close(prog);
	pair_close(&p);
	cgroups_unmake(&t);
}

TEST_WITH(cgroup_storage, TEST_NO_OOM | TEST_SLOW)
{
	cgroup_values(MAP_TYPE_CGROUP_STORAGE, 16);
	cgroup_values(MAP_TYPE_CGROUP_STORAGE, 8);
}

TEST_WITH(percpu_cgroup_storage, TEST_NO_OOM | TEST_SLOW)
{
	cgroup_values(MAP_TYPE_PERCPU_CGROUP_STORAGE, 16);
	cgroup_values(MAP_TYPE_PERCPU_CGROUP_STORAGE, 8);
}

/* ---- arrays of descriptors ---- */

static int ref_get(void *arg, struct map *m, enum map_ref_kind kind, int fd, void **ret_ref)
{
	struct things *t = arg;
	const struct thing *found = find(t, fd);

	(void)m;
	(void)kind;
	if (found->err)
		return found->err;
	t->held++;
	*ret_ref = (void *)(uintptr_t)found;
	return 0;
}

static void ref_put(void *arg, struct map *m, enum map_ref_kind kind, void *ref)
{
	(void)m;
	(void)kind;
	(void)ref;
	((struct things *)arg)->held--;
}

static void array_of(uint32_t type, struct things *t)
{
	struct map_attr a = {.type = type, .key_size = 4, .value_size = 4, .max_entries = 5};
	struct pair p;

	pair_open(&p, &a);
	p.env.arg = t;
	p.env.ref_get = ref_get;
	p.env.ref_put = ref_put;
	pair_sequence(&p, &(struct pair_plan){KEYS, true, NULL, fd_value, t}, steps_wanted(3000));
	CHECK(t->held > 0);
	pair_close(&p);
	CHECK_EQ(t->held, 0);
}

static int event(uint64_t config, bool inherit)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
				       .size = sizeof(attr),
				       .config = config,
				       .inherit = inherit,
				       .disabled = 1};

	return (int)syscall(SYS_perf_event_open, &attr, inherit ? 0 : -1, 0, -1,
			    PERF_FLAG_FD_CLOEXEC);
}

TEST_WITH(perf_event_array, TEST_NO_OOM | TEST_SLOW)
{
	struct things t = {.held = 0};
	int i;

	pair_need_bpf();
	for (i = 0; i < THINGS - 3; i++) {
		t.thing[i].fd =
			event(i ? PERF_COUNT_SW_CPU_CLOCK : PERF_COUNT_SW_BPF_OUTPUT, false);
		if (t.thing[i].fd < 0)
			SKIP("no perf events: errno %d", errno);
	}
	t.thing[i] = (struct thing){event(PERF_COUNT_SW_CPU_CLOCK, true), -EOPNOTSUPP, 0};
	add_others(&t, THINGS - 2, -EBADF);
	array_of(MAP_TYPE_PERF_EVENT_ARRAY, &t);
	close_all(&t);
}

TEST_WITH(cgroup_array, TEST_NO_OOM | TEST_SLOW)
{
	struct things t = {.held = 0};

	pair_need_bpf();
	cgroups_make(&t);
	array_of(MAP_TYPE_CGROUP_ARRAY, &t);
	cgroups_unmake(&t);
}

/* ---- sockets as targets ---- */

static uint32_t *user_of(struct things *t, const struct thing *of)
{
	int i;

	for (i = 0; t->thing[i].id != of->id; i++)
		;
	return &t->users[i];
}

static int target_get(void *arg, struct map *m, const void *key, const void *value,
		      struct map_target *ret_target)
{
	struct things *t = arg;
	const struct thing *found;
	int fd;

	(void)m;
	(void)key;
	memcpy(&fd, value, sizeof(fd));
	found = find(t, fd);
	if (found->err)
		return found->err;
	if (m->type == MAP_TYPE_REUSEPORT_SOCKARRAY && *user_of(t, found))
		return -EBUSY; /* a socket has one place */
	ret_target->cookie = found->id;
	ret_target->ref = (void *)(uintptr_t)found->id;
	++*user_of(t, found);
	t->held++;
	return 0;
}

static void target_put(void *arg, uint32_t type, struct map_target *t)
{
	struct things *all = arg;
	int i;

	(void)type;
	for (i = 0; i < THINGS && all->thing[i].id != t->cookie; i++)
		;
	all->users[i]--;
	all->held--;
}

static void targets(uint32_t type, uint32_t value_size, struct things *t)
{
	struct map_attr a = {
		.type = type, .key_size = 4, .value_size = value_size, .max_entries = 5};
	struct pair p;

	pair_open(&p, &a);
	p.env.arg = t;
	p.env.target_get = target_get;
	p.env.target_put = target_put;
	pair_sequence(&p, &(struct pair_plan){KEYS, true, NULL, fd_value, t}, steps_wanted(3000));
	CHECK(t->held > 0);
	pair_close(&p);
	CHECK_EQ(t->held, 0);
}

TEST_WITH(xskmap, TEST_NO_OOM | TEST_SLOW)
{
	struct things t = {.held = 0};
	int i, ring = 64;

	pair_need_bpf();
	for (i = 0; i < THINGS - 3; i++) {
		t.thing[i].fd = socket(AF_XDP, SOCK_RAW, 0);
		if (t.thing[i].fd < 0)
			SKIP("no AF_XDP sockets: errno %d", errno);
		/* newer kernels take none that cannot receive */
		CHECK_EQ(setsockopt(t.thing[i].fd, SOL_XDP, XDP_RX_RING, &ring, sizeof(ring)), 0);
		t.thing[i].id = (uint64_t)i + 1;
	}
	t.thing[i] = (struct thing){socket(AF_INET, SOCK_DGRAM, 0), -EOPNOTSUPP, 0};
	add_others(&t, THINGS - 2, -ENOTSOCK);
	targets(MAP_TYPE_XSKMAP, 4, &t);
	close_all(&t);
}

static void reuseport(uint32_t value_size)
{
	struct things t = {.held = 0};
	int i;

	for (i = 0; i < THINGS - 3; i++) {
		t.thing[i].fd = udp_socket(true);
		t.thing[i].id = socket_cookie(t.thing[i].fd);
	}
	t.thing[i] = (struct thing){udp_socket(false), -EINVAL, 0}; /* shares no port */
	add_others(&t, THINGS - 2, -ENOTSOCK);
	targets(MAP_TYPE_REUSEPORT_SOCKARRAY, value_size, &t);
	close_all(&t);
}

TEST_WITH(reuseport_sockarray, TEST_NO_OOM | TEST_SLOW)
{
	pair_need_bpf();
	reuseport(4);
	reuseport(8); /* with other sockets: there those of the map that was are let go of later */
}

/* ---- stacks ---- */

enum { DEPTH = 20 };

struct stack_call {
	uint64_t flags;
	int64_t result;
};

static int stack_program(int map_fd, int told_fd)
{
	const struct bpf_insn code[] = {
		INSN(BPF_LD | BPF_IMM | BPF_DW, 7, BPF_PSEUDO_MAP_VALUE, 0, told_fd),
		INSN(0, 0, 0, 0, 0),
		INSN(BPF_LD | BPF_IMM | BPF_DW, 2, BPF_PSEUDO_MAP_FD, 0, map_fd),
		INSN(0, 0, 0, 0, 0),
		INSN(BPF_LDX | BPF_MEM | BPF_DW, 3, 7, offsetof(struct stack_call, flags), 0),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_stackid),
		INSN(BPF_STX | BPF_MEM | BPF_DW, 7, 0, offsetof(struct stack_call, result), 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};

	return kernel_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, code, ARRAY_LEN(code));
}

struct stacks {
	struct pair p;
	int prog, told_fd;
	struct stack_call *told;
	uint64_t ip[DEPTH];
	uint32_t n;
};

/* Always from here, so that the stack is always the same. */
static __attribute__((noinline)) int64_t kernel_stack_id(struct stacks *s, uint64_t flags)
{
	union bpf_attr a;

	s->told->flags = flags;
	memset(&a, 0, sizeof(a));
	a.test.prog_fd = (uint32_t)s->prog;
	CHECK_EQ(syscall(__NR_bpf, BPF_PROG_TEST_RUN, &a, sizeof(a)), 0);
	return pair_kernel() < ABI_KERNEL(6, 4) ? (int32_t)s->told->result : s->told->result;
}

static void stacks_open(struct stacks *s, uint32_t max_entries)
{
	struct map_attr a = {.type = MAP_TYPE_STACK_TRACE,
			     .key_size = 4,
			     .value_size = DEPTH * 8,
			     .max_entries = max_entries};
	struct bpf_create told = {.type = MAP_TYPE_ARRAY,
				  .key_size = 4,
				  .value_size = sizeof(*s->told),
				  .max_entries = 1,
				  .flags = MAP_F_MMAPABLE};

	pair_open(&s->p, &a);
	s->told_fd = kernel_map_create(&told);
	s->told = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, s->told_fd, 0);
	CHECK(s->told != MAP_FAILED);
	s->prog = stack_program(s->p.fd, s->told_fd);
	CHECK(s->prog >= 0);
}

/* The whole stack, as the kernel sees it; the map is empty again. */
static void stacks_learn(struct stacks *s)
{
	uint32_t key = (uint32_t)kernel_stack_id(s, 0);

	CHECK((int32_t)key >= 0);
	memset(s->ip, 0, sizeof(s->ip));
	CHECK_EQ(pair_kernel_elem(&s->p, BPF_MAP_LOOKUP_ELEM, &key, s->ip), 0);
	CHECK_EQ(pair_kernel_elem(&s->p, BPF_MAP_DELETE_ELEM, &key, NULL), 0);
	for (s->n = 0; s->n < DEPTH && s->ip[s->n]; s->n++)
		;
	CHECK(s->n > 3);
	test_note("%u addresses, %u buckets", s->n, s->p.ours->max_entries);
}

static void stacks_done(struct stacks *s)
{
	close(s->prog);
	munmap(s->told, 4096);
	close(s->told_fd);
	pair_close(&s->p);
}

/* What is skipped makes other stacks of the one there is. */
static void stacks_step(struct stacks *s)
{
	struct pair *p = &s->p;
	uint32_t key = pair_below(p, 10), next;
	uint64_t value[DEPTH], flags;
	int64_t ours, kernel;

	memset(value, 0x11, sizeof(value));
	switch (pair_below(p, 6)) {
	case 0:
		pair_lookup(p, &key, value, 0);
		break;
	case 1:
		pair_delete(p, &key);
		break;
	case 2:
		pair_next(p, pair_below(p, 4) ? &key : NULL, &next);
		break;
	case 3:
		pair_take(p, &key, value, 0);
		break;
	default:
		flags = pair_below(p, s->n + 3) | (uint64_t)pair_below(p, 4) << 9;
		if (!pair_below(p, 20))
			flags |= 1 << 11;
		kernel = kernel_stack_id(s, flags);
		ours = map_stack_id(p->ours, s->ip, s->n, flags);
		if (ours != kernel)
			FAIL("stack id, flags 0x%llx: ours %lld, the kernel's %lld",
			     (unsigned long long)flags, (long long)ours, (long long)kernel);
	}
}

TEST_WITH(stack_trace, TEST_NO_OOM | TEST_SLOW)
{
	static const uint32_t sizes[] = {2, 5, 64};
	struct stacks s;
	uint64_t i;
	uint32_t k;

	pair_need_bpf();
	for (k = 0; k < ARRAY_LEN(sizes); k++) {
		stacks_open(&s, sizes[k]);
		stacks_learn(&s);
		for (i = 0; i < steps_wanted(2000); i++)
			stacks_step(&s);
		stacks_done(&s);
	}
}
