/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* See abi_host.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "abi_host.h"

uint16_t host_kernel(void)
{
	uint16_t kernel = 0;
	struct utsname u;

	uname(&u);
	CHECK_EQ(abi_kernel_parse(u.release, strlen(u.release), &kernel), 0);
	return kernel;
}

enum abi_arch host_arch(void)
{
	struct utsname u;

	uname(&u);
	return !strcmp(u.machine, "x86_64")    ? ABI_ARCH_X86_64
	       : !strcmp(u.machine, "aarch64") ? ABI_ARCH_ARM64
					       : ABI_ARCH_ANY;
}

/* ---- BTF ---- */

enum { BTF_MAX = 64 << 20 };

struct header {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t len, type_off, type_len, str_off, str_len;
};

/* What follows the common part of a type. */
static size_t extra(const struct host_type *t)
{
	unsigned n = host_vlen(t);

	switch (host_kind(t)) {
	case HOST_INT:
	case 14: /* VAR */
	case HOST_DECL_TAG:
		return 4;
	case HOST_ARRAY:
		return 12;
	case HOST_STRUCT:
	case HOST_UNION:
	case 15: /* DATASEC */
	case HOST_ENUM64:
		return 12 * n;
	case HOST_ENUM:
	case HOST_FUNC_PROTO:
		return 8 * n;
	}
	return 0;
}

static size_t read_all(const char *path, char *to, size_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = 0;
	size_t n = 0;

	if (fd < 0)
		return 0;
	while (n < max && (got = read(fd, to + n, max - n)) > 0)
		n += (size_t)got;
	close(fd);
	return n;
}

static bool read_btf(struct host_btf *b)
{
	const struct header *h;
	size_t size, pos, end;

	*b = (struct host_btf){.data = malloc(BTF_MAX), .n = 1};
	CHECK(b->data);
	size = read_all("/sys/kernel/btf/vmlinux", b->data, BTF_MAX);
	h = (const struct header *)b->data;
	if (size < sizeof *h || h->magic != 0xeb9f)
		return false;
	pos = h->len + h->type_off;
	end = pos + h->type_len;
	CHECK(end <= size && h->len + h->str_off + h->str_len <= size);
	b->strings = b->data + h->len + h->str_off;
	b->at = calloc(h->type_len / sizeof(struct host_type) + 2, sizeof *b->at);
	CHECK(b->at);
	while (pos < end) {
		b->at[b->n++] = (uint32_t)pos;
		pos += sizeof(struct host_type) + extra((const void *)(b->data + pos));
	}
	CHECK_EQ(pos, end);
	return true;
}

const struct host_btf *host_btf(void)
{
	static struct host_btf btf;
	static bool asked, there;

	if (!asked)
		there = read_btf(&btf);
	asked = true;
	return there ? &btf : NULL;
}

const struct host_type *host_type(const struct host_btf *b, uint32_t id)
{
	CHECK(id && id < b->n);
	return (const void *)(b->data + b->at[id]);
}

const char *host_string(const struct host_btf *b, uint32_t at)
{
	return b->strings + at;
}

uint32_t host_btf_find(const struct host_btf *b, const char *name, unsigned kind)
{
	for (uint32_t id = 1; id < b->n; id++) {
		const struct host_type *t = host_type(b, id);

		if (host_kind(t) == kind && !strcmp(host_string(b, t->name), name))
			return id;
	}
	return 0;
}

/* Past typedefs and qualifiers. */
static uint32_t plain(const struct host_btf *b, uint32_t id)
{
	unsigned kind;

	while (id && ((kind = host_kind(host_type(b, id))) == HOST_TYPEDEF ||
		      (kind >= 9 && kind <= 11) || kind == 18))
		id = host_type(b, id)->size;
	return id;
}

uint32_t host_btf_size(const struct host_btf *b, uint32_t id)
{
	const struct host_type *t = host_type(b, id = plain(b, id));
	const uint32_t *array = (const uint32_t *)(t + 1);

	switch (host_kind(t)) {
	case HOST_PTR:
		return sizeof(void *);
	case HOST_ARRAY:
		return array[2] * host_btf_size(b, array[0]);
	}
	return t->size;
}

bool host_btf_member(const struct host_btf *b, uint32_t id, const char *path, uint32_t *ret_offset,
		     uint32_t *ret_size)
{
	const struct host_type *t = host_type(b, plain(b, id));
	const struct member {
		uint32_t name, type, offset;
	} *m = (const void *)(t + 1);
	size_t len = strcspn(path, ".");

	if (host_kind(t) != HOST_STRUCT && host_kind(t) != HOST_UNION)
		return false;
	for (unsigned i = 0; i < host_vlen(t); i++) {
		const char *name = host_string(b, m[i].name);
		uint32_t offset = (t->info >> 31 ? m[i].offset & 0xffffff : m[i].offset) / 8, inner;

		if (strlen(name) == len && !memcmp(name, path, len)) {
			if (path[len]) {
				if (!host_btf_member(b, m[i].type, path + len + 1, &inner,
						     ret_size))
					return false;
				*ret_offset = offset + inner;
				return true;
			}
			*ret_offset = offset;
			*ret_size = host_btf_size(b, m[i].type);
			return true;
		}
		if (!*name && host_btf_member(b, m[i].type, path, &inner, ret_size)) {
			*ret_offset = offset + inner;
			return true;
		}
	}
	return false;
}

const char *host_btf_enumerator(const struct host_btf *b, uint32_t id, unsigned i,
				uint32_t *ret_value)
{
	const struct host_type *t = host_type(b, id);
	const uint32_t *e = (const uint32_t *)(t + 1) + i * (host_kind(t) == HOST_ENUM64 ? 3 : 2);

	*ret_value = e[1];
	return host_string(b, e[0]);
}

uint32_t host_btf_enum(const struct host_btf *b, const char *enumerator)
{
	for (uint32_t id = 1; id < b->n; id++) {
		const struct host_type *t = host_type(b, id);
		uint32_t value;

		if (host_kind(t) != HOST_ENUM && host_kind(t) != HOST_ENUM64)
			continue;
		for (unsigned i = 0; i < host_vlen(t); i++)
			if (!strcmp(host_btf_enumerator(b, id, i, &value), enumerator))
				return id;
	}
	return 0;
}

/* ---- programs ---- */

static char log_text[HOST_LOG];

int host_load(const struct host_site *s, const struct bpf_insn *insns, size_t n, int log_level)
{
	union bpf_attr a = {
		.prog_type = s->at.prog,
		.expected_attach_type = s->expected,
		.attach_btf_id = s->btf_id,
		.prog_flags = s->at.sleepable ? (uint32_t)ABI_F_PROG_SLEEPABLE : 0,
		.insns = (uint64_t)(uintptr_t)insns,
		.insn_cnt = (uint32_t)n,
		.license = (uint64_t)(uintptr_t)s->license,
	};
	int fd;

	if (log_level) {
		a.log_level = (uint32_t)log_level;
		a.log_buf = (uint64_t)(uintptr_t)log_text;
		a.log_size = HOST_LOG;
		log_text[0] = 0;
	}
	fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &a, offsetof(union bpf_attr, attach_btf_id) + 8);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

const char *host_log(void)
{
	return log_text;
}

const char *host_log_says(void)
{
	static char line[512];
	const char *end = log_text + strlen(log_text), *begin;

	for (;;) {
		while (end > log_text && end[-1] == '\n')
			end--;
		begin = end;
		while (begin > log_text && begin[-1] != '\n')
			begin--;
		if (begin == log_text || strncmp(begin, "processed ", 10) != 0)
			break;
		end = begin;
	}
	snprintf(line, sizeof line, "%.*s", (int)(end - begin), begin);
	return line;
}

/* Finds a value that it may return, or why it cannot be loaded at all. */
static int try_site(struct host_site *s)
{
	int err = 0;

	for (s->ret = 0; s->ret < 2; s->ret++) {
		struct bpf_insn insns[] = {HOST_INSN(0xb7, 0, 0, 0, s->ret),
					   HOST_INSN(0x95, 0, 0, 0, 0)};

		err = host_load(s, insns, 2, 0);
		if (!err)
			return 0;
	}
	return err;
}

static void add_site(struct host_site *sites, size_t *n, unsigned prog, unsigned attach,
		     uint32_t expected, uint32_t btf_id, bool sleepable)
{
	const struct abi_attach_type *a = abi_attach_type(attach);
	struct host_site *s = &sites[*n];

	CHECK(*n < HOST_SITES);
	*s = (struct host_site){
		.at = {host_kernel(), (uint8_t)prog, (uint8_t)attach, (uint8_t)host_arch(),
		       sleepable},
		.expected = expected,
		.btf_id = btf_id,
		.license = "GPL",
	};
	snprintf(s->name, sizeof s->name, "%s%s%s%s", abi_prog_type(prog)->name, a ? "/" : "",
		 a ? a->name : "", sleepable ? ".s" : "");
	if (!try_site(s))
		++*n;
}

static const struct target {
	uint8_t prog, attach;
	bool sleepable;
	uint8_t kind;
	const char *name;
} targets[] = {
	{ABI_PROG_TRACING, ABI_ATTACH_TRACE_RAW_TP, false, HOST_TYPEDEF, "btf_trace_sched_switch"},
	{ABI_PROG_TRACING, ABI_ATTACH_TRACE_ITER, false, HOST_FUNC, "bpf_iter_task"},
	{ABI_PROG_TRACING, ABI_ATTACH_TRACE_ITER, true, HOST_FUNC, "bpf_iter_task"},
	{ABI_PROG_TRACING, ABI_ATTACH_TRACE_FENTRY, false, HOST_FUNC, "security_file_open"},
	{ABI_PROG_TRACING, ABI_ATTACH_TRACE_FEXIT, false, HOST_FUNC, "security_file_open"},
	{ABI_PROG_TRACING, ABI_ATTACH_MODIFY_RETURN, false, HOST_FUNC, "security_file_open"},
	{ABI_PROG_TRACING, ABI_ATTACH_TRACE_FSESSION, false, HOST_FUNC, "security_file_open"},
	{ABI_PROG_LSM, ABI_ATTACH_LSM_MAC, false, HOST_FUNC, "bpf_lsm_file_open"},
	{ABI_PROG_LSM, ABI_ATTACH_LSM_MAC, true, HOST_FUNC, "bpf_lsm_file_open"},
	{ABI_PROG_LSM, ABI_ATTACH_LSM_CGROUP, false, HOST_FUNC, "bpf_lsm_socket_bind"},
};

/* One member of tcp_congestion_ops. */
static void add_struct_ops(const struct host_btf *b, struct host_site *sites, size_t *n)
{
	uint32_t id = host_btf_find(b, "tcp_congestion_ops", HOST_STRUCT);
	const struct host_type *t = id ? host_type(b, id) : NULL;
	const uint32_t *m = (const uint32_t *)(t + 1);

	for (unsigned i = 0; t && i < host_vlen(t); i++)
		if (!strcmp(host_string(b, m[3 * i]), "ssthresh"))
			add_site(sites, n, ABI_PROG_STRUCT_OPS, ABI_ATTACH_NONE, i, id, false);
}

static size_t find_sites(struct host_site *sites)
{
	const struct host_btf *b = host_btf();
	const uint64_t by_btf = ABI_BIT(ABI_PROG_TRACING) | ABI_BIT(ABI_PROG_LSM) |
				ABI_BIT(ABI_PROG_EXT) | ABI_BIT(ABI_PROG_STRUCT_OPS);
	uint16_t kernel = host_kernel();
	size_t n = 0;

	for (unsigned p = 1; p < _ABI_PROG_MAX; p++) {
		if (by_btf >> p & 1)
			continue;
		add_site(sites, &n, p, ABI_ATTACH_NONE, 0, 0, p == ABI_PROG_SYSCALL);
		for (unsigned a = 0; a < _ABI_ATTACH_MAX; a++) {
			const struct abi_attach_type *t = abi_attach_type(a);

			if (t->progs >> p & 1 && kernel >= t->since)
				add_site(sites, &n, p, a, a, 0, false);
		}
	}
	for (size_t i = 0; b && i < sizeof targets / sizeof *targets; i++) {
		const struct target *t = &targets[i];
		uint32_t id = host_btf_find(b, t->name, t->kind);

		if (id && kernel >= abi_attach_type(t->attach)->since)
			add_site(sites, &n, t->prog, t->attach, t->attach, id, t->sleepable);
	}
	if (b)
		add_struct_ops(b, sites, &n);
	return n;
}

const struct host_site *host_sites(size_t *ret_n)
{
	static struct host_site sites[HOST_SITES];
	static size_t n;

	if (!n)
		n = find_sites(sites);
	*ret_n = n;
	return sites;
}

/* ---- verdicts ---- */

void host_disagree(struct host_verdict *v, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	if (++v->wrong > 20)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	test_note("%s", text);
}

void host_judge(const struct host_verdict *v, const char *what)
{
	CHECK(v->asked);
	if (v->wrong)
		FAIL("%u of %u %s: the kernel says otherwise", v->wrong, v->asked, what);
	test_note("%u %s", v->asked, what);
}
