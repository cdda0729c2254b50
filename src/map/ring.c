/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ringbuf and user_ringbuf, in the kernel's memory layout, so that consumers written for it (libbpf)
 * can map and read them:
 *
 *	page 0		struct ring: not part of the memfd, never mapped by user space
 *	page 1		consumer position
 *	page 2		producer position, then pending and overwrite position
 *	page 3...	data, and once more the same data behind it: records never wrap around
 *
 * A record is a header of two words - length with the busy and the discard bit, distance to page 0 in
 * pages - and its bytes, rounded up to 8. From a record's address alone one gets back to page 0.
 *
 *   R1  Positions only grow; the low bits say where in the data they point.
 *   R2  The pending position never passes a record that is still being written, nor does the producer
 *       get a whole ring ahead of it: a busy record is never overwritten.
 *   R3  What user space can write is never trusted: in a ringbuf the consumer position, which only
 *       bounds the space; in a user_ringbuf the producer position and all records, which are checked.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "map/impl.h"

enum { HEADER = 8, META_PAGES = 2, SAMPLES_MAX = 128 * 1024, DYNPTR_MAX = (1 << 24) - 1 };
#define BUSY       (1u << 31)
#define DISCARD    (1u << 30)
#define RECORD_MAX (UINT32_MAX / 4)

struct ring { /* page 0 */
	struct map *map;
	uint64_t mask;
	uint32_t busy; /* somebody drains this user ring */
	bool overwrite;
	_Alignas(64) uint32_t lock; /* of the producers */
	_Alignas(MAP_PAGE) uint64_t consumer;
	_Alignas(MAP_PAGE) uint64_t producer;
	uint64_t pending, overwritten;
	_Alignas(MAP_PAGE) uint8_t data[];
};

struct header {
	uint32_t len, page;
};

struct ring_map {
	struct map map;
	struct ring *ring; /* owned, ring_bytes() of address space */
	int fd;            /* owned: pages 1 and on, the data once */
};

/* ---- memory ---- */

static uint64_t ring_bytes(const struct map *m)
{
	return sizeof(struct ring) + UINT64_C(2) * m->max_entries;
}

static uint64_t file_bytes(const struct map *m)
{
	return META_PAGES * (uint64_t)MAP_PAGE + m->max_entries;
}

/*
 * The pages of the map from `off` (0: the consumer's) at `addr`, where there is room: the data's second
 * appearance is the first again.
 */
static int place(const struct ring_map *r, uint8_t *addr, uint64_t off, uint64_t len, int prot)
{
	uint64_t end = file_bytes(&r->map), part;

	for (; len; addr += part, off += part, len -= part) {
		uint64_t at = off < end ? off : off - r->map.max_entries;

		part = MIN(len, end - at);
		if (mmap(addr, part, prot, MAP_SHARED | MAP_FIXED, r->fd, (off_t)at) == MAP_FAILED)
			return -errno;
	}
	return 0;
}

static int ring_memory(struct ring_map *r)
{
	uint64_t bytes = ring_bytes(&r->map);
	uint8_t *p;

	r->fd = memfd_create("skep-ring", MFD_CLOEXEC);
	if (r->fd < 0 || ftruncate(r->fd, (off_t)file_bytes(&r->map)) < 0)
		return -ENOMEM;
	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		 -1, 0);
	if (p == MAP_FAILED)
		return -ENOMEM;
	r->ring = (struct ring *)p;
	return place(r, p + MAP_PAGE, 0, bytes - MAP_PAGE, PROT_READ | PROT_WRITE) ? -ENOMEM : 0;
}

static void ring_free(struct map *m)
{
	struct ring_map *r = (struct ring_map *)m;

	if (r->ring)
		munmap(r->ring, ring_bytes(m));
	if (r->fd >= 0)
		close(r->fd);
	env_uncharge(m->env, file_bytes(m));
	map_done(m, sizeof(*r));
}

static int ring_alloc(const struct map_attr *a, struct map_env *env, struct map **ret_map)
{
	struct ring_map *r = map_new(a, env, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	if (!env_charge(env, file_bytes(&r->map))) {
		map_done(&r->map, sizeof(*r));
		return -ENOMEM;
	}
	err = ring_memory(r);
	if (err) {
		ring_free(&r->map);
		return err;
	}
	r->ring->map = &r->map;
	r->ring->mask = a->max_entries - 1;
	r->ring->overwrite = a->flags & MAP_F_RB_OVERWRITE;
	*ret_map = &r->map;
	return 0;
}

static struct ring *ring_of(struct map *m)
{
	return ((struct ring_map *)m)->ring;
}

static uint64_t ring_memory_use(const struct map *m)
{
	return sizeof(struct ring_map) + MAP_PAGE + file_bytes(m);
}

static int ring_map_memory(struct map *m, void *addr, size_t len, int prot, int flags, uint64_t off,
			   void **ret_addr)
{
	bool user = m->type == MAP_TYPE_USER_RINGBUF;
	void *p;
	int err;

	(void)flags;
	if (prot & PROT_WRITE && (user ? off == 0 : off != 0 || len != MAP_PAGE))
		return -EPERM;
	if (off + len < off || off + len > ring_bytes(m) - MAP_PAGE)
		return -EINVAL;
	/* the room first, so that half a mapping never shows up elsewhere */
	p = mmap(addr, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | (addr ? MAP_FIXED : 0), -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	err = place((struct ring_map *)m, p, off, len, prot);
	if (err)
		munmap(p, len);
	else
		*ret_addr = p;
	return err;
}

/* ---- producing ---- */

static uint32_t record_size(uint32_t len)
{
	return ALIGN_UP((len & ~(BUSY | DISCARD)) + HEADER, 8u);
}

static struct header *header_at(struct ring *r, uint64_t pos)
{
	return (struct header *)(r->data + (pos & r->mask));
}

/* R2: past all records that are done. */
static uint64_t advance_pending(struct ring *r, uint64_t producer)
{
	uint64_t pos = r->pending;
	uint32_t len;

	while (pos < producer) {
		len = load_acquire(&header_at(r, pos)->len);
		if (len & BUSY)
			break;
		pos += record_size(len);
	}
	r->pending = pos;
	return pos;
}

static void advance_overwritten(struct ring *r, uint64_t producer)
{
	uint64_t pos = r->overwritten;

	while (producer - pos > r->mask)
		pos += record_size(load(&header_at(r, pos)->len));
	store(&r->overwritten, pos);
}

static void *reserve(struct ring *r, uint64_t size)
{
	uint64_t consumer, producer, end, pending;
	struct header *h = NULL;
	uint32_t room;

	if (size > RECORD_MAX)
		return NULL;
	room = record_size((uint32_t)size);
	if (room > r->mask + 1)
		return NULL;
	consumer = load_acquire(&r->consumer);
	lock(&r->lock);
	producer = r->producer;
	end = producer + room;
	pending = advance_pending(r, producer);
	if (end - pending <= r->mask && (r->overwrite || end - consumer <= r->mask)) {
		if (r->overwrite)
			advance_overwritten(r, end);
		h = header_at(r, producer);
		store(&h->len, (uint32_t)size | BUSY);
		store(&h->page, (uint32_t)(((uint8_t *)h - (uint8_t *)r) / MAP_PAGE));
		store_release(&r->producer, end);
	}
	unlock(&r->lock);
	return h ? h + 1 : NULL;
}

static void wake(struct ring *r)
{
	if (r->map->wake)
		r->map->wake(r->map->wake_arg, r->map);
}

/* Who polls is told when the record is the one he waits for: the one at his position. */
static void commit(void *record, uint64_t flags, uint32_t bits)
{
	struct header *h = (struct header *)record - 1;
	struct ring *r = (struct ring *)(((uintptr_t)h & ~(uintptr_t)(MAP_PAGE - 1)) -
					 (uintptr_t)h->page * MAP_PAGE);
	uint64_t at = (uint64_t)((uint8_t *)h - r->data);

	if (flags & (MAP_RB_FORCE_WAKEUP | MAP_RB_NO_WAKEUP)) {
		store_release(&h->len, (h->len ^ BUSY) | bits);
		if (flags & MAP_RB_FORCE_WAKEUP)
			wake(r);
		return;
	}
	/* the record must be seen done before the position is looked at: an exchange is a full fence */
	__atomic_exchange_n(&h->len, (h->len ^ BUSY) | bits, __ATOMIC_SEQ_CST);
	if ((load_acquire(&r->consumer) & r->mask) == at)
		wake(r);
}

void *map_ring_reserve(struct map *m, uint64_t size, uint64_t flags)
{
	return flags ? NULL : reserve(ring_of(m), size);
}

void map_ring_submit(void *record, uint64_t flags)
{
	commit(record, flags, 0);
}

void map_ring_discard(void *record, uint64_t flags)
{
	commit(record, flags, DISCARD);
}

int map_ring_output(struct map *m, const void *data, uint64_t size, uint64_t flags)
{
	void *record;

	if (flags & ~(uint64_t)(MAP_RB_NO_WAKEUP | MAP_RB_FORCE_WAKEUP))
		return -EINVAL;
	record = reserve(ring_of(m), size);
	if (!record)
		return -EAGAIN;
	copy(record, data, size);
	commit(record, flags, 0);
	return 0;
}

static uint64_t available(struct ring *r)
{
	uint64_t consumer = load_acquire(&r->consumer), overwritten = 0;

	if (r->overwrite)
		overwritten = load_acquire(&r->overwritten);
	return load_acquire(&r->producer) - MAX(consumer, overwritten);
}

uint64_t map_ring_query(struct map *m, uint64_t what)
{
	struct ring *r = ring_of(m);

	switch (what) {
	case MAP_RB_AVAIL_DATA:
		return available(r);
	case MAP_RB_RING_SIZE:
		return r->mask + 1;
	case MAP_RB_CONS_POS:
		return load_acquire(&r->consumer);
	case MAP_RB_PROD_POS:
		return load_acquire(&r->producer);
	case MAP_RB_OVERWRITE_POS:
		return load_acquire(&r->overwritten);
	default:
		return 0;
	}
}

bool map_ring_ready(struct map *m)
{
	struct ring *r = ring_of(m);
	uint64_t n = available(r);

	return m->type == MAP_TYPE_USER_RINGBUF ? n < r->mask + 1 : n != 0;
}

/* ---- consuming what user space produced ---- */

/* R3. 0 and a record, -EAGAIN for one to skip, -ENODATA at the end, else what is wrong. */
static int next_sample(struct ring *r, void **ret_record, uint32_t *ret_size)
{
	uint64_t producer = load_acquire(&r->producer), consumer = r->consumer;
	uint32_t len, size, room;

	if (producer % 8)
		return -EINVAL;
	if (consumer >= producer)
		return -ENODATA;
	len = load_acquire(&header_at(r, consumer)->len);
	size = len & ~(BUSY | DISCARD);
	room = record_size(len);
	if (room > producer - consumer)
		return -EINVAL;
	if (room > r->mask + 1 || size > DYNPTR_MAX)
		return -E2BIG;
	if (len & DISCARD) {
		store_release(&r->consumer, consumer + room);
		return -EAGAIN;
	}
	if (len & BUSY)
		return -ENODATA;
	*ret_record = header_at(r, consumer) + 1;
	*ret_size = size;
	return 0;
}

static int64_t drain(struct ring *r, map_drain_fn *fn, void *arg, uint32_t *ret_seen)
{
	uint32_t skipped = 0, size;
	uint64_t stop = 0;
	void *record;
	int err;

	for (*ret_seen = 0; *ret_seen < SAMPLES_MAX && !stop; ++*ret_seen) {
		err = next_sample(r, &record, &size);
		if (err == -EAGAIN) {
			skipped++;
			continue;
		}
		if (err == -ENODATA)
			break;
		if (err)
			return err;
		stop = fn(record, size, arg);
		store_release(&r->consumer, r->consumer + record_size(size));
	}
	return (int64_t)*ret_seen - skipped;
}

int64_t map_ring_drain(struct map *m, map_drain_fn *fn, void *arg, uint64_t flags)
{
	struct ring *r = ring_of(m);
	uint32_t seen = 0, idle = 0;
	int64_t n;

	if (flags & ~(uint64_t)(MAP_RB_NO_WAKEUP | MAP_RB_FORCE_WAKEUP))
		return -EINVAL;
	if (!__atomic_compare_exchange_n(&r->busy, &idle, 1, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return -EBUSY;
	n = drain(r, fn, arg, &seen);
	store_release(&r->busy, 0);
	if (flags & MAP_RB_FORCE_WAKEUP || (!(flags & MAP_RB_NO_WAKEUP) && seen))
		wake(r);
	return n;
}

/* ---- there are no elements ---- */

static void *ring_lookup(struct map *m, const void *key)
{
	(void)m;
	(void)key;
	return NULL;
}

static int ring_get(struct map *m, const void *key, void *value, uint64_t flags)
{
	(void)m;
	(void)key;
	(void)value;
	(void)flags;
	return -MAP_ENOTSUPP;
}

static int ring_update(struct map *m, const void *key, const void *value, uint64_t flags)
{
	(void)m;
	(void)key;
	(void)value;
	(void)flags;
	return -MAP_ENOTSUPP;
}

static int ring_remove(struct map *m, const void *key)
{
	(void)m;
	(void)key;
	return -MAP_ENOTSUPP;
}

static int ring_next(struct map *m, const void *key, void *ret_next)
{
	(void)m;
	(void)key;
	(void)ret_next;
	return -MAP_ENOTSUPP;
}

#define RING_COMMON                                                                                \
	.alloc = ring_alloc, .free = ring_free, .memory = ring_memory_use,    \
	.same_shape = shape_equal, .lookup = ring_lookup, .update = ring_update,                   \
	.remove = ring_remove, .user_get = ring_get, .next = ring_next,                            \
	.memory_map = ring_map_memory

const struct map_ops map_ops_ringbuf = {RING_COMMON};
const struct map_ops map_ops_user_ringbuf = {RING_COMMON};
