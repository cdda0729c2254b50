/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The embedded engine: what it is made of, and the way of a command - attributes in, what all check
 * in the order of the kernel's __sys_bpf(), then the command's own function.
 */
#include <poll.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/impl.h"

enum { ATTR_WAS_MAX = 152 }; /* bytes of bpf_attr before 6.18, as far as it ever matters */

#define V(major, minor) ABI_KERNEL(major, minor)
#define END(field)                                                                                 \
	(offsetof(union engine_attr, field) + sizeof(((union engine_attr *)0)->field))

static const struct {
	command_fn *run;
	uint32_t end; /* of the last field */
} commands[] = {
#define COMMAND(NAME, command, last) [ABI_CMD_##NAME] = {command_##command, END(last)},
#include "engine/command.def"
};

static const struct {
	uint16_t cmd, until;
	uint32_t end;
} commands_were[] = {
#define COMMAND_WAS(NAME, until, last) {ABI_CMD_##NAME, until, END(last)},
#include "engine/command.def"
};

/* ---- a command ---- */

static uint32_t known_end(uint16_t kernel, uint32_t cmd)
{
	uint32_t end = commands[cmd].end;
	size_t i;

	for (i = 0; i < ARRAY_LEN(commands_were); i++)
		if (commands_were[i].cmd == cmd && kernel < commands_were[i].until)
			end = commands_were[i].end;
	return end;
}

/* kernel: CHECK_ATTR() */
static int check_known(const union engine_attr *a, uint16_t kernel, uint32_t cmd)
{
	const uint8_t *at = (const uint8_t *)a;
	size_t i;

	for (i = known_end(kernel, cmd); i < sizeof(*a); i++)
		if (at[i])
			return -EINVAL;
	return 0;
}

static int copy_attr(const struct embedded *e, uint64_t from, uint32_t size, union engine_attr *ret_a)
{
	size_t known = e->engine.kernel < V(6, 18) ? ATTR_WAS_MAX : sizeof(*ret_a);
	int err = user_tail_zero(e, from, known, size);

	if (err)
		return err;
	memset(ret_a, 0, sizeof(*ret_a));
	return user_in(e, ret_a, from, MIN(size, known));
}

static int embedded_bpf(struct engine *engine, uint32_t cmd, void *attr, uint32_t size)
{
	struct embedded *e = (struct embedded *)engine;
	const struct abi_cmd_type *known;
	union engine_attr a;
	struct call c = {.e = e, .a = &a, .user = engine_ptr(attr), .cmd = cmd, .size = size};
	int err = copy_attr(e, c.user, size, &a);

	if (err)
		return err;
	known = cmd < ARRAY_LEN(commands) ? abi_cmd_type(cmd) : NULL;
	if (!known || known->since > engine->kernel || !commands[cmd].run)
		return -EINVAL;
	if (check_known(&a, engine->kernel, cmd))
		return -EINVAL;
	handle_sweep(e);
	timers_run(e);
	return commands[cmd].run(&c);
}

/* ---- commands that are none ---- */

int command_token_create(struct call *c)
{
	struct stat st;

	if (c->a->token_create.flags)
		return -EINVAL;
	/* only a bpffs can grant tokens, and there is none */
	return fstat((int)c->a->token_create.bpffs_fd, &st) ? -EBADF : -EINVAL;
}

int command_stream_read(struct call *c)
{
	enum { STDOUT = 1, STDERR = 2 };
	struct object *o;
	int err = object_by_fd(c->e, ENGINE_PROG, (int)c->a->stream_read.prog_fd, &o, NULL);

	if (err)
		return err;
	if (c->a->stream_read.stream != STDOUT && c->a->stream_read.stream != STDERR)
		err = -ENOENT;
	object_put(o);
	return err; /* nothing stands in them: what programs print is given away at once */
}

int command_assoc_ops(struct call *c)
{
	struct object *m, *p;
	int err;

	if (c->a->assoc_struct_ops.flags)
		return -EINVAL;
	err = object_by_fd(c->e, ENGINE_PROG, (int)c->a->assoc_struct_ops.prog_fd, &p, NULL);
	if (err)
		return err;
	err = object_by_fd(c->e, ENGINE_MAP, (int)c->a->assoc_struct_ops.map_fd, &m, NULL);
	if (!err && (to_prog(p)->type == ABI_PROG_STRUCT_OPS ||
		     to_map(m)->map->type != MAP_TYPE_STRUCT_OPS))
		err = -EINVAL;
	if (!err)
		object_put(m);
	object_put(p);
	return err;
}

int command_enable_stats(struct call *c)
{
	return c->a->enable_stats.type ? -EINVAL : handle_new(c->e, NULL, 0);
}

/* ---- memory ---- */

static int embedded_mmap(struct engine *engine, int fd, size_t len, int prot, int flags, uint64_t off,
			 void **ret_addr)
{
	struct embedded *e = (struct embedded *)engine;
	void *at = *ret_addr;
	struct object *o;
	unsigned may;
	int err = object_by_fd(e, ENGINE_MAP, fd, &o, &may);

	if (err)
		return err;
	lock(e);
	err = vec_reserve(&e->region, e->region.n + 1);
	if (!err)
		err = map_mmap(to_map(o)->map, may, at, len, prot, flags, off, &at);
	if (!err) {
		map_ref_user(to_map(o)->map);
		vec_push(&e->region, ((struct region){at, len, prot, to_map(o)}));
		*ret_addr = at;
	}
	unlock(e);
	if (err)
		object_put(o);
	return err;
}

static int embedded_munmap(struct engine *engine, void *addr, size_t len)
{
	struct embedded *e = (struct embedded *)engine;
	int err = -EINVAL;
	struct region r;
	size_t i;

	lock(e);
	for (i = 0; i < e->region.n && err; i++) {
		r = e->region.at[i];
		if (r.at != addr || ALIGN_UP(r.len, (size_t)PAGE) != ALIGN_UP(len, (size_t)PAGE))
			continue;
		e->region.at[i] = e->region.at[--e->region.n];
		err = map_munmap(r.m->map, r.at, r.len, r.prot);
		map_unref_user(r.m->map);
		object_put(&r.m->o);
		break;
	}
	unlock(e);
	return err;
}

bool engine_embedded_maps(struct engine *engine, const void *addr)
{
	struct embedded *e = (struct embedded *)engine;
	bool found = false;

	lock(e);
	for vec_each(&e->region, r)
		found |= (uintptr_t)addr - (uintptr_t)r->at < r->len;
	unlock(e);
	return found;
}

/* ---- waiting ---- */

void engine_embedded_settle(struct engine *engine)
{
	struct embedded *e = (struct embedded *)engine;
	struct table *t = &e->table[ENGINE_MAP];
	struct handle *h;
	size_t i;

	handle_sweep(e);
	lock(e);
	for (i = 0; i < t->at.n; i++) {
		struct map_object *m = to_map(t->at.at[i]);

		if (m->map->type != MAP_TYPE_RINGBUF)
			continue;
		for (h = m->handle; h; h = h->next)
			handle_signal(h, map_ring_ready(m->map));
	}
	unlock(e);
}

/* Waits in parts, as timers may put something into the rings meanwhile. */
static int wait_parts(struct embedded *e, struct pollfd *p, size_t n, int64_t ns)
{
	uint64_t end = ns < 0 ? UINT64_MAX : now_ns(CLOCK_MONOTONIC) + (uint64_t)ns, now, next;
	struct timespec t;
	int got;

	do {
		next = MIN(timers_run(e), end);
		engine_embedded_settle(&e->engine);
		now = now_ns(CLOCK_MONOTONIC);
		next = next > now ? next - now : 0;
		t = (struct timespec){.tv_sec = (time_t)(next / NSEC), .tv_nsec = (long)(next % NSEC)};
		got = ppoll(p, n, end == UINT64_MAX && next > (uint64_t)INT32_MAX * NSEC ? NULL : &t, NULL);
	} while (!got && now_ns(CLOCK_MONOTONIC) < end);
	return got < 0 ? -errno : got;
}

static int embedded_wait(struct engine *engine, const int *fd, size_t n, int64_t ns)
{
	struct pollfd *p = mem_alloc_array(MAX(n, 1), sizeof(*p));
	size_t i;
	int got;

	if (!p)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		p[i] = (struct pollfd){.fd = fd[i], .events = POLLIN};
	got = wait_parts((struct embedded *)engine, p, n, ns);
	mem_free(p);
	return got;
}

/* ---- its life ---- */

static void embedded_close(struct engine *engine, int fd)
{
	close(fd);
	handle_sweep((struct embedded *)engine);
}

/* The newest first: programs hold maps, links hold programs. What is left then is held by nobody. */
static void objects_done(struct embedded *e)
{
	static const enum engine_kind order[] = {ENGINE_LINK, ENGINE_PROG, ENGINE_MAP, ENGINE_BTF};
	size_t i;

	for (i = 0; i < ARRAY_LEN(order); i++)
		assert(!e->table[order[i]].at.n || order[i] == ENGINE_MAP);
	for (i = 0; i < ARRAY_LEN(order); i++)
		vec_done(&e->table[order[i]].at);
}

static void embedded_free(struct engine *engine)
{
	struct embedded *e = (struct embedded *)engine;
	union engine_attr a = {.id = {.start_id = 0}};
	struct call c = {.e = e, .a = &a, .cmd = ABI_CMD_MAP_GET_NEXT_ID};

	handle_done(e);
	while (e->region.n)
		embedded_munmap(engine, e->region.at[0].at, e->region.at[0].len);
	pins_done(e);
	while (e->attachment.n) {
		struct attachment *at = &e->attachment.at[--e->attachment.n];

		if (!at->link)
			object_put(&at->prog->o);
	}
	map_quiesce();
	(void)command_next_id(&c); /* sweeps inner maps that were the last to go */
	if (e->vmlinux)
		object_put(&e->vmlinux->o);
	map_quiesce();
	objects_done(e);
	perf_done(e);
	vm_timers_free(e->timers);
	hash_done(&e->handles);
	hash_done(&e->by_vm);
	vec_done(&e->pin);
	vec_done(&e->region);
	vec_done(&e->revision);
	vec_done(&e->attachment);
	mem_free(e->pin_root);
	pthread_mutex_destroy(&e->lock);
	mem_free(e);
}

static const struct btf *embedded_vmlinux(struct engine *engine)
{
	struct embedded *e = (struct embedded *)engine;

	return e->vmlinux ? e->vmlinux->btf : NULL;
}

static const struct engine_ops embedded_ops = {
	.name = "embedded",
	.bpf = embedded_bpf,
	.mmap = embedded_mmap,
	.munmap = embedded_munmap,
	.wait = embedded_wait,
	.perf_open = embedded_perf_open,
	.close = embedded_close,
	.vmlinux = embedded_vmlinux,
	.free = embedded_free,
};

static void lock_init(pthread_mutex_t *m)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(m, &attr);
	pthread_mutexattr_destroy(&attr);
}

static int take_vmlinux(struct embedded *e, const char *path, struct diag *d)
{
	struct btf_object *b = mem_alloc(sizeof(*b));
	size_t n;
	int err;

	if (!b)
		return -ENOMEM;
	err = btf_open(path, NULL, d, &b->btf);
	if (!err) {
		btf_bytes(b->btf, &n);
		b->size = (uint32_t)n;
		b->kernel = true;
		memcpy(b->name, "vmlinux", sizeof("vmlinux"));
		err = object_add(e, &b->o, ENGINE_BTF);
	}
	if (err) {
		btf_unref(b->btf);
		mem_free(b);
		return err;
	}
	e->vmlinux = b;
	return 0;
}

/* How many processors the kernel was built for, as it bounds CPU maps; 0: the map's own idea. */
static uint32_t cpus_max(void)
{
	struct file f;
	uint64_t n = 0;
	size_t len;

	if (file_read("/sys/devices/system/cpu/kernel_max", PAGE, NULL, &f))
		return 0;
	len = strcspn((const char *)f.data, "\n");
	if (num_parse_u64((const char *)f.data, len, &n) || n >= UINT32_MAX)
		n = UINT64_MAX;
	file_done(&f);
	return (uint32_t)(n + 1);
}

int engine_embedded_new(const struct engine_options *o, struct diag *d, struct engine **ret_e)
{
	const char *root = o->pin_root ? o->pin_root : "/sys/fs/bpf";
	struct embedded *e = mem_alloc(sizeof(*e));
	int i, err;

	if (!e)
		return -ENOMEM;
	e->engine = (struct engine){&embedded_ops, o->kernel ? o->kernel : V(6, 18)};
	lock_init(&e->lock);
	for (i = 0; i <= ENGINE_LINK; i++)
		e->table[i].at.max = OBJECTS_MAX;
	hash_init(&e->handles, OBJECTS_MAX);
	hash_init(&e->by_vm, OBJECTS_MAX);
	e->pin.max = PINS_MAX;
	e->region.max = e->attachment.max = e->revision.max = e->perf.max = OBJECTS_MAX;
	e->trust = o->trust;
	e->check_memory = o->check_memory;
	e->budget = o->budget ? o->budget : UINT64_C(1) << 32;
	e->print = o->print;
	e->print_arg = o->print_arg;
	e->step = o->step;
	e->step_arg = o->step_arg;
	e->env = (struct map_env){.cpus = engine_cpus(),
				  .cpus_max = cpus_max(),
				  .kernel = e->engine.kernel,
				  .seed = now_ns(CLOCK_MONOTONIC),
				  .max_bytes = o->max_bytes};
	outside_init(e);
	err = handle_init(e);
	if (!err) {
		e->pin_root = mem_alloc(strlen(root) + 1);
		err = e->pin_root ? vm_timers_new(&e->timers) : -ENOMEM;
	}
	if (!err) {
		memcpy(e->pin_root, root, strlen(root));
		err = o->vmlinux ? take_vmlinux(e, o->vmlinux, d) : 0;
	}
	if (err)
		embedded_free(&e->engine);
	else
		*ret_e = &e->engine;
	return err;
}
