/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The machine of skep.h, over vm and map.
 *
 * A struct skep_run begins with its struct vm_run, so a helper of the host is a helper of the vm: it is
 * called with the same pointer under another name. A program keeps its machine's table of helpers alive
 * by being freed before it.
 */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "api/api.h"
#include "map/map.h"
#include "vm/vm.h"

#define EXPORT __attribute__((visibility("default")))

enum { HELPERS_MAX = 4096, MAPS_MAX = 4096, ERRORS_MAX = 20, FAULT_TEXT = 256 };

struct skep_map {
	struct map *map; /* borrowed from the machine */
	int fd;
};

struct skep_vm {
	VEC(struct vm_helper) helper; /* sorted by id */
	VEC(struct map *) map;	      /* owned: one user reference each */
	VEC(struct skep_map *) handle; /* owned: what the host calls them */
	struct map_env env;
	struct vm_outside outside;
	void (*print)(void *arg, const char *text, size_t n);
	void *print_arg;
	bool stats;
};

struct skep_prog {
	struct vm_prog *prog; /* owned */
	struct skep_vm *vm;   /* borrowed */
	uint64_t runs, faults, ns; /* atomic */
};

struct skep_run {
	struct vm_run run; /* first: see above */
	struct vm_world world;
	struct skep_vm *vm; /* borrowed */
	VEC(struct vm_region) region; /* the caller's */
	char fault[FAULT_TEXT];
};

/* ---- machines ---- */

static void print_text(void *arg, const char *text, size_t n)
{
	struct skep_vm *vm = arg;

	if (vm->print)
		vm->print(vm->print_arg, text, n);
}

EXPORT int skep_vm_new(struct skep_vm **ret_vm)
{
	struct skep_vm *vm = mem_alloc(sizeof(*vm));
	const struct vm_helper *all;
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	size_t n, i;
	int err = 0;

	if (!vm)
		return -ENOMEM;
	vm->helper.max = HELPERS_MAX;
	vm->map.max = vm->handle.max = MAPS_MAX;
	vm->outside.print = print_text;
	vm->env.cpus = cpus > 0 ? (uint32_t)cpus : 1;
	vm->env.kernel = ABI_KERNEL(6, 18);
	vm->env.seed = hash_bytes(&vm, sizeof(vm), 0);
	all = vm_helpers_default(&n);
	for (i = 0; i < n && !err; i++)
		err = vec_push(&vm->helper, all[i]);
	if (err)
		skep_vm_free(vm);
	else
		*ret_vm = vm;
	return err;
}

EXPORT void skep_vm_free(struct skep_vm *vm)
{
	size_t i;

	if (!vm)
		return;
	for (i = 0; i < vm->map.n; i++) {
		map_unref_user(vm->map.at[i]);
		mem_free(vm->handle.at[i]);
	}
	if (vm->map.n)
		map_quiesce(); /* what waited for the end of sections goes now */
	vec_done(&vm->map);
	vec_done(&vm->handle);
	vec_done(&vm->helper);
	mem_free(vm);
}

EXPORT void skep_vm_on_print(struct skep_vm *vm, void (*print)(void *arg, const char *text, size_t n),
			     void *arg)
{
	vm->print = print;
	vm->print_arg = arg;
}

EXPORT void skep_vm_stats(struct skep_vm *vm, int on)
{
	vm->stats = on;
}

EXPORT int skep_vm_helper(struct skep_vm *vm, int32_t id, const char *name, skep_helper fn)
{
	/* struct skep_run begins with struct vm_run: one pointer, two names */
	struct vm_helper h = {id, name, (vm_helper_fn)(void (*)(void))fn};
	size_t at = 0;
	int err;

	while (at < vm->helper.n && vm->helper.at[at].id < id)
		at++;
	if (at == vm->helper.n || vm->helper.at[at].id != id) {
		err = vec_push(&vm->helper, h); /* for the room */
		if (err)
			return err;
		memmove(vm->helper.at + at + 1, vm->helper.at + at,
			(vm->helper.n - 1 - at) * sizeof(h));
	}
	vm->helper.at[at] = h;
	return 0;
}

/* ---- maps ---- */

EXPORT int skep_vm_map(struct skep_vm *vm, const struct skep_map_def *def, struct skep_map **ret_map)
{
	const struct map_attr attr = {
		.type = def->type, .key_size = def->key_size, .value_size = def->value_size,
		.max_entries = def->max_entries, .flags = def->flags, .name = def->name};
	struct skep_map *m = mem_alloc(sizeof(*m));
	int err = m ? vec_reserve(&vm->map, vm->map.n + 1) : -ENOMEM;

	if (!err)
		err = vec_reserve(&vm->handle, vm->map.n + 1);
	if (!err)
		err = map_create(&attr, &vm->env, &m->map);
	if (err) {
		mem_free(m);
		return err;
	}
	m->fd = (int)vm->map.n + 1;
	vm->map.at[vm->map.n++] = m->map;
	vm->handle.at[vm->handle.n++] = m;
	*ret_map = m;
	return 0;
}

EXPORT int skep_map_fd(const struct skep_map *map)
{
	return map->fd;
}

EXPORT size_t skep_map_value_size(const struct skep_map *map)
{
	return map_user_value_size(map->map);
}

EXPORT int skep_map_lookup(struct skep_map *map, const void *key, void *value)
{
	return map_user_lookup(map->map, MAP_MAY_ALL, key, value, 0);
}

EXPORT int skep_map_update(struct skep_map *map, const void *key, const void *value, uint64_t flags)
{
	return map_user_update(map->map, MAP_MAY_ALL, key, value, flags);
}

EXPORT int skep_map_delete(struct skep_map *map, const void *key)
{
	return map_user_delete(map->map, MAP_MAY_ALL, key);
}

EXPORT int skep_map_next_key(struct skep_map *map, const void *key, void *ret_next)
{
	return map_user_next_key(map->map, MAP_MAY_ALL, key, ret_next);
}

/* ---- programs ---- */

static int resolve(void *ctx, const struct isa_op *op, struct diag *d, uint64_t *ret_value)
{
	const struct skep_vm *vm = ctx;

	return vm_resolve_map(op, vm->map.at, vm->map.n, d, ret_value);
}

EXPORT int skep_vm_load(struct skep_vm *vm, const char *name, const struct skep_insn *insns, size_t n,
			enum skep_engine engine, struct skep_prog **ret_prog, char **ret_errors)
{
	static const enum vm_engine engines[] = {
		[SKEP_CHECKED] = VM_CHECKED, [SKEP_FAST] = VM_FAST, [SKEP_JIT] = VM_JIT};
	const struct vm_env env = {.helper = vm->helper.at, .helpers = vm->helper.n, .resolve = resolve,
				   .ctx = vm};
	struct skep_prog *p;
	struct diag d;
	int err;

	if ((unsigned)engine >= ARRAY_LEN(engines))
		return -EINVAL;
	p = mem_alloc(sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->vm = vm;
	diag_init(&d, ERRORS_MAX);
	err = vm_load(name, (const struct insn *)insns, n, engines[engine], &env, &d, &p->prog);
	if (err == -EINVAL)
		api_give_errors(&d, ret_errors);
	diag_done(&d);
	if (err)
		mem_free(p);
	else
		*ret_prog = p;
	return err;
}

EXPORT void skep_prog_free(struct skep_prog *prog)
{
	if (prog)
		vm_unload(prog->prog);
	mem_free(prog);
}

EXPORT struct skep_stats skep_prog_stats(const struct skep_prog *prog)
{
	return (struct skep_stats){
		.runs = __atomic_load_n(&prog->runs, __ATOMIC_RELAXED),
		.faults = __atomic_load_n(&prog->faults, __ATOMIC_RELAXED),
		.ns = __atomic_load_n(&prog->ns, __ATOMIC_RELAXED),
	};
}

/* ---- runs ---- */

EXPORT int skep_run_new(struct skep_vm *vm, struct skep_run **ret_run)
{
	struct skep_run *r = mem_alloc(sizeof(*r));
	int err = r ? vm_run_init(&r->run) : -ENOMEM;
	uint64_t seed;

	if (err) {
		mem_free(r);
		return err;
	}
	r->vm = vm;
	r->region.max = VM_REGIONS_MAX;
	seed = hash_bytes(&r, sizeof(r), (uint64_t)clock());
	vm_world_init(&r->world, &vm->outside, vm, seed);
	r->world.cpus = vm->env.cpus;
	r->run.world = &r->world;
	*ret_run = r;
	return 0;
}

EXPORT void skep_run_free(struct skep_run *run)
{
	if (!run)
		return;
	vm_world_done(&run->world);
	vm_run_done(&run->run);
	vec_done(&run->region);
	mem_free(run);
}

EXPORT int skep_run_region(struct skep_run *run, void *at, size_t len, int writable)
{
	return vec_push(&run->region, ((struct vm_region){(uint64_t)(uintptr_t)at, len, writable}));
}

EXPORT void skep_run_budget(struct skep_run *run, uint64_t insns)
{
	run->run.budget = insns;
}

EXPORT void skep_run_set_arg(struct skep_run *run, void *arg)
{
	run->run.ctx = arg;
}

EXPORT void *skep_run_arg(const struct skep_run *run)
{
	return run->run.ctx;
}

EXPORT void *skep_run_mem(struct skep_run *run, uint64_t addr, uint64_t size, int write)
{
	return vm_mem(&run->run, addr, size, write);
}

static int show_memory(struct skep_run *run, void *mem, size_t len)
{
	const struct vm_region *g;
	int err;

	vm_run_reset(&run->run);
	err = len ? vm_run_region(&run->run, mem, len, true) : 0;
	for (g = run->region.at; !err && g < run->region.at + run->region.n; g++)
		err = vm_run_region(&run->run, (const void *)(uintptr_t)g->at, g->len, g->writable);
	return err;
}

static void tell_fault(struct skep_run *run)
{
	struct str s;

	str_init(&s, FAULT_TEXT - 1);
	str_addf(&s, "instruction %u: ", run->run.fault.pc);
	vm_fault_text(&run->run.fault, &s);
	memcpy(run->fault, s.s, s.n + 1);
	str_done(&s);
}

static uint64_t now(const struct skep_vm *vm)
{
	struct timespec t;

	if (!vm->stats)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

EXPORT int skep_exec(struct skep_run *run, const struct skep_prog *prog, void *mem, size_t len,
		     uint64_t *ret_r0)
{
	const uint64_t arg[5] = {(uint64_t)(uintptr_t)mem, len};
	struct skep_prog *p = (struct skep_prog *)(uintptr_t)prog; /* its counters */
	uint64_t begin;
	int err = show_memory(run, mem, len);

	if (err)
		return err;
	run->fault[0] = 0;
	begin = now(run->vm);
	map_enter();
	err = vm_exec(&run->run, prog->prog, arg, ret_r0);
	map_exit();
	__atomic_fetch_add(&p->runs, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&p->ns, now(run->vm) - begin, __ATOMIC_RELAXED);
	if (err) {
		__atomic_fetch_add(&p->faults, 1, __ATOMIC_RELAXED);
		vm_world_reset(&run->world);
		tell_fault(run);
	}
	return err;
}

EXPORT const char *skep_run_fault(const struct skep_run *run)
{
	return run->fault;
}
