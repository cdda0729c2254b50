/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Classic BPF against its referees: the kernel says which filters it takes and what they answer,
 * tcpdump how they are written.
 *
 * A filter on a UNIX datagram socket truncates a packet to the number it returns, and drops it for
 * 0; so the length that arrives tells min(result, length). The random filters end by folding A into
 * seven bits, so that this says something about A. They run in our machine, too.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "isa/isa.h"
#include "test.h"
#include "vm/vm.h"

enum { PACKET = 200, BODY_MAX = 24, SO_FILTER = 26, SO_BPF = 50 };

struct sock_fprog_ {
	unsigned short n;
	const struct cbpf_insn *at;
};

static void pair(int fd[2])
{
	CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd), 0);
}

static int attach(int fd, const struct cbpf_insn *p, size_t n)
{
	struct sock_fprog_ f = {(unsigned short)n, p};

	return setsockopt(fd, SOL_SOCKET, SO_FILTER, &f, sizeof(f)) < 0 ? -errno : 0;
}

static struct cbpf_insn op(unsigned code, uint32_t k)
{
	return (struct cbpf_insn){.code = (uint16_t)code, .k = k};
}

/* ---- what is valid --------------------------------------------------------------------------- */

static struct cbpf_insn random_insn(uint64_t *seed)
{
	static const uint32_t ks[] = {0,          1,          2,          15,         16,
				      31,         32,         0xfffff000, 0xfffff004, 0xfffff03c,
				      0xfffff040, 0xfffff001, 0x80000000, 0xffffffff};
	static const uint16_t codes[] = {
		0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x80, 0x00, 0x60, 0x81, 0x01, 0x61, 0xb1,
		0x02, 0x03, 0x04, 0x0c, 0x14, 0x34, 0x3c, 0x64, 0x6c, 0x84, 0x94, 0x9c, 0xa4,
		0x05, 0x15, 0x1d, 0x25, 0x2d, 0x35, 0x45, 0x4d, 0x06, 0x16, 0x07, 0x87,
	};
	uint64_t r = test_random(seed);
	struct cbpf_insn i = {
		.code = r & 7 ? codes[(r >> 8) % ARRAY_LEN(codes)] : (uint16_t)(r >> 16 & 0x1ff),
		.jt = (uint8_t)((r >> 32) % 5),
		.jf = (uint8_t)((r >> 40) % 5),
		.k = ks[(r >> 48) % ARRAY_LEN(ks)],
	};

	if (i.code == 0x05)
		i.k %= 5;
	return i;
}

TEST_WITH(filters_are_judged_as_the_kernel_does, TEST_NO_OOM)
{
	uint64_t seed = test_seed();
	unsigned taken = 0, wrong = 0, k, n, rounds = test_long() ? 3000000 : 100000;
	int fd[2];

	pair(fd);
	for (k = 0; k < rounds && !wrong; k++) {
		struct cbpf_insn p[8];
		struct diag d;
		bool ours, theirs;
		unsigned j;

		n = 1 + (unsigned)(test_random(&seed) % 7);
		for (j = 0; j < n; j++)
			p[j] = random_insn(&seed);
		if (test_random(&seed) & 7)
			p[n - 1] = op(test_random(&seed) & 1 ? 0x06 : 0x16, 0);
		diag_init(&d, 1);
		ours = cbpf_check("filter", p, n, &d) == 0;
		theirs = attach(fd[0], p, n) == 0;
		if (ours != theirs) {
			wrong++;
			for (j = 0; j < n; j++)
				test_note("{ 0x%x, %u, %u, 0x%x }", p[j].code, p[j].jt, p[j].jf,
					  p[j].k);
			test_note("ours %d (%s), the kernel's %d", ours, ours ? "" : d.first->text,
				  theirs);
		}
		taken += ours;
		diag_done(&d);
	}
	close(fd[0]);
	close(fd[1]);
	test_note("%u filters, %u of them valid", rounds, taken);
	CHECK_EQ(wrong, 0);
	CHECK(taken > rounds / 50);
}

/* ---- what they answer ------------------------------------------------------------------------ */

static uint32_t some_k(uint64_t *seed)
{
	static const uint32_t ks[] = {0,   1,    3,          4,          14,        31,
				      255, 4096, 0x7fffffff, 0x80000000, 0xffffffff};
	uint64_t r = test_random(seed);

	return r & 1 ? ks[(r >> 8) % ARRAY_LEN(ks)] : (uint32_t)(r >> 32);
}

static struct cbpf_insn random_load(uint64_t *seed)
{
	static const uint8_t sizes[] = {0x00, 0x08, 0x10};
	static const uint32_t ancillary[] = {0, 4, 8, 20, 24, 32, 40, 44, 48, 60};
	uint64_t r = test_random(seed);
	unsigned size = sizes[(r >> 8) % 3];
	uint32_t at = (uint32_t)(r >> 16) % ((r >> 60) ? PACKET - 4 : PACKET + 8);

	switch (r & 7) {
	case 0:
		return op(0x00, some_k(seed));
	case 1:
		return op(0x01, r & 64 ? at : some_k(seed));
	case 2:
		return op(0x80 | (r >> 7 & 1), 0);
	case 3:
		return op(0xb1, at);
	case 4:
		return op(0x40 | size, at / 2);
	case 5:
		return op(0x20 | size, 0xfffff000 + ancillary[(r >> 40) % ARRAY_LEN(ancillary)]);
	}
	return op(0x20 | size, at);
}

static struct cbpf_insn random_alu(uint64_t *seed)
{
	static const uint8_t ops[] = {0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x90, 0xa0};
	uint64_t r = test_random(seed);
	unsigned o = ops[(r >> 8) % ARRAY_LEN(ops)], x = r & 1 ? 8 : 0;
	uint32_t k = some_k(seed);

	if (r % 13 == 0)
		return op(0x84, 0);
	if (o == 0x60 || o == 0x70) /* shifting by X of 32 and more is nobody's promise */
		return op(0x04 | o, k % 32);
	if (!x && (o == 0x30 || o == 0x90))
		k = k ? k : 7;
	return op(0x04 | o | x, x ? 0 : k);
}

static size_t random_filter(uint64_t *seed, struct cbpf_insn *p)
{
	static const uint8_t jumps[] = {0x15, 0x1d, 0x25, 0x2d, 0x35, 0x3d, 0x45, 0x4d};
	size_t n = 0, body = 6 + test_random(seed) % (BODY_MAX - 6), k;

	for (k = 0; k < 4; k++) { /* all of M[0..3] is written first */
		p[n++] = random_load(seed);
		p[n++] = op(test_random(seed) & 1 ? 0x02 : 0x03, (uint32_t)k);
	}
	for (body += n; n < body; n++) {
		uint64_t r = test_random(seed);

		p[n] = r % 8 < 3 ? random_load(seed) : random_alu(seed);
		if (r % 8 == 3)
			p[n] = op(r & 256 ? 0x07 : 0x87, 0);
		if (r % 8 == 4)
			p[n] = op((r & 256 ? 0x02 : 0x60) | (r >> 9 & 1), r >> 16 & 3);
		if (r % 8 == 5) {
			p[n] = op(jumps[(r >> 8) % 8], some_k(seed));
			if (p[n].code & 8)
				p[n].k = 0;
			p[n].jt = (uint8_t)((r >> 20) % MIN(body - n, 4u));
			p[n].jf = (uint8_t)((r >> 30) % MIN(body - n, 4u));
		}
		if (r % 512 == 6)
			p[n] = op(0x05, (uint32_t)((r >> 20) % MIN(body - n, 4u)));
	}
	for (k = 0; k < 2; k++) { /* A ^= A >> 16, A ^= A >> 8 */
		p[n++] = op(0x07, 0);
		p[n++] = op(0x74, k ? 8 : 16);
		p[n++] = op(0xac, 0);
	}
	p[n++] = op(0x54, 0x7f);
	p[n++] = op(0x16, 0);
	return n;
}

static int load_ebpf(const struct isa_code *code, char *log, size_t size)
{
	union bpf_attr a = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uint64_t)(uintptr_t)code->at,
		.insn_cnt = (uint32_t)code->n,
		.license = (uint64_t)(uintptr_t) "GPL",
		.log_level = 1,
		.log_buf = (uint64_t)(uintptr_t)log,
		.log_size = (uint32_t)size,
	};

	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &a, sizeof(a));
}

/* The length that arrives, 0 when the packet is dropped. */
static ssize_t through(const int fd[2], const void *packet, size_t n)
{
	char got[PACKET];
	ssize_t arrived;

	CHECK_EQ(send(fd[1], packet, n, 0), n);
	arrived = recv(fd[0], got, sizeof(got), MSG_DONTWAIT);
	return arrived < 0 ? 0 : arrived;
}

/* The same from an engine of ours, for a packet that no device knows. */
static ssize_t here(const struct isa_code *code, enum vm_engine engine, const void *packet, size_t n)
{
	unsigned char bytes[PACKET + 16] = {0};
	struct vm_packet p;
	struct vm_env env = {0};
	struct vm_world w;
	struct vm_prog *prog;
	struct vm_run run;
	uint64_t r0 = 0;

	env.helper = vm_helpers_classic(&env.helpers);
	CHECK_EQ(vm_load("filter", code->at, code->n, engine, &env, NULL, &prog), 0);
	CHECK_EQ(vm_packet_init(&p, VM_PACKET_SKB), 0);
	memcpy(bytes, packet, n);
	CHECK_EQ(vm_packet_set(&p, bytes, sizeof(bytes)), 0);
	p.len = p.skb.len = (uint32_t)n;
	p.skb.data_end = p.skb.data + p.len;
	p.skb.pkt_type = p.skb.protocol = p.skb.ifindex = 0;
	vm_world_init(&w, NULL, NULL, 1);
	w.packet = &p;
	CHECK_EQ(vm_run_init(&run), 0);
	run.world = &w;
	CHECK_EQ(vm_packet_show(&run, &p), 0);
	CHECK_EQ(vm_exec(&run, prog, (const uint64_t[5]){(uintptr_t)vm_packet_ctx(&p)}, &r0), 0);
	vm_run_done(&run);
	vm_world_done(&w);
	vm_packet_done(&p);
	vm_unload(prog);
	return (ssize_t)MIN((size_t)(uint32_t)r0, n);
}

static void compare_filters(const struct cbpf_insn *p, size_t n, const int classic[2],
			    const int ebpf[2], uint64_t *seed, unsigned *some)
{
	static char log[1 << 16];
	static const enum vm_engine engines[] = {VM_CHECKED, VM_FAST, VM_JIT};
	struct isa_code code, ours;
	unsigned char packet[PACKET];
	struct diag d;
	int fd, k, e;

	diag_init(&d, 5);
	CHECK_EQ(cbpf_check("filter", p, n, &d), 0);
	CHECK_EQ(cbpf_convert("filter", p, n, &d, &code), 0);
	CHECK_EQ(cbpf_convert_here(p, n, &ours), 0);
	fd = load_ebpf(&code, log, sizeof(log));
	if (fd < 0)
		test_note("%s", log);
	CHECK(fd >= 0);
	isa_code_done(&code);
	CHECK_EQ(attach(classic[0], p, n), 0);
	CHECK_EQ(setsockopt(ebpf[0], SOL_SOCKET, SO_BPF, &fd, sizeof(fd)), 0);
	close(fd);
	for (k = 0; k < 4; k++) {
		size_t j, len = k ? PACKET : 1 + test_random(seed) % PACKET;
		ssize_t want, got;

		for (j = 0; j < len; j++)
			packet[j] = (unsigned char)test_random(seed);
		want = through(classic, packet, len);
		got = through(ebpf, packet, len);
		*some += want && want < (ssize_t)len;
		if (want != got)
			for (j = 0; j < n; j++)
				test_note("{ 0x%x, %u, %u, 0x%x },", p[j].code, p[j].jt, p[j].jf,
					  p[j].k);
		CHECK_EQ(got, want);
		for (e = 0; e < (int)ARRAY_LEN(engines); e++)
			CHECK_EQ(here(&ours, engines[e], packet, len), want);
	}
	isa_code_done(&ours);
	diag_done(&d);
}

TEST_WITH(translated_filters_answer_as_the_kernels, TEST_NO_OOM)
{
	const char *why = test_bpf_missing();
	uint64_t seed = test_seed();
	unsigned k, some = 0, rounds = test_long() ? 100000 : 3000;
	int classic[2], ebpf[2];

	if (why)
		SKIP("%s", why);
	pair(classic);
	pair(ebpf);
	for (k = 0; k < rounds; k++) {
		struct cbpf_insn p[BODY_MAX + 32];

		compare_filters(p, random_filter(&seed, p), classic, ebpf, &seed, &some);
	}
	close(classic[0]);
	close(classic[1]);
	close(ebpf[0]);
	close(ebpf[1]);
	test_note("%u filters, %u of %u packets truncated", rounds, some, 4 * rounds);
	CHECK(some > rounds / 4);
}

/* ---- text ------------------------------------------------------------------------------------ */

static int parse(const char *text, size_t len, const struct cbpf_insn *want, size_t n)
{
	struct src s = {.name = "filter", .text = text, .len = (uint32_t)len};
	struct cbpf_code code = {0};
	struct str report;
	struct diag d;
	int err;

	diag_init(&d, 5);
	str_init(&report, 1 << 16);
	err = cbpf_parse(&s, &d, &code);
	diag_render(&d, DIAG_PLAIN, &report);
	if (!err && (code.n != n || memcmp(code.at, want, n * sizeof(*want))))
		err = -EILSEQ;
	if (err)
		test_note("%s%s", text, report.s);
	cbpf_code_done(&code);
	str_done(&report);
	diag_done(&d);
	return err;
}

static void parse_is(const char *text, size_t len, const struct cbpf_insn *want, size_t n)
{
	CHECK_EQ(parse(text, len, want, n), 0);
}

static void put_form(struct str *to, const struct cbpf_insn *p, size_t n, int form)
{
	size_t k;

	str_reset(to);
	if (form == 0)
		str_addf(to, "%zu\n", n);
	for (k = 0; k < n; k++) {
		if (form == 0)
			str_addf(to, "%u %u %u %u", p[k].code, p[k].jt, p[k].jf, p[k].k);
		else if (form == 1)
			str_addf(to, "{ 0x%x, %u, %u, 0x%08x },", p[k].code, p[k].jt, p[k].jf,
				 p[k].k);
		else
			cbpf_dis_one(&p[k], (uint32_t)k, to);
		str_addc(to, '\n');
	}
}

TEST(filters_survive_text)
{
	uint64_t seed = test_seed();
	struct str text;
	int k, form;

	for (k = 0; k < 300; k++) {
		struct cbpf_insn p[BODY_MAX + 32];
		size_t n = random_filter(&seed, p);

		for (form = 0; form < 3; form++) {
			int err;

			str_init(&text, 1 << 16);
			put_form(&text, p, n, form);
			err = str_err(&text);
			if (!err)
				err = parse(text.s, text.n, p, n);
			str_done(&text);
			CHECK_EQ(err, 0);
		}
	}
}

static void tcpdump(const char *option, const char *filter, struct str *out)
{
	struct str err;

	str_init(&err, 1 << 16);
	CHECK_EQ(test_spawn((const char *const[]){"tcpdump", "-y", "EN10MB", option, filter, NULL},
			    NULL, 0, out, &err),
		 0);
	str_done(&err);
}

TEST_WITH(tcpdump_agrees, TEST_NO_OOM)
{
	static const char *const filters[] = {
		"tcp port 80",
		"ip6 and udp",
		"host 10.1.2.3 and not arp",
		"vlan 5 or icmp",
		"tcp[tcpflags] & (tcp-syn|tcp-fin) != 0 and not src net 192.168.0.0/16",
		"ip[2:2] > 576 and len > 100",
		"ether host 0:1:2:3:4:5",
		"ip[0] & 0xf != 5",
		"portrange 1000-2000 or tcp[((tcp[12:1] & 0xf0) >> 2):4] = 0x47455420",
		"less 60",
	};
	struct str ddd, dd, d, ours;
	size_t k, pc;

	if (!test_have_command("tcpdump"))
		SKIP("tcpdump is not installed");
	str_init(&ddd, 1 << 16);
	str_init(&dd, 1 << 16);
	str_init(&d, 1 << 16);
	str_init(&ours, 1 << 16);
	for (k = 0; k < ARRAY_LEN(filters); k++) {
		struct src s = {.name = "tcpdump"};
		struct cbpf_code code;
		struct diag diag;

		str_reset(&ddd), str_reset(&dd), str_reset(&d), str_reset(&ours);
		tcpdump("-ddd", filters[k], &ddd);
		tcpdump("-dd", filters[k], &dd);
		tcpdump("-d", filters[k], &d);
		s.text = ddd.s;
		s.len = (uint32_t)ddd.n;
		diag_init(&diag, 5);
		CHECK_EQ(cbpf_parse(&s, &diag, &code), 0);
		diag_done(&diag);
		parse_is(dd.s, dd.n, code.at, code.n);
		parse_is(d.s, d.n, code.at, code.n);
		for (pc = 0; pc < code.n; pc++) {
			cbpf_dis_one(&code.at[pc], (uint32_t)pc, &ours);
			str_addc(&ours, '\n');
		}
		CHECK_STR(ours.s, d.s);
		CHECK(isa_input_guess(ddd.s, ddd.n) == ISA_INPUT_TCPDUMP);
		CHECK(isa_input_guess(dd.s, dd.n) == ISA_INPUT_TCPDUMP);
		CHECK(isa_input_guess(d.s, d.n) == ISA_INPUT_TCPDUMP);
		cbpf_code_done(&code);
	}
	str_done(&ddd);
	str_done(&dd);
	str_done(&d);
	str_done(&ours);
}

TEST(bpf_asm_text)
{
	static const char text[] = "start: ldh [12]	; the type\n"
				   "	jne #0x800, drop\n"
				   "	ldx 4*([14]&0xf)\n"
				   "	ld [x + 2] /* words */\n"
				   "	jlt x, drop\n"
				   "	ld vlan_tci\n"
				   "	ld #len\n"
				   "	st M[3]\n"
				   "	jeq #6, ok, drop\n"
				   "ok:	ret #-1\n"
				   "drop:	ret #0\n";
	static const struct cbpf_insn want[] = {
		{0x28, 0, 0, 12}, {0x15, 0, 8, 0x800},      {0xb1, 0, 0, 14}, {0x40, 0, 0, 2},
		{0x3d, 0, 5, 0},  {0x20, 0, 0, 0xfffff02c}, {0x80, 0, 0, 0},  {0x02, 0, 0, 3},
		{0x15, 0, 1, 6},  {0x06, 0, 0, 0xffffffff}, {0x06, 0, 0, 0},
	};

	parse_is(text, sizeof(text) - 1, want, ARRAY_LEN(want));
}
