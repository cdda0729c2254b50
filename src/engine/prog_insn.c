/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A program's instructions, from the caller's to those that run, in the kernel's order: the digest,
 * maps by descriptor, then every call against what this type of program may call.
 *
 * There is no verifier yet: what a program does with memory is found out when it runs.
 */
#include "engine/impl.h"

enum { SRC_MAP_FD = 1, SRC_MAP_VALUE, SRC_BTF_ID, SRC_FUNC, SRC_MAP_IDX, SRC_MAP_IDX_VALUE };
enum { OFF_MAX = 1 << 29, ERRORS_MAX = 20 };
/* Calls that libbpf and our loader put where what was asked for does not exist. */
enum { POISON_CORE = 195896080, POISON_FIRST = 2001000000, POISON_LAST = 2002000000 + (1 << 20) };

struct code {
	struct prog_object *p;
	const struct call *c;
	struct insn *insn; /* as given; maps become numbers of p->map, from 1 */
	uint32_t n;
	struct log *l;
	struct abi_site site;
	VEC(struct vm_helper) helper;
};

/* kernel: verbose() and the error */
#define refuse(k, err, ...) (str_addf(&(k)->l->text, __VA_ARGS__), (err))

/* ---- the digest ---- */

/* kernel: bpf_prog_calc_tag(): descriptors are none of a program's identity */
static int digest(struct code *k)
{
	struct insn *copy = mem_alloc_array(k->n, sizeof(*copy));
	uint32_t i;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, k->insn, k->n * sizeof(*copy));
	for (i = 0; i < k->n; i++) {
		if (!isa_is_ld_imm64(&copy[i]))
			continue;
		if (copy[i].src == SRC_MAP_FD || copy[i].src == SRC_MAP_VALUE) {
			copy[i].imm = 0;
			if (i + 1 < k->n)
				copy[i + 1].imm = 0;
		}
		i++;
	}
	if (k->c->e->engine.kernel < ABI_KERNEL(6, 18))
		sha1(copy, k->n * sizeof(*copy), k->p->digest);
	else
		sha256(copy, k->n * sizeof(*copy), k->p->digest);
	mem_free(copy);
	return 0;
}

/* ---- maps ---- */

static int use_map(struct code *k, int fd, uint32_t *ret_number)
{
	struct prog_object *p = k->p;
	struct object *o;
	const char *why;
	uint32_t i;
	int err = object_by_fd(k->c->e, ENGINE_MAP, fd, &o, NULL);

	if (err)
		return refuse(k, err, "fd %d is not pointing to valid bpf_map\n", fd);
	for (i = 0; i < p->map.n && p->map.at[i] != to_map(o); i++)
		;
	if (i < p->map.n) {
		object_put(o);
		*ret_number = i + 1;
		return 0;
	}
	why = prog_map_wrong(p, to_map(o), &err);
	if (why)
		str_add(&k->l->text, why);
	else if (p->map.n == USED_MAPS_MAX)
		err = refuse(k, -E2BIG,
			     "The total number of maps per program has reached the limit of %u\n",
			     USED_MAPS_MAX);
	else if (to_map(o)->exclusive && memcmp(to_map(o)->excl, p->digest, sizeof(p->digest)))
		err = refuse(k, -EACCES, "program's hash doesn't match map's excl_prog_hash\n");
	else
		err = vec_push(&p->map, to_map(o));
	if (err)
		object_put(o);
	else
		*ret_number = i + 1;
	return err;
}

static int fd_of(struct code *k, const struct insn *at, int *ret_fd)
{
	if (at->src == SRC_MAP_FD || at->src == SRC_MAP_VALUE) {
		*ret_fd = at->imm;
		return 0;
	}
	if (!k->c->a->prog_load.fd_array)
		return refuse(k, -EPROTO, "fd_idx without fd_array is invalid\n");
	return user_in(k->c->e, ret_fd,
		       k->c->a->prog_load.fd_array + (uint64_t)(uint32_t)at->imm * sizeof(*ret_fd),
		       sizeof(*ret_fd));
}

static int check_value(struct code *k, struct map *m, uint32_t off)
{
	uint64_t addr;
	int err;

	if (off >= OFF_MAX)
		return refuse(k, -EINVAL, "direct value offset of %u is not allowed\n", off);
	err = map_direct_value(m, off, &addr);
	if (err == -MAP_ENOTSUPP || err == -EOPNOTSUPP)
		return refuse(k, -EINVAL, "no direct value access support for this map type\n");
	if (err)
		return refuse(k, err, "invalid access to map value pointer, value_size=%u off=%u\n",
			      m->value_size, off);
	return 0;
}

/* kernel: resolve_pseudo_ldimm64(): one load of a map or its value */
static int find_map(struct code *k, uint32_t pc)
{
	struct insn *at = k->insn + pc, *show = k->p->insn + pc;
	bool value = at->src == SRC_MAP_VALUE || at->src == SRC_MAP_IDX_VALUE;
	uint32_t number;
	int fd, err;

	if (!value && at[1].imm)
		return refuse(k, -EINVAL, "unrecognized bpf_ld_imm64 insn\n");
	err = fd_of(k, at, &fd);
	if (!err)
		err = use_map(k, fd, &number);
	if (!err && value)
		err = check_value(k, k->p->map.at[number - 1]->map, (uint32_t)at[1].imm);
	if (err)
		return err;
	at->src = show->src = value ? SRC_MAP_VALUE : SRC_MAP_FD;
	at->imm = (int32_t)number;
	show->imm = (int32_t)k->p->map.at[number - 1]->o.id;
	return 0;
}

static int find_maps(struct code *k)
{
	uint32_t i;
	int err = 0;

	for (i = 0; i < k->n && !err; i++) {
		if (!isa_is_ld_imm64(&k->insn[i]))
			continue;
		if (i + 1 == k->n || k->insn[i + 1].code || k->insn[i + 1].dst ||
		    k->insn[i + 1].src || k->insn[i + 1].off)
			return refuse(k, -EINVAL, "invalid bpf_ld_imm64 insn\n");
		if (k->insn[i].src > SRC_MAP_IDX_VALUE)
			return refuse(k, -EINVAL, "invalid bpf_ld_imm64 insn\n");
		if (k->insn[i].src && k->insn[i].src != SRC_BTF_ID && k->insn[i].src != SRC_FUNC)
			err = find_map(k, i);
		i++;
	}
	return err;
}

/* With their number, the descriptors of fd_array are the program's from the start. */
static int take_fd_array(struct code *k)
{
	uint32_t n = k->c->a->prog_load.fd_array_cnt, i, number;
	struct object *o;
	int fd, err = 0;

	if (n >= UINT32_MAX / sizeof(fd))
		return refuse(k, -EINVAL, "fd_array_cnt is too big (%u)\n", n);
	for (i = 0; i < n && !err; i++) {
		if (user_in(k->c->e, &fd, k->c->a->prog_load.fd_array + i * UINT64_C(4), sizeof(fd)))
			return -EFAULT;
		if (!object_by_fd(k->c->e, ENGINE_BTF, fd, &o, NULL)) {
			object_put(o);
			continue;
		}
		err = use_map(k, fd, &number);
	}
	return err;
}

/* ---- calls ---- */

/* What stands in a place the program must not get to: it ends there, if it does. */
static uint64_t poisoned(struct vm_run *run, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
			 uint64_t r5)
{
	(void)r1, (void)r2, (void)r3, (void)r4, (void)r5;
	run->err = -EFAULT;
	run->fault.kind = VM_FAULT_HELPER;
	run->fault.addr = run->fault.size = 0;
	return 0;
}

static bool is_poison(int32_t id)
{
	return id == POISON_CORE || (id >= POISON_FIRST && id < POISON_LAST);
}

static int add_helper(struct code *k, struct vm_helper h)
{
	size_t i = k->helper.n;
	int err;

	for vec_each(&k->helper, x)
		if (x->id == h.id)
			return 0;
	err = vec_push(&k->helper, h);
	if (err)
		return err;
	for (; i && k->helper.at[i - 1].id > h.id; i--)
		k->helper.at[i] = k->helper.at[i - 1];
	k->helper.at[i] = h;
	return 0;
}

/* kernel: check_helper_call(), what does not depend on arguments */
static int check_helper(struct code *k, int32_t id)
{
	const struct abi_helper *h = id > 0 ? abi_helper_by_id((unsigned)id) : NULL;
	struct abi_proto proto;

	if (is_poison(id))
		return add_helper(k, (struct vm_helper){id, "poisoned", poisoned});
	if (!h || h->since > k->site.kernel)
		return refuse(k, -EINVAL, "invalid func %s#%d\n", "unknown", id);
	if (abi_helper_check(h, &k->site) == ABI_NO)
		return refuse(k, -EINVAL, "program of this type cannot use helper bpf_%s#%d\n", h->name,
			      id);
	abi_helper_proto(h, &k->site, &proto);
	if (!k->p->gpl && proto.flags & ABI_HELPER_GPL)
		return refuse(k, -EINVAL,
			      "cannot call GPL-restricted function from non-GPL compatible program\n");
	if (!k->site.sleepable && proto.flags & ABI_HELPER_SLEEP)
		return refuse(k, -EINVAL, "helper call might sleep in a non-sleepable prog\n");
	return 0;
}

/*
 * How far loads from the context reach. Without a verifier: r1 and what it was moved to, in the order
 * of the text.
 */
static void note_context(struct code *k, const struct isa_op *op, uint32_t *held)
{
	bool copies = op->id == ISA_MOV64_R && *held >> op->src & 1;

	if (op->form == ISA_FORM_LDX && *held >> op->src & 1 && op->off >= 0)
		k->p->ctx_end = MAX(k->p->ctx_end, (uint32_t)op->off + isa_bytes(op->code));
	if (op->form == ISA_FORM_CALL || op->form == ISA_FORM_CALL_KFUNC ||
	    op->form == ISA_FORM_CALL_LOCAL)
		*held &= ~0x3fu;
	else if (isa_class(op->code) == ISA_CLASS_LDX || isa_class(op->code) == ISA_CLASS_ALU ||
		 isa_class(op->code) == ISA_CLASS_ALU64 || isa_class(op->code) == ISA_CLASS_LD)
		*held = copies ? *held | 1u << op->dst : *held & ~(1u << op->dst);
}

/* Each encoding, and each call of a helper; what the context's loads reach. */
static int check_insns(struct code *k)
{
	const struct isa_target t = {.kernel = k->site.kernel};
	struct isa_why why;
	struct isa_op op = {.slots = 1};
	uint32_t pc, held = 1u << 1;
	int err = 0;

	for (pc = 0; pc < k->n && !err; pc += op.slots) {
		if (isa_decode(&t, k->insn + pc, k->n - pc, &op, &why))
			return refuse(k, -why.err, "%s\n", why.text);
		if (op.form == ISA_FORM_CALL)
			err = check_helper(k, op.imm);
		note_context(k, &op, &held);
	}
	return err;
}

/* ---- for the vm ---- */

static int resolve(void *ctx, const struct isa_op *op, struct diag *d, uint64_t *ret_value)
{
	const struct code *k = ctx;
	uint32_t number = (uint32_t)op->imm64, off = (uint32_t)((uint64_t)op->imm64 >> 32);
	struct map *m;
	int err;

	if (op->id == ISA_LD_BTF_ID)
		return diag_error(d, "engine.ksym", DIAG_NONE,
				  "variable %u of the kernel needs the kernel engine", number);
	assert(number && number <= k->p->map.n);
	m = k->p->map.at[number - 1]->map;
	if (op->id != ISA_LD_MAP_VALUE) {
		*ret_value = (uint64_t)(uintptr_t)m;
		return 0;
	}
	err = map_direct_value(m, off, ret_value);
	if (!err)
		*ret_value += off;
	return err;
}

/* Without the kernel's BTF a kfunc's id is its number in abi's table, plus one. */
static const char *kfunc_name(const struct embedded *e, const struct isa_op *op)
{
	const struct abi_kfunc *f;

	if (e->vmlinux)
		return op->off ? "" : btf_name(e->vmlinux->btf, (uint32_t)op->imm);
	f = op->imm > 0 ? abi_kfunc((size_t)op->imm - 1) : NULL;
	return f ? f->name : "";
}

static int find_kfunc(void *ctx, const struct isa_op *op, struct diag *d, vm_helper_fn *ret_fn)
{
	const struct code *k = ctx;
	const char *name = kfunc_name(k->c->e, op);
	const struct abi_kfunc *f = abi_kfunc_by_name(name, strlen(name));
	struct str why;

	if (f && abi_kfunc_check(f, &k->site) == ABI_NO)
		return diag_error(d, "engine.kfunc", DIAG_NONE,
				  "calling kernel function %s is not allowed", name);
	*ret_fn = f ? vm_kfunc_default(name) : NULL;
	if (*ret_fn)
		return 0;
	str_init(&why, 256);
	vm_kfunc_missing(*name ? name : "of that number", &why);
	diag_error(d, "engine.kfunc", DIAG_NONE, "%s", why.s);
	str_done(&why);
	return -EINVAL;
}

static int load_vm(struct code *k)
{
	const struct vm_helper *all;
	struct vm_env env = {.resolve = resolve, .kfunc = find_kfunc, .ctx = k};
	enum vm_engine engine = k->c->e->step ? VM_TRACED : k->c->e->trust ? VM_JIT : VM_CHECKED;
	struct diag d;
	size_t n, i;
	int err = 0;

	all = vm_helpers_default(&n);
	env.helper = all;
	env.helpers = n;
	if (k->helper.n) {
		for (i = 0; i < n && !err; i++)
			err = add_helper(k, all[i]);
		env.helper = k->p->helper = k->helper.at;
		env.helpers = k->helper.n;
		k->helper.at = NULL; /* the program's now */
		k->helper.n = 0;
	}
	diag_init(&d, ERRORS_MAX);
	if (!err)
		err = vm_load(k->p->name, k->insn, k->n, engine, &env, &d, &k->p->vm);
	log_diag(k->l, &d);
	diag_done(&d);
	return err;
}

int prog_insns(struct prog_object *p, const struct call *c, struct insn *insn, struct log *l)
{
	struct code k = {.p = p,
			 .c = c,
			 .insn = insn,
			 .n = p->insns,
			 .l = l,
			 .site = {.kernel = c->e->engine.kernel,
				  .prog = (uint8_t)p->type,
				  .attach = (uint8_t)p->attach,
				  .sleepable = p->flags & ABI_F_PROG_SLEEPABLE},
			 .helper = VEC_INIT(4096)};
	int err = digest(&k);

	if (p->type == ABI_PROG_EXT && p->dst)
		k.site.prog = (uint8_t)p->dst->type;
	if (!err)
		err = take_fd_array(&k);
	if (!err)
		err = prog_infos(p, c, l);
	if (!err)
		err = find_maps(&k);
	if (!err)
		err = prog_type(p, c, l);
	if (!err)
		err = check_insns(&k);
	if (!err)
		err = load_vm(&k);
	vec_done(&k.helper);
	return err;
}
