/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What programs allocate: objects and per-CPU objects. Lists and trees of them: helper_graph.c.
 *
 * An object has a header in front of it, which the program does not see. It is freed when the
 * sections that are open have ended, since a program may look at what it has just dropped.
 *
 * A list's node leads to its object by an offset that only the program knows, so in the checked
 * engines, and where somebody knows the programs' types, all objects stand in a tree by address. In
 * the checked engines an object is granted whenever a pointer into it is handed out, and owned by the
 * world while the program holds it.
 *
 * A pointer to a per-CPU object is no address: PERCPU in its upper bits tells it from the kernel's
 * per-CPU variables, for bpf_this_cpu_ptr().
 */
#include <pthread.h>

#include "vm/helper.h"

struct object {
	struct map_deferred end;
	struct vm_object_type type; /* its fields are behind the data */
	uint64_t node[4];           /* in `known` */
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

/* The object that has this address in it; NULL: none that is known. */
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
	uint32_t *refs = refcount_of(&o->type, data);

	if (refs && __atomic_sub_fetch(refs, 1, __ATOMIC_ACQ_REL))
		return;
	free_fields(&o->type, data);
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

static void drop_known(void *object)
{
	const struct object *o = find_known(address(object) & ~PERCPU_MASK);

	if (o)
		drop((void *)o->data);
}

const struct vm_object_type vm_type_object = {.free = drop_known};

void *object_of_link(void *node, uint64_t off)
{
	struct object *o = find_known(address(node));

	return o ? o->data : (uint8_t *)node - off;
}

static void free_list(const struct map_field *f, void *head)
{
	uint8_t *node;

	while ((node = map_list_pop(head, true)))
		drop(object_of_link(node, f->node_offset));
}

static void free_tree(const struct map_field *f, void *root)
{
	uint8_t *node;

	while ((node = map_rb_root(root)))
		drop(object_of_link(map_rb_remove(root, node), f->node_offset));
}

void vm_object_free(const struct map_field *f, void *object)
{
	switch (f->kind) {
	case MAP_LIST_HEAD:
		graph_lock();
		free_list(f, object);
		graph_unlock();
		return;
	case MAP_RB_ROOT:
		graph_lock();
		free_tree(f, object);
		graph_unlock();
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
	case MAP_LIST_NODE:
	case MAP_RB_NODE:
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

/* Somebody knows the types that programs name, and guards fields: objects can be believed in then. */
bool object_guarded(const struct vm_run *run)
{
	return run->world->outside && run->world->outside->object_type;
}

static struct object *new_object(struct vm_run *run, uint64_t size, uint32_t times,
				 const struct vm_object_type *type)
{
	size_t fields = type ? type->fields * sizeof(*type->field) : 0;
	struct object *o;

	if (!size || size > VM_OBJECT_MAX)
		return NULL;
	size = ALIGN_UP(size, UINT64_C(8)) * times;
	o = mem_alloc(sizeof(*o) + size + fields);
	if (!o)
		return NULL;
	o->size = (uint32_t)size;
	if (fields) {
		o->type = *type;
		o->type.field = memcpy(o->data + size, type->field, fields);
	}
	if (is_checked(run) || object_guarded(run))
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
	int err = 0;

	if (o)
		err = vm_show_fields(run, vm_grant, o->data, o->size, o->type.field,
				     o->type.fields);
	if (err)
		run->err = err;
}

void object_show(struct vm_run *run, uint64_t at)
{
	show(run, at);
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

/* What bpf_obj_new was asked for: false, and the run ends, when nobody can tell. */
static bool type_asked(struct vm_run *run, uint64_t *size, const struct vm_object_type **type)
{
	const struct vm_outside *out = run->world->outside;

	if (!object_guarded(run))
		return helper_trusted(run, address(*type));
	*type = out->object_type(run->world->arg, run->prog, (uint32_t)*size);
	if (*type)
		*size = (*type)->size;
	else
		helper_fault(run, *size, 0);
	return *type;
}

static uint64_t obj_new(struct vm_run *run, uint64_t size, const struct vm_object_type *type)
{
	struct object *o = type_asked(run, &size, &type) ? new_object(run, size, 1, type) : NULL;
	uint32_t *refs = o ? refcount_of(&o->type, o->data) : NULL;

	if (refs)
		*refs = 1;
	if (o)
		object_taken(run, address(o->data));
	return o ? address(o->data) : 0;
}

/* The object that begins there may be named: it is the program's own, or only one it may look at. */
static bool is_named(struct vm_run *run, uint64_t at, bool own)
{
	const struct object *o = find_known(at & ~PERCPU_MASK);

	if (!is_checked(run) || run->world->verified)
		return true;
	if (object_guarded(run) && o && address(o->data) == (at & ~PERCPU_MASK) &&
	    (own ? world_owns(run->world, VM_OWNS_OBJECT, o->data) : helper_owns(run, at, 1, false)))
		return true;
	helper_fault(run, at, 8);
	return false;
}

static uint64_t obj_drop(struct vm_run *run, uint64_t at)
{
	if (!is_named(run, at, true))
		return 0;
	object_given(run, at);
	drop_pointer(NULL, pointer(at));
	return 0;
}

KFUNC(bpf_obj_new)
{
	return obj_new(run, r1, pointer(r2));
}

KFUNC(bpf_obj_new_impl)
{
	return obj_new(run, r1, pointer(r2));
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

	const struct vm_object_type *type = NULL;

	if (type_asked(run, &size, &type))
		o = new_object(run, size, MAX(run->world->cpus, 1u), NULL);
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

static bool is_known_start(uint64_t at)
{
	const struct object *o = find_known(at);

	return o && address(o->data) == at;
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
	if (object_guarded(run) && is_checked(run) && !is_known_start(at)) {
		helper_fault(run, at, 8);
		return 0;
	}
	if (!object_guarded(run) && !helper_trusted(run, at))
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

	if (!is_named(run, at, false))
		return 0;
	refs = refcount_of(&object_of(pointer(at))->type, pointer(at));
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

/* ---- pointers in map values ---- */

/* What the program gives for a field, in checked engines: its own, and of the field's kind. */
static bool may_store(struct vm_run *run, const struct map_field *f, uint64_t at)
{
	if (!f)
		return false;
	if (!at)
		return true;
	if (f->type == address(&vm_type_cpumask))
		return world_owns(run->world, VM_OWNS_CPUMASK, pointer(at));
	return ((at & PERCPU_MASK) == PERCPU) == (f->kind == MAP_KPTR_PERCPU) &&
	       is_known_start(at & ~PERCPU_MASK) &&
	       world_owns(run->world, VM_OWNS_OBJECT, pointer(at & ~PERCPU_MASK));
}

static uint64_t xchg(struct vm_run *run, uint64_t *at, const struct map_field *f, uint64_t new)
{
	uint64_t old;

	if (is_checked(run))
		world_disown(run->world, VM_OWNS_CPUMASK, pointer(new));
	object_given(run, new);
	old = __atomic_exchange_n(at, new, __ATOMIC_ACQ_REL);
	if (f && f->type == address(&vm_type_cpumask))
		cpumask_taken(run, old);
	else
		object_taken(run, old);
	return old;
}

HELPER(kptr_xchg)
{
	const struct map_field *f = NULL;
	uint64_t *at;

	if (!is_checked(run) || run->world->verified || !object_guarded(run)) {
		at = helper_struct(run, r1, sizeof(*at), true);
		return at && helper_trusted(run, r1) ? xchg(run, at, NULL, r2) : 0;
	}
	f = helper_field(run, r1, 1u << MAP_KPTR_REF | 1u << MAP_KPTR_PERCPU);
	if (may_store(run, f, r2))
		return xchg(run, pointer(r1), f, r2);
	helper_fault(run, f ? r2 : r1, sizeof(*at));
	return 0;
}

/* ---- fields ---- */

static const struct map_field *field_at(const struct map_field *f, uint32_t n, uint64_t offset,
					uint32_t kinds)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (f[i].offset == offset)
			return kinds >> f[i].kind & 1 ? &f[i] : NULL;
	return NULL;
}

const struct map_field *object_field(uint64_t at, uint32_t kinds, void **ret_data)
{
	struct object *o = find_known(at);

	if (!o)
		return NULL;
	*ret_data = o->data;
	return field_at(o->type.field, o->type.fields, at - address(o->data), kinds);
}

const struct map_field *helper_field(struct vm_run *run, uint64_t at, uint32_t kinds)
{
	const struct vm_value *v;
	void *data = NULL;
	size_t i;

	for (i = run->value.n; i-- > 0;) {
		v = &run->value.at[i];
		if (at - v->at < v->map->value_size)
			return field_at(v->map->field, v->map->fields, at - v->at, kinds);
	}
	return helper_owns(run, at, 1, false) ? object_field(at, kinds, &data) : NULL;
}
