/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * BPF_PROG_TEST_RUN: what comes in and goes out, and the run itself. What each type makes of it is in
 * run_skb.c, run_xdp.c and run_more.c; the checks and their order are those of net/bpf/test_run.c.
 */
#include <sched.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "engine/impl.h"

/* ---- in and out ---- */

/* kernel: bpf_test_init(), of which `room` is what a page leaves */
int run_data_in(struct call *c, uint32_t len, uint32_t room, void **ret_data)
{
	void *data;
	int err;

	if (len > room)
		return -EINVAL;
	data = mem_alloc(MAX(len, 1u));
	if (!data)
		return -ENOMEM;
	err = user_in(c->e, data, c->a->test.data_in, len);
	if (err)
		mem_free(data);
	else
		*ret_data = data;
	return err;
}

/* kernel: bpf_ctx_init() */
int run_ctx_in(struct call *c, uint32_t size, void **ret_ctx)
{
	uint32_t given = c->a->test.ctx_size_in;
	void *ctx;
	int err = 0;

	*ret_ctx = NULL;
	if (!c->a->test.ctx_in && !c->a->test.ctx_out)
		return 0;
	ctx = mem_alloc(size);
	if (!ctx)
		return -ENOMEM;
	if (c->a->test.ctx_in) {
		err = user_tail_zero(c->e, c->a->test.ctx_in, size, given);
		if (!err)
			err = user_in(c->e, ctx, c->a->test.ctx_in, MIN(size, given));
	}
	if (err)
		mem_free(ctx);
	else
		*ret_ctx = ctx;
	return err;
}

/*
 * kernel: bpf_test_finish(), bpf_ctx_finish(). What is cut is -ENOSPC, whatever else goes wrong then.
 */
int run_data_out(struct call *c, const void *data, uint32_t size, uint32_t retval, uint32_t duration)
{
	uint32_t room = c->a->test.data_size_out;
	bool cut = room && size > room;
	int fault = cut ? -ENOSPC : -EFAULT;

	if (c->a->test.data_out && user_out(c->e, c->a->test.data_out, data, cut ? room : size))
		return fault;
	if (call_answer(c, test.data_size_out, size) || call_answer(c, test.retval, retval) ||
	    call_answer(c, test.duration, duration))
		return fault;
	return cut ? -ENOSPC : 0;
}

int run_ctx_out(struct call *c, const void *ctx, uint32_t size)
{
	uint32_t room = c->a->test.ctx_size_out;
	int fault = size > room ? -ENOSPC : -EFAULT;

	if (!ctx || !c->a->test.ctx_out)
		return 0;
	if (user_out(c->e, c->a->test.ctx_out, ctx, MIN(size, room)) ||
	    call_answer(c, test.ctx_size_out, size))
		return fault;
	return size > room ? -ENOSPC : 0;
}

/* ---- the run ---- */

static void set_task(struct vm_task *t)
{
	t->pid = (uint32_t)gettid();
	t->tgid = (uint32_t)getpid();
	t->uid = (uint32_t)getuid();
	t->gid = (uint32_t)getgid();
	prctl(PR_GET_NAME, t->comm);
}

/* The program may be another one by now: a tail call led there. */
static void step(struct vm_run *run, const struct vm_prog *vm, uint32_t pc, const uint64_t *reg)
{
	struct embedded *e = run->ctx;
	const struct prog_object *p;

	lock(e);
	p = prog_of_vm(e, vm);
	unlock(e);
	if (p)
		e->step(e->step_arg, p->o.id, pc, reg);
}

int runner_init(struct runner *r, struct prog_object *p)
{
	struct embedded *e = p->o.e;
	int cpu = sched_getcpu(), err;

	*r = (struct runner){.p = p};
	err = vm_run_init(&r->run);
	if (err)
		return err;
	vm_world_init(&r->world, &e->outside, e, hash_bytes(&r, sizeof(r), now_ns(CLOCK_MONOTONIC)));
	r->run.budget = e->budget;
	r->run.world = &r->world;
	r->run.trace = e->step ? step : NULL;
	r->run.ctx = e;
	r->world.cpus = e->env.cpus;
	r->world.cpu = cpu < 0 ? 0 : (uint32_t)cpu % e->env.cpus;
	r->world.timers = e->timers;
	r->world.attach_type = p->attach;
	set_task(&r->world.task);
	return 0;
}

void runner_done(struct runner *r)
{
	vm_world_done(&r->world);
	vm_run_done(&r->run);
}

/* The memory of a map that programs hold the address of. */
static int show_map(struct vm_run *run, const struct map *m)
{
	const void *at = map_arena_base(m);

	if (m->type == MAP_TYPE_ARENA)
		return at ? vm_run_region(run, at, (size_t)m->max_entries * PAGE, true) : 0;
	if (m->type == MAP_TYPE_ARRAY && m->fields) /* by its address, programs have the only one */
		return m->max_entries == 1 ? vm_show_value(run, vm_run_region, m, m->values) : 0;
	if (m->type == MAP_TYPE_ARRAY)
		return vm_run_region(run, m->values, (size_t)m->elem_size * m->max_entries,
				     !(m->flags & MAP_F_RDONLY_PROG));
	return 0;
}

/* A program's maps, and those of all it may tail-call; `left` bounds the walk. */
static int show_maps(struct vm_run *run, struct prog_object *p, unsigned *left)
{
	struct prog_object *to;
	uint32_t i;
	int err = 0;

	for (size_t k = 0; k < p->map.n && !err && *left; k++) {
		struct map *m = p->map.at[k]->map;

		--*left;
		err = show_map(run, m);
		for (i = 0; m->type == MAP_TYPE_PROG_ARRAY && i < m->max_entries && !err && *left; i++) {
			const struct vm_prog *vm = *(struct vm_prog **)(m->values + (size_t)i * m->elem_size);

			to = vm ? prog_of_vm(p->o.e, vm) : NULL;
			if (to && to != p)
				err = show_maps(run, to, left);
		}
	}
	return err;
}

static int show(struct runner *r)
{
	unsigned left = VM_REGIONS_MAX / 4;
	uint32_t i;
	int err = 0;

	vm_run_reset(&r->run);
	if (r->world.packet)
		err = vm_packet_show(&r->run, r->world.packet);
	for (i = 0; i < r->regions && !err; i++)
		err = vm_run_region(&r->run, (const void *)(uintptr_t)r->region[i].at,
				    r->region[i].len, r->region[i].writable);
	lock(r->p->o.e);
	if (!err)
		err = show_maps(&r->run, r->p, &left);
	unlock(r->p->o.e);
	return err;
}

static void tell_fault(struct runner *r)
{
	struct embedded *e = r->p->o.e;
	struct str s;

	vm_world_reset(&r->world);
	if (!e->print)
		return;
	str_init(&s, 512);
	str_addf(&s, "program %s ended at instruction %u: ", r->p->name, r->run.fault.pc);
	vm_fault_text(&r->run.fault, &s);
	str_addc(&s, '\n');
	e->print(e->print_arg, s.s, s.n);
	str_done(&s);
}

static int run_one(struct runner *r, uint64_t *ret_r0)
{
	int err;

	map_enter();
	map_set_cpu(r->world.cpu);
	err = vm_exec(&r->run, r->p->vm, r->arg, ret_r0);
	map_exit();
	if (err)
		tell_fault(r);
	return err;
}

static void count(struct prog_object *p, uint64_t runs, uint64_t ns)
{
	if (!__atomic_load_n(&p->o.e->stats, __ATOMIC_RELAXED))
		return;
	__atomic_fetch_add(&p->run_cnt, runs, __ATOMIC_RELAXED);
	__atomic_fetch_add(&p->run_ns, ns, __ATOMIC_RELAXED);
}

/* Values that live as long as the run, of programs that ask for local storage. */
static int storage(struct prog_object *p, bool begin)
{
	int err = 0;

	for vec_each(&p->map, m) {
		uint32_t type = (*m)->map->type;

		if (type != MAP_TYPE_CGROUP_STORAGE && type != MAP_TYPE_PERCPU_CGROUP_STORAGE)
			continue;
		if (!begin)
			map_cgroup_detach((*m)->map, 0, p->attach);
		else if (!err)
			err = map_cgroup_attach((*m)->map, 0, p->attach);
	}
	return err == -EEXIST ? 0 : err;
}

int runner_repeat(struct runner *r, uint32_t repeat, uint64_t *ret_r0, uint32_t *ret_duration)
{
	uint64_t begin, ns = 0, r0 = 0;
	uint32_t i, n = MAX(repeat, 1u);
	int err = show(r);

	if (!err)
		err = storage(r->p, true);
	if (err)
		return err;
	begin = now_ns(CLOCK_MONOTONIC);
	for (i = 0; i < n && !err; i++)
		err = run_one(r, &r0);
	ns = now_ns(CLOCK_MONOTONIC) - begin;
	storage(r->p, false);
	count(r->p, i, ns);
	if (err)
		return err;
	*ret_r0 = r0;
	*ret_duration = (uint32_t)MIN(ns / n, (uint64_t)UINT32_MAX);
	return 0;
}

int runner_once(struct runner *r, uint64_t *ret_r0)
{
	uint32_t duration;

	return runner_repeat(r, 1, ret_r0, &duration);
}

/* ---- timers ---- */

/* Their callbacks may come from any program, so they are shown every map whose memory has an address. */
static int show_all(struct vm_run *run, struct embedded *e)
{
	const struct table *t = &e->table[ENGINE_MAP];
	size_t i;
	int err = 0;

	lock(e);
	for (i = 0; i < t->at.n && i < VM_REGIONS_MAX / 2 && !err; i++)
		err = show_map(run, to_map(t->at.at[i])->map);
	unlock(e);
	return err;
}

uint64_t timers_run(struct embedded *e)
{
	uint64_t now = now_ns(CLOCK_MONOTONIC);
	struct vm_world world;
	struct vm_run run;

	if (vm_timers_next(e->timers) > now)
		return vm_timers_next(e->timers);
	if (vm_run_init(&run))
		return now + NSEC;
	vm_world_init(&world, &e->outside, e, now);
	run.budget = e->budget;
	run.world = &world;
	world.cpus = e->env.cpus;
	world.timers = e->timers;
	set_task(&world.task);
	if (!show_all(&run, e) && vm_timers_run(e->timers, &run, now) < 0)
		vm_world_reset(&world);
	vm_world_done(&world);
	vm_run_done(&run);
	return vm_timers_next(e->timers);
}

/* ---- the command ---- */

static run_fn *run_of(const struct prog_object *p)
{
	switch (p->type) {
	case ABI_PROG_SOCKET_FILTER:
	case ABI_PROG_SCHED_CLS:
	case ABI_PROG_SCHED_ACT:
	case ABI_PROG_CGROUP_SKB:
	case ABI_PROG_LWT_IN:
	case ABI_PROG_LWT_OUT:
	case ABI_PROG_LWT_XMIT:
	case ABI_PROG_LWT_SEG6LOCAL:
		return run_skb;
	case ABI_PROG_XDP:
		return run_xdp;
	case ABI_PROG_FLOW_DISSECTOR:
		return run_flow;
	case ABI_PROG_SK_LOOKUP:
		return run_sk_lookup;
	case ABI_PROG_RAW_TRACEPOINT:
		return run_raw_tp;
	case ABI_PROG_TRACING:
		return run_tracing;
	case ABI_PROG_SYSCALL:
		return run_syscall;
	case ABI_PROG_NETFILTER:
		return run_netfilter;
	default:
		return NULL;
	}
}

int command_prog_run(struct call *c)
{
	uint16_t kernel = c->e->engine.kernel;
	const struct abi_prog_type *t;
	struct object *o;
	run_fn *run;
	int err;

	if (!c->a->test.ctx_size_in != !c->a->test.ctx_in ||
	    !c->a->test.ctx_size_out != !c->a->test.ctx_out)
		return -EINVAL;
	err = object_by_fd(c->e, ENGINE_PROG, (int)c->a->test.prog_fd, &o, NULL);
	if (err)
		return err;
	t = abi_prog_type(to_prog(o)->type);
	run = t && t->run <= kernel && kernel < t->run_until ? run_of(to_prog(o)) : NULL;
	if (run)
		err = run(c, to_prog(o));
	else /* of struct_ops, the kernel runs those of its own test only */
		err = to_prog(o)->type == ABI_PROG_STRUCT_OPS ? -EOPNOTSUPP : -ENOTSUPP;
	object_put(o);
	return err;
}
