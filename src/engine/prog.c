/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* PROG_LOAD, in the order of the kernel's bpf_prog_load() and bpf_check(). */
#include <net/if.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "engine/impl.h"

enum { LICENSE_MAX = 128, INFO_MAX = 252 };

/* Who may be attached where: kernel: bpf_prog_load_check_attach() */
static bool attach_fits(uint32_t type, uint32_t attach)
{
	const struct abi_attach_type *t;

	switch (type) {
	case ABI_PROG_CGROUP_SOCK:
	case ABI_PROG_CGROUP_SOCK_ADDR:
	case ABI_PROG_CGROUP_SKB:
	case ABI_PROG_CGROUP_SOCKOPT:
	case ABI_PROG_SK_LOOKUP:
	case ABI_PROG_SK_REUSEPORT:
	case ABI_PROG_NETFILTER:
		t = abi_attach_type(attach);
		return t && t->progs & ABI_BIT(type);
	case ABI_PROG_SYSCALL:
	case ABI_PROG_EXT:
		return !attach;
	default:
		return true;
	}
}

/* What types of programs have a function of the kernel as their target. */
static bool takes_btf_id(uint32_t type)
{
	return type == ABI_PROG_TRACING || type == ABI_PROG_LSM || type == ABI_PROG_STRUCT_OPS ||
	       type == ABI_PROG_EXT;
}

static int check_attach(const struct prog_object *p, const union engine_attr *a)
{
	if (p->attach_btf_id &&
	    (p->attach_btf_id > BTF_TYPE_MAX || (!p->attach_btf && !p->dst) ||
	     !takes_btf_id(p->type)))
		return -EINVAL;
	if (p->attach_btf && (!p->attach_btf_id || p->dst))
		return -EINVAL;
	if (p->dst && p->type != ABI_PROG_TRACING && p->type != ABI_PROG_EXT)
		return -EINVAL;
	(void)a;
	return attach_fits(p->type, p->attach) ? 0 : -EINVAL;
}

/* The program or BTF that it goes to. */
static int take_target(struct call *c, struct prog_object *p)
{
	struct object *o;

	if (c->a->prog_load.attach_prog_fd) {
		if (!object_by_fd(c->e, ENGINE_PROG, (int)c->a->prog_load.attach_prog_fd, &o, NULL)) {
			p->dst = to_prog(o);
			return 0;
		}
		if (object_by_fd(c->e, ENGINE_BTF, (int)c->a->prog_load.attach_prog_fd, &o, NULL))
			return -EINVAL;
		if (!to_btf(o)->kernel) {
			object_put(o);
			return -ENOTSUPP;
		}
		p->attach_btf = to_btf(o);
	} else if (p->attach_btf_id) {
		if (!c->e->vmlinux)
			return -EINVAL;
		object_get(&c->e->vmlinux->o);
		p->attach_btf = c->e->vmlinux;
	}
	return 0;
}

static bool license_is_gpl(const char *s)
{
	static const char *const gpl[] = {"GPL",	  "GPL v2",	  "GPL and additional rights",
					  "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"};
	size_t i;

	for (i = 0; i < ARRAY_LEN(gpl); i++)
		if (!strcmp(s, gpl[i]))
			return true;
	return false;
}

/* ---- BTF of the program ---- */

/*
 * Records that user space may know more or less of than we do: n of them, each cut to `size` bytes.
 * kernel: check_btf_func_early(), check_btf_line()
 */
static int take_records(const struct call *c, uint64_t from, uint32_t n, uint32_t given, uint32_t size,
			void **ret_records, struct log *l, const char *what)
{
	uint8_t *at;
	uint32_t i;
	int err = 0;

	if (given < size || given > INFO_MAX || given % 4) {
		str_addf(&l->text, "invalid %s rec size %u\n", what, given);
		return -EINVAL;
	}
	if (n > INT32_MAX / size)
		return -EINVAL;
	at = mem_alloc_array(n, size);
	if (!at)
		return -ENOMEM;
	for (i = 0; i < n && !err; i++) {
		err = user_tail_zero(c->e, from + (uint64_t)i * given, size, given);
		if (err == -E2BIG)
			str_addf(&l->text, "nonzero tailing record in %s\n", what);
		if (!err)
			err = user_in(c->e, at + (size_t)i * size, from + (uint64_t)i * given, size);
	}
	if (err)
		mem_free(at);
	else
		*ret_records = at;
	return err;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Where functions begin: those that are called, or whose address is taken. */
static int find_functions(const struct insn *at, uint32_t n, uint32_t **ret_start, uint32_t *ret_n)
{
	VEC(uint32_t) v = VEC_INIT(ISA_INSNS_MAX);
	uint32_t i, k = 0;
	int err = vec_push(&v, 0);

	for (i = 0; i < n && !err; i++) {
		bool call = at[i].code == 0x85 && at[i].src == 1, func = isa_is_ld_imm64(&at[i]) &&
									at[i].src == 4;

		if (call || func)
			err = vec_push(&v, (uint32_t)((int64_t)i + at[i].imm + 1));
		if (isa_is_ld_imm64(&at[i]))
			i++;
	}
	if (err) {
		vec_done(&v);
		return err;
	}
	qsort(v.at, v.n, sizeof(*v.at), by_number);
	for (i = 0; i < v.n; i++)
		if (!i || v.at[i] != v.at[k - 1])
			v.at[k++] = v.at[i];
	*ret_start = v.at;
	*ret_n = k;
	return 0;
}

#define refuse(l, err, ...) (str_addf(&(l)->text, __VA_ARGS__), (err))

static int check_funcs(struct prog_object *p, struct log *l)
{
	const struct btf_func_info *f = p->func_info;
	uint32_t *start, n, i;
	int err;

	for (i = 0; i < p->func_infos; i++) {
		if (!i && f[i].insn_off)
			return refuse(l, -EINVAL, "nonzero insn_off %u for the first func info record\n",
				      f[i].insn_off);
		if (i && f[i].insn_off <= f[i - 1].insn_off)
			return refuse(l, -EINVAL,
				      "same or smaller insn offset (%u) than previous func info record (%u)\n",
				      f[i].insn_off, f[i - 1].insn_off);
		if (btf_kind_of(p->btf->btf, f[i].type) != BTF_FUNC)
			return refuse(l, -EINVAL, "invalid type id %u in func info\n", f[i].type);
	}
	err = find_functions(p->insn, p->insns, &start, &n);
	if (err)
		return err;
	if (n != p->func_infos)
		err = refuse(l, -EINVAL, "number of funcs in func_info doesn't match number of subprogs\n");
	for (i = 0; i < n && !err; i++)
		if (f[i].insn_off != start[i])
			err = refuse(l, -EINVAL,
				     "func_info BTF section doesn't match subprog layout in BPF program\n");
	mem_free(start);
	return err;
}

static int check_lines(struct prog_object *p, struct log *l)
{
	const struct btf_line_info *x = p->line_info;
	uint32_t i;

	for (i = 0; i < p->line_infos; i++) {
		if ((i && x[i].insn_off <= x[i - 1].insn_off) || x[i].insn_off >= p->insns)
			return refuse(l, -EINVAL,
				      "Invalid line_info[%u].insn_off:%u (prev_offset:%u prog->len:%u)\n", i,
				      x[i].insn_off, i ? x[i - 1].insn_off : 0, p->insns);
		if (!p->insn[x[i].insn_off].code)
			return refuse(l, -EINVAL, "Invalid insn code at line_info[%u].insn_off\n", i);
		if (x[i].line_off >= btf_str_len(p->btf->btf) ||
		    x[i].file_off >= btf_str_len(p->btf->btf))
			return refuse(l, -EINVAL, "Invalid line_info[%u].line_off or .file_name_off\n",
				      i);
	}
	return 0;
}

/* kernel: check_btf_info() */
int prog_infos(struct prog_object *p, const struct call *c, struct log *l)
{
	uint32_t funcs = c->a->prog_load.func_info_cnt, lines = c->a->prog_load.line_info_cnt;
	struct object *o;
	int err;

	if (!funcs && !lines)
		return 0;
	err = object_by_fd(c->e, ENGINE_BTF, (int)c->a->prog_load.prog_btf_fd, &o, NULL);
	if (err)
		return err;
	p->btf = to_btf(o);
	if (p->btf->kernel)
		return -EACCES;
	if (funcs) {
		err = take_records(c, c->a->prog_load.func_info, funcs,
				   c->a->prog_load.func_info_rec_size, sizeof(struct btf_func_info),
				   &p->func_info, l, "func_info");
		p->func_infos = err ? 0 : funcs;
		if (!err)
			err = check_funcs(p, l);
	}
	if (lines && !err) {
		err = take_records(c, c->a->prog_load.line_info, lines,
				   c->a->prog_load.line_info_rec_size, sizeof(struct btf_line_info),
				   &p->line_info, l, "line_info");
		p->line_infos = err ? 0 : lines;
		if (!err)
			err = check_lines(p, l);
	}
	return err;
}

/* ---- loading ---- */

/* kernel: check_attach_btf_id(), and what else depends on the type. */
int prog_type(const struct prog_object *p, const struct call *c, struct log *l)
{
	const struct abi_site site = {.kernel = c->e->engine.kernel,
				      .prog = (uint8_t)p->type,
				      .attach = (uint8_t)p->attach};

	if (p->type == ABI_PROG_SYSCALL && !(p->flags & ABI_F_PROG_SLEEPABLE))
		return refuse(l, -EINVAL, "Syscall programs can only be sleepable\n");
	if (p->flags & ABI_F_PROG_SLEEPABLE && !abi_may_sleep(&site))
		return refuse(l, -EINVAL,
			      "Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable\n");
	if (p->type == ABI_PROG_STRUCT_OPS && !p->gpl)
		return refuse(l, -EINVAL, "struct ops programs must have a GPL compatible license\n");
	if (p->type == ABI_PROG_LSM && !p->gpl)
		return refuse(l, -EINVAL, "LSM programs must have a GPL compatible license\n");
	/* without the kernel's types there is nothing it could name */
	if ((p->type == ABI_PROG_TRACING || p->type == ABI_PROG_LSM) && !p->attach_btf_id &&
	    c->e->vmlinux)
		return refuse(l, -EINVAL, "Tracing programs must provide btf_id\n");
	if (p->type == ABI_PROG_EXT && !p->attach_btf_id)
		return refuse(l, -EINVAL, "Tracing programs must provide btf_id\n");
	return 0;
}

/* kernel: bpf_check() */
static int check(struct call *c, struct prog_object *p, struct insn *insn)
{
	struct log l;
	uint32_t size = 0;
	int err = log_init(&l, c->e, c->a->prog_load.log_level, c->a->prog_load.log_buf,
			   c->a->prog_load.log_size),
	    logged;

	if (err) {
		str_done(&l.text);
		return err;
	}
	err = prog_insns(p, c, insn, &l);
	if (!err)
		err = prog_owns_maps(p);
	str_addf(&l.text, "processed %u insns (limit %d) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n",
		 err ? 0 : p->insns, ISA_INSNS_MAX);
	logged = log_done(&l, &size);
	if (c->size >= offsetof(union engine_attr, prog_load.log_true_size) + sizeof(size) &&
	    call_answer(c, prog_load.log_true_size, size))
		return -EFAULT;
	return logged ? logged : err;
}

static int take_insns(struct call *c, struct prog_object *p, struct insn **ret_insn)
{
	size_t n = p->insns * sizeof(struct insn);
	char license[LICENSE_MAX];
	void *copy;
	int err = user_dup(c->e, c->a->prog_load.insns, n, &copy);

	if (err)
		return err;
	*ret_insn = copy;
	if (user_in_str(c->e, license, c->a->prog_load.license, sizeof(license)) < 0)
		return -EFAULT;
	p->gpl = license_is_gpl(license);
	p->insn = mem_alloc(n);
	if (!p->insn)
		return -ENOMEM;
	memcpy(p->insn, copy, n);
	return 0;
}

/* kernel: bpf_prog_dev_bound_init(): no device here runs programs, or tells them of itself */
static int take_device(const struct prog_object *p)
{
	const uint32_t bound = ABI_F_PROG_XDP_DEV_BOUND_ONLY, frags = ABI_F_PROG_XDP_HAS_FRAGS;
	char name[IF_NAMESIZE];

	if (!p->ifindex)
		return 0;
	if ((p->type != ABI_PROG_SCHED_CLS && p->type != ABI_PROG_XDP) ||
	    p->flags & ~(bound | frags) || (p->flags & frags && !(p->flags & bound)) ||
	    (p->type == ABI_PROG_SCHED_CLS && p->flags & bound))
		return -EINVAL;
	return if_indextoname(p->ifindex, name) ? -EOPNOTSUPP : -EINVAL;
}

static int load(struct call *c, struct prog_object *p)
{
	const struct abi_prog_type *type;
	struct insn *insn = NULL;
	int err = take_target(c, p);

	if (!err)
		err = check_attach(p, c->a);
	if (!err)
		err = take_insns(c, p, &insn);
	if (!err && c->a->prog_load.signature)
		err = -EOPNOTSUPP; /* as of a kernel that cannot check signatures */
	if (!err)
		err = take_device(p);
	type = abi_prog_type(p->type);
	if (!err && (!type || type->since > c->e->engine.kernel))
		err = -EINVAL;
	if (!err)
		err = name_copy(p->name, c->a->prog_load.prog_name);
	if (!err)
		err = check(c, p, insn);
	mem_free(insn);
	return err;
}

static void free_later(struct map_deferred *d)
{
	struct prog_object *p = (void *)((char *)d - offsetof(struct prog_object, end));

	vm_unload(p->vm);
	mem_free(p->helper);
	mem_free(p->insn);
	mem_free(p->func_info);
	mem_free(p->line_info);
	prog_object_types_done(p);
	mem_free(p);
}

/* A program that runs at this moment may be about to call it: its code goes when none does. */
static void prog_free(struct prog_object *p)
{
	if (p->vm)
		hash_del(&p->o.e->by_vm, &p->vm, sizeof(p->vm));
	for vec_each(&p->map, m)
		object_put(&(*m)->o);
	vec_done(&p->map);
	object_put(p->btf ? &p->btf->o : NULL);
	object_put(p->attach_btf ? &p->attach_btf->o : NULL);
	object_put(p->dst ? &p->dst->o : NULL);
	map_defer(&p->end, free_later);
}

void prog_object_end(struct object *o)
{
	prog_free(to_prog(o));
}

int command_prog_load(struct call *c)
{
	const uint32_t flags = ABI_F_PROG_STRICT_ALIGNMENT | ABI_F_PROG_ANY_ALIGNMENT |
			       ABI_F_PROG_TEST_STATE_FREQ | ABI_F_PROG_SLEEPABLE |
			       ABI_F_PROG_TEST_RND_HI32 | ABI_F_PROG_XDP_HAS_FRAGS |
			       ABI_F_PROG_XDP_DEV_BOUND_ONLY | ABI_F_PROG_TEST_REG_INVARIANTS;
	struct prog_object *p;
	int err, fd;

	if (c->a->prog_load.prog_flags & ~(flags | ABI_F_MAP_TOKEN_FD))
		return -EINVAL;
	if (c->a->prog_load.prog_flags & ABI_F_MAP_TOKEN_FD)
		return no_token(c->a->prog_load.prog_token_fd);
	if (!c->a->prog_load.insn_cnt || c->a->prog_load.insn_cnt > ISA_INSNS_MAX)
		return -E2BIG;
	p = mem_alloc(sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->o.e = c->e;
	p->type = c->a->prog_load.prog_type;
	p->attach = c->a->prog_load.expected_attach_type;
	if (!p->attach && (p->type == ABI_PROG_CGROUP_SOCK || p->type == ABI_PROG_SK_REUSEPORT))
		p->attach = abi_attach_default(p->type, ABI_ATTACH_NONE); /* 0 is a type of its own */
	p->flags = c->a->prog_load.prog_flags;
	p->insns = c->a->prog_load.insn_cnt;
	p->attach_btf_id = c->a->prog_load.attach_btf_id;
	p->ifindex = c->a->prog_load.prog_ifindex;
	p->uid = (uint32_t)getuid();
	p->load_time = now_ns(CLOCK_BOOTTIME);
	p->map.max = 2 * USED_MAPS_MAX;
	p->object_type.max = 4096;
	err = load(c, p);
	lock(c->e);
	if (!err)
		err = hash_put(&c->e->by_vm, &p->vm, sizeof(p->vm), (uintptr_t)p);
	if (!err) {
		err = object_add(c->e, &p->o, ENGINE_PROG);
	}
	unlock(c->e);
	if (err) {
		prog_free(p);
		return err;
	}
	fd = handle_new(c->e, &p->o, MAP_MAY_ALL);
	object_put(&p->o);
	return fd;
}
