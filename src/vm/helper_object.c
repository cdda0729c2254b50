/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What programs allocate: objects and per-CPU objects, and the lists and trees they link them into.
 *
 * An object has a header in front of it, which the program does not see. It is freed when the
 * sections that are open have ended, since a program may look at what it has just dropped.
 *
 * A list's node leads to its object by an offset that only the program knows, so in the checked
 * engines all objects stand in a tree by address. There an object is granted whole whenever a
 * pointer into it is handed out, and owned by the world while the program holds it.
 *
 * A pointer to a per-CPU object is no address: PERCPU in its upper bits tells it from the kernel's
 * per-CPU variables, for bpf_this_cpu_ptr().
 */
#include <pthread.h>

#include "vm/helper.h"

struct object {
	struct map_deferred end;
	const struct vm_object_type *type; /* borrowed; NULL: no special fields */
	uint64_t node[4];                  /* in `known` */
	uint32_t size;
	bool is_known;
	_Alignas(16) uint8_t data[];
};

#define PERCPU      (UINT64_C(0x5ce9) << 48)
#define PERCPU_MASK (UINT64_C(0xffff) << 48)

/* ---- the objects that the checked engines know ---- */

static struct {
	pthread_mutex_t lock;
	uint64_t root[2];
} known = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct object *object_of(void *data)
{
	return (struct object *)((uint8_t *)data - offsetof(struct object, data));
}

static struct object *object_of_node(void *node)
{
	return (struct object *)((uint8_t *)node - offsetof(struct object, node));
}

static bool is_before(void *a, void *b, void *arg)
{
	(void)arg;
	return address(a) < address(b);
}

static void know(struct object *o)
{
	pthread_mutex_lock(&known.lock);
	o->is_known = !map_rb_add(known.root, o->node, is_before, NULL);
	pthread_mutex_unlock(&known.lock);
}

static void forget(struct object *o)
{
	pthread_mutex_lock(&known.lock);
	map_rb_remove(known.root, o->node);
	pthread_mutex_unlock(&known.lock);
}

/* The object that has this address in it; NULL: none. */
static struct object *find_known(uint64_t at)
{
	struct object *found = NULL, *o;
	void *node;

	pthread_mutex_lock(&known.lock);
	for (node = map_rb_root(known.root); node;
	     node = map_rb_child(known.root, node, o == found)) {
		o = object_of_node(node);
		if (at >= address(o->data))
			found = o;
	}
	pthread_mutex_unlock(&known.lock);
	return found && at - address(found->data) < found->size ? found : NULL;
}

/* ---- making and freeing ---- */

static void free_fields(const struct vm_object_type *t, uint8_t *data);

static void end_object(struct map_deferred *d)
{
	mem_free(d);
}

static uint32_t *refcount_of(const struct vm_object_type *t, uint8_t *data)
{
	uint32_t i;

	for (i = 0; t && i < t->fields; i++)
		if (t->field[i].kind == MAP_REFCOUNT)
			return (uint32_t *)(void *)(data + t->field[i].offset);
	return NULL;
}

static void drop(void *data)
{
	struct object *o = object_of(data);
	uint32_t *refs = refcount_of(o->type, data);

	if (refs && __atomic_sub_fetch(refs, 1, __ATOMIC_ACQ_REL))
		return;
	free_fields(o->type, data);
	if (o->is_known)
		forget(o);
	map_defer(&o->end, end_object);
}

static void drop_pointer(const struct vm_object_type *t, void *object)
{
	uint64_t at = address(object);

	if (t && t->free)
		t->free(object);
	else if ((at & PERCPU_MASK) == PERCPU)
		drop(pointer(at & ~PERCPU_MASK));
	else
		drop(object);
}

static void free_list(const struct map_field *f, void *head)
{
	uint8_t *node;

	while ((node = map_list_pop(head, true)))
		drop(node - f->node_offset);
}

static void free_tree(const struct map_field *f, void *root)
{
	uint8_t *node;

	while ((node = map_rb_root(root)))
		drop((uint8_t *)map_rb_remove(root, node) - f->node_offset);
}

void vm_object_free(const struct map_field *f, void *object)
{
	switch (f->kind) {
	case MAP_LIST_HEAD:
		free_list(f, object);
		return;
	case MAP_RB_ROOT:
		free_tree(f, object);
		return;
	case MAP_KPTR_REF:
	case MAP_KPTR_PERCPU:
		if (f->type)
			drop_pointer(pointer(f->type), object);
		return;
	case MAP_SPIN_LOCK:
	case MAP_RES_SPIN_LOCK:
	case MAP_TIMER:
	case MAP_WORKQUEUE:
	case MAP_TASK_WORK:
	case MAP_KPTR_UNREF:
	case MAP_UPTR:
	case MAP_REFCOUNT:
		return;
	}
	bug("field %d", f->kind);
}

static void free_fields(const struct vm_object_type *t, uint8_t *data)
{
	const struct map_field *f;
	uint32_t i;
	void *at;

	for (i = 0; t && i < t->fields; i++) {
		f = &t->field[i];
		at = data + f->offset;
		if (f->kind == MAP_KPTR_REF || f->kind == MAP_KPTR_PERCPU)
			at = __atomic_exchange_n((void **)at, NULL, __ATOMIC_ACQ_REL);
		if (at)
			vm_object_free(f, at);
	}
}

static struct object *new_object(struct vm_run *run, uint64_t size, uint32_t times, uint64_t type)
{
	struct object *o;

	if (!size || size > VM_OBJECT_MAX)
		return NULL;
	o = mem_alloc(sizeof(*o) + ALIGN_UP(size, UINT64_C(8)) * times);
	if (!o)
		return NULL;
	o->type = pointer(type);
	o->size = (uint32_t)(ALIGN_UP(size, UINT64_C(8)) * times);
	if (is_checked(run))
		know(o);
	return o;
}

/* ---- what the program holds, in checked engines ---- */

bool helper_trusted(struct vm_run *run, uint64_t at)
{
	if (!is_checked(run) || run->world->verified)
		return true;
	helper_fault(run, at, 8);
	return false;
}

/* The program may use the object that has this address in it. */
static void show(struct vm_run *run, uint64_t at)
{
	const struct object *o = at && is_checked(run) ? find_known(at) : NULL;
	int err = o ? vm_grant(run, o->data, o->size, true) : 0;

	if (err)
		run->err = err;
}

/* What cannot be remembered is dropped at once, and the run ends. */
static void own(struct vm_run *run, void *data)
{
	if (!is_checked(run) || !world_own(run->world, VM_OWNS_OBJECT, data))
		return;
	drop(data);
	run->err = -ENOMEM;
}

static void disown(struct vm_run *run, const void *data)
{
	if (is_checked(run))
		world_disown(run->world, VM_OWNS_OBJECT, data);
}

/* A pointer into an object becomes the program's, or a value's. */
void object_taken(struct vm_run *run, uint64_t at)
{
	struct object *o = at && is_checked(run) ? find_known(at & ~PERCPU_MASK) : NULL;

	if (!o)
		return;
	own(run, o->data);
	if (!run->err && (at & PERCPU_MASK) != PERCPU)
		show(run, at);
}

void object_given(struct vm_run *run, uint64_t at)
{
	disown(run, pointer(at & ~PERCPU_MASK));
}

void object_let_go(void *data)
{
	drop(data);
}

/* ---- the kfuncs ---- */

static uint64_t obj_new(struct vm_run *run, uint64_t size, uint64_t type)
{
	struct object *o = helper_trusted(run, type) ? new_object(run, size, 1, type) : NULL;
	uint32_t *refs = o ? refcount_of(o->type, o->data) : NULL;

	if (refs)
		*refs = 1;
	if (o)
		object_taken(run, address(o->data));
	return o ? address(o->data) : 0;
}

static uint64_t obj_drop(struct vm_run *run, uint64_t at)
{
	if (!helper_trusted(run, at))
		return 0;
	object_given(run, at);
	drop_pointer(NULL, pointer(at));
	return 0;
}

KFUNC(bpf_obj_new)
{
	return obj_new(run, r1, r2);
}

KFUNC(bpf_obj_new_impl)
{
	return obj_new(run, r1, r2);
}

KFUNC(bpf_obj_drop)
{
	return obj_drop(run, r1);
}

KFUNC(bpf_obj_drop_impl)
{
	return obj_drop(run, r1);
}

static uint64_t percpu_new(struct vm_run *run, uint64_t size)
{
	struct object *o = NULL;

	if (helper_trusted(run, size))
		o = new_object(run, size, MAX(run->world->cpus, 1u), 0);
	if (!o)
		return 0;
	own(run, o->data);
	return address(o->data) | PERCPU;
}

KFUNC(bpf_percpu_obj_new)
{
	return percpu_new(run, r1);
}

KFUNC(bpf_percpu_obj_new_impl)
{
	return percpu_new(run, r1);
}

KFUNC(bpf_percpu_obj_drop)
{
	return obj_drop(run, r1);
}

KFUNC(bpf_percpu_obj_drop_impl)
{
	return obj_drop(run, r1);
}

/* The address of one CPU's: of a program's object, or of a variable that somebody outside knows. */
static uint64_t of_cpu(struct vm_run *run, uint64_t at, uint32_t cpu)
{
	const struct vm_world *w = run->world;
	const struct object *o;
	uint64_t size;

	if ((at & PERCPU_MASK) != PERCPU)
		return w->outside && w->outside->percpu ? w->outside->percpu(w->arg, at, cpu) : 0;
	at &= ~PERCPU_MASK;
	if (!helper_trusted(run, at))
		return 0;
	o = object_of(pointer(at));
	size = o->size / MAX(w->cpus, 1u);
	show(run, at);
	return at + cpu * size;
}

HELPER(this_cpu_ptr)
{
	return of_cpu(run, r1, run->world->cpu % MAX(run->world->cpus, 1u));
}

HELPER(per_cpu_ptr)
{
	return (uint32_t)r2 < MAX(run->world->cpus, 1u) ? of_cpu(run, r1, (uint32_t)r2) : 0;
}

static uint64_t refcount_acquire(struct vm_run *run, uint64_t at)
{
	uint32_t *refs, old;

	if (!helper_trusted(run, at))
		return 0;
	refs = refcount_of(object_of(pointer(at))->type, pointer(at));
	if (!refs)
		return 0;
	old = __atomic_load_n(refs, __ATOMIC_RELAXED);
	do {
		if (!old)
			return 0;
	} while (!__atomic_compare_exchange_n(refs, &old, old + 1, true, __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED));
	object_taken(run, at);
	return at;
}

KFUNC(bpf_refcount_acquire)
{
	return refcount_acquire(run, r1);
}

KFUNC(bpf_refcount_acquire_impl)
{
	return refcount_acquire(run, r1);
}

/* ---- lists ---- */

/* What could not be linked is dropped, as the program has given it away. */
static uint64_t linked(struct vm_run *run, uint64_t object, int err)
{
	object_given(run, object);
	if (err)
		drop(pointer(object));
	return neg(err);
}

static uint64_t list_push(struct vm_run *run, uint64_t head, uint64_t node, uint64_t off,
			  bool front)
{
	if (!helper_trusted(run, head))
		return 0;
	return linked(run, node - off, map_list_push(pointer(head), pointer(node), front));
}

KFUNC(bpf_list_push_front)
{
	return list_push(run, r1, r2, r4, true);
}

KFUNC(bpf_list_push_front_impl)
{
	return list_push(run, r1, r2, r4, true);
}

KFUNC(bpf_list_push_back)
{
	return list_push(run, r1, r2, r4, false);
}

KFUNC(bpf_list_push_back_impl)
{
	return list_push(run, r1, r2, r4, false);
}

/* A node for the program, which owns its object from now on. */
static uint64_t taken(struct vm_run *run, void *node)
{
	object_taken(run, address(node));
	return address(node);
}

/* A node the program may only look at. */
static uint64_t shown(struct vm_run *run, void *node)
{
	show(run, address(node));
	return address(node);
}

KFUNC(bpf_list_pop_front)
{
	return helper_trusted(run, r1) ? taken(run, map_list_pop(pointer(r1), true)) : 0;
}

KFUNC(bpf_list_pop_back)
{
	return helper_trusted(run, r1) ? taken(run, map_list_pop(pointer(r1), false)) : 0;
}

KFUNC(bpf_list_front)
{
	return helper_trusted(run, r1) ? shown(run, map_list_peek(pointer(r1), true)) : 0;
}

KFUNC(bpf_list_back)
{
	return helper_trusted(run, r1) ? shown(run, map_list_peek(pointer(r1), false)) : 0;
}

KFUNC(bpf_list_empty)
{
	return helper_trusted(run, r1) && !map_list_peek(pointer(r1), true);
}

KFUNC(bpf_list_is_first)
{
	return helper_trusted(run, r1) && r2 && map_list_peek(pointer(r1), true) == pointer(r2);
}

KFUNC(bpf_list_is_last)
{
	return helper_trusted(run, r1) && r2 && map_list_peek(pointer(r1), false) == pointer(r2);
}

KFUNC(bpf_list_del)
{
	return helper_trusted(run, r1) ? taken(run, map_list_remove(pointer(r1), pointer(r2))) : 0;
}

KFUNC(bpf_list_add)
{
	if (!helper_trusted(run, r1))
		return 0;
	return linked(run, r2 - r5, map_list_add(pointer(r1), pointer(r2), pointer(r3)));
}

/* ---- trees ---- */

struct compare {
	struct vm_run *run;
	uint64_t fn;
};

/* Once the run has failed everything is less, so that it comes to an end. */
static bool is_less(void *a, void *b, void *arg)
{
	const struct compare *c = arg;
	uint64_t r0 = 1;

	if (c->run->err)
		return true;
	show(c->run, address(a));
	show(c->run, address(b));
	if (vm_callback(c->run, c->fn, (const uint64_t[]){address(a), address(b), 0, 0, 0}, &r0))
		return true;
	return r0;
}

static uint64_t rbtree_add(struct vm_run *run, uint64_t root, uint64_t node, uint64_t less,
			   uint64_t off)
{
	struct compare c = {run, less};

	if (!helper_trusted(run, root))
		return 0;
	return linked(run, node - off, map_rb_add(pointer(root), pointer(node), is_less, &c));
}

KFUNC(bpf_rbtree_add)
{
	return rbtree_add(run, r1, r2, r3, r5);
}

KFUNC(bpf_rbtree_add_impl)
{
	return rbtree_add(run, r1, r2, r3, r5);
}

KFUNC(bpf_rbtree_remove)
{
	return helper_trusted(run, r1) ? taken(run, map_rb_remove(pointer(r1), pointer(r2))) : 0;
}

KFUNC(bpf_rbtree_first)
{
	return helper_trusted(run, r1) ? shown(run, map_rb_first(pointer(r1))) : 0;
}

KFUNC(bpf_rbtree_root)
{
	return helper_trusted(run, r1) ? shown(run, map_rb_root(pointer(r1))) : 0;
}

KFUNC(bpf_rbtree_left)
{
	return helper_trusted(run, r1) ? shown(run, map_rb_child(pointer(r1), pointer(r2), false))
				       : 0;
}

KFUNC(bpf_rbtree_right)
{
	return helper_trusted(run, r1) ? shown(run, map_rb_child(pointer(r1), pointer(r2), true))
				       : 0;
}

/* ---- pointers in map values ---- */

HELPER(kptr_xchg)
{
	uint64_t *at = helper_struct(run, r1, sizeof(*at), true), old;

	if (!at || !helper_trusted(run, r1))
		return 0;
	if (is_checked(run))
		world_disown(run->world, VM_OWNS_CPUMASK, pointer(r2));
	object_given(run, r2);
	old = __atomic_exchange_n(at, r2, __ATOMIC_ACQ_REL);
	object_taken(run, old);
	return old;
}
