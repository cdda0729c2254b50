/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where programs stand on a device's tcx hooks: the same random requests to the kernel and to the embedded
 * engine, on the loopback device of a network namespace of the test's own, have the same results and leave
 * the same lists. Programs and links are told by their number here, whatever their ids are.
 */
#include <unistd.h>

#include "engine/engine.h"
#include "isa/isa.h"
#include "kern/kern.h"
#include "own_net.h"
#include "test.h"

enum { PROGS = 7, LINKS = 4, STEPS = 3000, LOOPBACK = 1, SLOTS = 16 };
enum { REPLACE = 4, BEFORE = 8, AFTER = 16, ID = 32, LINK = 1 << 13 };

struct side {
	struct engine *e;
	int prog[PROGS], link[LINKS];
	uint32_t prog_id[PROGS], link_id[LINKS];
};

static uint32_t pick(uint64_t *random, uint32_t n)
{
	return (uint32_t)(test_random(random) % n);
}

static void open_side(struct side *s)
{
	struct engine_prog_info info;
	uint32_t i;

	for (i = 0; i < PROGS; i++) {
		/* the last is of a type that does not fit */
		const struct insn code[] = {isa_mov64_imm(0, (int32_t)i), isa_exit()};
		struct engine_prog_options o = {.license = "GPL", .insn = code, .insns = ARRAY_LEN(code)};

		o.type = i + 1 < PROGS ? ABI_PROG_SCHED_CLS : ABI_PROG_XDP;
		s->prog[i] = engine_prog_load(s->e, &o);
		CHECK(s->prog[i] >= 0);
		info = (struct engine_prog_info){0};
		CHECK_EQ(engine_info(s->e, s->prog[i], &info, sizeof(info)), 0);
		s->prog_id[i] = info.id;
	}
	for (i = 0; i < LINKS; i++)
		s->link[i] = -1;
}

/* One request, told without numbers that the two do not share. */
struct request {
	uint32_t what, prog, other, link, hook, flags, relative;
	uint64_t revision;
};

static uint32_t relative_of(const struct side *s, const struct request *r)
{
	if (r->flags & LINK)
		return r->flags & ID ? s->link_id[r->relative % LINKS]
				     : (uint32_t)s->link[r->relative % LINKS];
	if (r->relative >= PROGS)
		return 0;
	return r->flags & ID ? s->prog_id[r->relative] : (uint32_t)s->prog[r->relative];
}

static int attach(struct side *s, const struct request *r, bool detach)
{
	union engine_attr a = {0};

	a.attach.target_ifindex = LOOPBACK;
	a.attach.attach_bpf_fd = detach && !r->other ? 0 : (uint32_t)s->prog[r->prog];
	a.attach.attach_type = r->hook;
	a.attach.attach_flags = r->flags;
	a.attach.replace_bpf_fd = (uint32_t)s->prog[r->other];
	a.attach.relative_fd = relative_of(s, r);
	a.attach.expected_revision = r->revision;
	return engine_bpf(s->e, detach ? ABI_CMD_PROG_DETACH : ABI_CMD_PROG_ATTACH, &a, sizeof(a.attach));
}

static int create(struct side *s, const struct request *r)
{
	union engine_attr a = {0};
	struct engine_link_info info = {0};
	int fd;

	a.link_create.prog_fd = (uint32_t)s->prog[r->prog];
	a.link_create.target_ifindex = LOOPBACK;
	a.link_create.attach_type = r->hook;
	a.link_create.flags = r->flags;
	a.link_create.relative.fd = relative_of(s, r);
	a.link_create.relative.expected_revision = r->revision;
	fd = engine_link_create(s->e, &a);
	if (fd < 0)
		return fd;
	CHECK_EQ(engine_info(s->e, fd, &info, sizeof(info)), 0);
	s->link[r->link] = fd;
	s->link_id[r->link] = info.id;
	return 0;
}

static int end_link(struct side *s, uint32_t i)
{
	engine_close(s->e, s->link[i]);
	s->link[i] = -1;
	s->link_id[i] = 0x7fffffff; /* nobody's */
	return 0;
}

static int perform(struct side *s, const struct request *r)
{
	switch (r->what) {
	case 0:
	case 1:
	case 2:
		return attach(s, r, false);
	case 3:
	case 4:
		return attach(s, r, true);
	case 5:
	case 6:
		return s->link[r->link] < 0 ? create(s, r) : end_link(s, r->link);
	default:
		return s->link[r->link] < 0 ? 0 : engine_link_update(s->e, s->link[r->link], s->prog[r->prog],
								     r->flags & REPLACE,
								     r->flags & REPLACE ? s->prog[r->other] : 0);
	}
}

static uint32_t number_of(const uint32_t *id, uint32_t n, uint32_t of)
{
	uint32_t i;

	for (i = 0; i < n && id[i] != of; i++)
		;
	return of ? i : UINT32_MAX;
}

struct list {
	int err;
	uint32_t count, flags, prog[SLOTS], link[SLOTS], prog_flags[SLOTS], link_flags[SLOTS];
	uint64_t revision;
};

static void query(const struct side *s, uint32_t hook, uint32_t room, struct list *l)
{
	union engine_attr a = {0};
	uint32_t i;

	*l = (struct list){0};
	a.query.target_ifindex = LOOPBACK;
	a.query.attach_type = hook;
	a.query.count = room;
	a.query.prog_ids = engine_ptr(l->prog);
	a.query.link_ids = engine_ptr(l->link);
	a.query.prog_attach_flags = engine_ptr(l->prog_flags);
	a.query.link_attach_flags = engine_ptr(l->link_flags);
	l->err = engine_bpf(s->e, ABI_CMD_PROG_QUERY, &a, sizeof(a.query));
	l->count = a.query.count;
	l->flags = a.query.attach_flags;
	l->revision = a.query.revision;
	for (i = 0; i < SLOTS; i++) {
		l->prog[i] = number_of(s->prog_id, PROGS, l->prog[i]);
		l->link[i] = number_of(s->link_id, LINKS, l->link[i]);
	}
}

static struct request any(uint64_t *random, const struct side *s)
{
	static const uint32_t flag[] = {0, 0, 0, BEFORE, AFTER, BEFORE, AFTER, REPLACE, BEFORE | AFTER,
					REPLACE | BEFORE, REPLACE | AFTER, 1};
	struct request r = {.what = pick(random, 8),
			    .prog = pick(random, 20) ? pick(random, PROGS - 1) : PROGS - 1,
			    .other = pick(random, PROGS),
			    .link = pick(random, LINKS),
			    .hook = pick(random, 2) ? ABI_ATTACH_TCX_INGRESS : ABI_ATTACH_TCX_EGRESS,
			    .flags = flag[pick(random, ARRAY_LEN(flag))],
			    .relative = pick(random, 2) ? PROGS : pick(random, PROGS)};
	struct list l;

	if (r.flags && !pick(random, 3))
		r.flags |= ID;
	if (r.flags && !pick(random, 4))
		r.flags |= LINK;
	if (r.what == 3 || !r.flags)
		r.relative = PROGS;
	query(s, r.hook, 0, &l);
	if (!pick(random, 3))
		r.revision = l.revision + !pick(random, 4);
	return r;
}

static void compare(uint64_t seed)
{
	uint32_t step, good = 0, room;
	struct side side[2] = {{0}};
	struct list l[2];
	struct request r;
	uint64_t random = seed;
	int got[2], i;

	CHECK_EQ(engine_kernel_new(NULL, &side[0].e), 0);
	CHECK_EQ(engine_embedded_new(&(struct engine_options){0}, NULL, &side[1].e), 0);
	for (i = 0; i < 2; i++)
		open_side(&side[i]);
	for (step = 0; step < STEPS; step++) {
		r = any(&random, &side[0]);
		room = pick(&random, 4) ? SLOTS : pick(&random, SLOTS);
		for (i = 0; i < 2; i++) {
			got[i] = perform(&side[i], &r);
			query(&side[i], r.hook, room, &l[i]);
		}
		good += !got[0] && r.what < 5;
		if (got[0] != got[1] || memcmp(&l[0], &l[1], sizeof(l[0])))
			FAIL("step %u: what %u prog %u other %u link %u flags %#x relative %u revision %d: "
			     "kernel %d, ours %d; query %d/%d of %u/%u, revision %d/%d",
			     step, r.what, r.prog, r.other, r.link, r.flags, r.relative, (int)r.revision,
			     got[0], got[1], l[0].err, l[1].err, l[0].count, l[1].count,
			     (int)l[0].revision, (int)l[1].revision);
	}
	test_note("%u of %u requests were granted", good, step);
	CHECK(good > STEPS / 20);
	for (i = 0; i < 2; i++) {
		for (step = 0; step < LINKS; step++)
			engine_close(side[i].e, side[i].link[step]);
		for (step = 0; step < PROGS; step++)
			engine_close(side[i].e, side[i].prog[step]);
		engine_free(side[i].e);
	}
}

TEST_WITH(programs_of_a_device_stand_where_the_kernel_has_them, TEST_NO_OOM)
{
	const char *why = test_bpf_missing();
	int back;

	if (why)
		SKIP("%s", why);
	back = own_net_begin();
	compare(test_seed());
	own_net_end(back);
}
