/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Loads from packets, and what classic filters ask besides: the kernel's answers are the right ones.
 *
 * LD_ABS and LD_IND go through BPF_PROG_TEST_RUN, where a socket filter's data begins with the network
 * header and a classifier's with the link header. Classic filters are attached to a packet socket of
 * the loopback device: as many bytes arrive as the filter says.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "test.h"
#include "vm/vm.h"

enum { PROG_MAX = 64, BYTES_MAX = 1600, SO_FILTER = 26, FULL = 2048 };

static const enum vm_engine engines[] = {VM_CHECKED, VM_FAST, VM_JIT, VM_TRACED};

static void no_trace(struct vm_run *run, const struct vm_prog *p, uint32_t pc, const uint64_t *reg)
{
	(void)run, (void)p, (void)pc, (void)reg;
}

struct ran {
	int err;
	uint64_t r0;
	struct vm_fault fault;
};

/* packet: what the program finds in r1; NULL: nothing. */
static struct ran run_on(const struct insn *at, size_t n, enum vm_engine engine, bool classic,
			 struct vm_packet *packet)
{
	uint64_t arg[5] = {packet ? (uintptr_t)vm_packet_ctx(packet) : 0};
	struct vm_env env = {0};
	struct ran o = {0};
	struct vm_world w;
	struct vm_prog *p;
	struct vm_run run;
	struct str text;
	struct diag d;

	env.helper = classic ? vm_helpers_classic(&env.helpers) : NULL;
	diag_init(&d, 1);
	if (vm_load("program", at, n, engine, &env, &d, &p)) {
		str_init(&text, 4096);
		diag_render(&d, DIAG_PLAIN, &text);
		FAIL("%s", text.s);
	}
	diag_done(&d);
	vm_world_init(&w, NULL, NULL, 1);
	w.packet = packet;
	CHECK(!vm_run_init(&run));
	run.world = &w;
	run.trace = no_trace;
	if (packet)
		CHECK(!vm_packet_show(&run, packet));
	o.err = vm_exec(&run, p, arg, &o.r0);
	o.fault = run.fault;
	vm_run_done(&run);
	vm_world_done(&w);
	vm_unload(p);
	return o;
}

/* ---- LD_ABS and LD_IND ---- */

static char kernel_log[1 << 16];

static int kernel_load(enum bpf_prog_type type, const struct insn *at, size_t n)
{
	union bpf_attr a = {
		.prog_type = type,
		.insns = (uintptr_t)at,
		.insn_cnt = (uint32_t)n,
		.license = (uintptr_t)"GPL",
		.log_buf = (uintptr_t)kernel_log,
		.log_size = sizeof(kernel_log),
		.log_level = 1,
	};
	int fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &a, sizeof(a));

	if (fd < 0)
		FAIL("the kernel refuses it: %s", kernel_log);
	return fd;
}

static uint32_t kernel_run(int fd, const uint8_t *bytes, uint32_t n)
{
	union bpf_attr a = {0};

	a.test.prog_fd = (uint32_t)fd;
	a.test.data_in = (uintptr_t)bytes;
	a.test.data_size_in = n;
	if (syscall(SYS_bpf, BPF_PROG_TEST_RUN, &a, sizeof(a)))
		FAIL("BPF_PROG_TEST_RUN: %s", strerror(errno));
	return a.test.retval;
}

static int32_t some_offset(uint64_t *seed, uint32_t n)
{
	uint64_t r = test_random(seed);
	int32_t near = (int32_t)(r >> 8) % (int32_t)(n + 4), edge = (int32_t)n - (int32_t)(r >> 40) % 6;

	switch (r % 8) {
	case 0: return edge;
	case 1: return -0x100000 + near;
	case 2: return -0x200000 + near;
	case 3: return -0x100000 + edge - 14;
	case 4: return -0x200000 + edge;
	case 5: return (r >> 8 & 15) ? near : (int32_t)(r >> 32);
	}
	return near;
}

static size_t put_load(struct insn *at, uint64_t *seed, uint32_t n)
{
	static const uint8_t sizes[] = {ISA_SIZE_W, ISA_SIZE_H, ISA_SIZE_B};
	uint64_t r = test_random(seed);
	int32_t off = some_offset(seed, n), part = (int32_t)(r >> 32);
	unsigned size = sizes[r % 3], reg = (unsigned[]){1, 2, 3, 5, 7, 9}[(r >> 8) % 6];
	size_t k = 0;

	if (r >> 16 & 1) {
		at[k++] = isa_insn(0x20 | (uint8_t)size, 0, 0, 0, off);
	} else {
		if (r >> 17 & 1) /* only the lower half of the sum counts */
			part &= 0xff;
		at[k++] = isa_mov32_imm(reg, (int32_t)((uint32_t)off - (uint32_t)part));
		at[k++] = isa_insn(0x40 | (uint8_t)size, 0, reg, 0, part);
	}
	return k;
}

static size_t put_program(struct insn *at, uint64_t *seed, uint32_t bytes)
{
	unsigned loads = 1 + test_random(seed) % 4, i;
	size_t n = 0;

	at[n++] = isa_mov64_reg(6, 1);
	at[n++] = isa_mov64_imm(8, 7);
	for (i = 0; i < loads; i++) {
		n += put_load(at + n, seed, bytes);
		at[n++] = isa_mul64_imm(8, 31);
		at[n++] = isa_add64_reg(8, 0);
	}
	at[n++] = isa_mov32_reg(0, 8);
	at[n++] = isa_exit();
	CHECK(n <= PROG_MAX);
	return n;
}

static void show(const struct insn *at, size_t n)
{
	struct isa_dis o = {.style = ISA_STYLE_KERNEL, .pcs = true};
	struct str s;

	str_init(&s, 1 << 16);
	isa_dis_program(&o, at, n, &s);
	test_note("%s", s.s);
	str_done(&s);
}

static bool compare_load(uint64_t *seed, struct vm_packet *packet, const uint8_t *bytes)
{
	struct insn at[PROG_MAX];
	uint32_t len = 14 + (uint32_t)(test_random(seed) % 120), want;
	size_t n = put_program(at, seed, len), e;
	int fd;

	packet->l3 = test_random(seed) & 1;
	fd = kernel_load(packet->l3 ? BPF_PROG_TYPE_SOCKET_FILTER : BPF_PROG_TYPE_SCHED_CLS, at, n);
	want = kernel_run(fd, bytes, len);
	close(fd);
	for (e = 0; e < ARRAY_LEN(engines); e++) {
		struct ran got;

		CHECK(!vm_packet_set(packet, bytes, len));
		got = run_on(at, n, engines[e], false, packet);
		if (got.err || (uint32_t)got.r0 != want) {
			show(at, n);
			test_note("engine %d, %u bytes, %s", (int)engines[e], len, packet->l3 ? "l3" : "l2");
		}
		CHECK_EQ(got.err, 0);
		CHECK_EQ((uint32_t)got.r0, want);
	}
	return want != 0;
}

TEST_WITH(packet_loads_judged_by_the_kernel, TEST_NO_OOM)
{
	const char *missing = test_bpf_missing();
	unsigned k, rounds = test_long() ? 200000 : 4000, some = 0;
	uint64_t seed = test_seed();
	struct vm_packet packet;
	uint8_t bytes[256];

	if (missing)
		SKIP("%s", missing);
	for (k = 0; k < sizeof(bytes); k++)
		bytes[k] = (uint8_t)(k * 37 + 11);
	CHECK(!vm_packet_init(&packet, VM_PACKET_SKB));
	for (k = 0; k < rounds; k++)
		some += compare_load(&seed, &packet, bytes);
	vm_packet_done(&packet);
	test_note("%u of %u programs reached their end", some, rounds);
	CHECK(some > rounds / 8 && some < rounds);
}

/* The kernel wants BTF for this: a load that fails ends only the function it is in. */
TEST_WITH(a_packet_load_that_fails_in_a_function, TEST_NO_OOM)
{
	static const uint8_t bytes[20] = {1, 2, 3, 4};
	struct insn at[] = {
		isa_mov64_reg(6, 1),   isa_call_local(3),  isa_mov64_reg(7, 0),
		isa_add64_imm(0, 100), isa_exit(),	   isa_mov64_imm(7, 5),
		isa_mov64_imm(0, 3),   {.code = 0x30, .imm = 0}, isa_exit(),
	};
	struct vm_packet packet;
	size_t e;

	CHECK(!vm_packet_init(&packet, VM_PACKET_SKB));
	CHECK(!vm_packet_set(&packet, bytes, sizeof(bytes)));
	for (e = 0; e < ARRAY_LEN(engines); e++) {
		at[7].imm = 0;
		CHECK_EQ(run_on(at, ARRAY_LEN(at), engines[e], false, &packet).r0, 101);
		at[7].imm = 20;
		CHECK_EQ(run_on(at, ARRAY_LEN(at), engines[e], false, &packet).r0, 100);
	}
	vm_packet_done(&packet);
}

/* What the verifier would not let happen: another context, no packet. */
TEST_WITH(a_packet_load_from_elsewhere_is_a_fault, TEST_NO_OOM)
{
	static const struct insn at[] = {
		{.code = 0xbf, .dst = 6, .src = 10}, {.code = 0x30, .imm = 3}, {.code = 0x95}};
	struct vm_packet packet;
	size_t e;

	CHECK(!vm_packet_init(&packet, VM_PACKET_SKB));
	CHECK(!vm_packet_set(&packet, "0123456789abcdefgh", 18));
	for (e = 0; e < ARRAY_LEN(engines); e++) {
		struct ran o = run_on(at, 3, engines[e], false, &packet);

		CHECK_EQ(o.err, -EFAULT);
		CHECK_EQ(o.fault.kind, VM_FAULT_HELPER);
		CHECK_EQ(o.fault.pc, 1);
		CHECK_EQ(run_on(at, 3, engines[e], false, NULL).err, -EFAULT);
	}
	vm_packet_done(&packet);
}

/* ---- classic filters on a packet socket ---- */

static int packet_socket(void)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_protocol = htons(0x0003)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(0x0003));

	if (fd < 0)
		SKIP("no packet socket: %s", strerror(errno));
	to.sll_ifindex = (int)if_nametoindex("lo");
	if (!to.sll_ifindex || bind(fd, (struct sockaddr *)&to, sizeof(to)))
		SKIP("no loopback device: %s", strerror(errno));
	return fd;
}

static struct cbpf_insn op(unsigned code, uint32_t k)
{
	return (struct cbpf_insn){.code = (uint16_t)code, .k = k};
}

static struct cbpf_insn jump(unsigned code, uint32_t k, uint8_t jt, uint8_t jf)
{
	return (struct cbpf_insn){.code = (uint16_t)code, .jt = jt, .jf = jf, .k = k};
}

/* The mark in a frame's addresses: what else is on the device, this test elsewhere too, does not disturb. */
enum { MARK_AT = 6 };

static uint32_t mark(void)
{
	return 0x02000000 | ((uint32_t)getpid() & 0xffffff);
}

/*
 * Takes frames with our mark that come in, and keeps as many bytes as the ancillary load at k says, with
 * A and X as given, less `less` and with 1 added.
 */
static size_t put_filter(struct cbpf_insn *p, uint32_t k, uint32_t a, uint32_t x, uint32_t less)
{
	size_t n = 0;

	p[n++] = op(0x20, 0xfffff004);	      /* ld type */
	p[n++] = jump(0x15, 4, 9, 0);	      /* outgoing: drop */
	p[n++] = op(0x20, MARK_AT);
	p[n++] = jump(0x15, mark(), 0, 7);
	p[n++] = op(0x01, x);
	p[n++] = op(0x00, a);
	p[n++] = op(0x20, 0xfffff000 + k);
	p[n++] = op(0x14, less);
	p[n++] = op(0x54, 0x7f);
	p[n++] = op(0x04, 1);
	p[n++] = op(0x16, 0);
	p[n++] = op(0x06, 0);
	return n;
}

static void attach(int fd, const struct cbpf_insn *p, size_t n)
{
	struct { unsigned short n; const struct cbpf_insn *at; } f = {(unsigned short)n, p};

	if (setsockopt(fd, SOL_SOCKET, SO_FILTER, &f, sizeof(f)))
		FAIL("the kernel refuses the filter: %s", strerror(errno));
}

static ssize_t through(int from, int to, const uint8_t *frame, size_t n)
{
	struct pollfd wait = {.fd = to, .events = POLLIN};
	uint8_t got[FULL];

	if (send(from, frame, n, 0) != (ssize_t)n)
		FAIL("sending %zu bytes: %s", n, strerror(errno));
	CHECK_EQ(poll(&wait, 1, 2000), 1);
	return recv(to, got, sizeof(got), 0);
}

static ssize_t ours(const struct isa_code *code, enum vm_engine engine, const uint8_t *frame, size_t n)
{
	struct vm_packet packet;
	struct ran o;

	CHECK(!vm_packet_init(&packet, VM_PACKET_SKB));
	CHECK(!vm_packet_set(&packet, frame, n));
	o = run_on(code->at, code->n, engine, true, &packet);
	vm_packet_done(&packet);
	CHECK_EQ(o.err, 0);
	return (ssize_t)MIN((size_t)(uint32_t)o.r0, n);
}

/* An IP header of either version with a protocol that may have a header, options and fragments. */
static size_t random_frame(uint8_t *frame, uint64_t *seed)
{
	static const uint8_t protocols[] = {1, 2, 6, 17, 33, 50, 58, 132, 136, 0, 43, 60, 44};
	size_t n = 60 + test_random(seed) % 120, k;
	uint64_t r = test_random(seed);
	uint8_t l4 = protocols[(r >> 8) % (ARRAY_LEN(protocols) - (r & 1 ? 4 : 0))];

	for (k = 0; k < n; k++) {
		frame[k] = (uint8_t)test_random(seed);
		if (frame[k] == 47 || frame[k] == 137) /* GRE and MPLS, which we do not look through */
			frame[k] = 59;
	}
	memset(frame, 0, 6);
	for (k = 0; k < 4; k++)
		frame[MARK_AT + k] = (uint8_t)(mark() >> (24 - 8 * k));
	frame[12] = r & 1 ? 0x08 : 0x86;
	frame[13] = r & 1 ? 0x00 : 0xdd;
	if (r & 1) {
		frame[14] = (uint8_t)(0x40 | (r >> 16 & 7 ? 5 + (r >> 20) % 4 : r >> 24 & 15));
		frame[20] = r >> 32 & 3 ? 0x40 : (uint8_t)(r >> 40 & 0x3f);
		frame[21] = r >> 32 & 3 ? 0 : (uint8_t)(r >> 48 & 3);
		frame[23] = l4;
		return r >> 60 ? n : 14 + r % 40;
	}
	frame[14] = 0x60;
	frame[20] = l4;
	for (k = 54; k + 8 < n; k += 8) { /* extension headers of 8 or 16 bytes */
		frame[k] = protocols[frame[k] % ARRAY_LEN(protocols)];
		frame[k + 1] &= 1;
	}
	return r >> 60 ? n : 14 + r % 60;
}

static void show_frame(const uint8_t *frame, size_t n)
{
	struct str s;
	size_t i;

	str_init(&s, 4096);
	for (i = 0; i < n; i++)
		str_addf(&s, "%02x ", frame[i]);
	test_note("%s", s.s);
	str_done(&s);
}

static void compare_filter(int from, int to, const struct cbpf_insn *p, size_t n, uint64_t *seed)
{
	uint8_t frame[256];
	size_t len, e, i;
	struct isa_code code;
	ssize_t want, got;

	attach(to, p, n);
	CHECK(!cbpf_check("filter", p, n, NULL));
	CHECK(!cbpf_convert_here(p, n, &code));
	for (i = 0; i < 8; i++) {
		len = random_frame(frame, seed);
		want = through(from, to, frame, len);
		for (e = 0; e < ARRAY_LEN(engines); e++) {
			got = ours(&code, engines[e], frame, len);
			if (got != want) {
				show_frame(frame, len);
				test_note("ancillary 0x%x, A %u, X %u", p[6].k, p[5].k, p[4].k);
			}
			CHECK_EQ(got, want);
		}
	}
	isa_code_done(&code);
}

/* Somebody's program on this machine that looks for headers in the kernel's place. */
static bool has_dissector(void)
{
	union bpf_attr a = {0};
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	a.query.target_fd = (uint32_t)fd;
	a.query.attach_type = BPF_FLOW_DISSECTOR;
	if (syscall(SYS_bpf, BPF_PROG_QUERY, &a, sizeof(a)))
		a.query.prog_cnt = 0;
	close(fd);
	return a.query.prog_cnt;
}

TEST_WITH(ancillary_loads_judged_by_the_kernel, TEST_NO_OOM | TEST_ALONE)
{
	enum { PROTO = 0, TYPE = 4, IFIDX = 8, NLA = 12, NLAN = 16, HATYPE = 28, XOR = 40, POFF = 52 };
	static const struct { uint32_t k, less; } loads[] = {
		{PROTO, 0}, {TYPE, 0}, {IFIDX, 0}, {NLA, 0}, {NLAN, 0}, {HATYPE, 760}, {XOR, 0}, {POFF, 0},
		{POFF, 0}, {POFF, 0},
	};
	unsigned k, rounds = test_long() ? 20000 : 300;
	bool dissector = has_dissector();
	int from = packet_socket(), to = packet_socket();
	struct cbpf_insn p[16];
	uint64_t seed = test_seed();

	attach(from, (struct cbpf_insn[]){op(0x06, 0)}, 1);
	for (k = 0; k < rounds; k++) {
		uint64_t r = test_random(&seed);
		uint32_t a = (uint32_t)(r >> 8) % 200, x = (uint32_t)(r >> 40) & 0xff;

		if (dissector && loads[k % ARRAY_LEN(loads)].k == POFF)
			continue;
		compare_filter(from, to, p,
			       put_filter(p, loads[k % ARRAY_LEN(loads)].k, a, x,
					  loads[k % ARRAY_LEN(loads)].less),
			       &seed);
	}
	close(from);
	close(to);
	if (dissector)
		SKIP("a flow dissector is attached to this network: where payloads begin was left out");
}
