/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * BPF_PROG_TEST_RUN, on the kernel and on the embedded engine, interpreted and in native code: programs
 * of each type that look at and change what they are given, with packets and contexts of many sizes.
 */
#include <stdlib.h>
#include <unistd.h>

#include "engine/engine.h"
#include "isa/isa.h"
#include "kern/kern.h"
#include "test.h"

enum { ROOM = 8192, ENGINES = 3, TRIES = 60, CODE_MAX = 64 };
enum { W = ISA_SIZE_W, DW = ISA_SIZE_DW, H = ISA_SIZE_H, B = ISA_SIZE_B };

struct code {
	struct insn at[CODE_MAX];
	uint32_t n;
};

static void add(struct code *c, struct insn i)
{
	assert(c->n < CODE_MAX);
	c->at[c->n++] = i;
}

static void ret(struct code *c, int32_t v)
{
	add(c, isa_mov64_imm(0, v));
	add(c, isa_exit());
}

/* The sum of some fields of the context comes back, and some are changed. */
static void skb_fields(struct code *c)
{
	static const int16_t read[] = {0, 4, 8, 16, 32, 48, 160 /* wire_len */, 164 /* gso_segs */};
	size_t i;

	add(c, isa_mov64_imm(0, 0));
	for (i = 0; i < ARRAY_LEN(read); i++) {
		add(c, isa_ldx(W, 2, 1, read[i]));
		add(c, isa_mul64_imm(0, 31));
		add(c, isa_add64_reg(0, 2));
	}
	add(c, isa_mov64_imm(3, 77));
	add(c, isa_stx(W, 1, 8, 3));  /* mark */
	add(c, isa_stx(W, 1, 52, 3)); /* cb[1] */
	add(c, isa_exit());
}

/* A byte of the packet is read and, in TC programs, written. */
static void skb_bytes(struct code *c)
{
	add(c, isa_mov64_reg(6, 1));
	add(c, isa_st(W, 10, -8, 0x01020304));
	add(c, isa_mov64_imm(2, 20));
	add(c, isa_mov64_reg(3, 10));
	add(c, isa_add64_imm(3, -8));
	add(c, isa_mov64_imm(4, 4));
	add(c, isa_mov64_imm(5, 0));
	add(c, isa_call(ABI_HELPER_skb_store_bytes));
	add(c, isa_mov64_reg(1, 6));
	add(c, isa_mov64_imm(2, 18));
	add(c, isa_mov64_reg(3, 10));
	add(c, isa_add64_imm(3, -8));
	add(c, isa_mov64_imm(4, 4));
	add(c, isa_call(ABI_HELPER_skb_load_bytes));
	add(c, isa_ldx(W, 0, 10, -8));
	add(c, isa_exit());
}

static void cgroup_fields(struct code *c)
{
	add(c, isa_ldx(W, 2, 1, 0));
	add(c, isa_and64_imm(2, 1));
	add(c, isa_mov64_imm(3, 9));
	add(c, isa_stx(W, 1, 48, 3)); /* cb[0] */
	add(c, isa_mov64_reg(0, 2));
	add(c, isa_exit());
}

static void xdp_head(struct code *c)
{
	add(c, isa_mov64_reg(6, 1));
	add(c, isa_mov64_imm(2, -12));
	add(c, isa_call(ABI_HELPER_xdp_adjust_head));
	add(c, isa_mov64_reg(7, 0));
	add(c, isa_mov64_reg(1, 6));
	add(c, isa_mov64_imm(2, -8));
	add(c, isa_call(ABI_HELPER_xdp_adjust_meta));
	add(c, isa_ldx(W, 2, 6, 0)); /* data */
	add(c, isa_ldx(W, 3, 6, 4)); /* data_end */
	add(c, isa_mov64_reg(4, 2));
	add(c, isa_add64_imm(4, 14));
	add(c, isa_mov64_imm(0, 1));
	add(c, isa_jgt64_reg(4, 3, 4));
	add(c, isa_st(B, 2, 0, 0x55));
	add(c, isa_ldx(B, 5, 2, 13));
	add(c, isa_mov64_imm(0, 2));
	add(c, isa_jeq64_imm(7, 0, 0));
	add(c, isa_exit());
}

static void xdp_fields(struct code *c)
{
	add(c, isa_ldx(W, 0, 1, 12)); /* ingress_ifindex */
	add(c, isa_ldx(W, 2, 1, 16)); /* rx_queue_index */
	add(c, isa_add64_reg(0, 2));
	add(c, isa_exit());
}

static void flow(struct code *c)
{
	add(c, isa_ldx(DW, 2, 1, 144)); /* flow_keys */
	add(c, isa_mov64_imm(3, 34));
	add(c, isa_stx(H, 2, 2, 3)); /* thoff */
	add(c, isa_mov64_imm(3, 17));
	add(c, isa_stx(B, 2, 9, 3)); /* ip_proto */
	ret(c, 0);
}

static void lookup(struct code *c)
{
	add(c, isa_ldx(W, 2, 1, 8));  /* family */
	add(c, isa_ldx(W, 3, 1, 60)); /* local_port */
	add(c, isa_mov64_imm(0, 1));
	add(c, isa_jeq64_imm(2, 2, 1));
	add(c, isa_mov64_imm(0, 0));
	add(c, isa_exit());
}

static void arguments(struct code *c)
{
	add(c, isa_ldx(DW, 0, 1, 0));
	add(c, isa_ldx(DW, 2, 1, 16));
	add(c, isa_add64_reg(0, 2));
	add(c, isa_exit());
}

static void system_call(struct code *c)
{
	add(c, isa_ldx(DW, 2, 1, 0));
	add(c, isa_add64_imm(2, 5));
	add(c, isa_stx(DW, 1, 8, 2));
	add(c, isa_mov64_reg(0, 2));
	add(c, isa_exit());
}

static void accept(struct code *c)
{
	ret(c, 1);
}

static const struct kind {
	const char *name;
	uint32_t type, attach, flags, ctx;
	void (*code)(struct code *c);
} kinds[] = {
	{"tc fields", ABI_PROG_SCHED_CLS, 0, 0, 192, skb_fields},
	{"tc bytes", ABI_PROG_SCHED_CLS, 0, 0, 192, skb_bytes},
	{"act bytes", ABI_PROG_SCHED_ACT, 0, 0, 192, skb_bytes},
	{"cgroup", ABI_PROG_CGROUP_SKB, ABI_ATTACH_CGROUP_INET_INGRESS, 0, 192, cgroup_fields},
	{"lwt_xmit", ABI_PROG_LWT_XMIT, 0, 0, 192, skb_bytes},
	{"lwt_in", ABI_PROG_LWT_IN, 0, 0, 192, accept},
	{"filter", ABI_PROG_SOCKET_FILTER, 0, 0, 192, accept},
	{"xdp head", ABI_PROG_XDP, 0, 0, 24, xdp_head},
	{"xdp fields", ABI_PROG_XDP, 0, 0, 24, xdp_fields},
	{"flow", ABI_PROG_FLOW_DISSECTOR, 0, 0, 56, flow},
	{"sk_lookup", ABI_PROG_SK_LOOKUP, ABI_ATTACH_SK_LOOKUP, 0, 72, lookup},
	{"raw_tp", ABI_PROG_RAW_TRACEPOINT, 0, 0, 24, arguments},
	{"syscall", ABI_PROG_SYSCALL, 0, ABI_F_PROG_SLEEPABLE, 16, system_call},
	{"netfilter", ABI_PROG_NETFILTER, ABI_ATTACH_NETFILTER, 0, 48, accept},
	{"kprobe", ABI_PROG_KPROBE, 0, 0, 0, accept},
};

struct side {
	struct engine *e;
	int fd;
	uint8_t data[ROOM], ctx[256], data_out[ROOM], ctx_out[256];
	struct engine_run r;
	int got;
};

static int load(struct engine *e, const struct kind *k)
{
	static char log[1 << 16];
	struct code c = {.n = 0};
	int fd;

	k->code(&c);
	const struct engine_prog_options o = {.name = "run",
					      .license = "GPL",
					      .type = k->type,
					      .attach = k->attach,
					      .flags = k->flags,
					      .insn = c.at,
					      .insns = c.n,
					      .log_level = 1,
					      .log = log,
					      .log_size = sizeof(log)};
	fd = engine_prog_load(e, &o);
	if (fd < 0)
		FAIL("%s on the %s engine: %d\n%s", k->name, engine_name(e), fd, log);
	return fd;
}

/* A context such as the kernel takes; now and then one that it does not. */
static void make_ctx(uint8_t *ctx, const struct kind *k, uint32_t len, uint64_t *random)
{
	uint32_t *w = (uint32_t *)ctx;

	memset(ctx, 0, 256);
	if (k->ctx == 192) {
		w[2] = (uint32_t)test_random(random);  /* mark */
		w[12] = (uint32_t)test_random(random); /* cb[0] */
		w[40] = test_random(random) % 3 ? 0 : len + 10;
		w[41] = (uint32_t)(test_random(random) % 100);
		w[10] = test_random(random) % 4 ? 0 : 1; /* ifindex */
	} else if (k->type == ABI_PROG_XDP) {
		w[0] = test_random(random) % 3 ? 0 : 8; /* metadata */
		w[1] = len;
		w[3] = test_random(random) % 2; /* ingress_ifindex */
	} else if (k->type == ABI_PROG_SK_LOOKUP) {
		w[2] = test_random(random) % 2 ? 2 : 10;
		w[15] = 80;
	} else if (k->type == ABI_PROG_NETFILTER) {
		ctx[0] = (uint8_t)(test_random(random) % 5);
		ctx[1] = test_random(random) % 2 ? 2 : 10;
	} else {
		w[0] = (uint32_t)test_random(random);
		w[4] = (uint32_t)test_random(random);
		if (k->type == ABI_PROG_FLOW_DISSECTOR)
			w[0] = w[4] = 0;
	}
	if (!(test_random(random) % 8))
		ctx[test_random(random) % MAX(k->ctx, 1)] ^= (uint8_t)test_random(random);
}

static void make_run(struct side *s, const struct kind *k, uint64_t *random)
{
	static const uint32_t sizes[] = {14, 20, 34, 60, 64, 100, 1500, 3000, 3712, 3800, 0, 13};
	bool packet = k->ctx != 72 && k->type != ABI_PROG_RAW_TRACEPOINT && k->type != ABI_PROG_SYSCALL;
	uint32_t len = packet ? sizes[test_random(random) % ARRAY_LEN(sizes)] : 0, i;
	bool ctx = k->ctx && (!packet || test_random(random) % 2);

	if (k->type == ABI_PROG_XDP)
		len = MIN(len, 3000u); /* in one piece */
	for (i = 0; i < len; i++)
		s->data[i] = (uint8_t)test_random(random);
	if (len >= 14) {
		s->data[12] = test_random(random) % 2 ? 8 : 0x86;
		s->data[13] = s->data[12] == 8 ? 0 : 0xdd;
	}
	make_ctx(s->ctx, k, len, random);
	s->r = (struct engine_run){.data_in_len = len, .ctx_in_len = ctx ? k->ctx : 0};
	if (packet) {
		s->r.repeat = (uint32_t)(test_random(random) % 3);
		s->r.data_out_len = (uint32_t)(test_random(random) % 3 ? ROOM : test_random(random) % 100);
		s->r.ctx_out_len = ctx && test_random(random) % 2 ? (uint32_t)(test_random(random) % 220) : 0;
	}
}

/* The same to each: only addresses differ. */
static void run(struct side *s, const struct side *as)
{
	memcpy(s->data, as->data, sizeof(s->data));
	memcpy(s->ctx, as->ctx, sizeof(s->ctx));
	memset(s->data_out, 0, sizeof(s->data_out));
	memset(s->ctx_out, 0, sizeof(s->ctx_out));
	s->r = as->r;
	s->r.data_in = s->r.data_in_len ? s->data : NULL;
	s->r.ctx_in = s->r.ctx_in_len ? s->ctx : NULL;
	s->r.data_out = s->r.data_out_len ? s->data_out : NULL;
	s->r.ctx_out = s->r.ctx_out_len ? s->ctx_out : NULL;
	s->got = engine_prog_run(s->e, s->fd, &s->r);
}

static void same(const struct kind *k, const struct side *want, const struct side *got)
{
	if (got->got != want->got)
		FAIL("%s, %u bytes, context %u: kernel %d, %s %d", k->name, want->r.data_in_len,
		     want->r.ctx_in_len, want->got, engine_name(got->e), got->got);
	if (want->got && want->got != -ENOSPC)
		return;
	if (got->r.retval != want->r.retval || got->r.data_out_len != want->r.data_out_len)
		FAIL("%s, %u bytes: kernel %u with %u bytes, ours %u with %u", k->name,
		     want->r.data_in_len, want->r.retval, want->r.data_out_len, got->r.retval,
		     got->r.data_out_len);
	CHECK_MEM(got->data_out, want->data_out, ROOM);
	CHECK_MEM(got->ctx_out, want->ctx_out, sizeof(want->ctx_out));
	CHECK_MEM(got->ctx, want->ctx, sizeof(want->ctx));
}

static uint32_t try(struct side side[ENGINES], const struct kind *k, uint64_t *random)
{
	struct side *as = mem_alloc(sizeof(*as));
	uint32_t i, good = 0;
	int n;

	for (n = 0; n < ENGINES; n++)
		side[n].fd = load(side[n].e, k);
	for (i = 0; i < TRIES; i++) {
		make_run(as, k, random);
		for (n = 0; n < ENGINES; n++) {
			run(&side[n], as);
			same(k, &side[0], &side[n]);
		}
		good += !side[0].got;
	}
	for (n = 0; n < ENGINES; n++)
		engine_close(side[n].e, side[n].fd);
	mem_free(as);
	return good;
}

TEST_WITH(programs_give_what_they_give_in_the_kernel, TEST_NO_OOM | TEST_ALONE)
{
	const struct engine_options checked = {0}, native = {.trust = true};
	struct side *side = mem_alloc_array(ENGINES, sizeof(*side));
	const char *why = test_bpf_missing();
	uint64_t random = test_seed();
	uint32_t good, all = 0;
	size_t i;
	int n;

	if (why)
		SKIP("%s", why);
	CHECK_EQ(engine_kernel_new(NULL, &side[0].e), 0);
	if (side[0].e->kernel != ABI_KERNEL(6, 18))
		SKIP("our answers are those of 6.18");
	CHECK_EQ(engine_embedded_new(&checked, NULL, &side[1].e), 0);
	CHECK_EQ(engine_embedded_new(&native, NULL, &side[2].e), 0);
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		good = try(side, &kinds[i], &random);
		all += good;
		if (!good && kinds[i].type != ABI_PROG_KPROBE)
			FAIL("%s never ran", kinds[i].name);
	}
	test_note("%u of %zu runs", all, ARRAY_LEN(kinds) * TRIES);
	for (n = 0; n < ENGINES; n++)
		engine_free(side[n].e);
	mem_free(side);
}

/* ---- statistics ---- */

static uint64_t runs_of(struct engine *e, int fd)
{
	struct engine_prog_info i = {0};

	CHECK_EQ(engine_info(e, fd, &i, sizeof(i)), 0);
	return i.run_cnt;
}

/* They count while any copy of the descriptor is open; others of the kernel may have their own. */
static void count_runs(struct engine *e, bool others)
{
	const struct insn code[] = {isa_mov64_imm(0, 7), isa_exit()};
	struct engine_prog_options o = {.type = ABI_PROG_SOCKET_FILTER, .license = "GPL", .insn = code,
					.insns = ARRAY_LEN(code)};
	uint8_t packet[64] = {0};
	struct engine_run r = {.data_in = packet, .data_in_len = sizeof(packet), .repeat = 3};
	int prog = engine_prog_load(e, &o), fd = engine_enable_stats(e), copy = dup(fd);
	uint64_t before = runs_of(e, prog);

	CHECK(prog >= 0 && fd >= 0 && copy >= 0);
	CHECK_EQ(engine_prog_run(e, prog, &r), 0);
	CHECK_EQ(runs_of(e, prog) - before, 3);
	engine_close(e, fd);
	CHECK_EQ(engine_prog_run(e, prog, &r), 0);
	CHECK_EQ(runs_of(e, prog) - before, 6);
	CHECK_EQ(engine_info(e, copy, &(struct engine_prog_info){0}, sizeof(struct engine_prog_info)), -EINVAL);
	close(copy);
	CHECK_EQ(engine_prog_run(e, prog, &r), 0);
	if (!others)
		CHECK_EQ(runs_of(e, prog) - before, 6);
	engine_close(e, prog);
	engine_free(e);
}

TEST_WITH(runs_are_counted_while_somebody_asks, TEST_NO_OOM)
{
	const struct engine_options o = {0};
	struct engine *e;

	CHECK_EQ(engine_embedded_new(&o, NULL, &e), 0);
	count_runs(e, false);
	if (test_bpf_missing())
		return;
	CHECK_EQ(engine_kernel_new(NULL, &e), 0);
	count_runs(e, true);
}
