/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Elements of maps. The map's own user side makes the checks again; those that come before the
 * caller's memory is looked at are made here first, so that of several faults the first is answered.
 */
#include "engine/impl.h"

enum { SMALL = 512, BATCH_MAX = 1 << 28, PART = 1 << 18 };

/* A key or value: small ones on the stack. */
struct bytes {
	uint8_t small[SMALL];
	uint8_t *at;
};

static int bytes_init(struct bytes *b, size_t n)
{
	b->at = n <= SMALL ? b->small : mem_alloc(n);
	return b->at ? 0 : -ENOMEM;
}

static void bytes_done(struct bytes *b)
{
	if (b->at != b->small)
		mem_free(b->at);
}

struct elem {
	struct call *c;
	struct object *o;
	struct map *map;
	unsigned may;
	struct bytes key, value;
	size_t value_size;
};

static int elem_init(struct elem *x, struct call *c, uint32_t fd)
{
	int err = object_by_fd(c->e, ENGINE_MAP, (int)fd, &x->o, &x->may);

	if (err)
		return err;
	x->c = c;
	x->map = to_map(x->o)->map;
	x->value_size = map_user_value_size(x->map);
	x->key.at = x->key.small;
	x->value.at = x->value.small;
	return 0;
}

static int elem_done(struct elem *x, int err)
{
	bytes_done(&x->key);
	bytes_done(&x->value);
	object_put(x->o);
	return err;
}

static bool is_allowed(const struct elem *x, unsigned want)
{
	unsigned may = x->may;

	if (__atomic_load_n(&x->map->frozen, __ATOMIC_RELAXED))
		may &= ~(unsigned)MAP_MAY_WRITE;
	return (may & want) == want;
}

static bool lacks_lock(const struct elem *x, uint64_t flags)
{
	return flags & MAP_LOCK && !(x->map->field_kinds >> MAP_SPIN_LOCK & 1);
}

/* kernel: ___bpf_copy_key() */
static int take_key(struct elem *x)
{
	uint64_t key = x->c->a->elem.key;
	int err;

	if (!x->map->key_size)
		return key ? -EINVAL : 0;
	err = bytes_init(&x->key, x->map->key_size);
	return err ? err : user_in(x->c->e, x->key.at, key, x->map->key_size);
}

static const void *key_of(const struct elem *x)
{
	return x->map->key_size ? x->key.at : NULL;
}

int command_elem_lookup(struct call *c)
{
	uint64_t flags = c->a->elem.flags;
	struct elem x;
	int err;

	if (c->e->engine.kernel < ABI_KERNEL(7, 0) && flags & ~(uint64_t)MAP_LOCK)
		return -EINVAL;
	err = elem_init(&x, c, c->a->elem.map_fd);
	if (err)
		return err;
	if (!is_allowed(&x, MAP_MAY_READ))
		return elem_done(&x, -EPERM);
	if (lacks_lock(&x, flags))
		return elem_done(&x, -EINVAL);
	err = take_key(&x);
	if (!err)
		err = bytes_init(&x.value, x.value_size);
	if (!err && x.map->type == MAP_TYPE_BLOOM_FILTER)
		err = user_in(c->e, x.value.at, c->a->elem.value, x.value_size);
	if (!err)
		err = map_user_lookup(x.map, x.may, key_of(&x), x.value.at, flags);
	if (!err)
		err = user_out(c->e, c->a->elem.value, x.value.at, x.value_size);
	return elem_done(&x, err);
}

int command_elem_update(struct call *c)
{
	struct elem x;
	int err = elem_init(&x, c, c->a->elem.map_fd);

	if (err)
		return err;
	if (!is_allowed(&x, MAP_MAY_WRITE))
		return elem_done(&x, -EPERM);
	if (lacks_lock(&x, c->a->elem.flags))
		return elem_done(&x, -EINVAL);
	err = take_key(&x);
	if (!err)
		err = bytes_init(&x.value, x.value_size);
	if (!err)
		err = user_in(c->e, x.value.at, c->a->elem.value, x.value_size);
	if (!err)
		err = map_user_update(x.map, x.may, key_of(&x), x.value.at, c->a->elem.flags);
	return elem_done(&x, err);
}

int command_elem_delete(struct call *c)
{
	struct elem x;
	int err = elem_init(&x, c, c->a->elem.map_fd);

	if (err)
		return err;
	if (!is_allowed(&x, MAP_MAY_WRITE))
		return elem_done(&x, -EPERM);
	err = take_key(&x);
	if (!err)
		err = map_user_delete(x.map, x.may, key_of(&x));
	return elem_done(&x, err);
}

int command_elem_next(struct call *c)
{
	struct elem x;
	int err = elem_init(&x, c, c->a->elem.map_fd);

	if (err)
		return err;
	if (!is_allowed(&x, MAP_MAY_READ))
		return elem_done(&x, -EPERM);
	if (c->a->elem.key)
		err = take_key(&x);
	if (!err)
		err = bytes_init(&x.value, x.map->key_size);
	if (!err)
		err = map_user_next_key(x.map, x.may, c->a->elem.key ? x.key.at : NULL, x.value.at);
	if (!err)
		err = user_out(c->e, c->a->elem.next_key, x.value.at, x.map->key_size);
	return elem_done(&x, err);
}

int command_elem_take(struct call *c)
{
	uint64_t flags = c->a->elem.flags;
	struct elem x;
	int err;

	if (flags & ~(uint64_t)MAP_LOCK)
		return -EINVAL;
	err = elem_init(&x, c, c->a->elem.map_fd);
	if (err)
		return err;
	if (!is_allowed(&x, MAP_MAY_ALL))
		return elem_done(&x, -EPERM);
	if ((flags && (x.map->type == MAP_TYPE_QUEUE || x.map->type == MAP_TYPE_STACK)) ||
	    lacks_lock(&x, flags))
		return elem_done(&x, -EINVAL);
	err = take_key(&x);
	if (!err)
		err = bytes_init(&x.value, x.value_size);
	if (!err)
		err = map_user_take(x.map, x.may, key_of(&x), x.value.at, flags);
	if (!err)
		err = user_out(c->e, c->a->elem.value, x.value.at, x.value_size);
	return elem_done(&x, err);
}

/* ---- batches ---- */

struct batch {
	struct elem x;
	enum map_batch_op op;
	uint32_t room; /* elements the buffers have room for, or were given */
	size_t in_size;
	uint8_t *keys, *values; /* owned */
	struct map_batch b;
};

static bool is_write(enum map_batch_op op)
{
	return op == MAP_BATCH_UPDATE || op == MAP_BATCH_DELETE;
}

/* Of hash tables, where to go on is a number, and always told. */
static bool counts_buckets(const struct map *m)
{
	switch (m->type) {
	case MAP_TYPE_HASH:
	case MAP_TYPE_PERCPU_HASH:
	case MAP_TYPE_LRU_HASH:
	case MAP_TYPE_LRU_PERCPU_HASH:
	case MAP_TYPE_HASH_OF_MAPS:
		return true;
	default:
		return false;
	}
}

/* Nothing has more elements than a map; hash tables may have a few more than they say. */
static int batch_buffers(struct batch *t, uint32_t count)
{
	const struct map *m = t->x.map;
	uint64_t most = (uint64_t)m->max_entries + m->cpus * UINT64_C(64);
	uint64_t each = m->key_size + t->x.value_size;

	if (is_write(t->op))
		most = MAX(PART / MAX(each, 1), 1); /* and then the next ones */
	t->room = (uint32_t)MIN((uint64_t)count, most);
	if (t->room * each > BATCH_MAX)
		return -ENOMEM;
	t->keys = mem_alloc_array(t->room, MAX(m->key_size, 1));
	t->values = mem_alloc_array(t->room, MAX(t->x.value_size, 1));
	return t->room && (!t->keys || !t->values) ? -ENOMEM : 0;
}

/* ---- in ---- */

/* As many whole keys (and values) as the caller's memory really has, from the one that is next. */
static uint32_t batch_take(struct batch *t, uint32_t done, uint32_t n)
{
	const struct embedded *e = t->x.c->e;
	const union engine_attr *a = t->x.c->a;
	size_t key = t->x.map->key_size, value = t->x.value_size, got;

	got = user_in_some(e, t->keys, a->batch.keys + done * (uint64_t)key, n * key) / MAX(key, 1);
	n = (uint32_t)MIN(got, n);
	if (t->op != MAP_BATCH_UPDATE)
		return n;
	got = user_in_some(e, t->values, a->batch.values + done * (uint64_t)value, n * value);
	return (uint32_t)MIN(got / MAX(value, 1), n);
}

/* Part by part; -EFAULT where the memory ends before the elements do. */
static int batch_write(struct batch *t)
{
	const union engine_attr *a = t->x.c->a;
	uint32_t count = a->batch.count, done = 0, n, got;
	int err = 0;

	do {
		n = MIN(count - done, t->room);
		got = batch_take(t, done, n);
		t->b = (struct map_batch){.keys = t->keys,
					  .values = t->values,
					  .count = got,
					  .elem_flags = a->batch.elem_flags,
					  .flags = a->batch.flags};
		err = map_user_batch(t->x.map, t->x.may, t->op, &t->b);
		if (err && t->b.count == got && !done)
			return err; /* refused before it began: the count stays */
		done += err ? MIN(t->b.count, got) : got;
		if (!err && got < n)
			err = -EFAULT;
	} while (!err && done < count);
	if (count && call_answer(t->x.c, batch.count, done))
		return -EFAULT;
	return err;
}

/* ---- out ---- */

static int batch_give(struct batch *t, int err)
{
	const struct embedded *e = t->x.c->e;
	const union engine_attr *a = t->x.c->a;
	uint32_t n = t->b.count;

	if (err && err != -ENOENT)
		n = 0;
	if (user_out(e, a->batch.keys, t->keys, n * (size_t)t->x.map->key_size) ||
	    user_out(e, a->batch.values, t->values, n * t->x.value_size))
		return -EFAULT;
	if ((!err || err == -ENOENT) && (n || counts_buckets(t->x.map)) &&
	    user_out(e, a->batch.out_batch, t->b.out, t->in_size))
		return -EFAULT;
	/* what was refused before it began leaves the count alone */
	if ((!err || t->b.count != t->room) && call_answer(t->x.c, batch.count, t->b.count))
		return -EFAULT;
	return err;
}

static int batch_read(struct batch *t, uint8_t *in, uint8_t *out)
{
	const union engine_attr *a = t->x.c->a;
	int err;

	t->b = (struct map_batch){.out = out,
				  .keys = t->keys,
				  .values = t->values,
				  .count = t->room,
				  .elem_flags = a->batch.elem_flags,
				  .flags = a->batch.flags};
	if (a->batch.in_batch && t->room) {
		if (user_in(t->x.c->e, in, a->batch.in_batch, t->in_size)) {
			t->b.count = 0; /* only what is wrong before that */
			err = map_user_batch(t->x.map, t->x.may, t->op, &t->b);
			return err ? err : -EFAULT;
		}
		t->b.in = in;
	}
	err = map_user_batch(t->x.map, t->x.may, t->op, &t->b);
	return t->room ? batch_give(t, err) : err;
}

static int batch_run(struct batch *t)
{
	struct bytes in, out;
	int err = batch_buffers(t, t->x.c->a->batch.count);

	if (err)
		return err;
	if (is_write(t->op))
		return batch_write(t);
	err = bytes_init(&in, t->in_size);
	if (err)
		return err;
	err = bytes_init(&out, t->in_size);
	if (!err) {
		err = batch_read(t, in.at, out.at);
		bytes_done(&out);
	}
	bytes_done(&in);
	return err;
}

static enum map_batch_op op_of(uint32_t cmd)
{
	switch (cmd) {
	case ABI_CMD_MAP_LOOKUP_BATCH:
		return MAP_BATCH_LOOKUP;
	case ABI_CMD_MAP_LOOKUP_AND_DELETE_BATCH:
		return MAP_BATCH_TAKE;
	case ABI_CMD_MAP_UPDATE_BATCH:
		return MAP_BATCH_UPDATE;
	default:
		return MAP_BATCH_DELETE;
	}
}

static uint32_t can_of(enum map_batch_op op)
{
	switch (op) {
	case MAP_BATCH_LOOKUP:
		return ABI_OP_BATCH_LOOKUP;
	case MAP_BATCH_TAKE:
		return ABI_OP_BATCH_TAKE;
	case MAP_BATCH_UPDATE:
		return ABI_OP_BATCH_UPDATE;
	case MAP_BATCH_DELETE:
		return ABI_OP_BATCH_DELETE;
	}
	bug("batch %d", op);
}

int command_elem_batch(struct call *c)
{
	struct batch t = {.op = op_of(c->cmd)};
	unsigned want = t.op == MAP_BATCH_LOOKUP ? MAP_MAY_READ
			: t.op == MAP_BATCH_TAKE ? MAP_MAY_ALL
						 : MAP_MAY_WRITE;
	int err = elem_init(&t.x, c, c->a->batch.map_fd);

	if (err)
		return err;
	if (!is_allowed(&t.x, want))
		return elem_done(&t.x, -EPERM);
	if (!(t.x.map->can & can_of(t.op)))
		return elem_done(&t.x, -ENOTSUPP);
	t.in_size = counts_buckets(t.x.map) ? sizeof(uint32_t) : t.x.map->key_size;
	err = batch_run(&t);
	mem_free(t.keys);
	mem_free(t.values);
	return elem_done(&t.x, err);
}
