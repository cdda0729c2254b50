/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf_timer, bpf_wq, bpf_task_work: when what runs. Time does not pass by itself: whoever owns the
 * timers asks for the next one and runs what is due. The other two are timers that are due at once.
 *
 * A map's value holds a timer's number where the kernel has its pointer, so that a value somebody
 * has tampered with leads to another timer at worst. Timers that are started stand in a binary heap
 * by due time; timers of one instant run in the order they were started in.
 *
 *	T1  timer[number - 1].heap is its place in the heap, or NOT_STARTED
 *	T2  the lock is not held while a callback runs
 */
#include <pthread.h>
#include <time.h>

#include "vm/helper.h"

enum { NOT_STARTED = UINT32_MAX };

struct timer {
	struct map *map; /* borrowed: it tells us before it goes; NULL: the number is free */
	void *value;     /* the timer's place in the map's value */
	const struct vm_prog *prog; /* borrowed */
	uint64_t fn, due, order;
	enum map_field_kind kind;
	uint32_t heap;
	bool running;
};

struct vm_timers {
	pthread_mutex_t lock;
	VEC(struct timer) timer;
	VEC(uint32_t) heap; /* indices of timer */
	VEC(uint32_t) unused;
	uint64_t orders;
};

int vm_timers_new(struct vm_timers **ret_timers)
{
	struct vm_timers *t = mem_alloc(sizeof(*t));

	if (!t)
		return -ENOMEM;
	*t = (struct vm_timers){.lock = PTHREAD_MUTEX_INITIALIZER,
				.timer = VEC_INIT(VM_TIMERS_MAX),
				.heap = VEC_INIT(VM_TIMERS_MAX),
				.unused = VEC_INIT(VM_TIMERS_MAX)};
	*ret_timers = t;
	return 0;
}

void vm_timers_free(struct vm_timers *t)
{
	if (!t)
		return;
	vec_done(&t->timer);
	vec_done(&t->heap);
	vec_done(&t->unused);
	pthread_mutex_destroy(&t->lock);
	mem_free(t);
}

/* ---- the heap ---- */

static bool before(const struct vm_timers *t, uint32_t a, uint32_t b)
{
	const struct timer *x = &t->timer.at[a], *y = &t->timer.at[b];

	return x->due != y->due ? x->due < y->due : x->order < y->order;
}

static void place(struct vm_timers *t, uint32_t at, uint32_t i)
{
	t->heap.at[at] = i;
	t->timer.at[i].heap = at;
}

static void sift_up(struct vm_timers *t, uint32_t at)
{
	uint32_t i = t->heap.at[at];

	for (; at && before(t, i, t->heap.at[(at - 1) / 2]); at = (at - 1) / 2)
		place(t, at, t->heap.at[(at - 1) / 2]);
	place(t, at, i);
}

static void sift_down(struct vm_timers *t, uint32_t at)
{
	uint32_t i = t->heap.at[at], child;

	for (; (child = 2 * at + 1) < t->heap.n; at = child) {
		if (child + 1 < t->heap.n && before(t, t->heap.at[child + 1], t->heap.at[child]))
			child++;
		if (!before(t, t->heap.at[child], i))
			break;
		place(t, at, t->heap.at[child]);
	}
	place(t, at, i);
}

static bool stop(struct vm_timers *t, struct timer *timer)
{
	uint32_t at = timer->heap, last;

	if (at == NOT_STARTED)
		return false;
	timer->heap = NOT_STARTED;
	last = t->heap.at[--t->heap.n];
	if (at < t->heap.n) {
		place(t, at, last);
		sift_down(t, at);
		sift_up(t, t->timer.at[last].heap);
	}
	return true;
}

static int start(struct vm_timers *t, struct timer *timer, uint64_t due)
{
	int err;

	stop(t, timer);
	err = vec_reserve(&t->heap, t->heap.n + 1);
	if (err)
		return err;
	timer->due = due;
	timer->order = __atomic_fetch_add(&t->orders, 1, __ATOMIC_RELAXED);
	t->heap.at[t->heap.n] = (uint32_t)(timer - t->timer.at);
	sift_up(t, (uint32_t)t->heap.n++);
	return 0;
}

/* ---- the helpers ---- */

/* The timer a value holds, or NULL: not initialized. With the lock held. */
static struct timer *timer_of(const struct vm_timers *t, const uint64_t *number,
			      enum map_field_kind kind)
{
	struct timer *timer;

	if (!*number || *number > t->timer.n)
		return NULL;
	timer = &t->timer.at[*number - 1];
	return timer->map && timer->kind == kind ? timer : NULL;
}

static int new_timer(struct vm_timers *t, struct timer new, uint64_t *ret_number)
{
	int err = 0;

	if (t->unused.n) {
		*ret_number = t->unused.at[--t->unused.n] + 1;
		t->timer.at[*ret_number - 1] = new;
		return 0;
	}
	err = vec_reserve(&t->unused, t->timer.n + 1); /* so that giving it back cannot fail */
	if (!err)
		err = vec_push(&t->timer, new);
	if (!err)
		*ret_number = t->timer.n;
	return err ? -ENOMEM : 0;
}

/* With the lock: where the value holds a timer's number. NULL: no such place, or no timers. */
static uint64_t *enter(struct vm_run *run, uint64_t at, enum map_field_kind kind)
{
	struct vm_timers *t = run->world->timers;
	uint64_t *number = t ? helper_struct(run, at, kind == MAP_TASK_WORK ? 8 : 16, true) : NULL;

	if (number)
		pthread_mutex_lock(&t->lock);
	return number;
}

static uint64_t leave(struct vm_run *run, int64_t result)
{
	pthread_mutex_unlock(&run->world->timers->lock);
	return neg(result);
}

/* Both with the lock held, which they give back. */
static uint64_t init(struct vm_run *run, struct map *m, uint64_t *at, enum map_field_kind kind)
{
	struct timer new = {.map = m, .value = at, .kind = kind, .heap = NOT_STARTED};

	if (timer_of(run->world->timers, at, kind))
		return leave(run, -EBUSY);
	if (!__atomic_load_n(&m->user_refs, __ATOMIC_RELAXED))
		return leave(run, -EPERM);
	return leave(run, new_timer(run->world->timers, new, at));
}

static uint64_t set_callback(struct vm_run *run, const uint64_t *at, enum map_field_kind kind,
			     uint64_t fn)
{
	struct timer *timer = timer_of(run->world->timers, at, kind);

	if (!timer)
		return leave(run, -EINVAL);
	timer->prog = run->prog;
	timer->fn = fn;
	return leave(run, 0);
}

HELPER(timer_init)
{
	enum { CLOCKS_MAX = 16 };
	struct map *m = helper_map(run, r2);
	uint64_t *at = m ? enter(run, r1, MAP_TIMER) : NULL;

	if (!at)
		return neg(-EOPNOTSUPP);
	if (r3 >= CLOCKS_MAX ||
	    (r3 != CLOCK_MONOTONIC && r3 != CLOCK_REALTIME && r3 != CLOCK_BOOTTIME))
		return leave(run, -EINVAL);
	return init(run, m, at, MAP_TIMER);
}

HELPER(timer_set_callback)
{
	uint64_t *at = enter(run, r1, MAP_TIMER);

	return at ? set_callback(run, at, MAP_TIMER, r2) : neg(-EOPNOTSUPP);
}

HELPER(timer_start)
{
	enum { ABSOLUTE = 1, CPU_PIN = 2 };
	uint64_t *at = enter(run, r1, MAP_TIMER), due = r2;
	struct timer *timer = at ? timer_of(run->world->timers, at, MAP_TIMER) : NULL;

	if (!at)
		return neg(-EOPNOTSUPP);
	if (r3 & ~(uint64_t)(ABSOLUTE | CPU_PIN) || !timer || !timer->prog)
		return leave(run, -EINVAL);
	if (!(r3 & ABSOLUTE))
		due = world_clock(run->world, VM_CLOCK_MONOTONIC) + MIN(r2, (uint64_t)INT64_MAX);
	return leave(run, start(run->world->timers, timer, due));
}

static uint64_t cancel(struct vm_run *run, uint64_t value, bool async)
{
	uint64_t *at = enter(run, value, MAP_TIMER);
	struct timer *timer = at ? timer_of(run->world->timers, at, MAP_TIMER) : NULL;

	if (!at)
		return neg(-EOPNOTSUPP);
	if (!timer)
		return leave(run, -EINVAL);
	if (timer->running)
		return leave(run, async ? -1 : -EDEADLK);
	if (!async)
		timer->prog = NULL;
	return leave(run, stop(run->world->timers, timer));
}

HELPER(timer_cancel)
{
	return cancel(run, r1, false);
}

KFUNC(bpf_timer_cancel_async)
{
	return cancel(run, r1, true);
}

/* ---- work queues ---- */

KFUNC(bpf_wq_init)
{
	struct map *m = helper_map(run, r2);
	uint64_t *at = m ? enter(run, r1, MAP_WORKQUEUE) : NULL;

	if (!at)
		return neg(-EOPNOTSUPP);
	return (uint32_t)r3 ? leave(run, -EINVAL) : init(run, m, at, MAP_WORKQUEUE);
}

static uint64_t wq_set_callback(struct vm_run *run, uint64_t wq, uint64_t fn, uint32_t flags)
{
	uint64_t *at = enter(run, wq, MAP_WORKQUEUE);

	if (!at)
		return neg(-EOPNOTSUPP);
	return flags ? leave(run, -EINVAL) : set_callback(run, at, MAP_WORKQUEUE, fn);
}

KFUNC(bpf_wq_set_callback)
{
	return wq_set_callback(run, r1, r2, (uint32_t)r3);
}

KFUNC(bpf_wq_set_callback_impl)
{
	return wq_set_callback(run, r1, r2, (uint32_t)r3);
}

/* What waits to run already runs once. */
KFUNC(bpf_wq_start)
{
	uint64_t *at = enter(run, r1, MAP_WORKQUEUE);
	struct timer *timer = at ? timer_of(run->world->timers, at, MAP_WORKQUEUE) : NULL;

	if (!at)
		return neg(-EOPNOTSUPP);
	if ((uint32_t)r2 || !timer)
		return leave(run, -EINVAL);
	if (timer->heap != NOT_STARTED || !timer->prog)
		return leave(run, 0);
	return leave(run, start(run->world->timers, timer, 0));
}

/* ---- work that a task does when it next returns to user space ---- */

static uint64_t task_work(struct vm_run *run, uint64_t value, uint64_t map, uint64_t fn)
{
	struct map *m = helper_map(run, map);
	uint64_t *at = m ? enter(run, value, MAP_TASK_WORK) : NULL;
	struct vm_timers *t = run->world->timers;
	struct timer *timer,
		new = {.map = m, .value = at, .kind = MAP_TASK_WORK, .heap = NOT_STARTED};
	int err = 0;

	if (!at)
		return neg(-EOPNOTSUPP);
	if (!__atomic_load_n(&m->user_refs, __ATOMIC_RELAXED))
		return leave(run, -EPERM);
	if (!timer_of(t, at, MAP_TASK_WORK))
		err = new_timer(t, new, at);
	timer = err ? NULL : timer_of(t, at, MAP_TASK_WORK);
	if (!timer)
		return leave(run, err);
	if (timer->heap != NOT_STARTED || timer->running)
		return leave(run, -EBUSY);
	timer->prog = run->prog;
	timer->fn = fn;
	return leave(run, start(t, timer, 0));
}

KFUNC(bpf_task_work_schedule_signal)
{
	return task_work(run, r2, r3, r4);
}

KFUNC(bpf_task_work_schedule_signal_impl)
{
	return task_work(run, r2, r3, r4);
}

KFUNC(bpf_task_work_schedule_resume)
{
	return task_work(run, r2, r3, r4);
}

KFUNC(bpf_task_work_schedule_resume_impl)
{
	return task_work(run, r2, r3, r4);
}

/* ---- for whoever drives them ---- */

uint64_t vm_timers_next(struct vm_timers *t)
{
	uint64_t due;

	pthread_mutex_lock(&t->lock);
	due = t->heap.n ? t->timer.at[t->heap.at[0]].due : UINT64_MAX;
	pthread_mutex_unlock(&t->lock);
	return due;
}

/* The value begins `offset` bytes before the timer; the key stands before it, or is its index. */
static const void *key_of(const struct map *m, const uint8_t *value, uint32_t *index)
{
	if (m->type != MAP_TYPE_ARRAY)
		return value - ALIGN_UP(m->key_size, 8u);
	*index = (uint32_t)((size_t)(value - m->values) / m->elem_size);
	return index;
}

static int run_one(struct vm_run *run, const struct timer *timer)
{
	const struct map *m = timer->map;
	size_t regions = run->region.n, values = run->value.n;
	uint32_t i, offset = 0, index;
	const uint8_t *value;
	const void *key;
	uint64_t r0;
	int err;

	for (i = 0; i < m->fields; i++)
		if (m->field[i].kind == timer->kind)
			offset = m->field[i].offset;
	value = (const uint8_t *)timer->value - offset;
	key = key_of(m, value, &index);
	err = vm_run_region(run, key, m->key_size, false);
	if (!err)
		err = vm_show_value(run, vm_run_region, m, value);
	if (!err)
		err = vm_exec_fn(run, timer->prog, timer->fn,
				 (const uint64_t[]){address(m), address(key), address(value), 0, 0},
				 &r0);
	run->region.n = regions;
	run->value.n = run->values_kept = (uint32_t)values;
	return err;
}

/*
 * The next that is due, unless it was started only meanwhile: one that starts itself again waits.
 */
static bool take_due(struct vm_timers *t, uint64_t now, uint64_t orders, uint32_t *ret_i,
		     struct timer *ret_timer)
{
	struct timer *timer;
	bool due = false;

	pthread_mutex_lock(&t->lock);
	if (t->heap.n) {
		timer = &t->timer.at[t->heap.at[0]];
		due = timer->due <= now && timer->order < orders;
	}
	if (due) {
		stop(t, timer);
		timer->running = true;
		*ret_i = (uint32_t)(timer - t->timer.at);
		*ret_timer = *timer;
	}
	pthread_mutex_unlock(&t->lock);
	return due;
}

int64_t vm_timers_run(struct vm_timers *t, struct vm_run *run, uint64_t now)
{
	uint64_t orders = __atomic_load_n(&t->orders, __ATOMIC_RELAXED);
	struct timer timer;
	int64_t ran = 0;
	uint32_t i;
	int err = 0;

	while (!err && take_due(t, now, orders, &i, &timer)) {
		map_enter();
		err = run_one(run, &timer);
		map_exit();
		pthread_mutex_lock(&t->lock);
		t->timer.at[i].running = false;
		pthread_mutex_unlock(&t->lock);
		ran++;
	}
	return err ? err : ran;
}

void vm_timer_free(struct vm_timers *t, void *object)
{
	uint64_t number = address(object);
	struct timer *timer;

	pthread_mutex_lock(&t->lock);
	if (number && number <= t->timer.n && t->timer.at[number - 1].map) {
		timer = &t->timer.at[number - 1];
		stop(t, timer);
		timer->map = NULL;
		t->unused.at[t->unused.n++] = (uint32_t)number - 1;
	}
	pthread_mutex_unlock(&t->lock);
}
