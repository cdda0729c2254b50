/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* No helper harms the host, whatever it is given (H1). */
#include "test.h"
#include "vm_helper.h"

enum { PROG_CLS = 3, PROG_SYSCALL = 31 };

/* ---- a world with something of everything ---- */

static struct vm_sock listener = {
	.view = {.family = 2, .protocol = 6, .state = VM_LISTEN, .src_port = 80},
	.cookie = 1,
	.address = 0x5000,
	.syn_flood = true,
	.netns = -1};
static struct vm_sock other = {.view = {.family = 10, .protocol = 17, .state = VM_CLOSE},
			       .cookie = 2,
			       .cgroup = 7,
			       .netns = -1};
static struct vm_sock *const socks[] = {&listener, &other};
static const struct vm_task tasks[] = {
	{.pid = 10, .tgid = 10, .address = 0xa000, .cgroup = {1, 7}, .cgroups = 2},
	{.pid = 11, .tgid = 10, .address = 0xb000}};
/* The last two are each other's parent. */
static const struct vm_cgroup cgroups[] = {
	{1, 0, 0x1000}, {7, 1, 0x7000}, {8, 9, 0x8000}, {9, 8, 0x9000}};
static struct vm_msg msg;
static char text[64];
static uint8_t options[40];
static struct vm_sysctl sysctl = {.name = "a/b",
				  .value = "1",
				  .write = true,
				  .next = text,
				  .next_n = 1,
				  .next_max = sizeof(text)};
static struct vm_tcp_options tcp = {
	.at = options, .room = sizeof(options), .syn = options, .syn_len = 0};
static const struct vm_sock_lookup lookup = {2, 6};
static struct str seq;

static int64_t stack(void *arg, enum vm_space s, uint64_t *ret_ip, size_t max)
{
	(void)arg, (void)s;
	memset(ret_ip, 1, max * sizeof(*ret_ip));
	return (int64_t)max;
}

static int64_t branches(void *arg, bool snapshot, void *to, size_t n)
{
	(void)arg, (void)snapshot;
	memset(to, 1, n);
	return INT32_MAX;
}

static int64_t options_of(void *arg, void *to, size_t n)
{
	(void)arg;
	memset(to, 1, n);
	return (int64_t)n;
}

static int show(void *arg, uint32_t type, uint64_t at, uint64_t flags, struct str *s)
{
	(void)arg, (void)at, (void)flags;
	for (; type & 1023; type--)
		str_addc(s, 'x');
	return 0;
}

static int path(void *arg, uint64_t at, struct str *s)
{
	return show(arg, (uint32_t)at, 0, 0, s);
}

static int vma(void *arg, const struct vm_task *t, uint64_t at, struct vm_vma *ret_vma)
{
	(void)arg, (void)t;
	*ret_vma = (struct vm_vma){1, at, at + 4096};
	return 0;
}

static int nothing(void *arg, enum vm_space s, uint64_t at, void *to, size_t n)
{
	(void)arg, (void)s, (void)at, (void)to, (void)n;
	return -EFAULT;
}

static const struct vm_outside outside = {.stack = stack,
					  .branches = branches,
					  .tunnel_opt = options_of,
					  .type_show = show,
					  .path = path,
					  .vma = vma,
					  .read = nothing};

static uint64_t known(uint64_t i)
{
	const uint64_t addresses[] = {(uintptr_t)&listener,
				      (uintptr_t)&listener.tcp,
				      0x5000,
				      (uintptr_t)&other,
				      0xa000,
				      0xb000,
				      0x7000,
				      0x8000,
				      (uintptr_t)&msg.view,
				      (uintptr_t)&seq,
				      UINT64_C(0x5ce9) << 48};

	return addresses[i % ARRAY_LEN(addresses)];
}

static void fill_world(struct vm_world *w)
{
	vm_world_init(w, &outside, NULL, 1);
	w->task = tasks[0];
	w->tasks = tasks;
	w->tasks_n = ARRAY_LEN(tasks);
	w->cgroup = cgroups;
	w->cgroups = ARRAY_LEN(cgroups);
	w->cpus = 2;
	w->msg = &msg;
	w->sysctl = &sysctl;
	w->options = &tcp;
	w->lookup = &lookup;
	w->sk = &listener;
	w->socks = socks;
	w->socks_n = ARRAY_LEN(socks);
	w->seq = &seq;
}

/* ---- programs ---- */

enum { HARM_MAPS = 15 };

static void random_arg(struct insn *at, size_t *n, unsigned reg, uint64_t *seed)
{
	uint64_t v = test_random(seed), i = test_random(seed) >> 8;

	switch (v % 10) {
	case 0:
	case 1:
		at[(*n)++] = isa_mov64_reg(reg, 10);
		at[(*n)++] = isa_add64_imm(reg, -(int32_t)(i % 600));
		return;
	case 2:
	case 3:
		isa_ld_imm64(at + *n, reg, 2, (i % HELPER_OUT_MAX) << 32);
		*n += 2;
		return;
	case 4:
		at[(*n)++] = isa_mov64_reg(reg, 6);
		return;
	case 5:
		isa_ld_imm64(at + *n, reg, 1, i % (1 + HARM_MAPS));
		*n += 2;
		return;
	case 6:
		at[(*n)++] = isa_mov64_imm(reg, (int32_t)(i % 80));
		return;
	case 7: /* near a map */
		isa_ld_imm64(at + *n, reg, 1, i % (1 + HARM_MAPS));
		*n += 2;
		at[(*n)++] = isa_add64_imm(reg, (int32_t)(i >> 8) % 256);
		return;
	case 8: /* what the world knows */
		isa_ld_imm64(at + *n, reg, 0, known(i));
		*n += 2;
		return;
	default:
		isa_ld_imm64(at + *n, reg, 0, i >> (i % 60));
		*n += 2;
	}
}

static void one_harm(struct helper_text *p, struct insn *at, uint64_t *seed)
{
	static const char *const names[] = {
#define HERE(id, name)
#define ELSEWHERE(id, name, why)
#define KFUNC_HERE(name) #name,
#define KFUNC_ELSEWHERE(begin, why)
#include "vm/helper.def"
	};
	size_t n = 0, helpers, i;
	const struct vm_helper *h = vm_helpers_default(&helpers);
	unsigned reg, calls = 1 + (unsigned)(test_random(seed) % 12);

	at[n++] = isa_mov64_reg(6, 1);
	while (calls--) {
		for (reg = 1; reg <= 5; reg++)
			random_arg(at, &n, reg, seed);
		i = test_random(seed) % (helpers + ARRAY_LEN(names));
		if (i < helpers)
			at[n++] = isa_call(h[i].id);
		else
			at[n++] =
				isa_call_kfunc((int32_t)helper_kfunc(&p->c, names[i - helpers]), 0);
		at[n++] = isa_stx(ISA_SIZE_DW, 10,
				  (int16_t)(-8 * (int)(1 + test_random(seed) % 60)), 0);
	}
	at[n++] = isa_mov64_imm(0, 0);
	at[n++] = isa_exit();
	p->c.insn = at;
	p->c.insns = n;
}

static void add_harm_maps(struct helper_case *c)
{
	static const uint32_t shape[HARM_MAPS][5] = {{MAP_TYPE_HASH, 4, 8, 8},
						     {MAP_TYPE_RINGBUF, 0, 0, 4096},
						     {MAP_TYPE_QUEUE, 0, 8, 4},
						     {MAP_TYPE_PROG_ARRAY, 4, 4, 2},
						     {MAP_TYPE_ARRAY, 4, 24, 4, HELPER_TIMER},
						     {MAP_TYPE_ARRAY, 4, 56, 1, HELPER_GRAPH},
						     {MAP_TYPE_CGROUP_ARRAY, 4, 4, 2},
						     {MAP_TYPE_SOCKMAP, 4, 4, 2},
						     {MAP_TYPE_SOCKHASH, 4, 4, 2},
						     {MAP_TYPE_DEVMAP, 4, 4, 2},
						     {MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 2},
						     {MAP_TYPE_STACK_TRACE, 4, 64, 4},
						     {MAP_TYPE_TASK_STORAGE, 4, 8, 0},
						     {MAP_TYPE_SK_STORAGE, 4, 8, 0},
						     {MAP_TYPE_USER_RINGBUF, 0, 0, 4096}};
	unsigned i;

	for (i = 0; i < HARM_MAPS; i++)
		c->map[c->maps++] =
			(struct helper_map){.name = "m",
					    .type = shape[i][0],
					    .key_size = shape[i][1],
					    .value_size = shape[i][2],
					    .max_entries = shape[i][3],
					    .flags = shape[i][3] ? 0 : MAP_F_NO_PREALLOC,
					    .holds = (enum helper_value)shape[i][4]};
}

TEST_WITH(no_helper_harms_the_host, TEST_NO_OOM)
{
	static struct insn at[512];
	static const uint8_t packet[64] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45};
	static struct helper_text p;
	uint64_t seed = test_seed();
	struct helper_result *r;
	struct vm_world w;
	unsigned i, faults = 0, rounds = test_long() ? 3000000 : 6000;

	CHECK_EQ(vm_msg_init(&msg), 0);
	CHECK_EQ(vm_msg_set(&msg, "message", 7, &listener), 0);
	str_init(&seq, 1 << 16);
	fill_world(&w);
	for (i = 0; i < rounds; i++) {
		helper_case_init(&p.c, i % 3 == 0 ? PROG_SYSCALL : i % 3 == 1 ? PROG_CLS : 6);
		add_harm_maps(&p.c);
		p.c.data = packet;
		p.c.data_n = sizeof(packet);
		one_harm(&p, at, &seed);
		r = helper_result_new();
		helper_run_ours(&p.c, VM_CHECKED, i % 2 ? &w : NULL, r);
		if (r->err && r->err != -EFAULT)
			FAIL("%d: %s", r->err, r->log.s);
		faults += r->err != 0;
		helper_result_free(r);
	}
	CHECK(faults > rounds / 10 && faults < rounds);
	vm_world_done(&w);
	vm_msg_done(&msg);
	str_done(&seq);
}
