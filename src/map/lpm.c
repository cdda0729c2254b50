/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lpm_trie: longest prefix match in a binary trie with compressed paths.
 *
 * A key is its prefix length (u32) and the prefix, most significant bit first. A node holds a prefix;
 * the bit behind it chooses the child, whose prefix extends the node's. A node is real (it has a value)
 * or only joins two children.
 *
 *   P1  Lookups take no lock: a node is complete before it is linked, linked by one store, and what is
 *       unlinked is freed when no open section can have seen it.
 *   P2  A joining node always has both children, except while a real node has just become one.
 *
 * Comparing goes by the first 8 bytes at once, as numbers; longer keys go on byte by byte. A table by
 * the key's first byte lets lookups begin in the middle: it says which node with a prefix of at least
 * 8 bits the path meets first, and which real one with less it has passed by then.
 *
 *   P3  The table is put right under the lock, before nodes that were unlinked are let go of.
 */
#include "map/impl.h"

struct lpm_node {
	struct map_deferred end;
	struct lpm_node *child[2];
	uint64_t bits; /* the data's first 8 bytes as a big-endian number, zeros behind its end */
	uint64_t mask; /* of the bits that are the prefix's */
	uint32_t prefix_len;
	uint32_t
		joins; /* enum: 0 real; no value: it was made so, or has become so while readers look */
	uint8_t data[]; /* all of the key's data, padded to 8 bytes, then the value */
};

enum { REAL, MADE_TO_JOIN, WAS_REAL };
enum { FIRST_BITS = 8, FIRST_BYTES = 1 << FIRST_BITS };

struct lpm {
	struct map map;
	struct lpm_node *root;
	uint32_t lock;
	uint32_t count;                         /* real nodes */
	uint32_t data_size, bits_max, value_at; /* value_at: in data */
	struct {
		struct lpm_node *passed, *next;
	} by_byte[FIRST_BYTES];
};

enum { DATA_MAX = 256 };
/* of struct lpm_trie_node in the kernel, a part of its size limit; 6.14 dropped an rcu_head */
#define KERNEL_NODE_HEADER(kernel) ((kernel) >= ABI_KERNEL(6, 14) ? 24u : 40u)

/* ---- creation ---- */

static int lpm_check(const struct map_attr *a, const struct map_env *env)
{
	if (a->value_size > ALLOC_MAX - DATA_MAX - KERNEL_NODE_HEADER(env->kernel))
		return -EINVAL;
	return attr_check(a, env);
}

static int lpm_alloc(const struct map_attr *a, struct map_env *env, struct map **ret_map)
{
	struct lpm *t = map_new(a, env, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->data_size = a->key_size - 4;
	t->bits_max = t->data_size * 8;
	t->value_at = ALIGN_UP(t->data_size, 8u);
	*ret_map = &t->map;
	return 0;
}

/*
 * Once the trie did not look whether the key is there before it found itself full, nor for NOEXIST and
 * EXIST; and a walk took a prefix for another of the same length. Maintained kernels since 6.1 do.
 */
static bool looks_first(const struct map_env *env)
{
	return env->kernel >= ABI_KERNEL(6, 1);
}

/* ---- nodes ---- */

static uint64_t node_size(const struct lpm *t, bool joins)
{
	return sizeof(struct lpm_node) + t->value_at + (joins ? 0 : t->map.value_size);
}

static uint64_t first_bits(const uint8_t *data, uint32_t size)
{
	uint64_t bits = 0;

	if (size >= 8)
		memcpy(&bits, data, 8);
	else if (size == 4)
		memcpy(&bits, data, 4);
	else
		memcpy(&bits, data, size);
	return __builtin_bswap64(bits);
}

static struct lpm_node *make_node(struct lpm *t, uint32_t prefix_len, const void *data,
				  const void *value)
{
	uint64_t size = node_size(t, !value);
	struct lpm_node *n;

	if (!env_charge(t->map.env, size))
		return NULL;
	n = mem_alloc(size);
	if (!n) {
		env_uncharge(t->map.env, size);
		return NULL;
	}
	n->prefix_len = prefix_len;
	n->joins = value ? REAL : MADE_TO_JOIN;
	n->mask = !prefix_len ? 0 : prefix_len >= 64 ? UINT64_MAX : ~(UINT64_MAX >> prefix_len);
	memcpy(n->data, data, t->data_size);
	n->bits = first_bits(n->data, t->data_size);
	if (value)
		memcpy(n->data + t->value_at, value, t->map.value_size);
	return n;
}

static void node_end(struct map_deferred *d)
{
	mem_free(d);
}

static void drop_node(struct lpm *t, struct lpm_node *n)
{
	if (!n)
		return;
	env_uncharge(t->map.env, node_size(t, n->joins == MADE_TO_JOIN));
	map_defer(&n->end, node_end);
}

static unsigned bit_at(const uint8_t *data, uint32_t i)
{
	return data[i / 8] >> (7 - i % 8) & 1;
}

/* How many bits of the prefix the key and the node share. */
static uint32_t common_length(const struct lpm *t, const struct lpm_node *n, const uint8_t *data,
			      uint32_t prefix_len, uint64_t bits)
{
	uint32_t limit = MIN(n->prefix_len, prefix_len), i;
	uint64_t differ = n->bits ^ bits;

	if (differ)
		return MIN((uint32_t)__builtin_clzll(differ), limit);
	for (i = 8; i < t->data_size && i * 8 < limit; i++)
		if (n->data[i] != data[i])
			return MIN(
				i * 8 + (uint32_t)__builtin_clz((unsigned)(n->data[i] ^ data[i])) -
					24,
				limit);
	return limit;
}

/* ---- the program side ---- */

static uint32_t key_prefix(const void *key)
{
	uint32_t n;

	memcpy(&n, key, 4);
	return n;
}

static inline bool matches(const struct lpm *t, const struct lpm_node *n, const uint8_t *data,
			   uint32_t prefix_len, uint64_t bits)
{
	if (n->prefix_len > prefix_len || (n->bits ^ bits) & n->mask)
		return false;
	return n->prefix_len <= 64 || common_length(t, n, data, prefix_len, bits) == n->prefix_len;
}

static void *lpm_lookup(struct map *m, const void *key)
{
	struct lpm *t = (struct lpm *)m;
	const uint8_t *data = (const uint8_t *)key + 4;
	uint32_t prefix_len = key_prefix(key);
	uint64_t bits = first_bits(data, t->data_size);
	struct lpm_node *n, *found = NULL;

	if (prefix_len > t->bits_max)
		return NULL;
	if (prefix_len >= FIRST_BITS) {
		n = load_acquire(&t->by_byte[data[0]].next);
		found = load_acquire(&t->by_byte[data[0]].passed);
	} else {
		n = load_acquire(&t->root);
	}
	while (n && matches(t, n, data, prefix_len, bits)) {
		if (load(&n->joins) == REAL)
			found = n;
		if (n->prefix_len == t->bits_max)
			break;
		n = load_acquire(&n->child[n->prefix_len < 64 ? bits >> (63 - n->prefix_len) & 1
							      : bit_at(data, n->prefix_len)]);
	}
	return found ? found->data + t->value_at : NULL;
}

/* ---- changing: with the lock held ---- */

static void refresh_byte(struct lpm *t, unsigned byte)
{
	struct lpm_node *n = t->root, *passed = NULL;

	while (n && n->prefix_len < FIRST_BITS) {
		if (((n->bits >> 56) ^ byte) >> (FIRST_BITS - n->prefix_len)) {
			n = NULL;
			break;
		}
		if (n->joins == REAL)
			passed = n;
		n = n->child[byte >> (FIRST_BITS - 1 - n->prefix_len) & 1];
	}
	if (n && n->bits >> 56 != byte)
		n = NULL;
	store_release(&t->by_byte[byte].next, n);
	store_release(&t->by_byte[byte].passed, passed);
}

/* P3, after what is below a prefix has changed. */
static void refresh(struct lpm *t, const uint8_t *data, uint32_t prefix_len)
{
	unsigned span = prefix_len >= FIRST_BITS ? 1 : 1u << (FIRST_BITS - prefix_len);
	unsigned first = data[0] & ~(span - 1), i;

	for (i = 0; i < span; i++)
		refresh_byte(t, first + i);
}

static int count_new(struct lpm *t, uint64_t flags)
{
	if (flags == MAP_EXIST)
		return -ENOENT;
	if (t->count == t->map.max_entries)
		return -ENOSPC;
	t->count++;
	return 0;
}

/* The place of a prefix: where its node is, or what it must displace, is linked from. */
static struct lpm_node **find_place(struct lpm *t, const uint8_t *data, uint32_t prefix_len,
				    uint64_t bits, uint32_t *ret_common)
{
	struct lpm_node **link = &t->root, *n;

	for (; (n = *link); link = &n->child[bit_at(data, n->prefix_len)]) {
		*ret_common = common_length(t, n, data, prefix_len, bits);
		if (n->prefix_len != *ret_common || n->prefix_len == prefix_len ||
		    n->prefix_len == t->bits_max)
			break;
	}
	return link;
}

static int replace_node(struct lpm *t, struct lpm_node **link, struct lpm_node *fresh,
			uint64_t flags, struct lpm_node **ret_gone)
{
	struct lpm_node *n = *link;
	int err = 0;

	if (n->joins)
		err = count_new(t, flags);
	else if (flags == MAP_NOEXIST)
		err = -EEXIST;
	if (err)
		return err;
	fresh->child[0] = n->child[0];
	fresh->child[1] = n->child[1];
	store_release(link, fresh);
	*ret_gone = n;
	return 0;
}

/* The paths part in the middle of the node's prefix: a node that joins the two. */
static int split_node(struct lpm *t, struct lpm_node **link, struct lpm_node *fresh,
		      uint32_t common)
{
	struct lpm_node *n = *link, *join = make_node(t, common, n->data, NULL);
	unsigned bit = bit_at(fresh->data, common);

	if (!join) {
		t->count--;
		return -ENOMEM;
	}
	join->child[bit] = fresh;
	join->child[!bit] = n;
	store_release(link, join);
	return 0;
}

static int insert(struct lpm *t, struct lpm_node *fresh, uint64_t flags, struct lpm_node **ret_gone)
{
	uint32_t common = 0;
	struct lpm_node **link =
		find_place(t, fresh->data, fresh->prefix_len, fresh->bits, &common);
	struct lpm_node *n = *link;
	int err;

	if (n && n->prefix_len == common)
		return replace_node(t, link, fresh, flags, ret_gone);
	err = count_new(t, flags);
	if (err)
		return err;
	if (n && common != fresh->prefix_len)
		return split_node(t, link, fresh, common);
	if (n) /* between the node and what it hung from */
		fresh->child[bit_at(n->data, common)] = n;
	store_release(link, fresh);
	return 0;
}

static int lpm_update(struct map *m, const void *key, const void *value, uint64_t flags)
{
	struct lpm *t = (struct lpm *)m;
	struct lpm_node *fresh, *gone = NULL;
	int err;

	if (flags > MAP_EXIST || key_prefix(key) > t->bits_max)
		return -EINVAL;
	fresh = make_node(t, key_prefix(key), (const uint8_t *)key + 4, value);
	if (!fresh)
		return -ENOMEM;
	lock(&t->lock);
	if (!looks_first(m->env))
		err = t->count == m->max_entries ? -ENOSPC : insert(t, fresh, MAP_ANY, &gone);
	else
		err = insert(t, fresh, flags, &gone);
	if (!err)
		refresh(t, fresh->data, fresh->prefix_len);
	unlock(&t->lock);
	drop_node(t, gone);
	if (err) {
		env_uncharge(m->env, node_size(t, false));
		mem_free(fresh);
	}
	return err;
}

/* With the node goes a parent that only joined it and a sibling. */
static void unlink_node(struct lpm *t, struct lpm_node **link, struct lpm_node **above,
			struct lpm_node *ret_gone[2])
{
	struct lpm_node *n = *link, *parent = above ? *above : NULL;

	t->count--;
	if (n->child[0] && n->child[1]) {
		store(&n->joins, WAS_REAL);
		return;
	}
	if (parent && parent->joins && !n->child[0] && !n->child[1]) {
		store_release(above, parent->child[n == parent->child[0]]);
		ret_gone[1] = parent;
	} else {
		store_release(link, n->child[n->child[0] ? 0 : 1]);
	}
	ret_gone[0] = n;
}

static int lpm_remove(struct map *m, const void *key)
{
	struct lpm *t = (struct lpm *)m;
	const uint8_t *data = (const uint8_t *)key + 4;
	uint32_t prefix_len = key_prefix(key), common = 0;
	uint64_t bits = first_bits(data, t->data_size);
	struct lpm_node **link, **above = NULL, *n, *gone[2] = {NULL};
	int err = -ENOENT;

	if (prefix_len > t->bits_max)
		return -EINVAL;
	lock(&t->lock);
	for (link = &t->root; (n = *link); link = &n->child[bit_at(data, n->prefix_len)]) {
		common = common_length(t, n, data, prefix_len, bits);
		if (n->prefix_len != common || n->prefix_len == prefix_len)
			break;
		above = link;
	}
	if (n && n->prefix_len == prefix_len && common == prefix_len && !n->joins) {
		unlink_node(t, link, above, gone);
		refresh(t, data, prefix_len);
		err = 0;
	}
	unlock(&t->lock);
	drop_node(t, gone[0]);
	drop_node(t, gone[1]);
	return err;
}

/* ---- the user side ---- */

/* The first real node of a subtree in the order of the walk: children before parents, 0 before 1. */
static struct lpm_node *leftmost(struct lpm_node *n)
{
	struct lpm_node *found = NULL;

	while (n) {
		if (!n->joins)
			found = n;
		n = n->child[0] || n->joins ? n->child[0] : n->child[1];
	}
	return found;
}

/*
 * The node behind the key's: walking down to it, each real node passed comes after what is below it,
 * and a second child comes after the first. NULL: it was the last; *ret_known: whether it is there.
 */
static struct lpm_node *successor(struct lpm *t, const void *key, bool *ret_known)
{
	const uint8_t *data = (const uint8_t *)key + 4;
	uint32_t prefix_len = key_prefix(key), common = 0;
	uint64_t bits = first_bits(data, t->data_size);
	struct lpm_node *n, *next = NULL, *down;
	unsigned bit;

	for (n = t->root; n; n = down) {
		common = common_length(t, n, data, prefix_len, bits);
		if (n->prefix_len != common || n->prefix_len == prefix_len)
			break;
		bit = bit_at(data, n->prefix_len);
		down = n->child[bit];
		if (!bit && n->child[1])
			next = leftmost(n->child[1]);
		else if (!n->joins)
			next = n;
	}
	*ret_known = n && n->prefix_len == prefix_len && !n->joins &&
		     (common == prefix_len || !looks_first(t->map.env));
	return next;
}

static int lpm_next(struct map *m, const void *key, void *ret_next)
{
	struct lpm *t = (struct lpm *)m;
	struct lpm_node *n = NULL;
	bool known = false;

	lock(&t->lock);
	if (key && key_prefix(key) <= t->bits_max)
		n = successor(t, key, &known);
	if (!known)
		n = leftmost(t->root);
	if (n) {
		memcpy(ret_next, &n->prefix_len, 4);
		memcpy((char *)ret_next + 4, n->data, t->data_size);
	}
	unlock(&t->lock);
	return n ? 0 : -ENOENT;
}

static void lpm_free(struct map *m)
{
	struct lpm *t = (struct lpm *)m;
	struct lpm_node *n, *child;

	/* without recursion: child 0 is hung where child 1's chain ends */
	for (n = t->root; n; n = child) {
		struct lpm_node *end = n;

		while (end->child[1])
			end = end->child[1];
		end->child[1] = n->child[0];
		child = n->child[1];
		env_uncharge(m->env, node_size(t, n->joins == MADE_TO_JOIN));
		mem_free(n);
	}
	map_done(m, sizeof(*t));
}

static uint64_t lpm_memory(const struct map *m)
{
	const struct lpm *t = (const struct lpm *)m;

	return sizeof(*t) + node_size(t, false) * load(&t->count);
}

const struct map_ops map_ops_lpm_trie = {
	.check = lpm_check,
	.alloc = lpm_alloc,
	.free = lpm_free,
	.memory = lpm_memory,
	.same_shape = shape_equal,
	.lookup = lpm_lookup,
	.update = lpm_update,
	.remove = lpm_remove,
	.next = lpm_next,
};
