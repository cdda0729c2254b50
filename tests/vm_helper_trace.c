/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What programs that trace ask and do: events, counters, types, names, sysctl, effects. */
#include <sys/mman.h>

#include "test.h"
#include "vm_helper.h"

enum { PROG_CLS = 3, PROG_SYSCALL = 31 };

#define PUT(at) "*(u64 *)(r9 + " at ") = r0\n"

static const enum vm_engine engines[] = {VM_CHECKED, VM_FAST, VM_JIT};

/* ---- counters, branches ---- */

static int counter(void *arg, const struct map *m, uint32_t i, struct vm_counter *ret)
{
	(void)arg;
	if (m && i == 1)
		return -ENOENT;
	*ret = (struct vm_counter){m ? 100 + i : 7, 8, 9};
	return 0;
}

static int64_t branches(void *arg, bool snapshot, void *to, size_t n)
{
	(void)arg;
	memset(to, snapshot ? 0x22 : 0x11, MIN(n, (size_t)48));
	return 48;
}

TEST(counters_and_branches)
{
	static const struct vm_outside outside = {.counter = counter, .branches = branches};
	const int64_t want[] = {100,     -ENOENT, 102,
				0,       102,     9,
				0,       7,       -EINVAL,
				48,      24,      0x1111111111111111,
				-EINVAL, 24,      0x2222222222222222,
				-ENOENT};
	struct helper_text p;
	struct vm_world w;

	memset(&p, 0, sizeof(p));
	helper_case_init(&p.c, PROG_SYSCALL);
	p.c.map[p.c.maps++] = (struct helper_map){.name = "e",
						  .type = MAP_TYPE_PERF_EVENT_ARRAY,
						  .key_size = 4,
						  .value_size = 4,
						  .max_entries = 3};
	helper_text_set(&p, "r6 = r1\nr9 = out ll\nr1 = e ll\nr2 = 0\ncall perf_event_read\n" PUT("0") "r1 = e ll\nr2 = 1\ncall perf_event_read\n" PUT("8") "r1 = e ll\nr2 = 0xffffffff ll\ncall perf_event_read\n" PUT(
				    "16") "r1 = e ll\nr2 = 2\nr3 = r9\nr3 += 512\nr4 = 24\ncall "
					  "perf_event_read_value\n" PUT("24") "r0 = *(u64 *)(r9 + "
									      "512)\n" PUT("32") "r"
												 "0"
												 " "
												 "="
												 " "
												 "*"
												 "("
												 "u"
												 "6"
												 "4"
												 " "
												 "*"
												 ")"
												 "("
												 "r"
												 "9"
												 " "
												 "+"
												 " "
												 "5"
												 "2"
												 "8"
												 ")"
												 "\n" PUT("40") "r1 = r6\nr2 = r9\nr2 += 512\nr3 = 24\ncall perf_prog_read_value\n" PUT("48") "r0 = *(u64 *)(r9 + 512)\n" PUT("56") "r1 = r6\nr2 = r9\nr2 += 512\nr3 = 8\ncall perf_prog_read_value\n" PUT("64") "r1 = r6\nr2 = 0\nr3 = 0\nr4 = 1\ncall read_branch_records\n" PUT("72") "r1 = r6\nr2 = r9\nr2 += 512\nr3 = 24\nr4 = 0\ncall read_branch_records\n" PUT("80") "r0 = *(u64 *)(r9 + 512)\n" PUT("88") "r1 = r6\nr2 = r9\nr2 += 512\nr3 = 25\nr4 = 0\ncall read_branch_records\n" PUT("96") "r1 = r9\nr1 += 512\nr2 = 24\nr3 = 0\ncall get_branch_snapshot\n" PUT("104") "r0 = *(u64 *)(r9 + 512)\n" PUT("112") "r1 = e ll\nr2 = 1\nr3 = r9\nr3 += 512\nr4 = 24\ncall perf_event_read_value\n" PUT("120") "r0 = 0\nexit\n");
	vm_world_init(&w, &outside, NULL, 1);
	w.cpu = 2;
	w.cpus = 3;
	helper_text_check(&p, &w, want, ARRAY_LEN(want));
	helper_text_done(&p);
	vm_world_done(&w);
}

/* ---- records: what a ring holds then ---- */

static int ring_get(void *arg, struct map *m, enum map_ref_kind kind, int fd, void **ret_ref)
{
	(void)m;
	if (kind != MAP_REF_PERF_EVENT || fd)
		return -EBADF;
	*ret_ref = *(struct map_perf **)arg;
	return 0;
}

static void ring_put(void *arg, struct map *m, enum map_ref_kind kind, void *ref)
{
	(void)arg, (void)m, (void)kind, (void)ref;
}

static int resolve(void *ctx, const struct isa_op *op, struct diag *d, uint64_t *ret_value)
{
	(void)op, (void)d;
	*ret_value = (uint64_t)(uintptr_t)ctx;
	return 0;
}

/* Three words, and 14 bytes of the packet behind the second. */
static const char recording[] = "r6 = r1\nr1 = 0x4847464544434241 ll\n*(u64 *)(r10 - 8) = r1\n"
				"r1 = r6\nr2 = e ll\nr3 = 0xffffffff ll\nr4 = r10\nr4 += -8\nr5 = "
				"8\ncall perf_event_output\nr7 = r0\n"
				"r1 = r6\nr2 = e ll\nr3 = 0x0e00000000 ll\nr4 = r10\nr4 += -8\nr5 "
				"= 8\ncall perf_event_output\nr7 |= r0\n"
				"r1 = r6\nr2 = e ll\nr3 = 0x4100000000 ll\nr4 = r10\nr4 += -8\nr5 "
				"= 8\ncall skb_output\nr0 += 14\nr0 |= r7\nexit\n";

static void check_ring(const uint8_t *page, const uint8_t *packet)
{
	enum { HEAD_AT = 1024, SAMPLE = 9, PAGE = 4096 };
	const uint8_t *at = page + PAGE;
	uint64_t head;
	uint32_t type, n;
	uint16_t size;

	memcpy(&head, page + HEAD_AT, 8);
	memcpy(&type, at, 4);
	memcpy(&size, at + 6, 2);
	memcpy(&n, at + 8, 4);
	CHECK_EQ(type, SAMPLE);
	CHECK(n >= 8);
	CHECK_MEM(at + 12, "ABCDEFGH", 8);
	at += size;
	memcpy(&size, at + 6, 2);
	memcpy(&n, at + 8, 4);
	CHECK(n >= 22);
	CHECK_MEM(at + 12, "ABCDEFGH", 8);
	CHECK_MEM(at + 20, packet, 14);
	CHECK_EQ((uint64_t)(at + size - page - PAGE), head);
}

TEST(records_are_in_the_ring)
{
	static const uint8_t bytes[64] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45};
	const struct map_attr a = {.type = MAP_TYPE_PERF_EVENT_ARRAY,
				   .key_size = 4,
				   .value_size = 4,
				   .max_entries = 1,
				   .name = "e"};
	struct map_perf *ring = NULL;
	struct map_env env = {.cpus = 1,
			      .kernel = ABI_KERNEL(6, 18),
			      .arg = &ring,
			      .ref_get = ring_get,
			      .ref_put = ring_put};
	struct vm_env how = {.resolve = resolve};
	struct vm_packet packet = {0};
	struct vm_prog *prog = NULL;
	struct vm_run run = {0};
	struct map *m = NULL;
	struct helper_text p;
	uint32_t zero = 0;
	struct vm_world w;
	uint64_t r0 = 1;
	int err;

	memset(&p, 0, sizeof(p));
	p.c.maps = 2;
	p.c.map[1].name[0] = 'e';
	helper_text_set(&p, recording);
	how.helper = vm_helpers_default(&how.helpers);
	vm_world_init(&w, NULL, NULL, 1);
	w.packet = &packet;
	err = p.code.n ? map_perf_create(&env, 0, 2, &ring) : -ENOMEM;
	if (!err)
		err = map_create(&a, &env, &m);
	if (!err)
		err = map_user_update(m, MAP_MAY_ALL, &zero, &zero, MAP_ANY);
	how.ctx = m;
	if (!err)
		err = vm_load("events", p.code.at, p.code.n, VM_CHECKED, &how, NULL, &prog);
	if (!err)
		err = vm_run_init(&run);
	run.world = &w;
	if (!err)
		err = vm_packet_init(&packet, VM_PACKET_SKB);
	if (!err)
		err = vm_packet_set(&packet, bytes, sizeof(bytes));
	map_enter();
	if (!err)
		err = vm_exec(&run, prog, (const uint64_t[5]){(uintptr_t)vm_packet_ctx(&packet)},
			      &r0);
	map_exit();
	if (!test_oom()) {
		uint8_t *page = mmap(NULL, 3 * 4096, PROT_READ, MAP_SHARED, map_perf_fd(ring), 0);

		CHECK_EQ(err, 0);
		CHECK_EQ(r0, 0);
		CHECK(page != MAP_FAILED);
		check_ring(page, bytes);
		munmap(page, 3 * 4096);
	}
	if (m)
		map_unref_user(m);
	map_quiesce();
	if (ring)
		map_perf_free(ring);
	vm_packet_done(&packet);
	vm_run_done(&run);
	vm_unload(prog);
	helper_text_done(&p);
	vm_world_done(&w);
}

/* ---- types and names ---- */

static int type_show(void *arg, uint32_t type, uint64_t at, uint64_t flags, struct str *s)
{
	(void)arg;
	if (type != 5)
		return -ENOENT;
	str_addf(s, "{.at = %llu,.f = %llu}", (unsigned long long)at, (unsigned long long)flags);
	return 0;
}

static int64_t type_find(void *arg, const char *name, uint32_t kind)
{
	(void)arg;
	return !strcmp(name, "task") && kind == 4 ? 42 : -ENOENT;
}

static int symbol_find(void *arg, const char *name, uint64_t *ret_at)
{
	(void)arg;
	*ret_at = 0xf00;
	return strcmp(name, "task") ? -ENOENT : 0;
}

static uint64_t percpu(void *arg, uint64_t variable, uint32_t cpu)
{
	(void)arg;
	return variable + 0x100 * cpu;
}

static int path(void *arg, uint64_t at, struct str *s)
{
	(void)arg;
	str_add(s, "/tmp/x");
	return at == 9 ? 0 : -EFAULT;
}

static int64_t sys_bpf(void *arg, uint32_t cmd, void *attr, uint32_t n)
{
	(void)arg;
	memset(attr, 0x33, n);
	return cmd == 5 ? 17 : -EINVAL;
}

static uint64_t file_socket(void *arg, uint64_t file)
{
	(void)arg;
	return file == 9 ? 0x99 : 0;
}

static int sys_close(void *arg, uint32_t fd)
{
	(void)arg;
	return fd == 17 ? 0 : -EBADF;
}

static const char asking[] = "r9 = out ll\nr1 = 9\n*(u64 *)(r10 - 16) = r1\nr1 = 5\n*(u64 *)(r10 - "
			     "8) = r1\n"
			     "r1 = r9\nr1 += 512\nr2 = 8\nr3 = r10\nr3 += -16\nr4 = 16\nr5 = "
			     "2\ncall snprintf_btf\n" PUT("0") "r0 = *(u64 *)(r9 + 512)\n" PUT("8") "r1 = r9\nr1 += 512\nr2 = 8\nr3 = r10\nr3 += -16\nr4 = 16\nr5 = 16\ncall snprintf_btf\n" PUT("16") "r1 = r9\nr1 += 512\nr2 = 8\nr3 = r10\nr3 += -16\nr4 = 8\nr5 = 0\ncall snprintf_btf\n" PUT(
				     "24") "r1 = 6\n*(u64 *)(r10 - 8) = r1\n"
					   "r1 = r9\nr1 += 512\nr2 = 8\nr3 = r10\nr3 += -16\nr4 = "
					   "16\nr5 = 0\ncall snprintf_btf\n" PUT(
						   "32") "r1 = 0x6b736174 ll\n*(u64 *)(r10 - 8) = "
							 "r1\n"
							 "r1 = r10\nr1 += -8\nr2 = 5\nr3 = 4\nr4 = "
							 "0\ncall btf_find_by_name_kind\n" PUT("40") "r1 = r10\nr1 += -8\nr2 = 5\nr3 = 0\nr4 = r9\nr4 += 56\ncall kallsyms_lookup_name\n" PUT("48") "r1 = 0x1000\ncall this_cpu_ptr\n" PUT("64") "r1 = 0x1000\nr2 = 2\ncall per_cpu_ptr\n" PUT("72") "r1 = 0x1000\nr2 = 3\ncall per_cpu_ptr\n" PUT("80") "r1 = 9\nr2 = r9\nr2 += 512\nr3 = 7\ncall d_path\n" PUT("88") "r0 = *(u64 *)(r9 + 512)\n" PUT("96") "r1 = 9\nr2 = r9\nr2 += 512\nr3 = 6\ncall d_path\n" PUT(
								 "104") "r1 = 5\nr2 = r9\nr2 += "
									"512\nr3 = 8\ncall "
									"sys_bpf\n" PUT("112") "r0 "
											       "= "
											       "*("
											       "u64"
											       " *)"
											       "(r9"
											       " + "
											       "512"
											       ")"
											       "\n" PUT("120") "r1 = 17\ncall sys_close\n" PUT("128") "r1 = 18\ncall sys_close\n" PUT("136") "r1 = 9\ncall sock_from_file\n" PUT("144") "r1 = 8\ncall sock_from_file\n" PUT("152") "r0 = 0\nexit\n";

TEST(types_and_names)
{
	static const struct vm_outside outside = {.type_show = type_show,
						  .type_find = type_find,
						  .symbol_find = symbol_find,
						  .percpu = percpu,
						  .path = path,
						  .sys_bpf = sys_bpf,
						  .sys_close = sys_close,
						  .file_socket = file_socket};
	/* "{.at = 9,.f = 2}" is 16 characters, of which 7 fit; "/tmp/x" and its NUL */
	const int64_t want[] = {16,
				0x203d2074612e7b,
				-EINVAL,
				-EINVAL,
				-ENOENT,
				42,
				0,
				0xf00,
				0x1100,
				0x1200,
				0,
				7,
				0x00782f706d742f,
				-ENAMETOOLONG,
				17,
				0x3333333333333333,
				0,
				-EBADF,
				0x99};
	struct helper_text p;
	struct vm_world w;

	helper_text_init(&p, PROG_SYSCALL, asking);
	vm_world_init(&w, &outside, NULL, 1);
	w.cpu = 1;
	w.cpus = 3;
	helper_text_check(&p, &w, want, ARRAY_LEN(want));
	helper_text_done(&p);
	vm_world_done(&w);
}

TEST(nobody_to_ask)
{
	const int64_t want[] = {-EINVAL, 0, -EINVAL, -EINVAL, -EINVAL, -ENOENT, -ENOENT, 0, 0, 0, 0,
				-EFAULT, 0, -EFAULT, -EPERM,  0,       -EBADF,  -EBADF,  0};
	struct helper_text p;
	struct vm_world w;

	helper_text_init(&p, PROG_SYSCALL, asking);
	vm_world_init(&w, NULL, NULL, 1);
	w.cpus = 3;
	helper_text_check(&p, &w, want, ARRAY_LEN(want));
	helper_text_done(&p);
	vm_world_done(&w);
}

/* ---- effects ---- */

struct seen {
	struct vm_effect effect[8];
	unsigned n;
};

static void see(void *arg, const struct vm_effect *e)
{
	struct seen *s = arg;

	if (s->n < 8)
		s->effect[s->n++] = *e;
}

TEST(effects_are_told)
{
	static const struct vm_outside outside = {.effect = see};
	const int64_t want[] = {0, 0, -EINVAL, 0, 0, 0, 0, 0, -EINVAL, -EAFNOSUPPORT};
	const struct vm_effect told[] = {{.kind = VM_OVERRIDE_RETURN, .a = (uint64_t)-5},
					 {.kind = VM_BPRM_OPTS, .a = 1},
					 {.kind = VM_IR_REPEAT},
					 {.kind = VM_IR_KEY, .a = 3ull << 32 | 1, .b = 4},
					 {.kind = VM_IR_POINTER, .a = 5, .b = 6},
					 {.kind = VM_TCP_ACK, .a = 7},
					 {.kind = VM_BIND, .n = 16}};
	struct helper_result *r = helper_result_new();
	struct helper_text p;
	struct seen s = {0};
	struct vm_world w;
	int64_t got;
	size_t i;

	helper_text_init(&p, PROG_SYSCALL,
			 "r6 = r1\nr9 = out ll\nr1 = r6\nr2 = -5\ncall override_return\n" PUT("0") "r1 = 0\nr2 = 1\ncall bprm_opts_set\n" PUT("8") "r1 = 0\nr2 = 2\ncall bprm_opts_set\n" PUT("16") "r1 = r6\ncall rc_repeat\n" PUT("24") "r1 = r6\nr2 = 3\nr3 = 4\nr4 = 1\ncall rc_keydown\n" PUT("32") "r1 = r6\nr2 = 5\nr3 = 6\ncall rc_pointer_rel\n" PUT(
				 "40") "r1 = 0\nr2 = 7\ncall tcp_send_ack\n" PUT("48") "r1 = "
										       "2\n*(u64 "
										       "*)(r10 - "
										       "16) = "
										       "r1\n*(u64 "
										       "*)(r10 - "
										       "8) = 0\n"
										       "r1 = "
										       "r6\nr2 = "
										       "r10\nr2 += "
										       "-16\nr3 = "
										       "16\ncall "
										       "bind\n" PUT("56") "r1 = r6\nr2 = r10\nr2 += -16\nr3 = 15\ncall bind\n" PUT(
											       "64") "r1 = 3\n*(u64 *)(r10 - 16) = r1\n"
												     "r1 = r6\nr2 = r10\nr2 += -16\nr3 = 16\ncall bind\n" PUT(
													     "72") "r0 = 0\nexit\n");
	vm_world_init(&w, &outside, &s, 1);
	helper_text_run(&p, &w, r);
	for (i = 0; i < ARRAY_LEN(want) && !test_oom(); i++) {
		memcpy(&got, r->out + 8 * i, 8);
		test_note("word %zu", i);
		CHECK_EQ(got, want[i]);
	}
	for (i = 0; i < ARRAY_LEN(told) && !test_oom(); i++) {
		test_note("effect %zu", i);
		CHECK_EQ(s.effect[i].kind, told[i].kind);
		CHECK_EQ(s.effect[i].a, told[i].a);
		CHECK_EQ(s.effect[i].b, told[i].b);
		CHECK_EQ(s.effect[i].n, told[i].n);
	}
	if (!test_oom())
		CHECK_EQ(s.n, ARRAY_LEN(told));
	helper_text_done(&p);
	vm_world_done(&w);
	helper_result_free(r);
}

/* ---- sysctl ---- */

TEST(sysctls)
{
	const int64_t want[] = {12, 0x76692f34, 4, -E2BIG, 0x6f6c, 2, -EINVAL, 3, 0, -EINVAL};
	struct helper_text p;
	struct vm_world w;
	char next[16];
	size_t i;

	helper_text_init(
		&p, PROG_SYSCALL,
		"r6 = r1\nr9 = out ll\nr7 = r9\nr7 += 512\n"
		"r1 = r6\nr2 = r7\nr3 = 16\nr4 = 0\ncall sysctl_get_name\n" PUT("0") "r0 = *(u32 "
										     "*)(r7 + "
										     "3)\n" PUT("8") "r1 = r6\nr2 = r7\nr3 = 16\nr4 = 1\ncall sysctl_get_name\n" PUT("16") "r1 = r6\nr2 = r7\nr3 = 3\nr4 = 1\ncall sysctl_get_name\n" PUT("24") "r0 = *(u16 *)(r7 + 0)\n" PUT("32") "r1 = r6\nr2 = r7\nr3 = 16\ncall sysctl_get_current_value\n" PUT("40") "r1 = r6\nr2 = 0\nr3 = 0\ncall sysctl_get_current_value\n" PUT("48") "r1 = r6\nr2 = r7\nr3 = 16\ncall sysctl_get_new_value\n" PUT(
											     "56") "r1 = r6\nr2 = r9\nr2 += 8\nr3 = 2\ncall sysctl_set_new_value\n" PUT("64") "r1 = r6\nr2 = r9\nr3 = 0\ncall sysctl_set_new_value\n" PUT("72") "r0 = 0\nexit\n");
	vm_world_init(&w, NULL, NULL, 1);
	for (i = 0; i < ARRAY_LEN(engines); i++) {
		struct helper_result *r = helper_result_new();
		struct vm_sysctl s = {.name = "net4/iv/loop",
				      .value = "17",
				      .write = true,
				      .next = next,
				      .next_n = 3,
				      .next_max = sizeof(next)};
		int64_t got;
		size_t k;

		memcpy(next, "123", 4);
		w.sysctl = &s;
		helper_run_ours(&p.c, engines[i], &w, r);
		if (r->err && !test_oom())
			FAIL("%d: %s", r->err, r->log.s);
		for (k = 0; k < ARRAY_LEN(want) && !test_oom(); k++) {
			memcpy(&got, r->out + 8 * k, 8);
			test_note("word %zu", k);
			CHECK_EQ(got, want[k]);
		}
		if (!test_oom()) {
			CHECK(s.replaced);
			CHECK_EQ(s.next_n, 2);
			CHECK_MEM(next, "4/", 2);
		}
		helper_result_free(r);
	}
	helper_text_done(&p);
	vm_world_done(&w);
}

/* ---- hints of a device ---- */

static int xdp_hint(void *arg, enum vm_xdp_hint h, uint64_t *ret_a, uint32_t *ret_b)
{
	(void)arg;
	*ret_a = 100 + h;
	*ret_b = 7;
	return h == VM_XDP_HASH ? -ENODATA : 0;
}

TEST(hints_of_a_device)
{
	static const struct vm_outside outside = {.xdp_hint = xdp_hint};
	static const uint8_t packet[64];
	const int64_t want[] = {0, 100, (uint32_t)-ENODATA, 0, 102 << 16 | 7};
	struct helper_text p;
	struct vm_world w;

	helper_text_init(
		&p, 6,
		"r6 = r1\nr9 = out ll\nr1 = r6\nr2 = r9\nr2 += 8\n"
		"call bpf_xdp_metadata_rx_timestamp\n" PUT(
			"0") "r1 = r6\nr2 = r9\nr2 += 512\nr3 = r9\nr3 += 516\n"
			     "call bpf_xdp_metadata_rx_hash\nr0 <<= 32\nr0 >>= 32\n" PUT(
				     "16") "r1 = r6\nr2 = r9\nr2 += 32\nr3 = r9\nr3 += 34\n"
					   "call bpf_xdp_metadata_rx_vlan_tag\n" PUT(
						   "24") "r0 = 2\nexit\n");
	p.c.data = packet;
	p.c.data_n = sizeof(packet);
	vm_world_init(&w, &outside, NULL, 1);
	helper_text_check(&p, &w, want, ARRAY_LEN(want));
	helper_text_done(&p);
	vm_world_done(&w);
}
