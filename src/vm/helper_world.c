/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The world: its life, what the program owns in it, its clocks, random numbers and CPU. */
#include <time.h>

#include "vm/helper.h"

void vm_world_init(struct vm_world *w, const struct vm_outside *outside, void *arg, uint64_t seed)
{
	*w = (struct vm_world){.outside = outside,
			       .arg = arg,
			       .cpus = 1,
			       .random = seed,
			       .owned = VEC_INIT(VM_OWNED_MAX),
			       .sockopt = VEC_INIT(VM_SOCKOPTS_MAX)};
}

static void let_go(const struct vm_owned *o)
{
	switch (o->kind) {
	case VM_OWNS_RECORD:
		map_ring_discard(o->at, 0);
		return;
	case VM_OWNS_BITS:
		mem_free(o->at);
		return;
	case VM_OWNS_CPUMASK:
		vm_type_cpumask.free(o->at);
		return;
	case VM_OWNS_OBJECT:
		object_let_go(o->at);
		return;
	case VM_OWNS_SOCK:
		((struct vm_sock *)o->at)->refs--;
		return;
	}
	bug("owned %d", o->kind);
}

void vm_world_reset(struct vm_world *w)
{
	size_t i;

	for (i = 0; i < w->owned.n; i++)
		let_go(&w->owned.at[i]);
	w->owned.n = 0;
	w->redirect = (struct vm_redirect){0};
	w->selected = NULL;
}

void vm_world_done(struct vm_world *w)
{
	vm_world_reset(w);
	vec_done(&w->owned);
	vec_done(&w->sockopt);
}

int world_own(struct vm_world *w, enum vm_owned_kind kind, void *at)
{
	return vec_push(&w->owned, ((struct vm_owned){kind, at}));
}

static int64_t find_owned(const struct vm_world *w, enum vm_owned_kind kind, const void *at)
{
	size_t i;

	for (i = w->owned.n; i-- > 0;)
		if (w->owned.at[i].at == at && w->owned.at[i].kind == kind)
			return (int64_t)i;
	return -1;
}

bool world_owns(const struct vm_world *w, enum vm_owned_kind kind, const void *at)
{
	return find_owned(w, kind, at) >= 0;
}

bool world_disown(struct vm_world *w, enum vm_owned_kind kind, const void *at)
{
	int64_t i = find_owned(w, kind, at);

	if (i < 0)
		return false;
	w->owned.at[i] = vec_last(&w->owned);
	w->owned.n--;
	return true;
}

void world_effect(const struct vm_world *w, enum vm_effect_kind kind, uint64_t a, uint64_t b,
		  const void *bytes, size_t n)
{
	struct vm_effect e = {kind, a, b, bytes, n};

	if (w->outside && w->outside->effect)
		w->outside->effect(w->arg, &e);
}

/* ---- clocks ---- */

static uint64_t host_clock(enum vm_clock c)
{
	enum { HZ = 250, TICK_NS = 1000000000 / HZ };
	static const clockid_t id[] = {
		[VM_CLOCK_MONOTONIC] = CLOCK_MONOTONIC,     [VM_CLOCK_BOOT] = CLOCK_BOOTTIME,
		[VM_CLOCK_COARSE] = CLOCK_MONOTONIC_COARSE, [VM_CLOCK_TAI] = CLOCK_TAI,
		[VM_CLOCK_JIFFIES] = CLOCK_MONOTONIC,
	};
	struct timespec ts;
	uint64_t ns;

	clock_gettime(id[c], &ts);
	ns = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
	if (c != VM_CLOCK_JIFFIES)
		return ns;
	return (uint32_t)(-300 * HZ) + ns / TICK_NS; /* they begin five minutes before the wrap */
}

uint64_t world_clock(const struct vm_world *w, enum vm_clock c)
{
	return w->outside && w->outside->clock ? w->outside->clock(w->arg, c) : host_clock(c);
}

HELPER(ktime_get_ns)
{
	return world_clock(run->world, VM_CLOCK_MONOTONIC);
}

HELPER(ktime_get_boot_ns)
{
	return world_clock(run->world, VM_CLOCK_BOOT);
}

HELPER(ktime_get_coarse_ns)
{
	return world_clock(run->world, VM_CLOCK_COARSE);
}

HELPER(ktime_get_tai_ns)
{
	return world_clock(run->world, VM_CLOCK_TAI);
}

HELPER(jiffies64)
{
	return world_clock(run->world, VM_CLOCK_JIFFIES);
}

HELPER(get_prandom_u32) /* splitmix64 */
{
	uint64_t z = run->world->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)(z ^ z >> 31);
}

/* ---- the CPU ---- */

HELPER(get_smp_processor_id)
{
	return run->world->cpu;
}

HELPER(get_numa_node_id)
{
	return run->world->numa_node;
}
