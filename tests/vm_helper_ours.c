/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Our side of vm_helper.h. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "test.h"
#include "vm_helper.h"

enum { PROG_XDP = 6, PROG_SYSCALL = 31, PROG_CLS = 3, PROG_RAW_TP = 17 };

void helper_case_init(struct helper_case *c, uint32_t prog_type)
{
	*c = (struct helper_case){.prog_type = prog_type, .maps = 1};
	c->map[0] = (struct helper_map){.name = "out",
					.type = MAP_TYPE_ARRAY,
					.key_size = 4,
					.value_size = HELPER_OUT_MAX,
					.max_entries = 1};
}

uint32_t helper_kfunc(struct helper_case *c, const char *name)
{
	uint32_t i;

	for (i = 0; i < c->kfuncs; i++)
		if (!strcmp(c->kfunc[i], name))
			return i;
	if (c->kfuncs == HELPER_KFUNCS_MAX || strlen(name) >= sizeof(c->kfunc[0]))
		FAIL("too many kfuncs");
	memcpy(c->kfunc[c->kfuncs], name, strlen(name) + 1);
	return c->kfuncs++;
}

struct helper_result *helper_result_new(void)
{
	struct helper_result *r = calloc(1, sizeof(*r));

	if (!r)
		FAIL("out of memory");
	str_init(&r->log, 1 << 20);
	return r;
}

void helper_result_free(struct helper_result *r)
{
	str_done(&r->log);
	free(r);
}

/* What the maps find around them. */
struct surroundings {
	const struct helper_case *c;
	struct vm_timers *timers;
	const struct vm_world *world;
};

/* ---- what values and objects hold ---- */

static const struct map_field node_field[] = {
	{.kind = MAP_REFCOUNT, .offset = offsetof(struct helper_node, refs), .size = 4},
};
static const struct vm_object_type node_type = {
	.size = sizeof(struct helper_node), .field = node_field, .fields = ARRAY_LEN(node_field)};

/* The addresses are known only when this runs. */
static const struct map_field *graph_fields(void)
{
	static struct map_field f[] = {
		{.kind = MAP_SPIN_LOCK, .size = 4},
		{.kind = MAP_LIST_HEAD,
		 .offset = offsetof(struct helper_graph, list),
		 .size = 16,
		 .node_offset = offsetof(struct helper_node, list)},
		{.kind = MAP_RB_ROOT,
		 .offset = offsetof(struct helper_graph, tree),
		 .size = 16,
		 .node_offset = offsetof(struct helper_node, tree)},
		{.kind = MAP_KPTR_REF, .offset = offsetof(struct helper_graph, object), .size = 8},
	};

	f[1].type = f[2].type = f[3].type = (uint64_t)(uintptr_t)&node_type;
	return f;
}

static void set_fields(enum helper_value holds, struct map_attr *a)
{
	static const struct map_field one[] = {
		[HELPER_LOCK] = {.kind = MAP_SPIN_LOCK, .size = 4},
		[HELPER_TIMER] = {.kind = MAP_TIMER, .size = 16},
		[HELPER_WORK] = {.kind = MAP_WORKQUEUE, .size = 16},
		[HELPER_RES_LOCK] = {.kind = MAP_RES_SPIN_LOCK, .size = 4},
		[HELPER_TASK_WORK] = {.kind = MAP_TASK_WORK, .size = 8},
	};

	if (holds == HELPER_PLAIN)
		return;
	a->field = holds == HELPER_GRAPH ? graph_fields() : &one[holds];
	a->fields = holds == HELPER_GRAPH ? 4 : 1;
}

static uint64_t of_node(int32_t what)
{
	const uint64_t v[] = {sizeof(struct helper_node), (uint64_t)(uintptr_t)&node_type,
			      offsetof(struct helper_node, list),
			      offsetof(struct helper_node, tree)};

	return v[what];
}

static int resolve(void *ctx, const struct isa_op *op, struct diag *d, uint64_t *ret_value)
{
	struct helper_case *c = ctx;
	struct map *m = c->map[op->imm % HELPER_MAPS_MAX].map;
	uint32_t off = (uint32_t)((uint64_t)op->imm64 >> 32);
	int err;

	if (op->id == ISA_LD_MAP_IDX) {
		*ret_value = of_node(op->imm);
		return 0;
	}
	if (op->id == ISA_LD_MAP_FD) {
		*ret_value = (uint64_t)(uintptr_t)m;
		return 0;
	}
	if (op->id != ISA_LD_MAP_VALUE)
		return diag_error(d, "test.load", DIAG_NONE, "not a load of these tests");
	err = map_direct_value(m, off, ret_value);
	*ret_value += err ? 0 : off;
	return err;
}

static int kfunc(void *ctx, const struct isa_op *op, struct diag *d, vm_helper_fn *ret_fn)
{
	const struct helper_case *c = ctx;
	const char *name = c->kfunc[op->imm];

	*ret_fn = vm_kfunc_default(name);
	return *ret_fn ? 0 : diag_error(d, "test.kfunc", DIAG_NONE, "no kfunc %s", name);
}

static int feed(const struct helper_map *m)
{
	const int prot = PROT_READ | PROT_WRITE;
	size_t len = 4096 + 2 * (size_t)m->max_entries;
	void *at;
	int err = map_mmap(m->map, MAP_MAY_ALL, NULL, len, prot, MAP_SHARED, 4096, &at);

	if (err)
		return err;
	helper_feed(at, m->feed);
	return map_munmap(m->map, at, len, prot);
}

/* User space puts in a map's number as if it were its descriptor. */
static int inner_get(void *arg, struct map *m, enum map_ref_kind kind, int fd, void **ret_ref)
{
	const struct helper_case *c = ((struct surroundings *)arg)->c;

	(void)m;
	if (kind != MAP_REF_MAP)
		return -EBADF;
	map_ref(c->map[fd].map);
	*ret_ref = c->map[fd].map;
	return 0;
}

static void inner_put(void *arg, struct map *m, enum map_ref_kind kind, void *ref)
{
	(void)arg, (void)m, (void)kind;
	map_unref(ref);
}

/* Of maps of sockets the values are indices into the world's table. */
static int target_get(void *arg, struct map *m, const void *key, const void *value,
		      struct map_target *ret_target)
{
	const struct vm_world *w = ((struct surroundings *)arg)->world;
	uint32_t i;

	(void)key;
	memcpy(&i, value, sizeof(i));
	if (m->type != MAP_TYPE_SOCKMAP && m->type != MAP_TYPE_SOCKHASH &&
	    m->type != MAP_TYPE_REUSEPORT_SOCKARRAY)
		return 0;
	if (i >= w->socks_n)
		return -EBADF;
	ret_target->ref = w->socks[i];
	return 0;
}

static int fill_map(const struct helper_map *m)
{
	uint32_t zero = 0, i;
	int err = 0;

	for (i = 0; i < m->sets && !err; i++)
		err = map_user_update(m->map, MAP_MAY_ALL, &m->set[i].key, &m->set[i].value,
				      MAP_ANY);
	if (!err && m->init)
		err = map_user_update(m->map, MAP_MAY_ALL, &zero, m->init, MAP_ANY);
	if (!err && m->inner)
		err = map_user_update(m->map, MAP_MAY_ALL, &zero, &m->inner, MAP_ANY);
	return err || !m->feed ? err : feed(m);
}

static int make_map(const struct helper_case *c, struct helper_map *m, struct map_env *env)
{
	struct map_attr a = {.type = m->type,
			     .key_size = m->key_size,
			     .value_size = m->value_size,
			     .max_entries = m->max_entries,
			     .flags = m->flags,
			     .name = m->name};
	int err;

	set_fields(m->holds, &a);
	a.typed = m->type == MAP_TYPE_TASK_STORAGE || m->type == MAP_TYPE_SK_STORAGE ||
		  m->type == MAP_TYPE_INODE_STORAGE || m->type == MAP_TYPE_CGRP_STORAGE;
	if (m->inner)
		a.inner = c->map[m->inner].map;
	err = map_create(&a, env, &m->map);
	return err ? err : fill_map(m);
}

static int show_maps(const struct helper_case *c, struct vm_run *run)
{
	uint64_t at;
	uint32_t i;
	int err = 0;

	for (i = 0; i < c->maps && !err; i++)
		if (c->map[i].type == MAP_TYPE_ARRAY && !map_direct_value(c->map[i].map, 0, &at))
			err = vm_run_region(run, (const void *)(uintptr_t)at, c->map[i].value_size,
					    !(c->map[i].flags & MAP_F_RDONLY_PROG));
	return err;
}

/* BPF_PROG_RUN gives the packet a socket that is nobody's. */
static struct vm_sock nobodys = {
	.view.state = VM_CLOSE, .cgroup = 1, .cookie = 1, .netns_cookie = 1, .netns = -1};

static int make_packet(const struct helper_case *c, struct vm_packet *p)
{
	int err = vm_packet_init(p, c->prog_type == PROG_XDP ? VM_PACKET_XDP : VM_PACKET_SKB);

	if (err)
		return err;
	p->l3 = c->prog_type != PROG_XDP && c->prog_type != PROG_CLS;
	p->sk = c->prog_type == PROG_XDP ? NULL : &nobodys;
	err = vm_packet_set(p, c->data, c->data_n);
	if (err || !c->has_skb)
		return err;
	p->skb.mark = c->skb.mark;
	p->skb.priority = c->skb.priority;
	memcpy(p->skb.cb, c->skb.cb, sizeof(p->skb.cb));
	p->skb.tstamp = c->skb.tstamp;
	p->skb.gso_segs = c->skb.gso_segs;
	p->skb.gso_size = c->skb.gso_size;
	return 0;
}

/* What the kernel gives back: metadata too, and zeros in place of the link header. */
static size_t packet_after(const struct vm_packet *p, uint8_t *to)
{
	size_t link = p->l3 ? 14 : 0, n = p->meta + p->len;

	memset(to, 0, link);
	if (p->buf)
		memcpy(to + link, vm_packet_data(p) - p->meta, MIN(n, HELPER_DATA_MAX - link));
	return n + link;
}

static int run_loaded(const struct helper_case *c, const struct vm_prog *p, struct vm_world *w,
		      struct helper_result *r)
{
	bool packet = c->prog_type != PROG_SYSCALL && c->prog_type != PROG_RAW_TP;
	struct vm_packet skb = {0};
	struct vm_run run;
	uint64_t r0 = 0, arg[5] = {(uint64_t)(uintptr_t)r->data};
	int err = vm_run_init(&run);

	if (err)
		return err;
	run.world = w;
	run.budget = 100000000;
	if (c->data_n)
		memcpy(r->data, c->data, c->data_n);
	if (packet) {
		err = make_packet(c, &skb);
		w->packet = &skb;
		arg[0] = (uint64_t)(uintptr_t)vm_packet_ctx(&skb);
		if (!err)
			err = vm_packet_show(&run, &skb);
	} else {
		err = vm_run_region(&run, r->data, c->data_n, true);
	}
	if (!err && w->msg)
		err = vm_msg_show(&run, w->msg);
	if (!err)
		err = show_maps(c, &run);
	map_enter();
	if (!err)
		err = vm_exec(&run, p, arg, &r0);
	map_exit();
	if (err == -EFAULT) {
		str_addf(&r->log, "%u: ", run.fault.pc);
		vm_fault_text(&run.fault, &r->log);
	}
	r->r0 = (uint32_t)r0;
	r->data_n = packet ? packet_after(&skb, r->data) : c->data_n;
	if (packet && !err)
		r->skb = skb.skb;
	w->packet = NULL;
	vm_world_reset(w);
	vm_packet_done(&skb);
	vm_run_done(&run);
	return err;
}

static void field_gone(void *arg, struct map *m, const struct map_field *f, void *object)
{
	(void)m;
	if (f->kind != MAP_TIMER && f->kind != MAP_WORKQUEUE && f->kind != MAP_TASK_WORK)
		vm_object_free(f, object);
	else if (((struct surroundings *)arg)->timers)
		vm_timer_free(((struct surroundings *)arg)->timers, object);
}

void helper_run_ours(struct helper_case *c, enum vm_engine engine, struct vm_world *world,
		     struct helper_result *r)
{
	struct vm_env env = {.resolve = resolve, .kfunc = kfunc, .ctx = c};
	struct surroundings around = {.c = c};
	struct map_env maps = {.cpus = 2,
			       .kernel = ABI_KERNEL(6, 18),
			       .field_free = field_gone,
			       .arg = &around,
			       .ref_get = inner_get,
			       .ref_put = inner_put,
			       .target_get = target_get};
	struct vm_world plain;
	struct vm_prog *p = NULL;
	uint32_t i, zero = 0;
	struct diag d;
	int err = 0;

	vm_world_init(&plain, NULL, NULL, 1);
	if (!world) {
		world = &plain;
		plain.verified = c->verified;
		plain.cpus = (uint32_t)sysconf(_SC_NPROCESSORS_CONF);
		err = vm_timers_new(&plain.timers);
	}
	around.timers = world->timers;
	around.world = world;
	env.helper = vm_helpers_default(&env.helpers);
	diag_init(&d, 5);
	for (i = 0; i < c->maps; i++)
		c->map[i].map = NULL;
	for (i = 0; i < c->maps && !err; i++)
		err = make_map(c, &c->map[i], &maps);
	if (!err)
		err = vm_load("program", c->insn, c->insns, engine, &env, &d, &p);
	if (!err)
		err = run_loaded(c, p, world, r);
	if (!err)
		err = map_user_lookup(c->map[0].map, MAP_MAY_ALL, &zero, r->out, 0);
	diag_render(&d, DIAG_PLAIN, &r->log);
	for (i = 0; i < c->maps; i++)
		if (c->map[i].map)
			map_unref_user(c->map[i].map);
	map_quiesce();
	vm_unload(p);
	diag_done(&d);
	vm_timers_free(plain.timers);
	vm_world_done(&plain);
	r->err = err;
}
