/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What leaves a program: packets, text. */
#include <stdio.h>

#include "test.h"
#include "vm_helper.h"

enum { PROG_CLS = 3, PROG_SYSCALL = 31 };

/* ---- packets ---- */

struct seen {
	struct vm_effect effect[8];
	char bytes[64];
	unsigned n;
};

static void see(void *arg, const struct vm_effect *e)
{
	struct seen *s = arg;

	if (s->n < 8)
		s->effect[s->n++] = *e;
	if (e->n)
		memcpy(s->bytes, e->bytes, MIN(e->n, sizeof(s->bytes)));
}

static int mtu(void *arg, uint32_t ifindex, uint32_t *ret_mtu)
{
	(void)arg;
	if (ifindex != 7)
		return -ENODEV;
	*ret_mtu = 1500;
	return 0;
}

static int fib(void *arg, struct vm_fib *f, uint32_t flags)
{
	(void)arg;
	(void)flags;
	f->ifindex = 7;
	f->dmac[5] = 9;
	return 0;
}

TEST(packets_go_out)
{
	static const struct vm_outside outside = {.effect = see, .mtu = mtu, .fib_lookup = fib};
	static const uint8_t packet[64] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45};
	struct helper_result *r = helper_result_new();
	struct seen s = {0};
	struct vm_world w;
	struct helper_text p;
	uint64_t out[4];

	helper_text_init(
		&p, PROG_CLS,
		"r6 = r1\nr9 = out ll\nr2 = 7\nr3 = 1\ncall clone_redirect\n*(u64 *)(r9 + 0) = r0\n"
		"r1 = r6\nr2 = 8\nr3 = 0\ncall clone_redirect\n*(u64 *)(r9 + 8) = r0\n"
		"r1 = 1501\n*(u64 *)(r10 - 8) = r1\n"
		"r1 = r6\nr2 = 7\nr3 = r10\nr3 += -8\nr4 = 0\nr5 = 0\ncall check_mtu\n*(u64 *)(r9 "
		"+ 16) = r0\n"
		"r1 = 2\n*(u8 *)(r9 + 512) = r1\n"
		"r1 = r6\nr2 = r9\nr2 += 512\nr3 = 64\nr4 = 0\ncall fib_lookup\n*(u64 *)(r9 + 24) "
		"= r0\n"
		"r0 = 0\nexit\n");
	p.c.data = packet;
	p.c.data_n = sizeof(packet);
	vm_world_init(&w, &outside, &s, 1);
	helper_text_run(&p, &w, r);
	memcpy(out, r->out, sizeof(out));
	if (!test_oom()) {
		CHECK_EQ(s.n, 1);
		CHECK_EQ(s.effect[0].kind, VM_CLONE_REDIRECT);
		CHECK_EQ(s.effect[0].a, 7);
		CHECK_EQ(s.effect[0].b, 1);
		CHECK_EQ(s.effect[0].n, 64);
		CHECK_MEM(s.bytes, packet, 64);
		CHECK_EQ(out[0], 0);
		CHECK_EQ(out[1], -EINVAL);
		CHECK_EQ(out[2], 1);
		CHECK_EQ(out[3], 0);
		CHECK_EQ(r->out[512 + 8], 7);
		CHECK_EQ(r->out[512 + 63], 9);
	}
	helper_text_done(&p);
	vm_world_done(&w);
	helper_result_free(r);
}

/* ---- text ---- */

static void hear(void *arg, const char *text, size_t n)
{
	snprintf(arg, 256, "%.*s", (int)n, text);
}

TEST(printing_is_heard)
{
	static const struct vm_outside outside = {.print = hear};
	struct helper_result *r = helper_result_new();
	char text[256] = "";
	struct vm_world w;
	struct helper_text p;

	helper_text_init(
		&p, PROG_SYSCALL,
		"r1 = 0x64253d61 ll\n*(u64 *)(r10 - 8) = r1\nr1 = r10\nr1 += -8\nr2 = 8\nr3 = 42\n"
		"call trace_printk\nexit\n");
	vm_world_init(&w, &outside, text, 1);
	helper_text_run(&p, &w, r);
	if (!test_oom()) {
		CHECK_STR(text, "a=42");
		CHECK_EQ(r->r0, 4);
	}
	helper_text_done(&p);
	vm_world_done(&w);
	helper_result_free(r);
}

TEST(seq_files_fill)
{
	struct helper_result *r = helper_result_new();
	struct vm_world w;
	struct helper_text p;
	char text[512];
	struct str seq;

	str_init(&seq, 16);
	snprintf(text, sizeof(text),
		 "r6 = %llu ll\nr9 = out ll\n"
		 "r1 = 0x0a6425 ll\n*(u64 *)(r10 - 8) = r1\nr1 = 123\n*(u64 *)(r10 - 16) = r1\n"
		 "r1 = r6\nr2 = r10\nr2 += -8\nr3 = 4\nr4 = r10\nr4 += -16\nr5 = 8\ncall "
		 "seq_printf\n"
		 "*(u64 *)(r9 + 0) = r0\n"
		 "r1 = r6\nr2 = r10\nr2 += -16\nr3 = 1\ncall seq_write\n*(u64 *)(r9 + 8) = r0\n"
		 "r1 = r6\nr2 = r9\nr3 = 100\ncall seq_write\n*(u64 *)(r9 + 16) = r0\nr0 = "
		 "0\nexit\n",
		 (unsigned long long)(uintptr_t)&seq);
	helper_text_init(&p, PROG_SYSCALL, text);
	vm_world_init(&w, NULL, NULL, 1);
	w.seq = &seq;
	helper_text_run(&p, &w, r);
	if (!test_oom()) {
		int64_t out[3];

		memcpy(out, r->out, sizeof(out));
		CHECK_MEM(seq.s, "123\n{", 5);
		CHECK_EQ(out[0], 0);
		CHECK_EQ(out[1], 0);
		CHECK_EQ(out[2], -EOVERFLOW);
	}
	str_done(&seq);
	helper_text_done(&p);
	vm_world_done(&w);
	helper_result_free(r);
}
