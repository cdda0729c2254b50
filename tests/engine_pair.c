/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The same random calls of bpf(2) to the kernel and to the embedded engine: results, errno and what is
 * written back must be the same.
 *
 * Calls begin as something that makes sense; then often a field or two become something else, among
 * them bad pointers, other kinds of descriptors, and bits behind the last field. Programs always are
 * ones that the verifier takes: it is not what is compared here. Nothing is attached to what the
 * machine really uses.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/engine.h"
#include "kern/kern.h"
#include "own_net.h"
#include "test.h"

enum { POOL = 24, ROOM = 49152, VALUE_MAX = 512, STEPS = 20000, SIDES = 2,
       NUMBERS = 7 };
enum { KERNEL, OURS };

struct pair {
	bool used;
	enum engine_kind kind;
	int fd[SIDES];
	uint32_t id[SIDES];
	uint32_t type, key_size, value_size;
};

/* Where an attribute holds a descriptor or an id of the pool, or an address of the room. */
struct hole {
	size_t at;
	enum { HOLE_FD, HOLE_ID, HOLE_ROOM } what;
	uint32_t n; /* of the pool; offset in the room */
};

struct world {
	struct engine *e[SIDES];
	struct pair pool[POOL];
	uint8_t *room[SIDES]; /* one of ours, one of the kernel's: where pointers lead */
	uint8_t *bad;	      /* a page nobody may touch */
	uint64_t random;
	struct hole hole[16];
	size_t holes;
	uint32_t cmd, size;
	union engine_attr a;
	int taken[NUMBERS];
	uint32_t agreed, failed; /* how often both said the same, and it was an error */
};

static uint64_t rnd(struct world *w, uint64_t n)
{
	return n ? test_random(&w->random) % n : 0;
}

#define ONE_OF(w, ...)                                                                             \
	({                                                                                         \
		const uint64_t choice_[] = {__VA_ARGS__};                                          \
		choice_[rnd(w, ARRAY_LEN(choice_))];                                               \
	})

/* ---- attributes ---- */

static void hole(struct world *w, size_t at, int what, uint32_t n)
{
	assert(w->holes < ARRAY_LEN(w->hole));
	w->hole[w->holes].at = at;
	w->hole[w->holes].what = what;
	w->hole[w->holes++].n = n;
}

#define PUT_FD(w, field, n)   hole(w, offsetof(union engine_attr, field), HOLE_FD, n)
#define PUT_ID(w, field, n)   hole(w, offsetof(union engine_attr, field), HOLE_ID, n)
#define PUT_ROOM(w, field, n) hole(w, offsetof(union engine_attr, field), HOLE_ROOM, n)

/* One of a kind in the pool, or, now and then, of another; POOL: there is none. */
static uint32_t pick(struct world *w, enum engine_kind kind)
{
	uint32_t start = (uint32_t)rnd(w, POOL), i;
	bool any = !rnd(w, 20);

	for (i = 0; i < POOL; i++) {
		const struct pair *p = &w->pool[(start + i) % POOL];

		if (p->used && (any || p->kind == kind))
			return (start + i) % POOL;
	}
	return POOL;
}

static void fill(struct world *w, int side, union engine_attr *to)
{
	size_t i;

	*to = w->a;
	for (i = 0; i < w->holes; i++) {
		const struct hole *h = &w->hole[i];
		uint8_t *at = (uint8_t *)to + h->at;
		uint64_t addr = engine_ptr(w->room[side] + h->n);
		uint32_t v = h->n == POOL ? UINT32_MAX : 0;

		if (h->what == HOLE_FD && h->n < POOL)
			v = (uint32_t)w->pool[h->n].fd[side];
		if (h->what == HOLE_ID && h->n < POOL)
			v = w->pool[h->n].id[side];
		if (h->what == HOLE_ROOM)
			memcpy(at, &addr, sizeof(addr));
		else
			memcpy(at, &v, sizeof(v));
	}
}

/* ---- things to do ---- */

enum { AT_KEY = 0, AT_VALUE = 16384, AT_INSN = 32768, AT_TEXT = 36864, AT_BTF = 37120 };

static void fill_room(struct world *w)
{
	size_t i;

	for (i = 0; i < AT_INSN; i += i % 4096 < 1024 ? 1 : 4096 - 1024)
		w->room[KERNEL][i] = (uint8_t)(rnd(w, 3) ? 0 : rnd(w, 4));
	memcpy(w->room[OURS], w->room[KERNEL], ROOM);
}

static void do_map_create(struct world *w)
{
	w->a.map_create.map_type = (uint32_t)ONE_OF(w, 1, 1, 1, 2, 2, 2, 5, 6, 11, 22, 23, 27, 30, 3,
						    12, 13, rnd(w, 40));
	if (w->a.map_create.map_type == 9 || w->a.map_create.map_type == 10)
		w->a.map_create.map_type = 1; /* whom to evict is tests/map_kernel.c's */
	w->a.map_create.key_size = (uint32_t)ONE_OF(w, 4, 4, 4, 8, 0, 5, 16, 600);
	w->a.map_create.value_size = (uint32_t)ONE_OF(w, 4, 8, 8, 8, 1, 0, 64, 33);
	w->a.map_create.max_entries = (uint32_t)ONE_OF(w, 1, 4, 4, 16, 0, 4096);
	if (!rnd(w, 4))
		w->a.map_create.map_flags =
			1u << rnd(w, 20) | (rnd(w, 2) ? 1u << rnd(w, 20) : 0);
	if (w->a.map_create.map_type == ABI_MAP_LPM_TRIE)
		w->a.map_create.map_flags |= 1;
	if (w->a.map_create.map_type == 27 || w->a.map_create.map_type == 22 ||
	    w->a.map_create.map_type == 23 || w->a.map_create.map_type == 30)
		w->a.map_create.key_size = 0;
	if (w->a.map_create.map_type == 27)
		w->a.map_create.value_size = 0;
	if (!rnd(w, 3))
		memcpy(w->a.map_create.map_name, rnd(w, 3) ? "na_me.1" : "no name", 8);
	if (w->a.map_create.map_type == 12 || w->a.map_create.map_type == 13) {
		w->a.map_create.value_size = 4;
		PUT_FD(w, map_create.inner_map_fd, pick(w, ENGINE_MAP));
	}
	if (!rnd(w, 4)) {
		PUT_FD(w, map_create.btf_fd, pick(w, ENGINE_BTF));
		w->a.map_create.btf_key_type_id = (uint32_t)rnd(w, 4);
		w->a.map_create.btf_value_type_id = (uint32_t)rnd(w, 4);
	}
}

static void do_elem(struct world *w)
{
	uint32_t n = pick(w, ENGINE_MAP);
	bool ordered = n < POOL && (w->pool[n].type == ABI_MAP_ARRAY || w->pool[n].type == ABI_MAP_PERCPU_ARRAY);

	PUT_FD(w, elem.map_fd, n);
	if (w->cmd == ABI_CMD_MAP_FREEZE)
		return;
	if (rnd(w, 12) && (ordered || w->cmd != ABI_CMD_MAP_GET_NEXT_KEY))
		PUT_ROOM(w, elem.key, AT_KEY);
	if (w->cmd != ABI_CMD_MAP_DELETE_ELEM)
		PUT_ROOM(w, elem.value, AT_VALUE);
	if (!rnd(w, 4) && w->cmd != ABI_CMD_MAP_DELETE_ELEM && w->cmd != ABI_CMD_MAP_GET_NEXT_KEY)
		w->a.elem.flags = ONE_OF(w, 1, 2, 3, 4, 5, 8, UINT64_C(1) << 40);
}

static void do_batch(struct world *w)
{
	uint32_t n = pick(w, ENGINE_MAP);

	PUT_FD(w, batch.map_fd, n);
	/* what fits into a batch depends on the order of buckets */
	if (n < POOL && w->pool[n].type != ABI_MAP_ARRAY && w->pool[n].type != ABI_MAP_PERCPU_ARRAY &&
	    w->cmd != ABI_CMD_MAP_UPDATE_BATCH)
		w->cmd = ABI_CMD_MAP_DELETE_BATCH;
	PUT_ROOM(w, batch.keys, AT_KEY);
	PUT_ROOM(w, batch.values, AT_VALUE);
	PUT_ROOM(w, batch.out_batch, AT_INSN);
	w->a.batch.count = (uint32_t)rnd(w, 5);
	if (!rnd(w, 6))
		w->a.batch.elem_flags = ONE_OF(w, 1, 2, 4, 8);
	if (!rnd(w, 10))
		w->a.batch.flags = 1;
}

/* r0 = 1 or 2; exit, sometimes with a map's address taken first */
static void do_prog_load(struct world *w)
{
	uint32_t n = 0, map = rnd(w, 2) ? pick(w, ENGINE_MAP) : POOL;
	struct insn p[8];
	int side;

	w->a.prog_load.prog_type = (uint32_t)ONE_OF(w, 1, 3, 3, 6, 6, 8, 5, 17, 31, 22, rnd(w, 36));
	for (side = 0; side < SIDES; side++) {
		n = 0;
		if (map < POOL && w->pool[map].kind == ENGINE_MAP) {
			isa_ld_imm64(p, 1, 1, (uint32_t)w->pool[map].fd[side]);
			n = 2;
		}
		p[n++] = isa_mov64_imm(0, 1);
		p[n++] = isa_exit();
		memcpy(w->room[side] + AT_INSN, p, n * sizeof(*p));
	}
	w->a.prog_load.insn_cnt = n;
	PUT_ROOM(w, prog_load.insns, AT_INSN);
	PUT_ROOM(w, prog_load.license, AT_TEXT);
	/* this machine's kernel refuses them by policy, or is built without */
	if (w->a.prog_load.prog_type == 20 || (w->a.prog_load.prog_type >= 26 && w->a.prog_load.prog_type <= 29))
		w->a.prog_load.prog_type = 1;
	if (!rnd(w, 4))
		w->a.prog_load.expected_attach_type = (uint32_t)rnd(w, 60);
	if (!rnd(w, 8))
		w->a.prog_load.prog_flags = 1u << rnd(w, 20);
	if (!rnd(w, 4))
		memcpy(w->a.prog_load.prog_name, rnd(w, 3) ? "pro_g.2" : "pro-g.2", 8);
	if (!rnd(w, 16))
		w->a.prog_load.log_level = (uint32_t)ONE_OF(w, 1, 16, 0);
	if (!rnd(w, 16))
		PUT_FD(w, prog_load.attach_prog_fd, pick(w, ENGINE_PROG));
}

static void do_run(struct world *w)
{
	uint32_t n = pick(w, ENGINE_PROG);

	if (n < POOL && w->pool[n].kind == ENGINE_PROG && w->pool[n].type == ABI_PROG_LWT_SEG6LOCAL)
		n = POOL; /* maintained kernels no longer run these */
	PUT_FD(w, test.prog_fd, n);
	if (rnd(w, 8)) {
		w->a.test.data_size_in = (uint32_t)ONE_OF(w, 14, 64, 64, 128, 13, 0, 20, 1000);
		PUT_ROOM(w, test.data_in, AT_KEY);
	}
	if (!rnd(w, 3)) {
		w->a.test.data_size_out = (uint32_t)ONE_OF(w, 10, 64, 200, 0);
		PUT_ROOM(w, test.data_out, AT_VALUE);
	}
	if (!rnd(w, 4)) {
		w->a.test.ctx_size_in = (uint32_t)ONE_OF(w, 8, 16, 24, 64, 192, 200, 72, 0);
		PUT_ROOM(w, test.ctx_in, AT_KEY + 512);
	}
	if (!rnd(w, 6)) {
		w->a.test.ctx_size_out = (uint32_t)ONE_OF(w, 8, 192, 24);
		PUT_ROOM(w, test.ctx_out, AT_VALUE + 256);
	}
	if (!rnd(w, 3))
		w->a.test.repeat = (uint32_t)rnd(w, 4);
	if (!rnd(w, 10))
		w->a.test.flags = (uint32_t)ONE_OF(w, 1, 4, 8, 32); /* not live frames */
	if (!rnd(w, 10))
		w->a.test.cpu = (uint32_t)rnd(w, 3);
}

static void do_by_id(struct world *w)
{
	static const uint8_t kind[] = {
		[ABI_CMD_PROG_GET_FD_BY_ID] = ENGINE_PROG,
		[ABI_CMD_MAP_GET_FD_BY_ID] = ENGINE_MAP,
		[ABI_CMD_BTF_GET_FD_BY_ID] = ENGINE_BTF,
		[ABI_CMD_LINK_GET_FD_BY_ID] = ENGINE_LINK,
	};
	uint32_t n = pick(w, kind[w->cmd]);

	/* ids of other kinds may well be those of somebody's object of this kind */
	if (n < POOL && w->pool[n].kind == kind[w->cmd])
		PUT_ID(w, id.start_id, n);
	else
		w->a.id.start_id = 0x7ffffff0;
	if (!rnd(w, 5))
		w->a.id.open_flags = (uint32_t)ONE_OF(w, 8, 16, 24, 1, 1 << 16);
}

static void do_next_id(struct world *w)
{
	w->a.id.start_id = (uint32_t)ONE_OF(w, 0x7ffffff0, 0x7fffffff, UINT32_MAX);
}

static void do_info(struct world *w)
{
	PUT_FD(w, info.bpf_fd, pick(w, (enum engine_kind)rnd(w, 4)));
	w->a.info.info_len = (uint32_t)ONE_OF(w, 16, 80, 240, 8, 0, 12, 500);
	PUT_ROOM(w, info.info, AT_VALUE);
}

static void do_btf_load(struct world *w)
{
	w->a.btf_load.size = (uint32_t)ONE_OF(w, 0, 1, 1, 1);
	if (w->a.btf_load.size)
		memcpy(&w->a.btf_load.size, w->room[KERNEL] + AT_BTF - 4, 4);
	PUT_ROOM(w, btf_load.btf, AT_BTF);
	if (!rnd(w, 8))
		w->a.btf_load.log_level = (uint32_t)ONE_OF(w, 1, 16);
}

static void do_link(struct world *w)
{
	PUT_FD(w, link_create.prog_fd, pick(w, ENGINE_PROG));
	w->a.link_create.attach_type = (uint32_t)ONE_OF(w, 37, 46, 36, 17, 0, 41, 7, rnd(w, 70));
	w->a.link_create.target_fd = (uint32_t)ONE_OF(w, 9999, 0, UINT32_MAX);
	if (!rnd(w, 4))
		w->a.link_create.flags = 1u << rnd(w, 8);
}

static void do_link_more(struct world *w)
{
	PUT_FD(w, link_update.link_fd, pick(w, ENGINE_LINK));
	if (w->cmd == ABI_CMD_LINK_UPDATE) {
		PUT_FD(w, link_update.new_prog_fd, pick(w, ENGINE_PROG));
		w->a.link_update.flags = (uint32_t)ONE_OF(w, 0, 0, 4, 1);
		if (!rnd(w, 4))
			PUT_FD(w, link_update.old_prog_fd, pick(w, ENGINE_PROG));
	}
}

static void do_raw_tracepoint(struct world *w)
{
	PUT_FD(w, raw_tracepoint.prog_fd, pick(w, ENGINE_PROG));
	if (rnd(w, 2))
		PUT_ROOM(w, raw_tracepoint.name, AT_TEXT + 32);
	w->a.raw_tracepoint.cookie = rnd(w, 2);
}

static void do_attach(struct world *w)
{
	w->a.attach.target_fd = (uint32_t)ONE_OF(w, 9999, 0, UINT32_MAX);
	PUT_FD(w, attach.attach_bpf_fd, rnd(w, 6) ? pick(w, ENGINE_PROG) : POOL);
	w->a.attach.attach_type = (uint32_t)ONE_OF(w, 0, 1, 46, 47, 17, 5, 4, 7, rnd(w, 70));
	if (!rnd(w, 3))
		w->a.attach.attach_flags = 1u << rnd(w, 15);
}

static void do_query(struct world *w)
{
	w->a.query.target_fd = (uint32_t)ONE_OF(w, 9999, 0, UINT32_MAX);
	w->a.query.attach_type = (uint32_t)rnd(w, 70);
	w->a.query.query_flags = (uint32_t)ONE_OF(w, 0, 0, 1, 2);
}

static void do_bind(struct world *w)
{
	PUT_FD(w, bind_map.prog_fd, pick(w, ENGINE_PROG));
	PUT_FD(w, bind_map.map_fd, pick(w, ENGINE_MAP));
	w->a.bind_map.flags = !rnd(w, 6);
}

static void do_pin(struct world *w)
{
	/* paths that are no bpffs: the rest is tests/engine_pin.c's */
	PUT_ROOM(w, pin.pathname, AT_TEXT + (uint32_t)ONE_OF(w, 64, 96, 4));
	if (w->cmd == ABI_CMD_OBJ_PIN)
		PUT_FD(w, pin.bpf_fd, pick(w, (enum engine_kind)rnd(w, 4)));
	w->a.pin.file_flags = (uint32_t)ONE_OF(w, 0, 0, 0, 8, 16, 24, 1 << 14, 1);
}

static void do_misc(struct world *w)
{
	if (w->cmd == ABI_CMD_TASK_FD_QUERY) {
		w->a.task_fd_query.pid = (uint32_t)ONE_OF(w, (uint64_t)getpid(), 0x3ffffff);
		PUT_FD(w, task_fd_query.fd, pick(w, (enum engine_kind)rnd(w, 4)));
	} else if (w->cmd == ABI_CMD_ITER_CREATE) {
		PUT_FD(w, iter_create.link_fd, pick(w, ENGINE_LINK));
		w->a.iter_create.flags = !rnd(w, 4);
	} else if (w->cmd == ABI_CMD_ENABLE_STATS) {
		w->a.enable_stats.type = 1;
	} else if (w->cmd == ABI_CMD_PROG_STREAM_READ_BY_FD) {
		PUT_FD(w, stream_read.prog_fd, pick(w, ENGINE_PROG));
		w->a.stream_read.stream = (uint32_t)rnd(w, 4);
	} else if (w->cmd == ABI_CMD_TOKEN_CREATE) {
		w->a.token_create.bpffs_fd = UINT32_MAX;
	}
}

static void choose(struct world *w)
{
	static void (*const fn[])(struct world *) = {
		[ABI_CMD_MAP_CREATE] = do_map_create,
		[ABI_CMD_MAP_LOOKUP_ELEM] = do_elem,
		[ABI_CMD_MAP_UPDATE_ELEM] = do_elem,
		[ABI_CMD_MAP_DELETE_ELEM] = do_elem,
		[ABI_CMD_MAP_GET_NEXT_KEY] = do_elem,
		[ABI_CMD_MAP_LOOKUP_AND_DELETE_ELEM] = do_elem,
		[ABI_CMD_MAP_FREEZE] = do_elem,
		[ABI_CMD_MAP_LOOKUP_BATCH] = do_batch,
		[ABI_CMD_MAP_LOOKUP_AND_DELETE_BATCH] = do_batch,
		[ABI_CMD_MAP_UPDATE_BATCH] = do_batch,
		[ABI_CMD_MAP_DELETE_BATCH] = do_batch,
		[ABI_CMD_PROG_LOAD] = do_prog_load,
		[ABI_CMD_PROG_TEST_RUN] = do_run,
		[ABI_CMD_PROG_GET_FD_BY_ID] = do_by_id,
		[ABI_CMD_MAP_GET_FD_BY_ID] = do_by_id,
		[ABI_CMD_BTF_GET_FD_BY_ID] = do_by_id,
		[ABI_CMD_LINK_GET_FD_BY_ID] = do_by_id,
		[ABI_CMD_PROG_GET_NEXT_ID] = do_next_id,
		[ABI_CMD_MAP_GET_NEXT_ID] = do_next_id,
		[ABI_CMD_BTF_GET_NEXT_ID] = do_next_id,
		[ABI_CMD_LINK_GET_NEXT_ID] = do_next_id,
		[ABI_CMD_OBJ_GET_INFO_BY_FD] = do_info,
		[ABI_CMD_BTF_LOAD] = do_btf_load,
		[ABI_CMD_LINK_CREATE] = do_link,
		[ABI_CMD_LINK_UPDATE] = do_link_more,
		[ABI_CMD_LINK_DETACH] = do_link_more,
		[ABI_CMD_RAW_TRACEPOINT_OPEN] = do_raw_tracepoint,
		[ABI_CMD_PROG_ATTACH] = do_attach,
		[ABI_CMD_PROG_DETACH] = do_attach,
		[ABI_CMD_PROG_QUERY] = do_query,
		[ABI_CMD_PROG_BIND_MAP] = do_bind,
		[ABI_CMD_OBJ_PIN] = do_pin,
		[ABI_CMD_OBJ_GET] = do_pin,
		[ABI_CMD_TASK_FD_QUERY] = do_misc,
		[ABI_CMD_ITER_CREATE] = do_misc,
		[ABI_CMD_ENABLE_STATS] = do_misc,
		[ABI_CMD_PROG_STREAM_READ_BY_FD] = do_misc,
		[ABI_CMD_TOKEN_CREATE] = do_misc,
	};

	memset(&w->a, 0, sizeof(w->a));
	w->holes = 0;
	w->size = sizeof(w->a);
	w->cmd = (uint32_t)ONE_OF(w, 0, 1, 2, 2, 3, 4, 5, 5, 10, 10, 15, 21, 24, 25, 26, 27, 18, rnd(w, 44));
	fill_room(w);
	if (w->cmd < ARRAY_LEN(fn) && fn[w->cmd])
		fn[w->cmd](w);
}

/* One thing goes wrong. */
static void spoil(struct world *w)
{
	size_t n = w->holes ? rnd(w, w->holes) : 0;

	switch (rnd(w, 6)) {
	case 0: /* behind the last field, or not */
		((uint8_t *)&w->a)[rnd(w, sizeof(w->a))] |= (uint8_t)(1 << rnd(w, 8));
		break;
	case 1: /* a pointer to where nothing is */
		if (w->holes && w->hole[n].what == HOLE_ROOM) {
			uint64_t at = ONE_OF(w, 0, engine_ptr(w->bad), UINT64_C(1) << 60);

			memcpy((uint8_t *)&w->a + w->hole[n].at, &at, sizeof(at));
			w->hole[n] = w->hole[--w->holes];
		}
		break;
	case 2: /* a descriptor of something else */
		if (w->holes && w->hole[n].what == HOLE_FD) {
			uint32_t fd = (uint32_t)ONE_OF(w, 0, UINT32_MAX, 9999);

			memcpy((uint8_t *)&w->a + w->hole[n].at, &fd, sizeof(fd));
			w->hole[n] = w->hole[--w->holes];
		}
		break;
	case 3: /* fewer bytes, or more */
		w->size = (uint32_t)ONE_OF(w, 0, 4, 8, 16, 24, 32, 48, 64, 112, 120, 144, 152, 160, 168, 200, 4096,
					   4097);
		break;
	default:
		break;
	}
}

/* ---- comparing ---- */

static void differ(struct world *w, const char *what, int64_t kernel, int64_t ours)
{
	const struct abi_cmd_type *t = abi_cmd_type(w->cmd);
	struct str s;
	size_t i;

	str_init(&s, 4096);
	for (i = 0; i < sizeof(w->a); i += 4)
		str_addf(&s, "%s%08x", i % 32 ? " " : "\n  ", ((uint32_t *)&w->a)[i / 4]);
	for (i = 0; i < w->holes; i++) {
		const struct pair *p = &w->pool[w->hole[i].n % POOL];

		str_addf(&s, "\n  +%zu: %s %u", w->hole[i].at,
			 (const char *[]){"fd", "id", "room"}[w->hole[i].what], w->hole[i].n);
		if (w->hole[i].what != HOLE_ROOM && w->hole[i].n < POOL)
			str_addf(&s, " (kind %d type %u key %u value %u)", p->kind, p->type, p->key_size,
				 p->value_size);
	}
	FAIL("%s size %u: %s: kernel %lld, ours %lld%s", t ? t->name : "?", w->size, what,
	     (long long)kernel, (long long)ours, s.s);
}

static bool gives_fd(uint32_t cmd)
{
	switch (cmd) {
	case ABI_CMD_MAP_CREATE:
	case ABI_CMD_PROG_LOAD:
	case ABI_CMD_BTF_LOAD:
	case ABI_CMD_LINK_CREATE:
	case ABI_CMD_RAW_TRACEPOINT_OPEN:
	case ABI_CMD_PROG_GET_FD_BY_ID:
	case ABI_CMD_MAP_GET_FD_BY_ID:
	case ABI_CMD_BTF_GET_FD_BY_ID:
	case ABI_CMD_LINK_GET_FD_BY_ID:
	case ABI_CMD_OBJ_GET:
	case ABI_CMD_ITER_CREATE:
	case ABI_CMD_ENABLE_STATS:
		return true;
	default:
		return false;
	}
}

static enum engine_kind kind_of(struct world *w)
{
	switch (w->cmd) {
	case ABI_CMD_MAP_CREATE:
	case ABI_CMD_MAP_GET_FD_BY_ID:
		return ENGINE_MAP;
	case ABI_CMD_BTF_LOAD:
	case ABI_CMD_BTF_GET_FD_BY_ID:
		return ENGINE_BTF;
	case ABI_CMD_LINK_CREATE:
	case ABI_CMD_LINK_GET_FD_BY_ID:
	case ABI_CMD_RAW_TRACEPOINT_OPEN:
		return ENGINE_LINK;
	default:
		return ENGINE_PROG;
	}
}

static void pair_close(struct world *w, struct pair *p)
{
	int side;

	for (side = 0; side < SIDES && p->used; side++)
		engine_close(w->e[side], p->fd[side]);
	p->used = false;
}

static void learn(struct world *w, struct pair *p)
{
	union {
		struct engine_map_info map;
		struct engine_prog_info prog;
		struct engine_btf_info btf;
		struct engine_link_info link;
	} i[SIDES];
	int side;

	memset(i, 0, sizeof(i));
	for (side = 0; side < SIDES; side++) {
		uint32_t size = p->kind == ENGINE_MAP	? offsetof(struct engine_map_info, hash)
				: p->kind == ENGINE_BTF ? sizeof(i->btf)
				: p->kind == ENGINE_PROG ? offsetof(struct engine_prog_info, attach_btf_id) + 4
							 : sizeof(i->link);

		CHECK_EQ(engine_info(w->e[side], p->fd[side], &i[side], size), 0);
	}
	for (side = 0; side < SIDES; side++)
		p->id[side] = p->kind == ENGINE_BTF ? i[side].btf.id : i[side].map.id;
	if (p->kind == ENGINE_MAP) {
		p->type = i[0].map.type;
		p->key_size = i[0].map.key_size;
		p->value_size = i[0].map.value_size;
		i[0].map.id = i[1].map.id = 0;
		i[0].map.btf_id = i[1].map.btf_id = !!i[0].map.btf_id;
		CHECK_MEM(&i[1], &i[0], sizeof(i[0].map));
	} else if (p->kind == ENGINE_PROG) {
		p->type = i[0].prog.type;
		CHECK_EQ(i[1].prog.type, i[0].prog.type);
		CHECK_MEM(i[1].prog.tag, i[0].prog.tag, sizeof(i[0].prog.tag));
		CHECK_MEM(i[1].prog.name, i[0].prog.name, sizeof(i[0].prog.name));
		CHECK_EQ(i[1].prog.gpl & 1, i[0].prog.gpl & 1);
		CHECK_EQ(i[1].prog.map_count, i[0].prog.map_count);
		CHECK_EQ(i[1].prog.uid, i[0].prog.uid);
	} else if (p->kind == ENGINE_LINK) {
		CHECK_EQ(i[1].link.type, i[0].link.type);
	}
}

static void took(struct world *w, const int got[SIDES])
{
	struct pair *p = &w->pool[rnd(w, POOL)];

	if (w->cmd == ABI_CMD_OBJ_GET || w->cmd == ABI_CMD_ITER_CREATE || w->cmd == ABI_CMD_ENABLE_STATS) {
		close(got[0]);
		close(got[1]);
		return;
	}
	pair_close(w, p);
	if (w->cmd == ABI_CMD_MAP_CREATE &&
	    (w->a.map_create.key_size > 2048 || w->a.map_create.value_size > 2048)) {
		close(got[0]); /* the room is not made for such */
		close(got[1]);
		return;
	}
	*p = (struct pair){.used = true, .kind = kind_of(w), .fd = {got[0], got[1]}};
	learn(w, p);
}

/* Hash tables have an order of their own; information is compared by `learn`. */
static bool same_memory_expected(const struct world *w)
{
	switch (w->cmd) {
	case ABI_CMD_OBJ_GET_INFO_BY_FD:
	case ABI_CMD_PROG_LOAD:
	case ABI_CMD_MAP_GET_NEXT_KEY:
	case ABI_CMD_MAP_LOOKUP_BATCH:
	case ABI_CMD_MAP_LOOKUP_AND_DELETE_BATCH:
		return false;
	default:
		return true;
	}
}

static void compare(struct world *w, const int got[SIDES], const union engine_attr *after)
{
	size_t i;

	/* with no id given, the kernel's answer is somebody else's object */
	if (w->size < sizeof(uint32_t))
		switch (w->cmd) {
		case ABI_CMD_PROG_GET_NEXT_ID:
		case ABI_CMD_MAP_GET_NEXT_ID:
		case ABI_CMD_BTF_GET_NEXT_ID:
		case ABI_CMD_LINK_GET_NEXT_ID:
			return;
		default:
			break;
		}
	/* so much memory may not be had there */
	if (w->cmd == ABI_CMD_PROG_LOAD && w->a.prog_load.insn_cnt > 1 << 16)
		return;
	if ((got[KERNEL] < 0 || got[OURS] < 0 || !gives_fd(w->cmd)) && got[KERNEL] != got[OURS])
		differ(w, "result", got[KERNEL], got[OURS]);
	w->agreed++;
	w->failed += got[KERNEL] < 0;
	if (gives_fd(w->cmd) && got[KERNEL] >= 0) {
		took(w, got);
		return;
	}
	if (!same_memory_expected(w))
		return;
	for (i = 0; i < ROOM; i++)
		if (w->room[KERNEL][i] != w->room[OURS][i] && (i < AT_INSN || i >= AT_TEXT))
			differ(w, "memory", (int64_t)(i << 8 | w->room[KERNEL][i]), (int64_t)(i << 8 | w->room[OURS][i]));
	if (w->cmd == ABI_CMD_PROG_TEST_RUN && !got[0]) {
		if (after[KERNEL].test.retval != after[OURS].test.retval)
			differ(w, "retval", after[KERNEL].test.retval, after[OURS].test.retval);
		if (after[KERNEL].test.data_size_out != after[OURS].test.data_size_out)
			differ(w, "size", after[KERNEL].test.data_size_out, after[OURS].test.data_size_out);
	}
}

static void step(struct world *w)
{
	uint8_t buf[SIDES][8192] = {0};
	union engine_attr after[SIDES];
	int got[SIDES], side;

	choose(w);
	if (!rnd(w, 3))
		spoil(w);
	for (side = 0; side < SIDES; side++) {
		fill(w, side, &after[side]);
		memcpy(buf[side], &after[side], sizeof(after[side]));
		got[side] = engine_bpf(w->e[side], w->cmd, buf[side], w->size);
		memcpy(&after[side], buf[side], sizeof(after[side]));
	}
	compare(w, got, after);
}

/* An int, a u64, and a struct of them. */
static void make_btf(struct world *w)
{
	const char strings[] = "\0int\0u64\0pair\0a\0b";
	const uint32_t types[] = {
		1, 1 << 24, 4, 1 << 24 | 32,	     /* [1] int */
		5, 1 << 24, 8, 64,		     /* [2] u64 */
		9, 4 << 24 | 2, 16, 14, 1, 0, 16, 2, 64, /* [3] struct pair { int a; u64 b; } */
	};
	const uint32_t head[] = {0x1eb9f, 24, 0, sizeof(types), sizeof(types), sizeof(strings)};
	uint32_t size = sizeof(head) + sizeof(types) + sizeof(strings);
	uint8_t *at = w->room[KERNEL] + AT_BTF;

	memcpy(at, head, sizeof(head));
	memcpy(at + sizeof(head), types, sizeof(types));
	memcpy(at + sizeof(head) + sizeof(types), strings, sizeof(strings));
	memcpy(at - 4, &size, sizeof(size));
}

/* A bit that is set where a descriptor may stand must not make it one of either side's. */
static void take_numbers(struct world *w)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), i;

	for (i = 0; i < NUMBERS; i++) {
		w->taken[i] = fcntl(null, F_DUPFD_CLOEXEC, 1 << (i + 2));
		if (w->taken[i] != 1 << (i + 2)) {
			close(w->taken[i]);
			w->taken[i] = -1;
		}
	}
	close(null);
}

static void world_open(struct world *w)
{
	const struct engine_options o = {.check_memory = true, .trust = true, .vmlinux = "/sys/kernel/btf/vmlinux"};
	const char *why = test_bpf_missing();
	struct diag d;
	int side, err;

	if (why)
		SKIP("%s", why);
	memset(w, 0, sizeof(*w));
	w->random = test_seed();
	diag_init(&d, 4);
	err = engine_kernel_new(&d, &w->e[KERNEL]);
	diag_done(&d);
	if (err)
		SKIP("the kernel's engine: %s", strerror(-err));
	CHECK_EQ(engine_embedded_new(&o, NULL, &w->e[OURS]), 0);
	if (w->e[KERNEL]->kernel != w->e[OURS]->kernel) {
		engine_free(w->e[KERNEL]);
		engine_free(w->e[OURS]);
		SKIP("our answers are those of 6.18");
	}
	for (side = 0; side < SIDES; side++) { /* with nothing behind it */
		w->room[side] = mmap(NULL, 2 * ROOM, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		CHECK_EQ(mprotect(w->room[side], ROOM, PROT_READ | PROT_WRITE), 0);
	}
	w->bad = mmap(NULL, ROOM, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	take_numbers(w);
	make_btf(w);
	memcpy(w->room[KERNEL] + AT_TEXT, "GPL", 4);
	memcpy(w->room[KERNEL] + AT_TEXT + 32, "sched_switch", 13);
	memcpy(w->room[KERNEL] + AT_TEXT + 64, "/tmp/no-such-pin", 17);
	memcpy(w->room[KERNEL] + AT_TEXT + 96, "/proc/self/status", 18);
}

static void world_close(struct world *w)
{
	int side, i;

	for (i = 0; i < POOL; i++)
		pair_close(w, &w->pool[i]);
	for (i = 0; i < NUMBERS; i++)
		if (w->taken[i] >= 0)
			close(w->taken[i]);
	for (side = 0; side < SIDES; side++) {
		engine_free(w->e[side]);
		munmap(w->room[side], 2 * ROOM);
	}
	munmap(w->bad, ROOM);
}

TEST_WITH(random_calls_give_what_the_kernel_gives, TEST_NO_OOM | TEST_ALONE)
{
	struct world w;
	uint32_t i, steps = test_long() ? 100 * STEPS : STEPS;
	int back = own_net_begin(); /* programs are attached to it */

	world_open(&w);
	for (i = 0; i < steps; i++)
		step(&w);
	test_note("%u calls, %u of them errors", w.agreed, w.failed);
	CHECK(w.failed < w.agreed * 9 / 10);
	world_close(&w);
	own_net_end(back);
}
