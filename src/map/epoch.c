/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sections, and what waits for them to end: epoch-based reclamation.
 *
 * Each thread that enters a section claims a slot for its lifetime and writes the current epoch into
 * it, 0 when it leaves. The epoch moves on when every thread inside of a section has seen it, so what
 * was put aside in epoch e can be reached by nobody once the epoch is e + 2.
 *
 *   E1  The epoch gets at most one past what an open section wrote on entering.
 *   E2  Entering costs one fence, leaving one store; the list is looked at only when it is not empty.
 *
 * Should there be more threads than slots, the others are counted in `crowd`, and while it is not 0
 * the epoch stands still: memory is freed later, nothing fails.
 */
#include <pthread.h>

#include "map/impl.h"

enum { SLOTS = 512 };

struct map_epoch_slot {
	_Alignas(64) uint64_t epoch; /* 0: not in a section */
	uint32_t taken;
};

static struct map_epoch_slot slots[SLOTS];
static uint32_t slots_used; /* none at or above this index was ever taken */
static uint32_t crowd;
static uint64_t now = 1;

static uint32_t waiting_lock;
static struct map_deferred *waiting, **waiting_tail = &waiting;
static uint32_t waiting_count;

static struct map_epoch_slot no_slot; /* means: this thread is of the crowd */
_Thread_local struct map_thread map_self = {.cpu = UINT32_MAX};
static uint32_t cpus_dealt;

static pthread_key_t thread_end_key;
static pthread_once_t thread_end_once = PTHREAD_ONCE_INIT;

static void thread_end(void *slot)
{
	struct map_epoch_slot *s = slot;

	map_self.slot = NULL;
	store_release(&s->taken, 0);
}

static void thread_end_make(void)
{
	if (pthread_key_create(&thread_end_key, thread_end))
		bug("no pthread key is left");
}

static struct map_epoch_slot *claim_free(void)
{
	uint32_t i, used;

	for (i = 0; i < SLOTS; i++) {
		if (load(&slots[i].taken) ||
		    __atomic_exchange_n(&slots[i].taken, 1, __ATOMIC_ACQUIRE))
			continue;
		used = load(&slots_used);
		while (used <= i &&
		       !__atomic_compare_exchange_n(&slots_used, &used, i + 1, false,
						    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
			;
		return &slots[i];
	}
	return NULL;
}

static COLD void claim_slot(void)
{
	struct map_epoch_slot *s = claim_free();

	pthread_once(&thread_end_once, thread_end_make);
	if (s && pthread_setspecific(thread_end_key, s)) {
		store_release(&s->taken, 0);
		s = NULL;
	}
	map_self.slot = s ? s : &no_slot;
}

void map_set_cpu(uint32_t cpu)
{
	map_self.cpu = cpu;
}

void map_enter(void)
{
	struct map_thread *t = &map_self;

	if (t->nest++)
		return;
	if (__builtin_expect(!t->slot, 0))
		claim_slot();
	if (t->cpu == UINT32_MAX)
		t->cpu = __atomic_fetch_add(&cpus_dealt, 1, __ATOMIC_RELAXED) % 65536;
	if (t->slot == &no_slot)
		__atomic_fetch_add(&crowd, 1, __ATOMIC_SEQ_CST);
	else
		/* an exchange is the store and the fence in one */
		__atomic_exchange_n(&t->slot->epoch, load_acquire(&now), __ATOMIC_SEQ_CST);
}

/* Whether all open sections have seen the current epoch. */
static bool all_seen(uint64_t epoch)
{
	uint32_t i, used = __atomic_load_n(&slots_used, __ATOMIC_SEQ_CST);
	uint64_t seen;

	if (__atomic_load_n(&crowd, __ATOMIC_SEQ_CST))
		return false;
	for (i = 0; i < used; i++) {
		seen = __atomic_load_n(&slots[i].epoch, __ATOMIC_SEQ_CST);
		if (seen && seen != epoch)
			return false;
	}
	return true;
}

/* With waiting_lock held: those whose time has come, as a list. */
static struct map_deferred *take_ready(void)
{
	struct map_deferred *first = waiting, **end = &first;
	int i;

	for (i = 0; i < 2 && all_seen(now); i++)
		__atomic_store_n(&now, now + 1, __ATOMIC_SEQ_CST);
	while (*end && (*end)->epoch + 2 <= now) {
		end = &(*end)->next;
		store(&waiting_count, waiting_count - 1);
	}
	waiting = *end;
	*end = NULL;
	if (!waiting)
		waiting_tail = &waiting;
	return first;
}

static void run(struct map_deferred *d)
{
	struct map_deferred *next;

	for (; d; d = next) {
		next = d->next;
		d->fn(d);
	}
}

static void run_ready(void)
{
	struct map_deferred *ready;

	lock(&waiting_lock);
	ready = take_ready();
	unlock(&waiting_lock);
	run(ready);
}

void map_exit(void)
{
	struct map_thread *t = &map_self;

	assert(t->nest);
	if (--t->nest)
		return;
	if (t->slot == &no_slot)
		__atomic_fetch_sub(&crowd, 1, __ATOMIC_SEQ_CST);
	else
		store_release(&t->slot->epoch, 0);
	if (__builtin_expect(load(&waiting_count) != 0, 0)) /* E2 */
		run_ready();
}

void map_defer(struct map_deferred *d, void (*fn)(struct map_deferred *d))
{
	d->next = NULL;
	d->fn = fn;
	lock(&waiting_lock);
	d->epoch = now;
	*waiting_tail = d;
	waiting_tail = &d->next;
	store(&waiting_count, waiting_count + 1);
	unlock(&waiting_lock);
	if (!map_self.nest)
		run_ready();
}

void map_quiesce(void)
{
	uint64_t target;
	unsigned turns = 0;
	bool reached;

	assert(!map_self.nest);
	lock(&waiting_lock);
	target = now + 2;
	unlock(&waiting_lock);
	for (;;) {
		run_ready();
		lock(&waiting_lock);
		reached = now >= target;
		unlock(&waiting_lock);
		if (reached)
			break;
		spin_wait(&turns);
	}
	run_ready();
}
