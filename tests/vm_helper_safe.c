/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* No helper harms the host, whatever it is given (H1). */
#include "test.h"
#include "vm_helper.h"

enum { PROG_CLS = 3, PROG_SYSCALL = 31 };

static void random_arg(struct insn *at, size_t *n, unsigned reg, uint64_t *seed)
{
	uint64_t v = test_random(seed), i = test_random(seed) >> 8;

	switch (v % 9) {
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
		isa_ld_imm64(at + *n, reg, 1, i % 6);
		*n += 2;
		return;
	case 6:
		at[(*n)++] = isa_mov64_imm(reg, (int32_t)(i % 80));
		return;
	case 7: /* near a map */
		isa_ld_imm64(at + *n, reg, 1, i % 6);
		*n += 2;
		at[(*n)++] = isa_add64_imm(reg, (int32_t)(i >> 8) % 256);
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
	static const uint32_t shape[5][4] = {{MAP_TYPE_HASH, 4, 8, 8},
					     {MAP_TYPE_RINGBUF, 0, 0, 4096},
					     {MAP_TYPE_QUEUE, 0, 8, 4},
					     {MAP_TYPE_PROG_ARRAY, 4, 4, 2},
					     {MAP_TYPE_ARRAY, 4, 24, 4}};
	unsigned i;

	for (i = 0; i < 5; i++)
		c->map[c->maps++] =
			(struct helper_map){.name = "m",
					    .type = shape[i][0],
					    .key_size = shape[i][1],
					    .value_size = shape[i][2],
					    .max_entries = shape[i][3],
					    .holds = i == 4 ? HELPER_TIMER : HELPER_PLAIN};
}

TEST_WITH(no_helper_harms_the_host, TEST_NO_OOM)
{
	static struct insn at[512];
	static const uint8_t packet[64] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45};
	static struct helper_text p;
	uint64_t seed = test_seed();
	struct helper_result *r;
	unsigned i, faults = 0, rounds = test_long() ? 3000000 : 6000;

	for (i = 0; i < rounds; i++) {
		helper_case_init(&p.c, i % 3 == 0 ? PROG_SYSCALL : i % 3 == 1 ? PROG_CLS : 6);
		add_harm_maps(&p.c);
		p.c.data = packet;
		p.c.data_n = sizeof(packet);
		one_harm(&p, at, &seed);
		r = helper_result_new();
		helper_run_ours(&p.c, VM_CHECKED, NULL, r);
		if (r->err && r->err != -EFAULT)
			FAIL("%d: %s", r->err, r->log.s);
		faults += r->err != 0;
		helper_result_free(r);
	}
	CHECK(faults > rounds / 10 && faults < rounds);
}
