/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The abi tables against the running kernel, by loading programs and creating maps: what it
 * accepts must be what the tables say for a kernel of its version. Program types it does not let
 * us load are left out.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi_host.h"

static const struct host_site *sites;
static size_t n_sites;

#define LD(size)       ((const uint8_t[]){[1] = 0x71, [2] = 0x69, [4] = 0x61, [8] = 0x79}[size])
#define STX(size)      ((const uint8_t[]){[1] = 0x73, [2] = 0x6b, [4] = 0x63, [8] = 0x7b}[size])
#define MOV(dst, imm)  HOST_INSN(0xb7, dst, 0, 0, imm)
#define CALL(id)       HOST_INSN(0x85, 0, 0, 0, id)
#define CALL_KFUNC(id) HOST_INSN(0x85, 0, 2, 0, id)
#define EXIT()         HOST_INSN(0x95, 0, 0, 0, 0)

/* The tables are exact from 5.10 on. */
static void need_kernel(void)
{
	const char *why = test_bpf_missing();
	struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};

	if (why)
		SKIP("%s", why);
	setrlimit(RLIMIT_MEMLOCK,
		  &all); /* kernels before 5.11 count programs and maps against it */
	if (host_kernel() < ABI_KERNEL(5, 10) || host_kernel() > ABI_KERNEL_NEWEST)
		SKIP("this kernel is older or newer than those the tables are for");
}

static void open_sites(void)
{
	need_kernel();
	sites = host_sites(&n_sites);
	test_note("%zu kinds of programs", n_sites);
	/* Without most of them this would be no test. */
	CHECK(n_sites > 30);
}

/* ---- contexts ---- */

/* Bytes of a context to try: some beyond its end, and no more than the start of very long ones. */
static int span_of(enum abi_ctx_view view)
{
	uint32_t size = abi_ctx_struct(abi_ctx_view_row(view)->ctx)->size;

	return size > 300 ? 80 : (int)size + 8;
}

static bool site_seen(size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (sites[k].at.prog == sites[i].at.prog &&
		    abi_ctx_view(&sites[k].at) == abi_ctx_view(&sites[i].at))
			return true;
	return false;
}

static void check_ctx(struct host_verdict *v, const struct host_site *s, int off, unsigned size,
		      bool write)
{
	struct bpf_insn insns[] = {
		MOV(2, 0),
		write ? HOST_INSN(STX(size), 1, 2, (int16_t)off, 0)
		      : HOST_INSN(LD(size), 2, 1, (int16_t)off, 0),
		MOV(0, s->ret),
		EXIT(),
	};
	bool allowed = abi_ctx_check(&s->at, off, size, write, NULL) == ABI_CTX_YES;
	bool accepted = !host_load(s, insns, 4, 0);

	v->asked++;
	if (accepted != allowed)
		host_disagree(v, "%s: %s of %u bytes at %d is %s", s->name,
			      write ? "a store" : "a load", size, off,
			      accepted ? "accepted" : "refused");
}

TEST_WITH(abi_kernel_ctx_accesses, TEST_NO_OOM | TEST_SLOW)
{
	struct host_verdict v = {0};

	open_sites();
	for (size_t i = 0; i < n_sites; i++) {
		enum abi_ctx_view view = abi_ctx_view(&sites[i].at);

		if (view == _ABI_VIEW_MAX || site_seen(i))
			continue;
		for (int off = -8; off < span_of(view); off++)
			for (unsigned size = 1; size <= 8; size *= 2) {
				check_ctx(&v, &sites[i], off, size, false);
				check_ctx(&v, &sites[i], off, size, true);
			}
	}
	host_judge(&v, "accesses");
}

/* What R2 is after a load, by the verifier's log: what stands after the last "R2=", "R2_w=". */
static void register_state(char *to, size_t size)
{
	const char *found = NULL;
	size_t n = 0;

	for (const char *at = host_log(); (at = strstr(at, "R2")); at += 2) {
		const char *equals = at + 2 + strspn(at + 2, "_rwP");

		if (*equals == '=')
			found = equals + 1;
	}
	while (found && n + 1 < size && found[n] && !strchr("( \n;", found[n])) {
		to[n] = found[n];
		n++;
	}
	to[n] = 0;
}

/* The kind of value that each field gives. Older kernels write "inv" for a number. */
TEST_WITH(abi_kernel_ctx_types, TEST_NO_OOM | TEST_SLOW)
{
	struct host_verdict v = {0};
	const struct abi_ctx_field *f, *hit;

	open_sites();
	for (size_t i = 0; i < n_sites; i++) {
		enum abi_ctx_view view = abi_ctx_view(&sites[i].at);

		if (view == _ABI_VIEW_MAX || site_seen(i))
			continue;
		for (size_t k = 0; (f = abi_ctx_field(k)); k++) {
			struct bpf_insn insns[] = {HOST_INSN(LD(f->size), 2, 1, f->offset, 0),
						   MOV(0, sites[i].ret), EXIT()};
			char state[64], want[64];

			if (f->ctx != abi_ctx_view_row(view)->ctx || f->offset < 0 || !*f->name ||
			    abi_ctx_check(&sites[i].at, f->offset, f->size, false, &hit) !=
				    ABI_CTX_YES ||
			    host_load(&sites[i], insns, 3, 2))
				continue;
			snprintf(want, sizeof want, "%s%s", abi_ctx_type(hit->type)->state,
				 abi_ctx_type(hit->type)->btf);
			register_state(state, sizeof state);
			v.asked++;
			if (strcmp(state, want) != 0 &&
			    !(!strcmp(want, "scalar") && str_has_prefix(state, "inv")))
				host_disagree(&v, "%s: %s is %s, not %s", sites[i].name, f->name,
					      state, want);
		}
	}
	host_judge(&v, "fields");
}

/* Structs that are reached through a pointer: how to get one, and the view that rules then. */
static const struct pointer {
	enum abi_ctx_view view;
	uint8_t prog, attach;
	int16_t from; /* offset in the context */
	int helper;   /* that turns it into another */
	bool may_be_null;
} pointers[] = {
	{ABI_VIEW_SOCK_COMMON, ABI_PROG_SCHED_CLS, ABI_ATTACH_NONE, 168, 0, true},
	{ABI_VIEW_SOCK_FULL, ABI_PROG_CGROUP_SOCKOPT, ABI_ATTACH_CGROUP_SETSOCKOPT, 0, 0, false},
	{ABI_VIEW_TCP_SOCK, ABI_PROG_CGROUP_SOCKOPT, ABI_ATTACH_CGROUP_SETSOCKOPT, 0,
	 ABI_HELPER_tcp_sock, true},
	{ABI_VIEW_FLOW_KEYS, ABI_PROG_FLOW_DISSECTOR, ABI_ATTACH_NONE, 144, 0, false},
};

static void check_pointer(struct host_verdict *v, const struct pointer *p,
			  const struct host_site *s, int off, unsigned size, bool write)
{
	struct bpf_insn insns[12];
	size_t n = 0;
	bool allowed = abi_ctx_access(p->view, s->at.kernel, off, size, write, NULL) == ABI_CTX_YES,
	     accepted;

	insns[n++] = HOST_INSN(0x79, 1, 1, p->from, 0);
	if (p->helper) {
		insns[n++] = CALL(p->helper);
		insns[n++] = HOST_INSN(0xbf, 1, 0, 0, 0);
	}
	if (p->may_be_null) {
		insns[n++] = HOST_INSN(0x55, 1, 0, 2, 0);
		insns[n++] = MOV(0, 0);
		insns[n++] = EXIT();
	}
	insns[n++] = MOV(2, 0);
	insns[n++] = write ? HOST_INSN(STX(size), 1, 2, (int16_t)off, 0)
			   : HOST_INSN(LD(size), 2, 1, (int16_t)off, 0);
	insns[n++] = MOV(0, 0);
	insns[n++] = EXIT();
	accepted = !host_load(s, insns, n, 0);
	v->asked++;
	if (accepted != allowed)
		host_disagree(v, "%s: %s of %u bytes at %d is %s", abi_ctx_view_row(p->view)->name,
			      write ? "a store" : "a load", size, off,
			      accepted ? "accepted" : "refused");
}

TEST_WITH(abi_kernel_pointer_accesses, TEST_NO_OOM | TEST_SLOW)
{
	struct host_verdict v = {0};

	open_sites();
	for (size_t p = 0; p < sizeof pointers / sizeof *pointers; p++)
		for (size_t i = 0; i < n_sites; i++) {
			if (sites[i].at.prog != pointers[p].prog ||
			    sites[i].at.attach != pointers[p].attach)
				continue;
			for (int off = -4; off < span_of(pointers[p].view); off++)
				for (unsigned size = 1; size <= 8; size *= 2) {
					check_pointer(&v, &pointers[p], &sites[i], off, size,
						      false);
					check_pointer(&v, &pointers[p], &sites[i], off, size, true);
				}
		}
	host_judge(&v, "accesses");
}

/* ---- helpers ---- */

/* Whether the verifier knows the helper for this program; it looks at the arguments only then. */
static bool kernel_allows(const struct host_site *s, unsigned id)
{
	static const char *const refusals[] = {
		"unknown func",       "invalid func",
		"cannot use helper",  "not supported for program type",
		"supported only for", "helper call is not allowed in probe"};
	struct bpf_insn insns[] = {CALL((int)id), MOV(0, s->ret), EXIT()};
	const char *says;

	if (!host_load(s, insns, 3, 1))
		return true;
	says = host_log_says();
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
		if (strstr(says, refusals[i]))
			return false;
	return true;
}

/* Whether the last call was refused because the program may not sleep. */
static bool kernel_wants_sleep(void)
{
	const char *says = host_log_says();

	return strstr(says, "sleep") && !strstr(says, "css_task_iter");
}

/* Until 6.2 the kernel did not know a sleeping helper for a program that may not sleep. */
static bool unknown_unless_asleep(const struct abi_helper *h, const struct host_site *s)
{
	return h->proto.flags & ABI_HELPER_SLEEP && !s->at.sleepable &&
	       s->at.kernel < ABI_KERNEL(6, 2);
}

TEST_WITH(abi_kernel_helpers, TEST_NO_OOM | TEST_SLOW)
{
	struct host_verdict v = {0};
	unsigned perhaps = 0;

	open_sites();
	for (size_t i = 0; i < n_sites; i++)
		for (unsigned id = 1; id < _ABI_HELPER_MAX; id++) {
			const struct abi_helper *h = abi_helper_by_id(id);
			enum abi_allow says = abi_helper_check(h, &sites[i].at);
			bool allows = kernel_allows(&sites[i], id);

			if (says == ABI_PERHAPS ||
			    (!allows && unknown_unless_asleep(h, &sites[i]))) {
				perhaps++;
				continue;
			}
			v.asked++;
			if (allows != (says == ABI_YES))
				host_disagree(&v, "%s: %s is %s: %s", sites[i].name, h->name,
					      allows ? "allowed" : "not allowed", host_log_says());
			if (allows && !abi_helper_allowed(h, sites[i].at.prog, sites[i].at.kernel))
				host_disagree(&v, "%s may call %s somewhere",
					      abi_prog_type(sites[i].at.prog)->name, h->name);
			if (allows && sites[i].at.kernel >= ABI_KERNEL(6, 2) &&
			    !sites[i].at.sleepable &&
			    kernel_wants_sleep() != !!(h->proto.flags & ABI_HELPER_SLEEP))
				host_disagree(&v, "%s: %s: %s", sites[i].name, h->name,
					      host_log_says());
		}
	host_judge(&v, "helpers and programs");
	test_note("%u could be either way", perhaps);
}

static void check_licenses(struct host_verdict *v, const struct host_site *free)
{
	struct host_site closed = *free;

	closed.license = "Proprietary";
	for (unsigned id = 1; id < _ABI_HELPER_MAX; id++) {
		const struct abi_helper *h = abi_helper_by_id(id);
		struct abi_proto proto;
		bool gpl;

		if (abi_helper_check(h, &free->at) != ABI_YES || !kernel_allows(free, id))
			continue;
		abi_helper_proto(h, &free->at, &proto);
		gpl = !kernel_allows(&closed, id) || strstr(host_log_says(), "GPL");
		v->asked++;
		if (gpl != !!(proto.flags & ABI_HELPER_GPL))
			host_disagree(v, "%s: %s is %sfor GPL programs", free->name, h->name,
				      gpl ? "" : "not only ");
	}
}

/* One kind of each program type, and all kinds of kprobes, which differ in this. */
TEST_WITH(abi_kernel_licenses, TEST_NO_OOM | TEST_SLOW)
{
	struct host_verdict v = {0};

	open_sites();
	for (size_t i = 0; i < n_sites; i++) {
		struct bpf_insn insns[] = {MOV(0, sites[i].ret), EXIT()};
		struct host_site closed = sites[i];
		bool needs_gpl = abi_prog_type(closed.at.prog)->needs & ABI_NEEDS_GPL;

		if (i && sites[i - 1].at.prog == closed.at.prog &&
		    closed.at.prog != ABI_PROG_KPROBE)
			continue;
		closed.license = "Proprietary";
		v.asked++;
		if (!host_load(&closed, insns, 2, 0) == needs_gpl)
			host_disagree(&v, "%s is %sfor GPL programs", closed.name,
				      needs_gpl ? "not only " : "");
		if (!needs_gpl)
			check_licenses(&v, &sites[i]);
	}
	host_judge(&v, "helpers");
}

/* ---- kfuncs ---- */

static bool kernel_allows_kfunc(const struct host_site *s, uint32_t id)
{
	struct bpf_insn insns[] = {CALL_KFUNC((int)id), MOV(0, s->ret), EXIT()};

	return !host_load(s, insns, 3, 1) || !strstr(host_log_says(), "is not allowed");
}

/* A function may be there and in no set, if the kernel is built so. */
static bool is_left_out(const struct abi_kfunc *k, uint32_t id)
{
	for (size_t s = 0; s < n_sites; s++)
		if (kernel_allows_kfunc(&sites[s], id))
			return false;
	return *abi_kfunc_set(k->set)->config;
}

TEST_WITH(abi_kernel_kfuncs, TEST_NO_OOM | TEST_SLOW)
{
	struct host_verdict v = {0};
	const struct abi_kfunc *k;
	unsigned perhaps = 0;

	if (!host_btf() || host_kernel() < ABI_KERNEL(6, 2))
		SKIP("kernels before 6.2 have hardly any");
	open_sites();
	for (size_t i = 0; (k = abi_kfunc(i)); i++) {
		uint32_t id = host_btf_find(host_btf(), k->name, HOST_FUNC);

		/* Of drivers' device programs the verifier says something else. */
		if (!id || k->set == ABI_KFUNCS_XDP_META || !abi_kfunc_in(k, sites[0].at.kernel) ||
		    is_left_out(k, id))
			continue;
		for (size_t s = 0; s < n_sites; s++) {
			enum abi_allow says = abi_kfunc_check(k, &sites[s].at);
			bool allows = kernel_allows_kfunc(&sites[s], id);

			if (says == ABI_PERHAPS) {
				perhaps++;
				continue;
			}
			v.asked++;
			if (allows != (says == ABI_YES))
				host_disagree(&v, "%s: %s is %s: %s", sites[s].name, k->name,
					      allows ? "allowed" : "not allowed", host_log_says());
			if (allows && !sites[s].at.sleepable &&
			    kernel_wants_sleep() !=
				    !!(abi_kfunc_flags(k, sites[s].at.kernel) & ABI_KF_SLEEPABLE))
				host_disagree(&v, "%s: %s: %s", sites[s].name, k->name,
					      host_log_says());
		}
	}
	host_judge(&v, "kfuncs and programs");
	test_note("%u could be either way", perhaps);
}

/* ---- program types ---- */

TEST_WITH(abi_kernel_returns, TEST_NO_OOM | TEST_SLOW)
{
	struct host_verdict v = {0};

	open_sites();
	for (size_t i = 0; i < n_sites; i++) {
		const struct abi_return *range = abi_return_range(&sites[i].at);

		/* Of LSM hooks each has its own, also in stable kernels. */
		if ((range && range->how) || sites[i].at.attach == ABI_ATTACH_LSM_MAC)
			continue;
		for (int value = -2; value < 6; value++) {
			struct bpf_insn insns[] = {MOV(0, value), EXIT()};
			bool accepted = !host_load(&sites[i], insns, 2, 0);
			bool allowed = !range || (value >= range->min && value <= range->max);

			/* What a member of a struct returns is no business of the table. */
			if (sites[i].at.prog == ABI_PROG_STRUCT_OPS)
				continue;
			v.asked++;
			if (accepted != allowed)
				host_disagree(&v, "%s: returning %d is %s", sites[i].name, value,
					      accepted ? "accepted" : "refused");
		}
	}
	host_judge(&v, "return values");
}

TEST_WITH(abi_kernel_sleepable, TEST_NO_OOM | TEST_SLOW)
{
	struct host_verdict v = {0};

	open_sites();
	for (size_t i = 0; i < n_sites; i++) {
		struct bpf_insn insns[] = {MOV(0, sites[i].ret), EXIT()};
		struct host_site s = sites[i];
		bool accepted;

		/* It depends on the function or tracepoint; kernels before 6.3 did not ask. */
		if (abi_ctx_view(&s.at) == _ABI_VIEW_MAX && s.at.attach != ABI_ATTACH_TRACE_ITER)
			continue;
		s.at.sleepable = true;
		accepted = !host_load(&s, insns, 2, 0);
		v.asked++;
		if (accepted != abi_may_sleep(&s.at))
			host_disagree(&v, "%s is %s as sleepable", s.name,
				      accepted ? "accepted" : "refused");
	}
	host_judge(&v, "kinds of programs");
}

enum { CAPABILITY_BPF = 39 };

/* In a process that may use bpf(2) and nothing else. */
static void load_with_little(int *errors)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};

	data[CAPABILITY_BPF / 32].effective = data[CAPABILITY_BPF / 32].permitted =
		1U << CAPABILITY_BPF % 32;
	if (syscall(SYS_capset, &header, data))
		_exit(1);
	for (size_t i = 0; i < n_sites; i++) {
		struct bpf_insn insns[] = {MOV(0, sites[i].ret), EXIT()};

		errors[i] = host_load(&sites[i], insns, 2, 0);
	}
	_exit(0);
}

TEST_WITH(abi_kernel_capabilities, TEST_NO_OOM)
{
	const unsigned caps = ABI_NEEDS_NET_ADMIN | ABI_NEEDS_PERFMON;
	struct host_verdict v = {0};
	int *errors, status = 1;
	pid_t pid;

	open_sites();
	errors = mmap(NULL, sizeof *errors * HOST_SITES, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(errors != MAP_FAILED);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid)
		load_with_little(errors);
	waitpid(pid, &status, 0);
	if (status)
		SKIP("capabilities cannot be dropped here");
	for (size_t i = 0; i < n_sites; i++) {
		bool needs = abi_prog_type(sites[i].at.prog)->needs & caps;

		v.asked++;
		if ((errors[i] == -EPERM) != needs)
			host_disagree(&v, "%s with CAP_BPF only: %d", sites[i].name, errors[i]);
	}
	munmap(errors, sizeof *errors * HOST_SITES);
	host_judge(&v, "kinds of programs");
}

static int load_fd(const struct host_site *s)
{
	struct bpf_insn insns[] = {MOV(0, s->ret), EXIT()};
	union bpf_attr a = {
		.prog_type = s->at.prog,
		.expected_attach_type = s->expected,
		.prog_flags = s->at.sleepable ? (uint32_t)ABI_F_PROG_SLEEPABLE : 0,
		.insns = (uint64_t)(uintptr_t)insns,
		.insn_cnt = 2,
		.license = (uint64_t)(uintptr_t) "GPL",
	};

	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &a, offsetof(union bpf_attr, attach_btf_id));
}

/* A type that cannot be run says ENOTSUPP, 524; others run, or want more than they were given. */
TEST_WITH(abi_kernel_runs, TEST_NO_OOM)
{
	struct host_verdict v = {0};

	open_sites();
	for (size_t i = 0; i < n_sites; i++) {
		const struct abi_prog_type *p = abi_prog_type(sites[i].at.prog);
		union bpf_attr a = {0};
		char data[64] = {0};
		bool runs, can = sites[i].at.kernel >= p->run && sites[i].at.kernel < p->run_until;

		if (abi_ctx_view(&sites[i].at) == _ABI_VIEW_MAX)
			continue;
		a.test.prog_fd = (uint32_t)load_fd(&sites[i]);
		if ((int)a.test.prog_fd < 0)
			continue;
		a.test.data_in = (uint64_t)(uintptr_t)data;
		a.test.data_size_in = sizeof data;
		runs = !syscall(SYS_bpf, BPF_PROG_TEST_RUN, &a, sizeof a.test) || errno != 524;
		close((int)a.test.prog_fd);
		v.asked++;
		/* seg6local lost it in a fix that went to stable kernels. */
		if (runs != can && p->id != ABI_PROG_LWT_SEG6LOCAL)
			host_disagree(&v, "%s %s", sites[i].name,
				      runs ? "can be run" : "cannot be run");
	}
	host_judge(&v, "kinds of programs");
}

/* ---- maps ---- */

struct map_attr {
	uint32_t type, key, value, entries, flags;
};

static int btf_fd, inner_fd;

/* BTF with an int and nothing else. */
static int load_btf(void)
{
	static const struct {
		uint16_t magic;
		uint8_t version, flags;
		uint32_t len, type_off, type_len, str_off, str_len, type[4];
		char str[8];
	} blob = {0xeb9f, 1, 0, 24, 0, 16, 16, 5, {1, HOST_INT << 24, 4, 1 << 24 | 32}, "\0int"};
	union bpf_attr a = {.btf = (uint64_t)(uintptr_t)&blob, .btf_size = 24 + 16 + 5};

	return (int)syscall(SYS_bpf, BPF_BTF_LOAD, &a, 28);
}

static int map_fd(const struct map_attr *m)
{
	const struct abi_map_type *t = abi_map_type(m->type);
	union bpf_attr a = {.map_type = m->type,
			    .key_size = m->key,
			    .value_size = m->value,
			    .max_entries = m->entries,
			    .map_flags = m->flags};
	int fd;

	if (m->type == ABI_MAP_ARRAY_OF_MAPS || m->type == ABI_MAP_HASH_OF_MAPS)
		a.inner_map_fd = (uint32_t)inner_fd;
	if (t->btf == ABI_MAP_BTF_MUST) {
		a.btf_fd = (uint32_t)btf_fd;
		a.btf_key_type_id = 1;
		a.btf_value_type_id = 1;
	}
	fd = (int)syscall(SYS_bpf, BPF_MAP_CREATE, &a, sizeof a);
	return fd < 0 ? -errno : fd;
}

static int create_map(const struct map_attr *m)
{
	int fd = map_fd(m);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static void open_maps(void)
{
	struct map_attr array = {ABI_MAP_ARRAY, 4, 4, 1, 0};
	union bpf_attr a = {
		.map_type = ABI_MAP_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};

	need_kernel();
	btf_fd = load_btf();
	CHECK(btf_fd >= 0);
	inner_fd = (int)syscall(SYS_bpf, BPF_MAP_CREATE, &a, sizeof a);
	CHECK(inner_fd >= 0);
	CHECK_EQ(create_map(&array), 0);
}

/* Attributes that the table calls right. */
static struct map_attr plain_map(const struct abi_map_type *m)
{
	struct map_attr a = {m->id, m->key.min, m->value.min, 1, m->need};

	if (m->entries == ABI_ENTRIES_ZERO)
		a.entries = 0;
	if (m->entries == ABI_ENTRIES_PAGES)
		a.entries = 4096 * 16;
	if (m->btf == ABI_MAP_BTF_MUST)
		a.value = 4;
	return a;
}

static void check_map(struct host_verdict *v, struct map_attr a)
{
	const struct abi_map_type *m = abi_map_type(a.type);
	int says = create_map(&a);
	int want = abi_map_check(m, host_kernel(), a.key, a.value, a.entries, a.flags);

	v->asked++;
	/* Memory is another matter; old kernels look for it before they find it too much. */
	if (says == want || (says == -ENOMEM && (!want || want == -E2BIG)))
		return;
	host_disagree(v, "%s key=%u value=%u entries=%u flags=0x%x: %d, not %d", m->name, a.key,
		      a.value, a.entries, a.flags, says, want);
}

/* The type must be there for its attributes to be judged, and struct_ops needs a struct. */
static bool can_create(const struct abi_map_type *m)
{
	struct map_attr a = plain_map(m);

	return m->id != ABI_MAP_STRUCT_OPS && host_kernel() >= m->since && !create_map(&a);
}

static const uint32_t key_sizes[] = {0, 1, 2, 4, 5, 7, 8, 9, 16, 24, 260, 261, 512, 513};
static const uint32_t value_sizes[] = {0,  1,  2,    4,    6,    8,     9,    12,
				       16, 32, 1016, 1024, 4096, 32768, 32769};
enum { KEY_SIZES = sizeof key_sizes / 4, VALUE_SIZES = sizeof value_sizes / 4 };

static void check_sizes(struct host_verdict *v, const struct abi_map_type *m)
{
	struct map_attr a = plain_map(m);

	for (size_t i = 0; i < KEY_SIZES; i++, a = plain_map(m)) {
		a.key = key_sizes[i];
		check_map(v, a);
	}
	/* With BTF the value is as large as its type. */
	for (size_t i = 0; m->btf != ABI_MAP_BTF_MUST && i < VALUE_SIZES; i++, a = plain_map(m)) {
		a.value = value_sizes[i];
		check_map(v, a);
	}
	for (uint32_t n = 0; n < 3; n++) {
		a.entries = n;
		check_map(v, a);
	}
}

/* A type that cannot be created in our way must not be to be had in any other. */
static void check_missing(struct host_verdict *v, const struct abi_map_type *m)
{
	struct map_attr a = plain_map(m);

	for (size_t i = 0; i < (size_t)KEY_SIZES * VALUE_SIZES * 3; i++) {
		a.key = key_sizes[i % KEY_SIZES];
		a.value = value_sizes[i / KEY_SIZES % VALUE_SIZES];
		a.entries = (const uint32_t[]){0, 1, 4096}[i / KEY_SIZES / VALUE_SIZES];
		v->asked++;
		if (!create_map(&a)) {
			host_disagree(v, "%s key=%u value=%u entries=%u is accepted", m->name,
				      a.key, a.value, a.entries);
			return;
		}
	}
	if (host_kernel() >= m->since)
		test_note("%s cannot be created here", m->name);
}

TEST_WITH(abi_kernel_map_sizes, TEST_NO_OOM)
{
	struct host_verdict v = {0};
	unsigned created = 0;

	open_maps();
	for (unsigned id = 1; id < _ABI_MAP_MAX; id++) {
		const struct abi_map_type *m = abi_map_type(id);

		if (can_create(m)) {
			check_sizes(&v, m);
			created++;
		} else if (id != ABI_MAP_STRUCT_OPS) {
			check_missing(&v, m);
		}
	}
	CHECK(created > 20);
	host_judge(&v, "maps");
}

TEST_WITH(abi_kernel_map_flags, TEST_NO_OOM)
{
	struct host_verdict v = {0};

	open_maps();
	for (unsigned id = 1; id < _ABI_MAP_MAX; id++) {
		const struct abi_map_type *m = abi_map_type(id);

		if (!can_create(m))
			continue;
		for (unsigned bit = 0; bit < 24; bit++) {
			struct map_attr a = plain_map(m);
			bool accepted, allowed;

			a.flags ^= 1U << bit;
			/* STACK_BUILD_ID makes the value another one. */
			if (1U << bit == ABI_F_MAP_STACK_BUILD_ID)
				a.value = 32;
			accepted = !create_map(&a);
			allowed = !abi_map_check(m, host_kernel(), a.key, a.value, a.entries,
						 a.flags);
			v.asked++;
			if (accepted != allowed)
				host_disagree(&v, "%s with flags 0x%x is %s", m->name, a.flags,
					      accepted ? "accepted" : "refused");
		}
	}
	host_judge(&v, "maps");
}

static const struct op {
	unsigned op, cmd;
} ops[] = {
	{ABI_OP_LOOKUP, BPF_MAP_LOOKUP_ELEM},
	{ABI_OP_UPDATE, BPF_MAP_UPDATE_ELEM},
	{ABI_OP_NEXT, BPF_MAP_GET_NEXT_KEY},
	{ABI_OP_TAKE, BPF_MAP_LOOKUP_AND_DELETE_ELEM},
	{ABI_OP_DELETE, BPF_MAP_DELETE_ELEM},
	{ABI_OP_BATCH_LOOKUP, BPF_MAP_LOOKUP_BATCH},
	{ABI_OP_BATCH_TAKE, BPF_MAP_LOOKUP_AND_DELETE_BATCH},
	{ABI_OP_BATCH_UPDATE, BPF_MAP_UPDATE_BATCH},
	{ABI_OP_BATCH_DELETE, BPF_MAP_DELETE_BATCH},
};

/* One element, for which the buffers are more than large enough. */
static int map_op(int fd, const struct op *o, bool has_key)
{
	static char key[1024], value[1 << 16], next[1024];
	union bpf_attr a = {0};

	if (o->op >= ABI_OP_BATCH_LOOKUP) {
		a.batch.map_fd = (uint32_t)fd;
		a.batch.keys = (uint64_t)(uintptr_t)key;
		a.batch.values = (uint64_t)(uintptr_t)value;
		a.batch.out_batch = (uint64_t)(uintptr_t)next;
		a.batch.count = 1;
		if (o->op == ABI_OP_BATCH_UPDATE || o->op == ABI_OP_BATCH_DELETE)
			a.batch.out_batch = 0;
		return syscall(SYS_bpf, o->cmd, &a, sizeof a.batch) ? errno : 0;
	}
	a.map_fd = (uint32_t)fd;
	a.key = has_key ? (uint64_t)(uintptr_t)key : 0;
	a.value = (uint64_t)(uintptr_t)(o->op == ABI_OP_NEXT ? next : value);
	if (o->op == ABI_OP_DELETE)
		a.value = 0;
	return syscall(SYS_bpf, o->cmd, &a, 32) ? errno : 0;
}

/*
 * What a type does not do gives ENOTSUPP (524) or EOPNOTSUPP. EINVAL may be that too, or another
 * fault of what was asked; any other error comes from doing it.
 */
static void check_op(struct host_verdict *v, const struct abi_map_type *m, unsigned op, int err)
{
	bool can = abi_map_ops(m, host_kernel()) & op, refused = err == 524 || err == EOPNOTSUPP;

	if (err == EINVAL)
		return;
	v->asked++;
	if (refused == can)
		host_disagree(v, "%s: operation 0x%x says %d", m->name, op, err);
}

TEST_WITH(abi_kernel_map_ops, TEST_NO_OOM)
{
	struct host_verdict v = {0};

	open_maps();
	for (unsigned id = 1; id < _ABI_MAP_MAX; id++) {
		const struct abi_map_type *m = abi_map_type(id);
		struct map_attr a = plain_map(m);
		void *at;
		int fd;

		if (!can_create(m))
			continue;
		a.flags |= abi_map_flags(m, host_kernel()) & ABI_F_MAP_MMAPABLE;
		fd = map_fd(&a);
		CHECK(fd >= 0);
		for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
			check_op(&v, m, ops[i].op, map_op(fd, &ops[i], m->key.min > 0));
		at = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
		check_op(&v, m, ABI_OP_MMAP, at == MAP_FAILED ? errno : 0);
		if (at != MAP_FAILED)
			munmap(at, 4096);
		close(fd);
	}
	host_judge(&v, "operations");
}
