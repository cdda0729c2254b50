/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs that allocate objects, and link them into lists and trees of map values and of .data. What each
 * returns is made of the order in which it found them. Those of SEC("?tc") are what a verifier refuses.
 */
#include "../obj/bpf.h"

struct bpf_spin_lock { u32 val; };
struct bpf_list_head { u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_list_node { u64 opaque[3]; } __attribute__((aligned(8)));
struct bpf_rb_root { u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_rb_node { u64 opaque[4]; } __attribute__((aligned(8)));
struct bpf_refcount { u32 opaque; } __attribute__((aligned(4)));

void *bpf_obj_new_impl(u64 type, void *meta) __ksym;
void bpf_obj_drop_impl(void *object, void *meta) __ksym;
void *bpf_percpu_obj_new_impl(u64 type, void *meta) __ksym;
void bpf_percpu_obj_drop_impl(void *object, void *meta) __ksym;
void *bpf_refcount_acquire_impl(void *object, void *meta) __ksym;
int bpf_list_push_front_impl(struct bpf_list_head *h, struct bpf_list_node *n, void *meta, u64 off) __ksym;
int bpf_list_push_back_impl(struct bpf_list_head *h, struct bpf_list_node *n, void *meta, u64 off) __ksym;
struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *h) __ksym;
struct bpf_list_node *bpf_list_pop_back(struct bpf_list_head *h) __ksym;
struct bpf_list_node *bpf_list_front(struct bpf_list_head *h) __ksym;
int bpf_rbtree_add_impl(struct bpf_rb_root *r, struct bpf_rb_node *n,
			bool (*less)(struct bpf_rb_node *, const struct bpf_rb_node *), void *meta, u64 off) __ksym;
struct bpf_rb_node *bpf_rbtree_first(struct bpf_rb_root *r) __ksym;
struct bpf_rb_node *bpf_rbtree_remove(struct bpf_rb_root *r, struct bpf_rb_node *n) __ksym;
void bpf_rcu_read_lock(void) __ksym;
void bpf_rcu_read_unlock(void) __ksym;
struct bpf_cpumask { u32 refs; };
struct bpf_cpumask *bpf_cpumask_create(void) __ksym;
void bpf_cpumask_release(struct bpf_cpumask *m) __ksym;

static long (*const lock)(struct bpf_spin_lock *l) = (void *)93;
static long (*const unlock)(struct bpf_spin_lock *l) = (void *)94;
static void *(*const xchg)(void *at, void *object) = (void *)194;
static void *(*const this_cpu)(const void *object) = (void *)154;

#define new(T) ((T *)bpf_obj_new_impl(__builtin_btf_type_id(*(T *)0, 0), NULL))
#define drop(p) bpf_obj_drop_impl(p, NULL)
#define push_front(h, n) bpf_list_push_front_impl(h, n, NULL, 0)
#define push_back(h, n) bpf_list_push_back_impl(h, n, NULL, 0)
#define of(node, T, member) ((T *)((char *)(node) - __builtin_offsetof(T, member)))
#define __contains(type, node) __tag("contains:" #type ":" #node)
#define __kptr __attribute__((btf_type_tag("kptr")))
#define __percpu_kptr __attribute__((btf_type_tag("percpu_kptr")))
#define PRIVATE static SEC(".data.graph") __hidden __attribute__((aligned(8)))

struct item {
	u64 key;
	struct bpf_list_node link;
	u32 word, more;
	u64 last;
};

struct leaf {
	u64 key;
	u32 word;
	struct bpf_rb_node in_tree;
};

struct shared {
	struct bpf_rb_node in_tree;
	u64 key;
	struct bpf_list_node link;
	struct bpf_refcount refs;
};

struct plain { u64 a, b; };
struct holder { struct plain __kptr *p; u64 n; };
struct counter { u64 n, m; };

struct value {
	u64 before;
	struct bpf_spin_lock lock;
	struct bpf_list_head head __contains(item, link);
	u64 after;
};
struct {
	__uint(type, MAP_ARRAY); __uint(max_entries, 3);
	__type(key, u32); __type(value, struct value);
} lists SEC(".maps");
struct kept {
	u64 n;
	struct plain __kptr *plain;
	struct holder __kptr *holder;
	struct counter __percpu_kptr *counter;
	struct bpf_cpumask __kptr *mask;
};
struct {
	__uint(type, MAP_ARRAY); __uint(max_entries, 2);
	__type(key, u32); __type(value, struct kept);
} keep SEC(".maps");
struct {
	__uint(type, MAP_HASH); __uint(max_entries, 4);
	__type(key, u32); __type(value, struct kept);
} hashed SEC(".maps");

PRIVATE struct bpf_spin_lock guard;
PRIVATE struct bpf_list_head list __contains(item, link);
PRIVATE struct bpf_rb_root tree __contains(leaf, in_tree);
struct both {
	struct bpf_spin_lock lock;
	struct bpf_list_head list __contains(shared, link);
	struct bpf_rb_root tree __contains(shared, in_tree);
};
struct {
	__uint(type, MAP_ARRAY); __uint(max_entries, 1);
	__type(key, u32); __type(value, struct both);
} both SEC(".maps");

static inline __attribute__((always_inline)) u32 fold(u32 sum, u64 v)
{
	return sum * 31 + (u32)v;
}

SEC("tc") int list_data(void *ctx)
{
	struct bpf_list_node *n;
	struct item *item;
	u32 i, sum = 1;

	for (i = 0; i < 12; i++) {
		item = new(struct item);
		if (!item)
			return -1;
		item->key = i;
		item->word = i * 3;
		lock(&guard);
		if (i % 3)
			push_back(&list, &item->link);
		else
			push_front(&list, &item->link);
		unlock(&guard);
	}
	for (i = 0; i < 13; i++) {
		lock(&guard);
		n = i % 2 ? bpf_list_pop_back(&list) : bpf_list_pop_front(&list);
		unlock(&guard);
		if (!n)
			return (int)fold(sum, i);
		item = of(n, struct item, link);
		sum = fold(sum, item->key + item->word);
		drop(item);
	}
	return -2;
}

/* What was pushed stays: the next run goes on, and the map is freed with some in it. */
SEC("tc") int list_value(void *ctx)
{
	struct bpf_list_node *n;
	struct item *item;
	struct value *v;
	u32 i, key, sum = 7;

	for (i = 0; i < 9; i++) {
		key = i % 3;
		v = map_lookup(&lists, &key);
		if (!v)
			return -1;
		item = new(struct item);
		if (!item)
			return -2;
		item->key = v->before++ * 10 + key;
		v->after = i;
		lock(&v->lock);
		push_back(&v->head, &item->link);
		unlock(&v->lock);
	}
	for (i = 0; i < 2; i++) {
		key = i;
		v = map_lookup(&lists, &key);
		if (!v)
			return -3;
		lock(&v->lock);
		n = bpf_list_pop_front(&v->head);
		unlock(&v->lock);
		if (!n)
			return -4;
		item = of(n, struct item, link);
		sum = fold(sum, item->key + v->after);
		drop(item);
	}
	return (int)sum;
}

static bool less(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return of(a, struct leaf, in_tree)->key < of(b, struct leaf, in_tree)->key;
}

SEC("tc") int tree_order(void *ctx)
{
	struct bpf_rb_node *n;
	struct leaf *leaf;
	u32 i, sum = 3;

	for (i = 0; i < 16; i++) {
		leaf = new(struct leaf);
		if (!leaf)
			return -1;
		leaf->key = i * 7 % 13;
		leaf->word = i;
		lock(&guard);
		bpf_rbtree_add_impl(&tree, &leaf->in_tree, less, NULL, 0);
		unlock(&guard);
	}
	for (i = 0; i < 14; i++) { /* two stay */
		lock(&guard);
		n = bpf_rbtree_first(&tree);
		if (!n) {
			unlock(&guard);
			return -2;
		}
		n = bpf_rbtree_remove(&tree, n);
		unlock(&guard);
		if (!n)
			return -3;
		leaf = of(n, struct leaf, in_tree);
		sum = fold(sum, leaf->key * 100 + leaf->word);
		drop(leaf);
	}
	return (int)sum;
}

static bool shared_less(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return of(a, struct shared, in_tree)->key < of(b, struct shared, in_tree)->key;
}

SEC("tc") int two_owners(void *ctx)
{
	struct shared *s, *other;
	struct bpf_list_node *l;
	struct bpf_rb_node *r;
	struct both *b;
	u32 i, sum = 5, zero = 0;

	b = map_lookup(&both, &zero);
	if (!b)
		return -1;
	for (i = 0; i < 8; i++) {
		s = new(struct shared);
		if (!s)
			return -2;
		s->key = i * 5 % 8;
		other = bpf_refcount_acquire_impl(s, NULL);
		if (!other) {
			drop(s);
			return -3;
		}
		lock(&b->lock);
		push_front(&b->list, &s->link);
		bpf_rbtree_add_impl(&b->tree, &other->in_tree, shared_less, NULL, 0);
		unlock(&b->lock);
	}
	for (i = 0; i < 6; i++) {
		lock(&b->lock);
		l = bpf_list_pop_front(&b->list);
		unlock(&b->lock);
		if (!l)
			return -4;
		s = of(l, struct shared, link);
		s->key += 1000;
		sum = fold(sum, s->key);
		drop(s);
		lock(&b->lock);
		r = bpf_rbtree_first(&b->tree);
		if (!r) {
			unlock(&b->lock);
			return -5;
		}
		r = bpf_rbtree_remove(&b->tree, r);
		unlock(&b->lock);
		if (!r)
			return -6;
		other = of(r, struct shared, in_tree);
		sum = fold(sum, other->key);
		drop(other);
	}
	return (int)sum;
}

static inline __attribute__((always_inline)) int keep_in(struct kept *k)
{
	struct plain *p, *old;
	struct holder *h;

	p = new(struct plain);
	if (!p)
		return -1;
	p->a = ++k->n;
	old = xchg(&k->plain, p);
	if (old) {
		k->n += old->a * 10;
		drop(old);
	}
	h = new(struct holder);
	if (!h)
		return -2;
	h->n = k->n;
	p = new(struct plain);
	if (p) {
		p = xchg(&h->p, p);
		if (p)
			drop(p);
	}
	h = xchg(&k->holder, h);
	if (h) {
		k->n += h->n;
		drop(h);
	}
	return (int)k->n;
}

SEC("tc") int pointers(void *ctx)
{
	struct kept *k, empty = {};
	u32 key = 1;
	int sum;

	k = map_lookup(&keep, &key);
	if (!k)
		return -10;
	sum = keep_in(k);
	map_update(&hashed, &key, &empty, 1);
	k = map_lookup(&hashed, &key);
	return k ? sum * 31 + keep_in(k) : -11;
}

SEC("syscall") int masks(void *ctx)
{
	struct bpf_cpumask *m;
	struct kept *k;
	u32 key = 0;
	int had;

	k = map_lookup(&keep, &key);
	m = k ? bpf_cpumask_create() : NULL;
	if (!m)
		return -1;
	m = xchg(&k->mask, m);
	had = m != NULL;
	if (m)
		bpf_cpumask_release(m);
	return had;
}

SEC("tc") int of_each_cpu(void *ctx)
{
	struct counter __percpu_kptr *c;
	struct counter *mine;
	struct kept *k;
	u32 key = 0;
	int sum = -3;

	k = map_lookup(&keep, &key);
	if (!k)
		return -1;
	c = bpf_percpu_obj_new_impl(__builtin_btf_type_id(*(struct counter *)0, 0), NULL);
	if (!c)
		return -2;
	c = xchg(&k->counter, c);
	if (c)
		bpf_percpu_obj_drop_impl(c, NULL);
	bpf_rcu_read_lock();
	c = k->counter;
	if (c) {
		mine = this_cpu(c);
		mine->m = ++k->n;
		mine = this_cpu(c);
		sum = (int)mine->m;
	}
	bpf_rcu_read_unlock();
	return sum;
}

/* ---- what is wrong ---- */

SEC("?tc") int bad_head(void *ctx)
{
	u32 key = 0;
	struct value *v = map_lookup(&lists, &key);

	if (v)
		v->head.opaque[0] = (u64)v;
	return 0;
}

SEC("?tc") int bad_node(void *ctx)
{
	struct item *item = new(struct item);

	if (item) {
		item->link.opaque[0] = 8;
		drop(item);
	}
	return 0;
}

SEC("?tc") int bad_twice(void *ctx)
{
	struct item *item = new(struct item);

	if (item) {
		drop(item);
		drop(item);
	}
	return 0;
}

SEC("?tc") int bad_push(void *ctx)
{
	struct item *item = new(struct item);

	if (item) {
		push_back(&list, (void *)&item->last);
		drop(item);
	}
	return 0;
}

SEC("?tc") int bad_place(void *ctx)
{
	struct item *item = new(struct item);
	u32 key = 0;
	struct value *v = map_lookup(&lists, &key);

	if (item && v)
		push_back((void *)&v->before, &item->link);
	return 0;
}

SEC("?tc") int bad_pointer(void *ctx)
{
	u32 key = 0;
	struct kept *k = map_lookup(&keep, &key);

	if (k)
		xchg(&k->plain, k);
	return 0;
}

static bool bad_less(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	bpf_rbtree_remove(&tree, (void *)b);
	return true;
}

SEC("?tc") int bad_tree(void *ctx)
{
	struct leaf *leaf;
	u32 i;

	for (i = 0; i < 2; i++) {
		leaf = new(struct leaf);
		if (leaf)
			bpf_rbtree_add_impl(&tree, &leaf->in_tree, bad_less, NULL, 0);
	}
	return 0;
}

SEC("?tc") int bad_type(void *ctx)
{
	return bpf_obj_new_impl(12345678, NULL) != NULL;
}

LICENSE;
