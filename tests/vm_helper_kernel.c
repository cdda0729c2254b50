/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's side of vm_helper.h: maps, BTF for callbacks and for what values hold, BPF_PROG_RUN.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "test.h"
#include "vm_helper.h"

static int bpf(int cmd, union bpf_attr *attr)
{
	long r = syscall(SYS_bpf, cmd, attr, sizeof(*attr));

	return r < 0 ? -errno : (int)r;
}

static uint64_t ptr(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

/* ---- a little BTF: what functions and values are ---- */

struct types {
	uint32_t word[512];
	uint32_t words;
	char text[1024];
	uint32_t text_n;
};

enum {
	T_INT = 1,
	T_U64,
	T_ARRAY,
	T_LOCK,
	T_TIMER,
	T_LOCKED,
	T_TIMED,
	T_PROTO,
	T_FUNC,
	T_WORK,
	T_WORKING,
	T_RES_LOCK,
	T_RES_LOCKED,
	T_ARRAY3,
	T_ARRAY4,
	T_LIST_HEAD,
	T_LIST_NODE,
	T_RB_ROOT,
	T_RB_NODE,
	T_REFCOUNT,
	T_NODE,
	T_KPTR_TAG,
	T_KPTR,
	T_GRAPH,
};

static uint32_t text(struct types *t, const char *s)
{
	uint32_t at = t->text_n;

	memcpy(t->text + at, s, strlen(s) + 1);
	t->text_n += (uint32_t)strlen(s) + 1;
	return at;
}

static void words(struct types *t, uint32_t n, const uint32_t *w)
{
	memcpy(t->word + t->words, w, n * sizeof(*w));
	t->words += n;
}
#define WORDS(t, ...)                      words((t), sizeof((uint32_t[]){__VA_ARGS__}) / 4, (uint32_t[]){__VA_ARGS__})
#define INFO(kind, n)                      ((uint32_t)(kind) << 24 | (n))

#define MEMBER(t, name, type, from, field) text(t, name), type, (uint32_t)offsetof(from, field) * 8

/* struct helper_graph and helper_node, as the kernel's verifier knows them. */
static void fill_graph_types(struct types *t)
{
	WORDS(t, 0, INFO(BTF_KIND_ARRAY, 0), 0, T_U64, T_INT, 3);
	WORDS(t, 0, INFO(BTF_KIND_ARRAY, 0), 0, T_U64, T_INT, 4);
	WORDS(t, text(t, "bpf_list_head"), INFO(BTF_KIND_STRUCT, 1), 16, text(t, "o"), T_ARRAY, 0);
	WORDS(t, text(t, "bpf_list_node"), INFO(BTF_KIND_STRUCT, 1), 24, text(t, "o"), T_ARRAY3, 0);
	WORDS(t, text(t, "bpf_rb_root"), INFO(BTF_KIND_STRUCT, 1), 16, text(t, "o"), T_ARRAY, 0);
	WORDS(t, text(t, "bpf_rb_node"), INFO(BTF_KIND_STRUCT, 1), 32, text(t, "o"), T_ARRAY4, 0);
	WORDS(t, text(t, "bpf_refcount"), INFO(BTF_KIND_STRUCT, 1), 4, text(t, "o"), T_INT, 0);
	WORDS(t, text(t, "skep_node"), INFO(BTF_KIND_STRUCT, 4), sizeof(struct helper_node),
	      MEMBER(t, "l", T_LIST_NODE, struct helper_node, list),
	      MEMBER(t, "r", T_RB_NODE, struct helper_node, tree),
	      MEMBER(t, "c", T_REFCOUNT, struct helper_node, refs),
	      MEMBER(t, "d", T_U64, struct helper_node, data));
	WORDS(t, text(t, "kptr"), INFO(BTF_KIND_TYPE_TAG, 0), T_NODE);
	WORDS(t, 0, INFO(BTF_KIND_PTR, 0), T_KPTR_TAG);
	WORDS(t, text(t, "graph"), INFO(BTF_KIND_STRUCT, 5), sizeof(struct helper_graph),
	      MEMBER(t, "s", T_LOCK, struct helper_graph, lock),
	      MEMBER(t, "h", T_LIST_HEAD, struct helper_graph, list),
	      MEMBER(t, "t", T_RB_ROOT, struct helper_graph, tree),
	      MEMBER(t, "k", T_KPTR, struct helper_graph, object),
	      MEMBER(t, "d", T_U64, struct helper_graph, data));
	WORDS(t, text(t, "contains:skep_node:l"), INFO(BTF_KIND_DECL_TAG, 0), T_GRAPH, 1);
	WORDS(t, text(t, "contains:skep_node:r"), INFO(BTF_KIND_DECL_TAG, 0), T_GRAPH, 2);
}

static void fill_types(struct types *t)
{
	text(t, "");
	WORDS(t, text(t, "int"), INFO(BTF_KIND_INT, 0), 4, BTF_INT_SIGNED << 24 | 32);
	WORDS(t, text(t, "u64"), INFO(BTF_KIND_INT, 0), 8, 64);
	WORDS(t, 0, INFO(BTF_KIND_ARRAY, 0), 0, T_U64, T_INT, 2);
	WORDS(t, text(t, "bpf_spin_lock"), INFO(BTF_KIND_STRUCT, 1), 4, text(t, "val"), T_INT, 0);
	WORDS(t, text(t, "bpf_timer"), INFO(BTF_KIND_STRUCT, 1), 16, text(t, "opaque"), T_ARRAY, 0);
	WORDS(t, text(t, "locked"), INFO(BTF_KIND_STRUCT, 2), 16, text(t, "l"), T_LOCK, 0,
	      text(t, "d"), T_U64, 64);
	WORDS(t, text(t, "timed"), INFO(BTF_KIND_STRUCT, 2), 24, text(t, "t"), T_TIMER, 0,
	      text(t, "d"), T_U64, 128);
	WORDS(t, 0, INFO(BTF_KIND_FUNC_PROTO, 0), T_INT);
	WORDS(t, text(t, "f"), INFO(BTF_KIND_FUNC, 0), T_PROTO);
	WORDS(t, text(t, "bpf_wq"), INFO(BTF_KIND_STRUCT, 1), 16, text(t, "opaque"), T_ARRAY, 0);
	WORDS(t, text(t, "working"), INFO(BTF_KIND_STRUCT, 2), 24, text(t, "w"), T_WORK, 0,
	      text(t, "d"), T_U64, 128);
	WORDS(t, text(t, "bpf_res_spin_lock"), INFO(BTF_KIND_STRUCT, 1), 4, text(t, "val"), T_INT,
	      0);
	WORDS(t, text(t, "res_locked"), INFO(BTF_KIND_STRUCT, 2), 16, text(t, "l"), T_RES_LOCK, 0,
	      text(t, "d"), T_U64, 64);
	fill_graph_types(t);
}

static int load_btf(void)
{
	struct types t = {0};
	struct btf_header h = {.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(h)};
	uint8_t blob[sizeof(h) + sizeof(t.word) + sizeof(t.text)];
	union bpf_attr attr = {0};

	fill_types(&t);
	h.type_len = h.str_off = t.words * 4;
	h.str_len = t.text_n;
	memcpy(blob, &h, sizeof(h));
	memcpy(blob + sizeof(h), t.word, h.type_len);
	memcpy(blob + sizeof(h) + h.type_len, t.text, t.text_n);
	attr.btf = ptr(blob);
	attr.btf_size = (uint32_t)sizeof(h) + h.type_len + h.str_len;
	return bpf(BPF_BTF_LOAD, &attr);
}

/* ---- kfuncs: their numbers in the kernel's own BTF ---- */

static const uint8_t *vmlinux(void)
{
	static struct file f;

	if (!f.data && file_read("/sys/kernel/btf/vmlinux", 64 << 20, NULL, &f))
		return NULL;
	return f.data;
}

static size_t type_size(const struct btf_type *t)
{
	uint32_t n = BTF_INFO_VLEN(t->info);

	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return sizeof(*t) + 4;
	case BTF_KIND_ARRAY:
		return sizeof(*t) + sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_DATASEC:
	case BTF_KIND_ENUM64:
		return sizeof(*t) + 12 * n;
	case BTF_KIND_ENUM:
	case BTF_KIND_FUNC_PROTO:
		return sizeof(*t) + 8 * n;
	default:
		return sizeof(*t);
	}
}

static int32_t kernel_func(const char *name)
{
	const uint8_t *v = vmlinux(), *at, *end;
	const struct btf_header *h = (const void *)v;
	const char *strings;
	int32_t id = 1;

	if (!v)
		FAIL("the kernel has no BTF");
	at = v + h->hdr_len + h->type_off;
	end = at + h->type_len;
	strings = (const char *)v + h->hdr_len + h->str_off;
	for (; at < end; at += type_size((const void *)at), id++) {
		const struct btf_type *t = (const void *)at;

		if (BTF_INFO_KIND(t->info) == BTF_KIND_FUNC && !strcmp(strings + t->name_off, name))
			return id;
	}
	FAIL("the kernel has no %s", name);
}

/* ---- maps and the program ---- */

static int update(int fd, const void *key, const void *value)
{
	union bpf_attr attr = {0};

	attr.map_fd = (uint32_t)fd;
	attr.key = ptr(key);
	attr.value = ptr(value);
	return bpf(BPF_MAP_UPDATE_ELEM, &attr);
}

static int feed(const struct helper_map *m)
{
	size_t len = 4096 + 2 * (size_t)m->max_entries;
	void *at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 4096);

	if (at == MAP_FAILED)
		return -errno;
	helper_feed(at, m->feed);
	munmap(at, len);
	return 0;
}

static int make_map(const struct helper_case *c, struct helper_map *m, int btf)
{
	static const uint32_t value_type[] = {[HELPER_LOCK] = T_LOCKED,
					      [HELPER_TIMER] = T_TIMED,
					      [HELPER_WORK] = T_WORKING,
					      [HELPER_RES_LOCK] = T_RES_LOCKED,
					      [HELPER_GRAPH] = T_GRAPH};
	union bpf_attr attr = {0};
	uint32_t zero = 0, i;
	int err;

	attr.map_type = m->type;
	attr.key_size = m->key_size;
	attr.value_size = m->value_size;
	attr.max_entries = m->max_entries;
	attr.map_flags = m->flags;
	if (m->holds) {
		attr.btf_fd = (uint32_t)btf;
		attr.btf_key_type_id = T_INT;
		attr.btf_value_type_id = value_type[m->holds];
	}
	if (m->inner)
		attr.inner_map_fd = (uint32_t)c->map[m->inner].fd;
	m->fd = bpf(BPF_MAP_CREATE, &attr);
	if (m->fd < 0)
		return m->fd;
	for (i = 0; i < m->sets; i++) {
		err = update(m->fd, &m->set[i].key, &m->set[i].value);
		if (err)
			return err;
	}
	if (m->feed)
		return feed(m);
	if (m->inner)
		return update(m->fd, &zero, &c->map[m->inner].fd);
	if (!m->init)
		return 0;
	err = update(m->fd, &zero, m->init);
	if (err || !(m->flags & BPF_F_RDONLY_PROG))
		return err;
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (uint32_t)m->fd;
	return bpf(BPF_MAP_FREEZE, &attr);
}

static int by_offset(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Where functions begin: the kernel wants to be told all, in order, once. */
static uint32_t functions(const struct insn *at, size_t n, uint32_t (*ret)[2])
{
	uint32_t i, k, count = 1;

	ret[0][0] = 0;
	for (i = 0; i < n; i++) {
		bool load = isa_is_ld_imm64(&at[i]);

		if ((load && at[i].src == 4) || (at[i].code == 0x85 && at[i].src == 1))
			ret[count++][0] = i + 1 + (uint32_t)at[i].imm;
		i += load;
	}
	qsort(ret, count, sizeof(*ret), by_offset);
	for (i = k = 0; i < count; i++)
		if (!i || ret[i][0] != ret[k - 1][0])
			ret[k++][0] = ret[i][0];
	for (i = 0; i < k; i++)
		ret[i][1] = T_FUNC;
	return k;
}

static void patch(const struct helper_case *c, struct insn *at)
{
	size_t i;

	for (i = 0; i < c->insns; i++) {
		if (isa_is_ld_imm64(&at[i]) && (at[i].src == 1 || at[i].src == 2))
			at[i].imm = c->map[at[i].imm].fd;
		else if (isa_is_ld_imm64(&at[i]) && at[i].src == 5)
			at[i] = (struct insn){.code = at[i].code, /* node.size: its type */
					      .dst = at[i].dst,
					      .imm = at[i].imm ? 0 : T_NODE};
		else if (at[i].code == 0x85 && at[i].src == 2)
			at[i].imm = kernel_func(c->kfunc[at[i].imm]);
		i += isa_is_ld_imm64(&at[i]);
	}
}

static int load_prog(const struct helper_case *c, int btf, struct helper_result *r)
{
	enum { LOG_MAX = 1 << 20 };
	struct insn *at = calloc(c->insns, sizeof(*at));
	uint32_t(*func)[2] = calloc(c->insns + 1, sizeof(*func));
	char *log = malloc(LOG_MAX);
	union bpf_attr attr = {0};
	int fd;

	if (!at || !func || !log)
		FAIL("out of memory");
	memcpy(at, c->insn, c->insns * sizeof(*at));
	patch(c, at);
	attr.prog_type = c->prog_type;
	attr.prog_flags = c->prog_type == BPF_PROG_TYPE_SYSCALL ? BPF_F_SLEEPABLE : 0;
	attr.insns = ptr(at);
	attr.insn_cnt = (uint32_t)c->insns;
	attr.license = ptr("GPL");
	attr.prog_btf_fd = (uint32_t)btf;
	attr.func_info = ptr(func);
	attr.func_info_rec_size = sizeof(*func);
	attr.func_info_cnt = functions(at, c->insns, func);
	fd = bpf(BPF_PROG_LOAD, &attr);
	if (fd < 0) {
		log[0] = '\0';
		attr.log_buf = ptr(log);
		attr.log_size = LOG_MAX;
		attr.log_level = 1;
		bpf(BPF_PROG_LOAD, &attr);
		str_addf(&r->log, "the kernel refuses the program (%d): %s", -fd, log);
	}
	free(at);
	free(func);
	free(log);
	return fd;
}

static int run_prog(const struct helper_case *c, int fd, struct helper_result *r)
{
	bool syscall_prog = c->prog_type == BPF_PROG_TYPE_SYSCALL ||
			    c->prog_type == BPF_PROG_TYPE_RAW_TRACEPOINT;
	union bpf_attr attr = {0};
	int err;

	attr.test.prog_fd = (uint32_t)fd;
	if (syscall_prog) { /* what is in data is its context, which comes back where it was */
		if (c->data_n)
			memcpy(r->data, c->data, c->data_n);
		attr.test.ctx_in = c->data_n ? ptr(r->data) : 0;
		attr.test.ctx_size_in = (uint32_t)c->data_n;
	} else {
		attr.test.data_in = ptr(c->data);
		attr.test.data_size_in = (uint32_t)c->data_n;
		attr.test.data_out = ptr(r->data);
		attr.test.data_size_out = sizeof(r->data);
	}
	if (c->has_skb) {
		r->skb = c->skb;
		attr.test.ctx_in = attr.test.ctx_out = ptr(&r->skb);
		attr.test.ctx_size_in = attr.test.ctx_size_out = sizeof(r->skb);
	}
	err = bpf(BPF_PROG_TEST_RUN, &attr);
	if (err) {
		str_addf(&r->log, "the kernel does not run it: %d", -err);
		return err;
	}
	r->r0 = attr.test.retval;
	r->data_n = syscall_prog ? c->data_n : attr.test.data_size_out;
	return 0;
}

static int read_out(const struct helper_case *c, struct helper_result *r)
{
	union bpf_attr attr = {0};
	uint32_t zero = 0;

	attr.map_fd = (uint32_t)c->map[0].fd;
	attr.key = ptr(&zero);
	attr.value = ptr(r->out);
	return bpf(BPF_MAP_LOOKUP_ELEM, &attr);
}

const char *helper_no_referee(void)
{
	enum { MAJOR = 6, MINOR = 18 };
	unsigned major = 0, minor = 0;
	struct utsname u;

	if (test_bpf_missing())
		return test_bpf_missing();
	if (uname(&u) || sscanf(u.release, "%u.%u", &major, &minor) != 2)
		return "the kernel does not say which it is";
	return major > MAJOR || (major == MAJOR && minor >= MINOR)
		       ? NULL
		       : "the kernel is older than 6.18";
}

void helper_run_kernel(struct helper_case *c, struct helper_result *r)
{
	int btf, fd = -1, err = 0;
	uint32_t i;

	if (helper_no_referee()) {
		r->err = -EPERM;
		str_add(&r->log, helper_no_referee());
		return;
	}
	btf = load_btf();
	if (btf < 0)
		FAIL("the kernel refuses our BTF: %d", -btf);
	for (i = 0; i < c->maps; i++)
		c->map[i].fd = -1;
	for (i = 0; i < c->maps && !err; i++) {
		err = make_map(c, &c->map[i], btf);
		if (err)
			str_addf(&r->log, "the kernel refuses map %s: %d", c->map[i].name, -err);
	}
	if (!err) {
		fd = load_prog(c, btf, r);
		err = fd < 0 ? fd : run_prog(c, fd, r);
	}
	if (!err)
		err = read_out(c, r);
	for (i = 0; i < c->maps; i++)
		if (c->map[i].fd >= 0)
			close(c->map[i].fd);
	if (fd >= 0)
		close(fd);
	close(btf);
	r->err = err;
}
